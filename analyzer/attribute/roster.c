/* roster.c: answers; roster_read.c reads. */
#include "roster.h"

#include <stdlib.h>

#include "../tally/table.h"
#include "roster_inner.h"

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the roster");
}

enum status roster_open(const struct roster_options *options, struct roster **roster, struct fault *fault)
{
    *roster = NULL;
    struct roster *made = calloc(1, sizeof *made);
    if (made == NULL) return no_memory(fault);
    enum status status = roster_read(options, made, fault);
    if (status == STATUS_OK) *roster = made;
    else roster_close(made);
    return status;
}

void roster_close(struct roster *roster)
{
    if (roster == NULL) return;
    roster_table_free(&roster->table);
    roster_columns_free(&roster->columns);
    free(roster);
}

/* ------------------------------------------------------------------ answers */

uint32_t roster_find(const struct roster *roster, struct span id)
{
    return roster_table_find(&roster->table, id, roster_id_hash(id, roster->table.seed));
}

void roster_find_all(const struct roster *roster, const struct span *ids, size_t count, uint32_t *customers)
{
    roster_table_find_all(&roster->table, ids, count, customers);
}

void roster_seek_begin(const struct roster *roster, struct span id, struct roster_seek *seek)
{
    roster_table_seek_begin(&roster->table, id, seek);
}

void roster_seek_on(const struct roster *roster, struct roster_seek *seek)
{
    roster_table_seek_on(&roster->table, seek);
}

uint32_t roster_seek_end(const struct roster *roster, const struct roster_seek *seek)
{
    return roster_table_seek_end(&roster->table, seek);
}

uint64_t roster_seed(const struct roster *roster)
{
    return roster->table.seed;
}

/* "CA" of the US becomes "US-CA". */
static void place_write(const struct roster_place *place, char country[3], char subdivision[7])
{
    memset(country, 0, 3);
    memset(subdivision, 0, 7);
    memcpy(country, place->country, sizeof place->country);
    if (place->subdivision[0] == '\0') return;
    memcpy(subdivision, place->country, sizeof place->country);
    subdivision[sizeof place->country] = '-';
    memcpy(subdivision + sizeof place->country + 1, place->subdivision, sizeof place->subdivision);
}

struct roster_customer roster_customer(const struct roster *roster, uint32_t customer)
{
    const struct roster_table *table = &roster->table;
    const struct roster_item item = roster_item_read(roster_item_at(&table->items, customer));
    struct roster_customer told = {.id = roster_items_id(&table->items, customer),
                                   .type = (enum roster_type)item.type,
                                   .contact_known = item.contact_known,
                                   .contact = item.contact,
                                   .birth_day = roster_items_birth(&table->items, customer),
                                   .residence = item.place};
    place_write(&table->places[item.place], told.country, told.subdivision);
    return told;
}

static inline void person_write(const struct roster_items *items, uint32_t customer, const struct roster_item *item, struct roster_person *person)
{
    person->residence = item->place;
    person->type = (enum roster_type)item->type;
    person->contact_known = item->contact_known;
    person->contact = item->contact;
    person->birth_day = items->births ? roster_items_birth(items, customer) : ROSTER_BIRTH_UNKNOWN;
}

void roster_person(const struct roster *roster, uint32_t customer, struct roster_person *person)
{
    const struct roster_items *items = &roster->table.items;
    const struct roster_item item = roster_item_read(roster_item_at(items, customer));
    person_write(items, customer, &item, person);
}

void roster_tell(const struct roster *roster, uint32_t customer, struct roster_told *told)
{
    const struct roster_items *items = &roster->table.items;
    const char *at = roster_item_at(items, customer);
    const struct roster_item item = roster_item_read(at);
    person_write(items, customer, &item, &told->person);
    told->alone = (struct span){roster_item_id(items, at) + item.id_length, item.shared ? 0u : item.key_bytes};
}

uint32_t roster_residence_count(const struct roster *roster)
{
    return roster->table.place_count;
}

struct roster_residence roster_residence(const struct roster *roster, uint32_t residence)
{
    struct roster_residence told = {.any = roster->table.place_customers[residence] > 0};
    place_write(&roster->table.places[residence], told.country, told.subdivision);
    return told;
}

uint32_t roster_customer_count(const struct roster *roster)
{
    return roster->table.items.customer_count;
}

uint32_t roster_type_count(const struct roster *roster, enum roster_type type)
{
    return roster->table.types[type];
}

static inline void look_begin(const struct roster *roster, const struct tally_identifier *identifier, struct roster_look *look)
{
    const struct roster_index *index = &roster->table.index;
    (void)roster_key(identifier, look->key);
    look->roster = roster;
    roster_index_begin(index, roster_identifier_hash(look->key, look->key + ROSTER_KEY_HEAD, index->seed), &look->found);
}

void roster_look(const struct roster *roster, const struct tally_identifier *identifier, struct roster_look *look)
{
    look_begin(roster, identifier, look);
    roster_index_entries(&roster->table.index, &look->found);
}

void roster_look_ahead(const struct roster *roster, const struct tally_identifier *identifier, struct roster_look *look)
{
    look_begin(roster, identifier, look);
}

