#include <stdlib.h>

#include "../support/escape.h"
#include "../support/file.h"
#include "run_layout.h"
#include "run_pack.h"
#include "run_seal.h"

enum {
    KEEP_BYTES_MAX = 4 * RUN_BLOCK_BYTES, /* buffers that one long entry made larger are given back */
    GAIN_SHARE = 16,  /* who gains less than one byte in so many by packing is not worth the time to make and to undo it */
    IDLE_MAX = 4,     /* blocks in a row that gain less: the next ones mostly would, too */
    UNTRIED_MAX = 15  /* so many of these are stored as they are; then one is tried again */
};

struct run_writer {
    struct file *file;
    struct run_packer *packer;
    struct seal *seal;
    char header[HEADER_BYTES];
    uint32_t content;
    struct bytes raw;    /* room for a block's header, then the entries of the block at hand */
    struct bytes packed; /* the same, packed */
    struct bytes index;  /* room for its tag, then what is sealed in the end */
    struct bytes last_key;
    uint32_t entries; /* in the block at hand */
    unsigned idle, untried; /* blocks in a row that gained little; that are not to be packed */
    char first_key[RUN_INDEX_KEY_BYTES_MAX];
    size_t first_key_bytes;
    struct run_totals totals; /* of the blocks that are written; checksum: the header's */
    bool failed;
    char name[RUN_NAME_SIZE];
};

/* Where it fails, what is in the file no longer agrees with what is known of it. */
static enum status fail(struct run_writer *writer, struct fault *fault, const char *what)
{
    writer->failed = true;
    return fault_set(fault, STATUS_FATAL, "%s: %s", writer->name, what);
}

static enum status out(struct run_writer *writer, const char *bytes, size_t count, struct fault *fault)
{
    enum status status = file_write(writer->file, bytes, count, fault);
    writer->failed = status != STATUS_OK;
    writer->totals.file_bytes += count;
    return status;
}

static enum status header_write(struct run_writer *writer, const struct run_identity *identity, struct fault *fault)
{
    char *header = writer->header;
    writer->content = identity->content;
    memcpy(header, run_magic, sizeof run_magic);
    layout_put(header + HEADER_VERSION, RUN_VERSION, 4);
    layout_put(header + HEADER_CONTENT, identity->content, 4);
    memcpy(header + HEADER_KEY, identity->key_fingerprint, RUN_DIGEST_BYTES);
    memcpy(header + HEADER_DETECTORS, identity->detectors_digest, RUN_DIGEST_BYTES);
    writer->totals.checksum = run_checksum(header, HEADER_CHECKSUM, 0);
    layout_put(header + HEADER_CHECKSUM, writer->totals.checksum, 8);
    return out(writer, header, sizeof writer->header, fault);
}

enum status run_writer_open(int directory, const char *name, const struct run_identity *identity,
                            struct run_writer **writer, struct fault *fault)
{
    *writer = NULL;
    struct run_writer *made = calloc(1, sizeof *made);
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory for writing a run");
    escape_write(made->name, sizeof made->name, name, strlen(name));
    made->packer = run_packer_open();
    made->seal = run_seal_open(identity->key);
    enum status status = STATUS_OK;
    if (made->packer == NULL || !bytes_reserve(&made->raw, BLOCK_HEADER_BYTES + RUN_BLOCK_BYTES) ||
        !bytes_reserve(&made->index, INDEX_ENTRY_BYTES_MAX))
        status = fail(made, fault, "no memory for writing it");
    else if (made->seal == NULL)
        status = fail(made, fault, "no memory for sealing it, or no AES and HMAC here");
    made->raw.count = BLOCK_HEADER_BYTES;
    made->index.count = RUN_TAG_BYTES;
    if (status == STATUS_OK) status = file_open_at(directory, name, &made->file, fault);
    if (status == STATUS_OK) status = header_write(made, identity, fault);
    if (status != STATUS_OK) {
        run_writer_abandon(made);
        return status;
    }
    *writer = made;
    return STATUS_OK;
}

