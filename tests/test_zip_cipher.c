/* Tests of analyzer/decode/zip_cipher.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../analyzer/decode/zip_cipher.h"
#include "locked_vectors.h"

enum { VECTORS = sizeof locked_vectors / sizeof locked_vectors[0] };

static struct zip_lock lock_of(const struct locked_vector *vector)
{
    return (struct zip_lock){.strength = vector->strength, .checks = {TRADITIONAL_CHECK}, .check_count = 1};
}

static void members_of_other_programs_are_decrypted_in_pieces_of_any_size(void **state)
{
    (void)state;
    struct zip_cipher *cipher = zip_cipher_open();
    assert_non_null(cipher);
    for (size_t v = 0; v < VECTORS; v++) {
        struct zip_lock lock = lock_of(&locked_vectors[v]);
        const uint8_t *bytes = (const uint8_t *)locked_vectors[v].bytes;
        size_t head = zip_cipher_head_bytes(&lock), code = zip_cipher_code_bytes(&lock), length = locked_vectors[v].length - head - code;
        assert_int_equal(length, strlen(LOCKED_TEXT));
        assert_true(zip_cipher_begin(cipher, &lock, bytes, "sesame", 6));
        for (size_t step = 1; step <= length; step += 5) {
            uint8_t plain[sizeof LOCKED_TEXT] = {0};
            assert_true(zip_cipher_rewind(cipher));
            for (size_t at = 0; at < length; at += step) {
                size_t count = length - at < step ? length - at : step;
                assert_true(zip_cipher_decrypt(cipher, bytes + head + at, plain + at, count));
                assert_true(zip_cipher_hash(cipher, bytes + head + at, count));
            }
            assert_string_equal(plain, LOCKED_TEXT);
            if (code > 0) assert_true(zip_cipher_holds(cipher, bytes + head + length));
        }
        if (code == 0) continue;
        uint8_t changed = bytes[head] ^ 1;
        assert_true(zip_cipher_rewind(cipher) && zip_cipher_hash(cipher, &changed, 1) && zip_cipher_hash(cipher, bytes + head + 1, length - 1));
        assert_false(zip_cipher_holds(cipher, bytes + head + length));
    }
    assert_false(zip_cipher_failed(cipher));
    zip_cipher_close(cipher);
}

static void wrong_passwords_are_told_by_the_head(void **state)
{
    (void)state;
    static const char *const wrong[] = {"Sesame", "sesam", "sesame ", "open", "x"};
    struct zip_cipher *cipher = zip_cipher_open();
    for (size_t v = 0; v < VECTORS; v++) {
        struct zip_lock lock = lock_of(&locked_vectors[v]);
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
            assert_false(zip_cipher_begin(cipher, &lock, (const uint8_t *)locked_vectors[v].bytes, wrong[i], strlen(wrong[i])));
        assert_true(zip_cipher_begin(cipher, &lock, (const uint8_t *)locked_vectors[v].bytes, "sesame", 6));
    }
    assert_false(zip_cipher_failed(cipher));
    zip_cipher_close(cipher);
    zip_cipher_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_other_programs_are_decrypted_in_pieces_of_any_size),
        cmocka_unit_test(wrong_passwords_are_told_by_the_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
