#include "roles.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/datum.h"
#include "../../detectors/detectors.h"
#include "../../detectors/location_code.h"
#include "../../detectors/location_scaled.h"
#include "../detect/pattern.h"
#include "../evidence/walk.h"

enum {
    NAME_BYTES_MAX = 256,      /* of a longer name the end decides */
    TRAILING_DIGITS_MAX = 2,   /* "lat_2" */
    PROFILE_NAMES_MAX = 10000
};

/* Ranks: whole names, the profile's first; then names that end in a word of the profile, of ours; then y and x. */
enum {
    RANK_PROFILE_WORD = PROFILE_NAMES_MAX + 1000,
    RANK_WORD = 2 * RANK_PROFILE_WORD,
    RANK_WEAK = 3 * RANK_PROFILE_WORD
};

/* Specification, section 8, in its order; the first in a unit wins. */
static const char *const customer_defaults[] = {
    "customerid", "custid", "customer", "customerno", "customernumber", "custno", "clientid", "userid", "uid",
    "memberid", "memberno", "membershipid", "accountid", "accountno", "accountnumber", "contractid",
    "contractno", "subscriberid", "ownerid", "顧客id", "顧客番号", "会員番号", "会員id", "お客様番号",
    "お客様id", "契約番号", "契約者id"};
static const char *const email_defaults[] = {"email", "mail", "mailaddress", "emailaddress",
                                             "メールアドレス"};
static const char *const time_defaults[] = {"ts", "time", "timestamp", "datetime", "date", "eventtime",
                                            "recordedat", "createdat", "utc", "日時", "時刻"};
/* Ends of longer names. Not "date": a date of birth is no event. */
static const char *const time_words[] = {"ts", "time", "timestamp", "datetime", "日時", "時刻"};
static const char *const latitude_defaults[] = {"lat", "latitude", "gpslat", "緯度", "北緯"};
static const char *const longitude_defaults[] = {"lon", "lng", "long", "longitude", "gpslon", "gpslng",
                                                 "経度", "東経"};
static const char *const latitude_words[] = {"lat", "latitude", "緯度"};
static const char *const longitude_words[] = {"lon", "lng", "long", "longitude", "経度"};
/* These mean a position only together (identifiers, section 10). */
static const char *const latitude_weak[] = {"y", "nl", "ido"};
static const char *const longitude_weak[] = {"x", "el", "keido"};
/* What else has an x and a y: what such a component is called, or ends in. */
static const char *const no_places[] = {"accel", "acceleration", "accelerometer", "acc", "gyro", "gyroscope",
                                        "mag", "magnetometer", "force", "gforce", "velocity", "speed",
                                        "rotation", "orientation", "vector", "screen", "touch", "pixel",
                                        "mouse", "offset", "size"};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A name reduced to what is compared: lower case, full-width folded, signs gone. */
struct field_name {
    char text[NAME_BYTES_MAX];
    bool word_starts[NAME_BYTES_MAX + 1];
    bool component_starts[NAME_BYTES_MAX + 1];
    size_t len;
    size_t last_component;     /* where it starts */
    size_t parent_component;   /* where the one before starts; last_component where there is none */
    uint32_t scope;            /* the entries that it is held against */
};

enum { SCOPE_ALL = 0 };

struct name_entry {
    char *text; /* reduced */
    size_t len;
    uint32_t scope; /* SCOPE_ALL, or the number of the roles that alone have it */
};

struct name_list {
    struct name_entry *entries;
    size_t count;
    size_t profile_count; /* so many stand in front of the defaults */
};

struct path_rule {
    struct pattern *pattern;
    int group;
};

/* Those of sources share all with those of the profile, but for their number. */
struct roles {
    uint32_t number;                /* SCOPE_ALL: of all sources that have none of their own */
    struct roles *of_sources;       /* numbered from 1 on */
    char **source_names;            /* of these */
    uint32_t source_count;
    struct name_list customers, latitudes, longitudes, times;
    struct name_list none;          /* all of the profile */
    struct {
        struct name_entry name;
        uint32_t kind_mask;
        uint16_t custom; /* as in struct field_plan */
    } *labels;
    size_t label_count;
    struct path_rule *rules;
    size_t rule_count;
};

/* ---- names ---- */

enum letter { LETTER_SIGN, LETTER_LOWER, LETTER_UPPER, LETTER_DIGIT, LETTER_OTHER };

