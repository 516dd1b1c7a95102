#include "record_json.h"

static int hex4(const char *at, size_t left)
{
    if (left < 4) return -1;
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

static size_t utf8_write(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6), out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12), out[1] = (char)(0x80 | (code >> 6 & 0x3F)), out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18), out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F)), out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

size_t record_json_unescape(struct span string, char *out)
{
    static const char plain[256] = {['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
                                    ['"'] = '"', ['\\'] = '\\', ['/'] = '/'};
    size_t length = 0;
    for (size_t i = 0; i < string.len; i++) {
        if (string.at[i] != '\\' || i + 1 == string.len) {
            out[length++] = string.at[i];
            continue;
        }
        char c = string.at[++i];
        int code = c == 'u' ? hex4(string.at + i + 1, string.len - i - 1) : -1;
        if (code < 0) {
            if (plain[(unsigned char)c] == 0) out[length++] = '\\'; /* no escape of JSON: kept as it stands */
            out[length++] = plain[(unsigned char)c] != 0 ? plain[(unsigned char)c] : c;
            continue;
        }
        i += 4;
        uint32_t point = (uint32_t)code;
        if (code >= 0xD800 && code < 0xDC00 && i + 2 < string.len && string.at[i + 1] == '\\' && string.at[i + 2] == 'u') {
            int low = hex4(string.at + i + 3, string.len - i - 3);
            if (low >= 0xDC00 && low < 0xE000) {
                point = 0x10000 + ((uint32_t)code - 0xD800) * 0x400 + ((uint32_t)low - 0xDC00);
                i += 6;
            }
        }
        length += utf8_write(point, out + length);
    }
    return length;
}
