#include "summary_json.h"

#include <stdlib.h>
#include <string.h>

#include "../attribute/exposures.h"
#include "../support/escape.h"
#include "../support/utf8.h"
#include "../support/version.h"
#include "cell.h"
#include "fields_json.h"
#include "regimes.h"

#define ALL_SOURCES SIZE_MAX

void summary_write_name(struct json_writer *writer, const char *key, const char *name)
{
    size_t len = strlen(name);
    if (utf8_is_valid(name, len)) {
        json_write_text(writer, key, name);
        return;
    }
    char *escaped = malloc(len * ESCAPE_GROWTH + 1);
    if (escaped == NULL) {
        writer->failed = true;
        return;
    }
    escape_write(escaped, len * ESCAPE_GROWTH + 1, name, len);
    json_write_text(writer, key, escaped);
    free(escaped);
}

void summary_write_time(struct json_writer *writer, const char *key, int64_t seconds)
{
    char text[CELL_TIME_BYTES];
    size_t len = (size_t)(cell_write_time(text, seconds) - text);
    if (len == 0)
        json_write_null(writer, key);
    else
        json_write_span(writer, key, (struct span){text, len});
}

void summary_write_digest(struct json_writer *writer, const char *key, const uint8_t *digest)
{
    char text[2 * SHA256_BYTES];
    cell_write_hex(text, digest, SHA256_BYTES);
    json_write_span(writer, key, (struct span){text, sizeof text});
}

/* Our tables stand in an order of meaning, keys in that of their bytes. */
struct name_order {
    const char *name;
    size_t index;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct name_order *)a)->name, ((const struct name_order *)b)->name);
}

static void order_kinds(struct name_order order[KINDS_MAX])
{
    for (size_t i = 0; i < kind_count; i++)
        order[i] = (struct name_order){detectors[i]->name, i};
    qsort(order, kind_count, sizeof *order, by_name);
}

struct byte_sums {
    uint64_t listed, examined, unexamined[COVERAGE_REASON_COUNT];
};

static void sum_bytes(struct byte_sums *sums, const struct object *object)
{
    sums->listed += object->size_bytes > 0 ? (uint64_t)object->size_bytes : 0;
    sums->examined += object->bytes_examined;
    sums->unexamined[object->reason] += object->bytes_unexamined;
}

static void write_unexamined(struct json_writer *writer, const struct byte_sums *sums)
{
    struct name_order order[COVERAGE_REASON_COUNT];
    for (size_t i = 0; i < COVERAGE_REASON_COUNT; i++)
        order[i] = (struct name_order){coverage_reason_name((enum coverage_reason)i), i};
    qsort(order, COVERAGE_REASON_COUNT, sizeof *order, by_name);
    json_object_open(writer, "unexamined");
    for (size_t i = 0; i < COVERAGE_REASON_COUNT; i++) {
        if (sums->unexamined[order[i].index] > 0)
            json_write_unsigned(writer, order[i].name, sums->unexamined[order[i].index]);
    }
    json_object_close(writer);
}

/* Those of files, as they lie in the evidence; and those of members and residues, whose bytes came out of these. */
static void write_bytes(struct json_writer *writer, const struct object_list *list)
{
    struct byte_sums files = {0}, members = {0};
    for (size_t i = 0; i < list->count; i++)
        sum_bytes(list->objects[i].is_piece ? &members : &files, &list->objects[i]);
    const struct piece_sums *pieces = ledger_sums(list->ledger);
    members.listed += pieces->listed_bytes;
    members.examined += pieces->bytes_examined;
    for (size_t i = 0; i < COVERAGE_REASON_COUNT; i++)
        members.unexamined[i] += pieces->bytes_unexamined[i];
    json_object_open(writer, "bytes");
    json_write_unsigned(writer, "examined", files.examined);
    json_write_unsigned(writer, "listed", files.listed);
    json_object_open(writer, "members");
    json_write_unsigned(writer, "examined", members.examined);
    json_write_unsigned(writer, "listed", members.listed);
    write_unexamined(writer, &members);
    json_object_close(writer);
    write_unexamined(writer, &files);
    json_object_close(writer);
}

