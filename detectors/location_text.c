/* location_text.c: positions inside running text.
 *
 * Shape   point after point (memchr) -> the number around it -> what stands before and behind:
 *         an axis label, a hemisphere letter, or a second number
 * Source  identifiers as in location.c; RFC 7946 for "coordinates"
 */
#include "location.h"

#include <string.h>

#include "checkdigit.h"
#include "lookup.h"
#include "value.h"

enum {
    INTEGER_DIGITS_MAX = 3,
    KEY_BYTES_MAX = 64,
    BRACKET_REACH = 64, /* how far the other bracket may be */
    RUN_MAX = 16,       /* numbers in one list that are looked at */
    AXES_MAX = 8,       /* labelled numbers that wait for their partner */
    EMBEDDING_MIN = 4,  /* this many long decimals in a list are no position */
    LONG_DECIMALS = 4,
    FOLD_BYTES = 2048,
    COMMA_TEXT_MAX = 64
};

/* One number of the text; start is at its sign. Its value is read where it is needed: most numbers
 * are no part of a position. */
struct number {
    size_t start, end;
    struct coordinate value;
};

/* A number under a latitude or longitude label, or with a hemisphere letter. */
struct axis {
    struct coordinate value;
    uint32_t bits; /* LABEL_LATITUDE or LABEL_LONGITUDE, LABEL_WEAK_AXIS */
    uint32_t stem; /* of "start" in start_lat; 0 for none */
    bool hemisphere;
};

struct search {
    const char *at;
    size_t len;
    struct position *found;
    size_t found_max, count;
    uint64_t *rejected, refused;
    struct axis axes[AXES_MAX];
    size_t axis_count;
    size_t taken; /* what stands before this index was used: "35.1 N 139.2 E" */
    enum { GEOJSON_UNASKED, GEOJSON_NONE, GEOJSON_POINTS, GEOJSON_AREAS } geojson;
};

static inline bool is_digit(char character)
{
    return (unsigned char)character - (unsigned)'0' < 10;
}

static inline bool is_letter(char character)
{
    return ((unsigned char)character | 0x20u) - (unsigned)'a' < 26;
}

static inline bool is_word(char character)
{
    return is_digit(character) || is_letter(character) || character == '_';
}

static inline bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

static inline bool is_quote(char character)
{
    return character == '"' || character == '\'';
}

static inline char at_or_nul(const struct search *search, size_t index)
{
    return index < search->len ? search->at[index] : '\0';
}

static void refuse(struct search *search, enum reason reason)
{
    if (reason == REASON_FORM) return;
    search->refused++;
    if (search->rejected != NULL) search->rejected[reason]++;
}

static void add(struct search *search, const struct position *position)
{
    if (search->count < search->found_max) search->found[search->count] = *position;
    search->count++;
}

static void judge(struct search *search, struct coordinate first, struct coordinate second,
                  bool labelled, enum grade grade_max)
{
    struct position position;
    enum reason reason = position_judge(first, second, labelled, &position);
    if (reason != REASON_NONE) {
        refuse(search, reason);
        return;
    }
    if (position.grade > grade_max) position.grade = grade_max;
    add(search, &position);
}

/* --- numbers ------------------------------------------------------------------------------- */

/* The end of an exponent that starts at index, or index itself. */
static size_t exponent_end(const struct search *search, size_t index)
{
    if ((at_or_nul(search, index) | 0x20) != 'e') return index;
    size_t end = index + 1;
    if (at_or_nul(search, end) == '-' || at_or_nul(search, end) == '+') end++;
    if (!is_digit(at_or_nul(search, end))) return index;
    while (is_digit(at_or_nul(search, end)))
        end++;
    return end;
}

/* "08:15:30.5" is a time; the digits before ':' belong to no name like "lat1:". */
static bool clock_before(const struct search *search, size_t colon)
{
    size_t at = colon;
    while (at > 0 && is_digit(search->at[at - 1]))
        at--;
    return at < colon && (at == 0 || !is_word(search->at[at - 1]));
}

static bool hemisphere_letter(char character)
{
    return character == 'N' || character == 'S' || character == 'E' || character == 'W';
}

