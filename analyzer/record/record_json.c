#include "record_json.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/checkdigit.h"
#include "../support/hash.h"
#include "bits.h"

enum { NODE_NAME_MAX = 128, PATH_DEPTH_MAX = 64, NODES_HARD_MAX = 1 << 24 };

/* A key path. What came behind a field, and what was the first in an object, the last two times is
 * remembered: objects of two shapes in turns are common. */
struct node {
    uint64_t name_head; /* its first eight bytes, the first the lowest, then zeros */
    uint32_t parent;
    uint32_t first_children[2], successors[2];
    uint32_t name_at;
    uint16_t name_length;
};

struct container {
    uint32_t node, level, object;
    uint32_t last_node; /* the field before, whose successor is tried first */
    bool is_array;
};

struct json_parser {
    const char *bytes;
    const struct shape_word *words;
    size_t start, end;      /* of the range */
    size_t text_from;       /* bytes of the range from here on are not given yet */
    uint32_t *tokens;
    size_t token_count, token_capacity, next;
    struct container *stack;
    size_t depth, stack_capacity;
    uint32_t level_count, object_count;
    size_t value_start, behind; /* behind: the byte after the last token taken */
    bool failed;
    bool has_escapes; /* there is a backslash in the range */

    struct node *nodes;
    uint32_t node_count, node_capacity;
    char *names;
    size_t names_used, names_capacity;
    uint32_t *node_index; /* by hash of (parent, name), for nodes with many children */
    uint32_t node_index_mask;
};

/* ------------------------------------------------------------------ tokens of a range */

