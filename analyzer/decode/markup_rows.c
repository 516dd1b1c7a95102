#include "markup_rows.h"

#include <stdio.h>

enum { ROWS_SOUGHT = 10, NAME_BYTES_MAX = 64, CELLS_FIRST = 64, COPIED_PER_BYTE = 16, COPIED_FREELY = 64 << 10, EMPTY_PER_BYTE = 2, EMPTY_FREELY = 1 << 20,
       NUMBER_DIGITS_LEAST = 7 /* in a word that may be an identifier */ };

bool markup_rows_init(struct markup_rows *rows)
{
    *rows = (struct markup_rows){.header = HEADER_SOUGHT};
    rows->columns = calloc(CELLS_FIRST, sizeof *rows->columns);
    rows->column_count = CELLS_FIRST;
    return rows->columns != NULL;
}

void markup_rows_free(struct markup_rows *rows)
{
    for (uint32_t i = 0; rows->columns != NULL && i < rows->column_count; i++) free(rows->columns[i].below);
    free(rows->columns);
    bytes_free(&rows->cells);
    bytes_free(&rows->names);
    bytes_free(&rows->unsaid);
    bytes_free(&rows->notes);
}

/* ------------------------------------------------------------------ writing */

static void put(struct markup_rows *rows, struct bytes *to, const char *text, size_t length)
{
    if (!bytes_reserve(to, length)) rows->failed = true;
    else bytes_put(to, text, length);
}

static void put_text(struct markup_rows *rows, struct bytes *to, const char *text)
{
    put(rows, to, text, strlen(text));
}

/* In quotes, its own ones doubled. */
static void put_quoted(struct markup_rows *rows, struct bytes *to, struct span text, char quote)
{
    if (!bytes_reserve(to, 2 * text.len + 2)) {
        rows->failed = true;
        return;
    }
    bytes_put_byte(to, (unsigned char)quote);
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == quote) bytes_put_byte(to, (unsigned char)quote);
        bytes_put_byte(to, (unsigned char)text.at[i]);
    }
    bytes_put_byte(to, (unsigned char)quote);
}

/* On one line, whatever ends lines in it: what stands behind is a comment, too. */
static void put_line(struct markup_rows *rows, struct bytes *to, struct span text)
{
    put_text(rows, to, "-- ");
    size_t start = to->count;
    put(rows, to, text.at, text.len);
    for (size_t i = start; i < to->count; i++)
        if (to->at[i] == '\n' || to->at[i] == '\r') to->at[i] = ' ';
    put_text(rows, to, "\n");
}

void markup_text(struct markup_rows *rows, struct span text)
{
    bool waits = rows->in_row && rows->notes.count < MARKUP_ROW_BYTES_MAX;
    if (text.len > 0) put_line(rows, waits ? &rows->notes : rows->out, text);
}

bool markup_may_identify(struct span text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        bool is_digit = (unsigned char)(c - '0') <= 9, is_word = is_digit || c == '.' || c == '-' || c == ':' || c == '_' || (unsigned char)((c | 0x20) - 'a') < 26;
        if (c == '@') return true;
        digits = is_word ? digits + is_digit : 0;
        if (digits >= NUMBER_DIGITS_LEAST) return true;
    }
    return false;
}

static void statement_end(struct markup_rows *rows)
{
    if (rows->has_statement) put_text(rows, rows->out, ";\n");
    rows->has_statement = false;
}

static void statement_begin(struct markup_rows *rows)
{
    char head[64];
    if (rows->has_statement) return;
    snprintf(head, sizeof head, "INSERT INTO \"table %u\" ", rows->tables);
    put_text(rows, rows->out, head);
    if (rows->header == HEADER_NAMED) put(rows, rows->out, rows->names.at, rows->names.count);
    rows->unsaid.count = 0;
    put_text(rows, rows->out, " VALUES\n");
    rows->has_statement = true;
}

/* ------------------------------------------------------------------ cells */

static struct span cell_text(const struct markup_rows *rows, uint32_t column)
{
    const struct markup_cell *cell = &rows->columns[column];
    return column < rows->columns_used ? (struct span){rows->cells.at + cell->start, cell->length} : (struct span){"", 0};
}

static bool column_room(struct markup_rows *rows, uint32_t column)
{
    if (column < rows->column_count) return true;
    if (column >= MARKUP_COLUMNS_MAX) return false;
    uint32_t count = 2 * column < MARKUP_COLUMNS_MAX ? 2 * column : MARKUP_COLUMNS_MAX;
    struct markup_cell *columns = realloc(rows->columns, count * sizeof *columns);
    if (columns == NULL) {
        rows->failed = true;
        return false;
    }
    memset(columns + rows->column_count, 0, (count - rows->column_count) * sizeof *columns);
    rows->columns = columns;
    rows->column_count = count;
    return true;
}

