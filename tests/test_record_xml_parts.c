/* Tests of analyzer/record/record_xml_parts.c: documents that are too long to be read as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/record/record_xml_parts.h"
#include "part_printing.h"
#include "run_making.h"
#include "scanning.h"

enum { ELEMENT_MAX = 300 };

/* ------------------------------------------------------------------ parts */

static void expect_parts(const char *text, size_t run_max, size_t element_max, const char *expected)
{
    expect_parts_of(&record_xml_parts, text, run_max, element_max, expected);
}

static void elements_of_one_name_come_with_what_stands_before_them(void **unused)
{
    (void)unused;
    expect_parts("<g a='1'><meta><n>x</n></meta> <p i='1'/><!-- > --><p i='2'/>\n<p i='3'></p><q>y</q></g>", 26, 32,
                 "part <g a='1'><meta><n>x</n></meta>  > <p i='1'/>\n"
                 "part <g a='1'><meta><n>x</n></meta> <!-- > --> > <p i='2'/>\n<p i='3'></p>\n"
                 "level <g a='1'><meta><n>x</n></meta> <!-- > --><q>y</q> > \nleft 0\n");
}

static void an_element_that_is_too_long_is_entered_and_left(void **unused)
{
    (void)unused;
    expect_parts("<g><t><n>1</n><p i='1'/><p i='2'/></t><t><n>2</n></t></g>tail", 8, 24,
                 "part <g><t><n>1</n> > <p i='1'/>\npart <g><t><n>1</n> > <p i='2'/>\nlevel <g><t><n>1</n> > \n"
                 "level <g><t><n>2</n></t> > \nleft 4\n");
}

static void a_document_type_is_part_of_every_context(void **unused)
{
    (void)unused;
    expect_parts("<!DOCTYPE g [<!ENTITY e \"<x>\">]>\n<g><p a=\"&e;\"/><p/></g>", 99, 40,
                 "part <!DOCTYPE g [<!ENTITY e \"<x>\">]><g> > <p a=\"&e;\"/>\n"
                 "level <!DOCTYPE g [<!ENTITY e \"<x>\">]><g><p/> > \nleft 0\n");
}

static void what_breaks_the_rules_ends_the_document(void **unused)
{
    (void)unused;
    expect_parts("<g><p i='1'/><p i='2'/></h></g>", 99, 24, "part <g> > <p i='1'/><p i='2'/>\nbreak <g> > \nleft 8\n");
    expect_parts("<g><p i='1'/><p i='2'/><p", 99, 24, "part <g> > <p i='1'/><p i='2'/>\nbreak <g> > \nleft 2\n");
    expect_parts("<g><p i='1'/><p i='2'/> < </g>", 99, 24, "part <g> > <p i='1'/><p i='2'/>\nbreak <g>  > \nleft 6\n");
}

/* ------------------------------------------------------------------ documents by chance */

struct making {
    struct chance chance;
    char *text;
    size_t length, capacity;
    bool is_pretty;
    unsigned next;
    int depth;
};

static void put(struct making *making, const char *text)
{
    size_t length = strlen(text);
    if (making->length + length + 1 > making->capacity) {
        making->capacity = 2 * (making->capacity + length + 64);
        making->text = realloc(making->text, making->capacity);
        assert_non_null(making->text);
    }
    memcpy(making->text + making->length, text, length + 1);
    making->length += length;
}

static void line_break(struct making *making)
{
    if (!making->is_pretty) return;
    put(making, "\n");
    for (int i = 0; i < making->depth; i++) put(making, "  ");
}

static void put_plain(struct making *making)
{
    char text[160];
    unsigned number = making->next++;
    static const char *const kinds[] = {"<customer_id>C-%u</customer_id>", "<imei>35625009090%04u</imei>", "<time>2023-04-17T08:15:%02uZ</time>",
                                        "<note><![CDATA[<x>%u]]> &lt; &#x41;</note>", "<position><lat>35.%06u1</lat><lon>139.123456</lon></position>",
                                        "<!-- <a> %u -->", "text %u", "<coordinates>139.1234,35.%06u1,0</coordinates>"};
    unsigned kind = chance_below(&making->chance, 8);
    snprintf(text, sizeof text, kinds[kind], kind == 2 ? number % 60 : number % 10000);
    put(making, text);
}

