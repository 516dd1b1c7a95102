#include <stdlib.h>
#include <string.h>

#include "../support/json.h"
#include "difference.h"

enum { FLUSH_BYTES = 1 << 16 };

static const char *const part_keys[PART_COUNT] = {[PART_CUSTOMER] = "customers", [PART_COVERAGE] = "coverage"};

/* What the writer has made so far goes out: it keeps its place in the document without its bytes. */
static void flush(FILE *out, struct json_writer *writer)
{
    if (writer->count > 0)
        (void)fwrite(writer->bytes, 1, writer->count, out); /* the command looks at the stream in the end */
    writer->count = 0;
}

/* The name of a column for use as a key, which must live on and be ended by a NUL. */
struct column_count {
    char name[SHEET_NAME_BYTES_MAX + 1];
    uint64_t count;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct column_count *)a)->name, ((const struct column_count *)b)->name);
}

static void write_by_column(struct json_writer *writer, const struct comparison *comparison)
{
    size_t count = 0, column_count = comparison_column_count(comparison);
    struct column_count *columns = calloc(column_count + 1, sizeof *columns);
    if (columns == NULL) {
        writer->failed = true;
        return;
    }
    for (size_t i = 0; i < column_count; i++) {
        struct span name = comparison_column(comparison, i);
        uint64_t changed = comparison_counts(comparison)->changed_in[i];
        if (changed == 0)
            continue;
        memcpy(columns[count].name, name.at, name.len);
        columns[count++].count = changed;
    }
    qsort(columns, count, sizeof *columns, by_name);
    json_object_open(writer, "by_column");
    for (size_t i = 0; i < count; i++)
        json_write_unsigned(writer, columns[i].name, columns[i].count);
    json_object_close(writer);
    writer->last_key[writer->depth + 1] = NULL;
    free(columns);
}

static void write_columns_only(struct json_writer *writer, const struct comparison *comparison, bool of_new)
{
    struct span name;
    json_list_open(writer, of_new ? "columns_only_new" : "columns_only_old");
    for (size_t at = 0; comparison_columns_only(comparison, of_new, &at, &name);)
        json_write_span(writer, NULL, name);
    json_list_close(writer);
}

static void write_counts(struct json_writer *writer, const struct comparison *comparison, int part)
{
    const struct comparison_counts *counts = comparison_counts(comparison);
    json_object_open(writer, part_keys[part]);
    write_by_column(writer, comparison);
    json_write_unsigned(writer, "changed", counts->rows[ROW_CHANGED]);
    write_columns_only(writer, comparison, true);
    write_columns_only(writer, comparison, false);
    json_write_unsigned(writer, "gone", counts->rows[ROW_GONE]);
    json_write_unsigned(writer, "new", counts->rows[ROW_NEW]);
    json_write_unsigned(writer, "same", counts->rows[ROW_SAME]);
    json_object_close(writer);
}

static void write_row(struct json_writer *writer, const char *part, struct span key, const struct change *change)
{
    json_object_open(writer, NULL);
    writer->one_line = true;
    json_write_span(writer, "field", change->name);
    json_write_span(writer, "key", key);
    json_write_span(writer, "new", change->new);
    json_write_span(writer, "old", change->old);
    json_write_text(writer, "part", part);
    json_object_close(writer);
    writer->one_line = false;
}

static void write_difference(struct json_writer *writer, const char *part, const struct difference *difference)
{
    static const struct span nothing = {"", 0}, present = {"present", 7};
    bool is_new = difference->fate == ROW_NEW;
    struct change row = {.name = {"(row)", 5}, .old = is_new ? nothing : present, .new = is_new ? present : nothing};
    if (difference->fate != ROW_CHANGED)
        write_row(writer, part, difference->key, &row);
    for (size_t i = 0; i < difference->change_count; i++)
        write_row(writer, part, difference->key, &difference->changes[i]);
}

static enum status write_part(FILE *out, struct json_writer *writer, const struct differences *differences, int part,
                              struct fault *fault)
{
    struct comparison *comparison = NULL;
    enum status status = differences_open(differences, part, &comparison, fault);
    struct difference difference;
    while (status == STATUS_OK && !writer->failed &&
           (status = comparison_next(comparison, &difference, fault)) == STATUS_OK) {
        write_difference(writer, difference_part_name(part), &difference);
        if (writer->count >= FLUSH_BYTES)
            flush(out, writer);
    }
    comparison_close(comparison);
    return status == STATUS_END ? STATUS_OK : status;
}

static void write_value(struct json_writer *writer, const char *key, const char *text, bool is_number)
{
    if (text != NULL && is_number)
        json_write_unsigned(writer, key, strtoull(text, NULL, 10));
    else
        json_write_text(writer, key, text);
}

static void write_total(struct json_writer *writer, const struct total_pair *pair)
{
    json_object_open(writer, NULL);
    writer->one_line = true;
    if (!pair->has_change || pair->change > INT64_MAX)
        json_write_null(writer, "difference");
    else
        json_write_signed(writer, "difference", pair->is_less ? -(int64_t)pair->change : (int64_t)pair->change);
    json_write_text(writer, "field", pair->field);
    write_value(writer, "new", pair->new, pair->numbers);
    write_value(writer, "old", pair->old, pair->numbers);
    json_object_close(writer);
    writer->one_line = false;
}

static enum status write_document(FILE *out, struct json_writer *writer, const struct differences *differences,
                                  struct fault *fault)
{
    enum status status = STATUS_OK;
    json_object_open(writer, NULL);
    write_counts(writer, differences->counted[PART_COVERAGE], PART_COVERAGE);
    write_counts(writer, differences->counted[PART_CUSTOMER], PART_CUSTOMER);
    json_list_open(writer, "differences");
    for (int part = 0; part < PART_COUNT && status == STATUS_OK; part++)
        status = write_part(out, writer, differences, part, fault);
    json_list_close(writer);
    json_write_text(writer, "schema", "breachtally diff 1");
    json_list_open(writer, "totals");
    for (size_t i = 0; i < differences->total_count; i++)
        write_total(writer, &differences->totals[i]);
    json_list_close(writer);
    json_object_close(writer);
    json_end_line(writer);
    return status;
}

enum status difference_write_json(FILE *out, const struct differences *differences, struct fault *fault)
{
    struct json_writer writer = {0};
    enum status status = write_document(out, &writer, differences, fault);
    bool failed = writer.failed;
    flush(out, &writer);
    free(writer.bytes);
    return failed ? fault_set(fault, STATUS_FATAL, "no memory to write the differences") : status;
}