static bool index_add(struct run_writer *writer, size_t raw_bytes, size_t stored_bytes, uint64_t checksum)
{
    struct bytes *index = &writer->index;
    if (!bytes_reserve(index, INDEX_ENTRY_BYTES_MAX)) return false;
    bytes_put_leb128(index, writer->first_key_bytes);
    bytes_put_leb128(index, stored_bytes);
    bytes_put_leb128(index, raw_bytes);
    bytes_put_leb128(index, writer->entries);
    layout_put(index->at + index->count, checksum, 8);
    index->count += 8;
    bytes_put(index, writer->first_key, writer->first_key_bytes);
    return true;
}

/* A new block begins; what one long entry took is given back. */
static bool block_reset(struct run_writer *writer)
{
    writer->entries = 0;
    if (writer->packed.capacity > KEEP_BYTES_MAX) bytes_free(&writer->packed);
    if (writer->raw.capacity > KEEP_BYTES_MAX) bytes_free(&writer->raw);
    writer->raw.count = 0;
    if (!bytes_reserve(&writer->raw, BLOCK_HEADER_BYTES + RUN_BLOCK_BYTES)) return false;
    writer->raw.count = BLOCK_HEADER_BYTES;
    return true;
}

/* Where the block at hand stands, packed if that is tried and makes it smaller, with its header but for tag and checksum.
 * NULL: no memory. */
static char *block_pack(struct run_writer *writer, size_t raw_bytes, size_t *stored_bytes)
{
    bool smaller = false;
    if (writer->untried > 0) {
        writer->untried--;
    } else {
        size_t room = run_pack_room(raw_bytes);
        if (!bytes_reserve(&writer->packed, BLOCK_HEADER_BYTES + room)) return NULL;
        *stored_bytes = run_pack(writer->packer, writer->raw.at + BLOCK_HEADER_BYTES, raw_bytes,
                                 writer->packed.at + BLOCK_HEADER_BYTES, room);
        if (*stored_bytes == 0) return NULL;
        smaller = *stored_bytes < raw_bytes;
        writer->idle = *stored_bytes < raw_bytes - raw_bytes / GAIN_SHARE ? 0 : writer->idle + 1;
        if (writer->idle >= IDLE_MAX) writer->untried = UNTRIED_MAX;
    }
    if (!smaller) *stored_bytes = raw_bytes;
    char *block = smaller ? writer->packed.at : writer->raw.at;
    layout_put(block + BLOCK_RAW, raw_bytes, 4);
    layout_put(block + BLOCK_STORED, *stored_bytes, 4);
    layout_put(block + BLOCK_ENTRIES, writer->entries, 4);
    layout_put(block + BLOCK_METHOD, smaller ? RUN_METHOD_ZSTD : RUN_METHOD_STORED, 4);
    return block;
}

static enum status block_write(struct run_writer *writer, struct fault *fault)
{
    if (writer->entries == 0) return STATUS_OK;
    size_t raw_bytes = writer->raw.count - BLOCK_HEADER_BYTES, stored_bytes = 0;
    char *block = block_pack(writer, raw_bytes, &stored_bytes), room[BLOCK_CONTEXT_BYTES];
    if (block == NULL) return fail(writer, fault, "no memory for packing it");
    struct span context = run_block_context(room, writer->content, writer->totals.blocks, block);
    if (!seal_lock(writer->seal, context, block + BLOCK_HEADER_BYTES, stored_bytes, (uint8_t *)block + BLOCK_TAG))
        return fail(writer, fault, "no memory for sealing it");
    uint64_t checksum =
        run_checksum(block + BLOCK_RAW, BLOCK_HEADER_BYTES - BLOCK_RAW + stored_bytes, writer->totals.blocks);
    layout_put(block + BLOCK_CHECKSUM, checksum, 8);
    enum status status = out(writer, block, BLOCK_HEADER_BYTES + stored_bytes, fault);
    if (status != STATUS_OK) return status;
    if (!index_add(writer, raw_bytes, stored_bytes, checksum)) return fail(writer, fault, "no memory for its index");
    writer->totals.blocks++;
    writer->totals.entries += writer->entries;
    writer->totals.raw_bytes += raw_bytes;
    return block_reset(writer) ? STATUS_OK : fail(writer, fault, "no memory for writing it");
}

