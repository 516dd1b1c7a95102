#include "sniff.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "photo.h"
#include "record_csv.h"
#include "record_json.h"
#include "record_listing.h"
#include "record_sql.h"
#include "record_xml_cut.h"

enum {
    ROWS_LOOKED_AT = 200,
    PREAMBLE_ROWS_MAX = 32,
    COLUMNS_LOOKED_AT = 512,
    AGREEING_PERCENT = 90,
    CELL_NAME_MAX = 128
};

static const char NO_DELIMITER = '\x1f';
static const char delimiters[] = {',', ';', '\t', '|'};

/* ------------------------------------------------------------------ what is recognised but not read yet */

static bool starts_with(struct span sample, const char *magic, size_t length)
{
    return sample.len >= length && memcmp(sample.at, magic, length) == 0;
}

/* What a program unpacks that begins like this: it lies within what is looked at. */
static const char *unpacker_name(struct span sample)
{
    if (memmem(sample.at, sample.len, "7z\xBC\xAF\x27\x1C\0", 7) != NULL) return "7z";
    return memmem(sample.at, sample.len, "Rar!\x1A\x07", 6) != NULL ? "rar" : NULL;
}

/* LZMA without a container: its settings, the dictionary's size, and that of the content, which may be unknown. */
static bool begins_lzma(struct span sample)
{
    enum { HEADER = 13, SIZE_AT = 5, SIZE_BYTES = 8 };
    if (sample.len < HEADER || memcmp(sample.at, "\x5D\0\0", 3) != 0) return false;
    return memcmp(sample.at + SIZE_AT, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", SIZE_BYTES) == 0 || memcmp(sample.at + 10, "\0\0\0", 3) == 0;
}

/* What a format begins with. */
struct magic {
    const char *bytes;
    size_t length;
    const char *name;
};

static const char *unsupported_name(struct span sample)
{
    static const struct magic known[] = {
        {"PK\x03\x04", 4, "zip"},        {"PK\x05\x06", 4, "zip"},       {"\x28\xB5\x2F\xFD", 4, "zstd"},
        {"\xFD" "7zXZ\0", 6, "xz"},      {"BZh", 3, "bzip2"},            {"7z\xBC\xAF\x27\x1C", 6, "7z"},
        {"\x04\x22\x4D\x18", 4, "lz4"},  {"Rar!\x1A\x07", 6, "rar"},     {"PAR1", 4, "parquet"},
        {"\x1F\x8B\x08", 3, "gzip"},     {"\x1F\x9D", 2, "compress"},
        {"SQLite format 3\0", 16, "sqlite"}, {"Obj\x01", 4, "avro"},     {"%PDF-", 5, "pdf"},
        {"MSCF\0\0\0\0", 8, "cab"},     {"LZIP\x01", 5, "lzip"},        {"\x89LZO\0\r\n\x1A\n", 9, "lzop"},
        {"\xFF\x06\0\0sNaPpY", 10, "snappy"}, {"PGDMP", 5, "pgdump"},  {"ARROW1\0\0", 8, "arrow"},
        {"\x89HDF\r\n\x1A\n", 8, "hdf5"}, {"Salted__", 8, "openssl"},  {"age-encryption.org/", 19, "age"},
        {"LUKS\xBA\xBE", 6, "luks"},    {"\x02\x21\x4C\x18", 4, "lz4-legacy"},
        /* Old Excel, Word and Outlook; databases whose texts are pressed; images of disks that are packed or in pieces. */
        {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8, "ole2"}, {"\0\1\0\0Standard Jet DB", 19, "access"}, {"\0\1\0\0Standard ACE DB", 19, "access"},
        {"SEQ\6", 4, "hadoop"},         {"EVF\x09\x0D\x0A\xFF\0", 8, "ewf"}, {"QFI\xFB", 4, "qcow2"},
    };
    /* Text may begin so, too: a zero byte tells it apart. */
    static const struct magic of_letters[] = {{"ORC", 3, "orc"},    {"!BDN", 4, "pst"},      {"REDIS0", 6, "redis"},
                                              {"KDMV", 4, "vmdk"}, {"vhdxfile", 8, "vhdx"}, {"hsqs", 4, "squashfs"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!starts_with(sample, known[i].bytes, known[i].length)) continue;
        if (strcmp(known[i].name, "bzip2") == 0 && (sample.len < 10 || memcmp(sample.at + 4, "1AY&SY", 6) != 0)) continue;
        return known[i].name;
    }
    for (size_t i = 0; i < sizeof of_letters / sizeof of_letters[0]; i++)
        if (starts_with(sample, of_letters[i].bytes, of_letters[i].length) && memchr(sample.at, 0, sample.len) != NULL) return of_letters[i].name;
    if (sample.len > 262 && memcmp(sample.at + 257, "ustar", 5) == 0) return "tar";
    if (begins_lzma(sample)) return "lzma";
    return starts_with(sample, "MZ", 2) || starts_with(sample, "\x7F" "ELF", 4) ? unpacker_name(sample) : NULL;
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1B;
}

enum { CONTROLS_LOOKED_AT = 8192, TEXT_PER_CONTROL = 50 };

static bool looks_binary(struct span sample)
{
    enum { WORD = sizeof(uint64_t) };
    size_t control = 0, looked = sample.len < CONTROLS_LOOKED_AT ? sample.len : CONTROLS_LOOKED_AT, at = 0;
    for (; at + WORD <= looked; at += WORD) {
        uint64_t word;
        memcpy(&word, sample.at + at, sizeof word);
        /* Some byte below 0x20: most words of text have none. */
        if (((word - UINT64_C(0x2020202020202020)) & ~word & UINT64_C(0x8080808080808080)) == 0) continue;
        for (size_t i = 0; i < WORD; i++) control += is_control(sample.at[at + i]);
    }
    for (; at < looked; at++) control += is_control(sample.at[at]);
    return control * TEXT_PER_CONTROL > looked;
}

/* The same of what stands between zeros, eight of which in a row or more are nothing, as where a file was padded. */
static bool looks_binary_between_zeros(struct span sample)
{
    enum { PADDING_LEAST = 8 };
    size_t control = 0, text = 0, looked = sample.len < CONTROLS_LOOKED_AT ? sample.len : CONTROLS_LOOKED_AT;
    for (size_t at = 0, run; at < looked; at += run) {
        for (run = 0; at + run < looked && sample.at[at + run] == '\0'; run++) continue;
        if (run >= PADDING_LEAST) continue;
        control += run;
        text += run;
        if (run > 0) continue;
        run = 1;
        control += is_control(sample.at[at]);
        text++;
    }
    return control * TEXT_PER_CONTROL > text || text == 0;
}

bool sniff_has_cr_lines(struct span sample)
{
    size_t alone = 0, feeds = 0;
    const char *end = sample.at + sample.len, *at = sample.len > 0 ? memchr(sample.at, '\r', sample.len) : NULL;
    if (at == NULL || unsupported_name(sample) != NULL || looks_binary(sample)) return false;
    for (; at != NULL && at + 1 < end; at = memchr(at + 1, '\r', (size_t)(end - at) - 1)) alone += at[1] != '\n';
    if (alone == 0) return false;
    for (at = sample.at; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++) feeds++;
    return 2 * alone > feeds;
}

void sniff_turn_line_ends(char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] == '\r') bytes[i] = '\n';
}

