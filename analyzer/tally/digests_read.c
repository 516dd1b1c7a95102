#include <stdlib.h>

#include "../support/parallel.h"
#include "digesting.h"

enum {
    READ_BYTES = 4096, /* at least so much of a run is read at once */
    RUNS_AT_ONCE_LEAST = 16,
    OUT_DIGESTS = 4096
};

/* ---------------------------------------------------------------- merging runs */

/* A run that is being read, or what the desk has. */
struct source {
    struct digest now;
    const unsigned char *at, *end; /* read and not yet taken */
    uint64_t offset_bytes, left;   /* digests not yet read */
    unsigned char *buffer;
};

/* What one thread needs to read a partition out. */
struct reader {
    struct digests *digests;
    struct desk *desk;
    size_t merge_bytes;
    struct source *sources; /* heap: none is before its parent at half its number */
    size_t source_count, source_capacity;
    unsigned char *buffers;
    size_t buffer_bytes; /* of each source */
    struct digest *out;
};

static enum status source_next(const struct reader *reader, struct source *source, bool *end, struct fault *fault)
{
    *end = false;
    if (source->at == source->end) {
        uint64_t count = reader->buffer_bytes / DIGEST_BYTES;
        if (count > source->left) count = source->left;
        *end = count == 0;
        if (*end) return STATUS_OK;
        size_t bytes = (size_t)count * DIGEST_BYTES;
        enum status status = digest_file_read(reader->digests, source->offset_bytes, source->buffer, bytes, fault);
        if (status != STATUS_OK) return status;
        source->at = source->buffer;
        source->end = source->buffer + bytes;
        source->offset_bytes += bytes;
        source->left -= count;
    }
    source->now = digest_unpack(source->at);
    source->at += DIGEST_BYTES;
    return STATUS_OK;
}

static void sift_down(struct source *sources, size_t at, size_t count)
{
    struct source moving = sources[at];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && digest_before(sources[child + 1].now, sources[child].now)) child++;
        if (!digest_before(sources[child].now, moving.now)) break;
        sources[at] = sources[child];
    }
    sources[at] = moving;
}

static size_t runs_at_once(const struct reader *reader)
{
    size_t count = reader->merge_bytes / (READ_BYTES + sizeof(struct source));
    return count > RUNS_AT_ONCE_LEAST ? count : RUNS_AT_ONCE_LEAST;
}

