/* Cells of our CSV files (RFC 4180, UTF-8): written straight into memory that the caller has made
 * large enough; each function returns the place behind what it wrote.
 *
 * Quotes   only where needed: comma, quote, control character
 * Safety   text that a spreadsheet would run (= + - @, tab, CR first) gets a ' in front; numbers never
 */
#ifndef CELL_H
#define CELL_H

#include <stddef.h>
#include <stdint.h>

#include "../tally/resolve.h"

enum {
    CELL_NUMBER_BYTES = 20,  /* of the longest 64-bit number */
    CELL_TIME_BYTES = 32,
    CELL_BASIS_BYTES = 32,
    CELL_TEXT_GROWTH = 12,   /* room per byte of a text, scratch included */
    CELL_TEXT_BYTES = 48     /* and besides */
};

/* The room that a text of so many bytes may need. */
static inline size_t cell_text_room(size_t len)
{
    return len * CELL_TEXT_GROWTH + CELL_TEXT_BYTES;
}

char *cell_write_large(char *at, uint64_t number); /* 10 and above; room for CELL_NUMBER_BYTES, even where it takes less */

static inline char *cell_write_unsigned(char *at, uint64_t number)
{
    if (number >= 10)
        return cell_write_large(at, number);
    *at = (char)('0' + number);
    return at + 1;
}

char *cell_write_distinct(char *at, struct distinct distinct); /* "64", "~120" */
char *cell_write_time(char *at, int64_t seconds);  /* "2023-04-17T00:00:00Z"; nothing for TIME_NONE */
/* "2.75"; nothing where there is nothing to judge. */
char *cell_write_severity(char *at, struct severity severity);
char *cell_write_name(char *at, const char *name); /* one of our own words: nothing to quote */
char *cell_write_hex(char *at, const uint8_t *bytes, size_t count);

/* As it is; a text that is no UTF-8 is escaped as a whole (support/escape.h). */
char *cell_write_text(char *at, struct span text);

/* Whether cell_write_path would write the path as it stands. */
bool cell_path_is_plain(struct span path);

/* A path, escaped; with unit > 0 "path#unit". */
char *cell_write_path(char *at, struct span path, uint64_t unit);

/* "VIN+LOC"; at most 32 bytes. */
char *cell_write_elements(char *at, uint16_t elements);

/* "field+path"; with a final NUL less than CELL_BASIS_BYTES. */
char *cell_write_basis(char *at, unsigned basis);

#endif
