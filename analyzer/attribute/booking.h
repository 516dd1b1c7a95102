/* Whose a unit is: the customer it names, else all of its identifiers together as a provisional holder.
 *
 * Shape    sightings of a unit and of the levels that enclose it -> one holder -> tally
 * Rule     specification, section 7: the unit itself, then enclosing levels from the inside out, then
 *          the object's path; an e-mail address names a customer only where nothing else does.
 *          A record without a customer is booked on the set of its confirmed and likely identifiers and its day
 *          (tally/holder_set.h; of the profile's zone, in which a roster's dates begin and end; a roster that is there has its
 *          times of day, too), from where attribution.h books it on whom they lead to; where all are only possible, on
 *          the first in the order of kinds. A record whose only evidence is possible is a T3 link.
 * Threads  one struct booking a thread
 */
#ifndef BOOKING_H
#define BOOKING_H

#include "../detect/sighting.h"
#include "../support/fault.h"
#include "../tally/digests.h"
#include "../tally/resolve.h"

enum { CUSTOMER_FIELDS_MAX = 256 };

/* What a booking counts beside the tally. */
struct booking_counts {
    uint64_t records, orphan_locations;
    int64_t orphan_time_first, orphan_time_last;
};

/* Units of a source whose customer was named by the field of a rank; the last two are e-mail fields and path rules. */
struct customer_units { uint32_t source, field; uint64_t units; };
enum { CUSTOMER_FIELD_EMAIL = CUSTOMER_FIELDS_MAX - 2, CUSTOMER_FIELD_PATH };

/* Where the unit stands. */
struct booking_context {
    struct span path_customer; /* len 0: no path rule fits */
    uint32_t source;     /* where it was read */
    uint32_t source_set; /* what it counts for: source_sets.h */
    struct place place;  /* of the block's first unit */
    uint32_t unit;       /* how far behind it: apart, so that no load of the place waits for this number */
};

struct booking;
struct roster;
MUST_USE enum status booking_open(struct tally_writer *writer, struct booking **booking, struct fault *fault);
void booking_close(struct booking *booking); /* accepts NULL */
/* From now on the digests of all records go there as well; NULL: nowhere. */
void booking_set_digests(struct booking *booking, struct digest_writer *digests);
/* Days begin at midnight of this zone, seconds east of UTC, from now on; of UTC without. A roster's dates are days of the same. */
void booking_set_zone(struct booking *booking, int32_t offset_s);
/* The roster that will say whose records are: where its intervals begin or end within a day, records before and after are kept
 * apart. NULL, or one of whole days: nothing changes. */
void booking_set_roster(struct booking *booking, const struct roster *roster);

const struct booking_counts *booking_counts(const struct booking *booking);

/* All of them, by source and field; lent until the next unit. False: no memory. */
MUST_USE bool booking_customer_units(struct booking *booking, const struct customer_units **units, size_t *count);

/* Books a unit. levels[0] is its own, levels[1] the one that encloses it, and so on.
 * *was_record says whether it is one. Fails FATAL: no memory. */
MUST_USE enum status booking_unit(struct booking *booking, const struct sighting *const *levels, size_t level_count,
                                  const struct booking_context *context, bool *was_record, struct fault *fault);

#endif
