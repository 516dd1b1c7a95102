#include "unit_reader.h"

#include <stdlib.h>
#include <string.h>

/* Reads bytes, which have SHAPE_PADDING zeros behind them, as a block of another format. */
static enum status read_as(struct unit_reader *reader, const struct block *block, struct span bytes, const struct layout *layout,
                           const struct part_context *context, struct fault *fault)
{
    struct block inner = *block;
    inner.bytes = bytes.at;
    inner.length = bytes.len;
    inner.layout = layout;
    inner.plan = NULL;
    inner.context = *context;
    inner.first_partial = inner.last_partial = inner.ends = false;
    return unit_read_bytes(reader, &inner, fault);
}

enum status unit_read_json(struct unit_reader *reader, const struct block *block, const struct part_context *context, struct fault *fault)
{
    static const struct layout json = {.format = FORMAT_JSON, .name = "json"};
    struct bytes *made = &reader->made_json;
    if (!bytes_reserve(made, SHAPE_PADDING)) return unit_no_memory(fault);
    memset(made->at + made->count, 0, SHAPE_PADDING);
    return read_as(reader, block, (struct span){made->at, made->count}, &json, context, fault);
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

enum status unit_read_text(struct unit_reader *reader, const struct block *block, struct span text, struct fault *fault)
{
    static const struct layout layout = {.format = FORMAT_TEXT, .name = "text"};
    static const struct part_context none = {0};
    if (text.len == 0) return STATUS_OK;
    char *copy = malloc(text.len + SHAPE_PADDING);
    if (copy == NULL) return unit_no_memory(fault);
    size_t length = lines_copy(text, copy);
    memset(copy + length, 0, SHAPE_PADDING);
    enum status status = length == 0 ? STATUS_OK : read_as(reader, block, (struct span){copy, length}, &layout, &none, fault);
    free(copy);
    return status;
}
