/* Tests of analyzer/decode/charset.c: every character set becomes UTF-8, however its bytes come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <iconv.h>
#include <stdio.h>

#include "charset_reading.h"

static const char text_of_japan[] = "会員番号,車台番号,緯度,経度,備考\n"
                                    "田中-1,JTNE1ED5XFU509127,35.690112,139.700241,表示とソースの十能、ｶﾅ\n"
                                    "鈴木-2,1FADZKHP4DR064425,-33.868820,151.209290,カタカナとひらがな\n";
static const char text_of_china[] = "客户编号,车架号,纬度,经度\n张伟,JTNE1ED5XFU509127,35.69,139.70\n";
static const char text_of_europe[] = "customer_id;vin\nGröße;JTNE1ED5XFU509127\nJosé Müller – 5 €;1FADZKHP4DR064425\n";

/* A text in another set; free the result. */
static char *encode(const char *set, const char *text, size_t length, size_t *encoded_length)
{
    iconv_t converter = iconv_open(set, "UTF-8");
    if (converter == (iconv_t)-1) fail_msg("no %s", set);
    size_t room = 4 * length + 16;
    char *made = malloc(room), *from = (char *)(uintptr_t)text, *to = made;
    if (iconv(converter, &from, &length, &to, &room) != 0) fail_msg("the text is no %s", set);
    assert_int_equal(iconv(converter, NULL, NULL, &to, &room), 0);
    iconv_close(converter);
    *encoded_length = (size_t)(to - made);
    return made;
}

static char *repeat(const char *text, size_t times)
{
    size_t length = strlen(text);
    char *made = malloc(times * length + 1);
    for (size_t i = 0; i < times; i++) memcpy(made + i * length, text, length);
    made[times * length] = '\0';
    return made;
}

/* Reads with pieces of many sizes. */
static void expect(const char *bytes, size_t length, enum charset_kind kind, uint64_t undecodable, const char *text, size_t text_length)
{
    static const size_t pieces[] = {1 << 20, 1, 2, 3, 7, 1000, 65535};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct charset_text got = charset_text_read(bytes, length, pieces[i], 0, 0);
        if (got.kind != kind) fail_msg("reads of %zu: %s instead of %s", pieces[i], charset_kind_name(got.kind), charset_kind_name(kind));
        if (got.text.count != text_length || memcmp(got.text.at, text, text_length) != 0)
            fail_msg("%s, reads of %zu: %zu bytes \"%.100s\" instead of %zu \"%.100s\"", charset_kind_name(kind), pieces[i], got.text.count, got.text.at, text_length, text);
        assert_int_equal(got.undecodable, undecodable);
        assert_int_equal(got.plain, kind == CHARSET_NONE || kind == CHARSET_UNKNOWN);
        bytes_free(&got.text);
    }
}

static void expect_text(const char *bytes, enum charset_kind kind, uint64_t undecodable, const char *text)
{
    expect(bytes, strlen(bytes), kind, undecodable, text, strlen(text));
}

static const struct {
    const char *set;
    enum charset_kind kind;
    const char *mark, *text;
} sets[] = {{"UTF-8", CHARSET_NONE, "", text_of_japan},
            {"UTF-16LE", CHARSET_UTF16LE, "\xEF\xBB\xBF", text_of_japan},
            {"UTF-16BE", CHARSET_UTF16BE, "\xEF\xBB\xBF", text_of_japan},
            {"UTF-16LE", CHARSET_UTF16LE, "", text_of_japan},
            {"UTF-16BE", CHARSET_UTF16BE, "", text_of_japan},
            {"UTF-32LE", CHARSET_UTF32LE, "\xEF\xBB\xBF", text_of_japan},
            {"UTF-32BE", CHARSET_UTF32BE, "\xEF\xBB\xBF", text_of_japan},
            {"UTF-32LE", CHARSET_UTF32LE, "", text_of_japan},
            {"UTF-32BE", CHARSET_UTF32BE, "", text_of_japan},
            {"CP932", CHARSET_CP932, "", text_of_japan},
            {"EUC-JP", CHARSET_EUC_JP, "", text_of_japan},
            {"ISO-2022-JP-3", CHARSET_ISO_2022_JP, "", text_of_japan},
            {"GB18030", CHARSET_GB18030, "", text_of_china},
            {"GB18030", CHARSET_GB18030, "", text_of_japan},
            {"CP1252", CHARSET_CP1252, "", text_of_europe}};

