/* The key of a case: what its counts on disk are kept under, apart from them.
 *
 * File     CASE/case.key, 0600: 64 hexadecimal digits and a line end. Without it tally/ says nothing
 * Owns     nothing
 */
#ifndef CASE_KEY_H
#define CASE_KEY_H

#include "../support/fault.h"
#include "../tally/run.h"

/* What the runs of the folder's case are kept under: its key and this program's tables. content is left 0.
 * read: END: there is no key. Fails    USAGE: it is no key. FATAL. make: a new key. Fails    FATAL. */
MUST_USE enum status case_identity_read(const char *folder, struct run_identity *identity, struct fault *fault);
MUST_USE enum status case_identity_make(const char *folder, struct run_identity *identity, struct fault *fault);

#endif
