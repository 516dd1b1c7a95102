#include "sha256.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>

/* Once a context is made, none of the calls below can fail: they allocate nothing. */
struct sha256 {
    EVP_MD_CTX *context;
};

struct sha256 *sha256_open(void)
{
    struct sha256 *hash = malloc(sizeof *hash);
    if (hash == NULL) return NULL;
    hash->context = EVP_MD_CTX_new();
    if (hash->context == NULL || EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1) {
        sha256_close(hash);
        return NULL;
    }
    return hash;
}

void sha256_add(struct sha256 *hash, const void *bytes, size_t length)
{
    int done = EVP_DigestUpdate(hash->context, bytes, length);
    assert(done == 1);
    (void)done;
}

void sha256_take(struct sha256 *hash, uint8_t digest[SHA256_DIGEST_BYTES])
{
    int done = EVP_DigestFinal_ex(hash->context, digest, NULL);
    assert(done == 1);
    done = EVP_DigestInit_ex(hash->context, NULL, NULL);
    assert(done == 1);
    (void)done;
}

void sha256_close(struct sha256 *hash)
{
    if (hash == NULL) return;
    EVP_MD_CTX_free(hash->context);
    free(hash);
}
