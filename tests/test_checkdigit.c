/* Tests of detectors/checkdigit.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../detectors/checkdigit.h"

static void luhn_finds_the_worked_example(void **state)
{
    (void)state;
    assert_int_equal(luhn_digit("35417803685978", 14), '9');
    assert_true(luhn_holds("354178036859789", 15));
    assert_false(luhn_holds("354178036859780", 15));
}

static void luhn_refuses_other_characters_and_short_texts(void **state)
{
    (void)state;
    assert_false(luhn_holds("35417803685978X", 15));
    assert_false(luhn_holds("0", 1));
    assert_false(luhn_holds("", 0));
}

static void eight_bytes_tell_digits_from_neighbours(void **state)
{
    (void)state;
    assert_true(eight_are_digits(eight_load("01234567")));
    assert_true(eight_are_digits(eight_load("99999999")));
    assert_false(eight_are_digits(eight_load("0123456/")));
    assert_false(eight_are_digits(eight_load(":1234567")));
    assert_false(eight_are_digits(eight_load("012\xB0" "4567")));
    assert_false(eight_are_digits(eight_load("012 4567")));
}

static void one_repeated_character_is_seen(void **state)
{
    (void)state;
    assert_true(all_equal("0000", 4));
    assert_false(all_equal("0001", 4));
    assert_true(all_equal("7", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(luhn_finds_the_worked_example),
        cmocka_unit_test(luhn_refuses_other_characters_and_short_texts),
        cmocka_unit_test(eight_bytes_tell_digits_from_neighbours),
        cmocka_unit_test(one_repeated_character_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
