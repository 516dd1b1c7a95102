/* Tests of analyzer/record/record_listing.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../analyzer/record/record_listing.h"

static const char two[] = "======== a.jpg\nFile Name                       : a.jpg\nGPS Latitude                    : 35 deg 40' 52.45\" N\n"
                          "GPS Longitude                   : 139 deg 45' 57.90\" E\nGPS Position                    : 35 deg, 139 deg\n"
                          "======== b.jpg\nFile Name                       : b.jpg\n\n\nFile Name                       : c.jpg\nodd\n";

static void lines_with_colons_in_one_column_are_a_listing(void **unused)
{
    (void)unused;
    assert_true(record_listing_sniff(two, strlen(two)));
    static const char *const none[] = {"", "a\nb\n", "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n", "2023-04-17 08:15:30 : started\nx\ny\nz\nw\n",
                                       "name            : 1\nother           : 2\n", "name,value,other           : x\na\nb\nc\nd\ne\n"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (record_listing_sniff(none[i], strlen(none[i]))) fail_msg("a listing: %s", none[i]);
}

static void units_end_at_headings_and_blank_lines(void **unused)
{
    (void)unused;
    size_t length = strlen(two), second = (size_t)(strstr(two, "======== b") - two), third = (size_t)(strstr(two, "\nFile Name                       : c") - two);
    assert_int_equal(record_listing_end(two, length, 0), second);
    assert_int_equal(record_listing_end(two, length, second), third);
    assert_int_equal(record_listing_end(two, length, third), length);
    assert_int_equal(record_listing_cut(two, length), third);
    assert_int_equal(record_listing_cut(two, second + 3), 0);
    assert_int_equal(record_listing_cut(two, second + 12), second);
}

static void a_unit_is_an_object(void **unused)
{
    (void)unused;
    struct bytes json = {0};
    size_t second = (size_t)(strstr(two, "======== b") - two);
    assert_true(record_listing_json((struct span){two, second}, &json));
    static const char expected[] = "{\"line\":\"======== a.jpg\",\"File Name\":\"a.jpg\",\"GPS Latitude\":\"35 deg 40' 52.45\\\" N\","
                                   "\"GPS Longitude\":\"139 deg 45' 57.90\\\" E\"}";
    assert_int_equal(json.count, sizeof expected - 1);
    assert_memory_equal(json.at, expected, sizeof expected - 1);
    json.count = 0;
    assert_true(record_listing_json((struct span){"\n \n", 3}, &json));
    assert_int_equal(json.count, 0);
    bytes_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_with_colons_in_one_column_are_a_listing),
        cmocka_unit_test(units_end_at_headings_and_blank_lines),
        cmocka_unit_test(a_unit_is_an_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
