/* Tests of detectors/android_id.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define ANDROID_ID_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_ANDROID_ID, text, labelled, grade, canonical)
#define ANDROID_ID_REFUSES(text, labelled, reason) REFUSES(KIND_ANDROID_ID, text, labelled, reason)

static void lost_zeros_are_put_back(void **state)
{
    (void)state;
    ANDROID_ID_ACCEPTS("fe5bfc97355b072e", true, GRADE_LIKELY, "fe5bfc97355b072e");
    ANDROID_ID_ACCEPTS("CE11437AAEF25F7", true, GRADE_LIKELY, "0ce11437aaef25f7");
    ANDROID_ID_ACCEPTS("11437aaef25f70", true, GRADE_LIKELY, "0011437aaef25f70");
    ANDROID_ID_ACCEPTS("1234567890123456", true, GRADE_LIKELY, "1234567890123456");
    ANDROID_ID_REFUSES("1437aaef25f70", true, REASON_FORM);
    ANDROID_ID_REFUSES("dead00beef00dead00", true, REASON_FORM);
    ANDROID_ID_REFUSES("a1b2c3d4e5f6g7h8", true, REASON_FORM);
    ANDROID_ID_REFUSES("unknown", true, REASON_FORM);
}

static void without_a_label_it_is_nothing(void **state)
{
    (void)state;
    ANDROID_ID_REFUSES("fe5bfc97355b072e", false, REASON_UNLABELLED);
}

static void equal_digits_are_nobody(void **state)
{
    (void)state;
    ANDROID_ID_REFUSES("0000000000000000", true, REASON_PLACEHOLDER);
    ANDROID_ID_REFUSES("ffffffffffffffff", true, REASON_PLACEHOLDER);
}

static void what_many_devices_share_is_a_sample(void **state)
{
    (void)state;
    ANDROID_ID_ACCEPTS("9774d56d682e549c", true, GRADE_LIKELY, "9774d56d682e549c");
    assert_true(judged(KIND_ANDROID_ID, "9774D56D682E549C", true).sample);
    assert_false(judged(KIND_ANDROID_ID, "fe5bfc97355b072e", true).sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_zeros_are_put_back),
        cmocka_unit_test(without_a_label_it_is_nothing),
        cmocka_unit_test(equal_digits_are_nobody),
        cmocka_unit_test(what_many_devices_share_is_a_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
