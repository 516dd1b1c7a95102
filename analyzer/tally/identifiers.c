#include "identifiers.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../support/parallel.h"

enum {
    BUCKETS = 256,
    HOLDERS_AHEAD = 12,     /* blobs are fetched that many holders ahead */
    BATCH_FACTS = 64,       /* marks that are fetched ahead together */
    MARKS_AHEAD = 24,       /* ... or one by one, so far ahead */
    ENTRIES_AHEAD = 8,
    PLAIN_FACTS_MAX = UINT8_MAX - 1,
    STATES = 8,             /* grade and sample of a fact */
    CHUNK_ENTRIES = 500,
    MARKS_PER_FACT = 4,     /* at least; up to twice as many */
    MARKS_MIN = 1 << 16,
    OWNER_STEP = sizeof(struct holder) / REGION_STEP
};
static const uint64_t PASS_BYTES = (uint64_t)64 << 20;
static const uint64_t ENTRY_OF_CUSTOMER = 0x80, ENTRY_OF_ATTRIBUTED = 0x40; /* bits of the state byte that are not used there */
static const uint64_t ENTRY_UNREAD = 0x10000;
#define NOBODY UINT32_MAX

/* One fact of one holder. It says enough to be counted; the fact itself is looked at only where
 * hashes are equal. */
struct entry {
    uint64_t hash; /* the hash in the upper half; in the lowest 16 bits kind and state, or ENTRY_UNREAD */
    uint32_t holder, fact; /* place, offset in the blob; of one that is unread its number among the holder's facts */
};

struct chunk {
    struct chunk *next;
    size_t count;
    struct entry entries[CHUNK_ENTRIES];
};

struct owner_pair {
    uint32_t a, b;
};

/* How many entries of a bucket have a hash. */
struct seen {
    uint32_t hash, count; /* 0: free */
};

struct worker {
    struct chunk *buckets[BUCKETS];
    struct group *groups;
    struct seen *seen;
    size_t group_capacity, seen_capacity;
    uint64_t repeated;
    uint64_t alone[KINDS_MAX][STATES]; /* facts of plain holders, less those that turned out not to be alone */
    uint32_t waiting[BATCH_FACTS]; /* hashes whose marks are being fetched */
    size_t waiting_count;
    bool tied; /* an identifier is a customer's, and of another holder that is none */
    struct identifier_totals totals;
    struct owner_pair *pairs;  /* unattributed holders that share an identifier */
    size_t pair_count, pair_capacity;
    uint32_t *touched;         /* unattributed holders that share one with a customer */
    size_t touched_count, touched_capacity;
    uint32_t *owners;          /* the places of all unattributed holders */
    size_t owner_count, owner_capacity;
    uint32_t *hashes;          /* room for those of a piece */
    size_t hash_capacity;
};

/* What is kept of the holders of a partition or a piece, so that most are fetched once. A holder is plain if it is somebody's and all its
 * facts are confirmed or likely: these are counted at once, as if each were alone. */
struct notes {
    uint8_t *plain; /* of each holder 1 + how many facts it has; 0: it is not plain */
    uint32_t *hashes; /* of plain holders */
    size_t holder_count, hash_count, hash_room;
    size_t first; /* of a piece: where its holders begin in the order */
};

/* Two bits for a hash: one fact has it, a second one has it. Most facts turn out to be alone and are counted without
 * ever being held against others. */
struct marks {
    atomic_uchar *bytes;
    size_t byte_count;
};

/* Room for all entries; each pass uses it anew, and what none uses never becomes memory. */
struct pool {
    struct chunk *chunks;
    size_t bytes;
    atomic_size_t used;
};

