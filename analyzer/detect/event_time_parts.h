/* The parts of a time that all its forms have: date, time of day, zone.
 *
 * Private to event_time.c and event_time_named.c
 */
#ifndef EVENT_TIME_PARTS_H
#define EVENT_TIME_PARTS_H

#include "event_time.h"

/* The number written by `count` digits, -1 where one is none. */
int time_digits(const char *at, int count);
/* One digit or as many as digits_max at the front of rest, which is shortened; -1 for none. */
int time_number_take(struct span *rest, size_t digits_max);

/* Numbers below zero are no date. */
bool time_date_valid(int year, int month, int day);
/* Of a valid date, in the Gregorian calendar. */
int64_t time_days_since_1970(int year, int month, int day);

/* hh:mm[:ss[.fraction]], or, without colons, hhmm[ss]. Returns the bytes taken, 0 for no time of day. */
size_t time_clock_read(const char *at, size_t len, bool colons, int64_t *seconds);
/* 3:04, 3:04:05, and hours alone where hour_alone; 3時, 3時4分, 3時4分5秒. */
size_t time_loose_clock_read(const char *at, size_t len, bool hour_alone, int64_t *seconds);
/* "PM" behind a clock of twelve hours, and "AM". Returns the bytes taken. */
size_t time_half_day_read(const char *at, size_t len, int64_t *of_day);
/* Z, +hh, +hhmm, +hh:mm, " UTC", " +0900". Returns the bytes taken and adds the offset. */
size_t time_zone_read(const char *at, size_t len, struct event_time *time);

/* Times with the name of their month: event_time_named.c. */
bool time_named_read(struct span text, struct event_time *time);

#endif
