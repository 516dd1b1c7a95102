/* Tests of analyzer/attribute/attribution*.c and candidates.c: worlds by chance, with rosters by chance, held against the
 * rules written down once more the plain way, record by record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/attribute/attribution.h"
#include "../analyzer/attribute/candidates.h"
#include "../analyzer/tally/booked.h"
#include "../analyzer/tally/identifiers.h"
#include "../analyzer/tally/sorter.h"
#include "run_making.h"
#include "tallying.h"

enum { CUSTOMERS = 14, ROSTERED = 18, IDENTIFIERS = 26, RECORDS_MAX = 120, INTERVALS = 40, SET_MAX = 3, DAYS = 12, FOREVER = 1000000000 };
enum { DAY = 86400, EPOCH_DAY = 17000 };

/* ------------------------------------------------------------------ a world */

struct made_record {
    int customer; /* -1: it names nobody */
    int identifiers[SET_MAX], count;
    int64_t time; /* TIME_NONE */
};

struct made_interval {
    int customer, identifier;
    int64_t from, to; /* INT64_MIN, INT64_MAX: open */
};

struct world {
    struct made_record records[RECORDS_MAX];
    int record_count;
    struct made_interval intervals[INTERVALS];
    int interval_count;
    bool rostered, known; /* known: by who booked the records, too */
};

static enum kind kind_of(int identifier)
{
    return identifier % 3 == 0 ? KIND_VIN : identifier % 3 == 1 ? KIND_IMEI : KIND_MAC;
}

/* What makes fourteen digits an IMEI. */
static int fifteenth_digit(const char *digits)
{
    int sum = 0;
    for (int i = 0; i < 14; i++) {
        int digit = digits[i] - '0';
        if (i % 2 == 1) digit = 2 * digit > 9 ? 2 * digit - 9 : 2 * digit;
        sum += digit;
    }
    return (10 - sum % 10) % 10;
}

static void name_of(int identifier, char text[24])
{
    if (kind_of(identifier) == KIND_VIN) snprintf(text, 24, "1M8GDM9AXKP04%04d", identifier);
    if (kind_of(identifier) == KIND_IMEI) {
        snprintf(text, 24, "8681234000%04d", identifier);
        text[14] = (char)('0' + fifteenth_digit(text));
        text[15] = '\0';
    }
    if (kind_of(identifier) == KIND_MAC) snprintf(text, 24, "3c:5a:b4:00:00:%02x", identifier);
}

static void customer_name(int customer, char text[8])
{
    snprintf(text, 8, "C%02u", (unsigned)customer % 100);
}

