/* A run: entries (key, value) of any bytes, sorted by key, in one file that shows whether it is whole, and its entries
 * only to who has the key of the case.
 *
 * Shape    write: open -> add ... -> finish;  read: open -> cursors over ranges of keys -> next ...
 * Order    keys as unsigned bytes, a shorter one before its continuations; equal keys stay as they were added
 * Safety   every byte of the file is under a checksum, those of blocks under the index's, that under the footer's,
 *          and the header's and footer's are tied: what was cut, changed, swapped or comes from another run is
 *          refused. Checksums tell of accidents; the tags, of those who can compute XXH3 but have no key
 * Secrecy  who has no key sees the header and footer, how many bytes and entries each block has, and how well it packs.
 *          Sealing is bound to the content and to the block's number, and knows no chance: of two runs of one key and
 *          content, blocks of the same number and entries are the same bytes, and are seen to be
 * Stable   the same entries and key make the same bytes, as long as zstd's version stays
 * Limits   keys RUN_KEY_BYTES_MAX, values RUN_VALUE_BYTES_MAX. The index stays in memory: about 60 bytes and
 *          RUN_INDEX_KEY_BYTES_MAX of a key at most for each RUN_BLOCK_BYTES. An entry that is larger than a block is
 *          in memory three times while it is written
 * Threads  one writer or cursor, one thread at a time; an open run may be read by many cursors at once
 *
 * Format   version 1. Integers are little-endian, numbers LEB128; checksums XXH3-64, seed 0 if none is named. Sealed is
 *          what support/seal.h makes, under keys that run_seal.h derives
 *
 *     header        8  magic 89 42 54 52 55 4E 0D 0A       The header keeps this form in all versions, so that an old
 *                   4  version                             program can say what it cannot read.
 *                   4  content: which stream of entries
 *                  32  fingerprint of the case key
 *                  32  digest of the detectors' tables
 *                   8  checksum of the header so far
 *     blocks        one behind the other, from 0 on:
 *                   8  checksum of the rest of the block as it stands there, its number as seed
 *                   4  raw length
 *                   4  stored length, of what follows the header
 *                   4  entries, at least 1
 *                   4  method: 0 stored as it is, 1 one zstd frame that names its content size, smaller than raw
 *                  16  tag of what is stored; context: "b", content, the block's number (8), raw length to method
 *                   .  what is stored, sealed. Undone: its entries, each
 *                          numbers: bytes shared with the key before (of the block, as many as possible),
 *                          bytes of key that follow, bytes of value; then these bytes
 *     index        16  tag of the rest; context: "i", the header up to its checksum, the footer up to that of the index
 *                   .  sealed, for each block in order
 *                          numbers: length of its first key as given here, stored length, raw length, entries
 *                          8 bytes: checksum of the block
 *                          its first key, or the first RUN_INDEX_KEY_BYTES_MAX bytes of it
 *     footer        8  offset of the index           (where the last block ends)
 *                   8  bytes of the index            (the footer follows and ends the file)
 *                   8  blocks
 *                   8  entries, the sum of the blocks'
 *                   8  raw bytes, the sum of the blocks'
 *                   8  checksum of the index
 *                   8  checksum of the footer so far, the header's checksum as seed
 *                   8  magic 42 54 52 55 4E 45 4E 44
 *
 * A block's raw length is RUN_BLOCK_BYTES at most, unless it holds one entry that is longer.
 */
#ifndef RUN_H
#define RUN_H

#include "../support/bytes.h"
#include "../support/fault.h"

enum {
    RUN_VERSION = 1,
    RUN_DIGEST_BYTES = 32,
    RUN_CASE_KEY_BYTES = 32,
    RUN_BLOCK_BYTES = 128 * 1024,
    RUN_INDEX_KEY_BYTES_MAX = 1024,
    RUN_KEY_BYTES_MAX = 16 * 1024 * 1024 + 1, /* the longest unit can be one name, and its kind stands before it */
    RUN_VALUE_BYTES_MAX = 1024 * 1024 * 1024
};

