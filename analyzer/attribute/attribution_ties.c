/* attribution_ties.c: what the roster gives to somebody else than the customer whom records name. It is booked on those whom the roster
 * names, however many customers records name for it. */
#include <string.h>

#include "attribution_inner.h"

void attribution_tying_open(struct attributing *attributing, int thread, struct entry_merger *merger, struct tying *tying)
{
    *tying = (struct tying){.attributing = attributing, .thread = thread, .merger = merger};
}

void attribution_tying_close(struct tying *tying)
{
    bytes_free(&tying->key);
}

enum status attribution_tie(struct tying *tying, struct span customer, const struct entry_fact *fact, struct fault *fault)
{
    const struct attributing *attributing = tying->attributing;
    const struct object_list *list = attributing->options->list;
    struct tally_identifier identifier = {.kind = fact->fact.kind, .state = fact->fact.state, .length = fact->fact.packed_length};
    memcpy(identifier.packed, fact->fact.packed, fact->fact.packed_length);
    if (!roster_lead(attributing->options->roster, &identifier, &tying->lead)) return STATUS_OK;
    lead_narrow(&tying->lead, fact->time_first, fact->time_last, &tying->narrowed);
    if (tying->narrowed.count == 0) return STATUS_OK;
    uint32_t file = fact->place.file;
    struct entry_tie booking = {fact, BASIS_ROSTER, file < list->walked_count ? list->objects[file].source : 0};
    struct span booked;
    enum status status = entry_tie_write(tying->merger, &booking, &booked, fault);
    for (size_t i = 0; i < tying->narrowed.count && status == STATUS_OK; i++) {
        struct span holder = tying->narrowed.customers[i];
        tying->key.count = 0;
        if (!bytes_reserve(&tying->key, holder.len + 1)) return attribution_no_memory(fault);
        bytes_put_byte(&tying->key, KEY_CUSTOMER);
        bytes_put(&tying->key, holder.at, holder.len);
        status = sorter_add(attributing->booked, tying->thread, (struct span){tying->key.at, tying->key.count}, booked, fault);
        attributing->workers[tying->thread].records_possible += fact->records;
    }
    char count[8];
    memcpy(count, &fact->records, sizeof count);
    return status == STATUS_OK ? sorter_add(attributing->conflicts, tying->thread, customer, (struct span){count, sizeof count}, fault) : status;
}

/* The largest of each customer's conflicts: which of its identifiers stood in one record is not known. */
static enum status largest_add(const struct sorter *conflicts, uint64_t *records, struct fault *fault)
{
    struct sorter_walk *walk = NULL;
    struct span key, value;
    struct bytes last = {0};
    uint64_t largest = 0;
    enum status status = sorter_walk_open(conflicts, &walk, fault);
    while (status == STATUS_OK && (status = sorter_walk_next(walk, &key, &value, fault)) == STATUS_OK) {
        uint64_t count = 0;
        if (value.len != sizeof count) status = attribution_damaged(fault);
        else memcpy(&count, value.at, sizeof count);
        if (key.len != last.count || memcmp(key.at, last.at, key.len) != 0) {
            *records += largest;
            largest = 0;
            last.count = 0;
            if (!bytes_reserve(&last, key.len + 1)) status = attribution_no_memory(fault);
            else bytes_put(&last, key.at, key.len);
        }
        if (count > largest) largest = count;
    }
    *records += largest;
    sorter_walk_close(walk);
    bytes_free(&last);
    return status == STATUS_END ? STATUS_OK : status;
}

enum status attribution_count_conflicts(struct attributing *attributing, struct fault *fault)
{
    for (int i = 0; i < attributing->options->runs->thread_count; i++) attributing->made->records_possible += attributing->workers[i].records_possible;
    if (sorter_entry_count(attributing->conflicts) == 0) return STATUS_OK;
    enum status status = sorter_seal(attributing->conflicts, fault);
    return status == STATUS_OK ? largest_add(attributing->conflicts, &attributing->made->conflict_records, fault) : status;
}
