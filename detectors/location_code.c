/* location_code.c: the codes by their name. */
#include "location_code.h"

const struct code_name code_names[] = {
    {"geohash", CODE_GEOHASH, false},    {"ghash", CODE_GEOHASH, false},     {"gh", CODE_GEOHASH, true},
    {"h3", CODE_H3, true},               {"h3index", CODE_H3, false},        {"h3cell", CODE_H3, false},
    {"h3id", CODE_H3, false},            {"h3address", CODE_H3, false},      {"h3hex", CODE_H3, false},
    {"s2", CODE_S2, true},               {"s2token", CODE_S2, false},        {"s2cell", CODE_S2, false},
    {"s2cellid", CODE_S2, false},        {"s2id", CODE_S2, false},           {"s2celltoken", CODE_S2, false},
    {"mgrs", CODE_MGRS, false},          {"usng", CODE_MGRS, false},         {"utm", CODE_UTM, true},
    {"utmcoordinate", CODE_UTM, false},  {"utmcoordinates", CODE_UTM, false}, {"pluscode", CODE_OLC, false},
    {"olc", CODE_OLC, true},             {"openlocationcode", CODE_OLC, false}, {"avlgps", CODE_AVL, false},
    {"polyline", CODE_POLYLINE, false},  {"polyline5", CODE_POLYLINE, false}, {"polyline6", CODE_POLYLINE_6, false},
    {"points", CODE_POLYLINE, true},     {"geometry", CODE_POLYLINE, true},  {"encodedpath", CODE_POLYLINE, false},
};
const size_t code_name_count = sizeof code_names / sizeof *code_names;

static bool around(char character)
{
    return character == ' ' || character == '\t' || character == '\r' || character == '\n' || character == '"' ||
           character == '\'';
}

static struct span trimmed(struct span text)
{
    while (text.len > 0 && around(text.at[0])) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && around(text.at[text.len - 1])) text.len--;
    return text;
}

enum reason code_judge(enum location_code code, struct span text, struct position *position)
{
    static enum reason (*const readers[CODE_CELLS])(struct span, struct code_place *) = {
        [CODE_OLC] = olc_read, [CODE_GEOHASH] = geohash_read, [CODE_MGRS] = mgrs_read,
        [CODE_UTM] = utm_read, [CODE_H3] = h3_read,           [CODE_S2] = s2_read,     [CODE_AVL] = avl_read,
        [CODE_OLC_NAMED] = olc_named_read, [CODE_H3_NAMED] = h3_named_read,
    };
    struct code_place place;
    if (code >= CODE_CELLS || readers[code] == NULL) return REASON_FORM;
    enum reason reason = readers[code](trimmed(text), &place);
    if (reason == REASON_NONE) reason = position_judge(place.latitude, place.longitude, true, position);
    if (reason == REASON_NONE) position->grade = GRADE_LIKELY;
    return reason;
}