static void write_objects(struct json_writer *writer, const struct object_list *list)
{
    uint64_t counts[OBJECT_STATUS_COUNT] = {0};
    for (size_t i = 0; i < list->count; i++)
        counts[list->objects[i].status]++;
    for (size_t i = 0; i < OBJECT_STATUS_COUNT; i++)
        counts[i] += ledger_sums(list->ledger)->statuses[i];
    json_object_open(writer, "objects");
    json_write_unsigned(writer, "complete", counts[OBJECT_COMPLETE]);
    json_write_unsigned(writer, "duplicate", counts[OBJECT_DUPLICATE]);
    json_write_unsigned(writer, "failed", counts[OBJECT_FAILED]);
    json_write_unsigned(writer, "listed", object_list_total(list));
    json_write_unsigned(writer, "partial", counts[OBJECT_PARTIAL]);
    json_write_unsigned(writer, "skipped", counts[OBJECT_SKIPPED]);
    json_object_close(writer);
}

/* Which field named customers in how many units: of a source, or with ALL_SOURCES. */
static void write_customer_fields(struct json_writer *writer, const struct totals *totals, size_t source)
{
    json_list_open(writer, "customer_fields");
    for (size_t i = 0; i < totals->customer_field_count; i++) {
        const struct customer_field *field = &totals->customer_fields[i];
        uint64_t units = source == ALL_SOURCES ? field->units : field->by_source[source];
        if (units == 0)
            continue;
        json_object_open(writer, NULL);
        summary_write_name(writer, "field", field->name);
        json_write_unsigned(writer, "units", units);
        json_object_close(writer);
    }
    json_list_close(writer);
}

static void write_date(struct json_writer *writer, const char *key, const char *date)
{
    if (date[0] != '\0')
        json_write_text(writer, key, date);
}

static void write_sources(struct json_writer *writer, const struct case_files *files, const struct totals *totals)
{
    const struct object_list *list = files->list;
    json_list_open(writer, "by_source");
    for (size_t i = 0; i < list->source_count; i++) {
        const struct source_totals *source = &totals->by_source[i];
        struct exposure exposure = source_exposure(files->profile, list->sources[i]);
        json_object_open(writer, NULL);
        json_write_unsigned(writer, "bytes", source->bytes);
        write_customer_fields(writer, totals, i);
        json_write_unsigned(writer, "customers_named_only", source->named_only);
        write_date(writer, "exposed_from", exposure.from);
        write_date(writer, "exposed_to", exposure.to);
        json_write_unsigned(writer, "objects", source->objects);
        json_write_unsigned(writer, "persons", source->persons);
        json_write_unsigned(writer, "persons_only_here", source->persons_only_here);
        json_write_unsigned(writer, "records", source->records);
        summary_write_name(writer, "source", list->sources[i]);
        json_object_close(writer);
    }
    json_list_close(writer);
}

/* When persons' records lay open, over all sources that have any; of some the windows may not be known. */
static void write_exposure(struct json_writer *writer, const struct case_files *files, const struct totals *totals)
{
    const struct object_list *list = files->list;
    struct exposure *windows = calloc(list->source_count + 1, sizeof *windows), all = {"", ""};
    uint64_t days = 0, unknown = 0;
    size_t count = 0;
    for (size_t i = 0; windows != NULL && i < list->source_count; i++) {
        if (totals->by_source[i].persons == 0)
            continue;
        windows[count] = source_exposure(files->profile, list->sources[i]);
        unknown += windows[count].from[0] == '\0' || windows[count].to[0] == '\0';
        exposure_widen(&all, &windows[count++]);
    }
    writer->failed |= windows == NULL || !exposure_days(windows, count, &days);
    free(windows);
    json_object_open(writer, "exposure");
    json_write_unsigned(writer, "days", days);
    write_date(writer, "first", all.from);
    write_date(writer, "last", all.to);
    json_write_unsigned(writer, "sources_unknown", unknown);
    json_object_close(writer);
}