static void every_set_becomes_utf8(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        static const size_t times[] = {1, 1500}; /* the longer ones are longer than the window */
        for (size_t k = 0; k < 2; k++) {
            char *body = repeat(sets[i].text, times[k]), *text = malloc(strlen(body) + 8);
            sprintf(text, "%s%s", sets[i].mark, body);
            size_t length;
            char *bytes = encode(sets[i].set, text, strlen(text), &length);
            expect(bytes, length, sets[i].kind, 0, text, strlen(text));
            free(bytes);
            free(text);
            free(body);
        }
    }
}

static void what_comes_late_is_found_as_well(void **unused)
{
    (void)unused;
    char *ascii = repeat("id,vin,lat\n1,JTNE1ED5XFU509127,35.1\n\x1B[31mred\x1B[0m \x1B$ 5\n", 2500);
    for (size_t i = 9; i < sizeof sets / sizeof sets[0]; i++) {
        size_t before = strlen(ascii), length, text_length = strlen(sets[i].text);
        char *bytes = encode(sets[i].set, sets[i].text, text_length, &length), *both = malloc(before + length), *text = malloc(before + text_length + 1);
        memcpy(both, ascii, before);
        memcpy(both + before, bytes, length);
        sprintf(text, "%s%s", ascii, sets[i].text);
        expect(both, before + length, sets[i].kind, 0, text, strlen(text));
        free(text);
        free(both);
        free(bytes);
    }
    expect(ascii, strlen(ascii), CHARSET_NONE, 0, ascii, strlen(ascii));
    free(ascii);
}

static void bytes_that_are_nothing_are_passed_on_and_counted(void **unused)
{
    (void)unused;
    expect_text("\x8E\xD4\x91\xE4\x94\xD4\x8D\x86,\xFF\x81,x\x8E\xD4\n\x8E", CHARSET_CP932, 3, "車台番号,\xFF\x81,x車\n\x8E");
    expect_text("\xBC\xD6\xC2\xE6\xC8\xD6\xB9\xE6,\xFF,1\xBC", CHARSET_EUC_JP, 2, "車台番号,\xFF,1\xBC");
    expect_text("\x1B$B<VBfHV9f\x1B(B,\x1B$B!\x1B(B1", CHARSET_ISO_2022_JP, 1, "車台番号,!1");
    static const char odd_end[] = "v\0i\0n\0,\0l\0a\0t\0\n\0\x00\xD8,\0x";
    expect(odd_end, sizeof odd_end - 1, CHARSET_UTF16LE, 3, "vin,lat\n\xEF\xBF\xBD,\xEF\xBF\xBD", 15);
}

static void utf8_and_what_is_nothing_stay_as_they_are(void **unused)
{
    (void)unused;
    expect_text("", CHARSET_NONE, 0, "");
    expect_text("車台番号,\xE7\n氏名,\xFF,x\n会員番号\n緯度経度\n", CHARSET_NONE, 0, "車台番号,\xE7\n氏名,\xFF,x\n会員番号\n緯度経度\n");
    expect_text("a \x80\x81\x82\x83\x84\x85\x86\x87 b", CHARSET_UNKNOWN, 0, "a \x80\x81\x82\x83\x84\x85\x86\x87 b");
    static const char binary[] = "\1\2\3\xE9\4\5\6\7\xF0\1\0\0\0\0\xE9", zeros[] = "a\0b\0\0c\n\0id 5\n\0\0";
    expect(binary, sizeof binary, CHARSET_NONE, 0, binary, sizeof binary);
    expect(zeros, sizeof zeros, CHARSET_NONE, 0, zeros, sizeof zeros);
    /* A mark and no text behind it. */
    expect("\xFF\xFE\x01\xE8\x02\x08\x07\xE3\x09\x1C\x05\x0B", 12, CHARSET_NONE, 0, "\xFF\xFE\x01\xE8\x02\x08\x07\xE3\x09\x1C\x05\x0B", 12);
}

static void western_files_may_have_utf8_among_them(void **unused)
{
    (void)unused;
    expect_text("Gr\xF6\xDF" "e,Jos\xE9,车,caf\xE9\n\x80 5, \x81", CHARSET_CP1252, 0, "Größe,José,车,café\n€ 5, \xC2\x81");
    expect_text("cut \xE9t\xE9 \xC3", CHARSET_CP1252, 0, "cut été Ã");
}

static void zero_bytes_end_nothing(void **unused)
{
    (void)unused;
    static const char bytes[] = "\x8E\xD4\x91\xE4\0\x94\xD4\x8D\x86\0,x\0", text[] = "車台\0番号\0,x\0";
    expect(bytes, sizeof bytes, CHARSET_CP932, 0, text, sizeof text);
}

/* Reads of any size, one gap. */
static void expect_around(const char *bytes, size_t length, size_t gap, const char *text)
{
    for (size_t most = 1; most < 20; most++) {
        struct charset_text got = charset_text_read(bytes, length, most, gap, 0);
        assert_string_equal(got.text.at, text);
        bytes_free(&got.text);
    }
}

