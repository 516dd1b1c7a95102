/* Tests of detectors/eui64.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define EUI64_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_EUI64, text, labelled, grade, canonical)
#define EUI64_REFUSES(text, labelled, reason) REFUSES(KIND_EUI64, text, labelled, reason)

static void a_label_and_an_assigned_block_confirm(void **state)
{
    (void)state;
    EUI64_ACCEPTS("00-15-8D-00-02-7A-BC-DE", true, GRADE_CONFIRMED, "00:15:8d:00:02:7a:bc:de");
    EUI64_ACCEPTS("00:15:8d:00:02:7a:bc:de", false, GRADE_LIKELY, "00:15:8d:00:02:7a:bc:de");
    EUI64_ACCEPTS("0013.a200.4012.3456", true, GRADE_CONFIRMED, "00:13:a2:00:40:12:34:56");
    EUI64_ACCEPTS("588E81FFFE123456", true, GRADE_CONFIRMED, "58:8e:81:ff:fe:12:34:56");
}

static void other_blocks_are_likely_or_possible(void **state)
{
    (void)state;
    EUI64_ACCEPTS("02-00-5E-10-00-00-00-01", true, GRADE_LIKELY, "02:00:5e:10:00:00:00:01");
    EUI64_ACCEPTS("02-00-5E-10-00-00-00-01", false, GRADE_POSSIBLE, "02:00:5e:10:00:00:00:01");
}

static void some_forms_need_a_label(void **state)
{
    (void)state;
    EUI64_REFUSES("588E81FFFE123456", false, REASON_UNLABELLED);
    EUI64_REFUSES("00 15 8D 00 02 7A BC DE", false, REASON_UNLABELLED);
    EUI64_ACCEPTS("00 15 8D 00 02 7A BC DE", true, GRADE_CONFIRMED, "00:15:8d:00:02:7a:bc:de");
    EUI64_REFUSES("0015-8d00-027a-bcde", false, REASON_UNLABELLED);
    EUI64_ACCEPTS("0015:8d00:027a:bcde", true, GRADE_CONFIRMED, "00:15:8d:00:02:7a:bc:de");
    EUI64_REFUSES("0015.8000.0271.1234", false, REASON_UNLABELLED);
    EUI64_ACCEPTS("0015.8000.0271.1234", true, GRADE_CONFIRMED, "00:15:80:00:02:71:12:34");
}

static void groups_and_placeholders_are_refused(void **state)
{
    (void)state;
    EUI64_REFUSES("03:00:00:00:00:00:00:01", true, REASON_GROUP_ADDRESS);
    EUI64_REFUSES("00:00:00:00:00:00:00:00", true, REASON_PLACEHOLDER);
    EUI64_REFUSES("ff:ff:ff:ff:ff:ff:ff:ff", true, REASON_PLACEHOLDER);
}

static void marks_are_the_same_throughout(void **state)
{
    (void)state;
    EUI64_REFUSES("00-15-8D:00-02-7A-BC-DE", true, REASON_FORM);
    EUI64_REFUSES("0013.a200-4012.3456", true, REASON_FORM);
    EUI64_REFUSES("01:02:03:04:05:06:07", true, REASON_FORM);
    EUI64_REFUSES("00-15-8D-00-02-7A-BC-DG", true, REASON_FORM);
    EUI64_REFUSES("588E81FFFE12345", true, REASON_FORM);
    EUI64_REFUSES("", true, REASON_FORM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_label_and_an_assigned_block_confirm),
        cmocka_unit_test(other_blocks_are_likely_or_possible),
        cmocka_unit_test(some_forms_need_a_label),
        cmocka_unit_test(groups_and_placeholders_are_refused),
        cmocka_unit_test(marks_are_the_same_throughout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
