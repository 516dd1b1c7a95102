/* Tests of analyzer/detect/event_time.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../analyzer/detect/event_time.h"

static bool read_exact(const char *text, struct event_time *time)
{
    memset(time, 0x55, sizeof *time);
    size_t length = strlen(text);
    char *exact = malloc(length + 1);
    char *copy = length == 0 ? exact : realloc(exact, length);
    memcpy(copy, text, length);
    bool is_time = event_time_read((struct span){copy, length}, time);
    free(copy);
    return is_time;
}

static void expect(const char *text, int64_t seconds, bool has_zone, size_t length)
{
    struct event_time time;
    if (!read_exact(text, &time)) fail_msg("%s is no time", text);
    if (time.seconds != seconds || time.has_zone != has_zone || time.length != length)
        fail_msg("%s: %lld, zone %d, length %d", text, (long long)time.seconds, time.has_zone, time.length);
}

static void expect_none(const char *text)
{
    struct event_time time;
    if (read_exact(text, &time)) fail_msg("%s is read as %lld", text, (long long)time.seconds);
}

enum { T = 1681719330 }; /* 2023-04-17T08:15:30Z */

static void the_forms_of_iso_8601_are_read(void **unused)
{
    (void)unused;
    expect("2023-04-17T08:15:30Z", T, true, 20);
    expect("2023-04-17T08:15:30", T, false, 19);
    expect("2023-04-17 08:15:30", T, false, 19);
    expect("2023-04-17t08:15:30z", T, true, 20);
    expect("2023-04-17T08:15Z", T - 30, true, 17);
    expect("2023-04-17T08:15", T - 30, false, 16);
    expect("2023-04-17", T - 30 - 8 * 3600 - 15 * 60, false, 10);
    expect("20230417T081530Z", T, true, 16);
    expect("20230417T0815Z", T - 30, true, 14);
    expect("20230417", T - 30 - 8 * 3600 - 15 * 60, false, 8);
    expect("20230417 08:15:30", T, false, 17);
}

static void slashes_and_fourteen_digits_are_read(void **unused)
{
    (void)unused;
    expect("2023/04/17 08:15:30", T, false, 19);
    expect("2023/04/17", T - 30 - 8 * 3600 - 15 * 60, false, 10);
    expect("20230417081530", T, false, 14);
    expect("202304170815", T - 30, false, 12);
    expect("20230417081530Z", T, true, 15);
    expect_none("2023-04/17 08:15:30");
    expect_none("2023.04.17 08:15:30");
}

static void dates_of_spreadsheets_and_of_japan_are_read(void **unused)
{
    (void)unused;
    enum { DAY = T - 30 - 8 * 3600 - 15 * 60 };
    expect("2023/4/17 8:15:30", T, false, 17);
    expect("2023/4/17 8:15", T - 30, false, 14);
    expect("2023/4/17", DAY, false, 9);
    expect("2023-4-7", DAY - 10 * 86400, false, 8);
    expect("2023/04/17 8:15:30", T, false, 18);
    expect("2023-04-17 8:15:30.25+09:00", T - 9 * 3600, true, 27);
    expect("2023/4/17 8:15:30 PM", T + 12 * 3600, false, 20);
    expect("2023/4/17 12:15:30 AM", T - 8 * 3600, false, 21);
    expect("2023-04-17 08:15:30 PM", T + 12 * 3600, false, 22);
    expect("2023-04-17 12:15:30 pm UTC", T + 4 * 3600, true, 26);
    expect("2023-04-17T08", T - 30 - 15 * 60, false, 13);
    expect("2023-04-17T08Z", T - 30 - 15 * 60, true, 14);
    expect("2023-04-17T17+09:00", T - 30 - 15 * 60, true, 19);
    expect("2023-04-17 08", DAY, false, 10);
    expect("2023\xE5\xB9\xB4" "4\xE6\x9C\x88" "17\xE6\x97\xA5", DAY, false, 16);
    expect("2023\xE5\xB9\xB4" "04\xE6\x9C\x88" "17\xE6\x97\xA5 8\xE6\x99\x82" "15\xE5\x88\x86" "30\xE7\xA7\x92", T, false, 32);
    expect("2023\xE5\xB9\xB4" "4\xE6\x9C\x88" "17\xE6\x97\xA5" "8\xE6\x99\x82" "15\xE5\x88\x86", T - 30, false, 25);
    expect("2023\xE5\xB9\xB4" "4\xE6\x9C\x88" "17\xE6\x97\xA5 8:15:30", T, false, 24);
    expect("\xE4\xBB\xA4\xE5\x92\x8C" "5\xE5\xB9\xB4" "4\xE6\x9C\x88" "17\xE6\x97\xA5", DAY, false, 19);
    expect("\xE4\xBB\xA4\xE5\x92\x8C\xE5\x85\x83\xE5\xB9\xB4" "5\xE6\x9C\x88" "1\xE6\x97\xA5", 1556668800, false, 20);
    expect("\xE5\xB9\xB3\xE6\x88\x90" "31\xE5\xB9\xB4" "4\xE6\x9C\x88" "30\xE6\x97\xA5", 1556582400, false, 20);
    expect_none("2023/13/1");
    expect_none("2023/2/29");
    expect_none("2023/4-7");
    expect_none("2023/4/171");
    expect_none("2023/4");
    expect_none("\xE4\xBB\xA4\xE5\x92\x8C" "5/4/17");
    expect_none("\xE5\xB9\xB4");
}

