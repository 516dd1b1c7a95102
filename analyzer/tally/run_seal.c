#include "run_seal.h"

_Static_assert((int)RUN_TAG_BYTES == SEAL_TAG_BYTES && (int)RUN_DIGEST_BYTES == SEAL_DIGEST_BYTES, "see seal.h");
_Static_assert((int)SEAL_KEY_BYTES == SEAL_DIGEST_BYTES, "keys are digests");

static bool derive(const uint8_t key[RUN_CASE_KEY_BYTES], const char *label, uint8_t made[SEAL_DIGEST_BYTES])
{
    return seal_digest(key, RUN_CASE_KEY_BYTES, (struct span){label, strlen(label)}, made);
}

bool run_identity_set_key(struct run_identity *identity, const uint8_t key[RUN_CASE_KEY_BYTES])
{
    memcpy(identity->key, key, sizeof identity->key);
    return derive(key, "breachtally run 1: fingerprint", identity->key_fingerprint);
}

struct seal *run_seal_open(const uint8_t key[RUN_CASE_KEY_BYTES])
{
    struct seal_keys keys;
    struct seal *seal = NULL;
    if (derive(key, "breachtally run 1: cipher", keys.cipher) && derive(key, "breachtally run 1: tag", keys.tag) &&
        derive(key, "breachtally run 1: hash", keys.hash))
        seal = seal_open(&keys);
    explicit_bzero(&keys, sizeof keys);
    return seal;
}