static enum letter letter_of(unsigned char byte)
{
    if (byte >= 0x80)
        return LETTER_OTHER;
    if (byte >= 'a' && byte <= 'z')
        return LETTER_LOWER;
    if (byte >= 'A' && byte <= 'Z')
        return LETTER_UPPER;
    return byte >= '0' && byte <= '9' ? LETTER_DIGIT : LETTER_SIGN;
}

/* The character at bytes: full-width ASCII (U+FF01 to U+FF5E) and the ideographic blank as their ASCII
 * likeness, every other byte as itself. */
static unsigned char fold(const unsigned char *bytes, size_t left, size_t *taken)
{
    *taken = 1;
    if (left < 3 || (bytes[0] != 0xEF && bytes[0] != 0xE3))
        return bytes[0];
    unsigned code = (bytes[0] & 0xFu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu);
    bool full_width = code >= 0xFF01 && code <= 0xFF5E;
    if (!full_width && code != 0x3000)
        return bytes[0];
    *taken = 3;
    return full_width ? (unsigned char)(code - 0xFF01 + '!') : ' ';
}

static bool starts_word(enum letter before, enum letter here, enum letter after)
{
    if (before == LETTER_SIGN || (before == LETTER_OTHER) != (here == LETTER_OTHER))
        return true;
    return here == LETTER_UPPER && (before != LETTER_UPPER || after == LETTER_LOWER);
}

static void start_component(struct field_name *name)
{
    name->parent_component = name->last_component;
    name->last_component = name->len;
    name->component_starts[name->len] = true;
}

static void read_name(struct field_name *name, const char *path, size_t path_len, bool one_component)
{
    memset(name, 0, sizeof *name);
    bool cut = path_len > NAME_BYTES_MAX;
    if (cut) {
        path += path_len - NAME_BYTES_MAX;
        path_len = NAME_BYTES_MAX;
    }
    name->component_starts[0] = !cut; /* the first component of a cut name is not whole */
    enum letter before = LETTER_SIGN;
    for (size_t i = 0, taken = 0; i < path_len; i += taken) {
        const unsigned char *at = (const unsigned char *)path + i;
        unsigned char byte = fold(at, path_len - i, &taken), next = ' ';
        size_t next_taken = 0;
        if (i + taken < path_len)
            next = fold(at + taken, path_len - i - taken, &next_taken);
        enum letter here = letter_of(byte);
        if (byte == '.' && !one_component)
            start_component(name);
        if (here != LETTER_SIGN) {
            if (starts_word(before, here, letter_of(next)))
                name->word_starts[name->len] = true;
            name->text[name->len++] = (char)(here == LETTER_UPPER ? byte | 0x20 : byte);
        }
        before = here;
    }
}

static bool ends_in(const char *text, size_t end, const char *word, size_t word_len)
{
    return word_len <= end && memcmp(text + end - word_len, word, word_len) == 0;
}

/* The last component, the full path or a longer ending of it: the same as an ending that begins with a component. */
static bool is_whole(const struct field_name *name, const char *word, size_t word_len)
{
    return ends_in(name->text, name->len, word, word_len) && name->component_starts[name->len - word_len];
}

/* The last words of the last component; end may leave out digits behind them. Scripts that are
 * written without blanks show no words, so there any ending will do. */
static bool is_last_word(const struct field_name *name, size_t end, const char *word, size_t word_len)
{
    return ends_in(name->text, end, word, word_len) && end - word_len >= name->last_component &&
           (name->word_starts[end - word_len] || (unsigned char)word[0] >= 0x80);
}

/* FNV-1a over what is left of the last component without the axis word; 0 for nothing. Digits behind
 * the word count: lat1 and lon1 belong together. */
static uint32_t hash_pair(const struct field_name *name, size_t word_at, size_t word_end)
{
    uint32_t hash = 2166136261u;
    size_t count = 0;
    for (size_t i = name->last_component; i < name->len; i++) {
        if (i >= word_at && i < word_end)
            continue;
        hash = (hash ^ (unsigned char)name->text[i]) * 16777619u;
        count++;
    }
    return count == 0 ? 0 : hash == 0 ? 1 : hash;
}

/* ---- opening ---- */

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the roles of fields");
}

