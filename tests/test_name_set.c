/* Tests of analyzer/commands/name_set.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "../analyzer/commands/name_set.h"

static void a_name_is_known_from_the_second_time_on(void **unused)
{
    (void)unused;
    struct name_set set = {0};
    assert_int_equal(name_set_add(&set, 0, "a"), NAME_NEW);
    assert_int_equal(name_set_add(&set, 0, ""), NAME_NEW);
    assert_int_equal(name_set_add(&set, 1, "a"), NAME_NEW);
    assert_int_equal(name_set_add(&set, 0, "a"), NAME_KNOWN);
    assert_int_equal(name_set_add(&set, 0, ""), NAME_KNOWN);
    assert_int_equal(name_set_add(&set, 1, "a"), NAME_KNOWN);
    assert_int_equal(name_set_add(&set, 2, "a"), NAME_NEW);
    name_set_free(&set);
    assert_int_equal(name_set_add(&set, 0, "a"), NAME_NEW);
    name_set_free(&set);
}

static void many_names_take_little_more_than_their_hashes(void **unused)
{
    (void)unused;
    enum { NAMES = 500000 };
    struct name_set set = {0};
    char name[32];
    size_t slots = 0, count = 0;
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < NAMES; i++) {
            snprintf(name, sizeof name, "folder/%u.csv", i / 2);
            enum name_outcome outcome = name_set_add(&set, i % 2, name), wanted = round == 0 ? NAME_NEW : NAME_KNOWN;
            if (outcome != wanted) fail_msg("name %u of round %d: %d", i, round, outcome);
        }
    }
    for (size_t p = 0; p < NAME_SET_PARTS; p++) {
        slots += set.parts[p].capacity;
        count += set.parts[p].count;
    }
    assert_int_equal(count, NAMES);
    assert_in_range(slots, NAMES, NAMES / 2 * 3);
    name_set_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_known_from_the_second_time_on),
        cmocka_unit_test(many_names_take_little_more_than_their_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
