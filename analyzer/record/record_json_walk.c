/* Events in plain sight.
 *
 * Nearly all is as it was before: the same keys in the same order, and the same blanks. So what stood between two values
 * is kept as a move, and where its bytes stand again they are known to open and close the same containers and to
 * lead to a value of the same node. What no known move leads to is read step by step, by the bytes and the bitmaps,
 * and its move is kept. Where anything is out of the ordinary these steps have done nothing, and record_json.c reads it by
 * its tokens. The bytes at `behind` are outside of strings at all times, for all of them. */

#include "record_json_parser.h"

#include <assert.h>
#include <string.h>

#include "../../detectors/checkdigit.h"
#include "bits.h"

static_assert(offsetof(struct json_event, start) == sizeof((struct move){0}.value), "a move's value is how an event begins");

#define WALK static inline __attribute__((always_inline))

/* A parser's state at hand. moves_follow has a copy whose address does not leave it, so that it stays in registers. */
struct walk {
    const char *bytes;
    const struct shape_word *words;
    struct container *top; /* NULL: outside of values */
    struct json_event *event; /* the next one */
    size_t at, end;
};

WALK size_t space_end(const char *bytes, size_t at)
{
    if ((unsigned char)bytes[at] <= ' ')
        while (json_is_space(bytes[at])) at++;
    return at;
}

/* ------------------------------------------------------------------ where values end */

/* The place of the quote that closes a string; `end` or more where there is none. */
static __attribute__((noinline)) size_t string_close_far(const char *bytes, const struct shape_word *words, size_t end, size_t start,
                                                         bool *has_escape)
{
    /* What a backslash escapes closes nothing. */
    for (size_t at = start; (at = bits_next(&words->quote, at, end)) < end; at += 2) {
        if (bytes[at] == '"') return at;
        *has_escape = true;
    }
    return end;
}

/* The same; *has_escape becomes true where a backslash stands in the string, and else stays as it is. */
WALK size_t string_close(const struct walk *walk, size_t start, bool *has_escape)
{
    uint64_t stops = bits_window(&walk->words->quote, start);
    if (stops != 0) {
        size_t close = start + (size_t)__builtin_ctzll(stops);
        if (walk->bytes[close] == '"') return close;
    }
    bool escapes = *has_escape;
    size_t close = string_close_far(walk->bytes, walk->words, walk->end, start, &escapes);
    *has_escape = escapes;
    return close;
}

/* The byte behind a number or word that begins at `at`; `at` itself where none stands there in plain sight. */
WALK size_t scalar_close(const struct walk *walk, size_t at, bool in_array)
{
    const char *bytes = walk->bytes;
    uint64_t special = bits_window(&walk->words->special, at);
    size_t end = special != 0 ? at + (size_t)__builtin_ctzll(special) : bits_next(&walk->words->special, at, walk->end);
    if (end >= walk->end || (bytes[end] != ',' && bytes[end] != (in_array ? ']' : '}'))) return at;
    if (end > at && (unsigned char)bytes[end - 1] <= ' ')
        while (end > at && json_is_space(bytes[end - 1])) end--;
    return end;
}

/* ------------------------------------------------------------------ steps */

WALK enum step open_step(struct walk *walk, struct json_parser *parser, uint32_t node, bool in_array)
{
    if (walk->at >= walk->end || walk->top == parser->stack_last) return STEP_ASIDE;
    bool is_array = walk->bytes[walk->at] == '[', opens_level = in_array && !is_array;
    if (is_array) node = json_node_elements(parser, node, (size_t)(walk->top - parser->stack) + 1);
    if (parser->failed) return STEP_ASIDE;
    const struct container *around = walk->top++;
    struct container *top = walk->top;
    top->node = node;
    top->level = opens_level ? parser->level_count++ : around->level;
    top->object = is_array ? around->object : ++parser->object_count;
    top->is_array = is_array;
    walk->at++;
    json_move_op(parser, is_array ? OP_OPEN_ARRAY : opens_level ? OP_OPEN_LEVEL : OP_OPEN_OBJECT);
    if (!opens_level) return STEP_DONE;
    struct json_event *event = walk->event++;
    event->kind = JSON_LEVEL_OPEN;
    event->level = top->level;
    event->parent = around->level;
    return STEP_DONE;
}

