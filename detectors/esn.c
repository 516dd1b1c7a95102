/* esn.c: electronic serial numbers of CDMA equipment.
 *
 * Source    3GPP2 C.S0072; decimal form: 8 bits of maker as 3 digits, 24 bits of serial as 8
 * likely    label and 8 hex digits, or 11 decimal ones within these bounds
 * rejected  all bits 0 or 1; without label 8 hex digits are anything
 *
 * Nothing in an ESN can be checked, so that a label makes it likely and never more. Maker 128 (0x80) marks a
 * pseudo ESN, 24 bits of a hash of the MEID, which a few devices may share: it is kept like any other.
 */
#include "lookup.h"
#include "packed.h"
#include "value.h"

enum { HEX_LENGTH = 8, DECIMAL_LENGTH = 11, MAKER_DIGITS = 3, MAKER_MAX = 0xFF, SERIAL_MAX = 0xFFFFFF };

static void judge_number(uint32_t number, bool labelled, struct verdict *verdict)
{
    char canonical[HEX_LENGTH + 1];
    for (int i = 0; i < HEX_LENGTH; i++) canonical[i] = "0123456789ABCDEF"[number >> (28 - 4 * i) & 15];
    if (!labelled) {
        verdict_reject(verdict, REASON_UNLABELLED);
    } else if (number == 0 || number == UINT32_MAX) {
        verdict_reject(verdict, REASON_PLACEHOLDER);
    } else {
        verdict->grade = GRADE_LIKELY;
        verdict->reason = REASON_NONE;
        verdict->sample = sample_known(KIND_ESN, canonical, HEX_LENGTH);
        verdict->length = identifier_pack(KIND_ESN, canonical, HEX_LENGTH, verdict->packed, &verdict->packing);
    }
}

static bool decimal_read(const char *text, uint32_t *number)
{
    uint32_t maker = 0, serial = 0;
    if (!digits_only(text, DECIMAL_LENGTH)) return false;
    for (int i = 0; i < MAKER_DIGITS; i++) maker = maker * 10 + (uint32_t)(text[i] - '0');
    for (int i = MAKER_DIGITS; i < DECIMAL_LENGTH; i++) serial = serial * 10 + (uint32_t)(text[i] - '0');
    *number = maker << 24 | serial;
    return maker <= MAKER_MAX && serial <= SERIAL_MAX;
}

static void esn_check(const struct candidate *candidate, struct verdict *verdict)
{
    char text[DECIMAL_LENGTH];
    struct span span = candidate->text;
    if (span.len > 2 && span.at[0] == '0' && (span.at[1] == 'x' || span.at[1] == 'X')) span.at += 2, span.len -= 2;
    size_t count = value_compact(span, " -", text, DECIMAL_LENGTH);
    uint32_t number = 0;
    bool formed = false;
    if (count == HEX_LENGTH) {
        uint64_t value;
        formed = value_hex(text, HEX_LENGTH, &value);
        number = (uint32_t)value;
    } else if (count == DECIMAL_LENGTH) {
        formed = decimal_read(text, &number);
    }
    if (formed) judge_number(number, candidate->labelled, verdict);
    else verdict_reject(verdict, REASON_FORM);
}

const struct detector detector_esn = {
    .name = "esn",
    .column = "other_ids",
    .element = ELEMENT_NET,
    .source = "3GPP2 C.S0072",
    .checksum = "none",
    .chance = "label only",
    .pattern = NULL,
    .check = esn_check,
};
