#include "piece_index.h"

#include <stdlib.h>
#include <string.h>

#include "../support/hash.h"

struct piece_file {
    struct piece_row *rows; /* ascending, NULL: free */
    uint32_t file, row_count, row_capacity;
    uint32_t last;
    bool is_in_order;
};

void piece_index_free(struct piece_index *index)
{
    for (size_t i = 0; i < index->capacity; i++) free(index->files[i].rows);
    free(index->files);
    *index = (struct piece_index){0};
}

/* The file's slot, or the free one where it belongs. There is one. */
static struct piece_file *slot_of(struct piece_file *files, size_t capacity, uint32_t file)
{
    size_t at = mix64(file + UINT64_C(1)) & (capacity - 1);
    while (files[at].rows != NULL && files[at].file != file) at = (at + 1) & (capacity - 1);
    return &files[at];
}

static const struct piece_file *file_find(const struct piece_index *index, uint32_t file)
{
    const struct piece_file *found = index->capacity > 0 ? slot_of(index->files, index->capacity, file) : NULL;
    return found != NULL && found->rows != NULL ? found : NULL;
}

static bool grow(struct piece_index *index)
{
    size_t capacity = index->capacity > 0 ? 2 * index->capacity : 16;
    struct piece_file *files = calloc(capacity, sizeof *files);
    if (files == NULL) return false;
    for (size_t i = 0; i < index->capacity; i++)
        if (index->files[i].rows != NULL) *slot_of(files, capacity, index->files[i].file) = index->files[i];
    free(index->files);
    index->files = files;
    index->capacity = capacity;
    return true;
}

/* How many rows begin with the piece or before it. */
static size_t rows_up_to(const struct piece_file *file, uint32_t piece)
{
    size_t low = 0, high = file->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->rows[middle].piece <= piece) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool row_insert(struct piece_file *file, size_t at, struct piece_row row)
{
    if (file->row_count == file->row_capacity) {
        uint32_t capacity = file->row_capacity + file->row_capacity / 2 + 1;
        struct piece_row *rows = realloc(file->rows, capacity * sizeof *rows);
        if (rows == NULL) return false;
        file->rows = rows;
        file->row_capacity = capacity;
    }
    memmove(file->rows + at + 1, file->rows + at, (file->row_count - at) * sizeof *file->rows);
    file->rows[at] = row;
    file->row_count++;
    return true;
}

bool piece_index_add(struct piece_index *index, uint32_t file, uint32_t piece, size_t number, bool follows)
{
    if (2 * (index->count + 1) > index->capacity && !grow(index)) return false;
    struct piece_file *of = slot_of(index->files, index->capacity, file);
    bool is_new = of->rows == NULL;
    size_t at = is_new ? 0 : rows_up_to(of, piece);
    struct piece_row *before = at > 0 ? &of->rows[at - 1] : NULL;
    bool is_last = at == of->row_count;
    if (before != NULL && before->piece + before->count == piece && before->number + before->count == number) before->count++;
    else if (!row_insert(of, at, (struct piece_row){piece, (uint32_t)number, 1})) return false;
    if (is_new) *of = (struct piece_file){of->rows, file, of->row_count, of->row_capacity, 0, true};
    index->count += is_new;
    of->is_in_order &= is_new || (follows && is_last);
    of->last = (uint32_t)number;
    return true;
}

size_t piece_index_find(const struct piece_index *index, uint32_t file, uint32_t piece)
{
    const struct piece_file *of = file_find(index, file);
    size_t at = of != NULL ? rows_up_to(of, piece) : 0;
    if (at == 0) return PIECE_INDEX_NONE;
    const struct piece_row *row = &of->rows[at - 1];
    return piece - row->piece < row->count ? row->number + (size_t)(piece - row->piece) : PIECE_INDEX_NONE;
}

size_t piece_index_last(const struct piece_index *index, uint32_t file)
{
    const struct piece_file *of = file_find(index, file);
    return of != NULL ? of->last : PIECE_INDEX_NONE;
}

bool piece_index_is_in_order(const struct piece_index *index, uint32_t file)
{
    const struct piece_file *of = file_find(index, file);
    return of != NULL && of->is_in_order;
}

static int ascending(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

uint32_t *piece_index_files(const struct piece_index *index)
{
    uint32_t *files = malloc((index->count + 1) * sizeof *files);
    size_t count = 0;
    for (size_t i = 0; files != NULL && i < index->capacity; i++)
        if (index->files[i].rows != NULL) files[count++] = index->files[i].file;
    if (files != NULL) qsort(files, count, sizeof *files, ascending);
    return files;
}

bool piece_index_row(const struct piece_index *index, uint32_t file, size_t i, struct piece_row *row)
{
    const struct piece_file *of = file_find(index, file);
    if (of == NULL || i >= of->row_count) return false;
    *row = of->rows[i];
    return true;
}
