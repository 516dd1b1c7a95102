/* value.c: values as people write them. Source: Unicode, NFKC of the forms FF01-FF5E. */
#include "value.h"

#include <string.h>

#include "detectors.h"
#include "packed.h"

/* The ASCII character that three UTF-8 bytes stand for; 0 for none. */
static char ascii_of(const unsigned char *at)
{
    unsigned code = (at[0] & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
    if (code >= 0xFF01 && code <= 0xFF5E) return (char)(code - 0xFF01 + '!');
    if (code == 0x3000) return ' ';
    bool dash = (code >= 0x2010 && code <= 0x2015) || code == 0x2212 || code == 0x30FC ||
                code == 0xFF70;
    return dash ? '-' : '\0';
}

size_t value_fold(struct span text, char *buffer, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char *at = (const unsigned char *)text.at + i;
        char folded = '\0';
        if (*at >= 0xE2 && *at <= 0xEF && i + 2 < text.len) folded = ascii_of(at);
        if (len == size) return size + 1;
        if (folded != '\0') i += 2;
        buffer[len++] = folded != '\0' ? folded : text.at[i];
    }
    return len;
}

size_t value_compact(struct span text, const char *separators, char *out, size_t size)
{
    size_t count = 0;
    bool separated = true;
    for (size_t i = 0; i < text.len; i++) {
        bool separates = text.at[i] != '\0' && strchr(separators, text.at[i]) != NULL;
        if (separates && separated) return 0;
        separated = separates;
        if (separates) continue;
        if (count == size) return size + 1;
        out[count++] = text.at[i];
    }
    return separated ? 0 : count;
}

/* Letters in upper case and digits; 0 for other characters. */
static const char tokens[256] = {
    ['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
    ['A'] = 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z',
    ['a'] = 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z',
};

/* The highest bit of each byte that lies between two characters of ASCII; all bytes are ASCII. */
static inline uint64_t eight_between(uint64_t word, char first, char last)
{
    return (word + EIGHT_BYTES(0x80u - (unsigned)first)) & ~(word + EIGHT_BYTES(0x7Fu - (unsigned)last)) & EIGHT_BYTES(0x80);
}

/* As many eights of digits and letters in upper case as the text begins with, which are their own tokens. */
static size_t eights_copy(struct span text, char *out, size_t *digits)
{
    size_t at = 0;
    for (; at + 8 <= text.len; at += 8) {
        uint64_t word = eight_load(text.at + at), numerals = eight_between(word, '0', '9');
        if ((word & EIGHT_BYTES(0x80)) != 0 || (numerals | eight_between(word, 'A', 'Z')) != EIGHT_BYTES(0x80)) break;
        memcpy(out + at, text.at + at, 8);
        *digits += (size_t)((numerals >> 7) * EIGHT_BYTES(1) >> 56);
    }
    return at;
}

size_t value_token(struct span text, const char *signs, size_t digits_min, char *out, size_t size)
{
    size_t digits = 0;
    if (text.len > size) return 0;
    for (size_t i = eights_copy(text, out, &digits); i < text.len; i++) {
        char character = text.at[i], token = tokens[(unsigned char)character];
        if (token == '\0' && (character == '\0' || strchr(signs, character) == NULL)) return 0;
        digits += (unsigned char)(character - '0') < 10;
        out[i] = token != '\0' ? token : character;
    }
    return digits >= digits_min ? text.len : 0;
}

void value_number_judge(const struct value_number *number, const struct candidate *candidate, struct verdict *verdict)
{
    char written[VALUE_SIZE];
    size_t length = value_token(candidate->text, number->signs, number->digits_min, written, number->length_max);
    if (length < number->length_min) {
        verdict_reject(verdict, REASON_FORM);
    } else if (!candidate->labelled) {
        verdict_reject(verdict, REASON_UNLABELLED);
    } else if (all_equal(written, length)) {
        verdict_reject(verdict, REASON_PLACEHOLDER);
    } else {
        verdict->grade = GRADE_LIKELY;
        verdict->reason = REASON_NONE;
        verdict->sample = false;
        verdict->length = identifier_pack(number->kind, written, length, verdict->packed, &verdict->packing);
    }
}

bool value_hex(const char *text, size_t count, uint64_t *number)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0', letter = ((unsigned)(unsigned char)text[i] | 0x20) - 'a';
        if (digit > 9 && letter > 5) return false;
        value = value << 4 | (digit <= 9 ? digit : letter + 10);
    }
    *number = value;
    return true;
}

/* Fewer than two zeros are too often there by chance. */
bool value_rounded(const char *digits, size_t count)
{
    enum { KEPT = 17, ZEROS_MIN = 2 };
    if (count < KEPT + ZEROS_MIN) return false;
    for (size_t i = KEPT; i < count; i++)
        if (digits[i] != '0') return false;
    return true;
}

