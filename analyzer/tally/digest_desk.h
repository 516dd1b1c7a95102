/* Where digests are sorted and counted in memory, a partition or a part of it at a time.
 *
 * Shape    blocks of packed digests -> buckets of their first bits -> count, or each digest once, ascending
 * Units    a record is a digest without its partition's byte, DIGEST_BYTES from the top of `high` on, the rest zero
 * Speed    the first step copies, into so many buckets that a few records are in each; what is larger is split in
 *          place, down to the last bit if it must be, so that no set of digests is slow
 * Threads  one desk, one thread at a time
 */
#ifndef DIGEST_DESK_H
#define DIGEST_DESK_H

#include "digests.h"

struct desk {
    size_t records_max;
    struct digest *records;
    size_t record_capacity, record_count;
    struct digest_block {
        const unsigned char *at;
        size_t count;
    } *blocks;
    size_t block_capacity, block_count;
};

MUST_USE enum status desk_open(size_t records_max, struct desk **desk, struct fault *fault);
void desk_close(struct desk *desk); /* accepts NULL */

/* Empties the desk and makes room for so many, up to records_max. Fails    FATAL: no memory. */
MUST_USE enum status desk_fit(struct desk *desk, size_t block_count, size_t record_count, struct fault *fault);

/* Lends the desk packed digests, until they are counted or sorted. */
void desk_add(struct desk *desk, const void *at, size_t count);

size_t desk_count(struct desk *desk); /* how many different ones; leaves the records in no order */
void desk_sort(struct desk *desk);    /* leaves each once, ascending; record_count says how many */

/* After desk_sort: what was sorted, packed, in the place of the records. */
const unsigned char *desk_pack(struct desk *desk);

static inline struct digest digest_unpack(const unsigned char *at)
{
    uint64_t first;
    uint32_t second;
    uint16_t third;
    memcpy(&first, at, sizeof first);
    memcpy(&second, at + 8, sizeof second);
    memcpy(&third, at + 12, sizeof third);
    return (struct digest){.high = first, .low = (uint64_t)second << 32 | (uint64_t)third << 16};
}

static inline void digest_pack(unsigned char *at, struct digest record)
{
    uint32_t second = (uint32_t)(record.low >> 32);
    uint16_t third = (uint16_t)(record.low >> 16);
    memcpy(at, &record.high, sizeof record.high);
    memcpy(at + 8, &second, sizeof second);
    memcpy(at + 12, &third, sizeof third);
}

static inline struct digest digest_without_partition(struct digest digest)
{
    return (struct digest){.high = digest.high << 8 | digest.low >> 56, .low = digest.low << 8};
}

static inline struct digest digest_with_partition(struct digest record, unsigned partition)
{
    uint64_t top = (uint64_t)partition << 56;
    return (struct digest){.high = record.high >> 8 | top, .low = record.low >> 8 | record.high << 56};
}

static inline bool digests_equal(struct digest a, struct digest b)
{
    return ((a.high ^ b.high) | (a.low ^ b.low)) == 0;
}

static inline bool digest_before(struct digest a, struct digest b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

#endif
