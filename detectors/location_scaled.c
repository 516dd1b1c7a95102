/* location_scaled.c: whole numbers that mean degrees.
 *
 * Source     SAE J1939-71 (SPN 584, 585), ITU-R M.1371 (AIS), ETSI TS 102 894-2, Garmin FIT, JT/T 808, Teltonika
 *            codec 8; Japanese car navigation for thousandths and 1/256 of a second
 * confirmed  both axes under names of one scale
 * Refused    "not available" of the format; what is outside of the globe; whole degrees (coarse)
 */
#include "location_scaled.h"

#include <string.h>

#include "datum.h"
#include "location_code.h"
#include "notation.h"

enum { KEY_SIZE = 48, VALUE_SIZE = 48, AXES_MAX = 8, AVL_DIGITS = 16 };

static const int64_t J1939_ORIGIN_E7 = INT64_C(2100000000);
static const int64_t J1939_LAST = 0xFAFFFFFF; /* what is above is an error or not available */
static const int64_t FIT_MISSING = 0x7FFFFFFF;
static const int64_t HALF_TURN_E7 = INT64_C(180) * DEGREE_E7;
static const int64_t HUNDRED_E7 = INT64_C(100) * DEGREE_E7, SIXTY_E7 = INT64_C(60) * DEGREE_E7;

/* One step in 1e-7 degrees, and how many decimals of a degree it leaves true. */
static const struct {
    int64_t numerator, denominator;
    uint8_t decimals;
} steps[SCALE_COUNT] = {
    [SCALE_E7] = {1, 1, 7},           [SCALE_E6] = {10, 1, 6},
    [SCALE_E5] = {100, 1, 5},         [SCALE_ARC_MS] = {25, 9, 6},
    [SCALE_ARC_256] = {3125, 288, 5}, [SCALE_J1939] = {1, 1, 7},
    [SCALE_AIS] = {50, 3, 5},         [SCALE_SEMICIRCLES] = {1800000000, INT64_C(1) << 31, 7},
    [SCALE_GT06] = {50, 9, 6},
};

/* Names of devices are followed by any word for an axis. */
#define DEVICE(scale, name, across)                                                                 \
    {name "lat", scale, false, across}, {name "latitude", scale, false, across}, {name "lon", scale, true, across},    \
    {name "lng", scale, true, across}, {name "long", scale, true, across}, {name "longitude", scale, true, across}
#define AXES(scale, latitude, longitude) {latitude, scale, false, false}, {longitude, scale, true, false}
const struct scaled_name scaled_names[] = {
    AXES(SCALE_E7, "late7", "lone7"),
    AXES(SCALE_E7, "latitudee7", "longitudee7"),
    {"lnge7", SCALE_E7, true, false},
    {"longe7", SCALE_E7, true, false},
    DEVICE(SCALE_E7, "avl", false),
    DEVICE(SCALE_E7, "referenceposition", true),
    AXES(SCALE_E6, "late6", "lone6"),
    AXES(SCALE_E6, "latitudee6", "longitudee6"),
    {"lnge6", SCALE_E6, true, false},
    DEVICE(SCALE_E6, "jt808", false),
    AXES(SCALE_E6, "latmicrodeg", "lonmicrodeg"),
    AXES(SCALE_E5, "late5", "lone5"),
    AXES(SCALE_E5, "latitudee5", "longitudee5"),
    {"lnge5", SCALE_E5, true, false},
    AXES(SCALE_ARC_MS, "latms", "lonms"),
    AXES(SCALE_ARC_MS, "latitudems", "longitudems"),
    AXES(SCALE_ARC_MS, "latmsec", "lonmsec"),
    AXES(SCALE_ARC_MS, "latmas", "lonmas"),
    {"lngms", SCALE_ARC_MS, true, false},
    AXES(SCALE_ARC_256, "lat256", "lon256"),
    AXES(SCALE_ARC_256, "latitude256", "longitude256"),
    {"lng256", SCALE_ARC_256, true, false},
    AXES(SCALE_J1939, "spn584", "spn585"),
    DEVICE(SCALE_SEMICIRCLES, "position", false),
    AXES(SCALE_SEMICIRCLES, "latsemicircles", "longsemicircles"),
    AXES(SCALE_SEMICIRCLES, "latitudesemicircles", "longitudesemicircles"),
    {"lonsemicircles", SCALE_SEMICIRCLES, true, false},
    DEVICE(SCALE_AIS, "ais", false),
    DEVICE(SCALE_GT06, "gt06", false),
    AXES(SCALE_DDMM, "latddmm", "londdmm"),
    {"lngddmm", SCALE_DDMM, true, false},
    DEVICE(SCALE_DDMM, "nmea", false),
    AXES(SCALE_DDMM, "latnmea", "lonnmea"),
};
const size_t scaled_name_count = sizeof scaled_names / sizeof *scaled_names;

