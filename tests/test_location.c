/* Tests of detectors/location.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <ctype.h>
#include <string.h>

#include "../detectors/location.h"
#include "random.h"

static struct coordinate read_text(const char *text)
{
    struct span span = {text, strlen(text)};
    return coordinate_read(span);
}

#define READS(text, expected_e7, expected_decimals)                                                \
    do {                                                                                           \
        struct coordinate number_ = read_text(text);                                               \
        assert_true(number_.valid);                                                                \
        assert_int_equal(number_.value_e7, expected_e7);                                           \
        assert_int_equal(number_.decimals, expected_decimals);                                     \
    } while (0)

static void coordinates_are_read_as_written(void **state)
{
    (void)state;
    READS("35.681236", 356812360, 6);
    READS("139.767125", 1397671250, 6);
    READS("-0.124625", -1246250, 6);
    READS("+139.7", 1397000000, 1);
    READS("35", 350000000, 0);
    READS("-122.4194155", -1224194155, 7);
    READS("35.", 350000000, 0);
    READS(".5000001", 5000001, 7);
    READS(" \"35.681236\" ", 356812360, 6);
    READS("'35.681236'", 356812360, 6);
}

static void coordinates_are_rounded_away_from_zero(void **state)
{
    (void)state;
    READS("35.68123645", 356812365, 8);
    READS("-35.68123645", -356812365, 8);
    READS("35.68123644", 356812364, 8);
    READS("35.99999999", 360000000, 8);
    READS("35.6812364499999999999", 356812364, 19);
    READS("139.767125049999999", 1397671250, 15);
    READS("139.76712505", 1397671251, 8);
}

static void coordinates_know_exponents(void **state)
{
    (void)state;
    READS("3.5681236e1", 356812360, 6);
    READS("-1.29E1", -129000000, 1);
    READS("356812360e-7", 356812360, 7);
    READS("1e-99", 0, 99);
    READS("0e99", 0, 0);
    READS("5e-8", 1, 8);
    READS("4e-8", 0, 8);
}

static void coordinates_beyond_all_bounds_stay_numbers(void **state)
{
    (void)state;
    assert_true(read_text("354178036859789").valid);
    assert_true(read_text("354178036859789").value_e7 > INT64_C(180) * DEGREE_E7);
    assert_true(read_text("-99999999999999999999999999").value_e7 < INT64_C(-180) * DEGREE_E7);
    assert_true(read_text("1e99").value_e7 > INT64_C(180) * DEGREE_E7);
}

static void coordinates_are_numbers_and_nothing_else(void **state)
{
    (void)state;
    static const char *const others[] = {
        "", "-", ".", "+.", "null", "NaN", "inf", "35.68N", "35,681236", "1.2.3", "35.681236.1",
        "0x23", "35.6812a6", "35.68123 6", "--35.6812", "1e", "1e+", "\"35.681236", "35 .681236",
        "35.68:236", "35.68/236", "a5.681236",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(read_text(others[i]).valid);
}

/* The two ways of reading must not differ: blanks send the same number to the slower one. */
static void coordinates_agree_on_both_paths(void **state)
{
    (void)state;
    char plain[32], blank[40];
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        random_next(&seed);
        size_t len = 0, integers = 1 + (seed >> 60) % 3, decimals = 1 + (seed >> 56) % 8;
        if ((seed >> 40 & 1) != 0) plain[len++] = '-';
        for (size_t i = 0; i < integers; i++) plain[len++] = (char)('0' + (seed >> (3 * i)) % 10);
        plain[len++] = '.';
        for (size_t i = 0; i < decimals; i++)
            plain[len++] = (char)('0' + (seed >> (5 * i + 7)) % 10);
        plain[len] = '\0';
        strcat(strcpy(blank, " "), plain);
        struct coordinate one = read_text(plain), other = read_text(blank);
        assert_true(one.valid && other.valid);
        assert_int_equal(one.value_e7, other.value_e7);
        assert_int_equal(one.decimals, other.decimals);
    }
}

static enum reason reason_of(const char *first, const char *second, bool labelled)
{
    struct position position;
    return position_judge(read_text(first), read_text(second), labelled, &position);
}

