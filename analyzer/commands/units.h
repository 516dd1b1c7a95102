/* From a block to booked units: the one place where record, detect and attribute meet.
 *
 * Shape    block + layout -> units -> sightings -> bookings
 * Threads  one unit_reader a thread; an object's table_plan is const once made
 */
#ifndef UNITS_H
#define UNITS_H

#include "../attribute/booking.h"
#include "../attribute/roles.h"
#include "../detect/detect.h"
#include "../record/part.h"
#include "../record/record_sql.h"
#include "../record/sniff.h"

/* What the columns of one table mean; made once from its header row, or from what a sample of it told. */
struct table_plan;
struct sampled;
struct sampler;

/* own: the columns as the sample of this table has them; NULL: as their names are. A table without a header needs it.
 * sampler: what names mean, quicker; NULL: as the roles say. */
MUST_USE enum status table_plan_open(const struct layout *layout, struct span header_row, const struct roles *roles, struct sampler *sampler,
                                     const struct sampled *own, struct table_plan **plan, struct fault *fault);
void table_plan_close(struct table_plan *plan); /* accepts NULL */

/* Bytes of one object that hold whole units. */
struct block {
    const char *bytes;  /* readable and zero for SHAPE_PADDING behind length */
    size_t length;
    uint64_t offset;    /* of bytes[0] in the decoded object */
    const struct layout *layout;
    const struct table_plan *plan; /* CSV with a header, or whose columns are known by their values */
    const struct sql_stretch *stretches; /* SQL: what is where, from the front to the end; of a table, plan is its table_plan */
    size_t stretch_count;
    const struct sampled *sampled; /* what the object's fields are; NULL: as their names */
    const struct roles *roles;     /* of its source; NULL: those that the reader was opened with */
    struct span path_customer;
    uint32_t source, source_set; /* source_set: all that it is counted for; source_sets.h */
    struct place place; /* of its first unit */
    struct part_context context; /* what the bytes begin with, and the units inherit, where they are part of a value */
    bool text_only;     /* a piece of a unit too long to be read as one */
    bool first_partial; /* bytes are missing before: up to the first line end only text */
    bool last_partial;  /* bytes are missing behind: so is what follows the last line end */
    bool ends;          /* the object ends with it, and no bytes are known to be missing */
};

struct block_counts {
    uint64_t units, records, findings, broken; /* broken: units that are not what the object's format says */
    uint64_t cut_off;                          /* units with the identifiers of the innermost enclosing levels alone */
    bool hit_limit;                            /* a pattern gave up on some text of the block */
    bool broke_off;                            /* a document lacks tags, brackets or its end; JSON lines the end of the last one; a table that of a quoted cell */
    bool cut_row, short_row;                   /* a table's last row lacks columns and its line end; another one lacks columns */
    bool late;                                 /* a level names a customer, a time or identifiers behind elements of it in earlier parts */
};

struct unit_reader;

MUST_USE enum status unit_reader_open(struct detect *detect, struct booking *booking, const struct roles *roles,
                                      shape_function *shape, struct unit_reader **reader, struct fault *fault);
void unit_reader_close(struct unit_reader *reader); /* accepts NULL */

/* Reads all units of the block. Fails FATAL: no memory. */
MUST_USE enum status unit_reader_block(struct unit_reader *reader, const struct block *block, struct block_counts *counts,
                                       struct fault *fault);

#endif
