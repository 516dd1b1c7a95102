#include "escape.h"

#include <stdint.h>
#include <string.h>

/* The length of the UTF-8 character at bytes (RFC 3629, section 4), 0 if there is none. */
static size_t character_at(const unsigned char *bytes, size_t length, uint32_t *code)
{
    unsigned char lead = bytes[0];
    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    size_t wanted = lead >= 0xC2 && lead <= 0xDF   ? 2
                    : lead >= 0xE0 && lead <= 0xEF ? 3
                    : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                   : 0;
    if (wanted == 0 || wanted > length) return 0;
    uint32_t value = lead & (0xFFU >> (wanted + 1));
    for (size_t i = 1; i < wanted; i++) {
        if ((bytes[i] & 0xC0) != 0x80) return 0;
        value = value << 6 | (bytes[i] & 0x3FU);
    }
    if (wanted == 3 && (value < 0x800 || (value >= 0xD800 && value <= 0xDFFF))) return 0;
    if (wanted == 4 && (value < 0x10000 || value > 0x10FFFF)) return 0;
    *code = value;
    return wanted;
}

struct code_range {
    uint32_t first, last;
};

/* What moves the cursor, turns the direction of writing or is not seen at all. */
static const struct code_range unprintable[] = {
    {0x0000, 0x001F}, {0x007F, 0x009F}, /* C0, DEL, C1 */
    {0x00AD, 0x00AD}, {0x034F, 0x034F}, {0x061C, 0x061C}, {0x180E, 0x180E},
    {0x200B, 0x200F}, {0x2028, 0x202E}, /* zero width, line separators, bidi */
    {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}, /* tags */
};

static bool is_printable(uint32_t code)
{
    if (code >= 0x20 && code < 0x7F) return true;
    for (size_t i = 0; i < sizeof unprintable / sizeof *unprintable; i++)
        if (code >= unprintable[i].first && code <= unprintable[i].last) return false;
    return true;
}

/* One step: the escaped form of what stands at bytes, at most 4 bytes for each byte taken. */
static size_t step(const unsigned char *bytes, size_t length, char form[16], size_t *form_length)
{
    static const char hex[] = "0123456789abcdef";
    uint32_t code = 0;
    size_t taken = character_at(bytes, length, &code);
    if (taken == 1 && (code == '\n' || code == '\\')) {
        form[0] = '\\';
        form[1] = code == '\n' ? 'n' : '\\';
        *form_length = 2;
        return 1;
    }
    if (taken > 0 && is_printable(code)) {
        memcpy(form, bytes, taken);
        *form_length = taken;
        return taken;
    }
    if (taken == 0) taken = 1;
    for (size_t i = 0; i < taken; i++) {
        form[4 * i] = '\\';
        form[4 * i + 1] = 'x';
        form[4 * i + 2] = hex[bytes[i] >> 4];
        form[4 * i + 3] = hex[bytes[i] & 15];
    }
    *form_length = 4 * taken;
    return taken;
}

size_t escape_write(char *text, size_t size, const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes, *end = at + length;
    size_t total = 0, written = 0;
    while (at < end) {
        char form[16];
        size_t form_length;
        at += step(at, (size_t)(end - at), form, &form_length);
        if (written == total && total + form_length < size) {
            memcpy(text + total, form, form_length);
            written += form_length;
        }
        total += form_length;
    }
    if (size > 0) text[written] = '\0';
    return total;
}

void escape_write_tail(char *text, size_t size, const char *bytes, size_t length)
{
    size_t total = escape_write(text, size, bytes, length);
    if (total < size) return;
    const unsigned char *at = (const unsigned char *)bytes, *end = at + length;
    while (total + 4 > size) { /* three dots and the NUL */
        char form[16];
        size_t form_length;
        at += step(at, (size_t)(end - at), form, &form_length);
        total -= form_length;
    }
    memcpy(text, "...", 3);
    escape_write(text + 3, size - 3, (const char *)at, (size_t)(end - at));
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool escape_undo(const char *text, char *bytes, size_t *length)
{
    size_t count = 0;
    while (*text != '\0') {
        if (*text != '\\') {
            bytes[count++] = *text++;
        } else if (text[1] == 'n' || text[1] == '\\') {
            bytes[count++] = text[1] == 'n' ? '\n' : '\\';
            text += 2;
        } else {
            if (text[1] != 'x') return false;
            int high = hex_value(text[2]), low = high < 0 ? -1 : hex_value(text[3]);
            if (low < 0) return false;
            bytes[count++] = (char)(high << 4 | low);
            text += 4;
        }
    }
    *length = count;
    return true;
}
