#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../analyzer/report/cell.h"
#include "../analyzer/report/compare.h"

static char old_folder[] = "/tmp/test_compare_old_XXXXXX", new_folder[] = "/tmp/test_compare_new_XXXXXX";

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

struct outcome {
    enum status status;
    bool unsure;
    char said[2048]; /* "+new -gone ~key:column=old>new; ... " */
    uint64_t same;
    struct fault fault;
};

static void say(struct outcome *outcome, const char *before, struct span text)
{
    size_t len = strlen(outcome->said);
    snprintf(outcome->said + len, sizeof outcome->said - len, "%s%.*s", before, (int)text.len, text.at);
}

static void say_difference(struct outcome *outcome, const struct difference *difference)
{
    static const char *const signs[] = {[ROW_NEW] = "+", [ROW_GONE] = "-", [ROW_CHANGED] = "~"};
    say(outcome, signs[difference->fate], difference->key);
    for (size_t i = 0; i < difference->change_count; i++) {
        say(outcome, ":", difference->changes[i].name);
        say(outcome, "=", difference->changes[i].old);
        say(outcome, ">", difference->changes[i].new);
    }
    say(outcome, " ", (struct span){"", 0});
}

static struct outcome compare_files(const char *old, const char *new, const char *name, const char *key, bool sorted)
{
    struct outcome outcome = {.status = STATUS_OK};
    struct comparison *comparison = NULL;
    struct difference difference;
    write_file(old_folder, name, old);
    write_file(new_folder, name, new);
    outcome.status = comparison_open(old_folder, new_folder, name, key, sorted, &comparison, &outcome.fault);
    while (outcome.status == STATUS_OK) {
        outcome.status = comparison_next(comparison, &difference, &outcome.fault);
        if (outcome.status == STATUS_OK)
            say_difference(&outcome, &difference);
    }
    if (comparison != NULL) {
        outcome.unsure = comparison_is_unsure(comparison);
        outcome.same = comparison_counts(comparison)->rows[ROW_SAME];
    }
    comparison_close(comparison);
    return outcome;
}

#define HEAD "customer_id,tier,records\n"

static struct outcome compare(const char *old, const char *new)
{
    return compare_files(old, new, "impact.csv", "customer_id", false);
}

static void assert_said(const char *old, const char *new, uint64_t same, const char *expected)
{
    struct outcome outcome = compare(old, new);
    if (outcome.status != STATUS_END)
        fail_msg("%s", outcome.fault.message);
    assert_string_equal(outcome.said, expected);
    assert_int_equal(outcome.same, same);
}

static void customers_are_new_gone_changed_or_the_same(void **state)
{
    (void)state;
    assert_said(HEAD, HEAD, 0, "");
    assert_said(HEAD "a,T1,1\n", HEAD "a,T1,1\n", 1, "");
    assert_said(HEAD, HEAD "a,T1,1\nb,T1,1\n", 0, "+a +b ");
    assert_said(HEAD "a,T1,1\nb,T1,1\n", HEAD, 0, "-a -b ");
    assert_said(HEAD "a,T1,3\nb,T1,1\nd,T1,1\n", HEAD "a,T2,5\nc,T1,1\nd,T1,1\n", 1,
                "~a:tier=T1>T2:records=3>5 -b +c ");
    assert_said(HEAD "C1,T1,1\nC10,T1,1\n", HEAD "C1,T1,1\nC2,T1,1\n", 1, "-C10 +C2 ");
    assert_said(HEAD ",T1,1\n", HEAD ",T1,2\n", 0, "~:records=1>2 ");
}

static void bytes_order_customers_whatever_their_sign(void **state)
{
    (void)state;
    assert_said(HEAD "z,T1,1\n\xE5\xB1\xB1,T1,1\n", HEAD "a,T1,1\n\xE5\xB1\xB1,T1,1\n", 1, "+a -z ");
}

static void quotes_are_spelling_not_content(void **state)
{
    (void)state;
    assert_said(HEAD "\"a\",T1,\"1\"\n", HEAD "a,\"T1\",1\n", 1, "");
    assert_said(HEAD "\"a\n,\"\"b\",T1,1\n", HEAD "\"a\n,\"\"b\",T1,\"2\n\"\n", 0, "~a\n,\"b:records=1>2\n ");
}

