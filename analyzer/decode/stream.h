/* The bytes of one file after every compression layer is undone and every container is opened.
 *
 * Shape    file -> (decoder)* -> bytes, or a container -> members, each of them (decoder)* -> bytes or a container ...;
 *          front to back, one object after another, never mmap, with a stack and no recursion
 * Objects  the file is object 0; members and residues are numbered as they begin, which their bytes alone decide
 * Account  each object answers for its own bytes, as they stand where it lies: examined, or not. A container's bytes are
 *          examined where members came out of them, whatever became of these: that stands in their own outcome
 * Units    offsets and lengths in bytes; "stored" bytes are those of the file
 * Owns     its file descriptor and decoders, from stream_open to stream_close
 * Threads  one stream, one thread at a time; it may move between threads
 * Damage   everything before it is delivered; what is wrong stands in the outcome, and bytes that
 *          come after a hole are announced, so that nobody joins what does not belong together
 * Source   decoder.h has the formats; SHA-256 is FIPS 180-4, over the stored bytes
 */
#ifndef STREAM_H
#define STREAM_H

#include "../evidence/object.h"
#include "../support/fault.h"
#include "../support/stop.h"

struct passwords;
struct stream;

enum inflater { INFLATER_FASTEST, INFLATER_ZLIB }; /* FASTEST is ISA-L where it was built in */

struct stream_options {
    bool hash;                   /* SHA-256 of the stored bytes in the same pass */
    size_t read_bytes;           /* how much one read(2) asks for; 0 for the default */
    uint32_t depth_max;          /* layers of compression and containers (8) */
    uint64_t ratio_max;          /* decoded : stored after the first 64 MiB (1000) */
    uint64_t decoded_bytes_max;  /* of one file, by all its layers (1 TiB) */
    uint64_t members_max;        /* members of containers, gzip members and frames of one file (10 million) */
    enum inflater inflater;
    const struct passwords *passwords; /* for encrypted members; NULL: none */
    struct stop stop;            /* once it is wanted, reading ends; a wait for standard input too */
};

/* What became of the bytes, complete after STATUS_END. */
struct stream_outcome {
    enum object_status status; /* COMPLETE, PARTIAL, FAILED */
    enum coverage_reason reason;
    char detail[OBJECT_DETAIL_SIZE];
    uint64_t stored_examined, stored_unexamined;
    uint64_t decoded_bytes;
    char layers[OBJECT_FORMAT_SIZE]; /* "gzip>", "tar>gzip>", "" for none; those of what it lies in first */
    bool is_container;               /* the last of them is one, whose members are objects of their own */
    bool is_listed;                  /* a member that has no bytes to read: a link, an encrypted one */
    bool hashed;
    uint8_t sha256[SHA256_BYTES];
    bool has_residue;        /* bytes after the last member or frame that are none: the next object */
    int64_t residue_start;   /* in the file; such bytes count as examined here: that object answers for them */
};

/* Opens an object: O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, then checks on the descriptor that it is a
 * regular file. "-" with open_path NULL reads standard input.
 * Fails    DAMAGED: cannot be opened or is not regular; stream is made all the same and its outcome says why.
 *          FATAL: no memory. */
MUST_USE enum status stream_open(const struct object *object, const struct stream_options *options,
                                 struct stream **stream, struct fault *fault);

/* Reads up to capacity decoded bytes (capacity >= 64 KiB; plain files are read straight into bytes). Gives at least one byte or END.
 * *gap is set when bytes are missing just before these: they belong to no unit that came before.
 * Fails    END: nothing more; outcome is final, unless stream_interrupted. FATAL: no memory. */
MUST_USE enum status stream_read(struct stream *stream, char *bytes, size_t capacity, size_t *count,
                                 bool *gap, struct fault *fault);

/* What stream_next came to. */
struct stream_event {
    bool is_end;      /* an object ended; else one begins, whose bytes stream_read gives now */
    uint32_t number;  /* of the object */
    uint32_t parent;  /* of one that begins: what it lies in */
    const char *name; /* of one that begins: as it is written there; "~offset" for a residue. Lent until the next call */
    const struct stream_outcome *outcome; /* of one that ended; lent until the next call */
};

/* Capacity from which on stream_read writes decoded bytes of the object in hand straight to where they are wanted, DECODED_STEP_BYTES
 * at most at once; 0 where any will do. May change with the first read. */
size_t stream_room(const struct stream *stream);

/* Goes on from the object in hand, once stream_read gave END of it, to the next one that begins or ends.
 * Fails    END: there is none; the outcome of the file is final, unless stream_interrupted. FATAL: no memory. */
MUST_USE enum status stream_next(struct stream *stream, struct stream_event *event, struct fault *fault);

/* Whether the wish to stop ended it: no more comes, the last call lost what it had, the outcome says nothing. */
bool stream_interrupted(const struct stream *stream);

/* Where decoded bytes are stored bytes, in a file that can be read again and need not be read whole: after the first read. */
bool stream_can_jump(const struct stream *stream);

/* Goes on at an offset, of what it is restricted to. Only where it can; false: it could not. */
bool stream_jump(struct stream *stream, uint64_t offset);

/* Before the first read of a plain file without a digest: gives these bytes of it alone, and accounts for no others; how much is
 * there is not held against what was listed any more. False: it cannot. */
bool stream_restrict(struct stream *stream, uint64_t begin, uint64_t end);

/* Reads what follows what the stream is restricted to, without going there; fewer than count bytes before the end of the file, or
 * where they cannot be read. 0 where it is not restricted. */
size_t stream_read_behind(const struct stream *stream, char *bytes, size_t count);

/* Before the first read: nothing is given, for this reason. */
void stream_give_up(struct stream *stream, enum coverage_reason reason, const char *detail);

/* Checksum of the first and the last STREAM_ENDS_BYTES before an offset, read again. Only where it can jump; false: they are
 * not all there, or cannot be read. */
enum { STREAM_ENDS_BYTES = 64 << 10 };
bool stream_ends_checksum(const struct stream *stream, uint64_t offset, uint64_t *checksum);

/* What the member in hand, a sheet, refers to in the archive that it is of; lent while that is open. NULL: it is not to be had. */
struct workbook;
struct workbook *stream_workbook(struct stream *stream);

/* So far, of the object in hand. */
const struct stream_outcome *stream_current(const struct stream *stream);

/* Stored bytes consumed so far, for the progress line. */
uint64_t stream_stored_position(const struct stream *stream);

/* Of the file. */
const struct stream_outcome *stream_outcome(const struct stream *stream);
void stream_close(struct stream *stream); /* accepts NULL */

#endif