/* Whether a number may start here: not inside a word, a dotted number, a time, or minutes. */
static bool start_holds(const struct search *search, size_t start)
{
    if (start == 0) return true;
    char before = search->at[start - 1];
    if (before == '.' || before == '-' || before == '+' || is_digit(before)) return false;
    if (before == ':') return !clock_before(search, start - 1);
    if (hemisphere_letter(before)) return start == 1 || !is_word(search->at[start - 2]);
    if (start >= 2 && search->at[start - 2] == '\xC2' && (before == '\xB0' || before == '\xBA'))
        return false;
    return !is_letter(before) && before != '_';
}

static bool end_holds(const struct search *search, size_t end)
{
    char after = at_or_nul(search, end);
    if (hemisphere_letter(after)) return !is_word(at_or_nul(search, end + 1));
    bool dotted = after == '.' && is_digit(at_or_nul(search, end + 1));
    return !is_word(after) && after != '%' && !dotted;
}

/* The highest bit of each byte that is no digit. */
static inline uint64_t eight_no_digits(uint64_t word)
{
    uint64_t value = word ^ EIGHT_BYTES('0');
    return (((value & EIGHT_BYTES(0x7F)) + EIGHT_BYTES(0x76)) | value) & EIGHT_BYTES(0x80);
}

/* How many digits stand before a point: up to INTEGER_DIGITS_MAX, or some number above it. */
static inline size_t digits_before(const struct search *search, size_t point)
{
    if (point >= 8) {
        uint64_t others = eight_no_digits(eight_load(search->at + point - 8));
        return others == 0 ? 8 : (size_t)__builtin_clzll(others) / 8;
    }
    size_t count = 0;
    while (count < point && is_digit(search->at[point - 1 - count]))
        count++;
    return count;
}

static inline size_t digits_end(const struct search *search, size_t index)
{
    for (; index + 8 <= search->len; index += 8) {
        uint64_t others = eight_no_digits(eight_load(search->at + index));
        if (others != 0) return index + (size_t)__builtin_ctzll(others) / 8;
    }
    while (index < search->len && is_digit(search->at[index]))
        index++;
    return index;
}

/* Reads the number around a point; end is set also where it is none, to go on behind it. */
static bool number_around(const struct search *search, size_t point, struct number *number)
{
    number->end = point + 1;
    size_t integers = digits_before(search, point), start = point - integers;
    if (integers == 0 || integers > INTEGER_DIGITS_MAX) return false;
    size_t end = digits_end(search, point + 1);
    if (end == point + 1) return false;
    end = exponent_end(search, end);
    number->end = end;
    if (start > 0 && (search->at[start - 1] == '-' || search->at[start - 1] == '+')) start--;
    if (!start_holds(search, start) || !end_holds(search, end)) return false;
    if (start > 0 && (search->at[start] == '-' || search->at[start] == '+') &&
        is_word(search->at[start - 1]))
        return false;
    number->start = start;
    return true;
}

static void number_read(const struct search *search, struct number *number)
{
    struct span text = {search->at + number->start, number->end - number->start};
    number->value = coordinate_read(text);
}

/* The number that starts at index. */
static bool number_from(const struct search *search, size_t index, struct number *number)
{
    size_t point = index;
    if (at_or_nul(search, point) == '-' || at_or_nul(search, point) == '+') point++;
    while (is_digit(at_or_nul(search, point)))
        point++;
    return at_or_nul(search, point) == '.' && number_around(search, point, number) &&
           number->start == index;
}

/* --- axes: labelled numbers and hemispheres ------------------------------------------------- */

static void axes_judge(struct search *search, const struct axis *one, const struct axis *other)
{
    bool latitude_first = (one->bits & LABEL_LATITUDE) != 0;
    const struct axis *latitude = latitude_first ? one : other;
    const struct axis *longitude = latitude_first ? other : one;
    judge(search, latitude->value, longitude->value, true,
          one->hemisphere ? GRADE_LIKELY : GRADE_CONFIRMED);
}

static void axis_drop(struct search *search, size_t index)
{
    search->axis_count--;
    memmove(&search->axes[index], &search->axes[index + 1],
            (search->axis_count - index) * sizeof *search->axes);
}

