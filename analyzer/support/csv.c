/* csv.c: libcsv, fed with one physical line after another, so that its place is known. Lines without quotes, which are most, are
 * split here at several times its speed; a test holds both equal.
 *
 * Quirks   libcsv tells no place of a line, skips blank ones in silence, and reads on from an error as if nothing had been:
 *          it is reset there and goes on with the next line. It copies every cell into one buffer, which the next cell
 *          overwrites. csv_fini with no callbacks is the reset, with options that do not ask it to fail
 */
#include "csv.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_NOT_BEGUN = 0, CELL_BEGUN = 2 }; /* of libcsv's pstate */

struct csv {
    struct csv_parser parser;
    struct csv_told told;
    uint64_t line;  /* the physical line that is being fed */
    uint64_t began; /* where the line began whose cells are being told */
    bool within;    /* some of its cells were told */
    char delimiter;
    bool after_cr;  /* a CR has ended a line; what follows is its LF or another line */
};

static void line_begin(struct csv *csv)
{
    if (!csv->after_cr) return;
    csv->after_cr = false;
    csv->began = ++csv->line;
}

static void cell_tell(void *bytes, size_t length, void *context)
{
    struct csv *csv = context;
    line_begin(csv);
    csv->within = true;
    csv->told.cell(csv->told.context, bytes != NULL ? bytes : "", length);
}

/* Blank lines come here too (CSV_REPALL_NL), so that CRs are counted. */
static void line_tell(int ended_by, void *context)
{
    struct csv *csv = context;
    if (ended_by == '\r') line_begin(csv);
    csv->after_cr = ended_by == '\r';
    if (csv->within) csv->told.line(csv->told.context, csv->began, false);
    csv->within = false;
}

enum status csv_open(char delimiter, const struct csv_told *told, struct csv **csv, struct fault *fault)
{
    *csv = NULL;
    struct csv *made = calloc(1, sizeof *made);
    if (made == NULL || csv_init(&made->parser, CSV_STRICT | CSV_REPALL_NL) != 0) {
        free(made);
        return fault_set(fault, STATUS_FATAL, "no memory for a CSV reader");
    }
    csv_set_delim(&made->parser, (unsigned char)delimiter);
    made->delimiter = delimiter;
    made->told = *told;
    *csv = made;
    return STATUS_OK;
}

void csv_close(struct csv *csv)
{
    if (csv == NULL) return;
    csv_free(&csv->parser);
    free(csv);
}

/* ------------------------------------------------------------------ lines without quotes */

static bool blank(char byte, char delimiter)
{
    return (byte == ' ' || byte == '\t') && byte != delimiter;
}

static void plain_cell_tell(struct csv *csv, const char *from, const char *to)
{
    bool bare = from < to && (unsigned char)*from > ' ' && (unsigned char)to[-1] > ' '; /* as most are */
    while (!bare && from < to && blank(*from, csv->delimiter)) from++;
    while (!bare && to > from && blank(to[-1], csv->delimiter)) to--;
    csv->told.cell(csv->told.context, from, (size_t)(to - from));
}

/* The highest bit of each byte of a word that is 0 there, and no other bit. */
static uint64_t zero_bytes(uint64_t word)
{
    const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
    return ~(((word & low) + low) | word | low);
}

