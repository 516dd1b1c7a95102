/* A tally, its resolved view and units made by hand, for the tests of tally and attribute. */
#ifndef TALLYING_H
#define TALLYING_H

#include <stdlib.h>
#include <string.h>

#include "../analyzer/tally/resolving.h"

struct tallying {
    struct tally *tally;
    struct tally_writer *writer;
    struct object_list list;
    struct resolved *resolved;
};

static inline uint64_t unit_of_place(const void *context, const struct place *place)
{
    (void)context;
    return (uint64_t)place->block * 1000 + place->unit + 1;
}

static inline uint32_t object_of_place(const void *context, uint32_t file, uint32_t piece)
{
    (void)context;
    (void)piece;
    return file;
}

static inline struct tallying tallying_open(uint32_t source_count)
{
    struct tallying made = {.list = {.source_count = source_count}};
    struct fault fault;
    assert_int_equal(tally_open(source_count, &made.tally, &fault), STATUS_OK);
    assert_int_equal(tally_writer_open(made.tally, &made.writer, &fault), STATUS_OK);
    return made;
}

/* What still lies in the writer is applied, then all is resolved. */
static inline const struct totals *tallying_resolve(struct tallying *tallying, int thread_count)
{
    struct fault fault;
    struct resolving resolving = {.tally = tallying->tally, .list = &tallying->list, .places = {unit_of_place, object_of_place, NULL, false}, .thread_count = thread_count};
    struct totals scanned = {.data_time_first = TIME_NONE, .data_time_last = TIME_NONE};
    assert_int_equal(tally_flush(tallying->writer, &fault), STATUS_OK);
    assert_int_equal(resolve(&resolving, &scanned, &tallying->resolved, &fault), STATUS_OK);
    return resolved_totals(tallying->resolved);
}

/* The row points into itself, so it is filled where it stays. */
static inline void tallying_row(const struct tallying *tallying, const char *customer, struct customer_row *row)
{
    for (size_t i = 0; i < resolved_customer_count(tallying->resolved); i++) {
        resolved_customer(tallying->resolved, i, row);
        if (row->customer_id.len == strlen(customer) && memcmp(row->customer_id.at, customer, row->customer_id.len) == 0) return;
    }
    fail_msg("no customer %s", customer);
}

static inline void tallying_close(struct tallying *tallying)
{
    resolved_close(tallying->resolved);
    tally_writer_close(tallying->writer);
    tally_close(tallying->tally);
}

static inline struct tally_identifier an_identifier(enum kind kind, enum grade grade, const char *canonical)
{
    struct verdict verdict = {.grade = grade};
    verdict.length = identifier_pack((uint8_t)kind, canonical, strlen(canonical), verdict.packed, &verdict.packing);
    struct tally_identifier made = {0};
    tally_identifier_set(&made, kind, &verdict);
    return made;
}

#endif
