#include "record_json_parts.h"

#include <string.h>

#include "../support/bytes.h"
#include "../support/hash.h"
#include "record_json_parser.h"

enum {
    JUDGED_DEPTH_MAX = 64, /* what is deeper is no map, or all that is above it would be looked through again and again */
    LIKENESS_KEYS = 16,    /* names of a member's own members that tell whether it is like another ... */
    LIKENESS_BYTES = 4096, /* ... as far as they begin within so many bytes */
    FIRST_LEVELS_MAX = PART_LEVELS_MAX / 2, /* so that one long object in the other leaves room for arrays */
    LIKE_UNNUMBERED = 3    /* members without numbers in their names have so many such names in common at least */
};

/* What one object has in common with others of its kind: the names in it. */
struct likeness {
    uint64_t keys[LIKENESS_KEYS]; /* hashes */
    size_t count;
    bool numbered; /* a digit is in the name that it is a member by */
};

struct open_container {
    size_t context_at; /* where it begins in the context, with its name; of a level */
    size_t brace_at;   /* and without; of a level */
    size_t late;       /* see struct part_context; of a level */
    uint32_t level;    /* the container that is its level */
    bool is_array, is_level;
    bool is_judged;    /* an object: it is known whether it is a map */
    bool is_map;
    bool is_first_element; /* an object whose first member is so long, and numbered, that it is an element before it is known whether others are */
    bool is_short;     /* no more than a context, as all that is in it */
    bool has_item;     /* something stands in it, in the context */
    bool has_elements; /* of which some were given */
    bool has_inner;    /* of a level */
};

struct json_parts {
    struct open_container *stack;
    size_t depth, capacity;
    uint32_t level_count;
    size_t ahead;
    struct likeness firsts[JUDGED_DEPTH_MAX]; /* by depth, of is_first_element */
    uint32_t stood[PART_STOOD_MAX], stood_count; /* see struct part_context; of levels that are open */
    struct bytes context;
    bool failed;
};

static void *parts_open(void)
{
    return calloc(1, sizeof(struct json_parts));
}

static void parts_close(void *closed)
{
    struct json_parts *parts = closed;
    if (parts == NULL) return;
    bytes_free(&parts->context);
    free(parts->stack);
    free(parts);
}

static bool parts_inside(const void *parts)
{
    return ((const struct json_parts *)parts)->depth > 0;
}

/* ------------------------------------------------------------------ the context */

static bool room_for(struct json_parts *parts, size_t count)
{
    if (!bytes_reserve(&parts->context, count)) parts->failed = true;
    return !parts->failed;
}

/* Begins a member or an element of the innermost container, of so many bytes. */
static bool item_begin(struct json_parts *parts, size_t length)
{
    struct open_container *top = &parts->stack[parts->depth - 1];
    if (!room_for(parts, length + 1)) return false;
    if (top->has_item) bytes_put_byte(&parts->context, ',');
    return true;
}

static bool push(struct json_parts *parts, bool is_array, bool is_level)
{
    if (parts->depth == parts->capacity) {
        size_t capacity = 2 * parts->capacity + 16;
        struct open_container *stack = realloc(parts->stack, capacity * sizeof *stack);
        if (stack == NULL) return parts->failed = true, false;
        parts->stack = stack;
        parts->capacity = capacity;
    }
    uint32_t level = is_level ? (uint32_t)parts->depth : parts->stack[parts->depth - 1].level;
    bool is_short = !is_level && parts->stack[parts->depth - 1].is_short;
    parts->stack[parts->depth++] = (struct open_container){.context_at = parts->context.count, .late = SIZE_MAX, .level = level, .is_array = is_array,
                                                           .is_level = is_level, .is_short = is_short, .is_judged = is_short};
    parts->level_count += is_level;
    return true;
}

static struct open_container *innermost_level(const struct json_parts *parts)
{
    return &parts->stack[parts->stack[parts->depth - 1].level];
}

