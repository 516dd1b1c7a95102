/* Raw card numbers, for tests.
 *
 * Threads  any number at once
 */
#ifndef ICCID_H
#define ICCID_H

#include "detector.h"

enum { ICCID_LENGTH_MIN = 18, ICCID_LENGTH_MAX = 20 };

/* Undoes the swapped nibbles of a card file (ETSI TS 102 221, EF_ICCID): 20 hex digits that start
 * with 98. Returns the number of digits without filler, 0 where it does not decode. */
size_t iccid_from_bcd(struct span text, char digits[ICCID_LENGTH_MAX]);

#endif
