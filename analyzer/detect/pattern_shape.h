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

enum { PATTERN_LITERAL_MAX = 16, PATTERN_SHAPE_DEPTH_MAX = 20, PATTERN_WAYS_MAX = 5000 };

/* The letters and digits that a match begins with, if it begins with any: a run of them, since what is before it and, where
 * the match ends with it, behind it is none. */
struct pattern_lead {
    size_t min, max;        /* how many; min 0: nothing is known of it. SIZE_MAX: no bound */
    struct byte_set first;  /* of which it can begin */
    struct byte_set next;   /* of which its second one can be, if min is more than 1 */
    struct byte_set bytes;  /* of which it can be */
    struct byte_set after;  /* what can stand behind it within the match */
    size_t second_min, second_max; /* how many letters and digits stand behind that byte */
    bool ends;              /* the match may end with it */
};

struct pattern_shape {
    bool known;                          /* the pattern was understood; else nothing else is set */
    bool is_word;                        /* a match is letters and digits alone */
    size_t bytes_min, bytes_max;         /* of a match; SIZE_MAX: no bound */
    char literal[PATTERN_LITERAL_MAX];   /* letters in lower case; every match has it, or what it asserts around it */
    size_t literal_length;               /* 0: there is none */
    struct window window;                /* the rarest places side by side that every match has; length 0: none rare enough */
    struct pattern_lead lead;
    bool is_simple;                      /* at one place it is tried in PATTERN_WAYS_MAX ways at most, about */
};

void pattern_shape_read(struct span text, struct pattern_shape *shape);

#endif
