/* positions.c: points and hours, how they join, and what they show of where somebody lives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/support/hash.h"
#include "../analyzer/tally/severity.h"

enum { HOME = 501234567, WORK = 501300000, SHOP = 499000001, HOUR_S = 3600, DAY_S = 86400 };
static const int64_t monday_s = 1609718400; /* 2021-01-04T00:00:00Z */
static const struct vehicle_days utc = {3, 180};

static void mixes_are_bijections(void **unused)
{
    (void)unused;
    static uint8_t seen[1 << 16];
    memset(seen, 0, sizeof seen);
    for (uint32_t x = 0; x < 1 << 16; x++) {
        assert_true(mix16(x) < 1 << 16);
        assert_int_equal(unmix16(mix16(x)), x);
        seen[mix16(x)]++;
    }
    for (uint32_t x = 0; x < 1 << 16; x++) assert_int_equal(seen[x], 1);
    const uint64_t edges[] = {0, 1, POINT_KEYS - 1, POINT_KEYS / 2, POINT_KEYS / 2 - 1};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) assert_int_equal(unmix51(mix51(edges[i])), edges[i]);
    for (uint64_t i = 0; i < 1000000; i++) {
        uint64_t x = mix64(i) >> 13;
        assert_true(mix51(x) < POINT_KEYS);
        assert_int_equal(unmix51(mix51(x)), x);
    }
}

/* The smallest of mixed values are a sample only where all bits of what is mixed matter: halves of a range that counts up fall
 * anywhere. */
static void mixes_spread_what_counts_up(void **unused)
{
    (void)unused;
    size_t low = 0, low_days = 0;
    for (uint32_t i = 0; i < 100000; i++) low += mix51((uint64_t)(HOME + i % 10) << POINT_HOUR_BITS | (400000 + i)) < POINT_KEYS / 8;
    assert_in_range(low, 12000, 13000);
    for (uint32_t day = 17000; day < 17000 + 4096; day++) low_days += mix16(day) < 1 << 13;
    assert_in_range(low_days, 440, 590);
}

static void a_point_says_where_and_when(void **unused)
{
    (void)unused;
    uint64_t point = point_make(HOME | CELL_PRECISE, monday_s + 9 * HOUR_S + 41 * 60 + 59), key = unmix51(point >> POINT_PAYLOAD_BITS);
    assert_int_equal(point_cell(key), HOME);
    assert_int_equal(point_hour(key), monday_s / HOUR_S + 9);
    assert_int_equal(point >> 7 & 63, 41);
    assert_int_equal(point >> 1 & 63, 41);
    assert_int_equal(point & 1, 1);
    assert_true(point_is_timed(point));
    assert_false(point_is_timed(point_make(HOME, INT64_MIN)));
    assert_false(point_is_timed(point_make(HOME, -1)));
    assert_false(point_is_timed(point_make(HOME, (int64_t)UINT32_MAX + 1)));
    assert_true(point_is_timed(point_make(HOME, UINT32_MAX)));
    assert_int_equal(point_make(HOME, 0) & 1, 0);
}

static uint64_t night_at(uint32_t cell, int64_t time_s)
{
    struct day_point point = day_point_of(point_make(cell, time_s), &utc);
    return night_of(&point);
}

static uint64_t hour_at(uint32_t cell, int64_t time_s)
{
    struct day_point point = day_point_of(point_make(cell, time_s), &utc);
    return hour_of(&point, &utc);
}

