/* imei.c: identities of mobile stations.
 *
 * Source     3GPP TS 23.003, clause 6.2 and annex B; reporting bodies from GSMA TS.06
 * confirmed  label, Luhn, known reporting body
 * likely     Luhn and body without label; label with 14 digits, with 0 in the place of the check
 *            digit (as networks send it), or with 16 or 17 digits (IMEISV, print-outs)
 * possible   label with Luhn or body only; 14 digits that begin with 1 and may have lost their 0
 * rejected   test bodies 00 and 02-09, one digit repeated; bodies 34 and 37 with Luhn, which are
 *            payment cards
 */
#include "checkdigit.h"
#include "lookup.h"
#include "packed.h"
#include "value.h"

enum { IMEI_LENGTH = 15, BODY_LENGTH = 14, SV_LENGTH = 16, DIGITS_MAX = 17 };

static inline void accept(struct verdict *verdict, const char *digits, enum grade grade,
                          enum reason reason)
{
    verdict->grade = grade;
    verdict->reason = reason;
    verdict_pack_15_digits(verdict, digits);
    verdict->sample = sample_known(KIND_IMEI, digits, IMEI_LENGTH);
}

static void accept_computed(struct verdict *verdict, const char *body, enum grade grade,
                            enum reason reason)
{
    char digits[IMEI_LENGTH];
    memcpy(digits, body, BODY_LENGTH);
    digits[BODY_LENGTH] = luhn_digit(body, BODY_LENGTH);
    accept(verdict, digits, grade, reason);
}

/* ISO/IEC 7812 issuer ranges with 15 digits that look like a reporting body. */
static inline bool card_of_15(const char *digits)
{
    return digits[0] == '3' && (digits[1] == '4' || digits[1] == '7');
}

static bool card_of_16(const char *digits)
{
    int four = (digits[0] - '0') * 1000 + (digits[1] - '0') * 100 + (digits[2] - '0') * 10 +
               (digits[3] - '0');
    bool issuer = digits[0] >= '4' ? digits[0] <= '6'
                                   : (four >= 2221 && four <= 2720) || four / 100 == 30 ||
                                         four / 100 == 35 || four / 100 == 36 ||
                                         four / 100 == 38 || four / 100 == 39;
    return issuer && luhn_holds(digits, SV_LENGTH);
}

/* Luhn or the reporting body fails. */
static void judge_doubtful(const char *digits, bool luhn, enum rbi body, bool labelled,
                           struct verdict *verdict)
{
    if (body == RBI_TEST || all_equal(digits, IMEI_LENGTH))
        verdict_reject(verdict, REASON_PLACEHOLDER);
    else if (luhn && card_of_15(digits))
        verdict_reject(verdict, REASON_OTHER_KIND);
    else if (luhn && labelled)
        accept(verdict, digits, GRADE_POSSIBLE, REASON_ISSUER);
    else if (luhn)
        verdict_reject(verdict, REASON_ISSUER);
    else if (!labelled || body == RBI_UNKNOWN)
        verdict_reject(verdict, REASON_CHECK_DIGIT);
    else if (digits[BODY_LENGTH] == '0')
        accept_computed(verdict, digits, GRADE_LIKELY, REASON_NONE);
    else
        accept(verdict, digits, GRADE_POSSIBLE, REASON_CHECK_DIGIT);
}

static inline void judge_15(const char *digits, bool luhn, bool labelled, struct verdict *verdict)
{
    enum rbi body = rbi_status(digits);
    if (luhn && body == RBI_KNOWN && !all_equal(digits, IMEI_LENGTH))
        accept(verdict, digits, labelled ? GRADE_CONFIRMED : GRADE_LIKELY,
               REASON_NONE);
    else
        judge_doubtful(digits, luhn, body, labelled, verdict);
}

/* A spreadsheet that took "01..." for a number left 14 digits that begin with 1. */
static bool lost_zero(const char *digits, struct verdict *verdict)
{
    if (digits[0] != '1') return false;
    char restored[IMEI_LENGTH] = "0";
    memcpy(restored + 1, digits, BODY_LENGTH);
    bool luhn = luhn_holds(restored, IMEI_LENGTH);
    if (!luhn && restored[BODY_LENGTH] != '0') return false;
    accept_computed(verdict, restored, GRADE_POSSIBLE, luhn ? REASON_NONE : REASON_CHECK_DIGIT);
    return true;
}

static void judge_14(const char *digits, struct verdict *verdict)
{
    enum rbi body = rbi_status(digits);
    if (body == RBI_TEST || all_equal(digits, BODY_LENGTH))
        verdict_reject(verdict, REASON_PLACEHOLDER);
    else if (lost_zero(digits, verdict))
        return;
    else if (body == RBI_KNOWN)
        accept_computed(verdict, digits, GRADE_LIKELY, REASON_NONE);
    else
        verdict_reject(verdict, REASON_ISSUER);
}

