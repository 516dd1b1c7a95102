#include "stream_gzip.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "byte_window.h"
#include "gzip_header.h"
#include "inflate.h"

enum {
    HISTORY_BYTES =
        INFLATE_HISTORY_BYTES, /* kept before what was consumed, to look back at damage */
    WINDOW_BYTES = 256 << 10,
    BUFFER_BYTES = HISTORY_BYTES + WINDOW_BYTES,
    PROBE_AHEAD_BYTES =
        32 << 10, /* stored bytes that a trial decoding sees, where there are as many */
    PROBE_SURE_BYTES = 64 << 10, /* decoded without an error: a member */
    PROBE_FEW_BYTES = 64,        /* fewer prove nothing without a checksum */
    CONTENT_BYTES = 24,          /* that many alike are no chance */
    TRAILER_BYTES = 8
};


enum phase { PHASE_MEMBER, PHASE_HEADER, PHASE_BODY, PHASE_TRAILER, PHASE_RAW, PHASE_DONE };

struct gzip_layer {
    struct byte_window window; /* with history, to look back at damage */
    struct stream_ledger *ledger;
    struct inflation *inflation, *probe; /* probe and scratch are made at the first damage */
    uint8_t *scratch;

    bool is_started, no_memory;

    enum phase phase;
    struct gzip_header header;
    uint64_t member_number, member_start, member_bytes;
    uint32_t member_crc;
    bool member_is_bad;
    uint64_t raw_until; /* offset of the member behind bytes that are none; UINT64_MAX unknown */
    bool gap_next;

    uint8_t *spare; /* decoded bytes for which the caller had too little room */
    size_t spare_at, spare_end;
};

struct gzip_layer *gzip_open(const struct byte_reader *below, struct stream_ledger *ledger,
                             const char *first, size_t first_bytes, bool first_gap)
{
    struct gzip_layer *layer = calloc(1, sizeof *layer);
    if (layer == NULL) return NULL;
    layer->ledger = ledger;
    layer->gap_next = first_gap;
    bool enough = window_open(&layer->window, below, BUFFER_BYTES, HISTORY_BYTES, first, first_bytes);
    layer->inflation = inflation_open(ledger->options->inflater);
    if (enough && layer->inflation != NULL) return layer;
    gzip_close(layer);
    return NULL;
}

void gzip_close(struct gzip_layer *layer)
{
    if (layer == NULL) return;
    inflation_close(layer->inflation);
    inflation_close(layer->probe);
    free(layer->scratch);
    free(layer->spare);
    window_close(&layer->window);
    free(layer);
}

static uint64_t offset_of(const struct gzip_layer *layer, size_t index)
{
    return window_offset(&layer->window, index);
}

/* Steps over missing bytes, if it stands before them. */
static bool hole_pass(struct gzip_layer *layer)
{
    if (!window_hole_pass(&layer->window)) return false;
    layer->gap_next = true;
    return true;
}

static void mark(struct gzip_layer *layer, enum coverage_reason reason, const char *what)
{
    outcome_mark(layer->ledger->outcome, OBJECT_PARTIAL, reason,
                 "gzip member %" PRIu64 " at offset %" PRIu64 ": %s", layer->member_number,
                 layer->window.below.origin + layer->member_start, what);
}

static void consumed_note(struct gzip_layer *layer)
{
    if (layer->window.below.is_lowest) layer->ledger->stored_consumed = offset_of(layer, layer->window.at);
}

/* Ends the stream for a limit. */
static void stop(struct gzip_layer *layer, enum coverage_reason reason, const char *limit,
                 const char *option)
{
    char detail[OBJECT_DETAIL_SIZE];
    consumed_note(layer);
    snprintf(detail, sizeof detail,
             "%s reached in gzip member %" PRIu64 " at offset %" PRIu64 "; %s raises it", limit,
             layer->member_number, layer->window.below.origin + offset_of(layer, layer->window.at), option);
    ledger_stop(layer->ledger, reason, detail);
    layer->phase = PHASE_DONE;
}

