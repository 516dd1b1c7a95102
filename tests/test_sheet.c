#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../analyzer/support/sheet.h"

static char folder[] = "/tmp/test_sheet_XXXXXX";

static void write_file(const char *bytes, size_t count)
{
    char path[64];
    snprintf(path, sizeof path, "%s/a.csv", folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static struct sheet *open_text(const char *text)
{
    struct fault fault;
    struct sheet *sheet = NULL;
    write_file(text, strlen(text));
    assert_int_equal(sheet_open(folder, "a.csv", &sheet, &fault), STATUS_OK);
    return sheet;
}

/* All cells of the next row, what they say, each behind a '|'. */
static void assert_row(struct sheet *sheet, uint64_t line, const char *expected)
{
    struct fault fault;
    struct sheet_row row;
    struct span cells[SHEET_COLUMNS_MAX];
    char text[256] = "", said[128];
    assert_int_equal(sheet_next(sheet, &row, &fault), STATUS_OK);
    assert_int_equal(row.line, line);
    sheet_split(sheet, &row, cells);
    for (size_t i = 0; i < sheet_column_count(sheet); i++) {
        size_t len = sheet_unquote(cells[i], said);
        snprintf(text + strlen(text), sizeof text - strlen(text), "|%.*s", (int)len, said);
    }
    assert_string_equal(text, expected);
}

static void assert_end(struct sheet *sheet)
{
    struct fault fault;
    struct sheet_row row;
    assert_int_equal(sheet_next(sheet, &row, &fault), STATUS_END);
    assert_int_equal(sheet_next(sheet, &row, &fault), STATUS_END);
    sheet_close(sheet);
}

/* Reads until the refusal and looks at what it says. */
static void assert_refused(const char *text, const char *part)
{
    struct fault fault = {0};
    struct sheet *sheet = NULL;
    struct sheet_row row;
    write_file(text, strlen(text));
    enum status status = sheet_open(folder, "a.csv", &sheet, &fault);
    while (status == STATUS_OK)
        status = sheet_next(sheet, &row, &fault);
    sheet_close(sheet);
    assert_int_equal(status, STATUS_USAGE);
    if (strstr(fault.message, part) == NULL || strstr(fault.message, "a.csv") == NULL)
        fail_msg("\"%s\" does not say \"%s\"", fault.message, part);
}

static void rows_are_given_one_after_another(void **state)
{
    (void)state;
    struct sheet *sheet = open_text("a,b,c\n1,2,3\n,,\nx,,z\n");
    assert_int_equal(sheet_column_count(sheet), 3);
    size_t column = 9;
    assert_true(sheet_column_find(sheet, (struct span){"c", 1}, &column));
    assert_int_equal(column, 2);
    assert_false(sheet_column_find(sheet, (struct span){"cc", 2}, &column));
    assert_row(sheet, 2, "|1|2|3");
    assert_row(sheet, 3, "|||");
    assert_row(sheet, 4, "|x||z");
    assert_end(sheet);
}

static void quotes_hold_commas_quotes_and_line_breaks(void **state)
{
    (void)state;
    struct sheet *sheet = open_text("a,b\n\"1,\"\"2\"\"\",\"\"\nx,\"\n\n\"\n\"\"\"\",y\n\",\",\",\"\n");
    assert_row(sheet, 2, "|1,\"2\"|");
    assert_row(sheet, 3, "|x|\n\n");
    assert_row(sheet, 6, "|\"|y");
    assert_row(sheet, 7, "|,|,");
    assert_end(sheet);
}

static void a_header_alone_is_an_empty_sheet(void **state)
{
    (void)state;
    assert_end(open_text("customer_id,tier\n"));
}

static void one_column_may_be_empty(void **state)
{
    (void)state;
    struct sheet *sheet = open_text("a\n\nx\n");
    assert_row(sheet, 2, "|");
    assert_row(sheet, 3, "|x");
    assert_end(sheet);
}

static void rows_longer_than_the_buffer_are_whole(void **state)
{
    (void)state;
    enum { LONG = 3 << 20 };
    char *text = malloc(2 * LONG + 64);
    assert_non_null(text);
    size_t count = (size_t)sprintf(text, "a,b\n\"");
    memset(text + count, '\n', LONG);
    count += LONG;
    count += (size_t)sprintf(text + count, "\",1\n");
    memset(text + count, 'x', LONG);
    count += LONG;
    count += (size_t)sprintf(text + count, ",2\n3,4\n");
    write_file(text, count);
    free(text);
    struct fault fault;
    struct sheet *sheet = NULL;
    struct sheet_row row;
    assert_int_equal(sheet_open(folder, "a.csv", &sheet, &fault), STATUS_OK);
    assert_int_equal(sheet_next(sheet, &row, &fault), STATUS_OK);
    assert_int_equal(row.len, LONG + 4);
    assert_int_equal(sheet_next(sheet, &row, &fault), STATUS_OK);
    assert_int_equal(row.len, LONG + 2);
    assert_int_equal(row.line, LONG + 3);
    assert_row(sheet, LONG + 4, "|3|4");
    assert_end(sheet);
}

static void damage_is_refused_with_its_line(void **state)
{
    (void)state;
    assert_refused("", "line 1: the header is missing");
    assert_refused("a,b", "line 1: the file ends");
    assert_refused("a,b\n1,2\n1,2", "line 3: the file ends");
    assert_refused("a,b\n1,2\n\"1,2\n3,4\n", "line 3: the file ends");
    assert_refused("a,b\n1,2,3\n", "line 2: 3 columns, but the header has 2");
    assert_refused("a,b\n1,\"\n\"\n1\n", "line 4: 1 columns, but the header has 2");
    assert_refused("a,b\n1,x\"y\"\n", "line 2: a quote stands");
    assert_refused("a,b\n\"x\"y,1\n", "line 2: a quote stands");
    assert_refused("a,b\n\n", "line 2: 1 columns");
    assert_refused("a,a\n", "line 1: two columns have one name");
    assert_refused("a,\n", "line 1: this is no header");
    assert_refused("a,b\r\n", "line 1: this is no header");
    assert_refused("\xEF\xBB\xBF" "a,b\n", "line 1: this is no header");
    assert_refused("\"a\",b\n", "line 1: this is no header");
    assert_refused("\n", "line 1: this is no header");
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    struct fault fault;
    struct sheet *sheet = NULL;
    assert_int_equal(sheet_open(folder, "none.csv", &sheet, &fault), STATUS_USAGE);
    assert_non_null(strstr(fault.message, "none.csv: cannot be opened: No such file"));
    assert_int_equal(sheet_open(folder, ".", &sheet, &fault), STATUS_USAGE);
    assert_null(sheet);
}

/* Any cut of a good file is refused or ends at a row; nothing else can happen. */
static void a_cut_file_never_gives_half_a_row(void **state)
{
    (void)state;
    static const char text[] = "a,b\n1,\"2\n\"\n\"\",x\n";
    for (size_t count = 4; count < sizeof text - 1; count++) {
        struct fault fault;
        struct sheet *sheet = NULL;
        struct sheet_row row;
        write_file(text, count);
        assert_int_equal(sheet_open(folder, "a.csv", &sheet, &fault), STATUS_OK);
        enum status status = STATUS_OK;
        while (status == STATUS_OK)
            status = sheet_next(sheet, &row, &fault);
        assert_int_equal(status, count == 4 || count == 11 ? STATUS_END : STATUS_USAGE);
        sheet_close(sheet);
    }
}

static int make(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int clear(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/a.csv", folder);
    return unlink(path) != 0 || rmdir(folder) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_given_one_after_another),
        cmocka_unit_test(quotes_hold_commas_quotes_and_line_breaks),
        cmocka_unit_test(a_header_alone_is_an_empty_sheet),
        cmocka_unit_test(one_column_may_be_empty),
        cmocka_unit_test(rows_longer_than_the_buffer_are_whole),
        cmocka_unit_test(damage_is_refused_with_its_line),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(a_cut_file_never_gives_half_a_row),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
