/* The inside of digests, for those who add to them (digests.c) and those who read them out (digests_read.c).
 *
 * Shape    chunks -> chain of a partition, or a writer's open chunk of it; runs -> one file
 */
#ifndef DIGESTING_H
#define DIGESTING_H

#include <pthread.h>
#include <stdatomic.h>

#include "digest_desk.h"
#include "digests.h"

enum { DIGESTS_NAME_SIZE = 128 };

/* The memory is cut into these; a place is a number, and 0 is nobody's. */
struct digest_chunk {
    unsigned char packed[DIGEST_CHUNK_FULL];
    uint32_t next;
    uint32_t count;
};
_Static_assert(sizeof(struct digest_chunk) == DIGEST_CHUNK_BYTES, "a chunk ends where the next begins");

/* Sorted, each digest once, packed. */
struct digest_run {
    uint64_t offset_bytes, count;
};

struct digest_partition {
    pthread_mutex_t lock;
    uint32_t first;           /* chunk of the chain that was handed in last */
    atomic_uint chunk_count;  /* in the chain */
    uint32_t settle_at;       /* so many chunks make it worth looking for repeated digests */
    struct digest_run *runs;
    size_t run_count, run_capacity;
};

struct digests {
    struct digests_options options;
    char name[DIGESTS_NAME_SIZE];
    struct digest_chunk *chunks;
    size_t chunk_count;       /* that may be used */
    size_t share_bytes;       /* for sorting, and as much for merging; all threads together */
    pthread_mutex_t lock;     /* of what follows, up to the empty line */
    uint32_t chunks_touched;
    uint32_t chunks_free;     /* how many of them, and the first */
    uint32_t free_first;
    struct digest_writer *writers;
    int writer_count;
    int descriptor;

    atomic_uint_fast64_t file_bytes;
    atomic_bool repeats;      /* a scout found many repeated digests */
    struct digest_partition partitions[DIGEST_PARTITIONS];
};

/* The chunk that a writer fills, 0 for none, and how many digests are in it. */
static inline uint32_t digest_open_chunk(const struct digest_writer *writer, unsigned partition, size_t *count)
{
    size_t bytes = (size_t)(writer->at[partition] - (char *)writer->digests->chunks);
    *count = bytes % DIGEST_CHUNK_BYTES / DIGEST_BYTES;
    return (uint32_t)(bytes / DIGEST_CHUNK_BYTES);
}

struct digest_partition *digests_fullest(struct digests *digests);

/* Takes as much of a partition's chain as the desk holds and makes its digests single. Where that saves little, they
 * become a run, if memory is short, and else stay as they were. Fails    FATAL: no memory, no disk. */
MUST_USE enum status digests_settle(struct digests *digests, struct digest_partition *partition, struct desk *desk,
                                    bool short_of_memory, struct fault *fault);

MUST_USE enum status digest_run_note(struct digest_partition *partition, struct digest_run run, struct fault *fault);

/* All of the bytes, at a place that was reserved by adding to file_bytes. Fails    FATAL: disk full, I/O error. */
MUST_USE enum status digest_file_write(struct digests *digests, uint64_t offset_bytes, const unsigned char *bytes,
                                       size_t count, struct fault *fault);
MUST_USE enum status digest_file_read(const struct digests *digests, uint64_t offset_bytes, unsigned char *bytes,
                                      size_t count, struct fault *fault);

#endif
