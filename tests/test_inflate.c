/* Tests of analyzer/decode/inflate.c: its checksum, and what it leaves behind. What it decodes is tested with streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <zlib.h>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

#include "../analyzer/decode/inflate.h"
#include "random.h"

enum { BYTES = 70000 };

static void the_checksum_is_that_of_zlib_for_any_parts(void **unused)
{
    (void)unused;
    static uint8_t bytes[BYTES];
    uint64_t random = 11;
    for (size_t i = 0; i < BYTES; i++) bytes[i] = (uint8_t)random_step(&random);
    assert_int_equal(inflate_crc32(0, (const uint8_t *)"123456789", 9), 0xCBF43926); /* the published check value */
    for (size_t length = 0; length < 1100; length++) {
        size_t at = length % 67;
        assert_int_equal(inflate_crc32(0, bytes + at, length), crc32_z(0, bytes + at, length));
    }
    for (int round = 0; round < 200; round++) {
        size_t first = random_step(&random) % BYTES;
        uint32_t crc = inflate_crc32(0, bytes, first);
        assert_int_equal(inflate_crc32(crc, bytes + first, BYTES - first), crc32_z(0, bytes, BYTES));
    }
}

#ifdef __x86_64__
enum { STATE_AVX = 1 << 2, STATE_ZMM_UPPER = 1 << 6 };

/* Parts of the vector registers that are in use, as far as the CPU says. */
__attribute__((target("xsave"))) static unsigned upper_parts_in_use(void)
{
    return (unsigned)_xgetbv(1) & (STATE_AVX | STATE_ZMM_UPPER);
}

__attribute__((target("avx"))) static void upper_parts_use(void)
{
    __asm__ volatile("vpcmpeqd %%xmm1, %%xmm1, %%xmm1\n\tvinsertf128 $1, %%xmm1, %%ymm1, %%ymm1" ::: "xmm1");
}

__attribute__((target("avx"))) static void upper_parts_clear(void)
{
    _mm256_zeroupper();
}

/* Whether the CPU tells which parts are in use: XGETBV with 1, and says what is so. */
static bool cpu_tells(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__builtin_cpu_supports("avx") || !__get_cpuid_count(0xD, 1, &a, &b, &c, &d) || (a & 4) == 0) return false;
    upper_parts_use();
    if (upper_parts_in_use() == 0) return false;
    upper_parts_clear();
    return upper_parts_in_use() == 0;
}
#endif

/* Else all code for SSE2 behind it is slow. */
static void no_upper_part_of_a_register_is_left_in_use(void **unused)
{
    (void)unused;
#ifdef __x86_64__
    static uint8_t bytes[BYTES];
    if (!cpu_tells()) skip();
    memset(bytes, 'x', sizeof bytes);
    uint32_t crc = inflate_crc32(0, bytes, sizeof bytes);
    unsigned in_use = upper_parts_in_use();
    assert_int_equal(crc, crc32_z(0, bytes, sizeof bytes));
    assert_int_equal(in_use, 0);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_that_of_zlib_for_any_parts),
        cmocka_unit_test(no_upper_part_of_a_register_is_left_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
