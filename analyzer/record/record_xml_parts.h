/* XML documents that are too long to be read as a whole, in parts.
 *
 * Shape    bytes from the start of an outermost element on -> next -> parts
 * Levels   the outermost element, and any that is too long itself, is entered. In it, elements with attributes or elements
 *          of their own that stand beside others of the same name are given as elements, those of one name together; all
 *          else is context. An element inherits what stands before it.
 * Context  the document type, if there is one, the start tags of what is open, and what is in them
 * Owns     the context and a stack, from open to close
 * Limits   PART_CONTEXT_MAX, PART_LEVELS_MAX: beyond them the document goes no further as one (PART_BREAK, oversized)
 */
#ifndef RECORD_XML_PARTS_H
#define RECORD_XML_PARTS_H

#include "part.h"

extern const struct part_format record_xml_parts;

#endif
