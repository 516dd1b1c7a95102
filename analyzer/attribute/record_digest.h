/* What makes two records one: the digest of a record for the count of distinct ones.
 *
 * Rule     notification.md of the domain, records_distinct: the set of normalised identifiers, event time, position, other
 *          element values. The customer is one of the identifiers. So a copy of a record, in whatever format and order of
 *          fields, is the same record; where it stands does not matter
 * Fixed    the same in every run, on every machine: shards and checkpoints add up
 */
#ifndef RECORD_DIGEST_H
#define RECORD_DIGEST_H

#include "../detect/sighting.h"
#include "../support/hash.h"
#include "../tally/digests.h"

enum { DIGEST_HALVES = 2 };
static const uint64_t digest_seeds[DIGEST_HALVES] = {UINT64_C(0x8a5cd789635d2dff), UINT64_C(0x121fd2155c472f96)};

static inline uint64_t digest_of_identifier(const struct tally_identifier *identifier, uint64_t seed)
{
    uint64_t form = (uint64_t)identifier->kind << 8 | (unsigned)(identifier->state >> FACT_PACKING_SHIFT & 3);
    return mix64(hash_bytes(identifier->packed, identifier->length, seed ^ form));
}

/* An identifier that a unit has twice is in the set once. */
static inline bool digest_is_repeated(const struct tally_unit *unit, size_t i)
{
    const struct tally_identifier *own = &unit->identifiers[i];
    for (size_t k = 0; k < i; k++) {
        const struct tally_identifier *other = &unit->identifiers[k];
        if (other->kind == own->kind && other->length == own->length && memcmp(other->packed, own->packed, own->length) == 0) return true;
    }
    return false;
}

/* positions: sighting.positions of the unit; holder of the unit may be empty. */
static inline struct digest record_digest(const struct tally_unit *unit, const uint64_t positions[DIGEST_HALVES])
{
    enum { SET_SEARCHED_MAX = 64 }; /* more identifiers than that are taken as they come */
    uint64_t halves[DIGEST_HALVES];
    for (int h = 0; h < DIGEST_HALVES; h++) {
        uint64_t set = 0;
        for (size_t i = 0; i < unit->identifier_count; i++)
            if (i == 0 || unit->identifier_count > SET_SEARCHED_MAX || !digest_is_repeated(unit, i))
                set += digest_of_identifier(&unit->identifiers[i], digest_seeds[h]);
        bool has_customer = unit->holder_kind == HOLDER_CUSTOMER && unit->holder.len > 0;
        uint64_t who = has_customer ? hash_bytes(unit->holder.at, unit->holder.len, digest_seeds[h]) : 0;
        uint64_t when = mix64((uint64_t)unit->time_s ^ digest_seeds[h]);
        halves[h] = mix64(mix64(mix64(set ^ digest_seeds[h]) + who) + when + positions[h]);
    }
    return (struct digest){halves[0], halves[1]};
}

#endif
