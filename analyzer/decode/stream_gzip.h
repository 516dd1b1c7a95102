/* One layer of gzip: member after member, over whatever gives the bytes below.
 *
 * Shape    bytes below -> window -> header, deflate, trailer, header ... -> decoded bytes
 * Damage   after it, the next member that proves itself by decoding goes on behind a gap. It is
 * looked for also in the last 32 KiB before the place where the damage showed, since a damaged
 * member may run over the sound one behind it; but not what is itself content of the damaged one
 * Residue  what stands behind a member and is none: an object of its own, if the file can be read
 * again there and no member follows; else the bytes are delivered as they are, between gaps Repeats
 * the same cuts of input and output whatever reads return, so that even damage gives the same bytes
 * Source   RFC 1952
 */
#ifndef STREAM_GZIP_H
#define STREAM_GZIP_H

#include "byte_reader.h"
#include "outcome.h"

enum { GZIP_FIRST_BYTES = 64 << 10 }; /* the most that may have been read to recognise the layer */

struct gzip_layer;

/* first: what was read below to recognise the layer, behind a gap or not. NULL: no memory. */
struct gzip_layer *gzip_open(const struct byte_reader *below, struct stream_ledger *ledger,
                             const char *first, size_t first_bytes, bool first_gap);
void gzip_close(struct gzip_layer *layer); /* accepts NULL */

/* A reader's read, context being the layer. Never gives nothing and OK without joined. FATAL: no
 * memory. */
enum status gzip_read(void *layer, char *bytes, size_t capacity, bool joined, size_t *count,
                      bool *gap);

#endif
