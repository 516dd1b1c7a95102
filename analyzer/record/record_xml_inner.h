/* What the files that read XML have in common: the tree of what is in hand, and the door to expat.
 *
 * Private to record_xml.c, record_xml_names.c, record_xml_json.c, record_xml_mend.c
 */
#ifndef RECORD_XML_INNER_H
#define RECORD_XML_INNER_H

#define XML_DTD 1 /* expat.h hides the limits behind it; Debian's library has them */
#include <expat.h>

#include "record_xml.h"

/* GONE: given up, with all that is in it. */
enum node_kind { NODE_ELEMENT, NODE_ATTRIBUTE, NODE_TEXT, NODE_GONE };

#define NONE UINT32_MAX

struct xml_node {
    uint32_t parent, first, last, next;
    uint32_t before;               /* the element before it in the same one */
    uint32_t name, name_length;    /* in the pool; of texts not */
    uint32_t text, text_length;    /* of attributes and texts */
    uint32_t raw;                  /* where it begins in what was fed */
    uint8_t kind;
    bool has_members;              /* attributes, elements or comments */
    bool has_fields;               /* attributes or elements */
    bool is_comment;               /* an element that was one */
    bool repeats;
};

struct name_seen {
    uint64_t hash, stamp;
    uint32_t node;
};

struct xml_reader {
    XML_Parser parser;      /* NULL: no memory */
    struct xml_node *nodes;
    size_t node_count, node_capacity;
    struct bytes pool;
    struct bytes prolog;    /* comments before the outermost element */
    uint32_t open;          /* the element that is open */
    int64_t raw_shift;      /* from places in what expat was fed to those of the bytes in hand */
    int64_t behind;         /* the last tag or comment, in the bytes in hand */
    struct name_seen *seen; /* names of one element's elements, of the last stamp */
    size_t seen_capacity;
    uint64_t stamp;
    bool in_type;           /* within a document type */
    bool breaks_off;        /* tags are missing: what is open may lack what belongs to it */
    bool was_deep;          /* what expat read before */
    bool failed;            /* no memory */
};

/* Empties the tree. */
void xml_tree_reset(struct xml_reader *reader);

/* Readies expat for a document. is_whole: elements may stand beside others of their name. False: no memory. */
bool xml_parser_begin(struct xml_reader *reader, const char *encoding, bool is_whole);

/* Whether what is fed becomes part of the tree. */
void xml_parser_listen(struct xml_reader *reader, bool listens);

/* False: it is not well formed, or memory ran out. */
bool xml_feed(struct xml_reader *reader, struct span bytes);

bool xml_lacks_memory(const struct xml_reader *reader);

/* Where expat stopped, in the bytes in hand. */
int64_t xml_stopped_at(const struct xml_reader *reader);

/* The element that is open ends. */
void xml_element_end(struct xml_reader *reader);

/* A text that nothing is joined to. False: no memory. */
bool xml_pool_part(struct xml_reader *reader);

/* Names an element that is at its end, and those in it, by what else says what they are. */
void xml_names_settle(struct xml_reader *reader, uint32_t element);

bool xml_has_digit(struct span text);

static inline struct span xml_node_name(const struct xml_reader *reader, const struct xml_node *node)
{
    return (struct span){reader->pool.at + node->name, node->name_length};
}

static inline bool xml_is_named(const struct xml_reader *reader, const struct xml_node *node, const char *name)
{
    return node->kind < NODE_TEXT && node->name_length == strlen(name) && memcmp(reader->pool.at + node->name, name, node->name_length) == 0;
}

/* What is written, and of a context where the elements would be. */
struct xml_writing {
    struct xml_reader *reader;
    struct bytes *json;
    uint32_t innermost;  /* of a context; NONE */
    struct span name;    /* of the elements in it */
    size_t inside;
    size_t late_raw, late;
};

/* Puts an element as an object behind what json has. Fails FATAL: no memory; nothing is put. */
MUST_USE enum status xml_write(struct xml_writing *writing, uint32_t element, struct fault *fault);

#endif
