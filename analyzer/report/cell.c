#include "cell.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "../support/escape.h"
#include "../support/utf8.h"

/* What a byte asks for; a text without any of these is copied as it stands. */
enum { BYTE_QUOTE = 1, BYTE_ESCAPE = 2, BYTE_HIGH = 4 };

/* Without branches, so that the compiler looks at many bytes at once. */
static unsigned classes_of(struct span text)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.at[i];
        uint8_t control = byte < 0x20 || byte == 0x7F ? BYTE_QUOTE | BYTE_ESCAPE : 0;
        uint8_t quote = byte == '"' || byte == ',' ? BYTE_QUOTE : 0;
        uint8_t backslash = byte == '\\' ? BYTE_ESCAPE : 0;
        uint8_t high = byte >= 0x80 ? BYTE_HIGH : 0;
        seen = (uint8_t)(seen | control | quote | backslash | high);
    }
    return seen;
}

static const char two_digits[] = "0001020304050607080910111213141516171819"
                                 "2021222324252627282930313233343536373839"
                                 "4041424344454647484950515253545556575859"
                                 "6061626364656667686970717273747576777879"
                                 "8081828384858687888990919293949596979899";

static char *write_two(char *at, uint64_t number)
{
    memcpy(at, two_digits + 2 * number, 2);
    return at + 2;
}

/* All digits of a number below 10^8 at once, as eight bytes of which the first is the highest digit: halves of four digits, then of two,
 * then of one, each half by a product in place of a division. */
static inline uint64_t eight_digits(uint32_t number)
{
    uint64_t fours = number / 10000 | (uint64_t)(number % 10000) << 32;
    uint64_t hundreds = (fours * 10486 >> 20) & UINT64_C(0x0000007F0000007F);
    uint64_t twos = hundreds | (fours - 100 * hundreds) << 16;
    uint64_t tens = (twos * 103 >> 10) & UINT64_C(0x000F000F000F000F);
    return tens | (twos - 10 * tens) << 8;
}

/* Eight bytes are written, however few digits there are: which that is hangs on the number, and would be guessed wrong. */
static inline char *write_eight(char *at, uint32_t number)
{
    uint64_t digits = eight_digits(number);
    unsigned zeros = (unsigned)__builtin_ctzll(digits) / 8;
    digits = htole64((digits + UINT64_C(0x3030303030303030)) >> 8 * zeros);
    memcpy(at, &digits, sizeof digits);
    return at + 8 - zeros;
}

char *cell_write_large(char *at, uint64_t number)
{
    if (number < 100000000)
        return write_eight(at, (uint32_t)number);
    char digits[CELL_NUMBER_BYTES];
    char *first = digits + sizeof digits;
    for (; number >= 100; number /= 100) {
        first -= 2;
        write_two(first, number % 100);
    }
    if (number >= 10)
        write_two(first -= 2, number);
    else
        *--first = (char)('0' + number);
    size_t count = (size_t)(digits + sizeof digits - first);
    memcpy(at, first, count);
    return at + count;
}

char *cell_write_distinct(char *at, struct distinct distinct)
{
    if (distinct.estimated)
        *at++ = '~';
    return cell_write_unsigned(at, distinct.count);
}

struct civil {
    int64_t year;
    unsigned month, day;
};

/* The proleptic Gregorian date of a day counted from 1970-01-01. Years are counted from March, so
 * that the leap day is the last of a year, in periods of 400 years (146,097 days). */
static struct civil civil_from_days(int64_t days)
{
    days += 719468; /* 0000-03-01 to 1970-01-01 */
    int64_t period = (days >= 0 ? days : days - 146096) / 146097;
    unsigned day = (unsigned)(days - period * 146097);
    unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    unsigned day_of_year = day - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * day_of_year + 2) / 153;
    struct civil civil = {.year = (int64_t)year + period * 400,
                          .month = month < 10 ? month + 3 : month - 9,
                          .day = day_of_year - (153 * month + 2) / 5 + 1};
    civil.year += civil.month <= 2;
    return civil;
}

