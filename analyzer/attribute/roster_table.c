#include "roster_table.h"

#include <stdlib.h>

#include "../../detectors/checkdigit.h"
#include "../tally/table.h"

enum {
    LINES_LEAST = 1 << 7,
    CUSTOMERS_A_LINE_LIKELY = 9,
    CUSTOMERS_A_LINE_MOST = 10, /* on an average; with more there are twice as many lines */
    ROW_BYTES_LIKELY = 80,      /* for so many customers there is room at once */
    ID_BYTES_LIKELY = 16,
    PAGES_LEAST = 1 << 16,
    FOUND_TOGETHER = 32, /* customers whose memory is fetched at once */
    PLACE_SLOTS = 2 * ROSTER_PLACES_MAX
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the roster");
}

enum status roster_table_open(struct roster_table *table, uint64_t seed, int32_t timezone_offset_s, uint64_t file_bytes,
                              struct fault *fault)
{
    memset(table, 0, sizeof *table);
    table->seed = seed;
    roster_intervals_open(&table->intervals, timezone_offset_s);
    uint64_t rows = file_bytes / ROW_BYTES_LIKELY;
    if (rows > ROSTER_CUSTOMERS_MAX) rows = ROSTER_CUSTOMERS_MAX;
    table->line_count = (uint32_t)(rows / CUSTOMERS_A_LINE_LIKELY) + LINES_LEAST;
    table->lines = pages_take(table->line_count * sizeof *table->lines);
    table->places = calloc(ROSTER_PLACES_MAX, sizeof *table->places);
    table->place_slots = calloc(PLACE_SLOTS, sizeof *table->place_slots);
    table->place_count = 1;
    bool room = table->lines != NULL && table->places != NULL && table->place_slots != NULL;
    room = room && pages_open(&table->customer_pages, rows * sizeof *table->customers, PAGES_LEAST) &&
           pages_open(&table->ids, rows * ID_BYTES_LIKELY, PAGES_LEAST);
    table->customers = (struct roster_stored *)(void *)table->customer_pages.at;
    enum status status = room ? roster_entries_open(&table->entries, seed, file_bytes, fault) : no_memory(fault);
    if (status != STATUS_OK) roster_table_free(table);
    return status;
}

void roster_table_free(struct roster_table *table)
{
    roster_entries_free(&table->entries);
    roster_intervals_free(&table->intervals);
    free(table->places);
    free(table->place_slots);
    pages_free(table->lines, table->line_count * sizeof *table->lines);
    pages_close(&table->births);
    pages_close(&table->customer_pages);
    pages_close(&table->ids);
    memset(table, 0, sizeof *table);
}

/* ------------------------------------------------------------------ customers */

/* The upper bits of the hash choose the line, the lowest ones stand in it. */
static uint32_t line_of(const struct roster_table *table, uint64_t hash)
{
    return (uint32_t)((hash >> 32) * table->line_count >> 32);
}

static uint32_t line_behind(const struct roster_table *table, uint32_t line)
{
    return line + 1 < table->line_count ? line + 1 : 0;
}

/* Of eight bits of the hash, none of them 0, which is no tag. */
static uint8_t tag_of(uint64_t hash)
{
    uint8_t tag = (uint8_t)hash;
    return tag != 0 ? tag : 1;
}

/* The highest bit of each byte of a word that is 0, and no other bit. */
static uint64_t zero_bytes(uint64_t word)
{
    return ~(((word & EIGHT_BYTES(0x7F)) + EIGHT_BYTES(0x7F)) | word | EIGHT_BYTES(0x7F));
}

/* The slots whose tag is that of the hash: bit 8i for slot i, bit 8i + 1 for slot 8 + i. */
static uint64_t tags_match(const struct roster_slots *line, uint64_t hash)
{
    const uint64_t all = EIGHT_BYTES((uint64_t)tag_of(hash)), upper = UINT64_C(0x80808080);
    const char *tags = (const char *)line + offsetof(struct roster_slots, tags); /* with what stands behind the last, 16 bytes */
    uint64_t first = zero_bytes(eight_load(tags) ^ all), others = zero_bytes(eight_load(tags + 8) ^ all) & upper;
    return first >> 7 | others >> 6;
}

