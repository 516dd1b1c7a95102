#include "markup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "markup_inner.h"
#include "workbook.h"

enum {
    TOKEN_BYTES_MAX = 64 * 1024, /* a longer tag is text */
    LINE_BYTES_MAX = 64 * 1024,  /* of text outside of cells, that is given at once */
    SHOWN_PER_BYTE = 64, SHOWN_FREELY = 1 << 20, /* bytes of texts that cells of a sheet show, for each of its own */
    HIDDEN_BYTES_MAX = 4096      /* of a word that is not shown, that is looked at at once */
};

struct markup *markup_open(const char *form, struct workbook *workbook)
{
    static const char *const forms[] = {"html", "spreadsheet", "opendocument", "sheet", "texts", MARKUP_TEXTS, MARKUP_STYLES};
    struct markup *markup = calloc(1, sizeof *markup);
    if (markup == NULL) return NULL;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strcmp(form, forms[i]) == 0) markup->form = (enum form)i;
    markup->is_html = markup->form == FORM_HTML;
    markup->workbook = workbook;
    if (markup_rows_init(&markup->rows)) return markup;
    markup_close(markup);
    return NULL;
}

void markup_close(struct markup *markup)
{
    if (markup == NULL) return;
    markup_rows_free(&markup->rows);
    bytes_free(&markup->token);
    bytes_free(&markup->text);
    bytes_free(&markup->hidden);
    bytes_free(&markup->value);
    bytes_free(&markup->kept);
    free(markup);
}

bool markup_broke_off(const struct markup *markup)
{
    return markup->broke_off;
}

uint64_t markup_lost(const struct markup *markup)
{
    return markup->lost;
}

/* ------------------------------------------------------------------ forms */

static bool find_name(const char *bytes, size_t length, const char *tag)
{
    size_t tag_length = strlen(tag);
    for (size_t i = 0; i + tag_length < length; i++) {
        const char *found = memchr(bytes + i, '<', length - i - tag_length);
        if (found == NULL) return false;
        i = (size_t)(found - bytes);
        char behind = found[tag_length];
        if (strncasecmp(found, tag, tag_length) == 0 && (markup_is_blank(behind) || behind == '>')) return true;
    }
    return false;
}

/* The first element, behind declarations and comments; length where there is none. */
static size_t root_find(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        if (markup_is_blank(bytes[at])) {
            at++;
            continue;
        }
        bool is_comment = length - at > 4 && memcmp(bytes + at, "<!--", 4) == 0;
        if (bytes[at] != '<' || (at + 1 < length && bytes[at + 1] != '!' && bytes[at + 1] != '?')) return at;
        const char *end = is_comment ? memmem(bytes + at, length - at, "-->", 3) : memchr(bytes + at, '>', length - at);
        if (end == NULL) return length;
        at = (size_t)(end - bytes) + (is_comment ? 3 : 1);
    }
    return at;
}

/* Whether a document of OpenDocument has tables, as far as it can be seen: the styles of their rows stand before them. */
static bool is_open_document(const char *bytes, size_t length)
{
    static const char space[] = "urn:oasis:names:tc:opendocument:", table[] = "<table:table ", style[] = "style:family=\"table-row\"";
    return memmem(bytes, length, space, sizeof space - 1) != NULL &&
           (memmem(bytes, length, table, sizeof table - 1) != NULL || memmem(bytes, length, style, sizeof style - 1) != NULL);
}

