/* Reads any bytes as a tar: as they are, and with the sums of its headers set right, so that what lies behind them is reached.
 *
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_tar (make test)
 */
#include "unpacking_fuzz.h"

enum { BLOCK = 512, SUM_AT = 148, SUM_BYTES = 8 };

static void sums_mend(uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at + BLOCK <= size; at += BLOCK) {
        unsigned sum = SUM_BYTES * ' ';
        for (size_t i = 0; i < BLOCK; i++) sum += i >= SUM_AT && i < SUM_AT + SUM_BYTES ? 0 : bytes[at + i];
        char text[SUM_BYTES + 1];
        snprintf(text, sizeof text, "%06o", sum);
        if (bytes[at] != 0) memcpy(bytes + at + SUM_AT, text, SUM_BYTES);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes = calloc(1, size + 1);
    unpacking_insist(bytes != NULL, "no memory");
    if (size > 0) memcpy(bytes, data, size);
    unpacking_check(bytes, size);
    sums_mend(bytes, size);
    unpacking_check(bytes, size);
    unpacking_check_in_gzip(bytes, size);
    free(bytes);
    return 0;
}
