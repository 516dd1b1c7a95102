/* etc_obu.c: management numbers of Japanese toll units (shasaiki kanri bango).
 *
 * Source    help pages of car makers: 19 digits, printed in groups, mostly 5-8-6; no checksum is published
 * likely    label and 19 digits, with single blanks or hyphens between groups or without
 * rejected  the same digit throughout; 89 in front, where ICCIDs begin; without a label
 *
 * The number of a toll card has 14 to 16 digits and is that of a payment card: none of this kind.
 */
#include "packed.h"
#include "value.h"

enum { LENGTH = 19 };

static void etc_obu_check(const struct candidate *candidate, struct verdict *verdict)
{
    char digits[LENGTH];
    if (value_compact(candidate->text, " -", digits, LENGTH) != LENGTH || !digits_only(digits, LENGTH)) {
        verdict_reject(verdict, REASON_FORM);
    } else if (!candidate->labelled) {
        verdict_reject(verdict, REASON_UNLABELLED);
    } else if (all_equal(digits, LENGTH)) {
        verdict_reject(verdict, REASON_PLACEHOLDER);
    } else if (memcmp(digits, "89", 2) == 0) {
        verdict_reject(verdict, REASON_OTHER_KIND);
    } else {
        verdict->grade = GRADE_LIKELY;
        verdict->reason = REASON_NONE;
        verdict->sample = false;
        verdict_pack_digits(verdict, digits, LENGTH);
    }
}

const struct detector detector_etc_obu = {
    .name = "etc_obu",
    .column = "other_ids",
    .element = ELEMENT_DEV,
    .source = "help pages of Japanese car makers",
    .checksum = "none",
    .chance = "label only",
    .pattern = NULL,
    .check = etc_obu_check,
};
