#include "record_xml_parts.h"

#include <string.h>

#include "../support/bytes.h"
#include "../support/hash.h"
#include "record_xml_cut.h"

enum { NAMES_SEEN_MAX = 16 };

/* An element that is open. Its start tag stands in the context. */
struct open_element {
    size_t context_at;
    size_t late;
    bool has_inner;
    uint64_t seen[NAMES_SEEN_MAX]; /* hashes of the names of elements in it that repeat */
    size_t seen_count;
};

struct xml_parts {
    struct open_element stack[PART_LEVELS_MAX];
    size_t depth;
    bool begun;
    struct bytes context;
    bool failed;
};

static void *parts_open(void)
{
    return calloc(1, sizeof(struct xml_parts));
}

static void parts_close(void *closed)
{
    struct xml_parts *parts = closed;
    if (parts == NULL) return;
    bytes_free(&parts->context);
    free(parts);
}

static bool parts_begin(void *begun, size_t *taken)
{
    struct xml_parts *parts = begun;
    *taken = 0;
    parts->depth = 0;
    parts->begun = true;
    parts->failed = false;
    parts->context.count = 0;
    return true;
}

static bool parts_inside(const void *parts)
{
    return ((const struct xml_parts *)parts)->begun;
}

static void parts_leave(void *left, const struct part *part)
{
    struct xml_parts *parts = left;
    if (part->kind == PART_BREAK) parts->depth = 0;
    else if (part->kind == PART_LEVEL) parts->context.count = parts->stack[--parts->depth].context_at;
    else return;
    parts->begun = parts->depth > 0;
}

static size_t parts_context_room(const void *parts)
{
    return ((const struct xml_parts *)parts)->context.count;
}

static void parts_context(const void *written, const struct part *part, char *to, struct part_context *context)
{
    const struct xml_parts *parts = written;
    const struct open_element *innermost = parts->depth > 0 ? &parts->stack[parts->depth - 1] : NULL;
    bool ends = part->kind != PART_ELEMENTS;
    *context = (struct part_context){.length = parts->context.count, .inside = parts->context.count,
                                     .late = ends && innermost != NULL ? innermost->late : SIZE_MAX, .level_count = (uint32_t)parts->depth,
                                     .ending_count = part->kind == PART_LEVEL ? 1 : part->kind == PART_BREAK ? (uint32_t)parts->depth : 0,
                                     .has_inner = innermost != NULL && innermost->has_inner, .is_broken = part->kind == PART_BREAK};
    if (parts->context.count > 0) memcpy(to, parts->context.at, parts->context.count);
}

/* ------------------------------------------------------------------ what an element holds */

/* Takes bytes into the context. False: they have no room there. */
static bool keep(struct xml_parts *parts, const char *bytes, size_t length)
{
    if (parts->context.count + length > PART_CONTEXT_MAX) return false;
    if (!bytes_reserve(&parts->context, length)) parts->failed = true;
    else bytes_put(&parts->context, bytes, length);
    return true;
}

static bool has_seen(const struct open_element *element, uint64_t name)
{
    for (size_t i = 0; i < element->seen_count; i++)
        if (element->seen[i] == name) return true;
    return false;
}

/* Of more names than are kept all count as seen. */
static void see(struct open_element *element, uint64_t name)
{
    if (element->seen_count < NAMES_SEEN_MAX) element->seen[element->seen_count++] = name;
}

/* Behind blanks, comments and processing instructions. *is_short: more bytes may tell more. */
static size_t aside_end(const char *bytes, size_t length, size_t at, bool *is_short)
{
    *is_short = false;
    for (;;) {
        while (at < length && memchr(" \t\r\n", bytes[at], 4) != NULL) at++;
        if (at == length) break;
        if (bytes[at] != '<') return at;
        struct xml_token token = record_xml_token(bytes, length, at);
        if (token.kind == XML_SHORT) break;
        if (token.kind != XML_ASIDE) return at;
        at = token.end;
    }
    *is_short = true;
    return length;
}

