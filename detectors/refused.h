/* The canonical form of what a check refuses although it has the form of its kind: for its check digit, or its issuer. Whoever has
 * such a value on a list of his own knows better; two that are written alike are one.
 *
 * Threads  any number at once
 */
#ifndef REFUSED_H
#define REFUSED_H

#include "detectors.h"

/* Letters in upper case and digits, without what groups them, as a possible one of the kind. False: the verdict is not such a
 * refusal, or other characters stand there; then it is as it was. */
bool refused_keep(struct span value, enum kind kind, struct verdict *verdict);

/* Marks that say of most values that they are not on a list, before anything is made of them: bits, by letters and digits alone. */
enum { REFUSED_MARKS = 1 << 16 };
struct refused_marks {
    uint64_t words[REFUSED_MARKS / 64];
    bool any;
};

static inline unsigned refused_mark(struct span value)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; i < value.len; i++) {
        unsigned char byte = (unsigned char)value.at[i], letter = byte | 0x20;
        if ((unsigned char)(byte - '0') > 9 && (unsigned char)(letter - 'a') >= 26) continue;
        hash = (hash ^ letter) * UINT64_C(0x100000001b3);
    }
    return (unsigned)(hash >> 48);
}

static inline void refused_marks_set(struct refused_marks *marks, struct span value)
{
    unsigned mark = refused_mark(value);
    marks->words[mark / 64] |= UINT64_C(1) << mark % 64;
    marks->any = true;
}

static inline bool refused_marks_has(const struct refused_marks *marks, struct span value)
{
    unsigned mark = refused_mark(value);
    return (marks->words[mark / 64] >> mark % 64 & 1) != 0;
}

#endif
