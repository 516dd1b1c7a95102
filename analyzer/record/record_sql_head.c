#include "record_sql_inner.h"

#include <string.h>
#include <strings.h>

void sql_names_free(struct sql_names *names)
{
    bytes_free(&names->table);
    bytes_free(&names->header);
}

/* ------------------------------------------------------------------ words */

static bool has(struct sql_scan *scan, size_t count)
{
    if (scan->length - scan->at >= count) return true;
    scan->ran_out |= !scan->at_end;
    scan->met_end = true;
    return false;
}

static char next(struct sql_scan *scan)
{
    return has(scan, 1) ? scan->bytes[scan->at] : '\0';
}

static void skip_plain_blanks(struct sql_scan *scan)
{
    while (has(scan, 1) && sql_is_blank(scan->bytes[scan->at])) scan->at++;
}

/* Over blanks and one comment; false: there is none. */
static bool skip_comment(struct sql_scan *scan)
{
    skip_plain_blanks(scan);
    if (!has(scan, 1) || strchr("-#/", scan->bytes[scan->at]) == NULL || scan->bytes[scan->at] == '\0' || !has(scan, 2)) return false;
    const char *at = scan->bytes + scan->at;
    bool line = (at[0] == '-' && at[1] == '-') || at[0] == '#', block = at[0] == '/' && at[1] == '*';
    if (!line && !block) return false;
    const char *end = line ? memchr(at, '\n', scan->length - scan->at) : memmem(at, scan->length - scan->at, "*/", 2);
    scan->at = end == NULL ? scan->length : (size_t)(end - scan->bytes) + (line ? 1 : 2);
    return scan->has_comment = true;
}

/* And over comments, but for # which may begin a name. */
static void skip_blanks(struct sql_scan *scan)
{
    do {
        skip_plain_blanks(scan);
    } while (has(scan, 1) && (scan->bytes[scan->at] == '-' || scan->bytes[scan->at] == '/') && skip_comment(scan));
}

static bool take(struct sql_scan *scan, char c)
{
    skip_blanks(scan);
    if (next(scan) != c) return false;
    scan->at++;
    return true;
}

bool sql_word_is(const struct sql_scan *scan, size_t at, const char *word)
{
    size_t length = strlen(word);
    if (scan->length - at < length || strncasecmp(scan->bytes + at, word, length) != 0) return false;
    return at + length == scan->length || !sql_is_name(scan->bytes[at + length]);
}

/* The word at hand if it is this one. */
static bool take_word(struct sql_scan *scan, const char *word)
{
    skip_blanks(scan);
    size_t length = strlen(word), left = scan->length - scan->at;
    if (strncasecmp(scan->bytes + scan->at, word, left < length ? left : length) != 0) return false;
    if (!has(scan, length + 1) && (scan->ran_out || left < length)) return false;
    if (!sql_word_is(scan, scan->at, word)) return false;
    scan->at += length;
    return true;
}

static bool take_any(struct sql_scan *scan, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (take_word(scan, words[i])) return true;
    return false;
}

/* Some of the words, one behind the other. */
static void take_some(struct sql_scan *scan, const char *const *words, size_t count)
{
    enum { AT_MOST = 4 };
    for (int i = 0; i < AT_MOST && take_any(scan, words, count); i++) {}
}

/* MySQL's words for a version of its own, whose comment the statement stands in. */
static bool is_version(struct sql_scan *scan)
{
    return has(scan, 3) && memcmp(scan->bytes + scan->at, "/*!", 3) == 0;
}

static void skip_version(struct sql_scan *scan)
{
    if (!is_version(scan)) return;
    scan->at += 3;
    while (has(scan, 1) && (unsigned char)(scan->bytes[scan->at] - '0') <= 9) scan->at++;
    skip_blanks(scan);
}

/* ------------------------------------------------------------------ names */

static char closing_of(char c)
{
    return c == '[' ? ']' : c == '"' || c == '`' ? c : '\0';
}

static void put(struct sql_names *names, struct bytes *to, char c)
{
    if (!bytes_reserve(to, 1 + SQL_CELL_SLACK)) names->failed = true;
    else bytes_put_byte(to, (unsigned char)c);
}

