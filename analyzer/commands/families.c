#include "families.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/bytes.h"

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

char *family_path(const char *path)
{
    char *folded = malloc(strlen(path) + 1);
    size_t at = 0;
    if (folded == NULL) return NULL;
    for (; *path != '\0'; path++) {
        bool again = is_digit(*path) && at > 0 && folded[at - 1] == '9';
        if (!again) folded[at++] = is_digit(*path) ? '9' : *path;
    }
    folded[at] = '\0';
    return folded;
}

static void family_free(struct family *family)
{
    free(family->key);
    free(family->path);
    free(family->fields);
}

void families_free(struct families *families)
{
    for (size_t i = 0; i < families->count; i++) family_free(&families->families[i]);
    free(families->families);
    *families = (struct families){0};
}

static bool put(struct bytes *to, const char *text)
{
    size_t length = strlen(text) + 1;
    if (!bytes_reserve(to, length)) return false;
    bytes_put(to, text, length - 1);
    bytes_put_byte(to, '\n'); /* between parts, so that the whole is one text */
    return true;
}

/* What objects of a family have in common. NULL: no memory. */
static char *key_make(const struct looked_at *object)
{
    struct bytes key = {0};
    const struct sampled *sampled = object->sampled;
    bool table = sampled != NULL && sampled->table.count == 0 && (sampled->of == FIELDS_OF_TABLE || sampled->of == FIELDS_OF_ROWS);
    char *path = table ? strdup("") : family_path(object->path);
    bool enough = path != NULL && put(&key, object->format) && put(&key, path);
    for (size_t i = 0; table && enough && i < sampled->count; i++) {
        char name[FIELD_NAME_SIZE];
        sampled_name(sampled, i, name);
        enough = put(&key, name);
    }
    free(path);
    if (enough && bytes_reserve(&key, 1)) {
        key.at[key.count] = '\0';
        return key.at;
    }
    bytes_free(&key);
    return NULL;
}

static size_t family_place(const struct families *families, const char *key, bool *found)
{
    size_t low = 0, high = families->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(families->families[middle].key, key) < 0) low = middle + 1;
        else high = middle;
    }
    *found = low < families->count && strcmp(families->families[low].key, key) == 0;
    return low;
}

/* The family of a key, which it takes. *family is NULL where there are too many. False: no memory. */
static bool family_find(struct families *families, char *key, struct family **family)
{
    bool found;
    size_t at = family_place(families, key, &found);
    *family = NULL;
    if (found || at == FAMILIES_MAX) {
        families->cut |= !found;
        *family = found ? &families->families[at] : NULL;
        free(key);
        return true;
    }
    if (families->count == families->capacity) {
        size_t capacity = 2 * families->capacity + 16;
        struct family *grown = realloc(families->families, capacity * sizeof *grown);
        if (grown == NULL) return free(key), false;
        families->families = grown;
        families->capacity = capacity;
    }
    if (families->count == FAMILIES_MAX) {
        family_free(&families->families[--families->count]);
        families->cut = true;
    }
    *family = &families->families[at];
    memmove(*family + 1, *family, (families->count++ - at) * sizeof **family);
    **family = (struct family){.key = key, .path_of = SIZE_MAX};
    return true;
}

/* ------------------------------------------------------------------ fields */

static int name_order(const struct family_field *a, const struct family_field *b)
{
    int order = strcmp(a->name, b->name);
    if (order == 0) order = strcmp(a->role, b->role);
    return order != 0 ? order : (int)a->how - (int)b->how;
}

/* Where a field stands in the order of names, or would. */
static size_t field_place(const struct family *family, const struct family_field *one, bool *found)
{
    size_t low = 0, high = family->field_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (name_order(&family->fields[middle], one) < 0) low = middle + 1;
        else high = middle;
    }
    *found = low < family->field_count && name_order(&family->fields[low], one) == 0;
    return low;
}

