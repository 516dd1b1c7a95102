/* breachtally scan: evidence in, case out.
 *
 * Shape    walk -> shard -> duplicates -> (feed -> units -> tally) on all threads -> runs and state -> resolve -> report.
 *          Where the tally is full, or time for a checkpoint, all threads rest between two blocks, counts become runs, and
 *          the feed goes on
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../evidence/duplicate.h"
#include "../evidence/shard.h"
#include "../support/file.h"
#include "../support/parallel.h"
#include "../support/hash.h"
#include "commands.h"
#include "conclude.h"
#include "progress.h"
#include "ranges.h"
#include "roster_load.h"
#include "scan.h"

enum {
    EXIT_SIGNAL = 128,
    /* Of --memory, what counts may take before they go to disk; the rest is for buffers, order and merging. */
    COUNTS_SHARE_PERCENT = 55,
    DIGESTS_SHARE_PERCENT = 10,
    CHECKPOINT_SECONDS = 8, /* with the time that one takes, no kill costs more than 10 s */
    PROFILE_BYTES_MAX = 64 << 20
};
#define MEMORY_DEFAULT (UINT64_C(1) << 30) /* for merging, where --memory sets no limit */
#define DIGESTS_DEFAULT ((size_t)160 << 20) /* what eight seconds of reading on two threads leave stays in memory */

/* What a signal handler may touch: the signal, and a descriptor that wakes who waits. */
static volatile sig_atomic_t signal_seen;
static int signal_descriptor = -1;

static void note_signal(int number)
{
    static const uint64_t one = 1;
    int error = errno;
    signal_seen = number;
    if (write(signal_descriptor, &one, sizeof one) < 0) errno = error; /* it is readable already, or there is none */
}

/* ------------------------------------------------------------------ a thread's work */

/* Whether it is time for all threads to come to rest. */
static bool is_pause_due(const struct scan *scan)
{
    if (tally_bytes(scan->tally) > scan->tally_bytes_max) return true;
    uint64_t bytes = atomic_load_explicit(&scan->bytes_since, memory_order_relaxed);
    if (scan->options->checkpoint_bytes > 0) return bytes >= scan->options->checkpoint_bytes;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec - scan->checkpointed.tv_sec >= CHECKPOINT_SECONDS;
}

static void work(void *context, int thread)
{
    struct scan *scan = context;
    struct scan_worker *worker = &scan->workers[thread];
    struct block block;
    struct open_object *object;
    while (!atomic_load_explicit(&scan->stopped, memory_order_relaxed) && !atomic_load_explicit(&scan->paused, memory_order_relaxed)) {
        worker->status = feed_next(scan->feed, &worker->buffer, worker->matcher, &block, &object, &worker->fault);
        if (worker->status != STATUS_OK) break;
        struct block_counts counts = {0};
        if (block.length > 0) worker->status = unit_reader_block(worker->reader, &block, &counts, &worker->fault);
        if (worker->status != STATUS_OK) break;
        feed_done(scan->feed, object, &block, &counts);
        atomic_fetch_add_explicit(&scan->bytes_since, block.length, memory_order_relaxed);
        if (signal_seen != 0) atomic_store(&scan->stopped, true);
        else if (is_pause_due(scan)) atomic_store(&scan->paused, true);
    }
    if (worker->status == STATUS_END || worker->status == STATUS_OK) worker->status = tally_flush(worker->writer, &worker->fault);
    if (worker->status != STATUS_OK) atomic_store(&scan->stopped, true);
}

static enum status worker_open(struct scan *scan, struct scan_worker *worker, struct fault *fault)
{
    enum status status = detect_open(&scan->detect, &worker->detect, fault);
    if (status == STATUS_OK) status = tally_writer_open(scan->tally, &worker->writer, fault);
    if (status == STATUS_OK) status = booking_open(worker->writer, &worker->booking, fault);
    if (status == STATUS_OK) booking_set_zone(worker->booking, scan->profile->timezone_offset_s);
    if (status == STATUS_OK) booking_set_roster(worker->booking, scan->roster);
    if (status == STATUS_OK) status = path_matcher_open(scan->roles, &worker->matcher, fault);
    if (status == STATUS_OK)
        status = unit_reader_open(worker->detect, worker->booking, scan->roles, scan->detect.shape, &worker->reader, fault);
    return status;
}

