/* location_dms.c: degrees with minutes, and with seconds.
 *
 * Source   ISO 6709, annex D (signs, hemispheres); IHO S-4 B-131 for degrees and decimal minutes
 * likely   two angles of the two axes, in any order with hemispheres; without these latitude first unless
 *          only the other order fits, and with degree signs alone
 * Refused  minutes or seconds of 60; outside the globe; one axis twice
 */
#include "notation.h"

#include <string.h>

#include "lookup.h"

enum {
    PARTS = 3,
    SIGNS_MAX = 8,
    GLUE_BYTES_MAX = 6,       /* between two numbers of an angle */
    SEPARATORS_MAX = 4,       /* between two angles */
    LABEL_BYTES_MAX = 24,
    HEMISPHERE_KANJI_BYTES = 6
};

enum axis { AXIS_NONE, AXIS_LATITUDE, AXIS_LONGITUDE };
enum glue { GLUE_NONE, GLUE_SIGN, GLUE_BLANK, GLUE_COLON, GLUE_DASH };

struct angle {
    struct coordinate value;
    enum axis axis;      /* of its hemisphere */
    bool degree_sign;
    size_t parts, end;
};

static const char *const signs[PARTS][SIGNS_MAX] = {
    {"\xC2\xB0", "\xC2\xBA", "\xE5\xBA\xA6", "deg", "d"},
    {"\xE2\x80\xB2", "\xE2\x80\x99", "'", "min", "m", "\xE5\x88\x86"},
    {"\xE2\x80\xB3", "\xE2\x80\x9D", "\\\"", "\"\"", "\"", "''", "sec", "s"},
};
static const char second_kanji[] = "\xE7\xA7\x92";

static bool stands(struct span text, size_t index, const char *word)
{
    size_t len = strlen(word);
    return index <= text.len && text.len - index >= len && memcmp(text.at + index, word, len) == 0;
}

/* The index behind a sign of a part, or index. */
static size_t sign_end(struct span text, size_t index, size_t part)
{
    for (size_t i = 0; i < SIGNS_MAX && signs[part][i] != NULL; i++)
        if (stands(text, index, signs[part][i])) return index + strlen(signs[part][i]);
    return part == PARTS - 1 && stands(text, index, second_kanji) ? index + strlen(second_kanji) : index;
}