static enum status make_entry(struct name_entry *entry, const char *name, struct fault *fault)
{
    struct field_name reduced;
    read_name(&reduced, name, strlen(name), true);
    if (reduced.len == 0)
        return fault_set(fault, STATUS_USAGE, "the profile has a field name without letters and digits");
    entry->text = strndup(reduced.text, reduced.len);
    entry->len = reduced.len;
    entry->scope = SCOPE_ALL;
    return entry->text == NULL ? no_memory(fault) : STATUS_OK;
}

static enum status add_names(struct name_list *list, const char *const *names, size_t count, struct fault *fault)
{
    struct name_entry *grown = realloc(list->entries, (list->count + count + 1) * sizeof *grown);
    if (grown == NULL)
        return no_memory(fault);
    list->entries = grown;
    for (size_t i = 0; i < count; i++) {
        enum status status = make_entry(&grown[list->count], names[i], fault);
        if (status != STATUS_OK)
            return status;
        list->count++;
    }
    return STATUS_OK;
}

static enum status add_profile_names(struct name_list *list, const struct profile_names *names, uint32_t scope,
                                     struct fault *fault)
{
    size_t first = list->count;
    if (list->count + names->count > PROFILE_NAMES_MAX)
        return fault_set(fault, STATUS_USAGE, "the profile names more than %d fields for one role",
                         PROFILE_NAMES_MAX);
    enum status status = add_names(list, (const char *const *)names->names, names->count, fault);
    list->profile_count = list->count;
    for (size_t i = first; i < list->count; i++)
        list->entries[i].scope = scope;
    return status;
}

static enum status add_profile_roles(struct roles *roles, const struct profile_roles *of, uint32_t scope, struct fault *fault)
{
    enum status status = add_profile_names(&roles->customers, &of->customer, scope, fault);
    if (status == STATUS_OK)
        status = add_profile_names(&roles->latitudes, &of->latitude, scope, fault);
    if (status == STATUS_OK)
        status = add_profile_names(&roles->longitudes, &of->longitude, scope, fault);
    if (status == STATUS_OK)
        status = add_profile_names(&roles->times, &of->time, scope, fault);
    if (status == STATUS_OK)
        status = add_profile_names(&roles->none, &of->none, scope, fault);
    return status;
}

static uint32_t number_of_source(const struct roles *roles, const char *name)
{
    for (uint32_t i = 0; i < roles->source_count; i++) {
        if (strcmp(roles->source_names[i], name) == 0)
            return i + 1;
    }
    return SCOPE_ALL;
}

static bool has_roles(const struct profile *profile, size_t rule)
{
    const struct profile_roles *of = &profile->source_roles[rule];
    bool has = of->customer.count + of->latitude.count + of->longitude.count + of->time.count + of->none.count > 0;
    for (size_t i = 0; i < profile->label_count && !has; i++)
        has = profile->labels[i].rule == rule + 1;
    return has;
}

/* Numbers the sources that have roles of their own. Rules of one name make one source. */
static enum status number_sources(struct roles *roles, const struct profile *profile, struct fault *fault)
{
    roles->source_names = calloc(profile->source_count + 1, sizeof *roles->source_names);
    roles->of_sources = calloc(profile->source_count + 1, sizeof *roles->of_sources);
    if (roles->source_names == NULL || roles->of_sources == NULL)
        return no_memory(fault);
    for (size_t i = 0; i < profile->source_count; i++) {
        const char *name = profile->sources[i].name;
        if (!has_roles(profile, i) || number_of_source(roles, name) != SCOPE_ALL)
            continue;
        roles->source_names[roles->source_count] = strdup(name);
        if (roles->source_names[roles->source_count] == NULL)
            return no_memory(fault);
        roles->source_count++;
    }
    return STATUS_OK;
}

static enum status make_lists(struct roles *roles, const struct profile *profile, struct fault *fault)
{
    struct {
        struct name_list *list;
        const char *const *defaults;
        size_t default_count;
    } parts[] = {
        {&roles->customers, customer_defaults, COUNT_OF(customer_defaults)},
        {&roles->latitudes, latitude_defaults, COUNT_OF(latitude_defaults)},
        {&roles->longitudes, longitude_defaults, COUNT_OF(longitude_defaults)},
        {&roles->times, time_defaults, COUNT_OF(time_defaults)},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; i < profile->source_count && status == STATUS_OK; i++)
        status = add_profile_roles(roles, &profile->source_roles[i], number_of_source(roles, profile->sources[i].name), fault);
    if (status == STATUS_OK)
        status = add_profile_names(&roles->customers, &profile->customer_fields, SCOPE_ALL, fault);
    if (status == STATUS_OK)
        status = add_profile_roles(roles, &profile->roles, SCOPE_ALL, fault);
    for (size_t i = 0; i < COUNT_OF(parts) && status == STATUS_OK; i++)
        status = add_names(parts[i].list, parts[i].defaults, parts[i].default_count, fault);
    return status;
}

