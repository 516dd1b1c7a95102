/* Bytes that grow, and numbers among them.
 *
 * Format   LEB128: seven bits a byte, the lowest first, the top bit says that more follow
 * Owns     at, from the first bytes_reserve to bytes_free
 * Threads  one at a time
 */
#ifndef BYTES_H
#define BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LEB128_BYTES_MAX = 10 };

struct bytes {
    char *at;
    size_t count, capacity;
};

/* Room for `more` behind what is there; false: no memory. */
static inline bool bytes_reserve(struct bytes *bytes, size_t more)
{
    if (more <= bytes->capacity - bytes->count) return true;
    size_t capacity = 2 * bytes->capacity > bytes->count + more ? 2 * bytes->capacity : bytes->count + more + 64;
    char *at = realloc(bytes->at, capacity);
    if (at == NULL) return false;
    bytes->at = at;
    bytes->capacity = capacity;
    return true;
}

static inline void bytes_free(struct bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct bytes){0};
}

/* The bytes_put functions write where bytes_reserve has made room. */
static inline void bytes_put(struct bytes *bytes, const void *from, size_t count)
{
    if (count > 0) memcpy(bytes->at + bytes->count, from, count);
    bytes->count += count;
}

static inline void bytes_put_byte(struct bytes *bytes, unsigned value)
{
    bytes->at[bytes->count++] = (char)(unsigned char)value;
}

static inline void bytes_put_leb128(struct bytes *bytes, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) bytes_put_byte(bytes, (unsigned)(value & 0x7F) | 0x80u);
    bytes_put_byte(bytes, (unsigned)value);
}

/* The same for what is of any length, without a step that hangs on the number: where lengths change from one to the next, each would be
 * guessed wrong. Room for eight bytes, even where it takes less. */
static inline void bytes_put_leb128_any(struct bytes *bytes, uint64_t value)
{
    if (value >> 56 != 0) {
        bytes_put_leb128(bytes, value);
        return;
    }
    unsigned count = (70u - (unsigned)__builtin_clzll(value | 1)) / 7u; /* bytes: 1 to 8 */
    uint64_t spread = (value & UINT64_C(0x0FFFFFFF)) | (value & UINT64_C(0xFFFFFFF0000000)) << 4;
    spread = (spread & UINT64_C(0x00003FFF00003FFF)) | (spread & UINT64_C(0x0FFFC0000FFFC000)) << 2;
    spread = (spread & UINT64_C(0x007F007F007F007F)) | (spread & UINT64_C(0x3F803F803F803F80)) << 1;
    spread |= UINT64_C(0x8080808080808080) & ((UINT64_C(1) << 8 * (count - 1)) - 1); /* more follow, but for the last */
    spread = htole64(spread);
    memcpy(bytes->at + bytes->count, &spread, sizeof spread);
    bytes->count += count;
}

static inline void bytes_put_u32(struct bytes *bytes, uint32_t value)
{
    uint32_t little = htole32(value);
    memcpy(bytes->at + bytes->count, &little, sizeof little);
    bytes->count += sizeof little;
}

static inline void bytes_put_u64(struct bytes *bytes, uint64_t value)
{
    uint64_t little = htole64(value);
    memcpy(bytes->at + bytes->count, &little, sizeof little);
    bytes->count += sizeof little;
}

/* What is read: from at to end; `bad` once something was asked for that is not there. It stays, and all further
 * reads give zero, so that one look at the end is enough. */
struct bytes_reader {
    const char *at, *end;
    bool bad;
};

static inline const char *bytes_take(struct bytes_reader *reader, size_t count)
{
    if (reader->bad || count > (size_t)(reader->end - reader->at)) {
        reader->bad = true;
        return NULL;
    }
    const char *at = reader->at;
    reader->at += count;
    return at;
}

static inline unsigned bytes_take_byte(struct bytes_reader *reader)
{
    const char *at = bytes_take(reader, 1);
    return at == NULL ? 0 : (unsigned char)*at;
}

static inline uint64_t bytes_take_leb128(struct bytes_reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned byte = bytes_take_byte(reader);
        value |= (uint64_t)(byte & 0x7F) << shift;
        if ((byte & 0x80) == 0) return value;
    }
    reader->bad = true; /* longer than any number */
    return 0;
}

static inline uint32_t bytes_take_u32(struct bytes_reader *reader)
{
    const char *at = bytes_take(reader, 4);
    uint32_t value = 0;
    for (int i = 0; at != NULL && i < 4; i++) value |= (uint32_t)(unsigned char)at[i] << 8 * i;
    return value;
}

static inline uint64_t bytes_take_u64(struct bytes_reader *reader)
{
    const char *at = bytes_take(reader, 8);
    uint64_t value = 0;
    for (int i = 0; at != NULL && i < 8; i++) value |= (uint64_t)(unsigned char)at[i] << 8 * i;
    return value;
}

#endif
