/* The rows of impact.csv or coverage.csv of a case, in the order of their keys.
 *
 * Shape    sheet -> case_table_next -> row with its key: the customer ID or path before the writer made a cell of it
 * Order    that of the file, which is that of the keys' bytes; it is held, not believed
 * Surprise a cell does not always tell the key: '=1 may be the ID =1 with the ' of a cell that spreadsheets would
 *          run, or the ID '=1 itself, and is taken for the first; a\xff may stand where older versions put the byte. Where that breaks the order, case_table_is_unsure, and the table must be opened again as
 *          `sorted`: all in memory, ordered by cells, which means the same in every case
 */
#ifndef CASE_TABLE_H
#define CASE_TABLE_H

#include "../support/sheet.h"

struct case_table;

/* Fails    USAGE: no such file, no such column, damage. FATAL: no memory. */
MUST_USE enum status case_table_open(const char *folder, const char *file_name, const char *key_column, bool sorted,
                                     struct case_table **table, struct fault *fault);
void case_table_close(struct case_table *table); /* accepts NULL */

/* END behind the last row. Row and key are lent until the next call. */
MUST_USE enum status case_table_next(struct case_table *table, struct sheet_row *row, struct span *key,
                                     struct fault *fault);
bool case_table_is_unsure(const struct case_table *table);
const struct sheet *case_table_sheet(const struct case_table *table);
size_t case_table_key_column(const struct case_table *table);

#endif
