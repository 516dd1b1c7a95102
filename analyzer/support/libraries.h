/* The libraries this build stands on, for --version and case.json. Only here is a library's header
 * included besides at its own door, and only to ask for its version. */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include <stddef.h>

enum { LIBRARIES_MAX = 16, LIBRARY_VERSION_SIZE = 48 };

struct library {
    const char *name;
    char version[LIBRARY_VERSION_SIZE];
};

/* Sorted by name; returns how many. */
size_t libraries_list(struct library libraries[LIBRARIES_MAX]);

#endif
