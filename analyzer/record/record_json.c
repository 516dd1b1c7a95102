#include "record_json_parser.h"

#include <stdlib.h>
#include <string.h>

#include "bits.h"

enum status record_json_open(struct json_parser **parser, struct fault *fault)
{
    struct json_parser *made = calloc(1, sizeof *made);
    *parser = made;
    if (made != NULL && json_nodes_open(made)) return STATUS_OK;
    record_json_close(made);
    *parser = NULL;
    return fault_set(fault, STATUS_FATAL, "no memory to read JSON");
}

void record_json_close(struct json_parser *parser)
{
    if (parser == NULL) return;
    json_nodes_close(parser);
    free(parser->tokens);
    free(parser->stack);
    free(parser);
}

static void range_begin(struct json_parser *parser, size_t start, size_t end)
{
    parser->start = parser->text_from = parser->value_start = parser->behind = start;
    parser->end = end;
    parser->depth = 0;
    parser->name_given = 0;
    parser->tokens_from = SIZE_MAX;
}

void record_json_begin(struct json_parser *parser, const char *bytes, const struct shape_word *words, size_t start, size_t end)
{
    parser->bytes = bytes;
    parser->words = words;
    parser->lines_end = end;
    parser->failed = parser->by_objects = parser->is_cut = false;
    parser->level_starts = parser->level_starts_end = NULL;
    range_begin(parser, start, end);
}

void record_json_begin_objects(struct json_parser *parser, const char *bytes, const struct shape_word *words, size_t start, size_t end,
                               const uint32_t *levels, size_t level_count)
{
    record_json_begin(parser, bytes, words, start, end);
    parser->by_objects = true;
    parser->level_starts = levels;
    parser->level_starts_end = levels + level_count;
}

void record_json_set_root(struct json_parser *parser, uint32_t node)
{
    parser->root = json_node_outermost(parser, node);
}

/* The next line that is not empty. */
static bool line_begin(struct json_parser *parser, size_t at)
{
    while (at < parser->lines_end) {
        size_t end = bits_next(&parser->words->newline, at, parser->lines_end);
        if (end > at) {
            range_begin(parser, at, end);
            return true;
        }
        at = end + 1;
    }
    return false;
}

void record_json_begin_lines(struct json_parser *parser, const char *bytes, const struct shape_word *words, size_t start,
                             size_t end)
{
    record_json_begin(parser, bytes, words, start, end);
    if (!line_begin(parser, start)) range_begin(parser, end, end);
}

/* ------------------------------------------------------------------ tokens of a range */

/* The quotes that open or close strings, of a word with backslashes: within strings these escape what follows, outside they
 * mean nothing. Rare, so bit by bit. */
static uint64_t real_quotes(uint64_t quotes, uint64_t backslashes, bool in_string, bool *escapes)
{
    uint64_t real = 0, left = quotes | backslashes | (*escapes ? 1 : 0), escaped = *escapes ? 1 : 0;
    *escapes = false;
    while (left != 0) {
        uint64_t bit = left & -left;
        left ^= bit;
        if (bit & escaped) continue;
        if (quotes & bit) {
            in_string = !in_string;
            real |= bit;
        } else if (in_string && (backslashes & bit)) {
            if (bit >> 63) *escapes = true;
            escaped = bit << 1;
        }
    }
    return real;
}

static uint64_t prefix_xor(uint64_t bits)
{
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    return bits ^ bits << 32;
}

static bool tokens_reserve(struct json_parser *parser, size_t needed)
{
    if (needed <= parser->token_capacity) return true;
    uint32_t *tokens = realloc(parser->tokens, 2 * needed * sizeof *tokens);
    if (tokens == NULL) return false;
    parser->tokens = tokens;
    parser->token_capacity = 2 * needed;
    return true;
}

/* Further places of { } [ ] : , outside of strings, and of the quotes that open and close strings, behind those that are
 * not taken yet. Some at a time: where nearly nothing is as expected, they are made anew again and again. */