static int by_number(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

/* density: how many identifiers there are to choose from, so that some worlds are all ties and others have none. */
static void world_make(struct world *world, uint64_t seed)
{
    struct chance chance = {seed * 7919 + 1};
    for (int i = 0; i < 8; i++) chance_below(&chance, 2);
    int density = 6 + (int)chance_below(&chance, IDENTIFIERS - 6), named = 1 + (int)chance_below(&chance, 6);
    memset(world, 0, sizeof *world);
    world->record_count = 10 + (int)chance_below(&chance, RECORDS_MAX - 10);
    world->rostered = chance_below(&chance, 4) > 0;
    world->known = seed % 2 == 0;
    uint32_t days = seed / 4 % 2 == 0 ? 2 : DAYS;
    for (int r = 0; r < world->record_count; r++) {
        struct made_record *record = &world->records[r];
        record->customer = (int)chance_below(&chance, 7) < named ? (int)chance_below(&chance, CUSTOMERS) : -1;
        int count = 1 + (int)chance_below(&chance, SET_MAX);
        for (int i = 0; i < count; i++) record->identifiers[i] = (int)chance_below(&chance, (uint32_t)density);
        qsort(record->identifiers, (size_t)count, sizeof(int), by_number);
        for (int i = 0; i < count; i++)
            if (i == 0 || record->identifiers[i] != record->identifiers[record->count - 1]) record->identifiers[record->count++] = record->identifiers[i];
        record->time = TIME_NONE;
        if (chance_below(&chance, 4) > 0)
            record->time = (int64_t)(EPOCH_DAY + chance_below(&chance, days)) * DAY + 3600 * chance_below(&chance, 24);
    }
    if (!world->rostered) return;
    world->interval_count = (int)chance_below(&chance, INTERVALS);
    int held = chance_below(&chance, 3) == 0 ? 1 : density; /* in some worlds one identifier has all customers */
    if (held == 1) world->interval_count = INTERVALS;
    bool hours = seed / 2 % 2 == 0;
    for (int i = 0; i < world->interval_count; i++) {
        struct made_interval *interval = &world->intervals[i];
        interval->customer = 4 + (int)chance_below(&chance, ROSTERED - 4);
        interval->identifier = (int)chance_below(&chance, (uint32_t)held);
        int64_t from = EPOCH_DAY - 1 + (int64_t)chance_below(&chance, days);
        int64_t hour = hours ? 3600 * (int64_t)chance_below(&chance, 24) : 0;
        interval->from = chance_below(&chance, 3) == 0 ? INT64_MIN : from * DAY + hour;
        interval->to = chance_below(&chance, 3) == 0 ? INT64_MAX : (from + 1 + (int64_t)chance_below(&chance, DAYS)) * DAY + hour / 2;
    }
}

/* The last moment up to the record's time at which an interval of one of its identifiers begins or ends. */
static int64_t change_of(const struct world *world, const struct made_record *record)
{
    int64_t change = HOLDER_SET_NO_CHANGE;
    for (int n = 0; world->rostered && world->known && n < world->interval_count; n++) {
        const struct made_interval *interval = &world->intervals[n];
        bool of_record = false;
        for (int i = 0; i < record->count; i++) of_record |= record->identifiers[i] == interval->identifier;
        if (!of_record) continue;
        if (interval->from <= record->time && interval->from > change) change = interval->from;
        if (interval->to <= record->time && interval->to > change) change = interval->to;
    }
    return change;
}

/* ------------------------------------------------------------------ the rules, the plain way */

struct model_owner {
    int customer;
    int64_t from, to; /* first and last second, both included; from > to: no time is known */
};

enum lead_state { LEAD_NONE, LEAD_BLOCKED, LEAD_ROSTER, LEAD_LINK };

struct model_lead {
    enum lead_state state;
    struct model_owner owners[INTERVALS];
    int count;
    int hop; /* which found it */
};

/* Records of one set and day, or a part of it within which nothing changes. */
struct model_group {
    int identifiers[SET_MAX], count;
    int64_t begin;
    uint64_t records;
    int64_t first, last;
    int owner, tier; /* -1: nobody */
    bool possible[ROSTERED];
    bool any_possible, conflict, across, shared[SET_MAX];
    unsigned basis, basis_possible[ROSTERED];
};

struct model_person {
    uint64_t records, possible;
    bool sure, link, roster, named, exists, known;
    bool has[IDENTIFIERS];
    unsigned basis_possible;
};

struct model {
    const struct world *world;
    struct model_lead leads[IDENTIFIERS];
    struct model_group groups[RECORDS_MAX];
    int group_count;
    struct model_person people[ROSTERED];
    uint64_t facts[CUSTOMERS][IDENTIFIERS];
    int64_t fact_first[CUSTOMERS][IDENTIFIERS], fact_last[CUSTOMERS][IDENTIFIERS]; /* first > last: none */
    uint64_t unattributed, ambiguous, conflicts, ambiguous_groups, clusters, identifiers_unattributed, shared, across;
};

static int owners_distinct(const struct model_lead *lead, int people[ROSTERED])
{
    int count = 0;
    for (int c = 0; c < ROSTERED; c++) {
        bool there = false;
        for (int i = 0; i < lead->count; i++) there |= lead->owners[i].customer == c;
        if (there) people[count++] = c;
    }
    return count;
}

/* 0 outside, 1 across, 2 inside but open at both ends, 3 inside. */
static int lies(const struct model_owner *owner, int64_t first, int64_t last)
{
    if (owner->from > owner->to || last < owner->from || first > owner->to) return 0;
    if (first < owner->from || last > owner->to) return 1;
    return owner->from == INT64_MIN && owner->to == INT64_MAX ? 2 : 3;
}

static int best_lie(const struct model_lead *lead, int customer, int64_t first, int64_t last)
{
    int best = 0;
    for (int i = 0; i < lead->count; i++) {
        if (lead->owners[i].customer != customer) continue;
        int lie = first == TIME_NONE ? 1 : lies(&lead->owners[i], first, last);
        if (lie > best) best = lie;
    }
    return best;
}

/* Whom the lead allows; returns the one it says, or -1. */
static int narrow(const struct model_lead *lead, int64_t first, int64_t last, bool allowed[ROSTERED], bool *sure, bool *shared)
{
    int people[ROSTERED], count = owners_distinct(lead, people), live = 0, one = -1, inside = 0;
    memset(allowed, 0, ROSTERED * sizeof *allowed);
    *sure = *shared = false;
    for (int i = 0; i < count; i++) {
        int lie = best_lie(lead, people[i], first, last);
        if (lie > 0) live++, one = people[i];
        inside += lie >= 2;
    }
    bool says = lead->state == LEAD_ROSTER ? live == 1 : count == 1 || (first != TIME_NONE && live == 1 && inside == 1);
    if (says) {
        if (count == 1) one = people[0];
        allowed[one] = true;
        *sure = lead->state == LEAD_ROSTER && first != TIME_NONE && best_lie(lead, one, first, last) == 3;
        return one;
    }
    int left = 0;
    for (int i = 0; i < count; i++) left += allowed[people[i]] = lead->state == LEAD_LINK || live == 0 || best_lie(lead, people[i], first, last) > 0;
    if (left <= 8) return -1;
    memset(allowed, 0, ROSTERED * sizeof *allowed);
    *shared = true;
    return -1;
}

static int rank_of(int identifier)
{
    return kind_of(identifier) == KIND_VIN ? 0 : 2;
}

static void judge(const struct model *model, struct model_group *group)
{
    bool allowed[SET_MAX][ROSTERED], sure[SET_MAX];
    int says[SET_MAX], best_rank = 99, winner = -1;
    group->owner = -1;
    group->any_possible = group->conflict = group->across = false;
    group->basis = 0;
    memset(group->possible, 0, sizeof group->possible);
    memset(group->basis_possible, 0, sizeof group->basis_possible);
    memset(group->shared, 0, sizeof group->shared);
    for (int i = 0; i < group->count; i++) {
        const struct model_lead *lead = &model->leads[group->identifiers[i]];
        says[i] = -1;
        memset(allowed[i], 0, sizeof allowed[i]);
        if (lead->state < LEAD_ROSTER) continue;
        bool shared;
        says[i] = narrow(lead, group->first, group->last, allowed[i], &sure[i], &shared);
        group->shared[i] = shared;
        for (int c = 0; c < ROSTERED && lead->state == LEAD_ROSTER && !shared && group->first != TIME_NONE; c++)
            group->across |= best_lie(lead, c, group->first, group->last) == 1;
        if (says[i] >= 0 && rank_of(group->identifiers[i]) < best_rank) best_rank = rank_of(group->identifiers[i]), winner = says[i];
    }
    for (int i = 0; i < group->count && winner >= 0; i++) {
        bool any = false;
        for (int c = 0; c < ROSTERED; c++) any |= allowed[i][c];
        if (any && rank_of(group->identifiers[i]) <= best_rank && !allowed[i][winner]) winner = -1;
    }
    bool common[ROSTERED];
    memset(common, 1, sizeof common);
    bool any_lead = false;
    int hop = 99;
    for (int i = 0; i < group->count; i++) {
        const struct model_lead *lead = &model->leads[group->identifiers[i]];
        if (winner >= 0 && says[i] == winner && lead->hop < hop) hop = lead->hop;
    }
    for (int i = 0; i < group->count; i++) {
        unsigned basis = model->leads[group->identifiers[i]].state == LEAD_ROSTER ? BASIS_ROSTER : BASIS_LINK;
        bool any = false;
        for (int c = 0; c < ROSTERED; c++) any |= allowed[i][c];
        if (!any) continue;
        any_lead = true;
        for (int c = 0; c < ROSTERED; c++) common[c] = common[c] && allowed[i][c];
        if (winner >= 0 && says[i] == winner && model->leads[group->identifiers[i]].hop == hop) group->basis |= basis | (sure[i] ? BASIS_SURE : 0u);
        if (winner >= 0 && allowed[i][winner]) continue;
        for (int c = 0; c < ROSTERED; c++)
            if (allowed[i][c]) group->possible[c] = group->any_possible = true, group->basis_possible[c] |= basis;
    }
    group->owner = winner;
    bool agree = false;
    for (int c = 0; c < ROSTERED; c++) agree |= common[c];
    group->conflict = winner >= 0 ? group->any_possible : any_lead && !agree;
}

static void group_add(struct model *model, const struct made_record *record)
{
    int64_t begin = record->time == TIME_NONE ? -1 : record->time / DAY * DAY, change = change_of(model->world, record);
    if (begin >= 0 && change > begin) begin = change;
    int g = 0;
    for (; g < model->group_count; g++) {
        const struct model_group *group = &model->groups[g];
        if (group->begin == begin && group->count == record->count &&
            memcmp(group->identifiers, record->identifiers, (size_t)record->count * sizeof(int)) == 0)
            break;
    }
    struct model_group *group = &model->groups[g];
    if (g == model->group_count) {
        model->group_count++;
        *group = (struct model_group){.count = record->count, .begin = begin, .first = record->time, .last = record->time};
        memcpy(group->identifiers, record->identifiers, sizeof group->identifiers);
    }
    group->records++;
    if (record->time < group->first) group->first = record->time;
    if (record->time > group->last) group->last = record->time;
}

static void owner_add(struct model_lead *lead, int customer, int64_t from, int64_t to)
{
    for (int i = 0; i < lead->count; i++) {
        if (lead->owners[i].customer != customer) continue;
        if (from < lead->owners[i].from) lead->owners[i].from = from;
        if (to > lead->owners[i].to) lead->owners[i].to = to;
        return;
    }
    lead->owners[lead->count++] = (struct model_owner){customer, from, to};
}

static void roster_owners(const struct world *world, int identifier, struct model_lead *lead)
{
    *lead = (struct model_lead){.state = LEAD_ROSTER};
    for (int i = 0; i < world->interval_count; i++) {
        const struct made_interval *of = &world->intervals[i];
        if (of->identifier == identifier)
            lead->owners[lead->count++] = (struct model_owner){of->customer, of->from, of->to == INT64_MAX ? INT64_MAX : of->to - 1};
    }
}

static bool in_groups(const struct model *model, int identifier)
{
    for (int g = 0; g < model->group_count; g++)
        for (int i = 0; i < model->groups[g].count; i++)
            if (model->groups[g].identifiers[i] == identifier) return true;
    return false;
}

static void first_leads(struct model *model)
{
    for (int id = 0; id < IDENTIFIERS; id++) {
        struct model_lead *lead = &model->leads[id], roster, links = {.state = LEAD_LINK};
        if (!in_groups(model, id)) continue;
        for (int c = 0; c < CUSTOMERS; c++)
            if (model->facts[c][id] > 0) owner_add(&links, c, model->fact_first[c][id], model->fact_last[c][id]);
        roster_owners(model->world, id, &roster);
        if (roster.count > 0) *lead = roster;
        else if (links.count > 8) lead->state = LEAD_BLOCKED;
        else if (links.count > 0) *lead = links;
    }
}

/* What the judged groups say of identifiers that lead nowhere yet. Returns whether any does. */
static bool further_leads(struct model *model, int hop)
{
    struct model_lead more[IDENTIFIERS];
    bool any = false;
    memset(more, 0, sizeof more);
    for (int g = 0; g < model->group_count; g++) {
        struct model_group *group = &model->groups[g];
        judge(model, group);
        for (int i = 0; i < group->count; i++) {
            int id = group->identifiers[i];
            if (model->leads[id].state != LEAD_NONE) continue;
            bool timed = group->first != TIME_NONE;
            if (group->owner >= 0) {
                owner_add(&more[id], group->owner, timed ? group->first : INT64_MAX, timed ? group->last : INT64_MIN);
                continue;
            }
            for (int k = 0; k < group->count && group->any_possible; k++) {
                const struct model_lead *lead = &model->leads[group->identifiers[k]];
                for (int o = 0; o < lead->count && lead->state >= LEAD_ROSTER; o++) {
                    bool known = lead->owners[o].from <= lead->owners[o].to;
                    owner_add(&more[id], lead->owners[o].customer, known ? lead->owners[o].from : INT64_MAX, known ? lead->owners[o].to : INT64_MIN);
                }
            }
        }
    }
    for (int id = 0; id < IDENTIFIERS; id++) {
        if (more[id].count == 0) continue;
        more[id].hop = hop;
        more[id].state = more[id].count > 8 ? LEAD_BLOCKED : LEAD_LINK;
        model->leads[id] = more[id];
        any = true;
    }
    return any;
}

static void book(struct model *model)
{
    for (int g = 0; g < model->group_count; g++) {
        struct model_group *group = &model->groups[g];
        judge(model, group);
        if (group->conflict) model->conflicts += group->records;
        if (group->across && (group->owner >= 0 || group->any_possible)) model->across += group->records;
        for (int c = 0; c < ROSTERED; c++) {
            struct model_person *person = &model->people[c];
            if (group->possible[c]) person->possible += group->records, person->exists = true, person->basis_possible |= group->basis_possible[c];
        }
        if (group->owner < 0) {
            *(group->any_possible ? &model->ambiguous : &model->unattributed) += group->records;
            continue;
        }
        struct model_person *person = &model->people[group->owner];
        person->exists = true;
        person->records += group->records;
        person->sure |= (group->basis & BASIS_SURE) != 0;
        person->link |= (group->basis & BASIS_LINK) != 0;
        person->roster |= (group->basis & BASIS_ROSTER) != 0;
        for (int i = 0; i < group->count; i++) person->has[group->identifiers[i]] = true;
    }
}

/* Whether the customer has the identifier by the roster: ever, unless somebody else has it at that time, and he has not. */
static bool has_then(const struct model_lead *roster, int customer, bool timed, int64_t first, int64_t last)
{
    bool ever = false, then = false, others = false;
    for (int i = 0; i < roster->count; i++) {
        bool now = timed && lies(&roster->owners[i], first, last) > 0;
        ever |= roster->owners[i].customer == customer;
        if (now) *(roster->owners[i].customer == customer ? &then : &others) = true;
    }
    return ever && (then || !others);
}

/* Identifiers of named records that the roster gives to others. */
static void book_ties(struct model *model)
{
    uint64_t largest[CUSTOMERS] = {0};
    for (int id = 0; id < IDENTIFIERS; id++) {
        struct model_lead roster;
        int people[ROSTERED];
        roster_owners(model->world, id, &roster);
        int count = owners_distinct(&roster, people);
        for (int c = 0; c < CUSTOMERS; c++) {
            bool allowed[ROSTERED], sure, shared;
            bool timed = model->fact_first[c][id] <= model->fact_last[c][id];
            if (count == 0 || model->facts[c][id] == 0 || has_then(&roster, c, timed, model->fact_first[c][id], model->fact_last[c][id])) continue;
            narrow(&roster, timed ? model->fact_first[c][id] : TIME_NONE, timed ? model->fact_last[c][id] : TIME_NONE, allowed, &sure,
                   &shared);
            for (int p = 0; p < ROSTERED; p++) {
                if (!allowed[p]) continue;
                model->people[p].possible += model->facts[c][id];
                model->people[p].basis_possible |= BASIS_ROSTER;
                model->people[p].exists = true;
            }
            if (!shared && model->facts[c][id] > largest[c]) largest[c] = model->facts[c][id];
        }
    }
    for (int c = 0; c < CUSTOMERS; c++) model->conflicts += largest[c];
}

/* Identifiers that the roster gives to too many for the records of a group. */
static void count_shared(struct model *model)
{
    for (int id = 0; id < IDENTIFIERS; id++) {
        bool shared = false;
        for (int g = 0; g < model->group_count; g++)
            for (int i = 0; i < model->groups[g].count; i++) shared |= model->groups[g].identifiers[i] == id && model->groups[g].shared[i];
        model->shared += shared;
    }
}

static void count_groups(struct model *model)
{
    for (int id = 0; id < IDENTIFIERS; id++) {
        bool ambiguous = false, sure = false;
        for (int g = 0; g < model->group_count; g++) {
            const struct model_group *group = &model->groups[g];
            for (int i = 0; i < group->count && group->owner < 0; i++) {
                bool allowed[ROSTERED], unused[2];
                if (group->identifiers[i] != id || model->leads[id].state < LEAD_ROSTER) continue;
                narrow(&model->leads[id], group->first, group->last, allowed, &unused[0], &unused[1]);
                for (int c = 0; c < ROSTERED; c++)
                    if (allowed[c]) ambiguous = true, sure |= model->people[c].records > 0;
            }
        }
        model->ambiguous_groups += ambiguous && !sure;
    }
}

static int root_of(int *parents, int at)
{
    while (parents[at] != at) at = parents[at];
    return at;
}

/* Groups that are nobody's, joined by identifiers; those with an identifier that is somebody's do not count. */
static void count_clusters(struct model *model)
{
    int parents[RECORDS_MAX];
    bool somebodys[IDENTIFIERS] = {false}, touched[RECORDS_MAX] = {false};
    for (int g = 0; g < model->group_count; g++) parents[g] = g;
    for (int id = 0; id < IDENTIFIERS; id++) {
        bool nobodys = false;
        for (int c = 0; c < CUSTOMERS; c++) somebodys[id] |= model->facts[c][id] > 0;
        int first = -1;
        for (int g = 0; g < model->group_count; g++) {
            const struct model_group *group = &model->groups[g];
            bool has = false;
            for (int i = 0; i < group->count; i++) has |= group->identifiers[i] == id;
            if (!has) continue;
            if (group->owner >= 0 || group->any_possible) {
                somebodys[id] = true;
                continue;
            }
            nobodys = true;
            if (first < 0) first = g;
            else parents[root_of(parents, g)] = root_of(parents, first);
        }
        if (!somebodys[id] && nobodys) model->identifiers_unattributed++;
    }
    for (int g = 0; g < model->group_count; g++) {
        const struct model_group *group = &model->groups[g];
        for (int i = 0; i < group->count; i++)
            if (somebodys[group->identifiers[i]] && group->owner < 0 && !group->any_possible) touched[root_of(parents, g)] = true;
    }
    for (int g = 0; g < model->group_count; g++)
        model->clusters += parents[g] == g && model->groups[g].owner < 0 && !model->groups[g].any_possible && !touched[g];
}

static void model_make(const struct world *world, struct model *model)
{
    memset(model, 0, sizeof *model);
    model->world = world;
    for (int c = 0; c < CUSTOMERS; c++)
        for (int id = 0; id < IDENTIFIERS; id++) model->fact_first[c][id] = INT64_MAX, model->fact_last[c][id] = INT64_MIN;
    for (int i = 0; i < world->interval_count; i++) model->people[world->intervals[i].customer].known = true;
    for (int r = 0; r < world->record_count; r++) {
        const struct made_record *record = &world->records[r];
        if (record->customer < 0) {
            group_add(model, record);
            continue;
        }
        struct model_person *person = &model->people[record->customer];
        person->named = person->exists = true;
        person->records++;
        for (int i = 0; i < record->count; i++) {
            int id = record->identifiers[i];
            person->has[id] = true;
            model->facts[record->customer][id]++;
            if (record->time == TIME_NONE) continue;
            if (record->time < model->fact_first[record->customer][id]) model->fact_first[record->customer][id] = record->time;
            if (record->time > model->fact_last[record->customer][id]) model->fact_last[record->customer][id] = record->time;
        }
    }
    first_leads(model);
    for (int hop = 0; hop < LINK_HOPS_MAX && further_leads(model, hop + 1); hop++) continue;
    book(model);
    if (world->rostered) book_ties(model);
    count_groups(model);
    count_shared(model);
    count_clusters(model);
}

/* ------------------------------------------------------------------ the program's */

struct program {
    char folder[64];
    struct tallying tallying;
    struct runs runs;
    struct profile *profile;
    struct roles *roles;
    struct roster *roster;
    struct attribution attribution;
    struct object objects[4];
};

static void roster_write(const struct world *world, const char *path)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs("customer_id,vin,imei,mac,valid_from,valid_to\n", out);
    for (int i = 0; i < world->interval_count; i++) {
        const struct made_interval *interval = &world->intervals[i];
        char customer[8], name[24], from[24] = "", to[24] = "";
        customer_name(interval->customer, customer);
        name_of(interval->identifier, name);
        enum kind kind = kind_of(interval->identifier);
        time_t times[2] = {(time_t)interval->from, (time_t)interval->to};
        if (interval->from != INT64_MIN) strftime(from, sizeof from, "%Y-%m-%dT%H:%M:%SZ", gmtime(&times[0]));
        if (interval->to != INT64_MAX) strftime(to, sizeof to, "%Y-%m-%dT%H:%M:%SZ", gmtime(&times[1]));
        fprintf(out, "%s,%s,%s,%s,%s,%s\n", customer, kind == KIND_VIN ? name : "", kind == KIND_IMEI ? name : "", kind == KIND_MAC ? name : "",
                from, to);
    }
    fclose(out);
}

