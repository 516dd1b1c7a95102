#include "duplicate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/escape.h"
#include "../support/parallel.h"
#include "../support/sha256.h"
#include "object_open.h"

enum { PREFIX_BYTES = 64 << 10, READ_BYTES = 1 << 20 };

/* A file that shares its size with another. */
struct twin {
    size_t object; /* index: smaller is earlier in path order */
    int64_t size;
    uint64_t owner;
    bool is_read; /* digest holds: of the prefix first, of the whole file in the end */
    bool is_wanted;
    uint8_t digest[SHA256_BYTES];
};

struct twins {
    const struct object_list *list;
    struct twin *twins;
    size_t count, read_bytes;
    atomic_size_t next;
    bool whole; /* the second round: those that are wanted, to their end */
    atomic_bool no_memory;
    const volatile sig_atomic_t *stop; /* or NULL */
};

/* The digest of the first bytes_max bytes. Whatever goes wrong leaves the file to the scan. */
static bool digest_take(const struct object *object, int64_t bytes_max, const volatile sig_atomic_t *stop, struct sha256 *hash,
                        char *room, size_t room_size, uint8_t digest[SHA256_BYTES])
{
    struct stat about;
    enum coverage_reason reason;
    int descriptor = object_open(object, &about, &reason);
    if (descriptor < 0) return false;
    int64_t total = 0;
    bool sound = about.st_size == object->size_bytes;
    while (sound && total < bytes_max) {
        size_t wanted =
            (int64_t)room_size < bytes_max - total ? room_size : (size_t)(bytes_max - total);
        ssize_t got = read(descriptor, room, wanted);
        if (got < 0 && errno == EINTR) continue;
        sound = got > 0 && (stop == NULL || *stop == 0);
        if (!sound) break;
        sha256_add(hash, room, (size_t)got);
        total += got;
    }
    /* A file of size 0 that has bytes all the same (proc) is none. */
    if (sound && bytes_max == 0) sound = read(descriptor, room, 1) == 0;
    close(descriptor);
    sha256_take(hash, digest);
    return sound;
}

static void twins_read(void *context, int thread)
{
    (void)thread;
    struct twins *twins = context;
    size_t room_size = twins->read_bytes;
    struct sha256 *hash = sha256_open();
    char *room = malloc(room_size);
    if (hash == NULL || room == NULL) atomic_store(&twins->no_memory, true);
    while (hash != NULL && room != NULL) {
        size_t index = atomic_fetch_add(&twins->next, 1);
        if (index >= twins->count) break;
        struct twin *twin = &twins->twins[index];
        if (twins->whole && !twin->is_wanted) continue;
        int64_t bytes_max = twins->whole || twin->size < PREFIX_BYTES ? twin->size : PREFIX_BYTES;
        twin->is_read = digest_take(&twins->list->objects[twin->object], bytes_max, twins->stop, hash,
                                    room, room_size, twin->digest);
    }
    sha256_close(hash);
    free(room);
}

static int size_order(const void *a, const void *b)
{
    const struct twin *left = a, *right = b;
    if (left->size != right->size) return left->size < right->size ? -1 : 1;
    return (left->object > right->object) - (left->object < right->object);
}

static int digest_order(const void *a, const void *b)
{
    const struct twin *left = a, *right = b;
    if (left->size != right->size) return left->size < right->size ? -1 : 1;
    if (left->owner != right->owner) return left->owner < right->owner ? -1 : 1;
    int order = memcmp(left->digest, right->digest, SHA256_BYTES);
    if (order != 0) return order;
    return (left->object > right->object) - (left->object < right->object);
}

static bool is_same(const struct twin *a, const struct twin *b)
{
    return a->size == b->size && a->owner == b->owner && memcmp(a->digest, b->digest, SHA256_BYTES) == 0;
}

