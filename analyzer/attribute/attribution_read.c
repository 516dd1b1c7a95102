#include <stdlib.h>
#include <string.h>

#include "../support/hash.h"
#include "../support/parallel.h"
#include "attribution_inner.h"
#include "roster_line.h"

/* Hashes that only leave out what cannot matter: fixed, since no table hangs on them. */
static const uint64_t mark_seed = UINT64_C(0x6d61726b73);

enum {
    SETS_FEW_SHARE = 8, /* of all holders, one in so many */
    MARK_BITS_AN_IDENTIFIER = 16, /* at least */
    MARK_WORD_BITS = 32,
    MARK_WORDS_MIN = 1 << 11
};

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
    worker->status = entry_merger_open(attributing->options->runs->source_count, attributing->options->runs->zone_s, &merger, &worker->fault);
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

static inline uint64_t mark_hash(uint8_t kind, uint8_t packing, const char *packed, size_t length)
{
    return hash_short(packed, length, mark_seed ^ (uint64_t)kind << 8 ^ packing);
}

/* The word by the lowest bits of the hash, two bits in it by the highest. */
static inline atomic_uint *mark_word(const struct attributing *attributing, uint64_t hash)
{
    return &attributing->marks[hash & (attributing->mark_words - 1)];
}

static inline unsigned mark_bits(uint64_t hash)
{
    return 1u << (hash >> 59) | 1u << (hash >> 54) % MARK_WORD_BITS;
}

static inline uint64_t fact_mark_hash(struct fact fact)
{
    return mark_hash(fact.kind, fact_packing(fact.state), fact.packed, fact.packed_length);
}

static inline bool is_marked(const struct attributing *attributing, uint64_t hash)
{
    return (mark_bits(hash) & ~atomic_load_explicit(mark_word(attributing, hash), memory_order_relaxed)) == 0;
}

static void set_mark(struct attributing *attributing, const struct tally_identifier *identifier)
{
    uint64_t hash = mark_hash(identifier->kind, fact_packing(identifier->state), identifier->packed, identifier->length);
    atomic_store_explicit(&attributing->looked[identifier->kind], LOOKED_SETS, memory_order_relaxed);
    atomic_fetch_or_explicit(mark_word(attributing, hash), mark_bits(hash), memory_order_relaxed);
}

/* Which of a set's identifiers the roster has, a bit each by position. */
static uint32_t find_in_roster(const struct roster *roster, struct span set)
{
    struct roster_look looks[HOLDER_SET_MAX];
    struct roster_interval interval;
    struct tally_identifier identifier;
    size_t at = 0, count = 0;
    uint32_t found = 0;
    while (count < HOLDER_SET_MAX && holder_set_next(set, &at, &identifier)) roster_look_ahead(roster, &identifier, &looks[count++]);
    roster_look_all(looks, count);
    for (size_t i = 0; i < count; i++) found |= (uint32_t)roster_next(&looks[i], &interval) << i;
    return found;
}

/* Each identifier of a set, with the set behind it in the key. Those that the roster has are not marked: it alone says whose they are,
 * whatever customers have them. */
static enum status add_set(struct attributing *attributing, int thread, struct span set, struct bytes *room, struct fault *fault)
{
    const struct roster *roster = attributing->options->roster;
    struct tally_identifier identifier;
    size_t at = 0;
    uint32_t rostered = roster != NULL ? find_in_roster(roster, set) : 0;
    for (unsigned position = 0; holder_set_next(set, &at, &identifier); position++, rostered >>= 1) {
        bool has = (rostered & 1) != 0;
        char name[NAME_BYTES_MAX], value = (char)(position | (has ? SET_ROSTERED : 0u));
        size_t length = name_write(identifier.kind, fact_packing(identifier.state), identifier.packed, identifier.length, name);
        room->count = 0;
        if (!bytes_reserve(room, length + set.len)) return attribution_no_memory(fault);
        bytes_put(room, name, length);
        bytes_put(room, set.at, set.len);
        if (!has) set_mark(attributing, &identifier);
        attributing->workers[thread].marked += !has;
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

/* All days of a set are neighbours: it is added once. last: the set before, whose bytes are kept. */
static enum status next_set(struct attributing *attributing, int thread, struct span set, struct bytes *last, struct bytes *room, struct fault *fault)
{
    if (set.len == last->count && (set.len == 0 || memcmp(set.at, last->at, set.len) == 0)) return STATUS_OK;
    last->count = 0;
    if (!bytes_reserve(last, set.len + 1)) return attribution_no_memory(fault);
    bytes_put(last, set.at, set.len);
    return add_set(attributing, thread, set, room, fault);
}

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
        status = next_set(attributing, thread, set, &last, &room, fault);
        if (status != STATUS_OK) break;
    }
    bytes_free(&last);
    bytes_free(&room);
    return status;
}

