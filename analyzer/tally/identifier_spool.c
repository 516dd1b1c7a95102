#include "identifier_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/parallel.h"

enum {
    BUCKETS = 256,
    CHUNK_BYTES = 8 * 1024,
    CHUNK_HEADER = 4,  /* how much of it is used */
    OF_CUSTOMER = 0x80, /* bits of the state byte that states do not use */
    OF_ATTRIBUTED = 0x40,
    OWNER_BYTES = 4,
    CUSTOMER_BYTES = OWNER_BYTES + 4 + 8, /* its number, identifiers, records */
    RECORD_BYTES_MAX = FACT_HEADER_BYTES + IDENTIFIER_SIZE + CUSTOMER_BYTES
};
#define NOBODY UINT32_MAX

/* Numbers of the chunks of one bucket that one thread wrote. */
struct chunk_list {
    uint32_t *numbers;
    size_t count, capacity;
};

struct pair {
    uint32_t a, b;
};

struct group {
    uint64_t hash;
    size_t at;  /* of [kind][packing][length][packed] in the bucket's names; the first byte there is nobody's */
    uint32_t customers, owner;
    struct tie first; /* of the first customer */
    uint8_t grade;
    bool sample, attributed;
};

/* Whose a fact is. */
struct fact_owner {
    uint8_t class; /* OF_CUSTOMER, OF_ATTRIBUTED, 0 */
    uint32_t number;
    uint32_t identifiers; /* of a customer */
    uint64_t records;
};

struct spool_worker {
    char (*chunks)[CHUNK_BYTES]; /* one a bucket */
    uint32_t used[BUCKETS];
    struct chunk_list lists[BUCKETS];
    struct identifier_totals totals;
    struct pair *pairs;
    size_t pair_count, pair_capacity;
    uint32_t *touched;
    size_t touched_count, touched_capacity;
    struct group *groups;
    size_t group_count, group_mask;
    char *names;
    size_t names_used, names_capacity;
    enum status status;
    struct fault fault;
};

struct identifier_spool {
    int file;
    int thread_count;
    uint64_t seed;
    atomic_uint next_chunk, next_partition, next_bucket;
    struct spool_worker *workers;
    uint8_t *likely; /* by owner: whether it has a likely identifier */
    size_t owner_count;
    size_t customer_count;
    const struct tally *part;
    uint32_t first_owner[PARTITIONS], first_customer[PARTITIONS]; /* of the part's partitions */
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to count identifiers");
}

static bool array_room(void *array_of, size_t *capacity, size_t count, size_t item_bytes)
{
    void **array = array_of;
    if (count < *capacity) return true;
    size_t wanted = *capacity + *capacity / 2 + 64;
    void *made = realloc(*array, wanted * item_bytes);
    if (made == NULL) return false;
    *array = made;
    *capacity = wanted;
    return true;
}

/* ------------------------------------------------------------------ open, close */

enum status identifier_spool_open(int directory, int thread_count, const struct harvest_options *options, struct identifier_spool **spool, struct fault *fault)
{
    static const char name[] = ".identifiers.partial";
    struct identifier_spool *made = calloc(1, sizeof *made);
    *spool = made;
    if (made == NULL) return no_memory(fault);
    made->thread_count = thread_count;
    made->seed = hash_seed();
    made->workers = calloc((size_t)thread_count, sizeof *made->workers);
    bool enough = made->workers != NULL;
    for (int t = 0; t < thread_count && enough; t++) made->workers[t].totals.harvest.options = *options;
    for (int t = 0; t < thread_count && enough; t++)
        enough = (made->workers[t].chunks = malloc(BUCKETS * sizeof *made->workers[t].chunks)) != NULL;
    unlinkat(directory, name, 0); /* what a killed run left */
    made->file = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int error = errno;
    if (made->file >= 0) unlinkat(directory, name, 0);
    if (made->file >= 0 && enough) return STATUS_OK;
    identifier_spool_close(made);
    *spool = NULL;
    return enough ? fault_set(fault, STATUS_FATAL, "no file for identifiers can be made in the case: %s", strerror(error)) : no_memory(fault);
}

