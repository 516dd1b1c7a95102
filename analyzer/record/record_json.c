#include "record_json.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/checkdigit.h"
#include "../support/hash.h"
#include "bits.h"

enum { NODE_NAME_MAX = 128, PATH_DEPTH_MAX = 64, NODES_HARD_MAX = 1 << 24, KEY_HEAD = 16 };

/* Which keys came behind a field, or first in an object, most often and beside that: objects of two shapes in turns are
 * common. lead: how much more often. */
struct follow {
    uint32_t nodes[2];
    uint32_t lead;
};

/* A key path. The key as it stands in the text, "name": with its quotes and colon, is compared by its first KEY_HEAD
 * bytes as two numbers. Names that escapes spell, and node 0, have a key that no bytes are equal to. */
struct node {
    uint64_t key[2], mask[2];
    struct follow first, next;
    uint32_t parent;
    uint32_t name_at; /* of the key; the name begins one byte further on */
    uint32_t name_length;
};

static const struct node node_none = {.key = {1}};

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
    uint32_t *tokens;       /* of the bytes from tokens_from on; only where something is out of the ordinary */
    size_t token_count, token_capacity, next;
    size_t tokens_from;     /* SIZE_MAX: there are none */
    struct container *stack, *stack_last;
    size_t depth, stack_capacity;
    uint32_t level_count, object_count;
    size_t value_start, behind; /* behind: the byte after what was taken last */
    bool failed;

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

/* Places of { } [ ] : , outside of strings, and of the quotes that open and close strings, from a byte on that is
 * outside of strings. */
static bool tokenize(struct json_parser *parser, size_t from)
{
    uint64_t in_string = 0; /* all ones inside */
    bool escape_carry = false;
    size_t count = 0;
    parser->token_count = parser->next = 0;
    parser->tokens_from = from;
    size_t last = parser->end == from ? 0 : (parser->end - 1) / 64;
    size_t words = parser->end == from ? 0 : last - from / 64 + 1;
    if (!tokens_reserve(parser, words * 64)) return false;
    uint64_t inside = ~UINT64_C(0) << from % 64;
    for (size_t w = from / 64; words > 0; w++, words--, inside = ~UINT64_C(0)) {
        if (w == last) inside &= ~UINT64_C(0) >> (63 - (parser->end - 1) % 64);
        const struct shape_word *word = &parser->words[w];
        uint64_t quotes = word->quote & inside;
        uint64_t backslashes = word->escape & inside;
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
    return true;
}

/* Makes tokens[next] the first token from `behind` on. */
static bool tokens_reach(struct json_parser *parser)
{
    if (parser->tokens_from == SIZE_MAX && !tokenize(parser, parser->behind)) return false;
    while (parser->next < parser->token_count && parser->tokens[parser->next] < parser->behind) parser->next++;
    return true;
}

void record_json_begin(struct json_parser *parser, const char *bytes, const struct shape_word *words, size_t start, size_t end)
{
    parser->bytes = bytes;
    parser->words = words;
    parser->start = parser->text_from = parser->value_start = parser->behind = start;
    parser->end = end;
    parser->depth = 0;
    parser->tokens_from = SIZE_MAX;
    parser->failed = false;
}

/* ------------------------------------------------------------------ nodes */

static bool node_named(const struct json_parser *parser, uint32_t node, struct span name)
{
    const struct node *have = &parser->nodes[node];
    return have->name_length == name.len && memcmp(parser->names + have->name_at + 1, name.at, name.len) == 0;
}

static inline size_t key_length(const struct node *node)
{
    return node->name_length + (size_t)3;
}

/* What the bytes of a key are compared with. A name that holds quotes or backslashes was spelled with escapes. */
static void node_key(struct node *node, const char *key)
{
    char head[KEY_HEAD] = {0}, mask[KEY_HEAD] = {0};
    node->key[0] = 1;
    if (memchr(key + 1, '"', node->name_length) != NULL || memchr(key + 1, '\\', node->name_length) != NULL) return;
    if (node->name_length == NODE_NAME_MAX) return; /* may have been cut */
    size_t length = key_length(node) < KEY_HEAD ? key_length(node) : KEY_HEAD;
    memcpy(head, key, length);
    memset(mask, 0xFF, length);
    for (size_t i = 0; i < 2; i++) node->key[i] = eight_load(head + 8 * i), node->mask[i] = eight_load(mask + 8 * i);
}

static __attribute__((noinline)) bool key_goes_on(const struct json_parser *parser, const struct node *node, size_t at)
{
    size_t length = key_length(node);
    return at + length <= parser->end &&
           memcmp(parser->bytes + at + KEY_HEAD, parser->names + node->name_at + KEY_HEAD, length - KEY_HEAD) == 0;
}

/* Whether this node's key stands at a place before the end, from which KEY_HEAD bytes are readable. */
static inline bool key_stands(const struct json_parser *parser, const struct node *node, const char *bytes, size_t at)
{
    uint64_t head = eight_load(bytes + at), tail = eight_load(bytes + at + 8);
    if ((((head & node->mask[0]) ^ node->key[0]) | ((tail & node->mask[1]) ^ node->key[1])) != 0) return false;
    return node->name_length <= KEY_HEAD - 3 || key_goes_on(parser, node, at);
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

static bool node_room(struct json_parser *parser, size_t key_length)
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
            *index_slot(parser, node->parent, (struct span){parser->names + node->name_at + 1, node->name_length}) = i;
        }
    }
    if (parser->names == NULL || parser->names_used + key_length > parser->names_capacity) {
        size_t capacity = 2 * (parser->names_capacity + key_length) + 64;
        char *names = realloc(parser->names, capacity);
        if (names == NULL) return false;
        parser->names = names;
        parser->names_capacity = capacity;
    }
    return true;
}

