/* meid.c: identities of CDMA mobile equipment.
 *
 * Source     3GPP2 S.R0048 and X.S0008. 56 bits: region (A0-FF; 99 where the number is an IMEI too), maker, serial
 * confirmed  label and the right check digit
 * likely     label, 14 hex or 18 decimal digits; without label 15 hex digits that begin with a letter and end in the
 *            right check digit
 * possible   label, but the check digit is another
 * rejected   region below A0 other than 99; decimal halves beyond 32 and 24 bits
 *
 * Decimal digits are 10 of the first 32 bits and 8 of the last 24. The check digit, which is no part of the number,
 * is Luhn's in base 16 of the hex digits, in base 10 of the decimal ones or where all hex digits are decimal.
 */
#include "lookup.h"
#include "packed.h"
#include "value.h"

enum {
    HEX_LENGTH = 14,
    DECIMAL_LENGTH = 18,
    HEAD_DIGITS = 10, /* of the decimal form, for the first 32 bits */
    TAIL_BITS = 24,
    CHARACTERS_MAX = DECIMAL_LENGTH + 1
};

enum check { CHECK_ABSENT, CHECK_RIGHT, CHECK_WRONG };

static void canonical_write(uint64_t number, char canonical[HEX_LENGTH])
{
    for (int i = HEX_LENGTH; i-- > 0; number >>= 4) canonical[i] = "0123456789ABCDEF"[number & 15];
}

/* Base 16: every second digit is doubled, the sixteens and the units of it are added. */
static unsigned hex_check_digit(uint64_t number)
{
    unsigned sum = 0;
    for (int i = 0; i < HEX_LENGTH; i++, number >>= 4) {
        unsigned value = (unsigned)number & 15;
        sum += i % 2 == 0 ? 2 * value / 16 + 2 * value % 16 : value;
    }
    return (16 - sum % 16) % 16;
}

static enum check hex_check(uint64_t number, const char canonical[HEX_LENGTH], unsigned digit)
{
    bool decimal = digits_only(canonical, HEX_LENGTH);
    unsigned right = decimal ? (unsigned)(luhn_digit(canonical, HEX_LENGTH) - '0') : hex_check_digit(number);
    return digit == right ? CHECK_RIGHT : CHECK_WRONG;
}

static bool region_exists(uint64_t number)
{
    unsigned region = (unsigned)(number >> 48);
    return region >= 0xA0 || region == 0x99;
}

static void judge(uint64_t number, enum check check, bool labelled, struct verdict *verdict)
{
    char canonical[HEX_LENGTH];
    canonical_write(number, canonical);
    if (all_equal(canonical, HEX_LENGTH)) {
        verdict_reject(verdict, REASON_PLACEHOLDER);
    } else if (!region_exists(number)) {
        verdict_reject(verdict, REASON_ISSUER);
    } else if (!labelled && check == CHECK_WRONG) {
        verdict_reject(verdict, REASON_CHECK_DIGIT);
    } else {
        verdict->grade = check == CHECK_WRONG                ? GRADE_POSSIBLE
                         : labelled && check == CHECK_RIGHT ? GRADE_CONFIRMED
                                                            : GRADE_LIKELY;
        verdict->reason = check == CHECK_WRONG ? REASON_CHECK_DIGIT : REASON_NONE;
        verdict->sample = sample_known(KIND_MEID, canonical, HEX_LENGTH);
        verdict->length = identifier_pack(KIND_MEID, canonical, HEX_LENGTH, verdict->packed, &verdict->packing);
    }
}

static void judge_hex(const char *text, size_t count, bool labelled, struct verdict *verdict)
{
    uint64_t number;
    char canonical[HEX_LENGTH];
    if (!value_hex(text, count, &number)) {
        verdict_reject(verdict, REASON_FORM);
        return;
    }
    unsigned digit = (unsigned)number & 15; /* the check digit, where there is one */
    if (count > HEX_LENGTH) number >>= 4;
    canonical_write(number, canonical);
    enum check check = count == HEX_LENGTH ? CHECK_ABSENT : hex_check(number, canonical, digit);
    /* Without a label digits alone are an IMEI or nothing, and 14 of whatever kind are too few. */
    if (!labelled && (check == CHECK_ABSENT || canonical[0] <= '9'))
        verdict_reject(verdict, region_exists(number) ? REASON_UNLABELLED : REASON_FORM);
    else judge(number, check, labelled, verdict);
}

static void judge_decimal(const char *text, size_t count, bool labelled, struct verdict *verdict)
{
    uint64_t head = 0, tail = 0;
    for (int i = 0; i < HEAD_DIGITS; i++) head = head * 10 + (uint64_t)(text[i] - '0');
    for (int i = HEAD_DIGITS; i < DECIMAL_LENGTH; i++) tail = tail * 10 + (uint64_t)(text[i] - '0');
    bool exists = head <= UINT32_MAX && tail >> TAIL_BITS == 0 && region_exists(head << TAIL_BITS);
    if (!labelled) {
        verdict_reject(verdict, exists ? REASON_UNLABELLED : REASON_FORM);
    } else if (!exists) {
        verdict_reject(verdict, REASON_ISSUER);
    } else {
        enum check check = count == DECIMAL_LENGTH ? CHECK_ABSENT
                           : luhn_digit(text, DECIMAL_LENGTH) == text[DECIMAL_LENGTH] ? CHECK_RIGHT
                                                                                      : CHECK_WRONG;
        judge(head << TAIL_BITS | tail, check, true, verdict);
        if (check == CHECK_WRONG && verdict->grade == GRADE_POSSIBLE && value_rounded(text, count))
            verdict->reason = REASON_ROUNDED_NUMBER;
    }
}

static void meid_check(const struct candidate *candidate, struct verdict *verdict)
{
    char text[CHARACTERS_MAX];
    struct span span = candidate->text;
    if (span.len > 2 && span.at[0] == '0' && (span.at[1] == 'x' || span.at[1] == 'X')) span.at += 2, span.len -= 2;
    size_t count = value_compact(span, " -.:", text, CHARACTERS_MAX);
    bool plain = count == span.len;
    if (!plain && !candidate->labelled)
        verdict_reject(verdict, REASON_FORM);
    else if (count == HEX_LENGTH || count == HEX_LENGTH + 1)
        judge_hex(text, count, candidate->labelled, verdict);
    else if ((count == DECIMAL_LENGTH || count == DECIMAL_LENGTH + 1) && digits_only(text, count))
        judge_decimal(text, count, candidate->labelled, verdict);
    else
        verdict_reject(verdict, REASON_FORM);
}

const struct detector detector_meid = {
    .name = "meid",
    .column = "meids",
    .element = ELEMENT_NET,
    .source = "3GPP2 S.R0048; 3GPP2 X.S0008",
    .checksum = "Luhn in base 16, of decimal digits in base 10",
    .chance = "1 in 16",
    .pattern = "(?<![0-9A-Za-z])[A-Fa-f][0-9A-Fa-f]{14}(?![0-9A-Za-z])",
    .check = meid_check,
};
