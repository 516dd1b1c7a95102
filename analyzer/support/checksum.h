/* XXH3-64 over bytes that come in parts: tells of changes that happen, not of those that somebody aims at.
 *
 * Shape    bytes in any parts -> 64 bits, the same for any parts
 * Owns     its state, from checksum_open to checksum_close
 */
#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

struct checksum;

struct checksum *checksum_open(void);           /* NULL: no memory */
void checksum_close(struct checksum *checksum); /* accepts NULL */
void checksum_add(struct checksum *checksum, const char *bytes, size_t count);

/* Of all so far; more may be added. */
uint64_t checksum_value(const struct checksum *checksum);

#endif
