/* location_nmea.c: sentences of satellite receivers.
 *
 * Source     NMEA 0183; two digits before the point are minutes
 * confirmed  GGA, RMC, GLL, GNS with an active fix and the right checksum
 * possible   the same without a checksum
 * Refused    a wrong checksum; minutes of 60; sentences without a fix are no positions and not counted
 */
#include "location_nmea.h"

#include <string.h>

#include "notation.h"

enum { FIELDS_MAX = 24, ADDRESS_BYTES = 5, TALKER_BYTES = 2, MINUTE_DIGITS = 2, DEGREE_DIGITS_MAX = 3 };

/* Where a sentence keeps its position, in fields counted from its address as 0. */
struct sentence {
    const char *type;
    uint8_t latitude;   /* hemisphere, longitude and its hemisphere follow */
    uint8_t validity;
    const char *valid;  /* one of these in the validity field says that there is a fix */
    bool may_lack;      /* old receivers leave the field out */
    bool many;          /* a letter for each system of satellites */
};

static const struct sentence sentences[] = {
    {"GGA", 2, 6, "123456", false, false},
    {"RMC", 3, 2, "A", false, false},
    {"GLL", 1, 6, "A", true, false},
    {"GNS", 2, 6, "ADPRFE", false, true},
};

static const struct sentence *sentence_of(struct span text, size_t index)
{
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if (index + 4 <= text.len && memcmp(text.at + index, sentences[i].type, 3) == 0 && text.at[index + 3] == ',')
            return &sentences[i];
    return NULL;
}

static int hex_value(char byte)
{
    if (notation_digit(byte)) return byte - '0';
    unsigned letter = ((unsigned char)byte | 0x20u) - (unsigned)'a';
    return letter < 6 ? (int)letter + 10 : -1;
}

enum nmea_frame nmea_frame_read(struct span text, size_t index, struct span *body, size_t *end)
{
    if (notation_byte(text, index) != '$') return NMEA_NONE;
    size_t at = index + 1;
    unsigned sum = 0;
    for (; at < text.len; at++) {
        char byte = text.at[at];
        if (byte == '*' || byte == '$' || byte == '!' || byte < ' ' || byte > '~') break;
        sum ^= (unsigned char)byte;
    }
    *body = (struct span){text.at + index + 1, at - index - 1};
    *end = at;
    if (body->len == 0) return NMEA_NONE;
    if (notation_byte(text, at) != '*') return NMEA_UNCHECKED;
    int high = hex_value(notation_byte(text, at + 1)), low = hex_value(notation_byte(text, at + 2));
    if (high < 0 || low < 0) return NMEA_WRONG;
    *end = at + 3;
    bool right = (unsigned)(high * 16 + low) == sum && !notation_word(notation_byte(text, at + 3));
    return right ? NMEA_RIGHT : NMEA_WRONG;
}

static bool trigger(struct span text, size_t at)
{
    return sentence_of(text, at + 1 + TALKER_BYTES) != NULL;
}

static size_t fields_cut(struct span body, struct span fields[FIELDS_MAX])
{
    size_t count = 0;
    const char *at = body.at, *end = body.at + body.len;
    for (;;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma != NULL ? comma : end;
        fields[count++] = (struct span){at, (size_t)(stop - at)};
        if (comma == NULL || count == FIELDS_MAX) return count;
        at = comma + 1;
    }
}

/* "3540.8742" and its letter. */
static struct coordinate axis_read(struct span field, struct span letter, const char *hemispheres)
{
    struct coordinate none = {0, 0, false}, parts[3] = {none, none, none};
    if (letter.len != 1 || (*letter.at != hemispheres[0] && *letter.at != hemispheres[1])) return none;
    size_t digits = 0;
    while (notation_digit(notation_byte(field, digits))) digits++;
    if (digits <= MINUTE_DIGITS || digits > MINUTE_DIGITS + DEGREE_DIGITS_MAX) return none;
    size_t degree_digits = digits - MINUTE_DIGITS;
    parts[0] = coordinate_read((struct span){field.at, degree_digits});
    struct span minutes = {field.at + degree_digits, field.len - degree_digits};
    if (notation_number(minutes, 0, &parts[1]) != minutes.len) {
        if (minutes.at[MINUTE_DIGITS] != '.' || minutes.len != MINUTE_DIGITS + 1) return none;
        parts[1] = coordinate_read((struct span){minutes.at, MINUTE_DIGITS}); /* "3540." */
    }
    return coordinate_of_angle(parts, *letter.at == hemispheres[1]);
}

