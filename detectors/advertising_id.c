/* advertising_id.c: the identifiers that phones and television sets give to advertisers.
 *
 * Source    documentation of the platforms: GAID (Google), IDFA and IDFV (Apple), Amazon, Roku; RFC 9562
 * likely    label and a UUID of version 4, which they all are
 * possible  label and a UUID of another version
 * rejected  all zeros, which says that the person opted out; another variant; without a label
 */
#include "lookup.h"
#include "packed.h"
#include "uuid.h"

enum { RANDOM_VERSION = 4 };

static void advertising_id_check(const struct candidate *candidate, struct verdict *verdict)
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
    verdict->grade = version == RANDOM_VERSION ? GRADE_LIKELY : GRADE_POSSIBLE;
    verdict->reason = REASON_NONE;
    verdict_pack_octets(verdict, octets, UUID_OCTETS);
    verdict->sample = sample_known(KIND_UUID, canonical, verdict_text(verdict, canonical));
}

const struct detector detector_advertising_id = {
    .name = "advertising_id",
    .column = "advertising_ids",
    .element = ELEMENT_DEV,
    .source = "platform documentation (GAID, IDFA, IDFV); RFC 9562",
    .checksum = "none; version and variant",
    .chance = "label only",
    .pattern = NULL,
    .check = advertising_id_check,
};
