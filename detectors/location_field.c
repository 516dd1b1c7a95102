/* location_field.c: two labelled fields with more in them than a number.
 *
 * Source  ISO 6709 for hemispheres; decimal comma and full-width digits as they occur in exports
 */
#include "location.h"

#include <string.h>

#include "value.h"

enum { FIELD_SIZE = 64 };

enum { COMMA_DIGITS_BEFORE = 3, COMMA_DIGITS_AFTER = 4 };

static void take_front(struct span *text, size_t len)
{
    text->at += len;
    text->len -= len;
}

static bool front_is(struct span text, const char *word)
{
    return text.len >= strlen(word) && memcmp(text.at, word, strlen(word)) == 0;
}

static bool back_is(struct span text, const char *word)
{
    size_t len = strlen(word);
    return text.len >= len && memcmp(text.at + text.len - len, word, len) == 0;
}

static struct span around_trim(struct span text)
{
    while (text.len > 0 && strchr(" \t\r\n\"'", *text.at) != NULL) take_front(&text, 1);
    while (text.len > 0 && strchr(" \t\r\n\"'", text.at[text.len - 1]) != NULL) text.len--;
    return text;
}

/* Takes a hemisphere off one end: its sign, or 0 for none. */
static int hemisphere_take(struct span *text, const char *const *positive,
                           const char *const *negative)
{
    for (int sign = 1; sign >= -1; sign -= 2)
        for (const char *const *word = sign > 0 ? positive : negative; *word != NULL; word++) {
            bool front = front_is(*text, *word);
            if (!front && !back_is(*text, *word)) continue;
            if (front) take_front(text, strlen(*word));
            else text->len -= strlen(*word);
            *text = around_trim(*text);
            return sign;
        }
    return 0;
}

static struct span degree_strip(struct span text)
{
    static const char *const signs[] = {"\xC2\xB0", "\xC2\xBA", "\xE5\xBA\xA6", "deg"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (back_is(text, signs[i])) {
            text.len -= strlen(signs[i]);
            break;
        }
    return around_trim(text);
}

/* "35,681236": at most three digits before the comma, at least four after it. */
static void comma_to_point(struct span text, char *bytes)
{
    char *comma = memchr(bytes, ',', text.len);
    if (comma == NULL) return;
    size_t before = (size_t)(comma - bytes), after = text.len - before - 1;
    if (before > 0 && (*bytes == '-' || *bytes == '+')) before--;
    if (before >= 1 && before <= COMMA_DIGITS_BEFORE && after >= COMMA_DIGITS_AFTER) *comma = '.';
}

static struct coordinate field_read(struct span text, const char *const *positive,
                                    const char *const *negative)
{
    struct coordinate none = {0, 0, false};
    char buffer[FIELD_SIZE];
    size_t len = value_fold(text, buffer, sizeof buffer);
    if (len > sizeof buffer) return none;

    struct span folded = {buffer, len};
    folded = around_trim(folded);
    int hemisphere = hemisphere_take(&folded, positive, negative);
    folded = degree_strip(folded);
    if (hemisphere != 0 && folded.len > 0 && (*folded.at == '-' || *folded.at == '+')) return none;
    comma_to_point(folded, buffer + (folded.at - buffer));

    struct coordinate number = coordinate_read(folded);
    if (hemisphere < 0) number.value_e7 = -number.value_e7;
    return number;
}

static struct coordinate angle_read(struct span text, bool latitude)
{
    char buffer[FIELD_SIZE];
    size_t len = value_fold(text, buffer, sizeof buffer);
    if (len > sizeof buffer) return (struct coordinate){0, 0, false};
    struct span folded = around_trim((struct span){buffer, len});
    struct coordinate angle = coordinate_from_angle(folded, latitude);
    return angle.valid ? angle : coordinate_from_exif(folded, latitude);
}

enum reason position_from_fields(struct span latitude, struct span longitude,
                                 struct position *position)
{
    static const char *const north[] = {"N", "n", "\xE5\x8C\x97\xE7\xB7\xAF", NULL};
    static const char *const south[] = {"S", "s", "\xE5\x8D\x97\xE7\xB7\xAF", NULL};
    static const char *const east[] = {"E", "e", "\xE6\x9D\xB1\xE7\xB5\x8C", NULL};
    static const char *const west[] = {"W", "w", "\xE8\xA5\xBF\xE7\xB5\x8C", NULL};
    struct coordinate first = coordinate_read(latitude), second = coordinate_read(longitude);
    if (!first.valid) first = field_read(latitude, north, south);
    if (!second.valid) second = field_read(longitude, east, west);
    if (!first.valid) first = angle_read(latitude, true);
    if (!second.valid) second = angle_read(longitude, false);
    return position_judge(first, second, true, position);
}
