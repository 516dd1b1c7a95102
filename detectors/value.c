/* value.c: values as people write them. Source: Unicode, NFKC of the forms FF01-FF5E. */
#include "value.h"

#include <string.h>

#include "detectors.h"

/* The ASCII character that three UTF-8 bytes stand for; 0 for none. */
static char ascii_of(const unsigned char *at)
{
    unsigned code = (at[0] & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
    if (code >= 0xFF01 && code <= 0xFF5E) return (char)(code - 0xFF01 + '!');
    if (code == 0x3000) return ' ';
    bool dash = (code >= 0x2010 && code <= 0x2015) || code == 0x2212 || code == 0x30FC ||
                code == 0xFF70;
    return dash ? '-' : '\0';
}

size_t value_fold(struct span text, char *buffer, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char *at = (const unsigned char *)text.at + i;
        char folded = '\0';
        if (*at >= 0xE2 && *at <= 0xEF && i + 2 < text.len) folded = ascii_of(at);
        if (len == size) return size + 1;
        if (folded != '\0') i += 2;
        buffer[len++] = folded != '\0' ? folded : text.at[i];
    }
    return len;
}

static bool surrounds(char character)
{
    return strchr(" \t\r\n\"'`*", character) != NULL; /* the terminating NUL trims too */
}

static struct span trim(struct span text)
{
    while (text.len > 0 && surrounds(text.at[0])) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && surrounds(text.at[text.len - 1])) text.len--;
    return text;
}

/* The label ends at the first ':' or '=', else at the first blank. */
static struct span label_strip(struct span text, uint32_t *label_mask)
{
    size_t end = 0;
    while (end < text.len && text.at[end] != ':' && text.at[end] != '=') end++;
    if (end == text.len)
        for (end = 0; end < text.len && text.at[end] != ' ';) end++;
    if (end == text.len) return text;
    *label_mask = label_kinds(text.at, end);
    if (*label_mask == 0) return text;
    struct span rest = {text.at + end + 1, text.len - end - 1};
    return trim(rest);
}

struct span value_clean(struct span text, char buffer[VALUE_SIZE], uint32_t *label_mask)
{
    *label_mask = 0;
    text = trim(text);
    struct span none = {text.at, 0};
    size_t len = value_fold(text, buffer, VALUE_SIZE);
    if (len > VALUE_SIZE) return none;
    struct span folded = {buffer, len};
    return label_strip(trim(folded), label_mask);
}
