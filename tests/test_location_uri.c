/* Tests of detectors/location_uri.c. */
#include "notating.h"

#define TELLS_ALL(text, position) tells(text, position " confirmed <" text ">")

static void geo_addresses_are_read(void **state)
{
    (void)state;
    TELLS_ALL("geo:13.4125,103.8667", "13.412500,103.866700");
    TELLS_ALL("geo:48.198634,16.371648;crs=wgs84;u=40", "48.198634,16.371648");
    TELLS_ALL("GEO:33.590355,130.401716,12;crs=WGS84", "33.590355,130.401716");
    TELLS_ALL("geo:37.819929%2C-122.478255", "37.819929,-122.478255");
    TELLS_ALL("geo:37.7749,-122.4194?z=10&q=restaurants", "37.774900,-122.419400");
    tells("<geo:-33.856784,151.215297>", "-33.856784,151.215297 confirmed <geo:-33.856784,151.215297>");
    tells("at geo:26.212401,127.680932;u=12 end", "26.212401,127.680932 confirmed <geo:26.212401,127.680932;u=12>");
}

static void geo_addresses_of_android_keep_it_in_the_query(void **state)
{
    (void)state;
    TELLS_ALL("geo:0,0?q=34.99,-106.61(Treasure)", "34.990000,-106.610000");
    tells("geo:0,0?q=restaurants", "SENTINEL <geo:0,0?q=restaurants>");
    tells("geo:0,0", "SENTINEL <geo:0,0>");
}

static void geo_addresses_that_are_no_position_are_refused(void **state)
{
    (void)state;
    tells("geo:323482,4306480;crs=EPSG:32618;u=20", "OTHER_KIND <geo:323482,4306480;crs=EPSG:32618;u=20>");
    tells("geo:95.681236,139.767125", "OUT_OF_RANGE <geo:95.681236,139.767125>");
    tells("geo:66,30;u=6.500;FOo=this%2dthat", "COARSE <geo:66,30;u=6.500;FOo=this%2dthat>");
    tells("geo:35.681236", "");
    tells("geology:35.681236,139.767125", "");
    tells("ageo:35.681236,139.767125", "");
}

static void links_of_map_services_are_read(void **state)
{
    (void)state;
    TELLS_ALL("https://www.google.com/maps/@35.681236,139.767125,15z", "35.681236,139.767125");
    TELLS_ALL("https://www.google.com/maps/search/?api=1&query=48.858370%2C2.294481", "48.858370,2.294481");
    TELLS_ALL("https://maps.google.com/?q=loc:48.858370,2.294481", "48.858370,2.294481");
    TELLS_ALL("https://maps.apple.com/?ll=26.212401,127.680932&q=Pin", "26.212401,127.680932");
    TELLS_ALL("https://www.openstreetmap.org/#map=16/64.146582/-21.942636", "64.146582,-21.942636");
    TELLS_ALL("https://www.openstreetmap.org/?mlat=64.146582&mlon=-21.942636#map=5/1.234567/2.345678", "64.146582,-21.942636");
    TELLS_ALL("https://www.bing.com/maps?cp=43.068661~141.350755&lvl=15", "43.068661,141.350755");
    TELLS_ALL("https://waze.com/ul?ll=-22.951916,-43.210487&navigate=yes", "-22.951916,-43.210487");
    TELLS_ALL("https://wego.here.com/?map=35.170915,136.881537,16,normal", "35.170915,136.881537");
    TELLS_ALL("https://maps.gsi.go.jp/#15/38.260132/140.882434/", "38.260132,140.882434");
    TELLS_ALL("https://www.navitime.co.jp/maps/poi?lat=-54.801912&lon=-68.302951", "-54.801912,-68.302951");
    TELLS_ALL("comgooglemaps://?center=40.689247,-74.044502&zoom=14", "40.689247,-74.044502");
    TELLS_ALL("google.navigation:q=35.054212,137.163461", "35.054212,137.163461");
}

static void the_pin_comes_before_the_screen(void **state)
{
    (void)state;
    TELLS_ALL("https://www.google.com/maps/place/X/@35.9996099,-80.0537088,12z/data=!8m2!3d35.9556923!4d-80.0053176",
              "35.955692,-80.005318");
    TELLS_ALL("https://www.google.com/maps/embed?pb=!1m12!1d3240.8!2d141.677099!3d45.416722!2m3!1f0", "45.416722,141.677099");
}

static void some_services_write_the_longitude_first(void **state)
{
    (void)state;
    TELLS_ALL("https://yandex.ru/maps/?ll=37.617778%2C55.755833&z=10", "55.755833,37.617778");
    TELLS_ALL("https://uri.amap.com/marker?position=116.473195,39.993253", "39.993253,116.473195");
}

static void links_without_a_position_say_nothing(void **state)
{
    (void)state;
    tells("https://www.google.com/maps/search/restaurants", "");
    tells("https://goo.gl/maps/abcDEF123", "");
    tells("https://example.com/?q=35.681236,139.767125", "");
    tells("https://maps.apple.com/?address=1,Infinite+Loop", "");
    tells("https://www.google.com/maps/@0,0,3z", "SENTINEL <https://www.google.com/maps/@0,0,3z>");
    tells("https://www.bing.com/maps?cp=95.0~200.0", "OUT_OF_RANGE <https://www.bing.com/maps?cp=95.0~200.0>");
    tells("a://", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(geo_addresses_are_read),
        cmocka_unit_test(geo_addresses_of_android_keep_it_in_the_query),
        cmocka_unit_test(geo_addresses_that_are_no_position_are_refused),
        cmocka_unit_test(links_of_map_services_are_read),
        cmocka_unit_test(the_pin_comes_before_the_screen),
        cmocka_unit_test(some_services_write_the_longitude_first),
        cmocka_unit_test(links_without_a_position_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
