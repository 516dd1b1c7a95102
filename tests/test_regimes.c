/* Tests of analyzer/report/regimes.c: the example of the domain's page, whose figures add up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../analyzer/report/regimes.h"

static struct jurisdiction places[] = {{"", ""},        {"AU", ""},     {"CA", ""},     {"DE", ""},     {"FR", ""},     {"JP", ""},
                                       {"NL", ""},      {"SG", ""},     {"US", "US-CA"}, {"US", "US-TX"}, {"US", "US-WA"}};
enum { PLACES = sizeof places / sizeof places[0] };
static struct jurisdiction_totals people[] = {
    {.persons_by_tier = {0, 633, 302, 118}}, {.persons_by_tier = {0, 4871, 231, 264}}, {.persons_by_tier = {0, 512, 18, 18}},        {.persons_by_tier = {0, 2210, 91, 76}}, {.persons_by_tier = {0, 1904, 73, 54}}, {.persons_by_tier = {0, 190233, 8541, 3128}},
    {.persons_by_tier = {0, 611, 29, 15}},   {.persons_by_tier = {0, 468, 28, 25}},    {.persons_by_tier = {0, 1022, 55, 43}},       {.persons_by_tier = {0, 236, 11, 12}},  {.persons_by_tier = {0, 418, 23, 21}},
};
static struct totals totals = {.persons_lower = 203118, .persons_best = 212520, .persons_upper = 216294, .persons_upper_total = 218200,
                               .clusters_unattributed = 1906, .jurisdictions = people, .jurisdiction_count = PLACES};
static const struct jurisdictions known = {.all = places, .count = PLACES};

static const struct regime *regime(const char *id)
{
    for (size_t i = 0; i < REGIME_COUNT; i++)
        if (strcmp(regimes[i].id, id) == 0) return &regimes[i];
    fail_msg("no regime %s", id);
    return NULL;
}

static void expect(const char *id, uint64_t lower, uint64_t best, uint64_t upper, const char *status)
{
    struct regime_bounds bounds = regime_bounds(regime(id), &totals, &known);
    assert_int_equal(bounds.lower, lower);
    assert_int_equal(bounds.best, best);
    assert_int_equal(bounds.upper, upper);
    assert_string_equal(regime_status(regime(id), &bounds), status);
}

static void the_example_has_the_statuses_of_its_page(void **unused)
{
    (void)unused;
    expect("JP-APPI", 203118, 212520, 218200, "MET"); /* everybody, wherever he lives, and what nobody is named for */
    expect("EU-GDPR", 4725, 4918, 5063, "NO_COUNT_TEST");
    expect("SG-PDPA", 468, 496, 521, "POSSIBLE");
    expect("US-CA", 1022, 1077, 1120, "MET");
    expect("US-TX", 236, 247, 259, "POSSIBLE");
    expect("US-WA", 418, 441, 462, "NOT_MET+UNKNOWN_COULD_FLIP"); /* 462 + 1,053 + 1,906 */
    expect("CA-PIPEDA", 512, 530, 548, "NO_COUNT_TEST");
    expect("KR-PIPA", 0, 0, 0, "NOT_MET+UNKNOWN_COULD_FLIP");
    expect("CN-CAC-INCIDENT", 0, 0, 0, "NOT_MET");
}

/* 1,000 people are enough in Korea and not in Malaysia. */
static void comparisons_differ_by_one_person(void **unused)
{
    (void)unused;
    struct regime_bounds bounds = {1000, 1000, 1000, 0};
    assert_string_equal(regime_status(regime("KR-PIPA"), &bounds), "MET");
    assert_string_equal(regime_status(regime("MY-PDPA"), &bounds), "NOT_MET");
    bounds.unknown = 1;
    assert_string_equal(regime_status(regime("MY-PDPA"), &bounds), "NOT_MET+UNKNOWN_COULD_FLIP");
    bounds.upper = 1001;
    assert_string_equal(regime_status(regime("MY-PDPA"), &bounds), "POSSIBLE");
    bounds.best = 1001;
    assert_string_equal(regime_status(regime("MY-PDPA"), &bounds), "LIKELY");
    bounds = (struct regime_bounds){0, 0, 0, 0};
    assert_string_equal(regime_status(regime("US-NY"), &bounds), "NOT_MET"); /* from the first person on */
}

static void whose_state_is_not_known_may_be_of_any(void **unused)
{
    (void)unused;
    struct jurisdiction few[] = {{"", ""}, {"US", ""}, {"US", "US-WA"}};
    struct jurisdiction_totals persons[] = {{.persons_by_tier = {0, 1, 0, 0}}, {.persons_by_tier = {0, 20, 30, 40}}, {.persons_by_tier = {0, 2, 3, 4}}};
    struct totals small = {.jurisdictions = persons, .jurisdiction_count = 3, .clusters_unattributed = 5};
    const struct jurisdictions of = {.all = few, .count = 3};
    struct regime_bounds bounds = regime_bounds(regime("US-WA"), &small, &of);
    assert_int_equal(bounds.upper, 9);
    assert_int_equal(bounds.unknown, 1 + 90 + 5);
    bounds = regime_bounds(regime("SG-PDPA"), &small, &of);
    assert_int_equal(bounds.upper, 0);
    assert_int_equal(bounds.unknown, 1 + 5);
    bounds = regime_bounds(regime("SG-PDPA"), &small, NULL); /* no roster */
    assert_int_equal(bounds.unknown, 1 + 90 + 9 + 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_has_the_statuses_of_its_page),
        cmocka_unit_test(comparisons_differ_by_one_person),
        cmocka_unit_test(whose_state_is_not_known_may_be_of_any),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
