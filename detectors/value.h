/* Undoes what spreadsheets, printers and people do to a value before it reaches a check.
 *
 * Lends    the value points into text or into buffer, whichever served
 * Threads  any number at once
 */
#ifndef VALUE_H
#define VALUE_H

#include "detector.h"

enum { VALUE_SIZE = 96 }; /* bytes of a value that can be one of a kind, however it is written */

/* Full-width letters, digits and signs become ASCII, the ideographic blank a blank, dashes and the
 * long vowel mark '-'; other bytes stay. Returns the length, or size + 1 where it does not fit. */
size_t value_fold(struct span text, char *buffer, size_t size);

/* Without blanks, quotes and asterisks around it, folded, and without a label that is repeated in
 * front of it ("IMEI: 35..."); label_mask gets that label's kinds, or 0. Length 0 for what is too
 * long to be a value. */
struct span value_clean(struct span text, char buffer[VALUE_SIZE], uint32_t *label_mask);

#endif
