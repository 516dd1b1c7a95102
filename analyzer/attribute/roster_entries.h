/* The identifiers of a roster, each with whose it is and when.
 *
 * Shape    roster_entries_add ..., in the order of the file -> roster_entries_finish, on all threads -> looked up
 * Layout   ROSTER_SHARES shares by hash. An entry is
 *              customer (31 bits) and whether it is the last of its bucket | interval (4) | key (roster_line.h), to whole units
 *          Entries lie in chunks of one range of addresses, on large pages; a place in it is counted in units of as many bytes as
 *          the size of the file needs, one for most, and place 0 means "none". As they come each share fills chunks of its own. roster_entries_finish sorts a share by
 *          bucket, those of a bucket as they came and behind one another, into the chunks of shares that are sorted already, so
 *          that memory is touched once. Who looks an identifier up touches its bucket and its entries, each one line of cache
 * Memory   ten bytes and the packed value, and a bucket of four bytes for two of them
 * Limits   four times the size of the file, at least 4 GiB; 16 GiB where that is not known
 * Threads  roster_entries_add by one; const after roster_entries_finish
 */
#ifndef ROSTER_ENTRIES_H
#define ROSTER_ENTRIES_H

#include "../tally/region.h"
#include "roster_intervals.h"
#include "roster_line.h"

enum { ROSTER_ENTRY_HEAD = 8 };

struct roster_share {
    size_t at, end;       /* where the next entry goes, and the end of its chunk */
    uint32_t first, last; /* its chunks, linked; 0: none */
    uint32_t count;
    uint32_t bucket_count;
    uint32_t *buckets; /* places of the first entries */
};

struct roster_entries {
    uint64_t seed; /* of all hashes */
    struct pages memory;
    size_t chunk_bytes;
    unsigned unit_bits; /* of the bytes of a unit */
    uint32_t *buckets; /* of all shares */
    size_t bucket_bytes;
    struct roster_share shares[ROSTER_SHARES];
    bool kinds[UINT8_MAX + 1]; /* of which there are any */
};

/* What stands in front of a key. */
struct roster_entry {
    uint32_t customer, interval;
    bool last; /* of its bucket */
};

/* file_bytes: how large the file is, as far as that is known; what it may become has room at once. Fails    FATAL: no memory. */
MUST_USE enum status roster_entries_open(struct roster_entries *entries, uint64_t seed, uint64_t file_bytes, struct fault *fault);
void roster_entries_free(struct roster_entries *entries);

/* Adds identifiers as they stand in a row; ROSTER_ROW_SLACK bytes behind them may be read. Fails    FATAL: no memory. */
MUST_USE enum status roster_entries_add(struct roster_entries *entries, const char *identifiers, unsigned count, uint32_t customer, uint32_t interval,
                                        struct fault *fault);

/* Makes identifiers findable, equal entries one. Fails    FATAL: no memory. */
MUST_USE enum status roster_entries_finish(struct roster_entries *entries, const struct roster_intervals *intervals, int thread_count,
                                           struct fault *fault);

/* The bits of a hash below those that chose the share. */
static inline uint32_t roster_hash_below(uint64_t hash)
{
    return (uint32_t)(hash << ROSTER_SHARE_BITS >> 32);
}

static inline uint32_t roster_bucket(const struct roster_share *share, uint32_t hash_below)
{
    return (uint32_t)((uint64_t)hash_below * share->bucket_count >> 32);
}

static inline const char *roster_entry_at(const struct roster_entries *entries, uint32_t place)
{
    return entries->memory.at + ((size_t)place << entries->unit_bits);
}

/* Rounded up to whole units. */
static inline size_t roster_entry_bytes(const struct roster_entries *entries, const char *entry)
{
    size_t unit = (size_t)1 << entries->unit_bits;
    return (ROSTER_ENTRY_HEAD + roster_key_length(entry + ROSTER_ENTRY_HEAD) + unit - 1) & ~(unit - 1);
}

static inline struct roster_entry roster_entry_read(const char *entry)
{
    uint32_t head[2];
    memcpy(head, entry, sizeof head);
    return (struct roster_entry){head[0] & UINT32_MAX >> 1, head[1], head[0] >> 31 != 0};
}

#endif
