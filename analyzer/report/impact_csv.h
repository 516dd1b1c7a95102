/* impact.csv: one line per affected customer. Specification section 4.
 *
 * Threads  rows are made in chunks on all threads; each chunk is written at the place where the one
 *          before it ends, so the bytes are those of one thread
 */
#ifndef IMPACT_CSV_H
#define IMPACT_CSV_H

#include "../support/file.h"
#include "report.h"

/* *made becomes the file, sealed: the caller's, to close or abandon; NULL after a failure. */
MUST_USE enum status impact_csv_write(const struct case_files *files, struct file **made, struct fault *fault);

/* The same on the way of somebody else who goes through all customers: opened, rows of [first, last) added again and again, closed.
 * files is lent until then, and need not have resolved: rows come from a function, on any thread, which says false where there is none.
 * Chunks are numbered from 0 in the order of their rows, and each is added once. Their numbers are handed out to threads in that order:
 * a chunk waits for its turn. What fails is told by impact_csv_close. */
struct impact_csv;
struct impact_rows {
    bool (*row)(void *context, int thread, size_t index, struct customer_row *row);
    void *context;
};
MUST_USE enum status impact_csv_open(const struct case_files *files, struct impact_rows rows, struct impact_csv **impact, struct fault *fault);
void impact_csv_add(struct impact_csv *impact, int thread, size_t number, size_t first, size_t last);
/* Frees it in any case; *made as above. */
MUST_USE enum status impact_csv_close(struct impact_csv *impact, struct file **made, struct fault *fault);

#endif
