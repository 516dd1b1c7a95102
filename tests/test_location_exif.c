/* Tests of detectors/location_exif.c. */
#include "notating.h"

#define TELLS_ALL(text, position) tells(text, position " confirmed <" text ">")

static void rationals_take_their_sign_from_the_ref(void **state)
{
    (void)state;
    TELLS_ALL("GPSLatitude=35/1,3/1,1516/100 GPSLatitudeRef=N GPSLongitude=137/1,9/1,4846/100 GPSLongitudeRef=E",
              "35.054211,137.163461");
    TELLS_ALL("GPSLatitudeRef=S GPSLatitude=22/1,57/1,690/100 GPSLongitudeRef=W GPSLongitude=43/1,12/1,3775/100",
              "-22.951917,-43.210486");
    TELLS_ALL("GPSLatitude=35/1,4087416/100000,0/1 GPSLatitudeRef=N GPSLongitude=139/1,4602750/100000,0/1 GPSLongitudeRef=E",
              "35.681236,139.767125");
}

static void arrays_and_decimals_are_read(void **state)
{
    (void)state;
    tells("\"GPSLatitude\":[35,10,15.29],\"GPSLatitudeRef\":\"N\",\"GPSLongitude\":[136,52,53.53],\"GPSLongitudeRef\":\"E\"",
          "35.170914,136.881536 confirmed <GPSLatitude\":[35,10,15.29],\"GPSLatitudeRef\":\"N\","
          "\"GPSLongitude\":[136,52,53.53],\"GPSLongitudeRef\":\"E>");
    TELLS_ALL("GPSLatitude: 0.180653\nGPSLatitudeRef: S\nGPSLongitude: 78.467838\nGPSLongitudeRef: W", "-0.180653,-78.467838");
}

static void xmp_has_the_hemisphere_in_the_value(void **state)
{
    (void)state;
    tells("exif:GPSLatitude=\"43,4.119660N\" exif:GPSLongitude=\"141,21.045300E\"",
          "43.068661,141.350755 confirmed <GPSLatitude=\"43,4.119660N\" exif:GPSLongitude=\"141,21.045300>");
    tells("exif:GPSLatitude=\"35,40.874160N\"", "");
}

static void numbered_tags_are_read(void **state)
{
    (void)state;
    tells("{1: 'S', 2: (1.0, 17.0, 31.44), 3: 'E', 4: (36.0, 49.0, 19.01)}",
          "-1.292067,36.821947 confirmed <{1: 'S', 2: (1.0, 17.0, 31.44), 3: 'E', 4: (36.0, 49.0, 19.01)>");
    tells("{1: 'S', 2: 'x'}", "");
}

static void values_that_are_none_are_refused(void **state)
{
    (void)state;
    tells("GPSLatitude=0/1,0/1,0/1 GPSLatitudeRef=N GPSLongitude=0/1,0/1,0/1 GPSLongitudeRef=E",
          "SENTINEL <GPSLatitude=0/1,0/1,0/1 GPSLatitudeRef=N GPSLongitude=0/1,0/1,0/1 GPSLongitudeRef=E>");
    tells("GPSLatitude=35/1,61/1,52/1 GPSLatitudeRef=N GPSLongitude=139/1,46/1,2/1 GPSLongitudeRef=E",
          "OUT_OF_RANGE <GPSLatitude=35/1,61/1,52/1 GPSLatitudeRef=N GPSLongitude=139/1,46/1,2/1 GPSLongitudeRef=E>");
    tells("GPSLatitude=35/0,3/1,1516/100 GPSLatitudeRef=N GPSLongitude=137/1,9/1,4846/100 GPSLongitudeRef=E",
          "OUT_OF_RANGE <GPSLatitude=35/0,3/1,1516/100 GPSLatitudeRef=N GPSLongitude=137/1,9/1,4846/100 GPSLongitudeRef=E>");
    tells("GPSLatitude: 35.681236 GPSLongitude: 139.767125", ""); /* location_text.c */
    tells("GPSVersionID: 2.3.0.0 GPSLatitudeRef: N", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rationals_take_their_sign_from_the_ref),
        cmocka_unit_test(arrays_and_decimals_are_read),
        cmocka_unit_test(xmp_has_the_hemisphere_in_the_value),
        cmocka_unit_test(numbered_tags_are_read),
        cmocka_unit_test(values_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
