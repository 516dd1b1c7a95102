#include "booking.h"

#include <stdlib.h>
#include <string.h>

#include "../detect/plan.h"

enum { RANK_IN_TEXT = 0x4000 };

struct booking {
    struct tally_writer *writer;
    struct booking_counts counts;
    struct tally_identifier *gathered; /* identifiers of a unit and its enclosing levels */
    size_t gathered_capacity;
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
    free(booking->gathered);
    free(booking);
}

const struct booking_counts *booking_counts(const struct booking *booking)
{
    return &booking->counts;
}

static bool is_email(const struct sighting *sighting)
{
    return sighting->customer_rank >= ROLE_RANK_EMAIL;
}

static void count_field(struct booking *booking, const struct sighting *sighting)
{
    size_t rank = is_email(sighting) ? CUSTOMER_FIELD_EMAIL : sighting->customer_rank & ~(unsigned)RANK_IN_TEXT;
    booking->counts.customer_units[rank < CUSTOMER_FIELD_EMAIL ? rank : CUSTOMER_FIELD_EMAIL]++;
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
        booking->counts.customer_units[CUSTOMER_FIELD_PATH]++;
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

static bool outranks(const struct tally_identifier *a, const struct tally_identifier *b)
{
    bool a_likely = a->grade >= GRADE_LIKELY, b_likely = b->grade >= GRADE_LIKELY;
    if (a_likely != b_likely) return a_likely;
    if (a->kind != b->kind) return a->kind < b->kind;
    return strcmp(a->canonical, b->canonical) < 0;
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
    struct tally_unit unit = {.source = context->source, .place = context->place, .cells = levels[0]->cells,
                              .fix_count = levels[0]->fix_count};
    if (!gather(booking, levels, level_count, &unit)) return fault_set(fault, STATUS_FATAL, "no memory to book units");
    bool likely = unit.fix_count > 0;
    const struct tally_identifier *best = NULL;
    for (size_t i = 0; i < unit.identifier_count; i++) {
        likely |= unit.identifiers[i].grade >= GRADE_LIKELY;
        if (best == NULL || outranks(&unit.identifiers[i], best)) best = &unit.identifiers[i];
    }
    unit.record = unit.identifier_count > 0 || unit.fix_count > 0;
    unit.possible = unit.record && !likely;
    unit.time_s = find_time(levels, level_count);
    *was_record = unit.record;
    booking->counts.records += unit.record;

    unit.holder = find_customer(booking, levels, level_count, context, &unit.basis);
    unit.holder_kind = HOLDER_CUSTOMER;
    if (unit.holder.len > 0) return tally_add(booking->writer, &unit, fault);
    if (best != NULL) {
        unit.holder_kind = best->kind;
        unit.holder = (struct span){best->canonical, best->length};
        return tally_add(booking->writer, &unit, fault);
    }
    if (unit.record) count_orphan(&booking->counts, unit.time_s);
    return STATUS_OK;
}