static void zones_are_taken_off(void **unused)
{
    (void)unused;
    expect("2023-04-17T17:15:30+09:00", T, true, 25);
    expect("2023-04-17T17:15:30+0900", T, true, 24);
    expect("2023-04-17T17:15:30+09", T, true, 22);
    expect("2023-04-17T03:15:30-05:00", T, true, 25);
    expect("2023-04-17T13:45:30+05:30", T, true, 25);
    expect("2023-04-17T22:15:30+14:00", T, true, 25);
    expect("2023-04-17 08:15:30 UTC", T, true, 23);
    expect("2023-04-17 08:15:30 GMT", T, true, 23);
    expect("2023-04-17 17:15:30 +0900", T, true, 25);
    expect("2023-04-17T08:15:30-00:00", T, true, 25);
    /* No zones: what stands there is not one. */
    expect("2023-04-17T08:15:30+15:00", T, false, 19);
    expect("2023-04-17T08:15:30+09:61", T, false, 19);
    expect("2023-04-17T08:15:30*09:00", T, false, 19);
    expect("2023-04-17T08:15:30+0a:00", T, false, 19);
    expect("2023-04-17T17:15:30+09:0x", T, true, 22); /* of hours alone */
    expect("2023-04-17T17:15:30+09-00", T, true, 22);
    expect("2023-04-17 08:15:30 -5", T, false, 19);
    expect("2023-04-17 08:15:30 UT", T, false, 19);
}

static void a_zone_may_move_the_date(void **unused)
{
    (void)unused;
    expect("2023-01-01T00:00:00+09:00", 1672498800, true, 25);
    expect("2022-12-31T23:30:00-01:00", 1672533000, true, 25);
    expect("1970-01-01T00:00:00+01:00", -3600, true, 25);
}

static void fractions_are_cut_off(void **unused)
{
    (void)unused;
    expect("2023-04-17T08:15:30.999Z", T, true, 24);
    expect("2023-04-17T08:15:30,999Z", T, true, 24);
    expect("2023-04-17T08:15:30.123456789+00:00", T, true, 35);
    expect("2023-04-17 08:15:30.", T, false, 19);
    expect("20230417T081530.5", T, false, 17);
    expect("2023-04-17T17:15:30.250+09:00", T, true, 29);
    expect("2023-04-17T03:15:30,250-05:00", T, true, 29);
    expect("2023-04-17T17:15:30.25+0900", T, true, 27);
    expect("2023-04-17 08:15:30.250 PM", T + 12 * 3600, false, 26);
    expect("2023-04-17T08:15:30.2500", T, false, 24);
    expect("2023-04-17T08:15:30.25x", T, false, 22);
    expect("2023-04-17T08:15:30.x", T, false, 19);
    expect("2023-04-17T08:15:30.25+09:60", T, false, 22);
    expect_none("2023-04-17T08:15:30.25Z7");
    expect("1681719330.999", T, true, 14);
    expect("1681719330999", T, true, 13);
}