static enum status make_labels(struct roles *roles, const struct profile *profile, struct fault *fault)
{
    size_t custom_count = customs_label_count(profile->customs);
    roles->labels = calloc(profile->label_count + custom_count + 1, sizeof *roles->labels);
    if (roles->labels == NULL)
        return no_memory(fault);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < profile->label_count && status == STATUS_OK; i++) {
        uint32_t rule = profile->labels[i].rule;
        status = make_entry(&roles->labels[i].name, profile->labels[i].name, fault);
        if (rule != PROFILE_EVERYWHERE)
            roles->labels[i].name.scope = number_of_source(roles, profile->sources[rule - 1].name);
        roles->labels[i].kind_mask = KIND_BIT(profile->labels[i].kind);
        roles->label_count++;
    }
    for (size_t i = 0; i < custom_count && status == STATUS_OK; i++) {
        status = make_entry(&roles->labels[roles->label_count].name, customs_label(profile->customs, i), fault);
        roles->labels[roles->label_count++].custom = (uint16_t)(i + 1);
    }
    return status;
}

static enum status make_rules(struct roles *roles, const struct profile *profile, struct fault *fault)
{
    roles->rules = calloc(profile->customer_paths.count + 1, sizeof *roles->rules);
    if (roles->rules == NULL)
        return no_memory(fault);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < profile->customer_paths.count && status == STATUS_OK; i++) {
        const char *text = profile->customer_paths.names[i];
        struct path_rule *rule = &roles->rules[roles->rule_count++];
        status = pattern_open((struct span){text, strlen(text)}, &rule->pattern, fault);
        if (status == STATUS_OK)
            rule->group = pattern_group(rule->pattern, "customer");
    }
    return status;
}

enum status roles_open(const struct profile *profile, struct roles **roles, struct fault *fault)
{
    *roles = NULL;
    struct roles *made = calloc(1, sizeof *made);
    if (made == NULL)
        return no_memory(fault);
    enum status status = number_sources(made, profile, fault);
    if (status == STATUS_OK)
        status = make_lists(made, profile, fault);
    if (status == STATUS_OK)
        status = make_labels(made, profile, fault);
    if (status == STATUS_OK)
        status = make_rules(made, profile, fault);
    if (status != STATUS_OK) {
        roles_free(made);
        return status;
    }
    for (uint32_t i = 0; i < made->source_count; i++) {
        made->of_sources[i] = *made;
        made->of_sources[i].number = i + 1;
    }
    *roles = made;
    return STATUS_OK;
}

static void list_free(struct name_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->entries[i].text);
    free(list->entries);
}

void roles_free(struct roles *roles)
{
    if (roles == NULL)
        return;
    list_free(&roles->customers);
    list_free(&roles->latitudes);
    list_free(&roles->longitudes);
    list_free(&roles->times);
    list_free(&roles->none);
    for (uint32_t i = 0; i < roles->source_count; i++)
        free(roles->source_names[i]);
    free(roles->source_names);
    free(roles->of_sources);
    for (size_t i = 0; i < roles->label_count; i++)
        free(roles->labels[i].name.text);
    for (size_t i = 0; i < roles->rule_count; i++)
        pattern_close(roles->rules[i].pattern);
    free(roles->labels);
    free(roles->rules);
    free(roles);
}

const struct roles *roles_of_source(const struct roles *roles, const char *source_name)
{
    uint32_t number = number_of_source(roles, source_name);
    return number == SCOPE_ALL ? roles : &roles->of_sources[number - 1];
}

uint32_t roles_number(const struct roles *roles)
{
    return roles->number;
}

/* ---- planning ---- */

/* Whether the entry is the name as a whole, and holds here. */
static bool is_entry(const struct field_name *name, const struct name_entry *entry)
{
    return entry->scope == name->scope && is_whole(name, entry->text, entry->len);
}