struct identifier_counting {
    const struct tally *tally;
    struct worker *workers;
    int thread_count;
    const struct customer_ref *refs; /* the order, in pieces; NULL: partitions are noted */
    struct notes *notes;
    size_t note_count;
    uint8_t *plain;
    uint32_t *hashes;
    size_t hash_room;         /* for those of all pieces */
    atomic_size_t hashes_used;
    size_t plain_bytes, hashes_bytes;
    struct marks marks;
    struct pool pool;
    uint64_t pass, pass_mask;
    atomic_uint next_bucket;
    atomic_size_t next_partition; /* or piece */
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

static void entry_add(struct pool *pool, struct worker *worker, const struct entry *entry)
{
    struct chunk **bucket = &worker->buckets[entry->hash >> 56];
    if (*bucket == NULL || (*bucket)->count == CHUNK_ENTRIES) {
        struct chunk *chunk = &pool->chunks[atomic_fetch_add_explicit(&pool->used, 1, memory_order_relaxed)];
        chunk->next = *bucket;
        chunk->count = 0;
        *bucket = chunk;
    }
    (*bucket)->entries[(*bucket)->count++] = *entry;
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

__attribute__((always_inline)) static inline uint32_t fact_hash(const struct tally *tally, const char *at)
{
    const struct fact fact = fact_read(at);
    return (uint32_t)(hash_short(fact.packed, fact.packed_length, tally->seed ^ (uint64_t)fact.kind << 8 ^ fact_packing(fact.state)) >> 32);
}

/* All facts of one identifier. */
struct group {
    struct entry first; /* holder 0: free */
    uint32_t customers, first_customer; /* its place */
    uint32_t owner;
    enum grade grade;
    bool sample, attributed;
    bool of_customer, of_other; /* at any grade */
};

static bool entries_equal(const struct identifier_counting *counting, const struct entry *a, const struct entry *b)
{
    if (a->hash >> 32 != b->hash >> 32 || entry_kind(a) != entry_kind(b)) return false;
    const struct region *region = &counting->tally->region;
    const struct holder *of_a = region_at(region, a->holder), *of_b = region_at(region, b->holder);
    struct fact x = fact_read((const char *)region_at(region, of_a->blob) + a->fact);
    struct fact y = fact_read((const char *)region_at(region, of_b->blob) + b->fact);
    return fact_packing(x.state) == fact_packing(y.state) && x.packed_length == y.packed_length &&
           bytes_equal(x.packed, y.packed, x.packed_length);
}

/* Ties the customer to the group's first one. Of the first itself that is known only when the second comes. Customers are
 * numbered by their places. */
static bool customer_tie(struct worker *worker, const struct group *group, size_t number, uint32_t place)
{
    struct tie tie = {.owner = place, .group = number, .first = group->first_customer, .kind = entry_kind(&group->first)};
    return ties_add(&worker->totals.harvest.ties, &tie);
}

static bool group_add(struct worker *worker, struct group *group, size_t number, const struct entry *entry)
{
    enum grade grade = fact_grade((uint8_t)entry->hash);
    if (grade > group->grade) group->grade = grade;
    group->sample |= (entry->hash & FACT_SAMPLE_BIT) != 0;
    group->of_customer |= entry_of_customer(entry);
    group->of_other |= (entry->hash & (ENTRY_OF_CUSTOMER | ENTRY_OF_ATTRIBUTED)) == 0;
    if (grade < GRADE_LIKELY) return true;
    if (entry_of_customer(entry)) {
        uint32_t before = group->customers++;
        if (before == 0) group->first_customer = entry->holder;
        if (before == 0 || before >= SHARED_CUSTOMERS_MAX) return true;
        return (before > 1 || customer_tie(worker, group, number, group->first_customer)) && customer_tie(worker, group, number, entry->holder);
    }
    if ((entry->hash & ENTRY_OF_ATTRIBUTED) != 0) {
        group->attributed = true;
        return true;
    }
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

static struct fact group_fact(const struct tally *tally, const struct group *group)
{
    const struct holder *holder = region_at(&tally->region, group->first.holder);
    return fact_read((const char *)region_at(&tally->region, holder->blob) + group->first.fact);
}

static inline void grade_count(struct kind_totals *totals, enum grade grade, bool sample)
{
    totals->distinct++;
    if (grade == GRADE_CONFIRMED) totals->confirmed++;
    else totals->likely++;
    totals->sample += sample;
}

/* Counts a fact as if it were alone, so quickly that it may be taken back. */
static inline uint64_t *alone_of(struct worker *worker, const char *fact)
{
    return &worker->alone[(uint8_t)fact[0]][(uint8_t)fact[1] & (FACT_GRADE_BITS | FACT_SAMPLE_BIT)];
}

static void alone_count(struct worker *worker)
{
    for (size_t k = 0; k < kind_count; k++) {
        struct kind_totals *totals = &worker->totals.kinds[k];
        for (unsigned s = 0; s < STATES; s++) {
            uint64_t facts = worker->alone[k][s];
            totals->distinct += facts;
            *((s & FACT_GRADE_BITS) == GRADE_CONFIRMED ? &totals->confirmed : &totals->likely) += facts;
            if ((s & FACT_SAMPLE_BIT) != 0) totals->sample += facts;
        }
    }
}

static bool group_count(const struct tally *tally, struct worker *worker, const struct group *group)
{
    struct kind_totals *totals = &worker->totals.kinds[entry_kind(&group->first)];
    worker->tied |= group->of_customer && group->of_other;
    if (group->grade < GRADE_LIKELY) {
        struct fact fact = group_fact(tally, group);
        totals->possible++;
        harvest_possible(&worker->totals.harvest, fact.kind, fact_packing(fact.state), fact.packed, fact.packed_length);
        return true;
    }
    grade_count(totals, group->grade, group->sample);
    bool unattributed = group->customers == 0 && !group->attributed;
    totals->unattributed += unattributed;
    worker->totals.shared += group->customers > SHARED_CUSTOMERS_MAX;
    harvest_group(&worker->totals.harvest, entry_kind(&group->first), group->customers);
    if (unattributed) {
        struct fact fact = group_fact(tally, group);
        if (!harvest_unattributed(&worker->totals.harvest, fact.kind, fact_packing(fact.state), fact.packed, fact.packed_length)) return false;
    }
    if (unattributed || group->owner == NOBODY) return true;
    uint32_t *touched = array_room(worker->touched, &worker->touched_capacity, worker->touched_count, sizeof *touched);
    if (touched == NULL) return false;
    worker->touched = touched;
    touched[worker->touched_count++] = group->owner;
    return true;
}

/* ------------------------------------------------------------------ all facts */

static atomic_uchar *marks_of(const struct marks *marks, uint32_t hash)
{
    return &marks->bytes[hash >> 2 & (marks->byte_count - 1)];
}

static unsigned mark_shift(uint32_t hash)
{
    return (unsigned)(hash & 3) * 2;
}

static void mark(const struct marks *marks, uint32_t hash, uint64_t *repeated)
{
    atomic_uchar *byte = marks_of(marks, hash);
    unsigned once = 1u << mark_shift(hash), again = once << 1;
    unsigned have = atomic_load_explicit(byte, memory_order_relaxed);
    if ((have & once) == 0) have = atomic_fetch_or_explicit(byte, (unsigned char)once, memory_order_relaxed);
    if ((have & once) == 0) return;
    ++*repeated;
    if ((have & again) == 0) atomic_fetch_or_explicit(byte, (unsigned char)again, memory_order_relaxed);
}

static bool is_repeated(const struct marks *marks, uint32_t hash)
{
    unsigned have = atomic_load_explicit(marks_of(marks, hash), memory_order_relaxed);
    return (have >> mark_shift(hash) & 2u) != 0;
}

/* Sets that are booked on customers are not nobody's; customers of whom all is only possible tie nobody together. */
static bool is_attributed(const struct holder *holder)
{
    return holder->kind == HOLDER_CUSTOMER ? (holder->basis & BASIS_TENTATIVE) != 0
                                           : (holder->basis & (BASIS_ROSTER | BASIS_LINK | BASIS_AMBIGUOUS)) != 0;
}

static uint64_t entry_class(const struct holder *holder)
{
    return is_attributed(holder) ? ENTRY_OF_ATTRIBUTED : holder->kind == HOLDER_CUSTOMER ? ENTRY_OF_CUSTOMER : 0;
}

static struct entry entry_of(const struct tally *tally, const struct holder *holder, const char *at, uint32_t hash)
{
    uint64_t state = (unsigned)(uint8_t)at[1] & ~(unsigned)(FACT_COUNTED | FACT_SEEN);
    return (struct entry){(uint64_t)hash << 32 | (uint64_t)(uint8_t)at[0] << 8 | entry_class(holder) | state,
                          region_place(&tally->region, holder), (uint32_t)(at - (const char *)region_at(&tally->region, holder->blob))};
}

static void mark_waiting(struct identifier_counting *counting, struct worker *worker)
{
    for (size_t i = 0; i < worker->waiting_count; i++) mark(&counting->marks, worker->waiting[i], &worker->repeated);
    worker->waiting_count = 0;
}

/* Of a holder that turned out not to be plain. */
static void alone_uncount(const struct tally *tally, const struct holder *holder, struct worker *worker)
{
    const char *end = facts_end(tally, holder);
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at)) --*alone_of(worker, at);
}

__attribute__((always_inline)) static inline void note(struct identifier_counting *counting, struct worker *worker, struct notes *notes,
                                                       const struct holder *holder)
{
    const struct tally *tally = counting->tally;
    size_t count = 0, room = notes->hash_room - notes->hash_count;
    bool plain = entry_class(holder) != 0;
    uint32_t *hashes = notes->hashes + notes->hash_count;
    const char *end = facts_end(tally, holder);
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at), count++) {
        uint32_t hash = fact_hash(tally, at);
        __builtin_prefetch(marks_of(&counting->marks, hash), 1);
        worker->waiting[worker->waiting_count++] = hash;
        if (worker->waiting_count == BATCH_FACTS) mark_waiting(counting, worker);
        plain &= fact_grade((uint8_t)at[1]) >= GRADE_LIKELY && count < room && count < PLAIN_FACTS_MAX;
        if (plain) hashes[count] = hash;
        ++*alone_of(worker, at);
    }
    notes->plain[notes->holder_count++] = plain ? (uint8_t)(count + 1) : 0;
    if (plain) notes->hash_count += count;
    else alone_uncount(tally, holder, worker);
}

