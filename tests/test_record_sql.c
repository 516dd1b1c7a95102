/* Tests of analyzer/record/record_sql.c and what belongs to it: dialects, what is no tuple, and that cuts never show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include "sql_reading.h"

/* ------------------------------------------------------------------ reading */

static void expect_reading(const char *text, bool backslash, const char *expected)
{
    static const size_t blocks[] = {100000, 1, 2, 5, 17, 60, 300}, in_hands[] = {100000, 1, 3, 20, 100};
    struct span whole = {text, strlen(text)};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        for (size_t k = 0; k < sizeof in_hands / sizeof in_hands[0]; k++) {
            char *got = read_in_blocks(whole, backslash, blocks[i], in_hands[k]);
            if (strcmp(got, expected) != 0) fail_msg("blocks of %zu, %zu in hand:\n%s\ninstead of\n%s", blocks[i], in_hands[k], got, expected);
            free(got);
        }
}

/* One tuple's row, without its end. */
static void expect_row(const char *tuple, bool backslash, const char *expected)
{
    struct bytes rows = {0};
    assert_true(sql_tuple_write((struct span){tuple, strlen(tuple)}, backslash, &rows) > 0);
    assert_int_equal(rows.at[rows.count - 1], '\n');
    rows.at[rows.count - 1] = '\0';
    assert_string_equal(rows.at, expected);
    bytes_free(&rows);
}

/* ------------------------------------------------------------------ the tests */

static void tuples_of_mysql_have_the_columns_of_their_table(void **unused)
{
    (void)unused;
    expect_reading("-- MySQL dump 10.13\n/*!40101 SET NAMES utf8 */;\n"
                   "CREATE TABLE `t,1` (\n  `id` int DEFAULT '1,2', -- the key, of all\n  `a\tb` text COMMENT 'it''s (one',\n"
                   "  PRIMARY KEY (`id`),\n  KEY `k` (`id`), UNIQUE KEY u (id),\n  CONSTRAINT `c` CHECK ((`id` > 1))\n) ENGINE=InnoDB;\n"
                   "/*!40000 ALTER TABLE `t,1` DISABLE KEYS */;\n"
                   "INSERT INTO `t,1` VALUES (1,'x'),(2,NULL),\n(3,'it\\'s; ),('),(4,\"two\\\"\");\nREPLACE LOW_PRIORITY INTO `db`.`T,1` VALUES (5,'');\n"
                   "INSERT IGNORE INTO other (`b`, c) VALUES (1,2) ON DUPLICATE KEY UPDATE c=VALUES(c);insert into nobody values (7,8)  ;\n# bye\n",
                   true,
                   "text|-- MySQL dump 10.13\ntext|/*!40101 SET NAMES utf8 */\ntext|CREATE TABLE `t,1` (\n"
                   "text|`id` int DEFAULT '1,2', -- the key, of all\ntext|`a\tb` text COMMENT 'it''s (one',\n"
                   "text|PRIMARY KEY (`id`),\ntext|KEY `k` (`id`), UNIQUE KEY u (id),\ntext|CONSTRAINT `c` CHECK ((`id` > 1))\ntext|) ENGINE=InnoDB;\n"
                   "text|/*!40000 ALTER TABLE `t,1` DISABLE KEYS */\n"
                   "id\t\"a\tb\"|1\tx\nid\t\"a\tb\"|2\t\nid\t\"a\tb\"|3\tit's; ),(\nid\t\"a\tb\"|4\ttwo\"\nid\t\"a\tb\"|5\t\n"
                   "b\tc|1\t2\ntext|ON DUPLICATE KEY UPDATE c=VALUES(c);\n|7\t8\ntext|# bye\n");
}

