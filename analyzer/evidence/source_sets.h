/* Which sources a file stands for: its own, and those of the files with the same content, which are not read.
 *
 * Shape    ledger with duplicates marked -> a number for each file -> the sources of that number
 * Numbers  below the count of sources: that source alone; from there on, sets of several
 * Owns     all of it, until source_sets_free; const after source_sets_make
 */
#ifndef SOURCE_SETS_H
#define SOURCE_SETS_H

#include "walk.h"

struct source_sets {
    uint32_t source_count;
    uint32_t *of_file;      /* the number of each walked object; NULL: each has its own source alone */
    uint32_t *begins;       /* set source_count + i has sources[begins[i]] up to sources[begins[i + 1]], ascending */
    uint32_t *sources;
    size_t count;           /* of sets of several */
};

/* Fails    FATAL: no memory. */
MUST_USE enum status source_sets_make(const struct object_list *list, struct source_sets *sets, struct fault *fault);
void source_sets_free(struct source_sets *sets);

/* The number of a walked object. */
static inline uint32_t source_set_of(const struct source_sets *sets, const struct object_list *list, size_t file)
{
    return sets == NULL || sets->of_file == NULL ? list->objects[file].source : sets->of_file[file];
}

#endif
