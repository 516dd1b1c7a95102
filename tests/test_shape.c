/* Tests of analyzer/record/shape*.c: every path against a reading byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/record/bits.h"
#include "random.h"

#ifdef WITH_SIMDE
shape_function shape_avx512_emulated;
#endif

enum { LENGTH_MAX = 4096 };

struct path {
    const char *name;
    shape_function *shape;
};

static size_t paths_here(struct path *paths)
{
    size_t count = 0;
    const char *const names[] = {"portable", "avx2", "avx512"};
    for (size_t i = 0; i < 3; i++) {
        const char *name = NULL;
        shape_function *shape = shape_choose(names[i], &name);
        if (shape == NULL) continue;
        assert_string_equal(name, names[i]);
        paths[count++] = (struct path){name, shape};
    }
#ifdef WITH_SIMDE
    paths[count++] = (struct path){"avx512 emulated", shape_avx512_emulated};
#endif
    return count;
}

/* ------------------------------------------------------------------ the definitions, byte by byte */

struct naive {
    const char *bytes;
    size_t length;
};

static char byte_at(const struct naive *text, size_t at)
{
    return at < text->length ? text->bytes[at] : '\0'; /* places before the text wrap round and are beyond it */
}

static bool digit_at(const struct naive *text, size_t at)
{
    char c = byte_at(text, at);
    return c >= '0' && c <= '9';
}