/* A name with or without quotes, behind what is in `to`. */
static bool take_name(struct sql_scan *scan, struct sql_names *names, struct bytes *to)
{
    skip_blanks(scan);
    char close = closing_of(next(scan));
    if (close == '\0') {
        size_t start = scan->at;
        while (has(scan, 1) && (sql_is_name(scan->bytes[scan->at]) || scan->bytes[scan->at] == '@' || scan->bytes[scan->at] == '#'))
            put(names, to, scan->bytes[scan->at++]);
        return scan->at > start;
    }
    for (scan->at++; has(scan, 1); scan->at++) {
        char c = scan->bytes[scan->at];
        if (c == '\n') return false;
        if (c == close) {
            scan->at++;
            if (next(scan) != close) return true;
        }
        put(names, to, c);
    }
    return false;
}

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool take_table(struct sql_scan *scan, struct sql_names *names)
{
    names->table.count = names->last_component = 0;
    while (take_name(scan, names, &names->table)) {
        skip_blanks(scan);
        if (next(scan) != '.') {
            for (size_t i = 0; i < names->table.count; i++) names->table.at[i] = to_lower(names->table.at[i]);
            return names->table.count > 0;
        }
        scan->at++;
        put(names, &names->table, '.');
        names->last_component = names->table.count;
    }
    return false;
}

/* The next cell of the header row. */
static bool take_column(struct sql_scan *scan, struct sql_names *names)
{
    if (!bytes_reserve(&names->header, SQL_CELL_SLACK)) names->failed = true; /* a name may be empty */
    if (names->column_count > 0) put(names, &names->header, SQL_DELIMITER);
    size_t start = names->header.count;
    if (!take_name(scan, names, &names->header) || names->failed) return false;
    if (!sql_cell_end(&names->header, start)) names->failed = true;
    names->column_count++;
    return !names->failed;
}

/* A list of columns behind its parenthesis. */
static bool take_columns(struct sql_scan *scan, struct sql_names *names)
{
    do {
        if (!take_column(scan, names)) return false;
    } while (take(scan, ','));
    return take(scan, ')');
}

/* ------------------------------------------------------------------ INSERT, COPY */

static bool read_insert(struct sql_scan *scan, struct sql_names *names)
{
    static const char *const verbs[] = {"insert", "replace"};
    static const char *const between[] = {"low_priority", "delayed", "high_priority", "ignore", "overwrite", "or", "rollback",
                                          "abort", "fail", "replace", "all", "first"};
    /* Behind INSERT ALL each table has its INTO and its tuple. */
    bool goes_on = take_word(scan, "into");
    if (!goes_on && !take_any(scan, verbs, sizeof verbs / sizeof verbs[0])) return false;
    if (!goes_on) take_some(scan, between, sizeof between / sizeof between[0]);
    if (!goes_on) (void)take_word(scan, "into");
    if (!take_table(scan, names)) return false;
    skip_blanks(scan);
    if (next(scan) == '(') {
        scan->at++;
        if (!take_columns(scan, names)) return false;
    }
    if (take_word(scan, "overriding") && !((take_word(scan, "system") || take_word(scan, "user")) && take_word(scan, "value"))) return false;
    if (!take_word(scan, "values") && !take_word(scan, "value")) return false;
    skip_blanks(scan);
    return next(scan) == '(';
}

/* A string of at most `most` bytes, without escapes but for E'\\t'. */
static bool take_string(struct sql_scan *scan, char *text, size_t most, size_t *length)
{
    (void)take_word(scan, "as");
    skip_blanks(scan);
    bool escapes = (next(scan) | 0x20) == 'e';
    scan->at += escapes;
    *length = 0;
    if (!take(scan, '\'')) return false;
    for (; has(scan, 1) && scan->bytes[scan->at] != '\''; scan->at++) {
        if (*length == most) return false;
        text[(*length)++] = scan->bytes[scan->at];
    }
    if (escapes && *length == 2 && text[0] == '\\' && text[1] == 't') text[0] = '\t', *length = 1;
    return take(scan, '\'');
}

