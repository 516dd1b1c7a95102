#include "record_sql_inner.h"

#include <string.h>

enum { DOLLAR_TAG_MAX = 64 };

/* The next quote, or backslash where these escape; `length` where there is none. */
static inline size_t string_stop(const char *bytes, size_t at, size_t length, char quote, bool escapes)
{
    const char slash = escapes ? '\\' : quote;
    for (; at + 8 <= length; at += 8) {
        uint64_t word = eight_load(bytes + at), stops = eight_equal(word, quote) | eight_equal(word, slash);
        if (stops != 0) return at + eight_first(stops);
    }
    while (at < length && bytes[at] != quote && !(escapes && bytes[at] == '\\')) at++;
    return at;
}

/* Goes to the end of the string in hand. SQL_WHOLE: *at is behind its closing quote. */
static inline __attribute__((always_inline)) enum sql_end string_end(const char *bytes, size_t *at, size_t length, struct sql_depth *depth)
{
    for (;;) {
        size_t i = string_stop(bytes, *at, length, depth->quote, depth->escapes);
        *at = i;
        if (i + 1 >= length) return SQL_MORE; /* what stands behind a quote decides what it is */
        if (bytes[i] == '\\' || bytes[i + 1] == depth->quote) {
            *at = i + 2;
            continue;
        }
        char behind = bytes[i + 1];
        bool odd = depth->quote == '\'' && (sql_is_name(behind) || behind == '"' || behind == '\\');
        depth->quote = 0;
        *at = i + 1;
        return odd ? SQL_BROKEN : SQL_WHOLE;
    }
}

/* PostgreSQL's E'...' has escapes whatever other strings have. */
static bool has_escape_prefix(const char *bytes, size_t quote)
{
    return quote >= 2 && (bytes[quote - 1] | 0x20) == 'e' && !sql_is_name(bytes[quote - 2]);
}

enum sql_end sql_dollar_end(const char *bytes, size_t at, size_t length, size_t *end)
{
    *end = at;
    if (at > 0 && sql_is_name(bytes[at - 1])) return SQL_WHOLE;
    size_t tag = at + 1;
    while (tag < length && tag - at < DOLLAR_TAG_MAX && bytes[tag] != '$' && sql_is_name(bytes[tag])) tag++;
    if (tag == length) return SQL_MORE;
    if (bytes[tag] != '$') return SQL_WHOLE;
    const char *close = memmem(bytes + tag + 1, length - tag - 1, bytes + at, tag + 1 - at);
    if (close == NULL) return SQL_MORE;
    *end = (size_t)(close - bytes) + (tag + 1 - at);
    return SQL_WHOLE;
}

/* The next byte outside of strings that may mean something: blanks, quotes, parentheses and '*' are below '+'. */
static inline size_t plain_stop(const char *bytes, size_t at, size_t length)
{
    for (; at + 8 <= length; at += 8) {
        uint64_t word = eight_load(bytes + at), stops = eight_below(word, '+') | eight_equal(word, ';') | eight_equal(word, '`');
        if (stops != 0) return at + eight_first(stops);
    }
    return at;
}

/* Goes behind the comment in hand. */
static __attribute__((noinline)) enum sql_end comment_end(const char *bytes, size_t *at, size_t length, struct sql_depth *depth)
{
    const bool is_line = depth->quote == '\n';
    const char *found = is_line ? memchr(bytes + *at, '\n', length - *at) : memmem(bytes + *at, length - *at, "*/", 2);
    depth->has_comment = true;
    *at = found == NULL ? length : (size_t)(found - bytes) + (is_line ? 1 : 2);
    if (found != NULL) depth->quote = 0;
    return found == NULL ? SQL_MORE : SQL_WHOLE;
}

/* What ends the comment that begins with the byte before `at` and that at it, or with the two before it; 0: none does. What MySQL keeps
 * for a version of its own is none. */
static inline char comment_begins(const char *bytes, size_t at, size_t length)
{
    char c = bytes[at];
    if (c == '*') return at > 0 && bytes[at - 1] == '/' && !(at + 1 < length && bytes[at + 1] == '!') ? '*' : 0;
    return sql_is_blank(c) && at > 1 && bytes[at - 1] == '-' && bytes[at - 2] == '-' ? '\n' : 0;
}

