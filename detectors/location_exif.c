/* location_exif.c: the position of a picture, as tools write it out.
 *
 * Source     CIPA DC-008 (Exif), 4.6.6: GPSLatitude, GPSLatitudeRef, GPSLongitude, GPSLongitudeRef;
 *            Adobe XMP, part 2, 2.6 (GPSCoordinate: "35,40.874166N")
 * confirmed  both values, each with its hemisphere in the value or under its Ref
 * Refused    minutes of 60, a denominator of 0. Without a Ref the sign is unknown; what is written in decimals is then
 *            judged as any labelled number, by location_text.c
 */
#include "notation.h"

#include <string.h>

enum { WINDOW_BYTES = 512, PARTS = 3, FILL_BYTES_MAX = 40 };

/* A value as it was found: its parts and, in XMP, its hemisphere. */
struct value {
    struct coordinate parts[PARTS];
    char hemisphere;
    size_t end;
};

/* The index behind a name that no letter follows; 0 for none. */
static size_t name_find(struct span text, size_t from, size_t end, const char *name)
{
    size_t len = strlen(name);
    for (size_t at = from; at + len < end; at++)
        if (notation_has(text, at, name) && !notation_letter(text.at[at + len])) return at + len;
    return 0;
}

/* Quotes, blanks, an assignment and an opening bracket. */
static size_t fill_skip(struct span text, size_t index)
{
    for (size_t start = index; index - start < FILL_BYTES_MAX; index++) {
        char byte = notation_byte(text, index);
        if (byte == '\0' || (!notation_blank(byte) && strchr("\"'\\:=[(>", byte) == NULL)) break;
    }
    return index;
}

/* "1516/100" or "15.16". */
static size_t part_read(struct span text, size_t index, struct coordinate *part)
{
    struct coordinate divisor;
    size_t end = notation_number(text, index, part);
    if (end == index || notation_byte(text, end) != '/') return end;
    size_t behind = notation_number(text, end + 1, &divisor);
    if (behind == end + 1) return end;
    int64_t by = divisor.value_e7 / DEGREE_E7;
    part->valid = by > 0;
    if (by > 0) part->value_e7 = (part->value_e7 + by / 2) / by;
    for (part->decimals = 0; by > 1; by /= 10) part->decimals++;
    return behind;
}

static bool is_fraction(const struct coordinate *part)
{
    return part->value_e7 % DEGREE_E7 != 0;
}

static bool value_read(struct span text, size_t index, struct value *value)
{
    *value = (struct value){.hemisphere = '\0'};
    size_t count = 0;
    index = fill_skip(text, index);
    while (count < PARTS) {
        size_t end = part_read(text, index, &value->parts[count]);
        if (end == index) break;
        count++;
        value->end = end;
        index = notation_byte(text, end) == ',' ? end + 1 : end;
        while (notation_byte(text, index) == ' ') index++;
        if (index == end) break;
    }
    char letter = notation_byte(text, value->end);
    if (count > 1 && letter != '\0' && strchr("NSEW", letter) != NULL) value->hemisphere = letter;
    /* Zeros behind a fraction are no parts: "35/1,4087416/100000,0/1". */
    while (count > 1 && value->parts[count - 1].value_e7 == 0 && is_fraction(&value->parts[count - 2]))
        value->parts[--count].valid = false;
    return count > 0;
}

static char reference_read(struct span text, size_t index)
{
    char letter = index == 0 ? '\0' : notation_byte(text, fill_skip(text, index));
    return letter != '\0' && strchr("NSEW", letter) != NULL ? letter : '\0';
}

/* One axis of the window: its value, with the sign of its hemisphere. False where either is not there. */
static bool axis_read(struct span text, size_t from, size_t end, const char *const names[2], const char *letters,
                      struct coordinate *axis, size_t *behind)
{
    struct value value;
    size_t at = name_find(text, from, end, names[0]), reference = name_find(text, from, end, names[1]);
    if (at == 0 || !value_read(text, at, &value)) return false;
    char letter = value.hemisphere != '\0' ? value.hemisphere : reference_read(text, reference);
    if (letter == '\0' || strchr(letters, letter) == NULL) return false;
    bool divides = true;
    for (int i = 0; i < PARTS; i++) divides = divides && (value.parts[i].valid || value.parts[i].value_e7 == 0);
    *axis = coordinate_of_angle(value.parts, letter == letters[1]);
    axis->valid = axis->valid && divides;
    if (value.end > *behind) *behind = value.end;
    if (value.hemisphere == '\0' && fill_skip(text, reference) + 1 > *behind) *behind = fill_skip(text, reference) + 1;
    return true;
}

