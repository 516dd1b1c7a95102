/* Luhn's sum (ISO/IEC 7812-1, annex B) and eight characters at a time; sixteen.h has both for sixteen.
 *
 * Units    digits as ASCII characters; a check digit is the last one
 * Threads  any number at once
 */
#ifndef CHECKDIGIT_H
#define CHECKDIGIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EIGHT_BYTES(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The first character becomes the lowest byte on any machine. */
static inline uint64_t eight_load(const char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline bool eight_are_digits(uint64_t word)
{
    uint64_t below = word - EIGHT_BYTES('0');
    uint64_t above = word + EIGHT_BYTES(0x7F - '9');
    return ((below | above | word) & EIGHT_BYTES(0x80)) == 0;
}

/* What doubling adds to Luhn's sum for each of eight digit values; bytes of a negative term are lent from others. */
static inline uint64_t luhn_added(uint64_t doubled)
{
    uint64_t above_four = ((doubled + EIGHT_BYTES(0x80 - 5)) >> 7) & EIGHT_BYTES(1);
    return doubled - 9 * above_four;
}

static inline unsigned eight_sum(uint64_t bytes)
{
    return (unsigned)((bytes * EIGHT_BYTES(1)) >> 56);
}

/* Any number of digits, the last of them the check digit; false for other characters. */
bool luhn_holds(const char *digits, size_t count);

/* The character that makes count digits and itself hold. All must be digits. */
char luhn_digit(const char *digits, size_t count);

/* Whether all of count characters are digits. */
bool digits_only(const char *text, size_t count);

/* Whether all of count characters, at least one, are the same. */
static inline bool all_equal(const char *text, size_t count)
{
    return (count < 2 || text[0] == text[1]) && memcmp(text, text + 1, count - 1) == 0;
}

#endif
