/* A resolved tally made by hand, for the tests of report files: it takes the place of tally/resolve.c,
 * so such a test is linked with an archive, from which that object is then not taken. */
#ifndef FAKE_RESOLVED_H
#define FAKE_RESOLVED_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../analyzer/report/report.h"

struct resolved {
    const struct customer_row *rows;
    size_t count;
    struct totals totals;
};

size_t resolved_customer_count(const struct resolved *resolved)
{
    return resolved->count;
}

/* All customers are one part. */
size_t resolved_part_count(const struct resolved *resolved)
{
    (void)resolved;
    return 1;
}

enum status resolved_part_open(struct resolved *resolved, size_t part, size_t *customer_count, struct fault *fault)
{
    (void)part;
    (void)fault;
    *customer_count = resolved->count;
    return STATUS_OK;
}

void resolved_customer(const struct resolved *resolved, size_t index, struct customer_row *row)
{
    *row = resolved->rows[index];
}

const struct totals *resolved_totals(const struct resolved *resolved)
{
    return &resolved->totals;
}

static inline struct span text_span(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* The whole file, with a NUL behind it; the caller frees. */
static inline char *slurp(const char *folder, const char *name, size_t *count)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *bytes = calloc(1, (size_t)size + 1);
    *count = bytes == NULL ? 0 : fread(bytes, 1, (size_t)size, file);
    fclose(file);
    return bytes;
}

static inline char *make_folder(char folder[32])
{
    strcpy(folder, "/tmp/breachtally.XXXXXX");
    return mkdtemp(folder);
}

static inline int remove_entry(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
    (void)status;
    (void)flag;
    (void)walk;
    return remove(path);
}

static inline void remove_folder(const char *folder)
{
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