void identifier_spool_close(struct identifier_spool *spool)
{
    if (spool == NULL) return;
    for (int t = 0; spool->workers != NULL && t < spool->thread_count; t++) {
        struct spool_worker *worker = &spool->workers[t];
        for (int b = 0; b < BUCKETS; b++) free(worker->lists[b].numbers);
        free(worker->chunks);
        free(worker->pairs);
        free(worker->touched);
        free(worker->groups);
        free(worker->names);
        identifier_totals_free(&worker->totals);
    }
    free(spool->workers);
    free(spool->likely);
    if (spool->file >= 0) close(spool->file);
    free(spool);
}

/* ------------------------------------------------------------------ taking facts */

static bool chunk_write(struct identifier_spool *spool, struct spool_worker *worker, unsigned bucket)
{
    struct chunk_list *list = &worker->lists[bucket];
    if (!array_room(&list->numbers, &list->capacity, list->count, sizeof *list->numbers)) return worker->status = no_memory(&worker->fault), false;
    uint32_t number = atomic_fetch_add(&spool->next_chunk, 1), used = worker->used[bucket];
    char *chunk = worker->chunks[bucket];
    memcpy(chunk, &used, sizeof used);
    for (size_t done = 0; done < CHUNK_BYTES;) {
        ssize_t count = pwrite(spool->file, chunk + done, CHUNK_BYTES - done, (off_t)number * CHUNK_BYTES + (off_t)done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            worker->status = fault_set(&worker->fault, STATUS_FATAL, "identifiers cannot be written to the case: %s",
                                       count < 0 ? strerror(errno) : "the disk takes no more");
            return false;
        }
        done += (size_t)count;
    }
    list->numbers[list->count++] = number;
    worker->used[bucket] = 0;
    return true;
}

static bool spool_fact(struct identifier_spool *spool, struct spool_worker *worker, const char *at, const struct fact_owner *owner)
{
    struct fact fact = fact_read(at);
    uint64_t hash = hash_short(fact.packed, fact.packed_length, spool->seed ^ (uint64_t)fact.kind << 8 ^ fact_packing(fact.state));
    unsigned bucket = (unsigned)(hash >> 56);
    if (CHUNK_HEADER + worker->used[bucket] + RECORD_BYTES_MAX > CHUNK_BYTES && !chunk_write(spool, worker, bucket)) return false;
    char *to = worker->chunks[bucket] + CHUNK_HEADER + worker->used[bucket], *begin = to;
    size_t length = FACT_HEADER_BYTES + (size_t)fact.packed_length;
    memcpy(to, at, length);
    to[1] = (char)((fact.state & ~(unsigned)(FACT_PLACED | FACT_COUNTED)) | owner->class);
    to += length;
    memcpy(to, &owner->number, OWNER_BYTES), to += OWNER_BYTES;
    if (owner->class == OF_CUSTOMER) {
        memcpy(to, &owner->identifiers, sizeof owner->identifiers), to += sizeof owner->identifiers;
        memcpy(to, &owner->records, sizeof owner->records), to += sizeof owner->records;
    }
    worker->used[bucket] += (uint32_t)(to - begin);
    return true;
}

/* Customers of whom all is only possible tie nobody together. */
static struct fact_owner owner_of(const struct tally *part, const struct holder *holder)
{
    if (holder->kind == HOLDER_CUSTOMER && (holder->basis & BASIS_TENTATIVE) == 0)
        return (struct fact_owner){OF_CUSTOMER, 0, holder_identifiers(part, holder), holder_records(part, holder)};
    bool attributed = holder->kind == HOLDER_CUSTOMER || (holder->basis & (BASIS_ROSTER | BASIS_LINK | BASIS_AMBIGUOUS)) != 0;
    return (struct fact_owner){.class = attributed ? OF_ATTRIBUTED : 0};
}

