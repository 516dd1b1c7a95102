#include "structure.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../detectors/datum.h"
#include "../../detectors/location_code.h"
#include "../../detectors/location_polyline.h"
#include "../detect/detect.h"
#include "../detect/event_time.h"
#include "../support/hash.h"

enum {
    FIT_PERCENT = 75,       /* of different values, and their kind is that of the field */
    KIND_PERCENT = 10,      /* ... and of each kind where there are several */
    REFUSED_PERCENT = 25,   /* fewer valid ones, and the name is not believed */
    POSITION_PERCENT = 95,  /* of pairs */
    TOGETHER_PERCENT = 90,  /* of values, and the other is there too */
    PRECISE_PERCENT = 75,
    TIME_PERCENT = 95,
    CLOCK_PERCENT = 10,
    LABEL_PERCENT = 50,
    PAIR_PERCENT = 10,
    FINE_PERCENT = 50,
    PRECISE_DECIMALS = 5,
    FINE_LENGTH_MAX = 24,
    FINE_DECIMALS = 3,
    VALUE_LENGTH_MAX = 64,  /* longer ones are of no kind */
    LABEL_LENGTH_MAX = 32,
    COUNTS_MAX = UINT16_MAX
};

const char *field_how_name(enum field_how how)
{
    static const char *const names[FIELD_HOW_COUNT] = {"name", "profile", "structure", "refused"};
    return names[how];
}

/* ------------------------------------------------------------------ a value */

