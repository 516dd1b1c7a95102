#include "regimes.h"

#include <string.h>

#include "summary_json.h"

/* Whether the place is among those, which stand with blanks between them. */
static bool is_among(const char *places, const char *place)
{
    size_t length = strlen(place);
    for (const char *at = places; length > 0 && (at = strstr(at, place)) != NULL; at += length)
        if ((at == places || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' ')) return true;
    return false;
}

/* Whether one of the places is a subdivision of that country. */
static bool divides(const char *places, const char *country)
{
    size_t length = strlen(country);
    return length > 0 && strncmp(places, country, length) == 0 && places[length] == '-';
}

static void add(uint64_t persons[4], const struct jurisdiction_totals *of)
{
    for (int tier = TIER_T1; tier <= TIER_T3; tier++) persons[tier] += of->persons_by_tier[tier];
}

struct regime_bounds regime_bounds(const struct regime *regime, const struct totals *totals, const struct jurisdictions *jurisdictions)
{
    if (regime->all_subjects) return (struct regime_bounds){totals->persons_lower, totals->persons_best, totals->persons_upper_total, 0};
    uint64_t here[4] = {0}, unknown[4] = {0};
    for (size_t i = 0; i < totals->jurisdiction_count; i++) {
        const struct jurisdiction *place = jurisdictions == NULL ? NULL : &jurisdictions->all[i];
        if (place == NULL || place->country[0] == '\0') add(unknown, &totals->jurisdictions[i]);
        else if (is_among(regime->places, place->country) || is_among(regime->places, place->subdivision)) add(here, &totals->jurisdictions[i]);
        else if (place->subdivision[0] == '\0' && divides(regime->places, place->country)) add(unknown, &totals->jurisdictions[i]);
    }
    uint64_t best = here[TIER_T1] + here[TIER_T2];
    return (struct regime_bounds){here[TIER_T1], best, best + here[TIER_T3],
                                  unknown[TIER_T1] + unknown[TIER_T2] + unknown[TIER_T3] + totals->clusters_unattributed};
}

static bool is_reached(const struct regime *regime, uint64_t persons)
{
    return regime->comparison == COMPARE_MORE ? persons > regime->threshold : persons >= regime->threshold;
}

const char *regime_status(const struct regime *regime, const struct regime_bounds *bounds)
{
    if (regime->comparison == COMPARE_NONE) return "NO_COUNT_TEST";
    if (is_reached(regime, bounds->lower)) return "MET";
    if (is_reached(regime, bounds->best)) return "LIKELY";
    if (is_reached(regime, bounds->upper)) return "POSSIBLE";
    return is_reached(regime, bounds->upper + bounds->unknown) ? "NOT_MET+UNKNOWN_COULD_FLIP" : "NOT_MET";
}

static void write_exposed(struct json_writer *writer, const struct regime *regime, const struct regime_bounds *bounds)
{
    json_object_open(writer, "all_exposed");
    json_write_unsigned(writer, "best", bounds->best);
    json_write_unsigned(writer, "lower", bounds->lower);
    json_write_text(writer, "status", regime_status(regime, bounds));
    json_write_unsigned(writer, "upper", bounds->upper);
    json_object_close(writer);
}

static void write_due(struct json_writer *writer, const char *key, uint32_t hours, int64_t aware_s)
{
    summary_write_time(writer, key, hours == 0 || aware_s == TIME_NONE ? TIME_NONE : aware_s + (int64_t)hours * 3600);
}

static void write_regime(struct json_writer *writer, const struct regime *regime, struct regime_bounds bounds, int64_t aware_s)
{
    static const char *const comparators[] = {"none", "gt", "ge"};
    json_object_open(writer, NULL);
    if (regime->statutory) {
        write_exposed(writer, regime, &bounds);
        bounds = (struct regime_bounds){0, 0, 0, 0};
    }
    json_write_text(writer, "as_of", regime->as_of);
    json_write_unsigned(writer, "best", bounds.best);
    json_write_text(writer, "comparator", comparators[regime->comparison]);
    json_write_text(writer, "confidence", regime->confidence);
    write_due(writer, "due_final", regime->hours[1], aware_s);
    write_due(writer, "due_individuals", regime->hours[2], aware_s);
    write_due(writer, "due_preliminary", regime->hours[0], aware_s);
    json_write_text(writer, "id", regime->id);
    json_write_boolean(writer, "in_force", regime->in_force);
    json_write_unsigned(writer, "lower", bounds.lower);
    json_write_text(writer, "status", regime_status(regime, &bounds));
    if (regime->comparison == COMPARE_NONE) json_write_null(writer, "threshold");
    else json_write_unsigned(writer, "threshold", regime->threshold);
    json_write_unsigned(writer, "upper", bounds.upper);
    json_write_boolean(writer, "verify", regime->verify);
    json_object_close(writer);
}

void regimes_json_write(struct json_writer *writer, const struct totals *totals, const struct jurisdictions *jurisdictions, int64_t aware_s)
{
    json_list_open(writer, "regimes");
    for (size_t i = 0; i < REGIME_COUNT; i++) write_regime(writer, &regimes[i], regime_bounds(&regimes[i], totals, jurisdictions), aware_s);
    json_list_close(writer);
}
