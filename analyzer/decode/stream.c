#include "stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/checksum.h"
#include "container.h"
#include "decoder.h"
#include "stored.h"
#include "stream_gzip.h"

enum {
    FIRST_BYTES = 64 << 10,         /* the most that is read to recognise a layer */
    LATER_FREE_BYTES = 1 << 20      /* once a member was ended by its ratio, each further one has so much without one */
};

/* One layer of compression. */
struct layer {
    const struct decoder *decoder;
    void *state;
};

/* An object that has begun and not ended: the file, a member of a container in it, a member of that ... */
struct level {
    uint32_t number;
    struct byte_reader base;          /* its bytes as they stand where it lies */
    struct stream_outcome outcome;
    struct stream_ledger ledger;
    struct layer *layers;             /* from the lowest up; NULL until the first */
    size_t layer_count;
    const struct container_format *format; /* NULL: no container */
    void *container;
    const struct container_format *within; /* of the container that it is a member of; NULL: a residue of the file, or the file */
    void *within_container;
    struct container_member *member;
    uint64_t base_bytes;              /* of a member: so many came */
    struct sha256 *hash;
    bool is_settled;                  /* all layers are known */
    uint8_t tail[CONTAINER_TAIL_BYTES]; /* the last bytes that it gave */
    bool has_ended;                   /* nothing more comes */
};

struct stream {
    struct stored stored;
    struct stream_options options;
    struct stream_limits limits;
    struct level **levels; /* [0] is the file; the last is the object in hand */
    size_t level_count, level_capacity;
    uint32_t next_number;
    struct stream_outcome ended; /* of the object that ended last */
    bool is_open, is_finished;   /* finished: all is known of the file's own bytes */
    bool residue_given, is_restricted;
    char residue_name[32];
};

static const struct stream_options defaults = {
    .ratio_max = 1000, .decoded_bytes_max = 1ULL << 40, .members_max = 10000000};

/* ------------------------------------------------------------------ the file as a reader */

static enum status file_read(void *context, char *bytes, size_t capacity, bool joined,
                             size_t *count, bool *gap)
{
    return stored_read(context, bytes, capacity, joined, count, gap);
}

static bool file_seek(void *context, uint64_t offset)
{
    struct stored *stored = context;
    return stored_seek(stored, stored->begin + (int64_t)offset);
}

static uint64_t file_missing(void *context)
{
    const struct stored *stored = context;
    return stored->missing_bytes;
}

static bool file_read_at(void *context, uint64_t offset, char *bytes, size_t count)
{
    const struct stored *stored = context;
    return stored_read_at(stored, stored->begin + (int64_t)offset, bytes, count);
}

static struct byte_reader file_reader(struct stored *stored)
{
    struct byte_reader reader = {
        .context = stored, .read = file_read, .missing = file_missing, .origin = (uint64_t)stored->begin, .is_lowest = true};
    if (!stored->can_seek) return reader;
    reader.seek = file_seek;
    if (stored->end == INT64_MAX) return reader;
    reader.read_at = file_read_at;
    reader.size = (uint64_t)(stored->end - stored->begin);
    return reader;
}

/* ------------------------------------------------------------------ levels */

static struct level *top_level(const struct stream *stream)
{
    return stream->levels[stream->level_count - 1];
}

static void level_close(struct level *level)
{
    if (level == NULL) return;
    if (level->format != NULL) level->format->close(level->container);
    for (size_t i = level->layer_count; i > 0; i--)
        decoder_close(level->layers[i - 1].decoder, level->layers[i - 1].state);
    free(level->layers);
    sha256_close(level->hash);
    free(level);
}

/* Bytes of a member, as its container gives them. */
static enum status member_read(void *context, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap)
{
    struct level *level = context;
    enum status status = level->within->read(level->within_container, bytes, capacity, joined, count, gap);
    if (status != STATUS_OK) return status;
    if (level->hash != NULL) sha256_add(level->hash, bytes, *count);
    level->base_bytes += *count;
    return status;
}