/* The end of the outermost object, behind walk->at. */
WALK void value_end(struct walk *walk, struct json_parser *parser)
{
    struct json_event *event = walk->event++;
    event->kind = JSON_VALUE_END;
    event->object = walk->top->object;
    event->level = walk->top->level;
    event->start = (uint32_t)parser->value_start;
    event->end = (uint32_t)walk->at;
    parser->text_from = walk->at;
    walk->top = NULL;
}

WALK enum step close_step(struct walk *walk, struct json_parser *parser, size_t at)
{
    const struct container *top = walk->top;
    if (at >= walk->end) return STEP_ASIDE;
    walk->at = at + 1;
    if (top == parser->stack) {
        json_move_learn(parser, JSON_VALUE_END, 0, false, walk->at);
        value_end(walk, parser);
        return STEP_DONE;
    }
    walk->top--;
    json_move_op(parser, top->is_array ? OP_CLOSE_ARRAY : OP_CLOSE_OBJECT);
    if (top->is_array) return STEP_DONE;
    struct json_event *event = walk->event++;
    event->kind = JSON_OBJECT_CLOSE;
    event->object = top->object;
    event->level = top->level;
    return STEP_DONE;
}

/* The value at walk->at of a field or, in_array, an element of the innermost container. */
WALK enum step value_step(struct walk *walk, struct json_parser *parser, uint32_t node, bool in_array)
{
    struct json_event *event = walk->event;
    size_t at = walk->at, end;
    char c = walk->bytes[at];
    if (c == '{' || c == '[') return open_step(walk, parser, node, in_array);
    event->has_escape = false;
    if (c == '"') {
        end = string_close(walk, ++at, &event->has_escape);
        if (end >= walk->end) return STEP_ASIDE;
    } else {
        end = scalar_close(walk, at, in_array);
        if (end == at) return STEP_ASIDE;
    }
    event->kind = c == '"' ? JSON_STRING : JSON_SCALAR;
    event->in_array = in_array;
    event->start = (uint32_t)at;
    event->end = (uint32_t)end;
    event->node = node;
    event->level = walk->top->level;
    event->object = walk->top->object;
    walk->event = event + 1;
    walk->at = end + (c == '"');
    bool is_known = (size_t)(walk->top - parser->stack) < JSON_ELEMENTS_DEEP; /* what the node stands in */
    if (is_known) json_move_learn(parser, (enum json_event_kind)event->kind, node, in_array, at);
    parser->spot = is_known ? node : SPOT_NONE;
    parser->spot_at = walk->at;
    parser->made.op_count = 0;
    parser->has_tried = parser->has_new_node = false;
    return STEP_DONE;
}

/* The node of the key at *at; 0 where no key in plain sight stands, or one that is to be given itself. Moves *at behind it. */
static uint32_t key_node(const struct walk *walk, struct json_parser *parser, size_t *at)
{
    const char *bytes = walk->bytes;
    if (bytes[*at] != '"') return 0;
    bool has_escape = false;
    size_t open = *at + 1, close = string_close(walk, open, &has_escape);
    if (close >= walk->end || has_escape) return 0;
    size_t colon = space_end(bytes, close + 1);
    if (colon >= walk->end || bytes[colon] != ':') return 0;
    struct span name = {bytes + open, close - open};
    if (json_name_has_number(name)) return 0;
    *at = colon + 1;
    return json_node_child(parser, walk->top->node, name);
}

static __attribute__((noinline)) enum step object_step(struct walk *walk, struct json_parser *parser)
{
    const char *bytes = walk->bytes;
    size_t at = space_end(bytes, walk->at), before = walk->at;
    if (bytes[at] == ',') at = space_end(bytes, at + 1);
    if (bytes[at] == '}') return close_step(walk, parser, at);
    uint32_t node = key_node(walk, parser, &at);
    if (node == 0) return STEP_ASIDE;
    walk->at = space_end(bytes, at);
    enum step step = value_step(walk, parser, node, false);
    if (step == STEP_ASIDE) walk->at = before;
    return step;
}

static __attribute__((noinline)) enum step array_step(struct walk *walk, struct json_parser *parser)
{
    const char *bytes = walk->bytes;
    size_t before = walk->at;
    walk->at = space_end(bytes, walk->at);
    if (bytes[walk->at] == ',') walk->at = space_end(bytes, walk->at + 1);
    enum step step = bytes[walk->at] == ']' ? close_step(walk, parser, walk->at)
                                            : value_step(walk, parser, walk->top->node, true);
    if (step == STEP_ASIDE) walk->at = before;
    return step;
}

/* ------------------------------------------------------------------ moves */

