/* From when to when: the intervals of a roster, in 32 bits each.
 *
 * Layout   two numbers of days, which most are; else a place among pairs of times
 * Units    seconds of UTC; a whole day begins when it does in the zone of the roster
 * Owns     the pairs
 * Threads  roster_interval_make by one; const after the last of it
 */
#ifndef ROSTER_INTERVALS_H
#define ROSTER_INTERVALS_H

#include "roster.h"

struct roster_times {
    int64_t from_s, to_s;
};

struct roster_intervals {
    struct roster_times *times; /* of those that are not of whole days */
    uint32_t count, capacity;
    struct roster_times last; /* that an interval was made of, where any was, and that interval: many lines have the same */
    uint32_t last_interval;
    bool any;
    int64_t day_begins_s; /* where in a day of UTC whole days begin */
};

void roster_intervals_open(struct roster_intervals *intervals, int32_t timezone_offset_s);
void roster_intervals_free(struct roster_intervals *intervals);

/* Fails    FATAL: no memory. */
MUST_USE enum status roster_interval_make_other(struct roster_intervals *intervals, int64_t from_s, int64_t to_s, uint32_t *interval, struct fault *fault);
static inline enum status roster_interval_make(struct roster_intervals *intervals, int64_t from_s, int64_t to_s, uint32_t *interval, struct fault *fault)
{
    *interval = intervals->last_interval;
    if (intervals->any && intervals->last.from_s == from_s && intervals->last.to_s == to_s) return STATUS_OK;
    return roster_interval_make_other(intervals, from_s, to_s, interval, fault);
}

struct roster_times roster_interval_times(const struct roster_intervals *intervals, uint32_t interval);

#endif
