/* Tests of analyzer/record/record_json.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/record/record_json.h"
#include "block_making.h"
#include "page.h"
#include "random.h"

/* ------------------------------------------------------------------ events as lines */

static struct block json_block(const char *bytes, size_t length)
{
    return block_make(bytes, length, SHAPE_JSON, 0);
}

static struct json_parser *parser_open(void)
{
    struct json_parser *parser = NULL;
    struct fault fault;
    assert_int_equal(record_json_open(&parser, &fault), STATUS_OK);
    return parser;
}

enum style {
    EVENTS = 1,  /* levels and ends as well */
    PLACES = 2   /* level number before a field */
};

static void field_print(struct page *page, const struct json_parser *parser, const struct block *block,
                        const struct json_event *event, int style)
{
    char path[1024];
    size_t path_length = record_json_node_path(parser, event->node, path, sizeof path);
    if ((style & PLACES) != 0) page_print(page, "%u ", event->level);
    page_add(page, path, path_length);
    page_add(page, "=", 1);
    struct span value = {block->bytes + event->start, event->end - event->start};
    char *plain = malloc(value.len + 1);
    size_t length = value.len;
    if (event->kind == JSON_STRING) {
        assert_int_equal(event->has_escape, memchr(value.at, '\\', value.len) != NULL);
        length = record_json_unescape(value, plain);
        assert_true(length <= value.len);
        page_add(page, "'", 1);
    } else {
        memcpy(plain, value.at, value.len);
    }
    page_add(page, plain, length);
    page_add(page, "\n", 1);
    free(plain);
}

static void events_print(struct page *page, struct json_parser *parser, const struct block *block, size_t start, size_t end,
                         int style)
{
    record_json_begin(parser, block->bytes, block->words, start, end);
    size_t taken = start;
    uint32_t levels = 0;
    for (;;) {
        struct json_event event = {0};
        enum json_event_kind kind = record_json_next(parser, &event);
        assert_int_equal(kind, event.kind);
        if (kind == JSON_END) return;
        assert_int_not_equal(kind, JSON_NO_MEMORY);
        assert_true(event.end <= end && (event.end == 0 || event.start <= event.end));
        switch (kind) {
        case JSON_STRING:
        case JSON_SCALAR:
            assert_true(event.start >= taken && event.level < levels);
            taken = event.end;
            field_print(page, parser, block, &event, style);
            break;
        case JSON_NAME:
            assert_true(event.start >= taken && event.level < levels && event.node == 0 && !event.in_array);
            taken = event.end;
            if ((style & EVENTS) != 0) page_print(page, "name %u-%u in %u%s\n", event.start, event.end, event.level, event.has_escape ? ", escaped" : "");
            break;
        case JSON_LEVEL_OPEN:
            assert_int_equal(event.level, event.level == 0 ? 0 : levels);
            assert_true(event.level == 0 || event.parent < event.level);
            levels = event.level + 1;
            if ((style & EVENTS) != 0) page_print(page, "level %u in %u\n", event.level, event.parent);
            break;
        case JSON_VALUE_END:
            if ((style & EVENTS) != 0) page_print(page, "end %u-%u\n", event.start, event.end);
            break;
        case JSON_BROKEN:
        case JSON_TEXT:
            if ((style & EVENTS) == 0) break;
            page_print(page, kind == JSON_TEXT ? "text " : "broken ");
            page_add(page, block->bytes + event.start, event.end - event.start);
            page_add(page, "\n", 1);
            break;
        default:
            break;
        }
    }
}

static void expect_events(const char *text, int style, const char *expected)
{
    struct block block = json_block(text, strlen(text));
    struct json_parser *parser = parser_open();
    struct page page = {NULL, 0, 0};
    page_empty(&page);
    events_print(&page, parser, &block, 0, block.length, style);
    assert_string_equal(page.text, expected);
    free(page.text);
    record_json_close(parser);
    block_free(&block);
}

/* ------------------------------------------------------------------ events */

static void an_object_gives_its_fields_with_their_paths(void **unused)
{
    (void)unused;
    expect_events("{\"a\":1,\"b\":\"x\",\"c\":{\"d\":true,\"e\":{\"f\":null}},\"g\":-1.5e3}", 0,
                  "a=1\nb='x\nc.d=true\nc.e.f=null\ng=-1.5e3\n");
    expect_events(" {\r\n\t\"a\" : 1 ,\r\n\t\"b\" : \"x\"\r\n} ", 0, "a=1\nb='x\n");
    expect_events("{}", EVENTS, "level 0 in 0\nend 0-2\n");
    expect_events("", EVENTS, "");
    expect_events(" \r\n\t", EVENTS, "");
}

static void objects_in_arrays_open_levels_and_others_do_not(void **unused)
{
    (void)unused;
    expect_events("{\"u\":7,\"t\":[{\"x\":1,\"p\":{\"y\":2}},{\"x\":3,\"s\":[{\"z\":4}]}],\"v\":8}", EVENTS | PLACES,
                  "level 0 in 0\n0 u=7\nlevel 1 in 0\n1 t.x=1\n1 t.p.y=2\nlevel 2 in 0\n2 t.x=3\n"
                  "level 3 in 2\n3 t.s.z=4\n0 v=8\nend 0-61\n");
}

static void array_positions_are_no_part_of_a_path(void **unused)
{
    (void)unused;
    expect_events("{\"a\":[1,[2,\"three\"],{\"b\":[4]},[[{\"c\":5}]]]}", 0, "a=1\na=2\na='three\na.b=4\na.c=5\n");
    expect_events("{\"a\":[],\"b\":[ ],\"c\":[{}],\"d\":[[],[]]}", 0, "");
}

static void a_path_keeps_its_number_over_values_and_ranges(void **unused)
{
    (void)unused;
    struct json_parser *parser = parser_open();
    static const char *const texts[] = {"{\"a\":1,\"b\":{\"c\":2}}", "{\"b\":{\"c\":2,\"d\":0},\"a\":1}", "{\"c\":1,\"a\":2,\"b\":3}"};
    uint32_t a = 0, c = 0;
    for (size_t i = 0; i < 3; i++) {
        struct block block = json_block(texts[i], strlen(texts[i]));
        record_json_begin(parser, block.bytes, block.words, 0, block.length);
        struct json_event event;
        while (record_json_next(parser, &event) != JSON_END) {
            if (event.kind != JSON_SCALAR) continue;
            char path[8];
            size_t length = record_json_node_path(parser, event.node, path, sizeof path);
            if (length == 1 && path[0] == 'a') {
                assert_true(a == 0 || a == event.node);
                a = event.node;
            }
            if (length == 3 && memcmp(path, "b.c", 3) == 0) {
                assert_true(c == 0 || c == event.node);
                c = event.node;
            }
        }
        block_free(&block);
    }
    assert_int_not_equal(a, 0);
    assert_int_not_equal(c, 0);
    assert_true(record_json_node_count(parser) > c);
    record_json_nodes_reset(parser);
    assert_int_equal(record_json_node_count(parser), 1);
    record_json_close(parser);
    record_json_close(NULL);
}

