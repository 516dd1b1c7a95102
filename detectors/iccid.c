/* iccid.c: numbers of SIM cards.
 *
 * Source     ITU-T E.118, ISO/IEC 7812-1 (Luhn), ETSI TS 102 221 (nibble-swapped form)
 * confirmed  label, 89, Luhn
 * likely     89, known country code, Luhn, without label
 * possible   label, 89 and 18 to 20 digits where Luhn fails; 18 digits are taken for a number
 *            whose check digit was left out, zeros at the end (ROUNDED_NUMBER) for one that went through floating point
 */
#include "iccid.h"

#include "checkdigit.h"
#include "lookup.h"
#include "packed.h"
#include "value.h"

static inline void accept(struct verdict *verdict, const char *digits, size_t count,
                          enum grade grade, enum reason reason)
{
    verdict->grade = grade;
    verdict->reason = reason;
    verdict_pack_digits(verdict, digits, count);
    verdict->sample = sample_known(KIND_ICCID, digits, count);
}

static void accept_failing(const char *digits, size_t count, struct verdict *verdict)
{
    char completed[ICCID_LENGTH_MAX];
    enum reason reason = value_rounded(digits, count) ? REASON_ROUNDED_NUMBER : REASON_CHECK_DIGIT;
    memcpy(completed, digits, count);
    if (count == ICCID_LENGTH_MIN) {
        completed[count] = luhn_digit(completed, count);
        count++;
    }
    accept(verdict, completed, count, GRADE_POSSIBLE, reason);
}

/* 18 to 20 digits that begin with 89; luhn is over all of them. */
static inline void judge(const char *digits, size_t count, bool luhn, bool labelled,
                         struct verdict *verdict)
{
    if (luhn && labelled) { /* most by far */
        accept(verdict, digits, count, GRADE_CONFIRMED, REASON_NONE);
        return;
    }
    if (!luhn && count == ICCID_LENGTH_MAX && luhn_holds(digits, count - 1)) {
        luhn = true; /* some card files print one digit behind the number */
        count--;
    }
    if (!luhn && labelled)
        accept_failing(digits, count, verdict);
    else if (!luhn)
        verdict_reject(verdict, REASON_CHECK_DIGIT);
    else if (labelled)
        accept(verdict, digits, count, GRADE_CONFIRMED, REASON_NONE);
    else if (e164_known(digits + 2))
        accept(verdict, digits, count, GRADE_LIKELY, REASON_NONE);
    else
        verdict_reject(verdict, REASON_ISSUER);
}

static inline bool starts(const char *text, const char *two)
{
    return text[0] == two[0] && text[1] == two[1];
}

size_t iccid_from_bcd(struct span text, char digits[ICCID_LENGTH_MAX])
{
    if (text.len != ICCID_LENGTH_MAX || !starts(text.at, "98")) return 0;
    for (size_t i = 0; i < ICCID_LENGTH_MAX; i++) digits[i] = text.at[i ^ 1];
    size_t count = ICCID_LENGTH_MAX;
    while (count > ICCID_LENGTH_MIN && (digits[count - 1] == 'F' || digits[count - 1] == 'f'))
        count--;
    return digits_only(digits, count) ? count : 0;
}

/* Digits of groups of any length between single blanks or hyphens. */
static size_t digits_gather(struct span text, char digits[ICCID_LENGTH_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        char character = text.at[i];
        if ((character == ' ' || character == '-') && i > 0 && i + 1 < text.len) continue;
        if (character < '0' || character > '9' || count == ICCID_LENGTH_MAX) return 0;
        digits[count++] = character;
    }
    return count;
}

static void judge_written(const struct candidate *candidate, struct verdict *verdict)
{
    char digits[ICCID_LENGTH_MAX];
    struct span text = candidate->text;
    size_t count = iccid_from_bcd(text, digits);
    bool plain = true;
    if (count == 0) {
        if (text.len > 0 && (text.at[text.len - 1] == 'F' || text.at[text.len - 1] == 'f'))
            text.len--;
        count = digits_gather(text, digits);
        plain = count == text.len;
    }
    if (count < ICCID_LENGTH_MIN || !starts(digits, "89"))
        verdict_reject(verdict, REASON_FORM);
    else if (!plain && !candidate->labelled)
        verdict_reject(verdict, REASON_UNLABELLED);
    else
        judge(digits, count, luhn_holds(digits, count), candidate->labelled, verdict);
}

static void iccid_check(const struct candidate *candidate, struct verdict *verdict)
{
    struct span text = candidate->text;
    if (text.len >= ICCID_LENGTH_MIN && text.len <= ICCID_LENGTH_MAX && starts(text.at, "89")) {
        int luhn = luhn_holds_17_to_23(text.at, text.len);
        if (luhn >= 0) {
            judge(text.at, text.len, luhn > 0, candidate->labelled, verdict);
            return;
        }
    }
    judge_written(candidate, verdict);
}

const struct detector detector_iccid = {
    .name = "iccid",
    .column = "iccids",
    .element = ELEMENT_NET,
    .source = "ITU-T E.118; ETSI TS 102 221, EF_ICCID",
    .checksum = "Luhn over 18 to 20 digits",
    .chance = "1 in 2,000",
    .pattern = "(?<![0-9A-Za-z])(?<![0-9]\\.)"
               "(?:89[0-9]{16,18}[Ff]?|98[0-9]{16}[0-9Ff][0-9])"
               "(?![0-9A-Za-z])(?!\\.[0-9])",
    .check = iccid_check,
};
