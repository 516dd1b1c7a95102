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
 *          A value that is no JSON is JSON_BROKEN, and its bytes are text.
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
    JSON_OBJECT_CLOSE, /* object is finished: nothing more comes with this number */
    JSON_VALUE_END,    /* an outermost object is finished: its units can be booked */
    JSON_BROKEN,       /* the value from start to end is no JSON: throw its levels away, read it as text */
    JSON_TEXT,         /* start..end stands outside of objects */
    JSON_END,          /* the range is done */
    JSON_NO_MEMORY
};

/* Places and numbers are those of one block, which is far below 4 GiB. */
struct json_event {
    uint8_t kind;         /* enum json_event_kind */
    bool has_escape;      /* a backslash stands in the string */
    bool in_array;        /* the value is an element of an array, which stands in that object */
    uint32_t start, end;  /* in the block; not of JSON_LEVEL_OPEN and JSON_OBJECT_CLOSE */
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

/* Begins a range of a block whose shapes are of kind SHAPE_JSON. */
void record_json_begin(struct json_parser *parser, const char *bytes, const struct shape_word *words, size_t start, size_t end);

/* Says for the range that has begun that outermost objects stand where a node's values do: their paths begin with its. */
void record_json_set_root(struct json_parser *parser, uint32_t node);

/* The same where every line is a range of its own; JSON_END comes behind the last. */
void record_json_begin_lines(struct json_parser *parser, const char *bytes, const struct shape_word *words, size_t start,
                             size_t end);
enum json_event_kind record_json_next(struct json_parser *parser, struct json_event *event);

/* The same for as many events as there is room for; the last may be JSON_END or JSON_NO_MEMORY. Of a value that turns
 * out broken no other event is among them, unless an earlier call has given some. *unfinished is the first event of a
 * value that goes on behind the last one; SIZE_MAX where there is none, or where an earlier call gave its first. */
size_t record_json_fill(struct json_parser *parser, struct json_event *events, size_t room, size_t *unfinished);

/* The nodes so far, and the path of one ("vehicle.tcu.imei"), written to path; returns its length (cut at path_size). */
uint32_t record_json_node_count(const struct json_parser *parser);
size_t record_json_node_path(const struct json_parser *parser, uint32_t node, char *path, size_t path_size);
/* Forgets all nodes, between blocks, once a dump with ever new keys has made JSON_NODES_MAX. */
void record_json_nodes_reset(struct json_parser *parser);

/* Of bytes that begin outside of any value: how many end with a whole outermost object (or, where
 * there is none, with a line outside of values). 0: more is needed. */
size_t record_json_cut(const char *bytes, size_t length, bool at_end);

/* Where the object that begins at bytes[0] ends, if it is well formed as far as it goes.
 * JSON_PREFIX: well formed, but the bytes end before it does. */
enum json_form { JSON_WHOLE, JSON_PREFIX, JSON_NOT };
enum json_form record_json_measure(const char *bytes, size_t length, size_t *value_length);

/* Undoes the escapes of a string (RFC 8259, section 7) into out (room for its length); returns the length. */
size_t record_json_unescape(struct span string, char *out);

#endif
