/* Frame numbers stamped by the authority, in running text.
 *
 * Threads  any number at once
 */
#ifndef FRAME_NUMBER_H
#define FRAME_NUMBER_H

#include "detector.h"

/* The first such number at or after `from`: its span in the text. False where there is none. No shape tells where one
 * stands, since it begins and ends in a kanji. */
bool stamped_number_find(struct span text, size_t from, struct span *number);

#endif