/* The first entry in [from, to) that is the name as a whole; -1 for none. */
static int find_whole(const struct name_list *list, size_t from, size_t to, const struct field_name *name)
{
    for (size_t i = from; i < to; i++) {
        if (is_entry(name, &list->entries[i]))
            return (int)i;
    }
    return -1;
}

static int find_word(const char *const *words, size_t count, const struct field_name *name)
{
    for (size_t i = 0; i < count; i++) {
        if (is_whole(name, words[i], strlen(words[i])))
            return (int)i;
    }
    return -1;
}

static void set_role(struct field_plan *plan, enum role role, size_t rank)
{
    plan->role = (uint8_t)role;
    plan->rank = (uint16_t)rank;
}

struct axis {
    enum role role;
    const struct name_list *list;
    const char *const *words, *const *weak;
    size_t word_count, weak_count;
};

/* A name that the profile gives, or the start of a name before such a word. */
static bool plan_profile_axis(struct field_plan *plan, const struct axis *axis, const struct field_name *name)
{
    for (size_t i = 0; i < axis->list->profile_count; i++) {
        const struct name_entry *entry = &axis->list->entries[i];
        if (entry->scope != name->scope)
            continue;
        bool whole = is_whole(name, entry->text, entry->len);
        if (!whole && !is_last_word(name, name->len, entry->text, entry->len))
            continue;
        set_role(plan, axis->role, whole ? i : RANK_PROFILE_WORD + i);
        plan->pair = whole ? 0 : hash_pair(name, name->len - entry->len, name->len);
        return true;
    }
    return false;
}

/* "lat", "start_lat", "gpsLatitude", "lat2". */
static bool plan_axis_word(struct field_plan *plan, const struct axis *axis, const struct field_name *name)
{
    size_t end = name->len;
    for (int digits = 0; digits <= TRAILING_DIGITS_MAX; digits++, end--) {
        for (size_t i = 0; i < axis->word_count; i++) {
            size_t len = strlen(axis->words[i]);
            if (!is_last_word(name, end, axis->words[i], len))
                continue;
            plan->pair = hash_pair(name, end - len, end);
            set_role(plan, axis->role, plan->pair == 0 ? axis->list->profile_count + i : RANK_WORD + i);
            return true;
        }
        if (end == 0 || name->text[end - 1] < '0' || name->text[end - 1] > '9')
            return false;
    }
    return false;
}

/* {"accel": {"x": .., "y": ..}} is no place. */
static bool stands_in_no_place(const struct field_name *name)
{
    for (size_t i = 0; i < COUNT_OF(no_places); i++) {
        size_t len = strlen(no_places[i]);
        if (ends_in(name->text, name->last_component, no_places[i], len) &&
            name->word_starts[name->last_component - len])
            return true;
    }
    return false;
}

/* What exiftool computes from other tags stands under this group. */
static bool is_composite(const struct field_name *name)
{
    static const char word[] = "composite";
    for (size_t i = 0; i + sizeof word - 1 <= name->len; i++)
        if (name->word_starts[i] && memcmp(name->text + i, word, sizeof word - 1) == 0)
            return true;
    return false;
}

static bool plan_default_axis(struct field_plan *plan, const struct axis *axis, const struct field_name *name)
{
    if (plan_axis_word(plan, axis, name)) {
        plan->composite = is_composite(name);
        return true;
    }
    int found = find_whole(axis->list, axis->list->profile_count, axis->list->count, name);
    if (found >= 0) {
        /* Written as one word, so that "gpslat" and "gps_lon" still belong together. */
        const struct name_entry *entry = &axis->list->entries[found];
        size_t prefix = entry->len > 3 && memcmp(entry->text, "gps", 3) == 0 ? 3 : 0;
        plan->pair = prefix > 0 ? hash_pair(name, name->len - entry->len + prefix, name->len) : 0;
        set_role(plan, axis->role, (size_t)found);
        return true;
    }
    found = find_word(axis->weak, axis->weak_count, name);
    if (found < 0 || stands_in_no_place(name))
        return false;
    /* Of its own kind: y belongs to x, never to the longitude beside it. */
    plan->pair = 2166136261u + (uint32_t)found;
    set_role(plan, axis->role, RANK_WEAK + (size_t)found);
    return true;
}

