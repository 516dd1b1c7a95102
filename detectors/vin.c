/* vin.c: vehicle identification numbers.
 *
 * Source     ISO 3779 (form), ISO 3780 (maker, region), 49 CFR 565.15 (check digit, year)
 * confirmed  check digit right, and a label or a known maker; or label, where no check digit
 *            binds, and maker or region known
 * likely     check digit right alone; or label with unknown region; or known maker, no label,
 *            where no check digit binds
 * possible   form with an allocated region and a mix of letters and digits; or label where the
 *            binding check digit fails
 * rejected   check digit binds and fails without label; one character only; looks like hex
 */
#include "vin.h"

#include "checkdigit.h"
#include "lookup.h"
#include "packed.h"

/* One table answers three questions at once. The entries are multiplied by the weights and added:
 * the parts cannot run into each other, since the weights add up to WEIGHT_SUM. */
enum { WEIGHT_SUM = 89, PART = 0xFF };
#define LEGAL (1u << 12)   /* bits 12-19 are WEIGHT_SUM if all characters are of the alphabet */
#define NOT_HEX (1u << 20) /* bits 20-27 are not 0 if any is a letter beyond F */
#define SUM_MASK 0xFFFu
#define D(value) (LEGAL | (value))
#define L(value) (LEGAL | NOT_HEX | (value))

static const uint32_t values[256] = {
    ['0'] = D(0), D(1), D(2), D(3), D(4), D(5), D(6), D(7), D(8), D(9),
    ['A'] = D(1), D(2), D(3), D(4), D(5), D(6), L(7), L(8),
    ['J'] = L(1), L(2), L(3), L(4), L(5),
    ['P'] = L(7),
    ['R'] = L(9),
    ['S'] = L(2), L(3), L(4), L(5), L(6), L(7), L(8), L(9),
};

/* Position 9 has no weight and is looked at apart. */
static inline uint32_t weigh(const char *vin)
{
    const unsigned char *at = (const unsigned char *)vin;
    return 8 * values[at[0]] + 7 * values[at[1]] + 6 * values[at[2]] + 5 * values[at[3]] +
           4 * values[at[4]] + 3 * values[at[5]] + 2 * values[at[6]] + 10 * values[at[7]] +
           9 * values[at[9]] + 8 * values[at[10]] + 7 * values[at[11]] + 6 * values[at[12]] +
           5 * values[at[13]] + 4 * values[at[14]] + 3 * values[at[15]] + 2 * values[at[16]];
}

static inline bool four_digits(const char *text)
{
    uint32_t word;
    memcpy(&word, text, sizeof word);
    return (((word - 0x30303030u) | (word + 0x46464646u) | word) & 0x80808080u) == 0;
}

static inline bool digit_matches(const char *vin, uint32_t weighed)
{
    return vin[8] == "0123456789X"[(weighed & SUM_MASK) % 11];
}

static inline bool form_holds(const char *vin, uint32_t weighed)
{
    return (weighed / LEGAL & PART) == WEIGHT_SUM && values[(unsigned char)vin[8]] != 0 &&
           four_digits(vin + 13);
}

/* Without grouping only the bar code's prefix and lower case can make a number of the text. */
bool vin_read(struct span text, bool grouped, char vin[VIN_LENGTH])
{
    size_t count = 0;
    if (text.len < VIN_LENGTH) return false;
    const char *at = text.at, *end = text.at + text.len;
    if (text.len > 0 && (*at == 'I' || *at == 'i')) at++;
    for (; at < end; at++) {
        char character = *at;
        if (grouped && (character == ' ' || character == '-')) continue;
        if (count == VIN_LENGTH) return false;
        if (character >= 'a' && character <= 'z') character = (char)(character - 0x20);
        vin[count++] = character;
    }
    return count == VIN_LENGTH && form_holds(vin, weigh(vin));
}

bool vin_check_digit_holds(const char *vin)
{
    uint32_t weighed = weigh(vin);
    return form_holds(vin, weighed) && digit_matches(vin, weighed);
}

int vin_model_year(const char *vin)
{
    int year = model_year_of(vin[9]);
    bool letter = vin[6] < '0' || vin[6] > '9';
    return year == 0 || !letter ? year : year + 30;
}

