/* Proposes candidates in text: spans that have the unlabelled form of a kind, or could be a labelled one.
 *
 * Two ways that a test holds equal: propose_at reads the bytes around one shape bit; a proposer
 * runs the kinds' PCRE2 patterns.
 */
#ifndef PROPOSE_H
#define PROPOSE_H

#include "../../detectors/detectors.h"
#include "../support/fault.h"

struct proposal {
    enum kind kind;    /* KIND_NONE: has the form of no kind without a label */
    size_t start, end; /* in the text's block */
};

enum {
    PROPOSE_RUN_MAX = 24,                         /* a longer run of letters and digits is never a candidate, but */
    PROPOSE_DIGITS = 32,                          /* one of so many digits */
    PROPOSE_WORD_MIN = 15, PROPOSE_WORD_MAX = 21  /* a run that has the form of a kind without a label */
};

/* Whether a shape bit at `at` (the byte behind the shape) belongs to a candidate in [start, end). */
bool propose_at(const char *bytes, size_t start, size_t end, size_t at, struct proposal *proposal);

/* The same where it is known that the run of letters and digits that ends at `at` begins at `from`. */
bool propose_run_at(const char *bytes, size_t start, size_t end, size_t from, size_t at, struct proposal *proposal);

/* What a proposer could not do with its last texts; asking forgets it. */
enum proposer_trouble { PROPOSER_FINE, PROPOSER_LIMIT, PROPOSER_NO_MEMORY };

struct proposer;
MUST_USE enum status proposer_open(uint32_t kinds_mask, struct proposer **proposer, struct fault *fault);
void proposer_close(struct proposer *proposer); /* accepts NULL */
void proposer_text(struct proposer *proposer, const char *bytes, size_t start, size_t end);
bool proposer_next(struct proposer *proposer, struct proposal *proposal);
enum proposer_trouble proposer_take_trouble(struct proposer *proposer);

extern const bool proposer_alnum[256];

static inline bool proposer_is_alnum(char c)
{
    return proposer_alnum[(unsigned char)c];
}

#endif
