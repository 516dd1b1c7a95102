/* Streams of units by chance, for the tests of what is counted, written, merged and read again. */
#ifndef UNIT_MAKING_H
#define UNIT_MAKING_H

#include "../analyzer/tally/positions.h"
#include "run_making.h"
#include "tallying.h"

enum { MADE_IDENTIFIERS_MAX = 4, MADE_CELLS_MAX = 3 };

/* A unit with all it points to; unit_lend makes what tally_add takes. */
struct made_unit {
    uint8_t holder_kind;
    char holder[64];
    bool record, possible;
    uint8_t basis;
    uint32_t source;
    struct place place;
    int64_t time_s;
    size_t identifier_count, fix_count;
    struct tally_identifier identifiers[MADE_IDENTIFIERS_MAX];
    uint32_t cells[MADE_CELLS_MAX];
};

struct unit_chances {
    uint32_t customers;   /* so many different ones */
    uint32_t identifiers; /* so many different of a kind */
    uint32_t
        cells; /* so many different ones; few customers see more than DISTINCT_EXACT_MAX points */
    uint32_t sources;
    uint32_t unattributed; /* of 100 units, so many name no customer */
    uint32_t hours;        /* times lie in so many hours */
};

static inline struct tally_identifier identifier_made(enum kind kind, enum grade grade,
                                                      unsigned number)
{
    char canonical[IDENTIFIER_SIZE];
    switch (kind) {
    case KIND_VIN:
        snprintf(canonical, sizeof canonical, "JTDKN3DU7A%07u", number % 10000000);
        break;
    case KIND_MAC:
        snprintf(canonical, sizeof canonical, "3c:5a:b4:%02x:%02x:%02x", number >> 16 & 255,
                 number >> 8 & 255, number & 255);
        break;
    case KIND_ICCID:
        snprintf(canonical, sizeof canonical, "8981100%012u", number);
        break;
    case KIND_IMEI:
        snprintf(canonical, sizeof canonical, "8681234%08u", number);
        break;
    default:
        snprintf(canonical, sizeof canonical, "ZVW%02u-%07u", number % 90 + 10, number);
        break;
    }
    struct tally_identifier made = an_identifier(kind, grade, canonical);
    if (number % 7 == 0)
        made.state |= FACT_SAMPLE_BIT; /* follows from the identifier, as detectors have it */
    return made;
}

static inline struct tally_identifier identifier_by_chance(struct chance *chance,
                                                           const struct unit_chances *chances)
{
    static const uint8_t kinds[] = {KIND_VIN, KIND_MAC, KIND_ICCID, KIND_IMEI, KIND_FRAME_NUMBER};
    enum kind kind = (enum kind)kinds[chance_below(chance, 5)];
    enum grade grade = (enum grade)(GRADE_POSSIBLE + chance_below(chance, 3));
    /* One of twenty is of the first few: those come to be shared by many. */
    unsigned number =
        chance_below(chance, chance_below(chance, 20) == 0 ? 3 : chances->identifiers);
    return identifier_made(kind, grade, number);
}

/* Unit number i of a stream: places ascend with i. */
static inline struct made_unit unit_made(struct chance *chance, const struct unit_chances *chances,
                                         uint32_t i)
{
    struct made_unit made = {.record = chance_below(chance, 50) != 0,
                             .possible = chance_below(chance, 8) == 0,
                             .basis = (uint8_t)(1u << chance_below(chance, 3)),
                             .source = chance_below(chance, chances->sources),
                             .place = {i / 900, i / 300 % 3, i / 30 % 10, i % 30},
                             .time_s = TIME_NONE};
    if (chance_below(chance, 3) != 0)
        made.time_s = 1600000000 + (int64_t)chance_below(chance, chances->hours * 3600);
    made.identifier_count = chance_below(chance, MADE_IDENTIFIERS_MAX + 1);
    for (size_t k = 0; k < made.identifier_count; k++)
        made.identifiers[k] = identifier_by_chance(chance, chances);
    made.fix_count = chance_below(chance, MADE_CELLS_MAX + 1);
    for (size_t k = 0; k < made.fix_count; k++)
        made.cells[k] = chance_below(chance, chances->cells) * 977 | (chance_below(chance, 2) == 0 ? CELL_PRECISE : 0);
    if (made.identifier_count > 0 && chance_below(chance, 100) < chances->unattributed) {
        made.record = true;
        made.holder_kind = made.identifiers[0].kind;
        tally_identifier_text(&made.identifiers[0], made.holder);
        return made;
    }
    made.holder_kind = HOLDER_CUSTOMER;
    unsigned number = chance_below(chance, chances->customers);
    snprintf(made.holder, sizeof made.holder,
             number % 3 == 0   ? "C-%u"
             : number % 3 == 1 ? "%05u"
                               : "C-%08u\x01",
             number);
    return made;
}

/* The caller frees. */
static inline struct made_unit *units_made(uint64_t seed, const struct unit_chances *chances,
                                           uint32_t count)
{
    struct chance chance = {seed};
    struct made_unit *units = malloc((count + 1) * sizeof *units);
    if (units == NULL) abort();
    for (uint32_t i = 0; i < count; i++)
        units[i] = unit_made(&chance, chances, i);
    return units;
}

static inline void units_shuffle(struct made_unit *units, uint32_t count, uint64_t seed)
{
    struct chance chance = {seed};
    for (uint32_t i = count; i > 1; i--) {
        uint32_t k = chance_below(&chance, i);
        struct made_unit swapped = units[i - 1];
        units[i - 1] = units[k];
        units[k] = swapped;
    }
}

static inline void unit_add(struct tally_writer *writer, const struct made_unit *made)
{
    struct fault fault;
    struct tally_unit unit = {.holder_kind = made->holder_kind,
                              .holder = {made->holder, strlen(made->holder)},
                              .record = made->record,
                              .possible = made->possible,
                              .basis = made->basis,
                              .source = made->source,
                              .place = made->place,
                              .time_s = made->time_s,
                              .identifiers = made->identifiers,
                              .identifier_count = made->identifier_count,
                              .cells = made->cells,
                              .fix_count = made->fix_count};
    if (tally_add(writer, &unit, &fault) != STATUS_OK) abort();
}

static inline void writer_flush(struct tally_writer *writer)
{
    struct fault fault;
    if (tally_flush(writer, &fault) != STATUS_OK) abort();
}

#endif
