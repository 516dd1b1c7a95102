#include "record_listing.h"

#include <string.h>

#include "json_put.h"

enum { LINES_LOOKED_AT = 200, LINES_LEAST = 4, COLUMN_LEAST = 12, COLUMN_MOST = 64, AGREEING_PERCENT = 80 };

static struct span line_at(const char *bytes, size_t length, size_t at)
{
    const char *newline = memchr(bytes + at, '\n', length - at);
    return (struct span){bytes + at, newline == NULL ? length - at : (size_t)(newline - bytes) - at};
}

static struct span trimmed(struct span text)
{
    while (text.len > 0 && memchr(" \t\r", text.at[0], 3) != NULL) text.at++, text.len--;
    while (text.len > 0 && memchr(" \t\r", text.at[text.len - 1], 3) != NULL) text.len--;
    return text;
}

static bool is_heading(struct span line)
{
    return line.len >= 8 && memcmp(line.at, "========", 8) == 0;
}

/* The place of the colon that ends a name, with a blank on either side; 0: there is none. */
static size_t colon_of(struct span line)
{
    for (size_t i = 1; i < line.len && i <= COLUMN_MOST; i++)
        if (line.at[i] == ':' && line.at[i - 1] == ' ' && (i + 1 == line.len || line.at[i + 1] == ' ' || line.at[i + 1] == '\r')) return i;
    return 0;
}

bool record_listing_sniff(const char *bytes, size_t length)
{
    size_t column = 0, lines = 0, agreeing = 0;
    for (size_t at = 0; at < length && lines < LINES_LOOKED_AT;) {
        struct span line = line_at(bytes, length, at);
        bool is_last = at + line.len >= length;
        at += line.len + 1;
        if (trimmed(line).len == 0 || is_heading(line) || (is_last && lines > LINES_LEAST)) continue;
        size_t colon = colon_of(line);
        if (column == 0) column = colon;
        if (lines == 0 && colon < COLUMN_LEAST) return false;
        lines++;
        agreeing += colon == column;
    }
    return lines >= LINES_LEAST && agreeing * 100 >= lines * AGREEING_PERCENT;
}

size_t record_listing_end(const char *bytes, size_t length, size_t at)
{
    bool any = false;
    while (at < length) {
        struct span line = line_at(bytes, length, at);
        bool is_blank = trimmed(line).len == 0;
        if (any && is_heading(line)) return at;
        size_t behind = at + line.len + 1 < length ? at + line.len + 1 : length;
        if (any && is_blank) return behind;
        any |= !is_blank;
        at = behind;
    }
    return length;
}

size_t record_listing_cut(const char *bytes, size_t length)
{
    size_t cut = 0;
    for (size_t at = 0, end; at < length && (end = record_listing_end(bytes, length, at)) < length; at = end) cut = end;
    return cut;
}

static bool has_name(struct span unit, const char *name)
{
    for (size_t at = 0; at < unit.len;) {
        struct span line = line_at(unit.at, unit.len, at), own = trimmed((struct span){line.at, colon_of(line)});
        if (own.len == strlen(name) && memcmp(own.at, name, own.len) == 0) return true;
        at += line.len + 1;
    }
    return false;
}

bool record_listing_json(struct span unit, struct bytes *json)
{
    bool any = false, has_both = has_name(unit, "GPS Latitude") && has_name(unit, "GPS Longitude");
    for (size_t at = 0; at < unit.len;) {
        struct span line = line_at(unit.at, unit.len, at), whole = trimmed(line);
        at += line.len + 1;
        if (whole.len == 0) continue;
        if (!any && !json_put_raw(json, "{", 1)) return false;
        any = true;
        size_t colon = is_heading(line) ? 0 : colon_of(line);
        struct span name = trimmed((struct span){line.at, colon}), value = trimmed((struct span){line.at + colon + 1, line.len - (colon + 1)});
        if (colon == 0) name = (struct span){"line", 4}, value = whole;
        /* exiftool says once more together what it has said of either. */
        if (has_both && name.len == 12 && memcmp(name.at, "GPS Position", 12) == 0) continue;
        if (!json_put_member(json, name, value)) return false;
    }
    return !any || json_put_raw(json, "}", 1);
}
