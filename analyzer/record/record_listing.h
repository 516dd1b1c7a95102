/* Listings: a name and a value a line, the colons one below the other, as exiftool writes out what is in a picture.
 *
 * Unit     what stands between blank lines, or lines that begin with "========" and name a file
 * Shape    lines -> an object of JSON, a member a line
 */
#ifndef RECORD_LISTING_H
#define RECORD_LISTING_H

#include "../../detectors/detector.h"
#include "../support/bytes.h"

/* Whether nearly all lines have a name, blanks and a colon in the same column. */
bool record_listing_sniff(const char *bytes, size_t length);

/* Where the unit that begins at a place ends, with the lines that divide it from the next. */
size_t record_listing_end(const char *bytes, size_t length, size_t at);

/* How many bytes are whole units, when more come behind them; 0: more is needed. */
size_t record_listing_cut(const char *bytes, size_t length);

/* Puts a unit's object behind what json has; nothing for blank lines. False: no memory. */
bool record_listing_json(struct span unit, struct bytes *json);

#endif
