/* Tests of analyzer/decode/markup.c and markup_rows.c: what tables in markup become, however their bytes come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/decode/markup.h"
#include "random.h"

static void expect_rows(const char *form, const char *document, const char *expected)
{
    static const size_t sizes[] = {1 << 20, 1, 2, 7, 100};
    size_t length = strlen(document);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct markup *markup = markup_open(form, NULL);
        struct bytes out = {0};
        assert_non_null(markup);
        for (size_t at = 0; at < length; at += sizes[i])
            assert_true(markup_put(markup, document + at, length - at < sizes[i] ? length - at : sizes[i], &out));
        assert_true(markup_end(markup, &out));
        assert_true(bytes_reserve(&out, 1));
        out.at[out.count] = '\0';
        if (strcmp(out.at, expected) != 0) fail_msg("by %zu bytes:\n%s\ninstead of\n%s", sizes[i], out.at, expected);
        bytes_free(&out);
        markup_close(markup);
    }
}

static char *rows_of(const char *form, const char *document, size_t length, size_t step)
{
    struct markup *markup = markup_open(form, NULL);
    struct bytes out = {0};
    for (size_t at = 0; at < length; at += step) assert_true(markup_put(markup, document + at, length - at < step ? length - at : step, &out));
    assert_true(markup_end(markup, &out));
    assert_true(bytes_reserve(&out, 1));
    out.at[out.count] = '\0';
    markup_close(markup);
    return out.at;
}

static void rows_of_a_page_stand_under_the_names_of_their_columns(void **unused)
{
    (void)unused;
    expect_rows("html",
                "<!DOCTYPE html><html><head><title>All  cars</title></head><body>\n<h1>Export</h1>of <b>to</b>day"
                "<table border=\"1\"><thead><tr><th>Customer\n ID</th><th>VIN &amp; more</th><th></th></tr></thead>"
                "<tr><td>C-1</td><td> J<b>T</b>N <td>it's &lt;x&#62;&#x41;&nbsp;&eacute;</tr><tr><td>C-2</table>behind</body></html>",
                "-- All cars\n-- Export\n-- of today\nINSERT INTO \"table 1\" (\"Customer ID\",\"VIN & more\",\"column 3\") VALUES\n"
                "('C-1','JTN','it''s <x>A &eacute;'),\n('C-2',,),\n;\n-- behind\n");
}

static void rows_of_a_spreadsheet_stand_in_their_columns(void **unused)
{
    (void)unused;
    expect_rows("spreadsheet",
                "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:x\"><DocumentProperties><Author>me</Author></DocumentProperties><Worksheet ss:Name=\"1\"><Table>"
                "<Row><Cell><Data ss:Type=\"String\">Report</Data></Cell></Row><Row ss:Index=\"3\"><Cell><Data>Customer ID</Data></Cell><Cell><Data>VIN</Data></Cell>"
                "<Cell><Data>IMEI</Data></Cell></Row>\n<Row><Cell><Data>C-1</Data></Cell><Cell ss:Index=\"3\" ss:StyleID=\"s62\"><Data ss:Type=\"Number\">356250090901175</Data>"
                "<Comment ss:Author=\"x\"><ss:Data>a note</ss:Data></Comment></Cell><Cell><Data>more</Data></Cell></Row><Row/><Row><Cell ss:MergeAcross=\"1\"><Data>C-2</Data></Cell>"
                "<Cell><Data><![CDATA[<1 & 2>]]></Data></Cell></Row></Table></Worksheet><Worksheet><Table><Row><Cell><Data>7</Data></Cell><Cell><Data>a</Data></Cell></Row>"
                "<Row><Cell><Data>8</Data></Cell></Row></Table></Worksheet></Workbook>",
                "-- me\n-- Report\nINSERT INTO \"table 1\" (\"Customer ID\",\"VIN\",\"IMEI\") VALUES\n('C-1',,'356250090901175'),\n-- more\n-- a note\n"
                "('C-2',,'<1 & 2>'),\n;\nINSERT INTO \"table 2\"  VALUES\n('7','a'),\n('8',),\n;\n");
}

static void cells_over_many_rows_do_not_make_much_of_little(void **unused)
{
    (void)unused;
    enum { ROWS = 20000, TEXT = 20000 };
    char *document = malloc(ROWS * 16 + TEXT + 256);
    size_t length = (size_t)sprintf(document, "<table><tr><th>a<th>b<tr><td rowspan=999999>");
    memset(document + length, 'x', TEXT);
    length += TEXT;
    length += (size_t)sprintf(document + length, "<td>1");
    for (int i = 0; i < ROWS; i++) length += (size_t)sprintf(document + length, "<tr><td>%d", i % 10);
    char *whole = rows_of("html", document, length, length), *pieces = rows_of("html", document, length, 333);
    assert_string_equal(whole, pieces);
    assert_true(strlen(whole) < 32 * length);
    size_t rows = 0;
    for (const char *at = whole; (at = strstr(at, "'),\n")) != NULL; at++) rows++;
    assert_int_equal(rows, ROWS + 1);
    free(document);
    free(whole);
    free(pieces);
}

static void pairs_of_names_and_values_have_no_header(void **unused)
{
    (void)unused;
    expect_rows("html", "<table><tr><td>Customer ID<td>C-1<tr><td>VIN<td>JTNE1ED5XFU509127</table>",
                "INSERT INTO \"table 1\"  VALUES\n('Customer ID','C-1'),\n('VIN','JTNE1ED5XFU509127'),\n;\n");
}

static void cells_over_several_rows_and_columns_keep_the_others_in_place(void **unused)
{
    (void)unused;
    expect_rows("html", "<table><tr><th>a<th>b<tr><td rowspan=2><td>1<tr><td>2</table>", "INSERT INTO \"table 1\" (\"a\",\"b\") VALUES\n(,'1'),\n(,'2'),\n;\n");
    expect_rows("html",
                "<table><tr><th>a<th>b<th>c<tr><td rowspan=2>1<td colspan=2>2<tr><td>3<td>4<tr><td>5<td>6<td>7<td>8</table>",
                "INSERT INTO \"table 1\" (\"a\",\"b\",\"c\") VALUES\n('1','2',),\n('1','3','4'),\n('5','6','7'),\n-- 8\n;\n");
}

static void what_may_hold_an_identifier_is_text_wherever_it_stands(void **unused)
{
    (void)unused;
    expect_rows("html",
                "<table><tr><td>a<td>b<tr data-vin=\"JTNE1ED5XFU509127\"><td bgcolor=\"#123456\">1<td><a href=\"mailto:a@b.c\">2</a></tr>"
                "<!-- imei\n356250090901175 --><!-- none --></table><script>var x = '<td>';\ny</script>z<style>p {}</style>",
                "INSERT INTO \"table 1\" (\"a\",\"b\") VALUES\n('1','2'),\n-- tr data-vin=\"JTNE1ED5XFU509127\"\n-- a href=\"mailto:a@b.c\"\n"
                "--  imei 356250090901175 \n;\n-- var x = '<td>';\n-- y\n-- z\n-- p {}\n");
}

/* Names of columns are no values, but a table of them alone, and a name that is a number, says something. */
static void what_a_header_says_is_not_lost(void **unused)
{
    (void)unused;
    expect_rows("html", "<table><tr><th>VIN<th>JTNE1ED5XFU509127</tr></table>", "-- JTNE1ED5XFU509127\n-- VIN\n");
    expect_rows("html", "<table><tr><th>VIN<th>1 JTNE1ED5XFU509127<tr><th>a<th>b<tr><td>1<td>2</table>",
                "-- 1 JTNE1ED5XFU509127\n-- VIN\nINSERT INTO \"table 1\" (\"a\",\"b\") VALUES\n('1','2'),\n;\n");
    expect_rows("html", "<table><tr><td>an@a.example<td>Berlin<td>x<tr><td>bo@a.example<td>Tokyo<td>y</table>",
                "-- an@a.example\nINSERT INTO \"table 1\" (\"an@a.example\",\"Berlin\",\"x\") VALUES\n('bo@a.example','Tokyo','y'),\n;\n");
}

