/* The door to liblzma for .xz, and for LZMA as zip has it (method 14: two bytes of a version, two with the length of the properties, those,
 * and then the stream; APPNOTE.TXT 5.8), which becomes a file of the older .lzma format. What bites: without a limit a header of a few bytes asks for gigabytes, so the limit is set;
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

static enum frame_result stream_run(lzma_stream *stream, const uint8_t **input, size_t length, uint8_t *output, size_t room, size_t *count)
{
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

static enum frame_result xz_run(void *context, const uint8_t **input, size_t length, uint8_t *output, size_t room, size_t *count)
{
    return stream_run(context, input, length, output, room, count);
}

static void xz_close(void *context)
{
    lzma_end(context);
    free(context);
}

const struct frame_codec frame_xz = {.name = "xz", .unit = "xz stream", .magic_bytes = XZ_MAGIC_BYTES, .is_sure = true, .look_back_bytes = 64 << 10,
                                     .padding_bytes = XZ_PADDING_BYTES, .begins = xz_begins, .open = xz_open, .reset = xz_reset,
                                     .run = xz_run, .close = xz_close};

/* ------------------------------------------------------------------ LZMA in zip */

enum { ZIP_HEAD_BYTES = 4, PROPERTIES_BYTES = 5, SIZE_BYTES = 8, PROPERTIES_FIRST_MAX = 224 };

struct zip_lzma {
    lzma_stream stream;
    uint64_t size;
    uint8_t head[ZIP_HEAD_BYTES + PROPERTIES_BYTES];
    size_t head_length;
};

static bool lzma_begins(const uint8_t *bytes, size_t length)
{
    return length >= ZIP_HEAD_BYTES + PROPERTIES_BYTES && bytes[2] == PROPERTIES_BYTES && bytes[3] == 0 && bytes[ZIP_HEAD_BYTES] <= PROPERTIES_FIRST_MAX;
}

static void *lzma_open(void)
{
    struct zip_lzma *lzma = calloc(1, sizeof *lzma);
    if (lzma == NULL) return NULL;
    lzma->stream = (lzma_stream)LZMA_STREAM_INIT;
    lzma->size = UINT64_MAX;
    return lzma;
}

static void lzma_expect(void *context, uint64_t size)
{
    ((struct zip_lzma *)context)->size = size;
}

static bool lzma_reset(void *context)
{
    struct zip_lzma *lzma = context;
    lzma->head_length = 0;
    return lzma_alone_decoder(&lzma->stream, FRAME_MEMORY_MAX) == LZMA_OK;
}

/* Gives the decoder the head of the file that it would be. */
static enum frame_result head_run(struct zip_lzma *lzma)
{
    uint8_t alone[PROPERTIES_BYTES + SIZE_BYTES], nothing;
    const uint8_t *at = alone;
    size_t count;
    if (!lzma_begins(lzma->head, lzma->head_length)) return FRAME_DAMAGED;
    memcpy(alone, lzma->head + ZIP_HEAD_BYTES, PROPERTIES_BYTES);
    for (int i = 0; i < SIZE_BYTES; i++) alone[PROPERTIES_BYTES + i] = (uint8_t)(lzma->size >> 8 * i);
    enum frame_result result = stream_run(&lzma->stream, &at, sizeof alone, &nothing, 1, &count); /* without room it takes nothing in */
    return result == FRAME_MORE && at < alone + sizeof alone ? FRAME_DAMAGED : result;
}

static enum frame_result lzma_run(void *context, const uint8_t **input, size_t length, uint8_t *output, size_t room, size_t *count)
{
    struct zip_lzma *lzma = context;
    *count = 0;
    if (lzma->head_length < sizeof lzma->head) {
        for (; lzma->head_length < sizeof lzma->head && length > 0; length--) lzma->head[lzma->head_length++] = *(*input)++;
        if (lzma->head_length < sizeof lzma->head) return FRAME_MORE;
        enum frame_result result = head_run(lzma);
        if (result != FRAME_MORE) return result;
    }
    return stream_run(&lzma->stream, input, length, output, room, count);
}

static void lzma_close(void *context)
{
    struct zip_lzma *lzma = context;
    lzma_end(&lzma->stream);
    free(lzma);
}

const struct frame_codec frame_lzma = {.name = "lzma", .unit = "LZMA stream", .magic_bytes = ZIP_HEAD_BYTES + PROPERTIES_BYTES, .begins = lzma_begins,
                                       .open = lzma_open, .reset = lzma_reset, .run = lzma_run, .close = lzma_close, .expect = lzma_expect};
