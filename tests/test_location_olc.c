/* Tests of detectors/location_olc.c. */
#include "coding.h"

static void codes_stand_for_the_middle_of_their_cell(void **state)
{
    (void)state;
    reads(CODE_OLC, "8FVC2222+22", "47.000062,8.000063 4");
    reads(CODE_OLC, "7FG49QCJ+2VX", "20.370113,2.782234 4");
    reads(CODE_OLC, "4R347QRJ+", "-48.708750,142.781250 2");
    reads(CODE_OLC, "8fwc2345+", "48.006250,8.058750 2");
    reads(CODE_OLC, "CFX3X2X2+X2", "89.999938,1.000063 4");
    reads(CODE_OLC, " \"8FVC2222+22\" ", "47.000062,8.000063 4");
}

static void digits_beyond_the_fifteenth_are_legal_and_say_nothing(void **state)
{
    (void)state;
    reads(CODE_OLC, "849VGJQF+VX7QR3J", "37.539669,-122.375070 7");
    reads(CODE_OLC, "849VGJQF+VX7QR3J7QR3J", "37.539669,-122.375070 7");
    reads(CODE_OLC, "849VGJQF+VX7QR3JU", "FORM");
}

static void padded_codes_are_coarse(void **state)
{
    (void)state;
    reads(CODE_OLC, "62G20000+", "COARSE");
    reads(CODE_OLC, "8FWCX400+", "COARSE");
    reads(CODE_OLC, "8FWC2300+G6", "FORM");
    reads(CODE_OLC, "8F000000+", "COARSE");
    reads(CODE_OLC, "8FWC2340+", "FORM");
    reads(CODE_OLC, "8F0C2345+", "FORM");
    reads(CODE_OLC, "00000000+", "FORM");
}

static void what_is_no_full_code_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "+", "8FWC2345+G", "8FWC2345", "WC2300+G6g", "9QCJ+2VX", "XQ7XMQJ8+FR",
                                        "8X7XMQJ8+FR", "2025-01+02", "8FWC2345+G+6", "8FWC2345 +G6", "8FWA2345+G6"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) reads(CODE_OLC, texts[i], "FORM");
}

static void completes(const char *code, const char *latitude, const char *longitude, const char *expected)
{
    char full[OLC_SIZE] = "";
    struct code_place place = {coordinate_read((struct span){latitude, strlen(latitude)}),
                               coordinate_read((struct span){longitude, strlen(longitude)})};
    bool done = olc_complete((struct span){code, strlen(code)}, &place, full);
    assert_string_equal(done ? full : "", expected);
}

static void short_codes_mean_the_nearest_place(void **state)
{
    (void)state;
    completes("9QCJ+2VX", "51.3852125", "-1.217765625", "9C3W9QCJ+2VX");
    completes("CJ+2VX", "51.3693575", "-1.217765625", "9C3W9QCJ+2VX");
    completes("+2VX", "51.3701125", "-1.217765625", "9C3W9QCJ+2VX");
    completes("22+", "42.899", "9.012", "8FJFW222+");
    completes("MQJ8+FV", "35.683009", "139.657779", "8Q7XMQJ8+FV");
    /* Not over a pole, but over the date line. */
    completes("2222+22", "89.6", "0.0", "CFX22222+22");
    completes("XXXXXX+XX", "-81.0", "0.0", "2CXXXXXX+XX");
    completes("2222+22", "0.5", "179.9", "62G22222+22");
}

static void short_codes_have_no_padding_and_an_even_place(void **state)
{
    (void)state;
    completes("MQ00+", "35.68", "139.76", "");
    completes("MQJ8FR", "35.68", "139.76", "");
    completes("+", "35.68", "139.76", "");
    completes("QJ8+FR", "35.68", "139.76", "");
    completes("8Q7XMQJ8+FV", "35.68", "139.76", "");
}

static void text_is_searched_for_codes(void **state)
{
    (void)state;
    tells("parked at 8Q7XMQJ8+FV.", "35.681188,139.767188 likely <8Q7XMQJ8+FV>");
    tells("8Q7XMQJ8+FVX", "35.681238,139.767234 likely <8Q7XMQJ8+FVX>");
    tells("8q7xmqj8+fv, 849VGJQF+VX", "35.681188,139.767188 likely <8q7xmqj8+fv>; 37.539687,-122.375062 likely <849VGJQF+VX>");
}

static void sums_and_other_words_are_no_codes(void **state)
{
    (void)state;
    static const char *const texts[] = {"23456789+22", "A8Q7XMQJ8+FV", "8Q7XMQJ8+FVA", "8Q7XMQJ8+F", "8Q7XMQJ8+", "8Q7XMQJ8+FVXC",
                                        "MQJ8+FV", "8Q7XMQJ8+FV+22", "XQ7XMQJ8+FV", "_8Q7XMQJ8+FV", "8FWC2300+G6"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) tells(texts[i], "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_stand_for_the_middle_of_their_cell),
        cmocka_unit_test(digits_beyond_the_fifteenth_are_legal_and_say_nothing),
        cmocka_unit_test(padded_codes_are_coarse),
        cmocka_unit_test(what_is_no_full_code_is_none),
        cmocka_unit_test(short_codes_mean_the_nearest_place),
        cmocka_unit_test(short_codes_have_no_padding_and_an_even_place),
        cmocka_unit_test(text_is_searched_for_codes),
        cmocka_unit_test(sums_and_other_words_are_no_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
