/* From the bytes of a roster to judged lines, which know nothing of one another yet.
 *
 * Shape    whole lines -> libcsv -> cells, each judged by its column -> struct roster_row, one a good line, and bad lines
 * Layout   rows stand behind one another, each as long as its `bytes` says:
 *              struct roster_row | customer ID | identifier ... | to a multiple of 8
 *          an identifier is its share of the tables, and its key: kind, packing and length, packed bytes
 * Threads  one parser, one thread; what it made may be read by any
 */
#ifndef ROSTER_LINE_H
#define ROSTER_LINE_H

#include "../support/bytes.h"
#include "../support/hash.h"
#include "roster_columns.h"

enum { ROSTER_SHARE_BITS = 8, ROSTER_SHARES = 1 << ROSTER_SHARE_BITS, ROSTER_KEY_HEAD = 2, ROSTER_KEY_BYTES_MAX = ROSTER_KEY_HEAD + IDENTIFIER_SIZE };
enum { ROSTER_LENGTH_BITS = 6, ROSTER_LENGTH_MASK = (1 << ROSTER_LENGTH_BITS) - 1 };
#define ROSTER_NO_COLUMN SIZE_MAX

struct roster_row {
    uint64_t hash; /* of the customer ID */
    uint64_t line; /* counted from the first of its block, from 0 */
    int64_t from_s, to_s;
    int32_t birth_day;
    uint32_t bytes;
    uint16_t identifier_count;
    uint8_t id_length, type;
    uint8_t contact_known, contact;
    char country[2], subdivision[3];
};

/* The key of an identifier. Returns its length. */
static inline size_t roster_key(const struct tally_identifier *identifier, char key[ROSTER_KEY_BYTES_MAX])
{
    key[0] = (char)identifier->kind;
    key[1] = (char)(unsigned char)((identifier->state >> FACT_PACKING_SHIFT & 3u) << ROSTER_LENGTH_BITS | identifier->length);
    memcpy(key + ROSTER_KEY_HEAD, identifier->packed, identifier->length);
    return ROSTER_KEY_HEAD + (size_t)identifier->length;
}

static inline size_t roster_key_length(const char *key)
{
    return ROSTER_KEY_HEAD + ((unsigned char)key[1] & (size_t)ROSTER_LENGTH_MASK);
}

static inline unsigned roster_share(uint64_t hash)
{
    return (unsigned)(hash >> (64 - ROSTER_SHARE_BITS));
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
    uint64_t row_count, bad_count, placeholder_count;
    struct roster_bad_line bad[ROSTER_BAD_LISTED_MAX]; /* the first ones, in order */
};

struct roster_parser;

MUST_USE enum status roster_parser_open(const struct roster_columns *columns, char delimiter, const struct profile *profile, uint64_t seed,
                                        struct roster_parser **parser, struct fault *fault);
void roster_parser_close(struct roster_parser *parser); /* accepts NULL */

/* Reads the lines of a block. torn: they are one line whose quotes never close. Fails    FATAL: no memory. */
MUST_USE enum status roster_parser_read(struct roster_parser *parser, const char *bytes, size_t count, bool torn, struct roster_lines *lines,
                                        struct fault *fault);

#endif
