/* A roster, for the files that make it up: roster_read.c fills it, roster.c answers.
 *
 * Owns     everything, until roster_close
 * Threads  const after roster_read
 */
#ifndef ROSTER_INNER_H
#define ROSTER_INNER_H

#include "../../detectors/refused.h"
#include "roster_table.h"

struct roster {
    struct roster_columns columns;
    struct roster_table table;
    uint64_t line_count, bad_count, placeholder_count, interval_count;
    struct roster_bad bad[ROSTER_BAD_LISTED_MAX];
    size_t bad_listed;
    const char *ignored[ROSTER_COLUMNS_MAX];
    size_t ignored_count;
    uint8_t sha256[SHA256_DIGEST_BYTES];
    struct refused_marks marks; /* of what a check refuses or doubts */
    bool kinds[UINT8_MAX + 1];  /* of which there may be identifiers */
};

/* Reads the file into a roster of zeros; what is in it is freed with it, whatever comes back. Fails as roster_open does. */
MUST_USE enum status roster_read(const struct roster_options *options, struct roster *roster, struct fault *fault);

#endif