static void put_element(struct making *making, const char *name)
{
    char text[96];
    unsigned number = making->next++, children = chance_below(&making->chance, 4);
    if (chance_below(&making->chance, 3) == 0) snprintf(text, sizeof text, "<%s>", name);
    else snprintf(text, sizeof text, chance_below(&making->chance, 2) == 0 ? "<%s customer_id=\"C-%u\">" : "<%s imei='35625009090%04u'>", name, number % 10000);
    put(making, text);
    making->depth++;
    for (unsigned i = 0; i < children; i++) {
        static const char *const names[] = {"trip", "x:point", "car"};
        line_break(making);
        if (making->depth > 5 || chance_below(&making->chance, 2) == 0) {
            put_plain(making);
            continue;
        }
        const char *child = names[chance_below(&making->chance, 3)];
        for (unsigned k = 0, count = chance_below(&making->chance, 4); k < count; k++) {
            line_break(making);
            put_element(making, child);
        }
    }
    making->depth--;
    line_break(making);
    snprintf(text, sizeof text, "</%s>", name);
    put(making, text);
}

static void make_documents(struct making *making, bool breaks)
{
    put(making, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    for (unsigned i = 0; i < 4; i++) {
        if (breaks && chance_below(&making->chance, 3) == 0) put(making, i % 2 == 0 ? "some text, 12\n" : "<?xml version=\"1.0\"?>");
        if (chance_below(&making->chance, 4) == 0) put(making, "<!DOCTYPE g [\n<!ENTITY e 'value'>\n]>\n");
        put_element(making, "root");
        if (chance_below(&making->chance, 2) == 0) put(making, i % 2 == 0 ? "\n" : " ");
    }
    if (!breaks) return;
    static const char odd[] = "<>/\"'&;=![]\n x0-";
    for (unsigned i = 0, count = 1 + chance_below(&making->chance, 4); i < count; i++)
        making->text[100 + chance_below(&making->chance, (unsigned)making->length - 100)] = odd[chance_below(&making->chance, sizeof odd - 1)];
    if (chance_below(&making->chance, 4) == 0) making->length -= making->length / 3;
}

static void expect_equal(const char *expected, char *text, const struct making *making, const char *how)
{
    if (strcmp(expected, text) != 0) fail_msg("%s:\n%s\ninstead of\n%s\nfor\n%.*s", how, text, expected, (int)making->length, making->text);
    free(text);
}

static void neither_blocks_nor_reads_nor_threads_show_in_parts(void **unused)
{
    (void)unused;
    for (unsigned seed = 0; seed < 100; seed++) {
        struct making making = {.chance = {seed * 7919 + 1}, .is_pretty = seed % 2 == 0};
        make_documents(&making, seed % 3 != 0);
        struct scanning *scanning = scanning_make();
        scanning->unit_bytes_max = seed % 5 == 0 ? 0 : ELEMENT_MAX;
        scanning_file(scanning, "x.xml", making.text, making.length);
        scanning_run(scanning, NULL, 1 << 20, 0, 1);
        if (seed % 3 == 0) assert_memory_equal(scanning_object(scanning, "x.xml")->format, "xml", 4);
        char *expected = scanning_print(scanning);
        static const size_t blocks[] = {1, 50, 200, 1000};
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
            scanning_run(scanning, NULL, blocks[i], i % 2 == 0 ? 0 : 1, 1 + (int)(i % 2) * 2);
            expect_equal(expected, scanning_print(scanning), &making, "other blocks");
        }
        free(expected);
        scanning_close(scanning);
        free(making.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_of_one_name_come_with_what_stands_before_them),
        cmocka_unit_test(an_element_that_is_too_long_is_entered_and_left),
        cmocka_unit_test(a_document_type_is_part_of_every_context),
        cmocka_unit_test(what_breaks_the_rules_ends_the_document),
        cmocka_unit_test(neither_blocks_nor_reads_nor_threads_show_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
