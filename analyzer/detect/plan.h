/* What a field of an object is good for, decided once from its name, used for every unit.
 *
 * Shape    name of a column or key path -> attribute/roles -> plan -> detect
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdint.h>

enum role {
    ROLE_NONE,      /* no role: its text is searched for unlabelled values */
    ROLE_CUSTOMER,  /* names the customer */
    ROLE_LATITUDE,
    ROLE_LONGITUDE,
    ROLE_TIME,
    ROLE_IDENTIFIER, /* a label of the kinds in label_mask */
    ROLE_CODE,       /* a position in one value: notation is its enum location_code */
    ROLE_SCALED_LATITUDE, /* whole numbers: notation is their enum scale */
    ROLE_SCALED_LONGITUDE,
    ROLE_DATUM,      /* says of which datum the positions beside it are; notation 1: also by a number */
    ROLE_ANGLE_UNIT, /* may say that the positions beside it are in thousandths of a second */
    ROLE_LATITUDE_SIDE, /* the hemisphere of the latitude beside it; notation 1: of any */
    ROLE_LONGITUDE_SIDE
};

enum { ROLE_RANK_EMAIL = 0xFFF0 }; /* customer fields from here on serve only where no other is there */

struct field_plan {
    uint8_t role;        /* enum role */
    uint8_t composite : 1; /* of an axis: its name says that it is made of others ("Composite:GPSLatitude") */
    uint8_t typed : 1;     /* an object around the value says its type; the field is that before it */
    uint16_t rank;       /* among fields of one role in one unit the smallest rank wins */
    uint32_t label_mask; /* KIND_BITs of the labels the name ends in; 0 for none */
    uint16_t custom;     /* with ROLE_IDENTIFIER: a label of the profile's own kinds (custom.h), counted from 1; 0: none */
    uint8_t notation;    /* what the role says of it; 0 for others */
    uint8_t by_profile;  /* the profile says so: no evidence speaks against it */
    uint32_t pair;       /* latitude and longitude (and their sides) with equal pair and equal parent belong together:
                            hash of what stands before the axis word ("start" in start_lat); 0 for nothing; of y and x,
                            which count only as a pair, a number of their own */
};

#endif