static size_t number_bytes(size_t value)
{
    size_t count = 1;
    for (; value >= 0x80; value >>= 7) count++;
    return count;
}

static size_t entry_bytes(struct span key, struct span value, size_t shared)
{
    size_t rest = key.len - shared;
    return number_bytes(shared) + number_bytes(rest) + number_bytes(value.len) + rest + value.len;
}

static void head_put(struct bytes *raw, struct span key, size_t value_bytes, size_t shared)
{
    bytes_put_leb128(raw, shared);
    bytes_put_leb128(raw, key.len - shared);
    bytes_put_leb128(raw, value_bytes);
    bytes_put(raw, key.at + shared, key.len - shared);
}

/* What the next entry is held against, and the index wants to know. */
static bool key_keep(struct run_writer *writer, struct span key, size_t shared)
{
    if (writer->entries == 0) {
        writer->first_key_bytes = run_index_key(key).len;
        memcpy(writer->first_key, key.at, writer->first_key_bytes);
    }
    writer->entries++;

    struct bytes *last = &writer->last_key;
    if (last->capacity > KEEP_BYTES_MAX && key.len <= KEEP_BYTES_MAX) bytes_free(last);
    last->count = shared < last->count ? shared : last->count;
    if (!bytes_reserve(last, key.len - last->count)) return false;
    bytes_put(last, key.at + last->count, key.len - last->count);
    return true;
}

static bool entry_put(struct run_writer *writer, struct span key, struct span value, size_t shared)
{
    struct bytes *raw = &writer->raw;
    if (!bytes_reserve(raw, entry_bytes(key, value, shared))) return false;
    head_put(raw, key, value.len, shared);
    bytes_put(raw, value.at, value.len);
    return key_keep(writer, key, shared);
}

/* How much of it the key shares with the one before. */
static enum status key_take(struct run_writer *writer, struct span *key, size_t *shared, struct fault *fault)
{
    if (writer->failed) return fail(writer, fault, "written on after a failure");
    if (key->len > RUN_KEY_BYTES_MAX) return fail(writer, fault, "a key is too long for a run");
    if (key->len == 0) key->at = ""; /* no sums with NULL */
    struct span last = {writer->last_key.at, writer->last_key.count};
    *shared = run_key_common(last, *key);
    if (*shared < last.len && (*shared == key->len || (unsigned char)key->at[*shared] < (unsigned char)last.at[*shared]))
        return fail(writer, fault, "keys descend while it is written");
    if (writer->entries == 0) *shared = 0;
    return STATUS_OK;
}

static bool entry_fits(const struct run_writer *writer, struct span key, struct span value, size_t shared, size_t begin)
{
    return writer->entries == 0 || entry_bytes(key, value, shared) <= RUN_BLOCK_BYTES + BLOCK_HEADER_BYTES - begin;
}

/* So that room - count in entry_fits cannot be negative, a long entry goes at once. */
static enum status long_write(struct run_writer *writer, struct fault *fault)
{
    return writer->raw.count > RUN_BLOCK_BYTES + BLOCK_HEADER_BYTES ? block_write(writer, fault) : STATUS_OK;
}

enum status run_writer_add(struct run_writer *writer, struct span key, struct span value, struct fault *fault)
{
    size_t shared = 0;
    enum status status = key_take(writer, &key, &shared, fault);
    if (status != STATUS_OK) return status;
    if (value.len > RUN_VALUE_BYTES_MAX) return fail(writer, fault, "a value is too long for a run");
    if (!entry_fits(writer, key, value, shared, writer->raw.count)) {
        status = block_write(writer, fault);
        if (status != STATUS_OK) return status;
        shared = 0;
    }
    if (!entry_put(writer, key, value, shared)) return fail(writer, fault, "no memory for writing it");
    return long_write(writer, fault);
}

/* A value that stands where it does not fit goes into the next block. */
static enum status value_move(struct run_writer *writer, struct span key, struct span value, size_t begin, struct fault *fault)
{
    char *copy = malloc(value.len + 1);
    if (copy == NULL) return fail(writer, fault, "no memory for writing it");
    memcpy(copy, value.at, value.len);
    writer->raw.count = begin;
    enum status status = run_writer_add(writer, key, (struct span){copy, value.len}, fault);
    free(copy);
    return status;
}

