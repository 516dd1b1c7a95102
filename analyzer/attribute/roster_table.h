/* The tables of a roster: customers, intervals, identifiers.
 *
 * Shape    rows, in the order of the file -> roster_table_add ... -> roster_table_finish, on all threads -> looked up
 * Layout   customers   16 bytes and the ID each, behind one table of slots
 *          intervals   32 bits: two numbers of days, which most are; else a place among pairs of times
 *          identifiers in ROSTER_SHARES shares by hash; in a share entries stand behind one another,
 *                          customer (4) | interval (4) | key (roster_line.h), to a multiple of 4
 *                      roster_table_finish sorts them by bucket, those of a bucket as they came, all shares behind one another
 *                      on large pages: who looks an identifier up touches its bucket and its entries, each one line of cache
 * Memory   about 34 bytes and the ID for a customer, 14 and the packed value for an identifier
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

struct roster_times {
    int64_t from_s, to_s;
};

struct roster_share {
    struct bytes entries; /* as they come; empty once they are sorted */
    const char *sorted;
    uint32_t *buckets;    /* where in sorted each begins, in units of ROSTER_ENTRY_UNIT bytes; one more at the end */
    uint32_t bucket_count, count;
};
enum { ROSTER_ENTRY_UNIT = 4, ROSTER_ENTRY_HEAD = 8 };

struct roster_table {
    uint64_t seed; /* of all hashes */
    struct roster_stored *customers;
    uint32_t customer_count, customer_capacity;
    struct bytes ids;
    uint64_t *slots; /* by hash of the ID: customers, counted from 1, and above them 32 bits of the hash; 0: free */
    uint32_t slot_count;
    struct roster_place *places; /* the first one is unknown */
    uint32_t place_count;
    struct roster_times *intervals; /* those that are not of whole days */
    uint32_t interval_count, interval_capacity;
    int64_t day_begins_s; /* where in a day of UTC whole days begin: the time zone of the roster */
    struct roster_share shares[ROSTER_SHARES];
    void *pages; /* of all shares: buckets, then sorted entries */
    size_t page_bytes;
};

/* file_bytes: how large the file is, as far as that is known; what it may become has room at once. */
MUST_USE enum status roster_table_open(struct roster_table *table, uint64_t seed, int32_t timezone_offset_s, uint64_t file_bytes, struct fault *fault);
void roster_table_free(struct roster_table *table);

/* Lets the memory of a row that is to be added soon be fetched. */
void roster_table_expect(const struct roster_table *table, const struct roster_row *row);

/* Lets the memory of customers that are to be found soon be fetched, in steps that each need the one before. */
void roster_table_expect_all(const struct roster_table *table, const struct span *ids, size_t count);

/* Adds a row with what stands behind it. Where it contradicts what the customer's earlier rows say, nothing is added, and
 * *contradicted is the role of the column that does. Fails    FATAL: no memory, too many of something. */
MUST_USE enum status roster_table_add(struct roster_table *table, const struct roster_row *row, enum roster_role *contradicted,
                                      struct fault *fault);

/* Makes identifiers findable, equal entries one. Fails    FATAL: no memory. */
MUST_USE enum status roster_table_finish(struct roster_table *table, int thread_count, struct fault *fault);

uint32_t roster_table_find(const struct roster_table *table, struct span id, uint64_t hash);

struct roster_times roster_table_times(const struct roster_table *table, uint32_t interval);

static inline struct span roster_table_id(const struct roster_table *table, uint32_t customer)
{
    const struct roster_stored *stored = &table->customers[customer];
    return (struct span){table->ids.at + ((uint64_t)stored->id_offset_high << 32 | stored->id_offset), stored->id_length};
}

/* The bits of a hash below those that chose the share. */
static inline uint32_t roster_hash_below(uint64_t hash)
{
    return (uint32_t)(hash << ROSTER_SHARE_BITS >> 32);
}

static inline uint32_t roster_bucket(const struct roster_share *share, uint32_t hash_below)
{
    return (uint32_t)((uint64_t)hash_below * share->bucket_count >> 32);
}

static inline const char *roster_entry(const struct roster_share *share, uint32_t at)
{
    return share->sorted + (size_t)at * ROSTER_ENTRY_UNIT;
}

/* In units of ROSTER_ENTRY_UNIT bytes. */
static inline uint32_t roster_entry_units(const char *entry)
{
    return (uint32_t)((ROSTER_ENTRY_HEAD + roster_key_length(entry + ROSTER_ENTRY_HEAD) + ROSTER_ENTRY_UNIT - 1) / ROSTER_ENTRY_UNIT);
}

#endif
