/* How an IMSI divides, for tests.
 *
 * Threads  any number at once
 */
#ifndef IMSI_H
#define IMSI_H

#include "detector.h"

enum { IMSI_LENGTH_MAX = 15 };

/* Digits of the network code that follows the three of the country: 2 or 3; 0 where there is no such country.
 * At least six digits. */
unsigned imsi_mnc_length(const char *digits);

#endif
