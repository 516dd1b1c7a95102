#include "zip_unlock.h"

#include <stdlib.h>
#include <string.h>

#include "frame_codec.h"
#include "inflate.h"

enum {
    ROOM_BYTES = 64 << 10,
    OUTPUT_BYTES_MAX = 1 << 20, /* of a trial: so many without damage are enough */
    BACK_BYTES = 64,            /* a decoder may give some back */
    PROVEN_BYTES_LEAST = 4,     /* that few bytes have any CRC under one of a few thousand passwords */
    BEFORE_BYTES_LEAST = 64,    /* of noise inflated, 1 in 120 comes so far; through the head come 1 in 128 */
    DERIVATION_WORK = 1000, BYTES_OF_WORK = 64
};

/* How good a password is; below SCORE_BEFORE: bytes decoded before damage. */
#define SCORE_NONE 0
#define SCORE_ALONE 1 /* if there is no other */
#define SCORE_BEFORE (UINT64_MAX - 3)
#define SCORE_CLEAN (UINT64_MAX - 2)
#define SCORE_WHOLE (UINT64_MAX - 1) /* decodes to its end, only CRC says otherwise */
#define SCORE_PROVEN UINT64_MAX

struct unlocker {
    struct stream_ledger *ledger;
    const struct passwords *passwords;
    struct zip_cipher *cipher;
    struct inflation *inflation;
    bool *has_opened; /* for each password: a member of this archive, proven */
    size_t last;      /* of those, the latest; SIZE_MAX: none */
    bool no_memory;
    uint8_t *plain, *room;
};

void unlocker_close(struct unlocker *unlocker)
{
    if (unlocker == NULL) return;
    zip_cipher_close(unlocker->cipher);
    inflation_close(unlocker->inflation);
    free(unlocker->has_opened);
    free(unlocker->plain);
    free(unlocker->room);
    free(unlocker);
}

struct unlocker *unlocker_open(struct stream_ledger *ledger)
{
    struct unlocker *unlocker = calloc(1, sizeof *unlocker);
    if (unlocker == NULL) return NULL;
    unlocker->ledger = ledger;
    unlocker->passwords = ledger->options->passwords;
    unlocker->last = SIZE_MAX;
    unlocker->cipher = zip_cipher_open();
    unlocker->inflation = inflation_open(ledger->options->inflater);
    unlocker->has_opened = calloc(unlocker->passwords->count, sizeof *unlocker->has_opened);
    unlocker->plain = malloc(BACK_BYTES + UNLOCK_TRIAL_BYTES);
    unlocker->room = malloc(ROOM_BYTES);
    if (unlocker->cipher != NULL && unlocker->inflation != NULL && unlocker->has_opened != NULL && unlocker->plain != NULL && unlocker->room != NULL)
        return unlocker;
    unlocker_close(unlocker);
    return NULL;
}

struct zip_cipher *unlocker_cipher(struct unlocker *unlocker)
{
    return unlocker->cipher;
}

static void work_add(struct unlocker *unlocker, uint64_t work)
{
    unlocker->ledger->limits->unlock_work += work;
}

/* What a trial came to. */
struct decoded {
    uint64_t count;
    uint32_t crc;
    bool has_ended, is_damaged;
    bool begins; /* as its format does */
    size_t input_left;
};

static struct decoded inflate_some(struct unlocker *unlocker, size_t length)
{
    struct decoded decoded = {0};
    const uint8_t *input = unlocker->plain + BACK_BYTES, *end = input + length;
    inflation_reset(unlocker->inflation);
    while (!decoded.has_ended && !decoded.is_damaged && decoded.count < OUTPUT_BYTES_MAX) {
        size_t count = 0;
        enum inflate_result result = inflation_run(unlocker->inflation, &input, (size_t)(end - input), unlocker->room, ROOM_BYTES, &count);
        decoded.crc = inflate_crc32(decoded.crc, unlocker->room, count);
        decoded.count += count;
        decoded.has_ended = result == INFLATE_END;
        decoded.is_damaged = result == INFLATE_DAMAGED;
        if (result == INFLATE_MORE && count < ROOM_BYTES) break;
    }
    decoded.input_left = (size_t)(end - input);
    return decoded;
}

