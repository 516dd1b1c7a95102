/* Counts distinct identifiers over all holders, and the clusters of those that belong to nobody.
 *
 * Rule     an identifier is a customer's only where it is confirmed or likely there
 * Shape    facts of all holders -> marks -> facts that are alone are counted, the others go
 *          in passes by hash -> buckets -> groups of equal identifiers
 * Memory   one to two bytes a fact for the marks, and PASS_BYTES
 * Threads  works on all threads itself
 */
#ifndef IDENTIFIERS_H
#define IDENTIFIERS_H

#include "harvest.h"
#include "table.h"

struct identifier_totals {
    struct kind_totals kinds[KINDS_MAX];
    uint64_t clusters_unattributed;
    uint64_t shared; /* tied to more customers than SHARED_CUSTOMERS_MAX */
    struct harvest harvest;
    struct component components[COMPONENTS_LISTED_MAX];
    size_t component_count;
    struct duplicates duplicates;
};

/* Adds what is counted by kind, the shared ones and the harvest; clusters, components and duplicates do not add up. False: no memory. */
bool identifier_totals_add(struct identifier_totals *to, const struct identifier_totals *from);
void identifier_totals_free(struct identifier_totals *totals);

/* totals is to be freed in any case. Fails    FATAL: no memory. */
MUST_USE enum status identifiers_count(const struct tally *tally, int thread_count, const struct harvest_options *options,
                                       struct identifier_totals *totals, struct fault *fault);

/* How many identifiers a holder has, confirmed or likely. */
static inline uint32_t holder_identifiers(const struct tally *tally, const struct holder *holder)
{
    uint32_t count = 0;
    const char *end = facts_end(tally, holder);
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at)) count += fact_grade((uint8_t)at[1]) >= GRADE_LIKELY;
    return count;
}

#endif
