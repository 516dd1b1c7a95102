#include "roster_entries.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "../support/parallel.h"

enum {
    CHUNK_BYTES_LEAST = 1 << 10,
    CHUNK_BYTES_MOST = 1 << 16,
    CHUNKS_A_SHARE = 16, /* at least, where chunks are not the least */
    FIRST_AT = 64,       /* the first chunk, so that nothing stands at place 0; chunks begin at multiples of it */
    BUCKET_PARTS = 8,    /* a bucket of more than such a part of a chunk has room of its own */
    ENTRIES_AHEAD = 8,   /* that are fetched */
    WRITTEN_AHEAD = 128, /* bytes of a chunk that are fetched before they are written */
    ENTRY_BYTES_LIKELY = 32, /* that are copied in one go */
    ENTRIES_A_BUCKET = 2,
    SCANNED_MAX = 8, /* entries of a bucket that are compared each with each */
    BYTES_A_BYTE = 4, /* of the file, at most: identifiers of a character and a delimiter do not make more */
    UNIT_BITS_UNKNOWN = 2,
    UNIT_BITS_MOST = 6
};
#define LAST (UINT32_C(1) << 31)

/* In front of the entries of a chunk. */
struct chunk {
    uint32_t next;  /* the next one of the share, or of those that are free; 0: none */
    uint32_t bytes; /* of entries */
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the identifiers of the roster");
}

static size_t bytes_max(const struct roster_entries *entries)
{
    return (size_t)1 << 32 << entries->unit_bits;
}

static uint32_t place_of(const struct roster_entries *entries, size_t at)
{
    return (uint32_t)(at >> entries->unit_bits);
}

enum status roster_entries_open(struct roster_entries *entries, uint64_t seed, uint64_t file_bytes, struct fault *fault)
{
    memset(entries, 0, sizeof *entries);
    entries->seed = seed;
    entries->chunk_bytes = CHUNK_BYTES_LEAST;
    while (entries->chunk_bytes < CHUNK_BYTES_MOST && entries->chunk_bytes * ROSTER_SHARES * CHUNKS_A_SHARE < file_bytes) entries->chunk_bytes *= 2;
    if (file_bytes == 0) entries->unit_bits = UNIT_BITS_UNKNOWN;
    while (entries->unit_bits < UNIT_BITS_MOST && bytes_max(entries) / BYTES_A_BYTE < file_bytes) entries->unit_bits++;
    size_t likely = file_bytes < bytes_max(entries) / 2 ? 2 * (size_t)file_bytes : bytes_max(entries);
    if (!pages_open(&entries->memory, likely, (size_t)2 * ROSTER_SHARES * entries->chunk_bytes)) return no_memory(fault);
    entries->memory.count = FIRST_AT;
    return STATUS_OK;
}

void roster_entries_free(struct roster_entries *entries)
{
    pages_close(&entries->memory);
    pages_free(entries->buckets, entries->bucket_bytes);
    memset(entries, 0, sizeof *entries);
}

static struct chunk *chunk_at(const struct roster_entries *entries, uint32_t place)
{
    return (struct chunk *)(void *)(entries->memory.at + ((size_t)place << entries->unit_bits));
}

/* Where in a chunk its first entry stands: at a whole unit. */
static size_t chunk_head_bytes(const struct roster_entries *entries)
{
    size_t unit = (size_t)1 << entries->unit_bits;
    return unit > sizeof(struct chunk) ? unit : sizeof(struct chunk);
}

/* Says in its head how far the last chunk of a share is filled, and which one follows. */
static void chunk_end(struct roster_entries *entries, const struct roster_share *share, uint32_t next)
{
    if (share->last == 0) return;
    size_t begin = ((size_t)share->last << entries->unit_bits) + chunk_head_bytes(entries);
    *chunk_at(entries, share->last) = (struct chunk){next, (uint32_t)(share->at - begin)};
}

static bool chunk_begin(struct roster_entries *entries, struct roster_share *share)
{
    size_t begin = entries->memory.count;
    if (begin + entries->chunk_bytes > bytes_max(entries) || !pages_reserve(&entries->memory, entries->chunk_bytes)) return false;
    entries->memory.count += entries->chunk_bytes;
    uint32_t place = place_of(entries, begin);
    chunk_end(entries, share, place);
    if (share->first == 0) share->first = place;
    share->last = place;
    share->at = begin + chunk_head_bytes(entries);
    share->end = begin + entries->chunk_bytes;
    return true;
}

