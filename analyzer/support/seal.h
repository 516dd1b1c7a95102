/* Bytes that only who has the key can read or make, our second door to OpenSSL's libcrypto.
 *
 * Shape    lock: bytes -> tag, and the bytes encrypted where they lie;  unlock: back again, if the tag holds
 * How      a synthetic IV, as in RFC 5297 and RFC 8452: the tag is HMAC-SHA256, cut to 16 bytes, over the context and
 *          GHASH of the bytes, and begins the counter of AES-256-CTR. So the same bytes in the same context become the
 *          same again, which is all that anybody without the keys can see of them but their length
 * Why      GHASH under a key of its own makes two different texts equal by a chance of 2^-128 for each 16 bytes, and
 *          nobody sees it, since HMAC stands before it; it runs four times as fast as SHA-256 does, and more where
 *          the processor has no instructions for that
 * Quirks   libcrypto gives GHASH only as GMAC, which adds a value that the nonce decides. GMAC must never be shown
 *          twice for one nonce; this one is never shown, and its nonce stays zero. Setting a key costs more than a
 *          small block: it is done once, and what was fetched is kept
 * Threads  one seal, one thread at a time
 * Source   FIPS 197; SP 800-38A for CTR, SP 800-38D for GHASH; RFC 2104 and FIPS 180-4 for HMAC-SHA256
 */
#ifndef SEAL_H
#define SEAL_H

#include "fault.h"

enum { SEAL_KEY_BYTES = 32, SEAL_TAG_BYTES = 16, SEAL_DIGEST_BYTES = 32 };

/* None of them tells of another. */
struct seal_keys {
    uint8_t cipher[SEAL_KEY_BYTES], tag[SEAL_KEY_BYTES], hash[SEAL_KEY_BYTES];
};

struct seal;

struct seal *seal_open(const struct seal_keys *keys); /* NULL: no memory, or a libcrypto without these */
void seal_close(struct seal *seal);                   /* accepts NULL; the keys are wiped */

/* context is not kept, but what was locked in another one does not unlock. False: no memory; nothing of the bytes may
 * be used. */
MUST_USE bool seal_lock(struct seal *seal, struct span context, char *bytes, size_t count,
                        uint8_t tag[SEAL_TAG_BYTES]);

/* OK. DAMAGED: not what was locked with these keys in this context; the bytes are zeros now. FATAL: no memory.
 * Gives no message. */
MUST_USE enum status seal_unlock(struct seal *seal, struct span context, const uint8_t tag[SEAL_TAG_BYTES],
                                 char *bytes, size_t count);

/* What the two are made of: AES-256-CTR where the bytes lie, with a counter that must never be used twice; GMAC of the
 * nonce zero, which must never be shown; and HMAC-SHA256. False: no memory, or a libcrypto without it. */
MUST_USE bool seal_count(struct seal *seal, const uint8_t counter[SEAL_TAG_BYTES], char *bytes, size_t count);
MUST_USE bool seal_hash(struct seal *seal, const char *bytes, size_t count, uint8_t hash[SEAL_TAG_BYTES]);
MUST_USE bool seal_digest(const void *key, size_t key_bytes, struct span bytes, uint8_t digest[SEAL_DIGEST_BYTES]);

#endif
