/* Tests of analyzer/record/record_json_parts.c: values that are too long to be read as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/record/record_json_parts.h"
#include "part_printing.h"
#include "run_making.h"
#include "scanning.h"

enum { ELEMENT_MAX = 300 };

/* ------------------------------------------------------------------ parts */

static void expect_parts(const char *text, size_t run_max, size_t element_max, const char *expected)
{
    expect_parts_of(&record_json_parts, text, run_max, element_max, expected);
}

static void elements_come_with_what_stands_before_them(void **unused)
{
    (void)unused;
    expect_parts("{\"a\": {\"b\": [1, \"x,]\"]}, \"list\": [{\"n\":1}, {\"n\":2} ,{\"n\":3}], \"c\":true}", 16, 20,
                 "part {\"a\":{\"b\":[1,\"x,]\"]},\"list\":[null]} > {\"n\":1}, {\"n\":2}\n"
                 "part {\"a\":{\"b\":[1,\"x,]\"]},\"list\":[null]} > {\"n\":3}\n"
                 "level {\"a\":{\"b\":[1,\"x,]\"]},\"list\":[],\"c\":true} > \nleft 0\n");
}

static void an_element_that_is_too_long_is_entered_and_left(void **unused)
{
    (void)unused;
    expect_parts("{\"list\":[{\"id\":1,\"in\":[{\"n\":1},{\"n\":2}]},{\"id\":2},7,[8]]}tail", 8, 16,
                 "part {\"list\":[{\"id\":1,\"in\":[null]}]} > {\"n\":1}\n"
                 "part {\"list\":[{\"id\":1,\"in\":[null]}]} > {\"n\":2}\n"
                 "level {\"list\":[{\"id\":1,\"in\":[]}]} > \n"
                 "part {\"list\":[null]} > {\"id\":2}\n"
                 "level {\"list\":[7,[8]]} > \nleft 4\n");
}

static void what_breaks_the_rules_ends_the_value(void **unused)
{
    (void)unused;
    expect_parts("{\"a\":1,\"list\":[{\"n\":1}],oops}", 8, 16, "part {\"a\":1,\"list\":[null]} > {\"n\":1}\nbreak {\"a\":1,\"list\":[]} > \nleft 6\n");
    expect_parts("{\"list\":[{\"n\":1},{\"n\"", 8, 16, "part {\"list\":[null]} > {\"n\":1}\nbreak {\"list\":[]} > \nleft 4\n");
    expect_parts("{\"list\":[{\"n\":1}}", 8, 16, "part {\"list\":[null]} > {\"n\":1}\nbreak {\"list\":[]} > \nleft 1\n");
}

/* Which members of an object of over PART_MAP_MIN bytes are elements: their names, or '-' for what is none. */
static void expect_elements(const char *const *members, size_t count, const char *expected)
{
    const struct part_format *format = &record_json_parts;
    void *parts = format->open();
    char *text = malloc(count * (PART_MAP_MIN + 4096)), print[256] = "";
    size_t length = 0, at = 0;
    text[length++] = '{';
    for (size_t i = 0; i < count; i++) {
        size_t blob = strcspn(members[i], "$");
        if (i > 0) text[length++] = ',';
        memcpy(text + length, members[i], blob);
        length += blob;
        if (members[i][blob] == '\0') continue;
        memset(text + length, 'x', PART_MAP_MIN);
        length += PART_MAP_MIN;
        length += (size_t)sprintf(text + length, "%s", members[i] + blob + 1);
    }
    text[length++] = '}';
    assert_true(format->begin(parts, &at));
    for (size_t looked = 9000; format->inside(parts); looked += 50000) { /* as much as has been read by and by */
        bool all = at + looked >= length;
        struct part part = format->next(parts, text + at, all ? length - at : looked, all ? EDGE_END : EDGE_OPEN, 1, 8 * PART_MAP_MIN);
        if (part.kind == PART_ELEMENTS) {
            assert_true(part.is_members);
            strncat(print, text + at + part.start + 1, 2);
        }
        if (part.kind == PART_LEVEL || part.kind == PART_BREAK) strcat(print, part.kind == PART_LEVEL ? "." : "!");
        format->leave(parts, &part);
        at += part.taken;
    }
    assert_string_equal(print, expected);
    format->close(parts);
    free(text);
}

static void few_members_that_are_alike_are_elements(void **unused)
{
    (void)unused;
#define CUSTOMER "{\"customer_id\":1,\"vin\":2,\"x\":\""
    static const char *const long_ones[] = {"\"C1\":" CUSTOMER "$\"}", "\"C2\":" CUSTOMER "$\"}", "\"C3\":" CUSTOMER "\"}"};
    expect_elements(long_ones, 3, "C1C2C3.");
    /* Short ones, of which the second shows what they are; whatever stands before them. */
    static const char *const short_ones[] = {"\"at\":1", "\"is\":{\"a\":1}", "\"C1\":" CUSTOMER "\"}", "\"C2\":" CUSTOMER "\"}", "\"C3\":" CUSTOMER "$\"}"};
    expect_elements(short_ones, 5, "isC1C2C3.");
    /* Without numbers, where they have much in common. */
    static const char *const unnumbered[] = {"\"an\":" CUSTOMER "\"}", "\"bo\":" CUSTOMER "$\"}"};
    expect_elements(unnumbered, 2, "anbo.");
    /* Parts of one thing. */
    static const char *const parts[] = {"\"customer\":{\"id\":1,\"name\":2}", "\"vehicle\":{\"id\":1,\"vin\":2,\"list\":[{}]}"};
    expect_elements(parts, 2, ".");
    static const char *const numbered_parts[] = {"\"v1\":{\"id\":1,\"vin\":2,\"y\":[\"$\"]}", "\"d2\":{\"id\":1,\"imei\":2,\"z\":3}", "\"v3\":{\"id\":1,\"vin\":2,\"y\":3}"};
    expect_elements(numbered_parts, 3, "v1v3.");
#undef CUSTOMER
}

