/* Tests of analyzer/decode/joined.c: UTF-16 behind other text is read, whatever the order, and however its bytes come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "../analyzer/support/utf8.h"
#include "charset_reading.h"

enum { LOW_FIRST, HIGH_FIRST };

/* Adds a text in UTF-16, with a mark or without. */
static void put_wide(struct bytes *to, const char *text, int order, bool mark)
{
    assert_true(bytes_reserve(to, 2 * strlen(text) + 2));
    uint32_t c = mark ? 0xFEFF : 0;
    for (const unsigned char *at = (const unsigned char *)text; c != 0 || *at != 0; c = 0) {
        size_t length = c != 0 ? 0 : utf8_length(at, strlen((const char *)at));
        if (length > 0) c = length == 1 ? at[0] : at[0] & (0x7Fu >> length);
        for (size_t i = 1; i < length; i++) c = c << 6 | (at[i] & 0x3F);
        const uint32_t units[2] = {c < 0x10000 ? c : 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + (c & 0x3FF)};
        for (int i = 0; i < (c < 0x10000 ? 1 : 2); i++) {
            bytes_put_byte(to, order == HIGH_FIRST ? units[i] >> 8 : units[i] & 0xFF);
            bytes_put_byte(to, order == HIGH_FIRST ? units[i] & 0xFF : units[i] >> 8);
        }
        at += length;
    }
}

static void put_text(struct bytes *to, const char *text)
{
    assert_true(bytes_reserve(to, strlen(text)));
    bytes_put(to, text, strlen(text));
}

/* Reads with pieces of many sizes. */
static void expect(const struct bytes *bytes, const char *text, size_t text_length, uint64_t joined)
{
    static const size_t pieces[] = {1 << 20, 1, 2, 3, 7, 511, 65535};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct charset_text got = charset_text_read(bytes->at, bytes->count, pieces[i], 0, 0);
        if (got.text.count != text_length || memcmp(got.text.at, text, text_length) != 0)
            fail_msg("reads of %zu: %zu bytes \"%.200s\" instead of %zu \"%.200s\"", pieces[i], got.text.count, got.text.at, text_length, text);
        assert_int_equal(got.joined, joined);
        assert_int_equal(got.kind, CHARSET_NONE);
        assert_int_equal(got.plain, joined == 0);
        bytes_free(&got.text);
    }
}

static const char first[] = "customer_id,vin\nc1,JTDBU4EE9A9123456\n";
static const char second[] = "c2,WAUZZZ8K9BA123456\nc3,JTDKN3DU5A0123453\n";
static const char of_japan[] = "会員番号,車台番号🚗\n田中,JTNE1ED5XFU509127,表示とソースの十能、ｶﾅ\n";
static const char greeting[] = "本日は晴天なり。\n顧客番号：12345678\n";

/* Text, what is joined to it, and text again. */
static void expect_between(const char *before, const char *wide, int order, bool mark, const char *after)
{
    struct bytes bytes = {0};
    char text[4096];
    put_text(&bytes, before);
    put_wide(&bytes, wide, order, mark);
    size_t joined = bytes.count - strlen(before);
    put_text(&bytes, after);
    /* Without a mark, the first character counts as text before its NUL says what it is. */
    if (!mark && order == LOW_FIRST) joined--;
    int length = snprintf(text, sizeof text, "%s%s%s", before, wide, after);
    expect(&bytes, text, (size_t)length, joined);
    bytes_free(&bytes);
}

static void wide_text_behind_other_text_is_read(void **unused)
{
    (void)unused;
    static const char *const befores[] = {first, "会員番号,氏名\nc1,田中\n", "no newline at its end", "Größe;Straße\n"};
    for (size_t i = 0; i < sizeof befores / sizeof befores[0]; i++) {
        for (int order = LOW_FIRST; order <= HIGH_FIRST; order++) {
            for (int mark = 0; mark < 2; mark++) {
                /* Nothing says that a NUL behind a letter begins a character. */
                if (i == 2 && order == HIGH_FIRST && mark == 0) continue;
                expect_between(befores[i], second, order, mark, "");
                expect_between(befores[i], second, order, mark, "c4,1FADZKHP4DR064425\nand so on\n");
            }
            expect_between(befores[i], of_japan, order, true, "");
            expect_between(befores[i], greeting, order, true, "c4,1FADZKHP4DR064425\n");
        }
    }
}