/* Keeps those that fit the question and closes the ranks. */
static void twins_keep_read(struct twins *twins)
{
    size_t kept = 0;
    for (size_t i = 0; i < twins->count; i++)
        if (twins->twins[i].is_read) twins->twins[kept++] = twins->twins[i];
    twins->count = kept;
}

/* All files whose size another one has too. */
static bool twins_find(struct twins *twins)
{
    const struct object_list *list = twins->list;
    twins->twins = malloc((list->count + 1) * sizeof *twins->twins);
    if (twins->twins == NULL) return false;
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct object *object = &list->objects[i];
        if (object->status != OBJECT_PENDING || object->elsewhere || object->is_piece || object->open_path == NULL)
            continue;
        twins->twins[count++] = (struct twin){.object = i, .size = object->size_bytes, .owner = object->owner};
    }
    qsort(twins->twins, count, sizeof *twins->twins, size_order);
    for (size_t i = 0; i < count; i++) {
        const struct twin *at = &twins->twins[i];
        bool shared =
            (i > 0 && at[-1].size == at->size) || (i + 1 < count && at[1].size == at->size);
        if (shared) twins->twins[twins->count++] = *at;
    }
    return true;
}

static bool round_run(struct twins *twins, bool whole, int thread_count)
{
    twins->whole = whole;
    atomic_store(&twins->next, 0);
    parallel_run(thread_count, twins_read, twins);
    twins_keep_read(twins);
    qsort(twins->twins, twins->count, sizeof *twins->twins, digest_order);
    return !atomic_load(&twins->no_memory);
}

/* Big files with a beginning in common are read to their end; others leave. */
static bool big_ones_want(struct twins *twins)
{
    bool any = false;
    for (size_t i = 0; i < twins->count; i++) {
        struct twin *at = &twins->twins[i];
        if (at->size <= PREFIX_BYTES) continue;
        at->is_wanted =
            (i > 0 && is_same(at - 1, at)) || (i + 1 < twins->count && is_same(at, at + 1));
        at->is_read = at->is_wanted;
        any |= at->is_wanted;
    }
    twins_keep_read(twins);
    return any;
}

/* False: no memory. */
static bool duplicate_mark(struct object_list *list, const struct twin *twin, size_t first_index)
{
    const struct object *first = &list->objects[first_index];
    static const char lead[] = "same content as ";
    struct object *object = &list->objects[twin->object];
    char detail[OBJECT_DETAIL_SIZE];
    memcpy(detail, lead, sizeof lead);
    escape_write_tail(detail + sizeof lead - 1, sizeof detail - (sizeof lead - 1), first->path,
                      strlen(first->path));
    const char *kept = texts_keep(&list->texts, detail);
    object_mark(object, OBJECT_DUPLICATE, COVERAGE_DUPLICATE_CONTENT, kept);
    object->bytes_unexamined = (uint64_t)object->size_bytes;
    object->duplicate_of = (uint32_t)first_index;
    object->hashed = true;
    memcpy(object->sha256, twin->digest, SHA256_BYTES);
    return kept != NULL;
}

enum status duplicates_mark(struct object_list *list, size_t read_bytes, int thread_count,
                            const volatile sig_atomic_t *stop, struct fault *fault)
{
    struct twins twins = {.list = list, .read_bytes = read_bytes == 0 ? READ_BYTES : read_bytes, .stop = stop};
    bool done = twins_find(&twins);
    if (done && twins.count > 0) {
        done = round_run(&twins, false, thread_count);
        if (done && big_ones_want(&twins)) done = round_run(&twins, true, thread_count);
    }
    const struct twin *first = NULL;
    for (size_t i = 0; done && i < twins.count; i++) {
        const struct twin *at = &twins.twins[i];
        if (first != NULL && is_same(first, at))
            done = duplicate_mark(list, at, first->object);
        else
            first = at;
    }
    free(twins.twins);
    return done ? STATUS_OK : fault_set(fault, STATUS_FATAL, "no memory to compare files");
}
