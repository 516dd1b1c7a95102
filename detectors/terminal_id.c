/* terminal_id.c: numbers of terminals, communication modules and navigation units in vehicles.
 *
 * Source    none: every operator has a form of his own
 * likely    label, 6 to 32 characters of letters, digits, '.', '_' and '-', four of them digits at least
 * rejected  the same character throughout; without a label
 *
 * Fields of such names hold IMEIs, addresses and other numbers too: collision.c has them asked first. The modem in the
 * unit has numbers of its own, under its own names.
 */
#include "packed.h"
#include "value.h"

enum { LENGTH_MIN = 6, LENGTH_MAX = 32, DIGITS_MIN = 4 };

static void terminal_id_check(const struct candidate *candidate, struct verdict *verdict)
{
    char written[LENGTH_MAX];
    size_t length = value_token(candidate->text, "._-", DIGITS_MIN, written, LENGTH_MAX);
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
        verdict->length = identifier_pack(KIND_TERMINAL_ID, written, length, verdict->packed, &verdict->packing);
    }
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
