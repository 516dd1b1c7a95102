/* location_iso6709.c: the string of ISO 6709.
 *
 * Source   ISO 6709:2008, annex H; QuickTime writes longitudes of degrees with two digits
 * likely   a signed latitude, a signed longitude, perhaps a height and a reference system, and '/'
 * Unit     the number of integer digits says it: 2 degrees, 4 with minutes, 6 with seconds; one more for longitudes
 * Refused  other reference systems; without '/' it could be a telephone number and is nothing
 */
#include "notation.h"

#include <string.h>

#include "datum.h"

enum { STRING_BYTES_MAX = 64, LATITUDE_DIGITS = 2, LONGITUDE_DIGITS = 3, INTEGERS_MAX = 7 };

static bool is_sign(char byte)
{
    return byte == '+' || byte == '-';
}

static bool is_of_string(char byte)
{
    return is_sign(byte) || byte == '.' || notation_digit(byte) || notation_letter(byte) || byte == '_';
}

static bool trigger(struct span text, size_t at)
{
    if (notation_digit(notation_byte(text, at + 2))) return false;
    size_t signs = 0;
    for (size_t i = at; i > 0 && at - i < STRING_BYTES_MAX && is_of_string(text.at[i - 1]) && signs < 2; i--)
        signs += is_sign(text.at[i - 1]);
    return signs >= 2;
}

/* A sign, digits of which the last are of the unit that their number says, and a fraction. */
static size_t axis_read(struct span text, size_t index, size_t degree_digits, struct coordinate *value)
{
    struct coordinate parts[3] = {{0, 0, false}, {0, 0, false}, {0, 0, false}};
    size_t at = index + 1, integers = 0;
    if (!is_sign(notation_byte(text, index))) return index;
    while (notation_digit(notation_byte(text, at + integers))) integers++;
    bool short_longitude = degree_digits == LONGITUDE_DIGITS && integers < LONGITUDE_DIGITS;
    if (integers == 0 || integers > INTEGERS_MAX) return index;
    if (short_longitude) degree_digits = integers;
    if (integers < degree_digits || (integers - degree_digits) % 2 != 0) return index;
    size_t count = 1 + (integers - degree_digits) / 2, end = at + integers;
    if (notation_byte(text, end) == '.' && notation_digit(notation_byte(text, end + 1)))
        for (end++; notation_digit(notation_byte(text, end));) end++;
    for (size_t i = 0; i < count; i++) {
        size_t digits = i == 0 ? degree_digits : 2;
        parts[i] = coordinate_read((struct span){text.at + at, i + 1 == count ? (size_t)(text.at + end - (text.at + at)) : digits});
        at += digits;
    }
    *value = coordinate_of_angle(parts, text.at[index] == '-');
    return end;
}

enum crs { CRS_WGS84, CRS_TOKYO, CRS_OTHER };

/* "CRSWGS_84"; nothing means the same. Names end in a digit, as all of these do. */
static size_t crs_read(struct span text, size_t index, enum crs *crs)
{
    static const char *const known[] = {"wgs_84", "wgs84", "jgd2000", "jgd2011", "epsg4326", "epsg_4326"};
    *crs = CRS_WGS84;
    if (!notation_has(text, index, "crs")) return index;
    bool tokyo = notation_has(text, index + 3, "epsg4301") || notation_has(text, index + 3, "epsg_4301");
    *crs = tokyo ? CRS_TOKYO : CRS_OTHER;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (notation_has(text, index + 3, known[i])) *crs = CRS_WGS84;
    while (notation_letter(notation_byte(text, index)) || notation_digit(notation_byte(text, index)) || notation_byte(text, index) == '_')
        index++;
    return index;
}

/* The whole string from an index to the '/' at the end. */
static bool string_find(struct notation_search *search, size_t start, size_t slash)
{
    struct coordinate latitude, longitude, height;
    enum crs crs;
    struct span text = {search->text.at, slash};
    size_t second = axis_read(text, start, LATITUDE_DIGITS, &latitude);
    if (second == start) return false;
    size_t index = axis_read(text, second, LONGITUDE_DIGITS, &longitude);
    if (index == second) return false;
    if (is_sign(notation_byte(text, index))) index = notation_number(text, index, &height);
    index = crs_read(text, index, &crs);
    if (index != slash) return false;
    if (!latitude.valid || !longitude.valid) {
        notation_tell(search, start, slash + 1, REASON_OUT_OF_RANGE, NULL);
    } else if (crs == CRS_OTHER) {
        notation_tell(search, start, slash + 1, REASON_OTHER_KIND, NULL);
    } else {
        if (crs == CRS_TOKYO) datum_from_tokyo(&latitude, &longitude);
        notation_judge(search, start, slash + 1, latitude, longitude, GRADE_LIKELY);
    }
    return true;
}

static size_t find(struct notation_search *search, size_t at)
{
    size_t start = at + 1;
    while (start > search->taken && at + 1 - start < STRING_BYTES_MAX && is_of_string(search->text.at[start - 1])) start--;
    for (; start < at; start++) {
        if (!is_sign(search->text.at[start]) || (start > 0 && notation_word(search->text.at[start - 1]))) continue;
        if (string_find(search, start, at + 1)) return search->taken;
    }
    return at + 1;
}

const struct notation notation_iso6709 = {"iso6709", "ISO 6709:2008, annex H", "0-9", "/", false, trigger, find};
