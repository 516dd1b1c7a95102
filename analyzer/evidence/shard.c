#include "shard.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/sha256.h"
#include "object_open.h"

enum { HEAD_BYTES = 4096 };

/* Files that go together. */
struct member {
    uint64_t size;
    uint64_t head; /* of the first bytes, where there are other files of that size */
    size_t index;
    bool is_cut;
};

static uint64_t head_of(const struct object *object)
{
    char bytes[HEAD_BYTES];
    uint8_t digest[SHA256_DIGEST_BYTES] = {0};
    struct stat about;
    enum coverage_reason reason;
    int descriptor = object_open(object, &about, &reason);
    struct sha256 *hash = descriptor >= 0 ? sha256_open() : NULL;
    size_t have = 0;
    for (ssize_t count = 1; hash != NULL && count > 0 && have < sizeof bytes; have += count > 0 ? (size_t)count : 0)
        count = read(descriptor, bytes + have, sizeof bytes - have);
    if (hash != NULL) {
        sha256_add(hash, bytes, have);
        sha256_take(hash, digest);
    }
    sha256_close(hash);
    if (descriptor >= 0) close(descriptor);
    uint64_t head;
    memcpy(&head, digest, sizeof head);
    return head;
}

static int by_size(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    if (a->size != b->size) return a->size < b->size ? 1 : -1;
    if (a->head != b->head) return a->head < b->head ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* A heap of shards, the one that is to get the next file on top. */
struct load {
    uint64_t bytes;
    uint32_t shard;
};

static bool loads_before(const struct load *a, const struct load *b)
{
    return a->bytes != b->bytes ? a->bytes < b->bytes : a->shard < b->shard;
}

static void sift_down(struct load *loads, uint32_t count)
{
    struct load moving = loads[0];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && loads_before(&loads[child + 1], &loads[child])) child++;
        if (!loads_before(&loads[child], &moving)) break;
        loads[at] = loads[child];
    }
    loads[at] = moving;
}

/* Files in the order of their division, and those that go together beside one another. */
static void members_sort(const struct object_list *list, const struct shard_options *options, struct member *members)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct object *object = &list->objects[i];
        members[i] = (struct member){object->size_bytes > 0 ? (uint64_t)object->size_bytes : 0, 0, i, false};
    }
    qsort(members, list->count, sizeof *members, by_size);
    for (size_t i = 0; options->hash && i < list->count && !stop_is_wanted(&options->stop); i++) {
        const struct object *object = &list->objects[members[i].index];
        bool among_equals = (i > 0 && members[i - 1].size == members[i].size) || (i + 1 < list->count && members[i + 1].size == members[i].size);
        if (among_equals && members[i].size > 0 && object->status == OBJECT_PENDING) members[i].head = head_of(object);
    }
    qsort(members, list->count, sizeof *members, by_size);
}

static bool go_together(const struct member *a, const struct member *b)
{
    return a->size == b->size && a->head == b->head && !a->is_cut && !b->is_cut;
}

/* ------------------------------------------------------------------ which files are cut */

/* The least that a file has that is cut. */
static uint64_t cut_bytes(const struct shard_options *options, const struct member *members, size_t count)
{
    if (options->range_bytes > 0) return options->range_bytes;
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) total += members[i].size;
    uint64_t share = total / options->shard_count / RANGE_SHARE;
    return share > RANGE_BYTES_MIN ? share : RANGE_BYTES_MIN;
}

/* Returns how many bytes the files have that are cut; they become less, and go behind the others of more. */
static uint64_t choose_cut(const struct object_list *list, const struct shard_options *options, struct member *members)
{
    uint64_t cut = 0, least = cut_bytes(options, members, list->count);
    for (size_t i = 0; i < list->count && members[i].size > least && !stop_is_wanted(&options->stop); i++) {
        const struct object *object = &list->objects[members[i].index];
        bool equal = options->hash && ((i > 0 && go_together(&members[i - 1], &members[i])) ||
                                       (i + 1 < list->count && go_together(&members[i], &members[i + 1])));
        members[i].is_cut = !equal && object->status == OBJECT_PENDING && options->can_cut(options->context, object);
        if (members[i].is_cut) cut += members[i].size;
    }
    for (size_t i = 0; i < list->count; i++)
        if (members[i].is_cut) members[i].size = options->hash ? members[i].size / RANGE_HASH_SHARE : 0;
    if (cut > 0) qsort(members, list->count, sizeof *members, by_size);
    return cut;
}

