/* breachtally scan: evidence in, case out.
 *
 * Shape    walk -> duplicates -> (feed -> units -> tally) on all threads -> resolve -> report
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../attribute/profile.h"
#include "../evidence/duplicate.h"
#include "../report/report.h"
#include "../support/parallel.h"
#include "../tally/resolving.h"
#include "commands.h"
#include "feed.h"
#include "progress.h"
#include "units.h"

enum { EXIT_SIGNAL = 128 };

/* The one thing that a signal handler may touch. */
static volatile sig_atomic_t signal_seen;

static void note_signal(int number)
{
    signal_seen = number;
}

struct worker {
    struct detect *detect;
    struct booking *booking;
    struct tally_writer *writer;
    struct unit_reader *reader;
    struct path_matcher *matcher;
    struct feed_buffer buffer;
    enum status status;
    struct fault fault;
};

struct scan {
    const struct options *options;
    struct profile *profile;
    struct roles *roles;
    struct object_list list;
    struct tally *tally;
    struct feed *feed;
    struct worker *workers;
    int thread_count;
    struct detect_options detect;
    struct detect_junk *junk;
    struct detect_point *points;
    const char *cpu_path;
    atomic_bool stopped; /* a thread failed, or a signal came */
    struct resolved *resolved;
    struct run_facts facts;
};

/* ------------------------------------------------------------------ a thread's work */

static void work(void *context, int thread)
{
    struct scan *scan = context;
    struct worker *worker = &scan->workers[thread];
    struct block block;
    struct open_object *object;
    while (!atomic_load_explicit(&scan->stopped, memory_order_relaxed)) {
        worker->status = feed_next(scan->feed, &worker->buffer, worker->matcher, &block, &object, &worker->fault);
        if (worker->status != STATUS_OK) break;
        struct block_counts counts;
        worker->status = unit_reader_block(worker->reader, &block, &counts, &worker->fault);
        if (worker->status != STATUS_OK) break;
        feed_done(object, &block, &counts);
        if (signal_seen != 0) atomic_store(&scan->stopped, true);
    }
    if (worker->status == STATUS_END || worker->status == STATUS_OK) worker->status = tally_flush(worker->writer, &worker->fault);
    if (worker->status != STATUS_OK) atomic_store(&scan->stopped, true);
}

static enum status worker_open(struct scan *scan, struct worker *worker, struct fault *fault)
{
    enum status status = detect_open(&scan->detect, &worker->detect, fault);
    if (status == STATUS_OK) status = tally_writer_open(scan->tally, &worker->writer, fault);
    if (status == STATUS_OK) status = booking_open(worker->writer, &worker->booking, fault);
    if (status == STATUS_OK) status = path_matcher_open(scan->roles, &worker->matcher, fault);
    if (status == STATUS_OK)
        status = unit_reader_open(worker->detect, worker->booking, scan->roles, scan->detect.shape, &worker->reader, fault);
    return status;
}

static void worker_close(struct worker *worker)
{
    unit_reader_close(worker->reader);
    path_matcher_close(worker->matcher);
    booking_close(worker->booking);
    tally_writer_close(worker->writer);
    detect_close(worker->detect);
    feed_buffer_free(&worker->buffer);
}

/* ------------------------------------------------------------------ before and after */

static struct field_plan plan_of(const void *roles, const char *name, size_t length, bool one_component)
{
    return roles_plan(roles, name, length, one_component);
}

static enum status detect_options_set(struct scan *scan, struct fault *fault)
{
    const struct options *options = scan->options;
    const struct profile *profile = scan->profile;
    scan->detect = (struct detect_options){.kinds_mask = options->kinds_mask & KINDS_ALL,
                                           .locations = (options->kinds_mask & LOCATION_BIT) != 0,
                                           .use_pcre2 = options->engine == ENGINE_PCRE2,
                                           .plans = {plan_of, scan->roles},
                                           .timezone_offset_s = profile->timezone_offset_s};
    scan->detect.shape = shape_choose(cpu_choice_name(options->cpu), &scan->cpu_path);
    if (scan->detect.shape == NULL) return fault_set(fault, STATUS_USAGE, "--cpu: this CPU has no %s", cpu_choice_name(options->cpu));
    scan->junk = calloc(profile->junk_count + 1, sizeof *scan->junk);
    scan->points = calloc(profile->default_point_count + 1, sizeof *scan->points);
    if (scan->junk == NULL || scan->points == NULL) return fault_set(fault, STATUS_FATAL, "no memory for the profile");
    for (size_t i = 0; i < profile->junk_count; i++)
        scan->junk[i] = (struct detect_junk){(uint8_t)profile->junk[i].kind, profile->junk[i].canonical};
    for (size_t i = 0; i < profile->default_point_count; i++)
        scan->points[i] = (struct detect_point){profile->default_points[i].latitude_e7, profile->default_points[i].longitude_e7};
    scan->detect.junk = scan->junk;
    scan->detect.junk_count = profile->junk_count;
    scan->detect.default_points = scan->points;
    scan->detect.default_point_count = profile->default_point_count;
    return STATUS_OK;
}

