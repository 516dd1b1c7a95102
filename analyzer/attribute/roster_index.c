#include "roster_index.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "../../detectors/packed.h"
#include "../support/parallel.h"
#include "roster_held.h"

enum {
    CHUNK_BYTES_LEAST = 1 << 10,
    CHUNK_BYTES_MOST = 1 << 16,
    CHUNKS_A_SHARE = 16, /* at least, where chunks are not the least */
    FILE_PARTS = 6,      /* of a file, one is likely enough for its identifiers as they come */
    FIRST_AT = 64,       /* the first chunk, so that nothing stands at number 0; chunks begin at multiples of it */
    HASH_BYTES = 3,
    TOLD_BYTES = 5,       /* of an identifier as it comes, and */
    TOLD_FAR_BYTES = 4,   /* behind these, where its distance does not fit */
    TOLD_BYTES_MAX = TOLD_BYTES + 8, /* that are written, of which some may be written over */
    ROOM_PARTS = 4,      /* what is more than such a part of a chunk has room of its own */
    WRITTEN_AHEAD = 128, /* bytes of a chunk that are fetched before they are written */
    BEGUN_AHEAD = 512,   /* bytes of a chunk that are fetched while the one before is read */
    ENTRIES_A_BUCKET = 3,
    COMPARED_MOST = 16, /* entries of a bucket, each with each */
    ENTRIES_MOST = (ROSTER_BUCKETS_A_LINE + 1) * (UINT8_MAX + 1) /* of a line of buckets */
};
#define HASH_BELOW ((UINT32_C(1) << 8 * HASH_BYTES) - 1)
#define LIST (UINT32_C(1) << ROSTER_ITEM_BITS)
#define FAR UINT16_MAX

/* In front of what a chunk has. */
struct chunk {
    uint32_t next;  /* the next one of the share, or of those that are free, in steps of FIRST_AT bytes; 0: none */
    uint32_t bytes; /* that follow */
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the identifiers of the roster");
}

enum status roster_index_open(struct roster_index *index, uint64_t seed, uint64_t file_bytes, struct fault *fault)
{
    memset(index, 0, sizeof *index);
    index->seed = seed;
    index->chunk_bytes = CHUNK_BYTES_LEAST;
    uint64_t likely = file_bytes / FILE_PARTS;
    while (index->chunk_bytes < CHUNK_BYTES_MOST && 2 * index->chunk_bytes * ROSTER_SHARES * CHUNKS_A_SHARE <= likely) index->chunk_bytes *= 2;
    if (!pages_open(&index->memory, 3 * (size_t)likely, (size_t)2 * ROSTER_SHARES * index->chunk_bytes)) return no_memory(fault);
    index->memory.count = FIRST_AT;
    return STATUS_OK;
}

void roster_index_free(struct roster_index *index)
{
    pages_close(&index->memory);
    pages_free(index->lines, index->line_bytes);
    memset(index, 0, sizeof *index);
}

/* ------------------------------------------------------------------ as they come */

static struct chunk *chunk_at(const struct roster_index *index, uint32_t number)
{
    return (struct chunk *)(void *)(index->memory.at + (size_t)number * FIRST_AT);
}

/* Says in its head how far the last chunk of a share is filled, and which one follows. */
static void chunk_end(const struct roster_index *index, const struct roster_share *share, uint32_t next)
{
    if (share->last == 0) return;
    size_t begin = (size_t)share->last * FIRST_AT + sizeof(struct chunk);
    *chunk_at(index, share->last) = (struct chunk){next, (uint32_t)(share->at - begin)};
}

static __attribute__((noinline)) bool chunk_begin(struct roster_index *index, struct roster_share *share)
{
    size_t begin = index->memory.count;
    if (begin / FIRST_AT > UINT32_MAX || !pages_reserve(&index->memory, index->chunk_bytes)) return false;
    index->memory.count += index->chunk_bytes;
    uint32_t number = (uint32_t)(begin / FIRST_AT);
    chunk_end(index, share, number);
    if (share->first == 0) share->first = number;
    share->last = number;
    share->at = begin + sizeof(struct chunk);
    share->end = begin + index->chunk_bytes;
    return true;
}

