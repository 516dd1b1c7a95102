/* PPMd (variant I, revision 1), method 98 of zip, by libarchive: with container_7z.c the door to it.
 *
 * How      its zip reader has the only decoder that we link, and takes in what it wants by itself. So the packed bytes of a member are
 *          gathered, at most FRAME_GATHERED_MAX of them, and given to it as a zip of one member
 * Bites    it hands out the last bytes together with a warning where a length does not hold, by blocks alone; and its own check of the
 *          sum is left out, since the container makes it
 * Source   APPNOTE.TXT 5.10
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "../support/bytes.h"
#include "frame_codec.h"

enum { LOCAL_BYTES = 30, NAME_BYTES = 1, METHOD_PPMD = 98, VERSION_NEEDED = 63, PARAMETER_BYTES = 2 };

struct ppmd {
    struct bytes member; /* local header, name, packed bytes */
    uint64_t packed, size;
    struct archive *archive; /* NULL: not all packed bytes are there */
    const uint8_t *block;    /* decoded bytes that were not given yet, in the archive's memory */
    size_t block_left;
    bool is_last;
};

static bool ppmd_begins(const uint8_t *bytes, size_t length)
{
    return length >= PARAMETER_BYTES && (bytes[0] & 0xF) > 0 && bytes[1] >> 4 <= 2; /* order, how a model begins anew */
}

static void *ppmd_open(void)
{
    return calloc(1, sizeof(struct ppmd));
}

static void ppmd_expect(void *context, uint64_t size)
{
    ((struct ppmd *)context)->size = size;
}

static void ppmd_expect_packed(void *context, uint64_t packed)
{
    ((struct ppmd *)context)->packed = packed;
}

static void archive_drop(struct ppmd *ppmd)
{
    if (ppmd->archive != NULL) archive_read_free(ppmd->archive);
    ppmd->archive = NULL;
    ppmd->block_left = 0;
    ppmd->is_last = false;
}

static bool ppmd_reset(void *context)
{
    struct ppmd *ppmd = context;
    const uint64_t numbers[] = {0x04034b50, VERSION_NEEDED, 0, METHOD_PPMD, 0, 0, 0, ppmd->packed, ppmd->size, NAME_BYTES, 0};
    static const int widths[] = {4, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2};
    archive_drop(ppmd);
    ppmd->member.count = 0;
    if (!bytes_reserve(&ppmd->member, LOCAL_BYTES + NAME_BYTES)) return false;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        for (int b = 0; b < widths[i]; b++) bytes_put_byte(&ppmd->member, (unsigned char)(numbers[i] >> 8 * b));
    bytes_put_byte(&ppmd->member, 'x');
    return true;
}

/* Opens what was gathered. */
static enum frame_result archive_make(struct ppmd *ppmd)
{
    struct archive_entry *entry;
    const uint8_t *parameters = (const uint8_t *)ppmd->member.at + LOCAL_BYTES + NAME_BYTES;
    if (!ppmd_begins(parameters, (size_t)ppmd->packed)) return FRAME_DAMAGED;
    uint64_t memory = ((uint64_t)(parameters[0] >> 4 | (parameters[1] & 0xF) << 4) + 1) << 20;
    if (memory > FRAME_MEMORY_MAX) return FRAME_WINDOW;
    ppmd->archive = archive_read_new();
    if (ppmd->archive == NULL) return FRAME_NO_MEMORY;
    bool opens = archive_read_support_format_zip_streamable(ppmd->archive) == ARCHIVE_OK &&
                 archive_read_set_format_option(ppmd->archive, "zip", "ignorecrc32", "1") == ARCHIVE_OK &&
                 archive_read_open_memory(ppmd->archive, ppmd->member.at, ppmd->member.count) == ARCHIVE_OK &&
                 archive_read_next_header(ppmd->archive, &entry) >= ARCHIVE_WARN;
    return opens ? FRAME_MORE : FRAME_DAMAGED;
}

static enum frame_result ppmd_run(void *context, const uint8_t **input, size_t length, uint8_t *output, size_t room, size_t *count)
{
    struct ppmd *ppmd = context;
    uint64_t wanted = LOCAL_BYTES + NAME_BYTES + ppmd->packed - ppmd->member.count;
    size_t taken = wanted < length ? (size_t)wanted : length;
    *count = 0;
    if (taken > 0) {
        if (!bytes_reserve(&ppmd->member, taken)) return FRAME_NO_MEMORY;
        bytes_put(&ppmd->member, *input, taken);
        *input += taken;
    }
    if (wanted > taken) return FRAME_MORE;
    enum frame_result result = ppmd->archive == NULL ? archive_make(ppmd) : FRAME_MORE;
    if (result != FRAME_MORE) return result;
    while (ppmd->block_left == 0) {
        const void *block = NULL;
        la_int64_t offset;
        if (ppmd->is_last) return FRAME_END;
        int got = archive_read_data_block(ppmd->archive, &block, &ppmd->block_left, &offset);
        ppmd->block = block;
        ppmd->is_last = got == ARCHIVE_EOF || got == ARCHIVE_WARN;
        if (got == ARCHIVE_EOF || got < ARCHIVE_WARN) ppmd->block_left = 0;
        if (got < ARCHIVE_WARN) return FRAME_DAMAGED;
    }
    *count = ppmd->block_left < room ? ppmd->block_left : room;
    memcpy(output, ppmd->block, *count);
    ppmd->block += *count;
    ppmd->block_left -= *count;
    return FRAME_MORE;
}

static void ppmd_close(void *context)
{
    struct ppmd *ppmd = context;
    archive_drop(ppmd);
    bytes_free(&ppmd->member);
    free(ppmd);
}

const struct frame_codec frame_ppmd = {.name = "ppmd", .unit = "PPMd stream", .magic_bytes = PARAMETER_BYTES, .begins = ppmd_begins, .open = ppmd_open,
                                       .reset = ppmd_reset, .run = ppmd_run, .close = ppmd_close, .expect = ppmd_expect, .expect_packed = ppmd_expect_packed};
