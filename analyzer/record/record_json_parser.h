/* The parser of record_json.h from the inside: what its files share.
 *
 * Shape    record_json.c reads by tokens whatever comes; record_json_walk.c what is as expected, straight from the
 *          bytes; record_json_nodes.c knows the paths, and which moves were made from them
 * Nodes    an element of an array has a node of its own below the array's, which is no part of its path: so a value's
 *          node tells the containers that it stands in, down to JSON_ELEMENTS_DEEP of them
 */
#ifndef RECORD_JSON_PARSER_H
#define RECORD_JSON_PARSER_H

#include "record_json.h"

enum {
    JSON_NAME_MAX = 128,      /* bytes of a name that tell nodes apart */
    JSON_ELEMENTS_DEEP = 256, /* containers; further in, elements share the node of their array, and members of one name one node */
    JSON_NUMBER_NAME_MIN = 12, /* bytes of a name that may be an identifier: no kind that needs no label is shorter ... */
    JSON_NUMBER_NAME_DIGITS = 4, /* ... or has fewer digits, colons between octets counted */
    MOVE_HEAD = 32,
    MOVE_TEXT_MAX = 256,
    MOVE_OPS_MAX = 8,
    MOVE_EVENTS_MAX = MOVE_OPS_MAX + 1,
    MOVES_OF_NODE_MAX = 8,
    MOVES_MAX = 1 << 13 /* once there are so many, all are forgotten */
};

#define SPOT_NONE UINT32_MAX    /* nothing is known about what comes next */
#define NAME_ELEMENT UINT32_MAX /* in place of a name: an element of its parent */

/* A key path. */
struct node {
    struct move *moves; /* from behind a value with this node, the likeliest first; the last of all stands nowhere */
    uint32_t parent;
    uint32_t name_at;
    uint32_t name_length;
    uint32_t element; /* the node of its elements, where it is an array; 0: none yet */
    uint32_t level;   /* the innermost element around it; 0: none */
    uint32_t outermost; /* the node of outermost objects whose path is this one's; 0: none yet */
    uint32_t depth;     /* containers around it, up to JSON_ELEMENTS_DEEP + 1: where they are more, members have the nodes of those one further out */
};

enum move_op { OP_CLOSE_OBJECT, OP_CLOSE_ARRAY, OP_OPEN_OBJECT, OP_OPEN_ARRAY, OP_OPEN_LEVEL };

/* The way from the end of one value to the start of the next, or to the end of the outermost object: the bytes between
 * them, a string's opening quote included, and what they open and close. The first MOVE_HEAD bytes are compared as four
 * numbers. */
struct move {
    uint64_t head[MOVE_HEAD / 8], mask[MOVE_HEAD / 8];
    struct move *other; /* tried next; NULL: none, this is the one that stands nowhere */
    uint32_t length;
    uint32_t node;      /* of the value it leads to */
    struct {
        uint8_t kind; /* JSON_STRING, JSON_SCALAR or JSON_VALUE_END */
        bool has_escape, in_array;
        uint8_t quote_count; /* behind the value: one, if it is a string */
    } value;                 /* as an event begins */
    uint32_t hits;
    uint32_t text_at;    /* of the bytes behind MOVE_HEAD */
    uint8_t op_count;
    uint8_t ops[MOVE_OPS_MAX]; /* enum move_op */
};

struct container {
    union {
        struct {
            uint32_t level, object;
        };
        uint64_t place; /* both */
    };
    uint32_t node; /* of an array: that of its elements */
    bool is_array;
};

struct json_parser {
    const char *bytes;
    const struct shape_word *words;
    size_t start, end;      /* of the range, or of the line of it */
    size_t lines_end;       /* of the range */
    size_t text_from;       /* bytes of the range from here on are not given yet */
    uint32_t *tokens;       /* of the bytes from tokens_from on; only where something is out of the ordinary */
    size_t token_count, token_capacity, next;
    size_t tokens_from, tokens_to; /* tokens_from SIZE_MAX: there are none */
    uint64_t tokens_string; /* all ones: tokens_to is within a string ... */
    bool tokens_escape;     /* ... and escaped */
    struct container *stack, *stack_last;
    size_t depth, stack_capacity;
    uint32_t level_count, object_count;
    uint32_t root;          /* the node of outermost objects */
    size_t value_start, behind; /* behind: the byte after what was taken last */
    size_t name_given;      /* where the name stands that JSON_NAME gave last; 0: none of the range */
    size_t item_start;      /* the byte behind the item before the one in hand; read by tokens */
    bool by_objects, is_cut; /* see record_json_begin_objects, JSON_CUT; the levels of the first: */
    const uint32_t *level_starts, *level_starts_end;
    struct json_event *value_event; /* the value's first, of those that are being filled; NULL: an earlier one */
    bool failed;