/* Pairs the number with the waiting one of the other axis and the same stem. */
static void axis_add(struct search *search, const struct axis *axis)
{
    for (size_t i = search->axis_count; i-- > 0;) {
        const struct axis *waiting = &search->axes[i];
        if (waiting->stem != axis->stem || waiting->hemisphere != axis->hemisphere) continue;
        if (waiting->bits == axis->bits) { /* the earlier one found no partner */
            axis_drop(search, i);
            continue;
        }
        if (((waiting->bits ^ axis->bits) & LABEL_WEAK_AXIS) != 0) continue;
        axes_judge(search, waiting, axis);
        axis_drop(search, i);
        return;
    }
    if (search->axis_count == AXES_MAX) axis_drop(search, 0);
    search->axes[search->axis_count++] = *axis;
}

/* Most keys are told from an axis by their last two letters; the rest is asked in the table. */
static inline bool axis_letters(char before, char last)
{
    before = (char)(before | 0x20);
    switch (last | 0x20) {
    case 't':
        return before == 'a';
    case 'n':
        return before == 'o';
    case 'g':
        return before == 'n' || before == 'e';
    case 'e':
        return before == 'd' || before == 'n';
    case 'd':
        return before == 'u' || before == 'a';
    case 'l':
        return before == 'n' || before == 'e';
    case 'o':
        return before == 'd';
    case 'x':
    case 'y':
        return !is_letter(before) || (last & 0x20) == 0;
    default:
        return false;
    }
}

static bool axis_ending(struct span word)
{
    while (word.len > 0 && is_digit(word.at[word.len - 1]))
        word.len--;
    if (word.len == 0) return false;
    char last = word.at[word.len - 1];
    return (unsigned char)last >= 0x80 ||
           axis_letters(word.len > 1 ? word.at[word.len - 2] : '\0', last);
}

/* What stands before the axis word, and the number behind it: "start" of startLat, "1" of lat1. */
static uint32_t stem_of(struct span word)
{
    uint32_t hash = LABEL_HASH_START;
    size_t end = word.len;
    while (end > 0 && is_digit(word.at[end - 1]))
        hash = label_hash_step(hash, (unsigned char)word.at[--end]);
    size_t cut = end;
    while (cut > 0 && is_letter(word.at[cut - 1])) {
        cut--;
        bool capital = (word.at[cut] & 0x20) == 0;
        if (capital && cut > 0 && (word.at[cut - 1] & 0x20) != 0) break; /* camelCase hump */
    }
    while (cut > 0) {
        char character = word.at[--cut];
        if (is_word(character) && character != '_')
            hash = label_hash_step(hash, (unsigned char)character | 0x20u);
    }
    return hash;
}

static bool key_byte(char character)
{
    return is_word(character) || character == '-' || character == '.' ||
           (unsigned char)character >= 0x80;
}

static size_t blanks_back(const struct search *search, size_t index)
{
    while (index > 0 && is_blank(search->at[index - 1]))
        index--;
    return index;
}

/* Quotes, also those escaped in a JSON string. */
static size_t quote_back(const struct search *search, size_t index)
{
    if (index > 0 && is_quote(search->at[index - 1])) index--;
    if (index > 0 && search->at[index - 1] == '\\') index--;
    return index;
}

/* ':' '=' and their full-width forms, '>' of an XML element. */
static size_t assignment_back(const struct search *search, size_t index)
{
    char mark = index > 0 ? search->at[index - 1] : '\0';
    if (mark == ':' || mark == '=' || mark == '>') return index - 1;
    if (index >= 3 && (memcmp(search->at + index - 3, "\xEF\xBC\x9A", 3) == 0 ||
                       memcmp(search->at + index - 3, "\xEF\xBC\x9D", 3) == 0))
        return index - 3;
    return index;
}

/* The name before a value that starts at start; empty for none. */
static struct span key_before(const struct search *search, size_t start, bool *assigned)
{
    struct span none = {search->at, 0};
    size_t value = blanks_back(search, quote_back(search, start));
    size_t end = assignment_back(search, value);
    *assigned = end != value;
    if (!*assigned) { /* "lat 35.1": a word and a blank, or a word of another script */
        bool quoted = start > 0 && is_quote(search->at[start - 1]);
        bool touching = end == start && end > 0 && (unsigned char)search->at[end - 1] >= 0x80;
        if (quoted || (end == start && !touching)) return none;
    }
    end = quote_back(search, blanks_back(search, end));
    size_t begin = end;
    while (begin > 0 && end - begin < KEY_BYTES_MAX && key_byte(search->at[begin - 1]))
        begin--;
    struct span key = {search->at + begin, end - begin};
    return key;
}

