/* advertising_id.c: the identifiers that phones and television sets give to advertisers.
 *
 * Source    documentation of the platforms: GAID (Google), IDFA and IDFV (Apple), Amazon, Roku; RFC 9562
 * likely    label and a UUID of version 4, which they all are
 * possible  label and a UUID of another version
 * rejected  all zeros, which says that the person opted out; another variant; without a label
 */
#include "uuid.h"

enum { RANDOM_VERSION = 4 };

static void advertising_id_check(const struct candidate *candidate, struct verdict *verdict)
{
    uuid_judge(candidate, RANDOM_VERSION, verdict);
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