enum status roster_index_add(struct roster_index *index, const char *hashes, unsigned count, uint32_t item, struct fault *fault)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t hash;
        memcpy(&hash, hashes + i * sizeof hash, sizeof hash);
        struct roster_share *share = &index->shares[roster_share(hash)];
        if (share->end - share->at < TOLD_BYTES_MAX && !chunk_begin(index, share)) return no_memory(fault);
        char *at = index->memory.at + share->at;
        uint32_t distance = item - share->item;
        eight_store(at, (hash & HASH_BELOW) | (uint64_t)(distance < FAR ? distance : FAR) << 8 * HASH_BYTES);
        __builtin_prefetch(at + WRITTEN_AHEAD, 1);
        share->at += TOLD_BYTES;
        if (distance >= FAR) {
            eight_store(at + TOLD_BYTES, distance);
            share->at += TOLD_FAR_BYTES;
        }
        share->item = item;
        share->count++;
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ a share, by bucket */

struct finishing {
    struct roster_index *index;
    struct roster_items *items;
    const struct roster_intervals *intervals;
    uint32_t count_most, bucket_most; /* in one share */
    struct bytes *shared;             /* numbers of items, for each thread */
    atomic_size_t used;
    atomic_uint next;
    atomic_bool failed;
};

/* A bucket of a share that is being sorted. */
struct sorted_bucket {
    uint32_t end;  /* among those held */
    uint32_t seen; /* bits of the hashes that are in it, and SEEN_TWICE where any two have the same bit */
};
#define SEEN_TWICE (UINT32_C(1) << 31)

/* What a thread needs to finish shares, one after another. */
struct sorting {
    struct finishing *finishing;
    struct sorted_bucket *buckets;
    struct roster_held *held; /* by bucket */
    uint32_t *entries; /* of a line of buckets */
    struct bytes *shared;
    uint32_t free;     /* chunks of shares that are sorted, linked */
    char *to, *end;    /* where entries go, and the end of that chunk */
};

struct walk {
    const struct roster_index *index;
    uint32_t next; /* chunk */
    const char *at, *end;
    struct roster_held held;
};

/* The next identifier of a share as they came; false behind the last one. */
static inline bool walk_next(struct walk *walk)
{
    while (walk->at == walk->end) {
        if (walk->next == 0) return false;
        const struct chunk *chunk = chunk_at(walk->index, walk->next);
        walk->at = (const char *)(chunk + 1);
        walk->end = walk->at + chunk->bytes;
        walk->next = chunk->next;
        if (walk->next != 0)
            for (size_t ahead = 0; ahead < BEGUN_AHEAD; ahead += FIRST_AT) __builtin_prefetch((const char *)chunk_at(walk->index, walk->next) + ahead);
    }
    uint64_t told = eight_load(walk->at);
    uint32_t distance = (uint16_t)(told >> 8 * HASH_BYTES);
    walk->held.hash = told & HASH_BELOW;
    walk->at += TOLD_BYTES;
    if (distance == FAR) {
        distance = (uint32_t)eight_load(walk->at);
        walk->at += TOLD_FAR_BYTES;
    }
    walk->held.item += distance;
    return true;
}

static inline uint32_t bucket_of(const struct roster_share *share, uint32_t hash_below)
{
    return (uint32_t)((uint64_t)hash_below * share->bucket_count >> 8 * HASH_BYTES);
}

/* Equal hashes have the same. */
static inline uint32_t seen_bit(uint32_t hash)
{
    return UINT32_C(1) << ((hash & UINT8_MAX) * 31 >> 8);
}

/* Counting sort by bucket, which keeps the order in it. */
static void share_sort(const struct sorting *sorting, const struct roster_share *share)
{
    struct walk walk = {.index = sorting->finishing->index, .next = share->first};
    memset(sorting->buckets, 0, share->bucket_count * sizeof *sorting->buckets);
    while (walk_next(&walk)) sorting->buckets[bucket_of(share, walk.held.hash)].end++;
    uint32_t before = 0;
    for (uint32_t b = 0; b < share->bucket_count; b++) {
        uint32_t count = sorting->buckets[b].end;
        sorting->buckets[b].end = before;
        before += count;
    }
    walk = (struct walk){.index = sorting->finishing->index, .next = share->first};
    while (walk_next(&walk)) {
        struct sorted_bucket *bucket = &sorting->buckets[bucket_of(share, walk.held.hash)];
        uint32_t bit = seen_bit(walk.held.hash);
        sorting->held[bucket->end++] = walk.held;
        bucket->seen |= bit | ((bucket->seen & bit) != 0 ? SEEN_TWICE : 0);
    }
}

