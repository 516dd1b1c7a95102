/* Runs the detectors over the fields and the text of units.
 *
 * Shape    (plan, value), pairs of axes, or text with its shapes -> findings in a sighting
 * Text     key=value and key: value are fields; what else has a shape is judged with the words before
 *          it as label; positions are looked for where a number with two decimals stands
 * Engines  fast: shapes propose; pcre2: each kind's pattern proposes. The same checks decide, and a
 *          test holds both equal.
 * Owns     scratch memory, memos of names, counts; from detect_open to detect_close
 * Threads  one struct detect a thread; options are shared and const
 */
#ifndef DETECT_H
#define DETECT_H

#include "../../detectors/checkdigit.h"
#include "../record/bits.h"
#include "../support/fault.h"
#include "custom.h"
#include "plan.h"
#include "propose.h"
#include "sighting.h"

/* From a name to its plan; handed in, since roles are known one room further on. */
struct plan_source {
    struct field_plan (*plan)(const void *context, const char *name, size_t length, bool one_component);
    const void *context;
};

struct detect_junk {
    uint8_t kind;
    const char *canonical;
};

struct detect_point {
    int32_t latitude_e7, longitude_e7;
};

struct detect_options {
    uint32_t kinds_mask;
    bool locations;
    bool use_pcre2;
    shape_function *shape;
    struct plan_source plans;
    const struct detect_junk *junk;
    size_t junk_count;
    const struct detect_point *default_points;
    size_t default_point_count;
    int32_t timezone_offset_s; /* for times without a zone, until detect_set_source says otherwise */
    const int32_t *source_timezones_s; /* the same for each source; NULL: they are all alike */
    const struct customs *customs; /* kinds of the profile's own; NULL: none */
    struct known_values known;
};

struct detect_counts {
    uint64_t rejected[KINDS_MAX];
    uint64_t rejected_by_reason[REASON_COUNT];
    uint64_t findings, fixes, locations_possible, locations_rejected;
    uint64_t times_without_zone;
};

/* A piece of text with the shapes of the block it lies in. */
struct shaped_text {
    const char *bytes;               /* of the block: offset 0 of the shapes */
    const struct shape_word *words;
    size_t start, end;               /* the piece, in the block */
    bool of_text;                    /* the shapes are those of text: they tell the points, and what ends values */
};

struct detect;

MUST_USE enum status detect_open(const struct detect_options *options, struct detect **detect, struct fault *fault);
void detect_close(struct detect *detect); /* accepts NULL */
const struct detect_counts *detect_counts(const struct detect *detect);

/* Takes back what was counted since; for a value that turned out to be none. */
void detect_counts_restore(struct detect *detect, const struct detect_counts *counts);

/* Forgets what was lent for the units of the block before. */
void detect_block_begin(struct detect *detect, const char *bytes, size_t length);

/* Says of which source the units are from here on: its zone holds for times without one. */
void detect_set_source(struct detect *detect, uint32_t source);

/* Says by which plans keys in text go from here on: those of an object, or, with `of` 0, those that it was opened with. */
void detect_set_plans(struct detect *detect, uint64_t of, const struct plan_source *plans);

/* A value under a plan of role CUSTOMER, TIME, IDENTIFIER or CODE. Returns whether the value was understood as what
 * its plan says; where an identifier field or that of a code holds none, the caller searches its text. */
/* Some have a VIN as their customers' number: it is one without a label then, where more than its form speaks for it. */
enum { CUSTOMER_VIN_BYTES = 17 };
void detect_customer_vin(struct detect *detect, struct span value, struct sighting *sighting);

static inline bool detect_field(struct detect *detect, const struct field_plan *plan, struct span value,
                                struct sighting *sighting);
bool detect_customer(uint16_t rank, struct span value, struct sighting *sighting);
bool detect_time(struct detect *detect, uint16_t rank, struct span value, struct sighting *sighting);
bool detect_identifier(struct detect *detect, uint32_t labels, struct span value, struct sighting *sighting);
bool detect_custom(struct detect *detect, const struct field_plan *plan, struct span value, struct sighting *sighting);
bool detect_place(struct detect *detect, const struct field_plan *plan, struct span value, struct sighting *sighting);

