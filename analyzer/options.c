#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "detect/event_time.h"
#include "support/nearest.h"

enum {
    FOR_SCAN = 1 << COMMAND_SCAN,
    FOR_EXPLAIN = 1 << COMMAND_EXPLAIN,
    FOR_DETECTORS = 1 << COMMAND_DETECTORS,
    FOR_DIFF = 1 << COMMAND_DIFF,
    FOR_MERGE = 1 << COMMAND_MERGE,
    FOR_SHOW = 1 << COMMAND_SHOW,
    FOR_REPORT = 1 << COMMAND_REPORT,
    FOR_INSPECT = 1 << COMMAND_INSPECT,
    FOR_ALL = FOR_INSPECT | FOR_SCAN | FOR_EXPLAIN | FOR_DETECTORS | FOR_DIFF | FOR_MERGE | FOR_SHOW | FOR_REPORT
};

enum option_id {
    OPTION_CASE = 256, OPTION_PROFILE, OPTION_WRITE_PROFILE, OPTION_ROSTER, OPTION_ROSTER_SKIP_BAD, OPTION_AWARE, OPTION_PASSWORDS,
    OPTION_THREADS, OPTION_HASH, OPTION_ONLY, OPTION_NOT,
    OPTION_EXCLUDE, OPTION_MEMORY, OPTION_RESUME, OPTION_SHARD, OPTION_SHARDS, OPTION_ALLOW_MISSING, OPTION_DISTINCT, OPTION_CHECKPOINT_BYTES, OPTION_LEDGER_BYTES, OPTION_RANGE_BYTES,
    OPTION_MAX_DEPTH, OPTION_MAX_RATIO, OPTION_MAX_BYTES, OPTION_MAX_MEMBERS,
    OPTION_QUIET, OPTION_NO_PROGRESS, OPTION_JSON, OPTION_LABEL, OPTION_FORMAT, OPTION_LIMIT, OPTION_ENGINE,
    OPTION_BLOCK_BYTES, OPTION_READ_BYTES, OPTION_CPU, OPTION_HELP, OPTION_VERSION,
    OPTION_ABSENT /* promised by the specification, not made yet */
};

enum section { SECTION_MAIN, SECTION_LIMITS, SECTION_OUTPUT, SECTION_TESTS, SECTION_NONE };
static const char *const section_titles[] = {"Options", "Limits", "Output", "For tests"};

struct option_row {
    enum option_id id;
    const char *name;
    char letter;
    const char *value; /* NULL: a flag */
    int commands;
    enum section section;
    const char *help;
};