static void repeated_keys_are_all_given_and_share_a_path(void **unused)
{
    (void)unused;
    expect_events("{\"a\":1,\"a\":2,\"b\":3,\"a\":\"4\"}", 0, "a=1\na=2\nb=3\na='4\n");
}

static void escapes_do_not_end_strings_and_names_are_plain(void **unused)
{
    (void)unused;
    expect_events("{\"a\":\"x\\\"y\",\"b\":\"\\\\\",\"c\":\"\\\\\\\"}\"}", 0, "a='x\"y\nb='\\\nc='\\\"}\n");
    expect_events("{\"v\\u0069n\":\"\\u8eca\\ud83d\\ude00\"}", 0, "vin='\xE8\xBB\x8A\xF0\x9F\x98\x80\n");
    expect_events("{\"{\\\"\":\"[,:]\"}", 0, "{\"='[,:]\n");
    /* A backslash as the last byte of a word of shapes, for each number of them. */
    for (size_t count = 1; count < 6; count++)
        for (size_t at = 50; at < 75; at++) {
            char text[128], expected[128];
            memset(text, 'x', sizeof text);
            memcpy(text, "{\"a\":\"", 6);
            memset(text + at, '\\', 2 * count);
            memcpy(text + at + 2 * count, "\\\"\",\"b\":1}", 11);
            memcpy(expected, "a='", 3);
            memset(expected + 3, 'x', at - 6);
            memset(expected + at - 3, '\\', count);
            memcpy(expected + at - 3 + count, "\"\nb=1\n", 7);
            expect_events(text, 0, expected);
        }
}

static void outermost_arrays_commas_and_line_ends_only_separate(void **unused)
{
    (void)unused;
    expect_events("[{\"a\":1},{\"a\":2}]", EVENTS, "level 0 in 0\na=1\nend 1-8\nlevel 0 in 0\na=2\nend 9-16\n");
    expect_events("{\"a\":1}{\"a\":2}\n{\"a\":3},\n[[{\"a\":4}]]", 0, "a=1\na=2\na=3\na=4\n");
    expect_events("[]", EVENTS, "");
    expect_events(",{\"a\":1}]\n", EVENTS, "level 0 in 0\na=1\nend 1-8\n");
}

static void what_stands_between_objects_is_text(void **unused)
{
    (void)unused;
    expect_events("one {\"a\":1} two {\"a\":2} three", EVENTS,
                  "text one \nlevel 0 in 0\na=1\nend 4-11\ntext  two \nlevel 0 in 0\na=2\nend 16-23\ntext  three\n");
    expect_events("[\"a{b\",7,{\"a\":1}]", EVENTS, "text [\"a{b\",7,\nlevel 0 in 0\na=1\nend 9-16\n");
    expect_events("plain \"text", EVENTS, "text plain \"text\n");
}

static void what_is_no_json_is_said_to_be_broken_and_its_bytes_are_named(void **unused)
{
    (void)unused;
    static const char *const broken[] = {
        "{",           "{\"a\"",        "{\"a\":",       "{\"a\":1",     "{\"a\":1,",   "{\"a\":\"x",   "{\"a\" 1}",
        "{\"a\":}",    "{a:1}",         "{\"a\":1]",     "{\"a\":[1}",   "{\"a\":[1",   "{\"a\"::1}",   "{\"a\":1 \"b\":2}",
        "{\"a\":\"x\"y}", "{\"a\":x\"y\"}", "{:1}",       "{\"a\":{]}",   "{\"a\" x:1}", "{[1]}",        "{\"a\":[1:2]}",
        "{\"a\":[{]}", "{\"a\":\"x\\\"}"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct block block = json_block(broken[i], strlen(broken[i]));
        struct json_parser *parser = parser_open();
        struct page page = {NULL, 0, 0};
        page_empty(&page);
        events_print(&page, parser, &block, 0, block.length, EVENTS);
        char expected[64];
        snprintf(expected, sizeof expected, "broken %s\n", broken[i]);
        size_t tail = strlen(expected);
        if (page.length < tail || strcmp(page.text + page.length - tail, expected) != 0)
            fail_msg("%s gives %s", broken[i], page.text);
        free(page.text);
        record_json_close(parser);
        block_free(&block);
    }
}

static void values_before_a_broken_one_stand(void **unused)
{
    (void)unused;
    expect_events("{\"a\":1}\n{\"a\":2,oops}\n", EVENTS,
                  "level 0 in 0\na=1\nend 0-7\nlevel 0 in 0\na=2\nbroken {\"a\":2,oops}\n");
}

/* Every time it stands there, since no move is kept of it, and once, whatever stands before and behind it. */
static void names_that_may_be_numbers_are_given(void **unused)
{
    (void)unused;
    expect_events("{\"356250090901\":1}{\"356250090901\":1}{\"356250090901\":1}", EVENTS,
                  "level 0 in 0\nname 2-14 in 0\n356250090901=1\nend 0-18\nlevel 0 in 0\nname 20-32 in 0\n356250090901=1\nend 18-36\n"
                  "level 0 in 0\nname 38-50 in 0\n356250090901=1\nend 36-54\n");
    expect_events("{\"a\":[{\"x\":1 , \"abcdefgh2021\" : {}}]}", EVENTS,
                  "level 0 in 0\nlevel 1 in 0\na.x=1\nname 16-28 in 1\nend 0-37\n");
    expect_events("{\"\\u0033\\u0034\":1}", EVENTS, "level 0 in 0\nname 2-14 in 0, escaped\n34=1\nend 0-18\n");
    expect_events("{\"abcdefghijkl202\":1,\"12345678901\":2}", EVENTS,
                  "level 0 in 0\nabcdefghijkl202=1\n12345678901=2\nend 0-37\n");
    expect_events("{\"356250090901\" 1}", EVENTS, "level 0 in 0\nbroken {\"356250090901\" 1}\n");
}

enum { FILL_ROOM = 64, FEW = 16, MANY = 512 };

