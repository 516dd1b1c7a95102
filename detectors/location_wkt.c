/* location_wkt.c: points of databases, as text and as bytes in hexadecimal digits.
 *
 * Source     OGC 06-103r4, 7 and 8 (WKT, WKB); PostGIS manual, 4.1 (EWKT, EWKB)
 * confirmed  POINT with the longitude first; SRID 4326, 4979, 4612, 6668 or none; 4301 is converted
 * Refused    other reference systems; a comma between the numbers
 */
#include "notation.h"

#include <string.h>

#include "datum.h"

enum { SRID_NONE = 0, SRID_WGS84 = 4326, SRID_TOKYO = 4301, SRID_BYTES = 5, CALL_BYTES = 16 };

static bool srid_is_degrees(uint32_t srid)
{
    return srid == SRID_NONE || srid == SRID_WGS84 || srid == 4979 || srid == 4612 || srid == 6668 || srid == SRID_TOKYO;
}

static void point_tell(struct notation_search *search, size_t start, size_t end, uint32_t srid, struct coordinate latitude,
                       struct coordinate longitude)
{
    if (!srid_is_degrees(srid)) {
        notation_tell(search, start, end, REASON_OTHER_KIND, NULL);
        return;
    }
    if (srid == SRID_TOKYO) datum_from_tokyo(&latitude, &longitude);
    notation_judge(search, start, end, latitude, longitude, GRADE_CONFIRMED);
}

/* --- text ------------------------------------------------------------------------------------- */

/* The index of "POINT" before the bracket at an index; text.len for none. */
static size_t word_before(struct span text, size_t bracket)
{
    size_t at = bracket;
    while (at > 0 && text.at[at - 1] == ' ') at--;
    for (const char *letter = "mz"; *letter != '\0'; letter++)
        if (at > 0 && (text.at[at - 1] | 0x20) == *letter) at--;
    while (at > 0 && text.at[at - 1] == ' ') at--;
    const size_t len = strlen("point");
    if (at < len || !notation_has(text, at - len, "point")) return text.len;
    at -= len;
    return at > 0 && notation_word(text.at[at - 1]) ? text.len : at;
}

static bool trigger(struct span text, size_t at)
{
    return word_before(text, at + 1) < text.len;
}

static uint32_t digits_before(struct span text, size_t end, size_t *start)
{
    uint32_t value = 0, place = 1;
    size_t at = end;
    for (; at > 0 && end - at < SRID_BYTES && notation_digit(text.at[at - 1]); at--) {
        value += place * (uint32_t)(text.at[at - 1] - '0');
        place *= 10;
    }
    *start = at;
    return value;
}

/* "SRID=4326;" before the word. */
static uint32_t srid_before(struct span text, size_t word, size_t *start)
{
    size_t at = word, digits;
    while (at > 0 && text.at[at - 1] == ' ') at--;
    if (at == 0 || text.at[at - 1] != ';') return SRID_NONE;
    uint32_t srid = digits_before(text, at - 1, &digits);
    const size_t len = strlen("srid=");
    if (digits < len || !notation_has(text, digits - len, "srid=")) return SRID_NONE;
    *start = digits - len;
    return srid;
}

/* "', 4326)" behind the text of a function. */
static uint32_t srid_behind(struct span text, size_t end)
{
    uint32_t srid = 0;
    if (notation_byte(text, end) != '\'') return SRID_NONE;
    size_t at = notation_blanks(text, end + 1);
    if (notation_byte(text, at) != ',') return SRID_NONE;
    at = notation_blanks(text, at + 1);
    for (size_t i = 0; i < SRID_BYTES && notation_digit(notation_byte(text, at)); i++)
        srid = srid * 10 + (uint32_t)(text.at[at++] - '0');
    return srid;
}

/* MySQL 8 reads ST_GeomFromText with 4326 latitude first; only what has no other meaning is taken so. */
static bool is_swapped(struct span text, size_t word, uint32_t srid, struct coordinate second)
{
    size_t reach = word < CALL_BYTES ? 0 : word - CALL_BYTES;
    struct span before = {text.at + reach, word - reach};
    return srid == SRID_WGS84 && second.value_e7 > INT64_C(90) * DEGREE_E7 &&
           memmem(before.at, before.len, "GeomFromText", strlen("GeomFromText")) != NULL;
}

