#include "runs.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/parallel.h"
#include "run_merge.h"
#include "sorter.h"

enum {
    FAN_IN_MIN = 8,
    HOLDERS_AHEAD = 24,
    PIECE_HOLDERS = 512, /* so few that they are in the second cache when somebody follows */
    JOINED_INTO_ONE = 4,
    /* What a holder takes in memory beside its entry: its fixed part, rounding, the reference of its order. */
    HOLDER_OVERHEAD = sizeof(struct holder) + 2 * REGION_STEP + 8
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the runs of the counts");
}

/* ------------------------------------------------------------------ the set */

size_t runs_opened_count(const struct runs *runs)
{
    return runs->opened == NULL ? 0 : runs->count + (runs->booked != NULL);
}

static void close_all(struct runs *runs)
{
    for (size_t i = 0; i < runs_opened_count(runs); i++) run_close(runs->opened[i]);
    free(runs->opened);
    runs->opened = NULL;
    free(runs->booked);
    runs->booked = NULL;
}

void runs_free(struct runs *runs)
{
    close_all(runs);
    for (size_t i = 0; i < runs->count; i++) free(runs->names[i]);
    free(runs->names);
    for (size_t i = 0; i < runs->stale_count; i++) free(runs->stale[i]);
    free(runs->stale);
    *runs = (struct runs){.directory = -1};
}

void runs_drop_stale(struct runs *runs)
{
    for (size_t i = 0; i < runs->stale_count; i++) {
        unlinkat(runs->directory, runs->stale[i], 0);
        free(runs->stale[i]);
    }
    runs->stale_count = 0;
}