/* Whether the next events of `one`, less those of a value that turns out broken, are these. */
static void fill_agrees(struct json_parser *one, struct json_parser *many, size_t room)
{
    struct json_event events[FILL_ROOM], event;
    bool goes_on = false;
    for (enum json_event_kind kind = JSON_STRING; kind != JSON_END;) {
        size_t first, count = record_json_fill(many, events, room, &first);
        assert_in_range(count, 1, room);
        for (size_t i = 0; i < count; i++) {
            do kind = record_json_next(one, &event);
            while (!goes_on && events[i].kind == JSON_BROKEN && kind != JSON_BROKEN && kind != JSON_END);
            assert_int_equal(kind, events[i].kind);
            bool has_place = kind != JSON_LEVEL_OPEN && kind != JSON_OBJECT_CLOSE && kind != JSON_END;
            if (has_place) assert_int_equal(event.start, events[i].start);
            if (has_place) assert_int_equal(event.end, events[i].end);
            if (i == first) assert_int_equal(kind, JSON_LEVEL_OPEN);
            if (i == first) assert_int_equal(event.level, 0);
            goes_on = (goes_on || i == first) && kind != JSON_VALUE_END && kind != JSON_BROKEN;
        }
    }
}

static void many_events_at_once_are_the_same_less_those_of_broken_values(void **unused)
{
    (void)unused;
    const char *text = "[{\"356250090901\":1,\"b\":2,\"356250090901\":{}},{\"a\":1,\"b\":[\"x\",{\"c\":\"\\\"\"}]},\n{\"a\":1,\"b\":2,oops},{\"a\":2},\n{ \"a\" : 1 , \"seventeenlettersk\":{}}] text "
                       "{\"a\":1,\"b\":[2,3],\"seventeenlettersk\":{\"a\":\"long enough for two words of sixty-four bytes, and a little more than that\"}} {\"a\":";
    for (size_t room = 1; room <= FILL_ROOM; room++) {
        struct block block = json_block(text, strlen(text));
        struct json_parser *one = parser_open(), *many = parser_open();
        for (int round = 0; round < 3; round++) { /* then all keys are known, then all that stands between values */
            record_json_begin(one, block.bytes, block.words, 0, block.length);
            record_json_begin(many, block.bytes, block.words, 0, block.length);
            fill_agrees(one, many, room);
        }
        record_json_close(one);
        record_json_close(many);
        block_free(&block);
    }
}

static void a_range_is_read_by_itself(void **unused)
{
    (void)unused;
    const char *text = "{\"a\":1}\n{\"b\":\"2\"}\n{\"c\":3}";
    struct block block = json_block(text, strlen(text));
    struct json_parser *parser = parser_open();
    struct page page = {NULL, 0, 0};
    page_empty(&page);
    events_print(&page, parser, &block, 8, 17, EVENTS);
    events_print(&page, parser, &block, 18, 25, EVENTS);
    events_print(&page, parser, &block, 3, 3, EVENTS);
    assert_string_equal(page.text, "level 0 in 0\nb='2\nend 8-17\nlevel 0 in 0\nc=3\nend 18-25\n");
    free(page.text);
    record_json_close(parser);
    block_free(&block);
}

/* Strings of '[' or '{"a":' and nothing else: a parser that calls itself would run out of stack. */
static void a_million_brackets_are_read_without_recursion(void **unused)
{
    (void)unused;
    enum { DEPTH = 1000000 };
    static const struct {
        const char *head, *open, *middle, *close, *tail;
    } shapes[] = {{"{\"a\":", "[", "7", "]", "}"}, {"", "{\"a\":", "7", "}", ""}, {"{\"a\":", "[{\"a\":", "7", "}]", "}"}};
    for (size_t s = 0; s < 3; s++) {
        for (int closed = 0; closed < 2; closed++) {
            struct page text = {NULL, 0, 0};
            page_add(&text, shapes[s].head, strlen(shapes[s].head));
            for (int i = 0; i < DEPTH; i++) page_add(&text, shapes[s].open, strlen(shapes[s].open));
            page_add(&text, shapes[s].middle, 1);
            for (int i = 0; i < DEPTH * closed; i++) page_add(&text, shapes[s].close, strlen(shapes[s].close));
            if (closed == 1) page_add(&text, shapes[s].tail, strlen(shapes[s].tail));
            struct block block = json_block(text.text, text.length);
            struct json_parser *parser = parser_open();
            record_json_begin(parser, block.bytes, block.words, 0, block.length);
            struct json_event event;
            size_t values = 0, ends = 0, broken = 0;
            while (record_json_next(parser, &event) != JSON_END)
                values += event.kind == JSON_SCALAR, ends += event.kind == JSON_VALUE_END, broken += event.kind == JSON_BROKEN;
            assert_int_equal(values, closed);
            assert_int_equal(ends, closed);
            assert_int_equal(broken, !closed);
            assert_int_equal(record_json_cut(text.text, text.length, false, NULL), closed == 1 ? text.length : 0);
            size_t length = 0;
            assert_int_equal(record_json_measure(text.text, text.length, &length), JSON_PREFIX);
            record_json_close(parser);
            block_free(&block);
            free(text.text);
        }
    }
}

/* What reading object by object gives, in a few characters: levels with their parents, objects, closes, and where it was cut. */
static void expect_objects(const char *text, const uint32_t *levels, size_t level_count, const char *expected)
{
    struct block block = json_block(text, strlen(text));
    struct json_parser *parser = parser_open();
    char got[400] = "";
    record_json_begin_objects(parser, block.bytes, block.words, 0, block.length, levels, level_count);
    for (struct json_event event = {0}; event.kind != JSON_END && event.kind != JSON_VALUE_END;) {
        size_t used = strlen(got);
        enum json_event_kind kind = record_json_next(parser, &event);
        assert_int_not_equal(kind, JSON_NO_MEMORY);
        if (kind == JSON_LEVEL_OPEN) sprintf(got + used, "[%u@%u ", event.level, event.start);
        else if (kind == JSON_OBJECT_OPEN) sprintf(got + used, "{%u@%u ", event.object, event.start);
        else if (kind == JSON_OBJECT_CLOSE) sprintf(got + used, "}%u@%u ", event.object, event.end);
        else if (kind == JSON_CUT) sprintf(got + used, "cut@%u%s ", event.end, event.at_end ? " end" : "");
        else if (kind == JSON_VALUE_END) sprintf(got + used, "end@%u ", event.end);
        else if (kind != JSON_END) sprintf(got + used, "%.*s/%u ", (int)(event.end - event.start), block.bytes + event.start, event.level);
    }
    assert_string_equal(got, expected);
    record_json_close(parser);
    block_free(&block);
}