void identifiers_note(struct identifier_counting *counting, int thread, uint32_t partition, const struct holder *holder)
{
    note(counting, &counting->workers[thread], &counting->notes[partition], holder);
}

/* How many hashes a piece will have is known when all its facts were looked at: until then they are in room of the thread's. */
void identifiers_note_piece(struct identifier_counting *counting, int thread, size_t number, size_t first, size_t end)
{
    const struct tally *tally = counting->tally;
    struct worker *worker = &counting->workers[thread];
    struct notes *notes = &counting->notes[number];
    *notes = (struct notes){.plain = counting->plain + first, .first = first};
    for (size_t i = first; i < end; i++) {
        uint32_t *room = array_room(worker->hashes, &worker->hash_capacity, notes->hash_count + PLAIN_FACTS_MAX, sizeof *room);
        if (room == NULL) atomic_store(&counting->failed, true);
        else worker->hashes = room;
        notes->hashes = worker->hashes;
        notes->hash_room = worker->hash_capacity;
        note(counting, worker, notes, region_at(&tally->region, counting->refs[i].holder));
    }
    size_t at = atomic_fetch_add(&counting->hashes_used, notes->hash_count);
    if (at + notes->hash_count > counting->hash_room) {
        atomic_store(&counting->failed, true);
        return;
    }
    if (notes->hash_count > 0) memcpy(counting->hashes + at, worker->hashes, notes->hash_count * sizeof *worker->hashes);
    notes->hashes = counting->hashes + at;
}

