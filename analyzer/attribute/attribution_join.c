#include <stdlib.h>
#include <string.h>

#include "attribution_inner.h"

/* Whom links tie an identifier to, with the bytes of their names. */
struct tied {
    struct bytes names;
    size_t ends[CANDIDATES_MAX];
    int64_t first[CANDIDATES_MAX], last[CANDIDATES_MAX];
    size_t count; /* may be one more than there is room for: too many */
};

/* A walk with the entry that it is at. */
struct ahead {
    struct sorter_walk *walk;
    struct span key, value;
    enum status status; /* OK: there is an entry */
};

static enum status ahead_next(struct ahead *ahead, struct fault *fault)
{
    ahead->status = sorter_walk_next(ahead->walk, &ahead->key, &ahead->value, fault);
    return ahead->status == STATUS_END ? STATUS_OK : ahead->status;
}

static enum status ahead_open(const struct sorter *sorter, struct ahead *ahead, struct fault *fault)
{
    *ahead = (struct ahead){0};
    enum status status = sorter_walk_open(sorter, &ahead->walk, fault);
    return status == STATUS_OK ? ahead_next(ahead, fault) : status;
}

/* How the identifier that a key begins with lies to a name: below 0, it comes before. */
static int against_name(struct span key, struct span name)
{
    size_t both = key.len < name.len ? key.len : name.len;
    int order = memcmp(key.at, name.at, both);
    return order != 0 ? order : key.len < name.len ? -1 : 0;
}

static bool tied_add(struct tied *tied, struct span customer, int64_t first, int64_t last)
{
    if (tied->count >= CANDIDATES_MAX) return tied->count = CANDIDATES_MAX + 1, true;
    if (!bytes_reserve(&tied->names, customer.len + 1)) return false;
    bytes_put(&tied->names, customer.at, customer.len);
    tied->first[tied->count] = first;
    tied->last[tied->count] = last;
    tied->ends[tied->count++] = tied->names.count;
    return true;
}

