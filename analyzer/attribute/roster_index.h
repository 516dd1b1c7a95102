/* The identifiers of a roster: in which items each of them is.
 *
 * Shape    roster_index_add ..., in the order of the file -> roster_index_finish, on all threads -> looked up
 * Layout   ROSTER_SHARES shares by hash, of 32 bits. As identifiers come, each share fills chunks of its own with
 *              the lower 24 bits of the hash (3) | how far behind the last item of the share its item is (2; from 65,535 on that, and (4))
 *          roster_index_finish sorts a share by bucket, those of a bucket as they came, each identifier once, and so makes of it
 *              lines of cache: the number of the first entry (4) | how many entries each of 60 buckets has (1 each)
 *              entries (4 each), those of a line behind one another, in the chunks of shares that are sorted already:
 *                  list (1 bit) | tag, as many bits as are left of lower bits of the hash | number of the item
 *              lists: of items, in the order of the file, for an identifier that is in several; their number stands in the entry
 *          so that memory is touched once. Who looks an identifier up touches its line, its entry and its item. Numbers of entries
 *          and lists are counted in steps of ROSTER_INDEX_STEP bytes
 * Memory   about five bytes for an identifier
 * Limits   ROSTER_INDEX_STEP * 2^31 bytes, a third of them as identifiers come: about a billion
 * Threads  roster_index_add by one; const after roster_index_finish
 */
#ifndef ROSTER_INDEX_H
#define ROSTER_INDEX_H

#include "roster_items.h"

enum { ROSTER_BUCKETS_A_LINE = 60, ROSTER_INDEX_STEP = 8 };

struct roster_buckets {
    uint32_t entries; /* number of the first one */
    uint8_t counts[ROSTER_BUCKETS_A_LINE];
};
_Static_assert(sizeof(struct roster_buckets) == 64, "a line of cache");

struct roster_share {
    size_t at, end;       /* where the next identifier goes, and the end of its chunk */
    uint32_t first, last; /* its chunks, linked; 0: none */
    uint32_t item;        /* that came last */
    uint32_t count;       /* of identifiers as they came; finished, of different ones by customer and interval */
    uint32_t bucket_count;
    struct roster_buckets *lines;
};

struct roster_index {
    uint64_t seed; /* of all hashes */
    struct pages memory;
    size_t chunk_bytes;
    unsigned item_bits; /* of an entry */
    struct roster_buckets *lines; /* of all shares */
    size_t line_bytes;
    struct roster_share shares[ROSTER_SHARES];
};

/* file_bytes: how large the file is, 0 where that is not known. Fails    FATAL: no memory. */
MUST_USE enum status roster_index_open(struct roster_index *index, uint64_t seed, uint64_t file_bytes, struct fault *fault);
void roster_index_free(struct roster_index *index);

/* Adds identifiers of an item by their hashes, four bytes each; items come in the order of their numbers. Fails    FATAL: no memory. */
MUST_USE enum status roster_index_add(struct roster_index *index, const char *hashes, unsigned count, uint32_t item, struct fault *fault);

/* Makes identifiers findable; what is in an item twice, or in two of one customer at the same times, is there once. Marks items
 * whose identifiers are in others too. Fails    FATAL: no memory. */
MUST_USE enum status roster_index_finish(struct roster_index *index, struct roster_items *items, const struct roster_intervals *intervals,
                                         int thread_count, struct fault *fault);

/* The items of an identifier (struct roster_found): `at` are the entries of its bucket, `left` of them; resolved, numbers of items,
 * with other bits above them where it is but one. What the next step touches is fetched, so that others may begin before it. */
void roster_index_begin(const struct roster_index *index, uint32_t hash, struct roster_found *found);
void roster_index_entries(const struct roster_index *index, struct roster_found *found);
void roster_index_fetch(const struct roster_index *index, const struct roster_items *items, const struct roster_found *found);
void roster_index_resolve(const struct roster_index *index, const struct roster_items *items, const char *key, struct roster_found *found);

/* The next item that has the key, and takes it from what is left; 0: none. Resolved before. */
static inline uint32_t roster_index_next(const struct roster_index *index, const struct roster_items *items, const char *key, struct roster_found *found)
{
    while (found->left > 0) {
        uint32_t item = *found->at++ & (uint32_t)((UINT64_C(1) << index->item_bits) - 1);
        found->left--;
        if (roster_item_find(items, item, key) != NULL) return item;
    }
    return 0;
}

#endif
