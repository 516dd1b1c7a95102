/* What every match of a pattern must have, read off the pattern's text: so that most text is never searched.
 *
 * Shape    pattern text (PCRE2) -> struct pattern_shape
 * Safe     what is not understood says less, never more: then known is false, or the set is larger, the literal shorter
 * Case     the literal is found in either case; elsewhere letters mean both cases if the pattern says so anywhere
 * Limits   PATTERN_SHAPE_DEPTH_MAX groups in one another; deeper ones are not understood
 * Source   pcre2pattern(3)
 */
#ifndef PATTERN_SHAPE_H
#define PATTERN_SHAPE_H

#include "windows.h"

enum { PATTERN_LITERAL_MAX = 16, PATTERN_SHAPE_DEPTH_MAX = 20 };

struct pattern_shape {
    bool known;                          /* the pattern was understood; else nothing else is set */
    bool is_word;                        /* a match is letters and digits alone */
    size_t bytes_min, bytes_max;         /* of a match; SIZE_MAX: no bound */
    char literal[PATTERN_LITERAL_MAX];   /* letters in lower case; every match has it somewhere */
    size_t literal_length;               /* 0: there is none */
    struct window window;                /* the rarest places side by side that every match has; length 0: none rare enough */
    uint8_t first[256 / 8];              /* which bytes a match can begin with; all where it can be empty */
};

void pattern_shape_read(struct span text, struct pattern_shape *shape);

static inline bool pattern_shape_begins(const struct pattern_shape *shape, char byte)
{
    return (shape->first[(unsigned char)byte / 8] >> (unsigned char)byte % 8 & 1) != 0;
}

#endif
