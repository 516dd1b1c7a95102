/* Tests of detectors/location_scaled.c. */
#include "../detectors/location_scaled.h"
#include "coding.h"

static void judges(enum scale scale, const char *latitude, const char *longitude, const char *expected)
{
    char line[64];
    struct position position;
    struct span first = {latitude, strlen(latitude)}, second = {longitude, strlen(longitude)};
    enum reason reason = scaled_judge(first, second, scale, &position);
    if (reason != REASON_NONE) snprintf(line, sizeof line, "%s", reason_name(reason));
    else
        snprintf(line, sizeof line, "%.6f,%.6f %d %s", position.latitude_e7 / 1e7, position.longitude_e7 / 1e7, position.decimals,
                 grade_name(position.grade));
    assert_string_equal(line, expected);
}

static void each_scale_has_its_step(void **state)
{
    (void)state;
    judges(SCALE_E7, "-338567840", "1512152970", "-33.856784,151.215297 7 confirmed");
    judges(SCALE_E6, "-22951916", "-43210487", "-22.951916,-43.210487 6 confirmed");
    judges(SCALE_E5, "3568124", "13976713", "35.681240,139.767130 5 confirmed");
    judges(SCALE_ARC_MS, "137736475", "507176762", "38.260132,140.882434 6 confirmed");
    judges(SCALE_ARC_256, "34854847", "-112875960", "37.819930,-122.478255 5 confirmed");
    judges(SCALE_J1939, "2456812360", "3497671250", "35.681236,139.767125 7 confirmed");
    judges(SCALE_SEMICIRCLES, "582903059", "27374225", "48.858370,2.294481 7 confirmed");
    judges(SCALE_AIS, "-775240", "22093168", "-1.292067,36.821947 5 confirmed");
    judges(SCALE_GT06, "325175", "141242108", "0.180653,78.467838 6 confirmed");
    judges(SCALE_DDMM, "2836.7747", "07713.7706", "28.612912,77.229510 6 confirmed");
}

static void units_and_hemispheres_stand_behind(void **state)
{
    (void)state;
    judges(SCALE_SEMICIRCLES, "582903059 semicircles", "27374225 semicircles", "48.858370,2.294481 7 confirmed");
    judges(SCALE_DDMM, "2836.7747S", "07713.7706 W", "-28.612912,-77.229510 6 confirmed");
    judges(SCALE_E7, "\"356812360\"", "'1397671250'", "35.681236,139.767125 7 confirmed");
    judges(SCALE_E7, "3.5681236e8", "1.39767125e9", "35.681236,139.767125 7 confirmed");
}

/* Some exports write 32 bits without their sign. */
static void longitudes_of_the_west_may_have_lost_their_sign(void **state)
{
    (void)state;
    judges(SCALE_E7, "-548019120", "3611937786", "-54.801912,-68.302951 7 confirmed");
}

static void codes_for_no_position_are_sentinels(void **state)
{
    (void)state;
    judges(SCALE_E7, "900000001", "1800000001", "SENTINEL");
    judges(SCALE_E7, "0", "0", "SENTINEL");
    judges(SCALE_J1939, "4294967295", "4294967295", "SENTINEL");
    judges(SCALE_J1939, "4261412864", "3497671250", "SENTINEL");
    judges(SCALE_J1939, "2100000000", "2100000000", "SENTINEL");
    judges(SCALE_SEMICIRCLES, "2147483647", "2147483647", "SENTINEL");
    judges(SCALE_AIS, "54600000", "108600000", "SENTINEL");
    judges(SCALE_GT06, "0", "0", "SENTINEL");
}

static void what_lies_outside_is_refused(void **state)
{
    (void)state;
    judges(SCALE_E7, "910000000", "1397671250", "OUT_OF_RANGE");
    judges(SCALE_E6, "35681236", "99999999999999999", "OUT_OF_RANGE");
    judges(SCALE_J1939, "3456812360", "3497671250", "OUT_OF_RANGE");
    judges(SCALE_DDMM, "9999.9999", "18000.0000", "FORM");
    judges(SCALE_DDMM, "2860.0000", "07713.7706", "FORM");
    judges(SCALE_E7, "", "1397671250", "FORM");
    judges(SCALE_E7, "356812360", "none", "FORM");
    judges(SCALE_E7, "350000000", "1390000000", "COARSE");
}

/* Readers that have converted them, and kept the name. */
static void fractions_are_degrees(void **state)
{
    (void)state;
    judges(SCALE_AIS, "35.681236", "139.767125", "35.681236,139.767125 6 confirmed");
    judges(SCALE_SEMICIRCLES, "35.681236N", "139.767125E", "35.681236,139.767125 6 confirmed");
    judges(SCALE_DDMM, "35.681236", "139.767125", "35.681236,139.767125 6 confirmed");
    judges(SCALE_E7, "356812360.5", "1397671250", "FORM");
}

