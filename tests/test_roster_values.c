/* roster_values.c: dates, places, words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../analyzer/attribute/roster_values.h"

static struct span text(const char *value)
{
    return (struct span){value, strlen(value)};
}

static void time_is(const char *value, int32_t offset_s, int64_t expected)
{
    int64_t time_s = -1;
    if (!roster_time_read(text(value), offset_s, &time_s)) fail_msg("\"%s\" is no time", value);
    if (time_s != expected) fail_msg("\"%s\": expected %lld, got %lld", value, (long long)expected, (long long)time_s);
}

static void dates_begin_their_day(void **state)
{
    (void)state;
    time_is("1970-01-01", 0, 0);
    time_is("2023-04-17", 0, 1681689600);
    time_is("2023/04/17", 0, 1681689600);
    time_is("2023/4/17", 0, 1681689600);
    time_is("20230417", 0, 1681689600);
    time_is("2000-02-29", 0, 951782400);
    time_is("1969-12-31", 0, -86400);
    time_is("1900-03-01", 0, -2203891200);
    time_is("2100-03-01", 0, 4107542400);
}

static void times_of_day_and_zones_count(void **state)
{
    (void)state;
    time_is("2023-04-17T10:20:30Z", 0, 1681726830);
    time_is("2023-04-17T10:20:30Z", 32400, 1681726830);
    time_is("2023-04-17 10:20", 0, 1681726800);
    time_is("2023/4/7 10:20", 0, 1680862800);
    time_is("2023-04-17T10:20:30+09:00", 0, 1681694430);
    time_is("1955-04-17T10:20:30+09:00", 3600, -464222370);
    time_is("2023-04-17", 32400, 1681657200);
    time_is("2023-04-17 10:20", 32400, 1681694400);
}

static void what_programs_write_for_no_date_is_open(void **state)
{
    (void)state;
    time_is("9999-12-31", 0, ROSTER_OPEN_TO);
    time_is("9999-12-31T23:59:59Z", 0, ROSTER_OPEN_TO);
    time_is("0001-01-01", 0, ROSTER_OPEN_FROM);
}

static void other_texts_are_no_dates(void **state)
{
    (void)state;
    static const char *const none[] = {"", "2023", "2023-04", "2023-02-29", "1900-02-29", "2023-13-01", "2023-00-10", "2023-04-31", "2023-04-00",
                                       "17.04.2023", "04/17/2023", "2023-04/17", "2023-04-17x", "2023-04-171", "202304170", "2023-04-17T25:00",
                                       "2023-04-17T", "1681689600", "-2023-04-17", "2023-04-17 noon", "2023-004-17"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        int64_t time_s;
        if (roster_time_read(text(none[i]), 0, &time_s)) fail_msg("\"%s\" was taken for a time", none[i]);
    }
    int32_t day;
    assert_false(roster_day_read(text("2023-04-17T10:00"), &day));
    assert_false(roster_day_read(text(""), &day));
    assert_true(roster_day_read(text("1931-05-06"), &day));
    assert_int_equal(day, -14120);
}

static void countries_are_those_of_the_standard(void **state)
{
    (void)state;
    char country[2];
    assert_true(roster_country_read(text("jp"), country));
    assert_memory_equal(country, "JP", 2);
    assert_true(roster_country_read(text("NA"), country));
    static const char *const none[] = {"UK", "EU", "ZZ", "J", "JPN", "", "J1", "1J", "日"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (roster_country_read(text(none[i]), country)) fail_msg("\"%s\" was taken for a country", none[i]);
    int count = 0;
    for (int i = 0; i < 26 * 26; i++) {
        const char code[2] = {(char)('A' + i / 26), (char)('A' + i % 26)};
        count += roster_country_read((struct span){code, 2}, country);
    }
    assert_int_equal(count, 250); /* 249 and Kosovo's XK */
}

static void subdivisions_may_have_their_country(void **state)
{
    (void)state;
    char country[2], subdivision[3];
    assert_true(roster_subdivision_read(text("us-ca"), country, subdivision));
    assert_memory_equal(country, "US", 2);
    assert_memory_equal(subdivision, "CA", 3);
    assert_true(roster_subdivision_read(text("NSW"), country, subdivision));
    assert_int_equal(country[0], 0);
    assert_memory_equal(subdivision, "NSW", 3);
    assert_true(roster_subdivision_read(text("13"), country, subdivision));
    static const char *const none[] = {"", "ABCD", "US-", "ZZ-CA", "US-ABCD", "C A", "東京"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (roster_subdivision_read(text(none[i]), country, subdivision)) fail_msg("\"%s\" was taken for a subdivision", none[i]);
}

static void words_mean_what_they_say(void **state)
{
    (void)state;
    enum roster_type type;
    bool flag;
    assert_true(roster_type_read(text("Person"), &type) && type == ROSTER_PERSON);
    assert_true(roster_type_read(text("法人"), &type) && type == ROSTER_ORGANISATION);
    assert_true(roster_type_read(text("ORGANIZATION"), &type) && type == ROSTER_ORGANISATION);
    assert_false(roster_type_read(text("persona"), &type));
    assert_false(roster_type_read(text(""), &type));
    assert_true(roster_flag_read(text("Yes"), &flag) && flag);
    assert_true(roster_flag_read(text("×"), &flag) && !flag);
    assert_false(roster_flag_read(text("maybe"), &flag));
    assert_false(roster_flag_read(text("2"), &flag));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_begin_their_day),
        cmocka_unit_test(times_of_day_and_zones_count),
        cmocka_unit_test(what_programs_write_for_no_date_is_open),
        cmocka_unit_test(other_texts_are_no_dates),
        cmocka_unit_test(countries_are_those_of_the_standard),
        cmocka_unit_test(subdivisions_may_have_their_country),
        cmocka_unit_test(words_mean_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
