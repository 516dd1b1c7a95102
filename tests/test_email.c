/* Tests of detectors/email.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define EMAIL_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_EMAIL, text, labelled, grade, canonical)
#define EMAIL_REFUSES(text, labelled, reason) REFUSES(KIND_EMAIL, text, labelled, reason)

static void the_full_form_is_confirmed_under_a_label(void **state)
{
    (void)state;
    EMAIL_ACCEPTS("Taro.Yamada+car@Corp.co.JP", true, GRADE_CONFIRMED, "taro.yamada+car@corp.co.jp");
    EMAIL_ACCEPTS("mailto:a@b.de", true, GRADE_CONFIRMED, "a@b.de");
    EMAIL_ACCEPTS("Taro Yamada <taro@corp.jp>", true, GRADE_CONFIRMED, "taro@corp.jp");
    EMAIL_ACCEPTS("o'neil_1@mail-2.x.xn--p1ai", true, GRADE_CONFIRMED, "o'neil_1@mail-2.x.xn--p1ai");
    EMAIL_REFUSES("taro@corp.jp", false, REASON_UNLABELLED);
}

static void local_parts_have_letters_digits_and_some_signs(void **state)
{
    (void)state;
    EMAIL_REFUSES("@corp.jp", true, REASON_FORM);
    EMAIL_REFUSES(".taro@corp.jp", true, REASON_FORM);
    EMAIL_REFUSES("taro.@corp.jp", true, REASON_FORM);
    EMAIL_REFUSES("ta..ro@corp.jp", true, REASON_FORM);
    EMAIL_REFUSES("ta ro@corp.jp", true, REASON_FORM);
    EMAIL_REFUSES("ta@ro@corp.jp", true, REASON_FORM);
    EMAIL_REFUSES("太郎@corp.jp", true, REASON_FORM);
    EMAIL_REFUSES("", true, REASON_FORM);
    EMAIL_REFUSES("taro", true, REASON_FORM);
}

static void domains_have_two_labels_and_end_in_letters(void **state)
{
    (void)state;
    EMAIL_REFUSES("taro@corp", true, REASON_FORM);
    EMAIL_REFUSES("taro@corp.j", true, REASON_FORM);
    EMAIL_REFUSES("taro@corp.12", true, REASON_FORM);
    EMAIL_REFUSES("taro@corp..jp", true, REASON_FORM);
    EMAIL_REFUSES("taro@.corp.jp", true, REASON_FORM);
    EMAIL_REFUSES("taro@corp.jp.", true, REASON_FORM);
    EMAIL_REFUSES("taro@-corp.jp", true, REASON_FORM);
    EMAIL_REFUSES("taro@co_rp.jp", true, REASON_FORM);
    EMAIL_REFUSES("taro@", true, REASON_FORM);
}

static void what_cannot_be_counted_is_said(void **state)
{
    (void)state;
    EMAIL_REFUSES("a2345678901234567890123456789012345678@abcde.com", true, REASON_TOO_LONG);
    EMAIL_ACCEPTS("a234567890123456789012345678901234567@abcde.com", true, GRADE_CONFIRMED, "a234567890123456789012345678901234567@abcde.com");
}

static void domains_of_examples_are_samples(void **state)
{
    (void)state;
    assert_true(judged(KIND_EMAIL, "a@example.com", true).sample);
    assert_true(judged(KIND_EMAIL, "a@MAIL.example.org", true).sample);
    assert_true(judged(KIND_EMAIL, "a@host.test", true).sample);
    assert_false(judged(KIND_EMAIL, "a@myexample.com", true).sample);
    assert_false(judged(KIND_EMAIL, "a@contest.de", true).sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_full_form_is_confirmed_under_a_label),
        cmocka_unit_test(local_parts_have_letters_digits_and_some_signs),
        cmocka_unit_test(domains_have_two_labels_and_end_in_letters),
        cmocka_unit_test(what_cannot_be_counted_is_said),
        cmocka_unit_test(domains_of_examples_are_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