static void set_notation(struct field_plan *plan, enum role role, unsigned notation)
{
    plan->role = (uint8_t)role;
    plan->notation = (uint8_t)notation;
}

/* "latE7", "start_lat_ms": both axes of one scale belong together, and with no others. */
static bool plan_scaled_axis(struct field_plan *plan, const struct field_name *name)
{
    for (size_t i = 0; i < scaled_name_count; i++) {
        const struct scaled_name *axis = &scaled_names[i];
        size_t len = strlen(axis->name);
        if (!(axis->across && is_whole(name, axis->name, len)) && !is_last_word(name, name->len, axis->name, len))
            continue;
        set_notation(plan, axis->longitude ? ROLE_SCALED_LONGITUDE : ROLE_SCALED_LATITUDE, axis->scale);
        size_t at = name->len - len;
        plan->pair = (at > name->last_component ? hash_pair(name, at, name->len) : 0) ^ (axis->scale * 16777619u);
        return true;
    }
    return false;
}

/* "geohash", "h3_index", "datum". */
static bool plan_code(struct field_plan *plan, const struct field_name *name)
{
    for (size_t i = 0; i < code_name_count; i++) {
        const struct code_name *code = &code_names[i];
        size_t len = strlen(code->name);
        if (!is_whole(name, code->name, len) && (code->whole || !is_last_word(name, name->len, code->name, len)))
            continue;
        set_notation(plan, ROLE_CODE, code->code);
        return true;
    }
    for (size_t i = 0; i < datum_name_count; i++) {
        if (!is_whole(name, datum_names[i].name, strlen(datum_names[i].name)))
            continue;
        set_notation(plan, ROLE_DATUM, datum_names[i].by_number);
        return true;
    }
    return false;
}

/* What stands in for a sign beside an axis: names of its own, and those that say no axis. */
static const char *const latitude_sides[] = {"latref", "latituderef", "latdir", "latitudedir", "latdirection", "latitudedirection", "lathemisphere",
                                             "latitudehemisphere", "latns", "latitudens"};
static const char *const longitude_sides[] = {"lonref", "longituderef", "londir", "longitudedir", "londirection", "longitudedirection", "lonhemisphere",
                                              "longitudehemisphere", "lonew", "longitudeew", "lngref", "lngdir", "longref", "longdir"};
static const char *const any_latitude_sides[] = {"ns", "nsindicator", "nshemisphere", "northsouth"};
static const char *const any_longitude_sides[] = {"ew", "ewindicator", "ewhemisphere", "eastwest"};

static bool plan_side(struct field_plan *plan, enum role role, const char *const *names, size_t name_count, const char *const *any, size_t any_count,
                      const struct field_name *name)
{
    for (size_t i = 0; i < name_count; i++) {
        size_t len = strlen(names[i]);
        bool gps = name->len - name->last_component == len + 3 && memcmp(name->text + name->last_component, "gps", 3) == 0 && ends_in(name->text, name->len, names[i], len);
        if (!gps && !is_last_word(name, name->len, names[i], len)) continue;
        set_notation(plan, role, 0);
        plan->pair = hash_pair(name, name->len - len, name->len);
        return true;
    }
    if (find_word(any, any_count, name) < 0) return false;
    set_notation(plan, role, 1);
    return true;
}

static bool plan_note(struct field_plan *plan, const struct field_name *name)
{
    static const char *const units[] = {"unit", "\xE5\x8D\x98\xE4\xBD\x8D"};
    if (plan_side(plan, ROLE_LATITUDE_SIDE, latitude_sides, COUNT_OF(latitude_sides), any_latitude_sides, COUNT_OF(any_latitude_sides), name) ||
        plan_side(plan, ROLE_LONGITUDE_SIDE, longitude_sides, COUNT_OF(longitude_sides), any_longitude_sides, COUNT_OF(any_longitude_sides), name))
        return true;
    if (find_word(units, COUNT_OF(units), name) < 0) return false;
    set_notation(plan, ROLE_ANGLE_UNIT, 0);
    return true;
}

static bool plan_default_customer(struct field_plan *plan, const struct roles *roles,
                                  const struct field_name *name)
{
    int found = find_whole(&roles->customers, roles->customers.profile_count, roles->customers.count, name);
    if (found >= 0) {
        set_role(plan, ROLE_CUSTOMER, (size_t)found);
        return true;
    }
    found = find_word(email_defaults, COUNT_OF(email_defaults), name);
    if (found >= 0)
        set_role(plan, ROLE_CUSTOMER, ROLE_RANK_EMAIL + (size_t)found);
    return found >= 0;
}