/* name: with its quotes, of a member; len 0 for an element. */
static bool open_level(struct json_parts *parts, struct span name)
{
    struct open_container *around = parts->depth > 0 ? &parts->stack[parts->depth - 1] : NULL;
    bool separate = around != NULL && around->has_item;
    if (!room_for(parts, name.len + 3) || !push(parts, false, true)) return false;
    if (separate) bytes_put_byte(&parts->context, ',');
    bytes_put(&parts->context, name.at, name.len);
    if (name.len > 0) bytes_put_byte(&parts->context, ':');
    parts->stack[parts->depth - 1].brace_at = parts->context.count;
    bytes_put_byte(&parts->context, '{');
    return true;
}

static bool parts_begin(void *begun, size_t *taken)
{
    struct json_parts *parts = begun;
    *taken = 1;
    parts->depth = 0;
    parts->level_count = parts->stood_count = 0;
    parts->context.count = 0;
    parts->failed = false;
    return open_level(parts, (struct span){NULL, 0});
}

/* The innermost container is no level and ends. */
static bool close_own(struct json_parts *parts)
{
    const struct open_container *top = &parts->stack[parts->depth - 1];
    if (!room_for(parts, 1)) return false;
    if (top->has_elements && parts->stood_count < PART_STOOD_MAX) parts->stood[parts->stood_count++] = (uint32_t)parts->context.count;
    bytes_put_byte(&parts->context, top->is_array ? ']' : '}');
    parts->depth--;
    return true;
}

static void parts_leave(void *left, const struct part *part)
{
    struct json_parts *parts = left;
    if (part->kind == PART_BREAK) parts->depth = 0;
    if (part->kind != PART_LEVEL) return;
    parts->depth--;
    parts->level_count--;
    parts->context.count = parts->stack[parts->depth].context_at;
    while (parts->stood_count > 0 && parts->stood[parts->stood_count - 1] >= parts->context.count) parts->stood_count--;
}

static const char MARK[] = ",null", MEMBER_MARK[] = ",\"\":null";

static size_t parts_context_room(const void *sized)
{
    const struct json_parts *parts = sized;
    return parts->context.count + sizeof MEMBER_MARK + parts->depth;
}

static void parts_look_ahead(void *told, size_t count)
{
    ((struct json_parts *)told)->ahead = count;
}

static void parts_context(const void *written, const struct part *part, char *to, struct part_context *context)
{
    const struct json_parts *parts = written;
    const struct open_container *level = innermost_level(parts);
    bool ends = part->kind != PART_ELEMENTS;
    *context = (struct part_context){.length = parts->context.count, .late = ends ? level->late : SIZE_MAX, .level_count = parts->level_count,
                                     .ending_count = part->kind == PART_LEVEL ? 1 : part->kind == PART_BREAK ? parts->level_count : 0,
                                     .has_inner = level->has_inner, .is_broken = part->kind == PART_BREAK};
    memcpy(to, parts->context.at, parts->context.count);
    if (!ends) {
        const struct open_container *top = &parts->stack[parts->depth - 1];
        const char *mark = (top->is_array ? MARK : MEMBER_MARK) + (top->has_item ? 0 : 1);
        memcpy(to + context->length, mark, strlen(mark));
        context->length += strlen(mark);
        context->inside = context->length - strlen(MARK + 1);
    }
    memcpy(context->stood, parts->stood, sizeof context->stood);
    context->stood_count = parts->stood_count;
    for (size_t i = 0; i < parts->depth; i++)
        if (parts->stack[i].is_level) context->level_starts[context->level_start_count++] = (uint32_t)parts->stack[i].brace_at;
    for (size_t i = parts->depth; i > 0; i--) to[context->length++] = parts->stack[i - 1].is_array ? ']' : '}';
}

/* ------------------------------------------------------------------ the bytes of a value */

static size_t blanks_end(const char *bytes, size_t length, size_t at)
{
    while (at < length && json_is_space(bytes[at])) at++;
    return at;
}

/* The same with commas, as many as there are; of an array. */
static size_t separators_end(const char *bytes, size_t length, size_t at)
{
    while (at < length && (json_is_space(bytes[at]) || bytes[at] == ',')) at++;
    return at;
}

/* The byte behind a string or scalar that begins at `at`; 0 where it does not end in these bytes. */
static size_t plain_end(const char *bytes, size_t length, size_t at)
{
    if (bytes[at] == '"') return json_string_end(bytes, length, at);
    while (at < length && strchr(",]}{[\":", bytes[at]) == NULL) at++;
    return at < length ? at : 0;
}

