/* android_id.c: what Android calls a device, since its version 8 one for each signing key and user.
 *
 * Source    Android documentation, Settings.Secure.ANDROID_ID: 64 random bits in hex
 * likely    label and 14 to 16 hex digits; old versions left out leading zeros, which are put back
 * rejected  the same digit throughout; without a label 16 hex digits are anything
 */
#include "lookup.h"
#include "packed.h"
#include "value.h"

enum { LENGTH_MIN = 14, LENGTH = 16 };

static void android_id_check(const struct candidate *candidate, struct verdict *verdict)
{
    uint64_t number;
    struct span text = candidate->text;
    if (text.len < LENGTH_MIN || text.len > LENGTH || !value_hex(text.at, text.len, &number)) {
        verdict_reject(verdict, REASON_FORM);
    } else if (!candidate->labelled) {
        verdict_reject(verdict, REASON_UNLABELLED);
    } else if (all_equal(text.at, text.len)) {
        verdict_reject(verdict, REASON_PLACEHOLDER);
    } else {
        char canonical[LENGTH];
        for (int i = LENGTH; i-- > 0; number >>= 4) canonical[i] = "0123456789abcdef"[number & 15];
        verdict->grade = GRADE_LIKELY;
        verdict->reason = REASON_NONE;
        verdict->sample = sample_known(KIND_ANDROID_ID, canonical, LENGTH);
        verdict->length = identifier_pack(KIND_ANDROID_ID, canonical, LENGTH, verdict->packed, &verdict->packing);
    }
}

const struct detector detector_android_id = {
    .name = "android_id",
    .column = "other_ids",
    .element = ELEMENT_DEV,
    .source = "Android documentation, Settings.Secure.ANDROID_ID",
    .checksum = "none",
    .chance = "label only",
    .pattern = NULL,
    .check = android_id_check,
};
