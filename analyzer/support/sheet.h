/* Rows of a CSV file that this program wrote, read one after another in constant memory.
 *
 * Shape    file -> sheet_open reads the header -> sheet_next -> row -> sheet_split -> cells
 * Strict   RFC 4180 with LF, every row as wide as the header, the last one ended: whatever differs is damage
 *          and is refused with file and line. record/record_csv.h reads what others wrote
 * Speed    no library: a row without quotes is found by memchr, and is split only where somebody wants its cells
 * Lends    the bytes of a row, until the next sheet_next or sheet_close
 * Limits   SHEET_COLUMNS_MAX columns, SHEET_NAME_BYTES_MAX printable ASCII in the name of one,
 *          SHEET_ROW_BYTES_MAX bytes in a row
 */
#ifndef SHEET_H
#define SHEET_H

#include "fault.h"

enum { SHEET_COLUMNS_MAX = 512, SHEET_NAME_BYTES_MAX = 120, SHEET_ROW_BYTES_MAX = 1 << 28 };

struct sheet;

struct sheet_row {
    const char *bytes; /* without the line end */
    size_t len;
    uint64_t line;     /* where it begins; the header is line 1 */
    bool quoted;       /* some cell stands in quotes */
};

/* Fails    USAGE: cannot be read, or the header is none. FATAL: no memory. */
MUST_USE enum status sheet_open(const char *folder, const char *name, struct sheet **sheet, struct fault *fault);
void sheet_close(struct sheet *sheet); /* accepts NULL */

/* END behind the last row. Fails    USAGE: damage. FATAL: no memory. */
MUST_USE enum status sheet_next(struct sheet *sheet, struct sheet_row *row, struct fault *fault);

/* The names of the columns live as long as the sheet. */
size_t sheet_column_count(const struct sheet *sheet);
struct span sheet_column(const struct sheet *sheet, size_t column);
bool sheet_column_find(const struct sheet *sheet, struct span name, size_t *column);

/* All cells of a row as they stand in the file, into room for sheet_column_count of them. */
void sheet_split(const struct sheet *sheet, const struct sheet_row *row, struct span *cells);

/* What a cell says, into room for its length; gives the length. */
size_t sheet_unquote(struct span cell, char *text);

/* USAGE, with the file and the line in front of what is wrong. */
enum status sheet_refuse(const struct sheet *sheet, uint64_t line, const char *what, struct fault *fault);

#endif
