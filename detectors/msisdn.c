/* msisdn.c: telephone numbers of subscribers.
 *
 * Source     ITU-T E.164; data/e164.csv
 * confirmed  label, "+", known calling code, 8 to 15 digits
 * likely     label, the same behind the prefixes 00 and 011
 * rejected   unknown calling code; a number without any prefix, which means another one in each country
 *
 * A linking key: it tells whose a record is, but is no element of impact.csv, and a unit that shows nothing else is no
 * record. Beside another identifier or a position it is kept and counted. Found under a label only.
 */
#include "lookup.h"
#include "packed.h"

enum { DIGITS_MIN = 8, DIGITS_MAX = 15, GATHERED_MAX = DIGITS_MAX + 3, GAP_MAX = 2 };

enum prefix { PREFIX_NONE, PREFIX_PLUS, PREFIX_DIALLED };

static bool separator(char character)
{
    return character == ' ' || character == '-' || character == '.' || character == '(' || character == ')' || character == '/';
}

/* The trunk zero that some print in brackets behind the calling code. */
static bool trunk_zero(struct span text, size_t at)
{
    return at + 2 < text.len && text.at[at] == '(' && text.at[at + 1] == '0' && text.at[at + 2] == ')';
}

/* Digits without what stands between them; 0 for other characters, long gaps, or too many digits. */
static size_t digits_gather(struct span text, char digits[GATHERED_MAX])
{
    size_t count = 0, gap = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (count > 0 && trunk_zero(text, i)) {
            i += 2;
            continue;
        }
        gap = separator(text.at[i]) ? gap + 1 : 0;
        if (gap > GAP_MAX) return 0;
        if (gap > 0) continue;
        if (text.at[i] < '0' || text.at[i] > '9' || count == GATHERED_MAX) return 0;
        digits[count++] = text.at[i];
    }
    return count;
}

static size_t dialled_prefix(const char *digits, size_t count)
{
    if (count > 3 && memcmp(digits, "011", 3) == 0) return 3;
    return count > 2 && memcmp(digits, "00", 2) == 0 ? 2 : 0;
}

static void judge(const char *digits, size_t count, enum prefix prefix, bool labelled, struct verdict *verdict)
{
    char canonical[DIGITS_MAX + 1] = "+";
    if (count < DIGITS_MIN || count > DIGITS_MAX || (!labelled && prefix == PREFIX_NONE)) {
        verdict_reject(verdict, REASON_FORM);
    } else if (!labelled) {
        verdict_reject(verdict, REASON_UNLABELLED);
    } else if (all_equal(digits, count)) {
        verdict_reject(verdict, REASON_PLACEHOLDER);
    } else if (prefix == PREFIX_NONE || digits[0] == '0' || !e164_known(digits)) {
        verdict_reject(verdict, REASON_ISSUER);
    } else {
        memcpy(canonical + 1, digits, count);
        verdict->grade = prefix == PREFIX_PLUS ? GRADE_CONFIRMED : GRADE_LIKELY;
        verdict->reason = REASON_NONE;
        verdict->sample = sample_known(KIND_MSISDN, canonical, count + 1);
        verdict->length = identifier_pack(KIND_MSISDN, canonical, count + 1, verdict->packed, &verdict->packing);
    }
}

static void msisdn_check(const struct candidate *candidate, struct verdict *verdict)
{
    char gathered[GATHERED_MAX], *digits = gathered;
    struct span text = candidate->text;
    if (text.len > 1 && text.at[0] == '(' && text.at[1] == '+') text.at++, text.len--; /* "(+34) 612 345 678" */
    enum prefix prefix = text.len > 0 && text.at[0] == '+' ? PREFIX_PLUS : PREFIX_NONE;
    if (prefix == PREFIX_PLUS) text.at++, text.len--;
    size_t count = digits_gather(text, gathered);
    if (prefix == PREFIX_NONE) {
        size_t dialled = dialled_prefix(gathered, count);
        digits += dialled;
        count -= dialled;
        if (dialled > 0) prefix = PREFIX_DIALLED;
    }
    judge(digits, count, prefix, candidate->labelled, verdict);
}

const struct detector detector_msisdn = {
    .name = "msisdn",
    .column = "other_ids",
    .element = ELEMENT_NONE,
    .source = "ITU-T E.164",
    .checksum = "none; calling codes",
    .chance = "label only",
    .pattern = NULL,
    .check = msisdn_check,
};
