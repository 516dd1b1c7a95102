/* What the law of a place makes of the numbers: whether enough of its people are affected that somebody is to be told. Arithmetic
 * only: whether a regime applies at all, a person decides.
 *
 * Rule     notification.md of the domain, 2.3: for the comparison C of a regime with its threshold n,
 *              MET            the lower bound C n
 *              LIKELY         else, the best figure C n
 *              POSSIBLE       else, the upper bound C n; of regimes that count everybody, with what nobody is named for
 *              NOT_MET        else; "+UNKNOWN_COULD_FLIP" behind it where the upper bound, with all people of whom the residence is
 *                             not known and all clusters of nobody's, C n
 *              NO_COUNT_TEST  the regime has no threshold
 *          A place is a country, with all its subdivisions, or a subdivision; of people whose country alone is known, the
 *          subdivision is not. Residence stands for the market too, which no roster says.
 *          United States: a breach statute counts people of whom a statutory combination is exposed (a name with a licence, say),
 *          of which nothing here looks for any part, so that there are none; all who are exposed are told beside it
 * Clocks   hours from when somebody became aware (--aware). Where the law counts business days, or says no number, a person does
 * Source   regimes_table.c, of 2026-11-22: data, which ages; as_of, confidence and verify are written beside each
 */
#ifndef REGIMES_H
#define REGIMES_H

#include "../attribute/jurisdictions.h"
#include "../support/json.h"
#include "../tally/resolve.h"

enum { REGIME_COUNT = 77 };
enum comparison { COMPARE_NONE, COMPARE_MORE, COMPARE_AT_LEAST };

struct regime {
    const char *id;
    const char *places;    /* ISO 3166-1 or 3166-2, with a blank between two */
    uint64_t threshold;
    enum comparison comparison;
    bool all_subjects;     /* everybody counts, wherever he lives */
    bool statutory;        /* those of a statutory combination count */
    uint32_t hours[3];     /* from awareness to the preliminary and the final report, and to notices to the people; 0: no fixed number */
    const char *as_of, *confidence;
    bool verify;           /* something that decides is from general knowledge */
    bool in_force;
};
extern const struct regime regimes[REGIME_COUNT];

struct regime_bounds {
    uint64_t lower, best, upper;
    uint64_t unknown; /* people of unknown residence, at most, and clusters of nobody's */
};

/* jurisdictions may be NULL: no residence is known. */
struct regime_bounds regime_bounds(const struct regime *regime, const struct totals *totals, const struct jurisdictions *jurisdictions);
const char *regime_status(const struct regime *regime, const struct regime_bounds *bounds);

/* The list "regimes" of summary.json. aware_s: when the clocks began; TIME_NONE: nobody said so, and nothing is due. */
void regimes_json_write(struct json_writer *writer, const struct totals *totals, const struct jurisdictions *jurisdictions, int64_t aware_s);

#endif