/* What is joined in any order and any number of times is the same, for points as for hours of all forms. */
static void joining_commutes_and_repeats(void **unused)
{
    (void)unused;
    for (uint64_t n = 0; n < 200000; n++) {
        uint64_t slot = n % 4 == 0 ? HOUR_EARLY : n % 4 == 1 ? HOUR_LATE : 10, key = (mix64(n) >> 48 << 48) | slot << 43;
        uint64_t a = key | (mix64(3 * n) & 0x7FFFFFFFFFE), b = key | (mix64(3 * n + 1) & 0x7FFFFFFFFFE), c = key | (mix64(3 * n + 2) & 0x7FFFFFFFFFE);
        assert_int_equal(hour_join(a, b), hour_join(b, a));
        assert_int_equal(hour_join(hour_join(a, b), c), hour_join(a, hour_join(b, c)));
        assert_int_equal(hour_join(a, a), a);
        key = mix64(n) << 13, a = key | (a & 0x1FFF), b = key | (b & 0x1FFF), c = key | (c & 0x1FFF);
        assert_int_equal(point_join(a, b), point_join(b, a));
        assert_int_equal(point_join(point_join(a, b), c), point_join(a, point_join(b, c)));
        assert_int_equal(point_join(a, a), a);
    }
    /* The first minute; the last one with the cell of its fix; in one minute the greater cell. */
    struct { uint32_t cell; int64_t minute; } fixes[] = {{SHOP, 20}, {HOME, 5}, {WORK, 50}, {HOME, 50}, {SHOP, 30}};
    uint64_t hour = 0, early = 0, late = 0, night = 0;
    for (size_t i = 0; i < sizeof fixes / sizeof *fixes; i++) {
        int64_t minute_s = monday_s + fixes[i].minute * 60;
        uint64_t next[] = {hour_at(fixes[i].cell, minute_s + 10 * HOUR_S), hour_at(fixes[i].cell, minute_s + 9 * HOUR_S),
                           hour_at(fixes[i].cell, minute_s + 16 * HOUR_S), night_at(fixes[i].cell, minute_s + 16 * HOUR_S)};
        hour = i == 0 ? next[0] : hour_join(hour, next[0]);
        early = i == 0 ? next[1] : hour_join(early, next[1]);
        late = i == 0 ? next[2] : hour_join(late, next[2]);
        night = i == 0 ? next[3] : night_join(night, next[3]);
    }
    assert_int_equal(hour >> 37 & 63, 5);
    assert_int_equal(hour >> 31 & 63, 50);
    assert_int_equal(hour >> 1 & CELL_MASK, WORK);
    assert_int_equal(hour >> HOUR_PAYLOAD_BITS & 31, 7); /* the day began at three */
    assert_int_equal(early >> HOUR_PAYLOAD_BITS & 31, HOUR_EARLY);
    assert_int_equal(early >> CELL_BITS & 2047, 6 * 60 + 50);
    assert_int_equal(early & CELL_MASK, WORK);
    assert_int_equal(late >> HOUR_PAYLOAD_BITS & 31, HOUR_LATE);
    assert_int_equal(late & 2047, 13 * 60 + 5);
    assert_int_equal(night >> CELL_BITS & 2047, 13 * 60 + 50);
    assert_int_equal(night & CELL_MASK, WORK);
}

/* Nights and hours of points that were joined first are those of their fixes: a set that was narrow says the same as one that was wide. */
static void points_make_what_fixes_make(void **unused)
{
    (void)unused;
    for (uint64_t n = 0; n < 20000; n++) {
        uint64_t points[3] = {0}, hour = 0, night = 0, joined_hour = 0, joined_night = 0;
        int64_t begin_s = monday_s + (int64_t)(n % 24) * HOUR_S;
        for (uint64_t i = 0; i < 12; i++) {
            uint64_t drawn = mix64(n * 12 + i), cell = drawn % 3;
            int64_t time_s = begin_s + (int64_t)(drawn >> 16) % HOUR_S;
            uint32_t at = (uint32_t)(HOME + cell);
            uint64_t point = point_make(at, time_s);
            points[cell] = points[cell] == 0 ? point : point_join(points[cell], point);
            hour = i == 0 ? hour_at(at, time_s) : hour_join(hour, hour_at(at, time_s));
            night = i == 0 ? night_at(at, time_s) : night_join(night, night_at(at, time_s));
        }
        for (size_t cell = 0; cell < 3; cell++) {
            if (points[cell] == 0) continue;
            struct day_point of_day = day_point_of(points[cell], &utc);
            joined_hour = joined_hour == 0 ? hour_of(&of_day, &utc) : hour_join(joined_hour, hour_of(&of_day, &utc));
            joined_night = joined_night == 0 ? night_of(&of_day) : night_join(joined_night, night_of(&of_day));
        }
        assert_int_equal(joined_hour, hour);
        assert_int_equal(joined_night, night);
    }
}

