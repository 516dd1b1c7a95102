/* location_dotted.c: degrees, minutes and seconds with points or slashes between them, as Japanese services write them.
 *
 * Source     pages of the telephone companies on position queries; Mapion's links
 * confirmed  lat= and lon=, nl= and el= with minutes and seconds below 60
 * likely     N and E before or behind them
 * Datum      geo=tokyo, datum=1 and nl=/el= are the Tokyo datum and are converted; where nothing says so the value stands
 */
#include "notation.h"

#include <string.h>

#include "datum.h"

enum { PARTS = 3, DEGREE_DIGITS_MAX = 3, DATUM_BYTES = 96 };

static size_t digits_end(struct span text, size_t index)
{
    while (notation_digit(notation_byte(text, index))) index++;
    return index;
}

/* d.m.s or d.m.s.fraction, d/m/s.fraction. Returns its end, index for none. */
static size_t dotted_read(struct span text, size_t index, char mark, bool negative, struct coordinate *value)
{
    struct coordinate parts[PARTS];
    size_t at = index;
    for (int i = 0; i < PARTS; i++) {
        size_t end = digits_end(text, at);
        if (end == at || end - at > (i == 0 ? DEGREE_DIGITS_MAX : 2u)) return index;
        if (i == PARTS - 1 && notation_byte(text, end) == '.' && notation_digit(notation_byte(text, end + 1)))
            end = digits_end(text, end + 1);
        parts[i] = coordinate_read((struct span){text.at + at, end - at});
        at = end;
        if (i == PARTS - 1) break;
        if (notation_byte(text, at) != mark) return index;
        at++;
    }
    bool goes_on = notation_byte(text, at) == '.' && notation_digit(notation_byte(text, at + 1));
    if (goes_on || notation_digit(notation_byte(text, at))) return index;
    *value = coordinate_of_angle(parts, negative);
    return at;
}

/* Whether what follows without a blank says that the numbers are of the Tokyo datum. */
static bool says_tokyo(struct span text, size_t index)
{
    static const char *const words[] = {"geo=tokyo", "datum=1", "datum=tokyo", "datum=tky", "geo=tky", "geo=itrf_tokyo"};
    size_t end = index;
    while (end < text.len && end - index < DATUM_BYTES && !notation_blank(text.at[end])) end++;
    for (; index < end; index++)
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (notation_has(text, index, words[i]) && !notation_word(notation_byte(text, index + strlen(words[i])))) return true;
    return false;
}

static void axes_tell(struct notation_search *search, size_t start, size_t end, bool tokyo, struct coordinate latitude,
                      struct coordinate longitude, enum grade grade)
{
    if (!latitude.valid || !longitude.valid) {
        notation_tell(search, start, end, REASON_OUT_OF_RANGE, NULL);
        return;
    }
    if (tokyo) datum_from_tokyo(&latitude, &longitude);
    notation_judge(search, start, end, latitude, longitude, grade);
}

/* --- "N35.40.52.975 E139.45.57.902" ------------------------------------------------------------ */

static bool hemisphere_trigger(struct span text, size_t at)
{
    struct coordinate value;
    size_t point = at + 2;
    while (point < at + 1 + DEGREE_DIGITS_MAX && notation_digit(notation_byte(text, point))) point++;
    return notation_byte(text, point) == '.' && dotted_read(text, at + 1, '.', false, &value) > at + 1;
}

static size_t hemisphere_find(struct notation_search *search, size_t at)
{
    struct span text = search->text;
    struct coordinate axes[2];
    if (at > 0 && notation_word(text.at[at - 1])) return at + 1;
    size_t end = dotted_read(text, at + 1, '.', text.at[at] == 'S', &axes[0]), next = end;
    while (notation_blank(notation_byte(text, next)) || notation_byte(text, next) == ',') next++;
    char letter = notation_byte(text, next);
    if (letter != 'E' && letter != 'W') return at + 1;
    size_t behind = dotted_read(text, next + 1, '.', letter == 'W', &axes[1]);
    if (behind == next + 1 || notation_word(notation_byte(text, behind))) return at + 1;
    axes_tell(search, at, behind, says_tokyo(text, behind), axes[0], axes[1], GRADE_LIKELY);
    return behind;
}

const struct notation notation_dotted = {"dotted", "SoftBank: pos=, geo=", "NS", "0-9", false, hemisphere_trigger, hemisphere_find};

/* --- "35.40.52N 139.46.02E" -------------------------------------------------------------------- */

/* Where the number that ends at an index begins. */
static size_t dotted_start(struct span text, size_t end)
{
    enum { NUMBER_BYTES_MAX = 16 };
    size_t start = end;
    while (start > 0 && end - start < NUMBER_BYTES_MAX && (notation_digit(text.at[start - 1]) || text.at[start - 1] == '.')) start--;
    return start;
}

