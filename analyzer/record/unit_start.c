#include "unit_start.h"

#include <stdlib.h>
#include <string.h>

#include "record_csv.h"

enum {
    PIECE_LOOKBACK = 64 * 1024, /* where a unit that is too long is cut: behind the last byte that is no word */
    HOLE_STEP = 4096,           /* as stored.c passes over what cannot be read */
    STEP_BYTES = 64 * 1024,
    PASSED_BYTES_MAX = 1 << 20, /* of rows that are passed, kept until they are moved away at once */
    WAYS_MAX = 64,
    QUOTE_LOOKAHEAD = 3 /* a quote and what it is judged by */
};

/* How far in front of an offset rows are looked for, which must be more than a field in quotes can have; after these, from the
 * file's first byte on. */
static const uint64_t lookbacks[] = {CSV_QUOTED_MAX + (256 << 10), 8 << 20, 32 << 20};
enum { LOOKBACK_COUNT = sizeof lookbacks / sizeof lookbacks[0] };

bool unit_start_is_known(const struct layout *layout)
{
    return layout->format == FORMAT_CSV || layout->format == FORMAT_NDJSON || layout->format == FORMAT_TEXT ||
           layout->format == FORMAT_BINARY;
}

static bool is_word(char c)
{
    return (unsigned char)(c - '0') <= 9 || (unsigned char)((c | 0x20) - 'a') < 26;
}

size_t unit_piece_cut(const char *bytes, size_t length)
{
    size_t at = length;
    while (at > length - PIECE_LOOKBACK && is_word(bytes[at - 1])) at--;
    return at > length - PIECE_LOOKBACK ? at : length;
}

/* ------------------------------------------------------------------ the bytes around an offset */

struct window {
    const struct unit_bytes *from;
    char *bytes;
    size_t length, capacity;
    uint64_t base;  /* offset of bytes[0] */
    bool at_hole;   /* what comes behind cannot be read */
    uint64_t after_hole;
};

static void window_move(struct window *window, uint64_t base)
{
    window->base = base;
    window->length = 0;
    window->at_hole = false;
}

static uint64_t window_end(const struct window *window)
{
    return window->base + window->length;
}

/* Nothing more is to be had. */
static bool window_is_whole(const struct window *window)
{
    return window->at_hole || window_end(window) >= window->from->size;
}

/* Where reading goes on behind a place that cannot be read. */
static uint64_t hole_end(const struct unit_bytes *from, uint64_t at)
{
    char byte;
    do at = (at / HOLE_STEP + 1) * HOLE_STEP;
    while (at < from->size && from->read(from->context, at, &byte, 1) < 0);
    return at < from->size ? at : from->size;
}

/* Reads until all before `end` is there, or there is no more. END: the file is shorter than it was. */
static enum status window_reach(struct window *window, uint64_t end, struct fault *fault)
{
    const struct unit_bytes *from = window->from;
    if (end > from->size) end = from->size;
    if (end > window->base + window->capacity) {
        size_t capacity = (size_t)(end - window->base) + STEP_BYTES;
        char *bytes = realloc(window->bytes, capacity);
        if (bytes == NULL) return fault_set(fault, STATUS_FATAL, "no memory to look for units");
        window->bytes = bytes;
        window->capacity = capacity;
    }
    while (window_end(window) < end && !window->at_hole) {
        uint64_t at = window_end(window);
        size_t wanted = (size_t)(end - at);
        long got = from->read(from->context, at, window->bytes + window->length, wanted);
        /* The second try is a short one: what is wrong may stand far behind. */
        size_t step = (size_t)(HOLE_STEP - at % HOLE_STEP);
        if (got < 0) got = from->read(from->context, at, window->bytes + window->length, step < wanted ? step : wanted);
        if (got == 0) return STATUS_END;
        window->at_hole = got < 0;
        if (got < 0) window->after_hole = hole_end(from, at);
        else window->length += (size_t)got;
    }
    return STATUS_OK;
}

/* Leaves out what stands before an offset within. */
static void window_advance(struct window *window, uint64_t base)
{
    size_t passed = (size_t)(base - window->base);
    memmove(window->bytes, window->bytes + passed, window->length - passed);
    window->length -= passed;
    window->base = base;
}

/* ------------------------------------------------------------------ lines */

/* The byte behind the next line end at `at` or behind it; after_hole where there is none before a hole; size where there is none. */
static enum status line_next(struct window *window, uint64_t at, struct unit_start *start, struct fault *fault)
{
    *start = (struct unit_start){window->from->size, false};
    enum status status = STATUS_OK;
    for (window_move(window, at); status == STATUS_OK; window_move(window, window_end(window))) {
        status = window_reach(window, window->base + STEP_BYTES, fault);
        if (status != STATUS_OK) return status;
        const char *newline = window->length > 0 ? memchr(window->bytes, '\n', window->length) : NULL;
        if (newline != NULL) start->offset = window->base + (size_t)(newline - window->bytes) + 1;
        else if (window->at_hole) *start = (struct unit_start){window->after_hole, window->after_hole < window->from->size};
        if (newline != NULL || window_is_whole(window)) return STATUS_OK;
    }
    return status;
}

