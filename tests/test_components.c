/* Tests of analyzer/tally/components.c and harvest.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../analyzer/tally/harvest.h"
#include "tallying.h"

/* Customers of one identifier; each has so many identifiers and ten records. */
static void group_add(struct ties *ties, size_t group, uint8_t kind, const uint32_t *owners, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct tie tie = {owners[i], 3, 10, group, owners[0], kind};
        assert_true(ties_add(ties, &tie));
    }
}

static void components_grow_together_whatever_the_order(void **unused)
{
    (void)unused;
    struct ties one = {0}, two = {0};
    static const struct tie_source said = {NULL, NULL};
    group_add(&one, 0, KIND_IMEI, (const uint32_t[]){1, 2}, 2);
    group_add(&one, 1, KIND_VIN, (const uint32_t[]){7, 8, 9}, 3);
    group_add(&two, 0, KIND_MAC, (const uint32_t[]){9, 2}, 2); /* ties both */
    group_add(&two, 1, KIND_VIN, (const uint32_t[]){20, 21}, 2);
    struct component found[COMPONENTS_LISTED_MAX];
    struct duplicates duplicates;
    size_t count;
    assert_true(components_find((const struct ties *const[]){&one, &two}, 2, &said, found, &count, &duplicates));
    assert_int_equal(count, 2);
    assert_int_equal(found[0].persons, 5);
    assert_int_equal(found[0].records, 50);
    assert_int_equal(found[0].identifiers, 15 - 4); /* four are had in common */
    assert_int_equal(found[0].kinds, KIND_BIT(KIND_IMEI) | KIND_BIT(KIND_VIN) | KIND_BIT(KIND_MAC));
    assert_int_equal(found[1].persons, 2);
    assert_int_equal(found[1].kinds, KIND_BIT(KIND_VIN));
    assert_int_equal(duplicates.groups, 0);
    ties_free(&one);
    assert_true(components_find((const struct ties *const[]){&one}, 1, &said, found, &count, &duplicates));
    assert_int_equal(count, 0);
    ties_free(&two);
}

/* However many addresses and numbers two customers have in common, they are one person at most. */
static void customers_of_one_address_or_number_may_be_one_person(void **unused)
{
    (void)unused;
    struct ties one = {0}, two = {0};
    static const struct tie_source said = {NULL, NULL};
    group_add(&one, 0, KIND_EMAIL, (const uint32_t[]){1, 2}, 2);
    group_add(&two, 0, KIND_MSISDN, (const uint32_t[]){1, 2}, 2);
    group_add(&one, 1, KIND_EMAIL, (const uint32_t[]){5, 6}, 2);
    group_add(&two, 1, KIND_MSISDN, (const uint32_t[]){6, 7, 8}, 3);
    group_add(&one, 2, KIND_VIN, (const uint32_t[]){2, 5}, 2); /* one vehicle is no sign of one person */
    group_add(&two, 2, KIND_VIN, (const uint32_t[]){20, 21}, 2);
    struct component found[COMPONENTS_LISTED_MAX];
    struct duplicates duplicates;
    size_t count;
    assert_true(components_find((const struct ties *const[]){&one, &two}, 2, &said, found, &count, &duplicates));
    assert_int_equal(duplicates.groups, 2);
    assert_int_equal(duplicates.most, 1 + 3);
    assert_int_equal(count, 2);
    assert_int_equal(found[0].persons, 6);
    ties_free(&one);
    ties_free(&two);
}

static void only_the_largest_are_listed(void **unused)
{
    (void)unused;
    struct ties ties = {0};
    static const struct tie_source said = {NULL, NULL};
    for (uint32_t i = 0; i < 10; i++) {
        uint32_t owners[12];
        for (uint32_t k = 0; k < i + 2; k++) owners[k] = 100 * i + k;
        group_add(&ties, i, KIND_VIN, owners, i + 2);
    }
    struct component found[COMPONENTS_LISTED_MAX];
    struct duplicates duplicates;
    size_t count;
    assert_true(components_find((const struct ties *const[]){&ties}, 1, &said, found, &count, &duplicates));
    assert_int_equal(count, COMPONENTS_LISTED_MAX);
    for (size_t i = 0; i < count; i++) assert_int_equal(found[i].persons, 11 - i);
    ties_free(&ties);
}

static size_t three(enum kind kind, const char *canonical, char prefix[PREFIX_SIZE])
{
    size_t length = kind == KIND_SERIAL ? 0 : 3;
    memcpy(prefix, canonical, length);
    prefix[length] = '\0';
    return length;
}

static void harvest_text(struct harvest *harvest, enum kind kind, const char *canonical)
{
    struct tally_identifier identifier = an_identifier(kind, GRADE_LIKELY, canonical);
    assert_true(harvest_unattributed(harvest, identifier.kind, identifier.state >> FACT_PACKING_SHIFT & 3, identifier.packed, identifier.length));
}

static void the_most_frequent_beginnings_come_first(void **unused)
{
    (void)unused;
    struct harvest one = {.options.prefix = three}, two = {.options.prefix = three}, all = {0}, none = {0};
    for (int i = 0; i < 500; i++) {
        char name[24];
        snprintf(name, sizeof name, "%03dABCDEFGH%06d", i % 250, i);
        harvest_text(i % 2 == 0 ? &one : &two, KIND_VIN, name);
    }
    harvest_text(&one, KIND_VIN, "007ABCDEFGH000001");
    harvest_text(&one, KIND_IMEI, "357613004448485");
    harvest_text(&one, KIND_SERIAL, "A1B2C3D4"); /* of which nothing is shown */
    harvest_text(&none, KIND_VIN, "007ABCDEFGH000001");
    assert_true(harvest_merge(&all, &one) && harvest_merge(&all, &two));
    harvest_sort(&all);
    assert_int_equal(all.prefix_count, 251);
    assert_string_equal(all.prefixes[0].prefix, "007");
    assert_int_equal(all.prefixes[0].identifiers, 3);
    assert_string_equal(all.prefixes[1].prefix, "000");
    assert_int_equal(all.prefixes[1].identifiers, 2);
    assert_string_equal(all.prefixes[250].prefix, "357");
    assert_int_equal(none.prefix_count, 0);
    harvest_free(&one);
    harvest_free(&two);
    harvest_free(&all);
}

static void shared_ones_are_told(void **unused)
{
    (void)unused;
    struct harvest harvest = {0}, all = {0};
    harvest_group(&harvest, KIND_VIN, 8);
    for (uint64_t i = 0; i < 2 * SHARED_LISTED_MAX; i++) harvest_group(&harvest, KIND_IMEI, 9 + i);
    assert_true(harvest_merge(&all, &harvest));
    assert_int_equal(all.shared_count, SHARED_LISTED_MAX);
    assert_int_equal(all.shared[0].customers, 9 + 2 * SHARED_LISTED_MAX - 1);
    assert_int_equal(all.shared[SHARED_LISTED_MAX - 1].customers, 9 + SHARED_LISTED_MAX);
    harvest_free(&harvest);
    harvest_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_grow_together_whatever_the_order),
        cmocka_unit_test(customers_of_one_address_or_number_may_be_one_person),
        cmocka_unit_test(only_the_largest_are_listed),
        cmocka_unit_test(the_most_frequent_beginnings_come_first),
        cmocka_unit_test(shared_ones_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
