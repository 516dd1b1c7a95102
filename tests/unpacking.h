/* All objects of a file, as a stream tells them: for tests of containers, and for fuzzing.
 *
 * Shape    bytes -> a file in memory -> stream_open .. stream_next -> a list of objects with their bytes
 */
#ifndef UNPACKING_H
#define UNPACKING_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../analyzer/decode/stream.h"

struct unpacked_object {
    char *name;
    uint32_t number, parent;
    char *bytes; /* ended by NUL */
    size_t length, gap_count;
    bool has_ended;
    struct stream_outcome outcome;
};

struct unpacked {
    struct unpacked_object *objects; /* [0] is the file */
    size_t count, capacity;
};

static inline void unpacking_insist(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "unpacking: %s\n", what);
    abort();
}

static inline struct unpacked_object *unpacked_add(struct unpacked *all, const char *name, uint32_t number, uint32_t parent)
{
    if (all->count == all->capacity) {
        all->capacity = 2 * all->capacity + 16;
        all->objects = realloc(all->objects, all->capacity * sizeof *all->objects);
        unpacking_insist(all->objects != NULL, "no memory");
    }
    struct unpacked_object *object = &all->objects[all->count++];
    *object = (struct unpacked_object){.name = strdup(name), .number = number, .parent = parent, .bytes = calloc(1, 1)};
    return object;
}

static inline void unpacked_free(struct unpacked *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free(all->objects[i].name);
        free(all->objects[i].bytes);
    }
    free(all->objects);
    *all = (struct unpacked){0};
}

/* The bytes of the object in hand, in reads of a size. */
static inline void unpacking_read(struct stream *stream, struct unpacked_object *object, size_t capacity)
{
    struct fault fault;
    char *room = malloc(capacity);
    unpacking_insist(room != NULL, "no memory");
    for (;;) {
        size_t count;
        bool gap;
        enum status status = stream_read(stream, room, capacity, &count, &gap, &fault);
        if (status == STATUS_END) break;
        unpacking_insist(status == STATUS_OK && count > 0 && count <= capacity, "a read gives nothing, or too much");
        object->bytes = realloc(object->bytes, object->length + count + 1);
        unpacking_insist(object->bytes != NULL, "no memory");
        memcpy(object->bytes + object->length, room, count);
        object->length += count;
        object->bytes[object->length] = '\0';
        object->gap_count += gap;
    }
    free(room);
}

/* Opens a file; the caller frees what it holds. */
static inline struct unpacked unpack_file(const char *path, const struct stream_options *options, size_t capacity)
{
    struct unpacked all = {0};
    struct object object = {.path = (char *)(uintptr_t)path, .open_path = (char *)(uintptr_t)path, .root_descriptor = -1, .size_bytes = -1};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = lseek(descriptor, 0, SEEK_END);
    close(descriptor);
    object.size_bytes = size;
    struct stream *stream;
    struct stream_event event;
    struct fault fault;
    unpacking_insist(stream_open(&object, options, &stream, &fault) == STATUS_OK, "the file does not open");
    unpacking_read(stream, unpacked_add(&all, "", 0, 0), capacity);
    enum status status;
    while ((status = stream_next(stream, &event, &fault)) == STATUS_OK) {
        if (!event.is_end) {
            unpacking_insist(event.number == all.count && event.parent < event.number, "numbers do not follow one another");
            unpacking_insist(!all.objects[event.parent].has_ended, "a member of what has ended");
            unpacking_read(stream, unpacked_add(&all, event.name, event.number, event.parent), capacity);
            continue;
        }
        unpacking_insist(event.number < all.count && !all.objects[event.number].has_ended, "an end without a beginning");
        all.objects[event.number].has_ended = true;
        all.objects[event.number].outcome = *event.outcome;
    }
    unpacking_insist(status == STATUS_END, "no memory");
    all.objects[0].has_ended = true;
    all.objects[0].outcome = *stream_outcome(stream);
    const struct stream_outcome *outcome = &all.objects[0].outcome;
    unpacking_insist(outcome->stored_examined + outcome->stored_unexamined == (uint64_t)size, "the bytes of the file do not add up");
    for (size_t i = 0; i < all.count; i++) {
        unpacking_insist(all.objects[i].has_ended, "an object without an end");
        outcome = &all.objects[i].outcome;
        unpacking_insist(outcome->status != OBJECT_COMPLETE || outcome->stored_unexamined == 0, "complete with bytes unexamined");
    }
    stream_close(stream);
    return all;
}

/* Writes bytes to a file in memory; its path stands in path. */
static inline void unpacking_store(char path[64], const void *bytes, size_t length)
{
    snprintf(path, 64, "%s/unpacking.%ld", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    unpacking_insist(descriptor >= 0 && write(descriptor, bytes, length) == (ssize_t)length, "no file");
    close(descriptor);
}

static inline struct unpacked unpack(const void *bytes, size_t length, const struct stream_options *options, size_t capacity)
{
    char path[64];
    unpacking_store(path, bytes, length);
    struct unpacked all = unpack_file(path, options, capacity);
    unlink(path);
    return all;
}

/* Whether two unpackings tell the same. */
static inline bool unpacked_same(const struct unpacked *a, const struct unpacked *b)
{
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct unpacked_object *x = &a->objects[i], *y = &b->objects[i];
        if (strcmp(x->name, y->name) != 0 || x->parent != y->parent || x->length != y->length || memcmp(x->bytes, y->bytes, x->length) != 0) return false;
        if (x->outcome.status != y->outcome.status || x->outcome.reason != y->outcome.reason || strcmp(x->outcome.layers, y->outcome.layers) != 0 ||
            x->outcome.stored_examined != y->outcome.stored_examined || x->outcome.stored_unexamined != y->outcome.stored_unexamined)
            return false;
    }
    return true;
}

#endif