static unsigned slot_of(uint64_t found)
{
    unsigned bit = (unsigned)__builtin_ctzll(found);
    return bit / 8 + bit % 8 * 8;
}

void roster_table_expect(const struct roster_table *table, const struct roster_row *row)
{
    enum { ROWS_BYTES_AHEAD = 1024, LINE_BYTES = 64 };
    __builtin_prefetch((const char *)row + ROWS_BYTES_AHEAD); /* rows come from other threads' caches */
    __builtin_prefetch((const char *)row + ROWS_BYTES_AHEAD + LINE_BYTES);
    __builtin_prefetch(&table->lines[line_of(table, row->hash)]);
}

static bool is_customer(const struct roster_table *table, uint32_t customer, struct span id)
{
    struct span stored = roster_table_id(table, customer);
    return stored.len == id.len && bytes_equal(stored.at, id.at, id.len);
}

uint32_t roster_table_find(const struct roster_table *table, struct span id, uint64_t hash)
{
    for (uint32_t at = line_of(table, hash);; at = line_behind(table, at)) {
        const struct roster_slots *line = &table->lines[at];
        for (uint64_t found = tags_match(line, hash); found != 0; found &= found - 1) {
            uint32_t customer = line->customers[slot_of(found)];
            if (is_customer(table, customer, id)) return customer;
        }
        if (line->used < ROSTER_SLOTS) return ROSTER_NOBODY;
    }
}

/* The first tag of the first line decides for most; all others are looked for again. */
static void find_some(const struct roster_table *table, const struct span *ids, size_t count, uint32_t *customers)
{
    uint64_t hashes[FOUND_TOGETHER];
    for (size_t i = 0; i < count; i++) {
        hashes[i] = roster_id_hash(ids[i], table->seed);
        __builtin_prefetch(&table->lines[line_of(table, hashes[i])]);
    }
    for (size_t i = 0; i < count; i++) {
        const struct roster_slots *line = &table->lines[line_of(table, hashes[i])];
        uint64_t found = tags_match(line, hashes[i]);
        customers[i] = found == 0 ? ROSTER_NOBODY : line->customers[slot_of(found)];
        if (found != 0) __builtin_prefetch(&table->customers[customers[i]]);
    }
    for (size_t i = 0; i < count; i++)
        if (customers[i] != ROSTER_NOBODY) __builtin_prefetch(roster_table_id(table, customers[i]).at);
    for (size_t i = 0; i < count; i++)
        if (customers[i] == ROSTER_NOBODY || !is_customer(table, customers[i], ids[i])) customers[i] = roster_table_find(table, ids[i], hashes[i]);
}

void roster_table_find_all(const struct roster_table *table, const struct span *ids, size_t count, uint32_t *customers)
{
    for (size_t begin = 0; begin < count; begin += FOUND_TOGETHER)
        find_some(table, ids + begin, count - begin < FOUND_TOGETHER ? count - begin : FOUND_TOGETHER, customers + begin);
}

static void slot_take(struct roster_table *table, uint32_t customer, uint64_t hash)
{
    uint32_t at = line_of(table, hash);
    while (table->lines[at].used == ROSTER_SLOTS) at = line_behind(table, at);
    struct roster_slots *line = &table->lines[at];
    line->tags[line->used] = tag_of(hash);
    line->customers[line->used++] = customer;
}

/* Twice as many lines; no two customers are equal, so that no ID has to be compared. */
static bool lines_grow(struct roster_table *table)
{
    struct roster_slots *lines = table->line_count <= UINT32_MAX / 2 ? pages_take((size_t)table->line_count * 2 * sizeof *lines) : NULL;
    if (lines == NULL) return false;
    pages_free(table->lines, table->line_count * sizeof *table->lines);
    table->lines = lines;
    table->line_count *= 2;
    for (uint32_t i = 0; i < table->customer_count; i++) {
        struct span id = roster_table_id(table, i);
        slot_take(table, i, roster_id_hash(id, table->seed));
    }
    return true;
}

