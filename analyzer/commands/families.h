/* Objects that are alike: what inspect says of them together.
 *
 * Shape    (path, format, fields of a sample) of each object -> families, each with its fields added up
 * Alike    tables of one format and with equal columns; others, SQL dumps among them, whose paths differ in digits alone and whose format is one
 * Order    nothing depends on that of adding: what is shown of one object is of the first in path order
 * Limits   FAMILIES_MAX, those whose keys come first; FAMILY_FIELDS_MAX fields of each, those whose names do
 * Threads  one at a time
 */
#ifndef FAMILIES_H
#define FAMILIES_H

#include "sample.h"

enum { FAMILIES_MAX = 1024, FAMILY_FIELDS_MAX = 1024 };

/* A field of a family; one that objects have come to different roles of stands there once for each. */
struct family_field {
    char name[FIELD_NAME_SIZE];
    char role[ROLE_NAME_SIZE];
    enum field_how how;
    struct field_plan plan;
    bool whole;          /* the name is all there */
    bool checked;
    size_t position;     /* of the column, or the earliest of its first appearances */
    uint64_t objects, values, valid;
    size_t last_of;      /* the object that was added last */
    size_t shapes_of;    /* the object that they are of */
    char shapes[SAMPLE_SHAPES][FIELD_SHAPE_SIZE];
};

struct family {
    char *key;
    char *path;          /* of its first object, digits folded */
    size_t path_of;      /* which that is */
    char format[OBJECT_FORMAT_SIZE];
    enum fields_of of;
    bool has_fields;     /* its format has any */
    uint64_t objects, bytes;
    bool by_path;        /* a path rule names the customer of some */
    struct family_field *fields; /* by name, role, how; once settled, by position before */
    size_t field_count, field_capacity;
    bool fields_cut;
};

struct families {
    struct family *families; /* by key; once settled, the largest first */
    size_t count, capacity;
    bool cut;
};

/* An object that was looked at. sampled is NULL where its format has no fields. */
struct looked_at {
    size_t index;
    const char *path;
    const char *format;
    const struct sampled *sampled;
    uint64_t bytes;
    bool by_path;
};

/* Writes a path with its digits folded; the caller frees it. NULL: no memory. */
char *family_path(const char *path);

/* False: no memory. */
bool families_add(struct families *families, const struct looked_at *object);
/* Nothing is added any more: puts all into the order in which it is shown. */
void families_settle(struct families *families);
void families_free(struct families *families);

/* The field whose values name the customers of a family: of several in a unit, the first in the order of names. NULL: none. */
const struct family_field *family_customer(const struct family *family);

#endif
