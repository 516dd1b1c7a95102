#include "record_xml_inner.h"

#include <string.h>

#include "json_put.h"

static struct span node_text(const struct xml_reader *reader, const struct xml_node *node)
{
    return (struct span){reader->pool.at + node->text, node->text_length};
}

/* ------------------------------------------------------------------ places */

/* Names whose text is positions: in which order, and how many numbers a position has at least. */
enum place_form { PLACE_NONE, PLACE_TUPLES, PLACE_LONGITUDE_FIRST, PLACE_LATITUDE_FIRST };

static enum place_form place_form_of(const struct xml_reader *reader, const struct xml_node *node)
{
    static const struct {
        const char *name;
        enum place_form form;
    } forms[] = {{"coordinates", PLACE_TUPLES},  {"coord", PLACE_LONGITUDE_FIRST},  {"pos", PLACE_LATITUDE_FIRST},
                 {"posList", PLACE_LATITUDE_FIRST}, {"point", PLACE_LATITUDE_FIRST}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (xml_is_named(reader, node, forms[i].name)) return forms[i].form;
    return PLACE_NONE;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span trimmed(struct span text)
{
    while (text.len > 0 && is_blank(text.at[0])) text.at++, text.len--;
    while (text.len > 0 && is_blank(text.at[text.len - 1])) text.len--;
    return text;
}

/* The next of numbers that blanks divide, or commas within a tuple. Its length is 0 where none stands there. */
static struct span number_next(struct span text, size_t *at)
{
    size_t start = *at;
    while (*at < text.len && text.at[*at] != '\0' && strchr("+-.0123456789eE", text.at[*at]) != NULL) ++*at;
    return (struct span){text.at + start, *at - start};
}

/* A position at *at, which moves behind it and the blanks. False: none stands there. */
static bool place_next(struct span text, enum place_form form, size_t *at, struct span axes[2])
{
    for (int i = 0; i < 2; i++) {
        axes[i] = number_next(text, at);
        if (axes[i].len == 0) return false;
        if (form == PLACE_TUPLES && i == 0 && (*at == text.len || text.at[(*at)++] != ',')) return false;
        if (form != PLACE_TUPLES) while (*at < text.len && is_blank(text.at[*at])) ++*at;
    }
    if (form == PLACE_TUPLES && *at < text.len && text.at[*at] == ',') {
        ++*at;
        if (number_next(text, at).len == 0) return false;
    }
    if (form == PLACE_TUPLES && *at < text.len && !is_blank(text.at[*at])) return false;
    while (*at < text.len && is_blank(text.at[*at])) ++*at;
    return true;
}

/* Whether a text is nothing but positions. Of one with blanks a third number is a height. */
static bool is_places(struct span text, enum place_form form, bool is_list)
{
    struct span axes[2];
    size_t at = 0;
    if (text.len == 0) return false;
    while (at < text.len) {
        if (!place_next(text, form, &at, axes)) return false;
        if (form == PLACE_TUPLES || is_list) continue;
        if (at < text.len && number_next(text, &at).len == 0) return false;
        return at == text.len;
    }
    return true;
}

/* ------------------------------------------------------------------ JSON */

/* Members with a position each. */
static bool put_places(struct bytes *json, struct span name, struct span text, enum place_form form, bool is_list)
{
    struct span axes[2];
    for (size_t at = 0; at < text.len;) {
        if (!place_next(text, form, &at, axes)) break;
        int latitude = form == PLACE_LATITUDE_FIRST ? 0 : 1;
        if (!json_put_name(json, name) || !json_put_raw(json, "{", 1) || !json_put_member(json, (struct span){"lat", 3}, axes[latitude]) ||
            !json_put_member(json, (struct span){"lon", 3}, axes[1 - latitude]) || !json_put_raw(json, "}", 1))
            return false;
        if (form != PLACE_TUPLES && !is_list) break;
    }
    return true;
}

/* The text of an element, all pieces of it one behind the other: its own where it is one piece, else at the pool's end. */
static bool element_text(struct xml_reader *reader, const struct xml_node *element, struct span *text)
{
    size_t start = reader->pool.count, pieces = 0;
    const struct xml_node *only = NULL;
    for (uint32_t i = element->first; i != NONE; i = reader->nodes[i].next)
        if (reader->nodes[i].kind == NODE_TEXT) only = &reader->nodes[i], pieces++;
    *text = (struct span){"", 0};
    if (pieces == 1) *text = trimmed(node_text(reader, only));
    if (pieces < 2) return true;
    size_t total = 0;
    for (uint32_t i = element->first; i != NONE; i = reader->nodes[i].next)
        if (reader->nodes[i].kind == NODE_TEXT) total += reader->nodes[i].text_length + 1;
    if (!bytes_reserve(&reader->pool, total)) return false;
    for (uint32_t i = element->first; i != NONE; i = reader->nodes[i].next) {
        if (reader->nodes[i].kind != NODE_TEXT) continue;
        struct span piece = node_text(reader, &reader->nodes[i]);
        bytes_put(&reader->pool, piece.at, piece.len);
        bytes_put_byte(&reader->pool, ' ');
    }
    *text = trimmed((struct span){reader->pool.at + start, reader->pool.count - start});
    reader->pool.count = start; /* lent until something is put there */
    return true;
}

static bool in_ring(const struct xml_reader *reader, const struct xml_node *node)
{
    return node->parent != NONE && xml_is_named(reader, &reader->nodes[node->parent], "LinearRing");
}

/* The name of a plain element, or what it means where the format says so: KML's when of TimeStamp and track, degrees of Garmin's TCX. */
static struct span meant_name(const struct xml_reader *reader, const struct xml_node *node)
{
    static const struct {
        const char *around, *name, *meant;
    } meanings[] = {{"TimeStamp", "when", "time"}, {"point", "when", "time"},
                    {"Position", "LatitudeDegrees", "lat"}, {"Position", "LongitudeDegrees", "lon"}};
    const struct xml_node *around = node->parent == NONE ? NULL : &reader->nodes[node->parent];
    for (size_t i = 0; around != NULL && i < sizeof meanings / sizeof meanings[0]; i++)
        if (xml_is_named(reader, node, meanings[i].name) && xml_is_named(reader, around, meanings[i].around))
            return (struct span){meanings[i].meant, strlen(meanings[i].meant)};
    return xml_node_name(reader, node);
}

/* An element that holds text alone. */
static bool put_plain(struct xml_reader *reader, struct bytes *json, const struct xml_node *node)
{
    struct span text;
    if (!element_text(reader, node, &text)) return false;
    if (text.len == 0) return !xml_has_digit(xml_node_name(reader, node)) || json_put_member(json, xml_node_name(reader, node), text);
    enum place_form form = place_form_of(reader, node);
    bool is_list = xml_is_named(reader, node, "posList");
    if (form == PLACE_NONE || !is_places(text, form, is_list)) return json_put_member(json, meant_name(reader, node), text);
    return in_ring(reader, node) || put_places(json, xml_node_name(reader, node), text, form, is_list);
}

/* Attributes of what says where an area ends are named otherwise than axes are. */
static bool put_attribute(struct xml_reader *reader, struct bytes *json, const struct xml_node *node)
{
    static const char *const areas[] = {"bounds", "bbox", "boundingBox", "box", "Envelope", "LatLonBox", "LatLonAltBox"};
    const struct xml_node *element = &reader->nodes[node->parent];
    bool is_area = false;
    for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++) is_area |= xml_is_named(reader, element, areas[i]);
    if (!is_area) return json_put_member(json, xml_node_name(reader, node), node_text(reader, node));
    if (!json_put_name(json, xml_node_name(reader, node))) return false;
    json->count -= 2; /* quote and colon */
    return json_put_raw(json, "_edge\":", 7) && json_put_string(json, node_text(reader, node));
}

/* The value of an element as an object, up to the members that are objects themselves. */
static bool object_open(const struct xml_writing *writing, uint32_t element)
{
    struct xml_reader *reader = writing->reader;
    const struct xml_node *node = &reader->nodes[element];
    struct span text;
    struct span name = xml_node_name(reader, node);
    if (!json_put_raw(writing->json, "{", 1)) return false;
    /* What has no member whose name it would be. */
    if (element == 0 && xml_has_digit(name) && !json_put_member(writing->json, (struct span){"element", 7}, name)) return false;
    if (!node->has_members) return put_plain(reader, writing->json, node);
    if (!element_text(reader, node, &text)) return false;
    return text.len == 0 || json_put_member(writing->json, xml_node_name(reader, node), text);
}

static bool object_close(struct xml_writing *writing, uint32_t element)
{
    struct bytes *json = writing->json;
    if (element == writing->innermost && writing->name.len > 0) {
        if (!json_put_name(json, writing->name) || !json_put_raw(json, "[null]", 6)) return false;
        writing->inside = json->count - 5;
    }
    return json_put_raw(json, writing->reader->nodes[element].repeats ? "}]" : "}", writing->reader->nodes[element].repeats ? 2 : 1);
}

/* The name of a member that is an object, or the next element of the array that ends just before. */
static bool object_name(const struct xml_writing *writing, const struct xml_node *node)
{
    struct bytes *json = writing->json;
    const struct xml_reader *reader = writing->reader;
    const struct xml_node *before = node->before == NONE ? NULL : &reader->nodes[node->before];
    bool goes_on = node->repeats && before != NULL && before->repeats && before->name_length == node->name_length &&
                   memcmp(reader->pool.at + before->name, reader->pool.at + node->name, node->name_length) == 0;
    if (goes_on) {
        json->at[json->count - 1] = ',';
        return true;
    }
    return json_put_name(json, xml_node_name(reader, node)) && (!node->repeats || json_put_raw(json, "[", 1));
}

/* A member that is no object. */
static bool put_simple(const struct xml_writing *writing, const struct xml_node *node)
{
    if (node->kind >= NODE_TEXT) return true;
    if (node->kind == NODE_ATTRIBUTE) return put_attribute(writing->reader, writing->json, node);
    return put_plain(writing->reader, writing->json, node);
}

/* An element and all that is in it. False: no memory. */
static bool put_object(struct xml_writing *writing, uint32_t top)
{
    const struct xml_reader *reader = writing->reader;
    uint32_t element = top, child = reader->nodes[top].first;
    if (!object_open(writing, top)) return false;
    for (;;) {
        while (child != NONE) {
            const struct xml_node *node = &reader->nodes[child];
            if (element == writing->innermost && writing->late == SIZE_MAX && node->raw >= writing->late_raw) writing->late = writing->json->count;
            bool is_object = node->kind == NODE_ELEMENT && (node->has_members || node->repeats);
            if (!(is_object ? object_name(writing, node) && object_open(writing, child) : put_simple(writing, node))) return false;
            if (is_object) element = child;
            child = is_object ? node->first : node->next;
        }
        if (!object_close(writing, element)) return false;
        if (element == top) return true;
        child = reader->nodes[element].next;
        element = reader->nodes[element].parent;
    }
}

enum status xml_write(struct xml_writing *writing, uint32_t element, struct fault *fault)
{
    size_t before = writing->json->count;
    if (put_object(writing, element)) return STATUS_OK;
    writing->json->count = before;
    return fault_set(fault, STATUS_FATAL, "no memory to read XML");
}
