/* Which objects are whose when many jobs share one scan.
 *
 * Rule     every job walks the same evidence and comes to the same division. Files in descending size, each to the shard
 *          that has least so far, the lowest number among equals. Files that may be duplicates of one another (equal
 *          size and equal first bytes) stay together, so that one shard sees all of them
 * Cut      a file that is large beside a shard's share, has no such equal, and can be read from its middle on is cut: what
 *          the other files leave uneven is filled up with such files, one behind the other, and where a shard is full, the
 *          next one goes on. They become ranges, pieces behind all walked objects: those of one file side by side, in its
 *          order. The file itself stays with one shard, which hashes it; that counts as a part of its bytes
 * Threads  called once
 */
#ifndef SHARD_H
#define SHARD_H

#include "../support/fault.h"
#include "walk.h"

enum {
    RANGE_BYTES_MIN = 1 << 20,  /* below, looking for where it begins would cost as much as reading it */
    RANGE_SHARE = 4,            /* files of more than a fourth of a shard's share are worth cutting */
    RANGES_MAX = 32 * 1024,     /* of one file */
    RANGE_HASH_SHARE = 4        /* hashing a byte is about a fourth of the work that counting one is */
};

struct shard_options {
    uint32_t shard, shard_count; /* from 0 */
    bool hash;                   /* duplicates are folded, so equal files stay together; files are hashed */
    uint64_t range_bytes;        /* for tests: files of more are cut, at least every so many bytes; 0: as the rule says */
    /* Whether units of the file can be read from its middle on: handed in. NULL: of none. */
    bool (*can_cut)(void *context, const struct object *object);
    void *context;
    struct stop stop;
};

/* Marks as elsewhere what is not in the shard, ranges too.
 * listing, a digest of what was walked, becomes one of the division as well: jobs that came to different ones, since a file
 * changed or could not be read by one of them, are told apart by it.
 * Where stop is wanted it ends soon, and what it has marked is of no use. Fails    FATAL: no memory. */
MUST_USE enum status shard_mark(struct object_list *list, const struct shard_options *options, uint8_t listing[SHA256_BYTES],
                                struct fault *fault);

#endif