/* --- is there a member? ------------------------------------------------------------------------
 */

enum probe { PROBE_NO, PROBE_LIKELY, PROBE_SURE };

static bool probe_open(struct gzip_layer *layer)
{
    if (layer->probe != NULL) return true;
    layer->probe = inflation_open(INFLATER_ZLIB);
    layer->scratch = malloc(PROBE_SURE_BYTES);
    if (layer->probe != NULL && layer->scratch != NULL) return true;
    inflation_close(layer->probe);
    free(layer->scratch);
    layer->probe = NULL;
    layer->scratch = NULL;
    layer->no_memory = true;
    return false;
}

static uint32_t little_endian_32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Judges by decoding a first piece of it. */
static enum probe member_probe(struct gzip_layer *layer, size_t index)
{
    const uint8_t *at = layer->window.buffer + index, *end = layer->window.buffer + window_end(&layer->window);
    if (!gzip_begins(at, (size_t)(end - at)) || !probe_open(layer)) return PROBE_NO;
    struct gzip_header header;
    gzip_header_reset(&header);
    at += gzip_header_take(&header, at, (size_t)(end - at));
    if (header.part != GZIP_HEADER_DONE) return PROBE_NO;

    uint32_t crc = 0;
    size_t total = 0, count = 0;
    enum inflate_result result;
    inflation_reset(layer->probe);
    do {
        result = inflation_run(layer->probe, &at, (size_t)(end - at), layer->scratch,
                               PROBE_SURE_BYTES, &count);
        crc = inflate_crc32(crc, layer->scratch, count);
        total += count;
    } while (result == INFLATE_MORE && count > 0 && total < PROBE_SURE_BYTES);
    if (result == INFLATE_DAMAGED) return PROBE_NO;
    if (result == INFLATE_MORE)
        return total >= PROBE_SURE_BYTES ? PROBE_SURE : total > 0 ? PROBE_LIKELY : PROBE_NO;
    if (end - at >= TRAILER_BYTES && little_endian_32(at) == crc &&
        little_endian_32(at + 4) == (uint32_t)total)
        return PROBE_SURE;
    return total >= PROBE_FEW_BYTES ? PROBE_LIKELY : PROBE_NO;
}

/* Whether these bytes were delivered just now: gzip within the member, stored without compression.
 */
static bool is_content(struct gzip_layer *layer, size_t index)
{
    size_t length = window_end(&layer->window) - index;
    size_t count = inflation_history(layer->inflation, layer->scratch);
    if (length > CONTENT_BYTES) length = CONTENT_BYTES;
    return memmem(layer->scratch, count, layer->window.buffer + index, length) != NULL;
}

/* A sure member that begins in what was consumed already, behind the start of the present one. */
static bool search_back(struct gzip_layer *layer)
{
    size_t from = layer->window.at > HISTORY_BYTES ? layer->window.at - HISTORY_BYTES : 0;
    if (offset_of(layer, from) <= layer->member_start)
        from = (size_t)(layer->member_start + 1 - layer->window.base);
    while (from < layer->window.at) {
        const uint8_t *found = memchr(layer->window.buffer + from, 0x1F, layer->window.at - from);
        if (found == NULL) return false;
        from = (size_t)(found - layer->window.buffer);
        if (member_probe(layer, from) == PROBE_SURE && !is_content(layer, from)) {
            layer->window.at = from;
            return true;
        }
        from++;
    }
    return false;
}

/* Goes on to the next member; false at the end. */
static bool search_on(struct gzip_layer *layer)
{
    for (;;) {
        if (layer->window.at == window_end(&layer->window) && !hole_pass(layer) && !window_has(&layer->window, 1) &&
            layer->window.hole != layer->window.at)
            return false;
        size_t end = window_end(&layer->window);
        const uint8_t *found = memchr(layer->window.buffer + layer->window.at, 0x1F, end - layer->window.at);
        layer->window.at = found == NULL ? end : (size_t)(found - layer->window.buffer);
        if (found == NULL || !window_has(&layer->window, GZIP_MAGIC_BYTES) ||
            !gzip_begins(layer->window.buffer + layer->window.at, GZIP_MAGIC_BYTES)) {
            if (found != NULL) layer->window.at++;
            continue;
        }
        (void)window_has(&layer->window, PROBE_AHEAD_BYTES);
        if (member_probe(layer, layer->window.at) != PROBE_NO) return true;
        layer->window.at++;
    }
}

