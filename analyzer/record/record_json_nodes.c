#include "record_json_parser.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/checkdigit.h"
#include "../support/hash.h"

enum { PATH_DEPTH_MAX = 64, NODES_HARD_MAX = 1 << 24, NODES_FIRST = 256 };

#define TEXT_NONE UINT32_MAX

static bool node_named(const struct json_parser *parser, uint32_t node, struct span name)
{
    const struct node *have = &parser->nodes[node];
    return have->name_length == name.len && memcmp(parser->names + have->name_at, name.at, name.len) == 0;
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

static bool names_room(struct json_parser *parser, size_t length)
{
    if (parser->names != NULL && parser->names_used + length <= parser->names_capacity) return true;
    size_t capacity = 2 * (parser->names_capacity + length) + 64;
    char *names = realloc(parser->names, capacity);
    if (names == NULL) return false;
    parser->names = names;
    parser->names_capacity = capacity;
    return true;
}

static bool node_room(struct json_parser *parser)
{
    if (parser->node_count < parser->node_capacity) return true;
    if (parser->node_count >= NODES_HARD_MAX) return false;
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
        if (node->name_at == NAME_ELEMENT) continue;
        *index_slot(parser, node->parent, (struct span){parser->names + node->name_at, node->name_length}) = i;
    }
    return true;
}

static uint32_t node_make(struct json_parser *parser, uint32_t parent, uint32_t name_at, size_t name_length)
{
    uint32_t level = parser->nodes[parent].name_at == NAME_ELEMENT ? parent : parser->nodes[parent].level;
    parser->nodes[parser->node_count] = (struct node){.moves = parser->moves, .parent = parent, .name_at = name_at, .name_length = (uint32_t)name_length,
                                                      .level = level, .depth = parser->nodes[parent].depth + 1};
    parser->has_new_node = true;
    return parser->node_count++;
}

/* One value, which a block bounds, cannot make NODES_HARD_MAX. */
uint32_t json_node_child(struct json_parser *parser, uint32_t parent, struct span name)
{
    if (name.len > JSON_NAME_MAX) name.len = JSON_NAME_MAX;
    if (parser->nodes[parent].depth > JSON_ELEMENTS_DEEP) parent = parser->nodes[parent].parent;
    uint32_t *slot = index_slot(parser, parent, name);
    if (*slot != 0) return *slot;
    if (!node_room(parser) || !names_room(parser, name.len)) {
        parser->failed = true;
        return 0;
    }
    slot = index_slot(parser, parent, name);
    memcpy(parser->names + parser->names_used, name.at, name.len);
    *slot = node_make(parser, parent, (uint32_t)parser->names_used, name.len);
    parser->names_used += name.len;
    return *slot;
}

bool json_name_has_number(struct span name)
{
    enum { FULL_WIDTH_LEAD_BYTE = 0xEF }; /* of full-width digits in UTF-8 */
    size_t digits = 0;
    if (name.len < JSON_NUMBER_NAME_MIN) return false;
    for (size_t i = 0; i < name.len && digits < JSON_NUMBER_NAME_DIGITS; i++) {
        unsigned char c = (unsigned char)name.at[i];
        digits += (c >= '0' && c <= ':') || c == FULL_WIDTH_LEAD_BYTE;
    }
    return digits == JSON_NUMBER_NAME_DIGITS;
}

uint32_t json_node_elements(struct json_parser *parser, uint32_t array, size_t depth)
{
    if (depth >= JSON_ELEMENTS_DEEP) return array;
    if (parser->nodes[array].element != 0) return parser->nodes[array].element;
    if (!node_room(parser)) {
        parser->failed = true;
        return 0;
    }
    return parser->nodes[array].element = node_make(parser, array, NAME_ELEMENT, 0);
}

uint32_t json_node_outermost(struct json_parser *parser, uint32_t node)
{
    if (node == 0 || parser->nodes[node].outermost != 0) return parser->nodes[node].outermost;
    if (!node_room(parser)) {
        parser->failed = true;
        return 0;
    }
    uint32_t made = node_make(parser, node, NAME_ELEMENT, 0);
    parser->nodes[made].depth = 0; /* what is known of containers is known from the outermost object on */
    return parser->nodes[node].outermost = made;
}

struct json_node_place record_json_node_place(const struct json_parser *parser, uint32_t node)
{
    const struct node *nodes = parser->nodes;
    while (node != 0 && nodes[node].name_at == NAME_ELEMENT) node = nodes[node].parent; /* an element is where its array is */
    return (struct json_node_place){nodes[node].parent, nodes[node].level};
}

bool record_json_node_is_shared(const struct json_parser *parser, uint32_t node)
{
    return parser->nodes[node].depth > JSON_ELEMENTS_DEEP;
}

bool record_json_node_encloses(const struct json_parser *parser, uint32_t node, uint32_t inner)
{
    for (int steps = 0; inner > node && steps < PATH_DEPTH_MAX; steps++) inner = parser->nodes[inner].parent; /* made before it */
    return inner == node;
}

