/* event_time_named.c: times with the English name of their month.
 *
 *     10/Oct/2023:13:55:36 +0900          web servers (the Common Log Format)
 *     Tue, 10 Oct 2023 13:55:36 GMT       mail and HTTP (RFC 5322, 3.3; RFC 9110, 5.6.7)
 *     10-Oct-2023 13:55:36.123            Tomcat, Oracle with four digits of a year
 *     Oct 10, 2023 1:55:36 PM             Java
 *     Tue Oct 10 13:55:36 JST 2023        date, asctime (ISO C, 7.27.3.1) and Apache's error log, with or without a zone
 *
 * A date alone is one too, its month by three letters or in full. What names no year is no time: nobody knows which it was.
 */
#include <string.h>

#include "event_time_parts.h"

enum { NAME_LETTERS_MIN = 3, NAME_LETTERS_MAX = 9 };

static bool is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static size_t letters_count(struct span text)
{
    size_t count = 0;
    while (count < text.len && is_letter(text.at[count])) count++;
    return count;
}

/* Which of the names the letters at the front are, by three of them or all, from 1 on; 0 for none. They are taken from rest. */
static int name_take(struct span *rest, const char (*names)[NAME_LETTERS_MAX + 1], int name_count)
{
    size_t letters = letters_count(*rest);
    if (letters < NAME_LETTERS_MIN || letters > NAME_LETTERS_MAX) return 0;
    for (int i = 0; i < name_count; i++) {
        if (letters != NAME_LETTERS_MIN && letters != strlen(names[i])) continue;
        size_t same = 0;
        while (same < letters && (rest->at[same] | 0x20) == names[i][same]) same++;
        if (same < letters) continue;
        rest->at += letters;
        rest->len -= letters;
        return i + 1;
    }
    return 0;
}

static int month_take(struct span *rest)
{
    static const char months[][NAME_LETTERS_MAX + 1] = {"january", "february", "march",     "april",   "may",      "june",
                                                        "july",    "august",   "september", "october", "november", "december"};
    return name_take(rest, months, sizeof months / sizeof *months);
}

static bool weekday_take(struct span *rest)
{
    static const char days[][NAME_LETTERS_MAX + 1] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    return name_take(rest, days, sizeof days / sizeof *days) > 0;
}

static bool byte_take(struct span *rest, char byte)
{
    if (rest->len == 0 || rest->at[0] != byte) return false;
    rest->at++;
    rest->len--;
    return true;
}

static int year_take(struct span *rest)
{
    if (rest->len < 4 || (rest->len > 4 && (unsigned char)(rest->at[4] - '0') <= 9)) return -1;
    int year = time_digits(rest->at, 4);
    if (year < 0) return -1;
    rest->at += 4;
    rest->len -= 4;
    return year;
}

/* The time of day at the front, with a half of the day; false where there is none. */
static bool clock_take(struct span *rest, int64_t *of_day)
{
    size_t used = time_clock_read(rest->at, rest->len, true, of_day);
    if (used == 0) used = time_loose_clock_read(rest->at, rest->len, false, of_day);
    if (used == 0) return false;
    used += time_half_day_read(rest->at + used, rest->len - used, of_day);
    rest->at += used;
    rest->len -= used;
    return true;
}

/* A zone by its capital letters before the year: those that are one everywhere are taken for what they are, all others for none. */
static void zone_name_take(struct span *rest, struct event_time *time)
{
    size_t letters = 0;
    while (letters < rest->len && (unsigned char)(rest->at[letters] - 'A') < 26) letters++;
    bool utc = letters == 3 && (memcmp(rest->at, "UTC", 3) == 0 || memcmp(rest->at, "GMT", 3) == 0);
    bool japan = letters == 3 && memcmp(rest->at, "JST", 3) == 0;
    if (letters == 0 || letters > 5 || letters == rest->len || rest->at[letters] != ' ') return;
    time->has_zone = utc || japan;
    if (japan) time->seconds -= 9 * 3600;
    rest->at += letters + 1;
    rest->len -= letters + 1;
}

