#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/detect/pattern.h"

struct engine {
    struct pattern *pattern;
    struct pattern_matcher *matcher;
};

static struct engine engine_open(const char *text)
{
    struct engine engine;
    struct fault fault;
    assert_int_equal(pattern_open((struct span){text, strlen(text)}, &engine.pattern, &fault), STATUS_OK);
    assert_int_equal(pattern_matcher_open(&engine.matcher, &fault), STATUS_OK);
    return engine;
}

static void engine_close(struct engine *engine)
{
    pattern_close(engine->pattern);
    pattern_matcher_close(engine->matcher);
}

static void finds_from_an_offset_and_looks_behind_it(void **state)
{
    (void)state;
    struct engine engine = engine_open("(?<![0-9])[0-9]{3}(?![0-9])");
    struct span text = {"123 4567 890", 12}, found;
    assert_int_equal(pattern_find(engine.pattern, engine.matcher, text, 0, &found), PATTERN_FOUND);
    assert_ptr_equal(found.at, text.at);
    assert_int_equal(found.len, 3);
    assert_int_equal(pattern_find(engine.pattern, engine.matcher, text, 5, &found), PATTERN_FOUND);
    assert_int_equal(found.at - text.at, 9);
    assert_int_equal(pattern_find(engine.pattern, engine.matcher, text, 10, &found), PATTERN_NONE);
    assert_int_equal(pattern_find(engine.pattern, engine.matcher, text, 12, &found), PATTERN_NONE);
    assert_int_equal(pattern_find(engine.pattern, engine.matcher, text, 13, &found), PATTERN_NONE);
    engine_close(&engine);
}

static void sees_bytes_of_any_value(void **state)
{
    (void)state;
    struct engine engine = engine_open("\\x00\\xFF.");
    struct span text = {"ab\0\xFF\x80", 5}, found;
    assert_int_equal(pattern_find(engine.pattern, engine.matcher, text, 0, &found), PATTERN_FOUND);
    assert_int_equal(found.at - text.at, 2);
    assert_int_equal(found.len, 3);
    struct span nothing = {NULL, 0};
    assert_int_equal(pattern_find(engine.pattern, engine.matcher, nothing, 0, &found), PATTERN_NONE);
    engine_close(&engine);
}

static void gives_a_named_group_or_says_that_it_took_no_part(void **state)
{
    (void)state;
    struct engine engine = engine_open("^a(?:/(?<customer>[^/]+))?/");
    int group = pattern_group(engine.pattern, "customer");
    assert_int_equal(group, 1);
    assert_int_equal(pattern_group(engine.pattern, "client"), -1);
    struct span found, customer;
    assert_int_equal(pattern_find(engine.pattern, engine.matcher, (struct span){"a/C-17/x", 8}, 0, &found), PATTERN_FOUND);
    assert_true(pattern_group_found(engine.matcher, group, &customer));
    assert_memory_equal(customer.at, "C-17", 4);
    assert_int_equal(customer.len, 4);
    assert_int_equal(pattern_find(engine.pattern, engine.matcher, (struct span){"a//x", 4}, 0, &found), PATTERN_FOUND);
    assert_false(pattern_group_found(engine.matcher, group, &customer));
    assert_int_equal(pattern_find(engine.pattern, engine.matcher, (struct span){"b", 1}, 0, &found), PATTERN_NONE);
    assert_false(pattern_group_found(engine.matcher, 0, &customer));
    engine_close(&engine);
}

static void a_runaway_pattern_is_a_limit_and_not_no_match(void **state)
{
    (void)state;
    struct engine engine = engine_open("^(a+)+$");
    char text[64];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'b';
    struct span found;
    assert_int_equal(pattern_find(engine.pattern, engine.matcher, (struct span){text, sizeof text}, 0, &found), PATTERN_LIMIT);
    text[20] = '\0';
    assert_int_equal(pattern_find(engine.pattern, engine.matcher, (struct span){text, 20}, 0, &found), PATTERN_FOUND);
    engine_close(&engine);
}

/* Each repetition of the group keeps a frame, 32 bytes of them 24,000 times: more than the JIT stack. */
static void where_the_jit_stack_is_too_small_the_interpreter_answers(void **state)
{
    (void)state;
    enum { LENGTH = 24000 };
    struct engine engine = engine_open("^(?:(a)|b)*c");
    char *text = malloc(LENGTH);
    memset(text, 'a', LENGTH);
    text[LENGTH - 1] = 'c';
    struct span found;
    enum pattern_result result = pattern_find(engine.pattern, engine.matcher, (struct span){text, LENGTH}, 0, &found);
    assert_int_equal(result, PATTERN_FOUND);
    assert_int_equal(found.len, LENGTH);
    free(text);
    engine_close(&engine);
}

static void what_is_no_pattern_or_asks_for_too_much_is_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"(", "a\\Cb", "(*UTF)a", "(*UCP)a", "[z-a]"};
    struct pattern *pattern = NULL;
    struct fault fault;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(pattern_open((struct span){bad[i], strlen(bad[i])}, &pattern, &fault), STATUS_USAGE);
        assert_null(pattern);
    }
    char groups[3 * (PATTERN_GROUPS_MAX + 1) + 1] = "";
    for (int i = 0; i <= PATTERN_GROUPS_MAX; i++)
        strcat(groups, "(a)");
    assert_int_equal(pattern_open((struct span){groups, strlen(groups)}, &pattern, &fault), STATUS_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_from_an_offset_and_looks_behind_it),
        cmocka_unit_test(sees_bytes_of_any_value),
        cmocka_unit_test(gives_a_named_group_or_says_that_it_took_no_part),
        cmocka_unit_test(a_runaway_pattern_is_a_limit_and_not_no_match),
        cmocka_unit_test(where_the_jit_stack_is_too_small_the_interpreter_answers),
        cmocka_unit_test(what_is_no_pattern_or_asks_for_too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
