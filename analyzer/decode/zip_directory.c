#include "zip_directory.h"

#include <stdlib.h>

enum { ZIP64_EXTRA = 1, AES_EXTRA = 0x9901, AES_EXTRA_BYTES = 7 };

/* ------------------------------------------------------------------ extra fields */

/* Takes what an extra field of zip64 says in place of numbers that are all ones, in their fixed order. */
static void zip64_read(const uint8_t *extra, size_t length, struct zip_entry *entry, bool has_offset)
{
    for (size_t at = 0; at + 4 <= length;) {
        size_t field = get16(extra + at + 2), from = at + 4, end = from + field;
        if (end > length) return;
        if (get16(extra + at) == ZIP64_EXTRA) {
            uint64_t *const numbers[] = {&entry->size, &entry->packed, has_offset ? &entry->offset : NULL};
            for (size_t i = 0; i < 3; i++) {
                if (numbers[i] == NULL || *numbers[i] != UINT32_MAX || from + 8 > end) continue;
                *numbers[i] = get64(extra + from);
                from += 8;
            }
            return;
        }
        at = end;
    }
}

/* Takes what an extra field of AES says: how strong, and the method of what is encrypted. */
static void aes_read(const uint8_t *extra, size_t length, struct zip_entry *entry)
{
    if (entry->method != ZIP_METHOD_AES) return;
    for (size_t at = 0; at + 4 <= length;) {
        size_t field = get16(extra + at + 2), from = at + 4;
        if (from + field > length) return;
        if (get16(extra + at) == AES_EXTRA && field >= AES_EXTRA_BYTES && get16(extra + from) >= 1 && get16(extra + from) <= 2 && extra[from + 4] >= 1 && extra[from + 4] <= 3) {
            entry->aes_version = extra[from];
            entry->aes_strength = extra[from + 4];
            entry->method = get16(extra + from + 5);
            return;
        }
        at = from + field;
    }
}

void zip_extra_read(const uint8_t *extra, size_t length, struct zip_entry *entry, bool has_offset)
{
    zip64_read(extra, length, entry, has_offset);
    aes_read(extra, length, entry);
}

/* ------------------------------------------------------------------ where it is */

static const uint8_t *peek_at(struct zip_peek *peek, uint64_t offset, size_t count)
{
    if (offset < peek->at || offset + count > peek->at + peek->length) {
        uint64_t left = offset < peek->below->size ? peek->below->size - offset : 0;
        size_t most = count > peek->most ? ZIP_PEEK_BYTES : peek->most, wanted = left < most ? (size_t)left : most;
        peek->length = 0;
        if (peek->buffer == NULL) peek->buffer = malloc(ZIP_PEEK_BYTES);
        if (peek->buffer == NULL || wanted < count || !peek->below->read_at(peek->below->context, offset, (char *)peek->buffer, wanted)) return NULL;
        peek->at = offset;
        peek->length = wanted;
    }
    return peek->buffer + (offset - peek->at);
}

/* Whether the end record at an offset leads to a directory. */
static bool directory_at(struct zip_peek *peek, uint64_t end, struct zip_directory *directory)
{
    const uint8_t *record = peek_at(peek, end, ZIP_END_BYTES);
    if (record == NULL || get32(record) != ZIP_SIGNATURE_END) return false;
    uint64_t count = get16(record + 10), size = get32(record + 12), offset = get32(record + 16), behind = end;
    directory->end_at = end + ZIP_END_BYTES;
    bool is_larger = count == UINT16_MAX || size == UINT32_MAX || offset == UINT32_MAX;
    if (end >= ZIP_LOCATOR_BYTES + ZIP_END64_BYTES) {
        const uint8_t *locator = peek_at(peek, end - ZIP_LOCATOR_BYTES, ZIP_LOCATOR_BYTES);
        uint64_t said = locator != NULL && get32(locator) == ZIP_SIGNATURE_LOCATOR ? get64(locator + 8) : UINT64_MAX;
        const uint64_t places[] = {end - ZIP_LOCATOR_BYTES - ZIP_END64_BYTES, said};
        for (size_t i = 0; i < 2 && said != UINT64_MAX; i++) {
            const uint8_t *larger = places[i] <= end ? peek_at(peek, places[i], ZIP_END64_BYTES) : NULL;
            if (larger == NULL || get32(larger) != ZIP_SIGNATURE_END64) continue;
            if (is_larger) {
                count = get64(larger + 32);
                size = get64(larger + 40);
                offset = get64(larger + 48);
            }
            behind = places[i]; /* where the directory ends, whether its numbers are needed or not */
            break;
        }
    }
    if (size > behind || offset > behind - size) return false;
    const uint64_t places[] = {behind - size, offset};
    for (size_t i = 0; i < 2; i++) {
        const uint8_t *first = size == 0 ? NULL : peek_at(peek, places[i], 4);
        if (size > 0 && (first == NULL || get32(first) != ZIP_SIGNATURE_CENTRAL)) continue;
        directory->at = places[i];
        directory->size = size;
        directory->said = count;
        directory->shift = places[i] - offset;
        return size > 0 || count == 0;
    }
    return false;
}