size_t attribution_first_set(const struct attribution_options *options)
{
    const struct sorted_holders *sorted = options->sorted;
    size_t low = sorted->customer_count, high = sorted->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct holder *holder = region_at(&options->loaded->region, sorted->refs[middle].holder);
        if (holder->kind == HOLDER_SET) high = middle;
        else low = middle + 1;
    }
    return low;
}

static enum status read_loaded_set(struct attributing *attributing, int thread, const struct holder *holder, struct bytes *last, struct bytes *room,
                                   struct fault *fault)
{
    const struct tally *tally = attributing->options->loaded;
    struct span key = holder_key(tally, holder);
    if (key.len < HOLDER_SET_DAY_BYTES) return STATUS_OK;
    struct span set = holder_set_of(key);
    if (is_cut(set)) attributing->workers[thread].records_cut += holder_records(tally, holder);
    return next_set(attributing, thread, set, last, room, fault);
}

/* Of holders in memory, slice by slice of their order. */
static void read_loaded_sets(void *context, int thread)
{
    struct reading *reading = context;
    struct attributing *attributing = reading->attributing;
    struct attribution_worker *worker = &attributing->workers[thread];
    const struct attribution_options *options = attributing->options;
    const struct tally *tally = options->loaded;
    size_t first = attribution_first_set(options), count = options->sorted->count - first, slices = (size_t)options->runs->thread_count * RANGES_PER_THREAD;
    struct bytes last = {0}, room = {0};
    worker->status = STATUS_OK;
    for (size_t number; worker->status == STATUS_OK && (number = atomic_fetch_add(&reading->next_range, 1)) < slices;) {
        size_t end = first + count * (number + 1) / slices;
        for (size_t i = first + count * number / slices; i < end && worker->status == STATUS_OK; i++) {
            const struct holder *holder = region_at(&tally->region, options->sorted->refs[i].holder);
            worker->status = read_loaded_set(attributing, thread, holder, &last, &room, &worker->fault);
        }
    }
    bytes_free(&last);
    bytes_free(&room);
}

/* Folds the marks, which were made for as many as there may be, to what those there are need: all customers' identifiers are
 * held against them, and few marks stay in the caches. No other thread is at work on them. */
static void fold_marks(struct attributing *attributing)
{
    uint64_t marked = 0;
    for (int i = 0; i < attributing->options->runs->thread_count; i++) marked += attributing->workers[i].marked;
    uint64_t wanted = MARK_BITS_AN_IDENTIFIER * marked / MARK_WORD_BITS;
    unsigned *marks = (unsigned *)attributing->marks;
    while (attributing->mark_words > MARK_WORDS_MIN && attributing->mark_words / 2 >= wanted) {
        attributing->mark_words /= 2;
        for (size_t i = 0; i < attributing->mark_words; i++) marks[i] |= marks[attributing->mark_words + i];
    }
}

size_t attribution_set_count(const struct tally *tally)
{
    size_t count = 0;
    for (uint32_t number = 0; number < PARTITIONS; number++) count += tally->partitions[number].set_count;
    return count;
}

static void read_few_sets(void *context, int thread)
{
    struct reading *reading = context;
    struct attributing *attributing = reading->attributing;
    struct attribution_worker *worker = &attributing->workers[thread];
    const struct tally *tally = attributing->options->loaded;
    struct bytes last = {0}, room = {0};
    worker->status = STATUS_OK;
    for (size_t number; worker->status == STATUS_OK && (number = atomic_fetch_add(&reading->next_range, 1)) < PARTITIONS;) {
        const struct partition *partition = &tally->partitions[number];
        for (uint32_t i = 0; i < partition->holder_count; i += 32)
            for (uint32_t sets = partition_sets(tally, partition, i); sets != 0 && worker->status == STATUS_OK; sets &= sets - 1) {
                const struct holder *holder = partition_holder(tally, partition, i + (uint32_t)__builtin_ctz(sets));
                worker->status = read_loaded_set(attributing, thread, holder, &last, &room, &worker->fault);
            }
    }
    bytes_free(&last);
    bytes_free(&room);
}