static void worker_close(struct scan_worker *worker)
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
                                           .customs = scan->profile->customs,
                                           .locations = (options->kinds_mask & LOCATION_BIT) != 0,
                                           .use_pcre2 = options->engine == ENGINE_PCRE2,
                                           .plans = {plan_of, scan->roles},
                                           .known = roster_known(scan->roster),
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

/* The time zone of each source, once the sources are known. */
static enum status timezones_set(struct scan *scan, struct fault *fault)
{
    const struct object_list *list = &scan->list;
    scan->timezones_s = calloc(list->source_count + 1, sizeof *scan->timezones_s);
    if (scan->timezones_s == NULL) return fault_set(fault, STATUS_FATAL, "no memory for the time zones of sources");
    for (size_t i = 0; i < list->source_count; i++) scan->timezones_s[i] = profile_timezone_s(scan->profile, list->sources[i]);
    scan->detect.source_timezones_s = scan->timezones_s;
    return STATUS_OK;
}

/* --only and --not speak of the profile's kinds too. */
static enum status kinds_choose(struct scan *scan, struct fault *fault)
{
    bool wanted[KINDS_MAX];
    enum status status = options_choose_kinds(scan->options, wanted, fault);
    if (status == STATUS_OK) customs_choose(scan->profile->customs, wanted);
    return status;
}

/* The profile's bytes are kept with the counts: who merges them needs it. */
static enum status profile_prepare(struct scan *scan, struct fault *fault)
{
    const char *path = scan->options->profile_path;
    if (path != NULL) {
        enum status status = file_read_whole(path, PROFILE_BYTES_MAX, &scan->profile_text.at, &scan->profile_text.count, fault);
        if (status != STATUS_OK) return profile_open(path, &scan->profile, fault); /* whose message is the better one */
        scan->profile_text.capacity = scan->profile_text.count;
    }
    return profile_open(path, &scan->profile, fault);
}

/* A shard's case is made beside its name and gets it when it is whole. */
static enum status folder_name(struct scan *scan, struct fault *fault)
{
    const struct options *options = scan->options;
    int length = (int)strlen(options->case_folder);
    while (options->sharded && length > 1 && options->case_folder[length - 1] == '/') length--;
    if (asprintf(&scan->folder, options->sharded ? "%.*s.partial" : "%.*s", length, options->case_folder) >= 0) return STATUS_OK;
    scan->folder = NULL;
    return fault_set(fault, STATUS_FATAL, "no memory for the name of the case");
}

/* The folders of the case that are there already. */
static size_t own_folders(const struct scan *scan, struct folder_identity own[2])
{
    const char *const names[] = {scan->folder, scan->options->case_folder};
    size_t count = 0;
    struct stat about;
    for (size_t i = 0; i < 2; i++)
        if (stat(names[i], &about) == 0) own[count++] = (struct folder_identity){about.st_dev, about.st_ino};
    return count;
}

static enum status walk_evidence(struct scan *scan, struct fault *fault)
{
    const struct options *options = scan->options;
    struct folder_identity own[2];
    struct walk_options walking = {.own = own,
                                   .own_count = own_folders(scan, own),
                                   .arguments = options->arguments,
                                   .argument_count = options->argument_count,
                                   .excludes = (const char *const *)options->excludes,
                                   .exclude_count = options->exclude_count,
                                   .sources = scan->profile->sources,
                                   .source_count = scan->profile->source_count,
                                   .stop = {&signal_seen, signal_descriptor}};
    return walk(&walking, &scan->list, fault);
}

/* What the tally may take, and where what is beyond goes. */
static void memory_prepare(struct scan *scan)
{
    const struct options *options = scan->options;
    size_t memory = options->memory_bytes > 0 ? (size_t)options->memory_bytes : (size_t)MEMORY_DEFAULT;
    scan->tally_bytes_max = options->memory_bytes > 0 ? memory / 100 * COUNTS_SHARE_PERCENT : SIZE_MAX;
    scan->runs.directory = -1;
    scan->runs.zone_s = scan->profile->timezone_offset_s;
    scan->runs.source_count = scan->list.source_count > 0 ? (uint32_t)scan->list.source_count : 1;
    scan->runs.thread_count = scan->thread_count;
    scan->runs.memory_bytes = memory;
    scan->runs.file_count = (uint32_t)scan->list.walked_count;
    scan->digest_bytes_max = options->memory_bytes > 0 ? memory / 100 * DIGESTS_SHARE_PERCENT : DIGESTS_DEFAULT;
}

