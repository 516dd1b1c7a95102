#include "fold.h"

#include <string.h>

#include "../../detectors/checkdigit.h"
#include "../support/utf8.h"
#include "propose.h"

bool fold_block_may_want(const char *bytes, size_t length)
{
    if (utf8_is_ascii(bytes, length)) return false; /* most blocks are */
    return memchr(bytes, 0xEF, length) != NULL || memchr(bytes, 0xE2, length) != NULL ||
           memchr(bytes, 0xE3, length) != NULL;
}

static unsigned code_point_3(const unsigned char *at)
{
    return (at[0] & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
}

/* The ASCII character for the three bytes at `at`, 0 for none. before and after are its neighbours. */
static char folded(const unsigned char *at, char before, char after)
{
    if ((at[0] != 0xEF && at[0] != 0xE2 && at[0] != 0xE3) || (at[1] & 0xC0) != 0x80 || (at[2] & 0xC0) != 0x80) return 0;
    unsigned code = code_point_3(at);
    if (code >= 0xFF01 && code <= 0xFF5E) return (char)(code - 0xFF01 + '!');
    if (code == 0x3000) return ' ';
    if ((code >= 0x2010 && code <= 0x2015) || code == 0x2212) return '-';
    bool bar = code == 0x30FC || code == 0xFF70;
    return bar && proposer_is_alnum(before) && proposer_is_alnum(after) ? '-' : 0;
}

/* The neighbour behind, as it will be seen: a full-width letter counts as its ASCII letter. */
static char next_seen(const unsigned char *at, size_t left)
{
    if (left == 0) return 0;
    if (left < 3 || at[0] < 0x80) return (char)at[0];
    char ascii = folded(at, 0, 0);
    return ascii != 0 ? ascii : (char)at[0];
}

size_t fold(struct span text, char *out)
{
    const unsigned char *bytes = (const unsigned char *)text.at;
    size_t length = 0;
    for (size_t i = 0; i < text.len;) {
        char ascii = 0;
        if (bytes[i] >= 0xE2 && i + 3 <= text.len)
            ascii = folded(bytes + i, length > 0 ? out[length - 1] : 0, next_seen(bytes + i + 3, text.len - i - 3));
        if (ascii != 0) {
            out[length++] = ascii;
            i += 3;
        } else {
            out[length++] = text.at[i++];
        }
    }
    return length;
}

bool fold_wanted(struct span text)
{
    const unsigned char *bytes = (const unsigned char *)text.at;
    for (size_t i = 0; i + 3 <= text.len; i++) {
        if (i + 8 <= text.len && (eight_load(text.at + i) & EIGHT_BYTES(0x80)) == 0) {
            i += 7;
            continue;
        }
        if (bytes[i] < 0xE2 || bytes[i] > 0xEF) continue;
        char before = i > 0 ? text.at[i - 1] : 0;
        char ascii = folded(bytes + i, before, next_seen(bytes + i + 3, text.len - i - 3));
        if (ascii != 0 && ascii != ' ') return true;
    }
    return false;
}
