/* The door to libzstd's decompressor. What bites: an error throws away what the same call has written, and large calls
 * decode many blocks. So a call is given no more than the library asks for, which is one block. Source: RFC 8878. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "frame_codec.h"

enum { ZSTD_MAGIC_BYTES = 4, ZSTD_WINDOW_LOG_MAX = 27 };

struct zstd_state {
    ZSTD_DStream *stream;
    size_t wanted; /* input of the next call */
};

static uint32_t little_endian_32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool zstd_begins(const uint8_t *bytes, size_t length)
{
    if (length < ZSTD_MAGIC_BYTES) return false;
    uint32_t magic = little_endian_32(bytes);
    return magic == ZSTD_MAGICNUMBER || (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

static void zstd_close(void *context)
{
    struct zstd_state *state = context;
    ZSTD_freeDStream(state->stream);
    free(state);
}

static void *zstd_open(void)
{
    struct zstd_state *state = calloc(1, sizeof *state);
    if (state == NULL) return NULL;
    state->stream = ZSTD_createDStream();
    if (state->stream != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(state->stream, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX))) return state;
    zstd_close(state);
    return NULL;
}

static bool zstd_reset(void *context)
{
    struct zstd_state *state = context;
    size_t wanted = ZSTD_initDStream(state->stream);
    if (ZSTD_isError(wanted)) return false;
    state->wanted = wanted;
    return true;
}

static enum frame_result zstd_trouble(size_t result)
{
    switch (ZSTD_getErrorCode(result)) {
    case ZSTD_error_checksum_wrong:
        return FRAME_BAD_CHECKSUM;
    case ZSTD_error_frameParameter_windowTooLarge:
        return FRAME_WINDOW;
    case ZSTD_error_memory_allocation:
        return FRAME_NO_MEMORY;
    default:
        return FRAME_DAMAGED;
    }
}

static enum frame_result zstd_run(void *context, const uint8_t **input, size_t length, uint8_t *output, size_t room, size_t *count)
{
    struct zstd_state *state = context;
    *count = 0;
    for (;;) {
        size_t step = length < state->wanted ? length : state->wanted;
        ZSTD_inBuffer in = {*input, step, 0};
        ZSTD_outBuffer out = {output + *count, room - *count, 0};
        size_t result = ZSTD_decompressStream(state->stream, &out, &in);
        if (ZSTD_isError(result)) {
            enum frame_result trouble = zstd_trouble(result);
            if (trouble == FRAME_BAD_CHECKSUM) *input += step; /* it is the last that the frame has */
            return trouble;
        }
        *input += in.pos;
        length -= in.pos;
        *count += out.pos;
        if (result == 0) return FRAME_END;
        bool stuck = in.pos == 0 && out.pos == 0;
        if (in.pos == step) state->wanted = result;
        else state->wanted = step - in.pos;
        if (*count == room || length == 0 || stuck) return FRAME_MORE;
    }
}

const struct frame_codec frame_zstd = {.name = "zstd", .unit = "zstd frame", .magic_bytes = ZSTD_MAGIC_BYTES, .is_sure = true, .look_back_bytes = 256 << 10,
                                       .begins = zstd_begins, .open = zstd_open, .reset = zstd_reset, .run = zstd_run, .close = zstd_close};
