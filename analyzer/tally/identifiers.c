#include "identifiers.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../support/hash.h"
#include "../support/parallel.h"

enum { BUCKETS = 256, FETCH_AHEAD = 12, CHUNK_ENTRIES = 1000, OWNER_STEP = sizeof(struct holder) / REGION_STEP };
static const uint64_t PASS_BYTES = (uint64_t)160 << 20;
static const uint64_t ENTRY_OF_CUSTOMER = 0x80; /* a bit of the state byte that states do not use */
#define NOBODY UINT32_MAX

/* One fact of one holder. It says enough to be counted; the fact itself is looked at only where
 * hashes are equal. */
struct entry {
    uint64_t hash; /* the lowest 16 bits give way to kind and state */
    uint32_t holder, fact; /* place, offset in the blob */
};

struct chunk {
    struct chunk *next;
    size_t count;
    struct entry entries[CHUNK_ENTRIES];
};

struct owner_pair {
    uint32_t a, b;
};

struct worker {
    struct chunk *buckets[BUCKETS];
    struct identifier_totals totals;
    struct owner_pair *pairs;  /* unattributed holders that share an identifier */
    size_t pair_count, pair_capacity;
    uint32_t *touched;         /* unattributed holders that share one with a customer */
    size_t touched_count, touched_capacity;
};

struct counting {
    const struct tally *tally;
    struct worker *workers;
    int thread_count;
    uint64_t pass, pass_mask;
    atomic_uint next_partition, next_bucket;
    atomic_bool failed;
};

static void *array_room(void *items, size_t *capacity, size_t count, size_t item_bytes)
{
    if (count < *capacity) return items;
    size_t wanted = *capacity + *capacity / 2 + 64;
    void *made = realloc(items, wanted * item_bytes);
    if (made != NULL) *capacity = wanted;
    return made;
}

static bool entry_add(struct chunk **bucket, struct entry entry)
{
    if (*bucket == NULL || (*bucket)->count == CHUNK_ENTRIES) {
        struct chunk *chunk = malloc(sizeof *chunk);
        if (chunk == NULL) return false;
        chunk->next = *bucket;
        chunk->count = 0;
        *bucket = chunk;
    }
    (*bucket)->entries[(*bucket)->count++] = entry;
    return true;
}

static uint8_t entry_kind(const struct entry *entry)
{
    return (uint8_t)(entry->hash >> 8);
}

static bool entry_of_customer(const struct entry *entry)
{
    return (entry->hash & ENTRY_OF_CUSTOMER) != 0;
}

/* Unattributed holders are numbered by their places. */
static uint32_t entry_owner(const struct entry *entry)
{
    return entry->holder / OWNER_STEP;
}

static uint64_t fact_hash(const struct tally *tally, const struct fact *fact)
{
    return hash_bytes(fact->packed, fact->packed_length, tally->seed ^ (uint64_t)fact->kind << 8 ^ (fact->state >> FACT_PACKING_SHIFT));
}

static bool spread_holder(struct counting *counting, struct worker *worker, const struct holder *holder)
{
    const struct tally *tally = counting->tally;
    uint64_t of_customer = holder->kind == HOLDER_CUSTOMER ? ENTRY_OF_CUSTOMER : 0;
    const char *blob = region_at(&tally->region, holder->blob), *end = facts_end(tally, holder);
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at)) {
        struct fact fact = fact_read(at);
        uint64_t hash = fact_hash(tally, &fact);
        if ((hash >> 16 & counting->pass_mask) != counting->pass) continue;
        struct entry entry = {(hash & ~UINT64_C(0xFFFF)) | (uint64_t)fact.kind << 8 | of_customer | fact.state,
                              region_place(&tally->region, holder), (uint32_t)(at - blob)};
        if (!entry_add(&worker->buckets[hash >> 56], entry)) return false;
    }
    return true;
}

/* Spreads the facts of this pass over the worker's buckets. */
static void spread(void *context, int thread)
{
    struct counting *counting = context;
    const struct tally *tally = counting->tally;
    for (;;) {
        uint32_t number = atomic_fetch_add(&counting->next_partition, 1);
        if (number >= PARTITIONS) return;
        const struct partition *partition = &tally->partitions[number];
        for (uint32_t i = 0; i < partition->holder_count; i++) {
            if (i + FETCH_AHEAD < partition->holder_count) {
                const char *blob = region_at(&tally->region, partition_holder(tally, partition, i + FETCH_AHEAD)->blob);
                __builtin_prefetch(blob);
                __builtin_prefetch(blob + 64);
            }
            if (!spread_holder(counting, &counting->workers[thread], partition_holder(tally, partition, i))) {
                atomic_store(&counting->failed, true);
                return;
            }
        }
    }
}

