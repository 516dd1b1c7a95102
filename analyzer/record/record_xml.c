#include "record_xml_inner.h"

#include <stdio.h>
#include <string.h>

#include "../support/hash.h"
#include "json_put.h"
#include "record_xml_cut.h"

/* The door to expat. It is told that all is UTF-8, whatever a declaration says: an earlier stage may have changed the
 * encoding. Without a handler for them external entities are left out. Its own limits against entities that grow are for
 * whole documents of any size; these here are for at most one unit. It calls back in the thread that feeds it, and takes
 * int lengths. */
enum {
    ENTITIES_GROW_FROM = 1 << 20, /* bytes that entities may become however little they are made of */
    FEED_FIRST = 1 << 12, /* expat copies what it is fed: little, so that it costs little to begin again, then ever more */
    NODES_FIRST = 256,
    PREFIX_LENGTH_MAX = 8,
    NAMESPACE_DIGITS_LEAST = 6,
    RESET_DEPTH_MAX = 1 << 16
};
static const float ENTITIES_GROW_TIMES = 50;

/* ------------------------------------------------------------------ the tree */

static uint32_t pool_put(struct xml_reader *reader, const char *text, size_t length)
{
    if (reader->pool.count + length >= NONE || !bytes_reserve(&reader->pool, length + 1)) {
        reader->failed = true;
        return 0;
    }
    uint32_t at = (uint32_t)reader->pool.count;
    bytes_put(&reader->pool, text, length);
    return at;
}

/* A new last child of an element; NONE: no memory. */
static uint32_t node_add(struct xml_reader *reader, uint32_t parent, enum node_kind kind)
{
    if (reader->node_count == reader->node_capacity) {
        size_t capacity = 2 * reader->node_capacity + NODES_FIRST;
        struct xml_node *nodes = capacity >= NONE ? NULL : realloc(reader->nodes, capacity * sizeof *nodes);
        if (nodes == NULL) return reader->failed = true, NONE;
        reader->nodes = nodes;
        reader->node_capacity = capacity;
    }
    uint32_t made = (uint32_t)reader->node_count++;
    reader->nodes[made] = (struct xml_node){.parent = parent, .first = NONE, .last = NONE, .next = NONE, .before = NONE, .kind = (uint8_t)kind};
    if (parent == NONE) return made;
    struct xml_node *around = &reader->nodes[parent];
    if (around->last == NONE) around->first = made;
    else reader->nodes[around->last].next = made;
    if (kind == NODE_ELEMENT) {
        uint32_t before = around->last;
        while (before != NONE && reader->nodes[before].kind >= NODE_TEXT) before = reader->nodes[before].before;
        reader->nodes[made].before = before != NONE && reader->nodes[before].kind == NODE_ELEMENT ? before : NONE;
    } else if (kind == NODE_TEXT) {
        reader->nodes[made].before = around->last;
    }
    around->last = made;
    around->has_members |= kind != NODE_TEXT;
    around->has_fields |= kind != NODE_TEXT;
    return made;
}

/* A name without its prefix, unless that may be more than one. */
static void node_set_name(struct xml_reader *reader, uint32_t node, const char *name)
{
    const char *colon = strrchr(name, ':'), *local = colon == NULL || colon[1] == '\0' ? name : colon + 1;
    struct span prefix = {name, (size_t)(local - name)};
    if (prefix.len > PREFIX_LENGTH_MAX && xml_has_digit(prefix)) local = name;
    size_t length = strlen(local);
    reader->nodes[node].name = pool_put(reader, local, length);
    reader->nodes[node].name_length = (uint32_t)length;
}

/* Where what expat tells of begins, in the bytes in hand. */
static uint32_t raw_here(const struct xml_reader *reader)
{
    return (uint32_t)(XML_GetCurrentByteIndex(reader->parser) + reader->raw_shift);
}

/* A tag or comment is gone through. What entities stand for is nowhere. */
static void get_behind(struct xml_reader *reader)
{
    int64_t behind = XML_GetCurrentByteIndex(reader->parser) + XML_GetCurrentByteCount(reader->parser) + reader->raw_shift;
    if (behind > reader->behind) reader->behind = behind;
}

