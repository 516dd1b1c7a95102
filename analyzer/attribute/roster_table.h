/* The tables of a roster: customers, intervals, identifiers.
 *
 * Shape    rows, in the order of the file -> roster_table_add ... -> roster_table_finish, on all threads -> looked up
 * Layout   customers   and what further lines say of them: roster_items.h; found through lines of slots
 *          intervals   roster_intervals.h
 *          identifiers roster_index.h
 * Memory   about nine bytes for a customer beside its item, on large pages
 * Threads  roster_table_add by one; const after roster_table_finish
 */
#ifndef ROSTER_TABLE_H
#define ROSTER_TABLE_H

#include "roster_index.h"

enum { ROSTER_PLACES_MAX = 65536, ROSTER_TYPES = ROSTER_ORGANISATION + 1 }; /* places: countries with their subdivisions */

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
    struct roster_items items;
    struct roster_slots *lines; /* by hash of the ID */
    uint32_t line_count;
    struct roster_place *places; /* the first one is unknown */
    uint32_t *place_customers;   /* how many have it */
    uint16_t *place_slots;       /* by hash: places; 0: free */
    uint32_t place_count;
    uint16_t place_last;         /* that was looked for last */
    uint32_t types[ROSTER_TYPES]; /* how many customers have it */
    struct roster_intervals intervals;
    struct roster_index index;
};

/* What is known of the file before its lines are read; what it may become has room at once. */
struct roster_expected {
    uint64_t file_bytes; /* 0: not known */
    uint64_t lines;      /* about as many */
    bool births;         /* it has a column of birth days */
};

MUST_USE enum status roster_table_open(struct roster_table *table, uint64_t seed, int32_t timezone_offset_s, const struct roster_expected *expected,
                                       struct fault *fault);
void roster_table_free(struct roster_table *table);

/* Memory that a table goes through from its beginning to its end, or will touch all over: `used` of it is in use, and `ahead` will be
 * soon. It may be touched by others while rows are added, pages_touch. */
enum { ROSTER_FRONTIERS = 3 };
struct roster_frontier {
    char *at;
    size_t used, capacity, ahead;
};
void roster_table_frontiers(const struct roster_table *table, struct roster_frontier frontiers[ROSTER_FRONTIERS]);

/* Lets the memory of a row that is to be added soon be fetched. */
void roster_table_expect(const struct roster_table *table, const struct roster_row *row);

/* Adds a row with what stands behind it. Where it contradicts what the customer's earlier rows say, nothing is added, and
 * *contradicted is the role of the column that does. Fails    FATAL: no memory, too many of something. */
MUST_USE enum status roster_table_add(struct roster_table *table, const struct roster_row *row, enum roster_role *contradicted,
                                      struct fault *fault);

/* Makes identifiers findable, equal entries one. Fails    FATAL: no memory. */
MUST_USE enum status roster_table_finish(struct roster_table *table, int thread_count, struct fault *fault);

/* A customer by its ID, or ROSTER_NOBODY. */
uint32_t roster_table_find(const struct roster_table *table, struct span id, uint64_t hash);
/* The same in steps that each fetch what the next one touches (roster.h). */
void roster_table_seek_begin(const struct roster_table *table, struct span id, struct roster_seek *seek);
void roster_table_seek_on(const struct roster_table *table, struct roster_seek *seek);
uint32_t roster_table_seek_end(const struct roster_table *table, const struct roster_seek *seek);
/* The same of many. */
void roster_table_find_all(const struct roster_table *table, const struct span *ids, size_t count, uint32_t *customers);

#endif