/* Whom path rules name, what names of fields mean, and how times without a zone are read: bytes that say two things are no copies of
 * one another. */
static enum status owners_set(struct scan *scan, struct fault *fault)
{
    static const uint64_t seed = UINT64_C(0x6f776e6572);
    struct path_matcher *matcher = NULL;
    enum status status = path_matcher_open(scan->roles, &matcher, fault);
    for (size_t i = 0; i < scan->list.count && status == STATUS_OK; i++) {
        struct object *object = &scan->list.objects[i];
        struct span customer;
        if (object->below_root != NULL && path_matcher_customer(matcher, object->below_root, &customer))
            object->owner = hash_bytes(customer.at, customer.len, seed) | 1;
        const char *source = scan->list.sources[object->source];
        object->owner += mix64((uint64_t)(int64_t)profile_timezone_s(scan->profile, source));
        object->owner += (uint64_t)roles_number(roles_of_source(scan->roles, source)) * UINT64_C(0x9e3779b97f4a7c15);
    }
    path_matcher_close(matcher);
    return status;
}

static struct stream_options stream_options_of(const struct scan *scan)
{
    const struct options *options = scan->options;
    return (struct stream_options){.stop = {&signal_seen, signal_descriptor},
                                   .hash = options->hash,
                                   .read_bytes = options->read_bytes,
                                   .depth_max = (uint32_t)options->depth_max,
                                   .ratio_max = options->ratio_max,
                                   .decoded_bytes_max = options->decoded_bytes_max,
                                   .members_max = options->members_max,
                                   .passwords = scan->passwords};
}

static enum status feed_prepare(struct scan *scan, struct fault *fault)
{
    const struct options *options = scan->options;
    struct object_piece *ranges = NULL;
    bool begun = scan->earlier.version != NULL;
    struct feed_options feeding = {.list = &scan->list,
                                   .progress = scan->earlier.progress,
                                   .progress_count = scan->earlier.progress_count,
                                   .pieces = scan->earlier.pieces,
                                   .piece_count = scan->earlier.piece_count,
                                   .source_sets = &scan->source_sets,
                                   .roles = scan->roles,
                                   .block_bytes = options->block_bytes,
                                   .stream = stream_options_of(scan)};
    if (!begun && !ranges_pieces(&scan->list, &ranges, &feeding.piece_count)) return fault_set(fault, STATUS_FATAL, "no memory for ranges of files");
    if (!begun) feeding.pieces = ranges;
    enum status status = feed_open(&feeding, &scan->feed, fault);
    free(ranges);
    return status;
}

/* Marks what other shards do. */
static enum status shard_prepare(struct scan *scan, struct fault *fault)
{
    const struct options *options = scan->options;
    struct range_looking looking = {stream_options_of(scan), scan->roles, &scan->list};
    const struct shard_options dividing = {.shard = options->shard,
                                           .shard_count = options->shard_count,
                                           .hash = options->hash,
                                           .range_bytes = options->range_bytes,
                                           .can_cut = ranges_can_cut,
                                           .context = &looking,
                                           .stop = looking.stream.stop};
    return shard_mark(&scan->list, &dividing, scan->listing, fault);
}

/* What is kept of them is in the facts of the run. */
static enum status passwords_prepare(struct scan *scan, struct fault *fault)
{
    if (scan->options->passwords_path == NULL) return STATUS_OK;
    enum status status = passwords_open(scan->options->passwords_path, &scan->passwords, fault);
    if (status != STATUS_OK) return status;
    scan->facts.password_count = scan->passwords->count;
    return STATUS_OK;
}