static void program_roster(struct program *program, const struct world *world)
{
    char path[128];
    struct fault fault = {.message = ""};
    assert_int_equal(profile_open(NULL, &program->profile, &fault), STATUS_OK);
    assert_int_equal(roles_open(program->profile, &program->roles, &fault), STATUS_OK);
    if (!world->rostered) return;
    snprintf(path, sizeof path, "%s/roster.csv", program->folder);
    roster_write(world, path);
    const struct roster_options options = {path, program->roles, program->profile, 1, NULL};
    if (roster_open(&options, &program->roster, &fault) != STATUS_OK) fail_msg("%s", fault.message);
    assert_int_equal(roster_bad_count(program->roster), 0);
    unlink(path);
}

static void record_add(struct program *program, const struct world *world, const struct made_record *record, uint32_t number)
{
    struct tally_identifier identifiers[SET_MAX];
    const struct tally_identifier *set[SET_MAX];
    char key[HOLDER_SET_KEY_BYTES_MAX], name[24];
    struct fault fault;
    for (int i = 0; i < record->count; i++) {
        name_of(record->identifiers[i], name);
        identifiers[i] = an_identifier(kind_of(record->identifiers[i]), GRADE_CONFIRMED, name);
        set[i] = &identifiers[i];
    }
    struct tally_unit unit = {.holder_kind = HOLDER_SET, .record = true, .time_s = record->time, .identifiers = identifiers,
                              .identifier_count = (size_t)record->count, .place = {number % 4, 0, 0, number}, .source = number % 2};
    if (record->customer >= 0) {
        customer_name(record->customer, name);
        unit.holder_kind = HOLDER_CUSTOMER;
        unit.holder = (struct span){name, strlen(name)};
        unit.basis = BASIS_FIELD;
    } else {
        unit.holder = (struct span){key, holder_set_write(set, (size_t)record->count, record->time, change_of(world, record), key)};
    }
    assert_int_equal(tally_add(program->tallying.writer, &unit, &fault), STATUS_OK);
}