static void a_tag_of_several_lines_is_one_of_text(void **unused)
{
    (void)unused;
    expect_rows("html", "<p id=1234567\nclass=x\r\n>y", "-- p id=1234567 class=x  \n-- y\n");
}

/* Elements that belong to no cell hold nothing that is shown, by the rules; what somebody wrote there is still there. */
static void what_no_cell_shows_is_text_where_it_may_identify(void **unused)
{
    (void)unused;
    expect_rows("sheet", "<sheetData><row><c t=\"str\"><x>a 1234567</x><v>1</v>7654321<v>2</v></c></row></sheetData>",
                "-- 12\n-- 1234567\n-- 7654321\n");
    expect_rows("texts", "<sst><si><t>a</t><x>1234567 b</x></si>7654321 c</sst>", "-- 1234567\n-- a\n-- 7654321\n");
    expect_rows("sheet", "<sheetData><row><c><v>12</v><f>3</f></c></row></sheetData>", "-- 12\n");
}

static void rows_of_open_document_are_what_their_attributes_say(void **unused)
{
    (void)unused;
    expect_rows("opendocument",
                "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\"><office:body><office:spreadsheet>"
                "<table:table table:name=\"Cars\"><table:table-column table:number-columns-repeated=\"16384\"/>"
                "<table:table-row><table:table-cell office:value-type=\"string\"><text:p>Customer ID</text:p></table:table-cell><table:table-cell><text:p>IMEI</text:p></table:table-cell>"
                "<table:table-cell><text:p>Seen</text:p></table:table-cell><table:table-cell><text:p>Note</text:p></table:table-cell></table:table-row>\n"
                "<table:table-row table:number-rows-repeated=\"2\"><table:table-cell office:value-type=\"string\"><text:p>C-<text:span>1</text:span></text:p></table:table-cell>"
                "<table:table-cell office:value-type=\"float\" office:value=\"356250090901175\"><text:p>3.5625009E+14</text:p></table:table-cell>"
                "<table:table-cell office:value-type=\"date\" office:date-value=\"2021-05-01T06:00:00\"><text:p>1. Mai</text:p></table:table-cell>"
                "<table:table-cell><office:annotation><dc:date>2021</dc:date><text:p>a note</text:p></office:annotation><text:p>two<text:s/>lines</text:p><text:p>it's</text:p></table:table-cell>"
                "<table:table-cell table:number-columns-repeated=\"16380\"/></table:table-row>"
                "<table:table-row><table:table-cell table:number-columns-repeated=\"2\"><text:p>x</text:p></table:table-cell><table:covered-table-cell/>"
                "<table:table-cell office:value-type=\"float\" office:value=\"3.5E+14\" table:formula=\"of:=&quot;7654321&quot;\"/></table:table-row>"
                "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row></table:table>"
                "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row></table:table-header-rows>"
                "<table:table-row><table:table-cell office:string-value=\"y\"/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>",
                "INSERT INTO \"table 1\" (\"Customer ID\",\"IMEI\",\"Seen\",\"Note\") VALUES\n"
                "('C-1','356250090901175','2021-05-01T06:00:00','two lines it''s'),\n('C-1','356250090901175','2021-05-01T06:00:00','two lines it''s'),\n-- 3.5625009E+14\n-- 2021 a note\n"
                "('x','x',,'350000000000000'),\n-- table:table-cell office:value-type=\"float\" office:value=\"       \" table:formula=\"of:=&quot;7654321&quot;\"/\n;\n"
                "INSERT INTO \"table 2\" (\"1\") VALUES\n('y'),\n;\n");
}

