#include "resolve.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../support/parallel.h"
#include "identifier_spool.h"
#include "order.h"
#include "resolving.h"
#include "table.h"

enum { COMBINATIONS = 1 << ELEMENT_COUNT };

struct summing_worker;

struct resolved {
    struct tally *tally;
    const struct object_list *list;
    struct place_source places;
    int thread_count;
    const struct runs *runs;  /* NULL: all holders are in the tally, as one part */
    struct run_ranges ranges;
    size_t part;              /* whose holders are in the tally */
    struct customer_ref *customers; /* of the part */
    bool begun;                     /* by resolve_begin: the customers are in somebody else's order, */
    struct summing_worker *workers; /* and holders are summed up as they are added */
    size_t customer_count, customer_room;
    uint64_t combinations[COMBINATIONS];
    struct severity severities[COMBINATIONS]; /* the highest of each */
    struct totals totals;
    struct person_source persons;
    struct persons_kept persons_kept; /* while holders are added */
    uint32_t *jurisdictions;  /* of the customers of the part, by holder_number; NULL: not known */
    size_t jurisdictions_bytes;
    struct attributed attributed;
    size_t *source_lists;     /* with more sources than a row holds: where each customer's list begins */
    uint32_t *source_pool;
};

static const struct holder *ref_holder(const struct resolved *resolved, size_t index)
{
    return region_at(&resolved->tally->region, resolved->customers[index].holder);
}

static bool is_customer(const struct holder *holder)
{
    /* A first place is set by the first record of either kind. */
    return holder->kind == HOLDER_CUSTOMER && holder->file != UINT32_MAX;
}

/* Whom units name is known, unless a roster does not know it. */
static enum tier holder_tier(const struct tally *tally, const struct holder *holder)
{
    if (holder_records(tally, holder) == 0) return TIER_T3;
    bool named = (holder->basis & BASIS_NAMED) != 0 && (holder->basis & BASIS_STRANGER) == 0;
    return named || (holder->basis & BASIS_SURE) != 0 ? TIER_T1 : TIER_T2;
}

/* identifiers: of each kind, added to; NULL: not wanted. *contact: whether there is an e-mail address or a telephone number. */
__attribute__((always_inline)) static inline uint16_t holder_elements(const struct tally *tally, const struct holder *holder, uint32_t *identifiers,
                                                                     bool *contact)
{
    uint16_t elements = 0;
    const char *end = facts_end(tally, holder);
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at)) {
        uint8_t kind = (uint8_t)at[0];
        unsigned counted = fact_grade((uint8_t)at[1]) >= GRADE_LIKELY;
        if (identifiers != NULL) identifiers[kind] += counted;
        elements = (uint16_t)(elements | counted << detectors[kind]->element);
    }
    *contact = (elements & 1u << ELEMENT_NONE) != 0;
    elements = (uint16_t)(elements & ~(1u << ELEMENT_NONE));
    if (holder_fixes(tally, holder) > 0) elements |= 1u << ELEMENT_LOC;
    if (holder->timed_fix) elements |= 1u << ELEMENT_TIM;
    return elements;
}

/* ------------------------------------------------------------------ totals over holders */

struct summing_worker {
    struct totals totals;
    size_t customers; /* with a record; counted by resolve_add */
    uint64_t combinations[COMBINATIONS];
    struct severity severities[COMBINATIONS];
    struct source_totals *sources;
    uint64_t *overlaps; /* NULL: not counted */
    struct jurisdiction_totals *jurisdictions;
};

struct summing {
    struct resolved *resolved;
    struct summing_worker *workers; /* NULL: customers are only listed */
    bool lists;                     /* false: their order is known already, and they are only counted */
    atomic_uint next_partition;
    size_t first[PARTITIONS + 1]; /* where a partition's customers go; there is room for those that are only named, too */
    size_t count[PARTITIONS];
};

static void widen(int64_t *of_first, int64_t *of_last, int64_t first, int64_t last)
{
    if (first == TIME_NONE) return;
    if (*of_first == TIME_NONE || first < *of_first) *of_first = first;
    if (*of_last == TIME_NONE || last > *of_last) *of_last = last;
}

static void widen_period(struct totals *totals, int64_t first, int64_t last)
{
    widen(&totals->data_time_first, &totals->data_time_last, first, last);
}

static uint64_t source_mask(const struct tally *tally, const struct holder *holder, size_t word)
{
    if (tally->source_count <= 64) return holder->sources;
    return ((const uint64_t *)region_at(&tally->region, (uint32_t)holder->sources))[word];
}

static size_t source_words(const struct tally *tally)
{
    return tally->source_count <= 64 ? 1 : (tally->source_count + 63) / 64;
}

static bool has_pairs(const struct resolved *resolved)
{
    return resolved->list->source_count > 1 && resolved->list->source_count <= SOURCES_PAIRED_MAX;
}

/* Counts the person in every pair of its sources. */
static void sum_overlaps(uint64_t mask, size_t source_count, uint64_t *overlaps)
{
    for (uint64_t first = mask; first != 0; first &= first - 1)
        for (uint64_t second = first & (first - 1); second != 0; second &= second - 1)
            overlaps[(size_t)__builtin_ctzll(first) * source_count + (size_t)__builtin_ctzll(second)]++;
}

