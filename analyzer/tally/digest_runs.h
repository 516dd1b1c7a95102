/* Record digests in runs: what earlier checkpoints, runs and other shards saw.
 *
 * Entries  digests by their first two bytes. Key: these; value: the 13 bytes that follow them, of each digest, ascending. So
 *          millions of digests are tens of thousands of entries
 * Threads  each function works on all threads itself
 */
#ifndef DIGEST_RUNS_H
#define DIGEST_RUNS_H

#include "digests.h"
#include "runs.h"

/* Writes all distinct digests so far as a run, and says how many they are. Fails    FATAL. */
MUST_USE enum status digest_run_write(int directory, const struct run_identity *identity, const char *name, struct digests *digests,
                                      int thread_count, uint64_t *distinct, struct fault *fault);

/* How many different ones there are in all of the runs. Fails    FATAL. DAMAGED and USAGE: a run is damaged or foreign. */
MUST_USE enum status digest_runs_count(const struct run_origin *origins, size_t count, int thread_count, uint64_t *distinct,
                                       struct fault *fault);

/* Merges them into one run, and counts. Fails    as digest_runs_count. */
MUST_USE enum status digest_runs_join(int directory, const struct run_identity *identity, const char *name, const struct run_origin *origins,
                                      size_t count, uint64_t *distinct, struct fault *fault);

/* The same of any number of runs, by way of others that are gone at the end: the one that stays is digests-NUMBER.run with
 * *number as it is left. */
MUST_USE enum status digest_runs_gather(int directory, const struct run_identity *identity, const struct run_origin *origins, size_t count,
                                        uint32_t *number, uint64_t *distinct, struct fault *fault);

#endif
