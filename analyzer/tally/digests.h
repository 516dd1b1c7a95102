/* How many different digests there are, counted exactly: nothing is sampled, nothing estimated.
 *
 * Shape    digest_add -> chunk of its partition (the writer's own) -> chain of the partition -> count, or sorted stream
 *                                                                      \-> sorted run in a file, where memory ends
 * Exact    of a digest the upper DIGEST_BITS bits are kept and compared. Two of 10^10 different mixed digests agree in
 *          all of them with a chance of 4 in 10^17
 * Memory   14 bytes a digest: 8 of the 120 bits are the partition's number. Where many repeat, which a
 *          sixteenth of the partitions finds out, they are made single as they come: then 14 to 28 bytes a distinct
 *          digest. A budget of less than DIGESTS_MEMORY_LEAST a thread, and as much again, is raised to that
 * Disk     14 bytes a digest beyond the budget, in one file, which loses its name as soon as it is made: no end of the
 *          process leaves it behind. Repeated digests are written several times only if they came far apart
 * Speed    made for digests whose bits are well mixed, the top ones above all; others are counted as truly, but slower
 * Threads  digest_add on one digest_writer a thread; digests_count and digests_write_sorted work on all threads
 *          themselves, while no writer adds
 */
#ifndef DIGESTS_H
#define DIGESTS_H

#include <stdint.h>
#include <string.h>

#include "../support/fault.h"
#include "region.h"

enum {
    DIGEST_BITS = 120,
    DIGEST_PARTITIONS = 256,
    DIGEST_BYTES = 14, /* as kept: without the partition's byte and the lowest */
    DIGEST_CHUNK_BYTES = 4096,
    DIGEST_CHUNK_DIGESTS = 292,
    DIGEST_CHUNK_FULL = DIGEST_CHUNK_DIGESTS * DIGEST_BYTES,
    DIGESTS_MEMORY_LEAST = 2 << 20
};

struct digest {
    uint64_t low, high;
};

struct digests_options {
    size_t memory_bytes; /* for chunks, sorting and merging together */
    int thread_count;    /* so many writers are open at once at most */
    int directory_fd;    /* where the file is made; -1: nowhere, more than the memory is FATAL. Stays the caller's */
    const char *name;    /* the file's is NAME-digests-NNN.tmp, while it has one */
};

struct digests;
struct desk;

/* Its fields are digest_add's. at points behind the last digest of each partition's open chunk. */
struct digest_writer {
    char *at[DIGEST_PARTITIONS];
    struct digests *digests;
    struct digest_writer *next;
    struct desk *desk;
};

MUST_USE enum status digests_open(const struct digests_options *options, struct digests **digests, struct fault *fault);
void digests_close(struct digests *digests); /* after its writers; accepts NULL */

/* The memory that they are in, for somebody else, who closes it: count bytes of it were used, and there is anything in them. After its
 * writers; then it can only be closed. */
struct pages digests_leave(struct digests *digests);

/* Fails    FATAL: no memory, or more than thread_count. */
MUST_USE enum status digest_writer_open(struct digests *digests, struct digest_writer **writer, struct fault *fault);
/* What was added stays. Accepts NULL. */
void digest_writer_close(struct digest_writer *writer);

/* digest_add's rare part: a new chunk for the partition. */
MUST_USE enum status digest_chunk_next(struct digest_writer *writer, unsigned partition, struct fault *fault);

/* Fails    FATAL: no memory, no disk. */
MUST_USE static inline enum status digest_add(struct digest_writer *writer, struct digest digest, struct fault *fault)
{
    unsigned partition = (unsigned)(digest.high >> 56);
    if ((uintptr_t)writer->at[partition] % DIGEST_CHUNK_BYTES == DIGEST_CHUNK_FULL) {
        enum status status = digest_chunk_next(writer, partition, fault);
        if (status != STATUS_OK) return status;
    }
    char *at = writer->at[partition];
    uint64_t first = digest.high << 8 | digest.low >> 56;
    uint32_t second = (uint32_t)(digest.low >> 24);
    uint16_t third = (uint16_t)(digest.low >> 8);
    memcpy(at, &first, sizeof first);
    memcpy(at + 8, &second, sizeof second);
    memcpy(at + 12, &third, sizeof third);
    writer->at[partition] = at + DIGEST_BYTES;
    return STATUS_OK;
}

/* Of all that was added so far, by open writers too; more may be added after.
 * Fails    FATAL: no memory, no disk. */
MUST_USE enum status digests_count(struct digests *digests, int thread_count, uint64_t *distinct, struct fault *fault);

/* Takes the next digests, DIGEST_BITS of each, the rest zero; lent for the call. A failure ends the stream and
 * is what digests_write_sorted returns. */
typedef enum status digests_sink(void *context, const struct digest *digests, size_t count, struct fault *fault);

/* Every distinct digest once, ascending by high, then low. Called by one thread at a time, in batches of any size above 0.
 * Adding them all to other digests is how these are merged. Fails    as digests_count, and as the sink. */
MUST_USE enum status digests_write_sorted(struct digests *digests, int thread_count, digests_sink *sink, void *context,
                                          struct fault *fault);

#endif
