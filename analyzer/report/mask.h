/* What of an identifier may be shown: what names a type, none of what tells one thing from the next.
 *
 *     vin            the world manufacturer's three characters         1M8**************
 *     frame_number   the prefix, which is the type                     ZVW30-*******
 *     imei           the type allocation code                          35761300*******
 *     iccid          the industry and the beginning of the country     8901***************
 *     plate          the place                                         品川 *** * **-**
 *     eui64, mac     the maker's part; nothing of an address that somebody made up
 *     any other      nothing
 */
#ifndef MASK_H
#define MASK_H

#include "../tally/resolve.h"

/* Letters and digits that are not shown become '*', and all characters of a plate but blanks and hyphens; all else
 * stays. */
void identifier_mask(enum kind kind, const char *canonical, char masked[IDENTIFIER_SIZE]);

/* The characters at the front that are shown, with their final NUL, PREFIX_SIZE bytes at most; returns how many. */
size_t identifier_prefix(enum kind kind, const char *canonical, char prefix[PREFIX_SIZE]);

#endif
