#include "piece_pack.h"

#include <string.h>

enum { NUMBERS_MAX = 16 }; /* LEB128 and single bytes of one piece */

void piece_before_reset(struct piece_before *before)
{
    before->path.count = 0;
    before->file = before->piece = before->source = 0;
    before->hashed = false;
    before->format[0] = before->detail[0] = '\0';
}

void piece_before_free(struct piece_before *before)
{
    bytes_free(&before->path);
}

static size_t before_length(const struct piece_before *before)
{
    return before->path.count > 0 ? before->path.count - 1 : 0;
}

static size_t shared_length(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t most = a_length < b_length ? a_length : b_length, at = 0;
    while (at < most && a[at] == b[at]) at++;
    return at;
}

/* Makes the path the one before: its first `shared` bytes are there already. */
static bool path_keep(struct piece_before *before, size_t shared, const char *rest, size_t rest_length)
{
    before->path.count = shared;
    if (!bytes_reserve(&before->path, rest_length + 1)) return false;
    bytes_put(&before->path, rest, rest_length);
    bytes_put_byte(&before->path, '\0');
    return true;
}

/* ------------------------------------------------------------------ packing */

static bool is_whole(const struct object *piece)
{
    return piece->status == OBJECT_COMPLETE && piece->reason == COVERAGE_NONE && piece->bytes_unexamined == 0 && piece->size_bytes >= 0 &&
           piece->bytes_examined == (uint64_t)piece->size_bytes && piece->records == 0 && piece->findings == 0;
}

static unsigned flags_of(const struct piece_before *before, const struct object *piece)
{
    bool follows = before->path.count > 0;
    bool same_texts = strcmp(before->format, object_format(piece)) == 0 && strcmp(before->detail, object_detail(piece)) == 0;
    bool same_digest = piece->hashed && before->hashed && memcmp(before->sha256, piece->sha256, SHA256_BYTES) == 0;
    return (follows && before->file == piece->file ? PIECE_SAME_FILE : 0u) |
           (follows && piece->piece == before->piece + 1 ? PIECE_NEXT_NUMBER : 0u) |
           (follows && piece->source == before->source ? PIECE_SAME_SOURCE : 0u) | (piece->units == 0 ? PIECE_NO_UNITS : 0u) |
           (is_whole(piece) ? PIECE_WHOLE : 0u) | (same_texts ? PIECE_SAME_TEXTS : 0u) | (piece->hashed ? PIECE_HASHED : 0u) |
           (same_digest ? PIECE_SAME_DIGEST : 0u);
}

static void put_text(struct bytes *to, char *kept, size_t size, const char *text)
{
    size_t length = strnlen(text, size - 1);
    bytes_put_leb128(to, length);
    bytes_put(to, text, length);
    memcpy(kept, text, length);
    kept[length] = '\0';
}

bool piece_pack(struct piece_before *before, const struct object *piece, struct bytes *to)
{
    size_t length = strlen(piece->path), shared = shared_length(before->path.at, before_length(before), piece->path, length);
    if (!bytes_reserve(to, length - shared + OBJECT_FORMAT_SIZE + OBJECT_DETAIL_SIZE + SHA256_BYTES + NUMBERS_MAX * LEB128_BYTES_MAX)) return false;
    unsigned flags = flags_of(before, piece);
    bytes_put_byte(to, flags);
    if ((flags & PIECE_SAME_FILE) == 0) bytes_put_leb128(to, piece->file);
    if ((flags & PIECE_NEXT_NUMBER) == 0) bytes_put_leb128(to, piece->piece);
    if ((flags & PIECE_SAME_SOURCE) == 0) bytes_put_leb128(to, piece->source);
    bytes_put_leb128(to, shared);
    bytes_put_leb128(to, length - shared);
    bytes_put(to, piece->path + shared, length - shared);
    bytes_put_leb128(to, (uint64_t)piece->size_bytes + 1);
    if ((flags & PIECE_NO_UNITS) == 0) bytes_put_leb128(to, piece->units);
    if ((flags & PIECE_WHOLE) == 0) {
        bytes_put_byte(to, piece->status);
        bytes_put_byte(to, piece->reason);
        bytes_put_leb128(to, piece->bytes_examined);
        bytes_put_leb128(to, piece->bytes_unexamined);
        bytes_put_leb128(to, piece->records);
        bytes_put_leb128(to, piece->findings);
    }
    if ((flags & PIECE_SAME_TEXTS) == 0) {
        put_text(to, before->format, sizeof before->format, object_format(piece));
        put_text(to, before->detail, sizeof before->detail, object_detail(piece));
    }
    if (piece->hashed && (flags & PIECE_SAME_DIGEST) == 0) bytes_put(to, piece->sha256, SHA256_BYTES);
    before->file = piece->file;
    before->piece = piece->piece;
    before->source = piece->source;
    if (piece->hashed) memcpy(before->sha256, piece->sha256, SHA256_BYTES);
    before->hashed |= piece->hashed;
    return path_keep(before, shared, piece->path + shared, length - shared);
}

