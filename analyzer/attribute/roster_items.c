#include "roster_items.h"

enum {
    FIRST_AT = 64,     /* so that nothing stands at number 0, in units of up to so many bytes */
    BYTES_A_BYTE = 4,  /* of the file, at most: a customer and an identifier of one character each, two delimiters */
    UNIT_BITS_UNKNOWN = 3,
    UNIT_BITS_MOST = 6,
    COPIED = 64, /* bytes of keys in one go */
    PAGES_LEAST = 1 << 16
};
_Static_assert((int)COPIED <= (int)ROSTER_ROW_SLACK, "so much may be read behind keys");

static size_t bytes_max(const struct roster_items *items)
{
    return (size_t)1 << ROSTER_ITEM_BITS << items->unit_bits;
}

enum status roster_items_open(struct roster_items *items, uint64_t file_bytes, bool births, struct fault *fault)
{
    *items = (struct roster_items){.births = births, .unit_bits = file_bytes == 0 ? UNIT_BITS_UNKNOWN : 0};
    while (items->unit_bits < UNIT_BITS_MOST && bytes_max(items) / BYTES_A_BYTE < file_bytes) items->unit_bits++;
    size_t likely = file_bytes < bytes_max(items) ? (size_t)file_bytes : bytes_max(items);
    if (!pages_open(&items->memory, likely, PAGES_LEAST)) return fault_set(fault, STATUS_FATAL, "no memory for the customers of the roster");
    items->memory.count = FIRST_AT;
    return STATUS_OK;
}

void roster_items_free(struct roster_items *items)
{
    pages_close(&items->memory);
    *items = (struct roster_items){0};
}

static size_t whole_units(const struct roster_items *items, size_t bytes)
{
    size_t unit = (size_t)1 << items->unit_bits;
    return (bytes + unit - 1) & ~(unit - 1);
}

/* Where an item of so many whole units goes; NULL: no memory. */
static char *item_begin(struct roster_items *items, size_t whole)
{
    if (items->memory.count + whole > bytes_max(items) || !pages_reserve(&items->memory, whole + COPIED)) return NULL;
    return items->memory.at + items->memory.count;
}

static uint32_t item_end(struct roster_items *items, size_t whole)
{
    uint32_t item = (uint32_t)(items->memory.count >> items->unit_bits);
    items->memory.count += whole;
    return item;
}

/* In whole words: parts that have just been written would not be read as one as fast. */
static void head_write(char *at, const struct roster_item *item)
{
    uint64_t flags = item->type | (unsigned)item->contact_known << 2 | (unsigned)item->contact << 5;
    uint64_t head = item->interval | (uint64_t)(item->key_bytes | (unsigned)item->shared << 15) << 32 | (uint64_t)item->id_length << 48 | flags << 56;
    memcpy(at, &head, sizeof head);
}

static void place_write(char *at, uint16_t place)
{
    memcpy(at + ROSTER_ITEM_HEAD, &place, sizeof place);
}

/* Most in a few words; what is too much is written over by what comes next. */
static void keys_copy(char *to, const char *keys, size_t bytes)
{
    memcpy(to, keys, COPIED);
    if (bytes > COPIED) memcpy(to, keys, bytes);
}

uint32_t roster_items_add_customer(struct roster_items *items, const struct roster_item *item, const char *id, const char *keys, int32_t birth_day)
{
    size_t head = ROSTER_CUSTOMER_HEAD + (items->births ? ROSTER_BIRTH_BYTES : 0u), whole = whole_units(items, head + item->id_length + item->key_bytes);
    char *at = item_begin(items, whole);
    if (at == NULL) return 0;
    head_write(at, item);
    place_write(at, item->place);
    if (items->births) memcpy(at + ROSTER_CUSTOMER_HEAD, &birth_day, sizeof birth_day);
    memcpy(at + head, id, 16); /* most, in two words */
    if (item->id_length > 16) memcpy(at + head, id, item->id_length);
    keys_copy(at + head + item->id_length, keys, item->key_bytes);
    items->customer_count++;
    return item_end(items, whole);
}

uint32_t roster_items_add_further(struct roster_items *items, const struct roster_item *item, uint32_t customer, const char *keys)
{
    size_t whole = whole_units(items, ROSTER_FURTHER_HEAD + (size_t)item->key_bytes);
    char *at = item_begin(items, whole);
    if (at == NULL) return 0;
    head_write(at, item);
    memcpy(at + ROSTER_ITEM_HEAD, &customer, sizeof customer);
    keys_copy(at + ROSTER_FURTHER_HEAD, keys, item->key_bytes);
    return item_end(items, whole);
}

uint32_t roster_items_next(const struct roster_items *items, uint32_t item)
{
    size_t at = FIRST_AT;
    if (item != 0) {
        const char *begin = roster_item_at(items, item);
        struct span keys = roster_item_keys(items, begin);
        at = ((size_t)item << items->unit_bits) + whole_units(items, (size_t)(keys.at + keys.len - begin));
    }
    return at < items->memory.count ? (uint32_t)(at >> items->unit_bits) : 0;
}

static char *item_at(struct roster_items *items, uint32_t item)
{
    return items->memory.at + ((size_t)item << items->unit_bits);
}

void roster_items_write(struct roster_items *items, uint32_t customer, const struct roster_item *item)
{
    head_write(item_at(items, customer), item);
    place_write(item_at(items, customer), item->place);
}

void roster_items_mark_shared(struct roster_items *items, uint32_t item)
{
    char *at = item_at(items, item);
    struct roster_item marked = roster_item_read(at);
    marked.shared = true;
    head_write(at, &marked);
}

void roster_items_set_birth(struct roster_items *items, uint32_t customer, int32_t birth_day)
{
    memcpy(item_at(items, customer) + ROSTER_CUSTOMER_HEAD, &birth_day, sizeof birth_day);
}

int32_t roster_items_birth(const struct roster_items *items, uint32_t customer)
{
    int32_t birth_day = ROSTER_BIRTH_UNKNOWN;
    if (items->births) memcpy(&birth_day, roster_item_at(items, customer) + ROSTER_CUSTOMER_HEAD, sizeof birth_day);
    return birth_day;
}