static void note_partitions(void *context, int thread)
{
    struct identifier_counting *counting = context;
    const struct tally *tally = counting->tally;
    for (size_t number; (number = atomic_fetch_add(&counting->next_partition, 1)) < PARTITIONS;) {
        const struct partition *partition = &tally->partitions[number];
        for (uint32_t i = 0; i < partition->holder_count; i++) {
            if (i + HOLDERS_AHEAD < partition->holder_count) {
                const char *blob = region_at(&tally->region, partition_holder(tally, partition, i + HOLDERS_AHEAD)->blob);
                __builtin_prefetch(blob);
                __builtin_prefetch(blob + 64);
            }
            identifiers_note(counting, thread, (uint32_t)number, partition_holder(tally, partition, i));
        }
    }
}

/* ------------------------------------------------------------------ what is not alone */

/* A fact of a holder that is not plain, which waits for its marks to be fetched. */
struct waiting {
    uint32_t hash;
    const struct holder *holder;
    const char *fact;
};

struct batch {
    size_t count;
    struct waiting facts[BATCH_FACTS];
};

/* Counts what is alone, and puts the rest into buckets. */
static bool batch_spread(struct identifier_counting *counting, struct worker *worker, struct batch *batch)
{
    const struct tally *tally = counting->tally;
    bool enough = true;
    for (size_t i = 0; i < batch->count && enough; i++) {
        const struct waiting *fact = &batch->facts[i];
        uint8_t state = (uint8_t)fact->fact[1];
        struct entry entry = entry_of(tally, fact->holder, fact->fact, fact->hash);
        if (is_repeated(&counting->marks, fact->hash)) {
            entry_add(&counting->pool, worker, &entry);
        } else if (entry_class(fact->holder) != 0 && fact_grade(state) >= GRADE_LIKELY) {
            grade_count(&worker->totals.kinds[(uint8_t)fact->fact[0]], fact_grade(state), (state & FACT_SAMPLE_BIT) != 0);
        } else {
            struct group alone = {.first = entry, .owner = NOBODY};
            enough = group_add(worker, &alone, 0, &entry) && group_count(tally, worker, &alone);
        }
    }
    batch->count = 0;
    return enough;
}

static bool in_pass(const struct identifier_counting *counting, uint32_t hash)
{
    return (hash >> 8 & counting->pass_mask) == counting->pass;
}

/* A holder that is not plain: it is looked at in every pass. */
static bool holder_spread(struct identifier_counting *counting, struct worker *worker, const struct holder *holder, struct batch *batch)
{
    const struct tally *tally = counting->tally;
    if (counting->pass == 0 && holder->kind != HOLDER_CUSTOMER && !is_attributed(holder)) {
        uint32_t *owners = array_room(worker->owners, &worker->owner_capacity, worker->owner_count, sizeof *owners);
        if (owners == NULL) return false;
        worker->owners = owners;
        owners[worker->owner_count++] = region_place(&tally->region, holder);
    }
    const char *end = facts_end(tally, holder);
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at)) {
        uint32_t hash = fact_hash(tally, at);
        if (!in_pass(counting, hash)) continue;
        __builtin_prefetch(marks_of(&counting->marks, hash));
        batch->facts[batch->count++] = (struct waiting){hash, holder, at};
        if (batch->count == BATCH_FACTS && !batch_spread(counting, worker, batch)) return false;
    }
    return true;
}

static const struct holder *noted_holder(const struct identifier_counting *counting, size_t number, size_t i)
{
    const struct tally *tally = counting->tally;
    if (counting->refs == NULL) return partition_holder(tally, &tally->partitions[number], (uint32_t)i);
    return region_at(&tally->region, counting->refs[counting->notes[number].first + i].holder);
}

