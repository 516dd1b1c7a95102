/* CSV files that others wrote and that must be right, our door to libcsv.
 *
 * Shape    bytes -> csv_whole_lines: how many of them are whole lines -> csv_read -> cells and lines, by callback
 * Format   RFC 4180 with any delimiter; lines end with LF, CRLF or CR; blanks around what stands in no quotes are cut off
 * Strict   a quote within a cell that began with none, or characters behind the closing quote: the physical line with it is
 *          damaged, and reading goes on behind its LF. csv_whole_lines and csv_read agree in this; a test holds them equal
 * Blank    lines without a cell are not told
 * Lends    the bytes of cells, until the callback returns
 * Threads  one reader, one thread at a time
 */
#ifndef SUPPORT_CSV_H
#define SUPPORT_CSV_H

#include "fault.h"

struct csv_told {
    void (*cell)(void *context, const char *bytes, size_t length);
    /* The cells so far are a line, which began at physical line `line`, counted from 0 in what csv_read was given.
     * damaged: some or none of its cells were told, and they mean nothing. */
    void (*line)(void *context, uint64_t line, bool damaged);
    void *context;
    /* Several cells at once, the next of a line, with the blanks around them; NULL: they are told one by one. */
    void (*cells)(void *context, const struct span *cells, size_t count);
};

struct csv;

MUST_USE enum status csv_open(char delimiter, const struct csv_told *told, struct csv **csv, struct fault *fault);
void csv_close(struct csv *csv); /* accepts NULL */

/* Reads whole lines; behind the last one an open quote makes that damaged. Returns how many physical lines they are.
 * Fails    FATAL: no memory for a cell. */
MUST_USE enum status csv_read(struct csv *csv, const char *bytes, size_t count, uint64_t *line_count, struct fault *fault);

/* How many of the bytes, which begin with a line, are whole lines; an LF in quotes ends none. */
size_t csv_whole_lines(const char *bytes, size_t count, char delimiter);

#endif
