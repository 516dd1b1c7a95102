/* Members of a zip: by its central directory where the file can be read at any place, else by the headers before them.
 *
 * Source   APPNOTE.TXT 6.3.9: zip64, data descriptors; methods stored, deflate, deflate64, bzip2, LZMA, zstd, xz, PPMd
 *
 *     | anything | local header, name, extra | data | descriptor | local header ... | central directory | end | anything |
 *
 * Order    as they stand, not as the directory lists them, so that every byte is gone through once, front to back; what
 *          stands between is a residue, and so is a member that the directory forgot. Members that overlap are not read
 * Locked   a member that a password opens (zip_unlock.h) is decrypted beside the window, a piece at a time, so that what stands behind
 *          it stays as it is; then it is read like any other. What nobody opens is listed: ENCRYPTED
 * Sizes    of the directory first, then of headers, then of descriptors; where none says one, data ends by itself
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "byte_window.h"
#include "container.h"
#include "frame_codec.h"
#include "held.h"
#include "inflate.h"
#include "workbook.h"
#include "zip_directory.h"
#include "zip_unlock.h"

enum {
    LOCAL_BYTES = 30,
    ZIP_BUFFER_BYTES = 256 << 10,
    ZIP_BACK_BYTES = 64,        /* a decoder may give some back */
    ZIP_PLAIN_BYTES = 64 << 10, /* decrypted at once */
    INPUT_BACK_BYTES = INFLATE_LAST_BYTES, /* of what was taken, so many may be given back */
    HELD_BYTES_MAX = 64 << 20, /* of a workbook within something else */
    FLAG_ENCRYPTED = 1, FLAG_END_MARK = 2, FLAG_DESCRIPTOR = 8, FLAG_STRONG = 64,
    METHOD_STORED = 0, METHOD_DEFLATE = 8, METHOD_DEFLATE64 = 9, METHOD_BZIP2 = 12, METHOD_LZMA = 14, METHOD_ZSTD = 93, METHOD_XZ = 95, METHOD_PPMD = 98,
    DESCRIPTOR_BYTES_MAX = 24
};
#define SIZE_UNKNOWN UINT64_MAX
#define SIGNATURE_LOCAL 0x04034b50u
#define SIGNATURE_DESCRIPTOR 0x08074b50u

enum body { BODY_NONE, BODY_STORED, BODY_STORED_OPEN, BODY_DEFLATE, BODY_FRAME, BODY_RESIDUE, BODY_RESIDUE_OPEN };

struct zip {
    struct byte_window window;
    struct stream_ledger *ledger;
    struct container_member member;
    bool no_memory, gap_next;

    bool has_directory;
    struct zip_directory directory;
    struct zip_walk walk;
    const struct zip_entry *upcoming; /* the next one; NULL: all are taken */
    bool saw_end, saw_any;

    /* Of the member in hand. */
    struct zip_entry entry;
    enum body body;
    uint64_t packed_left; /* SIZE_UNKNOWN */
    uint64_t taken, given; /* packed bytes, bytes */
    uint32_t crc;
    bool is_left;        /* it goes no further, but its packed bytes are still to be passed over */
    struct inflation *inflation;
    const struct frame_codec *codec;
    void *codec_state;
    struct unlocker *unlocker; /* NULL until it is needed */
    bool is_unlocked;          /* its bytes are those of plain, in step with the window */
    size_t code_bytes;         /* behind its data, not counted in packed_left */
    uint64_t hashed_to;        /* of AES: offset up to which the code knows the data */
    uint8_t *plain;            /* [given before | at .. end) */
    size_t plain_at, plain_end;
    uint8_t *spare;
    size_t spare_at, spare_end;

    struct held *held; /* all of it, of a workbook that does not lie in a file */
    struct workbook *workbook;
    bool workbook_asked;
};

/* ------------------------------------------------------------------ beginning */

/* Reads what there is of a directory. What entries that are damaged would have told is told by headers and residues. */
static bool directory_take(struct zip *zip, const struct byte_reader *below)
{
    struct zip_directory *directory = &zip->directory;
    uint64_t members_max = zip->ledger->options->members_max;
    if (!zip_directory_open(below, false, members_max, directory, &zip->has_directory)) return false;
    if (directory->entry_count < directory->said && directory->entry_count <= members_max)
        outcome_mark(zip->ledger->outcome, OBJECT_PARTIAL, COVERAGE_CORRUPT_STREAM, "zip: its directory has %zu of %" PRIu64 " entries", directory->entry_count,
                     directory->said);
    return true;
}

/* Goes on to the next entry, where there is a directory. */
static void entry_step(struct zip *zip)
{
    zip->upcoming = zip_walk_next(&zip->walk);
    if (zip->upcoming == NULL && zip->walk.taken < zip->directory.entry_count)
        outcome_mark(zip->ledger->outcome, OBJECT_PARTIAL, COVERAGE_CORRUPT_STREAM, "zip: its directory cannot be read again");
}

bool container_zip_tail(const uint8_t tail[CONTAINER_TAIL_BYTES], uint64_t length)
{
    uint64_t size = get32(tail + 12), offset = get32(tail + 16);
    return get32(tail) == ZIP_SIGNATURE_END && get16(tail + 10) > 0 && get16(tail + 20) == 0 && size >= ZIP_CENTRAL_BYTES && length >= ZIP_END_BYTES + size + offset;
}

static bool zip_begins(const uint8_t *bytes, size_t length)
{
    if (length < 8) return false;
    uint32_t first = get32(bytes);
    return (first == SIGNATURE_LOCAL && length >= LOCAL_BYTES) || (first == ZIP_SIGNATURE_END && length >= ZIP_END_BYTES) ||
           (first == SIGNATURE_DESCRIPTOR && get32(bytes + 4) == SIGNATURE_LOCAL);
}

static bool zip_ends(const struct byte_reader *below)
{
    struct zip_directory directory;
    bool found;
    return zip_directory_open(below, true, 0, &directory, &found) && found && directory.said > 0;
}

