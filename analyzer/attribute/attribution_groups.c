#include <stdlib.h>
#include <string.h>

#include "attribution_inner.h"

/* Equal keys become the largest value, byte by byte of one byte. */
static enum status any_open(const void *context, void **joiner, struct fault *fault)
{
    (void)context;
    *joiner = malloc(1);
    return *joiner == NULL ? attribution_no_memory(fault) : STATUS_OK;
}

static enum status any_join(void *joiner, const struct span *values, size_t count, struct span *joined, struct fault *fault)
{
    (void)fault;
    char any = 0;
    for (size_t i = 0; i < count; i++)
        if (values[i].len > 0 && values[i].at[0] != 0) any = 1;
    *(char *)joiner = any;
    *joined = (struct span){joiner, 1};
    return STATUS_OK;
}

static const struct sorter_joiner joiner_any = {any_open, free, any_join, NULL};

static int compare(struct span a, struct span b)
{
    size_t both = a.len < b.len ? a.len : b.len;
    int order = both == 0 ? 0 : memcmp(a.at, b.at, both);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Reads candidates along with all customers, who have what is booked on them by now: (identifier, whether one of its candidates
 * is sure or probable). */
static enum status meet(struct sorter_walk *candidates, struct runs_walk *customers, struct sorter *identifiers, struct fault *fault)
{
    struct span wanted, name, key = {NULL, 0}, value;
    bool there = true, known = false;
    char sure = 0;
    enum status status;
    while ((status = sorter_walk_next(candidates, &wanted, &name, fault)) == STATUS_OK) {
        int order = known ? compare(key, wanted) : -1;
        while (there && order < 0) {
            status = runs_walk_next(customers, &key, &value, fault);
            if (status != STATUS_OK && status != STATUS_END) return status;
            there = known = status == STATUS_OK;
            order = there ? compare(key, wanted) : 1;
            if (!there || order != 0) continue;
            struct entry_facts facts;
            status = entry_facts_open(value, &facts, fault);
            if (status != STATUS_OK) return status;
            sure = facts.records > 0;
        }
        char is_sure = there && order == 0 ? sure : 0;
        status = sorter_add(identifiers, 0, name, (struct span){&is_sure, 1}, fault);
        if (status != STATUS_OK) return status;
    }
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status count(struct attributing *attributing, struct sorter *identifiers, struct fault *fault)
{
    struct sorter_walk *walk = NULL;
    struct span name, sure;
    enum status status = sorter_seal(identifiers, fault);
    if (status == STATUS_OK) status = sorter_walk_open(identifiers, &walk, fault);
    while (status == STATUS_OK && (status = sorter_walk_next(walk, &name, &sure, fault)) == STATUS_OK)
        attributing->made->ambiguous_groups += sure.at[0] == 0;
    sorter_walk_close(walk);
    return status == STATUS_END ? STATUS_OK : status;
}

enum status attribution_count_groups(struct attributing *attributing, struct fault *fault)
{
    static const char behind = KEY_CUSTOMER + 1;
    struct sorter *identifiers = NULL;
    struct sorter_walk *candidates = NULL;
    struct runs_walk *customers = NULL;
    if (sorter_entry_count(attributing->groups) == 0) return STATUS_OK;
    enum status status = sorter_seal(attributing->groups, fault);
    if (status == STATUS_OK) status = attribution_sorter(attributing, "identifiers", &joiner_any, &identifiers, fault);
    if (status == STATUS_OK) status = sorter_walk_open(attributing->groups, &candidates, fault);
    if (status == STATUS_OK)
        status = runs_walk_open(attributing->options->runs, (struct span){NULL, 0}, (struct span){&behind, 1}, &customers, fault);
    if (status == STATUS_OK) status = meet(candidates, customers, identifiers, fault);
    if (status == STATUS_OK) status = count(attributing, identifiers, fault);
    runs_walk_close(customers);
    sorter_walk_close(candidates);
    sorter_close(identifiers);
    return status;
}

enum status attribution_count_shared(struct attributing *attributing, struct fault *fault)
{
    struct sorter_walk *walk = NULL;
    struct span name, nothing;
    if (sorter_entry_count(attributing->shared) == 0) return STATUS_OK;
    enum status status = sorter_seal(attributing->shared, fault);
    if (status == STATUS_OK) status = sorter_walk_open(attributing->shared, &walk, fault);
    while (status == STATUS_OK && (status = sorter_walk_next(walk, &name, &nothing, fault)) == STATUS_OK) attributing->made->roster_shared++;
    sorter_walk_close(walk);
    return status == STATUS_END ? STATUS_OK : status;
}
