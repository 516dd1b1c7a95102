/* Tests of analyzer/detect/marks.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/detect/marks.h"

enum way { WAY_PORTABLE, WAY_AVX2, WAY_AVX512, WAYS }; /* the last two as far as the CPU has them */

static struct marks *marks_made(enum way way)
{
    struct marks *marks = malloc(sizeof *marks);
    assert_non_null(marks);
    marks_open(marks);
    marks->portable |= way == WAY_PORTABLE;
    marks->wide &= way == WAY_AVX512;
    return marks;
}

static void marks_gone(struct marks *marks)
{
    marks_close(marks);
    free(marks);
}

/* The block lies in memory of its own size. */
static bool is_marked(const char *text, size_t start, size_t end)
{
    size_t length = strlen(text);
    char *block = malloc(length > 0 ? length : 1);
    assert_non_null(block);
    memcpy(block, text, length);
    bool any[WAYS];
    for (int way = 0; way < WAYS; way++) {
        struct marks *marks = marks_made((enum way)way);
        assert_true(marks_read(marks, block, length));
        any[way] = marks_any(marks, start, end);
        marks_gone(marks);
        assert_int_equal(any[way], any[0]);
    }
    free(block);
    return any[0];
}

static void triggers_leave_a_mark(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "$GPGLL,5106.94086,N,01701.51680,E", "35°40′52.4″N 139°46′1.6″E", "26-12-45N 127-40-51E", "POINT(139.767125 35.681236)",
        "geo:13.4125,103.8667", "https://www.google.com/maps/@35.681236,139.767125,15z", "<coordinates>141.35,43.06</coordinates>",
        "+48.8577+002.295/", "lat=+35.40.52.450&lon=+139.46.01.650", "N35.40.52.975 E139.45.57.902", "nl=35/40/39.7&el=139/46/4.0",
        "GPSLatitude=35/1,3/1,1516/100", "{1: 'N', 2: (26.0, 12.0, 44.64)",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_true(is_marked(texts[i], 0, strlen(texts[i])));
}

static void ordinary_text_has_none(void **state)
{
    (void)state;
    static const char text[] = "2022-02-01T23:23:01+09:00 gw-01 INFO uplink customer=C00000001 imei=357550797296053 "
                               "vin=VNKE3FBHZDA168606 loc=40.374188,-3.785122 fw=2.3.26 session=a4ae1000dd6158eff751b04bb881dc51";
    assert_false(is_marked(text, 0, strlen(text)));
    assert_false(is_marked("", 0, 0));
    assert_false(is_marked("3", 0, 1));
}

static void marks_stand_where_their_trigger_is(void **state)
{
    (void)state;
    char text[20000];
    memset(text, ' ', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (size_t at = 64; at < sizeof text - 64; at += 1237) {
        memcpy(text + at, "geo:1.23", 8);
        assert_true(is_marked(text, at, at + 8));
        assert_true(is_marked(text, 0, sizeof text - 1));
        assert_false(is_marked(text, 0, at / 64 * 64));
        assert_false(is_marked(text, at / 64 * 64 + 128, sizeof text - 1));
        memset(text + at, ' ', 8);
    }
}

/* Bytes of triggers and others, in every alignment: the fast ways mark what the portable one does. */
static void all_ways_mark_the_same(void **state)
{
    (void)state;
    static const char *const pieces[] = {"$GP", "GGA,", "geo:", "POINT", "(", "1", "23", ".", "N ", "E,", "\xC2\xB0", "/", "+", "-",
                                         "://", "google", "lat=", "<", "node ", "nl=", "{1: '", " ", "4x", "S", "\xE5\xBA\xA6", "8"};
    struct marks *ways[WAYS];
    for (int way = 0; way < WAYS; way++) ways[way] = marks_made((enum way)way);
    char block[4096];
    uint32_t random = 1;
    size_t marked = 0;
    for (int round = 0; round < 300; round++) {
        size_t length = 0;
        for (;;) {
            random = random * 1664525u + 1013904223u;
            const char *piece = pieces[(random >> 16) % (sizeof pieces / sizeof *pieces)];
            if (length + strlen(piece) > sizeof block - (size_t)round) break;
            memcpy(block + length, piece, strlen(piece));
            length += strlen(piece);
        }
        for (int way = 0; way < WAYS; way++) {
            assert_true(marks_read(ways[way], block, length));
            assert_int_equal(ways[way]->ascii, ways[0]->ascii);
            assert_int_equal(ways[way]->any, ways[0]->any);
            for (size_t at = 0; at < length; at += MARK_BYTES)
                assert_int_equal(marks_any(ways[way], at, at + 1), marks_any(ways[0], at, at + 1));
        }
        for (size_t at = 0; at < length; at += MARK_BYTES) marked += marks_any(ways[0], at, at + 1);
    }
    assert_true(marked > 0);
    for (int way = 0; way < WAYS; way++) marks_gone(ways[way]);
}

static void ascii_is_told(void **state)
{
    (void)state;
    for (int way = 0; way < WAYS; way++) {
        struct marks *marks = marks_made((enum way)way);
        char block[100];
        memset(block, 'a', sizeof block);
        assert_true(marks_read(marks, block, sizeof block));
        assert_true(marks->ascii);
        for (size_t at = 0; at < sizeof block; at += 33) {
            block[at] = '\x80';
            assert_true(marks_read(marks, block, sizeof block));
            assert_false(marks->ascii);
            block[at] = 'a';
        }
        marks_gone(marks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(triggers_leave_a_mark),
        cmocka_unit_test(ordinary_text_has_none),
        cmocka_unit_test(marks_stand_where_their_trigger_is),
        cmocka_unit_test(all_ways_mark_the_same),
        cmocka_unit_test(ascii_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
