#include <stdlib.h>
#include <string.h>

#include "../support/hash.h"
#include "attribution_inner.h"

/* The leads of one round, read along with the sets. */
struct round_walk {
    struct sorter_walk *walk;
    struct span key, value;
    bool there;
};

struct judging {
    struct attributing *attributing;
    struct round_walk rounds[ROUNDS_MAX];
    struct bytes set;          /* at hand */
    struct bytes values;       /* the bytes of its leads, to which they point */
    size_t value_ends[HOLDER_SET_MAX];
    uint8_t value_hops[HOLDER_SET_MAX];
    struct lead leads[HOLDER_SET_MAX];
    size_t lead_count;
    uint32_t positions;        /* bits: identifiers of which something is known */
    struct judgement judgement;
    struct entry_merger *merger;
    struct bytes key;
    struct sorter *links;      /* NULL: what follows is booked */
    uint64_t listed;           /* a hash of those listed for the set last */
    uint32_t shared;           /* bits: identifiers of the set that were counted as shared */
};

/* ------------------------------------------------------------------ leads of a set */

static enum status round_next(struct round_walk *round, struct fault *fault)
{
    enum status status = sorter_walk_next(round->walk, &round->key, &round->value, fault);
    round->there = status == STATUS_OK;
    return status == STATUS_END ? STATUS_OK : status;
}

/* How the set of an entry lies to the one at hand. The key is the set and a position. */
static int against_set(const struct round_walk *round, struct span set)
{
    struct span of = {round->key.at, round->key.len - 1};
    size_t both = of.len < set.len ? of.len : set.len;
    int order = both == 0 ? 0 : memcmp(of.at, set.at, both);
    return order != 0 ? order : (of.len > set.len) - (of.len < set.len);
}

/* Keeps the value of an entry of the set at hand. */
static bool value_keep(struct judging *judging, struct span value, size_t hop)
{
    if (judging->lead_count == HOLDER_SET_MAX || !bytes_reserve(&judging->values, value.len)) return judging->lead_count == HOLDER_SET_MAX;
    bytes_put(&judging->values, value.at, value.len);
    judging->value_hops[judging->lead_count] = (uint8_t)hop;
    judging->value_ends[judging->lead_count++] = judging->values.count;
    return true;
}

static bool lead_read(struct bytes_reader *from, struct lead *lead)
{
    lead->position = (uint8_t)bytes_take_byte(from);
    lead->rank = (uint8_t)bytes_take_byte(from);
    lead->basis = (uint8_t)bytes_take_byte(from);
    uint64_t count = bytes_take_leb128(from);
    if (from->bad || count > INTERVALS_MAX || lead->position >= HOLDER_SET_MAX) return false;
    lead->count = (size_t)count;
    for (size_t i = 0; i < lead->count; i++) {
        struct owner *owner = &lead->owners[i];
        uint64_t length = bytes_take_leb128(from);
        owner->customer.len = length > RUN_KEY_BYTES_MAX ? 0 : (size_t)length;
        owner->customer.at = bytes_take(from, owner->customer.len);
        const char *times = bytes_take(from, LINK_VALUE_BYTES);
        if (times == NULL || !link_read((struct span){times, LINK_VALUE_BYTES}, &owner->from_s, &owner->to_s)) return false;
    }
    return true;
}

/* Values lie where they stay once all are there: now they are taken apart. */
static bool leads_read(struct judging *judging)
{
    size_t kept = 0;
    judging->positions = 0;
    for (size_t i = 0, begin = 0; i < judging->lead_count; begin = judging->value_ends[i++]) {
        struct bytes_reader from = {judging->values.at + begin, judging->values.at + judging->value_ends[i], false};
        struct lead *lead = &judging->leads[kept];
        if (!lead_read(&from, lead)) return false;
        lead->hop = judging->value_hops[i];
        judging->positions |= UINT32_C(1) << lead->position;
        kept += lead->count > 0;
    }
    judging->lead_count = kept;
    return true;
}