static void rows_of_copy_have_the_columns_of_their_statement(void **unused)
{
    (void)unused;
    expect_reading("--\n-- PostgreSQL database dump\n\nSET standard_conforming_strings = on;\n"
                   "CREATE TABLE public.car (\n    id integer NOT NULL,\n    key character varying(10) DEFAULT 'a'::text,\n    \"Fahrer, 2\" text\n);\n"
                   "COPY public.car (id, key, \"Fahrer, 2\") FROM stdin;\n1\ta\\tb\\\\\\n\\x41\\101\tz\n2\t\\N\t\"q\"\n\\N\t\\N\\N\t\r\n\n\\.\n\n"
                   "INSERT INTO public.car VALUES (3, 'C:\\', E'it\\'s\\x41');\n"
                   "INSERT INTO car (key) OVERRIDING SYSTEM VALUE VALUES\n\t('a'::text),\n\t($x$it's, $1)$x$) ON CONFLICT DO NOTHING;\n"
                   "COPY car FROM stdin;\nlast\t1\t2",
                   false,
                   "text|--\ntext|-- PostgreSQL database dump\ntext|SET standard_conforming_strings = on;\n"
                   "text|CREATE TABLE public.car (\ntext|id integer NOT NULL,\ntext|key character varying(10) DEFAULT 'a'::text,\n"
                   "text|\"Fahrer, 2\" text\ntext|);\n"
                   "rows id\tkey\tFahrer, 2|1\t\"a\tb\\\nrows id\tkey\tFahrer, 2|AA\"\tz\nrows id\tkey\tFahrer, 2|2\t\t\"\"\"q\"\"\"\n"
                   "rows id\tkey\tFahrer, 2|\tNN\t\nrows id\tkey\tFahrer, 2|\n"
                   "id\tkey\tFahrer, 2|3\tC:\\\tit'sA\nkey|a\nkey|it's, $1)\ntext|ON CONFLICT DO NOTHING;\nrows id\tkey\tFahrer, 2|last\t1\t2\n");
}

static void statements_of_sqlite_and_of_others_are_understood(void **unused)
{
    (void)unused;
    expect_reading("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE IF NOT EXISTS \"log\"(\"when\" TEXT, note, PRIMARY KEY(note));\n"
                   "INSERT INTO log VALUES('x',replace('a\\nb','\\n',char(10)));\nINSERT INTO \"log\" VALUES(X'4a54','');\nCOMMIT;\n"
                   "INSERT [dbo].[cars] ([id], [vin]) VALUES (1, N'O''N')\nGO\nINSERT [dbo].[cars] ([id], [vin]) VALUES (2, CAST(N'2012' AS DateTime))\n",
                   false,
                   "text|PRAGMA foreign_keys=OFF;\ntext|BEGIN TRANSACTION;\n"
                   "text|CREATE TABLE IF NOT EXISTS \"log\"(\"when\" TEXT, note, PRIMARY KEY(note));\n"
                   "when\tnote|x\t\"a\nwhen\tnote|b\"\nwhen\tnote|JT\t\ntext|COMMIT;\nid\tvin|1\tO'N\ntext|GO\nid\tvin|2\t2012\n");
}

static void what_is_broken_is_text_and_costs_itself_alone(void **unused)
{
    (void)unused;
    expect_reading("INSERT INTO t (a,b) VALUES (1,'O'Brien'),(2,'b'),(3,'c';\nINSERT INTO t (a,b) VALUES (4,'d), (5,'e'),(6,'f') , +(7,'g'),(8,'h'),(9,(1,2));\n"
                   "rubbish 'here\nINSERT INTO t (a,b) VALUES (10,'open",
                   true,
                   "odd|(1,'O'Brien')\na\tb|2\tb\nodd|(3,'c';\nodd|(4,'d), (5,'e')\na\tb|6\tf\nodd|+(7,'g')\na\tb|8\th\na\tb|9\t(1,2)\n"
                   "text|rubbish 'here\nodd|(10,'open\n");
    /* What a broken tuple leaves open ends with its line. */
    expect_reading("INSERT INTO t (a) VALUES ('x'y\n(1,2);\nINSERT INTO t (a) VALUES (3);", true, "odd|('x'y\na|1\t2\na|3\n");
}

static void units_that_are_too_long_come_in_pieces_and_the_rest_is_what_it_is(void **unused)
{
    (void)unused;
    struct bytes text = {0}, expected = {0};
    say(&text, "INSERT INTO t (a) VALUES (1),('", 31);
    for (int i = 0; i < 400; i++) say(&text, "long\\'s,", 8);
    say(&text, "'),(2);\nSELECT ", 15);
    for (int i = 0; i < 200; i++) say(&text, "words, ", 7);
    say(&text, "\nINSERT INTO t (a) VALUES (3);\n", 32);
    char *got = read_in_blocks((struct span){text.at, text.count - 1}, true, 100000, 100000);
    assert_non_null(strstr(got, "a|1\npiece ('long\\'s,"));
    assert_non_null(strstr(got, "')\na|2\n"));
    assert_non_null(strstr(got, "\npiece SELECT words, "));
    assert_non_null(strstr(got, "\na|3\n"));
    expect_reading(text.at, true, got);
    free(got);
    bytes_free(&text);
    bytes_free(&expected);
}

