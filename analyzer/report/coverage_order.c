#include "coverage_order.h"

#include <stdlib.h>
#include <string.h>

enum { OBJECT_OVERHEAD = 32 /* of its texts in memory */ };

/* Neighbours in a ledger whose paths ascend, or the list's own objects in their order. */
struct course {
    const struct ledger *ledger; /* NULL: the list's own */
    size_t begin, end;
    struct ledger_reader *reader;
    size_t next;
    const struct object *object; /* in hand; NULL: it is at its end */
};

struct coverage_order {
    const struct object_list *list;
    size_t *own; /* indexes of the list's objects */
    struct ledger *sorted; /* NULL: pieces stand as they ascend */
    struct course *courses;
    size_t course_count, course_capacity;
    size_t *heap; /* courses that are not at their end; the first one's object comes next */
    size_t heap_count;
    bool has_given;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to order the objects of the evidence");
}

void coverage_order_close(struct coverage_order *order)
{
    if (order == NULL) return;
    for (size_t i = 0; i < order->course_count; i++) ledger_reader_close(order->courses[i].reader);
    free(order->courses);
    free(order->heap);
    free(order->own);
    ledger_close(order->sorted);
    free(order);
}

static bool course_add(struct coverage_order *order, const struct ledger *ledger, size_t begin, size_t end)
{
    if (order->course_count == order->course_capacity) {
        size_t capacity = 2 * order->course_capacity + 16;
        struct course *courses = realloc(order->courses, capacity * sizeof *courses);
        if (courses == NULL) return false;
        order->courses = courses;
        order->course_capacity = capacity;
    }
    order->courses[order->course_count++] = (struct course){.ledger = ledger, .begin = begin, .end = end};
    return true;
}

/* ------------------------------------------------------------------ courses as they stand */

static int by_path(const void *a, const void *b, void *context)
{
    const struct object *objects = context;
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    int order = strcmp(objects[left].path, objects[right].path);
    return order != 0 ? order : (left > right) - (left < right);
}

static bool own_order(struct coverage_order *order)
{
    const struct object_list *list = order->list;
    order->own = malloc((list->count + 1) * sizeof *order->own);
    if (order->own == NULL) return false;
    for (size_t i = 0; i < list->count; i++) order->own[i] = i;
    if (list->count > 1) qsort_r(order->own, list->count, sizeof *order->own, by_path, list->objects);
    return course_add(order, NULL, 0, list->count);
}

/* Finds where the pieces stop to ascend. *few: they do so few times, and all courses are known. */
static enum status find_courses(struct coverage_order *order, bool *few, struct fault *fault)
{
    const struct ledger *ledger = order->list->ledger;
    struct ledger_reader *reader = NULL;
    struct bytes last = {0};
    size_t count = ledger_count(ledger), begin = 0, courses_before = order->course_count;
    enum status status = ledger_reader_open(ledger, &reader, fault);
    *few = true;
    for (size_t i = 0; i < count && status == STATUS_OK && *few; i++) {
        const struct object *piece;
        status = ledger_read(reader, i, &piece, fault);
        if (status != STATUS_OK) break;
        size_t size = strlen(piece->path) + 1;
        bool ascends = i == 0 || strcmp(last.at, piece->path) <= 0;
        last.count = 0;
        bool enough = bytes_reserve(&last, size) && (ascends || course_add(order, ledger, begin, i));
        if (!enough) status = no_memory(fault);
        else bytes_put(&last, piece->path, size);
        if (!ascends) begin = i;
        *few = order->course_count - courses_before < COVERAGE_COURSES_MAX;
    }
    bytes_free(&last);
    ledger_reader_close(reader);
    if (!*few) order->course_count = courses_before;
    if (status == STATUS_OK && *few && !course_add(order, ledger, begin, count)) status = no_memory(fault);
    return status;
}

/* ------------------------------------------------------------------ sorting */

