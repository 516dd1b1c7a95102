/* Hash functions and key layouts shared by the table builder and the lookups: what data/embed.c
 * lays out, tables.c and labels.c find. Change them here or nowhere. */
#ifndef LOOKUP_HASH_H
#define LOOKUP_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    VIN_ALPHABET_SIZE = 33, /* digits and letters without I, O, Q */
    WMI_COUNT = VIN_ALPHABET_SIZE * VIN_ALPHABET_SIZE * VIN_ALPHABET_SIZE,
    REGION_COUNT = VIN_ALPHABET_SIZE * VIN_ALPHABET_SIZE,
    WMI_SIX_BITS = 14,
    FRAME_BITS = 12,
    OUI_BITS = 16,
    OUI_SEVEN_BITS = 13,
    OUI_NINE_BITS = 14,
    SAMPLE_BITS = 8,
    SAMPLE_MARK_BITS = 13, /* of the same hash, so that the upper ones are the slot */
    LABEL_BITS = 11,
    NETWORK_BITS = 11,
    SAMPLE_SIZE = 38,
    LABEL_SIZE_MAX = 60,
    FRAME_PREFIX_MAX = 7,
    PLATE_PLACE_BITS = 9,
    PLATE_PLACE_MAX = 12 /* four characters in UTF-8 */
};

enum {
    REGION_ALLOCATED = 1,
    REGION_CHECK_DIGIT_BINDS = 2
};

/* Labels beyond the identifier kinds: the axes of a position. Weak ones count only as a pair. */
#define LABEL_LATITUDE (1u << 28)
#define LABEL_LONGITUDE (1u << 29)
#define LABEL_WEAK_AXIS (1u << 30)

/* A mobile country code in mcc_lengths: digits of its network codes, where both occur those of most. */
enum { MCC_LENGTH_BITS = 3, MCC_MIXED = 4, MCC_TEST = 8, MCC_COMPLETE = 16 /* the tables have all codes of the country */ };

/* Key of a pair of country and network code; codes of two and of three digits are different ones. Not 0. */
static inline uint32_t network_key(unsigned mcc, unsigned mnc, unsigned mnc_length)
{
    return (mcc * 1100 + mnc + (mnc_length == 3 ? 100 : 0) + 1) << 1;
}
#define NETWORK_WITHDRAWN_BIT 1u

struct sample_entry {
    uint8_t kind;
    uint8_t length; /* 0 is an empty slot */
    char text[SAMPLE_SIZE];
};

struct label_entry {
    uint32_t hash;
    uint32_t bits; /* 0 is an empty slot */
    uint16_t length;
    char text[LABEL_SIZE_MAX + 2];
};

struct mac_range {
    uint64_t first, last;
};

static inline uint32_t hash_slot(uint64_t key, unsigned bits)
{
    return (uint32_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> (64u - bits));
}

struct place_entry {
    char name[PLATE_PLACE_MAX]; /* NULs behind it; NULs only: an empty slot */
};

/* Of a name with NULs behind it. */
static inline uint32_t place_slot(const char name[PLATE_PLACE_MAX])
{
    uint64_t head;
    uint32_t tail;
    memcpy(&head, name, sizeof head);
    memcpy(&tail, name + sizeof head, sizeof tail);
    return hash_slot(head * 31u ^ tail, PLATE_PLACE_BITS);
}

/* At least 8 bytes long, which every canonical form is that a sample can be of. */
static inline uint32_t sample_mark(unsigned kind, const char *text, size_t length)
{
    uint64_t head, tail;
    memcpy(&head, text, 8);
    memcpy(&tail, text + length - 8, 8);
    return hash_slot((head * 31u) ^ tail ^ kind, SAMPLE_MARK_BITS);
}

static inline uint32_t sample_slot(uint32_t mark)
{
    return mark >> (SAMPLE_MARK_BITS - SAMPLE_BITS);
}

/* Fed from the last byte to the first, so that one walk gives the hash of every ending. */
static inline uint32_t label_hash_step(uint32_t hash, unsigned char byte)
{
    return (hash ^ byte) * 0x01000193u;
}

#define LABEL_HASH_START 0x811C9DC5u

extern const struct label_entry label_entries[1 << LABEL_BITS]; /* defined in tables.c */

/* Prefixes have at most seven characters: they are the low bytes, the eighth holds the widths. */
static inline uint64_t frame_prefix_key(const char *prefix, size_t length)
{
    uint64_t key = 0;
    for (size_t i = 0; i < length; i++) key |= (uint64_t)(unsigned char)prefix[i] << (8 * i);
    return key;
}

#define FRAME_PREFIX_MASK UINT64_C(0x00FFFFFFFFFFFFFF)

#endif
