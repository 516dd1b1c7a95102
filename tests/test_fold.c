/* Tests of analyzer/detect/fold.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/detect/fold.h"
#include "random.h"

static void expect(const char *text, const char *expected)
{
    size_t length = strlen(text);
    char *exact = malloc(length + 1), *out = malloc(length + 1);
    char *copy = length == 0 ? exact : realloc(exact, length);
    memcpy(copy, text, length);
    struct span span = {copy, length};
    size_t folded = fold(span, out);
    assert_true(folded <= length);
    out[folded] = '\0';
    assert_string_equal(out, expected);
    bool changed = folded != length || memcmp(copy, out, length) != 0;
    if (fold_wanted(span)) assert_true(changed);
    if (changed) assert_true(fold_block_may_want(copy, length));
    free(copy);
    free(out);
}

static bool wanted(const char *text)
{
    return fold_wanted((struct span){text, strlen(text)});
}

static void full_width_letters_digits_and_signs_become_ascii(void **unused)
{
    (void)unused;
    expect("ＺＶＷ３０－１３５７９２４", "ZVW30-1357924");
    expect("ｊｔｄｋｎ３ｄｕ７ａ１２２４４６６", "jtdkn3du7a1224466");
    expect("ＩＭＥＩ：３５６９３８", "IMEI:356938");
    expect("！～", "!~");
    expect("Ａ　Ｂ", "A B");
}

static void every_full_width_character_has_its_own(void **unused)
{
    (void)unused;
    for (unsigned code = 0xFF01; code <= 0xFF5E; code++) {
        char text[4] = {(char)(0xE0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3F)), (char)(0x80 | (code & 0x3F)), 0};
        char expected[2] = {(char)(code - 0xFF01 + '!'), 0};
        expect(text, expected);
        assert_true(wanted(text));
    }
}

static void dashes_of_all_kinds_become_one(void **unused)
{
    (void)unused;
    expect("ZVW30\xE2\x80\x90" "1357924", "ZVW30-1357924");
    expect("ZVW30\xE2\x80\x91" "1357924", "ZVW30-1357924");
    expect("ZVW30–1357924", "ZVW30-1357924");
    expect("ZVW30—1357924", "ZVW30-1357924");
    expect("ZVW30\xE2\x80\x95" "1357924", "ZVW30-1357924");
    expect("ZVW30−1357924", "ZVW30-1357924");
}

static void a_long_vowel_mark_is_a_dash_between_letters_only(void **unused)
{
    (void)unused;
    expect("ZVW30ー1357924", "ZVW30-1357924");
    expect("ZVW30ｰ1357924", "ZVW30-1357924");
    expect("ＺＶＷ３０ー１３５７９２４", "ZVW30-1357924");
    expect("フレームナンバー", "フレームナンバー");
    expect("バー1", "バー1");
    expect("1ーバ", "1ーバ");
    expect("ー1", "ー1");
    expect("1ー", "1ー");
}

static void nothing_else_changes(void **unused)
{
    (void)unused;
    static const char *const same[] = {"", "plain, ASCII: 1-2", "車台番号", "東京都港区", "é€£", "\xEF\xBC", "\xEF", "a\xE2\x80",
                                       "\xFF\xFE", "\xEF\x28\x81", "\xEF\xBC\x28", "｟｠", "｡｢ｱｲｳ", "\xEF\xBF\xBD", "\xE2\x80\x96", "\xE2\x80\x8F"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        expect(same[i], same[i]);
        assert_false(wanted(same[i]));
    }
}

static void a_blank_alone_is_no_reason_to_fold(void **unused)
{
    (void)unused;
    assert_false(wanted("東京　大阪"));
    assert_true(wanted("東京　Ａ"));
}

static void a_character_cut_at_the_end_is_kept(void **unused)
{
    (void)unused;
    expect("Ａ\xEF\xBC", "A\xEF\xBC");
    expect("\xEF\xEF\xBC\xA1", "\xEF" "A");
}

static void random_bytes_never_grow(void **unused)
{
    (void)unused;
    static const unsigned char alphabet[] = {0xEF, 0xBC, 0xBD, 0x81, 0x91, 0xE2, 0x80, 0xE3, 0x83, 0xBC, 'a', '1', 0x00, 0x88, 0x92};
    uint64_t state = 88172645463325252u;
    char text[32], out[32];
    for (int round = 0; round < 100000; round++) {
        size_t length = random_step(&state) % (sizeof text + 1);
        uint64_t drawn = state;
        for (size_t i = 0; i < length; i++) {
            text[i] = (char)alphabet[random_next(&drawn) % sizeof alphabet];
        }
        size_t folded = fold((struct span){text, length}, out);
        assert_true(folded <= length);
        if (!fold_block_may_want(text, length)) assert_int_equal(folded, length);
        if (fold_wanted((struct span){text, length})) assert_true(folded < length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_width_letters_digits_and_signs_become_ascii),
        cmocka_unit_test(every_full_width_character_has_its_own),
        cmocka_unit_test(dashes_of_all_kinds_become_one),
        cmocka_unit_test(a_long_vowel_mark_is_a_dash_between_letters_only),
        cmocka_unit_test(nothing_else_changes),
        cmocka_unit_test(a_blank_alone_is_no_reason_to_fold),
        cmocka_unit_test(a_character_cut_at_the_end_is_kept),
        cmocka_unit_test(random_bytes_never_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
