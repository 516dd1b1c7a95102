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
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { CELLS_TOGETHER = 64, ENDS_BYTES = 64 };
enum { LINE_NOT_BEGUN = 0, CELL_BEGUN = 2 }; /* of libcsv's pstate */

struct csv {
    struct csv_parser parser;
    struct csv_told told;
    uint64_t line;  /* the physical line that is being fed */
    uint64_t began; /* where the line began whose cells are being told */
    bool within;    /* some of its cells were told */
    char delimiter;
    bool after_cr;  /* a CR has ended a line; what follows is its LF or another line */
    size_t cell_count;
    struct span cells[CELLS_TOGETHER + ENDS_BYTES]; /* of a line without quotes, that are to be told */
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

static void cells_tell(struct csv *csv)
{
    const struct csv_told *told = &csv->told;
    if (told->cells != NULL) told->cells(told->context, csv->cells, csv->cell_count);
    for (size_t i = 0; told->cells == NULL && i < csv->cell_count; i++) {
        const char *from = csv->cells[i].at, *to = from + csv->cells[i].len;
        while (from < to && blank(*from, csv->delimiter)) from++;
        while (to > from && blank(to[-1], csv->delimiter)) to--;
        told->cell(told->context, from, (size_t)(to - from));
    }
    csv->cell_count = 0;
}

static inline void cell_take(struct csv *csv, const char *from, const char *to)
{
    if (csv->cell_count == CELLS_TOGETHER) cells_tell(csv);
    csv->cells[csv->cell_count++] = (struct span){from, (size_t)(to - from)};
}

/* Which of the next bytes are a byte: a bit for each, the lowest for the first. */
#ifdef __SSE2__
enum { STEP_BYTES = 16 };
static inline unsigned step_find(const char *at, char byte)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte)));
}
#else
enum { STEP_BYTES = 8 };
static inline unsigned step_find(const char *at, char byte)
{
    const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
    uint64_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    word ^= (unsigned char)byte * UINT64_C(0x0101010101010101);
    uint64_t found = ~(((word & low) + low) | word | low); /* the highest bit of each byte that is 0 */
    return (unsigned)((found >> 7) * UINT64_C(0x0102040810204080) >> 56);
}
#endif

/* Where in 64 bytes, or as many as are left, cells end: at delimiters, and at line feeds, at which lines end, too. */
struct ends {
    uint64_t cells, lines;
};

static inline struct ends ends_find(const char *at, size_t left, char delimiter)
{
    struct ends found = {0, 0};
    char last[ENDS_BYTES];
    if (left < ENDS_BYTES) {
        memset(last, 0, sizeof last);
        at = memcpy(last, at, left);
    }
    for (unsigned i = 0; i < ENDS_BYTES; i += STEP_BYTES) {
        found.cells |= (uint64_t)step_find(at + i, delimiter) << i;
        found.lines |= (uint64_t)step_find(at + i, '\n') << i;
    }
    if (left < ENDS_BYTES) found.cells &= (UINT64_C(1) << left) - 1; /* NUL may be the delimiter */
    return found;
}

static bool all_blank(const struct csv *csv, const char *at, const char *end)
{
    while (at < end && blank(*at, csv->delimiter)) at++;
    return at == end;
}

/* A line that is being split, of which some cells may have been told. */
struct splitting {
    struct span *next; /* where its next cell goes */
    const char *cell;  /* where that begins */
    bool begun;        /* some were told */
};

/* Cells that end at delimiters among 64 bytes, of which there is room for all. */
static inline void cells_split(struct splitting *splitting, const char *at, uint64_t delimiters)
{
    struct span *next = splitting->next;
    const char *cell = splitting->cell;
    for (; delimiters != 0; delimiters &= delimiters - 1) {
        const char *to = at + __builtin_ctzll(delimiters);
        *next++ = (struct span){cell, (size_t)(to - cell)};
        cell = to + 1;
    }
    splitting->next = next;
    splitting->cell = cell;
}

static inline void some_cells_tell(struct csv *csv, struct splitting *splitting)
{
    csv->cell_count = (size_t)(splitting->next - csv->cells);
    cells_tell(csv);
    splitting->next = csv->cells;
    splitting->begun = true;
}

/* The last cell of a line, and the line. One without a delimiter may be blank. */
static inline void line_end(struct csv *csv, struct splitting *splitting, const char *end)
{
    bool blank_line = !splitting->begun && splitting->next == csv->cells && all_blank(csv, splitting->cell, end);
    if (!blank_line) {
        *splitting->next++ = (struct span){splitting->cell, (size_t)(end - splitting->cell)};
        some_cells_tell(csv, splitting);
        csv->told.line(csv->told.context, csv->line, false);
    }
    csv->line++;
    *splitting = (struct splitting){csv->cells, end + 1, false};
}

/* Physical lines, each with a line feed and without CR: one walk over their bytes. */
static void plain_lines_tell(struct csv *csv, const char *at, const char *end)
{
    struct splitting splitting = {csv->cells, at, false};
    for (; at < end; at += ENDS_BYTES) {
        struct ends found = ends_find(at, (size_t)(end - at), csv->delimiter);
        for (; found.lines != 0; found.lines &= found.lines - 1) {
            uint64_t before = (found.lines & -found.lines) - 1;
            cells_split(&splitting, at, found.cells & before);
            found.cells &= ~before;
            line_end(csv, &splitting, at + __builtin_ctzll(found.lines));
        }
        cells_split(&splitting, at, found.cells);
        if (splitting.next - csv->cells >= CELLS_TOGETHER) some_cells_tell(csv, &splitting);
    }
}

/* One physical line without its end. */
static void plain_line_tell(struct csv *csv, const char *at, const char *end)
{
    const char *cell = at;
    if (all_blank(csv, at, end)) return;
    for (; at + STEP_BYTES <= end; at += STEP_BYTES) {
        for (unsigned found = step_find(at, csv->delimiter); found != 0; found &= found - 1) {
            const char *to = at + __builtin_ctz(found);
            cell_take(csv, cell, to);
            cell = to + 1;
        }
    }
    for (; at < end; at++) {
        if (*at != csv->delimiter) continue;
        cell_take(csv, cell, at);
        cell = at + 1;
    }
    cell_take(csv, cell, end);
    cells_tell(csv);
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

/* Behind the last line feed before `end`; newline is the first. */
static const char *lines_end(const char *newline, const char *end)
{
    return (const char *)memrchr(newline, '\n', (size_t)(end - newline)) + 1;
}

enum status csv_read(struct csv *csv, const char *bytes, size_t count, uint64_t *line_count, struct fault *fault)
{
    enum status status = STATUS_OK;
    const char *end = bytes + count, *quote = NULL, *cr = NULL;
    csv->line = 0;
    csv->within = false;
    for (const char *at = bytes, *next; at < end && status == STATUS_OK; at = next) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        next = newline != NULL ? newline + 1 : end;
        quote = next_byte(at, end, '"', quote);
        cr = next_byte(at, end, '\r', cr);
        bool plain = newline != NULL && quote >= next && csv->parser.pstate == LINE_NOT_BEGUN;
        if (plain && cr >= next) {
            next = lines_end(newline, quote < cr ? quote : cr);
            plain_lines_tell(csv, at, next);
            continue;
        }
        if (plain && cr == newline - 1) plain_line_tell(csv, at, cr);
        else status = line_feed(csv, at, (size_t)(next - at), fault);
        csv->line++;
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
