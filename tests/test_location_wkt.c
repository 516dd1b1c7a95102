/* Tests of detectors/location_wkt.c. */
#include "notating.h"

#define TELLS_ALL(text, position) tells(text, position " confirmed <" text ">")

static void points_have_their_longitude_first(void **state)
{
    (void)state;
    TELLS_ALL("POINT(139.767125 35.681236)", "35.681236,139.767125");
    TELLS_ALL("Point (137.163461 35.054212)", "35.054212,137.163461");
    TELLS_ALL("POINT Z (127.680932 26.212401 12.5)", "26.212401,127.680932");
    TELLS_ALL("POINTZ(135.495951 34.702485 3)", "34.702485,135.495951");
    TELLS_ALL("POINT ZM (140.882434 38.260132 1 2)", "38.260132,140.882434");
    TELLS_ALL("point( -74.044502 40.689247 )", "40.689247,-74.044502");
    tells("geom=POINT(139.767125 35.681236);", "35.681236,139.767125 confirmed <POINT(139.767125 35.681236)>");
}

static void reference_systems_are_known(void **state)
{
    (void)state;
    TELLS_ALL("SRID=4326;POINT(136.881537 35.170915)", "35.170915,136.881537");
    TELLS_ALL("SRID=6668; POINT(136.881537 35.170915)", "35.170915,136.881537");
    TELLS_ALL("SRID=4301;POINT(139.81070 35.71004)", "35.713277,139.807461");
    tells("SRID=3857;POINT(15558806.6 4256543.3)", "OTHER_KIND <SRID=3857;POINT(15558806.6 4256543.3)>");
    tells("ST_GeomFromText('POINT(132.475379 34.397667)', 4326)",
          "34.397667,132.475379 confirmed <POINT(132.475379 34.397667)>");
    tells("ST_GeomFromText('POINT(34.397667 132.475379)', 4326)",
          "34.397667,132.475379 confirmed <POINT(34.397667 132.475379)>");
    tells("ST_GeomFromText('POINT(132.475379 34.397667)', 3857)", "OTHER_KIND <POINT(132.475379 34.397667)>");
}

static void points_that_are_none_are_refused(void **state)
{
    (void)state;
    tells("POINT(139.767125,35.681236)", "FORM <POINT(139.767125,35.681236)>");
    tells("POINT(139.767125 95.681236)", "OUT_OF_RANGE <POINT(139.767125 95.681236)>");
    tells("POINT(35.681236 139.767125)", "OUT_OF_RANGE <POINT(35.681236 139.767125)>");
    tells("POINT(0 0)", "SENTINEL <POINT(0 0)>");
    tells("POINT(-122.4 37.8)", "COARSE <POINT(-122.4 37.8)>");
    tells("POINT EMPTY", "");
    tells("POINT(NaN NaN)", "");
    tells("POINTS(139.767125 35.681236)", "");
    tells("ENDPOINT(139.767125 35.681236)", "");
    tells("POINT(139.767125 35.681236", "FORM <POINT(139.767125 35.681236>");
}

static void hexadecimal_points_are_read_in_both_byte_orders(void **state)
{
    (void)state;
    TELLS_ALL("0101000020e6100000355eba498c786140ce6dc2bd32d74140", "35.681236,139.767125");
    TELLS_ALL("0101000000D926158D351C6140ABB2EF8AE0954140", "35.170915,136.881537");
    TELLS_ALL("0020000001000010E64062E6E3B688BDA9C040EDAB191DDE37", "-33.856784,151.215297");
    tells("x 0101000000d926158d351c6140abb2ef8ae0954140, 1",
          "35.170915,136.881537 confirmed <0101000000d926158d351c6140abb2ef8ae0954140>");
}

static void hexadecimal_digits_that_are_no_point_are_refused(void **state)
{
    (void)state;
    tells("0101000020e610000000000000000000000000000000000000",
          "SENTINEL <0101000020e610000000000000000000000000000000000000>");
    tells("0101000020110f0000333333d312ad6d41333333d3c73c5041",
          "OTHER_KIND <0101000020110f0000333333d312ad6d41333333d3c73c5041>");
    tells("0101000020E6100000", "");
    tells("0102000020E610000000000000000000000000000000000000", "");
    tells("0101000000D926158D351C6140ABB2EF8AE0954140AB", "");
    tells("A0101000000D926158D351C6140ABB2EF8AE0954140", "");
}

static void lengths_of_runs_are_those_of_points(void **state)
{
    (void)state;
    assert_true(notation_run_fits(strlen("0101000000D926158D351C6140ABB2EF8AE0954140")));
    assert_true(notation_run_fits(strlen("0101000020e6100000355eba498c786140ce6dc2bd32d74140")));
    assert_false(notation_run_fits(40));
    assert_false(notation_run_fits(64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_have_their_longitude_first),
        cmocka_unit_test(reference_systems_are_known),
        cmocka_unit_test(points_that_are_none_are_refused),
        cmocka_unit_test(hexadecimal_points_are_read_in_both_byte_orders),
        cmocka_unit_test(hexadecimal_digits_that_are_no_point_are_refused),
        cmocka_unit_test(lengths_of_runs_are_those_of_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
