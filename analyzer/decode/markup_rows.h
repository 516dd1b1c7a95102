/* Rows of tables as an SQL dump says them: a statement a table, with the names of its columns where it has a header row.
 *
 * Shape    cells and lines of text in document order -> "INSERT INTO "table 1" ("Customer ID","VIN") VALUES ('C-1','JTN..'), .."
 * Header   a row of header cells alone; or the first of the first ROWS_SOUGHT rows with two cells or more that are not empty, if all
 *          of these are words, of two without a digit; else nobody knows what the columns are. Rows of one cell before it are text.
 *          So is a name that may be an identifier, and all of a header that no row follows
 * Text     each line is a comment ("-- .."). Cells beyond the columns are text behind their row
 * Limits   MARKUP_COLUMNS_MAX columns, MARKUP_ROW_BYTES_MAX bytes of a row: what is beyond is text. Cells that stand in more places than
 *          one, and rows that stand more often, give no more than COPIED_PER_BYTE bytes for each that was taken in: beyond that cells are
 *          empty, and rows are not there again.
 *          So are no more than EMPTY_PER_BYTE cells of rows with columns that have none: such a row is text beyond that
 * Owns     its memory, from markup_rows_init to markup_rows_free; failed: it ran out
 */
#ifndef MARKUP_ROWS_H
#define MARKUP_ROWS_H

#include "../../detectors/detector.h"
#include "../support/bytes.h"

enum { MARKUP_COLUMNS_MAX = 1024, MARKUP_ROW_BYTES_MAX = 1 << 20 };

enum header_state { HEADER_SOUGHT, HEADER_NAMED, HEADER_NONE };

/* A cell of the row in hand, and what of a cell is to stand in rows below, too. */
struct markup_cell {
    size_t start, length;  /* in cells; 0: it is empty */
    uint32_t rows_below;   /* in which it stands as well */
    char *below;           /* its text, while it does */
    size_t below_length;
};

struct markup_rows {
    struct bytes *out;       /* where to */
    struct bytes cells;
    struct bytes names;      /* of the header, in parentheses, with quotes */
    struct bytes unsaid;     /* the same as lines of text, as long as no statement has them */
    struct markup_cell *columns;
    uint32_t column, column_count, columns_used;
    enum header_state header;
    uint32_t header_columns; /* of the header, or of the first row where there is none */
    uint32_t rows_sought, header_cells, tables;
    uint64_t taken_in, copied, empty; /* bytes of the document so far; of cells in further rows; cells that are not there */
    struct bytes notes;      /* lines of text that stand behind the row in hand */
    uint32_t times;          /* that the row in hand stands one below the other */
    bool has_statement, in_row, failed;
};

bool markup_rows_init(struct markup_rows *rows);
void markup_rows_free(struct markup_rows *rows);

void markup_table_begin(struct markup_rows *rows);
void markup_table_end(struct markup_rows *rows);

void markup_row_begin(struct markup_rows *rows);
/* A cell, in the column in hand; the next one is in that behind it, and `across` more. */
void markup_cell_add(struct markup_rows *rows, struct span text, bool is_header, uint32_t across, uint32_t below);
/* The same text in so many columns. */
void markup_cell_repeat(struct markup_rows *rows, struct span text, bool is_header, uint32_t times);
/* The next cell is in this column, from 0, if it is further on. */
void markup_column_set(struct markup_rows *rows, uint32_t column);
void markup_row_end(struct markup_rows *rows);

/* Whether some word of a text has as many digits as an identifier, or it may hold an e-mail address. */
bool markup_may_identify(struct span text);

/* A line of text: where it stands, or behind the row in hand. */
void markup_text(struct markup_rows *rows, struct span text);

#endif
