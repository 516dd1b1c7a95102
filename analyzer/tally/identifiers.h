/* Counts distinct identifiers over all holders, and the clusters of those that belong to nobody.
 *
 * Rule     an identifier is a customer's only where it is confirmed or likely there
 * Shape    facts of all holders -> words in buckets by hash -> those that may not be alone -> groups of equal identifiers
 * Memory   eight bytes a fact, and two chunks a bucket and thread
 * Speed    facts go into their buckets one behind the other; what is looked up lies in the caches. Most facts turn out to be
 *          alone and are counted without ever being held against others
 * Threads  works on all threads itself, but for identifiers_note and identifiers_note_piece
 */
#ifndef IDENTIFIERS_H
#define IDENTIFIERS_H

#include "harvest.h"
#include "order.h"
#include "table.h"

struct identifier_totals {
    struct kind_totals kinds[KINDS_MAX];
    uint64_t clusters_unattributed;
    uint64_t shared; /* tied to more customers than SHARED_CUSTOMERS_MAX */
    struct harvest harvest;
    struct component components[COMPONENTS_LISTED_MAX];
    size_t component_count;
    struct duplicates duplicates;
    bool tied; /* some identifier is of a customer, and of another holder that is none and not attributed: at any grade */
};

/* Adds what is counted by kind, the shared ones and the harvest; clusters, components and duplicates do not add up. False: no memory. */
bool identifier_totals_add(struct identifier_totals *to, const struct identifier_totals *from);
void identifier_totals_free(struct identifier_totals *totals);

/* In one go, or on the way of somebody else who looks at all holders. totals is to be freed in any case.
 * Fails    FATAL: no memory. */
MUST_USE enum status identifiers_count(const struct tally *tally, int thread_count, const struct harvest_options *options,
                                       struct identifier_totals *totals, struct fault *fault);

/* Each holder is noted once, on any of the threads. Where pieces is not NULL, those of an order are noted, piece by piece. */
struct identifier_pieces {
    const struct sorted_holders *sorted; /* lent */
    size_t count;                        /* numbered from 0 */
};
struct identifier_counting;
MUST_USE enum status identifiers_open(const struct tally *tally, const struct identifier_pieces *pieces, int thread_count,
                                      const struct harvest_options *options, struct identifier_counting **counting, struct fault *fault);
/* Takes over memory to note in, before anything is noted; what is more than is likely to be wanted is freed at once. */
void identifiers_reuse(struct identifier_counting *counting, struct pages *pages);
/* The holders of the order from first up to end. */
void identifiers_note_piece(struct identifier_counting *counting, int thread, size_t number, size_t first, size_t end);
void identifiers_note(struct identifier_counting *counting, int thread, uint32_t partition, const struct holder *holder);
/* Once, after all holders were noted. */
MUST_USE enum status identifiers_noted(struct identifier_counting *counting, struct identifier_totals *totals, struct fault *fault);
void identifiers_close(struct identifier_counting *counting); /* accepts NULL */

/* How many identifiers a holder has, confirmed or likely. */
static inline uint32_t holder_identifiers(const struct tally *tally, const struct holder *holder)
{
    uint32_t count = 0;
    const char *end = facts_end(tally, holder);
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at)) count += fact_grade((uint8_t)at[1]) >= GRADE_LIKELY;
    return count;
}

#endif
