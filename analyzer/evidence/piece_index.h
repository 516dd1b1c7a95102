/* Which number in the ledger a file's piece has.
 *
 * Memory   12 bytes for pieces that came up one behind the other, however many; a few more a file
 * Threads  one at a time; between changes, any number
 */
#ifndef PIECE_INDEX_H
#define PIECE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIECE_INDEX_NONE SIZE_MAX

struct piece_file;
struct piece_index {
    struct piece_file *files; /* by hash of the file; capacity is a power of two */
    size_t count, capacity;
};

void piece_index_free(struct piece_index *index);

/* follows: its path does not stand before those of the file's pieces so far. It must not be there. False: no memory. */
bool piece_index_add(struct piece_index *index, uint32_t file, uint32_t piece, size_t number, bool follows);

size_t piece_index_find(const struct piece_index *index, uint32_t file, uint32_t piece);

/* The number of the piece that was added last; PIECE_INDEX_NONE: the file has none. */
size_t piece_index_last(const struct piece_index *index, uint32_t file);

/* Whether all pieces of the file were added with ascending numbers, each following those before. */
bool piece_index_is_in_order(const struct piece_index *index, uint32_t file);

/* Files with pieces, ascending; the caller frees. NULL: no memory. */
uint32_t *piece_index_files(const struct piece_index *index);

/* Pieces of a file that stand side by side in the ledger; ascending. False: there is no i-th such row. */
struct piece_row {
    uint32_t piece, number, count;
};
bool piece_index_row(const struct piece_index *index, uint32_t file, size_t i, struct piece_row *row);

#endif
