/* Which words of a text can be a label at all.
 *
 * Shape    the last three letters of a text -> most words that are none, told at once
 * Owns     a struct label_tails of whoever asks; filled once, then const
 */
#ifndef LABELS_H
#define LABELS_H

#include "detector.h"

/* The last three letters of all labels of identifiers. */
struct label_tails {
    uint32_t last[32 * 32]; /* by the two before the last: a bit for each last letter */
};

void label_tails_read(struct label_tails *tails);

/* False where no words that end as this text does, with whatever stands before, can be a label of a kind. */
static inline bool label_may_end(const struct label_tails *tails, struct span text)
{
    if (text.len < 3) return true;
    unsigned a = (unsigned char)text.at[text.len - 3], b = (unsigned char)text.at[text.len - 2], c = (unsigned char)text.at[text.len - 1];
    bool letters = (a | 0x20) - 'a' < 26 && (b | 0x20) - 'a' < 26 && (c | 0x20) - 'a' < 26;
    return !letters || (tails->last[a % 32 * 32 + b % 32] >> c % 32 & 1) != 0;
}

#endif
