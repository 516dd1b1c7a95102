/* One format of compressed frames: zstd, xz, bzip2, lz4, zlib. stream_frames.c makes a layer of any of them.
 *
 * Frame    what stands alone: a zstd or lz4 frame, an xz stream, a bzip2 stream, a zlib stream. Files hold any number of them
 * Threads  one state, one thread at a time
 */
#ifndef FRAME_CODEC_H
#define FRAME_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame_result {
    FRAME_MORE,         /* wants more input, or more room */
    FRAME_END,          /* the frame is complete; input stands behind it */
    FRAME_BAD_CHECKSUM, /* so it is, all its bytes were given, and its checksum does not hold */
    FRAME_DAMAGED,      /* no such data; what could be decoded is in output */
    FRAME_WINDOW,       /* wants more memory than FRAME_MEMORY_MAX */
    FRAME_NO_MEMORY
};

/* What one frame may take to be decoded: windows of 128 MiB, as zstd itself allows without being asked. */
#define FRAME_MEMORY_MAX ((uint64_t)136 << 20)

struct frame_codec {
    const char *name;   /* "zstd": in the chain of formats */
    const char *unit;   /* "zstd frame": in messages */
    size_t magic_bytes; /* how many begins() wants to see */
    bool is_sure;       /* that many are enough to go on with a frame that is met amid other bytes */
    size_t padding_bytes; /* zeros in multiples of that may stand behind a frame; 0: none */
    size_t look_back_bytes; /* what a damaged frame may run over before it shows: the next one may begin there */
    bool (*begins)(const uint8_t *bytes, size_t length);
    void *(*open)(void);        /* NULL: no memory */
    bool (*reset)(void *state); /* before each frame; false: no memory */
    /* Decodes from *input into output; moves *input and sets *count. room >= 1. */
    enum frame_result (*run)(void *state, const uint8_t **input, size_t length, uint8_t *output, size_t room, size_t *count);
    void (*close)(void *state);
    /* Says before reset how many bytes the frame has; UINT64_MAX: it says by itself where it ends. NULL: each does. */
    void (*expect)(void *state, uint64_t size);
    /* Says before reset how many packed bytes the frame has, all of which are taken in before any is given: FRAME_GATHERED_MAX at most.
     * NULL: it gives what it can at once. */
    void (*expect_packed)(void *state, uint64_t packed);
};

#define FRAME_GATHERED_MAX ((uint64_t)64 << 20)

/* Whether two bytes may begin a stream of zlib: only decoding tells. */
bool frame_zlib_may_begin(const uint8_t *bytes);

extern const struct frame_codec frame_zstd, frame_xz, frame_bzip2, frame_lz4, frame_zlib;
/* Of members of zips alone: nothing says what they are. */
extern const struct frame_codec frame_deflate64, frame_lzma, frame_ppmd;

#endif