static void eight_bytes_hold_longitude_and_latitude(void **state)
{
    (void)state;
    reads(CODE_AVL, "0F0DCDE420959D30", "54.667602,25.256292 7");
    reads(CODE_AVL, "0f0dcde420959d30", "54.667602,25.256292 7");
    reads(CODE_AVL, "0000000000000000", "SENTINEL");
    reads(CODE_AVL, "0F0DCDE420959D3", "FORM");
    reads(CODE_AVL, "0F0DCDE420959D3G", "FORM");
    reads(CODE_AVL, "20959D300F0DCDE4", "25.256292,54.667602 7");
    reads(CODE_AVL, "53A8AC0020959D30", "54.667602,140.356301 7");
}

static void finds(const char *text, const char *expected)
{
    char line[256] = "";
    struct position found[4];
    uint64_t rejected[REASON_COUNT] = {0};
    size_t count = scaled_find((struct span){text, strlen(text)}, found, 4, rejected);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(line);
        snprintf(line + len, sizeof line - len, "%s%.6f,%.6f", i > 0 ? ";" : "", found[i].latitude_e7 / 1e7, found[i].longitude_e7 / 1e7);
    }
    for (int reason = 0; reason < REASON_COUNT; reason++)
        if (rejected[reason] > 0) snprintf(line + strlen(line), sizeof line - strlen(line), "%s", reason_name((enum reason)reason));
    assert_string_equal(line, expected);
}

static void text_is_searched_for_their_keys(void **state)
{
    (void)state;
    finds("lat_ms=137736475 lon_ms=507176762", "38.260132,140.882434");
    finds("J1939 PGN65267 SPN584=2451709150 SPN585=3468815370", "35.170915,136.881537");
    finds("{\"longitudeE7\":-740445020,\"latitudeE7\":406892470}", "40.689247,-74.044502");
    finds("avl_gps=0F0DCDE420959D30", "54.667602,25.256292");
    finds("start_lat_ms=137736475 start_lon_ms=507176762 latE6=35681236 lonE6=139767125",
          "38.260132,140.882434;35.681236,139.767125");
    finds("SPN584=4294967295 SPN585=4294967295", "SENTINEL");
}

/* Degrees under such keys are found by the search for plain ones. */
static void degrees_in_text_are_left_to_others(void **state)
{
    (void)state;
    finds("position_lat=35.681236 position_long=139.767125", "");
    finds("nmea_lat=35.681236 nmea_lon=139.767125", "");
    finds("lat=35681236 lon=139767125", "");
}

static void halves_of_other_scales_do_not_meet(void **state)
{
    (void)state;
    finds("latE7=356812360 lonE6=139767125", "");
    finds("latE7=356812360", "");
    finds("plate7=356812360 clone7=1397671250", "");
}

static void what_else_the_text_says_counts(void **state)
{
    (void)state;
    finds("gt06_lat=325175 gt06_lon=141242108 ns=S ew=W", "-0.180653,-78.467838");
    finds("jt808 lat=36848460 lon=174763332 south=1 west=0", "-36.848460,174.763332");
    finds("lat=2836.7747N lon=07713.7706E fmt=ddmm", "28.612912,77.229510");
    finds("{\"referencePosition\":{\"latitude\":365780570,\"longitude\":1366486720}}", "36.578057,136.648672");
}

static void the_datum_and_the_unit_may_stand_beside_them(void **state)
{
    (void)state;
    finds("lat256=31978809&lon256=124875658&datum=tokyo", "34.702472,135.495932");
    finds("lat256=31978809&lon256=124875658&datum=wgs84", "34.699228,135.498761");
    finds("{\"lat\":128452450,\"lon\":503161650,\"unit\":\"msec\",\"datum\":\"wgs84\"}", "35.681236,139.767125");
    finds("緯度=124917221 経度=487795539 単位=ミリ秒 測地系=日本", "34.702471,135.495931");
    finds("{\"lat\":128452450,\"lon\":503161650,\"unit\":\"sec\"}", "");
}

static void rows_of_notations_ask_for_plain_keys(void **state)
{
    (void)state;
    tells("rx jt808 lat=36848460 lon=174763332 south=1 west=0", "-36.848460,174.763332 confirmed <jt808>");
    tells("lat=2836.7747N lon=07713.7706E fmt=ddmm", "28.612912,77.229510 confirmed <=ddmm>");
    tells("jt808 lat=35.681236 lon=139.767125", "");
    tells("xjt808 lat=36848460 lon=174763332", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_scale_has_its_step),
        cmocka_unit_test(units_and_hemispheres_stand_behind),
        cmocka_unit_test(longitudes_of_the_west_may_have_lost_their_sign),
        cmocka_unit_test(codes_for_no_position_are_sentinels),
        cmocka_unit_test(what_lies_outside_is_refused),
        cmocka_unit_test(fractions_are_degrees),
        cmocka_unit_test(eight_bytes_hold_longitude_and_latitude),
        cmocka_unit_test(text_is_searched_for_their_keys),
        cmocka_unit_test(degrees_in_text_are_left_to_others),
        cmocka_unit_test(halves_of_other_scales_do_not_meet),
        cmocka_unit_test(what_else_the_text_says_counts),
        cmocka_unit_test(the_datum_and_the_unit_may_stand_beside_them),
        cmocka_unit_test(rows_of_notations_ask_for_plain_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
