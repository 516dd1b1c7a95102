/* Tests of analyzer/support/hash.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/support/hash.h"

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void mixing_can_be_undone(void **unused)
{
    (void)unused;
    static const uint64_t edges[] = {0, 1, 2, UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63, UINT64_C(0xFFFFFFFF)};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        assert_int_equal(unmix64(mix64(edges[i])), edges[i]);
        assert_int_equal(mix64(unmix64(edges[i])), edges[i]);
    }
    for (uint64_t i = 0; i < 100000; i++) assert_int_equal(unmix64(mix64(i * UINT64_C(0x9E3779B97F4A7C15))), i * UINT64_C(0x9E3779B97F4A7C15));
}

/* Estimates are made from it, so its values are the same in every run and version. */
static void mixing_is_fixed(void **unused)
{
    (void)unused;
    assert_int_equal(mix64(0), 0);
    assert_int_equal(mix64(1), UINT64_C(0x5692161D100B05E5));
    assert_int_equal(mix64(UINT64_C(0x9E3779B97F4A7C15)), UINT64_C(0xE220A8397B1DCDAF));
}

static void every_byte_the_length_and_the_seed_count(void **unused)
{
    (void)unused;
    char bytes[64];
    memset(bytes, 'a', sizeof bytes);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        uint64_t hash = hash_bytes(bytes, length, 7);
        assert_int_not_equal(hash, hash_bytes(bytes, length, 8));
        if (length < sizeof bytes) assert_int_not_equal(hash, hash_bytes(bytes, length + 1, 7));
        for (size_t i = 0; i < length; i++) {
            bytes[i] ^= 1;
            assert_int_not_equal(hash, hash_bytes(bytes, length, 7));
            bytes[i] ^= 1;
        }
    }
    assert_int_not_equal(hash_bytes("\0", 1, 7), hash_bytes("\0\0", 2, 7));
}

static void bytes_are_read_from_any_place_and_no_further(void **unused)
{
    (void)unused;
    for (size_t length = 0; length < 40; length++) {
        char *exact = malloc(length + 1), shifted[48];
        memset(exact, 'x', length + 1);
        memcpy(shifted + 3, exact, length);
        char *cut = length == 0 ? exact : realloc(exact, length);
        assert_int_equal(hash_bytes(cut, length, 1), hash_bytes(shifted + 3, length, 1));
        free(cut);
    }
}

static void a_million_numbers_have_different_hashes(void **unused)
{
    (void)unused;
    enum { COUNT = 1000000 };
    uint64_t *hashes = malloc(COUNT * sizeof *hashes);
    char text[16] = "C00000000";
    for (int i = 0; i < COUNT; i++) {
        for (int k = 0, left = i; k < 8; k++, left /= 10) text[8 - k] = (char)('0' + left % 10);
        hashes[i] = hash_bytes(text, 9, 42);
    }
    size_t buckets[256] = {0};
    for (int i = 0; i < COUNT; i++) buckets[hashes[i] >> 56]++;
    for (size_t i = 0; i < 256; i++) assert_in_range(buckets[i], COUNT / 256 * 9 / 10, COUNT / 256 * 11 / 10);
    qsort(hashes, COUNT, sizeof *hashes, by_value);
    for (int i = 1; i < COUNT; i++) assert_int_not_equal(hashes[i], hashes[i - 1]);
    free(hashes);
}

static void seeds_differ(void **unused)
{
    (void)unused;
    assert_int_not_equal(hash_seed(), hash_seed());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixing_can_be_undone),
        cmocka_unit_test(mixing_is_fixed),
        cmocka_unit_test(every_byte_the_length_and_the_seed_count),
        cmocka_unit_test(bytes_are_read_from_any_place_and_no_further),
        cmocka_unit_test(a_million_numbers_have_different_hashes),
        cmocka_unit_test(seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