static void days_begin_at_three_of_the_zone(void **unused)
{
    (void)unused;
    static const struct { int32_t zone_s, first_hour, begin_minute; } zones[] = {
        {0, 3, 180}, {9 * HOUR_S, -6, 180}, {-6 * HOUR_S, 9, 180}, {5 * HOUR_S + 1800, -2, 210}, {-(3 * HOUR_S + 1800), 7, 210},
        {14 * HOUR_S, -11, 180}, {-12 * HOUR_S, 15, 180}, {5 * HOUR_S + 2700, -2, 225}};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        struct vehicle_days days = vehicle_days_of(zones[i].zone_s);
        assert_int_equal(days.first_hour, zones[i].first_hour);
        assert_int_equal(days.begin_minute, zones[i].begin_minute);
    }
    /* 02:59 in Tokyo belongs to the day before. */
    struct vehicle_days tokyo = vehicle_days_of(9 * HOUR_S);
    int64_t three_s = monday_s + 3 * HOUR_S - 9 * HOUR_S;
    struct day_point before = day_point_of(point_make(HOME, three_s - 1), &tokyo), behind = day_point_of(point_make(HOME, three_s), &tokyo);
    assert_int_equal(unmix16(before.mixed_day) + 1, unmix16(behind.mixed_day));
    assert_int_equal(before.hour, 23);
    assert_int_equal(before.last, 23 * 60 + 59);
    assert_int_equal(behind.hour, 0);
    assert_false(before.weekday); /* it was Sunday still */
    assert_true(behind.weekday);
    assert_int_equal(unmix16(day_point_of(point_make(HOME, 3 * HOUR_S), &utc).mixed_day), 1);
}

/* ------------------------------------------------------------------ levels */

/* All that a holder of so many fixes has. */
struct traces {
    uint64_t points[TIMES_KEPT_MAX], nights[TIMES_KEPT_MAX], hours[TIMES_KEPT_MAX];
    size_t point_count, night_count, hour_count;
};

static size_t put(uint64_t *values, size_t count, uint64_t value, unsigned payload, uint64_t (*join)(uint64_t, uint64_t))
{
    size_t at = 0;
    while (at < count && values[at] >> payload < value >> payload) at++;
    if (at < count && values[at] >> payload == value >> payload) {
        values[at] = join(values[at], value);
        return count;
    }
    memmove(values + at + 1, values + at, (count - at) * sizeof values[0]);
    values[at] = value;
    return count + 1;
}

static void add_fix(struct traces *traces, uint32_t cell, int64_t time_s)
{
    uint64_t point = point_make(cell, time_s);
    struct day_point of_day = day_point_of(point, &utc);
    traces->point_count = put(traces->points, traces->point_count, point, POINT_PAYLOAD_BITS, point_join);
    traces->night_count = put(traces->nights, traces->night_count, night_of(&of_day), NIGHT_PAYLOAD_BITS, night_join);
    if (of_day.weekday) traces->hour_count = put(traces->hours, traces->hour_count, hour_of(&of_day, &utc), HOUR_PAYLOAD_BITS, hour_join);
}

static void assert_level(const struct traces *traces, bool more, unsigned level, bool precise)
{
    struct whereabouts of = {traces->nights, traces->hours, traces->night_count, traces->hour_count, more, traces->points, traces->point_count};
    struct location_level found = location_level_find(&of, &utc);
    assert_int_equal(found.level, level);
    assert_int_equal(found.precise, precise);
}