static void a_value_is_read_object_by_object_up_to_where_it_breaks(void **unused)
{
    (void)unused;
    const uint32_t levels[] = {5, 13};
    expect_objects("{\"a\":{\"b\":1},\"c\":[{\"d\":{}}]}", NULL, 0, "[0@0 {2@5 1/0 }2@12 [1@18 {4@23 }4@25 }3@26 end@28 ");
    expect_objects("{\"a\":{\"b\":{},\"c\":2}}", levels, 2, "[0@0 [1@5 {3@10 }3@12 2/1 }2@19 end@20 ");
    expect_objects("{\"a\":{\"b\":1},\"c\":[{\"d\":2},oops{\"d\":3}]}", NULL, 0, "[0@0 {2@5 1/0 }2@12 [1@18 2/1 }3@25 cut@25 }1@25 ");
    expect_objects("{\"a\":{\"b\":1,\"c\":", NULL, 0, "[0@0 {2@5 1/0 cut@11 end }2@11 }1@11 ");
    expect_objects("{\"a\":{\"b\":1,\"c", NULL, 0, "[0@0 {2@5 1/0 cut@11 end }2@11 }1@11 ");
}

static void expect_resumed(const char *text, size_t from, size_t effort, size_t at, size_t length)
{
    size_t value_length = 0, got = record_json_resume(text, from, strlen(text), &effort, &value_length);
    if (got != at || (at < strlen(text) && value_length != length)) fail_msg("%s: %zu, %zu", text, got, value_length);
}

static void reading_is_resumed_at_whole_objects_that_stand_by_themselves(void **unused)
{
    (void)unused;
    expect_resumed("oops {\"a\":1} x", 0, 100, 5, 7);
    expect_resumed("{\"a\" {\"b\":{\"c\":1}},", 0, 100, 5, 13);
    expect_resumed("x,\"v\":{\"b\":1},{\"c\":2}", 0, 100, 14, 7);  /* a member of what broke is none */
    expect_resumed("x},\"v\":{\"b\":1},{\"c\":2}", 0, 100, 7, 7); /* one of a map is */
    expect_resumed("{\"a\":1}{\"b\":2}", 1, 100, 7, 7);
    expect_resumed("{} {1} {'a':1} {\"a\"} {\"a\":", 0, 100, 26, 0);
    expect_resumed("[{\"a\":[{\"a\":[{\"b\":1}", 0, 100, 13, 7);
    expect_resumed("[{\"a\":[{\"a\":[{\"b\":1}", 0, 10, 20, 0); /* too much in vain */
}

static void a_line_of_text_ends_outside_of_strings(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        size_t from, end;
    } cases[] = {{"a\nb", 0, 2}, {"a \"\n\" b\nc", 0, 8}, {"a \"\\\"\n\"\nc", 0, 8}, {"a \"b\nc", 0, 6}, {"ab", 0, 2}, {"a\nb\nc", 2, 4}, {"", 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) assert_int_equal(record_json_text_line(cases[i].text, cases[i].from, strlen(cases[i].text)), cases[i].end);
}

/* A broken value takes nothing along that its brackets do not hold. */
static void values_behind_a_broken_one_are_read_on(void **unused)
{
    (void)unused;
    expect_events("[{\"a\":\"1\" oops},\n{\"a\":2}]\n", EVENTS,
                  "level 0 in 0\na='1\nbroken {\"a\":\"1\" oops}\nlevel 0 in 0\na=2\nend 17-24\n");
}

static void ever_new_keys_keep_their_names_until_the_nodes_are_reset(void **unused)
{
    (void)unused;
    struct page text = {NULL, 0, 0};
    page_add(&text, "{", 1);
    for (int i = 0; i < JSON_NODES_MAX + 1000; i++) page_print(&text, "%s\"k%d\":%d", i > 0 ? "," : "", i, i);
    page_add(&text, "}", 1);
    struct block block = json_block(text.text, text.length);
    struct json_parser *parser = parser_open();
    for (int round = 0; round < 2; round++) {
        record_json_begin(parser, block.bytes, block.words, 0, block.length);
        struct json_event event;
        size_t values = 0, nameless = 0;
        while (record_json_next(parser, &event) != JSON_END) values += event.kind == JSON_SCALAR, nameless += event.kind == JSON_SCALAR && event.node == 0;
        assert_int_equal(values, JSON_NODES_MAX + 1000);
        assert_int_equal(nameless, 0);
        assert_int_equal(record_json_node_count(parser), JSON_NODES_MAX + 1001);
        record_json_nodes_reset(parser);
    }
    record_json_close(parser);
    block_free(&block);
    free(text.text);
}

static void a_long_path_is_cut_at_the_room_for_it(void **unused)
{
    (void)unused;
    const char *text = "{\"vehicle\":{\"tcu\":{\"imei\":1}}}";
    struct block block = json_block(text, strlen(text));
    struct json_parser *parser = parser_open();
    record_json_begin(parser, block.bytes, block.words, 0, block.length);
    struct json_event event;
    while (record_json_next(parser, &event) != JSON_SCALAR) assert_int_not_equal(event.kind, JSON_END);
    char path[32] = "";
    assert_int_equal(record_json_node_path(parser, event.node, path, sizeof path), 16);
    assert_memory_equal(path, "vehicle.tcu.imei", 16);
    for (size_t room = 0; room < 16; room++) {
        memset(path, '#', sizeof path);
        assert_int_equal(record_json_node_path(parser, event.node, path, room), room);
        assert_int_equal(path[room], '#');
    }
    record_json_close(parser);
    block_free(&block);
}

/* ------------------------------------------------------------------ random documents */

static void document_string(struct page *text)
{
    static const char *const parts[] = {"a", "b", "vin", " ", "{", "}", "[", "]", ",", ":", "\\\"", "\\\\", "\\n", "\\u0041",
                                        "\\u8eca", "\\ud83d\\ude00", "\\/", "1.5", "\xE8\xBB\x8A", "."};
    page_add(text, "\"", 1);
    for (uint32_t i = random_below(5); i > 0; i--) {
        const char *part = parts[random_below(sizeof parts / sizeof parts[0])];
        page_add(text, part, strlen(part));
    }
    page_add(text, "\"", 1);
}

static void document_space(struct page *text)
{
    static const char spaces[] = " \t\r\n";
    while (random_below(5) == 0) page_add(text, &spaces[random_below(4)], 1);
}

