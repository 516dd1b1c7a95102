/* case.json: how the case was made. Specification section 3.
 *
 * Digest   detectors_sha256 is over name, column, element, source, checksum and pattern of every
 *          row of the detector table in its order and of the position pattern, a newline after each
 */
#ifndef CASE_JSON_H
#define CASE_JSON_H

#include "../support/json.h"
#include "report.h"

/* files->resolved may be NULL: interrupted before there was a result. Fails    FATAL: no memory. */
MUST_USE enum status case_json_make(const struct case_files *files, struct json_writer *writer,
                                    struct fault *fault);

/* Of the table of detectors: names, columns, elements, sources of rules, checksums, patterns. false: no SHA-256 here. */
bool detectors_digest(uint8_t digest[SHA256_BYTES]);

#endif
