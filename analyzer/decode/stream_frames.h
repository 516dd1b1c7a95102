/* One layer of compressed frames: frame after frame, over whatever gives the bytes below.
 *
 * Shape    bytes below -> window -> frame, frame ... -> decoded bytes
 * Damage   all that comes before it is delivered; after it, the next frame that begins goes on behind a gap, where frames
 *          of the format begin with enough to be told (frame_codec.is_sure)
 * Residue  what stands behind a frame and is none: an object of its own, if the file can be read again there and no frame
 *          follows; else the bytes are delivered as they are, between gaps
 */
#ifndef STREAM_FRAMES_H
#define STREAM_FRAMES_H

#include "byte_reader.h"
#include "frame_codec.h"
#include "outcome.h"

struct frames_layer;

/* first: what was read below to recognise the layer, behind a gap or not. NULL: no memory. */
struct frames_layer *frames_open(const struct frame_codec *codec, const struct byte_reader *below, struct stream_ledger *ledger,
                                 const char *first, size_t first_bytes, bool first_gap);
void frames_close(struct frames_layer *layer); /* accepts NULL */

/* A reader's read, context being the layer. Never gives nothing and OK without joined. FATAL: no memory. */
enum status frames_read(void *layer, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap);

#endif
