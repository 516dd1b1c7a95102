/* What fuzz targets hold a parser to: a line that says what does not hold, and the end. */
#ifndef INSISTING_H
#define INSISTING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void insist(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

/* A copy of exactly these bytes, so that no byte beyond them is read without notice, and zeros behind it where they are asked for. */
static inline char *copy_of(const void *bytes, size_t length, size_t zeros)
{
    char *copy = calloc(1, length + zeros + (length + zeros == 0));
    insist(copy != NULL, "there is memory");
    if (length > 0) memcpy(copy, bytes, length);
    return copy;
}

#endif
