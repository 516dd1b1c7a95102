/* Tests of analyzer/commands/bare_texts.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../analyzer/commands/bare_texts.h"

/* Behind the text stands something else each time: it must not matter. */
static struct bare_text *found(struct bare_texts *texts, const char *text, size_t length)
{
    static char bytes[BARE_TEXT_MAX + 8];
    memset(bytes, (int)(bytes[0] + 1), sizeof bytes);
    memcpy(bytes, text, length);
    return bare_text_find(texts, (struct span){bytes, length});
}

static void a_text_is_met_from_the_second_time_on(void **unused)
{
    (void)unused;
    static struct bare_texts texts;
    char text[BARE_TEXT_MAX];
    memset(text, 'x', sizeof text);
    for (size_t length = 1; length <= BARE_TEXT_MAX; length++) {
        assert_int_equal(found(&texts, text, length)->state, BARE_NEW);
        assert_int_equal(found(&texts, text, length)->state, BARE_MET);
        found(&texts, text, length)->state = BARE_KNOWN;
        assert_int_equal(found(&texts, text, length)->state, BARE_KNOWN);
        text[length - 1] = 'y'; /* another one of that length, whichever byte of it differs */
        assert_int_equal(found(&texts, text, length)->state, BARE_NEW);
        text[length - 1] = 'x';
        text[0] = 'z';
        assert_int_equal(found(&texts, text, length)->state, BARE_NEW);
        text[0] = 'x';
    }
}

static void what_is_known_of_a_text_holds_for_no_other(void **unused)
{
    (void)unused;
    enum { MANY = 20 * BARE_TEXTS };
    static struct bare_texts texts;
    char text[32];
    size_t kept = 0;
    for (int i = 0; i < MANY; i++) {
        int length = snprintf(text, sizeof text, "1.%d.0 and more", i);
        struct bare_text *known = found(&texts, text, (size_t)length);
        assert_int_equal(known->state, BARE_NEW);
        known->state = BARE_KNOWN;
    }
    for (int i = 0; i < MANY; i++) {
        int length = snprintf(text, sizeof text, "1.%d.0 and more", i);
        kept += found(&texts, text, (size_t)length)->state == BARE_KNOWN;
    }
    assert_true(kept <= BARE_TEXTS); /* the others were pushed out, and are known of nothing */
}

static void other_rules_know_nothing_yet(void **unused)
{
    (void)unused;
    static struct bare_texts texts;
    found(&texts, "a", 1)->state = BARE_KNOWN;
    bare_texts_judge(&texts, 0);
    assert_int_equal(found(&texts, "a", 1)->state, BARE_KNOWN);
    bare_texts_judge(&texts, 7);
    assert_int_equal(found(&texts, "a", 1)->state, BARE_NEW);
    found(&texts, "a", 1)->state = BARE_HOLDS;
    bare_texts_judge(&texts, 7);
    assert_int_equal(found(&texts, "a", 1)->state, BARE_HOLDS);
    bare_texts_judge(&texts, 0);
    assert_int_equal(found(&texts, "a", 1)->state, BARE_NEW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_met_from_the_second_time_on),
        cmocka_unit_test(what_is_known_of_a_text_holds_for_no_other),
        cmocka_unit_test(other_rules_know_nothing_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
