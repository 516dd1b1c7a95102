/* Tests of detectors/vin.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../detectors/vin.h"
#include "judging.h"

#define VIN_ACCEPTS(text, labelled, grade) ACCEPTS(KIND_VIN, text, labelled, grade, text)

static void vin_with_right_digit_and_known_maker_is_confirmed(void **state)
{
    (void)state;
    VIN_ACCEPTS("1HGCM82633A004352", false, GRADE_CONFIRMED);
    VIN_ACCEPTS("1M8GDM9AXKP042788", true, GRADE_CONFIRMED);
    VIN_ACCEPTS("JTDKN3DU7A1224466", false, GRADE_CONFIRMED);
}

static void vin_knows_small_makers_by_six_characters(void **state)
{
    (void)state;
    char key[7];
    assert_int_equal(vin_wmi_key("TM912345678901234", key), 6);
    assert_string_equal(key, "TM9901");
    assert_int_equal(vin_wmi_key("1M8GDM9AXKP042788", key), 3);
    assert_string_equal(key, "1M8");
}

static void vin_grades_a_european_number_by_shape(void **state)
{
    (void)state;
    VIN_ACCEPTS("WVWZZZ1KZ8W654321", true, GRADE_CONFIRMED);
    VIN_ACCEPTS("WVWZZZ1KZ8W654321", false, GRADE_LIKELY);
}

static void vin_of_an_unknown_maker_is_possible_by_form(void **state)
{
    (void)state;
    VIN_ACCEPTS("WXXZZ51KZ87654321", false, GRADE_POSSIBLE);
    REFUSES(KIND_VIN, "WXXZZABKZDWGH4321", false, REASON_UNLABELLED); /* four digits are too few */
}

static void vin_whose_binding_digit_fails_needs_a_label(void **state)
{
    (void)state;
    REFUSES(KIND_VIN, "1HGCM82633A004353", false, REASON_CHECK_DIGIT);
    VIN_ACCEPTS("1HGCM82633A004353", true, GRADE_POSSIBLE);
    assert_int_equal(judged(KIND_VIN, "1HGCM82633A004353", true).reason, REASON_CHECK_DIGIT);
    REFUSES(KIND_VIN, "LSVFA49J8M2134002", false, REASON_CHECK_DIGIT); /* China binds too */
}

static void vin_of_no_region_is_refused_without_label(void **state)
{
    (void)state;
    REFUSES(KIND_VIN, "0TDKN3DU7A1224461", false, REASON_ISSUER);
    VIN_ACCEPTS("0TDKN3DU7A1224461", true, GRADE_LIKELY);
}

static void vin_of_one_character_is_a_placeholder(void **state)
{
    (void)state;
    REFUSES(KIND_VIN, "11111111111111111", true, REASON_PLACEHOLDER);
    REFUSES(KIND_VIN, "00000000000000000", true, REASON_PLACEHOLDER);
    assert_true(vin_check_digit_holds("11111111111111111"));
}

static void vin_that_looks_like_hex_needs_a_label(void **state)
{
    (void)state;
    REFUSES(KIND_VIN, "1A4BC82633A004352", false, REASON_UNLABELLED);
    REFUSES(KIND_VIN, "12345678901234567", false, REASON_UNLABELLED);
}

static void vin_refuses_letters_outside_its_alphabet(void **state)
{
    (void)state;
    for (int i = 0; i < VIN_LENGTH; i++) {
        static const char wrong[] = "IOQ-_@[`{/:";
        for (const char *character = wrong; *character != '\0'; character++) {
            char text[] = "1HGCM82633A004352";
            text[i] = *character;
            REFUSES(KIND_VIN, text, true, REASON_FORM);
        }
    }
    REFUSES(KIND_VIN, "JTDKN3DU7A122446Z", true, REASON_FORM);
    REFUSES(KIND_VIN, "", true, REASON_FORM);
}

static void vin_reads_lower_case_and_the_import_prefix(void **state)
{
    (void)state;
    ACCEPTS(KIND_VIN, "jtdkn3du7a1224466", false, GRADE_CONFIRMED, "JTDKN3DU7A1224466");
    ACCEPTS(KIND_VIN, "IJTDKN3DU7A1224466", false, GRADE_CONFIRMED, "JTDKN3DU7A1224466");
    REFUSES(KIND_VIN, "XJTDKN3DU7A1224466", true, REASON_FORM);
}

static void vin_in_groups_needs_a_label(void **state)
{
    (void)state;
    ACCEPTS(KIND_VIN, "1HG-CM8263-3A004352", true, GRADE_CONFIRMED, "1HGCM82633A004352");
    REFUSES(KIND_VIN, "1HG-CM8263-3A004352", false, REASON_FORM);
    REFUSES(KIND_VIN, "1HG-CM8263-3A0043", true, REASON_FORM);
}

static void vin_marks_documentation_numbers(void **state)
{
    (void)state;
    assert_true(judged(KIND_VIN, "1HGCM82633A004352", false).sample);
    assert_false(judged(KIND_VIN, "JTDKN3DU7A1224466", false).sample);
}

static void vin_year_follows_position_seven(void **state)
{
    (void)state;
    assert_int_equal(vin_model_year("1HGCM82633A004352"), 2003);
    assert_int_equal(vin_model_year("1VWBH7A30DC104945"), 2013);
    assert_int_equal(vin_model_year("1HGCM82630A004352"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vin_with_right_digit_and_known_maker_is_confirmed),
        cmocka_unit_test(vin_knows_small_makers_by_six_characters),
        cmocka_unit_test(vin_grades_a_european_number_by_shape),
        cmocka_unit_test(vin_of_an_unknown_maker_is_possible_by_form),
        cmocka_unit_test(vin_whose_binding_digit_fails_needs_a_label),
        cmocka_unit_test(vin_of_no_region_is_refused_without_label),
        cmocka_unit_test(vin_of_one_character_is_a_placeholder),
        cmocka_unit_test(vin_that_looks_like_hex_needs_a_label),
        cmocka_unit_test(vin_refuses_letters_outside_its_alphabet),
        cmocka_unit_test(vin_reads_lower_case_and_the_import_prefix),
        cmocka_unit_test(vin_in_groups_needs_a_label),
        cmocka_unit_test(vin_marks_documentation_numbers),
        cmocka_unit_test(vin_year_follows_position_seven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
