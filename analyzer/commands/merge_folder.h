/* The folder that a merge makes, until it is a case.
 *
 * Why      a merge that is killed cannot go on, but is done again by the same command: what it left must not be in the way. What
 *          else lies in such a folder is never touched
 * How      the first file there is a mark, the last thing that happens is that it goes. What has the mark, no case.json, which
 *          is written last, and nothing that no merge makes is left over; the mark is locked by who is at work
 */
#ifndef MERGE_FOLDER_H
#define MERGE_FOLDER_H

#include "../support/fault.h"

/* Makes the folder, or takes one that is empty or left over. *mark is the caller's, for merge_folder_done or _clear.
 * Fails    USAGE: something else is in it, or another merge is at work there. FATAL. */
MUST_USE enum status merge_folder_open(const char *folder, int *mark, struct fault *fault);

/* It is a case now. */
void merge_folder_done(const char *folder, int mark);

/* Takes away what this merge made: nothing is in the way of the next one. */
void merge_folder_clear(const char *folder, int mark);

#endif
