#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/evidence/walk.h"

static void globs_match_as_shells_do(void **state)
{
    (void)state;
    static const struct {
        const char *glob, *path;
        bool matches;
    } rows[] = {
        {"*.csv", "a.csv", true},
        {"*.csv", "b/a.csv", false},
        {"**/*.csv", "a.csv", true},
        {"**/*.csv", "x/y/a.csv", true},
        {"logs/**", "logs/a/b", true},
        {"logs/**", "logs2/a", false},
        {"logs/**", "logs", false},
        {"a/**/z", "a/z", true},
        {"a/**/z", "a/b/c/z", true},
        {"a/**/z", "a/bz", false},
        {"**", "any/thing", true},
        {"**", "", true},
        {"a?c", "abc", true},
        {"a?c", "a/c", false},
        {"[a-c]x", "bx", true},
        {"[!a-c]x", "bx", false},
        {"[!a-c]x", "dx", true},
        {"[]x]", "]", true},
        {"[a", "[a", true},
        {"\\*", "*", true},
        {"\\*", "x", false},
        {"*a*b*c", "xxaxxbxxc", true},
        {"*a*b*c", "xxaxxbxx", false},
        {"**a**b", "x/a/y/b", true},
        {"a**b/c", "a/x/b/c", true},
        {"**/b/**/d", "a/b/c/b/d", true},
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"x/*/y", "x//y", true},
        {"*/x", "a/b/x", false},
        {"**/a*b/c", "ab/x/ab/c", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (glob_matches(rows[i].glob, rows[i].path) == rows[i].matches) continue;
        print_error("%s against %s\n", rows[i].glob, rows[i].path);
        fail();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(globs_match_as_shells_do)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
