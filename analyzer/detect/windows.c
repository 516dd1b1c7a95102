#include "windows.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOWS_PER_WORD = 64 / WINDOW_PLACES_MAX, WORDS_AT_ONCE = 4 };

/* A window's last place is the highest of its four bits; that of its first is set at each step. */
struct windows {
    size_t word_count, count;
    uint64_t *steps; /* [byte * word_count + word]: the places that the byte fits */
    uint64_t *begins, *ends;
};

static bool holds(const struct byte_set *set, unsigned byte)
{
    return (set->bits[byte / 8] >> byte % 8 & 1) != 0;
}

enum status windows_open(const struct window *all, size_t count, struct windows **windows, struct fault *fault)
{
    struct windows *made = calloc(1, sizeof *made);
    *windows = NULL;
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory for windows");
    made->count = count;
    made->word_count = (count + WINDOWS_PER_WORD - 1) / WINDOWS_PER_WORD;
    made->word_count = (made->word_count + WORDS_AT_ONCE - 1) / WORDS_AT_ONCE * WORDS_AT_ONCE;
    made->steps = calloc(256 * (made->word_count + 1), sizeof *made->steps);
    made->begins = calloc(made->word_count + 1, sizeof *made->begins);
    made->ends = calloc(made->word_count + 1, sizeof *made->ends);
    if (made->steps == NULL || made->begins == NULL || made->ends == NULL) {
        windows_close(made);
        return fault_set(fault, STATUS_FATAL, "no memory for windows");
    }
    for (size_t i = 0; i < count; i++) {
        size_t word = i / WINDOWS_PER_WORD, lowest = i % WINDOWS_PER_WORD * WINDOW_PLACES_MAX;
        size_t first = lowest + WINDOW_PLACES_MAX - all[i].length;
        made->begins[word] |= UINT64_C(1) << first;
        made->ends[word] |= UINT64_C(1) << (lowest + WINDOW_PLACES_MAX - 1);
        for (size_t place = 0; place < all[i].length; place++)
            for (unsigned byte = 0; byte < 256; byte++)
                if (holds(&all[i].places[place], byte)) made->steps[byte * made->word_count + word] |= UINT64_C(1) << (first + place);
    }
    *windows = made;
    return STATUS_OK;
}

void windows_close(struct windows *windows)
{
    if (windows == NULL) return;
    free(windows->steps);
    free(windows->begins);
    free(windows->ends);
    free(windows);
}

static bool tell(size_t end, size_t word, uint64_t ended, window_sink *sink, void *context)
{
    for (; ended != 0; ended &= ended - 1)
        if (!sink(context, end, word * WINDOWS_PER_WORD + (size_t)__builtin_ctzll(ended) / WINDOW_PLACES_MAX)) return false;
    return true;
}

/* Four words from `first` on, as many as stay in registers. */
static bool search_four(const struct windows *windows, size_t first, const char *bytes, size_t length, window_sink *sink, void *context)
{
    const uint64_t *begins = windows->begins + first, *ends = windows->ends + first, *table = windows->steps + first;
    const uint64_t b0 = begins[0], b1 = begins[1], b2 = begins[2], b3 = begins[3], e0 = ends[0], e1 = ends[1], e2 = ends[2], e3 = ends[3];
    uint64_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    size_t row = windows->word_count;
    for (size_t at = 0; at < length; at++) {
        const uint64_t *steps = table + (uint8_t)bytes[at] * row;
        s0 = (s0 << 1 | b0) & steps[0];
        s1 = (s1 << 1 | b1) & steps[1];
        s2 = (s2 << 1 | b2) & steps[2];
        s3 = (s3 << 1 | b3) & steps[3];
        if (((s0 & e0) | (s1 & e1) | (s2 & e2) | (s3 & e3)) == 0) continue;
        if (!tell(at + 1, first, s0 & e0, sink, context) || !tell(at + 1, first + 1, s1 & e1, sink, context) ||
            !tell(at + 1, first + 2, s2 & e2, sink, context) || !tell(at + 1, first + 3, s3 & e3, sink, context))
            return false;
    }
    return true;
}

void windows_search(const struct windows *windows, const char *bytes, size_t length, window_sink *sink, void *context)
{
    for (size_t first = 0; first < windows->word_count; first += WORDS_AT_ONCE)
        if (!search_four(windows, first, bytes, length, sink, context)) return;
}
