/* Tests of analyzer/record/record_csv.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/record/record_csv.h"
#include "block_making.h"
#include "page.h"
#include "random.h"

enum { FIELDS_MAX = 64 };

/* ------------------------------------------------------------------ reading as text */

/* Reads whole rows and writes them to the page. with_marks: quoted fields are marked. */
static void page_read(struct page *page, const char *bytes, size_t length, char delimiter, bool with_marks)
{
    struct block block = block_make(bytes, length, SHAPE_CSV, delimiter);
    uint32_t bounds[FIELDS_MAX + 1];
    bool quoted[FIELDS_MAX];
    struct csv_rows rows = {block.bytes, block.words, 0, length, delimiter, bounds, quoted, FIELDS_MAX, 0};
    struct csv_row row;
    char *plain = malloc(length + 1);
    while (csv_next(&rows, &row)) {
        assert_true(row.start <= row.end && row.end <= length);
        for (size_t i = 0; i < row.field_count && i < FIELDS_MAX; i++) {
            struct csv_field field = csv_field_at(&rows, row.has_quoted, i);
            assert_true(row.start <= field.start && field.start <= field.end && field.end <= row.end);
            struct span value = {block.bytes + field.start, field.end - field.start};
            const char *mark = field.quoted && with_marks ? "'" : "";
            size_t plain_length = value.len;
            if (field.quoted) plain_length = csv_unquote(value, plain);
            else memcpy(plain, value.at, value.len);
            assert_true(plain_length <= value.len);
            page_add(page, "<", 1);
            page_add(page, mark, strlen(mark));
            page_add(page, plain, plain_length);
            page_add(page, mark, strlen(mark));
            page_add(page, ">", 1);
        }
        page_add(page, "\n", 1);
    }
    free(plain);
    block_free(&block);
}

static void expect_rows(const char *bytes, char delimiter, const char *expected)
{
    struct page page = {NULL, 0, 0};
    page_read(&page, bytes, strlen(bytes), delimiter, true);
    assert_string_equal(page.text == NULL ? "" : page.text, expected);
    free(page.text);
}

/* ------------------------------------------------------------------ rows and fields */

static void rows_end_with_a_line_feed_with_or_without_carriage_return_or_with_the_bytes(void **unused)
{
    (void)unused;
    expect_rows("", ',', "");
    expect_rows("a,b\nc,d\n", ',', "<a><b>\n<c><d>\n");
    expect_rows("a,b\r\nc,d\r\n", ',', "<a><b>\n<c><d>\n");
    expect_rows("a,b\nc,d", ',', "<a><b>\n<c><d>\n");
    expect_rows("a,b\nc,d\r", ',', "<a><b>\n<c><d>\n");
    expect_rows("a\rb,c\n", ',', "<a\rb><c>\n");
    expect_rows("a", ',', "<a>\n");
}

static void empty_fields_and_empty_rows_are_there(void **unused)
{
    (void)unused;
    expect_rows(",\n", ',', "<><>\n");
    expect_rows(",,", ',', "<><><>\n");
    expect_rows("\n\r\n", ',', "<>\n<>\n");
    expect_rows("a,\n,b\n", ',', "<a><>\n<><b>\n");
    expect_rows("\"\",\"\"\n", ',', "<''><''>\n");
    expect_rows("a,", ',', "<a><>\n");
}

static void other_delimiters_leave_the_comma_alone(void **unused)
{
    (void)unused;
    expect_rows("a,b;c\n", ';', "<a,b><c>\n");
    expect_rows("a\tb,\"c\n", '\t', "<a><b,\"c>\n");
    expect_rows("a|\"b|c\"\n", '|', "<a><'b|c'>\n");
    expect_rows("a,\"b\n", '\x1f', "<a,\"b>\n");
    expect_rows("\"a,b\"\nc\n", '\x1f', "<'a,b'>\n<c>\n");
}

static void quotes_hide_delimiters_and_line_ends(void **unused)
{
    (void)unused;
    expect_rows("\"a,b\",c\n", ',', "<'a,b'><c>\n");
    expect_rows("\"a\nb\",c\nd,e\n", ',', "<'a\nb'><c>\n<d><e>\n");
    expect_rows("a,\"b\r\nc\"\r\nd,e\r\n", ',', "<a><'b\r\nc'>\n<d><e>\n");
    expect_rows("a,\"b\"", ',', "<a><'b'>\n");
    expect_rows("a,\"b\"\r", ',', "<a><'b'>\n");
}

