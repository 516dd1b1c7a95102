#include <stdlib.h>
#include <string.h>

#include "../support/escape.h"
#include "difference.h"

enum { GROUPED_SIZE = 64, DIFFERENCE_MIN_WIDTH = 10 };

struct text_out {
    FILE *out;
    char *buffer;
    size_t capacity;
    bool failed; /* no memory */
    uint64_t limit;
};

/* As the file says it. Backslashes stay single: paths are escaped in the file, and customers' own are theirs. */
static void put_cell(struct text_out *text, struct span cell)
{
    while (cell.len > 0) {
        const char *backslash = memchr(cell.at, '\\', cell.len);
        size_t len = backslash != NULL ? (size_t)(backslash - cell.at) : cell.len;
        size_t wanted = len * ESCAPE_GROWTH + 1;
        if (wanted > text->capacity) {
            char *grown = realloc(text->buffer, 2 * wanted);
            if (grown == NULL) {
                text->failed = true;
                return;
            }
            text->buffer = grown;
            text->capacity = 2 * wanted;
        }
        size_t escaped_len = escape_write(text->buffer, text->capacity, cell.at, len);
        fwrite(text->buffer, 1, escaped_len, text->out);
        if (backslash != NULL)
            fputc('\\', text->out);
        len += backslash != NULL;
        cell = (struct span){cell.at + len, cell.len - len};
    }
}

/* Digits in threes behind a sign or none; what is no number stays as it is, shortened to fit. */
static const char *grouped(const char *sign, const char *digits, char shown[GROUPED_SIZE])
{
    size_t count = strlen(digits);
    if (digits[strspn(digits, "0123456789")] != '\0' || count > 20) {
        escape_write(shown, GROUPED_SIZE, digits, count);
        return shown;
    }
    char *at = stpcpy(shown, sign);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return shown;
}

static const char *grouped_number(const char *sign, uint64_t number, char shown[GROUPED_SIZE])
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    return grouped(sign, digits, shown);
}

struct total_line {
    char old[GROUPED_SIZE], new[GROUPED_SIZE], change[GROUPED_SIZE];
};

static void make_line(const struct total_pair *pair, struct total_line *line)
{
    grouped("", pair->old != NULL ? pair->old : "-", line->old);
    grouped("", pair->new != NULL ? pair->new : "-", line->new);
    line->change[0] = '\0';
    if (pair->has_change && pair->change > 0)
        grouped_number(pair->is_less ? "-" : "+", pair->change, line->change);
    else if (pair->has_change)
        snprintf(line->change, sizeof line->change, "0");
    else if (pair->differs)
        snprintf(line->change, sizeof line->change, "differs");
}

static bool is_shown(const struct total_pair *pair)
{
    bool nothing = (pair->old == NULL || strcmp(pair->old, "0") == 0) &&
                   (pair->new == NULL || strcmp(pair->new, "0") == 0);
    return pair->differs || (pair->is_main && !nothing);
}

static int widest(int width, const char *text)
{
    int len = (int)strlen(text);
    return len > width ? len : width;
}

static void write_totals(struct text_out *text, const struct differences *differences)
{
    int names = (int)strlen("Totals"), olds = (int)strlen("OLD"), news = olds, changes = DIFFERENCE_MIN_WIDTH;
    struct total_line line;
    for (size_t i = 0; i < differences->total_count; i++) {
        const struct total_pair *pair = &differences->totals[i];
        if (!is_shown(pair))
            continue;
        make_line(pair, &line);
        names = widest(names, pair->field);
        olds = widest(olds, line.old);
        news = widest(news, line.new);
        changes = widest(changes, line.change);
    }
    fprintf(text->out, "%-*s  %*s  %*s  %*s\n", names, "Totals", olds, "OLD", news, "NEW", changes, "difference");
    for (size_t i = 0; i < differences->total_count; i++) {
        const struct total_pair *pair = &differences->totals[i];
        if (!is_shown(pair))
            continue;
        make_line(pair, &line);
        fprintf(text->out, "%-*s  %*s  %*s  %*s\n", names, pair->field, olds, line.old, news, line.new, changes,
                line.change);
    }
}

static void write_columns_only(struct text_out *text, const struct comparison *comparison, bool of_new)
{
    struct span name;
    bool titled = false;
    for (size_t at = 0; comparison_columns_only(comparison, of_new, &at, &name); titled = true) {
        fputs(titled ? ", " : of_new ? "             columns only in NEW: " : "             columns only in OLD: ",
              text->out);
        put_cell(text, name);
    }
    if (titled)
        fputc('\n', text->out);
}

