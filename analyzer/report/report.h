/* The files of a case, written from the resolved tally and the ledger; nothing else is read.
 *
 * Files    whole or not at all: temporary name in the case folder, fsync, rename, fsync of the folder; 0600 in 0700
 * Bytes    impact.csv, summary.json and coverage.csv depend on evidence, profile, roster, what --aware says and version alone
 * Source   specification sections 3 to 6
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "../attribute/jurisdictions.h"
#include "../attribute/profile.h"
#include "../attribute/roster.h"
#include "../tally/resolve.h"

struct run_facts {               /* how the case was made: case.json */
    int argument_count; char *const *arguments;  /* the command line */
    int64_t started_s, ended_s;
    const char *status;          /* "finished", "interrupted" */
    int exit_code;
    int thread_count;
    const char *cpu_path;        /* "avx2" */
    const char *engine;          /* "fast", "pcre2" */
    bool hash;
    uint64_t depth_max, ratio_max, decoded_bytes_max, members_max;
    uint32_t kinds_mask;         /* --only, --not */
    const char *roster_path;     /* NULL: none */
    int64_t aware_s;             /* --aware; TIME_NONE: nobody said when */
    uint64_t password_count;     /* --passwords; 0: none */
    double seconds;
    bool case_within_evidence;   /* it lies in a folder of the evidence, and was left out there */
};

struct case_files {
    const char *folder;          /* as given with --case */
    const struct object_list *list;
    struct resolved *resolved;
    const struct profile *profile;
    const struct roster *roster; /* NULL: none */
    const struct jurisdictions *jurisdictions; /* NULL without resolved */
    const struct run_facts *facts;
    int thread_count;
    const struct ledger_place *scratch; /* where members of containers are sorted that are too many for memory; NULL: there */
    struct file *impact;         /* impact.csv, made already and sealed, which report_write takes over; NULL: it is to be made */
};

/* Creates the case folder (0700). USAGE: exists and is not empty, or cannot be made. */
MUST_USE enum status case_folder_create(const char *folder, struct fault *fault);

/* Makes the case's folder tally/ (0700) where it is not there, and opens it; the caller closes. Fails    FATAL. */
MUST_USE enum status case_tally_open(const char *folder, int *directory, struct fault *fault);

/* Writes coverage.csv, impact.csv, summary.json, case.json. They get their names in this order once all are on the disk: what fails
 * leaves those of before, and where a kill hits between two names, there is no summary.json that other files do not belong to.
 * FATAL: not written, the name in the message. */
MUST_USE enum status report_write(const struct case_files *files, struct fault *fault);

/* Only case.json, for a run that was interrupted. */
MUST_USE enum status report_write_interrupted(const struct case_files *files, struct fault *fault);

/* The short table for people. */
void report_table(FILE *out, const struct case_files *files);
/* The summary as one JSON document (--json): the bytes of summary.json. */
MUST_USE enum status report_json(FILE *out, const struct case_files *files, struct fault *fault);

/* 0 or 3. */
int report_exit_code(const struct object_list *list);

#endif