static void values_become_cells(void **unused)
{
    (void)unused;
    expect_row("(1)", true, "1");
    expect_row("()", true, "");
    expect_row("( 'a' , null,NULL , -1.5e+3,TRUE )", true, "a\t\t\t-1.5e+3\tTRUE");
    expect_row("('it''s','it\\'s','a\\\\','\\0\\n')", true, "it's\tit's\ta\\\t\"");
    expect_row("('C:\\','\\n')", false, "C:\\\t\\n");
    expect_row("('\t','\"','a\"b','a\r','tab\\tand \\\"')", true, "\"\t\"\t\"\"\"\"\ta\"b\t\"a\r\"\t\"tab\tand \"\"\"");
    expect_row("(0x4A5444,x'4A54',X'00ff',0x123,0x,b'01',_binary 'abc',_utf8mb4'd')", true, "JTD\tJT\t00ff\t123\t0x\t01\tabc\td");
    expect_row("('1'::text,2::int,'a' COLLATE x,DATE '2020-01-02',timestamp with time zone '2021')", false, "1\t2\ta\t2020-01-02\t2021");
    expect_row("(to_date('2020','YYYY'),cast('x' as int),now(),ST_GeomFromText('POINT(1 2)'),'a'||'b',(1),\"q,\")", false,
               "2020\tx\tnow()\tST_GeomFromText('POINT(1 2)')\t'a'||'b'\t(1)\tq,");
    expect_row("(unistr('a\\u000ab\\\\\\0041\\+01F697\\U0001F697\\u12'),replace('a\\rb','\\r',char(13)))", false,
               "\"a\nb\\A\xF0\x9F\x9A\x97\xF0\x9F\x9A\x97\\u12\"\t\"a\rb\"");
    expect_row("(E'\\u00e9\\n\\x41\\101',U&'x',$$a,'b$$,$1)", false, "\"\xC3\xA9\nAA\"\tx\ta,'b\t$1");
}

static void comments_within_tuples_are_text_behind_them(void **unused)
{
    (void)unused;
    expect_reading("INSERT INTO t (a,b,c) VALUES (1 /* was 'it's, (2) */, 'x', /**/ 3), -- one\n(-- a line, ')'\n 4, '-- no ', '/*no*/' --\n), (5,6-7,8*9--1)\n;\n",
                   true,
                   "a\tb\tc|1\tx\t3\nnote|/* was 'it's, (2) */\nnote|/**/\ntext|-- one\n"
                   "a\tb\tc|4\t-- no \t/*no*/\nnote|-- a line, ')'\nnote|--\na\tb\tc|5\t6-7\t8*9--1\n");
    /* What does not end, and what MySQL keeps for a version. */
    expect_reading("INSERT INTO t (a) VALUES (1),(2 /* (3);\nINSERT INTO t (a) VALUES (4);", false, "a|1\nodd|(2 /* (3);\nodd|INSERT INTO t (a) VALUES (4);\n");
    expect_reading("INSERT INTO t (a) VALUES (/*!50000 1 */),(2);", true, "a|/*!50000 1 */\na|2\n");
}

static void comments_in_a_long_tuple_do_not_end_it(void **unused)
{
    (void)unused;
    struct bytes text = {0};
    say(&text, "INSERT INTO t (a) VALUES (1),(", 30);
    for (int i = 0; i < 150; i++) say(&text, "5, -- ' (\n/* ') */, ", 20);
    say(&text, "6),(2);\n", 9);
    char *got = read_in_blocks((struct span){text.at, text.count - 1}, true, 100000, 100000);
    assert_non_null(strstr(got, "a|1\npiece (5, --"));
    assert_non_null(strstr(got, ", 6)\na|2\n"));
    expect_reading(text.at, true, got);
    free(got);
    bytes_free(&text);
}

static bool begins(const char *text, bool *backslash)
{
    return sql_begins((struct span){text, strlen(text)}, backslash);
}

