/* What the cells of a roster say beside customers and identifiers.
 *
 * Values   trimmed, in UTF-8; each function is false for what is none of its kind (roster.h)
 * Threads  any number at once
 */
#ifndef ROSTER_VALUES_H
#define ROSTER_VALUES_H

#include "roster.h"

/* A date, or a date and a time of day, which is that of offset_s east of UTC where it names no zone. A year from 9000 on is
 * ROSTER_OPEN_TO, one before 1000 ROSTER_OPEN_FROM: programs write them where there is no date. */
bool roster_time_read(struct span value, int32_t offset_s, int64_t *time_s);

/* A date alone, in days since 1970-01-01. */
bool roster_day_read(struct span value, int32_t *day);

/* ISO 3166-1, two letters, made upper case. */
bool roster_country_read(struct span value, char country[2]);

/* One to three letters and digits, made upper case, with NULs behind; in front of them may stand a country and a hyphen:
 * else country becomes two NULs. */
bool roster_subdivision_read(struct span value, char country[2], char subdivision[3]);

bool roster_type_read(struct span value, enum roster_type *type);
bool roster_flag_read(struct span value, bool *flag);

#endif
