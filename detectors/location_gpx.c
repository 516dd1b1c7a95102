/* location_gpx.c: elements of GPX, KML, GML and GeoRSS.
 *
 * Source     GPX 1.1 schema (wptType); OGC 12-007r2 (KML), 16.10; Google's gx:coord; OGC 07-036 (GML), 10.1;
 *            GeoRSS Simple; OpenStreetMap node
 * confirmed  each position of an element; KML has the longitude first
 * Refused    gx:coord with commas; rings of polygons and bounds are areas, and no positions
 */
#include "notation.h"

#include <string.h>

enum { TAG_BYTES_MAX = 512, RING_BYTES = 32 };

enum form { FORM_ATTRIBUTES, FORM_TUPLES, FORM_LONGITUDE_FIRST, FORM_LATITUDE_FIRST };

static const struct tag {
    const char *name;
    enum form form;
} tags[] = {
    {"trkpt", FORM_ATTRIBUTES},          {"rtept", FORM_ATTRIBUTES},       {"wpt", FORM_ATTRIBUTES},
    {"node", FORM_ATTRIBUTES},           {"coordinates", FORM_TUPLES},     {"gx:coord", FORM_LONGITUDE_FIRST},
    {"gml:pos", FORM_LATITUDE_FIRST},    {"pos", FORM_LATITUDE_FIRST},     {"georss:point", FORM_LATITUDE_FIRST},
    {"kml:coordinates", FORM_TUPLES},
};

static const struct tag *tag_of(struct span text, size_t at)
{
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        if (!notation_has(text, at + 1, tags[i].name)) continue;
        char after = notation_byte(text, at + 1 + strlen(tags[i].name));
        if (after == '>' || notation_blank(after)) return &tags[i];
    }
    return NULL;
}

static bool trigger(struct span text, size_t at)
{
    return tag_of(text, at) != NULL;
}

/* The index behind a tag; 0 where it does not end, or ends as one without content. */
static size_t tag_end(struct span text, size_t at)
{
    size_t reach = text.len - at < TAG_BYTES_MAX ? text.len - at : TAG_BYTES_MAX;
    const char *end = memchr(text.at + at, '>', reach);
    return end == NULL ? 0 : (size_t)(end - text.at) + 1;
}

/* The number of name="..." within [at, end). */
static bool attribute_read(struct span text, size_t at, size_t end, const char *name, struct coordinate *value)
{
    size_t len = strlen(name);
    *value = (struct coordinate){0, 0, false};
    for (; at + len + 2 < end; at++) {
        if (!notation_blank(text.at[at]) || !notation_has(text, at + 1, name)) continue;
        size_t index = notation_blanks(text, at + 1 + len);
        if (notation_byte(text, index) != '=') continue;
        index = notation_blanks(text, index + 1);
        while (notation_byte(text, index) == '\\') index++; /* within a quoted string */
        char quote = notation_byte(text, index);
        if (quote != '"' && quote != '\'') return false;
        size_t number = notation_blanks(text, index + 1), behind = notation_number(text, number, value);
        behind = notation_blanks(text, behind);
        char after = notation_byte(text, behind);
        return behind > number && (after == quote || after == '\\');
    }
    return false;
}

static size_t attributes_find(struct notation_search *search, size_t at)
{
    struct coordinate latitude, longitude;
    size_t end = tag_end(search->text, at);
    if (end == 0) end = search->text.len - at < TAG_BYTES_MAX ? search->text.len : at + TAG_BYTES_MAX;
    bool both = attribute_read(search->text, at, end, "lat", &latitude) && attribute_read(search->text, at, end, "lon", &longitude);
    if (!both) return at + 1;
    notation_judge(search, at, end, latitude, longitude, GRADE_CONFIRMED);
    return end;
}

static bool is_ring(struct span text, size_t at)
{
    size_t reach = at < RING_BYTES ? at : RING_BYTES;
    return memmem(text.at + at - reach, reach, "<LinearRing", strlen("<LinearRing")) != NULL;
}

/* "lon,lat[,alt]" tuples with blanks between them, up to the next tag. */
static size_t tuples_find(struct notation_search *search, size_t at, size_t index)
{
    struct span text = search->text;
    const char *close = memchr(text.at + index, '<', text.len - index);
    size_t end = close == NULL ? text.len : (size_t)(close - text.at);
    if (is_ring(text, at)) {
        notation_tell(search, at, end, REASON_FORM, NULL);
        return end;
    }
    struct span inside = {text.at, end};
    for (index = notation_blanks(inside, index); index < end; index = notation_blanks(inside, index)) {
        struct coordinate longitude, latitude, height;
        size_t start = index, next = notation_number(inside, index, &longitude);
        if (next == index || notation_byte(inside, next) != ',') break;
        index = notation_number(inside, next + 1, &latitude);
        if (index == next + 1) break;
        if (notation_byte(inside, index) == ',') index = notation_number(inside, index + 1, &height);
        if (index < end && !notation_blank(inside.at[index])) break;
        notation_judge(search, start, index, latitude, longitude, GRADE_CONFIRMED);
    }
    return index > at ? index : at + 1;
}

/* Two numbers with blanks between them, perhaps a third, and nothing else in the element. */
static size_t numbers_find(struct notation_search *search, size_t at, size_t start, bool longitude_first)
{
    struct span text = search->text;
    struct coordinate numbers[3] = {{0, 0, false}, {0, 0, false}, {0, 0, false}};
    size_t index = notation_blanks(text, start), count = 0;
    while (count < 3) {
        size_t end = notation_number(text, index, &numbers[count]);
        if (end == index) break;
        count++;
        if (end < text.len && text.at[end] != '<' && !notation_blank(text.at[end])) count = 0;
        index = notation_blanks(text, end);
        if (count == 0) break;
    }
    if (index < text.len && text.at[index] != '<') count = 0;
    if (count < 2) {
        const char *close = memchr(text.at + start, '<', text.len - start);
        notation_tell(search, at, close == NULL ? text.len : (size_t)(close - text.at), REASON_FORM, NULL);
        return search->taken;
    }
    if (longitude_first) notation_judge(search, at, index, numbers[1], numbers[0], GRADE_CONFIRMED);
    else notation_judge(search, at, index, numbers[0], numbers[1], GRADE_CONFIRMED);
    return index;
}

static size_t find(struct notation_search *search, size_t at)
{
    enum form form = tag_of(search->text, at)->form;
    if (form == FORM_ATTRIBUTES) return attributes_find(search, at);
    size_t start = tag_end(search->text, at);
    if (start == 0) return at + 1;
    if (form == FORM_TUPLES) return tuples_find(search, at, start);
    return numbers_find(search, at, start, form == FORM_LONGITUDE_FIRST);
}

const struct notation notation_gpx = {"gpx", "GPX 1.1; OGC 12-007r2 (KML); OGC 07-036 (GML); GeoRSS Simple", "<",
                                      "cgkptrwnCGP", false, trigger, find};
