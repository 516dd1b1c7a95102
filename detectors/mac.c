/* mac.c: addresses of network interfaces, Bluetooth included.
 *
 * Source     IEEE 802, EUI-48; assigned blocks from the IEEE registry; RFC 9542 (documentation); an IPv6 address
 *            that was made of a MAC stands for it (slaac.h)
 * confirmed  label and a block that IEEE assigned
 * likely     one of both; a locally administered address has no block, so at best this
 * possible   separators alone
 * rejected   group addresses; null, broadcast, 02:00:00:00:00:00 (what phones answer to programs
 *            that may not know); without a label: bare digits, decimal digits in groups of four
 */
#include "mac.h"

#include "checkdigit.h"
#include "lookup.h"
#include "octet_groups.h"
#include "packed.h"
#include "slaac.h"

enum { MAC_LENGTH = 17, OCTETS = 6 };

#define HEX 0x10u /* set for the characters that are hex digits, with their value */

static const uint8_t hex_values[256] = {
    ['0'] = HEX, HEX | 1, HEX | 2, HEX | 3, HEX | 4, HEX | 5, HEX | 6, HEX | 7, HEX | 8, HEX | 9,
    ['A'] = HEX | 10, HEX | 11, HEX | 12, HEX | 13, HEX | 14, HEX | 15,
    ['a'] = HEX | 10, HEX | 11, HEX | 12, HEX | 13, HEX | 14, HEX | 15,
};

static inline unsigned hex_value(char character)
{
    return hex_values[(unsigned char)character];
}

/* Three pairs of eight values, of which the third and sixth are none. */
static inline uint64_t three_octets(uint64_t values)
{
    uint64_t pairs = __builtin_bswap64(values);
    pairs |= pairs >> 4;
    return (pairs >> 48 & 0xFF) << 16 | (pairs >> 24 & 0xFF) << 8 | (pairs & 0xFF);
}

/* Six pairs with the same mark between them: three in the first eight characters, three in the last. */
static inline bool pairs_read(const char *text, char mark, uint64_t *address)
{
    enum { MARKS = 0x2424, DIGITS = 0xFFFF ^ MARKS };
    struct sixteen characters = sixteen_of(eight_load(text), eight_load(text + 9));
    uint64_t head, tail;
    unsigned digits = sixteen_hex(characters, &head, &tail), marks = sixteen_are(characters, mark);
    *address = three_octets(head) << 24 | three_octets(tail);
    return (digits & DIGITS) == DIGITS && (marks & MARKS) == MARKS && text[8] == mark;
}

/* Groups of equal width with one mark between them; width 12 has none. */
static bool groups_read(struct span text, size_t width, char mark, uint64_t *address)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (i % (width + 1) == width) {
            if (text.at[i] != mark) return false;
            continue;
        }
        unsigned digit = hex_value(text.at[i]);
        if (digit == 0) return false;
        value = value << 4 | (digit & 15);
    }
    *address = value;
    return true;
}

/* "0:1a:2b:3:4:5" as some Unix systems print it. */
static bool short_octets_read(struct span text, uint64_t *address)
{
    uint64_t value = 0;
    int octets = 1, digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == ':') {
            if (digits == 0 || ++octets > OCTETS) return false;
            digits = 0;
            value <<= 8;
            continue;
        }
        unsigned digit = hex_value(text.at[i]);
        if (digit == 0 || ++digits > 2) return false;
        value = (value & ~UINT64_C(0xFF)) | ((value & 15) << 4) | (digit & 15);
    }
    *address = value;
    return octets == OCTETS && digits > 0;
}

bool mac_read(struct span text, bool labelled, uint64_t *address)
{
    switch (text.len) {
    case MAC_LENGTH: {
        char mark = text.at[2];
        bool known = mark == ':' || mark == '-' || (labelled && mark == ' ');
        if (known && pairs_read(text.at, mark, address)) return true;
        break;
    }
    case 14: {
        char mark = text.at[4];
        if (mark == '.' || mark == '-') return groups_read(text, 4, mark, address);
        break;
    }
    case 13:
        if (labelled && text.at[6] == '-') return groups_read(text, 6, '-', address);
        break;
    case 12:
        if (labelled && memchr(text.at, ':', text.len) == NULL)
            return groups_read(text, 12, '\0', address);
        break;
    default: break;
    }
    return labelled && text.len < MAC_LENGTH && short_octets_read(text, address);
}

static inline void accept(struct verdict *verdict, uint64_t address, enum grade grade)
{
    verdict->grade = grade;
    verdict->reason = REASON_NONE;
    verdict_pack_mac(verdict, address);
    verdict->sample = sample_mac_known(address);
}

static bool placeholder(uint64_t address)
{
    return address == UINT64_C(0x020000000000) ||
           address == (address & 0xFF) * UINT64_C(0x010101010101);
}

/* "0120-5021-6900" is a telephone number or a serial number rather than an address. */
static bool decimal_groups(struct span text)
{
    if (text.len != 14) return false;
    for (size_t i = 0; i < text.len; i++)
        if (hex_value(text.at[i]) > (HEX | 9)) return false;
    return true;
}

static void mac_check(const struct candidate *candidate, struct verdict *verdict)
{
    uint64_t address;
    bool labelled = candidate->labelled;
    if (!mac_read(candidate->text, labelled, &address) && !slaac_mac_read(candidate->text, &address)) {
        bool bare = !labelled && mac_read(candidate->text, true, &address);
        verdict_reject(verdict, bare ? REASON_UNLABELLED : REASON_FORM);
        return;
    }
    bool assigned = !mac_is_local(address) && oui_known(address);
    bool decimal = !labelled && decimal_groups(candidate->text);
    enum reason refusal = octet_groups_refusal(placeholder(address), mac_is_group(address), decimal);
    if (refusal != REASON_NONE) verdict_reject(verdict, refusal);
    else accept(verdict, address, octet_groups_grade(labelled, assigned));
}

const struct detector detector_mac = {
    .name = "mac",
    .column = "macs",
    .element = ELEMENT_NET,
    .source = "IEEE 802 (EUI-48); IEEE registration authority; RFC 9542",
    .checksum = "none",
    .chance = "1 in 500, of the block",
    .pattern = NO_GROUP_BEFORE
    "(?:[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}"
    "|(?<![0-9A-Fa-f]\\.)[0-9A-Fa-f]{4}(?:\\.[0-9A-Fa-f]{4}){2}(?!\\.[0-9A-Fa-f])"
    "|(?<!-)[0-9A-Fa-f]{4}(?:-[0-9A-Fa-f]{4}){2}(?!-))" NO_GROUP_AFTER,
    .check = mac_check,
};