/* Puts a text into a column of the row. False: it has no place there. */
static bool cell_set(struct markup_rows *rows, uint32_t column, struct span text)
{
    if (!column_room(rows, column) || rows->cells.count + text.len > MARKUP_ROW_BYTES_MAX) return false;
    for (; rows->columns_used <= column; rows->columns_used++) rows->columns[rows->columns_used].length = 0;
    rows->columns[column].start = rows->cells.count;
    rows->columns[column].length = text.len;
    put(rows, &rows->cells, text.at, text.len);
    return true;
}

/* Whether so many bytes may stand once more; then they count. */
static bool copy_admit(struct markup_rows *rows, size_t length)
{
    if (rows->copied + length > COPIED_PER_BYTE * rows->taken_in + COPIED_FREELY) return false;
    rows->copied += length;
    return true;
}

/* Passes columns in which a cell of a row above stands. */
static void pass_below(struct markup_rows *rows)
{
    while (rows->column < rows->column_count && rows->columns[rows->column].rows_below > 0) {
        struct markup_cell *cell = &rows->columns[rows->column];
        bool may_copy = copy_admit(rows, cell->below_length);
        (void)cell_set(rows, rows->column++, (struct span){cell->below, may_copy ? cell->below_length : 0});
        if (--cell->rows_below > 0) continue;
        free(cell->below);
        cell->below = NULL;
    }
}

void markup_column_set(struct markup_rows *rows, uint32_t column)
{
    if (column > rows->column && column < MARKUP_COLUMNS_MAX) rows->column = column;
}

void markup_cell_add(struct markup_rows *rows, struct span text, bool is_header, uint32_t across, uint32_t below)
{
    if (!rows->in_row) markup_row_begin(rows);
    pass_below(rows);
    rows->header_cells += is_header && text.len > 0;
    bool is_set = cell_set(rows, rows->column, text);
    if (!is_set) markup_text(rows, text);
    struct markup_cell *cell = is_set ? &rows->columns[rows->column] : NULL;
    if (is_set && below > 0 && cell->rows_below == 0 && (cell->below = malloc(text.len + 1)) != NULL) {
        if (text.len > 0) memcpy(cell->below, text.at, text.len);
        cell->below_length = text.len;
        cell->rows_below = below;
    }
    if (rows->column < MARKUP_COLUMNS_MAX) rows->column += 1 + (across < MARKUP_COLUMNS_MAX ? across : 0);
}

static void columns_pass(struct markup_rows *rows, uint32_t count)
{
    rows->column = count < MARKUP_COLUMNS_MAX - rows->column ? rows->column + count : MARKUP_COLUMNS_MAX;
}

void markup_cell_repeat(struct markup_rows *rows, struct span text, bool is_header, uint32_t times)
{
    if (!rows->in_row) markup_row_begin(rows);
    if (text.len == 0) {
        columns_pass(rows, times);
        return;
    }
    markup_cell_add(rows, text, is_header, 0, 0);
    for (uint32_t i = 1; i < times && rows->column < MARKUP_COLUMNS_MAX; i++) {
        if (!copy_admit(rows, text.len)) {
            columns_pass(rows, times - i);
            return;
        }
        markup_cell_add(rows, text, is_header, 0, 0);
    }
}

/* ------------------------------------------------------------------ rows */

static bool has_digit(struct span text)
{
    bool any = false;
    for (size_t i = 0; i < text.len; i++) any |= (unsigned char)(text.at[i] - '0') <= 9;
    return any;
}

/* A word or some: no value, which has digits. */
static bool is_name(struct span text)
{
    size_t digits = 0;
    bool has_letter = false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        digits += (unsigned char)(c - '0') <= 9;
        has_letter |= c >= 0x80 || (unsigned char)((c | 0x20) - 'a') < 26;
    }
    return text.len <= NAME_BYTES_MAX && has_letter && (digits <= 3 || 4 * digits <= text.len);
}

/* What the cells of a row are. */
struct row_kind {
    uint32_t filled, names, numbered; /* numbered: with a digit */
};

static struct row_kind row_kind_of(const struct markup_rows *rows)
{
    struct row_kind kind = {0, 0, 0};
    for (uint32_t i = 0; i < rows->columns_used; i++) {
        struct span text = cell_text(rows, i);
        kind.filled += text.len > 0;
        kind.names += text.len > 0 && is_name(text);
        kind.numbered += has_digit(text);
    }
    return kind;
}