/* ------------------------------------------------------------------ unpacking */

static bool take_number(struct bytes_reader *from, uint64_t most, uint64_t *number)
{
    *number = bytes_take_leb128(from);
    return !from->bad && *number <= most;
}

static bool take_path(struct piece_before *before, struct bytes_reader *from)
{
    uint64_t shared, rest;
    if (!take_number(from, before_length(before), &shared) || !take_number(from, OBJECT_PATH_MAX + 1 - shared, &rest)) return false;
    const char *at = bytes_take(from, (size_t)rest);
    return at != NULL && shared + rest > 0 && memchr(at, '\0', (size_t)rest) == NULL && path_keep(before, (size_t)shared, at, (size_t)rest);
}

static bool take_text(struct bytes_reader *from, char *kept, size_t size)
{
    uint64_t length;
    if (!take_number(from, size - 1, &length)) return false;
    const char *at = bytes_take(from, (size_t)length);
    if (at == NULL || memchr(at, '\0', (size_t)length) != NULL) return false;
    memcpy(kept, at, (size_t)length);
    kept[length] = '\0';
    return true;
}

static bool take_outcome(struct bytes_reader *from, struct object *piece)
{
    unsigned status = bytes_take_byte(from), reason = bytes_take_byte(from);
    uint64_t *const numbers[] = {&piece->bytes_examined, &piece->bytes_unexamined, &piece->records, &piece->findings};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) *numbers[i] = bytes_take_leb128(from);
    piece->status = (enum object_status)status;
    piece->reason = (enum coverage_reason)reason;
    return !from->bad && status < OBJECT_STATUS_COUNT && status != OBJECT_DUPLICATE && reason < COVERAGE_REASON_COUNT;
}

static bool take_digest(struct piece_before *before, struct bytes_reader *from, bool same)
{
    if (same) return before->hashed;
    const char *at = bytes_take(from, SHA256_BYTES);
    if (at == NULL) return false;
    memcpy(before->sha256, at, SHA256_BYTES);
    before->hashed = true;
    return true;
}

bool piece_unpack(struct piece_before *before, struct bytes_reader *from, struct object *piece)
{
    *piece = (struct object){.is_piece = true, .root_descriptor = -1, .status = OBJECT_COMPLETE};
    unsigned flags = bytes_take_byte(from);
    uint64_t file = before->file, number = (uint64_t)before->piece + 1, source = before->source, size;
    if (before->path.count == 0 && (flags & (PIECE_SAME_FILE | PIECE_NEXT_NUMBER | PIECE_SAME_SOURCE)) != 0) return false;
    if ((flags & PIECE_SAME_FILE) == 0 && !take_number(from, UINT32_MAX, &file)) return false;
    if ((flags & PIECE_NEXT_NUMBER) == 0) number = bytes_take_leb128(from);
    if (number == 0 || number > OBJECT_PIECES_MAX) return false;
    if ((flags & PIECE_SAME_SOURCE) == 0 && !take_number(from, UINT32_MAX, &source)) return false;
    if (!take_path(before, from) || !take_number(from, INT64_MAX, &size)) return false;
    piece->size_bytes = (int64_t)size - 1;
    piece->units = (flags & PIECE_NO_UNITS) == 0 ? bytes_take_leb128(from) : 0;
    if ((flags & PIECE_WHOLE) == 0 && !take_outcome(from, piece)) return false;
    if ((flags & PIECE_WHOLE) != 0 && piece->size_bytes < 0) return false;
    if ((flags & PIECE_WHOLE) != 0) piece->bytes_examined = (uint64_t)piece->size_bytes;
    if ((flags & PIECE_SAME_TEXTS) == 0 &&
        (!take_text(from, before->format, sizeof before->format) || !take_text(from, before->detail, sizeof before->detail)))
        return false;
    piece->hashed = (flags & PIECE_HASHED) != 0;
    if (!piece->hashed && (flags & PIECE_SAME_DIGEST) != 0) return false;
    if (piece->hashed && !take_digest(before, from, (flags & PIECE_SAME_DIGEST) != 0)) return false;
    if (from->bad) return false;
    piece->file = before->file = (uint32_t)file;
    piece->piece = before->piece = (uint32_t)number;
    piece->source = before->source = (uint32_t)source;
    if (piece->hashed) memcpy(piece->sha256, before->sha256, SHA256_BYTES);
    piece->path = before->path.at;
    piece->format = before->format;
    piece->detail = before->detail;
    return true;
}
