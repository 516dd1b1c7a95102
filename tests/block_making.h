/* A block as the readers of records get it: with padding, and the shapes of its bytes. Bytes of its own, so that a sanitizer sees what
 * is read behind the padding. */
#ifndef BLOCK_MAKING_H
#define BLOCK_MAKING_H

#include <stdlib.h>
#include <string.h>

#include "../analyzer/record/shape.h"

struct block {
    char *bytes;
    struct shape_word *words;
    size_t length;
};

static inline struct block block_make(const char *bytes, size_t length, enum shape_kind kind, char delimiter)
{
    struct block block = {calloc(length + SHAPE_PADDING, 1), calloc(shape_word_count(length) + (kind == SHAPE_JSON), sizeof *block.words), length};
    memcpy(block.bytes, bytes, length);
    shape_portable(block.bytes, length, kind, delimiter, block.words);
    return block;
}

static inline void block_free(struct block *block)
{
    free(block->bytes);
    free(block->words);
}

#endif