/* --- trouble -----------------------------------------------------------------------------------
 */

/* The present member goes no further: on to the next one, and what lies between is unexamined. */
static void damage(struct gzip_layer *layer, const char *what)
{
    mark(layer, COVERAGE_CORRUPT_STREAM, what);
    uint64_t damaged_at = offset_of(layer, layer->window.at);
    uint64_t holes = layer->window.holes_passed_bytes; /* counted already where they were met */
    bool found = search_back(layer) || search_on(layer);
    holes = layer->window.holes_passed_bytes - holes;
    uint64_t now = offset_of(layer, layer->window.at);
    if (layer->window.below.is_lowest && now > damaged_at + holes)
        layer->ledger->stored_unexamined += now - damaged_at - holes;
    layer->gap_next = true;
    layer->phase = found ? PHASE_MEMBER : PHASE_DONE;
}

/* gave: whether anything came out of the member before its end; else none of its bytes was examined. */
static void truncated(struct gzip_layer *layer, bool gave)
{
    mark(layer, COVERAGE_TRUNCATED, "ends too early");
    bool found = search_back(layer);
    if (layer->window.below.is_lowest && !gave)
        layer->ledger->stored_unexamined += offset_of(layer, layer->window.at) - layer->member_start;
    layer->gap_next = true;
    layer->phase = found ? PHASE_MEMBER : PHASE_DONE;
}

/* Bytes behind a member that begin no member. */
static void residue(struct gzip_layer *layer)
{
    struct stream_outcome *outcome = layer->ledger->outcome;
    if (layer->member_is_bad && search_back(layer)) {
        layer->gap_next = true;
        return;
    }
    uint64_t start = layer->window.below.origin + offset_of(layer, layer->window.at),
             offset = offset_of(layer, layer->window.at);
    outcome_mark(outcome, OBJECT_PARTIAL, COVERAGE_RESIDUE_SCANNED_RAW,
                 "bytes that are no gzip from offset %" PRIu64 " on", start);
    layer->raw_until = UINT64_MAX;
    layer->phase = PHASE_RAW;
    layer->gap_next = true;
    if (layer->window.below.seek == NULL) return;
    if (!search_on(layer)) {
        outcome->has_residue = true;
        outcome->residue_start = (int64_t)start;
        layer->phase = PHASE_DONE;
        return;
    }
    layer->raw_until = offset_of(layer, layer->window.at);
    if (!window_seek(&layer->window, offset)) {
        outcome_mark(outcome, OBJECT_PARTIAL, COVERAGE_IO_ERROR,
                     "cannot go back to offset %" PRIu64, start);
        layer->phase = PHASE_MEMBER;
        return;
    }
}

/* --- the way of the bytes ----------------------------------------------------------------------
 */

static void member_begin(struct gzip_layer *layer)
{
    hole_pass(layer);
    if (!window_has(&layer->window, GZIP_MAGIC_BYTES) && layer->window.at == window_end(&layer->window)) {
        if (layer->window.hole != layer->window.at) layer->phase = PHASE_DONE;
        return;
    }
    if (!gzip_begins(layer->window.buffer + layer->window.at, window_end(&layer->window) - layer->window.at)) {
        residue(layer);
        return;
    }
    layer->member_number++;
    if (!ledger_member(layer->ledger)) {
        stop(layer, COVERAGE_LIMIT_MEMBERS, "the number of members", "--max-members");
        return;
    }
    layer->member_start = offset_of(layer, layer->window.at);
    layer->member_bytes = 0;
    layer->member_crc = 0;
    layer->member_is_bad = false;
    gzip_header_reset(&layer->header);
    inflation_reset(layer->inflation);
    layer->phase = PHASE_HEADER;
}