static struct span trim(struct span value)
{
    while (value.len > 0 && (unsigned char)value.at[0] <= ' ') value.at++, value.len--;
    while (value.len > 0 && (unsigned char)value.at[value.len - 1] <= ' ') value.len--;
    return value;
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

/* The one kind that a value of this form could be without a label, by what is quickly seen. */
static enum kind kind_by_form(struct span value)
{
    const char *at = value.at;
    if ((unsigned char)at[0] >= 0x80) return KIND_PLATE;
    switch (value.len) {
    case 14: return at[4] == '.' || at[4] == '-' ? KIND_MAC : KIND_FRAME_NUMBER;
    case 15: return is_digit(at[0]) ? KIND_IMEI : memchr(at, '-', value.len) != NULL ? KIND_FRAME_NUMBER : KIND_MEID;
    case 17: return at[2] == ':' || at[2] == '-' ? KIND_MAC : KIND_VIN;
    case 18: return at[0] == '8' ? KIND_ICCID : KIND_IMEI;
    case 19:
    case 20:
    case 21: return at[4] == '.' || at[4] == '-' ? KIND_EUI64 : KIND_ICCID;
    case 23: return KIND_EUI64;
    case 32: return KIND_EID;
    default: return value.len < 14 && value.len > 6 && !is_digit(at[0]) ? KIND_FRAME_NUMBER : KIND_NONE;
    }
}

static enum kind kind_without_label(struct span value)
{
    struct verdict verdict;
    enum kind kind = kind_by_form(value);
    if (kind == KIND_NONE) return KIND_NONE;
    detectors[kind]->check(&(struct candidate){value, false}, &verdict);
    return verdict.grade >= GRADE_LIKELY ? kind : KIND_NONE;
}

/* What is an angle where a field beside it says so: thousandths of a second, and degrees and minutes as in NMEA 0183. */
static bool is_noted_angle(const struct coordinate *number, int64_t limit)
{
    enum { ARC_MS_LEAST = 1000000, ARC_MS = 3600000, DDMM_LEAST = 100, DDMM_DECIMALS = 2 };
    int64_t value = number->value_e7 < 0 ? -number->value_e7 : number->value_e7, whole = value / DEGREE_E7;
    if (number->decimals == 0) return whole >= ARC_MS_LEAST && whole <= limit / DEGREE_E7 * ARC_MS;
    return number->decimals >= DDMM_DECIMALS && whole >= DDMM_LEAST && whole <= limit / DEGREE_E7 * 100 && whole % 100 < 60;
}

static bool is_angle(struct span value, bool latitude)
{
    const int64_t limit = (latitude ? INT64_C(90) : INT64_C(180)) * DEGREE_E7;
    struct coordinate number = coordinate_read(value);
    if (!number.valid) number = coordinate_from_angle(value, latitude);
    return number.valid && ((number.value_e7 <= limit && number.value_e7 >= -limit) || is_noted_angle(&number, limit));
}

static bool is_code(const struct field_plan *plan, struct span value)
{
    struct position position;
    if (plan->notation == CODE_POLYLINE || plan->notation == CODE_POLYLINE_6) return polyline_holds(value, plan->notation == CODE_POLYLINE ? 5 : 6);
    return code_judge((enum location_code)plan->notation, value, &position) == REASON_NONE;
}

/* Whether a value is what its label says; where there is nothing but a form, by its form. *excused: it is of the kind, but
 * stands for nobody or has lost digits, which says nothing against the name. */
static bool is_identifier(const struct field_plan *plan, struct span value, bool *excused)
{
    struct verdict verdict;
    enum kind kind = check_labelled(value, plan->label_mask, KINDS_ALL, &verdict);
    *excused = verdict.reason == REASON_PLACEHOLDER || verdict.reason == REASON_ROUNDED_NUMBER;
    return kind != KIND_NONE && (verdict.grade >= GRADE_LIKELY || verdict.reason == REASON_NONE);
}

static bool is_valid(const struct field_plan *plan, struct span value, bool *excused)
{
    struct event_time time;
    *excused = false;
    switch ((enum role)plan->role) {
    case ROLE_IDENTIFIER: return is_identifier(plan, value, excused);
    case ROLE_LATITUDE: return is_angle(value, true);
    case ROLE_LONGITUDE: return is_angle(value, false);
    case ROLE_SCALED_LATITUDE:
    case ROLE_SCALED_LONGITUDE: return coordinate_read(value).valid;
    case ROLE_TIME: return event_time_read(value, &time);
    case ROLE_CODE: return is_code(plan, value);
    case ROLE_DATUM: return datum_read(value, plan->notation != 0) != DATUM_UNSAID;
    case ROLE_ANGLE_UNIT:
    case ROLE_LATITUDE_SIDE:
    case ROLE_LONGITUDE_SIDE: return detect_note(plan, value, &(struct axis_notes){.tokyo = false});
    default: return plan->role == ROLE_CUSTOMER;
    }
}

/* Whether it was not seen before, as far as 256 bits tell. The seed is fixed: the answer is the same in every run. */
static bool is_new(struct field_evidence *evidence, struct span value)
{
    uint64_t hash = hash_bytes(value.at, value.len, 1), bit = UINT64_C(1) << hash % 64;
    uint64_t *word = &evidence->known[hash / 64 % 4];
    if ((*word & bit) != 0) return false;
    *word |= bit;
    return true;
}

static bool is_label(struct span value)
{
    if (value.len > LABEL_LENGTH_MAX || is_digit(value.at[value.len - 1])) return false;
    return label_kinds(value.at, value.len) != 0;
}

static bool is_time(struct span value)
{
    struct event_time time;
    return is_digit(value.at[0]) && event_time_read(value, &time);
}

/* A field that may be told by its values. */
static void add_open(struct field *field, struct span value, bool first)
{
    struct field_evidence *evidence = &field->evidence;
    if (value.len > VALUE_LENGTH_MAX) return;
    enum kind kind = kind_without_label(value);
    if (kind != KIND_NONE) {
        evidence->fits[kind] = (uint16_t)(evidence->fits[kind] + first);
        evidence->all_fits[kind]++;
    } else if (field->nameless && is_time(value)) {
        evidence->times = (uint16_t)(evidence->times + first);
        evidence->clocks = (uint16_t)(evidence->clocks + (first && memchr(value.at, ':', value.len) != NULL));
        evidence->all_times++;
    } else if (field->nameless && first && is_label(value)) {
        evidence->labels++;
    }
}

static bool is_fine(struct span value)
{
    const char *point = value.len <= FINE_LENGTH_MAX ? memchr(value.at, '.', value.len) : NULL;
    return point != NULL && value.at + value.len - point > FINE_DECIMALS && is_digit(value.at[value.len - 1]);
}

void field_add(struct field *field, struct span value)
{
    struct field_evidence *evidence = &field->evidence;
    value = trim(value);
    if (detect_names_nobody(value) || evidence->seen == COUNTS_MAX) return;
    bool excused, valid = is_valid(&field->named, value, &excused), first = is_new(evidence, value);
    evidence->seen++;
    evidence->valid += valid;
    evidence->distinct = (uint16_t)(evidence->distinct + first);
    evidence->distinct_valid = (uint16_t)(evidence->distinct_valid + (first && valid));
    evidence->distinct_excused = (uint16_t)(evidence->distinct_excused + (first && excused && !valid));
    bool may_be_told = field->named.role == ROLE_NONE || (field->named.role == ROLE_IDENTIFIER && !valid);
    if (may_be_told && !field->named.by_profile) add_open(field, value, first);
    if (first && field->named.role == ROLE_NONE && is_fine(value)) evidence->fine++;
}

/* ------------------------------------------------------------------ pairs */

bool field_may_be_axis(struct span value)
{
    if (value.len == 0 || value.len > FINE_LENGTH_MAX || (!is_digit(value.at[0]) && value.at[0] != '-' && value.at[0] != '+')) return false;
    return memchr(value.at, '.', value.len) != NULL;
}

static bool is_far(int64_t value_e7)
{
    return value_e7 > INT64_C(90) * DEGREE_E7 || value_e7 < INT64_C(-90) * DEGREE_E7;
}

void field_add_pair(struct field *field, struct span value, struct span next)
{
    struct field_evidence *evidence = &field->evidence;
    struct coordinate first = coordinate_read(value), second = coordinate_read(next);
    struct position position;
    if (!first.valid || !second.valid || evidence->pairs + evidence->nowhere == COUNTS_MAX) return;
    enum reason reason = position_judge(first, second, false, &position);
    if (reason == REASON_SENTINEL) evidence->nowhere++;
    else evidence->pairs++;
    if (reason != REASON_NONE) return;
    evidence->positions++;
    if (is_far(first.value_e7)) evidence->swapped++;
    if (first.decimals >= PRECISE_DECIMALS && second.decimals >= PRECISE_DECIMALS) evidence->precise++;
    if (is_far(position.longitude_e7)) evidence->far++;
    evidence->signs[(first.value_e7 < 0) * 2 + (second.value_e7 < 0)]++;
}

static bool is_share(uint32_t part, uint32_t of, uint32_t percent)
{
    return (uint64_t)part * 100 >= (uint64_t)of * percent;
}

/* Whether the longitudes could hardly be anything else. */
static bool is_degrees_for_sure(const struct field_evidence *evidence)
{
    if (is_share(evidence->far, evidence->positions, POSITION_PERCENT)) return true;
    return is_share(evidence->signs[1], evidence->positions, POSITION_PERCENT) || is_share(evidence->signs[2], evidence->positions, POSITION_PERCENT);
}

static bool is_position(const struct field *field)
{
    const struct field_evidence *evidence = &field->evidence;
    if (evidence->positions < STRUCTURE_VALUES_MIN || evidence->distinct < STRUCTURE_VALUES_MIN / 2) return false;
    if (!is_share(evidence->pairs + evidence->nowhere, evidence->seen, TOGETHER_PERCENT)) return false;
    if (!is_share(evidence->positions, evidence->pairs, POSITION_PERCENT) || !is_share(evidence->precise, evidence->positions, PRECISE_PERCENT)) return false;
    /* Either order, but one and the same in all. */
    return evidence->swapped == 0 || is_share(evidence->swapped, evidence->positions, POSITION_PERCENT);
}

static bool is_fine_field(const struct field *field)
{
    return field->plan.role == ROLE_NONE && field->evidence.seen > 0 && is_share(field->evidence.fine, field->evidence.distinct, FINE_PERCENT);
}

static void set_axes(struct field *field, size_t number)
{
    bool swapped = field->evidence.swapped > 0;
    uint32_t pair = (uint32_t)mix64(UINT64_C(0x73747275) + number) | 1; /* as no name has it */
    for (int i = 0; i < 2; i++) {
        field[i].plan = (struct field_plan){.role = (i == 1) != swapped ? ROLE_LONGITUDE : ROLE_LATITUDE, .pair = pair};
        field[i].how = FIELD_BY_STRUCTURE;
        /* Every value is one of a pair that was judged; of these, so many are positions. */
        field[i].evidence.valid = field->evidence.positions;
        field[i].checked = true;
    }
}

static bool decide_axes(struct field *fields, size_t count, bool as_neighbours)
{
    bool changed = false;
    for (size_t i = 0; i + 1 < count; i++) {
        if (fields[i].plan.role != ROLE_NONE || fields[i + 1].plan.role != ROLE_NONE || !is_position(&fields[i])) continue;
        bool alone = (i == 0 || !is_fine_field(&fields[i - 1])) && (i + 2 == count || !is_fine_field(&fields[i + 2]));
        if (!(as_neighbours && alone) && !is_degrees_for_sure(&fields[i].evidence)) continue;
        set_axes(&fields[i], i);
        changed = true;
    }
    return changed;
}

/* ------------------------------------------------------------------ identifiers */

/* The kinds that the field's values tell. */
static uint32_t kinds_told(const struct field_evidence *evidence)
{
    uint32_t mask = 0, sum = 0;
    if (evidence->distinct < STRUCTURE_VALUES_MIN) return 0;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        if (evidence->fits[kind] == 0 || !is_share(evidence->fits[kind], evidence->distinct, KIND_PERCENT)) continue;
        mask |= KIND_BIT(kind);
        sum += evidence->fits[kind];
    }
    return is_share(sum, evidence->distinct, FIT_PERCENT) ? mask : 0;
}

