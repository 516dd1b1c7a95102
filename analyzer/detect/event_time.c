#include "event_time_parts.h"

#include <string.h>

#include "../../detectors/checkdigit.h"

enum { EPOCH_FIRST = 1000000000, YEAR_FIRST = 1970, YEAR_LAST = 2105, PLAIN_LENGTH = 19 };
static const int64_t EPOCH_LAST = INT64_C(2200000000);

/* Year, month, day, hour, minute and second behind their numbers, in UTF-8. */
#define YEAR_SIGN "\xE5\xB9\xB4"
#define MONTH_SIGN "\xE6\x9C\x88"
#define DAY_SIGN "\xE6\x97\xA5"
#define HOUR_SIGN "\xE6\x99\x82"
#define MINUTE_SIGN "\xE5\x88\x86"
#define SECOND_SIGN "\xE7\xA7\x92"

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

int time_digits(const char *at, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit(at[i])) return -1;
        value = value * 10 + (at[i] - '0');
    }
    return value;
}

/* From YEAR_FIRST to YEAR_LAST every fourth year but 2100 is a leap year. */
static bool is_leap(int year)
{
    return (year % 4 == 0) & (year != 2100);
}

int64_t time_days_since_1970(int year, int month, int day)
{
    static const int16_t before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int leap_days = (int)((unsigned)(year - 1969) / 4) - (year > 2100) + ((month > 2) & is_leap(year)); /* no branch: months are any */
    return (year - 1970) * 365 + leap_days + before_month[month - 1] + day - 1;
}

bool time_date_valid(int year, int month, int day)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned m = (unsigned)month - 1, d = (unsigned)day - 1;
    if ((unsigned)(year - YEAR_FIRST) > YEAR_LAST - YEAR_FIRST || m > 11) return false;
    return d < lengths[m] + (unsigned)((m == 1) & is_leap(year));
}

static bool clock_valid(int hour, int minute, int second)
{
    unsigned h = (unsigned)hour, m = (unsigned)minute, s = (unsigned)second;
    return m < 60 && s <= 60 && (h < 24 || (h == 24 && m == 0 && s == 0));
}

size_t time_zone_read(const char *at, size_t len, struct event_time *time)
{
    size_t blank = len > 0 && at[0] == ' ';
    const char *z = at + blank;
    size_t left = len - blank;
    if (left >= 1 && (z[0] == 'Z' || z[0] == 'z') && blank == 0) {
        time->has_zone = true;
        return 1;
    }
    if (left >= 3 && (memcmp(z, "UTC", 3) == 0 || memcmp(z, "GMT", 3) == 0)) {
        time->has_zone = true;
        return blank + 3;
    }
    if (left < 3 || (z[0] != '+' && z[0] != '-')) return 0;
    int hours = time_digits(z + 1, 2);
    if (hours < 0 || hours > 14) return 0;
    size_t used = 3;
    int minutes = 0;
    if (left >= 6 && z[3] == ':' && time_digits(z + 4, 2) >= 0) minutes = time_digits(z + 4, 2), used = 6;
    else if (left >= 5 && time_digits(z + 3, 2) >= 0) minutes = time_digits(z + 3, 2), used = 5;
    else if (blank != 0) return 0;
    if (minutes > 59) return 0;
    int64_t offset = hours * 3600 + minutes * 60;
    time->seconds -= z[0] == '-' ? -offset : offset;
    time->has_zone = true;
    return blank + used;
}

size_t time_clock_read(const char *at, size_t len, bool colons, int64_t *seconds)
{
    size_t step = colons ? 3 : 2;
    if (len < step + 2) return 0;
    int hour = time_digits(at, 2), minute = time_digits(at + step, 2), second = 0;
    if (colons && at[2] != ':') return 0;
    size_t used = step + 2;
    if (len >= 2 * step + 2 && (!colons || at[5] == ':') && is_digit(at[2 * step])) {
        second = time_digits(at + 2 * step, 2);
        used = 2 * step + 2;
        if (used < len && (at[used] == '.' || at[used] == ',') && used + 1 < len && is_digit(at[used + 1]))
            for (used++; used < len && is_digit(at[used]);) used++;
    }
    if (!clock_valid(hour, minute, second)) return 0;
    *seconds = hour * 3600 + minute * 60 + second;
    return used;
}