static bool is_digit(char character)
{
    return (unsigned char)character - (unsigned)'0' < 10;
}

static bool is_letter(char character)
{
    return ((unsigned char)character | 0x20u) - (unsigned)'a' < 26;
}

/* The number at the front, or all of the text with an exponent too; *letter is that of a hemisphere behind it, 0 for
 * none. Units are left out. */
static struct coordinate number_read(struct span text, char *letter)
{
    while (text.len > 0 && (*text.at == ' ' || *text.at == '"' || *text.at == '\'')) {
        text.at++;
        text.len--;
    }
    size_t len = 0;
    struct coordinate whole = coordinate_read(text);
    *letter = '\0';
    if (whole.valid) return whole;
    while (len < text.len && (is_digit(text.at[len]) || strchr("+-.", text.at[len]) != NULL) && text.at[len] != '\0') len++;
    size_t behind = len;
    while (behind < text.len && text.at[behind] == ' ') behind++;
    char first = behind < text.len ? text.at[behind] : '\0';
    bool alone = behind + 1 >= text.len || !is_letter(text.at[behind + 1]);
    *letter = alone && first != '\0' && strchr("NSEW", first) != NULL ? first : '\0';
    return coordinate_read((struct span){text.at, len});
}

static struct coordinate minutes_read(struct coordinate number)
{
    int64_t size = number.value_e7 < 0 ? -number.value_e7 : number.value_e7;
    int64_t minutes = size % HUNDRED_E7;
    if (minutes >= SIXTY_E7) number.valid = false;
    int64_t value = size / HUNDRED_E7 * DEGREE_E7 + (minutes + 30) / 60;
    number.value_e7 = number.value_e7 < 0 ? -value : value;
    number.decimals = number.decimals > UINT8_MAX - 2 ? UINT8_MAX : (uint8_t)(number.decimals + 2);
    return number;
}

/* From a number as written. *missing: it says that there is none. */
static struct coordinate scaled(struct coordinate number, enum scale scale, bool longitude, bool *missing)
{
    if (scale == SCALE_DDMM) return minutes_read(number);
    struct coordinate made = {0, 0, number.valid && number.decimals == 0};
    int64_t count = number.value_e7 / DEGREE_E7;
    bool origin = scale == SCALE_J1939, e7 = scale == SCALE_E7;
    if (origin && (count < 0 || count > J1939_LAST)) *missing = true;
    if (e7 && (count == 900000001 || count == 1800000001)) *missing = true;
    if (scale == SCALE_SEMICIRCLES && count == FIT_MISSING) *missing = true;
    if (origin) count -= J1939_ORIGIN_E7;
    if (e7 && longitude && count > HALF_TURN_E7) count -= INT64_C(1) << 32; /* written without its sign */
    if (count > UINT32_MAX || count < -(int64_t)UINT32_MAX) {
        made.value_e7 = INT64_MAX / 4;
        return made;
    }
    int64_t half = steps[scale].denominator / 2, product = count * steps[scale].numerator;
    made.value_e7 = (product + (product < 0 ? -half : half)) / steps[scale].denominator;
    made.decimals = made.value_e7 % DEGREE_E7 == 0 ? 0 : steps[scale].decimals;
    return made;
}

