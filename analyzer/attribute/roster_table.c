#include "roster_table.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../support/parallel.h"
#include "../tally/table.h"

enum {
    SLOTS_LEAST = 1 << 10,
    SLOTS_EXPECTED_MAX = 1 << 26,
    LINE_BYTES_LIKELY = 80, /* for so many customers there are slots at once */
    ENTRIES_AHEAD = 8, /* that are fetched */
    SCANNED_MAX = 8, /* entries of a bucket that are compared each with each */
    ID_BYTES_BITS = 40,
    CAPACITY_LEAST = 1024,
    LARGE_FROM_BYTES = 8 << 20,
    SECONDS_A_DAY = 86400
};

/* An interval of whole days: the highest bit, 15 bits of the first day, 16 of the day behind the last, both since DAY_FIRST. */
enum { DAY_FIRST = -7305 /* 1950-01-01 */, TO_BITS = 16, FROM_OPEN = (1 << 15) - 1, TO_OPEN = (1 << TO_BITS) - 1 };
#define OF_DAYS (UINT32_C(1) << 31)

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the roster");
}

/* In large pages where the system has them: who jumps about in them finds their addresses sooner. */
static uint64_t *slots_make(uint32_t count)
{
    uint64_t *slots = calloc(count, sizeof *slots);
    size_t bytes = count * sizeof *slots, page = (size_t)sysconf(_SC_PAGESIZE);
    if (slots == NULL || bytes < LARGE_FROM_BYTES) return slots;
    char *begin = (char *)slots + (page - (uintptr_t)slots % page) % page;
    (void)madvise(begin, (bytes - page) / page * page, MADV_HUGEPAGE); /* a wish */
    return slots;
}

enum status roster_table_open(struct roster_table *table, uint64_t seed, int32_t timezone_offset_s, uint64_t file_bytes,
                              struct fault *fault)
{
    memset(table, 0, sizeof *table);
    table->seed = seed;
    table->day_begins_s = -(int64_t)timezone_offset_s;
    table->slot_count = SLOTS_LEAST;
    while (table->slot_count < SLOTS_EXPECTED_MAX && table->slot_count / 4 * 3 <= file_bytes / LINE_BYTES_LIKELY) table->slot_count *= 2;
    table->slots = slots_make(table->slot_count);
    table->places = calloc(ROSTER_PLACES_MAX, sizeof *table->places);
    table->place_count = 1;
    if (table->slots != NULL && table->places != NULL) return STATUS_OK;
    roster_table_free(table);
    return no_memory(fault);
}

void roster_table_free(struct roster_table *table)
{
    for (size_t i = 0; i < ROSTER_SHARES; i++) bytes_free(&table->shares[i].entries);
    pages_free(table->pages, table->page_bytes);
    free(table->intervals);
    free(table->places);
    free(table->slots);
    free(table->customers);
    bytes_free(&table->ids);
    memset(table, 0, sizeof *table);
}

/* ------------------------------------------------------------------ customers */

/* The upper bits of the hash choose the slot, the lower ones stand in it. */
static uint32_t slot_of(const struct roster_table *table, uint64_t hash)
{
    return (uint32_t)((hash >> 32) * table->slot_count >> 32);
}

void roster_table_expect(const struct roster_table *table, const struct roster_row *row)
{
    __builtin_prefetch(&table->slots[slot_of(table, row->hash)]);
}

static bool is_customer(const struct roster_table *table, uint64_t slot, struct span id, uint64_t hash)
{
    if (slot >> 32 != (uint32_t)hash) return false;
    struct span stored = roster_table_id(table, (uint32_t)slot - 1);
    return stored.len == id.len && bytes_equal(stored.at, id.at, id.len);
}

uint32_t roster_table_find(const struct roster_table *table, struct span id, uint64_t hash)
{
    uint32_t slot = slot_of(table, hash);
    while (table->slots[slot] != 0) {
        if (is_customer(table, table->slots[slot], id, hash)) return (uint32_t)table->slots[slot] - 1;
        slot = (slot + 1) & (table->slot_count - 1);
    }
    return ROSTER_NOBODY;
}