/* The index behind a hemisphere, or index. */
static size_t hemisphere_end(struct span text, size_t index, enum axis *axis, bool *negative)
{
    static const struct {
        const char *word;
        enum axis axis;
        bool negative;
    } words[] = {
        {"N", AXIS_LATITUDE, false},
        {"S", AXIS_LATITUDE, true},
        {"E", AXIS_LONGITUDE, false},
        {"W", AXIS_LONGITUDE, true},
        {"\xE5\x8C\x97\xE7\xB7\xAF", AXIS_LATITUDE, false},
        {"\xE5\x8D\x97\xE7\xB7\xAF", AXIS_LATITUDE, true},
        {"\xE6\x9D\xB1\xE7\xB5\x8C", AXIS_LONGITUDE, false},
        {"\xE8\xA5\xBF\xE7\xB5\x8C", AXIS_LONGITUDE, true},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (stands(text, index, words[i].word)) {
            *axis = words[i].axis;
            *negative = words[i].negative;
            return index + strlen(words[i].word);
        }
    return index;
}

static size_t spaces(struct span text, size_t index)
{
    while (notation_byte(text, index) == ' ') index++;
    return index;
}

/* What stands between a number and the next. Returns the index behind it. */
static size_t glue_read(struct span text, size_t index, size_t part, enum glue *glue)
{
    size_t blank = spaces(text, index), behind = sign_end(text, blank, part);
    *glue = GLUE_SIGN;
    if (behind > blank) return spaces(text, behind);
    char mark = notation_byte(text, index);
    *glue = blank > index ? GLUE_BLANK : mark == ':' ? GLUE_COLON : mark == '-' ? GLUE_DASH : GLUE_NONE;
    return blank > index ? blank : index + (*glue != GLUE_NONE);
}

/* Whether a number can be the next part: no sign of its own, at most two digits, no degrees of another angle. */
static size_t part_read(struct span text, size_t index, struct coordinate *number)
{
    if (!notation_digit(notation_byte(text, index))) return index;
    size_t end = notation_number(text, index, number);
    size_t digits = 0;
    while (digits < end - index && notation_digit(text.at[index + digits])) digits++;
    bool degrees = sign_end(text, spaces(text, end), 0) > spaces(text, end) && notation_byte(text, end) != 'd';
    if (digits > 2 || degrees) {
        number->valid = false;
        return index;
    }
    return end;
}

/* Reads up to so many parts from the number at an index. */
static bool parts_read(struct span text, size_t index, size_t most, bool negative, struct angle *angle)
{
    struct coordinate parts[PARTS] = {{0, 0, false}, {0, 0, false}, {0, 0, false}};
    enum glue glue = GLUE_NONE, first_glue = GLUE_NONE;
    size_t end = notation_digit(notation_byte(text, index)) ? notation_number(text, index, &parts[0]) : index;
    if (end == index) return false;
    for (angle->parts = 1;; angle->parts++) {
        size_t part = angle->parts - 1, next = glue_read(text, end, part, &glue);
        if (part == 0) first_glue = glue;
        if (part == 0) angle->degree_sign = glue == GLUE_SIGN;
        if (glue == GLUE_SIGN) {
            end = next;
            while (end > index && text.at[end - 1] == ' ') end--;
        }
        bool same = part == 0 || glue == first_glue || (first_glue == GLUE_SIGN && glue == GLUE_BLANK);
        if (angle->parts >= most || glue == GLUE_NONE || !same || parts[part].decimals > 0) break;
        size_t behind = part_read(text, next, &parts[part + 1]);
        if (behind == next) break;
        end = behind;
    }
    angle->end = end;
    angle->value = coordinate_of_angle(parts, negative);
    return true;
}

/* An angle with what says its hemisphere: before, behind, or by its sign. */
static bool angle_read(struct span text, size_t index, size_t most, struct angle *angle)
{
    bool negative = false;
    angle->axis = AXIS_NONE;
    size_t start = hemisphere_end(text, index, &angle->axis, &negative);
    bool before = start > index;
    char sign = notation_byte(text, start);
    if (before) {
        start = spaces(text, start + (sign == ':'));
    } else if (sign == '-' || sign == '+') {
        negative = sign == '-';
        start++;
    }
    if (!parts_read(text, start, most, negative, angle)) return false;
    if (before) return true;
    size_t letter = spaces(text, angle->end);
    size_t behind = hemisphere_end(text, letter, &angle->axis, &negative);
    if (behind == letter) return true;
    if (behind - letter == 1 && notation_word(notation_byte(text, behind)) &&
        (unsigned char)notation_byte(text, behind) < 0x80) {
        angle->axis = AXIS_NONE; /* the beginning of a word */
        return true;
    }
    if (start > index) return false; /* a sign and a hemisphere */
    angle->end = behind;
    if (negative) angle->value.value_e7 = -angle->value.value_e7;
    return true;
}

/* "lon:" and the like. */
static size_t label_skip(struct span text, size_t index)
{
    size_t end = index;
    if (notation_byte(text, end) == '"') end++;
    size_t word = end;
    while (end - word < LABEL_BYTES_MAX && notation_word(notation_byte(text, end))) end++;
    if (end == word || (label_bits(text.at + word, end - word) & (LABEL_LATITUDE | LABEL_LONGITUDE)) == 0) return index;
    if (notation_byte(text, end) == '"') end++;
    end = spaces(text, end);
    if (notation_byte(text, end) != ':' && notation_byte(text, end) != '=') return index;
    end = spaces(text, end + 1);
    return notation_byte(text, end) == '"' ? end + 1 : end;
}

static size_t separators_skip(struct span text, size_t index)
{
    static const char *const marks[] = {" ", "\t", "\n", "\r", ",", ";", "/", "\xE3\x80\x81", "\xEF\xBC\x8C", "\xE3\x80\x80", "\""};
    for (int count = 0; count < SEPARATORS_MAX; count++) {
        size_t before = index;
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
            if (stands(text, index, marks[i])) {
                index += strlen(marks[i]);
                break;
            }
        if (index == before) break;
    }
    return label_skip(text, index);
}

static bool second_read(struct span text, const struct angle *first, struct angle *second)
{
    size_t index = separators_skip(text, first->end);
    return angle_read(text, index, PARTS, second) && !notation_digit(notation_byte(text, second->end));
}

/* Two angles make a position, or a refusal; false where they have nothing to do with one another. */
static bool angles_tell(struct notation_search *search, size_t start, const struct angle *first, const struct angle *second)
{
    bool hemispheres = first->axis != AXIS_NONE && second->axis != AXIS_NONE;
    if (first->parts < 2 && second->parts < 2 && !(hemispheres && first->degree_sign && (unsigned char)search->text.at[start] >= 0x80))
        return false; /* decimal degrees: location_text.c */
    if (!hemispheres && (first->axis != second->axis || !first->degree_sign || !second->degree_sign)) return false;
    if (hemispheres && first->axis == second->axis) return false;
    const struct angle *latitude = first->axis == AXIS_LONGITUDE ? second : first;
    const struct angle *longitude = latitude == first ? second : first;
    if (!hemispheres && first->value.value_e7 > INT64_C(90) * DEGREE_E7) {
        latitude = second;
        longitude = first;
    }
    if (!latitude->value.valid || !longitude->value.valid)
        notation_tell(search, start, second->end, REASON_OUT_OF_RANGE, NULL);
    else
        notation_judge(search, start, second->end, latitude->value, longitude->value, GRADE_LIKELY);
    return true;
}

struct coordinate coordinate_from_angle(struct span text, bool latitude)
{
    struct angle angle;
    struct coordinate none = {0, 0, false};
    if (!angle_read(text, 0, PARTS, &angle) || angle.end != text.len || angle.parts < 2) return none;
    if (angle.axis != AXIS_NONE && (angle.axis == AXIS_LATITUDE) != latitude) return none;
    return angle.value;
}

static bool boundary_before(struct span text, size_t start)
{
    if (start == 0) return true;
    char before = text.at[start - 1];
    return !notation_digit(before) && !notation_letter(before) && before != '_' && before != '.';
}

/* --- a hemisphere behind: "35-44-06N 124-30-30E" ------------------------------------------------- */

static bool is_glue(char byte)
{
    return (unsigned char)byte >= 0x80 || (byte != '\0' && strchr(" :-'\"\\degminsec", byte) != NULL);
}

/* Where the numbers before a hemisphere start, the nearest first. */
static size_t starts_find(const struct notation_search *search, size_t at, size_t starts[PARTS])
{
    struct span text = search->text;
    size_t count = 0, index = at;
    while (count < PARTS) {
        size_t glue = index;
        while (index > search->taken && glue - index < GLUE_BYTES_MAX && is_glue(text.at[index - 1])) index--;
        size_t end = index;
        while (index > search->taken && (notation_digit(text.at[index - 1]) || (text.at[index - 1] == '.' && count == 0))) index--;
        if (index == end) break;
        starts[count++] = index;
    }
    return count;
}

/* Whether the digits that end at an index are a number and no end of a word. */
static bool number_ends(struct span text, size_t index)
{
    size_t at = index;
    while (at > 0 && (notation_digit(text.at[at - 1]) || text.at[at - 1] == '.')) at--;
    return at < index && (at == 0 || !notation_letter(text.at[at - 1]) || strchr("dgmn", text.at[at - 1]) != NULL);
}

static bool hemisphere_trigger(struct span text, size_t at)
{
    size_t index = at;
    while (index > 0 && index + 2 > at && text.at[index - 1] == ' ') index--;
    char before = index > 0 ? text.at[index - 1] : '\0';
    if ((unsigned char)before >= 0x80) return true;
    if (before == '\'' || before == '"') return index >= 2 && !notation_letter(text.at[index - 2]);
    if (before == 's' || before == 'm') return number_ends(text, index - 1);
    if ((before == 'n' || before == 'c') && index >= 3)
        return memcmp(text.at + index - 3, "min", 3) == 0 || memcmp(text.at + index - 3, "sec", 3) == 0;
    return notation_digit(before) && number_ends(text, index);
}

static size_t hemisphere_find(struct notation_search *search, size_t at)
{
    struct span text = search->text;
    size_t starts[PARTS], count = starts_find(search, at, starts);
    struct angle first, second, chosen;
    bool negative, found = false;
    enum axis axis;
    first.end = hemisphere_end(text, at, &axis, &negative);
    if (count < 2 || !second_read(text, &first, &second) || second.axis == AXIS_NONE) return at + 1;
    size_t start = 0;
    for (size_t i = 1; i < count; i++) {
        if (!boundary_before(text, starts[i]) || !angle_read(text, starts[i], PARTS, &first)) continue;
        if (first.end != at + 1 || first.axis == AXIS_NONE) continue;
        bool fits = first.parts == second.parts;
        if (found && !fits) continue;
        found = true;
        chosen = first;
        start = starts[i];
        if (fits) break;
    }
    if (!found || !angles_tell(search, start, &chosen, &second)) return at + 1;
    return second.end;
}

const struct notation notation_dms = {"dms", "ISO 6709, annex D; hemisphere letters", "NSEW", "^0-9@-\x7F", false, hemisphere_trigger,
                                      hemisphere_find};

/* --- hemispheres before numbers without signs: "N35 40.8742 E139 46.0275" --------------------------- */

static bool before_trigger(struct span text, size_t at)
{
    size_t index = at + 1 + (notation_byte(text, at + 1) == ' '), blank = index + 1;
    if (notation_byte(text, blank) != ' ' && notation_byte(text, ++blank) != ' ') return false;
    return notation_digit(text.at[index]) && notation_digit(text.at[blank - 1]) && notation_digit(notation_byte(text, blank + 1));
}

/* Whole minutes are too often the numbers of something else. */
static bool is_fine(const struct angle *angle)
{
    enum { WHOLE_MINUTES_DECIMALS = 2 };
    return angle->parts > 1 && (angle->parts == PARTS || angle->value.decimals > WHOLE_MINUTES_DECIMALS);
}

static size_t before_find(struct notation_search *search, size_t at)
{
    struct span text = search->text;
    struct angle first, second;
    if (at < search->taken || !boundary_before(text, at) || !angle_read(text, at, PARTS, &first)) return at + 1;
    size_t next = separators_skip(text, first.end);
    char letter = notation_byte(text, next);
    if ((letter != 'E' && letter != 'W') || !second_read(text, &first, &second)) return at + 1;
    if (first.parts != second.parts || !is_fine(&first) || !is_fine(&second)) return at + 1;
    return angles_tell(search, at, &first, &second) ? second.end : at + 1;
}

const struct notation notation_dms_before = {"dms_before", "ISO 6709, annex D; hemisphere letters before", "NS", "0-9 ", false,
                                             before_trigger, before_find};

/* --- degree signs and 北緯: "35°39'30.88\" 139°44'43.55\"" ----------------------------------------- */

static bool is_kanji_axis(struct span text, size_t at)
{
    return stands(text, at, "\xE7\xB7\xAF") || stands(text, at, "\xE7\xB5\x8C");
}

static bool degrees_trigger(struct span text, size_t at)
{
    if (is_kanji_axis(text, at)) return at >= 3 && notation_digit(notation_byte(text, at + 3));
    if (sign_end(text, at, 0) == at) return false;
    size_t index = at;
    while (index > 0 && text.at[index - 1] == ' ') index--;
    return index > 0 && notation_digit(text.at[index - 1]);
}

/* Where the angle begins whose degree sign stands at an index. */
static size_t degrees_start(const struct notation_search *search, size_t at)
{
    struct span text = search->text;
    size_t index = at;
    while (index > search->taken && text.at[index - 1] == ' ') index--;
    while (index > search->taken && notation_digit(text.at[index - 1])) index--;
    size_t number = index;
    if (index > search->taken && (text.at[index - 1] == '-' || text.at[index - 1] == '+')) return index - 1;
    while (index > search->taken && (text.at[index - 1] == ' ' || text.at[index - 1] == ':')) index--;
    enum axis axis;
    bool negative;
    size_t letter = index > search->taken ? index - 1 : index;
    bool ascii = hemisphere_end(text, letter, &axis, &negative) == letter + 1;
    if (ascii && boundary_before(text, letter)) return letter;
    if (index >= search->taken + HEMISPHERE_KANJI_BYTES &&
        hemisphere_end(text, index - HEMISPHERE_KANJI_BYTES, &axis, &negative) == index)
        return index - HEMISPHERE_KANJI_BYTES;
    return number;
}

static size_t degrees_find(struct notation_search *search, size_t at)
{
    struct span text = search->text;
    struct angle first, second;
    size_t start = is_kanji_axis(text, at) ? at - 3 : degrees_start(search, at);
    bool wide = (unsigned char)text.at[start] >= 0x80;
    if (start < search->taken || (!wide && !boundary_before(text, start))) return at + 1;
    if (!angle_read(text, start, PARTS, &first) || !second_read(text, &first, &second)) return at + 1;
    if (!angles_tell(search, start, &first, &second)) return at + 1;
    return second.end;
}

const struct notation notation_degrees = {"degrees", "ISO 6709, annex D; degree signs", "\xC2\xE5\xE7", "\xB0\xBA\xB7\xB5", false,
                                          degrees_trigger, degrees_find};
