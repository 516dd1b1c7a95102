/* JSON values that are too long to be read as a whole, in parts.
 *
 * Shape    bytes from the start of an outermost object on -> next -> parts
 * Levels   the outermost object, and an object in an array that is too long itself, is entered: what it has of its own
 *          becomes context, its arrays' objects are given as elements. An element is inherited to what stands before it.
 * Maps     an object of more than PART_MAP_MIN bytes with more than PART_MEMBERS_FEW objects as members that begin within so many
 *          is a map: its objects are elements, each with its name. A shorter one is context as a whole, with its elements, as far
 *          as there is room for it
 *          An object of so many bytes with fewer objects is a map, too, if two of them in succession are alike by the names in them;
 *          and its first member is an element where none else begins within them and its name has a digit: so are those like it
 * Lenient  as record_json is; what breaks its rules outside of elements ends the value (PART_BREAK)
 * Owns     the context and a stack, from open to close
 * Limits   PART_CONTEXT_MAX, PART_LEVELS_MAX: beyond them the value goes no further as one (PART_BREAK, oversized)
 */
#ifndef RECORD_JSON_PARTS_H
#define RECORD_JSON_PARTS_H

#include "part.h"

extern const struct part_format record_json_parts;

#endif
