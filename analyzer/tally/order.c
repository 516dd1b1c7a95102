#include "order.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../support/parallel.h"

enum { BUCKET_BITS = 12, BUCKETS = 1 << BUCKET_BITS, INSERTION_MAX = 24 };

struct sorting {
    const struct tally *tally;
    struct customer_ref *items, *spread;
    size_t count;
    int thread_count;
    size_t starts[BUCKETS + 1];
    atomic_size_t prefix; /* what all IDs begin with */
    atomic_uint next_bucket;
};

static struct span ref_key(const struct tally *tally, const struct customer_ref *ref)
{
    return holder_key(tally, region_at(&tally->region, ref->holder));
}

static int compare(const struct tally *tally, const struct customer_ref *a, const struct customer_ref *b)
{
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    struct span x = ref_key(tally, a), y = ref_key(tally, b);
    int order = memcmp(x.at, y.at, x.len < y.len ? x.len : y.len);
    return order != 0 ? order : x.len < y.len ? -1 : x.len > y.len;
}

static void insertion_sort(const struct tally *tally, struct customer_ref *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct customer_ref moving = items[i];
        size_t k = i;
        for (; k > 0 && compare(tally, &moving, &items[k - 1]) < 0; k--) items[k] = items[k - 1];
        items[k] = moving;
    }
}

static void sift_down(const struct tally *tally, struct customer_ref *items, size_t at, size_t count)
{
    struct customer_ref moving = items[at];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && compare(tally, &items[child], &items[child + 1]) < 0) child++;
        if (compare(tally, &moving, &items[child]) >= 0) break;
        items[at] = items[child];
    }
    items[at] = moving;
}

/* For what quicksort splits badly, so that no set of IDs makes it slow. */
static void heap_sort(const struct tally *tally, struct customer_ref *items, size_t count)
{
    for (size_t i = count / 2; i > 0; i--) sift_down(tally, items, i - 1, count);
    for (size_t end = count; end > 1; end--) {
        struct customer_ref first = items[0];
        items[0] = items[end - 1];
        items[end - 1] = first;
        sift_down(tally, items, 0, end - 1);
    }
}

/* Recurses into the smaller part only, at most `depth` deep. */
static void quick_sort(const struct tally *tally, struct customer_ref *items, size_t count, unsigned depth)
{
    while (count > INSERTION_MAX) {
        if (depth-- == 0) {
            heap_sort(tally, items, count);
            return;
        }
        struct customer_ref pivot = items[count / 2];
        size_t low = 0, high = count - 1;
        for (;;) {
            while (compare(tally, &items[low], &pivot) < 0) low++;
            while (compare(tally, &pivot, &items[high]) < 0) high--;
            if (low >= high) break;
            struct customer_ref swapped = items[low];
            items[low++] = items[high];
            items[high--] = swapped;
        }
        size_t left = low, right = count - left;
        if (left < right) {
            quick_sort(tally, items, left, depth);
            items += left;
            count = right;
        } else {
            quick_sort(tally, items + left, right, depth);
            count = left;
        }
    }
    insertion_sort(tally, items, count);
}

static void sort_buckets(void *context, int thread)
{
    (void)thread;
    struct sorting *sorting = context;
    for (unsigned number; (number = atomic_fetch_add(&sorting->next_bucket, 1)) < BUCKETS;) {
        size_t start = sorting->starts[number], count = sorting->starts[number + 1] - start;
        if (count > 1) quick_sort(sorting->tally, sorting->spread + start, count, 64);
    }
}

static size_t common_prefix(struct span a, struct span b, size_t length)
{
    size_t most = a.len < b.len ? a.len : b.len;
    if (most > length) most = length;
    size_t i = 0;
    while (i < most && a.at[i] == b.at[i]) i++;
    return i;
}

static void share_of(const struct sorting *sorting, int thread, size_t *from, size_t *to)
{
    *from = sorting->count * (size_t)thread / (size_t)sorting->thread_count;
    *to = sorting->count * ((size_t)thread + 1) / (size_t)sorting->thread_count;
}

static void find_prefix(void *context, int thread)
{
    struct sorting *sorting = context;
    size_t from, to;
    share_of(sorting, thread, &from, &to);
    struct span first = ref_key(sorting->tally, &sorting->items[0]);
    size_t prefix = first.len;
    for (size_t i = from; i < to; i++) prefix = common_prefix(first, ref_key(sorting->tally, &sorting->items[i]), prefix);
    size_t least = atomic_load(&sorting->prefix);
    while (prefix < least && !atomic_compare_exchange_weak(&sorting->prefix, &least, prefix)) continue;
}

static void set_keys(void *context, int thread)
{
    struct sorting *sorting = context;
    size_t from, to, prefix = atomic_load(&sorting->prefix);
    share_of(sorting, thread, &from, &to);
    for (size_t i = from; i < to; i++) {
        struct span key = ref_key(sorting->tally, &sorting->items[i]);
        uint64_t value = 0;
        for (size_t k = 0; k < 8; k++) value = value << 8 | (prefix + k < key.len ? (unsigned char)key.at[prefix + k] : 0u);
        sorting->items[i].key = value;
    }
}

enum status customers_sort(const struct tally *tally, struct customer_ref *customers, size_t count, int thread_count, struct fault *fault)
{
    if (count < 2) return STATUS_OK;
    struct sorting *sorting = calloc(1, sizeof *sorting);
    struct customer_ref *spread = malloc(count * sizeof *spread);
    size_t *next = malloc(BUCKETS * sizeof *next);
    if (sorting == NULL || spread == NULL || next == NULL) {
        free(sorting);
        free(spread);
        free(next);
        return fault_set(fault, STATUS_FATAL, "no memory to sort the customers");
    }
    *sorting = (struct sorting){.tally = tally, .items = customers, .spread = spread, .count = count, .thread_count = thread_count};
    atomic_init(&sorting->prefix, SIZE_MAX);
    parallel_run(thread_count, find_prefix, sorting);
    parallel_run(thread_count, set_keys, sorting);
    uint64_t least = UINT64_MAX, greatest = 0;
    for (size_t i = 0; i < count; i++) {
        if (customers[i].key < least) least = customers[i].key;
        if (customers[i].key > greatest) greatest = customers[i].key;
    }
    unsigned shift = 0;
    while (shift < 64 && (greatest - least) >> shift >= BUCKETS) shift++;
    for (size_t i = 0; i < count; i++) sorting->starts[((customers[i].key - least) >> shift) + 1]++;
    for (size_t b = 0; b < BUCKETS; b++) sorting->starts[b + 1] += sorting->starts[b];
    memcpy(next, sorting->starts, BUCKETS * sizeof *next);
    for (size_t i = 0; i < count; i++) spread[next[(customers[i].key - least) >> shift]++] = customers[i];
    parallel_run(thread_count, sort_buckets, sorting);
    memcpy(customers, spread, count * sizeof *spread);
    free(next);
    free(spread);
    free(sorting);
    return STATUS_OK;
}
