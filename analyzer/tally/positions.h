/* What a holder's sets keep of its fixes, and what these say of where it lives.
 *
 * Point    (cell, clock hour of UTC with date), told apart by 51 bits, which stand mixed in front, so that the smallest are a sample;
 *          behind them the first and the last minute within the hour, and whether a fix was precise:
 *
 *              63 ... 13            12 ... 7      6 ... 1      0
 *              mix of cell, hour    first minute  last minute  precise
 *
 *          A fix without a time has POSITION_HOUR_NONE and no minutes.
 * Night    the last fix of a vehicle day, of two in one minute that of the greater cell; of a holder of more points than are kept,
 *          of the days whose mixes are the smallest:
 *
 *              63 ... 48    47 ... 41  40 ... 30               29 ... 0
 *              mix of day   0          minute since it began   cell
 *
 * Hour     of a vehicle day that is a weekday, what its stops between ten and four are told from: kept like nights, 8 at most a day
 *
 *              63 ... 48    47 ... 43
 *              mix of day   HOUR_EARLY  40 ... 30 last minute since the day began, 29 ... 0 its cell: of all that is before ten
 *                           the hour    42 ... 37 first minute, 36 ... 31 last minute within it, 30 ... 1 cell of the last
 *                           HOUR_LATE   10 ...  0 first minute since the day began: of all that is from four on
 *
 * Joining  of two of one key: the first minute, the last with its cell, precise if either is; it commutes, associates, and a
 *          value joined with itself is that value. Points of a holder make the same nights and hours as its fixes do
 * Day      a vehicle day begins at three o'clock (notification, 2.8), local time of the profile's zone, or within the hour behind it
 *          where that zone is no whole hours from UTC; day 1 begins on 1970-01-01
 */
#ifndef POSITIONS_H
#define POSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    POINT_PAYLOAD_BITS = 13,
    POINT_HOUR_BITS = 21,
    POSITION_HOUR_NONE = (1 << POINT_HOUR_BITS) - 1,
    NIGHT_PAYLOAD_BITS = 48,
    HOUR_PAYLOAD_BITS = 43,
    HOUR_EARLY = 0, /* no hour from ten on is the first of a day */
    HOUR_LATE = 31,
    TIMES_KEPT_MAX = 127, /* nights of a holder, and hours; as many as a byte counts with a bit to spare */
    CELL_BITS = 30
};

#define CELL_MASK ((UINT32_C(1) << CELL_BITS) - 1)
#define CELL_PRECISE (UINT32_C(1) << 31) /* beside a cell: three decimals or more were written */
#define POINT_KEYS (UINT64_C(1) << (64 - POINT_PAYLOAD_BITS)) /* how many there can be */

/* Where the days of a zone begin. */
struct vehicle_days {
    int32_t first_hour;   /* the hour of UTC, counted from 1970, with which day 1 begins */
    int32_t begin_minute; /* of the local clock: 180 ... 239 */
};

static inline struct vehicle_days vehicle_days_of(int32_t zone_s)
{
    int32_t begin_s = 3 * 3600 - zone_s, hour = begin_s / 3600 + (begin_s % 3600 > 0);
    return (struct vehicle_days){hour, 180 + (hour * 3600 - begin_s) / 60};
}

/* Bijections of 51 and of 16 bits: the multipliers are odd, the shifts at least a third. */
static inline uint64_t mix51(uint64_t x)
{
    const uint64_t mask = POINT_KEYS - 1;
    x = (x ^ x >> 25) * UINT64_C(0x476d1ce4e5b9) & mask;
    x = (x ^ x >> 23) * UINT64_C(0x49bb133111eb) & mask;
    return x ^ x >> 26;
}

static inline uint64_t unmix51(uint64_t x)
{
    const uint64_t mask = POINT_KEYS - 1;
    x = (x ^ x >> 26) * UINT64_C(0x642b2d24d8ec3) & mask;
    x = (x ^ x >> 23 ^ x >> 46) * UINT64_C(0x61b173f119089) & mask;
    return x ^ x >> 25 ^ x >> 50;
}

static inline uint32_t mix16(uint32_t x)
{
    x = (x ^ x >> 8) * 0xd6e9u & 0xFFFFu;
    x = (x ^ x >> 7) * 0xac4bu & 0xFFFFu;
    return x ^ x >> 9;
}

static inline uint32_t unmix16(uint32_t x)
{
    x = (x ^ x >> 9) * 0xbd63u & 0xFFFFu;
    x = (x ^ x >> 7 ^ x >> 14) * 0x6159u & 0xFFFFu;
    return x ^ x >> 8;
}

/* time_s: seconds since 1970 that 32 bits hold; any other is no time. cell may have CELL_PRECISE. */
static inline uint64_t point_make(uint32_t cell, int64_t time_s)
{
    bool timed = time_s >= 0 && time_s <= UINT32_MAX;
    uint32_t hour = timed ? (uint32_t)time_s / 3600 : POSITION_HOUR_NONE, minute = timed ? (uint32_t)time_s % 3600 / 60 : 0;
    uint64_t key = (uint64_t)(cell & CELL_MASK) << POINT_HOUR_BITS | hour;
    return mix51(key) << POINT_PAYLOAD_BITS | minute << 7 | minute << 1 | (cell & CELL_PRECISE) >> 31;
}

