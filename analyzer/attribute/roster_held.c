#include "roster_held.h"

#include <stdlib.h>

static void sort(struct roster_held *held, uint32_t count, int (*compare)(const void *, const void *, void *), const struct roster_holding *holding)
{
    void *context = (void *)(uintptr_t)holding;
    if (count > ROSTER_HELD_FEW) {
        qsort_r(held, count, sizeof *held, compare, context);
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        struct roster_held moved = held[i];
        uint32_t to = i;
        for (; to > 0 && compare(&moved, &held[to - 1], context) < 0; to--) held[to] = held[to - 1];
        held[to] = moved;
    }
}

static int by_hash(const void *a, const void *b, void *context)
{
    (void)context;
    const struct roster_held *left = a, *right = b;
    if (left->hash != right->hash) return left->hash < right->hash ? -1 : 1;
    return (left->item > right->item) - (left->item < right->item);
}

void roster_held_sort(struct roster_held *held, uint32_t count)
{
    sort(held, count, by_hash, NULL);
}

static const char *key_of(const struct roster_holding *holding, const struct roster_held *held)
{
    return roster_item_at(holding->items, held->item) + held->hash;
}

static uint32_t hash_below(const struct roster_holding *holding, const char *key)
{
    return roster_identifier_hash(key, key + ROSTER_KEY_HEAD, holding->seed) & holding->hash_mask;
}

void roster_held_keys(const struct roster_holding *holding, struct roster_held *held, uint32_t count)
{
    const char *from = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const char *item = roster_item_at(holding->items, held[i].item);
        if (i == 0 || held[i].item != held[i - 1].item) from = roster_item_keys(holding->items, item).at;
        while (hash_below(holding, from) != held[i].hash) from += roster_key_length(from);
        held[i].hash = (uint32_t)(from - item);
        from += roster_key_length(from);
    }
}

static int keys_compare(const char *a, const char *b)
{
    size_t a_length = roster_key_length(a), b_length = roster_key_length(b);
    if (a_length != b_length) return a_length < b_length ? -1 : 1;
    return memcmp(a, b, a_length);
}

/* Of those that say the same it is 0: key, customer, times. */
static int meanings_compare(const struct roster_holding *holding, const struct roster_held *a, const struct roster_held *b)
{
    const struct roster_items *items = holding->items;
    int order = keys_compare(key_of(holding, a), key_of(holding, b));
    if (order != 0 || a->item == b->item) return order;
    uint32_t a_customer = roster_item_customer(items, a->item), b_customer = roster_item_customer(items, b->item);
    if (a_customer != b_customer) return a_customer < b_customer ? -1 : 1;
    struct roster_times a_times = roster_interval_times(holding->intervals, roster_item_read(roster_item_at(items, a->item)).interval);
    struct roster_times b_times = roster_interval_times(holding->intervals, roster_item_read(roster_item_at(items, b->item)).interval);
    if (a_times.from_s != b_times.from_s) return a_times.from_s < b_times.from_s ? -1 : 1;
    return (a_times.to_s > b_times.to_s) - (a_times.to_s < b_times.to_s);
}

static int by_meaning(const void *a, const void *b, void *context)
{
    const struct roster_held *left = a, *right = b;
    int order = meanings_compare(context, left, right);
    return order != 0 ? order : (left->item > right->item) - (left->item < right->item);
}

static int by_key(const void *a, const void *b, void *context)
{
    const struct roster_held *left = a, *right = b;
    int order = keys_compare(key_of(context, left), key_of(context, right));
    return order != 0 ? order : (left->item > right->item) - (left->item < right->item);
}

static uint32_t many_fold(const struct roster_holding *holding, struct roster_held *held, uint32_t count)
{
    uint32_t kept = 1;
    sort(held, count, by_meaning, holding);
    for (uint32_t i = 1; i < count; i++)
        if (meanings_compare(holding, &held[kept - 1], &held[i]) != 0) held[kept++] = held[i];
    sort(held, kept, by_key, holding);
    return kept;
}

bool roster_held_same_key(const struct roster_holding *holding, const struct roster_held *a, const struct roster_held *b)
{
    const char *a_key = key_of(holding, a), *b_key = key_of(holding, b);
    return a_key[1] == b_key[1] && bytes_equal(a_key, b_key, roster_key_length(a_key));
}

/* The same of a few that stand in the order of the file and have one key, as almost all of one hash do; false: they have several. */
static bool few_fold(const struct roster_holding *holding, struct roster_held *held, uint32_t count, uint32_t *kept)
{
    if (count > ROSTER_HELD_FEW) return false;
    for (uint32_t i = 1; i < count; i++)
        if (!roster_held_same_key(holding, &held[0], &held[i])) return false;
    *kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool told = false;
        for (uint32_t k = 0; k < *kept && !told; k++) told = meanings_compare(holding, &held[k], &held[i]) == 0;
        if (!told) held[(*kept)++] = held[i];
    }
    return true;
}

uint32_t roster_held_fold(const struct roster_holding *holding, struct roster_held *held, uint32_t count)
{
    uint32_t kept;
    return few_fold(holding, held, count, &kept) ? kept : many_fold(holding, held, count);
}