static struct decoded frame_some(struct unlocker *unlocker, const struct frame_codec *codec, size_t length)
{
    struct decoded decoded = {0};
    const uint8_t *input = unlocker->plain + BACK_BYTES, *end = input + length;
    void *state = codec->open();
    decoded.begins = length >= codec->magic_bytes && codec->begins(input, length);
    if (state == NULL || !codec->reset(state)) unlocker->no_memory = true;
    while (!unlocker->no_memory && !decoded.has_ended && !decoded.is_damaged && decoded.count < OUTPUT_BYTES_MAX) {
        const uint8_t *before = input;
        size_t count = 0;
        enum frame_result result = codec->run(state, &input, (size_t)(end - input), unlocker->room, ROOM_BYTES, &count);
        decoded.crc = inflate_crc32(decoded.crc, unlocker->room, count);
        decoded.count += count;
        decoded.has_ended = result == FRAME_END;
        decoded.is_damaged = result == FRAME_DAMAGED || result == FRAME_BAD_CHECKSUM || result == FRAME_WINDOW;
        unlocker->no_memory |= result == FRAME_NO_MEMORY;
        if (result == FRAME_MORE && count == 0 && (input == before || input == end)) break;
    }
    if (state != NULL) codec->close(state);
    decoded.input_left = (size_t)(end - input);
    return decoded;
}

static struct decoded decode_some(struct unlocker *unlocker, const struct locked_member *member, size_t length)
{
    if (member->is_deflated) return inflate_some(unlocker, length);
    if (!member->is_stored) return frame_some(unlocker, member->codec, length);
    return (struct decoded){.count = length, .crc = inflate_crc32(0, unlocker->plain + BACK_BYTES, length), .has_ended = true};
}

/* CRC of a stored member that is longer than a trial, read where it lies; false: it cannot be. */
static bool crc_of_all(struct unlocker *unlocker, const struct locked_member *member, uint32_t *crc)
{
    uint64_t at = member->offset + zip_cipher_head_bytes(&member->lock), end = member->offset + member->packed;
    *crc = 0;
    if (member->below->read_at == NULL || !zip_cipher_rewind(unlocker->cipher)) return false;
    while (at < end && unlocker->ledger->limits->unlock_work < UNLOCK_WORK_MAX && !stop_is_wanted(&unlocker->ledger->options->stop)) {
        size_t count = end - at < ROOM_BYTES ? (size_t)(end - at) : ROOM_BYTES;
        if (!member->below->read_at(member->below->context, at, (char *)unlocker->room, count)) return false;
        if (!zip_cipher_decrypt(unlocker->cipher, unlocker->room, unlocker->room, count)) return false;
        *crc = inflate_crc32(*crc, unlocker->room, count);
        work_add(unlocker, count / BYTES_OF_WORK);
        at += count;
    }
    return at == end;
}

/* A stored member under the traditional encryption, which nothing but its CRC proves. */
static uint64_t stored_score(struct unlocker *unlocker, const struct locked_member *member, const struct decoded *decoded, bool whole, bool before)
{
    uint32_t crc = decoded->crc;
    bool known = member->crc_known && (whole || crc_of_all(unlocker, member, &crc));
    if (known && crc == member->crc) return SCORE_PROVEN;
    return before ? SCORE_BEFORE : known ? SCORE_NONE : SCORE_ALONE;
}

static uint64_t damaged_score(const struct decoded *decoded, bool proves, bool before)
{
    bool likely = before && (decoded->begins || decoded->count >= BEFORE_BYTES_LEAST);
    return proves || likely ? SCORE_BEFORE : decoded->count >= UNLOCK_LEAST_BYTES ? decoded->count : SCORE_NONE;
}

/* Where nobody says how long it is, and it ended within the trial: a descriptor must stand behind it, which has its CRC. */
static uint64_t open_score(const struct locked_member *member, const struct decoded *decoded, bool before)
{
    static const uint8_t sign[] = {'P', 'K', 7, 8};
    const uint8_t *at = member->bytes + (member->length - decoded->input_left);
    size_t left = decoded->input_left;
    if (member->lock.strength > 0) return SCORE_CLEAN;
    for (size_t skip = 0; skip <= sizeof sign && left >= skip + 4; skip += sizeof sign) {
        const uint8_t *crc = at + skip;
        bool same = ((uint32_t)crc[0] | (uint32_t)crc[1] << 8 | (uint32_t)crc[2] << 16 | (uint32_t)crc[3] << 24) == decoded->crc;
        if (same && (skip == 0 || memcmp(at, sign, sizeof sign) == 0)) return SCORE_PROVEN;
    }
    return damaged_score(decoded, false, before);
}

