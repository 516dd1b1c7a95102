/* What differs between the same file of two cases.
 *
 * Shape    two case tables, merged by key -> comparison_next -> difference -> counts when all are taken
 * Columns  found by name, so that cases of different versions can be compared; one that only one case has is
 *          told by comparison_columns_only and is no change of each row
 * Memory   a row of each; all of both where the keys are unsure (case_table.h)
 * Lends    texts, until the next comparison_next
 */
#ifndef COMPARE_H
#define COMPARE_H

#include "case_table.h"

enum row_fate { ROW_SAME, ROW_NEW, ROW_GONE, ROW_CHANGED, ROW_FATE_COUNT };

struct change {
    size_t column;       /* counts among the columns that both have */
    struct span name;
    struct span old, new;
};

struct difference {
    enum row_fate fate;  /* never ROW_SAME */
    struct span key;     /* as the file says it */
    const struct change *changes;
    size_t change_count; /* of ROW_CHANGED; else 0 */
};

struct comparison_counts {
    uint64_t rows[ROW_FATE_COUNT];
    uint64_t changed_in[SHEET_COLUMNS_MAX]; /* by column among those that both have */
};

struct comparison;

/* file_name and key_column as in case_table_open. */
MUST_USE enum status comparison_open(const char *old_folder, const char *new_folder, const char *file_name,
                                     const char *key_column, bool sorted, struct comparison **comparison,
                                     struct fault *fault);
void comparison_close(struct comparison *comparison); /* accepts NULL */

/* END: both are read to their ends. Fails as case_table_next. */
MUST_USE enum status comparison_next(struct comparison *comparison, struct difference *difference,
                                     struct fault *fault);

/* Whether the refusal by comparison_next may be undone by opening again as sorted. */
bool comparison_is_unsure(const struct comparison *comparison);

const struct comparison_counts *comparison_counts(const struct comparison *comparison);
size_t comparison_column_count(const struct comparison *comparison);
struct span comparison_column(const struct comparison *comparison, size_t column);

/* The next column from *at on that only one case has; false where there is none. Begin with *at = 0. */
bool comparison_columns_only(const struct comparison *comparison, bool of_new, size_t *at, struct span *name);

#endif