static void sum_sources(const struct tally *tally, const struct holder *holder, struct source_totals *sources)
{
    size_t count = 0, only = 0;
    for (size_t word = 0; word < source_words(tally); word++)
        for (uint64_t mask = source_mask(tally, holder, word); mask != 0; mask &= mask - 1) {
            only = word * 64 + (size_t)__builtin_ctzll(mask);
            sources[only].persons++;
            count++;
        }
    if (count == 1) sources[only].persons_only_here++;
}

/* Records that belong to nobody, as far as attribution left them. */
static void sum_nobodys(const struct tally *tally, const struct holder *holder, struct totals *totals)
{
    const struct holder_extra *extra = holder_extra(tally, holder);
    uint64_t records = holder_records(tally, holder) + (extra == NULL ? 0 : extra->records_possible);
    if ((holder->basis & BASIS_AMBIGUOUS) != 0) {
        totals->records_ambiguous += records;
    } else if ((holder->basis & (BASIS_ROSTER | BASIS_LINK)) == 0) {
        totals->records_unattributed += records;
        if (holder->time_first <= holder->time_last)
            widen(&totals->unattributed_time_first, &totals->unattributed_time_last, holder->time_first, holder->time_last);
    }
}

static void sum_organisation(const struct tally *tally, const struct holder *holder, enum tier tier, struct totals *totals)
{
    totals->organisations_by_tier[tier]++;
    const char *end = facts_end(tally, holder);
    for (const char *at = facts_begin(tally, holder); tier != TIER_T3 && at < end; at = fact_after(at))
        totals->organisations_vehicles += fact_grade((uint8_t)at[1]) >= GRADE_LIKELY && (at[0] == KIND_VIN || at[0] == KIND_FRAME_NUMBER);
}

static void sum_person(const struct person_facts *person, struct person_totals *people)
{
    for (unsigned c = 0; c < CONTACT_COUNT; c++) people->reached_by[c] += person->contact >> c & 1;
    people->reached += person->contact != 0;
    people->not_reached += person->contact == 0 && person->contact_known == (1u << CONTACT_COUNT) - 1;
    people->ages[person->age]++;
}

static void raise_severity(struct severity *highest, struct severity one)
{
    if (highest->context == 0 || (one.context > 0 && severity_score(one) > severity_score(*highest))) *highest = one;
}

/* What is told of a customer by sums and by its row. */
struct told {
    uint16_t elements;
    struct position_counts counts;
    struct severity severity;
};

/* As much of it as sums need. */
static void tell_sums(const struct tally *tally, const struct holder *holder, struct told *told)
{
    struct severity_ties ties = {.named = (holder->basis & BASIS_NAMED) != 0};
    told->elements = holder_elements(tally, holder, NULL, &ties.contact);
    /* Few points say nothing more, whatever they are: they need not be fetched. */
    told->counts = (struct position_counts){.level = {holder->points.count == 0 ? LEVEL_NONE : LEVEL_FEW, false}};
    if (holder->points.count >= LEVEL_TRACE_POINTS) holder_positions(tally, holder, &told->counts);
    told->severity = severity_of(told->elements, told->counts.level, told->counts.days.count, ties);
}

static void sum_told(const struct told *told, enum tier tier, uint32_t jurisdiction, struct summing_worker *worker)
{
    struct totals *totals = &worker->totals;
    const struct position_counts *counts = &told->counts;
    worker->combinations[told->elements]++;
    totals->locations.persons[counts->level.level]++;
    raise_severity(&worker->severities[told->elements], told->severity);
    if (counts->level.level >= LEVEL_HOME) {
        totals->locations.precise[counts->level.level] += counts->level.precise;
        worker->jurisdictions[jurisdiction].homes++;
        worker->jurisdictions[jurisdiction].homes_precise += counts->level.precise;
    }
    totals->locations.sampled += counts->level_sampled;
    totals->severities.persons[told->severity.context][told->severity.ease][tier]++;
}

/* told: NULL where it is not known yet. Always inline: where nothing is known of persons, much of it falls away. */
__attribute__((always_inline)) static inline void sum_holder(const struct resolved *resolved, const struct holder *holder,
                                                             const struct person_facts *person, const struct told *told, struct summing_worker *worker)
{
    const struct tally *tally = resolved->tally;
    struct totals *totals = &worker->totals;
    if (holder->time_first <= holder->time_last) widen_period(totals, holder->time_first, holder->time_last);
    const struct holder_extra *extra = holder_extra(tally, holder);
    uint64_t records_possible = extra == NULL ? 0 : extra->records_possible;
    if (holder->kind != HOLDER_CUSTOMER) {
        sum_nobodys(tally, holder, totals);
        return;
    }
    if (!is_customer(holder)) {
        totals->customers_named_only++;
        for (size_t word = 0; word < source_words(tally); word++)
            for (uint64_t mask = source_mask(tally, holder, word); mask != 0; mask &= mask - 1)
                worker->sources[word * 64 + (size_t)__builtin_ctzll(mask)].named_only++;
        return;
    }
    totals->records_ambiguous += records_possible;
    enum tier tier = holder_tier(tally, holder);
    if (person->organisation) {
        sum_organisation(tally, holder, tier, totals);
        return;
    }
    totals->persons_by_tier[tier]++;
    worker->jurisdictions[person->jurisdiction].persons_by_tier[tier]++;
    if (tier == TIER_T3) return;
    sum_person(person, &totals->people);
    struct told made;
    if (told == NULL) {
        tell_sums(tally, holder, &made);
        told = &made;
    }
    sum_told(told, tier, person->jurisdiction, worker);
    sum_sources(tally, holder, worker->sources);
    if (worker->overlaps != NULL) sum_overlaps(source_mask(tally, holder, 0), tally->source_count, worker->overlaps);
}