static inline uint32_t bucket_begin(const struct sorting *sorting, uint32_t bucket)
{
    return bucket > 0 ? sorting->buckets[bucket - 1].end : 0;
}

/* ------------------------------------------------------------------ entries */

/* Memory that nothing has been in; NULL: there is none. */
static char *fresh_take(struct finishing *finishing, size_t bytes)
{
    size_t whole = (bytes + FIRST_AT - 1) & ~(size_t)(FIRST_AT - 1), at = atomic_fetch_add(&finishing->used, whole);
    return at + bytes <= finishing->index->memory.capacity ? finishing->index->memory.at + at : NULL;
}

/* Room that stays; NULL: no memory. */
static uint32_t *room_take(struct sorting *sorting, size_t count)
{
    struct finishing *finishing = sorting->finishing;
    struct roster_index *index = finishing->index;
    size_t bytes = (count * sizeof(uint32_t) + ROSTER_INDEX_STEP - 1) & ~(size_t)(ROSTER_INDEX_STEP - 1);
    if (bytes > index->chunk_bytes / ROOM_PARTS) return (uint32_t *)(void *)fresh_take(finishing, bytes);
    if ((size_t)(sorting->end - sorting->to) < bytes) {
        struct chunk *chunk = sorting->free != 0 ? chunk_at(index, sorting->free) : (struct chunk *)(void *)fresh_take(finishing, index->chunk_bytes);
        if (chunk == NULL) return NULL;
        if (sorting->free != 0) sorting->free = chunk->next;
        sorting->to = (char *)chunk;
        sorting->end = sorting->to + index->chunk_bytes;
    }
    char *to = sorting->to;
    sorting->to += bytes;
    return (uint32_t *)(void *)to;
}

static uint32_t number_of(const struct roster_index *index, const void *at)
{
    return (uint32_t)((size_t)((const char *)at - index->memory.at) / ROSTER_INDEX_STEP);
}

static const uint32_t *numbered(const struct roster_index *index, uint32_t number)
{
    return (const uint32_t *)(const void *)(index->memory.at + (size_t)number * ROSTER_INDEX_STEP);
}

static uint32_t item_mask(const struct roster_index *index)
{
    return (uint32_t)((UINT64_C(1) << index->item_bits) - 1);
}

/* What of the lower bits of a hash has room above the number of an item. */
static uint32_t tag_of(const struct roster_index *index, uint32_t hash)
{
    return (uint32_t)((uint64_t)(hash & HASH_BELOW) << index->item_bits) & (LIST - 1);
}

static bool is_tagged(const struct roster_index *index, uint32_t entry, uint32_t hash)
{
    return ((entry ^ tag_of(index, hash)) & (LIST - 1) & ~item_mask(index)) == 0;
}

/* An entry for the items of one key. */
static bool list_make(struct sorting *sorting, const struct roster_held *held, uint32_t count, uint32_t *entry)
{
    uint32_t *list = room_take(sorting, count + (size_t)1);
    if (list == NULL || !bytes_reserve(sorting->shared, count * sizeof *list)) return false;
    list[0] = count;
    for (uint32_t i = 0; i < count; i++) list[1 + i] = held[i].item;
    bytes_put(sorting->shared, list + 1, count * sizeof *list);
    *entry = LIST | number_of(sorting->finishing->index, list);
    return true;
}

/* Entries for those of one hash, two at least; adds how many there are to *made, and how many say different things to *kept. */
static bool several_put(struct sorting *sorting, struct roster_held *held, uint32_t count, uint32_t *made, uint32_t *kept)
{
    const struct finishing *finishing = sorting->finishing;
    const struct roster_holding holding = {finishing->items, finishing->intervals, finishing->index->seed, HASH_BELOW};
    uint32_t tag = tag_of(finishing->index, held[0].hash);
    roster_held_keys(&holding, held, count);
    count = roster_held_fold(&holding, held, count);
    *kept += count;
    for (uint32_t begin = 0, end; begin < count; begin = end) {
        uint32_t entry = held[begin].item;
        for (end = begin + 1; end < count && roster_held_same_key(&holding, &held[begin], &held[end]); end++) continue;
        if (end - begin > 1 && !list_make(sorting, held + begin, end - begin, &entry)) return false;
        if (*made == ENTRIES_MOST) return false;
        sorting->entries[(*made)++] = entry | tag;
    }
    return true;
}