int time_number_take(struct span *rest, size_t digits_max)
{
    size_t count = 0;
    while (count < rest->len && count < digits_max && is_digit(rest->at[count])) count++;
    int value = count > 0 ? time_digits(rest->at, (int)count) : -1;
    rest->at += count;
    rest->len -= count;
    return value;
}

static bool mark_take(struct span *rest, const char *mark)
{
    size_t len = strlen(mark);
    if (rest->len < len || memcmp(rest->at, mark, len) != 0) return false;
    rest->at += len;
    rest->len -= len;
    return true;
}

size_t time_loose_clock_read(const char *at, size_t len, bool hour_alone, int64_t *seconds)
{
    struct span rest = {at, len};
    int hour = time_number_take(&rest, 2), minute = 0, second = 0;
    if (hour < 0) return 0;
    if (mark_take(&rest, HOUR_SIGN)) {
        struct span behind = rest;
        int read = time_number_take(&behind, 2);
        bool minutes = read >= 0 && mark_take(&behind, MINUTE_SIGN);
        if (minutes) minute = read, rest = behind;
        if (minutes && (read = time_number_take(&behind, 2)) >= 0 && mark_take(&behind, SECOND_SIGN)) second = read, rest = behind;
    } else if (mark_take(&rest, ":")) {
        if ((minute = time_number_take(&rest, 2)) < 0) return 0;
        struct span behind = rest;
        if (mark_take(&behind, ":") && (second = time_number_take(&behind, 2)) >= 0) rest = behind;
        if (second < 0) second = 0;
        if (rest.len > 1 && (rest.at[0] == '.' || rest.at[0] == ',') && is_digit(rest.at[1]))
            for (rest.at++, rest.len--; rest.len > 0 && is_digit(rest.at[0]);) rest.at++, rest.len--;
    } else if (!hour_alone) {
        return 0;
    }
    if (!clock_valid(hour, minute, second) || (rest.len > 0 && is_digit(rest.at[0]))) return 0;
    *seconds = hour * 3600 + minute * 60 + second;
    return len - rest.len;
}

size_t time_half_day_read(const char *at, size_t len, int64_t *of_day)
{
    size_t blank = len > 0 && at[0] == ' ';
    if (len < blank + 2 || (at[blank + 1] | 0x20) != 'm' || ((at[blank] | 0x20) != 'a' && (at[blank] | 0x20) != 'p')) return 0;
    if (len > blank + 2 && (unsigned char)((at[blank + 2] | 0x20) - 'a') < 26) return 0;
    int64_t hour = *of_day / 3600;
    if (hour < 1 || hour > 12) return 0;
    *of_day += ((at[blank] | 0x20) == 'p') * INT64_C(43200) - (hour == 12) * INT64_C(43200);
    return blank + 2;
}

/* The time of day behind a date that took `used` bytes, and its zone. Returns the bytes taken of the whole. */
static size_t day_time_read(struct span text, size_t used, bool separated, struct event_time *time)
{
    const char *at = text.at;
    bool mark = used < text.len && (at[used] == 'T' || at[used] == 't' || at[used] == ' ' || at[used] == '_');
    bool letter = mark && (at[used] | 0x20) == 't';
    size_t from = used + mark;
    int64_t of_day;
    size_t clock = mark || !separated ? time_clock_read(at + from, text.len - from, separated, &of_day) : 0;
    if (clock == 0 && mark && !separated) clock = time_clock_read(at + from, text.len - from, true, &of_day);
    if (clock == 0 && separated) clock = time_loose_clock_read(at + from, text.len - from, letter, &of_day);
    if (clock == 0) return used;
    used = from + clock;
    used += time_half_day_read(at + used, text.len - used, &of_day);
    time->seconds += of_day;
    return used + time_zone_read(at + used, text.len - used, time);
}

static bool calendar_read(struct span text, bool separated, struct event_time *time)
{
    const char *at = text.at;
    size_t date_length = separated ? 10 : 8;
    if (text.len < date_length) return false;
    if (separated && (at[7] != at[4] || (at[4] != '-' && at[4] != '/'))) return false;
    int year = time_digits(at, 4), month = time_digits(at + (separated ? 5 : 4), 2),
        day = time_digits(at + (separated ? 8 : 6), 2);
    if (!time_date_valid(year, month, day)) return false;
    time->seconds = time_days_since_1970(year, month, day) * 86400;
    time->has_zone = false;
    size_t used = day_time_read(text, date_length, separated, time);
    time->length = (uint8_t)used;
    return used == text.len || !is_digit(at[used]);
}

