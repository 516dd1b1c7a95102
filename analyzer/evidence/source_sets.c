#include "source_sets.h"

#include <stdlib.h>

/* A source that a file stands for. */
struct standing {
    uint32_t file, source;
};

static int by_file_and_source(const void *left, const void *right)
{
    const struct standing *a = left, *b = right;
    if (a->file != b->file) return a->file < b->file ? -1 : 1;
    return (a->source > b->source) - (a->source < b->source);
}

/* All sources of those first files that have duplicates in others; room for two of each duplicate. */
static size_t standings_find(const struct object_list *list, struct standing *standings)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < list->walked_count; i++) {
        const struct object *object = &list->objects[i];
        if (object->status != OBJECT_DUPLICATE) continue;
        uint32_t own = list->objects[object->duplicate_of].source;
        if (object->source == own) continue;
        standings[count++] = (struct standing){object->duplicate_of, own};
        standings[count++] = (struct standing){object->duplicate_of, object->source};
    }
    if (count > 0) qsort(standings, count, sizeof *standings, by_file_and_source);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || by_file_and_source(&standings[kept - 1], &standings[i]) != 0) standings[kept++] = standings[i];
    return kept;
}

static bool sets_fill(const struct object_list *list, const struct standing *standings, size_t count, struct source_sets *sets)
{
    sets->of_file = malloc((list->walked_count + 1) * sizeof *sets->of_file);
    sets->begins = malloc((count + 1) * sizeof *sets->begins);
    sets->sources = malloc((count + 1) * sizeof *sets->sources);
    if (sets->of_file == NULL || sets->begins == NULL || sets->sources == NULL) return false;
    for (size_t i = 0; i < list->walked_count; i++) sets->of_file[i] = list->objects[i].source;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || standings[i].file != standings[i - 1].file) {
            sets->of_file[standings[i].file] = sets->source_count + (uint32_t)sets->count;
            sets->begins[sets->count++] = (uint32_t)i;
        }
        sets->sources[i] = standings[i].source;
    }
    sets->begins[sets->count] = (uint32_t)count;
    return true;
}

enum status source_sets_make(const struct object_list *list, struct source_sets *sets, struct fault *fault)
{
    *sets = (struct source_sets){.source_count = (uint32_t)list->source_count};
    size_t duplicates = 0;
    for (size_t i = 0; i < list->walked_count; i++) duplicates += list->objects[i].status == OBJECT_DUPLICATE;
    if (duplicates == 0 || list->source_count < 2) return STATUS_OK;
    struct standing *standings = malloc(2 * duplicates * sizeof *standings);
    bool enough = standings != NULL;
    size_t count = enough ? standings_find(list, standings) : 0;
    if (count > 0) enough = sets_fill(list, standings, count, sets);
    free(standings);
    if (enough) return STATUS_OK;
    source_sets_free(sets);
    return fault_set(fault, STATUS_FATAL, "no memory for the sources of equal files");
}

void source_sets_free(struct source_sets *sets)
{
    free(sets->of_file);
    free(sets->begins);
    free(sets->sources);
    *sets = (struct source_sets){.source_count = sets->source_count};
}
