#include "stream_frames.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "byte_window.h"
#include "stream_gzip.h"

enum { FRAMES_BUFFER_BYTES = 256 << 10 };

enum frames_phase { FRAMES_BEGIN, FRAMES_BODY, FRAMES_RAW, FRAMES_DONE };

struct frames_layer {
    const struct frame_codec *codec;
    struct byte_window window;
    struct stream_ledger *ledger;
    void *state;
    enum frames_phase phase;
    bool is_started, no_memory, gap_next;
    uint64_t frame_number, frame_start, frame_bytes;
    uint64_t raw_until; /* offset of the frame behind bytes that are none; UINT64_MAX unknown */
    uint8_t *spare;     /* decoded bytes for which the caller had too little room */
    size_t spare_at, spare_end;
};

struct frames_layer *frames_open(const struct frame_codec *codec, const struct byte_reader *below, struct stream_ledger *ledger,
                                 const char *first, size_t first_bytes, bool first_gap)
{
    struct frames_layer *layer = calloc(1, sizeof *layer);
    if (layer == NULL) return NULL;
    layer->codec = codec;
    layer->ledger = ledger;
    layer->gap_next = first_gap;
    bool enough = window_open(&layer->window, below, FRAMES_BUFFER_BYTES + codec->look_back_bytes, codec->look_back_bytes, first, first_bytes);
    layer->state = codec->open();
    if (enough && layer->state != NULL) return layer;
    frames_close(layer);
    return NULL;
}

void frames_close(struct frames_layer *layer)
{
    if (layer == NULL) return;
    if (layer->state != NULL) layer->codec->close(layer->state);
    window_close(&layer->window);
    free(layer->spare);
    free(layer);
}

static uint64_t offset_now(const struct frames_layer *layer)
{
    return window_offset(&layer->window, layer->window.at);
}

static bool hole_pass(struct frames_layer *layer)
{
    if (!window_hole_pass(&layer->window)) return false;
    layer->gap_next = true;
    return true;
}

static void mark(struct frames_layer *layer, enum coverage_reason reason, const char *what)
{
    outcome_mark(layer->ledger->outcome, OBJECT_PARTIAL, reason, "%s %" PRIu64 " at offset %" PRIu64 ": %s", layer->codec->unit,
                 layer->frame_number, layer->window.below.origin + layer->frame_start, what);
}

static void consumed_note(struct frames_layer *layer)
{
    if (layer->window.below.is_lowest) layer->ledger->stored_consumed = offset_now(layer);
}

/* Ends the stream for a limit. */
static void stop(struct frames_layer *layer, enum coverage_reason reason, const char *limit, const char *option)
{
    char detail[OBJECT_DETAIL_SIZE];
    consumed_note(layer);
    snprintf(detail, sizeof detail, "%s reached in %s %" PRIu64 " at offset %" PRIu64 "; %s raises it", limit, layer->codec->unit,
             layer->frame_number, layer->window.below.origin + offset_now(layer), option);
    ledger_stop(layer->ledger, reason, detail);
    layer->phase = FRAMES_DONE;
}

static bool frame_begins(struct frames_layer *layer)
{
    (void)window_has(&layer->window, layer->codec->magic_bytes);
    return layer->codec->begins(layer->window.buffer + layer->window.at, window_left(&layer->window));
}

/* Goes on to the next frame; false at the end, or where none could be told. */
static bool search_on(struct frames_layer *layer)
{
    struct byte_window *window = &layer->window;
    while (!window_is_spent(window)) {
        if (hole_pass(layer)) continue;
        if (layer->codec->is_sure && frame_begins(layer)) return true;
        if (layer->codec->is_sure) window->at++;
        else window->at = window_end(window);
    }
    return false;
}

/* A frame that begins in what was consumed already, behind the start of the present one. */
static bool search_back(struct frames_layer *layer)
{
    struct byte_window *window = &layer->window;
    size_t back = layer->codec->look_back_bytes, from = window->at > back ? window->at - back : 0;
    if (window_offset(window, from) <= layer->frame_start) from = (size_t)(layer->frame_start + 1 - window->base);
    for (; layer->codec->is_sure && from < window->at; from++) {
        if (!layer->codec->begins(window->buffer + from, window_end(window) - from)) continue;
        window->at = from;
        return true;
    }
    return false;
}

/* The present frame goes no further: on to the next one, and what lies between is unexamined. */
static void damage(struct frames_layer *layer, enum coverage_reason reason, const char *what)
{
    mark(layer, reason, what);
    uint64_t damaged_at = layer->frame_bytes > 0 ? offset_now(layer) : layer->frame_start, holes = layer->window.holes_passed_bytes;
    bool found = search_back(layer) || search_on(layer);
    holes = layer->window.holes_passed_bytes - holes; /* counted already where they were met */
    if (layer->window.below.is_lowest && offset_now(layer) > damaged_at + holes)
        layer->ledger->stored_unexamined += offset_now(layer) - damaged_at - holes;
    layer->gap_next = true;
    layer->phase = found ? FRAMES_BEGIN : FRAMES_DONE;
}

