#include "roster_table.h"

#include <stdlib.h>

#include "../../detectors/checkdigit.h"
#include "../tally/table.h"

enum {
    LINES_LEAST = 1 << 7,
    CUSTOMERS_A_LINE_LIKELY = 7, /* where each line is a customer's first */
    CUSTOMERS_A_LINE_MOST = 10,  /* on an average; with more there are twice as many lines */
    FOUND_TOGETHER = 32,         /* customers whose memory is fetched at once */
    PLACE_SLOTS = 2 * ROSTER_PLACES_MAX,
    LINE_BYTES = 64
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the roster");
}

enum status roster_table_open(struct roster_table *table, uint64_t seed, int32_t timezone_offset_s, const struct roster_expected *expected,
                              struct fault *fault)
{
    memset(table, 0, sizeof *table);
    table->seed = seed;
    roster_intervals_open(&table->intervals, timezone_offset_s);
    uint64_t lines = expected->lines / CUSTOMERS_A_LINE_LIKELY + LINES_LEAST;
    table->line_count = lines < UINT32_MAX / 2 ? (uint32_t)lines : UINT32_MAX / 2;
    table->lines = pages_take(table->line_count * sizeof *table->lines);
    table->places = calloc(ROSTER_PLACES_MAX, sizeof *table->places);
    table->place_customers = calloc(ROSTER_PLACES_MAX, sizeof *table->place_customers);
    table->place_slots = calloc(PLACE_SLOTS, sizeof *table->place_slots);
    table->place_count = 1;
    bool room = table->lines != NULL && table->places != NULL && table->place_customers != NULL && table->place_slots != NULL;
    enum status status = room ? roster_items_open(&table->items, expected->file_bytes, expected->births, fault) : no_memory(fault);
    if (status == STATUS_OK) status = roster_index_open(&table->index, seed, expected->file_bytes, fault);
    if (status != STATUS_OK) roster_table_free(table);
    return status;
}

