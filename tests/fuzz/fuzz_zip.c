/* Reads any bytes as a zip: with a directory that can be looked for, and in a stream, by headers alone.
 *
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_zip (make test)
 */
#include "unpacking_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unpacking_check(data, size);
    unpacking_check_in_gzip(data, size);
    return 0;
}