/* Three numbers of two digits. */
static bool triple_read(struct span field, unsigned numbers[3])
{
    for (size_t i = 0; i < 3; i++) {
        char tens = notation_byte(field, 2 * i), ones = notation_byte(field, 2 * i + 1);
        if (!notation_digit(tens) || !notation_digit(ones)) return false;
        numbers[i] = (unsigned)(tens - '0') * 10 + (unsigned)(ones - '0');
    }
    return true;
}

/* Days since 1970-01-01 of a day of the Gregorian calendar. The year starts in March, so that a leap day ends it. */
static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
    unsigned shifted = month > 2 ? year : year - 1, months = month > 2 ? month - 3 : month + 9;
    unsigned days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (153 * months + 2) / 5 + day - 1;
    return (int64_t)days - 719468;
}

bool nmea_time_read(struct span sentence, int64_t *time_s)
{
    enum { TIME_FIELD = 1, DATE_FIELD = 9, CENTURY_FROM = 80 };
    struct span body, fields[FIELDS_MAX];
    size_t end;
    unsigned date[3], clock[3];
    if (nmea_frame_read(sentence, 0, &body, &end) != NMEA_RIGHT || fields_cut(body, fields) <= DATE_FIELD) return false;
    if (fields[0].len != ADDRESS_BYTES || memcmp(fields[0].at + TALKER_BYTES, "RMC", 3) != 0) return false;
    if (!triple_read(fields[DATE_FIELD], date) || !triple_read(fields[TIME_FIELD], clock)) return false;
    if (date[0] < 1 || date[0] > 31 || date[1] < 1 || date[1] > 12) return false;
    if (clock[0] > 23 || clock[1] > 59 || clock[2] > 60) return false;
    unsigned year = date[2] + (date[2] < CENTURY_FROM ? 2000 : 1900);
    *time_s = days_of(year, date[1], date[0]) * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2];
    return true;
}

static bool has_fix(const struct sentence *sentence, const struct span *fields, size_t count)
{
    if (count <= sentence->validity) return sentence->may_lack;
    struct span field = fields[sentence->validity];
    if (field.len != 1 && !sentence->many) return false;
    for (size_t i = 0; i < field.len; i++)
        if (strchr(sentence->valid, field.at[i]) != NULL) return true;
    return false;
}

static size_t find(struct notation_search *search, size_t at)
{
    struct span body, fields[FIELDS_MAX];
    size_t end;
    const struct sentence *sentence = sentence_of(search->text, at + 1 + TALKER_BYTES);
    enum nmea_frame frame = nmea_frame_read(search->text, at, &body, &end);
    size_t count = fields_cut(body, fields), axis = sentence->latitude;
    if (count < axis + 4u || !has_fix(sentence, fields, count) || fields[axis].len == 0) {
        notation_tell(search, at, end, REASON_FORM, NULL);
        return end;
    }
    struct coordinate latitude = axis_read(fields[axis], fields[axis + 1], "NS");
    struct coordinate longitude = axis_read(fields[axis + 2], fields[axis + 3], "EW");
    if (frame == NMEA_WRONG)
        notation_tell(search, at, end, REASON_CHECK_DIGIT, NULL);
    else if (!latitude.valid || !longitude.valid)
        notation_tell(search, at, end, REASON_OUT_OF_RANGE, NULL);
    else
        notation_judge(search, at, end, latitude, longitude, frame == NMEA_RIGHT ? GRADE_CONFIRMED : GRADE_POSSIBLE);
    return end;
}

const struct notation notation_nmea = {"nmea", "NMEA 0183, 6.3: GGA, GLL, GNS, RMC", "$", "A-Z", false, trigger, find};