/* Bytes of the file behind its last member. */
static enum status residue_read(void *context, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap)
{
    struct level *level = context;
    enum status status = stored_read(level->within_container, bytes, capacity, joined, count, gap);
    if (status == STATUS_OK) level->base_bytes += *count;
    return status;
}

static struct level *level_push(struct stream *stream)
{
    if (stream->level_count == stream->level_capacity) {
        size_t capacity = 2 * stream->level_capacity + 4;
        struct level **levels = realloc(stream->levels, capacity * sizeof *levels);
        if (levels == NULL) return NULL;
        stream->levels = levels;
        stream->level_capacity = capacity;
    }
    struct level *level = calloc(1, sizeof *level);
    if (level == NULL) return NULL;
    level->number = stream->next_number++;
    level->outcome.status = OBJECT_COMPLETE;
    level->outcome.residue_start = -1;
    level->ledger = (struct stream_ledger){.options = &stream->options, .limits = &stream->limits, .outcome = &level->outcome};
    stream->levels[stream->level_count++] = level;
    return level;
}

static void chain_add(struct stream_outcome *outcome, const char *name)
{
    size_t used = strlen(outcome->layers), room = sizeof outcome->layers - used;
    if (strlen(name) + sizeof ">" <= room) snprintf(outcome->layers + used, room, "%s>", name);
}

/* Layers and containers around what the object in hand holds. */
static size_t depth_of(const struct stream *stream)
{
    size_t depth = 0;
    for (size_t i = 0; i < stream->level_count; i++) depth += stream->levels[i]->layer_count + (stream->levels[i]->format != NULL);
    return depth;
}

/* ------------------------------------------------------------------ open, close */

enum status stream_open(const struct object *object, const struct stream_options *options,
                        struct stream **stream, struct fault *fault)
{
    *stream = NULL;
    struct stream *made = calloc(1, sizeof *made);
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory for a stream");
    made->options = *options;
    if (made->options.ratio_max == 0) made->options.ratio_max = defaults.ratio_max;
    if (made->options.decoded_bytes_max == 0)
        made->options.decoded_bytes_max = defaults.decoded_bytes_max;
    if (made->options.members_max == 0) made->options.members_max = defaults.members_max;
    struct level *file = level_push(made);
    if (file == NULL) {
        free(made->levels);
        free(made);
        return fault_set(fault, STATUS_FATAL, "no memory for a stream");
    }
    made->limits = (struct stream_limits){.free_bytes = RATIO_FREE_BYTES, .stored_consumed = &file->ledger.stored_consumed};

    enum status status;
    made->is_open = stored_open(&made->stored, object, &file->ledger, &status);
    if (status == STATUS_FATAL) {
        stream_close(made);
        return fault_set(fault, STATUS_FATAL, "no memory for a digest");
    }
    file->base = file_reader(&made->stored);
    *stream = made;
    if (made->is_open) return STATUS_OK;
    made->is_finished = file->has_ended = true;
    if (object->size_bytes > 0) file->outcome.stored_unexamined = (uint64_t)object->size_bytes;
    return fault_set(fault, STATUS_DAMAGED, "%s", file->outcome.detail);
}

void stream_close(struct stream *stream)
{
    if (stream == NULL) return;
    while (stream->level_count > 0) level_close(stream->levels[--stream->level_count]);
    free(stream->levels);
    stored_close(&stream->stored);
    free(stream);
}

/* ------------------------------------------------------------------ bytes of the object in hand */

static struct byte_reader top_reader(const struct level *level)
{
    if (level->layer_count == 0) return level->base;
    const struct layer *top = &level->layers[level->layer_count - 1];
    return decoder_reader(top->decoder, top->state);
}

static enum status top_read(struct level *level, char *bytes, size_t capacity, bool joined,
                            size_t *count, bool *gap)
{
    struct byte_reader reader = top_reader(level);
    return reader.read(reader.context, bytes, capacity, joined, count, gap);
}

