#include "attribution.h"

#include <stdlib.h>
#include <string.h>

#include "../support/parallel.h"
#include "attribution_inner.h"

enum { SORTER_SHARE = 12, MARK_BYTES_MIN = 64 * 1024, MARK_BYTES_MAX = 16 * 1024 * 1024, MARK_BYTES_A_SET = 32 };

struct tally_identifier name_identifier(const char *name)
{
    struct tally_identifier made = {.kind = (uint8_t)name[0], .length = (uint8_t)name[2]};
    made.state = (uint8_t)(GRADE_LIKELY | ((unsigned)name[1] & 3) << FACT_PACKING_SHIFT);
    memcpy(made.packed, name + FACT_HEADER_BYTES, made.length);
    return made;
}

/* ------------------------------------------------------------------ joiners */

static enum status first_open(const void *context, void **joiner, struct fault *fault)
{
    (void)context;
    (void)fault;
    *joiner = NULL;
    return STATUS_OK;
}

static void first_close(void *joiner)
{
    (void)joiner;
}

static enum status first_join(void *joiner, const struct span *values, size_t count, struct span *joined, struct fault *fault)
{
    (void)joiner;
    (void)count;
    (void)fault;
    *joined = values[0];
    return STATUS_OK;
}

/* One of those that are equal. */
static const struct sorter_joiner joiner_first = {first_open, first_close, first_join, NULL};

void link_write(int64_t time_first, int64_t time_last, char value[LINK_VALUE_BYTES])
{
    memcpy(value, &time_first, 8);
    memcpy(value + 8, &time_last, 8);
}

bool link_read(struct span value, int64_t *time_first, int64_t *time_last)
{
    if (value.len != LINK_VALUE_BYTES) return false;
    memcpy(time_first, value.at, 8);
    memcpy(time_last, value.at + 8, 8);
    return true;
}

static enum status times_open(const void *context, void **joiner, struct fault *fault)
{
    (void)context;
    *joiner = malloc(LINK_VALUE_BYTES);
    return *joiner == NULL ? attribution_no_memory(fault) : STATUS_OK;
}

static enum status times_join(void *joiner, const struct span *values, size_t count, struct span *joined, struct fault *fault)
{
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        int64_t of_first, of_last;
        if (!link_read(values[i], &of_first, &of_last)) return attribution_damaged(fault);
        if (of_first < first) first = of_first;
        if (of_last > last) last = of_last;
    }
    link_write(first, last, joiner);
    *joined = (struct span){joiner, LINK_VALUE_BYTES};
    return STATUS_OK;
}

/* The earliest beginning and the latest end. */
static const struct sorter_joiner joiner_times = {times_open, free, times_join, NULL};

/* Values of holders. */
static enum status entries_open(const void *context, void **joiner, struct fault *fault)
{
    struct entry_merger *merger = NULL;
    const struct runs *runs = context;
    enum status status = entry_merger_open(runs->source_count, runs->zone_s, &merger, fault);
    if (status == STATUS_OK) entry_merger_set_order(merger, runs->order);
    *joiner = merger;
    return status;
}

static void entries_close(void *joiner)
{
    entry_merger_close(joiner);
}

static enum status entries_join(void *joiner, const struct span *values, size_t count, struct span *joined, struct fault *fault)
{
    return entry_merge(joiner, values, count, joined, fault);
}

/* ------------------------------------------------------------------ open, close */

enum status attribution_sorter(const struct attributing *attributing, const char *name, const struct sorter_joiner *joiner,
                               struct sorter **sorter, struct fault *fault)
{
    const struct runs *runs = attributing->options->runs;
    struct sorting_options options = {.directory = runs->directory,
                                      .identity = &runs->identity,
                                      .content = RUN_CONTENT_SORTED,
                                      .name = name,
                                      .lanes = runs->thread_count,
                                      .memory_bytes = runs->memory_bytes / SORTER_SHARE,
                                      .joiner = joiner};
    return sorter_open(&options, sorter, fault);
}

/* What marks for all sets take where it is known how many there are. */
static size_t mark_bytes_most(const struct attributing *attributing)
{
    const struct attribution_options *options = attributing->options;
    return options->sorted == NULL ? MARK_BYTES_MAX : attributing->set_count * MARK_BYTES_A_SET;
}