/* An element "comment" that holds text alone, so that what stands in comments is read, and instructions. */
static void comment_add(struct xml_reader *reader, const char *text, size_t length)
{
    bool had_fields = reader->nodes[reader->open].has_fields;
    uint32_t made = node_add(reader, reader->open, NODE_ELEMENT), inner = made == NONE ? NONE : node_add(reader, made, NODE_TEXT);
    if (inner == NONE) return;
    reader->nodes[reader->open].has_fields = had_fields;
    node_set_name(reader, made, "comment");
    reader->nodes[made].is_comment = true;
    reader->nodes[made].raw = raw_here(reader);
    reader->nodes[inner].text = pool_put(reader, text, length);
    reader->nodes[inner].text_length = (uint32_t)length;
}

static void prolog_put(struct xml_reader *reader, const char *text, size_t length)
{
    if (!bytes_reserve(&reader->prolog, length + 1)) reader->failed = true;
    else bytes_put(&reader->prolog, text, length), bytes_put_byte(&reader->prolog, ' ');
}

static void XMLCALL take_comment(void *context, const XML_Char *text)
{
    struct xml_reader *reader = context;
    if (reader->failed || reader->in_type) return;
    get_behind(reader);
    if (reader->open != NONE) comment_add(reader, text, strlen(text));
    else if (reader->node_count == 0) prolog_put(reader, text, strlen(text));
}

/* An instruction is a comment of two words or more. */
static void XMLCALL take_instruction(void *context, const XML_Char *target, const XML_Char *text)
{
    struct xml_reader *reader = context;
    size_t length = strlen(target) + 1 + strlen(text);
    char *both = reader->failed ? NULL : malloc(length + 1);
    if (both == NULL) {
        reader->failed = true;
        return;
    }
    sprintf(both, "%s %s", target, text);
    take_comment(context, both);
    free(both);
}

/* What stands in a document type is not what the elements say. */
static void XMLCALL take_type(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public, int has_subset)
{
    struct xml_reader *reader = context;
    (void)name, (void)system, (void)public, (void)has_subset;
    reader->in_type = true;
}

static void XMLCALL take_type_end(void *context)
{
    struct xml_reader *reader = context;
    reader->in_type = false;
}

/* What says which namespace a prefix means is no field; with as many digits as an identifier has it is a comment. */
static void namespace_add(struct xml_reader *reader, const XML_Char *text)
{
    int digits = 0;
    for (const XML_Char *at = text; *at != '\0'; at++) digits += (unsigned char)(*at - '0') <= 9;
    if (digits >= NAMESPACE_DIGITS_LEAST) prolog_put(reader, text, strlen(text));
}

static void XMLCALL take_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct xml_reader *reader = context;
    uint32_t made = reader->failed ? NONE : node_add(reader, reader->open, NODE_ELEMENT);
    if (made == NONE) return;
    get_behind(reader);
    node_set_name(reader, made, name);
    reader->nodes[made].raw = raw_here(reader);
    for (; *attributes != NULL && !reader->failed; attributes += 2) {
        if (strncmp(attributes[0], "xmlns", 5) == 0 && (attributes[0][5] == ':' || attributes[0][5] == '\0')) {
            namespace_add(reader, attributes[1]);
            continue;
        }
        uint32_t attribute = node_add(reader, made, NODE_ATTRIBUTE);
        if (attribute == NONE) return;
        node_set_name(reader, attribute, attributes[0]);
        size_t length = strlen(attributes[1]);
        reader->nodes[attribute].raw = reader->nodes[made].raw;
        reader->nodes[attribute].text = pool_put(reader, attributes[1], length);
        reader->nodes[attribute].text_length = (uint32_t)length;
    }
    reader->open = made;
    if (reader->prolog.count > 0) comment_add(reader, reader->prolog.at, reader->prolog.count);
    reader->prolog.count = 0;
}

static void XMLCALL take_text(void *context, const XML_Char *text, int length)
{
    struct xml_reader *reader = context;
    if (reader->failed || reader->open == NONE) return;
    uint32_t last = reader->nodes[reader->open].last;
    bool goes_on = last != NONE && reader->nodes[last].kind == NODE_TEXT && reader->nodes[last].text + reader->nodes[last].text_length == reader->pool.count;
    uint32_t at = pool_put(reader, text, (size_t)length);
    if (reader->failed) return;
    if (goes_on) {
        reader->nodes[last].text_length += (uint32_t)length;
        return;
    }
    uint32_t made = node_add(reader, reader->open, NODE_TEXT);
    if (made == NONE) return;
    reader->nodes[made].text = at;
    reader->nodes[made].text_length = (uint32_t)length;
    reader->nodes[made].raw = raw_here(reader);
}

/* ------------------------------------------------------------------ elements at their end */

