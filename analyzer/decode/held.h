/* Bytes of something within something else, held in memory, so that they can be read at any place.
 *
 * Whole    only where nothing is missing and they are no more than was allowed; else they are read on front to back as ever
 * Owns     the bytes, from held_open to held_close
 * Threads  one at a time
 */
#ifndef HELD_H
#define HELD_H

#include "byte_reader.h"

struct held;

/* Reads all of below, of which `first` was read already, if that is `most` bytes or less. NULL: no memory. */
struct held *held_open(const struct byte_reader *below, const char *first, size_t first_bytes, size_t most);
void held_close(struct held *held); /* accepts NULL */

/* A reader of them from the front, behind which below is read on. With read_at and size only where they are whole. */
struct byte_reader held_reader(struct held *held);

#endif
