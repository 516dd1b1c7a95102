/* Where the bytes of a layer, a container or an object come from. */
#ifndef BYTE_READER_H
#define BYTE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../support/fault.h"

/* So much a decoder makes at once, whatever it is asked for: what is cut the same whoever reads is the same where there is damage, or
 * a limit. A read with room for it gets the bytes without a copy on the way. */
enum { DECODED_STEP_BYTES = 256 << 10 };

/* With less room than that a step ends: what a decoder makes of the byte before a damage has to find room, else it is lost. */
enum { DECODED_ROOM_LEAST_BYTES = 8 << 10 };

struct byte_reader {
    void *context;
    /* Up to capacity bytes, at least one or END. With joined, and bytes missing before the next ones, none at all
     * (*count 0, OK); else *gap tells of them. */
    enum status (*read)(void *context, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap);
    /* Only over a file: goes to an offset; how many bytes it could not read so far. Else NULL. */
    bool (*seek)(void *context, uint64_t offset);
    uint64_t (*missing)(void *context);
    /* Only over a file: bytes at an offset, without going there; false: they are not all there. And its size. Else NULL, 0. */
    bool (*read_at)(void *context, uint64_t offset, char *bytes, size_t count);
    uint64_t size;
    uint64_t origin; /* where in the file offset 0 is */
    bool is_lowest;  /* its offsets are those of the stored bytes */
};

#endif
