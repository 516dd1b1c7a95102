/* What addresses of octets in groups, EUI-48 and EUI-64, have in common.
 *
 * Source   IEEE 802; RFC 7042, 2.1 (group and local bits)
 * Threads  any number at once
 */
#ifndef OCTET_GROUPS_H
#define OCTET_GROUPS_H

#include "detector.h"

/* A certificate's fingerprint is a longer run of pairs, an IPv6 address one of wider groups. */
#define NO_GROUP_BEFORE \
    "(?<![0-9A-Za-z])(?<!(?<![0-9A-Za-z])[0-9A-Fa-f]{2}[:-])(?<!(?<![0-9A-Za-z])[0-9A-Fa-f]{4}:)" \
    "(?<!::)"
#define NO_GROUP_AFTER \
    "(?![0-9A-Za-z])(?!:[0-9A-Fa-f]{1,4}(?![0-9A-Za-z]))" \
    "(?!-[0-9A-Fa-f]{2}(?![0-9A-Za-z]))(?!::)"

/* In the order in which a reader would say it; REASON_NONE: it is an address. decimal: without a label, in groups that are decimal
 * digits alone, as telephone and serial numbers are. */
static inline enum reason octet_groups_refusal(bool placeholder, bool group, bool decimal)
{
    return placeholder ? REASON_PLACEHOLDER : group ? REASON_GROUP_ADDRESS : decimal ? REASON_UNLABELLED : REASON_NONE;
}

/* assigned: its block is one that IEEE gave to a maker. */
static inline enum grade octet_groups_grade(bool labelled, bool assigned)
{
    return labelled && assigned ? GRADE_CONFIRMED : labelled || assigned ? GRADE_LIKELY : GRADE_POSSIBLE;
}

#endif
