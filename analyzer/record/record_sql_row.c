#include "record_sql_inner.h"

#include <string.h>
#include <strings.h>

#include "../support/utf8.h"
#include "record_csv.h"

enum { SLACK_BYTES = 64 }; /* behind what a row can take: eight bytes are written at a time */

/* ------------------------------------------------------------------ cells */

static bool is_odd(char c)
{
    return c == SQL_DELIMITER || c == '\n' || c == '\r';
}

/* Whether a cell has what would end it. */
static bool cell_is_odd(const char *cell, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (is_odd(cell[i])) return true;
    return false;
}

/* Puts the cell in quotes, its own ones doubled. There is room for all. */
static void cell_quote(struct bytes *row, size_t start)
{
    size_t quotes = 0, length = row->count - start;
    char *cell = row->at + start;
    for (size_t i = 0; i < length; i++) quotes += cell[i] == '"';
    char *to = cell + length + quotes + 1;
    row->count += quotes + 2;
    *to-- = '"';
    for (size_t i = length; i > 0; i--) {
        *to-- = cell[i - 1];
        if (cell[i - 1] == '"') *to-- = '"';
    }
    *to = '"';
}

bool sql_cell_end(struct bytes *row, size_t start)
{
    size_t length = row->count - start;
    if (length == 0 || (row->at[start] != '"' && !cell_is_odd(row->at + start, length))) return true;
    if (!bytes_reserve(row, length + 2)) return false;
    if (length < CSV_QUOTED_MAX / 2) {
        cell_quote(row, start);
        return true;
    }
    /* Longer than quotes may hold: what would end the cell becomes a blank. */
    for (size_t i = start; i < row->count; i++)
        if (is_odd(row->at[i])) row->at[i] = ' ';
    return true;
}

/* ------------------------------------------------------------------ strings */