static int64_t at(int day, int hour, int minute)
{
    return monday_s + day * DAY_S + hour * HOUR_S + minute * 60;
}

static void a_home_is_where_most_nights_end(void **unused)
{
    (void)unused;
    struct traces hours = {.point_count = 0};
    assert_level(&hours, false, LEVEL_TRACE, false);
    for (int day = 0; day < 2; day++) add_fix(&hours, SHOP, at(day, 18, 0)), add_fix(&hours, HOME, at(day, 19, 0));
    assert_level(&hours, false, LEVEL_TRACE, false); /* two nights are too few */
    add_fix(&hours, HOME | CELL_PRECISE, at(3, 2, 59)); /* the night of day 2 */
    assert_level(&hours, false, LEVEL_HOME, true);
    for (int day = 3; day < 6; day++) add_fix(&hours, SHOP, at(day, 20, 0));
    assert_level(&hours, false, LEVEL_TRACE, true); /* three of six are no more than half, and so for the shop */
    add_fix(&hours, HOME, at(5, 23, 0));
    assert_level(&hours, false, LEVEL_HOME, true);
}

static void what_is_not_precise_there_is_not(void **unused)
{
    (void)unused;
    struct traces hours = {.point_count = 0};
    for (int day = 0; day < 3; day++) add_fix(&hours, SHOP | CELL_PRECISE, at(day, 19, 10)), add_fix(&hours, HOME, at(day, 19, 40));
    assert_level(&hours, false, LEVEL_HOME, false); /* in the same hour, but elsewhere */
    add_fix(&hours, HOME | CELL_PRECISE, at(1, 7, 30));
    assert_level(&hours, false, LEVEL_HOME, true); /* the same cell at another time */
    struct traces sampled = hours; /* of the points that are kept none is of the home */
    sampled.point_count = 0;
    assert_level(&sampled, false, LEVEL_HOME, false);
    sampled.points[sampled.point_count++] = point_make(SHOP | CELL_PRECISE, at(0, 12, 0));
    assert_level(&sampled, false, LEVEL_HOME, true);
}

/* Home at seven, `from` to `to` at work, home again. */
static void work_day(struct traces *hours, int day, int from, int to, uint32_t cell)
{
    add_fix(hours, HOME, at(day, 7, 0));
    add_fix(hours, cell, at(day, from, 10));
    add_fix(hours, cell, at(day, to, 20));
    add_fix(hours, HOME, at(day, to + 1, 0));
}

static void work_is_where_days_are_spent(void **unused)
{
    (void)unused;
    struct traces hours = {.point_count = 0};
    for (int day = 0; day < 3; day++) work_day(&hours, day, 8, 17, WORK);
    assert_level(&hours, false, LEVEL_HOME_AND_WORK, false);
    work_day(&hours, 3, 9, 15, SHOP), work_day(&hours, 4, 9, 15, SHOP);
    assert_level(&hours, false, LEVEL_HOME_AND_WORK, false); /* three of five */
    work_day(&hours, 7, 9, 15, SHOP);
    assert_level(&hours, false, LEVEL_HOME, false); /* three of six, and so for the shop */

    struct traces weekend = {.point_count = 0}; /* Saturday and Sunday are no days of work */
    for (int week = 0; week < 3; week++) work_day(&weekend, 7 * week + 5, 8, 17, WORK), work_day(&weekend, 7 * week + 6, 8, 17, WORK);
    assert_level(&weekend, false, LEVEL_HOME, false);

    struct traces late = {.point_count = 0}; /* from four on, and up to ten, is not the day */
    for (int day = 0; day < 3; day++) work_day(&late, day, 16, 20, WORK);
    assert_level(&late, false, LEVEL_HOME, false);

    struct traces brief = {.point_count = 0}; /* a stop takes two hours */
    for (int day = 0; day < 5; day++) work_day(&brief, day, 11, 12, WORK);
    assert_level(&brief, false, LEVEL_HOME, false);

    struct traces part = {.point_count = 0}; /* days on which it stands until the afternoon have a stop, too */
    for (int day = 0; day < 3; day++) work_day(&part, day, 8, 17, WORK);
    for (int day = 7; day < 9; day++) add_fix(&part, HOME, at(day, 17, 0));
    assert_level(&part, false, LEVEL_HOME_AND_WORK, false);
    add_fix(&part, HOME, at(9, 17, 0));
    assert_level(&part, false, LEVEL_HOME, false);
}

