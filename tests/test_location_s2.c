/* Tests of detectors/location_s2.c. */
#include "coding.h"

static void tokens_are_read_at_the_middle_of_their_cell(void **state)
{
    (void)state;
    reads(CODE_S2, "60188bfb", "35.678746,139.765208 2");
    reads(CODE_S2, "34e5699dfe7ad", "26.212401,127.680935 5");
    reads(CODE_S2, "6b12ae64", "-33.855162,151.216073 2");
    reads(CODE_S2, "80858690649", "37.819950,-122.478257 4");
    reads(CODE_S2, "89C25088D6F6F", "40.689248,-74.044502 5");
    reads(CODE_S2, "00997fd59ab9dacb", "-22.951916,-43.210487 7");
    reads(CODE_S2, "48d60b2d9a1", "64.146604,-21.942565 4");
}

/* The whole number, as databases with and without unsigned numbers write it. */
static void numbers_are_read_too(void **state)
{
    (void)state;
    reads(CODE_S2, "6924438337235189760", "35.678746,139.765208 2");
    reads(CODE_S2, "-8520158996379275264", "40.689248,-74.044502 5");
    reads(CODE_S2, "9926585077330276352", "40.689248,-74.044502 5");
    reads(CODE_S2, "99283910092928450560", "FORM");
}

static void coarse_cells_are_refused(void **state)
{
    (void)state;
    reads(CODE_S2, "bc4c22d", "COARSE");
    reads(CODE_S2, "89c2585", "COARSE");
    reads(CODE_S2, "3", "COARSE");
    reads(CODE_S2, "80858004", "37.794577,-122.361762 2");
}

static void bits_that_do_not_fit_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "60188bfg", "e0188bfb", "c0188bfc2", "60188bfb00000000000", "0000000000000000", "60188bfa", "-"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) reads(CODE_S2, texts[i], "FORM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_read_at_the_middle_of_their_cell),
        cmocka_unit_test(numbers_are_read_too),
        cmocka_unit_test(coarse_cells_are_refused),
        cmocka_unit_test(bits_that_do_not_fit_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