static void spool_partitions(void *context, int thread)
{
    struct identifier_spool *spool = context;
    struct spool_worker *worker = &spool->workers[thread];
    for (uint32_t number; worker->status == STATUS_OK && (number = atomic_fetch_add(&spool->next_partition, 1)) < PARTITIONS;) {
        const struct partition *partition = &spool->part->partitions[number];
        uint32_t others = spool->first_owner[number], customers = spool->first_customer[number];
        for (uint32_t i = 0; i < partition->holder_count; i++) {
            const struct holder *holder = partition_holder(spool->part, partition, i);
            struct fact_owner owner = owner_of(spool->part, holder);
            owner.number = holder->kind == HOLDER_CUSTOMER ? customers++ : others++;
            const char *end = facts_end(spool->part, holder);
            for (const char *at = facts_begin(spool->part, holder); at < end; at = fact_after(at)) {
                if (!spool_fact(spool, worker, at, &owner)) return;
                if (owner.class == 0 && fact_grade((uint8_t)at[1]) >= GRADE_LIKELY) spool->likely[owner.number] = 1;
            }
        }
    }
}

static enum status worker_status(const struct identifier_spool *spool, struct fault *fault)
{
    for (int t = 0; t < spool->thread_count; t++) {
        if (spool->workers[t].status == STATUS_OK) continue;
        *fault = spool->workers[t].fault;
        return spool->workers[t].status;
    }
    return STATUS_OK;
}

enum status identifier_spool_add(struct identifier_spool *spool, const struct tally *part, struct fault *fault)
{
    size_t owners = spool->owner_count;
    for (uint32_t number = 0; number < PARTITIONS; number++) {
        spool->first_owner[number] = (uint32_t)owners;
        spool->first_customer[number] = (uint32_t)spool->customer_count;
        spool->customer_count += part->partitions[number].customer_count;
        owners += part->partitions[number].holder_count - part->partitions[number].customer_count;
    }
    if (spool->customer_count >= NOBODY) return fault_set(fault, STATUS_FATAL, "more customers than can be numbered (%u)", NOBODY - 1);
    if (owners >= NOBODY) return fault_set(fault, STATUS_FATAL, "more identifiers without a customer than can be numbered (%u)", NOBODY - 1);
    uint8_t *likely = realloc(spool->likely, owners + 1);
    if (likely == NULL) return no_memory(fault);
    memset(likely + spool->owner_count, 0, owners + 1 - spool->owner_count);
    spool->likely = likely;
    spool->owner_count = owners;
    spool->part = part;
    atomic_store(&spool->next_partition, 0);
    parallel_run(spool->thread_count, spool_partitions, spool);
    return worker_status(spool, fault);
}

/* ------------------------------------------------------------------ counting */

static bool groups_grow(struct spool_worker *worker)
{
    size_t mask = worker->group_mask == 0 ? 1023 : 2 * worker->group_mask + 1;
    struct group *groups = calloc(mask + 1, sizeof *groups);
    if (groups == NULL) return false;
    for (size_t i = 0; worker->group_mask > 0 && i <= worker->group_mask; i++) {
        if (worker->groups[i].at == 0) continue;
        size_t slot = worker->groups[i].hash & mask;
        while (groups[slot].at != 0) slot = (slot + 1) & mask;
        groups[slot] = worker->groups[i];
    }
    free(worker->groups);
    worker->groups = groups;
    worker->group_mask = mask;
    return true;
}

static bool name_equals(const char *name, const struct fact *fact)
{
    return (uint8_t)name[0] == fact->kind && (uint8_t)name[1] == fact_packing(fact->state) && (uint8_t)name[2] == fact->packed_length &&
           bytes_equal(name + FACT_HEADER_BYTES, fact->packed, fact->packed_length);
}

