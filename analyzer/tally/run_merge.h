/* Merges sorted sources of entries: each key once, with all values that any of them has for it.
 *
 * Shape    run_merge_open (cursors) or run_merge_open_sources -> run_merge_next ... -> run_merge_close
 * Order    keys ascend; a key's values stand in the order of the sources, then in the source's own
 * How      a loser tree; keys are compared by 8 bytes behind what most of them have in common, in full only where
 *          these are equal
 * Owns     nothing of the sources: cursors are opened and closed by the caller, after the merge
 * Memory   values are lent where they lie; those of one key that a source goes beyond are copied
 * Threads  one merge, one thread at a time; several merge disjoint ranges (run_split) of the same runs at once
 */
#ifndef RUN_MERGE_H
#define RUN_MERGE_H

#include "run.h"

/* Something that gives entries whose keys do not descend, a cursor or a sorted table in memory. */
struct run_source {
    /* Lends the next entry: the key until the next call, the value too, or longer if value_lasts says so.
     * END and failures end the merge of this source. */
    enum status (*next)(void *context, struct span *key, struct span *value, struct fault *fault);
    bool (*value_lasts)(const void *context); /* the value lent last outlives one more next; NULL: it never does */
    void *context;
};

struct run_source run_cursor_source(struct run_cursor *cursor);

struct run_merge;

/* Takes the first entry of each. cursors or sources are copied.
 * Fails    as the sources do. FATAL: no memory. */
MUST_USE enum status run_merge_open(struct run_cursor *const *cursors, size_t count, struct run_merge **merge,
                                    struct fault *fault);
MUST_USE enum status run_merge_open_sources(const struct run_source *sources, size_t count, struct run_merge **merge,
                                            struct fault *fault);

/* Lends the next key and its values until the next call.
 * Fails    END. As the sources do, and again at every further call: what would follow is not whole. FATAL: no memory,
 *          or the keys of a source descend. */
MUST_USE enum status run_merge_next(struct run_merge *merge, struct span *key, const struct span **values,
                                    size_t *value_count, struct fault *fault);

void run_merge_close(struct run_merge *merge); /* accepts NULL */

/* How many runs may be merged at once by so many threads in so much memory: at least 2, at most RUN_FAN_IN_MAX, since
 * each takes a descriptor. More are merged in stages. */
enum { RUN_FAN_IN_MAX = 48 };
size_t run_merge_fan_in(size_t memory_bytes, size_t threads);

#endif
