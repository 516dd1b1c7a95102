/* location.c: numbers that are degrees, and when two of them are a position.
 *
 * Source     ISO 6709 (signs, hemispheres), RFC 7946 (order in GeoJSON), WGS 84
 * confirmed  latitude and longitude under their own labels; a GeoJSON position
 * likely     unlabelled pair, latitude first unless only the other order fits; hemisphere letters
 * Refused    outside the globe; "no position" codes; too few decimals: labelled 2, unlabelled 4
 *            and 1; unlabelled pairs of values below 1
 */
#include "location.h"

#include "checkdigit.h"

enum {
    FRACTION_DIGITS = 7, /* of the fixed point */
    LABELLED_DECIMALS_MIN = 2,
    PAIR_DECIMALS_MIN = 4,
    PAIR_SHORTER_DECIMALS_MIN = 1,
    EXPONENT_MAX = 99
};

static const int64_t NINETY_E7 = INT64_C(90) * DEGREE_E7;
static const int64_t HALF_TURN_E7 = INT64_C(180) * DEGREE_E7;
static const int64_t NEAR_ZERO_E7 = DEGREE_E7 / 1000;
static const int64_t BEYOND_E7 = INT64_MAX / 4; /* stands for what does not fit */

static const uint32_t powers_of_ten[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

static inline bool is_digit(char character)
{
    return (unsigned char)character - (unsigned)'0' < 10;
}

/* Eight digit values, the first in the lowest byte (three multiplications instead of eight). */
static inline uint32_t eight_value(uint64_t values)
{
    values = (values * 10 + (values >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    values = (values * 100 + (values >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    return (uint32_t)(values * 10000 + (values >> 32));
}

static inline int64_t with_sign(int64_t magnitude, bool negative)
{
    return negative ? -magnitude : magnitude;
}

/* [sign] 1-3 digits [. 1-8 digits] and nothing else. The fraction is read as the last eight
 * bytes of the text with what stands before it cleared. False where another path must decide. */
static inline bool plain_read(struct span text, struct coordinate *number)
{
    const char *at = text.at, *end = text.at + text.len;
    if (text.len < 8 || text.len > 13) return false;
    bool negative = *at == '-';
    at += negative || *at == '+';
    /* The point is the second to fourth character; digits before it move to the highest bytes. */
    uint64_t front = eight_load(text.at) >> (8 * (at - text.at)) & UINT64_C(0xFFFFFFFF);
    uint64_t point = front ^ UINT64_C(0x2E2E2E2E);
    point = (point - UINT64_C(0x01010101)) & ~point & UINT64_C(0x80808080);
    if (point == 0) return false;
    size_t integers = (size_t)__builtin_ctzll(point) / 8, decimals = (size_t)(end - at) - integers - 1;
    if (integers < 1 || decimals < 1 || decimals > 8) return false;
    uint32_t whole = (uint32_t)((front ^ UINT64_C(0x30303030)) << (8 * (4 - integers)));
    if ((((whole + UINT32_C(0x76767676)) | whole) & UINT32_C(0x80808080)) != 0) return false;
    uint32_t degrees = (whole >> 24) + (whole >> 16 & 0xFF) * 10 + (whole >> 8 & 0xFF) * 100;

    unsigned cleared = (unsigned)(8 * (8 - decimals));
    uint64_t word = eight_load(end - 8);
    uint64_t fraction = (word ^ EIGHT_BYTES('0')) >> cleared << cleared;
    if ((((fraction + EIGHT_BYTES(0x76)) | fraction) & EIGHT_BYTES(0x80)) != 0) return false;

    uint32_t value = eight_value(fraction);
    if (decimals > FRACTION_DIGITS) value = (value + 5) / 10;
    else value *= powers_of_ten[FRACTION_DIGITS - decimals];
    number->value_e7 = with_sign((int64_t)degrees * DEGREE_E7 + value, negative);
    number->decimals = (uint8_t)decimals;
    number->valid = true;
    return true;
}

/* Half of a position as most exports write it. */
struct plain_half {
    int64_t magnitude_e7;
    size_t decimals;
    bool negative;
};

/* [-] 1-3 digits . 1-7 digits and nothing else, eight bytes or more. The point is looked for in the last eight. */
static inline bool half_read(struct span text, struct plain_half *half)
{
    const char *at = text.at, *end = text.at + text.len;
    if (text.len < 8) return false;
    half->negative = *at == '-';
    at += half->negative;
    uint64_t word = eight_load(end - 8), point = word ^ EIGHT_BYTES('.');
    point = (point - EIGHT_BYTES(1)) & ~point & EIGHT_BYTES(0x80);
    if (point == 0) return false;
    size_t decimals = (size_t)__builtin_clzll(point) / 8, integers = (size_t)(end - at) - decimals - 1;
    if (integers - 1 > 2 || decimals == 0) return false;
    /* Both parts as digit values: the integer's in the highest bytes, the fraction's from the second byte on. */
    uint64_t whole = (eight_load(at) ^ EIGHT_BYTES('0')) << (64 - 8 * integers);
    uint64_t fraction = (word ^ EIGHT_BYTES('0')) >> (64 - 8 * decimals);
    if ((((whole + EIGHT_BYTES(0x76)) | whole | (fraction + EIGHT_BYTES(0x76)) | fraction) & EIGHT_BYTES(0x80)) != 0) return false;
    unsigned degrees = (unsigned)(whole >> 56) + (unsigned)(whole >> 48 & 0xFF) * 10 + (unsigned)(whole >> 40 & 0xFF) * 100;
    half->magnitude_e7 = (int64_t)degrees * DEGREE_E7 + eight_value(fraction << 8);
    half->decimals = decimals;
    return true;
}

bool position_plain(struct span latitude, struct span longitude, struct position *position)
{
    struct plain_half first, second;
    if (!half_read(latitude, &first) || !half_read(longitude, &second)) return false;
    /* What could be a code for no position, or is none at all, is judged by the rules. */
    if (first.magnitude_e7 >= NINETY_E7 || second.magnitude_e7 >= HALF_TURN_E7) return false;
    if (first.magnitude_e7 < NEAR_ZERO_E7 || first.magnitude_e7 == second.magnitude_e7) return false;
    if ((first.decimals | second.decimals) < LABELLED_DECIMALS_MIN) return false;
    position->latitude_e7 = (int32_t)with_sign(first.magnitude_e7, first.negative);
    position->longitude_e7 = (int32_t)with_sign(second.magnitude_e7, second.negative);
    position->decimals = (uint8_t)(first.decimals > second.decimals ? first.decimals : second.decimals);
    position->grade = GRADE_CONFIRMED;
    return true;
}

/* Digits of a number whose point stands anywhere. */
struct digits {
    const char *at;      /* integer digits, point, fraction digits */
    size_t integers, fractions;
};

static int digit_of(const struct digits *digits, int64_t index)
{
    if (index < 0 || index >= (int64_t)(digits->integers + digits->fractions)) return 0;
    size_t place = (size_t)index;
    return digits->at[place < digits->integers ? place : place + 1] - '0';
}

/* Takes as many digits as stand before the moved point, seven more, and rounds by the next. */
static int64_t digits_value(const struct digits *digits, int exponent)
{
    int64_t point = (int64_t)digits->integers + exponent, value = 0;
    for (int64_t i = 0; i < point + FRACTION_DIGITS; i++) {
        value = value * 10 + digit_of(digits, i);
        if (value >= BEYOND_E7 / 10) return BEYOND_E7;
        if (i >= (int64_t)(digits->integers + digits->fractions) && value == 0) return 0;
    }
    if (point + FRACTION_DIGITS >= 0 && digit_of(digits, point + FRACTION_DIGITS) >= 5) value++;
    return value;
}

/* e, sign, digits; false where something else stands there. */
static bool exponent_read(const char *at, const char *end, int *exponent)
{
    *exponent = 0;
    if (at == end) return true;
    if (*at != 'e' && *at != 'E') return false;
    bool negative = ++at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    if (at == end) return false;
    for (; at < end; at++) {
        if (!is_digit(*at)) return false;
        *exponent = *exponent * 10 + (*at - '0');
        if (*exponent > EXPONENT_MAX) *exponent = EXPONENT_MAX;
    }
    if (negative) *exponent = -*exponent;
    return true;
}

static struct coordinate written_read(struct span text)
{
    struct coordinate number = {0, 0, false};
    const char *at = text.at, *end = text.at + text.len;
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    struct digits digits = {at, 0, 0};
    while (at < end && is_digit(*at)) at++;
    digits.integers = (size_t)(at - digits.at);
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        while (at < end && is_digit(*at)) at++;
        digits.fractions = (size_t)(at - fraction);
    }
    int exponent;
    if (digits.integers + digits.fractions == 0 || !exponent_read(at, end, &exponent))
        return number;
    number.value_e7 = with_sign(digits_value(&digits, exponent), negative);
    int64_t decimals = (int64_t)digits.fractions - exponent;
    number.decimals = (uint8_t)(decimals < 0 ? 0 : decimals > UINT8_MAX ? UINT8_MAX : decimals);
    number.valid = true;
    return number;
}

static bool blank(char character)
{
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

static struct span blanks_trim(struct span text)
{
    while (text.len > 0 && blank(text.at[0])) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && blank(text.at[text.len - 1])) text.len--;
    return text;
}

static struct span quotes_trim(struct span text)
{
    text = blanks_trim(text);
    if (text.len < 2 || (*text.at != '"' && *text.at != '\'') || text.at[text.len - 1] != *text.at)
        return text;
    struct span inner = {text.at + 1, text.len - 2};
    return blanks_trim(inner);
}

struct coordinate coordinate_read(struct span text)
{
    struct coordinate number;
    if (plain_read(text, &number)) return number;
    return written_read(quotes_trim(text));
}

static inline int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

/* Values that programs write for "no position". */
static bool sentinel(int64_t latitude, int64_t longitude)
{
    if (magnitude(latitude) < NEAR_ZERO_E7 && magnitude(longitude) < NEAR_ZERO_E7) return true;
    if (latitude != longitude && magnitude(latitude) < NINETY_E7) return false;
    if (latitude % DEGREE_E7 != 0 || longitude % DEGREE_E7 != 0) return false;
    if (latitude == longitude) return true;
    return (magnitude(latitude) == NINETY_E7 && magnitude(longitude) == HALF_TURN_E7) ||
           (latitude == NINETY_E7 + DEGREE_E7 && longitude == HALF_TURN_E7 + DEGREE_E7);
}

enum reason position_judge(struct coordinate first, struct coordinate second, bool labelled,
                           struct position *position)
{
    if (!first.valid || !second.valid) return REASON_FORM;
    int64_t latitude = first.value_e7, longitude = second.value_e7;
    if (sentinel(latitude, longitude)) return REASON_SENTINEL;
    if (!labelled && magnitude(latitude) > NINETY_E7 && magnitude(longitude) <= NINETY_E7) {
        latitude = second.value_e7;
        longitude = first.value_e7;
        if (sentinel(latitude, longitude)) return REASON_SENTINEL;
    }
    if (magnitude(latitude) >= NINETY_E7 || magnitude(longitude) > HALF_TURN_E7)
        return REASON_OUT_OF_RANGE;
    uint8_t longer = first.decimals > second.decimals ? first.decimals : second.decimals;
    uint8_t shorter = first.decimals > second.decimals ? second.decimals : first.decimals;
    if (longer < (labelled ? LABELLED_DECIMALS_MIN : PAIR_DECIMALS_MIN)) return REASON_COARSE;
    if (!labelled && shorter < PAIR_SHORTER_DECIMALS_MIN) return REASON_COARSE;
    if (!labelled && magnitude(latitude) < DEGREE_E7 && magnitude(longitude) < DEGREE_E7)
        return REASON_UNLABELLED;

    position->latitude_e7 = (int32_t)latitude;
    position->longitude_e7 = (int32_t)(longitude == HALF_TURN_E7 ? -longitude : longitude);
    position->decimals = longer;
    position->grade = labelled ? GRADE_CONFIRMED : GRADE_LIKELY;
    return REASON_NONE;
}
