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

/* Judges a UUID: under a label likely, or possible where its version is not the one that the kind has. UUID_VERSION_ANY: the kind
 * has them all. */
enum { UUID_VERSION_ANY = 0 };
void uuid_judge(const struct candidate *candidate, unsigned kind_version, struct verdict *verdict);

#endif
