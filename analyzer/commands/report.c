/* breachtally report: the results of a case again, without its evidence.
 *
 * Shape    case -> its runs, its ledger, its sums; maybe another roster -> conclude
 * Rule     the counts stay as they are; whose they are is decided anew, and written over what was written
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "../support/parallel.h"
#include "../tally/digest_runs.h"
#include "case_made.h"
#include "case_open.h"
#include "case_places.h"
#include "commands.h"
#include "conclude.h"
#include "roster_load.h"

#define MEMORY_DEFAULT ((size_t)1 << 30)

struct reporting {
    struct options options; /* those given, and what the case says where they do not */
    const char *folder;
    struct case_opened opened;
    struct object_list shown; /* the ledger, with what is missing told */
    struct case_places places;
    struct place_order order; /* of members of one file: by their paths */
    struct runs runs;
    struct tally *tally;
    struct profile *profile;
    struct roles *roles;
    struct roster *roster;
    struct run_facts facts;
    int thread_count;
    bool incomplete;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to report on a case");
}

/* Half a case would be reported as a whole one. */
static enum status check(struct reporting *reporting, struct fault *fault)
{
    const struct case_state *state = &reporting->opened.state;
    bool shards = false;
    for (uint32_t s = 0; s < state->shard_count; s++) shards |= !shard_is_in(state, s);
    reporting->incomplete = shards;
    if (!state->finished) return case_refuse(reporting->folder, "is not finished; finish it with --resume", fault);
    if (shards && faccessat(reporting->opened.tally, "../impact.csv", F_OK, 0) != 0)
        return case_refuse(reporting->folder, "is a shard and has no results: merge makes them", fault);
    if (state->roster_given && reporting->options.roster_path == NULL)
        return case_refuse(reporting->folder, "was made with a roster; name it, or another one, with --roster", fault);
    return case_list_shown(state, &reporting->shown) && case_places_open(state, &reporting->places) ? STATUS_OK : no_memory(fault);
}

static enum status open_runs(struct reporting *reporting, struct fault *fault)
{
    const struct case_state *state = &reporting->opened.state;
    const struct options *options = &reporting->options;
    struct runs *runs = &reporting->runs;
    runs->directory = reporting->opened.tally;
    runs->identity = reporting->opened.identity;
    runs->source_count = state->list.source_count > 0 ? (uint32_t)state->list.source_count : 1;
    runs->zone_s = reporting->profile->timezone_offset_s;
    runs->file_count = (uint32_t)state->list.walked_count;
    runs->thread_count = reporting->thread_count;
    runs->memory_bytes = options->memory_bytes > 0 ? (size_t)options->memory_bytes : MEMORY_DEFAULT;
    runs->next_number = state->next_number;
    reporting->order = (struct place_order){case_places_before, &reporting->places};
    runs->order = &reporting->order;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < state->holders.count && status == STATUS_OK; i++) status = runs_adopt(runs, state->holders.names[i], fault);
    for (size_t i = 0; i < state->booked.count && status == STATUS_OK; i++) status = runs_add_stale(runs, state->booked.names[i], fault);
    if (status == STATUS_OK) status = tally_open(runs->source_count, &reporting->tally, fault);
    if (status == STATUS_OK) tally_set_zone(reporting->tally, runs->zone_s);
    return status;
}

