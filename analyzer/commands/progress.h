/* The progress line: on a terminal only, at most five times a second.
 *
 *     [8,112/12,418] 1.9 of 3.1 GB · 1.4 GB/s · ~2 min · customers 214,009 · attention 7
 *
 * Threads  runs on a thread of its own between start and stop; reads atomics and asks the tally under its locks
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "../tally/tally.h"
#include "feed.h"

struct progress;

/* NULL when standard error is no terminal, or there is no memory: then there is no line. */
struct progress *progress_start(const struct feed *feed, struct tally *tally, uint64_t objects, uint64_t bytes);
void progress_stop(struct progress *progress); /* accepts NULL; wipes the line */

#endif
