/* serial.c: serial numbers of devices and control units, and other numbers that one maker gives.
 *
 * Source    none: every maker has a form of his own (Apple 10 to 12 characters; its device
 *           identifiers 40 hex digits, or 8-16)
 * likely    label, 6 to 40 characters of letters, digits, '.', '_', '/' and '-', three of them digits at least
 * rejected  the same character throughout; counts, which have no more than five digits; without a label
 */
#include "packed.h"
#include "value.h"

enum { LENGTH_MIN = 6, LENGTH_MAX = 40, DIGITS_MIN = 3 };

static void serial_check(const struct candidate *candidate, struct verdict *verdict)
{
    char written[LENGTH_MAX];
    size_t length = value_token(candidate->text, "._/-", DIGITS_MIN, written, LENGTH_MAX);
    if (length < LENGTH_MIN) {
        verdict_reject(verdict, REASON_FORM);
    } else if (!candidate->labelled) {
        verdict_reject(verdict, REASON_UNLABELLED);
    } else if (all_equal(written, length)) {
        verdict_reject(verdict, REASON_PLACEHOLDER);
    } else {
        verdict->grade = GRADE_LIKELY;
        verdict->reason = REASON_NONE;
        verdict->sample = false;
        verdict->length = identifier_pack(KIND_SERIAL, written, length, verdict->packed, &verdict->packing);
    }
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