static bool same_name(struct span a, struct span b)
{
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

static bool is_start(const char *bytes, size_t length, size_t at, struct span name)
{
    if (at >= length || bytes[at] != '<') return false;
    struct xml_token token = record_xml_token(bytes, length, at);
    return (token.kind == XML_START || token.kind == XML_EMPTY) && same_name(record_xml_name(bytes, length, at), name);
}

/* As many whole elements of one name as make a part, from the first one on, which ends at `end`. A comment between them is
 * the level's. */
static size_t run_end(const char *bytes, size_t length, size_t start, size_t end, size_t run_max, size_t element_max)
{
    struct span name = record_xml_name(bytes, length, start);
    for (;;) {
        bool is_plain;
        size_t at = end;
        while (at < length && memchr(" \t\r\n", bytes[at], 4) != NULL) at++;
        if (!is_start(bytes, length, at, name)) return end;
        size_t reach = length - at < element_max ? length : at + element_max, behind = record_xml_element_end(bytes, reach, at, &is_plain);
        if (behind == 0 || is_plain || behind - start > run_max) return end;
        end = behind;
    }
}

/* Whether a whole child that is not plain stands beside others of its name. *wants_more: more bytes will tell. */
static bool repeats(const struct xml_parts *parts, const char *bytes, size_t length, size_t start, size_t end, enum part_edge edge,
                    size_t element_max, bool *wants_more)
{
    const struct open_element *open = &parts->stack[parts->depth - 1];
    struct span name = record_xml_name(bytes, length, start);
    bool is_short;
    *wants_more = false;
    if (record_xml_is_point(name) || open->seen_count == NAMES_SEEN_MAX || has_seen(open, hash_bytes(name.at, name.len, 1))) return true;
    size_t reach = length - start < element_max ? length : start + element_max, next = aside_end(bytes, reach, end, &is_short);
    if (!is_short) {
        struct xml_token token = bytes[next] == '<' ? record_xml_token(bytes, reach, next) : (struct xml_token){XML_NONE, 0};
        is_short = token.kind == XML_SHORT;
    }
    *wants_more = is_short && edge == EDGE_OPEN && reach < start + element_max;
    if (is_short) return edge == EDGE_CUT; /* nothing but elements ends where a part does */
    return is_start(bytes, reach, next, name);
}

/* What becomes of a child that is whole. PART_MORE: it is done with, and there is nothing to be given. */
static enum part_kind child_take(struct xml_parts *parts, const char *bytes, size_t length, size_t start, size_t end, bool is_plain, bool is_element,
                                 size_t run_max, size_t element_max, struct part *part)
{
    struct open_element *open = &parts->stack[parts->depth - 1];
    struct span name = record_xml_name(bytes, length, start);
    uint64_t hash = hash_bytes(name.at, name.len, 1);
    if (!is_element) {
        part->oversized = !keep(parts, bytes + start, end - start);
        if (part->oversized) return PART_BREAK;
        part->taken = end;
    }
    if (!is_plain && !has_seen(open, hash)) see(open, hash);
    if (!is_element) return PART_MORE;
    if (!open->has_inner) open->late = parts->context.count;
    open->has_inner = true;
    part->start = start;
    part->end = part->taken = run_end(bytes, length, start, end, run_max, element_max);
    return PART_ELEMENTS;
}

/* A start tag whose element is too long, or the outermost one. */
static enum part_kind enter(struct xml_parts *parts, const char *bytes, size_t start, size_t end, struct part *part)
{
    size_t context_at = parts->context.count;
    if (parts->depth == PART_LEVELS_MAX || !keep(parts, bytes + start, end - start)) {
        part->oversized = true;
        return PART_BREAK;
    }
    if (parts->depth > 0) {
        struct open_element *around = &parts->stack[parts->depth - 1];
        if (!around->has_inner) around->late = context_at;
        around->has_inner = true;
    }
    parts->stack[parts->depth++] = (struct open_element){.context_at = context_at, .late = SIZE_MAX};
    part->taken = end;
    return PART_MORE;
}

/* Whether an end tag is that of the innermost element. */
static bool ends_innermost(const struct xml_parts *parts, const char *bytes, size_t length, size_t at)
{
    if (parts->depth == 0) return false;
    size_t from = parts->stack[parts->depth - 1].context_at;
    return same_name(record_xml_name(bytes, length, at), record_xml_name(parts->context.at, parts->context.count, from));
}

/* What of a value is not a child: PART_MORE where it is done with. */
static enum part_kind token_take(struct xml_parts *parts, const char *bytes, size_t length, size_t at, struct xml_token token, struct part *part)
{
    switch (token.kind) {
    case XML_END:
        if (!ends_innermost(parts, bytes, length, at)) return PART_BREAK;
        part->taken = token.end;
        return PART_LEVEL;
    case XML_ASIDE:
        if (record_xml_is_declared(bytes + at, token.end - at)) { /* which may not stand where the context begins */
            part->taken = token.end;
            return PART_MORE;
        } /* fall through */
    case XML_DOCTYPE:
    case XML_CDATA:
        if (token.kind != XML_ASIDE && (token.kind == XML_DOCTYPE) != (parts->depth == 0)) return PART_BREAK;
        part->oversized = !keep(parts, bytes + at, token.end - at);
        if (part->oversized) return PART_BREAK;
        part->taken = token.end;
        return PART_MORE;
    default:
        return PART_BREAK;
    }
}

/* Text up to the next tag. */
static enum part_kind text_take(struct xml_parts *parts, const char *bytes, size_t end, struct part *part)
{
    part->oversized = !keep(parts, bytes + part->taken, end - part->taken);
    if (part->oversized) return PART_BREAK;
    part->taken = end;
    return PART_MORE;
}

static enum part_kind too_few(size_t left, enum part_edge edge, size_t element_max, struct part *part)
{
    if (edge != EDGE_END && left < element_max) return PART_MORE;
    part->oversized = left >= element_max;
    return PART_BREAK;
}

static struct part parts_next(void *asked, const char *bytes, size_t length, enum part_edge edge, size_t run_max, size_t element_max)
{
    struct xml_parts *parts = asked;
    struct part part = {.kind = PART_MORE};
    while (!parts->failed) {
        size_t left = length - part.taken < element_max ? length - part.taken : element_max;
        const char *next = left > 0 ? memchr(bytes + part.taken, '<', left) : NULL;
        struct xml_token token = next == NULL ? (struct xml_token){XML_SHORT, 0} : record_xml_token(bytes, part.taken + left, (size_t)(next - bytes));
        if (token.kind == XML_SHORT) {
            part.kind = too_few(left, edge, element_max, &part);
            return part;
        }
        size_t at = (size_t)(next - bytes);
        bool is_child = parts->depth > 0 && (token.kind == XML_START || token.kind == XML_EMPTY), is_plain = false;
        if (at > part.taken && parts->depth > 0) part.kind = text_take(parts, bytes, at, &part);
        if (part.kind != PART_MORE) return part;
        if (!is_child && token.kind != XML_START) {
            part.kind = token_take(parts, bytes, length, at, token, &part);
        } else if (!is_child) {
            part.kind = enter(parts, bytes, at, token.end, &part);
        } else {
            size_t reach = length - at < element_max ? length : at + element_max, end = record_xml_element_end(bytes, reach, at, &is_plain);
            bool wants_more = end == 0 && reach < at + element_max && edge == EDGE_OPEN, is_element = false;
            if (end > 0 && !is_plain) is_element = repeats(parts, bytes, length, at, end, edge, element_max, &wants_more);
            if (wants_more) return part;
            if (end > 0) part.kind = child_take(parts, bytes, length, at, end, is_plain, is_element, run_max, element_max, &part);
            else if (reach == at + element_max || edge == EDGE_CUT) part.kind = enter(parts, bytes, at, token.end, &part);
            else part.kind = PART_BREAK;
        }
        if (part.kind == PART_BREAK && parts->depth == 0 && part.taken < length) part.taken++; /* not to begin there again */
        if (part.kind != PART_MORE) return part;
    }
    part.kind = PART_NO_MEMORY;
    return part;
}

const struct part_format record_xml_parts = {parts_open, parts_close, record_xml_find,    parts_begin,   parts_inside, parts_next,
                                             NULL,       NULL,        parts_context_room, parts_context, parts_leave};