/* What stands at a place of the innermost container, and where it ends. */
enum item_kind { ITEM_SHORT, ITEM_BROKEN, ITEM_CLOSE, ITEM_LEVEL, ITEM_OBJECT, ITEM_ARRAY, ITEM_PLAIN };

struct item {
    enum item_kind kind;
    size_t key, key_end;     /* with its quotes; of a member */
    size_t start, end;       /* of the value; of a container the end of its bracket */
};

static struct item value_at(const char *bytes, size_t length, bool in_array, struct item item)
{
    char c = bytes[item.start];
    item.end = item.start + 1;
    item.kind = ITEM_BROKEN;
    if (c == '{' || c == '[') {
        item.kind = c == '[' ? ITEM_ARRAY : in_array ? ITEM_LEVEL : ITEM_OBJECT;
        return item;
    }
    item.end = plain_end(bytes, length, item.start);
    size_t behind = item.end == 0 ? length : blanks_end(bytes, length, item.end);
    if (behind == length) item.kind = ITEM_SHORT;
    else if (c == '"' || (item.end > item.start && (bytes[behind] == ',' || bytes[behind] == (in_array ? ']' : '}')))) item.kind = ITEM_PLAIN;
    return item;
}

static struct item member_at(const char *bytes, size_t length, size_t at)
{
    struct item item = {.kind = ITEM_SHORT, .key = at};
    if (bytes[at] != '"') {
        item.kind = bytes[at] == '}' ? ITEM_CLOSE : ITEM_BROKEN;
        item.end = at + 1;
        return item;
    }
    item.key_end = json_string_end(bytes, length, at);
    if (item.key_end == 0) return item;
    size_t colon = blanks_end(bytes, length, item.key_end);
    if (colon == length) return item;
    item.kind = ITEM_BROKEN;
    if (bytes[colon] != ':') return item;
    item.start = blanks_end(bytes, length, colon + 1);
    item.kind = ITEM_SHORT;
    return item.start == length ? item : value_at(bytes, length, false, item);
}

/* The next item from *at on, which moves behind blanks and commas. It is to end within item_max bytes. */
static struct item item_next(const struct json_parts *parts, const char *bytes, size_t length, size_t item_max, size_t *at)
{
    bool in_array = parts->stack[parts->depth - 1].is_array;
    *at = in_array ? separators_end(bytes, length, *at) : blanks_end(bytes, length, *at);
    size_t place = *at, reach = length - place < item_max ? length : place + item_max;
    if (!in_array && place < reach && bytes[place] == ',') place = blanks_end(bytes, reach, place + 1);
    if (place == reach) return (struct item){.kind = ITEM_SHORT};
    if (!in_array) return member_at(bytes, reach, place);
    if (bytes[place] == ']') return (struct item){.kind = ITEM_CLOSE, .end = place + 1};
    return value_at(bytes, reach, true, (struct item){.start = place});
}

/* Takes an item that is not a level into the context. False: it has no room there. */
static bool item_keep(struct json_parts *parts, const char *bytes, const struct item *item)
{
    size_t key_length = item->key_end > 0 ? item->key_end - item->key + 1 : 0, length = key_length + item->end - item->start;
    if (parts->context.count + length + parts->depth + sizeof MEMBER_MARK > PART_CONTEXT_MAX) return false;
    if (!item_begin(parts, length)) return true;
    if (key_length > 0) {
        bytes_put(&parts->context, bytes + item->key, key_length - 1);
        bytes_put_byte(&parts->context, ':');
    }
    bytes_put(&parts->context, bytes + item->start, item->end - item->start);
    parts->stack[parts->depth - 1].has_item = true;
    if (item->kind != ITEM_PLAIN) (void)push(parts, item->kind == ITEM_ARRAY, false);
    return true;
}

/* Where the object begins that is the member at `at`; SIZE_MAX: none is in these bytes, or not whole up to its brace. */
static size_t member_object(const char *bytes, size_t length, size_t at)
{
    if (at >= length || bytes[at] != '"') return SIZE_MAX;
    struct item item = member_at(bytes, length, at);
    return item.kind == ITEM_OBJECT ? item.start : SIZE_MAX;
}