static void texts_take_turns(void **unused)
{
    (void)unused;
    struct bytes bytes = {0};
    struct bytes text = {0};
    uint64_t joined = 0;
    for (int i = 0; i < 3000; i++) {
        put_text(&bytes, second);
        size_t begins = bytes.count;
        put_wide(&bytes, i % 3 == 0 ? of_japan : second, i % 2, i % 3 == 0 || i % 5 == 0);
        bool low_without_mark = i % 2 == LOW_FIRST && i % 3 != 0 && i % 5 != 0;
        joined += bytes.count - begins - low_without_mark;
        put_text(&text, second);
        put_text(&text, i % 3 == 0 ? of_japan : second);
    }
    expect(&bytes, text.at, text.count, joined);
    bytes_free(&bytes);
    bytes_free(&text);
}

/* The order that was taken for ASCII is given up where it does not fit. */
static void what_does_not_fit_is_looked_at_again(void **unused)
{
    (void)unused;
    struct bytes bytes = {0}, text = {0};
    put_text(&bytes, "no newline at its end");
    put_text(&text, "no newline at its end");
    for (int i = 0; i < 20; i++) put_wide(&bytes, second, HIGH_FIRST, false), put_text(&text, second);
    put_wide(&bytes, "車台番号\nJTNE1ED5XFU509127,", HIGH_FIRST, false);
    struct charset_text got = charset_text_read(bytes.at, bytes.count, 1000, 0, 0);
    assert_true(got.text.count > text.count && memcmp(got.text.at, text.at, text.count - 1) == 0);
    assert_non_null(strstr(got.text.at + text.count, "\nJTNE1ED5XFU509127,"));
    bytes_free(&got.text);
    bytes_free(&bytes);
    bytes_free(&text);
}

static void other_bytes_stay_as_they_are(void **unused)
{
    (void)unused;
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {{"a\0b\0c\0", 6},                                       /* too short to say anything */
                 {"JTDBU4EE9A9123456\0WAUZZZ8K9BA123456\0c1\0c2\0x\0", 44}, /* ends of values */
                 {"0\0" "0\0" "0\0" "0\0" "1\0" "1\0" "0\0" "0\0" "0\0" "1\0" "0\0", 22},
                 {"\0\0\0a\0\0\0b\0\0\0c\0\0\0d\0\0\0e\0\0\0f", 24}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes bytes = {0};
        put_text(&bytes, first);
        assert_true(bytes_reserve(&bytes, cases[i].length));
        bytes_put(&bytes, cases[i].bytes, cases[i].length);
        expect(&bytes, bytes.at, bytes.count, 0);
        bytes_free(&bytes);
    }
    /* As pictures have them: a mark of another thing before ASCII; many of a byte. */
    struct bytes bytes = {0};
    assert_true(bytes_reserve(&bytes, 200000));
    put_text(&bytes, "\xE4\xBC\x9A\n");
    memset(bytes.at + bytes.count, 0xFF, 100000);
    bytes.count += 100000;
    put_text(&bytes, "\xFE");
    put_text(&bytes, "Created by nobody, 2013-11-06 12:00:00, JTDBU4EE9A9123456");
    memset(bytes.at + bytes.count, 0, 90000);
    bytes.count += 90000;
    struct charset_text got = charset_text_read(bytes.at, bytes.count, 70000, 0, 0);
    assert_int_equal(got.joined, 0);
    bytes_free(&got.text);
    bytes_free(&bytes);
}

/* What is missing in the middle may be anything. */
static void a_gap_ends_it(void **unused)
{
    (void)unused;
    struct bytes bytes = {0};
    put_text(&bytes, first);
    put_wide(&bytes, second, LOW_FIRST, true);
    size_t gap = bytes.count - 45;
    struct charset_text got = charset_text_read(bytes.at, bytes.count, 10, gap, 0);
    char wanted[200];
    snprintf(wanted, sizeof wanted, "%s%.20s<gap>%s", first, second, second + 20);
    assert_string_equal(got.text.at, wanted);
    bytes_free(&got.text);
    bytes_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_text_behind_other_text_is_read), cmocka_unit_test(texts_take_turns),
        cmocka_unit_test(what_does_not_fit_is_looked_at_again), cmocka_unit_test(other_bytes_stay_as_they_are),
        cmocka_unit_test(a_gap_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
