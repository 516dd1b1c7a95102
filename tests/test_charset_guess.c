/* Tests of analyzer/decode/charset_guess.c: what bytes are taken for, by few of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../analyzer/decode/charset_guess.h"

static void expect(const char *bytes, size_t length, enum charset_kind expected)
{
    enum charset_kind kind;
    assert_int_equal(charset_guess((struct span){bytes, length}, &kind), STATUS_OK);
    if (kind != expected) fail_msg("%.40s: %s (%d) instead of %s", bytes, charset_kind_name(kind), (int)kind, charset_kind_name(expected));
}

static void expect_text(const char *text, enum charset_kind expected)
{
    expect(text, strlen(text), expected);
}

static void one_label_is_enough_for_japanese(void **unused)
{
    (void)unused;
    expect_text("\x8E\xD4\x91\xE4\x94\xD4\x8D\x86", CHARSET_CP932);         /* chassis number */
    expect_text("\x88\xDC\x93x,\x8Co\x93x\n1,2\n", CHARSET_CP932);            /* latitude, longitude: trails in ASCII */
    expect_text("\xBC\xD6\xC2\xE6\xC8\xD6\xB9\xE6", CHARSET_EUC_JP);
    expect_text("\xB0\xDE\xC5\xD9,\xB7\xD0\xC5\xD9\n1,2\n", CHARSET_EUC_JP);
    expect_text("\xCE\xB3\xB6\xC8,\xBE\xAD\xB6\xC8\n1,2\n", CHARSET_GB18030); /* the same in Chinese */
    expect_text("\xBC\xD4\xBC\xDD\xB7,\xB6\xC5\xB6,\xBC\xB6\xDF 1", CHARSET_CP932); /* half-width kana alone */
    expect_text("\x1B$B<VBfHV9f\x1B(B,x", CHARSET_ISO_2022_JP);
}

/* The kana of GB18030 have the places of those of EUC-JP: two words tell them apart, however many there are. */
static void words_tell_japanese_in_a_chinese_set(void **unused)
{
    (void)unused;
    expect_text("\xDC\x87\xCC\xA8\xB7\xAC\xBA\xC5,\xBB\xE1\x86T\xB7\xAC\xBA\xC5,\x82\xE4\xBF\xBC\nA,B,\xA5\xC6\xA5\xB9\xA5\xC8\nA,B,\xA5\xC6\xA5\xB9\xA5\xC8\nA,B,\xA5\xC6\xA5\xB9\xA5\xC8\nA,B,\xA5\xC6\xA5\xB9\xA5\xC8\nA,B,\xA5\xC6\xA5\xB9\xA5\xC8\nA,B,\xA5\xC6\xA5\xB9\xA5\xC8\n", CHARSET_GB18030);
    expect_text("\xBC\xD6\xC2\xE6\xC8\xD6\xB9\xE6,\xB2\xF1\xB0\xF7\xC8\xD6\xB9\xE6,\xC8\xF7\xB9\xCD\nA,B,\xA5\xC6\xA5\xB9\xA5\xC8\nA,B,\xA5\xC6\xA5\xB9\xA5\xC8\nA,B,\xA5\xC6\xA5\xB9\xA5\xC8\nA,B,\xA5\xC6\xA5\xB9\xA5\xC8\nA,B,\xA5\xC6\xA5\xB9\xA5\xC8\nA,B,\xA5\xC6\xA5\xB9\xA5\xC8\n", CHARSET_EUC_JP);
    expect_text("\x8E\xD4\x91\xE4\x94\xD4\x8D\x86,\x89\xEF\x88\xF5\x94\xD4\x8D\x86,\x94\xF5\x8Dl\nA,B,\x83" "e\x83X\x83g\nA,B,\x83" "e\x83X\x83g\nA,B,\x83" "e\x83X\x83g\nA,B,\x83" "e\x83X\x83g\nA,B,\x83" "e\x83X\x83g\nA,B,\x83" "e\x83X\x83g\n", CHARSET_CP932);
}

static void western_words_are_no_asian_ones(void **unused)
{
    (void)unused;
    expect_text("\xFC" "ller,K\xF6ln,Stra\xDF" "e 5", CHARSET_CP1252);
    expect_text("\xE9" "e,d\xE9j\xE0 vu, No\xEBl, gar\xE7on", CHARSET_CP1252);
    expect_text("\xB0" "41'24\"N, 139\xB0" "42'E", CHARSET_CP1252);
    expect_text("\xE0 Paris, \xE0 la carte", CHARSET_CP1252);
    expect_text("\xA9 2020 \x93quoted\x94", CHARSET_CP1252);
}

