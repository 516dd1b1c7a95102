#include "sums.h"

#include <stdlib.h>
#include <string.h>

struct sums sums_none(void)
{
    return (struct sums){.time_first = TIME_NONE, .time_last = TIME_NONE};
}

void sums_free(struct sums *sums)
{
    free(sums->fields);
    field_sums_free(&sums->seen_fields);
    *sums = sums_none();
}

static void widen_period(struct sums *sums, int64_t first, int64_t last)
{
    if (first == TIME_NONE) return;
    if (sums->time_first == TIME_NONE || first < sums->time_first) sums->time_first = first;
    if (sums->time_last == TIME_NONE || last > sums->time_last) sums->time_last = last;
}

static uint64_t field_rank(const struct customer_units *units)
{
    return (uint64_t)units->source << 32 | units->field;
}

/* What comes in order, as nearly all does, is appended. */
static bool add_field(struct sums *sums, const struct customer_units *units)
{
    size_t low = 0;
    for (size_t high = sums->field_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (field_rank(&sums->fields[middle]) < field_rank(units)) low = middle + 1;
        else high = middle;
    }
    if (low < sums->field_count && field_rank(&sums->fields[low]) == field_rank(units)) {
        sums->fields[low].units += units->units;
        return true;
    }
    if (sums->field_count == sums->field_capacity) {
        size_t capacity = 2 * sums->field_capacity + 16;
        struct customer_units *fields = realloc(sums->fields, capacity * sizeof *fields);
        if (fields == NULL) return false;
        sums->fields = fields;
        sums->field_capacity = capacity;
    }
    memmove(sums->fields + low + 1, sums->fields + low, (sums->field_count++ - low) * sizeof *sums->fields);
    sums->fields[low] = *units;
    return true;
}

bool sums_add_thread(struct sums *sums, const struct detect_counts *found, struct booking *booking)
{
    const struct booking_counts *booked = booking_counts(booking);
    sums->records += booked->records;
    sums->orphan_locations += booked->orphan_locations;
    widen_period(sums, booked->orphan_time_first, booked->orphan_time_last);
    sums->findings += found->findings;
    sums->fixes += found->fixes;
    sums->locations_possible += found->locations_possible;
    sums->locations_rejected += found->locations_rejected;
    sums->times_without_zone += found->times_without_zone;
    for (size_t k = 0; k < KINDS_MAX; k++) sums->rejected[k] += found->rejected[k];
    for (size_t r = 0; r < REASON_COUNT; r++) sums->rejected_by_reason[r] += found->rejected_by_reason[r];
    const struct customer_units *units = NULL;
    size_t count = 0;
    if (!booking_customer_units(booking, &units, &count)) return false;
    for (size_t i = 0; i < count; i++)
        if (units[i].units > 0 && !add_field(sums, &units[i])) return false;
    return true;
}

bool sums_add(struct sums *sums, const struct sums *more)
{
    sums->records += more->records;
    sums->orphan_locations += more->orphan_locations;
    widen_period(sums, more->time_first, more->time_last);
    sums->findings += more->findings;
    sums->fixes += more->fixes;
    sums->locations_possible += more->locations_possible;
    sums->locations_rejected += more->locations_rejected;
    sums->times_without_zone += more->times_without_zone;
    for (size_t k = 0; k < KINDS_MAX; k++) sums->rejected[k] += more->rejected[k];
    for (size_t r = 0; r < REASON_COUNT; r++) sums->rejected_by_reason[r] += more->rejected_by_reason[r];
    for (size_t i = 0; i < more->field_count; i++)
        if (!add_field(sums, &more->fields[i])) return false;
    return field_sums_add(&sums->seen_fields, &more->seen_fields);
}

/* ------------------------------------------------------------------ in bytes */

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

bool sums_write(const struct sums *sums, struct bytes *to)
{
    if (!bytes_reserve(to, (16 + KINDS_MAX + REASON_COUNT + 3 * sums->field_count) * LEB128_BYTES_MAX)) return false;
    const uint64_t numbers[] = {sums->records,            sums->orphan_locations,   sums->findings,          sums->fixes,
                                sums->locations_possible, sums->locations_rejected, sums->times_without_zone,
                                zigzag(sums->time_first), zigzag(sums->time_last)};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) bytes_put_leb128(to, numbers[i]);
    bytes_put_leb128(to, kind_count);
    for (size_t k = 0; k < kind_count; k++) bytes_put_leb128(to, sums->rejected[k]);
    bytes_put_leb128(to, REASON_COUNT);
    for (size_t r = 0; r < REASON_COUNT; r++) bytes_put_leb128(to, sums->rejected_by_reason[r]);
    bytes_put_leb128(to, sums->field_count);
    for (size_t i = 0; i < sums->field_count; i++) {
        bytes_put_leb128(to, sums->fields[i].source);
        bytes_put_leb128(to, sums->fields[i].field);
        bytes_put_leb128(to, sums->fields[i].units);
    }
    return field_sums_write(&sums->seen_fields, to);
}

