/* Tests of analyzer/record/record_sql_sample.c: which tuples of which tables are looked at, and what they look like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "../analyzer/record/record_sql_sample.h"

/* "key/columns/rows:text" of each table, with '|' for tabs, '~' for line ends in the key and ';' for those in the text. */
static void expect_within(const char *dump, bool at_end, size_t rows_max, size_t bytes_max, const char *expected)
{
    struct sql_sample *sample;
    struct fault fault;
    char text[2048] = "";
    size_t at = 0;
    assert_int_equal(sql_sample_open((struct span){dump, strlen(dump)}, at_end, true, rows_max, bytes_max, &sample, &fault), STATUS_OK);
    for (size_t i = 0; i < sample->count; i++) {
        const struct sql_sample_table *table = sample->tables[i];
        size_t before = at;
        at += (size_t)snprintf(text + at, sizeof text - at, "%.*s/%zu/%zu:", (int)table->key.count, table->key.at, table->column_count, table->rows);
        for (char *c = text + before; *c != '\0'; c++) *c = *c == '\n' ? '~' : *c;
        size_t from = at;
        at += (size_t)snprintf(text + at, sizeof text - at, "%.*s", (int)table->text.count, table->text.count > 0 ? table->text.at : "");
        for (char *c = text + from; *c != '\0'; c++) *c = *c == '\n' ? ';' : *c;
        at += (size_t)snprintf(text + at, sizeof text - at, "\n");
    }
    for (char *c = text; *c != '\0'; c++) *c = *c == '\t' ? '|' : *c;
    assert_string_equal(text, expected);
    sql_sample_close(sample);
}

static void expect(const char *dump, const char *expected)
{
    expect_within(dump, true, 2, 1000, expected);
}

static void tables_are_told_from_one_another_by_name_and_columns(void **state)
{
    (void)state;
    expect("CREATE TABLE a (x int, y text);\nCREATE TABLE `B` (`x` int, `y` text);\n"
           "INSERT INTO a VALUES (1,'one'),(2,NULL),(3,'three');\nINSERT INTO b VALUES (4,'it\\'s');\n"
           "INSERT INTO a (y) VALUES ('z');\nINSERT INTO a VALUES (5,'five');\n",
           "a~x|y/2/2:x|y;1|one;2|;\nb~x|y/2/1:x|y;4|it's;\na~y/1/1:y;z;\n");
    expect("COPY public.a (x, y) FROM stdin;\n1\t\\N\n2\tq\\tq\n3\t\n\\.\n", "public.a~x|y/2/2:x|y;1|;2|\"q|q\";\n");
}

static void tables_without_columns_have_as_many_as_their_first_tuple(void **state)
{
    (void)state;
    expect("INSERT INTO t VALUES (1,'a',3);\nINSERT INTO t VALUES (1,2);\nINSERT INTO t VALUES (4,5,6),(7,8,9);\n", "t|/3/2:1|a|3;4|5|6;\n");
    expect("COPY t FROM stdin;\n1\t2\n3\n4\t5\n\\.\n", "t|/2/2:1|2;4|5;\n");
}

static void what_is_no_tuple_of_its_table_is_left_out(void **state)
{
    (void)state;
    expect("CREATE TABLE t (x int, y int);\nINSERT INTO t VALUES (1),(1,2,3),('it's),(4,5);\nnothing\n", "t~x|y/2/1:x|y;4|5;\n");
    expect("nothing at all\n", "");
    expect("", "");
}

static void nothing_is_longer_than_was_asked_for(void **state)
{
    (void)state;
    expect_within("INSERT INTO t (x) VALUES (1),(2),(3);", true, 9, 6, "t~x/1/2:x;1;2;\n");
    expect_within("INSERT INTO t (x) VALUES ('longer than that'),(2);", true, 9, 6, "t~x/1/0:x;\n");
    expect_within("INSERT INTO t (columns) VALUES (1);", true, 9, 7, "");
}

static void a_tuple_at_the_end_counts_only_where_it_is_whole(void **state)
{
    (void)state;
    expect_within("COPY t (x) FROM stdin;\n1\n2", false, 9, 100, "t~x/1/1:x;1;\n");
    expect_within("COPY t (x) FROM stdin;\n1\n2", true, 9, 100, "t~x/1/2:x;1;2;\n");
    expect_within("INSERT INTO t (x) VALUES (1),(2", false, 9, 100, "t~x/1/1:x;1;\n");
}

static void there_are_only_so_many_tables(void **state)
{
    (void)state;
    enum { MADE = SQL_SAMPLE_TABLES_MAX + 9, LINE_BYTES = 64 };
    char *dump = malloc((size_t)MADE * LINE_BYTES);
    size_t length = 0;
    for (int i = 0; i < MADE; i++) length += (size_t)snprintf(dump + length, LINE_BYTES, "INSERT INTO t%d VALUES (%d);\n", i, i);
    struct sql_sample *sample;
    struct fault fault;
    assert_int_equal(sql_sample_open((struct span){dump, length}, true, true, 2, 100, &sample, &fault), STATUS_OK);
    assert_int_equal(sample->count, SQL_SAMPLE_TABLES_MAX);
    assert_int_equal(sample->tables[SQL_SAMPLE_TABLES_MAX - 1]->rows, 1);
    sql_sample_close(sample);
    free(dump);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_told_from_one_another_by_name_and_columns),
        cmocka_unit_test(tables_without_columns_have_as_many_as_their_first_tuple),
        cmocka_unit_test(what_is_no_tuple_of_its_table_is_left_out),
        cmocka_unit_test(nothing_is_longer_than_was_asked_for),
        cmocka_unit_test(a_tuple_at_the_end_counts_only_where_it_is_whole),
        cmocka_unit_test(there_are_only_so_many_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