/* Reads them with a function. */
static enum status sets_read(struct attributing *attributing, void (*read)(void *context, int thread), struct fault *fault)
{
    static const char first = (char)KEY_SETS;
    struct reading reading = {.attributing = attributing, .from = {&first, 1}, .read = read_sets};
    enum status status = threads_run(&reading, read, fault);
    for (int i = 0; i < attributing->options->runs->thread_count; i++) attributing->made->records_cut += attributing->workers[i].records_cut;
    fold_marks(attributing);
    return status == STATUS_OK ? sorter_seal(attributing->sets, fault) : status;
}

enum status attribution_read_sets(struct attributing *attributing, struct fault *fault)
{
    return sets_read(attributing, attributing->options->sorted != NULL ? read_loaded_sets : read_ranges, fault);
}

enum status attribution_read_few_sets(struct attributing *attributing, bool *few, struct fault *fault)
{
    const struct tally *tally = attributing->options->loaded;
    uint64_t holders = 0;
    for (uint32_t number = 0; number < PARTITIONS; number++) holders += tally->partitions[number].holder_count;
    *few = attributing->set_count <= holders / SETS_FEW_SHARE;
    return *few ? sets_read(attributing, read_few_sets, fault) : STATUS_OK;
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

/* Customers whose facts are looked at together, so that what they touch in the roster is fetched for all at once. */
enum { CUSTOMERS_TOGETHER = 32, FACTS_TOGETHER = 192 };

/* A customer in memory that is to be looked at: it is found in the roster in steps, while others come. */
struct coming {
    const struct holder *holder;
    struct roster_seek seek;
};
enum { COMING = 16, SOUGHT_ON = COMING / 2 };

/* A fact in memory whose mark is looked at when its word is there. */
struct asked {
    const struct holder *holder;
    const char *at;
    uint32_t own;
    uint64_t hash;
};
enum { ASKED = 16 };

/* A fact that is confirmed or likely. */
struct read_fact {
    struct fact fact;
    const char *at;          /* in memory; NULL: whole is known */
    struct entry_fact whole;
    bool marked;             /* some set has the identifier, perhaps, and the roster has it not */
    bool sought;             /* somebody else may have it, by the roster */
    struct roster_look *look; /* for whom else the roster has it; NULL: for nobody */
};

struct read_customer {
    const struct holder *holder; /* in memory; NULL: read from a run */
    struct span id;
    uint32_t own; /* its number in the roster, where it is in memory */
    size_t id_at; /* in the room for IDs, where it is read from a run */
    uint64_t records;
    size_t fact_end; /* behind its last fact */
};

struct batch {
    struct attributing *attributing;
    int thread;
    struct entry_merger *merger;
    struct tying tying;
    struct bytes key; /* room */
    struct bytes run_ids; /* runs lend their customers one at a time: IDs and packed bytes of facts are kept */
    char run_packed[FACTS_TOGETHER][IDENTIFIER_SIZE];
    size_t customer_count, fact_count;
    struct coming coming[COMING]; /* a ring: the one that came as the n-th stands at n modulo that */
    size_t came;
    struct asked asked[ASKED]; /* a ring, as well */
    size_t asked_count;
    struct read_customer customers[CUSTOMERS_TOGETHER];
    struct span ids[CUSTOMERS_TOGETHER];
    uint32_t owns[CUSTOMERS_TOGETHER]; /* their numbers in the roster */
    struct read_fact facts[FACTS_TOGETHER];
    struct tally_identifier identifier; /* room */
    struct roster_look looks[FACTS_TOGETHER];
};

/* The fact with its counts, once they are needed: of most they are not. */
static const struct entry_fact *fact_whole(struct batch *batch, const struct read_customer *customer, size_t number)
{
    const struct attribution_options *options = batch->attributing->options;
    struct read_fact *fact = &batch->facts[number];
    if (fact->at != NULL) fact->whole = entry_fact_of(options->loaded, customer->holder, fact->at, &options->numbers);
    fact->at = NULL;
    return &fact->whole;
}

/* Whether the identifier is somebody else's, and never the customer's own, or not at the time of these records, when it is another's. */
static bool is_others(struct roster_look *look, const struct entry_fact *fact, uint32_t own)
{
    struct roster_interval interval;
    bool ever_own = false, now_own = false, now_others = false, timed = fact->time_first != TIME_NONE;
    while (roster_next(look, &interval)) {
        bool now = timed && fact->time_last >= interval.from_s && fact->time_first < interval.to_s;
        ever_own |= interval.customer == own;
        *(interval.customer == own ? &now_own : &now_others) |= now;
    }
    return !ever_own || (now_others && !now_own);
}

/* A fact that some set may have, too: how that may lead to the customer. */
static enum status add_link(struct batch *batch, struct span customer, const struct entry_fact *whole, struct fault *fault)
{
    const struct fact *of = &whole->fact;
    char name[NAME_BYTES_MAX], value[LINK_VALUE_BYTES];
    size_t length = name_write(of->kind, fact_packing(of->state), of->packed, of->packed_length, name);
    bool timed = whole->time_first != TIME_NONE;
    batch->key.count = 0;
    if (!bytes_reserve(&batch->key, length + customer.len)) return attribution_no_memory(fault);
    bytes_put(&batch->key, name, length);
    bytes_put(&batch->key, customer.at, customer.len);
    link_write(timed ? whole->time_first : INT64_MAX, timed ? whole->time_last : INT64_MIN, value);
    return sorter_add(batch->attributing->links[0], batch->thread, (struct span){batch->key.at, batch->key.count}, (struct span){value, sizeof value}, fault);
}

/* Of a customer that the roster does not know, that is booked too. */
static enum status add_stranger(struct batch *batch, struct span customer, struct fault *fault)
{
    struct span mark;
    batch->key.count = 0;
    if (!bytes_reserve(&batch->key, customer.len + 1)) return attribution_no_memory(fault);
    bytes_put_byte(&batch->key, KEY_CUSTOMER);
    bytes_put(&batch->key, customer.at, customer.len);
    enum status status = entry_mark(batch->merger, BASIS_STRANGER, &mark, fault);
    if (status == STATUS_OK)
        status = sorter_add(batch->attributing->booked, batch->thread, (struct span){batch->key.at, batch->key.count}, mark, fault);
    return status;
}

static inline void look_ahead(struct batch *batch, const struct fact *of, struct roster_look *look)
{
    struct tally_identifier *identifier = &batch->identifier;
    identifier->kind = of->kind;
    identifier->state = of->state;
    identifier->length = of->packed_length;
    bytes_copy(identifier->packed, of->packed, of->packed_length);
    roster_look_ahead(batch->attributing->options->roster, identifier, look);
}

static __attribute__((noinline)) bool is_anywhere_among(struct span keys, struct fact fact, char form, const char **next)
{
    for (const char *at = keys.at, *end = keys.at + keys.len; at < end; at += roster_key_length(at)) {
        if (at[0] != (char)fact.kind || at[1] != form || !bytes_equal(at + ROSTER_KEY_HEAD, fact.packed, fact.packed_length)) continue;
        *next = at + roster_key_length(at);
        return true;
    }
    return false;
}

/* Whether a customer's own keys have the fact. *next: where it is likely to be, since both have their order from columns of a file. */
static inline bool is_among(struct span keys, struct fact fact, const char **next)
{
    const char form = roster_key_form(fact_packing(fact.state), fact.packed_length), *at = *next;
    bool there = at < keys.at + keys.len && at[0] == (char)fact.kind && at[1] == form && bytes_equal(at + ROSTER_KEY_HEAD, fact.packed, fact.packed_length);
    if (there) *next = at + ROSTER_KEY_HEAD + fact.packed_length;
    return there || is_anywhere_among(keys, fact, form, next);
}

/* Finds customers that are read from runs in the roster, and begins to look for those identifiers that it does not have with the customer
 * alone. Of customers in memory that is known. */
static void batch_look(struct batch *batch)
{
    const struct roster *roster = batch->attributing->options->roster;
    const bool of_runs = batch->attributing->options->loaded == NULL;
    size_t number = 0, look_count = 0;
    for (size_t i = 0; i < batch->customer_count; i++) batch->ids[i] = batch->customers[i].id, batch->owns[i] = batch->customers[i].own;
    if (of_runs) roster_find_all(roster, batch->ids, batch->customer_count, batch->owns);
    for (size_t i = 0; i < batch->customer_count; i++) {
        struct span keys = {"", 0};
        if (of_runs && batch->owns[i] != ROSTER_NOBODY) keys = roster_alone(roster, batch->owns[i]);
        const char *next = keys.at;
        for (; number < batch->customers[i].fact_end; number++) {
            struct read_fact *read = &batch->facts[number];
            if (!read->sought || is_among(keys, read->fact, &next)) continue;
            read->look = &batch->looks[look_count++];
            look_ahead(batch, &read->fact, read->look);
        }
    }
    roster_look_all(batch->looks, look_count);
}

/* Judges all that were gathered, and empties the batch. */
static enum status batch_judge(struct batch *batch, struct fault *fault)
{
    const struct roster *roster = batch->attributing->options->roster;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < batch->customer_count; i++)
        if (batch->customers[i].holder == NULL) batch->customers[i].id.at = batch->run_ids.at + batch->customers[i].id_at;
    if (roster != NULL) batch_look(batch);
    for (size_t i = 0, number = 0; i < batch->customer_count && status == STATUS_OK; i++) {
        const struct read_customer *customer = &batch->customers[i];
        if (roster != NULL && customer->records > 0 && batch->owns[i] == ROSTER_NOBODY) status = add_stranger(batch, customer->id, fault);
        for (; number < customer->fact_end && status == STATUS_OK; number++) {
            struct roster_look *look = batch->facts[number].look;
            bool tied = look != NULL && roster_others(look, batch->owns[i]) && is_others(look, fact_whole(batch, customer, number), batch->owns[i]);
            if (batch->facts[number].marked) status = add_link(batch, customer->id, fact_whole(batch, customer, number), fault);
            if (tied && status == STATUS_OK) status = attribution_tie(&batch->tying, customer->id, fact_whole(batch, customer, number), fault);
        }
    }
    batch->customer_count = batch->fact_count = batch->run_ids.count = 0;
    return status;
}

