/* From the bytes of a roster to judged lines, which know nothing of one another yet.
 *
 * Shape    whole lines -> libcsv -> cells, each judged by its column -> struct roster_row, one a good line, and bad lines
 * Layout   rows stand behind one another, each as long as its `bytes` says:
 *              struct roster_row | keys | customer ID | hashes, four bytes for each key | to a multiple of 8
 *          a key is an identifier: kind, packing and length, packed bytes. Behind the last row ROSTER_ROW_SLACK bytes may be read
 * Threads  one parser, one thread; what it made may be read by any
 */
#ifndef ROSTER_LINE_H
#define ROSTER_LINE_H

#include "../support/bytes.h"
#include "../support/hash.h"
#include "../tally/table.h"
#include "roster_columns.h"

enum { ROSTER_SHARE_BITS = 8, ROSTER_SHARES = 1 << ROSTER_SHARE_BITS, ROSTER_KEY_HEAD = 2, ROSTER_KEY_BYTES_MAX = ROSTER_KEY_HEAD + IDENTIFIER_SIZE, ROSTER_ROW_SLACK = 64 };
enum { ROSTER_LENGTH_BITS = 6, ROSTER_LENGTH_MASK = (1 << ROSTER_LENGTH_BITS) - 1 };
#define ROSTER_NO_COLUMN SIZE_MAX

/* NULs where nothing is known. */
struct roster_place {
    char country[2], subdivision[3];
};

struct roster_row {
    uint64_t hash; /* of the customer ID */
    int64_t from_s, to_s;
    uint32_t line; /* counted from the first of its block, from 0 */
    int32_t birth_day;
    uint16_t bytes, key_bytes;
    uint16_t identifier_count, placeholder_count;
    uint8_t id_length, type;
    uint8_t contact_known, contact;
    struct roster_place place;
};

static inline const char *roster_row_keys(const struct roster_row *row)
{
    return (const char *)(row + 1);
}

static inline struct span roster_row_id(const struct roster_row *row)
{
    return (struct span){roster_row_keys(row) + row->key_bytes, row->id_length};
}

static inline const char *roster_row_hashes(const struct roster_row *row)
{
    return roster_row_keys(row) + row->key_bytes + row->id_length;
}

/* The hash by which a customer is found. */
static inline uint64_t roster_id_hash(struct span id, uint64_t seed)
{
    return hash_short(id.at, id.len, seed);
}

/* The second byte of a key. */
static inline char roster_key_form(uint8_t packing, size_t length)
{
    return (char)(unsigned char)((unsigned)packing << ROSTER_LENGTH_BITS | length);
}

/* Writes the key of an identifier into room for the longest; packed has IDENTIFIER_SIZE bytes. Returns its length. */
static inline size_t roster_key_write(char key[ROSTER_KEY_BYTES_MAX], uint8_t kind, uint8_t packing, const char *packed, uint8_t length)
{
    key[0] = (char)kind;
    key[1] = roster_key_form(packing, length);
    memcpy(key + ROSTER_KEY_HEAD, packed, 8); /* most, in two words, as checks have just written them */
    memcpy(key + ROSTER_KEY_HEAD + 8, packed + 8, 8);
    if (length > 16) memcpy(key + ROSTER_KEY_HEAD, packed, length);
    return ROSTER_KEY_HEAD + (size_t)length;
}

static inline size_t roster_key(const struct tally_identifier *identifier, char key[ROSTER_KEY_BYTES_MAX])
{
    return roster_key_write(key, identifier->kind, identifier->state >> FACT_PACKING_SHIFT & 3, identifier->packed, identifier->length);
}

static inline size_t roster_key_length(const char *key)
{
    return ROSTER_KEY_HEAD + ((unsigned char)key[1] & (size_t)ROSTER_LENGTH_MASK);
}

/* Eight bytes as a word of which the first one is the lowest. */
static inline uint64_t roster_word(const char *bytes)
{
    uint64_t word = hash_read(bytes, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Of its first bytes, so many. */
static const uint64_t roster_word_masks[9] = {0,
                                              UINT64_MAX >> 56,
                                              UINT64_MAX >> 48,
                                              UINT64_MAX >> 40,
                                              UINT64_MAX >> 32,
                                              UINT64_MAX >> 24,
                                              UINT64_MAX >> 16,
                                              UINT64_MAX >> 8,
                                              UINT64_MAX};

/* Of a key by its parts: kind, second byte, and the packed bytes, of which 16 may be read. Whole words, as checks write them; what has
 * just been written in bytes would not be read in words as fast. */
static inline uint64_t roster_parts_hash(uint8_t kind, char form, const char *packed, uint64_t seed)
{
    unsigned length = (unsigned char)form & ROSTER_LENGTH_MASK;
    uint64_t head = kind | (unsigned)(unsigned char)form << 8, keyed = seed + head * UINT64_C(0x9e3779b97f4a7c15);
    if (length > 16) return hash_bytes(packed, length, keyed);
    unsigned of_first = length < 8 ? length : 8;
    uint64_t first = roster_word(packed) & roster_word_masks[of_first], second = roster_word(packed + 8) & roster_word_masks[length - of_first];
    return hash_fold(hash_fold(first ^ keyed, second ^ UINT64_C(0xe7037ed1a0b428db)) ^ UINT64_C(0xa0761d6478bd642f), keyed);
}

/* packed: the bytes behind the head, or a copy of them. */
static inline uint64_t roster_key_hash(const char *key, const char *packed, uint64_t seed)
{
    return roster_parts_hash((uint8_t)key[0], key[1], packed, seed);
}

/* The hash by which an identifier is found; its upper bits say the share of the index. */
static inline uint32_t roster_identifier_hash(const char *key, const char *packed, uint64_t seed)
{
    return (uint32_t)(roster_key_hash(key, packed, seed) >> 32);
}

static inline unsigned roster_share(uint32_t hash)
{
    return hash >> (32 - ROSTER_SHARE_BITS);
}

struct roster_bad_line {
    uint64_t line;
    size_t column;      /* or ROSTER_NO_COLUMN */
    const char *reason;
};

/* What the lines of a block are; reused for block after block. */
struct roster_lines {
    struct bytes rows;
    uint64_t line_count; /* physical ones */
    uint64_t row_count, bad_count;
    struct roster_bad_line bad[ROSTER_BAD_LISTED_MAX]; /* the first ones, in order */
};

struct roster_parser;
struct refused_marks;

MUST_USE enum status roster_parser_open(const struct roster_columns *columns, char delimiter, const struct profile *profile, uint64_t seed,
                                        struct roster_parser **parser, struct fault *fault);
void roster_parser_close(struct roster_parser *parser); /* accepts NULL */

/* Of the identifiers so far, those that a check refuses or doubts, with their label or without; lent until it is closed. */
const struct refused_marks *roster_parser_marks(const struct roster_parser *parser);

/* Of each kind, UINT8_MAX + 1 of them, whether there was an identifier so far, be its line good or bad; lent until it is closed. */
const bool *roster_parser_kinds(const struct roster_parser *parser);

/* Reads the lines of a block. torn: they are one line whose quotes never close. Fails    FATAL: no memory. */
MUST_USE enum status roster_parser_read(struct roster_parser *parser, const char *bytes, size_t count, bool torn, struct roster_lines *lines,
                                        struct fault *fault);

#endif