static bool tokens_more(struct json_parser *parser)
{
    enum { WORDS_AT_ONCE = 32 };
    size_t from = parser->tokens_to, first = from / 64, last = (parser->end - 1) / 64, count = parser->token_count - parser->next;
    size_t behind = first + WORDS_AT_ONCE <= last ? first + WORDS_AT_ONCE : last + 1;
    if (!tokens_reserve(parser, count + (behind - first) * 64)) return parser->failed = true, false;
    memmove(parser->tokens, parser->tokens + parser->next, count * sizeof *parser->tokens);
    parser->next = 0;
    uint64_t inside = ~UINT64_C(0) << from % 64;
    for (size_t w = first; w < behind; w++, inside = ~UINT64_C(0)) {
        if (w == last) inside &= ~UINT64_C(0) >> (63 - (parser->end - 1) % 64);
        const struct shape_word *word = &parser->words[w];
        uint64_t quotes = word->quote & word->special & inside, backslashes = word->quote & ~word->special & inside;
        if (backslashes != 0 || parser->tokens_escape)
            quotes = real_quotes(quotes, backslashes, parser->tokens_string != 0, &parser->tokens_escape);
        uint64_t strings = prefix_xor(quotes) ^ parser->tokens_string;
        parser->tokens_string = (uint64_t)((int64_t)strings >> 63);
        uint64_t tokens = (word->special & ~word->quote & inside & ~strings) | quotes;
        uint32_t *to = parser->tokens + count;
        uint32_t base = (uint32_t)(w * 64);
        while (tokens != 0) {
            *to++ = base + (uint32_t)__builtin_ctzll(tokens);
            tokens &= tokens - 1;
        }
        count = (size_t)(to - parser->tokens);
    }
    parser->token_count = count;
    parser->tokens_to = behind * 64 < parser->end ? behind * 64 : parser->end;
    return true;
}

static bool has_token(struct json_parser *parser, size_t ahead)
{
    while (parser->next + ahead >= parser->token_count)
        if (parser->tokens_to >= parser->end || !tokens_more(parser)) return false;
    return true;
}

/* Makes tokens[next] the first token from `behind` on, which is outside of strings. */
static bool tokens_reach(struct json_parser *parser)
{
    if (parser->tokens_from == SIZE_MAX) {
        parser->tokens_from = parser->tokens_to = parser->behind;
        parser->token_count = parser->next = 0;
        parser->tokens_string = 0;
        parser->tokens_escape = false;
    }
    while (has_token(parser, 0) && parser->tokens[parser->next] < parser->behind) parser->next++;
    return !parser->failed;
}

/* ------------------------------------------------------------------ events by tokens */

static bool push(struct json_parser *parser, bool is_array, uint32_t node, uint32_t level)
{
    if (parser->depth == parser->stack_capacity) {
        size_t capacity = parser->stack_capacity * 2 + 32;
        struct container *stack = realloc(parser->stack, capacity * sizeof *stack);
        if (stack == NULL) return parser->failed = true, false;
        parser->stack = stack;
        parser->stack_capacity = capacity;
        parser->stack_last = stack + capacity - 1;
    }
    uint32_t around = parser->depth > 0 ? parser->stack[parser->depth - 1].object : 0;
    uint32_t object = is_array ? around : ++parser->object_count;
    if (is_array) node = json_node_elements(parser, node, parser->depth);
    parser->stack[parser->depth++] = (struct container){.level = level, .object = object, .node = node, .is_array = is_array};
    return !parser->failed;
}

static bool has_word(const struct json_parser *parser, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++)
        if (!json_is_space(parser->bytes[i]) && parser->bytes[i] != ',' && parser->bytes[i] != '[' && parser->bytes[i] != ']') return true;
    return false;
}

static enum json_event_kind give(struct json_event *event, enum json_event_kind kind)
{
    event->kind = (uint8_t)kind;
    return kind;
}

/* Says of a value that is read object by object where it goes no further; what is open closes then. */
static enum json_event_kind cut_off(struct json_parser *parser, struct json_event *event)
{
    enum { MEMBER_TOKENS = 3 }; /* of a name and its colon */
    bool at_end = !has_token(parser, MEMBER_TOKENS - 1);
    *event = (struct json_event){.start = (uint32_t)parser->value_start, .end = (uint32_t)parser->item_start, .at_end = at_end};
    parser->is_cut = true;
    return give(event, JSON_CUT);
}

