/* All that differs between two cases, and its writers.
 *
 * Shape    two case folders -> differences_find reads both to their ends and counts -> a writer reads the rows again
 *          and writes them as they come: nothing is printed of cases that cannot be read, and nothing is kept
 * Parts    totals (summary.json), customer (impact.csv), coverage (coverage.csv)
 */
#ifndef DIFFERENCE_H
#define DIFFERENCE_H

#include <stdio.h>

#include "case_totals.h"
#include "compare.h"

enum { PART_CUSTOMER, PART_COVERAGE, PART_COUNT };

struct differences {
    const char *old_folder, *new_folder; /* lent */
    struct case_totals *old_totals, *new_totals;
    struct total_pair *totals;
    size_t total_count;
    struct comparison *counted[PART_COUNT]; /* read to the end: its counts and columns hold */
    bool sorted[PART_COUNT];
};

/* Fails    USAGE: no case folder, or damage, with file and line. FATAL: no memory. differences is to be freed in any
 * case. */
MUST_USE enum status differences_find(const char *old_folder, const char *new_folder, struct differences *differences,
                                      struct fault *fault);
void differences_free(struct differences *differences);

bool differences_any(const struct differences *differences);

/* "customer", as in the first column of the CSV. */
const char *difference_part_name(int part);

/* Begins again at the first difference of a part. */
MUST_USE enum status differences_open(const struct differences *differences, int part, struct comparison **comparison,
                                      struct fault *fault);

/* For people: at most limit rows of each kind, all for 0. FATAL: no memory. What cannot be printed shows in out. */
MUST_USE enum status difference_write_text(FILE *out, const struct differences *differences, uint64_t limit,
                                           struct fault *fault);

/* part,key,field,old,new: a row for each difference, cells as those of impact.csv. */
MUST_USE enum status difference_write_csv(FILE *out, const struct differences *differences, struct fault *fault);

/* One object: the totals, the counts, and the list of differences. */
MUST_USE enum status difference_write_json(FILE *out, const struct differences *differences, struct fault *fault);

#endif
