/* Where tags and elements of XML end, by their brackets and quotes alone: what blocks are cut by.
 *
 * Lenient  names of end tags are not held against those of start tags, entities mean nothing: record_xml reads what lies in
 *          between, and says whether it is well formed
 * Source   XML 1.0, fifth edition
 */
#ifndef RECORD_XML_CUT_H
#define RECORD_XML_CUT_H

#include "../../detectors/detector.h"

enum xml_token_kind {
    XML_SHORT,    /* it does not end in these bytes */
    XML_NONE,     /* '<' is text here */
    XML_START,
    XML_EMPTY,    /* <name/> */
    XML_END,
    XML_CDATA,
    XML_ASIDE,    /* comment, processing instruction, declaration */
    XML_DOCTYPE
};

struct xml_token {
    enum xml_token_kind kind;
    size_t end; /* the byte behind it */
};

/* What begins with the '<' at a place. */
struct xml_token record_xml_token(const char *bytes, size_t length, size_t at);

/* The name of the tag that begins at a place. */
struct span record_xml_name(const char *bytes, size_t length, size_t at);

/* The byte behind the element whose start tag is at a place; 0: it does not end in these bytes. is_plain: it has neither
 * attributes nor elements. */
size_t record_xml_element_end(const char *bytes, size_t length, size_t at, bool *is_plain);

/* Of bytes that begin outside of any element: how many end with a whole outermost one or, where there is none, with a line
 * of text. What may belong to the next element (comments, declarations) stays with it. 0: more is needed. */
size_t record_xml_cut(const char *bytes, size_t length);

/* Where the first outermost element begins, or what belongs to it and stands before it; length where none does. */
size_t record_xml_find(const char *bytes, size_t length);

/* Whether they begin with a declaration (<?xml ...?>). */
bool record_xml_is_declared(const char *bytes, size_t length);

/* Whether elements of this name, of which a prefix may be part, are points of GPX: units also where one stands alone. */
bool record_xml_is_point(struct span name);

/* The document type among what stands before the first tag; of no length where there is none. */
struct span record_xml_type(struct span bytes);

/* Whether the bytes look like a document: what they begin with is a declaration or an element, and its tags are closed in
 * order, as far as they go; of one that is declared, or begins well, further ones may be damaged. */
bool record_xml_sniff(const char *bytes, size_t length);

#endif
