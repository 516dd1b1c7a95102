/* Counts distinct identifiers of a tally that is in memory only a part at a time; the same figures as identifiers_count.
 *
 * Shape    parts of a tally, each holder in one of them -> facts by hash -> one file without a name -> groups
 * Memory   one chunk a bucket and thread; while counting, the distinct identifiers of one bucket a thread;
 *          and 5 bytes for each holder that is no customer
 * Sets     that attribution booked on customers (BASIS_ROSTER, BASIS_LINK, BASIS_AMBIGUOUS) are not nobody's
 * Limits   2^32 - 1 customers, and as many other holders
 * Threads  each function works on all threads itself
 */
#ifndef IDENTIFIER_SPOOL_H
#define IDENTIFIER_SPOOL_H

#include "identifiers.h"

struct identifier_spool;

/* directory: where the file is made. Fails    FATAL: no memory, no file. */
MUST_USE enum status identifier_spool_open(int directory, int thread_count, const struct harvest_options *options,
                                           struct identifier_spool **spool, struct fault *fault);
void identifier_spool_close(struct identifier_spool *spool); /* accepts NULL */

/* Takes all facts of the part. Fails    FATAL: no memory, disk full. */
MUST_USE enum status identifier_spool_add(struct identifier_spool *spool, const struct tally *part, struct fault *fault);

/* totals is to be freed in any case. */
MUST_USE enum status identifier_spool_count(struct identifier_spool *spool, struct identifier_totals *totals, struct fault *fault);

#endif
