/* Tests of analyzer/support/bytes.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/support/bytes.h"
#include "random.h"

static void expect_alike(uint64_t value)
{
    struct bytes one = {0}, any = {0};
    assert_true(bytes_reserve(&one, LEB128_BYTES_MAX) && bytes_reserve(&any, LEB128_BYTES_MAX));
    bytes_put_leb128(&one, value);
    bytes_put_leb128_any(&any, value);
    assert_int_equal(any.count, one.count);
    assert_memory_equal(any.at, one.at, one.count);
    struct bytes_reader from = {any.at, any.at + any.count, false};
    assert_true(bytes_take_leb128(&from) == value && !from.bad && from.at == from.end);
    bytes_free(&one);
    bytes_free(&any);
}

static void both_ways_write_a_number_alike(void **state)
{
    (void)state;
    uint64_t chance = 1;
    for (unsigned bits = 0; bits < 64; bits++) {
        uint64_t power = UINT64_C(1) << bits;
        expect_alike(power - 1);
        expect_alike(power);
        expect_alike(power + 1);
        for (int i = 0; i < 50; i++) expect_alike(random_step(&chance) >> (63 - bits));
    }
    expect_alike(UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_write_a_number_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
