/* What one unit, or one level of nested data, showed.
 *
 * Shape    fields and text of a unit -> detect -> sighting -> attribute
 * Owns     its arrays, from first use to sighting_free; sighting_reset keeps their memory
 * Lends    customer points into the block, or into detect's scratch memory: valid until the next block
 */
#ifndef SIGHTING_H
#define SIGHTING_H

#include "../tally/tally.h"

struct sighting {
    bool has_customer, has_time;
    bool several; /* two customers by one field */
    uint16_t customer_rank, time_rank;
    struct span customer;
    int64_t time_s;
    struct tally_identifier *identifiers;
    size_t identifier_count, identifier_capacity;
    uint32_t *cells; /* of its fixes */
    size_t fix_count, fix_capacity;
    uint64_t positions[2]; /* sums over its fixes that tell sets of positions apart, to the seventh decimal */
    uint32_t findings; /* identifiers and positions at this place, possible ones too */
};

static inline void sighting_reset(struct sighting *sighting)
{
    sighting->has_customer = sighting->has_time = sighting->several = false;
    sighting->identifier_count = sighting->fix_count = 0;
    sighting->positions[0] = sighting->positions[1] = 0;
    sighting->findings = 0;
}

#endif
