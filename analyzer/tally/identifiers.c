#include "identifiers.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../support/parallel.h"

enum {
    BUCKETS = 256,          /* by the upper bits of a hash */
    HOLDERS_AHEAD = 12,     /* blobs are fetched that many holders ahead */
    ENTRIES_AHEAD = 8,
    WORDS_AHEAD = 8,        /* a line of the cache */
    LINES_FETCHED = 8,
    STATES = 8,             /* grade and sample of a fact */
    CHUNK_BYTES = 4096,
    CHUNK_WORDS = CHUNK_BYTES / 8 - 1,
    WORD_HASH_BITS = 24,    /* the rest of a hash of 32 bits */
    WORD_PLACE_SHIFT = 8,
    WORD_HASH_SHIFT = 40,
    WORD_NUMBER_BITS = 0xFF,
    NUMBER_READ = 0x80,     /* the fact is to be looked at in any case */
    NUMBERS = 0x7F,         /* facts of a holder from so many on are told by where they are */
    NUMBER_BEHIND = 0xFF,
    MARKS_PER_WORD = 8,     /* at least; up to twice as many */
    MARKS_MIN = 1 << 10,
    OWNER_STEP = sizeof(struct holder) / REGION_STEP
};
static const uint64_t ENTRY_OF_CUSTOMER = 0x80, ENTRY_OF_ATTRIBUTED = 0x40; /* bits of the state byte that are not used there */
static const uint64_t ENTRY_UNREAD = 0x10000, ENTRY_UNCOUNTED = 0x20000, ENTRY_BY_OFFSET = 0x40000;
static const uint64_t WORD_NONE = UINT64_MAX;
#define NOBODY UINT32_MAX

/* One fact of one holder that may not be alone. It says enough to be counted; the fact itself is looked at only where
 * hashes are equal. */
struct entry {
    uint64_t hash; /* the hash in the upper half; below it kind and state, or ENTRY_UNREAD and what goes with that */
    uint32_t holder, fact; /* place, offset in the blob; of one that is unread its number among the holder's facts, mostly */
};

/* Facts as they were noted, those of one bucket and one thread. A word is what is left of the hash, the holder's place and the fact's
 * number, where most need no second look: a fact that is somebody's, confirmed or likely is counted at once, as if it were alone. Of others
 * the number has NUMBER_READ. Behind NUMBER_BEHIND a second word is the offset; WORD_NONE fills a chunk that has no room for two. */
struct chunk {
    struct chunk *next; /* which is full */
    uint64_t words[CHUNK_WORDS];
};
_Static_assert(sizeof(struct chunk) == CHUNK_BYTES, "a chunk ends where the next begins");

struct owner_pair {
    uint32_t a, b;
};

/* How many entries of a bucket have a hash. */
struct seen {
    uint32_t hash, count; /* 0: free */
};

struct worker {
    uint64_t *at[BUCKETS]; /* where the next word goes; at the end of a chunk: into another */
    struct chunk *chunks[BUCKETS];
    struct entry *entries; /* of the bucket at hand, those that may not be alone */
    size_t entry_count, entry_capacity;
    uint8_t *marks;        /* of the bucket: two bits for a hash: one fact has it, a second one has it */
    size_t mark_capacity;
    struct group *groups;
    struct seen *seen;
    size_t group_capacity, seen_capacity;
    uint64_t alone[KINDS_MAX][STATES]; /* facts that were counted at once, less those that turned out not to be alone */
    bool tied; /* an identifier is a customer's, and of another holder that is none */
    struct identifier_totals totals;
    struct owner_pair *pairs;  /* unattributed holders that share an identifier */
    size_t pair_count, pair_capacity;
    uint32_t *touched;         /* unattributed holders that share one with a customer */
    size_t touched_count, touched_capacity;
    uint32_t *owners;          /* the places of all unattributed holders */
    size_t owner_count, owner_capacity;
};

/* Room for all words; what none uses never becomes memory. */
struct pool {
    struct chunk *chunks;
    size_t count, likely; /* more than likely are used where many facts take two words */
    struct pages reused;  /* chunks that come first; its count is of bytes */
    size_t reused_count;
    atomic_size_t used;
};