    struct node *nodes;
    uint32_t node_count, node_capacity;
    char *names; /* and what moves have behind their heads */
    size_t names_used, names_capacity;
    uint32_t *node_index; /* by hash of (parent, name) */
    uint32_t node_index_mask;

    struct move *moves;
    uint32_t move_count, move_used; /* move_used: have been in use since the last reset */
    uint32_t spot;        /* the node of the last value, 0 at the outermost object's start, or SPOT_NONE */
    size_t spot_at;       /* the byte behind it */
    struct move made;     /* its ops are what was opened and closed since; more than fit make op_count too large */
    bool has_tried;       /* no move that is known stands at spot_at */
    bool has_new_node;    /* since the last value */
};

/* Level and object as places hold them, in one number: what was written in two pieces is slow to read in one right after. */
static inline uint64_t json_place(uint32_t level, uint32_t object)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return (uint64_t)level << 32 | object;
#else
    return (uint64_t)object << 32 | level;
#endif
}

static inline uint32_t json_place_level(uint64_t place)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return (uint32_t)(place >> 32);
#else
    return (uint32_t)place;
#endif
}

static inline bool json_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The byte behind a string that opens at `at`; 0: it does not end in these bytes. */
size_t json_string_end(const char *bytes, size_t length, size_t at);

/* As record_json_value_end, but `end` where the value does not end before. */
size_t json_value_extent(const char *bytes, size_t at, size_t end);

bool json_nodes_open(struct json_parser *parser);
void json_nodes_close(struct json_parser *parser);

/* The child of parent with this name. 0: no memory (parser->failed). */
uint32_t json_node_child(struct json_parser *parser, uint32_t parent, struct span name);

/* Whether a name, as it stands between its quotes, is to be given by JSON_NAME. The walk leaves these to the tokens. */
bool json_name_has_number(struct span name);

/* The node of the elements of an array at a depth of the stack. */
uint32_t json_node_elements(struct json_parser *parser, uint32_t array, size_t depth);

/* The node of outermost objects that stand where a node's values do. Apart from these, since moves tell what they close. */
uint32_t json_node_outermost(struct json_parser *parser, uint32_t node);

/* What opened or closed a container since the last value. */
static inline void json_move_op(struct json_parser *parser, enum move_op op)
{
    if (parser->made.op_count < MOVE_OPS_MAX) parser->made.ops[parser->made.op_count] = (uint8_t)op;
    if (parser->made.op_count <= MOVE_OPS_MAX) parser->made.op_count++;
}

/* Keeps the way from the spot to a value (or end) whose own bytes begin at `at`, if it is of use. */
void json_move_learn(struct json_parser *parser, enum json_event_kind kind, uint32_t node, bool in_array, size_t at);

/* Has a move from a node and the one behind it change places. */
void json_move_promote(struct json_parser *parser, uint32_t node, struct move *before);

/* Reads what is in plain sight. Neither does anything where it gives STEP_ASIDE. */
enum step { STEP_ASIDE, STEP_DONE };

/* Begins the outermost object at `at`. False: no memory. */
bool json_outermost_open(struct json_parser *parser, struct json_event *event, size_t at);
enum step json_outside_step(struct json_parser *parser, struct json_event *event);

/* Fills events from inside of a value up to its end, or to where something is out of the ordinary. Returns the one
 * behind the last, which is has_spare: MOVE_EVENTS_MAX - 1 behind the end at most; else the end. */
struct json_event *json_value_fill(struct json_parser *parser, struct json_event *event, struct json_event *end, bool has_spare,
                                   enum step *last);

#endif