static bool seen_reserve(struct xml_reader *reader, size_t count)
{
    if (2 * count <= reader->seen_capacity) return true;
    size_t capacity = reader->seen_capacity == 0 ? 64 : reader->seen_capacity;
    while (capacity < 2 * count) capacity *= 2;
    struct name_seen *seen = calloc(capacity, sizeof *seen);
    if (seen == NULL) return false;
    free(reader->seen);
    reader->seen = seen;
    reader->seen_capacity = capacity;
    return true;
}

/* Says of each element in this one whether it stands beside others of its name. */
static void find_repeating(struct xml_reader *reader, uint32_t element)
{
    size_t count = 0;
    for (uint32_t i = reader->nodes[element].first; i != NONE; i = reader->nodes[i].next) {
        struct xml_node *node = &reader->nodes[i];
        if (node->kind == NODE_ELEMENT && node->has_fields) node->repeats |= record_xml_is_point(xml_node_name(reader, node));
        count += node->has_fields;
    }
    if (count < 2) return;
    if (!seen_reserve(reader, count)) {
        reader->failed = true;
        return;
    }
    reader->stamp++;
    for (uint32_t i = reader->nodes[element].first; i != NONE; i = reader->nodes[i].next) {
        struct xml_node *node = &reader->nodes[i];
        if (!node->has_fields) continue;
        uint64_t hash = hash_bytes(reader->pool.at + node->name, node->name_length, 1);
        size_t slot = hash & (reader->seen_capacity - 1);
        while (reader->seen[slot].stamp == reader->stamp && reader->seen[slot].hash != hash) slot = (slot + 1) & (reader->seen_capacity - 1);
        struct name_seen *seen = &reader->seen[slot];
        if (seen->stamp != reader->stamp) {
            *seen = (struct name_seen){hash, reader->stamp, i};
            continue;
        }
        node->repeats = reader->nodes[seen->node].repeats = true;
    }
}

/* Takes a node without a place into an element. */
static void adopt(struct xml_reader *reader, uint32_t parent, uint32_t child)
{
    struct xml_node *around = &reader->nodes[parent], *node = &reader->nodes[child];
    node->parent = parent;
    node->next = node->before = NONE;
    if (around->last == NONE) around->first = child;
    else reader->nodes[around->last].next = child;
    around->last = child;
    around->has_members |= node->kind != NODE_TEXT;
    around->has_fields |= node->kind != NODE_TEXT && !node->is_comment;
}

struct chain {
    uint32_t first, last;
    size_t count;
};

static void chain_add(struct xml_reader *reader, struct chain *chain, uint32_t node)
{
    if (chain->count++ == 0) chain->first = node;
    else reader->nodes[chain->last].next = node;
    chain->last = node;
    reader->nodes[node].next = NONE;
}

static bool is_plain(const struct xml_reader *reader, uint32_t node, const char *name)
{
    return reader->nodes[node].kind == NODE_ELEMENT && !reader->nodes[node].has_members && xml_is_named(reader, &reader->nodes[node], name);
}

/* A track of <when> and <gx:coord>, as many of one as of the other, becomes one of points; what else is in it comes first. Of one
 * that breaks off, the last times have no position any more. */
static void join_track(struct xml_reader *reader, uint32_t track)
{
    size_t whens = 0, coords = 0;
    struct chain when = {NONE, NONE, 0}, coord = {NONE, NONE, 0};
    uint32_t next = reader->nodes[track].first;
    for (uint32_t i = next; i != NONE; i = reader->nodes[i].next) whens += is_plain(reader, i, "when"), coords += is_plain(reader, i, "coord");
    if (coords == 0 || (reader->breaks_off ? whens < coords : whens != coords)) return;
    reader->nodes[track].first = reader->nodes[track].last = NONE;
    for (uint32_t i = next; i != NONE; i = next) {
        next = reader->nodes[i].next;
        if (is_plain(reader, i, "when")) chain_add(reader, &when, i);
        else if (is_plain(reader, i, "coord")) chain_add(reader, &coord, i);
        else adopt(reader, track, i);
    }
    uint32_t name = pool_put(reader, "point", 5);
    for (uint32_t i = when.first, k = coord.first; k != NONE && !reader->failed; i = when.first, k = coord.first) {
        uint32_t point = node_add(reader, track, NODE_ELEMENT);
        if (point == NONE) return;
        reader->nodes[point].name = name;
        reader->nodes[point].name_length = 5;
        reader->nodes[point].repeats = true;
        when.first = reader->nodes[i].next;
        coord.first = reader->nodes[k].next;
        adopt(reader, point, i);
        adopt(reader, point, k);
    }
    for (uint32_t i = when.first; i != NONE; i = next) {
        next = reader->nodes[i].next;
        adopt(reader, track, i);
    }
}

