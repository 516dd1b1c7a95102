/* The ASCII view of full-width text: identifiers, section 0.1.
 *
 * Folds    U+FF01..U+FF5E and U+3000 to ASCII; U+2010..U+2015, U+2212 and, between ASCII letters or
 *          digits, U+30FC and U+FF70 to '-'. Nothing else changes; nothing grows.
 */
#ifndef FOLD_H
#define FOLD_H

#include "../../detectors/detector.h"

/* Whether a block can hold any of these at all (quick, may say yes for nothing). */
bool fold_block_may_want(const char *bytes, size_t length);
/* Whether this text does. */
bool fold_wanted(struct span text);
/* Writes the view to out (room for text.len) and returns its length. */
size_t fold(struct span text, char *out);

#endif