static enum status customer_add(struct roster_table *table, struct span id, uint64_t hash, uint32_t *customer, struct fault *fault)
{
    size_t offset = table->ids.count / ROSTER_ID_UNIT, whole = (id.len + ROSTER_ID_UNIT - 1) & ~(size_t)(ROSTER_ID_UNIT - 1);
    bool room = table->customer_count < ROSTER_CUSTOMERS_MAX && offset <= UINT32_MAX;
    room = room && pages_reserve(&table->customer_pages, sizeof *table->customers) && pages_reserve(&table->ids, whole);
    table->customers = (struct roster_stored *)(void *)table->customer_pages.at;
    if (room && table->customer_count >= (uint64_t)table->line_count * CUSTOMERS_A_LINE_MOST) room = lines_grow(table);
    if (!room) return no_memory(fault);
    *customer = table->customer_count++;
    table->customers[*customer] = (struct roster_stored){.id = (uint32_t)offset, .id_length = (uint8_t)id.len};
    memcpy(table->ids.at + table->ids.count, id.at, id.len);
    table->customer_pages.count += sizeof *table->customers;
    table->ids.count += whole;
    slot_take(table, *customer, hash);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ when they were born */

static const uint32_t turned = UINT32_C(1) << 31; /* so that "unknown" is 0 */

int32_t roster_table_birth(const struct roster_table *table, uint32_t customer)
{
    uint32_t day = 0;
    size_t at = customer * sizeof day;
    if (at < table->births.count) memcpy(&day, table->births.at + at, sizeof day);
    return (int32_t)(day ^ turned);
}

static bool birth_take(struct roster_table *table, uint32_t customer, int32_t birth_day)
{
    uint32_t day = (uint32_t)birth_day ^ turned;
    size_t at = customer * sizeof day, end = at + sizeof day;
    if (table->births.at == NULL && !pages_open(&table->births, end, PAGES_LEAST)) return false;
    if (end > table->births.count) {
        if (!pages_reserve(&table->births, end - table->births.count)) return false;
        table->births.count = end;
    }
    memcpy(table->births.at + at, &day, sizeof day);
    return true;
}

/* ------------------------------------------------------------------ what is said of them */

static bool same(const char *a, const char *b, size_t length)
{
    return a[0] == '\0' || b[0] == '\0' || memcmp(a, b, length) == 0;
}

/* The role of the first column that says another thing than what is stored; ROSTER_ROLE_COUNT: none does. */
static enum roster_role contradiction(const struct roster_table *table, uint32_t customer, const struct roster_row *row)
{
    const struct roster_stored *stored = &table->customers[customer];
    const struct roster_place *place = &table->places[stored->place];
    if (!same(place->country, row->place.country, sizeof place->country)) return ROSTER_COUNTRY;
    if (!same(place->subdivision, row->place.subdivision, sizeof place->subdivision)) return ROSTER_SUBDIVISION;
    if (stored->type != 0 && row->type != 0 && stored->type != row->type) return ROSTER_TYPE;
    unsigned differ = ((unsigned)stored->contact ^ row->contact) & stored->contact_known & row->contact_known;
    if (differ != 0)
        return (differ & ROSTER_POST) != 0 ? ROSTER_CONTACT_POST : (differ & ROSTER_EMAIL) != 0 ? ROSTER_CONTACT_EMAIL : ROSTER_CONTACT_PHONE;
    if (row->birth_day == ROSTER_BIRTH_UNKNOWN) return ROSTER_ROLE_COUNT;
    int32_t birth_day = roster_table_birth(table, customer);
    return birth_day != ROSTER_BIRTH_UNKNOWN && birth_day != row->birth_day ? ROSTER_BIRTH : ROSTER_ROLE_COUNT;
}

static enum status place_find(struct roster_table *table, const struct roster_place *wanted, uint16_t *place, struct fault *fault)
{
    uint32_t country = (unsigned char)wanted->country[0] | (uint32_t)(unsigned char)wanted->country[1] << 8, subdivision = 0;
    for (size_t i = 0; i < sizeof wanted->subdivision; i++) subdivision = subdivision << 8 | (unsigned char)wanted->subdivision[i];
    uint32_t slot = (uint32_t)(mix64((uint64_t)country << 32 | subdivision) % PLACE_SLOTS);
    for (; table->place_slots[slot] != 0; slot = (slot + 1) % PLACE_SLOTS) {
        *place = table->place_slots[slot];
        if (memcmp(&table->places[*place], wanted, sizeof *wanted) == 0) return STATUS_OK;
    }
    if (table->place_count == ROSTER_PLACES_MAX)
        return fault_set(fault, STATUS_USAGE, "the roster has more than %d countries and subdivisions", ROSTER_PLACES_MAX);
    table->places[table->place_count] = *wanted;
    *place = table->place_slots[slot] = (uint16_t)table->place_count++;
    return STATUS_OK;
}

/* What is said of the place of a customer of whom some is known. */
static enum status place_take(struct roster_table *table, struct roster_stored *stored, const struct roster_place *said, struct fault *fault)
{
    struct roster_place place = table->places[stored->place];
    if (said->country[0] != '\0') memcpy(place.country, said->country, sizeof place.country);
    if (said->subdivision[0] != '\0') memcpy(place.subdivision, said->subdivision, sizeof place.subdivision);
    if (memcmp(&place, &table->places[stored->place], sizeof place) == 0) return STATUS_OK;
    return place_find(table, &place, &stored->place, fault);
}

static enum status attributes_take(struct roster_table *table, uint32_t customer, const struct roster_row *row, struct fault *fault)
{
    struct roster_stored *stored = &table->customers[customer];
    bool says = row->place.country[0] != '\0' || row->place.subdivision[0] != '\0';
    enum status status = !says ? STATUS_OK : stored->place == 0 ? place_find(table, &row->place, &stored->place, fault) : place_take(table, stored, &row->place, fault);
    if (row->type != 0) stored->type = row->type & 3u;
    stored->contact_known = ((unsigned)stored->contact_known | row->contact_known) & 7u;
    stored->contact = ((unsigned)stored->contact | row->contact) & 7u;
    if (status != STATUS_OK || row->birth_day == ROSTER_BIRTH_UNKNOWN) return status;
    return birth_take(table, customer, row->birth_day) ? STATUS_OK : no_memory(fault);
}

enum status roster_table_add(struct roster_table *table, const struct roster_row *row, enum roster_role *contradicted, struct fault *fault)
{
    struct span id = roster_row_id(row);
    uint32_t customer = roster_table_find(table, id, row->hash);
    *contradicted = customer == ROSTER_NOBODY ? ROSTER_ROLE_COUNT : contradiction(table, customer, row);
    if (*contradicted != ROSTER_ROLE_COUNT) return STATUS_OK;
    enum status status = customer != ROSTER_NOBODY ? STATUS_OK : customer_add(table, id, row->hash, &customer, fault);
    if (status == STATUS_OK) status = attributes_take(table, customer, row, fault);
    if (status != STATUS_OK || row->identifier_count == 0) return status;
    uint32_t interval = 0;
    status = roster_interval_make(&table->intervals, row->from_s, row->to_s, &interval, fault);
    return status == STATUS_OK ? roster_entries_add(&table->entries, roster_row_identifiers(row), row->identifier_count, customer, interval, fault) : status;
}

enum status roster_table_finish(struct roster_table *table, int thread_count, struct fault *fault)
{
    return roster_entries_finish(&table->entries, &table->intervals, thread_count, fault);
}