/* Pieces in memory, on their way to be a course. */
struct chunk {
    struct object *pieces;
    size_t count, capacity, bytes;
    size_t shared; /* bytes with which all paths begin alike */
};

/* A piece in a chunk, with what of its path tells most pairs apart. */
struct chunk_key {
    uint64_t first;
    const struct object *piece; /* in a chunk those that came up first stand first */
};

static bool chunk_add(struct chunk *chunk, const struct object *piece)
{
    if (chunk->count == chunk->capacity) {
        size_t capacity = chunk->capacity + chunk->capacity / 2 + 1024;
        struct object *pieces = realloc(chunk->pieces, capacity * sizeof *pieces);
        if (pieces == NULL) return false;
        chunk->pieces = pieces;
        chunk->capacity = capacity;
    }
    size_t path = strlen(piece->path) + 1, format = strlen(piece->format) + 1, detail = strlen(piece->detail) + 1;
    struct object *copy = &chunk->pieces[chunk->count];
    *copy = *piece;
    copy->path = malloc(path + format + detail);
    if (copy->path == NULL) return false;
    memcpy(copy->path, piece->path, path);
    copy->format = memcpy(copy->path + path, piece->format, format);
    copy->detail = memcpy(copy->path + path + format, piece->detail, detail);
    if (chunk->count == 0) chunk->shared = path - 1;
    size_t shared = 0;
    while (shared < chunk->shared && copy->path[shared] == chunk->pieces[0].path[shared]) shared++;
    chunk->shared = shared;
    chunk->count++;
    chunk->bytes += sizeof *copy + sizeof(struct chunk_key) + OBJECT_OVERHEAD + path + format + detail;
    return true;
}

static void chunk_empty(struct chunk *chunk)
{
    for (size_t i = 0; i < chunk->count; i++) free(chunk->pieces[i].path);
    chunk->count = chunk->bytes = 0;
}

static uint64_t first_bytes(const char *text)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | (unsigned char)*text;
        text += *text != '\0';
    }
    return value;
}

static int by_key(const void *a, const void *b)
{
    const struct chunk_key *left = a, *right = b;
    if (left->first != right->first) return left->first < right->first ? -1 : 1;
    int order = strcmp(left->piece->path, right->piece->path);
    return order != 0 ? order : (left->piece > right->piece) - (left->piece < right->piece);
}

/* Makes a course of the chunk. */
static enum status chunk_sort(struct coverage_order *order, struct chunk *chunk, struct fault *fault)
{
    size_t begin = ledger_count(order->sorted);
    struct chunk_key *keys = malloc((chunk->count + 1) * sizeof *keys);
    if (keys == NULL) return no_memory(fault);
    for (size_t i = 0; i < chunk->count; i++) keys[i] = (struct chunk_key){first_bytes(chunk->pieces[i].path + chunk->shared), &chunk->pieces[i]};
    qsort(keys, chunk->count, sizeof *keys, by_key);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < chunk->count && status == STATUS_OK; i++) status = ledger_copy(order->sorted, keys[i].piece, fault);
    free(keys);
    if (status == STATUS_OK && !course_add(order, order->sorted, begin, begin + chunk->count)) status = no_memory(fault);
    chunk_empty(chunk);
    return status;
}

static enum status sort_pieces(struct coverage_order *order, const struct ledger_place *scratch, size_t chunk_bytes, struct fault *fault)
{
    const struct ledger *ledger = order->list->ledger;
    struct ledger_reader *reader = NULL;
    struct chunk chunk = {0};
    enum status status = ledger_open(&order->sorted, fault);
    if (status == STATUS_OK && scratch != NULL) status = ledger_settle(order->sorted, scratch, fault);
    if (status == STATUS_OK) status = ledger_reader_open(ledger, &reader, fault);
    for (size_t i = 0, count = ledger_count(ledger); i < count && status == STATUS_OK; i++) {
        const struct object *piece;
        status = ledger_read(reader, i, &piece, fault);
        if (status == STATUS_OK && !chunk_add(&chunk, piece)) status = no_memory(fault);
        if (status == STATUS_OK && (chunk.bytes >= chunk_bytes || i + 1 == count)) status = chunk_sort(order, &chunk, fault);
    }
    chunk_empty(&chunk);
    free(chunk.pieces);
    ledger_reader_close(reader);
    return status;
}