static size_t find(struct notation_search *search, size_t at)
{
    struct span text = search->text;
    struct coordinate first, second, more;
    size_t word = word_before(text, at + 1), start = word, index = notation_blanks(text, at + 2);
    uint32_t srid = srid_before(text, word, &start);
    if (start < search->taken) return at + 1;
    size_t end = notation_number(text, index, &first);
    if (end == index) return at + 1;
    index = notation_blanks(text, end);
    size_t gap = index - end;
    end = notation_number(text, index, &second);
    bool pair = gap > 0 && end > index;
    for (int i = 0; i < 2; i++) {
        index = notation_blanks(text, end);
        if (index > end) end = notation_number(text, index, &more);
    }
    index = notation_blanks(text, end);
    bool closed = notation_byte(text, index) == ')';
    if (!pair || !closed) {
        const char *close = memchr(text.at + index, ')', text.len - index);
        notation_tell(search, start, close == NULL ? index : (size_t)(close - text.at) + 1, REASON_FORM, NULL);
        return search->taken;
    }
    uint32_t behind = srid_behind(text, index + 1);
    if (srid == SRID_NONE) srid = behind;
    if (is_swapped(text, word, behind, second)) point_tell(search, start, index + 1, srid, first, second);
    else point_tell(search, start, index + 1, srid, second, first);
    return index + 1;
}

const struct notation notation_wkt = {"wkt", "OGC 06-103r4, 7.2.2; PostGIS EWKT", "tTzZmM ", "(", false, trigger, find};

/* --- hexadecimal digits ------------------------------------------------------------------------ */

enum {
    HEX_ORDER = 2,  /* digits of the byte order */
    HEX_TYPE = 8,   /* of a 32-bit number */
    HEX_DOUBLE = 16,
    TYPE_POINT = 1
};

static const uint32_t FLAG_Z = UINT32_C(0x80000000), FLAG_M = UINT32_C(0x40000000), FLAG_SRID = UINT32_C(0x20000000);

static int hex_digit(char byte)
{
    if (notation_digit(byte)) return byte - '0';
    unsigned letter = ((unsigned char)byte | 0x20u) - (unsigned)'a';
    return letter < 6 ? (int)letter + 10 : -1;
}

/* A number of so many hexadecimal digits in either byte order. False for other characters. */
static bool hex_read(const char *at, size_t digits, bool little, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < digits; i += 2) {
        const char *pair = at + (little ? digits - 2 - i : i);
        int high = hex_digit(pair[0]), low = hex_digit(pair[1]);
        if (high < 0 || low < 0) return false;
        *value = *value << 8 | (unsigned)(high * 16 + low);
    }
    return true;
}

static bool wkb_trigger(struct span text, size_t at)
{
    if (at + HEX_ORDER + HEX_TYPE > text.len) return false;
    const char *type = text.at + at + HEX_ORDER;
    bool little = text.at[at + 1] == '1';
    return memcmp(little ? type : type + HEX_TYPE - 6, little ? "010000" : "000001", 6) == 0;
}

/* To seven decimals, half away from zero. */
static struct coordinate double_read(uint64_t bits)
{
    struct coordinate number = {0, 7, false};
    double value;
    memcpy(&value, &bits, sizeof value);
    number.valid = value > -1e9 && value < 1e9; /* which a NaN is not */
    if (!number.valid) return number;
    value *= DEGREE_E7;
    number.value_e7 = (int64_t)(value < 0 ? value - 0.5 : value + 0.5);
    /* Whole degrees and tenths stay what they were when they were written. */
    for (int64_t rest = number.value_e7; number.decimals > 0 && rest % 10 == 0; rest /= 10) number.decimals--;
    return number;
}

static size_t wkb_find(struct notation_search *search, size_t at)
{
    struct span text = search->text;
    bool little = text.at[at + 1] == '1';
    size_t end = at;
    while (hex_digit(notation_byte(text, end)) >= 0) end++;
    if ((at > 0 && notation_word(text.at[at - 1])) || notation_word(notation_byte(text, end))) return end;
    uint64_t type, srid = SRID_NONE, x, y;
    if (!hex_read(text.at + at + HEX_ORDER, HEX_TYPE, little, &type)) return at + 1;
    uint32_t flags = (uint32_t)type & ~UINT32_C(0xFFFF);
    if ((type & 0xFFFF) != TYPE_POINT || (flags & ~(FLAG_Z | FLAG_M | FLAG_SRID)) != 0) return end;
    size_t head = HEX_ORDER + HEX_TYPE + ((flags & FLAG_SRID) != 0 ? HEX_TYPE : 0);
    size_t doubles = 2u + ((flags & FLAG_Z) != 0) + ((flags & FLAG_M) != 0);
    if (end - at != head + doubles * HEX_DOUBLE) return end;
    const char *numbers = text.at + at + head;
    bool hex = (flags & FLAG_SRID) == 0 || hex_read(numbers - HEX_TYPE, HEX_TYPE, little, &srid);
    hex = hex && hex_read(numbers, HEX_DOUBLE, little, &x) && hex_read(numbers + HEX_DOUBLE, HEX_DOUBLE, little, &y);
    if (hex) point_tell(search, at, end, (uint32_t)srid, double_read(y), double_read(x));
    return end;
}

const struct notation notation_wkb = {"wkb", "OGC 06-103r4, 8.2; PostGIS EWKB", "0", "01", true, wkb_trigger, wkb_find};