/* ------------------------------------------------------------------ the division */

static void divide(const struct object_list *list, const struct member *members, const struct shard_options *options, struct load *loads,
                   uint32_t *shards)
{
    for (uint32_t s = 0; s < options->shard_count; s++) loads[s].shard = s;
    for (size_t i = 0, next; i < list->count; i = next) {
        uint64_t bytes = 0;
        for (next = i; next < list->count && (next == i || (options->hash && go_together(&members[i], &members[next]))); next++) {
            shards[members[next].index] = loads[0].shard;
            bytes += members[next].size + 1; /* files without a byte are work too */
        }
        loads[0].bytes += bytes;
        sift_down(loads, options->shard_count);
    }
}

static int by_load(const void *left, const void *right)
{
    const struct load *a = left, *b = right;
    return loads_before(a, b) ? -1 : loads_before(b, a);
}

/* What all shards come to once `bytes` more are spread over those that have less. Sorts the loads. */
static uint64_t level_find(struct load *loads, uint32_t count, uint64_t bytes)
{
    uint64_t below = 0; /* what the first ones have */
    qsort(loads, count, sizeof *loads, by_load);
    for (uint32_t s = 1; s <= count; s++) {
        below += loads[s - 1].bytes;
        uint64_t level = (below + bytes + s - 1) / s;
        if (s == count || level <= loads[s].bytes) return level;
    }
    return bytes;
}

static int by_shard(const void *left, const void *right)
{
    const struct load *a = left, *b = right;
    return a->shard < b->shard ? -1 : a->shard > b->shard;
}

/* The files that are cut, one behind the other, and how far they are given away. */
struct filling {
    struct object_list *list;
    const struct shard_options *options;
    const struct load *loads; /* by number */
    uint64_t level;
    uint32_t shard;           /* that is filled */
    uint64_t room;            /* left in it */
};

/* A file's ranges begin at multiples of this. */
static uint64_t range_step(const struct filling *filling, uint64_t size)
{
    uint64_t step = filling->options->range_bytes > 0 ? filling->options->range_bytes : RANGE_BYTES_MIN;
    return size / step < RANGES_MAX ? step : size / RANGES_MAX + 1;
}

static uint64_t room_of(const struct filling *filling)
{
    uint64_t has = filling->loads[filling->shard].bytes;
    return has < filling->level ? filling->level - has : 0;
}

/* How much of a file's last `left` bytes the next range takes: what there is room for, in whole steps, so that what is too
 * much for one shard is too little for the next. */
static uint64_t range_take(struct filling *filling, uint64_t step, uint64_t left)
{
    bool is_last = filling->shard + 1 == filling->options->shard_count;
    uint64_t steps = (filling->room + step / 2) / step;
    if (is_last || steps * step >= left || left <= step) return left;
    return steps * step;
}

/* Adds ranges of a file up to `end`, all of the shard that is filled. */
static enum status ranges_add(struct filling *filling, size_t file, uint64_t at, uint64_t end, uint64_t most, uint32_t **shards, size_t *capacity,
                              struct fault *fault)
{
    struct object_list *list = filling->list;
    for (uint64_t bytes; at < end; at += bytes) {
        bytes = end - at < most ? end - at : most;
        enum status status = object_list_add_range(list, file, (int64_t)at, (int64_t)bytes, fault);
        if (status != STATUS_OK) return status;
        if (list->count > *capacity) {
            uint32_t *grown = realloc(*shards, 2 * list->count * sizeof *grown);
            if (grown == NULL) return fault_set(fault, STATUS_FATAL, "no memory to divide the evidence");
            *shards = grown;
            *capacity = 2 * list->count;
        }
        (*shards)[list->count - 1] = filling->shard;
    }
    return STATUS_OK;
}

