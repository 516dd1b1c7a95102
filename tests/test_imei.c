/* Tests of detectors/imei.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define IMEI_ACCEPTS(text, labelled, grade, canonical)                                             \
    ACCEPTS(KIND_IMEI, text, labelled, grade, canonical)
#define IMEI_REFUSES(text, labelled, reason) REFUSES(KIND_IMEI, text, labelled, reason)

static void imei_with_luhn_and_known_body_is_accepted(void **state)
{
    (void)state;
    IMEI_ACCEPTS("354178036859789", true, GRADE_CONFIRMED, "354178036859789");
    IMEI_ACCEPTS("354178036859789", false, GRADE_LIKELY, "354178036859789");
}

static void imei_in_groups_is_accepted_in_three_forms(void **state)
{
    (void)state;
    IMEI_ACCEPTS("35-417803-685978-9", false, GRADE_LIKELY, "354178036859789");
    IMEI_ACCEPTS("490154/20/323751/8", false, GRADE_LIKELY, "490154203237518");
    IMEI_ACCEPTS("35417803 685978 9", false, GRADE_LIKELY, "354178036859789");
    IMEI_ACCEPTS("356 938 035 643 809", true, GRADE_CONFIRMED, "356938035643809");
    IMEI_REFUSES("356 938 035 643 809", false, REASON_UNLABELLED);
    IMEI_REFUSES("35-417803/685978-9", false, REASON_UNLABELLED);
    IMEI_REFUSES("35--417803-685978-9", true, REASON_FORM);
}

static void imei_check_digit_is_computed_where_networks_left_it_out(void **state)
{
    (void)state;
    IMEI_ACCEPTS("357613004448480", true, GRADE_LIKELY, "357613004448485");
    IMEI_REFUSES("357613004448480", false, REASON_CHECK_DIGIT);
    IMEI_ACCEPTS("35686800-004141", true, GRADE_LIKELY, "356868000041418");
    IMEI_REFUSES("35686800-004141", false, REASON_UNLABELLED);
}

static void imei_whose_check_digit_fails_is_possible_under_a_label(void **state)
{
    (void)state;
    IMEI_ACCEPTS("357613004448405", true, GRADE_POSSIBLE, "357613004448405");
    assert_int_equal(judged(KIND_IMEI, "357613004448405", true).reason, REASON_CHECK_DIGIT);
    IMEI_REFUSES("357613004448405", false, REASON_CHECK_DIGIT);
    IMEI_REFUSES("123456789012345", true, REASON_CHECK_DIGIT);
}

static void imei_of_an_unknown_body_needs_a_label(void **state)
{
    (void)state;
    IMEI_ACCEPTS("111111111111119", true, GRADE_POSSIBLE, "111111111111119");
    assert_int_equal(judged(KIND_IMEI, "111111111111119", true).reason, REASON_ISSUER);
    IMEI_REFUSES("111111111111119", false, REASON_ISSUER);
}

static void imei_is_no_payment_card(void **state)
{
    (void)state;
    IMEI_REFUSES("371449635398431", false, REASON_OTHER_KIND);
    IMEI_REFUSES("371449635398431", true, REASON_OTHER_KIND);
    IMEI_REFUSES("4111111111111111", true, REASON_OTHER_KIND);
}

static void imei_refuses_test_bodies_and_repeated_digits(void **state)
{
    (void)state;
    IMEI_REFUSES("000000000000000", true, REASON_PLACEHOLDER);
    IMEI_REFUSES("004999010640000", true, REASON_PLACEHOLDER);
    IMEI_REFUSES("99999999999999", true, REASON_PLACEHOLDER);
    IMEI_REFUSES("0000000000000000", true, REASON_PLACEHOLDER);
}

static void imei_with_software_version_is_the_same_device(void **state)
{
    (void)state;
    IMEI_ACCEPTS("3568680000414120", true, GRADE_LIKELY, "356868000041418");
    IMEI_ACCEPTS("35-686800-004141-20", true, GRADE_LIKELY, "356868000041418");
    IMEI_ACCEPTS("35686800004141820", true, GRADE_LIKELY, "356868000041418");
    IMEI_REFUSES("3568680000414120", false, REASON_UNLABELLED);
    IMEI_REFUSES("1683849600000000", true, REASON_ISSUER);
    /* 35 begins JCB cards too; a tenth of all versions pass Luhn. */
    IMEI_ACCEPTS("3568680000414109", true, GRADE_POSSIBLE, "356868000041418");
}

static void imei_that_lost_its_leading_zero_is_possible(void **state)
{
    (void)state;
    IMEI_ACCEPTS("13263006543218", true, GRADE_POSSIBLE, "013263006543218");
    IMEI_REFUSES("12345678901234", true, REASON_ISSUER);
}

static void imei_refuses_other_characters(void **state)
{
    (void)state;
    IMEI_REFUSES("35417803685978X", true, REASON_FORM);
    IMEI_REFUSES("3541780368597", true, REASON_FORM);
    IMEI_REFUSES("", true, REASON_FORM);
    IMEI_REFUSES("354178036859789012", true, REASON_FORM);
}

static void imei_marks_documentation_numbers(void **state)
{
    (void)state;
    assert_true(judged(KIND_IMEI, "490154203237518", true).sample);
    assert_true(judged(KIND_IMEI, "490154203237510", true).sample); /* after computing */
    assert_false(judged(KIND_IMEI, "354178036859789", true).sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(imei_with_luhn_and_known_body_is_accepted),
        cmocka_unit_test(imei_in_groups_is_accepted_in_three_forms),
        cmocka_unit_test(imei_check_digit_is_computed_where_networks_left_it_out),
        cmocka_unit_test(imei_whose_check_digit_fails_is_possible_under_a_label),
        cmocka_unit_test(imei_of_an_unknown_body_needs_a_label),
        cmocka_unit_test(imei_is_no_payment_card),
        cmocka_unit_test(imei_refuses_test_bodies_and_repeated_digits),
        cmocka_unit_test(imei_with_software_version_is_the_same_device),
        cmocka_unit_test(imei_that_lost_its_leading_zero_is_possible),
        cmocka_unit_test(imei_refuses_other_characters),
        cmocka_unit_test(imei_marks_documentation_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
