/* XML as JSON: what an element says in the words of record_json.h, so that fields, levels and inheritance are the same for
 * both.
 *
 * Shape    bytes of whole elements -> expat -> a tree -> JSON
 * Names    without their prefix; of generic elements what an attribute says (<field name="vin">), in a property list what the
 *          <key> before says. Attributes and elements that hold text alone are members; the text of an element that has
 *          others is a member under its own name; a comment, and an instruction, is one named so
 * Levels   elements with attributes or elements of their own that stand beside others of the same name in one element are
 *          those of an array, and so levels, and points of GPX are; all else belongs to the level that it stands in
 * Places   coordinates (KML), coord of a track, pos, posList and point (GML, GeoRSS) become objects with lat and lon; when and
 *          coord of a track of Google's are put together by their order. when is a time, and LatitudeDegrees (TCX) a lat. Rings
 *          and bounds are areas, and no places.
 * Owns     the tree, from record_xml_open to record_xml_close
 * Limits   expat's against entities that grow; no external entities; UTF-8, and where it is none, ISO 8859-1
 */
#ifndef RECORD_XML_H
#define RECORD_XML_H

#include "../../detectors/detector.h"
#include "../support/bytes.h"
#include "../support/fault.h"
#include "part.h"

struct xml_reader;

MUST_USE enum status record_xml_open(struct xml_reader **reader, struct fault *fault);
void record_xml_close(struct xml_reader *reader); /* accepts NULL */

/* All put JSON behind what `json` has. DAMAGED: not well formed; nothing is put. FATAL: no memory. */

/* An outermost element, with what stands before it: one object. */
MUST_USE enum status record_xml_document(struct xml_reader *reader, struct span document, struct bytes *json, struct fault *fault);

/* Bytes that were given up, to be read as text. */
struct xml_gap {
    size_t start, end;
};

struct xml_mended {
    struct xml_gap *gaps; /* in order */
    size_t gap_count, gap_capacity;
    size_t end;           /* of the document; what stands behind is another */
    bool broke_off;       /* tags are missing, or its end */
};

/* An element that is not well formed: what of it can be told from what cannot. Whole elements beside others of their name stay
 * what they are. part_type: of an element of a part, its document type, or empty; NULL: it is an outermost one, with what stands
 * before it. DAMAGED: nothing can be told; nothing is put, and all up to mended->end is text. */
MUST_USE enum status record_xml_mend(struct xml_reader *reader, const struct span *part_type, struct span document, struct bytes *json,
                                     struct xml_mended *mended, struct fault *fault);
void record_xml_mended_free(struct xml_mended *mended);

/* Elements of a part (record_xml_parts.h): objects, one a line. type is a document type, or empty. */
MUST_USE enum status record_xml_elements(struct xml_reader *reader, struct span type, struct span elements, struct bytes *json, struct fault *fault);

/* A part's context, and what it is as JSON: *context is that of the XML and becomes that of the JSON. name is that of the
 * part's elements; empty where it has none. */
MUST_USE enum status record_xml_context(struct xml_reader *reader, struct span bytes, struct span name, struct part_context *context, struct bytes *json,
                                        struct fault *fault);

#endif