/* ------------------------------------------------------------------ documents by chance */

struct page {
    char *text;
    size_t length, capacity;
};

static void page_put(struct page *page, const char *text)
{
    size_t length = strlen(text);
    if (page->length + length + 1 > page->capacity) {
        page->capacity = 2 * (page->capacity + length + 64);
        page->text = realloc(page->text, page->capacity);
        assert_non_null(page->text);
    }
    memcpy(page->text + page->length, text, length + 1);
    page->length += length;
}

struct making {
    struct chance chance;
    struct page page;
    bool is_pretty, names_first;
    unsigned next;
    int depth;
};

static void line_break(struct making *making)
{
    if (!making->is_pretty) return;
    page_put(&making->page, "\n");
    for (int i = 0; i < making->depth; i++) page_put(&making->page, "  ");
}

static void put_identity(struct making *making)
{
    char text[160];
    unsigned number = making->next++;
    static const char *const kinds[] = {"\"customer_id\": \"C-%u\"", "\"imei\":\"35625009090%04u\"", "\"time\":\"2023-04-17T08:15:%02uZ\"",
                                        "\"note\":\"}]\\\"{[ \\\\%u\"", "\"position\":{\"lat\":35.%06u1,\"lon\":139.123456}", "\"list\":[%u,[2],\"x\"]"};
    unsigned kind = chance_below(&making->chance, 6);
    snprintf(text, sizeof text, kinds[kind], kind == 2 ? number % 60 : number % 10000);
    page_put(&making->page, text);
}

static void put_object(struct making *making);

static void put_array(struct making *making)
{
    char text[32];
    snprintf(text, sizeof text, "\"items%u\":[", making->next++ % 3);
    page_put(&making->page, text);
    making->depth++;
    for (unsigned i = 0, count = chance_below(&making->chance, 5); i < count; i++) {
        if (i > 0) page_put(&making->page, ",");
        line_break(making);
        if (chance_below(&making->chance, 9) == 0) page_put(&making->page, "17");
        else put_object(making);
    }
    making->depth--;
    line_break(making);
    page_put(&making->page, "]");
}

static void put_object(struct making *making)
{
    unsigned members = 1 + chance_below(&making->chance, 3), arrays = making->depth < 5 ? chance_below(&making->chance, 3) : 0;
    page_put(&making->page, "{");
    making->depth++;
    for (unsigned i = 0; i < members + arrays; i++) {
        if (i > 0) page_put(&making->page, ",");
        line_break(making);
        bool is_array = making->names_first ? i >= members : chance_below(&making->chance, members + arrays) >= members;
        if (is_array && making->depth < 6) put_array(making);
        else put_identity(making);
    }
    making->depth--;
    line_break(making);
    page_put(&making->page, "}");
}

static void make_documents(struct making *making, bool breaks)
{
    for (unsigned i = 0; i < 4; i++) {
        if (breaks && chance_below(&making->chance, 3) == 0) page_put(&making->page, i % 2 == 0 ? "some text, 12\n" : "[");
        put_object(making);
        if (chance_below(&making->chance, 2) == 0) page_put(&making->page, i % 2 == 0 ? "\n" : " ");
    }
    if (!breaks) return;
    static const char odd[] = "{}[]\",:\\\n x0";
    for (unsigned i = 0, count = 1 + chance_below(&making->chance, 4); i < count; i++)
        making->page.text[chance_below(&making->chance, (unsigned)making->page.length)] = odd[chance_below(&making->chance, sizeof odd - 1)];
    if (chance_below(&making->chance, 4) == 0) making->page.length -= making->page.length / 3;
}

static void expect_equal(const char *expected, char *text, const struct making *making, const char *how)
{
    if (strcmp(expected, text) != 0) fail_msg("%s:\n%s\ninstead of\n%s\nfor\n%.*s", how, text, expected, (int)making->page.length, making->page.text);
    free(text);
}

static void neither_blocks_nor_reads_nor_threads_show_in_parts(void **unused)
{
    (void)unused;
    for (unsigned seed = 0; seed < 100; seed++) {
        struct making making = {.chance = {seed * 7919 + 1}, .is_pretty = seed % 2 == 0};
        make_documents(&making, seed % 3 != 0);
        struct scanning *scanning = scanning_make();
        scanning->unit_bytes_max = ELEMENT_MAX;
        scanning_file(scanning, "x.json", making.page.text, making.page.length);
        scanning_run(scanning, NULL, 1 << 20, 0, 1);
        char *expected = scanning_print(scanning);
        static const size_t blocks[] = {1, 50, 200, 1000};
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
            scanning_run(scanning, NULL, blocks[i], i % 2 == 0 ? 0 : 1, 1 + (int)(i % 2) * 2);
            expect_equal(expected, scanning_print(scanning), &making, "other blocks");
        }
        free(expected);
        scanning_close(scanning);
        free(making.page.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_come_with_what_stands_before_them),
        cmocka_unit_test(an_element_that_is_too_long_is_entered_and_left),
        cmocka_unit_test(what_breaks_the_rules_ends_the_value),
        cmocka_unit_test(few_members_that_are_alike_are_elements),
        cmocka_unit_test(neither_blocks_nor_reads_nor_threads_show_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