/* Of plain holders the notes alone are looked at: what has a hash that others have goes into buckets, unread. */
static bool noted_spread(struct identifier_counting *counting, struct worker *worker, size_t number)
{
    const struct tally *tally = counting->tally;
    const struct notes *notes = &counting->notes[number];
    const uint32_t *hash = notes->hashes, *last = hash + notes->hash_count;
    struct batch batch = {.count = 0};
    for (size_t i = 0; i < notes->holder_count; i++) {
        if (notes->plain[i] == 0) {
            if (!holder_spread(counting, worker, noted_holder(counting, number, i), &batch)) return false;
            continue;
        }
        for (uint32_t fact = 0; fact + 1u < notes->plain[i]; fact++, hash++) {
            if (last - hash > MARKS_AHEAD) __builtin_prefetch(marks_of(&counting->marks, hash[MARKS_AHEAD]));
            if (!is_repeated(&counting->marks, *hash) || !in_pass(counting, *hash)) continue;
            struct entry entry = {(uint64_t)*hash << 32 | ENTRY_UNREAD, region_place(&tally->region, noted_holder(counting, number, i)), fact};
            entry_add(&counting->pool, worker, &entry);
        }
    }
    return batch_spread(counting, worker, &batch);
}

static void spread(void *context, int thread)
{
    struct identifier_counting *counting = context;
    for (size_t number; (number = atomic_fetch_add(&counting->next_partition, 1)) < counting->note_count;)
        if (!noted_spread(counting, &counting->workers[thread], number)) atomic_store(&counting->failed, true);
}

/* ------------------------------------------------------------------ buckets */

/* Takes back the ties of this bucket by what turned out to be shared. */
static void shared_untie(struct worker *worker, size_t from)
{
    struct ties *ties = &worker->totals.harvest.ties;
    size_t kept = from;
    for (size_t i = from; i < ties->count; i++)
        if (worker->groups[ties->ties[i].group].customers <= SHARED_CUSTOMERS_MAX) ties->ties[kept++] = ties->ties[i];
    ties->count = kept;
}

static struct seen *seen_find(struct seen *seen, size_t mask, const struct entry *entry)
{
    uint32_t hash = (uint32_t)(entry->hash >> 32);
    size_t slot = hash & mask;
    while (seen[slot].count > 0 && seen[slot].hash != hash) slot = (slot + 1) & mask;
    return &seen[slot];
}

static void seen_count(struct seen *seen, size_t mask, const struct chunk *chunk)
{
    for (size_t i = 0; i < chunk->count; i++) {
        struct seen *of = seen_find(seen, mask, &chunk->entries[i]);
        of->hash = (uint32_t)(chunk->entries[i].hash >> 32);
        of->count++;
    }
}

/* Leaves out what is alone after all, since marks are fewer than hashes: it is counted already. */
static void chunk_thin(const struct tally *tally, struct seen *seen, size_t mask, struct chunk *chunk)
{
    size_t kept = 0;
    for (size_t i = 0; i < chunk->count; i++) {
        const struct entry *entry = &chunk->entries[i];
        if ((entry->hash & ENTRY_UNREAD) != 0) {
            if (seen_find(seen, mask, entry)->count == 1) continue;
            __builtin_prefetch(region_at(&tally->region, entry->holder));
        }
        chunk->entries[kept++] = *entry;
    }
    chunk->count = kept;
}

/* The fact was counted as if it were alone, which is taken back. */
static void entry_read(const struct tally *tally, struct worker *worker, struct entry *entry)
{
    const struct holder *holder = region_at(&tally->region, entry->holder);
    const char *at = facts_begin(tally, holder);
    for (uint32_t i = 0; i < entry->fact; i++) at = fact_after(at);
    *entry = entry_of(tally, holder, at, (uint32_t)(entry->hash >> 32));
    --*alone_of(worker, at);
}

static bool chunk_group(struct identifier_counting *counting, struct worker *worker, size_t mask, struct chunk *chunk)
{
    const struct tally *tally = counting->tally;
    struct group *groups = worker->groups;
    bool enough = true;
    for (size_t i = 0; i < chunk->count && enough; i++) {
        struct entry *entry = &chunk->entries[i];
        const struct entry *ahead = entry + ENTRIES_AHEAD;
        if (i + ENTRIES_AHEAD < chunk->count && (ahead->hash & ENTRY_UNREAD) != 0)
            __builtin_prefetch(region_at(&tally->region, ((const struct holder *)region_at(&tally->region, ahead->holder))->blob));
        if ((entry->hash & ENTRY_UNREAD) != 0) entry_read(tally, worker, entry);
        size_t slot = entry->hash >> 32 & mask;
        while (groups[slot].first.holder != 0 && !entries_equal(counting, &groups[slot].first, entry)) slot = (slot + 1) & mask;
        if (groups[slot].first.holder == 0) groups[slot] = (struct group){.first = *entry, .owner = NOBODY};
        enough = group_add(worker, &groups[slot], slot, entry);
    }
    return enough;
}

/* Zeros for so many items; what was there may be used again. NULL: no memory. */
static void *room_zeroed(void *room, size_t *capacity, size_t count, size_t item_bytes)
{
    if (count > *capacity) {
        free(room);
        room = malloc(count * item_bytes);
        *capacity = room == NULL ? 0 : count;
    }
    if (room != NULL) memset(room, 0, count * item_bytes);
    return room;
}

