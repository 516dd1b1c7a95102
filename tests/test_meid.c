/* Tests of detectors/meid.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define MEID_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_MEID, text, labelled, grade, canonical)
#define MEID_REFUSES(text, labelled, reason) REFUSES(KIND_MEID, text, labelled, reason)

static void the_check_digit_in_base_16_confirms(void **state)
{
    (void)state;
    MEID_ACCEPTS("AF0123450ABCDEC", true, GRADE_CONFIRMED, "AF0123450ABCDE");
    MEID_ACCEPTS("af0123450abcdec", true, GRADE_CONFIRMED, "AF0123450ABCDE");
    MEID_ACCEPTS("A10000009296F2F", true, GRADE_CONFIRMED, "A10000009296F2");
    MEID_ACCEPTS("A00000049259B1C", true, GRADE_CONFIRMED, "A00000049259B1");
    MEID_ACCEPTS("0xAF0123450ABCDEC", true, GRADE_CONFIRMED, "AF0123450ABCDE");
}

static void another_check_digit_is_possible_under_a_label(void **state)
{
    (void)state;
    MEID_ACCEPTS("A00000049259B16", true, GRADE_POSSIBLE, "A00000049259B1");
    assert_int_equal(judged(KIND_MEID, "A00000049259B16", true).reason, REASON_CHECK_DIGIT);
    MEID_REFUSES("A00000049259B16", false, REASON_CHECK_DIGIT);
    MEID_ACCEPTS("2936087365007037101", true, GRADE_POSSIBLE, "AF0123450ABCDE");
}

static void without_a_check_digit_a_label_makes_likely(void **state)
{
    (void)state;
    MEID_ACCEPTS("AF0123450ABCDE", true, GRADE_LIKELY, "AF0123450ABCDE");
    MEID_ACCEPTS("293608736500703710", true, GRADE_LIKELY, "AF0123450ABCDE");
    MEID_REFUSES("AF0123450ABCDE", false, REASON_UNLABELLED);
    MEID_REFUSES("293608736500703710", false, REASON_UNLABELLED);
}

static void without_a_label_a_letter_and_the_check_digit_are_needed(void **state)
{
    (void)state;
    MEID_ACCEPTS("AF0123450ABCDEC", false, GRADE_LIKELY, "AF0123450ABCDE");
    MEID_REFUSES("990001123456782", false, REASON_UNLABELLED);
    MEID_REFUSES("354178036859789", false, REASON_FORM);
    MEID_REFUSES("2684354559167772150", false, REASON_FORM);
    MEID_REFUSES("AF 01 23 45 0A BC DE C", false, REASON_FORM);
}

static void decimal_digits_are_halves_of_32_and_24_bits(void **state)
{
    (void)state;
    MEID_ACCEPTS("2936087365007037100", true, GRADE_CONFIRMED, "AF0123450ABCDE");
    MEID_ACCEPTS("270113177609606898", true, GRADE_LIKELY, "A10000009296F2");
    MEID_ACCEPTS("429496729516777214", true, GRADE_LIKELY, "FFFFFFFFFFFFFE");
    MEID_REFUSES("429496729600000000", true, REASON_ISSUER);
    MEID_REFUSES("268435456016777216", true, REASON_ISSUER);
}

static void a_number_of_both_worlds_has_the_check_digit_of_an_imei(void **state)
{
    (void)state;
    MEID_ACCEPTS("990001123456782", true, GRADE_CONFIRMED, "99000112345678");
    MEID_ACCEPTS("99000112345678", true, GRADE_LIKELY, "99000112345678");
    MEID_ACCEPTS("990001123456780", true, GRADE_POSSIBLE, "99000112345678");
}

static void regions_begin_at_a0(void **state)
{
    (void)state;
    MEID_ACCEPTS("A0000000000001", true, GRADE_LIKELY, "A0000000000001");
    MEID_REFUSES("9F000000000001", true, REASON_ISSUER);
    MEID_REFUSES("98000000000001", true, REASON_ISSUER);
    MEID_REFUSES("09000000000000", true, REASON_ISSUER);
    MEID_REFUSES("268435455916777215", true, REASON_ISSUER); /* 9F */
    MEID_REFUSES("FFFFFFFFFFFFFF", true, REASON_PLACEHOLDER);
    MEID_REFUSES("00000000000000", true, REASON_PLACEHOLDER);
}

static void groups_are_joined_under_a_label(void **state)
{
    (void)state;
    MEID_ACCEPTS("AF 01 23 45 0A BC DE C", true, GRADE_CONFIRMED, "AF0123450ABCDE");
    MEID_ACCEPTS("A0-000004-9259B1-C", true, GRADE_CONFIRMED, "A00000049259B1");
    MEID_ACCEPTS("29360 87365 0070 3710 0", true, GRADE_CONFIRMED, "AF0123450ABCDE");
    MEID_REFUSES("AF  0123450ABCDE", true, REASON_FORM);
    MEID_REFUSES("A00000049259B", true, REASON_FORM);
    MEID_REFUSES("AF0123450ABCDEG", true, REASON_FORM);
    MEID_REFUSES("", true, REASON_FORM);
}

static void decimal_numbers_that_lost_their_end_say_so(void **state)
{
    (void)state;
    assert_int_equal(judged(KIND_MEID, "2936087365007037100", true).reason, REASON_NONE);
    ACCEPTS(KIND_MEID, "2936087365007037200", true, GRADE_POSSIBLE, "AF0123450ABCE8");
    assert_int_equal(judged(KIND_MEID, "2936087365007037200", true).reason, REASON_ROUNDED_NUMBER);
}

static void sample_values_are_marked(void **state)
{
    (void)state;
    assert_true(judged(KIND_MEID, "AF0123450ABCDE", true).sample);
    assert_false(judged(KIND_MEID, "A000001D4FEC64", true).sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_digit_in_base_16_confirms),
        cmocka_unit_test(another_check_digit_is_possible_under_a_label),
        cmocka_unit_test(without_a_check_digit_a_label_makes_likely),
        cmocka_unit_test(without_a_label_a_letter_and_the_check_digit_are_needed),
        cmocka_unit_test(decimal_digits_are_halves_of_32_and_24_bits),
        cmocka_unit_test(a_number_of_both_worlds_has_the_check_digit_of_an_imei),
        cmocka_unit_test(regions_begin_at_a0),
        cmocka_unit_test(groups_are_joined_under_a_label),
        cmocka_unit_test(decimal_numbers_that_lost_their_end_say_so),
        cmocka_unit_test(sample_values_are_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
