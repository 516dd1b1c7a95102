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
    LABEL_BITS = 10,
    SAMPLE_SIZE = 30,
    LABEL_SIZE_MAX = 60,
    FRAME_PREFIX_MAX = 7
};

enum {
    REGION_ALLOCATED = 1,
    REGION_CHECK_DIGIT_BINDS = 2
};

/* Labels beyond the identifier kinds: the axes of a position. Weak ones count only as a pair. */
#define LABEL_LATITUDE (1u << 28)
#define LABEL_LONGITUDE (1u << 29)
#define LABEL_WEAK_AXIS (1u << 30)

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

/* At least 8 bytes long, which every canonical form is. */
static inline uint32_t sample_slot(unsigned kind, const char *text, size_t length)
{
    uint64_t head, tail;
    memcpy(&head, text, 8);
    memcpy(&tail, text + length - 8, 8);
    return hash_slot((head * 31u) ^ tail ^ kind, SAMPLE_BITS);
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
