/* Tests of detectors/location_dotted.c. */
#include "notating.h"

static void keys_of_telephone_companies_are_confirmed(void **state)
{
    (void)state;
    tells("?lat=%2B35.40.52.450&lon=%2B139.46.01.650&geo=wgs84&x-acc=3",
          "35.681236,139.767125 confirmed <lat=%2B35.40.52.450&lon=%2B139.46.01.650>");
    tells("lat=-35.03.15.16&lon=+137.09.48.46&datum=0&unit=0",
          "-35.054211,137.163461 confirmed <lat=-35.03.15.16&lon=+137.09.48.46>");
}

static void the_tokyo_datum_is_converted_where_it_is_said(void **state)
{
    (void)state;
    tells("lat=+35.10.03.66&lon=+136.53.04.14&datum=1&unit=0",
          "35.170906,136.881517 confirmed <lat=+35.10.03.66&lon=+136.53.04.14>");
    tells("pos=N38.15.25.781E140.53.9.078&geo=tokyo", "38.260138,140.882413 likely <N38.15.25.781E140.53.9.078>");
    tells("nl=26/12/30.141&el=127/40/57.726", "26.212401,127.680758 confirmed <nl=26/12/30.141&el=127/40/57.726>");
    tells("pos=N38.15.25.781E140.53.9.078&geo=tokyobay", "38.257161,140.885855 likely <N38.15.25.781E140.53.9.078>");
}

static void hemispheres_are_likely(void **state)
{
    (void)state;
    tells("N35.40.52.975 E139.45.57.902", "35.681382,139.766084 likely <N35.40.52.975 E139.45.57.902>");
    tells("S33.51.24 E151.12.55", "-33.856667,151.215278 likely <S33.51.24 E151.12.55>");
}

static void hemispheres_may_stand_behind(void **state)
{
    (void)state;
    tells("35.40.52N 139.46.02E", "35.681111,139.767222 likely <35.40.52N 139.46.02E>");
    tells("(22.57.06.9S/043.12.37.8W)", "-22.951917,-43.210500 likely <22.57.06.9S/043.12.37.8W>");
    tells("35.60.52N 139.46.02E", "OUT_OF_RANGE <35.60.52N 139.46.02E>");
    tells("v35.40.52N 139.46.02E", "");
    tells("1.35.40.52.5N 139.46.02E", "");
    tells("35.40.52N 139.46.02N", "");
    tells("35.40.52N 139.46.02East", "");
    tells("35.40N 139.46E", "");
}

static void what_is_no_pair_of_angles_is_nothing(void **state)
{
    (void)state;
    tells("lat=+35.41.65.30&lon=+139.42.26.67", "OUT_OF_RANGE <lat=+35.41.65.30&lon=+139.42.26.67>");
    tells("nl=35/61/31.000&el=139/44/43.000", "OUT_OF_RANGE <nl=35/61/31.000&el=139/44/43.000>");
    tells("lat=+00.00.00.000&lon=+000.00.00.000&geo=wgs84", "SENTINEL <lat=+00.00.00.000&lon=+000.00.00.000>");
    tells("lat=+35.41.25.30", "");
    tells("pos=N35.41.25.300", "");
    tells("N35.40.52 E139.45", "");
    tells("flat=35.41.25.30&lon=139.42.26.67", "");
    tells("N10.11.12.13.14 E10.11.12.13.14", "");
    tells("VIN1N35.40.52.975 E139.45.57.902", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_telephone_companies_are_confirmed),
        cmocka_unit_test(the_tokyo_datum_is_converted_where_it_is_said),
        cmocka_unit_test(hemispheres_are_likely),
        cmocka_unit_test(hemispheres_may_stand_behind),
        cmocka_unit_test(what_is_no_pair_of_angles_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
