/* Tests of detectors/eid.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define EID_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_EID, text, labelled, grade, canonical)
#define EID_REFUSES(text, labelled, reason) REFUSES(KIND_EID, text, labelled, reason)

static const char old_style[] = "89086030202200000022000023022943", new_style[] = "35840001020304050607080910111275";

static void check_digits_and_label_confirm_whatever_the_start(void **state)
{
    (void)state;
    EID_ACCEPTS(old_style, true, GRADE_CONFIRMED, old_style);
    EID_ACCEPTS(new_style, true, GRADE_CONFIRMED, new_style);
}

static void without_a_label_the_start_matters(void **state)
{
    (void)state;
    EID_ACCEPTS(old_style, false, GRADE_LIKELY, old_style);
    EID_ACCEPTS(new_style, false, GRADE_POSSIBLE, new_style);
    EID_REFUSES("89086030202200000022000023022934", false, REASON_CHECK_DIGIT);
}

static void other_check_digits_are_possible_under_a_label(void **state)
{
    (void)state;
    EID_ACCEPTS("89086030202200000022000023022934", true, GRADE_POSSIBLE, "89086030202200000022000023022934");
    assert_int_equal(judged(KIND_EID, "89086030202200000022000023022934", true).reason, REASON_CHECK_DIGIT);
    /* What is left of one that was a number of JSON. */
    EID_ACCEPTS("89086030202200000000000000000000", true, GRADE_POSSIBLE, "89086030202200000000000000000000");
    assert_int_equal(judged(KIND_EID, "89086030202200000000000000000000", true).reason, REASON_ROUNDED_NUMBER);
}

static void groups_and_the_card_s_tag_are_undone_under_a_label(void **state)
{
    (void)state;
    EID_ACCEPTS("8904 9032 1234 5123 4512 3456 7897 7768", true, GRADE_CONFIRMED, "89049032123451234512345678977768");
    EID_ACCEPTS("5A1089086030202200000022000023022943", true, GRADE_CONFIRMED, old_style);
    EID_ACCEPTS("5a1089086030202200000022000023022943", true, GRADE_CONFIRMED, old_style);
    EID_REFUSES("8904 9032 1234 5123 4512 3456 7897 7768", false, REASON_UNLABELLED);
    EID_REFUSES("5A1089086030202200000022000023022943", false, REASON_FORM);
}

static void other_forms_are_none(void **state)
{
    (void)state;
    EID_REFUSES("00000000000000000000000000000001", true, REASON_PLACEHOLDER);
    EID_REFUSES("11111111111111111111111111111111", true, REASON_PLACEHOLDER);
    EID_REFUSES("8904903212345123451234567890123", true, REASON_FORM);
    EID_REFUSES("890490321234512345123456789012355", true, REASON_FORM);
    EID_REFUSES("d41d8cd98f00b204e9800998ecf8427e", true, REASON_FORM);
    EID_REFUSES("", true, REASON_FORM);
}

static void sample_values_are_marked(void **state)
{
    (void)state;
    assert_true(judged(KIND_EID, "89049032123451234512345678901235", true).sample);
    assert_false(judged(KIND_EID, old_style, true).sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_digits_and_label_confirm_whatever_the_start),
        cmocka_unit_test(without_a_label_the_start_matters),
        cmocka_unit_test(other_check_digits_are_possible_under_a_label),
        cmocka_unit_test(groups_and_the_card_s_tag_are_undone_under_a_label),
        cmocka_unit_test(other_forms_are_none),
        cmocka_unit_test(sample_values_are_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
