/* Tests of analyzer/detect/event_time_named.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/detect/event_time.h"

/* The text alone in its memory. */
static bool read_exact(const char *text, struct event_time *time)
{
    size_t length = strlen(text);
    char *exact = malloc(length == 0 ? 1 : length);
    memcpy(exact, text, length);
    bool is_time = event_time_read((struct span){exact, length}, time);
    free(exact);
    return is_time;
}

enum { OCTOBER_10 = 1696896000, CLOCK = 13 * 3600 + 55 * 60 + 36 }; /* 2023-10-10T00:00:00Z; 13:55:36 */

static void every_form_is_read(void **state)
{
    (void)state;
    static const struct { const char *text; int64_t seconds; bool has_zone; size_t left; } forms[] = {
        {"10/Oct/2023:13:55:36 +0900", OCTOBER_10 + CLOCK - 32400, true, 0},
        {"10/Oct/2023:13:55:36 -0730] \"GET / HTTP/1.1\" 200", OCTOBER_10 + CLOCK + 27000, true, 22},
        {"10/oct/2023:13:55:36", OCTOBER_10 + CLOCK, false, 0},
        {"10/October/2023", OCTOBER_10, false, 0},
        {"Tue, 10 Oct 2023 13:55:36 GMT", OCTOBER_10 + CLOCK, true, 0},
        {"10 Oct 2023 13:55:36 +0000", OCTOBER_10 + CLOCK, true, 0},
        {"Tuesday, 10 October 2023 13:55", OCTOBER_10 + 13 * 3600 + 55 * 60, false, 0},
        {"10-Oct-2023 13:55:36.123", OCTOBER_10 + CLOCK, false, 0},
        {"10-OCT-2023", OCTOBER_10, false, 0},
        {"9 Oct 2023 00:00:00Z", OCTOBER_10 - 86400, true, 0},
        {"Oct 10, 2023 1:55:36 PM", OCTOBER_10 + CLOCK, false, 0},
        {"October 10, 2023, 1:55:36 AM", OCTOBER_10 + CLOCK - 43200, false, 0},
        {"Oct 10 2023", OCTOBER_10, false, 0},
        {"Tue Oct 10 13:55:36 2023", OCTOBER_10 + CLOCK, false, 0},
        {"Sun Oct  1 13:55:36.123456 2023] [core:error]", OCTOBER_10 - 9 * 86400 + CLOCK, false, 14},
        {"Tue Oct 10 13:55:36 UTC 2023", OCTOBER_10 + CLOCK, true, 0},
        {"Tue Oct 10 13:55:36 JST 2023", OCTOBER_10 + CLOCK - 32400, true, 0},
        {"Tue Oct 10 13:55:36 CEST 2023", OCTOBER_10 + CLOCK, false, 0},
        {"29/Feb/2024:00:00:00 +0000", 1709164800, true, 0},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct event_time time;
        if (!read_exact(forms[i].text, &time)) fail_msg("%s is no time", forms[i].text);
        if (time.seconds != forms[i].seconds || time.has_zone != forms[i].has_zone || strlen(forms[i].text) - time.length != forms[i].left)
            fail_msg("%s: %lld, zone %d, length %d", forms[i].text, (long long)time.seconds, time.has_zone, time.length);
    }
}

static void what_is_no_date_is_no_time(void **state)
{
    (void)state;
    static const char *const others[] = {
        "Oct 10 13:55:36", "Oct 10 13:55:36 gw-01", "Oct 10 13:55:36 host 2023-10-10T13:55:36Z", "Oct 10 13:55:36 2023-10-10T13:55:36Z",
        "Oct 10 13:55:36 host 2023 lines", "Oct 10 13:55:36 2001:db8::1", "10/Okt/2023:13:55:36", "31/Feb/2023:13:55:36", "0/Oct/2023", "10/Oct-2023", "10/Oct/20233",
        "10/Oct/23", "10 Oct", "Octo 10, 2023", "Tue", "Tue, ", "Tue 2023", "May", "May 10", "Mayor 10, 2023", "10//2023", "Oct 32, 2023",
        "Oct  10, 1969", "10.Oct.2023", "/Oct/2023", "march", "decade 1, 2020", "Octoberfest 1, 2020"};
    struct event_time time;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (read_exact(others[i], &time)) fail_msg("%s is read as %lld", others[i], (long long)time.seconds);
}

static void its_begin_is_found_from_its_clock(void **state)
{
    (void)state;
    static const struct { const char *before, *time; } texts[] = {
        {"203.0.113.7 - - [", "10/Oct/2023:13:55:36 +0900"}, {"[Tue ", "Oct 10 13:55:36 2023"}, {"at ", "Oct 10, 2023 1:55:36 PM"},
        {"Date  Tue, ", "10 Oct 2023 13:55:36 GMT"}, {"", "1-October-2023 13:55"}, {"x ", "Oct  1 13:55:36 2023"}, {"", "May 1, 2023 1:55:36 PM"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[128];
        size_t before = strlen(texts[i].before), length = strlen(texts[i].time);
        memcpy(text, texts[i].before, before);
        memcpy(text + before, texts[i].time, length + 1);
        const char *colon = strchr(text, ':');
        assert_int_equal(time_named_before(text, colon), colon - text - (ptrdiff_t)before);
    }
    static const char *const none[] = {"13:55", "vin:", " 10:", "00:1e", "Octopus 10:", "xOct 10:", "2023-10-10 13:"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_int_equal(time_named_before(none[i], strchr(none[i], ':')), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read),
        cmocka_unit_test(what_is_no_date_is_no_time),
        cmocka_unit_test(its_begin_is_found_from_its_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