/* Keeps an ID that a run lends. false: no memory. */
static bool run_id_keep(struct batch *batch, struct span id, struct read_customer *customer)
{
    if (!bytes_reserve(&batch->run_ids, id.len)) return false;
    customer->id_at = batch->run_ids.count;
    bytes_put(&batch->run_ids, id.at, id.len);
    return true;
}

/* A customer with more facts than there is room for is gathered again. */
static enum status batch_room(struct batch *batch, bool of_fact, struct fault *fault)
{
    if (of_fact ? batch->fact_count < FACTS_TOGETHER : batch->customer_count < CUSTOMERS_TOGETHER) return STATUS_OK;
    struct read_customer customer = {0};
    if (of_fact) customer = batch->customers[batch->customer_count - 1];
    enum status status = batch_judge(batch, fault);
    if (!of_fact) return status;
    customer.records = customer.fact_end = 0;
    if (customer.holder == NULL) {
        memmove(batch->run_ids.at, batch->run_ids.at + customer.id_at, customer.id.len);
        batch->run_ids.count = customer.id.len;
        customer.id_at = 0;
    }
    batch->customers[batch->customer_count++] = customer;
    return status;
}

/* holder: NULL for one of a run, whose ID is kept; else own is known. A customer may be gathered several times, but for one of them with
 * records 0, so that a stranger is booked once. */