static enum status prepare(struct scan *scan, struct fault *fault)
{
    const struct options *options = scan->options;
    enum status status = profile_prepare(scan, fault);
    if (status == STATUS_OK) status = roles_open(scan->profile, &scan->roles, fault);
    /* The roster is read with all kinds: what it says does not depend on what is looked for. */
    if (status == STATUS_OK) status = roster_load(options, scan->roles, scan->profile, scan->thread_count, &signal_seen, &scan->roster, fault);
    if (status == STATUS_END) return STATUS_OK; /* a signal came */
    if (status == STATUS_OK) status = passwords_prepare(scan, fault);
    if (status == STATUS_OK) status = kinds_choose(scan, fault);
    if (status == STATUS_OK) status = detect_options_set(scan, fault);
    if (status == STATUS_OK) status = folder_name(scan, fault);
    if (status == STATUS_OK) status = walk_evidence(scan, fault);
    if (status == STATUS_OK) status = timezones_set(scan, fault);
    if (status != STATUS_OK || signal_seen != 0) return status; /* half a list would be taken for changed evidence */
    if (options->sharded) status = scan_shard_look(scan, &scan->whole, fault);
    if (status != STATUS_OK || scan->whole) return status;
    memory_prepare(scan);
    status = scan_case_open(scan, fault);
    bool begun = scan->earlier.version != NULL;
    if (status == STATUS_OK && options->sharded && !begun) status = shard_prepare(scan, fault);
    if (status == STATUS_OK && options->hash && !begun) status = owners_set(scan, fault);
    if (status == STATUS_OK && options->hash && !begun)
        status = duplicates_mark(&scan->list, options->read_bytes, scan->thread_count, &signal_seen, fault);
    if (status != STATUS_OK || signal_seen != 0) return status; /* without a feed there is nothing to keep */
    status = source_sets_make(&scan->list, &scan->source_sets, fault);
    if (status == STATUS_OK) status = tally_open(scan->runs.source_count, &scan->tally, fault);
    scan->order = (struct place_order){feed_piece_before, &scan->feed};
    scan->runs.order = &scan->order;
    if (status == STATUS_OK && scan->roster != NULL) tally_set_customer_seed(scan->tally, roster_seed(scan->roster));
    if (status == STATUS_OK) tally_set_sources(scan->tally, &scan->source_sets);
    if (status == STATUS_OK) tally_set_order(scan->tally, &scan->order);
    if (status == STATUS_OK) tally_set_zone(scan->tally, scan->runs.zone_s);
    if (status == STATUS_OK) status = feed_prepare(scan, fault);
    scan->workers = calloc((size_t)scan->thread_count, sizeof *scan->workers);
    if (scan->workers == NULL) return fault_set(fault, STATUS_FATAL, "no memory for the threads");
    for (int i = 0; i < scan->thread_count && status == STATUS_OK; i++) status = worker_open(scan, &scan->workers[i], fault);
    if (status == STATUS_OK) status = scan_digests_open(scan, fault);
    clock_gettime(CLOCK_MONOTONIC, &scan->checkpointed);
    return status;
}

static enum status workers_status(const struct scan *scan, struct fault *fault)
{
    for (int i = 0; i < scan->thread_count; i++) {
        if (scan->workers[i].status == STATUS_OK || scan->workers[i].status == STATUS_END) continue;
        *fault = scan->workers[i].fault;
        return scan->workers[i].status;
    }
    return STATUS_OK;
}

static enum status run(struct scan *scan, struct fault *fault)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < scan->list.count; i++)
        if (scan->list.objects[i].status == OBJECT_PENDING && !scan->list.objects[i].elsewhere && scan->list.objects[i].size_bytes > 0 &&
            (!scan->list.objects[i].is_cut || scan->options->hash))
            bytes += (uint64_t)scan->list.objects[i].size_bytes;
    struct progress *progress = NULL;
    if (!scan->options->quiet && !scan->options->no_progress)
        progress = progress_start(scan->feed, scan->tally, object_list_total(&scan->list), bytes);
    enum status status = STATUS_OK;
    for (bool more = true; more && status == STATUS_OK;) {
        atomic_store(&scan->paused, false);
        parallel_run(scan->thread_count, work, scan);
        more = atomic_load(&scan->paused) && !atomic_load(&scan->stopped);
        status = workers_status(scan, fault);
        if (status == STATUS_OK && more) status = scan_checkpoint(scan, false, NULL, fault);
    }
    progress_stop(progress);
    return status;
}

static struct case_files case_files(const struct scan *scan)
{
    return (struct case_files){.folder = scan->folder, .list = &scan->list, .profile = scan->profile, .roster = scan->roster, .facts = &scan->facts,
                               .thread_count = scan->thread_count};
}

static bool reads_standard_input(const struct options *options)
{
    for (size_t i = 0; i < options->argument_count; i++)
        if (strcmp(options->arguments[i], "-") == 0) return true;
    return false;
}

