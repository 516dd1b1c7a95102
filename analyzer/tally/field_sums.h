/* What the fields of the evidence were taken for, summed up over its objects.
 *
 * Shape    (name, format, role, how, source) of each field of each finished object -> sums -> summary.json
 * Merging  is addition, in any order and tree. There are FIELD_SUMS_MAX different ones at most, those that come first in
 *          their order: what is among these at the end was among them all the time, so that its sums are whole
 * Owns     its entries and their texts, until field_sums_free
 */
#ifndef FIELD_SUMS_H
#define FIELD_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../support/bytes.h"

enum { FIELD_SUMS_MAX = 4096, FIELD_TEXT_MAX = 255 };

struct field_sum {
    char *text;             /* name, format, role and how, each with a NUL behind it: the key, with the source */
    size_t text_length;
    uint32_t source;
    bool checked;           /* valid was counted */
    uint64_t objects, values, valid;
};

struct field_sums {
    struct field_sum *entries; /* by text bytes, then source */
    size_t count, capacity;
    bool cut;               /* there were more */
};

/* What one object says of one of its fields. */
struct field_seen {
    const char *name, *format, *role, *how; /* of FIELD_TEXT_MAX bytes at most */
    uint32_t source;
    bool checked;
    uint64_t values, valid;
    uint64_t objects; /* 1; 0 where the object has said something of a field of this name already */
};

/* False: no memory. */
bool field_sums_see(struct field_sums *sums, const struct field_seen *seen);
bool field_sums_add(struct field_sums *sums, const struct field_sums *more);

/* Gives sources other numbers; false: one is beyond the count. */
bool field_sums_map(struct field_sums *sums, const uint32_t *sources, size_t source_count);

/* The parts of an entry's text. */
struct field_seen field_sum_seen(const struct field_sum *entry);

/* Appends them to bytes, and adds what was written so. Fails    false: no memory; not what was written. */
bool field_sums_write(const struct field_sums *sums, struct bytes *to);
bool field_sums_read(struct field_sums *sums, struct bytes_reader *from);

void field_sums_free(struct field_sums *sums);

#endif
