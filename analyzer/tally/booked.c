#include "booked.h"

enum { SMALL_SHARE = 8 }; /* of all holders, one in so many */

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for what is booked on customers");
}

bool booked_is_small(const struct runs *runs, const struct tally *tally)
{
    uint64_t holders = 0;
    for (uint32_t i = 0; i < PARTITIONS; i++) holders += tally->partitions[i].holder_count;
    return runs->booked == NULL || run_entry_count(runs->opened[runs->count]) <= holders / SMALL_SHARE;
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

static enum status take(struct taking *taking, struct span key, struct span booked, struct fault *fault)
{
    struct span name = {key.at + 1, key.len - 1}, value = booked;
    uint8_t kind = key.at[0] == 0 ? HOLDER_CUSTOMER : (uint8_t)(key.at[0] - 1);
    struct partition *partition = NULL;
    struct holder *holder = tally_find(taking->tally, kind, name, &partition);
    if (holder != NULL) {
        taking->value.count = 0;
        if (!entry_value_write(taking->tally, holder, taking->numbers, &taking->value)) return no_memory(fault);
        const struct span values[2] = {{taking->value.at, taking->value.count}, booked};
        enum status status = entry_merge(taking->merger, values, 2, &value, fault);
        if (status != STATUS_OK) return status;
    }
    return replace(taking, partition, holder, key, value, fault);
}

enum status booked_take(const struct runs *runs, struct tally *tally, const struct place_numbers *numbers, bool *more, struct fault *fault)
{
    struct taking taking = {.tally = tally, .numbers = numbers, .more = more};
    struct run_cursor *cursor = NULL;
    struct span all = {NULL, 0}, key, value;
    *more = false;
    if (runs->booked == NULL) return STATUS_OK;
    enum status status = entry_merger_open(runs->source_count, runs->zone_s, &taking.merger, fault);
    if (status == STATUS_OK) status = run_cursor_open(runs->opened[runs->count], all, all, &cursor, fault);
    while (status == STATUS_OK && (status = run_cursor_next(cursor, &key, &value, fault)) == STATUS_OK)
        status = key.len < 2 ? fault_set(fault, STATUS_DAMAGED, "what is booked on customers is damaged") : take(&taking, key, value, fault);
    run_cursor_close(cursor);
    entry_merger_close(taking.merger);
    bytes_free(&taking.value);
    return status == STATUS_END ? STATUS_OK : status;
}
