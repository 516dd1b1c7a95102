/* Members of a tar: ustar, pax, GNU and the old form before them. Sparse files come as they are stored.
 *
 * Source   POSIX.1-2017, pax; the GNU tar manual, "Basic Tar Format"
 *
 *     | header 512 | data, padded to 512 | header | data | ... | 512 zeros, 512 zeros | zeros up to a full record |
 *
 * End      zeros end no tar here: another may follow. What follows and is no header is a residue up to the next header
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "byte_window.h"
#include "container.h"

enum {
    BLOCK_BYTES = 512,
    TAR_BUFFER_BYTES = 256 << 10,
    PAX_BYTES_MAX = 1 << 20,

    /* Fields of a header: where, how long. */
    NAME_AT = 0, NAME_BYTES = 100,
    SIZE_AT = 124, SIZE_BYTES = 12,
    SUM_AT = 148, SUM_BYTES = 8,
    TYPE_AT = 156,
    MAGIC_AT = 257, MAGIC_BYTES = 6,
    PREFIX_AT = 345, PREFIX_BYTES = 155,
    SPARSE_GOES_ON_AT = 482, /* of an old sparse header of GNU */
    SPARSE_MAP_GOES_ON_AT = 504 /* of the blocks of its map that follow */
};

struct tar {
    struct byte_window window;
    struct stream_ledger *ledger;
    struct container_member member;
    uint64_t left;      /* bytes of the member in hand that are to come */
    uint64_t padding;   /* behind them */
    bool gap_next, in_residue;
    bool saw_end;       /* the zeros at the end */
    bool saw_member;
    bool no_memory;
    /* For the next header, by extended headers before it. */
    char *next_name;
    bool has_next_size;
    uint64_t next_size;
};

static bool octal_read(const uint8_t *field, size_t length, uint64_t *value)
{
    size_t i = 0;
    *value = 0;
    if ((field[0] & 0x80) != 0) { /* GNU: a binary number, the first bit of which says so */
        if (field[0] != 0x80) return false; /* negative */
        for (i = 1; i < length; i++) {
            if (*value >> 55 != 0) return false;
            *value = *value << 8 | field[i];
        }
        return true;
    }
    while (i < length && field[i] == ' ') i++;
    size_t digits = 0;
    for (; i < length && field[i] >= '0' && field[i] <= '7'; i++, digits++) *value = *value << 3 | (uint64_t)(field[i] - '0');
    for (; i < length; i++)
        if (field[i] != ' ' && field[i] != '\0') return false;
    return true;
}

/* A header: its sum holds, counted with either sign of bytes, as both were written. */
static bool is_header(const uint8_t *block)
{
    uint64_t given;
    int64_t plain = 0, with_sign = 0;
    if (block[SUM_AT] == '\0' || !octal_read(block + SUM_AT, SUM_BYTES, &given)) return false;
    for (int i = 0; i < BLOCK_BYTES; i++) {
        bool in_sum = i >= SUM_AT && i < SUM_AT + SUM_BYTES;
        plain += in_sum ? ' ' : block[i];
        with_sign += in_sum ? ' ' : (int8_t)block[i];
    }
    return (int64_t)given == plain || (int64_t)given == with_sign;
}

static bool is_zero(const uint8_t *block)
{
    for (int i = 0; i < BLOCK_BYTES; i++)
        if (block[i] != 0) return false;
    return true;
}

static bool tar_begins(const uint8_t *bytes, size_t length)
{
    uint64_t size;
    return length >= BLOCK_BYTES && is_header(bytes) && octal_read(bytes + SIZE_AT, SIZE_BYTES, &size);
}

static void *tar_open(const struct byte_reader *below, struct stream_ledger *ledger, const char *first, size_t first_bytes)
{
    struct tar *tar = calloc(1, sizeof *tar);
    if (tar == NULL) return NULL;
    tar->ledger = ledger;
    if (window_open(&tar->window, below, TAR_BUFFER_BYTES, 0, first, first_bytes)) return tar;
    free(tar);
    return NULL;
}

static void tar_close(void *container)
{
    struct tar *tar = container;
    if (tar == NULL) return;
    window_close(&tar->window);
    free(tar->member.name);
    free(tar->next_name);
    free(tar);
}

static uint64_t offset_now(const struct tar *tar)
{
    return window_offset(&tar->window, tar->window.at);
}

static void consumed_note(struct tar *tar)
{
    if (tar->window.below.is_lowest) tar->ledger->stored_consumed = offset_now(tar);
}

