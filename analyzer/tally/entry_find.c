#include "entry_find.h"

#include <stdlib.h>

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to look up a customer");
}

/* The values of all runs, one behind the other. */
struct found {
    struct bytes bytes;
    size_t *ends;
    size_t count, capacity;
};

static bool found_add(struct found *found, struct span value)
{
    if (found->count == found->capacity) {
        size_t capacity = 2 * found->capacity + 8;
        size_t *ends = realloc(found->ends, capacity * sizeof *ends);
        if (ends == NULL) return false;
        found->ends = ends;
        found->capacity = capacity;
    }
    if (!bytes_reserve(&found->bytes, value.len)) return false;
    bytes_put(&found->bytes, value.at, value.len);
    found->ends[found->count++] = found->bytes.count;
    return true;
}

/* What lies in [key, next) is that key alone: next is the first one behind it. */
static enum status find_in_run(const struct run *run, struct span key, struct span next, struct found *found,
                               struct fault *fault)
{
    struct run_cursor *cursor = NULL;
    struct span there, value;
    enum status status = run_cursor_open(run, key, next, &cursor, fault);
    while (status == STATUS_OK) {
        status = run_cursor_next(cursor, &there, &value, fault);
        if (status == STATUS_OK && !found_add(found, value)) status = no_memory(fault);
    }
    run_cursor_close(cursor);
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status join(const struct found *found, uint32_t source_count, const struct entry_places *places, struct bytes *value, struct fault *fault)
{
    struct span *values = calloc(found->count, sizeof *values), merged;
    struct entry_merger *merger = NULL;
    enum status status = values == NULL ? no_memory(fault) : entry_merger_open(source_count, places->zone_s, &merger, fault);
    if (status == STATUS_OK) entry_merger_set_order(merger, places->order);
    for (size_t i = 0, begin = 0; status == STATUS_OK && i < found->count; begin = found->ends[i++])
        values[i] = (struct span){found->bytes.at + begin, found->ends[i] - begin};
    if (status == STATUS_OK) status = entry_merge(merger, values, found->count, &merged, fault);
    value->count = 0;
    if (status == STATUS_OK && !bytes_reserve(value, merged.len + 1)) status = no_memory(fault);
    if (status == STATUS_OK) bytes_put(value, merged.at, merged.len);
    entry_merger_close(merger);
    free(values);
    return status;
}

static enum status find_in_all(const struct entry_places *places, struct span key, struct span next, struct found *found, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < places->run_count + places->booked_count && status == STATUS_OK; i++) {
        bool booked = i >= places->run_count;
        struct run_identity identity = *places->identity;
        struct run *run = NULL;
        if (booked) identity.content = RUN_CONTENT_BOOKED;
        status = run_open(places->directory, booked ? places->booked[i - places->run_count] : places->runs[i], &identity, &run, fault);
        if (status == STATUS_OK) status = find_in_run(run, key, next, found, fault);
        run_close(run);
    }
    return status;
}

enum status entry_find(const struct entry_places *places, uint32_t source_count, struct span key, struct bytes *value, struct fault *fault)
{
    struct found found = {0};
    struct bytes next = {0};
    if (key.len > RUN_KEY_BYTES_MAX) return STATUS_END;
    if (!bytes_reserve(&next, key.len + 1)) return no_memory(fault);
    bytes_put(&next, key.at, key.len);
    bytes_put_byte(&next, 0);
    enum status status = find_in_all(places, key, (struct span){next.at, next.count}, &found, fault);
    if (status == STATUS_OK) status = found.count == 0 ? STATUS_END : join(&found, source_count, places, value, fault);
    bytes_free(&next);
    bytes_free(&found.bytes);
    free(found.ends);
    return status;
}
