/* From holders to people: books the records that name no customer on those to whom their identifiers lead.
 *
 * Shape    runs of holders -> who has which identifier (links, the roster) -> what each set of identifiers leads to
 *          (candidates.h) -> a run of what is booked, which merges with the runs it was made of
 * Way      1  sets         each identifier of each set: (identifier, set)
 *          2  customers    (identifier, customer, times) of those that some set has too and the roster has not; who is unknown to
 *                          the roster; and what the roster gives to somebody else than records do is booked at once
 *          3  join         both by identifier: (set, what it leads to). Whom the roster names comes before links, however many
 *                          these tie it to; what more than SHARED_CUSTOMERS_MAX customers have, by the roster at a record's
 *                          time, or where the roster does not know it by links, leads nowhere
 *          4  judge        each set and day. What was decided ties the set's other identifiers to the same customer, what was not
 *                          to all who are possible, each in his time, which may lead further sets there: 3 and 4 again with
 *                          these, for at most LINK_HOPS_MAX times. An identifier leads where it led first
 *          5  book         whole holders, with all their counts
 * Rules    only exact typed keys; nothing possible links. Records that name a customer stay that customer's: the roster makes
 *          it T1 or T2, and whoever else it names for an identifier of them is possible (T3), where it is never the
 *          customer's own, or at the time of the records another's alone. Of these, which identifiers
 *          stood in one record is not known: of one customer's, the largest count of conflicting records is taken
 * Memory   memory_bytes for sorting; what is beyond goes to the case's folder
 * Same     whatever the order, threads, shards: all is sorted by keys, and merging adds up
 */
#ifndef ATTRIBUTION_H
#define ATTRIBUTION_H

#include "../tally/runs.h"
#include "jurisdictions.h"
#include "roster.h"

enum { LINK_HOPS_MAX = 8 };

struct attribution_options {
    struct runs *runs;           /* opened; gets what is booked */
    const struct roster *roster; /* NULL: none */
    const struct object_list *list;
    const struct tally *loaded;  /* all holders, in memory too: quicker to read; NULL: they are in the runs alone */
    struct place_numbers numbers; /* of places there */
    const struct sorted_holders *sorted; /* their order: then they need be in no run until attribution_book; NULL: not known */
    const struct jurisdictions *jurisdictions; /* of the roster; with persons */
    struct persons_kept *persons; /* gets what the roster says of the loaded customers; NULL: not wanted */
    bool untied; /* known before: no identifier of a record that names no customer is a customer's */
};

/* What follows for the totals. */
struct attribution {
    uint64_t conflict_records;  /* whose identifiers lead to different people */
    uint64_t ambiguous_groups;  /* identifiers of several candidates none of whom is T1 or T2 */
    uint64_t records_possible;  /* as booked: once for each candidate */
    uint64_t records_cut;       /* that name no customer and have more than HOLDER_SET_MAX identifiers: the others lead nowhere */
    uint64_t records_across;    /* of days within which an interval of the roster begins or ends: not known on which side they are */
    uint64_t roster_shared;     /* identifiers of records that the roster gives to too many: they lead nowhere there */
    bool any_set;               /* there are records that name nobody but have likely identifiers */
};

/* Fails    FATAL: no memory, disk full. DAMAGED: a run is. */
MUST_USE enum status attribute(const struct attribution_options *options, struct attribution *attribution, struct fault *fault);

/* The same in two steps, between which holders of the tally that are in no run yet are written: what is to be booked is found, and then
 * is in the runs, which are opened by then. What options point to is lent until it is closed. Fails    as attribute does. */
struct attributing;
MUST_USE enum status attribution_open(const struct attribution_options *options, struct attributing **attributing, struct fault *fault);

/* The first of the two in two steps itself, so that customers of the tally are looked at on the way of somebody else who looks at all
 * holders to put them in order: begun; then, if it wants them, each customer once, on any thread of the runs; then, when the order is there,
 * the rest. What fails is told by attribution_find. */
MUST_USE enum status attribution_begin(const struct attribution_options *options, struct attributing **attributing, struct fault *fault);
bool attribution_wants(const struct attributing *attributing);
void attribution_look(struct attributing *attributing, int thread, const struct holder *holder);
MUST_USE enum status attribution_find(struct attributing *attributing, struct fault *fault);
const struct sorter *attribution_booked(const struct attributing *attributing); /* entries, sealed; lent */
MUST_USE enum status attribution_book(struct attributing *attributing, struct attribution *attribution, struct fault *fault);
void attribution_close(struct attributing *attributing); /* accepts NULL */

#endif