/* Numbers under such a name that its writer has made degrees already. */
static bool are_degrees(const struct coordinate *first, const struct coordinate *second, enum scale scale)
{
    const int64_t four_digits = 1000 * (int64_t)DEGREE_E7;
    if (scale != SCALE_DDMM) return first->decimals > 0 && second->decimals > 0;
    return first->value_e7 < four_digits && first->value_e7 > -four_digits && second->value_e7 < four_digits &&
           second->value_e7 > -four_digits;
}

enum reason scaled_judge(struct span latitude, struct span longitude, enum scale scale, struct position *position)
{
    char north_south, east_west;
    struct coordinate first = number_read(latitude, &north_south), second = number_read(longitude, &east_west);
    if (!first.valid || !second.valid) return REASON_FORM;
    if (are_degrees(&first, &second, scale)) return position_from_fields(latitude, longitude, position);
    bool missing = false;
    first = scaled(first, scale, false, &missing);
    second = scaled(second, scale, true, &missing);
    if (missing) return REASON_SENTINEL;
    if (north_south == 'S') first.value_e7 = -first.value_e7;
    if (east_west == 'W') second.value_e7 = -second.value_e7;
    return position_judge(first, second, true, position);
}

/* ------------------------------------------------------------------ Teltonika's eight bytes */

static bool hex_take(const char *at, int32_t *number)
{
    uint32_t value = 0;
    for (int i = 0; i < AVL_DIGITS / 2; i++) {
        char lower = (char)(at[i] | 0x20);
        if (is_digit(at[i])) value = value << 4 | (uint32_t)(at[i] - '0');
        else if (lower >= 'a' && lower <= 'f') value = value << 4 | (uint32_t)(lower - 'a' + 10);
        else return false;
    }
    *number = (int32_t)value;
    return true;
}

enum reason avl_read(struct span text, struct code_place *place)
{
    int32_t longitude, latitude;
    if (text.len != AVL_DIGITS || !hex_take(text.at, &longitude) || !hex_take(text.at + AVL_DIGITS / 2, &latitude))
        return REASON_FORM;
    place->longitude = (struct coordinate){longitude, 7, true};
    place->latitude = (struct coordinate){latitude, 7, true};
    return REASON_NONE;
}

/* ------------------------------------------------------------------ text */

/* A key of the text, reduced, and its value. */
struct entry {
    char key[KEY_SIZE];
    bool starts[KEY_SIZE]; /* where words of the key begin */
    size_t key_len, end;
    struct span value;
};

struct half {
    struct span value;
    uint8_t scale;
    bool longitude;
};

/* What a text says of all of its positions. */
struct context {
    bool south, west, tokyo;
    enum scale plain; /* of keys that say no scale; SCALE_DEGREES leaves them to others */
};

static bool key_byte(char character)
{
    return is_digit(character) || is_letter(character) || character == '_' || character == '-' || character == '.' ||
           (unsigned char)character >= 0x80;
}

static void key_reduce(struct span key, struct entry *entry)
{
    bool begins = true;
    entry->key_len = 0;
    for (size_t i = 0; i < key.len; i++) {
        char byte = key.at[i];
        if (!is_letter(byte) && !is_digit(byte) && (unsigned char)byte < 0x80) {
            begins = true;
            continue;
        }
        bool capital = byte >= 'A' && byte <= 'Z', hump = capital && i > 0 && key.at[i - 1] >= 'a' && key.at[i - 1] <= 'z';
        hump |= i > 0 && ((unsigned char)byte >= 0x80) != ((unsigned char)key.at[i - 1] >= 0x80);
        entry->starts[entry->key_len] = begins || hump;
        entry->key[entry->key_len++] = (char)(capital ? byte | 0x20 : byte);
        begins = false;
    }
}

/* The next key=value or "key": value from index on. */
static bool entry_next(struct span text, size_t index, struct entry *entry)
{
    for (; index < text.len; index++) {
        if (text.at[index] != '=' && text.at[index] != ':') continue;
        size_t end = index;
        if (end > 0 && (text.at[end - 1] == '"' || text.at[end - 1] == '\'')) end--;
        size_t start = end;
        while (start > 0 && end - start < KEY_SIZE && key_byte(text.at[start - 1])) start--;
        if (start == end) continue;
        key_reduce((struct span){text.at + start, end - start}, entry);
        size_t from = index + 1;
        while (from < text.len && (text.at[from] == ' ' || text.at[from] == '"' || text.at[from] == '\'')) from++;
        size_t to = from;
        while (to < text.len && to - from < VALUE_SIZE && strchr(" ,;&\"'}]\t\n", text.at[to]) == NULL) to++;
        entry->value = (struct span){text.at + from, to - from};
        entry->end = index + 1;
        return true;
    }
    return false;
}

