/* Makes the resolved view of a tally; reports see resolve.h alone.
 *
 * Memory   identifiers are counted in passes, so that no table of all of them is ever needed
 */
#ifndef RESOLVING_H
#define RESOLVING_H

#include "harvest.h"
#include "identifiers.h"
#include "resolve.h"
#include "runs.h"
#include "tally.h"

/* From places to what reports say of them. Handed in. */
struct place_source {
    uint64_t (*unit)(const void *context, const struct place *place); /* number of the unit in its object, from 1 */
    uint32_t (*object)(const void *context, uint32_t file, uint32_t piece); /* ledger index */
    const void *context;
    bool of_runs; /* unit wants places as they are loaded from runs; else it wants the tally's, and runs say the number */
};

/* What is known of a customer beside the evidence. Handed in. */
struct person_facts {
    uint32_t jurisdiction; /* its number; 0: unknown */
    bool organisation;
    uint8_t contact_known, contact; /* bits by enum contact: of what something is said, and what is there */
    enum age age;
};
struct person_source {
    /* Of so many customers at once; NULL: nothing is known of anybody. */
    void (*find)(const void *context, const struct span *customers, size_t count, struct person_facts *facts);
    const void *context;
    uint32_t jurisdiction_count; /* 1 where only the unknown one is */
};

/* What is known of customers, kept by somebody who looked at all of them anyway: by the numbers of their holders. */
struct persons_kept {
    uint32_t *of; /* 0: not known here, the source is to be asked; else person_kept */
    size_t count;
};

enum { PERSON_JURISDICTIONS_MAX = 1 << 20 };

/* In one word, as far as it fits. */
static inline uint32_t person_kept(const struct person_facts *person)
{
    if (person->jurisdiction >= PERSON_JURISDICTIONS_MAX) return 0;
    uint32_t flags = 1u | (uint32_t)person->organisation << 1 | (person->contact_known & 7u) << 2 | (person->contact & 7u) << 5 | (uint32_t)person->age << 8;
    return person->jurisdiction << 12 | flags;
}

static inline struct person_facts person_of_kept(uint32_t kept)
{
    return (struct person_facts){.jurisdiction = kept >> 12,
                                 .organisation = (kept >> 1 & 1) != 0,
                                 .contact_known = kept >> 2 & 7,
                                 .contact = kept >> 5 & 7,
                                 .age = (enum age)(kept >> 8 & 15)};
}

/* What attribution found (attribute/attribution.h), and has booked in the runs. */
struct attributed {
    uint64_t conflict_records, ambiguous_groups;
    uint64_t records_possible; /* that are booked on customers: of these, others are counted already */
    uint64_t roster_shared, records_cut, records_across;
};

struct resolving {
    struct tally *tally;
    struct runs *runs; /* NULL, or none in it: all holders are in the tally; else all are in the runs, and the tally
                          is the room where a part of them is loaded */
    const struct object_list *list;
    struct place_source places;
    int thread_count;
    struct sorted_holders *sorted; /* of the tally, where that is known, which resolve takes over; else NULL */
    struct identifier_totals *identifiers; /* ... and what was counted of the tally already */
    struct resolved *begun;                /* ... and what resolve_begin made of it and sorted */
    struct attributed attributed;
    struct person_source persons;
    struct persons_kept persons_kept; /* for resolve_begin: lent; of NULL: nothing is */
    struct harvest_options harvest; /* without a prefix, how identifiers begin is not told */
};

/* Runs are opened here where they are not yet. totals holds what the scan itself counted (rejections, orphans, findings ...); resolve adds the rest and takes the
 * arrays over. What resolving points to must outlive the result; nothing can be added to the tally any more.
 * Fails    FATAL: no memory, disk full. DAMAGED, USAGE: a run is damaged or foreign. */
MUST_USE enum status resolve(const struct resolving *resolving, const struct totals *scanned, struct resolved **resolved,
                             struct fault *fault);
void resolved_close(struct resolved *resolved); /* accepts NULL */

/* Begins to resolve a tally on the way of somebody who goes through all holders, in the order of sorted, which must be given. Sums are made of
 * holders as they are added by their numbers in that order: each once, on any thread below thread_count. Then it is given to resolve, or
 * closed. Who begins knows that what is booked is in these holders by then.
 * Fails    FATAL: no memory. */
MUST_USE enum status resolve_begin(const struct resolving *resolving, struct resolved **resolved, struct fault *fault);
void resolve_add(struct resolved *resolved, int thread, size_t index);
/* Gives the row of what is added as it will be once all is resolved, which lives as the tally does. False: it is no customer with a record. */
bool resolve_add_row(struct resolved *resolved, int thread, size_t index, struct customer_row *row);

/* How many customers have a record so far; takes the partitions' locks one by one. */
uint64_t tally_customer_count(struct tally *tally);

#endif