static bool alnum_at(const struct naive *text, size_t at)
{
    char c = byte_at(text, at);
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool one_of(const struct naive *text, size_t at, const char *set)
{
    char c = byte_at(text, at);
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_candidate(const struct naive *text, size_t at)
{
    if (alnum_at(text, at)) return false;
    size_t run = 0;
    while (run < 12 && alnum_at(text, at - 1 - run)) run++;
    if (run == 12) return true;
    size_t digits = 0;
    while (digits < 5 && digit_at(text, at - 1 - digits)) digits++;
    bool dash = byte_at(text, at - 6) == '-' || byte_at(text, at - 7) == '-' || byte_at(text, at - 8) == '-';
    if (digits == 5 && (dash || (one_of(text, at, "-/ ") && one_of(text, at - 7, "-/ ")))) return true;
    bool pairs = true;
    for (size_t back = 3; back <= 15; back += 3) pairs = pairs && one_of(text, at - back, ":-");
    return pairs || (one_of(text, at - 5, ".-") && one_of(text, at - 10, ".-"));
}

static bool is_decimal(const struct naive *text, size_t at)
{
    return digit_at(text, at) && digit_at(text, at - 1) && byte_at(text, at - 2) == '.';
}

static bool is_point(const struct naive *text, size_t at)
{
    if (!digit_at(text, at) || byte_at(text, at - 1) != '.' || !digit_at(text, at - 2)) return false;
    size_t digits = 1;
    while (digits < 4 && digit_at(text, at - 2 - digits)) digits++;
    return digits == 4 || byte_at(text, at - 2 - digits) != '.';
}

static bool is_key(const struct naive *text, size_t at)
{
    return byte_at(text, at) == '=' || (byte_at(text, at) == ':' && !digit_at(text, at - 1));
}

static void expect_bit(const char *path, const char *what, const uint64_t *first, size_t at, bool expected,
                       const struct naive *text)
{
    bool have = (first[at / 64 * SHAPE_STRIDE] >> at % 64 & 1) != 0;
    if (have != expected)
        fail_msg("%s: %s at %zu of %zu is %d: \"%.*s\"", path, what, at, text->length, have, (int)text->length, text->bytes);
}

static void expect_words(const char *path, const struct naive *text, enum shape_kind kind, char delimiter,
                         const struct shape_word *words)
{
    for (size_t at = 0; at < 64 * shape_word_count(text->length); at++) {
        bool inside = at < text->length;
        char c = byte_at(text, at);
        bool special = false, candidate = is_candidate(text, at);
        if (kind == SHAPE_TEXT) special = is_point(text, at);
        if (kind == SHAPE_CSV) special = c == delimiter || c == '\n' || c == '"';
        if (kind == SHAPE_JSON) special = one_of(text, at, "{}[]:,\"");
        bool worth = candidate || is_decimal(text, at) || is_key(text, at);
        expect_bit(path, "newline", &words->newline, at, inside && c == '\n', text);
        expect_bit(path, "special", &words->special, at, inside && special, text);
        bool quote = kind == SHAPE_TEXT ? one_of(text, at, " \t\n,;&\"')]}><|") : c == '"' || (kind == SHAPE_JSON && c == '\\');
        expect_bit(path, "quote", &words->quote, at, inside && quote, text);
        expect_bit(path, "alnum", &words->alnum, at, alnum_at(text, at), text);
        expect_bit(path, "decimal", &words->decimal, at, is_decimal(text, at), text);
        expect_bit(path, "key", &words->key, at, is_key(text, at), text);
        if (at > text->length) continue; /* nobody asks for shapes further on */
        expect_bit(path, "candidate", &words->candidate, at, candidate, text);
        expect_bit(path, "worth", &words->worth, at, worth, text);
    }
}

static void check(const char *bytes, size_t length, enum shape_kind kind, char delimiter)
{
    static struct shape_word words[LENGTH_MAX / 64 + 1];
    struct path paths[4];
    size_t count = paths_here(paths);
    /* Bytes of its own, so that a sanitizer sees what is read behind the padding. */
    char *block = calloc(length + SHAPE_PADDING, 1);
    memcpy(block, bytes, length);
    struct naive text = {block, length};
    for (size_t i = 0; i < count; i++) {
        memset(words, 0xA5, sizeof words);
        paths[i].shape(block, length, kind, delimiter, words);
        expect_words(paths[i].name, &text, kind, delimiter, words);
    }
    free(block);
}

static void check_kinds(const char *bytes, size_t length)
{
    static const char delimiters[] = {',', ';', '\t', '|', '\x1f'};
    check(bytes, length, SHAPE_TEXT, 0);
    check(bytes, length, SHAPE_JSON, 0);
    for (size_t i = 0; i < sizeof delimiters; i++) check(bytes, length, SHAPE_CSV, delimiters[i]);
}

/* ------------------------------------------------------------------ tests */

static void which_paths_run_here_is_said(void **unused)
{
    (void)unused;
    struct path paths[4];
    size_t count = paths_here(paths);
    bool native = false;
    for (size_t i = 0; i < count; i++) {
        print_message("path %s\n", paths[i].name);
        native |= strcmp(paths[i].name, "avx512") == 0;
    }
    if (!native) print_message("path avx512 skipped: this CPU has none\n");
    assert_string_equal(paths[0].name, "portable");
}

static void an_unknown_path_is_none_and_auto_is_the_fastest(void **unused)
{
    (void)unused;
    const char *name = NULL, *fastest = NULL;
    assert_null(shape_choose("sse9", &name));
    assert_null(shape_choose("", &name));
    assert_non_null(shape_choose(NULL, &fastest));
    assert_non_null(shape_choose("auto", &name));
    assert_string_equal(name, fastest);
}

static void an_empty_block_has_one_empty_word(void **unused)
{
    (void)unused;
    check_kinds("", 0);
}

static void every_byte_value_is_classed_at_every_place_of_a_word(void **unused)
{
    (void)unused;
    char bytes[3 * 256];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)i;
    for (size_t from = 0; from < 64; from++) check_kinds(bytes + from, sizeof bytes - from);
}

static void shapes_are_found_across_the_border_of_two_words(void **unused)
{
    (void)unused;
    static const char *const shapes[] = {
        "JTDKN3DU7A1224466",  "356938035643809",   "35-693803-564380-9", "356938/03/564380/9", "ZVW30-0052877",
        "ZVW30-12345",        "ZVW30-1234",        "ZVW30-12345678",     "3c:5a:b4:77:88:99",  "3c-5a-b4-77-88-99",
        "3c5a.b477.8899",     "3c5a-b477-8899",    "35.681236,139.7671", "a=1",                "a: 1",
        "12:30",              "\"vin\":\"x\\\"y\"", "123456789012",       "12345678901",        " 123456 "};
    char text[200];
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        size_t length = strlen(shapes[s]);
        for (size_t at = 0; at < 70; at++) {
            for (int filler = 0; filler < 2; filler++) {
                memset(text, filler == 0 ? '.' : ',', sizeof text);
                memcpy(text + at, shapes[s], length);
                check(text, at + length, SHAPE_TEXT, 0);
                check(text, at + length + 1, SHAPE_CSV, ',');
                check(text, at + length + 1, SHAPE_JSON, 0);
            }
        }
    }
}