enum status roster_entries_add(struct roster_entries *entries, const char *identifiers, unsigned count, uint32_t customer, uint32_t interval,
                               struct fault *fault)
{
    const char *at = identifiers;
    size_t unit = (size_t)1 << entries->unit_bits;
    for (unsigned i = 0; i < count; i++) {
        struct roster_share *share = &entries->shares[(unsigned char)*at++];
        size_t length = roster_key_length(at), whole = (ROSTER_ENTRY_HEAD + length + unit - 1) & ~(unit - 1);
        if (share->end - share->at < whole + ROSTER_ROW_SLACK && !chunk_begin(entries, share)) return no_memory(fault);
        char *entry = entries->memory.at + share->at;
        memcpy(entry, &customer, 4);
        memcpy(entry + 4, &interval, 4);
        memcpy(entry + ROSTER_ENTRY_HEAD, at, 16); /* most, in two words */
        if (length > 16) memcpy(entry + ROSTER_ENTRY_HEAD, at, length);
        __builtin_prefetch(entry + WRITTEN_AHEAD, 1);
        entries->kinds[(unsigned char)at[0]] = true;
        share->at += whole;
        share->count++;
        at += length;
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ equal ones */

struct finishing {
    struct roster_entries *entries;
    const struct roster_intervals *intervals;
    uint32_t entries_most; /* in one share */
    atomic_size_t used;
    atomic_uint next;
    atomic_bool failed;
};

/* An order in which those that say the same are equal: customer, times, key. */
static int entries_compare(const struct finishing *finishing, const char *a, const char *b)
{
    struct roster_entry a_head = roster_entry_read(a), b_head = roster_entry_read(b);
    if (a_head.customer != b_head.customer) return a_head.customer < b_head.customer ? -1 : 1;
    struct roster_times a_times = roster_interval_times(finishing->intervals, a_head.interval);
    struct roster_times b_times = roster_interval_times(finishing->intervals, b_head.interval);
    if (a_times.from_s != b_times.from_s) return a_times.from_s < b_times.from_s ? -1 : 1;
    if (a_times.to_s != b_times.to_s) return a_times.to_s < b_times.to_s ? -1 : 1;
    size_t a_length = roster_key_length(a + ROSTER_ENTRY_HEAD), b_length = roster_key_length(b + ROSTER_ENTRY_HEAD);
    if (a_length != b_length) return a_length < b_length ? -1 : 1;
    return memcmp(a + ROSTER_ENTRY_HEAD, b + ROSTER_ENTRY_HEAD, a_length);
}

/* An entry as it came: its place, and its hash. */
struct found {
    uint32_t place, hash;
};

static int places_compare(const void *a, const void *b)
{
    const struct found *left = a, *right = b;
    return (left->place > right->place) - (left->place < right->place);
}

static int found_compare(const void *a, const void *b, void *context)
{
    const struct finishing *finishing = context;
    const struct found *left = a, *right = b;
    int order = entries_compare(finishing, roster_entry_at(finishing->entries, left->place), roster_entry_at(finishing->entries, right->place));
    return order != 0 ? order : places_compare(a, b);
}

static bool places_equal(const struct finishing *finishing, uint32_t a, uint32_t b)
{
    return entries_compare(finishing, roster_entry_at(finishing->entries, a), roster_entry_at(finishing->entries, b)) == 0;
}

/* Drops what an entry before says too. Most buckets have one entry, or entries of different hashes. Long ones (a tester's
 * device on every line) are sorted for it, and back: the chunks of a share stand in the order in which they were filled. */
static uint32_t bucket_fold(const struct finishing *finishing, struct found *found, uint32_t count)
{
    bool sorted = count > SCANNED_MAX;
    if (sorted) qsort_r(found, count, sizeof *found, found_compare, (void *)(uintptr_t)finishing);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = sorted && kept > 0 ? kept - 1 : 0;
        while (from < kept && (found[from].hash != found[i].hash || !places_equal(finishing, found[from].place, found[i].place))) from++;
        if (from == kept) found[kept++] = found[i];
    }
    if (sorted) qsort(found, kept, sizeof *found, places_compare);
    return kept;
}

/* ------------------------------------------------------------------ by bucket */

/* What a thread needs to sort the entries of a share, for each of them. */
struct sorting {
    struct finishing *finishing;
    uint32_t *hashes;    /* as the entries came */
    struct found *found; /* by bucket */
    uint32_t free;       /* chunks of shares that are sorted, linked */
    char *to, *end;      /* where sorted entries go, and the end of that chunk */
};

struct walk {
    const struct roster_entries *entries;
    uint32_t next; /* chunk */
    const char *at, *end;
};

/* The next entry of a share as they came; NULL behind the last one. */
static inline const char *walk_next(struct walk *walk)
{
    while (walk->at == walk->end) {
        if (walk->next == 0) return NULL;
        const struct chunk *chunk = chunk_at(walk->entries, walk->next);
        walk->at = (const char *)chunk + chunk_head_bytes(walk->entries);
        walk->end = walk->at + chunk->bytes;
        walk->next = chunk->next;
    }
    const char *entry = walk->at;
    walk->at += roster_entry_bytes(walk->entries, entry);
    return entry;
}

/* Counting sort by bucket, which keeps the order in it. Each bucket's number becomes where it ends among them. */
static void share_sort(const struct sorting *sorting, struct roster_share *share)
{
    const struct roster_entries *entries = sorting->finishing->entries;
    struct walk walk = {.entries = entries, .next = share->first};
    uint32_t i = 0;
    for (const char *entry; (entry = walk_next(&walk)) != NULL; i++) {
        const char *key = entry + ROSTER_ENTRY_HEAD;
        sorting->hashes[i] = roster_hash_below(roster_key_hash(key, key + ROSTER_KEY_HEAD, entries->seed));
        share->buckets[roster_bucket(share, sorting->hashes[i])]++;
    }
    uint32_t before = 0;
    for (uint32_t b = 0; b < share->bucket_count; b++) {
        uint32_t count = share->buckets[b];
        share->buckets[b] = before;
        before += count;
    }
    walk = (struct walk){.entries = entries, .next = share->first};
    i = 0;
    for (const char *entry; (entry = walk_next(&walk)) != NULL; i++) {
        uint32_t hash = sorting->hashes[i], number = share->buckets[roster_bucket(share, hash)]++;
        sorting->found[number] = (struct found){place_of(entries, (size_t)(entry - entries->memory.at)), hash};
    }
}

/* Memory that nothing has been in; NULL: there is none. */
static char *fresh_take(struct finishing *finishing, size_t bytes)
{
    size_t whole = (bytes + FIRST_AT - 1) & ~(size_t)(FIRST_AT - 1), at = atomic_fetch_add(&finishing->used, whole);
    return at + bytes <= finishing->entries->memory.capacity ? finishing->entries->memory.at + at : NULL;
}

/* Where the entries of a bucket go; NULL: no memory. */
static char *bucket_room(struct sorting *sorting, size_t bytes)
{
    struct finishing *finishing = sorting->finishing;
    struct roster_entries *entries = finishing->entries;
    if (bytes > entries->chunk_bytes / BUCKET_PARTS) return fresh_take(finishing, bytes + ENTRY_BYTES_LIKELY);
    if ((size_t)(sorting->end - sorting->to) < bytes + ENTRY_BYTES_LIKELY) {
        struct chunk *chunk = sorting->free != 0 ? chunk_at(entries, sorting->free) : (struct chunk *)(void *)fresh_take(finishing, entries->chunk_bytes);
        if (chunk == NULL) return NULL;
        if (sorting->free != 0) sorting->free = chunk->next;
        sorting->to = (char *)chunk;
        sorting->end = sorting->to + entries->chunk_bytes;
    }
    char *to = sorting->to;
    sorting->to += bytes;
    return to;
}

static size_t found_bytes(const struct roster_entries *entries, const struct found *found, uint32_t count)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) bytes += roster_entry_bytes(entries, roster_entry_at(entries, found[i].place));
    return bytes;
}

