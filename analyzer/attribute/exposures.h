/* When sources lay open: by the profile, else by the date that a folder's name has ("snapshot-2019-04-01"), which is known to
 * have been there on that day.
 *
 * Rule     notification.md of the domain, 2.6: days are those of the union of windows, first and last included; data times
 *          are another thing
 */
#ifndef EXPOSURES_H
#define EXPOSURES_H

#include "profile.h"

/* "" where nobody knows. profile may be NULL. */
struct exposure source_exposure(const struct profile *profile, const char *source_name);

/* *days is how many the windows cover together; of a window without beginning or end, the day that is known. */
MUST_USE bool exposure_days(const struct exposure *windows, size_t count, uint64_t *days); /* false: no memory */

#endif
