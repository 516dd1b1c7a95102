/* Tests of analyzer/tally/holder_set.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../analyzer/tally/holder_set.h"
#include "tallying.h"

static struct span key_of(const struct tally_identifier *identifiers, size_t count, int64_t time_s, char key[HOLDER_SET_KEY_BYTES_MAX])
{
    const struct tally_identifier *set[100];
    for (size_t i = 0; i < count; i++) set[i] = &identifiers[i];
    return (struct span){key, holder_set_write(set, count, time_s, HOLDER_SET_NO_CHANGE, key)};
}

static bool same(struct span a, struct span b)
{
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

static struct tally_identifier mac(unsigned number)
{
    char text[24];
    snprintf(text, sizeof text, "3c:5a:b4:00:%02x:%02x", number >> 8 & 255, number & 255);
    return an_identifier(KIND_MAC, GRADE_LIKELY, text);
}

static void order_repetition_and_grade_do_not_show(void **unused)
{
    (void)unused;
    char key[2][HOLDER_SET_KEY_BYTES_MAX];
    struct tally_identifier vin = an_identifier(KIND_VIN, GRADE_CONFIRMED, "1M8GDM9AXKP042788"), weaker = vin;
    weaker.state = (uint8_t)((vin.state & ~FACT_GRADE_BITS) | GRADE_LIKELY);
    struct tally_identifier a[] = {vin, mac(1), mac(2)}, b[] = {mac(2), weaker, mac(1), mac(2), vin};
    assert_true(same(key_of(a, 3, 86400, key[0]), key_of(b, 5, 86400 * 2 - 1, key[1])));
    assert_false(same(key_of(a, 3, 86400, key[0]), key_of(a, 2, 86400, key[1])));
    assert_false(same(key_of(a, 3, 86399, key[0]), key_of(a, 3, 86400, key[1])));
    assert_false(same(key_of(a, 3, 0, key[0]), key_of(a, 3, TIME_NONE, key[1])));
    assert_true(same(key_of(a, 3, -1, key[0]), key_of(a, 3, TIME_NONE, key[1])));
}

/* What the key ends with. */
static uint32_t begin_of(int64_t time_s, int64_t change_s)
{
    char key[HOLDER_SET_KEY_BYTES_MAX];
    struct tally_identifier one = mac(1);
    const struct tally_identifier *set[] = {&one};
    size_t length = holder_set_write(set, 1, time_s, change_s, key);
    uint32_t begin = 0;
    for (size_t i = length - HOLDER_SET_DAY_BYTES; i < length; i++) begin = begin << 8 | (uint8_t)key[i];
    return begin;
}

static void a_change_within_the_day_begins_another_span(void **unused)
{
    (void)unused;
    assert_int_equal(begin_of(86400 + 5000, HOLDER_SET_NO_CHANGE), 86400 + 1);
    assert_int_equal(begin_of(86400 + 5000, 86400 + 5000), 86400 + 5000 + 1);
    assert_int_equal(begin_of(2 * 86400 - 1, 86400 + 5000), 86400 + 5000 + 1);
    assert_int_equal(begin_of(2 * 86400, 86400 + 5000), 2 * 86400 + 1); /* of the day before */
    assert_int_equal(begin_of(5000, -3600), 1);
    assert_int_equal(begin_of(TIME_NONE, 5000), 0);
    assert_int_equal(begin_of(UINT32_MAX, UINT32_MAX), UINT32_MAX);
}

static void a_set_gives_its_identifiers_back(void **unused)
{
    (void)unused;
    char key[HOLDER_SET_KEY_BYTES_MAX];
    struct tally_identifier all[] = {mac(7), an_identifier(KIND_IMEI, GRADE_LIKELY, "357613004448485"), mac(3)}, got;
    struct span set = holder_set_of(key_of(all, 3, 5 * 86400, key));
    size_t at = 0;
    const struct tally_identifier *expected[] = {&all[1], &all[2], &all[0]};
    for (size_t i = 0; i < 3; i++) {
        assert_true(holder_set_next(set, &at, &got));
        assert_int_equal(identifier_compare(&got, expected[i]), 0);
    }
    assert_false(holder_set_next(set, &at, &got));
}

/* Also where one set begins another: all days of the one, then all of the other. */
static void days_of_one_set_are_neighbours(void **unused)
{
    (void)unused;
    char key[3][HOLDER_SET_KEY_BYTES_MAX];
    struct tally_identifier all[] = {mac(1), mac(2)};
    struct span first = key_of(all, 1, 0, key[0]), last = key_of(all, 1, UINT32_MAX, key[1]), longer = key_of(all, 2, TIME_NONE, key[2]);
    assert_true(memcmp(first.at, last.at, first.len) < 0);
    assert_true(memcmp(last.at, longer.at, last.len < longer.len ? last.len : longer.len) < 0);
}

static void large_sets_are_told_apart_by_all_of_them(void **unused)
{
    (void)unused;
    char key[2][HOLDER_SET_KEY_BYTES_MAX];
    struct tally_identifier all[100], got;
    for (unsigned i = 0; i < 100; i++) all[i] = mac(i);
    assert_true(same(key_of(all, 100, 0, key[0]), key_of(all, 100, 0, key[1])));
    all[99] = mac(1000);
    assert_false(same(key_of(all, 100, 0, key[1]), (struct span){key[0], strlen(key[0])}));
    struct span a = key_of(all, 100, 0, key[1]);
    all[99] = mac(99);
    assert_false(same(a, key_of(all, 100, 0, key[0])));
    size_t at = 0, count = 0;
    while (holder_set_next(holder_set_of(a), &at, &got)) count++;
    assert_int_equal(count, HOLDER_SET_MAX);
}

static void what_is_no_set_gives_nothing(void **unused)
{
    (void)unused;
    struct tally_identifier got;
    static const char *const bad[] = {"", "\1", "\1\0", "\1\0\20abc", "\377\0\1a", "\1\0\60aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    static const size_t lengths[] = {0, 1, 2, 6, 4, 60};
    for (size_t i = 0; i < 6; i++) {
        size_t at = 0;
        assert_false(holder_set_next((struct span){bad[i], lengths[i]}, &at, &got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_repetition_and_grade_do_not_show), cmocka_unit_test(a_set_gives_its_identifiers_back),
        cmocka_unit_test(a_change_within_the_day_begins_another_span),
        cmocka_unit_test(days_of_one_set_are_neighbours),         cmocka_unit_test(large_sets_are_told_apart_by_all_of_them),
        cmocka_unit_test(what_is_no_set_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