/* ------------------------------------------------------------------ JSON */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name_byte(char c)
{
    return c == '_' || c == '$' || c == '.' || (unsigned char)(c - '0') <= 9 || (unsigned char)((c | 0x20) - 'a') < 26;
}

static size_t blanks_end(struct span text, size_t at)
{
    while (at < text.len && is_blank(text.at[at])) at++;
    return at;
}

/* The byte behind blanks and comments, as scripts have them. */
static size_t comments_end(struct span text, size_t at)
{
    for (;;) {
        at = blanks_end(text, at);
        if (at + 1 >= text.len || text.at[at] != '/' || (text.at[at + 1] != '/' && text.at[at + 1] != '*')) return at;
        bool is_line = text.at[at + 1] == '/';
        const char *end = memmem(text.at + at + 2, text.len - at - 2, is_line ? "\n" : "*/", is_line ? 1 : 2);
        if (end == NULL) return text.len;
        at = (size_t)(end - text.at) + (is_line ? 1 : 2);
    }
}

/* Where the first value begins in a script around it: a call of a function ("callback({...});"), an assignment ("var data = [...]"),
 * or what keeps a page from running it (")]}'", "while(1);", "for(;;);"), with comments before. The text's length where it is none. */
static size_t script_value(struct span text)
{
    static const char *const guards[] = {")]}',", ")]}'", "while(1);", "while (1);", "for(;;);", "for (;;);"};
    size_t start = comments_end(text, 0), at = start;
    for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++) {
        struct span rest = {text.at + start, text.len - start};
        if (starts_with(rest, guards[i], strlen(guards[i]))) return comments_end(text, start + strlen(guards[i]));
    }
    for (int words = 1; words <= 2; words++) { /* "var data" */
        while (at < text.len && is_name_byte(text.at[at])) at++;
        if (words == 1 && at > start && at < text.len && text.at[at] == '(') return comments_end(text, at + 1);
        at = blanks_end(text, at);
        if (at > start && at < text.len && text.at[at] == '=') return comments_end(text, at + 1);
    }
    return start;
}