/* Persons that two sources have in common, for snapshots above all; null where there are too many pairs. */
static void write_overlaps(struct json_writer *writer, const struct object_list *list, const struct totals *totals)
{
    size_t count = list->source_count;
    if (count > SOURCES_PAIRED_MAX) {
        json_write_null(writer, "sources_overlap");
        return;
    }
    json_list_open(writer, "sources_overlap");
    for (size_t a = 0; a < count && totals->overlaps != NULL; a++) {
        for (size_t b = a + 1; b < count; b++) {
            if (totals->overlaps[a * count + b] == 0)
                continue;
            json_object_open(writer, NULL);
            json_write_unsigned(writer, "persons", totals->overlaps[a * count + b]);
            json_list_open(writer, "sources");
            summary_write_name(writer, NULL, list->sources[a]);
            summary_write_name(writer, NULL, list->sources[b]);
            json_list_close(writer);
            json_object_close(writer);
        }
    }
    json_list_close(writer);
}

static void write_identifiers(struct json_writer *writer, const struct totals *totals)
{
    struct name_order order[KINDS_MAX];
    order_kinds(order);
    json_object_open(writer, "identifiers");
    for (size_t i = 0; i < kind_count; i++) {
        const struct kind_totals *kind = &totals->kinds[order[i].index];
        json_object_open(writer, order[i].name);
        json_write_unsigned(writer, "confirmed", kind->confirmed);
        json_write_unsigned(writer, "distinct", kind->distinct);
        json_write_unsigned(writer, "likely", kind->likely);
        json_write_unsigned(writer, "possible", kind->possible);
        json_write_unsigned(writer, "rejected", kind->rejected);
        json_write_unsigned(writer, "sample", kind->sample);
        json_object_close(writer);
    }
    json_object_close(writer);
    json_object_open(writer, "identifiers_unattributed");
    for (size_t i = 0; i < kind_count; i++)
        json_write_unsigned(writer, order[i].name, totals->kinds[order[i].index].unattributed);
    json_object_close(writer);
}

/* Only elements that something here looks for: a 0 must mean "looked for and not found". */
static void write_elements(struct json_writer *writer, const struct totals *totals)
{
    bool looked_for[ELEMENT_COUNT + 1] = {[ELEMENT_LOC] = true, [ELEMENT_TIM] = true}; /* the last is ELEMENT_NONE */
    for (size_t i = 0; i < kind_count; i++)
        looked_for[detectors[i]->element] = true;
    struct name_order order[ELEMENT_COUNT];
    for (size_t i = 0; i < ELEMENT_COUNT; i++)
        order[i] = (struct name_order){element_code((enum element)i), i};
    qsort(order, ELEMENT_COUNT, sizeof *order, by_name);
    json_object_open(writer, "persons_by_element");
    for (size_t i = 0; i < ELEMENT_COUNT; i++) {
        size_t element = order[i].index;
        if (looked_for[element] || totals->persons_by_element[element] > 0)
            json_write_unsigned(writer, order[i].name, totals->persons_by_element[element]);
    }
    json_object_close(writer);
}

/* What only a roster says; null without one. Unknown ages are told even where no day of awareness makes any of them known. */
static void write_contactable(struct json_writer *writer, const struct roster *roster, const struct totals *totals)
{
    const struct person_totals *people = &totals->people;
    if (roster == NULL) {
        json_write_null(writer, "persons_contactable");
        return;
    }
    json_object_open(writer, "persons_contactable");
    json_write_unsigned(writer, "any", people->reached);
    json_write_unsigned(writer, "email", people->reached_by[CONTACT_EMAIL]);
    json_write_unsigned(writer, "none", people->not_reached);
    json_write_unsigned(writer, "phone", people->reached_by[CONTACT_PHONE]);
    json_write_unsigned(writer, "post", people->reached_by[CONTACT_POST]);
    json_write_unsigned(writer, "unknown", totals->persons_best - people->reached - people->not_reached);
    json_object_close(writer);
}

