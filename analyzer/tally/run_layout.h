/* Where things stand in a run (run.h draws it), for those who write and read it. */
#ifndef RUN_LAYOUT_H
#define RUN_LAYOUT_H

#include <stdint.h>
#include <string.h>

#include "../support/bytes.h"
#include "run.h"

enum {
    RUN_MAGIC_BYTES = 8,
    RUN_NAME_SIZE = 256, /* of the name in messages, escaped */
    RUN_TAG_BYTES = 16,

    HEADER_VERSION = 8,
    HEADER_CONTENT = 12,
    HEADER_KEY = 16,
    HEADER_DETECTORS = HEADER_KEY + RUN_DIGEST_BYTES,
    HEADER_CHECKSUM = HEADER_DETECTORS + RUN_DIGEST_BYTES,
    HEADER_BYTES = HEADER_CHECKSUM + 8,

    BLOCK_CHECKSUM = 0,
    BLOCK_RAW = 8,
    BLOCK_STORED = 12,
    BLOCK_ENTRIES = 16,
    BLOCK_METHOD = 20,
    BLOCK_TAG = 24,
    BLOCK_HEADER_BYTES = BLOCK_TAG + RUN_TAG_BYTES,

    FOOTER_INDEX_OFFSET = 0,
    FOOTER_INDEX_BYTES = 8,
    FOOTER_BLOCKS = 16,
    FOOTER_ENTRIES = 24,
    FOOTER_RAW = 32,
    FOOTER_INDEX_CHECKSUM = 40,
    FOOTER_CHECKSUM = 48,
    FOOTER_MAGIC = 56,
    FOOTER_BYTES = 64,

    ENTRY_BYTES_MIN = 3,        /* three numbers and nothing */
    INDEX_ENTRY_BYTES_MIN = 12, /* four numbers, a checksum and an empty key */
    INDEX_ENTRY_BYTES_MAX = 4 * LEB128_BYTES_MAX + 8 + RUN_INDEX_KEY_BYTES_MAX,
    NUMBER_BYTES_MAX = 5 /* lengths are below 2^32 */
};

/* The longest block: one entry of the longest key and value. */
static const uint32_t RUN_RAW_BYTES_MAX = (uint32_t)RUN_VALUE_BYTES_MAX + RUN_KEY_BYTES_MAX + 3 * NUMBER_BYTES_MAX;

enum run_method { RUN_METHOD_STORED = 0, RUN_METHOD_ZSTD = 1 };

static const char run_magic[RUN_MAGIC_BYTES] = {(char)0x89, 'B', 'T', 'R', 'U', 'N', '\r', '\n'};
static const char run_end_magic[RUN_MAGIC_BYTES] = {'B', 'T', 'R', 'U', 'N', 'E', 'N', 'D'};

static inline void layout_put(char *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) at[i] = (char)(unsigned char)(value >> 8 * i & 0xFF);
}

static inline uint64_t layout_get(const char *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) value |= (uint64_t)(unsigned char)at[i] << 8 * i;
    return value;
}

static inline int run_key_compare(struct span a, struct span b)
{
    size_t both = a.len < b.len ? a.len : b.len;
    int order = both == 0 ? 0 : memcmp(a.at, b.at, both);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* What the index holds of a key. */
static inline struct span run_index_key(struct span key)
{
    return (struct span){key.at, key.len < RUN_INDEX_KEY_BYTES_MAX ? key.len : RUN_INDEX_KEY_BYTES_MAX};
}

/* How many bytes at the front are equal. */
static inline size_t run_key_common(struct span a, struct span b)
{
    size_t both = a.len < b.len ? a.len : b.len, i = 0;
    for (; both - i >= 8; i += 8)
        if (memcmp(a.at + i, b.at + i, 8) != 0) break;
    while (i < both && a.at[i] == b.at[i]) i++;
    return i;
}

#endif