static void zip_close(void *container)
{
    struct zip *zip = container;
    if (zip == NULL) return;
    if (zip->codec_state != NULL) zip->codec->close(zip->codec_state);
    inflation_close(zip->inflation);
    unlocker_close(zip->unlocker);
    free(zip->plain);
    window_close(&zip->window);
    free(zip->member.name);
    zip_walk_close(&zip->walk);
    zip_directory_close(&zip->directory);
    free(zip->spare);
    workbook_close(zip->workbook);
    held_close(zip->held);
    free(zip);
}

/* Whether an archive begins as those of Office do, whose members refer to one another. */
static bool begins_office(const uint8_t *first, size_t first_bytes)
{
    static const char *const names[] = {"[Content_Types].xml", "_rels/", "xl/", "docProps/"};
    size_t name_length = first_bytes > LOCAL_BYTES && get32(first) == SIGNATURE_LOCAL ? get16(first + 26) : 0;
    if (name_length == 0 || name_length > first_bytes - LOCAL_BYTES) return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (name_length >= strlen(names[i]) && memcmp(first + LOCAL_BYTES, names[i], strlen(names[i])) == 0) return true;
    return false;
}

static void *zip_open(const struct byte_reader *lying, struct stream_ledger *ledger, const char *first, size_t first_bytes)
{
    struct byte_reader held;
    const struct byte_reader *below = lying;
    struct zip *zip = calloc(1, sizeof *zip);
    if (zip == NULL) return NULL;
    zip->ledger = ledger;
    zip->spare = malloc(DECODED_STEP_BYTES);
    bool is_held = lying->read_at == NULL && (lying->missing == NULL || lying->missing(lying->context) == 0) && begins_office((const uint8_t *)first, first_bytes);
    if (is_held) {
        zip->held = held_open(lying, first, first_bytes, HELD_BYTES_MAX);
        if (zip->held == NULL) return zip_close(zip), NULL;
        held = held_reader(zip->held);
        below = &held;
        first_bytes = 0;
    }
    bool enough = zip->spare != NULL && window_open(&zip->window, below, ZIP_BUFFER_BYTES, ZIP_BACK_BYTES, first, first_bytes);
    if (enough && below->read_at != NULL) enough = directory_take(zip, below);
    zip->walk = (struct zip_walk){.directory = &zip->directory, .peek.below = &zip->window.below};
    if (enough && zip->has_directory) entry_step(zip);
    if (enough) return zip;
    zip_close(zip);
    return NULL;
}

/* ------------------------------------------------------------------ where it stands */

static uint64_t offset_now(const struct zip *zip)
{
    return window_offset(&zip->window, zip->window.at);
}

static const uint8_t *here(const struct zip *zip)
{
    return zip->window.buffer + zip->window.at;
}

static void consumed_note(struct zip *zip)
{
    if (zip->window.below.is_lowest) zip->ledger->stored_consumed = offset_now(zip);
}

/* Passes over bytes, holes among them; what nobody read of them is said. */
static void pass(struct zip *zip, uint64_t count, bool unread)
{
    while (count > 0) {
        uint64_t before = offset_now(zip);
        bool hole = window_hole_pass(&zip->window);
        if (!hole && !window_has(&zip->window, 1)) {
            if (zip->window.hole == zip->window.at) continue;
            return;
        }
        size_t step = hole ? 0 : window_left(&zip->window);
        if (step > count) step = (size_t)count;
        zip->window.at += step;
        uint64_t passed = offset_now(zip) - before;
        if (unread && !hole && zip->window.below.is_lowest) zip->ledger->stored_unexamined += passed;
        count = passed < count ? count - passed : 0;
    }
    consumed_note(zip);
}

static void container_mark(struct zip *zip, enum coverage_reason reason, const char *what)
{
    outcome_mark(zip->ledger->outcome, OBJECT_PARTIAL, reason, "zip: %s at offset %" PRIu64, what, zip->entry.offset);
}

/* ------------------------------------------------------------------ members begin */

static void member_reset(struct zip *zip, char *name)
{
    free(zip->member.name);
    zip->member = (struct container_member){.name = name, .status = OBJECT_COMPLETE, .size = SIZE_UNKNOWN, .has_bytes = true};
    zip->no_memory |= name == NULL;
    zip->body = BODY_NONE;
    zip->packed_left = 0;
    zip->taken = zip->given = 0;
    zip->crc = 0;
    zip->is_left = false;
    zip->gap_next = false;
    zip->spare_at = zip->spare_end = 0;
    zip->is_unlocked = false;
    zip->code_bytes = 0;
}

/* until: SIZE_UNKNOWN for up to the next header. */
static enum status residue_begin(struct zip *zip, uint64_t until)
{
    char name[32];
    uint64_t offset = offset_now(zip);
    snprintf(name, sizeof name, "~%" PRIu64, offset);
    member_reset(zip, strdup(name));
    zip->member.is_residue = true;
    zip->member.offset = offset;
    zip->member.is_raw = offset == 0 && until == SIZE_UNKNOWN;
    zip->body = until == SIZE_UNKNOWN ? BODY_RESIDUE_OPEN : BODY_RESIDUE;
    zip->packed_left = until == SIZE_UNKNOWN ? SIZE_UNKNOWN : until - offset;
    outcome_mark(zip->ledger->outcome, OBJECT_PARTIAL, COVERAGE_RESIDUE_SCANNED_RAW, "bytes that are no zip from offset %" PRIu64 " on", offset);
    return zip->no_memory ? STATUS_FATAL : STATUS_OK;
}

static char *entry_name(const struct zip *zip, const struct zip_entry *entry)
{
    char *bytes = malloc((size_t)entry->name_length + 1), *name = NULL;
    const struct byte_reader *below = &zip->window.below;
    if (bytes != NULL && (entry->name_length == 0 || below->read_at(below->context, entry->name_at, bytes, entry->name_length)))
        name = member_name(bytes, entry->name_length);
    else if (bytes != NULL) name = strdup("");
    free(bytes);
    return name;
}