/* Closes the next object of a value that was cut off. */
static enum json_event_kind cut_close(struct json_parser *parser, struct json_event *event)
{
    if (parser->depth == 0) return give(event, JSON_END);
    const struct container *top = &parser->stack[--parser->depth];
    *event = (struct json_event){.end = (uint32_t)parser->item_start, .level = top->level, .object = top->is_array ? 0 : top->object};
    return give(event, JSON_OBJECT_CLOSE);
}

static enum json_event_kind broken(struct json_parser *parser, struct json_event *event)
{
    if (parser->by_objects) return cut_off(parser, event);
    /* What the value's brackets hold is text; what comes behind them is read on. So it depends on
     * the value alone how much that is, not on the block it came in. */
    size_t end = json_value_extent(parser->bytes, parser->value_start, parser->end);
    parser->text_from = parser->behind = end;
    event->start = (uint32_t)parser->value_start;
    event->end = (uint32_t)end;
    parser->depth = 0;
    parser->tokens_from = SIZE_MAX; /* what comes behind it is read as if it came first */
    return give(event, JSON_BROKEN);
}

static char token(struct json_parser *parser, size_t ahead)
{
    return has_token(parser, ahead) ? parser->bytes[parser->tokens[parser->next + ahead]] : 0;
}

static void take(struct json_parser *parser, size_t count)
{
    parser->next += count;
    parser->behind = (size_t)parser->tokens[parser->next - 1] + 1;
}

static bool only_space(const struct json_parser *parser, size_t from, size_t to)
{
    while (from < to && json_is_space(parser->bytes[from])) from++;
    return from == to;
}

/* A string whose quotes are the next two tokens. */
static enum json_event_kind give_string(struct json_parser *parser, struct json_event *event, uint32_t node)
{
    const struct container *top = &parser->stack[parser->depth - 1];
    event->start = parser->tokens[parser->next] + 1;
    event->end = parser->tokens[parser->next + 1];
    event->node = node;
    event->level = top->level;
    event->object = top->object;
    event->in_array = top->is_array;
    event->has_escape = bits_any(&parser->words->quote, event->start, event->end);
    take(parser, 2);
    return give(event, JSON_STRING);
}

static enum json_event_kind give_scalar(struct json_parser *parser, struct json_event *event, uint32_t node, size_t from, size_t to)
{
    const struct container *top = &parser->stack[parser->depth - 1];
    while (from < to && json_is_space(parser->bytes[from])) from++;
    while (to > from && json_is_space(parser->bytes[to - 1])) to--;
    *event = (struct json_event){.start = (uint32_t)from, .end = (uint32_t)to, .node = node, .level = top->level,
                                 .object = top->object, .in_array = top->is_array};
    return give(event, JSON_SCALAR);
}

/* Closes the innermost container. */
static enum json_event_kind pop(struct json_parser *parser, struct json_event *event)
{
    struct container top = parser->stack[--parser->depth];
    take(parser, 1);
    event->object = top.is_array ? 0 : top.object;
    event->level = top.level;
    event->end = (uint32_t)parser->behind;
    if (parser->depth > 0) return give(event, JSON_OBJECT_CLOSE);
    event->start = (uint32_t)parser->value_start;
    parser->text_from = parser->behind;
    return give(event, JSON_VALUE_END);
}

/* Whether an object at a place opens a level though it is no element. */
static bool starts_level(struct json_parser *parser, uint32_t place)
{
    while (parser->level_starts < parser->level_starts_end && *parser->level_starts < place) parser->level_starts++;
    return parser->level_starts < parser->level_starts_end && *parser->level_starts == place;
}

