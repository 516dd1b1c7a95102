/* Sixteen characters at a time: digits, Luhn's sum, hex digits. SSE2, which every x86-64 has; elsewhere two words.
 *
 * Units    two words of eight characters as eight_load gives them, the first character of each lowest
 * Threads  any number at once
 * Tests    test_sixteen.c holds both forms equal; SIXTEEN_IN_WORDS asks for the second
 */
#ifndef SIXTEEN_H
#define SIXTEEN_H

#include "checkdigit.h"

#if defined __SSE2__ && !defined SIXTEEN_IN_WORDS

#include <emmintrin.h>

struct sixteen {
    __m128i bytes;
};

static inline struct sixteen sixteen_of(uint64_t head, uint64_t tail)
{
    return (struct sixteen){_mm_set_epi64x((int64_t)tail, (int64_t)head)};
}

static inline struct sixteen sixteen_xor(struct sixteen a, struct sixteen b)
{
    return (struct sixteen){_mm_xor_si128(a.bytes, b.bytes)};
}

/* Whether no byte is above its limit. */
static inline bool sixteen_within(struct sixteen values, struct sixteen limits)
{
    __m128i over = _mm_subs_epu8(values.bytes, limits.bytes);
    return _mm_movemask_epi8(_mm_cmpeq_epi8(over, _mm_setzero_si128())) == 0xFFFF;
}

/* The sum of all bytes. */
static inline unsigned sixteen_sum(__m128i bytes)
{
    __m128i sums = _mm_sad_epu8(bytes, _mm_setzero_si128());
    return (unsigned)_mm_cvtsi128_si32(sums) + (unsigned)_mm_extract_epi16(sums, 4);
}

/* What Luhn's rule makes of each digit value, of which those in `doubled` (all bits of a byte) are doubled. */
static inline __m128i sixteen_luhn(__m128i values, __m128i doubled)
{
    __m128i terms = _mm_add_epi8(values, _mm_and_si128(values, doubled));
    return _mm_sub_epi8(terms, _mm_and_si128(_mm_cmpgt_epi8(terms, _mm_set1_epi8(9)), _mm_set1_epi8(9)));
}

/* Luhn's sum over digit values whose second, fourth ... are doubled. */
static inline unsigned sixteen_luhn_even(struct sixteen values)
{
    return sixteen_sum(sixteen_luhn(values.bytes, _mm_set1_epi16((short)0xFF00)));
}

/* The same over 32 whose first, third ... are doubled. */
static inline unsigned sixteen_luhn_odd(struct sixteen first, struct sixteen second)
{
    __m128i doubled = _mm_set1_epi16(0x00FF);
    return sixteen_sum(_mm_add_epi8(sixteen_luhn(first.bytes, doubled), sixteen_luhn(second.bytes, doubled)));
}

/* Values of four bits, two a byte, the first in the low half. */
static inline uint64_t sixteen_fours(struct sixteen values)
{
    __m128i pairs = _mm_and_si128(_mm_or_si128(values.bytes, _mm_srli_epi16(values.bytes, 4)), _mm_set1_epi16(0xFF));
    return (uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(pairs, pairs));
}

/* The values of hex digits; returns a bit for each character that is one. */
static inline unsigned sixteen_hex(struct sixteen characters, uint64_t *head, uint64_t *tail)
{
    __m128i digits = _mm_xor_si128(characters.bytes, _mm_set1_epi8('0'));
    __m128i letters = _mm_sub_epi8(_mm_or_si128(characters.bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    __m128i is_digit = _mm_cmpeq_epi8(_mm_subs_epu8(digits, _mm_set1_epi8(9)), _mm_setzero_si128());
    __m128i is_letter = _mm_cmpeq_epi8(_mm_subs_epu8(letters, _mm_set1_epi8(5)), _mm_setzero_si128());
    __m128i values = _mm_or_si128(_mm_and_si128(digits, is_digit), _mm_and_si128(_mm_add_epi8(letters, _mm_set1_epi8(10)), is_letter));
    *head = (uint64_t)_mm_cvtsi128_si64(values);
    *tail = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(values, values));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(is_digit, is_letter));
}

/* A bit for each character that is this one. */
static inline unsigned sixteen_are(struct sixteen characters, char one)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(characters.bytes, _mm_set1_epi8(one)));
}

#else

struct sixteen {
    uint64_t head, tail;
};

static inline struct sixteen sixteen_of(uint64_t head, uint64_t tail)
{
    return (struct sixteen){head, tail};
}

static inline struct sixteen sixteen_xor(struct sixteen a, struct sixteen b)
{
    return (struct sixteen){a.head ^ b.head, a.tail ^ b.tail};
}

