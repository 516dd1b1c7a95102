/* Tests of analyzer/attribute/exposures.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../analyzer/attribute/exposures.h"

static void a_folder_s_name_may_say_the_day(void **unused)
{
    (void)unused;
    static const struct { const char *name, *date; } cases[] = {
        {"snapshot-2019-04-01", "2019-04-01"}, {"2020-02-29_full", "2020-02-29"}, {"2019-02-29", ""}, {"backup", ""},
        {"12019-04-01", ""}, {"2019-04-011", ""}, {"2019-13-01", ""}, {"2019-04-00", ""}, {"a2019-04-01b2020-01-01", "2019-04-01"},
        {"2019-04", ""}, {"", ""}, {"2100-02-29", ""}, {"2000-02-29", "2000-02-29"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct exposure exposure = source_exposure(NULL, cases[i].name);
        assert_string_equal(exposure.from, cases[i].date);
        assert_string_equal(exposure.to, cases[i].date);
    }
}

static void days_are_those_of_the_union(void **unused)
{
    (void)unused;
    const struct exposure windows[] = {{"2013-11-06", "2013-11-10"}, {"2013-11-08", "2013-11-12"}, {"2013-11-01", "2013-11-01"},
                                       {"2013-11-09", "2013-11-09"}, {"", ""},                   {"2014-01-01", ""}};
    uint64_t days;
    assert_true(exposure_days(windows, 1, &days));
    assert_int_equal(days, 5);
    assert_true(exposure_days(windows, 2, &days));
    assert_int_equal(days, 7);
    assert_true(exposure_days(windows, 6, &days));
    assert_int_equal(days, 9);
    assert_true(exposure_days(windows, 0, &days));
    assert_int_equal(days, 0);
    const struct exposure years = {"1999-12-31", "2001-01-01"};
    assert_true(exposure_days(&years, 1, &days));
    assert_int_equal(days, 368);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_s_name_may_say_the_day),
        cmocka_unit_test(days_are_those_of_the_union),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