static void document_value(struct page *text, int depth)
{
    static const char *const scalars[] = {"true", "false", "null"};
    uint32_t drawn = random_below(depth > 4 ? 4 : 8);
    document_space(text);
    if (drawn < 2) document_string(text);
    else if (drawn == 2) page_print(text, "%d", (int)random_below(2000) - 1000);
    else if (drawn == 3) page_print(text, "%s", scalars[random_below(3)]);
    else {
        bool array = drawn < 6;
        page_add(text, array ? "[" : "{", 1);
        for (uint32_t i = 0, count = random_below(4); i < count; i++) {
            if (i > 0) page_add(text, ",", 1);
            if (!array) {
                document_space(text);
                document_string(text);
                document_space(text);
                page_add(text, ":", 1);
            }
            document_value(text, depth + 1);
        }
        document_space(text);
        page_add(text, array ? "]" : "}", 1);
    }
    document_space(text);
}

static void document_object(struct page *text)
{
    page_add(text, "{", 1);
    for (uint32_t i = 0, count = random_below(5); i < count; i++) {
        if (i > 0) page_add(text, ",", 1);
        document_space(text);
        document_string(text);
        page_add(text, ":", 1);
        document_value(text, 0);
    }
    page_add(text, "}", 1);
}

static void oracle_print(struct page *page, const cJSON *value, const char *path)
{
    const cJSON *child;
    if (cJSON_IsArray(value)) {
        cJSON_ArrayForEach(child, value) oracle_print(page, child, path);
    } else if (cJSON_IsObject(value)) {
        cJSON_ArrayForEach(child, value) {
            char longer[1024];
            snprintf(longer, sizeof longer, "%s%s%s", path, path[0] != '\0' ? "." : "", child->string);
            oracle_print(page, child, longer);
        }
    } else {
        page_add(page, path, strlen(path));
        if (cJSON_IsString(value)) {
            page_add(page, "='", 2);
            page_add(page, value->valuestring, strlen(value->valuestring));
        } else if (cJSON_IsNumber(value)) {
            page_print(page, "=%d", value->valueint);
        } else {
            page_print(page, "=%s", cJSON_IsTrue(value) ? "true" : cJSON_IsFalse(value) ? "false" : "null");
        }
        page_add(page, "\n", 1);
    }
}

/* Empty key components differ in how paths are joined; what is compared is what stands without dots. */
static void drop_dots(struct page *page)
{
    size_t kept = 0;
    for (size_t i = 0; i < page->length; i++)
        if (page->text[i] != '.') page->text[kept++] = page->text[i];
    page->length = kept;
    page->text[kept] = '\0';
}

static void valid_documents_have_the_leaves_that_cjson_finds(void **unused)
{
    (void)unused;
    struct page text = {NULL, 0, 0}, ours = {NULL, 0, 0}, theirs = {NULL, 0, 0};
    struct json_parser *parser = parser_open();
    for (int round = 0; round < 5000; round++) {
        page_empty(&text), page_empty(&ours), page_empty(&theirs);
        document_object(&text);
        cJSON *document = cJSON_Parse(text.text);
        assert_non_null(document);
        oracle_print(&theirs, document, "");
        cJSON_Delete(document);
        struct block block = json_block(text.text, text.length);
        if (record_json_node_count(parser) > JSON_NODES_MAX / 2) record_json_nodes_reset(parser);
        events_print(&ours, parser, &block, 0, block.length, 0);
        block_free(&block);
        drop_dots(&ours), drop_dots(&theirs);
        if (strcmp(ours.text, theirs.text) != 0) fail_msg("%s gives\n%s\ncJSON:\n%s", text.text, ours.text, theirs.text);
        size_t length = 0;
        assert_int_equal(record_json_measure(text.text, text.length, &length), JSON_WHOLE);
        assert_int_equal(length, text.length);
        for (size_t part = 1; part < text.length; part++)
            assert_int_equal(record_json_measure(text.text, part, &length), JSON_PREFIX);
    }
    record_json_close(parser);
    free(text.text), free(ours.text), free(theirs.text);
}

/* All events of a range that has begun. */
static void fill_print(struct page *page, struct json_parser *parser, const struct block *block, size_t room)
{
    struct json_event events[MANY];
    for (;;) {
        size_t first, count = record_json_fill(parser, events, room, &first);
        for (size_t i = 0; i < count; i++) {
            const struct json_event *event = &events[i];
            if (event->kind == JSON_END) return;
            page_print(page, "%u ", event->kind);
            if (event->kind == JSON_LEVEL_OPEN) page_print(page, "%u in %u\n", event->level, event->parent);
            else if (event->kind == JSON_OBJECT_CLOSE) page_print(page, "%u in %u\n", event->object, event->level);
            else if (event->kind != JSON_STRING && event->kind != JSON_SCALAR) page_print(page, "%u-%u\n", event->start, event->end);
            else {
                page_print(page, "%u-%u object %u array %d ", event->start, event->end, event->object, event->in_array);
                field_print(page, parser, block, event, PLACES);
            }
        }
    }
}