static inline bool any_equal(const struct roster_held *held, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (held[i].hash == held[k].hash) return true;
    return false;
}

/* By hash, those of one hash together. Hashes are keyed, so that no bucket has more entries than can be counted. */
static bool groups_put(struct sorting *sorting, struct roster_held *held, uint32_t count, uint32_t *made, uint32_t *kept)
{
    uint32_t before = *made;
    roster_held_sort(held, count);
    for (uint32_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && held[end].hash == held[begin].hash; end++) continue;
        if (*made == ENTRIES_MOST) return false;
        if (end - begin > 1) {
            if (!several_put(sorting, held + begin, end - begin, made, kept)) return false;
            continue;
        }
        sorting->entries[(*made)++] = held[begin].item | tag_of(sorting->finishing->index, held[begin].hash);
        ++*kept;
    }
    return *made - before <= UINT8_MAX;
}

/* Whether each in a bucket has a hash of its own, as in most; where there are many it need not be known. */
static inline bool all_differ(const struct sorting *sorting, uint32_t bucket)
{
    if ((sorting->buckets[bucket].seen & SEEN_TWICE) == 0) return true;
    uint32_t begin = bucket_begin(sorting, bucket), count = sorting->buckets[bucket].end - begin;
    return count <= COMPARED_MOST && !any_equal(sorting->held + begin, count);
}

/* Entries for buckets of a line in which all differ, from one up to another: as they stand. There is room, as no such
 * bucket has many. */
static inline void run_put(struct sorting *sorting, uint8_t *counts, uint32_t from, uint32_t to, uint32_t *made, uint32_t *kept)
{
    const struct roster_index *index = sorting->finishing->index;
    uint32_t begin = bucket_begin(sorting, from), count = bucket_begin(sorting, to) - begin, before = begin;
    const struct roster_held *held = sorting->held + begin;
    uint32_t *entries = sorting->entries + *made;
    for (uint32_t i = 0; i < count; i++) entries[i] = held[i].item | tag_of(index, held[i].hash);
    for (uint32_t b = from; b < to; b++) {
        counts[b - from] = (uint8_t)(sorting->buckets[b].end - before);
        before = sorting->buckets[b].end;
    }
    *made += count;
    *kept += count;
}

static bool line_put(struct sorting *sorting, struct roster_share *share, uint32_t first, uint32_t *kept)
{
    struct roster_buckets *line = &share->lines[first / ROSTER_BUCKETS_A_LINE];
    uint32_t made = 0, behind = first + ROSTER_BUCKETS_A_LINE < share->bucket_count ? first + ROSTER_BUCKETS_A_LINE : share->bucket_count;
    for (uint32_t run = first, b = first;; run = ++b) {
        while (b < behind && all_differ(sorting, b)) b++;
        run_put(sorting, line->counts + (run - first), run, b, &made, kept);
        if (b == behind) break;
        uint32_t begin = bucket_begin(sorting, b), before = made;
        if (!groups_put(sorting, sorting->held + begin, sorting->buckets[b].end - begin, &made, kept)) return false;
        line->counts[b - first] = (uint8_t)(made - before);
    }
    if (made == 0) return true;
    uint32_t *entries = room_take(sorting, made);
    if (entries == NULL) return false;
    memcpy(entries, sorting->entries, made * sizeof *entries);
    line->entries = number_of(sorting->finishing->index, entries);
    return true;
}

static bool share_put(struct sorting *sorting, struct roster_share *share)
{
    uint32_t kept = 0;
    for (uint32_t b = 0; b < share->bucket_count; b += ROSTER_BUCKETS_A_LINE)
        if (!line_put(sorting, share, b, &kept)) return false;
    share->count = kept;
    return true;
}

/* ------------------------------------------------------------------ all shares */

