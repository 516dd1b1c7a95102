/* location_olc.c: Plus codes.
 *
 * Source    Open Location Code specification: 20 digits, pairs of latitude and longitude of 20 degrees,
 *           1 degree ... 1/8000 degree, then up to five digits that divide a cell into 5 rows and 4 columns
 * likely    a full code of 8 digits or more before padding; in text with two or three digits behind '+' and a
 *           letter somewhere
 * Refused   short codes without a reference; fewer than 8 digits before padding (coarse)
 */
#include "location_code.h"

#include <string.h>

#include "notation.h"

enum {
    SEPARATOR_AT = 8,  /* '+' in a full code */
    PAIR_DIGITS = 10,
    DIGITS_MAX = 15,   /* those behind are legal and say nothing */
    BASE = 20,
    ROWS = 5,
    COLUMNS = 4,
    FIRST_MAX = 8,     /* of the first latitude digit: 180 / 20 */
    SECOND_MAX = 17    /* of the first longitude digit: 360 / 20 */
};

/* Steps of the finest cell in a degree. */
static const int64_t LATITUDE_STEPS = INT64_C(8000) * 3125;
static const int64_t LONGITUDE_STEPS = INT64_C(8000) * 1024;

static const char alphabet[] = "23456789CFGHJMPQRVWX";

/* South-west corner and size, in steps from -90 and -180 degrees. */
struct cell {
    int64_t latitude, longitude, height, width;
};

static int digit_value(char character)
{
    if (character >= 'a' && character <= 'z') character = (char)(character - 'a' + 'A');
    const char *found = character == '\0' ? NULL : strchr(alphabet, character);
    return found == NULL ? -1 : (int)(found - alphabet);
}

/* Digits with their padding as 0, '+' at `separator`. Returns how many digits tell something; 0 for no code. */
static size_t digits_read(struct span text, size_t separator, uint8_t *digits, size_t digits_max)
{
    size_t count = 0, padding = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (i == separator) {
            if (text.at[i] != '+') return 0;
            continue;
        }
        if (text.at[i] == '0' && i < separator && i >= 2) {
            padding++;
            continue;
        }
        int value = digit_value(text.at[i]);
        if (value < 0 || padding > 0) return 0;
        if (count < digits_max) digits[count++] = (uint8_t)value;
    }
    size_t behind = text.len - separator - 1;
    if (behind == 1 || (padding > 0 && (behind > 0 || padding % 2 != 0))) return 0;
    return count;
}

static struct cell cell_of(const uint8_t *digits, size_t count)
{
    struct cell cell = {0, 0, BASE * LATITUDE_STEPS * BASE, BASE * LONGITUDE_STEPS * BASE};
    for (size_t i = 0; i < count; i++) {
        if (i >= PAIR_DIGITS) {
            cell.height /= ROWS;
            cell.width /= COLUMNS;
            cell.latitude += digits[i] / COLUMNS * cell.height;
            cell.longitude += digits[i] % COLUMNS * cell.width;
        } else if (i % 2 == 0) {
            cell.height /= BASE;
            cell.latitude += digits[i] * cell.height;
        } else {
            cell.width /= BASE;
            cell.longitude += digits[i] * cell.width;
        }
    }
    return cell;
}

enum reason olc_read(struct span text, struct code_place *place)
{
    uint8_t digits[DIGITS_MAX];
    if (text.len <= SEPARATOR_AT) return REASON_FORM;
    size_t count = digits_read(text, SEPARATOR_AT, digits, DIGITS_MAX);
    if (count < 2 || digits[0] > FIRST_MAX || digits[1] > SECOND_MAX) return REASON_FORM;
    if (count < SEPARATOR_AT) return REASON_COARSE;
    struct cell cell = cell_of(digits, count);
    double height = (double)cell.height / (double)LATITUDE_STEPS, width = (double)cell.width / (double)LONGITUDE_STEPS;
    double error = (height > width ? height : width) / 2;
    place->latitude = coordinate_of((double)cell.latitude / (double)LATITUDE_STEPS + height / 2 - 90, error);
    place->longitude = coordinate_of((double)cell.longitude / (double)LONGITUDE_STEPS + width / 2 - 180, error);
    return REASON_NONE;
}

/* The first digits of the code of a point, in steps. */
static void digits_of(int64_t latitude, int64_t longitude, uint8_t *digits, size_t count)
{
    int64_t height = BASE * LATITUDE_STEPS * BASE, width = BASE * LONGITUDE_STEPS * BASE;
    for (size_t i = 0; i < count; i++) {
        if (i >= PAIR_DIGITS) {
            height /= ROWS;
            width /= COLUMNS;
            digits[i] = (uint8_t)(latitude / height * COLUMNS + longitude / width);
            latitude %= height;
            longitude %= width;
        } else if (i % 2 == 0) {
            height /= BASE;
            digits[i] = (uint8_t)(latitude / height);
            latitude %= height;
        } else {
            width /= BASE;
            digits[i] = (uint8_t)(longitude / width);
            longitude %= width;
        }
    }
}

