#include "unit_reader.h"

#include <stdlib.h>
#include <string.h>

enum status unit_read_as(struct unit_reader *reader, const struct block *block, struct span bytes, const struct layout *layout,
                         const struct part_context *context, struct block_counts *sum, struct fault *fault)
{
    struct block inner = *block;
    struct block_counts counts;
    inner.bytes = bytes.at;
    inner.length = bytes.len;
    inner.layout = layout;
    inner.plan = NULL;
    inner.context = *context;
    inner.text_only = layout->format == FORMAT_TEXT;
    inner.first_partial = inner.last_partial = false;
    inner.place.unit += (uint32_t)sum->units;
    enum status status = unit_reader_block(reader, &inner, &counts, fault);
    sum->units += counts.units;
    sum->records += counts.records;
    sum->findings += counts.findings;
    sum->broken += counts.broken;
    sum->cut_off += counts.cut_off;
    sum->hit_limit |= counts.hit_limit;
    sum->late |= counts.late;
    return status;
}

enum status unit_read_json(struct unit_reader *reader, const struct block *block, const struct part_context *context, struct block_counts *sum,
                           struct fault *fault)
{
    static const struct layout json = {.format = FORMAT_JSON, .name = "json"};
    struct bytes *made = &reader->made_json;
    if (!bytes_reserve(made, SHAPE_PADDING)) return unit_no_memory(fault);
    memset(made->at + made->count, 0, SHAPE_PADDING);
    return unit_read_as(reader, block, (struct span){made->at, made->count}, &json, context, sum, fault);
}

/* Copies lines that are not blank, one behind the other. Returns how many bytes these are. */
static size_t lines_copy(struct span text, char *to)
{
    size_t length = 0;
    for (size_t start = 0; start < text.len;) {
        const char *newline = memchr(text.at + start, '\n', text.len - start);
        size_t line_end = newline == NULL ? text.len : (size_t)(newline - text.at) + 1, at = start;
        while (at < line_end && memchr(" \t\r\n", text.at[at], 4) != NULL) at++;
        if (at < line_end) memcpy(to + length, text.at + start, line_end - start);
        if (at < line_end) length += line_end - start;
        start = line_end;
    }
    return length;
}

enum status unit_read_text(struct unit_reader *reader, const struct block *block, struct span text, struct block_counts *sum, struct fault *fault)
{
    static const struct layout layout = {.format = FORMAT_TEXT, .name = "text"};
    static const struct part_context none = {0};
    if (text.len == 0) return STATUS_OK;
    char *copy = malloc(text.len + SHAPE_PADDING);
    if (copy == NULL) return unit_no_memory(fault);
    size_t length = lines_copy(text, copy);
    memset(copy + length, 0, SHAPE_PADDING);
    enum status status = length == 0 ? STATUS_OK : unit_read_as(reader, block, (struct span){copy, length}, &layout, &none, sum, fault);
    free(copy);
    return status;
}