/* An option of COPY, as it stands in parentheses or, before PostgreSQL 9, alone. False: it is none, or makes rows that are not
 * read. */
static bool take_option(struct sql_scan *scan, struct sql_copy *copy, bool *has_null)
{
    static const char *const words[] = {"true", "false", "on", "off", "match", "1", "0"};
    char text[SQL_NULL_MAX];
    size_t length;
    if (take_word(scan, "format")) return (copy->is_csv = take_word(scan, "csv")) || take_word(scan, "text");
    if (take_word(scan, "csv")) return copy->is_csv = true;
    if (take_word(scan, "header") || take_word(scan, "freeze")) return take_any(scan, words, sizeof words / sizeof words[0]) || true;
    if (take_word(scan, "delimiter") || take_word(scan, "delimiters")) {
        if (!take_string(scan, text, 2, &length) || length != 1) return false;
        copy->delimiter = text[0];
        return text[0] != '\n' && text[0] != '\r'; /* which end lines, or have come to */
    }
    if (take_word(scan, "null")) {
        if (!take_string(scan, copy->null, sizeof copy->null, &length)) return false;
        copy->null_length = (uint8_t)length;
        return *has_null = true;
    }
    if (take_word(scan, "quote")) return take_string(scan, text, 1, &length) && text[0] == '"';
    if (take_word(scan, "escape")) return take_string(scan, text, 1, &length) && text[0] == '"';
    return take_word(scan, "encoding") && take_string(scan, text, sizeof text, &length);
}

static bool take_options(struct sql_scan *scan, struct sql_copy *copy)
{
    bool has_null = false, is_list;
    *copy = (struct sql_copy){.null_length = 2, .null = "\\N"};
    (void)take_word(scan, "with");
    is_list = take(scan, '(');
    while (next(scan) != ';' && !(is_list && take(scan, ')'))) {
        if (!take_option(scan, copy, &has_null)) return false;
        if (is_list) (void)take(scan, ',');
        skip_blanks(scan);
    }
    if (copy->delimiter == '\0') copy->delimiter = copy->is_csv ? ',' : '\t';
    if (copy->is_csv && !has_null) copy->null_length = 0;
    return true;
}

static bool read_copy(struct sql_scan *scan, struct sql_names *names)
{
    if (!take_word(scan, "copy") || !take_table(scan, names)) return false;
    skip_blanks(scan);
    if (next(scan) == '(') {
        scan->at++;
        if (!take_columns(scan, names)) return false;
    }
    if (!take_word(scan, "from") || !take_word(scan, "stdin")) return false;
    skip_blanks(scan);
    if (!take_options(scan, &names->copy) || !take(scan, ';')) return false;
    while (has(scan, 1) && (next(scan) == ' ' || next(scan) == '\r')) scan->at++;
    if (next(scan) != '\n') return false;
    scan->at++;
    return true;
}

/* ------------------------------------------------------------------ CREATE TABLE */

static void skip_comments(struct sql_scan *scan)
{
    while (skip_comment(scan)) {}
}

/* The rest of a column or a rule, up to the comma or parenthesis that ends it. */
static void skip_item(struct sql_scan *scan)
{
    for (uint32_t depth = 0; has(scan, 1); scan->at++) {
        char c = scan->bytes[scan->at];
        if (depth == 0 && (c == ',' || c == ')' || c == ';')) return;
        if (c == '(') depth++;
        if (c == ')') depth--;
        if (c == '\'' || c == '"' || c == '`') {
            const char *close = memchr(scan->bytes + scan->at + 1, c, scan->length - scan->at - 1);
            scan->at = close == NULL ? scan->length - 1 : (size_t)(close - scan->bytes);
        } else if (c == '/' || c == '-' || c == '#') {
            size_t before = scan->at;
            skip_comments(scan);
            scan->at = scan->at > before ? scan->at - 1 : before;
        }
    }
}

/* Whether a name and a parenthesis apart from it stand there, or one of them: columns of an index, where a column of the
 * table would have a type. */
