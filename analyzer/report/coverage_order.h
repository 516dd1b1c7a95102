/* All objects of a ledger in the order of coverage.csv: by path bytes, then as they came up.
 *
 * Shape    list -> courses that ascend by themselves -> merged, again and again
 * How      the list's own objects are sorted in memory. The pieces, which may be many more than that holds, are taken as they
 *          stand where they ascend in few courses; else they are copied to a ledger of their own, which is sorted
 *          COVERAGE_CHUNK_BYTES at a time and ends up in a file
 * Threads  one at a time
 */
#ifndef COVERAGE_ORDER_H
#define COVERAGE_ORDER_H

#include "../evidence/walk.h"

enum { COVERAGE_COURSES_MAX = 64, COVERAGE_CHUNK_BYTES = 32 << 20 };

struct coverage_order;

/* scratch: where the sorted pieces go, and what they are sealed with; NULL: to memory. chunk_bytes: 0, or another
 * COVERAGE_CHUNK_BYTES, and then no course is taken as it stands, for tests. Both are only needed here; the list until
 * coverage_order_close. Fails    FATAL: no memory, disk full; DAMAGED: as ledger_read. */
MUST_USE enum status coverage_order_open(const struct object_list *list, const struct ledger_place *scratch, size_t chunk_bytes,
                                         struct coverage_order **order, struct fault *fault);
void coverage_order_close(struct coverage_order *order); /* accepts NULL */

/* Before the first one; also to begin anew. Fails    as coverage_order_open. */
MUST_USE enum status coverage_order_begin(struct coverage_order *order, struct fault *fault);

/* Lends the next object until the next call. Fails    END; else as coverage_order_open. */
MUST_USE enum status coverage_order_next(struct coverage_order *order, const struct object **object, struct fault *fault);

#endif
