/* Encoded polylines: a text that stands for many points.
 *
 * Units    1e-7 degree
 * Source   encoded polyline algorithm format: differences, zig-zag, groups of five bits plus 63
 * Threads  any number at once
 */
#ifndef LOCATION_POLYLINE_H
#define LOCATION_POLYLINE_H

#include "location.h"

/* Where a walk over the points of a text stands. */
struct polyline {
    struct span rest;
    int64_t latitude, longitude; /* in steps */
    uint8_t decimals;            /* of a step: 5, or 6 as some routing engines write */
};

/* Whether a text is a polyline as a whole: at least one point, nothing left over, none outside of the globe and
 * none that is a sentinel. Label only: many words have the form. */
bool polyline_holds(struct span text, uint8_t decimals);

/* The next point of a text that holds; false behind the last. */
bool polyline_next(struct polyline *line, struct position *position);

#endif
