/* The memory of a tally: one range of addresses, handed out in chunks and never given back singly.
 *
 * Why      what is counted is touched in random order; on large pages a touch costs two thirds of what it
 *          costs on small ones, and a place takes four bytes instead of eight
 * Units    a place is an offset in steps of REGION_STEP bytes; place 0 means "nothing"
 * Limits   REGION_STEP * 2^32 bytes (64 GiB)
 * Threads  region_chunk from any thread; what lies in a chunk is its taker's
 */
#ifndef REGION_H
#define REGION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REGION_STEP = 16, REGION_CHUNK_BYTES = 16 * 1024 };

struct region {
    char *base;
    size_t reserved;
    atomic_size_t used;
};

/* Reserves addresses; memory comes as it is touched. false: not even the least range is to be had. */
bool region_open(struct region *region);
void region_close(struct region *region);

/* bytes (a multiple of REGION_STEP) of zeros; 0 when the range is used up. */
uint32_t region_take(struct region *region, size_t bytes);

/* All places are free again and zero; their memory stays. Nobody else may be at work on it. */
void region_clear(struct region *region);

/* Zeros for a while, outside of the region but on large pages too; NULL: no memory. */
void *pages_take(size_t bytes);
void pages_free(void *pages, size_t bytes); /* accepts NULL */

/* Gives back what lies behind the first `kept` bytes, which are freed as so many from now on. */
void pages_trim(void *pages, size_t bytes, size_t kept);

/* Has memory there at once, so that nobody waits for it later; what is in it stays. Where the system does not know how (Linux before
 * 5.14), or nothing is mapped there any more, nothing happens. */
enum { PAGES_TOUCHED_BYTES = 2 * 1024 * 1024 }; /* a large page */
void pages_touch(void *at, size_t bytes);

/* Bytes that grow, on large pages: capacity counts addresses, memory comes as it is touched. Growing may move them. */
struct pages {
    char *at;
    size_t count, capacity;
};

/* false: no memory. A range of likely_bytes is asked for first, then one of least_bytes. */
bool pages_open(struct pages *pages, size_t likely_bytes, size_t least_bytes);
bool pages_grow(struct pages *pages, size_t capacity);
void pages_close(struct pages *pages);

/* Room for `more` behind what is there; false: no memory. */
static inline bool pages_reserve(struct pages *pages, size_t more)
{
    if (more <= pages->capacity - pages->count) return true;
    size_t capacity = pages->capacity / 2 * 3;
    return pages_grow(pages, capacity > pages->count + more ? capacity : pages->count + more);
}

static inline void *region_at(const struct region *region, uint32_t place)
{
    return region->base + (size_t)place * REGION_STEP;
}

static inline uint32_t region_place(const struct region *region, const void *at)
{
    return (uint32_t)((size_t)((const char *)at - region->base) / REGION_STEP);
}

#endif
