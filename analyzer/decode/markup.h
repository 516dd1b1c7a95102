/* Documents that are tables in markup, as rows under the names of their columns: what is exported for Excel is mostly one of these.
 *
 * Shape    bytes of a document in UTF-8, front to back -> markup_put -> text as of an SQL dump (markup_rows.h)
 * Forms    "html": pages with a table of rows; "spreadsheet": Excel's XML of 2003; "opendocument": content.xml of an .ods or .odt file, or a
 *          flat one; "sheet": of an .xlsx file, whose texts the workbook
 *          has, and "texts": these, as far as no sheet shows them. Tags need not be well formed
 * Cells    references and CDATA are undone, blanks are one; <td rowspan> stands in each of its rows, ss:Index in its column
 * Text     what stands outside of cells is text, a line a line; so is a tag or a comment whose bytes may hold an identifier
 * Same     what is given does not depend on how the bytes come
 * Owns     what is in hand, from markup_open to markup_close
 */
#ifndef MARKUP_H
#define MARKUP_H

#include "../support/bytes.h"

enum { MARKUP_LOOKED_AT = 64 * 1024 };

/* The form of a document by its first bytes; NULL: it is none of these. */
const char *markup_sniff(const char *bytes, size_t length);

/* Forms that give no rows, but go into the workbook. */
static const char MARKUP_TEXTS[] = "#texts", MARKUP_STYLES[] = "#styles";

struct markup;
struct workbook;

/* workbook: of a sheet or texts; NULL: it is not to be had. Returns NULL: no memory. */
struct markup *markup_open(const char *form, struct workbook *workbook);
void markup_close(struct markup *markup);     /* accepts NULL */

/* Puts what the next bytes say behind what is in `out`. False: no memory. */
bool markup_put(struct markup *markup, const char *bytes, size_t length, struct bytes *out);

/* Cells of a sheet whose texts could not be had, or are too much of it. */
uint64_t markup_lost(const struct markup *markup);

/* Whether a document that has ended lacks its end: a page that of a table, or of a tag; others that of their outermost element. */
bool markup_broke_off(const struct markup *markup);

/* The document ends there, or bytes are missing behind: what is open ends. */
bool markup_end(struct markup *markup, struct bytes *out);

#endif
