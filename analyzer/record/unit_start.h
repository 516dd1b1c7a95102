/* Where in a plain file a range of it begins: at the first unit that starts at an offset or behind it.
 *
 * Why      who counts a range of a file wants its units, all of them and no others, without reading what lies before. Two
 *          who ask for one offset get one answer, which is a place where the whole file, read from its front, is cut too
 * Lines    text and NDJSON: behind the next line end
 * CSV      a line end may stand in quotes. From a place before the offset, every way that a reader from the front could have
 *          come there is followed: outside of quotes; within a field that opened before, for CSV_QUOTED_MAX bytes at most; within
 *          a unit longer than UNIT_BYTES_MAX, which any line end ends. Once all ways agree, the next line end outside of
 *          quotes ends a row, for sure. As long as they do not, it begins further in front; at last, with the file
 * Holes    what cannot be read parts units: the next one begins behind it, and is part of one
 * Source   the rules of record_csv.h
 * Threads  none shared
 */
#ifndef UNIT_START_H
#define UNIT_START_H

#include "../support/fault.h"
#include "sniff.h"

enum { UNIT_BYTES_MAX = 16 << 20 }; /* a longer unit is read in pieces */

/* A place among the first `length` bytes of a unit that is too long where no word is cut. */
size_t unit_piece_cut(const char *bytes, size_t length);

/* The bytes of a file. */
struct unit_bytes {
    /* Reads up to count bytes at an offset: how many, 0 at the end, below 0 where they cannot be read. */
    long (*read)(void *context, uint64_t offset, char *bytes, size_t count);
    void *context;
    uint64_t size;
};

struct unit_start {
    uint64_t offset;  /* size: there is none */
    bool after_hole;  /* what stands there is part of a unit */
};

/* Whether units of such an object can be read from its middle on. */
bool unit_start_is_known(const struct layout *layout);

/* Fails    END: the file ends before its size. FATAL: no memory. */
MUST_USE enum status unit_start_find(const struct unit_bytes *from, const struct layout *layout, uint64_t offset,
                                     struct unit_start *start, struct fault *fault);

#endif