static void doubled_quotes_become_one(void **unused)
{
    (void)unused;
    expect_rows("\"a\"\"b\"\n", ',', "<'a\"b'>\n");
    expect_rows("\"\"\"\"\n", ',', "<'\"'>\n");
    expect_rows("\"\"\"a\"\"\",\"b\"\n", ',', "<'\"a\"'><'b'>\n");
    expect_rows("\"\"\"\n\"\"\"\n", ',', "<'\"\n\"'>\n");
}

static void a_stray_quote_inside_a_field_is_a_character(void **unused)
{
    (void)unused;
    expect_rows("a\"b,c\nd,e\n", ',', "<a\"b><c>\n<d><e>\n");
    expect_rows("5\" pipe,6\" pipe\n", ',', "<5\" pipe><6\" pipe>\n");
    expect_rows(" \"a,b\"\n", ',', "< \"a><b\">\n");
    expect_rows("a\"\"b,c\n", ',', "<a\"\"b><c>\n");
}

static void a_stray_quote_at_the_start_of_a_field_costs_its_own_row_only(void **unused)
{
    (void)unused;
    expect_rows("\"a\"b,c\nd,e\n", ',', "<\"a\"b><c>\n<d><e>\n");
    expect_rows("\"a\" ,c\nd,e\n", ',', "<\"a\" ><c>\n<d><e>\n");
    expect_rows("\"a,b\nc,d\ne,\"f\" g\n", ',', "<\"a><b>\n<c><d>\n<e><\"f\" g>\n");
    expect_rows("\"a\"\rb,c\n", ',', "<\"a\"\rb><c>\n");
}

static void a_quote_that_nothing_closes_is_a_character(void **unused)
{
    (void)unused;
    expect_rows("a,\"b\nc,d\n", ',', "<a><\"b>\n<c><d>\n");
    expect_rows("\"", ',', "<\">\n");
    expect_rows("a,\"", ',', "<a><\">\n");
    expect_rows("\"a\"\"\nb,c\n", ',', "<\"a\"\">\n<b><c>\n");
}

static void a_quote_that_is_open_at_the_end_is_told(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        size_t unclosed; /* behind it */
    } cases[] = {{"a,\"b", 3}, {"a,\"b\nc,\"\"", 3}, {"a,\"b\"\nc,\"d\"\"", 9}, {"a,\"b\"c", 0}, {"a,b\"c", 0}, {"a,\"b\"", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char block[64 + SHAPE_PADDING] = "";
        struct shape_word words[2];
        uint32_t bounds[5];
        bool quoted[4];
        size_t length = strlen(cases[i].text);
        memcpy(block, cases[i].text, length);
        shape_portable(block, length, SHAPE_CSV, ',', words);
        struct csv_rows rows = {block, words, 0, length, ',', bounds, quoted, 4, 0};
        struct csv_row row;
        while (csv_next(&rows, &row)) {}
        assert_int_equal(rows.unclosed, cases[i].unclosed);
    }
}

static void a_quoted_field_has_a_length_that_ends_it(void **unused)
{
    (void)unused;
    static const size_t lengths[] = {CSV_QUOTED_MAX - 2, CSV_QUOTED_MAX - 1, CSV_QUOTED_MAX + 5};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t content = lengths[i], length = content + 8;
        char *text = malloc(length + 1);
        memset(text, 'x', length);
        text[0] = '"', text[1 + content / 2] = '\n', text[1 + content] = '"';
        memcpy(text + 2 + content, ",c\nd,e", 6);
        struct page page = {NULL, 0, 0};
        page_read(&page, text, length, ',', true);
        bool quoted = page.text[1] == '\'';
        assert_int_equal(quoted, i == 0);
        size_t rows = 0;
        for (size_t k = 0; k < page.length; k++) rows += page.text[k] == '\n';
        assert_int_equal(rows, 3); /* with the line feed inside the field, or the row that it then ends */
        assert_memory_equal(page.text + page.length - 7, "<d><e>\n", 7);
        assert_int_equal(csv_cut(text, length, ',', false), 2 + content + 3);
        free(page.text);
        free(text);
    }
}

