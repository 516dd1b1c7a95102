#include "record_json_parser.h"

#include <string.h>

size_t json_string_end(const char *bytes, size_t length, size_t at)
{
    for (at++; at < length; at++) {
        const char *quote = memchr(bytes + at, '"', length - at);
        if (quote == NULL) return 0;
        size_t place = (size_t)(quote - bytes), backslashes = 0;
        while (place - backslashes > at && bytes[place - backslashes - 1] == '\\') backslashes++;
        if (backslashes % 2 == 0) return place + 1;
        at = place;
    }
    return 0;
}

size_t record_json_value_end(const char *bytes, size_t at, size_t end)
{
    size_t depth = 0;
    for (size_t i = at; i < end; i++) {
        char c = bytes[i];
        if (c == '"') {
            size_t behind = json_string_end(bytes, end, i);
            if (behind == 0) return 0;
            i = behind - 1;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

size_t json_value_extent(const char *bytes, size_t at, size_t end)
{
    size_t behind = record_json_value_end(bytes, at, end);
    return behind > 0 ? behind : end;
}

size_t record_json_cut(const char *bytes, size_t length, bool at_end, uint32_t *arrays)
{
    if (at_end && arrays == NULL) return length;
    size_t cut = 0, line = 0, depth = 0;
    uint32_t open = arrays == NULL ? 0 : *arrays, open_cut = open, open_line = open;
    for (size_t i = 0; i < length; i++) {
        char c = bytes[i];
        if (c == '"') {
            size_t end = json_string_end(bytes, length, i);
            if (end == 0) break;
            i = end - 1;
        } else if (c == '{' || (c == '[' && depth > 0)) {
            depth++;
        } else if ((c == '}' || c == ']') && depth > 0) {
            if (--depth == 0) cut = i + 1, open_cut = open;
        } else if (c == '\n' && depth == 0) {
            line = i + 1, open_line = open;
        } else if (c == '[') {
            open++;
        } else if (c == ']' && open > 0) {
            open--;
        }
    }
    if (arrays != NULL && at_end) *arrays = depth > 0 ? 0 : open;
    else if (arrays != NULL) *arrays = cut > 0 ? open_cut : line > 0 ? open_line : *arrays;
    return at_end ? length : cut > 0 ? cut : line;
}

size_t record_json_text_line(const char *bytes, size_t at, size_t end)
{
    for (; at < end; at++) {
        if (bytes[at] == '\n') return at + 1;
        if (bytes[at] != '"') continue;
        size_t behind = json_string_end(bytes, end, at);
        if (behind == 0) return end;
        at = behind - 1;
    }
    return end;
}

/* The grammar as states: what may come next. */
enum wants { WANTS_VALUE, WANTS_VALUE_OR_CLOSE, WANTS_KEY, WANTS_KEY_OR_CLOSE, WANTS_COLON, WANTS_COMMA_OR_CLOSE };

/* Also NaN and Infinity, which Python writes by default. */
static size_t scalar_length(const char *bytes, size_t length)
{
    size_t i = 0;
    while (i < length && strchr("+-.0123456789eEtrufalsnNIity", bytes[i]) != NULL && bytes[i] != 0) i++;
    return i;
}

enum json_form record_json_measure(const char *bytes, size_t length, size_t *value_length)
{
    enum { MEASURE_DEPTH_MAX = 1024 };
    uint64_t arrays[MEASURE_DEPTH_MAX / 64] = {0}; /* which open containers are arrays */
    size_t depth = 0;
    enum wants wants = WANTS_VALUE;
    for (size_t i = 0; i < length;) {
        char c = bytes[i];
        *value_length = i;
        if (json_is_space(c)) {
            i++;
            continue;
        }
        bool key = wants == WANTS_KEY || wants == WANTS_KEY_OR_CLOSE;
        bool value = wants == WANTS_VALUE || wants == WANTS_VALUE_OR_CLOSE;
        bool in_array = depth > 0 && (arrays[(depth - 1) / 64] >> (depth - 1) % 64 & 1) != 0;
        if (c == '"' && (key || value)) {
            size_t end = json_string_end(bytes, length, i);
            if (end == 0) return *value_length = length, JSON_PREFIX;
            i = end;
            wants = key ? WANTS_COLON : WANTS_COMMA_OR_CLOSE;
            if (depth == 0) return JSON_NOT;
        } else if ((c == '{' || c == '[') && value) {
            if (depth == MEASURE_DEPTH_MAX) return JSON_PREFIX; /* deep, but nothing speaks against it */
            arrays[depth / 64] &= ~(UINT64_C(1) << depth % 64);
            if (c == '[') arrays[depth / 64] |= UINT64_C(1) << depth % 64;
            depth++;
            wants = c == '[' ? WANTS_VALUE_OR_CLOSE : WANTS_KEY_OR_CLOSE;
            i++;
        } else if (c == (in_array ? ']' : '}') && depth > 0 &&
                   (wants == WANTS_COMMA_OR_CLOSE || wants == (in_array ? WANTS_VALUE_OR_CLOSE : WANTS_KEY_OR_CLOSE))) {
            i++;
            wants = WANTS_COMMA_OR_CLOSE;
            if (--depth > 0) continue;
            *value_length = i;
            return JSON_WHOLE;
        } else if (c == ',' && wants == WANTS_COMMA_OR_CLOSE) {
            wants = in_array ? WANTS_VALUE : WANTS_KEY;
            i++;
        } else if (c == ':' && wants == WANTS_COLON) {
            wants = WANTS_VALUE;
            i++;
        } else if (value && depth > 0 && scalar_length(bytes + i, length - i) > 0) {
            i += scalar_length(bytes + i, length - i);
            wants = WANTS_COMMA_OR_CLOSE;
        } else {
            return JSON_NOT;
        }
    }
    return depth > 0 ? JSON_PREFIX : JSON_NOT;
}

static size_t blanks_start(const char *bytes, size_t at)
{
    while (at > 0 && json_is_space(bytes[at - 1])) at--;
    return at;
}

/* Whether an object that begins at `at` may be something by itself: what stands behind a name belongs to the object around it, if
 * that name does not stand behind another object, as those of maps do. */
static bool may_stand_alone(const char *bytes, size_t at)
{
    size_t before = blanks_start(bytes, at);
    if (before == 0 || bytes[before - 1] != ':') return true;
    size_t quote = blanks_start(bytes, before - 1);
    if (quote == 0 || bytes[quote - 1] != '"') return false;
    const char *open = memrchr(bytes, '"', quote - 1);
    size_t comma = open == NULL ? 0 : blanks_start(bytes, (size_t)(open - bytes));
    if (comma == 0 || bytes[comma - 1] != ',') return false;
    size_t brace = blanks_start(bytes, comma - 1);
    return brace > 0 && bytes[brace - 1] == '}';
}

size_t record_json_start(const char *bytes, size_t from, size_t length)
{
    for (size_t at = from; at < length; at++) {
        const char *brace = memchr(bytes + at, '{', length - at);
        if (brace == NULL) return length;
        at = (size_t)(brace - bytes);
        size_t key = at + 1;
        while (key < length && json_is_space(bytes[key])) key++;
        if (key < length && bytes[key] == '"' && may_stand_alone(bytes, at)) return at;
    }
    return length;
}

size_t record_json_resume(const char *bytes, size_t from, size_t length, size_t *effort, size_t *value_length)
{
    for (size_t at = record_json_start(bytes, from, length); at < length; at = record_json_start(bytes, at + 1, length)) {
        if (record_json_measure(bytes + at, length - at, value_length) == JSON_WHOLE) return at;
        if (*value_length >= *effort) return length;
        *effort -= *value_length;
    }
    return length;
}

bool record_json_breaks_off(const char *bytes, size_t from, size_t length)
{
    enum { EFFORT_PER_BYTE = 8, EFFORT_FREELY = 64 * 1024 };
    size_t effort = EFFORT_PER_BYTE * (length - from) + EFFORT_FREELY, looked;
    for (size_t at = record_json_start(bytes, from, length); at < length; at = record_json_start(bytes, at + 1, length)) {
        if (record_json_measure(bytes + at, length - at, &looked) == JSON_PREFIX) return true;
        if (looked >= effort) return false;
        effort -= looked;
    }
    return false;
}