/* What goes through holders with what is booked on them, while their entries are written as they were. */
struct walk {
    const struct booked_order *order;
    size_t count; /* of entries */
    struct resolved *begun;
    struct identifier_counting *counting;
};

static void walk_follow(void *context, int thread, size_t number, size_t first, size_t end)
{
    struct walk *walk = context;
    bool last = end == walk->count;
    size_t from = booked_order_at(walk->order, first, false), to = booked_order_at(walk->order, end, last);
    for (size_t i = from; i < to; i++) resolve_add(walk->begun, thread, i);
    identifiers_note_piece(walk->counting, thread, number, from, to);
}

static void look_at(void *context, int thread, uint32_t partition, const struct holder *holder)
{
    (void)partition;
    attribution_look(context, thread, holder);
}

/* All in one walk: what is booked is found before holders become runs. */
static void program_walk(struct program *program, int threads)
{
    static const struct place_numbers numbers = {unit_of_place, NULL};
    struct fault fault = {.message = ""};
    struct tally *tally = program->tallying.tally;
    struct sorted_holders sorted = {0};
    struct jurisdictions jurisdictions;
    struct persons_kept persons = {calloc(holder_number_end(tally), sizeof(uint32_t)), holder_number_end(tally)};
    assert_non_null(persons.of);
    assert_int_equal(jurisdictions_open(program->roster, &jurisdictions, &fault), STATUS_OK);
    struct attribution_options options = {.runs = &program->runs, .roster = program->roster, .list = &program->tallying.list, .loaded = tally,
                                          .numbers = numbers, .sorted = &sorted, .jurisdictions = &jurisdictions,
                                          .persons = program->roster == NULL ? NULL : &persons};
    struct attributing *attributing = NULL;
    assert_int_equal(attribution_begin(&options, &attributing, &fault), STATUS_OK);
    struct holder_look look = {look_at, attributing};
    assert_int_equal(holders_sort(tally, threads, attribution_wants(attributing) ? &look : NULL, &sorted, &fault), STATUS_OK);
    assert_int_equal(attribution_find(attributing, &fault), STATUS_OK);
    struct booked_order order;
    assert_int_equal(booked_order_open(&program->runs, attribution_booked(attributing), tally, &numbers, &sorted, &order, &fault), STATUS_OK);
    assert_int_equal(order.sorted.count, sorted.count + order.inserted_count);
    struct walk walk = {.order = &order, .count = sorted.count};
    struct identifier_pieces pieces = {&order.sorted, runs_pieces(sorted.count)};
    struct resolving resolving = {.tally = tally, .list = &program->tallying.list, .places = {unit_of_place, object_of_place, NULL, false},
                                  .thread_count = threads, .sorted = &order.sorted, .persons = jurisdictions_persons(&jurisdictions), .persons_kept = persons};
    assert_int_equal(identifiers_open(tally, &pieces, threads, &(struct harvest_options){0}, &walk.counting, &fault), STATUS_OK);
    assert_int_equal(resolve_begin(&resolving, &walk.begun, &fault), STATUS_OK);
    struct write_follower follower = {walk_follow, &walk};
    assert_int_equal(runs_write_sorted(&program->runs, tally, &numbers, &sorted, &follower, &fault), STATUS_OK);
    struct identifier_totals identifiers;
    assert_int_equal(identifiers_noted(walk.counting, &identifiers, &fault), STATUS_OK);
    identifiers_close(walk.counting);
    assert_int_equal(runs_open_all(&program->runs, &fault), STATUS_OK);
    assert_int_equal(attribution_book(attributing, &program->attribution, &fault), STATUS_OK);
    attribution_close(attributing);
    const struct attribution *made = &program->attribution;
    resolving.identifiers = &identifiers;
    resolving.begun = walk.begun;
    resolving.attributed = (struct attributed){made->conflict_records, made->ambiguous_groups, made->records_possible, made->roster_shared,
                                               made->records_cut, made->records_across};
    struct totals scanned = {.data_time_first = TIME_NONE, .data_time_last = TIME_NONE};
    if (resolve(&resolving, &scanned, &program->tallying.resolved, &fault) != STATUS_OK) fail_msg("%s", fault.message);
    booked_order_close(&order);
    sorted_holders_free(&sorted);
    jurisdictions_close(&jurisdictions);
    free(persons.of);
}

