/* The index of a table, the same for every CPU path. A path includes this file behind shape_kernel.h, after it has
 * defined CSV_INDEX_FUNCTION, the name of its function.
 */
#include "csv_index.h"

static inline uint64_t lowest_first(uint64_t word)
{
    return eight_load((const char *)&word);
}

/* Writes `from` plus the place of each bit behind *bound and returns where the last of them stands. So many at once that nobody has to
 * guess how many there are; what is written too much is written over. */
static inline uint32_t *bounds_write(uint32_t *bound, uint64_t bits, uint32_t from)
{
    unsigned count = (unsigned)__builtin_popcountll(bits), done = 0;
    do {
        for (unsigned i = 0; i < CSV_BOUNDS_AT_ONCE; i++, bits &= bits - 1)
            bound[1 + done + i] = from + (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
        done += CSV_BOUNDS_AT_ONCE;
    } while (done < count);
    return bound + count;
}

void CSV_INDEX_FUNCTION(const char *bytes, size_t length, char delimiter, struct csv_index *index)
{
    uint32_t *bound = index->bounds, *row_end = index->row_ends;
    *bound = 0;
    size_t words = (length + 63) / 64;
    for (size_t w = 0; w < words; w++) {
        struct classes is = classify(bytes + w * 64, SHAPE_CSV, delimiter);
        uint64_t read = ~UINT64_C(0);
        if (w == words - 1 && length % 64 != 0) read >>= 64 - length % 64;
        uint64_t quotes = is.quote & read;
        if (quotes != 0) {
            read = (quotes - 1) & ~quotes;
            words = w + 1;
        }
        index->alnum[w] = lowest_first(is.alnum & read);
        uint64_t marks = (is.delimiter | is.newline) & read;
        uint64_t newlines = is.newline & read;
        do { /* mostly one or none: it is written either way */
            *row_end = (uint32_t)(bound - index->bounds) + (uint32_t)__builtin_popcountll(marks & (newlines ^ (newlines - 1)));
            row_end += (newlines | (0 - newlines)) >> 63; /* 1 for one, 0 for none */
            newlines &= newlines - 1;
        } while (newlines != 0);
        bound = bounds_write(bound, marks, (uint32_t)(w * 64) + 1);
    }
    index->alnum[words] = 0;
    index->row_count = (size_t)(row_end - index->row_ends);
    index->length = index->row_count > 0 ? index->bounds[row_end[-1]] : 0;
}
