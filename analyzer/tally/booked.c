#include "booked.h"

#include <stdlib.h>
#include <string.h>

#include "run_layout.h"
#include "sorter.h"

enum { SMALL_SHARE = 8 }; /* of all holders, one in so many */

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for what is booked on customers");
}

bool booked_is_few(uint64_t entries, const struct tally *tally)
{
    uint64_t holders = 0;
    for (uint32_t i = 0; i < PARTITIONS; i++) holders += tally->partitions[i].holder_count;
    return entries <= holders / SMALL_SHARE;
}

bool booked_is_small(const struct runs *runs, const struct tally *tally)
{
    return runs->booked == NULL || booked_is_few(run_entry_count(runs->opened[runs->count]), tally);
}

struct taking {
    struct tally *tally;
    const struct place_numbers *numbers;
    struct entry_merger *merger;
    struct bytes value;
    bool *more;
};

/* Loads the entry as a holder behind all others of the partition, and moves it to where the holder is that it replaces. */
static enum status replace(struct taking *taking, struct partition *partition, struct holder *holder, struct span key, struct span value,
                           struct fault *fault)
{
    uint32_t customers = partition->customer_count;
    enum status status = entry_load(taking->tally, partition, key, value, fault);
    if (status != STATUS_OK) return status;
    struct holder *loaded = partition_holder(taking->tally, partition, partition->holder_count - 1);
    loaded->numbered = true;
    if (holder == NULL) {
        *taking->more |= loaded->kind == HOLDER_CUSTOMER;
        return STATUS_OK;
    }
    *holder = *loaded;
    partition->holder_count--;
    partition->customer_count = customers;
    return STATUS_OK;
}

/* The entry as a holder will be with it; NULL: there is no holder. *value is lent until the next call. */
static enum status merge(struct taking *taking, struct span key, struct span booked, struct partition **partition, struct holder **holder,
                         struct span *value, struct fault *fault)
{
    if (key.len < 2) return fault_set(fault, STATUS_DAMAGED, "what is booked on customers is damaged");
    struct span name = {key.at + 1, key.len - 1};
    uint8_t kind = key.at[0] == 0 ? HOLDER_CUSTOMER : (uint8_t)(key.at[0] - 1);
    *holder = tally_find(taking->tally, kind, name, partition);
    *value = booked;
    if (*holder == NULL) return STATUS_OK;
    taking->value.count = 0;
    if (!entry_value_write(taking->tally, *holder, taking->numbers, &taking->value)) return no_memory(fault);
    const struct span values[2] = {{taking->value.at, taking->value.count}, booked};
    return entry_merge(taking->merger, values, 2, value, fault);
}

static enum status take(struct taking *taking, struct span key, struct span booked, struct fault *fault)
{
    struct span value;
    struct partition *partition = NULL;
    struct holder *holder = NULL;
    enum status status = merge(taking, key, booked, &partition, &holder, &value, fault);
    return status == STATUS_OK ? replace(taking, partition, holder, key, value, fault) : status;
}

enum status booked_take(const struct runs *runs, struct tally *tally, const struct place_numbers *numbers, bool *more, struct fault *fault)
{
    struct taking taking = {.tally = tally, .numbers = numbers, .more = more};
    struct run_cursor *cursor = NULL;
    struct span all = {NULL, 0}, key, value;
    *more = false;
    if (runs->booked == NULL) return STATUS_OK;
    enum status status = entry_merger_open(runs->source_count, runs->zone_s, &taking.merger, fault);
    if (status == STATUS_OK) entry_merger_set_order(taking.merger, runs->order);
    if (status == STATUS_OK) status = run_cursor_open(runs->opened[runs->count], all, all, &cursor, fault);
    while (status == STATUS_OK && (status = run_cursor_next(cursor, &key, &value, fault)) == STATUS_OK)
        status = take(&taking, key, value, fault);
    run_cursor_close(cursor);
    entry_merger_close(taking.merger);
    bytes_free(&taking.value);
    return status == STATUS_END ? STATUS_OK : status;
}

/* ------------------------------------------------------------------ beside */

struct ordering {
    struct taking taking;
    const struct sorted_holders *from;
    struct booked_order *order;
    size_t next;  /* of those given */
    size_t room, inserted_room;
};