static const uint8_t *here(const struct tar *tar)
{
    return tar->window.buffer + tar->window.at;
}

/* Passes over bytes, holes among them; false where they end too early. */
static bool pass(struct tar *tar, uint64_t count)
{
    while (count > 0) {
        uint64_t holes = tar->window.holes_passed_bytes;
        if (window_hole_pass(&tar->window)) {
            holes = tar->window.holes_passed_bytes - holes;
            count = count > holes ? count - holes : 0;
            tar->gap_next = true;
            continue;
        }
        if (!window_has(&tar->window, 1)) {
            if (tar->window.hole == tar->window.at) continue;
            return false;
        }
        size_t step = window_left(&tar->window);
        if (step > count) step = (size_t)count;
        tar->window.at += step;
        count -= step;
    }
    return true;
}

/* ------------------------------------------------------------------ headers */

static void member_begin(struct tar *tar, char *name)
{
    free(tar->member.name);
    tar->member = (struct container_member){.name = name, .status = OBJECT_COMPLETE, .size = UINT64_MAX};
    tar->no_memory |= name == NULL;
    tar->in_residue = false;
    tar->left = tar->padding = 0;
    tar->gap_next = false;
}

/* The content of an extended header, ended by NUL; NULL: too long, cut, or no memory. */
static char *extension_read(struct tar *tar, uint64_t size)
{
    char *text = size <= PAX_BYTES_MAX ? malloc((size_t)size + 1) : NULL;
    size_t have = 0;
    while (text != NULL && have < size) {
        if (!window_has(&tar->window, 1)) break;
        size_t step = window_left(&tar->window);
        if (step > size - have) step = (size_t)size - have;
        memcpy(text + have, here(tar), step);
        tar->window.at += step;
        have += step;
    }
    if (text == NULL || have < size) {
        outcome_mark(tar->ledger->outcome, OBJECT_PARTIAL, have < size && text != NULL ? COVERAGE_TRUNCATED : COVERAGE_CORRUPT_STREAM,
                     "tar: the extended header before offset %" PRIu64 " cannot be read", offset_now(tar));
        (void)pass(tar, size - have);
        free(text);
        return NULL;
    }
    text[size] = '\0';
    (void)pass(tar, (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES);
    return text;
}

static void next_name_set(struct tar *tar, const char *bytes, size_t length)
{
    free(tar->next_name);
    tar->next_name = member_name(bytes, length);
    tar->no_memory |= tar->next_name == NULL;
}

/* Records "LENGTH KEY=VALUE\n". */
static void pax_read(struct tar *tar, const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t length = 0, digits = 0;
        while (at + digits < size && text[at + digits] >= '0' && text[at + digits] <= '9' && digits < 8)
            length = 10 * length + (size_t)(text[at + digits++] - '0');
        if (digits == 0 || length <= digits + 2 || length > size - at || text[at + digits] != ' ') {
            outcome_mark(tar->ledger->outcome, OBJECT_PARTIAL, COVERAGE_CORRUPT_STREAM, "tar: an extended header before offset %" PRIu64 " cannot be read", offset_now(tar));
            return;
        }
        const char *key = text + at + digits + 1, *end = text + at + length - 1; /* without its newline */
        const char *equals = memchr(key, '=', (size_t)(end - key));
        at += length;
        if (equals == NULL) continue;
        const char *value = equals + 1;
        size_t key_length = (size_t)(equals - key), value_length = (size_t)(end - value);
        bool is_path = key_length == 4 && memcmp(key, "path", 4) == 0;
        bool is_sparse_name = key_length == 15 && memcmp(key, "GNU.sparse.name", 15) == 0;
        if ((is_path && tar->next_name == NULL) || is_sparse_name) next_name_set(tar, value, value_length);
        if (key_length == 4 && memcmp(key, "size", 4) == 0 && value_length < 19) {
            tar->has_next_size = true;
            tar->next_size = strtoull(value, NULL, 10);
        }
    }
}

static char *name_of(struct tar *tar, const uint8_t *header)
{
    if (tar->next_name != NULL) {
        char *name = tar->next_name;
        tar->next_name = NULL;
        return name;
    }
    const char *name = (const char *)header + NAME_AT, *prefix = (const char *)header + PREFIX_AT;
    size_t length = strnlen(name, NAME_BYTES), prefix_length = strnlen(prefix, PREFIX_BYTES);
    bool posix = memcmp(header + MAGIC_AT, "ustar\0", MAGIC_BYTES) == 0 && prefix_length > 0;
    char whole[PREFIX_BYTES + NAME_BYTES + 2];
    int used = posix ? snprintf(whole, sizeof whole, "%.*s/%.*s", (int)prefix_length, prefix, (int)length, name)
                     : snprintf(whole, sizeof whole, "%.*s", (int)length, name);
    return member_name(whole, (size_t)used);
}