static const struct option_row rows[] = {
    {OPTION_CASE, "case", 0, "DIR", FOR_SCAN | FOR_MERGE, SECTION_MAIN, "folder for the results; made, or empty"},
    {OPTION_PROFILE, "profile", 0, "FILE", FOR_SCAN | FOR_EXPLAIN | FOR_INSPECT, SECTION_MAIN, "JSON: what is known about the dump"},
    {OPTION_WRITE_PROFILE, "write-profile", 0, "FILE", FOR_INSPECT, SECTION_MAIN, "what was decided, as a profile to edit"},
    {OPTION_ROSTER, "roster", 0, "FILE", FOR_SCAN | FOR_MERGE | FOR_REPORT, SECTION_MAIN, "CSV: your customers, their identifiers, from when to when"},
    {OPTION_ROSTER_SKIP_BAD, "roster-skip-bad", 0, NULL, FOR_SCAN | FOR_MERGE | FOR_REPORT, SECTION_MAIN, "go on without the roster's bad lines"},
    {OPTION_AWARE, "aware", 0, "TIME", FOR_SCAN | FOR_MERGE | FOR_REPORT, SECTION_MAIN, "when it became known (kept): summary.json says what is due when"},
    {OPTION_PASSWORDS, "passwords", 0, "FILE", FOR_SCAN | FOR_INSPECT, SECTION_MAIN, "for encrypted members of zips: one a line, each is tried"},
    {OPTION_THREADS, "threads", 0, "N", FOR_SCAN | FOR_MERGE | FOR_REPORT | FOR_INSPECT, SECTION_MAIN, "default: all cores"},
    {OPTION_HASH, "hash", 0, "sha256|none", FOR_SCAN, SECTION_MAIN,
     "digest of every file; with none, equal files count twice"},
    {OPTION_ONLY, "only", 0, "KINDS", FOR_SCAN, SECTION_MAIN,
     "look for these alone (commas; see breachtally detectors)"},
    {OPTION_NOT, "not", 0, "KINDS", FOR_SCAN, SECTION_MAIN, "do not look for these"},
    {OPTION_EXCLUDE, "exclude", 0, "GLOB", FOR_SCAN | FOR_INSPECT, SECTION_MAIN,
     "leave these paths out, listed as such; may be repeated"},
    {OPTION_DISTINCT, "records-distinct", 0, "exact|off", FOR_SCAN, SECTION_MAIN, "count different records (exact)"},
    {OPTION_ENGINE, "engine", 0, "fast|pcre2", FOR_SCAN, SECTION_MAIN,
     "pcre2: the defining patterns alone; same result, slower"},
    {OPTION_RESUME, "resume", 0, NULL, FOR_SCAN, SECTION_MAIN, "go on where a run into this case ended"},
    {OPTION_SHARD, "shard", 0, "I/N", FOR_SCAN, SECTION_MAIN,
     "count a part of the evidence, for merge; I from 0, or: auto"},
    {OPTION_SHARDS, "shards", 0, "N", FOR_SCAN, SECTION_MAIN, "with --shard auto: how many there are"},
    {OPTION_ALLOW_MISSING, "allow-missing", 0, NULL, FOR_MERGE, SECTION_MAIN, "merge although shards are missing"},
    {OPTION_MEMORY, "memory", 0, "SIZE", FOR_SCAN | FOR_MERGE | FOR_REPORT, SECTION_LIMITS,
     "for counting; beyond it counts go to the case (no limit)"},
    {OPTION_MAX_DEPTH, "max-depth", 0, "N", FOR_SCAN, SECTION_LIMITS, "layers of compression and containers (8)"},
    {OPTION_MAX_RATIO, "max-ratio", 0, "N", FOR_SCAN, SECTION_LIMITS,
     "times a file may grow when decompressed (1000)"},
    {OPTION_MAX_BYTES, "max-bytes", 0, "SIZE", FOR_SCAN, SECTION_LIMITS,
     "decompressed size of one file, all its members together (1T; K M G T)"},
    {OPTION_MAX_MEMBERS, "max-members", 0, "N", FOR_SCAN, SECTION_LIMITS,
     "members in one file (10000000)"},
    {OPTION_LABEL, "label", 0, "NAME", FOR_EXPLAIN, SECTION_MAIN,
     "judge the values as standing under this field name"},
    {OPTION_FORMAT, "format", 0, "text|csv|json", FOR_DIFF, SECTION_OUTPUT, "of the differences, on stdout"},
    {OPTION_LIMIT, "limit", 0, "N", FOR_DIFF, SECTION_OUTPUT, "rows of each list in a text (20); 0: all"},
    {OPTION_JSON, "json", 0, NULL, FOR_SCAN | FOR_INSPECT | FOR_MERGE | FOR_REPORT | FOR_SHOW | FOR_EXPLAIN | FOR_DETECTORS | FOR_DIFF, SECTION_OUTPUT, "results on stdout as JSON"},
    {OPTION_QUIET, "quiet", 'q', NULL, FOR_SCAN | FOR_MERGE | FOR_REPORT, SECTION_OUTPUT, "no table, no progress"},
    {OPTION_NO_PROGRESS, "no-progress", 0, NULL, FOR_SCAN, SECTION_OUTPUT, "no progress line"},
    {OPTION_HELP, "help", 'h', NULL, FOR_ALL, SECTION_OUTPUT, "this text"},
    {OPTION_VERSION, "version", 0, NULL, FOR_ALL, SECTION_OUTPUT, "version, build, libraries, CPU path"},
    {OPTION_BLOCK_BYTES, "block-bytes", 0, "SIZE", FOR_SCAN, SECTION_TESTS, "bytes in one block"},
    {OPTION_READ_BYTES, "read-bytes", 0, "SIZE", FOR_SCAN | FOR_INSPECT, SECTION_TESTS, "bytes in one read"},
    {OPTION_CHECKPOINT_BYTES, "checkpoint-bytes", 0, "SIZE", FOR_SCAN, SECTION_TESTS, "bytes between two checkpoints"},
    {OPTION_LEDGER_BYTES, "ledger-bytes", 0, "SIZE", FOR_SCAN | FOR_MERGE, SECTION_TESTS, "members of containers in memory before they go to the case"},
    {OPTION_RANGE_BYTES, "range-bytes", 0, "SIZE", FOR_SCAN, SECTION_TESTS, "with --shard: larger files are cut, after so many bytes"},
    {OPTION_CPU, "cpu", 0, "auto|portable|avx2|avx512", FOR_SCAN, SECTION_TESTS, "code path"},
    {OPTION_ABSENT, "keep-values", 0, NULL, FOR_SCAN, SECTION_NONE, ""},
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

struct command_row {
    enum command command;
    const char *name, *arguments, *help;
};

static const struct command_row commands[] = {
    {COMMAND_SCAN, "scan", "EVIDENCE... --case DIR", "read everything, write the case"},
    {COMMAND_INSPECT, "inspect", "EVIDENCE...", "which fields there are and what each seems to be, by the first units of each object"},
    {COMMAND_EXPLAIN, "explain", "[VALUE...]", "what each detector says of a value, or of each line of stdin, step by step"},
    {COMMAND_DETECTORS, "detectors", "", "each kind: element, false accepts, source of the rule, checksum, pattern"},
    {COMMAND_MERGE, "merge", "CASE... --case DIR", "one case out of shards or snapshots"},
    {COMMAND_REPORT, "report", "CASE", "a case's results written anew from its counts, over the old ones; with another roster, say"},
    {COMMAND_SHOW, "show", "CASE CUSTOMER", "why this customer is counted, and where each of its identifiers was first read"},
    {COMMAND_DIFF, "diff", "OLD NEW", "two cases: customers new, gone, changed; totals side by side"},
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const char *const absent_commands[] = {"verify"};
enum { ABSENT_COMMAND_COUNT = sizeof absent_commands / sizeof absent_commands[0] };

static const char *const engine_names[] = {"fast", "pcre2"};
static const char *const cpu_names[] = {"auto", "portable", "avx2", "avx512"};
static const char *const hash_names[] = {"none", "sha256"};
static const char *const distinct_names[] = {"off", "exact"};
static const char *const output_names[] = {"text", "csv", "json"};

const char *engine_name(enum engine engine)
{
    return engine_names[engine];
}

const char *cpu_choice_name(enum cpu_choice cpu)
{
    return cpu_names[cpu];
}

/* The words that a value may be, one of which it must be. */
static enum status read_choice(const char *option, const char *value, const char *const *words,
                               size_t word_count, int *chosen, struct fault *fault)
{
    for (size_t i = 0; i < word_count; i++) {
        if (strcmp(value, words[i]) == 0) {
            *chosen = (int)i;
            return STATUS_OK;
        }
    }
    const char *nearest = nearest_word(value, words, word_count);
    return fault_set(fault, STATUS_USAGE, "--%s: \"%s\" is not possible here; did you mean \"%s\"?", option,
                     value, nearest != NULL ? nearest : words[word_count - 1]);
}

/* A whole number; with_unit allows one of K M G T (powers of 1024) behind it. */
static enum status read_number(const char *option, const char *value, bool with_unit, uint64_t minimum,
                               uint64_t maximum, uint64_t *number, struct fault *fault)
{
    char *end = NULL;
    errno = 0;
    unsigned long long read = strtoull(value, &end, 10);
    bool good = value[0] >= '0' && value[0] <= '9' && errno == 0;
    static const char units[] = "KkMmGgTt";
    const char *unit = good && with_unit && *end != '\0' ? strchr(units, *end) : NULL;
    if (unit != NULL) {
        int shift = 10 * ((int)(unit - units) / 2 + 1);
        good = read <= UINT64_MAX >> shift;
        read <<= shift;
        end++;
    }
    if (!good || *end != '\0')
        return fault_set(fault, STATUS_USAGE, "--%s: \"%s\" is no %s", option, value,
                         with_unit ? "size (such as 512M or 2G)" : "whole number");
    if (read < minimum || read > maximum)
        return fault_set(fault, STATUS_USAGE, "--%s: %s is not between %llu and %llu", option, value,
                         (unsigned long long)minimum, (unsigned long long)maximum);
    *number = read;
    return STATUS_OK;
}

/* A date is its first second; without a zone it is of UTC. */
static enum status read_time(const char *option, const char *value, int64_t *time_s, struct fault *fault)
{
    struct event_time time;
    struct span text = {value, strlen(value)};
    if (!event_time_read(text, &time) || time.length != text.len)
        return fault_set(fault, STATUS_USAGE, "--%s: \"%s\" is no time (such as 2023-05-12T09:00:00+09:00)", option, value);
    *time_s = time.seconds;
    return STATUS_OK;
}

static enum status unknown_kind(const struct kind_name *unknown, struct fault *fault)
{
    const char *names[KINDS_MAX + 1] = {"location"}, *option = unknown->option;
    for (size_t i = 0; i < kind_count; i++)
        names[i + 1] = detectors[i]->name;
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(unknown->name.len < sizeof word ? unknown->name.len : sizeof word), unknown->name.at);
    const char *nearest = nearest_word(word, names, kind_count + 1);
    if (nearest == NULL)
        return fault_set(fault, STATUS_USAGE,
                         "--%s: no kind is called \"%s\" (breachtally detectors lists them)", option, word);
    return fault_set(fault, STATUS_USAGE, "--%s: no kind is called \"%s\"; did you mean \"%s\"?", option,
                     word, nearest);
}

static enum status no_kind_left(struct fault *fault)
{
    return fault_set(fault, STATUS_USAGE, "--only and --not leave no kind to look for");
}

/* The profile, which may have a kind of that name, is read later. */
static enum status keep_kind_name(struct options *options, const char *option, struct span name, struct fault *fault)
{
    struct kind_name *names = realloc(options->kind_names, (options->kind_name_count + 1) * sizeof *names);
    if (names == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory for the command line");
    options->kind_names = names;
    names[options->kind_name_count++] = (struct kind_name){option, name};
    return STATUS_OK;
}

/* Adds the built-in kinds of the list to the mask. */
static enum status read_kinds(struct options *options, const char *option, const char *list, uint32_t *mask, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (const char *name = list;; name++) {
        size_t name_len = strcspn(name, ",");
        enum kind kind = kind_find(name, name_len);
        if (name_len == strlen("location") && memcmp(name, "location", name_len) == 0)
            *mask |= LOCATION_BIT;
        else if (kind != KIND_NONE)
            *mask |= KIND_BIT(kind);
        else
            status = keep_kind_name(options, option, (struct span){name, name_len}, fault);
        name += name_len;
        if (*name == '\0' || status != STATUS_OK)
            return status;
    }
}

/* What --only and --not say, kept apart until all options are read: their order does not matter. */
struct kinds {
    uint32_t only, not;
};

static enum status apply_number(struct options *options, const struct option_row *row, const char *value,
                                struct fault *fault)
{
    uint64_t threads = 0;
    enum status status = STATUS_OK;
    switch (row->id) {
    case OPTION_THREADS:
        status = read_number(row->name, value, false, 0, THREADS_MAX, &threads, fault);
        options->thread_count = (int)threads;
        return status;
    case OPTION_MEMORY:
        return read_number(row->name, value, true, MEMORY_LEAST, INT64_MAX, &options->memory_bytes, fault);
    case OPTION_MAX_DEPTH:
        return read_number(row->name, value, false, 0, 1000, &options->depth_max, fault);
    case OPTION_MAX_RATIO:
        return read_number(row->name, value, false, 1, UINT32_MAX, &options->ratio_max, fault);
    case OPTION_MAX_BYTES:
        return read_number(row->name, value, true, 1, INT64_MAX, &options->decoded_bytes_max, fault);
    case OPTION_MAX_MEMBERS:
        return read_number(row->name, value, false, 1, INT64_MAX, &options->members_max, fault);
    case OPTION_BLOCK_BYTES:
        return read_number(row->name, value, true, 1, UINT32_MAX, &options->block_bytes, fault);
    case OPTION_SHARDS:
        status = read_number(row->name, value, false, 1, SHARDS_MAX, &threads, fault);
        options->shards_given = true;
        options->shards = (uint32_t)threads;
        return status;
    case OPTION_CHECKPOINT_BYTES:
        return read_number(row->name, value, true, 1, INT64_MAX, &options->checkpoint_bytes, fault);
    case OPTION_LEDGER_BYTES:
        return read_number(row->name, value, true, 1, UINT32_MAX, &options->ledger_bytes, fault);
    case OPTION_RANGE_BYTES:
        return read_number(row->name, value, true, 1, INT64_MAX, &options->range_bytes, fault);
    case OPTION_LIMIT:
        return read_number(row->name, value, false, 0, INT64_MAX, &options->limit, fault);
    default:
        return read_number(row->name, value, true, 1, UINT32_MAX, &options->read_bytes, fault);
    }
}

static enum status apply_choice(struct options *options, const struct option_row *row, const char *value,
                                struct fault *fault)
{
    int chosen = 0;
    enum status status = STATUS_OK;
    if (row->id == OPTION_HASH) {
        status = read_choice(row->name, value, hash_names, 2, &chosen, fault);
        options->hash = chosen == 1;
    } else if (row->id == OPTION_DISTINCT) {
        status = read_choice(row->name, value, distinct_names, 2, &chosen, fault);
        options->records_distinct = chosen == 1;
    } else if (row->id == OPTION_ENGINE) {
        status = read_choice(row->name, value, engine_names, 2, &chosen, fault);
        options->engine = (enum engine)chosen;
    } else if (row->id == OPTION_FORMAT) {
        status = read_choice(row->name, value, output_names, 3, &chosen, fault);
        options->output = (enum output)chosen;
    } else {
        status = read_choice(row->name, value, cpu_names, 4, &chosen, fault);
        options->cpu = (enum cpu_choice)chosen;
    }
    return status;
}

/* What an engine for array jobs tells each of its jobs. */
static const struct { const char *index, *count, *first, *last; } array_engines[] = {
    {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX"},
    {"JOB_COMPLETION_INDEX", NULL, NULL, NULL}, /* Kubernetes tells no count */
    {"AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", NULL, NULL},
};

/* A number of the environment; `otherwise` where it is not set. */
static enum status read_environment(const char *name, uint64_t otherwise, uint64_t *number, struct fault *fault)
{
    const char *text = name != NULL ? getenv(name) : NULL;
    *number = otherwise;
    if (text == NULL || text[0] == '\0')
        return STATUS_OK;
    enum status status = read_number(name, text, false, 0, UINT32_MAX, number, fault);
    if (status != STATUS_OK)
        return fault_set(fault, STATUS_USAGE, "--shard auto: %s is no number", name);
    return STATUS_OK;
}

/* With --shards the job's number is the shard's, so that single jobs can be run again; without, jobs are counted from the
 * first, and there must be no gap among them. */
static enum status read_shard_auto(struct options *options, struct fault *fault)
{
    for (size_t i = 0; i < sizeof array_engines / sizeof array_engines[0]; i++) {
        const char *name = array_engines[i].index, *text = getenv(name);
        if (text == NULL || text[0] == '\0')
            continue;
        uint64_t index = 0, count = 0, first = 0, last = 0;
        enum status status = read_environment(name, 0, &index, fault);
        if (status == STATUS_OK && !options->shards_given)
            status = read_environment(array_engines[i].count, 0, &count, fault);
        if (status == STATUS_OK && !options->shards_given)
            status = read_environment(array_engines[i].first, 0, &first, fault);
        if (status == STATUS_OK && !options->shards_given)
            status = read_environment(array_engines[i].last, first + count - 1, &last, fault);
        if (status != STATUS_OK)
            return status;
        if (options->shards_given)
            count = options->shards;
        else if (count == 0 || last - first + 1 != count)
            return fault_set(fault, STATUS_USAGE, "--shard auto: %s does not say how many shards there are; add --shards N", name);
        if (index < first || index - first >= count)
            return fault_set(fault, STATUS_USAGE, "--shard auto: job %llu is not among the %llu", (unsigned long long)index,
                             (unsigned long long)count);
        options->shard = (uint32_t)(index - first);
        options->shard_count = (uint32_t)count;
        return STATUS_OK;
    }
    return fault_set(fault, STATUS_USAGE, "--shard auto: none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX and "
                                          "AWS_BATCH_JOB_ARRAY_INDEX is set; say --shard I/N");
}

static enum status read_shard(const char *option, const char *value, struct options *options, struct fault *fault)
{
    options->sharded = true;
    options->shard_auto = strcmp(value, "auto") == 0;
    if (options->shard_auto)
        return STATUS_OK;
    const char *slash = strchr(value, '/');
    char index_text[24];
    if (slash == NULL || (size_t)(slash - value) >= sizeof index_text)
        return fault_set(fault, STATUS_USAGE, "--shard: \"%s\" is no I/N such as 0/8, and not auto", value);
    memcpy(index_text, value, (size_t)(slash - value));
    index_text[slash - value] = '\0';
    uint64_t index = 0, count = 0;
    enum status status = read_number(option, slash + 1, false, 1, SHARDS_MAX, &count, fault);
    if (status == STATUS_OK)
        status = read_number(option, index_text, false, 0, count - 1, &index, fault);
    options->shard = (uint32_t)index;
    options->shard_count = (uint32_t)count;
    return status;
}

static enum status apply(struct options *options, struct kinds *kinds, const struct option_row *row,
                         const char *value, struct fault *fault)
{
    if (row->id == OPTION_ABSENT)
        return fault_set(fault, STATUS_USAGE, "--%s is not in this version", row->name);
    if (row->value != NULL && value[0] == '\0')
        return fault_set(fault, STATUS_USAGE, "--%s: a value is missing (%s)", row->name, row->value);
    switch (row->id) {
    case OPTION_CASE: options->case_folder = value; break;
    case OPTION_PROFILE: options->profile_path = value; break;
    case OPTION_ROSTER: options->roster_path = value; break;
    case OPTION_PASSWORDS: options->passwords_path = value; break;
    case OPTION_AWARE: return read_time(row->name, value, &options->aware_s, fault);
    case OPTION_ROSTER_SKIP_BAD: options->roster_skip_bad = true; break;
    case OPTION_WRITE_PROFILE: options->draft_path = value; break;
    case OPTION_LABEL: options->label = value; break;
    case OPTION_EXCLUDE: options->excludes[options->exclude_count++] = value; break;
    case OPTION_RESUME: options->resume = true; break;
    case OPTION_ALLOW_MISSING: options->allow_missing = true; break;
    case OPTION_SHARD: return read_shard(row->name, value, options, fault);
    case OPTION_QUIET: options->quiet = true; break;
    case OPTION_NO_PROGRESS: options->no_progress = true; break;
    case OPTION_JSON: options->json = true; break;
    case OPTION_HELP: options->action = OPTIONS_HELP; break;
    case OPTION_VERSION: options->action = OPTIONS_VERSION; break;
    case OPTION_ONLY:
        options->only_given = true;
        return read_kinds(options, row->name, value, &kinds->only, fault);
    case OPTION_NOT: return read_kinds(options, row->name, value, &kinds->not, fault);
    case OPTION_HASH:
    case OPTION_DISTINCT:
    case OPTION_ENGINE:
    case OPTION_FORMAT:
    case OPTION_CPU: return apply_choice(options, row, value, fault);
    default: return apply_number(options, row, value, fault);
    }
    return STATUS_OK;
}

/* The rows of one command in getopt's form; values holds the index of the row. */
static void rows_for(enum command command, struct option *long_options, char *letters)
{
    *letters++ = ':'; /* getopt keeps silent and tells a missing value from an unknown option */
    for (int i = 0; i < ROW_COUNT; i++) {
        if ((rows[i].commands & 1 << command) == 0)
            continue;
        int has_value = rows[i].value == NULL            ? no_argument
                        : rows[i].id == OPTION_ABSENT ? optional_argument
                                                      : required_argument;
        *long_options++ = (struct option){rows[i].name, has_value, NULL, 256 + i};
        if (rows[i].letter != 0)
            *letters++ = rows[i].letter;
    }
    *long_options = (struct option){NULL, 0, NULL, 0};
    *letters = '\0';
}

static const struct option_row *row_of(int found)
{
    for (int i = 0; i < ROW_COUNT; i++) {
        if (found == 256 + i || (found != 0 && found == rows[i].letter))
            return &rows[i];
    }
    return NULL;
}

/* getopt_long takes the beginning of a name for the whole; what that is may change with the next option, so
 * nobody shall rely on it. The word is that of the option, not of a value behind it. */
static bool is_abbreviation(const char *word, const struct option_row *row)
{
    size_t name_len = strcspn(word + 2, "=");
    return name_len != strlen(row->name) || strncmp(word + 2, row->name, name_len) != 0;
}

/* The first of the words that begins so; NULL for none. */
static const char *begins_with(const char *beginning, const char *const *words, size_t word_count)
{
    for (size_t i = 0; i < word_count && beginning[0] != '\0'; i++) {
        if (strncmp(words[i], beginning, strlen(beginning)) == 0)
            return words[i];
    }
    return NULL;
}

static enum status unknown_option(enum command command, const char *word, struct fault *fault)
{
    if (word[0] != '-' || word[1] != '-')
        return fault_set(fault, STATUS_USAGE, "no option -%c here (--help lists them)", optopt);
    const struct option_row *flag = row_of(optopt);
    if (flag != NULL && !is_abbreviation(word, flag))
        return fault_set(fault, STATUS_USAGE, "--%s takes no value", flag->name);
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    const char *names[ROW_COUNT];
    size_t count = 0;
    for (int i = 0; i < ROW_COUNT; i++) {
        if ((rows[i].commands & 1 << command) != 0)
            names[count++] = rows[i].name;
        else if (strcmp(rows[i].name, name) == 0)
            return fault_set(fault, STATUS_USAGE, "--%s is no option of this command", name);
    }
    const char *nearest = begins_with(name, names, count);
    if (nearest == NULL)
        nearest = nearest_word(name, names, count);
    if (nearest == NULL)
        return fault_set(fault, STATUS_USAGE, "no option --%s here (--help lists them)", name);
    return fault_set(fault, STATUS_USAGE, "no option --%s here; did you mean --%s?", name, nearest);
}

/* Reads what stands behind the command; words[0] is the command itself. */
static enum status read_words(int word_count, char **words, struct options *options, struct kinds *kinds,
                              struct fault *fault)
{
    struct option long_options[ROW_COUNT + 1];
    char letters[ROW_COUNT + 2];
    rows_for(options->command, long_options, letters);
    opterr = 0;
    optind = 0; /* glibc: forget an earlier command line */
    for (;;) {
        int found = getopt_long(word_count, words, letters, long_options, NULL);
        if (found == -1)
            break;
        if (found == '?')
            return unknown_option(options->command, words[optind - 1], fault);
        int which = found == ':' ? optopt : found;
        const struct option_row *row = row_of(which);
        const char *word = found != ':' && optarg == words[optind - 1] ? words[optind - 2] : words[optind - 1];
        if (which >= 256 && is_abbreviation(word, row))
            return unknown_option(options->command, word, fault);
        if (found == ':')
            return fault_set(fault, STATUS_USAGE, "%s needs a value", word);
        enum status status = apply(options, kinds, row, optarg, fault);
        if (status != STATUS_OK || options->action != OPTIONS_RUN)
            return status;
    }
    options->arguments = words + optind;
    options->argument_count = (size_t)(word_count - optind);
    return STATUS_OK;
}

/* --json is short for --format json. */
static enum status check_diff(struct options *options, struct fault *fault)
{
    if (options->argument_count != 2)
        return fault_set(fault, STATUS_USAGE, "diff needs two cases: breachtally diff OLD NEW");
    if (options->json && options->output == OUTPUT_CSV)
        return fault_set(fault, STATUS_USAGE, "--json and --format csv exclude each other");
    if (options->json)
        options->output = OUTPUT_JSON;
    return STATUS_OK;
}

static enum status check_whole(struct options *options, const struct kinds *kinds, struct fault *fault)
{
    options->kinds_mask = (options->only_given ? kinds->only : KINDS_ALL | LOCATION_BIT) & ~kinds->not;
    if (options->kind_name_count > 0 && options->profile_path == NULL)
        return unknown_kind(&options->kind_names[0], fault);
    if (options->kinds_mask == 0 && options->profile_path == NULL)
        return no_kind_left(fault);
    if (options->command == COMMAND_SCAN && options->argument_count == 0)
        return fault_set(fault, STATUS_USAGE,
                         "scan needs evidence: breachtally scan EVIDENCE... --case DIR");
    if (options->command == COMMAND_INSPECT && options->argument_count == 0)
        return fault_set(fault, STATUS_USAGE, "inspect needs evidence: breachtally inspect EVIDENCE...");
    if (options->command == COMMAND_SCAN && options->case_folder == NULL)
        return fault_set(fault, STATUS_USAGE,
                         "scan needs a folder for the results: --case DIR");
    for (size_t i = 0; i < options->argument_count && options->command == COMMAND_SCAN; i++)
        if (strcmp(options->arguments[i], "-") == 0 && (options->resume || options->sharded))
            return fault_set(fault, STATUS_USAGE, "standard input cannot be read twice: --resume and --shard need files");
    if (options->shards_given && !options->shard_auto)
        return fault_set(fault, STATUS_USAGE, "--shards belongs to --shard auto");
    if (options->shard_auto) {
        enum status status = read_shard_auto(options, fault);
        if (status != STATUS_OK)
            return status;
    }
    if (options->command == COMMAND_MERGE && (options->argument_count == 0 || options->case_folder == NULL))
        return fault_set(fault, STATUS_USAGE, "merge needs cases and a folder for the result: breachtally merge CASE... --case DIR");
    if (options->command == COMMAND_DETECTORS && options->argument_count > 0)
        return fault_set(fault, STATUS_USAGE, "detectors takes no arguments");
    if (options->command == COMMAND_REPORT && options->argument_count != 1)
        return fault_set(fault, STATUS_USAGE, "report needs a case: breachtally report CASE --roster FILE");
    if (options->command == COMMAND_SHOW && options->argument_count != 2)
        return fault_set(fault, STATUS_USAGE, "show needs a case and a customer: breachtally show CASE CUSTOMER");
    if (options->command == COMMAND_DIFF)
        return check_diff(options, fault);
    return STATUS_OK;
}

static enum command command_find(const char *word)
{
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(word, commands[i].name) == 0)
            return commands[i].command;
    }
    return COMMAND_NONE;
}

static enum status unknown_command(const char *word, struct fault *fault)
{
    const char *names[COMMAND_COUNT];
    for (int i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    for (int i = 0; i < ABSENT_COMMAND_COUNT; i++) {
        if (strcmp(word, absent_commands[i]) == 0)
            return fault_set(fault, STATUS_USAGE, "%s is not in this version", word);
    }
    if (word[0] == '-')
        return fault_set(fault, STATUS_USAGE,
                         "the command comes first: breachtally scan EVIDENCE... --case DIR");
    const char *nearest = nearest_word(word, names, COMMAND_COUNT);
    if (nearest != NULL)
        return fault_set(fault, STATUS_USAGE, "no command \"%s\"; did you mean \"%s\"?", word, nearest);
    if (access(word, F_OK) == 0)
        return fault_set(fault, STATUS_USAGE,
                         "a command is missing; did you mean: breachtally scan %s --case DIR", word);
    return fault_set(fault, STATUS_USAGE, "no command \"%s\" (breachtally --help lists them)", word);
}

static enum status options_set_default(int argc, char **argv, struct options *options, struct fault *fault)
{
    *options = (struct options){.action = OPTIONS_RUN,
                                .hash = true,
                                .records_distinct = true,
                                .kinds_mask = KINDS_ALL | LOCATION_BIT,
                                .depth_max = DEPTH_DEFAULT,
                                .ratio_max = RATIO_DEFAULT,
                                .decoded_bytes_max = DECODED_BYTES_DEFAULT,
                                .members_max = MEMBERS_DEFAULT,
                                .limit = LIMIT_DEFAULT,
                                .aware_s = OPTIONS_NO_TIME,
                                .shard_count = 1,
                                .command_line_count = argc};
    /* There cannot be more excludes than words. */
    options->excludes = calloc((size_t)argc + 1, sizeof *options->excludes);
    options->command_line = calloc((size_t)argc + 1, sizeof *options->command_line);
    if (options->excludes == NULL || options->command_line == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory for the command line");
    memcpy(options->command_line, argv, (size_t)argc * sizeof *argv);
    return STATUS_OK;
}

enum status options_read(int argc, char **argv, struct options *options, struct fault *fault)
{
    enum status status = options_set_default(argc, argv, options, fault);
    if (status != STATUS_OK)
        return status;
    if (argc < 2) {
        options->action = OPTIONS_EXAMPLES;
        return STATUS_OK;
    }
    const char *word = argv[1];
    if (strcmp(word, "--version") == 0) {
        options->action = OPTIONS_VERSION;
        return STATUS_OK;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        options->action = OPTIONS_HELP;
        options->command = argc > 2 ? command_find(argv[2]) : COMMAND_NONE;
        return STATUS_OK;
    }
    options->command = command_find(word);
    if (options->command == COMMAND_NONE)
        return unknown_command(word, fault);
    struct kinds kinds = {0, 0};
    status = read_words(argc - 1, argv + 1, options, &kinds, fault);
    if (status != STATUS_OK || options->action != OPTIONS_RUN)
        return status;
    return check_whole(options, &kinds, fault);
}

enum status options_choose_kinds(const struct options *options, bool wanted[KINDS_MAX], struct fault *fault)
{
    static const char *const order[] = {"only", "not"}; /* whatever the order on the command line */
    for (size_t kind = 0; kind < kind_count; kind++)
        wanted[kind] = kind < KIND_COUNT ? (options->kinds_mask & KIND_BIT(kind)) != 0 : !options->only_given;
    for (size_t o = 0; o < 2; o++)
        for (size_t i = 0; i < options->kind_name_count; i++) {
            const struct kind_name *named = &options->kind_names[i];
            enum kind kind = kind_find(named->name.at, named->name.len);
            if (kind == KIND_NONE)
                return unknown_kind(named, fault);
            if (strcmp(named->option, order[o]) == 0)
                wanted[kind] = o == 0;
        }
    bool any = (options->kinds_mask & LOCATION_BIT) != 0;
    for (size_t kind = 0; kind < kind_count; kind++)
        any |= wanted[kind];
    return any ? STATUS_OK : no_kind_left(fault);
}

void options_free(struct options *options)
{
    free(options->kind_names);
    free(options->excludes);
    free(options->command_line);
    options->kind_names = NULL;
    options->excludes = NULL;
    options->command_line = NULL;
}

static void print_section(FILE *out, enum command command, enum section section)
{
    bool titled = false;
    for (int i = 0; i < ROW_COUNT; i++) {
        if (rows[i].section != section || (rows[i].commands & 1 << command) == 0)
            continue;
        if (!titled)
            fprintf(out, "\n%s:\n", section_titles[section]);
        titled = true;
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].value != NULL ? " " : "",
                 rows[i].value != NULL ? rows[i].value : "");
        char letter[5] = "    ";
        if (rows[i].letter != 0)
            snprintf(letter, sizeof letter, "-%c, ", rows[i].letter);
        fprintf(out, "  %s%-22s  %s\n", letter, left, rows[i].help);
    }
}

static void print_command_help(FILE *out, const struct command_row *row)
{
    fprintf(out, "breachtally %s%s%s\n%s\n", row->name, row->arguments[0] != '\0' ? " " : "", row->arguments,
            row->help);
    for (int section = SECTION_MAIN; section < SECTION_NONE; section++)
        print_section(out, row->command, (enum section)section);
}

void options_print_help(FILE *out, enum command command)
{
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].command == command) {
            print_command_help(out, &commands[i]);
            return;
        }
    }
    fputs("breachtally counts the customers in leaked connected-car data.\n\n", out);
    for (int i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  breachtally %-10s %-24s %s\n", commands[i].name, commands[i].arguments,
                commands[i].help);
    fputs("\nbreachtally COMMAND --help says more; breachtally --version names the build.\n"
          "Exit status: 0 everything examined, 2 usage, 3 some evidence could not be examined,\n"
          "4 could not finish, 5 diff found differences or merge misses shards.\n",
          out);
}

void options_print_examples(FILE *out)
{
    fputs("breachtally counts the customers in leaked connected-car data. For example:\n\n"
          "  breachtally scan dump/ --case case/       who is in it, which data, what could not be read\n"
          "  breachtally explain 1M8GDM9AXKP042788     what is this number, and why\n"
          "  breachtally detectors                     what it looks for\n\n"
          "breachtally --help lists the commands.\n",
          out);
}