static bool axis_from_key(const struct search *search, size_t start, struct axis *axis)
{
    if (start >= 3 && search->at[start - 1] == '=' && is_letter(search->at[start - 2]) &&
        !axis_letters(search->at[start - 3], search->at[start - 2]))
        return false; /* as most do in a log */
    bool assigned;
    struct span key = key_before(search, start, &assigned);
    if (key.len == 0 || !axis_ending(key)) return false;
    uint32_t bits =
        label_bits(key.at, key.len) & (LABEL_LATITUDE | LABEL_LONGITUDE | LABEL_WEAK_AXIS);
    if (bits == 0) return false;
    if ((bits & LABEL_WEAK_AXIS) != 0 && !assigned) return false; /* "35.5 x 139.7" */
    axis->bits = bits;
    axis->stem = stem_of(key);
    axis->hemisphere = false;
    return true;
}

static uint32_t hemisphere_bits(char letter)
{
    return letter == 'N' || letter == 'S' ? LABEL_LATITUDE : LABEL_LONGITUDE;
}

/* "35 40.8742N": the number is the minutes of what stands before it. */
static bool minutes_of_degrees(const struct search *search, size_t start)
{
    size_t before = blanks_back(search, start);
    return before < start && before > 0 && is_digit(search->at[before - 1]);
}

/* A letter before ("N35.1", "N 35.1") or behind ("35.1N", "35.1°N"); 0 for none. */
static char hemisphere_of(const struct search *search, const struct number *number, size_t *end)
{
    size_t before = blanks_back(search, number->start);
    bool near = number->start - before <= 1;
    if (near && before > search->taken && hemisphere_letter(search->at[before - 1]) &&
        (before == 1 || !is_word(search->at[before - 2])))
        return search->at[before - 1];

    size_t after = number->end;
    if (at_or_nul(search, after) == '\xC2' &&
        (at_or_nul(search, after + 1) == '\xB0' || at_or_nul(search, after + 1) == '\xBA'))
        after += 2;
    if (at_or_nul(search, after) == ' ') after++;
    char letter = at_or_nul(search, after);
    if (!hemisphere_letter(letter) || is_word(at_or_nul(search, after + 1))) return '\0';
    if (minutes_of_degrees(search, number->start)) return '\0';
    *end = after + 1;
    return letter;
}

/* Whether a letter can be near at all. */
static inline bool hemisphere_possible(const struct search *search, const struct number *number)
{
    char before = number->start > 0 ? search->at[number->start - 1] : '\0',
         after = at_or_nul(search, number->end);
    return is_blank(before) || hemisphere_letter(before) || hemisphere_letter(after) ||
           after == ' ' || after == '\xC2';
}

static bool axis_from_hemisphere(const struct search *search, struct number *number,
                                 struct axis *axis)
{
    size_t end = number->end;
    char letter = hemisphere_of(search, number, &end);
    if (letter == '\0') return false;
    char sign = search->at[number->start];
    bool is_signed = sign == '-' || sign == '+';
    if (!is_signed) number_read(search, number);
    number->end = end;
    if (is_signed) return false;
    axis->value = number->value;
    if (letter == 'S' || letter == 'W') axis->value.value_e7 = -axis->value.value_e7;
    axis->bits = hemisphere_bits(letter);
    axis->stem = 0;
    axis->hemisphere = true;
    return true;
}

/* A whole number under the label that the one waiting axis lacks: {"lat":35,"lon":139.75}. */
static void partner_find(struct search *search)
{
    const struct axis waiting = search->axes[0];
    for (size_t i = 1; i < search->len; i++) {
        if (!is_digit(search->at[i]) || is_word(search->at[i - 1])) continue;
        size_t start = i, end = i;
        while (is_digit(at_or_nul(search, end)))
            end++;
        if (search->at[start - 1] == '-' || search->at[start - 1] == '+') start--;
        i = end;
        struct axis axis;
        if (!end_holds(search, end) || !axis_from_key(search, start, &axis)) continue;
        struct span text = {search->at + start, end - start};
        axis.value = coordinate_read(text);
        bool other = ((axis.bits ^ waiting.bits) & (LABEL_LATITUDE | LABEL_LONGITUDE)) != 0;
        if (!other || axis.stem != waiting.stem) continue;
        axes_judge(search, &waiting, &axis);
        return;
    }
}