static void write_of_roster(struct json_writer *writer, const char *key, const struct roster *roster, uint64_t number)
{
    if (roster == NULL) json_write_null(writer, key);
    else json_write_unsigned(writer, key, number);
}

static void write_score(struct json_writer *writer, const char *key, struct severity severity)
{
    static const char *const levels[SEVERITY_LEVELS] = {"low", "medium", "high", "very high"};
    if (severity.context == 0) {
        json_write_null(writer, key);
        return;
    }
    json_object_open(writer, key);
    json_write_decimal(writer, "cb", SEVERITY_CIRCUMSTANCES / 100.0, 2);
    json_write_unsigned(writer, "dpc", severity.context);
    json_write_decimal(writer, "ei", severity.ease * SEVERITY_EASE_STEP / 100.0, 2);
    json_write_text(writer, "level", levels[severity_level_of(severity_score(severity))]);
    json_write_decimal(writer, "score", severity_score(severity) / 100.0, 2);
    json_object_close(writer);
}

static void write_persons(struct json_writer *writer, const struct roster *roster, const struct totals *totals)
{
    const uint64_t *ages = totals->people.ages;
    write_of_roster(writer, "persons_age_unknown", roster, ages[AGE_UNKNOWN]);
    json_write_unsigned(writer, "persons_best", totals->persons_best);
    json_list_open(writer, "persons_by_combination");
    for (size_t i = 0; i < totals->combination_count; i++) {
        char elements[64];
        size_t len = (size_t)(cell_write_elements(elements, totals->combinations[i].elements) - elements);
        json_object_open(writer, NULL);
        json_write_span(writer, "elements", (struct span){elements, len});
        json_write_unsigned(writer, "persons", totals->combinations[i].persons);
        write_score(writer, "severity_highest", totals->combinations[i].severity);
        json_object_close(writer);
    }
    json_list_close(writer);
    write_elements(writer, totals);
    json_object_open(writer, "persons_by_tier");
    json_write_unsigned(writer, "T1", totals->persons_by_tier[TIER_T1]);
    json_write_unsigned(writer, "T2", totals->persons_by_tier[TIER_T2]);
    json_write_unsigned(writer, "T3", totals->persons_by_tier[TIER_T3]);
    json_object_close(writer);
    write_contactable(writer, roster, totals);
    write_of_roster(writer, "persons_elderly", roster, ages[AGE_ELDERLY]);
    json_write_unsigned(writer, "persons_lower", totals->persons_lower);
    write_of_roster(writer, "persons_minor", roster, ages[AGE_UNDER_12] + ages[AGE_UNDER_18]);
    write_of_roster(writer, "persons_population", roster,
                    roster == NULL ? 0 : roster_customer_count(roster) - roster_type_count(roster, ROSTER_ORGANISATION));
    write_of_roster(writer, "persons_under_12", roster, ages[AGE_UNDER_12]);
    json_write_unsigned(writer, "persons_upper", totals->persons_upper);
    json_write_unsigned(writer, "persons_upper_total", totals->persons_upper_total);
}

/* Of each country and subdivision of the roster; the unknown one always. */
static void write_jurisdictions(struct json_writer *writer, const struct case_files *files, const struct totals *totals)
{
    json_list_open(writer, "by_jurisdiction");
    for (size_t i = 0; i < totals->jurisdiction_count; i++) {
        const struct jurisdiction_totals *of = &totals->jurisdictions[i];
        uint64_t lower = of->persons_by_tier[TIER_T1], best = lower + of->persons_by_tier[TIER_T2];
        const struct jurisdiction *place = files->jurisdictions == NULL ? NULL : &files->jurisdictions->all[i];
        if (i > 0 && best + of->persons_by_tier[TIER_T3] == 0)
            continue;
        json_object_open(writer, NULL);
        json_write_unsigned(writer, "best", best);
        json_write_text(writer, "country", place == NULL ? "" : place->country);
        json_write_unsigned(writer, "loc_home", of->homes);
        json_write_unsigned(writer, "loc_home_precise", of->homes_precise);
        json_write_unsigned(writer, "lower", lower);
        json_write_text(writer, "subdivision", place == NULL ? "" : place->subdivision);
        json_write_unsigned(writer, "upper", best + of->persons_by_tier[TIER_T3]);
        json_object_close(writer);
    }
    json_list_close(writer);
}

