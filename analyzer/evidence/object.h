/* One file of the evidence, or a member or residue in it that became an object of its own, and what became
 * of it. All of them are the ledger: every byte ends up examined or explained. Files and ranges stand in an array (walk.h); all other
 * pieces, of which there may be millions, in ledger.h, which lends them as objects.
 *
 * Order    path bytes (unsigned), the total order of every report
 * Threads  written by the one thread that finishes the object
 */
#ifndef OBJECT_H
#define OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum object_status { OBJECT_PENDING, OBJECT_COMPLETE, OBJECT_PARTIAL, OBJECT_SKIPPED, OBJECT_FAILED,
                     OBJECT_DUPLICATE, OBJECT_STATUS_COUNT };

/* The closed list of coverage reasons, in the order of the specification. */
#define COVERAGE_REASONS                                                                           \
    ROW(TRUNCATED) ROW(BAD_CHECKSUM) ROW(CORRUPT_STREAM) ROW(RESIDUE_SCANNED_RAW) ROW(ENCRYPTED)   \
    ROW(LIMIT_RATIO) ROW(LIMIT_BYTES) ROW(LIMIT_MEMBERS) ROW(LIMIT_DEPTH) ROW(WINDOW_TOO_LARGE)    \
    ROW(OVERSIZED_RECORD) ROW(REGEX_LIMIT) ROW(UNSUPPORTED_METHOD) ROW(UNSUPPORTED_FORMAT)         \
    ROW(PERMISSION_DENIED) ROW(VANISHED) ROW(CHANGED_DURING_READ) ROW(IO_ERROR) ROW(NOT_REGULAR)   \
    ROW(SYMLINK_NOT_FOLLOWED) ROW(LOOP) ROW(NO_MEMORY) ROW(NO_FDS) ROW(PARSER_CRASH)               \
    ROW(EXCLUDED_BY_USER) ROW(DUPLICATE_CONTENT)
#define ROW(name) COVERAGE_##name,
enum coverage_reason { COVERAGE_NONE, COVERAGE_REASONS COVERAGE_REASON_COUNT };
#undef ROW

enum { OBJECT_PIECES_MAX = (1 << 24) - 1, OBJECT_PATH_MAX = 1 << 18, SHA256_BYTES = 32, OBJECT_FORMAT_SIZE = 96, OBJECT_DETAIL_SIZE = 160 };

/* What a detail says of an object whose document, dump or table lacks its end. */
static const char OBJECT_BREAKS_OFF[] = "a document that breaks off";

/* What is wrong with some units of an object, beside what its bytes are. */
enum { TROUBLE_PATH_LIMIT = 1, TROUBLE_MATCH_LIMIT = 2, TROUBLE_OVERSIZED = 4, TROUBLE_LATE = 8, TROUBLE_BROKE_OFF = 16,
       TROUBLE_CUT_ROW = 32, TROUBLE_SHORT_ROW = 64 /* the former without the latter: a table breaks off */ };

/* How a range was read: what the line of its file is made of. */
struct range_read {
    uint64_t begin, end;      /* in the file: where its first unit begins, and the first that is no longer its own */
    uint64_t broken, cut_off; /* as in struct block_counts */
    uint64_t undecodable;     /* bytes that are nothing in the character set */
    uint8_t set;              /* enum charset_kind */
    bool set_known;           /* it was decided here; else all is ASCII */
    bool set_unsure;          /* as a whole, the file might be cut into other units */
};

struct object {
    char *path;              /* as reported: root name, '/', path below the root; raw bytes, NUL-terminated */
    const char *below_root;  /* points into path: what profiles' globs and path rules see */
    char *open_path;         /* where it lies; shared by the pieces of one file */
    size_t root_bytes;       /* of open_path: the folder named as evidence, with '/'; 0: a file was named */
    int root_descriptor;     /* of that folder, while the list lives; -1: not kept open */
    int64_t size_bytes;      /* of the file, or of the piece, where that is known */
    int64_t modified_ns;     /* when the file was last written, as listed; 0 for a piece or where it is not known */
    int64_t start_bytes;     /* where a part of a file that is read by itself begins in it; 0 for a file */
    uint32_t root;           /* index of the evidence argument */
    uint32_t source;         /* index into the list of source names */
    uint64_t owner;          /* a hash of what its path says: the customer by a path rule, the time zone of its source */
    bool elsewhere;          /* another shard's: neither read nor reported here */
    uint8_t troubles;        /* TROUBLE_ bits; of a range alone */
    uint32_t duplicate_of;   /* of a DUPLICATE: index of the one with the same content that is read */
    bool is_piece;           /* a member "file!member" or a residue "file!~offset" of a file. Its line accounts its own bytes, as
                                they stand in what it lies in; sums over files leave it out, since they have the file's */
    uint32_t file, piece;    /* of a piece: the ledger index of its file, its number there (from 1) */
    bool is_range;           /* a piece that shards share a file by: what is found in it stands in the file's line */
    bool is_cut;             /* a file that is read by ranges: by itself it is only hashed */

    /* what became of it */
    enum object_status status;
    enum coverage_reason reason;
    uint64_t bytes_examined;   /* of size_bytes */
    uint64_t bytes_unexamined; /* size_bytes - bytes_examined */
    uint64_t units, records, findings;
    bool hashed;
    union {
        uint8_t sha256[SHA256_BYTES];
        struct range_read range; /* of a range, which has no digest */
    };
    const char *format; /* chain: "gzip>csv"; OBJECT_FORMAT_SIZE */
    const char *detail; /* how it was read, or what is wrong; never evidence bytes; OBJECT_DETAIL_SIZE. Both are literals or kept by
                           the list's texts; NULL: none */
};

static inline const char *object_format(const struct object *object)
{
    return object->format != NULL ? object->format : "";
}

static inline const char *object_detail(const struct object *object)
{
    return object->detail != NULL ? object->detail : "";
}

const char *object_status_name(enum object_status status);     /* "COMPLETE" */
const char *coverage_reason_name(enum coverage_reason reason); /* "TRUNCATED", "" for none */

/* Which of two pieces of one file comes first: ranges by their numbers, all else by paths. */
bool piece_paths_before(const struct object *a, const struct object *b);

/* Whether an object with this reason leaves evidence unexamined in the sense of exit status 3. */
bool coverage_reason_is_incomplete(enum coverage_reason reason);

/* How much worse one outcome is than another: 0 for none. */
int object_gravity(enum object_status status, enum coverage_reason reason);

/* Notes a trouble: the first one decides status and reason unless the new one is graver (FAILED over PARTIAL;
 * among PARTIAL, one that makes exit 3 over one that does not). detail is lent to the object; NULL: none. */
void object_mark(struct object *object, enum object_status status, enum coverage_reason reason,
                 const char *detail);

#endif
