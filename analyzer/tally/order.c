#include "order.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../support/parallel.h"

enum {
    STEP_BITS = 8,          /* so few places are written to in turn that they stay in the nearest cache */
    BUCKETS = 1 << STEP_BITS,
    INSERTION_MAX = 24,
    POSITIONS = 12,         /* behind the common prefix, that are looked at for keys */
    SYMBOLS = 257           /* the end of an ID, then the bytes */
};

struct sorting {
    const struct tally *tally;
    struct customer_ref *items;
    size_t count;
    int thread_count;
    atomic_size_t prefix; /* what all IDs begin with */
    atomic_uchar seen[POSITIONS][SYMBOLS];
    uint16_t numbers[POSITIONS][SYMBOLS];
    uint32_t number_count[POSITIONS];
    size_t positions; /* that are part of the key */
    unsigned key_bits, first_bits;
    size_t starts[BUCKETS + 1];
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

/* Puts every item into the bucket of its key's bits, in place: what does not belong where it lies changes places with
 * what lies where it belongs (American flag sort). starts has a place for each bucket and one more. */
static void spread(struct customer_ref *items, size_t count, unsigned shift, unsigned bits, size_t *starts)
{
    size_t next[BUCKETS], buckets = (size_t)1 << bits;
    uint32_t mask = (uint32_t)buckets - 1;
    memset(starts, 0, (buckets + 1) * sizeof *starts);
    for (size_t i = 0; i < count; i++) starts[(items[i].key >> shift & mask) + 1]++;
    for (size_t b = 0; b < buckets; b++) starts[b + 1] += starts[b];
    memcpy(next, starts, buckets * sizeof *next);
    for (size_t b = 0; b < buckets; b++) {
        while (next[b] < starts[b + 1]) {
            struct customer_ref moving = items[next[b]];
            for (size_t to; (to = moving.key >> shift & mask) != b;) {
                struct customer_ref there = items[next[to]];
                items[next[to]++] = moving;
                moving = there;
            }
            items[next[b]++] = moving;
        }
    }
}

/* Sorts items whose keys differ in their lowest `bits` bits only. */
static void sort_bits(const struct tally *tally, struct customer_ref *items, size_t count, unsigned bits)
{
    if (count <= INSERTION_MAX || bits == 0) {
        if (count > 1) quick_sort(tally, items, count, 64);
        return;
    }
    size_t starts[BUCKETS + 1];
    unsigned step = bits < STEP_BITS ? bits : STEP_BITS;
    spread(items, count, bits - step, step, starts);
    for (size_t b = 0; b < (size_t)1 << step; b++) sort_bits(tally, items + starts[b], starts[b + 1] - starts[b], bits - step);
}

static void sort_buckets(void *context, int thread)
{
    (void)thread;
    struct sorting *sorting = context;
    for (unsigned number; (number = atomic_fetch_add(&sorting->next_bucket, 1)) < 1u << sorting->first_bits;) {
        size_t start = sorting->starts[number], count = sorting->starts[number + 1] - start;
        sort_bits(sorting->tally, sorting->items + start, count, sorting->key_bits - sorting->first_bits);
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

static unsigned symbol_at(struct span key, size_t at)
{
    return at < key.len ? (unsigned char)key.at[at] + 1u : 0;
}

static void see_symbols(void *context, int thread)
{
    struct sorting *sorting = context;
    size_t from, to, prefix = atomic_load(&sorting->prefix);
    share_of(sorting, thread, &from, &to);
    for (size_t i = from; i < to; i++) {
        struct span key = ref_key(sorting->tally, &sorting->items[i]);
        for (size_t p = 0; p < POSITIONS; p++) {
            unsigned symbol = symbol_at(key, prefix + p);
            atomic_uchar *seen = &sorting->seen[p][symbol];
            if (atomic_load_explicit(seen, memory_order_relaxed) == 0) atomic_store_explicit(seen, 1, memory_order_relaxed);
            if (symbol == 0) break;
        }
    }
}

/* Numbers what was seen, position by position, as far as 32 bits go. */
static void number_symbols(struct sorting *sorting)
{
    uint64_t keys = 1;
    for (size_t p = 0; p < POSITIONS; p++) {
        uint32_t count = 0;
        if (p > 0 && atomic_load(&sorting->seen[p - 1][0]) != 0) atomic_store(&sorting->seen[p][0], 1); /* it stays at its end */
        for (size_t s = 0; s < SYMBOLS; s++)
            if (atomic_load(&sorting->seen[p][s]) != 0) sorting->numbers[p][s] = (uint16_t)count++;
        if (keys * count > UINT64_C(1) << 32) break;
        keys *= count;
        sorting->number_count[p] = count;
        sorting->positions = p + 1;
    }
    while (sorting->key_bits < 32 && (keys - 1) >> sorting->key_bits != 0) sorting->key_bits++;
    sorting->first_bits = sorting->key_bits < STEP_BITS ? sorting->key_bits : STEP_BITS;
}

static void set_keys(void *context, int thread)
{
    struct sorting *sorting = context;
    size_t from, to, prefix = atomic_load(&sorting->prefix);
    share_of(sorting, thread, &from, &to);
    for (size_t i = from; i < to; i++) {
        struct span key = ref_key(sorting->tally, &sorting->items[i]);
        uint32_t value = 0;
        for (size_t p = 0; p < sorting->positions; p++)
            value = value * sorting->number_count[p] + sorting->numbers[p][symbol_at(key, prefix + p)];
        sorting->items[i].key = value;
    }
}

enum status customers_sort(const struct tally *tally, struct customer_ref *customers, size_t count, int thread_count, struct fault *fault)
{
    if (count < 2) return STATUS_OK;
    struct sorting *sorting = calloc(1, sizeof *sorting);
    if (sorting == NULL) return fault_set(fault, STATUS_FATAL, "no memory to sort the customers");
    sorting->tally = tally;
    sorting->items = customers;
    sorting->count = count;
    sorting->thread_count = thread_count;
    atomic_init(&sorting->prefix, SIZE_MAX);
    parallel_run(thread_count, find_prefix, sorting);
    parallel_run(thread_count, see_symbols, sorting);
    number_symbols(sorting);
    parallel_run(thread_count, set_keys, sorting);
    spread(customers, count, sorting->key_bits - sorting->first_bits, sorting->first_bits, sorting->starts);
    parallel_run(thread_count, sort_buckets, sorting);
    free(sorting);
    return STATUS_OK;
}
