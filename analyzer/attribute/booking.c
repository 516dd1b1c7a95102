#include "booking.h"

#include <stdlib.h>
#include <string.h>

#include "../detect/plan.h"
#include "../tally/holder_set.h"
#include "candidates.h"
#include "customer_key.h"
#include "record_digest.h"
#include "roster.h"

enum { RANK_IN_TEXT = 0x4000 };

struct booking {
    struct tally_writer *writer;
    struct booking_counts counts;
    uint64_t field_units[CUSTOMER_FIELDS_MAX]; /* of the present source, whose units come one after another */
    uint32_t source;
    struct customer_units *units; /* of the sources before; some more than once */
    size_t units_count, units_capacity;
    struct digest_writer *digests; /* NULL: distinct records are not counted */
    struct tally_identifier *gathered; /* identifiers of a unit and its enclosing levels */
    size_t gathered_capacity;
    const struct tally_identifier **set; /* room for those that a record's holder is made of */
    size_t set_capacity;
    struct bytes customer; /* room for its key */
    char set_key[HOLDER_SET_KEY_BYTES_MAX];
    int32_t zone_s; /* whose days these keys have */
    const struct roster *roster; /* NULL: nothing changes within a day */
};

enum status booking_open(struct tally_writer *writer, struct booking **booking, struct fault *fault)
{
    *booking = calloc(1, sizeof **booking);
    if (*booking == NULL) return fault_set(fault, STATUS_FATAL, "no memory to book units");
    (*booking)->writer = writer;
    (*booking)->counts.orphan_time_first = (*booking)->counts.orphan_time_last = TIME_NONE;
    return STATUS_OK;
}

void booking_close(struct booking *booking)
{
    if (booking == NULL) return;
    free(booking->units);
    free(booking->gathered);
    free(booking->set);
    bytes_free(&booking->customer);
    free(booking);
}

void booking_set_digests(struct booking *booking, struct digest_writer *digests)
{
    booking->digests = digests;
}

void booking_set_zone(struct booking *booking, int32_t offset_s)
{
    booking->zone_s = offset_s;
}

void booking_set_roster(struct booking *booking, const struct roster *roster)
{
    booking->roster = roster != NULL && roster_has_times_of_day(roster) ? roster : NULL;
}

const struct booking_counts *booking_counts(const struct booking *booking)
{
    return &booking->counts;
}

static int by_source_and_field(const void *a, const void *b)
{
    const struct customer_units *left = a, *right = b;
    if (left->source != right->source) return left->source < right->source ? -1 : 1;
    return (left->field > right->field) - (left->field < right->field);
}

static void join_units(struct booking *booking)
{
    if (booking->units_count == 0) return;
    qsort(booking->units, booking->units_count, sizeof *booking->units, by_source_and_field);
    size_t last = 0;
    for (size_t i = 1; i < booking->units_count; i++) {
        if (by_source_and_field(&booking->units[last], &booking->units[i]) == 0)
            booking->units[last].units += booking->units[i].units;
        else
            booking->units[++last] = booking->units[i];
    }
    booking->units_count = last + 1;
}

/* Room for all fields of one more source; grows only where joining does not make it. */
static bool units_reserve(struct booking *booking)
{
    if (booking->units_capacity - booking->units_count >= CUSTOMER_FIELDS_MAX) return true;
    join_units(booking);
    size_t capacity = 2 * booking->units_count + 2 * CUSTOMER_FIELDS_MAX;
    if (capacity <= booking->units_capacity) return true;
    struct customer_units *grown = realloc(booking->units, capacity * sizeof *grown);
    if (grown == NULL) return false;
    booking->units = grown;
    booking->units_capacity = capacity;
    return true;
}

/* Puts the counts of the present source to those before it. False: no memory. */
static bool leave_source(struct booking *booking)
{
    if (!units_reserve(booking)) return false;
    for (uint32_t field = 0; field < CUSTOMER_FIELDS_MAX; field++) {
        if (booking->field_units[field] == 0) continue;
        booking->units[booking->units_count++] = (struct customer_units){booking->source, field, booking->field_units[field]};
        booking->field_units[field] = 0;
    }
    return true;
}

bool booking_customer_units(struct booking *booking, const struct customer_units **units, size_t *count)
{
    bool left = leave_source(booking);
    join_units(booking);
    *units = booking->units;
    *count = booking->units_count;
    return left;
}

static bool is_email(const struct sighting *sighting)
{
    return sighting->customer_rank >= ROLE_RANK_EMAIL;
}