void xml_element_end(struct xml_reader *reader)
{
    if (xml_is_named(reader, &reader->nodes[reader->open], "Track")) join_track(reader, reader->open);
    if (!reader->failed) xml_names_settle(reader, reader->open);
    if (!reader->failed) find_repeating(reader, reader->open);
    reader->open = reader->nodes[reader->open].parent;
}

/* In a context nothing but what is open repeats. */
static void XMLCALL take_end_of_context(void *context, const XML_Char *name)
{
    struct xml_reader *reader = context;
    (void)name;
    if (reader->failed || reader->open == NONE) return;
    xml_names_settle(reader, reader->open);
    reader->open = reader->nodes[reader->open].parent;
}

static void XMLCALL take_end(void *context, const XML_Char *name)
{
    struct xml_reader *reader = context;
    (void)name;
    if (reader->failed || reader->open == NONE) return;
    get_behind(reader);
    xml_element_end(reader);
}

/* ------------------------------------------------------------------ reading */

enum status record_xml_open(struct xml_reader **reader, struct fault *fault)
{
    *reader = calloc(1, sizeof **reader);
    if (*reader != NULL) (*reader)->parser = XML_ParserCreate("UTF-8");
    if (*reader != NULL) (*reader)->open = NONE;
    if (*reader != NULL && (*reader)->parser != NULL) return STATUS_OK;
    record_xml_close(*reader);
    *reader = NULL;
    return fault_set(fault, STATUS_FATAL, "no memory to read XML");
}

void record_xml_close(struct xml_reader *reader)
{
    if (reader == NULL) return;
    if (reader->parser != NULL) XML_ParserFree(reader->parser);
    bytes_free(&reader->pool);
    bytes_free(&reader->prolog);
    free(reader->nodes);
    free(reader->seen);
    free(reader);
}

bool xml_lacks_memory(const struct xml_reader *reader)
{
    return reader->failed || reader->parser == NULL || XML_GetErrorCode(reader->parser) == XML_ERROR_NO_MEMORY;
}

static enum status fault_of(const struct xml_reader *reader, struct fault *fault)
{
    if (xml_lacks_memory(reader)) return fault_set(fault, STATUS_FATAL, "no memory to read XML");
    return fault_set(fault, STATUS_DAMAGED, "not well-formed XML");
}

bool xml_feed(struct xml_reader *reader, struct span bytes)
{
    size_t most = FEED_FIRST;
    for (; bytes.len > 0 && !reader->failed; most *= 2) {
        size_t count = bytes.len < most ? bytes.len : most;
        if (XML_Parse(reader->parser, bytes.at, (int)count, 0) != XML_STATUS_OK) return false;
        bytes.at += count;
        bytes.len -= count;
    }
    return !reader->failed;
}

int64_t xml_stopped_at(const struct xml_reader *reader)
{
    return XML_GetCurrentByteIndex(reader->parser) + reader->raw_shift;
}

bool xml_pool_part(struct xml_reader *reader)
{
    (void)pool_put(reader, " ", 1);
    return !reader->failed;
}

/* Whether so many elements are open that expat, once reset, says that it has no memory (2.5.0 did so from some 350,000 on). */
static bool is_too_deep(const struct xml_reader *reader)
{
    int depth = 0;
    for (uint32_t i = reader->open; i != NONE && depth <= RESET_DEPTH_MAX; i = reader->nodes[i].parent) depth++;
    return depth > RESET_DEPTH_MAX;
}

void xml_tree_reset(struct xml_reader *reader)
{
    reader->node_count = reader->pool.count = reader->prolog.count = 0;
    reader->was_deep |= is_too_deep(reader);
    reader->open = NONE;
    reader->raw_shift = reader->behind = 0;
    reader->breaks_off = reader->in_type = false;
    reader->failed = !bytes_reserve(&reader->pool, 1);
}

void xml_parser_listen(struct xml_reader *reader, bool listens)
{
    XML_SetElementHandler(reader->parser, listens ? take_start : NULL, listens ? take_end : NULL);
    XML_SetCharacterDataHandler(reader->parser, listens ? take_text : NULL);
    XML_SetCommentHandler(reader->parser, listens ? take_comment : NULL);
    XML_SetProcessingInstructionHandler(reader->parser, listens ? take_instruction : NULL);
    XML_SetDoctypeDeclHandler(reader->parser, listens ? take_type : NULL, listens ? take_type_end : NULL);
}

