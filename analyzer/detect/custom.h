/* Kinds of identifiers that a profile defines.
 *
 * Shape    definitions (profile) -> customs (compiled, const, shared) + custom_search (one a thread) -> verdicts
 * Rule     specification, sections 7 and 9. Under one of its fields a value that the whole pattern fits is confirmed where
 *          the checksum holds or there is none, possible where it fails. In other text the pattern fits between boundaries
 *          (identifiers, 0.2) and is likely where a checksum holds; without one it is what the definition says, possible by
 *          default
 * Speed    a pattern is run on a text only where its literal or its window stands in it; one that begins with letters or
 *          digits is tried where a run of them can be its beginning; a test holds that equal to running all of them
 * Limits   CUSTOMS_MAX kinds; a pattern that gives up at its match limit is told by custom_search_take_limit
 * Threads  customs: const after customs_open; custom_search: one thread
 */
#ifndef CUSTOM_H
#define CUSTOM_H

#include "../../detectors/custom_checksum.h"
#include "../../detectors/detectors.h"
#include "../support/fault.h"

enum { CUSTOMS_MAX = KINDS_MAX - KIND_COUNT };
enum { CUSTOM_ELEMENT_OPEN = ELEMENT_COUNT + 1 }; /* of a definition: that of the kind with its name, DEV of a new one */

/* How a value becomes the form in which it is counted. */
enum custom_canonical { CANONICAL_AS_IS, CANONICAL_UPPER, CANONICAL_LOWER, CANONICAL_DIGITS, CANONICAL_ALNUM_UPPER };

/* As the profile has it; texts are lent for customs_open alone. */
struct custom_definition {
    const char *name;
    unsigned element; /* enum element, or CUSTOM_ELEMENT_OPEN */
    const char *pattern;
    const char *const *fields;
    size_t field_count;
    struct custom_checksum checksum;
    enum custom_canonical canonical;
    enum grade unlabelled; /* without a label and a checksum: GRADE_NONE does not search text */
    const char *const *must_match, *const *must_not_match;
    size_t must_match_count, must_not_match_count;
};

struct customs;
struct shape_word;

/* Compiles the definitions, holds them against their examples, and adds their kinds to the table of kinds.
 * Fails    USAGE: not a pattern, one that fits the empty text, an example that turns out otherwise, too many; *failed is
 *          the number of the definition. FATAL: no memory. */
MUST_USE enum status customs_open(const struct custom_definition *definitions, size_t count, struct customs **customs, size_t *failed,
                                  struct fault *fault);
void customs_close(struct customs *customs); /* accepts NULL; takes the kinds from the table again */

size_t customs_count(const struct customs *customs); /* 0 for NULL */

/* Switches off what is not wanted, by the number of its kind; before the first search, and for good. Accepts NULL. */
void customs_choose(struct customs *customs, const bool wanted[KINDS_MAX]);

/* Whether any is looked for in text, not under fields alone. */
bool customs_search_text(const struct customs *customs); /* false for NULL */

/* Whether a kind has patterns that are not switched off. */
bool customs_want(const struct customs *customs, uint32_t kind); /* false for NULL */

/* The names of fields, each once; a label is its place here. */
size_t customs_label_count(const struct customs *customs);
const char *customs_label(const struct customs *customs, size_t label);

struct custom_search;
MUST_USE enum status custom_search_open(const struct customs *customs, struct custom_search **search, struct fault *fault);
void custom_search_close(struct custom_search *search); /* accepts NULL */

/* Judges a value under a label; the best grade among the kinds that have it. KIND_NONE: its form is none of theirs;
 * a verdict without a grade says why. */
uint32_t custom_judge(struct custom_search *search, size_t label, struct span value, struct verdict *verdict);

/* What stands in the block that texts will be parts of. */
void custom_search_block(struct custom_search *search, const char *bytes, size_t length);

/* A value found in text, with its kind. */
struct custom_finding {
    struct span text;
    size_t number; /* of the definition */
    uint32_t kind;
    struct verdict verdict;
};

/* False where custom_search_text would find nothing in the bytes [start, end) of the block as they stand. */
bool custom_search_may(struct custom_search *search, size_t start, size_t end);

/* [start, end) of bytes that have shapes, or none: NULL. */
struct custom_text {
    const char *bytes;
    const struct shape_word *words;
    size_t start, end;
};

/* All values in a text, in the order of the definitions. everywhere: every pattern is run (the definition of what is
 * found). The findings are lent until the next call. */
size_t custom_search_text(struct custom_search *search, const struct custom_text *text, bool everywhere, const struct custom_finding **findings);

/* Whether a pattern gave up, or memory ran out, since the last call. */
bool custom_search_take_limit(struct custom_search *search);
bool custom_search_failed(const struct custom_search *search);

#endif