static void truncated(struct frames_layer *layer)
{
    mark(layer, COVERAGE_TRUNCATED, "ends too early");
    if (layer->window.below.is_lowest && layer->frame_bytes == 0)
        layer->ledger->stored_unexamined += offset_now(layer) - layer->frame_start;
    layer->gap_next = true;
    layer->phase = search_back(layer) ? FRAMES_BEGIN : FRAMES_DONE;
}

/* Bytes behind a frame that begin no frame. */
static void residue(struct frames_layer *layer)
{
    struct stream_outcome *outcome = layer->ledger->outcome;
    uint64_t offset = offset_now(layer), start = layer->window.below.origin + offset;
    outcome_mark(outcome, OBJECT_PARTIAL, COVERAGE_RESIDUE_SCANNED_RAW, "bytes that are no %s from offset %" PRIu64 " on",
                 layer->codec->name, start);
    layer->raw_until = UINT64_MAX;
    layer->phase = FRAMES_RAW;
    layer->gap_next = true;
    if (layer->window.below.seek == NULL) return;
    if (!search_on(layer)) {
        outcome->has_residue = true;
        outcome->residue_start = (int64_t)start;
        layer->phase = FRAMES_DONE;
        return;
    }
    layer->raw_until = offset_now(layer);
    if (window_seek(&layer->window, offset)) return;
    outcome_mark(outcome, OBJECT_PARTIAL, COVERAGE_IO_ERROR, "cannot go back to offset %" PRIu64, start);
    layer->phase = FRAMES_BEGIN;
}

/* Zeros that the format allows behind a frame. */
static void padding_pass(struct frames_layer *layer)
{
    size_t step = layer->codec->padding_bytes;
    struct byte_window *window = &layer->window;
    while (step > 0 && layer->frame_number > 0 && window_has(window, step)) {
        for (size_t i = 0; i < step; i++)
            if (window->buffer[window->at + i] != 0) return;
        window->at += step;
    }
}

static void begin(struct frames_layer *layer)
{
    padding_pass(layer);
    hole_pass(layer);
    if (window_left(&layer->window) == 0 && window_is_spent(&layer->window)) {
        layer->phase = FRAMES_DONE;
        consumed_note(layer);
        return;
    }
    if (!frame_begins(layer)) {
        residue(layer);
        return;
    }
    layer->frame_number++;
    if (!ledger_member(layer->ledger)) {
        stop(layer, COVERAGE_LIMIT_MEMBERS, "the number of members", "--max-members");
        return;
    }
    layer->frame_start = offset_now(layer);
    layer->frame_bytes = 0;
    layer->no_memory |= !layer->codec->reset(layer->state);
    layer->phase = FRAMES_BODY;
}

/* Decodes what is in the window, as far as there is room. */
static enum frame_result window_decode(struct frames_layer *layer, uint8_t *output, size_t room, size_t *count, bool *moved)
{
    struct byte_window *window = &layer->window;
    const uint8_t *input = window->buffer + window->at;
    *count = 0;
    enum frame_result result = layer->codec->run(layer->state, &input, window_left(window), output, room, count);
    *moved = input > window->buffer + window->at;
    window->at = (size_t)(input - window->buffer);
    layer->frame_bytes += *count;
    return result;
}

/* Decodes into output (DECODED_STEP_BYTES) until it is as good as full, or nothing more can be had of the frame; none, or what was decoded. */
static size_t body_read(struct frames_layer *layer, uint8_t *output)
{
    struct byte_window *window = &layer->window;
    size_t count = 0, more;
    enum frame_result result;
    bool moved = false, moved_now, has_more = window_has(window, 1);
    do {
        result = window_decode(layer, output + count, DECODED_STEP_BYTES - count, &more, &moved_now);
        count += more;
        moved |= moved_now;
        has_more &= result == FRAME_MORE && (more > 0 || moved_now) && DECODED_STEP_BYTES - count >= DECODED_ROOM_LEAST_BYTES && window_has(window, 1);
    } while (has_more);
    consumed_note(layer);
    switch (result) {
    case FRAME_BAD_CHECKSUM:
        mark(layer, COVERAGE_BAD_CHECKSUM, "checksum does not hold");
        layer->phase = FRAMES_BEGIN;
        return count;
    case FRAME_END:
        layer->phase = FRAMES_BEGIN;
        return count;
    case FRAME_DAMAGED:
        damage(layer, COVERAGE_CORRUPT_STREAM, "no data of the format");
        return count;
    case FRAME_WINDOW:
        damage(layer, COVERAGE_WINDOW_TOO_LARGE, "needs more than 128 MiB to be decoded");
        return count;
    case FRAME_NO_MEMORY:
        layer->no_memory = true;
        return count;
    case FRAME_MORE:
        break;
    }
    if (count > 0 || moved || window_left(window) > 0) {
        if (count == 0 && !moved) damage(layer, COVERAGE_CORRUPT_STREAM, "does not go on"); /* a decoder that stands still */
        return count;
    }
    if (window->hole == window->at) damage(layer, COVERAGE_CORRUPT_STREAM, "bytes are missing in it");
    else if (window->below_ended) truncated(layer);
    return count;
}

