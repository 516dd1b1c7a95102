#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../analyzer/support/json.h"
#include "fake_resolved.h"

struct sample {
    struct object objects[4];
    char *sources[2], *roots[1];
    struct object_list list;
    struct combination combinations[2];
    struct source_totals by_source[2];
    struct customer_field fields[2];
    uint64_t field_units[4];
    struct resolved resolved;
    struct run_facts facts;
    struct profile profile;
    struct case_files files;
};

static void sample_make(struct sample *sample, const char *folder)
{
    static char path_a[] = "dump/a", path_b[] = "dump/b", path_c[] = "dump/c", piece[] = "dump/b!~9";
    static char first[] = "logs", second[] = "web\xFF", root[] = "dump";
    static char program[] = "breachtally", word[] = "scan";
    static char *const arguments[] = {program, word};
    *sample = (struct sample){
        .objects = {{.path = path_a, .status = OBJECT_COMPLETE, .size_bytes = 100, .bytes_examined = 100},
                    {.path = path_b, .status = OBJECT_PARTIAL, .reason = COVERAGE_TRUNCATED, .size_bytes = 50,
                     .bytes_examined = 20, .bytes_unexamined = 30},
                    {.path = path_c, .status = OBJECT_SKIPPED, .reason = COVERAGE_EXCLUDED_BY_USER, .size_bytes = 7,
                     .bytes_unexamined = 7},
                    {.path = piece, .status = OBJECT_PARTIAL, .reason = COVERAGE_TRUNCATED, .is_piece = true, .size_bytes = 41,
                     .bytes_examined = 36, .bytes_unexamined = 5}},
        .sources = {first, second},
        .roots = {root},
        .combinations = {{1 << ELEMENT_VIN, 3, {1, 2}}, {1 << ELEMENT_VIN | 1 << ELEMENT_LOC, 2, {3, 3}}},
        .by_source = {{5, 4, 0, 40, 2, 107}, {1, 0, 0, 2, 1, 50}},
        .field_units = {30, 0, 7, 4},
    };
    sample->fields[0] = (struct customer_field){"customerid", 30, &sample->field_units[0]};
    sample->fields[1] = (struct customer_field){"path", 11, &sample->field_units[2]};
    sample->list = (struct object_list){.objects = sample->objects, .count = 4, .walked_count = 3,
                                        .roots = sample->roots, .root_count = 1,
                                        .sources = sample->sources, .source_count = 2};
    sample->resolved.totals = (struct totals){
        .persons_lower = 4, .persons_best = 5, .persons_upper = 6, .persons_upper_total = 9,
        .persons_by_tier = {0, 4, 1, 1}, .persons_by_element = {[ELEMENT_VIN] = 5, [ELEMENT_LOC] = 2},
        .locations = {.persons = {[LEVEL_NONE] = 3, [LEVEL_HOME] = 2}, .precise = {[LEVEL_HOME] = 1}, .sampled = 1},
        .severities = {.persons = {[1] = {[2] = {[TIER_T1] = 2, [TIER_T2] = 1}}, [3] = {[2] = {[TIER_T1] = 1}, [3] = {[TIER_T1] = 1}}}},
        .combinations = sample->combinations, .combination_count = 2,
        .kinds = {[KIND_VIN] = {7, 3, 4, 2, 1, 1, 3}}, .vehicles_distinct = 7, .clusters_unattributed = 3,
        .records_raw = 42, .findings = 77, .data_time_first = 0, .data_time_last = TIME_NONE,
        .by_source = sample->by_source, .rejected_by_reason = {[REASON_CHECK_DIGIT] = 1},
        .customers_named_only = 2, .customer_fields = sample->fields, .customer_field_count = 2};
    sample->facts = (struct run_facts){.argument_count = 2, .arguments = arguments, .started_s = 1681689600,
                                       .ended_s = 1681689601, .status = "finished", .exit_code = 3, .thread_count = 2,
                                       .cpu_path = "avx2", .engine = "fast", .hash = true, .depth_max = 8,
                                       .kinds_mask = KIND_BIT(KIND_VIN) | LOCATION_BIT, .seconds = 1.25};
    static char name[] = "web\xFF", glob[] = "web/**";
    static struct source_rule rule = {name, glob};
    static struct exposure exposure = {"", "2023-04-17"};
    sample->profile = (struct profile){.sha256_given = true, .sources = &rule, .exposures = &exposure, .source_count = 1};
    sample->files = (struct case_files){.folder = folder, .list = &sample->list, .resolved = &sample->resolved,
                                        .profile = &sample->profile, .facts = &sample->facts, .thread_count = 2};
}