/* The year of a Japanese era; 0 for none. */
static int era_take(struct span *rest)
{
    static const struct { const char *name; int year_before; } eras[] = {{"\xE4\xBB\xA4\xE5\x92\x8C", 2018}, {"\xE5\xB9\xB3\xE6\x88\x90", 1988}};
    for (size_t i = 0; i < sizeof eras / sizeof *eras; i++) {
        if (!mark_take(rest, eras[i].name)) continue;
        int year = mark_take(rest, "\xE5\x85\x83") ? 1 : time_number_take(rest, 2);
        return year > 0 ? eras[i].year_before + year : 0;
    }
    return 0;
}

/* Dates without leading zeros, as spreadsheets write them, and with the signs of year, month and day. */
static bool loose_calendar_read(struct span text, struct event_time *time)
{
    struct span rest = text;
    int year = text.len > 0 && !is_digit(text.at[0]) ? era_take(&rest) : time_number_take(&rest, 4);
    bool signs = mark_take(&rest, YEAR_SIGN);
    const char *separator = rest.len > 0 && rest.at[0] == '/' ? "/" : "-";
    if (!signs && (!is_digit(text.at[0]) || !mark_take(&rest, separator))) return false;
    int month = time_number_take(&rest, 2);
    if (!mark_take(&rest, signs ? MONTH_SIGN : separator)) return false;
    int day = time_number_take(&rest, 2);
    if ((signs && !mark_take(&rest, DAY_SIGN)) || !time_date_valid(year, month, day)) return false;
    time->seconds = time_days_since_1970(year, month, day) * 86400;
    time->has_zone = false;
    size_t used = text.len - rest.len;
    if (used < text.len && is_digit(text.at[used]) && !signs) return false;
    used = day_time_read(text, used, true, time);
    if (used > UINT8_MAX) return false;
    time->length = (uint8_t)used;
    return used == text.len || !is_digit(text.at[used]);
}

static bool epoch_read(const char *at, size_t count, struct event_time *time)
{
    int64_t unit = count == 10 ? 1 : count == 13 ? 1000 : count == 16 ? 1000000 : count == 19 ? 1000000000 : 0;
    if (unit == 0) return false;
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) value = value * 10 + (uint64_t)(at[i] - '0');
    int64_t seconds = (int64_t)(value / (uint64_t)unit);
    if (seconds < EPOCH_FIRST || seconds > EPOCH_LAST) return false;
    *time = (struct event_time){seconds, true, (uint8_t)count};
    return true;
}

/* What stands behind the bytes that a time took: the half of its day, and a zone of any form. */
static __attribute__((noinline)) bool plain_zone_read(struct span text, size_t used, struct event_time *time)
{
    int64_t of_day = time->seconds % 86400, moved = of_day;
    used += time_half_day_read(text.at + used, text.len - used, &moved);
    time->seconds += moved - of_day;
    used += time_zone_read(text.at + used, text.len - used, time);
    time->length = (uint8_t)used;
    return used == text.len || !is_digit(text.at[used]);
}

/* "+hh:mm" or "-hh:mm" behind the bytes that a time took, and nothing else. False: to be read by the rules. */
static inline bool plain_offset_read(struct span text, size_t used, struct event_time *time)
{
    enum { OFFSET_LENGTH = 6 };
    if (text.len != used + OFFSET_LENGTH) return false;
    const char *at = text.at + used;
    unsigned h1 = (unsigned char)at[1] ^ '0', h0 = (unsigned char)at[2] ^ '0', m1 = (unsigned char)at[4] ^ '0', m0 = (unsigned char)at[5] ^ '0';
    unsigned hours = h1 * 10 + h0;
    bool plain = ((at[0] == '+') | (at[0] == '-')) & (at[3] == ':') & (h1 <= 9) & (h0 <= 9) & (hours <= 14) & (m1 <= 5) & (m0 <= 9);
    if (!plain) return false;
    int64_t offset = hours * 3600 + (m1 * 10 + m0) * 60;
    time->seconds -= at[0] == '-' ? -offset : offset;
    time->has_zone = true;
    time->length = (uint8_t)text.len;
    return true;
}

