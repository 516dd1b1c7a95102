#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/escape.h"
#include "run_layout.h"
#include "run_pack.h"
#include "run_seal.h"

struct index_block {
    uint64_t offset, checksum;
    uint32_t stored_bytes, raw_bytes, entries;
    struct span first_key; /* as the index holds it, maybe cut */
};

struct run {
    int descriptor;
    struct run_identity identity;
    struct run_totals totals;
    uint64_t index_offset, index_bytes;
    struct index_block *blocks;
    char *index; /* first keys lie in it */
    char header[HEADER_BYTES], footer[FOOTER_BYTES];
    char name[RUN_NAME_SIZE];
};

/* Reads all of it or says why not. */
static enum status read_at(const struct run *run, uint64_t offset, char *bytes, size_t count, struct fault *fault)
{
    while (count > 0) {
        ssize_t got = pread(run->descriptor, bytes, count, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fault_set(fault, STATUS_DAMAGED, "%s: cannot be read: %s", run->name, strerror(errno));
        if (got == 0)
            return fault_set(fault, STATUS_DAMAGED, "%s: is shorter than it was when it was opened", run->name);
        bytes += got;
        count -= (size_t)got;
        offset += (uint64_t)got;
    }
    return STATUS_OK;
}

static enum status damaged(const struct run *run, struct fault *fault, const char *what)
{
    return fault_set(fault, STATUS_DAMAGED, "%s: %s", run->name, what);
}

/* ---------------------------------------------------------------- opening */

static enum status descriptor_open(struct run *run, int directory, const char *name, struct fault *fault)
{
    /* A pipe in its place must not block us, nor a link lead elsewhere. */
    run->descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (run->descriptor < 0) {
        bool ours = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
        return fault_set(fault, ours ? STATUS_FATAL : STATUS_DAMAGED, "%s: cannot be opened: %s", run->name,
                         strerror(errno));
    }
    struct stat status;
    if (fstat(run->descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        return damaged(run, fault, "is no regular file");
    run->totals.file_bytes = (uint64_t)status.st_size;
    if (run->totals.file_bytes < HEADER_BYTES) return damaged(run, fault, "is too short for a run");
    return STATUS_OK;
}

/* checksum: the header's. */
static enum status header_read(struct run *run, uint64_t *checksum, struct fault *fault)
{
    char *header = run->header;
    enum status status = read_at(run, 0, header, sizeof run->header, fault);
    if (status != STATUS_OK) return status;
    if (memcmp(header, run_magic, sizeof run_magic) != 0) return damaged(run, fault, "is no run");
    *checksum = layout_get(header + HEADER_CHECKSUM, 8);
    if (run_checksum(header, HEADER_CHECKSUM, 0) != *checksum)
        return damaged(run, fault, "its header is damaged (wrong checksum)");
    uint64_t version = layout_get(header + HEADER_VERSION, 4);
    if (version > RUN_VERSION)
        return fault_set(fault, STATUS_USAGE, "%s: a run of a newer format (%" PRIu64 "; this program reads %d)",
                         run->name, version, RUN_VERSION);
    if (version != RUN_VERSION) return damaged(run, fault, "a run of a format that never was");
    run->identity.content = (uint32_t)layout_get(header + HEADER_CONTENT, 4);
    memcpy(run->identity.key_fingerprint, header + HEADER_KEY, RUN_DIGEST_BYTES);
    memcpy(run->identity.detectors_digest, header + HEADER_DETECTORS, RUN_DIGEST_BYTES);
    return STATUS_OK;
}

static enum status identity_check(struct run *run, const struct run_identity *expected, struct fault *fault)
{
    struct run_identity *found = &run->identity;
    if (memcmp(found->key_fingerprint, expected->key_fingerprint, RUN_DIGEST_BYTES) != 0)
        return fault_set(fault, STATUS_USAGE, "%s: made with another case key", run->name);
    if (memcmp(found->detectors_digest, expected->detectors_digest, RUN_DIGEST_BYTES) != 0)
        return fault_set(fault, STATUS_USAGE, "%s: made with other detector tables, or by another version", run->name);
    if (found->content != expected->content)
        return fault_set(fault, STATUS_USAGE, "%s: holds content %" PRIu32 " where %" PRIu32 " is wanted", run->name,
                         found->content, expected->content);
    memcpy(found->key, expected->key, sizeof found->key);
    return STATUS_OK;
}

/* index_checksum: what the footer says of the index. */
static enum status footer_read(struct run *run, uint64_t header_checksum, uint64_t *index_checksum, struct fault *fault)
{
    struct run_totals *totals = &run->totals;
    if (totals->file_bytes < HEADER_BYTES + FOOTER_BYTES) return damaged(run, fault, "ends too early");
    char *footer = run->footer;
    enum status status = read_at(run, totals->file_bytes - FOOTER_BYTES, footer, sizeof run->footer, fault);
    if (status != STATUS_OK) return status;
    if (memcmp(footer + FOOTER_MAGIC, run_end_magic, sizeof run_end_magic) != 0)
        return damaged(run, fault, "ends too early, or something follows its end");
    totals->checksum = layout_get(footer + FOOTER_CHECKSUM, 8);
    if (run_checksum(footer, FOOTER_CHECKSUM, header_checksum) != totals->checksum)
        return damaged(run, fault, "its footer is damaged (wrong checksum)");
    run->index_offset = layout_get(footer + FOOTER_INDEX_OFFSET, 8);
    run->index_bytes = layout_get(footer + FOOTER_INDEX_BYTES, 8);
    totals->blocks = layout_get(footer + FOOTER_BLOCKS, 8);
    totals->entries = layout_get(footer + FOOTER_ENTRIES, 8);
    totals->raw_bytes = layout_get(footer + FOOTER_RAW, 8);
    *index_checksum = layout_get(footer + FOOTER_INDEX_CHECKSUM, 8);
    uint64_t between_bytes = totals->file_bytes - FOOTER_BYTES - HEADER_BYTES;
    if (run->index_bytes < RUN_TAG_BYTES || run->index_bytes > between_bytes ||
        run->index_offset != HEADER_BYTES + between_bytes - run->index_bytes)
        return damaged(run, fault, "its footer names another length of the file");
    if (totals->blocks > (run->index_bytes - RUN_TAG_BYTES) / INDEX_ENTRY_BYTES_MIN)
        return damaged(run, fault, "its footer names more blocks than its index has room for");
    return STATUS_OK;
}

/* Whether what the index says of a block can be: what is taken from it decides how much memory is asked for. */
static bool block_possible(const struct index_block *block, const struct index_block *before, uint64_t blocks_end)
{
    uint64_t room = blocks_end - block->offset;
    if (room < BLOCK_HEADER_BYTES || block->stored_bytes > room - BLOCK_HEADER_BYTES) return false;
    if (block->raw_bytes > RUN_RAW_BYTES_MAX || block->stored_bytes > block->raw_bytes) return false;
    if (!run_unpack_plausible(block->stored_bytes, block->raw_bytes)) return false;
    if (block->entries == 0 || block->entries > block->raw_bytes / ENTRY_BYTES_MIN) return false;
    if (block->raw_bytes > RUN_BLOCK_BYTES && block->entries > 1) return false;
    if (block->first_key.len > RUN_INDEX_KEY_BYTES_MAX || block->first_key.len > block->raw_bytes) return false;
    return before == NULL || run_key_compare(before->first_key, block->first_key) <= 0;
}

static bool take_length(struct bytes_reader *reader, uint32_t *length)
{
    uint64_t number = bytes_take_leb128(reader);
    *length = (uint32_t)number;
    return !reader->bad && number <= RUN_RAW_BYTES_MAX;
}

static bool index_take(struct bytes_reader *reader, struct index_block *block)
{
    uint32_t key_bytes = 0;
    if (!take_length(reader, &key_bytes) || !take_length(reader, &block->stored_bytes) ||
        !take_length(reader, &block->raw_bytes) || !take_length(reader, &block->entries))
        return false;
    const char *checksum = bytes_take(reader, 8);
    if (checksum == NULL) return false;
    block->checksum = layout_get(checksum, 8);
    block->first_key = (struct span){bytes_take(reader, key_bytes), key_bytes};
    return !reader->bad;
}

static bool index_parse(struct run *run)
{
    struct bytes_reader reader = {.at = run->index + RUN_TAG_BYTES, .end = run->index + run->index_bytes};
    uint64_t offset = HEADER_BYTES, entries = 0, raw_bytes = 0;
    for (uint64_t i = 0; i < run->totals.blocks; i++) {
        struct index_block *block = &run->blocks[i];
        block->offset = offset;
        if (!index_take(&reader, block) || !block_possible(block, i > 0 ? block - 1 : NULL, run->index_offset))
            return false;
        offset += BLOCK_HEADER_BYTES + block->stored_bytes;
        entries += block->entries;
        raw_bytes += block->raw_bytes;
    }
    return reader.at == reader.end && offset == run->index_offset && entries == run->totals.entries &&
           raw_bytes == run->totals.raw_bytes;
}

static enum status index_unlock(struct run *run, struct fault *fault)
{
    char room[INDEX_CONTEXT_BYTES];
    struct span context = run_index_context(room, run->header, run->footer);
    struct seal *seal = run_seal_open(run->identity.key);
    enum status status = STATUS_FATAL;
    if (seal != NULL)
        status = seal_unlock(seal, context, (const uint8_t *)run->index, run->index + RUN_TAG_BYTES,
                             (size_t)run->index_bytes - RUN_TAG_BYTES);
    seal_close(seal);
    if (status == STATUS_FATAL)
        return fault_set(fault, STATUS_FATAL, "%s: no memory for undoing its seal, or no AES and HMAC here", run->name);
    return status == STATUS_OK ? status : damaged(run, fault, "its index was not made with the case key");
}

static enum status index_read(struct run *run, uint64_t checksum, struct fault *fault)
{
    run->index = malloc((size_t)run->index_bytes);
    if (run->index == NULL) return fault_set(fault, STATUS_FATAL, "%s: no memory for its index", run->name);
    enum status status = read_at(run, run->index_offset, run->index, (size_t)run->index_bytes, fault);
    if (status != STATUS_OK) return status;
    if (run_checksum(run->index, (size_t)run->index_bytes, 0) != checksum)
        return damaged(run, fault, "its index is damaged (wrong checksum)");
    status = index_unlock(run, fault);
    if (status != STATUS_OK) return status;
    run->blocks = calloc((size_t)run->totals.blocks + 1, sizeof *run->blocks);
    if (run->blocks == NULL) return fault_set(fault, STATUS_FATAL, "%s: no memory for its index", run->name);
    return index_parse(run) ? STATUS_OK : damaged(run, fault, "its index contradicts itself or the footer");
}

static enum status run_read(struct run *run, const struct run_identity *expected, struct fault *fault)
{
    uint64_t header_checksum = 0, index_checksum = 0;
    enum status status = header_read(run, &header_checksum, fault);
    if (status == STATUS_OK) status = identity_check(run, expected, fault);
    if (status == STATUS_OK) status = footer_read(run, header_checksum, &index_checksum, fault);
    if (status == STATUS_OK) status = index_read(run, index_checksum, fault);
    return status;
}

enum status run_open(int directory, const char *name, const struct run_identity *expected, struct run **run,
                     struct fault *fault)
{
    *run = NULL;
    struct run *made = calloc(1, sizeof *made);
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory for reading a run");
    escape_write(made->name, sizeof made->name, name, strlen(name));
    enum status status = descriptor_open(made, directory, name, fault);
    if (status == STATUS_OK) status = run_read(made, expected, fault);
    if (status != STATUS_OK) {
        run_close(made);
        return status;
    }
    *run = made;
    return STATUS_OK;
}

void run_close(struct run *run)
{
    if (run == NULL) return;
    if (run->descriptor >= 0) close(run->descriptor);
    free(run->blocks);
    free(run->index);
    explicit_bzero(run->identity.key, sizeof run->identity.key);
    free(run);
}

uint64_t run_entry_count(const struct run *run)
{
    return run->totals.entries;
}

const struct run_totals *run_totals(const struct run *run)
{
    return &run->totals;
}

const struct run_identity *run_identity(const struct run *run)
{
    return &run->identity;
}

/* ---------------------------------------------------------------- a cursor's block */

enum { KEEP_BYTES_MAX = 4 * RUN_BLOCK_BYTES }; /* buffers that one long entry made larger are given back */

struct room {
    char *at;
    size_t bytes;
};

struct run_cursor {
    const struct run *run;
    struct run_unpacker *unpacker;
    struct seal *seal;
    struct room stored, raw, key;
    const char *at, *end;  /* what is left of the block at hand, raw */
    uint32_t entries_left; /* in it */
    size_t next_block, end_block;
    bool begun, seeking, bounded; /* has read a block; is still below from; may come to `to` in this block */
    struct span from, to;
    size_t key_bytes, key_bytes_max; /* max: what a key of this block can have */
    struct fault ended; /* STATUS_OK: not yet */
    char bounds[];      /* from and to */
};

/* What was in it is lost. */
static bool room_make(struct room *room, size_t bytes)
{
    if (bytes < BLOCK_HEADER_BYTES + RUN_BLOCK_BYTES) bytes = BLOCK_HEADER_BYTES + RUN_BLOCK_BYTES;
    if (bytes <= room->bytes && (room->bytes <= KEEP_BYTES_MAX || bytes > KEEP_BYTES_MAX)) return true;
    free(room->at);
    room->at = malloc(bytes);
    room->bytes = room->at == NULL ? 0 : bytes;
    return room->at != NULL;
}

static enum status block_damaged(const struct run_cursor *cursor, struct fault *fault, const char *what)
{
    return fault_set(fault, STATUS_DAMAGED, "%s: block %zu of %" PRIu64 ": %s", cursor->run->name,
                     cursor->next_block + 1, cursor->run->totals.blocks, what);
}

static enum status block_read(struct run_cursor *cursor, const struct index_block *block, struct fault *fault)
{
    size_t bytes = BLOCK_HEADER_BYTES + (size_t)block->stored_bytes;
    if (!room_make(&cursor->stored, bytes))
        return fault_set(fault, STATUS_FATAL, "%s: no memory for a block", cursor->run->name);
    struct fault seen;
    enum status status = read_at(cursor->run, block->offset, cursor->stored.at, bytes, &seen);
    if (status != STATUS_OK) return block_damaged(cursor, fault, seen.message + strlen(cursor->run->name) + 2);
    const char *header = cursor->stored.at;
    if (layout_get(header + BLOCK_CHECKSUM, 8) != block->checksum ||
        layout_get(header + BLOCK_RAW, 4) != block->raw_bytes ||
        layout_get(header + BLOCK_STORED, 4) != block->stored_bytes ||
        layout_get(header + BLOCK_ENTRIES, 4) != block->entries)
        return block_damaged(cursor, fault, "its header is not what the index says");
    if (run_checksum(header + BLOCK_RAW, bytes - BLOCK_RAW, cursor->next_block) != block->checksum)
        return block_damaged(cursor, fault, "wrong checksum");
    return STATUS_OK;
}

static enum status block_unlock(struct run_cursor *cursor, const struct index_block *block, struct fault *fault)
{
    char *header = cursor->stored.at, room[BLOCK_CONTEXT_BYTES];
    struct span context = run_block_context(room, cursor->run->identity.content, cursor->next_block, header);
    enum status status = seal_unlock(cursor->seal, context, (const uint8_t *)header + BLOCK_TAG,
                                     header + BLOCK_HEADER_BYTES, block->stored_bytes);
    if (status == STATUS_FATAL)
        return fault_set(fault, STATUS_FATAL, "%s: no memory for undoing its seal", cursor->run->name);
    return status == STATUS_OK ? status : block_damaged(cursor, fault, "was not made with the case key");
}

static enum status block_unpack(struct run_cursor *cursor, const struct index_block *block, struct fault *fault)
{
    const char *stored = cursor->stored.at + BLOCK_HEADER_BYTES;
    uint64_t method = layout_get(cursor->stored.at + BLOCK_METHOD, 4);
    bool packed = method == RUN_METHOD_ZSTD && block->stored_bytes < block->raw_bytes;
    if (!packed && (method != RUN_METHOD_STORED || block->stored_bytes != block->raw_bytes))
        return block_damaged(cursor, fault, "stored in a way that this program does not know");
    cursor->at = stored;
    if (packed) {
        if (!room_make(&cursor->raw, block->raw_bytes))
            return fault_set(fault, STATUS_FATAL, "%s: no memory for a block", cursor->run->name);
        if (!run_unpack(cursor->unpacker, stored, block->stored_bytes, cursor->raw.at, block->raw_bytes))
            return block_damaged(cursor, fault, "what is packed in it cannot be undone");
        cursor->at = cursor->raw.at;
    }
    cursor->end = cursor->at + block->raw_bytes;
    return STATUS_OK;
}

/* Whether all keys in front of the block are below the key: the first of the block is. What may be cut and begins
 * the key says nothing. */
static bool begins_below(const struct index_block *block, struct span key)
{
    struct span first = block->first_key;
    if (first.len == RUN_INDEX_KEY_BYTES_MAX && run_key_common(first, key) == first.len) return false;
    return run_key_compare(first, key) < 0;
}

/* Goes on to the next block of the range. */
static enum status block_enter(struct run_cursor *cursor, struct fault *fault)
{
    if (cursor->next_block >= cursor->end_block) return STATUS_END;
    const struct index_block *block = &cursor->run->blocks[cursor->next_block];
    enum status status = block_read(cursor, block, fault);
    if (status == STATUS_OK) status = block_unlock(cursor, block, fault);
    if (status == STATUS_OK) status = block_unpack(cursor, block, fault);
    if (status != STATUS_OK) return status;
    cursor->entries_left = block->entries;
    cursor->next_block++;
    cursor->bounded = cursor->to.len > 0 &&
                      (cursor->next_block == cursor->end_block || !begins_below(block + 1, cursor->to));
    return STATUS_OK;
}

/* ---------------------------------------------------------------- a cursor's entry */

/* A number in its shortest form below 2^32. */
static bool number_take(struct run_cursor *cursor, uint32_t *number)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < NUMBER_BYTES_MAX && cursor->at < cursor->end; i++) {
        unsigned byte = (unsigned char)*cursor->at++;
        value |= (uint64_t)(byte & 0x7F) << 7 * i;
        if (byte >= 0x80) continue;
        *number = (uint32_t)value;
        return value <= UINT32_MAX && (byte != 0 || i == 0);
    }
    return false;
}

static inline bool lengths_take(struct run_cursor *cursor, uint32_t *shared, uint32_t *rest, uint32_t *value)
{
    const unsigned char *at = (const unsigned char *)cursor->at;
    if (cursor->end - cursor->at >= 3 && (at[0] | at[1] | at[2]) < 0x80) {
        *shared = at[0];
        *rest = at[1];
        *value = at[2];
        cursor->at += 3;
        return true;
    }
    return number_take(cursor, shared) && number_take(cursor, rest) && number_take(cursor, value);
}

/* Takes the next entry of the block, whose key becomes the cursor's. False: there is none, or keys descend. Since
 * what is shared must be as much as possible, the first byte that is not tells the order. */
static inline bool entry_take(struct run_cursor *cursor, struct span *value)
{
    uint32_t shared = 0, rest = 0, value_bytes = 0;
    if (!lengths_take(cursor, &shared, &rest, &value_bytes)) return false;
    size_t left = (size_t)(cursor->end - cursor->at);
    if (rest > left || value_bytes > left - rest) return false;
    if (shared > cursor->key_bytes || (uint64_t)shared + rest > cursor->key_bytes_max ||
        value_bytes > RUN_VALUE_BYTES_MAX)
        return false;
    char *key = cursor->key.at;
    if (shared < cursor->key_bytes && (rest == 0 || (unsigned char)*cursor->at <= (unsigned char)key[shared]))
        return false;
    memcpy(key + shared, cursor->at, rest);
    cursor->key_bytes = (size_t)shared + rest;
    *value = (struct span){cursor->at + rest, value_bytes};
    cursor->at += (size_t)rest + value_bytes;
    cursor->entries_left--;
    return true;
}

static enum status entries_damaged(struct run_cursor *cursor, struct fault *fault, const char *what)
{
    cursor->next_block--; /* for the message */
    return block_damaged(cursor, fault, what);
}

/* Holds the first key of the block that was entered against the index and the key before, and makes room for those of
 * the block: one that stands alone is as long as it is, several lie in RUN_BLOCK_BYTES and share among themselves. */
static enum status keys_begin(struct run_cursor *cursor, struct fault *fault)
{
    const struct index_block *block = &cursor->run->blocks[cursor->next_block - 1];
    const char *begin = cursor->at;
    uint32_t shared = 0, rest = 0, value_bytes = 0;
    bool good = lengths_take(cursor, &shared, &rest, &value_bytes) && shared == 0 && rest <= RUN_KEY_BYTES_MAX &&
                rest <= (size_t)(cursor->end - cursor->at);
    struct span key = {cursor->at, rest}, last = {cursor->key.at, cursor->key_bytes};
    cursor->at = begin;
    if (!good || run_key_compare(run_index_key(key), block->first_key) != 0)
        return entries_damaged(cursor, fault, "its entries contradict one another or the index");
    if (cursor->begun && run_key_compare(last, key) > 0)
        return entries_damaged(cursor, fault, "its keys begin before those of the block before end");
    cursor->begun = true;
    cursor->key_bytes = 0;
    cursor->key_bytes_max = block->entries > 1 ? block->raw_bytes : rest;
    if (room_make(&cursor->key, cursor->key_bytes_max)) return STATUS_OK;
    return fault_set(fault, STATUS_FATAL, "%s: no memory for a key", cursor->run->name);
}

/* The next entry of the file, in the range or not. */
static inline enum status entry_next(struct run_cursor *cursor, struct span *value, struct fault *fault)
{
    if (cursor->entries_left == 0) {
        enum status status = block_enter(cursor, fault);
        if (status == STATUS_OK) status = keys_begin(cursor, fault);
        if (status != STATUS_OK) return status;
    }
    if (entry_take(cursor, value) && (cursor->entries_left > 0 || cursor->at == cursor->end)) return STATUS_OK;
    return entries_damaged(cursor, fault, "its entries contradict one another or the index");
}

/* How many blocks begin below the key, those of which it is sure or all of which it can be. */
static size_t blocks_below(const struct run *run, struct span key, bool sure)
{
    size_t low = 0, high = (size_t)run->totals.blocks;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct index_block *block = &run->blocks[middle];
        if (sure ? begins_below(block, key) : run_key_compare(block->first_key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void range_set(struct run_cursor *cursor, struct span from, struct span to)
{
    if (from.len > 0) memcpy(cursor->bounds, from.at, from.len);
    if (to.len > 0) memcpy(cursor->bounds + from.len, to.at, to.len);
    cursor->from = (struct span){cursor->bounds, from.len};
    cursor->to = (struct span){cursor->bounds + from.len, to.len};
    cursor->seeking = from.len > 0;
    /* The block before the first that begins at from or behind it may end in keys that are equal to from. */
    size_t below = blocks_below(cursor->run, from, true);
    cursor->next_block = below > 0 ? below - 1 : 0;
    cursor->end_block = to.len > 0 ? blocks_below(cursor->run, to, false) : (size_t)cursor->run->totals.blocks;
}

enum status run_cursor_open(const struct run *run, struct span from, struct span to, struct run_cursor **cursor,
                            struct fault *fault)
{
    *cursor = NULL;
    struct run_cursor *made = calloc(1, sizeof *made + from.len + to.len);
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "%s: no memory for reading it", run->name);
    made->run = run;
    made->unpacker = run_unpacker_open();
    made->seal = run_seal_open(run->identity.key);
    if (made->unpacker == NULL || made->seal == NULL) {
        run_cursor_close(made);
        return fault_set(fault, STATUS_FATAL, "%s: no memory for reading it", run->name);
    }
    range_set(made, from, to);
    *cursor = made;
    return STATUS_OK;
}

void run_cursor_close(struct run_cursor *cursor)
{
    if (cursor == NULL) return;
    run_unpacker_close(cursor->unpacker);
    free(cursor->stored.at);
    free(cursor->raw.at);
    free(cursor->key.at);
    seal_close(cursor->seal);
    free(cursor);
}

size_t run_cursor_bytes(void)
{
    return sizeof(struct run_cursor) + 3 * (BLOCK_HEADER_BYTES + RUN_BLOCK_BYTES) + run_unpacker_bytes();
}

enum status run_cursor_next(struct run_cursor *cursor, struct span *key, struct span *value, struct fault *fault)
{
    enum status status = cursor->ended.status;
    while (status == STATUS_OK) {
        status = entry_next(cursor, value, &cursor->ended);
        if (status != STATUS_OK) break;
        *key = (struct span){cursor->key.at, cursor->key_bytes};
        if (cursor->seeking && run_key_compare(*key, cursor->from) < 0) continue;
        cursor->seeking = false;
        if (!cursor->bounded || run_key_compare(*key, cursor->to) < 0) return STATUS_OK;
        status = STATUS_END;
    }
    cursor->ended.status = status;
    if (status != STATUS_END) *fault = cursor->ended;
    return status;
}

bool run_cursor_value_lasts(const struct run_cursor *cursor)
{
    return cursor->entries_left > 0 || cursor->next_block >= cursor->end_block;
}

/* ---------------------------------------------------------------- dividing runs */

static int by_first_key(const void *a, const void *b)
{
    const struct index_block *const *one = a, *const *other = b;
    return run_key_compare((*one)->first_key, (*other)->first_key);
}

/* All blocks of the runs by their first keys; NULL: no memory. */
static const struct index_block **blocks_sorted(const struct run *const *runs, size_t run_count, size_t *count,
                                                uint64_t *raw_bytes)
{
    *count = 0;
    *raw_bytes = 0;
    for (size_t i = 0; i < run_count; i++) {
        *count += (size_t)runs[i]->totals.blocks;
        *raw_bytes += runs[i]->totals.raw_bytes;
    }
    const struct index_block **sorted = malloc((*count + 1) * sizeof(const struct index_block *));
    if (sorted == NULL) return NULL;
    size_t at = 0;
    for (size_t i = 0; i < run_count; i++)
        for (size_t k = 0; k < runs[i]->totals.blocks; k++) sorted[at++] = &runs[i]->blocks[k];
    qsort(sorted, *count, sizeof(const struct index_block *), by_first_key);
    return sorted;
}

enum status run_split(const struct run *const *runs, size_t run_count, size_t parts, struct span *keys,
                      size_t *key_count, struct fault *fault)
{
    *key_count = 0;
    size_t count = 0;
    uint64_t total_bytes = 0;
    const struct index_block **sorted = blocks_sorted(runs, run_count, &count, &total_bytes);
    if (sorted == NULL) return fault_set(fault, STATUS_FATAL, "no memory for dividing runs");
    uint64_t below_bytes = 0; /* of blocks that begin below the one looked at */
    size_t wanted = 1;        /* the part that the next key is to begin */
    for (size_t i = 0; i < count && wanted < parts; below_bytes += sorted[i++]->raw_bytes) {
        struct span key = sorted[i]->first_key, last = *key_count > 0 ? keys[*key_count - 1] : sorted[0]->first_key;
        if ((__uint128_t)below_bytes * parts < (__uint128_t)total_bytes * wanted) continue;
        if (run_key_compare(last, key) >= 0) continue;
        keys[(*key_count)++] = key;
        wanted = (size_t)((__uint128_t)below_bytes * parts / total_bytes) + 1;
    }
    free(sorted);
    return STATUS_OK;
}
