/* csv.c: cells, the places of lines, damage, and that whole lines are what is read as lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <csv.h>

#include "../analyzer/support/csv.h"
#include "random.h"

enum { SEEN_SIZE = 8192 };

/* What was told, as text: "0:a|b;" is a line of two cells, "0!;" a damaged one. */
struct seen {
    char cells[SEEN_SIZE], text[2 * SEEN_SIZE];
};

static void cell_see(void *context, const char *bytes, size_t length)
{
    struct seen *seen = context;
    strncat(seen->cells, bytes, length);
    strcat(seen->cells, "|");
}

static void line_see(void *context, uint64_t line, bool damaged)
{
    struct seen *seen = context;
    size_t at = strlen(seen->text);
    snprintf(seen->text + at, sizeof seen->text - at, "%llu%s%s;", (unsigned long long)line, damaged ? "!" : ":", damaged ? "" : seen->cells);
    seen->cells[0] = '\0';
}

static uint64_t see(const char *bytes, size_t count, char delimiter, struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    struct csv *csv;
    struct fault fault;
    uint64_t lines = 0;
    assert_int_equal(csv_open(delimiter, &(struct csv_told){.cell = cell_see, .line = line_see, .context = seen}, &csv, &fault), STATUS_OK);
    assert_int_equal(csv_read(csv, bytes, count, &lines, &fault), STATUS_OK);
    csv_close(csv);
    return lines;
}

/* Cells told together, without the blanks that may stand around them. */
static void cells_see(void *context, const struct span *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct span cell = cells[i];
        while (cell.len > 0 && (cell.at[0] == ' ' || cell.at[0] == '\t')) cell.at++, cell.len--;
        while (cell.len > 0 && (cell.at[cell.len - 1] == ' ' || cell.at[cell.len - 1] == '\t')) cell.len--;
        cell_see(context, cell.at, cell.len);
    }
}

static void library_cell(void *bytes, size_t length, void *context)
{
    cell_see(context, bytes != NULL ? bytes : "", length);
}

static void library_line(int ended_by, void *context)
{
    (void)ended_by;
    line_see(context, 0, false);
}

/* What libcsv itself makes of the bytes, each line as if it were line 0. */
static void library_see(const char *bytes, size_t count, char delimiter, struct seen *seen)
{
    struct csv_parser parser;
    memset(seen, 0, sizeof *seen);
    assert_int_equal(csv_init(&parser, CSV_STRICT), 0);
    csv_set_delim(&parser, (unsigned char)delimiter);
    assert_int_equal(csv_parse(&parser, bytes, count, library_cell, library_line, seen), count);
    csv_fini(&parser, library_cell, library_line, seen);
    csv_free(&parser);
}

static void line_see_unnumbered(void *context, uint64_t line, bool damaged)
{
    (void)line;
    line_see(context, 0, damaged);
}

/* Lines without quotes are split without the library, cell by cell or many at once: the same cells. */
static void lines_without_quotes_are_what_the_library_makes_of_them(void **state)
{
    (void)state;
    static const char delimiters[] = {',', ';', '\t'};
    enum { ROUNDS = 30000, TEXT_BYTES = 400 };
    for (int round = 0; round < ROUNDS; round++) {
        char text[TEXT_BYTES], delimiter = delimiters[random_below(3)];
        size_t count = 1 + random_below(round % 2 == 0 ? TEXT_BYTES - 1 : 40), cells = 1 + random_below(20);
        for (size_t i = 0; i < count; i++) {
            uint32_t what = random_below(40);
            text[i] = what < cells ? delimiter : what == 20 ? '\n' : what == 21 && i % 3 == 0 ? '\r' : what > 34 ? "  \t\xE5\x80"[what - 35] : (char)('a' + what % 26);
        }
        struct seen expected, single, together;
        library_see(text, count, delimiter, &expected);
        struct csv_told told[] = {{.cell = cell_see, .line = line_see_unnumbered, .context = &single},
                                  {.cell = cell_see, .line = line_see_unnumbered, .context = &together, .cells = cells_see}};
        for (size_t t = 0; t < 2; t++) {
            struct csv *csv;
            struct fault fault;
            uint64_t lines;
            memset(told[t].context, 0, sizeof(struct seen));
            assert_int_equal(csv_open(delimiter, &told[t], &csv, &fault), STATUS_OK);
            assert_int_equal(csv_read(csv, text, count, &lines, &fault), STATUS_OK);
            csv_close(csv);
        }
        if (strcmp(single.text, expected.text) != 0 || strcmp(together.text, expected.text) != 0)
            fail_msg("\"%.*s\" is\n%s\n%s, not\n%s", (int)count, text, single.text, together.text, expected.text);
    }
}

