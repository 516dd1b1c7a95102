#include "identifiers.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../support/hash.h"
#include "../support/parallel.h"

enum { BUCKETS = 256, PASS_BYTES = 48 << 20, FACTS_LEAST = 4096 };
#define NOBODY UINT32_MAX /* owner of a fact that a customer holds */

struct entry {
    uint64_t hash; /* the lowest byte gives way to the partition's number */
    uint32_t fact;
    uint32_t owner; /* number of the unattributed holder, or NOBODY */
};

struct entries {
    struct entry *items;
    size_t count, capacity;
};

struct owner_pair {
    uint32_t a, b;
};

struct worker {
    struct entries buckets[BUCKETS];
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
    uint32_t first_owner[PARTITIONS]; /* numbers of unattributed holders begin here */
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

static bool entry_add(struct entries *bucket, struct entry entry)
{
    struct entry *items = array_room(bucket->items, &bucket->capacity, bucket->count, sizeof *items);
    if (items == NULL) return false;
    bucket->items = items;
    items[bucket->count++] = entry;
    return true;
}

static uint64_t fact_hash(const struct tally *tally, const struct fact *fact)
{
    return hash_bytes(fact->packed, fact->packed_length, tally->seed ^ (uint64_t)fact->kind << 8 ^ (fact->state >> 3));
}

/* Spreads the facts of this pass over the worker's buckets. */
static void spread(void *context, int thread)
{
    struct counting *counting = context;
    struct worker *worker = &counting->workers[thread];
    for (;;) {
        uint32_t number = atomic_fetch_add(&counting->next_partition, 1);
        if (number >= PARTITIONS) return;
        const struct partition *partition = &counting->tally->partitions[number];
        uint32_t owner = counting->first_owner[number];
        for (uint32_t i = 0; i < partition->holder_count; i++) {
            const struct holder *holder = &partition->holders[i];
            uint32_t own = holder->kind == HOLDER_CUSTOMER ? NOBODY : owner++;
            for (uint32_t at = holder->fact; at != 0;) {
                struct fact fact = fact_read(partition, at);
                uint64_t hash = fact_hash(counting->tally, &fact);
                if ((hash >> 8 & counting->pass_mask) == counting->pass) {
                    struct entry entry = {(hash & ~UINT64_C(0xFF)) | number, at, own};
                    if (!entry_add(&worker->buckets[hash >> 56], entry)) {
                        atomic_store(&counting->failed, true);
                        return;
                    }
                }
                at = fact.next;
            }
        }
    }
}

/* All facts of one identifier. */
struct group {
    struct entry first; /* fact 0: free */
    uint32_t customers;
    uint32_t owner;
    enum grade grade;
    bool sample;
};

static struct fact entry_fact(const struct counting *counting, const struct entry *entry)
{
    return fact_read(&counting->tally->partitions[entry->hash & 0xFF], entry->fact);
}

static bool same_identifier(const struct fact *a, const struct fact *b)
{
    return a->kind == b->kind && a->state >> 3 == b->state >> 3 && a->packed_length == b->packed_length &&
           memcmp(a->packed, b->packed, a->packed_length) == 0;
}

static bool group_add(struct worker *worker, struct group *group, const struct entry *entry, const struct fact *fact)
{
    if (fact->grade > group->grade) group->grade = fact->grade;
    group->sample |= fact->sample;
    if (entry->owner == NOBODY) {
        group->customers++;
        return true;
    }
    if (fact->grade < GRADE_LIKELY) return true;
    if (group->owner == NOBODY) {
        group->owner = entry->owner;
        return true;
    }
    struct owner_pair *pairs = array_room(worker->pairs, &worker->pair_capacity, worker->pair_count, sizeof *pairs);
    if (pairs == NULL) return false;
    worker->pairs = pairs;
    pairs[worker->pair_count++] = (struct owner_pair){group->owner, entry->owner};
    return true;
}

static bool group_count(const struct counting *counting, struct worker *worker, const struct group *group)
{
    struct fact fact = entry_fact(counting, &group->first);
    struct kind_totals *totals = &worker->totals.kinds[fact.kind];
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
    for (int t = 0; t < counting->thread_count; t++) count += counting->workers[t].buckets[number].count;
    if (count == 0) return true;
    size_t mask = 15;
    while (mask + 1 < 2 * count) mask = 2 * mask + 1;
    struct group *groups = calloc(mask + 1, sizeof *groups);
    if (groups == NULL) return false;
    bool enough = true;
    for (int t = 0; t < counting->thread_count && enough; t++) {
        const struct entries *bucket = &counting->workers[t].buckets[number];
        for (size_t i = 0; i < bucket->count && enough; i++) {
            const struct entry *entry = &bucket->items[i];
            struct fact fact = entry_fact(counting, entry);
            size_t slot = entry->hash >> 16 & mask;
            for (; groups[slot].first.fact != 0; slot = (slot + 1) & mask) {
                if (groups[slot].first.hash >> 8 != entry->hash >> 8) continue;
                struct fact have = entry_fact(counting, &groups[slot].first);
                if (same_identifier(&have, &fact)) break;
            }
            if (groups[slot].first.fact == 0) groups[slot] = (struct group){.first = *entry, .owner = NOBODY};
            enough = group_add(worker, &groups[slot], entry, &fact);
        }
    }
    for (size_t slot = 0; slot <= mask && enough; slot++)
        if (groups[slot].first.fact != 0) enough = group_count(counting, worker, &groups[slot]);
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

static uint32_t root_of(uint32_t *parents, uint32_t at)
{
    while (parents[at] != at) at = parents[at] = parents[parents[at]];
    return at;
}

/* Components of unattributed holders with a likely identifier, less those that touch a customer. */
static bool clusters_count(const struct counting *counting, uint32_t owner_count, uint64_t *clusters)
{
    *clusters = 0;
    if (owner_count == 0) return true;
    uint32_t *parents = malloc(owner_count * sizeof *parents);
    uint8_t *state = calloc(owner_count, 1);
    enum { COUNTS = 1, TOUCHED = 2 };
    bool enough = parents != NULL && state != NULL;
    for (uint32_t i = 0; enough && i < owner_count; i++) parents[i] = i;
    for (int t = 0; enough && t < counting->thread_count; t++) {
        const struct worker *worker = &counting->workers[t];
        for (size_t i = 0; i < worker->pair_count; i++)
            parents[root_of(parents, worker->pairs[i].a)] = root_of(parents, worker->pairs[i].b);
    }
    for (int t = 0; enough && t < counting->thread_count; t++) {
        const struct worker *worker = &counting->workers[t];
        for (size_t i = 0; i < worker->touched_count; i++) state[root_of(parents, worker->touched[i])] |= TOUCHED;
    }
    for (uint32_t number = 0; enough && number < PARTITIONS; number++) {
        const struct partition *partition = &counting->tally->partitions[number];
        uint32_t owner = counting->first_owner[number];
        for (uint32_t i = 0; i < partition->holder_count; i++) {
            const struct holder *holder = &partition->holders[i];
            if (holder->kind == HOLDER_CUSTOMER) continue;
            bool likely = false;
            for (uint32_t at = holder->fact; at != 0 && !likely;) {
                struct fact fact = fact_read(partition, at);
                likely = fact.grade >= GRADE_LIKELY;
                at = fact.next;
            }
            if (likely) state[root_of(parents, owner)] |= COUNTS;
            owner++;
        }
    }
    for (uint32_t i = 0; enough && i < owner_count; i++) *clusters += parents[i] == i && state[i] == COUNTS;
    free(parents);
    free(state);
    return enough;
}

/* ------------------------------------------------------------------ all */

static uint64_t number_owners(struct counting *counting, uint32_t *owner_count)
{
    uint64_t bytes = 0;
    *owner_count = 0;
    for (uint32_t number = 0; number < PARTITIONS; number++) {
        const struct partition *partition = &counting->tally->partitions[number];
        counting->first_owner[number] = *owner_count;
        bytes += partition->byte_count;
        for (uint32_t i = 0; i < partition->holder_count; i++) *owner_count += partition->holders[i].kind != HOLDER_CUSTOMER;
    }
    return bytes;
}

static void workers_free(struct counting *counting)
{
    for (int t = 0; counting->workers != NULL && t < counting->thread_count; t++) {
        struct worker *worker = &counting->workers[t];
        for (size_t i = 0; i < BUCKETS; i++) free(worker->buckets[i].items);
        free(worker->pairs);
        free(worker->touched);
    }
    free(counting->workers);
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
    uint32_t owner_count;
    /* A fact takes at least 13 bytes of the keys' memory, an entry 16: this bounds a pass. */
    uint64_t entries_bytes = number_owners(&counting, &owner_count) / 20 * sizeof(struct entry);
    while (entries_bytes / (counting.pass_mask + 1) > PASS_BYTES) counting.pass_mask = 2 * counting.pass_mask + 1;
    for (counting.pass = 0; counting.pass <= counting.pass_mask; counting.pass++) {
        atomic_store(&counting.next_partition, 0);
        atomic_store(&counting.next_bucket, 0);
        for (int t = 0; t < thread_count; t++)
            for (size_t i = 0; i < BUCKETS; i++) counting.workers[t].buckets[i].count = 0;
        parallel_run(thread_count, spread, &counting);
        parallel_run(thread_count, count_buckets, &counting);
        if (atomic_load(&counting.failed)) break;
    }
    for (int t = 0; t < thread_count; t++) totals_add(totals, &counting.workers[t].totals);
    bool enough = !atomic_load(&counting.failed) && clusters_count(&counting, owner_count, &totals->clusters_unattributed);
    workers_free(&counting);
    return enough ? STATUS_OK : fault_set(fault, STATUS_FATAL, "no memory to count identifiers");
}