static void repeats_do_not_make_much_of_little(void **unused)
{
    (void)unused;
    static const char document[] = "<document><table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row>"
                                   "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell table:number-columns-repeated=\"1000\"><text:p>some text of no meaning</text:p>"
                                   "</table:table-cell></table:table-row></table:table></document>";
    char *whole = rows_of("opendocument", document, sizeof document - 1, sizeof document), *pieces = rows_of("opendocument", document, sizeof document - 1, 7);
    assert_string_equal(whole, pieces);
    assert_in_range(strlen(whole), 4096, 256 << 10);
    free(whole);
    free(pieces);
}

static void what_is_no_markup_is_text(void **unused)
{
    (void)unused;
    expect_rows("html", "a < b & c &amp d<table><tr><td>1 <2<td>x</table><p", "-- a < b & c &amp d\nINSERT INTO \"table 1\"  VALUES\n('1 <2','x'),\n;\n-- p\n");
    expect_rows("html", "<table><tr><td>never ends &#1", "-- never ends &#1\n");
}

static void any_bytes_are_the_same_in_any_pieces(void **unused)
{
    (void)unused;
    static const char *const parts[] = {"<table>", "</table>", "<tr>", "<tr/>", "<td>", "<td rowspan=3 colspan='2'>", "<th>", "</td>", "x", "7", " ", "\n", "&", "&#1", ";", "<", ">",
                                        "<!--", "-->", "<script>", "</script>", "<![CDATA[", "]]>", "\"", "='", "<Row>", "<Cell ss:Index=\"9999999\">", "</Cell>", "<Comment>",
                                        "</Comment>", "<Table>", "1234567@", "'"};
    uint64_t random = 7;
    for (int round = 0; round < 3000; round++) {
        char document[2048] = "";
        size_t length = 0;
        for (int i = 0; i < 60; i++) {
            const char *part = parts[random_next(&random) % (sizeof parts / sizeof parts[0])];
            length += (size_t)snprintf(document + length, sizeof document - length, "%s", part);
        }
        const char *form = round % 2 ? "html" : "spreadsheet";
        char *whole = rows_of(form, document, length, length), *pieces = rows_of(form, document, length, 1 + (size_t)round % 5);
        assert_string_equal(whole, pieces);
        free(whole);
        free(pieces);
    }
}

