/* Which objects are whose when many jobs share one scan.
 *
 * Rule     every job walks the same evidence and comes to the same division: files in descending size, each to the shard
 *          that has least so far, the lowest number among equals. Files that may be duplicates of one another (equal
 *          size and equal first bytes) stay together, so that one shard sees all of them
 * Threads  called once
 */
#ifndef SHARD_H
#define SHARD_H

#include "../support/fault.h"
#include "walk.h"

/* Marks as elsewhere what is not in the shard (from 0). keep_equal: duplicates are folded, so equal files stay together.
 * listing, a digest of what was walked, becomes one of the division as well: jobs that came to different ones, since a file
 * changed or could not be read by one of them, are told apart by it.
 * Where stop is wanted it ends soon, and what it has marked is of no use; NULL: it never is. Fails    FATAL: no memory. */
MUST_USE enum status shard_mark(struct object_list *list, uint32_t shard, uint32_t shard_count, bool keep_equal, const struct stop *stop,
                                uint8_t listing[SHA256_BYTES], struct fault *fault);

#endif
