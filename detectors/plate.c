/* plate.c: Japanese licence plates (jidosha toroku bango, sharyo bango).
 *
 * Source     Rules on the Registration of Motor Vehicles and of the Road Transport Vehicle Act; data/jp_plate_place.csv
 *
 *     品川  300  あ  12-34     place, class of 1 to 3 characters, kana, serial of 1 to 9999
 *     横浜  500  さ  ・・12    fewer than four digits are padded
 *
 * Class      digits; since 2018 letters too, in the last two of three places
 * Kana       one without marks, never o, shi, he or n; E H K M T Y of foreign forces
 * confirmed  a known place and the full form, with a label or without
 * likely     label and the full form without a place
 * rejected   an unknown place; serials with a zero in front; other kana
 *
 * A toll statement shows the four digits alone, which is no plate. Without a label plates are found in text by
 * plate_find, since no run of letters and digits shows where they stand.
 */
#include "plate.h"

#include "checkdigit.h"
#include "lookup.h"
#include "packed.h"
#include "value.h"

enum {
    WRITTEN_MAX = 72,
    CHARACTER = 3,     /* bytes of a kana or kanji in UTF-8 */
    CLASS_MAX = 3,
    SERIAL_DIGITS = 4,
    BLANKS_MAX = 3
};

static const char dot[] = "・"; /* of a padded serial */

/* A plate in its parts, which point into the text. */
struct parts {
    struct span place, class, kana;
    char digits[SERIAL_DIGITS]; /* the serial without padding */
    size_t digit_count;
    size_t end;
};

