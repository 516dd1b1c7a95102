#include "record_csv.h"

#include <string.h>

#include "bits.h"

enum { WORD_BITS = CSV_FIELDS_AT_ONCE };

/* Whether what follows a closing quote at `quote` lets it close its field. */
static enum csv_closing closing_at(const char *bytes, size_t length, size_t quote, char delimiter,
                               bool at_end)
{
    size_t next = quote + 1;
    if (next >= length) return at_end ? CSV_CLOSES : CSV_UNDECIDED;
    if (bytes[next] == delimiter || bytes[next] == '\n') return CSV_CLOSES;
    if (bytes[next] != '\r') return CSV_STRAY;
    if (next + 1 >= length) return at_end ? CSV_CLOSES : CSV_UNDECIDED;
    return bytes[next + 1] == '\n' ? CSV_CLOSES : CSV_STRAY;
}

enum csv_closing csv_closing_find(const char *bytes, size_t length, size_t open, char delimiter, bool at_end, size_t *close)
{
    size_t at = open + 1;
    for (;;) {
        size_t limit = length - open > CSV_QUOTED_MAX ? open + CSV_QUOTED_MAX : length;
        const char *quote = at < limit ? memchr(bytes + at, '"', limit - at) : NULL;
        *close = limit;
        if (quote == NULL) return at_end || limit < length ? CSV_STRAY : CSV_UNDECIDED;
        at = (size_t)(quote - bytes);
        if (at + 1 < length && bytes[at + 1] == '"') {
            at += 2;
            continue;
        }
        *close = at;
        return closing_at(bytes, length, at, delimiter, at_end);
    }
}

static size_t last_line_end(const char *bytes, size_t from, size_t to)
{
    const char *newline = to > from ? memrchr(bytes + from, '\n', to - from) : NULL;
    return newline == NULL ? 0 : (size_t)(newline - bytes) + 1;
}

size_t csv_cut(const char *bytes, size_t length, char delimiter, bool at_end)
{
    if (at_end) return length;
    size_t at = 0, cut = 0;
    for (;;) {
        const char *found = at < length ? memchr(bytes + at, '"', length - at) : NULL;
        size_t quote = found == NULL ? length : (size_t)(found - bytes);
        size_t line_end = last_line_end(bytes, at, quote);
        if (line_end > 0) cut = line_end;
        if (found == NULL) return cut;
        at = quote + 1;
        bool opens = quote == 0 || bytes[quote - 1] == delimiter || bytes[quote - 1] == '\n';
        if (!opens) continue;
        size_t close;
        enum csv_closing closing = csv_closing_find(bytes, length, quote, delimiter, at_end, &close);
        if (closing == CSV_UNDECIDED) return cut;
        if (closing == CSV_CLOSES) at = close + 1;
    }
}

size_t csv_row_end(const char *bytes, size_t length, char delimiter, bool at_end)
{
    size_t newline = 0;
    for (size_t at = 0, close;;) {
        if (newline < at || at == 0) {
            const char *found = at < length ? memchr(bytes + at, '\n', length - at) : NULL;
            newline = found == NULL ? length : (size_t)(found - bytes);
        }
        const char *found = at < newline ? memchr(bytes + at, '"', newline - at) : NULL;
        if (found == NULL) return newline < length ? newline + 1 : at_end ? length : 0;
        size_t quote = (size_t)(found - bytes);
        at = quote + 1;
        if (quote > 0 && bytes[quote - 1] != delimiter) continue;
        enum csv_closing closing = csv_closing_find(bytes, length, quote, delimiter, at_end, &close);
        if (closing == CSV_UNDECIDED) return 0;
        if (closing == CSV_CLOSES) at = close + 1;
    }
}

/* Where the next bound of a row goes, and how many found no room. */
struct bounds_out {
    uint32_t *next, *end;
    size_t beyond;
    uint32_t last; /* of those beyond */
};

/* The field in hand ends before `end`. */
static inline void field_end(struct bounds_out *out, size_t end)
{
    if (out->next < out->end) {
        *out->next++ = (uint32_t)end + 1;
        return;
    }
    out->beyond++;
    out->last = (uint32_t)end + 1;
}

