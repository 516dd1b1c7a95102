#include "zip_cipher.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRADITIONAL_HEAD_BYTES = 12,
    PROOF_BYTES = 2, /* of AES, behind the salt */
    DERIVATION_ROUNDS = 1000,
    KEY_BYTES_MAX = 32,
    BLOCK_BYTES = 16, PAD_BYTES = 4096, /* the key stream is made so many at once */
    SHA1_BYTES = 20
};

struct traditional {
    uint32_t a, b, c;
};

struct zip_cipher {
    unsigned strength; /* of the password in hand */
    bool failed;
    struct traditional first, now;
    uint32_t crc_table[256];
    EVP_CIPHER_CTX *aes;
    EVP_MAC_CTX *hmac;
    uint8_t keys[2 * KEY_BYTES_MAX + PROOF_BYTES]; /* to decrypt, to authenticate, proof */
    uint64_t counter;                              /* of the next block */
    uint8_t pad[PAD_BYTES];
    size_t pad_at; /* PAD_BYTES: none is left */
};

struct zip_cipher *zip_cipher_open(void)
{
    struct zip_cipher *cipher = calloc(1, sizeof *cipher);
    if (cipher == NULL) return NULL;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t rest = i;
        for (int bit = 0; bit < 8; bit++) rest = rest >> 1 ^ ((rest & 1) != 0 ? 0xEDB88320u : 0);
        cipher->crc_table[i] = rest;
    }
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    cipher->hmac = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac); /* keeps it */
    EVP_MAC_free(hmac);
    cipher->aes = EVP_CIPHER_CTX_new();
    if (cipher->hmac != NULL && cipher->aes != NULL) return cipher;
    zip_cipher_close(cipher);
    return NULL;
}

void zip_cipher_close(struct zip_cipher *cipher)
{
    if (cipher == NULL) return;
    EVP_CIPHER_CTX_free(cipher->aes);
    EVP_MAC_CTX_free(cipher->hmac);
    OPENSSL_cleanse(cipher, sizeof *cipher);
    free(cipher);
}

static size_t salt_bytes(unsigned strength)
{
    return 4 + 4 * (size_t)strength;
}

static size_t key_bytes(unsigned strength)
{
    return 8 + 8 * (size_t)strength;
}

size_t zip_cipher_head_bytes(const struct zip_lock *lock)
{
    return lock->strength == 0 ? TRADITIONAL_HEAD_BYTES : salt_bytes(lock->strength) + PROOF_BYTES;
}

size_t zip_cipher_code_bytes(const struct zip_lock *lock)
{
    return lock->strength == 0 ? 0 : ZIP_CIPHER_CODE_BYTES;
}

bool zip_cipher_failed(const struct zip_cipher *cipher)
{
    return cipher->failed;
}

/* ------------------------------------------------------------------ the traditional one */

static void traditional_step(const struct zip_cipher *cipher, struct traditional *keys, uint8_t plain)
{
    keys->a = cipher->crc_table[(keys->a ^ plain) & 0xFF] ^ keys->a >> 8;
    keys->b = (keys->b + (keys->a & 0xFF)) * 134775813u + 1;
    keys->c = cipher->crc_table[(keys->c ^ keys->b >> 24) & 0xFF] ^ keys->c >> 8;
}

static uint8_t traditional_next(const struct zip_cipher *cipher, struct traditional *keys, uint8_t byte)
{
    uint32_t mixed = (keys->c | 2) & 0xFFFF;
    uint8_t plain = (uint8_t)(byte ^ (mixed * (mixed ^ 1) >> 8 & 0xFF));
    traditional_step(cipher, keys, plain);
    return plain;
}

static bool traditional_begin(struct zip_cipher *cipher, const struct zip_lock *lock, const uint8_t *head, const char *password, size_t length)
{
    struct traditional keys = {0x12345678u, 0x23456789u, 0x34567890u};
    for (size_t i = 0; i < length; i++) traditional_step(cipher, &keys, (uint8_t)password[i]);
    uint8_t last = 0;
    for (size_t i = 0; i < TRADITIONAL_HEAD_BYTES; i++) last = traditional_next(cipher, &keys, head[i]);
    cipher->first = cipher->now = keys;
    bool fits = false;
    for (size_t i = 0; i < lock->check_count; i++) fits |= lock->checks[i] == last;
    return fits;
}

