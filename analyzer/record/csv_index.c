#include "csv_index.h"

#include <stdlib.h>

bool csv_index_reserve(struct csv_index *index, size_t length)
{
    if (length <= index->capacity && index->bounds != NULL) return true;
    csv_index_free(index);
    /* Every byte may end a field and a row. Only what is written takes memory. */
    index->bounds = malloc((length + 1 + CSV_BOUNDS_AT_ONCE) * sizeof *index->bounds);
    index->row_ends = malloc((length + 1) * sizeof *index->row_ends);
    index->alnum = malloc((length / 64 + 2) * sizeof *index->alnum);
    index->capacity = length;
    if (index->bounds != NULL && index->row_ends != NULL && index->alnum != NULL) return true;
    csv_index_free(index);
    return false;
}

void csv_index_free(struct csv_index *index)
{
    free(index->bounds);
    free(index->row_ends);
    free(index->alnum);
    *index = (struct csv_index){0};
}

csv_index_function *csv_index_of(shape_function *shape)
{
    if (shape == shape_avx512) return csv_index_avx512;
    return shape == shape_avx2 ? csv_index_avx2 : csv_index_portable;
}