/* An old sparse file of GNU: more blocks of its map follow the header. */
static void sparse_map_pass(struct tar *tar, const uint8_t *header)
{
    bool goes_on = header[SPARSE_GOES_ON_AT] != 0;
    while (goes_on && window_has(&tar->window, BLOCK_BYTES)) {
        goes_on = here(tar)[SPARSE_MAP_GOES_ON_AT] != 0;
        tar->window.at += BLOCK_BYTES;
    }
}

static void listed(struct tar *tar, enum coverage_reason reason, const char *detail)
{
    tar->member.size = 0;
    member_mark(&tar->member, OBJECT_SKIPPED, reason, detail);
}

/* Takes one header. True: a member begins with it. */
static bool header_take(struct tar *tar)
{
    uint8_t header[BLOCK_BYTES];
    memcpy(header, here(tar), BLOCK_BYTES);
    tar->window.at += BLOCK_BYTES;
    uint64_t size = 0;
    if (!octal_read(header + SIZE_AT, SIZE_BYTES, &size)) size = 0;
    uint8_t type = header[TYPE_AT];
    if (type == 'x' || type == 'g' || type == 'X' || type == 'L' || type == 'K') {
        char *text = extension_read(tar, size);
        if (text != NULL && type == 'L') next_name_set(tar, text, strnlen(text, (size_t)size));
        if (text != NULL && (type == 'x' || type == 'X')) pax_read(tar, text, (size_t)size);
        free(text);
        return false;
    }
    if (tar->has_next_size) size = tar->next_size;
    tar->has_next_size = false;
    bool is_link = type == '1' || type == '2';
    if (type >= '2' && type <= '6') size = 0; /* whatever it says: there is no data */
    char *name = name_of(tar, header);
    bool is_folder = type == '5' || type == 'V' || ((type == '\0' || type == '0') && size == 0 && name != NULL && name[0] != '\0' && name[strlen(name) - 1] == '/');
    if (is_folder) {
        free(name);
        return false;
    }
    member_begin(tar, name);
    tar->saw_member = true;
    if (is_link && size == 0)
        listed(tar, type == '1' ? COVERAGE_DUPLICATE_CONTENT : COVERAGE_SYMLINK_NOT_FOLLOWED, type == '1' ? "a hard link to another member" : "");
    else if (type == '3' || type == '4' || type == '6') listed(tar, COVERAGE_NOT_REGULAR, "a device or pipe");
    if (tar->member.status != OBJECT_COMPLETE) return true;
    if (type == 'S') sparse_map_pass(tar, header);
    tar->member.has_bytes = true;
    tar->member.size = tar->left = size;
    tar->padding = (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES;
    return true;
}

/* ------------------------------------------------------------------ between members */

static void residue_begin(struct tar *tar)
{
    char name[32];
    uint64_t offset = offset_now(tar);
    snprintf(name, sizeof name, "~%" PRIu64, offset);
    member_begin(tar, strdup(name));
    tar->member.is_residue = tar->member.has_bytes = tar->in_residue = true;
    tar->member.offset = offset;
    if (tar->saw_end)
        outcome_mark(tar->ledger->outcome, OBJECT_PARTIAL, COVERAGE_RESIDUE_SCANNED_RAW, "bytes that are no tar from offset %" PRIu64 " on", offset);
    else
        outcome_mark(tar->ledger->outcome, OBJECT_PARTIAL, COVERAGE_CORRUPT_STREAM, "tar: no header at offset %" PRIu64, offset);
}

/* Of a member that was read to its end nothing is left: what is, nobody reads. */
static bool pass_rest(struct tar *tar)
{
    if (tar->window.below.is_lowest) tar->ledger->stored_unexamined += tar->left;
    bool whole = pass(tar, tar->left);
    if (whole) whole = pass(tar, tar->padding);
    tar->left = tar->padding = 0;
    return whole;
}

static enum status tar_end(struct tar *tar)
{
    consumed_note(tar);
    if (!tar->saw_end) outcome_mark(tar->ledger->outcome, OBJECT_PARTIAL, COVERAGE_TRUNCATED, "tar: ends without its end, at offset %" PRIu64, offset_now(tar));
    return STATUS_END;
}

static enum status tar_residue_read(struct tar *tar, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap);

static enum status tar_next(void *container, struct container_member **member)
{
    struct tar *tar = container;
    char nowhere[4096];
    *member = &tar->member;
    if (tar->in_residue) {
        size_t count;
        bool gap;
        while (tar_residue_read(tar, nowhere, sizeof nowhere, false, &count, &gap) == STATUS_OK) {
        }
        tar->in_residue = false;
    }
    (void)pass_rest(tar);
    for (;;) {
        consumed_note(tar);
        if (tar->no_memory || tar->window.no_memory) return STATUS_FATAL;
        if (window_hole_pass(&tar->window)) continue;
        if (!window_has(&tar->window, BLOCK_BYTES)) {
            if (tar->window.hole == tar->window.at) continue;
            if (window_left(&tar->window) == 0) return tar_end(tar);
            residue_begin(tar);
            break;
        }
        if (is_zero(here(tar))) {
            tar->saw_end = true;
            tar->window.at += BLOCK_BYTES;
            continue;
        }
        if (!is_header(here(tar))) {
            residue_begin(tar);
            break;
        }
        tar->saw_end = false;
        if (header_take(tar)) break;
    }
    return tar->no_memory ? STATUS_FATAL : STATUS_OK;
}

/* ------------------------------------------------------------------ bytes of members */

/* Blocks up to the next header; the last may be short. */
static enum status tar_residue_read(struct tar *tar, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap)
{
    *count = 0;
    *gap = false;
    if (window_hole_pass(&tar->window)) tar->gap_next = true;
    if (joined && tar->gap_next) return STATUS_OK;
    bool full = window_has(&tar->window, BLOCK_BYTES);
    size_t left = window_left(&tar->window), taken = 0;
    if (left == 0) return STATUS_END;
    if (full && is_header(here(tar)) && offset_now(tar) > tar->member.offset) return STATUS_END;
    while (taken + BLOCK_BYTES <= capacity && taken + BLOCK_BYTES <= left &&
           (taken == 0 || !is_header(here(tar) + taken))) taken += BLOCK_BYTES;
    if (!full) taken = left;
    memcpy(bytes, here(tar), taken);
    tar->window.at += taken;
    *count = taken;
    *gap = tar->gap_next;
    tar->gap_next = false;
    consumed_note(tar);
    return STATUS_OK;
}

/* Bytes of the member: those of the window, or, where it has none and there is room, straight from below. 0: there are none. */
static size_t member_take(struct tar *tar, char *bytes, size_t capacity)
{
    size_t most = capacity < tar->left ? capacity : (size_t)tar->left;
    size_t passed = most >= DECODED_STEP_BYTES ? window_pass(&tar->window, bytes, most) : 0;
    if (passed > 0) return passed;
    if (!window_has(&tar->window, 1)) return 0;
    if (most > window_left(&tar->window)) most = window_left(&tar->window);
    memcpy(bytes, here(tar), most);
    tar->window.at += most;
    return most;
}

static enum status tar_read(void *container, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap)
{
    struct tar *tar = container;
    *count = 0;
    *gap = false;
    if (tar->in_residue) return tar_residue_read(tar, bytes, capacity, joined, count, gap);
    while (tar->left > 0) {
        uint64_t holes = tar->window.holes_passed_bytes;
        if (window_hole_pass(&tar->window)) {
            holes = tar->window.holes_passed_bytes - holes;
            tar->left = tar->left > holes ? tar->left - holes : 0;
            member_mark(&tar->member, OBJECT_PARTIAL, COVERAGE_CORRUPT_STREAM, "bytes are missing in it");
            tar->gap_next = true;
            continue;
        }
        if (joined && tar->gap_next) return STATUS_OK;
        *count = member_take(tar, bytes, capacity);
        if (*count == 0) {
            if (tar->window.no_memory) return STATUS_FATAL;
            if (tar->window.hole == tar->window.at) continue;
            member_mark(&tar->member, OBJECT_PARTIAL, COVERAGE_TRUNCATED, "ends too early");
            tar->left = tar->padding = 0;
            return STATUS_END;
        }
        tar->left -= *count;
        *gap = tar->gap_next;
        tar->gap_next = false;
        consumed_note(tar);
        return STATUS_OK;
    }
    return STATUS_END;
}

const struct container_format container_tar = {.name = "tar", .begins = tar_begins, .open = tar_open, .next = tar_next, .read = tar_read, .close = tar_close};
