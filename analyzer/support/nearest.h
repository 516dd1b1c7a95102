/* Which of some words is probably meant by a mistyped one. */
#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

/* The word with the fewest insertions, deletions, changes and swaps of neighbours, the first of equals; NULL
 * where none is near enough to be worth a suggestion (a third of the letters, at least one). */
const char *nearest_word(const char *word, const char *const *words, size_t word_count);

#endif
