/* Members of a 7z, and PPMd in zips: the door to libarchive, with these formats and nothing else.
 *
 * Needs    bytes at any place: a file, or, of a 7z in something else, all of it in memory up to SEVENZIP_HELD_MAX
 * Bites    every format that is not asked for is left out: among all, a CSV is taken for a list of empty files. A file that is
 *          encrypted with its directory cannot be opened, one without fails at its first byte. Of a member that is
 *          damaged the rest is lost, and of a solid block all behind it too. It believes the dictionary size that
 *          a header names, up to 4 GiB, of which only what is decoded is ever touched
 * PPMd     variant I, revision 1, method 98 of zip: its zip reader has the only decoder of it that we link, and takes in what it wants by
 *          itself. So a member's packed bytes are gathered and given to it as a zip of one member. It hands out the last bytes together with a
 *          warning where a length does not hold, by blocks alone; its own check of the sum is left out, since the container makes it
 * Account  where members lie in the file is not told: what was unread of them stands in their own lines. Where all that have bytes
 *          are encrypted, all packed bytes are unread
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/bytes.h"
#include "container.h"
#include "frame_codec.h"

enum {
    SIGNATURE_BYTES = 6,
    SEVENZIP_BLOCK_BYTES = 64 << 10,
    SEVENZIP_HEADER_BYTES = 32 /* where the packed data begins; it says how long all of it is */
};
#define SEVENZIP_HELD_MAX ((uint64_t)64 << 20)

struct sevenzip {
    struct byte_reader below;
    struct stream_ledger *ledger;
    struct container_member member;
    struct archive *archive;
    char *held;          /* all of it, where it does not lie in a file */
    uint64_t size;       /* of the archive, as its header says, or of what is there */
    uint64_t total;      /* of what is there */
    uint64_t packed;     /* bytes of members, before the directory */
    uint64_t position;
    char *block;
    enum status trouble; /* of opening */
    bool is_cut, is_spent, has_entries, has_locked, has_read, is_read_on, residue_told, no_memory;
    uint64_t given;
};

static uint64_t get64(const char *at)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) value = value << 8 | (uint8_t)at[i];
    return value;
}

static bool sevenzip_begins(const uint8_t *bytes, size_t length)
{
    return length >= SEVENZIP_HEADER_BYTES && memcmp(bytes, "7z\xBC\xAF\x27\x1C", SIGNATURE_BYTES) == 0;
}

/* ------------------------------------------------------------------ bytes for the library */

static bool bytes_at(struct sevenzip *seven, uint64_t offset, char *bytes, size_t count)
{
    if (offset > seven->total || count > seven->total - offset) return false;
    if (seven->held == NULL) return seven->below.read_at(seven->below.context, offset, bytes, count);
    memcpy(bytes, seven->held + offset, count);
    return true;
}

static la_ssize_t give(struct archive *archive, void *context, const void **bytes)
{
    struct sevenzip *seven = context;
    uint64_t left = seven->size > seven->position ? seven->size - seven->position : 0;
    size_t count = left < SEVENZIP_BLOCK_BYTES ? (size_t)left : SEVENZIP_BLOCK_BYTES;
    if (count > 0 && !bytes_at(seven, seven->position, seven->block, count)) {
        archive_set_error(archive, EIO, "cannot be read");
        return -1;
    }
    seven->position += count;
    *bytes = seven->block;
    return (la_ssize_t)count;
}

static la_int64_t step(struct archive *archive, void *context, la_int64_t count)
{
    struct sevenzip *seven = context;
    (void)archive;
    uint64_t left = seven->size > seven->position ? seven->size - seven->position : 0;
    uint64_t taken = (uint64_t)count < left ? (uint64_t)count : left;
    seven->position += taken;
    return (la_int64_t)taken;
}