/* Whether an object with a name in it begins there, or a list of some. */
static bool begins_objects(struct span text, size_t at)
{
    while (at < text.len && text.at[at] == '[') at = blanks_end(text, at + 1);
    if (at >= text.len || text.at[at] != '{') return false;
    at = blanks_end(text, at + 1);
    return at < text.len && text.at[at] == '"';
}

/* Whether the line behind the one at `at` is an object. */
static bool next_line_is_object(struct span text, size_t at)
{
    const char *newline = memchr(text.at + at, '\n', text.len - at);
    size_t next = newline == NULL ? text.len : (size_t)(newline - text.at) + 1, length = 0;
    if (!begins_objects(text, next) || text.at[next] != '{') return false;
    if (record_json_measure(text.at + next, text.len - next, &length) != JSON_WHOLE || memchr(text.at + next, '\n', length) != NULL) return false;
    for (next += length; next < text.len && text.at[next] != '\n'; next++)
        if (!is_blank(text.at[next])) return false;
    return true;
}

/* JSON that breaks within the sample, where some object in it does not. Objects that have lines to themselves are read line by line. */
static bool sniff_broken_json(struct span text, size_t at, struct layout *layout)
{
    size_t effort = 2 * text.len, length;
    if (!begins_objects(text, at) || record_json_resume(text.at + at, 1, text.len - at, &effort, &length) == text.len - at) return false;
    bool lines = text.at[at] == '{' && next_line_is_object(text, at);
    layout->format = lines ? FORMAT_NDJSON : FORMAT_JSON;
    layout->name = lines ? "ndjson" : "json";
    return true;
}

/* A script that is nothing but a value within. */
static bool sniff_script(struct span text, struct layout *layout)
{
    size_t at = script_value(text), length = 0;
    if (!begins_objects(text, at)) return false;
    enum json_form form = record_json_measure(text.at + at, text.len - at, &length);
    if (form == JSON_NOT) return sniff_broken_json(text, at, layout);
    size_t behind = form == JSON_PREFIX ? text.len : at + length;
    while (behind < text.len && (is_blank(text.at[behind]) || text.at[behind] == ')' || text.at[behind] == ';')) behind++;
    if (comments_end(text, behind) < text.len) return false;
    layout->format = FORMAT_JSON;
    layout->name = "json";
    return true;
}

/* Whether behind `at` an object or list begins on a line that another one of its lines follows: then lines are not what ends values. */
static bool has_value_of_lines(struct span text, size_t at)
{
    enum { TRIES_MAX = 16 };
    for (int tries = 0; at < text.len && tries < TRIES_MAX;) {
        size_t start = blanks_end(text, at), length = 0;
        const char *newline = start < text.len ? memchr(text.at + start, '\n', text.len - start) : NULL;
        if (newline == NULL) return false;
        size_t line = (size_t)(newline - text.at), end = line;
        while (end > start && is_blank(text.at[end - 1])) end--;
        at = line + 1;
        if ((text.at[start] != '{' && text.at[start] != '[') || memchr("{[,", text.at[end - 1], 3) == NULL) continue;
        tries++;
        enum json_form form = record_json_measure(text.at + start, text.len - start, &length);
        /* A line that breaks off says no more than that where the text ends with what may be its next line or another value. */
        bool goes_on = form == JSON_PREFIX && at < text.len && text.at[at] != '{' && text.at[at] != '[';
        if (form == JSON_WHOLE || goes_on) return true;
    }
    return false;
}

