/* Positions: decimal degrees as numbers, pairs, and text.
 *
 * Units    fixed point, 1e-7 degree, WGS 84 as written; longitude 180 is -180
 * Source   identifiers, sections 5 and 6.1 (ranges, sentinels, floors, order); ISO 6709 for signs
 * Threads  any number at once; nothing is kept
 */
#ifndef LOCATION_H
#define LOCATION_H

#include "detector.h"

enum { DEGREE_E7 = 10000000 };

/* One number as it was written. */
struct coordinate {
    int64_t value_e7;  /* rounded half away from zero beyond seven decimals */
    uint8_t decimals;  /* digits after the point as written (an exponent moves the point) */
    bool valid;        /* a finite decimal number and nothing else */
};

struct position {
    int32_t latitude_e7;
    int32_t longitude_e7;
    uint8_t decimals; /* of the longer of the two */
    enum grade grade;
};

/* Reads one signed decimal number: "35.681236", "+139.7", "-1.29e1", with blanks or one pair of
 * quotes around it. Anything else is not valid. */
struct coordinate coordinate_read(struct span text);

/* Judges two numbers that stand under latitude and longitude labels of one unit (confirmed), or
 * an unlabelled pair in the order latitude, longitude or, where only that fits, longitude,
 * latitude (likely). Applies range, sentinels and the floor for its case.
 * Returns REASON_NONE and fills position, else why it is no position. */
enum reason position_judge(struct coordinate first, struct coordinate second, bool labelled,
                           struct position *position);

/* Judges two labelled fields that are plain decimal numbers far from all limits, which most are. False: nothing is
 * said, the other functions judge. */
bool position_plain(struct span latitude, struct span longitude, struct position *position);

/* A field that is one angle of degrees and minutes, perhaps seconds ("35°40'52.4\"N"), of the axis that its label says. */
struct coordinate coordinate_from_angle(struct span text, bool latitude);

/* A field that is an angle as EXIF has it, with its hemisphere behind: "35/1,41/1,222/10N", "35 41 22.2 N", "35,41.37N". */
struct coordinate coordinate_from_exif(struct span text, bool latitude);

/* Same for two labelled fields as they stand: angles, rationals, hemisphere letters ("35.68N"), degree signs,
 * quotes, full-width digits and a decimal comma are understood. */
enum reason position_from_fields(struct span latitude, struct span longitude,
                                 struct position *position);

/* Finds every position written in one piece of text in the notations of 6.1: pairs, keyed numbers
 * ("lat=35.1 lon=139.2", any order), letters. At most found_max are written to found, all are
 * counted in the return value; rejected[REASON_COUNT] is added to for what has the form of a
 * pair and is refused. */
size_t positions_find(struct span text, struct position *found, size_t found_max,
                      uint64_t *rejected);

/* The same for text without full-width digits whose points between digits are known: all their places, in order. Those
 * of numbers that are parts of a version, with a further point before or behind, may be left out. Eight bytes behind the text must be readable. Adds to refused what it adds to rejected, all reasons together.
 * Never more positions than points. */
size_t positions_find_at(struct span text, const size_t *points, size_t point_count, struct position *found,
                         uint64_t *rejected, uint64_t *refused);

/* ------------------------------------------------------------------ numbers behind the '=' of a key in text
 * What positions_find says of most of them can be told from a few bytes. */

/* Whether a name is none of an axis. */
bool position_key_is_plain(struct span name);

/* Whether a number that ends before an index of a text ends there for good: no word, no list, no letter of a hemisphere,
 * no bracket goes on. */
static inline bool position_number_ends(struct span text, size_t end)
{
    if (end >= text.len) return true;
    char after = text.at[end], next = end + 1 < text.len ? text.at[end + 1] : '\0';
    if (after != ' ') return after == '"' || after == '&' || after == '|';
    return ((unsigned char)next | 0x20u) - (unsigned)'a' < 26 && next != 'N' && next != 'S' && next != 'E' && next != 'W';
}

/* Where a number stands: its first digit, its point, what is behind its last digit. */
struct plain_place {
    size_t start, point, end;
    bool negative;
};

/* Reads two numbers; false where one has other characters than digits, no digit on a side of its point, more than three before
 * it or more than seven behind. Eight bytes before the first point and behind the second must be readable. Where the first
 * begins, perhaps with a sign, behind the '=' of a key that position_key_is_plain holds for, a comma alone stands between them,
 * and the second one ends for good, they are a pair without labels, whatever else the text holds. */
bool position_plain_pair(const char *text, const struct plain_place places[2], struct coordinate pair[2]);

extern const char location_pattern[]; /* PCRE2: the definition of an unlabelled decimal pair */

#endif
