/* The table of containers: formats that hold members with names, each told by its first bytes.
 *
 * Shape    bytes below -> members, one after another, front to back
 * Members  what stands before, between and behind them and is none is a member too: a residue, named by its offset
 * Damage   of a member: it stands in the member; of the container itself: in the ledger's outcome
 * Never    writes a file, follows a link, believes a size
 */
#ifndef CONTAINER_H
#define CONTAINER_H

#include "byte_reader.h"
#include "outcome.h"

enum { MEMBER_NAME_MAX = 64 << 10 };

/* A member, from the moment that it begins; what is wrong with it is known once its bytes ended. */
struct container_member {
    char *name; /* as it is written there, NUL bytes as U+2400; lent until the next member */
    bool is_residue;
    bool is_raw;        /* ... of what begins like the container, whose front it is, and is none: not to be opened again */
    uint64_t offset;    /* in the container, of a residue */
    uint64_t size;      /* that it says it has; UINT64_MAX: unknown */
    bool has_bytes;     /* false: it is only listed */
    enum object_status status; /* COMPLETE, or what is wrong */
    enum coverage_reason reason;
    char detail[OBJECT_DETAIL_SIZE];
};

struct container_format {
    const char *name; /* "tar" */
    bool (*begins)(const uint8_t *bytes, size_t length);
    /* Over a file only, where its first bytes tell nothing: NULL where these are needed. */
    bool (*ends)(const struct byte_reader *below);
    void *(*open)(const struct byte_reader *below, struct stream_ledger *ledger, const char *first, size_t first_bytes);
    /* The next member; passes over what is unread of the one before. Fails    END: no more. FATAL: no memory. */
    enum status (*next)(void *container, struct container_member **member);
    /* As a reader's read: bytes of the member in hand. */
    enum status (*read)(void *container, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap);
    void (*close)(void *container); /* accepts NULL */
    /* What sheets among its members refer to; lent until close. NULL: there is none, or it is not to be had. The function may be NULL */
    struct workbook *(*workbook)(void *container);
};

/* A format that begins like that, or, over a file, ends so; NULL: none. */
const struct container_format *container_find(const uint8_t *bytes, size_t length, const struct byte_reader *below);

/* Whether the last bytes of something, CONTAINER_TAIL_BYTES of them, are the end of a zip with members. Of what cannot be read at
 * any place that is known too late to open it. */
enum { CONTAINER_TAIL_BYTES = 22 };
bool container_zip_tail(const uint8_t tail[CONTAINER_TAIL_BYTES], uint64_t length);

/* Marks a member: the first trouble stays, unless the new one is graver. */
void member_mark(struct container_member *member, enum object_status status, enum coverage_reason reason, const char *detail);

/* A copy of a name in which no byte is NUL; NULL: no memory. */
char *member_name(const char *bytes, size_t length);

#endif
