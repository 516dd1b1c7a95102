/* The parts of a scan, for the files that make it up.
 *
 * Shape    scan.c: prepare, run, close;  scan_resume.c: what an earlier run left;  scan_checkpoint.c: counts to disk;
 *          scan_digests.c: different records;  scan_survey.c: all holders, before and while they are written for the last time;
 *          conclude.c: from counts to a case
 */
#ifndef SCAN_H
#define SCAN_H

#include <stdatomic.h>
#include <time.h>

#include "../attribute/attribution.h"
#include "../attribute/profile.h"
#include "../attribute/roster.h"
#include "../decode/passwords.h"
#include "../options.h"
#include "../report/report.h"
#include "../tally/digest_runs.h"
#include "../tally/resolving.h"
#include "case_state.h"
#include "feed.h"
#include "sums.h"
#include "units.h"

struct scan_worker {
    struct detect *detect;
    struct booking *booking;
    struct tally_writer *writer;
    struct digest_writer *digests;
    struct unit_reader *reader;
    struct path_matcher *matcher;
    struct feed_buffer buffer;
    enum status status;
    struct fault fault;
};

struct scan {
    const struct options *options;
    char *folder; /* where the case is made: its own name, or, for a shard, one beside it until it is whole */
    struct profile *profile;
    struct bytes profile_text;
    struct roles *roles;
    struct roster *roster; /* NULL: none */
    struct passwords *passwords; /* NULL: none */
    struct object_list list;
    struct source_sets source_sets;
    struct tally *tally;
    struct place_order order; /* of members of one file: by their paths */
    size_t tally_bytes_max; /* above, the counts are spilled */
    struct runs runs;
    struct sorted_holders sorted; /* at and after the last checkpoint */
    struct identifier_totals identifiers; /* counted before it, if identifiers_known */
    bool identifiers_known;
    struct attributing *attributing; /* what is to be booked, if that was found before the last checkpoint; NULL: it was not */
    struct jurisdictions jurisdictions; /* of the roster, if it was */
    struct persons_kept persons; /* what it says of customers; until the last checkpoint */
    struct file *impact;    /* impact.csv, made at the last checkpoint; NULL: it was not */
    struct resolved *begun; /* with the sums of all holders, made then; NULL: it was not */
    struct pages spare;         /* memory that digests left */
    struct digests *digests;    /* of records since the last checkpoint; NULL: --records-distinct off */
    size_t digest_bytes_max;
    uint64_t distinct_written;  /* in the last of their runs */
    struct names digest_runs;   /* of those before */
    struct names digest_stale;  /* joined into others; they go with the next commit */
    struct case_state earlier; /* what a run before this one came to; empty where there is none */
    struct sums sums_before;   /* of that run */
    char *settings;
    uint8_t listing[SHA256_BYTES];
    struct feed *feed;
    struct scan_worker *workers;
    int thread_count;
    struct detect_options detect;
    int32_t *timezones_s; /* of each source */
    struct detect_junk *junk;
    struct detect_point *points;
    const char *cpu_path;
    atomic_bool stopped; /* a thread failed, or a signal came */
    bool whole;          /* the shard's case stood there already */
    atomic_bool paused;  /* all threads are to come to rest between two blocks */
    struct timespec checkpointed;
    atomic_ullong bytes_since; /* decoded, since the last checkpoint */
    struct run_facts facts;
    int64_t aware_s; /* --aware, else what an earlier run was told */
};

/* Makes the folder of the case, or, to go on with it, looks at what an earlier run left there and takes that over: ledger,
 * runs, sums, places in files. After walk. Fails    USAGE: not empty; or evidence, profile, roster, options or version have changed
 * (which, in the message). FATAL. DAMAGED: what is there is damaged. */
MUST_USE enum status scan_case_open(struct scan *scan, struct fault *fault);

/* Whether the case of the shard stands already, whole: then there is nothing to do. After walk.
 * Fails    USAGE: something else stands there, or --resume was not given. FATAL. */
MUST_USE enum status scan_shard_look(struct scan *scan, bool *whole, struct fault *fault);

/* Puts all holders in order. On the way their identifiers are counted, where what is booked later will hardly change that; or, with a roster,
 * customers are looked up in it.
 * Before the last checkpoint. Fails    FATAL. */
MUST_USE enum status scan_survey(struct scan *scan, struct fault *fault);

/* Brings all counts so far to disk, and, so that a later run can go on from here, commits them. keep: the tally stays as it is.
 * follower: see runs.h; NULL for none. All threads are at rest. Fails    FATAL. */
MUST_USE enum status scan_checkpoint(struct scan *scan, bool keep, const struct write_follower *follower, struct fault *fault);

/* The last one. Where the survey says that nothing can be booked on customers by others' records, or, with a roster, once it is known what
 * is booked, sums and impact.csv are made on the way, of holders that are fetched for their entries anyway. */
MUST_USE enum status scan_checkpoint_last(struct scan *scan, struct fault *fault);

/* Commits again after runs were merged, and removes those that this made superfluous. */
MUST_USE enum status scan_commit(struct scan *scan, bool finished, struct fault *fault);

/* Opens what digests of records go into, and tells all threads. Fails    FATAL. */
MUST_USE enum status scan_digests_open(struct scan *scan, struct fault *fault);
void scan_digests_close(struct scan *scan);
/* The same; their memory is left for what follows. */
void scan_digests_leave(struct scan *scan);

/* The digests since the last checkpoint become a run. keep: nothing more is to come. Fails    FATAL. */
MUST_USE enum status scan_digests_write(struct scan *scan, bool keep, struct fault *fault);

/* How many different records there are, after the last checkpoint. Fails    FATAL, DAMAGED. */
MUST_USE enum status scan_distinct(struct scan *scan, uint64_t *distinct, struct fault *fault);

/* All sums so far, of earlier runs too; the caller frees them. Fails    FATAL: no memory. */
MUST_USE enum status scan_sums(const struct scan *scan, struct sums *sums, struct fault *fault);

uint64_t scan_unit(const void *feed, const struct place *place);
uint32_t scan_object(const void *feed, uint32_t file, uint32_t piece);

#endif
