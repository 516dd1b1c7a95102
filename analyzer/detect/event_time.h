/* When something happened, as exports write it.
 *
 * Forms    ISO 8601 (extended and basic, date alone, hour alone; no weeks), YYYY/MM/DD hh:mm:ss, YYYYMMDDhhmmss; dates with
 *          slashes or hyphens without leading zeros and clocks of twelve hours, as spreadsheets write them; Japanese dates with
 *          their signs, of the eras Heisei and Reiwa, too; with the name of the month, as web servers, mail, Java and date
 *          write them (event_time_named.c); epoch seconds, milliseconds, microseconds and nanoseconds (10, 13,
 *          16, 19 digits; 2001 to 2039)
 * Units    seconds since 1970-01-01T00:00:00Z, fractions cut off downwards
 * Source   identifiers, section 5.6; specification, section 8
 */
#ifndef EVENT_TIME_H
#define EVENT_TIME_H

#include "../../detectors/detector.h"

struct event_time {
    int64_t seconds;  /* as UTC where has_zone, else as written */
    bool has_zone;
    uint8_t length;   /* bytes it took, from the start of the text */
};

/* Reads a time at the start of text. Returns false where there is none. */
bool event_time_read(struct span text, struct event_time *time);

/* By how many bytes a time with the name of its month would begin before the first colon of its clock; 0 for none. Nothing before
 * `front` is looked at. */
size_t time_named_before(const char *front, const char *colon);

#endif
