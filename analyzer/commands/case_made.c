#include "case_made.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ranges.h"

enum { KIND_NAME_BYTES = 200 };

enum status case_profile_take(const struct case_state *state, struct profile **profile, struct roles **roles, struct fault *fault)
{
    enum status status = state->profile_given ? profile_parse((struct span){state->profile.at, state->profile.count}, profile, fault)
                                              : profile_open(NULL, profile, fault);
    return status == STATUS_OK ? roles_open(*profile, roles, fault) : status;
}

/* The built-in kinds that were looked for, `otherwise` where the settings do not say; those of the profile are set there. */
static uint32_t kinds_take(const struct case_state *state, const struct profile *profile, uint32_t otherwise)
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

/* A number of the settings; otherwise, where they do not say it. */
static uint64_t settings_number(const char *settings, const char *name, uint64_t otherwise)
{
    const char *excludes = strstr(settings, " --exclude="), *at = strstr(settings, name);
    return at == NULL || (excludes != NULL && at > excludes) ? otherwise : strtoull(at + strlen(name), NULL, 10);
}

void case_options_take(const struct case_state *state, const struct profile *profile, struct options *options)
{
    const char *settings = state->settings;
    options->kinds_mask = kinds_take(state, profile, options->kinds_mask);
    options->hash = state->hash;
    options->depth_max = settings_number(settings, " --max-depth=", options->depth_max);
    options->ratio_max = settings_number(settings, " --max-ratio=", options->ratio_max);
    options->decoded_bytes_max = settings_number(settings, " --max-bytes=", options->decoded_bytes_max);
    options->members_max = settings_number(settings, " --max-members=", options->members_max);
    if (state->aware_given && options->aware_s == OPTIONS_NO_TIME) options->aware_s = state->aware_s;
}

void case_passwords_take(const struct case_state *state, struct run_facts *facts)
{
    facts->password_count = settings_number(state->settings, " passwords=", 0);
}

static int by_place(const void *left, const void *right)
{
    const struct object *a = *(const struct object *const *)left, *b = *(const struct object *const *)right;
    if (a->file != b->file) return a->file < b->file ? -1 : 1;
    return (a->piece > b->piece) - (a->piece < b->piece);
}

/* The lines of files that are read by ranges; these have none of their own. */
static bool show_cut(struct object_list *shown)
{
    const struct object **ranges = calloc(shown->count + 1, sizeof *ranges);
    size_t count = 0, ends = 0;
    if (ranges == NULL) return false;
    for (size_t i = shown->walked_count; i < shown->count; i++)
        if (shown->objects[i].is_range) ranges[count++] = &shown->objects[i];
    if (count > 1) qsort(ranges, count, sizeof *ranges, by_place);
    bool enough = true;
    for (size_t i = 0; i < count && enough; i = ends) {
        for (ends = i; ends < count && ranges[ends]->file == ranges[i]->file;) ends++;
        enough = ranges_join(&shown->objects[ranges[i]->file], ranges + i, ends - i, &shown->texts);
    }
    free(ranges);
    while (shown->count > 0 && shown->objects[shown->count - 1].is_range) shown->count--;
    return enough;
}

bool case_list_shown(const struct case_state *state, struct object_list *shown)
{
    const struct object_list *list = &state->list;
    *shown = *list;
    shown->objects = calloc(list->count + 1, sizeof *list->objects);
    if (shown->objects == NULL) return false;
    memcpy(shown->objects, list->objects, list->count * sizeof *list->objects);
    if (!show_cut(shown)) return false;
    for (size_t i = 0; i < shown->count; i++) {
        struct object *object = &shown->objects[i];
        if (!object->elsewhere) continue;
        object_mark(object, OBJECT_FAILED, COVERAGE_VANISHED, "its shard is missing");
        object->bytes_unexamined = object->size_bytes > 0 ? (uint64_t)object->size_bytes : 0;
    }
    return true;
}