static bool key_is(const struct entry *entry, const char *name)
{
    return entry->key_len == strlen(name) && memcmp(entry->key, name, entry->key_len) == 0;
}

static bool key_ends(const struct entry *entry, const char *name)
{
    size_t len = strlen(name);
    return entry->key_len >= len && memcmp(entry->key + entry->key_len - len, name, len) == 0 &&
           entry->starts[entry->key_len - len];
}

static bool text_has(struct span text, const char *word)
{
    return memmem(text.at, text.len, word, strlen(word)) != NULL;
}

bool scaled_names_arc_ms(struct span value)
{
    static const char *const names[] = {"msec", "ms", "mas", "ミリ秒"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (value.len == strlen(names[i]) && memcmp(value.at, names[i], value.len) == 0) return true;
    return false;
}

static struct context context_read(struct span text)
{
    struct context context = {false, false, false, SCALE_DEGREES};
    struct entry entry;
    if (text_has(text, "jt808") || text_has(text, "JT808") || text_has(text, "JT/T808")) context.plain = SCALE_E6;
    if (text_has(text, "referencePosition")) context.plain = SCALE_E7;
    for (size_t index = 0; entry_next(text, index, &entry); index = entry.end) {
        char first = entry.value.len > 0 ? *entry.value.at : '\0';
        if (key_is(&entry, "south")) context.south |= first == '1';
        if (key_is(&entry, "west")) context.west |= first == '1';
        if (key_is(&entry, "ns")) context.south |= first == 'S';
        if (key_is(&entry, "ew")) context.west |= first == 'W';
        if ((key_is(&entry, "unit") || key_is(&entry, "単位")) && scaled_names_arc_ms(entry.value)) context.plain = SCALE_ARC_MS;
        for (size_t i = 0; i < datum_name_count; i++)
            if (key_is(&entry, datum_names[i].name))
                context.tokyo |= datum_read(entry.value, datum_names[i].by_number) == DATUM_TOKYO;
        if (key_is(&entry, "fmt") && text_has(entry.value, "ddmm")) context.plain = SCALE_DDMM;
    }
    return context;
}

static bool key_is_one(const struct entry *entry, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (key_is(entry, names[i])) return true;
    return false;
}

/* Whether a key is an axis, and of which scale. */
static bool half_read(const struct entry *entry, enum scale plain, struct half *half)
{
    half->value = entry->value;
    for (size_t i = 0; i < scaled_name_count; i++)
        if (key_ends(entry, scaled_names[i].name)) {
            half->scale = scaled_names[i].scale;
            half->longitude = scaled_names[i].longitude;
            return true;
        }
    half->scale = (uint8_t)plain;
    static const char *const latitudes[] = {"lat", "latitude", "緯度"};
    static const char *const longitudes[] = {"lon", "lng", "longitude", "経度"};
    half->longitude = key_is_one(entry, longitudes, sizeof longitudes / sizeof *longitudes);
    return plain != SCALE_DEGREES && (half->longitude || key_is_one(entry, latitudes, sizeof latitudes / sizeof *latitudes));
}

/* The value of the other half that waits, which is taken; false where this one has to wait. */
static bool halves_meet(struct half *waiting, size_t *count, const struct half *half, struct half *other)
{
    for (size_t i = *count; i-- > 0;) {
        if (waiting[i].scale != half->scale || waiting[i].longitude == half->longitude) continue;
        *other = waiting[i];
        waiting[i] = waiting[--*count];
        return true;
    }
    if (*count == AXES_MAX) memmove(waiting, waiting + 1, --*count * sizeof *waiting);
    waiting[(*count)++] = *half;
    return false;
}

static enum reason pair_judge(const struct half *one, const struct half *other, const struct context *context,
                              struct position *position)
{
    const struct half *latitude = one->longitude ? other : one, *longitude = one->longitude ? one : other;
    char letter;
    struct coordinate first = number_read(latitude->value, &letter), second = number_read(longitude->value, &letter);
    if (are_degrees(&first, &second, (enum scale)one->scale)) return REASON_FORM; /* those are found as such */
    enum reason reason = scaled_judge(latitude->value, longitude->value, (enum scale)one->scale, position);
    if (reason != REASON_NONE) return reason;
    if (context->south) position->latitude_e7 = -position->latitude_e7;
    if (context->west) position->longitude_e7 = -position->longitude_e7;
    first.value_e7 = position->latitude_e7;
    second.value_e7 = position->longitude_e7;
    if (context->tokyo && datum_from_tokyo(&first, &second)) {
        position->latitude_e7 = (int32_t)first.value_e7;
        position->longitude_e7 = (int32_t)second.value_e7;
    }
    return reason;
}

size_t scaled_find(struct span text, struct position *found, size_t found_max, uint64_t *rejected)
{
    struct context context = context_read(text);
    struct half waiting[AXES_MAX], half, other;
    size_t waiting_count = 0, count = 0;
    struct entry entry;
    for (size_t index = 0; entry_next(text, index, &entry); index = entry.end) {
        struct position position;
        enum reason reason;
        if (key_ends(&entry, "avlgps")) reason = code_judge(CODE_AVL, entry.value, &position);
        else if (!half_read(&entry, context.plain, &half)) continue;
        else if (!halves_meet(waiting, &waiting_count, &half, &other)) continue;
        else reason = pair_judge(&half, &other, &context, &position);
        if (reason == REASON_NONE && count < found_max) found[count] = position;
        count += reason == REASON_NONE;
        if (reason != REASON_NONE && reason != REASON_FORM) rejected[reason]++;
    }
    return count;
}

/* ------------------------------------------------------------------ what says the scale of plain keys */

enum { REACH = 192 }; /* how far these keys may stand from it */

static void plain_keys_find(struct notation_search *search, size_t from, size_t to, size_t start, size_t end)
{
    struct position position;
    uint64_t rejected[REASON_COUNT] = {0};
    if (scaled_find((struct span){search->text.at + from, to - from}, &position, 1, rejected) == 1)
        notation_tell(search, start, end, REASON_NONE, &position);
}

static size_t line_end(struct span text, size_t at)
{
    size_t end = text.len - at < REACH ? text.len : at + REACH;
    const char *newline = memchr(text.at + at, '\n', end - at);
    return newline == NULL ? end : (size_t)(newline - text.at);
}

static bool jt808_trigger(struct span text, size_t at)
{
    return notation_has(text, at, "jt808 ") && (at == 0 || !notation_word(text.at[at - 1]));
}

/* "jt808 lat=33590355 lon=130401716 south=0 west=0" */
static size_t jt808_find(struct notation_search *search, size_t at)
{
    enum { NAME = 5 };
    size_t end = line_end(search->text, at);
    if (at < search->taken || !jt808_trigger(search->text, at)) return at + 1;
    plain_keys_find(search, at, end, at, at + NAME);
    return at + NAME;
}

static bool ddmm_trigger(struct span text, size_t at)
{
    return at >= 3 && notation_has(text, at - 3, "fmt=ddmm");
}

/* "lat=2836.7747N lon=07713.7706E fmt=ddmm" */
static size_t ddmm_find(struct notation_search *search, size_t at)
{
    enum { BEHIND = 5 };
    size_t from = search->taken;
    if (from + REACH < at) from = at - REACH;
    if (at < from || !ddmm_trigger(search->text, at)) return at + 1;
    plain_keys_find(search, from, at + BEHIND, at, at + BEHIND);
    return at + BEHIND;
}

const struct notation notation_jt808 = {"jt808", "JT/T 808, 8.18", "jJ", "tT", false, jt808_trigger, jt808_find};
const struct notation notation_ddmm = {"ddmm", "numbers as in NMEA 0183", "=", "dD", false, ddmm_trigger, ddmm_find};
