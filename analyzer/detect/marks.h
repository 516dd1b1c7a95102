/* Where in a block a notation of positions has its trigger: most texts have none, and are not searched for any.
 *
 * Shape    bytes of a block -> one bit for 64 bytes -> is there a mark in this text?
 * Owns     its bits, from marks_open to marks_close
 * Threads  one struct marks a thread
 *
 * A mark is necessary, never sufficient. The fast ways go by two neighbouring bytes, a bucket of rows at a time:
 * AVX2 by two nibbles of each, AVX-512 by the bytes themselves, with buckets for hardly more than one row. The portable one asks the tables of notations.h for
 * each byte. All ask the triggers, and a test holds them equal.
 */
#ifndef MARKS_H
#define MARKS_H

#include "../../detectors/notations.h"
#include "../support/fault.h"

enum { MARK_BYTES = 64, MARK_BUCKETS = 8, MARK_HALVES = 2 };

/* The buckets that a byte with this nibble can be of. */
struct mark_nibbles {
    uint8_t low[16], high[16];
};

struct marks {
    struct notation_bytes bytes;
    struct mark_nibbles first, second;
    uint8_t first_of[MARK_HALVES][256], second_of[MARK_HALVES][256]; /* buckets of rows, twice as many: those of each byte */
    uint64_t *bits;
    size_t capacity;
    bool any;      /* in the block */
    bool ascii;    /* the block is nothing else */
    bool portable; /* by choice, or for lack of AVX2 */
    bool wide;     /* with AVX-512, if not portable */
};

void marks_open(struct marks *marks);
void marks_close(struct marks *marks);

/* Reads a block. False: no memory. */
MUST_USE bool marks_read(struct marks *marks, const char *block, size_t length);

bool marks_in(const struct marks *marks, size_t start, size_t end);

/* Whether there is a mark in the 64 bytes where something in [start, end) of the block stands. */
static inline bool marks_any(const struct marks *marks, size_t start, size_t end)
{
    return marks->any && marks_in(marks, start, end);
}

#endif
