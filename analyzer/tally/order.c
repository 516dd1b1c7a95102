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
    SYMBOLS = 257,          /* the end of an ID, then the bytes */
    ASIDE_MIN = 512,        /* fewer items are not worth counters of their own */
    ASIDE_BITS_MAX = 12,    /* of a step, so that its counters stay in the nearest cache */
    LOOKED_AT = 64,         /* customers of a partition by which the keys of all are guessed */
    BLOBS_AHEAD = 12        /* fetched while others are listed */
};

static const uint64_t UNSEEN = UINT64_C(1) << 40; /* beyond any key, however often it is added up */

struct sorting {
    const struct tally *tally;
    struct customer_ref *items;
    size_t count;
    int thread_count;
    struct span first;    /* one of the IDs */
    atomic_size_t prefix; /* so much of it all begin with */
    atomic_uchar seen[POSITIONS][SYMBOLS];
    uint64_t parts[POSITIONS][SYMBOLS]; /* of the key, which is the sum of those of all positions; UNSEEN */
    size_t positions; /* that are part of the key */
    unsigned key_bits, first_bits;
    struct customer_ref *scratch; /* room for as many items; NULL: there is none, and they are sorted in place */
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

/* Items whose keys are equal, by what else their IDs are. */
static void sort_equals(const struct tally *tally, struct customer_ref *items, size_t count)
{
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && items[end].key == items[i].key; end++) continue;
        if (end - i > 1) quick_sort(tally, items + i, end - i, 64);
    }
}

/* The same as sort_bits, in two steps from one place to the other and back: the lower half of the bits first. */
static void sort_aside(const struct tally *tally, struct customer_ref *items, struct customer_ref *scratch, size_t count, unsigned bits)
{
    uint32_t places[2][(1 << ASIDE_BITS_MAX)], at[2] = {0, 0};
    unsigned low = bits / 2, high = bits - low;
    uint32_t low_mask = (1u << low) - 1, high_mask = (1u << high) - 1;
    memset(places[0], 0, ((size_t)low_mask + 1) * sizeof **places);
    memset(places[1], 0, ((size_t)high_mask + 1) * sizeof **places);
    for (size_t i = 0; i < count; i++) {
        places[0][items[i].key & low_mask]++;
        places[1][items[i].key >> low & high_mask]++;
    }
    for (unsigned step = 0; step < 2; step++)
        for (uint32_t b = 0; b <= (step == 0 ? low_mask : high_mask); b++) {
            uint32_t there = places[step][b];
            places[step][b] = at[step];
            at[step] += there;
        }
    for (size_t i = 0; i < count; i++) scratch[places[0][items[i].key & low_mask]++] = items[i];
    for (size_t i = 0; i < count; i++) items[places[1][scratch[i].key >> low & high_mask]++] = scratch[i];
    sort_equals(tally, items, count);
}

static void sort_buckets(void *context, int thread)
{
    (void)thread;
    struct sorting *sorting = context;
    unsigned bits = sorting->key_bits - sorting->first_bits;
    for (unsigned number; (number = atomic_fetch_add(&sorting->next_bucket, 1)) < 1u << sorting->first_bits;) {
        size_t start = sorting->starts[number], count = sorting->starts[number + 1] - start;
        struct customer_ref *items = sorting->items + start;
        if (sorting->scratch != NULL && count >= ASIDE_MIN && count <= UINT32_MAX) sort_aside(sorting->tally, items, sorting->scratch + start, count, bits);
        else sort_bits(sorting->tally, items, count, bits);
    }
}

_Static_assert(32 - STEP_BITS <= 2 * ASIDE_BITS_MAX, "two steps are enough");

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
    size_t prefix = sorting->first.len;
    for (size_t i = from; i < to; i++) prefix = common_prefix(sorting->first, ref_key(sorting->tally, &sorting->items[i]), prefix);
    size_t least = atomic_load(&sorting->prefix);
    while (prefix < least && !atomic_compare_exchange_weak(&sorting->prefix, &least, prefix)) continue;
}

static unsigned symbol_at(struct span key, size_t at)
{
    return at < key.len ? (unsigned char)key.at[at] + 1u : 0;
}