static void positions_outside_the_globe_are_refused(void **state)
{
    (void)state;
    assert_int_equal(reason_of("91.234567", "35.1", true), REASON_OUT_OF_RANGE);
    assert_int_equal(reason_of("139.767125", "35.681236", true), REASON_OUT_OF_RANGE);
    assert_int_equal(reason_of("35.1", "180.0001", true), REASON_OUT_OF_RANGE);
    assert_int_equal(reason_of("90.0", "12.34", true), REASON_OUT_OF_RANGE);
    assert_int_equal(reason_of("-90", "12.34", true), REASON_OUT_OF_RANGE);
}

static void positions_that_mean_none_are_refused(void **state)
{
    (void)state;
    static const char *const codes[][2] = {
        {"0", "0"}, {"0.000000", "0.000000"}, {"0.0009", "-0.0009"}, {"90", "180"},
        {"-90.0", "-180.0"}, {"91", "181"}, {"999", "999"}, {"-1.0", "-1.0"}, {"255", "255"},
        {"180", "180"}, {"35", "35"},
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_int_equal(reason_of(codes[i][0], codes[i][1], true), REASON_SENTINEL);
    assert_int_equal(reason_of("null", "139.7", true), REASON_FORM);
    assert_int_equal(reason_of("35.1", "", true), REASON_FORM);
}

static void positions_need_decimals(void **state)
{
    (void)state;
    assert_int_equal(reason_of("35.6", "139.7", true), REASON_COARSE);
    assert_int_equal(reason_of("35.6", "139.71", true), REASON_NONE);
    assert_int_equal(reason_of("35", "139.71", true), REASON_NONE);
    assert_int_equal(reason_of("35.681", "139.767", false), REASON_COARSE);
    assert_int_equal(reason_of("35.6", "139.7671", false), REASON_NONE);
    assert_int_equal(reason_of("35", "139.7671", false), REASON_COARSE);
    assert_int_equal(reason_of("0.123456", "0.876543", false), REASON_UNLABELLED);
    assert_int_equal(reason_of("0.123456", "0.876543", true), REASON_NONE);
}

static void positions_take_the_only_order_that_fits(void **state)
{
    (void)state;
    struct position position;
    assert_int_equal(position_judge(read_text("139.767125"), read_text("35.681236"), false,
                                    &position), REASON_NONE);
    assert_int_equal(position.latitude_e7, 356812360);
    assert_int_equal(position.longitude_e7, 1397671250);
    assert_int_equal(position.decimals, 6);
    assert_int_equal(position.grade, GRADE_LIKELY);
}

static void positions_know_one_date_line(void **state)
{
    (void)state;
    struct position position;
    assert_int_equal(position_judge(read_text("-17.5"), read_text("180.00"), true, &position),
                     REASON_NONE);
    assert_int_equal(position.longitude_e7, -1800000000);
    assert_int_equal(position.grade, GRADE_CONFIRMED);
}

static enum reason fields(const char *latitude, const char *longitude, struct position *position)
{
    struct span first = {latitude, strlen(latitude)}, second = {longitude, strlen(longitude)};
    return position_from_fields(first, second, position);
}

static void fields_are_read_in_other_writings(void **state)
{
    (void)state;
    static const char *const writings[][2] = {
        {"35.681236", "139.767125"}, {"35.681236N", "139.767125E"}, {"N 35.681236", "E139.767125"},
        {"35.681236°N", "139.767125° E"}, {"35.681236°", "139.767125°"}, {"35,681236", "139,767125"},
        {"３５．６８１２３６", "１３９．７６７１２５"}, {"北緯35.681236度", "東経139.767125度"},
        {"\"35.681236\"", "1.39767125e2"},
    };
    for (size_t i = 0; i < sizeof writings / sizeof *writings; i++) {
        struct position position;
        assert_int_equal(fields(writings[i][0], writings[i][1], &position), REASON_NONE);
        assert_int_equal(position.latitude_e7, 356812360);
        assert_int_equal(position.longitude_e7, 1397671250);
    }
}

static void fields_of_the_south_and_west_are_negative(void **state)
{
    (void)state;
    struct position position;
    assert_int_equal(fields("33.856784S", "70.648270W", &position), REASON_NONE);
    assert_int_equal(position.latitude_e7, -338567840);
    assert_int_equal(position.longitude_e7, -706482700);
    assert_int_equal(fields("-33.856784S", "70.648270W", &position), REASON_FORM);
    assert_int_equal(fields("33.856784E", "70.648270N", &position), REASON_FORM);
    assert_int_equal(fields("35,68", "139,76", &position), REASON_FORM);
}

/* What is found in a text, as "lat,lon;lat,lon". */
static const char *found_in(const char *text)
{
    static char answer[512];
    struct position found[4];
    uint64_t rejected[REASON_COUNT] = {0};
    struct span span = {text, strlen(text)};
    size_t count = positions_find(span, found, 4, rejected), len = 0;
    answer[0] = '\0';
    for (size_t i = 0; i < count && i < 4; i++)
        len += (size_t)snprintf(answer + len, sizeof answer - len, "%s%.6f,%.6f", i > 0 ? ";" : "",
                                found[i].latitude_e7 / 1e7, found[i].longitude_e7 / 1e7);
    return answer;
}

static void texts_hold_pairs(void **state)
{
    (void)state;
    const char *tokyo = "35.681236,139.767125";
    static const char *const texts[] = {
        "loc=35.681236,139.767125 cost=12.50 fw=1.2.3 ip=10.0.0.1",
        "(35.681236, 139.767125)", "[139.767125 35.681236]", "at 35.681236 / 139.767125.",
        "q=35.681236;139.767125&z=3", "35.681236\t139.767125", "(near 35.681236,139.767125)",
        "N35.681236 E139.767125", "35.681236N 139.767125E", "35.681236°N, 139.767125°E",
        "35.681236° N 139.767125° E", "E139.767125 N35.681236",
        "2023-04-17 08:15:30.25,35.681236,139.767125,62.4", "62.4,35.681236,139.767125",
        "35,681236 139,767125", "35,681236;139,767125", "３５．６８１２３６，１３９．７６７１２５",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_string_equal(found_in(texts[i]), tokyo);
}

static void texts_hold_labelled_numbers(void **state)
{
    (void)state;
    const char *tokyo = "35.681236,139.767125";
    static const char *const texts[] = {
        "lat=35.681236 lon=139.767125", "lon=139.767125&speed=12.5&lat=35.681236",
        "{\"lat\":35.681236,\"lon\":139.767125}", "{\"lat\":\"35.681236\",\"lng\":\"139.767125\"}",
        "{\\\"lat\\\":35.681236,\\\"lon\\\":139.767125}", "緯度:35.681236 経度:139.767125",
        "緯度：35.681236、経度：139.767125", "北緯35.681236度 東経139.767125度",
        "lat 35.681236 lon 139.767125", "<lat>35.681236</lat><lon>139.767125</lon>",
        "<trkpt lat=\"35.681236\" lon=\"139.767125\">", "\"gps\":{\"x\":139.767125,\"y\":35.681236}",
        "{\"lat\":3.5681236e1,\"lon\":1.39767125e2}", "Latitude: 35.681236\nLongitude: 139.767125",
        "{\"type\":\"Point\",\"coordinates\":[139.767125,35.681236]}",
        "{\"coordinates\": [139.767125, 35.681236, 12.5], \"type\": \"Point\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_string_equal(found_in(texts[i]), tokyo);
    assert_string_equal(found_in("{\"lat\":35,\"lon\":139.75}"), "35.000000,139.750000");
    assert_string_equal(found_in("{\"lat\":35.25,\"lon\":139}"), "35.250000,139.000000");
}

static void texts_hold_several_positions(void **state)
{
    (void)state;
    assert_string_equal(found_in("from 35.681236,139.767125 to 34.702485,135.495951"),
                        "35.681236,139.767125;34.702485,135.495951");
    assert_string_equal(found_in("{\"start_lat\":35.681236,\"end_lat\":34.702485,"
                                 "\"start_lon\":139.767125,\"end_lon\":135.495951}"),
                        "35.681236,139.767125;34.702485,135.495951");
    struct span text = {"1.2345,2.3456 x 3.4567,4.5678", 29};
    struct position found[1];
    uint64_t rejected[REASON_COUNT] = {0};
    assert_int_equal(positions_find(text, found, 1, rejected), 2);
}

static void texts_hold_other_numbers(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", ".", "1.", ".5", "35.681236", "35,139", "35.6,139.7", "1.2.3,4.5.6",
        "(-17.738223, 85.605469", "-17.738223, 85.605469)", "ip 192.168.100.200 -> 10.0.0.1",
        "price 1234.50, 2345.60", "temp 35.6, hum 78.9", "size 35.5 x 139.7 mm",
        "2023-05-12T09:31:05.123456,35.681236", "version 35.681.236 build 139",
        "lat=35.681236", "lat=35.681236 lon=35.681236.1", "{\"lat\":null,\"lon\":null}",
        "[0.123456,0.234567,0.345678,0.456789]", "1.234567, 3.456789, 5.678912",
        "35°40.8742'N 139°46.0275'E", "35 40.8742N 139 46.0275E", "cpu=0.1234,0.5678",
        "2023.0512,10.3000 km/h", "99.1234% 88.1234%", "v35.681236,139.767125",
        "{\"type\":\"Polygon\",\"coordinates\":[[[139.76,35.68],[139.77,35.69]]]}",
        "x=12.3456", "latency=35.6812 longest=139.7671",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_string_equal(found_in(texts[i]), "");
}

/* The points between digits that are no part of a version; `all` keeps these as well. */
static size_t points_of(const char *text, size_t length, bool all, size_t *points)
{
    size_t count = 0;
    for (size_t i = 1; i + 1 < length; i++) {
        if (text[i] != '.' || !isdigit((unsigned char)text[i - 1]) || !isdigit((unsigned char)text[i + 1])) continue;
        size_t from = i;
        while (from > 0 && i - from < 3 && isdigit((unsigned char)text[from - 1])) from--;
        bool version = (from > 0 && text[from - 1] == '.') || (i + 3 < length && text[i + 2] == '.' && isdigit((unsigned char)text[i + 3]));
        if (all || !version) points[count++] = i;
    }
    return count;
}

/* Where two numbers stand in "key=1.2,3.4". */
static bool pair_of(const char *text, struct coordinate pair[2])
{
    struct plain_place places[2];
    const char *at = strchr(text, '=') + 1;
    for (int i = 0; i < 2; i++) {
        places[i].negative = *at == '-';
        at += *at == '-' || *at == '+';
        places[i].start = (size_t)(at - text);
        places[i].point = (size_t)(strchr(at, '.') - text);
        places[i].end = places[i].point + 1 + strcspn(text + places[i].point + 1, ", ");
        at = text + places[i].end + 1;
    }
    return position_plain_pair(text, places, pair);
}

static void a_plain_pair_is_read_from_its_places(void **state)
{
    (void)state;
    struct coordinate pair[2];
    assert_true(pair_of("position=35.681236,-139.7671 eight more", pair));
    assert_int_equal(pair[0].value_e7, 356812360);
    assert_int_equal(pair[0].decimals, 6);
    assert_int_equal(pair[1].value_e7, -1397671000);
    assert_int_equal(pair[1].decimals, 4);
    assert_true(pair[0].valid && pair[1].valid);
    assert_true(pair_of("position=-0.1234567,+7.5 eight more", pair));
    assert_int_equal(pair[0].value_e7, -1234567);
    assert_int_equal(pair[1].value_e7, 75000000);
    static const char *const others[] = {
        "position=3a.681236,139.7671 eight more", "position=35.68b236,139.7671 eight more", "position=35.681236,1e9.7671 eight more",
        "position=35.681236,139.767/ eight more", "position=1235.681236,139.7671 eight more", "position=35.68123678,139.7671 eight more",
        "position=35.681236,1139.7671 eight more", "position=35.681236,139.76712345 eight more", "position=35.,139.7671 eight more",
        "position=.5,139.7671 eight more", "position=35.681236,139. eight more", "position=3:.681236,139.7671 eight more"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) assert_false(pair_of(others[i], pair));
}

static void a_number_ends_for_good_before_what_goes_on_with_none(void **state)
{
    (void)state;
    static const char *const ends[] = {"", " fw=1", "\"", "&", "|", " new"}, *const goes_on[] = {" ", " N", " E ", " West", ",", ";", "/", "]", "%", "x", "5", " 5", ".", "\t"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char text[32];
        size_t length = (size_t)sprintf(text, "1.5%s", ends[i]);
        assert_true(position_number_ends((struct span){text, length}, 3));
    }
    for (size_t i = 0; i < sizeof goes_on / sizeof *goes_on; i++) {
        char text[32];
        size_t length = (size_t)sprintf(text, "1.5%s", goes_on[i]);
        assert_false(position_number_ends((struct span){text, length}, 3));
    }
    static const char *const axes[] = {"lat", "lon", "start_lat", "Longitude", "x", "lat1"}, *const plain[] = {"loc", "session", "region", "sha256", "fw", "a"};
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) assert_false(position_key_is_plain((struct span){axes[i], strlen(axes[i])}));
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) assert_true(position_key_is_plain((struct span){plain[i], strlen(plain[i])}));
}

static void texts_with_known_points_are_read_alike(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "loc=35.681236,139.767125", "pos=-35.6812,+139.7671", "at 35.681236, 139.767125", "[139.7671,35.6812]", " fw=2.3.26", " cost=27.38",
        " cost=27.3", " ip=10.1.2.3", " lat=35.6812", " lon=139.7671", " lon=139", "N35.6812", " 35.6812N", " E139.7671", " ", ",", ";", "]", "\"",
        "=", "x=1.5,2.25", "x=91.25555,10.2", "x=10.25555,91.25555", "x=0.0,0.0", "x=1.25e5", "x=1.5,2.5,3.5", "5", ".", "e", "q=1234.5678", "-", "\t",
        "12:30:00.25", "x=12.345678901,3.25", "%", "x=7.0000000,8.0000001"};
    char text[400 + 8];
    size_t points[400], checked = 0;
    uint32_t drawn = 1;
    for (int i = 0; i < 20000; i++) {
        size_t length = 0, wanted = 1 + (drawn >> 24) % 12;
        for (size_t k = 0; k < wanted; k++) {
            drawn = drawn * 1664525u + 1013904223u;
            const char *piece = pieces[(drawn >> 8) % (sizeof pieces / sizeof *pieces)];
            memcpy(text + length, piece, strlen(piece));
            length += strlen(piece);
        }
        memset(text + length, '7', 8); /* what stands behind is not the text's */
        struct position first[16], second[400];
        uint64_t rejected[REASON_COUNT] = {0}, others[REASON_COUNT] = {0}, refused = 0, sum = 0;
        size_t count = points_of(text, length, i % 2 == 0, points);
        if (count == 0) continue;
        size_t found = positions_find((struct span){text, length}, first, 16, rejected);
        assert_int_equal(positions_find_at((struct span){text, length}, points, count, second, others, &refused), found);
        assert_memory_equal(rejected, others, sizeof rejected);
        for (size_t k = 0; k < REASON_COUNT; k++) sum += others[k];
        assert_int_equal(refused, sum);
        for (size_t k = 0; k < found; k++) {
            assert_int_equal(first[k].latitude_e7, second[k].latitude_e7);
            assert_int_equal(first[k].longitude_e7, second[k].longitude_e7);
            assert_int_equal(first[k].decimals, second[k].decimals);
            assert_int_equal(first[k].grade, second[k].grade);
        }
        checked += found;
    }
    assert_true(checked > 5000);
}