const char *markup_sniff(const char *bytes, size_t length)
{
    static const char *const roots[] = {"html", "head", "body", "meta", "style", "table", "div", "center", "font", "title", "p", "h1", "h2", "h3", "br"};
    static const char workbook[] = "urn:schemas-microsoft-com:office:spreadsheet", main_part[] = "spreadsheetml/";
    if (length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) bytes += 3, length -= 3;
    size_t root = root_find(bytes, length), name = root + 1, name_end = name;
    if (root + 1 >= length || bytes[root] != '<') return NULL;
    while (name_end < length && !markup_is_blank(bytes[name_end]) && bytes[name_end] != '>' && bytes[name_end] != '/') name_end++;
    const char *colon = memchr(bytes + name, ':', name_end - name);
    if (colon != NULL) name = (size_t)(colon - bytes) + 1;
    if (name_end - name == 8 && memcmp(bytes + name, "Workbook", 8) == 0)
        return memmem(bytes + name_end, length - name_end, workbook, sizeof workbook - 1) != NULL ? "spreadsheet" : NULL;
    bool is_document = (name_end - name == 16 && memcmp(bytes + name, "document-content", 16) == 0) || (name_end - name == 8 && memcmp(bytes + name, "document", 8) == 0);
    if (is_document) return is_open_document(bytes + name_end, length - name_end) ? "opendocument" : NULL;
    bool is_sheet = name_end - name == 9 && memcmp(bytes + name, "worksheet", 9) == 0, is_texts = name_end - name == 3 && memcmp(bytes + name, "sst", 3) == 0;
    if (is_sheet || is_texts)
        return memmem(bytes + name_end, length - name_end, main_part, sizeof main_part - 1) == NULL ? NULL : is_sheet ? "sheet" : "texts";
    bool is_root = false;
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
        is_root |= name_end - name == strlen(roots[i]) && strncasecmp(bytes + name, roots[i], name_end - name) == 0;
    bool has_rows = is_root && find_name(bytes, length, "<table") && find_name(bytes, length, "<tr") &&
                    (find_name(bytes, length, "<td") || find_name(bytes, length, "<th"));
    return has_rows ? "html" : NULL;
}

/* ------------------------------------------------------------------ text */

/* A word that belongs to no cell has ended: it is text where it may be an identifier. */
static void hidden_end(struct markup *markup)
{
    struct span word = {markup->hidden.at, markup->hidden.count};
    markup->hidden.count = 0;
    if (word.len > 0 && markup_may_identify(word)) markup_text(&markup->rows, word);
}

static void hidden_put(struct markup *markup, const char *bytes, size_t length)
{
    if (markup->form >= FORM_TEXTS_LOADED) return;
    if (markup->hidden.count >= HIDDEN_BYTES_MAX) hidden_end(markup);
    if (!bytes_reserve(&markup->hidden, length)) markup->rows.failed = true;
    else bytes_put(&markup->hidden, bytes, length);
}

static void text_put(struct markup *markup, const char *bytes, size_t length)
{
    if (markup->is_muted) {
        hidden_put(markup, bytes, length);
        return;
    }
    if (!bytes_reserve(&markup->text, length)) markup->rows.failed = true;
    else bytes_put(&markup->text, bytes, length);
}

/* The text in hand, without blanks around it. */
struct span markup_text_take(struct markup *markup)
{
    struct span text = {markup->text.at, markup->text.count};
    while (text.len > 0 && markup_is_blank(text.at[0])) text.at++, text.len--;
    while (text.len > 0 && markup_is_blank(text.at[text.len - 1])) text.len--;
    markup->text.count = 0; /* its bytes stay until something is put */
    return text;
}

void markup_text_line(struct markup *markup)
{
    markup_text(&markup->rows, markup_text_take(markup));
}

void markup_text_byte(struct markup *markup, char c)
{
    bool keeps = markup->in_cell || markup->in_note;
    if (markup->is_muted) {
        if (markup_is_blank(c)) hidden_end(markup);
        else hidden_put(markup, &c, 1);
        return;
    }
    if (c == '\n' && !keeps) {
        markup_text_line(markup);
        return;
    }
    if (markup_is_blank(c)) {
        if (markup->text.count == 0 || markup->text.at[markup->text.count - 1] == ' ') return;
        c = ' ';
    }
    text_put(markup, &c, 1);
    size_t most = keeps ? MARKUP_ROW_BYTES_MAX : LINE_BYTES_MAX;
    if (markup->text.count >= most && (c == ' ' || markup->text.count >= 2 * most)) markup_text_line(markup);
}

