/* The totals of a case, read back from its summary.json, beside those of another.
 *
 * Fields   every number and every data_time of the summary that stands in no list, named by its keys:
 *          "persons_by_tier.T1". Lists are sums over what impact.csv and coverage.csv say row by row
 * Numbers  as they are written: a double would lose digits above 2^53
 * Order    of meaning: persons, vehicles, identifiers, records, bytes, objects, then all others by name
 */
#ifndef CASE_TOTALS_H
#define CASE_TOTALS_H

#include "../support/fault.h"

struct case_totals;

/* Fails    USAGE: no case folder, or a damaged summary. FATAL: no memory. */
MUST_USE enum status case_totals_read(const char *folder, struct case_totals **totals, struct fault *fault);
void case_totals_free(struct case_totals *totals); /* accepts NULL */

/* One field of two cases. */
struct total_pair {
    const char *field;
    const char *old, *new;     /* as written; NULL where the case has no such field, or null */
    bool numbers;              /* what there is of both: whole, 64 bits */
    bool is_main;              /* worth a line even where it is the same */
    bool differs;
    bool has_change;           /* both are there, and numbers */
    bool is_less;              /* new is below old */
    uint64_t change;           /* how far they are apart */
};

/* The fields of both in their order; the caller frees pairs, which point into both totals. */
MUST_USE enum status case_totals_pair(const struct case_totals *old, const struct case_totals *new,
                                      struct total_pair **pairs, size_t *count, struct fault *fault);

#endif