/* The kinds of identifiers that tie a component together: "imei+vin". */
static void write_basis_kinds(struct json_writer *writer, uint32_t kinds)
{
    struct name_order order[KINDS_MAX];
    char text[KIND_COUNT * 20 + 20] = "";
    size_t count = 0;
    for (size_t i = 0; i < KIND_COUNT; i++)
        if ((kinds & KIND_BIT(i)) != 0)
            order[count++] = (struct name_order){detectors[i]->name, i};
    if ((kinds & KIND_BIT(KIND_COUNT)) != 0)
        order[count++] = (struct name_order){"other", KIND_COUNT};
    qsort(order, count, sizeof *order, by_name);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            strcat(text, "+");
        strcat(text, order[i].name);
    }
    json_write_text(writer, "basis", text);
}

/* Customers that identifiers tie together. Who has nothing in common with anybody is a component of one. */
static void write_components(struct json_writer *writer, const struct totals *totals)
{
    uint64_t largest = totals->persons_upper > 0 ? 1 : 0;
    if (totals->component_count > 0)
        largest = totals->components[0].persons;
    json_write_unsigned(writer, "largest_component", largest);
    json_list_open(writer, "largest_components");
    for (size_t i = 0; i < totals->component_count; i++) {
        const struct component *component = &totals->components[i];
        json_object_open(writer, NULL);
        write_basis_kinds(writer, component->kinds);
        json_write_unsigned(writer, "identifiers", component->identifiers);
        json_write_unsigned(writer, "persons", component->persons);
        json_write_unsigned(writer, "records", component->records);
        json_object_close(writer);
    }
    json_list_close(writer);
}

static void write_shared(struct json_writer *writer, const struct totals *totals)
{
    json_write_unsigned(writer, "shared_identifiers", totals->shared_identifiers);
    json_list_open(writer, "shared_identifiers_largest");
    for (size_t i = 0; i < totals->shared_count; i++) {
        json_object_open(writer, NULL);
        json_write_unsigned(writer, "customers", totals->shared[i].customers);
        json_write_text(writer, "kind", detectors[totals->shared[i].kind]->name);
        json_object_close(writer);
    }
    json_list_close(writer);
}

static void write_unattributed(struct json_writer *writer, const struct totals *totals)
{
    json_object_open(writer, "unattributed");
    json_write_unsigned(writer, "clusters", totals->clusters_unattributed);
    summary_write_time(writer, "data_time_first", totals->unattributed_time_first);
    summary_write_time(writer, "data_time_last", totals->unattributed_time_last);
    json_list_open(writer, "prefixes");
    for (size_t i = 0; i < totals->prefix_count; i++) {
        const struct prefix_count *prefix = &totals->prefixes[i];
        json_object_open(writer, NULL);
        json_write_unsigned(writer, "identifiers", prefix->identifiers);
        json_write_text(writer, "kind", detectors[prefix->kind]->name);
        summary_write_name(writer, "prefix", prefix->prefix);
        json_object_close(writer);
    }
    json_list_close(writer);
    json_write_unsigned(writer, "records", totals->records_unattributed);
    json_object_close(writer);
}

static void write_organisations(struct json_writer *writer, const struct totals *totals)
{
    const uint64_t *tiers = totals->organisations_by_tier;
    json_write_unsigned(writer, "organisations", tiers[TIER_T1] + tiers[TIER_T2]);
    json_object_open(writer, "organisations_by_tier");
    json_write_unsigned(writer, "T1", tiers[TIER_T1]);
    json_write_unsigned(writer, "T2", tiers[TIER_T2]);
    json_write_unsigned(writer, "T3", tiers[TIER_T3]);
    json_object_close(writer);
    json_write_unsigned(writer, "organisations_vehicles", totals->organisations_vehicles);
}

