/* The tables of a roster: customers, intervals, identifiers.
 *
 * Shape    rows, in the order of the file -> roster_table_add ... -> roster_table_finish, on all threads -> looked up
 * Layout   customers   eight bytes each, and its ID in a range of its own; found through lines of slots
 *          intervals   roster_intervals.h
 *          identifiers roster_entries.h
 * Memory   about 18 bytes and the ID for a customer, on large pages; four more where birth dates are given
 * Threads  roster_table_add by one; const after roster_table_finish
 */
#ifndef ROSTER_TABLE_H
#define ROSTER_TABLE_H

#include "roster_entries.h"

enum { ROSTER_PLACES_MAX = 65536 }; /* countries with their subdivisions */

struct roster_stored {
    uint32_t id; /* where in ids, in units of ROSTER_ID_UNIT bytes */
    uint16_t place;
    uint8_t id_length;
    uint8_t type : 2, contact_known : 3, contact : 3;
};
enum { ROSTER_ID_UNIT = 4 };

/* A line of cache: customers whose hash leads here, in the order in which they came, and a tag of the hash of each. Where
 * it is full, the next line goes on. */
enum { ROSTER_SLOTS = 12 };
struct roster_slots {
    uint32_t customers[ROSTER_SLOTS];
    uint8_t tags[ROSTER_SLOTS]; /* 0: free */
    uint32_t used;
};
_Static_assert(sizeof(struct roster_slots) == 64, "a line of cache");

struct roster_table {
    uint64_t seed; /* of all hashes */
    struct roster_stored *customers; /* in customer_pages */
    uint32_t customer_count;
    struct pages customer_pages, ids;
    struct pages births; /* days, with the highest bit turned round; 0: unknown, as is what is not there */
    struct roster_slots *lines; /* by hash of the ID */
    uint32_t line_count;
    struct roster_place *places; /* the first one is unknown */
    uint16_t *place_slots;       /* by hash: places; 0: free */
    uint32_t place_count;
    struct roster_intervals intervals;
    struct roster_entries entries;
};

/* file_bytes: how large the file is, as far as that is known; what it may become has room at once. */
MUST_USE enum status roster_table_open(struct roster_table *table, uint64_t seed, int32_t timezone_offset_s, uint64_t file_bytes, struct fault *fault);
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
/* The same of many: what is to be touched is fetched for several at once, in steps that each need the one before. */
void roster_table_find_all(const struct roster_table *table, const struct span *ids, size_t count, uint32_t *customers);

/* Days since 1970-01-01, or ROSTER_BIRTH_UNKNOWN. */
int32_t roster_table_birth(const struct roster_table *table, uint32_t customer);

static inline struct span roster_table_id(const struct roster_table *table, uint32_t customer)
{
    const struct roster_stored *stored = &table->customers[customer];
    return (struct span){table->ids.at + (size_t)stored->id * ROSTER_ID_UNIT, stored->id_length};
}

#endif
