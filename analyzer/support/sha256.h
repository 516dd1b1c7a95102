/* SHA-256, our door to OpenSSL's libcrypto, which uses the processor's own instructions.
 *
 * Shape    open, then (add)* take, again and again; take begins anew
 * Source   FIPS 180-4
 */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_DIGEST_BYTES = 32 };

struct sha256;

struct sha256 *sha256_open(void); /* NULL: no memory, or a libcrypto without SHA-256 */
void sha256_add(struct sha256 *hash, const void *bytes, size_t length);
void sha256_take(struct sha256 *hash, uint8_t digest[SHA256_DIGEST_BYTES]);
void sha256_close(struct sha256 *hash); /* accepts NULL */

#endif