/* Holders that are summed up together, so that what is known of their customers is looked up at once. */
enum { HOLDERS_TOGETHER = 32, BLOB_BYTES_LIKELY = 64 /* an ID and some facts, in two lines of cache where it begins in the middle of one */ };

/* What is known beside the evidence of those of these holders that are customers. */
static void find_persons(const struct resolved *resolved, const struct holder *const *holders, size_t count, struct person_facts *persons)
{
    struct span keys[HOLDERS_TOGETHER];
    struct person_facts found[HOLDERS_TOGETHER];
    size_t key_count = 0;
    memset(persons, 0, count * sizeof *persons);
    if (resolved->persons.find == NULL) return;
    for (size_t i = 0; i < count; i++)
        if (is_customer(holders[i])) keys[key_count++] = holder_key(resolved->tally, holders[i]);
    resolved->persons.find(resolved->persons.context, keys, key_count, found);
    for (size_t i = 0, k = 0; i < count; i++) {
        if (!is_customer(holders[i])) continue;
        persons[i] = found[k++];
        resolved->jurisdictions[holder_number(resolved->tally, holders[i])] = persons[i].jurisdiction;
    }
}

static void sum_partitions(void *context, int thread)
{
    struct summing *summing = context;
    struct resolved *resolved = summing->resolved;
    for (;;) {
        uint32_t number = atomic_fetch_add(&summing->next_partition, 1);
        if (number >= PARTITIONS) return;
        const struct partition *partition = &resolved->tally->partitions[number];
        struct customer_ref *listed = resolved->customers + summing->first[number];
        size_t customers = 0;
        for (uint32_t begin = 0; begin < partition->holder_count; begin += HOLDERS_TOGETHER) {
            const struct holder *holders[HOLDERS_TOGETHER];
            struct person_facts persons[HOLDERS_TOGETHER];
            size_t count = 0;
            for (uint32_t i = begin; i < partition->holder_count && count < HOLDERS_TOGETHER; i++) {
                const struct holder *holder = holders[count++] = partition_holder(resolved->tally, partition, i);
                const char *blob = region_at(&resolved->tally->region, holder->blob);
                __builtin_prefetch(blob);
                __builtin_prefetch(blob + BLOB_BYTES_LIKELY - 1);
                if (holder->points.count >= LEVEL_TRACE_POINTS) __builtin_prefetch(region_at(&resolved->tally->region, holder->points.at));
            }
            find_persons(resolved, holders, count, persons);
            for (size_t i = 0; i < count; i++) {
                if (summing->workers != NULL) sum_holder(resolved, holders[i], &persons[i], NULL, &summing->workers[thread]);
                if (!is_customer(holders[i])) continue;
                if (summing->lists) listed[customers] = (struct customer_ref){.holder = region_place(&resolved->tally->region, holders[i])};
                customers++;
            }
        }
        summing->count[number] = customers;
    }
}

/* Room for what is known of each holder of the part; what is not touched never becomes memory. */
static bool jurisdictions_room(struct resolved *resolved)
{
    if (resolved->persons.find == NULL) return true;
    pages_free(resolved->jurisdictions, resolved->jurisdictions_bytes);
    resolved->jurisdictions_bytes = (atomic_load(&resolved->tally->region.used) / sizeof(struct holder) + 1) * sizeof *resolved->jurisdictions;
    resolved->jurisdictions = pages_take(resolved->jurisdictions_bytes);
    return resolved->jurisdictions != NULL;
}

/* Leaves customers without a record out of an order that was found before. */
static void order_close_up(struct resolved *resolved, size_t listed)
{
    size_t count = 0;
    for (size_t i = 0; i < listed; i++)
        if (is_customer(ref_holder(resolved, i))) resolved->customers[count++] = resolved->customers[i];
}

static void summing_workers_close(struct summing_worker *workers, int thread_count)
{
    for (int t = 0; workers != NULL && t < thread_count; t++) {
        free(workers[t].sources);
        free(workers[t].overlaps);
        free(workers[t].jurisdictions);
    }
    free(workers);
}

/* Closes the gaps that customers without a record leave. */
static void customers_close_up(struct resolved *resolved, const struct summing *summing)
{
    size_t count = 0;
    if (!summing->lists) {
        for (uint32_t number = 0; number < PARTITIONS; number++) count += summing->count[number];
        if (count < summing->first[PARTITIONS]) order_close_up(resolved, summing->first[PARTITIONS]);
        resolved->customer_count = count;
        return;
    }
    for (uint32_t number = 0; number < PARTITIONS; number++) {
        if (count != summing->first[number])
            memmove(resolved->customers + count, resolved->customers + summing->first[number],
                    summing->count[number] * sizeof *resolved->customers);
        count += summing->count[number];
    }
    resolved->customer_count = count;
}