/* Day, month, year, with one and the same mark between them; then a colon or blank, and a time of day with its zone. */
static bool day_first_read(struct span *rest, struct event_time *time)
{
    int day = time_number_take(rest, 2);
    char mark = rest->len > 0 ? rest->at[0] : '\0';
    if (day < 0 || (mark != '/' && mark != '-' && mark != ' ') || !byte_take(rest, mark)) return false;
    int month = month_take(rest);
    if (month == 0 || !byte_take(rest, mark)) return false;
    int year = year_take(rest);
    if (!time_date_valid(year, month, day)) return false;
    time->seconds = time_days_since_1970(year, month, day) * 86400;
    struct span behind = *rest;
    int64_t of_day;
    bool marked = byte_take(&behind, ' ') || byte_take(&behind, ':') || byte_take(&behind, 'T');
    if (!marked || !clock_take(&behind, &of_day)) return true;
    time->seconds += of_day;
    size_t zone = time_zone_read(behind.at, behind.len, time);
    *rest = (struct span){behind.at + zone, behind.len - zone};
    return true;
}

/* Whether a year ends what it belongs to: behind the clock of syslog stands a host's name, and often another date. */
static bool year_ends(struct span behind)
{
    return behind.len == 0 || (!is_letter(behind.at[0]) && behind.at[0] != '-' && behind.at[0] != '/' && behind.at[0] != '.' && behind.at[0] != ':');
}

/* Month, day, and either a comma, the year and perhaps a time of day, or a time of day and the year. */
static bool month_first_read(struct span *rest, struct event_time *time)
{
    int month = month_take(rest);
    if (month == 0 || !byte_take(rest, ' ')) return false;
    (void)byte_take(rest, ' '); /* asctime pads days */
    int day = time_number_take(rest, 2);
    bool comma = byte_take(rest, ',');
    if (day < 0 || !byte_take(rest, ' ')) return false;
    int64_t of_day = 0;
    time->seconds = 0;
    struct span behind = *rest;
    bool clock_first = !comma && clock_take(&behind, &of_day) && byte_take(&behind, ' ');
    if (clock_first) {
        zone_name_take(&behind, time);
        *rest = behind;
    }
    int year = year_take(rest);
    if (!time_date_valid(year, month, day)) return false;
    time->seconds += time_days_since_1970(year, month, day) * 86400 + of_day;
    if (clock_first) return year_ends(*rest);
    behind = *rest;
    (void)byte_take(&behind, ',');
    if (!byte_take(&behind, ' ') || !clock_take(&behind, &of_day)) return true;
    time->seconds += of_day;
    size_t zone = time_zone_read(behind.at, behind.len, time);
    *rest = (struct span){behind.at + zone, behind.len - zone};
    return true;
}

static bool is_between(char c)
{
    return (unsigned char)(c - '0') <= 9 || c == ' ' || c == ',' || c == '-' || c == '/';
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

size_t time_named_before(const char *front, const char *colon)
{
    enum { BETWEEN_MAX = 10 }; /* " 10, 2023 13" */
    const char *end = colon, *at;
    while (end > front && colon - end < BETWEEN_MAX + 2 && is_between(end[-1])) end--;
    for (at = end; at > front && end - at <= NAME_LETTERS_MAX && is_letter(at[-1]);) at--;
    struct span name = {at, (size_t)(end - at)};
    if (end == colon || month_take(&name) == 0 || name.len > 0) return 0;
    if (at - front < 2 || at[-1] != *end || !is_digit(at[-2])) return (size_t)(colon - at);
    at -= 2;
    return (size_t)(colon - at) + (at > front && is_digit(at[-1]));
}

bool time_named_read(struct span text, struct event_time *time)
{
    struct span rest = text;
    time->has_zone = false;
    if (weekday_take(&rest)) {
        (void)byte_take(&rest, ',');
        if (!byte_take(&rest, ' ')) return false;
    }
    bool is_time = rest.len > 0 && is_letter(rest.at[0]) ? month_first_read(&rest, time) : day_first_read(&rest, time);
    size_t used = text.len - rest.len;
    if (!is_time || used > UINT8_MAX || (rest.len > 0 && (unsigned char)(rest.at[0] - '0') <= 9)) return false;
    time->length = (uint8_t)used;
    return true;
}