static void see_id(struct sorting *sorting, struct span id, size_t prefix)
{
    for (size_t p = 0; p < POSITIONS; p++) {
        unsigned symbol = symbol_at(id, prefix + p);
        atomic_uchar *seen = &sorting->seen[p][symbol];
        if (atomic_load_explicit(seen, memory_order_relaxed) == 0) atomic_store_explicit(seen, 1, memory_order_relaxed);
        if (symbol == 0) break;
    }
}

static void see_symbols(void *context, int thread)
{
    struct sorting *sorting = context;
    size_t from, to, prefix = atomic_load(&sorting->prefix);
    share_of(sorting, thread, &from, &to);
    for (size_t i = from; i < to; i++) see_id(sorting, ref_key(sorting->tally, &sorting->items[i]), prefix);
}

/* Numbers what was seen, position by position, as far as 32 bits go, each number times what those behind it can be. */
static void number_symbols(struct sorting *sorting)
{
    uint64_t keys = 1, times = 1;
    uint32_t counts[POSITIONS];
    for (size_t p = 0; p < POSITIONS; p++) {
        uint32_t count = 0;
        if (p > 0 && atomic_load(&sorting->seen[p - 1][0]) != 0) atomic_store(&sorting->seen[p][0], 1); /* it stays at its end */
        for (size_t s = 0; s < SYMBOLS; s++) count += atomic_load(&sorting->seen[p][s]) != 0;
        if (keys * count > UINT64_C(1) << 32) break;
        keys *= count;
        counts[p] = count;
        sorting->positions = p + 1;
    }
    for (size_t p = sorting->positions; p-- > 0; times *= counts[p]) {
        uint64_t number = 0;
        for (size_t s = 0; s < SYMBOLS; s++) sorting->parts[p][s] = atomic_load(&sorting->seen[p][s]) != 0 ? number++ * times : UNSEEN;
    }
    while (sorting->key_bits < 32 && (keys - 1) >> sorting->key_bits != 0) sorting->key_bits++;
    sorting->first_bits = sorting->key_bits < STEP_BITS ? sorting->key_bits : STEP_BITS;
}

/* False: it begins otherwise, or has a byte where none of those had it that were seen. */
static inline bool key_find(const struct sorting *sorting, struct span id, size_t prefix, uint32_t *key)
{
    size_t positions = sorting->positions;
    uint64_t sum = 0;
    if (id.len < prefix || !bytes_equal(id.at, sorting->first.at, prefix)) {
        *key = 0;
        return false;
    }
    if (id.len - prefix >= positions)
        for (size_t p = 0; p < positions; p++) sum += sorting->parts[p][(unsigned char)id.at[prefix + p] + 1u];
    else
        for (size_t p = 0; p < positions; p++) sum += sorting->parts[p][symbol_at(id, prefix + p)];
    *key = (uint32_t)sum;
    return sum < UNSEEN;
}

static void set_keys(void *context, int thread)
{
    struct sorting *sorting = context;
    size_t from, to, prefix = atomic_load(&sorting->prefix);
    share_of(sorting, thread, &from, &to);
    for (size_t i = from; i < to; i++) (void)key_find(sorting, ref_key(sorting->tally, &sorting->items[i]), prefix, &sorting->items[i].key);
}

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to sort the customers");
}