static void columns_are_found_by_name(void **state)
{
    (void)state;
    assert_said("customer_id,tier,records\na,T1,1\n", "records,customer_id,tier\n1,a,T1\n", 1, "");
    assert_said("customer_id,tier,records\na,T1,1\n", "customer_id,vins,records\na,9,2\n", 0, "~a:records=1>2 ");
    assert_said("tier,customer_id\nT1,a\nT1,b\n", "tier,customer_id\nT1,a\nT2,b\n", 1, "~b:tier=T1>T2 ");
}

static void columns_that_one_case_has_are_named(void **state)
{
    (void)state;
    struct comparison *comparison = NULL;
    struct fault fault;
    struct span name;
    write_file(old_folder, "impact.csv", "customer_id,tier,records\n");
    write_file(new_folder, "impact.csv", "meids,customer_id,records,eids\n");
    assert_int_equal(comparison_open(old_folder, new_folder, "impact.csv", "customer_id", false, &comparison, &fault),
                     STATUS_OK);
    size_t at = 0;
    assert_true(comparison_columns_only(comparison, true, &at, &name));
    assert_memory_equal(name.at, "meids", 5);
    assert_true(comparison_columns_only(comparison, true, &at, &name));
    assert_memory_equal(name.at, "eids", 4);
    assert_false(comparison_columns_only(comparison, true, &at, &name));
    at = 0;
    assert_true(comparison_columns_only(comparison, false, &at, &name));
    assert_memory_equal(name.at, "tier", 4);
    assert_false(comparison_columns_only(comparison, false, &at, &name));
    assert_int_equal(comparison_column_count(comparison), 2);
    comparison_close(comparison);
}