static void put_character(struct markup *markup, uint32_t c)
{
    char utf8[4];
    size_t length = 0;
    if (c < 0x80) {
        markup_text_byte(markup, (char)c);
        return;
    }
    if (c < 0x800) {
        utf8[length++] = (char)(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        utf8[length++] = (char)(0xE0 | c >> 12);
        utf8[length++] = (char)(0x80 | (c >> 6 & 0x3F));
    } else {
        utf8[length++] = (char)(0xF0 | c >> 18);
        utf8[length++] = (char)(0x80 | (c >> 12 & 0x3F));
        utf8[length++] = (char)(0x80 | (c >> 6 & 0x3F));
    }
    utf8[length++] = (char)(0x80 | (c & 0x3F));
    text_put(markup, utf8, length);
}

/* The character of a reference without & and ;. 0: it is none that is known. */
static uint32_t reference_value(const char *name)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", ' '}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i].name) == 0) return (unsigned char)known[i].c;
    if (name[0] != '#') return 0;
    bool is_hex = (name[1] | 0x20) == 'x';
    char *end;
    unsigned long value = strtoul(name + 1 + is_hex, &end, is_hex ? 16 : 10);
    bool is_character = end > name + 1 + is_hex && *end == '\0' && value > 0 && value < 0x110000 && (value < 0xD800 || value > 0xDFFF);
    return value == 0xA0 ? ' ' : is_character ? (uint32_t)value : 0;
}

static void reference_end(struct markup *markup, bool ends)
{
    char name[MARKUP_NAME_MAX];
    size_t length = markup->token.count < sizeof name ? markup->token.count : sizeof name - 1;
    if (length > 0) memcpy(name, markup->token.at, length);
    name[length] = '\0';
    uint32_t c = ends ? reference_value(name) : 0;
    markup->state = IN_TEXT;
    if (c != 0) {
        put_character(markup, c);
        return;
    }
    text_put(markup, "&", 1);
    text_put(markup, name, length);
    if (ends) text_put(markup, ";", 1);
}

/* ------------------------------------------------------------------ tags */

bool markup_is_named(const char *name, const char *wanted)
{
    return strcasecmp(name, wanted) == 0;
}

/* The value of an attribute of a tag, from behind its quote on; empty where there is none. */
struct span markup_attribute(struct span tag, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 1; i + length < tag.len; i++) {
        char before = tag.at[i - 1];
        if (!markup_is_blank(before) && before != ':') continue;
        if (strncasecmp(tag.at + i, name, length) != 0) continue;
        size_t at = i + length;
        while (at < tag.len && markup_is_blank(tag.at[at])) at++;
        if (at == tag.len || tag.at[at++] != '=') continue;
        while (at < tag.len && (markup_is_blank(tag.at[at]) || tag.at[at] == '"' || tag.at[at] == '\'')) at++;
        size_t end = at;
        while (end < tag.len && tag.at[end] != '"' && tag.at[end] != '\'' && tag.at[end] != '>') end++;
        return (struct span){tag.at + at, end - at};
    }
    return (struct span){"", 0};
}

static uint64_t digits_value(struct span text)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len && (unsigned char)(text.at[i] - '0') <= 9 && value < (UINT64_C(1) << 40); i++) value = 10 * value + (uint64_t)(text.at[i] - '0');
    return value;
}

/* The number that an attribute of a tag says; 0: none does. */
uint32_t markup_attribute_number(struct span tag, const char *name)
{
    uint64_t value = digits_value(markup_attribute(tag, name));
    return value < (1 << 20) ? (uint32_t)value : 1 << 20;
}

static void cell_end(struct markup *markup)
{
    if (!markup->in_cell) return;
    markup->in_cell = markup->in_note = false;
    markup_cell_add(&markup->rows, markup_text_take(markup), markup->is_header, markup->across, markup->below);
}

void markup_end_row(struct markup *markup)
{
    cell_end(markup);
    markup_text_line(markup);
    markup_row_end(&markup->rows);
}

void markup_begin_table(struct markup *markup)
{
    markup_end_row(markup);
    markup->depth++;
    markup_table_begin(&markup->rows);
}

void markup_end_table(struct markup *markup)
{
    markup_end_row(markup);
    if (markup->depth > 0) markup->depth--;
    markup_table_end(&markup->rows);
}

static void cell_begin(struct markup *markup, struct span tag, bool is_header)
{
    cell_end(markup);
    markup_text_line(markup);
    uint32_t column = markup->is_html ? 0 : markup_attribute_number(tag, "Index");
    uint32_t across = markup->is_html ? markup_attribute_number(tag, "colspan") : markup_attribute_number(tag, "MergeAcross");
    uint32_t below = markup->is_html ? markup_attribute_number(tag, "rowspan") : 0;
    markup->across = markup->is_html && across > 0 ? across - 1 : across;
    markup->below = below > 0 ? below - 1 : 0;
    if (column > 0) markup_column_set(&markup->rows, column - 1);
    markup->is_header = is_header;
    markup->in_cell = true;
}

