/* frame_number.c: Japanese frame numbers (shadai bango).
 *
 * Source     Road Transport Vehicle Act, stamping by notice of the ministry; makers' recall notices
 *            for prefixes and widths (no public standard, no checksum)
 * Form       PREFIX-SERIAL, prefix 2-7 characters from a letter on, serial 5-7 digits; or stamped
 *            by the authority: kanji [two digits] 5-8 digits, the same kanji
 * confirmed  label, and a known prefix or one of letters and digits; label and stamped form
 * likely     known prefix with a serial as wide as it should be; stamped form; label and a serial
 *            that begins with a letter, as some motorcycles have it
 * possible   unknown prefix of letters and digits, 6 or 7 digits; label and a prefix of letters
 * rejected   without label: unknown prefix of letters only ("JIRA-123456"), other widths
 */
#include "frame_number.h"

#include "checkdigit.h"
#include "lookup.h"
#include "packed.h"

enum {
    PREFIX_MIN = 2,
    SERIAL_MIN = 5,
    SERIAL_MAX = 7,
    KANJI_LENGTH = 3, /* bytes in UTF-8 */
    STAMP_DIGITS_MIN = 5,
    STAMP_DIGITS_MAX = 8,
    WRITTEN_MAX = 31
};

enum { LETTER = 1, DIGIT = 2 };

static inline unsigned class_of(char character)
{
    unsigned letter = (unsigned char)character - (unsigned)'A' < 26;
    unsigned digit = (unsigned char)character - (unsigned)'0' < 10;
    return letter * LETTER | digit * DIGIT;
}

/* LETTER and DIGIT as they occur; 0 for a form that is no prefix. */
static inline unsigned prefix_classes(const char *prefix, size_t len)
{
    if (len < PREFIX_MIN || len > FRAME_PREFIX_MAX || class_of(prefix[0]) != LETTER) return 0;
    unsigned seen = 0, all = 1;
    for (size_t i = 0; i < len; i++) {
        unsigned one = class_of(prefix[i]);
        seen |= one;
        all &= one != 0;
    }
    return all ? seen : 0;
}

static inline void accept(struct verdict *verdict, struct span number, enum grade grade)
{
    verdict->grade = grade;
    verdict->reason = REASON_NONE;
    verdict->packing = PACKING_TEXT;
    verdict->length = (uint8_t)number.len;
    memcpy(verdict->packed, number.at, 8); /* two fixed copies; 8 to 15 characters */
    memcpy(verdict->packed + number.len - 8, number.at + number.len - 8, 8);
    verdict->sample = sample_known(KIND_FRAME_NUMBER, number.at, number.len);
}

/* A number of good form: prefix of the seen classes, '-', serial. */
static inline void judge(struct span number, size_t prefix_len, unsigned seen, bool labelled,
                         struct verdict *verdict)
{
    size_t width = number.len - prefix_len - 1;
    bool mixed = seen == (LETTER | DIGIT);
    if (labelled)
        accept(verdict, number, mixed || frame_prefix_widths(number.at, prefix_len) != 0 ? GRADE_CONFIRMED : GRADE_POSSIBLE);
    else if ((frame_prefix_widths(number.at, prefix_len) >> width & 1) != 0)
        accept(verdict, number, GRADE_LIKELY);
    else if (mixed && width > SERIAL_MIN)
        accept(verdict, number, GRADE_POSSIBLE);
    else
        verdict_reject(verdict, REASON_UNLABELLED);
}

static bool kanji(const char *at)
{
    return (unsigned char)at[0] >= 0xE4 && (unsigned char)at[0] <= 0xE9;
}

