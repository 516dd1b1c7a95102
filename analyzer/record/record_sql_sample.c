#include "record_sql_sample.h"

#include <stdlib.h>
#include <string.h>

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to look at an SQL dump");
}

static void table_free(struct sql_sample_table *table)
{
    bytes_free(&table->key);
    bytes_free(&table->text);
    free(table);
}

void sql_sample_close(struct sql_sample *sample)
{
    if (sample == NULL) return;
    for (size_t i = 0; i < sample->count; i++) table_free(sample->tables[i]);
    free(sample);
}

/* ------------------------------------------------------------------ tables */

static bool put(struct bytes *to, struct span text)
{
    if (!bytes_reserve(to, text.len)) return false;
    bytes_put(to, text.at, text.len);
    return true;
}

/* Every table is one of its own, as far as there is room. */
static bool table_add(void *context, const struct sql_columns *columns, size_t *column_count, const void **plan)
{
    struct sql_sample *sample = context;
    (void)column_count; /* which tuples fit is looked at here */
    *plan = NULL;
    if (sample->count == SQL_SAMPLE_TABLES_MAX || columns->header_row.len >= sample->bytes_max) return true;
    struct sql_sample_table *made = calloc(1, sizeof *made);
    if (made == NULL) return false;
    made->has_header = columns->count > 0;
    made->column_count = columns->count;
    bool enough = put(&made->key, columns->key);
    if (enough && made->has_header) enough = put(&made->text, columns->header_row) && put(&made->text, (struct span){"\n", 1});
    if (!enough) return table_free(made), false;
    sample->tables[sample->count++] = made;
    *plan = made;
    return true;
}

static const void *plan_none(void *context, struct span header_row, size_t column_count)
{
    (void)header_row;
    (void)column_count;
    return context; /* of tables that there is no room for */
}

/* ------------------------------------------------------------------ rows */

static size_t cell_count(const struct bytes *text, size_t from)
{
    size_t count = 1;
    bool within = false;
    for (size_t i = from; i < text->count; i++) {
        within ^= text->at[i] == '"' && (within || i == from || text->at[i - 1] == SQL_DELIMITER || text->at[i - 1] == '"');
        count += !within && text->at[i] == SQL_DELIMITER;
    }
    return count;
}

/* What was written behind `before` stays if its table has room for it and as many columns. */
static void row_keep(const struct sql_sample *sample, struct sql_sample_table *table, size_t before, size_t cells)
{
    if (table->column_count == 0) table->column_count = cells;
    bool fits = cells == table->column_count;
    table->full |= table->text.count > sample->bytes_max;
    if (!fits || table->full) table->text.count = before;
    else table->rows++;
    table->full |= table->rows == sample->rows_max;
}

static bool tuple_add(const struct sql_sample *sample, struct sql_sample_table *table, struct span tuple, bool has_comment, bool backslash)
{
    struct bytes plain = {0}, comments = {0};
    bool enough = !has_comment || sql_tuple_strip(tuple, backslash, &plain, &comments);
    if (has_comment && enough) tuple = (struct span){plain.at, plain.count};
    size_t before = table->text.count, cells = enough ? sql_tuple_write(tuple, backslash, &table->text) : 0;
    if (cells > 0) row_keep(sample, table, before, cells);
    bytes_free(&plain);
    bytes_free(&comments);
    return cells > 0;
}

static bool lines_add(const struct sql_sample *sample, struct sql_sample_table *table, struct span lines, const struct sql_copy *copy)
{
    for (size_t at = 0; at < lines.len && !table->full;) {
        const char *newline = memchr(lines.at + at, '\n', lines.len - at);
        size_t end = newline == NULL ? lines.len : (size_t)(newline - lines.at) + 1, before = table->text.count;
        struct span line = {lines.at + at, end - at};
        if (!sql_rows_write(line, copy, &table->text)) return false;
        row_keep(sample, table, before, cell_count(&table->text, before));
        at = end;
    }
    return true;
}

/* The table of a stretch, which mostly is that of the one before; NULL: none. */
static struct sql_sample_table *table_find(const struct sql_sample *sample, const struct sql_stretch *stretch, struct sql_sample_table *last)
{
    if ((stretch->kind != SQL_TUPLE && stretch->kind != SQL_ROWS) || stretch->table == NULL) return NULL;
    if (last != NULL && last == stretch->table->plan) return last;
    for (size_t i = 0; i < sample->count; i++)
        if (sample->tables[i] == stretch->table->plan) return sample->tables[i];
    return NULL;
}

static bool stretches_add(const struct sql_sample *sample, const char *bytes, const struct sql_stretches *stretches, bool backslash)
{
    struct sql_sample_table *table = NULL;
    bool enough = true;
    for (size_t i = 0; i < stretches->count && enough; i++) {
        const struct sql_stretch *stretch = &stretches->at[i];
        struct span part = {bytes + stretch->start, stretch->end - stretch->start};
        table = table_find(sample, stretch, table);
        if (table == NULL || table->full) continue;
        enough = stretch->kind == SQL_TUPLE ? tuple_add(sample, table, part, stretch->has_comment, backslash) : lines_add(sample, table, part, &stretch->copy);
    }
    return enough;
}

enum status sql_sample_open(struct span bytes, bool at_end, bool backslash, size_t rows_max, size_t bytes_max,
                            struct sql_sample **sample, struct fault *fault)
{
    struct sql_sample *made = calloc(1, sizeof *made);
    struct sql_stretches stretches = {0};
    struct sql *sql = NULL;
    size_t cut;
    *sample = NULL;
    if (made == NULL) return no_memory(fault);
    made->rows_max = rows_max;
    made->bytes_max = bytes_max;
    enum status status = sql_open(backslash, (struct sql_plan_source){plan_none, made, table_add}, &sql, fault);
    if (status == STATUS_OK) status = sql_cut(sql, bytes.at, bytes.len, bytes.len, at_end, &stretches, &cut, fault);
    if (status == STATUS_OK && !stretches_add(made, bytes.at, &stretches, backslash)) status = no_memory(fault);
    sql_close(sql);
    free(stretches.at);
    if (status == STATUS_OK) *sample = made;
    else sql_sample_close(made);
    return status;
}
