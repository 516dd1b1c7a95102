/* A list of passwords to try on encrypted members: --passwords FILE.
 *
 * Form     one a line, its bytes as they are; lines end in LF or CRLF, the last one may end without; empty lines are none
 * Limits   PASSWORDS_MAX lines of PASSWORD_BYTES_MAX bytes, PASSWORDS_FILE_BYTES_MAX in all
 * Secret   nothing of them is printed or written. Who tells lists apart uses the file's digest; messages have line numbers alone
 * Threads  any number read it
 */
#ifndef PASSWORDS_H
#define PASSWORDS_H

#include "../evidence/object.h"
#include "../support/fault.h"

enum { PASSWORDS_MAX = 10000, PASSWORD_BYTES_MAX = 1024, PASSWORDS_FILE_BYTES_MAX = 11 << 20 };

struct password {
    const char *at;
    size_t length; /* at least 1 */
};

struct passwords {
    struct password *list; /* in the order of the file */
    size_t count;
    uint8_t sha256[SHA256_BYTES]; /* of the file */
    char *text;
    size_t text_bytes;
};

/* Fails    USAGE: cannot be read, or is no such list. FATAL: no memory. */
MUST_USE enum status passwords_open(const char *path, struct passwords **passwords, struct fault *fault);
void passwords_close(struct passwords *passwords); /* accepts NULL; nothing of them stays in memory */

#endif
