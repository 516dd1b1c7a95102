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
 */
int object_open(const char *open_path, struct stat *about, enum coverage_reason *reason);

/* The reason that an errno of open, stat or read stands for. */
enum coverage_reason coverage_reason_of_errno(int error);

#endif