uint32_t record_json_node_count(const struct json_parser *parser)
{
    return parser->node_count;
}

size_t record_json_node_path(const struct json_parser *parser, uint32_t node, char *path, size_t path_size)
{
    uint32_t chain[PATH_DEPTH_MAX];
    size_t count = 0;
    for (; node != 0 && count < PATH_DEPTH_MAX; node = parser->nodes[node].parent)
        if (parser->nodes[node].name_at != NAME_ELEMENT) chain[count++] = node;
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
    parser->node_count = 1; /* node 0 is the root, and stands for "no node" */
    parser->names_used = 0;
    parser->move_count = parser->move_used = 1;
    parser->moves[0] = (struct move){.head = {1}}; /* stands nowhere */
    parser->nodes[0] = (struct node){.moves = parser->moves};
    parser->spot = SPOT_NONE;
    memset(parser->node_index, 0, ((size_t)parser->node_index_mask + 1) * sizeof *parser->node_index);
}

bool json_nodes_open(struct json_parser *parser)
{
    parser->nodes = malloc(NODES_FIRST * sizeof *parser->nodes);
    parser->node_index = malloc(4 * NODES_FIRST * sizeof *parser->node_index);
    parser->moves = malloc(MOVES_MAX * sizeof *parser->moves); /* memory once they are used */
    parser->node_capacity = NODES_FIRST;
    parser->node_index_mask = 4 * NODES_FIRST - 1;
    if (parser->nodes == NULL || parser->node_index == NULL || parser->moves == NULL) return false;
    record_json_nodes_reset(parser);
    return true;
}

void json_nodes_close(struct json_parser *parser)
{
    free(parser->nodes);
    free(parser->names);
    free(parser->node_index);
    free(parser->moves);
}

/* ------------------------------------------------------------------ moves */

/* Makes room once there are MOVES_MAX. Their texts keep their places. */
static void moves_forget(struct json_parser *parser)
{
    for (uint32_t i = 0; i < parser->node_count; i++) parser->nodes[i].moves = parser->moves;
    parser->move_used = parser->move_count;
    parser->move_count = 1;
}

/* The place for a new move from a node, at the end of those that are tried there; once they are many, that of the last. */
static struct move *move_place(struct json_parser *parser, uint32_t node)
{
    if (parser->move_count == MOVES_MAX) moves_forget(parser);
    struct move **end = &parser->nodes[node].moves, *last = NULL;
    size_t count = 0;
    for (; (*end)->other != NULL; end = &last->other, count++) last = *end;
    if (count == MOVES_OF_NODE_MAX) return last;
    uint32_t number = parser->move_count++;
    struct move *made = &parser->moves[number];
    *made = (struct move){.other = *end, .text_at = number < parser->move_used ? made->text_at : TEXT_NONE};
    return *end = made;
}

/* The bytes behind a head have one place a move, for as long as there are moves. */
static bool move_text(struct json_parser *parser, struct move *move, const char *text, size_t length)
{
    enum { TEXT_ROOM = MOVE_TEXT_MAX - MOVE_HEAD };
    if (length == 0) return true;
    if (move->text_at == TEXT_NONE) {
        if (!names_room(parser, TEXT_ROOM)) return false;
        move->text_at = (uint32_t)parser->names_used;
        parser->names_used += TEXT_ROOM;
    }
    memcpy(parser->names + move->text_at, text, length);
    return true;
}

void json_move_learn(struct json_parser *parser, enum json_event_kind kind, uint32_t node, bool in_array, size_t at)
{
    struct move *made = &parser->made;
    size_t length = at - parser->spot_at, head_length = length < MOVE_HEAD ? length : MOVE_HEAD;
    if (parser->spot == SPOT_NONE || parser->has_new_node || !parser->has_tried) return;
    if (length > MOVE_TEXT_MAX || made->op_count > MOVE_OPS_MAX) return;
    struct move *move = move_place(parser, parser->spot);
    const char *text = parser->bytes + parser->spot_at;
    if (!move_text(parser, move, text + head_length, length - head_length)) return;
    char head[MOVE_HEAD] = {0}, mask[MOVE_HEAD] = {0};
    memcpy(head, text, head_length);
    memset(mask, 0xFF, head_length);
    for (size_t i = 0; i < MOVE_HEAD / 8; i++) made->head[i] = eight_load(head + 8 * i), made->mask[i] = eight_load(mask + 8 * i);
    made->length = (uint32_t)length;
    made->text_at = move->text_at;
    made->node = node;
    made->value.kind = (uint8_t)kind;
    made->value.in_array = in_array;
    made->value.quote_count = kind == JSON_STRING;
    made->hits = 0;
    made->other = move->other;
    *move = *made;
}

void json_move_promote(struct json_parser *parser, uint32_t node, struct move *before)
{
    struct move *move = before->other, **place = &parser->nodes[node].moves;
    while (*place != before) place = &(*place)->other;
    before->other = move->other;
    move->other = before;
    *place = move;
}
