/* A window over bytes that come from below: what a decoder looks at before it takes it.
 *
 * buffer   [history | at .. window .. end)  base is the offset below of buffer[0]
 * Holes    where bytes are missing below, the window ends until the hole is passed
 * Repeats  filled to the brim whatever single reads return, so that what is decided by it does not depend on them
 */
#ifndef BYTE_WINDOW_H
#define BYTE_WINDOW_H

#include "byte_reader.h"

struct byte_window {
    struct byte_reader below;
    uint8_t *buffer;
    size_t capacity, history; /* history: bytes that are kept before at */
    size_t at, end;
    size_t hole;         /* index before which bytes are missing, or WINDOW_NO_HOLE */
    uint64_t hole_bytes; /* how many */
    uint64_t base;
    uint64_t holes_passed_bytes;
    bool below_ended, no_memory;
};

#define WINDOW_NO_HOLE SIZE_MAX

/* first: what was read below already. False: no memory. */
bool window_open(struct byte_window *window, const struct byte_reader *below, size_t capacity, size_t history,
                 const char *first, size_t first_bytes);
void window_close(struct byte_window *window);

/* The offset below of a place in the buffer. */
static inline uint64_t window_offset(const struct byte_window *window, size_t index)
{
    return window->base + index;
}

/* Where the bytes end that hang together. */
static inline size_t window_end(const struct byte_window *window)
{
    return window->hole < window->end ? window->hole : window->end;
}

static inline size_t window_left(const struct byte_window *window)
{
    return window_end(window) - window->at;
}

/* Fills the buffer behind the window, to the brim unless bytes are missing or at an end. May move what is in it. */
void window_fill(struct byte_window *window);

/* With nothing in the window: reads what comes next elsewhere and goes past it, so that nobody can look back at it. 0: nothing is to be
 * had so, and the window tells why. */
size_t window_pass(struct byte_window *window, char *bytes, size_t capacity);

/* Whether that many bytes stand in the window; reads for it. */
bool window_has(struct byte_window *window, size_t wanted);

/* Steps over missing bytes, if it stands before them. */
bool window_hole_pass(struct byte_window *window);

/* Whether it stands at the end of all bytes below, behind no hole. */
bool window_is_spent(struct byte_window *window);

/* Goes to an offset below, where that can be. */
bool window_seek(struct byte_window *window, uint64_t offset);

#endif
