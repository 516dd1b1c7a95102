/* The door to liblzma for .xz. What bites: without a limit a header of a few bytes asks for gigabytes, so the limit is set;
 * and it tells a wrong check and wrong data apart by nothing. Source: the .xz file format, 1.1.0. */
#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "frame_codec.h"

enum { XZ_MAGIC_BYTES = 6, XZ_PADDING_BYTES = 4 };

static bool xz_begins(const uint8_t *bytes, size_t length)
{
    return length >= XZ_MAGIC_BYTES && memcmp(bytes, "\xFD" "7zXZ\0", XZ_MAGIC_BYTES) == 0;
}

static void *xz_open(void)
{
    lzma_stream *stream = malloc(sizeof *stream);
    if (stream != NULL) *stream = (lzma_stream)LZMA_STREAM_INIT;
    return stream;
}

static bool xz_reset(void *context)
{
    return lzma_stream_decoder(context, FRAME_MEMORY_MAX, 0) == LZMA_OK;
}

static enum frame_result xz_run(void *context, const uint8_t **input, size_t length, uint8_t *output, size_t room, size_t *count)
{
    lzma_stream *stream = context;
    stream->next_in = *input;
    stream->avail_in = length;
    stream->next_out = output;
    stream->avail_out = room;
    lzma_ret result = lzma_code(stream, LZMA_RUN);
    *input = stream->next_in;
    *count = room - stream->avail_out;
    switch (result) {
    case LZMA_OK:
    case LZMA_BUF_ERROR:
        return FRAME_MORE;
    case LZMA_STREAM_END:
        return FRAME_END;
    case LZMA_MEMLIMIT_ERROR:
        return FRAME_WINDOW;
    case LZMA_MEM_ERROR:
        return FRAME_NO_MEMORY;
    default:
        return FRAME_DAMAGED;
    }
}

static void xz_close(void *context)
{
    lzma_end(context);
    free(context);
}

const struct frame_codec frame_xz = {.name = "xz", .unit = "xz stream", .magic_bytes = XZ_MAGIC_BYTES, .is_sure = true, .look_back_bytes = 64 << 10,
                                     .padding_bytes = XZ_PADDING_BYTES, .begins = xz_begins, .open = xz_open, .reset = xz_reset,
                                     .run = xz_run, .close = xz_close};