static enum status open_all(struct reporting *reporting, struct fault *fault)
{
    enum status status = case_open(reporting->folder, &reporting->opened, fault);
    if (status == STATUS_OK && flock(reporting->opened.tally, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return case_refuse(reporting->folder, "another run is at work on this case", fault);
    if (status == STATUS_OK) status = check(reporting, fault);
    if (status == STATUS_OK) status = case_profile_take(&reporting->opened.state, &reporting->profile, &reporting->roles, fault);
    if (status == STATUS_OK)
        status = roster_load(&reporting->options, reporting->roles, reporting->profile, reporting->thread_count, NULL, &reporting->roster, fault);
    return status == STATUS_OK ? open_runs(reporting, fault) : status;
}

/* How many different records there are, of all runs of digests. */
static enum status count_distinct(const struct reporting *reporting, uint64_t *distinct, struct fault *fault)
{
    const struct case_state *state = &reporting->opened.state;
    *distinct = 0;
    if (!state->distinct) return STATUS_OK;
    struct run_origin *origins = calloc(state->digests.count + 1, sizeof *origins);
    if (origins == NULL) return no_memory(fault);
    for (size_t i = 0; i < state->digests.count; i++)
        origins[i] = (struct run_origin){reporting->runs.directory, &reporting->runs.identity, state->digests.names[i], NULL};
    enum status status = digest_runs_count(origins, state->digests.count, reporting->thread_count, distinct, fault);
    free(origins);
    return status;
}

/* What the case knows by now replaces what it knew; then files of before may go. */
static enum status commit(void *context, struct fault *fault)
{
    struct reporting *reporting = context;
    struct case_state *state = &reporting->opened.state;
    struct names holders = state->holders, booked = state->booked;
    enum status status = case_places_failure(&reporting->places, fault);
    if (status != STATUS_OK) return status;
    state->holders = (struct names){reporting->runs.names, reporting->runs.count, reporting->runs.capacity};
    state->booked = (struct names){&reporting->runs.booked, reporting->runs.booked != NULL, 0};
    state->next_number = reporting->runs.next_number;
    state->roster_given = reporting->roster != NULL;
    if (reporting->roster != NULL) memcpy(state->roster, roster_sha256(reporting->roster), sizeof state->roster);
    state->aware_given = reporting->options.aware_s != OPTIONS_NO_TIME;
    state->aware_s = reporting->options.aware_s;
    status = case_state_write(reporting->runs.directory, &reporting->runs.identity, state, fault);
    state->holders = holders;
    state->booked = booked;
    if (status == STATUS_OK) runs_drop_stale(&reporting->runs);
    return status;
}

static enum status report(struct reporting *reporting, struct timespec started, int *exit_code, struct fault *fault)
{
    uint64_t distinct = 0;
    enum status status = open_all(reporting, fault);
    if (status == STATUS_OK) status = count_distinct(reporting, &distinct, fault);
    if (status != STATUS_OK) return status;
    const struct case_state *state = &reporting->opened.state;
    case_options_take(state, reporting->profile, &reporting->options);
    case_passwords_take(state, &reporting->facts);
    struct conclusion conclusion = {.folder = reporting->folder,
                                    .options = &reporting->options,
                                    .resolving = {.tally = reporting->tally,
                                                  .list = &reporting->shown,
                                                  .places = {case_places_unit, case_places_object, &reporting->places, true},
                                                  .thread_count = reporting->thread_count},
                                    .runs = &reporting->runs,
                                    .sums = &state->sums,
                                    .incomplete = reporting->incomplete,
                                    .distinct = state->distinct,
                                    .records_distinct = distinct,
                                    .roles = reporting->roles,
                                    .profile = reporting->profile,
                                    .roster = reporting->roster,
                                    .facts = &reporting->facts,
                                    .started = &started,
                                    .commit = commit,
                                    .context = reporting};
    return conclude(&conclusion, exit_code, fault);
}

static void reporting_close(struct reporting *reporting)
{
    runs_free(&reporting->runs);
    tally_close(reporting->tally);
    free(reporting->shown.objects);
    case_places_close(&reporting->places);
    roster_close(reporting->roster);
    roles_free(reporting->roles);
    profile_free(reporting->profile);
    case_close(&reporting->opened);
}

int command_report(const struct options *options)
{
    struct reporting reporting = {.options = *options, .folder = options->arguments[0], .opened = {.tally = -1}, .runs = {.directory = -1},
                                  .facts = {.started_s = (int64_t)time(NULL), .cpu_path = ""}};
    reporting.thread_count = options->thread_count > 0 ? options->thread_count : parallel_cores();
    struct timespec started;
    clock_gettime(CLOCK_MONOTONIC, &started);
    struct fault fault = {0};
    int exit_code = EXIT_FINISHED;
    enum status status = report(&reporting, started, &exit_code, &fault);
    if (status != STATUS_OK) {
        fprintf(stderr, "breachtally: %s\n", fault.message);
        exit_code = status == STATUS_FATAL ? EXIT_UNFINISHED : EXIT_USAGE;
    }
    reporting_close(&reporting);
    return exit_code;
}
