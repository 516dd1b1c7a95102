/* EUI-48 addresses as numbers.
 *
 * Units    the first octet is bits 47-40
 * Threads  any number at once
 */
#ifndef MAC_H
#define MAC_H

#include "detector.h"

/* Reads an address with one separator style throughout: six pairs with ':' or '-', three groups of
 * four with '.' or '-'. Under a label also pairs with blanks, two groups of six with '-', twelve
 * bare digits, and octets of one digit between colons. */
bool mac_read(struct span text, bool labelled, uint64_t *address);

/* Bit 1 of the first octet: given by an administrator or a random generator, not by the maker. */
static inline bool mac_is_local(uint64_t address)
{
    return (address >> 41 & 1) != 0;
}

/* Bit 0 of the first octet: names a group of devices. */
static inline bool mac_is_group(uint64_t address)
{
    return (address >> 40 & 1) != 0;
}

#endif