static void header_read(struct gzip_layer *layer)
{
    if (!window_has(&layer->window, 1)) {
        if (layer->window.hole == layer->window.at)
            damage(layer, "bytes are missing in its header");
        else
            truncated(layer, false);
        return;
    }
    layer->window.at +=
        gzip_header_take(&layer->header, layer->window.buffer + layer->window.at, window_end(&layer->window) - layer->window.at);
    if (layer->header.part != GZIP_HEADER_DONE) return;
    if (!gzip_header_holds(&layer->header)) {
        layer->member_is_bad = true;
        mark(layer, COVERAGE_BAD_CHECKSUM, "checksum of the header does not hold");
    }
    layer->phase = PHASE_BODY;
}

/* Decodes what is in the window, as far as there is room. */
static enum inflate_result window_decode(struct gzip_layer *layer, uint8_t *output, size_t room, size_t *count)
{
    const uint8_t *input = layer->window.buffer + layer->window.at;
    enum inflate_result result = inflation_run(layer->inflation, &input, window_left(&layer->window), output, room, count);
    layer->window.at = (size_t)(input - layer->window.buffer);
    layer->member_crc = inflate_crc32(layer->member_crc, output, *count);
    layer->member_bytes += *count;
    return result;
}

/* Decodes into output (DECODED_STEP_BYTES) until it is as good as full, or nothing more can be had of the member; none, or what was decoded. */
static size_t body_read(struct gzip_layer *layer, uint8_t *output)
{
    size_t count = 0, more;
    enum inflate_result result;
    bool has_more = window_has(&layer->window, 1);
    do {
        result = window_decode(layer, output + count, DECODED_STEP_BYTES - count, &more);
        count += more;
        has_more &= result == INFLATE_MORE && DECODED_STEP_BYTES - count >= DECODED_ROOM_LEAST_BYTES && window_has(&layer->window, 1);
    } while (has_more);
    consumed_note(layer);
    if (result == INFLATE_END) layer->phase = PHASE_TRAILER;
    if (result == INFLATE_DAMAGED) damage(layer, "no deflate data");
    if (result != INFLATE_MORE || count > 0 || layer->window.at < window_end(&layer->window)) return count;
    bool at_hole = layer->window.hole == layer->window.at;
    if (!at_hole && !layer->window.below_ended) return 0;
    count = inflation_last(layer->inflation, output);
    if (at_hole)
        damage(layer, "bytes are missing in its data");
    else
        truncated(layer, layer->member_bytes + count > 0);
    return count;
}

static void trailer_read(struct gzip_layer *layer)
{
    if (!window_has(&layer->window, TRAILER_BYTES)) {
        if (layer->window.hole < layer->window.end) {
            damage(layer, "bytes are missing in its checksum");
            return;
        }
        layer->window.at = window_end(&layer->window);
        truncated(layer, true);
        return;
    }
    const uint8_t *at = layer->window.buffer + layer->window.at;
    if (little_endian_32(at) != layer->member_crc) {
        layer->member_is_bad = true;
        mark(layer, COVERAGE_BAD_CHECKSUM, "checksum does not hold");
    } else if (little_endian_32(at + 4) != (uint32_t)layer->member_bytes) {
        layer->member_is_bad = true;
        mark(layer, COVERAGE_BAD_CHECKSUM, "length does not hold");
    }
    layer->window.at += TRAILER_BYTES;
    layer->phase = PHASE_MEMBER;
    consumed_note(layer);
}