static void more_fields_than_asked_for_are_counted(void **unused)
{
    (void)unused;
    char block[16 + SHAPE_PADDING] = "a,b,c,\"d\"\n";
    struct shape_word words[2];
    shape_portable(block, 10, SHAPE_CSV, ',', words);
    uint32_t bounds[4] = {0, 0, 0, 77};
    bool quoted[3] = {false, false, true};
    struct csv_rows rows = {block, words, 0, 10, ',', bounds, quoted, 2, 0};
    struct csv_row row;
    assert_true(csv_next(&rows, &row));
    assert_int_equal(row.field_count, 4);
    assert_int_equal(csv_field_at(&rows, row.has_quoted, 1).start, 2);
    assert_int_equal(csv_field_at(&rows, row.has_quoted, 1).end, 3);
    assert_int_equal(bounds[3], 77);
    assert_true(quoted[2]);
    assert_int_equal(row.start, 0);
    assert_int_equal(row.end, 9);
    assert_false(csv_next(&rows, &row));
}

static void rows_may_begin_anywhere_in_the_block(void **unused)
{
    (void)unused;
    char block[16 + SHAPE_PADDING] = "x,\"\na,b\nc";
    struct shape_word words[2];
    shape_portable(block, 9, SHAPE_CSV, ',', words);
    uint32_t bounds[5];
    bool quoted[4];
    struct csv_rows rows = {block, words, 4, 8, ',', bounds, quoted, 4, 0};
    struct csv_row row;
    assert_true(csv_next(&rows, &row));
    assert_int_equal(row.start, 4);
    assert_int_equal(row.field_count, 2);
    assert_int_equal(csv_field_at(&rows, row.has_quoted, 1).end, 7);
    assert_false(csv_next(&rows, &row));
}

/* ------------------------------------------------------------------ cutting */

static size_t cut_of(const char *bytes, bool at_end)
{
    return csv_cut(bytes, strlen(bytes), ',', at_end);
}

static void a_cut_stands_behind_the_last_whole_row(void **unused)
{
    (void)unused;
    assert_int_equal(cut_of("a,b\nc,d", false), 4);
    assert_int_equal(cut_of("a,b\nc,d", true), 7);
    assert_int_equal(cut_of("a,b", false), 0);
    assert_int_equal(cut_of("", false), 0);
    assert_int_equal(cut_of("a,\"b\nc\"\n", false), 8);
    assert_int_equal(cut_of("a,\"b\nc\"", false), 0);
    assert_int_equal(cut_of("a,b\nc,\"d\ne", false), 4);
    assert_int_equal(cut_of("a,b\n\"d\"\n\"e", false), 8);
    assert_int_equal(cut_of("a,b\n\"d\"\r", false), 4);
    assert_int_equal(cut_of("a,b\n\"d\"", false), 4);
    assert_int_equal(cut_of("a\"b\n", false), 4);
}

/* Rows from the whole are those from blocks, whatever the size of a block. */
static void rows_do_not_depend_on_where_blocks_are_cut(void **unused)
{
    (void)unused;
    enum { CASES = 20000, LENGTH_MAX = 48 };
    static const char alphabet[] = "a,\"\n\r1";
    char text[LENGTH_MAX];
    struct page whole = {NULL, 0, 0}, parts = {NULL, 0, 0};
    page_add(&whole, "", 0);
    page_add(&parts, "", 0);
    for (int round = 0; round < CASES; round++) {
        size_t length = random_below(LENGTH_MAX + 1);
        for (size_t i = 0; i < length; i++) text[i] = alphabet[random_below(6)];
        whole.length = 0;
        page_add(&whole, "", 0);
        page_read(&whole, text, length, ',', true);
        for (size_t block = 1; block <= length; block++) {
            parts.length = 0;
            page_add(&parts, "", 0);
            for (size_t from = 0; from < length;) {
                size_t taken = 0;
                for (size_t looked = block; taken == 0; looked += block) {
                    bool at_end = from + looked >= length;
                    taken = csv_cut(text + from, at_end ? length - from : looked, ',', at_end);
                }
                page_read(&parts, text + from, taken, ',', true);
                from += taken;
            }
            if (strcmp(whole.text, parts.text) != 0)
                fail_msg("blocks of %zu: \"%.*s\" gives\n%s\nwhole:\n%s", block, (int)length, text, parts.text, whole.text);
        }
    }
    free(whole.text);
    free(parts.text);
}

