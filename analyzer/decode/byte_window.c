#include "byte_window.h"

#include <stdlib.h>
#include <string.h>

bool window_open(struct byte_window *window, const struct byte_reader *below, size_t capacity, size_t history,
                 const char *first, size_t first_bytes)
{
    *window = (struct byte_window){.below = *below, .capacity = capacity, .history = history, .hole = WINDOW_NO_HOLE};
    window->buffer = malloc(capacity);
    if (window->buffer == NULL) return false;
    if (first_bytes > 0) memcpy(window->buffer, first, first_bytes);
    window->end = first_bytes;
    if (below->missing != NULL) window->base = below->missing(below->context);
    return true;
}

void window_close(struct byte_window *window)
{
    free(window->buffer);
    window->buffer = NULL;
}

static uint64_t missing_below(const struct byte_window *window)
{
    return window->below.missing == NULL ? 0 : window->below.missing(window->below.context);
}

static void end_below(struct byte_window *window, enum status status)
{
    if (status == STATUS_FATAL) window->no_memory = true;
    window->below_ended = true;
}

/* Notes that bytes are missing at the end of the window, and reads what comes behind them. */
static void hole_take(struct byte_window *window, uint64_t missing_before)
{
    size_t count;
    bool gap;
    window->hole = window->end;
    window->hole_bytes = missing_below(window) - missing_before;
    enum status status =
        window->below.read(window->below.context, (char *)window->buffer + window->end, window->capacity - window->end, false, &count, &gap);
    if (status == STATUS_OK) window->end += count;
    else end_below(window, status);
}

void window_fill(struct byte_window *window)
{
    if (window->hole != WINDOW_NO_HOLE || window->below_ended) return;
    size_t drop = window->at > window->history ? window->at - window->history : 0;
    memmove(window->buffer, window->buffer + drop, window->end - drop);
    window->base += drop;
    window->at -= drop;
    window->end -= drop;

    uint64_t missing = missing_below(window);
    while (window->end < window->capacity && window->hole == WINDOW_NO_HOLE) {
        size_t count;
        bool gap;
        char *room = (char *)window->buffer + window->end;
        enum status status = window->below.read(window->below.context, room, window->capacity - window->end, true, &count, &gap);
        if (status != STATUS_OK) {
            end_below(window, status);
            return;
        }
        if (count == 0) hole_take(window, missing);
        window->end += count;
    }
}

size_t window_pass(struct byte_window *window, char *bytes, size_t capacity)
{
    if (window->at < window->end || window->hole != WINDOW_NO_HOLE || window->below_ended) return 0;
    uint64_t missing = missing_below(window);
    size_t count;
    bool gap;
    enum status status = window->below.read(window->below.context, bytes, capacity, true, &count, &gap);
    if (status != STATUS_OK) {
        end_below(window, status);
        return 0;
    }
    window->base += window->at + count;
    window->at = window->end = 0;
    if (count == 0) hole_take(window, missing);
    return count;
}

bool window_has(struct byte_window *window, size_t wanted)
{
    if (window_left(window) < wanted) window_fill(window);
    return window_left(window) >= wanted;
}

bool window_hole_pass(struct byte_window *window)
{
    if (window->hole != window->at) return false;
    window->base += window->hole_bytes;
    window->holes_passed_bytes += window->hole_bytes;
    window->hole = WINDOW_NO_HOLE;
    return true;
}

bool window_is_spent(struct byte_window *window)
{
    return !window_has(window, 1) && window->hole != window->at;
}

bool window_seek(struct byte_window *window, uint64_t offset)
{
    if (window->below.seek == NULL || !window->below.seek(window->below.context, offset)) return false;
    window->base = offset;
    window->at = window->end = 0;
    window->hole = WINDOW_NO_HOLE;
    window->below_ended = false;
    return true;
}
