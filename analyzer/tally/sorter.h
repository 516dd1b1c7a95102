/* Sorts entries (key, value) that may be more than memory: what does not fit goes to runs, which are merged on reading.
 *
 * Shape    sorter_open -> sorter_add on each thread's lane -> sorter_seal -> walks, any number, one after another or at once
 * Order    keys as unsigned bytes; of equal keys, one entry with one value out of all, where a joiner is given; else all of
 *          them, in no order that says anything
 * Files    sorted-NAME-000001.run in the folder, sealed like all runs of the case; gone with sorter_close, and names that end
 *          so count for nothing to who finds them
 * Memory   memory_bytes in all lanes; a walk takes run_cursor_bytes for each run
 * Threads  one lane, one thread at a time; sorter_seal works on all threads itself; a walk, one thread
 */
#ifndef SORTER_H
#define SORTER_H

#include "run_merge.h"

struct sorter;
struct sorter_walk;

/* Makes one value of several; lent until the next call. Each walk opens its own. */
struct sorter_joiner {
    enum status (*open)(const void *context, void **joiner, struct fault *fault);
    void (*close)(void *joiner);
    enum status (*join)(void *joiner, const struct span *values, size_t count, struct span *joined, struct fault *fault);
    const void *context;
};

struct sorting_options {
    int directory;
    const struct run_identity *identity; /* its content is not looked at */
    uint32_t content;
    const char *name;
    int lanes;
    size_t memory_bytes;
    const struct sorter_joiner *joiner; /* NULL: equal keys stay apart; copied */
};

MUST_USE enum status sorter_open(const struct sorting_options *options, struct sorter **sorter, struct fault *fault);
void sorter_close(struct sorter *sorter); /* accepts NULL; after its walks */

/* Copies the entry. Fails    FATAL: no memory, disk full. As the joiner does. */
MUST_USE enum status sorter_add(struct sorter *sorter, int lane, struct span key, struct span value, struct fault *fault);

/* Nothing can be added any more. Fails    as sorter_add. */
MUST_USE enum status sorter_seal(struct sorter *sorter, struct fault *fault);
uint64_t sorter_entry_count(const struct sorter *sorter); /* of what was added */

/* Lends each entry until the next call. Fails    END. DAMAGED. FATAL. */
MUST_USE enum status sorter_walk_open(const struct sorter *sorter, struct sorter_walk **walk, struct fault *fault);
MUST_USE enum status sorter_walk_next(struct sorter_walk *walk, struct span *key, struct span *value, struct fault *fault);
void sorter_walk_close(struct sorter_walk *walk); /* accepts NULL */

#endif
