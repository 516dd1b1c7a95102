/* The blocks of an SQL dump: its tables with what their columns mean, and where blocks are cut.
 *
 * Owns     the plans of all tables, until feed_sql_close: blocks point to them
 * Threads  under the object's lock
 */
#ifndef FEED_SQL_H
#define FEED_SQL_H

#include "units.h"

struct feed_sql;

/* What is in hand of an object. */
struct feed_sql_view {
    const char *bytes;
    size_t length;
    bool after_gap, before_gap; /* bytes are missing on this side */
    bool ended;                 /* nothing comes behind */
};

/* sampled: what the sample of its tables told; NULL: nothing. It is lent until feed_sql_close. */
MUST_USE enum status feed_sql_open(const struct layout *layout, const struct roles *roles, const struct sampled *sampled, struct feed_sql **sql,
                                   struct fault *fault);
void feed_sql_close(struct feed_sql *sql); /* accepts NULL */

/* The next block: whole units within `wanted` bytes, else one longer unit or a piece of one that is too long, but not more
 * than `most` bytes. *length 0: more must be read, or nothing is whole within `most`.
 * Fails    FATAL: no memory. */
MUST_USE enum status feed_sql_cut(struct feed_sql *sql, const struct feed_sql_view *view, size_t wanted, uint64_t most,
                                  struct sql_stretches *stretches, size_t *length, bool *piece, struct fault *fault);

/* Whether the dump, once all of it was cut, lacks its end: sql_broke_off. */
bool feed_sql_broke_off(const struct feed_sql *sql);

/* Whether some tuples so far were of tables whose columns nobody said: their values have no names. */
bool feed_sql_is_nameless(const struct feed_sql *sql);

#endif
