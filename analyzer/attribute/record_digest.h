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

/* What each half of a digest adds to what it is made of: a word for the first eight bytes, one for the next. */
static const uint64_t digest_secrets[DIGEST_HALVES][2] = {
    {UINT64_C(0x8a5cd789635d2dff), UINT64_C(0xc5c1d1f1f0a3b6e7)},
    {UINT64_C(0x121fd2155c472f96), UINT64_C(0x6d2f9a1b4ce3875d)},
};
enum { DIGEST_OF_CUSTOMER = 0xFFFF, DIGEST_OF_TIME = 0xFFFE, DIGEST_FORM_BITS = 16 }; /* forms that no kind has */

/* Bytes as two words, and what tells them from others of equal words. */
struct digest_words {
    uint64_t first, last, form;
};

/* Up to 16 bytes are the words themselves; of longer ones the words are their hashes, which form says. */
static inline struct digest_words digest_words_of(const char *bytes, size_t length, unsigned form)
{
    struct digest_words words = {0, 0, (uint64_t)length << DIGEST_FORM_BITS | form};
    if (length > 16) {
        words.first = hash_bytes(bytes, length, digest_secrets[0][0]);
        words.last = hash_bytes(bytes, length, digest_secrets[1][0]);
    } else if (length >= 8) {
        words.first = hash_read(bytes, 8);
        words.last = hash_read(bytes + length - 8, 8);
    } else if (length >= 4) {
        words.first = hash_read(bytes, 4);
        words.last = hash_read(bytes + length - 4, 4);
    } else if (length > 0) {
        words.first = (uint64_t)(unsigned char)bytes[0] << 16 | (uint64_t)(unsigned char)bytes[length / 2] << 8 |
                      (unsigned char)bytes[length - 1];
    }
    return words;
}

/* One half of what the words add to the digest: sums of these do not depend on order. */
static inline uint64_t digest_half(struct digest_words words, int half)
{
    uint64_t form = words.form * UINT64_C(0x9e3779b97f4a7c15);
    return hash_fold(words.first ^ digest_secrets[half][0] ^ form, words.last ^ digest_secrets[half][1]);
}

/* An identifier that a unit has twice is in the set once. kinds: a bit for each of those before, of which most come once. */
static inline bool digest_is_repeated(const struct tally_unit *unit, size_t i, uint64_t kinds)
{
    const struct tally_identifier *own = &unit->identifiers[i];
    if ((kinds >> own->kind % 64 & 1) == 0) return false;
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
    struct digest_words when = {(uint64_t)unit->time_s, 0, DIGEST_OF_TIME};
    uint64_t high = positions[0] + digest_half(when, 0), low = positions[1] + digest_half(when, 1);
    if (unit->holder_kind == HOLDER_CUSTOMER && unit->holder.len > 0) {
        struct digest_words who = digest_words_of(unit->holder.at, unit->holder.len, DIGEST_OF_CUSTOMER);
        high += digest_half(who, 0);
        low += digest_half(who, 1);
    }
    uint64_t kinds = 0;
    for (size_t i = 0; i < unit->identifier_count; i++) {
        const struct tally_identifier *own = &unit->identifiers[i];
        if (unit->identifier_count <= SET_SEARCHED_MAX && digest_is_repeated(unit, i, kinds)) continue;
        kinds |= UINT64_C(1) << own->kind % 64;
        unsigned form = (unsigned)own->kind << 2 | (own->state >> FACT_PACKING_SHIFT & 3);
        struct digest_words words = digest_words_of(own->packed, own->length, form);
        high += digest_half(words, 0);
        low += digest_half(words, 1);
    }
    return (struct digest){mix64(high), mix64(low)};
}

#endif
