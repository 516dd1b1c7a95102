/* Texts that were searched and hold nothing: logs say the same words again and again ("engine on", "2.14.03"), and what held
 * nothing once holds nothing the next time.
 *
 * Shape    a text as it stands -> is it known to hold nothing? A text that comes a second time is worth a closer look
 * Bounds   BARE_TEXT_MAX bytes a text, BARE_TEXTS texts: a new one takes the place of another
 * Same     what is known saves time alone, whatever came before
 * Threads  one struct bare_texts a thread
 */
#ifndef BARE_TEXTS_H
#define BARE_TEXTS_H

#include <stdbool.h>
#include <stdint.h>

#include "../../detectors/detector.h"

enum { BARE_TEXTS = 256, BARE_TEXT_MAX = 62 };

enum bare_state {
    BARE_NEW,   /* it comes for the first time, as far as is known */
    BARE_MET,   /* it came before */
    BARE_KNOWN, /* it holds nothing */
    BARE_HOLDS  /* it holds something, or more is to be asked than its bytes */
};

struct bare_text {
    uint8_t state, length;
    char bytes[BARE_TEXT_MAX];
};

struct bare_texts {
    struct bare_text texts[BARE_TEXTS];
    uint64_t judged_by; /* by whose rules these are known; see bare_texts_judge */
};

/* The place of a text of 1 to BARE_TEXT_MAX bytes, whose state is what is known of it. Eight bytes behind it are readable. */
struct bare_text *bare_text_find(struct bare_texts *texts, struct span text);

/* Says by which rules texts are searched from here on; those of other rules are forgotten. */
void bare_texts_judge(struct bare_texts *texts, uint64_t rules);

#endif