/* What elements are of: one member alone, or all objects of an array or a map from one on. */
enum elements_of { OF_ARRAY, OF_MAP, OF_ONE_MEMBER };

/* As many whole elements as make a part, from the one at `start` on; its end, or 0 where that one is not whole. */
static size_t elements_end(const char *bytes, size_t length, size_t start, enum elements_of of, size_t run_max, size_t element_max)
{
    size_t end = 0, at = start;
    bool is_members = of != OF_ARRAY;
    for (;;) {
        if (end > 0 && of == OF_ONE_MEMBER) return end;
        size_t reach = length - at < element_max ? length : at + element_max;
        size_t brace = is_members ? member_object(bytes, reach, at) : at < length && bytes[at] == '{' ? at : SIZE_MAX;
        size_t behind = brace == SIZE_MAX ? 0 : record_json_value_end(bytes, brace, reach);
        if (behind == 0 || (end > 0 && behind - start > run_max)) return end;
        end = behind;
        at = separators_end(bytes, length, end);
    }
}

static size_t parts_elements(const char *from, size_t length, char *to)
{
    size_t at = 0, used = 0;
    while (at < length) {
        size_t behind = record_json_value_end(from, member_object(from, length, at), length);
        to[used++] = '{';
        memcpy(to + used, from + at, behind - at);
        used += behind - at;
        to[used++] = '}';
        at = separators_end(from, length, behind);
        if (at < length) to[used++] = ',';
    }
    return used;
}

/* Elements of the innermost container are given. */
static void elements_note(struct json_parts *parts)
{
    struct open_container *level = innermost_level(parts);
    if (!level->has_inner) level->late = parts->context.count;
    level->has_inner = parts->stack[parts->depth - 1].has_elements = true;
}

/* An element that is not whole in these bytes: entered where it is too long. */
static enum part_kind enter(struct json_parts *parts, struct span name, size_t left, enum part_edge edge, size_t element_max, struct part *part)
{
    if (left < element_max && edge != EDGE_CUT) return edge == EDGE_END ? PART_BREAK : PART_MORE;
    if (parts->level_count == PART_LEVELS_MAX || parts->context.count + name.len + parts->depth + sizeof MEMBER_MARK + 3 > PART_CONTEXT_MAX) {
        part->oversized = true;
        return PART_BREAK;
    }
    elements_note(parts);
    return open_level(parts, name) ? PART_ELEMENTS : PART_NO_MEMORY;
}

/* The elements from one on. PART_ELEMENTS without any: a level was entered. */
static enum part_kind elements_take(struct json_parts *parts, const char *bytes, size_t length, const struct item *item, enum part_edge edge,
                                    size_t run_max, size_t element_max, struct part *part)
{
    const struct open_container *top = &parts->stack[parts->depth - 1];
    enum elements_of of = top->is_array ? OF_ARRAY : top->is_map ? OF_MAP : OF_ONE_MEMBER;
    bool is_members = of != OF_ARRAY;
    struct span name = {bytes + item->key, item->key_end - item->key};
    size_t start = is_members ? item->key : item->start, end = elements_end(bytes, length, start, of, run_max, element_max);
    if (end == 0) return enter(parts, name, length - start, edge, element_max, part);
    elements_note(parts);
    part->start = start;
    part->is_members = is_members;
    part->taken = part->end = end;
    return PART_ELEMENTS;
}

static struct likeness likeness_of(const char *bytes, size_t length, const struct item *item)
{
    struct likeness like = {.count = 0};
    size_t at = item->end, limit = item->start + LIKENESS_BYTES, reach = length < limit ? length : limit;
    for (size_t i = item->key; i < item->key_end; i++) like.numbered |= (unsigned char)(bytes[i] - '0') <= 9;
    while (like.count < LIKENESS_KEYS) {
        at = separators_end(bytes, reach, at);
        if (at == reach || bytes[at] != '"') break;
        size_t key_end = json_string_end(bytes, reach, at);
        if (key_end == 0) break;
        like.keys[like.count++] = hash_bytes(bytes + at, key_end - at, 0);
        struct item member = member_at(bytes, reach, at);
        bool is_inner = member.kind == ITEM_OBJECT || member.kind == ITEM_ARRAY;
        at = is_inner ? record_json_value_end(bytes, member.start, reach) : member.kind == ITEM_PLAIN ? member.end : 0;
        if (at == 0) break;
    }
    return like;
}