/* ------------------------------------------------------------------ beside libcsv */

static void oracle_field(void *bytes, size_t length, void *page)
{
    page_add(page, "<", 1);
    page_add(page, bytes, length);
    page_add(page, ">", 1);
}

static void oracle_row(int end, void *page)
{
    (void)end;
    page_add(page, "\n", 1);
}

static size_t make_field(char *out)
{
    static const char plain[] = "abz019.-_ \xE8", special[] = "abz,\"\n\r 01";
    size_t length = 0, count = random_below(9);
    if (random_below(3) != 0) {
        out[length++] = 'f'; /* libcsv drops blanks at both ends of a bare field */
        for (size_t i = 0; i < count; i++) out[length++] = plain[random_below(sizeof plain - 1)];
        out[length++] = 'f';
        return length;
    }
    out[length++] = '"';
    for (size_t i = 0; i < count; i++) {
        char c = special[random_below(sizeof special - 1)];
        if (c == '"') out[length++] = c;
        out[length++] = c;
    }
    out[length++] = '"';
    return length;
}

static void well_formed_tables_are_read_as_libcsv_reads_them(void **unused)
{
    (void)unused;
    char text[8192];
    for (int round = 0; round < 3000; round++) {
        size_t length = 0, rows = 1 + random_below(8), columns = 1 + random_below(10);
        const char *line_end = random_below(2) == 0 ? "\n" : "\r\n";
        for (size_t r = 0; r < rows; r++) {
            for (size_t c = 0; c < columns; c++) {
                if (c > 0) text[length++] = ',';
                length += make_field(text + length);
            }
            if (r + 1 == rows && random_below(2) == 0) break;
            length += (size_t)sprintf(text + length, "%s", line_end);
        }
        struct page ours = {NULL, 0, 0}, theirs = {NULL, 0, 0};
        page_read(&ours, text, length, ',', false);
        struct csv_parser parser;
        assert_int_equal(csv_init(&parser, 0), 0);
        assert_int_equal(csv_parse(&parser, text, length, oracle_field, oracle_row, &theirs), length);
        csv_fini(&parser, oracle_field, oracle_row, &theirs);
        csv_free(&parser);
        assert_string_equal(ours.text, theirs.text);
        free(ours.text);
        free(theirs.text);
    }
}

static void unquoting_undoes_doubled_quotes_only(void **unused)
{
    (void)unused;
    static const struct {
        const char *field, *plain;
    } cases[] = {{"", ""}, {"a", "a"}, {"a\"\"b", "a\"b"}, {"\"\"\"\"", "\"\""}, {"\"\"", "\""}, {"a\\\"\"", "a\\\""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[16] = "";
        size_t length = csv_unquote((struct span){cases[i].field, strlen(cases[i].field)}, out);
        assert_int_equal(length, strlen(cases[i].plain));
        assert_memory_equal(out, cases[i].plain, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_end_with_a_line_feed_with_or_without_carriage_return_or_with_the_bytes),
        cmocka_unit_test(empty_fields_and_empty_rows_are_there),
        cmocka_unit_test(other_delimiters_leave_the_comma_alone),
        cmocka_unit_test(quotes_hide_delimiters_and_line_ends),
        cmocka_unit_test(doubled_quotes_become_one),
        cmocka_unit_test(a_stray_quote_inside_a_field_is_a_character),
        cmocka_unit_test(a_stray_quote_at_the_start_of_a_field_costs_its_own_row_only),
        cmocka_unit_test(a_quote_that_nothing_closes_is_a_character),
        cmocka_unit_test(a_quote_that_is_open_at_the_end_is_told),
        cmocka_unit_test(a_quoted_field_has_a_length_that_ends_it),
        cmocka_unit_test(more_fields_than_asked_for_are_counted),
        cmocka_unit_test(rows_may_begin_anywhere_in_the_block),
        cmocka_unit_test(a_cut_stands_behind_the_last_whole_row),
        cmocka_unit_test(rows_do_not_depend_on_where_blocks_are_cut),
        cmocka_unit_test(well_formed_tables_are_read_as_libcsv_reads_them),
        cmocka_unit_test(unquoting_undoes_doubled_quotes_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
