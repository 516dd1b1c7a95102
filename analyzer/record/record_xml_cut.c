#include "record_xml_cut.h"

#include <string.h>

static bool starts(const char *bytes, size_t length, size_t at, const char *word)
{
    size_t len = strlen(word);
    return length - at >= len && memcmp(bytes + at, word, len) == 0;
}

/* Whether the bytes end before it is clear that they do not start with a word. */
static bool may_start(const char *bytes, size_t length, size_t at, const char *word)
{
    size_t left = length - at;
    return left < strlen(word) && memcmp(bytes + at, word, left) == 0;
}

static bool is_name_start(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || c == '_' || c == ':' || (unsigned char)c >= 0x80;
}

static bool is_name(char c)
{
    return is_name_start(c) || (unsigned char)(c - '0') <= 9 || c == '-' || c == '.';
}

/* The byte behind a closing word; 0: it does not stand there. */
static size_t behind_word(const char *bytes, size_t length, size_t at, const char *word)
{
    size_t len = strlen(word);
    const char *found = at < length ? memmem(bytes + at, length - at, word, len) : NULL;
    return found == NULL ? 0 : (size_t)(found - bytes) + len;
}

static struct xml_token closed_by(const char *bytes, size_t length, size_t at, const char *word, enum xml_token_kind kind)
{
    size_t end = behind_word(bytes, length, at, word);
    return (struct xml_token){end == 0 ? XML_SHORT : kind, end};
}

/* The '>' that closes a tag, outside of quotes; 0: none stands there. A '<' before it, which may not stand within quotes
 * either, says that it is no tag: so what stands behind a tag has no say in where it ends. */
static size_t tag_close(const char *bytes, size_t length, size_t at, bool *is_tag)
{
    char quote = '\0';
    *is_tag = true;
    for (; at < length; at++) {
        char c = bytes[at];
        if (c == '<') {
            *is_tag = false;
            return 0;
        }
        if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return at;
        }
    }
    return 0;
}

/* A document type, whose internal subset may hold declarations with quotes, and comments. */
static struct xml_token doctype(const char *bytes, size_t length, size_t at)
{
    size_t depth = 0;
    char quote = '\0';
    for (; at < length; at++) {
        char c = bytes[at];
        if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (starts(bytes, length, at, "<!--")) {
            size_t end = behind_word(bytes, length, at + 4, "-->");
            if (end == 0) break;
            at = end - 1;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '<') {
            depth++;
        } else if (c == '>' && --depth == 0) {
            return (struct xml_token){XML_DOCTYPE, at + 1};
        }
    }
    return (struct xml_token){XML_SHORT, 0};
}

struct xml_token record_xml_token(const char *bytes, size_t length, size_t at)
{
    if (at + 1 == length) return (struct xml_token){XML_SHORT, 0};
    char c = bytes[at + 1];
    if (c == '?') return closed_by(bytes, length, at + 2, "?>", XML_ASIDE);
    if (c == '!') {
        if (starts(bytes, length, at, "<!--")) return closed_by(bytes, length, at + 4, "-->", XML_ASIDE);
        if (starts(bytes, length, at, "<![CDATA[")) return closed_by(bytes, length, at + 9, "]]>", XML_CDATA);
        if (starts(bytes, length, at, "<!DOCTYPE")) return doctype(bytes, length, at);
        bool may = may_start(bytes, length, at, "<!--") || may_start(bytes, length, at, "<![CDATA[") || may_start(bytes, length, at, "<!DOCTYPE");
        return (struct xml_token){may ? XML_SHORT : XML_NONE, at + 1};
    }
    bool is_end = c == '/', is_tag = true;
    if (at + 2 == length && is_end) return (struct xml_token){XML_SHORT, 0};
    if (!is_name_start(bytes[at + 1 + is_end])) return (struct xml_token){XML_NONE, at + 1};
    size_t close = tag_close(bytes, length, at + 1, &is_tag);
    if (!is_tag) return (struct xml_token){XML_NONE, at + 1};
    if (close == 0) return (struct xml_token){XML_SHORT, 0};
    return (struct xml_token){is_end ? XML_END : bytes[close - 1] == '/' ? XML_EMPTY : XML_START, close + 1};
}

struct span record_xml_name(const char *bytes, size_t length, size_t at)
{
    size_t start = at + 1 + (at + 1 < length && bytes[at + 1] == '/'), end = start;
    while (end < length && is_name(bytes[end])) end++;
    return (struct span){bytes + start, end - start};
}

static bool has_attributes(const char *bytes, size_t at, size_t end)
{
    return memchr(bytes + at, '=', end - at) != NULL;
}