static bool plan_default_time(struct field_plan *plan, const struct roles *roles, const struct field_name *name)
{
    int found = find_whole(&roles->times, roles->times.profile_count, roles->times.count, name);
    if (found >= 0) {
        set_role(plan, ROLE_TIME, (size_t)found);
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(time_words); i++) {
        if (is_last_word(name, name->len, time_words[i], strlen(time_words[i]))) {
            set_role(plan, ROLE_TIME, RANK_WORD + i);
            return true;
        }
    }
    return false;
}

/* Sets the kinds whose profile labels the name ends in, on whole words; of labels of the profile's own kinds the longest. */
static bool plan_profile_labels(struct field_plan *plan, const struct roles *roles, const struct field_name *name)
{
    size_t longest = 0;
    bool any = false;
    for (size_t i = 0; i < roles->label_count; i++) {
        const struct name_entry *label = &roles->labels[i].name;
        if (label->scope != name->scope || !ends_in(name->text, name->len, label->text, label->len) ||
            !(name->word_starts[name->len - label->len] || name->component_starts[name->len - label->len]))
            continue;
        any = true;
        plan->label_mask |= roles->labels[i].kind_mask;
        if (roles->labels[i].custom == 0 || label->len <= longest)
            continue;
        longest = label->len;
        plan->custom = roles->labels[i].custom;
    }
    return any;
}

static bool plan_profile(struct field_plan *plan, const struct roles *roles, const struct axis axes[2],
                         const struct field_name *name)
{
    int found = find_whole(&roles->customers, 0, roles->customers.profile_count, name);
    if (found >= 0) {
        set_role(plan, ROLE_CUSTOMER, (size_t)found);
        return true;
    }
    if (plan_profile_axis(plan, &axes[0], name) || plan_profile_axis(plan, &axes[1], name))
        return true;
    found = find_whole(&roles->times, 0, roles->times.profile_count, name);
    if (found >= 0)
        set_role(plan, ROLE_TIME, (size_t)found);
    return found >= 0;
}

/* How DynamoDB, MongoDB and Avro say the type of a value. */
static const char *const type_names[] = {"S", "N", "SS", "NS", "$date", "$oid", "$uuid", "$numberLong", "$numberInt", "$numberDouble",
                                         "$numberDecimal", "string", "int", "float", "double", "long"};

/* How much of a path is left without them. */
static size_t untyped_len(const char *path, size_t path_len)
{
    for (;;) {
        const char *dot = memrchr(path, '.', path_len);
        if (dot == NULL || dot == path)
            return path_len;
        size_t len = (size_t)(path + path_len - dot) - 1, i = 0;
        while (i < COUNT_OF(type_names) && (strlen(type_names[i]) != len || memcmp(type_names[i], dot + 1, len) != 0))
            i++;
        if (i == COUNT_OF(type_names))
            return path_len;
        path_len = (size_t)(dot - path);
    }
}

/* Whether a value under a type is that of the name before it. "long" is a longitude, too. */
static bool is_typed(const struct field_plan *bare, struct span type)
{
    bool of_number = bare->role == ROLE_TIME || bare->role == ROLE_IDENTIFIER;
    if (type.len == 4 && memcmp(type.at, "long", 4) == 0)
        return of_number;
    return of_number || bare->role == ROLE_CUSTOMER || bare->role == ROLE_LATITUDE || bare->role == ROLE_LONGITUDE ||
           bare->role == ROLE_SCALED_LATITUDE || bare->role == ROLE_SCALED_LONGITUDE;
}

/* What the profile says of the name: of all sources, or with name->scope of one. */
static bool plan_as_told(struct field_plan *plan, const struct roles *roles, const struct axis axes[2], const struct field_name *name,
                         uint32_t label_mask)
{
    *plan = (struct field_plan){.role = ROLE_NONE, .by_profile = 1};
    if (find_whole(&roles->none, 0, roles->none.count, name) >= 0)
        return true;
    bool has_own = plan_profile_labels(plan, roles, name);
    plan->label_mask |= label_mask;
    if (plan_profile(plan, roles, axes, name))
        return true;
    if (has_own)
        plan->role = ROLE_IDENTIFIER;
    return has_own;
}

