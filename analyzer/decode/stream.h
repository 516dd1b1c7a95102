/* The bytes of one object after every compression layer is undone.
 *
 * Shape    file -> (gzip)* -> bytes, front to back, no seeking, never mmap
 * Units    offsets and lengths in bytes; "stored" bytes are those of the file
 * Owns     its file descriptor and decoders, from stream_open to stream_close
 * Threads  one stream, one thread at a time; it may move between threads
 * Damage   everything before it is delivered; what is wrong stands in the outcome, and bytes that
 *          come after a hole are announced, so that nobody joins what does not belong together
 * Source   RFC 1952 for gzip; SHA-256 is FIPS 180-4, over the stored bytes
 */
#ifndef STREAM_H
#define STREAM_H

#include "../evidence/object.h"
#include "../support/fault.h"
#include "../support/stop.h"

struct stream;

enum inflater { INFLATER_FASTEST, INFLATER_ZLIB }; /* FASTEST is ISA-L where it was built in */

struct stream_options {
    bool hash;                   /* SHA-256 of the stored bytes in the same pass */
    size_t read_bytes;           /* how much one read(2) asks for; 0 for the default */
    uint32_t depth_max;          /* layers of compression (8) */
    uint64_t ratio_max;          /* decoded : stored after the first 64 MiB (1000) */
    uint64_t decoded_bytes_max;  /* of one object (1 TiB) */
    uint64_t members_max;        /* gzip members of one object (10 million) */
    enum inflater inflater;
    struct stop stop;            /* once it is wanted, reading ends; a wait for standard input too */
};

/* What became of the bytes, complete after STATUS_END. */
struct stream_outcome {
    enum object_status status; /* COMPLETE, PARTIAL, FAILED */
    enum coverage_reason reason;
    char detail[OBJECT_DETAIL_SIZE];
    uint64_t stored_examined, stored_unexamined;
    uint64_t decoded_bytes;
    char layers[OBJECT_FORMAT_SIZE]; /* "gzip>", "gzip>gzip>", "" for none */
    bool hashed;
    uint8_t sha256[SHA256_BYTES];
    bool has_residue;        /* bytes after the last member that are no gzip: an object of their own */
    int64_t residue_start;   /* in the file; such bytes count as examined here: the piece answers for them */
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

/* Whether the wish to stop ended it: no more comes, the last call lost what it had, the outcome says nothing. */
bool stream_interrupted(const struct stream *stream);

/* Where decoded bytes are stored bytes, in a file that can be read again and need not be read whole: after the first read. */
bool stream_can_jump(const struct stream *stream);

/* Goes on at an offset, of what it is restricted to. Only where it can; false: it could not. */
bool stream_jump(struct stream *stream, uint64_t offset);

/* Before the first read of a plain file without a digest: gives these bytes of it alone, and accounts for no others; how much is
 * there is not held against what was listed any more. False: it cannot. */
bool stream_restrict(struct stream *stream, uint64_t begin, uint64_t end);

/* Before the first read: nothing is given, for this reason. */
void stream_give_up(struct stream *stream, enum coverage_reason reason, const char *detail);

/* Checksum of the first and the last STREAM_ENDS_BYTES before an offset, read again. Only where it can jump; false: they are
 * not all there, or cannot be read. */
enum { STREAM_ENDS_BYTES = 64 << 10 };
bool stream_ends_checksum(const struct stream *stream, uint64_t offset, uint64_t *checksum);

/* Stored bytes consumed so far, for the progress line. */
uint64_t stream_stored_position(const struct stream *stream);

const struct stream_outcome *stream_outcome(const struct stream *stream);
void stream_close(struct stream *stream); /* accepts NULL */

#endif
