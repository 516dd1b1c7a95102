/* Objects as inspect looks at them, made by hand, for the tests of families and of profiles made of them. */
#ifndef FAMILY_MAKING_H
#define FAMILY_MAKING_H

#include <stdlib.h>
#include <string.h>

#include "../analyzer/commands/families.h"

/* A field with its role, and how it was come to. */
struct made_field {
    const char *name;
    struct field_plan plan;
    enum field_how how;
};

#define AS_CUSTOMER(number) {.role = ROLE_CUSTOMER, .rank = (number)}
#define AS_KIND(kind) {.role = ROLE_IDENTIFIER, .label_mask = KIND_BIT(kind)}
#define AS_ROLE(given) {.role = (given)}

/* Adds an object of these fields to the families. */
static inline void family_made(struct families *families, size_t index, const char *path, const char *format, enum fields_of of,
                               const struct made_field *made, size_t count)
{
    struct sampled sampled = {.id = index + 1, .of = of, .named = of != FIELDS_OF_ROWS, .count = count};
    char names[1024];
    sampled.fields = calloc(count + 1, sizeof *sampled.fields);
    sampled.places = calloc(count + 1, sizeof *sampled.places);
    sampled.shapes = calloc(count + 1, sizeof *sampled.shapes);
    sampled.names = names;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(made[i].name);
        sampled.fields[i] = (struct field){.named = made[i].plan, .plan = made[i].plan, .how = made[i].how, .checked = true,
                                           .evidence = {.seen = 10, .valid = 9}};
        sampled.places[i] = (struct field_place){0, (uint32_t)sampled.names_length, (uint32_t)length};
        memcpy(names + sampled.names_length, made[i].name, length);
        sampled.names_length += length;
        strcpy(sampled.shapes[i][0], index % 2 == 0 ? "9" : "A");
    }
    struct looked_at object = {index, path, format, &sampled, 100 + index, false};
    assert_true(families_add(families, &object));
    free(sampled.fields);
    free(sampled.places);
    free(sampled.shapes);
}

#endif
