#include "name_set.h"

#include <stdlib.h>
#include <string.h>

#include "../support/hash.h"

enum { SLOTS_FIRST = 8 };

/* Where a hash belongs, by its highest bits: the order of slots is that of hashes, whatever the capacity. */
static size_t slot_of(uint64_t hash, size_t capacity)
{
    return (size_t)((hash >> 32) * capacity >> 32);
}

static void put(uint64_t *hashes, size_t capacity, uint64_t hash)
{
    size_t at = slot_of(hash, capacity);
    while (hashes[at] != 0) at = at + 1 < capacity ? at + 1 : 0;
    hashes[at] = hash;
}

/* By a quarter, so that little of it is free. */
static bool grow(struct name_part *part)
{
    size_t capacity = part->capacity + part->capacity / 4 + SLOTS_FIRST;
    uint64_t *hashes = calloc(capacity, sizeof *hashes);
    if (hashes == NULL) return false;
    for (size_t i = 0; i < part->capacity; i++)
        if (part->hashes[i] != 0) put(hashes, capacity, part->hashes[i]);
    free(part->hashes);
    part->hashes = hashes;
    part->capacity = capacity;
    return true;
}

enum name_outcome name_set_add(struct name_set *set, uint32_t within, const char *name)
{
    /* Seeds that are small numbers themselves make many short names alike. */
    uint64_t hash = hash_bytes(name, strlen(name), mix64(within + UINT64_C(1)));
    struct name_part *part = &set->parts[hash % NAME_SET_PARTS];
    hash |= 1;
    if (6 * (part->count + 1) > 5 * part->capacity && !grow(part)) return NAME_NO_MEMORY;
    for (size_t at = slot_of(hash, part->capacity); part->hashes[at] != 0; at = at + 1 < part->capacity ? at + 1 : 0)
        if (part->hashes[at] == hash) return NAME_KNOWN;
    put(part->hashes, part->capacity, hash);
    part->count++;
    return NAME_NEW;
}

void name_set_free(struct name_set *set)
{
    for (size_t i = 0; i < NAME_SET_PARTS; i++) free(set->parts[i].hashes);
    *set = (struct name_set){0};
}