static void epochs_are_told_apart_by_their_digits(void **unused)
{
    (void)unused;
    expect("1681719330", T, true, 10);
    expect("1681719330123", T, true, 13);
    expect("1681719330123456", T, true, 16);
    expect("1681719330123456789", T, true, 19);
    expect("1000000000", 1000000000, true, 10);
    expect("2200000000", 2200000000, true, 10);
    expect_none("0999999999");
    expect_none("2200000001");
    expect_none("168171933");
    expect_none("16817193x0");
    expect_none("x681719330");
    expect_none("16817193301x3");
    expect_none("16817193301");
    expect_none("0000000000000");
    expect_none("9999999999999");
    expect_none("9999999999999999999");
    expect_none("12345678901234567890");
}

static void leap_years_have_their_day(void **unused)
{
    (void)unused;
    expect("2024-02-29T00:00:00Z", 1709164800, true, 20);
    expect("2000-02-29", 951782400, false, 10);
    expect("2024-03-01", 1709251200, false, 10);
    expect_none("2023-02-29");
    expect_none("2100-02-29");
    expect("2100-02-28", 4107456000, false, 10);
}

static void dates_that_do_not_exist_are_none(void **unused)
{
    (void)unused;
    static const char *const none[] = {"2023-00-10", "2023-13-10", "2023-04-31", "2023-04-00", "2023-06-31", "2023-12-32",
                                       "1969-12-31", "2200-01-01", "0000-00-00", "20231301", "20230230", "2023-4-177",
                                       "23-04-17", "", "x", "2023", "2023-04", "2023-04-",
                                       "-2023-04-17", "T08:15:30", "08:15:30", "2023-04-170"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) expect_none(none[i]);
}

static void a_clock_that_does_not_exist_leaves_the_date(void **unused)
{
    (void)unused;
    enum { DAY = 1681689600 };
    expect("2023-04-17T25:00:00Z", DAY, false, 10);
    expect("2023-04-17T08:60:00Z", DAY, false, 10);
    expect("2023-04-17T24:00:01Z", DAY, false, 10);
    expect("2023-04-17T24:00:00Z", DAY + 86400, true, 20);
    expect("2023-06-30T23:59:60Z", 1688169600, true, 20);
    expect("2023-04-17 at eight", DAY, false, 10);
}

static void text_behind_a_time_stays_behind(void **unused)
{
    (void)unused;
    expect("2023-04-17T08:15:30Z,A1", T, true, 20);
    expect("2023-04-17 08:15:30 INFO gateway", T, false, 19);
    expect("2023-04-17 08:15:30,GYL25-0011223", T, false, 19);
    expect("1681719330,A1", T, true, 10);
    expect("2023-04-17_08:15:30]", T, false, 19);
}

static void every_day_agrees_with_the_c_library(void **unused)
{
    (void)unused;
    for (int64_t day = 0; day < 49673; day++) { /* up to the end of 2105 */
        time_t seconds = (time_t)(day * 86400);
        struct tm calendar;
        gmtime_r(&seconds, &calendar);
        char text[16];
        strftime(text, sizeof text, "%Y-%m-%d", &calendar);
        struct event_time time;
        assert_true(read_exact(text, &time));
        assert_int_equal(time.seconds, seconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_forms_of_iso_8601_are_read),
        cmocka_unit_test(slashes_and_fourteen_digits_are_read),
        cmocka_unit_test(dates_of_spreadsheets_and_of_japan_are_read),
        cmocka_unit_test(zones_are_taken_off),
        cmocka_unit_test(a_zone_may_move_the_date),
        cmocka_unit_test(fractions_are_cut_off),
        cmocka_unit_test(epochs_are_told_apart_by_their_digits),
        cmocka_unit_test(leap_years_have_their_day),
        cmocka_unit_test(dates_that_do_not_exist_are_none),
        cmocka_unit_test(a_clock_that_does_not_exist_leaves_the_date),
        cmocka_unit_test(text_behind_a_time_stays_behind),
        cmocka_unit_test(every_day_agrees_with_the_c_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