static void the_bit_stands_on_the_byte_behind_the_shape(void **unused)
{
    (void)unused;
    char block[32 + SHAPE_PADDING] = "x=JTDKN3DU7A1224466 y";
    struct shape_word words[2];
    shape_portable(block, 21, SHAPE_TEXT, 0, words);
    assert_int_equal(words[0].candidate, UINT64_C(1) << 19);
    assert_int_equal(words[0].key, UINT64_C(1) << 1);
    memset(block, 0, sizeof block);
    memcpy(block, "at 35.681", 9);
    shape_portable(block, 9, SHAPE_TEXT, 0, words);
    assert_int_equal(words[0].decimal, UINT64_C(1) << 7);
    assert_int_equal(words[0].candidate, 0);
}

/* Alphabets that make each shape likely; every length, so that a last word is cut anywhere. */
static void random_bytes_of_every_length_are_read_alike_by_all_paths(void **unused)
{
    (void)unused;
    static const char *const alphabets[] = {"0123456789-", "01a-/ ", "0fF:-", "0f.-", "09azAZ", "a1.,;\t|\n\"\\{}[]:= -/",
                                            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ,\n"};
    enum { ALPHABETS = sizeof alphabets / sizeof alphabets[0] };
    char text[LENGTH_MAX];
    for (size_t length = 0; length <= 200; length++) {
        for (size_t a = 0; a <= ALPHABETS; a++) {
            uint32_t size = a < ALPHABETS ? (uint32_t)strlen(alphabets[a]) : 256;
            for (size_t i = 0; i < length; i++) {
                uint32_t drawn = random_below(size);
                text[i] = a < ALPHABETS ? alphabets[a][drawn] : (char)drawn;
            }
            check_kinds(text, length);
        }
    }
}

static void bits_are_found_and_asked_for_as_a_plain_search_would(void **unused)
{
    (void)unused;
    struct shape_word words[6];
    for (int round = 0; round < 2000; round++) {
        for (size_t w = 0; w < 6; w++) {
            words[w] = (struct shape_word){.newline = 0, .key = UINT64_MAX};
            for (uint32_t n = random_below(3); n > 0; n--) words[w].newline |= UINT64_C(1) << random_below(64);
        }
        size_t start = random_below(384), end = random_below(385);
        size_t expected = start;
        while (expected < end && (words[expected / 64].newline >> expected % 64 & 1) == 0) expected++;
        if (expected > end) expected = end;
        if (start >= end) expected = end;
        assert_int_equal(bits_next(&words->newline, start, end), expected);
        assert_int_equal(bits_any(&words->newline, start, end), expected < end);
    }
}

static void runs_of_bits_are_found_from_both_ends(void **unused)
{
    (void)unused;
    struct shape_word words[6];
    for (int round = 0; round < 4000; round++) {
        for (size_t w = 0; w < 6; w++) {
            words[w] = (struct shape_word){.newline = 0, .alnum = UINT64_MAX};
            for (uint32_t n = random_below(4); n > 0; n--) words[w].alnum &= ~(UINT64_C(1) << random_below(64));
            if (random_below(4) == 0) words[w].alnum = ~words[w].alnum;
        }
        size_t start = random_below(384), at = random_below(384), from = at, to = at;
        while (from > start && (words[(from - 1) / 64].alnum >> (from - 1) % 64 & 1) != 0) from--;
        assert_int_equal(bits_run_start(&words->alnum, start, at), from);
        size_t end = random_below(385);
        while (to < end && (words[to / 64].alnum >> to % 64 & 1) != 0) to++;
        assert_int_equal(bits_run_end(&words->alnum, at, end), at < end ? to : end);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_paths_run_here_is_said),
        cmocka_unit_test(an_unknown_path_is_none_and_auto_is_the_fastest),
        cmocka_unit_test(an_empty_block_has_one_empty_word),
        cmocka_unit_test(every_byte_value_is_classed_at_every_place_of_a_word),
        cmocka_unit_test(shapes_are_found_across_the_border_of_two_words),
        cmocka_unit_test(the_bit_stands_on_the_byte_behind_the_shape),
        cmocka_unit_test(random_bytes_of_every_length_are_read_alike_by_all_paths),
        cmocka_unit_test(bits_are_found_and_asked_for_as_a_plain_search_would),
        cmocka_unit_test(runs_of_bits_are_found_from_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
