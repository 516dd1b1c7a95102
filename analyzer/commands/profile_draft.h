/* A profile to edit, out of what was decided without one.
 *
 * Shape    families of objects -> names of fields by role -> JSON that --profile reads
 * Rule     a scan with it counts what one without it counts: a name stands there only where all fields that it would speak for
 *          have that role already. Names of times and axes that say themselves what they are need no line
 */
#ifndef PROFILE_DRAFT_H
#define PROFILE_DRAFT_H

#include "../support/json.h"
#include "families.h"

/* Writes it whole. False: no memory. */
bool profile_draft_write(const struct families *families, const struct roles *roles, struct json_writer *writer);

#endif
