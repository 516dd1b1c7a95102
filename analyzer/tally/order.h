/* Puts customers into the order of their IDs' bytes, and all holders into that of their entries' keys.
 *
 * How      of the bytes behind what all IDs begin with, those that occur at a position are numbered; the numbers of
 *          as many positions as fit make a key of 32 bits, which is sorted by its bits, in place. Only
 *          IDs with equal keys are compared in full. Which bytes occur is guessed from some customers where all holders of
 *          a tally are sorted, so that each is fetched once
 * Memory   8 bytes a holder, and as much again while holders_sort is at work
 * Threads  works on all threads itself
 */
#ifndef ORDER_H
#define ORDER_H

#include "table.h"

struct customer_ref {
    uint32_t key;    /* of the order's own */
    uint32_t holder; /* its place */
};

MUST_USE enum status customers_sort(const struct tally *tally, struct customer_ref *customers, size_t count, int thread_count,
                                    struct fault *fault);

/* All holders: customers by the bytes of their IDs, then identifiers by kind, then sets. */
struct sorted_holders {
    struct customer_ref *refs; /* NULL: not sorted, or there is none */
    size_t count, customer_count;
};

/* Looks at a holder while it is at hand: those of a partition in their order, on one thread; several partitions at once. */
struct holder_look {
    void (*look)(void *context, int thread, uint32_t partition, const struct holder *holder);
    void *context;
};

/* look: NULL where nobody else looks at all holders. Fails    FATAL: no memory. */
MUST_USE enum status holders_sort(const struct tally *tally, int thread_count, const struct holder_look *look, struct sorted_holders *sorted,
                                  struct fault *fault);
/* The same; looked is called with the look's context once all were looked at, before they are put in order, which takes memory. */
MUST_USE enum status holders_look_sort(const struct tally *tally, int thread_count, const struct holder_look *look, void (*looked)(void *context),
                                       struct sorted_holders *sorted, struct fault *fault);
void sorted_holders_free(struct sorted_holders *sorted);

#endif