/* Where in the given order a key belongs, behind those that are taken already: steps that grow, then halves. */
static size_t place_of(const struct ordering *ordering, uint8_t kind, struct span name)
{
    const struct tally *tally = ordering->taking.tally;
    size_t low = ordering->next, high = low, count = ordering->from->count;
    for (size_t step = 1;; step *= 2) {
        bool beyond = high < count;
        if (beyond) {
            const struct holder *holder = region_at(&tally->region, ordering->from->refs[high].holder);
            beyond = holder->kind == kind && run_key_compare(holder_key(tally, holder), name) < 0;
        }
        if (!beyond) break;
        low = high + 1;
        high = count - low < step ? count : low + step;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct holder *holder = region_at(&tally->region, ordering->from->refs[middle].holder);
        if (holder->kind == kind && run_key_compare(holder_key(tally, holder), name) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool refs_put(struct ordering *ordering, const struct customer_ref *refs, size_t count)
{
    struct sorted_holders *to = &ordering->order->sorted;
    if (ordering->room - to->count < count) return false;
    memcpy(to->refs + to->count, refs, count * sizeof *refs);
    to->count += count;
    return true;
}

/* Those up to a place, as they are. */
static bool refs_copy(struct ordering *ordering, size_t place)
{
    bool enough = refs_put(ordering, ordering->from->refs + ordering->next, place - ordering->next);
    ordering->next = place;
    return enough;
}

static enum status put_beside(struct ordering *ordering, struct span key, struct span booked, struct fault *fault)
{
    struct taking *taking = &ordering->taking;
    struct partition *partition = NULL;
    struct holder *holder = NULL;
    struct span value;
    enum status status = merge(taking, key, booked, &partition, &holder, &value, fault);
    if (status == STATUS_OK) status = entry_load(taking->tally, partition, key, value, fault);
    if (status != STATUS_OK) return status;
    struct holder *made = partition_holder(taking->tally, partition, partition->holder_count - 1);
    made->numbered = true;
    const struct customer_ref *refs = ordering->from->refs;
    size_t place = ordering->next;
    uint32_t of = holder == NULL ? 0 : region_place(&taking->tally->region, holder);
    if (holder == NULL && made->kind != HOLDER_CUSTOMER) return fault_set(fault, STATUS_DAMAGED, "what is booked on records is of none that there is");
    if (holder == NULL) place = place_of(ordering, made->kind, (struct span){key.at + 1, key.len - 1});
    else while (place < ordering->from->count && refs[place].holder != of) place++;
    struct customer_ref ref = {.holder = region_place(&taking->tally->region, made)};
    if (!refs_copy(ordering, place) || !refs_put(ordering, &ref, 1)) return fault_set(fault, STATUS_DAMAGED, "what is booked on customers is in no order");
    if (holder != NULL) {
        ordering->next++;
        return STATUS_OK;
    }
    ordering->order->inserted[ordering->order->inserted_count++] = place;
    ordering->order->sorted.customer_count += made->kind == HOLDER_CUSTOMER;
    return STATUS_OK;
}

enum status booked_order_open(const struct runs *runs, const struct sorter *booked, struct tally *tally, const struct place_numbers *numbers,
                              const struct sorted_holders *sorted, struct booked_order *order, struct fault *fault)
{
    struct ordering ordering = {.taking = {.tally = tally, .numbers = numbers}, .from = sorted, .order = order};
    struct sorter_walk *walk = NULL;
    struct span key, value;
    size_t more = (size_t)sorter_entry_count(booked);
    ordering.room = sorted->count + more;
    *order = (struct booked_order){.sorted = {.customer_count = sorted->customer_count}};
    order->sorted.refs = pages_take(ordering.room * sizeof *order->sorted.refs);
    order->inserted = malloc((more + 1) * sizeof *order->inserted);
    enum status status = order->sorted.refs == NULL || order->inserted == NULL ? no_memory(fault) : STATUS_OK;
    if (status == STATUS_OK) status = entry_merger_open(runs->source_count, runs->zone_s, &ordering.taking.merger, fault);
    if (status == STATUS_OK) entry_merger_set_order(ordering.taking.merger, runs->order);
    if (status == STATUS_OK) status = sorter_walk_open(booked, &walk, fault);
    while (status == STATUS_OK && (status = sorter_walk_next(walk, &key, &value, fault)) == STATUS_OK) status = put_beside(&ordering, key, value, fault);
    if (status == STATUS_END) status = refs_copy(&ordering, sorted->count) ? STATUS_OK : no_memory(fault);
    sorter_walk_close(walk);
    entry_merger_close(ordering.taking.merger);
    bytes_free(&ordering.taking.value);
    if (order->sorted.refs != NULL) pages_trim(order->sorted.refs, ordering.room * sizeof *order->sorted.refs, order->sorted.count * sizeof *order->sorted.refs);
    if (status != STATUS_OK) booked_order_close(order);
    return status;
}

void booked_order_close(struct booked_order *order)
{
    sorted_holders_free(&order->sorted);
    free(order->inserted);
    *order = (struct booked_order){0};
}

size_t booked_order_at(const struct booked_order *order, size_t place, bool end)
{
    size_t low = 0, high = order->inserted_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order->inserted[middle] < place || (end && order->inserted[middle] == place)) low = middle + 1;
        else high = middle;
    }
    return place + low;
}