static la_int64_t go(struct archive *archive, void *context, la_int64_t offset, int whence)
{
    struct sevenzip *seven = context;
    (void)archive;
    int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)seven->position : (int64_t)seven->size;
    int64_t to = from + offset;
    if (to < 0 || (uint64_t)to > seven->size) return ARCHIVE_FATAL;
    seven->position = (uint64_t)to;
    return to;
}

/* ------------------------------------------------------------------ open, close */

static void sevenzip_close(void *container)
{
    struct sevenzip *seven = container;
    if (seven == NULL) return;
    if (seven->archive != NULL) archive_read_free(seven->archive);
    free(seven->member.name);
    free(seven->held);
    free(seven->block);
    free(seven);
}

/* Reads all of it into memory. False: there is more than may be held, or no memory. */
static bool hold(struct sevenzip *seven, const char *first, size_t first_bytes)
{
    size_t capacity = (size_t)1 << 20, length = first_bytes;
    char *held = malloc(capacity);
    if (held != NULL) memcpy(held, first, first_bytes);
    while (held != NULL) {
        size_t count;
        bool gap;
        if (length == capacity) {
            char *more = capacity >= SEVENZIP_HELD_MAX ? NULL : realloc(held, 2 * capacity);
            if (more == NULL) break;
            held = more;
            capacity *= 2;
        }
        enum status status = seven->below.read(seven->below.context, held + length, capacity - length, false, &count, &gap);
        if (status == STATUS_FATAL) break;
        if (status != STATUS_OK) {
            seven->held = held;
            seven->size = seven->total = length;
            return true;
        }
        length += count;
    }
    seven->no_memory = held == NULL;
    free(held);
    return false;
}

/* The header says where the directory ends: what lies behind that is no part of it. */
static void end_find(struct sevenzip *seven)
{
    char header[SEVENZIP_HEADER_BYTES];
    if (!bytes_at(seven, 0, header, sizeof header)) return;
    uint64_t offset = get64(header + 12), size = get64(header + 20);
    if (offset > INT64_MAX / 4 || size > INT64_MAX / 4) return;
    uint64_t end = SEVENZIP_HEADER_BYTES + offset + size;
    seven->packed = offset;
    seven->is_cut = end > seven->total;
    if (end < seven->total) seven->size = end;
}

static bool archive_begin(struct sevenzip *seven)
{
    seven->archive = archive_read_new();
    if (seven->archive == NULL) return false;
    if (archive_read_support_format_7zip(seven->archive) != ARCHIVE_OK) return false;
    archive_read_set_seek_callback(seven->archive, go);
    archive_read_set_skip_callback(seven->archive, step);
    archive_read_set_read_callback(seven->archive, give);
    archive_read_set_callback_data(seven->archive, seven);
    return true;
}

static void *sevenzip_open(const struct byte_reader *below, struct stream_ledger *ledger, const char *first, size_t first_bytes)
{
    struct sevenzip *seven = calloc(1, sizeof *seven);
    if (seven == NULL) return NULL;
    seven->below = *below;
    seven->ledger = ledger;
    seven->size = seven->total = below->size;
    seven->block = malloc(SEVENZIP_BLOCK_BYTES);
    bool there = below->read_at != NULL || hold(seven, first, first_bytes);
    bool enough = seven->block != NULL && !seven->no_memory && (!there || archive_begin(seven));
    if (!enough) {
        sevenzip_close(seven);
        return NULL;
    }
    if (there) {
        end_find(seven);
        seven->trouble = archive_read_open1(seven->archive) == ARCHIVE_OK ? STATUS_OK : STATUS_DAMAGED;
        return seven;
    }
    seven->is_spent = true;
    outcome_mark(ledger->outcome, OBJECT_PARTIAL, COVERAGE_UNSUPPORTED_FORMAT, "7z: of over %d MiB within something else; not unpacked", (int)(SEVENZIP_HELD_MAX >> 20));
    ledger->stored_unexamined = UINT64_MAX / 2; /* all of it */
    return seven;
}

/* ------------------------------------------------------------------ members */