enum status customers_sort(const struct tally *tally, struct customer_ref *customers, size_t count, int thread_count, struct fault *fault)
{
    if (count < 2) return STATUS_OK;
    struct sorting *sorting = calloc(1, sizeof *sorting);
    if (sorting == NULL) return no_memory(fault);
    sorting->tally = tally;
    sorting->items = customers;
    sorting->count = count;
    sorting->thread_count = thread_count;
    sorting->first = ref_key(tally, &customers[0]);
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

/* ------------------------------------------------------------------ all holders of a tally */

/* Customers get their keys as they are listed, by numbers that are guessed from some of them: so each is looked at once. Where a
 * customer has what none of those had, keys are found in the long way. */
struct listing {
    const struct tally *tally;
    const struct holder_look *look; /* NULL: nobody's */
    struct customer_ref *listed, *sorted;
    size_t customers[PARTITIONS + 1], others[PARTITIONS + 1]; /* where those of a partition begin: all customers, then all others */
    size_t places[PARTITIONS][BUCKETS]; /* how many of its customers are in a bucket, then where the next of them goes */
    struct sorting sorting; /* of the customers */
    atomic_uint next_partition;
    atomic_bool strange; /* the guess does not hold */
};

static unsigned first_shift(const struct sorting *sorting)
{
    return sorting->key_bits - sorting->first_bits;
}

/* Hands IDs of customers that lie evenly in all partitions to a function. */
static void look_at_some(struct listing *listing, void (*look)(struct sorting *sorting, struct span id))
{
    for (uint32_t number = 0; number < PARTITIONS; number++) {
        const struct partition *partition = &listing->tally->partitions[number];
        uint32_t step = partition->holder_count / LOOKED_AT + 1;
        for (uint32_t i = 0; i < partition->holder_count; i += step) {
            const struct holder *holder = partition_holder(listing->tally, partition, i);
            if (holder->kind == HOLDER_CUSTOMER) look(&listing->sorting, holder_key(listing->tally, holder));
        }
    }
}

static void note_prefix(struct sorting *sorting, struct span id)
{
    if (sorting->first.at == NULL) sorting->first = id;
    size_t prefix = atomic_load(&sorting->prefix);
    atomic_store(&sorting->prefix, common_prefix(sorting->first, id, prefix));
}

static void note_symbols(struct sorting *sorting, struct span id)
{
    see_id(sorting, id, atomic_load(&sorting->prefix));
}

static void guess_keys(struct listing *listing)
{
    atomic_init(&listing->sorting.prefix, SIZE_MAX);
    look_at_some(listing, note_prefix);
    look_at_some(listing, note_symbols);
    number_symbols(&listing->sorting);
}

/* In the order of their entries' keys. */
static uint32_t group_of(const struct holder *holder)
{
    return holder->kind == HOLDER_SET ? (uint32_t)kind_count : holder->kind;
}

static void list_partition(struct listing *listing, int thread, uint32_t number)
{
    const struct tally *tally = listing->tally;
    const struct partition *partition = &tally->partitions[number];
    const struct sorting *sorting = &listing->sorting;
    struct customer_ref *customer = listing->listed + listing->customers[number], *other = listing->listed + listing->others[number];
    size_t *counts = listing->places[number], prefix = atomic_load(&sorting->prefix);
    bool known = sorting->first.at != NULL;
    for (uint32_t i = 0; i < partition->holder_count; i++) {
        if (i + BLOBS_AHEAD < partition->holder_count) {
            const struct holder *ahead = partition_holder(tally, partition, i + BLOBS_AHEAD);
            const char *blob = region_at(&tally->region, ahead->blob);
            __builtin_prefetch(blob);
            if (listing->look != NULL) {
                __builtin_prefetch(blob + 64);
                __builtin_prefetch(blob + ahead->blob_used);
            }
        }
        const struct holder *holder = partition_holder(tally, partition, i);
        if (listing->look != NULL) listing->look->look(listing->look->context, thread, number, holder);
        struct customer_ref ref = {.holder = region_place(&tally->region, holder)};
        if (holder->kind != HOLDER_CUSTOMER) {
            ref.key = group_of(holder);
            *other++ = ref;
            continue;
        }
        known = known && key_find(sorting, holder_key(tally, holder), prefix, &ref.key);
        if (known) counts[ref.key >> first_shift(sorting)]++;
        *customer++ = ref;
    }
    if (!known && partition->customer_count > 0) atomic_store(&listing->strange, true);
}

static void list_partitions(void *context, int thread)
{
    struct listing *listing = context;
    for (uint32_t number; (number = atomic_fetch_add(&listing->next_partition, 1)) < PARTITIONS;) list_partition(listing, thread, number);
}

/* Where the customers of each partition go in each bucket. */
static void place_buckets(struct listing *listing)
{
    struct sorting *sorting = &listing->sorting;
    size_t at = 0, buckets = (size_t)1 << sorting->first_bits;
    for (size_t b = 0; b < buckets; b++) {
        sorting->starts[b] = at;
        for (uint32_t number = 0; number < PARTITIONS; number++) {
            size_t count = listing->places[number][b];
            listing->places[number][b] = at;
            at += count;
        }
    }
    sorting->starts[buckets] = at;
}

static void fill_buckets(void *context, int thread)
{
    struct listing *listing = context;
    unsigned shift = first_shift(&listing->sorting);
    (void)thread;
    for (uint32_t number; (number = atomic_fetch_add(&listing->next_partition, 1)) < PARTITIONS;) {
        size_t *places = listing->places[number];
        for (size_t i = listing->customers[number]; i < listing->customers[number + 1]; i++) {
            const struct customer_ref *ref = &listing->listed[i];
            listing->sorted[places[ref->key >> shift]++] = *ref;
        }
    }
}

static enum status sort_listed_customers(struct listing *listing, int thread_count, struct fault *fault)
{
    size_t count = listing->customers[PARTITIONS];
    if (atomic_load(&listing->strange)) {
        enum status status = customers_sort(listing->tally, listing->listed, count, thread_count, fault);
        memcpy(listing->sorted, listing->listed, count * sizeof *listing->sorted);
        return status;
    }
    if (count == 0) return STATUS_OK;
    place_buckets(listing);
    atomic_store(&listing->next_partition, 0);
    parallel_run(thread_count, fill_buckets, listing);
    listing->sorting.scratch = listing->listed;
    parallel_run(thread_count, sort_buckets, &listing->sorting);
    return STATUS_OK;
}

/* All that is no customer: group by group. */
static enum status sort_others(struct listing *listing, int thread_count, struct fault *fault)
{
    size_t starts[KINDS_MAX + 2] = {0}, next[KINDS_MAX + 1], first = listing->others[0], end = listing->others[PARTITIONS];
    for (size_t i = first; i < end; i++) starts[listing->listed[i].key + 1]++;
    starts[0] = first;
    for (size_t g = 0; g <= kind_count; g++) starts[g + 1] += starts[g];
    memcpy(next, starts, sizeof next);
    for (size_t i = first; i < end; i++) listing->sorted[next[listing->listed[i].key]++] = listing->listed[i];
    enum status status = STATUS_OK;
    for (size_t g = 0; g <= kind_count && status == STATUS_OK; g++)
        status = customers_sort(listing->tally, listing->sorted + starts[g], starts[g + 1] - starts[g], thread_count, fault);
    return status;
}

static bool listing_open(const struct tally *tally, struct sorted_holders *sorted, struct listing **listing)
{
    struct listing *made = calloc(1, sizeof *made);
    *listing = made;
    if (made == NULL) return false;
    made->tally = made->sorting.tally = tally;
    for (uint32_t number = 0; number < PARTITIONS; number++) {
        const struct partition *partition = &tally->partitions[number];
        made->customers[number + 1] = made->customers[number] + partition->customer_count;
        made->others[number + 1] = made->others[number] + partition->holder_count - partition->customer_count;
    }
    for (uint32_t number = 0; number <= PARTITIONS; number++) made->others[number] += made->customers[PARTITIONS];
    *sorted = (struct sorted_holders){.count = made->others[PARTITIONS], .customer_count = made->customers[PARTITIONS]};
    if (sorted->count == 0) return true;
    made->listed = pages_take(sorted->count * sizeof *made->listed);
    made->sorted = made->sorting.items = sorted->refs = pages_take(sorted->count * sizeof *made->sorted);
    return made->listed != NULL && made->sorted != NULL;
}

enum status holders_sort(const struct tally *tally, int thread_count, const struct holder_look *look, struct sorted_holders *sorted,
                         struct fault *fault)
{
    return holders_look_sort(tally, thread_count, look, NULL, sorted, fault);
}

enum status holders_look_sort(const struct tally *tally, int thread_count, const struct holder_look *look, void (*looked)(void *context),
                              struct sorted_holders *sorted, struct fault *fault)
{
    struct listing *listing = NULL;
    *sorted = (struct sorted_holders){0};
    enum status status = listing_open(tally, sorted, &listing) ? STATUS_OK : no_memory(fault);
    if (status == STATUS_OK && sorted->count > 0) {
        listing->look = look;
        guess_keys(listing);
        parallel_run(thread_count, list_partitions, listing);
    }
    if (status == STATUS_OK && looked != NULL) looked(look->context);
    if (status == STATUS_OK && sorted->count > 0) {
        status = sort_listed_customers(listing, thread_count, fault);
        if (status == STATUS_OK) status = sort_others(listing, thread_count, fault);
    }
    if (listing != NULL) pages_free(listing->listed, sorted->count * sizeof *listing->listed);
    free(listing);
    if (status != STATUS_OK) sorted_holders_free(sorted);
    return status;
}

void sorted_holders_free(struct sorted_holders *sorted)
{
    pages_free(sorted->refs, sorted->count * sizeof *sorted->refs);
    *sorted = (struct sorted_holders){0};
}
