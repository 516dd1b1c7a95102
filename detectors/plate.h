/* Japanese licence plates in running text.
 *
 * Threads  any number at once
 */
#ifndef PLATE_H
#define PLATE_H

#include "detector.h"

/* The first plate with a known place at or after `from`: its span in the text. False where there is none. */
bool plate_find(struct span text, size_t from, struct span *plate);

#endif
