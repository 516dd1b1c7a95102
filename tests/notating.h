/* What tests of notations of positions share: a text is searched, what is told of it is one line.
 *
 *   35.681236,139.767125 confirmed <what was taken>; OUT_OF_RANGE <what was taken>;
 */
#ifndef NOTATING_H
#define NOTATING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../detectors/notations.h"

enum { TOLD_SIZE = 2048 };

struct told {
    struct span text;
    char line[TOLD_SIZE];
    size_t length;
};

static inline void told_take(void *context, size_t start, size_t end, enum reason reason, const struct position *position)
{
    struct told *told = context;
    assert_true(start < end && end <= told->text.len);
    char *at = told->line + told->length;
    size_t room = TOLD_SIZE - told->length;
    int written;
    if (reason == REASON_NONE)
        written = snprintf(at, room, "%.6f,%.6f %s", position->latitude_e7 / 1e7, position->longitude_e7 / 1e7,
                           grade_name(position->grade));
    else
        written = snprintf(at, room, "%s", reason_name(reason));
    assert_true(written > 0 && (size_t)written < room);
    told->length += (size_t)written;
    written = snprintf(told->line + told->length, TOLD_SIZE - told->length, " <%.*s>; ", (int)(end - start), told->text.at + start);
    assert_true(written > 0 && (size_t)written < TOLD_SIZE - told->length);
    told->length += (size_t)written;
}

/* The text lies in memory of its own size, so that a sanitizer sees who reads behind it. */
static inline void tells(const char *text, const char *expected)
{
    struct notation_bytes bytes;
    size_t length = strlen(text);
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    struct told told = {.text = {copy, length}};
    struct notation_search search = {.text = told.text, .tell = told_take, .context = &told};
    notation_bytes_read(&bytes, true);
    notations_find(&bytes, &search);
    if (told.length >= 2) told.line[told.length - 2] = '\0'; /* "; " at the end */
    assert_string_equal(told.line, expected);
    free(copy);
}

#endif