static enum json_event_kind open_value(struct json_parser *parser, struct json_event *event, uint32_t node, bool element)
{
    uint32_t parent = parser->depth > 0 ? parser->stack[parser->depth - 1].level : 0, place = parser->tokens[parser->next];
    bool is_array = token(parser, 0) == '[', opens_level = !is_array && (element || starts_level(parser, place));
    uint32_t level = opens_level ? parser->level_count++ : parent;
    take(parser, 1);
    if (!push(parser, is_array, node, level)) return give(event, JSON_NO_MEMORY);
    *event = (struct json_event){.start = place, .level = level, .parent = parent};
    if (is_array || (!opens_level && !parser->by_objects)) return give(event, JSON_OBJECT_CLOSE);
    event->object = parser->object_count;
    return give(event, opens_level ? JSON_LEVEL_OPEN : JSON_OBJECT_OPEN);
}

/* The name whose quotes are the next two tokens, before its value. */
static enum json_event_kind give_name(struct json_parser *parser, struct json_event *event, struct span name)
{
    const struct container *top = &parser->stack[parser->depth - 1];
    size_t start = (size_t)(name.at - parser->bytes);
    parser->name_given = start;
    *event = (struct json_event){.start = (uint32_t)start, .end = (uint32_t)(start + name.len), .level = top->level, .object = top->object,
                                 .has_escape = bits_any(&parser->words->quote, start, start + name.len)};
    return give(event, JSON_NAME);
}

/* Apart, so that its buffer costs the usual fields nothing. */
static __attribute__((noinline)) enum json_event_kind object_next(struct json_parser *parser, struct json_event *event)
{
    const struct container *top = &parser->stack[parser->depth - 1];
    parser->item_start = parser->behind;
    if (token(parser, 0) == ',' && only_space(parser, parser->behind, parser->tokens[parser->next])) take(parser, 1);
    char c = token(parser, 0);
    if (c == 0 || !only_space(parser, parser->behind, parser->tokens[parser->next])) return broken(parser, event);
    if (c == '}') return pop(parser, event);
    if (c != '"' || token(parser, 1) != '"' || token(parser, 2) != ':') return broken(parser, event);
    size_t key = (size_t)parser->tokens[parser->next] + 1;
    struct span name = {parser->bytes + key, parser->tokens[parser->next + 1] - key};
    if (key != parser->name_given && json_name_has_number(name)) return give_name(parser, event, name);
    char plain[JSON_NAME_MAX];
    if (name.len <= JSON_NAME_MAX && memchr(name.at, '\\', name.len) != NULL) name = (struct span){plain, record_json_unescape(name, plain)};
    uint32_t node = json_node_child(parser, top->node, name);
    if (parser->failed) return give(event, JSON_NO_MEMORY);
    if (!only_space(parser, (size_t)parser->tokens[parser->next + 1] + 1, parser->tokens[parser->next + 2])) return broken(parser, event);
    take(parser, 3);
    c = token(parser, 0);
    if (c == 0) return broken(parser, event);
    if (c == ',' || c == '}') {
        if (only_space(parser, parser->behind, parser->tokens[parser->next])) return broken(parser, event);
        size_t from = parser->behind;
        parser->behind = parser->tokens[parser->next];
        return give_scalar(parser, event, node, from, parser->tokens[parser->next]);
    }
    if (!only_space(parser, parser->behind, parser->tokens[parser->next])) return broken(parser, event);
    if (c == '"') return token(parser, 1) == '"' ? give_string(parser, event, node) : broken(parser, event);
    if (c == '{' || c == '[') return open_value(parser, event, node, false);
    return broken(parser, event);
}

static enum json_event_kind array_next(struct json_parser *parser, struct json_event *event)
{
    uint32_t node = parser->stack[parser->depth - 1].node;
    parser->item_start = parser->behind;
    for (;;) {
        char c = token(parser, 0);
        if (c == 0) return broken(parser, event);
        size_t place = parser->tokens[parser->next];
        bool space = only_space(parser, parser->behind, place);
        if (!space && (c == ',' || c == ']')) {
            size_t from = parser->behind;
            parser->behind = place;
            return give_scalar(parser, event, node, from, place);
        }
        if (!space) return broken(parser, event);
        if (c == ']') return pop(parser, event);
        if (c == '"') return token(parser, 1) == '"' ? give_string(parser, event, node) : broken(parser, event);
        if (c == '{' || c == '[') return open_value(parser, event, node, true);
        if (c != ',') return broken(parser, event);
        take(parser, 1);
    }
}