static void totals_join(struct resolved *resolved, const struct summing_worker *workers)
{
    struct totals *totals = &resolved->totals;
    for (int t = 0; t < resolved->thread_count; t++) {
        const struct summing_worker *worker = &workers[t];
        const struct totals *part = &worker->totals;
        widen_period(totals, part->data_time_first, part->data_time_last);
        totals->records_unattributed += part->records_unattributed;
        totals->records_ambiguous += part->records_ambiguous;
        totals->customers_named_only += part->customers_named_only;
        widen(&totals->unattributed_time_first, &totals->unattributed_time_last, part->unattributed_time_first, part->unattributed_time_last);
        totals->organisations_vehicles += part->organisations_vehicles;
        for (int i = 0; i < CONTACT_COUNT; i++) totals->people.reached_by[i] += part->people.reached_by[i];
        totals->people.reached += part->people.reached;
        totals->people.not_reached += part->people.not_reached;
        for (int i = 0; i < AGE_COUNT; i++) totals->people.ages[i] += part->people.ages[i];
        for (int i = 0; i < 4; i++) totals->organisations_by_tier[i] += part->organisations_by_tier[i];
        for (int i = 0; i < 4; i++) totals->persons_by_tier[i] += part->persons_by_tier[i];
        totals->locations.sampled += part->locations.sampled;
        for (int i = 0; i < LEVEL_COUNT; i++) {
            totals->locations.persons[i] += part->locations.persons[i];
            totals->locations.precise[i] += part->locations.precise[i];
        }
        for (int c = 0; c <= SEVERITY_CONTEXT_MAX; c++)
            for (int e = 0; e <= SEVERITY_EASE_STEPS; e++)
                for (int tier = TIER_T1; tier <= TIER_T2; tier++) totals->severities.persons[c][e][tier] += part->severities.persons[c][e][tier];
        for (uint32_t j = 0; j < totals->jurisdiction_count; j++) {
            for (int i = 0; i < 4; i++) totals->jurisdictions[j].persons_by_tier[i] += worker->jurisdictions[j].persons_by_tier[i];
            totals->jurisdictions[j].homes += worker->jurisdictions[j].homes;
            totals->jurisdictions[j].homes_precise += worker->jurisdictions[j].homes_precise;
        }
        for (int i = 0; i < COMBINATIONS; i++) {
            resolved->combinations[i] += worker->combinations[i];
            raise_severity(&resolved->severities[i], worker->severities[i]);
        }
        for (size_t i = 0; i < resolved->list->source_count; i++) {
            totals->by_source[i].persons += worker->sources[i].persons;
            totals->by_source[i].named_only += worker->sources[i].named_only;
            totals->by_source[i].persons_only_here += worker->sources[i].persons_only_here;
        }
        size_t source_count = resolved->list->source_count;
        for (size_t i = 0; totals->overlaps != NULL && i < source_count * source_count; i++) totals->overlaps[i] += worker->overlaps[i];
    }
}

/* What follows from the sums of all parts. */
static void totals_conclude(struct resolved *resolved)
{
    struct totals *totals = &resolved->totals;
    for (unsigned elements = 0; elements < COMBINATIONS; elements++) {
        uint64_t persons = resolved->combinations[elements];
        if (persons > 0) totals->combinations[totals->combination_count++] = (struct combination){(uint16_t)elements, persons, resolved->severities[elements]};
        for (unsigned e = 0; e < ELEMENT_COUNT; e++)
            if ((elements >> e & 1u) != 0) totals->persons_by_element[e] += persons;
    }
    totals->persons_lower = totals->persons_by_tier[TIER_T1];
    totals->persons_best = totals->persons_lower + totals->persons_by_tier[TIER_T2];
    totals->persons_upper = totals->persons_best + totals->persons_by_tier[TIER_T3];
    totals->records_ambiguous -= resolved->attributed.records_possible; /* once for each holder, not for each candidate */
    totals->conflict_records = resolved->attributed.conflict_records;
    totals->ambiguous_groups = resolved->attributed.ambiguous_groups;
    totals->roster_shared = resolved->attributed.roster_shared;
    totals->records_cut = resolved->attributed.records_cut;
    totals->records_across = resolved->attributed.records_across;
}

static bool summing_workers_open(const struct resolved *resolved, struct summing_worker **workers)
{
    *workers = calloc((size_t)resolved->thread_count, sizeof **workers);
    for (int t = 0; *workers != NULL && t < resolved->thread_count; t++) {
        struct summing_worker *worker = &(*workers)[t];
        worker->totals.data_time_first = worker->totals.data_time_last = TIME_NONE;
        worker->totals.unattributed_time_first = worker->totals.unattributed_time_last = TIME_NONE;
        worker->jurisdictions = calloc(resolved->totals.jurisdiction_count, sizeof *worker->jurisdictions);
        if (worker->jurisdictions == NULL) return false;
        worker->sources = calloc(resolved->list->source_count + 1, sizeof *worker->sources);
        if (has_pairs(resolved)) worker->overlaps = calloc(SOURCES_PAIRED_MAX * SOURCES_PAIRED_MAX, sizeof *worker->overlaps);
        if (worker->sources == NULL || (has_pairs(resolved) && worker->overlaps == NULL)) return false;
    }
    return *workers != NULL;
}

/* Lists the customers of the part in the tally, and adds their figures to the totals where these are wanted. sorted: the
 * order of all holders of the tally, which is taken over; NULL or empty: it is not known, and the list is in no order. */
