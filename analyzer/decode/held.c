#include "held.h"

#include <stdlib.h>
#include <string.h>

#include "../support/bytes.h"

enum { READ_BYTES = 256 << 10 };

struct held {
    struct byte_reader below;
    struct bytes bytes;
    size_t at;
    bool is_whole;
};

void held_close(struct held *held)
{
    if (held == NULL) return;
    bytes_free(&held->bytes);
    free(held);
}

struct held *held_open(const struct byte_reader *below, const char *first, size_t first_bytes, size_t most)
{
    struct held *held = calloc(1, sizeof *held);
    bool enough = held != NULL && bytes_reserve(&held->bytes, first_bytes);
    if (enough) bytes_put(&held->bytes, first, first_bytes);
    if (enough) held->below = *below;
    while (enough && held->bytes.count <= most) {
        size_t count = 0;
        bool gap;
        enough = bytes_reserve(&held->bytes, READ_BYTES);
        if (!enough) break;
        enum status status = below->read(below->context, held->bytes.at + held->bytes.count, READ_BYTES, true, &count, &gap);
        held->is_whole = status == STATUS_END;
        if (status != STATUS_OK || count == 0) break; /* the end, trouble that comes again, or missing bytes */
        held->bytes.count += count;
    }
    if (enough) return held;
    held_close(held);
    return NULL;
}

static enum status held_read(void *context, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap)
{
    struct held *held = context;
    size_t left = held->bytes.count - held->at;
    if (left == 0) return held->below.read(held->below.context, bytes, capacity, joined, count, gap);
    *count = left < capacity ? left : capacity;
    *gap = false;
    memcpy(bytes, held->bytes.at + held->at, *count);
    held->at += *count;
    return STATUS_OK;
}

static bool held_read_at(void *context, uint64_t offset, char *bytes, size_t count)
{
    const struct held *held = context;
    if (offset > held->bytes.count || count > held->bytes.count - offset) return false;
    memcpy(bytes, held->bytes.at + offset, count);
    return true;
}

static bool held_seek(void *context, uint64_t offset)
{
    struct held *held = context;
    if (offset > held->bytes.count) return false;
    held->at = (size_t)offset;
    return true;
}

struct byte_reader held_reader(struct held *held)
{
    struct byte_reader reader = held->below;
    reader.context = held;
    reader.read = held_read;
    reader.missing = NULL;
    if (!held->is_whole) return reader;
    reader.seek = held_seek;
    reader.read_at = held_read_at;
    reader.size = held->bytes.count;
    return reader;
}
