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

/* Copies a text without single separators between its characters. Returns how many characters remain; size + 1 where
 * they do not fit; 0 where a separator stands at an end or beside another. */
size_t value_compact(struct span text, const char *separators, char *out, size_t size);

/* Copies letters, in upper case, digits and the given signs. Returns the length; 0 where other characters stand there,
 * it does not fit, or it has fewer digits. */
size_t value_token(struct span text, const char *signs, size_t digits_min, char *out, size_t size);

/* Judges a number that has no public form and no checksum, so that only its label says what it is: letters, digits and the given
 * signs, no shorter or longer, not the same character throughout. The canonical form is value_token's. */
struct value_number {
    uint8_t kind; /* enum kind */
    const char *signs;
    size_t digits_min, length_min, length_max; /* length_max: VALUE_SIZE at most */
};
void value_number_judge(const struct value_number *number, const struct candidate *candidate, struct verdict *verdict);

/* The number that up to 16 hex digits are; false for other characters. */
bool value_hex(const char *text, size_t count, uint64_t *number);

/* Whether digits end as a number does that was kept in floating point, where 17 digits are all there are. */
bool value_rounded(const char *digits, size_t count);

/* Whether text is a whole number as tools write it that took it for a float, "354178036859789.0". */
enum { FLOAT_DIGITS_MIN = 10 };
bool value_is_float(struct span text);

/* A number in exponent form, "8.98110007766554E+18", or as a float, which keeps 15 digits. Writes its digits where all of them are there and returns how
 * many; SIZE_MAX where some were lost; 0 for any other text. */
size_t value_exponent(struct span text, char digits[VALUE_SIZE]);

/* Letters and digits that are written as hex of their ASCII codes, with or without blanks, as diagnostic answers and
 * trackers send them: a VIN behind 49 02 01, an IMEI behind 000F. Returns how many, 0 for any other text. */
size_t value_ascii(struct span text, char out[VALUE_SIZE]);

/* Without blanks, quotes and asterisks around it, folded, and without a label that is repeated in
 * front of it ("IMEI: 35..."); label_mask gets that label's kinds, or 0. Length 0 for what is too
 * long to be a value. */
struct span value_clean(struct span text, char buffer[VALUE_SIZE], uint32_t *label_mask);

#endif