static const struct json_value *get(const struct json_value *object, const char *key)
{
    for (const struct json_value *value = json_first(object); value != NULL; value = json_next(value)) {
        if (strcmp(json_key(value), key) == 0)
            return value;
    }
    fail_msg("no key %s", key);
    return NULL;
}

static bool has(const struct json_value *object, const char *key)
{
    for (const struct json_value *value = json_first(object); value != NULL; value = json_next(value)) {
        if (strcmp(json_key(value), key) == 0)
            return true;
    }
    return false;
}

static double number_at(const struct json_value *root, const char *a, const char *b, const char *c)
{
    const struct json_value *value = get(root, a);
    if (b != NULL)
        value = get(value, b);
    if (c != NULL)
        value = get(value, c);
    return json_number(value);
}

static void assert_sorted(const struct json_value *value)
{
    const char *last = NULL;
    for (const struct json_value *inner = json_type(value) >= JSON_LIST ? json_first(value) : NULL; inner != NULL;
         inner = json_next(inner)) {
        if (json_type(value) == JSON_OBJECT && last != NULL && strcmp(last, json_key(inner)) >= 0)
            fail_msg("%s stands before %s", last, json_key(inner));
        last = json_key(inner);
        assert_sorted(inner);
    }
}

static struct json_value *read_document(const char *folder, const char *name)
{
    size_t count = 0;
    char *bytes = slurp(folder, name, &count);
    assert_non_null(bytes);
    struct json_value *root = NULL;
    struct fault fault;
    assert_int_equal(json_read((struct span){bytes, count}, &root, &fault), STATUS_OK);
    free(bytes);
    return root;
}

static void the_summary_holds_the_totals_with_sorted_keys(void **state)
{
    (void)state;
    char folder[32];
    make_folder(folder);
    struct sample sample;
    struct fault fault;
    sample_make(&sample, folder);
    assert_int_equal(report_write(&sample.files, &fault), STATUS_OK);
    struct json_value *root = read_document(folder, "summary.json");
    assert_sorted(root);
    assert_true(number_at(root, "persons_best", NULL, NULL) == 5);
    assert_true(number_at(root, "persons_upper_total", NULL, NULL) == 9);
    assert_true(number_at(root, "persons_by_tier", "T3", NULL) == 1);
    assert_true(number_at(root, "persons_by_element", "VIN", NULL) == 5);
    assert_true(number_at(root, "persons_by_element", "TIM", NULL) == 0);
    assert_true(number_at(root, "identifiers", "vin", "distinct") == 7);
    assert_true(number_at(root, "identifiers", "vin", "sample") == 1);
    assert_true(number_at(root, "identifiers", "mac", "rejected") == 0);
    assert_true(number_at(root, "identifiers_unattributed", "vin", NULL) == 3);
    assert_true(number_at(root, "customers_named_only", NULL, NULL) == 2);
    assert_int_equal(json_type(get(root, "records_distinct")), JSON_NULL);
    assert_int_equal(json_type(get(root, "roster_sha256")), JSON_NULL);
    assert_string_equal(json_text(get(root, "data_time_first")), "1970-01-01T00:00:00Z");
    assert_int_equal(json_type(get(root, "data_time_last")), JSON_NULL);
    assert_string_equal(json_text(get(get(root, "tool"), "name")), "breachtally");
    assert_int_equal(strlen(json_text(get(root, "evidence_sha256"))), 64);
    const struct json_value *combination = json_next(json_first(get(root, "persons_by_combination")));
    assert_string_equal(json_text(get(combination, "elements")), "VIN+LOC");
    assert_true(number_at(combination, "severity_highest", "score", NULL) == 2.75);
    assert_string_equal(json_text(get(get(combination, "severity_highest"), "level")), "medium");
    assert_true(number_at(root, "loc_level_counts", "L0", NULL) == 3 && number_at(root, "loc_level_counts", "L3", NULL) == 2);
    assert_true(number_at(root, "loc_precise_counts", "L3", NULL) == 1 && number_at(root, "loc_level_sampled", NULL, NULL) == 1);
    assert_true(number_at(root, "severity", "incident", "score") == 2.75 && number_at(root, "severity", "incident", "ei") == 0.75);
    const struct json_value *scores = json_first(get(get(root, "severity"), "persons_by_score"));
    assert_true(number_at(scores, "score", NULL, NULL) == 1 && number_at(scores, "persons", NULL, NULL) == 3);
    assert_true(number_at(json_next(scores), "score", NULL, NULL) == 2 && number_at(json_next(scores), "dpc", NULL, NULL) == 3);
    assert_null(json_next(json_next(json_next(scores))));
    const struct json_value *source = json_next(json_first(get(root, "by_source")));
    assert_string_equal(json_text(get(source, "source")), "web\\xff");
    assert_true(number_at(source, "persons", NULL, NULL) == 1);
    assert_string_equal(json_text(get(source, "exposed_to")), "2023-04-17");
    assert_false(has(source, "exposed_from")); /* it is not known */
    assert_false(has(json_first(get(root, "by_source")), "exposed_to"));
    const struct json_value *rejected = json_first(get(root, "rejected_by_reason"));
    assert_string_equal(json_key(rejected), "CHECK_DIGIT");
    assert_null(json_next(rejected));
    json_free(root);
    remove_folder(folder);
}