/* Elements that stand in a line of text. */
bool markup_is_inline(const char *name)
{
    static const char *const names[] = {"b", "i", "u", "a", "em", "strong", "span", "font", "small", "big", "sup", "sub", "code", "tt", "s", "mark", "nobr", "abbr", "wbr"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (markup_is_named(name, names[i])) return true;
    return false;
}

static void html_tag(struct markup *markup, const char *name, bool closes, struct span tag)
{
    if (markup_is_named(name, "table")) closes ? markup_end_table(markup) : markup_begin_table(markup);
    else if (markup_is_named(name, "tr")) markup_end_row(markup), closes ? (void)0 : markup_row_begin(&markup->rows);
    else if (markup_is_named(name, "td") || markup_is_named(name, "th")) closes ? cell_end(markup) : cell_begin(markup, tag, (name[1] | 0x20) == 'h');
    else if (!markup_is_inline(name)) markup_text_byte(markup, markup->in_cell ? ' ' : '\n');
    bool is_script = !closes && (markup_is_named(name, "script") || markup_is_named(name, "style"));
    if (!is_script) return;
    memcpy(markup->script, name, strlen(name) + 1);
    markup->state = IN_SCRIPT;
}

/* A note in a cell is text. */
static void note_end(struct markup *markup)
{
    markup->in_note = false;
    markup_text_line(markup);
}

static void spreadsheet_tag(struct markup *markup, const char *name, bool closes, bool is_empty, struct span tag)
{
    if (markup_is_named(name, "Table")) closes ? markup_end_table(markup) : markup_begin_table(markup);
    else if (markup_is_named(name, "Row")) markup_end_row(markup), closes ? (void)0 : markup_row_begin(&markup->rows);
    else if (markup_is_named(name, "Cell") && !closes) cell_begin(markup, tag, false);
    else if (markup_is_named(name, "Comment") && closes && markup->in_note) note_end(markup);
    else if (markup_is_named(name, "Comment") && markup->in_cell && !is_empty) cell_end(markup), markup->in_note = true;
    else if (!markup->in_cell && !markup->in_note) markup_text_byte(markup, '\n');
    if (markup_is_named(name, "Cell") && (closes || is_empty)) cell_end(markup);
    if (markup_is_named(name, "Row") && is_empty) markup_end_row(markup);
}

/* ------------------------------------------------------------------ sheets of .xlsx */

/* The column that a reference like "AB12" says, from 0; 0 where it says none. */
static uint32_t reference_column(struct span reference)
{
    uint32_t column = 0;
    for (size_t i = 0; i < reference.len && i < 4 && (unsigned char)((reference.at[i] | 0x20) - 'a') < 26; i++)
        column = 26 * column + (uint32_t)((reference.at[i] | 0x20) - 'a') + 1;
    return column > 0 ? column - 1 : 0;
}

static void sheet_cell_begin(struct markup *markup, struct span tag)
{
    markup_text_line(markup);
    struct span type = markup_attribute(tag, "t");
    markup->type = type.len == 0 ? 'n' : type.len == 1 ? type.at[0] : 't'; /* s, b, e, n; or str, inlineStr, d */
    markup->style = markup_attribute_number(tag, "s");
    markup_column_set(&markup->rows, reference_column(markup_attribute(tag, "r")));
    markup->in_cell = markup->is_muted = true;
}

/* A number as it is shown: a date, or without an exponent. */
struct span markup_number_shown(const struct markup *markup, struct span text, char room[64])
{
    if (text.len == 0 || text.len >= 40) return text;
    memcpy(room, text.at, text.len);
    room[text.len] = '\0';
    bool shows_dates = markup->workbook != NULL && workbook_shows_dates(markup->workbook, markup->style);
    bool has_exponent = memchr(text.at, 'E', text.len) != NULL || memchr(text.at, 'e', text.len) != NULL;
    if (!shows_dates && !has_exponent) return text;
    double value = strtod(room, NULL);
    size_t length = shows_dates ? workbook_date(value, room) : 0;
    if (length == 0 && has_exponent && fabs(value) < 1e18 && value == floor(value)) length = (size_t)snprintf(room, 64, "%.0f", value);
    return length > 0 ? (struct span){room, length} : text;
}

static void sheet_cell_end(struct markup *markup)
{
    if (!markup->in_cell) return;
    char room[64];
    struct span text = markup_text_take(markup);
    markup->in_cell = markup->is_muted = false;
    if (markup->type == 's') {
        struct span shown = {"", 0};
        bool is_there = markup->workbook != NULL && workbook_text(markup->workbook, digits_value(text), &shown);
        is_there &= markup->shown + shown.len <= SHOWN_PER_BYTE * markup->rows.taken_in + SHOWN_FREELY;
        if (!is_there && text.len > 0) markup->lost++;
        text = (struct span){shown.at, is_there ? shown.len : 0};
        markup->shown += text.len;
    } else if (markup->type == 'n') {
        text = markup_number_shown(markup, text, room);
    }
    markup_cell_add(&markup->rows, text, false, 0, 0);
}

/* What a formula says is text where it may hold an identifier. */
static void formula_end(struct markup *markup)
{
    struct span formula = markup_text_take(markup);
    markup->is_muted = true;
    if (markup_may_identify(formula)) markup_text(&markup->rows, formula);
}

static void sheet_tag(struct markup *markup, const char *name, bool closes, bool is_empty, struct span tag)
{
    bool opens = !closes && !is_empty;
    if (strcmp(name, "sheetData") == 0) {
        closes ? markup_end_table(markup) : markup_begin_table(markup);
    } else if (strcmp(name, "row") == 0) {
        sheet_cell_end(markup);
        markup_end_row(markup);
        if (opens) markup_row_begin(&markup->rows);
    } else if (strcmp(name, "c") == 0) {
        sheet_cell_end(markup);
        if (opens) sheet_cell_begin(markup, tag);
    } else if (!markup->in_cell) {
        markup_text_byte(markup, '\n');
    } else if (strcmp(name, "f") == 0) {
        if (closes) formula_end(markup);
        else markup_text_line(markup);
        if (opens) markup->is_muted = false;
    } else if (strcmp(name, "rPh") == 0) {
        markup->is_phonetic = opens;
    } else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        markup->is_muted = !opens || markup->is_phonetic;
    }
}