/* ------------------------------------------------------------------ AES */

static bool aes_rewind(struct zip_cipher *cipher)
{
    char digest[] = "SHA1";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    const EVP_CIPHER *const kinds[] = {EVP_aes_128_ecb(), EVP_aes_192_ecb(), EVP_aes_256_ecb()};
    size_t length = key_bytes(cipher->strength);
    cipher->counter = 1;
    cipher->pad_at = PAD_BYTES;
    cipher->failed |= EVP_EncryptInit_ex(cipher->aes, kinds[cipher->strength - 1], NULL, cipher->keys, NULL) != 1 ||
                      EVP_CIPHER_CTX_set_padding(cipher->aes, 0) != 1 || EVP_MAC_init(cipher->hmac, cipher->keys + length, length, params) != 1;
    return !cipher->failed;
}

static bool aes_begin(struct zip_cipher *cipher, const uint8_t *head, const char *password, size_t length)
{
    size_t salt = salt_bytes(cipher->strength), key = key_bytes(cipher->strength);
    if (PKCS5_PBKDF2_HMAC(password, (int)length, head, (int)salt, DERIVATION_ROUNDS, EVP_sha1(), (int)(2 * key + PROOF_BYTES), cipher->keys) != 1)
        cipher->failed = true;
    return !cipher->failed && memcmp(cipher->keys + 2 * key, head + salt, PROOF_BYTES) == 0 && aes_rewind(cipher);
}

static bool pad_make(struct zip_cipher *cipher)
{
    int made = 0;
    memset(cipher->pad, 0, sizeof cipher->pad);
    for (size_t at = 0; at < PAD_BYTES; at += BLOCK_BYTES, cipher->counter++)
        for (size_t i = 0; i < sizeof cipher->counter; i++) cipher->pad[at + i] = (uint8_t)(cipher->counter >> 8 * i);
    cipher->failed |= EVP_EncryptUpdate(cipher->aes, cipher->pad, &made, cipher->pad, PAD_BYTES) != 1 || made != PAD_BYTES;
    cipher->pad_at = 0;
    return !cipher->failed;
}

/* ------------------------------------------------------------------ either */

bool zip_cipher_begin(struct zip_cipher *cipher, const struct zip_lock *lock, const uint8_t *head, const char *password, size_t length)
{
    cipher->strength = lock->strength;
    if (lock->strength == 0) return traditional_begin(cipher, lock, head, password, length);
    return aes_begin(cipher, head, password, length);
}

bool zip_cipher_rewind(struct zip_cipher *cipher)
{
    cipher->now = cipher->first;
    return cipher->strength == 0 || aes_rewind(cipher);
}

bool zip_cipher_decrypt(struct zip_cipher *cipher, const uint8_t *from, uint8_t *to, size_t count)
{
    if (cipher->strength == 0) {
        for (size_t i = 0; i < count; i++) to[i] = traditional_next(cipher, &cipher->now, from[i]);
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (cipher->pad_at == PAD_BYTES && !pad_make(cipher)) return false;
        to[i] = from[i] ^ cipher->pad[cipher->pad_at++];
    }
    return true;
}

bool zip_cipher_hash(struct zip_cipher *cipher, const uint8_t *bytes, size_t count)
{
    if (cipher->strength > 0 && count > 0) cipher->failed |= EVP_MAC_update(cipher->hmac, bytes, count) != 1;
    return !cipher->failed;
}

bool zip_cipher_holds(struct zip_cipher *cipher, const uint8_t code[ZIP_CIPHER_CODE_BYTES])
{
    uint8_t made[SHA1_BYTES];
    size_t length = 0;
    cipher->failed |= EVP_MAC_final(cipher->hmac, made, &length, sizeof made) != 1 || length != sizeof made;
    return !cipher->failed && CRYPTO_memcmp(made, code, ZIP_CIPHER_CODE_BYTES) == 0;
}
