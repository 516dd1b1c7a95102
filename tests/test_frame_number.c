/* Tests of detectors/frame_number.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define FRAME_ACCEPTS(text, labelled, grade, canonical)                                            \
    ACCEPTS(KIND_FRAME_NUMBER, text, labelled, grade, canonical)
#define FRAME_REFUSES(text, labelled, reason) REFUSES(KIND_FRAME_NUMBER, text, labelled, reason)

static void frame_number_of_a_known_prefix_is_likely(void **state)
{
    (void)state;
    FRAME_ACCEPTS("ZVW30-0052877", false, GRADE_LIKELY, "ZVW30-0052877");
    FRAME_ACCEPTS("GFC27-180103", false, GRADE_LIKELY, "GFC27-180103");
    FRAME_ACCEPTS("VMG-027216", false, GRADE_LIKELY, "VMG-027216");
    FRAME_ACCEPTS("CWEAWN-100008", false, GRADE_LIKELY, "CWEAWN-100008");
}

static void frame_number_under_a_label_is_confirmed(void **state)
{
    (void)state;
    FRAME_ACCEPTS("ZVW30-0052877", true, GRADE_CONFIRMED, "ZVW30-0052877");
    FRAME_ACCEPTS("XY99Z-12345", true, GRADE_CONFIRMED, "XY99Z-12345");
    FRAME_ACCEPTS("JIRA-123456", true, GRADE_POSSIBLE, "JIRA-123456");
}

static void frame_number_of_an_unknown_prefix_is_possible(void **state)
{
    (void)state;
    FRAME_ACCEPTS("XY99Z-123456", false, GRADE_POSSIBLE, "XY99Z-123456");
    FRAME_REFUSES("XY99Z-12345", false, REASON_UNLABELLED);
    FRAME_REFUSES("JIRA-123456", false, REASON_UNLABELLED);
    FRAME_REFUSES("ABC-1234567", false, REASON_UNLABELLED);
}

static void frame_number_width_decides_between_makers(void **state)
{
    (void)state;
    FRAME_ACCEPTS("ZE1-012345", false, GRADE_LIKELY, "ZE1-012345");
    FRAME_ACCEPTS("ZE1-0123456", false, GRADE_LIKELY, "ZE1-0123456");
    FRAME_ACCEPTS("ZVW30-005287", false, GRADE_POSSIBLE, "ZVW30-005287");
}

static void frame_number_refuses_what_only_resembles_it(void **state)
{
    (void)state;
    static const char *const others[] = {
        "DAA-ZVW30", "ZVW30-AHXEB", "52119-47070", "03-1234567", "CVE-2023-27350", "NCC-1701",
        "ZVW30-12345678", "ZVW30-1234", "ZVW30/1234567", "A-1234567", "ABCDEFGH-123456",
        "ZV\xC3\xA9-1234567", "1234567-ZVW30", "-1234567", "ISO-8859-1", "",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        FRAME_REFUSES(others[i], false, REASON_FORM);
        FRAME_REFUSES(others[i], true, REASON_FORM);
    }
}

static void frame_number_is_read_in_other_writings_under_a_label(void **state)
{
    (void)state;
    FRAME_ACCEPTS("zvw30-1357924", true, GRADE_CONFIRMED, "ZVW30-1357924");
    FRAME_ACCEPTS("ZVW30 - 1357924", true, GRADE_CONFIRMED, "ZVW30-1357924");
    FRAME_ACCEPTS("Z R R 8 0 - 0 3 4 2 7 0 0", true, GRADE_CONFIRMED, "ZRR80-0342700");
    FRAME_REFUSES("zvw30-1357924", false, REASON_FORM);
}

static void frame_number_without_separator_is_split_by_the_table(void **state)
{
    (void)state;
    FRAME_ACCEPTS("ZVW301357924", true, GRADE_CONFIRMED, "ZVW30-1357924");
    FRAME_ACCEPTS("NZE1213012345", true, GRADE_CONFIRMED, "NZE121-3012345");
    FRAME_REFUSES("QQQ991357924", true, REASON_FORM);
}

static void frame_number_serial_with_letter_needs_a_label(void **state)
{
    (void)state;
    FRAME_ACCEPTS("ZX636C-A12345", true, GRADE_LIKELY, "ZX636C-A12345");
    FRAME_REFUSES("ZX636C-A12345", false, REASON_FORM);
}

static void frame_number_stamped_by_the_authority_has_equal_kanji(void **state)
{
    (void)state;
    FRAME_ACCEPTS("国[01]00001国", true, GRADE_CONFIRMED, "国[01]00001国");
    FRAME_ACCEPTS("東(12)345678東", false, GRADE_LIKELY, "東[12]345678東");
    FRAME_REFUSES("国[01]00001東", true, REASON_FORM);
    FRAME_REFUSES("東12345678東", true, REASON_FORM);
    FRAME_REFUSES("国[01]0001国", true, REASON_FORM);
    FRAME_REFUSES("国[0A]00001国", true, REASON_FORM);
}

static void frame_number_marks_placeholders(void **state)
{
    (void)state;
    assert_true(judged(KIND_FRAME_NUMBER, "ZVW30-1234567", false).sample);
    assert_true(judged(KIND_FRAME_NUMBER, "ZVW301234567", true).sample);
    assert_false(judged(KIND_FRAME_NUMBER, "ZVW30-0052877", false).sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_number_of_a_known_prefix_is_likely),
        cmocka_unit_test(frame_number_under_a_label_is_confirmed),
        cmocka_unit_test(frame_number_of_an_unknown_prefix_is_possible),
        cmocka_unit_test(frame_number_width_decides_between_makers),
        cmocka_unit_test(frame_number_refuses_what_only_resembles_it),
        cmocka_unit_test(frame_number_is_read_in_other_writings_under_a_label),
        cmocka_unit_test(frame_number_without_separator_is_split_by_the_table),
        cmocka_unit_test(frame_number_serial_with_letter_needs_a_label),
        cmocka_unit_test(frame_number_stamped_by_the_authority_has_equal_kanji),
        cmocka_unit_test(frame_number_marks_placeholders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
