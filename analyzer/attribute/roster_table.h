/* The tables of a roster: customers, intervals, identifiers.
 *
 * Shape    rows, in the order of the file -> roster_table_add ... -> roster_table_finish, on all threads -> looked up
 * Layout   customers   16 bytes and the ID each, behind one table of slots
 *          intervals   pairs of times, most of them once
 *          identifiers in ROSTER_SHARES shares by hash; in a share entries stand behind one another,
 *                          customer (4) | interval (4) | key (roster_line.h), to a multiple of 4
 *                      and roster_table_finish adds the places of the entries, sorted by bucket, those of a bucket by place
 * Memory   about 34 bytes and the ID for a customer, 18 and the packed value for an identifier
 * Threads  roster_table_add by one; const after roster_table_finish
 */
#ifndef ROSTER_TABLE_H
#define ROSTER_TABLE_H

#include "roster_line.h"

enum { ROSTER_PLACES_MAX = 65536 }; /* countries with their subdivisions */

struct roster_place {
    char country[2], subdivision[3];
};

struct roster_stored {
    uint32_t id_offset;
    int32_t birth_day;
    uint16_t place;
    uint8_t id_offset_high, id_length;
    uint8_t type, contact_known, contact;
};

struct roster_share {
    struct bytes entries;
    uint32_t *places;  /* of the entries, in units of ROSTER_ENTRY_UNIT bytes */
    uint32_t *buckets; /* where in places each begins; one more at the end */
    uint32_t bucket_count, count;
};
enum { ROSTER_ENTRY_UNIT = 4, ROSTER_ENTRY_HEAD = 8 };

struct roster_table {
    uint64_t seed; /* of all hashes */
    struct roster_stored *customers;
    uint32_t customer_count, customer_capacity;
    struct bytes ids;
    uint32_t *slots; /* customers by hash of the ID, counted from 1; 0: free */
    uint32_t slot_count;
    struct roster_place *places; /* the first one is unknown */
    uint32_t place_count;
    struct { int64_t from_s, to_s; } *intervals; /* the first one is open */
    uint32_t interval_count, interval_capacity;
    uint32_t *recent_intervals; /* by hash */
    struct roster_share shares[ROSTER_SHARES];
};

MUST_USE enum status roster_table_open(struct roster_table *table, uint64_t seed, struct fault *fault);
void roster_table_free(struct roster_table *table);

/* Lets the memory of a row that is to be added soon be fetched. */
void roster_table_expect(const struct roster_table *table, const struct roster_row *row);

/* Adds a row with what stands behind it. Where it contradicts what the customer's earlier rows say, nothing is added, and
 * *contradicted is the role of the column that does. Fails    FATAL: no memory, too many of something. */
MUST_USE enum status roster_table_add(struct roster_table *table, const struct roster_row *row, enum roster_role *contradicted,
                                      struct fault *fault);

/* Makes identifiers findable, equal entries one. Fails    FATAL: no memory. */
MUST_USE enum status roster_table_finish(struct roster_table *table, int thread_count, struct fault *fault);

uint32_t roster_table_find(const struct roster_table *table, struct span id, uint64_t hash);

static inline struct span roster_table_id(const struct roster_table *table, uint32_t customer)
{
    const struct roster_stored *stored = &table->customers[customer];
    return (struct span){table->ids.at + ((uint64_t)stored->id_offset_high << 32 | stored->id_offset), stored->id_length};
}

/* The bits of the hash below those that chose the share. */
static inline uint32_t roster_bucket(const struct roster_share *share, uint64_t hash)
{
    return (uint32_t)((hash << ROSTER_SHARE_BITS >> 32) * share->bucket_count >> 32);
}

static inline const char *roster_entry(const struct roster_share *share, uint32_t number)
{
    return share->entries.at + (size_t)share->places[number] * ROSTER_ENTRY_UNIT;
}

#endif