/* How many bytes of the window, which are no frame, stand before what may be one. */
static size_t raw_length(struct frames_layer *layer)
{
    const struct byte_window *window = &layer->window;
    size_t count = window_left(window), magic = layer->codec->magic_bytes;
    if (!layer->codec->is_sure) return count;
    for (size_t i = 1; i < count; i++)
        if (count - i < magic ? !window->below_ended : layer->codec->begins(window->buffer + window->at + i, count - i)) return i;
    return count;
}

/* Bytes that are no frame, as they are, up to where a frame begins. */
static size_t raw_read(struct frames_layer *layer, uint8_t *output, size_t room)
{
    struct byte_window *window = &layer->window;
    if (offset_now(layer) == layer->raw_until || (layer->raw_until == UINT64_MAX && layer->codec->is_sure && frame_begins(layer))) {
        layer->phase = FRAMES_BEGIN;
        layer->gap_next = true;
        return 0;
    }
    if (hole_pass(layer)) return 0;
    if (!window_has(window, 1)) {
        if (window->hole != window->at) layer->phase = FRAMES_DONE;
        return 0;
    }
    uint64_t left = layer->raw_until == UINT64_MAX ? raw_length(layer) : layer->raw_until - offset_now(layer);
    size_t count = window_left(window);
    if (count > left) count = (size_t)left;
    if (count > room) count = room;
    memcpy(output, window->buffer + window->at, count);
    window->at += count;
    consumed_note(layer);
    return count;
}

/* Cuts what exceeds a limit off, and ends there. */
static size_t limits_hold(struct frames_layer *layer, size_t count)
{
    size_t within = count;
    switch (ledger_admit(layer->ledger, &within)) {
    case COVERAGE_LIMIT_BYTES:
        stop(layer, COVERAGE_LIMIT_BYTES, "the number of decoded bytes", "--max-bytes");
        break;
    case COVERAGE_LIMIT_RATIO:
        stop(layer, COVERAGE_LIMIT_RATIO, "the ratio of decoded to stored bytes", "--max-ratio");
        break;
    default:
        break;
    }
    return within;
}

/* One step; decoded bytes if it gave some. */
static size_t step(struct frames_layer *layer, uint8_t *output)
{
    switch (layer->phase) {
    case FRAMES_BEGIN:
        begin(layer);
        return 0;
    case FRAMES_BODY:
        return body_read(layer, output);
    case FRAMES_RAW:
        return raw_read(layer, output, DECODED_STEP_BYTES);
    case FRAMES_DONE:
        return 0;
    }
    return 0;
}

static bool is_out_of_memory(const struct frames_layer *layer)
{
    return layer->no_memory || layer->window.no_memory;
}

/* A damage that shows behind delivered bytes asks for a gap after them, not before. */
static size_t decode(struct frames_layer *layer, uint8_t *output, bool joined, bool *gap)
{
    if (!layer->is_started) window_fill(&layer->window); /* to the brim, however little recognised the layer */
    layer->is_started = true;
    while (layer->phase != FRAMES_DONE && !is_out_of_memory(layer)) {
        bool gap_before = layer->gap_next;
        if (joined && gap_before) return 0;
        layer->gap_next = false;
        size_t count = step(layer, output);
        if (count > 0) {
            *gap = gap_before;
            return limits_hold(layer, count);
        }
        layer->gap_next |= gap_before;
    }
    return 0;
}

static enum status spare_fill(struct frames_layer *layer, bool joined, bool *gap)
{
    if (layer->spare == NULL) layer->spare = malloc(DECODED_STEP_BYTES);
    if (layer->spare == NULL) return STATUS_FATAL;
    layer->spare_at = 0;
    layer->spare_end = decode(layer, layer->spare, joined, gap);
    return STATUS_OK;
}

enum status frames_read(void *context, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap)
{
    struct frames_layer *layer = context;
    *count = 0;
    *gap = false;
    if (layer->spare_at == layer->spare_end && capacity >= DECODED_STEP_BYTES) {
        *count = decode(layer, (uint8_t *)bytes, joined, gap);
    } else {
        if (layer->spare_at == layer->spare_end && spare_fill(layer, joined, gap) != STATUS_OK) return STATUS_FATAL;
        *count = layer->spare_end - layer->spare_at;
        if (*count > capacity) *count = capacity;
        if (*count > 0) memcpy(bytes, layer->spare + layer->spare_at, *count);
        layer->spare_at += *count;
    }
    if (is_out_of_memory(layer)) return STATUS_FATAL;
    if (*count > 0 || (layer->gap_next && layer->phase != FRAMES_DONE)) return STATUS_OK;
    return STATUS_END;
}
