#include "profile_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/escape.h"
#include "../support/nearest.h"

struct profile_place profile_place_key(const struct profile_place *parent, const char *key)
{
    struct profile_place place;
    char shown[64];
    escape_write(shown, sizeof shown, key, strlen(key));
    snprintf(place.text, sizeof place.text, "%.80s%s%s", parent->text, parent->text[0] != '\0' ? "." : "",
             shown);
    return place;
}

struct profile_place profile_place_index(const struct profile_place *parent, size_t index)
{
    struct profile_place place;
    snprintf(place.text, sizeof place.text, "%.120s[%zu]", parent->text, index);
    return place;
}

enum status profile_no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the profile");
}

enum status profile_expect(const struct json_value *value, enum json_type type, const struct profile_place *place,
                          struct fault *fault)
{
    static const char *const names[] = {"null", "true or false", "a number", "text", "a list", "an object"};
    if (json_type(value) == type)
        return STATUS_OK;
    return fault_set(fault, STATUS_USAGE, "%s must be %s", place->text[0] != '\0' ? place->text : "the profile",
                     names[type]);
}

/* A key that nobody knows; words are the keys that would do. */
enum status profile_unknown_key(const struct profile_place *place, const char *key, const char *const *words,
                               size_t word_count, struct fault *fault)
{
    const char *nearest = nearest_word(key, words, word_count);
    if (nearest == NULL)
        return fault_set(fault, STATUS_USAGE, "%s is no key of a profile", place->text);
    return fault_set(fault, STATUS_USAGE, "%s is no key of a profile; did you mean \"%s\"?", place->text,
                     nearest);
}

enum status profile_read_text(const struct json_value *value, const struct profile_place *place, const char **text,
                             struct fault *fault)
{
    enum status status = profile_expect(value, JSON_TEXT, place, fault);
    if (status != STATUS_OK)
        return status;
    *text = json_text(value);
    if ((*text)[0] == '\0')
        return fault_set(fault, STATUS_USAGE, "%s is empty", place->text);
    return STATUS_OK;
}

static enum status add_name(struct profile_names *names, const char *text, struct fault *fault)
{
    char **grown = realloc(names->names, (names->count + 1) * sizeof *grown);
    if (grown == NULL)
        return profile_no_memory(fault);
    names->names = grown;
    grown[names->count] = strdup(text);
    if (grown[names->count] == NULL)
        return profile_no_memory(fault);
    names->count++;
    return STATUS_OK;
}

enum status profile_read_names(struct profile_names *names, const struct json_value *list,
                              const struct profile_place *place, struct fault *fault)
{
    enum status status = profile_expect(list, JSON_LIST, place, fault);
    size_t index = 0;
    for (const struct json_value *value = status == STATUS_OK ? json_first(list) : NULL;
         value != NULL && status == STATUS_OK; value = json_next(value), index++) {
        struct profile_place inner = profile_place_index(place, index);
        const char *text = NULL;
        status = profile_read_text(value, &inner, &text, fault);
        if (status == STATUS_OK)
            status = add_name(names, text, fault);
    }
    return status;
}
