/* The names of what a file holds, to see which ones it has twice: hashes of 64 bits, so that ten million are not much.
 *
 * Memory   8 bytes a name and a third more; while it grows, a little besides, since it does so part by part
 * Threads  one at a time
 */
#ifndef NAME_SET_H
#define NAME_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAME_SET_PARTS = 64 };

struct name_part {
    uint64_t *hashes; /* 0: free */
    size_t count, capacity;
};

struct name_set {
    struct name_part parts[NAME_SET_PARTS]; /* by the lowest bits of hashes */
};

enum name_outcome { NAME_NEW, NAME_KNOWN, NAME_NO_MEMORY };

/* Adds a name in what has that number. Two names are one by a chance of 2^-63. */
enum name_outcome name_set_add(struct name_set *set, uint32_t within, const char *name);
void name_set_free(struct name_set *set);

#endif