/* No row has come under the names of the header. */
static void header_drop(struct markup_rows *rows)
{
    put(rows, rows->out, rows->unsaid.at, rows->unsaid.count);
    rows->unsaid.count = 0;
}

/* The row in hand is the header. */
static void header_take(struct markup_rows *rows)
{
    statement_end(rows);
    header_drop(rows);
    rows->header = HEADER_NAMED;
    rows->names.count = 0;
    rows->header_columns = rows->columns_used;
    for (uint32_t i = 0; i < rows->header_columns; i++) {
        char number[32];
        struct span name = cell_text(rows, i);
        if (name.len > 0) put_line(rows, markup_may_identify(name) ? rows->out : &rows->unsaid, name);
        snprintf(number, sizeof number, "column %u", i + 1);
        if (name.len == 0) name = (struct span){number, strlen(number)};
        put_text(rows, &rows->names, i == 0 ? "(" : ",");
        put_quoted(rows, &rows->names, name, '"');
    }
    put_text(rows, &rows->names, ")");
}

static void row_as_text(struct markup_rows *rows)
{
    for (uint32_t i = 0; i < rows->columns_used; i++)
        if (rows->columns[i].length > 0) put_line(rows, rows->out, cell_text(rows, i));
}

static void row_put(struct markup_rows *rows, uint32_t filled)
{
    if (rows->header_columns == 0) rows->header_columns = rows->columns_used;
    rows->empty += filled < rows->header_columns ? rows->header_columns - filled : 0;
    if (rows->empty > EMPTY_PER_BYTE * rows->taken_in + EMPTY_FREELY) {
        row_as_text(rows);
        return;
    }
    statement_begin(rows);
    size_t start = rows->out->count;
    for (uint32_t i = 0; i < rows->header_columns; i++) {
        struct span text = cell_text(rows, i);
        put_text(rows, rows->out, i == 0 ? "(" : ",");
        if (text.len > 0) put_quoted(rows, rows->out, text, '\'');
    }
    put_text(rows, rows->out, "),\n");
    size_t length = rows->out->count - start;
    for (uint32_t i = 1; i < rows->times && !rows->failed && copy_admit(rows, length); i++) {
        if (bytes_reserve(rows->out, length)) bytes_put(rows->out, rows->out->at + start, length);
        else rows->failed = true;
    }
    for (uint32_t i = rows->header_columns; i < rows->columns_used; i++)
        if (rows->columns[i].length > 0) put_line(rows, rows->out, cell_text(rows, i));
}

static void row_take(struct markup_rows *rows)
{
    struct row_kind kind = row_kind_of(rows);
    if (kind.filled == 0) return;
    bool is_header = rows->header_cells == kind.filled;
    if (rows->header == HEADER_SOUGHT && !is_header) {
        bool is_title = kind.filled == 1 && rows->rows_sought++ < ROWS_SOUGHT;
        if (is_title) {
            row_as_text(rows);
            return;
        }
        bool is_pair = kind.filled == 2 && kind.numbered > 0; /* a name and its value */
        is_header = kind.filled > 1 && kind.names == kind.filled && !is_pair;
        if (!is_header) rows->header = HEADER_NONE;
    }
    if (is_header) header_take(rows);
    else row_put(rows, kind.filled);
}

void markup_row_begin(struct markup_rows *rows)
{
    if (rows->in_row) markup_row_end(rows);
    rows->in_row = true;
    rows->times = 1;
    rows->column = rows->columns_used = rows->header_cells = 0;
    rows->cells.count = 0;
}

void markup_row_end(struct markup_rows *rows)
{
    if (!rows->in_row) return;
    pass_below(rows);
    rows->in_row = false;
    row_take(rows);
    put(rows, rows->out, rows->notes.at, rows->notes.count);
    rows->notes.count = 0;
}

static void table_reset(struct markup_rows *rows)
{
    markup_row_end(rows);
    statement_end(rows);
    header_drop(rows);
    rows->header = HEADER_SOUGHT;
    rows->rows_sought = rows->header_columns = 0;
    for (uint32_t i = 0; i < rows->column_count; i++) {
        free(rows->columns[i].below);
        rows->columns[i].below = NULL;
        rows->columns[i].rows_below = 0;
    }
}

void markup_table_begin(struct markup_rows *rows)
{
    table_reset(rows);
    rows->tables++;
}

void markup_table_end(struct markup_rows *rows)
{
    table_reset(rows);
}
