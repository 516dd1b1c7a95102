/* For the tests of runs: a folder, chance that repeats, files as bytes, and seals and checksums set right after a
 * change. */
#ifndef RUN_MAKING_H
#define RUN_MAKING_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../analyzer/tally/run_layout.h"
#include "../analyzer/tally/run_pack.h"
#include "../analyzer/tally/run_seal.h"
#include "random.h"

struct chance {
    uint64_t state;
};

static inline uint32_t chance_below(struct chance *chance, uint32_t limit)
{
    return (uint32_t)((random_step(&chance->state) >> 32) * limit >> 32);
}

static inline struct span text(const char *at)
{
    return (struct span){at, strlen(at)};
}

static const struct span nothing = {"", 0};

static inline struct run_identity identity_of(int key, int tables, uint32_t content)
{
    struct run_identity identity = {.content = content};
    uint8_t case_key[RUN_CASE_KEY_BYTES];
    memset(case_key, key, sizeof case_key);
    if (!run_identity_set_key(&identity, case_key)) abort();
    memset(identity.detectors_digest, tables, sizeof identity.detectors_digest);
    return identity;
}

/* An open folder of our own; folder is its path. */
static inline int folder_make(char folder[64])
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, 64, "%.40s/run.XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(folder) == NULL) abort();
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* With the files named, NULL at the end; a file that is not known is an error. */
static inline bool folder_remove(int directory, const char *folder, const char *const *names)
{
    for (; *names != NULL; names++) unlinkat(directory, *names, 0);
    close(directory);
    return rmdir(folder) == 0;
}

static inline bool bytes_store(int directory, const char *name, const char *bytes, size_t count)
{
    int descriptor = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return false;
    bool good = write(descriptor, bytes, count) == (ssize_t)count;
    return close(descriptor) == 0 && good;
}

/* The caller frees; NULL: not there. */
static inline char *bytes_load(int directory, const char *name, size_t *count)
{
    *count = 0;
    int descriptor = openat(directory, name, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0) return NULL;
    char *bytes = malloc((size_t)status.st_size + 1);
    if (bytes != NULL && read(descriptor, bytes, (size_t)status.st_size) == (ssize_t)status.st_size)
        *count = (size_t)status.st_size;
    close(descriptor);
    return bytes;
}

/* ---------------------------------------------------------------- undoing and setting right */

/* Goes through the blocks that an index in the open tells of, as far as it makes sense. */
struct block_walk {
    char *bytes;
    struct bytes_reader index;
    uint64_t left, number, offset, end;
    char *block, *checksum; /* of the block at hand; checksum: the index's of it */
    size_t stored_bytes;
};

static inline bool block_walk_next(struct block_walk *walk)
{
    if (walk->left == 0 || walk->index.bad) return false;
    uint64_t key_bytes = bytes_take_leb128(&walk->index), stored_bytes = bytes_take_leb128(&walk->index);
    bytes_take_leb128(&walk->index);
    bytes_take_leb128(&walk->index);
    const char *checksum = bytes_take(&walk->index, 8);
    bytes_take(&walk->index, (size_t)key_bytes);
    if (walk->index.bad || walk->offset + BLOCK_HEADER_BYTES > walk->end) return false;
    if (stored_bytes > walk->end - walk->offset - BLOCK_HEADER_BYTES) return false;
    walk->block = walk->bytes + walk->offset;
    walk->checksum = walk->bytes + (checksum - walk->bytes);
    walk->stored_bytes = (size_t)stored_bytes;
    walk->offset += BLOCK_HEADER_BYTES + stored_bytes;
    walk->number++;
    walk->left--;
    return true;
}

/* Where the index of a file lies, and its bytes; false: nowhere. */
static inline bool index_find(char *bytes, size_t size, char **index, size_t *count)
{
    if (size < HEADER_BYTES + FOOTER_BYTES) return false;
    const char *footer = bytes + size - FOOTER_BYTES;
    uint64_t offset = layout_get(footer + FOOTER_INDEX_OFFSET, 8), length = layout_get(footer + FOOTER_INDEX_BYTES, 8);
    if (offset < HEADER_BYTES || offset > size - FOOTER_BYTES || length > size - FOOTER_BYTES - offset) return false;
    *index = bytes + offset;
    *count = (size_t)length;
    return length >= RUN_TAG_BYTES;
}