static enum status gather_customer(struct batch *batch, const struct holder *holder, uint32_t own, struct span id, uint64_t records, struct fault *fault)
{
    enum status status = batch_room(batch, false, fault);
    struct read_customer *customer = &batch->customers[batch->customer_count];
    *customer = (struct read_customer){.holder = holder, .id = id, .own = own, .records = records, .fact_end = batch->fact_count};
    if (holder == NULL && !run_id_keep(batch, id, customer)) return attribution_no_memory(fault);
    batch->customer_count++;
    return status;
}

/* What may have to be found out of an identifier, LOOKED_ bits: whether some set has it that the roster does not have, which its mark tells, and
 * whose it is by the roster. Of what stands among the customer's own keys there is neither. */
static inline unsigned fact_wants(const struct attributing *attributing, struct fact fact, struct span keys, const char **next)
{
    unsigned wanted = atomic_load_explicit(&attributing->looked[fact.kind], memory_order_relaxed);
    if (wanted == 0 || fact_grade(fact.state) < GRADE_LIKELY) return 0;
    return (wanted & LOOKED_ROSTER) != 0 && is_among(keys, fact, next) ? 0 : wanted;
}

static __attribute__((noinline)) enum status gather_fact(struct batch *batch, struct fact of, unsigned wanted, const char *at,
                                                         const struct entry_fact *whole, struct fault *fault)
{
    enum status status = batch_room(batch, true, fault);
    struct read_fact *fact = &batch->facts[batch->fact_count];
    batch->fact_count++;
    fact->fact = of;
    fact->look = NULL;
    fact->at = at;
    fact->marked = (wanted & LOOKED_SETS) != 0;
    fact->sought = (wanted & LOOKED_ROSTER) != 0;
    if (whole != NULL) {
        char *packed = batch->run_packed[batch->fact_count - 1];
        memcpy(packed, of.packed, of.packed_length);
        fact->whole = *whole;
        fact->whole.fact.packed = fact->fact.packed = packed;
    }
    batch->customers[batch->customer_count - 1].fact_end = batch->fact_count;
    return status;
}