/* Texts of cells, which have the same elements: to the workbook, or those that no sheet shows. */
static void texts_tag(struct markup *markup, const char *name, bool closes, bool is_empty)
{
    bool opens = !closes && !is_empty;
    if (strcmp(name, "rPh") == 0) markup->is_phonetic = opens;
    if (strcmp(name, "t") == 0) markup->is_muted = !opens || markup->is_phonetic;
    if (strcmp(name, "si") != 0) return;
    if (opens) {
        markup_text_line(markup);
        markup->in_cell = markup->is_muted = true;
        return;
    }
    struct span text = markup->in_cell ? markup_text_take(markup) : (struct span){"", 0};
    markup->in_cell = markup->is_phonetic = false;
    markup->is_muted = true;
    if (markup->form == FORM_TEXTS_LOADED) markup->rows.failed |= !workbook_add_text(markup->workbook, text);
    else if (markup->workbook == NULL || !workbook_is_used(markup->workbook, markup->number)) markup_text(&markup->rows, text);
    markup->number++;
}

static void styles_tag(struct markup *markup, const char *name, bool closes, struct span tag)
{
    bool enough = true;
    markup->is_muted = true;
    if (strcmp(name, "cellXfs") == 0) markup->in_styles = !closes;
    else if (strcmp(name, "numFmt") == 0) enough = workbook_add_format(markup->workbook, markup_attribute_number(tag, "numFmtId"), markup_attribute(tag, "formatCode"));
    else if (strcmp(name, "xf") == 0 && markup->in_styles && !closes) enough = workbook_add_style(markup->workbook, markup_attribute_number(tag, "numFmtId"));
    markup->rows.failed |= !enough;
}

/* Tags that say how a sheet looks, in long numbers. */
static bool is_layout(const struct markup *markup, const char *name)
{
    static const char *const names[] = {"worksheet", "dimension", "sheetPr", "sheetView", "selection", "sheetFormatPr", "col", "row", "c", "pageMargins", "pageSetup"};
    bool is_one = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) is_one |= strcmp(name, names[i]) == 0;
    return is_one && markup->form == FORM_SHEET;
}

