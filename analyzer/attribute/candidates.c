#include "candidates.h"

#include <string.h>

enum { RANK_OTHER = 4 };

/* How a time lies to an interval. */
enum lie { LIE_OUTSIDE, LIE_ACROSS, LIE_INSIDE, LIE_BOUND /* inside of one that has an end */ };

uint8_t identifier_rank(uint8_t kind)
{
    switch (detectors[kind]->element) {
    case ELEMENT_VIN: case ELEMENT_CHS: return 0;
    case ELEMENT_PLT: return 1;
    case ELEMENT_NET: return 2;
    case ELEMENT_DEV: return 3;
    default: return RANK_OTHER;
    }
}

static bool same(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static enum lie lie_of(const struct owner *owner, int64_t first, int64_t last)
{
    if (owner->from_s > owner->to_s || last < owner->from_s || first >= owner->to_s) return LIE_OUTSIDE;
    if (first < owner->from_s || last >= owner->to_s) return LIE_ACROSS;
    return owner->from_s == INT64_MIN && owner->to_s == INT64_MAX ? LIE_INSIDE : LIE_BOUND;
}

/* Each customer once, with how the time lies to its best interval; those to whom it lies at least so. Returns how many, which may
 * be one more than there is room for. */
static size_t customers_list(const struct lead *lead, int64_t first, int64_t last, enum lie least, struct span *customers, enum lie *lies)
{
    size_t count = 0;
    for (size_t i = 0; i < lead->count; i++) {
        const struct owner *owner = &lead->owners[i];
        enum lie lie = first == TIME_NONE ? LIE_ACROSS : lie_of(owner, first, last);
        size_t k = 0;
        if (lie < least) continue;
        while (k < count && !same(customers[k], owner->customer)) k++;
        if (k == CANDIDATES_MAX) return k + 1;
        if (k == count) customers[count] = owner->customer, lies[count++] = lie;
        else if (lie > lies[k]) lies[k] = lie;
    }
    return count;
}

void lead_narrow(const struct lead *lead, int64_t time_first, int64_t time_last, struct narrowed *narrowed)
{
    enum lie lies[CANDIDATES_MAX];
    *narrowed = (struct narrowed){0};
    struct span all[CANDIDATES_MAX];
    bool roster = lead->basis == BASIS_ROSTER, timed = time_first != TIME_NONE;
    size_t count = customers_list(lead, time_first, time_last, roster ? LIE_ACROSS : LIE_OUTSIDE, all, lies), inside = 0, live = 0, last_live = 0;
    if (count == 0) count = customers_list(lead, time_first, time_last, LIE_OUTSIDE, all, lies);
    narrowed->shared = count > CANDIDATES_MAX;
    if (count == 0 || narrowed->shared) return;
    for (size_t i = 0; i < count; i++) {
        inside += lies[i] >= LIE_INSIDE;
        if (lies[i] != LIE_OUTSIDE) live++, last_live = i;
        narrowed->across |= roster && timed && lies[i] == LIE_ACROSS;
    }
    if (roster ? live == 1 : count == 1 || (timed && live == 1 && inside == 1)) {
        size_t one = count > 1 ? last_live : 0;
        narrowed->customers[0] = all[one];
        narrowed->count = 1;
        narrowed->unique = true;
        narrowed->sure = roster && timed && lies[one] == LIE_BOUND;
        return;
    }
    for (size_t i = 0; i < count; i++) narrowed->customers[narrowed->count++] = all[i];
}

static bool has_customer(const struct narrowed *narrowed, struct span customer)
{
    for (size_t i = 0; i < narrowed->count; i++)
        if (same(narrowed->customers[i], customer)) return true;
    return false;
}

/* The lead that says whose the record is; count where none does. */
static size_t find_winner(const struct lead *leads, size_t count, const struct narrowed *narrowed)
{
    size_t best = count;
    for (size_t i = 0; i < count; i++)
        if (narrowed[i].unique && (best == count || leads[i].rank < leads[best].rank)) best = i;
    if (best == count) return count;
    for (size_t i = 0; i < count; i++)
        if (leads[i].rank <= leads[best].rank && narrowed[i].count > 0 && !has_customer(&narrowed[i], narrowed[best].customers[0])) return count;
    return best;
}

static void add_person(struct judgement *judgement, struct span customer, uint8_t basis)
{
    for (size_t i = 0; i < judgement->count; i++) {
        if (!same(judgement->people[i].customer, customer)) continue;
        judgement->people[i].basis |= basis;
        return;
    }
    judgement->people[judgement->count++] = (struct judged){customer, basis};
}

/* Whether no customer is one that all leads allow. */
static bool leads_disagree(const struct narrowed *narrowed, size_t count)
{
    const struct narrowed *first = NULL;
    for (size_t i = 0; i < count && first == NULL; i++)
        if (narrowed[i].count > 0) first = &narrowed[i];
    if (first == NULL) return false;
    for (size_t c = 0; c < first->count; c++) {
        bool all = true;
        for (size_t i = 0; i < count && all; i++) all = narrowed[i].count == 0 || has_customer(&narrowed[i], first->customers[c]);
        if (all) return false;
    }
    return true;
}

/* The first hop of those whose leads say this customer. */
static uint8_t first_hop(const struct lead *leads, size_t count, const struct narrowed *narrowed, struct span customer)
{
    uint8_t hop = UINT8_MAX;
    for (size_t i = 0; i < count; i++)
        if (narrowed[i].unique && leads[i].hop < hop && same(narrowed[i].customers[0], customer)) hop = leads[i].hop;
    return hop;
}

void candidates_judge(const struct lead *leads, size_t count, int64_t time_first, int64_t time_last, struct judgement *judgement)
{
    struct narrowed *narrowed = judgement->narrowed;
    for (size_t i = 0; i < count; i++) lead_narrow(&leads[i], time_first, time_last, &narrowed[i]);
    size_t winner = find_winner(leads, count, narrowed);
    judgement->decided = winner < count;
    judgement->count = 0;
    struct span customer = judgement->decided ? narrowed[winner].customers[0] : (struct span){NULL, 0};
    uint8_t hop = judgement->decided ? first_hop(leads, count, narrowed, customer) : 0;
    for (size_t i = 0; i < count && judgement->decided; i++)
        if (leads[i].hop == hop && narrowed[i].unique && same(narrowed[i].customers[0], customer))
            add_person(judgement, customer, leads[i].basis | (narrowed[i].sure ? BASIS_SURE : 0));
    for (size_t i = 0; i < count; i++) {
        if (judgement->decided && has_customer(&narrowed[i], customer)) continue;
        for (size_t c = 0; c < narrowed[i].count; c++) add_person(judgement, narrowed[i].customers[c], leads[i].basis);
    }
    judgement->conflict = judgement->decided ? judgement->count > 1 : leads_disagree(narrowed, count);
}
