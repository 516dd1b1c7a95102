/* Tests of what becomes of an object whose character set the C library does not have: it is searched as it is, and that is said.
 *
 * Stands in for analyzer/decode/charset_convert.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scanning.h"

const char *charset_kind_name(enum charset_kind kind)
{
    return kind == CHARSET_CP932 ? "cp932" : kind == CHARSET_NONE ? "" : "other";
}

size_t charset_unit(enum charset_kind kind)
{
    (void)kind;
    return 1;
}

enum status converter_open(enum charset_kind kind, struct converter **converter)
{
    (void)kind;
    *converter = NULL;
    return STATUS_DAMAGED;
}

void converter_close(struct converter *converter)
{
    assert_null(converter);
}

size_t converter_run(struct converter *converter, const char *in, size_t in_bytes, bool at_end, char *out, size_t *out_bytes)
{
    (void)converter;
    (void)in;
    (void)in_bytes;
    (void)at_end;
    (void)out;
    (void)out_bytes;
    abort();
}

void converter_reset(struct converter *converter)
{
    (void)converter;
    abort();
}

uint64_t converter_undecodable(const struct converter *converter)
{
    (void)converter;
    abort();
}

static void a_set_that_is_not_there_is_said(void **unused)
{
    (void)unused;
    struct scanning *scanning = scanning_make();
    static const char bytes[] = "customer_id,imei,\x8E\xD4\x91\xE4\x94\xD4\x8D\x86\nA-1,868123450011227,\x93\x63\x92\x86\n";
    scanning_text(scanning, "table.csv", bytes);
    scanning_text(scanning, "plain.csv", "customer_id,imei\nA-2,868123450011227\n");
    scanning_run(scanning, NULL, 0, 0, 2);
    const struct object *object = scanning_object(scanning, "table.csv");
    assert_int_equal(object->status, OBJECT_PARTIAL);
    assert_int_equal(object->reason, COVERAGE_UNSUPPORTED_FORMAT);
    assert_string_equal(object->format, "cp932>csv");
    assert_int_equal(object->bytes_examined, 0);
    assert_int_equal(object->bytes_unexamined, sizeof bytes - 1);
    assert_non_null(strstr(object->detail, "cp932: cannot be decoded on this machine, bytes searched as they are"));
    assert_int_equal(scanning_object(scanning, "plain.csv")->status, OBJECT_COMPLETE);
    struct customer_row row;
    assert_true(scanning_row(scanning, "A-1", &row)); /* what is ASCII is found all the same */
    scanning_close(scanning);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_set_that_is_not_there_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