static bool is_refused(const struct field *field)
{
    const struct field_evidence *evidence = &field->evidence;
    const struct field_plan *named = &field->named;
    if (named->role != ROLE_IDENTIFIER || named->by_profile || named->label_mask == 0 || (named->label_mask & ~STRUCTURE_KINDS) != 0) return false;
    uint32_t telling = evidence->distinct - (uint32_t)evidence->distinct_excused;
    return telling >= STRUCTURE_VALUES_MIN && !is_share(evidence->distinct_valid, telling, REFUSED_PERCENT);
}

static bool decide_identifier(struct field *field, bool may_refuse)
{
    const struct field_plan *named = &field->named;
    bool refused = may_refuse && is_refused(field);
    if (refused) {
        field->plan = (struct field_plan){.role = ROLE_NONE};
        field->how = FIELD_REFUSED;
    }
    if (!refused && named->role != ROLE_NONE) return false;
    uint32_t mask = named->by_profile ? 0 : kinds_told(&field->evidence);
    if (mask == 0) return refused;
    field->plan = (struct field_plan){.role = ROLE_IDENTIFIER, .label_mask = mask};
    field->how = FIELD_BY_STRUCTURE;
    field->checked = true;
    field->evidence.valid = 0;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        if ((mask & KIND_BIT(kind)) != 0) field->evidence.valid += field->evidence.all_fits[kind];
    return true;
}