bool xml_parser_begin(struct xml_reader *reader, const char *encoding, bool is_whole)
{
    if (reader->was_deep || is_too_deep(reader)) {
        reader->was_deep = false;
        XML_ParserFree(reader->parser);
        reader->parser = XML_ParserCreate(encoding);
        if (reader->parser == NULL) return false;
    } else {
        XML_ParserReset(reader->parser, encoding);
    }
    XML_SetUserData(reader->parser, reader);
    xml_parser_listen(reader, true);
    if (!is_whole) XML_SetEndElementHandler(reader->parser, take_end_of_context);
    XML_SetBillionLaughsAttackProtectionMaximumAmplification(reader->parser, ENTITIES_GROW_TIMES);
    XML_SetBillionLaughsAttackProtectionActivationThreshold(reader->parser, ENTITIES_GROW_FROM);
    return true;
}

static bool parse(struct xml_reader *reader, const struct span *pieces, size_t piece_count, bool is_whole, const char *encoding)
{
    xml_tree_reset(reader);
    bool well = xml_parser_begin(reader, encoding, is_whole);
    for (size_t i = 0; i < piece_count && well; i++) well = xml_feed(reader, pieces[i]);
    return well && (!is_whole || XML_Parse(reader->parser, "", 0, 1) == XML_STATUS_OK) && !reader->failed;
}

/* Makes the tree of bytes that come in pieces. */
static enum status tree_make(struct xml_reader *reader, const struct span *pieces, size_t piece_count, bool is_whole, struct fault *fault)
{
    if (parse(reader, pieces, piece_count, is_whole, "UTF-8")) return STATUS_OK;
    bool is_other_set = !xml_lacks_memory(reader) && XML_GetErrorCode(reader->parser) == XML_ERROR_INVALID_TOKEN;
    if (is_other_set && parse(reader, pieces, piece_count, is_whole, "ISO-8859-1")) return STATUS_OK;
    return fault_of(reader, fault);
}

enum status record_xml_document(struct xml_reader *reader, struct span document, struct bytes *json, struct fault *fault)
{
    enum status status = tree_make(reader, &document, 1, true, fault);
    if (status != STATUS_OK) return status;
    return xml_write(&(struct xml_writing){.reader = reader, .json = json, .innermost = NONE}, 0, fault);
}

enum status record_xml_elements(struct xml_reader *reader, struct span type, struct span elements, struct bytes *json, struct fault *fault)
{
    const struct span pieces[] = {type, {"<r>", 3}, elements, {"</r>", 4}};
    enum status status = tree_make(reader, pieces, sizeof pieces / sizeof pieces[0], true, fault);
    struct xml_writing writing = {.reader = reader, .json = json, .innermost = NONE};
    for (uint32_t i = status == STATUS_OK ? reader->nodes[0].first : NONE; i != NONE && status == STATUS_OK; i = reader->nodes[i].next) {
        if (reader->nodes[i].kind != NODE_ELEMENT || reader->nodes[i].is_comment) continue;
        reader->nodes[i].repeats = false; /* the array that they stand in is the context's */
        status = xml_write(&writing, i, fault);
        if (status == STATUS_OK && !json_put_raw(json, "\n", 1)) status = fault_set(fault, STATUS_FATAL, "no memory to read XML");
    }
    return status;
}

enum status record_xml_context(struct xml_reader *reader, struct span bytes, struct span name, struct part_context *context, struct bytes *json,
                               struct fault *fault)
{
    size_t from = json->count, colon = name.len;
    enum status status = tree_make(reader, &bytes, 1, false, fault);
    if (status != STATUS_OK) return status;
    if (reader->open == NONE) return fault_set(fault, STATUS_DAMAGED, "no element is open");
    while (colon > 0 && name.at[colon - 1] != ':') colon--;
    struct xml_writing writing = {.reader = reader, .json = json, .innermost = reader->open, .name = {name.at + colon, name.len - colon},
                              .inside = from, .late_raw = context->late, .late = SIZE_MAX};
    /* What is open is a level each, and nothing else is. */
    for (uint32_t i = reader->open; reader->nodes[i].parent != NONE; i = reader->nodes[i].parent) reader->nodes[i].repeats = true;
    status = xml_write(&writing, 0, fault);
    context->length = json->count - from;
    context->inside = writing.inside - from;
    context->late = writing.late == SIZE_MAX ? SIZE_MAX : writing.late - from;
    return status;
}