size_t record_xml_element_end(const char *bytes, size_t length, size_t at, bool *is_plain)
{
    size_t depth = 0, tags = 0;
    *is_plain = true;
    while (at < length) {
        const char *next = memchr(bytes + at, '<', length - at);
        if (next == NULL) return 0;
        size_t place = (size_t)(next - bytes);
        struct xml_token token = record_xml_token(bytes, length, place);
        if (token.kind == XML_SHORT) return 0;
        if (token.kind == XML_START || token.kind == XML_EMPTY) {
            if (tags++ > 0 || has_attributes(bytes, place, token.end)) *is_plain = false;
        }
        depth += token.kind == XML_START;
        if (token.kind == XML_END) depth--;
        at = token.end;
        if (depth == 0 && (token.kind == XML_END || token.kind == XML_EMPTY)) return at;
    }
    return 0;
}

size_t record_xml_cut(const char *bytes, size_t length)
{
    size_t cut = 0, line = 0, at = 0;
    bool in_prolog = false, is_plain;
    while (at < length) {
        if (bytes[at] != '<') {
            if (bytes[at] == '\n' && !in_prolog) line = at + 1;
            in_prolog = in_prolog && memchr(" \t\r\n", bytes[at], 4) != NULL;
            at++;
            continue;
        }
        struct xml_token token = record_xml_token(bytes, length, at);
        if (token.kind == XML_SHORT) break;
        bool is_element = token.kind == XML_START || token.kind == XML_EMPTY;
        size_t end = is_element ? record_xml_element_end(bytes, length, at, &is_plain) : token.end;
        if (end == 0) break;
        in_prolog = token.kind == XML_DOCTYPE || token.kind == XML_ASIDE;
        at = end;
        if (is_element) cut = end;
    }
    return cut > 0 ? cut : line;
}

size_t record_xml_find(const char *bytes, size_t length)
{
    size_t prolog = length;
    for (size_t at = 0; at < length;) {
        if (bytes[at] != '<') {
            if (memchr(" \t\r\n", bytes[at], 4) == NULL) prolog = length;
            at++;
            continue;
        }
        struct xml_token token = record_xml_token(bytes, length, at);
        bool is_prolog = token.kind == XML_DOCTYPE || token.kind == XML_ASIDE;
        if (token.kind == XML_SHORT) return length;
        if (token.kind == XML_START || token.kind == XML_EMPTY) return prolog < length ? prolog : at;
        if (!is_prolog) prolog = length;
        else if (prolog == length) prolog = at;
        at = token.end;
    }
    return length;
}

bool record_xml_is_point(struct span name)
{
    static const char *const points[] = {"wpt", "trkpt", "rtept"};
    const char *colon = name.len > 0 ? memrchr(name.at, ':', name.len) : NULL;
    struct span local = colon == NULL ? name : (struct span){colon + 1, (size_t)(name.at + name.len - colon) - 1};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        if (local.len == strlen(points[i]) && memcmp(local.at, points[i], local.len) == 0) return true;
    return false;
}

struct span record_xml_type(struct span bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        bool is_blank = memchr(" \t\r\n", bytes.at[at], 4) != NULL;
        if (!is_blank && bytes.at[at] != '<') break;
        struct xml_token token = is_blank ? (struct xml_token){XML_ASIDE, at + 1} : record_xml_token(bytes.at, bytes.len, at);
        if (token.kind == XML_DOCTYPE) return (struct span){bytes.at + at, token.end - at};
        if (token.kind != XML_ASIDE) break;
        at = token.end;
    }
    return (struct span){"", 0};
}

bool record_xml_is_declared(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length && memchr(" \t\r\n", bytes[at], 4) != NULL) at++;
    return at < length && starts(bytes, length, at, "<?xml ") && behind_word(bytes, length, at, "?>") > 0;
}

/* The name of each open element is where its start tag stands. */
bool record_xml_sniff(const char *bytes, size_t length)
{
    enum { DEPTH_MAX = 64, TAGS_MAX = 200, ENDS_ENOUGH = 8 };
    size_t open[DEPTH_MAX], depth = 0, tags = 0, ends = 0, at = 0;
    while (at < length && memchr(" \t\r\n", bytes[at], 4) != NULL) at++;
    if (at == length || bytes[at] != '<') return false;
    bool is_declared = record_xml_is_declared(bytes, length);
    while (tags < TAGS_MAX) {
        struct xml_token token = record_xml_token(bytes, length, at);
        if (token.kind == XML_SHORT) return tags > 0 || starts(bytes, length, at, "<?xml ");
        if (token.kind == XML_NONE && !is_declared) return ends >= ENDS_ENOUGH;
        if (token.kind == XML_START && depth == DEPTH_MAX) return true;
        if (token.kind == XML_START) open[depth++] = at;
        if (token.kind == XML_END) {
            struct span end = record_xml_name(bytes, length, at);
            if (depth == 0) return is_declared;
            struct span start = record_xml_name(bytes, length, open[--depth]);
            if (start.len != end.len || memcmp(start.at, end.at, end.len) != 0) return is_declared || ends >= ENDS_ENOUGH;
            ends++;
        }
        tags += token.kind == XML_START || token.kind == XML_EMPTY;
        if (depth == 0 && tags > 0) return true;
        const char *next = memchr(bytes + token.end, '<', length - token.end);
        if (next == NULL) return tags > 0;
        at = (size_t)(next - bytes);
    }
    return true;
}