static void decide_time(struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].plan.role == ROLE_TIME) return;
    for (size_t i = 0; i < count; i++) {
        struct field_evidence *evidence = &fields[i].evidence;
        if (!fields[i].nameless || fields[i].plan.role != ROLE_NONE || evidence->clocks == 0) continue;
        if (!is_share(evidence->clocks, evidence->distinct, CLOCK_PERCENT) || !is_share(evidence->times, evidence->distinct, TIME_PERCENT)) continue;
        fields[i].plan.role = ROLE_TIME;
        fields[i].how = FIELD_BY_STRUCTURE;
        fields[i].checked = true;
        evidence->valid = evidence->all_times;
        return;
    }
}

/* Rows that name their values in cells. */
static bool has_labels(const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].evidence.labels > 0 && is_share(fields[i].evidence.labels, fields[i].evidence.distinct, LABEL_PERCENT)) return true;
    return false;
}

/* Positions or times that text shows, and columns would not. */
static bool leaves_something(const struct field *fields, size_t count)
{
    bool timed = false, clocks = false;
    for (size_t i = 0; i < count; i++) {
        const struct field_evidence *evidence = &fields[i].evidence;
        timed |= fields[i].plan.role == ROLE_TIME;
        clocks |= evidence->clocks > 0;
        bool pair = i + 1 < count && fields[i].plan.role == ROLE_NONE && fields[i + 1].plan.role == ROLE_NONE;
        if (pair && evidence->positions > 0 && is_share(evidence->positions, evidence->seen, PAIR_PERCENT)) return true;
    }
    return clocks && !timed;
}

