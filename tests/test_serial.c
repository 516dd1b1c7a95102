/* Tests of detectors/serial.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judging.h"

#define SERIAL_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_SERIAL, text, labelled, grade, canonical)
#define SERIAL_REFUSES(text, labelled, reason) REFUSES(KIND_SERIAL, text, labelled, reason)

static void a_label_makes_likely(void **state)
{
    (void)state;
    SERIAL_ACCEPTS("F17abc12def3", true, GRADE_LIKELY, "F17ABC12DEF3");
    SERIAL_ACCEPTS("00008030-001A2D3C0E88402E", true, GRADE_LIKELY, "00008030-001A2D3C0E88402E");
    SERIAL_ACCEPTS("12345/678", true, GRADE_LIKELY, "12345/678");
    SERIAL_REFUSES("F17ABC12DEF3", false, REASON_UNLABELLED);
}

static void counts_and_words_are_none(void **state)
{
    (void)state;
    SERIAL_REFUSES("12345", true, REASON_FORM);
    SERIAL_ACCEPTS("123456", true, GRADE_LIKELY, "123456");
    SERIAL_REFUSES("UNKNOWN12", true, REASON_FORM);
    SERIAL_REFUSES("F17ABC 12DEF3", true, REASON_FORM);
    SERIAL_ACCEPTS("2b6f0cc904d137be2e1730235f5664094b831186", true, GRADE_LIKELY, "2B6F0CC904D137BE2E1730235F5664094B831186");
    SERIAL_REFUSES("2b6f0cc904d137be2e1730235f5664094b8311861", true, REASON_FORM);
    SERIAL_REFUSES("", true, REASON_FORM);
}

static void equal_characters_are_nobody(void **state)
{
    (void)state;
    SERIAL_REFUSES("000000000", true, REASON_PLACEHOLDER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_label_makes_likely),
        cmocka_unit_test(counts_and_words_are_none),
        cmocka_unit_test(equal_characters_are_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