static void container_mark(struct sevenzip *seven, enum coverage_reason reason, const char *what)
{
    outcome_mark(seven->ledger->outcome, OBJECT_PARTIAL, reason, "7z: %s", what);
}

static void member_reset(struct sevenzip *seven, char *name)
{
    free(seven->member.name);
    seven->member = (struct container_member){.name = name, .status = OBJECT_COMPLETE, .size = UINT64_MAX};
    seven->no_memory |= name == NULL;
    seven->is_read_on = false;
    seven->given = 0;
}

/* What stands behind the archive, or all of what only began like one. */
static enum status residue_begin(struct sevenzip *seven)
{
    char name[32];
    snprintf(name, sizeof name, "~%" PRIu64, seven->size);
    member_reset(seven, strdup(name));
    seven->member.is_residue = seven->member.has_bytes = true;
    seven->member.offset = seven->position = seven->size;
    seven->member.is_raw = seven->size == 0;
    outcome_mark(seven->ledger->outcome, OBJECT_PARTIAL, COVERAGE_RESIDUE_SCANNED_RAW, "bytes that are no 7z from offset %" PRIu64 " on", seven->size);
    return seven->no_memory ? STATUS_FATAL : STATUS_OK;
}

static bool is_about_encryption(struct archive *archive)
{
    const char *text = archive_error_string(archive);
    return archive_read_has_encrypted_entries(archive) > 0 || (text != NULL && (strcasestr(text, "encrypt") != NULL || strcasestr(text, "crypto") != NULL));
}

/* The archive goes no further. */
static void archive_leave(struct sevenzip *seven)
{
    seven->is_spent = true;
    if (is_about_encryption(seven->archive)) container_mark(seven, COVERAGE_ENCRYPTED, "its directory needs a password");
    else if (seven->is_cut) container_mark(seven, COVERAGE_TRUNCATED, "ends before its directory");
    else container_mark(seven, COVERAGE_CORRUPT_STREAM, "its directory cannot be read");
    bool is_encrypted = seven->ledger->outcome->reason == COVERAGE_ENCRYPTED;
    if (is_encrypted || seven->has_entries) {
        if (is_encrypted || !seven->is_read_on) seven->ledger->stored_unexamined += seven->size;
    } else {
        seven->size = 0; /* nothing came out of it: it is searched as it is */
    }
}

static const char *locked_detail(const struct sevenzip *seven)
{
    return seven->ledger->options->passwords == NULL ? "needs a password" : "needs a password; those of the list are not tried on 7z";
}

static void entry_begin(struct sevenzip *seven, struct archive_entry *entry)
{
    seven->has_entries = true;
    const char *name = archive_entry_pathname_utf8(entry);
    if (name == NULL) name = archive_entry_pathname(entry);
    member_reset(seven, name == NULL ? strdup("") : member_name(name, strlen(name)));
    mode_t type = archive_entry_filetype(entry);
    if (archive_entry_size_is_set(entry)) seven->member.size = (uint64_t)archive_entry_size(entry);
    if (archive_entry_is_data_encrypted(entry) > 0) {
        member_mark(&seven->member, OBJECT_SKIPPED, COVERAGE_ENCRYPTED, locked_detail(seven));
        container_mark(seven, COVERAGE_ENCRYPTED, "an encrypted member");
        seven->has_locked = true;
        return;
    }
    if (type == AE_IFLNK) {
        seven->member.size = 0;
        member_mark(&seven->member, OBJECT_SKIPPED, COVERAGE_SYMLINK_NOT_FOLLOWED, "");
        return;
    }
    seven->member.has_bytes = true;
}