static enum status layer_add(struct level *level, const struct decoder *decoder, const char *first, size_t first_bytes,
                             bool first_gap)
{
    struct layer *layers = realloc(level->layers, (level->layer_count + 1) * sizeof *layers);
    if (layers == NULL) return STATUS_FATAL;
    level->layers = layers;
    struct byte_reader below = top_reader(level);
    struct layer *layer = &layers[level->layer_count];
    *layer = (struct layer){decoder, decoder_open(decoder, &below, &level->ledger, first, first_bytes, first_gap)};
    if (layer->state == NULL) return STATUS_FATAL;
    level->layer_count++;
    chain_add(&level->outcome, decoder->name);
    return STATUS_OK;
}

/* Reads first bytes of the topmost layer, until there are as many as it takes to recognise what they begin. */
static enum status first_read(struct level *level, char *bytes, size_t *count, bool *gap)
{
    size_t wanted = DECODER_SAMPLE_BYTES;
    *count = 0;
    while (*count < wanted) {
        size_t more;
        bool more_gap;
        enum status status = top_read(level, bytes + *count, FIRST_BYTES - *count, *count > 0, &more, &more_gap);
        if (status == STATUS_FATAL) return status;
        if (*count == 0) *gap = more_gap;
        if (status != STATUS_OK || more == 0) break;
        *count += more;
        if (*count >= wanted) wanted = decoder_look((const uint8_t *)bytes, *count);
    }
    return STATUS_OK;
}

static bool depth_holds(struct stream *stream, struct level *level, const char *name)
{
    size_t depth = depth_of(stream);
    if (depth < stream->options.depth_max) return true;
    outcome_mark(&level->outcome, OBJECT_PARTIAL, COVERAGE_LIMIT_DEPTH, "%s within %zu layers is not decoded; --max-depth raises it", name, depth);
    return false;
}

/* Looks at the first bytes of each layer until they are of no format that is decoded; these are then the first to give. */
static enum status settle(struct stream *stream, struct level *level, char *bytes, size_t *count, bool *gap)
{
    for (;;) {
        enum status status = first_read(level, bytes, count, gap);
        if (status != STATUS_OK) return status;
        const struct decoder *decoder = decoder_find((const uint8_t *)bytes, *count);
        if (decoder == NULL) break;
        if (!depth_holds(stream, level, decoder->name)) break;
        status = layer_add(level, decoder, bytes, *count, *gap);
        if (status != STATUS_OK) return status;
    }
    level->is_settled = true;
    struct byte_reader below = top_reader(level);
    const struct container_format *format = *count == 0 ? NULL : container_find((const uint8_t *)bytes, *count, &below);
    bool again = level->member != NULL && level->member->is_raw && level->within == format && level->layer_count == 0;
    if (format == NULL || again || !depth_holds(stream, level, format->name)) return *count > 0 ? STATUS_OK : STATUS_END;
    level->container = format->open(&below, &level->ledger, bytes, *count);
    if (level->container == NULL) return STATUS_FATAL;
    level->format = format;
    level->outcome.is_container = true;
    chain_add(&level->outcome, format->name);
    *count = 0;
    return STATUS_END;
}

/* From a decoder as much as fits; from a file what one read gives. */
static enum status read_on(struct level *level, char *bytes, size_t capacity, size_t *count,
                           bool *gap)
{
    enum status status = top_read(level, bytes, capacity, false, count, gap);
    if (level->layer_count == 0) return status;
    while (status == STATUS_OK && capacity - *count >= DECODED_STEP_BYTES) {
        size_t more;
        bool no_gap;
        status = top_read(level, bytes + *count, capacity - *count, true, &more, &no_gap);
        if (more == 0) break;
        *count += more;
    }
    return status == STATUS_END && *count > 0 ? STATUS_OK : status;
}

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to decode a stream");
}

/* Keeps the last bytes that an object gave. */
static void tail_keep(struct level *level, const char *bytes, size_t count)
{
    size_t kept = count < CONTAINER_TAIL_BYTES ? CONTAINER_TAIL_BYTES - count : 0;
    if (kept > 0) memmove(level->tail, level->tail + count, kept);
    memcpy(level->tail + kept, bytes + count - (CONTAINER_TAIL_BYTES - kept), CONTAINER_TAIL_BYTES - kept);
}

