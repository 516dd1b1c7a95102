/* From the Tokyo datum, the legal one of Japan until 2002, to WGS 84.
 *
 * Units    1e-7 degree
 * Source   geocentric translation of the Geographical Survey Institute: Bessel 1841 to GRS 80
 * Exact    to a metre of the translation; the official grid differs from it by up to several metres
 * Threads  any number at once
 */
#ifndef DATUM_H
#define DATUM_H

#include "location.h"

/* Converts in place. False outside of Japan (20 to 46.5 N, 122 to 154.5 E): then nothing is changed. */
bool datum_from_tokyo(struct coordinate *latitude, struct coordinate *longitude);

enum datum { DATUM_UNSAID, DATUM_WGS84, DATUM_TOKYO };

/* What the value of a field named datum, crs, geo or the like says: "tokyo", "EPSG:4301", "日本測地系"; by_number: also 0
 * for WGS 84 and 1 for Tokyo, as one maker of phones had it. */
enum datum datum_read(struct span text, bool by_number);

/* A name, lower case without blanks and signs, of such a field. */
struct datum_name {
    const char *name;
    bool by_number;
};
extern const struct datum_name datum_names[];
extern const size_t datum_name_count;

#endif