static enum status prepare(struct scan *scan, struct fault *fault)
{
    const struct options *options = scan->options;
    enum status status = profile_open(options->profile_path, &scan->profile, fault);
    if (status == STATUS_OK) status = roles_open(scan->profile, &scan->roles, fault);
    if (status == STATUS_OK) status = detect_options_set(scan, fault);
    if (status != STATUS_OK) return status;
    struct walk_options walking = {.arguments = options->arguments,
                                   .argument_count = options->argument_count,
                                   .excludes = (const char *const *)options->excludes,
                                   .exclude_count = options->exclude_count,
                                   .sources = scan->profile->sources,
                                   .source_count = scan->profile->source_count};
    status = walk(&walking, &scan->list, fault);
    if (status == STATUS_OK) status = case_folder_create(options->case_folder, fault);
    if (status == STATUS_OK && options->hash) status = duplicates_mark(&scan->list, options->read_bytes, scan->thread_count, fault);
    if (status == STATUS_OK) status = tally_open((uint32_t)scan->list.source_count, &scan->tally, fault);
    struct feed_options feeding = {.list = &scan->list,
                                   .roles = scan->roles,
                                   .block_bytes = options->block_bytes,
                                   .stream = {.hash = options->hash,
                                              .read_bytes = options->read_bytes,
                                              .depth_max = (uint32_t)options->depth_max,
                                              .ratio_max = options->ratio_max,
                                              .decoded_bytes_max = options->decoded_bytes_max,
                                              .members_max = options->members_max}};
    if (status == STATUS_OK) status = feed_open(&feeding, &scan->feed, fault);
    scan->workers = calloc((size_t)scan->thread_count, sizeof *scan->workers);
    if (scan->workers == NULL) return fault_set(fault, STATUS_FATAL, "no memory for the threads");
    for (int i = 0; i < scan->thread_count && status == STATUS_OK; i++) status = worker_open(scan, &scan->workers[i], fault);
    return status;
}

static enum status run(struct scan *scan, struct fault *fault)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < scan->list.count; i++)
        if (scan->list.objects[i].status == OBJECT_PENDING && scan->list.objects[i].size_bytes > 0)
            bytes += (uint64_t)scan->list.objects[i].size_bytes;
    struct progress *progress = NULL;
    if (!scan->options->quiet && !scan->options->no_progress)
        progress = progress_start(scan->feed, scan->tally, scan->list.count, bytes);
    parallel_run(scan->thread_count, work, scan);
    progress_stop(progress);
    for (int i = 0; i < scan->thread_count; i++) {
        if (scan->workers[i].status == STATUS_OK || scan->workers[i].status == STATUS_END) continue;
        *fault = scan->workers[i].fault;
        return scan->workers[i].status;
    }
    return STATUS_OK;
}

static void widen_period(struct totals *totals, int64_t first, int64_t last)
{
    if (first == TIME_NONE) return;
    if (totals->data_time_first == TIME_NONE || first < totals->data_time_first) totals->data_time_first = first;
    if (totals->data_time_last == TIME_NONE || last > totals->data_time_last) totals->data_time_last = last;
}

static const char *field_name(const struct scan *scan, size_t rank)
{
    if (rank == CUSTOMER_FIELD_EMAIL) return "e-mail";
    if (rank == CUSTOMER_FIELD_PATH) return "path";
    return roles_customer_name(scan->roles, (uint16_t)rank);
}

/* Adds up what the threads counted beside the tally. */
static enum status sum(const struct scan *scan, struct totals *totals, struct fault *fault)
{
    *totals = (struct totals){.data_time_first = TIME_NONE, .data_time_last = TIME_NONE};
    uint64_t units[CUSTOMER_FIELDS_MAX] = {0};
    for (int t = 0; t < scan->thread_count; t++) {
        const struct detect_counts *found = detect_counts(scan->workers[t].detect);
        const struct booking_counts *booked = booking_counts(scan->workers[t].booking);
        totals->records_raw += booked->records;
        totals->records_orphan_location += booked->orphan_locations;
        widen_period(totals, booked->orphan_time_first, booked->orphan_time_last);
        totals->findings += found->findings;
        totals->loc_fixes += found->fixes;
        totals->locations_possible += found->locations_possible;
        totals->locations_rejected += found->locations_rejected;
        totals->times_without_zone += found->times_without_zone;
        for (size_t k = 0; k < KIND_COUNT; k++) totals->kinds[k].rejected += found->rejected[k];
        for (size_t r = 0; r < REASON_COUNT; r++) totals->rejected_by_reason[r] += found->rejected_by_reason[r];
        for (size_t f = 0; f < CUSTOMER_FIELDS_MAX; f++) units[f] += booked->customer_units[f];
    }
    totals->customer_fields = calloc(CUSTOMER_FIELDS_MAX, sizeof *totals->customer_fields);
    if (totals->customer_fields == NULL) return fault_set(fault, STATUS_FATAL, "no memory for the totals");
    for (size_t f = 0; f < CUSTOMER_FIELDS_MAX; f++) {
        if (units[f] == 0) continue;
        totals->customer_fields[totals->customer_field_count].name = field_name(scan, f);
        totals->customer_fields[totals->customer_field_count++].units = units[f];
    }
    return STATUS_OK;
}

