/* Tests of detectors/location_iso6709.c. */
#include "notating.h"

#define TELLS_ALL(text, position) tells(text, position " likely <" text ">")

static void the_number_of_digits_says_the_unit(void **state)
{
    (void)state;
    TELLS_ALL("+48.8577+002.295/", "48.857700,2.295000");
    TELLS_ALL("+27.5916+086.5640+8850CRSWGS_84/", "27.591600,86.564000");
    TELLS_ALL("-5448-06818/", "-54.800000,-68.300000");
    TELLS_ALL("+353916+1394441/", "35.654444,139.744722");
    TELLS_ALL("+3540.8742+13946.0275/", "35.681237,139.767125");
    TELLS_ALL("+354052.45+1394601.65+40.3CRSWGS_84/", "35.681236,139.767125");
    TELLS_ALL("-22.476429-42.187541+13.200/", "-22.476429,-42.187541");
}

static void datums_are_converted_or_refused(void **state)
{
    (void)state;
    TELLS_ALL("+35.71004+139.81070CRSEPSG4301/", "35.713277,139.807461");
    tells("+35.71004+139.81070CRSNAD27/", "OTHER_KIND <+35.71004+139.81070CRSNAD27/>");
}

static void strings_that_are_no_positions_are_refused(void **state)
{
    (void)state;
    tells("+95.00+010.00/", "OUT_OF_RANGE <+95.00+010.00/>");
    tells("+00.0000+000.0000/", "SENTINEL <+00.0000+000.0000/>");
    tells("+3561+13944/", "OUT_OF_RANGE <+3561+13944/>");
    tells("+40+140/", "COARSE <+40+140/>");
    tells("+353916+13944/", "35.654444,139.733333 likely <+353916+13944/>");
}

static void other_signs_and_digits_are_nothing(void **state)
{
    (void)state;
    tells("+12.5/", "");
    tells("35.681236139.767125/", "");
    tells("+0900+0930", "");
    tells("+81-90-1234-5678/", "");
    tells("2022-02-01/x", "");
    tells("a+48.8577+002.295/", "");
    tells("/", "");
}

static void a_string_stands_in_text(void **state)
{
    (void)state;
    tells("com.apple.quicktime.location.ISO6709: +35.6812+139.7671+012.3/ x",
          "35.681200,139.767100 likely <+35.6812+139.7671+012.3/>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_number_of_digits_says_the_unit),
        cmocka_unit_test(datums_are_converted_or_refused),
        cmocka_unit_test(strings_that_are_no_positions_are_refused),
        cmocka_unit_test(other_signs_and_digits_are_nothing),
        cmocka_unit_test(a_string_stands_in_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
