/* Tests of detectors/location_geohash.c. */
#include "coding.h"

static void characters_halve_longitude_and_latitude(void **state)
{
    (void)state;
    reads(CODE_GEOHASH, "u4pruydqqvj", "57.649111,10.407440 6");
    reads(CODE_GEOHASH, "xn76urx66", "35.681255,139.767144 4");
    reads(CODE_GEOHASH, "75cm2txp", "-22.951899,-43.210430 3");
    reads(CODE_GEOHASH, "tqb8jzn9dfqn", "38.007473,57.214863 6");
    reads(CODE_GEOHASH, "XN76URX66", "35.681255,139.767144 4");
}

static void cells_of_six_characters_are_fine_enough(void **state)
{
    (void)state;
    reads(CODE_GEOHASH, "9q8zhu", "37.817688,-122.481079 2");
    reads(CODE_GEOHASH, "9q8zh", "COARSE");
    reads(CODE_GEOHASH, "c", "COARSE");
}

static void other_letters_and_longer_words_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "xn76urxi", "xn76urxl0", "xn76uro", "xn76ura", "xn76 urx66", "XN76URX6!",
                                        "xn76urx66xn76urx66", "xn76urx66xn76"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) reads(CODE_GEOHASH, texts[i], "FORM");
}

static void the_cell_at_zero_means_no_position(void **state)
{
    (void)state;
    reads(CODE_GEOHASH, "s00000000", "SENTINEL");
    reads(CODE_GEOHASH, "ebpbpbpbp", "SENTINEL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_halve_longitude_and_latitude),
        cmocka_unit_test(cells_of_six_characters_are_fine_enough),
        cmocka_unit_test(other_letters_and_longer_words_are_none),
        cmocka_unit_test(the_cell_at_zero_means_no_position),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
