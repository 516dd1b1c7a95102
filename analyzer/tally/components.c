#include "components.h"

#include <stdlib.h>
#include <string.h>

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

/* A customer among those that are tied; of a root, its component's sums, once these are made. */
struct node {
    uint32_t parent; /* an index; a root's own */
    uint32_t persons, kinds;
    uint64_t identifiers, records;
    bool linked; /* has a linking key in common with another customer */
};

struct nodes {
    uint32_t *owners; /* ascending: what is looked for lies close together */
    struct node *at;
    size_t count;
};

static int by_number(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* Whether a stands before b, the largest first. Those that are equal are the same to whoever reads them. */
static bool is_larger(const struct component *a, const struct component *b)
{
    if (a->persons != b->persons) return a->persons > b->persons;
    if (a->identifiers != b->identifiers) return a->identifiers > b->identifiers;
    if (a->records != b->records) return a->records > b->records;
    return a->kinds > b->kinds;
}

static uint32_t root_of(struct node *nodes, uint32_t at)
{
    while (nodes[at].parent != at) {
        nodes[at].parent = nodes[nodes[at].parent].parent;
        at = nodes[at].parent;
    }
    return at;
}

/* The index of a customer that is there. */
static uint32_t node_find(const struct nodes *nodes, uint32_t owner)
{
    size_t begin = 0, end = nodes->count;
    while (end - begin > 1) {
        size_t middle = begin + (end - begin) / 2;
        if (nodes->owners[middle] <= owner) begin = middle;
        else end = middle;
    }
    return (uint32_t)begin;
}

static void nodes_free(struct nodes *nodes)
{
    free(nodes->owners);
    free(nodes->at);
}

/* Says what each has: identifiers, records. */
static void nodes_fill(const struct ties *const *ties, size_t count, const struct tie_source *source, struct nodes *nodes)
{
    for (size_t i = 0; i < nodes->count && source->fill != NULL; i++) {
        uint32_t identifiers = 0;
        source->fill(source->context, nodes->owners[i], &identifiers, &nodes->at[i].records);
        nodes->at[i].identifiers = identifiers;
    }
    for (size_t t = 0; t < count && source->fill == NULL; t++) {
        for (size_t i = 0; i < ties[t]->count; i++) {
            struct node *node = &nodes->at[node_find(nodes, ties[t]->ties[i].owner)];
            node->identifiers = ties[t]->ties[i].identifiers;
            node->records = ties[t]->ties[i].records;
        }
    }
}

/* Each customer once, in order. False: no memory. */
static bool nodes_make(const struct ties *const *ties, size_t count, size_t tie_count, struct nodes *nodes)
{
    size_t all = 0;
    *nodes = (struct nodes){.owners = malloc(tie_count * sizeof *nodes->owners)};
    if (nodes->owners == NULL) return false;
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < ties[t]->count; i++) nodes->owners[all++] = ties[t]->ties[i].owner;
    qsort(nodes->owners, all, sizeof *nodes->owners, by_number);
    for (size_t i = 0; i < all; i++)
        if (nodes->count == 0 || nodes->owners[nodes->count - 1] != nodes->owners[i]) nodes->owners[nodes->count++] = nodes->owners[i];
    uint32_t *fewer = realloc(nodes->owners, nodes->count * sizeof *fewer);
    if (fewer != NULL) nodes->owners = fewer;
    nodes->at = calloc(nodes->count, sizeof *nodes->at);
    if (nodes->at == NULL) {
        nodes_free(nodes);
        return false;
    }
    for (size_t i = 0; i < nodes->count; i++) nodes->at[i] = (struct node){.parent = (uint32_t)i, .persons = 1};
    return true;
}

/* What ties a component: each tie is an identifier that a customer has in common with the first of its group. Afterwards roots
 * have the sums. */
static void components_sum(const struct ties *const *ties, size_t count, struct nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++) {
        struct node *node = &nodes->at[i], *root = &nodes->at[root_of(nodes->at, (uint32_t)i)];
        if (root == node) continue;
        root->persons++;
        root->identifiers += node->identifiers;
        root->records += node->records;
    }
    for (size_t t = 0; t < count; t++) {
        for (size_t i = 0; i < ties[t]->count; i++) {
            const struct tie *tie = &ties[t]->ties[i];
            struct node *root = &nodes->at[root_of(nodes->at, node_find(nodes, tie->owner))];
            root->kinds |= tie->kind < KIND_COUNT ? KIND_BIT(tie->kind) : KIND_BIT(KIND_COUNT);
            if (tie->owner != tie->first) root->identifiers--; /* it was counted with the first one */
        }
    }
}

/* Ties nodes by identifiers that are linking keys, or by the others. Returns how many components that makes fewer. */
static uint64_t nodes_join(const struct ties *const *ties, size_t count, struct nodes *nodes, bool linking)
{
    uint64_t joined = 0;
    for (size_t t = 0; t < count; t++) {
        for (size_t i = 0; i < ties[t]->count; i++) {
            const struct tie *tie = &ties[t]->ties[i];
            if (kind_links(tie->kind) != linking) continue;
            uint32_t node = node_find(nodes, tie->owner);
            nodes->at[node].linked |= linking;
            if (tie->owner == tie->first) continue;
            uint32_t a = root_of(nodes->at, node), b = root_of(nodes->at, node_find(nodes, tie->first));
            if (a == b) continue;
            nodes->at[a > b ? a : b].parent = a > b ? b : a;
            joined++;
        }
    }
    return joined;
}

/* Keeps a component if it is among the largest so far. */
static void component_keep(const struct component *component, struct component components[COMPONENTS_LISTED_MAX], size_t *found)
{
    size_t at = *found;
    while (at > 0 && is_larger(component, &components[at - 1])) at--;
    if (at == COMPONENTS_LISTED_MAX) return;
    if (*found < COMPONENTS_LISTED_MAX) ++*found;
    memmove(components + at + 1, components + at, (*found - 1 - at) * sizeof *components);
    components[at] = *component;
}

bool components_find(const struct ties *const *ties, size_t count, const struct tie_source *source,
                     struct component components[COMPONENTS_LISTED_MAX], size_t *found, struct duplicates *duplicates)
{
    size_t all = 0;
    *found = 0;
    *duplicates = (struct duplicates){0, 0};
    for (size_t t = 0; t < count; t++) all += ties[t]->count;
    if (all == 0) return true;
    struct nodes nodes;
    if (!nodes_make(ties, count, all, &nodes)) return false;
    nodes_fill(ties, count, source, &nodes);
    duplicates->most = nodes_join(ties, count, &nodes, true);
    for (size_t i = 0; i < nodes.count; i++) duplicates->groups += nodes.at[i].linked;
    duplicates->groups -= duplicates->most; /* each has one customer more than joins */
    (void)nodes_join(ties, count, &nodes, false);
    components_sum(ties, count, &nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        const struct node *node = &nodes.at[i];
        const struct component component = {node->persons, node->identifiers, node->records, node->kinds};
        if (node->parent == i && node->persons > 1) component_keep(&component, components, found);
    }
    nodes_free(&nodes);
    return true;
}
