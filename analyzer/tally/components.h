/* Customers that one identifier or more tie together: how large the largest of such components are.
 *
 * Shape    ties, found identifier by identifier -> components_find -> the largest few
 * Why      a wrong merge is one way to be wrong: whoever reads the totals sees the largest
 * Memory   36 bytes for each customer of an identifier that two to SHARED_CUSTOMERS_MAX have, once for each such identifier, and 40 for
 *          each such customer; beyond what --memory says
 * Threads  one struct ties a thread
 */
#ifndef COMPONENTS_H
#define COMPONENTS_H

#include "resolve.h"

/* A customer of an identifier; all that have the same `group` within a run of additions are tied. */
struct tie {
    uint32_t owner; /* the customer's number */
    uint32_t identifiers; /* how many it has, confirmed or likely; or see tie_source */
    uint64_t records;
    size_t group;
    uint32_t first; /* the owner that it is tied to: the first of its group */
    uint8_t kind;
};

struct ties {
    struct tie *ties;
    size_t count, capacity;
};

bool ties_add(struct ties *ties, const struct tie *tie); /* false: no memory */
void ties_free(struct ties *ties);

/* How many identifiers and records a customer has, where ties do not say. */
struct tie_source {
    void (*fill)(const void *context, uint32_t owner, uint32_t *identifiers, uint64_t *records); /* NULL: ties say it */
    const void *context;
};

/* Groups of customers that linking keys, e-mail addresses and telephone numbers, tie together, and how many customers fewer there
 * would be if each group were one person. */
struct duplicates {
    uint64_t groups, most;
};

/* Takes the largest components out of those of all threads, COMPONENTS_LISTED_MAX at most. Fails    false: no memory. */
bool components_find(const struct ties *const *ties, size_t count, const struct tie_source *source,
                     struct component components[COMPONENTS_LISTED_MAX], size_t *found, struct duplicates *duplicates);

#endif