/* A power of two with room for so many in a table, less one. */
static size_t table_mask(size_t count)
{
    size_t mask = 15;
    while (mask + 1 < count + count / 2) mask = 2 * mask + 1;
    return mask;
}

static size_t bucket_entries(const struct identifier_counting *counting, unsigned number)
{
    size_t count = 0;
    for (int t = 0; t < counting->thread_count; t++)
        for (const struct chunk *chunk = counting->workers[t].buckets[number]; chunk != NULL; chunk = chunk->next) count += chunk->count;
    return count;
}

static bool bucket_thin(struct identifier_counting *counting, struct worker *worker, unsigned number)
{
    size_t count = bucket_entries(counting, number), mask = table_mask(count);
    if (count == 0) return true;
    worker->seen = room_zeroed(worker->seen, &worker->seen_capacity, mask + 1, sizeof *worker->seen);
    if (worker->seen == NULL) return false;
    for (int t = 0; t < counting->thread_count; t++)
        for (struct chunk *chunk = counting->workers[t].buckets[number]; chunk != NULL; chunk = chunk->next) seen_count(worker->seen, mask, chunk);
    for (int t = 0; t < counting->thread_count; t++)
        for (struct chunk *chunk = counting->workers[t].buckets[number]; chunk != NULL; chunk = chunk->next)
            chunk_thin(counting->tally, worker->seen, mask, chunk);
    return true;
}

/* Groups the entries of one bucket, from all workers. */
static bool bucket_count(struct identifier_counting *counting, struct worker *worker, unsigned number)
{
    if (!bucket_thin(counting, worker, number)) return false;
    size_t count = bucket_entries(counting, number), mask = table_mask(count), ties = worker->totals.harvest.ties.count;
    if (count == 0) return true;
    worker->groups = room_zeroed(worker->groups, &worker->group_capacity, mask + 1, sizeof *worker->groups);
    if (worker->groups == NULL) return false;
    bool enough = true;
    for (int t = 0; t < counting->thread_count && enough; t++)
        for (struct chunk *chunk = counting->workers[t].buckets[number]; chunk != NULL && enough; chunk = chunk->next)
            enough = chunk_group(counting, worker, mask, chunk);
    for (size_t slot = 0; slot <= mask && enough; slot++)
        if (worker->groups[slot].first.holder != 0) enough = group_count(counting->tally, worker, &worker->groups[slot]);
    shared_untie(worker, ties);
    return enough;
}

static void count_buckets(void *context, int thread)
{
    struct identifier_counting *counting = context;
    for (;;) {
        unsigned number = atomic_fetch_add(&counting->next_bucket, 1);
        if (number >= BUCKETS) return;
        if (!bucket_count(counting, &counting->workers[thread], number)) atomic_store(&counting->failed, true);
    }
}

/* ------------------------------------------------------------------ clusters */

/* Unattributed holders, which may be few among many, numbered from 1 in the order of their places. */
struct owner_word {
    uint64_t owners; /* a bit for each place in steps of a holder */
    uint32_t before; /* how many stand in the words before */
};

struct clustering {
    const struct identifier_counting *counting;
    struct owner_word *words;
    uint32_t *parents; /* by number; 0: a root */
    uint8_t *state;
};

enum { CLUSTER_COUNTED = 1, CLUSTER_TOUCHED = 2, OWNERS_PER_WORD = 64 };

static uint32_t owner_number(const struct clustering *clustering, uint32_t owner)
{
    const struct owner_word *word = &clustering->words[owner / OWNERS_PER_WORD];
    uint64_t below = word->owners & ((UINT64_C(1) << owner % OWNERS_PER_WORD) - 1);
    return 1 + word->before + (uint32_t)__builtin_popcountll(below);
}

static bool clustering_open(const struct identifier_counting *counting, struct clustering *clustering)
{
    size_t words = atomic_load(&counting->tally->region.used) / sizeof(struct holder) / OWNERS_PER_WORD + 1, count = 0;
    *clustering = (struct clustering){.counting = counting, .words = calloc(words, sizeof *clustering->words)};
    if (clustering->words == NULL) return false;
    for (int t = 0; t < counting->thread_count; t++) {
        const struct worker *worker = &counting->workers[t];
        for (size_t i = 0; i < worker->owner_count; i++) {
            uint32_t owner = worker->owners[i] / OWNER_STEP;
            clustering->words[owner / OWNERS_PER_WORD].owners |= UINT64_C(1) << owner % OWNERS_PER_WORD;
        }
        count += worker->owner_count;
    }
    uint32_t before = 0;
    for (size_t w = 0; w < words; w++) {
        clustering->words[w].before = before;
        before += (uint32_t)__builtin_popcountll(clustering->words[w].owners);
    }
    clustering->parents = calloc(count + 1, sizeof *clustering->parents);
    clustering->state = calloc(count + 1, 1);
    return clustering->parents != NULL && clustering->state != NULL;
}

static void clustering_close(struct clustering *clustering)
{
    free(clustering->words);
    free(clustering->parents);
    free(clustering->state);
}

