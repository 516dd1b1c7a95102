#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../analyzer/detect/windows.h"
#include "random.h"

enum { WINDOWS = 300, TEXT = 200 };

static struct window all[WINDOWS];
static uint8_t found[WINDOWS][TEXT + 1];

static bool note(void *context, size_t end, size_t number)
{
    size_t *hits = context;
    assert_true(number < WINDOWS && end <= TEXT);
    found[number][end]++;
    ++*hits;
    return true;
}

static bool fits(const struct window *window, const char *text, size_t end)
{
    if (end < window->length) return false;
    for (size_t place = 0; place < window->length; place++) {
        unsigned byte = (unsigned char)text[end - window->length + place];
        if ((window->places[place].bits[byte / 8] >> byte % 8 & 1) == 0) return false;
    }
    return true;
}

/* Held against looking at every place for every window; more windows than a word, and than a pass, have room for. */
static void every_window_is_found_where_it_ends(void **unused)
{
    (void)unused;
    uint64_t state = 5;
    size_t hits = 0;
    for (int round = 0; round < 200; round++) {
        char text[TEXT];
        size_t count = 1 + random_next(&state) % WINDOWS;
        memset(all, 0, sizeof all);
        memset(found, 0, sizeof found);
        for (size_t i = 0; i < count; i++) {
            all[i].length = 2 + random_next(&state) % 3;
            for (size_t place = 0; place < all[i].length; place++)
                for (uint64_t n = 1 + random_next(&state) % 3; n > 0; n--) {
                    unsigned byte = 250 + (unsigned)(random_next(&state) % 6);
                    all[i].places[place].bits[byte / 8] |= (uint8_t)(1u << byte % 8);
                }
        }
        for (size_t i = 0; i < TEXT; i++) text[i] = (char)(249 + random_next(&state) % 7);
        struct windows *windows = NULL;
        struct fault fault;
        assert_int_equal(windows_open(all, count, &windows, &fault), STATUS_OK);
        windows_search(windows, text, TEXT, note, &hits);
        for (size_t i = 0; i < count; i++)
            for (size_t end = 0; end <= TEXT; end++) assert_int_equal(found[i][end], fits(&all[i], text, end));
        windows_close(windows);
    }
    assert_true(hits > 10000);
    windows_close(NULL);
}

static bool stop(void *context, size_t end, size_t number)
{
    (void)number;
    *(size_t *)context = end;
    return false;
}

static void a_sink_ends_the_search(void **unused)
{
    (void)unused;
    struct window window = {.length = 2};
    struct windows *windows = NULL;
    struct fault fault;
    size_t end = 0;
    window.places[0].bits['a' / 8] = window.places[1].bits['a' / 8] = 1u << 'a' % 8;
    assert_int_equal(windows_open(&window, 1, &windows, &fault), STATUS_OK);
    windows_search(windows, "baaaa", 5, stop, &end);
    assert_int_equal(end, 3);
    windows_close(windows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_window_is_found_where_it_ends),
        cmocka_unit_test(a_sink_ends_the_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
