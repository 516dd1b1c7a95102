#include "components.h"

#include <stdlib.h>

bool ties_add(struct ties *ties, const struct tie *tie)
{
    if (ties->count == ties->capacity) {
        size_t capacity = 2 * ties->capacity + 64;
        struct tie *grown = realloc(ties->ties, capacity * sizeof *grown);
        if (grown == NULL) return false;
        ties->ties = grown;
        ties->capacity = capacity;
    }
    ties->ties[ties->count++] = *tie;
    return true;
}

void ties_free(struct ties *ties)
{
    free(ties->ties);
    *ties = (struct ties){0};
}

/* A customer among those that are tied. */
struct node {
    uint32_t owner, parent; /* parent: an index; a root's own */
    uint32_t identifiers;
    uint64_t records;
    bool linked; /* has a linking key in common with another customer */
};

static int by_owner(const void *left, const void *right)
{
    const struct node *a = left, *b = right;
    return (a->owner > b->owner) - (a->owner < b->owner);
}

static int largest_first(const void *left, const void *right)
{
    const struct component *a = left, *b = right;
    if (a->persons != b->persons) return a->persons > b->persons ? -1 : 1;
    if (a->identifiers != b->identifiers) return a->identifiers > b->identifiers ? -1 : 1;
    if (a->records != b->records) return a->records > b->records ? -1 : 1;
    return (a->kinds < b->kinds) - (a->kinds > b->kinds);
}

static uint32_t root_of(struct node *nodes, uint32_t at)
{
    while (nodes[at].parent != at) {
        nodes[at].parent = nodes[nodes[at].parent].parent;
        at = nodes[at].parent;
    }
    return at;
}

static uint32_t node_find(const struct node *nodes, size_t count, uint32_t owner)
{
    struct node wanted = {.owner = owner};
    const struct node *found = bsearch(&wanted, nodes, count, sizeof wanted, by_owner);
    return (uint32_t)(found - nodes);
}

/* Each customer once, in order. */
static size_t nodes_make(const struct ties *const *ties, size_t count, const struct tie_source *source, struct node *nodes)
{
    size_t all = 0, kept = 0;
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < ties[t]->count; i++)
            nodes[all++] = (struct node){ties[t]->ties[i].owner, 0, ties[t]->ties[i].identifiers, ties[t]->ties[i].records, false};
    qsort(nodes, all, sizeof *nodes, by_owner);
    for (size_t i = 0; i < all; i++)
        if (kept == 0 || nodes[kept - 1].owner != nodes[i].owner) nodes[kept++] = nodes[i];
    for (size_t i = 0; i < kept; i++) {
        nodes[i].parent = (uint32_t)i;
        if (source->fill != NULL) source->fill(source->context, nodes[i].owner, &nodes[i].identifiers, &nodes[i].records);
    }
    return kept;
}

/* What ties a component: each tie is an identifier that a customer has in common with the first of its group. */
static void components_sum(const struct ties *const *ties, size_t count, struct node *nodes, size_t node_count, struct component *of)
{
    for (size_t i = 0; i < node_count; i++) {
        struct component *component = &of[root_of(nodes, (uint32_t)i)];
        component->persons++;
        component->identifiers += nodes[i].identifiers;
        component->records += nodes[i].records;
    }
    for (size_t t = 0; t < count; t++) {
        for (size_t i = 0; i < ties[t]->count; i++) {
            const struct tie *tie = &ties[t]->ties[i];
            struct component *component = &of[root_of(nodes, node_find(nodes, node_count, tie->owner))];
            component->kinds |= tie->kind < KIND_COUNT ? KIND_BIT(tie->kind) : KIND_BIT(KIND_COUNT);
            if (tie->owner != tie->first) component->identifiers--; /* it was counted with the first one */
        }
    }
}

/* Ties nodes by identifiers that are linking keys, or by the others. Returns how many components that makes fewer. */
static uint64_t nodes_join(const struct ties *const *ties, size_t count, struct node *nodes, size_t node_count, bool linking)
{
    uint64_t joined = 0;
    for (size_t t = 0; t < count; t++) {
        for (size_t i = 0; i < ties[t]->count; i++) {
            const struct tie *tie = &ties[t]->ties[i];
            if (kind_links(tie->kind) != linking) continue;
            uint32_t node = node_find(nodes, node_count, tie->owner);
            uint32_t a = root_of(nodes, node), b = root_of(nodes, node_find(nodes, node_count, tie->first));
            nodes[node].linked |= linking;
            if (a == b) continue;
            nodes[a > b ? a : b].parent = a > b ? b : a;
            joined++;
        }
    }
    return joined;
}

bool components_find(const struct ties *const *ties, size_t count, const struct tie_source *source,
                     struct component components[COMPONENTS_LISTED_MAX], size_t *found, struct duplicates *duplicates)
{
    size_t all = 0;
    *found = 0;
    *duplicates = (struct duplicates){0, 0};
    for (size_t t = 0; t < count; t++) all += ties[t]->count;
    if (all == 0) return true;
    struct node *nodes = calloc(all, sizeof *nodes);
    struct component *of = calloc(all, sizeof *of);
    if (nodes == NULL || of == NULL) {
        free(nodes);
        free(of);
        return false;
    }
    size_t node_count = nodes_make(ties, count, source, nodes);
    duplicates->most = nodes_join(ties, count, nodes, node_count, true);
    for (size_t i = 0; i < node_count; i++) duplicates->groups += nodes[i].linked;
    duplicates->groups -= duplicates->most; /* each has one customer more than joins */
    (void)nodes_join(ties, count, nodes, node_count, false);
    components_sum(ties, count, nodes, node_count, of);
    size_t kept = 0;
    for (size_t i = 0; i < node_count; i++)
        if (of[i].persons > 1) of[kept++] = of[i];
    qsort(of, kept, sizeof *of, largest_first);
    for (; *found < kept && *found < COMPONENTS_LISTED_MAX; ++*found) components[*found] = of[*found];
    free(nodes);
    free(of);
    return true;
}
