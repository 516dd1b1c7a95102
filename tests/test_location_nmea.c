/* Tests of detectors/location_nmea.c. */
#include "notating.h"

#include "../detectors/location_nmea.h"

static void sentences_with_a_fix_and_their_checksum_are_confirmed(void **state)
{
    (void)state;
    tells("$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47",
          "48.117300,11.516667 confirmed <$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47>");
    tells("x $GNRMC,031415.00,A,3540.87416,N,13946.02750,E,12.3,87.5,120523,,,A*48\r",
          "35.681236,139.767125 confirmed <$GNRMC,031415.00,A,3540.87416,N,13946.02750,E,12.3,87.5,120523,,,A*48>");
    tells("$GPGLL,5106.94086,N,01701.51680,E,123204.00,A,A*63",
          "51.115681,17.025280 confirmed <$GPGLL,5106.94086,N,01701.51680,E,123204.00,A,A*63>");
    tells("$GNGNS,053232.438,3114.8789,N,12135.2442,E,ANNA,07,1.2,153.8,8.3,,0000*5F",
          "31.247982,121.587403 confirmed <$GNGNS,053232.438,3114.8789,N,12135.2442,E,ANNA,07,1.2,153.8,8.3,,0000*5F>");
    tells("$GAGGA,031417.00,3351.40704,S,15112.91782,E,4,18,0.5,12.0,M,22.1,M,1.0,0000*74",
          "-33.856784,151.215297 confirmed <$GAGGA,031417.00,3351.40704,S,15112.91782,E,4,18,0.5,12.0,M,22.1,M,1.0,0000*74>");
}

static void sentences_without_a_fix_are_none(void **state)
{
    (void)state;
    tells("$GPRMC,,V,,,,,,,,,,N*53", "FORM <$GPRMC,,V,,,,,,,,,,N*53>");
    tells("$GNRMC,031415.00,V,3540.87416,N,13946.02750,E,,,120523,,,N*5A",
          "FORM <$GNRMC,031415.00,V,3540.87416,N,13946.02750,E,,,120523,,,N*5A>");
    tells("$GPGGA,125106,3854.5087,N,07726.4523,W,8,10,2.0,268.8,M,-33.9,M,,*7F",
          "FORM <$GPGGA,125106,3854.5087,N,07726.4523,W,8,10,2.0,268.8,M,-33.9,M,,*7F>");
    tells("$GPGGA,031416.00,0000.0000,N,00000.0000,E,1,05,1.9,0.0,M,0.0,M,,*50",
          "SENTINEL <$GPGGA,031416.00,0000.0000,N,00000.0000,E,1,05,1.9,0.0,M,0.0,M,,*50>");
    tells("$GPGGA,031416.00,9160.0000,N,13709.8077,E,1,05,1.9,0.0,M,0.0,M,,*5A",
          "OUT_OF_RANGE <$GPGGA,031416.00,9160.0000,N,13709.8077,E,1,05,1.9,0.0,M,0.0,M,,*5A>");
}

static void sentences_whose_checksum_fails_are_refused(void **state)
{
    (void)state;
    tells("$GNRMC,031415.00,A,3540.87416,N,13946.02750,E,12.3,87.5,120523,,,A*00",
          "CHECK_DIGIT <$GNRMC,031415.00,A,3540.87416,N,13946.02750,E,12.3,87.5,120523,,,A*00>");
    tells("$GPGLL,5106.94086,N,01701.51680,E,123204.00,A,A*633",
          "CHECK_DIGIT <$GPGLL,5106.94086,N,01701.51680,E,123204.00,A,A*63>");
}

static void sentences_without_a_checksum_are_possible(void **state)
{
    (void)state;
    tells("$GPGLL,5106.94086,N,01701.51680,E,123204.00,A,A",
          "51.115681,17.025280 possible <$GPGLL,5106.94086,N,01701.51680,E,123204.00,A,A>");
    tells("$GPGLL,5106.94086,N,01701.51680,E,123204.00$GPGLL,5106.94086,N,01701.51680,E,123204.00,A,A*63",
          "51.115681,17.025280 possible <$GPGLL,5106.94086,N,01701.51680,E,123204.00>; "
          "51.115681,17.025280 confirmed <$GPGLL,5106.94086,N,01701.51680,E,123204.00,A,A*63>");
    tells("$GPGLL,5106.94086,N,01701.51680", "FORM <$GPGLL,5106.94086,N,01701.51680>");
}

static void sentences_of_other_types_say_nothing(void **state)
{
    (void)state;
    tells("$GPGSV,4,1,13,02,28,259,33,04,12,212,27,05,34,305,30,07,79,138,*7F", "");
    tells("costs $GPGGA and $12", "");
    tells("$", "");
}

static void frames_hold_by_their_checksum(void **state)
{
    (void)state;
    struct span body;
    size_t end;
    assert_int_equal(nmea_frame_read((struct span){"$GPXTE,A,A,0.67,L,N*6f", 22}, 0, &body, &end), NMEA_RIGHT);
    assert_int_equal(end, 22);
    assert_int_equal(body.len, 18);
    assert_int_equal(nmea_frame_read((struct span){"$GPXTE,A,A,0.67,L,N*6e", 22}, 0, &body, &end), NMEA_WRONG);
    assert_int_equal(nmea_frame_read((struct span){"$GPXTE,A,A,0.67,L,N", 19}, 0, &body, &end), NMEA_UNCHECKED);
    assert_int_equal(nmea_frame_read((struct span){"GPXTE*6F", 8}, 0, &body, &end), NMEA_NONE);
}

static void the_date_of_rmc_gives_the_time(void **state)
{
    (void)state;
    int64_t time_s = 0;
    static const char rmc[] = "$GNRMC,031415.00,A,3540.87416,N,13946.02750,E,12.3,87.5,120523,,,A*48";
    assert_true(nmea_time_read((struct span){rmc, sizeof rmc - 1}, &time_s));
    assert_int_equal(time_s, 1683861255); /* 2023-05-12T03:14:15Z */
    static const char leap[] = "$GPRMC,235959,A,3540.87416,N,13946.02750,E,12.3,87.5,290200,,,A*75";
    assert_true(nmea_time_read((struct span){leap, sizeof leap - 1}, &time_s));
    assert_int_equal(time_s, 951868799);
    static const char gga[] = "$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47";
    assert_false(nmea_time_read((struct span){gga, sizeof gga - 1}, &time_s));
    static const char wrong[] = "$GNRMC,031415.00,A,3540.87416,N,13946.02750,E,12.3,87.5,120523,,,A*49";
    assert_false(nmea_time_read((struct span){wrong, sizeof wrong - 1}, &time_s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_with_a_fix_and_their_checksum_are_confirmed),
        cmocka_unit_test(sentences_without_a_fix_are_none),
        cmocka_unit_test(sentences_whose_checksum_fails_are_refused),
        cmocka_unit_test(sentences_without_a_checksum_are_possible),
        cmocka_unit_test(sentences_of_other_types_say_nothing),
        cmocka_unit_test(frames_hold_by_their_checksum),
        cmocka_unit_test(the_date_of_rmc_gives_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