static inline size_t field_begin(const struct bounds_out *out)
{
    return out->beyond > 0 ? out->last : out->next[-1];
}

/* Ends fields at the delimiters of one word. */
static inline void delimiters_take(struct bounds_out *out, size_t base, uint64_t delimiters)
{
    if (out->end - out->next < WORD_BITS) {
        for (; delimiters != 0; delimiters &= delimiters - 1)
            field_end(out, base + (size_t)__builtin_ctzll(delimiters));
        return;
    }
    uint32_t *next = out->next, behind = (uint32_t)base + 1;
    for (; delimiters != 0; delimiters &= delimiters - 1) *next++ = behind + (uint32_t)__builtin_ctzll(delimiters);
    out->next = next;
}

static inline bool row_end(struct csv_rows *rows, struct csv_row *row, struct bounds_out *out, size_t end, size_t next)
{
    field_end(out, end);
    row->start = rows->at;
    row->end = end;
    row->field_count = (size_t)(out->next - rows->bounds) - 1 + out->beyond;
    rows->at = next;
    return true;
}

/* Where a field that opens with a quote ends, if that closes; 0: the quote is a character like any other. */
static size_t quoted_end(struct csv_rows *rows, struct csv_row *row, const struct bounds_out *out, size_t quote)
{
    size_t close, field = (size_t)(out->next - rows->bounds) - 1;
    if (csv_closing_find(rows->bytes, rows->length, quote, rows->delimiter, true, &close) != CSV_CLOSES) {
        if (close == rows->length && rows->unclosed == 0) rows->unclosed = quote + 1;
        return 0;
    }
    if (!row->has_quoted) memset(rows->quoted, 0, rows->fields_max * sizeof *rows->quoted);
    row->has_quoted = true;
    if (field < rows->fields_max) rows->quoted[field] = true;
    return close + 1;
}

bool csv_next(struct csv_rows *rows, struct csv_row *row)
{
    if (rows->at >= rows->length) return false;
    const char *bytes = rows->bytes;
    size_t start = rows->at, length = rows->length, base = start & ~(size_t)(WORD_BITS - 1);
    struct bounds_out out = {rows->bounds + 1, rows->bounds + 1 + rows->fields_max, 0, 0};
    rows->bounds[0] = (uint32_t)start;
    row->has_quoted = false;
    uint64_t ahead = ~UINT64_C(0) << start % WORD_BITS; /* what of the word in hand is still to be read */
    for (;;) {
        const struct shape_word *word = &rows->words[base / WORD_BITS];
        uint64_t special = word->special & ahead, stops = (word->newline | word->quote) & ahead;
        delimiters_take(&out, base, special & ~stops & (stops - 1));
        if (stops == 0) {
            base += WORD_BITS;
            ahead = ~UINT64_C(0);
            if (base >= length) break;
            continue;
        }
        size_t at = base + (size_t)__builtin_ctzll(stops);
        size_t end = at > start && bytes[at - 1] == '\r' ? at - 1 : at;
        if (bytes[at] == '\n') return row_end(rows, row, &out, end, at + 1);

        end = at == field_begin(&out) ? quoted_end(rows, row, &out, at) : 0;
        if (end == 0) {
            ahead = ~(stops ^ (stops - 1)); /* behind this quote */
            continue;
        }
        size_t after = end;
        if (after < length && bytes[after] == '\r' && (after + 1 == length || bytes[after + 1] == '\n')) after++;
        if (after >= length || bytes[after] == '\n') return row_end(rows, row, &out, end, after + 1);
        field_end(&out, end);
        base = (end + 1) & ~(size_t)(WORD_BITS - 1);
        ahead = ~UINT64_C(0) << (end + 1) % WORD_BITS;
        if (end + 1 >= length) break;
    }
    return row_end(rows, row, &out, length > start && bytes[length - 1] == '\r' ? length - 1 : length, length);
}

size_t csv_unquote(struct span field, char *out)
{
    size_t length = 0;
    for (size_t i = 0; i < field.len; i++) {
        out[length++] = field.at[i];
        if (field.at[i] == '"' && i + 1 < field.len && field.at[i + 1] == '"') i++;
    }
    return length;
}