static __attribute__((noinline)) bool text_stands(const struct json_parser *parser, const struct move *move, size_t at)
{
    return at + move->length <= parser->end &&
           memcmp(parser->bytes + at + MOVE_HEAD, parser->names + move->text_at, move->length - MOVE_HEAD) == 0;
}

/* Whether a move's bytes stand at a place before the end. */
WALK bool move_stands(const struct json_parser *parser, const struct move *move, const char *at, size_t place)
{
    if ((eight_load(at) & move->mask[0]) != move->head[0]) return false;
    if ((eight_load(at + 8) & move->mask[1]) != move->head[1]) return false;
    if (move->length <= 16) return true;
    uint64_t third = (eight_load(at + 16) & move->mask[2]) ^ move->head[2];
    uint64_t fourth = (eight_load(at + 24) & move->mask[3]) ^ move->head[3];
    return (third | fourth) == 0 && (move->length <= MOVE_HEAD || text_stands(parser, move, place));
}

/* Where the value ends that begins at `at` and that a move leads to; 0 where there is none of its kind in plain sight. *has_escape as
 * above. */
WALK size_t move_close(const struct walk *walk, const struct move *move, size_t at, bool *has_escape)
{
    if (move->value.kind == JSON_STRING) {
        size_t close = string_close(walk, at, has_escape);
        return close < walk->end ? close : 0;
    }
    if (move->value.kind == JSON_VALUE_END) return at <= walk->end ? at : 0;
    if (at >= walk->end || (unsigned char)walk->bytes[at] <= ' ') return 0;
    size_t close = scalar_close(walk, at, move->value.in_array);
    return close > at ? close : 0;
}

struct found {
    struct move *move; /* NULL: no known move leads on */
    size_t close;
    bool has_escape;
};

/* Tries the moves from a node behind the first, and counts what was right, so that the most frequent are tried first. */
static __attribute__((noinline)) struct found move_find(const struct walk *walk, struct json_parser *parser, uint32_t spot)
{
    enum { LEAD_MAX = 32 };
    struct move *before = parser->nodes[spot].moves;
    for (struct move *move; (move = before->other) != NULL; before = move) {
        if (!move_stands(parser, move, walk->bytes + walk->at, walk->at)) continue;
        bool has_escape = false;
        size_t close = move_close(walk, move, walk->at + move->length, &has_escape);
        if (close == 0) continue;
        uint32_t hits_max = move->hits + LEAD_MAX;
        before->hits = before->hits < hits_max ? before->hits : hits_max;
        if (before->hits <= move->hits) json_move_promote(parser, spot, before);
        return (struct found){move, close, has_escape};
    }
    return (struct found){NULL, 0, false};
}

/* What a move opens and closes; gives the place that it leads to. The node and kind of what is open are left out: containers_restore
 * knows them. */
WALK uint64_t ops_apply(struct walk *walk, struct json_parser *parser, const struct move *move, uint64_t place)
{
    struct container *top = walk->top;
    struct json_event *event = walk->event;
    for (const uint8_t *op = move->ops, *last = op + move->op_count; op < last; op++) {
        if (*op == OP_CLOSE_ARRAY) {
            place = (--top)->place;
        } else if (*op == OP_CLOSE_OBJECT) {
            event->kind = JSON_OBJECT_CLOSE;
            event->place = place;
            event++;
            place = (--top)->place;
        } else {
            uint32_t level = json_place_level(place), parent = level;
            if (*op == OP_OPEN_LEVEL) level = parser->level_count++;
            if (*op != OP_OPEN_ARRAY) place = json_place(level, ++parser->object_count);
            (++top)->place = place;
            if (*op != OP_OPEN_LEVEL) continue;
            event->kind = JSON_LEVEL_OPEN;
            event->place = place;
            event->parent = parent;
            event++;
        }
    }
    walk->event = event;
    walk->top = top;
    return place;
}

/* The node of a value tells what it stands in. */
static void containers_restore(const struct json_parser *parser, struct container *top, uint32_t node)
{
    for (; top > parser->stack; top--) {
        uint32_t own = parser->nodes[node].parent;
        top->is_array = parser->nodes[node].name_at == NAME_ELEMENT;
        top->node = top->is_array ? node : own;
        node = own;
    }
}

WALK bool separates(char c)
{
    return json_is_space(c) || c == ',' || c == '[' || c == ']';
}

/* Opens the outermost object behind the one that has ended, if it stands in plain sight in this line or at the start of the
 * next. */
