#include "roster_intervals.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_LEAST = 1024, SECONDS_A_DAY = 86400 };

/* An interval of whole days: the highest bit, 15 bits of the first day, 16 of the day behind the last, both since DAY_FIRST. */
enum { DAY_FIRST = -7305 /* 1950-01-01 */, TO_BITS = 16, FROM_OPEN = (1 << 15) - 1, TO_OPEN = (1 << TO_BITS) - 1 };
#define OF_DAYS (UINT32_C(1) << 31)

void roster_intervals_open(struct roster_intervals *intervals, int32_t timezone_offset_s)
{
    *intervals = (struct roster_intervals){.day_begins_s = -(int64_t)timezone_offset_s};
}

void roster_intervals_free(struct roster_intervals *intervals)
{
    free(intervals->times);
    memset(intervals, 0, sizeof *intervals);
}

/* The number of a day; false where the time is none, or too far away. */
static bool day_of(const struct roster_intervals *intervals, int64_t time_s, int64_t open_s, uint32_t open, uint32_t *day)
{
    *day = open;
    if (time_s == open_s) return true;
    int64_t seconds = time_s - intervals->day_begins_s - (int64_t)DAY_FIRST * SECONDS_A_DAY;
    if (seconds < 0 || seconds % SECONDS_A_DAY != 0 || seconds / SECONDS_A_DAY >= open) return false;
    *day = (uint32_t)(seconds / SECONDS_A_DAY);
    return true;
}

static enum status interval_make(struct roster_intervals *intervals, int64_t from_s, int64_t to_s, uint32_t *interval, struct fault *fault)
{
    uint32_t from, to;
    if (day_of(intervals, from_s, ROSTER_OPEN_FROM, FROM_OPEN, &from) && day_of(intervals, to_s, ROSTER_OPEN_TO, TO_OPEN, &to)) {
        *interval = OF_DAYS | from << TO_BITS | to;
        return STATUS_OK;
    }
    if (intervals->count == intervals->capacity) {
        size_t capacity = (size_t)intervals->capacity / 2 * 3 + CAPACITY_LEAST;
        void *times = capacity < OF_DAYS ? realloc(intervals->times, capacity * sizeof *intervals->times) : NULL;
        if (times == NULL) return fault_set(fault, STATUS_FATAL, "no memory for the roster");
        intervals->times = times;
        intervals->capacity = (uint32_t)capacity;
    }
    *interval = intervals->count++;
    intervals->times[*interval] = (struct roster_times){from_s, to_s};
    return STATUS_OK;
}

enum status roster_interval_make_other(struct roster_intervals *intervals, int64_t from_s, int64_t to_s, uint32_t *interval, struct fault *fault)
{
    enum status status = interval_make(intervals, from_s, to_s, interval, fault);
    intervals->any = status == STATUS_OK;
    intervals->last = (struct roster_times){from_s, to_s};
    intervals->last_interval = *interval;
    return status;
}

static int64_t day_begins(const struct roster_intervals *intervals, uint32_t day)
{
    return ((int64_t)day + DAY_FIRST) * SECONDS_A_DAY + intervals->day_begins_s;
}

struct roster_times roster_interval_times(const struct roster_intervals *intervals, uint32_t interval)
{
    if ((interval & OF_DAYS) == 0) return intervals->times[interval];
    uint32_t from = interval >> TO_BITS & FROM_OPEN, to = interval & TO_OPEN;
    return (struct roster_times){from == FROM_OPEN ? ROSTER_OPEN_FROM : day_begins(intervals, from), to == TO_OPEN ? ROSTER_OPEN_TO : day_begins(intervals, to)};
}