static inline struct block_walk block_walk_of(char *bytes, size_t size, char *index, size_t count)
{
    uint64_t blocks = layout_get(bytes + size - FOOTER_BYTES + FOOTER_BLOCKS, 8);
    return (struct block_walk){.bytes = bytes,
                               .index = {.at = index + RUN_TAG_BYTES, .end = index + count},
                               .left = blocks,
                               .offset = HEADER_BYTES, .end = (uint64_t)(index - bytes)};
}

/* Sets the checksums of a file that is a run or was one, but those of its blocks, which a sealed index holds. */
static inline void run_mend(char *bytes, size_t size)
{
    char *index = NULL, *footer = bytes + size - FOOTER_BYTES;
    size_t count = 0;
    if (size < HEADER_BYTES + FOOTER_BYTES) return;
    uint64_t header = run_checksum(bytes, HEADER_CHECKSUM, 0);
    layout_put(bytes + HEADER_CHECKSUM, header, 8);
    if (index_find(bytes, size, &index, &count))
        layout_put(footer + FOOTER_INDEX_CHECKSUM, run_checksum(index, count, 0), 8);
    layout_put(footer + FOOTER_CHECKSUM, run_checksum(footer, FOOTER_CHECKSUM, header), 8);
}

/* Undoes all seals of a sound run where they lie; tags and checksums stay. */
static inline void run_bare(char *bytes, size_t size, const struct run_identity *identity)
{
    char *index = NULL, room[INDEX_CONTEXT_BYTES + BLOCK_CONTEXT_BYTES];
    size_t count = 0;
    struct seal *seal = run_seal_open(identity->key);
    if (seal == NULL || !index_find(bytes, size, &index, &count)) abort();
    struct span context = run_index_context(room, bytes, bytes + size - FOOTER_BYTES);
    if (seal_unlock(seal, context, (uint8_t *)index, index + RUN_TAG_BYTES, count - RUN_TAG_BYTES) != STATUS_OK)
        abort();
    struct block_walk walk = block_walk_of(bytes, size, index, count);
    while (block_walk_next(&walk)) {
        context = run_block_context(room, identity->content, walk.number - 1, walk.block);
        if (seal_unlock(seal, context, (uint8_t *)walk.block + BLOCK_TAG, walk.block + BLOCK_HEADER_BYTES,
                        walk.stored_bytes) != STATUS_OK)
            abort();
    }
    seal_close(seal);
}

/* Seals what lies bare, whatever it is, and sets all checksums. */
static inline void run_clothe(char *bytes, size_t size, const struct run_identity *identity)
{
    char *index = NULL, room[INDEX_CONTEXT_BYTES + BLOCK_CONTEXT_BYTES];
    size_t count = 0;
    if (index_find(bytes, size, &index, &count)) {
        struct seal *seal = run_seal_open(identity->key);
        struct block_walk walk = block_walk_of(bytes, size, index, count);
        while (seal != NULL && block_walk_next(&walk)) {
            struct span context =
                run_block_context(room, (uint32_t)layout_get(bytes + HEADER_CONTENT, 4), walk.number - 1, walk.block);
            if (!seal_lock(seal, context, walk.block + BLOCK_HEADER_BYTES, walk.stored_bytes,
                           (uint8_t *)walk.block + BLOCK_TAG))
                abort();
            uint64_t right = run_checksum(walk.block + BLOCK_RAW,
                                          BLOCK_HEADER_BYTES - BLOCK_RAW + walk.stored_bytes, walk.number - 1);
            layout_put(walk.block + BLOCK_CHECKSUM, right, 8);
            layout_put(walk.checksum, right, 8);
        }
        struct span context = run_index_context(room, bytes, bytes + size - FOOTER_BYTES);
        if (seal == NULL ||
            !seal_lock(seal, context, index + RUN_TAG_BYTES, count - RUN_TAG_BYTES, (uint8_t *)index))
            abort();
        seal_close(seal);
    }
    run_mend(bytes, size);
}

#endif