static bool is_index(struct sql_scan scan)
{
    skip_blanks(&scan);
    char c = next(&scan);
    if (c == '(' || closing_of(c) != '\0') return true;
    while (has(&scan, 1) && sql_is_name(next(&scan))) scan.at++;
    if (!has(&scan, 1) || !sql_is_blank(next(&scan))) return false;
    skip_blanks(&scan);
    return next(&scan) == '(';
}

/* Whether an item of CREATE TABLE is no column: some words are names of columns to one system and begin a rule to another. */
static bool is_rule(const struct sql_scan *scan)
{
    static const char *const rules[] = {"primary", "unique", "constraint", "foreign", "check", "like"};
    static const char *const indexes[] = {"key", "index"};
    static const struct {
        const char *word;
        const char *next[2];
    } pairs[] = {{"fulltext", {"key", "index"}}, {"spatial", {"key", "index"}}, {"exclude", {"using", "("}}, {"period", {"for", "for"}}};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (sql_word_is(scan, scan->at, rules[i])) return true;
    struct sql_scan behind = *scan;
    for (size_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++)
        if (take_word(&behind, indexes[i])) return is_index(behind);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (take_word(&behind, pairs[i].word)) return take_any(&behind, pairs[i].next, 2);
    return false;
}

static bool read_create(struct sql_scan *scan, struct sql_names *names)
{
    static const char *const between[] = {"global", "local", "temporary", "temp", "unlogged", "external", "foreign"};
    if (scan->at < names->blind || !take_word(scan, "create")) return false;
    if (take_word(scan, "or") && !take_word(scan, "replace")) return false;
    take_some(scan, between, sizeof between / sizeof between[0]);
    if (!take_word(scan, "table")) return false;
    if (take_word(scan, "if") && !(take_word(scan, "not") && take_word(scan, "exists"))) return false;
    if (!take_table(scan, names) || !take(scan, '(')) return false;
    do {
        skip_comments(scan);
        if (!has(scan, 1)) return false;
        if (!is_rule(scan) && !take_column(scan, names)) return false;
        skip_item(scan);
    } while (take(scan, ','));
    return take(scan, ')') && names->column_count > 0;
}

/* ------------------------------------------------------------------ ALTER TABLE */

/* The cell of a header row that is a name, in any case. */
static bool cell_find(const struct bytes *header, const struct bytes *name, size_t *start, size_t *end)
{
    for (*start = 0; *start <= header->count; *start = *end + 1) {
        const char *tab = *start < header->count ? memchr(header->at + *start, SQL_DELIMITER, header->count - *start) : NULL;
        *end = tab == NULL ? header->count : (size_t)(tab - header->at);
        if (*end - *start == name->count && strncasecmp(header->at + *start, name->at, name->count) == 0) return true;
    }
    return false;
}

/* Puts a name, or nothing with its delimiter, in the place of the column `old`. */
static void column_replace(struct sql_names *names, const struct bytes *old, const struct bytes *name)
{
    struct bytes *header = &names->header;
    size_t start, end, count = name != NULL ? name->count : 0;
    if (!cell_find(header, old, &start, &end)) return;
    if (name == NULL && end < header->count) end++;
    else if (name == NULL && start > 0) start--;
    if (!bytes_reserve(header, count + SQL_CELL_SLACK)) {
        names->failed = true;
        return;
    }
    memmove(header->at + start + count, header->at + end, header->count - end);
    if (count > 0) memcpy(header->at + start, name->at, count);
    header->count = header->count - (end - start) + count;
    names->column_count -= name == NULL;
}

static void skip_existence(struct sql_scan *scan)
{
    if (take_word(scan, "if")) (void)take_word(scan, "not"), (void)take_word(scan, "exists");
}

/* Columns behind ADD. False: they are not added at the end. */
static bool add_columns(struct sql_scan *scan, struct sql_names *names)
{
    static const char *const other[] = {"fulltext", "spatial", "partition", "period"};
    (void)take_word(scan, "column");
    skip_existence(scan);
    bool in_list = take(scan, '(');
    skip_blanks(scan);
    struct sql_scan start = *scan;
    if (is_rule(scan) || take_any(&start, other, sizeof other / sizeof other[0])) return true;
    do {
        if (!take_column(scan, names)) return false;
        size_t item = scan->at;
        skip_item(scan);
        for (size_t i = item; i < scan->at; i++)
            if (sql_is_blank(scan->bytes[i]) && (sql_word_is(scan, i + 1, "first") || sql_word_is(scan, i + 1, "after"))) return false;
    } while (in_list && take(scan, ','));
    return !in_list || take(scan, ')');
}

