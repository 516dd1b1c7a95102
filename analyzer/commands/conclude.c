#include "conclude.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../report/mask.h"
#include "../support/file.h"
#include "../tally/booked.h"
#include "case_state.h"
#include "commands.h"

void facts_set(struct run_facts *facts, const struct options *options, int thread_count, const char *status, int exit_code)
{
    facts->argument_count = options->command_line_count;
    facts->arguments = options->command_line;
    facts->ended_s = (int64_t)time(NULL);
    facts->status = status;
    facts->exit_code = exit_code;
    facts->thread_count = thread_count;
    facts->engine = engine_name(options->engine);
    facts->hash = options->hash;
    facts->depth_max = options->depth_max;
    facts->ratio_max = options->ratio_max;
    facts->decoded_bytes_max = options->decoded_bytes_max;
    facts->members_max = options->members_max;
    facts->kinds_mask = options->kinds_mask;
    facts->roster_path = options->roster_path;
    facts->aware_s = options->aware_s == OPTIONS_NO_TIME ? TIME_NONE : options->aware_s;
}

static enum status write_case(struct conclusion *conclusion, struct resolved *resolved, struct fault *fault)
{
    const struct options *options = conclusion->options;
    struct ledger_place scratch = case_ledger_place(conclusion->runs->directory, &conclusion->runs->identity, options->ledger_bytes);
    scratch.is_scratch = true;
    struct case_files files = {.folder = conclusion->folder,
                               .list = conclusion->resolving.list,
                               .resolved = resolved,
                               .profile = conclusion->profile,
                               .roster = conclusion->roster,
                               .jurisdictions = &conclusion->jurisdictions,
                               .facts = conclusion->facts,
                               .thread_count = conclusion->resolving.thread_count,
                               .impact = conclusion->impact,
                               .scratch = &scratch};
    conclusion->impact = NULL;
    enum status status = report_write(&files, fault);
    if (status == STATUS_OK && options->json) status = report_json(stdout, &files, fault);
    explicit_bzero(&scratch, sizeof scratch);
    if (status != STATUS_OK || options->json) return status;
    if (!options->quiet) report_table(stdout, &files);
    if (fflush(stdout) != 0) return fault_set(fault, STATUS_FATAL, "the case is written; its table could not be printed");
    return STATUS_OK;
}

/* What was made before all was booked. */
static void drop_made(struct conclusion *conclusion)
{
    file_abandon(conclusion->impact);
    conclusion->impact = NULL;
    resolved_close(conclusion->resolving.begun);
    conclusion->resolving.begun = NULL;
}

static void take_attribution(struct resolving *resolving, const struct attribution *attribution)
{
    resolving->attributed = (struct attributed){attribution->conflict_records, attribution->ambiguous_groups, attribution->records_possible,
                                                attribution->roster_shared, attribution->records_cut, attribution->records_across};
}

/* All is resolved from the runs, with what is booked in them. */
static void resolve_from_runs(struct conclusion *conclusion)
{
    struct resolving *resolving = &conclusion->resolving;
    if (conclusion->loaded) tally_clear(resolving->tally);
    resolving->runs = conclusion->runs;
    resolving->sorted = NULL;
    resolving->identifiers = NULL;
}

/* What was found before the runs were written comes into them. */
static enum status book_found(struct conclusion *conclusion, struct fault *fault)
{
    struct attribution attribution = {0};
    enum status status = runs_open_all(conclusion->runs, fault);
    if (status == STATUS_OK) status = attribution_book(conclusion->attributing, &attribution, fault);
    attribution_close(conclusion->attributing);
    conclusion->attributing = NULL;
    take_attribution(&conclusion->resolving, &attribution);
    conclusion->resolving.harvest = (struct harvest_options){identifier_prefix, roster_known(conclusion->roster)};
    if (status == STATUS_OK && conclusion->resolving.begun == NULL) resolve_from_runs(conclusion);
    return status;
}

/* Books on customers what names none of them. Where that changes nothing, and all holders are in the tally, they are resolved
 * from there; else from the runs. */
static enum status attribute_all(struct conclusion *conclusion, struct fault *fault)
{
    struct resolving *resolving = &conclusion->resolving;
    struct runs *runs = conclusion->runs;
    struct attribution attribution;
    struct attribution_options options = {.runs = runs, .roster = conclusion->roster, .list = resolving->list};
    if (conclusion->loaded) {
        options.loaded = resolving->tally;
        options.numbers = (struct place_numbers){resolving->places.unit, resolving->places.context};
        options.untied = resolving->identifiers != NULL && !resolving->identifiers->tied;
    }
    enum status status = runs_open_all(runs, fault);
    if (status == STATUS_OK) status = attribute(&options, &attribution, fault);
    if (status != STATUS_OK) return status;
    take_attribution(resolving, &attribution);
    if (runs->booked != NULL) drop_made(conclusion);
    resolving->harvest = (struct harvest_options){identifier_prefix, roster_known(conclusion->roster)};
    if (conclusion->loaded && booked_is_small(runs, resolving->tally)) {
        bool more = false;
        status = booked_take(runs, resolving->tally, &options.numbers, &more, fault);
        if (runs->booked != NULL) resolving->identifiers = NULL; /* these are to be counted anew, */
        if (more) resolving->sorted = NULL;                      /* and the order to be found */
        return status;
    }
    resolve_from_runs(conclusion);
    return STATUS_OK;
}

enum status conclude(struct conclusion *conclusion, int *exit_code, struct fault *fault)
{
    struct totals totals;
    struct resolved *resolved = NULL;
    struct jurisdictions *jurisdictions = &conclusion->jurisdictions;
    enum status status = conclusion->attributing != NULL ? book_found(conclusion, fault) : attribute_all(conclusion, fault);
    if (status == STATUS_OK && jurisdictions->all == NULL) status = jurisdictions_open(conclusion->roster, jurisdictions, fault);
    if (conclusion->options->aware_s != OPTIONS_NO_TIME) jurisdictions->aware_s = conclusion->options->aware_s;
    conclusion->resolving.persons = jurisdictions_persons(jurisdictions);
    if (status == STATUS_OK) /* whose arrays resolve takes over, come what may */
        status = sums_totals(conclusion->sums, conclusion->roles, conclusion->resolving.list->source_count, &totals, fault);
    totals.distinct_known = conclusion->distinct;
    totals.records_distinct = conclusion->records_distinct;
    if (status == STATUS_OK) {
        status = resolve(&conclusion->resolving, &totals, &resolved, fault);
        conclusion->resolving.begun = NULL;
    }
    if (status == STATUS_OK && conclusion->commit != NULL) status = conclusion->commit(conclusion->context, fault);
    if (status == STATUS_OK) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        const struct timespec *started = conclusion->started;
        *exit_code = report_exit_code(conclusion->resolving.list);
        if (conclusion->incomplete && *exit_code == EXIT_FINISHED) *exit_code = EXIT_INCOMPLETE;
        facts_set(conclusion->facts, conclusion->options, conclusion->resolving.thread_count, "finished", *exit_code);
        conclusion->facts->seconds = (double)(now.tv_sec - started->tv_sec) + (double)(now.tv_nsec - started->tv_nsec) / 1e9;
        status = write_case(conclusion, resolved, fault);
    }
    drop_made(conclusion);
    resolved_close(resolved);
    jurisdictions_close(jurisdictions);
    return status;
}