static void count_field(struct booking *booking, const struct sighting *sighting)
{
    size_t rank = is_email(sighting) ? CUSTOMER_FIELD_EMAIL : sighting->customer_rank & ~(unsigned)RANK_IN_TEXT;
    booking->field_units[rank < CUSTOMER_FIELD_EMAIL ? rank : CUSTOMER_FIELD_EMAIL]++;
}

/* The customer of a unit and the basis of saying so; len 0 for nobody. */
static struct span find_customer(struct booking *booking, const struct sighting *const *levels, size_t level_count,
                                 const struct booking_context *context, uint8_t *basis)
{
    const struct sighting *email = NULL;
    for (size_t i = 0; i < level_count; i++) {
        if (!levels[i]->has_customer) continue;
        if (is_email(levels[i])) {
            if (email == NULL) email = levels[i], *basis = i == 0 ? BASIS_FIELD : BASIS_PARENT;
            continue;
        }
        *basis = i == 0 ? BASIS_FIELD : BASIS_PARENT;
        count_field(booking, levels[i]);
        return levels[i]->customer;
    }
    if (context->path_customer.len > 0) {
        *basis = BASIS_PATH;
        booking->field_units[CUSTOMER_FIELD_PATH]++;
        return context->path_customer;
    }
    if (email == NULL) return (struct span){NULL, 0};
    count_field(booking, email);
    return email->customer;
}

static int64_t find_time(const struct sighting *const *levels, size_t level_count)
{
    for (size_t i = 0; i < level_count; i++)
        if (levels[i]->has_time) return levels[i]->time_s;
    return TIME_NONE;
}

/* Points unit->identifiers at all identifiers of the levels. */
static bool gather(struct booking *booking, const struct sighting *const *levels, size_t level_count, struct tally_unit *unit)
{
    size_t count = 0, with = 0;
    for (size_t i = 0; i < level_count; i++) count += levels[i]->identifier_count, with += levels[i]->identifier_count > 0;
    unit->identifier_count = count;
    unit->identifiers = levels[0]->identifiers;
    if (with == 0 || (with == 1 && levels[0]->identifier_count > 0)) return true;
    if (count > booking->gathered_capacity) {
        struct tally_identifier *gathered = realloc(booking->gathered, 2 * count * sizeof *gathered);
        if (gathered == NULL) return false;
        booking->gathered = gathered;
        booking->gathered_capacity = 2 * count;
    }
    struct tally_identifier *to = booking->gathered;
    for (size_t i = 0; i < level_count; i++) {
        if (levels[i]->identifier_count == 0) continue;
        memcpy(to, levels[i]->identifiers, levels[i]->identifier_count * sizeof *to);
        to += levels[i]->identifier_count;
    }
    unit->identifiers = booking->gathered;
    return true;
}

/* A linking key says whose a record is only where nothing likely does. */
static bool holds_well(const struct tally_identifier *identifier)
{
    return fact_grade(identifier->state) >= GRADE_LIKELY && !kind_links(identifier->kind);
}

static bool outranks(const struct tally_identifier *a, const struct tally_identifier *b)
{
    bool a_likely = holds_well(a), b_likely = holds_well(b);
    if (a_likely != b_likely) return a_likely;
    if (a->kind != b->kind) return a->kind < b->kind;
    char text[2][IDENTIFIER_SIZE];
    tally_identifier_text(a, text[0]);
    tally_identifier_text(b, text[1]);
    return strcmp(text[0], text[1]) < 0;
}

/* What the zone moves out of the days that keys have must not become a record without a time. */
static int64_t local_time(int64_t time_s, int32_t zone_s)
{
    if (time_s < 0 || time_s > UINT32_MAX) return time_s;
    int64_t local_s = time_s + zone_s;
    return local_s < 0 ? 0 : local_s > UINT32_MAX ? UINT32_MAX : local_s;
}

/* The last moment up to the unit's time at which the roster gives an identifier of the set to somebody, or to him no longer. What has
 * too many intervals leads nowhere. */
static int64_t last_change(const struct booking *booking, size_t count, int64_t time_s)
{
    int64_t last_s = HOLDER_SET_NO_CHANGE;
    for (size_t i = 0; i < count; i++) {
        struct roster_look look;
        struct roster_interval interval;
        roster_look(booking->roster, booking->set[i], &look);
        for (size_t n = 0; n < INTERVALS_MAX && roster_next(&look, &interval); n++) {
            if (interval.from_s <= time_s && interval.from_s > last_s) last_s = interval.from_s;
            if (interval.to_s <= time_s && interval.to_s > last_s) last_s = interval.to_s;
        }
    }
    return last_s;
}

