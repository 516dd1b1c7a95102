/* Tests of detectors/terminal_id.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define TERMINAL_ID_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_TERMINAL_ID, text, labelled, grade, canonical)
#define TERMINAL_ID_REFUSES(text, labelled, reason) REFUSES(KIND_TERMINAL_ID, text, labelled, reason)

static void a_label_makes_likely(void **state)
{
    (void)state;
    TERMINAL_ID_ACCEPTS("A0012345", true, GRADE_LIKELY, "A0012345");
    TERMINAL_ID_ACCEPTS("dcm-00.12_345", true, GRADE_LIKELY, "DCM-00.12_345");
    TERMINAL_ID_ACCEPTS("123456", true, GRADE_LIKELY, "123456");
    TERMINAL_ID_ACCEPTS("ABCDEFGHIJKLMNOPQRSTUVWXYZAB1234", true, GRADE_LIKELY, "ABCDEFGHIJKLMNOPQRSTUVWXYZAB1234");
    TERMINAL_ID_REFUSES("A0012345", false, REASON_UNLABELLED);
}

static void length_and_digits_have_bounds(void **state)
{
    (void)state;
    TERMINAL_ID_REFUSES("A1234", true, REASON_FORM);
    TERMINAL_ID_REFUSES("ABCDEFGHIJKLMNOPQRSTUVWXYZABC1234", true, REASON_FORM);
    TERMINAL_ID_REFUSES("ABCD123", true, REASON_FORM);
    TERMINAL_ID_ACCEPTS("ABCD1234", true, GRADE_LIKELY, "ABCD1234");
    TERMINAL_ID_REFUSES("", true, REASON_FORM);
}

static void other_characters_are_refused(void **state)
{
    (void)state;
    TERMINAL_ID_REFUSES("A001 2345", true, REASON_FORM);
    TERMINAL_ID_REFUSES("A001/2345", true, REASON_FORM);
    TERMINAL_ID_REFUSES("端末0012345", true, REASON_FORM);
}

static void equal_characters_are_nobody(void **state)
{
    (void)state;
    TERMINAL_ID_REFUSES("00000000", true, REASON_PLACEHOLDER);
    TERMINAL_ID_REFUSES("99999999", true, REASON_PLACEHOLDER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_label_makes_likely),
        cmocka_unit_test(length_and_digits_have_bounds),
        cmocka_unit_test(other_characters_are_refused),
        cmocka_unit_test(equal_characters_are_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