static uint32_t node_make(struct json_parser *parser, uint32_t parent, struct span name)
{
    struct node *node = &parser->nodes[parser->node_count];
    char *key = parser->names + parser->names_used;
    *node = (struct node){.parent = parent, .name_at = (uint32_t)parser->names_used, .name_length = (uint32_t)name.len};
    key[0] = '"';
    memcpy(key + 1, name.at, name.len);
    memcpy(key + 1 + name.len, "\":", 2);
    node_key(node, key);
    parser->names_used += name.len + 3;
    return parser->node_count++;
}

/* The child of parent with this name. One value, which a block bounds, cannot make NODES_HARD_MAX. */
static uint32_t node_child(struct json_parser *parser, uint32_t parent, uint32_t before, struct span name)
{
    if (name.len > NODE_NAME_MAX) name.len = NODE_NAME_MAX;
    uint32_t *slot = index_slot(parser, parent, name);
    uint32_t node = *slot;
    if (node == 0) {
        if (parser->node_count >= NODES_HARD_MAX || !node_room(parser, name.len + 3)) {
            parser->failed = true;
            return 0;
        }
        slot = index_slot(parser, parent, name);
        node = *slot = node_make(parser, parent, name);
    }
    struct follow *follow = before != 0 ? &parser->nodes[before].next : &parser->nodes[parent].first;
    if (follow->nodes[0] != node && follow->nodes[1] != node) {
        follow->nodes[follow->nodes[0] != 0] = node;
    }
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
        memcpy(path + length, parser->names + part->name_at + 1, take);
        length += take;
    }
    return length;
}

void record_json_nodes_reset(struct json_parser *parser)
{
    parser->node_count = 1;
    parser->names_used = 0;
    parser->nodes[0] = node_none;
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
        if (made->nodes != NULL) made->nodes[0] = node_none;
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
        parser->stack_last = stack + capacity - 1;
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
    event->kind = (uint8_t)kind;
    return kind;
}