/* The name of the next entry, which mostly is in memory. */
static char *upcoming_name(const struct zip *zip)
{
    const char *bytes = zip_walk_name(&zip->walk);
    return bytes != NULL ? member_name(bytes, zip->upcoming->name_length) : entry_name(zip, zip->upcoming);
}

static bool codec_begin(struct zip *zip, const struct frame_codec *codec)
{
    if (zip->codec != codec && zip->codec_state != NULL) {
        zip->codec->close(zip->codec_state);
        zip->codec_state = NULL;
    }
    zip->codec = codec;
    if (zip->codec_state == NULL) zip->codec_state = codec->open();
    bool ends_itself = (zip->entry.flags & FLAG_END_MARK) != 0;
    if (zip->codec_state != NULL && codec->expect != NULL) codec->expect(zip->codec_state, ends_itself ? UINT64_MAX : zip->entry.size);
    if (zip->codec_state != NULL && codec->expect_packed != NULL) codec->expect_packed(zip->codec_state, zip->packed_left);
    return zip->codec_state != NULL && codec->reset(zip->codec_state);
}

static bool deflate_begin(struct zip *zip)
{
    if (zip->inflation == NULL) zip->inflation = inflation_open(zip->ledger->options->inflater);
    else inflation_reset(zip->inflation);
    return zip->inflation != NULL;
}

/* A member that is not read, only listed; its packed bytes are passed over. */
static void list_only(struct zip *zip, enum object_status status, enum coverage_reason reason, const char *detail)
{
    zip->member.has_bytes = false;
    zip->body = BODY_NONE;
    zip->is_left = true;
    member_mark(&zip->member, status, reason, detail);
}

static bool is_locked(const struct zip_entry *entry)
{
    return (entry->flags & (FLAG_ENCRYPTED | FLAG_STRONG)) != 0 || entry->method == ZIP_METHOD_AES || entry->aes_strength > 0;
}

static const struct frame_codec *codec_of(uint16_t method)
{
    switch (method) {
    case METHOD_DEFLATE64:
        return &frame_deflate64;
    case METHOD_BZIP2:
        return &frame_bzip2;
    case METHOD_LZMA:
        return &frame_lzma;
    case METHOD_ZSTD:
        return &frame_zstd;
    case METHOD_XZ:
        return &frame_xz;
    case METHOD_PPMD:
        return &frame_ppmd;
    default:
        return NULL;
    }
}

/* Up to packed_left bytes of it in hand, as many as a trial wants. */
static size_t trial_length(struct zip *zip)
{
    (void)window_has(&zip->window, UNLOCK_TRIAL_BYTES);
    size_t left = window_left(&zip->window);
    if (left > UNLOCK_TRIAL_BYTES) left = UNLOCK_TRIAL_BYTES;
    return zip->packed_left < left ? (size_t)zip->packed_left : left;
}

static bool unlocker_ready(struct zip *zip)
{
    if (zip->unlocker == NULL) zip->unlocker = unlocker_open(zip->ledger);
    if (zip->plain == NULL) zip->plain = malloc(ZIP_BACK_BYTES + ZIP_PLAIN_BYTES);
    zip->no_memory |= zip->unlocker == NULL || zip->plain == NULL;
    return !zip->no_memory;
}

static struct locked_member locked_member(struct zip *zip)
{
    const struct zip_entry *entry = &zip->entry;
    bool crc_known = (zip->has_directory || (entry->flags & FLAG_DESCRIPTOR) == 0) && entry->aes_version != 2;
    struct locked_member member = {.lock = {.strength = entry->aes_strength},
                                   .is_deflated = entry->method == METHOD_DEFLATE,
                                   .is_stored = entry->method == METHOD_STORED,
                                   .codec = codec_of(entry->method),
                                   .crc_known = crc_known,
                                   .crc = entry->crc,
                                   .packed = entry->packed,
                                   .size = entry->size,
                                   .length = trial_length(zip),
                                   .below = &zip->window.below,
                                   .offset = offset_now(zip)};
    if ((entry->flags & FLAG_DESCRIPTOR) != 0) member.lock.checks[member.lock.check_count++] = (uint8_t)(entry->time >> 8);
    if (crc_known) member.lock.checks[member.lock.check_count++] = (uint8_t)(entry->crc >> 24);
    member.bytes = here(zip);
    return member;
}

static void packed_take(struct zip *zip, size_t count);

/* Whether a password opens the entry in hand; then its head is taken. *detail: why not. */
static bool unlock(struct zip *zip, const char **detail)
{
    const struct zip_entry *entry = &zip->entry;
    *detail = "needs a password";
    if (zip->ledger->options->passwords == NULL) return false;
    *detail = "encrypted in a way that is not read";
    if ((entry->flags & FLAG_STRONG) != 0 || entry->method == ZIP_METHOD_AES) return false;
    const struct frame_codec *codec = codec_of(entry->method);
    if (entry->method != METHOD_STORED && entry->method != METHOD_DEFLATE && (codec == NULL || codec->expect_packed != NULL)) return false;
    *detail = "encrypted, and nobody says how long it is";
    if (entry->method == METHOD_STORED && entry->packed == SIZE_UNKNOWN) return false;
    *detail = "no password of the list opens it";
    if (!unlocker_ready(zip)) return false;
    struct locked_member member = locked_member(zip);
    enum unlock_result result = unlocker_try(zip->unlocker, &member);
    if (result == UNLOCK_SPENT) *detail = "no password was tried any more: too much work in this file";
    zip->no_memory |= result == UNLOCK_NO_MEMORY;
    if (result != UNLOCK_OPEN) return false;
    packed_take(zip, zip_cipher_head_bytes(&member.lock));
    zip->code_bytes = zip_cipher_code_bytes(&member.lock);
    if (zip->packed_left != SIZE_UNKNOWN) zip->packed_left -= zip->code_bytes;
    zip->is_unlocked = true;
    zip->plain_at = zip->plain_end = ZIP_BACK_BYTES;
    zip->hashed_to = offset_now(zip);
    return true;
}

