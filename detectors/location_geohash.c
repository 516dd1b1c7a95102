/* location_geohash.c: geohashes.
 *
 * Source    G. Niemeyer, geohash.org (2008): base 32 without a, i, l and o, five bits a character, which
 *           halve longitude and latitude by turns, longitude first
 * likely    6 characters or more (0.61 km) under a label; without one it is a word like any other
 */
#include "location_code.h"

#include <string.h>

enum { LENGTH_MIN = 6, LENGTH_MAX = 12, BITS = 5 };

static int digit_value(char character)
{
    static const char alphabet[] = "0123456789bcdefghjkmnpqrstuvwxyz";
    if (character >= 'A' && character <= 'Z') character = (char)(character - 'A' + 'a');
    const char *found = character == '\0' ? NULL : strchr(alphabet, character);
    return found == NULL ? -1 : (int)(found - alphabet);
}

enum reason geohash_read(struct span text, struct code_place *place)
{
    double middles[2] = {0, 0}, halves[2] = {180, 90}; /* longitude, latitude */
    if (text.len == 0 || text.len > LENGTH_MAX) return REASON_FORM;
    unsigned axis = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = digit_value(text.at[i]);
        if (value < 0) return REASON_FORM;
        for (int bit = BITS - 1; bit >= 0; bit--, axis ^= 1) {
            halves[axis] /= 2;
            middles[axis] += (value >> bit & 1) != 0 ? halves[axis] : -halves[axis];
        }
    }
    if (text.len < LENGTH_MIN) return REASON_COARSE;
    double error = halves[0] > halves[1] ? halves[0] : halves[1];
    place->latitude = coordinate_of(middles[1], error);
    place->longitude = coordinate_of(middles[0], error);
    return REASON_NONE;
}
