/* Parts of values that are too long to be read as a whole, printed.
 *
 * Needs    cmocka
 */
#ifndef PART_PRINTING_H
#define PART_PRINTING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/record/part.h"

/* All parts of a value as lines: context, '>', elements; then how many bytes are behind it. The caller frees. */
static char *parts_print(const struct part_format *format, const char *text, size_t run_max, size_t element_max)
{
    void *parts = format->open();
    size_t length = strlen(text), at = 0, room = 64 * length + 4096, used = 0;
    char *print = calloc(room, 1);
    assert_true(format->begin(parts, &at));
    while (format->inside(parts)) {
        struct part part = format->next(parts, text + at, length - at, EDGE_END, run_max, element_max);
        if (part.kind != PART_MORE) {
            struct part_context context;
            char *bytes = malloc(format->context_room(parts) + 1);
            format->context(parts, &part, bytes, &context);
            used += (size_t)snprintf(print + used, room - used, "%s %.*s > %.*s\n", part.kind == PART_LEVEL ? "level" : part.kind == PART_BREAK ? "break" : "part",
                                     (int)context.length, bytes, part.kind == PART_ELEMENTS ? (int)(part.end - part.start) : 0, text + at + part.start);
            free(bytes);
        }
        format->leave(parts, &part);
        at += part.taken;
    }
    snprintf(print + used, room - used, "left %zu\n", length - at);
    format->close(parts);
    return print;
}

static void expect_parts_of(const struct part_format *format, const char *text, size_t run_max, size_t element_max, const char *expected)
{
    char *print = parts_print(format, text, run_max, element_max);
    assert_string_equal(print, expected);
    free(print);
}

#endif