static void tells(const char *text, const char *expected, uint64_t lines)
{
    struct seen seen;
    assert_int_equal(see(text, strlen(text), ',', &seen), lines);
    assert_string_equal(seen.text, expected);
}

static void cells_and_lines_are_told(void **state)
{
    (void)state;
    tells("a,b\nc,d\n", "0:a|b|;1:c|d|;", 2);
    tells("a,b", "0:a|b|;", 1);
    tells("a, \"x, y\" ,\n", "0:a|x, y||;", 1);
    tells("\"say \"\"no\"\"\"\n", "0:say \"no\"|;", 1);
    struct seen seen;
    see("a;b,c\n", 6, ';', &seen);
    assert_string_equal(seen.text, "0:a|b,c|;");
}

static void lines_have_the_place_where_they_begin(void **state)
{
    (void)state;
    tells("a\n\n  \nb\n", "0:a|;3:b|;", 4);
    tells("\"a\nb\n\",c\nd\n", "0:a\nb\n|c|;3:d|;", 4);
    tells("a\r\nb\r\n\r\nc\r\n", "0:a|;1:b|;3:c|;", 4);
    tells("a\rb\rc", "0:a|;1:b|;2:c|;", 3);
    tells("x,\"a\nb\"\n\"c\nd\"\ne\n", "0:x|a\nb|;2:c\nd|;4:e|;", 5);
}

/* Lines of many lengths, blank ones among them, so that they begin anywhere in what is looked at in one go; a line of many cells. */
static void many_plain_lines_keep_their_places(void **state)
{
    (void)state;
    enum { LINES = 300, CELLS = 130 };
    char text[SEEN_SIZE] = "", expected[2 * SEEN_SIZE] = "";
    size_t at = 0, told = 0;
    for (int i = 0; i < LINES; i++) {
        if (i % 7 == 3) {
            at += (size_t)snprintf(text + at, sizeof text - at, "%s\n", i % 2 == 0 ? "" : " \t");
            continue;
        }
        at += (size_t)snprintf(text + at, sizeof text - at, "a%0*d,b%s\n", 1 + i % 11, i, i % 5 == 0 ? "," : "");
        told += (size_t)snprintf(expected + told, sizeof expected - told, "%d:a%0*d|b|%s;", i, 1 + i % 11, i, i % 5 == 0 ? "|" : "");
    }
    tells(text, expected, LINES);
    for (int cells = CELLS - 3; cells <= CELLS; cells++) {
        char *end = text, *seen = expected + sprintf(expected, "1:");
        *end++ = '\n';
        for (int i = 0; i < cells; i++) end += sprintf(end, "%s%d", i > 0 ? "," : "", i % 10), seen += sprintf(seen, "%d|", i % 10);
        strcpy(end, "\nx\n");
        strcpy(seen, ";2:x|;");
        tells(text, expected, 3);
    }
}

