#include "field_sums.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 4, TEXT_BYTES_MAX = PARTS * (FIELD_TEXT_MAX + 1) };

void field_sums_free(struct field_sums *sums)
{
    for (size_t i = 0; i < sums->count; i++) free(sums->entries[i].text);
    free(sums->entries);
    *sums = (struct field_sums){0};
}

static int compare(const struct field_sum *entry, const char *text, size_t length, uint32_t source)
{
    int order = memcmp(entry->text, text, entry->text_length < length ? entry->text_length : length);
    if (order != 0) return order;
    if (entry->text_length != length) return entry->text_length < length ? -1 : 1;
    return entry->source < source ? -1 : entry->source > source;
}

/* Where an entry stands, or would. */
static size_t place_of(const struct field_sums *sums, const char *text, size_t length, uint32_t source, bool *found)
{
    size_t low = 0, high = sums->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&sums->entries[middle], text, length, source) < 0) low = middle + 1;
        else high = middle;
    }
    *found = low < sums->count && compare(&sums->entries[low], text, length, source) == 0;
    return low;
}

static bool grow(struct field_sums *sums)
{
    if (sums->count < sums->capacity) return true;
    size_t capacity = 2 * sums->capacity + 32;
    struct field_sum *entries = realloc(sums->entries, capacity * sizeof *entries);
    if (entries == NULL) return false;
    sums->entries = entries;
    sums->capacity = capacity;
    return true;
}

/* Adds the numbers of an entry to those of its like. */
static bool add(struct field_sums *sums, const struct field_sum *more)
{
    bool found;
    size_t at = place_of(sums, more->text, more->text_length, more->source, &found);
    if (!found) {
        if (at == FIELD_SUMS_MAX) return sums->cut = true, true;
        char *text = malloc(more->text_length);
        if (text == NULL || !grow(sums)) return free(text), false;
        memcpy(text, more->text, more->text_length);
        if (sums->count == FIELD_SUMS_MAX) {
            free(sums->entries[--sums->count].text);
            sums->cut = true;
        }
        memmove(sums->entries + at + 1, sums->entries + at, (sums->count++ - at) * sizeof *sums->entries);
        sums->entries[at] = (struct field_sum){.text = text, .text_length = more->text_length, .source = more->source};
    }
    struct field_sum *entry = &sums->entries[at];
    entry->checked |= more->checked;
    entry->objects += more->objects;
    entry->values += more->values;
    entry->valid += more->valid;
    return true;
}

bool field_sums_see(struct field_sums *sums, const struct field_seen *seen)
{
    char text[TEXT_BYTES_MAX];
    const char *const parts[PARTS] = {seen->name, seen->format, seen->role, seen->how};
    size_t length = 0;
    for (size_t i = 0; i < PARTS; i++) {
        size_t part = strnlen(parts[i], FIELD_TEXT_MAX);
        memcpy(text + length, parts[i], part);
        length += part;
        text[length++] = '\0';
    }
    struct field_sum one = {text, length, seen->source, seen->checked, seen->objects, seen->values, seen->valid};
    return add(sums, &one);
}

bool field_sums_add(struct field_sums *sums, const struct field_sums *more)
{
    sums->cut |= more->cut;
    for (size_t i = 0; i < more->count; i++)
        if (!add(sums, &more->entries[i])) return false;
    return true;
}

static int by_order(const void *a, const void *b)
{
    const struct field_sum *other = b;
    return compare(a, other->text, other->text_length, other->source);
}

bool field_sums_map(struct field_sums *sums, const uint32_t *sources, size_t source_count)
{
    for (size_t i = 0; i < sums->count; i++) {
        if (sums->entries[i].source >= source_count) return false;
        sums->entries[i].source = sources[sums->entries[i].source];
    }
    if (sums->count > 0) qsort(sums->entries, sums->count, sizeof *sums->entries, by_order);
    return true;
}

struct field_seen field_sum_seen(const struct field_sum *entry)
{
    const char *parts[PARTS], *at = entry->text;
    for (size_t i = 0; i < PARTS; i++) {
        parts[i] = at;
        at += strlen(at) + 1;
    }
    return (struct field_seen){parts[0], parts[1], parts[2], parts[3], entry->source, entry->checked, entry->values, entry->valid, entry->objects};
}

/* ------------------------------------------------------------------ in bytes */

bool field_sums_write(const struct field_sums *sums, struct bytes *to)
{
    if (!bytes_reserve(to, 2 * LEB128_BYTES_MAX)) return false;
    bytes_put_leb128(to, sums->count);
    bytes_put_byte(to, sums->cut);
    for (size_t i = 0; i < sums->count; i++) {
        const struct field_sum *entry = &sums->entries[i];
        if (!bytes_reserve(to, entry->text_length + 6 * LEB128_BYTES_MAX)) return false;
        bytes_put_leb128(to, entry->text_length);
        bytes_put(to, entry->text, entry->text_length);
        const uint64_t numbers[] = {entry->source, entry->checked, entry->objects, entry->values, entry->valid};
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) bytes_put_leb128(to, numbers[k]);
    }
    return true;
}

static bool is_text(const char *text, size_t length)
{
    size_t ends = 0;
    for (size_t i = 0; i < length; i++) ends += text[i] == '\0';
    return ends == PARTS && text[length - 1] == '\0';
}

bool field_sums_read(struct field_sums *sums, struct bytes_reader *from)
{
    uint64_t count = bytes_take_leb128(from);
    sums->cut |= bytes_take_byte(from) != 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t length = bytes_take_leb128(from);
        const char *text = length > 0 && length <= TEXT_BYTES_MAX ? bytes_take(from, (size_t)length) : NULL;
        uint64_t numbers[5];
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) numbers[k] = bytes_take_leb128(from);
        if (text == NULL || from->bad || !is_text(text, (size_t)length) || numbers[0] >= UINT32_MAX) return false;
        /* Only looked at. */
        struct field_sum read = {(char *)(uintptr_t)text, (size_t)length, (uint32_t)numbers[0], numbers[1] != 0, numbers[2], numbers[3], numbers[4]};
        if (!add(sums, &read)) return false;
    }
    return !from->bad;
}