/* What was given as it is was the front of a zip: its members were not read. */
static void tail_look(struct level *level)
{
    bool bare_file = level->base.read_at != NULL && level->layer_count == 0;
    if (bare_file || level->outcome.decoded_bytes < CONTAINER_TAIL_BYTES || !container_zip_tail(level->tail, level->outcome.decoded_bytes)) return;
    outcome_mark(&level->outcome, OBJECT_PARTIAL, COVERAGE_UNSUPPORTED_FORMAT, "ends like a zip, which within something else is not looked for: members not unpacked");
}

/* All of the file's own bytes are gone through. */
static void file_finish(struct stream *stream, char *scratch, size_t capacity)
{
    if (stream->is_finished) return;
    stored_finish(&stream->stored, scratch, capacity);
    stream->is_finished = true;
}

enum status stream_read(struct stream *stream, char *bytes, size_t capacity, size_t *count,
                        bool *gap, struct fault *fault)
{
    struct level *level = top_level(stream);
    *count = 0;
    *gap = false;
    if (level->has_ended || stream->stored.interrupted) return STATUS_END;
    if (level->format != NULL) return STATUS_END;
    enum status status = level->is_settled ? read_on(level, bytes, capacity, count, gap) : settle(stream, level, bytes, count, gap);
    if (status == STATUS_FATAL) return no_memory(fault);
    bool is_file = level->number == 0 && level->format == NULL;
    if (*count > 0) tail_keep(level, bytes, *count);
    if (status == STATUS_END && level->format == NULL && !level->has_ended) tail_look(level);
    if (status == STATUS_END && is_file && !stream->stored.interrupted) file_finish(stream, bytes, capacity);
    if (stream->stored.interrupted) {
        *count = 0; /* a layer may take what came for the whole */
        return STATUS_END;
    }
    level->outcome.decoded_bytes += *count;
    level->has_ended = status == STATUS_END && level->format == NULL;
    return status;
}

size_t stream_room(const struct stream *stream)
{
    const struct level *level = top_level(stream);
    return level->layer_count > 0 || level->within != NULL ? DECODED_STEP_BYTES : 0;
}

/* ------------------------------------------------------------------ from object to object */

/* What becomes of a member once it has ended. Returns how much of it was not read. */
static uint64_t member_settle(struct level *level)
{
    struct stream_outcome *outcome = &level->outcome;
    struct stream_ledger *ledger = &level->ledger;
    uint64_t missing = 0;
    if (level->member != NULL) {
        const struct container_member *member = level->member;
        if (member->size != UINT64_MAX && member->size > level->base_bytes) missing = member->size - level->base_bytes;
        /* A limit that ended the member is why the rest did not come. */
        if (!ledger->stopped) outcome_mark(outcome, member->status, member->reason, "%s", member->detail);
    }
    if (ledger->stopped && ledger->stopped_at < level->base_bytes) ledger->stored_unexamined += level->base_bytes - ledger->stopped_at;
    if (ledger->stored_unexamined > level->base_bytes) ledger->stored_unexamined = level->base_bytes;
    outcome->stored_unexamined = ledger->stored_unexamined + missing;
    outcome->stored_examined = level->base_bytes - ledger->stored_unexamined;
    if (level->hash != NULL && missing == 0 && !ledger->stopped) {
        sha256_take(level->hash, outcome->sha256);
        outcome->hashed = true;
    }
    return missing;
}

static enum status level_end(struct stream *stream, struct stream_event *event)
{
    struct level *level = top_level(stream);
    uint64_t missing = member_settle(level);
    struct stream_outcome *around = &stream->levels[stream->level_count - 2]->outcome;
    /* Its container passes over the rest, which stays unexamined there as well. */
    if (missing > 0) outcome_mark(around, OBJECT_PARTIAL, level->outcome.reason, "%s: a member that is not read to its end", level->within->name);
    stream->ended = level->outcome;
    *event = (struct stream_event){.is_end = true, .number = level->number, .outcome = &stream->ended};
    stream->level_count--;
    level_close(level);
    return STATUS_OK;
}

/* Whether the rest of what a limit ended can be passed over: members of a container that lies bare in the file, and a
 * ratio, which is the member's own. */
