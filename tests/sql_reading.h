/* An SQL dump as lines that say what each of its bytes was taken for, read in blocks of any size. */
#ifndef SQL_READING_H
#define SQL_READING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/record/record_sql.h"

static inline void sql_insist(bool holds)
{
    if (!holds) abort();
}

enum { PIECE_BYTES = 700, HEADERS_MAX = 4096 }; /* what is longer here comes in pieces */

/* The header rows that plans were asked for. */
struct headers {
    struct span *rows[HEADERS_MAX];
    size_t count;
};

static inline const void *header_note(void *context, struct span header_row, size_t column_count)
{
    struct headers *headers = context;
    sql_insist(headers->count < HEADERS_MAX);
    sql_insist(column_count > 0);
    struct span *row = malloc(sizeof *row + header_row.len);
    sql_insist(row != NULL);
    char *copy = (char *)(row + 1);
    memcpy(copy, header_row.at, header_row.len);
    *row = (struct span){copy, header_row.len};
    headers->rows[headers->count++] = row;
    return row;
}

static inline void say(struct bytes *page, const char *text, size_t length)
{
    sql_insist(bytes_reserve(page, length));
    bytes_put(page, text, length);
}

/* Lines of a stretch, a mark and the header before each. */
static inline void say_lines(struct bytes *page, const char *mark, const struct sql_table *table, struct span lines)
{
    const struct span *header = table == NULL ? NULL : table->plan;
    for (size_t at = 0; at < lines.len;) {
        const char *newline = memchr(lines.at + at, '\n', lines.len - at);
        size_t length = newline == NULL ? lines.len - at : (size_t)(newline - lines.at) - at;
        say(page, mark, strlen(mark));
        if (header != NULL) say(page, header->at, header->len);
        say(page, "|", 1);
        say(page, lines.at + at, length);
        say(page, "\n", 1);
        at += length + 1;
    }
}

static inline void say_stretch(struct bytes *page, const char *bytes, const struct sql_stretch *stretch, bool backslash)
{
    static const char *const marks[] = {"text", "odd", "", "rows "};
    struct span part = {bytes + stretch->start, stretch->end - stretch->start};
    if (stretch->kind == SQL_TEXT || stretch->kind == SQL_ODD) {
        say_lines(page, marks[stretch->kind], NULL, part);
        return;
    }
    struct bytes rows = {0}, plain = {0}, comments = {0};
    if (stretch->has_comment) {
        sql_insist(sql_tuple_strip(part, backslash, &plain, &comments));
        part = (struct span){plain.at, plain.count};
    }
    if (stretch->kind == SQL_ROWS) sql_insist(sql_rows_write(part, &stretch->copy, &rows));
    else sql_insist(sql_tuple_write(part, backslash, &rows) > 0);
    say_lines(page, marks[stretch->kind], stretch->table, (struct span){rows.at, rows.count});
    if (stretch->has_comment) say_lines(page, "note", NULL, (struct span){comments.at, comments.count});
    bytes_free(&rows);
    bytes_free(&plain);
    bytes_free(&comments);
}

/* Reads a text in blocks of up to `most` bytes, of which `seen` are in hand at first. */
static inline char *read_to_the_end(struct span text, bool backslash, size_t most, size_t seen, bool *broke_off)
{
    struct headers headers = {.count = 0};
    struct sql *sql = NULL;
    struct fault fault;
    struct sql_stretches stretches = {0};
    struct bytes page = {0};
    sql_insist(sql_open(backslash, (struct sql_plan_source){header_note, &headers, NULL}, &sql, &fault) == STATUS_OK);
    for (size_t at = 0; at < text.len;) {
        size_t left = text.len - at, cut = 0, in_hand = seen, within = most;
        char *bytes = NULL;
        for (; cut == 0; in_hand = 2 * in_hand + 1, within = 2 * within + 1) {
            if (in_hand > left) in_hand = left;
            if (in_hand > PIECE_BYTES) in_hand = PIECE_BYTES;
            bytes = realloc(bytes, in_hand); /* no more can be read without notice */
            memcpy(bytes, text.at + at, in_hand);
            bool all = within >= PIECE_BYTES && in_hand == PIECE_BYTES;
            sql_insist(sql_cut(sql, bytes, in_hand, within, in_hand == left, &stretches, &cut, &fault) == STATUS_OK);
            sql_insist(cut <= in_hand);
            if (cut == 0 && all) {
                cut = sql_cut_piece(sql, bytes, PIECE_BYTES);
                sql_insist(cut > 0 && cut <= PIECE_BYTES);
                say(&page, "piece ", 6);
                stretches.count = 0;
                say(&page, bytes, cut);
                say(&page, "\n", 1);
            }
        }
        for (size_t i = 0, end = 0; i < stretches.count; i++) {
            sql_insist(stretches.at[i].start >= end && stretches.at[i].end > stretches.at[i].start && stretches.at[i].end <= cut);
            end = stretches.at[i].end;
            say_stretch(&page, bytes, &stretches.at[i], backslash);
        }
        at += cut;
        free(bytes);
    }
    *broke_off = sql_broke_off(sql);
    say(&page, "", 1);
    free(stretches.at);
    sql_close(sql);
    for (size_t i = 0; i < headers.count; i++) free(headers.rows[i]);
    return page.at;
}

static inline char *read_in_blocks(struct span text, bool backslash, size_t most, size_t seen)
{
    bool broke_off;
    return read_to_the_end(text, backslash, most, seen, &broke_off);
}

#endif