static void any_tag(struct markup *markup, const char *name, bool closes, bool is_empty, struct span tag)
{
    switch (markup->form) {
    case FORM_HTML:
        html_tag(markup, name, closes, tag);
        break;
    case FORM_SPREADSHEET:
        spreadsheet_tag(markup, name, closes, is_empty, tag);
        break;
    case FORM_ODS:
        markup_ods_tag(markup, name, closes, is_empty, tag);
        break;
    case FORM_SHEET:
        sheet_tag(markup, name, closes, is_empty, tag);
        break;
    case FORM_STYLES_LOADED:
        styles_tag(markup, name, closes, tag);
        break;
    default:
        texts_tag(markup, name, closes, is_empty);
    }
}

/* Whether a name is that of the outermost element of a form that is well formed. */
static bool is_root(const struct markup *markup, const char *name)
{
    static const char *const roots[] = {"", "Workbook", "document-content", "worksheet", "sst", "sst", "styleSheet"};
    return strcmp(name, roots[markup->form]) == 0 || (markup->form == FORM_ODS && strcmp(name, "document") == 0);
}

static void tag_end(struct markup *markup)
{
    struct span tag = {markup->token.at, markup->token.count};
    char name[MARKUP_NAME_MAX];
    bool closes = tag.len > 0 && tag.at[0] == '/', is_empty = tag.len > 0 && tag.at[tag.len - 1] == '/';
    size_t at = closes, length = 0;
    markup->state = IN_TEXT;
    for (; at < tag.len && !markup_is_blank(tag.at[at]) && tag.at[at] != '/'; at++) {
        if (tag.at[at] == ':') length = 0;
        else if (length + 1 < sizeof name) name[length++] = tag.at[at];
    }
    name[length] = '\0';
    hidden_end(markup);
    any_tag(markup, name, closes, is_empty, tag);
    markup->has_root_end |= closes && is_root(markup, name);
    if (markup->form < FORM_TEXTS_LOADED && markup_may_identify(tag) && !is_layout(markup, name)) markup_text(&markup->rows, tag);
    markup->token.count = 0;
}

static void comment_end(struct markup *markup)
{
    struct span comment = {markup->token.at, markup->token.count};
    markup->state = IN_TEXT;
    if (markup->form < FORM_TEXTS_LOADED && markup_may_identify(comment)) markup_text(&markup->rows, comment);
}

/* ------------------------------------------------------------------ bytes */

static bool token_put(struct markup *markup, char c)
{
    if (!bytes_reserve(&markup->token, 1)) return markup->rows.failed = true, false;
    bytes_put_byte(&markup->token, (unsigned char)c);
    return true;
}

static bool token_ends(const struct markup *markup, const char *end)
{
    size_t length = strlen(end);
    return markup->token.count >= length && memcmp(markup->token.at + markup->token.count - length, end, length) == 0;
}

static bool token_is(const struct markup *markup, const char *text)
{
    return markup->token.count == strlen(text) && token_ends(markup, text);
}

/* What never ends as it has begun is text. */
static void token_give_up(struct markup *markup)
{
    markup->state = IN_TEXT;
    markup->quote = 0;
    for (size_t i = 0; i < markup->token.count; i++) markup_text_byte(markup, markup->token.at[i]);
    markup->token.count = 0;
}

static void tag_byte(struct markup *markup, char c)
{
    if (c == '>' && markup->quote == 0) {
        tag_end(markup);
        return;
    }
    if (markup->token.count == 0 && c != '/' && c != '!' && c != '?' && (unsigned char)((c | 0x20) - 'a') >= 26) { /* "a < b" */
        markup->state = IN_TEXT;
        markup_text_byte(markup, '<');
        markup_text_byte(markup, c);
        return;
    }
    bool is_value = markup->token.count > 0 && markup->token.at[markup->token.count - 1] == '=';
    if (markup->quote == c) markup->quote = 0;
    else if (markup->quote == 0 && is_value && (c == '"' || c == '\'')) markup->quote = c;
    if (!token_put(markup, c)) return;
    if (token_is(markup, "!--")) markup->state = IN_COMMENT;
    else if (token_is(markup, "![CDATA[")) markup->state = IN_CDATA;
    if (markup->state != IN_TAG) markup->token.count = 0;
    if (markup->token.count > TOKEN_BYTES_MAX) token_give_up(markup);
}

