/* A holder as one entry of a run: what is counted of it, in bytes that merge.
 *
 * Shape    holder in memory -> entry (key, value) -> run -> merged entries -> holder in memory
 * Key      a byte: 0 for customers, 1 + kind for identifiers, the highest for sets of identifiers; then the customer ID,
 *          canonical form or key of the set. So runs lie in the order of impact.csv, customers first
 * Value    numbers are LEB128, others little-endian
 *
 *     flags        byte: 1 a fix had a time, 2 times, 4 possible records, 8 place, 16 points,
 *                  32 more than DISTINCT_EXACT_MAX points were seen: cells, days, nights and hours follow;
 *                  64, 128 more than so many cells, days
 *     records      number;  basis  byte
 *     possible     if 4: records_possible number, basis byte
 *     times        if 2: first seconds since 1970, how much later the last is
 *     place        if 8: file, piece, unit (from 1)
 *     sources      count, then each as distance from the one before (the first from 0); without a record, those where
 *                  the customer is only named
 *     fixes        number
 *     points       if 16: count byte, then u64 each: as in positions.h, but with cell << 21 | hour unmixed; in the order of their mix
 *     cells, days  if 32: count byte, then u32 each, in the order of their mix64
 *     nights, hours  if 32: count byte, with 128 if there were more, then u64 each as in positions.h, ascending
 *     facts        count, then [kind][state][length][packed] each and, if FACT_PLACED is set in state, its
 *                  first place as above; without, the first place is the holder's; if FACT_COUNTED, in how many
 *                  records it is, number, then first second since 1970 plus 1, or 0 for none, and if there is one how
 *                  much later the last is; without, it is in all records of the holder, and at its times
 *
 * Merging  is associative and commutative: sums, extremes, unions; of the facts' grades the best. What is only possible
 *          (BASIS_TENTATIVE) beside records that are booked counts as possible records and adds nothing else; the whole of
 *          a key is merged at once where such are among it
 * Threads  one struct entry_merger a thread; all else is const
 */
#ifndef HOLDER_ENTRY_H
#define HOLDER_ENTRY_H

#include "../support/bytes.h"
#include "table.h"

enum { ENTRY_FORMAT = 2 }; /* of values: another number for another form of them, so that cases of other builds are refused */

/* A place whose unit is numbered through its object. */
struct entry_place {
    uint32_t file, piece;
    uint64_t unit;
};

/* From a place with a block to one without. Handed in. */
struct place_numbers {
    uint64_t (*unit)(const void *context, const struct place *place);
    const void *context;
};

/* Appends key or value of a holder. Fails    false: no memory. */
bool entry_key_write(const struct tally *tally, const struct holder *holder, struct bytes *key);
bool entry_value_write(const struct tally *tally, const struct holder *holder, const struct place_numbers *numbers,
                       struct bytes *value);

struct entry_merger;
/* zone_s: in which vehicle days begin, seconds east of UTC. */
MUST_USE enum status entry_merger_open(uint32_t source_count, int32_t zone_s, struct entry_merger **merger, struct fault *fault);
/* By which of two places is the first one; lent. Without, by numbers. */
void entry_merger_set_order(struct entry_merger *merger, const struct place_order *order);
void entry_merger_close(struct entry_merger *merger); /* accepts NULL */

/* One value out of all that stand under one key; lent until the next call, or one of the given.
 * Fails    DAMAGED: a value is none. FATAL: no memory. */
MUST_USE enum status entry_merge(struct entry_merger *merger, const struct span *values, size_t count, struct span *merged,
                                 struct fault *fault);

/* From the numbers that files and sources have in one case to those they have in another. */
struct entry_map {
    const uint32_t *files, *sources;
    uint32_t file_count, source_count;
};

/* The value with its files and sources numbered anew; lent until the next call.
 * Fails    DAMAGED: the value is none, or has what the map does not. FATAL: no memory. */
MUST_USE enum status entry_translate(struct entry_merger *merger, struct span value, const struct entry_map *map, struct span *translated,
                                     struct fault *fault);

/* The value of records that belong to nobody, as what a customer has by them: basis is BASIS_ROSTER or BASIS_LINK, with
 * BASIS_SURE for T1. tentative: they are possible records, and their
 * positions are no fixes booked on anybody. Lent until the next call. Fails as entry_translate does. */
MUST_USE enum status entry_rebook(struct entry_merger *merger, struct span value, uint8_t basis, bool tentative, struct span *booked,
                                  struct fault *fault);

/* One identifier that records with another customer have, as what its possible customer has by them: so many records. */
struct entry_tie; /* below */
MUST_USE enum status entry_tie_write(struct entry_merger *merger, const struct entry_tie *tie, struct span *booked, struct fault *fault);

/* A value that says nothing but the basis. */
MUST_USE enum status entry_mark(struct entry_merger *merger, uint8_t basis, struct span *mark, struct fault *fault);

/* Puts an entry into a tally as a holder of the partition. Its place has the unit's number in block (upper half) and
 * unit (lower half). Places of facts are not loaded. Nothing may be added to such a tally by writers.
 * Fails    DAMAGED: the entry is none. FATAL: no memory. */
MUST_USE enum status entry_load(struct tally *tally, struct partition *partition, struct span key, struct span value,
                                struct fault *fault);

/* The identifiers of a value, one after another: what merging adds up of places, and entry_load leaves out. Lends from
 * the value. */
struct entry_fact {
    struct fact fact; /* its state has grade, sample and packing alone */
    struct entry_place place; /* where it was first read */
    uint64_t records;  /* how many it is in */
    int64_t time_first, time_last; /* TIME_NONE for none */
};
struct entry_facts {
    struct bytes_reader from;
    uint64_t left;
    bool placed; /* false: the holder is only named, and has no fact */
    struct entry_place first; /* of the holder, where placed */
    uint64_t records, records_possible; /* of the holder */
    int64_t time_first, time_last;
    uint8_t basis, basis_possible;
};

/* What an identifier ties a customer to who is not the one its records name. */
struct entry_tie {
    const struct entry_fact *fact;
    uint8_t basis;
    uint32_t source; /* of its place */
};

/* Fails    DAMAGED: the value is none. */
MUST_USE enum status entry_facts_open(struct span value, struct entry_facts *facts, struct fault *fault);
/* END behind the last. Fails    DAMAGED. */
MUST_USE enum status entry_facts_next(struct entry_facts *facts, struct entry_fact *fact, struct fault *fault);

/* A fact of a holder in memory, as entry_facts_next gives those of a value. */
struct entry_fact entry_fact_of(const struct tally *tally, const struct holder *holder, const char *at, const struct place_numbers *numbers);

static inline uint64_t loaded_unit(const struct place *place)
{
    return (uint64_t)place->block << 32 | place->unit;
}

#endif