static void dumps_are_told_from_what_only_speaks_of_them(void **unused)
{
    (void)unused;
    static const char *const others[] = {
        "", "insert", "id,vin\n1,2\n", "2020-01-01 INFO insert into t values (1)\n", "-- a line\nid,vin\nINSERT INTO t VALUES (1)\n",
        "{\"q\":\"insert into t values (1)\"}\n", "SET,x\n1,2\n", "start,text\n1,\"\ninsert into t values (1);\n\"\n", "select * from t;\n", "insert into t select 1;\n", "copy a b c\n",
        "use the force\nand more\n", "create table of contents\n", "# comment\n\nsome text\n", "INSERT INTO t SET a=1;\n"};
    static const char *const dumps[] = {
        "insert into t values (1)", "-- x\n/* y\n*/ # z\nINSERT INTO t(a) VALUES(1);", "\n\n  create table t (a int);", "REPLACE t VALUES (1)",
        "\\restrict abc\nSET x = 1;\nCOPY t (a) FROM stdin;\n1\n", "USE db;\n\nLOCK x;\n/*!50001 CREATE TABLE `v` (\n `a` int) */;\n", "Insert into T (A) values ('x');"};
    bool backslash;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (begins(others[i], &backslash)) fail_msg("taken for SQL: %s", others[i]);
    for (size_t i = 0; i < sizeof dumps / sizeof dumps[0]; i++)
        if (!begins(dumps[i], &backslash)) fail_msg("not taken for SQL: %s", dumps[i]);
}

static void backslashes_are_what_the_dump_makes_of_them(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        bool backslash;
    } dumps[] = {{"-- MySQL dump\nINSERT INTO t VALUES (1);", true},
                 {"-- PostgreSQL database dump\nINSERT INTO t VALUES ('a`\\'b');", false},
                 {"PRAGMA foreign_keys=OFF;\nINSERT INTO t VALUES (1);", false},
                 {"INSERT INTO t VALUES ('it\\'s', 'C:\\\\');", true},
                 {"INSERT INTO t VALUES ('C:\\', 'D:\\'), ('it''s');", false},
                 {"INSERT INTO `t` VALUES (1);", true},
                 {"INSERT INTO t VALUES (1);", false}};
    for (size_t i = 0; i < sizeof dumps / sizeof dumps[0]; i++) {
        bool backslash = !dumps[i].backslash;
        assert_true(begins(dumps[i].text, &backslash));
        assert_int_equal(backslash, dumps[i].backslash);
    }
}

static void text_ends_at_the_line_end_behind_a_gap(void **unused)
{
    (void)unused;
    struct headers headers = {.count = 0};
    struct sql *sql = NULL;
    struct fault fault;
    struct sql_stretches stretches = {0};
    size_t cut;
    assert_int_equal(sql_open(true, (struct sql_plan_source){header_note, &headers, NULL}, &sql, &fault), STATUS_OK);
    static const char before[] = "INSERT INTO t (a) VALUES (1),(", behind[] = "2),(3);\nINSERT INTO t (a) VALUES (4);\n";
    assert_int_equal(sql_cut(sql, before, strlen(before), strlen(before), true, &stretches, &cut, &fault), STATUS_OK);
    assert_int_equal(cut, strlen(before));
    assert_int_equal(stretches.count, 2);
    assert_int_equal(stretches.at[1].kind, SQL_ODD);
    sql_gap(sql);
    assert_int_equal(sql_cut(sql, behind, strlen(behind), strlen(behind), true, &stretches, &cut, &fault), STATUS_OK);
    assert_int_equal(stretches.count, 2);
    assert_int_equal(stretches.at[0].kind, SQL_ODD);
    assert_int_equal(stretches.at[0].end, 8);
    assert_int_equal(stretches.at[1].kind, SQL_TUPLE);
    sql_close(sql);
    free(stretches.at);
    free(headers.rows[0]);
}

