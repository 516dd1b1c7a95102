/* What of an identifier may be shown: what names a type, none of what tells one thing from the next.
 *
 *     vin            the world manufacturer's three characters         1M8**************
 *     frame_number   the prefix, which is the type                     ZVW30-*******
 *     imei           the type allocation code                          35761300*******
 *     iccid          the industry and the beginning of the country     8901***************
 *     mac            the maker's half; nothing of an address that somebody made up
 *     any other      nothing
 */
#ifndef MASK_H
#define MASK_H

#include "../../detectors/detectors.h"

/* Letters and digits that are not shown become '*'; the length and all else stay. */
void identifier_mask(enum kind kind, const char *canonical, char masked[IDENTIFIER_SIZE]);

#endif