static bool can_go_on(const struct stream *stream)
{
    const struct level *file = stream->levels[0];
    return stream->limits.tripped == COVERAGE_LIMIT_RATIO && file->format != NULL && file->layer_count == 0;
}

/* A limit ended the object in hand: it ends what that lies in too, up to a container that can go on. */
static enum status unwind(struct stream *stream, struct stream_event *event)
{
    struct level *level = top_level(stream);
    struct stream_limits *limits = &stream->limits;
    outcome_mark(&level->outcome, OBJECT_PARTIAL, limits->tripped, "%s", limits->detail);
    if (!level->ledger.stopped && (level->number != 0 || !can_go_on(stream))) {
        level->ledger.stopped = true;
        level->ledger.stopped_at = level->ledger.stored_consumed;
    }
    if (stream->level_count > 1) return level_end(stream, event);
    if (!can_go_on(stream)) {
        level->has_ended = true;
        if (level->format != NULL) level->format->close(level->container);
        level->container = NULL;
        level->format = NULL;
        return STATUS_END;
    }
    limits->tripped = COVERAGE_NONE;
    limits->decoded_bytes = 0;
    limits->consumed_before = level->ledger.stored_consumed;
    limits->free_bytes = LATER_FREE_BYTES;
    return STATUS_OK;
}

static enum status member_push(struct stream *stream, struct container_member *member, struct stream_event *event, struct fault *fault)
{
    struct level *parent = top_level(stream), *level = level_push(stream);
    if (level == NULL) return no_memory(fault);
    level->within = parent->format;
    level->within_container = parent->container;
    level->member = member;
    level->has_ended = level->outcome.is_listed = !member->has_bytes;
    level->base = (struct byte_reader){.context = level, .read = member_read, .is_lowest = true};
    snprintf(level->outcome.layers, sizeof level->outcome.layers, "%s", parent->outcome.layers);
    if (stream->options.hash && member->has_bytes && (level->hash = sha256_open()) == NULL) return no_memory(fault);
    *event = (struct stream_event){.number = level->number, .parent = parent->number, .name = member->name};
    return STATUS_OK;
}

static enum status residue_push(struct stream *stream, struct stream_event *event, struct fault *fault)
{
    const struct level *file = stream->levels[0];
    int64_t start = file->outcome.residue_start;
    stream->residue_given = true;
    if (!stored_seek(&stream->stored, start)) return STATUS_END;
    struct level *level = level_push(stream);
    if (level == NULL) return no_memory(fault);
    level->within_container = &stream->stored;
    level->base = (struct byte_reader){.context = level, .read = residue_read, .is_lowest = true};
    snprintf(stream->residue_name, sizeof stream->residue_name, "~%" PRId64, start);
    *event = (struct stream_event){.number = level->number, .name = stream->residue_name};
    return STATUS_OK;
}

/* The file itself has nothing more. */
static enum status file_next(struct stream *stream, struct stream_event *event, struct fault *fault)
{
    struct level *file = stream->levels[0];
    if (!stream->is_finished) {
        char *scratch = malloc(FIRST_BYTES);
        if (scratch == NULL) return no_memory(fault);
        file_finish(stream, scratch, FIRST_BYTES);
        free(scratch);
        if (stream->stored.interrupted) return STATUS_END;
    }
    file->has_ended = true;
    if (file->outcome.has_residue && !stream->residue_given) return residue_push(stream, event, fault);
    return STATUS_END;
}

enum status stream_next(struct stream *stream, struct stream_event *event, struct fault *fault)
{
    while (!stream->stored.interrupted) {
        struct level *level = top_level(stream);
        if (stream->limits.tripped != COVERAGE_NONE) {
            enum status status = unwind(stream, event);
            if (stream->limits.tripped != COVERAGE_NONE && status == STATUS_OK) return STATUS_OK;
            if (status == STATUS_END) return file_next(stream, event, fault);
            continue;
        }
        if (level->format != NULL) {
            struct container_member *member;
            enum status status = level->format->next(level->container, &member);
            if (status == STATUS_FATAL) return no_memory(fault);
            stream->stored.interrupted |= stop_is_wanted(&stream->options.stop); /* passwords may not have been tried to the end */
            if (stream->stored.interrupted) break;
            if (stream->limits.tripped != COVERAGE_NONE) continue;
            if (status == STATUS_OK && !ledger_member(&level->ledger)) {
                ledger_stop(&level->ledger, COVERAGE_LIMIT_MEMBERS, "the number of members reached; --max-members raises it");
                continue;
            }
            if (status == STATUS_OK) return member_push(stream, member, event, fault);
            level->format->close(level->container);
            level->container = NULL;
            level->format = NULL;
        }
        if (stream->level_count > 1) return level_end(stream, event);
        return file_next(stream, event, fault);
    }
    return STATUS_END;
}

