/* What the values of a field say that it is, whatever its name.
 *
 * Shape    values of a sample -> evidence of each field -> decision: a plan, and how it was come to
 * Kinds    those that text is searched for without a label: STRUCTURE_KINDS. What only a label tells (IMSI, serial, ...)
 *          is neither told nor refused by values
 * Rule     A field without a role is that of kinds that three of four of its different values pass the check of as if
 *          they had no label. By chance at most one in sixteen does (MEID; detectors lists the others). A field that its name
 *          calls one of these kinds, and of whose values not one in four passes under that label, is none of it: by
 *          chance one in ten does. Placeholders and numbers that a spreadsheet has rounded do not count there. In between, and with fewer than STRUCTURE_VALUES_MIN different values, the name decides
 * Axes     two fields side by side without a role, of whose pairs 19 in 20 are positions as if without a label, most with
 *          five decimals. Where nothing else says that these are degrees (JSON, or more such numbers beside them), the
 *          longitudes are beyond 90 degrees, or all on one side of Greenwich and of the other sign than the latitudes
 * Times    of fields whose names say nothing ("col3", none at all), where none is called a time, the first whose values are times
 *          and not all plain numbers is that of the time, if anything else was told
 * Never    customers and their fields, fields that the profile names
 * Threads  pure
 */
#ifndef STRUCTURE_H
#define STRUCTURE_H

#include "../../detectors/detectors.h"
#include "../detect/plan.h"

enum { STRUCTURE_VALUES_MIN = 24 };

#define STRUCTURE_KINDS                                                                                                             \
    (KIND_BIT(KIND_VIN) | KIND_BIT(KIND_FRAME_NUMBER) | KIND_BIT(KIND_PLATE) | KIND_BIT(KIND_IMEI) | KIND_BIT(KIND_ICCID) |         \
     KIND_BIT(KIND_MEID) | KIND_BIT(KIND_EID) | KIND_BIT(KIND_MAC) | KIND_BIT(KIND_EUI64))

/* How a field came to its role. */
enum field_how { FIELD_BY_NAME, FIELD_BY_PROFILE, FIELD_BY_STRUCTURE, FIELD_REFUSED, FIELD_HOW_COUNT };
const char *field_how_name(enum field_how how); /* "structure" */

/* What was seen of one field. */
struct field_evidence {
    uint32_t seen, valid;       /* values that say something; those that are what the field's name says */
    uint16_t distinct;          /* different ones among them; a few are taken for one another */
    uint16_t distinct_valid, distinct_excused; /* excused: placeholders, and numbers whose last digits are lost */
    uint16_t fits[KIND_COUNT];  /* different ones that are of a kind as if without a label */
    uint16_t all_fits[KIND_COUNT]; /* ... and all of them */
    uint16_t times, all_times;  /* of nameless ones */
    uint16_t clocks;            /* ... that are no plain numbers */
    uint16_t labels;            /* of nameless ones, words that are labels: values beside them stand under these */
    uint16_t fine;              /* numbers of three decimals and more: two of them alone in a row may be a position */
    uint64_t known[4];          /* which hashes were seen */
    /* Together with the field behind it: */
    uint16_t pairs, positions;  /* both are numbers; and a position */
    uint16_t nowhere;           /* both are numbers that are written for "no position": of no pair */
    uint16_t swapped;           /* ... of which the first is the longitude for sure */
    uint16_t precise;           /* ... of which both have five decimals or more */
    uint16_t far;               /* ... of which the longitude is beyond 90 degrees */
    uint16_t signs[4];          /* ... by the signs of the first and the second */
};

/* A field of an object: its name's plan, its evidence, and what comes of both. */
struct field {
    struct field_plan named, plan;
    struct field_evidence evidence;
    enum field_how how;
    bool checked;   /* valid says something; not for kinds of the profile */
    bool nameless;  /* its name, if there is one, says nothing: set by who makes the field */
};

/* What the fields are of: a table, one without a header, values under key paths (JSON), values under keys in text. */
enum fields_of { FIELDS_OF_TABLE, FIELDS_OF_ROWS, FIELDS_OF_TREE, FIELDS_OF_TEXT };

/* Adds a value, cleaned of quotes and escapes. */
void field_add(struct field *field, struct span value);

/* Adds values of a field and of the one behind it in one unit, neither of which has a role. */
void field_add_pair(struct field *field, struct span value, struct span next);

/* Whether a value may be half of such a pair at all: quick. */
bool field_may_be_axis(struct span value);

/* Whether a name says nothing: "", "col3", "field_12". */
bool field_is_nameless(struct span name);

/* Decides all fields of an object, which stand in the order of their columns, or of their first appearance. In text there are
 * no axes, and no name is refused: its label is beside the value all the same. Returns whether any plan is another than its
 * name's. */
bool fields_decide(struct field *fields, size_t count, enum fields_of of);

/* What a plan is called: "imei", "frame_number+vin", "customer", "none". */
enum { ROLE_NAME_SIZE = 96 };
void field_role_name(const struct field_plan *plan, char name[ROLE_NAME_SIZE]);

#endif
