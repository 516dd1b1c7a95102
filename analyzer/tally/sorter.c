#include "sorter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/bytes.h"
#include "../support/parallel.h"
#include "run_layout.h"

enum {
    LANE_BYTES_MIN = 64 * 1024, /* a lane that held less would be all files */
    RUNS_MAX = 24,              /* of a lane; then they become one */
    ENTRY_OVERHEAD = sizeof(struct span) * 2,
    NAME_SIZE = 80
};

/* An entry in memory: lengths, key, value in the lane's bytes. */
struct sorted {
    size_t at;
    uint32_t key_length, value_length;
};

struct lane {
    struct bytes bytes;
    struct sorted *entries;
    size_t count, capacity;
    struct run **runs;
    size_t run_count;
    uint64_t added;
    enum status status; /* of sealing */
    struct fault fault;
};

struct sorter {
    int directory;
    struct run_identity identity;
    char name[NAME_SIZE];
    struct sorter_joiner joiner;
    bool joins;
    int lane_count;
    size_t lane_bytes;
    struct lane *lanes;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to sort what belongs to whom");
}

/* ------------------------------------------------------------------ open, close */

static void lane_close(struct lane *lane)
{
    for (size_t i = 0; i < lane->run_count; i++) run_close(lane->runs[i]);
    free(lane->runs);
    free(lane->entries);
    bytes_free(&lane->bytes);
}

void sorter_close(struct sorter *sorter)
{
    if (sorter == NULL) return;
    for (int i = 0; sorter->lanes != NULL && i < sorter->lane_count; i++) lane_close(&sorter->lanes[i]);
    free(sorter->lanes);
    free(sorter);
}