/* TS 23.003, 6.2.2: the last two digits are a software version, no check digit. */
static void judge_sv(const char *digits, struct verdict *verdict)
{
    enum rbi body = rbi_status(digits);
    if (body == RBI_TEST || all_equal(digits, SV_LENGTH))
        verdict_reject(verdict, REASON_PLACEHOLDER);
    else if (body == RBI_UNKNOWN)
        verdict_reject(verdict, card_of_16(digits) ? REASON_OTHER_KIND : REASON_ISSUER);
    else if (card_of_16(digits))
        accept_computed(verdict, digits, GRADE_POSSIBLE, REASON_OTHER_KIND);
    else
        accept_computed(verdict, digits, GRADE_LIKELY, REASON_NONE);
}

/* Some systems print the IMEI with its check digit and two digits of version behind it. */
static void judge_17(const char *digits, struct verdict *verdict)
{
    enum rbi body = rbi_status(digits);
    if (body == RBI_TEST || all_equal(digits, DIGITS_MAX))
        verdict_reject(verdict, REASON_PLACEHOLDER);
    else if (body == RBI_UNKNOWN)
        verdict_reject(verdict, REASON_ISSUER);
    else if (luhn_holds(digits, IMEI_LENGTH))
        accept(verdict, digits, GRADE_LIKELY, REASON_NONE);
    else
        verdict_reject(verdict, REASON_CHECK_DIGIT);
}

static bool separator(char character)
{
    return character == '-' || character == ' ' || character == '/' || character == '.';
}

/* Digits without separators; 0 for other characters, doubled separators or too many digits, and where a float of 15
 * digits has another 0 behind its point. */
static size_t digits_gather(struct span text, char digits[DIGITS_MAX])
{
    size_t count = 0;
    bool separated = true;
    if (text.len == IMEI_LENGTH + 2 && value_is_float(text)) return 0;
    for (size_t i = 0; i < text.len; i++) {
        bool separates = separator(text.at[i]);
        if (separates && separated) return 0;
        separated = separates;
        if (separates) continue;
        if (text.at[i] < '0' || text.at[i] > '9' || count == DIGITS_MAX) return 0;
        digits[count++] = text.at[i];
    }
    return separated ? 0 : count;
}

/* 2-6-6-1, 6-2-6-1 or 8-6-1 with one and the same separator. */
static bool grouped(struct span text)
{
    static const uint8_t forms[3][3] = {{2, 9, 16}, {6, 9, 16}, {8, 15, 15}};
    for (int i = 0; i < 3; i++) {
        const uint8_t *form = forms[i];
        if (text.len != form[2] + 2u) continue;
        char mark = text.at[form[0]];
        if (mark != '.' && separator(mark) && text.at[form[1]] == mark && text.at[form[2]] == mark)
            return true;
    }
    return false;
}

static void judge_written(const struct candidate *candidate, struct verdict *verdict)
{
    char digits[DIGITS_MAX];
    size_t count = digits_gather(candidate->text, digits);
    bool labelled = candidate->labelled;
    if (count == IMEI_LENGTH && (labelled || grouped(candidate->text)))
        judge_15(digits, luhn_holds(digits, IMEI_LENGTH), labelled, verdict);
    else if (labelled && count == BODY_LENGTH)
        judge_14(digits, verdict);
    else if (labelled && count == SV_LENGTH)
        judge_sv(digits, verdict);
    else if (labelled && count == DIGITS_MAX)
        judge_17(digits, verdict);
    else
        verdict_reject(verdict, count >= BODY_LENGTH ? REASON_UNLABELLED : REASON_FORM);
}

static void imei_check(const struct candidate *candidate, struct verdict *verdict)
{
    if (candidate->text.len == IMEI_LENGTH) {
        int luhn = luhn_holds_15(candidate->text.at);
        if (luhn >= 0) {
            judge_15(candidate->text.at, luhn > 0, candidate->labelled, verdict);
            return;
        }
    }
    judge_written(candidate, verdict);
}

const struct detector detector_imei = {
    .name = "imei",
    .column = "imeis",
    .element = ELEMENT_NET,
    .source = "3GPP TS 23.003, 6.2 and annex B; GSMA TS.06",
    .checksum = "Luhn over 15 digits",
    .chance = "4 in 1,000",
    .pattern = "(?<![0-9A-Za-z])(?<![0-9]\\.)"
               "(?:[0-9]{15}|[0-9]{2}([-/ ])[0-9]{6}\\1[0-9]{6}\\1[0-9]"
               "|[0-9]{6}([-/ ])[0-9]{2}\\2[0-9]{6}\\2[0-9]|[0-9]{8}([-/ ])[0-9]{6}\\3[0-9])"
               "(?![0-9A-Za-z])(?!\\.[0-9])",
    .check = imei_check,
};
