/* What the files that read tables in markup have in common.
 *
 * Private to markup.c and markup_ods.c
 */
#ifndef MARKUP_INNER_H
#define MARKUP_INNER_H

#include "markup.h"
#include "markup_rows.h"

enum { MARKUP_NAME_MAX = 24, MARKUP_NUMBER_SIZE = 64 };

/* What the byte in hand belongs to. */
enum state { IN_TEXT, IN_TAG, IN_COMMENT, IN_CDATA, IN_SCRIPT, IN_REFERENCE };

enum form { FORM_HTML, FORM_SPREADSHEET, FORM_ODS, FORM_SHEET, FORM_TEXTS, FORM_TEXTS_LOADED, FORM_STYLES_LOADED };

struct markup {
    struct markup_rows rows;
    enum form form;
    struct workbook *workbook;
    char type;          /* of the cell of a sheet: what t says, 'n' where it says nothing */
    uint64_t style;
    bool is_muted;      /* within a cell, text counts in some elements alone */
    struct bytes hidden; /* the word in hand that does not */
    struct bytes value, kept; /* of a cell of OpenDocument: what its attributes say; its text while a note is read */
    bool has_exact, in_header_rows;
    bool is_phonetic;   /* how the text beside it is read aloud */
    bool in_styles;
    uint64_t number;    /* of texts */
    uint64_t lost, shown; /* cells; bytes of texts */
    bool has_root_end, broke_off;
    bool is_html;
    enum state state;
    char quote;         /* within a value of the tag in hand */
    struct bytes token; /* of the tag or comment in hand, without its brackets; or the reference, without & */
    struct bytes text;  /* of the cell in hand, or of the line outside of cells */
    bool in_cell, is_header, in_note;
    uint32_t across, below;
    uint32_t depth;     /* tables in one another */
    char script[MARKUP_NAME_MAX]; /* the element whose text is no markup */
};

/* The text in hand, without blanks around it; lent until more is put. */
struct span markup_text_take(struct markup *markup);
/* ... as a line of text. */
void markup_text_line(struct markup *markup);
/* Puts a byte to it; blanks are one. */
void markup_text_byte(struct markup *markup, char c);

/* The value of an attribute of a tag, whatever its prefix, from behind its quote on; empty where there is none. */
struct span markup_attribute(struct span tag, const char *name);
/* The number that it says; 0: none does. */
uint32_t markup_attribute_number(struct span tag, const char *name);

/* A number as it is shown: a date, or without an exponent. */
struct span markup_number_shown(const struct markup *markup, struct span text, char room[MARKUP_NUMBER_SIZE]);

void markup_end_row(struct markup *markup);
void markup_begin_table(struct markup *markup);
void markup_end_table(struct markup *markup);

bool markup_is_named(const char *name, const char *wanted);
/* Whether an element stands in a line of text. */
bool markup_is_inline(const char *name);

static inline bool markup_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\0';
}

/* A tag of a table of OpenDocument, whose values it takes out of the tag. */
void markup_ods_tag(struct markup *markup, const char *name, bool closes, bool is_empty, struct span tag);
void markup_ods_cell_end(struct markup *markup);

#endif
