/* The frame of NMEA 0183 sentences.
 *
 * Source   NMEA 0183, 5.2 and 5.3: '$' address ',' fields '*' checksum
 * Threads  any number at once
 */
#ifndef LOCATION_NMEA_H
#define LOCATION_NMEA_H

#include "detector.h"

enum nmea_frame {
    NMEA_NONE,      /* no sentence */
    NMEA_UNCHECKED, /* without a checksum */
    NMEA_WRONG,     /* the checksum does not hold */
    NMEA_RIGHT
};

/* Reads the sentence whose '$' stands at an index: body is what lies between '$' and '*', end the index behind all. */
enum nmea_frame nmea_frame_read(struct span text, size_t index, struct span *body, size_t *end);

/* The time of an RMC sentence with the right checksum, in seconds since 1970; no other sentence has a date. */
bool nmea_time_read(struct span sentence, int64_t *time_s);

#endif
