/* Tests of analyzer/report/fields_json.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/report/fields_json.h"

static void assert_written(const struct field_sums *fields, const char *expected)
{
    char first[] = "a", second[] = "b";
    char *sources[] = {first, second};
    struct object_list list = {.sources = sources, .source_count = 2};
    struct json_writer writer = {.one_line = true};
    json_object_open(&writer, NULL);
    fields_json_write(&writer, &list, fields);
    json_object_close(&writer);
    assert_false(writer.failed);
    assert_int_equal(writer.count, strlen(expected));
    assert_memory_equal(writer.bytes, expected, writer.count);
    free(writer.bytes);
}

static void fields_are_written_with_what_they_were_taken_for(void **state)
{
    (void)state;
    struct field_sums fields = {0};
    struct field_seen checked = {"imei", "csv", "imei", "name", 1, true, 3, 2, 1}, unchecked = {"card", "csv", "identifier", "profile", 0, false, 9, 0, 1};
    assert_true(field_sums_see(&fields, &checked) && field_sums_see(&fields, &unchecked));
    assert_written(&fields, "{\"fields\":[{\"field\":\"card\",\"format\":\"csv\",\"how\":\"profile\",\"objects\":1,\"role\":\"identifier\",\"share_valid\":null,"
                            "\"source\":\"a\",\"valid\":null,\"values\":9},{\"field\":\"imei\",\"format\":\"csv\",\"how\":\"name\",\"objects\":1,\"role\":\"imei\","
                            "\"share_valid\":0.6667,\"source\":\"b\",\"valid\":2,\"values\":3}],\"fields_cut\":false}");
    field_sums_free(&fields);
}

static void no_fields_are_an_empty_list(void **state)
{
    (void)state;
    assert_written(NULL, "{\"fields\":[],\"fields_cut\":false}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_written_with_what_they_were_taken_for),
        cmocka_unit_test(no_fields_are_an_empty_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
