/* The header of a gzip member, byte after byte, wherever a read ends. Source: RFC 1952,
 * section 2.3. */
#ifndef GZIP_HEADER_H
#define GZIP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GZIP_MAGIC_BYTES = 4 }; /* both identification bytes, the method deflate, the flags */

enum gzip_header_part {
    GZIP_FIXED,
    GZIP_EXTRA_LENGTH,
    GZIP_EXTRA,
    GZIP_NAME,
    GZIP_COMMENT,
    GZIP_CHECK,
    GZIP_HEADER_DONE
};

struct gzip_header {
    enum gzip_header_part part;
    uint8_t flags;
    uint32_t seen, wanted; /* bytes of this part */
    uint32_t crc, given;   /* over the header so far; what it says of itself */
};

/* Whether a member can begin here: the magic with no reserved flag. Of two or three bytes, all that
 * a cut left, it believes what is there. */
bool gzip_begins(const uint8_t *bytes, size_t length);

void gzip_header_reset(struct gzip_header *header);

/* Takes bytes up to the end of the header; gives how many. */
size_t gzip_header_take(struct gzip_header *header, const uint8_t *bytes, size_t length);

/* Of a complete header: its own check, where it has one, holds. */
bool gzip_header_holds(const struct gzip_header *header);

#endif
