#include "roster_table.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "../support/parallel.h"

enum {
    SLOTS_LEAST = 1 << 10,
    RECENT_BITS = 12, /* intervals looked at before a new one is made */
    ENTRIES_A_BUCKET = 2,
    SCANNED_MAX = 8,  /* entries of a bucket that are compared each with each */
    ID_BYTES_BITS = 40,
    CAPACITY_LEAST = 1024
};
#define NO_INTERVAL UINT32_MAX

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the roster");
}

enum status roster_table_open(struct roster_table *table, uint64_t seed, struct fault *fault)
{
    memset(table, 0, sizeof *table);
    table->seed = seed;
    table->slots = calloc(SLOTS_LEAST, sizeof *table->slots);
    table->places = calloc(ROSTER_PLACES_MAX, sizeof *table->places);
    table->intervals = calloc(CAPACITY_LEAST, sizeof *table->intervals);
    table->recent_intervals = malloc(((size_t)1 << RECENT_BITS) * sizeof *table->recent_intervals);
    if (table->slots == NULL || table->places == NULL || table->intervals == NULL || table->recent_intervals == NULL) {
        roster_table_free(table);
        return no_memory(fault);
    }
    table->slot_count = SLOTS_LEAST;
    table->place_count = 1;
    table->intervals[0].from_s = ROSTER_OPEN_FROM;
    table->intervals[0].to_s = ROSTER_OPEN_TO;
    table->interval_count = 1;
    table->interval_capacity = CAPACITY_LEAST;
    for (size_t i = 0; i < (size_t)1 << RECENT_BITS; i++) table->recent_intervals[i] = NO_INTERVAL;
    return STATUS_OK;
}

void roster_table_free(struct roster_table *table)
{
    for (size_t i = 0; i < ROSTER_SHARES; i++) {
        bytes_free(&table->shares[i].entries);
        free(table->shares[i].places);
        free(table->shares[i].buckets);
    }
    free(table->recent_intervals);
    free(table->intervals);
    free(table->places);
    free(table->slots);
    free(table->customers);
    bytes_free(&table->ids);
    memset(table, 0, sizeof *table);
}

/* ------------------------------------------------------------------ customers */

static uint32_t slot_of(const struct roster_table *table, uint64_t hash)
{
    return (uint32_t)hash & (table->slot_count - 1);
}

void roster_table_expect(const struct roster_table *table, const struct roster_row *row)
{
    __builtin_prefetch(&table->slots[slot_of(table, row->hash)]);
}

static bool has_id(const struct roster_table *table, uint32_t customer, struct span id)
{
    struct span stored = roster_table_id(table, customer);
    return stored.len == id.len && memcmp(stored.at, id.at, id.len) == 0;
}

/* The slot of a customer, or the free one where it would be. */
static uint32_t slot_find(const struct roster_table *table, struct span id, uint64_t hash)
{
    uint32_t slot = slot_of(table, hash);
    while (table->slots[slot] != 0 && !has_id(table, table->slots[slot] - 1, id)) slot = (slot + 1) & (table->slot_count - 1);
    return slot;
}

uint32_t roster_table_find(const struct roster_table *table, struct span id, uint64_t hash)
{
    uint32_t found = table->slots[slot_find(table, id, hash)];
    return found == 0 ? ROSTER_NOBODY : found - 1;
}

/* Twice as many slots; no two customers are equal, so that no ID has to be compared. */
static bool slots_grow(struct roster_table *table)
{
    if (table->slot_count > UINT32_MAX / 2) return false;
    uint32_t *slots = calloc((size_t)table->slot_count * 2, sizeof *slots);
    if (slots == NULL) return false;
    free(table->slots);
    table->slots = slots;
    table->slot_count *= 2;
    for (uint32_t i = 0; i < table->customer_count; i++) {
        struct span id = roster_table_id(table, i);
        uint32_t slot = slot_of(table, hash_bytes(id.at, id.len, table->seed));
        while (slots[slot] != 0) slot = (slot + 1) & (table->slot_count - 1);
        slots[slot] = i + 1;
    }
    return true;
}

static bool customer_grow(struct roster_table *table)
{
    if (table->customer_count < table->customer_capacity) return true;
    size_t capacity = table->customer_capacity / 2 * 3 + CAPACITY_LEAST;
    if (capacity > ROSTER_CUSTOMERS_MAX) capacity = ROSTER_CUSTOMERS_MAX;
    struct roster_stored *customers = realloc(table->customers, capacity * sizeof *customers);
    if (customers == NULL) return false;
    table->customers = customers;
    table->customer_capacity = (uint32_t)capacity;
    return table->customer_count < table->customer_capacity;
}

