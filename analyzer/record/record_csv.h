/* Rows and fields of delimited text.
 *
 * Shape    block of whole rows + shapes -> csv_next -> row: fields in the block
 * Quotes   a quote opens a field only as its first byte; the field is quoted only if its closing quote is
 *          followed by a delimiter, a line end or the end, within CSV_QUOTED_MAX bytes. Else the
 *          quote is a character like any other: a stray quote costs its own row, not the rest of the file.
 * Source   RFC 4180; what real exports do beyond it
 * Threads  one struct csv_rows, one thread
 */
#ifndef RECORD_CSV_H
#define RECORD_CSV_H

#include "../../detectors/detector.h"
#include "shape.h"

enum {
    CSV_QUOTED_MAX = 1 << 20,
    CSV_COLUMNS_MAX = 4096,
    CSV_FIELDS_AT_ONCE = 64 /* quicker where so many more fit than rows have */
};

struct csv_field {
    uint32_t start, end; /* without the enclosing quotes */
    bool quoted;         /* doubled quotes are still doubled */
};

struct csv_row {
    size_t start, end;   /* without the line end */
    size_t field_count;  /* all there are; the first fields_max of them can be asked for */
    bool has_quoted;
};

struct csv_rows {
    const char *bytes;
    const struct shape_word *words; /* of kind SHAPE_CSV */
    size_t at, length;
    char delimiter;
    uint32_t *bounds; /* fields_max + 1: field i is what stands from bounds[i] to the byte before bounds[i + 1] */
    bool *quoted;     /* fields_max; told of rows that have quoted fields */
    size_t fields_max;
    size_t unclosed; /* behind the first quote so far that would open a field if the bytes did not end before it closes; 0: none */
};

/* The next row; false at the end of the block. */
bool csv_next(struct csv_rows *rows, struct csv_row *row);

/* A field of the row that was given last. has_quoted is that row's, or false where the caller knows that it is. */
static inline struct csv_field csv_field_at(const struct csv_rows *rows, bool has_quoted, size_t i)
{
    bool quoted = has_quoted && rows->quoted[i];
    return (struct csv_field){rows->bounds[i] + quoted, rows->bounds[i + 1] - 1 - quoted, quoted};
}

/* Of bytes that begin at a row: how many belong to whole rows. 0: more is needed to tell (never at_end). */
size_t csv_cut(const char *bytes, size_t length, char delimiter, bool at_end);

/* Of bytes that begin at a row: how many belong to it, with its line end. 0: more is needed to tell (never at_end). */
size_t csv_row_end(const char *bytes, size_t length, char delimiter, bool at_end);

/* Whether the quote at `open`, where a field begins, opens it, and if so, which quote closes it. *close, where it is stray: the
 * place that says so; what stands more than two bytes behind that does not matter. */
enum csv_closing { CSV_CLOSES, CSV_STRAY, CSV_UNDECIDED };
enum csv_closing csv_closing_find(const char *bytes, size_t length, size_t open, char delimiter, bool at_end, size_t *close);

/* Writes a quoted field with its doubled quotes undone to out (room for its length); returns the length. */
size_t csv_unquote(struct span field, char *out);

#endif
