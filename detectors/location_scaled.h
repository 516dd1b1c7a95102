/* Degrees as whole numbers of something smaller, and what announces them.
 *
 * Units    1e-7 degree
 * Source   identifiers, section 6.17 and the units of arc in 6.16; each row of the table names its own
 * Threads  any number at once
 */
#ifndef LOCATION_SCALED_H
#define LOCATION_SCALED_H

#include "location.h"

enum scale {
    SCALE_DEGREES,
    SCALE_E7,
    SCALE_E6,
    SCALE_E5,
    SCALE_ARC_MS,      /* 1/1000 second */
    SCALE_ARC_256,     /* 1/256 second */
    SCALE_J1939,       /* 1e-7 degree from -210 on */
    SCALE_SEMICIRCLES, /* 180 degrees / 2^31 */
    SCALE_AIS,         /* 1/10000 minute */
    SCALE_GT06,        /* 1/30000 minute; hemispheres apart */
    SCALE_DDMM,        /* degrees * 100 + minutes */
    SCALE_COUNT
};

/* A name, lower case without blanks and signs, that gives an axis and its scale. */
struct scaled_name {
    const char *name;
    uint8_t scale;
    bool longitude;
    bool across; /* its words may be components of a path: "referencePosition.latitude" */
};
extern const struct scaled_name scaled_names[];
extern const size_t scaled_name_count;

/* Two fields of one unit with names of the same scale, as they were written: numbers, behind them their unit or the
 * letter of a hemisphere. Where both have a fraction and the scale has none they are degrees after all. */
enum reason scaled_judge(struct span latitude, struct span longitude, enum scale scale, struct position *position);

/* Whether a value is the unit of thousandths of a second: "msec", "mas". */
bool scaled_names_arc_ms(struct span value);

/* Positions in text under keys of the table, with what else the text says of them (hemispheres, "fmt=ddmm", jt808).
 * Writes at most found_max of them, returns how many there are; rejected[REASON_COUNT] is added to. */
size_t scaled_find(struct span text, struct position *found, size_t found_max, uint64_t *rejected);

#endif