static enum status set_take(struct judging *judging, struct span set, struct fault *fault)
{
    judging->set.count = judging->values.count = 0;
    judging->lead_count = 0;
    judging->listed = 0;
    judging->shared = 0;
    if (!bytes_reserve(&judging->set, set.len + 1)) return attribution_no_memory(fault);
    bytes_put(&judging->set, set.at, set.len);
    for (size_t r = 0; r < judging->attributing->rounds; r++) {
        struct round_walk *round = &judging->rounds[r];
        for (int order; round->there && (order = against_set(round, set)) <= 0;) {
            if (order == 0 && !value_keep(judging, round->value, r)) return attribution_no_memory(fault);
            enum status status = round_next(round, fault);
            if (status != STATUS_OK) return status;
        }
    }
    return leads_read(judging) ? STATUS_OK : attribution_damaged(fault);
}

/* ------------------------------------------------------------------ what follows */

static enum status tie(struct judging *judging, struct span name, struct span customer, int64_t first, int64_t last, struct fault *fault)
{
    char value[LINK_VALUE_BYTES];
    link_write(first, last, value);
    judging->key.count = 0;
    if (!bytes_reserve(&judging->key, name.len + customer.len)) return attribution_no_memory(fault);
    bytes_put(&judging->key, name.at, name.len);
    bytes_put(&judging->key, customer.at, customer.len);
    return sorter_add(judging->links, 0, (struct span){judging->key.at, judging->key.count}, (struct span){value, sizeof value}, fault);
}

/* Whether the customer is among those that were tied, or is put there; false where one more is one too many. */
static bool is_counted(struct span *tied, size_t *count, struct span customer)
{
    for (size_t i = 0; i < *count; i++)
        if (tied[i].len == customer.len && (customer.len == 0 || memcmp(tied[i].at, customer.at, customer.len) == 0)) return true;
    if (*count > CANDIDATES_MAX) return false;
    tied[(*count)++] = customer;
    return true;
}

/* Ties an identifier to whoever the record may be of, in the times when they had what leads to them. One more than
 * CANDIDATES_MAX is enough to make it lead nowhere. */
static enum status tie_to_all(struct judging *judging, struct span name, struct fault *fault)
{
    enum status status = STATUS_OK;
    struct span tied[CANDIDATES_MAX + 1];
    size_t count = 0;
    for (size_t l = 0; l < judging->lead_count; l++) {
        for (size_t i = 0; i < judging->leads[l].count && status == STATUS_OK; i++) {
            const struct owner *owner = &judging->leads[l].owners[i];
            if (!is_counted(tied, &count, owner->customer)) continue;
            bool timed = owner->from_s <= owner->to_s;
            int64_t last = owner->to_s == INT64_MAX ? INT64_MAX : owner->to_s - 1;
            status = tie(judging, name, owner->customer, timed ? owner->from_s : INT64_MAX, timed ? last : INT64_MIN, fault);
        }
    }
    return status;
}

