/* What a document of tables becomes, and whether all that may be an identifier in it is still there. */
#ifndef MARKUP_READING_H
#define MARKUP_READING_H

#include "../../analyzer/decode/markup.h"
#include "../../analyzer/record/record_sql.h"
#include "insisting.h"

struct document {
    struct bytes rows;
    uint64_t lost;
    bool broke_off;
};

static inline struct document document_read(const char *form, struct workbook *workbook, const char *bytes, size_t length, size_t step)
{
    struct document made = {.lost = 0};
    struct markup *markup = markup_open(form, workbook);
    insist(markup != NULL, "there is memory");
    for (size_t at = 0; at < length; at += step) {
        size_t given = length - at < step ? length - at : step;
        char *part = copy_of(bytes + at, given, 0);
        insist(markup_put(markup, part, given, &made.rows), "there is memory");
        free(part);
    }
    insist(markup_end(markup, &made.rows) && bytes_reserve(&made.rows, 1), "there is memory");
    made.rows.at[made.rows.count] = '\0';
    made.lost = markup_lost(markup);
    made.broke_off = markup_broke_off(markup);
    markup_close(markup);
    return made;
}

static inline const void *any_plan(void *context, struct span header_row, size_t column_count)
{
    (void)header_row;
    (void)column_count;
    return context;
}

/* Insists that what it became is a dump of tuples, each with a value a column, and comments. */
static inline void insist_dump(const struct document *document)
{
    struct span text = {document->rows.at, document->rows.count};
    struct sql *sql = NULL;
    struct sql_stretches stretches = {0};
    struct bytes row = {0};
    struct fault fault;
    size_t cut = 0, end = 0;
    insist(sql_open(false, (struct sql_plan_source){any_plan, &stretches, NULL}, &sql, &fault) == STATUS_OK, "there is memory");
    if (text.len > 0) insist(sql_cut(sql, text.at, text.len, text.len, true, &stretches, &cut, &fault) == STATUS_OK, "there is memory");
    insist(cut == text.len, "all of it is read");
    for (size_t i = 0; i < stretches.count; i++) {
        const struct sql_stretch *stretch = &stretches.at[i];
        insist(stretch->kind == SQL_TEXT || stretch->kind == SQL_TUPLE, "rows are tuples, and all else is text");
        insist(stretch->start >= end && stretch->end > stretch->start, "nothing is read twice");
        end = stretch->end;
        if (stretch->kind == SQL_TEXT) insist(memcmp(text.at + stretch->start, "--", 2) == 0, "text is comments");
        if (stretch->kind != SQL_TUPLE) continue;
        size_t cells = sql_tuple_write((struct span){text.at + stretch->start, end - stretch->start}, false, &row);
        insist(cells > 0 && (stretch->table == NULL || stretch->table->column_count == cells), "a row has as many cells as there are columns");
        row.count = 0;
    }
    bytes_free(&row);
    free(stretches.at);
    sql_close(sql);
}

/* Whether digits stand in what some documents became, or in parts of it that a cut might have made. */
static inline bool stands_in(const struct document *const *documents, size_t count, struct span digits)
{
    for (size_t i = 0; i < count; i++)
        if (memmem(documents[i]->rows.at, documents[i]->rows.count, digits.at, digits.len) != NULL) return true;
    return false;
}

/* Insists that each run of digits of a length that an identifier may have is in one of some documents. References to characters
 * are none. */
static inline void insist_digits(const char *bytes, size_t length, const struct document *const *documents, size_t count)
{
    enum { LEAST = 7, MOST = 18 };
    for (size_t at = 0, end; at < length; at = end + 1) {
        for (end = at; end < length && (unsigned char)(bytes[end] - '0') <= 9;) end++;
        size_t word = at;
        while (word > 0 && (unsigned char)((bytes[word - 1] | 0x20) - 'a') < 26) word--;
        bool is_reference = word > 0 && (bytes[word - 1] == '#' || bytes[word - 1] == '&');
        if (end - at < LEAST || end - at > MOST || is_reference) continue;
        if (stands_in(documents, count, (struct span){bytes + at, end - at})) continue;
        fprintf(stderr, "lost: %.*s\n", (int)(end - at), bytes + at);
        insist(false, "what may be an identifier is still there");
    }
}

/* What stands outside of tags, which say in long numbers how a sheet looks. NULL: quotes leave open where some of them end. */
static inline char *without_tags(struct span sheet)
{
    char *text = copy_of(sheet.at, sheet.len, 0);
    bool in_tag = false;
    size_t quotes[2] = {0, 0};
    for (size_t i = 0; i < sheet.len; i++) {
        char c = text[i];
        bool is_open = c == '<' && in_tag, is_odd = c == '>' && in_tag && (quotes[0] % 2 != 0 || quotes[1] % 2 != 0);
        if (is_open || is_odd) {
            free(text);
            return NULL;
        }
        if (c == '<') quotes[0] = quotes[1] = 0, in_tag = true;
        quotes[0] += c == '"', quotes[1] += c == '\'';
        if (in_tag) text[i] = ' ';
        if (c == '>') in_tag = false;
    }
    return text;
}

/* Reads a document in pieces of some sizes, which must not show. */
static inline void insist_same(const struct document *whole, const char *form, struct workbook *workbook, const char *bytes, size_t length)
{
    static const size_t steps[] = {1, 3, 61};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct document again = document_read(form, workbook, bytes, length, steps[i]);
        insist(again.rows.count == whole->rows.count && memcmp(again.rows.at, whole->rows.at, again.rows.count) == 0, "pieces do not show");
        insist(again.lost == whole->lost && again.broke_off == whole->broke_off, "pieces do not show in what is said of it");
        bytes_free(&again.rows);
    }
}

#endif
