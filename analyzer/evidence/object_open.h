/* Opens the file of an object for reading, without following a link, waiting for a FIFO or
 * believing that it still is what the walk saw.
 *
 * Shape    path -> descriptor of a regular file, or the reason why not
 */
#ifndef OBJECT_OPEN_H
#define OBJECT_OPEN_H

#include <sys/stat.h>

#include "object.h"

/* Gives a descriptor and what fstat says of it, or -1 and the reason. Paths may be of any length.
 * Below a folder that was named as evidence no link is followed, whatever changed since the walk. */
int object_open(const struct object *object, struct stat *about, enum coverage_reason *reason);

/* How that is done where the kernel has no openat2(2): name by name. Here for tests. */
int object_open_by_names(int folder, const char *path, int flags);

/* The reason that an errno of open, stat or read stands for. */
enum coverage_reason coverage_reason_of_errno(int error);

#endif
