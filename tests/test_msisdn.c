/* Tests of detectors/msisdn.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define MSISDN_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_MSISDN, text, labelled, grade, canonical)
#define MSISDN_REFUSES(text, labelled, reason) REFUSES(KIND_MSISDN, text, labelled, reason)

static void international_numbers_are_one_however_written(void **state)
{
    (void)state;
    MSISDN_ACCEPTS("+819012345678", true, GRADE_CONFIRMED, "+819012345678");
    MSISDN_ACCEPTS("+81-90-1234-5678", true, GRADE_CONFIRMED, "+819012345678");
    MSISDN_ACCEPTS("+81 (0)90 1234 5678", true, GRADE_CONFIRMED, "+819012345678");
    MSISDN_ACCEPTS("+81(0)90.1234.5678", true, GRADE_CONFIRMED, "+819012345678");
    MSISDN_ACCEPTS("+1 (415) 555-2671", true, GRADE_CONFIRMED, "+14155552671");
    MSISDN_ACCEPTS("(+34) 612 345 678", true, GRADE_CONFIRMED, "+34612345678");
    MSISDN_ACCEPTS("0081 90 1234 5678", true, GRADE_LIKELY, "+819012345678");
    MSISDN_ACCEPTS("011 81 90 1234 5678", true, GRADE_LIKELY, "+819012345678");
}

static void national_numbers_mean_another_one_in_each_country(void **state)
{
    (void)state;
    MSISDN_REFUSES("090-1234-5678", true, REASON_ISSUER);
    MSISDN_REFUSES("4155552671", true, REASON_ISSUER);
    MSISDN_REFUSES("819012345678", true, REASON_ISSUER);
}

static void calling_codes_must_exist(void **state)
{
    (void)state;
    MSISDN_REFUSES("+0123456789", true, REASON_ISSUER);
    MSISDN_REFUSES("+2101234567", true, REASON_ISSUER);
    MSISDN_REFUSES("+000000000", true, REASON_PLACEHOLDER);
    MSISDN_REFUSES("+1111111111", true, REASON_PLACEHOLDER);
}

static void lengths_have_bounds(void **state)
{
    (void)state;
    MSISDN_ACCEPTS("+12345678", true, GRADE_CONFIRMED, "+12345678");
    MSISDN_ACCEPTS("+818012345678901", true, GRADE_CONFIRMED, "+818012345678901");
    MSISDN_REFUSES("+1234567", true, REASON_FORM);
    MSISDN_REFUSES("+8190123456789012", true, REASON_FORM);
    MSISDN_REFUSES("8190123456789012345", true, REASON_FORM);
}

static void other_text_is_none(void **state)
{
    (void)state;
    MSISDN_REFUSES("+", true, REASON_FORM);
    MSISDN_REFUSES("", true, REASON_FORM);
    MSISDN_REFUSES("++819012345678", true, REASON_FORM);
    MSISDN_REFUSES("+81 90 12AB 5678", true, REASON_FORM);
    MSISDN_REFUSES("+81   90 1234 5678", true, REASON_FORM);
    MSISDN_REFUSES("unknown", true, REASON_FORM);
}

/* It tells whose a record is, and makes none. */
static void it_is_a_linking_key_found_by_its_label(void **state)
{
    (void)state;
    MSISDN_REFUSES("+819012345678", false, REASON_UNLABELLED);
    MSISDN_REFUSES("819012345678", false, REASON_FORM);
    assert_null(detectors[KIND_MSISDN]->pattern);
    assert_int_equal(detectors[KIND_MSISDN]->element, ELEMENT_NONE);
    for (int kind = 0; kind < KIND_COUNT; kind++)
        assert_int_equal(detectors[kind]->element == ELEMENT_NONE, kind_links((unsigned)kind));
    assert_false(kind_links(KIND_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(international_numbers_are_one_however_written),
        cmocka_unit_test(national_numbers_mean_another_one_in_each_country),
        cmocka_unit_test(calling_codes_must_exist),
        cmocka_unit_test(lengths_have_bounds),
        cmocka_unit_test(other_text_is_none),
        cmocka_unit_test(it_is_a_linking_key_found_by_its_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