enum status runs_adopt(struct runs *runs, const char *name, struct fault *fault)
{
    close_all(runs); /* what is open is no longer all */
    if (runs->count == runs->capacity) {
        size_t capacity = 2 * runs->capacity + 16;
        char **names = realloc(runs->names, capacity * sizeof *names);
        if (names == NULL) return no_memory(fault);
        runs->names = names;
        runs->capacity = capacity;
    }
    char *copy = strdup(name);
    if (copy == NULL) return no_memory(fault);
    runs->names[runs->count++] = copy;
    unsigned number;
    if (sscanf(name, "holders-%u.run", &number) == 1 && number >= runs->next_number) runs->next_number = number + 1;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ workers that each write one run */

struct job {
    struct runs *runs;
    char name[32];
    struct run_writer *writer;
    uint64_t entries;
    enum status status;
    struct fault fault;
};

static enum status jobs_open(struct runs *runs, int count, struct job **jobs, struct fault *fault)
{
    *jobs = calloc((size_t)count, sizeof **jobs);
    if (*jobs == NULL) return no_memory(fault);
    for (int i = 0; i < count; i++) {
        (*jobs)[i].runs = runs;
        snprintf((*jobs)[i].name, sizeof(*jobs)[i].name, "holders-%06u.run", ++runs->next_number);
    }
    return STATUS_OK;
}

/* The file is made with the first entry, so that no run is empty. */
static enum status job_open(struct job *job)
{
    job->entries++;
    if (job->writer != NULL) return STATUS_OK;
    return run_writer_open(job->runs->directory, job->name, &job->runs->identity, &job->writer, &job->fault);
}

static enum status job_add(struct job *job, struct span key, struct span value)
{
    enum status status = job_open(job);
    if (status == STATUS_OK) status = run_writer_add(job->writer, key, value, &job->fault);
    return status;
}

static void job_finish(struct job *job)
{
    if (job->writer == NULL) return;
    if (job->status == STATUS_OK) job->status = run_writer_finish(job->writer, NULL, &job->fault);
    else run_writer_abandon(job->writer);
    job->writer = NULL;
}

/* Takes over what the jobs wrote: all of it, or nothing, since half of it would be counted beside what it was made of. */
static enum status jobs_close(struct runs *runs, struct job *jobs, int count, struct fault *fault)
{
    enum status status = STATUS_OK;
    size_t before = runs->count;
    for (int i = 0; i < count && status == STATUS_OK; i++) {
        if (jobs[i].status != STATUS_OK) *fault = jobs[i].fault, status = jobs[i].status;
        else if (jobs[i].entries > 0) status = runs_adopt(runs, jobs[i].name, fault);
    }
    while (status != STATUS_OK && runs->count > before) free(runs->names[--runs->count]);
    for (int i = 0; i < count && status != STATUS_OK; i++)
        if (jobs[i].status == STATUS_OK && jobs[i].entries > 0) unlinkat(runs->directory, jobs[i].name, 0);
    free(jobs);
    return status;
}

/* ------------------------------------------------------------------ spilling */

struct spilling {
    const struct tally *tally;
    const struct place_numbers *numbers;
    const struct customer_ref *refs;
    size_t count;
    int thread_count;
    struct job *jobs;
    const struct write_follower *follower; /* NULL: each thread writes one slice of the order */
    atomic_size_t next_piece;
};

/* In the order of keys holders lie anywhere: first the holder, then what it points to. */
__attribute__((always_inline)) static inline void prefetch_ahead(const struct tally *tally, const struct customer_ref *refs)
{
    const char *holder = region_at(&tally->region, refs[HOLDERS_AHEAD].holder);
    __builtin_prefetch(holder);
    __builtin_prefetch(holder + 64);
    const struct holder *nearer = region_at(&tally->region, refs[HOLDERS_AHEAD / 2].holder);
    const char *blob = region_at(&tally->region, nearer->blob);
    __builtin_prefetch(blob);
    __builtin_prefetch(blob + 64);
    if (nearer->blob_used > 128) __builtin_prefetch(blob + 128);
    __builtin_prefetch(region_at(&tally->region, nearer->points.at));
}

/* The holder whose value is made. */
struct spilled {
    const struct spilling *spilling;
    const struct holder *holder;
};

static bool spilled_value(void *context, struct bytes *value)
{
    const struct spilled *spilled = context;
    return entry_value_write(spilled->spilling->tally, spilled->holder, spilled->spilling->numbers, value);
}

static enum status spill_holder(struct spilling *spilling, struct job *job, struct bytes *key, const struct holder *holder)
{
    struct spilled spilled = {spilling, holder};
    key->count = 0;
    if (!entry_key_write(spilling->tally, holder, key)) return no_memory(&job->fault);
    enum status status = job_open(job);
    if (status == STATUS_OK) status = run_writer_make(job->writer, (struct span){key->at, key->count}, spilled_value, &spilled, &job->fault);
    return status;
}

static void spill_range(struct spilling *spilling, struct job *job, struct bytes *key, size_t from, size_t to)
{
    for (size_t i = from; i < to && job->status == STATUS_OK; i++) {
        if (i + HOLDERS_AHEAD < spilling->count) prefetch_ahead(spilling->tally, &spilling->refs[i]);
        job->status = spill_holder(spilling, job, key, region_at(&spilling->tally->region, spilling->refs[i].holder));
    }
}

/* Pieces go to whoever is free, and the follower gets each, even if it could not be written: somebody may wait for it. */
static void spill_pieces(struct spilling *spilling, int thread, struct bytes *key)
{
    for (;;) {
        size_t number = atomic_fetch_add(&spilling->next_piece, 1), from = number * PIECE_HOLDERS;
        if (from >= spilling->count) return;
        size_t to = from + PIECE_HOLDERS < spilling->count ? from + PIECE_HOLDERS : spilling->count;
        spill_range(spilling, &spilling->jobs[thread], key, from, to);
        spilling->follower->follow(spilling->follower->context, thread, number, from, to);
    }
}

static void spill(void *context, int thread)
{
    struct spilling *spilling = context;
    struct bytes key = {0};
    size_t from = spilling->count * (size_t)thread / (size_t)spilling->thread_count;
    size_t to = spilling->count * ((size_t)thread + 1) / (size_t)spilling->thread_count;
    if (spilling->follower != NULL) spill_pieces(spilling, thread, &key);
    else spill_range(spilling, &spilling->jobs[thread], &key, from, to);
    bytes_free(&key);
    job_finish(&spilling->jobs[thread]);
}

size_t runs_pieces(size_t holders)
{
    return (holders + PIECE_HOLDERS - 1) / PIECE_HOLDERS;
}

enum status runs_write_sorted(struct runs *runs, const struct tally *tally, const struct place_numbers *numbers,
                              const struct sorted_holders *sorted, const struct write_follower *follower, struct fault *fault)
{
    if (sorted->count == 0) return STATUS_OK;
    struct spilling spilling = {.tally = tally, .numbers = numbers, .refs = sorted->refs, .count = sorted->count,
                                .thread_count = runs->thread_count, .follower = follower};
    enum status status = jobs_open(runs, runs->thread_count, &spilling.jobs, fault);
    if (status != STATUS_OK) return status;
    parallel_run(runs->thread_count, spill, &spilling);
    return jobs_close(runs, spilling.jobs, runs->thread_count, fault);
}

enum status runs_write(struct runs *runs, const struct tally *tally, const struct place_numbers *numbers, struct fault *fault)
{
    struct sorted_holders sorted;
    enum status status = holders_sort(tally, runs->thread_count, NULL, &sorted, fault);
    if (status == STATUS_OK) status = runs_write_sorted(runs, tally, numbers, &sorted, NULL, fault);
    sorted_holders_free(&sorted);
    return status;
}

/* ------------------------------------------------------------------ merging a range */

/* A cursor whose values are numbered anew on the way. */
struct translated {
    struct run_cursor *cursor;
    const struct entry_map *map;
    struct entry_merger *merger; /* of its own: its room holds the value lent */
};

struct range_merge {
    struct run_cursor **cursors;
    size_t cursor_count;
    struct run_source *sources;
    struct translated *translated;
    struct run_merge *merge;
    struct entry_merger *merger;
};

static void range_close(struct range_merge *range)
{
    run_merge_close(range->merge);
    for (size_t i = 0; i < range->cursor_count; i++) run_cursor_close(range->cursors[i]);
    for (size_t i = 0; range->translated != NULL && i < range->cursor_count; i++) entry_merger_close(range->translated[i].merger);
    free(range->translated);
    free(range->sources);
    free(range->cursors);
    entry_merger_close(range->merger);
    *range = (struct range_merge){0};
}

static enum status translated_next(void *context, struct span *key, struct span *value, struct fault *fault)
{
    struct translated *translated = context;
    struct span original;
    enum status status = run_cursor_next(translated->cursor, key, &original, fault);
    return status == STATUS_OK ? entry_translate(translated->merger, original, translated->map, value, fault) : status;
}

static enum status range_translate(const struct runs *runs, size_t i, const struct entry_map *map, struct range_merge *range, struct fault *fault)
{
    struct translated *translated = &range->translated[i];
    *translated = (struct translated){.cursor = range->cursors[i], .map = map};
    range->sources[i] = (struct run_source){.next = translated_next, .context = translated};
    return entry_merger_open(runs->source_count, runs->zone_s, &translated->merger, fault);
}

/* maps: of each run, or NULL. */
static enum status range_open(const struct runs *runs, struct run *const *opened, const struct entry_map *const *maps, size_t count,
                              struct span from, struct span to, struct range_merge *range, struct fault *fault)
{
    *range = (struct range_merge){0};
    range->cursors = calloc(count + 1, sizeof *range->cursors);
    range->sources = calloc(count + 1, sizeof *range->sources);
    range->translated = calloc(count + 1, sizeof *range->translated);
    enum status status = range->cursors == NULL || range->sources == NULL || range->translated == NULL ? no_memory(fault) : STATUS_OK;
    if (status == STATUS_OK) status = entry_merger_open(runs->source_count, runs->zone_s, &range->merger, fault);
    if (status == STATUS_OK) entry_merger_set_order(range->merger, runs->order);
    while (status == STATUS_OK && range->cursor_count < count) {
        size_t i = range->cursor_count;
        status = run_cursor_open(opened[i], from, to, &range->cursors[i], fault);
        if (status != STATUS_OK) break;
        range->cursor_count++;
        range->sources[i] = run_cursor_source(range->cursors[i]);
        if (maps != NULL && maps[i] != NULL) status = range_translate(runs, i, maps[i], range, fault);
    }
    if (status == STATUS_OK) status = run_merge_open_sources(range->sources, count, &range->merge, fault);
    if (status != STATUS_OK) range_close(range);
    return status;
}

/* The next key with the one value that all of its values make. */
static enum status range_next(struct range_merge *range, struct span *key, struct span *value, struct fault *fault)
{
    const struct span *values;
    size_t count;
    enum status status = run_merge_next(range->merge, key, &values, &count, fault);
    if (status == STATUS_OK) status = entry_merge(range->merger, values, count, value, fault);
    return status;
}

struct runs_walk {
    struct range_merge range;
};

enum status runs_walk_open(const struct runs *runs, struct span from, struct span to, struct runs_walk **walk, struct fault *fault)
{
    struct runs_walk *made = calloc(1, sizeof *made);
    *walk = made;
    if (made == NULL) return no_memory(fault);
    enum status status = range_open(runs, runs->opened, NULL, runs_opened_count(runs), from, to, &made->range, fault);
    if (status == STATUS_OK) return status;
    free(made);
    *walk = NULL;
    return status;
}

enum status runs_walk_next(struct runs_walk *walk, struct span *key, struct span *value, struct fault *fault)
{
    return range_next(&walk->range, key, value, fault);
}

void runs_walk_close(struct runs_walk *walk)
{
    if (walk == NULL) return;
    range_close(&walk->range);
    free(walk);
}

/* ------------------------------------------------------------------ what is booked */

enum status runs_add_stale(struct runs *runs, const char *name, struct fault *fault)
{
    char **stale = realloc(runs->stale, (runs->stale_count + 1) * sizeof *stale);
    if (stale == NULL) return no_memory(fault);
    runs->stale = stale;
    runs->stale[runs->stale_count] = strdup(name);
    if (runs->stale[runs->stale_count] == NULL) return no_memory(fault);
    runs->stale_count++;
    return STATUS_OK;
}

static enum status book_all(struct runs *runs, struct sorter_walk *walk, const struct run_identity *identity, const char *name,
                            struct fault *fault)
{
    struct run_writer *writer = NULL;
    struct span key, value;
    enum status status = run_writer_open(runs->directory, name, identity, &writer, fault);
    while (status == STATUS_OK) {
        status = sorter_walk_next(walk, &key, &value, fault);
        if (status == STATUS_OK) status = run_writer_add(writer, key, value, fault);
    }
    if (status == STATUS_END) return run_writer_finish(writer, NULL, fault);
    run_writer_abandon(writer);
    return status;
}

enum status runs_book(struct runs *runs, const struct sorter *sorter, struct fault *fault)
{
    struct run_identity identity = runs->identity;
    struct sorter_walk *walk = NULL;
    char name[32];
    identity.content = RUN_CONTENT_BOOKED;
    if (sorter_entry_count(sorter) == 0) return STATUS_OK;
    snprintf(name, sizeof name, "booked-%06u.run", ++runs->next_number);
    enum status status = sorter_walk_open(sorter, &walk, fault);
    if (status == STATUS_OK) status = book_all(runs, walk, &identity, name, fault);
    sorter_walk_close(walk);
    if (status == STATUS_OK) status = run_open(runs->directory, name, &identity, &runs->opened[runs->count], fault);
    if (status != STATUS_OK) return status;
    runs->booked = strdup(name);
    if (runs->booked != NULL) return STATUS_OK;
    run_close(runs->opened[runs->count]);
    return no_memory(fault);
}

/* ------------------------------------------------------------------ many runs into few */

struct joining {
    const struct runs *runs;
    struct run **opened;
    const struct entry_map **maps;
    size_t count;
    struct span *keys;
    size_t key_count;
    int parts; /* runs that are made */
    struct job *jobs;
};

static void join_range(void *context, int thread)
{
    struct joining *joining = context;
    struct job *job = &joining->jobs[thread];
    size_t number = (size_t)thread;
    if (number > joining->key_count) return;
    struct span none = {NULL, 0}, key, value;
    struct range_merge range;
    job->status = range_open(joining->runs, joining->opened, joining->maps, joining->count, number > 0 ? joining->keys[number - 1] : none,
                             number < joining->key_count ? joining->keys[number] : none, &range, &job->fault);
    if (job->status != STATUS_OK) return;
    while (job->status == STATUS_OK) {
        job->status = range_next(&range, &key, &value, &job->fault);
        if (job->status == STATUS_OK) job->status = job_add(job, key, value);
    }
    if (job->status == STATUS_END) job->status = STATUS_OK;
    range_close(&range);
    job_finish(job);
}

static enum status joining_run(struct runs *runs, const struct run_origin *origins, struct joining *joining, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < joining->count && status == STATUS_OK; i++) {
        status = run_open(origins[i].directory, origins[i].name, origins[i].identity, &joining->opened[i], fault);
        joining->maps[i] = origins[i].map;
    }
    if (status == STATUS_OK)
        status = run_split((const struct run *const *)joining->opened, joining->count, (size_t)joining->parts, joining->keys,
                           &joining->key_count, fault);
    if (status == STATUS_OK) status = jobs_open(runs, joining->parts, &joining->jobs, fault);
    if (status != STATUS_OK) return status;
    parallel_run(joining->parts, join_range, joining);
    return jobs_close(runs, joining->jobs, joining->parts, fault);
}