/* Each of these takes hours where something is gone through again for each line, statement or character. */
static void a_dump_that_breaks_off_is_told_from_a_whole_one(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        bool broke_off;
    } cases[] = {
        {"INSERT INTO t (a) VALUES (1);", false},
        {"INSERT INTO t (a) VALUES (1)\n", false}, /* as SQL Server's scripts end */
        {"INSERT INTO t (a) VALUES (1),(2),\n;\n", false},
        {"INSERT INTO t (a) VALUES (1),(2", true},
        {"INSERT INTO t (a) VALUES (1),('it''s", true},
        {"INSERT INTO t (a) VALUES (1),\n", true},
        {"INSERT INTO t (a) VALUES (1) /* ), */,", true},
        {"INSERT INTO t (a) VALUES", true},
        {"INSERT INTO t (a) VALUES (1);\nINSERT INTO t (a", true},
        {"INSERT INTO t (a) VALUES (1);\nCREATE TABLE u (a int, b", true},
        {"INSERT INTO t (a) VALUES (1);\nCOPY u (a) FROM stdin;", true},
        {"INSERT INTO t (a) VALUES (1);\nSELECT 'insert', 1", false},
        {"INSERT INTO t (a) VALUES ('the boys' car');\nINSERT INTO t (a) VALUES (2);\n", false}, /* broken, but not at its end */
        {"CREATE TABLE t (a int DEFAULT 'x' y', b int);\nINSERT INTO t (a) VALUES (2);\n", false},
        {"COPY t (a) FROM stdin;\n1\n\\.\n", false},
        {"COPY t (a) FROM stdin;\n1\n\\.", false},
        {"COPY t (a) FROM stdin;\n1\n", true},
        {"COPY t (a) FROM stdin;\n1\n\\", true},
        {"-- MySQL dump 10.13  Distrib 8.0\nINSERT INTO t VALUES (1);\n-- Dump completed on 2021-05-01\n", false},
        {"-- MySQL dump 10.13  Distrib 8.0\nINSERT INTO t VALUES (1);\n", true},
        {"-- MySQL dump 10.9\nINSERT INTO t VALUES (1);\n", false}, /* which ended without a word */
        {"-- MariaDB dump 10.19  Distrib\nINSERT INTO t VALUES (1);\n-- Dump completed", false},
        {"-- MariaDB dump 10.19  Distrib\nINSERT INTO t VALUES (1);\n-- Dump compl", true},
        {"--\n-- PostgreSQL database dump\n--\nINSERT INTO t VALUES (1);\n--\n-- PostgreSQL database dump complete\n--\n", false},
        {"--\n-- PostgreSQL database dump\n--\nINSERT INTO t VALUES (1);\n", true},
        {"-- PostgreSQL database cluster dump\n-- PostgreSQL database dump\n-- PostgreSQL database dump complete\nINSERT INTO t VALUES (1);\n", true},
        {"BEGIN TRANSACTION;\nINSERT INTO t VALUES (1);\nCOMMIT;\n", false},
        {"BEGIN TRANSACTION;\nINSERT INTO t VALUES (1);\nROLLBACK; -- due to errors\n", false},
        {"BEGIN TRANSACTION;\nINSERT INTO t VALUES (1);\n", true},
        {"BEGIN TRANSACTION\nINSERT INTO t VALUES (1)\n", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t seen = 1; seen < 200; seen += 11) {
            bool broke_off;
            free(read_to_the_end((struct span){cases[i].text, strlen(cases[i].text)}, false, seen, seen, &broke_off));
            if (broke_off != cases[i].broke_off) fail_msg("%s: %d", cases[i].text, broke_off);
        }
}