static bool behind_trigger(struct span text, size_t at)
{
    struct coordinate value;
    if (at == 0 || !notation_digit(text.at[at - 1])) return false;
    size_t start = dotted_start(text, at);
    return dotted_read(text, start, '.', false, &value) == at;
}

static size_t behind_find(struct notation_search *search, size_t at)
{
    struct span text = search->text;
    struct coordinate axes[2];
    size_t start = dotted_start(text, at), next = at + 1;
    if (start < search->taken || (start > 0 && (notation_word(text.at[start - 1]) || text.at[start - 1] == '-'))) return at + 1;
    dotted_read(text, start, '.', text.at[at] == 'S', &axes[0]);
    while (notation_blank(notation_byte(text, next)) || notation_byte(text, next) == ',' || notation_byte(text, next) == '/') next++;
    size_t end = dotted_read(text, next, '.', false, &axes[1]);
    char letter = notation_byte(text, end);
    if (end == next || (letter != 'E' && letter != 'W') || notation_word(notation_byte(text, end + 1))) return at + 1;
    if (letter == 'W') axes[1].value_e7 = -axes[1].value_e7;
    axes_tell(search, start, end + 1, says_tokyo(text, end + 1), axes[0], axes[1], GRADE_LIKELY);
    return end + 1;
}

const struct notation notation_dotted_behind = {"dotted_behind", "ISO 6709, annex D; points between", "NS", "^0-9@-\x7F-", false,
                                                behind_trigger, behind_find};

/* --- "lat=+35.40.52.450&lon=+139.46.01.650" ------------------------------------------------------- */

static size_t sign_read(struct span text, size_t index, bool *negative)
{
    char sign = notation_byte(text, index);
    *negative = sign == '-' || notation_has(text, index, "%2d");
    if (sign == '-' || sign == '+') return index + 1;
    return notation_has(text, index, "%2b") || *negative ? index + 3 : index;
}

static bool keyed_trigger(struct span text, size_t at)
{
    struct coordinate value;
    bool negative;
    if (at < 3 || !notation_has(text, at - 3, "lat=")) return false;
    size_t start = sign_read(text, at + 1, &negative);
    return dotted_read(text, start, '.', negative, &value) > start;
}

static size_t keyed_find(struct notation_search *search, size_t at)
{
    static const char *const keys[] = {"lon=", "lng=", "long="};
    struct span text = search->text;
    struct coordinate axes[2];
    bool negative;
    size_t start = at - 3, number = sign_read(text, at + 1, &negative);
    if (start < search->taken || (start > 0 && notation_word(text.at[start - 1]))) return at + 1;
    size_t next = dotted_read(text, number, '.', negative, &axes[0]);
    while (notation_byte(text, next) != '\0' && strchr("&;, ", text.at[next]) != NULL) next++;
    if (notation_has(text, next, "amp;")) next += strlen("amp;");
    size_t key = next;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && key == next; i++)
        if (notation_has(text, next, keys[i])) key += strlen(keys[i]);
    if (key == next) return at + 1;
    number = sign_read(text, key, &negative);
    size_t end = dotted_read(text, number, '.', negative, &axes[1]);
    if (end == number) return at + 1;
    axes_tell(search, start, end, says_tokyo(text, end), axes[0], axes[1], GRADE_CONFIRMED);
    return end;
}

const struct notation notation_dotted_keys = {"dotted_keys", "NTT docomo, KDDI: lat=, lon=, geo=, datum=", "=", "+%-", false, keyed_trigger,
                                              keyed_find};

/* --- "nl=35/40/39.766&el=139/46/4.092" ------------------------------------------------------------- */

static bool slashed_trigger(struct span text, size_t at)
{
    return at >= 1 && notation_has(text, at - 1, "nl=") && (at == 1 || !notation_word(text.at[at - 2])) &&
           notation_digit(notation_byte(text, at + 2));
}

static size_t slashed_find(struct notation_search *search, size_t at)
{
    struct span text = search->text;
    struct coordinate axes[2];
    size_t start = at - 1, next = dotted_read(text, at + 2, '/', false, &axes[0]);
    if (start < search->taken || next == at + 2) return at + 1;
    if (notation_byte(text, next) == '&') next++;
    if (notation_has(text, next, "amp;")) next += strlen("amp;");
    while (notation_blank(notation_byte(text, next))) next++;
    if (!notation_has(text, next, "el=")) return at + 1;
    size_t end = dotted_read(text, next + 3, '/', false, &axes[1]);
    if (end == next + 3) return at + 1;
    axes_tell(search, start, end, true, axes[0], axes[1], GRADE_CONFIRMED);
    return end;
}

const struct notation notation_mapion = {"mapion", "Mapion: nl=, el=, Tokyo datum", "lL", "=", false, slashed_trigger, slashed_find};
