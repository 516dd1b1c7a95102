/* Which password of a list opens an encrypted member of a zip.
 *
 * Head     most passwords are wrong by the head of the member (zip_cipher.h); of 256 wrong ones the traditional head lets one through
 * Trial    so what a password makes of the first UNLOCK_TRIAL_BYTES is decoded. It is taken as right, best first, where
 *          - these are the whole member, and its CRC, or the code of AES, says so; of a stored member that is longer and lies in a
 *            file, CRC of all of it; where nobody says how long it is, the descriptor behind it
 *          - they decode without damage, with AES also stored bytes that nothing else proves
 *          - AES's proof holds, or it has opened a member of this archive before and what it makes of this one begins as its
 *            format does or, inflated, gives a few dozen bytes: then the member is damaged. Its head alone would say so of
 *            one member in 128 that has a password of its own
 *          - they decode to UNLOCK_LEAST_BYTES or more before damage; the longest wins
 *          - a stored member, not whole in hand, and no other password comes through its head
 *          Among equals the first of the list. What is not taken leaves the member closed
 * Order    the password that opened the member before is tried first: where it is proven no other is looked at. All that is
 *          remembered comes from the archive's own bytes, front to back, so that the same archive gives the same
 * Work     of one file at most UNLOCK_WORK_MAX; beyond, no member is opened any more
 */
#ifndef ZIP_UNLOCK_H
#define ZIP_UNLOCK_H

#include "byte_reader.h"
#include "outcome.h"
#include "passwords.h"
#include "zip_cipher.h"

enum { UNLOCK_TRIAL_BYTES = 64 << 10, UNLOCK_LEAST_BYTES = 1 << 10 };
/* A derivation of keys counts 1000, a head 1, a trial one for each 64 bytes that it makes: about ten minutes of one core. */
#define UNLOCK_WORK_MAX UINT64_C(500000000)

struct frame_codec;
struct unlocker;

/* A member where its packed bytes begin. */
struct locked_member {
    struct zip_lock lock;
    bool is_deflated, is_stored;
    const struct frame_codec *codec; /* of what is neither */
    bool crc_known;
    uint32_t crc;
    uint64_t packed, size;    /* UINT64_MAX: unknown; packed with head and code */
    const uint8_t *bytes;     /* those in hand */
    size_t length;
    const struct byte_reader *below; /* where they stand */
    uint64_t offset;
};

enum unlock_result { UNLOCK_OPEN, UNLOCK_CLOSED, UNLOCK_SPENT /* too much work */, UNLOCK_NO_MEMORY };

struct unlocker *unlocker_open(struct stream_ledger *ledger); /* NULL: no memory */
void unlocker_close(struct unlocker *unlocker);               /* accepts NULL */

/* OPEN: the cipher stands at the first byte behind the head. */
enum unlock_result unlocker_try(struct unlocker *unlocker, const struct locked_member *member);
struct zip_cipher *unlocker_cipher(struct unlocker *unlocker);

#endif
