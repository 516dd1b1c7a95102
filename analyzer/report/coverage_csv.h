/* coverage.csv: every object and what became of it. Specification section 6.
 *
 * Digest   the evidence's digest is SHA-256 over "path,size,sha256,status" and a newline for each
 *          line, in the order and with the cells of coverage.csv, so that anybody can make it again
 */
#ifndef COVERAGE_CSV_H
#define COVERAGE_CSV_H

#include "../support/file.h"
#include "coverage_order.h"
#include "report.h"

/* *made becomes the file, sealed: the caller's, to close or abandon; NULL after a failure. digest: the evidence's. */
MUST_USE enum status coverage_csv_write(const struct case_files *files, struct coverage_order *order, struct file **made,
                                        uint8_t digest[SHA256_BYTES], struct fault *fault);

/* The digest alone. */
MUST_USE enum status coverage_digest(struct coverage_order *order, uint8_t digest[SHA256_BYTES], struct fault *fault);

#endif