static void texts_count_what_they_refuse(void **state)
{
    (void)state;
    struct position found[1];
    uint64_t rejected[REASON_COUNT] = {0};
    const char *text = "lat=0.0 lon=0.0 and 35.68,139.76 and 95.123456,195.123456";
    struct span span = {text, strlen(text)};
    assert_int_equal(positions_find(span, found, 1, rejected), 0);
    assert_int_equal(rejected[REASON_SENTINEL], 1);
    assert_int_equal(rejected[REASON_COARSE], 1);
    assert_int_equal(rejected[REASON_OUT_OF_RANGE], 1);
}

static void labels_confirm_and_letters_do_not(void **state)
{
    (void)state;
    struct position found[1];
    uint64_t rejected[REASON_COUNT] = {0};
    struct span labelled = {"lat=35.68 lon=139.76", 20}, letters = {"N35.68 E139.76", 14};
    assert_int_equal(positions_find(labelled, found, 1, rejected), 1);
    assert_int_equal(found[0].grade, GRADE_CONFIRMED);
    assert_int_equal(positions_find(letters, found, 1, rejected), 1);
    assert_int_equal(found[0].grade, GRADE_LIKELY);
}

/* Judges as the rules do, where it judges at all. */
static bool plain_judges(const char *latitude, const char *longitude)
{
    struct span first = {latitude, strlen(latitude)}, second = {longitude, strlen(longitude)};
    struct position plain, ruled;
    if (!position_plain(first, second, &plain)) return false;
    assert_int_equal(position_judge(coordinate_read(first), coordinate_read(second), true, &ruled), REASON_NONE);
    assert_int_equal(plain.latitude_e7, ruled.latitude_e7);
    assert_int_equal(plain.longitude_e7, ruled.longitude_e7);
    assert_int_equal(plain.decimals, ruled.decimals);
    assert_int_equal(plain.grade, ruled.grade);
    return true;
}

