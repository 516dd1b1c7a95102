#include "jurisdictions.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

_Static_assert(ROSTER_POST == 1 << CONTACT_POST && ROSTER_EMAIL == 1 << CONTACT_EMAIL && ROSTER_PHONE == 1 << CONTACT_PHONE, "flags and their places");

enum { MINOR_YEARS = 18, CHILD_YEARS = 12, ELDERLY_YEARS = 60, SECONDS_A_DAY = 86400 };

static int compare(const void *left, const void *right)
{
    const struct jurisdiction *a = left, *b = right;
    int order = strcmp(a->country, b->country);
    return order != 0 ? order : strcmp(a->subdivision, b->subdivision);
}

/* Where it is, or belongs. */
static uint32_t find(const struct jurisdictions *jurisdictions, const struct jurisdiction *wanted, bool *there)
{
    uint32_t low = 0, high = jurisdictions->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare(&jurisdictions->all[middle], wanted) < 0) low = middle + 1;
        else high = middle;
    }
    *there = low < jurisdictions->count && compare(&jurisdictions->all[low], wanted) == 0;
    return low;
}

static bool add(struct jurisdictions *jurisdictions, const struct jurisdiction *wanted, uint32_t *room)
{
    bool there;
    uint32_t at = find(jurisdictions, wanted, &there);
    if (there) return true;
    if (jurisdictions->count == *room) {
        struct jurisdiction *grown = realloc(jurisdictions->all, 2 * (size_t)*room * sizeof *grown);
        if (grown == NULL) return false;
        jurisdictions->all = grown;
        *room *= 2;
    }
    memmove(jurisdictions->all + at + 1, jurisdictions->all + at, (jurisdictions->count - at) * sizeof *jurisdictions->all);
    jurisdictions->all[at] = *wanted;
    jurisdictions->count++;
    return true;
}

/* Of those that some customer has. */
static bool residences_take(struct jurisdictions *jurisdictions, uint32_t *room)
{
    const struct roster *roster = jurisdictions->roster;
    uint32_t residence_count = roster_residence_count(roster);
    jurisdictions->of_residence = calloc(residence_count, sizeof *jurisdictions->of_residence);
    bool enough = jurisdictions->of_residence != NULL;
    for (uint32_t pass = 0; pass < 2; pass++) /* numbers hold once all are there */
        for (uint32_t i = 0; enough && i < residence_count; i++) {
            struct roster_residence residence = roster_residence(roster, i);
            struct jurisdiction wanted;
            bool there = true;
            if (!residence.any) continue;
            memcpy(wanted.country, residence.country, sizeof wanted.country);
            memcpy(wanted.subdivision, residence.subdivision, sizeof wanted.subdivision);
            if (pass == 0) enough = add(jurisdictions, &wanted, room);
            else jurisdictions->of_residence[i] = find(jurisdictions, &wanted, &there);
        }
    return enough;
}

enum status jurisdictions_open(const struct roster *roster, struct jurisdictions *jurisdictions, struct fault *fault)
{
    uint32_t room = 64;
    *jurisdictions = (struct jurisdictions){.roster = roster, .all = calloc(room, sizeof *jurisdictions->all), .count = 1, .aware_s = TIME_NONE};
    if (jurisdictions->all != NULL && (roster == NULL || residences_take(jurisdictions, &room))) return STATUS_OK;
    jurisdictions_close(jurisdictions);
    return fault_set(fault, STATUS_FATAL, "no memory for the countries of customers");
}

void jurisdictions_close(struct jurisdictions *jurisdictions)
{
    free(jurisdictions->all);
    free(jurisdictions->of_residence);
    *jurisdictions = (struct jurisdictions){0};
}

/* Of a day that is known. */
static enum age age_of(int32_t birth_day, int64_t aware_s)
{
    time_t born_s = (time_t)birth_day * SECONDS_A_DAY, then_s = (time_t)aware_s;
    struct tm born, then;
    if (aware_s == TIME_NONE || born_s > then_s) return AGE_UNKNOWN;
    if (gmtime_r(&born_s, &born) == NULL || gmtime_r(&then_s, &then) == NULL) return AGE_UNKNOWN;
    bool before = then.tm_mon != born.tm_mon ? then.tm_mon < born.tm_mon : then.tm_mday < born.tm_mday;
    int years = then.tm_year - born.tm_year - before;
    if (years < CHILD_YEARS) return AGE_UNDER_12;
    return years < MINOR_YEARS ? AGE_UNDER_18 : years < ELDERLY_YEARS ? AGE_ADULT : AGE_ELDERLY;
}

void jurisdictions_person(const struct jurisdictions *jurisdictions, const struct roster_person *customer, struct person_facts *person)
{
    person->jurisdiction = jurisdictions->of_residence[customer->residence];
    person->organisation = customer->type == ROSTER_ORGANISATION;
    person->contact_known = customer->contact_known;
    person->contact = customer->contact;
    person->age = customer->birth_day == ROSTER_BIRTH_UNKNOWN ? AGE_UNKNOWN : age_of(customer->birth_day, jurisdictions->aware_s);
}

static void persons_find(const void *context, const struct span *customers, size_t count, struct person_facts *facts)
{
    enum { TOGETHER = 64 };
    const struct jurisdictions *jurisdictions = context;
    for (size_t begin = 0; begin < count; begin += TOGETHER) {
        uint32_t numbers[TOGETHER];
        size_t some = count - begin < TOGETHER ? count - begin : TOGETHER;
        roster_find_all(jurisdictions->roster, customers + begin, some, numbers);
        for (size_t i = 0; i < some; i++) {
            struct roster_person person;
            facts[begin + i] = (struct person_facts){.jurisdiction = 0};
            if (numbers[i] == ROSTER_NOBODY) continue;
            roster_person(jurisdictions->roster, numbers[i], &person);
            jurisdictions_person(jurisdictions, &person, &facts[begin + i]);
        }
    }
}

struct person_source jurisdictions_persons(const struct jurisdictions *jurisdictions)
{
    if (jurisdictions->roster == NULL) return (struct person_source){NULL, NULL, 1};
    return (struct person_source){persons_find, jurisdictions, jurisdictions->count};
}
