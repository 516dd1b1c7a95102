/* eui64.c: 64-bit addresses of radio modules (ZigBee, Thread, LoRaWAN) and of FireWire.
 *
 * Source     IEEE 802, EUI-64; assigned blocks from the IEEE registry
 * confirmed  label and a block that IEEE assigned
 * likely     one of both; a locally administered address has no block, so at best this
 * possible   separators alone
 * rejected   group addresses; the same octet throughout; without a label: bare digits, decimal digits in groups of four
 */
#include "lookup.h"
#include "octet_groups.h"
#include "packed.h"
#include "value.h"

enum { OCTETS = 8, DIGITS = 2 * OCTETS, PAIRS_LENGTH = 3 * OCTETS - 1, QUADS_LENGTH = 5 * OCTETS / 2 - 1 };

/* Groups of equal width with one mark between them. */
static bool groups_gather(struct span text, size_t width, char digits[DIGITS])
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (i % (width + 1) != width) digits[count++] = text.at[i];
        else if (text.at[i] != text.at[width]) return false;
    }
    return true;
}

static bool eui64_read(struct span text, bool labelled, uint64_t *address)
{
    char digits[DIGITS];
    if (text.len == PAIRS_LENGTH) {
        char mark = text.at[2];
        bool known = mark == ':' || mark == '-' || (labelled && mark == ' ');
        return known && groups_gather(text, 2, digits) && value_hex(digits, DIGITS, address);
    }
    if (text.len == QUADS_LENGTH) {
        char mark = text.at[4];
        bool known = mark == '.' || (labelled && (mark == '-' || mark == ':'));
        return known && groups_gather(text, 4, digits) && value_hex(digits, DIGITS, address);
    }
    return labelled && text.len == DIGITS && value_hex(text.at, DIGITS, address);
}

static bool decimal_groups(struct span text)
{
    if (text.len != QUADS_LENGTH) return false;
    for (size_t i = 0; i < text.len; i++)
        if (i % 5 != 4 && !digits_only(text.at + i, 1)) return false;
    return true;
}

static void accept(struct verdict *verdict, uint64_t address, enum grade grade)
{
    unsigned char octets[OCTETS];
    for (int i = 0; i < OCTETS; i++) octets[i] = (unsigned char)(address >> (56 - 8 * i));
    verdict->grade = grade;
    verdict->reason = REASON_NONE;
    verdict->sample = false;
    verdict_pack_octets(verdict, octets, OCTETS);
}

static void eui64_check(const struct candidate *candidate, struct verdict *verdict)
{
    uint64_t address;
    bool labelled = candidate->labelled;
    if (!eui64_read(candidate->text, labelled, &address)) {
        bool bare = !labelled && eui64_read(candidate->text, true, &address);
        verdict_reject(verdict, bare ? REASON_UNLABELLED : REASON_FORM);
        return;
    }
    bool local = (address >> 57 & 1) != 0, group = (address >> 56 & 1) != 0;
    bool assigned = !local && oui_known(address >> 16);
    bool placeholder = address == (address & 0xFF) * UINT64_C(0x0101010101010101);
    bool decimal = !labelled && decimal_groups(candidate->text);
    enum reason refusal = octet_groups_refusal(placeholder, group, decimal);
    if (refusal != REASON_NONE) verdict_reject(verdict, refusal);
    else accept(verdict, address, octet_groups_grade(labelled, assigned));
}

const struct detector detector_eui64 = {
    .name = "eui64",
    .column = "other_ids",
    .element = ELEMENT_NET,
    .source = "IEEE 802 (EUI-64); IEEE registration authority",
    .checksum = "none",
    .chance = "no checksum; known blocks",
    .pattern = NO_GROUP_BEFORE
    "(?:[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){7}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}"
    "|(?<![0-9A-Fa-f]\\.)[0-9A-Fa-f]{4}(?:\\.[0-9A-Fa-f]{4}){3}(?!\\.[0-9A-Fa-f]))" NO_GROUP_AFTER,
    .check = eui64_check,
};