static void what_stands_around_a_gap_is_never_joined(void **unused)
{
    (void)unused;
    /* Amid a character: what is left of it stands alone. */
    expect_around("\x8E\xD4\x91\xE4\x94\xD4\x8D\x86,\x8E\x8E\xD4,x", 15, 10, "車台番号,\x8E<gap>車,x");
    expect_around("\x1B$B<VBfHV9f,", 12, 7, "車台<gap>HV9f,");
    expect_around("a,b\n\xE8\xBB\x8A,x", 9, 4, "a,b\n<gap>車,x");
    expect_around("a,b\n", 4, 2, "a,<gap>b\n");
    /* Wide characters go on where they are characters again. */
    static const char wide[] = "v\0i\0n\0,\0l\0a\0t\0,\0l\0o\0n\0\n\0" "1\0" "2\0" "3\0,\0" "4\0" "5\0" "6\0";
    expect_around(wide, 30, 19, "vin,lat,l\xEF\xBF\xBD<gap>n\n123");
    char cut[64];
    memcpy(cut, wide, 24);
    memcpy(cut + 24, wide + 25, 13); /* the "1" is cut in two */
    expect_around(cut, 37, 24, "vin,lat,lon\n<gap>23,456");
}

/* Where a range of a file ends, what decides its set may stand behind it. */
static void what_follows_the_stream_decides_with_it(void **unused)
{
    (void)unused;
    static const char bytes[] = "Gr\xF6\xDF" "e und\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9";
    for (int behind = 0; behind < 2; behind++) {
        struct stream stream = {.bytes = bytes, .length = 9, .most = 100, .behind = behind ? sizeof bytes - 10 : 0};
        struct charset *charset = NULL;
        struct fault fault;
        char text[100];
        size_t count;
        bool gap;
        assert_int_equal(charset_open(&charset, &fault), STATUS_OK);
        assert_int_equal(charset_read(charset, &stream, text, sizeof text, &count, &gap, &fault), STATUS_OK);
        size_t length = count;
        while (charset_read(charset, &stream, text + length, sizeof text - length, &count, &gap, &fault) == STATUS_OK) length += count;
        assert_int_equal(charset_kind(charset), behind ? CHARSET_NONE : CHARSET_CP1252);
        assert_int_equal(length, behind ? 9 : 11);
        charset_close(charset);
    }
}

static void a_jump_goes_on_as_it_was(void **unused)
{
    (void)unused;
    struct charset *charset = NULL;
    struct fault fault;
    static char room[65536];
    static const char bytes[] = "a,\x8E\xD4\x91\xE4\x94\xD4\x8D\x86\n";
    for (int settled = 0; settled < 2; settled++) {
        struct stream stream = {.bytes = bytes, .length = sizeof bytes - 1, .most = 100};
        size_t count, all = 0;
        bool gap;
        assert_int_equal(charset_open(&charset, &fault), STATUS_OK);
        charset_jump(charset, settled == 1, settled == 1 ? CHARSET_UNKNOWN : CHARSET_NONE);
        assert_int_equal(charset_is_settled(charset), settled);
        for (; charset_read(charset, &stream, room + all, sizeof room, &count, &gap, &fault) == STATUS_OK; all += count) {}
        room[all] = '\0';
        assert_string_equal(room, settled == 1 ? bytes : "a,車台番号\n");
        assert_int_equal(charset_kind(charset), settled == 1 ? CHARSET_UNKNOWN : CHARSET_CP932);
        charset_close(charset);
    }
    /* Stopped amid all of it, it gives no more. */
    struct stream stream = {.bytes = bytes, .length = sizeof bytes - 1, .most = 3};
    size_t count;
    bool gap;
    assert_int_equal(charset_open(&charset, &fault), STATUS_OK);
    stream.interrupted = true;
    assert_int_equal(charset_read(charset, &stream, room, sizeof room, &count, &gap, &fault), STATUS_END);
    assert_int_equal(count, 0);
    charset_close(charset);
    charset_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_becomes_utf8),
        cmocka_unit_test(what_comes_late_is_found_as_well),
        cmocka_unit_test(bytes_that_are_nothing_are_passed_on_and_counted),
        cmocka_unit_test(utf8_and_what_is_nothing_stay_as_they_are),
        cmocka_unit_test(western_files_may_have_utf8_among_them),
        cmocka_unit_test(zero_bytes_end_nothing),
        cmocka_unit_test(what_stands_around_a_gap_is_never_joined),
        cmocka_unit_test(what_follows_the_stream_decides_with_it), cmocka_unit_test(a_jump_goes_on_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