static void write_rejected(struct json_writer *writer, const struct totals *totals)
{
    struct name_order order[REASON_COUNT];
    for (size_t i = 0; i < REASON_COUNT; i++)
        order[i] = (struct name_order){reason_name((enum reason)i), i};
    qsort(order, REASON_COUNT, sizeof *order, by_name);
    json_object_open(writer, "rejected_by_reason");
    for (size_t i = 0; i < REASON_COUNT; i++) {
        uint64_t count = totals->rejected_by_reason[order[i].index];
        if (count > 0)
            json_write_unsigned(writer, order[i].name, count);
    }
    json_object_close(writer);
}

static void write_tool(struct json_writer *writer)
{
    json_object_open(writer, "tool");
    json_write_text(writer, "build", BREACHTALLY_BUILD);
    json_write_text(writer, "name", "breachtally");
    json_write_text(writer, "version", BREACHTALLY_VERSION);
    json_object_close(writer);
}

/* Persons by what positions would show of them (notification, 2.8), of how many that was told from some of their days, and of how
 * many it is to address level. */
static void write_levels(struct json_writer *writer, const struct profile *profile, const struct totals *totals)
{
    struct vehicle_days days = vehicle_days_of(profile == NULL ? 0 : profile->timezone_offset_s);
    static const char *const names[LEVEL_COUNT] = {"L0", "L1", "L2", "L3", "L4"};
    json_object_open(writer, "loc_level_counts");
    for (int level = 0; level < LEVEL_COUNT; level++) json_write_unsigned(writer, names[level], totals->locations.persons[level]);
    json_object_close(writer);
    json_object_open(writer, "loc_level_rule");
    json_write_signed(writer, "day_begins_utc_hour", days.first_hour);
    json_write_unsigned(writer, "home_days_min", HOME_DAYS_MIN);
    json_write_unsigned(writer, "stop_minutes_min", STOP_MINUTES_MIN);
    json_write_unsigned(writer, "work_days_min", WORK_DAYS_MIN);
    json_write_signed(writer, "zone_offset_s", profile == NULL ? 0 : profile->timezone_offset_s);
    json_object_close(writer);
    json_write_unsigned(writer, "loc_level_sampled", totals->locations.sampled);
    json_object_open(writer, "loc_precise_counts");
    for (int level = LEVEL_HOME; level < LEVEL_COUNT; level++) json_write_unsigned(writer, names[level], totals->locations.precise[level]);
    json_object_close(writer);
}

/* Scores of persons of T1 and T2, with the parts that they are made of; the incident's is the highest of one of T1. */
static void write_severity(struct json_writer *writer, const struct totals *totals)
{
    struct severity scores[SEVERITY_CONTEXT_MAX * SEVERITY_EASE_STEPS], incident = {0, 0};
    size_t count = 0;
    for (int context = 1; context <= SEVERITY_CONTEXT_MAX; context++) {
        for (int ease = 1; ease <= SEVERITY_EASE_STEPS; ease++) {
            struct severity one = {(uint8_t)context, (uint8_t)ease};
            const uint64_t *persons = totals->severities.persons[context][ease];
            bool higher = incident.context == 0 || severity_score(one) > severity_score(incident);
            if (persons[TIER_T1] > 0 && higher) incident = one;
            if (persons[TIER_T1] + persons[TIER_T2] > 0) scores[count++] = one;
        }
    }
    json_object_open(writer, "severity");
    write_score(writer, "incident", incident);
    json_list_open(writer, "persons_by_score");
    for (size_t i = 0; i < count; i++) {
        const uint64_t *persons = totals->severities.persons[scores[i].context][scores[i].ease];
        json_object_open(writer, NULL);
        json_write_decimal(writer, "cb", SEVERITY_CIRCUMSTANCES / 100.0, 2);
        json_write_unsigned(writer, "dpc", scores[i].context);
        json_write_decimal(writer, "ei", scores[i].ease * SEVERITY_EASE_STEP / 100.0, 2);
        json_write_unsigned(writer, "persons", persons[TIER_T1] + persons[TIER_T2]);
        json_write_decimal(writer, "score", severity_score(scores[i]) / 100.0, 2);
        json_object_close(writer);
    }
    json_list_close(writer);
    json_object_close(writer);
}