/* How good the password is that the cipher has taken up. */
static uint64_t score(struct unlocker *unlocker, const struct locked_member *member, bool before)
{
    size_t head = zip_cipher_head_bytes(&member->lock), code = zip_cipher_code_bytes(&member->lock), length = member->length - head;
    bool known = member->packed != UINT64_MAX, whole = known && member->packed == member->length;
    if (whole) length -= code;
    else if (known && length + code > member->packed - head) length = (size_t)(member->packed - head - code);
    const uint8_t *bytes = member->bytes + head;
    if (whole && code > 0) {
        if (!zip_cipher_hash(unlocker->cipher, bytes, length)) return SCORE_NONE;
        return zip_cipher_holds(unlocker->cipher, bytes + length) ? SCORE_PROVEN : SCORE_BEFORE;
    }
    if (code > 0 && member->is_stored) return SCORE_CLEAN;
    if (!zip_cipher_decrypt(unlocker->cipher, bytes, unlocker->plain + BACK_BYTES, length)) return SCORE_NONE;
    struct decoded decoded = decode_some(unlocker, member, length);
    work_add(unlocker, (length + decoded.count) / BYTES_OF_WORK);
    if (member->is_stored) return stored_score(unlocker, member, &decoded, whole, before);
    if (!known && decoded.has_ended) return open_score(member, &decoded, before);
    bool ends_well = decoded.has_ended && whole && decoded.input_left == 0 && (member->size == UINT64_MAX || member->size == decoded.count);
    if (ends_well && member->crc_known && decoded.crc == member->crc) return SCORE_PROVEN;
    if (ends_well) return SCORE_WHOLE;
    if (!decoded.has_ended && !decoded.is_damaged && !whole) return SCORE_CLEAN;
    return damaged_score(&decoded, code > 0, before);
}

static uint64_t score_of(struct unlocker *unlocker, const struct locked_member *member, size_t index)
{
    const struct password *password = &unlocker->passwords->list[index];
    work_add(unlocker, member->lock.strength > 0 ? DERIVATION_WORK : 1);
    if (!zip_cipher_begin(unlocker->cipher, &member->lock, member->bytes, password->at, password->length)) return SCORE_NONE;
    return score(unlocker, member, unlocker->has_opened[index]);
}

struct best {
    uint64_t score;
    size_t index;
    bool several; /* came through the head, of SCORE_ALONE */
};

static bool best_find(struct unlocker *unlocker, const struct locked_member *member, struct best *best)
{
    const struct stream_ledger *ledger = unlocker->ledger;
    *best = (struct best){.score = SCORE_NONE, .index = SIZE_MAX};
    if (unlocker->last != SIZE_MAX) best->score = score_of(unlocker, member, best->index = unlocker->last);
    if (best->score >= SCORE_CLEAN || (best->score == SCORE_BEFORE && ledger->limits->unlock_work >= UNLOCK_WORK_MAX)) return true;
    *best = (struct best){.score = SCORE_NONE, .index = SIZE_MAX};
    for (size_t i = 0; i < unlocker->passwords->count && best->score != SCORE_PROVEN; i++) {
        if (ledger->limits->unlock_work >= UNLOCK_WORK_MAX) return false;
        if (stop_is_wanted(&ledger->options->stop) || unlocker->no_memory || zip_cipher_failed(unlocker->cipher)) break;
        uint64_t now = score_of(unlocker, member, i);
        if (now == SCORE_ALONE && best->score == SCORE_ALONE) best->several = true;
        if (now > best->score) *best = (struct best){now, i, false};
    }
    if (best->several) best->score = SCORE_NONE;
    return true;
}

enum unlock_result unlocker_try(struct unlocker *unlocker, const struct locked_member *member)
{
    struct best best;
    size_t least = zip_cipher_head_bytes(&member->lock);
    if (member->packed != UINT64_MAX) least += zip_cipher_code_bytes(&member->lock);
    if (member->length < least || member->packed < least) return UNLOCK_CLOSED;
    bool enough = best_find(unlocker, member, &best);
    if (unlocker->no_memory || zip_cipher_failed(unlocker->cipher)) return UNLOCK_NO_MEMORY;
    if (!enough) return UNLOCK_SPENT;
    if (best.score == SCORE_NONE) return UNLOCK_CLOSED;
    bool proves = best.score == SCORE_PROVEN && (member->lock.strength > 0 || member->size >= PROVEN_BYTES_LEAST);
    if (proves) unlocker->has_opened[unlocker->last = best.index] = true;
    const struct password *password = &unlocker->passwords->list[best.index];
    bool begun = zip_cipher_begin(unlocker->cipher, &member->lock, member->bytes, password->at, password->length) && zip_cipher_rewind(unlocker->cipher);
    return begun ? UNLOCK_OPEN : UNLOCK_NO_MEMORY;
}