static enum status cut_file(struct filling *filling, size_t file, uint32_t **shards, size_t *capacity, struct fault *fault)
{
    const bool for_tests = filling->options->range_bytes > 0;
    uint64_t size = (uint64_t)filling->list->objects[file].size_bytes, step = range_step(filling, size);
    for (uint64_t at = 0, taken; at < size; at += taken) {
        enum status status = STATUS_OK;
        taken = range_take(filling, step, size - at);
        if (taken == size && !for_tests) (*shards)[file] = filling->shard; /* whole after all */
        else status = ranges_add(filling, file, at, at + taken, for_tests ? step : taken, shards, capacity, fault);
        if (status != STATUS_OK) return status;
        filling->room -= taken < filling->room ? taken : filling->room;
        if (at + taken == size || filling->shard + 1 == filling->options->shard_count) continue;
        filling->shard++;
        filling->room = room_of(filling);
    }
    return STATUS_OK;
}

/* Cuts the files and gives their ranges to the shards; *shards grows with the list. */
static enum status cut_files(struct object_list *list, const struct shard_options *options, struct member *members, struct load *loads,
                             uint64_t cut, uint32_t **shards, struct fault *fault)
{
    struct filling filling = {.list = list, .options = options, .loads = loads, .level = level_find(loads, options->shard_count, cut)};
    size_t count = list->count, capacity = count + 1;
    qsort(loads, options->shard_count, sizeof *loads, by_shard);
    filling.room = room_of(&filling);
    enum status status = STATUS_OK;
    bool *is_cut = calloc(count + 1, sizeof *is_cut);
    if (is_cut == NULL) return fault_set(fault, STATUS_FATAL, "no memory to divide the evidence");
    for (size_t i = 0; i < count; i++) is_cut[members[i].index] = members[i].is_cut;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        if (is_cut[i]) status = cut_file(&filling, i, shards, &capacity, fault);
    free(is_cut);
    return status;
}

static void hash_number(struct sha256 *hash, uint64_t value)
{
    uint8_t number[8];
    for (int b = 0; b < 8; b++) number[b] = (uint8_t)(value >> 8 * b);
    sha256_add(hash, number, sizeof number);
}

static bool digest_division(const struct object_list *list, const uint32_t *shards, uint8_t listing[SHA256_BYTES])
{
    struct sha256 *hash = sha256_open();
    if (hash == NULL) return false;
    sha256_add(hash, listing, SHA256_BYTES);
    for (size_t i = 0; i < list->count; i++) {
        hash_number(hash, shards[i]);
        if (list->objects[i].is_range) hash_number(hash, (uint64_t)list->objects[i].start_bytes);
    }
    sha256_take(hash, listing);
    sha256_close(hash);
    return true;
}

enum status shard_mark(struct object_list *list, const struct shard_options *options, uint8_t listing[SHA256_BYTES], struct fault *fault)
{
    struct member *members = calloc(list->count + 1, sizeof *members);
    struct load *loads = calloc(options->shard_count, sizeof *loads);
    uint32_t *shards = calloc(list->count + 1, sizeof *shards);
    bool enough = members != NULL && loads != NULL && shards != NULL;
    enum status status = enough ? STATUS_OK : fault_set(fault, STATUS_FATAL, "no memory to divide the evidence");
    if (enough) {
        members_sort(list, options, members);
        bool cuts = options->can_cut != NULL && options->shard_count > 1;
        uint64_t cut = cuts ? choose_cut(list, options, members) : 0;
        divide(list, members, options, loads, shards);
        if (cut > 0) status = cut_files(list, options, members, loads, cut, &shards, fault);
    }
    if (status == STATUS_OK) {
        for (size_t i = 0; i < list->count; i++) list->objects[i].elsewhere = shards[i] != options->shard;
        if (!digest_division(list, shards, listing)) status = fault_set(fault, STATUS_FATAL, "no SHA-256 here");
    }
    free(members);
    free(loads);
    free(shards);
    return status;
}
