/* Tests of detectors/datum.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../detectors/datum.h"

static bool converts(int64_t latitude_e7, int64_t longitude_e7, int64_t expected_latitude_e7, int64_t expected_longitude_e7)
{
    struct coordinate latitude = {latitude_e7, 6, true}, longitude = {longitude_e7, 6, true};
    bool done = datum_from_tokyo(&latitude, &longitude);
    assert_in_range(latitude.value_e7 - expected_latitude_e7 + 10, 0, 20);
    assert_in_range(longitude.value_e7 - expected_longitude_e7 + 10, 0, 20);
    return done;
}

static void places_of_japan_move_by_about_twelve_seconds(void **state)
{
    (void)state;
    assert_true(converts(357100400, 1398107000, 357132770, 1398074610));
    assert_true(converts(430661970, 1413544360, 430686190, 1413506940));
    assert_true(converts(262083720, 1276827020, 262124000, 1276807580));
}

static void other_places_stay(void **state)
{
    (void)state;
    assert_false(converts(515007290, -1246250, 515007290, -1246250));
    assert_false(converts(0, 0, 0, 0));
    assert_false(converts(199999999, 1300000000, 199999999, 1300000000));
    assert_false(converts(465000001, 1300000000, 465000001, 1300000000));
    assert_false(converts(350000000, 1219999999, 350000000, 1219999999));
    assert_false(converts(350000000, 1545000001, 350000000, 1545000001));
}

static enum datum read_name(const char *name, bool by_number)
{
    return datum_read((struct span){name, strlen(name)}, by_number);
}

static void names_say_which_datum(void **state)
{
    (void)state;
    static const char *const tokyo[] = {"tokyo", "Tokyo", "TKY", "EPSG:4301", "4301", "日本測地系", "旧日本測地系", "tokyo-datum", " Tokyo "};
    static const char *const wgs84[] = {"WGS84", "wgs-84", "EPSG:4326", "世界測地系", "JGD2011", "jgd2000"};
    static const char *const unsaid[] = {"", "tokyobay", "2", "01.04.2002", "1", "0"};
    for (size_t i = 0; i < sizeof tokyo / sizeof *tokyo; i++) assert_int_equal(read_name(tokyo[i], false), DATUM_TOKYO);
    for (size_t i = 0; i < sizeof wgs84 / sizeof *wgs84; i++) assert_int_equal(read_name(wgs84[i], false), DATUM_WGS84);
    for (size_t i = 0; i < sizeof unsaid / sizeof *unsaid; i++) assert_int_equal(read_name(unsaid[i], false), DATUM_UNSAID);
}

static void numbers_say_it_where_they_are_known_to(void **state)
{
    (void)state;
    assert_int_equal(read_name("1", true), DATUM_TOKYO);
    assert_int_equal(read_name("0", true), DATUM_WGS84);
    assert_int_equal(read_name("2", true), DATUM_UNSAID);
    assert_int_equal(read_name("10", true), DATUM_UNSAID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_of_japan_move_by_about_twelve_seconds),
        cmocka_unit_test(other_places_stay),
        cmocka_unit_test(names_say_which_datum),
        cmocka_unit_test(numbers_say_it_where_they_are_known_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
