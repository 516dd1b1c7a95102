/* A piece as few bytes: what it shares with the one before is not said again.
 *
 * Shape    pieces, one after another -> bytes -> the same pieces
 * Needs    the piece before, which both sides keep (struct piece_before); nothing at the beginning
 * Holds    what object.h says of a piece and no other object or list tells: not what is the file's (open_path, root, ...), nor what
 *          only walked objects and ranges have
 * Trusts   nothing: whatever the bytes are, piece_unpack says so or gives a piece within the limits of object.h
 *
 * Format   numbers are LEB128 (bytes.h)
 *     1  PIECE_ bits
 *     .  file                    unless SAME_FILE
 *     .  piece                   unless NEXT_NUMBER: one more than the piece before
 *     .  source                  unless SAME_SOURCE
 *     .  bytes of the path that are those of the path before, bytes that follow; then these
 *     .  size + 1
 *     .  units                   unless NO_UNITS
 *     2  status, reason          unless WHOLE: COMPLETE, all of size examined, no record and no finding
 *     .  bytes examined, unexamined, records, findings    likewise
 *     .  format, detail          unless SAME_TEXTS; length and bytes of each
 *    32  SHA-256                 if HASHED, unless SAME_DIGEST
 */
#ifndef PIECE_PACK_H
#define PIECE_PACK_H

#include "../support/bytes.h"
#include "object.h"

enum {
    PIECE_SAME_FILE = 1, PIECE_NEXT_NUMBER = 2, PIECE_SAME_SOURCE = 4, PIECE_NO_UNITS = 8, PIECE_WHOLE = 16, PIECE_SAME_TEXTS = 32,
    PIECE_HASHED = 64, PIECE_SAME_DIGEST = 128
};

/* The piece before, in its own memory; all zero at the beginning. */
struct piece_before {
    struct bytes path; /* with its NUL; nothing at the beginning */
    uint32_t file, piece, source;
    bool hashed; /* some piece so far was: sha256 is the last one's */
    uint8_t sha256[SHA256_BYTES];
    char format[OBJECT_FORMAT_SIZE], detail[OBJECT_DETAIL_SIZE];
};

void piece_before_reset(struct piece_before *before); /* to the beginning; keeps memory */
void piece_before_free(struct piece_before *before);

/* Appends the piece. False: no memory. */
bool piece_pack(struct piece_before *before, const struct object *piece, struct bytes *to);

/* Takes one; path, format and detail are lent by `before`, until its next use. what is not said is zero.
 * False: no memory, or these are no bytes of piece_pack. */
bool piece_unpack(struct piece_before *before, struct bytes_reader *from, struct object *piece);

#endif
