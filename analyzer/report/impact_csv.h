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

#endif
