/* Puts what attribution booked into a tally that has all holders in memory, so that these need not be read from disk again.
 *
 * Shape    run of what is booked -> each entry merged with its holder, in the holder's place
 * Threads  one; for a few entries among many holders
 */
#ifndef BOOKED_H
#define BOOKED_H

#include "runs.h"

/* Whether that is the quicker way. */
bool booked_is_small(const struct runs *runs, const struct tally *tally);

/* *more says whether there are customers now that were none before. Nothing can be added to the tally by writers any more.
 * Fails    FATAL: no memory. DAMAGED. */
MUST_USE enum status booked_take(const struct runs *runs, struct tally *tally, const struct place_numbers *numbers, bool *more,
                                 struct fault *fault);

#endif
