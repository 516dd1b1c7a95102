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
static void members_sort(const struct object_list *list, bool keep_equal, const struct stop *stop, struct member *members)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct object *object = &list->objects[i];
        members[i] = (struct member){object->size_bytes > 0 ? (uint64_t)object->size_bytes : 0, 0, i};
    }
    qsort(members, list->count, sizeof *members, by_size);
    for (size_t i = 0; keep_equal && i < list->count && (stop == NULL || !stop_is_wanted(stop)); i++) {
        const struct object *object = &list->objects[members[i].index];
        bool among_equals = (i > 0 && members[i - 1].size == members[i].size) || (i + 1 < list->count && members[i + 1].size == members[i].size);
        if (among_equals && members[i].size > 0 && object->status == OBJECT_PENDING) members[i].head = head_of(object);
    }
    qsort(members, list->count, sizeof *members, by_size);
}

static bool go_together(const struct member *a, const struct member *b)
{
    return a->size == b->size && a->head == b->head;
}

static void divide(const struct object_list *list, const struct member *members, bool keep_equal, struct load *loads, uint32_t shard_count,
                   uint32_t *shards)
{
    for (uint32_t s = 0; s < shard_count; s++) loads[s].shard = s;
    for (size_t i = 0, next; i < list->count; i = next) {
        uint64_t bytes = 0;
        for (next = i; next < list->count && (next == i || (keep_equal && go_together(&members[i], &members[next]))); next++) {
            shards[members[next].index] = loads[0].shard;
            bytes += members[next].size + 1; /* files without a byte are work too */
        }
        loads[0].bytes += bytes;
        sift_down(loads, shard_count);
    }
}

static bool digest_division(const uint32_t *shards, size_t count, uint8_t listing[SHA256_BYTES])
{
    struct sha256 *hash = sha256_open();
    if (hash == NULL) return false;
    sha256_add(hash, listing, SHA256_BYTES);
    for (size_t i = 0; i < count; i++) {
        uint8_t number[4];
        for (int b = 0; b < 4; b++) number[b] = (uint8_t)(shards[i] >> 8 * b);
        sha256_add(hash, number, sizeof number);
    }
    sha256_take(hash, listing);
    sha256_close(hash);
    return true;
}

enum status shard_mark(struct object_list *list, uint32_t shard, uint32_t shard_count, bool keep_equal, const struct stop *stop,
                       uint8_t listing[SHA256_BYTES], struct fault *fault)
{
    struct member *members = calloc(list->count + 1, sizeof *members);
    struct load *loads = calloc(shard_count, sizeof *loads);
    uint32_t *shards = calloc(list->count + 1, sizeof *shards);
    bool enough = members != NULL && loads != NULL && shards != NULL;
    if (enough) {
        members_sort(list, keep_equal, stop, members);
        divide(list, members, keep_equal, loads, shard_count, shards);
        for (size_t i = 0; i < list->count; i++) list->objects[i].elsewhere = shards[i] != shard;
        enough = digest_division(shards, list->count, listing);
    }
    free(members);
    free(loads);
    free(shards);
    return enough ? STATUS_OK : fault_set(fault, STATUS_FATAL, "no memory to divide the evidence");
}
