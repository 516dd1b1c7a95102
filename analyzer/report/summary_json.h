/* summary.json: the totals. Specification section 5; keys sorted at every level.
 *
 * Besides  the specification's keys: customer_fields, locations_possible, locations_rejected,
 *          records_ambiguous, records_unattributed, times_without_zone, identifiers.KIND.sample
 */
#ifndef SUMMARY_JSON_H
#define SUMMARY_JSON_H

#include "../support/json.h"
#include "report.h"

/* evidence_digest: coverage_csv.h. Fails    FATAL: no memory. */
MUST_USE enum status summary_json_make(const struct case_files *files, const uint8_t evidence_digest[SHA256_BYTES],
                                       struct json_writer *writer, struct fault *fault);

/* A name made of somebody's bytes: escaped where it is no UTF-8. */
void summary_write_name(struct json_writer *writer, const char *key, const char *name);
/* As in impact.csv; null for TIME_NONE. */
void summary_write_time(struct json_writer *writer, const char *key, int64_t seconds);
void summary_write_digest(struct json_writer *writer, const char *key, const uint8_t *digest);

#endif