struct identifier_counting {
    const struct tally *tally;
    struct worker *workers;
    int thread_count;
    const struct customer_ref *refs; /* the order, in pieces; NULL: partitions are noted */
    struct pool pool;
    atomic_uint next_bucket;
    atomic_size_t next_partition;
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

/* Room for one word more, in a new chunk. NULL: there is none. */
static __attribute__((noinline)) uint64_t *chunk_next(struct identifier_counting *counting, struct worker *worker, unsigned bucket)
{
    size_t number = atomic_fetch_add_explicit(&counting->pool.used, 1, memory_order_relaxed);
    const struct pool *pool = &counting->pool;
    if (number >= pool->reused_count && number - pool->reused_count >= pool->count) {
        atomic_store(&counting->failed, true);
        return NULL;
    }
    struct chunk *chunk = number < pool->reused_count ? (struct chunk *)(void *)pool->reused.at + number : &pool->chunks[number - pool->reused_count];
    chunk->next = worker->chunks[bucket];
    worker->chunks[bucket] = chunk;
    return chunk->words;
}

static inline void word_add(struct identifier_counting *counting, struct worker *worker, unsigned bucket, uint64_t word)
{
    uint64_t *at = worker->at[bucket];
    if ((uintptr_t)at % CHUNK_BYTES == 0 && (at = chunk_next(counting, worker, bucket)) == NULL) return;
    __builtin_prefetch(at + WORDS_AHEAD, 1);
    *at = word;
    worker->at[bucket] = at + 1;
}

/* Of the chunk that was begun last, the words there are; all others are full. */
static size_t chunk_words(const struct worker *worker, unsigned bucket, const struct chunk *chunk)
{
    return chunk == worker->chunks[bucket] ? (size_t)(worker->at[bucket] - chunk->words) : CHUNK_WORDS;
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

/* A fact that its number does not tell. */
static __attribute__((noinline)) void note_behind(struct identifier_counting *counting, struct worker *worker, unsigned bucket, uint64_t word, uint64_t offset)
{
    uint64_t *at = worker->at[bucket];
    if (((uintptr_t)at + sizeof *at) % CHUNK_BYTES == 0) word_add(counting, worker, bucket, WORD_NONE);
    word_add(counting, worker, bucket, word | NUMBER_BEHIND);
    word_add(counting, worker, bucket, offset);
}

static bool owner_note(const struct tally *tally, struct worker *worker, const struct holder *holder)
{
    uint32_t *owners = array_room(worker->owners, &worker->owner_capacity, worker->owner_count, sizeof *owners);
    if (owners == NULL) return false;
    worker->owners = owners;
    owners[worker->owner_count++] = region_place(&tally->region, holder);
    return true;
}

__attribute__((always_inline)) static inline void note(struct identifier_counting *counting, struct worker *worker, const struct holder *holder)
{
    const struct tally *tally = counting->tally;
    bool somebodys = entry_class(holder) != 0;
    if (!somebodys && !owner_note(tally, worker, holder)) atomic_store(&counting->failed, true);
    const uint64_t place = (uint64_t)region_place(&tally->region, holder) << WORD_PLACE_SHIFT;
    const char *blob = region_at(&tally->region, holder->blob), *end = facts_end(tally, holder);
    uint64_t number = 0;
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at), number++) {
        uint32_t hash = fact_hash(tally, at);
        uint64_t word = (uint64_t)hash << WORD_HASH_SHIFT | place;
        bool counted = somebodys && fact_grade((uint8_t)at[1]) >= GRADE_LIKELY && number < NUMBERS;
        if (number < NUMBERS) word_add(counting, worker, hash >> WORD_HASH_BITS, word | number | (counted ? 0 : NUMBER_READ));
        else note_behind(counting, worker, hash >> WORD_HASH_BITS, word, (uint64_t)(at - blob));
        *alone_of(worker, at) += counted;
    }
}

void identifiers_note(struct identifier_counting *counting, int thread, uint32_t partition, const struct holder *holder)
{
    (void)partition;
    note(counting, &counting->workers[thread], holder);
}

