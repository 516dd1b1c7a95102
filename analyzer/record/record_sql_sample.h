/* The first tuples of each table at the front of an SQL dump, as delimited text.
 *
 * Shape    first bytes of an object -> sql_cut -> tables in the order in which they are named, each with its header row and rows
 * Limits   SQL_SAMPLE_TABLES_MAX tables, those that come first
 * Owns     its tables, until sql_sample_close
 * Threads  one at a time
 */
#ifndef RECORD_SQL_SAMPLE_H
#define RECORD_SQL_SAMPLE_H

#include "record_sql.h"

enum { SQL_SAMPLE_TABLES_MAX = 256 };

struct sql_sample_table {
    struct bytes key;    /* as struct sql_columns has it */
    struct bytes text;   /* the header row, where there is one, then the rows: a line with its end each, delimited by SQL_DELIMITER */
    bool has_header, full;
    size_t column_count; /* without a header: of the first tuple */
    size_t rows;
};

struct sql_sample {
    struct sql_sample_table *tables[SQL_SAMPLE_TABLES_MAX]; /* in the order in which they are named */
    size_t count;
    size_t rows_max, bytes_max;
};

/* Reads the bytes that a dump begins with: of each table up to rows_max of its first tuples, as long as its text does not exceed
 * bytes_max. at_end: nothing comes behind them.
 * Fails    FATAL: no memory. */
MUST_USE enum status sql_sample_open(struct span bytes, bool at_end, bool backslash, size_t rows_max, size_t bytes_max,
                                     struct sql_sample **sample, struct fault *fault);
void sql_sample_close(struct sql_sample *sample); /* accepts NULL */

#endif
