/* Makes the resolved view of a tally; reports see resolve.h alone.
 *
 * Memory   identifiers are counted in passes, so that no table of all of them is ever needed
 */
#ifndef RESOLVING_H
#define RESOLVING_H

#include "resolve.h"
#include "tally.h"

/* From a place to the ledger index of its object and the unit number, from 1. Handed in. */
struct place_source {
    uint64_t (*unit_number)(const void *context, const struct place *place, uint32_t *object);
    const void *context;
};

/* totals holds what the scan itself counted (rejections, orphans, findings ...); resolve adds the rest and takes the
 * arrays over. tally and list must outlive the result; nothing can be added to the tally any more. Fails FATAL: no memory. */
MUST_USE enum status resolve(struct tally *tally, const struct object_list *list, struct place_source places,
                             const struct totals *scanned, int thread_count, struct resolved **resolved, struct fault *fault);
void resolved_close(struct resolved *resolved); /* accepts NULL */

/* How many customers have a record so far; takes the partitions' locks one by one. */
uint64_t tally_customer_count(struct tally *tally);

#endif
