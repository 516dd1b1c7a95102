#include "compare.h"

#include <stdlib.h>
#include <string.h>

struct side {
    struct case_table *table;
    struct sheet_row row;
    struct span key;
    bool at_end;
    struct span cells[SHEET_COLUMNS_MAX];
    size_t columns[SHEET_COLUMNS_MAX]; /* of those that both have: where they stand here */
};

enum { OLD, NEW };

struct comparison {
    struct side sides[2];
    bool took[2];       /* whose row was used and makes way for the next */
    bool unsure;        /* of the file that was refused */
    bool same_columns;  /* in the same order, too: equal bytes are equal rows */
    size_t column_count;
    struct comparison_counts counts;
    struct change changes[SHEET_COLUMNS_MAX];
    char *texts;        /* cells without their quotes */
    size_t texts_capacity, texts_used;
};

static void match_columns(struct comparison *comparison)
{
    const struct sheet *old = case_table_sheet(comparison->sides[OLD].table);
    const struct sheet *new = case_table_sheet(comparison->sides[NEW].table);
    comparison->same_columns = sheet_column_count(old) == sheet_column_count(new);
    for (size_t i = 0; i < sheet_column_count(old); i++) {
        size_t found = 0;
        if (!sheet_column_find(new, sheet_column(old, i), &found)) {
            comparison->same_columns = false;
            continue;
        }
        comparison->same_columns = comparison->same_columns && found == i;
        comparison->sides[OLD].columns[comparison->column_count] = i;
        comparison->sides[NEW].columns[comparison->column_count] = found;
        comparison->column_count++;
    }
}

