/* The command line. One table of options makes the parser and the help of every command.
 *
 * Shape    argc, argv -> options_read -> struct options, or what to print instead
 * Lends    all text points into argv; excludes and kind_names are the options' own, until options_free
 * Errors   USAGE with one line that says what is wrong and, for a mistyped word, what may be meant
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdio.h>

#include "../detectors/detectors.h"
#include "support/fault.h"

enum command { COMMAND_NONE, COMMAND_SCAN, COMMAND_EXPLAIN, COMMAND_DETECTORS, COMMAND_DIFF, COMMAND_MERGE, COMMAND_SHOW, COMMAND_INSPECT, COMMAND_REPORT };

/* What main does with a command line that is right. */
enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_EXAMPLES };

enum engine { ENGINE_FAST, ENGINE_PCRE2 };
enum output { OUTPUT_TEXT, OUTPUT_CSV, OUTPUT_JSON };
enum cpu_choice { CPU_AUTO, CPU_PORTABLE, CPU_AVX2, CPU_AVX512 };

enum {
    THREADS_MAX = 4096,
    DEPTH_DEFAULT = 8,
    RATIO_DEFAULT = 1000,
    MEMBERS_DEFAULT = 10000000,
    LIMIT_DEFAULT = 20,
    MEMORY_LEAST = 1 << 20,
    SHARDS_MAX = 1 << 20
};
#define OPTIONS_NO_TIME INT64_MIN
#define DECODED_BYTES_DEFAULT (UINT64_C(1) << 40)

/* A name in --only or --not that is no built-in kind's; a kind of the profile may have it. */
struct kind_name {
    const char *option; /* "only", "not" */
    struct span name;
};

struct options {
    enum options_action action;
    enum command command;
    int command_line_count;    /* the whole command line, for case.json */
    char **command_line;
    char *const *arguments;    /* EVIDENCE..., VALUE..., CASE, OLD NEW or CASE CUSTOMER */
    size_t argument_count;

    const char *case_folder;
    const char *profile_path;  /* NULL for none */
    const char *roster_path;   /* NULL for none */
    bool roster_skip_bad;
    const char *passwords_path; /* NULL for none */
    int64_t aware_s;           /* seconds since 1970 UTC, or OPTIONS_NO_TIME */
    const char *draft_path;    /* inspect: --write-profile; NULL for none */
    int thread_count;          /* 0: all cores */
    bool hash;
    bool records_distinct;
    uint32_t kinds_mask;       /* KIND_BITs and LOCATION_BIT that are looked for */
    bool only_given;           /* --only: of the profile's kinds those alone that it names */
    struct kind_name *kind_names;
    size_t kind_name_count;
    const char **excludes;
    size_t exclude_count;
    uint64_t depth_max, ratio_max, decoded_bytes_max, members_max;
    uint64_t memory_bytes;     /* for counting; 0: no limit */
    bool resume, allow_missing;
    bool sharded, shard_auto, shards_given;
    uint32_t shard, shard_count; /* --shard I/N: I from 0; 0 of 1 without */
    uint32_t shards;             /* --shards */
    uint64_t checkpoint_bytes; /* for tests: a checkpoint after so many decoded bytes; 0: by the clock alone */
    bool quiet, no_progress, json;
    const char *label;         /* explain; NULL for none */
    enum output output;        /* diff: --format */
    uint64_t limit;            /* diff: rows of a list; 0: all */
    enum engine engine;

    /* For tests: none of them may change a result. */
    uint64_t block_bytes, read_bytes; /* 0: the default */
    uint64_t ledger_bytes;            /* members in memory before they go to the case; 0: as ledger.h says */
    uint64_t range_bytes;             /* files of more are cut for shards, after so many bytes; 0: as shard.h says */
    enum cpu_choice cpu;
};

/* Reads the command line; argv is permuted so that arguments stand last. options is valid, and to
 * be freed, in any case. */
MUST_USE enum status options_read(int argc, char **argv, struct options *options, struct fault *fault);
void options_free(struct options *options);

/* Which kinds are looked for, by their numbers, once the profile's stand in the table of kinds.
 * Fails    USAGE: a name that no kind has, or no kind is left. */
MUST_USE enum status options_choose_kinds(const struct options *options, bool wanted[KINDS_MAX], struct fault *fault);

/* The help of a command, of the whole program for COMMAND_NONE; the three examples. */
void options_print_help(FILE *out, enum command command);
void options_print_examples(FILE *out);

const char *engine_name(enum engine engine);      /* "fast" */
const char *cpu_choice_name(enum cpu_choice cpu); /* "avx2" */

#endif
