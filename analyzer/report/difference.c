#include "difference.h"

#include <stdlib.h>

static const struct {
    const char *name, *file_name, *key_column;
} parts[PART_COUNT] = {
    [PART_CUSTOMER] = {"customer", "impact.csv", "customer_id"},
    [PART_COVERAGE] = {"coverage", "coverage.csv", "path"},
};

const char *difference_part_name(int part)
{
    return parts[part].name;
}

enum status differences_open(const struct differences *differences, int part, struct comparison **comparison,
                             struct fault *fault)
{
    return comparison_open(differences->old_folder, differences->new_folder, parts[part].file_name,
                           parts[part].key_column, differences->sorted[part], comparison, fault);
}

static enum status count_rows(struct comparison *comparison, struct fault *fault)
{
    struct difference difference;
    enum status status = STATUS_OK;
    while (status == STATUS_OK)
        status = comparison_next(comparison, &difference, fault);
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status count_part(struct differences *differences, int part, struct fault *fault)
{
    struct comparison **counted = &differences->counted[part];
    enum status status = differences_open(differences, part, counted, fault);
    if (status == STATUS_OK)
        status = count_rows(*counted, fault);
    if (status != STATUS_USAGE || *counted == NULL || !comparison_is_unsure(*counted))
        return status;
    comparison_close(*counted);
    differences->sorted[part] = true;
    status = differences_open(differences, part, counted, fault);
    return status == STATUS_OK ? count_rows(*counted, fault) : status;
}

enum status differences_find(const char *old_folder, const char *new_folder, struct differences *differences,
                             struct fault *fault)
{
    *differences = (struct differences){.old_folder = old_folder, .new_folder = new_folder};
    enum status status = case_totals_read(old_folder, &differences->old_totals, fault);
    if (status == STATUS_OK)
        status = case_totals_read(new_folder, &differences->new_totals, fault);
    if (status == STATUS_OK)
        status = case_totals_pair(differences->old_totals, differences->new_totals, &differences->totals,
                                  &differences->total_count, fault);
    for (int part = 0; part < PART_COUNT && status == STATUS_OK; part++)
        status = count_part(differences, part, fault);
    return status;
}

void differences_free(struct differences *differences)
{
    free(differences->totals);
    case_totals_free(differences->old_totals);
    case_totals_free(differences->new_totals);
    for (int part = 0; part < PART_COUNT; part++)
        comparison_close(differences->counted[part]);
    *differences = (struct differences){0};
}

static bool rows_differ(const struct comparison *comparison)
{
    const struct comparison_counts *counts = comparison_counts(comparison);
    struct span name;
    size_t at = 0;
    if (comparison_columns_only(comparison, false, &at, &name))
        return true;
    at = 0;
    return comparison_columns_only(comparison, true, &at, &name) || counts->rows[ROW_NEW] > 0 ||
           counts->rows[ROW_GONE] > 0 || counts->rows[ROW_CHANGED] > 0;
}

bool differences_any(const struct differences *differences)
{
    for (size_t i = 0; i < differences->total_count; i++) {
        if (differences->totals[i].differs)
            return true;
    }
    for (int part = 0; part < PART_COUNT; part++) {
        if (rows_differ(differences->counted[part]))
            return true;
    }
    return false;
}
