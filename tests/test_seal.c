/* Tests of analyzer/support/seal.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/support/seal.h"

/* From hexadecimal digits; gives how many bytes. */
static size_t digits_read(const char *digits, void *bytes)
{
    uint8_t *at = bytes;
    size_t count = strlen(digits) / 2;
    for (size_t i = 0; i < count; i++) {
        unsigned value = 0;
        assert_int_equal(sscanf(digits + 2 * i, "%2x", &value), 1);
        at[i] = (uint8_t)value;
    }
    return count;
}

static void assert_bytes(const void *bytes, const char *digits)
{
    uint8_t wanted[256];
    size_t count = digits_read(digits, wanted);
    assert_memory_equal(bytes, wanted, count);
}

static void assert_digest(const void *key, size_t key_bytes, const void *bytes, size_t count, const char *wanted)
{
    uint8_t digest[SEAL_DIGEST_BYTES];
    assert_true(seal_digest(key, key_bytes, (struct span){bytes, count}, digest));
    assert_bytes(digest, wanted);
}

/* RFC 4231, 4.2 to 4.5, 4.7 and 4.8. */
static void digests_are_those_of_rfc_4231(void **state)
{
    (void)state;
    uint8_t key[131], data[160];
    memset(key, 0x0b, 20);
    assert_digest(key, 20, "Hi There", 8, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_digest("Jefe", 4, "what do ya want for nothing?", 28,
                  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    memset(data, 0xdd, 50);
    assert_digest(key, 20, data, 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    assert_digest(key, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
                  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    static const char longer[] = "This is a test using a larger than block-size key and a larger than block-size data. "
                                 "The key needs to be hashed before being used by the HMAC algorithm.";
    assert_digest(key, 131, longer, strlen(longer), "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
    for (unsigned i = 0; i < 25; i++) key[i] = (uint8_t)(i + 1);
    memset(data, 0xcd, 50);
    assert_digest(key, 25, data, 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
}

/* SP 800-38A, F.5.5: the counter is used up to its end and begins again at each call. */
static void bytes_are_encrypted_as_in_sp_800_38a(void **state)
{
    (void)state;
    static const char text[] = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                               "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
    static const char wanted[] = "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
                                 "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6";
    struct seal_keys keys = {{0}, {0}, {0}};
    uint8_t counter[SEAL_TAG_BYTES];
    char bytes[64];
    digits_read("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", keys.cipher);
    digits_read("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", counter);
    struct seal *seal = seal_open(&keys);
    assert_non_null(seal);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(digits_read(text, bytes), sizeof bytes);
        assert_true(seal_count(seal, counter, bytes, sizeof bytes));
        assert_bytes(bytes, wanted);
    }
    assert_true(seal_count(seal, counter, bytes, 21));
    assert_memory_equal(bytes, "\x6b\xc1\xbe\xe2", 4);
    assert_bytes(bytes + 32, wanted + 64);
    seal_close(seal);
    seal_close(NULL);
}

/* No text: McGrew and Viega, "The Galois/Counter Mode of Operation", test case 13. Few published cases have a nonce of
 * zero and no ciphertext: the others were computed apart, bit by bit from the definition. */
static void texts_are_hashed_as_in_sp_800_38d(void **state)
{
    (void)state;
    static const struct seal_keys zeros;
    struct seal *seal = seal_open(&zeros);
    assert_non_null(seal);
    uint8_t hash[SEAL_TAG_BYTES];
    for (int again = 0; again < 2; again++) {
        assert_true(seal_hash(seal, NULL, 0, hash));
        assert_bytes(hash, "530f8afbc74536b9a963b4f1c4cb738b");
        assert_true(seal_hash(seal, "breachtally", 11, hash));
        assert_bytes(hash, "25d8c9d8e41fcce98b53f2bab92244c6");
        assert_true(seal_hash(seal, "a text of more than two times 16 bytes", 38, hash));
        assert_bytes(hash, "db94ce8cb08085e1555711449cd7ed07");
    }
    seal_close(seal);
}

enum { COUNT = 1000 };

static struct seal *seal_of(uint8_t cipher, uint8_t tag, uint8_t hash)
{
    struct seal_keys keys;
    memset(keys.cipher, cipher, sizeof keys.cipher);
    memset(keys.tag, tag, sizeof keys.tag);
    memset(keys.hash, hash, sizeof keys.hash);
    struct seal *seal = seal_open(&keys);
    assert_non_null(seal);
    return seal;
}

static const struct span here = {"here", 4}, elsewhere = {"hers", 4};

static void what_is_locked_is_unlocked_and_looks_the_same_each_time(void **state)
{
    (void)state;
    struct seal *seal = seal_of(1, 2, 3), *twin = seal_of(1, 2, 3);
    char plain[COUNT], bytes[COUNT], again[COUNT];
    uint8_t tag[SEAL_TAG_BYTES], tag_again[SEAL_TAG_BYTES];
    for (size_t i = 0; i < COUNT; i++) plain[i] = (char)('a' + i % 20);
    for (size_t count = 0; count <= COUNT; count += 1 + count / 3) {
        memcpy(bytes, plain, COUNT);
        memcpy(again, plain, COUNT);
        assert_true(seal_lock(seal, here, bytes, count, tag));
        assert_true(seal_lock(twin, here, again, count, tag_again));
        assert_memory_equal(tag, tag_again, sizeof tag);
        assert_memory_equal(bytes, again, COUNT);
        if (count > 16) assert_memory_not_equal(bytes, plain, count);
        assert_true(seal_lock(seal, elsewhere, again, count, tag_again));
        assert_memory_not_equal(tag, tag_again, sizeof tag);
        assert_int_equal(seal_unlock(twin, here, tag, bytes, count), STATUS_OK);
        assert_memory_equal(bytes, plain, COUNT);
    }
    seal_close(seal);
    seal_close(twin);
}

/* Unlocks what lock made of 40 bytes, one bit of it changed. */
static enum status unlock_changed(struct seal *seal, struct seal *other, struct span context, size_t tag_at,
                                  size_t byte_at)
{
    static const char zeros[40];
    char bytes[40];
    uint8_t tag[SEAL_TAG_BYTES];
    memset(bytes, 'x', sizeof bytes);
    assert_true(seal_lock(seal, here, bytes, sizeof bytes, tag));
    if (tag_at < sizeof tag) tag[tag_at] ^= 0x10;
    if (byte_at < sizeof bytes) bytes[byte_at] ^= 0x10;
    enum status status = seal_unlock(other, context, tag, bytes, sizeof bytes);
    if (status == STATUS_DAMAGED) assert_memory_equal(bytes, zeros, sizeof bytes);
    return status;
}

static void what_was_changed_or_belongs_elsewhere_does_not_unlock(void **state)
{
    (void)state;
    struct seal *seal = seal_of(1, 2, 3), *cipher = seal_of(9, 2, 3), *tag = seal_of(1, 9, 3), *hash = seal_of(1, 2, 9);
    assert_int_equal(unlock_changed(seal, seal, here, 99, 99), STATUS_OK);
    for (size_t i = 0; i < SEAL_TAG_BYTES; i++)
        assert_int_equal(unlock_changed(seal, seal, here, i, 99), STATUS_DAMAGED);
    for (size_t i = 0; i < 40; i++) assert_int_equal(unlock_changed(seal, seal, here, 99, i), STATUS_DAMAGED);
    assert_int_equal(unlock_changed(seal, seal, elsewhere, 99, 99), STATUS_DAMAGED);
    assert_int_equal(unlock_changed(seal, cipher, here, 99, 99), STATUS_DAMAGED);
    assert_int_equal(unlock_changed(seal, tag, here, 99, 99), STATUS_DAMAGED);
    assert_int_equal(unlock_changed(seal, hash, here, 99, 99), STATUS_DAMAGED);
    seal_close(seal);
    seal_close(cipher);
    seal_close(tag);
    seal_close(hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_rfc_4231),
        cmocka_unit_test(bytes_are_encrypted_as_in_sp_800_38a),
        cmocka_unit_test(texts_are_hashed_as_in_sp_800_38d),
        cmocka_unit_test(what_is_locked_is_unlocked_and_looks_the_same_each_time),
        cmocka_unit_test(what_was_changed_or_belongs_elsewhere_does_not_unlock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
