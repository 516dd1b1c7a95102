/* Where UTF-8 characters end (RFC 3629, section 4). */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whether all of them are below 0x80: one quick pass. */
static inline bool utf8_is_ascii(const char *bytes, size_t count)
{
    uint64_t any[8] = {0}, tail = 0;
    size_t at = 0;
    for (; at + sizeof any <= count; at += sizeof any) {
        uint64_t words[8];
        memcpy(words, bytes + at, sizeof words);
        for (size_t i = 0; i < 8; i++) any[i] |= words[i];
    }
    for (; at < count; at++) tail |= (unsigned char)bytes[at];
    for (size_t i = 0; i < 8; i++) tail |= any[i];
    return (tail & UINT64_C(0x8080808080808080)) == 0;
}

/* Whether all of them are ASCII and none is NUL: one quick pass, too. A byte less one has its highest bit where it was NUL, as long as all
 * others are ASCII. */
static inline bool utf8_is_ascii_text(const char *bytes, size_t count)
{
    const uint64_t highest = UINT64_C(0x8080808080808080), ones = UINT64_C(0x0101010101010101);
    uint64_t any[8] = {0}, tail = 0;
    size_t at = 0;
    for (; at + sizeof any <= count; at += sizeof any) {
        uint64_t words[8];
        memcpy(words, bytes + at, sizeof words);
        for (size_t i = 0; i < 8; i++) any[i] |= words[i] | (words[i] - ones);
    }
    for (; at < count; at++) tail |= (unsigned char)bytes[at] | ((uint64_t)(unsigned char)bytes[at] - 1);
    for (size_t i = 0; i < 8; i++) tail |= any[i];
    return (tail & highest) == 0;
}

/* The length of the character that begins at bytes; 0 where none does. count is at least 1. */
static inline size_t utf8_length(const unsigned char *bytes, size_t count)
{
    unsigned char lead = bytes[0];
    if (lead < 0x80)
        return 1;
    size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (length == 0 || length > count)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    }
    bool overlong = (lead == 0xE0 && bytes[1] < 0xA0) || (lead == 0xF0 && bytes[1] < 0x90);
    bool surrogate = lead == 0xED && bytes[1] > 0x9F;
    bool beyond = lead == 0xF4 && bytes[1] > 0x8F;
    return overlong || surrogate || beyond ? 0 : length;
}

static inline bool utf8_is_valid(const char *text, size_t count)
{
    for (size_t i = 0, length = 0; i < count; i += length) {
        length = utf8_length((const unsigned char *)text + i, count - i);
        if (length == 0)
            return false;
    }
    return true;
}

#endif
