/* Tests of detectors/uuid.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define UUID_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_UUID, text, labelled, grade, canonical)
#define UUID_REFUSES(text, labelled, reason) REFUSES(KIND_UUID, text, labelled, reason)

static void versions_1_to_8_are_likely_under_a_label(void **state)
{
    (void)state;
    UUID_ACCEPTS("C232AB00-9414-11EC-B3C8-9F6BDECED846", true, GRADE_LIKELY, "c232ab00-9414-11ec-b3c8-9f6bdeced846");
    UUID_ACCEPTS("919108f7-52d1-4320-9bac-f847db4148a8", true, GRADE_LIKELY, "919108f7-52d1-4320-9bac-f847db4148a8");
    UUID_ACCEPTS("2489E9AD-2EE2-8E00-8EC9-32D5F69181C0", true, GRADE_LIKELY, "2489e9ad-2ee2-8e00-8ec9-32d5f69181c0");
    UUID_REFUSES("919108f7-52d1-4320-9bac-f847db4148a8", false, REASON_UNLABELLED);
}

static void braces_urns_and_bare_digits_are_the_same(void **state)
{
    (void)state;
    UUID_ACCEPTS("{A0D695EA-7CFB-535F-A79D-FC578353A20E}", true, GRADE_LIKELY, "a0d695ea-7cfb-535f-a79d-fc578353a20e");
    UUID_ACCEPTS("URN:uuid:67f9d3b1-09dc-4995-b56a-9548c3af88c8", true, GRADE_LIKELY, "67f9d3b1-09dc-4995-b56a-9548c3af88c8");
    UUID_ACCEPTS("b1ddd1f02f134a17b8c568d4b43166d1", true, GRADE_LIKELY, "b1ddd1f0-2f13-4a17-b8c5-68d4b43166d1");
    UUID_ACCEPTS("{A0D695EA-7CFB-535F-A79D-FC578353A20E", true, GRADE_LIKELY, "a0d695ea-7cfb-535f-a79d-fc578353a20e");
    UUID_REFUSES("A0D695EA-7CFB-535F-A79D-FC578353A20E}", true, REASON_FORM);
    UUID_REFUSES("{A0D695EA-7CFB-535F-A79D-FC578353A20E}}", true, REASON_FORM);
    UUID_REFUSES("urn:uuid:", true, REASON_FORM);
}

static void other_versions_and_variants_are_refused(void **state)
{
    (void)state;
    UUID_REFUSES("a8d1f2b4-7e52-0d90-816f-425d6e7f8091", true, REASON_ISSUER);
    UUID_REFUSES("a8d1f2b4-7e52-9d90-816f-425d6e7f8091", true, REASON_ISSUER);
    UUID_REFUSES("a8d1f2b4-7e52-4d90-c16f-425d6e7f8091", true, REASON_ISSUER);
    UUID_REFUSES("a8d1f2b4-7e52-4d90-716f-425d6e7f8091", true, REASON_ISSUER);
    UUID_REFUSES("d41d8cd98f00b204e9800998ecf8427e", true, REASON_ISSUER);
}

static void nil_and_max_are_nobody(void **state)
{
    (void)state;
    UUID_REFUSES("00000000-0000-0000-0000-000000000000", true, REASON_PLACEHOLDER);
    UUID_REFUSES("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", false, REASON_PLACEHOLDER);
    UUID_REFUSES("11111111-1111-1111-1111-111111111111", true, REASON_PLACEHOLDER);
}

static void hyphens_have_their_places(void **state)
{
    (void)state;
    UUID_REFUSES("919108f752d1-4320-9bac-f847db4148a8", true, REASON_FORM);
    UUID_REFUSES("919108f75-2d1-4320-9bac-f847db4148a8", true, REASON_FORM);
    UUID_REFUSES("919108f7-52d1-4320-9bac-f847db4148a81", true, REASON_FORM);
    UUID_REFUSES("919108f7-52d1-4320-9bac-f847db4148ag", true, REASON_FORM);
    UUID_REFUSES("", true, REASON_FORM);
}

static void documentation_is_a_sample(void **state)
{
    (void)state;
    assert_true(judged(KIND_UUID, "550E8400-E29B-41D4-A716-446655440000", true).sample);
    assert_false(judged(KIND_UUID, "919108f7-52d1-4320-9bac-f847db4148a8", true).sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_1_to_8_are_likely_under_a_label),
        cmocka_unit_test(braces_urns_and_bare_digits_are_the_same),
        cmocka_unit_test(other_versions_and_variants_are_refused),
        cmocka_unit_test(nil_and_max_are_nobody),
        cmocka_unit_test(hyphens_have_their_places),
        cmocka_unit_test(documentation_is_a_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