/* The group of an identifier; NULL: no memory. */
static struct group *group_find(struct identifier_spool *spool, struct spool_worker *worker, const struct fact *fact)
{
    if (worker->group_count * 8 >= worker->group_mask * 5 && !groups_grow(worker)) return NULL;
    uint64_t hash = hash_short(fact->packed, fact->packed_length, spool->seed ^ (uint64_t)fact->kind << 8 ^ fact_packing(fact->state));
    size_t slot = hash & worker->group_mask;
    for (; worker->groups[slot].at != 0; slot = (slot + 1) & worker->group_mask)
        if (worker->groups[slot].hash == hash && name_equals(worker->names + worker->groups[slot].at, fact)) return &worker->groups[slot];
    size_t length = FACT_HEADER_BYTES + (size_t)fact->packed_length;
    if (worker->names_used + length > worker->names_capacity) {
        size_t capacity = 2 * worker->names_capacity + 64 * 1024;
        char *names = realloc(worker->names, capacity);
        if (names == NULL) return NULL;
        worker->names = names;
        worker->names_capacity = capacity;
    }
    char *name = worker->names + worker->names_used;
    name[0] = (char)fact->kind;
    name[1] = (char)fact_packing(fact->state);
    name[2] = (char)fact->packed_length;
    memcpy(name + FACT_HEADER_BYTES, fact->packed, fact->packed_length);
    worker->groups[slot] = (struct group){.hash = hash, .at = worker->names_used, .owner = NOBODY};
    worker->names_used += length;
    worker->group_count++;
    return &worker->groups[slot];
}

/* Ties the customer to the group's first one. */
static bool customer_tie(struct spool_worker *worker, struct group *group, const struct fact *fact, const struct fact_owner *owner)
{
    struct ties *ties = &worker->totals.harvest.ties;
    uint32_t before = group->customers++;
    struct tie tie = {owner->number, owner->identifiers, owner->records, group->at, before == 0 ? owner->number : group->first.owner, fact->kind};
    if (before == 0) group->first = tie;
    if (before == 0 || before >= SHARED_CUSTOMERS_MAX) return true;
    return (before > 1 || ties_add(ties, &group->first)) && ties_add(ties, &tie);
}

static bool group_add(struct spool_worker *worker, struct group *group, const struct fact *fact, const struct fact_owner *owner)
{
    uint8_t grade = (uint8_t)fact_grade(fact->state);
    if (grade > group->grade) group->grade = grade;
    group->sample |= (fact->state & FACT_SAMPLE_BIT) != 0;
    if (grade < GRADE_LIKELY) return true;
    if (owner->class == OF_CUSTOMER) return customer_tie(worker, group, fact, owner);
    if (owner->class == OF_ATTRIBUTED) {
        group->attributed = true;
        return true;
    }
    if (group->owner == NOBODY) {
        group->owner = owner->number;
        return true;
    }
    if (!array_room(&worker->pairs, &worker->pair_capacity, worker->pair_count, sizeof *worker->pairs)) return false;
    worker->pairs[worker->pair_count++] = (struct pair){group->owner, owner->number};
    return true;
}

static bool chunk_group(struct identifier_spool *spool, struct spool_worker *worker, const char *chunk)
{
    uint32_t used;
    memcpy(&used, chunk, sizeof used);
    const char *at = chunk + CHUNK_HEADER, *end = at + used;
    while (at < end) {
        struct fact fact = fact_read(at);
        at = fact.packed + fact.packed_length;
        struct fact_owner owner = {.class = fact.state & (OF_CUSTOMER | OF_ATTRIBUTED)};
        memcpy(&owner.number, at, OWNER_BYTES), at += OWNER_BYTES;
        if (owner.class == OF_CUSTOMER) {
            memcpy(&owner.identifiers, at, sizeof owner.identifiers), at += sizeof owner.identifiers;
            memcpy(&owner.records, at, sizeof owner.records), at += sizeof owner.records;
        }
        struct group *group = group_find(spool, worker, &fact);
        if (group == NULL || !group_add(worker, group, &fact, &owner)) return worker->status = no_memory(&worker->fault), false;
    }
    return true;
}

