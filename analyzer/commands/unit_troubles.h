/* What is wrong with some units of an object, beside what its bytes are: told in its line of coverage.
 *
 * Shape    counts of an object, or of all ranges of a file -> marks, and what stands behind the rest of its detail
 */
#ifndef UNIT_TROUBLES_H
#define UNIT_TROUBLES_H

#include "../evidence/object.h"

struct unit_troubles {
    uint8_t bits; /* TROUBLE_ */
    uint64_t broken, cut_off; /* as in struct block_counts */
};

/* Marks what of it decides status and reason. */
void unit_troubles_mark(const struct unit_troubles *troubles, struct object *object);

/* Adds it to a detail. */
void unit_troubles_tell(const struct unit_troubles *troubles, char *detail, size_t detail_size);

/* Adds a part to a detail, as much of it as there is room for. */
void detail_add(char *detail, size_t detail_size, const char *form, ...) __attribute__((format(printf, 3, 4)));

#endif