/* A signal came, and all counts so far are committed. */
static enum status tell_interrupted(struct scan *scan, int *exit_code, struct fault *fault)
{
    *exit_code = EXIT_SIGNAL + signal_seen;
    facts_set(&scan->facts, scan->options, scan->thread_count, "interrupted", *exit_code);
    struct case_files files = case_files(scan);
    enum status status = report_write_interrupted(&files, fault);
    if (status == STATUS_OK && reads_standard_input(scan->options))
        fputs("breachtally: interrupted; what came on standard input cannot be read again: scan it anew, into a new folder\n", stderr);
    else if (status == STATUS_OK)
        fputs("breachtally: interrupted; the same command with --resume goes on from here\n", stderr);
    return status;
}

static enum status commit_finished(void *context, struct fault *fault)
{
    struct scan *scan = context;
    enum status status = feed_failure(scan->feed, fault);
    if (status != STATUS_OK) return status;
    return scan->runs.stale_count > 0 || scan->runs.booked != NULL ? scan_commit(scan, true, fault) : STATUS_OK;
}

/* All counts to disk, then what people read. Where some counts were spilled, all are taken from the disk. */
static enum status finish(struct scan *scan, struct timespec started, int *exit_code, struct fault *fault)
{
    bool spilled = scan->runs.count > 0;
    /* Digests first: what follows takes the memory that they leave, which is quicker to have than memory that nobody used. */
    enum status status = scan_digests_write(scan, true, fault);
    if (spilled) scan_digests_close(scan);
    else scan_digests_leave(scan);
    if (status == STATUS_OK && !spilled) status = scan_survey(scan, fault);
    if (status == STATUS_OK) status = scan_checkpoint_last(scan, fault);
    if (status != STATUS_OK) return status;
    /* All is committed: a signal may end what follows at once, and --resume does it again. */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (signal_seen != 0) return tell_interrupted(scan, exit_code, fault);
    if (spilled) tally_clear(scan->tally);
    struct sums sums = sums_none();
    uint64_t distinct = 0;
    status = scan_sums(scan, &sums, fault);
    if (status == STATUS_OK) status = scan_distinct(scan, &distinct, fault);
    struct options options = *scan->options;
    options.aware_s = scan->aware_s;
    struct conclusion conclusion = {.folder = scan->folder,
                                    .options = &options,
                                    .resolving = {.tally = scan->tally,
                                                  .list = &scan->list,
                                                  .places = {scan_unit, scan_object, scan->feed, false},
                                                  .thread_count = scan->thread_count,
                                                  .sorted = spilled ? NULL : &scan->sorted,
                                                  .identifiers = scan->identifiers_known ? &scan->identifiers : NULL,
                                                  .begun = scan->begun},
                                    .runs = &scan->runs,
                                    .loaded = !spilled,
                                    .attributing = scan->attributing,
                                    .jurisdictions = scan->jurisdictions,
                                    .impact = scan->impact,
                                    .sums = &sums,
                                    .distinct = scan->options->records_distinct,
                                    .records_distinct = distinct,
                                    .roles = scan->roles,
                                    .profile = scan->profile,
                                    .roster = scan->roster,
                                    .facts = &scan->facts,
                                    .started = &started,
                                    .commit = commit_finished,
                                    .context = scan};
    if (status == STATUS_OK) {
        scan->impact = NULL; /* all of these are conclude's now */
        scan->begun = NULL;
        scan->attributing = NULL;
        scan->jurisdictions = (struct jurisdictions){0};
        status = conclude(&conclusion, exit_code, fault);
    }
    sums_free(&sums);
    return status;
}

/* A shard has counts and no results; these come with merge. */
static enum status finish_shard(struct scan *scan, int *exit_code, struct fault *fault)
{
    enum status status = scan_checkpoint(scan, true, NULL, fault);
    *exit_code = EXIT_FINISHED;
    for (size_t i = 0; i < scan->list.count; i++)
        if (!scan->list.objects[i].elsewhere && coverage_reason_is_incomplete(scan->list.objects[i].reason)) *exit_code = EXIT_INCOMPLETE;
    if (ledger_sums(scan->list.ledger)->unread > 0) *exit_code = EXIT_INCOMPLETE;
    facts_set(&scan->facts, scan->options, scan->thread_count, "shard finished", *exit_code);
    struct case_files files = case_files(scan);
    if (status == STATUS_OK) status = report_write_interrupted(&files, fault);
    if (status == STATUS_OK && rename(scan->folder, scan->options->case_folder) != 0)
        status = fault_set(fault, STATUS_FATAL, "the case of the shard cannot be given its name: %s", strerror(errno));
    return status;
}

