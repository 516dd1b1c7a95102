/* SQL dumps: where their tuples and COPY rows are, of which table, and what these look like as rows of delimited text.
 *
 * Shape    bytes of an object in turn -> sql_cut -> stretches of a block -> sql_rows_write -> rows that record_csv.h reads
 * Dialects MySQL and MariaDB (INSERT, REPLACE), PostgreSQL (COPY as text or CSV, INSERT), SQLite's .dump, and those like them; columns are
 *          those of the statement, else those of the CREATE TABLE before it in the same object, else nobody knows their names
 * Text     whatever is no tuple and no row: comments, other statements, and tuples that are none by SQL's rules. Only the
 *          words between INSERT and the first tuple, and the punctuation between tuples, belong to no unit
 * Lines    outside of tuples a statement is looked for where a line or a comment begins, and behind the end of another: an
 *          odd quote in some statement costs no more than its own line
 * Freedom  where a stretch ends depends on the bytes before it alone, and on so many behind it as are needed to tell; not
 *          on how the object comes in pieces
 * Limits   SQL_HEAD_BYTES_MAX for the words before tuples and for CREATE TABLE; SQL_TABLES_MAX tables, and
 *          SQL_COLUMNS_MAX columns of all of them, that are known
 * Threads  one struct sql, one thread at a time; tables are const once made
 */
#ifndef RECORD_SQL_H
#define RECORD_SQL_H

#include <stdbool.h>

#include "../../detectors/detector.h"
#include "../support/bytes.h"
#include "../support/fault.h"

enum { SQL_NULL_MAX = 9, SQL_HEAD_BYTES_MAX = 1 << 20, SQL_TABLES_MAX = 1 << 16, SQL_COLUMNS_MAX = 1 << 20 };

static const char SQL_DELIMITER = '\t';

enum sql_kind {
    SQL_TEXT,  /* lines */
    SQL_ODD,   /* a tuple that is none by SQL's rules, or what is left of one: lines, too */
    SQL_TUPLE, /* from its first parenthesis to its last one */
    SQL_ROWS   /* of COPY: whole lines */
};

/* The columns of a table, with what the source of plans made of them. */
struct sql_table {
    size_t column_count;
    struct span header; /* its header row */
    const void *plan;
};

/* How the rows of a COPY are written. */
struct sql_copy {
    char delimiter;
    bool is_csv;    /* with quotes, and line ends within them; else with backslash escapes */
    uint8_t null_length;
    char null[SQL_NULL_MAX]; /* what an empty cell is written as */
};

struct sql_stretch {
    uint32_t start, end; /* in the block */
    enum sql_kind kind;
    bool has_comment;     /* TUPLE: sql_tuple_strip */
    struct sql_copy copy; /* ROWS */
    const struct sql_table *table; /* TUPLE and ROWS; NULL: nobody said what its columns are, and it has no plan of its own */
};

struct sql_stretches {
    struct sql_stretch *at;
    size_t count, capacity;
};

/* A table as a statement names it: what it is told from others by, and its columns as a header row that is delimited by
 * SQL_DELIMITER; both are lent for a call. */
struct sql_columns {
    struct span key;        /* of the table's name and the header row */
    struct span header_row; /* empty where nobody said what the columns are */
    size_t count;           /* 0 there */
};

/* Makes something of a table's columns.
 * plan     of all tables that have this header row and no plan of their own; asked once for each; NULL: no memory
 * own      *plan: of this table alone, whose columns are then *column_count; NULL: it has none. It may be asked again where it
 *          had none, and has to say the same. False: no memory. The function may be NULL */
struct sql_plan_source {
    const void *(*plan)(void *context, struct span header_row, size_t column_count);
    void *context;
    bool (*own)(void *context, const struct sql_columns *columns, size_t *column_count, const void **plan);
};

/* Whether a text is an SQL dump: statements from its first line on that is no comment, and among them one that has tuples or
 * makes a table. Says whether a backslash in its strings escapes what stands behind it. */
bool sql_begins(struct span text, bool *backslash);

struct sql;

MUST_USE enum status sql_open(bool backslash, struct sql_plan_source plans, struct sql **sql, struct fault *fault);
void sql_close(struct sql *sql); /* accepts NULL */

/* Finds the stretches of bytes that begin where the last cut ended: as many as are whole and within `most` bytes. *cut
 * becomes where they end; 0: nothing is whole within that (never where at_end and most >= length). at_end: nothing comes
 * behind the bytes.
 * Fails    FATAL: no memory. */
MUST_USE enum status sql_cut(struct sql *sql, const char *bytes, size_t length, size_t most, bool at_end,
                             struct sql_stretches *stretches, size_t *cut, struct fault *fault);

/* Bytes are missing before those that come next: up to the first line end they are text. */
void sql_gap(struct sql *sql);

/* Whether what was cut, if nothing comes behind it, lacks its end: a tuple, the rows of a COPY or the words before them are open; or what
 * began as a transaction, or as a dump of a program that ends each with a line of its own, does not end so. */
bool sql_broke_off(const struct sql *sql);

/* Hands out the first `most` bytes, of which nothing is whole, as a piece: how much of them, so that the next call of sql_cut
 * goes on amid what is in hand. */
size_t sql_cut_piece(struct sql *sql, const char *bytes, size_t most);

/* Writes a tuple as a row (a line with its end) behind what is in rows. NULL becomes an empty cell, strings lose quotes and
 * escapes, hexadecimal ones that are text become text. Gives the number of cells; 0: no memory. */
size_t sql_tuple_write(struct span tuple, bool backslash, struct bytes *rows);

/* The same for rows of COPY; false: no memory. */
bool sql_rows_write(struct span lines, const struct sql_copy *copy, struct bytes *rows);

/* Parts a tuple with comments in it: into one without, and the comments, a line or more each. False: no memory. */
bool sql_tuple_strip(struct span tuple, bool backslash, struct bytes *plain, struct bytes *comments);

#endif
