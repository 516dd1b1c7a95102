/* Tests of detectors/location_dms.c. */
#include "notating.h"

#define TELLS_ALL(text, position) tells(text, position " likely <" text ">")
#define REFUSES_ALL(text, reason) tells(text, reason " <" text ">")

static void angles_are_read_with_every_sign(void **state)
{
    (void)state;
    TELLS_ALL("35°40′52.4″N 139°46′1.6″E", "35.681222,139.767111");
    TELLS_ALL("35°3'15.16\"N, 137°9'48.46\"E", "35.054211,137.163461");
    TELLS_ALL("36 deg 50' 54.46\" S, 174 deg 45' 48.00\" E", "-36.848461,174.763333");
    TELLS_ALL("43 4 7.2 N 141 21 2.7 E", "43.068667,141.350750");
    TELLS_ALL("35-44-06N 124-30-30E", "35.735000,124.508333");
    TELLS_ALL("22:57:6.9S 43:12:37.8W", "-22.951917,-43.210500");
    TELLS_ALL("54d48m6.88sS 68d18m10.62sW", "-54.801911,-68.302950");
    TELLS_ALL("34°36′14″S 58°22′53″W", "-34.603889,-58.381389");
    TELLS_ALL("北緯35度3分15.2秒，東経137度9分48.5秒", "35.054222,137.163472");
}

static void angles_of_degrees_and_minutes_are_read(void **state)
{
    (void)state;
    TELLS_ALL("35 10.255N 136 52.892E", "35.170917,136.881533");
    TELLS_ALL("N35°40.8742' E139°46.0275'", "35.681237,139.767125");
    TELLS_ALL("51 deg 30.043740 min N 0 deg 7.477500 min W", "51.500729,-0.124625");
    TELLS_ALL("-33° 51.40704, 151° 12.91782", "-33.856784,151.215297");
    tells("no 5 35 10.255N 136 52.892E", "35.170917,136.881533 likely <35 10.255N 136 52.892E>");
}

static void hemispheres_make_the_order_free(void **state)
{
    (void)state;
    TELLS_ALL("東経139度44分43.559秒 北緯35度39分30.888秒", "35.658580,139.745433");
    TELLS_ALL("139°46′1.6″E 35°40′52.4″N", "35.681222,139.767111");
    TELLS_ALL("139°44'43.55\" 35°39'30.88\"", "35.658578,139.745431");
}

static void angles_without_hemisphere_need_degree_signs(void **state)
{
    (void)state;
    TELLS_ALL("35°39'30.88\" 139°44'43.55\"", "35.658578,139.745431");
    TELLS_ALL("-33°51'24.4\" +151°12'55.1\"", "-33.856778,151.215306");
    TELLS_ALL("35°39'30.88\", lon: 139°44'43.55\"", "35.658578,139.745431");
    tells("12:34:56 23:59:59", "");
    tells("5'11\" 6'2\"", "");
    tells("35 40 52 139 46 02", "");
    tells("35°40'51.5\"", "");
    tells("35°40'51\"N then 139°46'2\"", "");
}

static void angles_that_are_none_are_refused(void **state)
{
    (void)state;
    REFUSES_ALL("35°60'51.50\"N 139°46'2.00\"E", "OUT_OF_RANGE");
    REFUSES_ALL("35°40'51\"N 181°00'00\"E", "OUT_OF_RANGE");
    REFUSES_ALL("35°40'51\"E 139°46'2\"N", "OUT_OF_RANGE");
    REFUSES_ALL("90°00'01\"N 0°0'1\"E", "OUT_OF_RANGE");
    REFUSES_ALL("0°0'0\"N 0°0'0\"E", "SENTINEL");
    tells("35°140.8742'N 139°46.0275'E", "");
    tells("35°40'51\"N 35°40'51\"N", "");
    tells("35 40.8742X 139 46.0275Y", "");
}

static void words_and_temperatures_are_no_angles(void **state)
{
    (void)state;
    tells("VIN JTDKN3DU7A122446E and 3E 4N", "");
    tells("気温35度、湿度40度", "");
    tells("20° 30° 45°", "");
    tells("SECTION 5 N 12 E", "");
}

static void several_stand_in_one_text(void **state)
{
    (void)state;
    tells("from 35°40′52″N 139°46′01″E to 34°36′14″S 58°22′53″W.",
          "35.681111,139.766944 likely <35°40′52″N 139°46′01″E>; -34.603889,-58.381389 likely <34°36′14″S 58°22′53″W>");
}

static void expect_fields(const char *latitude, const char *longitude, enum reason expected, int32_t latitude_e7, int32_t longitude_e7)
{
    struct position position = {0, 0, 0, GRADE_NONE};
    enum reason reason = position_from_fields((struct span){latitude, strlen(latitude)}, (struct span){longitude, strlen(longitude)}, &position);
    assert_int_equal(reason, expected);
    assert_int_equal(position.latitude_e7, latitude_e7);
    assert_int_equal(position.longitude_e7, longitude_e7);
}

static void labelled_fields_hold_angles(void **state)
{
    (void)state;
    expect_fields("35°40'52.4\"N", "139°46'1.6\"E", REASON_NONE, 356812222, 1397671111);
    expect_fields("33 51 24.4 S", "151 12 55.1 E", REASON_NONE, -338567778, 1512153056);
    expect_fields("北緯35度40分52.45秒", "東経139度46分1.65秒", REASON_NONE, 356812361, 1397671250);
    expect_fields("-33° 51.40704", "151° 12.91782", REASON_NONE, -338567840, 1512152970);
    expect_fields("３５°４０′５２″", "139.767125", REASON_NONE, 356811111, 1397671250);
    expect_fields("35°40'52.4\"E", "139°46'1.6\"N", REASON_FORM, 0, 0);
    expect_fields("35°60'52.4\"N", "139°46'1.6\"E", REASON_FORM, 0, 0);
    expect_fields("35°40'52.4\"N x", "139°46'1.6\"E", REASON_FORM, 0, 0);
}

static void hemispheres_may_stand_before_numbers_without_signs(void **state)
{
    (void)state;
    tells("at N35 40.8742 E139 46.0275 now", "35.681237,139.767125 likely <N35 40.8742 E139 46.0275>");
    tells("N 40 41.355 W 074 02.670", "40.689250,-74.044500 likely <N 40 41.355 W 074 02.670>");
    tells("S33 51 24.4, E151 12 55.1", "-33.856778,151.215306 likely <S33 51 24.4, E151 12 55.1>");
    tells("N35 60.0 E139 46.0275", "");
    tells("N35 40 E139 46", ""); /* whole minutes */
    tells("N35 40.8742 E139.767125", "");
    tells("PIN35 40.8742 E139 46.0275", "");
    tells("N35 40.8742 N36 46.0275", "");
    tells("N350 40.8742 E139 46.0275", "");
    tells("N 35", "");
    tells("S", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(angles_are_read_with_every_sign),
        cmocka_unit_test(angles_of_degrees_and_minutes_are_read),
        cmocka_unit_test(hemispheres_make_the_order_free),
        cmocka_unit_test(angles_without_hemisphere_need_degree_signs),
        cmocka_unit_test(angles_that_are_none_are_refused),
        cmocka_unit_test(words_and_temperatures_are_no_angles),
        cmocka_unit_test(several_stand_in_one_text),
        cmocka_unit_test(labelled_fields_hold_angles),
        cmocka_unit_test(hemispheres_may_stand_before_numbers_without_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