static void assert_fields(const struct json_value *object, const char *expected)
{
    char said[200] = "";
    const struct json_value *field = json_first(get(object, "customer_fields"));
    for (; field != NULL; field = json_next(field))
        snprintf(said + strlen(said), sizeof said - strlen(said), "%s %g;", json_text(get(field, "field")),
                 number_at(field, "units", NULL, NULL));
    assert_string_equal(said, expected);
}

static void the_fields_that_named_customers_are_said_in_all_and_of_each_source(void **state)
{
    (void)state;
    char folder[32];
    make_folder(folder);
    struct sample sample;
    struct fault fault;
    sample_make(&sample, folder);
    assert_int_equal(report_write(&sample.files, &fault), STATUS_OK);
    struct json_value *root = read_document(folder, "summary.json");
    assert_fields(root, "customerid 30;path 11;");
    assert_fields(json_first(get(root, "by_source")), "customerid 30;path 7;");
    assert_fields(json_next(json_first(get(root, "by_source"))), "path 4;");
    json_free(root);
    remove_folder(folder);
}

static void objects_count_lines_and_bytes_count_pieces_apart(void **state)
{
    (void)state;
    char folder[32];
    make_folder(folder);
    struct sample sample;
    struct fault fault;
    sample_make(&sample, folder);
    assert_int_equal(report_write(&sample.files, &fault), STATUS_OK);
    struct json_value *root = read_document(folder, "summary.json");
    assert_true(number_at(root, "objects", "listed", NULL) == 4);
    assert_true(number_at(root, "objects", "complete", NULL) == 1);
    assert_true(number_at(root, "objects", "partial", NULL) == 2);
    assert_true(number_at(root, "objects", "skipped", NULL) == 1);
    assert_true(number_at(root, "bytes", "listed", NULL) == 157);
    assert_true(number_at(root, "bytes", "examined", NULL) == 120);
    assert_true(number_at(root, "bytes", "unexamined", "TRUNCATED") == 30);
    assert_true(number_at(root, "bytes", "unexamined", "EXCLUDED_BY_USER") == 7);
    const struct json_value *members = get(get(root, "bytes"), "members");
    assert_true(number_at(members, "listed", NULL, NULL) == 41);
    assert_true(number_at(members, "examined", NULL, NULL) == 36);
    assert_true(number_at(members, "unexamined", "TRUNCATED", NULL) == 5);
    json_free(root);
    remove_folder(folder);
}

static void standard_output_gets_the_bytes_of_the_file(void **state)
{
    (void)state;
    char folder[32];
    make_folder(folder);
    struct sample sample;
    struct fault fault;
    sample_make(&sample, folder);
    assert_int_equal(report_write(&sample.files, &fault), STATUS_OK);
    size_t count = 0, printed_count = 0;
    char *bytes = slurp(folder, "summary.json", &count), *printed = NULL;
    FILE *out = open_memstream(&printed, &printed_count);
    assert_int_equal(report_json(out, &sample.files, &fault), STATUS_OK);
    fclose(out);
    assert_int_equal(printed_count, count);
    assert_memory_equal(printed, bytes, count);
    free(bytes);
    free(printed);
    remove_folder(folder);
}

static void the_case_says_how_it_was_made(void **state)
{
    (void)state;
    char folder[32];
    make_folder(folder);
    struct sample sample;
    struct fault fault;
    sample_make(&sample, folder);
    sample.files.resolved = NULL;
    sample.facts.status = "interrupted";
    assert_int_equal(report_write_interrupted(&sample.files, &fault), STATUS_OK);
    struct json_value *root = read_document(folder, "case.json");
    assert_sorted(root);
    assert_string_equal(json_text(get(root, "status")), "interrupted");
    assert_string_equal(json_text(get(root, "started")), "2023-04-17T00:00:00Z");
    assert_string_equal(json_text(json_next(json_first(get(root, "command_line")))), "scan");
    assert_string_equal(json_text(json_next(json_first(get(root, "kinds")))), "location");
    assert_string_equal(json_text(json_first(get(root, "roots"))), "dump");
    assert_int_equal(strlen(json_text(get(root, "detectors_sha256"))), 64);
    assert_true(number_at(root, "seconds", NULL, NULL) == 1.25);
    json_free(root);
    remove_folder(folder);
}