static struct batch *batch_open(struct attributing *attributing, int thread, struct entry_merger *merger)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) return NULL;
    batch->attributing = attributing;
    batch->thread = thread;
    batch->merger = merger;
    attribution_tying_open(attributing, thread, merger, &batch->tying);
    return batch;
}

static void batch_close(struct batch *batch)
{
    if (batch == NULL) return;
    attribution_tying_close(&batch->tying);
    bytes_free(&batch->key);
    bytes_free(&batch->run_ids);
    free(batch);
}

static enum status read_customers(struct attributing *attributing, int thread, struct runs_walk *walk, struct entry_merger *merger,
                                  struct fault *fault)
{
    struct batch *batch = batch_open(attributing, thread, merger);
    struct span key, value;
    enum status status = batch == NULL ? attribution_no_memory(fault) : STATUS_OK;
    while (status == STATUS_OK && (status = runs_walk_next(walk, &key, &value, fault)) == STATUS_OK) {
        struct entry_facts facts;
        struct entry_fact fact;
        status = entry_facts_open(value, &facts, fault);
        if (status == STATUS_OK) status = gather_customer(batch, NULL, ROSTER_NOBODY, (struct span){key.at + 1, key.len - 1}, facts.records, fault);
        while (status == STATUS_OK && (status = entry_facts_next(&facts, &fact, fault)) == STATUS_OK) {
            const char *next = "";
            unsigned wanted = fact_wants(attributing, fact.fact, (struct span){next, 0}, &next); /* whose keys are known later */
            if ((wanted & LOOKED_SETS) != 0 && !is_marked(attributing, fact_mark_hash(fact.fact))) wanted &= ~(unsigned)LOOKED_SETS;
            if (wanted != 0) status = gather_fact(batch, fact.fact, wanted, NULL, &fact, fault);
        }
        if (status == STATUS_END) status = STATUS_OK;
    }
    if (status == STATUS_END) {
        status = batch_judge(batch, fault);
        if (status == STATUS_OK) status = STATUS_END;
    }
    batch_close(batch);
    return status;
}

static inline void person_keep(const struct attribution_options *options, const struct holder *holder, const struct roster_told *told)
{
    size_t number = holder_number(options->loaded, holder);
    struct person_facts person = {.jurisdiction = 0};
    if (told != NULL) jurisdictions_person(options->jurisdictions, &told->person, &person);
    if (number < options->persons->count) options->persons->of[number] = person_kept(&person);
}

/* A fact whose word of marks is there: where it is marked, it is gathered, apart from what else is of its customer. */
static enum status asked_end(struct batch *batch, const struct asked *asked, struct fault *fault)
{
    const struct attributing *attributing = batch->attributing;
    if (!is_marked(attributing, asked->hash)) return STATUS_OK;
    enum status status = gather_customer(batch, asked->holder, asked->own, holder_key(attributing->options->loaded, asked->holder), 0, fault);
    return status == STATUS_OK ? gather_fact(batch, fact_read(asked->at), LOOKED_SETS, asked->at, NULL, fault) : status;
}

/* Asks for its mark; the fact that was asked for ASKED before is at its end. */
static inline enum status asked_begin(struct batch *batch, const struct holder *holder, uint32_t own, const char *at, struct fault *fault)
{
    const size_t number = batch->asked_count++;
    struct asked *asked = &batch->asked[number % ASKED];
    enum status status = number >= ASKED ? asked_end(batch, asked, fault) : STATUS_OK;
    *asked = (struct asked){holder, at, own, fact_mark_hash(fact_read(at))};
    __builtin_prefetch((const void *)mark_word(batch->attributing, asked->hash));
    return status;
}

