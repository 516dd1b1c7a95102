#include "digest_runs.h"

#include <endian.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/bytes.h"
#include "../support/parallel.h"
#include "run_merge.h"

enum { JOINED_MAX = 48, NAME_SIZE = 32, KEY_BYTES = 2, REST_BYTES = DIGEST_BITS / 8 - KEY_BYTES, RANGES_PER_THREAD = 4 };

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

/* Digests of one key, until the next key comes. */
struct gathering {
    struct run_writer *writer;
    char key[KEY_BYTES];
    struct bytes rest;
    uint64_t distinct;
};

static enum status gathering_put(struct gathering *gathering, struct fault *fault)
{
    if (gathering->rest.count == 0) return STATUS_OK;
    struct span value = {gathering->rest.at, gathering->rest.count};
    gathering->rest.count = 0;
    return run_writer_add(gathering->writer, (struct span){gathering->key, KEY_BYTES}, value, fault);
}

enum { DIGESTS_AT_ONCE = 256, SPARE_BYTES = 16 - REST_BYTES }; /* a digest is written in two words, over the place of the next */

static inline unsigned key_of(const struct digest *digest)
{
    return (unsigned)(digest->high >> (64 - 8 * KEY_BYTES));
}

/* What follows the key, the highest byte first. */
static inline void rest_write(char *to, const struct digest *digest)
{
    uint64_t first = htobe64(digest->high << 8 * KEY_BYTES | digest->low >> (64 - 8 * KEY_BYTES)), last = htobe64(digest->low << 8 * KEY_BYTES);
    memcpy(to, &first, sizeof first);
    memcpy(to + sizeof first, &last, sizeof last);
}

static enum status write_batch(void *context, const struct digest *digests, size_t count, struct fault *fault)
{
    struct gathering *gathering = context;
    gathering->distinct += count;
    for (size_t i = 0; i < count;) {
        unsigned key = key_of(&digests[i]);
        char bytes[KEY_BYTES] = {(char)(unsigned char)(key >> 8), (char)(unsigned char)(key & 0xFF)};
        if (memcmp(bytes, gathering->key, KEY_BYTES) != 0) {
            enum status status = gathering_put(gathering, fault);
            if (status != STATUS_OK) return status;
            memcpy(gathering->key, bytes, KEY_BYTES);
        }
        size_t end = i + DIGESTS_AT_ONCE < count ? i + DIGESTS_AT_ONCE : count;
        if (!bytes_reserve(&gathering->rest, DIGESTS_AT_ONCE * REST_BYTES + SPARE_BYTES)) return no_memory(fault);
        char *to = gathering->rest.at + gathering->rest.count;
        for (; i < end && key_of(&digests[i]) == key; i++, to += REST_BYTES) rest_write(to, &digests[i]);
        gathering->rest.count = (size_t)(to - gathering->rest.at);
    }
    return STATUS_OK;
}

_Static_assert(KEY_BYTES == 2, "a key is two bytes of a digest's upper half");

enum status digest_run_write(int directory, const struct run_identity *identity, const char *name, struct digests *digests,
                             int thread_count, uint64_t *distinct, struct fault *fault)
{
    struct run_identity own = of_digests(identity);
    struct gathering gathering = {0};
    enum status status = run_writer_open(directory, name, &own, &gathering.writer, fault);
    if (status != STATUS_OK) return status;
    status = digests_write_sorted(digests, thread_count, write_batch, &gathering, fault);
    if (status == STATUS_OK) status = gathering_put(&gathering, fault);
    bytes_free(&gathering.rest);
    *distinct = gathering.distinct;
    if (status == STATUS_OK) return run_writer_finish(gathering.writer, NULL, fault);
    run_writer_abandon(gathering.writer);
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

/* What is in any of the sorted lists, once; false: a list is none. */
static bool join_lists(const struct span *lists, size_t count, struct bytes *joined, struct fault *fault, enum status *status)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (lists[i].len == 0 || lists[i].len % REST_BYTES != 0) return false;
        for (size_t at = REST_BYTES; at < lists[i].len; at += REST_BYTES)
            if (memcmp(lists[i].at + at - REST_BYTES, lists[i].at + at, REST_BYTES) >= 0) return false;
        total += lists[i].len;
    }
    size_t *at = calloc(count, sizeof *at);
    joined->count = 0;
    if (at == NULL || !bytes_reserve(joined, total)) {
        free(at);
        *status = no_memory(fault);
        return true;
    }
    for (;;) {
        const char *least = NULL;
        for (size_t i = 0; i < count; i++) {
            const char *next = lists[i].at + at[i];
            if (at[i] < lists[i].len && (least == NULL || memcmp(next, least, REST_BYTES) < 0)) least = next;
        }
        if (least == NULL) break;
        bytes_put(joined, least, REST_BYTES);
        const char *taken = joined->at + joined->count - REST_BYTES;
        for (size_t i = 0; i < count; i++)
            if (at[i] < lists[i].len && memcmp(lists[i].at + at[i], taken, REST_BYTES) == 0) at[i] += REST_BYTES;
    }
    free(at);
    return true;
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
    struct bytes joined = {0};
    while (status == STATUS_OK) {
        struct span key;
        const struct span *values;
        size_t value_count;
        status = run_merge_next(merge, &key, &values, &value_count, fault);
        if (status != STATUS_OK) break;
        if (key.len != KEY_BYTES || !join_lists(values, value_count, &joined, fault, &status))
            status = fault_set(fault, STATUS_DAMAGED, "a run of record digests is not what this program writes");
        if (status == STATUS_OK && writer != NULL) status = run_writer_add(writer, key, (struct span){joined.at, joined.count}, fault);
        *distinct += joined.count / REST_BYTES;
    }
    bytes_free(&joined);
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

enum status digest_runs_gather(int directory, const struct run_identity *identity, const struct run_origin *origins, size_t count,
                               uint32_t *number, uint64_t *distinct, struct fault *fault)
{
    /* What is left to join: the origins, then what was made of some of them. */
    size_t rounds = count / (JOINED_MAX - 1) + 2;
    struct run_origin *left = calloc(count + rounds, sizeof *left);
    char(*names)[NAME_SIZE] = calloc(rounds, sizeof *names);
    enum status status = left == NULL || names == NULL ? no_memory(fault) : STATUS_OK;
    if (status == STATUS_OK && count > 0) memcpy(left, origins, count * sizeof *left);
    size_t first = 0, made = 0;
    while (status == STATUS_OK) {
        size_t joined = count - first < JOINED_MAX ? count - first : JOINED_MAX;
        bool last = first + joined == count;
        snprintf(names[made], NAME_SIZE, "digests-%06u.run", ++*number);
        status = digest_runs_join(directory, identity, names[made], left + first, joined, distinct, fault);
        for (size_t i = first; i < first + joined; i++)
            for (size_t k = 0; k < made; k++)
                if (status == STATUS_OK && left[i].name == names[k]) unlinkat(directory, names[k], 0);
        first += joined;
        left[count++] = (struct run_origin){directory, identity, names[made++], NULL};
        if (last) break;
    }
    free(left);
    free(names);
    return status;
}
