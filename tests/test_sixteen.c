/* Tests of detectors/sixteen.h against one character after another; test_sixteen_in_words.c has the same for its other form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../detectors/sixteen.h"
#include "random.h"

enum { ROUNDS = 20000 };

static struct sixteen loaded(const char characters[16])
{
    return sixteen_of(eight_load(characters), eight_load(characters + 8));
}

/* Digits, but for one of any kind now and then. */
static void digits_make(uint64_t *seed, char *characters, size_t count)
{
    for (size_t i = 0; i < count; i++) characters[i] = (char)('0' + random_next(seed) % 10);
    if (random_next(seed) % 4 == 0) characters[random_next(seed) % count] = (char)random_next(seed);
}

static void the_sums_are_those_of_the_loop(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < ROUNDS; round++) {
        char digits[24];
        digits_make(&seed, digits, 23);
        assert_int_equal(luhn_holds_15(digits), digits_only(digits, 15) ? luhn_holds(digits, 15) : -1);
        for (size_t count = 17; count <= 23; count++)
            assert_int_equal(luhn_holds_17_to_23(digits, count), digits_only(digits, count) ? luhn_holds(digits, count) : -1);
    }
}

static void the_sums_see_every_wrong_character(void **state)
{
    (void)state;
    for (size_t i = 0; i < 20; i++) {
        for (int character = 0; character < 256; character++) {
            char digits[] = "89014103211118510720";
            bool is_digit = character >= '0' && character <= '9';
            digits[i] = (char)character;
            if (!is_digit) assert_int_equal(luhn_holds_17_to_23(digits, 20), -1);
            else assert_true(luhn_holds_17_to_23(digits, 20) >= 0);
            if (i < 15) assert_int_equal(luhn_holds_15(digits) < 0, !is_digit);
        }
    }
}

static void values_are_held_against_their_limits(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int round = 0; round < ROUNDS; round++) {
        char values[16], limits[16];
        bool within = true;
        for (int i = 0; i < 16; i++) {
            limits[i] = (char)(random_next(&seed) % 10);
            values[i] = (char)(random_next(&seed) % ((unsigned)limits[i] + 1));
            if (random_next(&seed) % 32 == 0) values[i] = (char)random_next(&seed);
            within &= (unsigned char)values[i] <= (unsigned char)limits[i];
        }
        assert_int_equal(sixteen_within(loaded(values), loaded(limits)), within);
    }
}

static void fours_are_two_a_byte(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < ROUNDS; round++) {
        char values[16];
        uint64_t expected = 0;
        for (int i = 0; i < 16; i++) {
            values[i] = (char)(random_next(&seed) % 16);
            expected |= (uint64_t)values[i] << 4 * i;
        }
        assert_true(sixteen_fours(loaded(values)) == expected);
    }
}

static unsigned hex_value(char character)
{
    const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = character == '\0' ? NULL : strchr(digits, character);
    return at == NULL ? 16 : (unsigned)(at - digits) % 16;
}

static void hex_digits_and_marks_are_told(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int round = 0; round < ROUNDS; round++) {
        char characters[16];
        uint64_t expected[2] = {0, 0}, head, tail;
        unsigned hex = 0, marks = 0;
        for (unsigned i = 0; i < 16; i++) {
            uint64_t any = random_next(&seed);
            characters[i] = any % 8 == 0 ? (char)(any >> 8) : any % 8 == 1 ? ':' : "0123456789abcdefABCDEF"[(any >> 8) % 22];
            unsigned value = hex_value(characters[i]);
            marks |= (unsigned)(characters[i] == ':') << i;
            if (value == 16) continue;
            hex |= 1u << i;
            expected[i / 8] |= (uint64_t)value << 8 * (i % 8);
        }
        assert_int_equal(sixteen_hex(loaded(characters), &head, &tail), hex);
        assert_true(head == expected[0] && tail == expected[1]);
        assert_int_equal(sixteen_are(loaded(characters), ':'), marks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sums_are_those_of_the_loop),
        cmocka_unit_test(the_sums_see_every_wrong_character),
        cmocka_unit_test(values_are_held_against_their_limits),
        cmocka_unit_test(fours_are_two_a_byte),
        cmocka_unit_test(hex_digits_and_marks_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
