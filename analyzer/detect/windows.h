/* Finds where a few bytes side by side come each out of a set of its own: what a pattern without a literal has to show.
 *
 * Shape    windows (two to four sets of bytes) -> tables (const, shared) -> bytes -> which windows end where
 * How      bit-parallel (Baeza-Yates and Gonnet 1992, shift-and): a bit for each place of each window, sixteen windows a
 *          word, one step a byte and word
 * Threads  const after windows_open
 */
#ifndef WINDOWS_H
#define WINDOWS_H

#include "../support/fault.h"

enum { WINDOW_PLACES_MAX = 4 };

struct byte_set {
    uint8_t bits[256 / 8];
};

struct window {
    struct byte_set places[WINDOW_PLACES_MAX];
    size_t length; /* 2 to WINDOW_PLACES_MAX */
};

struct windows;

/* The number of a window is its place. Fails    FATAL: no memory. */
MUST_USE enum status windows_open(const struct window *all, size_t count, struct windows **windows, struct fault *fault);
void windows_close(struct windows *windows); /* accepts NULL */

/* Called for each window that ends, `end` being the offset behind it; in the order of ends, as long as there are no more than
 * 64 windows. False ends the search. */
typedef bool window_sink(void *context, size_t end, size_t number);
void windows_search(const struct windows *windows, const char *bytes, size_t length, window_sink *sink, void *context);

#endif
