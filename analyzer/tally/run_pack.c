#include "run_pack.h"

#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_estimateDCtxSize */
#include <xxhash.h>
#include <zstd.h>

enum { PACK_LEVEL = -20, PACK_BLOCK_BYTES = 128 * 1024, PACK_BLOCK_PACKED_MIN = 4, PACK_MAGIC_BYTES = 4 };

/* Both are zstd's contexts under another name. */
static ZSTD_CCtx *compressor(struct run_packer *packer)
{
    return (ZSTD_CCtx *)(void *)packer;
}

static ZSTD_DCtx *decompressor(struct run_unpacker *unpacker)
{
    return (ZSTD_DCtx *)(void *)unpacker;
}

struct run_packer *run_packer_open(void)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (context == NULL) return NULL;
    if (ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, PACK_LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 0))) {
        ZSTD_freeCCtx(context);
        return NULL;
    }
    return (struct run_packer *)(void *)context;
}

void run_packer_close(struct run_packer *packer)
{
    ZSTD_freeCCtx(compressor(packer));
}

struct run_unpacker *run_unpacker_open(void)
{
    return (struct run_unpacker *)(void *)ZSTD_createDCtx();
}

void run_unpacker_close(struct run_unpacker *unpacker)
{
    ZSTD_freeDCtx(decompressor(unpacker));
}

size_t run_unpacker_bytes(void)
{
    return ZSTD_estimateDCtxSize();
}

size_t run_pack_room(size_t raw_bytes)
{
    return ZSTD_compressBound(raw_bytes);
}

size_t run_pack(struct run_packer *packer, const char *raw, size_t raw_bytes, char *packed, size_t room)
{
    size_t packed_bytes = ZSTD_compress2(compressor(packer), packed, room, raw, raw_bytes);
    return ZSTD_isError(packed_bytes) ? 0 : packed_bytes;
}

/* Frames of other kinds have other magic numbers. */
static bool is_frame(const char *packed, size_t packed_bytes)
{
    static const unsigned char magic[PACK_MAGIC_BYTES] = {0x28, 0xB5, 0x2F, 0xFD};
    if (packed_bytes < sizeof magic) return false;
    for (size_t i = 0; i < sizeof magic; i++)
        if ((unsigned char)packed[i] != magic[i]) return false;
    return true;
}

bool run_unpack(struct run_unpacker *unpacker, const char *packed, size_t packed_bytes, char *raw, size_t raw_bytes)
{
    return is_frame(packed, packed_bytes) && ZSTD_getFrameContentSize(packed, packed_bytes) == raw_bytes &&
           ZSTD_findFrameCompressedSize(packed, packed_bytes) == packed_bytes &&
           ZSTD_decompressDCtx(decompressor(unpacker), raw, raw_bytes, packed, packed_bytes) == raw_bytes;
}

bool run_unpack_plausible(size_t packed_bytes, size_t raw_bytes)
{
    return raw_bytes / PACK_BLOCK_BYTES <= packed_bytes / PACK_BLOCK_PACKED_MIN;
}

uint64_t run_checksum(const char *bytes, size_t count, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, count, seed);
}