/* spills: in how many goes the records become runs; after one alone, all are in memory too, and that is where they are resolved; 0: in
 * one, and all is done in one walk. */
static void program_run(struct program *program, const struct world *world, int threads, int spills, size_t memory_bytes)
{
    static const struct place_numbers numbers = {unit_of_place, NULL};
    struct fault fault = {.message = ""};
    memset(program, 0, sizeof *program);
    program->tallying = tallying_open(2);
    program->runs = (struct runs){.directory = folder_make(program->folder), .identity = identity_of(1, 2, RUN_CONTENT_HOLDERS),
                                  .source_count = 2, .file_count = 4, .thread_count = threads, .memory_bytes = memory_bytes};
    program->tallying.list.objects = program->objects;
    program->tallying.list.count = program->tallying.list.walked_count = 4;
    program_roster(program, world);
    if (spills == 0) {
        for (int r = 0; r < world->record_count; r++) record_add(program, world, &world->records[r], (uint32_t)r);
        assert_int_equal(tally_flush(program->tallying.writer, &fault), STATUS_OK);
        program_walk(program, threads);
        return;
    }
    for (int s = 0; s < spills; s++) {
        for (int r = s; r < world->record_count; r += spills) record_add(program, world, &world->records[r], (uint32_t)r);
        assert_int_equal(tally_flush(program->tallying.writer, &fault), STATUS_OK);
        assert_int_equal(runs_write(&program->runs, program->tallying.tally, &numbers, &fault), STATUS_OK);
        if (spills > 1) tally_clear(program->tallying.tally);
    }
    assert_int_equal(runs_open_all(&program->runs, &fault), STATUS_OK);
    struct attribution_options options = {.runs = &program->runs, .roster = program->roster, .list = &program->tallying.list};
    if (spills == 1) options.loaded = program->tallying.tally, options.numbers = numbers;
    if (attribute(&options, &program->attribution, &fault) != STATUS_OK) fail_msg("%s", fault.message);
    bool more = false;
    if (spills == 1) assert_int_equal(booked_take(&program->runs, program->tallying.tally, &numbers, &more, &fault), STATUS_OK);
    const struct attribution *made = &program->attribution;
    struct resolving resolving = {.tally = program->tallying.tally, .runs = spills == 1 ? NULL : &program->runs, .list = &program->tallying.list,
                                  .places = {unit_of_place, object_of_place, NULL, false}, .thread_count = threads,
                                  .attributed = {made->conflict_records, made->ambiguous_groups, made->records_possible, made->roster_shared,
                                                 made->records_cut, made->records_across}};
    struct totals scanned = {.data_time_first = TIME_NONE, .data_time_last = TIME_NONE};
    if (resolve(&resolving, &scanned, &program->tallying.resolved, &fault) != STATUS_OK) fail_msg("%s", fault.message);
}

