#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../analyzer/detect/pattern.h"
#include "../analyzer/detect/pattern_shape.h"
#include "random.h"

static struct pattern_shape shape_of(const char *text)
{
    struct pattern_shape shape;
    pattern_shape_read((struct span){text, strlen(text)}, &shape);
    return shape;
}

static void assert_shape(const char *text, const char *literal, bool word, size_t min, size_t max)
{
    struct pattern_shape shape = shape_of(text);
    char have[PATTERN_LITERAL_MAX + 1] = "";
    memcpy(have, shape.literal, shape.literal_length);
    if (!shape.known) fail_msg("%s is not understood", text);
    if (strcmp(have, literal) != 0) fail_msg("%s: literal \"%s\" instead of \"%s\"", text, have, literal);
    if (shape.is_word != word || shape.bytes_min != min || shape.bytes_max != max)
        fail_msg("%s: word %d, %zu to %zu bytes", text, shape.is_word, shape.bytes_min, shape.bytes_max);
}

static void literals_lengths_and_alphabets_are_read(void **unused)
{
    (void)unused;
    assert_shape("DCM[0-9]{9}", "dcm", true, 12, 12);
    assert_shape("[0-9]{4}-?[A-F]{2,3}", "", false, 6, 8);
    assert_shape("[0-9]{2}TX[0-9]+", "tx", true, 5, SIZE_MAX);
    assert_shape("a{3}bc?d", "aaab", true, 5, 6);
    assert_shape("ab|cde", "", true, 2, 3);
    assert_shape("(?:AB|CD)-EFG", "-efg", false, 6, 6);
    assert_shape("x(?<serial>MODEL\\d{3})", "model", true, 9, 9);
    assert_shape("(?i)unit\\.[a-z]", "unit.", false, 6, 6);
    assert_shape("(?<!X)AB(?=C)C", "abc", true, 3, 3);
    assert_shape("\\x41\\x42\\d", "ab", true, 3, 3);
    assert_shape("(?:ABC)?D", "d", true, 1, 4);
    assert_shape("(?:ABC){2}", "abc", true, 6, 6);
    assert_shape("A.B", "a", false, 3, 3);
    assert_shape("[^,]{3}", "", false, 3, 3);
    assert_shape("A{x}", "a{x}", false, 4, 4);
    assert_shape("ABCDEFGHIJKLMNOPQRSTUV", "abcdefghijklmnop", true, 22, 22);
}

