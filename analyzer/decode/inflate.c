/* The doors to zlib and ISA-L. What bites at the second: a decoded piece may stay in its inner
 * buffer until there is room (so "more" without input is no end), an error throws away what stands
 * in that buffer, it gives none of several symbols that it looks up together unless it has the bits
 * of all, and it reads up to 8 bytes ahead, which belong to whoever comes after the final block. */
#include "inflate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#ifdef WITH_ISAL
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#endif

struct inflation {
    bool is_zlib;
    z_stream zlib;
#ifdef WITH_ISAL
    struct inflate_state isal;
    struct inflate_state saved; /* before the call, to step up to a damage */
#endif
};

struct inflation *inflation_open(enum inflater inflater)
{
    bool is_zlib = true;
#ifdef WITH_ISAL
    is_zlib = inflater == INFLATER_ZLIB;
    size_t size = is_zlib ? offsetof(struct inflation, isal) : sizeof(struct inflation);
#else
    (void)inflater;
    size_t size = sizeof(struct inflation);
#endif
    struct inflation *inflation = malloc(size);
    if (inflation == NULL) return NULL;
    inflation->is_zlib = is_zlib;
    memset(&inflation->zlib, 0, sizeof inflation->zlib);
    if (is_zlib && inflateInit2(&inflation->zlib, -MAX_WBITS) != Z_OK) {
        free(inflation);
        return NULL;
    }
    if (!is_zlib) inflation_reset(inflation);
    return inflation;
}

void inflation_reset(struct inflation *inflation)
{
#ifdef WITH_ISAL
    if (!inflation->is_zlib) {
        isal_inflate_init(&inflation->isal);
        return;
    }
#endif
    inflateReset(&inflation->zlib);
}

void inflation_close(struct inflation *inflation)
{
    if (inflation == NULL) return;
    if (inflation->is_zlib) inflateEnd(&inflation->zlib);
    free(inflation);
}

static enum inflate_result run_zlib(struct inflation *inflation, const uint8_t **input,
                                    size_t length, uint8_t *output, size_t room, size_t *count)
{
    z_stream *zlib = &inflation->zlib;
    zlib->next_in = (z_const Bytef *)*input;
    zlib->avail_in = (uInt)length;
    zlib->next_out = output;
    zlib->avail_out = (uInt)room;
    int result = inflate(zlib, Z_NO_FLUSH);
    *input = zlib->next_in;
    *count = room - zlib->avail_out;
    if (result == Z_STREAM_END) return INFLATE_END;
    return result == Z_OK || result == Z_BUF_ERROR ? INFLATE_MORE : INFLATE_DAMAGED;
}

#ifdef WITH_ISAL
/* Everything up to the part of the output buffer that holds bytes. */
static void state_copy(struct inflate_state *to, const struct inflate_state *from)
{
    size_t valid = from->tmp_out_valid > 0 ? (size_t)from->tmp_out_valid : 0;
    memcpy(to, from, offsetof(struct inflate_state, tmp_out_buffer) + valid);
}

static enum inflate_result call_isal(struct inflate_state *isal, const uint8_t **input,
                                     size_t length, uint8_t *output, size_t room, size_t *count)
{
    isal->next_in = (uint8_t *)(uintptr_t)*input;
    isal->avail_in = (uint32_t)length;
    isal->next_out = output;
    isal->avail_out = (uint32_t)room;
    int result = isal_inflate(isal);
    *input = isal->next_in;
    *count = room - isal->avail_out;
    if (result < 0) return INFLATE_DAMAGED;
    if (isal->block_state != ISAL_BLOCK_FINISH) return INFLATE_MORE;
    if (isal->read_in_length >= 8) *input -= isal->read_in_length / 8;
    isal->read_in_length = 0;
    return INFLATE_END;
}

enum { STEP_ROOM_BYTES = 4096 }; /* more than the symbols of one byte become */

/* Goes again to where the damage is, first in long steps, then in short ones, the last of one byte:
 * each step delivers all that can be decoded from the bytes so far. */
static enum inflate_result step_isal(struct inflation *inflation, const uint8_t **input,
                                     size_t length, uint8_t *output, size_t room, size_t *count)
{
    static const size_t steps[] = {4096, 64, 1};
    const uint8_t *end = *input + length;
    size_t done = 0;
    state_copy(&inflation->isal, &inflation->saved);
    for (size_t level = 0; level < sizeof steps / sizeof *steps; level++) {
        for (;;) {
            size_t left = (size_t)(end - *input), step = left < steps[level] ? left : steps[level],
                   got = 0;
            const uint8_t *at = *input;
            if (level == 2 && done > 0 && room - done < STEP_ROOM_BYTES) return INFLATE_MORE;
            if (level < 2) state_copy(&inflation->saved, &inflation->isal);
            enum inflate_result result =
                call_isal(&inflation->isal, &at, step, output + done, room - done, &got);
            if (result == INFLATE_DAMAGED && level < 2) {
                state_copy(&inflation->isal, &inflation->saved);
                break;
            }
            done += got;
            *input = at;
            *count = done;
            if (result != INFLATE_MORE || done == room) return result;
            if (left == 0 && got == 0) return INFLATE_MORE;
        }
    }
    return INFLATE_DAMAGED;
}

