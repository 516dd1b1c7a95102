/* The parts of a ledger, for the files that it is made of.
 *
 * Shape    ledger.c: adds, packs, brings to the file and reads;  ledger_kept.c: what a later run takes up
 */
#ifndef LEDGER_INNER_H
#define LEDGER_INNER_H

#include "ledger.h"
#include "piece_pack.h"

enum {
    LEDGER_HEAD_BYTES = 4 + SEAL_TAG_BYTES, /* in the file before each group */
    LEDGER_GROUP_BYTES_MAX = LEDGER_GROUP * (OBJECT_PATH_MAX + 1024)
};
_Static_assert(LEDGER_GROUP * (OBJECT_PATH_MAX + 1024L) < INT32_MAX, "a group's bytes are told in 32 bits");

/* LEDGER_GROUP pieces; fewer in the last group alone. */
struct group {
    struct object *recent; /* whole objects, whose path, format and detail are one block of memory; NULL: packed */
    char *packed;          /* NULL: in the file */
    uint32_t packed_bytes;
    uint64_t offset;       /* of its head in the file */
};

/* A piece that was packed before it was told. */
struct late_piece {
    size_t number;
    struct object piece;
};

struct ledger {
    struct group *groups;
    size_t group_count, group_capacity, count;
    size_t first_recent; /* group: all before are packed */
    size_t recent_bytes; /* of the texts of recent pieces */
    size_t recent_pieces_max;
    struct bytes room;   /* what is being packed */
    struct piece_before before;
    struct late_piece *late; /* ascending */
    size_t late_count, late_capacity;
    struct piece_index index;
    struct piece_sums sums;
    struct piece_source_sums *sources;
    size_t source_capacity;

    struct ledger_place place;
    struct seal *seal;
    int file;            /* -1: there is none */
    bool is_settled, is_dirty;
    size_t file_groups;  /* the first ones */
    size_t held_bytes;   /* packed, in memory */
    uint64_t file_bytes;

    /* While it is loaded. */
    size_t expected;        /* pieces */
    bool late_told;         /* groups are over */
    struct bytes last_path; /* of the last piece, with its NUL */
    uint32_t last_file;
};

enum status ledger_no_memory(struct fault *fault);
enum status ledger_damaged(struct fault *fault);
enum status ledger_file_failed(const char *what, struct fault *fault); /* with errno's text */

/* Room for the sums of a source. False: no memory. */
bool ledger_sources_reserve(struct ledger *ledger, uint32_t source);

/* Adds what the piece says, or takes it out again: times is 1 or -1, in unsigned arithmetic. */
void ledger_sums_add(struct ledger *ledger, const struct object *piece, uint64_t times);

/* A copy with its texts in one block of memory, behind its path; how many bytes these are. False: no memory. */
bool ledger_object_copy(struct object *to, const struct object *from, size_t *bytes);

/* The piece where it is a whole object; NULL: it is packed. */
struct object *ledger_object_at(const struct ledger *ledger, size_t number);

/* Takes over the object of a piece that was packed before it was told. In the order of numbers. False: no memory. */
bool ledger_late_add(struct ledger *ledger, size_t number, const struct object *piece);

/* A group of whole objects as bytes, behind what is in the room. False: no memory. */
bool ledger_group_pack(struct ledger *ledger, size_t group);

/* One more group, of whole objects. False: no memory. */
bool ledger_group_open(struct ledger *ledger);

/* Reads the group that begins at an offset of the file. Fails    as ledger_read. */
enum status ledger_group_read(const struct ledger *ledger, struct seal **seal, size_t group, uint64_t offset, struct bytes *to, struct fault *fault);

#endif