static enum status sevenzip_next(void *container, struct container_member **member)
{
    struct sevenzip *seven = container;
    *member = &seven->member;
    while (!seven->is_spent) {
        struct archive_entry *entry;
        int result = seven->trouble == STATUS_OK ? archive_read_next_header(seven->archive, &entry) : ARCHIVE_FATAL;
        if (result == ARCHIVE_EOF) {
            seven->is_spent = true;
            if (seven->has_locked && !seven->has_read) seven->ledger->stored_unexamined += seven->packed;
        } else if (result < ARCHIVE_WARN) {
            archive_leave(seven);
        } else if (archive_entry_filetype(entry) != AE_IFDIR) {
            entry_begin(seven, entry);
            return seven->no_memory ? STATUS_FATAL : STATUS_OK;
        }
    }
    if (seven->residue_told || seven->size >= seven->total) return STATUS_END;
    seven->residue_told = true;
    return residue_begin(seven);
}

static enum status rest_read(struct sevenzip *seven, char *bytes, size_t capacity, size_t *count)
{
    uint64_t left = seven->total - seven->position;
    if (left == 0) return STATUS_END;
    *count = left < capacity ? (size_t)left : capacity;
    if (*count > SEVENZIP_BLOCK_BYTES) *count = SEVENZIP_BLOCK_BYTES;
    if (!bytes_at(seven, seven->position, bytes, *count)) {
        member_mark(&seven->member, OBJECT_PARTIAL, COVERAGE_IO_ERROR, "cannot be read");
        *count = 0;
        return STATUS_END;
    }
    seven->position += *count;
    return STATUS_OK;
}

static void data_leave(struct sevenzip *seven)
{
    const char *text = archive_error_string(seven->archive);
    enum coverage_reason reason = COVERAGE_CORRUPT_STREAM;
    const char *detail = "cannot be decoded";
    if (is_about_encryption(seven->archive)) reason = COVERAGE_ENCRYPTED, detail = locked_detail(seven);
    else if (text != NULL && strcasestr(text, "CRC") != NULL) reason = COVERAGE_BAD_CHECKSUM, detail = "checksum does not hold";
    else if (text != NULL && strcasestr(text, "support") != NULL) reason = COVERAGE_UNSUPPORTED_METHOD, detail = "packed by a method that is not read";
    else if (seven->is_cut) reason = COVERAGE_TRUNCATED, detail = "ends too early";
    member_mark(&seven->member, reason == COVERAGE_ENCRYPTED && seven->given == 0 ? OBJECT_SKIPPED : OBJECT_PARTIAL, reason, detail);
    container_mark(seven, reason, "a member that cannot be read to its end");
}

static enum status sevenzip_read(void *container, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap)
{
    struct sevenzip *seven = container;
    (void)joined;
    *count = 0;
    *gap = false;
    if (seven->member.is_residue) return rest_read(seven, bytes, capacity, count);
    if (!seven->member.has_bytes) return STATUS_END;
    la_ssize_t got = archive_read_data(seven->archive, bytes, capacity);
    if (got < 0) data_leave(seven);
    if (got <= 0) {
        seven->member.has_bytes = false;
        return STATUS_END;
    }
    seven->is_read_on = seven->has_read = true;
    *count = (size_t)got;
    if (seven->below.is_lowest) seven->ledger->stored_consumed = seven->size; /* it lies anywhere in the file */
    enum coverage_reason limit = ledger_admit(seven->ledger, count);
    seven->given += *count;
    if (limit == COVERAGE_NONE) return STATUS_OK;
    const char *detail = limit == COVERAGE_LIMIT_BYTES ? "the number of decoded bytes reached in a 7z member; --max-bytes raises it"
                                                      : "the ratio of decoded to stored bytes reached in a 7z member; --max-ratio raises it";
    limits_trip(seven->ledger->limits, limit, detail);
    member_mark(&seven->member, OBJECT_PARTIAL, limit, detail);
    seven->member.has_bytes = false;
    seven->is_spent = true; /* to pass over the rest would be to decode it */
    return *count > 0 ? STATUS_OK : STATUS_END;
}

const struct container_format container_7z = {.name = "7z", .begins = sevenzip_begins, .open = sevenzip_open, .next = sevenzip_next, .read = sevenzip_read, .close = sevenzip_close};

/* ------------------------------------------------------------------ PPMd in zip */

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