WALK bool value_next(struct walk *walk, struct json_parser *parser)
{
    const char *bytes = walk->bytes;
    size_t at = walk->at, end = walk->end;
    if (parser->tokens_from != SIZE_MAX) return false;
    while (at < end && separates(bytes[at])) at++;
    if (at == end) {
        if (++at >= parser->lines_end) return false;
        end = bits_next(&walk->words->newline, at, parser->lines_end);
    }
    if (bytes[at] != '{') return false;
    if (end != walk->end) parser->start = at;
    parser->end = walk->end = end;
    parser->value_start = parser->text_from = at;
    parser->value_event = walk->event++;
    parser->value_event->kind = JSON_LEVEL_OPEN;
    parser->value_event->place = 0;
    parser->value_event->parent = 0;
    parser->level_count = parser->object_count = 1;
    walk->top = parser->stack;
    walk->top->place = json_place(0, 1);
    walk->at = at + 1;
    return true;
}

/* Goes from value to value, of this outermost object and of the next ones, for as long as known moves lead there. The last
 * move may go MOVE_EVENTS_MAX - 1 events past the end. */
static __attribute__((noinline)) void moves_follow(struct walk *given, struct json_parser *parser, const struct json_event *end)
{
    struct walk walk = *given;
    const struct node *nodes = parser->nodes;
    uint32_t spot = parser->spot;
    uint64_t place = walk.top->place;
    const struct container *top_last = parser->stack_last - MOVE_OPS_MAX; /* from here on a move may find no room for what it opens */
    while (walk.event < end) {
        struct move *move = nodes[spot].moves;
        size_t close = 0;
        bool has_escape = false;
        if (move_stands(parser, move, walk.bytes + walk.at, walk.at)) close = move_close(&walk, move, walk.at + move->length, &has_escape);
        if (close == 0) {
            given->at = walk.at;
            struct found found = move_find(given, parser, spot);
            parser->has_tried = found.move == NULL;
            if (found.move == NULL) break;
            move = found.move;
            close = found.close;
            has_escape = found.has_escape;
        }
        if (move->op_count > 0) {
            if (walk.top > top_last) break;
            place = ops_apply(&walk, parser, move, place);
        }
        move->hits++;
        size_t at = walk.at + move->length;
        walk.at = close + move->value.quote_count;
        if (move->value.kind == JSON_VALUE_END) {
            value_end(&walk, parser);
            if (walk.event >= end || !value_next(&walk, parser)) break;
            given->end = walk.end;
            spot = parser->root;
            place = json_place(0, 1);
            continue;
        }
        struct json_event *event = walk.event++;
        memcpy(event, &move->value, sizeof move->value);
        if (has_escape) event->has_escape = true;
        event->node = spot = move->node;
        event->start = (uint32_t)at;
        event->end = (uint32_t)close;
        event->place = place;
    }
    if (walk.top != NULL) containers_restore(parser, walk.top, spot);
    parser->spot = spot;
    parser->spot_at = walk.at;
    *given = walk;
}

/* ------------------------------------------------------------------ ranges */

/* Once there are tokens, they alone say where values begin: behind a broken one the bytes do not. */
enum step json_outside_step(struct json_parser *parser, struct json_event *event)
{
    const char *bytes = parser->bytes;
    size_t at = parser->text_from;
    if (parser->tokens_from != SIZE_MAX) return STEP_ASIDE;
    while (at < parser->end && separates(bytes[at])) at++;
    event->kind = JSON_END;
    if (at == parser->end) return STEP_DONE;
    return bytes[at] == '{' && json_outermost_open(parser, event, at) ? STEP_DONE : STEP_ASIDE;
}

struct json_event *json_value_fill(struct json_parser *parser, struct json_event *event, struct json_event *end, bool has_spare,
                                   enum step *last)
{
    struct container *top = &parser->stack[parser->depth - 1];
    struct walk walk = {parser->bytes, parser->words, top, event, parser->behind, parser->end};
    enum step step = STEP_DONE;
    do {
        if (has_spare && parser->made.op_count == 0 && parser->spot != SPOT_NONE) moves_follow(&walk, parser, end);
        if (walk.top != NULL && walk.event < end)
            step = walk.top->is_array ? array_step(&walk, parser) : object_step(&walk, parser);
    } while (step == STEP_DONE && walk.top != NULL && walk.event < end);
    parser->behind = walk.at;
    parser->depth = walk.top == NULL ? 0 : (size_t)(walk.top - parser->stack) + 1;
    *last = step;
    return walk.event;
}
