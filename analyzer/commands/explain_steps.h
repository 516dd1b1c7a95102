/* Why a value is of a kind or not, step by step: what `explain` prints beside a verdict.
 *
 * Shape    kind, value as written, labelled or not -> steps, in the order in which a reader would check them
 * Verdict  is that of the detector alone: steps only show what it went by
 * Threads  any number at once
 */
#ifndef EXPLAIN_STEPS_H
#define EXPLAIN_STEPS_H

#include "../../detectors/detectors.h"

enum step_result {
    STEP_HOLDS,
    STEP_FAILS,
    STEP_OPEN /* does not decide: the rule does not bind here, or nobody knows */
};

enum { STEP_TEXT_SIZE = 48, STEPS_MAX = 8 };

struct step {
    const char *name;             /* "check digit" */
    enum step_result result;
    char found[STEP_TEXT_SIZE];
    char expected[STEP_TEXT_SIZE]; /* empty where nothing in particular is */
};

const char *step_result_name(enum step_result result); /* "holds" */

/* Of a built-in kind; a value that has not its length or alphabet ends there. */
size_t steps_list(enum kind kind, struct span value, bool labelled, struct step steps[STEPS_MAX]);

#endif
