#include "record_xml_inner.h"

#include <string.h>
#include <strings.h>

/* What names a value is not always its element: <field name="vin">..</field>, <tag k="vin" v=".."/>, <key>vin</key><string>..</string>. */
enum { NOTE_LENGTH_MAX = 16 };

static bool is_one_of(struct span name, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strlen(*words) == name.len && strncasecmp(*words, name.at, name.len) == 0) return true;
    return false;
}

static struct span text_of(const struct xml_reader *reader, const struct xml_node *node)
{
    return (struct span){reader->pool.at + node->text, node->text_length};
}

bool xml_has_digit(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)(text.at[i] - '0') <= 9) return true;
    return false;
}

/* Whether an attribute only says of what kind a value is. */
static bool is_note(const struct xml_reader *reader, const struct xml_node *attribute)
{
    static const char *const notes[] = {"type", "nil", "null", "isnull", "size", "length", "format", "space", NULL};
    struct span text = text_of(reader, attribute);
    return is_one_of(xml_node_name(reader, attribute), notes) && text.len <= NOTE_LENGTH_MAX && !xml_has_digit(text);
}

/* What an element that only holds a value under a name is made of; nodes, or NONE. */
struct named_value {
    uint32_t name, value, inner;
};

static bool named_value_find(const struct xml_reader *reader, uint32_t element, struct named_value *found)
{
    static const char *const names[] = {"name", "key", "k", NULL}, *const values[] = {"value", "v", "content", "val", NULL};
    *found = (struct named_value){NONE, NONE, NONE};
    for (uint32_t i = reader->nodes[element].first; i != NONE; i = reader->nodes[i].next) {
        const struct xml_node *node = &reader->nodes[i];
        if (node->kind >= NODE_TEXT) continue;
        struct span name = xml_node_name(reader, node);
        bool is_attribute = node->kind == NODE_ATTRIBUTE;
        if (is_attribute && found->name == NONE && is_one_of(name, names)) found->name = i;
        else if (is_attribute && found->value == NONE && is_one_of(name, values)) found->value = i;
        else if (!is_attribute && found->inner == NONE && !node->has_members && is_one_of(name, values)) found->inner = i;
        else if (!is_attribute || !is_note(reader, node)) return false;
    }
    return found->name != NONE && reader->nodes[found->name].text_length > 0 && (found->value == NONE || found->inner == NONE);
}

static void set_name(struct xml_node *node, const struct xml_node *from)
{
    node->name = from->text;
    node->name_length = from->text_length;
}

/* Makes of an element with a name and a value in it one of that name with a text. */
static void name_by_attribute(struct xml_reader *reader, uint32_t element)
{
    static const char *const generic[] = {"field", "column", "col", "property", "prop", "param", "parameter", "parm", "attribute", "attr", "data",
                                          "simpledata", "entry", "item", "value", "string", "int", "integer", "long", "float", "double", "real", "boolean",
                                          "bool", "date", "key", "tag", "var", "variable", "setting", "option", "meta", "pair", "arg", "cell", NULL};
    struct xml_node *node = &reader->nodes[element];
    struct named_value found;
    if (!is_one_of(xml_node_name(reader, node), generic) || !named_value_find(reader, element, &found)) return;
    set_name(node, &reader->nodes[found.name]);
    node->has_members = node->has_fields = false;
    for (uint32_t i = node->first; i != NONE; i = reader->nodes[i].next)
        if (reader->nodes[i].kind == NODE_ATTRIBUTE) reader->nodes[i].kind = i == found.value ? NODE_TEXT : NODE_GONE;
    if (found.inner == NONE) return;
    node->first = reader->nodes[found.inner].first;
    node->last = reader->nodes[found.inner].last;
    for (uint32_t i = node->first; i != NONE; i = reader->nodes[i].next) reader->nodes[i].parent = element;
}

/* ------------------------------------------------------------------ property lists */

static bool is_plain(const struct xml_reader *reader, uint32_t node, const char *name)
{
    return reader->nodes[node].kind == NODE_ELEMENT && !reader->nodes[node].has_members && xml_is_named(reader, &reader->nodes[node], name);
}

/* A value of a list has the name of the list. */
static void name_elements(struct xml_reader *reader, uint32_t list, const struct xml_node *key)
{
    static const char *const scalars[] = {"string", "integer", "real", NULL};
    for (uint32_t i = reader->nodes[list].first; i != NONE; i = reader->nodes[i].next) {
        struct xml_node *node = &reader->nodes[i];
        if (node->kind == NODE_ELEMENT && !node->has_members && is_one_of(xml_node_name(reader, node), scalars)) set_name(node, key);
    }
}

/* Names what follows a key by it; a date stays one beneath that name. */
static void name_by_key(struct xml_reader *reader, uint32_t dict)
{
    uint32_t key = NONE;
    for (uint32_t i = reader->nodes[dict].first; i != NONE; i = reader->nodes[i].next) {
        struct xml_node *node = &reader->nodes[i];
        if (node->kind != NODE_ELEMENT || node->is_comment) continue;
        if (is_plain(reader, i, "key") && node->first != NONE && node->first == node->last) {
            key = i;
            continue;
        }
        const struct xml_node *text = key == NONE ? NULL : &reader->nodes[reader->nodes[key].first];
        if (text != NULL && !xml_is_named(reader, node, "date")) {
            if (xml_is_named(reader, node, "array")) name_elements(reader, i, text);
            set_name(node, text);
            reader->nodes[key].kind = NODE_GONE;
        }
        key = NONE;
    }
}

void xml_names_settle(struct xml_reader *reader, uint32_t element)
{
    if (reader->nodes[element].has_members) name_by_attribute(reader, element);
    if (xml_is_named(reader, &reader->nodes[element], "dict")) name_by_key(reader, element);
}
