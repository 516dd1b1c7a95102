/* Puts what attribution booked into a tally that has all holders in memory, so that these need not be read from disk again.
 *
 * Shape    run of what is booked -> each entry merged with its holder, in the holder's place
 *          or sorter of what is to be booked -> each entry merged with its holder, beside it: an order of holders as they will be, while
 *          those that they come from are still to be written as they are
 * Threads  one; for a few entries among many holders
 */
#ifndef BOOKED_H
#define BOOKED_H

#include "runs.h"

/* Whether that is the quicker way. */
bool booked_is_small(const struct runs *runs, const struct tally *tally);
bool booked_is_few(uint64_t entries, const struct tally *tally);

/* *more says whether there are customers now that were none before. Nothing can be added to the tally by writers any more.
 * Fails    FATAL: no memory. DAMAGED. */
MUST_USE enum status booked_take(const struct runs *runs, struct tally *tally, const struct place_numbers *numbers, bool *more,
                                 struct fault *fault);

/* The holders with what is booked on them, in their order: of each that has something, the one beside it; and new ones in between. */
struct booked_order {
    struct sorted_holders sorted; /* its own */
    size_t *inserted;             /* for each new one, ascending, before which of the given order it stands */
    size_t inserted_count;
};

/* sorted: all holders of the tally, which stays as it is. booked: what is to be booked. Of the runs, what they say of sources, zone and
 * order counts. Nothing can be added to the tally by writers any more, and it has both now: who goes through its partitions must not
 * come after this. Fails    FATAL: no memory. DAMAGED. */
struct sorter;
MUST_USE enum status booked_order_open(const struct runs *runs, const struct sorter *booked, struct tally *tally, const struct place_numbers *numbers,
                                       const struct sorted_holders *sorted, struct booked_order *order, struct fault *fault);
void booked_order_close(struct booked_order *order);

/* Where in this order those before a place of the given one end. end: that is the last place. */
size_t booked_order_at(const struct booked_order *order, size_t place, bool end);

#endif
