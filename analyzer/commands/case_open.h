/* A case that is there, to be read: its key, its state, its folder of runs.
 *
 * Owns     tally and state are the caller's, to close and case_state_free, after a failure too
 */
#ifndef CASE_OPEN_H
#define CASE_OPEN_H

#include "case_state.h"

struct case_opened {
    int tally; /* -1: not open */
    struct run_identity identity; /* of its runs of holders */
    struct case_state state;
};

/* Fails    USAGE with the folder's name: no case, nothing counted yet, damaged, of another program. FATAL. */
MUST_USE enum status case_open(const char *folder, struct case_opened *opened, struct fault *fault);
void case_close(struct case_opened *opened);

/* USAGE, with the folder's name in front of what is wrong. */
enum status case_refuse(const char *folder, const char *why, struct fault *fault);

#endif