/* Only the first slot of each is looked at: most customers stand there. */
void roster_table_expect_all(const struct roster_table *table, const struct span *ids, size_t count)
{
    enum { TOGETHER = 64 };
    const struct roster_stored *found[TOGETHER];
    for (size_t begin = 0; begin < count; begin += TOGETHER) {
        size_t end = count - begin < TOGETHER ? count : begin + TOGETHER;
        uint32_t slots[TOGETHER];
        for (size_t i = begin; i < end; i++) {
            slots[i - begin] = slot_of(table, hash_bytes(ids[i].at, ids[i].len, table->seed));
            __builtin_prefetch(&table->slots[slots[i - begin]]);
        }
        for (size_t i = begin; i < end; i++) {
            uint64_t slot = table->slots[slots[i - begin]];
            found[i - begin] = slot == 0 ? NULL : &table->customers[(uint32_t)slot - 1];
            if (slot != 0) __builtin_prefetch(found[i - begin]);
        }
        for (size_t i = begin; i < end; i++)
            if (found[i - begin] != NULL)
                __builtin_prefetch(table->ids.at + ((uint64_t)found[i - begin]->id_offset_high << 32 | found[i - begin]->id_offset));
    }
}

static void slot_take(struct roster_table *table, uint32_t customer, uint64_t hash)
{
    uint32_t slot = slot_of(table, hash);
    while (table->slots[slot] != 0) slot = (slot + 1) & (table->slot_count - 1);
    table->slots[slot] = hash << 32 | (customer + UINT64_C(1));
}