static enum status merging_room(struct reader *reader, struct fault *fault)
{
    if (reader->buffers != NULL) return STATUS_OK;
    reader->source_capacity = runs_at_once(reader) + 1;
    reader->buffers = malloc(reader->source_capacity * READ_BYTES);
    reader->sources = malloc(reader->source_capacity * sizeof *reader->sources);
    reader->out = malloc(OUT_DIGESTS * sizeof *reader->out);
    if (reader->buffers == NULL || reader->sources == NULL || reader->out == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory to count records");
    return STATUS_OK;
}

static enum status sources_open(struct reader *reader, const struct digest_run *runs, size_t run_count,
                                size_t packed_count, struct fault *fault)
{
    enum status status = merging_room(reader, fault);
    if (status != STATUS_OK) return status;
    const unsigned char *packed = (const unsigned char *)reader->desk->records;
    reader->source_count = 0;
    reader->buffer_bytes = reader->source_capacity * READ_BYTES / (run_count + 1);
    for (size_t i = 0; i <= run_count; i++) {
        struct source source = {.buffer = reader->buffers + i * reader->buffer_bytes};
        if (i < run_count) {
            source.offset_bytes = runs[i].offset_bytes;
            source.left = runs[i].count;
        } else if (packed_count > 0) {
            source.at = packed;
            source.end = packed + packed_count * DIGEST_BYTES;
        }
        bool end;
        status = source_next(reader, &source, &end, fault);
        if (status != STATUS_OK) return status;
        if (!end) reader->sources[reader->source_count++] = source;
    }
    for (size_t i = reader->source_count / 2; i > 0; i--) sift_down(reader->sources, i - 1, reader->source_count);
    return STATUS_OK;
}

/* Hands each digest once, in order, to the sink: those of the runs, and packed_count that lie packed on the desk. */
static enum status merge(struct reader *reader, unsigned partition, const struct digest_run *runs, size_t run_count,
                         size_t packed_count, digests_sink *sink, void *context, struct fault *fault)
{
    size_t count = 0;
    struct digest last = {0, 0};
    bool any = false;
    enum status status = sources_open(reader, runs, run_count, packed_count, fault);
    while (status == STATUS_OK && reader->source_count > 0) {
        struct source *first = &reader->sources[0];
        if (!any || !digests_equal(first->now, last)) {
            any = true;
            last = first->now;
            reader->out[count++] = digest_with_partition(last, partition);
        }
        bool end;
        status = source_next(reader, first, &end, fault);
        if (end) *first = reader->sources[--reader->source_count];
        if (reader->source_count > 1) sift_down(reader->sources, 0, reader->source_count);
        if (status == STATUS_OK && count == OUT_DIGESTS) {
            status = sink(context, reader->out, count, fault);
            count = 0;
        }
    }
    if (status == STATUS_OK && count > 0) status = sink(context, reader->out, count, fault);
    return status;
}

struct rewriting {
    struct digests *digests;
    struct digest_run run;
};

static enum status write_merged(void *context, const struct digest *digests, size_t count, struct fault *fault)
{
    struct rewriting *rewriting = context;
    unsigned char packed[OUT_DIGESTS * DIGEST_BYTES];
    for (size_t i = 0; i < count; i++) digest_pack(packed + i * DIGEST_BYTES, digest_without_partition(digests[i]));
    uint64_t offset_bytes = rewriting->run.offset_bytes + rewriting->run.count * DIGEST_BYTES;
    rewriting->run.count += count;
    return digest_file_write(rewriting->digests, offset_bytes, packed, count * DIGEST_BYTES, fault);
}

/* Merges the first runs to one, as often as there are more than can be read at once. */
static enum status runs_lessen(struct reader *reader, unsigned number, struct fault *fault)
{
    struct digest_partition *partition = &reader->digests->partitions[number];
    enum status status = STATUS_OK;
    size_t most = runs_at_once(reader);
    while (status == STATUS_OK && partition->run_count > most) {
        uint64_t count = 0;
        for (size_t i = 0; i < most; i++) count += partition->runs[i].count;
        uint64_t offset_bytes = atomic_fetch_add(&reader->digests->file_bytes, count * DIGEST_BYTES);
        struct rewriting rewriting = {reader->digests, {offset_bytes, 0}};
        status = merge(reader, number, partition->runs, most, 0, write_merged, &rewriting, fault);
        if (status != STATUS_OK) break;
        partition->run_count -= most;
        memmove(partition->runs, partition->runs + most, partition->run_count * sizeof *partition->runs);
        status = digest_run_note(partition, rewriting.run, fault);
    }
    return status;
}

/* ---------------------------------------------------------------- reading partitions out */

struct reading {
    struct digests *digests;
    struct reader *readers; /* of each thread */
    size_t reader_count;
    digests_sink *sink; /* NULL: digests are only counted */
    void *context;
    atomic_uint next;
    atomic_uint_fast64_t distinct;
    pthread_mutex_t lock; /* over all that follows */
    pthread_cond_t moved;
    unsigned turn;      /* the partition whose turn it is at the sink */
    enum status status; /* the first that failed, and its fault */
    struct fault *fault;
};

static size_t records_most(const struct digests *digests, struct digest_partition *partition)
{
    return (atomic_load(&partition->chunk_count) + (size_t)digests->writer_count) * DIGEST_CHUNK_DIGESTS;
}

/* Points the desk to all that is in memory, and brings what is too much for it to the file before. */
static enum status reader_load(struct reader *reader, unsigned number, struct fault *fault)
{
    struct digests *digests = reader->digests;
    struct digest_partition *partition = &digests->partitions[number];
    enum status status = STATUS_OK;
    while (status == STATUS_OK && records_most(digests, partition) > reader->desk->records_max)
        status = digests_settle(digests, partition, reader->desk, true, fault);
    if (status == STATUS_OK) status = runs_lessen(reader, number, fault);
    size_t records = records_most(digests, partition);
    if (status == STATUS_OK) status = desk_fit(reader->desk, records / DIGEST_CHUNK_DIGESTS, records, fault);
    if (status != STATUS_OK) return status;
    for (uint32_t chunk = partition->first; chunk != 0; chunk = digests->chunks[chunk].next)
        desk_add(reader->desk, digests->chunks[chunk].packed, digests->chunks[chunk].count);
    for (const struct digest_writer *writer = digests->writers; writer != NULL; writer = writer->next) {
        size_t count;
        uint32_t chunk = digest_open_chunk(writer, number, &count);
        if (chunk != 0) desk_add(reader->desk, digests->chunks[chunk].packed, count);
    }
    return STATUS_OK;
}

static enum status add_count(void *context, const struct digest *digests, size_t count, struct fault *fault)
{
    (void)digests;
    (void)fault;
    *(uint64_t *)context += count;
    return STATUS_OK;
}

static enum status reader_count(struct reader *reader, unsigned number, uint64_t *distinct, struct fault *fault)
{
    struct digest_partition *partition = &reader->digests->partitions[number];
    if (partition->run_count == 0) {
        *distinct += desk_count(reader->desk);
        return STATUS_OK;
    }
    desk_sort(reader->desk);
    desk_pack(reader->desk);
    size_t packed_count = reader->desk->record_count;
    return merge(reader, number, partition->runs, partition->run_count, packed_count, add_count, distinct, fault);
}

/* The desk's digests are sorted already. */
static enum status emit(struct reader *reader, unsigned number, digests_sink *sink, void *context, struct fault *fault)
{
    struct digest_partition *partition = &reader->digests->partitions[number];
    struct desk *desk = reader->desk;
    if (partition->run_count > 0) {
        desk_pack(desk);
        return merge(reader, number, partition->runs, partition->run_count, desk->record_count, sink, context, fault);
    }
    if (desk->record_count == 0) return STATUS_OK;
    for (size_t i = 0; i < desk->record_count; i++) desk->records[i] = digest_with_partition(desk->records[i], number);
    return sink(context, desk->records, desk->record_count, fault);
}

static void note_failure(struct reading *reading, enum status status, const struct fault *fault)
{
    pthread_mutex_lock(&reading->lock);
    if (reading->status == STATUS_OK) *reading->fault = *fault;
    reading->status = status;
    pthread_cond_broadcast(&reading->moved);
    pthread_mutex_unlock(&reading->lock);
}

/* Emits a sorted partition once all before it are emitted. Partitions are taken in order, so that the one whose turn it is is always
 * on some thread. */
static enum status emit_in_turn(struct reading *reading, struct reader *reader, unsigned number, struct fault *fault)
{
    pthread_mutex_lock(&reading->lock);
    while (reading->turn != number && reading->status == STATUS_OK) pthread_cond_wait(&reading->moved, &reading->lock);
    bool going_on = reading->status == STATUS_OK;
    pthread_mutex_unlock(&reading->lock);
    if (!going_on) return STATUS_END;
    enum status status = emit(reader, number, reading->sink, reading->context, fault);
    if (status != STATUS_OK) return status;
    pthread_mutex_lock(&reading->lock);
    reading->turn++;
    pthread_cond_broadcast(&reading->moved);
    pthread_mutex_unlock(&reading->lock);
    return STATUS_OK;
}

static void read_partitions(void *context, int thread)
{
    struct reading *reading = context;
    struct reader *reader = &reading->readers[thread];
    struct fault fault;
    enum status status = STATUS_OK;
    for (unsigned number; status == STATUS_OK && (number = atomic_fetch_add(&reading->next, 1)) < DIGEST_PARTITIONS;) {
        uint64_t distinct = 0;
        status = reader_load(reader, number, &fault);
        if (status == STATUS_OK && reading->sink != NULL) {
            desk_sort(reader->desk);
            status = emit_in_turn(reading, reader, number, &fault);
        } else if (status == STATUS_OK) {
            status = reader_count(reader, number, &distinct, &fault);
        }
        atomic_fetch_add(&reading->distinct, distinct);
    }
    if (status != STATUS_OK && status != STATUS_END) note_failure(reading, status, &fault); /* END: another failed */
}

static void reading_close(struct reading *reading)
{
    for (size_t i = 0; reading->readers != NULL && i < reading->reader_count; i++) {
        desk_close(reading->readers[i].desk);
        free(reading->readers[i].sources);
        free(reading->readers[i].buffers);
        free(reading->readers[i].out);
    }
    free(reading->readers);
    pthread_mutex_destroy(&reading->lock);
    pthread_cond_destroy(&reading->moved);
}

/* As many threads as have room to sort the fullest partition; where no one has, as many as have room at all. */
static void plan(struct digests *digests, size_t thread_count, size_t *reader_count, size_t *records_max)
{
    size_t most = records_most(digests, digests_fullest(digests));
    size_t least = ((size_t)digests->writer_count + 4) * DIGEST_CHUNK_DIGESTS;
    size_t used_bytes = (size_t)(digests->chunks_touched - digests->chunks_free) * DIGEST_CHUNK_BYTES;
    /* Besides the shares of merging and of open writers' desks; never less than a share itself. */
    size_t records = (digests->options.memory_bytes - used_bytes - 2 * digests->share_bytes) / sizeof(struct digest);
    size_t needed = most <= records && most > least ? most : least;
    *reader_count = records / needed < thread_count ? records / needed : thread_count;
    if (*reader_count == 0) *reader_count = 1;
    *records_max = records / *reader_count > needed ? records / *reader_count : needed;
}

static enum status reading_open(struct digests *digests, int thread_count, struct reading *reading, struct fault *fault)
{
    size_t records_max;
    *reading = (struct reading){.digests = digests, .fault = fault};
    atomic_init(&reading->next, 0);
    atomic_init(&reading->distinct, 0);
    pthread_mutex_init(&reading->lock, NULL);
    pthread_cond_init(&reading->moved, NULL);
    plan(digests, thread_count < 1 ? 1 : (size_t)thread_count, &reading->reader_count, &records_max);
    reading->readers = calloc(reading->reader_count, sizeof *reading->readers);
    enum status status = STATUS_OK;
    if (reading->readers == NULL) status = fault_set(fault, STATUS_FATAL, "no memory to count records");
    for (size_t i = 0; status == STATUS_OK && i < reading->reader_count; i++) {
        reading->readers[i].digests = digests;
        reading->readers[i].merge_bytes = digests->share_bytes / reading->reader_count;
        status = desk_open(records_max, &reading->readers[i].desk, fault);
    }
    if (status != STATUS_OK) reading_close(reading);
    return status;
}

enum status digests_count(struct digests *digests, int thread_count, uint64_t *distinct, struct fault *fault)
{
    struct reading reading;
    enum status status = reading_open(digests, thread_count, &reading, fault);
    if (status != STATUS_OK) return status;
    parallel_run((int)reading.reader_count, read_partitions, &reading);
    *distinct = atomic_load(&reading.distinct);
    status = reading.status;
    reading_close(&reading);
    return status;
}

enum status digests_write_sorted(struct digests *digests, int thread_count, digests_sink *sink, void *context,
                                 struct fault *fault)
{
    struct reading reading;
    enum status status = reading_open(digests, thread_count, &reading, fault);
    if (status != STATUS_OK) return status;
    reading.sink = sink;
    reading.context = context;
    parallel_run((int)reading.reader_count, read_partitions, &reading);
    status = reading.status;
    reading_close(&reading);
    return status;
}