static bool drop_column(struct sql_scan *scan, struct sql_names *names, struct bytes *old)
{
    static const char *const other[] = {"primary", "constraint", "index", "key", "foreign", "check", "partition", "unique", "default"};
    if (take_any(scan, other, sizeof other / sizeof other[0])) return true;
    (void)take_word(scan, "column");
    skip_existence(scan);
    if (!take_name(scan, names, old)) return false;
    column_replace(names, old, NULL);
    return true;
}

/* Behind RENAME: a column, or the table itself, whose new name is then in `name`. */
static bool rename_what(struct sql_scan *scan, struct sql_names *names, struct bytes *old, struct bytes *name, bool *renames_table)
{
    static const char *const other[] = {"index", "key", "constraint", "partition"};
    if (take_any(scan, other, sizeof other / sizeof other[0])) return true;
    bool is_column = take_word(scan, "column");
    *renames_table = !is_column && (take_word(scan, "to") || take_word(scan, "as"));
    if (*renames_table) return take_name(scan, names, name);
    if (!take_name(scan, names, old) || !take_word(scan, "to") || !take_name(scan, names, name)) return false;
    column_replace(names, old, name);
    return true;
}

/* One action; false: what the columns are now is not known. */
static bool alter_action(struct sql_scan *scan, struct sql_names *names, struct bytes *old, struct bytes *name, bool *renames_table)
{
    old->count = 0;
    if (!*renames_table) name->count = 0;
    if (take_word(scan, "add")) return add_columns(scan, names);
    if (take_word(scan, "drop")) return drop_column(scan, names, old);
    if (take_word(scan, "rename")) return rename_what(scan, names, old, name, renames_table);
    if (!take_word(scan, "change")) return true;
    (void)take_word(scan, "column");
    if (!take_name(scan, names, old) || !take_name(scan, names, name)) return false;
    column_replace(names, old, name);
    return true;
}

bool sql_alter_begins(struct sql_scan *scan, struct sql_names *names)
{
    struct sql_scan before = *scan;
    if (skip_comment(&before) || !take_word(scan, "alter") || !take_word(scan, "table")) return false;
    skip_existence(scan);
    (void)take_word(scan, "only");
    return take_table(scan, names);
}

bool sql_alter_read(struct sql_scan *scan, struct sql_names *names, struct bytes *name, bool *renames_table)
{
    struct bytes old = {0};
    bool known = true;
    *renames_table = false;
    do {
        known = alter_action(scan, names, &old, name, renames_table);
        if (known) skip_item(scan);
    } while (known && take(scan, ','));
    bytes_free(&old);
    return known;
}

/* ------------------------------------------------------------------ heads */

enum sql_head sql_head_read(struct sql_scan *scan, struct sql_names *names)
{
    static const struct {
        bool (*read)(struct sql_scan *scan, struct sql_names *names);
        enum sql_head head;
    } heads[] = {{read_insert, SQL_HEAD_INSERT}, {read_copy, SQL_HEAD_COPY}, {read_create, SQL_HEAD_CREATE}};
    struct sql_scan start = *scan, before = start;
    if (skip_comment(&before) && !is_version(scan)) return SQL_HEAD_NONE; /* it is no part of the statement behind it */
    bool cut_off = scan->length - scan->at > SQL_HEAD_BYTES_MAX; /* what is longer is no head, wherever the bytes end */
    if (cut_off) start.length = scan->at + SQL_HEAD_BYTES_MAX, start.at_end = true;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct sql_scan tried = start;
        skip_version(&tried);
        names->header.count = names->column_count = 0;
        bool found = heads[i].read(&tried, names);
        if (found && !names->failed) {
            scan->at = tried.at;
            scan->has_comment = tried.has_comment;
            if (heads[i].head == SQL_HEAD_CREATE) names->blind = tried.at;
            return heads[i].head;
        }
        if (tried.ran_out) {
            scan->ran_out = true;
            return SQL_HEAD_MORE;
        }
        scan->met_end |= tried.met_end && !cut_off;
        if (tried.at > names->blind) names->blind = tried.at;
    }
    return SQL_HEAD_NONE;
}

