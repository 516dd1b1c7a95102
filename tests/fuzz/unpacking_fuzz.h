/* What fuzz targets of containers and layers have in common: bytes as a file, and as what a gzip holds, where nothing can be
 * read at any place.
 *
 * Holds    no crash, no silence; the sums of bytes; other sizes of reads tell the same
 */
#ifndef UNPACKING_FUZZ_H
#define UNPACKING_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "../unpacking.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void unpacking_check(const uint8_t *data, size_t size)
{
    /* Small limits, so that no input takes long. */
    const struct stream_options options = {.depth_max = 4, .decoded_bytes_max = 8 << 20, .members_max = 200};
    struct stream_options small_reads = options;
    small_reads.read_bytes = 7;
    struct unpacked once = unpack(data, size, &options, 256 << 10), again = unpack(data, size, &small_reads, 64 << 10);
    unpacking_insist(unpacked_same(&once, &again), "other reads tell something else");
    unpacked_free(&once);
    unpacked_free(&again);
}

/* One block of deflate, stored; its checksum is nobody's. */
static inline void unpacking_check_in_gzip(const uint8_t *data, size_t size)
{
    static const uint8_t head[] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1};
    if (size > UINT16_MAX) return;
    uint8_t *packed = malloc(size + 32);
    unpacking_insist(packed != NULL, "no memory");
    memcpy(packed, head, sizeof head);
    const uint8_t lengths[] = {(uint8_t)size, (uint8_t)(size >> 8), (uint8_t)~size, (uint8_t)(~size >> 8)};
    memcpy(packed + sizeof head, lengths, sizeof lengths);
    if (size > 0) memcpy(packed + sizeof head + sizeof lengths, data, size);
    memset(packed + sizeof head + sizeof lengths + size, 0, 8);
    unpacking_check(packed, sizeof head + sizeof lengths + size + 8);
    free(packed);
}

#endif
