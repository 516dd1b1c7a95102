/* Tests of analyzer/attribute/jurisdictions.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../analyzer/attribute/jurisdictions.h"

static struct person_facts facts_of(const struct person_source *persons, const char *customer)
{
    /* Behind so many others that they are not all looked up together. */
    enum { COUNT = 100 };
    struct span keys[COUNT];
    struct person_facts facts[COUNT];
    for (size_t i = 0; i < COUNT; i++) keys[i] = i % 3 == 0 ? (struct span){customer, strlen(customer)} : (struct span){"nobody", 6};
    persons->find(persons->context, keys, COUNT, facts);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(facts[i].jurisdiction, i % 3 == 0 ? facts[COUNT - 1].jurisdiction : 0);
        assert_int_equal(facts[i].organisation, i % 3 == 0 && facts[COUNT - 1].organisation);
    }
    return facts[COUNT - 1];
}

static struct roster *roster_of(const char *rows)
{
    char path[] = "/tmp/breachtally.XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, rows, strlen(rows)), strlen(rows));
    close(file);
    struct profile *profile = NULL;
    struct roles *roles = NULL;
    struct roster *roster = NULL;
    struct fault fault = {.message = ""};
    assert_int_equal(profile_open(NULL, &profile, &fault), STATUS_OK);
    assert_int_equal(roles_open(profile, &roles, &fault), STATUS_OK);
    const struct roster_options options = {.path = path, .roles = roles, .profile = profile, .thread_count = 1};
    if (roster_open(&options, &roster, &fault) != STATUS_OK) fail_msg("%s", fault.message);
    assert_int_equal(roster_bad_count(roster), 0);
    unlink(path);
    roles_free(roles);
    profile_free(profile);
    return roster;
}

static void places_are_numbered_in_their_order(void **unused)
{
    (void)unused;
    struct roster *roster = roster_of("customer_id,country,subdivision,type\n"
                                      "A,US,US-TX,person\nB,DE,,\nC,US,US-CA,organisation\nD,,,\nE,US,,\nF,US,US-CA,person\nG,AU,AU-NSW,company\n");
    struct jurisdictions all;
    struct fault fault = {.message = ""};
    assert_int_equal(jurisdictions_open(roster, &all, &fault), STATUS_OK);
    static const char *const expected[][2] = {{"", ""}, {"AU", "AU-NSW"}, {"DE", ""}, {"US", ""}, {"US", "US-CA"}, {"US", "US-TX"}};
    assert_int_equal(all.count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(all.all[i].country, expected[i][0]);
        assert_string_equal(all.all[i].subdivision, expected[i][1]);
    }
    struct person_source persons = jurisdictions_persons(&all);
    assert_int_equal(persons.jurisdiction_count, 6);
    static const struct { const char *customer; uint32_t jurisdiction; bool organisation; } people[] = {
        {"A", 5, false}, {"B", 2, false}, {"C", 4, true}, {"D", 0, false}, {"E", 3, false}, {"F", 4, false}, {"G", 1, true}, {"nobody", 0, false},
    };
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        struct person_facts facts = facts_of(&persons, people[i].customer);
        assert_int_equal(facts.jurisdiction, people[i].jurisdiction);
        assert_int_equal(facts.organisation, people[i].organisation);
    }
    jurisdictions_close(&all);
    roster_close(roster);
}

static void without_a_roster_nothing_is_known_of_anybody(void **unused)
{
    (void)unused;
    struct jurisdictions all;
    struct fault fault;
    assert_int_equal(jurisdictions_open(NULL, &all, &fault), STATUS_OK);
    struct person_source persons = jurisdictions_persons(&all);
    assert_null(persons.find);
    assert_int_equal(persons.jurisdiction_count, 1);
    jurisdictions_close(&all);
}

static void ages_are_whole_years_when_it_became_known(void **unused)
{
    (void)unused;
    struct roster *roster = roster_of("customer_id,birth_date\nELEVEN,2014-11-21\nTWELVE,2014-11-20\nMINOR,2008-11-21\nADULT,2008-11-20\n"
                                      "FIFTY9,1966-11-21\nELDER,1966-11-20\nOLD,1899-01-01\nUNBORN,2026-11-21\nUNKNOWN,\n");
    static const struct { const char *customer; enum age age; } people[] = {
        {"ELEVEN", AGE_UNDER_12}, {"TWELVE", AGE_UNDER_18}, {"MINOR", AGE_UNDER_18}, {"ADULT", AGE_ADULT},     {"FIFTY9", AGE_ADULT},
        {"ELDER", AGE_ELDERLY},   {"OLD", AGE_ELDERLY},     {"UNBORN", AGE_UNKNOWN}, {"UNKNOWN", AGE_UNKNOWN}, {"nobody", AGE_UNKNOWN},
    };
    struct jurisdictions all;
    struct fault fault;
    assert_int_equal(jurisdictions_open(roster, &all, &fault), STATUS_OK);
    struct person_source persons = jurisdictions_persons(&all);
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) assert_int_equal(facts_of(&persons, people[i].customer).age, AGE_UNKNOWN);
    all.aware_s = 1795132800 + 86399; /* the last second of 2026-11-20 */
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) assert_int_equal(facts_of(&persons, people[i].customer).age, people[i].age);
    jurisdictions_close(&all);
    roster_close(roster);
}

static void what_is_kept_of_a_person_is_what_was_known(void **unused)
{
    (void)unused;
    static const struct person_facts people[] = {
        {.jurisdiction = 0},
        {PERSON_JURISDICTIONS_MAX - 1, true, 7, 5, AGE_ELDERLY},
        {1, false, 2, 0, AGE_UNDER_12},
        {65536, true, 0, 0, AGE_ADULT},
    };
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        uint32_t kept = person_kept(&people[i]);
        assert_int_not_equal(kept, 0);
        struct person_facts again = person_of_kept(kept);
        assert_int_equal(again.jurisdiction, people[i].jurisdiction);
        assert_int_equal(again.organisation, people[i].organisation);
        assert_int_equal(again.contact_known, people[i].contact_known);
        assert_int_equal(again.contact, people[i].contact);
        assert_int_equal(again.age, people[i].age);
    }
    assert_int_equal(person_kept(&(struct person_facts){.jurisdiction = PERSON_JURISDICTIONS_MAX}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_numbered_in_their_order),
        cmocka_unit_test(ages_are_whole_years_when_it_became_known),
        cmocka_unit_test(what_is_kept_of_a_person_is_what_was_known),
        cmocka_unit_test(without_a_roster_nothing_is_known_of_anybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
