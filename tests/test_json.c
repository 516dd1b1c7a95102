#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/support/json.h"

static enum status read_json(const char *text, size_t len, struct json_value **root, struct fault *fault)
{
    /* An exact copy, so that a read behind the end shows. */
    char *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, text, len);
    enum status status = json_read((struct span){copy, len}, root, fault);
    free(copy);
    return status;
}

static void reads_values_in_order_with_keys(void **state)
{
    (void)state;
    struct json_value *root = NULL;
    struct fault fault;
    const char *text = " {\"a\": [1, -2.5, \"\xE9\xA1\xA7\"], \"b\": true, \"c\": null} \n";
    assert_int_equal(read_json(text, strlen(text), &root, &fault), STATUS_OK);
    assert_int_equal(json_type(root), JSON_OBJECT);
    assert_int_equal(json_count(root), 3);
    const struct json_value *list = json_first(root);
    assert_string_equal(json_key(list), "a");
    assert_int_equal(json_type(list), JSON_LIST);
    const struct json_value *item = json_first(list);
    assert_true(json_number(item) == 1);
    item = json_next(item);
    assert_true(json_number(item) == -2.5);
    item = json_next(item);
    assert_string_equal(json_text(item), "\xE9\xA1\xA7");
    assert_null(json_next(item));
    assert_int_equal(json_type(json_next(list)), JSON_BOOLEAN);
    assert_int_equal(json_type(json_next(json_next(list))), JSON_NULL);
    json_free(root);
}

static void refuses_what_cjson_lets_pass(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t len;
        const char *says;
    } bad[] = {
        {"{} x", 4, "line 1, column 4"},       {"{}{}", 4, "behind"},
        {"{\"a\":1,\"a\":2}", 13, "twice"},    {"[{\"b\":{\"a\":1,\"a\":2}}]", 21, "twice"},
        {"\"a\\u0000b\"", 10, "a NUL"},        {"{}\0", 3, "a NUL"},
        {"", 0, "no JSON"},                    {"{\n\"a\" 1}", 8, "line 2"},
        {"[1,", 3, "no JSON"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct json_value *root = NULL;
        struct fault fault;
        assert_int_equal(read_json(bad[i].text, bad[i].len, &root, &fault), STATUS_USAGE);
        if (strstr(fault.message, bad[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", fault.message, bad[i].says);
        assert_null(root);
    }
    struct json_value *root = NULL;
    struct fault fault;
    assert_int_equal(read_json("\"a\\\\u0000\"", 10, &root, &fault), STATUS_OK);
    assert_string_equal(json_text(root), "a\\u0000");
    json_free(root);
}

static char *finish(struct json_writer *writer)
{
    json_end_line(writer);
    assert_false(writer->failed);
    char *text = calloc(1, writer->count + 1);
    memcpy(text, writer->bytes, writer->count);
    free(writer->bytes);
    return text;
}

static void writes_levels_with_breaks_and_numbers_of_any_size(void **state)
{
    (void)state;
    struct json_writer writer = {0};
    json_object_open(&writer, NULL);
    json_list_open(&writer, "a");
    json_write_unsigned(&writer, NULL, UINT64_MAX);
    json_write_signed(&writer, NULL, INT64_MIN);
    json_list_close(&writer);
    json_object_open(&writer, "b");
    json_object_close(&writer);
    json_write_decimal(&writer, "c", 1.5, 3);
    json_write_text(&writer, "d", NULL);
    json_write_boolean(&writer, "e", false);
    json_object_close(&writer);
    char *text = finish(&writer);
    assert_string_equal(text, "{\n  \"a\": [\n    18446744073709551615,\n    -9223372036854775808\n  ],\n"
                              "  \"b\": {},\n  \"c\": 1.500,\n  \"d\": null,\n  \"e\": false\n}\n");
    free(text);
}

static void writes_any_bytes_as_valid_text(void **state)
{
    (void)state;
    struct json_writer writer = {.one_line = true};
    json_write_span(&writer, NULL, (struct span){"a\"\\\n\0\x7F\xFF\xC3\xA9\xED\xA0\x80\xF0\x9F", 14});
    char *text = finish(&writer);
    assert_string_equal(text, "\"a\\\"\\\\\\u000a\\u0000\\u007f\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\xEF"
                              "\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"\n");
    free(text);
}

static void one_line_has_no_blanks(void **state)
{
    (void)state;
    struct json_writer writer = {.one_line = true};
    json_object_open(&writer, NULL);
    json_write_unsigned(&writer, "value_no", 1);
    json_list_open(&writer, "verdicts");
    json_object_open(&writer, NULL);
    json_object_close(&writer);
    json_list_close(&writer);
    json_object_close(&writer);
    char *text = finish(&writer);
    assert_string_equal(text, "{\"value_no\":1,\"verdicts\":[{}]}\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_values_in_order_with_keys),
        cmocka_unit_test(refuses_what_cjson_lets_pass),
        cmocka_unit_test(writes_levels_with_breaks_and_numbers_of_any_size),
        cmocka_unit_test(writes_any_bytes_as_valid_text),
        cmocka_unit_test(one_line_has_no_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