/* Bits that a backslash escapes. Rare, so bit by bit. */
static uint64_t escaped_by(uint64_t backslashes, bool *carry)
{
    uint64_t escaped = *carry ? 1 : 0;
    *carry = false;
    uint64_t left = backslashes & ~escaped;
    while (left != 0) {
        unsigned at = (unsigned)__builtin_ctzll(left);
        if (at == 63) {
            *carry = true;
            break;
        }
        escaped |= UINT64_C(1) << (at + 1);
        left &= left - 1;
        left &= ~(UINT64_C(1) << (at + 1));
    }
    return escaped;
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

/* Places of { } [ ] : , outside of strings, and of the quotes that open and close strings. */
static bool tokenize(struct json_parser *parser)
{
    uint64_t in_string = 0, backslashes_seen = 0; /* all ones inside */
    bool escape_carry = false;
    size_t count = 0;
    parser->token_count = parser->next = 0;
    size_t last = parser->end == parser->start ? 0 : (parser->end - 1) / 64;
    size_t words = parser->end == parser->start ? 0 : last - parser->start / 64 + 1;
    if (!tokens_reserve(parser, words * 64)) return false;
    uint64_t inside = ~UINT64_C(0) << parser->start % 64;
    for (size_t w = parser->start / 64; words > 0; w++, words--, inside = ~UINT64_C(0)) {
        if (w == last) inside &= ~UINT64_C(0) >> (63 - (parser->end - 1) % 64);
        const struct shape_word *word = &parser->words[w];
        uint64_t quotes = word->quote & inside;
        uint64_t backslashes = word->escape & inside;
        backslashes_seen |= backslashes;
        if (backslashes != 0 || escape_carry) quotes &= ~escaped_by(backslashes, &escape_carry);
        uint64_t strings = prefix_xor(quotes) ^ in_string;
        in_string = (uint64_t)((int64_t)strings >> 63);
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
    parser->has_escapes = backslashes_seen != 0;
    return true;
}

void record_json_begin(struct json_parser *parser, const char *bytes, const struct shape_word *words, size_t start, size_t end)
{
    parser->bytes = bytes;
    parser->words = words;
    parser->start = parser->text_from = parser->value_start = parser->behind = start;
    parser->end = end;
    parser->depth = 0;
    parser->failed = !tokenize(parser);
}

/* ------------------------------------------------------------------ nodes */

static bool node_named(const struct json_parser *parser, uint32_t node, struct span name)
{
    const struct node *have = &parser->nodes[node];
    return have->name_length == name.len && memcmp(parser->names + have->name_at, name.at, name.len) == 0;
}

static uint64_t name_head(struct span name)
{
    char head[8] = {0};
    memcpy(head, name.at, name.len < sizeof head ? name.len : sizeof head);
    return eight_load(head);
}

/* Whether the node has this name, whose bytes are readable eight at a time. */
static inline bool node_is(const struct json_parser *parser, uint32_t node, struct span name, uint64_t head)
{
    const struct node *have = &parser->nodes[node];
    if (have->name_head != head || have->name_length != name.len || node == 0) return false;
    return name.len <= 8 || memcmp(parser->names + have->name_at + 8, name.at + 8, name.len - 8) == 0;
}

static uint32_t *index_slot(const struct json_parser *parser, uint32_t parent, struct span name)
{
    uint32_t slot = (uint32_t)hash_bytes(name.at, name.len, parent) & parser->node_index_mask;
    while (parser->node_index[slot] != 0) {
        uint32_t node = parser->node_index[slot];
        if (parser->nodes[node].parent == parent && node_named(parser, node, name)) break;
        slot = (slot + 1) & parser->node_index_mask;
    }
    return &parser->node_index[slot];
}

static bool node_room(struct json_parser *parser, size_t name_length)
{
    if (parser->node_count == parser->node_capacity) {
        uint32_t capacity = parser->node_capacity * 2;
        struct node *nodes = realloc(parser->nodes, capacity * sizeof *nodes);
        if (nodes == NULL) return false;
        parser->nodes = nodes;
        uint32_t *index = calloc(4 * (size_t)capacity, sizeof *index);
        if (index == NULL) return false;
        free(parser->node_index);
        parser->node_index = index;
        parser->node_index_mask = 4 * capacity - 1;
        parser->node_capacity = capacity;
        for (uint32_t i = 1; i < parser->node_count; i++) {
            const struct node *node = &parser->nodes[i];
            *index_slot(parser, node->parent, (struct span){parser->names + node->name_at, node->name_length}) = i;
        }
    }
    if (parser->names == NULL || parser->names_used + name_length > parser->names_capacity) {
        size_t capacity = 2 * (parser->names_capacity + name_length) + 64;
        char *names = realloc(parser->names, capacity);
        if (names == NULL) return false;
        parser->names = names;
        parser->names_capacity = capacity;
    }
    return true;
}

/* The child of parent with this name. One value, which a block bounds, cannot make NODES_HARD_MAX. */
static uint32_t node_child(struct json_parser *parser, uint32_t parent, uint32_t before, struct span name)
{
    if (name.len > NODE_NAME_MAX) name.len = NODE_NAME_MAX;
    uint32_t *slot = index_slot(parser, parent, name);
    uint32_t node = *slot;
    if (node == 0) {
        if (parser->node_count >= NODES_HARD_MAX || !node_room(parser, name.len)) {
            parser->failed = true;
            return 0;
        }
        slot = index_slot(parser, parent, name);
        node = *slot = parser->node_count++;
        parser->nodes[node] = (struct node){.name_head = name_head(name), .parent = parent, .name_at = (uint32_t)parser->names_used,
                                            .name_length = (uint16_t)name.len};
        memcpy(parser->names + parser->names_used, name.at, name.len);
        parser->names_used += name.len;
    }
    uint32_t *expected = before != 0 ? parser->nodes[before].successors : parser->nodes[parent].first_children;
    if (expected[0] != node) expected[1] = expected[0], expected[0] = node;
    return node;
}

uint32_t record_json_node_count(const struct json_parser *parser)
{
    return parser->node_count;
}

size_t record_json_node_path(const struct json_parser *parser, uint32_t node, char *path, size_t path_size)
{
    uint32_t chain[PATH_DEPTH_MAX];
    size_t count = 0;
    for (; node != 0 && count < PATH_DEPTH_MAX; node = parser->nodes[node].parent) chain[count++] = node;
    size_t length = 0;
    while (count > 0) {
        const struct node *part = &parser->nodes[chain[--count]];
        if (length > 0 && length < path_size) path[length++] = '.';
        size_t room = path_size - length;
        size_t take = part->name_length < room ? part->name_length : room;
        memcpy(path + length, parser->names + part->name_at, take);
        length += take;
    }
    return length;
}

void record_json_nodes_reset(struct json_parser *parser)
{
    parser->node_count = 1;
    parser->names_used = 0;
    parser->nodes[0] = (struct node){0};
    memset(parser->node_index, 0, ((size_t)parser->node_index_mask + 1) * sizeof *parser->node_index);
}

enum status record_json_open(struct json_parser **parser, struct fault *fault)
{
    enum { NODES_FIRST = 256 };
    struct json_parser *made = calloc(1, sizeof *made);
    *parser = made;
    if (made != NULL) {
        made->nodes = calloc(NODES_FIRST, sizeof *made->nodes);
        made->node_index = calloc(4 * NODES_FIRST, sizeof *made->node_index);
        made->node_capacity = NODES_FIRST;
        made->node_index_mask = 4 * NODES_FIRST - 1;
        made->node_count = 1; /* node 0 is the root, and stands for "no node" */
    }
    if (made == NULL || made->nodes == NULL || made->node_index == NULL) {
        record_json_close(made);
        *parser = NULL;
        return fault_set(fault, STATUS_FATAL, "no memory to read JSON");
    }
    return STATUS_OK;
}

void record_json_close(struct json_parser *parser)
{
    if (parser == NULL) return;
    free(parser->tokens);
    free(parser->stack);
    free(parser->nodes);
    free(parser->names);
    free(parser->node_index);
    free(parser);
}

/* ------------------------------------------------------------------ events */

static bool push(struct json_parser *parser, bool is_array, uint32_t node, uint32_t level)
{
    if (parser->depth == parser->stack_capacity) {
        size_t capacity = parser->stack_capacity * 2 + 32;
        struct container *stack = realloc(parser->stack, capacity * sizeof *stack);
        if (stack == NULL) return parser->failed = true, false;
        parser->stack = stack;
        parser->stack_capacity = capacity;
    }
    uint32_t around = parser->depth > 0 ? parser->stack[parser->depth - 1].object : 0;
    uint32_t object = is_array ? around : ++parser->object_count;
    parser->stack[parser->depth++] = (struct container){node, level, object, 0, is_array};
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool has_word(const struct json_parser *parser, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++)
        if (!is_space(parser->bytes[i]) && parser->bytes[i] != ',' && parser->bytes[i] != '[' && parser->bytes[i] != ']') return true;
    return false;
}

static enum json_event_kind give(struct json_event *event, enum json_event_kind kind)
{
    event->kind = kind;
    return kind;
}

/* The byte behind the value that begins at `at`, counted by brackets alone, as record_json_cut does. */
static size_t value_extent(const char *bytes, size_t at, size_t end);

static enum json_event_kind broken(struct json_parser *parser, struct json_event *event)
{
    /* What the value's brackets hold is text; what comes behind them is read on. So it depends on
     * the value alone how much that is, not on the block it came in. */
    event->start = parser->value_start;
    event->end = parser->text_from = value_extent(parser->bytes, parser->value_start, parser->end);
    parser->depth = 0;
    while (parser->next < parser->token_count && parser->tokens[parser->next] < event->end) parser->next++;
    while (parser->next > 0 && parser->tokens[parser->next - 1] >= event->end) parser->next--;
    return give(event, JSON_BROKEN);
}

static char token(const struct json_parser *parser, size_t ahead)
{
    size_t i = parser->next + ahead;
    return i < parser->token_count ? parser->bytes[parser->tokens[i]] : 0;
}

static void take(struct json_parser *parser, size_t count)
{
    parser->next += count;
    parser->behind = (size_t)parser->tokens[parser->next - 1] + 1;
}

static bool only_space(const struct json_parser *parser, size_t from, size_t to)
{
    while (from < to && is_space(parser->bytes[from])) from++;
    return from == to;
}

/* A string whose quotes are the next two tokens. */
static enum json_event_kind give_string(struct json_parser *parser, struct json_event *event, uint32_t node)
{
    const struct container *top = &parser->stack[parser->depth - 1];
    event->start = (size_t)parser->tokens[parser->next] + 1;
    event->end = parser->tokens[parser->next + 1];
    event->node = node;
    event->level = top->level;
    event->object = top->object;
    event->in_array = top->is_array;
    event->has_escape = parser->has_escapes && bits_any(&parser->words->escape, event->start, event->end);
    take(parser, 2);
    return give(event, JSON_STRING);
}

static enum json_event_kind give_scalar(struct json_parser *parser, struct json_event *event, uint32_t node, size_t from, size_t to)
{
    const struct container *top = &parser->stack[parser->depth - 1];
    while (from < to && is_space(parser->bytes[from])) from++;
    while (to > from && is_space(parser->bytes[to - 1])) to--;
    *event = (struct json_event){.start = from, .end = to, .node = node, .level = top->level, .object = top->object, .in_array = top->is_array};
    return give(event, JSON_SCALAR);
}

/* Closes the innermost container. */
static enum json_event_kind pop(struct json_parser *parser, struct json_event *event)
{
    struct container top = parser->stack[--parser->depth];
    take(parser, 1);
    event->object = top.is_array ? 0 : top.object;
    event->level = top.level;
    if (parser->depth > 0) return give(event, JSON_OBJECT_CLOSE);
    event->start = parser->value_start;
    event->end = parser->text_from = parser->behind;
    return give(event, JSON_VALUE_END);
}

static enum json_event_kind open_value(struct json_parser *parser, struct json_event *event, uint32_t node, bool element)
{
    uint32_t parent = parser->depth > 0 ? parser->stack[parser->depth - 1].level : 0;
    bool is_array = token(parser, 0) == '[';
    uint32_t level = element && !is_array ? parser->level_count++ : parent;
    take(parser, 1);
    if (!push(parser, is_array, node, level)) return give(event, JSON_NO_MEMORY);
    *event = (struct json_event){.level = level, .parent = parent, .start = parser->behind - 1};
    return give(event, element && !is_array ? JSON_LEVEL_OPEN : JSON_OBJECT_CLOSE);
}

static inline bool is_gap(const struct json_parser *parser, size_t from, size_t to)
{
    return from == to || only_space(parser, from, to);
}

/* A field whose key is an expected one and whose value is in plain sight, as nearly all are. Where anything is
 * out of the ordinary it returns JSON_END and has done nothing. */
static enum json_event_kind field_next(struct json_parser *parser, struct json_event *event)
{
    enum { SCALAR_TOKENS = 5, STRING_TOKENS = 6 }; /* of , " " : , and of , " " : " " */
    size_t left = parser->token_count - parser->next, behind = parser->behind;
    const char *bytes = parser->bytes;
    const uint32_t *token_at = parser->tokens + parser->next;
    if (left > 0 && bytes[token_at[0]] == '}' && is_gap(parser, behind, token_at[0])) return pop(parser, event);
    if (left < SCALAR_TOKENS) return JSON_END;
    if (bytes[token_at[0]] == ',') {
        if (!is_gap(parser, behind, token_at[0])) return JSON_END;
        behind = (size_t)*token_at++ + 1;
    }
    size_t open = token_at[0], close = token_at[1], colon = token_at[2], at = token_at[3];
    if (bytes[open] != '"' || bytes[close] != '"' || bytes[colon] != ':') return JSON_END;
    if (!is_gap(parser, behind, open) || !is_gap(parser, close + 1, colon)) return JSON_END;

    struct container *top = &parser->stack[parser->depth - 1];
    struct span name = {bytes + open + 1, close - open - 1};
    if (parser->has_escapes && bits_any(&parser->words->escape, open, close)) return JSON_END;
    uint64_t head = eight_load(name.at);
    if (name.len < 8) head &= (UINT64_C(1) << (8 * name.len)) - 1;
    const uint32_t *expected = top->last_node != 0 ? parser->nodes[top->last_node].successors : parser->nodes[top->node].first_children;
    uint32_t node = expected[0];
    if (!node_is(parser, node, name, head)) {
        node = expected[1];
        if (!node_is(parser, node, name, head)) return JSON_END;
    }

    size_t start = colon + 1, end = at;
    event->kind = JSON_SCALAR;
    event->has_escape = event->in_array = false;
    size_t next = (size_t)(token_at - parser->tokens) + 3;
    if (bytes[at] == '"') {
        if (left < STRING_TOKENS || !is_gap(parser, start, at)) return JSON_END;
        start = at + 1;
        end = token_at[4];
        event->kind = JSON_STRING;
        event->has_escape = parser->has_escapes && bits_any(&parser->words->escape, start, end);
        next += 2;
        parser->behind = end + 1;
    } else if (bytes[at] == ',' || bytes[at] == '}') {
        while (start < end && is_space(bytes[start])) start++;
        while (end > start && is_space(bytes[end - 1])) end--;
        if (start == end) return JSON_END;
        parser->behind = at;
    } else {
        if ((bytes[at] != '{' && bytes[at] != '[') || !is_gap(parser, start, at)) return JSON_END;
        parser->next = next;
        top->last_node = node;
        return open_value(parser, event, node, false);
    }
    parser->next = next;
    top->last_node = node;
    event->start = start;
    event->end = end;
    event->node = node;
    event->level = top->level;
    event->object = top->object;
    return event->kind;
}

/* Apart, so that its buffer costs the usual fields nothing. */
static __attribute__((noinline)) enum json_event_kind object_next(struct json_parser *parser, struct json_event *event)
{
    struct container *top = &parser->stack[parser->depth - 1];
    if (token(parser, 0) == ',' && only_space(parser, parser->behind, parser->tokens[parser->next])) take(parser, 1);
    char c = token(parser, 0);
    if (c == 0 || !only_space(parser, parser->behind, parser->tokens[parser->next])) return broken(parser, event);
    if (c == '}') return pop(parser, event);
    if (c != '"' || token(parser, 1) != '"' || token(parser, 2) != ':') return broken(parser, event);
    size_t key = (size_t)parser->tokens[parser->next] + 1;
    struct span name = {parser->bytes + key, parser->tokens[parser->next + 1] - key};
    char plain[NODE_NAME_MAX];
    if (name.len <= NODE_NAME_MAX && memchr(name.at, '\\', name.len) != NULL) name = (struct span){plain, record_json_unescape(name, plain)};
    uint32_t node = node_child(parser, top->node, top->last_node, name);
    if (parser->failed) return give(event, JSON_NO_MEMORY);
    top->last_node = node;
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

/* Outside of objects: up to the next '{'. Strings there are passed over as a whole. */
static __attribute__((noinline)) enum json_event_kind outside_next(struct json_parser *parser, struct json_event *event)
{
    while (parser->next < parser->token_count && token(parser, 0) != '{') parser->next += token(parser, 0) == '"' ? 2 : 1;
    if (parser->next > parser->token_count) parser->next = parser->token_count;
    size_t until = parser->next < parser->token_count ? parser->tokens[parser->next] : parser->end;
    if (has_word(parser, parser->text_from, until)) {
        event->start = parser->text_from;
        event->end = parser->text_from = until;
        return give(event, JSON_TEXT);
    }
    if (parser->next == parser->token_count) return give(event, JSON_END);
    parser->value_start = until;
    parser->level_count = 1;
    parser->object_count = 0;
    take(parser, 1);
    if (!push(parser, false, 0, 0)) return give(event, JSON_NO_MEMORY);
    *event = (struct json_event){.start = until};
    return give(event, JSON_LEVEL_OPEN);
}

enum json_event_kind record_json_next(struct json_parser *parser, struct json_event *event)
{
    for (;;) {
        if (parser->failed) return give(event, JSON_NO_MEMORY);
        if (parser->depth == 0) return outside_next(parser, event);
        if (parser->stack[parser->depth - 1].is_array) return array_next(parser, event);
        enum json_event_kind kind = field_next(parser, event);
        if (kind == JSON_END) kind = object_next(parser, event);
        if (kind != JSON_OBJECT_CLOSE || event->object != 0) return kind; /* else one was opened */
    }
}

/* ------------------------------------------------------------------ without shapes: where values end */

/* The byte behind a string that opens at `at`; 0: it does not end in these bytes. */
static size_t string_end(const char *bytes, size_t length, size_t at)
{
    for (at++; at < length; at++) {
        const char *quote = memchr(bytes + at, '"', length - at);
        if (quote == NULL) return 0;
        size_t place = (size_t)(quote - bytes), backslashes = 0;
        while (place - backslashes > at && bytes[place - backslashes - 1] == '\\') backslashes++;
        if (backslashes % 2 == 0) return place + 1;
        at = place;
    }
    return 0;
}

static size_t value_extent(const char *bytes, size_t at, size_t end)
{
    size_t depth = 0;
    for (size_t i = at; i < end; i++) {
        char c = bytes[i];
        if (c == '"') {
            size_t behind = string_end(bytes, end, i);
            if (behind == 0) return end;
            i = behind - 1;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return i + 1;
        }
    }
    return end;
}

size_t record_json_cut(const char *bytes, size_t length, bool at_end)
{
    if (at_end) return length;
    size_t cut = 0, line = 0, depth = 0;
    for (size_t i = 0; i < length; i++) {
        char c = bytes[i];
        if (c == '"') {
            size_t end = string_end(bytes, length, i);
            if (end == 0) break;
            i = end - 1;
        } else if (c == '{' || (c == '[' && depth > 0)) {
            depth++;
        } else if ((c == '}' || c == ']') && depth > 0) {
            if (--depth == 0) cut = i + 1;
        } else if (c == '\n' && depth == 0) {
            line = i + 1;
        }
    }
    return cut > 0 ? cut : line;
}

/* The grammar as states: what may come next. */
enum wants { WANTS_VALUE, WANTS_VALUE_OR_CLOSE, WANTS_KEY, WANTS_KEY_OR_CLOSE, WANTS_COLON, WANTS_COMMA_OR_CLOSE };

static size_t scalar_length(const char *bytes, size_t length)
{
    size_t i = 0;
    while (i < length && strchr("+-.0123456789eEtrufalsn", bytes[i]) != NULL && bytes[i] != 0) i++;
    return i;
}

enum json_form record_json_measure(const char *bytes, size_t length, size_t *value_length)
{
    enum { MEASURE_DEPTH_MAX = 1024 };
    uint64_t arrays[MEASURE_DEPTH_MAX / 64] = {0}; /* which open containers are arrays */
    size_t depth = 0;
    enum wants wants = WANTS_VALUE;
    for (size_t i = 0; i < length;) {
        char c = bytes[i];
        if (is_space(c)) {
            i++;
            continue;
        }
        bool key = wants == WANTS_KEY || wants == WANTS_KEY_OR_CLOSE;
        bool value = wants == WANTS_VALUE || wants == WANTS_VALUE_OR_CLOSE;
        bool in_array = depth > 0 && (arrays[(depth - 1) / 64] >> (depth - 1) % 64 & 1) != 0;
        if (c == '"' && (key || value)) {
            size_t end = string_end(bytes, length, i);
            if (end == 0) return JSON_PREFIX;
            i = end;
            wants = key ? WANTS_COLON : WANTS_COMMA_OR_CLOSE;
            if (depth == 0) return JSON_NOT;
        } else if ((c == '{' || c == '[') && value) {
            if (depth == MEASURE_DEPTH_MAX) return JSON_PREFIX; /* deep, but nothing speaks against it */
            arrays[depth / 64] &= ~(UINT64_C(1) << depth % 64);
            if (c == '[') arrays[depth / 64] |= UINT64_C(1) << depth % 64;
            depth++;
            wants = c == '[' ? WANTS_VALUE_OR_CLOSE : WANTS_KEY_OR_CLOSE;
            i++;
        } else if (c == (in_array ? ']' : '}') && depth > 0 &&
                   (wants == WANTS_COMMA_OR_CLOSE || wants == (in_array ? WANTS_VALUE_OR_CLOSE : WANTS_KEY_OR_CLOSE))) {
            i++;
            wants = WANTS_COMMA_OR_CLOSE;
            if (--depth > 0) continue;
            *value_length = i;
            return JSON_WHOLE;
        } else if (c == ',' && wants == WANTS_COMMA_OR_CLOSE) {
            wants = in_array ? WANTS_VALUE : WANTS_KEY;
            i++;
        } else if (c == ':' && wants == WANTS_COLON) {
            wants = WANTS_VALUE;
            i++;
        } else if (value && depth > 0 && scalar_length(bytes + i, length - i) > 0) {
            i += scalar_length(bytes + i, length - i);
            wants = WANTS_COMMA_OR_CLOSE;
        } else {
            return JSON_NOT;
        }
    }
    return depth > 0 ? JSON_PREFIX : JSON_NOT;
}

/* ------------------------------------------------------------------ escapes */

static int hex4(const char *at, size_t left)
{
    if (left < 4) return -1;
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

static size_t utf8_write(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6), out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12), out[1] = (char)(0x80 | (code >> 6 & 0x3F)), out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18), out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F)), out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