/* Kanji, two digits in brackets, digits, kanji; the brackets become square. */
static bool stamped_judge(struct span text, bool labelled, struct verdict *verdict)
{
    size_t around = KANJI_LENGTH + 4 + KANJI_LENGTH; /* kanji, [nn], kanji */
    if (text.len < around + STAMP_DIGITS_MIN || text.len > around + STAMP_DIGITS_MAX) return false;
    const char *at = text.at, *last = text.at + text.len - KANJI_LENGTH;
    bool square = at[3] == '[' && at[6] == ']', round = at[3] == '(' && at[6] == ')';
    if (!kanji(at) || memcmp(at, last, KANJI_LENGTH) != 0 || (!square && !round) ||
        !digits_only(at + 4, 2) || !digits_only(at + 7, text.len - around))
        return false;
    verdict->grade = labelled ? GRADE_CONFIRMED : GRADE_LIKELY;
    verdict->reason = REASON_NONE;
    verdict->sample = false;
    verdict->packing = PACKING_TEXT;
    verdict->length = (uint8_t)text.len;
    memcpy(verdict->packed, text.at, text.len);
    verdict->packed[3] = '[';
    verdict->packed[6] = ']';
    return true;
}

/* The bytes of the number whose bracket opens at an index, from its first kanji on; 0 for none. */
static size_t stamped_length(struct span text, size_t bracket)
{
    size_t digits = 0;
    if (bracket < KANJI_LENGTH || !kanji(text.at + bracket - KANJI_LENGTH)) return 0;
    struct span rest = {text.at + bracket + 4, text.len - bracket - 4};
    while (digits < rest.len && class_of(rest.at[digits]) == DIGIT) digits++;
    if (digits > STAMP_DIGITS_MAX || rest.len - digits < KANJI_LENGTH) return 0;
    struct verdict verdict;
    struct span number = {text.at + bracket - KANJI_LENGTH, KANJI_LENGTH + 4 + digits + KANJI_LENGTH};
    return stamped_judge(number, false, &verdict) ? number.len : 0;
}

bool stamped_number_find(struct span text, size_t from, struct span *number)
{
    for (size_t i = from + KANJI_LENGTH; i + 4 + STAMP_DIGITS_MIN + KANJI_LENGTH <= text.len; i++) {
        if ((text.at[i] != '[' && text.at[i] != '(') || (unsigned char)text.at[i - 1] < 0x80) continue;
        size_t length = stamped_length(text, i);
        if (length == 0) continue;
        *number = (struct span){text.at + i - KANJI_LENGTH, length};
        return true;
    }
    return false;
}

/* Upper case without blanks, dashes as '-'; 0 where it is too long. */
static size_t written_gather(struct span text, char written[WRITTEN_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char character = text.at[i];
        if (character == ' ') continue;
        if (len == WRITTEN_MAX) return 0;
        if (character >= 'a' && character <= 'z') character = (char)(character - 0x20);
        written[len++] = character;
    }
    return len;
}

/* "ZVW301234567": the longest known prefix whose serial width fits what is left. */
static bool joined_judge(struct span text, struct verdict *verdict)
{
    size_t longest = text.len < FRAME_PREFIX_MAX ? text.len : FRAME_PREFIX_MAX;
    for (size_t len = longest; len >= PREFIX_MIN; len--) {
        struct span serial = {text.at + len, text.len - len};
        if (serial.len > SERIAL_MAX || serial.len < SERIAL_MIN) continue;
        if ((frame_prefix_widths(text.at, len) >> serial.len & 1) != 0 &&
            digits_only(serial.at, serial.len)) {
            char number[FRAME_PREFIX_MAX + 1 + SERIAL_MAX];
            struct span split = {number, text.len + 1};
            memcpy(number, text.at, len);
            number[len] = '-';
            memcpy(number + len + 1, serial.at, serial.len);
            accept(verdict, split, GRADE_CONFIRMED);
            return true;
        }
    }
    return false;
}

/* Kawasaki and others: one letter at the front of the serial. */
static bool letter_serial(struct span serial)
{
    return serial.len > SERIAL_MIN && serial.len <= SERIAL_MAX && class_of(*serial.at) == LETTER &&
           digits_only(serial.at + 1, serial.len - 1);
}

