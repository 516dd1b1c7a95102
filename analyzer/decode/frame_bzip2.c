/* The door to libbz2. A stream begins with BZh, the size of its blocks and the magic of its first block, or of its end where
 * it has none: ten bytes, since BZh alone may begin a text. */
#include <bzlib.h>
#include <stdlib.h>
#include <string.h>

#include "frame_codec.h"

enum { BZIP2_MAGIC_BYTES = 10, BZIP2_LEAST_BYTES = 6 };

/* Of fewer bytes, all that a cut left, it believes what is there. */
static bool bzip2_begins(const uint8_t *bytes, size_t length)
{
    if (length > BZIP2_MAGIC_BYTES) length = BZIP2_MAGIC_BYTES;
    if (length < BZIP2_LEAST_BYTES || memcmp(bytes, "BZh", 3) != 0 || bytes[3] < '1' || bytes[3] > '9') return false;
    return memcmp(bytes + 4, "1AY&SY", length - 4) == 0 || memcmp(bytes + 4, "\x17\x72\x45\x38\x50\x90", length - 4) == 0;
}

static void *bzip2_open(void)
{
    return calloc(1, sizeof(bz_stream));
}

static void bzip2_end(bz_stream *stream)
{
    if (stream->state != NULL) BZ2_bzDecompressEnd(stream);
    memset(stream, 0, sizeof *stream);
}

static bool bzip2_reset(void *context)
{
    bzip2_end(context);
    return BZ2_bzDecompressInit(context, 0, 0) == BZ_OK;
}

static enum frame_result bzip2_run(void *context, const uint8_t **input, size_t length, uint8_t *output, size_t room, size_t *count)
{
    bz_stream *stream = context;
    stream->next_in = (char *)(uintptr_t)*input;
    stream->avail_in = (unsigned)length;
    stream->next_out = (char *)output;
    stream->avail_out = (unsigned)room;
    int result = BZ2_bzDecompress(stream);
    *input = (const uint8_t *)stream->next_in;
    *count = room - stream->avail_out;
    if (result == BZ_STREAM_END) return FRAME_END;
    if (result == BZ_OK) return FRAME_MORE;
    return result == BZ_MEM_ERROR ? FRAME_NO_MEMORY : FRAME_DAMAGED;
}

static void bzip2_close(void *context)
{
    bzip2_end(context);
    free(context);
}

const struct frame_codec frame_bzip2 = {.name = "bzip2", .unit = "bzip2 stream", .magic_bytes = BZIP2_MAGIC_BYTES, .is_sure = true, .look_back_bytes = 1 << 20,
                                        .begins = bzip2_begins, .open = bzip2_open, .reset = bzip2_reset, .run = bzip2_run,
                                        .close = bzip2_close};
