#include <stdlib.h>
#include <string.h>

#include "../support/hash.h"
#include "../support/parallel.h"
#include "attribution_inner.h"

/* Hashes that only leave out what cannot matter: fixed, since no table hangs on them. */
static const uint64_t mark_seed = UINT64_C(0x6d61726b73);

struct reading {
    struct attributing *attributing;
    atomic_uint next_range;
    struct span from, to; /* of all that is read; to: empty for the end */
    enum status (*read)(struct attributing *attributing, int thread, struct runs_walk *walk, struct entry_merger *merger, struct fault *fault);
};

static bool before(struct span a, struct span b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return order != 0 ? order < 0 : a.len < b.len;
}

/* The range of that number within what is read; false: nothing of it is. */
static bool range_find(const struct reading *reading, size_t number, struct span *from, struct span *to)
{
    const struct attributing *attributing = reading->attributing;
    *from = reading->from;
    *to = reading->to;
    if (number > 0 && (from->len == 0 || before(*from, attributing->range_keys[number - 1]))) *from = attributing->range_keys[number - 1];
    if (number < attributing->range_count && (to->len == 0 || before(attributing->range_keys[number], *to))) *to = attributing->range_keys[number];
    return to->len == 0 || from->len == 0 || before(*from, *to);
}

static void read_ranges(void *context, int thread)
{
    struct reading *reading = context;
    struct attributing *attributing = reading->attributing;
    struct attribution_worker *worker = &attributing->workers[thread];
    struct entry_merger *merger = NULL;
    worker->status = entry_merger_open(attributing->options->runs->source_count, &merger, &worker->fault);
    for (size_t number; worker->status == STATUS_OK && (number = atomic_fetch_add(&reading->next_range, 1)) <= attributing->range_count;) {
        struct span from, to;
        struct runs_walk *walk = NULL;
        if (!range_find(reading, number, &from, &to)) continue;
        worker->status = runs_walk_open(attributing->options->runs, from, to, &walk, &worker->fault);
        if (worker->status == STATUS_OK) worker->status = reading->read(attributing, thread, walk, merger, &worker->fault);
        if (worker->status == STATUS_END) worker->status = STATUS_OK;
        runs_walk_close(walk);
    }
    entry_merger_close(merger);
}