/* Whether two members of an object are things of one kind: most of what they have they have in common. {"id", "name"} and {"id", "vin"}
 * are not, nor are few names beside one another that say what each is. */
static bool are_like(const struct likeness *a, const struct likeness *b)
{
    size_t common = 0;
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < b->count; k++) common += a->keys[i] == b->keys[k];
    size_t all = a->count + b->count - common;
    return common > 0 && 2 * common >= all && ((a->numbered && b->numbered) || common >= LIKE_UNNUMBERED);
}

/* Whether the object that begins before `at` is a map; more of it may have to be there to tell. FIRST: the first member is one, for all
 * that can be seen of it, and *first is what others are held against. */
enum judgement { JUDGED_MORE, JUDGED_MAP, JUDGED_FIRST, JUDGED_LONG, JUDGED_SHORT };

/* Of a long object of few members, what they are like. */
struct few {
    struct likeness last;
    size_t objects;
    bool has_others, are_alike; /* something else stood before the last; two in succession are like one another */
};

static void few_add(struct few *few, const char *bytes, size_t reach, const struct item *item)
{
    if (item->kind != ITEM_OBJECT) {
        few->has_others = true;
        return;
    }
    struct likeness like = likeness_of(bytes, reach, item);
    few->are_alike |= few->objects > 0 && are_like(&few->last, &like);
    few->last = like;
    few->objects++;
}

static enum judgement long_judge(const struct few *few, size_t members, struct likeness *first)
{
    if (members > PART_MEMBERS_FEW || few->are_alike) return JUDGED_MAP;
    if (members != 1 || few->has_others || !few->last.numbered) return JUDGED_LONG;
    *first = few->last;
    return JUDGED_FIRST;
}

static enum judgement object_judge(const char *bytes, size_t length, size_t at, bool is_all, struct likeness *first)
{
    struct few few = {.objects = 0};
    size_t limit = at - 1 + PART_MAP_MIN, reach = length < limit ? length : limit, members = 0;
    enum judgement short_of = length >= limit ? JUDGED_LONG : is_all ? JUDGED_SHORT : JUDGED_MORE;
    for (;;) {
        at = separators_end(bytes, reach, at);
        struct item item = at < reach ? member_at(bytes, reach, at) : (struct item){.kind = ITEM_SHORT};
        bool is_inner = item.kind == ITEM_OBJECT || item.kind == ITEM_ARRAY;
        members += item.kind == ITEM_OBJECT;
        if (members <= PART_MEMBERS_FEW && item.kind != ITEM_SHORT) few_add(&few, bytes, reach, &item);
        if (item.kind == ITEM_CLOSE || item.kind == ITEM_BROKEN) return JUDGED_SHORT;
        at = is_inner ? record_json_value_end(bytes, item.start, reach) : item.end;
        if (item.kind != ITEM_SHORT && at > 0) continue;
        return short_of == JUDGED_LONG ? long_judge(&few, members, first) : short_of;
    }
}

/* Finds out what the innermost object is, of which nothing is taken yet. False: more bytes are needed. */
static bool innermost_judge(struct json_parts *parts, const char *bytes, size_t length, size_t at, enum part_edge edge)
{
    struct open_container *top = &parts->stack[parts->depth - 1];
    if (top->is_array || top->is_judged) return true;
    enum judgement judgement = JUDGED_LONG;
    if (parts->depth <= JUDGED_DEPTH_MAX)
        judgement = object_judge(bytes, length + parts->ahead, at, edge != EDGE_OPEN, &parts->firsts[parts->depth - 1]);
    top->is_judged = judgement != JUDGED_MORE;
    top->is_map = judgement == JUDGED_MAP;
    top->is_first_element = judgement == JUDGED_FIRST && parts->level_count < FIRST_LEVELS_MAX;
    top->is_short = judgement == JUDGED_SHORT;
    return top->is_judged;
}

/* Whether an item of the innermost container is an element, or is one where it is an object: a member may show that all are. False: more
 * bytes are needed. */
