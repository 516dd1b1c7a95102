#include "digests.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digesting.h"
#include "region.h"

enum {
    SCOUTS_EVERY = 16,
    SETTLE_CHUNKS = 8,
    SMALL_PAGES_BYTES = 2 << 20,
    FILE_TRIES = 1000,
    FILE_MODE = 0600
};

/* ---------------------------------------------------------------- chunks */

/* 0: all are in use. */
static uint32_t chunk_take(struct digests *digests)
{
    pthread_mutex_lock(&digests->lock);
    uint32_t chunk = digests->free_first;
    if (chunk != 0) {
        digests->free_first = digests->chunks[chunk].next;
        digests->chunks_free--;
    } else if (digests->chunks_touched < digests->chunk_count) {
        chunk = digests->chunks_touched++;
    }
    pthread_mutex_unlock(&digests->lock);
    return chunk;
}

/* Chunks that lead to one another; 0 is behind the last. */
struct chain {
    uint32_t first, count;
};

static struct digest_chunk *chain_last(const struct digests *digests, struct chain chain)
{
    struct digest_chunk *last = &digests->chunks[chain.first];
    while (last->next != 0) last = &digests->chunks[last->next];
    return last;
}

static void chain_free(struct digests *digests, struct chain chain)
{
    if (chain.count == 0) return;
    struct digest_chunk *last = chain_last(digests, chain);
    pthread_mutex_lock(&digests->lock);
    last->next = digests->free_first;
    digests->free_first = chain.first;
    digests->chunks_free += chain.count;
    pthread_mutex_unlock(&digests->lock);
}

/* Cuts up to `most` chunks off the partition's chain. */
static struct chain chain_cut(struct digests *digests, struct digest_partition *partition, size_t most)
{
    pthread_mutex_lock(&partition->lock);
    struct chain chain = {partition->first, 0};
    for (uint32_t chunk = chain.first; chunk != 0 && chain.count < most;) {
        struct digest_chunk *last = &digests->chunks[chunk];
        chunk = partition->first = last->next;
        if (++chain.count == most) last->next = 0;
    }
    atomic_fetch_sub(&partition->chunk_count, chain.count);
    pthread_mutex_unlock(&partition->lock);
    return chain;
}

/* Puts chunks to the partition's chain. true: it is time to look for repeated digests. */
static bool chain_put(struct digests *digests, struct digest_partition *partition, struct chain chain)
{
    if (chain.count == 0) return false;
    struct digest_chunk *last = chain_last(digests, chain);
    pthread_mutex_lock(&partition->lock);
    last->next = partition->first;
    partition->first = chain.first;
    bool due = atomic_fetch_add(&partition->chunk_count, chain.count) + chain.count >= partition->settle_at;
    pthread_mutex_unlock(&partition->lock);
    return due;
}

/* Writes what the desk has over the chain; what is left of that is freed. */
static void chain_overwrite(struct digests *digests, struct chain *chain, const struct desk *desk)
{
    struct chain rest = *chain;
    struct digest_chunk *to = NULL;
    for (size_t done = 0; done < desk->record_count; rest.count--) {
        to = &digests->chunks[rest.first];
        for (to->count = 0; to->count < DIGEST_CHUNK_DIGESTS && done < desk->record_count; to->count++)
            digest_pack(to->packed + to->count * DIGEST_BYTES, desk->records[done++]);
        rest.first = to->next;
    }
    if (to != NULL) to->next = 0;
    chain->count -= rest.count;
    chain_free(digests, rest);
}

/* ---------------------------------------------------------------- runs */

static enum status file_fault(const char *what, struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "the temporary file of record digests %s: %s", what, strerror(errno));
}

/* Gives the file no name to outlive us by. */
static enum status file_make(struct digests *digests, struct fault *fault)
{
    int folder = digests->options.directory_fd;
    if (folder < 0)
        return fault_set(fault, STATUS_FATAL, "counting distinct records needs more than %zu bytes of memory",
                         digests->options.memory_bytes);
    char name[DIGESTS_NAME_SIZE + 32];
    for (int try = 0; try < FILE_TRIES; try++) {
        snprintf(name, sizeof name, ".%s-digests-%03d.partial", digests->name, try);
        digests->descriptor = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
        if (digests->descriptor >= 0 || errno != EEXIST) break;
    }
    if (digests->descriptor < 0) return file_fault("cannot be made", fault);
    if (unlinkat(folder, name, 0) != 0) return file_fault("cannot be unlinked", fault);
    return STATUS_OK;
}

