/* notation.c: what most notations of positions are read with. */
#include "notation.h"

#include <string.h>

static const int64_t MINUTES_OF_DEGREE = 60;
static const int64_t SECONDS_OF_DEGREE = 3600;

bool notation_has(struct span text, size_t index, const char *word)
{
    size_t len = strlen(word);
    if (index > text.len || text.len - index < len) return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text.at[index + i];
        if (notation_letter((char)byte)) byte |= 0x20u;
        if (byte != (unsigned char)word[i]) return false;
    }
    return true;
}

size_t notation_blanks(struct span text, size_t index)
{
    while (notation_blank(notation_byte(text, index))) index++;
    return index;
}

static size_t digits_end(struct span text, size_t index)
{
    while (notation_digit(notation_byte(text, index))) index++;
    return index;
}

size_t notation_number(struct span text, size_t index, struct coordinate *number)
{
    char sign = notation_byte(text, index);
    size_t start = index + (sign == '-' || sign == '+'), end = digits_end(text, start);
    *number = (struct coordinate){0, 0, false};
    if (end == start) return index;
    if (notation_byte(text, end) == '.' && notation_digit(notation_byte(text, end + 1))) end = digits_end(text, end + 1);
    if ((notation_byte(text, end) | 0x20) == 'e') {
        size_t power = end + 1;
        if (notation_byte(text, power) == '-' || notation_byte(text, power) == '+') power++;
        if (notation_digit(notation_byte(text, power))) end = digits_end(text, power);
    }
    *number = coordinate_read((struct span){text.at + index, end - index});
    return number->valid ? end : index;
}

static bool part_holds(const struct coordinate *part, bool last, bool limited)
{
    if (!last && part->value_e7 % DEGREE_E7 != 0) return false;
    return part->value_e7 >= 0 && (!limited || part->value_e7 < MINUTES_OF_DEGREE * DEGREE_E7);
}

struct coordinate coordinate_of_angle(const struct coordinate parts[3], bool negative)
{
    struct coordinate angle = {0, 0, false};
    bool minutes = parts[1].valid, seconds = parts[2].valid;
    if (!parts[0].valid || (seconds && !minutes) || !part_holds(&parts[0], !minutes, false)) return angle;
    if (minutes && !part_holds(&parts[1], !seconds, true)) return angle;
    if (seconds && !part_holds(&parts[2], true, true)) return angle;
    if (parts[0].value_e7 > INT64_C(360) * DEGREE_E7) return angle;
    int64_t sum = parts[0].value_e7 * SECONDS_OF_DEGREE;
    if (minutes) sum += parts[1].value_e7 * MINUTES_OF_DEGREE;
    if (seconds) sum += parts[2].value_e7;
    int64_t value = (sum + SECONDS_OF_DEGREE / 2) / SECONDS_OF_DEGREE;
    angle.value_e7 = negative ? -value : value;
    unsigned decimals = seconds ? parts[2].decimals + 4u : minutes ? parts[1].decimals + 2u : parts[0].decimals;
    angle.decimals = (uint8_t)(decimals > UINT8_MAX ? UINT8_MAX : decimals);
    angle.valid = true;
    return angle;
}

void notation_tell(struct notation_search *search, size_t start, size_t end, enum reason reason,
                   const struct position *position)
{
    search->taken = end;
    search->tell(search->context, start, end, reason, position);
}

void notation_judge(struct notation_search *search, size_t start, size_t end, struct coordinate latitude,
                    struct coordinate longitude, enum grade grade)
{
    struct position position = {0, 0, 0, GRADE_NONE};
    enum reason reason = position_judge(latitude, longitude, true, &position);
    if (position.grade > grade) position.grade = grade;
    notation_tell(search, start, end, reason, &position);
}
