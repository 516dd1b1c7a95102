/* What a holder's sets keep of its fixes, and what these say of where it lives.
 *
 * Point    (cell, clock hour of UTC with date), told apart by 51 bits, which stand mixed in front, so that the smallest are a sample;
 *          behind them the first and the last minute within the hour, and whether a fix was precise:
 *
 *              63 ... 13            12 ... 7      6 ... 1      0
 *              mix of cell, hour    first minute  last minute  precise
 *
 *          A fix without a time has POSITION_HOUR_NONE and no minutes.
 * Hour     of a vehicle day: what is kept of a holder of more points than are kept, the smallest of the mixed days, all hours of
 *          each; the last minute with the cell of the last fix, of two in one minute the greater cell:
 *
 *              63 ... 48   47 ... 43        42 ... 37     36 ... 31    30 ... 1  0
 *              mix of day  hour of the day  first minute  last minute  cell      precise
 *
 * Joining  of two of one key: the first minute, the last with its cell, precise if either is; it commutes, associates, and a
 *          value joined with itself is that value. Points of a holder make the same hours as its fixes do
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
    HOUR_PAYLOAD_BITS = 43,
    HOURS_KEPT_MAX = 127, /* of a holder; as many as a byte counts with a bit to spare */
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

static inline uint64_t hour_join(uint64_t a, uint64_t b)
{
    const uint64_t first = UINT64_C(63) << 37, last = ((UINT64_C(1) << 36) - 1) << 1;
    uint64_t key = a >> HOUR_PAYLOAD_BITS << HOUR_PAYLOAD_BITS;
    return key | ((a & first) < (b & first) ? a & first : b & first) | ((a & last) > (b & last) ? a & last : b & last) | ((a | b) & 1);
}

/* The hour of a point that has a time. */
static inline uint64_t hour_of_point(uint64_t point, const struct vehicle_days *days)
{
    uint64_t key = unmix51(point >> POINT_PAYLOAD_BITS), payload = point & ((1u << POINT_PAYLOAD_BITS) - 1);
    uint32_t hour = (uint32_t)((int32_t)point_hour(key) + 24 - days->first_hour), day = hour / 24;
    return (uint64_t)mix16(day & 0xFFFF) << 48 | (uint64_t)(hour % 24) << HOUR_PAYLOAD_BITS | (payload >> 7) << 37 | (payload >> 1 & 63) << 31 |
           (uint64_t)point_cell(key) << 1 | (payload & 1);
}

static inline bool point_is_timed(uint64_t point)
{
    return point_hour(unmix51(point >> POINT_PAYLOAD_BITS)) != POSITION_HOUR_NONE;
}

/* What positions would show of a person (notification, 2.8). */
enum { LEVEL_NONE, LEVEL_FEW, LEVEL_TRACE, LEVEL_HOME, LEVEL_HOME_AND_WORK, LEVEL_COUNT };
enum { LEVEL_TRACE_POINTS = 4 }; /* from so many on a trace is probably unique */
enum { HOME_DAYS_MIN = 3 };      /* on so many days one cell is where the night is spent */
struct location_level {
    uint8_t level;
    bool precise; /* fixes in the cells that decide, of a trace any fix */
};

/* The level of a holder of four points or more by its hours, ascending, at most HOURS_KEPT_MAX: LEVEL_TRACE or more. more: not all of
 * its hours are among them, and perhaps not all of the last day, which says nothing then. */
struct location_level location_level_find(const uint64_t *hours, size_t count, bool more, const struct vehicle_days *days);

#endif
