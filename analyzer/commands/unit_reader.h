/* What reading tables, text, JSON and what becomes JSON have in common: the reader and the block in hand.
 *
 * Private to units.c and units_*.c
 */
#ifndef UNIT_READER_H
#define UNIT_READER_H

#include "../detect/marks.h"
#include "../detect/propose.h"
#include "../record/bits.h"
#include "../record/csv_index.h"
#include "../record/record_csv.h"
#include "../record/record_json.h"
#include "../record/record_xml.h"
#include "bare_texts.h"
#include "units.h"

enum {
    FULL_WIDTH_LEAD = 0xE2 /* first bytes of full-width characters begin here */
};

struct level {
    struct sighting sighting;
    uint32_t parent;
    uint32_t heir_of; /* the nearest enclosing level that has anything to inherit; UINT32_MAX: none */
    uint32_t named_by, timed_by; /* the level, this one or around it, that names a customer, a time; see headings_find */
    bool has_inner;
    bool is_kept;      /* it encloses parts of its value that are still to come: its unit is, too */
    bool stands_alone; /* it names a customer whom no unit inside is booked on: it is a unit itself */
};

struct pending_axis {
    uint32_t object, level, pair;
    bool latitude;
    struct span value;
};

/* The last pair of axes that met, until it is known what its object says of it; object 0: none. */
struct axis_pair {
    uint32_t object, level, pair;
    uint8_t scale;
    bool composite;
    struct span latitude, longitude;
};

/* Numbers under the name of an axis that stand in an array: degrees, minutes and seconds, each of them one number or, in
 * an array of its own, two, of which the first is divided by the second. */
enum { AXIS_PARTS_MAX = 6 };
struct axis_array {
    uint32_t object, node;
    bool nested;
    size_t count;
    struct span parts[AXIS_PARTS_MAX];
};

/* What a field of an object says of axes beside it. */
struct axis_note {
    uint32_t object;
    struct field_plan plan;
    struct span value;
};

enum { AXIS_NOTES_MAX = 16 };

/* Numbers of an innermost array: of a position the first two. */
struct tuple {
    size_t count;
    struct span axes[2];
};

/* The positions of a GeoJSON geometry: "type" and "coordinates" of one object, in any order. */
struct geometry {
    uint32_t object;
    bool is_point, is_line; /* the latter: a line or several points, each of which is a position */
    struct tuple *tuples;
    size_t count, capacity;
};

/* An array of two numbers under a name that speaks of a place. */
struct place_array {
    uint32_t object, level;
    bool latitude_first;
    bool several; /* it is not the first of its object */
    struct tuple tuple;
};

enum node_kind { NODE_PLAIN, NODE_TYPE, NODE_COORDINATES, NODE_PLACE, NODE_PLACE_LATITUDE_FIRST };

enum take { TAKE_TEXT, TAKE_FIELD, TAKE_AXIS, TAKE_NOTE };

/* The same of values that mean what their bytes say: no escapes, no elements of arrays, no words. A type is one of GeoJSON or text. */
enum plain_take { PLAIN_OTHER, PLAIN_TEXT, PLAIN_TYPE, PLAIN_FIELD, PLAIN_AXIS };

/* What becomes of the values of a node. */
struct node_plan {
    struct field_plan field;
    uint8_t kind; /* enum node_kind */
    uint8_t take; /* enum take */
    uint8_t plainly; /* enum plain_take */
    uint32_t typed_in; /* of an axis whose value has an object of its own, which says its type: the node around that, and HOLDER_BIT; else 0 */
    uint32_t twin; /* see struct twins; 0: none */
    uint32_t unused; /* rounds its size up to a power of two */
};

/* Fields that mean the same, of one level and of different objects there, none of which is around the other but where they name
 * customers: a value that has two such may hold what json_maps.h tells apart. So those that have none need not be read object by
 * object. */
struct twin {
    uint64_t key;
    uint32_t parent; /* the node of the innermost of the objects, for as long as each is around the next */
    bool has_several;
    uint32_t level, object; /* where it was last, in the value ... */
    uint64_t value;         /* ... of this number */
};

struct twins {
    struct twin *at; /* [0] is none */
    uint32_t count, capacity;
    uint32_t *slots; /* by hash of the key */
    uint32_t slot_mask;
    bool any;        /* some has several */
    bool met;        /* in the value in hand */
    uint64_t value;  /* the number of the value in hand */
};