/* Of a member that is not read because of its method, or because of how it comes with it. */
static void unsupported(struct zip *zip, const char *how)
{
    char detail[96];
    snprintf(detail, sizeof detail, "packed by method %u%s", zip->entry.method, how);
    list_only(zip, OBJECT_SKIPPED, COVERAGE_UNSUPPORTED_METHOD, detail);
    container_mark(zip, COVERAGE_UNSUPPORTED_METHOD, "a member packed by a method that is not read");
}

/* How the data of the entry in hand is read. */
static void body_begin(struct zip *zip)
{
    const struct zip_entry *entry = &zip->entry;
    const char *closed = NULL;
    bool enough = true;
    zip->packed_left = entry->packed;
    zip->member.size = entry->size;
    if (is_locked(entry) && !unlock(zip, &closed)) {
        list_only(zip, OBJECT_SKIPPED, COVERAGE_ENCRYPTED, closed);
        container_mark(zip, COVERAGE_ENCRYPTED, "an encrypted member");
        return;
    }
    switch (entry->method) {
    case METHOD_STORED:
        zip->body = entry->packed == SIZE_UNKNOWN ? BODY_STORED_OPEN : BODY_STORED;
        break;
    case METHOD_DEFLATE:
        zip->body = BODY_DEFLATE;
        enough = deflate_begin(zip);
        break;
    case METHOD_DEFLATE64:
    case METHOD_BZIP2:
    case METHOD_LZMA:
    case METHOD_ZSTD:
    case METHOD_XZ:
        zip->body = BODY_FRAME;
        enough = codec_begin(zip, codec_of(entry->method));
        break;
    case METHOD_PPMD:
        if (zip->packed_left <= FRAME_GATHERED_MAX) {
            zip->body = BODY_FRAME;
            enough = codec_begin(zip, &frame_ppmd);
            break;
        }
        unsupported(zip, zip->packed_left == SIZE_UNKNOWN ? ", in a stream that does not say how long it is" : ", of over 64 MiB");
        break;
    default:
        unsupported(zip, "");
    }
    zip->no_memory |= !enough;
}

/* Takes the header before the data. name: of the directory, or NULL. False: there is none; nothing was taken. */
static bool local_take(struct zip *zip, char *name, bool by_directory)
{
    struct byte_window *window = &zip->window;
    if (!window_has(window, LOCAL_BYTES) || get32(here(zip)) != SIGNATURE_LOCAL) {
        free(name);
        return false;
    }
    const uint8_t *head = here(zip);
    size_t name_length = get16(head + 26), extra_length = get16(head + 28), all = LOCAL_BYTES + name_length + extra_length;
    struct zip_entry told = {.flags = get16(head + 6), .method = get16(head + 8), .time = get16(head + 10), .crc = get32(head + 14), .packed = get32(head + 18), .size = get32(head + 22),
                             .offset = offset_now(zip), .name_length = (uint16_t)name_length};
    if (!window_has(window, all)) {
        free(name);
        return false;
    }
    head = here(zip); /* it may have moved */
    zip_extra_read(head + LOCAL_BYTES + name_length, extra_length, &told, false);
    if (!by_directory) {
        name = member_name((const char *)head + LOCAL_BYTES, name_length);
        bool open = (told.flags & FLAG_DESCRIPTOR) != 0 && told.packed == 0;
        if (open) told.packed = told.size = SIZE_UNKNOWN;
        zip->entry = told;
    } else {
        zip->entry.offset = told.offset;
        zip->entry.time = told.time; /* what writers check passwords by */
    }
    window->at += all;
    member_reset(zip, name);
    consumed_note(zip);
    body_begin(zip);
    return true;
}

/* A folder has no bytes and is no object. */
static bool is_folder(const struct zip *zip)
{
    size_t length = zip->member.name == NULL ? 0 : strlen(zip->member.name);
    return length > 0 && zip->member.name[length - 1] == '/' && (zip->entry.size == 0 || zip->entry.packed == 0) && zip->entry.size != SIZE_UNKNOWN;
}

/* ------------------------------------------------------------------ members end */

/* Whether a descriptor stands here that says what is known; its length, 0 for none. */
static size_t descriptor_length(struct zip *zip)
{
    (void)window_has(&zip->window, DESCRIPTOR_BYTES_MAX);
    const uint8_t *at = here(zip);
    size_t left = window_left(&zip->window);
    for (size_t sign = 4; left >= sign; sign -= 4) {
        if (sign == 0 || get32(at) == SIGNATURE_DESCRIPTOR) {
            const uint8_t *numbers = at + sign;
            size_t room = left - sign;
            if (room >= 12 && get32(numbers + 4) == (uint32_t)zip->taken && get32(numbers + 8) == (uint32_t)zip->given &&
                !(room >= 20 && get64(numbers + 4) == zip->taken && get64(numbers + 12) == zip->given))
                return sign + 12;
            if (room >= 20 && get64(numbers + 4) == zip->taken && get64(numbers + 12) == zip->given) return sign + 20;
        }
        if (sign == 0) break;
    }
    return 0;
}

static void check_sum(struct zip *zip)
{
    uint32_t wanted = zip->entry.crc;
    if ((zip->entry.flags & FLAG_DESCRIPTOR) != 0) {
        size_t length = descriptor_length(zip);
        const uint8_t *at = here(zip);
        if (length > 0) {
            bool with_sign = length == 16 || length == 24;
            if (!zip->has_directory) wanted = get32(at + (with_sign ? 4 : 0));
            zip->window.at += length;
        } else if (!zip->has_directory) {
            if (zip->entry.packed == SIZE_UNKNOWN) member_mark(&zip->member, OBJECT_PARTIAL, COVERAGE_CORRUPT_STREAM, "no checksum behind it");
            return;
        }
    }
    bool has_crc = zip->entry.aes_version != 2; /* its code is all that it has */
    if (has_crc && zip->crc != wanted) member_mark(&zip->member, OBJECT_PARTIAL, COVERAGE_BAD_CHECKSUM, "checksum does not hold");
    else if (zip->entry.size != SIZE_UNKNOWN && zip->entry.size != zip->given)
        member_mark(&zip->member, OBJECT_PARTIAL, COVERAGE_BAD_CHECKSUM, "length does not hold");
}

