#include <stdio.h>
#include <stdlib.h>

#include "scan.h"

enum {
    DIGEST_RUNS_MAX = 48, /* that are kept; then the newest are joined */
    DIGEST_RUNS_JOINED = 32
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the state of the case");
}

static void writers_close(struct scan *scan)
{
    for (int i = 0; scan->workers != NULL && i < scan->thread_count; i++) {
        if (scan->workers[i].booking != NULL) booking_set_digests(scan->workers[i].booking, NULL);
        digest_writer_close(scan->workers[i].digests);
        scan->workers[i].digests = NULL;
    }
}

void scan_digests_leave(struct scan *scan)
{
    writers_close(scan);
    if (scan->digests != NULL) scan->spare = digests_leave(scan->digests);
    scan_digests_close(scan);
}

void scan_digests_close(struct scan *scan)
{
    writers_close(scan);
    digests_close(scan->digests);
    scan->digests = NULL;
}

enum status scan_digests_open(struct scan *scan, struct fault *fault)
{
    if (!scan->options->records_distinct) return STATUS_OK;
    struct digests_options options = {scan->digest_bytes_max, scan->thread_count, scan->runs.directory, "records"};
    enum status status = digests_open(&options, &scan->digests, fault);
    for (int i = 0; i < scan->thread_count && status == STATUS_OK; i++) {
        status = digest_writer_open(scan->digests, &scan->workers[i].digests, fault);
        booking_set_digests(scan->workers[i].booking, scan->workers[i].digests);
    }
    return status;
}

/* Makes one of the newest runs of digests, so that no count has to open too many. The old ones go with the next commit. */
static enum status digests_join(struct scan *scan, struct fault *fault)
{
    struct run_origin origins[DIGEST_RUNS_JOINED];
    struct names *names = &scan->digest_runs;
    size_t first = names->count - DIGEST_RUNS_JOINED;
    for (size_t i = 0; i < DIGEST_RUNS_JOINED; i++)
        origins[i] = (struct run_origin){scan->runs.directory, &scan->runs.identity, names->names[first + i], NULL};
    char name[32];
    uint64_t distinct;
    snprintf(name, sizeof name, "digests-%06u.run", ++scan->runs.next_number);
    enum status status = digest_runs_join(scan->runs.directory, &scan->runs.identity, name, origins, DIGEST_RUNS_JOINED, &distinct, fault);
    for (size_t i = 0; i < DIGEST_RUNS_JOINED && status == STATUS_OK; i++)
        if (!names_add(&scan->digest_stale, names->names[first + i])) status = no_memory(fault);
    if (status != STATUS_OK) return status;
    for (size_t i = first; i < names->count; i++) free(names->names[i]);
    names->count = first;
    return names_add(names, name) ? STATUS_OK : no_memory(fault);
}

enum status scan_digests_write(struct scan *scan, bool keep, struct fault *fault)
{
    if (scan->digests == NULL) return STATUS_OK;
    char name[32];
    snprintf(name, sizeof name, "digests-%06u.run", ++scan->runs.next_number);
    enum status status = digest_run_write(scan->runs.directory, &scan->runs.identity, name, scan->digests, scan->thread_count,
                                          &scan->distinct_written, fault);
    if (status == STATUS_OK && !names_add(&scan->digest_runs, name)) status = no_memory(fault);
    if (status == STATUS_OK && scan->digest_runs.count >= DIGEST_RUNS_MAX) status = digests_join(scan, fault);
    if (status != STATUS_OK || keep) return status;
    scan_digests_close(scan);
    return scan_digests_open(scan, fault);
}

enum status scan_distinct(struct scan *scan, uint64_t *distinct, struct fault *fault)
{
    *distinct = 0;
    if (!scan->options->records_distinct) return STATUS_OK;
    if (scan->digest_runs.count == 1) {
        *distinct = scan->distinct_written;
        return STATUS_OK;
    }
    struct run_origin *origins = calloc(scan->digest_runs.count + 1, sizeof *origins);
    if (origins == NULL) return no_memory(fault);
    for (size_t i = 0; i < scan->digest_runs.count; i++)
        origins[i] = (struct run_origin){scan->runs.directory, &scan->runs.identity, scan->digest_runs.names[i], NULL};
    enum status status = digest_runs_count(origins, scan->digest_runs.count, scan->thread_count, distinct, fault);
    free(origins);
    return status;
}
