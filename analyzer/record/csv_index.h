/* Where the rows and fields of a table begin: one pass over a block, as far as it has no quotes.
 *
 * Shape    block -> bounds of all fields, rows, and the bitmap of letters and digits
 * Why      most tables have no quotes: then a row is a stretch of bounds, and nothing is asked of it byte by byte
 * Needs    bytes readable and zero for SHAPE_PADDING behind the block; blocks shorter than 2^32 - 1
 * Owns     its arrays, from the first csv_index_reserve to csv_index_free
 * Threads  one index a thread; the path is that of the shapes
 */
#ifndef CSV_INDEX_H
#define CSV_INDEX_H

#include "../../detectors/checkdigit.h"
#include "shape.h"

struct csv_index {
    uint32_t *bounds;   /* the place behind every delimiter and line end in turn; the first is 0 */
    uint32_t *row_ends; /* of each row with a line end: where in bounds the place behind that stands */
    uint64_t *alnum;    /* a bit a byte: [0-9A-Za-z]; the first lowest in the lowest byte, on any machine */
    size_t row_count;
    size_t length;      /* of the whole rows that were read: up to the row of the first quote, or to the last line end */
    size_t capacity;    /* bytes there is room for */
};

/* Room for a block; false: no memory. */
bool csv_index_reserve(struct csv_index *index, size_t length);
void csv_index_free(struct csv_index *index);

typedef void csv_index_function(const char *bytes, size_t length, char delimiter, struct csv_index *index);
csv_index_function csv_index_portable, csv_index_avx2, csv_index_avx512;

/* The path that goes with one of shapes. */
csv_index_function *csv_index_of(shape_function *shape);

/* The bits of INDEX_WINDOW bytes from start on, the first lowest, and some of those behind. */
enum { INDEX_WINDOW = 57 };
enum { CSV_BOUNDS_AT_ONCE = 8 }; /* what a path may write behind its last bound, and one row end */
static inline uint64_t csv_index_alnum(const struct csv_index *index, size_t start)
{
    return eight_load((const char *)index->alnum + start / 8) >> start % 8;
}

#endif
