#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/options.h"

enum { WORDS_MAX = 16 };

/* Reads a command line given as words; getopt permutes its own copy. */
struct reading {
    char **words; /* on the heap: options point into it */
    struct options options;
    struct fault fault;
    enum status status;
};

static struct reading read_words(const char *const *words)
{
    struct reading reading = {.words = calloc(WORDS_MAX + 1, sizeof(char *))};
    assert_non_null(reading.words);
    int count = 0;
    for (; words[count] != NULL; count++)
        reading.words[count] = strdup(words[count]);
    reading.status = options_read(count, reading.words, &reading.options, &reading.fault);
    return reading;
}

#define READ(...) read_words((const char *const[]){"breachtally", __VA_ARGS__, NULL})

static void done(struct reading *reading)
{
    options_free(&reading->options);
    for (int i = 0; reading->words[i] != NULL; i++)
        free(reading->words[i]);
    free(reading->words);
}

static void assert_usage(struct reading reading, const char *part)
{
    assert_int_equal(reading.status, STATUS_USAGE);
    if (strstr(reading.fault.message, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", reading.fault.message, part);
    done(&reading);
}

static void scan_takes_its_defaults(void **state)
{
    (void)state;
    struct reading reading = READ("scan", "dump", "--case", "out");
    assert_int_equal(reading.status, STATUS_OK);
    const struct options *options = &reading.options;
    assert_int_equal(options->action, OPTIONS_RUN);
    assert_int_equal(options->command, COMMAND_SCAN);
    assert_int_equal(options->argument_count, 1);
    assert_string_equal(options->arguments[0], "dump");
    assert_string_equal(options->case_folder, "out");
    assert_true(options->hash);
    assert_int_equal(options->thread_count, 0);
    assert_int_equal(options->kinds_mask, KINDS_ALL | LOCATION_BIT);
    assert_int_equal(options->depth_max, 8);
    assert_int_equal(options->ratio_max, 1000);
    assert_true(options->decoded_bytes_max == UINT64_C(1) << 40);
    assert_int_equal(options->engine, ENGINE_FAST);
    assert_int_equal(options->command_line_count, 5);
    assert_string_equal(options->command_line[2], "dump");
    done(&reading);
}

static void long_options_take_blank_or_equals_and_stand_anywhere(void **state)
{
    (void)state;
    struct reading reading =
        READ("scan", "--case=out", "a", "--threads", "3", "b", "--hash=none", "--max-bytes=2G", "-",
             "--exclude=*.bak", "--exclude", "tmp/**", "--engine", "pcre2", "--quiet");
    assert_int_equal(reading.status, STATUS_OK);
    const struct options *options = &reading.options;
    assert_int_equal(options->argument_count, 3);
    assert_string_equal(options->arguments[1], "b");
    assert_string_equal(options->arguments[2], "-");
    assert_int_equal(options->thread_count, 3);
    assert_false(options->hash);
    assert_true(options->decoded_bytes_max == UINT64_C(2) << 30);
    assert_int_equal(options->exclude_count, 2);
    assert_string_equal(options->excludes[1], "tmp/**");
    assert_int_equal(options->engine, ENGINE_PCRE2);
    assert_true(options->quiet);
    done(&reading);
}

static void only_and_not_select_kinds_in_any_order(void **state)
{
    (void)state;
    struct reading reading = READ("scan", "d", "--case=c", "--not", "imei", "--only", "vin,imei,location");
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.options.kinds_mask, KIND_BIT(KIND_VIN) | LOCATION_BIT);
    done(&reading);
    assert_usage(READ("scan", "d", "--case=c", "--only", "vim"), "did you mean \"vin\"?");
    assert_usage(READ("scan", "d", "--case=c", "--only", "vin,"), "no kind is called \"\"");
    assert_usage(READ("scan", "d", "--case=c", "--only", "location", "--not", "location"), "no kind to look for");
}

/* Names that are not built in wait for the profile. */
static void kinds_of_the_profile_are_chosen_by_name(void **state)
{
    (void)state;
    static const struct detector own[] = {{.name = "dcm_id"}, {.name = "fleet_card"}};
    const enum kind dcm = kinds_add(&own[0]), card = kinds_add(&own[1]);
    const struct {
        const char *option, *value;
        bool vin, imei, dcm, card;
    } rows[] = {{"--quiet", NULL, true, true, true, true},
                {"--only", "vin", true, false, false, false},
                {"--only", "location", false, false, false, false},
                {"--only", "dcm_id", false, false, true, false},
                {"--only", "vin,fleet_card", true, false, false, true},
                {"--not", "dcm_id", true, true, false, true},
                {"--not", "imei,dcm_id,fleet_card", true, false, false, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        /* As the command line is read before the profile. */
        kinds_remove(2);
        struct reading reading = rows[i].value == NULL ? READ("scan", "d", "--case=c", "--profile=p", rows[i].option)
                                                       : READ("scan", "d", "--case=c", rows[i].option, rows[i].value, "--profile=p");
        assert_int_equal(kinds_add(&own[0]), dcm);
        assert_int_equal(kinds_add(&own[1]), card);
        bool wanted[KINDS_MAX];
        struct fault fault;
        assert_int_equal(reading.status, STATUS_OK);
        assert_int_equal(options_choose_kinds(&reading.options, wanted, &fault), STATUS_OK);
        assert_int_equal(wanted[KIND_VIN], rows[i].vin);
        assert_int_equal(wanted[KIND_IMEI], rows[i].imei);
        assert_int_equal(wanted[dcm], rows[i].dcm);
        assert_int_equal(wanted[card], rows[i].card);
        assert_int_equal((reading.options.kinds_mask & LOCATION_BIT) != 0, i != 1 && i != 3 && i != 4);
        done(&reading);
    }
    const struct {
        const char *only, *not, *says;
    } wrong[] = {{"vin", "dmc_id", "--not: no kind is called \"dmc_id\"; did you mean \"dcm_id\"?"},
                 {"fleet_cart", "imei", "--only: no kind is called \"fleet_cart\"; did you mean \"fleet_card\"?"},
                 {"dcm_id", "dcm_id", "no kind to look for"},
                 {"vin", "vin", "no kind to look for"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct reading reading = READ("scan", "d", "--case=c", "--profile=p", "--only", wrong[i].only, "--not", wrong[i].not);
        bool wanted[KINDS_MAX];
        struct fault fault;
        assert_int_equal(reading.status, STATUS_OK);
        assert_int_equal(options_choose_kinds(&reading.options, wanted, &fault), STATUS_USAGE);
        if (strstr(fault.message, wrong[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", fault.message, wrong[i].says);
        done(&reading);
    }
    kinds_remove(2);
    assert_usage(READ("scan", "d", "--case=c", "--only", "dcm_id"), "no kind is called \"dcm_id\"");
}

static void sizes_take_units_and_nothing_else(void **state)
{
    (void)state;
    const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {{"1", 1}, {"4k", 4096}, {"3M", 3 << 20}, {"1T", UINT64_C(1) << 40}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct reading reading = READ("scan", "d", "--case=c", "--max-bytes", good[i].text);
        assert_int_equal(reading.status, STATUS_OK);
        assert_true(reading.options.decoded_bytes_max == good[i].bytes);
        done(&reading);
    }
    const char *const bad[] = {"", "-1", "1X", "1KK", "1 ", "5\t", "0x10", "99999999999T", "18446744073709551616"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_usage(READ("scan", "d", "--case=c", "--max-bytes", bad[i]), "--max-bytes");
    assert_usage(READ("scan", "d", "--case=c", "--threads", "two"), "no whole number");
}

static void wrong_words_get_a_suggestion(void **state)
{
    (void)state;
    assert_usage(READ("scna", "d"), "did you mean \"scan\"?");
    assert_usage(READ("scan", "d", "--case=c", "--threads"), "needs a value");
    assert_usage(READ("scan", "d", "--case=c", "--exlude", "x"), "did you mean --exclude?");
    assert_usage(READ("scan", "d", "--case=c", "--hash=sha25"), "did you mean \"sha256\"?");
    assert_usage(READ("scan", "d", "--case=c", "--quiet=1"), "--quiet takes no value");
    assert_usage(READ("scan", "d", "--label=x"), "no option of this command");
    assert_usage(READ("scan", "d", "-z"), "no option -z");
    assert_usage(READ("/tmp"), "breachtally scan /tmp");
    assert_usage(READ("--case=x", "scan"), "the command comes first");
}

static void the_beginning_of_a_name_is_no_option(void **state)
{
    (void)state;
    assert_usage(READ("scan", "d", "--case=c", "--thr", "2"), "no option --thr here; did you mean --threads?");
    assert_usage(READ("scan", "d", "--case=c", "--thr=2"), "no option --thr here; did you mean --threads?");
    assert_usage(READ("scan", "--thread", "2", "d", "--case=c"), "no option --thread here; did you mean --threads?");
    assert_usage(READ("scan", "d", "--case=c", "--quie"), "did you mean --quiet?");
    assert_usage(READ("scan", "d", "--cas"), "no option --cas here; did you mean --case?");
    assert_usage(READ("scan", "d", "--case=c", "--max-b"), "did you mean --max-bytes?");
    assert_usage(READ("scan", "d", "--case=c", "--max"), "did you mean --max-depth?");
    struct reading whole = READ("scan", "d", "--case", "--thr", "--not=vin", "--not", "mac", "-q", "--exclude", "--ex");
    assert_int_equal(whole.status, STATUS_OK);
    assert_string_equal(whole.options.case_folder, "--thr");
    assert_string_equal(whole.options.excludes[0], "--ex");
    done(&whole);
    struct reading letters = READ("scan", "d", "--case=c", "-qh");
    assert_int_equal(letters.status, STATUS_OK);
    assert_int_equal(letters.options.action, OPTIONS_HELP);
    done(&letters);
}

static void inspect_takes_evidence_and_may_write_a_profile(void **state)
{
    (void)state;
    struct reading reading = READ("inspect", "a", "--profile=known.json", "b", "--write-profile", "draft.json", "--json", "--exclude=*.bak");
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.options.command, COMMAND_INSPECT);
    assert_int_equal(reading.options.argument_count, 2);
    assert_string_equal(reading.options.profile_path, "known.json");
    assert_string_equal(reading.options.draft_path, "draft.json");
    assert_true(reading.options.json);
    done(&reading);
    assert_usage(READ("inspect"), "inspect needs evidence");
    assert_usage(READ("inspect", "a", "--case=c"), "is no option of this command");
    assert_usage(READ("scan", "a", "--case=c", "--write-profile=p"), "is no option of this command");
}

static void what_is_not_made_yet_says_so(void **state)
{
    (void)state;
    const char *const commands[] = {"verify"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        assert_usage(READ(commands[i]), "is not in this version");
    const char *const options[] = {"--keep-values"};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        assert_usage(READ("scan", "d", "--case=c", options[i]), "is not in this version");
}

static void clocks_begin_at_a_time(void **state)
{
    (void)state;
    struct reading reading = READ("report", "c", "--aware", "2026-11-20T09:00:00+09:00");
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.options.aware_s, 1795132800);
    done(&reading);
    reading = READ("scan", "d", "--case=c", "--aware=2026-11-20");
    assert_int_equal(reading.options.aware_s, 1795132800);
    done(&reading);
    reading = READ("scan", "d", "--case=c");
    assert_int_equal(reading.options.aware_s, OPTIONS_NO_TIME);
    done(&reading);
    assert_usage(READ("scan", "d", "--case=c", "--aware=now"), "--aware: \"now\" is no time");
    assert_usage(READ("scan", "d", "--case=c", "--aware=2026-11-20T09:00:00Z or so"), "is no time");
}

static void a_roster_is_a_file(void **state)
{
    (void)state;
    struct reading reading = READ("scan", "d", "--case=c", "--roster", "r.csv", "--roster-skip-bad");
    assert_int_equal(reading.status, STATUS_OK);
    assert_string_equal(reading.options.roster_path, "r.csv");
    assert_true(reading.options.roster_skip_bad);
    done(&reading);
    assert_usage(READ("scan", "d", "--case=c", "--roster="), "--roster: a value is missing (FILE)");
    assert_usage(READ("explain", "x", "--roster=r.csv"), "no option of this command");
}

static void a_shard_is_a_part_of_so_many(void **state)
{
    (void)state;
    struct reading reading = READ("scan", "d", "--case=c", "--shard=3/8", "--memory=512M", "--resume", "--records-distinct=off");
    assert_int_equal(reading.status, STATUS_OK);
    assert_true(reading.options.sharded);
    assert_int_equal(reading.options.shard, 3);
    assert_int_equal(reading.options.shard_count, 8);
    assert_true(reading.options.memory_bytes == (uint64_t)512 << 20);
    assert_true(reading.options.resume);
    assert_false(reading.options.records_distinct);
    done(&reading);
    reading = READ("scan", "d", "--case=c");
    assert_false(reading.options.sharded);
    assert_int_equal(reading.options.shard_count, 1);
    assert_true(reading.options.records_distinct);
    done(&reading);
    assert_usage(READ("scan", "d", "--case=c", "--shard=8/8"), "not between 0 and 7");
    assert_usage(READ("scan", "d", "--case=c", "--shard=0/0"), "not between 1 and");
    assert_usage(READ("scan", "d", "--case=c", "--shard=x"), "is no I/N");
    assert_usage(READ("scan", "d", "--case=c", "--shards=4"), "belongs to --shard auto");
    assert_usage(READ("merge", "a", "b"), "merge needs cases and a folder");
}

/* One of the numbers that engines tell their jobs. */
static void set(const char *name, const char *value)
{
    assert_int_equal(value == NULL ? unsetenv(name) : setenv(name, value, 1), 0);
}

static void assert_shard(struct reading reading, uint32_t shard, uint32_t count)
{
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.options.shard, shard);
    assert_int_equal(reading.options.shard_count, count);
    done(&reading);
}

static void array_engines_say_which_shard_it_is(void **state)
{
    (void)state;
    assert_usage(READ("scan", "d", "--case=c", "--shard=auto"), "none of SLURM_ARRAY_TASK_ID");
    set("SLURM_ARRAY_TASK_ID", "5");
    set("SLURM_ARRAY_TASK_COUNT", "8");
    set("SLURM_ARRAY_TASK_MIN", "1");
    set("SLURM_ARRAY_TASK_MAX", "8");
    assert_shard(READ("scan", "d", "--case=c", "--shard", "auto"), 4, 8);
    assert_shard(READ("scan", "d", "--case=c", "--shard", "auto", "--shards=64"), 5, 64);
    assert_usage(READ("scan", "d", "--case=c", "--shard=auto", "--shards=5"), "not among the 5");
    set("SLURM_ARRAY_TASK_COUNT", "2"); /* some tasks of an array that are run again */
    assert_usage(READ("scan", "d", "--case=c", "--shard=auto"), "add --shards N");
    set("SLURM_ARRAY_TASK_ID", NULL);
    set("JOB_COMPLETION_INDEX", "0");
    assert_usage(READ("scan", "d", "--case=c", "--shard=auto"), "add --shards N");
    assert_shard(READ("scan", "d", "--case=c", "--shard=auto", "--shards", "3"), 0, 3);
    set("JOB_COMPLETION_INDEX", NULL);
    set("AWS_BATCH_JOB_ARRAY_INDEX", "9");
    set("AWS_BATCH_JOB_ARRAY_SIZE", "10");
    assert_shard(READ("scan", "d", "--case=c", "--shard=auto"), 9, 10);
    set("AWS_BATCH_JOB_ARRAY_INDEX", "ten");
    assert_usage(READ("scan", "d", "--case=c", "--shard=auto"), "is no number");
    set("AWS_BATCH_JOB_ARRAY_INDEX", NULL);
}

static void a_scan_without_evidence_or_case_is_refused(void **state)
{
    (void)state;
    assert_usage(READ("scan", "--case=c"), "scan needs evidence");
    assert_usage(READ("scan", "d"), "--case DIR");
    assert_usage(READ("scan", "d", "--case="), "a value is missing");
    assert_usage(READ("detectors", "x"), "no arguments");
}

static void show_takes_a_case_and_a_customer(void **state)
{
    (void)state;
    struct reading reading = READ("show", "case", "--json", "--", "-5");
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.options.command, COMMAND_SHOW);
    assert_true(reading.options.json);
    assert_int_equal(reading.options.argument_count, 2);
    assert_string_equal(reading.options.arguments[0], "case");
    assert_string_equal(reading.options.arguments[1], "-5");
    done(&reading);
    assert_usage(READ("show"), "breachtally show CASE CUSTOMER");
    assert_usage(READ("show", "case"), "breachtally show CASE CUSTOMER");
    assert_usage(READ("show", "case", "a", "b"), "breachtally show CASE CUSTOMER");
    assert_usage(READ("show", "case", "a", "--memory=1G"), "is no option of this command");
}

static void diff_takes_two_cases_and_a_format(void **state)
{
    (void)state;
    struct reading reading = READ("diff", "old", "new");
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.options.command, COMMAND_DIFF);
    assert_int_equal(reading.options.output, OUTPUT_TEXT);
    assert_true(reading.options.limit == 20);
    assert_string_equal(reading.options.arguments[1], "new");
    done(&reading);
    reading = READ("diff", "--format=csv", "old", "--limit", "0", "new");
    assert_int_equal(reading.options.output, OUTPUT_CSV);
    assert_true(reading.options.limit == 0);
    done(&reading);
    reading = READ("diff", "old", "new", "--json");
    assert_int_equal(reading.options.output, OUTPUT_JSON);
    done(&reading);
    assert_usage(READ("diff", "old"), "breachtally diff OLD NEW");
    assert_usage(READ("diff", "a", "b", "c"), "breachtally diff OLD NEW");
    assert_usage(READ("diff", "a", "b", "--json", "--format=csv"), "exclude each other");
    assert_usage(READ("diff", "a", "b", "--limit=-1"), "no whole number");
}

static void help_version_and_examples_are_actions(void **state)
{
    (void)state;
    struct reading reading = READ("--version");
    assert_int_equal(reading.options.action, OPTIONS_VERSION);
    done(&reading);
    reading = READ("scan", "-h");
    assert_int_equal(reading.options.action, OPTIONS_HELP);
    assert_int_equal(reading.options.command, COMMAND_SCAN);
    done(&reading);
    reading = read_words((const char *const[]){"breachtally", NULL});
    assert_int_equal(reading.status, STATUS_OK);
    assert_int_equal(reading.options.action, OPTIONS_EXAMPLES);
    done(&reading);
}

static void help_lists_every_option_of_its_command_and_no_other(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    options_print_help(out, COMMAND_SCAN);
    fclose(out);
    assert_non_null(strstr(text, "--max-members N"));
    assert_non_null(strstr(text, "For tests:"));
    assert_null(strstr(text, "--label"));
    assert_non_null(strstr(text, "--roster FILE"));
    assert_null(strstr(text, "--keep-values"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_beginning_of_a_name_is_no_option),
        cmocka_unit_test(scan_takes_its_defaults),
        cmocka_unit_test(long_options_take_blank_or_equals_and_stand_anywhere),
        cmocka_unit_test(only_and_not_select_kinds_in_any_order),
        cmocka_unit_test(kinds_of_the_profile_are_chosen_by_name),
        cmocka_unit_test(sizes_take_units_and_nothing_else),
        cmocka_unit_test(wrong_words_get_a_suggestion),
        cmocka_unit_test(inspect_takes_evidence_and_may_write_a_profile),
        cmocka_unit_test(what_is_not_made_yet_says_so),
        cmocka_unit_test(clocks_begin_at_a_time),
        cmocka_unit_test(a_roster_is_a_file),
        cmocka_unit_test(a_shard_is_a_part_of_so_many),
        cmocka_unit_test(array_engines_say_which_shard_it_is),
        cmocka_unit_test(a_scan_without_evidence_or_case_is_refused),
        cmocka_unit_test(show_takes_a_case_and_a_customer),
        cmocka_unit_test(diff_takes_two_cases_and_a_format),
        cmocka_unit_test(help_version_and_examples_are_actions),
        cmocka_unit_test(help_lists_every_option_of_its_command_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