/* Puts the entries where they belong, equal ones once. Each bucket's number becomes the place of its first. */
static bool share_fold(struct sorting *sorting, struct roster_share *share)
{
    const struct roster_entries *entries = sorting->finishing->entries;
    uint32_t begin = 0, kept = 0;
    for (uint32_t b = 0; b < share->bucket_count; b++) {
        uint32_t end = share->buckets[b], count = end - begin;
        share->buckets[b] = 0;
        if (count == 0) continue;
        struct found *found = sorting->found + begin;
        for (uint32_t k = begin + ENTRIES_AHEAD; k < end + ENTRIES_AHEAD && k < share->count; k++)
            __builtin_prefetch(roster_entry_at(entries, sorting->found[k].place));
        if (count > 1) count = bucket_fold(sorting->finishing, found, count);
        char *to = bucket_room(sorting, found_bytes(entries, found, count)), *last = to;
        if (to == NULL) return false;
        share->buckets[b] = place_of(entries, (size_t)(to - entries->memory.at));
        for (uint32_t k = 0; k < count; k++) {
            const char *entry = roster_entry_at(entries, found[k].place);
            size_t bytes = roster_entry_bytes(entries, entry);
            memcpy(to, entry, ENTRY_BYTES_LIKELY); /* what is too much of it is written over, or lies in the chunk's slack */
            if (bytes > ENTRY_BYTES_LIKELY) memcpy(to, entry, bytes);
            last = to;
            to += bytes;
        }
        uint32_t customer = roster_entry_read(last).customer | LAST;
        memcpy(last, &customer, sizeof customer);
        kept += count;
        begin = end;
    }
    share->count = kept;
    return true;
}

