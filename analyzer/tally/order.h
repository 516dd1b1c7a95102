/* Puts customers into the order of their IDs' bytes.
 *
 * How      eight bytes behind what all IDs begin with become a number; these are spread over buckets
 *          and sorted there, and only equal ones are compared in full
 * Threads  works on all threads itself
 */
#ifndef ORDER_H
#define ORDER_H

#include "table.h"

struct customer_ref {
    uint64_t key;
    uint32_t holder; /* its place */
};

MUST_USE enum status customers_sort(const struct tally *tally, struct customer_ref *customers, size_t count, int thread_count,
                                    struct fault *fault);

#endif
