/* Tests of detectors/location_gpx.c. */
#include "notating.h"

static void attributes_are_read_in_any_order(void **state)
{
    (void)state;
    tells("<trkpt lat=\"37.819929\" lon=\"-122.478255\"><ele>12.1</ele></trkpt>",
          "37.819929,-122.478255 confirmed <<trkpt lat=\"37.819929\" lon=\"-122.478255\">>");
    tells("<wpt lon='-74.044502' lat='40.689247'/>", "40.689247,-74.044502 confirmed <<wpt lon='-74.044502' lat='40.689247'/>>");
    tells("<node id=\"1\" lat = \"36.578057\" lon= \"136.648672\" version=\"1\"/>",
          "36.578057,136.648672 confirmed <<node id=\"1\" lat = \"36.578057\" lon= \"136.648672\" version=\"1\"/>>");
    tells("<rtept lat=\\\"35.170915\\\" lon=\\\"136.881537\\\">",
          "35.170915,136.881537 confirmed <<rtept lat=\\\"35.170915\\\" lon=\\\"136.881537\\\">>");
}

static void tuples_have_the_longitude_first(void **state)
{
    (void)state;
    tells("<coordinates>141.350755,43.068661,0</coordinates>",
          "43.068661,141.350755 confirmed <141.350755,43.068661,0>");
    tells("<coordinates>\n 140.882434,38.260132,31.2\n 141.350755,43.068661\n</coordinates>",
          "38.260132,140.882434 confirmed <140.882434,38.260132,31.2>; 43.068661,141.350755 confirmed <141.350755,43.068661>");
    tells("<coordinates>35.681236,139.767125</coordinates>", "OUT_OF_RANGE <35.681236,139.767125>");
    tells("<coordinates>140.882434, 38.260132</coordinates>", "");
}

static void numbers_with_blanks_are_read_by_their_element(void **state)
{
    (void)state;
    tells("<gx:coord>135.495951 34.702485 15.0</gx:coord>",
          "34.702485,135.495951 confirmed <<gx:coord>135.495951 34.702485 15.0>");
    tells("<gml:pos>34.397667 132.475379</gml:pos>", "34.397667,132.475379 confirmed <<gml:pos>34.397667 132.475379>");
    tells("<georss:point>-33.856784 151.215297</georss:point>",
          "-33.856784,151.215297 confirmed <<georss:point>-33.856784 151.215297>");
    tells("<gx:coord>139.767125,35.681236,0</gx:coord>", "FORM <<gx:coord>139.767125,35.681236,0>");
}

static void areas_and_halves_are_no_positions(void **state)
{
    (void)state;
    tells("<LinearRing><coordinates>141.350755,43.068661,0 141.4,43.1,0</coordinates>",
          "FORM <<coordinates>141.350755,43.068661,0 141.4,43.1,0>");
    tells("<trkpt lat=\"35.681236\"/>", "");
    tells("<trkpt lat=\"0\" lon=\"0\"/>", "SENTINEL <<trkpt lat=\"0\" lon=\"0\"/>>");
    tells("<trkpt lat=\"95.681236\" lon=\"139.767125\"/>", "OUT_OF_RANGE <<trkpt lat=\"95.681236\" lon=\"139.767125\"/>>");
    tells("<bounds minlat=\"35.681236\" minlon=\"139.767125\"/>", "");
    tells("<position lat=\"35.681236\" lon=\"139.767125\"/>", "");
    tells("<trkpt", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_are_read_in_any_order),
        cmocka_unit_test(tuples_have_the_longitude_first),
        cmocka_unit_test(numbers_with_blanks_are_read_by_their_element),
        cmocka_unit_test(areas_and_halves_are_no_positions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