/* A parser that knows what stood before gives what one gives that knows nothing. */
static void what_was_seen_before_changes_no_event(void **unused)
{
    (void)unused;
#define LONG_KEY "a_key_of_more_than_thirty_two_bytes_for_once"
    static const char *const texts[] = {
        "{\"id\":\"C1\",\"v\":{\"vin\":\"A\"},\"events\":[{\"ts\":\"t\",\"at\":{\"lat\":1.5,\"lon\":2}},{\"ts\":3}],\"" LONG_KEY "\":\"x\"}",
        "{\"id\":\"C2\",\"v\":{\"vin\":\"B\"},\"events\":[{\"ts\":\"t\",\"at\":{\"lon\":1.5,\"lat\":2}}],\"" LONG_KEY "\":\"y\"}",
        "{\"id\":\"C2\",\"v\":{\"vin\":\"B\"},\"events\":[],\"" LONG_KEY "\":{}}",
        "{\"id\":\"C2\",\"v\":{\"vin\":null},\"events\":[\"ts\",[{\"ts\":1}],{\"ts\":{\"ts\":2}}],\"" LONG_KEY "\":[7]}",
        "{\"id\":\"C\\\"3\",\"v\":{\"v\\u0069n\":\"\\\\\"},\"events\":[{\"ts\":\"\\u0074\"}],\"" LONG_KEY "\":\"\"}",
        "{\"i\\u0064\":\"C4\",\"id\":\"C5\",\"id\":6,\"v\":{\"vin\":\"A\",\"vin\":\"B\"}}",
        "{\"v\":{\"vin\":\"A\"},\"id\":\"C1\"}",
        "{\"id\": \"C1\", \"v\": {\"vin\": \"A\"}, \"events\": [{\"ts\": 3 , \"at\": {\"lat\": 1.5 }}]}",
        "{\"id\": \"C1\", \"v\": {\"vin\":  \"A\"}, \"events\": [{\"ts\":  3 , \"at\": {\"lat\":\t1.5 }}]}",
        "{\"id\":\"C1\",\"v\":{\"vin\":\"A\"}",
        "{\"id\":\"C1\",\"v\":{\"vin\":\"A",
        "{\"id\":\"C1\",\"v\":{\"vin\":\"A\"]}",
        "{\"id\":\"C1\",\"v\":{\"vin\":\"A\"},\"events\":[{\"ts\":3]}",
        "{\"id\":\"C1\",\"v\":{\"vin\":\"A\"},\"events\":[{\"ts\":3,,\"at\":{}}]}",
        "{\"id\":\"C1\",\"v\":{\"vin\":}}",
        "{\"id\":\"C1\",\"v\":{\"vin\":\"A\"},\"events\":[{\"ts\":\"t\",\"at\":{\"lat\":1.5,\"lon\":2}}",
        "{\"id\":\"C1\"},{\"id\":\"C2\"}\n[{\"id\":3}] and {\"id\":4}",
    };
#undef LONG_KEY
    enum { TEXTS = sizeof texts / sizeof texts[0], ROUNDS = 4000 };
    struct json_parser *knows = parser_open();
    struct page fresh = {NULL, 0, 0}, known = {NULL, 0, 0}, text = {NULL, 0, 0};
    for (int round = 0; round < ROUNDS; round++) {
        page_empty(&fresh), page_empty(&known), page_empty(&text);
        uint32_t lines = random_below(3);
        for (uint32_t i = 1 + random_below(8); i > 0; i--) {
            page_print(&text, "%s", texts[random_below(2) == 0 ? 0 : random_below(TEXTS)]);
            page_add(&text, random_below(4) == 0 ? "\r\n" : "\n", lines > 0 ? 1 : 0);
        }
        if (random_below(4) == 0 && text.length > 0) text.text[random_below((uint32_t)text.length)] = "{}[]\":,\\ \n"[random_below(10)];
        struct block block = json_block(text.text, text.length);
        struct json_parser *knows_nothing = parser_open();
        if (lines == 1) {
            record_json_begin_lines(knows_nothing, block.bytes, block.words, 0, block.length);
            record_json_begin_lines(knows, block.bytes, block.words, 0, block.length);
        } else {
            record_json_begin(knows_nothing, block.bytes, block.words, 0, block.length);
            record_json_begin(knows, block.bytes, block.words, 0, block.length);
        }
        fill_print(&fresh, knows_nothing, &block, MANY);
        fill_print(&known, knows, &block, MANY);
        if (strcmp(fresh.text, known.text) != 0) fail_msg("%s gives\n%s\nand once it is known\n%s", text.text, fresh.text, known.text);
        record_json_close(knows_nothing);
        block_free(&block);
        if (round == ROUNDS / 2) record_json_nodes_reset(knows);
    }
    record_json_close(knows);
    free(fresh.text), free(known.text), free(text.text);
}

/* Known moves lead on over line ends, but no value goes on over one. */
static void lines_are_ranges_of_their_own(void **unused)
{
    (void)unused;
    const char *text = "\n{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\r\n\n{\"a\":3,\n\"b\":\"z\"}\n{\"a\":4,\"b\":\"v\"} {\"a\":5}\n"
                       "{\"a\":6,\"b\":\"w\nw\"}\n[{\"a\":7,\"b\":\"u\"},\n{\"a\":8,\"b\":\"t\"}]";
    struct block block = json_block(text, strlen(text));
    struct json_parser *parser = parser_open();
    struct page by_line = {NULL, 0, 0}, together = {NULL, 0, 0};
    for (int round = 0; round < 3; round++) {
        page_empty(&by_line), page_empty(&together);
        for (size_t at = 0; at < block.length;) {
            size_t end = at + strcspn(text + at, "\n");
            struct json_parser *fresh = parser_open();
            record_json_begin(fresh, block.bytes, block.words, at, end);
            if (end > at) fill_print(&by_line, fresh, &block, MANY);
            record_json_close(fresh);
            at = end + 1;
        }
        record_json_begin_lines(parser, block.bytes, block.words, 0, block.length);
        fill_print(&together, parser, &block, MANY);
        assert_string_equal(by_line.text, together.text);
        assert_non_null(strstr(together.text, "a=8"));
        assert_null(strstr(together.text, "b='z"));
        assert_null(strstr(together.text, "b='w"));
    }
    struct json_event event;
    record_json_begin_lines(parser, block.bytes, block.words, 0, 1);
    assert_int_equal(record_json_next(parser, &event), JSON_END);
    record_json_begin_lines(parser, block.bytes, block.words, 5, 5);
    assert_int_equal(record_json_next(parser, &event), JSON_END);
    record_json_close(parser);
    block_free(&block);
    free(by_line.text), free(together.text);
}

/* Where arrays are too deep for nodes of their own, nothing is known of what a node stands in. */
static void what_is_deep_is_read_as_if_it_was_new(void **unused)
{
    (void)unused;
    struct page text = {NULL, 0, 0}, fresh = {NULL, 0, 0}, known = {NULL, 0, 0};
    for (int depth = 246; depth < 262; depth++) {
        struct json_parser *knows = parser_open();
        for (int round = 0; round < 8; round++) {
            page_empty(&text), page_empty(&fresh), page_empty(&known);
            page_add(&text, "{\"a\":", 5);
            for (int i = 0; i < depth; i++) page_add(&text, "[", 1);
            page_print(&text, round % 2 == 0 ? "{\"w\":0,\"x\":[{\"b\":1,\"c\":%d}],\"q%d\":2}" : "{\"w\":0,\"x\":{\"b\":1,\"c\":%d},\"q%d\":2}", round, round);
            for (int i = 0; i < depth; i++) page_add(&text, "]", 1);
            page_add(&text, "}", 1);
            struct block block = json_block(text.text, text.length);
            struct json_parser *knows_nothing = parser_open();
            record_json_begin(knows_nothing, block.bytes, block.words, 0, block.length);
            record_json_begin(knows, block.bytes, block.words, 0, block.length);
            fill_print(&fresh, knows_nothing, &block, MANY);
            fill_print(&known, knows, &block, MANY);
            if (strcmp(fresh.text, known.text) != 0) fail_msg("%d deep, round %d:\n%s\nand once it is known\n%s", depth, round, fresh.text, known.text);
            record_json_close(knows_nothing);
            block_free(&block);
        }
        record_json_close(knows);
    }
    free(text.text), free(fresh.text), free(known.text);
}

