/* The folder that a merge makes, until it is a case.
 *
 * Why      a merge that is killed cannot go on, but is done again by the same command: what it left must not be in the way. What
 *          else lies in such a folder is never touched
 * How      the first file there is a mark, the last thing that happens is that it goes. What has the mark, no case.json, which
 *          is written last, and nothing that no merge makes is left over; the mark is locked by who is at work
 * Finished what has the mark and case.json is whole: the merge was killed before the mark went. The mark says of what it is,
 *          so that the same merge knows it for its own, and no other one takes it
 */
#ifndef MERGE_FOLDER_H
#define MERGE_FOLDER_H

#include "../support/fault.h"
#include "../support/sha256.h"

/* Makes the folder, or takes one that is empty or left over. of: what is merged, and how. *finished: the whole case of the same merge
 * lies there, and was left as it is. *mark is the caller's, for merge_folder_done, _clear or _leave.
 * Fails    USAGE: something else is in it, or another merge is at work there. FATAL. */
MUST_USE enum status merge_folder_open(const char *folder, const uint8_t of[SHA256_DIGEST_BYTES], int *mark, bool *finished, struct fault *fault);

/* It is a case now. */
void merge_folder_done(const char *folder, int mark);

/* It stays as it is, with its mark. */
void merge_folder_leave(int mark);

/* Takes away what this merge made: nothing is in the way of the next one. */
void merge_folder_clear(const char *folder, int mark);

#endif