static void a_day_that_may_be_cut_says_nothing(void **unused)
{
    (void)unused;
    struct traces hours = {.point_count = 0};
    for (int day = 0; day < 3; day++) work_day(&hours, day, 8, 17, WORK);
    assert_level(&hours, false, LEVEL_HOME_AND_WORK, false);
    assert_level(&hours, true, LEVEL_HOME, false);
    work_day(&hours, 3, 8, 17, WORK);
    assert_level(&hours, true, LEVEL_HOME_AND_WORK, false);
}

/* ------------------------------------------------------------------ severity */

static void assert_score(unsigned elements, unsigned level, bool precise, uint64_t days, bool named, unsigned score)
{
    struct severity_ties ties = {named, false};
    struct severity severity = severity_of((uint16_t)elements, (struct location_level){(uint8_t)level, precise}, days, ties);
    assert_int_equal(severity_score(severity), score);
}

/* The domain's own examples first. */
static void scores_are_those_of_the_rule(void **unused)
{
    (void)unused;
    const unsigned vin = 1u << ELEMENT_VIN, chs = 1u << ELEMENT_CHS, net = 1u << ELEMENT_NET, dev = 1u << ELEMENT_DEV, plt = 1u << ELEMENT_PLT,
                   loc = 1u << ELEMENT_LOC | 1u << ELEMENT_TIM;
    assert_score(dev, LEVEL_NONE, false, 0, false, 75);
    assert_score(chs | dev | loc, LEVEL_HOME, true, 365, false, 275);
    assert_score(net, LEVEL_NONE, false, 0, false, 75);
    assert_score(net, LEVEL_NONE, false, 0, true, 100);
    assert_score(vin, LEVEL_NONE, false, 0, false, 100);
    assert_score(plt, LEVEL_NONE, false, 0, false, 125);
    assert_score(loc, LEVEL_FEW, true, 3, false, 75);
    assert_score(loc, LEVEL_TRACE, true, 29, false, 150);
    assert_score(loc, LEVEL_TRACE, true, 30, false, 200);
    assert_score(loc, LEVEL_HOME, false, 5, false, 200);
    assert_score(loc, LEVEL_HOME_AND_WORK, true, 5, false, 275);
    assert_int_equal(severity_of(0, (struct location_level){LEVEL_NONE, false}, 0, (struct severity_ties){true, true}).context, 0);
    assert_int_equal(severity_score(severity_of((uint16_t)loc, (struct location_level){LEVEL_HOME, false}, 5, (struct severity_ties){true, true})), 275);
    assert_int_equal(severity_level_of(199), SEVERITY_LOW);
    assert_int_equal(severity_level_of(200), SEVERITY_MEDIUM);
    assert_int_equal(severity_level_of(300), SEVERITY_HIGH);
    assert_int_equal(severity_level_of(400), SEVERITY_VERY_HIGH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixes_are_bijections),
        cmocka_unit_test(mixes_spread_what_counts_up),
        cmocka_unit_test(a_point_says_where_and_when),
        cmocka_unit_test(joining_commutes_and_repeats),
        cmocka_unit_test(points_make_what_fixes_make),
        cmocka_unit_test(days_begin_at_three_of_the_zone),
        cmocka_unit_test(a_home_is_where_most_nights_end),
        cmocka_unit_test(what_is_not_precise_there_is_not),
        cmocka_unit_test(work_is_where_days_are_spent),
        cmocka_unit_test(a_day_that_may_be_cut_says_nothing),
        cmocka_unit_test(scores_are_those_of_the_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