/* whole: nothing comes behind the text. */
static bool sniff_json(struct span text, bool at_end, bool whole, struct layout *layout)
{
    size_t at = blanks_end(text, 0);
    if (at == text.len) return false;
    if (text.at[at] != '{' && text.at[at] != '[') return sniff_script(text, layout);
    size_t value_length = 0;
    enum json_form form = record_json_measure(text.at + at, text.len - at, &value_length);
    if (form == JSON_NOT) return sniff_broken_json(text, at, layout);
    if (form == JSON_PREFIX && at_end && text.len < 2) return false;
    layout->format = FORMAT_JSON;
    layout->name = "json";
    if (form == JSON_PREFIX) return true;
    /* One value a line, and more than one value: lines are units that cannot harm each other. */
    bool one_line = memchr(text.at + at, '\n', value_length) == NULL;
    size_t behind = at + value_length;
    while (behind < text.len && (text.at[behind] == ' ' || text.at[behind] == '\r' || text.at[behind] == '\t')) behind++;
    bool line_ends = behind == text.len || text.at[behind] == '\n';
    if (one_line && line_ends && !has_value_of_lines(text, behind)) {
        /* A list on one line that is all there is, is read like any other line. */
        behind = blanks_end(text, behind);
        layout->format = FORMAT_NDJSON;
        layout->name = whole && behind == text.len && text.at[at] == '[' ? "json" : "ndjson";
        return true;
    }
    return text.at[at] == '{' || behind == text.len || text.at[behind] == '\n' || text.at[behind] == '{';
}

/* ------------------------------------------------------------------ delimited text */

/* Rows of the sample, counted without shapes. */
struct probe {
    struct span text;
    size_t at;
    char delimiter;
};

/* The end of the field that begins at `at`: its delimiter, line end, or the end. */
static size_t field_end(const struct probe *probe, size_t at)
{
    const char *bytes = probe->text.at;
    if (at < probe->text.len && bytes[at] == '"') {
        size_t i = at + 1;
        for (; i < probe->text.len; i++) {
            if (bytes[i] != '"') continue;
            if (i + 1 < probe->text.len && bytes[i + 1] == '"') {
                i++;
                continue;
            }
            break;
        }
        char after = i + 1 < probe->text.len ? bytes[i + 1] : '\n';
        if (i < probe->text.len && (after == probe->delimiter || after == '\n' || after == '\r')) return i + 1;
    }
    while (at < probe->text.len && bytes[at] != probe->delimiter && bytes[at] != '\n') at++;
    return at;
}

/* The next row; cells (up to cell_max) without quotes and carriage returns. Returns their count, 0 at the end. */
static size_t probe_next(struct probe *probe, struct span *cells, size_t cell_max, size_t *row_start)
{
    const char *bytes = probe->text.at;
    if (probe->at >= probe->text.len) return 0;
    *row_start = probe->at;
    for (size_t count = 0;;) {
        size_t end = field_end(probe, probe->at);
        struct span cell = {bytes + probe->at, end - probe->at};
        bool last = end >= probe->text.len || bytes[end] != probe->delimiter;
        if (last && cell.len > 0 && cell.at[cell.len - 1] == '\r') cell.len--;
        if (cell.len >= 2 && cell.at[0] == '"' && cell.at[cell.len - 1] == '"') cell.at++, cell.len -= 2;
        if (count < cell_max) cells[count] = cell;
        count++;
        probe->at = end + 1;
        if (!last) continue;
        const char *newline = end < probe->text.len ? memchr(bytes + end, '\n', probe->text.len - end) : NULL;
        probe->at = newline == NULL ? probe->text.len : (size_t)(newline - bytes) + 1;
        return count;
    }
}

struct fit {
    char delimiter;
    size_t columns; /* of most rows */
    size_t rows, agreeing;
};

/* The commonest width above one among the first rows, and how many rows have it. The sample's last row may be cut. */
static struct fit fit_delimiter(struct span text, bool at_end, char delimiter)
{
    size_t widths[ROWS_LOOKED_AT], count = 0, row_start;
    struct probe probe = {text, 0, delimiter};
    struct span cell;
    while (count < ROWS_LOOKED_AT) {
        size_t width = probe_next(&probe, &cell, 1, &row_start);
        if (width == 0) break;
        if (probe.at >= text.len && !at_end && count > 0) break;
        if (width == 1 && cell.len == 0) continue;
        widths[count++] = width;
    }
    struct fit fit = {delimiter, 0, count, 0};
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;
        for (size_t k = 0; k < count; k++) same += widths[k] == widths[i];
        if (widths[i] > 1 && (same > fit.agreeing || (same == fit.agreeing && widths[i] > fit.columns)))
            fit.agreeing = same, fit.columns = widths[i];
    }
    return fit;
}

