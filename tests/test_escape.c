#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../analyzer/support/escape.h"

static void assert_escaped(const char *bytes, size_t length, const char *wanted)
{
    char text[256], back[256];
    size_t back_length;
    assert_int_equal(escape_write(text, sizeof text, bytes, length), strlen(wanted));
    assert_string_equal(text, wanted);
    assert_true(escape_undo(text, back, &back_length));
    assert_int_equal(back_length, length);
    assert_memory_equal(back, bytes, length);
}

static void printable_text_stays_as_it_is(void **state)
{
    (void)state;
    assert_escaped("plain name.csv", 14, "plain name.csv");
    assert_escaped("\xe9\xa1\xa7\xe5\xae\xa2\xc3\xa9\xf0\x9f\x98\x80", 12,
                   "\xe9\xa1\xa7\xe5\xae\xa2\xc3\xa9\xf0\x9f\x98\x80");
    assert_escaped("", 0, "");
}

static void what_moves_or_hides_is_escaped(void **state)
{
    (void)state;
    assert_escaped("a\nb\\c", 5, "a\\nb\\\\c");
    assert_escaped("\x1b[2J\x7f\t\r\0", 8, "\\x1b[2J\\x7f\\x09\\x0d\\x00");
    assert_escaped("\xc2\x85", 2, "\\xc2\\x85");          /* C1 */
    assert_escaped("\xe2\x80\xae", 3, "\\xe2\\x80\\xae"); /* right to left */
    assert_escaped("\xe2\x80\x8b", 3, "\\xe2\\x80\\x8b"); /* zero width */
    assert_escaped("\xe2\x80\xa8", 3, "\\xe2\\x80\\xa8"); /* line separator */
    assert_escaped("\xef\xbb\xbf", 3, "\\xef\\xbb\\xbf");
}

static void bytes_that_are_no_utf8_are_escaped(void **state)
{
    (void)state;
    assert_escaped("a\xff"
                   "b",
                   3, "a\\xffb");
    assert_escaped("\xc0\xaf", 2, "\\xc0\\xaf");          /* overlong */
    assert_escaped("\xed\xa0\x80", 3, "\\xed\\xa0\\x80"); /* surrogate */
    assert_escaped("\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80");
    assert_escaped("\xe9\xa1", 2, "\\xe9\\xa1"); /* cut */
}

static void any_bytes_come_back(void **state)
{
    (void)state;
    uint32_t random = 7;
    for (int round = 0; round < 20000; round++) {
        char bytes[16], text[16 * ESCAPE_GROWTH + 1], back[sizeof text];
        size_t length = (size_t)round % 16, back_length;
        for (size_t i = 0; i < length; i++) {
            random = random * 1664525 + 1013904223;
            bytes[i] = (char)(random >> 24);
        }
        assert_true(escape_write(text, sizeof text, bytes, length) < sizeof text);
        for (const char *at = text; *at != '\0'; at++)
            assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
        assert_true(escape_undo(text, back, &back_length));
        assert_int_equal(back_length, length);
        assert_memory_equal(back, bytes, length);
    }
}

static void too_little_room_cuts_between_characters(void **state)
{
    (void)state;
    char text[8];
    assert_int_equal(escape_write(text, sizeof text,
                                  "abc\nde\xc3\xa9"
                                  "f",
                                  9),
                     10);
    assert_string_equal(text, "abc\\nde");
    assert_int_equal(escape_write(text, 6, "abcd\xc3\xa9g", 7), 7);
    assert_string_equal(text, "abcd");
    escape_write_tail(text, sizeof text, "abcdefghij", 10);
    assert_string_equal(text, "...ghij");
    escape_write_tail(text, sizeof text, "abcdefgh\nj", 10);
    assert_string_equal(text, "...h\\nj");
    escape_write_tail(text, sizeof text, "abcdefg", 7);
    assert_string_equal(text, "abcdefg");
    char bytes[8];
    size_t length;
    assert_false(escape_undo("\\q", bytes, &length));
    assert_false(escape_undo("\\x4", bytes, &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable_text_stays_as_it_is),
        cmocka_unit_test(what_moves_or_hides_is_escaped),
        cmocka_unit_test(bytes_that_are_no_utf8_are_escaped),
        cmocka_unit_test(any_bytes_come_back),
        cmocka_unit_test(too_little_room_cuts_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
