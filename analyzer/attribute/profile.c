#include "profile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../detectors/packed.h"
#include "../detect/pattern.h"
#include "../support/escape.h"
#include "../support/file.h"
#include "../support/sha256.h"
#include "profile_read.h"

enum { PROFILE_BYTES_MAX = 16 << 20, ZONE_HOURS_MAX = 14 };

/* Every reader of a part has this form. */
typedef enum status part_reader(struct profile *profile, const struct json_value *value,
                                const struct profile_place *place, struct fault *fault);

struct part {
    const char *key;
    part_reader *read;
};

/* Reads an object of which each key is a part. */
static enum status read_parts(struct profile *profile, const struct json_value *object,
                              const struct profile_place *place, const struct part *parts, size_t part_count,
                              struct fault *fault)
{
    enum status status = profile_expect(object, JSON_OBJECT, place, fault);
    if (status != STATUS_OK)
        return status;
    for (const struct json_value *value = json_first(object); value != NULL; value = json_next(value)) {
        struct profile_place inner = profile_place_key(place, json_key(value));
        const char *words[16];
        part_reader *read = NULL;
        for (size_t i = 0; i < part_count; i++) {
            words[i] = parts[i].key;
            if (strcmp(parts[i].key, json_key(value)) == 0)
                read = parts[i].read;
        }
        if (read == NULL)
            return profile_unknown_key(&inner, json_key(value), words, part_count, fault);
        status = read(profile, value, &inner, fault);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status read_customer_fields(struct profile *profile, const struct json_value *value,
                                        const struct profile_place *place, struct fault *fault)
{
    return profile_read_names(&profile->customer_fields, value, place, fault);
}

static enum status check_path_rule(const char *text, const struct profile_place *place, struct fault *fault)
{
    struct pattern *pattern = NULL;
    struct fault inner;
    enum status status = pattern_open((struct span){text, strlen(text)}, &pattern, &inner);
    if (status != STATUS_OK)
        return fault_set(fault, status, "%s: %.300s", place->text, inner.message);
    if (pattern_group(pattern, "customer") < 0)
        status = fault_set(fault, STATUS_USAGE, "%s has no group named \"customer\": (?<customer>...)",
                           place->text);
    pattern_close(pattern);
    return status;
}

static enum status read_customer_paths(struct profile *profile, const struct json_value *value,
                                       const struct profile_place *place, struct fault *fault)
{
    enum status status = profile_read_names(&profile->customer_paths, value, place, fault);
    for (size_t i = 0; i < profile->customer_paths.count && status == STATUS_OK; i++) {
        struct profile_place inner = profile_place_index(place, i);
        status = check_path_rule(profile->customer_paths.names[i], &inner, fault);
    }
    return status;
}

static enum status read_customer(struct profile *profile, const struct json_value *value,
                                 const struct profile_place *place, struct fault *fault)
{
    static const struct part parts[] = {{"fields", read_customer_fields}, {"paths", read_customer_paths}};
    return read_parts(profile, value, place, parts, sizeof parts / sizeof parts[0], fault);
}

static enum status add_labels(struct profile *profile, enum kind kind, uint32_t rule, const struct json_value *value,
                              const struct profile_place *place, struct fault *fault)
{
    struct profile_names names = {0};
    enum status status = profile_read_names(&names, value, place, fault);
    void *grown = realloc(profile->labels, (profile->label_count + names.count + 1) * sizeof *profile->labels);
    if (grown != NULL)
        profile->labels = grown;
    if (grown == NULL && status == STATUS_OK)
        status = profile_no_memory(fault);
    for (size_t i = 0; i < names.count; i++) {
        if (status != STATUS_OK) {
            free(names.names[i]);
            continue;
        }
        profile->labels[profile->label_count].kind = kind;
        profile->labels[profile->label_count].rule = rule;
        profile->labels[profile->label_count++].name = names.names[i];
    }
    free(names.names);
    return status;
}

/* "roles": a role, "none" or the name of a detector, each with the names of fields; of a source by its rule, or everywhere. */
static enum status read_roles_of(struct profile *profile, struct profile_roles *to, uint32_t rule, const struct json_value *roles,
                                 const struct profile_place *place, struct fault *fault)
{
    const struct {
        const char *key;
        struct profile_names *names;
    } known[] = {{"customer", &to->customer}, {"latitude", &to->latitude}, {"longitude", &to->longitude}, {"time", &to->time},
                 {"none", &to->none}};
    enum { KNOWN_COUNT = sizeof known / sizeof known[0] };
    const char *words[KNOWN_COUNT + KIND_COUNT];
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        words[i] = known[i].key;
    for (size_t i = 0; i < KIND_COUNT; i++)
        words[KNOWN_COUNT + i] = detectors[i]->name;

    enum status status = profile_expect(roles, JSON_OBJECT, place, fault);
    const struct json_value *value = status == STATUS_OK ? json_first(roles) : NULL;
    for (; value != NULL && status == STATUS_OK; value = json_next(value)) {
        const char *key = json_key(value);
        struct profile_place inner = profile_place_key(place, key);
        struct profile_names *names = NULL;
        for (size_t i = 0; i < KNOWN_COUNT; i++) {
            if (strcmp(known[i].key, key) == 0)
                names = known[i].names;
        }
        enum kind kind = kind_find(key, strlen(key));
        if (names != NULL)
            status = profile_read_names(names, value, &inner, fault);
        else if (kind < KIND_COUNT)
            status = add_labels(profile, kind, rule, value, &inner, fault);
        else
            status = profile_unknown_key(&inner, key, words, KNOWN_COUNT + KIND_COUNT, fault);
    }
    return status;
}

static enum status read_roles(struct profile *profile, const struct json_value *roles, const struct profile_place *place,
                              struct fault *fault)
{
    return read_roles_of(profile, &profile->roles, PROFILE_EVERYWHERE, roles, place, fault);
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static enum status read_date(const struct json_value *value, const struct profile_place *place,
                             char date[EXPOSURE_DATE_SIZE], struct fault *fault)
{
    const char *text = NULL;
    enum status status = profile_read_text(value, place, &text, fault);
    if (status != STATUS_OK)
        return status;
    int year = 0, month = 0, day = 0;
    bool good = strlen(text) == 10 && strspn(text, "0123456789-") == 10 && text[4] == '-' && text[7] == '-' &&
                sscanf(text, "%4d-%2d-%2d", &year, &month, &day) == 3;
    good = good && month >= 1 && month <= 12 && day >= 1 && day <= days_of_month(year, month);
    if (!good)
        return fault_set(fault, STATUS_USAGE, "%s must be a date such as 2023-04-17", place->text);
    memcpy(date, text, EXPOSURE_DATE_SIZE);
    return STATUS_OK;
}

/* "Z", "UTC", "+09:00"; a name such as Asia/Tokyo would need tables that change with the machine. */
static enum status read_zone(const struct json_value *value, const struct profile_place *place, int32_t *offset_s,
                             struct fault *fault)
{
    const char *text = NULL;
    enum status status = profile_read_text(value, place, &text, fault);
    if (status != STATUS_OK)
        return status;
    *offset_s = 0;
    if (strcmp(text, "Z") == 0 || strcmp(text, "UTC") == 0)
        return STATUS_OK;
    bool good = strlen(text) == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':';
    for (int i = 1; good && i < 6; i++)
        good = i == 3 || (text[i] >= '0' && text[i] <= '9');
    int hours = good ? (text[1] - '0') * 10 + text[2] - '0' : 0;
    int minutes = good ? (text[4] - '0') * 10 + text[5] - '0' : 0;
    if (!good || minutes > 59 || hours * 60 + minutes > ZONE_HOURS_MAX * 60)
        return fault_set(fault, STATUS_USAGE, "%s must be \"UTC\", \"Z\" or an offset such as \"+09:00\"",
                         place->text);
    *offset_s = (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes) * 60;
    return STATUS_OK;
}

static enum status read_source(struct profile *profile, size_t index, const struct json_value *source,
                               const struct profile_place *place, struct fault *fault)
{
    static const char *const words[] = {"name", "path", "exposed_from", "exposed_to", "timezone", "roles"};
    struct source_rule *rule = &profile->sources[index];
    struct exposure *exposure = &profile->exposures[index];
    struct source_zone *zone = &profile->zones[index];
    const char *name = NULL, *path = NULL;
    enum status status = profile_expect(source, JSON_OBJECT, place, fault);
    const struct json_value *value = status == STATUS_OK ? json_first(source) : NULL;
    for (; value != NULL && status == STATUS_OK; value = json_next(value)) {
        const char *key = json_key(value);
        struct profile_place inner = profile_place_key(place, key);
        if (strcmp(key, "name") == 0) {
            status = profile_read_text(value, &inner, &name, fault);
        } else if (strcmp(key, "path") == 0) {
            status = profile_read_text(value, &inner, &path, fault);
        } else if (strcmp(key, "exposed_from") == 0) {
            status = read_date(value, &inner, exposure->from, fault);
        } else if (strcmp(key, "exposed_to") == 0) {
            status = read_date(value, &inner, exposure->to, fault);
        } else if (strcmp(key, "timezone") == 0) {
            zone->given = true;
            status = read_zone(value, &inner, &zone->offset_s, fault);
        } else if (strcmp(key, "roles") == 0) {
            status = read_roles_of(profile, &profile->source_roles[index], (uint32_t)index + 1, value, &inner, fault);
        } else {
            status = profile_unknown_key(&inner, key, words, sizeof words / sizeof words[0], fault);
        }
    }
    if (status != STATUS_OK)
        return status;
    if (name == NULL || path == NULL)
        return fault_set(fault, STATUS_USAGE, "%s needs \"name\" and \"path\"", place->text);
    if (exposure->to[0] != '\0' && strcmp(exposure->from, exposure->to) > 0)
        return fault_set(fault, STATUS_USAGE, "%s: exposed_from is later than exposed_to", place->text);
    rule->name = strdup(name);
    rule->path_glob = strdup(path);
    return rule->name == NULL || rule->path_glob == NULL ? profile_no_memory(fault) : STATUS_OK;
}

/* Rules of one name make one source, which has one zone. */
static enum status check_zone(const struct profile *profile, size_t index, const struct profile_place *place, struct fault *fault)
{
    const struct source_zone *zone = &profile->zones[index];
    for (size_t i = 0; i < index && zone->given; i++) {
        bool same_source = profile->zones[i].given && strcmp(profile->sources[i].name, profile->sources[index].name) == 0;
        if (same_source && profile->zones[i].offset_s != zone->offset_s)
            return fault_set(fault, STATUS_USAGE, "%s.timezone is another one than that of sources[%zu], which has the same name",
                             place->text, i);
    }
    return STATUS_OK;
}

static enum status read_sources(struct profile *profile, const struct json_value *list,
                                const struct profile_place *place, struct fault *fault)
{
    enum status status = profile_expect(list, JSON_LIST, place, fault);
    if (status != STATUS_OK)
        return status;
    profile->sources = calloc(json_count(list) + 1, sizeof *profile->sources);
    profile->exposures = calloc(json_count(list) + 1, sizeof *profile->exposures);
    profile->zones = calloc(json_count(list) + 1, sizeof *profile->zones);
    profile->source_roles = calloc(json_count(list) + 1, sizeof *profile->source_roles);
    if (profile->sources == NULL || profile->exposures == NULL || profile->zones == NULL || profile->source_roles == NULL)
        return profile_no_memory(fault);
    const struct json_value *value = json_first(list);
    for (; value != NULL && status == STATUS_OK; value = json_next(value)) {
        struct profile_place inner = profile_place_index(place, profile->source_count);
        size_t index = profile->source_count++;
        status = read_source(profile, index, value, &inner, fault);
        if (status == STATUS_OK)
            status = check_zone(profile, index, &inner, fault);
    }
    return status;
}

static enum status keep_junk(struct profile *profile, enum kind kind, const char *text, struct fault *fault)
{
    void *grown = realloc(profile->junk, (profile->junk_count + 1) * sizeof *profile->junk);
    char *canonical = strdup(text);
    if (grown != NULL)
        profile->junk = grown;
    if (grown == NULL || canonical == NULL) {
        free(canonical);
        return profile_no_memory(fault);
    }
    profile->junk[profile->junk_count].kind = kind;
    profile->junk[profile->junk_count++].canonical = canonical;
    return STATUS_OK;
}

/* Values of the profile's own kinds stand in their canonical form. */
static enum status add_junk(struct profile *profile, enum kind kind, const char *text,
                            const struct profile_place *place, struct fault *fault)
{
    struct verdict verdict;
    struct span value = {text, strlen(text)};
    if (kind >= KIND_COUNT)
        return keep_junk(profile, kind, text, fault);
    enum kind found = check_labelled(value, KIND_BIT(kind), KIND_BIT(kind), &verdict);
    /* What the check refuses for another reason than its form is never counted anyway. */
    if (found == KIND_NONE && verdict.reason != REASON_FORM && verdict.reason != REASON_NONE)
        return STATUS_OK;
    if (found != kind)
        return fault_set(fault, STATUS_USAGE, "%s has not the form of %s", place->text, detectors[kind]->name);
    char text_of_it[IDENTIFIER_SIZE];
    verdict_text(&verdict, text_of_it);
    return keep_junk(profile, kind, text_of_it, fault);
}

static enum status read_junk(struct profile *profile, const struct json_value *junk, const struct profile_place *place,
                             struct fault *fault)
{
    const char *words[KINDS_MAX];
    for (size_t i = 0; i < kind_count; i++)
        words[i] = detectors[i]->name;
    enum status status = profile_expect(junk, JSON_OBJECT, place, fault);
    const struct json_value *list = status == STATUS_OK ? json_first(junk) : NULL;
    for (; list != NULL && status == STATUS_OK; list = json_next(list)) {
        struct profile_place inner = profile_place_key(place, json_key(list));
        enum kind kind = kind_find(json_key(list), strlen(json_key(list)));
        if (kind == KIND_NONE)
            return profile_unknown_key(&inner, json_key(list), words, kind_count, fault);
        status = profile_expect(list, JSON_LIST, &inner, fault);
        size_t index = 0;
        const struct json_value *value = status == STATUS_OK ? json_first(list) : NULL;
        for (; value != NULL && status == STATUS_OK; value = json_next(value)) {
            struct profile_place innermost = profile_place_index(&inner, index++);
            const char *text = NULL;
            status = profile_read_text(value, &innermost, &text, fault);
            if (status == STATUS_OK)
                status = add_junk(profile, kind, text, &innermost, fault);
        }
    }
    return status;
}

static enum status read_point(struct profile *profile, const struct json_value *value,
                              const struct profile_place *place, struct fault *fault)
{
    enum status status = profile_expect(value, JSON_LIST, place, fault);
    if (status != STATUS_OK)
        return status;
    const struct json_value *first = json_first(value);
    bool good = json_count(value) == 2 && json_type(first) == JSON_NUMBER &&
                json_type(json_next(first)) == JSON_NUMBER;
    double latitude = good ? json_number(first) : 0, longitude = good ? json_number(json_next(first)) : 0;
    if (!good || fabs(latitude) > 90 || fabs(longitude) > 180)
        return fault_set(fault, STATUS_USAGE, "%s must be [latitude, longitude] in degrees", place->text);
    /* As positions are held: longitude 180 is -180. */
    if (longitude == 180)
        longitude = -180;
    profile->default_points[profile->default_point_count].latitude_e7 = (int32_t)lround(latitude * 1e7);
    profile->default_points[profile->default_point_count++].longitude_e7 = (int32_t)lround(longitude * 1e7);
    return STATUS_OK;
}

static enum status read_default_points(struct profile *profile, const struct json_value *list,
                                       const struct profile_place *place, struct fault *fault)
{
    enum status status = profile_expect(list, JSON_LIST, place, fault);
    if (status != STATUS_OK)
        return status;
    profile->default_points = calloc(json_count(list) + 1, sizeof *profile->default_points);
    if (profile->default_points == NULL)
        return profile_no_memory(fault);
    const struct json_value *value = json_first(list);
    for (; value != NULL && status == STATUS_OK; value = json_next(value)) {
        struct profile_place inner = profile_place_index(place, profile->default_point_count);
        status = read_point(profile, value, &inner, fault);
    }
    return status;
}

static enum status read_timezone(struct profile *profile, const struct json_value *value,
                                 const struct profile_place *place, struct fault *fault)
{
    profile->timezone_given = true;
    return read_zone(value, place, &profile->timezone_offset_s, fault);
}

/* Was read first: other parts name the kinds that it makes. */
static enum status pass_detectors(struct profile *profile, const struct json_value *value, const struct profile_place *place,
                                  struct fault *fault)
{
    (void)profile;
    (void)value;
    (void)place;
    (void)fault;
    return STATUS_OK;
}

static enum status read_profile(struct profile *profile, struct span text, struct fault *fault)
{
    static const struct part parts[] = {
        {"customer", read_customer}, {"roles", read_roles},
        {"sources", read_sources},   {"detectors", pass_detectors},
        {"junk", read_junk},         {"default_points", read_default_points},
        {"timezone", read_timezone},
    };
    struct json_value *root = NULL;
    enum status status = json_read(text, &root, fault);
    if (status != STATUS_OK)
        return status;
    struct profile_place top = {""}, inner = profile_place_key(&top, "detectors");
    bool is_object = json_type(root) == JSON_OBJECT;
    for (const struct json_value *value = is_object ? json_first(root) : NULL; value != NULL && status == STATUS_OK; value = json_next(value))
        if (strcmp(json_key(value), "detectors") == 0)
            status = profile_read_detectors(profile, value, &inner, fault);
    if (status == STATUS_OK)
        status = read_parts(profile, root, &top, parts, sizeof parts / sizeof parts[0], fault);
    json_free(root);
    return status;
}

static enum status digest(struct profile *profile, struct span text, struct fault *fault)
{
    struct sha256 *hash = sha256_open();
    if (hash == NULL)
        return fault_set(fault, STATUS_FATAL, "no SHA-256 here");
    sha256_add(hash, text.at, text.len);
    sha256_take(hash, profile->sha256);
    sha256_close(hash);
    profile->sha256_given = true;
    return STATUS_OK;
}

static enum status read_file(struct profile *profile, const char *path, struct fault *fault)
{
    char *bytes = NULL;
    size_t count = 0;
    struct fault inner;
    enum status status = file_read_whole(path, PROFILE_BYTES_MAX, &bytes, &count, &inner);
    struct span text = {bytes, count};
    if (status == STATUS_OK)
        status = digest(profile, text, &inner);
    if (status == STATUS_OK)
        status = read_profile(profile, text, &inner);
    free(bytes);
    if (status == STATUS_OK)
        return STATUS_OK;
    char shown[128];
    escape_write_tail(shown, sizeof shown, path, strlen(path));
    return fault_set(fault, status, "profile %s: %.360s", shown, inner.message);
}

enum status profile_open(const char *path, struct profile **profile, struct fault *fault)
{
    *profile = NULL;
    struct profile *made = calloc(1, sizeof *made);
    if (made == NULL)
        return profile_no_memory(fault);
    enum status status = path == NULL ? STATUS_OK : read_file(made, path, fault);
    if (status != STATUS_OK) {
        profile_free(made);
        return status;
    }
    *profile = made;
    return STATUS_OK;
}

enum status profile_parse(struct span text, struct profile **profile, struct fault *fault)
{
    *profile = NULL;
    struct profile *made = calloc(1, sizeof *made);
    if (made == NULL)
        return profile_no_memory(fault);
    enum status status = digest(made, text, fault);
    if (status == STATUS_OK)
        status = read_profile(made, text, fault);
    if (status == STATUS_OK)
        *profile = made;
    else
        profile_free(made);
    return status;
}

static void names_free(struct profile_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
}

static void roles_names_free(struct profile_roles *roles)
{
    names_free(&roles->customer);
    names_free(&roles->latitude);
    names_free(&roles->longitude);
    names_free(&roles->time);
    names_free(&roles->none);
}

void profile_free(struct profile *profile)
{
    if (profile == NULL)
        return;
    names_free(&profile->customer_fields);
    names_free(&profile->customer_paths);
    roles_names_free(&profile->roles);
    for (size_t i = 0; i < profile->label_count; i++)
        free(profile->labels[i].name);
    for (size_t i = 0; i < profile->source_count; i++) {
        free((char *)(uintptr_t)profile->sources[i].name);
        free((char *)(uintptr_t)profile->sources[i].path_glob);
        roles_names_free(&profile->source_roles[i]);
    }
    for (size_t i = 0; i < profile->junk_count; i++)
        free(profile->junk[i].canonical);
    customs_close(profile->customs);
    free(profile->labels);
    free(profile->sources);
    free(profile->exposures);
    free(profile->zones);
    free(profile->source_roles);
    free(profile->junk);
    free(profile->default_points);
    free(profile);
}

void exposure_widen(struct exposure *exposure, const struct exposure *other)
{
    if (other->from[0] != '\0' && (exposure->from[0] == '\0' || strcmp(other->from, exposure->from) < 0))
        memcpy(exposure->from, other->from, sizeof exposure->from);
    if (strcmp(other->to, exposure->to) > 0)
        memcpy(exposure->to, other->to, sizeof exposure->to);
}

struct exposure profile_exposure(const struct profile *profile, const char *source_name)
{
    struct exposure exposure = {"", ""};
    for (size_t i = 0; i < profile->source_count; i++) {
        if (strcmp(profile->sources[i].name, source_name) == 0)
            exposure_widen(&exposure, &profile->exposures[i]);
    }
    return exposure;
}

int32_t profile_timezone_s(const struct profile *profile, const char *source_name)
{
    for (size_t i = 0; i < profile->source_count; i++) {
        if (profile->zones[i].given && strcmp(profile->sources[i].name, source_name) == 0)
            return profile->zones[i].offset_s;
    }
    return profile->timezone_offset_s;
}