struct coordinate coordinate_from_exif(struct span text, bool latitude)
{
    struct value value;
    const char *letters = latitude ? "NS" : "EW";
    struct coordinate none = {0, 0, false};
    if (!value_read(text, 0, &value)) return none;
    size_t at = value.end;
    while (at < text.len && strchr(" \"'])", text.at[at]) != NULL) at++;
    char letter = at + 1 == text.len ? text.at[at] : '\0';
    if (letter == '\0' || strchr(letters, letter) == NULL) return none;
    for (int i = 0; i < PARTS; i++)
        if (!value.parts[i].valid && value.parts[i].value_e7 != 0) return none;
    return coordinate_of_angle(value.parts, letter == letters[1]);
}

static bool trigger(struct span text, size_t at)
{
    return at >= 2 && (notation_has(text, at - 2, "gpslatitude") || notation_has(text, at - 2, "gpslongitude"));
}

static size_t find(struct notation_search *search, size_t at)
{
    static const char *const latitude_names[] = {"gpslatitude", "gpslatituderef"};
    static const char *const longitude_names[] = {"gpslongitude", "gpslongituderef"};
    struct span text = search->text;
    struct coordinate latitude, longitude;
    size_t start = at - 2, behind = at + 1;
    size_t end = text.len - start < WINDOW_BYTES ? text.len : start + WINDOW_BYTES;
    if (start < search->taken) return at + 1;
    if (!axis_read(text, start, end, latitude_names, "NS", &latitude, &behind)) return at + 1;
    if (!axis_read(text, start, end, longitude_names, "EW", &longitude, &behind)) return at + 1;
    if (!latitude.valid || !longitude.valid) notation_tell(search, start, behind, REASON_OUT_OF_RANGE, NULL);
    else notation_judge(search, start, behind, latitude, longitude, GRADE_CONFIRMED);
    return behind;
}

const struct notation notation_exif = {"exif", "CIPA DC-008 (Exif), 4.6.6; XMP, part 2, 2.6", "S", "L", false, trigger, find};

/* --- numbered tags: "{1: 'N', 2: (35.0, 40.0, 52.45), 3: 'E', 4: (139.0, ...)}" ------------------------- */

static size_t tag_skip(struct span text, size_t index, char tag)
{
    if (notation_byte(text, index) != tag || notation_byte(text, index + 1) != ':') return 0;
    return notation_blanks(text, index + 2);
}

/* A tag with a letter and the next with a value. Returns the index behind, 0 for none. */
static size_t numbered_axis_read(struct span text, size_t index, char tag, const char *letters, struct coordinate *axis)
{
    struct value value;
    index = tag_skip(text, index, tag);
    if (index == 0 || notation_byte(text, index) != '\'') return 0;
    char letter = notation_byte(text, index + 1);
    if (letter == '\0' || strchr(letters, letter) == NULL || notation_byte(text, index + 2) != '\'') return 0;
    index = notation_blanks(text, index + 3 + (notation_byte(text, index + 3) == ','));
    index = tag_skip(text, index, (char)(tag + 1));
    if (index == 0 || notation_byte(text, index) != '(' || !value_read(text, index, &value)) return 0;
    if (notation_byte(text, value.end) != ')') return 0;
    *axis = coordinate_of_angle(value.parts, letter == letters[1]);
    return value.end + 1;
}

static bool numbered_trigger(struct span text, size_t at)
{
    return notation_has(text, at, "{1: '");
}

static size_t numbered_find(struct notation_search *search, size_t at)
{
    struct span text = search->text;
    struct coordinate latitude, longitude;
    size_t index = numbered_axis_read(text, at + 1, '1', "NS", &latitude);
    if (index == 0) return at + 1;
    index = notation_blanks(text, index + (notation_byte(text, index) == ','));
    index = numbered_axis_read(text, index, '3', "EW", &longitude);
    if (index == 0) return at + 1;
    if (!latitude.valid || !longitude.valid) notation_tell(search, at, index, REASON_OUT_OF_RANGE, NULL);
    else notation_judge(search, at, index, latitude, longitude, GRADE_CONFIRMED);
    return index;
}

const struct notation notation_exif_numbered = {"exif_numbered", "CIPA DC-008 (Exif), 4.6.6, table 15", "{", "1", false, numbered_trigger,
                                                numbered_find};