/* All facts of one identifier. */
struct group {
    struct entry first; /* holder 0: free */
    uint32_t customers;
    uint32_t owner;
    enum grade grade;
    bool sample;
};

static bool entries_equal(const struct counting *counting, const struct entry *a, const struct entry *b)
{
    if (a->hash >> 16 != b->hash >> 16 || entry_kind(a) != entry_kind(b)) return false;
    const struct region *region = &counting->tally->region;
    const struct holder *of_a = region_at(region, a->holder), *of_b = region_at(region, b->holder);
    struct fact x = fact_read((const char *)region_at(region, of_a->blob) + a->fact);
    struct fact y = fact_read((const char *)region_at(region, of_b->blob) + b->fact);
    return x.state >> FACT_PACKING_SHIFT == y.state >> FACT_PACKING_SHIFT && x.packed_length == y.packed_length &&
           memcmp(x.packed, y.packed, x.packed_length) == 0;
}

static bool group_add(struct worker *worker, struct group *group, const struct entry *entry)
{
    enum grade grade = fact_grade((uint8_t)entry->hash);
    if (grade > group->grade) group->grade = grade;
    group->sample |= (entry->hash & FACT_SAMPLE_BIT) != 0;
    if (entry_of_customer(entry)) {
        group->customers++;
        return true;
    }
    if (grade < GRADE_LIKELY) return true;
    if (group->owner == NOBODY) {
        group->owner = entry_owner(entry);
        return true;
    }
    struct owner_pair *pairs = array_room(worker->pairs, &worker->pair_capacity, worker->pair_count, sizeof *pairs);
    if (pairs == NULL) return false;
    worker->pairs = pairs;
    pairs[worker->pair_count++] = (struct owner_pair){group->owner, entry_owner(entry)};
    return true;
}

static bool group_count(struct worker *worker, const struct group *group)
{
    struct kind_totals *totals = &worker->totals.kinds[entry_kind(&group->first)];
    if (group->grade < GRADE_LIKELY) {
        totals->possible++;
        return true;
    }
    totals->distinct++;
    if (group->grade == GRADE_CONFIRMED) totals->confirmed++;
    else totals->likely++;
    totals->sample += group->sample;
    totals->unattributed += group->customers == 0;
    worker->totals.shared += group->customers > SHARED_CUSTOMERS_MAX;
    if (group->customers == 0 || group->owner == NOBODY) return true;
    uint32_t *touched = array_room(worker->touched, &worker->touched_capacity, worker->touched_count, sizeof *touched);
    if (touched == NULL) return false;
    worker->touched = touched;
    touched[worker->touched_count++] = group->owner;
    return true;
}

/* Groups the entries of one bucket, from all workers. */
static bool bucket_count(struct counting *counting, struct worker *worker, unsigned number)
{
    size_t count = 0;
    for (int t = 0; t < counting->thread_count; t++)
        for (const struct chunk *chunk = counting->workers[t].buckets[number]; chunk != NULL; chunk = chunk->next) count += chunk->count;
    if (count == 0) return true;
    size_t mask = 15;
    while (mask + 1 < count + count / 2) mask = 2 * mask + 1;
    struct group *groups = calloc(mask + 1, sizeof *groups);
    if (groups == NULL) return false;
    bool enough = true;
    for (int t = 0; t < counting->thread_count && enough; t++) {
        for (const struct chunk *chunk = counting->workers[t].buckets[number]; chunk != NULL && enough; chunk = chunk->next) {
            for (size_t i = 0; i < chunk->count && enough; i++) {
                const struct entry *entry = &chunk->entries[i];
                size_t slot = entry->hash >> 24 & mask;
                while (groups[slot].first.holder != 0 && !entries_equal(counting, &groups[slot].first, entry)) slot = (slot + 1) & mask;
                if (groups[slot].first.holder == 0) groups[slot] = (struct group){.first = *entry, .owner = NOBODY};
                enough = group_add(worker, &groups[slot], entry);
            }
        }
    }
    for (size_t slot = 0; slot <= mask && enough; slot++)
        if (groups[slot].first.holder != 0) enough = group_count(worker, &groups[slot]);
    free(groups);
    return enough;
}

static void count_buckets(void *context, int thread)
{
    struct counting *counting = context;
    for (;;) {
        unsigned number = atomic_fetch_add(&counting->next_bucket, 1);
        if (number >= BUCKETS) return;
        if (!bucket_count(counting, &counting->workers[thread], number)) atomic_store(&counting->failed, true);
    }
}

/* ------------------------------------------------------------------ clusters */

/* parents[i] == 0: a root. Untouched parts of the arrays never become memory. */
static uint32_t root_of(uint32_t *parents, uint32_t at)
{
    while (parents[at] != 0) {
        if (parents[parents[at]] != 0) parents[at] = parents[parents[at]];
        at = parents[at];
    }
    return at;
}