static void what_is_not_understood_says_nothing(void **unused)
{
    (void)unused;
    static const char *const texts[] = {"(a)\\1", "(?R)?a", "\\Qa.b\\E", "a\\Kb", "(*UCP)a", "(?x) a b", "[[:alpha:]]", "(?(1)a|b)", "\\p{Lu}", "A{,3}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (shape_of(texts[i]).known) fail_msg("%s is understood", texts[i]);
}

static bool begins(const struct pattern_shape *shape, char byte)
{
    return (shape->lead.first.bits[(unsigned char)byte / 8] >> (unsigned char)byte % 8 & 1) != 0;
}

static void first_bytes_are_those_of_all_ways_to_begin(void **unused)
{
    (void)unused;
    struct pattern_shape shape = shape_of("(?:[0-3]|ab)?X|q");
    static const char in[] = "0123aXq", out[] = "4bByYAxQ-";
    for (const char *at = in; *at != '\0'; at++) assert_true(begins(&shape, *at));
    for (const char *at = out; *at != '\0'; at++) assert_false(begins(&shape, *at));
    shape = shape_of("a*");
    assert_int_equal(shape.bytes_min, 0);
    assert_int_equal(shape.lead.min, 0);
}

static void assert_lead(const char *text, size_t min, size_t max, const char *after, bool ends, size_t second_min, size_t second_max)
{
    struct pattern_shape shape = shape_of(text);
    const struct pattern_lead *lead = &shape.lead;
    if (!shape.known || lead->min != min || lead->max != max || lead->ends != ends || lead->second_min != second_min || lead->second_max != second_max)
        fail_msg("%s: %zu to %zu, ends %d, then %zu to %zu", text, lead->min, lead->max, lead->ends, lead->second_min, lead->second_max);
    char have[257] = "";
    size_t count = 0;
    for (unsigned byte = ' '; byte < 0x7F; byte++)
        if ((lead->after.bits[byte / 8] >> byte % 8 & 1) != 0) have[count++] = (char)byte;
    if (strcmp(have, after) != 0) fail_msg("%s: \"%s\" behind it", text, have);
}

static void the_runs_that_a_match_begins_with_are_read(void **unused)
{
    (void)unused;
    assert_lead("DCM[0-9]{9}", 12, 12, "", true, 0, SIZE_MAX);
    assert_lead("[0-9]{4}-[0-9]{2}-[0-9]{2}", 4, 4, "-", false, 2, 2);
    assert_lead("[0-9]{4}(?:-[0-9]{4}){2}", 4, 4, "-", false, 4, 4);
    assert_lead("[A-Z]{2,3}[-.][0-9]{5,}", 2, 3, "-.", false, 5, SIZE_MAX);
    assert_lead("[A-Z]+-?[0-9]{4}", 1, SIZE_MAX, "-", true, 0, SIZE_MAX);
    assert_lead("AB--C", 2, 2, "-", false, 0, 0);
    assert_lead("AB-", 2, 2, "-", false, 0, SIZE_MAX);
    assert_lead("AB-C?", 2, 2, "-", false, 0, SIZE_MAX);
    assert_lead("A|BC:D{3}", 1, 2, ":", true, 0, SIZE_MAX);
    assert_lead("-[0-9]", 0, 0, "-", false, 0, 0);
    assert_lead("(?:ab-){3}c", 2, 2, "-", false, 2, 2);
    assert_lead("a(?:-b){0,9}", 1, SIZE_MAX, "-", true, 0, SIZE_MAX);
    assert_true(shape_of("[0-9]{4}-[A-Z]{2,9}").is_simple);
    assert_true(shape_of("[A-Z]+[0-9]{6,}").is_simple);
    assert_false(shape_of("(?:[a-z]+)+[0-9]").is_simple);
    assert_false(shape_of("a?a?a?a?a?a?a?a?a?a?a?a?a?aaaa").is_simple);
    assert_false(shape_of("[a-z]+[a-z0-9]+[a-z]+x").is_simple);
}

/* Whether the window of the shape stands somewhere in the match. */
static bool has_window(const struct pattern_shape *shape, struct span match)
{
    for (size_t i = 0; i + shape->window.length <= match.len; i++) {
        bool fits = true;
        for (size_t place = 0; place < shape->window.length; place++) {
            unsigned byte = (unsigned char)match.at[i + place];
            fits &= (shape->window.places[place].bits[byte / 8] >> byte % 8 & 1) != 0;
        }
        if (fits) return true;
    }
    return false;
}

static void the_rarest_window_is_read(void **unused)
{
    (void)unused;
    static const struct {
        const char *pattern, *window; /* the first byte of each place */
    } rows[] = {{"[0-9]{4}-[A-F]{2}", "0-AA"}, {"[0-9]+:[A-C]", "0:A"}, {"#[0-9]{3}", "#000"}, {"(?i)[A-F]#[0-9]", "A#0"}, {".{3}", ""}, {"[a-z]", ""}, {"(?:ab|c)-[A-C]", "-A"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pattern_shape shape = shape_of(rows[i].pattern);
        char have[WINDOW_PLACES_MAX + 1] = "";
        for (size_t place = 0; place < shape.window.length; place++)
            for (unsigned byte = 255; byte > 0; byte--)
                if ((shape.window.places[place].bits[byte / 8] >> byte % 8 & 1) != 0) have[place] = (char)byte;
        if (strcmp(have, rows[i].window) != 0) fail_msg("%s: \"%s\"", rows[i].pattern, have);
    }
}

static bool is_alnum(char c)
{
    return (unsigned char)(c - '0') <= 9 || (unsigned char)((c | 0x20) - 'a') < 26;
}

/* Whether a match between boundaries begins with such a run. */
static bool lead_holds(const struct pattern_lead *lead, struct span text, struct span match)
{
    size_t start = (size_t)(match.at - text.at), end = start + match.len, run = start, second;
    if (lead->min == 0 || (start > 0 && is_alnum(text.at[start - 1]))) return true;
    if (end < text.len && is_alnum(text.at[end - 1]) && is_alnum(text.at[end])) return true;
    while (run < text.len && is_alnum(text.at[run])) run++;
    if (run - start < lead->min || run - start > lead->max) return false;
    unsigned next = lead->min > 1 ? (unsigned char)text.at[start + 1] : 0;
    if (lead->min > 1 && (lead->next.bits[next / 8] >> next % 8 & 1) == 0) return false;
    if (run >= end) return lead->ends;
    for (second = run + 1; second < text.len && is_alnum(text.at[second]);) second++;
    unsigned behind = (unsigned char)text.at[run];
    bool after = (lead->after.bits[behind / 8] >> behind % 8 & 1) != 0;
    return after && second - run - 1 >= lead->second_min && second - run - 1 <= lead->second_max;
}

/* A random pattern of the pieces that are understood, and texts of few letters: whatever PCRE2 finds must have the shape. */
static void every_match_has_the_shape(void **unused)
{
    (void)unused;
    static const char *const pieces[] = {"a", "b", "ab", "[ab]", "[^a]", "(?:a|bc)", "c?", "(?:ab)?", "a{2}", "b{1,2}", "\\d", "(?:c|(?:ab|c){2})", "-", "-?", "(?:-a){2}", "[a-]{1,2}", "(?:1-)*", "\\w", ".", "(?i)B", "|"};
    static const char letters[] = "abcABC1-";
    uint64_t state = 7;
    unsigned found_count = 0;
    struct pattern_matcher *matcher = NULL;
    struct fault fault;
    assert_int_equal(pattern_matcher_open(&matcher, &fault), STATUS_OK);
    for (int round = 0; round < 4000; round++) {
        char text[256] = "", subject[24];
        for (uint64_t n = 1 + random_next(&state) % 6; n > 0; n--) strcat(text, pieces[random_next(&state) % (sizeof pieces / sizeof *pieces)]);
        struct pattern *pattern = NULL;
        assert_int_equal(pattern_open((struct span){text, strlen(text)}, &pattern, &fault), STATUS_OK);
        struct pattern_shape shape = shape_of(text);
        assert_true(shape.known);
        for (int k = 0; k < 40; k++) {
            size_t length = random_next(&state) % sizeof subject;
            for (size_t i = 0; i < length; i++) subject[i] = letters[random_next(&state) % (sizeof letters - 1)];
            struct span match;
            if (pattern_find(pattern, matcher, (struct span){subject, length}, 0, &match) != PATTERN_FOUND) continue;
            found_count++;
            bool literal = shape.literal_length == 0;
            for (size_t i = 0; i + shape.literal_length <= match.len && !literal; i++) {
                literal = true;
                for (size_t c = 0; c < shape.literal_length; c++) {
                    char have = match.at[i + c];
                    if (have >= 'A' && have <= 'Z') have = (char)(have | 0x20);
                    literal &= have == shape.literal[c];
                }
            }
            bool word = true;
            for (size_t i = 0; i < match.len; i++) word &= match.at[i] != '-';
            bool holds = literal && has_window(&shape, match) && match.len >= shape.bytes_min && match.len <= shape.bytes_max && (word || !shape.is_word) &&
                         (shape.bytes_min == 0 || begins(&shape, match.at[0])) && lead_holds(&shape.lead, (struct span){subject, length}, match);
            if (!holds) fail_msg("%s in \"%.*s\"", text, (int)length, subject);
        }
        pattern_close(pattern);
    }
    pattern_matcher_close(matcher);
    assert_true(found_count > 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_lengths_and_alphabets_are_read),
        cmocka_unit_test(what_is_not_understood_says_nothing),
        cmocka_unit_test(first_bytes_are_those_of_all_ways_to_begin),
        cmocka_unit_test(the_runs_that_a_match_begins_with_are_read),
        cmocka_unit_test(the_rarest_window_is_read),
        cmocka_unit_test(every_match_has_the_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
