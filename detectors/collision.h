/* One value, one kind: what a field may hold other than its name says.
 *
 * Owns     constants only
 * Threads  any number at once
 */
#ifndef COLLISION_H
#define COLLISION_H

#include "detectors.h"

/* Values of `kind` stand in fields that are named after `label`. */
struct collision {
    uint8_t label, kind;
    bool first;    /* kind is asked first and wins where both are equally likely: label means anything */
    bool labelled; /* the field's name is as good as a label of kind; else it is judged as if without one */
    uint8_t length_min; /* bytes; shorter values are certainly none of kind, and it need not be asked. Given where a label means anything */
};

extern const struct collision collisions[];
extern const size_t collision_count;

/* Where the rows of a label stand, which are neighbours; count 0: it has none. */
struct collision_rows {
    uint8_t first, count;
};
extern const struct collision_rows collision_rows[KIND_COUNT];

#endif
