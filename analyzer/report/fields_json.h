/* What the fields of the evidence were taken for, as summary.json says it.
 *
 * Shape    "fields": [{"field", "format", "how", "objects", "role", "share_valid", "source", "valid", "values"}, ...], by field,
 *          format, role, how and source; "fields_cut": whether there were more than FIELD_SUMS_MAX
 * Values   are those of the samples that roles were decided by, not of the whole objects
 */
#ifndef FIELDS_JSON_H
#define FIELDS_JSON_H

#include "../evidence/walk.h"
#include "../support/json.h"
#include "../tally/field_sums.h"

/* fields NULL: there are none. */
void fields_json_write(struct json_writer *writer, const struct object_list *list, const struct field_sums *fields);

#endif
