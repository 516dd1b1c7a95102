/* Shapes with AVX2: two 32-byte halves a word. Compiled for that CPU; called only where it runs. */
#include "csv_index.h"

#if defined(__x86_64__)
#include <immintrin.h>

struct classes {
    uint64_t digit, alnum, newline, dash, dot, colon, equals, gap, quote, delimiter, escape,
        structural, end;
};

struct halves {
    __m256i low, high;
};

static inline uint64_t mask_of(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

static inline uint64_t equal(struct halves v, char c)
{
    __m256i wanted = _mm256_set1_epi8(c);
    return mask_of(_mm256_cmpeq_epi8(v.low, wanted), _mm256_cmpeq_epi8(v.high, wanted));
}

static inline uint64_t either(struct halves v, char one, char other)
{
    __m256i a = _mm256_set1_epi8(one), b = _mm256_set1_epi8(other);
    return mask_of(_mm256_or_si256(_mm256_cmpeq_epi8(v.low, a), _mm256_cmpeq_epi8(v.low, b)),
                   _mm256_or_si256(_mm256_cmpeq_epi8(v.high, a), _mm256_cmpeq_epi8(v.high, b)));
}

/* Bytes in [first, first + count): they are moved to the highest numbers. */
static inline __m256i in_range(__m256i v, char first, char count)
{
    __m256i moved = _mm256_add_epi8(v, _mm256_set1_epi8((char)(INT8_MAX - (first + count - 1))));
    return _mm256_cmpgt_epi8(moved, _mm256_set1_epi8((char)(INT8_MAX - count)));
}

/* What ends a value in text. The upper half of a character chooses a bit, the lower half says for which bits it does:
 * tab and newline; blank " & ' ) and comma; ; < >; ]; | }. */
static inline uint64_t ends(struct halves v)
{
    const __m256i lower = _mm256_broadcastsi128_si256(_mm_setr_epi8(2, 0, 2, 0, 0, 0, 2, 2, 0, 3, 1, 4, 22, 24, 4, 0));
    const __m256i upper = _mm256_broadcastsi128_si256(_mm_setr_epi8(1, 0, 2, 4, 0, 8, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0));
    const __m256i half = _mm256_set1_epi8(0x0F), carry = _mm256_set1_epi8(0x7F);
    __m256i low = _mm256_shuffle_epi8(upper, _mm256_and_si256(_mm256_srli_epi16(v.low, 4), half));
    __m256i high = _mm256_shuffle_epi8(upper, _mm256_and_si256(_mm256_srli_epi16(v.high, 4), half));
    low = _mm256_and_si256(low, _mm256_shuffle_epi8(lower, v.low));
    high = _mm256_and_si256(high, _mm256_shuffle_epi8(lower, v.high));
    return mask_of(_mm256_add_epi8(low, carry), _mm256_add_epi8(high, carry));
}

static inline struct classes classify(const char *bytes, enum shape_kind kind, char delimiter)
{
    struct halves v = {_mm256_loadu_si256((const __m256i *)(const void *)bytes),
                       _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32))};
    __m256i space = _mm256_set1_epi8(0x20);
    struct halves lower = {_mm256_or_si256(v.low, space), _mm256_or_si256(v.high, space)};
    __m256i digit_low = in_range(v.low, '0', 10), digit_high = in_range(v.high, '0', 10);
    __m256i letter_low = in_range(lower.low, 'a', 26), letter_high = in_range(lower.high, 'a', 26);
    struct classes is = {
        .digit = mask_of(digit_low, digit_high),
        .alnum = mask_of(_mm256_or_si256(digit_low, letter_low),
                         _mm256_or_si256(digit_high, letter_high)),
        .newline = equal(v, '\n'),
        .dash = equal(v, '-'),
        .dot = equal(v, '.'),
        .colon = equal(v, ':'),
        .equals = equal(v, '='),
        .gap = either(v, ' ', '/'),
        .quote = equal(v, '"'),
    };
    if (kind == SHAPE_TEXT) is.end = ends(v);
    if (kind == SHAPE_CSV) is.delimiter = equal(v, delimiter);
    if (kind == SHAPE_JSON) {
        is.escape = equal(v, '\\');
        /* '{' and '[' differ in bit 5 alone, so do '}' and ']'; nothing else folds onto them. */
        is.structural = either(lower, '{', '}') | either(v, ':', ',');
    }
    return is;
}

#define SHAPE_FUNCTION shape_avx2
#define CSV_INDEX_FUNCTION csv_index_avx2
#include "shape_kernel.h"
#include "csv_index_kernel.h"
#else
void csv_index_avx2(const char *bytes, size_t length, char delimiter, struct csv_index *index)
{
    csv_index_portable(bytes, length, delimiter, index);
}

void shape_avx2(const char *bytes, size_t len, enum shape_kind kind, char delimiter,
                struct shape_word *words)
{
    shape_portable(bytes, len, kind, delimiter, words);
}
#endif
