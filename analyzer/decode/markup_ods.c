/* Tables of OpenDocument: content.xml of .ods and .odt files, and flat ones.
 *
 * Cells    of numbers and dates are what their attributes say, exactly; others are their paragraphs. What such a number is shown as is text
 *          where it may be an identifier and is another; so are annotations
 * Repeats  number-columns-repeated and number-rows-repeated, as far as markup_rows.h allows: empty ones fill a sheet up to its edges
 * Source   OpenDocument 1.3, part 3, 9.1, 14.1 and 19
 */
#include <string.h>

#include "markup_inner.h"

/* Takes the value of an attribute out of the tag in hand, which is looked through by itself for what may be an identifier. */
static struct span attribute_take(struct markup *markup, struct span tag, const char *name, struct bytes *to)
{
    struct span value = markup_attribute(tag, name);
    to->count = 0;
    if (value.len == 0) return value;
    if (!bytes_reserve(to, value.len)) {
        markup->rows.failed = true;
        return (struct span){"", 0};
    }
    bytes_put(to, value.at, value.len);
    memset(markup->token.at + (value.at - markup->token.at), ' ', value.len);
    return (struct span){to->at, to->count};
}

static uint32_t repeats_take(struct markup *markup, struct span tag, const char *name)
{
    uint32_t count = markup_attribute_number(tag, name);
    (void)attribute_take(markup, tag, name, &markup->value);
    markup->value.count = 0;
    return count > 0 ? count : 1;
}

static void annotation_end(struct markup *markup)
{
    if (!markup->in_note) return;
    markup->in_note = false;
    markup_text_line(markup);
    struct bytes note = markup->text;
    markup->text = markup->kept;
    markup->kept = note;
}

/* Stands before the text of its cell, or amid it. */
static void annotation_begin(struct markup *markup)
{
    struct bytes cell = markup->text;
    markup->text = markup->kept;
    markup->text.count = 0;
    markup->kept = cell;
    markup->in_note = true;
}

static void cell_begin(struct markup *markup, struct span tag)
{
    static const char *const exact[] = {"date-value", "value"}, shown[] = "string-value", time[] = "time-value";
    char room[MARKUP_NUMBER_SIZE];
    markup_text_line(markup);
    markup->across = repeats_take(markup, tag, "number-columns-repeated");
    (void)attribute_take(markup, tag, time, &markup->value); /* a duration, and shown as it is meant */
    struct span value = attribute_take(markup, tag, exact[0], &markup->value);
    if (value.len == 0) value = attribute_take(markup, tag, exact[1], &markup->value);
    markup->has_exact = value.len > 0;
    if (markup->has_exact) {
        struct span number = markup_number_shown(markup, value, room);
        if (number.at == room) {
            markup->value.count = 0;
            if (!bytes_reserve(&markup->value, number.len)) markup->rows.failed = true;
            else bytes_put(&markup->value, number.at, number.len);
        }
    } else {
        (void)attribute_take(markup, tag, shown, &markup->value);
    }
    markup->is_header = markup->in_header_rows;
    markup->in_cell = true;
}

static bool is_word(char c)
{
    return (unsigned char)(c - '0') <= 9 || (unsigned char)((c | 0x20) - 'a') < 26;
}

/* Whether what a number is shown as may be an identifier that it is not: beside it, where it stands in it as a word. */
static bool shows_another(struct span text, struct span value)
{
    const char *found = value.len > 0 ? memmem(text.at, text.len, value.at, value.len) : NULL;
    size_t before = found == NULL ? 0 : (size_t)(found - text.at), behind = before + value.len;
    bool is_part = found != NULL && (before == 0 || !is_word(text.at[before - 1])) && (behind == text.len || !is_word(text.at[behind]));
    if (!is_part) return markup_may_identify(text);
    return markup_may_identify((struct span){text.at, before}) || markup_may_identify((struct span){text.at + behind, text.len - behind});
}

void markup_ods_cell_end(struct markup *markup)
{
    if (!markup->in_cell) return;
    annotation_end(markup);
    struct span text = markup_text_take(markup), value = {markup->value.at, markup->value.count};
    if (markup->has_exact && text.len > 0 && shows_another(text, value)) markup_text(&markup->rows, text);
    if (markup->has_exact || (text.len == 0 && value.len > 0)) text = value;
    markup->in_cell = markup->has_exact = false;
    markup_cell_repeat(&markup->rows, text, markup->is_header, markup->across);
    markup->value.count = 0;
}

static void row_tag(struct markup *markup, bool closes, bool is_empty, struct span tag)
{
    markup_ods_cell_end(markup);
    markup_end_row(markup);
    if (closes) return;
    markup_row_begin(&markup->rows);
    markup->rows.times = repeats_take(markup, tag, "number-rows-repeated");
    if (is_empty) markup_end_row(markup);
}

static void cell_tag(struct markup *markup, bool closes, bool is_empty, struct span tag)
{
    markup_ods_cell_end(markup);
    if (closes) return;
    cell_begin(markup, tag);
    if (is_empty) markup_ods_cell_end(markup);
}

void markup_ods_tag(struct markup *markup, const char *name, bool closes, bool is_empty, struct span tag)
{
    if (strcmp(name, "table") == 0) {
        markup_ods_cell_end(markup);
        if (!closes) markup_begin_table(markup);
        if (closes || is_empty) markup_end_table(markup);
    } else if (strcmp(name, "table-header-rows") == 0) {
        markup->in_header_rows = !closes && !is_empty;
    } else if (strcmp(name, "table-row") == 0) {
        row_tag(markup, closes, is_empty, tag);
    } else if (strcmp(name, "table-cell") == 0 || strcmp(name, "covered-table-cell") == 0) {
        cell_tag(markup, closes, is_empty, tag);
    } else if (strcmp(name, "annotation") == 0 && markup->in_cell) {
        annotation_end(markup);
        if (!closes && !is_empty) annotation_begin(markup);
    } else if (strcmp(name, "tab") == 0 || strcmp(name, "s") == 0) {
        markup_text_byte(markup, ' ');
    } else if (!markup_is_inline(name)) {
        markup_text_byte(markup, markup->in_cell ? ' ' : '\n');
    }
}