static bool has_likely_fact(const struct tally *tally, const struct holder *holder)
{
    const char *end = facts_end(tally, holder);
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at))
        if (fact_grade((uint8_t)at[1]) >= GRADE_LIKELY) return true;
    return false;
}

static void join_owners(const struct counting *counting, uint32_t *parents)
{
    for (int t = 0; t < counting->thread_count; t++) {
        const struct worker *worker = &counting->workers[t];
        for (size_t i = 0; i < worker->pair_count; i++) {
            uint32_t a = root_of(parents, worker->pairs[i].a), b = root_of(parents, worker->pairs[i].b);
            if (a != b) parents[a] = b;
        }
    }
}

/* Components of unattributed holders with a likely identifier, less those that touch a customer. */
static bool clusters_count(const struct counting *counting, uint64_t *clusters)
{
    enum { COUNTED = 1, TOUCHED = 2 };
    const struct tally *tally = counting->tally;
    size_t owners = atomic_load(&tally->region.used) / sizeof(struct holder) + 1;
    uint32_t *parents = calloc(owners, sizeof *parents);
    uint8_t *state = calloc(owners, 1);
    bool enough = parents != NULL && state != NULL;
    if (enough) join_owners(counting, parents);
    for (int t = 0; enough && t < counting->thread_count; t++)
        for (size_t i = 0; i < counting->workers[t].touched_count; i++)
            state[root_of(parents, counting->workers[t].touched[i])] |= TOUCHED;
    *clusters = 0;
    for (uint32_t number = 0; enough && number < PARTITIONS; number++) {
        const struct partition *partition = &tally->partitions[number];
        for (uint32_t i = 0; partition->holder_count > partition->customer_count && i < partition->holder_count; i++) {
            const struct holder *holder = partition_holder(tally, partition, i);
            if (holder->kind == HOLDER_CUSTOMER || !has_likely_fact(tally, holder)) continue;
            uint32_t root = root_of(parents, region_place(&tally->region, holder) / OWNER_STEP);
            *clusters += state[root] == 0;
            state[root] |= COUNTED;
        }
    }
    free(parents);
    free(state);
    return enough;
}

/* ------------------------------------------------------------------ all */

static void buckets_free(struct worker *worker)
{
    for (size_t i = 0; i < BUCKETS; i++)
        while (worker->buckets[i] != NULL) {
            struct chunk *next = worker->buckets[i]->next;
            free(worker->buckets[i]);
            worker->buckets[i] = next;
        }
}

static void totals_add(struct identifier_totals *to, const struct identifier_totals *from)
{
    to->shared += from->shared;
    for (size_t k = 0; k < KIND_COUNT; k++) {
        to->kinds[k].distinct += from->kinds[k].distinct;
        to->kinds[k].confirmed += from->kinds[k].confirmed;
        to->kinds[k].likely += from->kinds[k].likely;
        to->kinds[k].possible += from->kinds[k].possible;
        to->kinds[k].sample += from->kinds[k].sample;
        to->kinds[k].unattributed += from->kinds[k].unattributed;
    }
}

enum status identifiers_count(const struct tally *tally, int thread_count, struct identifier_totals *totals, struct fault *fault)
{
    *totals = (struct identifier_totals){0};
    struct counting counting = {.tally = tally, .thread_count = thread_count};
    counting.workers = calloc((size_t)thread_count, sizeof *counting.workers);
    if (counting.workers == NULL) return fault_set(fault, STATUS_FATAL, "no memory to count identifiers");
    /* A fact takes 12 to 16 bytes of all memory, and an entry as much; the rest is other things. */
    uint64_t entries_bytes = atomic_load(&tally->region.used) / 2;
    while (entries_bytes / (counting.pass_mask + 1) > PASS_BYTES) counting.pass_mask = 2 * counting.pass_mask + 1;
    for (counting.pass = 0; counting.pass <= counting.pass_mask; counting.pass++) {
        atomic_store(&counting.next_partition, 0);
        atomic_store(&counting.next_bucket, 0);
        parallel_run(thread_count, spread, &counting);
        parallel_run(thread_count, count_buckets, &counting);
        for (int t = 0; t < thread_count; t++) buckets_free(&counting.workers[t]);
        if (atomic_load(&counting.failed)) break;
    }
    bool enough = !atomic_load(&counting.failed) && clusters_count(&counting, &totals->clusters_unattributed);
    for (int t = 0; t < thread_count; t++) {
        totals_add(totals, &counting.workers[t].totals);
        free(counting.workers[t].pairs);
        free(counting.workers[t].touched);
    }
    free(counting.workers);
    return enough ? STATUS_OK : fault_set(fault, STATUS_FATAL, "no memory to count identifiers");
}