/* What is left when the text ends. */
static void axes_finish(struct search *search)
{
    const struct axis *axes = search->axes;
    if (search->axis_count == 1 && !axes[0].hemisphere) partner_find(search);
    if (search->axis_count != 2) return;
    bool same = axes[0].bits == axes[1].bits || axes[0].hemisphere != axes[1].hemisphere;
    if (!same && ((axes[0].bits | axes[1].bits) & LABEL_WEAK_AXIS) == 0)
        axes_judge(search, &axes[0], &axes[1]);
}

/* --- pairs ---------------------------------------------------------------------------------- */

/* Skips what stands between two numbers of a list; returns ',' ';' '/' or ' ', NUL for neither. */
static char separator_skip(const struct search *search, size_t *index)
{
    size_t at = *index;
    while (is_blank(at_or_nul(search, at)))
        at++;
    char mark = at_or_nul(search, at);
    bool written = mark == ',' || mark == ';' || mark == '/';
    if (written) at++;
    while (written && is_blank(at_or_nul(search, at)))
        at++;
    if (at == *index) return '\0';
    *index = at;
    return written ? mark : ' ';
}

/* Numbers behind the first one with the same mark between them. */
static size_t run_read(const struct search *search, struct number run[RUN_MAX])
{
    size_t count = 1;
    char mark = '\0';
    while (count < RUN_MAX) {
        size_t next = run[count - 1].end;
        char between = separator_skip(search, &next);
        if (between == '\0' || (mark != '\0' && between != mark)) break;
        if (!number_from(search, next, &run[count])) break;
        mark = between;
        count++;
    }
    return count;
}

/* Three of equal precision are a vector or a box, four long ones an embedding. */
static bool run_is_list(const struct number *run, size_t count)
{
    size_t longs = 0;
    bool equal = true;
    for (size_t i = 0; i < count; i++) {
        longs += run[i].value.decimals >= LONG_DECIMALS;
        equal = equal && run[i].value.decimals == run[0].value.decimals;
    }
    return longs >= EMBEDDING_MIN || (count >= 3 && equal);
}

/* Where in the run the pair starts: at two long decimals, else at the front. */
static size_t run_pair(const struct number *run, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++)
        if (run[i].value.decimals >= LONG_DECIMALS && run[i + 1].value.decimals >= LONG_DECIMALS)
            return i;
    return 0;
}

/* The other bracket of a pair; NUL for what does not open, or close, one. */
static inline char closing_of(char bracket)
{
    return bracket == '(' ? ')' : bracket == '[' ? ']' : bracket == '{' ? '}' : '\0';
}

static inline char opening_of(char bracket)
{
    return bracket == ')' ? '(' : bracket == ']' ? '[' : bracket == '}' ? '{' : '\0';
}

/* A bracket that touches the run must have its partner not too far on the other side. */
static bool brackets_balance(const struct search *search, size_t start, size_t end)
{
    char before = start > 0 ? search->at[start - 1] : '\0', after = at_or_nul(search, end);
    char closing = closing_of(before), opening = opening_of(after);
    if (closing != '\0') {
        size_t reach = search->len - end < BRACKET_REACH ? search->len - end : BRACKET_REACH;
        if (memchr(search->at + end, closing, reach) == NULL) return false;
    }
    if (opening == '\0') return true;
    size_t reach = start < BRACKET_REACH ? start : BRACKET_REACH;
    return memchr(search->at + start - reach, opening, reach) != NULL;
}

static bool text_has(const struct search *search, const char *word)
{
    return memmem(search->at, search->len, word, strlen(word)) != NULL;
}

/* RFC 7946: longitude comes first. Polygons and boxes are areas, not where somebody was. */
static void geojson_ask(struct search *search)
{
    if (search->geojson != GEOJSON_UNASKED) return;
    search->geojson = GEOJSON_NONE;
    if (!text_has(search, "coordinates")) return;
    if (text_has(search, "Polygon"))
        search->geojson = GEOJSON_AREAS;
    else if (text_has(search, "Point") || text_has(search, "LineString"))
        search->geojson = GEOJSON_POINTS;
}