/* The byte behind the value that begins at `at`, counted by brackets alone, as record_json_cut does. */
static size_t value_extent(const char *bytes, size_t at, size_t end);

static enum json_event_kind broken(struct json_parser *parser, struct json_event *event)
{
    /* What the value's brackets hold is text; what comes behind them is read on. So it depends on
     * the value alone how much that is, not on the block it came in. */
    size_t end = value_extent(parser->bytes, parser->value_start, parser->end);
    parser->text_from = parser->behind = end;
    event->start = (uint32_t)parser->value_start;
    event->end = (uint32_t)end;
    parser->depth = 0;
    /* The tokens may begin behind it: outside of strings, backslashes mean nothing to the brackets. */
    parser->failed |= parser->tokens_from > end && !tokenize(parser, parser->start);
    if (parser->failed) return give(event, JSON_NO_MEMORY);
    while (parser->next < parser->token_count && parser->tokens[parser->next] < end) parser->next++;
    while (parser->next > 0 && parser->tokens[parser->next - 1] >= end) parser->next--;
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
    event->start = parser->tokens[parser->next] + 1;
    event->end = parser->tokens[parser->next + 1];
    event->node = node;
    event->level = top->level;
    event->object = top->object;
    event->in_array = top->is_array;
    event->has_escape = bits_any(&parser->words->escape, event->start, event->end);
    take(parser, 2);
    return give(event, JSON_STRING);
}

static enum json_event_kind give_scalar(struct json_parser *parser, struct json_event *event, uint32_t node, size_t from, size_t to)
{
    const struct container *top = &parser->stack[parser->depth - 1];
    while (from < to && is_space(parser->bytes[from])) from++;
    while (to > from && is_space(parser->bytes[to - 1])) to--;
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
    if (parser->depth > 0) return give(event, JSON_OBJECT_CLOSE);
    event->start = (uint32_t)parser->value_start;
    parser->text_from = parser->behind;
    event->end = (uint32_t)parser->behind;
    return give(event, JSON_VALUE_END);
}

