/* Tests of analyzer/tally/field_sums.c: sums do not depend on the order and the tree that they are added in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "../analyzer/tally/field_sums.h"

static void see(struct field_sums *sums, const char *name, const char *role, uint32_t source, uint64_t values, uint64_t valid)
{
    struct field_seen seen = {name, "csv", role, "name", source, true, values, valid, 1};
    assert_true(field_sums_see(sums, &seen));
}

static void assert_equal(const struct field_sums *a, const struct field_sums *b)
{
    struct bytes x = {0}, y = {0};
    assert_true(field_sums_write(a, &x) && field_sums_write(b, &y));
    assert_int_equal(x.count, y.count);
    assert_memory_equal(x.at, y.at, x.count);
    bytes_free(&x);
    bytes_free(&y);
}

static void fields_add_up(void **state)
{
    (void)state;
    struct field_sums sums = {0};
    see(&sums, "vin", "vin", 1, 10, 9);
    see(&sums, "imei", "imei", 0, 5, 5);
    see(&sums, "vin", "vin", 1, 2, 0);
    see(&sums, "vin", "vin", 0, 1, 1);
    assert_int_equal(sums.count, 3);
    struct field_seen first = field_sum_seen(&sums.entries[0]), last = field_sum_seen(&sums.entries[2]);
    assert_string_equal(first.name, "imei");
    assert_string_equal(last.format, "csv");
    assert_string_equal(last.role, "vin");
    assert_string_equal(last.how, "name");
    assert_int_equal(last.source, 1);
    assert_int_equal(last.values, 12);
    assert_int_equal(last.valid, 9);
    assert_int_equal(sums.entries[2].objects, 2);
    field_sums_free(&sums);
}

/* More than there is room for, in three orders, in one and in two parts. */
static void those_that_come_first_are_kept_whole_in_any_order(void **state)
{
    (void)state;
    enum { NAMES = FIELD_SUMS_MAX + 500, STEP = 1009 };
    struct field_sums up = {0}, down = {0}, parts[2] = {{0}, {0}}, joined = {0};
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < NAMES; i++) {
            char name[16];
            snprintf(name, sizeof name, "f%05u", i);
            see(&up, name, "vin", 0, 1, 1);
            snprintf(name, sizeof name, "f%05u", NAMES - 1 - i);
            see(&down, name, "vin", 0, 1, 1);
            snprintf(name, sizeof name, "f%05u", i * STEP % NAMES);
            see(&parts[(i + round) % 2], name, "vin", 0, 1, 1);
        }
    assert_true(field_sums_add(&joined, &parts[1]) && field_sums_add(&joined, &parts[0]));
    assert_int_equal(up.count, FIELD_SUMS_MAX);
    assert_true(up.cut && down.cut && joined.cut);
    assert_int_equal(up.entries[FIELD_SUMS_MAX - 1].values, 2);
    assert_equal(&up, &down);
    assert_equal(&up, &joined);
    for (int i = 0; i < 2; i++) field_sums_free(&parts[i]);
    field_sums_free(&up);
    field_sums_free(&down);
    field_sums_free(&joined);
}

static void what_is_written_is_read_and_nothing_else(void **state)
{
    (void)state;
    struct field_sums sums = {0}, again = {0};
    see(&sums, "a", "vin", 7, UINT64_C(1) << 40, 3);
    see(&sums, "b", "none", 0, 0, 0);
    struct bytes bytes = {0};
    assert_true(field_sums_write(&sums, &bytes));
    struct bytes_reader from = {bytes.at, bytes.at + bytes.count, false};
    assert_true(field_sums_read(&again, &from));
    assert_ptr_equal(from.at, from.end);
    assert_equal(&sums, &again);
    for (size_t length = 0; length < bytes.count; length++) {
        struct field_sums none = {0};
        struct bytes_reader cut = {bytes.at, bytes.at + length, false};
        assert_false(field_sums_read(&none, &cut));
        field_sums_free(&none);
    }
    field_sums_free(&sums);
    field_sums_free(&again);
    bytes_free(&bytes);
}

static void sources_get_other_numbers(void **state)
{
    (void)state;
    struct field_sums sums = {0};
    see(&sums, "a", "vin", 0, 1, 0);
    see(&sums, "a", "vin", 1, 2, 0);
    const uint32_t sources[] = {5, 3};
    assert_false(field_sums_map(&sums, sources, 1));
    field_sums_free(&sums);
    see(&sums, "a", "vin", 0, 1, 0);
    see(&sums, "a", "vin", 1, 2, 0);
    assert_true(field_sums_map(&sums, sources, 2));
    assert_int_equal(sums.entries[0].source, 3);
    assert_int_equal(sums.entries[0].values, 2);
    field_sums_free(&sums);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_add_up),
        cmocka_unit_test(those_that_come_first_are_kept_whole_in_any_order),
        cmocka_unit_test(what_is_written_is_read_and_nothing_else),
        cmocka_unit_test(sources_get_other_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
