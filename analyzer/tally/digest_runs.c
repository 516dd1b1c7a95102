#include "digest_runs.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "../support/parallel.h"
#include "run_merge.h"

enum { KEY_BYTES = DIGEST_BITS / 8, RANGES_PER_THREAD = 4 };

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to count distinct records");
}

static struct run_identity of_digests(const struct run_identity *identity)
{
    struct run_identity made = *identity;
    made.content = RUN_CONTENT_DIGESTS;
    return made;
}

static enum status write_batch(void *context, const struct digest *digests, size_t count, struct fault *fault)
{
    struct run_writer *writer = context;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        char key[KEY_BYTES];
        for (int b = 0; b < 8; b++) key[b] = (char)(unsigned char)(digests[i].high >> (56 - 8 * b));
        for (int b = 0; b < KEY_BYTES - 8; b++) key[8 + b] = (char)(unsigned char)(digests[i].low >> (56 - 8 * b));
        status = run_writer_add(writer, (struct span){key, sizeof key}, (struct span){"", 0}, fault);
    }
    return status;
}

enum status digest_run_write(int directory, const struct run_identity *identity, const char *name, struct digests *digests,
                             int thread_count, struct fault *fault)
{
    struct run_identity own = of_digests(identity);
    struct run_writer *writer = NULL;
    enum status status = run_writer_open(directory, name, &own, &writer, fault);
    if (status != STATUS_OK) return status;
    status = digests_write_sorted(digests, thread_count, write_batch, writer, fault);
    if (status == STATUS_OK) return run_writer_finish(writer, NULL, fault);
    run_writer_abandon(writer);
    return status;
}

/* ------------------------------------------------------------------ several runs */

static void close_runs(struct run **runs, size_t count)
{
    for (size_t i = 0; runs != NULL && i < count; i++) run_close(runs[i]);
    free(runs);
}

static enum status open_runs(const struct run_origin *origins, size_t count, struct run ***runs, struct fault *fault)
{
    *runs = calloc(count + 1, sizeof **runs);
    enum status status = *runs == NULL ? no_memory(fault) : STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        struct run_identity own = of_digests(origins[i].identity);
        status = run_open(origins[i].directory, origins[i].name, &own, &(*runs)[i], fault);
    }
    return status;
}

/* Merges a range of keys and counts what is different; the writer may be NULL. */
static enum status merge_range(struct run *const *runs, size_t count, struct span from, struct span to, struct run_writer *writer,
                               uint64_t *distinct, struct fault *fault)
{
    struct run_cursor **cursors = calloc(count + 1, sizeof *cursors);
    struct run_merge *merge = NULL;
    enum status status = cursors == NULL ? no_memory(fault) : STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) status = run_cursor_open(runs[i], from, to, &cursors[i], fault);
    if (status == STATUS_OK) status = run_merge_open(cursors, count, &merge, fault);
    *distinct = 0;
    while (status == STATUS_OK) {
        struct span key;
        const struct span *values;
        size_t value_count;
        status = run_merge_next(merge, &key, &values, &value_count, fault);
        if (status == STATUS_OK && writer != NULL) status = run_writer_add(writer, key, (struct span){"", 0}, fault);
        *distinct += status == STATUS_OK;
    }
    run_merge_close(merge);
    for (size_t i = 0; cursors != NULL && i < count; i++) run_cursor_close(cursors[i]);
    free(cursors);
    return status == STATUS_END ? STATUS_OK : status;
}

struct counting {
    struct run **runs;
    size_t count;
    struct span *keys;
    size_t key_count;
    atomic_size_t next;
    struct outcome {
        uint64_t distinct;
        enum status status;
        struct fault fault;
    } *outcomes; /* of each thread */
};

static void count_ranges(void *context, int thread)
{
    struct counting *counting = context;
    struct outcome *outcome = &counting->outcomes[thread];
    struct span none = {NULL, 0};
    for (size_t i; outcome->status == STATUS_OK && (i = atomic_fetch_add(&counting->next, 1)) <= counting->key_count;) {
        uint64_t distinct = 0;
        outcome->status = merge_range(counting->runs, counting->count, i > 0 ? counting->keys[i - 1] : none,
                                      i < counting->key_count ? counting->keys[i] : none, NULL, &distinct, &outcome->fault);
        outcome->distinct += distinct;
    }
}

enum status digest_runs_count(const struct run_origin *origins, size_t count, int thread_count, uint64_t *distinct,
                              struct fault *fault)
{
    struct counting counting = {.count = count};
    size_t ranges = (size_t)thread_count * RANGES_PER_THREAD;
    enum status status = open_runs(origins, count, &counting.runs, fault);
    counting.keys = calloc(ranges, sizeof *counting.keys);
    counting.outcomes = calloc((size_t)thread_count, sizeof *counting.outcomes);
    if (status == STATUS_OK && (counting.keys == NULL || counting.outcomes == NULL)) status = no_memory(fault);
    if (status == STATUS_OK) status = run_split((const struct run *const *)counting.runs, count, ranges, counting.keys, &counting.key_count, fault);
    if (status == STATUS_OK) parallel_run(thread_count, count_ranges, &counting);
    *distinct = 0;
    for (int t = 0; t < thread_count && status == STATUS_OK; t++) {
        if (counting.outcomes[t].status != STATUS_OK) *fault = counting.outcomes[t].fault, status = counting.outcomes[t].status;
        *distinct += counting.outcomes[t].distinct;
    }
    free(counting.outcomes);
    free(counting.keys);
    close_runs(counting.runs, count);
    return status;
}

enum status digest_runs_join(int directory, const struct run_identity *identity, const char *name, const struct run_origin *origins,
                             size_t count, uint64_t *distinct, struct fault *fault)
{
    struct run **runs = NULL;
    struct run_writer *writer = NULL;
    struct run_identity own = of_digests(identity);
    struct span none = {NULL, 0};
    enum status status = open_runs(origins, count, &runs, fault);
    if (status == STATUS_OK) status = run_writer_open(directory, name, &own, &writer, fault);
    if (status == STATUS_OK) {
        status = merge_range(runs, count, none, none, writer, distinct, fault);
        if (status == STATUS_OK) status = run_writer_finish(writer, NULL, fault);
        else run_writer_abandon(writer);
    }
    close_runs(runs, count);
    return status;
}