enum status digest_file_write(struct digests *digests, uint64_t offset_bytes, const unsigned char *bytes, size_t count,
                                    struct fault *fault)
{
    while (count > 0) {
        ssize_t written = pwrite(digests->descriptor, bytes, count, (off_t)offset_bytes);
        if (written < 0 && errno == EINTR) continue;
        if (written == 0) errno = ENOSPC;
        if (written <= 0) return file_fault("cannot be written", fault);
        bytes += written;
        count -= (size_t)written;
        offset_bytes += (uint64_t)written;
    }
    return STATUS_OK;
}

enum status digest_file_read(const struct digests *digests, uint64_t offset_bytes, unsigned char *bytes, size_t count,
                                   struct fault *fault)
{
    while (count > 0) {
        ssize_t got = pread(digests->descriptor, bytes, count, (off_t)offset_bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got == 0) errno = ENODATA;
        if (got <= 0) return file_fault("cannot be read", fault);
        bytes += got;
        count -= (size_t)got;
        offset_bytes += (uint64_t)got;
    }
    return STATUS_OK;
}

enum status digest_run_note(struct digest_partition *partition, struct digest_run run, struct fault *fault)
{
    enum status status = STATUS_OK;
    pthread_mutex_lock(&partition->lock);
    if (partition->run_count == partition->run_capacity) {
        size_t capacity = partition->run_capacity * 2 + 4;
        struct digest_run *grown = realloc(partition->runs, capacity * sizeof *grown);
        if (grown == NULL) {
            status = fault_set(fault, STATUS_FATAL, "no memory to count records");
        } else {
            partition->runs = grown;
            partition->run_capacity = capacity;
        }
    }
    if (status == STATUS_OK) partition->runs[partition->run_count++] = run;
    pthread_mutex_unlock(&partition->lock);
    return status;
}

/* Writes what the desk has, sorted; leaves it packed. */
static enum status run_write(struct digests *digests, struct digest_partition *partition, struct desk *desk,
                             struct fault *fault)
{
    pthread_mutex_lock(&digests->lock);
    enum status status = digests->descriptor < 0 ? file_make(digests, fault) : STATUS_OK;
    pthread_mutex_unlock(&digests->lock);
    if (status != STATUS_OK) return status;
    size_t bytes = desk->record_count * DIGEST_BYTES;
    uint64_t offset_bytes = atomic_fetch_add(&digests->file_bytes, bytes);
    struct digest_run run = {.offset_bytes = offset_bytes, .count = desk->record_count};
    status = digest_file_write(digests, run.offset_bytes, desk_pack(desk), bytes, fault);
    if (status == STATUS_OK) status = digest_run_note(partition, run, fault);
    return status;
}

/* ---------------------------------------------------------------- making room */

/* Leaves in chain what stays in use of it. */
static enum status settle_chain(struct digests *digests, struct digest_partition *partition, struct desk *desk,
                                bool short_of_memory, struct chain *chain, struct fault *fault)
{
    enum status status = desk_fit(desk, chain->count, (size_t)chain->count * DIGEST_CHUNK_DIGESTS, fault);
    if (status != STATUS_OK) return status;
    for (uint32_t chunk = chain->first; chunk != 0; chunk = digests->chunks[chunk].next)
        desk_add(desk, digests->chunks[chunk].packed, digests->chunks[chunk].count);
    desk_sort(desk);
    size_t needed = (desk->record_count + DIGEST_CHUNK_DIGESTS - 1) / DIGEST_CHUNK_DIGESTS;
    if (needed * 4 <= (size_t)chain->count * 3) {
        chain_overwrite(digests, chain, desk);
        atomic_store_explicit(&digests->repeats, true, memory_order_relaxed);
    } else if (short_of_memory) {
        status = run_write(digests, partition, desk, fault);
        if (status != STATUS_OK) return status;
        chain_free(digests, *chain);
        chain->count = 0;
    }
    return status;
}