/* More ways on from one key than are kept, and more in all: some are forgotten, none goes wrong. A few events at a time
 * are read without any. */
static void more_ways_than_are_kept_are_read_all_the_same(void **unused)
{
    (void)unused;
    struct page text = {NULL, 0, 0}, without = {NULL, 0, 0}, with = {NULL, 0, 0};
    struct json_parser *parser = parser_open();
    for (uint32_t keys = 20; keys <= 2000; keys *= 10) {
        page_empty(&text), page_empty(&without);
        for (int i = 0; i < 20000; i++)
            page_print(&text, "{\"key_%u\":%d,\"key_with_some_more_bytes_than_fit_%u\":\"%d\",\"z\":%d}\n", random_below(keys), i, random_below(keys), i, i);
        struct block block = json_block(text.text, text.length);
        record_json_begin_lines(parser, block.bytes, block.words, 0, block.length);
        fill_print(&without, parser, &block, FEW);
        for (int round = 0; round < 2; round++) {
            page_empty(&with);
            record_json_begin_lines(parser, block.bytes, block.words, 0, block.length);
            fill_print(&with, parser, &block, MANY);
            assert_string_equal(without.text, with.text);
        }
        block_free(&block);
    }
    record_json_close(parser);
    free(text.text), free(without.text), free(with.text);
}

/* ------------------------------------------------------------------ cutting */

static void a_cut_stands_behind_the_last_whole_object(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        size_t cut;
    } cases[] = {{"", 0},
                 {"{\"a\":1}", 7},
                 {"{\"a\":1}\n{\"a\"", 7},
                 {"[{\"a\":1},{\"a\":2},{", 16},
                 {"[{\"a\":[1,{\"b\":2}", 0},
                 {"{\"a\":\"}\"", 0},
                 {"{\"a\":\"\\\"}\"", 0},
                 {"{\"a\":\"\\\\\"}", 10},
                 {"one\ntwo", 4},
                 {"one\ntwo {\"a\":1} three\nfour", 15},
                 {"[1,\n2,\n3", 7},
                 {"{\"a\":1}]}\n{", 7}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = strlen(cases[i].text);
        if (record_json_cut(cases[i].text, length, false, NULL) != cases[i].cut)
            fail_msg("%s: %zu", cases[i].text, record_json_cut(cases[i].text, length, false, NULL));
        assert_int_equal(record_json_cut(cases[i].text, length, true, NULL), length);
    }
}

static void arrays_around_objects_are_counted_up_to_the_cut(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        uint32_t before, cut, end; /* behind what is cut, behind all where that is the end */
    } cases[] = {{"", 0, 0, 0},
                 {"[{\"a\":1}]", 0, 1, 0},
                 {"[{\"a\":1},[{\"a\":2}", 0, 2, 2},
                 {"[{\"a\":[1,[2]]},{\"a\"", 0, 1, 0},
                 {",{\"a\":1}]", 2, 2, 1},
                 {"]]]{\"a\":\"[\"}[", 1, 0, 1},
                 {"[\"[\",\n\"]\",\"[\n[", 0, 1, 1},
                 {"[[1,2", 0, 0, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = strlen(cases[i].text);
        uint32_t cut = cases[i].before, end = cut;
        (void)record_json_cut(cases[i].text, length, false, &cut);
        assert_int_equal(record_json_cut(cases[i].text, length, true, &end), length);
        if (cut != cases[i].cut || end != cases[i].end) fail_msg("%s: %u %u", cases[i].text, cut, end);
    }
}

