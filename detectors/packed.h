/* Canonical forms as they are counted and kept: packed.
 *
 *     digits      two a byte, the first in the low half; an odd number of them ends in F
 *     six bits    the 17 characters of a VIN less '0', side by side, the first lowest
 *     octets      in the order of the text, which has colons between six or eight of them; 16 are a UUID
 *     text        as it is
 *
 * Why      a check has the characters in hand in words already; text is made where a report wants it
 * Threads  any number at once
 */
#ifndef PACKED_H
#define PACKED_H

#include "detectors.h"
#include "sixteen.h"

enum packing { PACKING_TEXT, PACKING_DIGITS, PACKING_OCTETS, PACKING_SIX_BITS };

/* Packs a canonical form of the kind, shorter than IDENTIFIER_SIZE. Returns the length; *packing tells the forms
 * apart. out has room for IDENTIFIER_SIZE. */
uint8_t identifier_pack(uint8_t kind, const char *canonical, size_t length, char *out, uint8_t *packing);

/* Writes the text of a packed form with its final NUL and returns its length. */
size_t identifier_unpack(uint8_t packing, const char *packed, size_t length, char canonical[IDENTIFIER_SIZE]);

/* The same of a verdict; an empty text where there is no grade. */
size_t verdict_text(const struct verdict *verdict, char canonical[IDENTIFIER_SIZE]);

/* ------------------------------------------------------------------ for checks: what they know to be right */

static inline void eight_store(char *to, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(to, &word, sizeof word);
}

/* The lowest six bits of each of eight bytes, side by side. Bytes meet in pairs, then pairs, then fours; the upper of
 * two moves down beside the lower. */
static inline uint64_t eight_sixes(uint64_t bytes)
{
    bytes = (bytes & UINT64_C(0x003F003F003F003F)) | (bytes >> 2 & UINT64_C(0x0FC00FC00FC00FC0));
    bytes = (bytes & UINT64_C(0x00000FFF00000FFF)) | (bytes >> 4 & UINT64_C(0x00FFF00000FFF000));
    return (bytes & 0xFFFFFF) | (bytes >> 8 & UINT64_C(0xFFFFFF000000));
}

/* The same for bytes of four bits: what moves down leaves nothing behind. */
static inline uint64_t eight_fours(uint64_t bytes)
{
    bytes = (bytes | bytes >> 4) & UINT64_C(0x00FF00FF00FF00FF);
    bytes = (bytes | bytes >> 8) & UINT64_C(0x0000FFFF0000FFFF);
    return (uint32_t)(bytes | bytes >> 16);
}

/* 17 characters from '0' to 'Z'. */
static inline void verdict_pack_vin(struct verdict *verdict, const char *vin)
{
    uint64_t first = eight_sixes(eight_load(vin) - EIGHT_BYTES('0'));
    uint64_t second = eight_sixes(eight_load(vin + 8) - EIGHT_BYTES('0'));
    eight_store(verdict->packed, first | second << 48);
    eight_store(verdict->packed + 8, second >> 16 | (uint64_t)(unsigned char)(vin[16] - '0') << 32);
    verdict->packing = PACKING_SIX_BITS;
    verdict->length = 13;
}

static inline void verdict_pack_15_digits(struct verdict *verdict, const char *digits)
{
    eight_store(verdict->packed, sixteen_fours(sixteen_of_15(digits)) | UINT64_C(0xF) << 60);
    verdict->packing = PACKING_DIGITS;
    verdict->length = 8;
}

/* 17 to 23 digits. */
static inline void verdict_pack_digits(struct verdict *verdict, const char *digits, size_t count)
{
    struct sixteen first = sixteen_xor(sixteen_of(eight_load(digits), eight_load(digits + 8)), sixteen_all('0'));
    uint64_t tail = (eight_load(digits + count - 8) ^ EIGHT_BYTES('0')) >> (8 * (24 - count));
    tail |= UINT64_C(0x0F) * (count % 2) << (8 * (count - 16));
    eight_store(verdict->packed, sixteen_fours(first));
    eight_store(verdict->packed + 8, eight_fours(tail));
    verdict->packing = PACKING_DIGITS;
    verdict->length = (uint8_t)((count + 1) / 2);
}

/* The first octet is bits 47-40. */
static inline void verdict_pack_mac(struct verdict *verdict, uint64_t address)
{
    eight_store(verdict->packed, __builtin_bswap64(address << 16));
    verdict->packing = PACKING_OCTETS;
    verdict->length = 6;
}

/* Six, eight or 16 of them. */
static inline void verdict_pack_octets(struct verdict *verdict, const unsigned char *octets, size_t count)
{
    memcpy(verdict->packed, octets, count);
    verdict->packing = PACKING_OCTETS;
    verdict->length = (uint8_t)count;
}

#endif