void roster_look_all(struct roster_look *looks, size_t count)
{
    for (size_t i = 0; i < count; i++) roster_index_entries(&looks[i].roster->table.index, &looks[i].found);
    for (size_t i = 0; i < count; i++) roster_index_fetch(&looks[i].roster->table.index, &looks[i].roster->table.items, &looks[i].found);
}

bool roster_has_kind(const struct roster *roster, uint8_t kind)
{
    return roster->kinds[kind];
}

struct span roster_alone(const struct roster *roster, uint32_t customer)
{
    const struct roster_items *items = &roster->table.items;
    const char *item = roster_item_at(items, customer);
    return roster_item_read(item).shared ? (struct span){"", 0} : roster_item_keys(items, item);
}

bool roster_others(struct roster_look *look, uint32_t customer)
{
    const struct roster_index *index = &look->roster->table.index;
    const struct roster_items *items = &look->roster->table.items;
    roster_index_resolve(index, items, look->key, &look->found);
    struct roster_found walk = look->found;
    for (uint32_t item; (item = roster_index_next(index, items, look->key, &walk)) != 0;)
        if (roster_item_customer(items, item) != customer) return true;
    return false;
}

bool roster_next(struct roster_look *look, struct roster_interval *interval)
{
    const struct roster_table *table = &look->roster->table;
    roster_index_resolve(&table->index, &table->items, look->key, &look->found);
    uint32_t item = roster_index_next(&table->index, &table->items, look->key, &look->found);
    if (item == 0) return false;
    struct roster_times times = roster_interval_times(&table->intervals, roster_item_read(roster_item_at(&table->items, item)).interval);
    *interval = (struct roster_interval){roster_item_customer(&table->items, item), times.from_s, times.to_s};
    return true;
}

void roster_forget_identifiers(struct roster *roster)
{
    if (!roster->marks.any) roster_index_free(&roster->table.index);
}

static bool roster_has(const void *roster, const struct tally_identifier *identifier)
{
    struct roster_look look;
    struct roster_interval interval;
    roster_look(roster, identifier, &look);
    return roster_next(&look, &interval);
}

struct known_values roster_known(const struct roster *roster)
{
    bool any = roster != NULL && roster->marks.any;
    return (struct known_values){any ? roster_has : NULL, roster, any ? &roster->marks : NULL};
}

/* A customer and the first bytes of its ID as a number of the same order, which decides most comparisons. */
struct ordered {
    uint64_t beginning;
    uint32_t customer;
};

static int ordered_compare(const void *a, const void *b, void *context)
{
    const struct ordered *left = a, *right = b;
    if (left->beginning != right->beginning) return left->beginning < right->beginning ? -1 : 1;
    const struct roster_items *items = context;
    struct span left_id = roster_items_id(items, left->customer), right_id = roster_items_id(items, right->customer);
    int order = memcmp(left_id.at, right_id.at, left_id.len < right_id.len ? left_id.len : right_id.len);
    return order != 0 ? order : (left_id.len > right_id.len) - (left_id.len < right_id.len);
}

enum status roster_order(const struct roster *roster, uint32_t **order, struct fault *fault)
{
    const struct roster_items *items = &roster->table.items;
    struct ordered *sorted = malloc((items->customer_count + (size_t)1) * sizeof *sorted);
    *order = malloc((items->customer_count + (size_t)1) * sizeof **order);
    if (sorted == NULL || *order == NULL) {
        free(sorted);
        free(*order);
        *order = NULL;
        return no_memory(fault);
    }
    uint32_t count = 0;
    for (uint32_t item = 0; (item = roster_items_next(items, item)) != 0;) {
        struct span id = roster_items_id(items, item);
        uint64_t beginning = 0;
        if (id.len == 0) continue;
        for (size_t b = 0; b < 8; b++) beginning = beginning << 8 | (b < id.len ? (unsigned char)id.at[b] : 0u);
        sorted[count++] = (struct ordered){beginning, item};
    }
    qsort_r(sorted, count, sizeof *sorted, ordered_compare, (void *)(uintptr_t)items);
    for (uint32_t i = 0; i < count; i++) (*order)[i] = sorted[i].customer;
    free(sorted);
    return STATUS_OK;
}

uint64_t roster_line_count(const struct roster *roster)
{
    return roster->line_count;
}

uint64_t roster_bad_count(const struct roster *roster)
{
    return roster->bad_count;
}

size_t roster_bad_listed(const struct roster *roster, const struct roster_bad **listed)
{
    *listed = roster->bad;
    return roster->bad_listed;
}

size_t roster_ignored(const struct roster *roster, const char *const **names)
{
    *names = roster->ignored;
    return roster->ignored_count;
}

uint64_t roster_placeholder_count(const struct roster *roster)
{
    return roster->placeholder_count;
}

bool roster_has_times_of_day(const struct roster *roster)
{
    return roster->table.intervals.count > 0;
}

uint64_t roster_interval_count(const struct roster *roster)
{
    return roster->interval_count;
}

const uint8_t *roster_sha256(const struct roster *roster)
{
    return roster->sha256;
}