/* What a share has filled before is free for those that are sorted after it. */
static void share_release(struct sorting *sorting, struct roster_share *share)
{
    if (share->first == 0) return;
    chunk_at(sorting->finishing->entries, share->last)->next = sorting->free;
    sorting->free = share->first;
    share->first = share->last = 0;
}

static void shares_finish(void *context, int thread)
{
    (void)thread;
    struct finishing *finishing = context;
    size_t most = finishing->entries_most + (size_t)1;
    struct found *found = malloc(most * (sizeof *found + sizeof(uint32_t)));
    struct sorting sorting = {.finishing = finishing, .found = found, .hashes = (uint32_t *)(void *)(found + most)};
    if (found == NULL) atomic_store(&finishing->failed, true);
    for (unsigned i; !atomic_load(&finishing->failed) && (i = atomic_fetch_add(&finishing->next, 1)) < ROSTER_SHARES;) {
        struct roster_share *share = &finishing->entries->shares[i];
        share_sort(&sorting, share);
        if (!share_fold(&sorting, share)) atomic_store(&finishing->failed, true);
        share_release(&sorting, share);
    }
    free(found);
}

/* Room for the buckets, and for the sorted entries of as many shares as threads sort at once: the chunks of all others are used
 * again. A long bucket has fresh room, too. */
static bool room_make(struct finishing *finishing, int thread_count)
{
    struct roster_entries *entries = finishing->entries;
    size_t buckets = 0, most = 0;
    for (size_t i = 0; i < ROSTER_SHARES; i++) {
        struct roster_share *share = &entries->shares[i];
        size_t bytes = 0;
        chunk_end(entries, share, 0);
        for (uint32_t chunk = share->first; chunk != 0; chunk = chunk_at(entries, chunk)->next) bytes += entries->chunk_bytes;
        if (bytes > most) most = bytes;
        if (share->count > finishing->entries_most) finishing->entries_most = share->count;
        share->bucket_count = share->count / ENTRIES_A_BUCKET + 1;
        buckets += share->bucket_count;
    }
    size_t used = entries->memory.count, room = used + used / 2 * 3 + ((size_t)thread_count + 1) * (most / 2 * 3 + 2 * entries->chunk_bytes);
    if (!pages_grow(&entries->memory, room < bytes_max(entries) ? room : bytes_max(entries))) return false;
    entries->bucket_bytes = buckets * sizeof *entries->buckets;
    entries->buckets = pages_take(entries->bucket_bytes);
    if (entries->buckets == NULL) return false;
    uint32_t *at = entries->buckets;
    for (size_t i = 0; i < ROSTER_SHARES; i++) {
        entries->shares[i].buckets = at;
        at += entries->shares[i].bucket_count;
    }
    return true;
}

enum status roster_entries_finish(struct roster_entries *entries, const struct roster_intervals *intervals, int thread_count, struct fault *fault)
{
    struct finishing finishing = {.entries = entries, .intervals = intervals};
    if (!room_make(&finishing, thread_count)) return no_memory(fault);
    atomic_store(&finishing.used, entries->memory.count);
    parallel_run(thread_count, shares_finish, &finishing);
    return atomic_load(&finishing.failed) ? no_memory(fault) : STATUS_OK;
}
