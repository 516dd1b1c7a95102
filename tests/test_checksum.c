/* Tests of analyzer/support/checksum.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <xxhash.h>

#include "../analyzer/support/checksum.h"

static void the_checksum_of_nothing_is_the_published_one(void **unused)
{
    (void)unused;
    struct checksum *checksum = checksum_open();
    assert_non_null(checksum);
    assert_true(checksum_value(checksum) == UINT64_C(0x2d06800538d394c2));
    checksum_close(checksum);
    checksum_close(NULL);
}

static void parts_do_not_show_and_bytes_do(void **unused)
{
    (void)unused;
    static char bytes[5000];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * i >> 3);
    struct checksum *whole = checksum_open();
    checksum_add(whole, bytes, sizeof bytes);
    for (size_t part = 1; part < 600; part += 7) {
        struct checksum *parts = checksum_open();
        for (size_t at = 0; at < sizeof bytes; at += part) {
            (void)checksum_value(parts); /* asking changes nothing */
            checksum_add(parts, bytes + at, at + part < sizeof bytes ? part : sizeof bytes - at);
        }
        assert_true(checksum_value(parts) == checksum_value(whole));
        checksum_close(parts);
    }
    for (size_t at = 0; at < sizeof bytes; at += 49) {
        bytes[at] ^= 1;
        struct checksum *other = checksum_open();
        checksum_add(other, bytes, sizeof bytes);
        assert_true(checksum_value(other) != checksum_value(whole));
        checksum_close(other);
        bytes[at] ^= 1;
    }
    checksum_close(whole);
}

/* The library's function for any CPU. */
static void the_value_is_the_same_on_any_cpu(void **unused)
{
    (void)unused;
    static char bytes[3000];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * 2654435761U >> 7);
    for (size_t length = 0; length <= sizeof bytes; length += length < 1100 ? 1 : 97) {
        struct checksum *checksum = checksum_open();
        checksum_add(checksum, bytes, length);
        assert_true(checksum_value(checksum) == XXH3_64bits(bytes, length));
        checksum_close(checksum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_of_nothing_is_the_published_one),
        cmocka_unit_test(parts_do_not_show_and_bytes_do),
        cmocka_unit_test(the_value_is_the_same_on_any_cpu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
