/* Tests of detectors/location_mgrs.c. */
#include "coding.h"

static void squares_are_read_at_their_middle(void **state)
{
    (void)state;
    reads(CODE_MGRS, "54SUE8843549293", "35.681232,139.767123 5");
    reads(CODE_MGRS, "54S UE 88435 49293", "35.681232,139.767123 5");
    reads(CODE_MGRS, "54sue8843549293", "35.681232,139.767123 5");
    reads(CODE_MGRS, "53SPU97308119", "35.054211,137.163459 4");
    reads(CODE_MGRS, "54S UE 884 492", "35.680841,139.767289 3");
    reads(CODE_MGRS, "56HLH349522", "-33.857157,151.215827 3");
    reads(CODE_MGRS, "11SPA7234911844", "36.236128,-115.082092 5");
    reads(CODE_MGRS, "60HUE005196", "-36.848033,174.762991 3");
}

static void irregular_zones_of_the_north_are_read(void **state)
{
    (void)state;
    reads(CODE_MGRS, "25XEN041865", "83.627756,-32.665082 3");
    reads(CODE_MGRS, "24XWT783908", "83.627778,-32.664336 3");
    reads(CODE_MGRS, "32VKM8894397029", "60.354581,5.173655 5");
}

static void large_squares_are_coarse_and_zero_is_a_sentinel(void **state)
{
    (void)state;
    reads(CODE_MGRS, "33UXP04", "COARSE");
    reads(CODE_MGRS, "33UXP", "COARSE");
    reads(CODE_MGRS, "31NAA6602100000", "SENTINEL");
}

static void wrong_zones_bands_and_letters_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "61SUE8843549293", "00SUE8843549293", "54IUE8843549293", "54YUE8843549293",
                                        "54SUW8843549293", "54SAE8843549293", "54SUE884354929", "54SUE88435492931", "54SUE88435492934567",
                                        "54SUE8843549293X", "SUE8843549293", "54SUL8843549293", "54S"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) reads(CODE_MGRS, texts[i], "FORM");
}

static void utm_is_read_in_its_writings(void **state)
{
    (void)state;
    reads(CODE_UTM, "54S 388436 3949294", "35.681236,139.767129 5");
    reads(CODE_UTM, "53S 671346E 3893618N", "35.170914,136.881537 5");
    reads(CODE_UTM, "zone=54T easting=528558 northing=4768499", "43.068659,141.350760 5");
    reads(CODE_UTM, "UTM 53S E545420 N3840163", "34.702489,135.495954 5");
    reads(CODE_UTM, "60H 300581mE 5919603mN", "-36.848463,174.763327 5");
    reads(CODE_UTM, "54S, 388436.5, 3949294.0", "35.681236,139.767134 5");
}

/* S is a band of the north, Tokyo's; where no such place is in it, N and S are hemispheres. */
static void letters_are_bands_before_they_are_hemispheres(void **state)
{
    (void)state;
    reads(CODE_UTM, "54N 388436 3949294", "35.681236,139.767129 5");
    reads(CODE_UTM, "23S 683470 7460690", "-22.951876,-43.210564 5");
}

static void utm_has_its_ranges(void **state)
{
    (void)state;
    reads(CODE_UTM, "54S 86435 3949213", "OUT_OF_RANGE");
    reads(CODE_UTM, "54S 1386435 3949213", "OUT_OF_RANGE");
    reads(CODE_UTM, "54S 386435 13949213", "OUT_OF_RANGE");
    static const char *const texts[] = {"61S 386435 3949213", "54S 386435", "386435 3949294", "54S 386435 3949213 7", "54T 388436 3949294", ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) reads(CODE_UTM, texts[i], "FORM");
}

/* Computed by a program of its own from Snyder's formulas. Every row and column is there in the south, 14 rows in the north. */
static void squares_around_the_poles_have_no_zone(void **state)
{
    (void)state;
    reads(CODE_MGRS, "YXE2395126349", "86.499998,-45.249945 5");
    reads(CODE_MGRS, "y xe 23951 26349", "86.499998,-45.249945 5");
    reads(CODE_MGRS, "ZHH3265598721", "85.123453,100.499962 5");
    reads(CODE_MGRS, "AXL3756143865", "-87.249999,-120.750000 5");
    reads(CODE_MGRS, "BGV8128831772", "-82.122996,33.333014 5");
    reads(CODE_MGRS, "ZFB05547078", "84.499957,30.000209 4");
    reads(CODE_MGRS, "BAM303165", "-89.200205,160.014137 3");
    reads(CODE_MGRS, "BAM30", "COARSE");
    static const char *const none[] = {"Z", "ZDH12345678", "YIJ1234512345", "ZAW1234512345", "CAB1234512345", "ZAH12345", "AMN1234512345",
                                       "ZLB1234512345", "BRZ1234512345", "ZAH1234512345X", "YA", "ZAO1234512345"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) reads(CODE_MGRS, none[i], "FORM");
    reads(CODE_UTM, "Z 2132655 2198721", "87.848185,146.275148 5");
    reads(CODE_UTM, "UPS A 1637561 2143865", "-86.488767,-68.350102 5");
    reads(CODE_UTM, "Z 1632655 2198721", "FORM");
    tells("mgrs: ZHH 32655 98721 ice", "85.123453,100.499962 likely <mgrs: ZHH 32655 98721>");
    tells("mgrs zone Z unknown", "");
}

static void text_is_searched_behind_their_names(void **state)
{
    (void)state;
    tells("utm: zone=54T easting=528558 northing=4768499", "43.068659,141.350760 likely <utm: zone=54T easting=528558 northing=4768499>");
    tells("position (MGRS: 54S UE 88435 49293) fixed", "35.681232,139.767123 likely <MGRS: 54S UE 88435 49293>");
    tells("mgrs=54SUE8843549293;", "35.681232,139.767123 likely <mgrs=54SUE8843549293>");
    tells("at UTM 53S 545420 3840163 today", "34.702489,135.495954 likely <UTM 53S 545420 3840163>");
    tells("mgrs 33UXP04", "COARSE <mgrs 33UXP04>");
    tells("54SUE8843549293", "");
    tells("utm_source=54S 388436 3949294", "");
    tells("xmgrs 54SUE8843549293", "");
    tells("mgrs 5", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(squares_are_read_at_their_middle),
        cmocka_unit_test(irregular_zones_of_the_north_are_read),
        cmocka_unit_test(large_squares_are_coarse_and_zero_is_a_sentinel),
        cmocka_unit_test(wrong_zones_bands_and_letters_are_none),
        cmocka_unit_test(utm_is_read_in_its_writings),
        cmocka_unit_test(letters_are_bands_before_they_are_hemispheres),
        cmocka_unit_test(utm_has_its_ranges),
        cmocka_unit_test(squares_around_the_poles_have_no_zone),
        cmocka_unit_test(text_is_searched_behind_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
