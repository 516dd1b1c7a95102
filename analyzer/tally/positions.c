#include "positions.h"

enum { DAY_MINUTES = 24 * 60 };

/* On how many days a cell has what is looked for. */
struct cell_days {
    uint32_t cell;
    uint32_t last_day; /* counted last: a day counts once */
    uint32_t count;
};

struct cell_table {
    struct cell_days cells[TIMES_KEPT_MAX];
    size_t count;
};

/* day: numbered from 1 as they come. */
static void count_day(struct cell_table *table, uint32_t cell, uint32_t day)
{
    size_t i = 0;
    while (i < table->count && table->cells[i].cell != cell) i++;
    if (i == table->count) table->cells[table->count++] = (struct cell_days){.cell = cell};
    table->cells[i].count += table->cells[i].last_day != day;
    table->cells[i].last_day = day;
}

/* One entry of a day: from when to when fixes were, and where the last was. */
struct presence {
    int32_t first, last;
    uint32_t cell;
};

static struct presence presence_of(uint64_t hour)
{
    uint32_t slot = (uint32_t)(hour >> HOUR_PAYLOAD_BITS) & 31;
    int32_t minute = (int32_t)(hour >> CELL_BITS & 2047), late = (int32_t)(hour & 2047);
    if (slot == HOUR_EARLY) return (struct presence){minute, minute, (uint32_t)hour & CELL_MASK};
    if (slot == HOUR_LATE) return (struct presence){late, late, 0};
    return (struct presence){(int32_t)(slot * 60 + (hour >> 37 & 63)), (int32_t)(slot * 60 + (hour >> 31 & 63)), (uint32_t)(hour >> 1) & CELL_MASK};
}

/* The stops of a day of two hours that overlap ten to four; the last fix of a day stands until its end. Before the first one it stood
 * somewhere, too, which nobody says. */
static bool count_stops(struct cell_table *stops, const uint64_t *hours, size_t count, uint32_t day, const struct vehicle_days *days)
{
    bool any = presence_of(hours[0]).first + days->begin_minute > WORK_BEGINS_MINUTE;
    for (size_t i = 0; i < count; i++) {
        struct presence here = presence_of(hours[i]);
        int32_t from = here.last, to = i + 1 < count ? presence_of(hours[i + 1]).first : DAY_MINUTES;
        bool within = from + days->begin_minute < WORK_ENDS_MINUTE && to + days->begin_minute > WORK_BEGINS_MINUTE;
        if (to - from < STOP_MINUTES_MIN || !within) continue;
        count_day(stops, here.cell, day);
        any = true;
    }
    return any;
}

/* Weekdays with a stop, and in which cells. */
static uint32_t count_all_stops(const struct whereabouts *of, const struct vehicle_days *days, struct cell_table *stops)
{
    uint32_t day_count = 0, stop_days = 0;
    for (size_t begin = 0, end; begin < of->hour_count; begin = end) {
        uint64_t day = of->hours[begin] >> 48;
        for (end = begin; end < of->hour_count && of->hours[end] >> 48 == day; end++) {}
        if (of->hours_more && end == of->hour_count) break;
        stop_days += count_stops(stops, of->hours + begin, end - begin, ++day_count, days);
    }
    return stop_days;
}

/* Whether a fix in the cell was precise; where none of it is kept, any. */
static bool is_precise(const struct whereabouts *of, uint32_t cell)
{
    bool precise = false, any = false, there = false;
    for (size_t i = 0; i < of->point_count; i++) {
        bool in_cell = point_cell(unmix51(of->points[i] >> POINT_PAYLOAD_BITS)) == cell;
        there |= in_cell;
        precise |= in_cell && (of->points[i] & 1) != 0;
        any |= (of->points[i] & 1) != 0;
    }
    return there ? precise : any;
}

static struct location_level trace_of(const struct whereabouts *of)
{
    struct location_level trace = {LEVEL_TRACE, false};
    for (size_t i = 0; i < of->point_count; i++) trace.precise |= (of->points[i] & 1) != 0;
    return trace;
}

struct location_level location_level_find(const struct whereabouts *of, const struct vehicle_days *days)
{
    struct cell_table nights, stops;
    nights.count = stops.count = 0;
    for (size_t i = 0; i < of->night_count; i++) count_day(&nights, (uint32_t)of->nights[i] & CELL_MASK, (uint32_t)i + 1);
    const struct cell_days *home = NULL;
    for (size_t i = 0; i < nights.count; i++)
        if (nights.cells[i].count >= HOME_DAYS_MIN && 2 * nights.cells[i].count > of->night_count) home = &nights.cells[i];
    if (home == NULL) return trace_of(of);
    struct location_level level = {LEVEL_HOME, is_precise(of, home->cell)};
    uint32_t stop_days = count_all_stops(of, days, &stops);
    for (size_t i = 0; i < stops.count; i++) {
        const struct cell_days *work = &stops.cells[i];
        if (work->cell == home->cell || work->count < WORK_DAYS_MIN || 2 * work->count <= stop_days) continue;
        level.level = LEVEL_HOME_AND_WORK;
        level.precise |= is_precise(of, work->cell);
    }
    return level;
}