static void program_close(struct program *program)
{
    struct fault fault;
    tallying_close(&program->tallying);
    for (size_t i = 0; i < program->runs.count; i++) assert_int_equal(runs_add_stale(&program->runs, program->runs.names[i], &fault), STATUS_OK);
    if (program->runs.booked != NULL) assert_int_equal(runs_add_stale(&program->runs, program->runs.booked, &fault), STATUS_OK);
    runs_drop_stale(&program->runs);
    int directory = program->runs.directory;
    runs_free(&program->runs);
    roster_close(program->roster);
    roles_free(program->roles);
    profile_free(program->profile);
    assert_true(folder_remove(directory, program->folder, (const char *const[]){NULL})); /* nothing else is left there */
}

/* ------------------------------------------------------------------ both */

static enum tier tier_of(const struct world *world, const struct model_person *person)
{
    if (person->records == 0) return TIER_T3;
    bool named = person->named && (!world->rostered || person->known);
    return named || person->sure ? TIER_T1 : TIER_T2;
}

static void expect_person(const struct model *model, int number, const struct customer_row *row)
{
    const struct model_person *person = &model->people[number];
    uint32_t vins = 0, imeis = 0;
    for (int id = 0; id < IDENTIFIERS; id++) vins += person->has[id] && kind_of(id) == KIND_VIN, imeis += person->has[id] && kind_of(id) == KIND_IMEI;
    assert_int_equal(row->records, person->records);
    assert_int_equal(row->records_possible, person->possible);
    assert_int_equal(row->tier, tier_of(model->world, person));
    if (person->records == 0) {
        assert_int_equal(row->basis, person->basis_possible);
        return;
    }
    assert_int_equal(row->basis, (person->named ? BASIS_FIELD : 0) | (person->roster ? BASIS_ROSTER : 0) | (person->link ? BASIS_LINK : 0));
    assert_int_equal(row->identifiers[KIND_VIN], vins);
    assert_int_equal(row->identifiers[KIND_IMEI], imeis);
}