static inline bool detect_field(struct detect *detect, const struct field_plan *plan, struct span value,
                                struct sighting *sighting)
{
    if (plan->role == ROLE_IDENTIFIER) {
        if (plan->custom != 0) return value.len == 0 || detect_custom(detect, plan, value, sighting);
        return value.len == 0 || detect_identifier(detect, plan->label_mask, value, sighting);
    }
    if (plan->role == ROLE_TIME) return detect_time(detect, plan->rank, value, sighting);
    if (plan->role != ROLE_CUSTOMER) return plan->role == ROLE_NONE || detect_place(detect, plan, value, sighting);
    /* "subscriberId" names the customer and may hold an IMSI. */
    if (plan->label_mask != 0 && value.len > 0) (void)detect_identifier(detect, plan->label_mask, value, sighting);
    else if (value.len == CUSTOMER_VIN_BYTES) detect_customer_vin(detect, value, sighting);
    return detect_customer(plan->rank, value, sighting);
}

/* Whether a trimmed value is what exports write where there is none ("", "null", "N/A", zero bytes). */
bool detect_names_nobody(struct span value);

/* Latitude and longitude of one unit, labelled as such. */
void detect_pair(struct detect *detect, struct span latitude, struct span longitude, struct sighting *sighting);

/* What other fields say of two axes. */
struct axis_notes {
    bool tokyo;  /* they are of the Tokyo datum, and become WGS 84 */
    bool arc_ms; /* they are in thousandths of a second */
    char sides[2]; /* N or S, E or W; NUL: nothing is said */
};

/* The same for numbers of a scale (location_scaled.h), and with notes. */
void detect_pair_as(struct detect *detect, struct span latitude, struct span longitude, unsigned scale, const struct axis_notes *notes,
                    struct sighting *sighting);

/* Adds what a value of role DATUM, ANGLE_UNIT or ..._SIDE says to notes. False: it says nothing of the kind. */
bool detect_note(const struct field_plan *plan, struct span value, struct axis_notes *notes);

/* Two neighbouring values without labels, where both are decimal numbers; else nothing happens. */
void detect_neighbours(struct detect *detect, struct span first, struct span second, struct sighting *sighting);

/* Where the block has what could be notations of positions: texts without shapes are searched for these alone. */
struct marks;
const struct marks *detect_marks(const struct detect *detect);

/* Text: keys, candidates, positions. with_time also takes the first time of the text, if there is none yet. */
void detect_text(struct detect *detect, const struct shaped_text *text, bool with_time, struct sighting *sighting);

/* Whether any text can hold a value of the profile's own kinds: then none may be passed over for want of shapes. */
bool detect_searches_customs(const struct detect *detect);
/* ... and whether the bytes [start, end) of the block can, if they are ASCII and stand as they are meant. */
bool detect_may_be_custom(struct detect *detect, size_t start, size_t end);

/* Whether what is found in a text depends on its bytes and the plans of keys alone, and no limit can be hit in it. */
bool detect_is_repeatable(const struct detect *detect);

/* detect_text for a text that is one run of letters and digits, without a time. It needs no shapes. */
static inline void detect_word(struct detect *detect, const struct shaped_text *text, struct sighting *sighting);
void detect_word_judge(struct detect *detect, const struct shaped_text *text, struct sighting *sighting);

static inline void detect_word(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    size_t length = text->end - text->start;
    if (length < PROPOSE_WORD_MIN || (length > PROPOSE_WORD_MAX && length != PROPOSE_DIGITS)) return;
    /* The longest ones are digits alone, and most words of their length are hex digits. */
    if (length == PROPOSE_DIGITS && !eight_are_digits(eight_load(text->bytes + text->start))) return;
    detect_word_judge(detect, text, sighting);
}

/* detect_text for bytes that have no shapes yet. */
void detect_bytes(struct detect *detect, struct span text, bool with_time, struct sighting *sighting);

/* Memory that lives until the next block; NULL when there is none left (detect_failed tells). */
char *detect_scratch(struct detect *detect, size_t length);

/* Whether a pattern gave up at its limit since the last call: what it would have found is not known. */
bool detect_take_limit(struct detect *detect);

/* Whether memory ran out somewhere: the run cannot go on. */
bool detect_failed(const struct detect *detect);

#endif
