#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/support/sha256.h"

static void assert_digest(struct sha256 *hash, const char *wanted)
{
    uint8_t digest[SHA256_DIGEST_BYTES];
    char text[2 * SHA256_DIGEST_BYTES + 1];
    sha256_take(hash, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(text, wanted);
}

/* FIPS 180-4 examples, one context after the other. */
static void digests_are_those_of_the_standard(void **state)
{
    (void)state;
    struct sha256 *hash = sha256_open();
    assert_non_null(hash);
    assert_digest(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_add(hash, "abc", 3);
    assert_digest(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_add(hash, "a", 1);
    sha256_add(hash, "bc", 2);
    assert_digest(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    char *many = malloc(1000000);
    memset(many, 'a', 1000000);
    sha256_add(hash, many, 1000000);
    assert_digest(hash, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(many);
    sha256_close(hash);
    sha256_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(digests_are_those_of_the_standard)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
