/* Tests of analyzer/decode/charset_convert.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../analyzer/decode/charset_convert.h"

/* Converts in steps with little room; gives the length of the text. */
static size_t convert(enum charset_kind kind, const char *in, size_t in_bytes, size_t room, char *text, uint64_t *undecodable)
{
    struct converter *converter = NULL;
    assert_int_equal(converter_open(kind, &converter), STATUS_OK);
    size_t at = 0, length = 0;
    while (at < in_bytes) {
        size_t out_bytes = room;
        size_t read = converter_run(converter, in + at, in_bytes - at, true, text + length, &out_bytes);
        assert_true(read + out_bytes > 0 && out_bytes <= room && read <= in_bytes - at);
        at += read;
        length += out_bytes;
    }
    *undecodable = converter_undecodable(converter);
    converter_close(converter);
    return length;
}

static void expect(enum charset_kind kind, const char *in, size_t in_bytes, const char *text, uint64_t undecodable)
{
    for (size_t room = CHARSET_ROOM; room < 100; room += 7) {
        char got[512];
        uint64_t count;
        size_t length = convert(kind, in, in_bytes, room, got, &count);
        got[length] = '\0';
        assert_string_equal(got, text);
        assert_int_equal(count, undecodable);
    }
}

static void each_set_is_converted_in_steps(void **unused)
{
    (void)unused;
    expect(CHARSET_UTF16LE, "\xCA\x8E\xF0\x53," "\0\x3D\xD8\x97\xDE", 10, "車台,🚗", 0);
    expect(CHARSET_UTF16BE, "\x8E\xCA\x53\xF0\0,", 6, "車台,", 0);
    expect(CHARSET_UTF32LE, "\xCA\x8E\0\0,\0\0\0", 8, "車,", 0);
    expect(CHARSET_UTF32BE, "\0\0\x8E\xCA\0\0\0,", 8, "車,", 0);
    expect(CHARSET_CP932, "\x95\\\x5C\x83\x5C\x81\x60\xB6", 8, "表\\ソ～ｶ", 0);
    expect(CHARSET_EUC_JP, "\xC9\xBD\x5C\x8E\xB6\x8F\xB0\xA1", 8, "表\\ｶ丂", 0);
    expect(CHARSET_ISO_2022_JP, "\x1B$BI=\x1B(B\\\x1B(I6\x1B(B", 16, "表\\ｶ", 0);
    expect(CHARSET_GB18030, "\xB1\xED\\\x81\x39\xEF\x30", 7, "表\\㐁", 0);
    expect(CHARSET_CP1252, "\x80\xE9\x8D\xE8\xA1\xA8", 6, "€é\xC2\x8D表", 0);
}

/* ASCII as UTF-16 in either order. */
static size_t widen(const char *text, bool low_first, char *out)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        out[2 * i + !low_first] = text[i];
        out[2 * i + low_first] = '\0';
    }
    return 2 * length;
}

static void what_was_joined_to_wide_text_is_passed(void **unused)
{
    (void)unused;
    static const char plain[] = "customer_id,imei,vin,latitude,longitude and so on, 0123456789 abcdefghijkl";
    for (int low_first = 0; low_first < 2; low_first++) {
        char in[512], wanted[512];
        enum charset_kind kind = low_first ? CHARSET_UTF16LE : CHARSET_UTF16BE;
        size_t length = widen("first,", low_first, in);
        memcpy(in + length, plain, sizeof plain - 1);
        length += sizeof plain - 1;
        length += widen(",last", low_first, in + length);
        snprintf(wanted, sizeof wanted, "first,%s,last", plain);
        /* With the low byte first, the first letter behind is passed, too, before its NUL says what it is. */
        expect(kind, in, length, wanted, sizeof plain - 1 + (unsigned)low_first);
        /* The other order: out of step by a byte. */
        length = widen("first,", low_first, in);
        length += widen(plain, !low_first, in + length);
        char got[512];
        uint64_t undecodable;
        size_t written = convert(kind, in, length, 64, got, &undecodable);
        got[written] = '\0';
        assert_non_null(strstr(got, "imei,vin,latitude,longitude and so on, 0123456789 abcdefghij"));
        assert_true(undecodable >= 1 && undecodable <= 3);
    }
}