/* Tells the code of AES of bytes that were taken, up to an offset. They stand in the window still. */
static void code_add(struct zip *zip, uint64_t until)
{
    if (zip->code_bytes == 0 || until <= zip->hashed_to) return;
    const uint8_t *from = zip->window.buffer + (zip->hashed_to - zip->window.base);
    zip->no_memory |= !zip_cipher_hash(unlocker_cipher(zip->unlocker), from, (size_t)(until - zip->hashed_to));
    zip->hashed_to = until;
}

/* The code of AES behind the data. */
static void code_check(struct zip *zip)
{
    if (zip->code_bytes == 0) return;
    code_add(zip, offset_now(zip));
    size_t count = zip->code_bytes;
    if (!window_has(&zip->window, count)) {
        count = window_left(&zip->window);
        member_mark(&zip->member, OBJECT_PARTIAL, COVERAGE_TRUNCATED, "ends within its authentication code");
    } else if (!zip_cipher_holds(unlocker_cipher(zip->unlocker), here(zip))) member_mark(&zip->member, OBJECT_PARTIAL, COVERAGE_BAD_CHECKSUM, "authentication code does not hold");
    zip->window.at += count;
    zip->taken += count;
}

/* All its data was given. */
static void body_end(struct zip *zip)
{
    bool is_long = zip->packed_left != SIZE_UNKNOWN && zip->packed_left > 0 && zip->body != BODY_STORED;
    if (is_long) member_mark(&zip->member, OBJECT_PARTIAL, COVERAGE_CORRUPT_STREAM, "its data ends before its packed bytes do");
    else code_check(zip);
    zip->code_bytes = 0;
    zip->body = BODY_NONE;
    zip->member.size = zip->given;
    zip->packed_left = 0;
    check_sum(zip);
    consumed_note(zip);
}

/* It is left before its end. */
static void body_close(struct zip *zip)
{
    if (zip->packed_left != SIZE_UNKNOWN) zip->packed_left += zip->code_bytes;
    zip->code_bytes = 0;
    zip->body = BODY_NONE;
    zip->is_left = true;
}

/* It goes no further. */
static void body_leave(struct zip *zip, enum coverage_reason reason, const char *detail)
{
    member_mark(&zip->member, OBJECT_PARTIAL, reason, detail);
    container_mark(zip, reason, "a member that cannot be read to its end");
    body_close(zip);
    if (zip->member.size != SIZE_UNKNOWN && zip->member.size / 1100 > zip->taken + (zip->packed_left == SIZE_UNKNOWN ? 0 : zip->packed_left))
        zip->member.size = SIZE_UNKNOWN; /* no packed bytes become so many */
}

/* Goes behind the member in hand. */
static void member_pass(struct zip *zip)
{
    static const uint8_t local[] = {'P', 'K', 3, 4};
    if (!zip->is_left) return;
    zip->is_left = false;
    if (zip->packed_left != SIZE_UNKNOWN) {
        zip->taken += zip->packed_left;
        pass(zip, zip->packed_left, true);
        if ((zip->entry.flags & FLAG_DESCRIPTOR) != 0) {
            zip->given = zip->entry.size;
            zip->window.at += descriptor_length(zip);
        }
        return;
    }
    /* Nobody says where it ends: up to what looks like the next header. */
    while (window_has(&zip->window, sizeof local)) {
        size_t left = window_left(&zip->window);
        const uint8_t *next = memmem(here(zip), left, local, sizeof local);
        pass(zip, next != NULL ? (uint64_t)(next - here(zip)) : left - sizeof local + 1, true);
        if (next != NULL) return;
    }
    pass(zip, SIZE_UNKNOWN, true);
}

/* ------------------------------------------------------------------ the next member */

static enum status entry_overlaps(struct zip *zip, const struct zip_entry *entry)
{
    member_reset(zip, entry_name(zip, entry));
    zip->entry = *entry;
    zip->member.has_bytes = false;
    zip->member.size = 0;
    member_mark(&zip->member, OBJECT_FAILED, COVERAGE_CORRUPT_STREAM, "lies over another member");
    container_mark(zip, COVERAGE_CORRUPT_STREAM, "members over one another");
    return zip->no_memory ? STATUS_FATAL : STATUS_OK;
}

/* Bytes end before an entry's place, or no header stands there. */
static enum status entry_missing(struct zip *zip, const struct zip_entry *entry, bool cut)
{
    member_reset(zip, entry_name(zip, entry));
    zip->entry = *entry;
    zip->member.has_bytes = false;
    zip->member.size = entry->size < entry->packed * 1100 ? entry->size : 0;
    enum coverage_reason reason = cut ? COVERAGE_TRUNCATED : COVERAGE_CORRUPT_STREAM;
    member_mark(&zip->member, OBJECT_FAILED, reason, cut ? "the archive ends before it" : "no header where it is said to be");
    container_mark(zip, reason, "no member");
    return zip->no_memory ? STATUS_FATAL : STATUS_OK;
}

static enum status zip_end(struct zip *zip)
{
    consumed_note(zip);
    return STATUS_END;
}

