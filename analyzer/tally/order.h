/* Puts customers into the order of their IDs' bytes.
 *
 * How      of the bytes behind what all IDs begin with, those that occur at a position are numbered; the numbers of
 *          as many positions as fit make a key of 32 bits, which is sorted by its bits, in place. Only
 *          IDs with equal keys are compared in full
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

#endif