bool sums_read(struct sums *sums, struct bytes_reader *from)
{
    struct sums read = sums_none();
    uint64_t *const numbers[] = {&read.records,            &read.orphan_locations,   &read.findings,          &read.fixes,
                                 &read.locations_possible, &read.locations_rejected, &read.times_without_zone};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) *numbers[i] = bytes_take_leb128(from);
    read.time_first = unzigzag(bytes_take_leb128(from));
    read.time_last = unzigzag(bytes_take_leb128(from));
    /* A profile that is not known yet may have more kinds. */
    uint64_t kinds = bytes_take_leb128(from);
    if (kinds < KIND_COUNT || kinds > KINDS_MAX) from->bad = true;
    for (size_t k = 0; k < kinds && !from->bad; k++) read.rejected[k] = bytes_take_leb128(from);
    if (bytes_take_leb128(from) != REASON_COUNT) from->bad = true;
    for (size_t r = 0; r < REASON_COUNT; r++) read.rejected_by_reason[r] = bytes_take_leb128(from);
    uint64_t fields = bytes_take_leb128(from);
    bool enough = !from->bad;
    for (uint64_t i = 0; i < fields && enough; i++) {
        uint64_t source = bytes_take_leb128(from), field = bytes_take_leb128(from), units = bytes_take_leb128(from);
        enough = !from->bad && source < UINT32_MAX && field < CUSTOMER_FIELDS_MAX &&
                 add_field(&read, &(struct customer_units){(uint32_t)source, (uint32_t)field, units});
    }
    enough = enough && field_sums_read(&read.seen_fields, from) && sums_add(sums, &read);
    sums_free(&read);
    return enough;
}

/* ------------------------------------------------------------------ totals */

const char *sums_field_name(const struct roles *roles, size_t rank)
{
    if (rank == CUSTOMER_FIELD_EMAIL) return "e-mail";
    if (rank == CUSTOMER_FIELD_PATH) return "path";
    return roles_customer_name(roles, (uint16_t)rank);
}

/* Which field named customers, in all and in each source. */
static bool total_fields(const struct sums *sums, const struct roles *roles, size_t source_count, struct totals *totals)
{
    uint64_t of_field[CUSTOMER_FIELDS_MAX] = {0};
    size_t field_count = 0;
    for (size_t i = 0; i < sums->field_count; i++) of_field[sums->fields[i].field] += sums->fields[i].units;
    for (size_t f = 0; f < CUSTOMER_FIELDS_MAX; f++) field_count += of_field[f] > 0;
    totals->customer_fields = calloc(field_count + 1, sizeof *totals->customer_fields + source_count * sizeof(uint64_t));
    if (totals->customer_fields == NULL) return false;
    uint64_t *row = (uint64_t *)(totals->customer_fields + field_count);
    for (size_t f = 0; f < CUSTOMER_FIELDS_MAX; f++) {
        if (of_field[f] == 0) continue;
        for (size_t i = 0; i < sums->field_count; i++)
            if (sums->fields[i].field == f && sums->fields[i].source < source_count) row[sums->fields[i].source] += sums->fields[i].units;
        totals->customer_fields[totals->customer_field_count++] = (struct customer_field){sums_field_name(roles, f), of_field[f], row};
        row += source_count;
    }
    return true;
}

enum status sums_totals(const struct sums *sums, const struct roles *roles, size_t source_count, struct totals *totals,
                        struct fault *fault)
{
    *totals = (struct totals){.records_raw = sums->records,
                              .records_orphan_location = sums->orphan_locations,
                              .findings = sums->findings,
                              .loc_fixes = sums->fixes,
                              .locations_possible = sums->locations_possible,
                              .locations_rejected = sums->locations_rejected,
                              .times_without_zone = sums->times_without_zone,
                              .data_time_first = sums->time_first,
                              .data_time_last = sums->time_last,
                              .fields = &sums->seen_fields};
    for (size_t k = 0; k < KINDS_MAX; k++) totals->kinds[k].rejected = sums->rejected[k];
    for (size_t r = 0; r < REASON_COUNT; r++) totals->rejected_by_reason[r] = sums->rejected_by_reason[r];
    if (total_fields(sums, roles, source_count, totals)) return STATUS_OK;
    return fault_set(fault, STATUS_FATAL, "no memory for the totals");
}
