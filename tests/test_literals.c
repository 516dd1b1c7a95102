#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../analyzer/detect/literals.h"
#include "random.h"

enum { LITERALS_MAX = 12, TEXT_MAX = 64 };

static bool ends_at(const char *text, size_t end, struct span literal)
{
    if (end < literal.len) return false;
    for (size_t i = 0; i < literal.len; i++) {
        char have = text[end - literal.len + i];
        if (have >= 'A' && have <= 'Z') have = (char)(have | 0x20);
        if (have != literal.at[i]) return false;
    }
    return true;
}

/* Held against looking at every place for every literal. */
static void every_literal_is_found_where_it_ends(void **unused)
{
    (void)unused;
    static const char small[] = "ab-c", large[] = "abABc-C.";
    uint64_t state = 3;
    size_t hits = 0;
    for (int round = 0; round < 3000; round++) {
        char bytes[LITERALS_MAX][6], text[TEXT_MAX];
        struct span texts[LITERALS_MAX];
        size_t count = 1 + random_next(&state) % LITERALS_MAX, length = random_next(&state) % TEXT_MAX;
        for (size_t i = 0; i < count; i++) {
            texts[i] = (struct span){bytes[i], 1 + random_next(&state) % 5};
            for (size_t k = 0; k < texts[i].len; k++) bytes[i][k] = small[random_next(&state) % 4];
        }
        for (size_t i = 0; i < length; i++) text[i] = large[random_next(&state) % (sizeof large - 1)];
        struct literals *literals = NULL;
        struct fault fault;
        assert_int_equal(literals_open(texts, count, &literals, &fault), STATUS_OK);
        struct literal_search search;
        struct literal_hit hit;
        bool found[LITERALS_MAX][TEXT_MAX + 1] = {{false}};
        uint32_t last = 0;
        literal_search_begin(&search, literals, text, length);
        while (literal_search_next(&search, &hit)) {
            assert_true(hit.end >= last && hit.literal < count && !found[hit.literal][hit.end]);
            found[hit.literal][hit.end] = true;
            last = hit.end;
            hits++;
        }
        for (size_t i = 0; i < count; i++)
            for (size_t end = 1; end <= length; end++) assert_int_equal(found[i][end], ends_at(text, end, texts[i]));
        literals_close(literals);
    }
    assert_true(hits > 20000);
}

static void too_many_are_refused(void **unused)
{
    (void)unused;
    static char long_text[LITERALS_STATES_MAX];
    memset(long_text, 'a', sizeof long_text);
    struct span text = {long_text, sizeof long_text};
    struct literals *literals = NULL;
    struct fault fault;
    assert_int_equal(literals_open(&text, 1, &literals, &fault), STATUS_USAGE);
    assert_null(literals);
    literals_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_literal_is_found_where_it_ends),
        cmocka_unit_test(too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
