/* Fields of JSON values, level by level, without recursion.
 *
 * Shape    a range of the block + shapes -> record_json_next -> events in document order
 * Levels   an object that is an element of an array opens a level; nested objects stay in the level that
 *          holds them. A level without levels inside is a unit (the innermost repeating element);
 *          it inherits from the levels that enclose it.
 * Paths    every key path is a node with a number that stays the same for the parser's life, until
 *          record_json_nodes_reset. Array positions are no part of a path, but elements of arrays have nodes
 *          of their own: "a" in {"a":1} and in {"a":[1]} are two with the same path.
 * Names    of keys are given as values where they are long and have digits, as those of maps by number have
 * Lenient  the outermost arrays and commas only separate; what stands between objects is text.
 *          A value that is no JSON is JSON_BROKEN.
 * Owns     token and stack memory, from record_json_open to record_json_close
 * Threads  one parser, one thread
 * Source   RFC 8259
 */
#ifndef RECORD_JSON_H
#define RECORD_JSON_H

#include "../../detectors/detector.h"
#include "../support/fault.h"
#include "shape.h"

enum { JSON_NODES_MAX = 1 << 16 };

enum json_event_kind {
    JSON_STRING,       /* start..end between the quotes, escapes as they stand */
    JSON_SCALAR,       /* number, true, false, null */
    JSON_NAME,         /* a key that may itself be an identifier or hold one, before its value; as a string that has no node */
    JSON_LEVEL_OPEN,   /* level begins inside parent */
    JSON_OBJECT_OPEN,  /* object begins in the one whose member it is; where a value is read object by object */
    JSON_OBJECT_CLOSE, /* object is finished: nothing more comes with this number */
    JSON_VALUE_END,    /* an outermost object is finished: its units can be booked */
    JSON_BROKEN,       /* the value from start to end is no JSON: throw its levels away, read what of it can be read */
    JSON_CUT,          /* in place of that, where a value is read object by object: what was given stands, from end on it is no JSON.
                          All that is open, the outermost object too, closes then, and the range is done */
    JSON_TEXT,         /* start..end stands outside of objects */
    JSON_END,          /* the range is done */
    JSON_NO_MEMORY
};

/* Places and numbers are those of one block, which is far below 4 GiB. */
struct json_event {
    uint8_t kind;         /* enum json_event_kind */
    bool has_escape;      /* a backslash stands in the string */
    bool in_array;        /* the value is an element of an array, which stands in that object */
    bool at_end;          /* JSON_CUT: what is wrong is hardly more than that the bytes end */
    uint32_t start, end;  /* in the block; of what opens only start, of JSON_OBJECT_CLOSE only end, and both only object by object */
    uint32_t node;        /* of the field */
    union {
        struct {
            uint32_t level;  /* 0 is the outermost object's */
            uint32_t object; /* number of the object that holds the field */
        };
        uint64_t place; /* both */
    };
    uint32_t parent;      /* JSON_LEVEL_OPEN */
};

struct json_parser;

MUST_USE enum status record_json_open(struct json_parser **parser, struct fault *fault);
void record_json_close(struct json_parser *parser); /* accepts NULL */

/* Begins a range of a block whose shapes are of kind SHAPE_JSON, with an empty word behind the last. */
void record_json_begin(struct json_parser *parser, const char *bytes, const struct shape_word *words, size_t start, size_t end);

/* Says for the range that has begun that outermost objects stand where a node's values do: their paths begin with its. */
void record_json_set_root(struct json_parser *parser, uint32_t node);

/* The same where every line is a range of its own; JSON_END comes behind the last. */
void record_json_begin_lines(struct json_parser *parser, const char *bytes, const struct shape_word *words, size_t start,
                             size_t end);

/* Begins the range of one outermost object, to be read object by object. Those that begin at `levels`, in ascending order, open
 * levels as elements of arrays do; lent until the range is read. */
void record_json_begin_objects(struct json_parser *parser, const char *bytes, const struct shape_word *words, size_t start, size_t end,
                               const uint32_t *levels, size_t level_count);
enum json_event_kind record_json_next(struct json_parser *parser, struct json_event *event);

/* The same for as many events as there is room for; the last may be JSON_END or JSON_NO_MEMORY. Of a value that turns
 * out broken no other event is among them, unless an earlier call has given some. *unfinished is the first event of a
 * value that goes on behind the last one; SIZE_MAX where there is none, or where an earlier call gave its first. */
size_t record_json_fill(struct json_parser *parser, struct json_event *events, size_t room, size_t *unfinished);

/* What a node stands in: the one around it, and the innermost around it whose objects open levels (0: the outermost object). Those of
 * arrays of arrays are one. */
struct json_node_place { uint32_t parent, level; };
struct json_node_place record_json_node_place(const struct json_parser *parser, uint32_t node);
/* Whether a node is inner itself, or around it and no deeper below than paths are told. */
bool record_json_node_encloses(const struct json_parser *parser, uint32_t node, uint32_t inner);

/* Whether it is that of members of one name of all objects that are so deep within. */
bool record_json_node_is_shared(const struct json_parser *parser, uint32_t node);

/* The nodes so far, and the path of one ("vehicle.tcu.imei"), written to path; returns its length (cut at path_size). */
uint32_t record_json_node_count(const struct json_parser *parser);
size_t record_json_node_path(const struct json_parser *parser, uint32_t node, char *path, size_t path_size);
/* Forgets all nodes, between blocks, once a dump with ever new keys has made JSON_NODES_MAX. */
void record_json_nodes_reset(struct json_parser *parser);

/* Of bytes that begin outside of any value: how many end with a whole outermost object (or, where
 * there is none, with a line outside of values). 0: more is needed. *arrays: how many arrays around outermost objects are open at the
 * bytes, and becomes how many are behind those; 0 where all bytes end within an object, whose reader says so. NULL: not asked. */
size_t record_json_cut(const char *bytes, size_t length, bool at_end, uint32_t *arrays);

/* Whether an object that is something by itself seems to begin at `from` or behind it that is well formed as far as the bytes go, but does
 * not end in them. */
bool record_json_breaks_off(const char *bytes, size_t from, size_t length);

/* Where the object that begins at bytes[0] ends, if it is well formed as far as it goes.
 * JSON_PREFIX: well formed, but the bytes end before it does. */
enum json_form { JSON_WHOLE, JSON_PREFIX, JSON_NOT };
enum json_form record_json_measure(const char *bytes, size_t length, size_t *value_length);

/* The byte behind the value that begins at `at`, counted by brackets alone, as record_json_cut does. 0: it does not end before `end`. */
size_t record_json_value_end(const char *bytes, size_t at, size_t end);

/* The byte behind the first line end from `at` on that is in no string: outside of objects blocks may be cut there. `end`: there is none. */
size_t record_json_text_line(const char *bytes, size_t at, size_t end);

/* Where among bytes that are no JSON as a whole the next object seems to begin that is something by itself, from `from` on: in the
 * place of an element or of a member behind another object; record_json_resume: the next one that is well formed. *effort is how
 * many bytes may be looked at in vain; what is beyond is given up. length where there is none. */
size_t record_json_start(const char *bytes, size_t from, size_t length);
size_t record_json_resume(const char *bytes, size_t from, size_t length, size_t *effort, size_t *value_length);

/* Undoes the escapes of a string (RFC 8259, section 7) into out (room for its length); returns the length. */
size_t record_json_unescape(struct span string, char *out);

#endif