/* Makes the set of the unit's confirmed and likely identifiers its holder; one without any stays as it is. */
static enum status hold_by_set(struct booking *booking, struct tally_unit *unit, struct fault *fault)
{
    size_t count = 0;
    if (unit->identifier_count > booking->set_capacity) {
        const struct tally_identifier **set = realloc(booking->set, 2 * unit->identifier_count * sizeof(const struct tally_identifier *));
        if (set == NULL) return fault_set(fault, STATUS_FATAL, "no memory to book units");
        booking->set = set;
        booking->set_capacity = 2 * unit->identifier_count;
    }
    for (size_t i = 0; i < unit->identifier_count; i++)
        if (fact_grade(unit->identifiers[i].state) >= GRADE_LIKELY) booking->set[count++] = &unit->identifiers[i];
    if (count == 0) return STATUS_OK;
    int64_t change_s = booking->roster == NULL ? HOLDER_SET_NO_CHANGE : last_change(booking, count, unit->time_s);
    if (change_s != HOLDER_SET_NO_CHANGE) change_s += booking->zone_s;
    size_t length = holder_set_write(booking->set, count, local_time(unit->time_s, booking->zone_s), change_s, booking->set_key);
    if (length == 0) return fault_set(fault, STATUS_FATAL, "no SHA-256 here");
    unit->holder_kind = HOLDER_SET;
    unit->holder = (struct span){booking->set_key, length};
    return STATUS_OK;
}

static const struct tally_identifier *best_of(const struct tally_identifier *identifiers, size_t count)
{
    const struct tally_identifier *best = identifiers;
    for (size_t i = 1; i < count; i++)
        if (outranks(&identifiers[i], best)) best = &identifiers[i];
    return best;
}

static void count_orphan(struct booking_counts *counts, int64_t time_s)
{
    counts->orphan_locations++;
    if (time_s == TIME_NONE) return;
    if (counts->orphan_time_first == TIME_NONE || time_s < counts->orphan_time_first) counts->orphan_time_first = time_s;
    if (counts->orphan_time_last == TIME_NONE || time_s > counts->orphan_time_last) counts->orphan_time_last = time_s;
}

enum status booking_unit(struct booking *booking, const struct sighting *const *levels, size_t level_count,
                         const struct booking_context *context, bool *was_record, struct fault *fault)
{
    struct tally_unit unit = {.source = context->source_set, .place = context->place, .cells = levels[0]->cells,
                              .fix_count = levels[0]->fix_count};
    unit.place.unit += context->unit;
    bool left = context->source == booking->source || leave_source(booking);
    booking->source = context->source;
    if (!left || !gather(booking, levels, level_count, &unit)) return fault_set(fault, STATUS_FATAL, "no memory to book units");
    bool likely = unit.fix_count > 0;
    unit.record = likely;
    for (size_t i = 0; i < unit.identifier_count && !likely; i++) {
        if (kind_links(unit.identifiers[i].kind)) continue;
        unit.record = true;
        likely = fact_grade(unit.identifiers[i].state) >= GRADE_LIKELY;
    }
    unit.possible = unit.record && !likely;
    unit.time_s = find_time(levels, level_count);
    *was_record = unit.record;
    booking->counts.records += unit.record;

    struct span customer = find_customer(booking, levels, level_count, context, &unit.basis);
    if (!customer_key(customer, &booking->customer, &unit.holder)) return fault_set(fault, STATUS_FATAL, "no memory to book units");
    unit.holder_kind = HOLDER_CUSTOMER;
    if (unit.record && booking->digests != NULL) {
        enum status status = digest_add(booking->digests, record_digest(&unit, levels[0]->positions), fault);
        if (status != STATUS_OK) return status;
    }
    if (unit.holder.len > 0) return tally_add(booking->writer, &unit, fault);
    if (!unit.record) return STATUS_OK;
    enum status status = unit.possible ? STATUS_OK : hold_by_set(booking, &unit, fault);
    if (status != STATUS_OK) return status;
    if (unit.holder.len > 0) return tally_add(booking->writer, &unit, fault);
    if (unit.identifier_count > 0) {
        const struct tally_identifier *best = best_of(unit.identifiers, unit.identifier_count);
        char canonical[IDENTIFIER_SIZE];
        unit.holder_kind = best->kind;
        unit.holder = (struct span){canonical, tally_identifier_text(best, canonical)};
        return tally_add(booking->writer, &unit, fault);
    }
    count_orphan(&booking->counts, unit.time_s);
    return STATUS_OK;
}
