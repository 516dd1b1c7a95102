/* From holders to people: books the records that name no customer on those to whom their identifiers lead.
 *
 * Shape    runs of holders -> who has which identifier (links, the roster) -> what each set of identifiers leads to
 *          (candidates.h) -> a run of what is booked, which merges with the runs it was made of
 * Way      1  sets         each identifier of each set: (identifier, set)
 *          2  customers    (identifier, customer, times) of those that some set has too; who is unknown to the roster, and
 *                          which identifiers the roster gives to somebody else than records do
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
#include "roster.h"

enum { LINK_HOPS_MAX = 8 };

struct attribution_options {
    struct runs *runs;           /* opened; gets what is booked */
    const struct roster *roster; /* NULL: none */
    const struct object_list *list;
    const struct tally *loaded;  /* all holders, in memory too: quicker to read; NULL: they are in the runs alone */
    struct place_numbers numbers; /* of places there */
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

#endif
