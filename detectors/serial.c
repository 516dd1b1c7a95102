/* serial.c: serial numbers of devices and control units, and other numbers that one maker gives.
 *
 * Source    none: every maker has a form of his own (Apple 10 to 12 characters; its device
 *           identifiers 40 hex digits, or 8-16)
 * likely    label, 6 to 40 characters of letters, digits, '.', '_', '/' and '-', three of them digits at least
 * rejected  the same character throughout; counts, which have no more than five digits; without a label
 */
#include "detectors.h"
#include "value.h"

static void serial_check(const struct candidate *candidate, struct verdict *verdict)
{
    static const struct value_number number = {KIND_SERIAL, "._/-", .digits_min = 3, .length_min = 6, .length_max = 40};
    value_number_judge(&number, candidate, verdict);
}

const struct detector detector_serial = {
    .name = "serial",
    .column = "other_ids",
    .element = ELEMENT_DEV,
    .source = "none public; the name of the field",
    .checksum = "none",
    .chance = "label only",
    .pattern = NULL,
    .check = serial_check,
};
