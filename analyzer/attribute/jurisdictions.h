/* The countries and subdivisions of the roster's customers, numbered in their order; what resolving asks of a customer.
 *
 * Ages     in whole years on the day, of UTC, on which it became known: under 12, under 18, from 60 on (domain, 2.7)
 * Rule     residence as the roster says; never from positions (notification.md of the domain, 2.7)
 * Threads  const after jurisdictions_open
 */
#ifndef JURISDICTIONS_H
#define JURISDICTIONS_H

#include "../tally/resolving.h"
#include "roster.h"

struct jurisdiction {
    char country[3], subdivision[7]; /* empty: unknown */
};

struct jurisdictions {
    const struct roster *roster;
    struct jurisdiction *all; /* [0] is the unknown one; then by country, then by subdivision */
    uint32_t count;
    uint32_t *of_residence; /* by the roster's numbers; those that no customer has are not set */
    int64_t aware_s; /* when it became known; TIME_NONE until somebody says it: ages are unknown */
};

/* Fails    FATAL: no memory. */
MUST_USE enum status jurisdictions_open(const struct roster *roster, struct jurisdictions *jurisdictions, struct fault *fault);
void jurisdictions_close(struct jurisdictions *jurisdictions);

/* What follows from what the roster says of a customer. */
void jurisdictions_person(const struct jurisdictions *jurisdictions, const struct roster_person *customer, struct person_facts *person);

/* For resolving; lends. */
struct person_source jurisdictions_persons(const struct jurisdictions *jurisdictions);

#endif