static enum status asked_last(struct batch *batch, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t number = batch->asked_count > ASKED ? batch->asked_count - ASKED : 0; number < batch->asked_count && status == STATUS_OK; number++)
        status = asked_end(batch, &batch->asked[number % ASKED], fault);
    batch->asked_count = 0;
    return status;
}

static enum status gather_sought(struct batch *batch, const struct holder *holder, uint32_t own, const char *at, struct fault *fault)
{
    bool is_last = batch->customer_count > 0 && batch->customers[batch->customer_count - 1].holder == holder;
    enum status status = STATUS_OK;
    if (!is_last) status = gather_customer(batch, holder, own, holder_key(batch->attributing->options->loaded, holder), 0, fault);
    return status == STATUS_OK ? gather_fact(batch, fact_read(at), LOOKED_ROSTER, at, NULL, fault) : status;
}

/* Gathers of a customer in memory what is to be found out of it. Of most there is nothing: the roster knows it, and has those of its
 * identifiers of which it has the kind with it alone; and no set has any of the others. */
static inline enum status gather_holder(struct batch *batch, const struct holder *holder, uint32_t own, struct span keys, struct fault *fault)
{
    const struct attributing *attributing = batch->attributing;
    const struct tally *tally = attributing->options->loaded;
    bool stranger = own == ROSTER_NOBODY && attributing->options->roster != NULL && holder_records(tally, holder) > 0;
    enum status status = STATUS_OK;
    if (stranger) status = gather_customer(batch, holder, own, holder_key(tally, holder), holder_records(tally, holder), fault);
    const char *end = facts_end(tally, holder), *next = keys.at;
    for (const char *at = facts_begin(tally, holder); at < end && status == STATUS_OK; at = fact_after(at)) {
        unsigned wanted = fact_wants(attributing, fact_read(at), keys, &next);
        if ((wanted & LOOKED_ROSTER) != 0) status = gather_sought(batch, holder, own, at, fault);
        if ((wanted & LOOKED_SETS) != 0 && status == STATUS_OK) status = asked_begin(batch, holder, own, at, fault);
    }
    return status;
}

/* Finds a customer in memory in the roster, and gathers what is to be found out of it. */
static enum status coming_read(struct batch *batch, const struct coming *coming, struct fault *fault)
{
    const struct attribution_options *options = batch->attributing->options;
    uint32_t own = options->roster != NULL ? roster_seek_end(options->roster, &coming->seek) : ROSTER_NOBODY;
    struct roster_told told = {.alone = {"", 0}};
    if (own != ROSTER_NOBODY) roster_tell(options->roster, own, &told);
    if (options->persons != NULL) person_keep(options, coming->holder, own != ROSTER_NOBODY ? &told : NULL);
    return gather_holder(batch, coming->holder, own, told.alone, fault);
}

static inline void coming_seek_on(struct batch *batch, size_t number)
{
    const struct roster *roster = batch->attributing->options->roster;
    if (roster != NULL) roster_seek_on(roster, &batch->coming[number % COMING].seek);
}

/* A customer in memory comes; the one that came COMING before is read. */
static inline enum status read_holder(struct batch *batch, const struct holder *holder, struct fault *fault)
{
    const struct attribution_options *options = batch->attributing->options;
    const size_t number = batch->came++;
    struct coming *coming = &batch->coming[number % COMING];
    enum status status = number >= COMING ? coming_read(batch, coming, fault) : STATUS_OK;
    if (number >= SOUGHT_ON) coming_seek_on(batch, number - SOUGHT_ON);
    coming->holder = holder;
    if (options->roster != NULL) roster_seek_begin(options->roster, holder_key(options->loaded, holder), &coming->seek);
    return status;
}

/* Those that are left. */
static enum status read_last(struct batch *batch, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t number = batch->came > SOUGHT_ON ? batch->came - SOUGHT_ON : 0; number < batch->came; number++) coming_seek_on(batch, number);
    for (size_t number = batch->came > COMING ? batch->came - COMING : 0; number < batch->came && status == STATUS_OK; number++)
        status = coming_read(batch, &batch->coming[number % COMING], fault);
    batch->came = 0;
    if (status == STATUS_OK) status = asked_last(batch, fault);
    return status == STATUS_OK ? batch_judge(batch, fault) : status;
}

