/* roster_values.c. Source: ISO 3166-1 (country codes), ISO 3166-2 (form of subdivisions), ISO 8601 (dates). */
#include "roster_values.h"

#include <string.h>

#include "../../detectors/checkdigit.h"
#include "../detect/event_time.h"

enum { DATE_SIZE = 64, YEAR_NEVER = 9000, YEAR_ALWAYS = 1000, SECONDS_A_DAY = 86400 };

static bool is_digit(char byte)
{
    return (unsigned char)(byte - '0') < 10;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first day of a year. */
static int64_t year_begins(int year)
{
    int before = year - 1;
    return (int64_t)before * 365 + before / 4 - before / 100 + before / 400 - 719162;
}

/* One or two digits; their number and how many they are. */
static int part_read(const char *at, size_t left, int *value)
{
    if (left == 0 || !is_digit(at[0])) return 0;
    *value = at[0] - '0';
    if (left == 1 || !is_digit(at[1])) return 1;
    *value = *value * 10 + at[1] - '0';
    return left > 2 && is_digit(at[2]) ? 0 : 2;
}

/* Year, month and day, and how many bytes they take; 0 for no date. */
static size_t date_split(struct span value, int parts[3])
{
    const char *at = value.at;
    for (int i = 0; i < 4; i++)
        if (value.len < 8 || !is_digit(at[i])) return 0;
    parts[0] = (at[0] - '0') * 1000 + (at[1] - '0') * 100 + (at[2] - '0') * 10 + at[3] - '0';
    if (is_digit(at[4])) {
        for (int i = 5; i < 8; i++)
            if (!is_digit(at[i])) return 0;
        parts[1] = (at[4] - '0') * 10 + at[5] - '0';
        parts[2] = (at[6] - '0') * 10 + at[7] - '0';
        return value.len > 8 && is_digit(at[8]) ? 0 : 8;
    }
    if (at[4] != '-' && at[4] != '/') return 0;
    size_t used = 5;
    int digits = part_read(at + used, value.len - used, &parts[1]);
    used += (size_t)digits;
    if (digits == 0 || used >= value.len || at[used] != at[4]) return 0;
    used++;
    digits = part_read(at + used, value.len - used, &parts[2]);
    return digits == 0 ? 0 : used + (size_t)digits;
}

/* Days from 1970-01-01 to a date; false for one that there is not. */
static inline bool days_read(const int parts[3], int64_t *days)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const uint16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int month = parts[1] - 1, day = parts[2] - 1;
    if (month < 0 || month > 11 || day < 0) return false;
    bool leap = is_leap(parts[0]);
    if (day >= lengths[month] + (month == 1 && leap)) return false;
    *days = year_begins(parts[0]) + before[month] + (month > 1 && leap) + day;
    return true;
}

/* What stands behind a date, read as that of a day which the reader of event times knows. */
static bool clock_read(struct span rest, struct event_time *time)
{
    static const char day[] = "2000-01-01";
    char text[DATE_SIZE];
    size_t length = sizeof day - 1;
    if (rest.len > DATE_SIZE - length) return false;
    memcpy(text, day, length);
    memcpy(text + length, rest.at, rest.len);
    length += rest.len;
    if (!event_time_read((struct span){text, length}, time) || time->length != length) return false;
    time->seconds -= INT64_C(946684800);
    return true;
}

/* YYYY-MM-DD, as most are written; false for all else. */
static inline bool plain_date_read(struct span value, int parts[3])
{
    if (value.len != 10) return false;
    uint64_t head = eight_load(value.at) ^ EIGHT_BYTES('0') ^ UINT64_C(0x1D00001D00000000); /* the hyphens become zeros */
    unsigned ten = (unsigned char)value.at[8] - (unsigned)'0', one = (unsigned char)value.at[9] - (unsigned)'0';
    bool digits = ((head | (head + EIGHT_BYTES(0x76))) & EIGHT_BYTES(0x80)) == 0 && (head & UINT64_C(0xFF0000FF00000000)) == 0;
    if (!digits || ten > 9 || one > 9) return false;
    parts[0] = (int)((head & 15) * 1000 + (head >> 8 & 15) * 100 + (head >> 16 & 15) * 10 + (head >> 24 & 15));
    parts[1] = (int)((head >> 40 & 15) * 10 + (head >> 48 & 15));
    parts[2] = (int)(ten * 10 + one);
    return true;
}

static __attribute__((noinline)) bool written_time_read(struct span value, int32_t offset_s, int64_t *time_s)
{
    int parts[3];
    int64_t days;
    struct event_time of_day = {0};
    size_t used = date_split(value, parts);
    if (used == 0 || !days_read(parts, &days)) return false;
    if (used < value.len && !clock_read((struct span){value.at + used, value.len - used}, &of_day)) return false;
    *time_s = days * SECONDS_A_DAY + of_day.seconds - (of_day.has_zone ? 0 : offset_s);
    if (parts[0] >= YEAR_NEVER) *time_s = ROSTER_OPEN_TO;
    if (parts[0] < YEAR_ALWAYS) *time_s = ROSTER_OPEN_FROM;
    return true;
}