static void a_case_folder_is_new_or_empty_and_its_owners_alone(void **state)
{
    (void)state;
    char folder[32], inner[64], file[96];
    make_folder(folder);
    struct fault fault;
    assert_int_equal(case_folder_create(folder, &fault), STATUS_OK);
    snprintf(inner, sizeof inner, "%s/case", folder);
    assert_int_equal(case_folder_create(inner, &fault), STATUS_OK);
    struct stat status;
    assert_int_equal(stat(inner, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(case_folder_create(folder, &fault), STATUS_USAGE);
    assert_non_null(strstr(fault.message, "not empty"));
    snprintf(file, sizeof file, "%s/no/such/place", folder);
    assert_int_equal(case_folder_create(file, &fault), STATUS_USAGE);
    assert_int_equal(case_folder_create("/etc/hostname", &fault), STATUS_USAGE);
    remove_folder(folder);
}

static void the_table_begins_with_coverage_and_names_what_was_not_read(void **state)
{
    (void)state;
    struct sample sample;
    sample_make(&sample, "out");
    char *text = NULL;
    size_t count = 0;
    FILE *out = open_memstream(&text, &count);
    report_table(out, &sample.files);
    fclose(out);
    const char *first = "Coverage     1 of 3 files fully examined (157 bytes); 2 could not be, 30 bytes unread (of members: 5 bytes): "
                        "numbers are minimums\nCustomers    5 affected (at least 4, at most 6; 9 with the 3 ";
    assert_memory_equal(text, first, strlen(first));
    assert_non_null(strstr(text, " identifiers that nobody is named for; of what was read)\n"));
    assert_non_null(strstr(text, "dump/b: TRUNCATED (30 bytes)\n"));
    assert_null(strstr(text, "dump/c"));
    assert_null(strstr(text, "\033"));
    free(text);
    assert_int_equal(report_exit_code(&sample.list), 3);

    /* What breaks off lacks nobody knows how many bytes: no number says that it was none. */
    for (size_t i = 0; i < 4; i++) sample.objects[i].bytes_unexamined = 0;
    sample.objects[1].detail = "ends too early";
    out = open_memstream(&text, &count);
    report_table(out, &sample.files);
    fclose(out);
    assert_non_null(strstr(text, "; 2 could not be: numbers are minimums\n"));
    assert_non_null(strstr(text, "dump/b: TRUNCATED: ends too early\n"));
    free(text);
    sample.objects[1].reason = sample.objects[3].reason = COVERAGE_RESIDUE_SCANNED_RAW;
    assert_int_equal(report_exit_code(&sample.list), 0);

    /* What was scanned and is not all there, or not all what it should be, is said below. */
    sample.objects[1].status = sample.objects[3].status = OBJECT_PARTIAL;
    sample.objects[1].detail = "comma; a document that breaks off; 1 unit read as text";
    out = open_memstream(&text, &count);
    report_table(out, &sample.files);
    fclose(out);
    assert_non_null(strstr(text, " files fully examined (157 bytes)\n             1 file or member breaks off before its end: what is there was scanned, and "
                                 "nobody knows how much is missing\n             1 file or member has parts that are not what their format says"));
    free(text);
    sample.objects[3].detail = sample.objects[1].detail;
    out = open_memstream(&text, &count);
    report_table(out, &sample.files);
    fclose(out);
    assert_non_null(strstr(text, "\n             2 files or members break off before their end: "));
    assert_null(strstr(text, "format says"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_summary_holds_the_totals_with_sorted_keys),
        cmocka_unit_test(the_fields_that_named_customers_are_said_in_all_and_of_each_source),
        cmocka_unit_test(objects_count_lines_and_bytes_count_pieces_apart),
        cmocka_unit_test(standard_output_gets_the_bytes_of_the_file),
        cmocka_unit_test(the_case_says_how_it_was_made),
        cmocka_unit_test(a_case_folder_is_new_or_empty_and_its_owners_alone),
        cmocka_unit_test(the_table_begins_with_coverage_and_names_what_was_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