static bool element_judge(struct json_parts *parts, const char *bytes, size_t length, enum part_edge edge, const struct item *item, bool *is_element)
{
    struct open_container *top = &parts->stack[parts->depth - 1];
    *is_element = item->kind == ITEM_LEVEL || (item->kind == ITEM_OBJECT && top->is_map);
    if (item->kind != ITEM_OBJECT || top->is_map || !top->is_first_element) return true;
    if (!top->has_elements) return *is_element = true;
    size_t known = length + parts->ahead;
    if (edge == EDGE_OPEN && known - item->start < LIKENESS_BYTES) return false;
    struct likeness like = likeness_of(bytes, known, item);
    *is_element = top->is_map = are_like(&parts->firsts[parts->depth - 1], &like);
    return true;
}

/* Whether an array of objects stands in a value. */
static bool has_elements(const char *bytes, size_t start, size_t end)
{
    char before = 0;
    for (size_t at = start; at < end; at++) {
        char c = bytes[at];
        if (json_is_space(c)) continue;
        if (c == '{' && before == '[') return true;
        if (c == '"') at = json_string_end(bytes, end, at) - 1;
        before = c;
    }
    return false;
}

/* An object that a level has of its own with elements in it: they stay with it, where it is short enough to be kept as a whole, so
 * that whose they are is told as in any other value. False: more bytes are needed. */
static bool object_whole(const struct json_parts *parts, const char *bytes, size_t length, enum part_edge edge, struct item *item)
{
    enum { SPARE = 4096 }; /* for its name, and all that is open */
    size_t room = parts->context.count + PART_MAP_MIN + SPARE < PART_CONTEXT_MAX ? PART_MAP_MIN : 0;
    if (item->kind != ITEM_OBJECT || parts->depth > JUDGED_DEPTH_MAX) return true;
    size_t reach = length - item->start < room ? length : item->start + room, end = record_json_value_end(bytes, item->start, reach);
    if (end == 0) return edge != EDGE_OPEN || reach < length || length - item->start >= room;
    if (!has_elements(bytes, item->start, end)) return true;
    item->kind = ITEM_PLAIN;
    item->end = end;
    return true;
}

static struct part parts_next(void *asked, const char *bytes, size_t length, enum part_edge edge, size_t run_max, size_t element_max)
{
    struct json_parts *parts = asked;
    struct part part = {.kind = PART_MORE};
    while (!parts->failed) {
        const struct open_container *top = &parts->stack[parts->depth - 1];
        bool is_element;
        if (!innermost_judge(parts, bytes, length, part.taken, edge)) return part;
        struct item item = item_next(parts, bytes, length, element_max, &part.taken);
        if (!element_judge(parts, bytes, length, edge, &item, &is_element)) return part;
        if (is_element) {
            part.kind = elements_take(parts, bytes, length, &item, edge, run_max, element_max, &part);
            if (part.kind != PART_ELEMENTS || part.end > 0) return part;
            part.taken = item.start + 1;
            continue;
        }
        if (!object_whole(parts, bytes, length, edge, &item)) return part;
        if (item.kind == ITEM_SHORT) {
            bool is_long = length - part.taken >= element_max;
            part.oversized = is_long;
            part.runs_out = !is_long;
            part.kind = edge == EDGE_END || is_long ? PART_BREAK : PART_MORE;
            return part;
        }
        if (item.kind == ITEM_CLOSE && top->is_level) {
            part.kind = PART_LEVEL;
            part.taken = item.end;
            return part;
        }
        if (item.kind == ITEM_BROKEN || (item.kind != ITEM_CLOSE && !item_keep(parts, bytes, &item))) {
            part.oversized = item.kind != ITEM_BROKEN;
            part.kind = PART_BREAK;
            return part;
        }
        if (item.kind == ITEM_CLOSE) (void)close_own(parts);
        part.taken = item.end;
    }
    part.kind = PART_NO_MEMORY;
    return part;
}

static size_t parts_find(const char *bytes, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        if (bytes[at] == '{') return at;
        if (bytes[at] != '"') continue;
        size_t end = json_string_end(bytes, length, at);
        if (end == 0) return length;
        at = end - 1;
    }
    return length;
}

const struct part_format record_json_parts = {parts_open,       parts_close,    parts_find,         parts_begin,   parts_inside, parts_next,
                                              parts_look_ahead, parts_elements, parts_context_room, parts_context, parts_leave};
