#include "decoder.h"

#include "gzip_header.h"
#include "stream_frames.h"
#include "stream_gzip.h"

/* Those that few bytes tell come first; a stream of zlib must prove itself. */
static const struct decoder decoders[] = {
    {"gzip", NULL},
    {"zstd", &frame_zstd},
    {"xz", &frame_xz},
    {"bzip2", &frame_bzip2},
    {"lz4", &frame_lz4},
    {"zlib", &frame_zlib},
};

size_t decoder_look(const uint8_t *bytes, size_t length)
{
    return length >= DECODER_SAMPLE_BYTES && frame_zlib_may_begin(bytes) ? DECODER_LOOK_BYTES : DECODER_SAMPLE_BYTES;
}

const struct decoder *decoder_find(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++) {
        const struct decoder *decoder = &decoders[i];
        if (decoder->codec == NULL ? gzip_begins(bytes, length) : decoder->codec->begins(bytes, length)) return decoder;
    }
    return NULL;
}

void *decoder_open(const struct decoder *decoder, const struct byte_reader *below, struct stream_ledger *ledger, const char *first,
                   size_t first_bytes, bool first_gap)
{
    if (decoder->codec == NULL) return gzip_open(below, ledger, first, first_bytes, first_gap);
    return frames_open(decoder->codec, below, ledger, first, first_bytes, first_gap);
}

enum status decoder_read(const struct decoder *decoder, void *layer, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap)
{
    if (decoder->codec == NULL) return gzip_read(layer, bytes, capacity, joined, count, gap);
    return frames_read(layer, bytes, capacity, joined, count, gap);
}

void decoder_close(const struct decoder *decoder, void *layer)
{
    if (decoder->codec == NULL) gzip_close(layer);
    else frames_close(layer);
}

struct byte_reader decoder_reader(const struct decoder *decoder, void *layer)
{
    return (struct byte_reader){.context = layer, .read = decoder->codec == NULL ? gzip_read : frames_read};
}