enum status digests_settle(struct digests *digests, struct digest_partition *partition, struct desk *desk,
                           bool short_of_memory, struct fault *fault)
{
    struct chain chain = chain_cut(digests, partition, desk->records_max / DIGEST_CHUNK_DIGESTS);
    uint32_t count = chain.count;
    if (count == 0) return STATUS_OK;
    enum status status = settle_chain(digests, partition, desk, short_of_memory, &chain, fault);
    chain_put(digests, partition, chain);
    pthread_mutex_lock(&partition->lock);
    uint32_t chunks = atomic_load(&partition->chunk_count);
    partition->settle_at = chunks < SETTLE_CHUNKS / 2 ? SETTLE_CHUNKS : chunks * (chain.count < count ? 2 : 4);
    pthread_mutex_unlock(&partition->lock);
    return status;
}

static unsigned chunks_of(const struct digest_partition *partition)
{
    return atomic_load_explicit(&partition->chunk_count, memory_order_relaxed);
}

struct digest_partition *digests_fullest(struct digests *digests)
{
    struct digest_partition *found = &digests->partitions[0];
    for (struct digest_partition *p = found + 1; p < digests->partitions + DIGEST_PARTITIONS; p++)
        if (chunks_of(p) > chunks_of(found)) found = p;
    return found;
}

static enum status writer_desk(struct digest_writer *writer, struct fault *fault)
{
    struct digests *digests = writer->digests;
    if (writer->desk != NULL) return STATUS_OK;
    size_t bytes = digests->share_bytes / (size_t)digests->options.thread_count;
    return desk_open(bytes / sizeof(struct digest), &writer->desk, fault);
}

/* There are more chunks than all writers can have open, so that one is in a chain, or in the hands of another
 * thread that makes room, too. */
static enum status make_room(struct digest_writer *writer, uint32_t *chunk, struct fault *fault)
{
    enum status status = writer_desk(writer, fault);
    while (status == STATUS_OK && (*chunk = chunk_take(writer->digests)) == 0) {
        struct digest_partition *partition = digests_fullest(writer->digests);
        if (chunks_of(partition) == 0)
            sched_yield();
        else
            status = digests_settle(writer->digests, partition, writer->desk, true, fault);
    }
    return status;
}

/* ---------------------------------------------------------------- adding */

/* A writer without a chunk points behind chunk 0, which is nobody's. */
static char *no_chunk(const struct digests *digests)
{
    return (char *)digests->chunks + DIGEST_CHUNK_FULL;
}

static bool hand_in(struct digest_writer *writer, unsigned number)
{
    struct digests *digests = writer->digests;
    size_t count;
    uint32_t chunk = digest_open_chunk(writer, number, &count);
    if (chunk == 0) return false;
    digests->chunks[chunk].count = (uint32_t)count;
    digests->chunks[chunk].next = 0;
    writer->at[number] = no_chunk(digests);
    return chain_put(digests, &digests->partitions[number], (struct chain){chunk, 1});
}

enum status digest_chunk_next(struct digest_writer *writer, unsigned partition, struct fault *fault)
{
    struct digests *digests = writer->digests;
    enum status status = STATUS_OK;
    bool due = hand_in(writer, partition);
    if (due && (partition % SCOUTS_EVERY == 0 || atomic_load_explicit(&digests->repeats, memory_order_relaxed))) {
        status = writer_desk(writer, fault);
        if (status == STATUS_OK)
            status = digests_settle(digests, &digests->partitions[partition], writer->desk, false, fault);
    }
    if (status != STATUS_OK) return status;
    uint32_t chunk = chunk_take(digests);
    if (chunk == 0) status = make_room(writer, &chunk, fault);
    if (status == STATUS_OK) writer->at[partition] = (char *)&digests->chunks[chunk];
    return status;
}