bool json_outermost_open(struct json_parser *parser, struct json_event *event, size_t at)
{
    parser->value_event = event;
    parser->value_start = at;
    parser->behind = at + 1;
    parser->level_count = 1;
    parser->object_count = 0;
    parser->spot = parser->root;
    parser->spot_at = parser->behind;
    parser->made.op_count = 0;
    parser->has_tried = parser->has_new_node = false;
    *event = (struct json_event){.kind = JSON_LEVEL_OPEN, .start = (uint32_t)at};
    return push(parser, false, parser->root, 0);
}

/* Outside of objects: up to the next '{', from tokens[next] on. Strings there are passed over as a whole. */
static __attribute__((noinline)) enum json_event_kind outside_next(struct json_parser *parser, struct json_event *event)
{
    for (char c; (c = token(parser, 0)) != 0 && c != '{'; parser->next++)
        if (c == '"' && has_token(parser, 1)) parser->next++;
    bool any = has_token(parser, 0);
    if (parser->failed) return give(event, JSON_NO_MEMORY);
    size_t until = any ? parser->tokens[parser->next] : parser->end;
    if (has_word(parser, parser->text_from, until)) {
        event->start = (uint32_t)parser->text_from;
        event->end = (uint32_t)until;
        parser->text_from = until;
        return give(event, JSON_TEXT);
    }
    if (!any) return give(event, JSON_END);
    return json_outermost_open(parser, event, until) ? JSON_LEVEL_OPEN : give(event, JSON_NO_MEMORY);
}

/* Whatever comes next, read by its tokens. Returns whether it is an event. */
static bool token_step(struct json_parser *parser, struct json_event *event)
{
    parser->spot = SPOT_NONE;
    parser->failed |= !tokens_reach(parser);
    if (parser->failed) give(event, JSON_NO_MEMORY);
    else if (parser->is_cut) cut_close(parser, event);
    else if (parser->depth == 0) outside_next(parser, event);
    else if (parser->stack[parser->depth - 1].is_array) array_next(parser, event);
    else object_next(parser, event);
    if (parser->failed) give(event, JSON_NO_MEMORY);
    return event->kind != JSON_OBJECT_CLOSE || event->object != 0; /* else an object without a level or an array */
}

/* ------------------------------------------------------------------ events */

size_t record_json_fill(struct json_parser *parser, struct json_event *events, size_t room, size_t *unfinished)
{
    size_t count = 0;
    bool has_spare = room >= 4 * MOVE_EVENTS_MAX;
    if (has_spare) room -= MOVE_EVENTS_MAX - 1;
    parser->value_event = NULL;
    *unfinished = SIZE_MAX;
    while (count < room) {
        enum step step;
        if (parser->depth > 0 && parser->by_objects) {
            step = STEP_ASIDE;
        } else if (parser->depth > 0) {
            count = (size_t)(json_value_fill(parser, events + count, events + room, has_spare, &step) - events);
            if (step != STEP_ASIDE) continue;
        } else {
            step = parser->is_cut ? STEP_ASIDE : json_outside_step(parser, &events[count]);
        }
        struct json_event *event = &events[count];
        if (step == STEP_ASIDE && !token_step(parser, event)) continue;
        if (event->kind == JSON_END && line_begin(parser, parser->end + 1)) continue;
        count++;
        if (event->kind == JSON_END || event->kind == JSON_NO_MEMORY) break;
        if (event->kind != JSON_BROKEN || parser->value_event == NULL) continue;
        *parser->value_event = *event;
        count = (size_t)(parser->value_event - events) + 1;
    }
    if (parser->depth > 0 && parser->value_event != NULL) *unfinished = (size_t)(parser->value_event - events);
    return count;
}

enum json_event_kind record_json_next(struct json_parser *parser, struct json_event *event)
{
    size_t unfinished;
    record_json_fill(parser, event, 1, &unfinished);
    return (enum json_event_kind)event->kind;
}