static void what_ends_too_soon_is_told_from_what_is_wrong(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        size_t from;
        bool breaks_off;
    } cases[] = {{"", 0, false},
                 {"{\"a\":1", 0, true},
                 {"{\"a\":1}", 0, false},
                 {"{\"a\":\"x", 0, true},
                 {"{\"a\":[{\"b\":1},{\"b", 0, true},
                 {"{\"a\" 1", 0, false},
                 {"{\"a\":x\"y\"},{\"b\":1", 0, true},
                 {"{\"a\":x\"y\"},{\"b\":1", 12, false},
                 {"{\"a\":1},{\"b\"1}", 7, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (record_json_breaks_off(cases[i].text, cases[i].from, strlen(cases[i].text)) != cases[i].breaks_off) fail_msg("%s", cases[i].text);
}

static void blocks_print(struct page *page, struct json_parser *parser, const char *text, size_t length, size_t block_bytes)
{
    for (size_t from = 0; from < length;) {
        size_t taken = 0;
        for (size_t looked = block_bytes; taken == 0; looked += block_bytes) {
            bool at_end = from + looked >= length;
            taken = record_json_cut(text + from, at_end ? length - from : looked, at_end, NULL);
        }
        struct block block = json_block(text + from, taken);
        events_print(page, parser, &block, 0, taken, PLACES);
        block_free(&block);
        from += taken;
    }
}

/* Whole documents one behind the other, with what separates them. */
static void fields_do_not_depend_on_where_blocks_are_cut(void **unused)
{
    (void)unused;
    static const char *const between[] = {"\n", ",", ",\n", "", " ", "]\n[", "\r\n"};
    struct page text = {NULL, 0, 0}, whole = {NULL, 0, 0}, parts = {NULL, 0, 0};
    struct json_parser *parser = parser_open();
    for (int round = 0; round < 1500; round++) {
        page_empty(&text), page_empty(&whole);
        if (random_below(2) == 0) page_add(&text, "[", 1);
        for (uint32_t i = 1 + random_below(4); i > 0; i--) {
            document_object(&text);
            const char *next = between[random_below(sizeof between / sizeof between[0])];
            page_add(&text, next, strlen(next));
        }
        if (record_json_node_count(parser) > JSON_NODES_MAX / 2) record_json_nodes_reset(parser);
        struct block block = json_block(text.text, text.length);
        events_print(&whole, parser, &block, 0, block.length, PLACES);
        block_free(&block);
        size_t step = 1 + text.length / 40;
        for (size_t block_bytes = 1; block_bytes <= text.length; block_bytes += step) {
            page_empty(&parts);
            blocks_print(&parts, parser, text.text, text.length, block_bytes);
            if (strcmp(whole.text, parts.text) != 0)
                fail_msg("blocks of %zu of %s give\n%s\nwhole:\n%s", block_bytes, text.text, parts.text, whole.text);
        }
    }
    record_json_close(parser);
    free(text.text), free(whole.text), free(parts.text);
}

/* Whatever the bytes are: events stay in the range, in order, and come to an end. */
static void any_bytes_come_to_an_end(void **unused)
{
    (void)unused;
    static const char alphabet[] = "{}[]\":,a1\\ \n{\"";
    struct json_parser *parser = parser_open();
    struct page page = {NULL, 0, 0};
    char text[80];
    for (int round = 0; round < 50000; round++) {
        size_t length = random_below(sizeof text + 1);
        for (size_t i = 0; i < length; i++) text[i] = alphabet[random_below(sizeof alphabet - 1)];
        struct block block = json_block(text, length);
        page_empty(&page);
        size_t start = random_below((uint32_t)length + 1), end = start + random_below((uint32_t)(length - start) + 1);
        events_print(&page, parser, &block, start, end, EVENTS);
        block_free(&block);
        size_t cut = record_json_cut(text, length, false, NULL), value = 0;
        assert_true(cut <= length);
        if (record_json_measure(text, length, &value) == JSON_WHOLE) assert_true(value <= length);
    }
    record_json_close(parser);
    free(page.text);
}

/* ------------------------------------------------------------------ measuring, escapes */

static void measuring_tells_whole_values_from_beginnings_and_from_other_text(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        enum json_form form;
        size_t length;
    } cases[] = {{"{}", JSON_WHOLE, 2},          {"[]x", JSON_WHOLE, 2}, {"[{\"a\":NaN,\"b\":-Infinity}]", JSON_WHOLE, 25},
                 {"{\"a\":[1,2,{}]} {", JSON_WHOLE, 14},
                 {"{", JSON_PREFIX, 0},          {"[", JSON_PREFIX, 0},          {"[1", JSON_PREFIX, 0},
                 {"{\"a\"", JSON_PREFIX, 0},     {"{\"a\":\"}", JSON_PREFIX, 0}, {"[{\"a\":1},", JSON_PREFIX, 0},
                 {"", JSON_NOT, 0},              {"x", JSON_NOT, 0},             {"7", JSON_NOT, 0},
                 {"\"a\"", JSON_NOT, 0},         {"{a:1}", JSON_NOT, 0},         {"{\"a\":1]", JSON_NOT, 0},
                 {"[1}", JSON_NOT, 0},           {"{\"a\",1}", JSON_NOT, 0},     {"[1 2]", JSON_NOT, 0},
                 {"{\"a\":1,}", JSON_NOT, 0},    {"[,]", JSON_NOT, 0},           {"[INFO] started", JSON_NOT, 0},
                 {"[2023-04-17 08:15:30] x", JSON_NOT, 0}, {"{{x}}", JSON_NOT, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = 0;
        enum json_form form = record_json_measure(cases[i].text, strlen(cases[i].text), &length);
        if (form != cases[i].form || (form == JSON_WHOLE && length != cases[i].length))
            fail_msg("%s: %d, %zu", cases[i].text, form, length);
    }
}

static void escapes_become_what_they_stand_for(void **unused)
{
    (void)unused;
    static const struct {
        const char *string, *plain;
    } cases[] = {{"", ""},
                 {"plain", "plain"},
                 {"\\b\\f\\n\\r\\t\\\"\\\\\\/", "\b\f\n\r\t\"\\/"},
                 {"\\u0041\\u00e9\\u8ECA", "A\xC3\xA9\xE8\xBB\x8A"},
                 {"\\uD83D\\uDE00", "\xF0\x9F\x98\x80"},
                 {"\\uD83Dx", "\xED\xA0\xBDx"},
                 {"\\u12", "\\u12"},
                 {"\\u12G4", "\\u12G4"},
                 {"\\x", "\\x"},
                 {"a\\", "a\\"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[64] = "";
        size_t length = record_json_unescape((struct span){cases[i].string, strlen(cases[i].string)}, out);
        out[length] = '\0';
        assert_string_equal(out, cases[i].plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_gives_its_fields_with_their_paths),
        cmocka_unit_test(objects_in_arrays_open_levels_and_others_do_not),
        cmocka_unit_test(array_positions_are_no_part_of_a_path),
        cmocka_unit_test(a_path_keeps_its_number_over_values_and_ranges),
        cmocka_unit_test(repeated_keys_are_all_given_and_share_a_path),
        cmocka_unit_test(escapes_do_not_end_strings_and_names_are_plain),
        cmocka_unit_test(outermost_arrays_commas_and_line_ends_only_separate),
        cmocka_unit_test(what_stands_between_objects_is_text),
        cmocka_unit_test(what_is_no_json_is_said_to_be_broken_and_its_bytes_are_named),
        cmocka_unit_test(values_before_a_broken_one_stand),
        cmocka_unit_test(names_that_may_be_numbers_are_given),
        cmocka_unit_test(a_value_is_read_object_by_object_up_to_where_it_breaks),
        cmocka_unit_test(reading_is_resumed_at_whole_objects_that_stand_by_themselves),
        cmocka_unit_test(a_line_of_text_ends_outside_of_strings),
        cmocka_unit_test(values_behind_a_broken_one_are_read_on),
        cmocka_unit_test(many_events_at_once_are_the_same_less_those_of_broken_values),
        cmocka_unit_test(a_range_is_read_by_itself),
        cmocka_unit_test(a_million_brackets_are_read_without_recursion),
        cmocka_unit_test(ever_new_keys_keep_their_names_until_the_nodes_are_reset),
        cmocka_unit_test(a_long_path_is_cut_at_the_room_for_it),
        cmocka_unit_test(valid_documents_have_the_leaves_that_cjson_finds),
        cmocka_unit_test(what_was_seen_before_changes_no_event),
        cmocka_unit_test(lines_are_ranges_of_their_own),
        cmocka_unit_test(what_is_deep_is_read_as_if_it_was_new),
        cmocka_unit_test(more_ways_than_are_kept_are_read_all_the_same),
        cmocka_unit_test(a_cut_stands_behind_the_last_whole_object),
        cmocka_unit_test(arrays_around_objects_are_counted_up_to_the_cut),
        cmocka_unit_test(what_ends_too_soon_is_told_from_what_is_wrong),
        cmocka_unit_test(fields_do_not_depend_on_where_blocks_are_cut),
        cmocka_unit_test(any_bytes_come_to_an_end),
        cmocka_unit_test(measuring_tells_whole_values_from_beginnings_and_from_other_text),
        cmocka_unit_test(escapes_become_what_they_stand_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
