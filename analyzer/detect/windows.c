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

/* So many words from `first` on; the number is a constant wherever this stands, so that they stay in registers. */
static inline __attribute__((always_inline)) bool search_words(const struct windows *windows, size_t first, const size_t count, const char *bytes,
                                                               size_t length, window_sink *sink, void *context)
{
    uint64_t state[WORDS_AT_ONCE] = {0}, begins[WORDS_AT_ONCE], ends[WORDS_AT_ONCE];
    const uint64_t *table = windows->steps + first;
    const size_t row = windows->word_count;
    for (size_t w = 0; w < count; w++) begins[w] = windows->begins[first + w], ends[w] = windows->ends[first + w];
    for (size_t at = 0; at < length; at++) {
        const uint64_t *steps = table + (uint8_t)bytes[at] * row;
        uint64_t any = 0;
        for (size_t w = 0; w < count; w++) {
            state[w] = (state[w] << 1 | begins[w]) & steps[w];
            any |= state[w] & ends[w];
        }
        if (__builtin_expect(any == 0, 1)) continue;
        for (size_t w = 0; w < count; w++)
            if (!tell(at + 1, first + w, state[w] & ends[w], sink, context)) return false;
    }
    return true;
}

void windows_search(const struct windows *windows, const char *bytes, size_t length, window_sink *sink, void *context)
{
    bool going = true;
    for (size_t first = 0; first < windows->word_count && going; first += WORDS_AT_ONCE) {
        switch (windows->word_count - first) {
        case 1: going = search_words(windows, first, 1, bytes, length, sink, context); break;
        case 2: going = search_words(windows, first, 2, bytes, length, sink, context); break;
        case 3: going = search_words(windows, first, 3, bytes, length, sink, context); break;
        default: going = search_words(windows, first, WORDS_AT_ONCE, bytes, length, sink, context); break;
        }
    }
}
