#include "seal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_BYTES_MAX = 1 << 30 /* libcrypto counts in int */, NONCE_BYTES = 12 };

struct seal {
    EVP_CIPHER_CTX *cipher, *hash;
    EVP_MAC_CTX *mac;
};

/* A context for HMAC-SHA256 under the key; NULL: see seal_open. */
static EVP_MAC_CTX *mac_open(const void *key, size_t key_bytes)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *mac = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac); /* keeps it */
    EVP_MAC_free(hmac);
    if (mac != NULL && EVP_MAC_init(mac, key, key_bytes, params) == 1) return mac;
    EVP_MAC_CTX_free(mac);
    return NULL;
}

static EVP_CIPHER_CTX *cipher_open(const EVP_CIPHER *kind, const uint8_t key[SEAL_KEY_BYTES])
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    if (cipher != NULL && EVP_EncryptInit_ex(cipher, kind, NULL, key, NULL) == 1) return cipher;
    EVP_CIPHER_CTX_free(cipher);
    return NULL;
}

struct seal *seal_open(const struct seal_keys *keys)
{
    struct seal *seal = calloc(1, sizeof *seal);
    if (seal == NULL) return NULL;
    seal->mac = mac_open(keys->tag, sizeof keys->tag);
    seal->cipher = cipher_open(EVP_aes_256_ctr(), keys->cipher);
    seal->hash = cipher_open(EVP_aes_256_gcm(), keys->hash);
    if (seal->mac != NULL && seal->cipher != NULL && seal->hash != NULL) return seal;
    seal_close(seal);
    return NULL;
}

void seal_close(struct seal *seal)
{
    if (seal == NULL) return;
    EVP_CIPHER_CTX_free(seal->cipher);
    EVP_CIPHER_CTX_free(seal->hash);
    EVP_MAC_CTX_free(seal->mac);
    free(seal);
}

/* To the cipher what is to be encrypted where it lies is in and out; to the hash, without `to`, it is only seen. */
static bool update(EVP_CIPHER_CTX *cipher, unsigned char *to, const unsigned char *from, size_t count)
{
    while (count > 0) {
        int now = count < CALL_BYTES_MAX ? (int)count : CALL_BYTES_MAX, made = 0;
        if (EVP_EncryptUpdate(cipher, to, &made, from, now) != 1 || made != now) return false;
        if (to != NULL) to += now;
        from += now;
        count -= (size_t)now;
    }
    return true;
}

bool seal_count(struct seal *seal, const uint8_t counter[SEAL_TAG_BYTES], char *bytes, size_t count)
{
    unsigned char *at = (unsigned char *)bytes;
    return EVP_EncryptInit_ex(seal->cipher, NULL, NULL, NULL, counter) == 1 && update(seal->cipher, at, at, count);
}

bool seal_hash(struct seal *seal, const char *bytes, size_t count, uint8_t hash[SEAL_TAG_BYTES])
{
    static const unsigned char nonce[NONCE_BYTES];
    unsigned char none[SEAL_TAG_BYTES];
    int made = 0;
    return EVP_EncryptInit_ex(seal->hash, NULL, NULL, NULL, nonce) == 1 &&
           update(seal->hash, NULL, (const unsigned char *)bytes, count) &&
           EVP_EncryptFinal_ex(seal->hash, none, &made) == 1 &&
           EVP_CIPHER_CTX_ctrl(seal->hash, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_BYTES, hash) == 1;
}

/* A NULL key is the one that was set. The hash, of fixed length, stands last, so that contexts cannot run into it. */
static bool tag_make(struct seal *seal, struct span context, const char *bytes, size_t count,
                     uint8_t tag[SEAL_TAG_BYTES])
{
    uint8_t digest[SEAL_DIGEST_BYTES], hash[SEAL_TAG_BYTES];
    size_t made = 0;
    bool good = seal_hash(seal, bytes, count, hash) && EVP_MAC_init(seal->mac, NULL, 0, NULL) == 1 &&
                EVP_MAC_update(seal->mac, (const unsigned char *)context.at, context.len) == 1 &&
                EVP_MAC_update(seal->mac, hash, sizeof hash) == 1 &&
                EVP_MAC_final(seal->mac, digest, &made, sizeof digest) == 1 && made == sizeof digest;
    if (good) memcpy(tag, digest, SEAL_TAG_BYTES);
    return good;
}

bool seal_lock(struct seal *seal, struct span context, char *bytes, size_t count, uint8_t tag[SEAL_TAG_BYTES])
{
    return tag_make(seal, context, bytes, count, tag) && seal_count(seal, tag, bytes, count);
}

enum status seal_unlock(struct seal *seal, struct span context, const uint8_t tag[SEAL_TAG_BYTES], char *bytes,
                        size_t count)
{
    uint8_t found[SEAL_TAG_BYTES];
    enum status status = STATUS_OK;
    if (!seal_count(seal, tag, bytes, count) || !tag_make(seal, context, bytes, count, found))
        status = STATUS_FATAL;
    else if (CRYPTO_memcmp(found, tag, sizeof found) != 0)
        status = STATUS_DAMAGED;
    if (status != STATUS_OK && count > 0) OPENSSL_cleanse(bytes, count);
    return status;
}

bool seal_digest(const void *key, size_t key_bytes, struct span bytes, uint8_t digest[SEAL_DIGEST_BYTES])
{
    EVP_MAC_CTX *mac = mac_open(key, key_bytes);
    size_t made = 0;
    bool good = mac != NULL && EVP_MAC_update(mac, (const unsigned char *)bytes.at, bytes.len) == 1 &&
                EVP_MAC_final(mac, digest, &made, SEAL_DIGEST_BYTES) == 1 && made == SEAL_DIGEST_BYTES;
    EVP_MAC_CTX_free(mac);
    return good;
}
