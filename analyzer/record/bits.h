/* Walking over the bits of a block's shapes.
 *
 * Shape    bitmaps of shape.h, asked by place in the block
 */
#ifndef BITS_H
#define BITS_H

#include "shape.h"

enum { SHAPE_STRIDE = sizeof(struct shape_word) / sizeof(uint64_t) };

/* Whether a bitmap has a bit in [start, end). first is &words->member. */
static inline bool bits_any(const uint64_t *first, size_t start, size_t end)
{
    if (start >= end) return false;
    size_t w = start / 64, last = (end - 1) / 64;
    uint64_t head = ~UINT64_C(0) << start % 64, tail = ~UINT64_C(0) >> (63 - (end - 1) % 64);
    if (w == last) return (first[w * SHAPE_STRIDE] & head & tail) != 0;
    if ((first[w * SHAPE_STRIDE] & head) != 0) return true;
    for (w++; w < last; w++)
        if (first[w * SHAPE_STRIDE] != 0) return true;
    return (first[last * SHAPE_STRIDE] & tail) != 0;
}

/* The bits of BITS_WINDOW places from start on, the first lowest. Reads the word behind that of start too. */
enum { BITS_WINDOW = 64 };
static inline uint64_t bits_window(const uint64_t *first, size_t start)
{
    const uint64_t *word = &first[start / 64 * SHAPE_STRIDE];
    return word[0] >> start % 64 | word[SHAPE_STRIDE] << 1 << (63 - start % 64);
}

/* The next bit of a bitmap at or after start, or end. */
static inline size_t bits_next(const uint64_t *first, size_t start, size_t end)
{
    if (start >= end) return end;
    size_t w = start / 64;
    uint64_t bits = first[w * SHAPE_STRIDE] & ~UINT64_C(0) << start % 64;
    while (bits == 0) {
        if (++w * 64 >= end) return end;
        bits = first[w * SHAPE_STRIDE];
    }
    size_t at = w * 64 + (size_t)__builtin_ctzll(bits);
    return at < end ? at : end;
}

/* All bits of a bitmap in [start, end), one after another. */
struct bit_walk {
    const uint64_t *first;
    size_t w, end;
    uint64_t bits;
};

static inline struct bit_walk bits_walk(const uint64_t *first, size_t start, size_t end)
{
    if (start >= end) return (struct bit_walk){first, end / 64, end, 0};
    return (struct bit_walk){first, start / 64, end,
                             first[start / 64 * SHAPE_STRIDE] & ~UINT64_C(0) << start % 64};
}

/* The next one, or end. */
static inline size_t bits_step(struct bit_walk *walk)
{
    while (walk->bits == 0) {
        if (++walk->w * 64 >= walk->end) return walk->end;
        walk->bits = walk->first[walk->w * SHAPE_STRIDE];
    }
    size_t at = walk->w * 64 + (size_t)__builtin_ctzll(walk->bits);
    walk->bits &= walk->bits - 1;
    return at < walk->end ? at : walk->end;
}

/* The 64 bits of a bitmap before `at`, that of the byte before it highest; those before the block are clear. */
static inline uint64_t bits_before(const uint64_t *first, size_t at)
{
    size_t w = at / 64;
    uint64_t before = w > 0 ? first[(w - 1) * SHAPE_STRIDE] >> at % 64 : 0;
    return first[w * SHAPE_STRIDE] << (63 - at % 64) << 1 | before;
}

/* The 64 bits from `at` on, its own lowest; those of words behind that of `end` are clear. */
static inline uint64_t bits_from(const uint64_t *first, size_t at, size_t end)
{
    size_t w = at / 64;
    uint64_t behind = w < end / 64 ? first[(w + 1) * SHAPE_STRIDE] << (63 - at % 64) << 1 : 0;
    return first[w * SHAPE_STRIDE] >> at % 64 | behind;
}

/* Where the run of set bits that ends before `at` begins, not before start. */
static inline size_t bits_run_start(const uint64_t *first, size_t start, size_t at)
{
    if (at <= start) return at;
    size_t w = (at - 1) / 64;
    uint64_t clear = ~first[w * SHAPE_STRIDE] & ~UINT64_C(0) >> (63 - (at - 1) % 64);
    while (clear == 0) {
        if (w * 64 <= start) return start;
        clear = ~first[--w * SHAPE_STRIDE];
    }
    size_t from = w * 64 + 64 - (size_t)__builtin_clzll(clear);
    return from > start ? from : start;
}

/* Where the run of set bits that begins at `at` ends, not behind end; at itself where there is
 * none. */
static inline size_t bits_run_end(const uint64_t *first, size_t at, size_t end)
{
    if (at >= end) return end;
    size_t w = at / 64;
    uint64_t clear = ~first[w * SHAPE_STRIDE] & ~UINT64_C(0) << at % 64;
    while (clear == 0) {
        if (++w * 64 >= end) return end;
        clear = ~first[w * SHAPE_STRIDE];
    }
    size_t to = w * 64 + (size_t)__builtin_ctzll(clear);
    return to < end ? to : end;
}

#endif