/* Takes all links of the identifier, passing over those before it. */
static enum status gather(struct ahead *links, struct span name, struct tied *tied, struct fault *fault)
{
    tied->count = 0;
    tied->names.count = 0;
    while (links->status == STATUS_OK) {
        int order = against_name(links->key, name);
        if (order > 0) return STATUS_OK;
        if (order == 0) {
            int64_t first, last;
            if (!link_read(links->value, &first, &last)) return attribution_damaged(fault);
            struct span customer = {links->key.at + name.len, links->key.len - name.len};
            if (!tied_add(tied, customer, first, last)) return attribution_no_memory(fault);
        }
        enum status status = ahead_next(links, fault);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

static void lead_of_links(const struct tied *tied, struct lead *lead)
{
    lead->basis = BASIS_LINK;
    lead->count = tied->count;
    for (size_t i = 0; i < tied->count; i++) {
        size_t begin = i > 0 ? tied->ends[i - 1] : 0;
        bool timed = tied->first[i] <= tied->last[i];
        lead->owners[i] = (struct owner){{tied->names.at + begin, tied->ends[i] - begin}, timed ? tied->first[i] : 1, !timed ? 0 : tied->last[i] == INT64_MAX ? INT64_MAX : tied->last[i] + 1};
    }
}

/* What an identifier leads to. False: nowhere, and nothing is known of it. The roster comes first, whoever records name. Where too
 * many have it, lead->count is 0; *by_roster says that they do by the roster. */
static bool lead_find(const struct attributing *attributing, struct span name, const struct tied *tied, struct lead *lead,
                      bool *by_roster)
{
    struct tally_identifier identifier = name_identifier(name.at);
    const struct roster *roster = attributing->options->roster;
    lead->rank = identifier_rank(identifier.kind);
    lead->basis = BASIS_LINK;
    lead->count = 0;
    *by_roster = roster != NULL && !roster_lead(roster, &identifier, lead);
    if (*by_roster) lead->count = 0;
    if (*by_roster || lead->count > 0) return true;
    if (tied->count > CANDIDATES_MAX) return true;
    if (tied->count == 0) return false;
    lead_of_links(tied, lead);
    return true;
}

static bool lead_write(const struct lead *lead, uint8_t position, struct bytes *value)
{
    value->count = 0;
    if (!bytes_reserve(value, 3 + LEB128_BYTES_MAX)) return false;
    bytes_put_byte(value, position);
    bytes_put_byte(value, lead->rank);
    bytes_put_byte(value, lead->basis);
    bytes_put_leb128(value, lead->count);
    for (size_t i = 0; i < lead->count; i++) {
        const struct owner *owner = &lead->owners[i];
        if (!bytes_reserve(value, LEB128_BYTES_MAX + owner->customer.len + LINK_VALUE_BYTES)) return false;
        bytes_put_leb128(value, owner->customer.len);
        bytes_put(value, owner->customer.at, owner->customer.len);
        link_write(owner->from_s, owner->to_s, value->at + value->count);
        value->count += LINK_VALUE_BYTES;
    }
    return true;
}

/* What the join holds between two entries. */
struct joining {
    struct attributing *attributing;
    size_t round;
    struct ahead sets, links;
    struct tied tied;
    struct lead lead;
    struct bytes name, key, value;
    bool leads; /* the identifier at hand does */
};

/* The identifier of the entry that sets is at becomes the one at hand. */
static enum status name_take(struct joining *joining, size_t length, struct fault *fault)
{
    joining->name.count = 0;
    if (!bytes_reserve(&joining->name, length)) return attribution_no_memory(fault);
    bytes_put(&joining->name, joining->sets.key.at, length);
    struct span name = {joining->name.at, length};
    enum status status = gather(&joining->links, name, &joining->tied, fault);
    if (status != STATUS_OK) return status;
    /* Further hops tie what led nowhere before, so that the roster need not be asked again. */
    bool by_roster = false;
    if (joining->round > 0 && joining->tied.count == 0) joining->leads = false;
    else joining->leads = lead_find(joining->attributing, name, &joining->tied, &joining->lead, &by_roster);
    return by_roster ? sorter_add(joining->attributing->shared, 0, name, (struct span){NULL, 0}, fault) : STATUS_OK;
}

static enum status join_all(struct joining *joining, struct fault *fault)
{
    struct sorter *leads = joining->attributing->leads[joining->round];
    enum status status = STATUS_OK;
    while (status == STATUS_OK && joining->sets.status == STATUS_OK) {
        struct span key = joining->sets.key;
        size_t length = name_length(key);
        if (length == 0 || joining->sets.value.len != 1) return attribution_damaged(fault);
        bool same = joining->name.count == length && memcmp(joining->name.at, key.at, length) == 0;
        if (!same) status = name_take(joining, length, fault);
        if (status == STATUS_OK && joining->leads) {
            uint8_t position = (uint8_t)joining->sets.value.at[0];
            joining->key.count = 0;
            if (!bytes_reserve(&joining->key, key.len + 2) || !lead_write(&joining->lead, position, &joining->value)) return attribution_no_memory(fault);
            bytes_put(&joining->key, key.at + length, key.len - length);
            bytes_put_byte(&joining->key, position);
            status = sorter_add(leads, 0, (struct span){joining->key.at, joining->key.count}, (struct span){joining->value.at, joining->value.count}, fault);
        }
        if (status == STATUS_OK) status = ahead_next(&joining->sets, fault);
    }
    return status;
}

enum status attribution_join(struct attributing *attributing, size_t round, struct fault *fault)
{
    struct joining *joining = calloc(1, sizeof *joining);
    if (joining == NULL) return attribution_no_memory(fault);
    joining->attributing = attributing;
    joining->round = round;
    enum status status = ahead_open(attributing->sets, &joining->sets, fault);
    if (status == STATUS_OK) status = ahead_open(attributing->links[round], &joining->links, fault);
    if (status == STATUS_OK) status = join_all(joining, fault);
    if (status == STATUS_OK) status = sorter_seal(attributing->leads[round], fault);
    sorter_walk_close(joining->sets.walk);
    sorter_walk_close(joining->links.walk);
    bytes_free(&joining->tied.names);
    bytes_free(&joining->name);
    bytes_free(&joining->key);
    bytes_free(&joining->value);
    free(joining);
    return status;
}

/* ------------------------------------------------------------------ ties to somebody else */

/* A fact of a customer, as attribution_read.c wrote it. */
static bool tie_read(struct span value, const char *name, struct entry_fact *fact)
{
    struct bytes_reader from = {value.at, value.at + value.len, false};
    uint8_t state = (uint8_t)bytes_take_byte(&from);
    *fact = (struct entry_fact){.fact = {(uint8_t)name[0], state, (uint8_t)name[2], name + FACT_HEADER_BYTES}};
    fact->records = bytes_take_leb128(&from);
    uint64_t first = bytes_take_leb128(&from), last = bytes_take_leb128(&from);
    fact->time_first = first == 0 ? TIME_NONE : (int64_t)first - 1;
    fact->time_last = last == 0 ? TIME_NONE : (int64_t)last - 1;
    fact->place.file = (uint32_t)bytes_take_leb128(&from);
    fact->place.piece = (uint32_t)bytes_take_leb128(&from);
    fact->place.unit = bytes_take_leb128(&from);
    return !from.bad;
}

struct tying {
    struct attributing *attributing;
    struct entry_merger *merger;
    struct sorter *conflicts; /* customer -> how many of its records */
    struct lead lead;         /* of the identifier at hand; count 0: the roster gives it to too many */
    struct narrowed narrowed;
    struct bytes name, key;
};

/* Books one fact of a customer on those whom the roster names for it. */
static enum status tie_book(struct tying *tying, struct span customer, const struct entry_fact *fact, struct fault *fault)
{
    const struct attributing *attributing = tying->attributing;
    const struct object_list *list = attributing->options->list;
    uint32_t file = fact->place.file;
    struct entry_tie booking = {fact, BASIS_ROSTER, file < list->walked_count ? list->objects[file].source : 0};
    struct span booked;
    lead_narrow(&tying->lead, fact->time_first, fact->time_last, &tying->narrowed);
    enum status status = entry_tie_write(tying->merger, &booking, &booked, fault);
    for (size_t i = 0; i < tying->narrowed.count && status == STATUS_OK; i++) {
        struct span holder = tying->narrowed.customers[i];
        tying->key.count = 0;
        if (!bytes_reserve(&tying->key, holder.len + 1)) return attribution_no_memory(fault);
        bytes_put_byte(&tying->key, KEY_CUSTOMER);
        bytes_put(&tying->key, holder.at, holder.len);
        status = sorter_add(attributing->booked, 0, (struct span){tying->key.at, tying->key.count}, booked, fault);
        attributing->made->records_possible += fact->records;
    }
    char count[8];
    memcpy(count, &fact->records, sizeof count);
    if (status == STATUS_OK && tying->narrowed.count > 0)
        status = sorter_add(tying->conflicts, 0, customer, (struct span){count, sizeof count}, fault);
    return status;
}

/* The identifier that a key begins with becomes the one at hand. However many customers records name for it, whom the roster
 * names may be meant. */
static enum status tie_name_take(struct tying *tying, struct span key, size_t length, struct fault *fault)
{
    if (tying->name.count == length && memcmp(tying->name.at, key.at, length) == 0) return STATUS_OK;
    tying->name.count = 0;
    if (!bytes_reserve(&tying->name, length)) return attribution_no_memory(fault);
    bytes_put(&tying->name, key.at, length);
    struct tally_identifier identifier = name_identifier(tying->name.at);
    if (!roster_lead(tying->attributing->options->roster, &identifier, &tying->lead)) tying->lead.count = 0;
    return STATUS_OK;
}

static enum status tie_take(struct tying *tying, struct span key, struct span value, struct fault *fault)
{
    struct entry_fact fact;
    size_t length = name_length(key);
    if (length == 0) return attribution_damaged(fault);
    enum status status = tie_name_take(tying, key, length, fault);
    if (status != STATUS_OK) return status;
    if (!tie_read(value, tying->name.at, &fact)) return attribution_damaged(fault);
    return tie_book(tying, (struct span){key.at + length, key.len - length}, &fact, fault);
}

/* The largest of each customer's conflicts: which of its identifiers stood in one record is not known. */
static enum status conflicts_count(struct tying *tying, struct fault *fault)
{
    struct sorter_walk *walk = NULL;
    struct span key, value;
    struct bytes last = {0};
    uint64_t largest = 0;
    enum status status = sorter_seal(tying->conflicts, fault);
    if (status == STATUS_OK) status = sorter_walk_open(tying->conflicts, &walk, fault);
    while (status == STATUS_OK && (status = sorter_walk_next(walk, &key, &value, fault)) == STATUS_OK) {
        uint64_t records = 0;
        memcpy(&records, value.at, sizeof records);
        if (key.len != last.count || memcmp(key.at, last.at, key.len) != 0) {
            tying->attributing->made->conflict_records += largest;
            largest = 0;
            last.count = 0;
            if (!bytes_reserve(&last, key.len + 1)) status = attribution_no_memory(fault);
            else bytes_put(&last, key.at, key.len);
        }
        if (records > largest) largest = records;
    }
    tying->attributing->made->conflict_records += largest;
    sorter_walk_close(walk);
    bytes_free(&last);
    return status == STATUS_END ? STATUS_OK : status;
}

enum status attribution_book_ties(struct attributing *attributing, struct fault *fault)
{
    if (sorter_entry_count(attributing->ties) == 0) return STATUS_OK;
    struct tying *tying = calloc(1, sizeof *tying);
    struct sorter_walk *walk = NULL;
    struct span key, value;
    if (tying == NULL) return attribution_no_memory(fault);
    tying->attributing = attributing;
    enum status status = entry_merger_open(attributing->options->runs->source_count, attributing->options->runs->zone_s, &tying->merger, fault);
    if (status == STATUS_OK) status = attribution_sorter(attributing, "conflicts", NULL, &tying->conflicts, fault);
    if (status == STATUS_OK) status = sorter_walk_open(attributing->ties, &walk, fault);
    while (status == STATUS_OK && (status = sorter_walk_next(walk, &key, &value, fault)) == STATUS_OK) status = tie_take(tying, key, value, fault);
    if (status == STATUS_END) status = STATUS_OK;
    if (status == STATUS_OK) status = conflicts_count(tying, fault);
    sorter_walk_close(walk);
    sorter_close(tying->conflicts);
    entry_merger_close(tying->merger);
    bytes_free(&tying->name);
    bytes_free(&tying->key);
    free(tying);
    return status;
}