static enum json_event_kind open_value(struct json_parser *parser, struct json_event *event, uint32_t node, bool element)
{
    uint32_t parent = parser->depth > 0 ? parser->stack[parser->depth - 1].level : 0;
    bool is_array = token(parser, 0) == '[';
    uint32_t level = element && !is_array ? parser->level_count++ : parent;
    take(parser, 1);
    if (!push(parser, is_array, node, level)) return give(event, JSON_NO_MEMORY);
    *event = (struct json_event){.level = level, .parent = parent, .start = (uint32_t)parser->behind - 1};
    return give(event, element && !is_array ? JSON_LEVEL_OPEN : JSON_OBJECT_CLOSE);
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

static bool outermost_open(struct json_parser *parser, struct json_event *event, size_t at)
{
    parser->value_start = at;
    parser->behind = at + 1;
    parser->level_count = 1;
    parser->object_count = 0;
    *event = (struct json_event){.kind = JSON_LEVEL_OPEN, .start = (uint32_t)at, .end = (uint32_t)at};
    return push(parser, false, 0, 0);
}

/* Outside of objects: up to the next '{'. Strings there are passed over as a whole. */
static __attribute__((noinline)) enum json_event_kind outside_next(struct json_parser *parser, struct json_event *event)
{
    while (parser->next < parser->token_count && token(parser, 0) != '{') parser->next += token(parser, 0) == '"' ? 2 : 1;
    if (parser->next > parser->token_count) parser->next = parser->token_count;
    size_t until = parser->next < parser->token_count ? parser->tokens[parser->next] : parser->end;
    if (has_word(parser, parser->text_from, until)) {
        event->start = (uint32_t)parser->text_from;
        event->end = (uint32_t)until;
        parser->text_from = until;
        return give(event, JSON_TEXT);
    }
    if (parser->next == parser->token_count) return give(event, JSON_END);
    return outermost_open(parser, event, until) ? JSON_LEVEL_OPEN : give(event, JSON_NO_MEMORY);
}

/* Whatever comes next, read by its tokens. Returns whether it is an event. */
static bool token_step(struct json_parser *parser, struct json_event *event)
{
    parser->failed |= !tokens_reach(parser);
    if (parser->failed) give(event, JSON_NO_MEMORY);
    else if (parser->depth == 0) outside_next(parser, event);
    else if (parser->stack[parser->depth - 1].is_array) array_next(parser, event);
    else object_next(parser, event);
    return event->kind != JSON_OBJECT_CLOSE || event->object != 0; /* else an object without a level or an array */
}

/* ------------------------------------------------------------------ events in plain sight
 *
 * Nearly all is as expected: keys that were seen before, blanks only behind commas and colons. These steps read it
 * straight from the bytes and the bitmaps. Where anything is out of the ordinary they have done nothing, and
 * token_step reads it. The bytes at `behind` are outside of strings at all times, for both. */

enum step { STEP_ASIDE, STEP_DONE };

/* A parser's state at hand, in registers: no address of it leaves its functions. */
struct walk {
    const char *bytes;
    const struct shape_word *words;
    struct node *nodes;
    struct container *top; /* NULL: outside of values */
    struct json_event *event; /* the next one */
    size_t at, end;
};

#define WALK static inline __attribute__((always_inline))

WALK size_t space_end(const char *bytes, size_t at)
{
    if ((unsigned char)bytes[at] <= ' ')
        while (is_space(bytes[at])) at++;
    return at;
}

/* The place of the quote that closes a string; `end` or more where there is none. */
static __attribute__((noinline)) size_t string_close_far(const struct json_parser *parser, size_t start,
                                                         bool *has_escape)
{
    const struct shape_word *words = parser->words;
    size_t close = bits_next(&words->quote, start, parser->end);
    *has_escape = bits_any(&words->escape, start, close);
    for (; *has_escape && close < parser->end; close = bits_next(&words->quote, close + 1, parser->end)) {
        size_t backslashes = 0;
        while (close - backslashes > start && parser->bytes[close - backslashes - 1] == '\\') backslashes++;
        if (backslashes % 2 == 0) break;
    }
    return close;
}

WALK size_t string_close(const struct json_parser *parser, const struct shape_word *words, size_t start,
                         bool *has_escape)
{
    const struct shape_word *word = &words[start / 64];
    uint64_t quotes = word->quote >> start % 64, escapes = word->escape >> start % 64;
    size_t at = start;
    if (quotes == 0 && escapes == 0 && start + 64 < parser->end) {
        at = (start | 63) + 1;
        quotes = word[1].quote;
        escapes = word[1].escape;
    }
    *has_escape = false;
    if (quotes != 0 && (escapes & (quotes ^ (quotes - 1))) == 0) return at + (size_t)__builtin_ctzll(quotes);
    return string_close_far(parser, start, has_escape);
}

WALK enum step open_step(struct walk *walk, struct json_parser *parser, uint32_t node, bool in_array)
{
    size_t at = walk->at;
    if (at >= walk->end || walk->top == parser->stack_last) return STEP_ASIDE;
    bool is_array = walk->bytes[at] == '[', opens_level = in_array && !is_array;
    struct container *around = walk->top++, *top = walk->top;
    if (!in_array) around->last_node = node;
    top->node = node;
    top->level = opens_level ? parser->level_count++ : around->level;
    top->object = is_array ? around->object : ++parser->object_count;
    top->last_node = 0;
    top->is_array = is_array;
    walk->at = at + 1;
    if (!opens_level) return STEP_DONE;
    struct json_event *event = walk->event++;
    event->kind = JSON_LEVEL_OPEN;
    event->start = event->end = (uint32_t)at;
    event->level = top->level;
    event->parent = around->level;
    return STEP_DONE;
}

WALK enum step close_step(struct walk *walk, struct json_parser *parser, size_t at)
{
    const struct container *top = walk->top;
    if (at >= walk->end) return STEP_ASIDE;
    walk->top = top == parser->stack ? NULL : walk->top - 1;
    walk->at = at + 1;
    if (top->is_array) return STEP_DONE;
    struct json_event *event = walk->event++;
    event->kind = walk->top == NULL ? JSON_VALUE_END : JSON_OBJECT_CLOSE;
    event->object = top->object;
    event->level = top->level;
    if (walk->top != NULL) return STEP_DONE;
    event->start = (uint32_t)parser->value_start;
    event->end = (uint32_t)walk->at;
    parser->text_from = walk->at;
    return STEP_DONE;
}

/* The value at walk->at of a field or, in_array, an element of the innermost container. */
WALK enum step value_step(struct walk *walk, struct json_parser *parser, uint32_t node, bool in_array)
{
    const char *bytes = walk->bytes;
    struct container *top = walk->top;
    struct json_event *event = walk->event;
    size_t at = walk->at, end;
    char c = bytes[at];
    if (c == '"') {
        end = string_close(parser, walk->words, ++at, &event->has_escape);
        if (end >= walk->end) return STEP_ASIDE;
        event->kind = JSON_STRING;
        walk->at = end + 1;
    } else if (c == '{' || c == '[') {
        return open_step(walk, parser, node, in_array);
    } else {
        uint64_t special = walk->words[at / 64].special >> at % 64;
        end = special != 0 ? at + (size_t)__builtin_ctzll(special) : bits_next(&walk->words->special, at, walk->end);
        if (end >= walk->end || (bytes[end] != ',' && bytes[end] != (in_array ? ']' : '}'))) return STEP_ASIDE;
        walk->at = end;
        if ((unsigned char)bytes[end - 1] <= ' ')
            while (end > at && is_space(bytes[end - 1])) end--;
        if (end == at) return STEP_ASIDE;
        event->kind = JSON_SCALAR;
        event->has_escape = false;
    }
    if (!in_array) top->last_node = node;
    event->in_array = in_array;
    event->start = (uint32_t)at;
    event->end = (uint32_t)end;
    event->node = node;
    event->level = top->level;
    event->object = top->object;
    walk->event = event + 1;
    return STEP_DONE;
}

/* The node of the key at `at`, which was not expected here; 0 where no key in plain sight stands. Moves `at` behind
 * it. */
static __attribute__((noinline)) uint32_t key_other(struct json_parser *parser, uint32_t object, uint32_t before,
                                                    size_t *at)
{
    const char *bytes = parser->bytes;
    bool has_escape;
    if (bytes[*at] != '"') return 0;
    size_t open = *at + 1, close = string_close(parser, parser->words, open, &has_escape);
    if (close >= parser->end || has_escape) return 0;
    size_t colon = space_end(bytes, close + 1);
    if (colon >= parser->end || bytes[colon] != ':') return 0;
    *at = colon + 1;
    return node_child(parser, object, before, (struct span){bytes + open, close - open});
}

/* The second of the expected keys was it, which becomes the first once that is right more often than not. */
static inline void follow_demote(struct follow *follow)
{
    enum { LEAD_MAX = 32 };
    if (follow->lead > LEAD_MAX) follow->lead = LEAD_MAX;
    if (follow->lead-- > 0) return;
    uint32_t node = follow->nodes[0];
    follow->nodes[0] = follow->nodes[1];
    follow->nodes[1] = node;
    follow->lead = 1;
}

WALK enum step object_step(struct walk *walk, struct json_parser *parser)
{
    const char *bytes = walk->bytes;
    struct node *nodes = walk->nodes;
    size_t at = walk->at;
    if (bytes[at] == ',') at++;
    at = space_end(bytes, at);
    if (bytes[at] == '}') return close_step(walk, parser, at);
    const struct container *top = walk->top;
    struct follow *follow = top->last_node != 0 ? &nodes[top->last_node].next : &nodes[top->node].first;
    uint32_t node = follow->nodes[0];
    if (key_stands(parser, &nodes[node], bytes, at)) {
        at += key_length(&nodes[node]);
        follow->lead++;
    } else if (key_stands(parser, &nodes[follow->nodes[1]], bytes, at)) {
        node = follow->nodes[1];
        at += key_length(&nodes[node]);
        follow_demote(follow);
    } else {
        size_t behind = at;
        node = key_other(parser, top->node, top->last_node, &behind);
        at = behind;
        walk->nodes = parser->nodes;
        if (node == 0) return STEP_ASIDE;
    }
    walk->at = space_end(bytes, at);
    return value_step(walk, parser, node, false);
}

WALK enum step array_step(struct walk *walk, struct json_parser *parser)
{
    const char *bytes = walk->bytes;
    if (bytes[walk->at] == ',') walk->at++;
    walk->at = space_end(bytes, walk->at);
    if (bytes[walk->at] == ']') return close_step(walk, parser, walk->at);
    return value_step(walk, parser, walk->top->node, true);
}

/* Once there are tokens, they alone say where values begin: behind a broken one the bytes do not. */
static enum step outside_step(struct json_parser *parser, struct json_event *event)
{
    const char *bytes = parser->bytes;
    size_t at = parser->text_from;
    if (parser->tokens_from != SIZE_MAX) return STEP_ASIDE;
    while (at < parser->end && (is_space(bytes[at]) || bytes[at] == ',' || bytes[at] == '[' || bytes[at] == ']')) at++;
    event->kind = JSON_END;
    if (at == parser->end) return STEP_DONE;
    return bytes[at] == '{' && outermost_open(parser, event, at) ? STEP_DONE : STEP_ASIDE;
}

/* Fills events from inside of a value up to its end, or to where something is out of the ordinary (STEP_ASIDE). Returns
 * the one behind the last. */
static struct json_event *value_fill(struct json_parser *parser, struct json_event *event, struct json_event *end,
                                     enum step *last)
{
    struct container *top = &parser->stack[parser->depth - 1];
    struct walk walk = {parser->bytes, parser->words, parser->nodes, top, event, parser->behind, parser->end};
    size_t behind;
    enum step step;
    do {
        behind = walk.at;
        step = walk.top->is_array ? array_step(&walk, parser) : object_step(&walk, parser);
    } while (step == STEP_DONE && walk.top != NULL && walk.event < end);
    parser->behind = step == STEP_DONE ? walk.at : behind;
    parser->depth = walk.top == NULL ? 0 : (size_t)(walk.top - parser->stack) + 1;
    *last = step;
    return walk.event;
}

size_t record_json_fill(struct json_parser *parser, struct json_event *events, size_t room, size_t *unfinished)
{
    size_t count = 0, first = SIZE_MAX; /* first: of the value in hand */
    *unfinished = SIZE_MAX;
    while (count < room) {
        enum step step;
        if (parser->depth > 0) {
            count = (size_t)(value_fill(parser, events + count, events + room, &step) - events);
            if (step != STEP_ASIDE) continue;
        } else {
            first = count;
            step = outside_step(parser, &events[count]);
        }
        struct json_event *event = &events[count];
        if (step == STEP_ASIDE && !token_step(parser, event)) continue;
        count++;
        if (event->kind == JSON_END || event->kind == JSON_NO_MEMORY) return count;
        if (event->kind != JSON_BROKEN || first == SIZE_MAX) continue;
        events[first] = *event;
        count = first + 1;
    }
    if (parser->depth > 0) *unfinished = first;
    return count;
}

enum json_event_kind record_json_next(struct json_parser *parser, struct json_event *event)
{
    size_t unfinished;
    record_json_fill(parser, event, 1, &unfinished);
    return (enum json_event_kind)event->kind;
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