static uint32_t root_of(struct clustering *clustering, uint32_t owner)
{
    uint32_t *parents = clustering->parents, at = owner_number(clustering, owner);
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

static void join_owners(struct clustering *clustering, const struct worker *worker)
{
    for (size_t i = 0; i < worker->pair_count; i++) {
        uint32_t a = root_of(clustering, worker->pairs[i].a), b = root_of(clustering, worker->pairs[i].b);
        if (a != b) clustering->parents[a] = b;
    }
}

/* Components of unattributed holders with a likely identifier, less those that touch a customer. */
static bool clusters_count(const struct identifier_counting *counting, uint64_t *clusters)
{
    const struct tally *tally = counting->tally;
    struct clustering clustering;
    bool enough = clustering_open(counting, &clustering);
    *clusters = 0;
    for (int t = 0; enough && t < counting->thread_count; t++) join_owners(&clustering, &counting->workers[t]);
    for (int t = 0; enough && t < counting->thread_count; t++)
        for (size_t i = 0; i < counting->workers[t].touched_count; i++)
            clustering.state[root_of(&clustering, counting->workers[t].touched[i])] |= CLUSTER_TOUCHED;
    for (int t = 0; enough && t < counting->thread_count; t++) {
        const struct worker *worker = &counting->workers[t];
        for (size_t i = 0; i < worker->owner_count; i++) {
            if (!has_likely_fact(tally, region_at(&tally->region, worker->owners[i]))) continue;
            uint8_t *state = &clustering.state[root_of(&clustering, worker->owners[i] / OWNER_STEP)];
            *clusters += *state == 0;
            *state |= CLUSTER_COUNTED;
        }
    }
    clustering_close(&clustering);
    return enough;
}

/* ------------------------------------------------------------------ all */

static void worker_close(struct worker *worker)
{
    free(worker->groups);
    free(worker->seen);
    free(worker->owners);
    free(worker->pairs);
    free(worker->touched);
    free(worker->hashes);
    identifier_totals_free(&worker->totals);
}

void identifier_totals_free(struct identifier_totals *totals)
{
    harvest_free(&totals->harvest);
}

bool identifier_totals_add(struct identifier_totals *to, const struct identifier_totals *from)
{
    to->shared += from->shared;
    for (size_t k = 0; k < kind_count; k++) {
        to->kinds[k].distinct += from->kinds[k].distinct;
        to->kinds[k].confirmed += from->kinds[k].confirmed;
        to->kinds[k].likely += from->kinds[k].likely;
        to->kinds[k].possible += from->kinds[k].possible;
        to->kinds[k].sample += from->kinds[k].sample;
        to->kinds[k].unattributed += from->kinds[k].unattributed;
    }
    return harvest_merge(&to->harvest, &from->harvest);
}

static void customer_fill(const void *context, uint32_t place, uint32_t *identifiers, uint64_t *records)
{
    const struct tally *tally = context;
    const struct holder *holder = region_at(&tally->region, place);
    *identifiers = holder_identifiers(tally, holder);
    *records = holder_records(tally, holder);
}

static bool find_components(const struct identifier_counting *counting, struct identifier_totals *totals)
{
    const struct ties **ties = calloc((unsigned)counting->thread_count, sizeof(const struct ties *));
    if (ties == NULL) return false;
    for (int t = 0; t < counting->thread_count; t++) ties[t] = &counting->workers[t].totals.harvest.ties;
    struct tie_source source = {customer_fill, counting->tally};
    bool found = components_find(ties, (size_t)counting->thread_count, &source, totals->components, &totals->component_count, &totals->duplicates);
    free(ties);
    return found;
}

static bool marks_open(struct marks *marks, const struct tally *tally)
{
    uint64_t facts = 0;
    for (uint32_t i = 0; i < PARTITIONS; i++) facts += tally->partitions[i].fact_count;
    size_t wanted = MARKS_MIN;
    while (wanted < MARKS_PER_FACT * facts) wanted *= 2;
    marks->byte_count = wanted / 4;
    marks->bytes = pages_take(marks->byte_count);
    return marks->bytes != NULL;
}

/* Makes room for all facts that are not alone, and as many passes that each uses PASS_BYTES of it at most. */
static bool pool_open(struct identifier_counting *counting)
{
    /* The first of several facts is not among the repeated. Every bucket can have a chunk that is not full. */
    size_t chunks = (size_t)counting->thread_count * BUCKETS;
    uint64_t entries = 0;
    for (int t = 0; t < counting->thread_count; t++) entries += 2 * counting->workers[t].repeated;
    chunks += entries / CHUNK_ENTRIES + 1;
    while (entries * sizeof(struct entry) / (counting->pass_mask + 1) > PASS_BYTES) counting->pass_mask = 2 * counting->pass_mask + 1;
    counting->pool.bytes = chunks * sizeof *counting->pool.chunks;
    counting->pool.chunks = pages_take(counting->pool.bytes);
    return counting->pool.chunks != NULL;
}

/* Room for notes of all partitions, or of pieces. */
static bool notes_open(struct identifier_counting *counting, const struct identifier_pieces *pieces)
{
    const struct tally *tally = counting->tally;
    size_t holders = 0, facts = 0;
    counting->note_count = pieces != NULL ? pieces->count : PARTITIONS;
    counting->notes = calloc(counting->note_count + 1, sizeof *counting->notes);
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        holders += tally->partitions[i].holder_count;
        facts += (size_t)tally->partitions[i].fact_count;
    }
    counting->plain_bytes = holders + 1;
    counting->hashes_bytes = (facts + 1) * sizeof *counting->hashes;
    counting->plain = pages_take(counting->plain_bytes);
    counting->hashes = pages_take(counting->hashes_bytes);
    if (counting->notes == NULL || counting->plain == NULL || counting->hashes == NULL) return false;
    counting->hash_room = facts + 1;
    if (pieces != NULL) {
        counting->refs = pieces->sorted->refs;
        return true;
    }
    uint8_t *plain = counting->plain;
    uint32_t *hashes = counting->hashes;
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        counting->notes[i] = (struct notes){.plain = plain, .hashes = hashes, .hash_room = (size_t)tally->partitions[i].fact_count};
        plain += tally->partitions[i].holder_count;
        hashes += tally->partitions[i].fact_count;
    }
    return true;
}