static bool field_insert(struct family *family, size_t at, const struct family_field *one)
{
    family->fields_cut |= family->field_count == FAMILY_FIELDS_MAX;
    if (at == FAMILY_FIELDS_MAX) return true;
    if (family->field_count == family->field_capacity) {
        size_t capacity = 2 * family->field_capacity + 16;
        struct family_field *fields = realloc(family->fields, capacity * sizeof *fields);
        if (fields == NULL) return false;
        family->fields = fields;
        family->field_capacity = capacity;
    }
    if (family->field_count == FAMILY_FIELDS_MAX) family->field_count--;
    memmove(family->fields + at + 1, family->fields + at, (family->field_count++ - at) * sizeof *family->fields);
    family->fields[at] = *one;
    return true;
}

static bool field_add_one(struct family *family, const struct family_field *one)
{
    bool found;
    size_t at = field_place(family, one, &found);
    if (!found) return field_insert(family, at, one);
    struct family_field *field = &family->fields[at];
    if (one->position < field->position) field->position = one->position;
    if (one->last_of != field->last_of) field->objects++; /* an object may have several fields of one name */
    field->last_of = one->last_of;
    field->values += one->values;
    field->valid += one->valid;
    if (one->shapes_of >= field->shapes_of) return true;
    field->shapes_of = one->shapes_of;
    memcpy(field->shapes, one->shapes, sizeof field->shapes);
    return true;
}

/* first: the position of the first of them. */
static bool fields_add(struct family *family, const struct looked_at *object, const struct sampled *sampled, size_t first)
{
    for (size_t i = 0; i < sampled->count; i++) {
        const struct field *field = &sampled->fields[i];
        struct family_field one = {.how = field->how, .plan = field->plan, .checked = field->checked, .position = first + i, .objects = 1, .last_of = object->index,
                                   .values = field->evidence.seen, .valid = field->checked ? field->evidence.valid : 0,
                                   .shapes_of = field->evidence.seen > 0 ? object->index : SIZE_MAX};
        one.whole = sampled_name(sampled, i, one.name);
        field_role_name(&field->plan, one.role);
        if (sampled->shapes != NULL) memcpy(one.shapes, sampled->shapes[i], sizeof one.shapes);
        if (!field_add_one(family, &one)) return false;
    }
    return true;
}

bool families_add(struct families *families, const struct looked_at *object)
{
    struct family *family;
    char *key = key_make(object);
    if (key == NULL || !family_find(families, key, &family)) return false;
    if (family == NULL) return true;
    family->objects++;
    family->bytes += object->bytes;
    family->by_path |= object->by_path;
    snprintf(family->format, sizeof family->format, "%s", object->format);
    if (object->index < family->path_of) {
        char *path = family_path(object->path);
        if (path == NULL) return false;
        free(family->path);
        family->path = path;
        family->path_of = object->index;
    }
    if (object->sampled == NULL) return true;
    family->has_fields = true;
    family->of = object->sampled->of;
    size_t first = 0;
    for (const struct sampled *sampled = object->sampled; sampled != NULL; first += sampled->count, sampled = sampled->next)
        if (!fields_add(family, object, sampled, first)) return false;
    return true;
}

static int by_position(const void *left, const void *right)
{
    const struct family_field *a = left, *b = right;
    if (a->position != b->position) return a->position < b->position ? -1 : 1;
    return name_order(a, b);
}

static int by_bytes(const void *left, const void *right)
{
    const struct family *a = left, *b = right;
    if (a->bytes != b->bytes) return a->bytes < b->bytes ? 1 : -1;
    return strcmp(a->key, b->key);
}

void families_settle(struct families *families)
{
    for (size_t i = 0; i < families->count; i++) {
        struct family *family = &families->families[i];
        if (family->field_count > 0) qsort(family->fields, family->field_count, sizeof *family->fields, by_position);
    }
    if (families->count > 0) qsort(families->families, families->count, sizeof *families->families, by_bytes);
}

const struct family_field *family_customer(const struct family *family)
{
    const struct family_field *best = NULL;
    for (size_t i = 0; i < family->field_count; i++) {
        const struct family_field *field = &family->fields[i];
        if (field->plan.role != ROLE_CUSTOMER) continue;
        bool before = best == NULL || field->plan.rank < best->plan.rank ||
                      (field->plan.rank == best->plan.rank && (field->position < best->position || (field->position == best->position && strcmp(field->name, best->name) < 0)));
        if (before) best = field;
    }
    return best;
}
