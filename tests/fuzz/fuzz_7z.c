/* Reads any bytes as a 7z: as they are, and with the sums of its headers set right, so that what lies behind them is reached.
 *
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_7z (make test)
 */
#include <zlib.h>

#include "unpacking_fuzz.h"

/* signature 6, version 2, sum of what follows 4, then of the header behind the data: offset 8, size 8, sum 4 */
enum { START_SUM_AT = 8, START_AT = 12, NEXT_SIZE_AT = 20, NEXT_SUM_AT = 28, HEADER_BYTES = 32 };

static uint64_t get(const uint8_t *at, int count)
{
    uint64_t value = 0;
    while (count-- > 0) value = value << 8 | at[count];
    return value;
}

static void put(uint8_t *at, uint64_t value, int count)
{
    for (int i = 0; i < count; i++) at[i] = (uint8_t)(value >> 8 * i);
}

static void sums_mend(uint8_t *bytes, size_t size)
{
    if (size < HEADER_BYTES) return;
    memcpy(bytes, "7z\xBC\xAF\x27\x1C", 6);
    uint64_t offset = get(bytes + START_AT, 8), length = get(bytes + NEXT_SIZE_AT, 8), left = size - HEADER_BYTES;
    if (offset > left) put(bytes + START_AT, offset %= left + 1, 8);
    if (length > left - offset) put(bytes + NEXT_SIZE_AT, length = left - offset, 8);
    put(bytes + NEXT_SUM_AT, crc32(0, bytes + HEADER_BYTES + offset, (uInt)length), 4);
    put(bytes + START_SUM_AT, crc32(0, bytes + START_AT, HEADER_BYTES - START_AT), 4);
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