/* Merges them into a quarter as many, on as many threads: were it one for each of many threads, the next step would have to read
 * nearly as many again. */
static enum status join(struct runs *runs, const struct run_origin *origins, size_t count, struct fault *fault)
{
    struct joining joining = {.runs = runs, .count = count};
    joining.parts = count / JOINED_INTO_ONE > 1 ? (int)(count / JOINED_INTO_ONE) : 1;
    if (joining.parts > runs->thread_count) joining.parts = runs->thread_count;
    joining.opened = calloc(count + 1, sizeof *joining.opened);
    joining.maps = calloc(count + 1, sizeof *joining.maps);
    joining.keys = calloc((size_t)joining.parts + 1, sizeof *joining.keys);
    bool enough = joining.opened != NULL && joining.maps != NULL && joining.keys != NULL;
    enum status status = enough ? joining_run(runs, origins, &joining, fault) : no_memory(fault);
    for (size_t i = 0; joining.opened != NULL && i < count; i++) run_close(joining.opened[i]);
    free(joining.opened);
    free(joining.maps);
    free(joining.keys);
    return status;
}

/* How many runs are read at once; with fewer than that merged at a time there would be no end. */
static size_t fan_in_of(const struct runs *runs)
{
    size_t fan_in = run_merge_fan_in(runs->memory_bytes / 4, (size_t)runs->thread_count);
    return fan_in < FAN_IN_MIN ? FAN_IN_MIN : fan_in;
}