/* Whose the records are, the set's other identifiers are tied to; if that is not decided, to all who are possible. */
static enum status tie_others(struct judging *judging, const struct entry_facts *facts, struct fault *fault)
{
    const struct judgement *judgement = &judging->judgement;
    struct tally_identifier identifier;
    struct span set = {judging->set.at, judging->set.count};
    bool timed = facts->time_first != TIME_NONE;
    size_t at = 0;
    for (unsigned position = 0; holder_set_next(set, &at, &identifier); position++) {
        if ((judging->positions >> position & 1) != 0) continue;
        char bytes[NAME_BYTES_MAX];
        struct span name = {bytes, name_write(identifier.kind, fact_packing(identifier.state), identifier.packed, identifier.length, bytes)};
        enum status status = judgement->decided ? tie(judging, name, judgement->people[0].customer, timed ? facts->time_first : INT64_MAX,
                                                      timed ? facts->time_last : INT64_MIN, fault)
                                                : tie_to_all(judging, name, fault);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

static bool customer_key(struct judging *judging, struct span customer)
{
    judging->key.count = 0;
    if (!bytes_reserve(&judging->key, customer.len + 1)) return false;
    bytes_put_byte(&judging->key, KEY_CUSTOMER);
    bytes_put(&judging->key, customer.at, customer.len);
    return true;
}

/* The name of the identifier at a position of the set at hand. */
static enum status name_at(const struct judging *judging, unsigned at_position, char name[NAME_BYTES_MAX], size_t *length, struct fault *fault)
{
    struct tally_identifier identifier;
    struct span set = {judging->set.at, judging->set.count};
    size_t at = 0;
    for (unsigned position = 0; position <= at_position; position++)
        if (!holder_set_next(set, &at, &identifier)) return attribution_damaged(fault);
    *length = name_write(identifier.kind, fact_packing(identifier.state), identifier.packed, identifier.length, name);
    return STATUS_OK;
}

/* Which identifiers the roster gives to too many at the time of these records. */
static enum status list_shared(struct judging *judging, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t l = 0; l < judging->lead_count && status == STATUS_OK; l++) {
        char name[NAME_BYTES_MAX];
        size_t length = 0;
        uint32_t bit = UINT32_C(1) << judging->leads[l].position;
        if (!judging->judgement.narrowed[l].shared || (judging->shared & bit) != 0) continue;
        judging->shared |= bit;
        status = name_at(judging, judging->leads[l].position, name, &length, fault);
        if (status == STATUS_OK) status = sorter_add(judging->attributing->shared, 0, (struct span){name, length}, (struct span){NULL, 0}, fault);
    }
    return status;
}

/* Whom identifiers lead to that do not say whose the records are: for the count of ambiguous groups. Once for a set, and again
 * where another day leaves others. */
static enum status list_groups(struct judging *judging, struct fault *fault)
{
    const struct judgement *judgement = &judging->judgement;
    uint64_t hash = 1;
    for (size_t i = 0; i < judgement->count; i++) hash = hash_bytes(judgement->people[i].customer.at, judgement->people[i].customer.len, hash);
    if (hash == judging->listed) return STATUS_OK;
    judging->listed = hash;
    enum status status = STATUS_OK;
    for (size_t l = 0; l < judging->lead_count; l++) {
        char name[NAME_BYTES_MAX];
        size_t length = 0;
        status = name_at(judging, judging->leads[l].position, name, &length, fault);
        if (status != STATUS_OK) return status;
        const struct narrowed *narrowed = &judgement->narrowed[l];
        for (size_t c = 0; c < narrowed->count && status == STATUS_OK; c++) {
            if (!customer_key(judging, narrowed->customers[c])) return attribution_no_memory(fault);
            status = sorter_add(judging->attributing->groups, 0, (struct span){judging->key.at, judging->key.count}, (struct span){name, length}, fault);
        }
    }
    return status;
}

/* Books the whole holder: on the one whose it is, as possible on the others. Its own entry is marked, so that it is nobody's
 * no longer. */
static enum status book(struct judging *judging, struct span key, struct span value, const struct entry_facts *facts, struct fault *fault)
{
    struct attribution *made = judging->attributing->made;
    const struct judgement *judgement = &judging->judgement;
    enum status status = STATUS_OK;
    struct span booked;
    for (size_t i = 0; i < judgement->count && status == STATUS_OK; i++) {
        bool tentative = !judgement->decided || i > 0;
        if (tentative) made->records_possible += facts->records;
        status = entry_rebook(judging->merger, value, judgement->people[i].basis, tentative, &booked, fault);
        if (status == STATUS_OK && !customer_key(judging, judgement->people[i].customer)) return attribution_no_memory(fault);
        if (status == STATUS_OK) status = sorter_add(judging->attributing->booked, 0, (struct span){judging->key.at, judging->key.count}, booked, fault);
    }
    if (judgement->conflict) made->conflict_records += facts->records;
    bool across = false;
    for (size_t l = 0; l < judging->lead_count; l++) across |= judgement->narrowed[l].across;
    if (across) made->records_across += facts->records;
    uint8_t mark = judgement->decided ? judgement->people[0].basis & BASIS_WRITTEN : BASIS_AMBIGUOUS;
    if (status == STATUS_OK) status = entry_mark(judging->merger, mark, &booked, fault);
    if (status == STATUS_OK) status = sorter_add(judging->attributing->booked, 0, key, booked, fault);
    return status == STATUS_OK && !judgement->decided ? list_groups(judging, fault) : status;
}

/* All sets in their order, with what is counted of them: from the runs, or from the tally. */
struct set_walk {
    const struct attribution_options *options;
    struct runs_walk *of_runs; /* NULL: from the tally */
    size_t next;               /* there */
    struct bytes key, value;
};

static enum status set_walk_open(const struct attribution_options *options, struct set_walk *walk, struct fault *fault)
{
    static const char first = (char)KEY_SETS;
    *walk = (struct set_walk){.options = options};
    if (options->sorted == NULL) return runs_walk_open(options->runs, (struct span){&first, 1}, (struct span){NULL, 0}, &walk->of_runs, fault);
    walk->next = attribution_first_set(options);
    return STATUS_OK;
}

static void set_walk_close(struct set_walk *walk)
{
    runs_walk_close(walk->of_runs);
    bytes_free(&walk->key);
    bytes_free(&walk->value);
}

static enum status set_walk_next(struct set_walk *walk, struct span *key, struct span *value, struct fault *fault)
{
    const struct attribution_options *options = walk->options;
    if (walk->of_runs != NULL) return runs_walk_next(walk->of_runs, key, value, fault);
    if (walk->next == options->sorted->count) return STATUS_END;
    const struct tally *tally = options->loaded;
    const struct holder *holder = region_at(&tally->region, options->sorted->refs[walk->next++].holder);
    walk->key.count = walk->value.count = 0;
    if (!entry_key_write(tally, holder, &walk->key) || !entry_value_write(tally, holder, &options->numbers, &walk->value)) return attribution_no_memory(fault);
    *key = (struct span){walk->key.at, walk->key.count};
    *value = (struct span){walk->value.at, walk->value.count};
    return STATUS_OK;
}

static enum status judge_all(struct judging *judging, struct set_walk *walk, struct fault *fault)
{
    struct span key, value;
    enum status status;
    while ((status = set_walk_next(walk, &key, &value, fault)) == STATUS_OK) {
        struct entry_facts facts;
        if (key.len < 1 + HOLDER_SET_DAY_BYTES) return attribution_damaged(fault);
        struct span set = holder_set_of((struct span){key.at + 1, key.len - 1});
        bool same = judging->set.count == set.len && set.len > 0 && memcmp(judging->set.at, set.at, set.len) == 0;
        status = same ? STATUS_OK : set_take(judging, set, fault);
        if (status != STATUS_OK) return status;
        if (judging->lead_count == 0) continue;
        status = entry_facts_open(value, &facts, fault);
        if (status != STATUS_OK) return status;
        candidates_judge(judging->leads, judging->lead_count, facts.time_first, facts.time_last, &judging->judgement);
        if (judging->links == NULL) status = list_shared(judging, fault);
        if (status != STATUS_OK) return status;
        if (judging->judgement.count == 0) continue;
        status = judging->links != NULL ? tie_others(judging, &facts, fault) : book(judging, key, value, &facts, fault);
        if (status != STATUS_OK) return status;
    }
    return status == STATUS_END ? STATUS_OK : status;
}

enum status attribution_judge(struct attributing *attributing, bool booking, struct sorter *links, struct fault *fault)
{
    struct judging *judging = calloc(1, sizeof *judging);
    struct set_walk walk = {0};
    if (judging == NULL) return attribution_no_memory(fault);
    judging->attributing = attributing;
    judging->links = booking ? NULL : links;
    enum status status = entry_merger_open(attributing->options->runs->source_count, attributing->options->runs->zone_s, &judging->merger, fault);
    for (size_t r = 0; r < attributing->rounds && status == STATUS_OK; r++) {
        status = sorter_walk_open(attributing->leads[r], &judging->rounds[r].walk, fault);
        if (status == STATUS_OK) status = round_next(&judging->rounds[r], fault);
    }
    if (status == STATUS_OK) status = set_walk_open(attributing->options, &walk, fault);
    if (status == STATUS_OK) status = judge_all(judging, &walk, fault);
    if (status == STATUS_OK && !booking) status = sorter_seal(links, fault);
    set_walk_close(&walk);
    for (size_t r = 0; r < ROUNDS_MAX; r++) sorter_walk_close(judging->rounds[r].walk);
    entry_merger_close(judging->merger);
    bytes_free(&judging->set);
    bytes_free(&judging->values);
    bytes_free(&judging->key);
    free(judging);
    return status;
}
