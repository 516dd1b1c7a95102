/* The key of a holder for records that name no customer: all their confirmed and likely identifiers, and the day.
 *
 * Why      whose such records are shows when all is read, and shows anew with every roster. All records of one holder have
 *          the same identifiers and day, so that a whole holder is booked on whomever these lead to, with every count exact
 * Key      the identifiers in ascending order, each [kind + 1][packing][length][packed]; then, of more than HOLDER_SET_MAX,
 *          what only tells sets apart: HOLDER_SET_REST and 16 bytes of a digest of all; then HOLDER_SET_END, so that no set
 *          begins another; then when that begins of which the records are, the day or, where something that decides changes
 *          within it, the last such moment: the second since 1970, in whichever zone the caller gives times, plus 1, or 0 for
 *          none, four bytes, the highest first. So all days of one set are neighbours in the order of keys
 * Limits   of more than HOLDER_SET_MAX identifiers of one record the first lead to customers
 */
#ifndef HOLDER_SET_H
#define HOLDER_SET_H

#include "tally.h"

#define HOLDER_SET_NO_CHANGE INT64_MIN

enum {
    HOLDER_SET_MAX = 32,
    HOLDER_SET_REST = 0xFF, /* no kind */
    HOLDER_SET_END = 0,
    HOLDER_SET_DIGEST_BYTES = 16,
    HOLDER_SET_DAY_BYTES = 4,
    HOLDER_SET_KEY_BYTES_MAX = HOLDER_SET_MAX * (FACT_HEADER_BYTES + IDENTIFIER_SIZE) + 2 + HOLDER_SET_DIGEST_BYTES + HOLDER_SET_DAY_BYTES
};

/* Writes the key of these identifiers, which are sorted on the way; equal ones count once. At least one. change_s: the last
 * moment up to time_s at which somebody else may have become the holder of one; HOLDER_SET_NO_CHANGE, or before that day: none.
 * Returns its length; 0: no SHA-256 here. */
size_t holder_set_write(const struct tally_identifier **identifiers, size_t count, int64_t time_s, int64_t change_s,
                        char key[HOLDER_SET_KEY_BYTES_MAX]);

/* The part of a key that says which set it is. */
static inline struct span holder_set_of(struct span key)
{
    return (struct span){key.at, key.len - HOLDER_SET_DAY_BYTES};
}

/* Takes the next identifier of a set; false behind the last, or where the set is none. *at begins at the key's begin. */
bool holder_set_next(struct span set, size_t *at, struct tally_identifier *identifier);

/* Whether a and b are one identifier, as exact typed keys: kind, packing and packed bytes. */
static inline int identifier_compare(const struct tally_identifier *a, const struct tally_identifier *b)
{
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    int packing = (a->state >> FACT_PACKING_SHIFT & 3) - (b->state >> FACT_PACKING_SHIFT & 3);
    if (packing != 0) return packing;
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    return __builtin_memcmp(a->packed, b->packed, a->length);
}

#endif