enum status digest_writer_open(struct digests *digests, struct digest_writer **writer, struct fault *fault)
{
    *writer = NULL;
    struct digest_writer *made = calloc(1, sizeof *made);
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory to count records");
    made->digests = digests;
    for (size_t i = 0; i < DIGEST_PARTITIONS; i++) made->at[i] = no_chunk(digests);
    pthread_mutex_lock(&digests->lock);
    bool fits = digests->writer_count < digests->options.thread_count;
    if (fits) {
        digests->writer_count++;
        made->next = digests->writers;
        digests->writers = made;
    }
    pthread_mutex_unlock(&digests->lock);
    if (!fits) {
        free(made);
        return fault_set(fault, STATUS_FATAL, "more than %d threads count records", digests->options.thread_count);
    }
    *writer = made;
    return STATUS_OK;
}

void digest_writer_close(struct digest_writer *writer)
{
    if (writer == NULL) return;
    struct digests *digests = writer->digests;
    for (unsigned i = 0; i < DIGEST_PARTITIONS; i++) hand_in(writer, i);
    pthread_mutex_lock(&digests->lock);
    struct digest_writer **link = &digests->writers;
    while (*link != writer) link = &(*link)->next;
    *link = writer->next;
    digests->writer_count--;
    pthread_mutex_unlock(&digests->lock);
    desk_close(writer->desk);
    free(writer);
}

/* Only addresses are taken; less of them where a limit stands in the way, which makes files come sooner. */
static enum status chunks_reserve(struct digests *digests, size_t least, struct fault *fault)
{
    size_t count = digests->options.memory_bytes / 8 * 5 / DIGEST_CHUNK_BYTES;
    if (count > UINT32_MAX) count = UINT32_MAX;
    for (; count >= least && digests->chunks == NULL; count /= 2) {
        digests->chunks = pages_take(count * DIGEST_CHUNK_BYTES);
        digests->chunk_count = count;
    }
    if (digests->chunks == NULL) return fault_set(fault, STATUS_FATAL, "no memory to count records");
    /* Few records shall not cost a large page. */
    size_t small = digests->chunk_count * DIGEST_CHUNK_BYTES;
    madvise(digests->chunks, small < SMALL_PAGES_BYTES ? small : SMALL_PAGES_BYTES, MADV_NOHUGEPAGE);
    return STATUS_OK;
}

enum status digests_open(const struct digests_options *options, struct digests **digests, struct fault *fault)
{
    *digests = NULL;
    struct digests *made = calloc(1, sizeof *made);
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory to count records");
    made->options = *options;
    if (made->options.thread_count < 1) made->options.thread_count = 1;
    snprintf(made->name, sizeof made->name, "%s", options->name != NULL ? options->name : "records");
    made->options.name = made->name;
    made->descriptor = -1;
    made->chunks_touched = 1;
    size_t threads = (size_t)made->options.thread_count + 1, least_bytes = threads * DIGESTS_MEMORY_LEAST;
    if (made->options.memory_bytes < least_bytes) made->options.memory_bytes = least_bytes;
    made->share_bytes = made->options.memory_bytes / 8;
    pthread_mutex_init(&made->lock, NULL);
    for (size_t i = 0; i < DIGEST_PARTITIONS; i++) {
        pthread_mutex_init(&made->partitions[i].lock, NULL);
        made->partitions[i].settle_at = SETTLE_CHUNKS;
    }
    enum status status = chunks_reserve(made, threads * DIGEST_PARTITIONS, fault);
    if (status != STATUS_OK) {
        digests_close(made);
        return status;
    }
    *digests = made;
    return STATUS_OK;
}

struct pages digests_leave(struct digests *digests)
{
    struct pages pages = {(char *)digests->chunks, digests->chunks_touched * (size_t)DIGEST_CHUNK_BYTES, digests->chunk_count * DIGEST_CHUNK_BYTES};
    digests->chunks = NULL;
    return pages;
}

void digests_close(struct digests *digests)
{
    if (digests == NULL) return;
    if (digests->descriptor >= 0) close(digests->descriptor);
    pages_free(digests->chunks, digests->chunk_count * DIGEST_CHUNK_BYTES);
    for (size_t i = 0; i < DIGEST_PARTITIONS; i++) {
        pthread_mutex_destroy(&digests->partitions[i].lock);
        free(digests->partitions[i].runs);
    }
    pthread_mutex_destroy(&digests->lock);
    free(digests);
}