static bool chunk_read(struct identifier_spool *spool, struct spool_worker *worker, uint32_t number, char *chunk)
{
    for (size_t done = 0; done < CHUNK_BYTES;) {
        ssize_t count = pread(spool->file, chunk + done, CHUNK_BYTES - done, (off_t)number * CHUNK_BYTES + (off_t)done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            worker->status = fault_set(&worker->fault, STATUS_FATAL, "identifiers cannot be read from the case again: %s",
                                       count < 0 ? strerror(errno) : "the file is too short");
            return false;
        }
        done += (size_t)count;
    }
    return true;
}

static bool group_count(struct spool_worker *worker, const struct group *group)
{
    const char *name = worker->names + group->at;
    struct kind_totals *totals = &worker->totals.kinds[(uint8_t)name[0]];
    if (group->grade < GRADE_LIKELY) {
        totals->possible++;
        harvest_possible(&worker->totals.harvest, (uint8_t)name[0], (uint8_t)name[1], name + FACT_HEADER_BYTES, (uint8_t)name[2]);
        return true;
    }
    totals->distinct++;
    if (group->grade == GRADE_CONFIRMED) totals->confirmed++;
    else totals->likely++;
    totals->sample += group->sample;
    bool unattributed = group->customers == 0 && !group->attributed;
    totals->unattributed += unattributed;
    worker->totals.shared += group->customers > SHARED_CUSTOMERS_MAX;
    harvest_group(&worker->totals.harvest, (uint8_t)name[0], group->customers);
    if (unattributed) return harvest_unattributed(&worker->totals.harvest, (uint8_t)name[0], (uint8_t)name[1], name + FACT_HEADER_BYTES, (uint8_t)name[2]);
    if (group->owner == NOBODY) return true;
    if (!array_room(&worker->touched, &worker->touched_capacity, worker->touched_count, sizeof *worker->touched)) return false;
    worker->touched[worker->touched_count++] = group->owner;
    return true;
}

static int by_place(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return (a > b) - (a < b);
}

/* Takes back the ties of this bucket by what turned out to be shared: groups move while they grow, their names do not. */
static bool shared_untie(struct spool_worker *worker, size_t from)
{
    struct ties *ties = &worker->totals.harvest.ties;
    size_t shared = 0, kept = from;
    if (ties->count == from) return true;
    for (size_t i = 0; i <= worker->group_mask; i++) shared += worker->groups[i].customers > SHARED_CUSTOMERS_MAX;
    if (shared == 0) return true;
    size_t *places = malloc(shared * sizeof *places), count = 0;
    if (places == NULL) return false;
    for (size_t i = 0; i <= worker->group_mask; i++)
        if (worker->groups[i].customers > SHARED_CUSTOMERS_MAX) places[count++] = worker->groups[i].at;
    qsort(places, count, sizeof *places, by_place);
    for (size_t i = from; i < ties->count; i++)
        if (bsearch(&ties->ties[i].group, places, count, sizeof *places, by_place) == NULL) ties->ties[kept++] = ties->ties[i];
    ties->count = kept;
    free(places);
    return true;
}

/* Groups what all threads put into the bucket: what is on disk first, then what never left memory. */
static bool bucket_count(struct identifier_spool *spool, struct spool_worker *worker, unsigned bucket)
{
    char chunk[CHUNK_BYTES];
    size_t ties = worker->totals.harvest.ties.count;
    worker->names_used = 1;
    worker->group_count = 0;
    if (worker->group_mask > 0) memset(worker->groups, 0, (worker->group_mask + 1) * sizeof *worker->groups);
    for (int t = 0; t < spool->thread_count; t++) {
        struct spool_worker *writer = &spool->workers[t];
        const struct chunk_list *list = &writer->lists[bucket];
        for (size_t i = 0; i < list->count; i++)
            if (!chunk_read(spool, worker, list->numbers[i], chunk) || !chunk_group(spool, worker, chunk)) return false;
        memcpy(writer->chunks[bucket], &writer->used[bucket], sizeof writer->used[bucket]);
        if (!chunk_group(spool, worker, writer->chunks[bucket])) return false;
    }
    for (size_t i = 0; worker->group_mask > 0 && i <= worker->group_mask; i++)
        if (worker->groups[i].at != 0 && !group_count(worker, &worker->groups[i])) return worker->status = no_memory(&worker->fault), false;
    if (!shared_untie(worker, ties)) return worker->status = no_memory(&worker->fault), false;
    return true;
}

