/* Tests of analyzer/record/json_put.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../analyzer/record/json_put.h"

static void members_are_divided_and_texts_escaped(void **unused)
{
    (void)unused;
    struct bytes json = {0};
    assert_true(json_put_raw(&json, "{", 1));
    assert_true(json_put_member(&json, (struct span){"a\"b", 3}, (struct span){"x\\\n\x01\xE5\x8C\x97", 7}));
    assert_true(json_put_name(&json, (struct span){"c", 1}));
    assert_true(json_put_raw(&json, "{", 1));
    assert_true(json_put_member(&json, (struct span){"", 0}, (struct span){"", 0}));
    assert_true(json_put_raw(&json, "}}", 2));
    static const char expected[] = "{\"a\\\"b\":\"x\\\\\\u000a\\u0001\xE5\x8C\x97\",\"c\":{\"\":\"\"}}";
    assert_int_equal(json.count, sizeof expected - 1);
    assert_memory_equal(json.at, expected, sizeof expected - 1);
    bytes_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(members_are_divided_and_texts_escaped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