static enum inflate_result run_isal(struct inflation *inflation, const uint8_t **input,
                                    size_t length, uint8_t *output, size_t room, size_t *count)
{
    const uint8_t *begin = *input;
    state_copy(&inflation->saved, &inflation->isal);
    enum inflate_result result = call_isal(&inflation->isal, input, length, output, room, count);
    if (result != INFLATE_DAMAGED) return result;
    *input = begin;
    return step_isal(inflation, input, length, output, room, count);
}

/* At the end of the input up to two literals may lack only the bits of the symbol that is looked up
 * with them. They are found by going on with made-up bits: what comes out alike for bits of 0 and
 * of 1, and whatever stands in the history, are literals that the bits given so far decide. */
static size_t last_isal(struct inflation *inflation, uint8_t output[])
{
    if (inflation->isal.block_state != ISAL_BLOCK_CODED) return 0;
    size_t alike = INFLATE_LAST_BYTES;
    for (unsigned trial = 0; trial < 4; trial++) {
        uint8_t bits[8], other[INFLATE_LAST_BYTES] = {0};
        const uint8_t *at = bits;
        size_t count = 0, same = 0;
        memset(bits, trial & 1 ? 0xFF : 0, sizeof bits);
        state_copy(&inflation->saved, &inflation->isal);
        memset(inflation->saved.tmp_out_buffer, trial & 2 ? 0xA5 : 0x5A,
               sizeof inflation->saved.tmp_out_buffer);
        (void)call_isal(&inflation->saved, &at, sizeof bits, other, sizeof other, &count);
        if (trial == 0) memcpy(output, other, sizeof other);
        while (same < count && same < alike && other[same] == output[same])
            same++;
        alike = same;
    }
    return alike;
}

static size_t history_isal(struct inflation *inflation, uint8_t history[])
{
    const struct inflate_state *isal = &inflation->isal;
    size_t valid = isal->tmp_out_valid > 0 ? (size_t)isal->tmp_out_valid : 0;
    size_t count = valid < INFLATE_HISTORY_BYTES ? valid : INFLATE_HISTORY_BYTES;
    memcpy(history, isal->tmp_out_buffer + valid - count, count);
    return count;
}
#endif

size_t inflation_last(struct inflation *inflation, uint8_t output[])
{
#ifdef WITH_ISAL
    if (!inflation->is_zlib) return last_isal(inflation, output);
#endif
    (void)inflation; /* zlib keeps nothing back */
    (void)output;
    return 0;
}

size_t inflation_history(struct inflation *inflation, uint8_t history[])
{
#ifdef WITH_ISAL
    if (!inflation->is_zlib) return history_isal(inflation, history);
#endif
    uInt count = 0;
    return inflateGetDictionary(&inflation->zlib, history, &count) == Z_OK ? count : 0;
}

enum inflate_result inflation_run(struct inflation *inflation, const uint8_t **input, size_t length,
                                  uint8_t *output, size_t room, size_t *count)
{
#ifdef WITH_ISAL
    if (!inflation->is_zlib) return run_isal(inflation, input, length, output, room, count);
#endif
    return run_zlib(inflation, input, length, output, room, count);
}

#if defined WITH_ISAL && defined __x86_64__
/* ISA-L's checksums leave the upper parts of vector registers as they are. Until these are cleared, code for SSE2, such as XXH3 or
 * what gcc makes of loops here, has to keep them, and runs at a third of its speed. */
__attribute__((target("avx"))) static void upper_parts_clear(void)
{
    __builtin_ia32_vzeroupper();
}
#endif

uint32_t inflate_crc32(uint32_t crc, const uint8_t *bytes, size_t length)
{
#ifdef WITH_ISAL
    crc = crc32_gzip_refl(crc, bytes, length);
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx")) upper_parts_clear();
#endif
    return crc;
#else
    return (uint32_t)crc32_z(crc, bytes, length);
#endif
}

uint32_t inflate_adler32(uint32_t adler, const uint8_t *bytes, size_t length)
{
    return (uint32_t)adler32_z(adler, bytes, length);
}
