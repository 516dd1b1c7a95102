#include "harvest.h"

#include <stdlib.h>
#include <string.h>

#include "../support/hash.h"

void harvest_free(struct harvest *harvest)
{
    free(harvest->prefixes);
    harvest->prefixes = NULL;
    ties_free(&harvest->ties);
}

static size_t slot_of(const struct prefix_count *prefixes, size_t room, const struct prefix_count *wanted)
{
    size_t slot = hash_bytes(wanted->prefix, strlen(wanted->prefix), wanted->kind) & (room - 1);
    while (prefixes[slot].identifiers > 0 && (prefixes[slot].kind != wanted->kind || strcmp(prefixes[slot].prefix, wanted->prefix) != 0))
        slot = (slot + 1) & (room - 1);
    return slot;
}

static bool prefix_add(struct harvest *harvest, const struct prefix_count *more)
{
    if (harvest->prefix_count * 2 >= harvest->prefix_room) {
        size_t room = harvest->prefix_room == 0 ? 64 : 2 * harvest->prefix_room;
        struct prefix_count *grown = calloc(room, sizeof *grown);
        if (grown == NULL) return false;
        for (size_t i = 0; i < harvest->prefix_room; i++)
            if (harvest->prefixes[i].identifiers > 0) grown[slot_of(grown, room, &harvest->prefixes[i])] = harvest->prefixes[i];
        free(harvest->prefixes);
        harvest->prefixes = grown;
        harvest->prefix_room = room;
    }
    struct prefix_count *there = &harvest->prefixes[slot_of(harvest->prefixes, harvest->prefix_room, more)];
    if (there->identifiers > 0) {
        there->identifiers += more->identifiers;
        return true;
    }
    *there = *more;
    harvest->prefix_count++;
    return true;
}

bool harvest_unattributed(struct harvest *harvest, uint8_t kind, uint8_t packing, const char *packed, size_t length)
{
    char canonical[IDENTIFIER_SIZE];
    struct prefix_count one = {.kind = kind, .identifiers = 1};
    if (harvest->options.prefix == NULL || length >= IDENTIFIER_SIZE) return true;
    identifier_unpack(packing, packed, length, canonical);
    if (harvest->options.prefix((enum kind)kind, canonical, one.prefix) == 0) return true;
    return prefix_add(harvest, &one);
}

void harvest_possible(struct harvest *harvest, uint8_t kind, uint8_t packing, const char *packed, size_t length)
{
    const struct known_values *known = &harvest->options.known;
    struct tally_identifier identifier = {.kind = kind, .length = (uint8_t)length};
    if (known->has == NULL || length >= IDENTIFIER_SIZE) return;
    identifier.state = (uint8_t)(GRADE_POSSIBLE | (unsigned)packing << FACT_PACKING_SHIFT);
    memcpy(identifier.packed, packed, length);
    harvest->possible_known += known->has(known->context, &identifier);
}

static int most_shared_first(const void *left, const void *right)
{
    const struct shared_identifier *a = left, *b = right;
    if (a->customers != b->customers) return a->customers > b->customers ? -1 : 1;
    return (a->kind > b->kind) - (a->kind < b->kind);
}

/* Keeps those of the most customers. */
static void shared_add(struct harvest *harvest, const struct shared_identifier *shared)
{
    size_t at = harvest->shared_count;
    for (; at > 0 && most_shared_first(shared, &harvest->shared[at - 1]) < 0; at--) harvest->shared[at] = harvest->shared[at - 1];
    harvest->shared[at] = *shared;
    if (harvest->shared_count < SHARED_LISTED_MAX) harvest->shared_count++;
}

void harvest_group(struct harvest *harvest, uint8_t kind, uint64_t customers)
{
    if (customers > SHARED_CUSTOMERS_MAX) shared_add(harvest, &(struct shared_identifier){kind, customers});
}

bool harvest_merge(struct harvest *to, const struct harvest *from)
{
    for (size_t i = 0; i < from->prefix_room; i++)
        if (from->prefixes[i].identifiers > 0 && !prefix_add(to, &from->prefixes[i])) return false;
    for (size_t i = 0; i < from->shared_count; i++) shared_add(to, &from->shared[i]);
    to->possible_known += from->possible_known;
    return true;
}

static int most_frequent_first(const void *left, const void *right)
{
    const struct prefix_count *a = left, *b = right;
    if (a->identifiers != b->identifiers) return a->identifiers > b->identifiers ? -1 : 1;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    return strcmp(a->prefix, b->prefix);
}

void harvest_sort(struct harvest *harvest)
{
    if (harvest->prefix_room > 0) qsort(harvest->prefixes, harvest->prefix_room, sizeof *harvest->prefixes, most_frequent_first);
}