enum status runs_gather(struct runs *runs, const struct run_origin *origins, size_t count, struct fault *fault)
{
    enum status status = STATUS_OK;
    size_t fan_in = fan_in_of(runs);
    for (size_t at = 0; at < count && status == STATUS_OK; at += fan_in)
        status = join(runs, origins + at, count - at < fan_in ? count - at : fan_in, fault);
    return status;
}

/* Merges the first runs of the set into others. The old ones stay until runs_drop_stale. */
static enum status compact(struct runs *runs, size_t count, struct fault *fault)
{
    struct run_origin *origins = calloc(count, sizeof *origins);
    char **stale = realloc(runs->stale, (runs->stale_count + count) * sizeof *stale);
    if (stale != NULL) runs->stale = stale;
    enum status status = origins == NULL || stale == NULL ? no_memory(fault) : STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        origins[i] = (struct run_origin){runs->directory, &runs->identity, runs->names[i], NULL};
    if (status == STATUS_OK) status = join(runs, origins, count, fault);
    free(origins);
    if (status != STATUS_OK) return status;
    memcpy(runs->stale + runs->stale_count, runs->names, count * sizeof *runs->names);
    runs->stale_count += count;
    runs->count -= count;
    memmove(runs->names, runs->names + count, runs->count * sizeof *runs->names);
    return STATUS_OK;
}