/* The same for what 32 bits of seconds reach, with fewer divisions (Neri and Schneider 2022, Euclidean affine
 * functions and their application to calendar algorithms). */
static inline struct civil civil_near(uint32_t days)
{
    uint32_t quarters = 4 * (days + 719468) + 3;
    uint32_t century = quarters / 146097, day = quarters % 146097 / 4;
    uint64_t product = (uint64_t)2939745 * (4 * day + 3);
    uint32_t day_of_year = (uint32_t)product / 2939745 / 4;
    uint32_t month_and_day = 2141 * day_of_year + 197913;
    bool next_year = day_of_year >= 306;
    return (struct civil){.year = (int64_t)(100 * century + (uint32_t)(product >> 32)) + next_year,
                          .month = (month_and_day >> 16) - (next_year ? 12 : 0),
                          .day = (month_and_day & 0xFFFF) / 2141 + 1};
}

static inline char *write_date_time(char *at, const struct civil *civil, uint32_t second)
{
    uint32_t year = (uint32_t)civil->year, minute = second / 60;
    write_two(at, year / 100);
    write_two(at + 2, year % 100);
    at[4] = '-';
    write_two(at + 5, civil->month);
    at[7] = '-';
    write_two(at + 8, civil->day);
    at[10] = 'T';
    write_two(at + 11, minute / 60);
    at[13] = ':';
    write_two(at + 14, minute % 60);
    at[16] = ':';
    write_two(at + 17, second % 60);
    at[19] = 'Z';
    return at + 20;
}

char *cell_write_time(char *at, int64_t seconds)
{
    if (seconds == TIME_NONE)
        return at;
    if (seconds >= 0 && seconds <= UINT32_MAX) {
        uint32_t near = (uint32_t)seconds;
        struct civil civil = civil_near(near / 86400);
        return write_date_time(at, &civil, near % 86400);
    }
    int64_t days = seconds / 86400, rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    struct civil civil = civil_from_days(days);
    if (civil.year < 0 || civil.year > 9999) /* no event time of ours; kept readable all the same */
        return at + sprintf(at, "%lld", (long long)seconds);
    return write_date_time(at, &civil, (uint32_t)rest);
}

char *cell_write_severity(char *at, struct severity severity)
{
    unsigned score = severity_score(severity);
    if (severity.context == 0) return at;
    *at++ = (char)('0' + score / 100);
    *at++ = '.';
    *at++ = (char)('0' + score / 10 % 10);
    *at++ = (char)('0' + score % 10);
    return at;
}

char *cell_write_name(char *at, const char *name)
{
    size_t len = strlen(name);
    memcpy(at, name, len);
    return at + len;
}

char *cell_write_hex(char *at, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}

static bool is_run_by_spreadsheets(struct span text)
{
    if (text.len == 0)
        return false;
    switch (text.at[0]) {
    case '=':
    case '+':
    case '-':
    case '@':
    case '\t':
    case '\r': return true;
    default: return false;
    }
}

static char *write_copy(char *at, struct span text, bool quoted)
{
    if (!quoted) {
        memcpy(at, text.at, text.len);
        return at + text.len;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"')
            *at++ = '"';
        *at++ = text.at[i];
    }
    return at;
}

/* Text that is fit to be written; seen is its classes, tail what follows it within the cell. */
static char *write_cell(char *at, struct span text, unsigned seen, struct span tail)
{
    bool quoted = (seen & BYTE_QUOTE) != 0;
    if (quoted)
        *at++ = '"';
    if (is_run_by_spreadsheets(text))
        *at++ = '\'';
    if (text.len > 0)
        at = write_copy(at, text, quoted);
    if (tail.len > 0)
        at = write_copy(at, tail, false);
    if (quoted)
        *at++ = '"';
    return at;
}

/* The escaped form is made behind the room that the cell itself can fill: 2 * 4 bytes for each. */
static char *write_escaped(char *at, struct span text, struct span tail)
{
    char *scratch = at + text.len * 2 * ESCAPE_GROWTH + CELL_TEXT_BYTES - 1;
    size_t count = escape_write(scratch, text.len * ESCAPE_GROWTH + 1, text.at, text.len);
    struct span escaped = {scratch, count};
    return write_cell(at, escaped, classes_of(escaped), tail);
}

