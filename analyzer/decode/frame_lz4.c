/* The door to liblz4's frames. What bites: an error throws away what the same call has written, so that a call is given
 * no more than the library asks for, which is one block. Source: LZ4 frame format 1.6. */
#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>

#include "frame_codec.h"

enum { LZ4_MAGIC_BYTES = 4, LZ4_FIRST_BYTES = 7 };

struct lz4_state {
    LZ4F_dctx *context;
    size_t wanted; /* input of the next call */
};

static bool lz4_begins(const uint8_t *bytes, size_t length)
{
    return length >= LZ4_MAGIC_BYTES && memcmp(bytes, "\x04\x22\x4D\x18", LZ4_MAGIC_BYTES) == 0;
}

static void lz4_close(void *context)
{
    struct lz4_state *state = context;
    (void)LZ4F_freeDecompressionContext(state->context);
    free(state);
}

static void *lz4_open(void)
{
    struct lz4_state *state = calloc(1, sizeof *state);
    if (state == NULL) return NULL;
    if (!LZ4F_isError(LZ4F_createDecompressionContext(&state->context, LZ4F_VERSION))) return state;
    free(state);
    return NULL;
}

static bool lz4_reset(void *context)
{
    struct lz4_state *state = context;
    LZ4F_resetDecompressionContext(state->context);
    state->wanted = LZ4_FIRST_BYTES;
    return true;
}

static bool is_checksum_error(size_t result)
{
    return strcmp(LZ4F_getErrorName(result), "ERROR_contentChecksum_invalid") == 0;
}

static enum frame_result lz4_run(void *context, const uint8_t **input, size_t length, uint8_t *output, size_t room, size_t *count)
{
    struct lz4_state *state = context;
    *count = 0;
    for (;;) {
        size_t step = length < state->wanted ? length : state->wanted, given = room - *count, taken = step;
        size_t result = LZ4F_decompress(state->context, output + *count, &given, *input, &taken, NULL);
        if (LZ4F_isError(result)) {
            if (!is_checksum_error(result)) return FRAME_DAMAGED;
            *input += step; /* it is the last that the frame has */
            return FRAME_BAD_CHECKSUM;
        }
        *input += taken;
        length -= taken;
        *count += given;
        if (result == 0) return FRAME_END;
        bool stuck = taken == 0 && given == 0;
        state->wanted = taken == step ? result : step - taken;
        if (*count == room || length == 0 || stuck) return FRAME_MORE;
    }
}

const struct frame_codec frame_lz4 = {.name = "lz4", .unit = "lz4 frame", .magic_bytes = LZ4_MAGIC_BYTES, .is_sure = true, .look_back_bytes = 256 << 10,
                                      .begins = lz4_begins, .open = lz4_open, .reset = lz4_reset, .run = lz4_run, .close = lz4_close};
