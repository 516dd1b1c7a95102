/* terminal_id.c: numbers of terminals, communication modules and navigation units in vehicles.
 *
 * Source    none: every operator has a form of his own
 * likely    label, 6 to 32 characters of letters, digits, '.', '_' and '-', four of them digits at least
 * rejected  the same character throughout; without a label
 *
 * Fields of such names hold IMEIs, addresses and other numbers too: collision.c has them asked first. The modem in the
 * unit has numbers of its own, under its own names.
 */
#include "detectors.h"
#include "value.h"

static void terminal_id_check(const struct candidate *candidate, struct verdict *verdict)
{
    static const struct value_number number = {KIND_TERMINAL_ID, "._-", .digits_min = 4, .length_min = 6, .length_max = 32};
    value_number_judge(&number, candidate, verdict);
}

const struct detector detector_terminal_id = {
    .name = "terminal_id",
    .column = "terminal_ids",
    .element = ELEMENT_DEV,
    .source = "none public; the name of the field",
    .checksum = "none",
    .chance = "label only",
    .pattern = NULL,
    .check = terminal_id_check,
};
