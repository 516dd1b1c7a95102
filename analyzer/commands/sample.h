/* What the first units of an object tell of its fields, before any of it is counted.
 *
 * Shape    first bytes of the decoded object + layout -> fields with evidence -> decisions: struct sampled
 * Sample   the first SAMPLE_UNITS units behind the header, as far as they are whole within SAMPLE_BYTES; of a table or JSON
 *          lines with too few of them to tell anything, the first two. Of an SQL dump so many of each table that has tuples
 *          within SNIFF_BYTES; of XML and listings what is whole within SAMPLE_BYTES. It lies within what
 *          sniff looks at, so that it is the same whatever blocks and reads the object comes in, and is found again by
 *          a run that goes on
 * Limits   SAMPLE_FIELDS_MAX fields of an object that is no table; those that come first
 * Threads  one struct sampler, one thread; a struct sampled is const once made
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "../attribute/field_shown.h"
#include "../attribute/roles.h"
#include "../attribute/structure.h"
#include "../record/sniff.h"
#include "../support/bytes.h"
#include "../tally/field_sums.h"

enum { SAMPLE_BYTES = 64 * 1024, SAMPLE_UNITS = 48, SAMPLE_FIELDS_MAX = 512, SAMPLE_SHAPES = 3, SAMPLE_SIBLINGS_MAX = 16 };

/* The name of a field in sampled->names. */
struct field_place {
    uint64_t hash;
    uint32_t at, length;
};

struct sampled {
    uint64_t id;                 /* of the object; never 0 */
    enum fields_of of;
    bool changed;                /* some field's plan is another than its name's */
    bool named;                  /* there are names: not of rows without a header */
    size_t units;                /* that were read */
    struct field *fields;
    struct field_place *places;
    uint32_t *stars;             /* of each field: which components of its path are values more than names; NULL: none */
    char *names;
    size_t count, capacity, names_length, names_capacity;
    char (*shapes)[SAMPLE_SHAPES][FIELD_SHAPE_SIZE]; /* of the first different values of each field; NULL unless asked for */
    struct bytes table;          /* SQL: which one it is, as struct sql_columns has it; else empty */
    struct sampled *next;        /* SQL: of the next table of the object */
};

struct sampler;
MUST_USE enum status sampler_open(const struct roles *roles, struct sampler **sampler, struct fault *fault);
void sampler_close(struct sampler *sampler); /* accepts NULL */

/* The roles that names have from here on: of the source of what is looked at next. */
void sampler_set_roles(struct sampler *sampler, const struct roles *roles);

/* What roles_plan says of a name of one component; names that were asked for lately are remembered. */
struct field_plan sampler_plan(struct sampler *sampler, struct span name);

/* Whether shapes of values are kept from now on. */
void sampler_keep_shapes(struct sampler *sampler, bool keep);

/* Reads the sample of an object that lies at `sample`, whose layout sniff has found there. NULL in *sampled: its format has no
 * fields. at_end: the object ends with these bytes. Fails    FATAL: no memory. */
MUST_USE enum status sample_fields(struct sampler *sampler, struct span sample, bool at_end, const struct layout *layout, uint64_t id,
                                   struct sampled **sampled, struct fault *fault);
void sampled_free(struct sampled *sampled); /* accepts NULL */

/* Of the tables of an SQL dump the one with this key, where some plan in it is another than its name's; else NULL. sampled may
 * be NULL. */
const struct sampled *sampled_table(const struct sampled *sampled, struct span key);

/* The plan of a key path where it is another than its name's; NULL: its name decides. sampled may be NULL. */
const struct field_plan *sampled_plan(const struct sampled *sampled, const char *path, size_t length);

/* The name of a field as reports show it; "*" stands for a key that more than SAMPLE_SIBLINGS_MAX others might stand for: what
 * they name are things, not fields. Returns whether it is all there. */
bool sampled_name(const struct sampled *sampled, size_t field, char shown[FIELD_NAME_SIZE]);

/* Adds the fields that have a role, or were refused one, to what is known of those of a source. False: no memory. */
bool sampled_sum(const struct sampled *sampled, uint32_t source, const char *format, struct field_sums *sums);

#endif