/* "YYYY-MM-DDThh:mm:ss", a fraction and a zone, which most exports write: read in words. False: to be read by the rules. */
static inline bool plain_read(struct span text, struct event_time *time)
{
    if (text.len < PLAIN_LENGTH) return false;
    const char *at = text.at;
    if (at[10] != 'T' && at[10] != ' ') return false;
    /* Digits become their values and separators 0; a byte above 9 or 0 sets the highest bit. */
    const uint64_t highest = EIGHT_BYTES(0x80);
    uint64_t date = eight_load(at) ^ UINT64_C(0x2D30302D30303030), clock = eight_load(at + 11) ^ UINT64_C(0x30303A30303A3030);
    unsigned day_tens = (unsigned char)at[8] ^ '0', day_ones = (unsigned char)at[9] ^ '0';
    uint64_t outside = (date + UINT64_C(0x7F76767F76767676)) | date | (clock + UINT64_C(0x76767F76767F7676)) | clock;
    if ((outside & highest) != 0 || day_ones > 9) return false;
    date = date * 10 + (date >> 8);
    clock = clock * 10 + (clock >> 8);
    int year = (int)(date & 0xFF) * 100 + (int)(date >> 16 & 0xFF), month = (int)(date >> 40 & 0xFF);
    int day = (int)(day_tens * 10 + day_ones);
    int hour = (int)(clock & 0xFF), minute = (int)(clock >> 24 & 0xFF), second = (int)(clock >> 48 & 0xFF);
    if (!time_date_valid(year, month, day) || !clock_valid(hour, minute, second)) return false;
    time->seconds = time_days_since_1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    size_t used = PLAIN_LENGTH;
    if (text.len > used + 1 && (at[used] == '.' || at[used] == ',') && is_digit(at[used + 1]))
        for (used++; used < text.len && is_digit(at[used]);) used++;
    bool utc = text.len > used && at[used] == 'Z';
    time->has_zone = utc;
    time->length = (uint8_t)(used + 1);
    if (utc) return text.len == used + 1 || !is_digit(at[used + 1]);
    return plain_offset_read(text, used, time) || plain_zone_read(text, used, time);
}

/* The number that eight digits write. */
static inline uint64_t eight_number(uint64_t digits)
{
    uint64_t pairs = (digits ^ EIGHT_BYTES('0')) * (10 << 8 | 1) >> 8 & UINT64_C(0x00FF00FF00FF00FF);
    uint64_t fours = pairs * (100 << 16 | 1) >> 16 & UINT64_C(0x0000FFFF0000FFFF);
    return fours * (UINT64_C(10000) << 32 | 1) >> 32;
}

/* Seconds or milliseconds since 1970 and nothing else. False: to be read by the rules. */
static inline bool plain_epoch_read(struct span text, struct event_time *time)
{
    enum { SECONDS_LENGTH = 10, MILLISECONDS_LENGTH = 13 };
    if (text.len != SECONDS_LENGTH && text.len != MILLISECONDS_LENGTH) return false;
    uint64_t front = eight_load(text.at);
    if (!eight_are_digits(front) || !eight_are_digits(eight_load(text.at + text.len - 8))) return false;
    int64_t seconds = (int64_t)(eight_number(front) * 100) + (text.at[8] - '0') * 10 + (text.at[9] - '0');
    if (seconds < EPOCH_FIRST || seconds > EPOCH_LAST) return false;
    *time = (struct event_time){seconds, true, (uint8_t)text.len};
    return true;
}

static __attribute__((noinline)) bool ruled_read(struct span text, struct event_time *time)
{
    size_t count = 0;
    while (count < text.len && count < 20 && is_digit(text.at[count])) count++;
    if (count == 4) return calendar_read(text, true, time) || loose_calendar_read(text, time);
    if (count == 0) return text.len > 0 && (unsigned char)text.at[0] >= 0x80 && loose_calendar_read(text, time);
    if (count == 8 || count == 14 || count == 12) return calendar_read(text, false, time);
    if (!epoch_read(text.at, count, time)) return false;
    if (count < text.len && text.at[count] == '.') {
        size_t end = count + 1;
        while (end < text.len && is_digit(text.at[end])) end++;
        time->length = (uint8_t)(end > 255 ? 255 : end);
    }
    return true;
}

bool event_time_read(struct span text, struct event_time *time)
{
    return plain_read(text, time) || plain_epoch_read(text, time) || ruled_read(text, time) || time_named_read(text, time);
}