static enum status part_list(struct resolved *resolved, bool with_totals, struct sorted_holders *sorted, struct fault *fault)
{
    struct summing summing = {.resolved = resolved, .lists = sorted == NULL || sorted->refs == NULL};
    for (uint32_t number = 0; number < PARTITIONS; number++)
        summing.first[number + 1] = summing.first[number] + resolved->tally->partitions[number].customer_count;
    pages_free(resolved->customers, resolved->customer_room * sizeof *resolved->customers);
    if (summing.lists) {
        resolved->customer_room = summing.first[PARTITIONS] + 1;
        resolved->customers = pages_take(resolved->customer_room * sizeof *resolved->customers);
    } else {
        resolved->customer_room = sorted->count;
        resolved->customers = sorted->refs;
        *sorted = (struct sorted_holders){0};
    }
    bool enough = resolved->customers != NULL && jurisdictions_room(resolved) && (!with_totals || summing_workers_open(resolved, &summing.workers));
    if (enough) {
        parallel_run(resolved->thread_count, sum_partitions, &summing);
        customers_close_up(resolved, &summing);
        if (with_totals) totals_join(resolved, summing.workers);
    }
    summing_workers_close(summing.workers, resolved->thread_count);
    return enough ? STATUS_OK : fault_set(fault, STATUS_FATAL, "no memory to sum up the customers");
}

/* ------------------------------------------------------------------ the ledger's part */

static void sum_ledger(struct resolved *resolved)
{
    const struct object_list *list = resolved->list;
    for (size_t i = 0; i < list->count; i++) {
        const struct object *object = &list->objects[i];
        struct source_totals *source = &resolved->totals.by_source[object->source];
        source->objects++;
        source->records += object->records;
        if (!object->is_piece && object->size_bytes > 0) source->bytes += (uint64_t)object->size_bytes;
    }
    for (size_t s = 0; s < list->source_count; s++) {
        struct piece_source_sums pieces = ledger_source_sums(list->ledger, (uint32_t)s);
        resolved->totals.by_source[s].objects += pieces.count;
        resolved->totals.by_source[s].records += pieces.records;
    }
}

/* ------------------------------------------------------------------ rows */