enum status comparison_open(const char *old_folder, const char *new_folder, const char *file_name,
                            const char *key_column, bool sorted, struct comparison **comparison, struct fault *fault)
{
    *comparison = NULL;
    struct comparison *made = calloc(1, sizeof *made);
    if (made == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory to compare");
    enum status status = case_table_open(old_folder, file_name, key_column, sorted, &made->sides[OLD].table, fault);
    if (status == STATUS_OK)
        status = case_table_open(new_folder, file_name, key_column, sorted, &made->sides[NEW].table, fault);
    if (status != STATUS_OK) {
        comparison_close(made);
        return status;
    }
    match_columns(made);
    made->took[OLD] = made->took[NEW] = true;
    *comparison = made;
    return STATUS_OK;
}

void comparison_close(struct comparison *comparison)
{
    if (comparison == NULL)
        return;
    case_table_close(comparison->sides[OLD].table);
    case_table_close(comparison->sides[NEW].table);
    free(comparison->texts);
    free(comparison);
}

static enum status step(struct side *side, struct fault *fault)
{
    enum status status = case_table_next(side->table, &side->row, &side->key, fault);
    side->at_end = status == STATUS_END;
    return side->at_end ? STATUS_OK : status;
}

static int compare_keys(const struct side *sides)
{
    struct span old = sides[OLD].key, new = sides[NEW].key;
    int order = memcmp(old.at, new.at, old.len < new.len ? old.len : new.len);
    return order != 0 ? order : (old.len > new.len) - (old.len < new.len);
}

/* Room for all that the current rows can say, so that texts stay where they are. */
static enum status make_room(struct comparison *comparison, struct fault *fault)
{
    size_t wanted = comparison->sides[OLD].row.len + comparison->sides[NEW].row.len + 1;
    comparison->texts_used = 0;
    if (wanted <= comparison->texts_capacity)
        return STATUS_OK;
    char *grown = realloc(comparison->texts, 2 * wanted);
    if (grown == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory to compare");
    comparison->texts = grown;
    comparison->texts_capacity = 2 * wanted;
    return STATUS_OK;
}

static struct span say(struct comparison *comparison, struct span cell)
{
    if (cell.len == 0 || cell.at[0] != '"')
        return cell;
    char *text = comparison->texts + comparison->texts_used;
    size_t len = sheet_unquote(cell, text);
    comparison->texts_used += len;
    return (struct span){text, len};
}

static void split(struct side *side)
{
    sheet_split(case_table_sheet(side->table), &side->row, side->cells);
}

static struct span say_key(struct comparison *comparison, const struct side *side)
{
    return say(comparison, side->cells[case_table_key_column(side->table)]);
}

static bool is_equal(struct span left, struct span right)
{
    return left.len == right.len && memcmp(left.at, right.at, left.len) == 0;
}

/* The columns of a pair of rows that say something else. */
static size_t find_changes(struct comparison *comparison)
{
    const struct side *old = &comparison->sides[OLD], *new = &comparison->sides[NEW];
    const struct sheet *sheet = case_table_sheet(old->table);
    size_t key_column = case_table_key_column(old->table), count = 0;
    for (size_t i = 0; i < comparison->column_count; i++) {
        struct span before = old->cells[old->columns[i]], after = new->cells[new->columns[i]];
        if (is_equal(before, after) || old->columns[i] == key_column)
            continue;
        before = say(comparison, before);
        after = say(comparison, after);
        if (!is_equal(before, after))
            comparison->changes[count++] = (struct change){i, sheet_column(sheet, old->columns[i]), before, after};
    }
    return count;
}

static enum status take_single(struct comparison *comparison, int which, struct difference *difference,
                               struct fault *fault)
{
    struct side *side = &comparison->sides[which];
    enum status status = make_room(comparison, fault);
    if (status != STATUS_OK)
        return status;
    split(side);
    comparison->took[which] = true;
    *difference = (struct difference){.fate = which == OLD ? ROW_GONE : ROW_NEW, .key = say_key(comparison, side)};
    comparison->counts.rows[difference->fate]++;
    return STATUS_OK;
}

static enum status take_pair(struct comparison *comparison, struct difference *difference, struct fault *fault)
{
    struct side *old = &comparison->sides[OLD], *new = &comparison->sides[NEW];
    comparison->took[OLD] = comparison->took[NEW] = true;
    *difference = (struct difference){.fate = ROW_SAME};
    if (comparison->same_columns && old->row.len == new->row.len &&
        memcmp(old->row.bytes, new->row.bytes, old->row.len) == 0) {
        comparison->counts.rows[ROW_SAME]++;
        return STATUS_OK;
    }
    enum status status = make_room(comparison, fault);
    if (status != STATUS_OK)
        return status;
    split(old);
    split(new);
    difference->change_count = find_changes(comparison);
    difference->changes = comparison->changes;
    for (size_t i = 0; i < difference->change_count; i++)
        comparison->counts.changed_in[comparison->changes[i].column]++;
    difference->fate = difference->change_count > 0 ? ROW_CHANGED : ROW_SAME;
    if (difference->fate == ROW_CHANGED)
        difference->key = say_key(comparison, new);
    comparison->counts.rows[difference->fate]++;
    return STATUS_OK;
}

static enum status take(struct comparison *comparison, struct difference *difference, struct fault *fault)
{
    const struct side *sides = comparison->sides;
    int order = sides[OLD].at_end ? 1 : sides[NEW].at_end ? -1 : compare_keys(sides);
    if (order == 0)
        return take_pair(comparison, difference, fault);
    return take_single(comparison, order < 0 ? OLD : NEW, difference, fault);
}

enum status comparison_next(struct comparison *comparison, struct difference *difference, struct fault *fault)
{
    do {
        for (int i = OLD; i <= NEW; i++) {
            struct side *side = &comparison->sides[i];
            enum status status = comparison->took[i] ? step(side, fault) : STATUS_OK;
            comparison->unsure = status != STATUS_OK && case_table_is_unsure(side->table);
            if (status != STATUS_OK)
                return status;
            comparison->took[i] = false;
        }
        if (comparison->sides[OLD].at_end && comparison->sides[NEW].at_end)
            return STATUS_END;
        enum status status = take(comparison, difference, fault);
        if (status != STATUS_OK)
            return status;
    } while (difference->fate == ROW_SAME);
    return STATUS_OK;
}

bool comparison_is_unsure(const struct comparison *comparison)
{
    return comparison->unsure;
}

const struct comparison_counts *comparison_counts(const struct comparison *comparison)
{
    return &comparison->counts;
}

size_t comparison_column_count(const struct comparison *comparison)
{
    return comparison->column_count;
}

struct span comparison_column(const struct comparison *comparison, size_t column)
{
    return sheet_column(case_table_sheet(comparison->sides[OLD].table), comparison->sides[OLD].columns[column]);
}

bool comparison_columns_only(const struct comparison *comparison, bool of_new, size_t *at, struct span *name)
{
    const struct sheet *own = case_table_sheet(comparison->sides[of_new ? NEW : OLD].table);
    const struct sheet *other = case_table_sheet(comparison->sides[of_new ? OLD : NEW].table);
    for (size_t found = 0; *at < sheet_column_count(own); (*at)++) {
        *name = sheet_column(own, *at);
        if (!sheet_column_find(other, *name, &found)) {
            (*at)++;
            return true;
        }
    }
    return false;
}
