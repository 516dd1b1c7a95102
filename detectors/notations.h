/* The table of notations of positions: one row, one file. Decimal pairs and keyed numbers, which need
 * no trigger, are found by location_text.c.
 *
 * Order    where two rows have their trigger at one place the earlier is asked first
 * Threads  constant
 */
#ifndef NOTATIONS_H
#define NOTATIONS_H

#include "notation.h"

#define NOTATIONS                                                                                  \
    ROW(nmea) ROW(uri) ROW(geo_uri) ROW(gpx) ROW(wkt) ROW(wkb) ROW(exif) ROW(exif_numbered)          \
    ROW(dms) ROW(dms_before) ROW(degrees) ROW(iso6709) ROW(dotted) ROW(dotted_behind) ROW(dotted_keys) ROW(mapion) \
    ROW(olc) ROW(h3) ROW(mgrs) ROW(utm) ROW(jt808) ROW(ddmm)

#define ROW(name) NOTATION_##name,
enum { NOTATIONS NOTATION_COUNT };
#undef ROW

extern const struct notation *const notations[NOTATION_COUNT];

/* What a byte can be: a bit for each row. Two neighbours with a bit in common are worth a trigger. */
struct notation_bytes {
    uint32_t first[256], second[256];
};

/* Rows of runs are left out where the length of a run is asked for instead. */
void notation_bytes_read(struct notation_bytes *bytes, bool with_runs);

/* Whether a run of so many letters and digits can be one: WKB with two or three numbers, without and with a SRID. */
static inline bool notation_run_fits(size_t length)
{
    return length == 42 || length == 50 || length == 58 || length == 66;
}

/* Whether any row has its trigger at an index of the text. */
bool notations_trigger(const struct notation_bytes *bytes, struct span text, size_t index);

/* Searches a whole text. */
void notations_find(const struct notation_bytes *bytes, struct notation_search *search);

#endif
