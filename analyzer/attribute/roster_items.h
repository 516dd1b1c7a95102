/* What a roster says, as it stays in memory: an item for each customer, and one for each further line with identifiers.
 *
 * Shape    roster_items_add, in the order of the file -> looked at by number, or one after another
 * Layout   items stand behind one another in one range of addresses, each at a whole unit:
 *              interval (4) | length of the keys (15 bits), shared (1) | length of the ID (1), 0 in a further line | flags (1)
 *              a customer:     place of residence (2) | birth day (4), where the roster has a column of them | ID | keys
 *              a further line: its customer (4) | keys
 *          a key is an identifier: kind, packing and length, packed bytes (roster_line.h); the interval holds for all of an item.
 *          shared: some of its identifiers are in other items too
 * Units    the number of an item is where it stands, in units of as many bytes as the size of the file needs, one for most; 0 is
 *          none. A customer is known by the number of its item
 * Memory   ten bytes, the ID, and two and the packed bytes for each identifier
 * Limits   ROSTER_ITEM_BITS bits of numbers, so that a file of any size has room (four bytes for one of the file)
 * Threads  roster_items_add by one; const after the last of it
 */
#ifndef ROSTER_ITEMS_H
#define ROSTER_ITEMS_H

#include "../tally/region.h"
#include "roster_intervals.h"
#include "roster_line.h"

enum { ROSTER_ITEM_BITS = 31, ROSTER_ITEM_HEAD = 8, ROSTER_CUSTOMER_HEAD = 10, ROSTER_BIRTH_BYTES = 4, ROSTER_FURTHER_HEAD = 12 };

/* What an item begins with, taken apart. place only of a customer, which a further line has not. */
struct roster_item {
    uint32_t interval;
    uint16_t key_bytes;
    uint16_t place;
    uint8_t id_length;
    uint8_t type, contact_known, contact; /* two bits, three, three */
    bool shared;
};

struct roster_items {
    struct pages memory;
    unsigned unit_bits; /* of the bytes of a unit */
    bool births;        /* customers have room for their birth day */
    uint32_t customer_count;
};

/* file_bytes: how large the file is, 0 where that is not known. Fails    FATAL: no memory. */
MUST_USE enum status roster_items_open(struct roster_items *items, uint64_t file_bytes, bool births, struct fault *fault);
void roster_items_free(struct roster_items *items);

/* Adds a customer, whose ID is not empty, or a further line of one. What stands behind id and keys may be read: ROSTER_ROW_SLACK bytes.
 * Fails    0: no memory, or too many. */
uint32_t roster_items_add_customer(struct roster_items *items, const struct roster_item *item, const char *id, const char *keys, int32_t birth_day);
uint32_t roster_items_add_further(struct roster_items *items, const struct roster_item *item, uint32_t customer, const char *keys);

static inline const char *roster_item_at(const struct roster_items *items, uint32_t item)
{
    return items->memory.at + ((size_t)item << items->unit_bits);
}

static inline struct roster_item roster_item_read(const char *at)
{
    uint64_t head;
    uint16_t place;
    memcpy(&head, at, sizeof head);
    memcpy(&place, at + ROSTER_ITEM_HEAD, sizeof place);
    unsigned flags = (unsigned)(head >> 56);
    return (struct roster_item){.interval = (uint32_t)head,
                                .key_bytes = head >> 32 & 0x7FFF,
                                .shared = (head >> 47 & 1) != 0,
                                .id_length = (uint8_t)(head >> 48),
                                .type = flags & 3,
                                .contact_known = flags >> 2 & 7,
                                .contact = (uint8_t)(flags >> 5),
                                .place = place};
}

/* Of a customer's item. */
static inline const char *roster_item_id(const struct roster_items *items, const char *at)
{
    return at + ROSTER_CUSTOMER_HEAD + (items->births ? ROSTER_BIRTH_BYTES : 0);
}

static inline struct span roster_items_id(const struct roster_items *items, uint32_t customer)
{
    const char *at = roster_item_at(items, customer);
    return (struct span){roster_item_id(items, at), roster_item_read(at).id_length};
}

static inline struct span roster_item_keys(const struct roster_items *items, const char *at)
{
    struct roster_item item = roster_item_read(at);
    return (struct span){item.id_length == 0 ? at + ROSTER_FURTHER_HEAD : roster_item_id(items, at) + item.id_length, item.key_bytes};
}

/* Whose it is. */
static inline uint32_t roster_item_customer(const struct roster_items *items, uint32_t item)
{
    const char *at = roster_item_at(items, item);
    uint32_t customer = item;
    if (roster_item_read(at).id_length == 0) memcpy(&customer, at + ROSTER_ITEM_HEAD, sizeof customer);
    return customer;
}

/* Where a key stands in an item; NULL: it does not. */
static inline const char *roster_item_find(const struct roster_items *items, uint32_t item, const char *key)
{
    struct span keys = roster_item_keys(items, roster_item_at(items, item));
    for (const char *at = keys.at, *end = keys.at + keys.len; at < end; at += roster_key_length(at))
        if (at[1] == key[1] && bytes_equal(at, key, roster_key_length(at))) return at;
    return NULL;
}

/* The first item, or the one behind another; 0: there is none. */
uint32_t roster_items_next(const struct roster_items *items, uint32_t item);

/* What later lines of the file say of a customer, or an item. */
void roster_items_write(struct roster_items *items, uint32_t customer, const struct roster_item *item);
void roster_items_mark_shared(struct roster_items *items, uint32_t item);
void roster_items_set_birth(struct roster_items *items, uint32_t customer, int32_t birth_day);
int32_t roster_items_birth(const struct roster_items *items, uint32_t customer); /* or ROSTER_BIRTH_UNKNOWN */

#endif
