#include "conclude.h"

#include <stdlib.h>
#include <time.h>

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
}

static enum status write_case(const struct conclusion *conclusion, struct resolved *resolved, struct fault *fault)
{
    const struct options *options = conclusion->options;
    struct case_files files = {.folder = conclusion->folder,
                               .list = conclusion->resolving.list,
                               .resolved = resolved,
                               .profile = conclusion->profile,
                               .roster = conclusion->roster,
                               .facts = conclusion->facts,
                               .thread_count = conclusion->resolving.thread_count};
    enum status status = report_write(&files, fault);
    if (status != STATUS_OK) return status;
    if (options->json) return report_json(stdout, &files, fault);
    if (!options->quiet) report_table(stdout, &files);
    if (fflush(stdout) != 0) return fault_set(fault, STATUS_FATAL, "the case is written; its table could not be printed");
    return STATUS_OK;
}

enum status conclude(struct conclusion *conclusion, int *exit_code, struct fault *fault)
{
    struct totals totals;
    struct resolved *resolved = NULL;
    enum status status = sums_totals(conclusion->sums, conclusion->roles, conclusion->resolving.list->source_count, &totals, fault);
    totals.distinct_known = conclusion->distinct;
    totals.records_distinct = conclusion->records_distinct;
    if (status == STATUS_OK) status = resolve(&conclusion->resolving, &totals, &resolved, fault);
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
    resolved_close(resolved);
    return status;
}