struct field_plan roles_plan(const struct roles *roles, const char *path, size_t path_len, bool one_component)
{
    struct field_plan plan;
    struct field_name name;
    size_t untyped = one_component ? path_len : untyped_len(path, path_len);
    if (untyped < path_len) {
        plan = roles_plan(roles, path, untyped, false);
        plan.typed = 1;
        if (is_typed(&plan, (struct span){path + untyped + 1, path_len - untyped - 1}))
            return plan;
    }
    read_name(&name, path, path_len, one_component);
    const struct axis axes[2] = {
        {ROLE_LATITUDE, &roles->latitudes, latitude_words, latitude_weak, COUNT_OF(latitude_words),
         COUNT_OF(latitude_weak)},
        {ROLE_LONGITUDE, &roles->longitudes, longitude_words, longitude_weak, COUNT_OF(longitude_words),
         COUNT_OF(longitude_weak)},
    };
    uint32_t label_mask = label_kinds(path, path_len);
    name.scope = roles->number;
    if (roles->number != SCOPE_ALL && plan_as_told(&plan, roles, axes, &name, label_mask))
        return plan;
    name.scope = SCOPE_ALL;
    if (plan_as_told(&plan, roles, axes, &name, label_mask))
        return plan;
    plan = (struct field_plan){.role = ROLE_NONE, .label_mask = label_mask};
    if (plan_default_customer(&plan, roles, &name) || plan_scaled_axis(&plan, &name) || plan_default_axis(&plan, &axes[0], &name) ||
        plan_default_axis(&plan, &axes[1], &name) || plan_default_time(&plan, roles, &name))
        return plan;
    if (plan.label_mask != 0)
        plan.role = ROLE_IDENTIFIER;
    else if (!plan_code(&plan, &name))
        (void)plan_note(&plan, &name);
    return plan;
}

const char *roles_customer_name(const struct roles *roles, uint16_t rank)
{
    if (rank >= ROLE_RANK_EMAIL && rank - ROLE_RANK_EMAIL < (int)COUNT_OF(email_defaults))
        return email_defaults[rank - ROLE_RANK_EMAIL];
    return rank < roles->customers.count ? roles->customers.entries[rank].text : "";
}

/* ---- customers in paths ---- */

struct path_matcher {
    const struct roles *roles;
    struct pattern_matcher *memory;
    bool hit_limit;
};

enum status path_matcher_open(const struct roles *roles, struct path_matcher **matcher, struct fault *fault)
{
    *matcher = NULL;
    struct path_matcher *made = calloc(1, sizeof *made);
    if (made == NULL)
        return no_memory(fault);
    made->roles = roles;
    enum status status = pattern_matcher_open(&made->memory, fault);
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    *matcher = made;
    return STATUS_OK;
}

bool path_matcher_customer(struct path_matcher *matcher, const char *path, struct span *customer)
{
    struct span text = {path, strlen(path)}, found;
    matcher->hit_limit = false;
    for (size_t i = 0; i < matcher->roles->rule_count; i++) {
        const struct path_rule *rule = &matcher->roles->rules[i];
        enum pattern_result result = pattern_find(rule->pattern, matcher->memory, text, 0, &found);
        if (result == PATTERN_LIMIT)
            matcher->hit_limit = true;
        if (result != PATTERN_FOUND || !pattern_group_found(matcher->memory, rule->group, customer))
            continue;
        while (customer->len > 0 && customer->at[0] == ' ')
            customer->at++, customer->len--;
        while (customer->len > 0 && customer->at[customer->len - 1] == ' ')
            customer->len--;
        if (customer->len > 0)
            return true;
    }
    return false;
}

bool path_matcher_customer_within(struct path_matcher *matcher, const char *path, struct span *customer)
{
    bool hit_limit = false, found = false;
    for (; path != NULL && !found; path = object_path_inner(path)) {
        found = path_matcher_customer(matcher, path, customer);
        hit_limit |= matcher->hit_limit;
    }
    matcher->hit_limit = hit_limit;
    return found;
}

bool path_matcher_hit_limit(const struct path_matcher *matcher)
{
    return matcher->hit_limit;
}

void path_matcher_close(struct path_matcher *matcher)
{
    if (matcher == NULL)
        return;
    pattern_matcher_close(matcher->memory);
    free(matcher);
}