bool value_is_float(struct span text)
{
    size_t whole = 0;
    while (whole < text.len && text.at[whole] >= '0' && text.at[whole] <= '9') whole++;
    return whole >= FLOAT_DIGITS_MIN && text.len == whole + 2 && memcmp(text.at + whole, ".0", 2) == 0;
}

size_t value_exponent(struct span text, char digits[VALUE_SIZE])
{
    enum { EXPONENT_MAX = 40, EXACT_MAX = 15 };
    size_t count = 0, i = 0, exponent = 0;
    if (value_is_float(text) && text.len - 2 > EXACT_MAX) return SIZE_MAX;
    if (value_is_float(text)) return memcpy(digits, text.at, text.len - 2), text.len - 2;
    for (; i < text.len && count < VALUE_SIZE; i++) {
        bool point = i == 1 && (text.at[i] == '.' || text.at[i] == ',');
        if (!point && (text.at[i] < '0' || text.at[i] > '9')) break;
        if (!point) digits[count++] = text.at[i];
    }
    if (count == 0 || digits[0] == '0' || (i > 1 && count == i) || i + 2 > text.len || (text.at[i] | 0x20) != 'e') return 0;
    i += text.at[i + 1] == '+' ? 2 : 1;
    if (i == text.len) return 0;
    for (; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return 0;
        exponent = exponent * 10 + (size_t)(text.at[i] - '0');
        if (exponent > EXPONENT_MAX) return 0;
    }
    return count == exponent + 1 ? count : count <= exponent ? SIZE_MAX : 0;
}

/* What announces the characters: service, data item and count (SAE J1979), or their number. */
static size_t ascii_header(const unsigned char *bytes, size_t count)
{
    if (count > 3 && bytes[0] == 0x49 && bytes[1] == 0x02 && bytes[2] == 0x01) return 3;
    return count > 2 && bytes[0] == 0 && bytes[1] == count - 2 ? 2 : 0;
}

size_t value_ascii(struct span text, char out[VALUE_SIZE])
{
    enum { CHARACTERS_MIN = 14 };
    char hex[VALUE_SIZE];
    unsigned char bytes[VALUE_SIZE / 2];
    size_t digits = value_compact(text, " ", hex, sizeof hex), count = digits / 2;
    if (digits % 2 != 0 || digits > sizeof hex || count < CHARACTERS_MIN) return 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t byte;
        if (!value_hex(hex + 2 * i, 2, &byte)) return 0;
        bytes[i] = (unsigned char)byte;
    }
    size_t from = ascii_header(bytes, count);
    for (size_t i = from; i < count; i++) {
        bool alphanumeric = (bytes[i] >= '0' && bytes[i] <= '9') || (bytes[i] >= 'A' && bytes[i] <= 'Z');
        if (!alphanumeric) return 0;
        out[i - from] = (char)bytes[i];
    }
    return count - from;
}

static bool surrounds(char character)
{
    return strchr(" \t\r\n\"'`*", character) != NULL; /* the terminating NUL trims too */
}

static struct span trim(struct span text)
{
    while (text.len > 0 && surrounds(text.at[0])) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && surrounds(text.at[text.len - 1])) text.len--;
    return text;
}

/* The label ends at the first ':' or '=', else at the first blank that makes what is before it one ("ETC OBU 05..."), or
 * behind further words that it may have ("IMEI No. 35..."). */
static struct span label_strip(struct span text, uint32_t *label_mask)
{
    size_t end = 0;
    while (end < text.len && text.at[end] != ':' && text.at[end] != '=') end++;
    if (end < text.len) {
        *label_mask = label_kinds(text.at, end);
    } else {
        for (size_t at = 0; at < text.len; at++) {
            if (*label_mask != 0 && text.at[at] >= '0' && text.at[at] <= '9') break;
            uint32_t mask = text.at[at] == ' ' ? label_kinds(text.at, at) : 0;
            if (mask == 0) continue;
            *label_mask = mask;
            end = at;
        }
    }
    if (*label_mask == 0) return text;
    struct span rest = {text.at + end + 1, text.len - end - 1};
    return trim(rest);
}

struct span value_clean(struct span text, char buffer[VALUE_SIZE], uint32_t *label_mask)
{
    *label_mask = 0;
    text = trim(text);
    struct span none = {text.at, 0};
    size_t len = value_fold(text, buffer, VALUE_SIZE);
    if (len > VALUE_SIZE) return none;
    struct span folded = {buffer, len};
    return label_strip(trim(folded), label_mask);
}