/* As many cells as there may be in what is looked at in one go, and more than are told at once, wherever the line begins. */
static void cells_may_be_empty_side_by_side(void **state)
{
    (void)state;
    enum { CELLS = 200, BEFORE = 70 };
    for (int before = 0; before < BEFORE; before++)
        for (int cells = 2; cells < CELLS; cells += cells < 60 ? 29 : 1) {
            char text[CELLS + BEFORE + 8], expected[2 * CELLS + BEFORE + 32], *seen = expected;
            sprintf(text, "%0*d\n%0*d\ny\n", before + 1, 7, cells, 0);
            memset(text + before + 2, ',', (size_t)cells - 1);
            text[before + 1 + cells] = 'x';
            seen += sprintf(seen, "0:%0*d|;1:", before + 1, 7);
            for (int i = 1; i < cells; i++) *seen++ = '|';
            strcpy(seen, "x|;2:y|;");
            tells(text, expected, 3);
        }
}

static void damage_costs_one_physical_line(void **state)
{
    (void)state;
    tells("a\nb\"c,d\ne\n", "0:a|;1!;2:e|;", 3);
    tells("\"a\"b,c\nd\n", "0!;1:d|;", 2);
    tells("\"a\nb\"c\nd\n", "0!;2:d|;", 3);
    tells("a\nb,\"c\nd\n", "0:a|;1!;", 3);
    tells("\"a\" \"b\"\nc\n", "0!;1:c|;", 2);
}

static void whole_lines_end_outside_of_quotes(void **state)
{
    (void)state;
    assert_int_equal(csv_whole_lines("a,b\nc", 5, ','), 4);
    assert_int_equal(csv_whole_lines("a,b", 3, ','), 0);
    assert_int_equal(csv_whole_lines("a\n\"b\nc", 6, ','), 2);
    assert_int_equal(csv_whole_lines("a\n\"b\nc\"", 7, ','), 2);
    assert_int_equal(csv_whole_lines("a\n\"b\nc\"\n", 8, ','), 8);
    assert_int_equal(csv_whole_lines("a\nb\"c\nd", 7, ','), 6);
    assert_int_equal(csv_whole_lines("a\n\"b\nc\"d", 8, ','), 2);
    assert_int_equal(csv_whole_lines("", 0, ','), 0);
}

/* Read at once, or cut at any place into whole lines and what is left: the same lines. */
static void cutting_does_not_show(void **state)
{
    (void)state;
    static const char alphabet[] = "\"\"\"aa,,\n\n \r";
    uint64_t random = 7;
    for (int round = 0; round < 20000; round++) {
        char text[40];
        size_t count = 1 + (random >> 33) % (sizeof text - 1);
        for (size_t i = 0; i < count; i++) {
            text[i] = alphabet[random_next(&random) % (sizeof alphabet - 1)];
        }
        struct seen whole, first, second;
        see(text, count, ',', &whole);
        size_t cut = csv_whole_lines(text, (random >> 40) % (count + 1), ',');
        if (cut == 0) continue;
        uint64_t lines = see(text, cut, ',', &first);
        see(text + cut, count - cut, ',', &second);
        /* The lines of the second part, counted on. */
        char joined[4 * SEEN_SIZE];
        strcpy(joined, first.text);
        for (char *at = second.text, *end; *at != '\0'; at = end) {
            uint64_t line = strtoull(at, &at, 10);
            end = strchr(at, ';') + 1;
            sprintf(joined + strlen(joined), "%llu%.*s", (unsigned long long)(line + lines), (int)(end - at), at);
        }
        if (strcmp(joined, whole.text) != 0) fail_msg("cut at %zu of \"%.*s\":\n%s\n%s", cut, (int)count, text, joined, whole.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_and_lines_are_told),
        cmocka_unit_test(lines_without_quotes_are_what_the_library_makes_of_them),
        cmocka_unit_test(lines_have_the_place_where_they_begin),
        cmocka_unit_test(many_plain_lines_keep_their_places),
        cmocka_unit_test(cells_may_be_empty_side_by_side),
        cmocka_unit_test(damage_costs_one_physical_line),
        cmocka_unit_test(whole_lines_end_outside_of_quotes),
        cmocka_unit_test(cutting_does_not_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
