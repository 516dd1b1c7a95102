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
static bool lead_find(const struct roster *roster, struct span name, const struct tied *tied, struct lead *lead, bool *by_roster)
{
    struct tally_identifier identifier = name_identifier(name.at);
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
    bool by_roster = false, rostered = ((uint8_t)joining->sets.value.at[0] & SET_ROSTERED) != 0;
    if (joining->tied.count == 0 && (joining->round > 0 || !rostered)) joining->leads = false;
    else joining->leads = lead_find(rostered ? joining->attributing->options->roster : NULL, name, &joining->tied, &joining->lead, &by_roster);
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
            uint8_t position = (uint8_t)((uint8_t)joining->sets.value.at[0] & ~(unsigned)SET_ROSTERED);
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