static void expect(const struct model *model, struct program *program)
{
    const struct resolved *resolved = program->tallying.resolved;
    const struct totals *totals = resolved_totals(resolved);
    uint64_t tiers[4] = {0}, records = 0, unattributed = 0;
    size_t people = 0, rows = 0;
    struct fault fault;
    for (int c = 0; c < ROSTERED; c++) {
        if (!model->people[c].exists) continue;
        people++;
        tiers[tier_of(model->world, &model->people[c])]++;
    }
    for (size_t part = 0; part < resolved_part_count(resolved); part++) {
        size_t count;
        assert_int_equal(resolved_part_open(program->tallying.resolved, part, &count, &fault), STATUS_OK);
        for (size_t i = 0; i < count; i++, rows++) {
            struct customer_row row;
            resolved_customer(resolved, i, &row);
            expect_person(model, atoi(row.customer_id.at + 1), &row);
            records += row.records;
        }
    }
    assert_int_equal(rows, people);
    for (int t = TIER_T1; t <= TIER_T3; t++) assert_int_equal(totals->persons_by_tier[t], tiers[t]);
    assert_int_equal(totals->records_unattributed, model->unattributed);
    assert_int_equal(totals->records_ambiguous, model->ambiguous);
    assert_int_equal(records + totals->records_unattributed + totals->records_ambiguous, model->world->record_count);
    assert_int_equal(totals->conflict_records, model->conflicts);
    assert_int_equal(totals->ambiguous_groups, model->ambiguous_groups);
    assert_int_equal(totals->roster_shared, model->shared);
    assert_int_equal(totals->records_across, model->across);
    assert_int_equal(totals->clusters_unattributed, model->clusters);
    for (size_t k = 0; k < kind_count; k++) unattributed += totals->kinds[k].unattributed;
    assert_int_equal(unattributed, model->identifiers_unattributed);
    assert_true(totals->persons_lower <= totals->persons_best && totals->persons_best <= totals->persons_upper);
    uint64_t combined = 0;
    for (size_t i = 0; i < totals->combination_count; i++) combined += totals->combinations[i].persons;
    assert_int_equal(combined, totals->persons_best);
}

static void worlds_are_attributed_as_the_rules_say(void **unused)
{
    (void)unused;
    static struct world world;
    static struct model model;
    uint64_t seen[10] = {0};
    for (uint64_t seed = 1; seed <= 144; seed++) {
        world_make(&world, seed);
        model_make(&world, &model);
        static const int threads[] = {1, 1, 2, 1, 1, 3}, spills[] = {1, 2, 1, 3, 0, 0};
        struct program program;
        program_run(&program, &world, threads[seed % 6], spills[seed % 6], (size_t)1 << 20);
        expect(&model, &program);
        seen[0] += model.unattributed, seen[1] += model.ambiguous, seen[2] += model.conflicts, seen[3] += model.ambiguous_groups;
        seen[4] += model.clusters;
        seen[8] += model.shared;
        seen[9] += model.across;
        for (int c = 0; c < ROSTERED; c++) {
            seen[5] += model.people[c].sure;
            seen[6] += model.people[c].link;
            seen[7] += model.people[c].exists && model.people[c].records == 0;
        }
        program_close(&program);
    }
    for (int i = 0; i < 10; i++) assert_true(seen[i] > 5); /* every rule was at work */
}

