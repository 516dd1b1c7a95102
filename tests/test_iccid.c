/* Tests of detectors/iccid.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../detectors/iccid.h"
#include "judging.h"

#define ICCID_ACCEPTS(text, labelled, grade, canonical)                                            \
    ACCEPTS(KIND_ICCID, text, labelled, grade, canonical)
#define ICCID_REFUSES(text, labelled, reason) REFUSES(KIND_ICCID, text, labelled, reason)

static void iccid_with_luhn_is_confirmed_or_likely(void **state)
{
    (void)state;
    ICCID_ACCEPTS("89014103211118510720", true, GRADE_CONFIRMED, "89014103211118510720");
    ICCID_ACCEPTS("8914800000000000006", false, GRADE_LIKELY, "8914800000000000006");
    ICCID_ACCEPTS("8981100077665544334", false, GRADE_LIKELY, "8981100077665544334");
}

static void iccid_of_no_country_needs_a_label(void **state)
{
    (void)state;
    ICCID_REFUSES("8921000000000000009", false, REASON_ISSUER);
    ICCID_ACCEPTS("8921000000000000009", true, GRADE_CONFIRMED, "8921000000000000009");
}

static void iccid_whose_luhn_fails_is_possible_under_a_label(void **state)
{
    (void)state;
    ICCID_REFUSES("8914800000000000001", false, REASON_CHECK_DIGIT);
    ICCID_ACCEPTS("8914800000000000001", true, GRADE_POSSIBLE, "8914800000000000001");
    assert_int_equal(judged(KIND_ICCID, "8914800000000000001", true).reason, REASON_CHECK_DIGIT);
}

static void iccid_without_check_digit_is_completed(void **state)
{
    (void)state;
    ICCID_ACCEPTS("891480000000000000", true, GRADE_POSSIBLE, "8914800000000000006");
}

static void iccid_drops_filler_and_a_digit_behind_the_number(void **state)
{
    (void)state;
    ICCID_ACCEPTS("8981100055544433325F", true, GRADE_CONFIRMED, "8981100055544433325");
    ICCID_ACCEPTS("8981100055544433325f", false, GRADE_LIKELY, "8981100055544433325");
    ICCID_ACCEPTS("89148000000000000061", true, GRADE_CONFIRMED, "8914800000000000006");
}

static void iccid_undoes_swapped_nibbles(void **state)
{
    (void)state;
    ICCID_ACCEPTS("98109909002143658739", true, GRADE_CONFIRMED, "89019990001234567893");
    ICCID_ACCEPTS("981802547698103254F3", false, GRADE_LIKELY, "8981204567890123453");
    char digits[ICCID_LENGTH_MAX];
    struct span text = {"98109909002143658739", 20};
    assert_int_equal(iccid_from_bcd(text, digits), 20);
    assert_memory_equal(digits, "89019990001234567893", 20);
    ICCID_REFUSES("9810990900214365873", true, REASON_FORM);
    ICCID_REFUSES("98A09909002143658739", true, REASON_FORM);
}

static void iccid_that_was_a_floating_point_number_says_so(void **state)
{
    (void)state;
    ICCID_ACCEPTS("8981100077665544200", true, GRADE_POSSIBLE, "8981100077665544200");
    assert_int_equal(judged(KIND_ICCID, "8981100077665544200", true).reason, REASON_ROUNDED_NUMBER);
    assert_int_equal(judged(KIND_ICCID, "89811000776655442000", true).reason, REASON_ROUNDED_NUMBER);
    assert_int_equal(judged(KIND_ICCID, "8981100077665544330", true).reason, REASON_CHECK_DIGIT);
    ICCID_REFUSES("8981100077665544200", false, REASON_CHECK_DIGIT);
}

static void iccid_in_groups_needs_a_label(void **state)
{
    (void)state;
    ICCID_ACCEPTS("8901 4103 2111 1851 0720", true, GRADE_CONFIRMED, "89014103211118510720");
    ICCID_REFUSES("8901 4103 2111 1851 0720", false, REASON_UNLABELLED);
}

static void iccid_refuses_other_numbers(void **state)
{
    (void)state;
    ICCID_REFUSES("4111111111111111111", true, REASON_FORM);
    ICCID_REFUSES("89811000123456789", true, REASON_FORM);
    ICCID_REFUSES("898110001234567890123", true, REASON_FORM);
    ICCID_REFUSES("8900000000000000000X", true, REASON_FORM);
    ICCID_REFUSES("0000000000000000000", true, REASON_FORM);
    ICCID_REFUSES("", true, REASON_FORM);
}

static void iccid_marks_test_cards(void **state)
{
    (void)state;
    assert_true(judged(KIND_ICCID, "89014103211118510720", true).sample);
    assert_true(judged(KIND_ICCID, "98109909002143658739", true).sample);
    assert_false(judged(KIND_ICCID, "8981100077665544334", true).sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iccid_with_luhn_is_confirmed_or_likely),
        cmocka_unit_test(iccid_of_no_country_needs_a_label),
        cmocka_unit_test(iccid_whose_luhn_fails_is_possible_under_a_label),
        cmocka_unit_test(iccid_without_check_digit_is_completed),
        cmocka_unit_test(iccid_drops_filler_and_a_digit_behind_the_number),
        cmocka_unit_test(iccid_undoes_swapped_nibbles),
        cmocka_unit_test(iccid_that_was_a_floating_point_number_says_so),
        cmocka_unit_test(iccid_in_groups_needs_a_label),
        cmocka_unit_test(iccid_refuses_other_numbers),
        cmocka_unit_test(iccid_marks_test_cards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
