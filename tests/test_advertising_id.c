/* Tests of detectors/advertising_id.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define ADVERTISING_ID_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_ADVERTISING_ID, text, labelled, grade, canonical)
#define ADVERTISING_ID_REFUSES(text, labelled, reason) REFUSES(KIND_ADVERTISING_ID, text, labelled, reason)

static void version_4_is_likely_under_a_label(void **state)
{
    (void)state;
    ADVERTISING_ID_ACCEPTS("7CE45A3A-BB76-4C2C-9D7C-39ACD4BA82D1", true, GRADE_LIKELY, "7ce45a3a-bb76-4c2c-9d7c-39acd4ba82d1");
    ADVERTISING_ID_ACCEPTS("ea6977a9-af0d-43fb-9d86-90d91ad148ad", true, GRADE_LIKELY, "ea6977a9-af0d-43fb-9d86-90d91ad148ad");
    ADVERTISING_ID_REFUSES("ea6977a9-af0d-43fb-9d86-90d91ad148ad", false, REASON_UNLABELLED);
}

static void other_versions_are_possible(void **state)
{
    (void)state;
    ADVERTISING_ID_ACCEPTS("6ba7b810-9dad-11d1-80b4-00c04fd430c8", true, GRADE_POSSIBLE, "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    ADVERTISING_ID_REFUSES("a8d1f2b4-7e52-4d90-c16f-425d6e7f8091", true, REASON_ISSUER);
    ADVERTISING_ID_REFUSES("919108f752d1-4320-9bac-f847db4148a8", true, REASON_FORM);
}

static void zeros_mean_that_the_person_opted_out(void **state)
{
    (void)state;
    ADVERTISING_ID_REFUSES("00000000-0000-0000-0000-000000000000", true, REASON_PLACEHOLDER);
    ADVERTISING_ID_REFUSES("ffffffff-ffff-ffff-ffff-ffffffffffff", true, REASON_PLACEHOLDER);
}

static void documentation_is_a_sample(void **state)
{
    (void)state;
    assert_true(judged(KIND_ADVERTISING_ID, "550e8400-e29b-41d4-a716-446655440000", true).sample);
    assert_false(judged(KIND_ADVERTISING_ID, "ea6977a9-af0d-43fb-9d86-90d91ad148ad", true).sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_4_is_likely_under_a_label),
        cmocka_unit_test(other_versions_are_possible),
        cmocka_unit_test(zeros_mean_that_the_person_opted_out),
        cmocka_unit_test(documentation_is_a_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