static bool has_letter(struct span cell)
{
    for (size_t i = 0; i < cell.len; i++) {
        unsigned char c = (unsigned char)cell.at[i];
        if (c >= 0x80 || (unsigned char)((c | 0x20) - 'a') < 26) return true;
    }
    return false;
}

/* Statements may have as many commas as the rows behind them. */
static bool is_statement(struct span cell)
{
    static const char verb[] = "insert into ";
    return cell.len >= sizeof verb - 1 && strncasecmp(cell.at, verb, sizeof verb - 1) == 0;
}

/* A name: not empty, with a letter, not too long, and without the digits and colons that values have. */
static bool is_name(struct span cell)
{
    size_t digits = 0, colons = 0;
    for (size_t i = 0; i < cell.len; i++) digits += (unsigned char)(cell.at[i] - '0') <= 9, colons += cell.at[i] == ':';
    return colons < 2 && !is_statement(cell) && cell.len > 0 && cell.len <= CELL_NAME_MAX && has_letter(cell) && (digits <= 3 || digits * 4 <= cell.len) &&
           memchr(cell.at, '=', cell.len) == NULL && memchr(cell.at, '{', cell.len) == NULL;
}

/* Whether a cell holds what names do not: five digits in a row, or as many within a word that is as long as an identifier. */
static bool holds_value(struct span cell)
{
    enum { DIGITS_LEAST = 5, WORD_LEAST = 11 };
    size_t word = 0, digits = 0, run = 0;
    for (size_t i = 0; i < cell.len; i++) {
        unsigned char c = (unsigned char)cell.at[i];
        bool digit = (unsigned char)(c - '0') <= 9;
        word = digit || (unsigned char)((c | 0x20) - 'a') < 26 ? word + 1 : 0;
        run = digit ? run + 1 : 0;
        digits = word == 0 ? 0 : digits + digit;
        if (run >= DIGITS_LEAST || (digits >= DIGITS_LEAST && word >= WORD_LEAST)) return true;
    }
    return false;
}

static bool any_holds_value(const struct span *cells, size_t count)
{
    size_t i = 0;
    while (i < count && i < COLUMNS_LOOKED_AT && !holds_value(cells[i])) i++;
    return i < count && i < COLUMNS_LOOKED_AT;
}

/* How much a row looks like a header: 2 a known name among names, 1 names only, 0 not. */
static int header_likeness(const struct span *cells, size_t count, const struct name_source *names)
{
    size_t name_count = 0, empty = 0, known = 0;
    size_t looked = count < COLUMNS_LOOKED_AT ? count : COLUMNS_LOOKED_AT;
    for (size_t i = 0; i < looked; i++) {
        empty += cells[i].len == 0;
        name_count += is_name(cells[i]);
    }
    bool enough = (name_count + empty) * 10 >= looked * 8;
    for (size_t i = 0; i < looked && enough && known == 0; i++)
        known += cells[i].len > 0 && cells[i].len <= CELL_NAME_MAX && names->known(names->context, cells[i]);
    if (known > 0) return 2;
    return name_count == looked ? 1 : 0;
}

/* Whether later rows hold something that the header's own cells do not: digits where it has names. Without a row nothing tells a
 * header of unknown names from a sentence. */
static bool data_differs(struct span text, char delimiter, size_t from, const struct span *header, size_t columns)
{
    struct probe probe = {text, from, delimiter};
    struct span cells[COLUMNS_LOOKED_AT];
    size_t row_start;
    for (int row = 0; row < 16; row++) {
        size_t count = probe_next(&probe, cells, COLUMNS_LOOKED_AT, &row_start);
        if (count == 0) return false;
        for (size_t i = 0; i < count && i < columns && i < COLUMNS_LOOKED_AT; i++)
            if (cells[i].len > 0 && !is_name(cells[i]) && is_name(header[i])) return true;
    }
    return false;
}

/* A row that is taken for a header is in no unit: one that holds a value is none where its names are not known, or no row follows. */
static void find_header(struct span text, const struct name_source *names, struct layout *layout)
{
    struct probe probe = {text, 0, layout->delimiter};
    struct span cells[COLUMNS_LOOKED_AT];
    for (int row = 0; row < PREAMBLE_ROWS_MAX; row++) {
        size_t start;
        size_t count = probe_next(&probe, cells, COLUMNS_LOOKED_AT, &start);
        if (count == 0) return;
        int likeness = header_likeness(cells, count, names);
        bool wide = count == layout->column_count;
        if (likeness > 0 && (likeness == 1 || probe.at >= text.len) && any_holds_value(cells, count)) likeness = 0;
        bool first = row == 0 && likeness == 1 && data_differs(text, layout->delimiter, probe.at, cells, count);
        if (!wide || (likeness < 2 && !first)) continue;
        layout->has_header = true;
        layout->header_start = start;
        layout->header_end = probe.at;
        return;
    }
}

