#include "case_made.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_NAME_BYTES = 200 };

enum status case_profile_take(const struct case_state *state, struct profile **profile, struct roles **roles, struct fault *fault)
{
    enum status status = state->profile_given ? profile_parse((struct span){state->profile.at, state->profile.count}, profile, fault)
                                              : profile_open(NULL, profile, fault);
    return status == STATUS_OK ? roles_open(*profile, roles, fault) : status;
}

uint32_t case_kinds_take(const struct case_state *state, const struct profile *profile, uint32_t otherwise)
{
    const char *settings = state->settings, *number = strstr(settings, " kinds=");
    uint32_t mask = number == NULL ? otherwise : (uint32_t)strtoul(number + strlen(" kinds="), NULL, 10);
    bool wanted[KINDS_MAX];
    for (size_t kind = 0; kind < kind_count; kind++) {
        char name[KIND_NAME_BYTES];
        snprintf(name, sizeof name, " kind=%s ", detectors[kind]->name);
        const char *excludes = strstr(settings, " --exclude="), *there = strstr(settings, name); /* these are the last, and may hold anything */
        wanted[kind] = kind < KIND_COUNT ? (mask & KIND_BIT(kind)) != 0 : there != NULL && (excludes == NULL || there < excludes);
    }
    customs_choose(profile->customs, wanted);
    return mask;
}

bool case_list_shown(const struct object_list *list, struct object_list *shown)
{
    *shown = *list;
    shown->objects = calloc(list->count + 1, sizeof *list->objects);
    if (shown->objects == NULL) return false;
    memcpy(shown->objects, list->objects, list->count * sizeof *list->objects);
    for (size_t i = 0; i < list->count; i++) {
        struct object *object = &shown->objects[i];
        if (!object->elsewhere) continue;
        object_mark(object, OBJECT_FAILED, COVERAGE_VANISHED, "its shard is missing");
        object->bytes_unexamined = object->size_bytes > 0 ? (uint64_t)object->size_bytes : 0;
    }
    return true;
}

static uint64_t unit_of(const void *context, const struct place *place)
{
    (void)context;
    return loaded_unit(place);
}

static int by_place(const void *left, const void *right)
{
    const struct object_piece *a = left, *b = right;
    if (a->file != b->file) return a->file < b->file ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static uint32_t object_of(const void *context, uint32_t file, uint32_t piece)
{
    const struct case_state *state = context;
    struct object_piece wanted = {file, piece, 0};
    if (piece == 0) return file;
    const struct object_piece *found = bsearch(&wanted, state->pieces, state->piece_count, sizeof wanted, by_place);
    return found == NULL ? file : (uint32_t)found->index;
}

struct place_source case_places(const struct case_state *state)
{
    if (state->piece_count > 0) qsort(state->pieces, state->piece_count, sizeof *state->pieces, by_place);
    return (struct place_source){unit_of, object_of, state};
}
