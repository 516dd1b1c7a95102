/* Streams of zlib: two bytes, deflate, a checksum. Two bytes prove little ("x^2" begins like one, and so may a line in
 * Shift_JIS): what looks like text must prove itself by decoding. Source: RFC 1950. */
#include <stdlib.h>
#include <string.h>

#include "frame_codec.h"
#include "inflate.h"

enum {
    ZLIB_HEADER_BYTES = 2,
    ZLIB_TRAILER_BYTES = 4,
    ZLIB_SAMPLE_BYTES = 32 << 10, /* what begins() wants to see */
    ZLIB_CLOSE_BYTES = 256,       /* no text among so many: no text */
    ZLIB_SURE_BYTES = 1024,       /* decoded without an error: a stream */
    ZLIB_TEXT_BYTES = 64          /* that many are enough if they are text */
};

enum zlib_part { ZLIB_HEADER, ZLIB_BODY, ZLIB_TRAILER };

struct zlib_state {
    struct inflation *inflation;
    enum zlib_part part;
    size_t seen; /* of header or trailer */
    uint32_t adler, given;
    bool last_given; /* what the last bits say, once no more input comes */
};

static bool header_holds(const uint8_t *bytes)
{
    bool deflate = (bytes[0] & 15) == 8 && bytes[0] >> 4 <= 7, dictionary = (bytes[1] & 0x20) != 0;
    return deflate && !dictionary && (bytes[0] << 8 | bytes[1]) % 31 == 0;
}

bool frame_zlib_may_begin(const uint8_t *bytes)
{
    return header_holds(bytes);
}

static bool is_text(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] < ' ' && bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != '\t') return false;
    return true;
}

static uint32_t big_endian_32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | (uint32_t)at[3];
}

static bool zlib_begins(const uint8_t *bytes, size_t length)
{
    if (length <= ZLIB_HEADER_BYTES || !header_holds(bytes)) return false;
    if (length > ZLIB_SAMPLE_BYTES) length = ZLIB_SAMPLE_BYTES;
    struct inflation *inflation = inflation_open(INFLATER_ZLIB);
    uint8_t *output = malloc(ZLIB_SURE_BYTES);
    bool begins = bytes[1] != '^' && !is_text(bytes + ZLIB_HEADER_BYTES, length < ZLIB_CLOSE_BYTES ? length - ZLIB_HEADER_BYTES : ZLIB_CLOSE_BYTES - ZLIB_HEADER_BYTES);
    if (!begins && inflation != NULL && output != NULL) {
        const uint8_t *at = bytes + ZLIB_HEADER_BYTES, *end = bytes + length;
        size_t count = 0;
        enum inflate_result result = inflation_run(inflation, &at, (size_t)(end - at), output, ZLIB_SURE_BYTES, &count);
        if (result == INFLATE_END && end - at >= ZLIB_TRAILER_BYTES) begins |= big_endian_32(at) == inflate_adler32(1, output, count);
        if (result != INFLATE_DAMAGED) begins |= count == ZLIB_SURE_BYTES || (count >= ZLIB_TEXT_BYTES && is_text(output, count));
    }
    free(output);
    inflation_close(inflation);
    return begins;
}

static void *zlib_open(void)
{
    struct zlib_state *state = calloc(1, sizeof *state);
    if (state == NULL) return NULL;
    state->inflation = inflation_open(INFLATER_FASTEST);
    if (state->inflation != NULL) return state;
    free(state);
    return NULL;
}

static bool zlib_reset(void *context)
{
    struct zlib_state *state = context;
    inflation_reset(state->inflation);
    state->part = ZLIB_HEADER;
    state->seen = 0;
    state->adler = 1;
    state->given = 0;
    state->last_given = false;
    return true;
}

static enum frame_result zlib_run(void *context, const uint8_t **input, size_t length, uint8_t *output, size_t room, size_t *count)
{
    struct zlib_state *state = context;
    const uint8_t *end = *input + length;
    *count = 0;
    for (; state->part == ZLIB_HEADER && *input < end; ++*input)
        if (++state->seen == ZLIB_HEADER_BYTES) state->part = ZLIB_BODY;
    if (state->part == ZLIB_BODY) {
        enum inflate_result result = inflation_run(state->inflation, input, (size_t)(end - *input), output, room, count);
        state->adler = inflate_adler32(state->adler, output, *count);
        if (result == INFLATE_DAMAGED) return FRAME_DAMAGED;
        if (result == INFLATE_MORE && *count == 0 && length == 0 && !state->last_given) {
            *count = inflation_last(state->inflation, output);
            state->last_given = true;
        }
        if (result == INFLATE_MORE) return FRAME_MORE;
        state->part = ZLIB_TRAILER;
        state->seen = 0;
    }
    for (; state->part == ZLIB_TRAILER && *input < end; ++*input) {
        state->given = state->given << 8 | **input;
        if (++state->seen < ZLIB_TRAILER_BYTES) continue;
        ++*input;
        return state->given == state->adler ? FRAME_END : FRAME_BAD_CHECKSUM;
    }
    return FRAME_MORE;
}

static void zlib_close(void *context)
{
    struct zlib_state *state = context;
    inflation_close(state->inflation);
    free(state);
}

const struct frame_codec frame_zlib = {.name = "zlib", .unit = "zlib stream", .magic_bytes = ZLIB_SAMPLE_BYTES, .begins = zlib_begins,
                                       .open = zlib_open, .reset = zlib_reset, .run = zlib_run, .close = zlib_close};