/* What a share has filled before is free for those that are sorted after it. */
static void share_release(struct sorting *sorting, struct roster_share *share)
{
    if (share->first == 0) return;
    chunk_at(sorting->finishing->index, share->last)->next = sorting->free;
    sorting->free = share->first;
    share->first = share->last = 0;
}

static void shares_finish(void *context, int thread)
{
    struct finishing *finishing = context;
    struct sorting sorting = {.finishing = finishing, .shared = &finishing->shared[thread]};
    sorting.held = malloc((finishing->count_most + (size_t)1) * sizeof *sorting.held);
    sorting.buckets = malloc((finishing->bucket_most + (size_t)1) * sizeof *sorting.buckets);
    sorting.entries = malloc(ENTRIES_MOST * sizeof *sorting.entries);
    if (sorting.held == NULL || sorting.buckets == NULL || sorting.entries == NULL) atomic_store(&finishing->failed, true);
    for (unsigned i; !atomic_load(&finishing->failed) && (i = atomic_fetch_add(&finishing->next, 1)) < ROSTER_SHARES;) {
        struct roster_share *share = &finishing->index->shares[i];
        share_sort(&sorting, share);
        share_release(&sorting, share);
        if (!share_put(&sorting, share)) atomic_store(&finishing->failed, true);
    }
    free(sorting.held);
    free(sorting.buckets);
    free(sorting.entries);
}

static unsigned bits_of(uint64_t number)
{
    return number == 0 ? 1 : 64 - (unsigned)__builtin_clzll(number);
}

/* Room for lines of buckets, and for entries where no chunk is free yet; numbers of items and lists have as many bits as they need. */
static bool room_make(struct finishing *finishing, int thread_count)
{
    struct roster_index *index = finishing->index;
    size_t lines = 0;
    for (size_t i = 0; i < ROSTER_SHARES; i++) {
        struct roster_share *share = &index->shares[i];
        chunk_end(index, share, 0);
        share->bucket_count = share->count / ENTRIES_A_BUCKET + 1;
        lines += share->bucket_count / ROSTER_BUCKETS_A_LINE + 1;
        if (share->count > finishing->count_most) finishing->count_most = share->count;
        if (share->bucket_count > finishing->bucket_most) finishing->bucket_most = share->bucket_count;
    }
    size_t used = index->memory.count, room = 3 * used + ((size_t)thread_count + 1) * 4 * index->chunk_bytes;
    if (!pages_grow(&index->memory, room)) return false;
    const struct roster_items *items = finishing->items;
    unsigned list_bits = bits_of(index->memory.capacity / ROSTER_INDEX_STEP);
    index->item_bits = bits_of(items->memory.count >> items->unit_bits);
    if (list_bits > index->item_bits) index->item_bits = list_bits;
    if (index->item_bits > ROSTER_ITEM_BITS) return false;
    index->line_bytes = lines * sizeof *index->lines;
    index->lines = pages_take(index->line_bytes);
    if (index->lines == NULL) return false;
    struct roster_buckets *at = index->lines;
    for (size_t i = 0; i < ROSTER_SHARES; i++) {
        index->shares[i].lines = at;
        at += index->shares[i].bucket_count / ROSTER_BUCKETS_A_LINE + 1;
    }
    return true;
}

/* The threads that finish read items, so that they are marked afterwards. */
static void shared_mark(struct finishing *finishing, int thread_count)
{
    for (int t = 0; t < thread_count; t++)
        for (size_t at = 0; at < finishing->shared[t].count; at += sizeof(uint32_t)) {
            uint32_t item;
            memcpy(&item, finishing->shared[t].at + at, sizeof item);
            roster_items_mark_shared(finishing->items, item);
        }
}

enum status roster_index_finish(struct roster_index *index, struct roster_items *items, const struct roster_intervals *intervals, int thread_count,
                                struct fault *fault)
{
    struct finishing finishing = {.index = index, .items = items, .intervals = intervals};
    finishing.shared = calloc((size_t)thread_count, sizeof *finishing.shared);
    if (finishing.shared == NULL || !room_make(&finishing, thread_count)) {
        free(finishing.shared);
        return no_memory(fault);
    }
    atomic_store(&finishing.used, index->memory.count);
    parallel_run(thread_count, shares_finish, &finishing);
    shared_mark(&finishing, thread_count);
    for (int t = 0; t < thread_count; t++) bytes_free(&finishing.shared[t]);
    free(finishing.shared);
    return atomic_load(&finishing.failed) ? no_memory(fault) : STATUS_OK;
}