/* What was noted of facts: nobody needs it once all that are repeated are spread. */
static void notes_close(struct identifier_counting *counting)
{
    pages_free(counting->marks.bytes, counting->marks.byte_count);
    pages_free(counting->plain, counting->plain_bytes);
    pages_free(counting->hashes, counting->hashes_bytes);
    free(counting->notes);
    counting->notes = NULL;
    counting->marks.bytes = NULL;
    counting->plain = NULL;
    counting->hashes = NULL;
}

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to count identifiers");
}

enum status identifiers_open(const struct tally *tally, const struct identifier_pieces *pieces, int thread_count,
                             const struct harvest_options *options, struct identifier_counting **counting, struct fault *fault)
{
    struct identifier_counting *made = calloc(1, sizeof *made);
    *counting = made;
    if (made == NULL) return no_memory(fault);
    made->tally = tally;
    made->thread_count = thread_count;
    made->workers = calloc((size_t)thread_count, sizeof *made->workers);
    for (int t = 0; made->workers != NULL && t < thread_count; t++) made->workers[t].totals.harvest.options = *options;
    if (made->workers != NULL && marks_open(&made->marks, tally) && notes_open(made, pieces)) return STATUS_OK;
    identifiers_close(made);
    *counting = NULL;
    return no_memory(fault);
}

void identifiers_close(struct identifier_counting *counting)
{
    if (counting == NULL) return;
    for (int t = 0; counting->workers != NULL && t < counting->thread_count; t++) worker_close(&counting->workers[t]);
    free(counting->workers);
    notes_close(counting);
    pages_free(counting->pool.chunks, counting->pool.bytes);
    free(counting);
}

static bool count_all(struct identifier_counting *counting)
{
    for (int t = 0; t < counting->thread_count; t++) mark_waiting(counting, &counting->workers[t]);
    if (!pool_open(counting)) return false;
    for (counting->pass = 0; counting->pass <= counting->pass_mask && !atomic_load(&counting->failed); counting->pass++) {
        atomic_store(&counting->next_partition, 0);
        atomic_store(&counting->next_bucket, 0);
        parallel_run(counting->thread_count, spread, counting);
        if (counting->pass == counting->pass_mask) notes_close(counting);
        parallel_run(counting->thread_count, count_buckets, counting);
        for (int t = 0; t < counting->thread_count; t++) memset(counting->workers[t].buckets, 0, sizeof counting->workers[t].buckets);
        atomic_store(&counting->pool.used, 0);
    }
    return !atomic_load(&counting->failed);
}

enum status identifiers_noted(struct identifier_counting *counting, struct identifier_totals *totals, struct fault *fault)
{
    *totals = (struct identifier_totals){0};
    bool enough = count_all(counting) && clusters_count(counting, &totals->clusters_unattributed) && find_components(counting, totals);
    for (int t = 0; t < counting->thread_count && enough; t++) {
        alone_count(&counting->workers[t]); /* one thread's may be below zero, which the sum is not */
        totals->tied |= counting->workers[t].tied;
        enough = identifier_totals_add(totals, &counting->workers[t].totals);
    }
    return enough ? STATUS_OK : no_memory(fault);
}

enum status identifiers_count(const struct tally *tally, int thread_count, const struct harvest_options *options, struct identifier_totals *totals,
                              struct fault *fault)
{
    struct identifier_counting *counting = NULL;
    *totals = (struct identifier_totals){0};
    enum status status = identifiers_open(tally, NULL, thread_count, options, &counting, fault);
    if (status != STATUS_OK) return status;
    parallel_run(thread_count, note_partitions, counting);
    status = identifiers_noted(counting, totals, fault);
    identifiers_close(counting);
    return status;
}
