/* The key of a customer: the ID as written, in UTF-8.
 *
 * Escaped  an ID that is no UTF-8, as support/escape.h does it; and one in UTF-8 that could be taken for such an escaped one, so
 *          that no two IDs have one key. The order of keys is that of impact.csv's cells
 * Limits   an ID of more than CUSTOMER_ESCAPED_MAX bytes stays as it is: escaped, it might not be a key any more
 * Threads  pure
 */
#ifndef CUSTOMER_KEY_H
#define CUSTOMER_KEY_H

#include <string.h>

#include "../../detectors/detector.h"
#include "../support/bytes.h"

enum { CUSTOMER_ESCAPED_MAX = 4 * 1024 * 1024 - 1 };

/* The key of an ID that customer_is_plain does not say is its own; *room holds it where it is another. Fails    false: no memory. */
bool customer_key_write(struct span id, struct bytes *room, struct span *key);

/* The top bits of a word's bytes that are no ASCII; and that of its first backslash. */
static inline uint64_t customer_word_others(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t other = word ^ ones * '\\';
    return word | ((other - ones) & ~other);
}

/* Whether an ID is ASCII without a backslash, which is its own key. */
static inline bool customer_is_plain(struct span id)
{
    const uint64_t tops = UINT64_C(0x8080808080808080);
    uint64_t word, last, others = 0;
    size_t at = 0;
    if (id.len < sizeof word) {
        for (; at < id.len; at++) others |= (unsigned char)id.at[at] | (id.at[at] == '\\' ? 0x80u : 0u);
        return (others & 0x80) == 0;
    }
    memcpy(&last, id.at + id.len - sizeof last, sizeof last);
    for (; at + sizeof word < id.len; at += sizeof word) {
        memcpy(&word, id.at + at, sizeof word);
        others |= customer_word_others(word);
    }
    return ((others | customer_word_others(last)) & tops) == 0;
}

static inline bool customer_key(struct span id, struct bytes *room, struct span *key)
{
    *key = id;
    return customer_is_plain(id) || customer_key_write(id, room, key);
}

#endif