/* One of several customers whom a level names by one field. */
struct joint {
    uint32_t level;
    uint16_t rank;
    struct span customer;
};

enum { JOINT_INHERITED_MAX = 8 }; /* customers of one level whose units inside are booked on each */

struct unit_reader {
    struct detect *detect;
    struct booking *booking;
    const struct roles *roles;
    shape_function *shape;
    struct shape_word *words;
    size_t word_capacity;
    struct sighting sighting;
    struct csv_rows rows; /* of a table */
    struct csv_row row;
    size_t field_capacity;
    csv_index_function *index_rows;
    struct csv_index index; /* of the rows in hand, if there is one */
    bool indexed;
    size_t shaped_end;      /* of an indexed block: up to here words are made, from the first row that wanted them */
    size_t shape_ahead;     /* bytes that are shaped together with a row */

    struct bytes sql; /* rows of tuples, or lines of text, on their way to be read */
    struct bytes sql_plain, sql_comments; /* a tuple parted */

    struct json_parser *json;
    struct node_plan *nodes;
    uint32_t node_count, node_capacity;
    const struct roles *nodes_by; /* the roles by which these plans were made */
    uint64_t nodes_of; /* whose fields are in these plans; 0: fields by their names */
    struct level *levels;
    size_t level_count, level_capacity;
    struct level *outer; /* those that enclose the part in hand, the outermost first */
    size_t outer_count, outer_capacity;
    struct json_event *events;
    struct bare_texts bare_texts;
    const struct sighting **chain; /* a level and those it inherits from, from the inside out */
    size_t chain_capacity;
    struct sighting heading; /* the customer and the time of levels that a chain leaves out */
    uint64_t inherited_left; /* of what the units of the value in hand may inherit */
    bool chains_cut;         /* some units of the value in hand did not inherit all */
    struct axis_array axis_array;
    struct pending_axis *pending;
    size_t pending_count, pending_capacity;
    struct geometry geometry;
    struct place_array place_array; /* object 0: none */
    struct axis_pair last_pair;
    struct axis_note notes[AXIS_NOTES_MAX];
    size_t note_count;
    bool awaits; /* one of these five holds something: objects that close are of interest */
    struct detect_counts counts_before; /* from before the value in hand, if it goes on behind the events in hand */
    bool goes_on;
    size_t range_end; /* of the values in hand */
    bool by_lines;
    size_t behind;    /* a value was read another way: the events behind it are to be made anew from here on; 0: none was */
    uint32_t closed_count; /* objects of the value in hand, but for the outermost */
    struct twins twins;
    struct json_maps *maps;
    struct joint *joint; /* by level, once they are sorted */
    size_t joint_count, joint_capacity;

    struct xml_reader *xml;  /* NULL: there was no XML yet */
    struct bytes made_json;  /* what other formats became */

    /* of the block in hand */
    const struct block *block;
    struct block_counts *counts;
    struct booking_context context;
    enum shape_kind kind; /* of the shapes */
    const struct marks *marks;
    unsigned char wordless_lead; /* a value without shapes is worth a look if its first byte is this or more ... */
    unsigned char member_lead;   /* ... and one of JSON if it is this */
};

/* What names of fields mean in the block in hand. */
static inline const struct roles *unit_roles(const struct unit_reader *reader)
{
    return reader->block->roles != NULL ? reader->block->roles : reader->roles;
}

enum status unit_no_memory(struct fault *fault);

/* Books what stands in levels as the next unit. */
MUST_USE enum status unit_book(struct unit_reader *reader, const struct sighting *const *levels, size_t level_count,
                               struct fault *fault);

/* Lines of text in [at, end). Blank lines are no units. */
MUST_USE enum status text_units(struct unit_reader *reader, size_t at, size_t end, struct fault *fault);

/* All units of bytes that are a block of their own or stand for a part of the block in hand; counts go on. */
MUST_USE enum status unit_read_bytes(struct unit_reader *reader, const struct block *block, struct fault *fault);

/* The stretches of a block of SQL. */
MUST_USE enum status sql_units(struct unit_reader *reader, const struct block *block, struct fault *fault);

MUST_USE enum status json_units_open(struct unit_reader *reader, struct fault *fault);
void json_units_close(struct unit_reader *reader);

/* Takes an event that is a value, a level or an object that closes. False: no memory. */
MUST_USE bool json_take(struct unit_reader *reader, const struct json_event *event);

/* Forgets what is known of the positions of objects from a number on. */
void json_objects_forget(struct unit_reader *reader, uint32_t first);