static unsigned hex_value(char c)
{
    if ((unsigned char)(c - '0') <= 9) return (unsigned)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* Reads up to `most` digits of a base; gives how many. */
static size_t digits_read(const char *at, const char *end, size_t most, unsigned base, uint32_t *value)
{
    size_t count = 0;
    *value = 0;
    for (; count < most && at + count < end && hex_value(at[count]) < base; count++) *value = *value * base + hex_value(at[count]);
    return count;
}

static void put_utf8(struct bytes *row, uint32_t c)
{
    if (c < 0x80) {
        bytes_put_byte(row, c);
    } else if (c < 0x800) {
        bytes_put_byte(row, 0xC0 | c >> 6);
        bytes_put_byte(row, 0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        bytes_put_byte(row, 0xE0 | c >> 12);
        bytes_put_byte(row, 0x80 | (c >> 6 & 0x3F));
        bytes_put_byte(row, 0x80 | (c & 0x3F));
    } else {
        bytes_put_byte(row, 0xF0 | (c >> 18 & 7));
        bytes_put_byte(row, 0x80 | (c >> 12 & 0x3F));
        bytes_put_byte(row, 0x80 | (c >> 6 & 0x3F));
        bytes_put_byte(row, 0x80 | (c & 0x3F));
    }
}

/* A number in an escape of PostgreSQL's: \x41, \101, \u0041, \U00000041. Gives how many bytes it has behind the backslash; 0: it
 * is none. */
static size_t put_numbered(const char *at, const char *end, struct bytes *row)
{
    uint32_t value;
    size_t count = digits_read(at, end, 3, 8, &value);
    if (count > 0) {
        bytes_put_byte(row, value & 0xFF);
        return count;
    }
    size_t most = *at == 'x' ? 2 : *at == 'u' ? 4 : *at == 'U' ? 8 : 0;
    count = digits_read(at + 1, end, most, 16, &value);
    if (count == 0 || (most > 2 && count < most)) return 0;
    if (most == 2) bytes_put_byte(row, value);
    else put_utf8(row, value);
    return 1 + count;
}

/* Undoes the escape that a backslash at `at` begins; gives the place behind it. numbered: as PostgreSQL has them. */
static const char *put_escape(const char *at, const char *end, bool numbered, struct bytes *row)
{
    static const char letters[] = "bnrt0Zfv", meant[] = "\b\n\r\t\0\x1A\f\v";
    enum { EVERYWHERE = 4, OF_MYSQL = 6 };
    if (++at >= end) return end;
    size_t count = numbered ? put_numbered(at, end, row) : 0;
    if (count > 0) return at + count;
    const char *letter = memchr(letters, *at, sizeof letters - 1);
    size_t which = letter == NULL ? sizeof letters : (size_t)(letter - letters);
    bool known = which < EVERYWHERE || (which < sizeof letters - 1 && (which < OF_MYSQL) != numbered);
    bytes_put_byte(row, (unsigned char)(known ? meant[which] : *at));
    return at + 1;
}

/* Copies the string behind an opening quote; gives the place behind its closing one. *odd is set where controls may be
 * among its bytes. */
static inline const char *string_write(const char *at, const char *end, bool escapes, bool numbered, struct bytes *row, bool *odd)
{
    const char quote = at[-1], slash = escapes ? '\\' : quote;
    while (at < end) {
        uint64_t stops = 0, controls = 0;
        char *to = row->at + row->count;
        while (end - at >= 8) {
            uint64_t word = eight_load(at);
            memcpy(to, at, 8);
            stops = eight_equal(word, quote) | eight_equal(word, slash);
            controls |= eight_below(word, ' ');
            size_t passed = stops == 0 ? 8 : eight_first(stops);
            at += passed;
            to += passed;
            if (stops != 0) break;
        }
        row->count = (size_t)(to - row->at);
        *odd |= controls != 0;
        if (stops == 0 && *at != quote && !(escapes && *at == '\\')) {
            *odd |= (unsigned char)*at < ' ';
            bytes_put_byte(row, (unsigned char)*at++);
        } else if (*at == '\\' && escapes) {
            *odd = true;
            at = put_escape(at, end, numbered, row);
        } else if (at + 1 < end && at[1] == quote) {
            bytes_put_byte(row, (unsigned char)quote);
            at += 2;
        } else {
            return at + 1;
        }
    }
    return end;
}

/* ------------------------------------------------------------------ values that are no plain strings */

/* Writes bytes that are said in hexadecimal digits: as text where they are text, else the digits. */
static void hex_write(const char *at, const char *end, struct bytes *row)
{
    size_t start = row->count, count = (size_t)(end - at) / 2;
    bool text = (end - at) % 2 == 0 && count > 0;
    for (size_t i = 0; i < count && text; i++) {
        unsigned byte = hex_value(at[2 * i]) << 4 | hex_value(at[2 * i + 1]);
        text = hex_value(at[2 * i]) < 16 && hex_value(at[2 * i + 1]) < 16 && byte != 0x7F &&
               (byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r');
        bytes_put_byte(row, byte & 0xFF);
    }
    if (text && utf8_is_valid(row->at + start, row->count - start)) return;
    row->count = start;
    bytes_put(row, at, (size_t)(end - at));
}

static bool word_is(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - at) == length && strncasecmp(at, word, length) == 0;
}

/* Functions whose value is that of the string that they are given. */
static bool is_conversion(const char *at, const char *end)
{
    static const char *const names[] = {"cast", "convert", "to_date", "to_timestamp", "str_to_date", "date", "datetime", "timestamp",
                                        "unistr", "replace"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (word_is(at, end, names[i])) return true;
    return false;
}

/* SQLite writes line ends as replace('a\nb','\n',char(10)). */
static void undo_replace(const char *at, const char *end, struct bytes *row, size_t start)
{
    bool newlines = memmem(at, (size_t)(end - at), "'\\n',char(10)", 13) != NULL;
    bool returns = memmem(at, (size_t)(end - at), "'\\r',char(13)", 13) != NULL;
    size_t to = start;
    for (size_t i = start; i < row->count; i++) {
        char c = row->at[i], next = i + 1 < row->count ? row->at[i + 1] : '\0';
        bool undone = c == '\\' && ((newlines && next == 'n') || (returns && next == 'r'));
        row->at[to++] = undone ? (next == 'n' ? '\n' : '\r') : c;
        i += undone;
    }
    row->count = to;
}

/* SQLite 3.50 and PostgreSQL write characters as unistr('a\u000ab'). */
static void undo_unistr(struct bytes *row, size_t start)
{
    enum { LONGEST = 8 };
    const char *end = row->at + row->count;
    size_t to = start;
    for (const char *at = row->at + start; at < end;) {
        uint32_t c = 0;
        size_t letter = end - at > 1 && (at[1] == 'u' || at[1] == 'U' || at[1] == '+'), most = letter == 0 || at[1] == 'u' ? 4 : at[1] == 'U' ? LONGEST : 6;
        size_t digits = *at == '\\' && end - at > 1 ? digits_read(at + 1 + letter, end, most, 16, &c) : 0;
        bool doubled = *at == '\\' && end - at > 1 && at[1] == '\\';
        if (digits == most) {
            /* What is written is never longer than the escape. */
            struct bytes out = {row->at, to, row->capacity};
            put_utf8(&out, c);
            to = out.count;
            at += 1 + letter + most;
        } else {
            row->at[to++] = *at;
            at += 1 + doubled;
        }
    }
    row->count = to;
}

/* What stands before the first string of an expression. */
struct prefix {
    const char *word, *word_end; /* its last word */
    bool calls;                  /* one or more conversions are called */
    bool is_plain;               /* nothing but those, and words */
};

static struct prefix prefix_read(const char *at, const char *string)
{
    struct prefix prefix = {at, at, false, true};
    while (at < string) {
        const char *word = at;
        while (at < string && sql_is_name(*at)) at++;
        if (at > word) prefix.word = word, prefix.word_end = at;
        if (at == string) break;
        if (*at == '(' && is_conversion(word, at)) prefix.calls = true;
        else if (!(sql_is_blank(*at) || (*at == '&' && at - word == 1))) prefix.is_plain = false;
        at++;
    }
    return prefix;
}

/* What may stand behind the string of an expression for its value to be that of the string. */
static bool is_plain_end(const char *at, const char *end, const struct prefix *prefix)
{
    while (at < end && sql_is_blank(*at)) at++;
    return at == end || prefix->calls || *at == ':' || sql_is_name(*at);
}

/* Writes the value of an expression: of the string in it if that is what its value is, else as it stands. */
static void expression_write(const char *at, const char *end, bool backslash, struct bytes *row)
{
    size_t start = row->count;
    while (end > at && sql_is_blank(end[-1])) end--;
    size_t dollar = 0;
    if (at < end && *at == '$' && sql_dollar_end(at, 0, (size_t)(end - at), &dollar) == SQL_WHOLE && at + dollar == end) {
        size_t tag = (size_t)((const char *)memchr(at + 1, '$', (size_t)(end - at) - 1) - at) + 1;
        bytes_put(row, at + tag, dollar - 2 * tag);
        return;
    }
    const char *string = at < end && *at == '"' ? at : memchr(at, '\'', (size_t)(end - at));
    if (string != NULL) {
        struct prefix prefix = prefix_read(at, string);
        bool touches = prefix.word_end == string;
        char letter = prefix.word_end - prefix.word == 1 ? (char)(*prefix.word | 0x20) : '\0';
        bool numbered = touches && letter == 'e', hexadecimal = touches && letter == 'x';
        bool odd = false;
        const char *behind = string_write(string + 1, end, numbered || backslash, numbered, row, &odd);
        if (prefix.is_plain && is_plain_end(behind, end, &prefix)) {
            if (hexadecimal) row->count = start, hex_write(string + 1, behind - 1, row);
            if (prefix.calls && memmem(at, (size_t)(string - at), "unistr", 6) != NULL) undo_unistr(row, start);
            else if (prefix.calls) undo_replace(at, end, row, start);
            return;
        }
        row->count = start;
    } else {
        const char *cast = memmem(at, (size_t)(end - at), "::", 2);
        if (cast != NULL) end = cast;
        if (word_is(at, end, "null")) return;
        if (end - at > 2 && at[0] == '0' && (at[1] | 0x20) == 'x') {
            hex_write(at + 2, end, row);
            return;
        }
    }
    bytes_put(row, at, (size_t)(end - at));
}

/* PostgreSQL's ARRAY['a','b']: its commas are its own. */
static bool is_array(const char *at, const char *end)
{
    enum { WORD = 5 };
    return end - at > WORD && (at[0] | 0x20) == 'a' && strncasecmp(at, "array", WORD) == 0 && (at[WORD] == '[' || sql_is_blank(at[WORD]));
}

/* Where the expression at `at` ends: at a comma or parenthesis that is not its own, or at the end. */
static const char *expression_end(const char *at, const char *end, bool backslash)
{
    struct sql_depth depth = {.depth = 1};
    const char opening = is_array(at, end) ? '[' : '(', closing = opening == '[' ? ']' : ')';
    while (at < end && (depth.depth > 1 || (*at != ',' && *at != ')'))) {
        if (*at == '(' || *at == opening) {
            depth.depth++;
        } else if (*at == ')' || *at == closing) {
            depth.depth--;
        } else if (*at == '$') {
            size_t behind;
            if (!sql_is_name(at[-1]) && sql_dollar_end(at, 0, (size_t)(end - at), &behind) == SQL_WHOLE && behind > 0) at += behind - 1;
        } else if (*at == '\'' || *at == '"' || *at == '`') {
            /* A parenthesis before it and one behind it make a tuple of it, and that ends as all tuples do. */
            const char quote = *at++;
            bool escapes = quote != '`' && (backslash || (quote == '\'' && (at[-2] | 0x20) == 'e' && !sql_is_name(at[-3])));
            for (; at < end; at++) {
                if (*at == '\\' && escapes) at++;
                else if (*at == quote && at + 1 < end && at[1] == quote) at++;
                else if (*at == quote) break;
            }
        }
        at++;
    }
    return at < end ? at : end;
}

/* ------------------------------------------------------------------ rows */

/* What ends a number or a word: all that is below '+', and a comma. *colons is set where casts may be among it. */
static inline const char *bare_end(const char *at, const char *end, bool *colons)
{
    for (; end - at >= 8; at += 8) {
        uint64_t word = eight_load(at), stops = eight_below(word, '+') | eight_equal(word, ',');
        *colons |= eight_equal(word, ':') != 0;
        if (stops != 0) return at + eight_first(stops);
    }
    for (; at < end && (unsigned char)*at >= '+' && *at != ','; at++) *colons |= *at == ':';
    return at;
}

/* Writes the value at `at`; gives the place of what ends it. *odd: it may hold what would end its cell. */
static inline const char *value_write(const char *at, const char *end, bool backslash, struct bytes *row, bool *odd)
{
    while (at < end && sql_is_blank(*at)) at++;
    if (at < end && *at == '\'') {
        size_t start = row->count;
        const char *behind = string_write(at + 1, end, backslash, false, row, odd);
        if (behind == end || *behind == ',') return behind;
        row->count = start;
    } else if (at < end && *at != '$') {
        bool colons = false;
        const char *behind = bare_end(at, end, &colons);
        size_t length = (size_t)(behind - at);
        if ((behind == end || *behind == ',') && !colons && !is_array(at, end) && !(length > 2 && at[0] == '0' && (at[1] | 0x20) == 'x')) {
            if (length != 4 || (*at | 0x20) != 'n' || !word_is(at, behind, "null")) bytes_put(row, at, length);
            return behind;
        }
    }
    *odd = true;
    const char *stop = expression_end(at, end, backslash);
    expression_write(at, stop, backslash, row);
    return stop;
}

size_t sql_tuple_write(struct span tuple, bool backslash, struct bytes *rows)
{
    const char *at = tuple.at + 1, *end = tuple.at + tuple.len - 1;
    size_t cells = 0;
    for (;;) {
        if (!bytes_reserve(rows, (size_t)(end - at) + SLACK_BYTES)) return 0;
        size_t start = rows->count;
        bool odd = false;
        at = value_write(at, end, backslash, rows, &odd);
        odd |= rows->count > start && rows->at[start] == '"';
        if (odd && (!sql_cell_end(rows, start) || !bytes_reserve(rows, 1))) return 0;
        cells++;
        bool last = at >= end;
        bytes_put_byte(rows, last ? '\n' : (unsigned char)SQL_DELIMITER);
        if (last) return cells;
        at++;
    }
}

static bool is_null(const char *at, const char *end, const struct sql_copy *copy)
{
    return (size_t)(end - at) == copy->null_length && memcmp(at, copy->null, copy->null_length) == 0;
}

/* A cell of COPY as text. */
static bool copy_cell_write(const char *at, const char *end, const struct sql_copy *copy, struct bytes *rows)
{
    size_t start = rows->count;
    if (is_null(at, end, copy)) return true;
    if (!bytes_reserve(rows, (size_t)(end - at) + SLACK_BYTES)) return false;
    while (at < end) {
        if (*at == '\\') at = put_escape(at, end, true, rows);
        else bytes_put_byte(rows, (unsigned char)*at++);
    }
    return sql_cell_end(rows, start);
}

/* The same as CSV. In quotes it is no NULL. */
static bool copy_quoted_write(const char *at, const char *end, bool quoted, const struct sql_copy *copy, struct bytes *rows)
{
    size_t start = rows->count;
    if (!quoted && is_null(at, end, copy)) return true;
    if (!bytes_reserve(rows, (size_t)(end - at) + SLACK_BYTES)) return false;
    if (quoted) rows->count += csv_unquote((struct span){at, (size_t)(end - at)}, rows->at + rows->count);
    else bytes_put(rows, at, (size_t)(end - at));
    return sql_cell_end(rows, start);
}

/* Where a cell of COPY ends: at a delimiter that no backslash stands before. */
static const char *copy_cell_end(const char *at, const char *end, char delimiter)
{
    for (; at < end && *at != delimiter; at++) at += *at == '\\';
    return at < end ? at : end;
}

/* A line with escapes or quotes, without its end. */
static bool copy_line_write(const char *at, const char *end, const struct sql_copy *copy, struct bytes *rows)
{
    while (true) {
        const char *stop = copy_cell_end(at, end, copy->delimiter);
        if (!copy_cell_write(at, stop, copy, rows) || !bytes_reserve(rows, 1)) return false;
        if (stop == end) return true;
        bytes_put_byte(rows, (unsigned char)SQL_DELIMITER);
        at = stop + 1;
    }
}

/* A row of CSV, without its end. */
static bool copy_csv_write(const char *at, const char *end, const struct sql_copy *copy, struct bytes *rows)
{
    for (size_t start = 0, length = (size_t)(end - at); ; start++) {
        size_t close = 0;
        bool quoted = start < length && at[start] == '"' && csv_closing_find(at, length, start, copy->delimiter, true, &close) == CSV_CLOSES;
        const char *next = quoted ? NULL : memchr(at + start, copy->delimiter, length - start);
        size_t stop = quoted ? close + 1 : next == NULL ? length : (size_t)(next - at);
        if (!copy_quoted_write(at + start + quoted, at + stop - quoted, quoted, copy, rows) || !bytes_reserve(rows, 1)) return false;
        if (stop >= length) return true;
        bytes_put_byte(rows, (unsigned char)SQL_DELIMITER);
        start = stop;
    }
}

/* A line whose escapes are NULLs alone, and no cell of which begins with a quote; false: it is another one. */
static bool simple_line_write(const char *at, const char *end, struct bytes *rows)
{
    const char *start = at;
    for (const char *quote = at; (quote = memchr(quote, '"', (size_t)(end - quote))) != NULL; quote++)
        if (quote == start || quote[-1] == SQL_DELIMITER) return false;
    size_t before = rows->count;
    for (;;) {
        const char *slash = memchr(at, '\\', (size_t)(end - at)), *stop = slash == NULL ? end : slash;
        bytes_put(rows, at, (size_t)(stop - at));
        if (slash == NULL) return true;
        at = slash + 2;
        bool alone = (slash == start || slash[-1] == SQL_DELIMITER) && at <= end && slash[1] == 'N' && (at == end || *at == SQL_DELIMITER);
        if (alone) continue;
        rows->count = before;
        return false;
    }
}

bool sql_rows_write(struct span lines, const struct sql_copy *copy, struct bytes *rows)
{
    const char *at = lines.at, *end = at + lines.len;
    bool is_usual = copy->delimiter == SQL_DELIMITER && !copy->is_csv && copy->null_length == 2 && memcmp(copy->null, "\\N", 2) == 0;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *behind = copy->is_csv ? at + csv_row_end(at, (size_t)(end - at), copy->delimiter, true) : newline == NULL ? end : newline + 1;
        const char *stop = behind > at && behind[-1] == '\n' ? behind - 1 : behind;
        if (stop > at && stop[-1] == '\r') stop--;
        if (!bytes_reserve(rows, (size_t)(stop - at) + SLACK_BYTES)) return false;
        bool written = is_usual && simple_line_write(at, stop, rows);
        if (!written) written = (copy->is_csv ? copy_csv_write(at, stop, copy, rows) : copy_line_write(at, stop, copy, rows)) && bytes_reserve(rows, 1);
        if (!written) return false;
        bytes_put_byte(rows, '\n');
        at = behind;
    }
    return true;
}