/* Limits are below 0x80. */
static inline bool sixteen_within(struct sixteen values, struct sixteen limits)
{
    uint64_t head = (values.head & EIGHT_BYTES(0x7F)) + (EIGHT_BYTES(0x7F) - limits.head);
    uint64_t tail = (values.tail & EIGHT_BYTES(0x7F)) + (EIGHT_BYTES(0x7F) - limits.tail);
    return ((head | values.head | tail | values.tail) & EIGHT_BYTES(0x80)) == 0;
}

static inline unsigned sixteen_luhn_even(struct sixteen values)
{
    const uint64_t doubled = UINT64_C(0xFF00FF00FF00FF00);
    uint64_t terms = values.head + values.tail + luhn_added(values.head & doubled) + luhn_added(values.tail & doubled);
    return eight_sum(terms);
}

static inline unsigned sixteen_luhn_odd(struct sixteen first, struct sixteen second)
{
    const uint64_t doubled = UINT64_C(0x00FF00FF00FF00FF);
    uint64_t terms = first.head + first.tail + luhn_added(first.head & doubled) + luhn_added(first.tail & doubled);
    uint64_t further = second.head + second.tail + luhn_added(second.head & doubled) + luhn_added(second.tail & doubled);
    return eight_sum(terms) + eight_sum(further);
}

static inline uint64_t sixteen_fours(struct sixteen values)
{
    uint64_t words[2] = {values.head, values.tail};
    for (int i = 0; i < 2; i++) {
        words[i] = (words[i] | words[i] >> 4) & UINT64_C(0x00FF00FF00FF00FF);
        words[i] = (words[i] | words[i] >> 8) & UINT64_C(0x0000FFFF0000FFFF);
        words[i] = (uint32_t)(words[i] | words[i] >> 16);
    }
    return words[0] | words[1] << 32;
}

static inline unsigned sixteen_hex(struct sixteen characters, uint64_t *head, uint64_t *tail)
{
    unsigned are = 0;
    *head = *tail = 0;
    for (unsigned i = 0; i < 16; i++) {
        uint64_t *word = i < 8 ? head : tail;
        unsigned character = (unsigned)((i < 8 ? characters.head : characters.tail) >> 8 * (i % 8)) & 0xFF;
        unsigned digit = character - '0', letter = (character | 0x20) - 'a';
        if (digit > 9 && letter > 5) continue;
        are |= 1u << i;
        *word |= (uint64_t)(digit <= 9 ? digit : letter + 10) << 8 * (i % 8);
    }
    return are;
}

static inline unsigned sixteen_are(struct sixteen characters, char one)
{
    unsigned are = 0;
    for (unsigned i = 0; i < 16; i++)
        are |= (unsigned)(((i < 8 ? characters.head : characters.tail) >> 8 * (i % 8) & 0xFF) == (unsigned char)one) << i;
    return are;
}

#endif

static inline struct sixteen sixteen_all(unsigned char byte)
{
    return sixteen_of(EIGHT_BYTES(byte), EIGHT_BYTES(byte));
}

static inline bool sixteen_are_digit_values(struct sixteen values)
{
    return sixteen_within(values, sixteen_all(9));
}

/* The values of 15 characters, if they are digits, and 0 behind them. */
static inline struct sixteen sixteen_of_15(const char *digits)
{
    struct sixteen zeros = sixteen_of(EIGHT_BYTES('0'), EIGHT_BYTES('0') >> 8);
    return sixteen_xor(sixteen_of(eight_load(digits), eight_load(digits + 7) >> 8), zeros);
}

/* For 15 characters that must be digits: 1 holds, 0 fails, -1 another character. */
static inline int luhn_holds_15(const char *digits)
{
    struct sixteen values = sixteen_of_15(digits);
    return !sixteen_are_digit_values(values) ? -1 : sixteen_luhn_even(values) % 10 == 0;
}

/* The same for 17 to 23 characters. Both halves end where their digits end, so that the doubled ones always stand at the same places. */
static inline int luhn_holds_17_to_23(const char *digits, size_t count)
{
    struct sixteen last = sixteen_xor(sixteen_of(eight_load(digits + count - 16), eight_load(digits + count - 8)), sixteen_all('0'));
    struct sixteen first = sixteen_of((eight_load(digits) ^ EIGHT_BYTES('0')) << 8 * (24 - count), 0);
    if (!sixteen_are_digit_values(last) || !sixteen_are_digit_values(first)) return -1;
    return sixteen_luhn_odd(first, last) % 10 == 0;
}

#endif
