/* What the files that read SQL have in common.
 *
 * Private to record_sql.c, record_sql_head.c, record_sql_tuple.c, record_sql_row.c
 */
#ifndef RECORD_SQL_INNER_H
#define RECORD_SQL_INNER_H

#include "../../detectors/checkdigit.h"
#include "record_sql.h"

/* Bytes that are gone through; ran_out: their end came before it was known what stands there, and more may come. */
struct sql_scan {
    const char *bytes;
    size_t at, length;
    bool at_end, ran_out;
    bool has_comment; /* one was gone over */
    bool met_end;     /* their end came so, whether more may come or not */
};

enum sql_head { SQL_HEAD_NONE, SQL_HEAD_MORE, SQL_HEAD_INSERT, SQL_HEAD_COPY, SQL_HEAD_CREATE };

/* The names in a head. */
struct sql_names {
    size_t blind; /* CREATE TABLE is not looked for before that place: what looked like one has been gone through up to there */
    struct bytes table;    /* its components with '.' between them, in lower case */
    size_t last_component; /* where that begins */
    struct bytes header;   /* the columns as a header row; empty where none are said */
    size_t column_count;
    struct sql_copy copy; /* of COPY */
    bool failed;           /* no memory */
};

void sql_names_free(struct sql_names *names);

/* Reads the head of a statement at scan->at, which moves behind it: for INSERT before the first tuple, for COPY behind the
 * line. The scan is as it was where there is no head. */
enum sql_head sql_head_read(struct sql_scan *scan, struct sql_names *names);

/* Whether ALTER TABLE stands there, of a table that has a name; the scan moves behind that. */
bool sql_alter_begins(struct sql_scan *scan, struct sql_names *names);

/* Changes the columns in names as the rest of the statement says. *renames_table: `name` is what the table is called from there on.
 * False: nobody knows what the columns are now. */
bool sql_alter_read(struct sql_scan *scan, struct sql_names *names, struct bytes *name, bool *renames_table);

/* Whether a word stands at `at`, in any case, and no longer one. */
bool sql_word_is(const struct sql_scan *scan, size_t at, const char *word);

/* How far a tuple has been gone through. */
struct sql_depth {
    uint32_t depth;
    char quote;   /* within a string: what ends it; within a comment: '*', or '\n' where its line does; else 0 */
    bool escapes; /* ... in which backslashes escape */
    bool has_comment; /* one was gone over */
};

enum sql_end {
    SQL_WHOLE,
    SQL_MORE, /* the bytes end before it does */
    SQL_BROKEN
};

/* Goes through a tuple from its first parenthesis on, or goes on as *depth says. *end becomes the place behind its last
 * parenthesis, or where it is known to be broken. */
enum sql_end sql_tuple_end(const char *bytes, size_t at, size_t length, bool backslash, struct sql_depth *depth, size_t *end);

/* Where reading can go on behind a broken tuple: before a line end, or behind a parenthesis that ends a tuple by what stands
 * behind it. SQL_MORE: not within the bytes. */
enum sql_end sql_tuple_resume(const char *bytes, size_t at, size_t length, size_t *end);

/* The place behind the string $tag$...$tag$ that begins at `at`; `at` itself where the dollar begins none. */
enum sql_end sql_dollar_end(const char *bytes, size_t at, size_t length, size_t *end);

/* Ends the cell that begins at `start` of a row: puts it in quotes where a reader of delimited text would else misread it. */
bool sql_cell_end(struct bytes *row, size_t start);
enum { SQL_CELL_SLACK = 8 }; /* bytes that can be read behind it */

/* The high bit of each of eight bytes that is this one, or that is below a bound; exact up to the first one. */
static inline uint64_t eight_equal(uint64_t word, char c)
{
    word ^= EIGHT_BYTES((unsigned char)c);
    return (word - EIGHT_BYTES(1)) & ~word & EIGHT_BYTES(0x80);
}

static inline uint64_t eight_below(uint64_t word, unsigned char bound)
{
    return (word - EIGHT_BYTES(bound)) & ~word & EIGHT_BYTES(0x80);
}

/* Which of eight bytes the first of such bits stands for. */
static inline size_t eight_first(uint64_t bits)
{
    return (size_t)__builtin_ctzll(bits) / 8;
}

static inline bool sql_is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Letters, digits, and what else can stand in a name without quotes. */
static inline bool sql_is_name(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') <= 9 || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

#endif