static enum status open_all(struct attributing *attributing, struct fault *fault)
{
    const struct runs *runs = attributing->options->runs;
    size_t bytes = MARK_BYTES_MIN;
    if (attributing->options->sorted != NULL) attributing->set_count = attribution_set_count(attributing->options->loaded);
    size_t most = mark_bytes_most(attributing);
    while (bytes < MARK_BYTES_MAX && bytes < runs->memory_bytes / SORTER_SHARE && bytes < most) bytes *= 2;
    attributing->mark_words = bytes / sizeof *attributing->marks;
    attributing->marks = calloc(bytes, 1);
    attributing->workers = calloc((size_t)runs->thread_count, sizeof *attributing->workers);
    attributing->range_keys = calloc((size_t)runs->thread_count * RANGES_PER_THREAD, sizeof *attributing->range_keys);
    if (attributing->marks == NULL || attributing->workers == NULL || attributing->range_keys == NULL) return attribution_no_memory(fault);
    enum status status = STATUS_OK;
    if (attributing->options->sorted == NULL)
        status = run_split((const struct run *const *)runs->opened, runs_opened_count(runs), (size_t)runs->thread_count * RANGES_PER_THREAD,
                           attributing->range_keys, &attributing->range_count, fault);
    struct sorter_joiner entries = {entries_open, entries_close, entries_join, runs};
    if (status == STATUS_OK) status = attribution_sorter(attributing, "sets", &joiner_first, &attributing->sets, fault);
    if (status == STATUS_OK) status = attribution_sorter(attributing, "links", &joiner_times, &attributing->links[0], fault);
    if (status == STATUS_OK) status = attribution_sorter(attributing, "conflicts", NULL, &attributing->conflicts, fault);
    if (status == STATUS_OK) status = attribution_sorter(attributing, "groups", NULL, &attributing->groups, fault);
    if (status == STATUS_OK) status = attribution_sorter(attributing, "shared", &joiner_first, &attributing->shared, fault);
    if (status == STATUS_OK) status = attribution_sorter(attributing, "booked", &entries, &attributing->booked, fault);
    return status;
}

static void close_all(struct attributing *attributing)
{
    for (size_t i = 0; i < ROUNDS_MAX; i++) {
        sorter_close(attributing->links[i]);
        sorter_close(attributing->leads[i]);
    }
    sorter_close(attributing->sets);
    sorter_close(attributing->conflicts);
    sorter_close(attributing->groups);
    sorter_close(attributing->booked);
    sorter_close(attributing->shared);
    attribution_looks_close(attributing);
    free(attributing->marks);
    free(attributing->workers);
    free(attributing->range_keys);
}

/* ------------------------------------------------------------------ the steps */

/* What follows from what was read, each on one thread: sets are joined, of which the leads are the first ones, and conflicts counted. */
struct first_joins {
    struct attributing *attributing;
    enum status status[2];
    struct fault fault[2];
};

static void join_first(void *context, int number)
{
    struct first_joins *joins = context;
    struct attributing *attributing = joins->attributing;
    if (number > 0) joins->status[1] = attribution_count_conflicts(attributing, &joins->fault[1]);
    else if (attributing->made->any_set) joins->status[0] = attribution_join(attributing, 0, &joins->fault[0]);
}

static enum status first_joins(struct attributing *attributing, struct fault *fault)
{
    struct first_joins joins = {.attributing = attributing, .status = {STATUS_OK, STATUS_OK}};
    if (attributing->options->runs->thread_count > 1) parallel_run(2, join_first, &joins);
    for (int i = 0; i < 2 && attributing->options->runs->thread_count <= 1; i++) join_first(&joins, i);
    for (int i = 0; i < 2; i++) {
        if (joins.status[i] == STATUS_OK) continue;
        *fault = joins.fault[i];
        return joins.status[i];
    }
    return STATUS_OK;
}

static enum status leads_open(struct attributing *attributing, size_t round, struct fault *fault)
{
    return attribution_sorter(attributing, round == 0 ? "leads" : "further", &joiner_first, &attributing->leads[round], fault);
}

