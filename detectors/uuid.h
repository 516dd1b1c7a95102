/* UUIDs as text: what several kinds are written as.
 *
 * Threads  any number at once
 * Source   RFC 9562, clause 4
 */
#ifndef UUID_H
#define UUID_H

#include "detector.h"

enum { UUID_OCTETS = 16 };

enum uuid_answer {
    UUID_HOLDS,
    UUID_OTHER_FORM, /* no UUID at all */
    UUID_NOBODY,     /* nil, max, or the same octet throughout */
    UUID_UNKNOWN     /* a version or variant that the standard does not give */
};

/* Reads 8-4-4-4-12 hex digits, in braces or behind "urn:uuid:" too, or 32 without hyphens. octets are set unless the
 * form is another; *version is 1 to 8 where it holds. */
enum uuid_answer uuid_read(struct span text, unsigned char octets[UUID_OCTETS], unsigned *version);

#endif