static void plain_pairs_are_judged_as_by_the_rules(void **state)
{
    (void)state;
    assert_true(plain_judges("35.681236", "139.767125"));
    assert_true(plain_judges("-33.868820", "-151.2092955"));
    assert_true(plain_judges("-0.123456", "0.1234567"));
    assert_true(plain_judges("89.999999", "-179.9999999"));
    assert_true(plain_judges("007.12345", "1.2345678"));
}

static void pairs_that_need_the_rules_are_left_to_them(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"90.000000", "139.767125"},  {"35.681236", "180.000000"},   {"0.000001", "0.000002"},     {"0.0009999", "139.767125"},
        {"35.000000", "35.000000"},   {"91.000000", "181.000000"},   {"35.68123a", "139.767125"},  {"35,681236", "139.767125"},
        {"35.681236 ", "139.767125"}, {"+35.681236", "139.767125"},  {"35.68.236", "139.767125"},  {"3568123.", "139.767125"},
        {"35.6812", "139.767125"},    {"35.681236", ""},             {".68123601", "139.767125"},  {"1035.681236", "139.767125"},
        {"35.68123611", "139.76712"}, {"--5.681236", "139.767125"},  {"35/681236", "139.767125"},  {"35.681236", "9999.767125"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) assert_false(plain_judges(pairs[i][0], pairs[i][1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coordinates_are_read_as_written),
        cmocka_unit_test(coordinates_are_rounded_away_from_zero),
        cmocka_unit_test(coordinates_know_exponents),
        cmocka_unit_test(coordinates_beyond_all_bounds_stay_numbers),
        cmocka_unit_test(coordinates_are_numbers_and_nothing_else),
        cmocka_unit_test(coordinates_agree_on_both_paths),
        cmocka_unit_test(positions_outside_the_globe_are_refused),
        cmocka_unit_test(positions_that_mean_none_are_refused),
        cmocka_unit_test(positions_need_decimals),
        cmocka_unit_test(positions_take_the_only_order_that_fits),
        cmocka_unit_test(positions_know_one_date_line),
        cmocka_unit_test(fields_are_read_in_other_writings),
        cmocka_unit_test(fields_of_the_south_and_west_are_negative),
        cmocka_unit_test(texts_hold_pairs),
        cmocka_unit_test(texts_hold_labelled_numbers),
        cmocka_unit_test(texts_hold_several_positions),
        cmocka_unit_test(texts_hold_other_numbers),
        cmocka_unit_test(a_plain_pair_is_read_from_its_places),
        cmocka_unit_test(a_number_ends_for_good_before_what_goes_on_with_none),
        cmocka_unit_test(texts_with_known_points_are_read_alike),
        cmocka_unit_test(plain_pairs_are_judged_as_by_the_rules),
        cmocka_unit_test(pairs_that_need_the_rules_are_left_to_them),
        cmocka_unit_test(texts_count_what_they_refuse),
        cmocka_unit_test(labels_confirm_and_letters_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