/* The next events of reader->json, whose nodes have plans. Returns how many; 0: no memory. *unfinished as record_json_fill has it. */
size_t json_fill(struct unit_reader *reader, size_t *unfinished);

/* Before a range of values is read: has plans made again where what the values of another object told was in them; and forgets
 * nodes once a dump with ever new keys has made many. */
void json_plans_of_object(struct unit_reader *reader);
void json_forget_nodes(struct unit_reader *reader);

/* Books the units among the levels in hand that are not kept: levels without levels inside, any with a position of its own, and
 * those that stand alone. inherited: what all may inherit together. json_book: of a whole value. */
MUST_USE enum status json_book_levels(struct unit_reader *reader, uint64_t inherited, struct fault *fault);
MUST_USE enum status json_book(struct unit_reader *reader, size_t value_length, struct fault *fault);

/* Lines outside of objects. Those of brackets and commas alone are no units, whatever stands in the lines beside them. */
MUST_USE enum status json_outside(struct unit_reader *reader, size_t at, size_t end, struct fault *fault);

/* Values that are not read as they come: units_json_again.c. The first two are for nodes and events as they come: whether a field
 * has twins, and whether the value in hand has met some. */
MUST_USE bool twins_add(struct unit_reader *reader, uint32_t node, struct node_plan *plan);
void twins_meet(struct unit_reader *reader, const struct json_event *event, const struct json_event *end);
void twins_forget(struct unit_reader *reader);

/* Finds where the elements of a value begin that are members of objects (json_maps.h); levels: those that are known to be such. It
 * is read for that as it comes, up to its levels. Lent until the next value. False: no memory. */
MUST_USE bool json_maps_find(struct unit_reader *reader, size_t start, size_t end, const uint32_t *levels, size_t level_count, const uint32_t **found,
                             size_t *found_count);

/* Reads the value in hand again, object by object, and books its units. */
MUST_USE enum status json_again(struct unit_reader *reader, size_t start, size_t end, struct fault *fault);

/* Reads bytes that are no JSON as a whole: what of them is, and the rest as text. begins: an object begins there, which breaks. */
MUST_USE enum status json_salvage(struct unit_reader *reader, size_t start, size_t end, bool begins, struct fault *fault);

/* The same for a block before which bytes are missing, so that its values may begin anywhere. */
MUST_USE enum status json_torn(struct unit_reader *reader, size_t end, struct fault *fault);

/* The customers whom a level names by one field, sorted and each once; 0 where it is one or none. */
size_t joint_of(const struct unit_reader *reader, uint32_t level, const struct joint **first);

void json_again_close(struct unit_reader *reader);

/* The values of [start, end), one behind the other. */
MUST_USE enum status json_units(struct unit_reader *reader, size_t start, size_t end, struct fault *fault);

/* A part of a value: its context, and the elements behind that. */
MUST_USE enum status json_part(struct unit_reader *reader, struct fault *fault);

/* The same for a value a line. */
MUST_USE enum status json_lines(struct unit_reader *reader, size_t at, size_t end, struct fault *fault);

/* Reads what was made in reader->made_json in place of a part of the block; and a text of it, of which blank lines are no
 * units. */
MUST_USE enum status unit_read_json(struct unit_reader *reader, const struct block *block, const struct part_context *context, struct fault *fault);
MUST_USE enum status unit_read_text(struct unit_reader *reader, const struct block *block, struct span text, struct fault *fault);

/* A block of a listing. */
MUST_USE enum status listing_units(struct unit_reader *reader, const struct block *block, struct fault *fault);

/* A block of XML. */
MUST_USE enum status xml_units(struct unit_reader *reader, const struct block *block, struct fault *fault);
void xml_units_close(struct unit_reader *reader);

/* Whether something in the block holds other than ASCII characters. */
static inline bool unit_has_other_bytes(const struct unit_reader *reader, size_t start, size_t end)
{
    unsigned char all = 0;
    if (reader->marks->ascii) return false;
    for (; start < end; start++) all |= (unsigned char)reader->block->bytes[start];
    return all >= 0x80;
}

/* One word that is too long for a candidate: hashes, sessions, tokens. */
static inline bool unit_is_long_word(const struct unit_reader *reader, size_t start, size_t end)
{
    size_t length = end - start;
    return length > PROPOSE_RUN_MAX && length != PROPOSE_DIGITS && !notation_run_fits(length) && bits_run_end(&reader->words->alnum, start, end) == end;
}

#endif
