#include "gzip_header.h"

#include <string.h>

#include "inflate.h"

enum {
    FLAG_CHECK = 2,
    FLAG_EXTRA = 4,
    FLAG_NAME = 8,
    FLAG_COMMENT = 16,
    FLAGS_RESERVED = 0xE0,
    FIXED_BYTES = 10,
    FLAGS_AT = 3
};

bool gzip_begins(const uint8_t *bytes, size_t length)
{
    if (length < 2 || bytes[0] != 0x1F || bytes[1] != 0x8B) return false;
    if (length > 2 && bytes[2] != 8) return false;
    return length <= FLAGS_AT || (bytes[FLAGS_AT] & FLAGS_RESERVED) == 0;
}

void gzip_header_reset(struct gzip_header *header)
{
    memset(header, 0, sizeof *header);
    header->wanted = FIXED_BYTES;
}

/* Goes to the next part that the flags announce. */
static void part_next(struct gzip_header *header)
{
    static const uint8_t flag_of[] = {[GZIP_EXTRA_LENGTH] = FLAG_EXTRA,
                                      [GZIP_EXTRA] = FLAG_EXTRA,
                                      [GZIP_NAME] = FLAG_NAME,
                                      [GZIP_COMMENT] = FLAG_COMMENT,
                                      [GZIP_CHECK] = FLAG_CHECK};
    bool extra_is_empty = header->part == GZIP_EXTRA_LENGTH && header->given == 0;
    if (header->part == GZIP_EXTRA_LENGTH)
        header->wanted = header->given;
    else
        header->wanted = 2; /* what the other parts with a length have; names end with a NUL */
    do
        header->part++;
    while (header->part < GZIP_HEADER_DONE && !(header->flags & flag_of[header->part]));
    if (extra_is_empty) part_next(header);
    header->seen = 0;
    header->given = 0;
}

static void byte_take(struct gzip_header *header, uint8_t byte)
{
    switch (header->part) {
    case GZIP_FIXED:
        if (header->seen == FLAGS_AT) header->flags = byte;
        break;
    case GZIP_EXTRA_LENGTH:
    case GZIP_CHECK:
        header->given |= (uint32_t)byte << (8 * header->seen);
        break;
    default:
        break;
    }
    header->seen++;
    bool is_text = header->part == GZIP_NAME || header->part == GZIP_COMMENT;
    bool complete = is_text ? byte == 0 : header->seen == header->wanted;
    if (!complete) return;
    if (header->part == GZIP_CHECK)
        header->part = GZIP_HEADER_DONE; /* keeps what was given */
    else
        part_next(header);
}

size_t gzip_header_take(struct gzip_header *header, const uint8_t *bytes, size_t length)
{
    size_t taken = 0;
    while (taken < length && header->part != GZIP_HEADER_DONE) {
        if (header->part != GZIP_CHECK) header->crc = inflate_crc32(header->crc, bytes + taken, 1);
        byte_take(header, bytes[taken++]);
    }
    return taken;
}

bool gzip_header_holds(const struct gzip_header *header)
{
    return !(header->flags & FLAG_CHECK) || (header->crc & 0xFFFF) == header->given;
}
