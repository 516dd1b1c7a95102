/* Counts distinct identifiers over all holders, and the clusters of those that belong to nobody.
 *
 * Shape    facts of all holders -> marks -> facts that are alone are counted, the others go
 *          in passes by hash -> buckets -> groups of equal identifiers
 * Memory   one to two bytes a fact for the marks, and PASS_BYTES
 * Threads  works on all threads itself
 */
#ifndef IDENTIFIERS_H
#define IDENTIFIERS_H

#include "table.h"

struct identifier_totals {
    struct kind_totals kinds[KINDS_MAX];
    uint64_t clusters_unattributed;
    uint64_t shared; /* tied to more customers than SHARED_CUSTOMERS_MAX */
};

enum { SHARED_CUSTOMERS_MAX = 8 };

/* Adds what is counted by kind and the shared ones; clusters do not add up. */
void identifier_totals_add(struct identifier_totals *to, const struct identifier_totals *from);

MUST_USE enum status identifiers_count(const struct tally *tally, int thread_count, struct identifier_totals *totals,
                                       struct fault *fault);

#endif