enum status runs_open_all(struct runs *runs, struct fault *fault)
{
    close_all(runs);
    size_t fan_in = fan_in_of(runs);
    while (runs->count > fan_in) {
        enum status status = compact(runs, fan_in, fault);
        if (status != STATUS_OK) return status;
    }
    runs->opened = calloc(runs->count + 2, sizeof *runs->opened);
    if (runs->opened == NULL) return no_memory(fault);
    for (size_t i = 0; i < runs->count; i++) {
        enum status status = run_open(runs->directory, runs->names[i], &runs->identity, &runs->opened[i], fault);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ loading */

enum status runs_ranges(const struct runs *runs, size_t memory_bytes, struct run_ranges *ranges, struct fault *fault)
{
    uint64_t needed = 0, blocks = 0;
    for (size_t i = 0; i < runs_opened_count(runs); i++) {
        const struct run_totals *totals = run_totals(runs->opened[i]);
        needed += totals->entries * HOLDER_OVERHEAD + totals->raw_bytes;
        blocks += totals->blocks;
    }
    /* More ranges than blocks would be empty. */
    uint64_t parts = needed / (memory_bytes > 0 ? memory_bytes : 1) + 1, most = blocks / PARTITIONS + 1;
    *ranges = (struct run_ranges){.parts = (size_t)(parts < most ? parts : most)};
    ranges->keys = calloc(ranges->parts * PARTITIONS, sizeof *ranges->keys);
    if (ranges->keys == NULL) return no_memory(fault);
    return run_split((const struct run *const *)runs->opened, runs_opened_count(runs), ranges->parts * PARTITIONS, ranges->keys,
                     &ranges->key_count, fault);
}

void run_ranges_free(struct run_ranges *ranges)
{
    free(ranges->keys);
    ranges->keys = NULL;
}

struct loading {
    const struct runs *runs;
    const struct run_ranges *ranges;
    size_t part;
    struct tally *tally;
    atomic_uint next;
    struct job *jobs; /* for their status and fault alone */
};

static enum status load_range(struct loading *loading, unsigned number, struct fault *fault)
{
    const struct run_ranges *ranges = loading->ranges;
    size_t range_number = loading->part * PARTITIONS + number;
    if (range_number > ranges->key_count) return STATUS_OK;
    struct span none = {NULL, 0}, key, value;
    struct range_merge range;
    enum status status = range_open(loading->runs, loading->runs->opened, NULL, runs_opened_count(loading->runs),
                                    range_number > 0 ? ranges->keys[range_number - 1] : none,
                                    range_number < ranges->key_count ? ranges->keys[range_number] : none, &range, fault);
    if (status != STATUS_OK) return status;
    while (status == STATUS_OK) {
        status = range_next(&range, &key, &value, fault);
        if (status == STATUS_OK) status = entry_load(loading->tally, &loading->tally->partitions[number], key, value, fault);
    }
    range_close(&range);
    return status == STATUS_END ? STATUS_OK : status;
}

static void load_ranges(void *context, int thread)
{
    struct loading *loading = context;
    struct job *job = &loading->jobs[thread];
    for (unsigned number; job->status == STATUS_OK && (number = atomic_fetch_add(&loading->next, 1)) < PARTITIONS;)
        job->status = load_range(loading, number, &job->fault);
}

enum status runs_load(const struct runs *runs, const struct run_ranges *ranges, size_t part, struct tally *tally,
                      struct fault *fault)
{
    tally_clear(tally);
    tally->file_count = runs->file_count;
    struct loading loading = {.runs = runs, .ranges = ranges, .part = part, .tally = tally};
    loading.jobs = calloc((size_t)runs->thread_count, sizeof *loading.jobs);
    if (loading.jobs == NULL) return no_memory(fault);
    parallel_run(runs->thread_count, load_ranges, &loading);
    enum status status = STATUS_OK;
    for (int i = 0; i < runs->thread_count && status == STATUS_OK; i++)
        if (loading.jobs[i].status != STATUS_OK) *fault = loading.jobs[i].fault, status = loading.jobs[i].status;
    free(loading.jobs);
    return status;
}
