/* Parts of a vehicle identification number, for tests and reports.
 *
 * Units    positions are counted from 1 as in the standards
 * Threads  any number at once
 */
#ifndef VIN_H
#define VIN_H

#include "detector.h"

enum { VIN_LENGTH = 17 };

/* Reads the 17 characters in upper case: lower case and the bar code's import prefix 'I' are
 * understood, groups with blanks or hyphens where grouped is true. False where it is no VIN by
 * alphabet, length or the four final digits. */
bool vin_read(struct span text, bool grouped, char vin[VIN_LENGTH]);

/* 49 CFR 565.15(c), position 9. Upper-case VIN characters only. */
bool vin_check_digit_holds(const char *vin);

/* Position 10 with the cycle that position 7 selects (49 CFR 565.15, Table VII); 0 for no code. */
int vin_model_year(const char *vin);

/* Positions 1-3, and 12-14 for makers whose third character is 9. Returns 3 or 6. */
size_t vin_wmi_key(const char *vin, char key[7]);

#endif