static void run_judge(struct search *search, const struct number *run, size_t count)
{
    size_t start = run[0].start, end = run[count - 1].end;
    size_t bracket = blanks_back(search, start);
    if (bracket > 0 && search->at[bracket - 1] == '[') {
        geojson_ask(search);
        if (search->geojson == GEOJSON_AREAS) return;
        if (search->geojson == GEOJSON_POINTS && count <= 3) {
            judge(search, run[1].value, run[0].value, true, GRADE_CONFIRMED);
            return;
        }
    }
    if (!brackets_balance(search, start, end)) return;
    if (run_is_list(run, count)) {
        refuse(search, REASON_OTHER_KIND);
        return;
    }
    size_t first = run_pair(run, count);
    judge(search, run[first].value, run[first + 1].value, false, GRADE_LIKELY);
}

/* --- the text ------------------------------------------------------------------------------- */

/* A key can stand only where an assignment, a quote, a blank or another script comes before. */
static inline bool key_possible(const struct search *search, size_t start)
{
    if (start == 0) return false;
    char before = search->at[start - 1];
    return before == '=' || before == ':' || before == '"' || before == '\'' || before == ' ' ||
           before == '>' || before == '\t' || (unsigned char)before >= 0x80;
}

/* Whether a list or a letter can follow; most numbers of a log line end before something else. */
static inline bool more_possible(const struct search *search, size_t end)
{
    char after = at_or_nul(search, end);
    return after == ',' || after == ' ' || after == ';' || after == '/' || after == '\t';
}

static size_t number_judge(struct search *search, struct number *number)
{
    struct axis axis;
    struct number run[RUN_MAX];
    if (hemisphere_possible(search, number) && axis_from_hemisphere(search, number, &axis)) {
        axis_add(search, &axis);
        return number->end;
    }
    if (key_possible(search, number->start) && axis_from_key(search, number->start, &axis)) {
        number_read(search, number);
        axis.value = number->value;
        axis_add(search, &axis);
        return number->end;
    }
    if (!more_possible(search, number->end)) return number->end;
    run[0] = *number;
    size_t count = run_read(search, run);
    for (size_t i = 0; count > 1 && i < count; i++)
        number_read(search, &run[i]);
    if (count > 1) run_judge(search, run, count);
    return run[count - 1].end;
}

/* What stands around a point, read as two words; the sign stands before start. */
struct plain {
    size_t start, end;
    uint64_t integers, fraction; /* digit values, the first in the lowest byte, seven of the fraction */
    uint8_t decimals;
    char after;
};

/* Between digits. False where it is too near to the front of the text, or has too many digits. */
static inline bool plain_around(const struct search *search, size_t point, struct plain *plain)
{
    if (point < 8) return false;
    uint64_t before = eight_load(search->at + point - 8), behind = eight_load(search->at + point + 1);
    uint64_t none_before = eight_no_digits(before), none_behind = eight_no_digits(behind);
    if (none_before >> (64 - 8 * (INTEGER_DIGITS_MAX + 1)) == 0 || none_behind == 0) return false;
    unsigned front = (unsigned)__builtin_clzll(none_before) / 8, back = (unsigned)__builtin_ctzll(none_behind) / 8;
    plain->start = point - front;
    plain->end = point + 1 + back;
    if (plain->end > search->len) return false;
    plain->integers = (before ^ EIGHT_BYTES('0')) >> (64 - 8 * front) << (64 - 8 * front);
    plain->fraction = (behind ^ EIGHT_BYTES('0')) << (64 - 8 * back) >> (56 - 8 * back);
    plain->decimals = (uint8_t)back;
    plain->after = at_or_nul(search, plain->end);
    return true;
}