static void write_summary(struct json_writer *writer, const struct case_files *files,
                          const uint8_t *evidence_digest)
{
    const struct totals *totals = resolved_totals(files->resolved);
    json_object_open(writer, NULL);
    json_write_unsigned(writer, "ambiguous_groups", totals->ambiguous_groups);
    summary_write_time(writer, "aware_time", files->facts->aware_s);
    write_jurisdictions(writer, files, totals);
    write_sources(writer, files, totals);
    write_bytes(writer, files->list);
    json_write_unsigned(writer, "clusters_unattributed", totals->clusters_unattributed);
    json_write_unsigned(writer, "conflict_records", totals->conflict_records);
    write_customer_fields(writer, totals, ALL_SOURCES);
    json_write_unsigned(writer, "customers_named_only", totals->customers_named_only);
    summary_write_time(writer, "data_time_first", totals->data_time_first);
    summary_write_time(writer, "data_time_last", totals->data_time_last);
    summary_write_digest(writer, "evidence_sha256", evidence_digest);
    write_exposure(writer, files, totals);
    fields_json_write(writer, files->list, totals->fields);
    json_write_unsigned(writer, "findings", totals->findings);
    write_identifiers(writer, totals);
    write_components(writer, totals);
    json_write_unsigned(writer, "loc_fixes", totals->loc_fixes);
    write_levels(writer, files->profile, totals);
    json_write_unsigned(writer, "locations_possible", totals->locations_possible);
    json_write_unsigned(writer, "locations_rejected", totals->locations_rejected);
    write_objects(writer, files->list);
    write_organisations(writer, totals);
    write_persons(writer, files->roster, totals);
    json_write_unsigned(writer, "possible_duplicate_customers", totals->duplicate_most);
    json_write_unsigned(writer, "possible_duplicate_groups", totals->duplicate_groups);
    if (files->profile != NULL && files->profile->sha256_given)
        summary_write_digest(writer, "profile_sha256", files->profile->sha256);
    else
        json_write_null(writer, "profile_sha256");
    json_write_unsigned(writer, "records_ambiguous", totals->records_ambiguous);
    if (totals->distinct_known)
        json_write_unsigned(writer, "records_distinct", totals->records_distinct);
    else
        json_write_null(writer, "records_distinct");
    json_write_unsigned(writer, "records_identifiers_cut", totals->records_cut);
    json_write_unsigned(writer, "records_orphan_location", totals->records_orphan_location);
    json_write_unsigned(writer, "records_raw", totals->records_raw);
    json_write_unsigned(writer, "records_unattributed", totals->records_unattributed);
    regimes_json_write(writer, totals, files->jurisdictions, files->facts->aware_s);
    write_rejected(writer, totals);
    json_write_unsigned(writer, "roster_possible_identifiers", totals->possible_known);
    if (files->roster != NULL)
        summary_write_digest(writer, "roster_sha256", roster_sha256(files->roster));
    else
        json_write_null(writer, "roster_sha256");
    json_write_unsigned(writer, "roster_shared_identifiers", totals->roster_shared);
    json_write_unsigned(writer, "roster_undecided_records", totals->records_across);
    json_write_text(writer, "schema", "breachtally summary 1");
    write_severity(writer, totals);
    write_shared(writer, totals);
    write_overlaps(writer, files->list, totals);
    json_write_unsigned(writer, "times_without_zone", totals->times_without_zone);
    write_tool(writer);
    write_unattributed(writer, totals);
    json_write_unsigned(writer, "vehicles_distinct", totals->vehicles_distinct);
    json_object_close(writer);
    json_end_line(writer);
}

enum status summary_json_make(const struct case_files *files, const uint8_t evidence_digest[SHA256_BYTES],
                              struct json_writer *writer, struct fault *fault)
{
    write_summary(writer, files, evidence_digest);
    if (writer->failed)
        return fault_set(fault, STATUS_FATAL, "no memory for the summary");
    return STATUS_OK;
}
