/* The table of decoders: formats of compressed bytes, each told by its first bytes.
 *
 * Shape    bytes -> decoder_find -> decoder_open -> a reader of what is within
 */
#ifndef DECODER_H
#define DECODER_H

#include "byte_reader.h"
#include "frame_codec.h"
#include "outcome.h"

enum {
    DECODER_SAMPLE_BYTES = 512,   /* so many first bytes, where there are as many, say how many must be looked at */
    DECODER_LOOK_BYTES = 32 << 10 /* the most */
};

struct decoder {
    const char *name; /* in the chain of formats */
    const struct frame_codec *codec; /* NULL: gzip, which has a layer of its own */
};

/* How many first bytes must be seen, where there are as many, to say what they begin. Of DECODER_SAMPLE_BYTES, or of all. */
size_t decoder_look(const uint8_t *bytes, size_t length);

/* A format that begins like that; NULL: none. */
const struct decoder *decoder_find(const uint8_t *bytes, size_t length);

/* Over bytes below, of which the first were read already. NULL: no memory. */
void *decoder_open(const struct decoder *decoder, const struct byte_reader *below, struct stream_ledger *ledger, const char *first,
                   size_t first_bytes, bool first_gap);
enum status decoder_read(const struct decoder *decoder, void *layer, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap);
void decoder_close(const struct decoder *decoder, void *layer); /* accepts NULL */

/* The layer's bytes for what stands above it. */
struct byte_reader decoder_reader(const struct decoder *decoder, void *layer);

#endif