static enum status next_by_directory(struct zip *zip)
{
    for (;;) {
        if (zip->no_memory || zip->window.no_memory) return STATUS_FATAL;
        (void)window_has(&zip->window, 1);
        if (zip->window.hole == zip->window.at && window_hole_pass(&zip->window)) continue;
        uint64_t at = offset_now(zip), until = zip->upcoming != NULL ? zip->upcoming->offset : zip->directory.at;
        bool spent = window_left(&zip->window) == 0;
        if (zip->upcoming != NULL) {
            zip->entry = *zip->upcoming;
            bool is_here = until == at && !spent && until < zip->directory.at;
            if (until > at && !spent && until < zip->directory.at) return residue_begin(zip, until);
            char *name = is_here ? upcoming_name(zip) : NULL;
            entry_step(zip);
            if (until < at) return entry_overlaps(zip, &zip->entry);
            if (!is_here) return entry_missing(zip, &zip->entry, spent);
            if (!local_take(zip, name, true)) return entry_missing(zip, &zip->entry, false);
            if (zip->no_memory) return STATUS_FATAL;
            if (!is_folder(zip)) return STATUS_OK;
            pass(zip, zip->packed_left, false);
            zip->is_left = false;
            continue;
        }
        if (at < zip->directory.at && !spent) return residue_begin(zip, zip->directory.at);
        if (at < zip->directory.end_at && !spent) {
            pass(zip, zip->directory.end_at - at, false);
            continue;
        }
        return spent ? zip_end(zip) : residue_begin(zip, zip->window.below.size);
    }
}

/* Records that follow the members; 0: no such record. */
static uint64_t record_length(const struct zip *zip)
{
    const uint8_t *at = here(zip);
    size_t left = window_left(&zip->window);
    if (left < ZIP_END_BYTES) return left >= ZIP_LOCATOR_BYTES && get32(at) == ZIP_SIGNATURE_LOCATOR ? ZIP_LOCATOR_BYTES : 0;
    switch (get32(at)) {
    case ZIP_SIGNATURE_CENTRAL:
        return left < ZIP_CENTRAL_BYTES ? 0 : ZIP_CENTRAL_BYTES + (uint64_t)get16(at + 28) + get16(at + 30) + get16(at + 32);
    case ZIP_SIGNATURE_END64:
        return get64(at + 4) < ZIP_COMMENT_BYTES_MAX ? 12 + get64(at + 4) : 0;
    case ZIP_SIGNATURE_LOCATOR:
        return ZIP_LOCATOR_BYTES;
    case ZIP_SIGNATURE_END:
        return ZIP_END_BYTES;
    default:
        return 0;
    }
}

static enum status next_by_headers(struct zip *zip)
{
    for (;;) {
        if (zip->no_memory || zip->window.no_memory) return STATUS_FATAL;
        (void)window_has(&zip->window, ZIP_CENTRAL_BYTES);
        if (zip->window.hole == zip->window.at && window_hole_pass(&zip->window)) continue;
        size_t left = window_left(&zip->window);
        if (left == 0) {
            if (!zip->saw_end) outcome_mark(zip->ledger->outcome, OBJECT_PARTIAL, COVERAGE_TRUNCATED, "zip: ends without its end, at offset %" PRIu64, offset_now(zip));
            return zip_end(zip);
        }
        bool marker = offset_now(zip) == 0 && left >= 4 && get32(here(zip)) == SIGNATURE_DESCRIPTOR; /* of an archive once meant for several disks */
        if (marker) {
            zip->window.at += 4;
            continue;
        }
        if (local_take(zip, NULL, false)) {
            zip->saw_end = false;
            if (zip->no_memory) return STATUS_FATAL;
            if (!is_folder(zip)) return STATUS_OK;
            continue;
        }
        uint64_t record = record_length(zip);
        if (record == 0) return residue_begin(zip, SIZE_UNKNOWN);
        zip->saw_end |= get32(here(zip)) == ZIP_SIGNATURE_END;
        pass(zip, record, false);
    }
}

static enum status zip_read(void *container, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap);

static enum status zip_next(void *container, struct container_member **member)
{
    struct zip *zip = container;
    char nowhere[4096];
    size_t count;
    bool gap;
    *member = &zip->member;
    /* A residue that a limit ended. */
    while ((zip->body == BODY_RESIDUE || zip->body == BODY_RESIDUE_OPEN) && zip_read(zip, nowhere, sizeof nowhere, false, &count, &gap) == STATUS_OK) {
    }
    if (zip->body != BODY_NONE) body_close(zip); /* so was this member */
    member_pass(zip);
    return zip->has_directory ? next_by_directory(zip) : next_by_headers(zip);
}

/* ------------------------------------------------------------------ bytes of members */

/* Packed bytes in hand; false: none are left, or bytes are missing, and the member is left or has ended. */
static bool packed_has(struct zip *zip)
{
    struct byte_window *window = &zip->window;
    if (window_has(window, 1)) return true;
    if (zip->window.no_memory) return false;
    if (window->hole == window->at) body_leave(zip, COVERAGE_CORRUPT_STREAM, "bytes are missing in it");
    else body_leave(zip, COVERAGE_TRUNCATED, "ends too early");
    return false;
}

static void packed_take(struct zip *zip, size_t count)
{
    zip->window.at += count;
    zip->taken += count;
    if (zip->packed_left != SIZE_UNKNOWN) zip->packed_left -= count < zip->packed_left ? count : zip->packed_left;
    if (zip->is_unlocked) {
        zip->plain_at += count;
        code_add(zip, offset_now(zip) > INPUT_BACK_BYTES ? offset_now(zip) - INPUT_BACK_BYTES : 0);
    }
    consumed_note(zip);
}

/* What a decoder had looked ahead at is given back. */
static void packed_give_back(struct zip *zip, size_t count)
{
    zip->window.at -= count;
    zip->taken -= count;
    if (zip->packed_left != SIZE_UNKNOWN) zip->packed_left += count;
    if (zip->is_unlocked) zip->plain_at -= count;
}

/* Of an unlocked member, decrypts what stands in the window once all was taken. */
static void plain_fill(struct zip *zip)
{
    if (!zip->is_unlocked || zip->plain_at < zip->plain_end) return;
    size_t count = window_left(&zip->window);
    if (zip->packed_left < count) count = (size_t)zip->packed_left;
    if (count > ZIP_PLAIN_BYTES) count = ZIP_PLAIN_BYTES;
    memmove(zip->plain, zip->plain + zip->plain_end - ZIP_BACK_BYTES, ZIP_BACK_BYTES);
    zip->no_memory |= !zip_cipher_decrypt(unlocker_cipher(zip->unlocker), here(zip), zip->plain + ZIP_BACK_BYTES, count);
    zip->plain_at = ZIP_BACK_BYTES;
    zip->plain_end = ZIP_BACK_BYTES + count;
}