static void drawn_lines_are_text(void **unused)
{
    (void)unused;
    char in[400], wanted[700] = "";
    for (size_t i = 0; i < 100; i++) memcpy(in + 2 * i, "\x50\x25", 2), strcat(wanted, "═");
    for (size_t i = 100; i < 200; i++) memcpy(in + 2 * i, "\0\x30", 2), strcat(wanted, "　");
    char got[1024];
    uint64_t undecodable;
    size_t length = convert(CHARSET_UTF16LE, in, sizeof in, 48, got, &undecodable);
    assert_int_equal(length, strlen(wanted));
    assert_memory_equal(got, wanted, length);
    assert_int_equal(undecodable, 0);
}

static void what_is_nothing_is_counted(void **unused)
{
    (void)unused;
    expect(CHARSET_CP932, "\xFF\x95\\\xFD\x95", 5, "\xFF表\xFD\x95", 3);
    expect(CHARSET_UTF16LE, "\0\xDC,\0\0\xD8", 6, "\xEF\xBF\xBD,\xEF\xBF\xBD", 4);
    expect(CHARSET_UTF32LE, "\0\0\x11\0,\0\0", 7, "\xEF\xBF\xBD\xEF\xBF\xBD", 7);
}

static void escapes_end_with_their_line(void **unused)
{
    (void)unused;
    expect(CHARSET_ISO_2022_JP, "\x1B$BI=\nI=1234\n", 13, "表\nI=1234\n", 0);
    expect(CHARSET_ISO_2022_JP, "\x1B$BI=I\nI=\x1B\n12", 13, "表I\nI=\x1B\n12", 2);
}

static void a_character_that_is_not_there_yet_is_waited_for(void **unused)
{
    (void)unused;
    static const struct {
        enum charset_kind kind;
        const char *in;
        size_t in_bytes, read;
    } cases[] = {{CHARSET_CP932, "x\x95", 2, 1}, {CHARSET_UTF16LE, "x\0y", 3, 2}, {CHARSET_CP1252, "x\xE8\xA1", 3, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct converter *converter = NULL;
        char text[32];
        size_t out_bytes = sizeof text;
        assert_int_equal(converter_open(cases[i].kind, &converter), STATUS_OK);
        assert_int_equal(converter_run(converter, cases[i].in, cases[i].in_bytes, false, text, &out_bytes), cases[i].read);
        assert_int_equal(out_bytes, 1);
        assert_int_equal(converter_undecodable(converter), 0);
        converter_close(converter);
    }
    converter_close(NULL);
}

static void escapes_are_forgotten_on_demand(void **unused)
{
    (void)unused;
    struct converter *converter = NULL;
    char text[32];
    size_t out_bytes = sizeof text;
    assert_int_equal(converter_open(CHARSET_ISO_2022_JP, &converter), STATUS_OK);
    assert_int_equal(converter_run(converter, "\x1B$BI=", 5, false, text, &out_bytes), 5);
    converter_reset(converter);
    out_bytes = sizeof text;
    assert_int_equal(converter_run(converter, "I=", 2, false, text, &out_bytes), 2);
    assert_int_equal(out_bytes, 2);
    converter_close(converter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_set_is_converted_in_steps),
        cmocka_unit_test(what_was_joined_to_wide_text_is_passed),
        cmocka_unit_test(drawn_lines_are_text),
        cmocka_unit_test(what_is_nothing_is_counted),
        cmocka_unit_test(escapes_end_with_their_line),
        cmocka_unit_test(a_character_that_is_not_there_yet_is_waited_for),
        cmocka_unit_test(escapes_are_forgotten_on_demand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