void identifiers_note_piece(struct identifier_counting *counting, int thread, size_t number, size_t first, size_t end)
{
    (void)number;
    const struct region *region = &counting->tally->region;
    for (size_t i = first; i < end; i++) {
        if (i + HOLDERS_AHEAD < end) {
            const char *blob = region_at(region, ((const struct holder *)region_at(region, counting->refs[i + HOLDERS_AHEAD].holder))->blob);
            __builtin_prefetch(blob);
            __builtin_prefetch(blob + 64);
            __builtin_prefetch(blob + 128);
        }
        note(counting, &counting->workers[thread], region_at(region, counting->refs[i].holder));
    }
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

/* Leaves out what is alone after all, since marks are fewer than hashes: it is counted already. */
static void entries_thin(const struct tally *tally, struct worker *worker, size_t mask)
{
    size_t kept = 0;
    for (size_t i = 0; i < worker->entry_count; i++) {
        struct seen *of = seen_find(worker->seen, mask, &worker->entries[i]);
        of->hash = (uint32_t)(worker->entries[i].hash >> 32);
        of->count++;
    }
    for (size_t i = 0; i < worker->entry_count; i++) {
        const struct entry *entry = &worker->entries[i];
        if ((entry->hash & ENTRY_UNCOUNTED) == 0 && seen_find(worker->seen, mask, entry)->count == 1) continue;
        __builtin_prefetch(region_at(&tally->region, entry->holder));
        worker->entries[kept++] = *entry;
    }
    worker->entry_count = kept;
}

/* What was counted as if it were alone is taken back. */
static void entry_read(const struct tally *tally, struct worker *worker, struct entry *entry)
{
    const struct holder *holder = region_at(&tally->region, entry->holder);
    const char *at = facts_begin(tally, holder);
    if ((entry->hash & ENTRY_BY_OFFSET) != 0) at = (const char *)region_at(&tally->region, holder->blob) + entry->fact;
    else for (uint32_t i = 0; i < entry->fact; i++) at = fact_after(at);
    if ((entry->hash & ENTRY_UNCOUNTED) == 0) --*alone_of(worker, at);
    *entry = entry_of(tally, holder, at, (uint32_t)(entry->hash >> 32));
}

static bool entries_group(struct identifier_counting *counting, struct worker *worker, size_t mask)
{
    const struct tally *tally = counting->tally;
    struct group *groups = worker->groups;
    bool enough = true;
    for (size_t i = 0; i < worker->entry_count && enough; i++) {
        struct entry *entry = &worker->entries[i];
        if (i + ENTRIES_AHEAD < worker->entry_count) {
            const struct holder *ahead = region_at(&tally->region, entry[ENTRIES_AHEAD].holder);
            __builtin_prefetch(region_at(&tally->region, ahead->blob));
        }
        entry_read(tally, worker, entry);
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

static size_t bucket_words(const struct identifier_counting *counting, unsigned number)
{
    size_t count = 0;
    for (int t = 0; t < counting->thread_count; t++) {
        const struct worker *worker = &counting->workers[t];
        for (const struct chunk *chunk = worker->chunks[number]; chunk != NULL; chunk = chunk->next) count += chunk_words(worker, number, chunk);
    }
    return count;
}

/* Chunks lie anywhere, each in one go. */
static inline void chunk_fetch(const struct chunk *chunk)
{
    for (int line = 0; chunk != NULL && line < LINES_FETCHED; line++) __builtin_prefetch((const char *)chunk + line * 64);
}

static inline size_t mark_of(uint64_t word, unsigned shift)
{
    return (size_t)(word >> WORD_HASH_SHIFT) >> shift;
}

static inline unsigned mark_shift(size_t mark)
{
    return (unsigned)(mark & 3) * 2;
}

static void words_mark(const uint64_t *words, size_t count, unsigned shift, uint8_t *marks)
{
    for (size_t i = 0; i < count; i++) {
        if (words[i] == WORD_NONE) continue;
        size_t mark = mark_of(words[i], shift);
        unsigned once = (unsigned)marks[mark / 4] >> mark_shift(mark) & 1u;
        marks[mark / 4] |= (uint8_t)((1u | once << 1) << mark_shift(mark));
        i += (words[i] & WORD_NUMBER_BITS) == NUMBER_BEHIND;
    }
}

/* Takes those words that have a mark with others, or are to be read, for entries. */
static void words_take(struct worker *worker, const uint64_t *words, size_t count, unsigned bucket, unsigned shift)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t word = words[i];
        size_t mark = mark_of(word, shift);
        unsigned number = (unsigned)(word & WORD_NUMBER_BITS), again = (unsigned)worker->marks[mark / 4] >> mark_shift(mark) & 2u;
        if ((again | (number & NUMBER_READ)) == 0 || word == WORD_NONE) continue;
        struct entry entry = {(uint64_t)bucket << 56 | word >> WORD_HASH_SHIFT << 32 | ENTRY_UNREAD, (uint32_t)(word >> WORD_PLACE_SHIFT), number & NUMBERS};
        if ((number & NUMBER_READ) != 0) entry.hash |= ENTRY_UNCOUNTED;
        if (number == NUMBER_BEHIND) {
            entry.hash |= ENTRY_BY_OFFSET;
            entry.fact = (uint32_t)words[++i];
        }
        worker->entries[worker->entry_count++] = entry;
    }
}

/* Finds those of all threads that may not be alone, in two looks at what is small enough to be near. */
static bool bucket_take(struct identifier_counting *counting, struct worker *worker, unsigned number)
{
    size_t words = bucket_words(counting, number), wanted = MARKS_MIN;
    unsigned bits = 10;
    worker->entry_count = 0;
    if (words == 0) return true;
    while (wanted < MARKS_PER_WORD * words && bits < WORD_HASH_BITS) wanted *= 2, bits++;
    worker->marks = room_zeroed(worker->marks, &worker->mark_capacity, wanted / 4, 1);
    if (words > worker->entry_capacity) {
        free(worker->entries);
        worker->entries = malloc(words * sizeof *worker->entries);
        worker->entry_capacity = worker->entries == NULL ? 0 : words;
    }
    if (worker->marks == NULL || worker->entries == NULL) return false;
    for (int t = 0; t < counting->thread_count; t++) {
        const struct worker *of = &counting->workers[t];
        for (const struct chunk *chunk = of->chunks[number]; chunk != NULL; chunk = chunk->next) {
            chunk_fetch(chunk->next);
            words_mark(chunk->words, chunk_words(of, number, chunk), WORD_HASH_BITS - bits, worker->marks);
        }
    }
    for (int t = 0; t < counting->thread_count; t++) {
        const struct worker *of = &counting->workers[t];
        for (const struct chunk *chunk = of->chunks[number]; chunk != NULL; chunk = chunk->next)
            words_take(worker, chunk->words, chunk_words(of, number, chunk), number, WORD_HASH_BITS - bits);
    }
    return true;
}

static bool bucket_thin(struct identifier_counting *counting, struct worker *worker)
{
    size_t mask = table_mask(worker->entry_count);
    worker->seen = room_zeroed(worker->seen, &worker->seen_capacity, mask + 1, sizeof *worker->seen);
    if (worker->seen == NULL) return false;
    entries_thin(counting->tally, worker, mask);
    return true;
}

/* Groups the entries of one bucket, from all workers. */
static bool bucket_count(struct identifier_counting *counting, struct worker *worker, unsigned number)
{
    if (!bucket_take(counting, worker, number)) return false;
    if (worker->entry_count > 0 && !bucket_thin(counting, worker)) return false;
    size_t mask = table_mask(worker->entry_count), ties = worker->totals.harvest.ties.count;
    if (worker->entry_count == 0) return true;
    worker->groups = room_zeroed(worker->groups, &worker->group_capacity, mask + 1, sizeof *worker->groups);
    if (worker->groups == NULL) return false;
    bool enough = entries_group(counting, worker, mask);
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
    free(worker->entries);
    free(worker->marks);
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

/* Of each fact there is a word, or two. Every bucket can have a chunk that is not full. */
static bool pool_open(struct pool *pool, const struct tally *tally, int thread_count)
{
    uint64_t facts = 0;
    for (uint32_t i = 0; i < PARTITIONS; i++) facts += tally->partitions[i].fact_count;
    pool->likely = (size_t)(facts / CHUNK_WORDS + (uint64_t)thread_count * BUCKETS + 1);
    pool->count = (size_t)(2 * facts / (CHUNK_WORDS - 1) + (uint64_t)thread_count * BUCKETS + 1);
    pool->chunks = pages_take(pool->count * sizeof *pool->chunks);
    return pool->chunks != NULL;
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
    made->refs = pieces == NULL ? NULL : pieces->sorted->refs;
    made->workers = calloc((size_t)thread_count, sizeof *made->workers);
    for (int t = 0; made->workers != NULL && t < thread_count; t++) made->workers[t].totals.harvest.options = *options;
    if (made->workers != NULL && pool_open(&made->pool, tally, thread_count)) return STATUS_OK;
    identifiers_close(made);
    *counting = NULL;
    return no_memory(fault);
}

void identifiers_close(struct identifier_counting *counting)
{
    if (counting == NULL) return;
    for (int t = 0; counting->workers != NULL && t < counting->thread_count; t++) worker_close(&counting->workers[t]);
    free(counting->workers);
    pages_free(counting->pool.chunks, counting->pool.count * sizeof *counting->pool.chunks);
    pages_close(&counting->pool.reused);
    free(counting);
}

void identifiers_reuse(struct identifier_counting *counting, struct pages *pages)
{
    struct pool *pool = &counting->pool;
    size_t used = pages->count / CHUNK_BYTES;
    pool->reused_count = used < pool->likely ? used : pool->likely;
    if (pool->reused_count == 0) {
        pages_close(pages);
        return;
    }
    pool->reused = *pages;
    *pages = (struct pages){0};
    pages_trim(pool->reused.at, pool->reused.capacity, pool->reused_count * CHUNK_BYTES);
    pool->reused.capacity = pool->reused_count * CHUNK_BYTES;
}

static bool count_all(struct identifier_counting *counting)
{
    if (atomic_load(&counting->failed)) return false;
    parallel_run(counting->thread_count, count_buckets, counting);
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
