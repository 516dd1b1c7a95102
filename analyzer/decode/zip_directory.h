/* The directory at the end of a zip: which members there are, in the order in which they stand in the file.
 *
 * Source   APPNOTE.TXT 6.3.9, sections 4.3.12 to 4.3.16
 *
 *     | members | entry | entry | ... | end records of zip64, with a locator | end record, comment |
 *
 * Memory   nothing for an entry where the directory lists the members as they stand, which it mostly does: it is read once to see
 *          that, and again as members come up. Else 16 bytes an entry
 * Threads  one zip, one thread at a time
 */
#ifndef ZIP_DIRECTORY_H
#define ZIP_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "byte_reader.h"

enum {
    ZIP_CENTRAL_BYTES = 46, ZIP_END_BYTES = 22, ZIP_END64_BYTES = 56, ZIP_LOCATOR_BYTES = 20,
    ZIP_COMMENT_BYTES_MAX = 0xFFFF, /* behind the end; each part of an entry is no longer */
    ZIP_PEEK_BYTES = (64 << 10) + ZIP_COMMENT_BYTES_MAX,
    ZIP_PEEK_FAR_BYTES = 4 << 10 /* where entries are read in another order than they stand */
};
#define ZIP_SIGNATURE_CENTRAL 0x02014b50u
#define ZIP_SIGNATURE_END 0x06054b50u
#define ZIP_SIGNATURE_END64 0x06064b50u
#define ZIP_SIGNATURE_LOCATOR 0x07064b50u

enum { ZIP_METHOD_AES = 99 };

static inline uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) | (uint32_t)get16(at + 2) << 16;
}

static inline uint64_t get64(const uint8_t *at)
{
    return (uint64_t)get32(at) | (uint64_t)get32(at + 4) << 32;
}

/* A member as the directory or its own header tells. */
struct zip_entry {
    uint64_t offset, packed, size, name_at; /* name_at: in the file, 0 where the header has it */
    uint32_t crc;
    uint16_t method, flags, name_length, time;
    uint8_t aes_strength, aes_version; /* 0: no AES; method is that of what is encrypted */
};

/* Bytes of the file through a small buffer. */
struct zip_peek {
    const struct byte_reader *below;
    uint8_t *buffer; /* NULL until it is needed; ZIP_PEEK_BYTES */
    uint64_t at;     /* of buffer[0] */
    size_t length, most;
};

/* Where an entry stands, and where its member. */
struct zip_place {
    uint64_t offset, at;
};

struct zip_directory {
    uint64_t at, size, end_at; /* end_at: where the end of the archive ends */
    uint64_t said;             /* entries, by the end record */
    uint64_t shift;            /* bytes before the archive, which its offsets do not count */
    size_t entry_count;        /* that are there, and sound */
    struct zip_place *order;   /* NULL: as they stand */
};

/* Takes what the extra fields of an entry or of a member's own header say. has_offset: an offset among it. */
void zip_extra_read(const uint8_t *extra, size_t length, struct zip_entry *entry, bool has_offset);

/* Finds the directory and looks through it, up to one entry more than members_max; entries that are damaged end it. strict: nothing
 * may stand behind it, and only whether it is there is of interest. below can be read at any place.
 * *found: there is one; zip_directory_close it. False: no memory. */
bool zip_directory_open(const struct byte_reader *below, bool strict, uint64_t members_max, struct zip_directory *directory, bool *found);
void zip_directory_close(struct zip_directory *directory);

/* Goes through the entries. All zero but directory and peek.below at the beginning. */
struct zip_walk {
    const struct zip_directory *directory;
    struct zip_peek peek;
    size_t taken; /* entries */
    uint64_t at;  /* of the next one, where they stand in order */
    struct zip_entry entry;
};

/* Lends the next entry until the next call; NULL: there is none left, or, with taken below entry_count, it can no longer be read. */
const struct zip_entry *zip_walk_next(struct zip_walk *walk);

/* The bytes of its name, lent as it is; NULL: they are to be read from name_at. */
const char *zip_walk_name(const struct zip_walk *walk);
void zip_walk_close(struct zip_walk *walk);

#endif
