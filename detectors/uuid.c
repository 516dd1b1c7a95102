/* uuid.c: universally unique identifiers that a label says to be of a device or an installation.
 *
 * Source    RFC 9562, clauses 4.1 and 4.2; 5.9 and 5.10 for nil and max
 * likely    label, version 1 to 8, variant of the standard; 32 digits without hyphens too
 * rejected  nil and max; another version or variant; without a label: requests, sessions and rows of tables have
 *           UUIDs as well
 *
 * The name of a field that is "uuid" and nothing else says nothing of whom: it is no label (data/labels.csv).
 */
#include "uuid.h"

#include "lookup.h"
#include "packed.h"
#include "value.h"

enum { WRITTEN_LENGTH = 36, HEX_LENGTH = 32, URN_LENGTH = 9, VERSION_AT = 6, VARIANT_AT = 8 };

static bool urn_begins(struct span text)
{
    static const char urn[URN_LENGTH + 1] = "urn:uuid:";
    if (text.len <= URN_LENGTH) return false;
    for (size_t i = 0; i < URN_LENGTH; i++)
        if ((text.at[i] | 0x20) != (urn[i] | 0x20)) return false;
    return true;
}

static struct span wrapping_strip(struct span text)
{
    if (urn_begins(text)) return (struct span){text.at + URN_LENGTH, text.len - URN_LENGTH};
    if (text.len <= WRITTEN_LENGTH || text.at[0] != '{') return text;
    /* In running text the brace behind it ended the value. */
    bool closed = text.at[text.len - 1] == '}';
    return (struct span){text.at + 1, text.len - 1 - closed};
}

/* The digits without hyphens; false for another form. */
static bool hex_gather(struct span text, char hex[HEX_LENGTH])
{
    static const uint8_t groups[] = {8, 4, 4, 4, 12};
    if (text.len == HEX_LENGTH) {
        memcpy(hex, text.at, HEX_LENGTH);
        return true;
    }
    if (text.len != WRITTEN_LENGTH) return false;
    for (size_t i = 0, from = 0; i < sizeof groups; from += groups[i++] + 1u) {
        if (i > 0 && text.at[from - 1] != '-') return false;
        memcpy(hex + from - i, text.at + from, groups[i]);
    }
    return true;
}

enum uuid_answer uuid_read(struct span text, unsigned char octets[UUID_OCTETS], unsigned *version)
{
    char hex[HEX_LENGTH];
    uint64_t halves[2];
    if (!hex_gather(wrapping_strip(text), hex) || !value_hex(hex, 16, &halves[0]) || !value_hex(hex + 16, 16, &halves[1]))
        return UUID_OTHER_FORM;
    for (size_t i = 0; i < UUID_OCTETS; i++) octets[i] = (unsigned char)(halves[i / 8] >> (56 - 8 * (i % 8)));
    *version = octets[VERSION_AT] >> 4;
    if (all_equal((const char *)octets, UUID_OCTETS)) return UUID_NOBODY;
    return *version >= 1 && *version <= 8 && octets[VARIANT_AT] >> 6 == 2 ? UUID_HOLDS : UUID_UNKNOWN;
}

void uuid_judge(const struct candidate *candidate, unsigned kind_version, struct verdict *verdict)
{
    unsigned char octets[UUID_OCTETS];
    unsigned version;
    char canonical[IDENTIFIER_SIZE];
    switch (uuid_read(candidate->text, octets, &version)) {
    case UUID_OTHER_FORM: verdict_reject(verdict, REASON_FORM); return;
    case UUID_NOBODY: verdict_reject(verdict, REASON_PLACEHOLDER); return;
    case UUID_UNKNOWN: verdict_reject(verdict, REASON_ISSUER); return;
    case UUID_HOLDS: break;
    }
    if (!candidate->labelled) {
        verdict_reject(verdict, REASON_UNLABELLED);
        return;
    }
    verdict->grade = kind_version == UUID_VERSION_ANY || version == kind_version ? GRADE_LIKELY : GRADE_POSSIBLE;
    verdict->reason = REASON_NONE;
    verdict_pack_octets(verdict, octets, UUID_OCTETS);
    verdict->sample = sample_known(KIND_UUID, canonical, verdict_text(verdict, canonical));
}

static void uuid_check(const struct candidate *candidate, struct verdict *verdict)
{
    uuid_judge(candidate, UUID_VERSION_ANY, verdict);
}

const struct detector detector_uuid = {
    .name = "uuid",
    .column = "other_ids",
    .element = ELEMENT_DEV,
    .source = "RFC 9562",
    .checksum = "none; version and variant",
    .chance = "label only",
    .pattern = NULL,
    .check = uuid_check,
};