static void written_judge(struct span text, struct verdict *verdict)
{
    const char *hyphen = memchr(text.at, '-', text.len);
    if (hyphen == NULL) {
        if (!joined_judge(text, verdict)) verdict_reject(verdict, REASON_FORM);
        return;
    }
    size_t prefix_len = (size_t)(hyphen - text.at);
    struct span serial = {hyphen + 1, text.len - prefix_len - 1};
    unsigned seen = prefix_classes(text.at, prefix_len);
    bool plain = serial.len >= SERIAL_MIN && serial.len <= SERIAL_MAX &&
                 digits_only(serial.at, serial.len);
    if (seen != 0 && plain)
        judge(text, prefix_len, seen, true, verdict);
    else if (seen == (LETTER | DIGIT) && letter_serial(serial))
        accept(verdict, text, GRADE_LIKELY);
    else
        verdict_reject(verdict, REASON_FORM);
}

/* The highest bit of each byte that lies between two characters; bytes of 0x80 and more wrap and
 * are sorted out by the caller. */
static inline uint64_t between(uint64_t word, char first, char last)
{
    return (word + EIGHT_BYTES(0x80u - (unsigned)first)) &
           ~(word + EIGHT_BYTES(0x7Fu - (unsigned)last)) & EIGHT_BYTES(0x80);
}

/* A plain number is 8 to 15 characters: prefix and hyphen lie in the first eight bytes, hyphen and
 * serial in the last eight. The hyphen is at one of three places, and its distance from the end is
 * the width. Returns the length of the prefix, 0 for another form. */
static inline size_t plain_prefix_len(struct span text, unsigned *classes_seen)
{
    if (text.len < PREFIX_MIN + 1 + SERIAL_MIN || text.len > FRAME_PREFIX_MAX + 1 + SERIAL_MAX)
        return 0;
    uint64_t head = eight_load(text.at), tail = eight_load(text.at + text.len - 8);
    size_t width = text.at[text.len - 8] == '-' ? 7 : text.at[text.len - 7] == '-' ? 6 : 5;
    size_t prefix_len = text.len - width - 1;
    if (prefix_len < PREFIX_MIN || prefix_len > FRAME_PREFIX_MAX || text.at[prefix_len] != '-')
        return 0;

    uint64_t prefix = head << (64 - 8 * prefix_len), serial = tail >> (64 - 8 * width);
    uint64_t letters = between(prefix, 'A', 'Z'), digits = between(prefix, '0', '9');
    uint64_t wanted = EIGHT_BYTES(0x80) << (64 - 8 * prefix_len);
    if (((head | tail) & EIGHT_BYTES(0x80)) != 0 || (letters | digits) != wanted ||
        (between(serial, '0', '9')) != EIGHT_BYTES(0x80) >> (64 - 8 * width) ||
        class_of(*text.at) != LETTER)
        return 0;
    *classes_seen = LETTER | (digits != 0 ? DIGIT : 0);
    return prefix_len;
}

static void frame_number_check(const struct candidate *candidate, struct verdict *verdict)
{
    struct span text = candidate->text;
    unsigned seen;
    size_t prefix_len = plain_prefix_len(text, &seen);
    if (prefix_len != 0) {
        judge(text, prefix_len, seen, candidate->labelled, verdict);
        return;
    }
    if (stamped_judge(text, candidate->labelled, verdict)) return;
    if (!candidate->labelled) {
        verdict_reject(verdict, REASON_FORM);
        return;
    }
    char written[WRITTEN_MAX];
    struct span gathered = {written, written_gather(text, written)};
    if (stamped_judge(gathered, true, verdict)) return;
    written_judge(gathered, verdict);
}

const struct detector detector_frame_number = {
    .name = "frame_number",
    .column = "frame_numbers",
    .element = ELEMENT_CHS,
    .source = "Japanese Road Transport Vehicle Act; prefixes from recall notices",
    .checksum = "none",
    .chance = "no checksum; known prefixes",
    .pattern = "(?<![0-9A-Za-z-])[A-Z][0-9A-Z]{1,6}-[0-9]{5,7}(?![0-9A-Za-z-])",
    .check = frame_number_check,
};
