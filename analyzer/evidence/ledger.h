/* The pieces of files - members of containers and residues - and what became of them: ten million in a file are no more than
 * any machine holds.
 *
 * Shape    add -> put, where one is done -> read;  pieces are numbered from 0 on, as they came up
 * Memory   three ages. The last LEDGER_RECENT_PIECES or so are whole objects; older ones are packed (piece_pack.h), LEDGER_GROUP
 *          together; and where those take more than held_bytes, they go to a file, of which one offset a group stays. An old
 *          piece of which not all is told yet (a container around many others) stays an object until it is told, and after
 * File     in the case's tally/, made when it is needed. It only grows, so that who knows how long it was (ledger_kept) knows
 *          what was in it. Groups one behind the other: bytes of the packed group (u32), a tag (16), the packed group, sealed
 *          in a context of its own: who has no key neither reads nor makes one
 * Lends    what ledger_read gives, until the reader's next read or the ledger's next add or put
 * Threads  one at a time; between changes, any number, each with a reader of its own
 * Fails    FATAL: no memory, disk full, I/O error. DAMAGED: a file that is not what was written
 */
#ifndef LEDGER_H
#define LEDGER_H

#include "../support/bytes.h"
#include "../support/fault.h"
#include "../support/seal.h"
#include "object.h"
#include "piece_index.h"

#define LEDGER_NAME "pieces.ledger"
#define LEDGER_PIECES_MAX ((size_t)1 << 30)

enum { LEDGER_GROUP = 64, LEDGER_RECENT_PIECES = 16 * 1024, LEDGER_RECENT_BYTES = 16 << 20, LEDGER_HELD_BYTES = 8 << 20 };

struct ledger;
struct ledger_reader;

/* What the file is sealed with, and where it lies. */
struct ledger_place {
    int directory; /* the caller's, and open as long as pieces are added; -1: there is none, all stays in memory */
    struct seal *(*open_seal)(const uint8_t key[SEAL_KEY_BYTES]); /* a seal for one thread; NULL: no memory */
    uint8_t key[SEAL_KEY_BYTES];
    size_t held_bytes; /* 0: LEDGER_HELD_BYTES; few also keep few recent pieces, for tests */
    bool is_scratch;   /* nobody reads it again: it has no name */
};

/* Sums over all pieces, as reports want them. */
struct piece_sums {
    uint64_t count, listed_bytes, bytes_examined, bytes_unexamined[COVERAGE_REASON_COUNT], statuses[OBJECT_STATUS_COUNT];
    uint64_t unread, unread_bytes; /* pending, or for a reason that makes exit 3; what of these was not examined */
};
struct piece_source_sums {
    uint64_t count, records;
};

MUST_USE enum status ledger_open(struct ledger **ledger, struct fault *fault);
void ledger_close(struct ledger *ledger); /* accepts NULL */

/* From now on packed pieces may go to the file. What a run before left there and ledger_load did not name is dropped. */
MUST_USE enum status ledger_settle(struct ledger *ledger, const struct ledger_place *place, struct fault *fault);

size_t ledger_count(const struct ledger *ledger); /* these accept NULL: no pieces */
const struct piece_sums *ledger_sums(const struct ledger *ledger);
struct piece_source_sums ledger_source_sums(const struct ledger *ledger, uint32_t source);

/* Copies what piece_pack.h says of a piece; number: of the piece, where wanted. The piece is in no file yet (ledger_find). */
MUST_USE enum status ledger_add(struct ledger *ledger, const struct object *piece, size_t *number, struct fault *fault);

/* The same in a ledger where nothing is found by file and number, and a piece may stand in any place. */
MUST_USE enum status ledger_copy(struct ledger *ledger, const struct object *piece, struct fault *fault);

/* Replaces a piece that was PENDING; its file, number and path stay. */
MUST_USE enum status ledger_put(struct ledger *ledger, size_t number, const struct object *piece, struct fault *fault);

/* Which one is a file's piece; LEDGER_NONE. */
#define LEDGER_NONE PIECE_INDEX_NONE
size_t ledger_find(const struct ledger *ledger, uint32_t file, uint32_t piece);

/* Whether a file's pieces were added in the order of their numbers and of their paths, which then tell the same. */
bool ledger_is_in_order(const struct ledger *ledger, uint32_t file);

/* The same for who goes through all of them, file by file. NULL: no pieces. */
const struct piece_index *ledger_index(const struct ledger *ledger);

MUST_USE enum status ledger_reader_open(const struct ledger *ledger, struct ledger_reader **reader, struct fault *fault);
void ledger_reader_close(struct ledger_reader *reader); /* accepts NULL */

/* Neighbours, front to back, are read at once; any other piece costs the reading of its group. */
MUST_USE enum status ledger_read(struct ledger_reader *reader, size_t number, const struct object **piece, struct fault *fault);

/* ---------------------------------------------------------------- kept from run to run */

/* What of it stands in the file; the rest are parts, for the state of the case. */
struct ledger_kept {
    uint64_t count, file_groups, file_bytes;
};

/* Brings the file to the disk and says how far it counts. */
MUST_USE enum status ledger_keep(struct ledger *ledger, struct ledger_kept *kept, struct fault *fault);

/* The parts: groups that are not in the file, then old pieces that were told late. Lends part i until the next call; END behind
 * the last one. */
MUST_USE enum status ledger_part(struct ledger *ledger, size_t i, struct span *part, struct fault *fault);

/* What pieces may say: files that they lie in, whose paths theirs begin with; sources. */
struct ledger_bounds {
    const struct object *files;
    size_t file_count, source_count;
};

/* Takes up what was kept, for reading: the file's part, then ledger_load_part in the order of ledger_part, then ledger_loaded.
 * The ledger is empty and in its place. Fails    DAMAGED, with what is wrong, besides. */
MUST_USE enum status ledger_load(struct ledger *ledger, const struct ledger_place *place, const struct ledger_kept *kept,
                                 const struct ledger_bounds *bounds, struct fault *fault);
MUST_USE enum status ledger_load_part(struct ledger *ledger, struct span part, const struct ledger_bounds *bounds, struct fault *fault);
MUST_USE enum status ledger_loaded(struct ledger *ledger, struct fault *fault);

#endif