static void write_counts(struct text_out *text, const char *title, const struct comparison *comparison)
{
    const struct comparison_counts *counts = comparison_counts(comparison);
    static const char *const words[] = {[ROW_SAME] = "same", [ROW_NEW] = "new", [ROW_GONE] = "gone",
                                        [ROW_CHANGED] = "changed"};
    static const enum row_fate order[] = {ROW_NEW, ROW_GONE, ROW_CHANGED, ROW_SAME};
    char number[GROUPED_SIZE];
    fprintf(text->out, "\n%-13s", title);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        fprintf(text->out, "%s%s %s", i > 0 ? ", " : "", grouped_number("", counts->rows[order[i]], number),
                words[order[i]]);
    fputc('\n', text->out);
    bool titled = false;
    for (size_t i = 0; i < comparison_column_count(comparison); i++) {
        if (counts->changed_in[i] == 0)
            continue;
        fputs(titled ? ", " : "             changed in: ", text->out);
        put_cell(text, comparison_column(comparison, i));
        fprintf(text->out, " %s", grouped_number("", counts->changed_in[i], number));
        titled = true;
    }
    if (titled)
        fputc('\n', text->out);
    write_columns_only(text, comparison, false);
    write_columns_only(text, comparison, true);
}

static void put_value(struct text_out *text, struct span value)
{
    if (value.len == 0)
        fputs("(empty)", text->out);
    else
        put_cell(text, value);
}

static void write_row(struct text_out *text, const struct difference *difference)
{
    fputs("    ", text->out);
    put_value(text, difference->key);
    for (size_t i = 0; i < difference->change_count; i++) {
        const struct change *change = &difference->changes[i];
        fputs(i > 0 ? ", " : ": ", text->out);
        put_cell(text, change->name);
        fputc(' ', text->out);
        put_value(text, change->old);
        fputs(" -> ", text->out);
        put_value(text, change->new);
    }
    fputc('\n', text->out);
}

/* The rows of one fate, in their order; the whole of both files is read only where so many are asked for. */
static enum status write_rows(struct text_out *text, const struct differences *differences, int part,
                              enum row_fate fate, const char *title, struct fault *fault)
{
    uint64_t count = comparison_counts(differences->counted[part])->rows[fate], written = 0;
    uint64_t wanted = text->limit > 0 && text->limit < count ? text->limit : count;
    if (count == 0)
        return STATUS_OK;
    struct comparison *comparison = NULL;
    enum status status = differences_open(differences, part, &comparison, fault);
    struct difference difference;
    fprintf(text->out, "  %s\n", title);
    while (status == STATUS_OK && written < wanted && !text->failed &&
           (status = comparison_next(comparison, &difference, fault)) == STATUS_OK) {
        if (difference.fate != fate)
            continue;
        write_row(text, &difference);
        written++;
    }
    comparison_close(comparison);
    char number[GROUPED_SIZE];
    if (wanted < count)
        fprintf(text->out, "    and %s more (--limit 0 lists all)\n", grouped_number("", count - wanted, number));
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status write_part(struct text_out *text, const struct differences *differences, int part,
                              struct fault *fault)
{
    static const char *const titles[] = {[PART_CUSTOMER] = "Customers", [PART_COVERAGE] = "Coverage"};
    static const struct {
        enum row_fate fate;
        const char *title[PART_COUNT];
    } lists[] = {{ROW_NEW, {"New customers", "Objects only in NEW"}},
                 {ROW_GONE, {"Customers gone", "Objects only in OLD"}},
                 {ROW_CHANGED, {"Customers changed", "Objects changed"}}};
    write_counts(text, titles[part], differences->counted[part]);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && status == STATUS_OK; i++)
        status = write_rows(text, differences, part, lists[i].fate, lists[i].title[part], fault);
    return status;
}

enum status difference_write_text(FILE *out, const struct differences *differences, uint64_t limit,
                                  struct fault *fault)
{
    struct text_out text = {.out = out, .limit = limit};
    write_totals(&text, differences);
    enum status status = STATUS_OK;
    for (int part = 0; part < PART_COUNT && status == STATUS_OK; part++)
        status = write_part(&text, differences, part, fault);
    if (status == STATUS_OK)
        fputs(differences_any(differences) ? "\nThe cases differ.\n" : "\nThe cases are the same.\n", out);
    free(text.buffer);
    return text.failed ? fault_set(fault, STATUS_FATAL, "no memory to write the differences") : status;
}