/* ------------------------------------------------------------------ what an SQL dump looks like */

/* Words that statements of dumps begin with; a backslash begins commands of psql. */
static bool begins_statement(const struct sql_scan *scan)
{
    static const char *const words[] = {"insert", "replace", "copy", "create", "set", "use", "drop", "lock", "unlock", "begin", "start",
                                        "pragma", "select", "alter", "delete", "truncate", "grant", "comment", "delimiter", "go",
                                        "commit", "if", "rem", "prompt", "declare", "update", "with", "call", "do"};
    const char *at = scan->bytes + scan->at;
    size_t left = scan->length - scan->at;
    if (left >= 3 && memcmp(at, "/*!", 3) == 0) return true;
    if (left >= 2 && at[0] == '\\' && (unsigned char)((at[1] | 0x20) - 'a') < 26) return true;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t length = strlen(words[i]);
        if (!sql_word_is(scan, scan->at, words[i])) continue;
        /* A delimiter behind it makes it a cell. */
        return length == left || at[length] == ' ' || at[length] == ';' || at[length] == '\n' || at[length] == '\r';
    }
    return false;
}

/* Over blanks and comments, but for those that hold statements. */
static void skip_preface(struct sql_scan *scan)
{
    do {
        skip_plain_blanks(scan);
        if (scan->length - scan->at >= 3 && memcmp(scan->bytes + scan->at, "/*!", 3) == 0) return;
    } while (skip_comment(scan));
}

static bool contains(struct span text, const char *what)
{
    return memmem(text.at, text.len, what, strlen(what)) != NULL;
}

/* Whether backslashes escape quotes more often than they stand before the quote that ends a string. */
static bool slashes_escape(struct span text)
{
    size_t escaping = 0, ending = 0;
    for (size_t i = 1; i + 1 < text.len; i++) {
        if (text.at[i] != '\'' || text.at[i - 1] != '\\') continue;
        size_t slashes = 1;
        while (slashes < i && text.at[i - 1 - slashes] == '\\') slashes++;
        if (slashes % 2 == 0) continue;
        if (text.at[i + 1] == ',' || text.at[i + 1] == ')') ending++;
        else escaping++;
    }
    return escaping > ending || (escaping == ending && contains(text, "VALUES") && contains(text, "`"));
}

static bool has_backslash_escapes(struct span text)
{
    static const char *const with[] = {"-- MySQL dump", "-- MariaDB dump", "/*!40", "/*!50", ") ENGINE=", "SET NAMES utf8",
                                       "standard_conforming_strings = off"};
    static const char *const without[] = {"PostgreSQL database dump", "standard_conforming_strings = on", "PRAGMA foreign_keys",
                                          "pg_catalog.", "SET IDENTITY_INSERT"};
    for (size_t i = 0; i < sizeof with / sizeof with[0]; i++)
        if (contains(text, with[i])) return true;
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++)
        if (contains(text, without[i])) return false;
    return slashes_escape(text);
}

bool sql_begins(struct span text, bool *backslash)
{
    struct sql_scan scan = {.bytes = text.at, .length = text.len, .at_end = true};
    struct sql_names names = {0};
    skip_preface(&scan);
    if (scan.at == scan.length || !begins_statement(&scan)) return false;
    bool found = false;
    while (!found && scan.at < scan.length) {
        scan.ran_out = false;
        found = sql_head_read(&scan, &names) != SQL_HEAD_NONE;
        const char *newline = found ? NULL : memchr(text.at + scan.at, '\n', text.len - scan.at);
        scan.at = newline == NULL ? text.len : (size_t)(newline - text.at) + 1;
        while (scan.at < scan.length && sql_is_blank(text.at[scan.at])) scan.at++;
    }
    sql_names_free(&names);
    if (found) *backslash = has_backslash_escapes(text);
    return found;
}
