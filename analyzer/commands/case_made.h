/* What a case says of how it was made, for commands that go on from there without its evidence.
 *
 * Owns     what the caller frees is said below
 */
#ifndef CASE_MADE_H
#define CASE_MADE_H

#include "../attribute/roles.h"
#include "../options.h"
#include "../report/report.h"
#include "case_state.h"

/* The profile that it was made with, and the roles of fields that follow; the caller's. Fails    as profile_open, roles_open. */
MUST_USE enum status case_profile_take(const struct case_state *state, struct profile **profile, struct roles **roles, struct fault *fault);

/* How it was made, as far as results say so: kinds (those of the profile are set there), hash, limits, and, unless the options
 * say another time, when it became known. */
void case_options_take(const struct case_state *state, const struct profile *profile, struct options *options);

/* How many passwords there were for encrypted members. */
void case_passwords_take(const struct case_state *state, struct run_facts *facts);

/* Its ledger as it is shown: files that were read by ranges have one line, and what no shard that is here has read stands there
 * as what it is, unexamined. shown->objects is the caller's to free, all else is lent. False: no memory. */
bool case_list_shown(const struct case_state *state, struct object_list *shown);

#endif