enum sql_end sql_tuple_end(const char *bytes, size_t at, size_t length, bool backslash, struct sql_depth *depth, size_t *end)
{
    enum sql_end found = SQL_WHOLE;
    while (at < length) {
        if (depth->quote == '*' || depth->quote == '\n') {
            if (comment_end(bytes, &at, length, depth) == SQL_WHOLE) continue;
            break;
        } else if (depth->quote != 0) {
            found = string_end(bytes, &at, length, depth);
            *end = at;
            if (found != SQL_WHOLE) return found;
            continue;
        }
        at = plain_stop(bytes, at, length);
        if (at == length) break;
        char c = bytes[at];
        if (c == '\'' || c == '"' || c == '`') {
            depth->quote = c;
            depth->escapes = c != '`' && (backslash || (c == '\'' && has_escape_prefix(bytes, at)));
        } else if (c == '(') {
            depth->depth++;
        } else if (c == ')') {
            *end = at + 1;
            if (--depth->depth == 0) return SQL_WHOLE;
        } else if (c == ';') {
            *end = at;
            return SQL_BROKEN;
        } else if (c == '$') {
            size_t behind;
            found = sql_dollar_end(bytes, at, length, &behind);
            if (found != SQL_WHOLE) break;
            at = behind > at ? behind - 1 : at;
        } else if (c == '*' || sql_is_blank(c)) {
            depth->quote = comment_begins(bytes, at, length);
            at -= depth->quote == '\n'; /* the blank may be the line end */
        }
        at++;
    }
    *end = length;
    return SQL_MORE;
}

/* Whether what stands behind a parenthesis says that it ended a tuple. */
static enum sql_end closes_tuple(const char *bytes, size_t at, size_t length)
{
    while (at < length && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\r')) at++;
    if (at == length) return SQL_MORE;
    if (bytes[at] == ';') return SQL_WHOLE;
    if (bytes[at] != ',') return SQL_BROKEN;
    for (at++; at < length && sql_is_blank(bytes[at]);) at++;
    if (at == length) return SQL_MORE;
    return bytes[at] == '(' ? SQL_WHOLE : SQL_BROKEN;
}

enum sql_end sql_tuple_resume(const char *bytes, size_t at, size_t length, size_t *end)
{
    for (; at < length; at++) {
        *end = at;
        if (bytes[at] == '\n') return SQL_WHOLE;
        if (bytes[at] != ')') continue;
        *end = at + 1;
        enum sql_end closes = closes_tuple(bytes, at + 1, length);
        if (closes != SQL_BROKEN) return closes;
    }
    *end = length;
    return SQL_MORE;
}

/* Where the string, dollar-quoted or not, or the comment ends that begins at `at`; `at` where none does. */
static size_t token_end(const char *bytes, size_t at, size_t length, bool backslash, bool *is_comment)
{
    struct sql_depth depth = {0};
    char c = bytes[at];
    size_t end = at;
    *is_comment = false;
    if (c == '\'' || c == '"' || c == '`') {
        depth.quote = c;
        depth.escapes = c != '`' && (backslash || (c == '\'' && has_escape_prefix(bytes, at)));
        end = at + 1;
        return string_end(bytes, &end, length, &depth) == SQL_MORE ? length : end;
    }
    if (c == '$') return sql_dollar_end(bytes, at, length, &end) == SQL_MORE ? length : end;
    if (c == '/' && at + 1 < length) depth.quote = comment_begins(bytes, at + 1, length);
    if (c == '-' && at + 2 < length) depth.quote = comment_begins(bytes, at + 2, length);
    if (depth.quote == 0) return at;
    *is_comment = true;
    end = at + 2;
    (void)comment_end(bytes, &end, length, &depth);
    return end;
}

bool sql_tuple_strip(struct span tuple, bool backslash, struct bytes *plain, struct bytes *comments)
{
    plain->count = comments->count = 0;
    if (!bytes_reserve(plain, tuple.len) || !bytes_reserve(comments, 2 * tuple.len)) return false;
    for (size_t at = 0; at < tuple.len;) {
        bool is_comment;
        size_t end = token_end(tuple.at, at, tuple.len, backslash, &is_comment), length = end > at ? end - at : 1;
        bytes_put(is_comment ? comments : plain, tuple.at + at, length);
        if (is_comment) bytes_put_byte(plain, ' ');
        if (is_comment && comments->at[comments->count - 1] != '\n') bytes_put_byte(comments, '\n');
        at += length;
    }
    return true;
}