/* 3 and 4, hop by hop, until nothing new is tied. The first leads are there. */
static enum status find_leads(struct attributing *attributing, struct fault *fault)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && attributing->rounds < ROUNDS_MAX) {
        size_t round = attributing->rounds;
        if (round > 0) status = leads_open(attributing, round, fault);
        if (status == STATUS_OK && round > 0) status = attribution_join(attributing, round, fault);
        if (status != STATUS_OK || sorter_entry_count(attributing->leads[round]) == 0) return status;
        attributing->rounds++;
        if (attributing->rounds == ROUNDS_MAX) return status;
        struct sorter **links = &attributing->links[round + 1];
        status = attribution_sorter(attributing, "hops", &joiner_times, links, fault);
        if (status == STATUS_OK) status = attribution_judge(attributing, false, *links, fault);
        if (status == STATUS_OK && sorter_entry_count(*links) == 0) return status;
    }
    return status;
}

/* Once they are read. */
static bool are_sets(struct attributing *attributing)
{
    return attributing->made->any_set = sorter_entry_count(attributing->sets) > 0;
}

enum status attribution_find(struct attributing *attributing, struct fault *fault)
{
    struct attribution *made = attributing->made;
    enum status status = attributing->looks ? attribution_looks_end(attributing, fault) : attribution_read_sets(attributing, fault);
    bool anything = status == STATUS_OK && (are_sets(attributing) || attributing->options->roster != NULL);
    if (status == STATUS_OK && anything && !attributing->looks) status = attribution_read_customers(attributing, fault);
    if (status == STATUS_OK && made->any_set) status = leads_open(attributing, 0, fault);
    if (status == STATUS_OK && anything) status = first_joins(attributing, fault);
    if (status == STATUS_OK && made->any_set) status = find_leads(attributing, fault);
    if (status == STATUS_OK && attributing->rounds > 0) status = attribution_judge(attributing, true, NULL, fault);
    return status == STATUS_OK ? sorter_seal(attributing->booked, fault) : status;
}

static enum status begin(const struct attribution_options *options, struct attributing **attributing, struct fault *fault)
{
    struct attributing *made = calloc(1, sizeof *made);
    *attributing = NULL;
    if (made == NULL) return attribution_no_memory(fault);
    made->copied = *options;
    made->options = &made->copied;
    made->made = &made->totals;
    enum status status = open_all(made, fault);
    if (status == STATUS_OK) *attributing = made;
    else attribution_close(made);
    return status;
}

enum status attribution_open(const struct attribution_options *options, struct attributing **attributing, struct fault *fault)
{
    enum status status = begin(options, attributing, fault);
    if (status == STATUS_OK) status = attribution_find(*attributing, fault);
    if (status == STATUS_OK) return STATUS_OK;
    attribution_close(*attributing);
    *attributing = NULL;
    return status;
}

enum status attribution_begin(const struct attribution_options *options, struct attributing **attributing, struct fault *fault)
{
    enum status status = begin(options, attributing, fault);
    if (status == STATUS_OK) status = attribution_read_few_sets(*attributing, &(*attributing)->looks, fault);
    if (status == STATUS_OK && (*attributing)->looks) are_sets(*attributing);
    if (status == STATUS_OK && (*attributing)->looks) status = attribution_looks_open(*attributing, fault);
    if (status == STATUS_OK) return STATUS_OK;
    attribution_close(*attributing);
    *attributing = NULL;
    return status;
}

bool attribution_wants(const struct attributing *attributing)
{
    return attributing->looks;
}

const struct sorter *attribution_booked(const struct attributing *attributing)
{
    return attributing->booked;
}

enum status attribution_book(struct attributing *attributing, struct attribution *attribution, struct fault *fault)
{
    enum status status = runs_book(attributing->options->runs, attributing->booked, fault);
    if (status == STATUS_OK) status = attribution_count_groups(attributing, fault);
    if (status == STATUS_OK) status = attribution_count_shared(attributing, fault);
    *attribution = attributing->totals;
    return status;
}

void attribution_close(struct attributing *attributing)
{
    if (attributing == NULL) return;
    close_all(attributing);
    free(attributing);
}

enum status attribute(const struct attribution_options *options, struct attribution *attribution, struct fault *fault)
{
    struct attributing *attributing = NULL;
    enum status status = attribution_open(options, &attributing, fault);
    if (status == STATUS_OK) status = attribution_book(attributing, attribution, fault);
    attribution_close(attributing);
    return status;
}