static void assert_refused(const char *old, const char *new, bool unsure, const char *part)
{
    struct outcome outcome = compare(old, new);
    assert_int_equal(outcome.status, STATUS_USAGE);
    assert_int_equal(outcome.unsure, unsure);
    if (strstr(outcome.fault.message, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", outcome.fault.message, part);
}

static void a_file_out_of_order_is_refused(void **state)
{
    (void)state;
    assert_refused(HEAD "b,T1,1\na,T1,1\n", HEAD, false, "impact.csv, line 3: this row is out of order");
    assert_refused(HEAD, HEAD "a,T1,1\n\"b\n\",T1,1\na,T1,1\n", false, "line 5: this row is out of order");
    assert_refused(HEAD "a,T1,1\na,T1,1\n", HEAD, false, "line 3: this customer stands here twice");
    assert_refused("customer,tier\n", HEAD, false, "line 1: there is no column customer_id");
    assert_refused(HEAD "a,T1\n", HEAD, false, "line 2: 2 columns");
}

/* The writer's own cells, in the order of the customers' bytes. */
static void write_customers(const char *const *ids, size_t count, char *text)
{
    char *at = stpcpy(text, HEAD);
    for (size_t i = 0; i < count; i++) {
        at = cell_write_text(at, (struct span){ids[i], strlen(ids[i])});
        at = stpcpy(at, ",T1,1\n");
    }
}

static void neutralised_and_escaped_customers_keep_their_place(void **state)
{
    (void)state;
    static const char *const ids[] = {"\tx", "\r", "#1", "'a", "+81", "-5", "0", "=1", "@x", "CORP\\user", "a",
                                      "a\xFF", "b"};
    enum { COUNT = sizeof ids / sizeof ids[0] };
    char all[4096], less[4096];
    write_customers(ids, COUNT, all);
    assert_said(all, all, COUNT, "");
    for (size_t left_out = 0; left_out < COUNT; left_out++) {
        const char *rest[COUNT];
        size_t count = 0;
        for (size_t i = 0; i < COUNT; i++) {
            if (i != left_out)
                rest[count++] = ids[i];
        }
        write_customers(rest, count, less);
        struct outcome outcome = compare(all, less);
        assert_int_equal(outcome.status, STATUS_END);
        assert_int_equal(outcome.same, COUNT - 1);
        assert_int_equal(outcome.said[0], '-');
        assert_int_equal(outcome.said[strlen(outcome.said) - 1], ' ');
    }
}

/* '=1 is a customer's own name here, CORP\xabi another's: the cells alone cannot tell. */
static void unsure_cells_are_compared_in_memory(void **state)
{
    (void)state;
    static const char *const with[] = {"'=1", "'=2", "(x", "5", "CORP\\xabi", "CORP\\yan"};
    static const char *const without[] = {"'=2", "(x", "CORP\\xabi", "CORP\\yan", "D"};
    char old[4096], new[4096];
    write_customers(with, 6, old);
    write_customers(without, 5, new);
    assert_refused(old, new, true, "out of order");
    struct outcome outcome = compare_files(old, new, "impact.csv", "customer_id", true);
    assert_int_equal(outcome.status, STATUS_END);
    assert_string_equal(outcome.said, "-'=1 -5 +D ");
    assert_int_equal(outcome.same, 4);
}

static void paths_are_compared_as_they_were_before_escaping(void **state)
{
    (void)state;
    static const char *const paths[] = {"a\nb", "a!c", "a\\b\n", "a\\b]", "a]", "a\xFF"};
    char old[4096] = "path,status\n", new[4096] = "path,status\n";
    char *old_at = old + strlen(old), *new_at = new + strlen(new);
    for (size_t i = 0; i < 6; i++) {
        struct span path = {paths[i], strlen(paths[i])};
        old_at = stpcpy(cell_write_path(old_at, path, 0), ",COMPLETE\n");
        if (i != 2)
            new_at = stpcpy(cell_write_path(new_at, path, 0), i == 4 ? ",FAILED\n" : ",COMPLETE\n");
    }
    struct outcome outcome = compare_files(old, new, "coverage.csv", "path", false);
    assert_int_equal(outcome.status, STATUS_END);
    assert_string_equal(outcome.said, "-a\\\\b\\n ~a]:status=COMPLETE>FAILED ");
    assert_int_equal(outcome.same, 4);
}

/* What is new one way is gone the other way, and every change turns round. */
static void either_way_is_the_mirror_of_the_other(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int round = 0; round < 200; round++) {
        char files[2][4096];
        int expected[4] = {0}, there[2];
        char *at[2] = {stpcpy(files[0], HEAD), stpcpy(files[1], HEAD)};
        for (int customer = 0; customer < 40; customer++) {
            for (int side = 0; side < 2; side++) {
                random = random * 1664525 + 1013904223;
                there[side] = (int)(random >> 24) % 3;
                if (there[side] > 0)
                    at[side] += sprintf(at[side], "C%02d,T1,%d\n", customer, there[side]);
            }
            if (there[0] == 0 && there[1] == 0)
                continue;
            expected[there[0] == there[1] ? ROW_SAME
                     : there[0] == 0      ? ROW_NEW
                     : there[1] == 0      ? ROW_GONE
                                          : ROW_CHANGED]++;
        }
        struct outcome one = compare(files[0], files[1]), other = compare(files[1], files[0]);
        assert_int_equal(one.same, expected[ROW_SAME]);
        assert_int_equal(other.same, one.same);
        int counts[3] = {0};
        for (char *c = other.said; *c != '\0'; c++) {
            counts[0] += *c == '+';
            counts[1] += *c == '-';
            counts[2] += *c == '~';
            *c = *c == '+' ? '-' : *c == '-' ? '+' : *c;
            if (*c == '=') {
                char value = c[1];
                c[1] = c[3];
                c[3] = value;
            }
        }
        assert_string_equal(one.said, other.said);
        assert_int_equal(counts[0], expected[ROW_GONE]);
        assert_int_equal(counts[1], expected[ROW_NEW]);
        assert_int_equal(counts[2], expected[ROW_CHANGED]);
    }
}

static int make(void **state)
{
    (void)state;
    return mkdtemp(old_folder) == NULL || mkdtemp(new_folder) == NULL;
}

static int clear(void **state)
{
    (void)state;
    static const char *const names[] = {"impact.csv", "coverage.csv"};
    char path[64];
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", i < 2 ? old_folder : new_folder, names[i % 2]);
        unlink(path);
    }
    return rmdir(old_folder) != 0 || rmdir(new_folder) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(customers_are_new_gone_changed_or_the_same),
        cmocka_unit_test(bytes_order_customers_whatever_their_sign),
        cmocka_unit_test(quotes_are_spelling_not_content),
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(columns_that_one_case_has_are_named),
        cmocka_unit_test(a_file_out_of_order_is_refused),
        cmocka_unit_test(neutralised_and_escaped_customers_keep_their_place),
        cmocka_unit_test(unsure_cells_are_compared_in_memory),
        cmocka_unit_test(paths_are_compared_as_they_were_before_escaping),
        cmocka_unit_test(either_way_is_the_mirror_of_the_other),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