/* ------------------------------------------------------------------ rows: where one begins for sure */

/* The ways in which a reader from the front may have come here: each is outside of quotes from its place on. */
struct ways {
    size_t at[WAYS_MAX]; /* ascending, each once */
    size_t count;
    bool too_many;
    size_t sure_from; /* before it, what a quote means may be undecided to a reader who has come to UNIT_BYTES_MAX there */
};

static void ways_add(struct ways *ways, size_t place)
{
    size_t i = ways->count;
    while (i > 0 && ways->at[i - 1] > place) i--;
    if (i > 0 && ways->at[i - 1] == place) return;
    if (ways->count == WAYS_MAX) {
        ways->too_many = true;
        return;
    }
    memmove(ways->at + i + 1, ways->at + i, (ways->count - i) * sizeof *ways->at);
    ways->at[i] = place;
    ways->count++;
}

/* A line end in quotes ends a unit that is too long: a way of its own from there. */
static void ways_add_lines(struct ways *ways, const char *bytes, size_t from, size_t to)
{
    for (const char *newline; from < to && !ways->too_many && (newline = memchr(bytes + from, '\n', to - from)) != NULL;) {
        from = (size_t)(newline - bytes) + 1;
        ways_add(ways, from);
    }
}

/* The next quote from `at` on, before `to`, that stands where a field begins; `to` for none. */
static size_t opening_quote(const char *bytes, size_t at, size_t to, char delimiter)
{
    for (const char *quote; at < to && (quote = memchr(bytes + at, '"', to - at)) != NULL; at++) {
        at = (size_t)(quote - bytes);
        if (at == 0 || bytes[at - 1] == delimiter || bytes[at - 1] == '\n') return at;
    }
    return to;
}

enum proof { PROVEN, UNPROVEN, MORE };

/* The first way passes the quote at `quote`. */
static enum proof way_pass(struct ways *ways, const char *bytes, size_t length, size_t quote, char delimiter, bool at_end)
{
    size_t close = quote;
    enum csv_closing closing = csv_closing_find(bytes, length, quote, delimiter, at_end, &close);
    if (closing == CSV_UNDECIDED) return MORE;
    memmove(ways->at, ways->at + 1, --ways->count * sizeof *ways->at);
    ways_add(ways, closing == CSV_CLOSES ? close + 1 : quote + 1);
    if (closing == CSV_CLOSES) ways_add_lines(ways, bytes, quote, close);
    else if (ways->sure_from < close + QUOTE_LOOKAHEAD) ways->sure_from = close + QUOTE_LOOKAHEAD;
    return PROVEN;
}

/* The ways from the first place before `to` that is beside no quote. */
static enum proof ways_begin(struct ways *ways, const char *bytes, size_t length, size_t to, char delimiter, bool at_end)
{
    size_t place = 1, close;
    while (place < to && (bytes[place - 1] == '"' || bytes[place] == '"')) place++;
    if (place >= to) return UNPROVEN;
    *ways = (struct ways){.sure_from = place + CSV_QUOTED_MAX};
    ways_add(ways, place);
    const char *newline = memchr(bytes + place, '\n', length - place);
    if (newline == NULL) return at_end ? UNPROVEN : MORE;
    ways_add(ways, (size_t)(newline - bytes) + 1);
    enum csv_closing closing = csv_closing_find(bytes, length, place - 1, delimiter, at_end, &close);
    if (closing == CSV_UNDECIDED) return MORE;
    if (closing == CSV_CLOSES) {
        ways_add(ways, close + 1);
        ways_add_lines(ways, bytes, place, close);
    }
    return PROVEN;
}

/* A place at `to` or before it where a row begins, whatever stands before the bytes. */
static enum proof row_prove(const char *bytes, size_t length, size_t to, char delimiter, bool at_end, size_t *row)
{
    struct ways ways;
    size_t newline = 0; /* the next one, where it is not before the first way */
    enum proof proof = ways_begin(&ways, bytes, length, to, delimiter, at_end);
    while (proof == PROVEN && !ways.too_many && ways.at[0] <= to) {
        size_t first = ways.at[0];
        if (ways.count > 1) {
            size_t quote = opening_quote(bytes, first, ways.at[1], delimiter);
            if (quote < ways.at[1]) proof = way_pass(&ways, bytes, length, quote, delimiter, at_end);
            else memmove(ways.at, ways.at + 1, --ways.count * sizeof *ways.at); /* it comes to where the next one is */
            continue;
        }
        if (newline < first) {
            const char *found = first < length ? memchr(bytes + first, '\n', length - first) : NULL;
            newline = found == NULL ? length : (size_t)(found - bytes);
        }
        size_t quote = opening_quote(bytes, first, newline, delimiter);
        if (quote < newline) {
            proof = way_pass(&ways, bytes, length, quote, delimiter, at_end);
            continue;
        }
        if (newline == length) return at_end ? UNPROVEN : MORE;
        ways.at[0] = newline + 1;
        if (newline < ways.sure_from || newline >= to) continue;
        *row = newline + 1;
        return PROVEN;
    }
    return proof == MORE ? MORE : UNPROVEN;
}

