#include "positions.h"

/* Project choices that the domain gives (notification, 2.8). */
enum {
    WORK_DAYS_MIN = 3,
    STOP_MINUTES_MIN = 120,
    WORK_BEGINS = 10 * 60,
    WORK_ENDS = 16 * 60,
    DAY_MINUTES = 24 * 60
};

static uint32_t day_of(uint64_t hour)
{
    return (uint32_t)(hour >> 48);
}

static uint32_t cell_of(uint64_t hour)
{
    return (uint32_t)(hour >> 1) & CELL_MASK;
}

/* Minutes since the day began. */
static int32_t first_minute(uint64_t hour)
{
    return (int32_t)((hour >> HOUR_PAYLOAD_BITS & 31) * 60 + (hour >> 37 & 63));
}

static int32_t last_minute(uint64_t hour)
{
    return (int32_t)((hour >> HOUR_PAYLOAD_BITS & 31) * 60 + (hour >> 31 & 63));
}

/* Monday to Friday; day 1 began on a Thursday. */
static bool is_weekday(uint32_t mixed_day)
{
    return (unmix16(mixed_day) + 2) % 7 < 5;
}

/* On how many days a cell has what is looked for. */
struct cell_days {
    uint32_t cell;
    uint32_t last_day; /* counted last: a day counts once */
    uint16_t count;
    bool precise;
};

struct cell_table {
    struct cell_days cells[HOURS_KEPT_MAX];
    size_t count;
};

/* day: numbered from 1 as they come. */
static void count_day(struct cell_table *table, uint32_t cell, uint32_t day, bool precise)
{
    size_t i = 0;
    while (i < table->count && table->cells[i].cell != cell) i++;
    if (i == table->count) table->cells[table->count++] = (struct cell_days){.cell = cell};
    struct cell_days *days = &table->cells[i];
    days->count = (uint16_t)(days->count + (days->last_day != day));
    days->last_day = day;
    days->precise |= precise;
}

/* The stops of a day from ten to four that last two hours; the last fix of a day stands until its end. */
static bool count_stops(struct cell_table *stops, const uint64_t *hours, size_t count, uint32_t day, const struct vehicle_days *days)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        int32_t from = last_minute(hours[i]), to = i + 1 < count ? first_minute(hours[i + 1]) : DAY_MINUTES;
        bool within = from + days->begin_minute < WORK_ENDS && to + days->begin_minute > WORK_BEGINS;
        if (to - from < STOP_MINUTES_MIN || !within) continue;
        count_day(stops, cell_of(hours[i]), day, (hours[i] & 1) != 0);
        any = true;
    }
    return any;
}

struct location_level location_level_find(const uint64_t *hours, size_t count, bool more, const struct vehicle_days *days)
{
    struct cell_table nights, stops;
    nights.count = stops.count = 0;
    uint32_t day_count = 0, stop_days = 0, cut = more && count > 0 ? day_of(hours[count - 1]) : UINT32_MAX;
    bool precise = false;
    for (size_t i = 0; i < count; i++) precise |= (hours[i] & 1) != 0;
    for (size_t begin = 0, end; begin < count; begin = end) {
        uint32_t day = day_of(hours[begin]);
        for (end = begin; end < count && day_of(hours[end]) == day; end++) {}
        if (day == cut) break; /* some of its hours may be missing */
        day_count++;
        count_day(&nights, cell_of(hours[end - 1]), day_count, (hours[end - 1] & 1) != 0);
        if (is_weekday(day)) stop_days += count_stops(&stops, hours + begin, end - begin, day_count, days);
    }
    const struct cell_days *home = NULL;
    for (size_t i = 0; i < nights.count; i++)
        if (nights.cells[i].count >= HOME_DAYS_MIN && 2u * nights.cells[i].count > day_count) home = &nights.cells[i];
    if (home == NULL) return (struct location_level){LEVEL_TRACE, precise};
    for (size_t i = 0; i < stops.count; i++) {
        const struct cell_days *work = &stops.cells[i];
        if (work->cell == home->cell || work->count < WORK_DAYS_MIN || 2u * work->count <= stop_days) continue;
        return (struct location_level){LEVEL_HOME_AND_WORK, home->precise || work->precise};
    }
    return (struct location_level){LEVEL_HOME, home->precise};
}
