#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../analyzer/decode/byte_window.h"

/* Gives bytes in steps; some are missing before hole_at. */
struct giver {
    const char *bytes;
    size_t length, at, step, hole_at;
    uint64_t hole_bytes, missing;
    bool hole_told;
};

static enum status giver_read(void *context, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap)
{
    struct giver *giver = context;
    *count = 0;
    *gap = false;
    if (giver->at == giver->length) return STATUS_END;
    bool at_hole = giver->hole_bytes > 0 && giver->at == giver->hole_at && !giver->hole_told;
    if (at_hole) {
        if (giver->missing == 0) giver->missing = giver->hole_bytes;
        if (joined) return STATUS_OK;
        giver->hole_told = *gap = true;
    }
    size_t end = giver->hole_bytes > 0 && giver->at < giver->hole_at ? giver->hole_at : giver->length;
    size_t given = giver->step < end - giver->at ? giver->step : end - giver->at;
    if (given > capacity) given = capacity;
    memcpy(bytes, giver->bytes + giver->at, given);
    giver->at += given;
    *count = given;
    return STATUS_OK;
}

static uint64_t giver_missing(void *context)
{
    return ((struct giver *)context)->missing;
}

static void a_window_is_filled_whatever_the_steps(void **state)
{
    (void)state;
    static const char text[] = "0123456789abcdefghij";
    for (size_t step = 1; step <= 20; step++) {
        struct giver giver = {.bytes = text, .length = 20, .step = step};
        struct byte_reader below = {.context = &giver, .read = giver_read};
        struct byte_window window;
        assert_true(window_open(&window, &below, 8, 2, "", 0));
        window_fill(&window);
        assert_int_equal(window_left(&window), 8);
        window.at = 5;
        assert_true(window_has(&window, 5));
        assert_memory_equal(window.buffer + window.at - 2, "3456", 4); /* two of history stand before it */
        assert_int_equal(window_offset(&window, window.at), 5);
        assert_false(window_has(&window, 7)); /* there is no more room */
        window.at = window.end;
        assert_true(window_has(&window, 6));
        window.at = window.end;
        while (!window_is_spent(&window)) window.at = window_end(&window);
        assert_int_equal(window_offset(&window, window.at), 20);
        window_close(&window);
    }
}

static void bytes_that_are_missing_end_it_until_they_are_passed(void **state)
{
    (void)state;
    static const char text[] = "beforebehind";
    for (size_t step = 1; step <= 12; step++) {
        struct giver giver = {.bytes = text, .length = 12, .step = step, .hole_at = 6, .hole_bytes = 1000};
        struct byte_reader below = {.context = &giver, .read = giver_read, .missing = giver_missing};
        struct byte_window window;
        assert_true(window_open(&window, &below, 64, 0, "", 0));
        assert_false(window_has(&window, 7));
        assert_int_equal(window_left(&window), 6);
        assert_false(window_hole_pass(&window)); /* it does not stand before it yet */
        window.at += 6;
        assert_false(window_is_spent(&window));
        assert_true(window_hole_pass(&window));
        assert_int_equal(window_offset(&window, window.at), 1006);
        assert_true(window_has(&window, 6));
        assert_memory_equal(window.buffer + window.at, "behind", 6);
        window.at += 6;
        assert_true(window_is_spent(&window));
        window_close(&window);
    }
}

static void what_was_read_before_comes_first(void **state)
{
    (void)state;
    struct giver giver = {.bytes = "later", .length = 5, .step = 5};
    struct byte_reader below = {.context = &giver, .read = giver_read};
    struct byte_window window;
    assert_true(window_open(&window, &below, 16, 0, "first", 5));
    assert_true(window_has(&window, 10));
    assert_memory_equal(window.buffer, "firstlater", 10);
    assert_false(window_seek(&window, 0)); /* nobody can go back */
    window_close(&window);
}

static void bytes_go_past_an_empty_window_up_to_a_hole(void **state)
{
    (void)state;
    static const char text[] = "0123456789behind";
    for (size_t step = 1; step <= 16; step++) {
        struct giver giver = {.bytes = text, .length = 16, .step = step, .hole_at = 10, .hole_bytes = 100};
        struct byte_reader below = {.context = &giver, .read = giver_read, .missing = giver_missing};
        struct byte_window window;
        char bytes[16];
        size_t got = 0, more;
        assert_true(window_open(&window, &below, 6, 2, "ab", 2));
        assert_int_equal(window_pass(&window, bytes, 4), 0); /* it has two */
        window.at = 2;
        while ((more = window_pass(&window, bytes + got, 4)) > 0) {
            assert_true(more <= 4);
            got += more;
            assert_int_equal(window_offset(&window, window.at), 2 + got);
        }
        assert_int_equal(got, 10);
        assert_memory_equal(bytes, text, 10);
        assert_int_equal(window.hole, window.at);
        assert_false(window_has(&window, 1));
        assert_true(window_hole_pass(&window));
        assert_int_equal(window_offset(&window, window.at), 112);
        assert_true(window_has(&window, 6));
        assert_memory_equal(window.buffer + window.at, "behind", window_left(&window));
        while (!window_is_spent(&window)) window.at = window_end(&window);
        assert_int_equal(window_offset(&window, window.at), 118);
        assert_int_equal(window_pass(&window, bytes, 4), 0);
        window_close(&window);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_is_filled_whatever_the_steps),
        cmocka_unit_test(bytes_that_are_missing_end_it_until_they_are_passed),
        cmocka_unit_test(what_was_read_before_comes_first),
        cmocka_unit_test(bytes_go_past_an_empty_window_up_to_a_hole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