bool stream_interrupted(const struct stream *stream)
{
    return stream->stored.interrupted;
}

/* ------------------------------------------------------------------ going on with a plain file */

bool stream_can_jump(const struct stream *stream)
{
    const struct stored *stored = &stream->stored;
    const struct level *file = stream->levels[0];
    return stream->level_count == 1 && file->is_settled && file->layer_count == 0 && !file->outcome.is_container && stored->can_seek &&
           stored->hash == NULL && stored->missing_bytes == 0 && stored->end != INT64_MAX;
}

bool stream_jump(struct stream *stream, uint64_t offset)
{
    struct stored *stored = &stream->stored;
    if (offset > (uint64_t)(stored->end - stored->begin)) return false;
    return stored_seek(stored, stored->begin + (int64_t)offset);
}

bool stream_restrict(struct stream *stream, uint64_t begin, uint64_t end)
{
    struct stored *stored = &stream->stored;
    if (!stream->is_open || !stored->can_seek || stored->hash != NULL || stored->end == INT64_MAX) return false;
    if (begin > end || end > (uint64_t)stored->end || !stored_seek(stored, (int64_t)begin)) return false;
    stored->begin = (int64_t)begin;
    stored->end = (int64_t)end;
    stored->walked_bytes = -1;
    stream->is_restricted = true;
    stream->levels[0]->is_settled = true; /* its first bytes may be any */
    return true;
}

size_t stream_read_behind(const struct stream *stream, char *bytes, size_t count)
{
    return stream->is_restricted ? stored_read_some(&stream->stored, stream->stored.end, bytes, count) : 0;
}

void stream_give_up(struct stream *stream, enum coverage_reason reason, const char *detail)
{
    outcome_mark(&stream->levels[0]->outcome, OBJECT_FAILED, reason, "%s", detail);
    stream->is_finished = stream->levels[0]->has_ended = true;
}

bool stream_ends_checksum(const struct stream *stream, uint64_t offset, uint64_t *checksum)
{
    const struct stored *stored = &stream->stored;
    if (offset > (uint64_t)(stored->end - stored->begin)) return false;
    size_t count = offset < STREAM_ENDS_BYTES ? (size_t)offset : STREAM_ENDS_BYTES;
    char *bytes = malloc(STREAM_ENDS_BYTES);
    struct checksum *sum = checksum_open();
    bool whole = bytes != NULL && sum != NULL;
    const int64_t places[] = {stored->begin, stored->begin + (int64_t)(offset - count)};
    for (int i = 0; i < 2 && whole; i++) {
        whole = stored_read_at(stored, places[i], bytes, count);
        if (whole) checksum_add(sum, bytes, count);
    }
    if (whole) *checksum = checksum_value(sum);
    checksum_close(sum);
    free(bytes);
    return whole;
}

uint64_t stream_stored_position(const struct stream *stream)
{
    return (uint64_t)(stream->stored.position - stream->stored.begin);
}

const struct stream_outcome *stream_outcome(const struct stream *stream)
{
    return &stream->levels[0]->outcome;
}

struct workbook *stream_workbook(struct stream *stream)
{
    const struct level *level = stream->level_count > 0 ? stream->levels[stream->level_count - 1] : NULL;
    if (level == NULL || level->within == NULL || level->within->workbook == NULL || level->layer_count > 0) return NULL;
    return level->within->workbook(level->within_container);
}

const struct stream_outcome *stream_current(const struct stream *stream)
{
    return &top_level(stream)->outcome;
}