static inline uint64_t repeated(uint8_t byte)
{
    return byte * UINT64_C(0x0101010101010101);
}

/* The highest bits of bytes that are zero; what stands above the first may be wrong. */
static inline uint64_t zero_bytes(uint64_t eight)
{
    return (eight - repeated(1)) & ~eight & repeated(0x80);
}

/* Whether eight bytes hold none that quotes or escapes could be needed for: printable ASCII, no comma, no quote. */
static inline bool eight_plain(uint64_t eight)
{
    uint64_t control = (eight - repeated(0x20)) | eight;
    return ((control & repeated(0x80)) | zero_bytes(eight ^ repeated(0x7F)) | zero_bytes(eight ^ repeated('"')) |
            zero_bytes(eight ^ repeated(','))) == 0;
}

/* Copies most customer IDs, eight bytes at a time; NULL: it takes a closer look. The room is there for eight more. */
static inline char *write_plain(char *at, struct span text)
{
    uint64_t eight, last;
    size_t i = 0;
    if (text.len >= sizeof eight && text.len <= 2 * sizeof eight) { /* most: two words that may overlap */
        memcpy(&eight, text.at, sizeof eight);
        memcpy(&last, text.at + text.len - sizeof last, sizeof last);
        if (!eight_plain(eight) || !eight_plain(last) || is_run_by_spreadsheets(text))
            return NULL;
        memcpy(at, &eight, sizeof eight);
        memcpy(at + text.len - sizeof last, &last, sizeof last);
        return at + text.len;
    }
    for (; i + sizeof eight <= text.len; i += sizeof eight) {
        memcpy(&eight, text.at + i, sizeof eight);
        if (!eight_plain(eight))
            return NULL;
        memcpy(at + i, &eight, sizeof eight);
    }
    for (; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.at[i];
        if (byte < 0x20 || byte >= 0x7F || byte == '"' || byte == ',')
            return NULL;
        at[i] = (char)byte;
    }
    return is_run_by_spreadsheets(text) ? NULL : at + text.len;
}

char *cell_write_text(char *at, struct span text)
{
    char *plain = write_plain(at, text);
    if (plain != NULL)
        return plain;
    static const struct span nothing = {"", 0};
    unsigned seen = classes_of(text);
    if ((seen & BYTE_HIGH) != 0 && !utf8_is_valid(text.at, text.len))
        return write_escaped(at, text, nothing);
    return write_cell(at, text, seen, nothing);
}

bool cell_path_is_plain(struct span path)
{
    return classes_of(path) == 0 && !is_run_by_spreadsheets(path);
}

char *cell_write_path(char *at, struct span path, uint64_t unit)
{
    char number[CELL_NUMBER_BYTES + 1] = "#";
    struct span tail = {number, 0};
    if (unit > 0)
        tail.len = (size_t)(cell_write_unsigned(number + 1, unit) - number);
    unsigned seen = classes_of(path);
    if ((seen & (BYTE_HIGH | BYTE_ESCAPE)) != 0)
        return write_escaped(at, path, tail);
    return write_cell(at, path, seen, tail);
}

char *cell_write_elements(char *at, uint16_t elements)
{
    bool filled = false;
    for (int i = 0; i < ELEMENT_COUNT; i++) {
        if ((elements >> i & 1) == 0)
            continue;
        if (filled)
            *at++ = '+';
        at = cell_write_name(at, element_code((enum element)i));
        filled = true;
    }
    return at;
}

char *cell_write_basis(char *at, unsigned basis)
{
    static const char *const names[] = {"field", "parent", "path", "roster", "link"};
    bool filled = false;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((basis >> i & 1) == 0)
            continue;
        if (filled)
            *at++ = '+';
        at = cell_write_name(at, names[i]);
        filled = true;
    }
    return at;
}
