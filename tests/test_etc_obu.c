/* Tests of detectors/etc_obu.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define ETC_OBU_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_ETC_OBU, text, labelled, grade, canonical)
#define ETC_OBU_REFUSES(text, labelled, reason) REFUSES(KIND_ETC_OBU, text, labelled, reason)

static void nineteen_digits_are_likely_under_a_label(void **state)
{
    (void)state;
    ETC_OBU_ACCEPTS("0502310012345000123", true, GRADE_LIKELY, "0502310012345000123");
    ETC_OBU_ACCEPTS("05023-10012345-000123", true, GRADE_LIKELY, "0502310012345000123");
    ETC_OBU_ACCEPTS("02001 30405060 708090", true, GRADE_LIKELY, "0200130405060708090");
    ETC_OBU_REFUSES("0502310012345000123", false, REASON_UNLABELLED);
}

static void other_lengths_and_characters_are_refused(void **state)
{
    (void)state;
    ETC_OBU_REFUSES("050231001234500012", true, REASON_FORM);
    ETC_OBU_REFUSES("05023100123450001234", true, REASON_FORM);
    ETC_OBU_REFUSES("05023-10012345-00012A", true, REASON_FORM);
    ETC_OBU_REFUSES("05023--10012345-000123", true, REASON_FORM);
    ETC_OBU_REFUSES("05023/10012345/000123", true, REASON_FORM);
    ETC_OBU_REFUSES("1234567890123456", true, REASON_FORM);
    ETC_OBU_REFUSES("", true, REASON_FORM);
}

static void zeros_and_the_beginning_of_an_iccid_are_refused(void **state)
{
    (void)state;
    ETC_OBU_REFUSES("0000000000000000000", true, REASON_PLACEHOLDER);
    ETC_OBU_REFUSES("8981100012345000123", true, REASON_OTHER_KIND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nineteen_digits_are_likely_under_a_label),
        cmocka_unit_test(other_lengths_and_characters_are_refused),
        cmocka_unit_test(zeros_and_the_beginning_of_an_iccid_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