/* ------------------------------------------------------------------ looking up */

void roster_index_begin(const struct roster_index *index, uint32_t hash, struct roster_found *found)
{
    const struct roster_share *share = &index->shares[roster_share(hash)];
    *found = (struct roster_found){.line = &share->lines[bucket_of(share, hash & HASH_BELOW) / ROSTER_BUCKETS_A_LINE], .hash = hash};
    __builtin_prefetch(found->line);
}

/* The sum of eight bytes, which may be more than one has room for. */
static unsigned bytes_sum(uint64_t bytes)
{
    const uint64_t even = UINT64_C(0x00FF00FF00FF00FF);
    return (unsigned)(((bytes & even) + (bytes >> 8 & even)) * UINT64_C(0x0001000100010001) >> 48);
}

/* Of the first `bucket` counts. */
static unsigned counts_sum(const struct roster_buckets *line, unsigned bucket)
{
    const char *counts = (const char *)line->counts;
    unsigned sum = 0, i = 0;
    for (; i + 8 <= bucket; i += 8) sum += bytes_sum(eight_load(counts + i));
    for (; i < bucket; i++) sum += line->counts[i];
    return sum;
}

void roster_index_entries(const struct roster_index *index, struct roster_found *found)
{
    const struct roster_share *share = &index->shares[roster_share(found->hash)];
    unsigned bucket = bucket_of(share, found->hash & HASH_BELOW) % ROSTER_BUCKETS_A_LINE;
    found->left = found->line->counts[bucket];
    found->at = numbered(index, found->line->entries) + counts_sum(found->line, bucket);
    if (found->left > 0) __builtin_prefetch(found->at);
}

void roster_index_fetch(const struct roster_index *index, const struct roster_items *items, const struct roster_found *found)
{
    for (uint32_t i = 0; i < found->left; i++) {
        uint32_t entry = found->at[i];
        if (!is_tagged(index, entry, found->hash)) continue;
        const char *at = (entry & LIST) != 0 ? (const char *)numbered(index, entry & item_mask(index)) : roster_item_at(items, entry & item_mask(index));
        __builtin_prefetch(at);
        __builtin_prefetch(at + FIRST_AT); /* most items lie in two lines of cache */
    }
}

/* What an entry stands for: items, and how many. */
static const uint32_t *entry_items(const struct roster_index *index, const uint32_t *entry, uint32_t *count)
{
    if ((*entry & LIST) == 0) {
        *count = 1;
        return entry;
    }
    const uint32_t *list = numbered(index, *entry & item_mask(index));
    *count = list[0];
    return list + 1;
}

/* How many items of an entry have the key, at most `enough` of them looked at. */
static uint32_t items_count(const struct roster_index *index, const struct roster_items *items, const char *key, const uint32_t *entry, uint32_t enough)
{
    uint32_t count, found = 0;
    const uint32_t *of = entry_items(index, entry, &count);
    for (uint32_t i = 0; i < count && i < enough; i++) found += roster_item_find(items, of[i] & item_mask(index), key) != NULL;
    return found;
}

/* All items of the entry of a key have it. The first item of another entry may have it too, where it has both identifiers and their
 * hashes agree in bucket and tag: then the entry is the one with the most items that have the key. */
void roster_index_resolve(const struct roster_index *index, const struct roster_items *items, const char *key, struct roster_found *found)
{
    const uint32_t *best = NULL;
    uint32_t best_count = 0, of_bucket = found->left;
    if (found->resolved) return;
    found->resolved = true;
    found->left = 0;
    for (uint32_t i = 0; i < of_bucket; i++) {
        const uint32_t *entry = &found->at[i];
        if (!is_tagged(index, *entry, found->hash) || items_count(index, items, key, entry, 1) == 0) continue;
        if (best != NULL && best_count == 0) best_count = items_count(index, items, key, best, UINT32_MAX);
        uint32_t count = best != NULL ? items_count(index, items, key, entry, UINT32_MAX) : 0;
        if (best == NULL || count > best_count) best = entry, best_count = count;
    }
    if (best != NULL) found->at = entry_items(index, best, &found->left);
}