/* The packed bytes in hand, decrypted. */
static const uint8_t *packed_here(const struct zip *zip)
{
    return zip->is_unlocked ? zip->plain + zip->plain_at : here(zip);
}

static size_t packed_left(const struct zip *zip)
{
    size_t left = zip->is_unlocked ? zip->plain_end - zip->plain_at : window_left(&zip->window);
    return zip->packed_left < left ? (size_t)zip->packed_left : left;
}

/* Stored bytes of unknown length end where a descriptor says what was read so far. */
static size_t stored_open_length(struct zip *zip)
{
    static const uint8_t sign[] = {'P', 'K', 7, 8};
    (void)window_has(&zip->window, DESCRIPTOR_BYTES_MAX);
    size_t left = window_left(&zip->window);
    const uint8_t *found = memmem(here(zip), left, sign, sizeof sign);
    size_t length = found != NULL ? (size_t)(found - here(zip)) : left > sizeof sign && !zip->window.below_ended ? left - sizeof sign : left;
    if (length > DECODED_STEP_BYTES) length = DECODED_STEP_BYTES;
    if (length > 0) return length;
    zip->taken = zip->given;
    if (descriptor_length(zip) > 0 && get32(here(zip) + 4) == zip->crc) return 0;
    return left < sizeof sign ? left : sizeof sign; /* it only looked like one */
}

static size_t stored_read(struct zip *zip, uint8_t *output)
{
    size_t count = zip->body == BODY_STORED_OPEN ? stored_open_length(zip) : packed_left(zip);
    if (count > DECODED_STEP_BYTES) count = DECODED_STEP_BYTES;
    if (count == 0) {
        body_end(zip);
        return 0;
    }
    memcpy(output, packed_here(zip), count);
    zip->crc = inflate_crc32(zip->crc, output, count);
    zip->given += count;
    packed_take(zip, count);
    return count;
}

/* What is in hand, as far as there is room. */
static size_t deflate_read_once(struct zip *zip, uint8_t *output, size_t room)
{
    const uint8_t *input = packed_here(zip);
    size_t count = 0;
    enum inflate_result result = inflation_run(zip->inflation, &input, packed_left(zip), output, room, &count);
    ptrdiff_t moved = input - packed_here(zip);
    if (moved >= 0) packed_take(zip, (size_t)moved);
    else packed_give_back(zip, (size_t)-moved);
    bool stuck = result == INFLATE_MORE && count == 0 && zip->packed_left == 0;
    if (stuck) count = inflation_last(zip->inflation, output);
    zip->crc = inflate_crc32(zip->crc, output, count);
    zip->given += count;
    if (result == INFLATE_END) body_end(zip);
    if (result == INFLATE_DAMAGED || stuck) body_leave(zip, COVERAGE_CORRUPT_STREAM, "no deflate data");
    return count;
}

/* A step, until it is as good as full, or nothing more can be had of the member. */
static size_t deflate_read(struct zip *zip, uint8_t *output)
{
    size_t count = 0, more;
    bool has_more;
    do {
        plain_fill(zip);
        more = deflate_read_once(zip, output + count, DECODED_STEP_BYTES - count);
        count += more;
        has_more = more > 0 && zip->body == BODY_DEFLATE && zip->packed_left > 0 && DECODED_STEP_BYTES - count >= DECODED_ROOM_LEAST_BYTES;
    } while (has_more && window_has(&zip->window, 1));
    return count;
}

static size_t frame_read(struct zip *zip, uint8_t *output)
{
    const uint8_t *input = packed_here(zip);
    size_t count = 0;
    enum frame_result result = zip->codec->run(zip->codec_state, &input, packed_left(zip), output, DECODED_STEP_BYTES, &count);
    bool moved = input > packed_here(zip);
    packed_take(zip, (size_t)(input - packed_here(zip)));
    zip->crc = inflate_crc32(zip->crc, output, count);
    zip->given += count;
    zip->no_memory |= result == FRAME_NO_MEMORY;
    if (result == FRAME_BAD_CHECKSUM) member_mark(&zip->member, OBJECT_PARTIAL, COVERAGE_BAD_CHECKSUM, "checksum does not hold");
    if (result == FRAME_END || result == FRAME_BAD_CHECKSUM) body_end(zip);
    if (result == FRAME_WINDOW) body_leave(zip, COVERAGE_WINDOW_TOO_LARGE, "needs more than 128 MiB to be decoded");
    if (result == FRAME_DAMAGED || (result == FRAME_MORE && count == 0 && !moved)) body_leave(zip, COVERAGE_CORRUPT_STREAM, "no data of its method");
    return count;
}

/* What of a residue is in hand, up to the next header where nobody says how long it is. */
static size_t residue_read(struct zip *zip, uint8_t *output)
{
    static const uint8_t local[] = {'P', 'K', 3, 4};
    size_t count = packed_left(zip);
    if (zip->body == BODY_RESIDUE_OPEN) {
        (void)window_has(&zip->window, sizeof local);
        count = window_left(&zip->window);
        const uint8_t *next = memmem(here(zip), count, local, sizeof local);
        if (next == here(zip) && offset_now(zip) > zip->member.offset) count = 0;
        else if (next > here(zip)) count = (size_t)(next - here(zip));
        else if (next == NULL && count > sizeof local && !zip->window.below_ended) count -= sizeof local - 1;
        else if (next != NULL) count = sizeof local;
    }
    if (count > DECODED_STEP_BYTES) count = DECODED_STEP_BYTES;
    if (count == 0) {
        zip->body = BODY_NONE;
        return 0;
    }
    memcpy(output, here(zip), count);
    packed_take(zip, count);
    return count;
}

