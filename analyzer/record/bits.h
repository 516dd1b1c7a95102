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

#endif