static int64_t steps_of(const struct coordinate *coordinate, int64_t half_turn, int64_t steps)
{
    return (coordinate->value_e7 + half_turn * DEGREE_E7) * steps / DEGREE_E7;
}

/* Moves a middle by one step towards the reference where it is more than half of one away. */
static int64_t nearer(int64_t middle, int64_t reference, int64_t step, int64_t most)
{
    if (middle > reference + step / 2 && middle - step >= 0) return middle - step;
    if (middle < reference - step / 2 && middle + step <= most) return middle + step;
    return middle;
}

bool olc_complete(struct span text, const struct code_place *reference, char full[OLC_SIZE])
{
    const char *plus = memchr(text.at, '+', text.len);
    if (plus == NULL || text.len < 3) return false;
    size_t separator = (size_t)(plus - text.at), missing = SEPARATOR_AT - separator, count;
    uint8_t digits[DIGITS_MAX];
    if (separator >= SEPARATOR_AT || separator % 2 != 0) return false;
    if (memchr(text.at, '0', text.len) != NULL) return false;
    count = digits_read(text, separator, digits + missing, DIGITS_MAX - missing) + missing;
    if (count == missing) return false;

    int64_t round = 360 * LONGITUDE_STEPS, top = 180 * LATITUDE_STEPS;
    int64_t latitude = steps_of(&reference->latitude, 90, LATITUDE_STEPS);
    int64_t longitude = steps_of(&reference->longitude, 180, LONGITUDE_STEPS);
    latitude = latitude < 0 ? 0 : latitude >= top ? top - 1 : latitude;
    longitude = (longitude % round + round) % round;
    digits_of(latitude, longitude, digits, missing);

    struct cell cell = cell_of(digits, count);
    int64_t power = missing == 2 ? BASE : missing == 4 ? 1 : 0;
    int64_t step_latitude = power > 0 ? power * LATITUDE_STEPS : LATITUDE_STEPS / (missing == 6 ? BASE : BASE * BASE);
    int64_t step_longitude = power > 0 ? power * LONGITUDE_STEPS : LONGITUDE_STEPS / (missing == 6 ? BASE : BASE * BASE);
    int64_t middle = nearer(cell.latitude + cell.height / 2, latitude, step_latitude, top);
    int64_t across = nearer(cell.longitude + cell.width / 2 + round, longitude + round, step_longitude, 3 * round);
    digits_of(middle, across % round, digits, count);

    size_t written = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == SEPARATOR_AT) full[written++] = '+';
        full[written++] = alphabet[digits[i]];
    }
    if (count == SEPARATOR_AT) full[written++] = '+';
    full[written] = '\0';
    return true;
}

/* ------------------------------------------------------------------ text */

/* The end of a code whose '+' stands behind `at`; 0 for none. */
static size_t code_end(struct span text, size_t at)
{
    enum { BEHIND_MIN = 2, BEHIND_MAX = 3 };
    if (at + 1 < SEPARATOR_AT) return 0;
    size_t start = at + 1 - SEPARATOR_AT, end = at + 2;
    bool has_letter = false;
    while (digit_value(notation_byte(text, end)) >= 0) end++;
    size_t behind = end - at - 2;
    if (behind < BEHIND_MIN || behind > BEHIND_MAX) return 0;
    if (notation_word(notation_byte(text, end)) || notation_byte(text, end) == '+') return 0;
    for (size_t i = start; i < end; i++) {
        if (i != at + 1 && digit_value(text.at[i]) < 0) return 0;
        has_letter |= notation_letter(text.at[i]);
    }
    return !has_letter || (start > 0 && notation_word(text.at[start - 1])) ? 0 : end;
}

enum reason olc_named_read(struct span text, struct code_place *place)
{
    bool found = text.len > SEPARATOR_AT && text.at[SEPARATOR_AT] == '+' && code_end(text, SEPARATOR_AT - 1) == text.len;
    return found ? REASON_FORM : olc_read(text, place);
}

static bool olc_trigger(struct span text, size_t at)
{
    return code_end(text, at) != 0;
}

static size_t olc_find(struct notation_search *search, size_t at)
{
    size_t end = code_end(search->text, at), start = at + 1 - SEPARATOR_AT;
    struct code_place place;
    if (end == 0 || start < search->taken) return at + 1;
    if (olc_read((struct span){search->text.at + start, end - start}, &place) != REASON_NONE) return at + 1;
    notation_judge(search, start, end, place.latitude, place.longitude, GRADE_LIKELY);
    return end;
}

const struct notation notation_olc = {"olc", "Open Location Code specification", "2-9CFGHJMPQRVWXcfghjmpqrvwx", "+", false,
                                      olc_trigger, olc_find};