static enum status customer_add(struct roster_table *table, struct span id, uint64_t hash, uint32_t *customer, struct fault *fault)
{
    bool room = customer_grow(table) && bytes_reserve(&table->ids, id.len);
    if (room && table->customer_count >= table->slot_count / 4 * 3) room = slots_grow(table);
    if (!room || table->ids.count >> ID_BYTES_BITS != 0) return no_memory(fault);
    *customer = table->customer_count++;
    uint64_t offset = table->ids.count;
    table->customers[*customer] = (struct roster_stored){.id_offset = (uint32_t)offset, .id_offset_high = (uint8_t)(offset >> 32),
                                                         .id_length = (uint8_t)id.len, .birth_day = ROSTER_BIRTH_UNKNOWN};
    bytes_put(&table->ids, id.at, id.len);
    table->slots[slot_find(table, id, hash)] = *customer + 1;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ what is said of them */

static bool same(const char *a, const char *b, size_t length)
{
    return a[0] == '\0' || b[0] == '\0' || memcmp(a, b, length) == 0;
}

/* The role of the first column that says another thing than what is stored; ROSTER_ROLE_COUNT: none does. */
static enum roster_role contradiction(const struct roster_table *table, const struct roster_stored *stored, const struct roster_row *row)
{
    const struct roster_place *place = &table->places[stored->place];
    if (!same(place->country, row->country, sizeof place->country)) return ROSTER_COUNTRY;
    if (!same(place->subdivision, row->subdivision, sizeof place->subdivision)) return ROSTER_SUBDIVISION;
    if (stored->type != 0 && row->type != 0 && stored->type != row->type) return ROSTER_TYPE;
    unsigned differ = (unsigned)(stored->contact ^ row->contact) & stored->contact_known & row->contact_known;
    if (differ != 0)
        return (differ & ROSTER_POST) != 0 ? ROSTER_CONTACT_POST : (differ & ROSTER_EMAIL) != 0 ? ROSTER_CONTACT_EMAIL : ROSTER_CONTACT_PHONE;
    bool births = stored->birth_day != ROSTER_BIRTH_UNKNOWN && row->birth_day != ROSTER_BIRTH_UNKNOWN && stored->birth_day != row->birth_day;
    return births ? ROSTER_BIRTH : ROSTER_ROLE_COUNT;
}

/* There are few places, and those of neighbouring rows are often the same: the newest are looked at first. */
static enum status place_find(struct roster_table *table, const struct roster_place *wanted, uint16_t *place, struct fault *fault)
{
    for (uint32_t i = table->place_count; i-- > 0;) {
        if (memcmp(&table->places[i], wanted, sizeof *wanted) != 0) continue;
        *place = (uint16_t)i;
        return STATUS_OK;
    }
    if (table->place_count == ROSTER_PLACES_MAX)
        return fault_set(fault, STATUS_USAGE, "the roster has more than %d countries and subdivisions", ROSTER_PLACES_MAX);
    table->places[table->place_count] = *wanted;
    *place = (uint16_t)table->place_count++;
    return STATUS_OK;
}

static enum status attributes_take(struct roster_table *table, struct roster_stored *stored, const struct roster_row *row, struct fault *fault)
{
    struct roster_place place = table->places[stored->place];
    if (row->country[0] != '\0') memcpy(place.country, row->country, sizeof place.country);
    if (row->subdivision[0] != '\0') memcpy(place.subdivision, row->subdivision, sizeof place.subdivision);
    enum status status = memcmp(&place, &table->places[stored->place], sizeof place) == 0 ? STATUS_OK
                                                                                         : place_find(table, &place, &stored->place, fault);
    if (row->type != 0) stored->type = row->type;
    stored->contact_known |= row->contact_known;
    stored->contact |= row->contact;
    if (row->birth_day != ROSTER_BIRTH_UNKNOWN) stored->birth_day = row->birth_day;
    return status;
}

/* ------------------------------------------------------------------ intervals and identifiers */

static bool is_interval(const struct roster_table *table, uint32_t number, const struct roster_row *row)
{
    return table->intervals[number].from_s == row->from_s && table->intervals[number].to_s == row->to_s;
}

static enum status interval_find(struct roster_table *table, const struct roster_row *row, uint32_t *number, struct fault *fault)
{
    uint64_t hash = mix64((uint64_t)row->from_s ^ mix64((uint64_t)row->to_s));
    uint32_t *recent = &table->recent_intervals[hash >> (64 - RECENT_BITS)];
    *number = is_interval(table, 0, row) ? 0 : *recent;
    if (*number != NO_INTERVAL && is_interval(table, *number, row)) return STATUS_OK;
    if (table->interval_count == table->interval_capacity) {
        size_t capacity = (size_t)table->interval_capacity / 2 * 3;
        void *intervals = capacity < NO_INTERVAL ? realloc(table->intervals, capacity * sizeof *table->intervals) : NULL;
        if (intervals == NULL) return no_memory(fault);
        table->intervals = intervals;
        table->interval_capacity = (uint32_t)capacity;
    }
    *number = *recent = table->interval_count++;
    table->intervals[*number].from_s = row->from_s;
    table->intervals[*number].to_s = row->to_s;
    return STATUS_OK;
}

/* Growth by half: at the end a quarter of the room is empty, and was never touched. */
static bool share_reserve(struct roster_share *share, size_t more)
{
    if (more <= share->entries.capacity - share->entries.count) return true;
    size_t capacity = share->entries.capacity / 2 * 3 + 4096;
    char *at = capacity / ROSTER_ENTRY_UNIT <= UINT32_MAX ? realloc(share->entries.at, capacity) : NULL;
    if (at == NULL) return false;
    share->entries.at = at;
    share->entries.capacity = capacity;
    return true;
}

static enum status identifiers_add(struct roster_table *table, const struct roster_row *row, const char *at, uint32_t customer,
                                   struct fault *fault)
{
    uint32_t interval;
    enum status status = interval_find(table, row, &interval, fault);
    for (unsigned i = 0; i < row->identifier_count && status == STATUS_OK; i++) {
        struct roster_share *share = &table->shares[(unsigned char)*at++];
        size_t length = roster_key_length(at), whole = (ROSTER_ENTRY_HEAD + length + 3) & ~(size_t)3;
        if (!share_reserve(share, whole)) return no_memory(fault);
        char *entry = share->entries.at + share->entries.count;
        memcpy(entry, &customer, 4);
        memcpy(entry + 4, &interval, 4);
        memcpy(entry + ROSTER_ENTRY_HEAD, at, length);
        memset(entry + ROSTER_ENTRY_HEAD + length, 0, whole - ROSTER_ENTRY_HEAD - length);
        share->entries.count += whole;
        share->count++;
        at += length;
    }
    return status;
}

enum status roster_table_add(struct roster_table *table, const struct roster_row *row, enum roster_role *contradicted, struct fault *fault)
{
    const char *at = (const char *)(row + 1);
    struct span id = {at, row->id_length};
    uint32_t customer = roster_table_find(table, id, row->hash);
    *contradicted = customer == ROSTER_NOBODY ? ROSTER_ROLE_COUNT : contradiction(table, &table->customers[customer], row);
    if (*contradicted != ROSTER_ROLE_COUNT) return STATUS_OK;
    enum status status = customer != ROSTER_NOBODY ? STATUS_OK : customer_add(table, id, row->hash, &customer, fault);
    if (status == STATUS_OK) status = attributes_take(table, &table->customers[customer], row, fault);
    if (status == STATUS_OK && row->identifier_count > 0) status = identifiers_add(table, row, at + id.len, customer, fault);
    return status;
}

/* ------------------------------------------------------------------ making identifiers findable */

struct finishing {
    struct roster_table *table;
    atomic_uint next;
    atomic_bool failed;
};

static size_t entry_bytes(const char *entry)
{
    return (ROSTER_ENTRY_HEAD + roster_key_length(entry + ROSTER_ENTRY_HEAD) + 3) & ~(size_t)3;
}

static uint32_t bucket_of(const struct roster_table *table, const struct roster_share *share, const char *key)
{
    return roster_bucket(share, hash_bytes(key, roster_key_length(key), table->seed));
}

/* Whether two entries say the same: key, customer, times. */
static int entries_compare(const struct roster_table *table, const char *a, const char *b)
{
    uint32_t a_head[2], b_head[2];
    memcpy(a_head, a, sizeof a_head);
    memcpy(b_head, b, sizeof b_head);
    if (a_head[0] != b_head[0]) return a_head[0] < b_head[0] ? -1 : 1;
    int64_t a_from = table->intervals[a_head[1]].from_s, b_from = table->intervals[b_head[1]].from_s;
    int64_t a_to = table->intervals[a_head[1]].to_s, b_to = table->intervals[b_head[1]].to_s;
    if (a_from != b_from) return a_from < b_from ? -1 : 1;
    if (a_to != b_to) return a_to < b_to ? -1 : 1;
    size_t a_length = roster_key_length(a + ROSTER_ENTRY_HEAD), b_length = roster_key_length(b + ROSTER_ENTRY_HEAD);
    if (a_length != b_length) return a_length < b_length ? -1 : 1;
    return memcmp(a + ROSTER_ENTRY_HEAD, b + ROSTER_ENTRY_HEAD, a_length);
}

struct sorting {
    const struct roster_table *table;
    const struct roster_share *share;
};

static int places_compare(const void *a, const void *b, void *context)
{
    const struct sorting *sorting = context;
    uint32_t a_place, b_place;
    memcpy(&a_place, a, sizeof a_place);
    memcpy(&b_place, b, sizeof b_place);
    const char *entries = sorting->share->entries.at;
    int order = entries_compare(sorting->table, entries + (size_t)a_place * ROSTER_ENTRY_UNIT, entries + (size_t)b_place * ROSTER_ENTRY_UNIT);
    return order != 0 ? order : (a_place > b_place) - (a_place < b_place);
}

static int numbers_compare(const void *a, const void *b)
{
    uint32_t a_place, b_place;
    memcpy(&a_place, a, sizeof a_place);
    memcpy(&b_place, b, sizeof b_place);
    return (a_place > b_place) - (a_place < b_place);
}

/* Drops what an entry before says too. Long buckets (a tester's device on every line) are sorted for it, and back. */
static uint32_t bucket_fold(const struct sorting *sorting, uint32_t *places, uint32_t count)
{
    bool sorted = count > SCANNED_MAX;
    if (sorted) qsort_r(places, count, sizeof *places, places_compare, (void *)(uintptr_t)sorting);
    uint32_t kept = 0;
    const char *entries = sorting->share->entries.at;
    for (uint32_t i = 0; i < count; i++) {
        const char *entry = entries + (size_t)places[i] * ROSTER_ENTRY_UNIT;
        uint32_t from = sorted && kept > 0 ? kept - 1 : 0;
        while (from < kept && entries_compare(sorting->table, entries + (size_t)places[from] * ROSTER_ENTRY_UNIT, entry) != 0) from++;
        if (from == kept) places[kept++] = places[i];
    }
    if (sorted) qsort(places, kept, sizeof *places, numbers_compare);
    return kept;
}

/* Counting sort of the entries by bucket, which keeps their order in it. */
static bool share_finish(const struct roster_table *table, struct roster_share *share)
{
    share->bucket_count = share->count / ENTRIES_A_BUCKET + 1;
    share->places = malloc((share->count + (size_t)1) * sizeof *share->places);
    share->buckets = calloc(share->bucket_count + (size_t)1, sizeof *share->buckets);
    if (share->places == NULL || share->buckets == NULL) return false;
    const char *end = share->entries.at + share->entries.count;
    for (const char *entry = share->entries.at; entry < end; entry += entry_bytes(entry))
        share->buckets[bucket_of(table, share, entry + ROSTER_ENTRY_HEAD)]++;
    uint32_t before = 0;
    for (uint32_t i = 0; i <= share->bucket_count; i++) {
        uint32_t count = share->buckets[i];
        share->buckets[i] = before;
        before += count;
    }
    for (const char *entry = share->entries.at; entry < end; entry += entry_bytes(entry))
        share->places[share->buckets[bucket_of(table, share, entry + ROSTER_ENTRY_HEAD)]++] =
            (uint32_t)((size_t)(entry - share->entries.at) / ROSTER_ENTRY_UNIT);
    /* Each bucket's number is now where it ends: those before it are folded, and become where it begins. */
    struct sorting sorting = {table, share};
    uint32_t begin = 0, kept = 0;
    for (uint32_t i = 0; i < share->bucket_count; i++) {
        uint32_t bucket_end = share->buckets[i], count = bucket_end - begin;
        if (count > 1) count = bucket_fold(&sorting, share->places + begin, count);
        memmove(share->places + kept, share->places + begin, count * sizeof *share->places);
        share->buckets[i] = kept;
        kept += count;
        begin = bucket_end;
    }
    share->buckets[share->bucket_count] = kept;
    share->count = kept;
    return true;
}

static void shares_finish(void *context, int thread)
{
    (void)thread;
    struct finishing *finishing = context;
    for (unsigned i; (i = atomic_fetch_add(&finishing->next, 1)) < ROSTER_SHARES;)
        if (!share_finish(finishing->table, &finishing->table->shares[i])) atomic_store(&finishing->failed, true);
}

enum status roster_table_finish(struct roster_table *table, int thread_count, struct fault *fault)
{
    struct finishing finishing = {.table = table};
    free(table->recent_intervals);
    table->recent_intervals = NULL;
    parallel_run(thread_count, shares_finish, &finishing);
    return atomic_load(&finishing.failed) ? no_memory(fault) : STATUS_OK;
}