static enum status threads_run(struct reading *reading, void (*body)(void *context, int thread), struct fault *fault)
{
    struct attributing *attributing = reading->attributing;
    int threads = attributing->options->runs->thread_count;
    parallel_run(threads, body, reading);
    for (int i = 0; i < threads; i++) {
        if (attributing->workers[i].status == STATUS_OK) continue;
        *fault = attributing->workers[i].fault;
        return attributing->workers[i].status;
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ sets */

static size_t mark_of(const struct attributing *attributing, uint8_t kind, uint8_t packing, const char *packed, size_t length)
{
    return hash_short(packed, length, mark_seed ^ (uint64_t)kind << 8 ^ packing) & (attributing->mark_count - 1);
}

static inline bool is_marked(const struct attributing *attributing, const struct fact *fact)
{
    size_t mark = mark_of(attributing, fact->kind, fact_packing(fact->state), fact->packed, fact->packed_length);
    return (atomic_load_explicit(&attributing->marks[mark / 8], memory_order_relaxed) >> mark % 8 & 1) != 0;
}

static void set_mark(struct attributing *attributing, const struct tally_identifier *identifier)
{
    size_t mark = mark_of(attributing, identifier->kind, fact_packing(identifier->state), identifier->packed, identifier->length);
    atomic_fetch_or_explicit(&attributing->marks[mark / 8], (unsigned char)(1u << mark % 8), memory_order_relaxed);
}

/* Each identifier of a set, with the set behind it in the key. */
static enum status add_set(struct attributing *attributing, int thread, struct span set, struct bytes *room, struct fault *fault)
{
    struct tally_identifier identifier;
    size_t at = 0;
    for (unsigned position = 0; holder_set_next(set, &at, &identifier); position++) {
        char name[NAME_BYTES_MAX], value = (char)position;
        size_t length = name_write(identifier.kind, fact_packing(identifier.state), identifier.packed, identifier.length, name);
        room->count = 0;
        if (!bytes_reserve(room, length + set.len)) return attribution_no_memory(fault);
        bytes_put(room, name, length);
        bytes_put(room, set.at, set.len);
        set_mark(attributing, &identifier);
        enum status status = sorter_add(attributing->sets, thread, (struct span){room->at, room->count}, (struct span){&value, 1}, fault);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

/* Whether the record had more identifiers than the set has, so that some lead nowhere. */
static bool is_cut(struct span set)
{
    struct tally_identifier identifier;
    size_t at = 0;
    while (holder_set_next(set, &at, &identifier)) continue;
    return at < set.len && (uint8_t)set.at[at] == HOLDER_SET_REST;
}

/* All days of a set are neighbours: it is added once. */
static enum status read_sets(struct attributing *attributing, int thread, struct runs_walk *walk, struct entry_merger *merger, struct fault *fault)
{
    struct bytes last = {0}, room = {0};
    struct span key, value;
    enum status status;
    (void)merger;
    while ((status = runs_walk_next(walk, &key, &value, fault)) == STATUS_OK) {
        if (key.len < 1 + HOLDER_SET_DAY_BYTES) continue;
        struct span set = holder_set_of((struct span){key.at + 1, key.len - 1});
        struct entry_facts facts;
        if (is_cut(set)) {
            status = entry_facts_open(value, &facts, fault);
            if (status != STATUS_OK) break;
            attributing->workers[thread].records_cut += facts.records;
        }
        if (set.len == last.count && (set.len == 0 || memcmp(set.at, last.at, set.len) == 0)) continue;
        last.count = 0;
        if (!bytes_reserve(&last, set.len + 1)) status = attribution_no_memory(fault);
        if (status != STATUS_OK) break;
        bytes_put(&last, set.at, set.len);
        status = add_set(attributing, thread, set, &room, fault);
        if (status != STATUS_OK) break;
    }
    bytes_free(&last);
    bytes_free(&room);
    return status;
}

enum status attribution_read_sets(struct attributing *attributing, struct fault *fault)
{
    static const char first = (char)KEY_SETS;
    struct reading reading = {.attributing = attributing, .from = {&first, 1}, .read = read_sets};
    enum status status = threads_run(&reading, read_ranges, fault);
    for (int i = 0; i < attributing->options->runs->thread_count; i++) attributing->made->records_cut += attributing->workers[i].records_cut;
    return status == STATUS_OK ? sorter_seal(attributing->sets, fault) : status;
}

/* ------------------------------------------------------------------ customers */

bool roster_lead(const struct roster *roster, const struct tally_identifier *identifier, struct lead *lead)
{
    struct roster_look look;
    struct roster_interval interval;
    lead->position = 0;
    lead->rank = identifier_rank(identifier->kind);
    lead->basis = BASIS_ROSTER;
    lead->count = 0; /* what is behind need not be cleared */
    roster_look(roster, identifier, &look);
    while (roster_next(&look, &interval)) {
        if (lead->count == INTERVALS_MAX) return false;
        lead->owners[lead->count++] = (struct owner){roster_customer(roster, interval.customer).id, interval.from_s, interval.to_s};
    }
    return true;
}

/* Whether the roster has the identifier as somebody else's. */
static bool may_be_others(const struct roster *roster, const struct fact *fact, uint32_t own)
{
    struct tally_identifier identifier = {.kind = fact->kind, .state = fact->state, .length = fact->packed_length};
    struct roster_look look;
    struct roster_interval interval;
    memcpy(identifier.packed, fact->packed, fact->packed_length);
    roster_look(roster, &identifier, &look);
    while (roster_next(&look, &interval))
        if (interval.customer != own) return true;
    return false;
}

/* Whether the identifier is somebody else's, and never the customer's own, or not at the time of these records, when it is another's.
 * own: the customer's number in the roster. */
static bool is_others(const struct roster *roster, const struct entry_fact *fact, uint32_t own)
{
    if (!may_be_others(roster, &fact->fact, own)) return false;
    struct tally_identifier identifier = {.kind = fact->fact.kind, .state = fact->fact.state, .length = fact->fact.packed_length};
    struct roster_look look;
    struct roster_interval interval;
    bool ever_own = false, now_own = false, now_others = false, timed = fact->time_first != TIME_NONE;
    memcpy(identifier.packed, fact->fact.packed, fact->fact.packed_length);
    roster_look(roster, &identifier, &look);
    while (roster_next(&look, &interval)) {
        bool now = timed && fact->time_last >= interval.from_s && fact->time_first < interval.to_s;
        ever_own |= interval.customer == own;
        *(interval.customer == own ? &now_own : &now_others) |= now;
    }
    return !ever_own || (now_others && !now_own);
}

/* A fact that is another's by the roster: what attribution_book_ties needs of it. */
static enum status add_tie(struct attributing *attributing, int thread, struct span key, const struct entry_fact *fact, struct fault *fault)
{
    char value[8 * LEB128_BYTES_MAX];
    struct bytes to = {value, 0, sizeof value};
    bytes_put_byte(&to, fact->fact.state);
    bytes_put_leb128(&to, fact->records);
    bytes_put_leb128(&to, fact->time_first == TIME_NONE ? 0 : (uint64_t)fact->time_first + 1);
    bytes_put_leb128(&to, fact->time_first == TIME_NONE ? 0 : (uint64_t)fact->time_last + 1);
    bytes_put_leb128(&to, fact->place.file);
    bytes_put_leb128(&to, fact->place.piece);
    bytes_put_leb128(&to, fact->place.unit);
    return sorter_add(attributing->ties, thread, key, (struct span){value, to.count}, fault);
}

struct customer_room {
    struct bytes key;
    uint32_t own; /* the customer's number in the roster */
};

static enum status add_fact(struct attributing *attributing, int thread, struct span customer, const struct entry_fact *fact,
                            struct customer_room *room, struct fault *fault)
{
    char name[NAME_BYTES_MAX];
    const struct roster *roster = attributing->options->roster;
    size_t length = name_write(fact->fact.kind, fact_packing(fact->fact.state), fact->fact.packed, fact->fact.packed_length, name);
    bool marked = attributing->made->any_set && is_marked(attributing, &fact->fact), tied = false;
    if (roster != NULL) tied = is_others(roster, fact, room->own);
    if (!marked && !tied) return STATUS_OK;
    room->key.count = 0;
    if (!bytes_reserve(&room->key, length + customer.len)) return attribution_no_memory(fault);
    bytes_put(&room->key, name, length);
    bytes_put(&room->key, customer.at, customer.len);
    struct span key = {room->key.at, room->key.count};
    enum status status = STATUS_OK;
    if (marked) {
        char value[LINK_VALUE_BYTES];
        bool timed = fact->time_first != TIME_NONE;
        link_write(timed ? fact->time_first : INT64_MAX, timed ? fact->time_last : INT64_MIN, value);
        status = sorter_add(attributing->links[0], thread, key, (struct span){value, sizeof value}, fault);
    }
    if (status == STATUS_OK && tied) status = add_tie(attributing, thread, key, fact, fault);
    return status;
}

/* Of a customer that the roster does not know, that is booked too. */
static enum status add_customer(struct attributing *attributing, int thread, struct span key, struct span value, struct entry_merger *merger,
                                struct customer_room *room, struct fault *fault)
{
    struct span customer = {key.at + 1, key.len - 1}, mark;
    struct entry_facts facts;
    struct entry_fact fact;
    enum status status = entry_facts_open(value, &facts, fault);
    if (attributing->options->roster != NULL) room->own = roster_find(attributing->options->roster, customer);
    if (status == STATUS_OK && attributing->options->roster != NULL && facts.records > 0 && room->own == ROSTER_NOBODY) {
        status = entry_mark(merger, BASIS_STRANGER, &mark, fault);
        if (status == STATUS_OK) status = sorter_add(attributing->booked, thread, key, mark, fault);
    }
    while (status == STATUS_OK && (status = entry_facts_next(&facts, &fact, fault)) == STATUS_OK)
        if (fact_grade(fact.fact.state) >= GRADE_LIKELY) status = add_fact(attributing, thread, customer, &fact, room, fault);
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status read_customers(struct attributing *attributing, int thread, struct runs_walk *walk, struct entry_merger *merger,
                                  struct fault *fault)
{
    struct customer_room *room = calloc(1, sizeof *room);
    struct span key, value;
    enum status status = room == NULL ? attribution_no_memory(fault) : STATUS_OK;
    while (status == STATUS_OK && (status = runs_walk_next(walk, &key, &value, fault)) == STATUS_OK)
        status = add_customer(attributing, thread, key, value, merger, room, fault);
    if (room != NULL) bytes_free(&room->key);
    free(room);
    return status;
}

/* Whether anything is to be done for the fact of a customer. */
static bool is_wanted(const struct attributing *attributing, const struct fact *fact, uint32_t own)
{
    if (attributing->options->roster != NULL && may_be_others(attributing->options->roster, fact, own)) return true;
    return attributing->made->any_set && is_marked(attributing, fact);
}

/* The same of a customer in memory. Most have no identifier that some set has, and need no more than a look at the marks. */
static enum status add_holder(struct attributing *attributing, int thread, const struct holder *holder, struct entry_merger *merger,
                              struct customer_room *room, struct fault *fault)
{
    const struct attribution_options *options = attributing->options;
    struct span customer = holder_key(options->loaded, holder), mark;
    enum status status = STATUS_OK;
    if (options->roster != NULL) room->own = roster_find(options->roster, customer);
    if (options->roster != NULL && holder_records(options->loaded, holder) > 0 && room->own == ROSTER_NOBODY) {
        room->key.count = 0;
        if (!bytes_reserve(&room->key, customer.len + 1)) return attribution_no_memory(fault);
        bytes_put_byte(&room->key, KEY_CUSTOMER);
        bytes_put(&room->key, customer.at, customer.len);
        status = entry_mark(merger, BASIS_STRANGER, &mark, fault);
        if (status == STATUS_OK) status = sorter_add(attributing->booked, thread, (struct span){room->key.at, room->key.count}, mark, fault);
    }
    const char *end = facts_end(options->loaded, holder);
    for (const char *at = facts_begin(options->loaded, holder); at < end && status == STATUS_OK; at = fact_after(at)) {
        if (fact_grade((uint8_t)at[1]) < GRADE_LIKELY) continue;
        struct fact fact = fact_read(at);
        if (!is_wanted(attributing, &fact, room->own)) continue;
        struct entry_fact whole = entry_fact_of(options->loaded, holder, at, &options->numbers);
        status = add_fact(attributing, thread, customer, &whole, room, fault);
    }
    return status;
}

static void read_loaded(void *context, int thread)
{
    struct reading *reading = context;
    struct attributing *attributing = reading->attributing;
    struct attribution_worker *worker = &attributing->workers[thread];
    struct customer_room *room = calloc(1, sizeof *room);
    struct entry_merger *merger = NULL;
    const struct tally *tally = attributing->options->loaded;
    worker->status = room == NULL ? attribution_no_memory(&worker->fault)
                                  : entry_merger_open(attributing->options->runs->source_count, &merger, &worker->fault);
    for (size_t number; worker->status == STATUS_OK && (number = atomic_fetch_add(&reading->next_range, 1)) < PARTITIONS;) {
        const struct partition *partition = &tally->partitions[number];
        for (uint32_t i = 0; i < partition->holder_count && worker->status == STATUS_OK; i++) {
            const struct holder *holder = partition_holder(tally, partition, i);
            if (holder->kind == HOLDER_CUSTOMER) worker->status = add_holder(attributing, thread, holder, merger, room, &worker->fault);
        }
    }
    if (room != NULL) bytes_free(&room->key);
    free(room);
    entry_merger_close(merger);
}

enum status attribution_read_customers(struct attributing *attributing, struct fault *fault)
{
    static const char behind = KEY_CUSTOMER + 1;
    struct reading reading = {.attributing = attributing, .to = {&behind, 1}, .read = read_customers};
    bool loaded = attributing->options->loaded != NULL;
    enum status status = loaded ? threads_run(&reading, read_loaded, fault) : threads_run(&reading, read_ranges, fault);
    if (status == STATUS_OK) status = sorter_seal(attributing->links[0], fault);
    return status == STATUS_OK ? sorter_seal(attributing->ties, fault) : status;
}