enum status run_writer_make(struct run_writer *writer, struct span key, bool (*make)(void *context, struct bytes *value), void *context,
                            struct fault *fault)
{
    size_t shared = 0, begin = writer->raw.count;
    struct bytes *raw = &writer->raw;
    enum status status = key_take(writer, &key, &shared, fault);
    if (status != STATUS_OK) return status;
    /* Most values are so short that their length is one byte. */
    size_t head_bytes = entry_bytes(key, (struct span){NULL, 0}, shared);
    if (!bytes_reserve(raw, head_bytes)) return fail(writer, fault, "no memory for writing it");
    raw->count = begin + head_bytes;
    if (!make(context, raw)) return fail(writer, fault, "no memory for writing it");
    struct span value = {raw->at + begin + head_bytes, raw->count - begin - head_bytes};
    if (value.len > RUN_VALUE_BYTES_MAX) return fail(writer, fault, "a value is too long for a run");
    if (!entry_fits(writer, key, value, shared, begin)) return value_move(writer, key, value, begin, fault);
    size_t longer = number_bytes(value.len) - 1;
    if (longer > 0) {
        if (!bytes_reserve(raw, longer)) return fail(writer, fault, "no memory for writing it");
        memmove(raw->at + begin + head_bytes + longer, raw->at + begin + head_bytes, value.len);
    }
    raw->count = begin;
    head_put(raw, key, value.len, shared);
    raw->count += value.len;
    if (!key_keep(writer, key, shared)) return fail(writer, fault, "no memory for writing it");
    return long_write(writer, fault);
}

static enum status footer_write(struct run_writer *writer, struct fault *fault)
{
    struct bytes *index = &writer->index;
    struct run_totals *totals = &writer->totals;
    char footer[FOOTER_BYTES], room[INDEX_CONTEXT_BYTES];
    layout_put(footer + FOOTER_INDEX_OFFSET, totals->file_bytes, 8);
    layout_put(footer + FOOTER_INDEX_BYTES, index->count, 8);
    layout_put(footer + FOOTER_BLOCKS, totals->blocks, 8);
    layout_put(footer + FOOTER_ENTRIES, totals->entries, 8);
    layout_put(footer + FOOTER_RAW, totals->raw_bytes, 8);
    struct span context = run_index_context(room, writer->header, footer);
    if (!seal_lock(writer->seal, context, index->at + RUN_TAG_BYTES, index->count - RUN_TAG_BYTES,
                   (uint8_t *)index->at))
        return fail(writer, fault, "no memory for sealing it");
    layout_put(footer + FOOTER_INDEX_CHECKSUM, run_checksum(index->at, index->count, 0), 8);
    totals->checksum = run_checksum(footer, FOOTER_CHECKSUM, totals->checksum);
    layout_put(footer + FOOTER_CHECKSUM, totals->checksum, 8);
    memcpy(footer + FOOTER_MAGIC, run_end_magic, sizeof run_end_magic);
    enum status status = out(writer, index->at, index->count, fault);
    if (status == STATUS_OK) status = out(writer, footer, sizeof footer, fault);
    return status;
}

enum status run_writer_finish(struct run_writer *writer, struct run_totals *totals, struct fault *fault)
{
    enum status status = writer->failed ? fail(writer, fault, "finished after a failure") : block_write(writer, fault);
    if (status == STATUS_OK) status = footer_write(writer, fault);
    if (status == STATUS_OK) {
        status = file_close(writer->file, fault);
        writer->file = NULL;
    }
    if (status == STATUS_OK && totals != NULL) *totals = writer->totals;
    run_writer_abandon(writer);
    return status;
}

void run_writer_abandon(struct run_writer *writer)
{
    if (writer == NULL) return;
    file_abandon(writer->file);
    run_packer_close(writer->packer);
    seal_close(writer->seal);
    bytes_free(&writer->raw);
    bytes_free(&writer->packed);
    bytes_free(&writer->index);
    bytes_free(&writer->last_key);
    free(writer);
}