/* With more sources than a row can hold, all lists are written out once. */
static enum status pool_sources(struct resolved *resolved, struct fault *fault)
{
    const struct tally *tally = resolved->tally;
    if (tally->source_count <= CUSTOMER_SOURCES_INLINE) return STATUS_OK;
    free(resolved->source_lists);
    free(resolved->source_pool);
    resolved->source_pool = NULL;
    resolved->source_lists = malloc((resolved->customer_count + 1) * sizeof *resolved->source_lists);
    size_t total = 0;
    for (int fill = 0; fill < 2 && resolved->source_lists != NULL; fill++) {
        size_t at = 0;
        for (size_t i = 0; i < resolved->customer_count; i++) {
            const struct holder *holder = ref_holder(resolved, i);
            resolved->source_lists[i] = at;
            for (size_t word = 0; word < source_words(tally); word++)
                for (uint64_t mask = source_mask(tally, holder, word); mask != 0; mask &= mask - 1, at++)
                    if (fill == 1) resolved->source_pool[at] = (uint32_t)(word * 64 + (size_t)__builtin_ctzll(mask));
        }
        resolved->source_lists[resolved->customer_count] = total = at;
        if (fill == 0) resolved->source_pool = malloc((total + 1) * sizeof *resolved->source_pool);
        if (resolved->source_pool == NULL) break;
    }
    if (resolved->source_lists == NULL || resolved->source_pool == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory for the sources of customers");
    return STATUS_OK;
}

static void row_sources(const struct resolved *resolved, size_t index, const struct holder *holder, struct customer_row *row)
{
    if (resolved->source_lists != NULL) {
        row->sources = resolved->source_pool + resolved->source_lists[index];
        row->source_count = (uint32_t)(resolved->source_lists[index + 1] - resolved->source_lists[index]);
        return;
    }
    for (uint64_t mask = holder->sources; mask != 0; mask &= mask - 1)
        row->own_sources[row->source_count++] = (uint32_t)__builtin_ctzll(mask);
    row->sources = row->own_sources;
}

size_t resolved_part_count(const struct resolved *resolved)
{
    return resolved->runs == NULL ? 1 : resolved->ranges.parts;
}

size_t resolved_customer_count(const struct resolved *resolved)
{
    return resolved->customer_count;
}

enum status resolved_part_open(struct resolved *resolved, size_t part, size_t *customer_count, struct fault *fault)
{
    enum status status = STATUS_OK;
    if (part != resolved->part) {
        resolved->part = SIZE_MAX;
        status = runs_load(resolved->runs, &resolved->ranges, part, resolved->tally, fault);
        if (status == STATUS_OK) status = part_list(resolved, false, NULL, fault);
        if (status == STATUS_OK) status = pool_sources(resolved, fault);
        if (status == STATUS_OK) resolved->part = part;
    }
    *customer_count = resolved->customer_count;
    return status;
}

const struct totals *resolved_totals(const struct resolved *resolved)
{
    return &resolved->totals;
}

/* Rows are asked for in order, and lie anywhere: what the next ones need is fetched ahead. Always inline: gcc takes
 * a call that does nothing but fetch for one without effect, and drops it. */
__attribute__((always_inline)) static inline void prefetch_ahead(const struct resolved *resolved, size_t index)
{
    enum { HOLDER_AHEAD = 24, REST_AHEAD = 12 };
    if (index + HOLDER_AHEAD >= resolved->customer_count) return;
    const char *holder = (const char *)ref_holder(resolved, index + HOLDER_AHEAD);
    __builtin_prefetch(holder);
    const struct holder *nearer = ref_holder(resolved, index + REST_AHEAD);
    const char *blob = region_at(&resolved->tally->region, nearer->blob);
    __builtin_prefetch(blob);
    __builtin_prefetch(blob + 64);
    __builtin_prefetch(region_at(&resolved->tally->region, nearer->points.at));
    if (resolved->jurisdictions != NULL) __builtin_prefetch(&resolved->jurisdictions[holder_number(resolved->tally, nearer)]);
}

/* The same while holders are added. */
__attribute__((always_inline)) static inline void prefetch_added(const struct resolved *resolved, size_t index)
{
    enum { PERSON_AHEAD = 12 };
    prefetch_ahead(resolved, index);
    if (index + PERSON_AHEAD >= resolved->customer_count || resolved->persons_kept.of == NULL) return;
    size_t number = resolved->customers[index + PERSON_AHEAD].holder / (sizeof(struct holder) / REGION_STEP);
    if (number < resolved->persons_kept.count) __builtin_prefetch(&resolved->persons_kept.of[number]);
}

/* Part by part, as it was just written: read in one piece, it would have to reach the cache first. */
static inline void distinct_set(struct distinct *to, const struct distinct *from)
{
    to->count = from->count;
    to->estimated = from->estimated;
}

static void row_fill(const struct resolved *resolved, size_t index, uint32_t jurisdiction, struct customer_row *row, struct told *told)
{
    const struct tally *tally = resolved->tally;
    const struct holder *holder = ref_holder(resolved, index);
    row->customer_id = holder_key(tally, holder);
    row->tier = holder_tier(tally, holder);
    const struct holder_extra *extra = holder_extra(tally, holder);
    bool timed = holder->time_first <= holder->time_last;
    row->records = holder_records(tally, holder);
    row->records_possible = extra == NULL ? 0 : extra->records_possible;
    row->basis_possible = extra == NULL ? 0 : extra->basis_possible;
    row->sure = (holder->basis & BASIS_SURE) != 0;
    row->stranger = (holder->basis & BASIS_STRANGER) != 0;
    row->basis = BASIS_WRITTEN & (row->records > 0 || extra == NULL ? holder->basis : extra->basis_possible);
    row->loc_fixes = holder_fixes(tally, holder);
    row->time_first = timed ? holder->time_first : TIME_NONE;
    row->time_last = timed ? holder->time_last : TIME_NONE;
    row->source_count = 0;
    memset(row->identifiers, 0, kind_count * sizeof *row->identifiers);
    struct severity_ties ties = {.named = (row->basis & BASIS_NAMED) != 0};
    row->elements = holder_elements(tally, holder, row->identifiers, &ties.contact);
    row->jurisdiction = jurisdiction;
    told->elements = row->elements;
    holder_positions(tally, holder, &told->counts);
    told->severity = severity_of(told->elements, told->counts.level, told->counts.days.count, ties);
    distinct_set(&row->loc_points, &told->counts.points);
    distinct_set(&row->loc_cells, &told->counts.cells);
    distinct_set(&row->loc_days, &told->counts.days);
    row->loc_level = told->counts.level;
    row->severity = told->severity;
    row_sources(resolved, index, holder, row);
    struct place first = {holder->file, holder_piece(holder), holder->block, holder->unit};
    row->first_object = resolved->places.object(resolved->places.context, first.file, first.piece);
    bool by_source = resolved->places.of_runs || (resolved->runs == NULL && !holder->numbered);
    row->first_unit = by_source ? resolved->places.unit(resolved->places.context, &first) : loaded_unit(&first);
}

void resolved_customer(const struct resolved *resolved, size_t index, struct customer_row *row)
{
    struct told told;
    prefetch_ahead(resolved, index);
    uint32_t jurisdiction = resolved->jurisdictions == NULL ? 0 : resolved->jurisdictions[holder_number(resolved->tally, ref_holder(resolved, index))];
    row_fill(resolved, index, jurisdiction, row, &told);
}

/* ------------------------------------------------------------------ on the way of somebody else */

static enum status resolved_open(const struct resolving *resolving, struct resolved **resolved, struct fault *fault)
{
    struct resolved *made = calloc(1, sizeof *made);
    *resolved = made;
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory to resolve the counts");
    made->tally = resolving->tally;
    made->list = resolving->list;
    made->places = resolving->places;
    made->thread_count = resolving->thread_count;
    return STATUS_OK;
}

enum status resolve_begin(const struct resolving *resolving, struct resolved **resolved, struct fault *fault)
{
    struct resolved *made = NULL;
    enum status status = resolved_open(resolving, &made, fault);
    *resolved = made;
    if (status != STATUS_OK) return status;
    made->begun = true;
    made->persons = resolving->persons;
    made->persons_kept = resolving->persons_kept;
    made->totals.jurisdiction_count = made->persons.find == NULL ? 1 : made->persons.jurisdiction_count;
    made->customers = resolving->sorted->refs;
    made->customer_count = resolving->sorted->customer_count;
    if (!summing_workers_open(made, &made->workers)) status = fault_set(fault, STATUS_FATAL, "no memory to sum up the customers");
    if (status == STATUS_OK) status = pool_sources(made, fault);
    if (status == STATUS_OK) return STATUS_OK;
    resolved_close(made);
    *resolved = NULL;
    return status;
}

static const struct person_facts nobody = {.jurisdiction = 0};

/* What is kept, or, of those who were not there when it was, what the source says. */
static void person_find(const struct resolved *resolved, const struct holder *holder, struct person_facts *person)
{
    size_t number = holder_number(resolved->tally, holder);
    uint32_t kept = number < resolved->persons_kept.count ? resolved->persons_kept.of[number] : 0;
    if (kept != 0) {
        *person = person_of_kept(kept);
        return;
    }
    struct span id = holder_key(resolved->tally, holder);
    resolved->persons.find(resolved->persons.context, &id, 1, person);
}

/* The row of a customer of whom something may be known beside the evidence. Apart, so that without a roster nobody pays for it. */
static __attribute__((noinline)) void person_add(const struct resolved *resolved, size_t index, struct customer_row *row, struct summing_worker *worker)
{
    struct person_facts person;
    struct told told;
    const struct holder *holder = ref_holder(resolved, index);
    person_find(resolved, holder, &person);
    if (row != NULL) row_fill(resolved, index, person.jurisdiction, row, &told);
    sum_holder(resolved, holder, &person, row != NULL ? &told : NULL, worker);
}

void resolve_add(struct resolved *resolved, int thread, size_t index)
{
    const struct holder *holder = ref_holder(resolved, index);
    struct summing_worker *worker = &resolved->workers[thread];
    if (resolved->persons.find != NULL && is_customer(holder)) person_add(resolved, index, NULL, worker);
    else sum_holder(resolved, holder, &nobody, NULL, worker);
    worker->customers += is_customer(holder);
}

bool resolve_add_row(struct resolved *resolved, int thread, size_t index, struct customer_row *row)
{
    const struct holder *holder = ref_holder(resolved, index);
    struct summing_worker *worker = &resolved->workers[thread];
    struct told told;
    prefetch_added(resolved, index);
    if (!is_customer(holder)) {
        sum_holder(resolved, holder, &nobody, NULL, worker);
        return false;
    }
    if (resolved->persons.find == NULL) {
        row_fill(resolved, index, 0, row, &told);
        sum_holder(resolved, holder, &nobody, &told, worker);
    } else {
        person_add(resolved, index, row, worker);
    }
    worker->customers++;
    return true;
}

/* Of what was begun: its sums are those of all holders, and its order becomes its own. */
static enum status take_begun(struct resolved *made, struct sorted_holders *sorted, struct fault *fault)
{
    size_t customers = 0;
    totals_join(made, made->workers);
    for (int t = 0; t < made->thread_count; t++) customers += made->workers[t].customers;
    made->begun = false;
    made->persons_kept = (struct persons_kept){0};
    made->customer_room = sorted->count;
    *sorted = (struct sorted_holders){0};
    if (customers == made->customer_count) return STATUS_OK;
    order_close_up(made, made->customer_count);
    made->customer_count = customers;
    return pool_sources(made, fault);
}

/* ------------------------------------------------------------------ all at once, or part by part */

static enum status resolve_tally(struct resolved *made, const struct resolving *resolving, struct identifier_totals *identifiers,
                                 struct fault *fault)
{
    bool ordered = resolving->sorted != NULL && resolving->sorted->refs != NULL;
    enum status status = STATUS_OK;
    if (resolving->identifiers != NULL) {
        *identifiers = *resolving->identifiers;
        *resolving->identifiers = (struct identifier_totals){0};
    } else {
        status = identifiers_count(made->tally, made->thread_count, &resolving->harvest, identifiers, fault);
    }
    if (status == STATUS_OK && made->begun) return take_begun(made, resolving->sorted, fault);
    if (status == STATUS_OK) status = part_list(made, true, resolving->sorted, fault);
    if (status == STATUS_OK && !ordered) status = customers_sort(made->tally, made->customers, made->customer_count, made->thread_count, fault);
    if (status == STATUS_OK) status = pool_sources(made, fault);
    return status;
}

static enum status resolve_runs(struct resolved *made, const struct resolving *resolving, struct identifier_totals *identifiers,
                                struct fault *fault)
{
    struct runs *runs = resolving->runs;
    struct identifier_spool *spool = NULL;
    made->part = SIZE_MAX;
    enum status status = runs->opened == NULL ? runs_open_all(runs, fault) : STATUS_OK;
    if (status == STATUS_OK) status = runs_ranges(runs, runs->memory_bytes / 2, &made->ranges, fault);
    if (status == STATUS_OK) status = identifier_spool_open(runs->directory, made->thread_count, &resolving->harvest, &spool, fault);
    made->runs = runs;
    for (size_t part = 0; part < made->ranges.parts && status == STATUS_OK; part++) {
        status = runs_load(runs, &made->ranges, part, made->tally, fault);
        if (status == STATUS_OK) status = part_list(made, true, NULL, fault);
        if (status == STATUS_OK) status = identifier_spool_add(spool, made->tally, fault);
        if (status == STATUS_OK && part + 1 == made->ranges.parts) {
            made->part = part; /* where there is only one, it need not be loaded again */
            status = pool_sources(made, fault);
        }
    }
    if (status == STATUS_OK) status = identifier_spool_count(spool, identifiers, fault);
    identifier_spool_close(spool);
    return status;
}

/* What is told of identifiers beside their numbers. False: no memory. */
static bool take_told(struct totals *totals, struct identifier_totals *identifiers)
{
    struct harvest *harvest = &identifiers->harvest;
    harvest_sort(harvest);
    totals->prefix_count = harvest->prefix_count < PREFIXES_MAX ? harvest->prefix_count : PREFIXES_MAX;
    totals->shared_count = harvest->shared_count;
    totals->component_count = identifiers->component_count;
    totals->prefixes = calloc(totals->prefix_count + 1, sizeof *totals->prefixes);
    totals->shared = calloc(totals->shared_count + 1, sizeof *totals->shared);
    totals->components = calloc(totals->component_count + 1, sizeof *totals->components);
    if (totals->prefixes == NULL || totals->shared == NULL || totals->components == NULL) return false;
    if (totals->prefix_count > 0) memcpy(totals->prefixes, harvest->prefixes, totals->prefix_count * sizeof *totals->prefixes);
    memcpy(totals->shared, harvest->shared, totals->shared_count * sizeof *totals->shared);
    memcpy(totals->components, identifiers->components, totals->component_count * sizeof *totals->components);
    totals->possible_known = harvest->possible_known;
    totals->duplicate_groups = identifiers->duplicates.groups;
    totals->duplicate_most = identifiers->duplicates.most;
    return true;
}

enum status resolve(const struct resolving *resolving, const struct totals *scanned, struct resolved **resolved, struct fault *fault)
{
    struct resolved *made = resolving->begun;
    enum status status = made == NULL ? resolved_open(resolving, &made, fault) : STATUS_OK;
    *resolved = made;
    if (status != STATUS_OK) return status;
    made->totals = *scanned;
    made->persons = resolving->persons;
    made->attributed = resolving->attributed;
    made->totals.unattributed_time_first = made->totals.unattributed_time_last = TIME_NONE;
    made->totals.jurisdiction_count = made->persons.find == NULL ? 1 : made->persons.jurisdiction_count;
    made->totals.jurisdictions = calloc(made->totals.jurisdiction_count, sizeof *made->totals.jurisdictions);
    made->totals.by_source = calloc(made->list->source_count + 1, sizeof *made->totals.by_source);
    made->totals.combinations = calloc(COMBINATIONS, sizeof *made->totals.combinations);
    if (has_pairs(made)) made->totals.overlaps = calloc(SOURCES_PAIRED_MAX * SOURCES_PAIRED_MAX, sizeof *made->totals.overlaps);
    struct identifier_totals identifiers = {0};
    if (made->totals.by_source == NULL || made->totals.jurisdictions == NULL || made->totals.combinations == NULL || (has_pairs(made) && made->totals.overlaps == NULL))
        status = fault_set(fault, STATUS_FATAL, "no memory to sum up the customers");
    else if (resolving->runs != NULL && resolving->runs->count > 0) status = resolve_runs(made, resolving, &identifiers, fault);
    else status = resolve_tally(made, resolving, &identifiers, fault);
    if (status == STATUS_OK && !take_told(&made->totals, &identifiers)) status = fault_set(fault, STATUS_FATAL, "no memory for the totals");
    identifier_totals_free(&identifiers);
    if (status != STATUS_OK) {
        resolved_close(made);
        *resolved = NULL;
        return status;
    }
    totals_conclude(made);
    struct totals *totals = &made->totals;
    for (size_t k = 0; k < kind_count; k++) {
        identifiers.kinds[k].rejected = scanned->kinds[k].rejected;
        totals->kinds[k] = identifiers.kinds[k];
    }
    totals->clusters_unattributed = identifiers.clusters_unattributed;
    totals->shared_identifiers = identifiers.shared;
    totals->persons_upper_total = totals->persons_upper + totals->clusters_unattributed;
    totals->vehicles_distinct = totals->kinds[KIND_VIN].distinct + totals->kinds[KIND_FRAME_NUMBER].distinct;
    sum_ledger(made);
    return STATUS_OK;
}

uint64_t tally_customer_count(struct tally *tally)
{
    uint64_t count = 0;
    for (size_t i = 0; i < PARTITIONS; i++) {
        struct partition *partition = &tally->partitions[i];
        pthread_mutex_lock(&partition->lock);
        count += partition->customer_count;
        pthread_mutex_unlock(&partition->lock);
    }
    return count;
}

void resolved_close(struct resolved *resolved)
{
    if (resolved == NULL) return;
    if (!resolved->begun) pages_free(resolved->customers, resolved->customer_room * sizeof *resolved->customers);
    pages_free(resolved->jurisdictions, resolved->jurisdictions_bytes);
    summing_workers_close(resolved->workers, resolved->thread_count);
    free(resolved->totals.combinations);
    free(resolved->totals.prefixes);
    free(resolved->totals.shared);
    free(resolved->totals.components);
    free(resolved->totals.jurisdictions);
    free(resolved->totals.by_source);
    free(resolved->totals.overlaps);
    free(resolved->totals.customer_fields);
    run_ranges_free(&resolved->ranges);
    free(resolved->source_lists);
    free(resolved->source_pool);
    free(resolved);
}
