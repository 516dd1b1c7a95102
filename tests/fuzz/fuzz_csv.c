/* Reads any bytes as delimited text: row by row, by an index, and in blocks.
 *
 * Holds    no crash; rows and fields are those of a reader of one byte after the other; every byte is part of one row or is a line end
 *          behind one; a cut is a place where a row ends, whatever follows; on every path the index has the rows before the first quote
 * Input    its first byte says what delimits
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_csv (make test)
 */
#include "../../analyzer/record/csv_index.h"
#include "../../analyzer/record/record_csv.h"
#include "insisting.h"

enum { FIELDS_MAX = 24 };

/* Of the field that begins at `at`: where it ends, whether a quote opened it, and the byte behind what ended it. */
struct plain_field {
    size_t start, end, behind;
    bool quoted, ends_row;
};

/* The end of a line at `at`, with its carriage return; 0: there is none. The end of all is one as well. */
static size_t line_end_at(struct span text, size_t at)
{
    size_t feed = at < text.len && text.at[at] == '\r' ? at + 1 : at;
    if (feed == text.len) return text.len;
    return text.at[feed] == '\n' ? feed + 1 : 0;
}

static bool quoted_field(struct span text, size_t at, char delimiter, struct plain_field *field)
{
    size_t close = at + 1;
    for (; close < text.len; close++) {
        if (text.at[close] != '"') continue;
        if (close + 1 >= text.len || text.at[close + 1] != '"') break;
        close++;
    }
    if (close >= text.len) return false;
    size_t line = line_end_at(text, close + 1);
    bool delimited = close + 1 < text.len && text.at[close + 1] == delimiter;
    if (!delimited && line == 0) return false;
    *field = (struct plain_field){at + 1, close, delimited ? close + 2 : line, true, !delimited};
    return true;
}

static struct plain_field field_plain(struct span text, size_t at, size_t row, char delimiter)
{
    struct plain_field field = {.start = at, .end = at};
    if (at < text.len && text.at[at] == '"' && quoted_field(text, at, delimiter, &field)) return field;
    while (field.end < text.len && text.at[field.end] != delimiter && text.at[field.end] != '\n') field.end++;
    field.ends_row = field.end == text.len || text.at[field.end] == '\n';
    field.behind = field.end + (field.end < text.len);
    if (field.ends_row && field.end > row && text.at[field.end - 1] == '\r') field.end--;
    return field;
}

/* Reads all rows, and insists on what a reader of single bytes has. */
static void check_rows(struct span text, char delimiter)
{
    struct shape_word *words = malloc(shape_word_count(text.len) * sizeof *words);
    uint32_t bounds[FIELDS_MAX + 1];
    bool quoted[FIELDS_MAX];
    insist(words != NULL, "there is memory");
    shape_portable(text.at, text.len, SHAPE_CSV, delimiter, words);
    struct csv_rows rows = {text.at, words, 0, text.len, delimiter, bounds, quoted, FIELDS_MAX, 0};
    struct csv_row row;
    size_t at = 0;
    while (csv_next(&rows, &row)) {
        size_t count = 0, start = at;
        insist(row.start == start && row.end >= start && row.end <= rows.at && rows.at <= text.len + 1, "a row begins where the last one ended");
        for (struct plain_field field = {.ends_row = false}; !field.ends_row; count++) {
            field = field_plain(text, at, start, delimiter);
            at = field.behind;
            if (count >= FIELDS_MAX) continue;
            struct csv_field own = csv_field_at(&rows, row.has_quoted, count);
            insist(own.start == field.start && own.end == field.end && own.quoted == field.quoted, "a field is what single bytes say");
        }
        insist(count == row.field_count, "a row has as many fields");
        insist(at == (rows.at < text.len ? rows.at : text.len), "a row ends where single bytes say");
        insist(csv_row_end(text.at + start, text.len - start, delimiter, true) == at - start, "a row's end is the same where it is looked for alone");
    }
    insist(at == text.len, "all bytes are in rows");
    free(words);
}

/* Whether a row ends at a place, by single bytes. */
static bool is_row_end(struct span text, size_t place, char delimiter)
{
    size_t at = 0;
    while (at < place) {
        size_t start = at;
        for (bool ends = false; !ends;) {
            struct plain_field field = field_plain(text, at, start, delimiter);
            at = field.behind;
            ends = field.ends_row;
        }
    }
    return at == place;
}

static void check_cuts(struct span text, char delimiter)
{
    size_t cut_before = 0;
    insist(csv_cut(text.at, text.len, delimiter, true) == text.len, "all is a cut at the end");
    for (size_t length = 0; length <= text.len; length += 1 + length / 16) {
        char *part = copy_of(text.at, length, 0);
        size_t cut = csv_cut(part, length, delimiter, false), row = csv_row_end(part, length, delimiter, false);
        insist(cut <= length && cut >= cut_before, "more bytes cut off no less");
        if (cut != cut_before) insist(is_row_end(text, cut, delimiter), "a cut is where a row ends");
        insist(row <= length && (row == 0 || row == csv_row_end(text.at, text.len, delimiter, true)), "a row's end stays where it is");
        cut_before = cut;
        free(part);
    }
}

static void check_index(struct span text, char delimiter)
{
    static const char *const names[] = {"portable", "avx2", "avx512"};
    struct csv_index first = {0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *name;
        shape_function *shape = shape_choose(names[i], &name);
        struct csv_index index = {0};
        if (shape == NULL) continue;
        insist(csv_index_reserve(&index, text.len), "there is memory");
        csv_index_of(shape)(text.at, text.len, delimiter, &index);
        size_t row = 0;
        for (size_t k = 0, from = 0; k < index.row_count; k++) {
            size_t start = row;
            for (size_t f = from; f < index.row_ends[k]; f++) {
                struct plain_field field = field_plain(text, row, start, delimiter);
                insist(index.bounds[f] == row && !field.quoted && field.ends_row == (f + 1 == index.row_ends[k]), "the index has fields as single bytes say");
                row = field.behind;
            }
            from = index.row_ends[k];
        }
        insist(row == index.length, "the index has all rows before the first quote");
        for (size_t at = row; at < text.len && text.at[at] != '"'; at++) insist(text.at[at] != '\n', "no whole row without quotes is left out");
        if (i == 0) first = index;
        else insist(index.length == first.length && index.row_count == first.row_count, "all paths have the same rows");
        if (i > 0) csv_index_free(&index);
    }
    csv_index_free(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char delimiters[] = {',', ';', '\t', '|', '\x1f'};
    if (size < 1) return 0;
    char delimiter = delimiters[data[0] % sizeof delimiters], *bytes = copy_of(data + 1, size - 1, SHAPE_PADDING);
    struct span text = {bytes, size - 1};
    check_rows(text, delimiter);
    check_cuts(text, delimiter);
    check_index(text, delimiter);
    free(bytes);
    return 0;
}