static void reset(struct field *field)
{
    field->plan = field->named;
    field->how = field->named.by_profile ? FIELD_BY_PROFILE : FIELD_BY_NAME;
    field->checked = field->named.role != ROLE_NONE && field->named.custom == 0;
}

bool field_is_nameless(struct span name)
{
    static const char *const nothings[] = {"", "c", "col", "column", "f", "field", "k", "key", "v", "val", "value", "var", "attr", "unnamed"};
    size_t end = name.len;
    while (end > 0 && is_digit(name.at[end - 1])) end--;
    if (end < name.len && end > 0 && strchr("_- ", name.at[end - 1]) != NULL) end--;
    if (end > 0 && end == name.len) return false; /* "value" alone may say something */
    for (size_t i = 0; i < sizeof nothings / sizeof *nothings; i++)
        if (strlen(nothings[i]) == end && strncasecmp(nothings[i], name.at, end) == 0) return true;
    return false;
}

bool fields_decide(struct field *fields, size_t count, enum fields_of of)
{
    bool changed = false;
    for (size_t i = 0; i < count; i++) reset(&fields[i]);
    for (size_t i = 0; i < count; i++) changed |= decide_identifier(&fields[i], of != FIELDS_OF_TEXT);
    if (of != FIELDS_OF_TEXT) changed |= decide_axes(fields, count, of != FIELDS_OF_TREE);
    if (of != FIELDS_OF_TEXT && changed) decide_time(fields, count);
    if (of != FIELDS_OF_ROWS || !(has_labels(fields, count) || leaves_something(fields, count))) return changed;
    /* Such rows are read as text. */
    for (size_t i = 0; i < count; i++) reset(&fields[i]);
    return false;
}

/* ------------------------------------------------------------------ names of roles */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void kinds_name(uint32_t mask, char name[ROLE_NAME_SIZE])
{
    const char *names[KIND_COUNT];
    size_t count = 0, at = 0;
    for (; mask != 0; mask &= mask - 1) names[count++] = detectors[__builtin_ctz(mask)]->name;
    if (count > 1) qsort(names, count, sizeof *names, by_bytes);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(names[i]);
        if (at + length + 2 > ROLE_NAME_SIZE) break;
        if (i > 0) name[at++] = '+';
        memcpy(name + at, names[i], length);
        at += length;
    }
    name[at] = '\0';
}

void field_role_name(const struct field_plan *plan, char name[ROLE_NAME_SIZE])
{
    static const char *const names[] = {
        [ROLE_NONE] = "none", [ROLE_CUSTOMER] = "customer", [ROLE_LATITUDE] = "latitude", [ROLE_LONGITUDE] = "longitude",
        [ROLE_TIME] = "time", [ROLE_IDENTIFIER] = "identifier", [ROLE_CODE] = "position", [ROLE_SCALED_LATITUDE] = "latitude",
        [ROLE_SCALED_LONGITUDE] = "longitude", [ROLE_DATUM] = "datum",
        [ROLE_ANGLE_UNIT] = "unit of angles", [ROLE_LATITUDE_SIDE] = "side of latitude", [ROLE_LONGITUDE_SIDE] = "side of longitude"};
    if (plan->role == ROLE_IDENTIFIER && plan->custom == 0 && plan->label_mask != 0) kinds_name(plan->label_mask, name);
    else strcpy(name, names[plan->role]);
}
