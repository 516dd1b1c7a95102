#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/checksum.h"
#include "gzip_header.h"
#include "stored.h"
#include "stream_gzip.h"

struct stream {
    struct stored stored;
    struct stream_options options;
    struct stream_ledger ledger;
    struct stream_outcome outcome;
    struct gzip_layer **layers; /* from the lowest up; NULL until the first */
    size_t layer_count;
    bool is_open, is_settled, is_finished; /* settled: all layers are known */
};

static const struct stream_options defaults = {
    .ratio_max = 1000, .decoded_bytes_max = 1ULL << 40, .members_max = 10000000};

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
    made->outcome.status = OBJECT_COMPLETE;
    made->outcome.residue_start = -1;
    made->ledger.options = &made->options;
    made->ledger.outcome = &made->outcome;

    enum status status;
    made->is_open = stored_open(&made->stored, object, &made->ledger, &status);
    if (status == STATUS_FATAL) {
        stream_close(made);
        return fault_set(fault, STATUS_FATAL, "no memory for a digest");
    }
    *stream = made;
    if (made->is_open) return STATUS_OK;
    made->is_finished = true;
    if (object->size_bytes > 0) made->outcome.stored_unexamined = (uint64_t)object->size_bytes;
    return fault_set(fault, STATUS_DAMAGED, "%s", made->outcome.detail);
}

static enum status top_read(struct stream *stream, char *bytes, size_t capacity, bool joined,
                            size_t *count, bool *gap)
{
    if (stream->layer_count == 0)
        return stored_read(&stream->stored, bytes, capacity, joined, count, gap);
    return gzip_read(stream->layers[stream->layer_count - 1], bytes, capacity, joined, count, gap);
}

static enum status layer_add(struct stream *stream, const char *first, size_t first_bytes,
                             bool first_gap)
{
    struct gzip_layer **layers =
        realloc(stream->layers, (stream->layer_count + 1) * sizeof *layers);
    if (layers == NULL) return STATUS_FATAL;
    stream->layers = layers;

    struct byte_reader below = {.read = gzip_read};
    if (stream->layer_count > 0) {
        below.context = layers[stream->layer_count - 1];
    } else {
        below = (struct byte_reader){
            &stream->stored, file_read, NULL, file_missing, (uint64_t)stream->stored.begin, true};
        if (stream->stored.can_seek) below.seek = file_seek;
    }
    layers[stream->layer_count] = gzip_open(&below, &stream->ledger, first, first_bytes, first_gap);
    if (layers[stream->layer_count] == NULL) return STATUS_FATAL;
    stream->layer_count++;

    size_t used = strlen(stream->outcome.layers);
    if (used + sizeof "gzip>" <= sizeof stream->outcome.layers)
        strcpy(stream->outcome.layers + used, "gzip>");
    return STATUS_OK;
}

/* Looks at the first bytes of each layer until they are no gzip; these are then the first to give.
 */
static enum status settle(struct stream *stream, char *bytes, size_t *count, bool *gap)
{
    for (;;) {
        enum status status = STATUS_OK;
        *count = 0;
        while (status == STATUS_OK && *count < GZIP_MAGIC_BYTES) {
            size_t more;
            bool more_gap;
            status = top_read(stream, bytes + *count, GZIP_FIRST_BYTES - *count, *count > 0, &more,
                              &more_gap);
            if (status == STATUS_FATAL) return status;
            if (*count == 0) *gap = more_gap;
            if (status == STATUS_OK && more == 0) break;
            *count += more;
        }
        if (!gzip_begins((const uint8_t *)bytes, *count)) break;
        if (stream->layer_count == stream->options.depth_max) {
            outcome_mark(&stream->outcome, OBJECT_PARTIAL, COVERAGE_LIMIT_DEPTH,
                         "gzip within %zu layers is not decoded; --max-depth raises it",
                         stream->layer_count);
            break;
        }
        status = layer_add(stream, bytes, *count, *gap);
        if (status != STATUS_OK) return status;
    }
    stream->is_settled = true;
    return *count > 0 ? STATUS_OK : STATUS_END;
}

/* From a decoder as much as fits; from a file what one read gives. */
static enum status read_on(struct stream *stream, char *bytes, size_t capacity, size_t *count,
                           bool *gap)
{
    enum status status = top_read(stream, bytes, capacity, false, count, gap);
    if (stream->layer_count == 0) return status;
    while (status == STATUS_OK && capacity - *count >= GZIP_ROOM_BYTES) {
        size_t more;
        bool no_gap;
        status = top_read(stream, bytes + *count, capacity - *count, true, &more, &no_gap);
        if (more == 0) break;
        *count += more;
    }
    return status == STATUS_END && *count > 0 ? STATUS_OK : status;
}

enum status stream_read(struct stream *stream, char *bytes, size_t capacity, size_t *count,
                        bool *gap, struct fault *fault)
{
    *count = 0;
    *gap = false;
    if (stream->is_finished) return STATUS_END;
    enum status status = stream->is_settled ? read_on(stream, bytes, capacity, count, gap)
                                            : settle(stream, bytes, count, gap);
    if (status == STATUS_FATAL)
        return fault_set(fault, STATUS_FATAL, "no memory to decode a stream");
    if (status == STATUS_END && !stream->stored.interrupted)
        stored_finish(&stream->stored, bytes, capacity);
    if (stream->stored.interrupted) {
        *count = 0; /* a layer may take what came for the whole */
        return STATUS_END;
    }
    stream->outcome.decoded_bytes += *count;
    stream->is_finished = status == STATUS_END;
    return status;
}

bool stream_interrupted(const struct stream *stream)
{
    return stream->stored.interrupted;
}

bool stream_can_jump(const struct stream *stream)
{
    const struct stored *stored = &stream->stored;
    return stream->is_settled && stream->layer_count == 0 && stored->can_seek && stored->hash == NULL &&
           stored->missing_bytes == 0 && stored->end != INT64_MAX;
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
    stream->is_settled = true; /* its first bytes may be any */
    return true;
}

void stream_give_up(struct stream *stream, enum coverage_reason reason, const char *detail)
{
    outcome_mark(&stream->outcome, OBJECT_FAILED, reason, "%s", detail);
    stream->is_finished = true;
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
    return &stream->outcome;
}

void stream_close(struct stream *stream)
{
    if (stream == NULL) return;
    for (size_t i = 0; i < stream->layer_count; i++)
        gzip_close(stream->layers[i]);
    free(stream->layers);
    stored_close(&stream->stored);
    free(stream);
}
