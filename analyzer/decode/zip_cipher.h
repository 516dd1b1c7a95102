/* The two encryptions of zip members that have a password: the traditional one, and AES as WinZip made it. Our third door to
 * OpenSSL's libcrypto.
 *
 * Shape    begin with a password -> decrypt, front to back; hash what was taken -> holds
 * Head     what stands before the encrypted bytes: 12 encrypted bytes, the last of which must be the check byte; or, for AES, a
 *          salt and two bytes that the password gives. Either says that a password is wrong, not that it is right
 * Code     behind the encrypted bytes of AES: HMAC-SHA1 of them, 10 bytes
 * Quirks   libcrypto's CTR counts from the last byte up; WinZip's counter is little-endian and begins at 1, so that its
 *          blocks are made here and encrypted as ECB
 * Source   APPNOTE.TXT 6.3.9 section 6.1; WinZip's AES encryption information, AE-1 and AE-2; RFC 8018 (PBKDF2)
 */
#ifndef ZIP_CIPHER_H
#define ZIP_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ZIP_CIPHER_CODE_BYTES = 10, ZIP_CIPHER_HEAD_BYTES_MAX = 18, ZIP_CIPHER_CHECKS_MAX = 2 };

/* How a member is encrypted. */
struct zip_lock {
    unsigned strength; /* of AES: 1, 2, 3 for 128, 192, 256 bits; 0: traditional */
    uint8_t checks[ZIP_CIPHER_CHECKS_MAX]; /* traditional: what the check byte may be, as writers differ */
    size_t check_count;
};

struct zip_cipher;

struct zip_cipher *zip_cipher_open(void); /* NULL: no memory, or a libcrypto without these */
void zip_cipher_close(struct zip_cipher *cipher); /* accepts NULL; nothing of keys stays in memory */

size_t zip_cipher_head_bytes(const struct zip_lock *lock);
size_t zip_cipher_code_bytes(const struct zip_lock *lock); /* behind the encrypted bytes */

/* Takes up a password for the member with this head; false: it is not its password, or libcrypto failed. */
bool zip_cipher_begin(struct zip_cipher *cipher, const struct zip_lock *lock, const uint8_t *head, const char *password, size_t length);

/* Back to the first byte, under the password that was taken up. False: libcrypto failed. */
bool zip_cipher_rewind(struct zip_cipher *cipher);

/* The next bytes. False: libcrypto failed. */
bool zip_cipher_decrypt(struct zip_cipher *cipher, const uint8_t *from, uint8_t *to, size_t count);

/* Encrypted bytes, for the code; without AES they are not looked at. Then whether the code is theirs. False: libcrypto failed. */
bool zip_cipher_hash(struct zip_cipher *cipher, const uint8_t *bytes, size_t count);
bool zip_cipher_holds(struct zip_cipher *cipher, const uint8_t code[ZIP_CIPHER_CODE_BYTES]);

bool zip_cipher_failed(const struct zip_cipher *cipher); /* libcrypto did, at any time */

#endif
