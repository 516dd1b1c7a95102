/* What a case says of how it was made, for commands that go on from there without its evidence.
 *
 * Owns     what the caller frees is said below
 */
#ifndef CASE_MADE_H
#define CASE_MADE_H

#include "../attribute/roles.h"
#include "../tally/resolving.h"
#include "case_state.h"

/* The profile that it was made with, and the roles of fields that follow; the caller's. Fails    as profile_open, roles_open. */
MUST_USE enum status case_profile_take(const struct case_state *state, struct profile **profile, struct roles **roles, struct fault *fault);

/* The built-in kinds that were looked for, `otherwise` where it does not say; those of the profile are set there. */
uint32_t case_kinds_take(const struct case_state *state, const struct profile *profile, uint32_t otherwise);

/* Its ledger as it is shown: what no shard that is here has read stands there as what it is, unexamined. shown->objects is the
 * caller's to free, all else is lent. False: no memory. */
bool case_list_shown(const struct object_list *list, struct object_list *shown);

/* Places as runs have them, in its ledger; lends the state, whose pieces it puts into order. */
struct place_source case_places(const struct case_state *state);

#endif