enum status sorter_open(const struct sorting_options *options, struct sorter **sorter, struct fault *fault)
{
    struct sorter *made = calloc(1, sizeof *made);
    *sorter = NULL;
    if (made == NULL) return no_memory(fault);
    made->directory = options->directory;
    made->identity = *options->identity;
    made->identity.content = options->content;
    made->lane_count = options->lanes;
    made->lane_bytes = options->memory_bytes / (size_t)options->lanes;
    if (made->lane_bytes < LANE_BYTES_MIN) made->lane_bytes = LANE_BYTES_MIN;
    made->joins = options->joiner != NULL;
    if (made->joins) made->joiner = *options->joiner;
    snprintf(made->name, sizeof made->name, "%.40s", options->name);
    made->lanes = calloc((size_t)options->lanes, sizeof *made->lanes);
    enum status status = made->lanes == NULL ? no_memory(fault) : STATUS_OK;
    for (int i = 0; i < options->lanes && status == STATUS_OK; i++) {
        made->lanes[i].runs = calloc(RUNS_MAX + 1, sizeof(struct run *));
        if (made->lanes[i].runs == NULL) status = no_memory(fault);
    }
    if (status != STATUS_OK) {
        sorter_close(made);
        return status;
    }
    *sorter = made;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ a lane in memory */

static struct span entry_key(const struct lane *lane, const struct sorted *entry)
{
    return (struct span){lane->bytes.at + entry->at, entry->key_length};
}

static struct span entry_value(const struct lane *lane, const struct sorted *entry)
{
    return (struct span){lane->bytes.at + entry->at + entry->key_length, entry->value_length};
}

/* Equal keys by their values, so that what is made of them does not hang on who came first. */
static int compare(const void *left, const void *right, void *context)
{
    const struct lane *lane = context;
    int order = run_key_compare(entry_key(lane, left), entry_key(lane, right));
    return order != 0 ? order : run_key_compare(entry_value(lane, left), entry_value(lane, right));
}

static void lane_sort(struct lane *lane)
{
    if (lane->count > 1) qsort_r(lane->entries, lane->count, sizeof *lane->entries, compare, lane);
}

/* What a lane holds in memory, as a source of entries. */
struct lane_walk {
    const struct lane *lane;
    size_t next;
};

static enum status lane_next(void *context, struct span *key, struct span *value, struct fault *fault)
{
    struct lane_walk *walk = context;
    (void)fault;
    if (walk->next == walk->lane->count) return STATUS_END;
    const struct sorted *entry = &walk->lane->entries[walk->next++];
    *key = entry_key(walk->lane, entry);
    *value = entry_value(walk->lane, entry);
    return STATUS_OK;
}

static bool value_lasts(const void *context)
{
    (void)context;
    return true;
}

/* ------------------------------------------------------------------ walking sources */

/* Some runs, and maybe what is in memory, merged. */
struct sorter_walk {
    struct run_cursor **cursors;
    size_t cursor_count;
    struct lane_walk *lanes;
    struct run_source *sources;
    size_t source_count;
    struct run_merge *merge;
    const struct sorter *sorter;
    void *joiner;
    struct span key; /* of the values that are left, where they are not joined */
    const struct span *values;
    size_t value_count, value_next;
};

static enum status walk_begin(const struct sorter *sorter, size_t runs, size_t lanes, struct sorter_walk **walk, struct fault *fault)
{
    struct sorter_walk *made = calloc(1, sizeof *made);
    *walk = made;
    if (made == NULL) return no_memory(fault);
    made->sorter = sorter;
    made->cursors = calloc(runs + 1, sizeof(struct run_cursor *));
    made->lanes = calloc(lanes + 1, sizeof *made->lanes);
    made->sources = calloc(runs + lanes + 1, sizeof *made->sources);
    if (made->cursors == NULL || made->lanes == NULL || made->sources == NULL) return no_memory(fault);
    return sorter->joins ? sorter->joiner.open(sorter->joiner.context, &made->joiner, fault) : STATUS_OK;
}

static enum status walk_add_run(struct sorter_walk *walk, const struct run *run, struct fault *fault)
{
    struct span all = {NULL, 0};
    enum status status = run_cursor_open(run, all, all, &walk->cursors[walk->cursor_count], fault);
    if (status != STATUS_OK) return status;
    walk->sources[walk->source_count++] = run_cursor_source(walk->cursors[walk->cursor_count++]);
    return STATUS_OK;
}

void sorter_walk_close(struct sorter_walk *walk)
{
    if (walk == NULL) return;
    run_merge_close(walk->merge);
    for (size_t i = 0; i < walk->cursor_count; i++) run_cursor_close(walk->cursors[i]);
    if (walk->joiner != NULL) walk->sorter->joiner.close(walk->joiner);
    free(walk->cursors);
    free(walk->lanes);
    free(walk->sources);
    free(walk);
}

enum status sorter_walk_next(struct sorter_walk *walk, struct span *key, struct span *value, struct fault *fault)
{
    if (walk->value_next == walk->value_count) {
        enum status status = run_merge_next(walk->merge, &walk->key, &walk->values, &walk->value_count, fault);
        walk->value_next = 0;
        if (status != STATUS_OK) walk->value_count = 0;
        if (status != STATUS_OK) return status;
    }
    *key = walk->key;
    if (!walk->sorter->joins) {
        *value = walk->values[walk->value_next++];
        return STATUS_OK;
    }
    walk->value_next = walk->value_count;
    return walk->sorter->joiner.join(walk->joiner, walk->values, walk->value_count, value, fault);
}

/* ------------------------------------------------------------------ to disk */

/* Writes what the walk gives as one run that has no name any more once it is open. */
static enum status walk_write(const struct sorter *sorter, size_t lane, size_t number, struct sorter_walk *walk, struct run **run,
                              struct fault *fault)
{
    char name[2 * NAME_SIZE];
    struct run_writer *writer = NULL;
    struct span key, value;
    snprintf(name, sizeof name, "sorted-%s-%zu-%zu.run", sorter->name, lane, number);
    enum status status = run_writer_open(sorter->directory, name, &sorter->identity, &writer, fault);
    while (status == STATUS_OK) {
        status = sorter_walk_next(walk, &key, &value, fault);
        if (status == STATUS_OK) status = run_writer_add(writer, key, value, fault);
    }
    if (status != STATUS_END) {
        run_writer_abandon(writer);
        return status;
    }
    status = run_writer_finish(writer, NULL, fault);
    if (status != STATUS_OK) return status;
    status = run_open(sorter->directory, name, &sorter->identity, run, fault);
    unlinkat(sorter->directory, name, 0);
    return status;
}

/* The lane's runs become one. */
static enum status lane_join_runs(const struct sorter *sorter, struct lane *lane, struct fault *fault)
{
    struct sorter_walk *walk = NULL;
    struct run *joined = NULL;
    enum status status = walk_begin(sorter, lane->run_count, 0, &walk, fault);
    for (size_t i = 0; i < lane->run_count && status == STATUS_OK; i++) status = walk_add_run(walk, lane->runs[i], fault);
    if (status == STATUS_OK) status = run_merge_open_sources(walk->sources, walk->source_count, &walk->merge, fault);
    if (status == STATUS_OK) status = walk_write(sorter, (size_t)(lane - sorter->lanes), RUNS_MAX, walk, &joined, fault);
    sorter_walk_close(walk);
    if (status != STATUS_OK) return status;
    for (size_t i = 0; i < lane->run_count; i++) run_close(lane->runs[i]);
    lane->runs[0] = joined;
    lane->run_count = 1;
    return STATUS_OK;
}

/* What the lane holds in memory becomes a run. */
static enum status lane_spill(const struct sorter *sorter, struct lane *lane, struct fault *fault)
{
    struct sorter_walk *walk = NULL;
    enum status status = lane->run_count == RUNS_MAX ? lane_join_runs(sorter, lane, fault) : STATUS_OK;
    if (status != STATUS_OK) return status;
    lane_sort(lane);
    status = walk_begin(sorter, 0, 1, &walk, fault);
    if (status == STATUS_OK) {
        walk->lanes[0].lane = lane;
        walk->sources[walk->source_count++] = (struct run_source){lane_next, value_lasts, &walk->lanes[0]};
        status = run_merge_open_sources(walk->sources, 1, &walk->merge, fault);
    }
    if (status == STATUS_OK)
        status = walk_write(sorter, (size_t)(lane - sorter->lanes), lane->run_count, walk, &lane->runs[lane->run_count], fault);
    sorter_walk_close(walk);
    if (status != STATUS_OK) return status;
    lane->run_count++;
    lane->count = 0;
    lane->bytes.count = 0;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ adding */

static bool lane_room(struct lane *lane, size_t bytes)
{
    if (lane->count == lane->capacity) {
        size_t capacity = 2 * lane->capacity + 256;
        struct sorted *entries = realloc(lane->entries, capacity * sizeof *entries);
        if (entries == NULL) return false;
        lane->entries = entries;
        lane->capacity = capacity;
    }
    return bytes_reserve(&lane->bytes, bytes);
}

enum status sorter_add(struct sorter *sorter, int number, struct span key, struct span value, struct fault *fault)
{
    struct lane *lane = &sorter->lanes[number];
    size_t bytes = key.len + value.len, held = lane->bytes.count + lane->count * ENTRY_OVERHEAD;
    if (lane->count > 0 && held + bytes > sorter->lane_bytes) {
        enum status status = lane_spill(sorter, lane, fault);
        if (status != STATUS_OK) return status;
    }
    if (!lane_room(lane, bytes)) return no_memory(fault);
    lane->entries[lane->count++] = (struct sorted){lane->bytes.count, (uint32_t)key.len, (uint32_t)value.len};
    bytes_put(&lane->bytes, key.at, key.len);
    bytes_put(&lane->bytes, value.at, value.len);
    lane->added++;
    return STATUS_OK;
}

static void seal_lane(void *context, int thread)
{
    struct sorter *sorter = context;
    struct lane *lane = &sorter->lanes[thread];
    /* Many small runs of many lanes would be more than may be read at once. */
    lane->status = lane->run_count > 1 && (size_t)sorter->lane_count * lane->run_count > RUN_FAN_IN_MAX
                       ? lane_join_runs(sorter, lane, &lane->fault)
                       : STATUS_OK;
    lane_sort(lane);
}

enum status sorter_seal(struct sorter *sorter, struct fault *fault)
{
    parallel_run(sorter->lane_count, seal_lane, sorter);
    for (int i = 0; i < sorter->lane_count; i++) {
        if (sorter->lanes[i].status == STATUS_OK) continue;
        *fault = sorter->lanes[i].fault;
        return sorter->lanes[i].status;
    }
    return STATUS_OK;
}

uint64_t sorter_entry_count(const struct sorter *sorter)
{
    uint64_t count = 0;
    for (int i = 0; i < sorter->lane_count; i++) count += sorter->lanes[i].added;
    return count;
}

enum status sorter_walk_open(const struct sorter *sorter, struct sorter_walk **walk, struct fault *fault)
{
    size_t runs = 0;
    for (int i = 0; i < sorter->lane_count; i++) runs += sorter->lanes[i].run_count;
    enum status status = walk_begin(sorter, runs, (size_t)sorter->lane_count, walk, fault);
    for (int i = 0; i < sorter->lane_count && status == STATUS_OK; i++) {
        const struct lane *lane = &sorter->lanes[i];
        for (size_t r = 0; r < lane->run_count && status == STATUS_OK; r++) status = walk_add_run(*walk, lane->runs[r], fault);
        if (status != STATUS_OK || lane->count == 0) continue;
        struct lane_walk *held = &(*walk)->lanes[i];
        held->lane = lane;
        (*walk)->sources[(*walk)->source_count++] = (struct run_source){lane_next, value_lasts, held};
    }
    if (status == STATUS_OK) status = run_merge_open_sources((*walk)->sources, (*walk)->source_count, &(*walk)->merge, fault);
    if (status == STATUS_OK) return STATUS_OK;
    sorter_walk_close(*walk);
    *walk = NULL;
    return status;
}
