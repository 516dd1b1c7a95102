/* What the sheets of an .xlsx file refer to in other members of it: texts of cells, and which styles show a number as a date.
 *
 * Loads    xl/sharedStrings.xml and xl/styles.xml of a zip that can be read at any place, before its sheets, wherever they stand
 * Used     which texts some sheet shows is known: the others are text where they stand
 * Limits   WORKBOOK_TEXT_BYTES_MAX of all texts: beyond, there are none
 * Threads  one at a time, as the archive
 * Source   ECMA-376, part 1, 18.4 and 18.8
 */
#ifndef WORKBOOK_H
#define WORKBOOK_H

#include "../../detectors/detector.h"
#include "../support/bytes.h"
#include "byte_reader.h"
#include "stream.h"

enum { WORKBOOK_TEXT_BYTES_MAX = 128 << 20 };

struct workbook;

/* Packed bytes of a member, stored or deflated; packed 0: there is none. */
struct workbook_part {
    uint64_t offset, packed;
    bool is_deflated;
};

struct workbook *workbook_open(const struct byte_reader *below, enum inflater inflater, const struct workbook_part *strings,
                               const struct workbook_part *styles); /* NULL: no memory */
void workbook_close(struct workbook *workbook); /* accepts NULL */

/* Notes which texts a sheet shows that stands behind them. */
void workbook_look_ahead(struct workbook *workbook, const struct byte_reader *below, enum inflater inflater, const struct workbook_part *sheet);

bool workbook_has_texts(const struct workbook *workbook);

/* Lends a text by its number, which counts as used. False: there is none. */
bool workbook_text(struct workbook *workbook, uint64_t number, struct span *text);
bool workbook_is_used(const struct workbook *workbook, uint64_t number);

/* Whether a style, by its number, shows numbers as dates or times. */
bool workbook_shows_dates(const struct workbook *workbook, uint64_t style);

/* What is read of them, in order. False: no memory, or too much. */
bool workbook_add_text(struct workbook *workbook, struct span text);
bool workbook_add_format(struct workbook *workbook, uint32_t number, struct span code);
bool workbook_add_style(struct workbook *workbook, uint32_t format);

/* A number of days as Excel counts them (from 1899-12-30) as a date, and a time if there is one. Returns the length, 0: it is none. */
enum { WORKBOOK_DATE_SIZE = 24 };
size_t workbook_date(double days, char text[WORKBOOK_DATE_SIZE]);

#endif