size_t vin_wmi_key(const char *vin, char key[7])
{
    size_t length = vin[2] == '9' ? 6 : 3;
    memcpy(key, vin, 3);
    memcpy(key + 3, vin + 11, 3);
    key[length] = '\0';
    return length;
}

static bool letters_and_digits_mixed(const char *vin)
{
    int digits = 0;
    for (int i = 0; i < VIN_LENGTH; i++) digits += vin[i] <= '9';
    return digits >= 6 && digits <= VIN_LENGTH - 2;
}

static void accept(struct verdict *verdict, const char *vin, enum grade grade, enum reason reason)
{
    verdict->grade = grade;
    verdict->reason = reason;
    verdict_pack_vin(verdict, vin);
    verdict->sample = sample_known(KIND_VIN, vin, VIN_LENGTH);
}

static void judge_labelled(const char *vin, uint32_t weighed, struct verdict *verdict)
{
    unsigned region = region_of(vin);
    /* Asked for at once, since neither by itself can be foreseen where makers of all regions are met. */
    bool unbound = (region & REGION_CHECK_DIGIT_BINDS) == 0;
    if (digit_matches(vin, weighed) | (unbound & (region != 0)))
        accept(verdict, vin, GRADE_CONFIRMED, REASON_NONE);
    else if (!unbound)
        accept(verdict, vin, GRADE_POSSIBLE, REASON_CHECK_DIGIT);
    else if (wmi_known(vin))
        accept(verdict, vin, GRADE_CONFIRMED, REASON_NONE);
    else
        accept(verdict, vin, GRADE_LIKELY, REASON_NONE);
}

static void judge_unlabelled(const char *vin, uint32_t weighed, struct verdict *verdict)
{
    unsigned region = region_of(vin);
    bool hex = ((weighed | values[(unsigned char)vin[8]]) / NOT_HEX) == 0;
    if (hex)
        verdict_reject(verdict, REASON_UNLABELLED);
    else if (digit_matches(vin, weighed) && wmi_known(vin))
        accept(verdict, vin, GRADE_CONFIRMED, REASON_NONE);
    else if (region == 0)
        verdict_reject(verdict, REASON_ISSUER);
    else if (digit_matches(vin, weighed))
        accept(verdict, vin, GRADE_LIKELY, REASON_NONE);
    else if ((region & REGION_CHECK_DIGIT_BINDS) != 0)
        verdict_reject(verdict, REASON_CHECK_DIGIT);
    else if (wmi_known(vin))
        accept(verdict, vin, GRADE_LIKELY, REASON_NONE);
    else if (letters_and_digits_mixed(vin))
        accept(verdict, vin, GRADE_POSSIBLE, REASON_NONE);
    else
        verdict_reject(verdict, REASON_UNLABELLED);
}

static void vin_check(const struct candidate *candidate, struct verdict *verdict)
{
    char read[VIN_LENGTH];
    const char *vin = candidate->text.at;
    bool plain = candidate->text.len == VIN_LENGTH;
    uint32_t weighed = plain ? weigh(vin) : 0;
    if (!plain || !form_holds(vin, weighed)) {
        if (!vin_read(candidate->text, candidate->labelled, read)) {
            verdict_reject(verdict, REASON_FORM);
            return;
        }
        vin = read;
        weighed = weigh(vin);
    }
    if (all_equal(vin, VIN_LENGTH))
        verdict_reject(verdict, REASON_PLACEHOLDER);
    else if (candidate->labelled)
        judge_labelled(vin, weighed, verdict);
    else
        judge_unlabelled(vin, weighed, verdict);
}

const struct detector detector_vin = {
    .name = "vin",
    .column = "vins",
    .element = ELEMENT_VIN,
    .source = "ISO 3779, ISO 3780; 49 CFR 565.15",
    .checksum = "weighted sum modulo 11 in position 9, binding for US, CA, MX, CN codes",
    .chance = "1 in 11, of the check digit; unlabelled about 1 in 10,000",
    .pattern = "(?<![0-9A-Za-z])[Ii]?[0-9A-HJ-NPR-Za-hj-npr-z]{13}[0-9]{4}(?![0-9A-Za-z])",
    .check = vin_check,
};