/* Twice as many slots; no two customers are equal, so that no ID has to be compared. */
static bool slots_grow(struct roster_table *table)
{
    uint64_t *slots = table->slot_count <= UINT32_MAX / 2 ? slots_make(table->slot_count * 2) : NULL;
    if (slots == NULL) return false;
    free(table->slots);
    table->slots = slots;
    table->slot_count *= 2;
    for (uint32_t i = 0; i < table->customer_count; i++) {
        struct span id = roster_table_id(table, i);
        slot_take(table, i, hash_bytes(id.at, id.len, table->seed));
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
    slot_take(table, *customer, hash);
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

/* The number of a day; false where the time is none, or too far away. */
static bool day_of(const struct roster_table *table, int64_t time_s, int64_t open_s, uint32_t open, uint32_t *day)
{
    *day = open;
    if (time_s == open_s) return true;
    int64_t seconds = time_s - table->day_begins_s - (int64_t)DAY_FIRST * SECONDS_A_DAY;
    if (seconds < 0 || seconds % SECONDS_A_DAY != 0 || seconds / SECONDS_A_DAY >= open) return false;
    *day = (uint32_t)(seconds / SECONDS_A_DAY);
    return true;
}

static enum status interval_make(struct roster_table *table, const struct roster_row *row, uint32_t *interval, struct fault *fault)
{
    uint32_t from, to;
    if (day_of(table, row->from_s, ROSTER_OPEN_FROM, FROM_OPEN, &from) && day_of(table, row->to_s, ROSTER_OPEN_TO, TO_OPEN, &to)) {
        *interval = OF_DAYS | from << TO_BITS | to;
        return STATUS_OK;
    }
    if (table->interval_count == table->interval_capacity) {
        size_t capacity = (size_t)table->interval_capacity / 2 * 3 + CAPACITY_LEAST;
        void *intervals = capacity < OF_DAYS ? realloc(table->intervals, capacity * sizeof *table->intervals) : NULL;
        if (intervals == NULL) return no_memory(fault);
        table->intervals = intervals;
        table->interval_capacity = (uint32_t)capacity;
    }
    *interval = table->interval_count++;
    table->intervals[*interval] = (struct roster_times){row->from_s, row->to_s};
    return STATUS_OK;
}

static int64_t day_begins(const struct roster_table *table, uint32_t day)
{
    return ((int64_t)day + DAY_FIRST) * SECONDS_A_DAY + table->day_begins_s;
}

struct roster_times roster_table_times(const struct roster_table *table, uint32_t interval)
{
    if ((interval & OF_DAYS) == 0) return table->intervals[interval];
    uint32_t from = interval >> TO_BITS & FROM_OPEN, to = interval & TO_OPEN;
    return (struct roster_times){from == FROM_OPEN ? ROSTER_OPEN_FROM : day_begins(table, from), to == TO_OPEN ? ROSTER_OPEN_TO : day_begins(table, to)};
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
    uint32_t interval = 0;
    enum status status = interval_make(table, row, &interval, fault);
    for (unsigned i = 0; i < row->identifier_count && status == STATUS_OK; i++) {
        struct roster_share *share = &table->shares[(unsigned char)*at++];
        size_t length = roster_key_length(at), whole = (ROSTER_ENTRY_HEAD + length + 3) & ~(size_t)3;
        if (!share_reserve(share, whole + ROSTER_ROW_SLACK)) return no_memory(fault);
        char *entry = share->entries.at + share->entries.count;
        memcpy(entry, &customer, 4);
        memcpy(entry + 4, &interval, 4);
        memcpy(entry + ROSTER_ENTRY_HEAD, at, 16); /* most, in two words */
        if (length > 16) memcpy(entry + ROSTER_ENTRY_HEAD, at, length);
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
    uint32_t entries_most; /* in one share */
    size_t sorted_at[ROSTER_SHARES]; /* where in pages the entries of each go */
    atomic_uint next;
    atomic_bool failed;
};

static size_t entry_bytes(const char *entry)
{
    return (size_t)roster_entry_units(entry) * ROSTER_ENTRY_UNIT;
}

/* An order in which those that say the same are equal: customer, times, key. */
static int entries_compare(const struct roster_table *table, const char *a, const char *b)
{
    uint32_t a_head[2], b_head[2];
    memcpy(a_head, a, sizeof a_head);
    memcpy(b_head, b, sizeof b_head);
    if (a_head[0] != b_head[0]) return a_head[0] < b_head[0] ? -1 : 1;
    struct roster_times a_times = roster_table_times(table, a_head[1]), b_times = roster_table_times(table, b_head[1]);
    if (a_times.from_s != b_times.from_s) return a_times.from_s < b_times.from_s ? -1 : 1;
    if (a_times.to_s != b_times.to_s) return a_times.to_s < b_times.to_s ? -1 : 1;
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

/* Drops what an entry before says too. Most buckets have one entry, or entries of different hashes. Long ones (a tester's
 * device on every line) are sorted for it, and back. */
static uint32_t bucket_fold(const struct sorting *sorting, uint32_t *places, const uint32_t *hashes, uint32_t count)
{
    bool sorted = count > SCANNED_MAX;
    if (sorted) qsort_r(places, count, sizeof *places, places_compare, (void *)(uintptr_t)sorting);
    uint32_t kept = 0, kept_hashes[SCANNED_MAX];
    const char *entries = sorting->share->entries.at;
    for (uint32_t i = 0; i < count; i++) {
        const char *entry = entries + (size_t)places[i] * ROSTER_ENTRY_UNIT;
        uint32_t from = sorted && kept > 0 ? kept - 1 : 0;
        while (from < kept && ((!sorted && kept_hashes[from] != hashes[i]) ||
                               entries_compare(sorting->table, entries + (size_t)places[from] * ROSTER_ENTRY_UNIT, entry) != 0))
            from++;
        if (from < kept) continue;
        if (!sorted) kept_hashes[kept] = hashes[i];
        places[kept++] = places[i];
    }
    if (sorted) qsort(places, kept, sizeof *places, numbers_compare);
    return kept;
}

/* What share_finish needs beside the share, for each entry. */
struct sorting_room {
    uint32_t *in_order;  /* hashes, as the entries came */
    uint32_t *in_bucket; /* hashes, by bucket */
    uint32_t *places;    /* where they came, in units of ROSTER_ENTRY_UNIT bytes, by bucket */
};

/* Counting sort of the entries by bucket, which keeps their order in it. Each bucket's number becomes where it ends. */
static void share_sort(const struct roster_table *table, struct roster_share *share, const struct sorting_room *room)
{
    const char *entry = share->entries.at;
    for (uint32_t i = 0; i < share->count; i++, entry += entry_bytes(entry)) {
        const char *key = entry + ROSTER_ENTRY_HEAD;
        room->in_order[i] = roster_hash_below(roster_key_hash(key, key + ROSTER_KEY_HEAD, table->seed));
        share->buckets[roster_bucket(share, room->in_order[i])]++;
    }
    uint32_t before = 0;
    for (uint32_t i = 0; i <= share->bucket_count; i++) {
        uint32_t count = share->buckets[i];
        share->buckets[i] = before;
        before += count;
    }
    entry = share->entries.at;
    for (uint32_t i = 0; i < share->count; i++, entry += entry_bytes(entry)) {
        uint32_t number = share->buckets[roster_bucket(share, room->in_order[i])]++;
        room->places[number] = (uint32_t)((size_t)(entry - share->entries.at) / ROSTER_ENTRY_UNIT);
        room->in_bucket[number] = room->in_order[i];
    }
}

/* Puts the entries where they belong, equal ones once. Each bucket's number becomes where it begins. */
static void share_fold(const struct roster_table *table, struct roster_share *share, const struct sorting_room *room, char *sorted)
{
    struct sorting sorting = {table, share};
    uint32_t begin = 0, kept = 0;
    char *to = sorted;
    for (uint32_t i = 0; i < share->bucket_count; i++) {
        uint32_t end = share->buckets[i], count = end - begin;
        if (count > 1) count = bucket_fold(&sorting, room->places + begin, room->in_bucket + begin, count);
        share->buckets[i] = (uint32_t)((size_t)(to - sorted) / ROSTER_ENTRY_UNIT);
        for (uint32_t k = begin; k < begin + count; k++) {
            if (k + ENTRIES_AHEAD < share->count) __builtin_prefetch(share->entries.at + (size_t)room->places[k + ENTRIES_AHEAD] * ROSTER_ENTRY_UNIT);
            const char *entry = share->entries.at + (size_t)room->places[k] * ROSTER_ENTRY_UNIT;
            size_t bytes = entry_bytes(entry);
            memcpy(to, entry, bytes);
            to += bytes;
        }
        kept += count;
        begin = end;
    }
    share->buckets[share->bucket_count] = (uint32_t)((size_t)(to - sorted) / ROSTER_ENTRY_UNIT);
    share->count = kept;
    share->sorted = sorted;
    bytes_free(&share->entries);
}

static void shares_finish(void *context, int thread)
{
    (void)thread;
    struct finishing *finishing = context;
    size_t most = finishing->entries_most + (size_t)1;
    uint32_t *numbers = malloc(3 * most * sizeof *numbers);
    struct sorting_room room = {numbers, numbers + most, numbers + 2 * most};
    if (numbers == NULL) atomic_store(&finishing->failed, true);
    for (unsigned i; numbers != NULL && (i = atomic_fetch_add(&finishing->next, 1)) < ROSTER_SHARES;) {
        struct roster_share *share = &finishing->table->shares[i];
        char *sorted = (char *)finishing->table->pages + finishing->sorted_at[i];
        share_sort(finishing->table, share, &room);
        share_fold(finishing->table, share, &room, sorted);
    }
    free(numbers);
}

/* Room for the buckets and the sorted entries of all shares. */
static bool pages_make(struct finishing *finishing)
{
    struct roster_table *table = finishing->table;
    size_t buckets = 0, entries = 0;
    for (size_t i = 0; i < ROSTER_SHARES; i++) {
        struct roster_share *share = &table->shares[i];
        share->bucket_count = share->count / 2 + 1;
        buckets += share->bucket_count + (size_t)1;
    }
    for (size_t i = 0; i < ROSTER_SHARES; i++) {
        finishing->sorted_at[i] = buckets * sizeof(uint32_t) + entries;
        entries += table->shares[i].entries.count;
    }
    table->page_bytes = buckets * sizeof(uint32_t) + entries;
    table->pages = pages_take(table->page_bytes);
    if (table->pages == NULL) return false;
    uint32_t *at = table->pages;
    for (size_t i = 0; i < ROSTER_SHARES; i++) {
        table->shares[i].buckets = at;
        at += table->shares[i].bucket_count + (size_t)1;
    }
    return true;
}

enum status roster_table_finish(struct roster_table *table, int thread_count, struct fault *fault)
{
    struct finishing finishing = {.table = table};
    for (size_t i = 0; i < ROSTER_SHARES; i++)
        if (table->shares[i].count > finishing.entries_most) finishing.entries_most = table->shares[i].count;
    if (!pages_make(&finishing)) return no_memory(fault);
    parallel_run(thread_count, shares_finish, &finishing);
    return atomic_load(&finishing.failed) ? no_memory(fault) : STATUS_OK;
}
