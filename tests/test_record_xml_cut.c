/* Tests of analyzer/record/record_xml_cut.c: where tags and elements end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../analyzer/record/record_xml_cut.h"

static void tokens_end_where_their_brackets_do(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        enum xml_token_kind kind;
        size_t end;
    } rows[] = {{"<a>", XML_START, 3},        {"<a b='>' c=\">\">x", XML_START, 15}, {"<a/>", XML_EMPTY, 4},      {"</a >", XML_END, 5},
                {"<!-- <a> -->", XML_ASIDE, 12}, {"<?a >?>", XML_ASIDE, 7},          {"<![CDATA[<a>]]>", XML_CDATA, 15},
                {"<!DOCTYPE a [<!ENTITY b \">\"><!-- ]> -->]>", XML_DOCTYPE, 41},   {"< a>", XML_NONE, 1},      {"<13>", XML_NONE, 1},
                {"<a <b>", XML_NONE, 1},      {"<a b='<'>", XML_NONE, 1},      {"<", XML_SHORT, 0},                {"<a", XML_SHORT, 0},       {"<a b='>", XML_SHORT, 0},
                {"<!-", XML_SHORT, 0},        {"<!x", XML_NONE, 1},               {"</", XML_SHORT, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xml_token token = record_xml_token(rows[i].text, strlen(rows[i].text), 0);
        if (token.kind != rows[i].kind || (token.kind != XML_SHORT && token.end != rows[i].end))
            fail_msg("%s: kind %d, end %zu", rows[i].text, (int)token.kind, token.end);
    }
}

static void elements_end_behind_their_last_tag(void **unused)
{
    (void)unused;
    bool is_plain;
    static const char nested[] = "<a><a/><b>x</b><!-- </a> --></a><c/>";
    assert_int_equal(record_xml_element_end(nested, strlen(nested), 0, &is_plain), 32);
    assert_false(is_plain);
    assert_int_equal(record_xml_element_end(nested, 31, 0, &is_plain), 0);
    assert_int_equal(record_xml_element_end(nested, strlen(nested), 7, &is_plain), 15);
    assert_true(is_plain);
    assert_int_equal(record_xml_element_end(nested, strlen(nested), 32, &is_plain), 36);
    assert_int_equal(record_xml_name(nested, strlen(nested), 28).len, 1);
}

static size_t cut(const char *text)
{
    return record_xml_cut(text, strlen(text));
}

static void blocks_end_behind_elements_and_lines_of_text(void **unused)
{
    (void)unused;
    assert_int_equal(cut("<a/><b></b><c>"), 11);
    assert_int_equal(cut("<a>\n<b/>\n"), 0);
    assert_int_equal(cut("text\nmore"), 5);
    assert_int_equal(cut("<?xml version='1.0'?>\n<!DOCTYPE a>\n<a>"), 0);
    assert_int_equal(cut("<!-- x -->\ntext\n<a>"), 16);
    assert_int_equal(record_xml_find("text <?x?>\n<a>", 14), 5);
    assert_int_equal(record_xml_find("<?x?> text <a>", 14), 11);
    assert_int_equal(record_xml_find("text", 4), 4);
}

static void documents_are_known_by_their_tags(void **unused)
{
    (void)unused;
    static const char *const documents[] = {"<?xml version='1.0'?><a>", "<a/>", " \n<a><b></b>", "<!DOCTYPE a><a x='1'>text"};
    static const char *const others[] = {"", "a<b>", "<13>Oct 11 host", "<a><b></a>", "<!DOCTYPE html><html><br><p></html>", "</a>", "< a>"};
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
        if (!record_xml_sniff(documents[i], strlen(documents[i]))) fail_msg("no document: %s", documents[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (record_xml_sniff(others[i], strlen(others[i]))) fail_msg("a document: %s", others[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_end_where_their_brackets_do),
        cmocka_unit_test(elements_end_behind_their_last_tag),
        cmocka_unit_test(blocks_end_behind_elements_and_lines_of_text),
        cmocka_unit_test(documents_are_known_by_their_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