static inline uint32_t point_cell(uint64_t key)
{
    return (uint32_t)(key >> POINT_HOUR_BITS);
}

static inline uint32_t point_hour(uint64_t key)
{
    return (uint32_t)key & POSITION_HOUR_NONE;
}

static inline uint64_t point_join(uint64_t a, uint64_t b)
{
    const uint64_t first = 63u << 7, last = 63u << 1;
    uint64_t key = a >> POINT_PAYLOAD_BITS << POINT_PAYLOAD_BITS;
    return key | ((a & first) < (b & first) ? a & first : b & first) | ((a & last) > (b & last) ? a & last : b & last) | ((a | b) & 1);
}

static inline uint64_t night_join(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t hour_join(uint64_t a, uint64_t b)
{
    const uint64_t first = UINT64_C(63) << 37, last = ((UINT64_C(1) << 36) - 1) << 1;
    uint64_t slot = a >> HOUR_PAYLOAD_BITS & 31, key = a >> HOUR_PAYLOAD_BITS << HOUR_PAYLOAD_BITS;
    if (slot == HOUR_EARLY) return a > b ? a : b;
    if (slot == HOUR_LATE) return a < b ? a : b;
    return key | ((a & first) < (b & first) ? a & first : b & first) | ((a & last) > (b & last) ? a & last : b & last);
}

/* Ten and four of the local clock. */
enum { WORK_BEGINS_MINUTE = 10 * 60, WORK_ENDS_MINUTE = 16 * 60 };

/* What a point with a time says of its vehicle day. */
struct day_point {
    uint32_t mixed_day;
    uint32_t hour; /* since the day began */
    uint32_t first, last; /* minutes since the day began */
    uint32_t cell;
    bool weekday;
};

static inline struct day_point day_point_of(uint64_t point, const struct vehicle_days *days)
{
    uint64_t key = unmix51(point >> POINT_PAYLOAD_BITS);
    uint32_t since = (uint32_t)((int32_t)point_hour(key) + 24 - days->first_hour), day = since / 24 & 0xFFFF, hour = since % 24;
    return (struct day_point){.mixed_day = mix16(day),
                              .hour = hour,
                              .first = hour * 60 + (uint32_t)(point >> 7 & 63),
                              .last = hour * 60 + (uint32_t)(point >> 1 & 63),
                              .cell = point_cell(key),
                              .weekday = (day + 2) % 7 < 5}; /* day 1 was a Thursday */
}

static inline uint64_t night_of(const struct day_point *point)
{
    return (uint64_t)point->mixed_day << NIGHT_PAYLOAD_BITS | (uint64_t)point->last << CELL_BITS | point->cell;
}

/* Of a point of a weekday. */
static inline uint64_t hour_of(const struct day_point *point, const struct vehicle_days *days)
{
    int32_t begin = (int32_t)point->hour * 60 + days->begin_minute;
    uint64_t day = (uint64_t)point->mixed_day << 48;
    if (begin + 60 <= WORK_BEGINS_MINUTE) return day | (uint64_t)point->last << CELL_BITS | point->cell; /* HOUR_EARLY */
    if (begin >= WORK_ENDS_MINUTE) return day | (uint64_t)HOUR_LATE << HOUR_PAYLOAD_BITS | point->first;
    return day | (uint64_t)point->hour << HOUR_PAYLOAD_BITS | (uint64_t)(point->first % 60) << 37 | (uint64_t)(point->last % 60) << 31 |
           (uint64_t)point->cell << 1;
}

static inline bool point_is_timed(uint64_t point)
{
    return point_hour(unmix51(point >> POINT_PAYLOAD_BITS)) != POSITION_HOUR_NONE;
}

/* What positions would show of a person (notification, 2.8). */
enum { LEVEL_NONE, LEVEL_FEW, LEVEL_TRACE, LEVEL_HOME, LEVEL_HOME_AND_WORK, LEVEL_COUNT };
enum { LEVEL_TRACE_POINTS = 4 }; /* from so many on a trace is probably unique */
struct location_level {
    uint8_t level;
    bool precise; /* fixes in the cells that decide, of a trace any fix */
};

/* Project choices that the domain gives. */
enum { HOME_DAYS_MIN = 3, WORK_DAYS_MIN = 3, STOP_MINUTES_MIN = 120 };

/* What a holder of four points or more has, ascending. */
struct whereabouts {
    const uint64_t *nights, *hours; /* TIMES_KEPT_MAX at most of each */
    size_t night_count, hour_count;
    bool hours_more; /* there were more, and of the last day perhaps not all are here: it says nothing */
    const uint64_t *points; /* of fixes with CELL_PRECISE: all, or a sample */
    size_t point_count;
};
struct location_level location_level_find(const struct whereabouts *whereabouts, const struct vehicle_days *days);

#endif
