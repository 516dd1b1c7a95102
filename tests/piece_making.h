/* Pieces that chance makes, with paths of all bytes, for the tests of the ledger. */
#ifndef PIECE_MAKING_H
#define PIECE_MAKING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/evidence/object.h"
#include "random.h"

enum { PIECE_NAME_LONG = 64 * 1024 };

struct made_piece {
    struct object object;
    char *path;
    char format[OBJECT_FORMAT_SIZE], detail[OBJECT_DETAIL_SIZE];
};

/* The i-th piece of a file: PENDING at first, with a name that ascends where in_order. */
static inline void piece_make(struct made_piece *made, const struct object *file, uint32_t file_index, uint32_t number, bool in_order)
{
    size_t room = strlen(file->path) + PIECE_NAME_LONG + 64;
    memset(made, 0, sizeof *made);
    made->path = malloc(room);
    size_t at = (size_t)sprintf(made->path, "%s!", file->path);
    if (in_order) at += (size_t)sprintf(made->path + at, "%08u", number);
    uint32_t form = random_below(200);
    /* Empty, of 64 KiB, or short; of any bytes that a path can have. */
    size_t name = in_order && form == 0 ? 0 : form == 1 ? PIECE_NAME_LONG : random_below(40);
    for (size_t i = 0; i < name; i++) made->path[at++] = (char)(unsigned char)(form == 1 ? 1 + i % 255 : 1 + random_below(255));
    if (!in_order) at += (size_t)sprintf(made->path + at, "-%u", number); /* no two alike */
    made->path[at] = '\0';
    made->object = (struct object){.path = made->path, .root_descriptor = -1, .is_piece = true, .file = file_index, .piece = number, .source = random_below(3)};
}

/* What became of it. */
static inline void piece_tell(struct made_piece *made)
{
    struct object *object = &made->object;
    object->size_bytes = random_below(4) == 0 ? -1 : (int64_t)random_below(1u << 30);
    object->status = random_below(3) > 0 ? OBJECT_COMPLETE : OBJECT_PARTIAL;
    object->reason = object->status == OBJECT_COMPLETE ? COVERAGE_NONE : (enum coverage_reason)(1 + random_below(COVERAGE_REASON_COUNT - 1));
    bool whole = object->status == OBJECT_COMPLETE && object->size_bytes >= 0 && random_below(2) == 0;
    object->bytes_examined = whole ? (uint64_t)object->size_bytes : random_below(10) == 0 ? UINT64_MAX : random_below(1u << 31);
    object->bytes_unexamined = whole ? 0 : random_below(1u << 31);
    object->units = random_below(2) * random_below(1u << 31);
    object->records = whole ? 0 : random_below(1000);
    object->findings = whole ? 0 : random_below(1000);
    object->hashed = random_below(4) > 0;
    bool like_others = random_below(4) == 0;
    for (size_t b = 0; object->hashed && b < SHA256_BYTES; b++) object->sha256[b] = (uint8_t)(like_others ? b : random_below(256));
    uint32_t texts = random_below(4);
    if (texts == 1) sprintf(made->format, "tar>csv"), sprintf(made->detail, "comma, header, %u columns", random_below(3));
    if (texts == 2) memset(made->format, 'f', sizeof made->format - 1), memset(made->detail, 'd', sizeof made->detail - 1);
    object->format = texts == 0 ? NULL : made->format;
    object->detail = texts == 0 ? NULL : made->detail;
}

static inline void pieces_equal(const struct object *a, const struct object *b)
{
    assert_string_equal(a->path, b->path);
    assert_true(b->is_piece && !b->is_range && !b->elsewhere);
    assert_int_equal(a->file, b->file);
    assert_int_equal(a->piece, b->piece);
    assert_int_equal(a->source, b->source);
    assert_int_equal(a->size_bytes, b->size_bytes);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->reason, b->reason);
    assert_true(a->bytes_examined == b->bytes_examined && a->bytes_unexamined == b->bytes_unexamined);
    assert_true(a->units == b->units && a->records == b->records && a->findings == b->findings);
    assert_int_equal(a->hashed, b->hashed);
    if (a->hashed) assert_memory_equal(a->sha256, b->sha256, SHA256_BYTES);
    assert_string_equal(object_format(a), object_format(b));
    assert_string_equal(object_detail(a), object_detail(b));
}

#endif