/* The last end record of the file that leads to a directory. strict: nothing may stand behind it. */
static bool directory_find(struct zip_peek *peek, bool strict, struct zip_directory *directory)
{
    uint64_t size = peek->below->size, from = size > ZIP_END_BYTES + ZIP_COMMENT_BYTES_MAX ? size - ZIP_END_BYTES - ZIP_COMMENT_BYTES_MAX : 0;
    if (size < ZIP_END_BYTES) return false;
    size_t length = (size_t)(size - from);
    uint8_t *tail = malloc(length);
    bool found = false;
    if (tail != NULL && peek->below->read_at(peek->below->context, from, (char *)tail, length)) {
        for (size_t at = length - ZIP_END_BYTES + 1; at > 0 && !found; at--) {
            const uint8_t *record = tail + at - 1;
            if (record[0] != 'P' || get32(record) != ZIP_SIGNATURE_END) continue;
            bool whole = at - 1 + ZIP_END_BYTES + get16(record + 20) == length;
            if (!whole && strict) continue;
            if (peek->buffer == NULL) peek->buffer = malloc(ZIP_PEEK_BYTES);
            if (peek->buffer == NULL) break;
            found = directory_at(peek, from + at - 1, directory);
        }
    }
    free(tail);
    return found;
}

/* ------------------------------------------------------------------ its entries */

/* Reads the entry at an offset, before the directory's end. *next: where the one behind it begins. False: there is none. */
static bool entry_read(struct zip_peek *peek, const struct zip_directory *directory, uint64_t at, struct zip_entry *entry, uint64_t *next)
{
    const uint8_t *head = at + ZIP_CENTRAL_BYTES <= directory->at + directory->size ? peek_at(peek, at, ZIP_CENTRAL_BYTES) : NULL;
    if (head == NULL || get32(head) != ZIP_SIGNATURE_CENTRAL) return false;
    *entry = (struct zip_entry){.flags = get16(head + 8), .method = get16(head + 10), .crc = get32(head + 16), .packed = get32(head + 20),
                                .size = get32(head + 24), .name_length = get16(head + 28), .offset = get32(head + 42), .name_at = at + ZIP_CENTRAL_BYTES};
    size_t extra = get16(head + 30), comment = get16(head + 32);
    const uint8_t *more = peek_at(peek, at, ZIP_CENTRAL_BYTES + (size_t)entry->name_length + extra);
    if (more != NULL) zip_extra_read(more + ZIP_CENTRAL_BYTES + entry->name_length, extra, entry, true);
    entry->offset += directory->shift;
    *next = at + ZIP_CENTRAL_BYTES + (uint64_t)entry->name_length + extra + comment;
    return true;
}

/* Counts the entries. *ascend: their members stand as they do. */
static void entries_count(struct zip_peek *peek, struct zip_directory *directory, size_t most, bool *ascend)
{
    struct zip_entry entry;
    uint64_t at = directory->at, last = 0;
    *ascend = true;
    while (directory->entry_count <= most && entry_read(peek, directory, at, &entry, &at)) {
        *ascend &= entry.offset >= last;
        last = entry.offset;
        directory->entry_count++;
    }
}

static int by_offset(const void *left, const void *right)
{
    const struct zip_place *a = left, *b = right;
    if (a->offset != b->offset) return a->offset < b->offset ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at;
}

static bool entries_order(struct zip_peek *peek, struct zip_directory *directory)
{
    struct zip_entry entry;
    uint64_t at = directory->at, next = 0;
    size_t count = 0;
    directory->order = calloc(directory->entry_count, sizeof *directory->order);
    if (directory->order == NULL) return false;
    for (; count < directory->entry_count && entry_read(peek, directory, at, &entry, &next); at = next)
        directory->order[count++] = (struct zip_place){entry.offset, at};
    directory->entry_count = count;
    qsort(directory->order, count, sizeof *directory->order, by_offset);
    return true;
}

bool zip_directory_open(const struct byte_reader *below, bool strict, uint64_t members_max, struct zip_directory *directory, bool *found)
{
    struct zip_peek peek = {.below = below, .most = ZIP_PEEK_BYTES};
    bool ascend = true, enough = true;
    *directory = (struct zip_directory){0};
    *found = directory_find(&peek, strict, directory);
    if (*found && !strict) {
        entries_count(&peek, directory, members_max < SIZE_MAX ? (size_t)members_max : SIZE_MAX, &ascend);
        enough = ascend || entries_order(&peek, directory);
    }
    free(peek.buffer);
    return enough;
}

void zip_directory_close(struct zip_directory *directory)
{
    free(directory->order);
    directory->order = NULL;
}

const struct zip_entry *zip_walk_next(struct zip_walk *walk)
{
    const struct zip_directory *directory = walk->directory;
    if (walk->taken == directory->entry_count) return NULL;
    walk->peek.most = directory->order != NULL ? ZIP_PEEK_FAR_BYTES : ZIP_PEEK_BYTES;
    if (directory->order != NULL) walk->at = directory->order[walk->taken].at;
    else if (walk->taken == 0) walk->at = directory->at;
    if (!entry_read(&walk->peek, directory, walk->at, &walk->entry, &walk->at)) return NULL;
    walk->taken++;
    return &walk->entry;
}

const char *zip_walk_name(const struct zip_walk *walk)
{
    const struct zip_peek *peek = &walk->peek;
    uint64_t from = walk->entry.name_at, to = from + walk->entry.name_length;
    return from >= peek->at && to <= peek->at + peek->length ? (const char *)peek->buffer + (from - peek->at) : NULL;
}

void zip_walk_close(struct zip_walk *walk)
{
    free(walk->peek.buffer);
    walk->peek.buffer = NULL;
}