static void count_buckets(void *context, int thread)
{
    struct identifier_spool *spool = context;
    struct spool_worker *worker = &spool->workers[thread];
    for (unsigned bucket; (bucket = atomic_fetch_add(&spool->next_bucket, 1)) < BUCKETS;)
        if (!bucket_count(spool, worker, bucket)) return;
}

/* ------------------------------------------------------------------ clusters */

/* parents[i] == i: a root. */
static uint32_t root_of(uint32_t *parents, uint32_t at)
{
    while (parents[at] != at) {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    return at;
}

/* Components of owners with a likely identifier, less those that touch a customer. */
static bool clusters_count(const struct identifier_spool *spool, uint64_t *clusters)
{
    enum { LIKELY = 1, TOUCHED = 2 };
    uint32_t *parents = malloc((spool->owner_count + 1) * sizeof *parents);
    if (parents == NULL) return false;
    for (size_t i = 0; i < spool->owner_count; i++) parents[i] = (uint32_t)i;
    for (int t = 0; t < spool->thread_count; t++) {
        const struct spool_worker *worker = &spool->workers[t];
        for (size_t i = 0; i < worker->pair_count; i++) {
            uint32_t a = root_of(parents, worker->pairs[i].a), b = root_of(parents, worker->pairs[i].b);
            if (a != b) parents[a > b ? a : b] = a > b ? b : a;
        }
    }
    for (int t = 0; t < spool->thread_count; t++)
        for (size_t i = 0; i < spool->workers[t].touched_count; i++)
            spool->likely[root_of(parents, spool->workers[t].touched[i])] |= TOUCHED;
    for (size_t i = 0; i < spool->owner_count; i++)
        if ((spool->likely[i] & LIKELY) != 0) spool->likely[root_of(parents, (uint32_t)i)] |= LIKELY;
    *clusters = 0;
    for (size_t i = 0; i < spool->owner_count; i++) *clusters += parents[i] == i && spool->likely[i] == LIKELY;
    free(parents);
    return true;
}

static bool find_components(const struct identifier_spool *spool, struct identifier_totals *totals)
{
    const struct ties **ties = calloc((unsigned)spool->thread_count, sizeof(const struct ties *));
    if (ties == NULL) return false;
    for (int t = 0; t < spool->thread_count; t++) ties[t] = &spool->workers[t].totals.harvest.ties;
    struct tie_source source = {NULL, NULL};
    bool found = components_find(ties, (size_t)spool->thread_count, &source, totals->components, &totals->component_count, &totals->duplicates);
    free(ties);
    return found;
}

enum status identifier_spool_count(struct identifier_spool *spool, struct identifier_totals *totals, struct fault *fault)
{
    *totals = (struct identifier_totals){0};
    parallel_run(spool->thread_count, count_buckets, spool);
    enum status status = worker_status(spool, fault);
    if (status == STATUS_OK && !clusters_count(spool, &totals->clusters_unattributed)) status = no_memory(fault);
    for (int t = 0; t < spool->thread_count && status == STATUS_OK; t++)
        if (!identifier_totals_add(totals, &spool->workers[t].totals)) status = no_memory(fault);
    if (status == STATUS_OK && !find_components(spool, totals)) status = no_memory(fault);
    return status;
}
