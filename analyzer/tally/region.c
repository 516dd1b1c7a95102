#include "region.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

bool region_open(struct region *region)
{
    /* The full range first; less where a limit on addresses stands in the way. */
    for (size_t bytes = (size_t)REGION_STEP << 32; bytes >= (size_t)256 << 20; bytes /= 4) {
        void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base == MAP_FAILED) continue;
        madvise(base, bytes, MADV_HUGEPAGE); /* a wish: without it all is the same, but slower */
        region->base = base;
        region->reserved = bytes;
        atomic_init(&region->used, REGION_CHUNK_BYTES); /* place 0 is nobody's */
        return true;
    }
    return false;
}

void region_close(struct region *region)
{
    if (region->base != NULL) munmap(region->base, region->reserved);
}

uint32_t region_take(struct region *region, size_t bytes)
{
    size_t at = atomic_fetch_add_explicit(&region->used, bytes, memory_order_relaxed);
    if (at > region->reserved || bytes > region->reserved - at) return 0;
    return (uint32_t)(at / REGION_STEP);
}

void region_clear(struct region *region)
{
    /* Zeros written are a tenth of the cost of zeros fetched anew from the system. */
    size_t used = atomic_load(&region->used);
    if (used > region->reserved) used = region->reserved;
    memset(region->base, 0, used);
    atomic_store(&region->used, REGION_CHUNK_BYTES);
}

void *pages_take(size_t bytes)
{
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) return NULL;
    madvise(pages, bytes, MADV_HUGEPAGE);
    return pages;
}

void pages_free(void *pages, size_t bytes)
{
    if (pages != NULL) munmap(pages, bytes);
}

void pages_trim(void *pages, size_t bytes, size_t kept)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (kept + page - 1) / page * page;
    if (whole < bytes) munmap((char *)pages + whole, bytes - whole);
}

void pages_touch(void *at, size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), before = (uintptr_t)at % page;
    madvise((char *)at - before, bytes + before, MADV_POPULATE_WRITE);
}

bool pages_open(struct pages *pages, size_t likely_bytes, size_t least_bytes)
{
    *pages = (struct pages){.capacity = likely_bytes > least_bytes ? likely_bytes : least_bytes};
    pages->at = pages_take(pages->capacity);
    if (pages->at != NULL) return true;
    pages->at = pages_take(pages->capacity = least_bytes);
    return pages->at != NULL;
}

bool pages_grow(struct pages *pages, size_t capacity)
{
    if (capacity <= pages->capacity) return true;
    void *at = mremap(pages->at, pages->capacity, capacity, MREMAP_MAYMOVE);
    if (at == MAP_FAILED) return false;
    madvise(at, capacity, MADV_HUGEPAGE);
    pages->at = at;
    pages->capacity = capacity;
    return true;
}

void pages_close(struct pages *pages)
{
    pages_free(pages->at, pages->capacity);
    *pages = (struct pages){0};
}
