/* Which files say the same bytes as an earlier one.
 *
 * Rule     a file whose SHA-256 equals that of an earlier one in path order is DUPLICATE, with the first's path in detail
 *          and its index in duplicate_of
 *          Files of different owners are never the same: their paths make their bytes say different things
 * How      only files of equal size can be equal: each such group is hashed ahead of the scan, big ones only
 *          where their first 64 KiB agree too; files of a size of their own cost nothing here
 * Threads  called once, works on all threads itself
 */
#ifndef DUPLICATE_H
#define DUPLICATE_H

#include <signal.h>

#include "../support/fault.h"
#include "walk.h"

/* Marks duplicates among the PENDING objects. Unreadable files are left PENDING for the scan to report. Where *stop
 * becomes other than 0 it ends soon, and what it has marked is of no use; NULL: it never does. */
MUST_USE enum status duplicates_mark(struct object_list *list, size_t read_bytes, int thread_count,
                                     const volatile sig_atomic_t *stop, struct fault *fault);

#endif
