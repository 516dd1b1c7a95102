/* UTF-16 that was joined to text of another set: the bytes of a stream with such stretches as UTF-8, all else as it is.
 *
 * Shape    stream -> joined_read -> bytes for charset.c
 * Begins   at a NUL or a byte-order mark: RUN_LEAST characters of ASCII with a NUL between each two, or a mark and what looks
 *          like text behind it. Which byte comes first is what makes more of LOOK_BYTES ASCII
 * Ends     at a unit that texts are not made of, or where NARROW_BYTES are UTF-8 beyond ASCII, or ASCII as no text has it in
 *          upper bytes
 * Same     what begins where is decided by the bytes from there on and the one before, however they come
 * Threads  one at a time
 */
#ifndef JOINED_H
#define JOINED_H

#include "../../detectors/detector.h"
#include "stream.h"

struct joined;

MUST_USE enum status joined_open(struct joined **joined, struct fault *fault);
void joined_close(struct joined *joined); /* accepts NULL */

/* Lends bytes of the stream as they are without taking them: `wanted`, or all up to the end or a gap. Before the first joined_read.
 * Fails    END: the run is to stop. FATAL: no memory. */
MUST_USE enum status joined_peek(struct joined *joined, struct stream *stream, size_t wanted, struct span *bytes, struct fault *fault);

/* Whether what looks like UTF-16 begins with text of another set: with NARROW_BYTES of UTF-8 that are not kana alone. */
bool joined_is_narrow(struct span text);

/* From now on such stretches are looked for. */
void joined_begin(struct joined *joined);

/* As stream_read. capacity: CHARSET_ROOM at least. */
MUST_USE enum status joined_read(struct joined *joined, struct stream *stream, char *bytes, size_t capacity, size_t *count, bool *gap,
                                 struct fault *fault);

/* Of what joined_read gave last so many bytes are ASCII without NULs and escapes; there may be more. */
size_t joined_calm(const struct joined *joined);

/* The stream has jumped to another place, with none of it behind. */
void joined_jump(struct joined *joined);

/* Bytes so far that were UTF-16. */
uint64_t joined_bytes(const struct joined *joined);

#endif
