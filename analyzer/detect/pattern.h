/* Our door to PCRE2: patterns of detectors, of profiles, of path rules.
 *
 * Shape    text -> pattern (compiled once, const, shared) + matcher (one per thread) -> where it is found
 * Bytes    no UTF, no UCP, no \C: a pattern sees bytes, and the pattern cannot switch that on
 * Limits   PATTERN_MATCH_LIMIT steps and PATTERN_HEAP_LIMIT_KIB for one find; beyond: PATTERN_LIMIT, which is
 *          never to be read as "not found" (the object becomes REGEX_LIMIT)
 * Speed    JIT with a stack of the matcher's own; where that stack is too small the interpreter
 *          answers under the same limits
 */
#ifndef PATTERN_H
#define PATTERN_H

#include "../support/fault.h"

enum {
    PATTERN_MATCH_LIMIT = 100000,
    PATTERN_HEAP_LIMIT_KIB = 20 * 1024,
    PATTERN_TEXT_BYTES_MAX = 64 * 1024,
    PATTERN_GROUPS_MAX = 31
};

enum pattern_result { PATTERN_NONE, PATTERN_FOUND, PATTERN_LIMIT };

struct pattern;
struct pattern_matcher;

/* Compiles a pattern. Fails    USAGE: not a pattern, with the offset and PCRE2's reason. FATAL: no memory. */
MUST_USE enum status pattern_open(struct span text, struct pattern **pattern, struct fault *fault);
void pattern_close(struct pattern *pattern); /* accepts NULL */

/* The number of the group with this name; -1 for none. */
int pattern_group(const struct pattern *pattern, const char *name);

/* Match data and JIT stack of one thread, for any number of patterns. */
MUST_USE enum status pattern_matcher_open(struct pattern_matcher **matcher, struct fault *fault);
void pattern_matcher_close(struct pattern_matcher *matcher); /* accepts NULL */

/* Finds the first place at or after from_bytes. What stands before from_bytes is seen by
 * look-behinds. found is the whole match, a span of text; it may be empty. */
enum pattern_result pattern_find(const struct pattern *pattern, struct pattern_matcher *matcher,
                                 struct span text, size_t from_bytes, struct span *found);

/* A group of the last PATTERN_FOUND of this matcher; false where it took no part. The span points into that text. */
bool pattern_group_found(const struct pattern_matcher *matcher, int group, struct span *found);

#endif