/* One step into output (DECODED_STEP_BYTES). */
static size_t body_read(struct zip *zip, uint8_t *output)
{
    bool residue = zip->body == BODY_RESIDUE || zip->body == BODY_RESIDUE_OPEN, given_up = false;
    size_t count = 0;
    if (zip->packed_left == 0 && (residue || zip->body == BODY_STORED)) {
        if (residue) zip->body = BODY_NONE;
        else body_end(zip);
        return 0;
    }
    if (residue && !window_has(&zip->window, 1)) {
        if (window_hole_pass(&zip->window)) zip->gap_next = true;
        else zip->body = BODY_NONE;
        return 0;
    }
    if (zip->packed_left > 0 && !packed_has(zip)) return 0;
    plain_fill(zip);
    if (residue) count = residue_read(zip, output);
    else if (zip->body == BODY_DEFLATE) count = deflate_read(zip, output);
    else if (zip->body == BODY_FRAME) count = frame_read(zip, output);
    else count = stored_read(zip, output);
    if (residue || count == 0) return count;
    enum coverage_reason limit = ledger_admit(zip->ledger, &count);
    if (limit == COVERAGE_NONE) return count;
    char detail[OBJECT_DETAIL_SIZE];
    snprintf(detail, sizeof detail, "%s reached in the zip member at offset %" PRIu64 "; %s raises it",
             limit == COVERAGE_LIMIT_BYTES ? "the number of decoded bytes" : "the ratio of decoded to stored bytes", zip->entry.offset,
             limit == COVERAGE_LIMIT_BYTES ? "--max-bytes" : "--max-ratio");
    given_up = zip->body == BODY_NONE;
    limits_trip(zip->ledger->limits, limit, detail);
    if (!given_up) body_leave(zip, limit, detail);
    return count;
}

static enum status zip_read(void *container, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap)
{
    struct zip *zip = container;
    *count = 0;
    *gap = false;
    while (zip->spare_at == zip->spare_end && *count == 0) {
        if (zip->no_memory || zip->window.no_memory) return STATUS_FATAL;
        if (zip->body == BODY_NONE) return STATUS_END;
        zip->spare_at = zip->spare_end = 0;
        if (capacity >= DECODED_STEP_BYTES && !(joined && zip->gap_next)) *count = body_read(zip, (uint8_t *)bytes);
        else zip->spare_end = body_read(zip, zip->spare);
    }
    if (joined && zip->gap_next) return STATUS_OK;
    if (*count == 0) {
        *count = zip->spare_end - zip->spare_at;
        if (*count > capacity) *count = capacity;
        memcpy(bytes, zip->spare + zip->spare_at, *count);
        zip->spare_at += *count;
    }
    *gap = zip->gap_next;
    zip->gap_next = false;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ what sheets refer to */

/* Where the data of an entry stands, if it can be read by itself. */
static struct workbook_part part_of(const struct zip *zip, const struct zip_entry *entry)
{
    const struct byte_reader *below = &zip->window.below;
    uint8_t head[LOCAL_BYTES];
    struct workbook_part part = {0, 0, entry->method == METHOD_DEFLATE};
    bool is_plain = !is_locked(entry) && (part.is_deflated || entry->method == METHOD_STORED);
    if (!is_plain || !below->read_at(below->context, entry->offset, (char *)head, sizeof head) || get32(head) != SIGNATURE_LOCAL) return part;
    part.offset = entry->offset + LOCAL_BYTES + get16(head + 26) + get16(head + 28);
    part.packed = entry->packed;
    return part;
}

/* Looks at sheets that stand behind the texts. */
static void sheets_look_ahead(struct zip *zip, uint64_t behind)
{
    static const char folder[] = "xl/worksheets/";
    struct zip_walk walk = {.directory = &zip->directory, .peek.below = &zip->window.below};
    for (const struct zip_entry *entry; zip->workbook != NULL && (entry = zip_walk_next(&walk)) != NULL;) {
        char *name = entry->offset > behind && entry->name_length > sizeof folder ? entry_name(zip, entry) : NULL;
        struct workbook_part sheet = name != NULL && strncasecmp(name, folder, sizeof folder - 1) == 0 ? part_of(zip, entry) : (struct workbook_part){0};
        if (sheet.packed > 0) workbook_look_ahead(zip->workbook, &zip->window.below, zip->ledger->options->inflater, &sheet);
        free(name);
    }
    zip_walk_close(&walk);
}

static struct workbook *zip_workbook(void *container)
{
    static const char strings_name[] = "xl/sharedStrings.xml", styles_name[] = "xl/styles.xml";
    struct zip *zip = container;
    const struct byte_reader *below = &zip->window.below;
    if (zip->workbook_asked || !zip->has_directory || below->read_at == NULL) return zip->workbook;
    zip->workbook_asked = true;
    struct workbook_part strings = {0}, styles = {0};
    struct zip_walk walk = {.directory = &zip->directory, .peek.below = below};
    for (const struct zip_entry *entry; (entry = zip_walk_next(&walk)) != NULL;) {
        bool may_be = entry->name_length == sizeof strings_name - 1 || entry->name_length == sizeof styles_name - 1;
        char *name = may_be ? entry_name(zip, entry) : NULL;
        if (name != NULL && strcasecmp(name, strings_name) == 0) strings = part_of(zip, entry);
        if (name != NULL && strcasecmp(name, styles_name) == 0) styles = part_of(zip, entry);
        free(name);
    }
    zip_walk_close(&walk);
    zip->workbook = workbook_open(below, zip->ledger->options->inflater, &strings, &styles);
    if (strings.packed > 0) sheets_look_ahead(zip, strings.offset);
    return zip->workbook;
}

const struct container_format container_zip = {.name = "zip", .begins = zip_begins, .ends = zip_ends, .open = zip_open, .next = zip_next, .read = zip_read, .close = zip_close,
                                               .workbook = zip_workbook};
