/* Tests of detectors/esn.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define ESN_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_ESN, text, labelled, grade, canonical)
#define ESN_REFUSES(text, labelled, reason) REFUSES(KIND_ESN, text, labelled, reason)

static void hex_and_decimal_are_the_same_number(void **state)
{
    (void)state;
    ESN_ACCEPTS("8075B7ED", true, GRADE_LIKELY, "8075B7ED");
    ESN_ACCEPTS("8075b7ed", true, GRADE_LIKELY, "8075B7ED");
    ESN_ACCEPTS("0x8075B7ED", true, GRADE_LIKELY, "8075B7ED");
    ESN_ACCEPTS("12807714797", true, GRADE_LIKELY, "8075B7ED");
    ESN_ACCEPTS("128-07714797", true, GRADE_LIKELY, "8075B7ED");
    ESN_ACCEPTS("24700074565", true, GRADE_LIKELY, "F7012345");
    ESN_ACCEPTS("25516777214", true, GRADE_LIKELY, "FFFFFFFE");
}

static void decimal_parts_have_bounds(void **state)
{
    (void)state;
    ESN_REFUSES("25616777215", true, REASON_FORM);
    ESN_REFUSES("25516777216", true, REASON_FORM);
    ESN_REFUSES("30012345678", true, REASON_FORM);
    ESN_REFUSES("1280771479", true, REASON_FORM);
    ESN_REFUSES("128077147970", true, REASON_FORM);
    ESN_REFUSES("8075B7E", true, REASON_FORM);
    ESN_REFUSES("8075B7EG", true, REASON_FORM);
    ESN_REFUSES("", true, REASON_FORM);
}

static void no_bits_and_all_bits_are_nobody(void **state)
{
    (void)state;
    ESN_REFUSES("00000000", true, REASON_PLACEHOLDER);
    ESN_REFUSES("FFFFFFFF", true, REASON_PLACEHOLDER);
    ESN_REFUSES("25516777215", true, REASON_PLACEHOLDER);
}

static void without_a_label_it_is_nothing(void **state)
{
    (void)state;
    ESN_REFUSES("8075B7ED", false, REASON_UNLABELLED);
    assert_null(detectors[KIND_ESN]->pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_and_decimal_are_the_same_number),
        cmocka_unit_test(decimal_parts_have_bounds),
        cmocka_unit_test(no_bits_and_all_bits_are_nobody),
        cmocka_unit_test(without_a_label_it_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