/* Whether the case lies within a folder of the evidence, which it is then left out of. */
static bool is_within_evidence(const struct scan *scan)
{
    bool within = false;
    char *own = realpath(scan->folder, NULL);
    for (size_t i = 0; own != NULL && i < scan->options->argument_count && !within; i++) {
        char *root = realpath(scan->options->arguments[i], NULL);
        size_t length = root != NULL ? strlen(root) : 0;
        within = length > 0 && strncmp(own, root, length) == 0 && (own[length] == '/' || root[length - 1] == '/');
        free(root);
    }
    free(own);
    return within;
}

static void scan_close(struct scan *scan)
{
    scan_digests_close(scan);
    pages_close(&scan->spare);
    names_free(&scan->digest_runs);
    names_free(&scan->digest_stale);
    sorted_holders_free(&scan->sorted);
    identifier_totals_free(&scan->identifiers);
    file_abandon(scan->impact);
    resolved_close(scan->begun);
    attribution_close(scan->attributing);
    jurisdictions_close(&scan->jurisdictions);
    pages_free(scan->persons.of, scan->persons.count * sizeof *scan->persons.of);
    for (int i = 0; scan->workers != NULL && i < scan->thread_count; i++) worker_close(&scan->workers[i]);
    free(scan->workers);
    feed_close(scan->feed);
    if (scan->runs.directory >= 0) close(scan->runs.directory);
    runs_free(&scan->runs);
    case_state_free(&scan->earlier);
    sums_free(&scan->sums_before);
    bytes_free(&scan->profile_text);
    free(scan->settings);
    free(scan->folder);
    tally_close(scan->tally);
    source_sets_free(&scan->source_sets);
    object_list_free(&scan->list);
    roster_close(scan->roster);
    passwords_close(scan->passwords);
    roles_free(scan->roles);
    profile_free(scan->profile);
    free(scan->junk);
    free(scan->points);
    free(scan->timezones_s);
}

static void catch_signals(void)
{
    /* Where standard input is closed, this must not come to be taken for it. */
    int made = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    signal_descriptor = fcntl(made, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (made >= 0) close(made);
    struct sigaction action = {.sa_handler = note_signal};
    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)SA_RESETHAND; /* a second signal ends the process at once */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is a failed write, as a full disk is */
}

/* What was interrupted leaves its counts so far, a case.json that says so, and nothing that could be taken for a result. */
static enum status interrupted(struct scan *scan, int *exit_code, struct fault *fault)
{
    if (scan->runs.directory < 0) {
        *exit_code = EXIT_SIGNAL + signal_seen;
        fputs("breachtally: interrupted before the case was opened; nothing was counted\n", stderr);
        return STATUS_OK;
    }
    enum status status = scan->feed != NULL ? scan_checkpoint(scan, false, NULL, fault) : STATUS_OK;
    return status == STATUS_OK ? tell_interrupted(scan, exit_code, fault) : status;
}

int command_scan(const struct options *options)
{
    struct scan scan = {.options = options, .facts = {.started_s = (int64_t)time(NULL)}, .sums_before = sums_none(), .runs = {.directory = -1}, .aware_s = options->aware_s};
    scan.thread_count = options->thread_count > 0 ? options->thread_count : parallel_cores();
    struct timespec started;
    clock_gettime(CLOCK_MONOTONIC, &started);
    struct fault fault = {0};
    int exit_code = EXIT_FINISHED;
    catch_signals();
    enum status status = prepare(&scan, &fault);
    scan.facts.cpu_path = scan.cpu_path;
    scan.facts.case_within_evidence = status == STATUS_OK && is_within_evidence(&scan);
    if (status == STATUS_OK && signal_seen == 0 && !scan.whole) status = run(&scan, &fault);
    if (status == STATUS_OK && scan.whole) {
        if (!options->quiet) fputs("breachtally: the shard's case is whole already\n", stderr);
    } else if (status == STATUS_OK && signal_seen != 0) status = interrupted(&scan, &exit_code, &fault);
    else if (status == STATUS_OK && options->sharded) status = finish_shard(&scan, &exit_code, &fault);
    else if (status == STATUS_OK) status = finish(&scan, started, &exit_code, &fault);
    if (status != STATUS_OK) {
        fprintf(stderr, "breachtally: %s\n", fault.message);
        exit_code = status == STATUS_USAGE ? EXIT_USAGE : EXIT_UNFINISHED;
    }
    scan_close(&scan);
    return exit_code;
}