/* Whether any of the first rows behind the header is as wide as it, but for an empty cell that one of them ends in; a table
 * without a row is one too. */
static bool early_row_fits(struct span text, const struct layout *layout)
{
    enum { EARLY_ROWS = 8 };
    struct span cells[COLUMNS_LOOKED_AT];
    struct probe probe = {text, layout->header_start, layout->delimiter};
    size_t start, columns = probe_next(&probe, cells, COLUMNS_LOOKED_AT, &start);
    bool spare = columns > 2 && columns <= COLUMNS_LOOKED_AT && cells[columns - 1].len == 0;
    for (int row = 0; row < EARLY_ROWS; row++) {
        size_t width = probe_next(&probe, cells, COLUMNS_LOOKED_AT, &start);
        if (width == columns || (width == 0 && row == 0) || (spare && width + 1 == columns)) return true;
        if (width == columns + 1 && width <= COLUMNS_LOOKED_AT && cells[width - 1].len == 0) return true;
        if (width == 0) return false;
    }
    return false;
}

/* Whether the row at `at` heads a table: names, two of them or more that the roles know, above a row as wide. */
static bool row_heads_table(struct span text, size_t at, char delimiter, const struct name_source *names, struct layout *layout)
{
    enum { KNOWN_LEAST = 2 };
    struct span cells[COLUMNS_LOOKED_AT];
    struct probe probe = {text, at, delimiter};
    size_t known = 0, count = probe_next(&probe, cells, COLUMNS_LOOKED_AT, &layout->header_start);
    if (count < KNOWN_LEAST || count > COLUMNS_LOOKED_AT || header_likeness(cells, count, names) < 2) return false;
    for (size_t k = 0; k < count && known < KNOWN_LEAST; k++)
        known += cells[k].len > 0 && cells[k].len <= CELL_NAME_MAX && names->known(names->context, cells[k]);
    layout->delimiter = delimiter;
    layout->column_count = count;
    layout->header_end = probe.at;
    layout->has_header = true;
    return known >= KNOWN_LEAST && !any_holds_value(cells, count) && early_row_fits(text, layout);
}

/* Names that the roles know, in the very first line: no more needs to be looked at. */
static bool sniff_known_header(struct span text, const struct name_source *names, struct layout *layout)
{
    size_t line = sniff_first_line(text).len, text_start = layout->text_start;
    for (size_t i = 0; line > 0 && i < sizeof delimiters; i++) {
        if (!row_heads_table(text, 0, delimiters[i], names, layout) || layout->header_end != line) continue;
        layout->by_first_line = true;
        layout->format = FORMAT_CSV;
        layout->name = "csv";
        return true;
    }
    *layout = (struct layout){.format = FORMAT_TEXT, .name = "text", .text_start = text_start};
    return false;
}

/* The same in a line further down, where so few rows follow that most lines may be as wide as others: a row and a line that
 * counts it, remarks above a table of one customer. */
static bool sniff_inner_header(struct span text, const struct name_source *names, struct layout *layout)
{
    enum { ROWS_ABOVE_MAX = 8 };
    size_t at = 0;
    for (int row = 0; row < ROWS_ABOVE_MAX && at < text.len; row++) {
        for (size_t i = 0; i < sizeof delimiters; i++)
            if (row_heads_table(text, at, delimiters[i], names, layout) && layout->header_end < text.len) return true;
        const char *newline = memchr(text.at + at, '\n', text.len - at);
        at = newline == NULL ? text.len : (size_t)(newline - text.at) + 1;
    }
    return false;
}

/* A single column under a known name. */
static bool sniff_one_column(struct span text, const struct name_source *names, struct layout *layout)
{
    struct probe probe = {text, 0, NO_DELIMITER};
    struct span cell;
    size_t start;
    if (probe_next(&probe, &cell, 1, &start) != 1 || cell.len == 0 || cell.len > CELL_NAME_MAX) return false;
    if (!is_name(cell) || !names->known(names->context, cell) || probe.at >= text.len) return false;
    for (size_t i = 0; i < sizeof delimiters; i++)
        if (memchr(cell.at, delimiters[i], cell.len) != NULL) return false;
    layout->delimiter = NO_DELIMITER;
    layout->column_count = 1;
    layout->has_header = true;
    layout->header_end = probe.at;
    return true;
}

