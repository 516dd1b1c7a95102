#include "json_put.h"

#include <string.h>

bool json_put_raw(struct bytes *json, const char *text, size_t length)
{
    if (!bytes_reserve(json, length)) return false;
    bytes_put(json, text, length);
    return true;
}

bool json_put_string(struct bytes *json, struct span text)
{
    static const char digits[] = "0123456789abcdef";
    enum { ESCAPED_MAX = 6 };
    if (!bytes_reserve(json, ESCAPED_MAX * text.len + 2)) return false;
    char *to = json->at + json->count;
    *to++ = '"';
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c == '"' || c == '\\') *to++ = '\\';
        if (c >= 0x20) {
            *to++ = (char)c;
            continue;
        }
        memcpy(to, "\\u00", 4);
        to[4] = digits[c >> 4];
        to[5] = digits[c & 15];
        to += ESCAPED_MAX;
    }
    *to++ = '"';
    json->count = (size_t)(to - json->at);
    return true;
}

bool json_put_name(struct bytes *json, struct span name)
{
    char last = json->count > 0 ? json->at[json->count - 1] : '{';
    return (last == '{' || last == '[' || json_put_raw(json, ",", 1)) && json_put_string(json, name) && json_put_raw(json, ":", 1);
}

bool json_put_member(struct bytes *json, struct span name, struct span text)
{
    return json_put_name(json, name) && json_put_string(json, text);
}