struct run_identity {
    uint8_t key[RUN_CASE_KEY_BYTES];           /* the case's; written nowhere */
    uint8_t key_fingerprint[RUN_DIGEST_BYTES]; /* tells keys apart and says nothing of them */
    uint8_t detectors_digest[RUN_DIGEST_BYTES];
    uint32_t content;
};

struct run_totals {
    uint64_t blocks, entries, raw_bytes, file_bytes;
    uint64_t checksum; /* the footer's: it covers all others, so that it tells this run from any other */
};

/* Sets key and key_fingerprint, which is made here and nowhere else. False: no memory, or no HMAC-SHA256 here. */
MUST_USE bool run_identity_set_key(struct run_identity *identity, const uint8_t key[RUN_CASE_KEY_BYTES]);

/* ---------------------------------------------------------------- writing */

struct run_writer;

/* Begins a run in the folder that directory stands for; nothing stands under its name before run_writer_finish.
 * Fails    FATAL, with the name: cannot be made, no memory. */
MUST_USE enum status run_writer_open(int directory, const char *name, const struct run_identity *identity,
                                     struct run_writer **writer, struct fault *fault);

/* Keys must not descend. After a failure the writer can only be given up.
 * Fails    FATAL: disk full, no memory; a key below the one before, or over the limits (mistakes of the caller). */
MUST_USE enum status run_writer_add(struct run_writer *writer, struct span key, struct span value, struct fault *fault);

/* The same, of a value that is written where it will stand: make appends it. What it appended before it failed is dropped.
 * Fails    as run_writer_add. FATAL: make says false, for no memory. */
MUST_USE enum status run_writer_make(struct run_writer *writer, struct span key, bool (*make)(void *context, struct bytes *value), void *context,
                                     struct fault *fault);

/* Brings all to the disk, makes the run appear under its name, and frees the writer in any case. totals may be NULL.
 * Fails    FATAL; then nothing appears, and what stood under the name before still does (or see file_close). */
MUST_USE enum status run_writer_finish(struct run_writer *writer, struct run_totals *totals, struct fault *fault);

/* Gives up: nothing appears. Accepts NULL. */
void run_writer_abandon(struct run_writer *writer);

/* ---------------------------------------------------------------- reading */

struct run;
struct run_cursor;

/* Reads header, footer and index, and holds all that can be held against one another.
 * Fails    USAGE: a sound run, but of another key, other tables, another content or a newer format. DAMAGED: no run,
 *          not whole, made without the key, cannot be read. FATAL: no memory, no descriptors. All with the name. */
MUST_USE enum status run_open(int directory, const char *name, const struct run_identity *expected, struct run **run,
                              struct fault *fault);
void run_close(struct run *run); /* accepts NULL; after its cursors */

uint64_t run_entry_count(const struct run *run);
const struct run_totals *run_totals(const struct run *run);
const struct run_identity *run_identity(const struct run *run);

/* Entries with from <= key < to; an empty `to` is the end. Both are copied.
 * Memory   run_cursor_bytes, and more while it is at an entry that is larger than a block
 * Fails    FATAL: no memory. */
MUST_USE enum status run_cursor_open(const struct run *run, struct span from, struct span to,
                                     struct run_cursor **cursor, struct fault *fault);
void run_cursor_close(struct run_cursor *cursor); /* accepts NULL */
size_t run_cursor_bytes(void);

/* Lends the next entry until the next call. A block is checked whole before the first of its entries is given.
 * Fails    END. DAMAGED, with name and block, and again at every further call. FATAL: no memory. */
MUST_USE enum status run_cursor_next(struct run_cursor *cursor, struct span *key, struct span *value,
                                     struct fault *fault);

/* Whether the value lent last (not the key) will outlive the next call of run_cursor_next. */
bool run_cursor_value_lasts(const struct run_cursor *cursor);

/* Proposes keys that divide what the runs hold into `parts` ranges of about equal raw bytes: [start, keys[0]),
 * [keys[0], keys[1]) ... [last, end). keys has room for parts - 1; *key_count may be less, where there are too few
 * blocks. They ascend and belong to the runs.
 * Fails    FATAL: no memory. */
MUST_USE enum status run_split(const struct run *const *runs, size_t run_count, size_t parts, struct span *keys,
                               size_t *key_count, struct fault *fault);

#endif
