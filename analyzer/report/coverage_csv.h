/* coverage.csv: every object and what became of it. Specification section 6.
 *
 * Digest   the evidence's digest is SHA-256 over "path,size,sha256,status" and a newline for each
 *          line, in the order and with the cells of coverage.csv, so that anybody can make it again
 */
#ifndef COVERAGE_CSV_H
#define COVERAGE_CSV_H

#include "../support/file.h"
#include "report.h"

/* The objects' indexes by path bytes, pieces among them; the caller frees. Fails    FATAL: no memory. */
MUST_USE enum status coverage_order(const struct object_list *list, size_t **order, struct fault *fault);

/* *made becomes the file, sealed: the caller's, to close or abandon; NULL after a failure. */
MUST_USE enum status coverage_csv_write(const struct case_files *files, const size_t *order, struct file **made, struct fault *fault);

MUST_USE enum status coverage_digest(const struct object_list *list, const size_t *order,
                                     uint8_t digest[SHA256_BYTES], struct fault *fault);

#endif
