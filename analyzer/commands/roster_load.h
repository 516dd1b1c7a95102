/* The roster of --roster, read before anything else of the evidence is; what is wrong with it goes to stderr. */
#ifndef ROSTER_LOAD_H
#define ROSTER_LOAD_H

#include "../attribute/roster.h"
#include "../options.h"

/* *roster is NULL without --roster. Bad lines are listed, and columns that are ignored.
 * Fails    USAGE: as roster_open, or bad lines without --roster-skip-bad. FATAL. END: stopped. */
MUST_USE enum status roster_load(const struct options *options, const struct roles *roles, const struct profile *profile, int thread_count,
                                 const volatile sig_atomic_t *stop, struct roster **roster, struct fault *fault);

#endif
