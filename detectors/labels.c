/* labels.c: from the name of a field to the kinds it announces.
 *
 * Shape    bytes of a name -> letters with marks where words start -> every ending that starts a
 *          word, longest last -> hash table of data/labels.csv
 * Words    start after blanks and signs, at camelCase humps ("tcuImei", "deviceIMEI",
 *          "IMEINumber"), and where ASCII letters and other scripts meet
 */
#include "labels.h"

#include <string.h>

#include "lookup.h"

enum { NAME_BYTES_MAX = 256, TRAILING_DIGITS_MAX = 2 };

enum letter { SIGN, LOWER, UPPER, DIGIT, OTHER };

static enum letter letter_of(unsigned char byte)
{
    if (byte >= 0x80) return OTHER;
    if (byte >= 'a' && byte <= 'z') return LOWER;
    if (byte >= 'A' && byte <= 'Z') return UPPER;
    return byte >= '0' && byte <= '9' ? DIGIT : SIGN;
}

/* A name reduced to what is compared. */
struct words {
    unsigned char text[NAME_BYTES_MAX];
    bool starts[NAME_BYTES_MAX];
    size_t len;
};

static bool word_starts(enum letter before, enum letter here, enum letter after)
{
    if (before == SIGN) return true;
    if ((before == OTHER) != (here == OTHER)) return true;
    if (here != UPPER) return false;
    return before == LOWER || before == DIGIT || after == LOWER;
}

/* Full-width letters and digits of a label: one ASCII byte for three. */
static unsigned char folded_byte(const unsigned char *at, size_t left)
{
    if (left < 3 || at[0] != 0xEF || (at[1] != 0xBC && at[1] != 0xBD)) return 0;
    unsigned code = (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu); /* below U+F000 */
    return code >= 0xF01 && code <= 0xF5E ? (unsigned char)(code - 0xF01 + '!') : 0;
}

/* U+3000 to U+303F: blanks, commas and brackets of Chinese and Japanese text. */
static bool ideographic_sign(const unsigned char *at, size_t left)
{
    return left >= 3 && at[0] == 0xE3 && at[1] == 0x80;
}

static void words_read(struct words *words, const unsigned char *name, size_t name_len)
{
    enum letter before = SIGN;
    words->len = 0;
    for (size_t i = 0; i < name_len; i++) {
        unsigned char byte = name[i], folded = folded_byte(name + i, name_len - i);
        if (folded != 0) {
            byte = folded;
            i += 2;
        }
        enum letter here = letter_of(byte);
        if (ideographic_sign(name + i, name_len - i)) {
            here = SIGN;
            i += 2;
        }
        enum letter after = i + 1 < name_len ? letter_of(name[i + 1]) : SIGN;
        if (here != SIGN) {
            words->starts[words->len] = word_starts(before, here, after);
            words->text[words->len++] = here == UPPER ? byte | 0x20u : byte;
        }
        before = here;
    }
}

static uint32_t label_find(uint32_t hash, const unsigned char *text, size_t len)
{
    for (uint32_t slot = hash_slot(hash, LABEL_BITS); label_entries[slot].bits != 0;
         slot = (slot + 1) & ((1u << LABEL_BITS) - 1)) {
        const struct label_entry *entry = &label_entries[slot];
        if (entry->hash == hash && entry->length == len && memcmp(entry->text, text, len) == 0)
            return entry->bits;
    }
    return 0;
}

/* The longest ending that is a label decides: "chassis_no" is more than "no". */
static uint32_t endings_find(const struct words *words, size_t end)
{
    uint32_t hash = LABEL_HASH_START, bits = 0;
    for (size_t i = end; i-- > 0 && end - i <= LABEL_SIZE_MAX;) {
        hash = label_hash_step(hash, words->text[i]);
        if (!words->starts[i]) continue;
        uint32_t found = label_find(hash, words->text + i, end - i);
        if (found != 0) bits = found;
    }
    return bits;
}

uint32_t label_bits(const char *name, size_t name_len)
{
    struct words words;
    if (name_len > NAME_BYTES_MAX) {
        name += name_len - NAME_BYTES_MAX;
        name_len = NAME_BYTES_MAX;
    }
    words_read(&words, (const unsigned char *)name, name_len);
    uint32_t bits = endings_find(&words, words.len);
    size_t end = words.len;
    for (int i = 0; bits == 0 && i < TRAILING_DIGITS_MAX; i++) {
        if (end < 2 || words.text[end - 1] < '0' || words.text[end - 1] > '9') break;
        bits = endings_find(&words, --end); /* "imei_2" is an IMEI like "imei" */
    }
    return bits;
}

uint32_t label_kinds(const char *name, size_t name_len)
{
    return label_bits(name, name_len) & KINDS_ALL;
}

/* A shorter label, or one that is not all ASCII letters there, has any letters in the places that it leaves open. */
static void tail_set(struct label_tails *tails, const unsigned char *end, size_t len)
{
    for (unsigned a = 1; a <= 26; a++) {
        if (len > 2 && end[-3] < 0x80 && a != end[-3] % 32u) continue;
        for (unsigned b = 1; b <= 26; b++)
            if (len < 2 || end[-2] >= 0x80 || b == end[-2] % 32u) tails->last[a * 32 + b] |= UINT32_C(1) << end[-1] % 32;
    }
}

void label_tails_read(struct label_tails *tails)
{
    memset(tails, 0, sizeof *tails);
    for (size_t slot = 0; slot < (size_t)1 << LABEL_BITS; slot++) {
        const struct label_entry *entry = &label_entries[slot];
        const unsigned char *end = (const unsigned char *)entry->text + entry->length;
        if ((entry->bits & KINDS_ALL) != 0 && letter_of(end[-1]) == LOWER) tail_set(tails, end, entry->length);
    }
}
