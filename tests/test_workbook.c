/* Tests of analyzer/decode/workbook.c: what a workbook's texts and styles are, and its dates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../analyzer/decode/markup.h"
#include "../analyzer/decode/workbook.h"

/* Two stored parts, one behind the other. */
struct file {
    const char *bytes;
    size_t length;
};

static bool file_read_at(void *context, uint64_t offset, char *bytes, size_t count)
{
    const struct file *file = context;
    if (offset + count > file->length) return false;
    memcpy(bytes, file->bytes + offset, count);
    return true;
}

static const char texts[] = "<sst xmlns=\"spreadsheetml/\"><si><t>C-1</t></si><si><r><t>a </t></r><r><t>&lt;b&gt;</t></r><rPh><t>no</t></rPh></si><si/><si><t>last</t></si></sst>";
static const char styles[] = "<styleSheet><numFmts><numFmt numFmtId=\"165\" formatCode=\"[$-409]d/m/yy;@\"/><numFmt numFmtId=\"166\" formatCode=\"0.00&quot;days&quot;\"/></numFmts>"
                             "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/><xf numFmtId=\"165\"/><xf numFmtId=\"166\"/></cellXfs>"
                             "<cellStyles><xf numFmtId=\"14\"/></cellStyles></styleSheet>";

static struct workbook *make(struct file *file, char *bytes)
{
    size_t first = strlen(texts), second = strlen(styles);
    memcpy(bytes, texts, first);
    memcpy(bytes + first, styles, second);
    *file = (struct file){bytes, first + second};
    struct byte_reader below = {.context = file, .read_at = file_read_at};
    struct workbook_part parts[] = {{0, first, false}, {first, second, false}};
    struct workbook *workbook = workbook_open(&below, INFLATER_FASTEST, &parts[0], &parts[1]);
    assert_non_null(workbook);
    return workbook;
}

static void texts_have_the_numbers_that_cells_know_them_by(void **unused)
{
    (void)unused;
    char bytes[1024];
    struct file file;
    struct workbook *workbook = make(&file, bytes);
    static const char *const expected[] = {"C-1", "a <b>", "", "last"};
    struct span text;
    assert_true(workbook_has_texts(workbook));
    for (uint64_t i = 0; i < 4; i++) {
        assert_false(workbook_is_used(workbook, i));
        assert_true(workbook_text(workbook, i, &text));
        assert_int_equal(text.len, strlen(expected[i]));
        assert_memory_equal(text.at, expected[i], text.len);
        assert_true(workbook_is_used(workbook, i));
    }
    assert_false(workbook_text(workbook, 4, &text));
    workbook_close(workbook);
}

static void styles_say_what_is_a_date(void **unused)
{
    (void)unused;
    char bytes[1024];
    struct file file;
    struct workbook *workbook = make(&file, bytes);
    static const bool expected[] = {false, true, true, false, false};
    for (uint64_t i = 0; i < 5; i++) assert_int_equal(workbook_shows_dates(workbook, i), expected[i]);
    workbook_close(workbook);
}

static void days_are_dates_of_the_calendar(void **unused)
{
    (void)unused;
    static const struct {
        double days;
        const char *date;
    } cases[] = {{61, "1900-03-01"}, {36526, "2000-01-01"}, {36585, "2000-02-29"}, {44317.25, "2021-05-01T06:00:00"}, {44561.99999, "2021-12-31T23:59:59"},
                 {44561.999999, "2022-01-01"}, {60, ""}, {0.5, ""}, {-1, ""}, {200000, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[WORKBOOK_DATE_SIZE] = "";
        assert_int_equal(workbook_date(cases[i].days, text), strlen(cases[i].date));
        assert_string_equal(text, cases[i].date);
    }
}

static void what_cannot_be_read_gives_no_texts(void **unused)
{
    (void)unused;
    struct file file = {"<sst><si><t>a", 13};
    struct byte_reader below = {.context = &file, .read_at = file_read_at};
    struct workbook_part beyond = {5, 100, false}, none = {0, 0, false}, damaged = {0, 13, true};
    struct span text;
    const struct workbook_part *const parts[] = {&beyond, &none, &damaged};
    for (size_t i = 0; i < 3; i++) {
        struct workbook *workbook = workbook_open(&below, INFLATER_FASTEST, parts[i], &none);
        assert_non_null(workbook);
        assert_false(workbook_has_texts(workbook));
        assert_false(workbook_text(workbook, 0, &text));
        workbook_close(workbook);
    }
}

static void cells_of_a_sheet_are_resolved(void **unused)
{
    (void)unused;
    char bytes[1024];
    struct file file;
    struct workbook *workbook = make(&file, bytes);
    static const char sheet[] = "<worksheet xmlns=\"spreadsheetml/2006/main\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>3</v></c><c r=\"C1\" t=\"inlineStr\"><is><t>in </t><t>line</t></is></c></row>\n"
                                "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c> <c r=\"B2\" s=\"2\"><v>44317</v></c><c r=\"C2\"><f>A2&amp;\"1234567\"</f><v>1.5E+3</v></c><c r=\"E2\" t=\"str\"><v>x y</v></c></row>"
                                "<row r=\"3\"/><row r=\"4\"><c r=\"B4\" t=\"s\"><v>99</v></c><c r=\"C4\" t=\"b\"><v>1</v></c></row></sheetData></worksheet>";
    static const char expected[] = "INSERT INTO \"table 1\" (\"last\",\"column 2\",\"in line\") VALUES\n('C-1','2021-05-01','1500'),\n-- x y\n-- A2&\"1234567\"\n(,,'1'),\n;\n";
    for (size_t step = 1; step <= sizeof sheet; step += 50) {
        struct markup *markup = markup_open("sheet", workbook);
        struct bytes out = {0};
        for (size_t at = 0; at < sizeof sheet - 1; at += step)
            assert_true(markup_put(markup, sheet + at, sizeof sheet - 1 - at < step ? sizeof sheet - 1 - at : step, &out));
        assert_true(markup_end(markup, &out));
        assert_int_equal(markup_lost(markup), 1);
        if (out.count != sizeof expected - 1) fail_msg("%.*s", (int)out.count, out.at);
        assert_memory_equal(out.at, expected, out.count);
        bytes_free(&out);
        markup_close(markup);
    }
    workbook_close(workbook);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_have_the_numbers_that_cells_know_them_by),
        cmocka_unit_test(styles_say_what_is_a_date),
        cmocka_unit_test(days_are_dates_of_the_calendar),
        cmocka_unit_test(what_cannot_be_read_gives_no_texts),
        cmocka_unit_test(cells_of_a_sheet_are_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