static char byte_at(struct span text, size_t at)
{
    return at < text.len ? text.at[at] : '\0';
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool wide_blank(struct span text, size_t at)
{
    return text.len - at >= CHARACTER && memcmp(text.at + at, "\xE3\x80\x80", CHARACTER) == 0;
}

static size_t blanks_skip(struct span text, size_t at)
{
    for (int i = 0; i < BLANKS_MAX && at < text.len; i++) {
        size_t length = text.at[at] == ' ' ? 1 : wide_blank(text, at) ? CHARACTER : 0;
        if (length == 0) break;
        at += length;
    }
    return at;
}

/* The same to the front. */
static size_t blanks_skip_back(struct span text, size_t from, size_t at)
{
    for (int i = 0; i < BLANKS_MAX && at > from; i++) {
        size_t length = text.at[at - 1] == ' ' ? 1 : at - from >= CHARACTER && wide_blank(text, at - CHARACTER) ? CHARACTER : 0;
        if (length == 0) break;
        at -= length;
    }
    return at;
}

/* U+3042 to U+3093 without small, marked and unused ones: a bit for each, from U+3040 on. */
static bool kana_used(unsigned code)
{
    static const char used[] = "あいうえかきくけこさすせそたちつてとなにぬねのはひふほまみむめもやゆよらりるれろわを";
    for (size_t i = 0; i + CHARACTER < sizeof used; i += CHARACTER) {
        unsigned one = ((unsigned)(unsigned char)used[i + 1] & 0x3F) << 6 | ((unsigned)(unsigned char)used[i + 2] & 0x3F);
        if (one == code) return true;
    }
    return false;
}

/* The bytes of a kana or a letter of foreign forces; 0 for none. */
static size_t kana_length(struct span text, size_t at)
{
    unsigned char first = (unsigned char)byte_at(text, at);
    if (first != 0 && strchr("EHKMTY", first) != NULL) return 1;
    if (first != 0xE3 || text.len - at < CHARACTER) return 0;
    return kana_used(((unsigned char)text.at[at + 1] & 0x3Fu) << 6 | ((unsigned char)text.at[at + 2] & 0x3Fu)) ? CHARACTER : 0;
}

/* One padding dot: of full or half width, or a full stop. */
static size_t dot_length(struct span text, size_t at)
{
    if (byte_at(text, at) == '.') return 1;
    if (at + CHARACTER > text.len) return 0;
    return memcmp(text.at + at, dot, CHARACTER) == 0 || memcmp(text.at + at, "･", CHARACTER) == 0 ? CHARACTER : 0;
}

/* Dots, then digits, four together; a hyphen may stand in the middle. Under a label fewer digits need no dots, as
 * tables lose them. */
static bool serial_read(struct span text, size_t at, bool labelled, struct parts *parts)
{
    size_t places = 0;
    parts->digit_count = 0;
    for (; places < SERIAL_DIGITS; places++) {
        if (places == 2 && byte_at(text, at) == '-') at++;
        size_t length = parts->digit_count == 0 ? dot_length(text, at) : 0;
        if (length == 0 && !is_digit(byte_at(text, at))) break;
        if (length == 0) parts->digits[parts->digit_count++] = text.at[at++];
        at += length;
    }
    parts->end = at;
    bool whole = places == SERIAL_DIGITS || (labelled && places == parts->digit_count);
    char after = byte_at(text, at);
    bool ends = !is_digit(after) && (unsigned char)((after | 0x20) - 'a') >= 26 && !(after == '-' && is_digit(byte_at(text, at + 1)));
    return whole && ends && parts->digit_count > 0 && parts->digits[0] != '0';
}

static bool class_holds(struct span text, size_t at, size_t length)
{
    if (!is_digit(byte_at(text, at))) return false;
    for (size_t i = 1; i < length; i++) {
        char one = byte_at(text, at + i);
        if (!is_digit(one) && (length < CLASS_MAX || one == '\0' || strchr("ACFHKLMPXY", one) == NULL)) return false;
    }
    return true;
}

/* Class, kana and serial from `at` on. */
static bool parts_read(struct span text, size_t at, bool labelled, struct parts *parts)
{
    for (size_t length = CLASS_MAX; length > 0; length--) {
        if (!class_holds(text, at, length)) continue;
        parts->class = (struct span){text.at + at, length};
        size_t from = blanks_skip(text, at + length), kana = kana_length(text, from);
        parts->kana = (struct span){text.at + from, kana};
        if (kana > 0 && serial_read(text, blanks_skip(text, from + kana), labelled, parts)) return true;
    }
    return false;
}

/* Of the longest place in [from, end) that ends there; 0 for none. */
static size_t place_length(struct span text, size_t from, size_t end)
{
    for (size_t length = PLATE_PLACE_MAX; length >= CHARACTER; length -= CHARACTER)
        if (length <= end - from && plate_place_known(text.at + end - length, length)) return length;
    return 0;
}

/* Whether a class can begin at *at behind the non-ASCII byte at an index, or behind blanks. */
static bool class_begins(struct span text, size_t index, size_t *at)
{
    char next = byte_at(text, index + 1);
    if ((unsigned char)text.at[index] < 0x80 || (next != ' ' && !is_digit(next))) return false;
    *at = blanks_skip(text, index + 1);
    return is_digit(byte_at(text, *at));
}

bool plate_find(struct span text, size_t from, struct span *plate)
{
    for (size_t i = from; i + 1 < text.len; i++) {
        if (i + 8 <= text.len && (eight_load(text.at + i) & EIGHT_BYTES(0x80)) == 0) {
            i += 7;
            continue;
        }
        struct parts parts;
        size_t at;
        if (!class_begins(text, i, &at)) continue;
        size_t place_end = blanks_skip_back(text, from, at), length = place_length(text, from, place_end);
        if (length == 0 || !parts_read(text, at, false, &parts)) continue;
        *plate = (struct span){text.at + place_end - length, parts.end - place_end + length};
        return true;
    }
    return false;
}

static size_t put(char *canonical, size_t length, struct span part, bool blank)
{
    if (blank) canonical[length++] = ' ';
    memcpy(canonical + length, part.at, part.len);
    return length + part.len;
}

static void accept(struct verdict *verdict, const struct parts *parts)
{
    char canonical[IDENTIFIER_SIZE];
    size_t length = put(canonical, 0, parts->place, false);
    length = put(canonical, length, parts->class, length > 0);
    length = put(canonical, length, parts->kana, true);
    canonical[length++] = ' ';
    for (size_t i = parts->digit_count; i < SERIAL_DIGITS; i++) length = put(canonical, length, (struct span){dot, CHARACTER}, false);
    for (size_t i = 0; i < parts->digit_count; i++) {
        if (i == 2 && parts->digit_count == SERIAL_DIGITS) canonical[length++] = '-';
        canonical[length++] = parts->digits[i];
    }
    verdict->grade = parts->place.len > 0 ? GRADE_CONFIRMED : GRADE_LIKELY;
    verdict->reason = REASON_NONE;
    verdict->sample = false;
    verdict->length = identifier_pack(KIND_PLATE, canonical, length, verdict->packed, &verdict->packing);
}

static void plate_check(const struct candidate *candidate, struct verdict *verdict)
{
    char written[WRITTEN_MAX];
    size_t len = value_fold(candidate->text, written, sizeof written), digit = 0;
    struct span text = {written, len};
    struct parts parts;
    if (len <= sizeof written)
        while (digit < len && !is_digit(written[digit])) digit++;
    size_t place_end = digit;
    while (place_end > 0 && written[place_end - 1] == ' ') place_end--;
    if (len > sizeof written || !parts_read(text, digit, candidate->labelled, &parts) || parts.end != len) {
        verdict_reject(verdict, REASON_FORM);
        return;
    }
    parts.place = (struct span){written, place_end};
    if (place_end == 0 && !candidate->labelled) verdict_reject(verdict, REASON_UNLABELLED);
    else if (place_end != 0 && (place_end > PLATE_PLACE_MAX || !plate_place_known(written, place_end)))
        verdict_reject(verdict, REASON_ISSUER);
    else accept(verdict, &parts);
}

const struct detector detector_plate = {
    .name = "plate",
    .column = "plates",
    .element = ELEMENT_PLT,
    .source = "Japanese rules on motor vehicle registration; list of places",
    .checksum = "none; known places",
    .chance = "no checksum; known places",
    .pattern = NULL,
    .check = plate_check,
};