/* Sentences and key=value pairs that happen to have as many commas in every line are text. */
static bool reads_like_text(struct span text, const struct layout *layout)
{
    struct probe probe = {text, 0, layout->delimiter};
    struct span cells[COLUMNS_LOOKED_AT];
    size_t row_start, blanks = 0, pairs = 0;
    size_t count = probe_next(&probe, cells, COLUMNS_LOOKED_AT, &row_start);
    for (size_t i = 0; i < count && i < COLUMNS_LOOKED_AT; i++)
        for (size_t k = 0; k < cells[i].len; k++) blanks += cells[i].at[k] == ' ', pairs += cells[i].at[k] == '=';
    return pairs >= count || blanks >= 2 * count;
}

/* The delimiter that a line for Excel names; '\0': there is none. */
static char declared_delimiter(struct span text)
{
    size_t quoted = text.len > 0 && text.at[0] == '"';
    if (text.len < 2 * quoted + 6 || strncasecmp(text.at + quoted, "sep=", 4) != 0) return '\0';
    char delimiter = text.at[quoted + 4], behind = text.at[quoted + 5 + quoted];
    bool ends = (!quoted || text.at[quoted + 5] == '"') && (behind == '\r' || behind == '\n');
    return ends && delimiter != '"' && delimiter != '\n' && delimiter != '\r' ? delimiter : '\0';
}

/* declared: the delimiter, where the text says which it is; else 0. */
static bool sniff_csv(struct span text, bool at_end, char declared, const struct name_source *names, struct layout *layout)
{
    struct fit best = {0};
    for (size_t i = 0; i < (declared != '\0' ? 1 : sizeof delimiters); i++) {
        struct fit fit = fit_delimiter(text, at_end, declared != '\0' ? declared : delimiters[i]);
        if (fit.columns < 2 || fit.agreeing * 100 < fit.rows * AGREEING_PERCENT) {
            /* A preamble may be as long as a short table: then the wide rows must at least be most. */
            if (fit.columns < 4 || fit.agreeing * 2 < fit.rows) continue;
        }
        if (fit.agreeing * fit.columns > best.agreeing * best.columns) best = fit;
    }
    layout->delimiter = best.delimiter;
    layout->column_count = best.columns;
    if (best.columns >= 2) find_header(text, names, layout);
    bool table = best.columns >= 2 && (layout->has_header || (best.rows >= 2 && !reads_like_text(text, layout)));
    if (!table) {
        size_t text_start = layout->text_start;
        bool inner = sniff_inner_header(text, names, layout);
        if (!inner) *layout = (struct layout){.text_start = text_start};
        if (!inner && !sniff_one_column(text, names, layout)) return false;
    }
    layout->format = FORMAT_CSV;
    layout->name = "csv";
    return true;
}

/* How many bytes lie before the last of the lines with # that a text begins with: what it says has no say in what is a column. */
static size_t comments_length(struct span text)
{
    size_t at = 0, last = 0;
    while (at < text.len && text.at[at] == '#') {
        const char *newline = memchr(text.at + at, '\n', text.len - at);
        if (newline == NULL) break;
        last = at;
        at = (size_t)(newline - text.at) + 1;
    }
    return last;
}

/* Text, which begins at layout->text_start of the sample, is FORMAT_TEXT unless it is more. whole: the sample is shorter than it may be. */
static void sniff_text(struct span text, bool at_end, bool whole, const struct name_source *names, struct layout *layout)
{
    /* Not at_end: of an object as long as a sample, only larger blocks know that it ends there. */
    bool json = text.len > 0 && sniff_json(text, at_end, whole, layout);
    if (!json && record_xml_sniff(text.at, text.len)) {
        layout->format = FORMAT_XML;
        layout->name = "xml";
        return;
    }
    if (!json && record_listing_sniff(text.at, text.len)) {
        layout->format = FORMAT_LISTING;
        layout->name = "listing";
        return;
    }
    const char declared = declared_delimiter(text);
    size_t preface = declared != '\0' ? sniff_first_line(text).len : comments_length(text);
    struct span table = {text.at + preface, text.len - preface};
    bool is_known = text.len > 0 && !json && preface == 0 && sniff_known_header(text, names, layout);
    if (text.len == 0 || json || (!is_known && !sniff_csv(table, at_end, declared, names, layout))) {
        if (layout->format != FORMAT_TEXT && layout->format != FORMAT_EMPTY) return;
        size_t text_start = layout->text_start;
        *layout = (struct layout){.format = FORMAT_TEXT, .name = "text", .text_start = text_start};
        return;
    }
    if (!layout->has_header) return;
    layout->header_start += layout->text_start + preface;
    layout->header_end += layout->text_start + preface;
}