bool roster_time_read(struct span value, int32_t offset_s, int64_t *time_s)
{
    int parts[3];
    int64_t days;
    bool plain = plain_date_read(value, parts) && parts[0] < YEAR_NEVER && parts[0] >= YEAR_ALWAYS && days_read(parts, &days);
    if (!plain) return written_time_read(value, offset_s, time_s);
    *time_s = days * SECONDS_A_DAY - offset_s;
    return true;
}

bool roster_day_read(struct span value, int32_t *day)
{
    int parts[3];
    int64_t days;
    if (date_split(value, parts) != value.len || value.len == 0 || !days_read(parts, &days)) return false;
    *day = (int32_t)days;
    return true;
}

/* ------------------------------------------------------------------ countries */

/* By the first letter, the second ones. */
static const char *const country_codes[26] = {
    "DEFGILMOQRSTUWXZ", "ABDEFGHIJLMNOQRSTVWYZ", "ACDFGHIKLMNORUVWXYZ", "EJKMOZ", "CEGHRST", "IJKMOR", "ABDEFGHILMNPQRSTUWY", "KMNRTU",
    "DELMNOQRST", "EMOP", "EGHIMNPRWYZ", "ABCIKRSTUVY", "ACDEFGHKLMNOPQRSTUVWXYZ", "ACEFGILOPRUZ", "M", "AEFGHKLMNRSTWY", "A", "EOSUW",
    "ABCDEGHIJKLMNORSTVXYZ", "CDFGHJKLMNORTVWZ", "AGMSYZ", "ACEGINU", "FS", "K", "ET", "AMW"};

static char upper(char byte)
{
    return byte >= 'a' && byte <= 'z' ? (char)(byte & ~0x20) : byte;
}

bool roster_country_read(struct span value, char country[2])
{
    if (value.len != 2) return false;
    country[0] = upper(value.at[0]);
    country[1] = upper(value.at[1]);
    if (country[0] < 'A' || country[0] > 'Z' || country[1] < 'A' || country[1] > 'Z') return false;
    return strchr(country_codes[country[0] - 'A'], country[1]) != NULL;
}

bool roster_subdivision_read(struct span value, char country[2], char subdivision[3])
{
    memset(country, 0, 2);
    memset(subdivision, 0, 3);
    if (value.len > 3 && value.at[2] == '-') {
        if (!roster_country_read((struct span){value.at, 2}, country)) return false;
        value = (struct span){value.at + 3, value.len - 3};
    }
    if (value.len < 1 || value.len > 3) return false;
    for (size_t i = 0; i < value.len; i++) {
        subdivision[i] = upper(value.at[i]);
        if (!is_digit(subdivision[i]) && (subdivision[i] < 'A' || subdivision[i] > 'Z')) return false;
    }
    return true;
}

/* ------------------------------------------------------------------ words */

struct word {
    const char *text;
    size_t length;
    int meaning;
};
#define WORD(text, meaning) {text, sizeof text - 1, meaning}

static const struct word types[] = {
    WORD("person", ROSTER_PERSON), WORD("individual", ROSTER_PERSON), WORD("private", ROSTER_PERSON), WORD("consumer", ROSTER_PERSON), WORD("p", ROSTER_PERSON),
    WORD("個人", ROSTER_PERSON), WORD("organisation", ROSTER_ORGANISATION), WORD("organization", ROSTER_ORGANISATION), WORD("company", ROSTER_ORGANISATION),
    WORD("corporate", ROSTER_ORGANISATION), WORD("business", ROSTER_ORGANISATION), WORD("fleet", ROSTER_ORGANISATION), WORD("legal", ROSTER_ORGANISATION),
    WORD("o", ROSTER_ORGANISATION), WORD("法人", ROSTER_ORGANISATION)};

static const struct word flags[] = {WORD("1", 1), WORD("0", 0), WORD("true", 1), WORD("false", 0), WORD("yes", 1), WORD("no", 0), WORD("y", 1), WORD("n", 0),
                                    WORD("有", 1), WORD("無", 0), WORD("可", 1), WORD("不可", 0), WORD("○", 1), WORD("×", 0)};

static bool same_word(struct span value, const char *word)
{
    for (size_t i = 0; i < value.len; i++) {
        char byte = value.at[i];
        if ((byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte) != word[i]) return false;
    }
    return true;
}

static int word_find(const struct word *words, size_t count, struct span value)
{
    for (size_t i = 0; i < count; i++)
        if (words[i].length == value.len && same_word(value, words[i].text)) return words[i].meaning;
    return -1;
}

bool roster_type_read(struct span value, enum roster_type *type)
{
    int found = word_find(types, sizeof types / sizeof types[0], value);
    if (found < 0) return false;
    *type = (enum roster_type)found;
    return true;
}

bool roster_flag_read(struct span value, bool *flag)
{
    int found = word_find(flags, sizeof flags / sizeof flags[0], value);
    *flag = found == 1;
    return found >= 0;
}