/* Eight digit values, the first in the lowest byte. */
static inline uint32_t plain_value(uint64_t values)
{
    values = (values * 10 + (values >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    values = (values * 100 + (values >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    return (uint32_t)(values * 10000 + (values >> 32));
}

static inline struct coordinate plain_read(const struct plain *plain, bool negative)
{
    int64_t value = (int64_t)plain_value(plain->integers) * DEGREE_E7 + plain_value(plain->fraction);
    return (struct coordinate){negative ? -value : value, plain->decimals, true};
}

static inline bool plain_ends(const struct search *search, const struct plain *plain)
{
    return position_number_ends((struct span){search->at, search->len}, plain->end);
}

/* The second number of a pair that is judged and done with. Returns its end, 0 for "by the rules". */
static size_t plain_pair(struct search *search, const struct plain *first, bool negative, size_t point)
{
    struct plain second;
    if (!plain_around(search, point, &second) || !plain_ends(search, &second)) return 0;
    char sign = search->at[second.start - 1];
    bool is_signed = sign == '-' || sign == '+';
    if (second.start - is_signed != first->end + 1) return 0;
    judge(search, plain_read(first, negative), plain_read(&second, sign == '-'), false, GRADE_LIKELY);
    return second.end;
}

/* What most numbers of a log are, "fw=2.3.26", "cost=27.38", "loc=35.6812,-139.7671", told from a few bytes around
 * them with what the rules below would say. next is the point behind. Returns where to go on; 0 for "by the rules". */
static inline size_t plain_judge(struct search *search, size_t point, size_t next)
{
    struct plain plain;
    if (!plain_around(search, point, &plain)) return 0;
    char before = search->at[plain.start - 1];
    /* Versions and addresses; an exponent would belong to the number. */
    if (before == '.') return is_letter(plain.after) ? 0 : plain.end;
    if (plain.after == '.') return is_digit(at_or_nul(search, plain.end + 1)) ? plain.end : 0;
    bool is_signed = before == '-' || before == '+';
    const char *mark = search->at + plain.start - 1 - is_signed;
    if (*mark != '=' || !is_letter(mark[-1]) || axis_letters(mark[-2], mark[-1])) return 0;
    if (plain.after == ',') return plain_pair(search, &plain, before == '-', next);
    return plain_ends(search, &plain) ? plain.end : 0;
}

bool position_key_is_plain(struct span name)
{
    return !axis_ending(name) || (label_bits(name.at, name.len) & (LABEL_LATITUDE | LABEL_LONGITUDE | LABEL_WEAK_AXIS)) == 0;
}

bool position_plain_pair(const char *text, const struct plain_place places[2], struct coordinate pair[2])
{
    uint64_t none = 0;
    for (int i = 0; i < 2; i++) {
        const struct plain_place *place = &places[i];
        size_t front = place->point - place->start, back = place->end - place->point - 1;
        if (front - 1 > INTEGER_DIGITS_MAX - 1 || back - 1 > 6) return false;
        uint64_t integers = (eight_load(text + place->point - 8) ^ EIGHT_BYTES('0')) >> (64 - 8 * front) << (64 - 8 * front);
        uint64_t fraction = (eight_load(text + place->point + 1) ^ EIGHT_BYTES('0')) << (64 - 8 * back) >> (56 - 8 * back);
        none |= ((integers + EIGHT_BYTES(0x76)) | integers | (fraction + EIGHT_BYTES(0x76)) | fraction) & EIGHT_BYTES(0x80);
        int64_t value = (int64_t)plain_value(integers) * DEGREE_E7 + plain_value(fraction);
        pair[i] = (struct coordinate){place->negative ? -value : value, (uint8_t)back, true};
    }
    return none == 0;
}

static size_t point_judge(struct search *search, size_t point)
{
    struct number number;
    size_t end = number_around(search, point, &number) ? number_judge(search, &number) : number.end;
    search->taken = end;
    return end;
}

static void search_finish(struct search *search)
{
    if (search->axis_count > 0) axes_finish(search);
    search->axis_count = 0;
    search->geojson = GEOJSON_UNASKED;
}

static void text_search(struct search *search)
{
    size_t index = 1;
    search->taken = 0;
    while (index < search->len) {
        const char *point = memchr(search->at + index, '.', search->len - index);
        if (point == NULL) break;
        size_t place = (size_t)(point - search->at);
        index = place + 1;
        if (!is_digit(search->at[place - 1]) || !is_digit(at_or_nul(search, place + 1))) continue;
        index = point_judge(search, place);
    }
    search_finish(search);
}

static void points_search(struct search *search, const size_t *points, size_t count)
{
    size_t index = 1;
    search->taken = 0;
    for (size_t i = 0; i < count; i++) {
        if (points[i] < index) continue;
        size_t end = plain_judge(search, points[i], points[i + 1 < count ? i + 1 : i]);
        if (end == 0) end = point_judge(search, points[i]);
        index = search->taken = end;
    }
    search_finish(search);
}

/* A whole text of two numbers with decimal commas, a blank or ';' between them. */
static bool comma_number(const char *at, size_t len, struct coordinate *value)
{
    char bytes[COMMA_TEXT_MAX];
    size_t digits = 0, sign = len > 0 && (*at == '-' || *at == '+');
    while (sign + digits < len && is_digit(at[sign + digits]))
        digits++;
    size_t comma = sign + digits;
    if (digits < 1 || digits > INTEGER_DIGITS_MAX || comma + LONG_DECIMALS >= len) return false;
    if (at[comma] != ',' || len > sizeof bytes) return false;
    for (size_t i = comma + 1; i < len; i++)
        if (!is_digit(at[i])) return false;
    memcpy(bytes, at, len);
    bytes[comma] = '.';
    struct span text = {bytes, len};
    *value = coordinate_read(text);
    return value->valid;
}

static void commas_search(struct search *search)
{
    const char *at = search->at, *end = search->at + search->len;
    while (at < end && is_blank(*at))
        at++;
    while (end > at && is_blank(end[-1]))
        end--;
    const char *gap = at;
    while (gap < end && !is_blank(*gap) && *gap != ';')
        gap++;
    const char *second = gap;
    while (second < end && (is_blank(*second) || *second == ';'))
        second++;
    struct coordinate first_value, second_value;
    if (comma_number(at, (size_t)(gap - at), &first_value) &&
        comma_number(second, (size_t)(end - second), &second_value))
        judge(search, first_value, second_value, false, GRADE_LIKELY);
}

/* Whether there is a full-width digit or point at or behind index; gives its place. */
static bool full_width_find(struct span text, size_t *index)
{
    while (*index + 2 < text.len) {
        const char *lead = memchr(text.at + *index, '\xEF', text.len - *index - 2);
        if (lead == NULL) return false;
        *index = (size_t)(lead - text.at);
        unsigned char third = (unsigned char)lead[2];
        if (lead[1] == '\xBC' && third >= 0x90 && third <= 0x99) return true;
        ++*index;
    }
    return false;
}

/* Full-width text is folded piece by piece; a piece ends at a blank where it can. */
static void folded_search(struct search *search, struct span text)
{
    char folded[FOLD_BYTES];
    while (text.len > 0) {
        size_t len = text.len < FOLD_BYTES ? text.len : FOLD_BYTES;
        size_t cut = len;
        while (len < text.len && cut > 1 && !is_blank(text.at[cut - 1]))
            cut--;
        if (cut > 1) len = cut;
        struct span piece = {text.at, len};
        search->at = folded;
        search->len = value_fold(piece, folded, sizeof folded);
        text_search(search);
        text.at += len;
        text.len -= len;
    }
}

static inline void search_start(struct search *search, struct span text, struct position *found, size_t found_max,
                                uint64_t *rejected)
{
    search->at = text.at;
    search->len = text.len;
    search->found = found;
    search->found_max = found_max;
    search->count = 0;
    search->rejected = rejected;
    search->refused = 0;
    search->axis_count = 0;
    search->geojson = GEOJSON_UNASKED;
}

size_t positions_find_at(struct span text, const size_t *points, size_t point_count, struct position *found,
                         uint64_t *rejected, uint64_t *refused)
{
    struct search search;
    search_start(&search, text, found, point_count, rejected);
    points_search(&search, points, point_count);
    *refused += search.refused;
    return search.count;
}

size_t positions_find(struct span text, struct position *found, size_t found_max,
                      uint64_t *rejected)
{
    struct search search;
    search_start(&search, text, found, found_max, rejected);
    size_t wide = 0;
    if (full_width_find(text, &wide))
        folded_search(&search, text);
    else if (text.len <= COMMA_TEXT_MAX && memchr(text.at, '.', text.len) == NULL)
        commas_search(&search);
    else
        text_search(&search);
    return search.count;
}

const char location_pattern[] = "(?<![0-9A-Za-z_.+-])(?<![0-9]:)[+-]?[0-9]{1,3}\\.[0-9]+"
                                "(?:[ \\t]*[,;/][ \\t]*|[ \\t]+)"
                                "[+-]?[0-9]{1,3}\\.[0-9]+(?![0-9A-Za-z_%])(?!\\.[0-9])";