/* Finds where a row begins at most `lookback` before the offset, or what stands behind a hole there; offset UINT64_MAX: nowhere
 * for sure. */
static enum status row_before(struct window *window, const struct layout *layout, uint64_t offset, uint64_t lookback,
                              struct unit_start *row, struct fault *fault)
{
    *row = (struct unit_start){layout->text_start, false};
    if (offset <= lookback + layout->text_start) return STATUS_OK;
    row->offset = UINT64_MAX;
    window_move(window, offset - lookback);
    for (uint64_t reach = offset + 1; reach - offset <= UNIT_BYTES_MAX; reach += CSV_QUOTED_MAX) {
        enum status status = window_reach(window, reach, fault);
        if (status != STATUS_OK) return status;
        if (window->at_hole && window_end(window) <= offset) {
            *row = (struct unit_start){window->after_hole, window->after_hole < window->from->size};
            return STATUS_OK;
        }
        size_t place = 0;
        size_t to = (size_t)(offset - window->base);
        enum proof proof = row_prove(window->bytes, window->length, to, layout->delimiter, window_is_whole(window), &place);
        if (proof == PROVEN) row->offset = window->base + place;
        if (proof != MORE) return STATUS_OK;
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ rows: from one to the next */

/* From a row's begin within the window to the next one's. */
static enum status row_next(struct window *window, uint64_t row, char delimiter, struct unit_start *next, struct fault *fault)
{
    size_t at = (size_t)(row - window->base), wanted = window->length > at ? window->length - at : STEP_BYTES;
    for (;;) {
        if (wanted > UNIT_BYTES_MAX) wanted = UNIT_BYTES_MAX;
        enum status status = window_reach(window, row + wanted, fault);
        if (status != STATUS_OK) return status;
        size_t there = window->length - at, limit = there < UNIT_BYTES_MAX ? there : UNIT_BYTES_MAX;
        bool at_end = window_is_whole(window) && limit == there;
        size_t end = csv_row_end(window->bytes + at, limit, delimiter, at_end);
        if (end == 0 && limit == UNIT_BYTES_MAX) return line_next(window, row + unit_piece_cut(window->bytes + at, limit), next, fault);
        bool reaches_hole = window->at_hole && end == there && (end == 0 || window->bytes[at + end - 1] != '\n');
        *next = (struct unit_start){row + end, false};
        if (reaches_hole) *next = (struct unit_start){window->after_hole, window->after_hole < window->from->size};
        if (end > 0 || reaches_hole) return STATUS_OK;
        wanted = 2 * limit > STEP_BYTES ? 2 * limit : STEP_BYTES;
    }
}

/* From a row's begin, or what stands behind a hole, to the first row at the offset or behind it. */
static enum status rows_pass(struct window *window, const struct layout *layout, uint64_t offset, struct unit_start *start, struct fault *fault)
{
    enum status status = STATUS_OK;
    window_move(window, start->offset);
    while (status == STATUS_OK && start->offset < offset) {
        uint64_t at = start->offset;
        if (start->after_hole) {
            status = line_next(window, at, start, fault);
            window_move(window, start->offset);
            continue;
        }
        if (at < window->base || at > window_end(window)) window_move(window, at);
        else if (at - window->base > PASSED_BYTES_MAX) window_advance(window, at);
        status = row_next(window, at, layout->delimiter, start, fault);
    }
    return status;
}

static enum status row_find(struct window *window, const struct layout *layout, uint64_t offset, struct unit_start *start, struct fault *fault)
{
    start->offset = UINT64_MAX;
    for (size_t i = 0; i < LOOKBACK_COUNT && start->offset == UINT64_MAX; i++) {
        enum status status = row_before(window, layout, offset, lookbacks[i], start, fault);
        if (status != STATUS_OK) return status;
    }
    if (start->offset == UINT64_MAX) *start = (struct unit_start){layout->text_start, false};
    return rows_pass(window, layout, offset, start, fault);
}

enum status unit_start_find(const struct unit_bytes *from, const struct layout *layout, uint64_t offset, struct unit_start *start,
                            struct fault *fault)
{
    *start = (struct unit_start){from->size, false};
    if (offset >= from->size) return STATUS_OK;
    if (offset <= layout->text_start) offset = layout->text_start + 1; /* what stands before the first unit is its range's */
    struct window window = {.from = from};
    enum status status = layout->format == FORMAT_CSV ? row_find(&window, layout, offset, start, fault)
                                                      : line_next(&window, offset - 1, start, fault);
    free(window.bytes);
    return status;
}