static void utf8_with_odd_bytes_is_utf8(void **unused)
{
    (void)unused;
    expect_text("\xE8\xBB\x8A\xE5\x8F\xB0", CHARSET_NONE);
    expect_text("\xE8\xBB\x8A\xE5\x8F\xB0\xE7\x95\xAA\xE5\x8F\xB7,\xFF,\xE8\xBB", CHARSET_NONE);
    expect_text("\xC3\xA9", CHARSET_NONE);
}

static void what_is_no_text_is_nothing(void **unused)
{
    (void)unused;
    char bytes[4096];
    uint32_t state = 7;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)((state = state * 1664525u + 1013904223u) >> 24);
    bytes[0] = (char)0xE9;
    expect(bytes, sizeof bytes, CHARSET_NONE);
    assert_int_equal(charset_guess_wide((struct span){bytes, sizeof bytes}), CHARSET_NONE);
    expect_text("\xFF\xFF\xFF\xFF", CHARSET_UNKNOWN);
    expect_text("\xEC\xEE\xF1\xEA\xE2\xE0,\xF0\xEE\xF1\xF1\xE8\xFF,\xF3\xEB\xE8\xF6\xE0 \xEB\xE5\xED", CHARSET_CP1251);
    expect_text("\xEC\xEE\xF1\xEA\xE2\xE0", CHARSET_UNKNOWN); /* too little of it */
    expect_text("\x1B$BXX\xFF", CHARSET_NONE);
}

static void wide_characters_are_known_by_their_zero_bytes(void **unused)
{
    (void)unused;
    static const enum charset_kind kinds[2][2] = {{CHARSET_UTF16LE, CHARSET_UTF16BE}, {CHARSET_UTF32LE, CHARSET_UTF32BE}};
    const char *text = "vin,lat,lon\nand more of it";
    for (size_t w = 0; w < 2; w++)
        for (size_t big = 0; big < 2; big++) {
            char wide[128] = "";
            size_t width = w == 0 ? 2 : 4;
            for (size_t i = 0; i < strlen(text); i++) wide[width * i + (big ? width - 1 : 0)] = text[i];
            assert_int_equal(charset_guess_wide((struct span){wide, width * strlen(text)}), kinds[w][big]);
            assert_int_equal(charset_guess_wide((struct span){wide, width * 7}), CHARSET_NONE); /* seven letters are too few */
        }
    /* With a mark one character is enough; of two marks that begin alike the longer one counts. */
    assert_int_equal(charset_guess_wide((struct span){"\xFF\xFEv\0", 4}), CHARSET_UTF16LE);
    assert_int_equal(charset_guess_wide((struct span){"\xFE\xFF\0v", 4}), CHARSET_UTF16BE);
    assert_int_equal(charset_guess_wide((struct span){"\xFF\xFE\0\0v\0\0\0", 8}), CHARSET_UTF32LE);
    assert_int_equal(charset_guess_wide((struct span){"\0\0\xFE\xFF\0\0\0v", 8}), CHARSET_UTF32BE);
    /* Numbers of four and of two bytes are no text, nor is text with zero bytes. */
    int32_t numbers[64];
    int16_t shorts[64];
    for (int i = 0; i < 64; i++) numbers[i] = i * 1000, shorts[i] = (int16_t)(i * 3);
    assert_int_equal(charset_guess_wide((struct span){(const char *)numbers, sizeof numbers}), CHARSET_NONE);
    assert_int_equal(charset_guess_wide((struct span){(const char *)shorts, sizeof shorts}), CHARSET_NONE);
    assert_int_equal(charset_guess_wide((struct span){"ab\0cd\0ef\0gh\0ij\0kl\0", 18}), CHARSET_NONE);
    assert_int_equal(charset_guess_wide((struct span){"only ascii, and much of it", 26}), CHARSET_NONE);
    assert_int_equal(charset_guess_wide((struct span){NULL, 0}), CHARSET_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_label_is_enough_for_japanese),
        cmocka_unit_test(words_tell_japanese_in_a_chinese_set),
        cmocka_unit_test(western_words_are_no_asian_ones),
        cmocka_unit_test(utf8_with_odd_bytes_is_utf8),
        cmocka_unit_test(what_is_no_text_is_nothing),
        cmocka_unit_test(wide_characters_are_known_by_their_zero_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