/* Bytes that are no gzip, as they are, up to where a member may begin. */
static size_t raw_read(struct gzip_layer *layer, uint8_t *output, size_t room)
{
    if (offset_of(layer, layer->window.at) == layer->raw_until) {
        layer->phase = PHASE_MEMBER;
        layer->gap_next = true;
        return 0;
    }
    if (hole_pass(layer)) return 0;
    if (!window_has(&layer->window, 1)) {
        if (layer->window.hole != layer->window.at) layer->phase = PHASE_DONE;
        return 0;
    }
    const uint8_t *from = layer->window.buffer + layer->window.at;
    size_t count = window_end(&layer->window) - layer->window.at;
    if (layer->raw_until != UINT64_MAX) {
        uint64_t left = layer->raw_until - offset_of(layer, layer->window.at);
        if (count > left) count = (size_t)left;
    } else if (*from == 0x1F && window_has(&layer->window, GZIP_MAGIC_BYTES) &&
               gzip_begins(layer->window.buffer + layer->window.at, GZIP_MAGIC_BYTES) &&
               (window_has(&layer->window, PROBE_AHEAD_BYTES), member_probe(layer, layer->window.at)) != PROBE_NO) {
        layer->raw_until = offset_of(layer, layer->window.at);
        return 0;
    } else {
        from = layer->window.buffer + layer->window.at; /* the window may have moved */
        count = window_end(&layer->window) - layer->window.at;
        const uint8_t *next = memchr(from + 1, 0x1F, count - 1);
        if (next != NULL) count = (size_t)(next - from);
    }
    if (count > room) count = room;
    memcpy(output, from, count);
    layer->window.at += count;
    consumed_note(layer);
    return count;
}

/* Cuts what exceeds a limit off, and ends there. */
static size_t limits_hold(struct gzip_layer *layer, size_t count)
{
    enum coverage_reason limit = ledger_admit(layer->ledger, &count);
    if (limit == COVERAGE_LIMIT_BYTES) stop(layer, limit, "the number of decoded bytes", "--max-bytes");
    if (limit == COVERAGE_LIMIT_RATIO) stop(layer, limit, "the ratio of decoded to stored bytes", "--max-ratio");
    return count;
}

/* One step; decoded bytes if it gave some. */
static size_t step(struct gzip_layer *layer, uint8_t *output)
{
    switch (layer->phase) {
    case PHASE_MEMBER:
        member_begin(layer);
        return 0;
    case PHASE_HEADER:
        header_read(layer);
        return 0;
    case PHASE_BODY:
        return body_read(layer, output);
    case PHASE_TRAILER:
        trailer_read(layer);
        return 0;
    case PHASE_RAW:
        return raw_read(layer, output, DECODED_STEP_BYTES);
    case PHASE_DONE:
        return 0;
    }
    return 0;
}

/* A damage that shows behind delivered bytes asks for a gap after them, not before. */
static size_t decode(struct gzip_layer *layer, uint8_t *output, bool joined, bool *gap)
{
    if (!layer->is_started)
        window_fill(&layer->window); /* to the brim, however little recognised the layer */
    layer->is_started = true;
    while (layer->phase != PHASE_DONE && !layer->no_memory && !layer->window.no_memory) {
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

static enum status spare_fill(struct gzip_layer *layer, bool joined, bool *gap)
{
    if (layer->spare == NULL) layer->spare = malloc(DECODED_STEP_BYTES);
    if (layer->spare == NULL) return STATUS_FATAL;
    layer->spare_at = 0;
    layer->spare_end = decode(layer, layer->spare, joined, gap);
    return STATUS_OK;
}

enum status gzip_read(void *context, char *bytes, size_t capacity, bool joined, size_t *count,
                      bool *gap)
{
    struct gzip_layer *layer = context;
    *count = 0;
    *gap = false;
    if (layer->spare_at == layer->spare_end && capacity >= DECODED_STEP_BYTES) {
        *count = decode(layer, (uint8_t *)bytes, joined, gap);
    } else {
        if (layer->spare_at == layer->spare_end && spare_fill(layer, joined, gap) != STATUS_OK)
            return STATUS_FATAL;
        *count = layer->spare_end - layer->spare_at;
        if (*count > capacity) *count = capacity;
        if (*count > 0) memcpy(bytes, layer->spare + layer->spare_at, *count);
        layer->spare_at += *count;
    }
    if (layer->no_memory || layer->window.no_memory) return STATUS_FATAL;
    if (*count > 0 || (layer->gap_next && layer->phase != PHASE_DONE)) return STATUS_OK;
    return STATUS_END;
}