static void read_loaded(void *context, int thread)
{
    struct reading *reading = context;
    struct attributing *attributing = reading->attributing;
    struct attribution_worker *worker = &attributing->workers[thread];
    struct entry_merger *merger = NULL;
    const struct tally *tally = attributing->options->loaded;
    worker->status = entry_merger_open(attributing->options->runs->source_count, attributing->options->runs->zone_s, &merger, &worker->fault);
    struct batch *batch = worker->status == STATUS_OK ? batch_open(attributing, thread, merger) : NULL;
    if (worker->status == STATUS_OK && batch == NULL) worker->status = attribution_no_memory(&worker->fault);
    for (size_t number; worker->status == STATUS_OK && (number = atomic_fetch_add(&reading->next_range, 1)) < PARTITIONS;) {
        const struct partition *partition = &tally->partitions[number];
        for (uint32_t i = 0; i < partition->holder_count && worker->status == STATUS_OK; i++) {
            const struct holder *holder = partition_holder(tally, partition, i);
            if (holder->kind != HOLDER_CUSTOMER) continue;
            const char *blob = region_at(&tally->region, holder->blob);
            __builtin_prefetch(blob);
            __builtin_prefetch(blob + 64);
            worker->status = read_holder(batch, holder, &worker->fault);
        }
    }
    if (worker->status == STATUS_OK) worker->status = read_last(batch, &worker->fault);
    batch_close(batch);
    entry_merger_close(merger);
}

static void look_for_kinds(struct attributing *attributing)
{
    const struct roster *roster = attributing->options->roster;
    for (unsigned kind = 0; roster != NULL && kind <= UINT8_MAX; kind++)
        if (roster_has_kind(roster, (uint8_t)kind)) attributing->looked[kind] |= LOOKED_ROSTER;
}

enum status attribution_looks_open(struct attributing *attributing, struct fault *fault)
{
    const struct runs *runs = attributing->options->runs;
    enum status status = STATUS_OK;
    look_for_kinds(attributing);
    for (int i = 0; i < runs->thread_count && status == STATUS_OK; i++) {
        struct attribution_worker *worker = &attributing->workers[i];
        status = entry_merger_open(runs->source_count, runs->zone_s, &worker->merger, fault);
        if (status == STATUS_OK && (worker->batch = batch_open(attributing, i, worker->merger)) == NULL) status = attribution_no_memory(fault);
    }
    return status;
}

void attribution_look(struct attributing *attributing, int thread, const struct holder *holder)
{
    struct attribution_worker *worker = &attributing->workers[thread];
    if (holder->kind == HOLDER_CUSTOMER && worker->status == STATUS_OK) worker->status = read_holder(worker->batch, holder, &worker->fault);
}

enum status attribution_looks_end(struct attributing *attributing, struct fault *fault)
{
    for (int i = 0; i < attributing->options->runs->thread_count; i++) {
        struct attribution_worker *worker = &attributing->workers[i];
        if (worker->status == STATUS_OK) worker->status = read_last(worker->batch, &worker->fault);
        if (worker->status == STATUS_OK) continue;
        *fault = worker->fault;
        return worker->status;
    }
    attribution_looks_close(attributing);
    return sorter_seal(attributing->links[0], fault);
}

void attribution_looks_close(struct attributing *attributing)
{
    for (int i = 0; attributing->workers != NULL && i < attributing->options->runs->thread_count; i++) {
        struct attribution_worker *worker = &attributing->workers[i];
        batch_close(worker->batch);
        entry_merger_close(worker->merger);
        worker->batch = NULL;
        worker->merger = NULL;
    }
}

enum status attribution_read_customers(struct attributing *attributing, struct fault *fault)
{
    static const char behind = KEY_CUSTOMER + 1;
    struct reading reading = {.attributing = attributing, .to = {&behind, 1}, .read = read_customers};
    const struct attribution_options *options = attributing->options;
    enum status status = STATUS_OK;
    look_for_kinds(attributing);
    if (options->roster != NULL || !options->untied)
        status = threads_run(&reading, options->loaded != NULL ? read_loaded : read_ranges, fault);
    return status == STATUS_OK ? sorter_seal(attributing->links[0], fault) : status;
}