size_t record_json_unescape(struct span string, char *out)
{
    static const char plain[256] = {['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
                                    ['"'] = '"', ['\\'] = '\\', ['/'] = '/'};
    size_t length = 0;
    for (size_t i = 0; i < string.len; i++) {
        if (string.at[i] != '\\' || i + 1 == string.len) {
            out[length++] = string.at[i];
            continue;
        }
        char c = string.at[++i];
        int code = c == 'u' ? hex4(string.at + i + 1, string.len - i - 1) : -1;
        if (code < 0) {
            if (plain[(unsigned char)c] == 0) out[length++] = '\\'; /* no escape of JSON: kept as it stands */
            out[length++] = plain[(unsigned char)c] != 0 ? plain[(unsigned char)c] : c;
            continue;
        }
        i += 4;
        uint32_t point = (uint32_t)code;
        if (code >= 0xD800 && code < 0xDC00 && i + 2 < string.len && string.at[i + 1] == '\\' && string.at[i + 2] == 'u') {
            int low = hex4(string.at + i + 3, string.len - i - 3);
            if (low >= 0xDC00 && low < 0xE000) {
                point = 0x10000 + ((uint32_t)code - 0xD800) * 0x400 + ((uint32_t)low - 0xDC00);
                i += 6;
            }
        }
        length += utf8_write(point, out + length);
    }
    return length;
}
