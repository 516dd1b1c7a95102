#include "record_csv.h"

#include <string.h>

#include "bits.h"

/* Whether what follows a closing quote at `quote` lets it close its field. */
enum closing { CLOSES, STRAY, UNDECIDED };

static enum closing closing_at(const char *bytes, size_t length, size_t quote, char delimiter,
                               bool at_end)
{
    size_t next = quote + 1;
    if (next >= length) return at_end ? CLOSES : UNDECIDED;
    if (bytes[next] == delimiter || bytes[next] == '\n') return CLOSES;
    if (bytes[next] != '\r') return STRAY;
    if (next + 1 >= length) return at_end ? CLOSES : UNDECIDED;
    return bytes[next + 1] == '\n' ? CLOSES : STRAY;
}

/* Finds the quote that closes the field opened at `open`. */
static enum closing closing_find(const char *bytes, size_t length, size_t open, char delimiter,
                                 bool at_end, size_t *close)
{
    size_t at = open + 1;
    for (;;) {
        size_t limit = length - open > CSV_QUOTED_MAX ? open + CSV_QUOTED_MAX : length;
        const char *quote = at < limit ? memchr(bytes + at, '"', limit - at) : NULL;
        if (quote == NULL) return at_end || limit < length ? STRAY : UNDECIDED;
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
        enum closing closing = closing_find(bytes, length, quote, delimiter, at_end, &close);
        if (closing == UNDECIDED) return cut;
        if (closing == CLOSES) at = close + 1;
    }
}

/* Where the next field of a row goes, and how many found no room. */
struct fields_out {
    struct csv_field *next, *end;
    size_t beyond;
};

static inline void field_add(struct fields_out *out, size_t start, size_t end, bool quoted)
{
    if (out->next == out->end) {
        out->beyond++;
        return;
    }
    out->next->start = (uint32_t)start;
    out->next->end = (uint32_t)end;
    out->next->quoted = quoted;
    out->next++;
}

static inline bool row_end(struct csv_rows *rows, struct csv_row *row, const struct fields_out *out,
                           size_t end, size_t next)
{
    row->start = rows->at;
    row->end = end;
    row->field_count = (size_t)(out->next - rows->fields) + out->beyond;
    rows->at = next;
    return true;
}

bool csv_next(struct csv_rows *rows, struct csv_row *row)
{
    if (rows->at >= rows->length) return false;
    const char *bytes = rows->bytes;
    size_t start = rows->at, length = rows->length;
    const char delimiter = rows->delimiter;
    struct fields_out out = {rows->fields, rows->fields + rows->fields_max, 0};
    const struct shape_word *words = rows->words;
    size_t base = start & ~(size_t)63; /* of the word in hand */
    uint64_t bits = words[base / 64].special & ~UINT64_C(0) << start % 64;
    size_t field = start;
    for (;;) {
        while (bits == 0) {
            base += 64;
            if (base >= length) goto at_end;
            bits = words[base / 64].special;
        }
        size_t at = base + (size_t)__builtin_ctzll(bits);
        bits &= bits - 1;
        if (bytes[at] == delimiter) {
            field_add(&out, field, at, false);
            field = at + 1;
            continue;
        }
        if (bytes[at] == '"') {
            size_t close;
            if (at != field || closing_find(bytes, length, at, delimiter, true, &close) != CLOSES)
                continue;
            field_add(&out, field + 1, close, true);
            size_t after = close + 1;
            if (after < length && bytes[after] == '\r' &&
                (after + 1 == length || bytes[after + 1] == '\n'))
                after++;
            if (after >= length || bytes[after] == '\n')
                return row_end(rows, row, &out, close + 1, after + 1);
            field = after + 1; /* behind the delimiter */
            base = field & ~(size_t)63;
            if (field >= length) goto at_end;
            bits = words[base / 64].special & ~UINT64_C(0) << field % 64;
            continue;
        }
        size_t end = at > start && bytes[at - 1] == '\r' ? at - 1 : at;
        field_add(&out, field, end > field ? end : field, false);
        return row_end(rows, row, &out, end, at + 1);
    }
at_end:;
    size_t end = length > start && bytes[length - 1] == '\r' ? length - 1 : length;
    field_add(&out, field, end > field ? end : field, false);
    return row_end(rows, row, &out, end, length);
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
