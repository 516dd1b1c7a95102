/* Tests of analyzer/evidence/texts.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "../analyzer/evidence/texts.h"

static void a_text_is_kept_once(void **unused)
{
    (void)unused;
    enum { TEXTS = 1000 };
    struct texts *texts = NULL;
    const char *kept[TEXTS];
    char text[32];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < TEXTS; i++) {
            snprintf(text, sizeof text, "%d units read as text", i);
            const char *now = texts_keep(&texts, text);
            assert_string_equal(now, text);
            assert_ptr_not_equal(now, text);
            if (round > 0) assert_ptr_equal(now, kept[i]);
            kept[i] = now;
        }
    }
    assert_string_equal(texts_keep(&texts, ""), "");
    texts_close(texts);
    texts_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_text_is_kept_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