static uint64_t word_read(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* One physical line without its end. */
static void plain_line_tell(struct csv *csv, const char *at, const char *end)
{
    const uint64_t delimiters = (unsigned char)csv->delimiter * UINT64_C(0x0101010101010101);
    const char *cell = at;
    while (at < end && blank(*at, csv->delimiter)) at++;
    if (at == end) return;
    for (at = cell; at + 8 <= end; at += 8) {
        for (uint64_t found = zero_bytes(word_read(at) ^ delimiters); found != 0; found &= found - 1) {
            const char *to = at + __builtin_ctzll(found) / 8;
            plain_cell_tell(csv, cell, to);
            cell = to + 1;
        }
    }
    for (; at < end; at++) {
        if (*at != csv->delimiter) continue;
        plain_cell_tell(csv, cell, at);
        cell = at + 1;
    }
    plain_cell_tell(csv, cell, end);
    csv->told.line(csv->told.context, csv->line, false);
}

/* ------------------------------------------------------------------ other lines */

/* What was told of the line so far means nothing; the next one begins as if it were the first. */
static void line_drop(struct csv *csv)
{
    csv_fini(&csv->parser, NULL, NULL, NULL);
    csv->within = false;
    csv->told.line(csv->told.context, csv->began, true);
}

/* Feeds one physical line. */
static enum status line_feed(struct csv *csv, const char *bytes, size_t count, struct fault *fault)
{
    csv->after_cr = false;
    if (csv->parser.pstate == LINE_NOT_BEGUN) csv->began = csv->line;
    size_t taken = csv_parse(&csv->parser, bytes, count, cell_tell, line_tell, csv);
    if (taken < count && csv_error(&csv->parser) != CSV_EPARSE)
        return fault_set(fault, STATUS_FATAL, "no memory for a cell of a CSV file");
    if (taken < count || csv->parser.pstate != LINE_NOT_BEGUN) line_begin(csv);
    if (taken < count) line_drop(csv);
    return STATUS_OK;
}

/* The first such byte from `at` on; found is kept from call to call. */
static const char *next_byte(const char *at, const char *end, char byte, const char *found)
{
    if (found >= at) return found;
    found = memchr(at, byte, (size_t)(end - at));
    return found != NULL ? found : end;
}

enum status csv_read(struct csv *csv, const char *bytes, size_t count, uint64_t *line_count, struct fault *fault)
{
    enum status status = STATUS_OK;
    const char *end = bytes + count, *quote = NULL, *cr = NULL;
    csv->line = 0;
    csv->within = false;
    for (const char *at = bytes, *next; at < end && status == STATUS_OK; at = next, csv->line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        next = newline != NULL ? newline + 1 : end;
        quote = next_byte(at, end, '"', quote);
        cr = next_byte(at, end, '\r', cr);
        bool plain = newline != NULL && quote >= next && csv->parser.pstate == LINE_NOT_BEGUN;
        if (plain && cr >= newline) plain_line_tell(csv, at, newline);
        else if (plain && cr == newline - 1) plain_line_tell(csv, at, cr);
        else status = line_feed(csv, at, (size_t)(next - at), fault);
    }
    *line_count = csv->line;
    csv->after_cr = false;
    if (csv->parser.pstate == CELL_BEGUN && csv->parser.quoted != 0) line_drop(csv);
    else csv_fini(&csv->parser, cell_tell, line_tell, csv);
    return status;
}

/* ------------------------------------------------------------------ whole lines */

/* Whether a cell may begin at `at`: in front of it stands a delimiter or the end of a line, but for blanks. */
static bool cell_begins(const char *bytes, size_t at, char delimiter)
{
    while (at > 0 && blank(bytes[at - 1], delimiter)) at--;
    return at == 0 || bytes[at - 1] == delimiter || bytes[at - 1] == '\n' || bytes[at - 1] == '\r';
}

enum quoted { QUOTED_WHOLE, QUOTED_OPEN, QUOTED_DAMAGED };

/* Goes over a cell whose opening quote stands in front of *at: behind its closing quote and blanks, or where it is wrong. */
static enum quoted quoted_skip(const char *bytes, size_t count, char delimiter, size_t *at)
{
    for (size_t i = *at;;) {
        const char *quote = memchr(bytes + i, '"', count - i);
        if (quote == NULL) return QUOTED_OPEN;
        i = (size_t)(quote - bytes) + 1;
        if (i < count && bytes[i] == '"') {
            i++;
            continue;
        }
        while (i < count && blank(bytes[i], delimiter)) i++;
        if (i == count) return QUOTED_OPEN;
        *at = i;
        return bytes[i] == delimiter || bytes[i] == '\n' || bytes[i] == '\r' ? QUOTED_WHOLE : QUOTED_DAMAGED;
    }
}

size_t csv_whole_lines(const char *bytes, size_t count, char delimiter)
{
    size_t whole = 0; /* the bytes before are whole lines */
    for (size_t at = 0;;) {
        const char *quote = at < count ? memchr(bytes + at, '"', count - at) : NULL;
        size_t plain = quote != NULL ? (size_t)(quote - bytes) : count;
        const char *newline = plain > at ? memrchr(bytes + at, '\n', plain - at) : NULL;
        if (newline != NULL) whole = (size_t)(newline - bytes) + 1;
        if (quote == NULL) return whole;
        at = plain;
        enum quoted quoted = QUOTED_DAMAGED;
        if (cell_begins(bytes, plain, delimiter)) {
            at = plain + 1;
            quoted = quoted_skip(bytes, count, delimiter, &at);
        }
        if (quoted == QUOTED_OPEN) return whole;
        if (quoted == QUOTED_WHOLE) continue;
        newline = memchr(bytes + at, '\n', count - at);
        if (newline == NULL) return whole;
        whole = at = (size_t)(newline - bytes) + 1;
    }
}