/* The text between zeros, as where a file was padded or the power failed while it was written: it is taken for what it is where that is a
 * table with a header, or JSON. */
static bool sniff_padded(struct span text, bool at_end, const struct name_source *names, struct layout *layout)
{
    size_t start = 0;
    while (start < text.len && text.at[start] == '\0') start++;
    struct span inner = {text.at + start, text.len - start};
    while (inner.len > 0 && inner.at[inner.len - 1] == '\0') inner.len--;
    if (inner.len == 0 || looks_binary_between_zeros(inner)) return false;
    struct layout found = {.format = FORMAT_TEXT, .name = "text", .text_start = layout->text_start + start};
    sniff_text(inner, at_end, false, names, &found);
    if (found.format != FORMAT_NDJSON && found.format != FORMAT_JSON && !(found.format == FORMAT_CSV && found.has_header)) return false;
    *layout = found;
    return true;
}

void sniff(struct span sample, bool at_end, const struct name_source *names, struct layout *layout)
{
    *layout = (struct layout){.format = FORMAT_TEXT, .name = "text"};
    if (sample.len == 0) {
        layout->format = FORMAT_EMPTY;
        layout->name = "empty";
        return;
    }
    const char *unsupported = unsupported_name(sample);
    if (unsupported != NULL) {
        layout->format = FORMAT_UNSUPPORTED;
        layout->name = unsupported;
        return;
    }
    struct span text = sample;
    if (starts_with(sample, "\xEF\xBB\xBF", 3)) text.at += 3, text.len -= 3, layout->text_start = 3;
    if (sql_begins(text, &layout->backslash)) { /* strings of a dump may hold any bytes */
        layout->format = FORMAT_SQL;
        layout->name = "sql";
        return;
    }
    /* What breaks off where the power failed may end in zeros. */
    if (!record_xml_is_declared(text.at, text.len) && looks_binary(text)) {
        if (sniff_padded(text, at_end, names, layout)) return;
        bool unread = photo_has_position(text);
        layout->format = unread ? FORMAT_UNSUPPORTED : FORMAT_BINARY;
        layout->name = unread ? "exif" : "binary";
        return;
    }
    sniff_text(text, at_end, sample.len < SNIFF_BYTES, names, layout);
}

struct span sniff_first_line(struct span sample)
{
    enum { FIRST_LINE_MAX = 4096 };
    if (starts_with(sample, "\xEF\xBB\xBF", 3)) sample.at += 3, sample.len -= 3;
    size_t looked = sample.len < FIRST_LINE_MAX ? sample.len : FIRST_LINE_MAX;
    const char *newline = looked > 0 ? memchr(sample.at, '\n', looked) : NULL;
    sample.len = newline == NULL ? 0 : (size_t)(newline - sample.at) + 1;
    return sample;
}

bool sniff_same_layout(struct span sample, const struct layout *layout)
{
    struct span line = sniff_first_line(sample);
    size_t mark = (size_t)(line.at - sample.at);
    if (mark != layout->text_start || unsupported_name(sample) != NULL) return false;
    struct span text = {sample.at + mark, sample.len - mark};
    struct layout of_text = *layout;
    of_text.header_start -= mark;
    of_text.header_end -= mark;
    return !looks_binary(text) && early_row_fits(text, &of_text);
}

void layout_describe(const struct layout *layout, char *text, size_t text_size)
{
    const char *delimiter = layout->delimiter == ','    ? "comma"
                            : layout->delimiter == ';'  ? "semicolon"
                            : layout->delimiter == '\t' ? "tab"
                            : layout->delimiter == '|'  ? "pipe"
                            : layout->column_count > 1  ? "another delimiter"
                                                        : "one column";
    text[0] = '\0';
    if (layout->format == FORMAT_SQL && strcmp(layout->name, "sql") == 0) snprintf(text, text_size, "strings with %s", layout->backslash ? "backslash escapes" : "doubled quotes");
    if (layout->format != FORMAT_CSV) return;
    snprintf(text, text_size, "%s, %s, %zu columns", delimiter, layout->has_header ? "header" : "no header", layout->column_count);
}
