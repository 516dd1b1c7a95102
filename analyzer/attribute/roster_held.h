/* Identifiers of one hash: which of them say the same.
 *
 * Shape    identifiers by item and hash -> roster_held_sort -> those of one hash: roster_held_keys -> roster_held_fold
 * Threads  any number, each with its own
 */
#ifndef ROSTER_HELD_H
#define ROSTER_HELD_H

#include "roster_items.h"

enum { ROSTER_HELD_FEW = 8 }; /* up to so many are compared each with each */

struct roster_held {
    uint32_t item;
    uint32_t hash; /* its lower bits; after roster_held_keys, where in the item its key begins */
};

/* What they are held against. */
struct roster_holding {
    const struct roster_items *items;
    const struct roster_intervals *intervals;
    uint64_t seed;      /* of hashes */
    uint32_t hash_mask; /* which bits of them there are */
};

/* By hash, those of one hash in the order of the file. */
void roster_held_sort(struct roster_held *held, uint32_t count);

/* Finds the keys of those of one hash, in the order of the file. Who stands several times for an item has as many of its keys. */
void roster_held_keys(const struct roster_holding *holding, struct roster_held *held, uint32_t count);

/* Leaves one of those that say the same (key, customer, times), the first in the file, by key and in the order of the file. Returns how
 * many are left. */
uint32_t roster_held_fold(const struct roster_holding *holding, struct roster_held *held, uint32_t count);

bool roster_held_same_key(const struct roster_holding *holding, const struct roster_held *a, const struct roster_held *b);

#endif
