/* Tests of analyzer/support/utf8.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../analyzer/support/utf8.h"

static void ascii_is_seen_at_any_length_and_place(void **state)
{
    (void)state;
    char bytes[160];
    for (size_t count = 0; count <= sizeof bytes; count++) {
        memset(bytes, 0x7F, sizeof bytes);
        assert_true(utf8_is_ascii(bytes, count));
        for (size_t at = 0; at < sizeof bytes; at++) {
            bytes[at] = (char)0x80;
            assert_int_equal(utf8_is_ascii(bytes, count), at >= count);
            bytes[at] = 0;
        }
    }
}

static void text_of_ascii_has_no_nul_at_any_length_and_place(void **state)
{
    (void)state;
    char bytes[160];
    for (size_t count = 0; count <= sizeof bytes; count++) {
        for (int fill = 1; fill <= 0x7F; fill += 0x7E) {
            memset(bytes, fill, sizeof bytes);
            assert_true(utf8_is_ascii_text(bytes, count));
            for (size_t at = 0; at < sizeof bytes; at++) {
                bytes[at] = 0;
                assert_int_equal(utf8_is_ascii_text(bytes, count), at >= count);
                bytes[at] = (char)0x80;
                assert_int_equal(utf8_is_ascii_text(bytes, count), at >= count);
                bytes[at] = (char)fill;
            }
        }
    }
}

static void characters_end_where_the_standard_says(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
        {"a", 1},        {"\xC2\x80", 2},         {"\xDF\xBF", 2},         {"\xE0\xA0\x80", 3}, {"\xED\x9F\xBF", 3},
        {"\xEF\xBF\xBF", 3}, {"\xF0\x90\x80\x80", 4}, {"\xF4\x8F\xBF\xBF", 4}, {"\xC1\xBF", 0},     {"\xE0\x9F\xBF", 0},
        {"\xED\xA0\x80", 0}, {"\xF0\x8F\xBF\xBF", 0}, {"\xF4\x90\x80\x80", 0}, {"\x80", 0},         {"\xF5\x80\x80\x80", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t count = strlen(cases[i].bytes);
        assert_int_equal(utf8_length((const unsigned char *)cases[i].bytes, count), cases[i].length);
        assert_int_equal(utf8_is_valid(cases[i].bytes, count), cases[i].length == count);
        if (count > 1) assert_int_equal(utf8_length((const unsigned char *)cases[i].bytes, count - 1), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ascii_is_seen_at_any_length_and_place),
        cmocka_unit_test(text_of_ascii_has_no_nul_at_any_length_and_place),
        cmocka_unit_test(characters_end_where_the_standard_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
