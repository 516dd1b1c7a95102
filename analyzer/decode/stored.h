/* The stored bytes of one object: its file, or a piece of it, or standard input, from front to
 * back.
 *
 * Shape    descriptor -> bytes; digest and changes noticed on the way
 * Damage   what cannot be read is skipped in steps of 4 KiB and announced as a gap
 * Threads  one at a time
 */
#ifndef STORED_H
#define STORED_H

#include <sys/stat.h>

#include "../support/sha256.h"
#include "outcome.h"

struct stored {
    int descriptor;
    bool is_standard_input, can_seek;
    int64_t begin, end;   /* offsets in the file; end INT64_MAX if only reading will tell */
    int64_t position;     /* of the next byte */
    int64_t walked_bytes; /* the size that the walk saw, -1 for none */
    struct stat before;
    size_t read_bytes;
    struct sha256 *hash; /* NULL: not wanted */
    int64_t hashed_to;   /* everything before is in the hash; going back adds nothing twice */
    bool gap_next, ended, draining;
    bool is_broken; /* ended because nothing more can be read */
    bool interrupted; /* ended because that is wanted */
    uint32_t skip_count;
    uint64_t missing_bytes; /* skipped so far */
    int64_t skipped_to;
    struct stream_ledger *ledger;
};

/* False: it cannot be opened; the outcome says why. FATAL only through *status: no memory. */
bool stored_open(struct stored *stored, const struct object *object, struct stream_ledger *ledger,
                 enum status *status);

/* Up to capacity bytes from one read. With joined, and bytes missing before the next ones, none at
 * all
 * (*count 0); else *gap tells of them. END: no more, or interrupted. */
enum status stored_read(struct stored *stored, char *bytes, size_t capacity, bool joined,
                        size_t *count, bool *gap);

bool stored_seek(struct stored *stored, int64_t position);

/* Reads count bytes at a position, without going there; fewer where they are not all there. */
size_t stored_read_some(const struct stored *stored, int64_t position, char *bytes, size_t count);

/* The same. False: they are not all there. */
bool stored_read_at(const struct stored *stored, int64_t position, char *bytes, size_t count);

/* Reads what is left where a digest or a size asks for it, looks for changes, settles the sums of
 * the outcome. */
void stored_finish(struct stored *stored, char *scratch, size_t capacity);
void stored_close(struct stored *stored);

#endif