static bool breaks_off(const char *form, const char *document)
{
    struct markup *markup = markup_open(form, NULL);
    struct bytes out = {0};
    assert_true(markup_put(markup, document, strlen(document), &out) && markup_end(markup, &out));
    bool broke_off = markup_broke_off(markup);
    bytes_free(&out);
    markup_close(markup);
    return broke_off;
}

static void a_document_without_its_end_is_told_from_a_whole_one(void **unused)
{
    (void)unused;
    assert_false(breaks_off("html", "<table><tr><td>1</table>"));
    assert_true(breaks_off("html", "<table><tr><td>1"));
    assert_true(breaks_off("html", "<table><tr><td>1</table><p cla"));
    assert_false(breaks_off("spreadsheet", "<ss:Workbook><Table><Row/></Table></ss:Workbook>\n"));
    assert_true(breaks_off("spreadsheet", "<Workbook><Table><Row/></Table>"));
    assert_false(breaks_off("sheet", "<worksheet><sheetData/></worksheet>"));
    assert_true(breaks_off("sheet", "<worksheet><sheetData/>"));
    assert_true(breaks_off("texts", "<sst><si>"));
}

static const char *form_of(const char *text)
{
    const char *form = markup_sniff(text, strlen(text));
    return form == NULL ? "" : form;
}

static void documents_of_tables_are_told_from_others(void **unused)
{
    (void)unused;
    assert_string_equal(form_of("<html><body><table><tr><td>1"), "html");
    assert_string_equal(form_of("\xEF\xBB\xBF \n<!-- x --><!DOCTYPE HTML>\n<HTML><TABLE border=1><TR><TH>1"), "html");
    assert_string_equal(form_of("<table><tr><td>1"), "html");
    assert_string_equal(form_of("<html><body><p>1"), "");
    assert_string_equal(form_of("<rows><table><tr><td>1"), "");
    assert_string_equal(form_of("<table name=\"a\"><row>1"), "");
    assert_string_equal(form_of("<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<ss:Workbook xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">"),
                        "spreadsheet");
    assert_string_equal(form_of("<Workbook xmlns=\"urn:other\">"), "");
    assert_string_equal(form_of(""), "");
    assert_string_equal(form_of("a<table><tr><td>"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_page_stand_under_the_names_of_their_columns),
        cmocka_unit_test(rows_of_a_spreadsheet_stand_in_their_columns),
        cmocka_unit_test(cells_over_many_rows_do_not_make_much_of_little),
        cmocka_unit_test(pairs_of_names_and_values_have_no_header),
        cmocka_unit_test(cells_over_several_rows_and_columns_keep_the_others_in_place),
        cmocka_unit_test(what_may_hold_an_identifier_is_text_wherever_it_stands),
        cmocka_unit_test(what_a_header_says_is_not_lost),
        cmocka_unit_test(a_tag_of_several_lines_is_one_of_text),
        cmocka_unit_test(what_no_cell_shows_is_text_where_it_may_identify),
        cmocka_unit_test(rows_of_open_document_are_what_their_attributes_say),
        cmocka_unit_test(repeats_do_not_make_much_of_little),
        cmocka_unit_test(what_is_no_markup_is_text),
        cmocka_unit_test(a_document_without_its_end_is_told_from_a_whole_one),
        cmocka_unit_test(any_bytes_are_the_same_in_any_pieces),
        cmocka_unit_test(documents_of_tables_are_told_from_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
