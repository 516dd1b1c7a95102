/* What one unit, or one level of nested data, showed.
 *
 * Shape    fields and text of a unit -> detect -> sighting -> attribute
 * Fixes    one place said twice in a unit is one fix where it is said once by axes and once by a field that holds it as a
 *          whole (GPSPosition beside GPSLatitude and GPSLongitude, geohash beside lat and lon, "geometry", what stands under
 *          Composite), or by two such fields. Axes of their own (start_lat, end_lat), elements of lists, vertices of a line
 *          and what one text says again are as many fixes as there are.
 * Owns     its arrays, from first use to sighting_free; sighting_reset keeps their memory
 * Lends    customer points into the block, or into detect's scratch memory: valid until the next block
 */
#ifndef SIGHTING_H
#define SIGHTING_H

#include "../tally/tally.h"

/* By what a position was said. */
enum fix_source {
    FIX_AXES,  /* two fields, a latitude and a longitude */
    FIX_FIELD, /* one field or text */
    FIX_LISTED /* one of several in a list; so is FIX_LISTED | FIX_FIELD */
};

/* The first fixes of a unit, to be held against those that it has besides. */
struct fix_spot {
    uint64_t exact; /* both numbers */
    uint32_t piece; /* equal for what one field or text says */
    uint8_t decimals, source;
};

enum { FIX_SPOTS_MAX = 8 };

struct sighting {
    bool has_customer, has_time;
    bool several; /* two customers by one field */
    uint8_t fixes_are; /* FIX_FIELD or FIX_LISTED: what the fixes that come are, too; whoever reads the unit says so */
    uint16_t customer_rank, time_rank;
    struct span customer;
    int64_t time_s;
    struct tally_identifier *identifiers;
    size_t identifier_count, identifier_capacity;
    uint32_t *cells; /* of its fixes */
    size_t fix_count, fix_capacity;
    uint64_t positions[2]; /* sums over its fixes that tell sets of positions apart, to the seventh decimal */
    uint32_t findings; /* identifiers and positions at this place, possible ones too */
    struct fix_spot spots[FIX_SPOTS_MAX]; /* of the first ones */
};

static inline void sighting_reset(struct sighting *sighting)
{
    sighting->has_customer = sighting->has_time = sighting->several = false;
    sighting->fixes_are = FIX_AXES;
    sighting->identifier_count = sighting->fix_count = 0;
    sighting->positions[0] = sighting->positions[1] = 0;
    sighting->findings = 0;
}

#endif