static uint64_t unit_number(const void *feed, const struct place *place, uint32_t *object)
{
    return feed_unit_number(feed, place, object);
}

static struct case_files case_files(const struct scan *scan)
{
    return (struct case_files){.folder = scan->options->case_folder,
                               .list = &scan->list,
                               .resolved = scan->resolved,
                               .profile = scan->profile,
                               .facts = &scan->facts,
                               .thread_count = scan->thread_count};
}

static void facts_set(struct scan *scan, const char *status, int exit_code, double seconds)
{
    const struct options *options = scan->options;
    scan->facts.argument_count = options->command_line_count;
    scan->facts.arguments = options->command_line;
    scan->facts.ended_s = (int64_t)time(NULL);
    scan->facts.status = status;
    scan->facts.exit_code = exit_code;
    scan->facts.thread_count = scan->thread_count;
    scan->facts.cpu_path = scan->cpu_path;
    scan->facts.engine = engine_name(options->engine);
    scan->facts.hash = options->hash;
    scan->facts.depth_max = options->depth_max;
    scan->facts.ratio_max = options->ratio_max;
    scan->facts.decoded_bytes_max = options->decoded_bytes_max;
    scan->facts.members_max = options->members_max;
    scan->facts.kinds_mask = options->kinds_mask;
    scan->facts.seconds = seconds;
}

static enum status conclude(struct scan *scan, struct timespec started, int *exit_code, struct fault *fault)
{
    struct totals totals;
    enum status status = sum(scan, &totals, fault);
    if (status == STATUS_OK)
        status = resolve(scan->tally, &scan->list, (struct place_source){unit_number, scan->feed}, &totals, scan->thread_count,
                         &scan->resolved, fault);
    if (status != STATUS_OK) return status;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    *exit_code = report_exit_code(&scan->list);
    facts_set(scan, "finished", *exit_code, (double)(now.tv_sec - started.tv_sec) + (double)(now.tv_nsec - started.tv_nsec) / 1e9);
    struct case_files files = case_files(scan);
    status = report_write(&files, fault);
    if (status != STATUS_OK) return status;
    if (scan->options->json) return report_json(stdout, &files, fault);
    if (!scan->options->quiet) report_table(stdout, &files);
    if (fflush(stdout) != 0) return fault_set(fault, STATUS_FATAL, "the case is written; its table could not be printed");
    return STATUS_OK;
}

static void scan_close(struct scan *scan)
{
    resolved_close(scan->resolved);
    for (int i = 0; scan->workers != NULL && i < scan->thread_count; i++) worker_close(&scan->workers[i]);
    free(scan->workers);
    feed_close(scan->feed);
    tally_close(scan->tally);
    object_list_free(&scan->list);
    roles_free(scan->roles);
    profile_free(scan->profile);
    free(scan->junk);
    free(scan->points);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal};
    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)SA_RESETHAND; /* a second signal ends the process at once */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is a failed write, as a full disk is */
}

/* What was interrupted leaves a case.json that says so, and nothing that could be taken for a result. */
static int interrupted(struct scan *scan)
{
    int exit_code = EXIT_SIGNAL + signal_seen;
    facts_set(scan, "interrupted", exit_code, 0);
    struct case_files files = case_files(scan);
    struct fault fault;
    if (report_write_interrupted(&files, &fault) != STATUS_OK) fprintf(stderr, "breachtally: %s\n", fault.message);
    fputs("breachtally: interrupted; no results were written\n", stderr);
    return exit_code;
}

int command_scan(const struct options *options)
{
    struct scan scan = {.options = options, .facts = {.started_s = (int64_t)time(NULL)}};
    scan.thread_count = options->thread_count > 0 ? options->thread_count : parallel_cores();
    struct timespec started;
    clock_gettime(CLOCK_MONOTONIC, &started);
    struct fault fault = {0};
    int exit_code = EXIT_FINISHED;
    catch_signals();
    enum status status = prepare(&scan, &fault);
    if (status == STATUS_OK) status = run(&scan, &fault);
    if (status == STATUS_OK && signal_seen != 0) exit_code = interrupted(&scan);
    else if (status == STATUS_OK) status = conclude(&scan, started, &exit_code, &fault);
    if (status != STATUS_OK) {
        fprintf(stderr, "breachtally: %s\n", fault.message);
        exit_code = status == STATUS_USAGE ? EXIT_USAGE : EXIT_UNFINISHED;
    }
    scan_close(&scan);
    return exit_code;
}