void roster_table_free(struct roster_table *table)
{
    roster_index_free(&table->index);
    roster_items_free(&table->items);
    roster_intervals_free(&table->intervals);
    free(table->places);
    free(table->place_customers);
    free(table->place_slots);
    pages_free(table->lines, table->line_count * sizeof *table->lines);
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

void roster_table_frontiers(const struct roster_table *table, struct roster_frontier frontiers[ROSTER_FRONTIERS])
{
    const struct pages *items = &table->items.memory, *index = &table->index.memory;
    size_t line_bytes = table->line_count * sizeof *table->lines;
    frontiers[0] = (struct roster_frontier){(char *)table->lines, 0, line_bytes, line_bytes};
    frontiers[1] = (struct roster_frontier){items->at, items->count, items->capacity, PAGES_TOUCHED_BYTES};
    frontiers[2] = (struct roster_frontier){index->at, index->count, index->capacity, PAGES_TOUCHED_BYTES};
}

void roster_table_expect(const struct roster_table *table, const struct roster_row *row)
{
    enum { ROWS_BYTES_AHEAD = 1024 };
    __builtin_prefetch((const char *)row + ROWS_BYTES_AHEAD); /* rows come from other threads' caches */
    __builtin_prefetch((const char *)row + ROWS_BYTES_AHEAD + LINE_BYTES);
    __builtin_prefetch(&table->lines[line_of(table, row->hash)]);
}

static bool is_customer(const struct roster_table *table, uint32_t customer, struct span id)
{
    struct span stored = roster_items_id(&table->items, customer);
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

void roster_table_seek_begin(const struct roster_table *table, struct span id, struct roster_seek *seek)
{
    *seek = (struct roster_seek){id, roster_id_hash(id, table->seed), ROSTER_NOBODY};
    __builtin_prefetch(&table->lines[line_of(table, seek->hash)]);
}

/* The first tag of the first line decides for most; all others are looked for again. */
void roster_table_seek_on(const struct roster_table *table, struct roster_seek *seek)
{
    const struct roster_slots *line = &table->lines[line_of(table, seek->hash)];
    uint64_t found = tags_match(line, seek->hash);
    if (found == 0) {
        if (line->used == ROSTER_SLOTS) __builtin_prefetch(&table->lines[line_behind(table, line_of(table, seek->hash))]);
        return;
    }
    seek->customer = line->customers[slot_of(found)];
    const char *item = roster_item_at(&table->items, seek->customer);
    __builtin_prefetch(item);
    __builtin_prefetch(item + LINE_BYTES); /* its identifiers will be wanted */
}

uint32_t roster_table_seek_end(const struct roster_table *table, const struct roster_seek *seek)
{
    bool is_it = seek->customer != ROSTER_NOBODY && is_customer(table, seek->customer, seek->id);
    return is_it ? seek->customer : roster_table_find(table, seek->id, seek->hash);
}

static void find_some(const struct roster_table *table, const struct span *ids, size_t count, uint32_t *customers)
{
    struct roster_seek seeks[FOUND_TOGETHER];
    for (size_t i = 0; i < count; i++) roster_table_seek_begin(table, ids[i], &seeks[i]);
    for (size_t i = 0; i < count; i++) roster_table_seek_on(table, &seeks[i]);
    for (size_t i = 0; i < count; i++) customers[i] = roster_table_seek_end(table, &seeks[i]);
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
    for (uint32_t item = 0; (item = roster_items_next(&table->items, item)) != 0;) {
        struct span id = roster_items_id(&table->items, item);
        if (id.len > 0) slot_take(table, item, roster_id_hash(id, table->seed));
    }
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
    const struct roster_item stored = roster_item_read(roster_item_at(&table->items, customer));
    const struct roster_place *place = &table->places[stored.place];
    if (!same(place->country, row->place.country, sizeof place->country)) return ROSTER_COUNTRY;
    if (!same(place->subdivision, row->place.subdivision, sizeof place->subdivision)) return ROSTER_SUBDIVISION;
    if (stored.type != 0 && row->type != 0 && stored.type != row->type) return ROSTER_TYPE;
    unsigned differ = ((unsigned)stored.contact ^ row->contact) & stored.contact_known & row->contact_known;
    if (differ != 0)
        return (differ & ROSTER_POST) != 0 ? ROSTER_CONTACT_POST : (differ & ROSTER_EMAIL) != 0 ? ROSTER_CONTACT_EMAIL : ROSTER_CONTACT_PHONE;
    if (row->birth_day == ROSTER_BIRTH_UNKNOWN) return ROSTER_ROLE_COUNT;
    int32_t birth_day = roster_items_birth(&table->items, customer);
    return birth_day != ROSTER_BIRTH_UNKNOWN && birth_day != row->birth_day ? ROSTER_BIRTH : ROSTER_ROLE_COUNT;
}

static enum status place_find(struct roster_table *table, const struct roster_place *wanted, uint16_t *place, struct fault *fault)
{
    *place = table->place_last; /* most live where the one before does */
    if (memcmp(&table->places[*place], wanted, sizeof *wanted) == 0) return STATUS_OK;
    uint32_t country = (unsigned char)wanted->country[0] | (uint32_t)(unsigned char)wanted->country[1] << 8, subdivision = 0;
    for (size_t i = 0; i < sizeof wanted->subdivision; i++) subdivision = subdivision << 8 | (unsigned char)wanted->subdivision[i];
    uint32_t slot = (uint32_t)(mix64((uint64_t)country << 32 | subdivision) % PLACE_SLOTS);
    for (; table->place_slots[slot] != 0; slot = (slot + 1) % PLACE_SLOTS) {
        *place = table->place_last = table->place_slots[slot];
        if (memcmp(&table->places[*place], wanted, sizeof *wanted) == 0) return STATUS_OK;
    }
    if (table->place_count == ROSTER_PLACES_MAX)
        return fault_set(fault, STATUS_USAGE, "the roster has more than %d countries and subdivisions", ROSTER_PLACES_MAX);
    table->places[table->place_count] = *wanted;
    *place = table->place_last = table->place_slots[slot] = (uint16_t)table->place_count++;
    return STATUS_OK;
}

/* What is known of a customer's residence with what a row says of it. */
static enum status place_take(struct roster_table *table, uint16_t *place, const struct roster_place *said, struct fault *fault)
{
    if (said->country[0] == '\0' && said->subdivision[0] == '\0') return STATUS_OK;
    if (*place == 0) return place_find(table, said, place, fault);
    struct roster_place known = table->places[*place];
    if (said->country[0] != '\0') memcpy(known.country, said->country, sizeof known.country);
    if (said->subdivision[0] != '\0') memcpy(known.subdivision, said->subdivision, sizeof known.subdivision);
    return place_find(table, &known, place, fault);
}

/* What a row says of a customer beside what is known. */
static enum status attributes_take(struct roster_table *table, struct roster_item *item, const struct roster_row *row, struct fault *fault)
{
    if (row->type != 0) item->type = row->type;
    item->contact_known |= row->contact_known;
    item->contact |= row->contact;
    return place_take(table, &item->place, &row->place, fault);
}

/* The first row of a customer. *item is its number. */
static enum status customer_add(struct roster_table *table, const struct roster_row *row, uint32_t interval, uint32_t *item, struct fault *fault)
{
    struct roster_item made = {.interval = interval, .key_bytes = row->key_bytes, .id_length = row->id_length};
    enum status status = attributes_take(table, &made, row, fault);
    if (status != STATUS_OK) return status;
    bool room = table->items.customer_count < (uint64_t)table->line_count * CUSTOMERS_A_LINE_MOST || lines_grow(table);
    *item = room ? roster_items_add_customer(&table->items, &made, roster_row_id(row).at, roster_row_keys(row), row->birth_day) : 0;
    if (*item == 0) return no_memory(fault);
    table->types[made.type]++;
    table->place_customers[made.place]++;
    slot_take(table, *item, row->hash);
    return STATUS_OK;
}

/* A later row of one. *item is the number of what its identifiers are kept in; 0 where there are none. */
static enum status further_add(struct roster_table *table, const struct roster_row *row, uint32_t interval, uint32_t customer, uint32_t *item,
                               struct fault *fault)
{
    struct roster_item known = roster_item_read(roster_item_at(&table->items, customer)), before = known;
    enum status status = attributes_take(table, &known, row, fault);
    if (status != STATUS_OK) return status;
    table->types[before.type]--, table->types[known.type]++;
    table->place_customers[before.place]--, table->place_customers[known.place]++;
    roster_items_write(&table->items, customer, &known);
    if (row->birth_day != ROSTER_BIRTH_UNKNOWN) roster_items_set_birth(&table->items, customer, row->birth_day);
    *item = 0;
    if (row->identifier_count == 0) return STATUS_OK;
    struct roster_item made = {.interval = interval, .key_bytes = row->key_bytes};
    *item = roster_items_add_further(&table->items, &made, customer, roster_row_keys(row));
    return *item != 0 ? STATUS_OK : no_memory(fault);
}

enum status roster_table_add(struct roster_table *table, const struct roster_row *row, enum roster_role *contradicted, struct fault *fault)
{
    uint32_t customer = roster_table_find(table, roster_row_id(row), row->hash), interval = 0, item;
    *contradicted = customer == ROSTER_NOBODY ? ROSTER_ROLE_COUNT : contradiction(table, customer, row);
    if (*contradicted != ROSTER_ROLE_COUNT) return STATUS_OK;
    enum status status = STATUS_OK;
    if (row->identifier_count > 0) status = roster_interval_make(&table->intervals, row->from_s, row->to_s, &interval, fault);
    if (status == STATUS_OK)
        status = customer == ROSTER_NOBODY ? customer_add(table, row, interval, &item, fault) : further_add(table, row, interval, customer, &item, fault);
    if (status != STATUS_OK || row->identifier_count == 0) return status;
    return roster_index_add(&table->index, roster_row_hashes(row), row->identifier_count, item, fault);
}

enum status roster_table_finish(struct roster_table *table, int thread_count, struct fault *fault)
{
    return roster_index_finish(&table->index, &table->items, &table->intervals, thread_count, fault);
}
