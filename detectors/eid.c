/* eid.c: identifiers of embedded SIM chips.
 *
 * Source     GSMA SGP.29, SGP.02 and SGP.22; ISO/IEC 7064, MOD 97-10
 * confirmed  label and check digits
 * likely     check digits and 89 at the front, without label
 * possible   check digits alone; label, but the check digits are others
 * rejected   30 equal digits
 *
 * Since SGP.29 an EID may begin with any digits. 5A10 in front is the tag and length of the card's own answer.
 */
#include "lookup.h"
#include "packed.h"
#include "value.h"

enum { EID_LENGTH = 32, CHECKED_LENGTH = 30, TAG_LENGTH = 4 };

static bool mod97_holds(const char *digits)
{
    unsigned remainder = 0;
    for (int i = 0; i < EID_LENGTH; i++) remainder = (remainder * 10 + (unsigned)(digits[i] - '0')) % 97;
    return remainder == 1;
}

static void accept(struct verdict *verdict, const char *digits, enum grade grade, enum reason reason)
{
    verdict->grade = grade;
    verdict->reason = reason;
    verdict->sample = sample_known(KIND_EID, digits, EID_LENGTH);
    verdict->length = identifier_pack(KIND_EID, digits, EID_LENGTH, verdict->packed, &verdict->packing);
}

static void judge(const char *digits, bool labelled, struct verdict *verdict)
{
    bool holds = mod97_holds(digits), classic = digits[0] == '8' && digits[1] == '9';
    if (all_equal(digits, CHECKED_LENGTH))
        verdict_reject(verdict, REASON_PLACEHOLDER);
    else if (holds)
        accept(verdict, digits, labelled ? GRADE_CONFIRMED : classic ? GRADE_LIKELY : GRADE_POSSIBLE, REASON_NONE);
    else if (labelled)
        accept(verdict, digits, GRADE_POSSIBLE,
               value_rounded(digits, EID_LENGTH) ? REASON_ROUNDED_NUMBER : REASON_CHECK_DIGIT);
    else
        verdict_reject(verdict, REASON_CHECK_DIGIT);
}

static void eid_check(const struct candidate *candidate, struct verdict *verdict)
{
    char digits[EID_LENGTH];
    struct span text = candidate->text;
    bool labelled = candidate->labelled;
    bool tagged = text.len == EID_LENGTH + TAG_LENGTH &&
                  (memcmp(text.at, "5A10", TAG_LENGTH) == 0 || memcmp(text.at, "5a10", TAG_LENGTH) == 0);
    if (labelled && tagged)
        text.at += TAG_LENGTH, text.len -= TAG_LENGTH;
    size_t count = text.len >= EID_LENGTH ? value_compact(text, " -", digits, EID_LENGTH) : 0;
    if (count != EID_LENGTH || !digits_only(digits, EID_LENGTH))
        verdict_reject(verdict, REASON_FORM);
    else if (text.len != EID_LENGTH && !labelled)
        verdict_reject(verdict, REASON_UNLABELLED);
    else
        judge(digits, labelled, verdict);
}

const struct detector detector_eid = {
    .name = "eid",
    .column = "eids",
    .element = ELEMENT_NET,
    .source = "GSMA SGP.29; SGP.02 and SGP.22",
    .checksum = "ISO/IEC 7064, MOD 97-10",
    .chance = "1 in 97",
    .pattern = "(?<![0-9A-Za-z])(?<![0-9]\\.)[0-9]{32}(?![0-9A-Za-z])(?!\\.[0-9])",
    .check = eid_check,
};