/* ------------------------------------------------------------------ single rules */

static struct lead lead_of(uint8_t kind, uint8_t basis, const struct owner *owners, size_t count)
{
    struct lead lead = {.rank = identifier_rank(kind), .basis = basis, .count = count};
    memcpy(lead.owners, owners, count * sizeof *owners);
    return lead;
}

static struct owner owner_of(const char *name, int64_t from, int64_t to)
{
    return (struct owner){{name, strlen(name)}, from, to};
}

static void assert_people(const struct judgement *judgement, bool decided, const char *const *names, size_t count)
{
    assert_int_equal(judgement->decided, decided);
    assert_int_equal(judgement->count, count);
    for (size_t i = 0; i < count; i++) assert_memory_equal(judgement->people[i].customer.at, names[i], strlen(names[i]));
}

static void a_resold_vehicle_is_whose_the_time_says(void **unused)
{
    (void)unused;
    static struct judgement judgement;
    struct owner owners[] = {owner_of("A", 100, 200), owner_of("B", 200, INT64_MAX)};
    struct lead vin = lead_of(KIND_VIN, BASIS_ROSTER, owners, 2);
    candidates_judge(&vin, 1, 150, 160, &judgement);
    assert_people(&judgement, true, (const char *const[]){"A"}, 1);
    assert_int_equal(judgement.people[0].basis, BASIS_ROSTER | BASIS_SURE);
    candidates_judge(&vin, 1, 200, 200, &judgement); /* half-open */
    assert_people(&judgement, true, (const char *const[]){"B"}, 1);
    candidates_judge(&vin, 1, TIME_NONE, TIME_NONE, &judgement);
    assert_people(&judgement, false, (const char *const[]){"A", "B"}, 2);
    assert_false(judgement.conflict);
    candidates_judge(&vin, 1, 199, 200, &judgement); /* some were one's, some the other's */
    assert_people(&judgement, false, (const char *const[]){"A", "B"}, 2);
    candidates_judge(&vin, 1, 50, 60, &judgement); /* before both */
    assert_people(&judgement, false, (const char *const[]){"A", "B"}, 2);
    vin.count = 1;
    candidates_judge(&vin, 1, 50, 60, &judgement);
    assert_people(&judgement, false, (const char *const[]){"A"}, 1);
    candidates_judge(&vin, 1, TIME_NONE, TIME_NONE, &judgement);
    assert_people(&judgement, true, (const char *const[]){"A"}, 1);
    assert_int_equal(judgement.people[0].basis, BASIS_ROSTER);
    vin.owners[0] = owner_of("A", INT64_MIN, INT64_MAX); /* an interval without ends decides nothing */
    candidates_judge(&vin, 1, 50, 60, &judgement);
    assert_int_equal(judgement.people[0].basis, BASIS_ROSTER);
}

static void the_strongest_identifier_says_whose_a_record_is(void **unused)
{
    (void)unused;
    static struct judgement judgement;
    struct owner a = owner_of("A", 0, 100), b = owner_of("B", 0, 100), both[] = {a, b};
    struct lead leads[] = {lead_of(KIND_IMEI, BASIS_LINK, &b, 1), lead_of(KIND_VIN, BASIS_LINK, &a, 1)};
    candidates_judge(leads, 2, 50, 50, &judgement);
    assert_people(&judgement, true, (const char *const[]){"A", "B"}, 2);
    assert_true(judgement.conflict);
    leads[1] = lead_of(KIND_VIN, BASIS_LINK, both, 2); /* what it leaves open, another one says */
    candidates_judge(leads, 2, 50, 50, &judgement);
    assert_people(&judgement, true, (const char *const[]){"B"}, 1);
    assert_false(judgement.conflict);
    leads[1] = lead_of(KIND_MAC, BASIS_LINK, &a, 1); /* as strong */
    candidates_judge(leads, 2, 50, 50, &judgement);
    assert_people(&judgement, false, (const char *const[]){"B", "A"}, 2);
    assert_true(judgement.conflict);
}

static void links_of_several_are_told_apart_by_time(void **unused)
{
    (void)unused;
    static struct judgement judgement;
    struct owner owners[] = {owner_of("A", 100, 200), owner_of("B", 300, 400)};
    struct lead imei = lead_of(KIND_IMEI, BASIS_LINK, owners, 2);
    candidates_judge(&imei, 1, 350, 360, &judgement);
    assert_people(&judgement, true, (const char *const[]){"B"}, 1);
    candidates_judge(&imei, 1, 250, 250, &judgement);
    assert_people(&judgement, false, (const char *const[]){"A", "B"}, 2);
    candidates_judge(&imei, 1, TIME_NONE, TIME_NONE, &judgement);
    assert_people(&judgement, false, (const char *const[]){"A", "B"}, 2);
    imei.count = 1;
    candidates_judge(&imei, 1, 900, 900, &judgement); /* there is nobody else */
    assert_people(&judgement, true, (const char *const[]){"A"}, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resold_vehicle_is_whose_the_time_says),
        cmocka_unit_test(the_strongest_identifier_says_whose_a_record_is),
        cmocka_unit_test(links_of_several_are_told_apart_by_time),
        cmocka_unit_test(worlds_are_attributed_as_the_rules_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