enum status coverage_order_open(const struct object_list *list, const struct ledger_place *scratch, size_t chunk_bytes,
                                struct coverage_order **order, struct fault *fault)
{
    struct coverage_order *made = calloc(1, sizeof *made);
    *order = made;
    if (made == NULL) return no_memory(fault);
    made->list = list;
    bool few = chunk_bytes == 0;
    enum status status = own_order(made) ? STATUS_OK : no_memory(fault);
    if (status == STATUS_OK && ledger_count(list->ledger) > 0 && few) status = find_courses(made, &few, fault);
    if (status == STATUS_OK && ledger_count(list->ledger) > 0 && !few)
        status = sort_pieces(made, scratch, chunk_bytes > 0 ? chunk_bytes : COVERAGE_CHUNK_BYTES, fault);
    made->heap = status == STATUS_OK ? calloc(made->course_count + 1, sizeof *made->heap) : NULL;
    if (status == STATUS_OK && made->heap == NULL) status = no_memory(fault);
    if (status == STATUS_OK) return status;
    coverage_order_close(made);
    *order = NULL;
    return status;
}

/* ------------------------------------------------------------------ merging */

static enum status course_step(struct coverage_order *order, struct course *course, struct fault *fault)
{
    course->object = NULL;
    if (course->next == course->end) return STATUS_OK;
    size_t at = course->next++;
    if (course->ledger != NULL) return ledger_read(course->reader, at, &course->object, fault);
    course->object = &order->list->objects[order->own[at]];
    return STATUS_OK;
}

/* Of equal paths, an earlier course's came up first. */
static bool is_before(const struct coverage_order *order, size_t a, size_t b)
{
    int difference = strcmp(order->courses[a].object->path, order->courses[b].object->path);
    return difference != 0 ? difference < 0 : a < b;
}

static void sift_down(struct coverage_order *order, size_t at)
{
    size_t *heap = order->heap;
    for (size_t child; (child = 2 * at + 1) < order->heap_count; at = child) {
        if (child + 1 < order->heap_count && is_before(order, heap[child + 1], heap[child])) child++;
        if (!is_before(order, heap[child], heap[at])) return;
        size_t moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
    }
}

enum status coverage_order_begin(struct coverage_order *order, struct fault *fault)
{
    enum status status = STATUS_OK;
    order->heap_count = 0;
    order->has_given = false;
    for (size_t i = 0; i < order->course_count && status == STATUS_OK; i++) {
        struct course *course = &order->courses[i];
        course->next = course->begin;
        if (course->ledger != NULL && course->reader == NULL) status = ledger_reader_open(course->ledger, &course->reader, fault);
        if (status == STATUS_OK) status = course_step(order, course, fault);
        if (status == STATUS_OK && course->object != NULL) order->heap[order->heap_count++] = i;
    }
    for (size_t i = order->heap_count / 2; i-- > 0;) sift_down(order, i);
    return status;
}

enum status coverage_order_next(struct coverage_order *order, const struct object **object, struct fault *fault)
{
    if (order->has_given && order->heap_count > 0) {
        struct course *course = &order->courses[order->heap[0]];
        enum status status = course_step(order, course, fault);
        if (status != STATUS_OK) return status;
        if (course->object == NULL) order->heap[0] = order->heap[--order->heap_count];
        sift_down(order, 0);
    }
    order->has_given = true;
    if (order->heap_count == 0) return STATUS_END;
    *object = order->courses[order->heap[0]].object;
    return STATUS_OK;
}
