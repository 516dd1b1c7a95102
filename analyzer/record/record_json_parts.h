/* JSON values that are too long to be read as a whole, in parts.
 *
 * Shape    bytes from the start of an outermost object on -> record_json_parts_next -> parts
 * Levels   the outermost object, and an object in an array that is too long itself, is entered: what it has of its own
 *          becomes context, its arrays' objects are given as elements. An element is inherited to what stands before it.
 * Lenient  as record_json is; what breaks its rules outside of elements ends the value (PART_BREAK)
 * Owns     the context and a stack, from record_json_parts_open to record_json_parts_close
 * Limits   PART_CONTEXT_MAX, PART_LEVELS_MAX: beyond them the value goes no further as one (PART_BREAK, oversized)
 */
#ifndef RECORD_JSON_PARTS_H
#define RECORD_JSON_PARTS_H

#include "../support/fault.h"
#include "part.h"

struct json_parts;

struct json_parts *record_json_parts_open(void); /* NULL: no memory */
void record_json_parts_close(struct json_parts *parts); /* accepts NULL */

/* Begins a value; bytes from its '{' on are to be given. False: no memory. */
bool record_json_parts_begin(struct json_parts *parts);

/* Whether a value has begun and not ended. */
bool record_json_parts_inside(const struct json_parts *parts);

/* The next part. Elements of up to element_max bytes are whole; many of them make a part of run_max bytes at most. */
struct part record_json_parts_next(struct json_parts *parts, const char *bytes, size_t length, enum part_edge edge, size_t run_max,
                                   size_t element_max);

/* Writes the context of a part to `to`, which has room for record_json_parts_context_room(), and says what it is. */
size_t record_json_parts_context_room(const struct json_parts *parts);
void record_json_parts_context(const struct json_parts *parts, const struct part *part, char *to, struct part_context *context);

/* Leaves what ends with a part, once its context is written. */
void record_json_parts_leave(struct json_parts *parts, const struct part *part);

/* Where the first outermost object begins; length where none does. */
size_t record_json_parts_find(const char *bytes, size_t length);

#endif