static void comment_byte(struct markup *markup, char c)
{
    if (!token_put(markup, c)) return;
    if (token_ends(markup, "-->")) {
        markup->token.count -= 3;
        comment_end(markup);
    } else if (markup->token.count > TOKEN_BYTES_MAX && markup_is_blank(c)) {
        comment_end(markup); /* as much of it; the rest is looked at by itself */
        markup->state = IN_COMMENT;
        markup->token.count = 0;
    }
}

static void cdata_byte(struct markup *markup, char c)
{
    if (!token_put(markup, c)) return;
    if (token_ends(markup, "]]>")) {
        markup->state = IN_TEXT;
        return;
    }
    if (markup->token.count > 2) {
        markup_text_byte(markup, markup->token.at[0]);
        memmove(markup->token.at, markup->token.at + 1, --markup->token.count);
    }
}

/* Scripts and styles: text, up to the tag that ends them. */
static void script_byte(struct markup *markup, char c)
{
    markup_text_byte(markup, c);
    if (c == '\n') {
        markup->token.count = 0;
        return;
    }
    if (!token_put(markup, c)) return;
    size_t length = strlen(markup->script) + 3;
    bool ends = c == '>' && markup->token.count >= length && markup->token.at[markup->token.count - length] == '<' &&
                markup->token.at[markup->token.count - length + 1] == '/' &&
                strncasecmp(markup->token.at + markup->token.count - length + 2, markup->script, length - 3) == 0;
    if (!ends && markup->token.count > 2 * TOKEN_BYTES_MAX) {
        memmove(markup->token.at, markup->token.at + markup->token.count - MARKUP_NAME_MAX, MARKUP_NAME_MAX);
        markup->token.count = MARKUP_NAME_MAX;
    }
    if (!ends) return;
    markup->text.count -= length < markup->text.count ? length : markup->text.count;
    markup->state = IN_TEXT;
    if (!markup->in_cell) markup_text_line(markup);
}

static void reference_byte(struct markup *markup, char c)
{
    bool goes_on = c == '#' || (unsigned char)(c - '0') <= 9 || (unsigned char)((c | 0x20) - 'a') < 26;
    if (goes_on && markup->token.count + 1 < MARKUP_NAME_MAX) {
        (void)token_put(markup, c);
        return;
    }
    reference_end(markup, c == ';');
    markup->token.count = 0;
    if (c == '<') markup->state = IN_TAG;
    else if (c == '&') markup->state = IN_REFERENCE;
    else if (c != ';') markup_text_byte(markup, c);
}

static void plain_byte(struct markup *markup, char c)
{
    if (c != '<' && c != '&') {
        markup_text_byte(markup, c);
        return;
    }
    markup->token.count = 0;
    markup->quote = 0;
    markup->state = c == '<' ? IN_TAG : IN_REFERENCE;
}

bool markup_put(struct markup *markup, const char *bytes, size_t length, struct bytes *out)
{
    static void (*const takes[])(struct markup *, char) = {plain_byte, tag_byte, comment_byte, cdata_byte, script_byte, reference_byte};
    markup->rows.out = out;
    for (size_t i = 0; i < length && !markup->rows.failed; i++) {
        markup->rows.taken_in++;
        takes[markup->state](markup, bytes[i]);
    }
    return !markup->rows.failed;
}

bool markup_end(struct markup *markup, struct bytes *out)
{
    markup->rows.out = out;
    markup->broke_off = markup->is_html ? markup->depth > 0 || (markup->state != IN_TEXT && markup->state != IN_REFERENCE) : !markup->has_root_end;
    if (markup->state == IN_REFERENCE) reference_end(markup, false);
    else if (markup->state == IN_COMMENT) comment_end(markup);
    else if (markup->state == IN_TAG || markup->state == IN_CDATA) token_give_up(markup);
    markup->state = IN_TEXT;
    hidden_end(markup);
    if (markup->form == FORM_SHEET) sheet_cell_end(markup);
    if (markup->form == FORM_ODS) markup_ods_cell_end(markup);
    markup_end_table(markup);
    markup->depth = 0;
    markup_text_line(markup);
    return !markup->rows.failed;
}
