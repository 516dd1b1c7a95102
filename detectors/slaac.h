/* The MAC inside of an IPv6 address that a device made from it.
 *
 * Threads  any number at once
 * Source   RFC 4291, appendix A (modified EUI-64); RFC 4862
 */
#ifndef SLAAC_H
#define SLAAC_H

#include "detector.h"

/* Reads an IPv6 address, in brackets, with a prefix length or a zone too. False where it is none or where its interface
 * identifier was not made of the MAC of one device with an assigned block: ff:fe in its middle, global, unicast.
 * The first octet of the MAC is bits 47-40. */
bool slaac_mac_read(struct span text, uint64_t *address);

/* Whether the ':' at an index of a text can stand between the ff and the fe of such an address: quick, never false for
 * one. */
static inline bool slaac_may_hold(struct span text, size_t colon)
{
    if (colon < 2 || text.len - colon < 3 || (text.at[colon + 1] | 0x20) != 'f') return false;
    return (text.at[colon - 1] | 0x20) == 'f' && (text.at[colon - 2] | 0x20) == 'f' && (text.at[colon + 2] | 0x20) == 'e';
}

/* The address around such a ':', which touches no letter or digit; false where it is none that slaac_mac_read reads. */
bool slaac_find(struct span text, size_t colon, struct span *address);

#endif