static void nothing_is_gone_through_again_and_again(void **unused)
{
    (void)unused;
    enum { BYTES = 4 << 20 };
    static const struct {
        const char *begin, *again, *end;
    } cases[] = {{"INSERT INTO t (a) VALUES ", "(1\n", ""},
                 {"INSERT INTO t (a) VALUES ", "('a','b\n", ""},
                 {"INSERT INTO t (a) VALUES ", "('O'B\n", ""},
                 {"INSERT INTO t (a) VALUES (1", "+a$b$", ")"},
                 {"INSERT INTO t (a) VALUES (1", "+$b$c$b", ")"},
                 {"INSERT INTO t (a) VALUES ", "($b$\n", ""},
                 {"INSERT INTO t (a) VALUES (1),", "+", ""},
                 {"INSERT INTO t (a) VALUES (1)", "/* c */", ""},
                 {"", "create table t(a\n", ""},
                 {"", "create table t(a int,\n", ")"},
                 {"", "replace\n", ""},
                 {"", "insert into t.\n", ""},
                 {"", "/*!1 ", ""},
                 {"", "SET a;insert into t(a) values (1);", ""},
                 {"", "SET a;", ""},
                 {"", "/*c*/", ""},
                 {"COPY t (a) FROM stdin;\n", "\\\\N\t\"", "\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes text = {0};
        say(&text, cases[i].begin, strlen(cases[i].begin));
        while (text.count < BYTES) say(&text, cases[i].again, strlen(cases[i].again));
        say(&text, cases[i].end, strlen(cases[i].end));
        struct headers headers = {.count = 0};
        struct sql *sql = NULL;
        struct fault fault;
        struct sql_stretches stretches = {0};
        size_t cut;
        bool backslash;
        (void)sql_begins((struct span){text.at, 256 << 10}, &backslash);
        assert_int_equal(sql_open(false, (struct sql_plan_source){header_note, &headers, NULL}, &sql, &fault), STATUS_OK);
        assert_int_equal(sql_cut(sql, text.at, text.count, text.count, true, &stretches, &cut, &fault), STATUS_OK);
        assert_int_equal(cut, text.count);
        struct bytes page = {0};
        for (size_t k = 0; k < stretches.count; k++) say_stretch(&page, text.at, &stretches.at[k], false);
        bytes_free(&page);
        bytes_free(&text);
        free(stretches.at);
        sql_close(sql);
        for (size_t k = 0; k < headers.count; k++) free(headers.rows[k]);
    }
}

/* Says of tables whose keys are longer than this how many columns they have. */
static bool long_ones(void *context, const struct sql_columns *columns, size_t *column_count, const void **plan)
{
    size_t *asked = context;
    static const char own[] = "own";
    ++*asked;
    *plan = columns->key.len > 5 ? own : NULL;
    if (columns->count == 0) *column_count = 7;
    return true;
}

static const void *shared(void *context, struct span header_row, size_t column_count)
{
    (void)header_row;
    (void)column_count;
    return context;
}

static void tables_may_have_a_plan_of_their_own(void **unused)
{
    (void)unused;
    static const char dump[] = "CREATE TABLE long_a (x text);\nCREATE TABLE b (x text);\nINSERT INTO long_a VALUES (1);\nINSERT INTO b VALUES (1);\n"
                               "INSERT INTO long_c VALUES (1);\nINSERT INTO d VALUES (1);\nINSERT INTO db.long_a VALUES (1);\n";
    static const size_t columns[] = {1, 1, 7, 0, 1};
    size_t asked = 0, cut, at = 0;
    struct sql *sql = NULL;
    struct fault fault;
    struct sql_stretches stretches = {0};
    assert_int_equal(sql_open(true, (struct sql_plan_source){shared, &asked, long_ones}, &sql, &fault), STATUS_OK);
    assert_int_equal(sql_cut(sql, dump, strlen(dump), strlen(dump), true, &stretches, &cut, &fault), STATUS_OK);
    const struct sql_table *first = NULL;
    for (size_t i = 0; i < stretches.count; i++) {
        const struct sql_table *table = stretches.at[i].table;
        if (stretches.at[i].kind != SQL_TUPLE) continue;
        assert_int_equal(table == NULL ? 0 : table->column_count, columns[at]);
        if (at == 0) first = table;
        if (at == 0 || at == 2) assert_string_equal(table->plan, "own");
        if (at == 1) assert_ptr_equal(table->plan, &asked);
        if (at == 4) assert_ptr_equal(table, first);
        at++;
    }
    assert_int_equal(at, 5);
    sql_close(sql);
    free(stretches.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tuples_of_mysql_have_the_columns_of_their_table),
        cmocka_unit_test(rows_of_copy_have_the_columns_of_their_statement),
        cmocka_unit_test(statements_of_sqlite_and_of_others_are_understood),
        cmocka_unit_test(what_is_broken_is_text_and_costs_itself_alone),
        cmocka_unit_test(units_that_are_too_long_come_in_pieces_and_the_rest_is_what_it_is),
        cmocka_unit_test(values_become_cells),
        cmocka_unit_test(comments_within_tuples_are_text_behind_them),
        cmocka_unit_test(comments_in_a_long_tuple_do_not_end_it),
        cmocka_unit_test(dumps_are_told_from_what_only_speaks_of_them),
        cmocka_unit_test(backslashes_are_what_the_dump_makes_of_them),
        cmocka_unit_test(text_ends_at_the_line_end_behind_a_gap),
        cmocka_unit_test(a_dump_that_breaks_off_is_told_from_a_whole_one),
        cmocka_unit_test(nothing_is_gone_through_again_and_again),
        cmocka_unit_test(tables_may_have_a_plan_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
