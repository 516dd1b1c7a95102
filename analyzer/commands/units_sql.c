#include "unit_reader.h"

#include <string.h>

enum { ROWS_BYTES = 1 << 20 }; /* so many bytes of rows are read at once */

static const struct layout rows_layout = {.format = FORMAT_CSV, .name = "sql", .delimiter = '\t'};
static const struct layout text_layout = {.format = FORMAT_TEXT, .name = "sql"};

/* Reads what was gathered, as a block of its own, and forgets it. */
static enum status read_gathered(struct unit_reader *reader, const struct block *block, const struct layout *layout,
                                 const struct sql_table *table, struct fault *fault)
{
    struct bytes *gathered = &reader->sql;
    if (gathered->count == 0) return STATUS_OK;
    if (!bytes_reserve(gathered, SHAPE_PADDING)) return unit_no_memory(fault);
    memset(gathered->at + gathered->count, 0, SHAPE_PADDING);
    struct block part = *block;
    part.bytes = gathered->at;
    part.length = gathered->count;
    part.layout = layout;
    part.plan = table == NULL ? NULL : table->plan;
    part.first_partial = part.last_partial = part.ends = false;
    gathered->count = 0;
    return unit_read_bytes(reader, &part, fault);
}

static enum status read_text(struct unit_reader *reader, const struct block *block, struct span text, struct fault *fault)
{
    reader->sql.count = 0;
    if (!bytes_reserve(&reader->sql, text.len)) return unit_no_memory(fault);
    bytes_put(&reader->sql, text.at, text.len);
    return read_gathered(reader, block, &text_layout, NULL, fault);
}

/* What is no row of a table; odd: though it seems to be one. */
static enum status read_stretch(struct unit_reader *reader, const struct block *block, const struct sql_stretch *stretch, bool odd, struct fault *fault)
{
    reader->counts->broken += odd;
    return read_text(reader, block, (struct span){block->bytes + stretch->start, stretch->end - stretch->start}, fault);
}

/* Adds a tuple or rows to what is gathered. *fits: the tuple has as many values as its table has columns. */
static enum status gather(struct unit_reader *reader, const struct block *block, const struct sql_stretch *stretch, bool *fits,
                          struct fault *fault)
{
    struct span bytes = {block->bytes + stretch->start, stretch->end - stretch->start};
    if (stretch->has_comment) {
        if (!sql_tuple_strip(bytes, block->layout->backslash, &reader->sql_plain, &reader->sql_comments)) return unit_no_memory(fault);
        bytes = (struct span){reader->sql_plain.at, reader->sql_plain.count};
    }
    size_t before = reader->sql.count;
    *fits = true;
    if (stretch->kind == SQL_ROWS) return sql_rows_write(bytes, &stretch->copy, &reader->sql) ? STATUS_OK : unit_no_memory(fault);
    size_t cells = sql_tuple_write(bytes, block->layout->backslash, &reader->sql);
    if (cells == 0) return unit_no_memory(fault);
    *fits = stretch->table == NULL || cells == stretch->table->column_count;
    if (!*fits) reader->sql.count = before;
    return STATUS_OK;
}

enum status sql_units(struct unit_reader *reader, const struct block *block, struct fault *fault)
{
    const struct sql_table *table = NULL;
    enum status status = STATUS_OK;
    reader->sql.count = 0;
    for (size_t i = 0; i < block->stretch_count && status == STATUS_OK; i++) {
        const struct sql_stretch *stretch = &block->stretches[i];
        bool is_text = stretch->kind == SQL_TEXT || stretch->kind == SQL_ODD, fits = true;
        if (is_text || stretch->table != table || reader->sql.count >= ROWS_BYTES)
            status = read_gathered(reader, block, &rows_layout, table, fault);
        if (status == STATUS_OK && !is_text) {
            table = stretch->table;
            status = gather(reader, block, stretch, &fits, fault);
        }
        bool has_comment = stretch->has_comment && fits;
        if (status == STATUS_OK && (!fits || has_comment)) status = read_gathered(reader, block, &rows_layout, table, fault);
        if (status == STATUS_OK && has_comment) /* what it says is text, behind its row */
            status = read_text(reader, block, (struct span){reader->sql_comments.at, reader->sql_comments.count}, fault);
        if (status == STATUS_OK && (is_text || !fits)) status = read_stretch(reader, block, stretch, stretch->kind != SQL_TEXT, fault);
    }
    if (status == STATUS_OK) status = read_gathered(reader, block, &rows_layout, table, fault);
    return status;
}
