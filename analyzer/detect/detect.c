#include "detect_inner.h"

#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "propose.h"

/* ------------------------------------------------------------------ memory */

char *detect_scratch(struct detect *detect, size_t length)
{
    enum { PIECE_BYTES = 64 * 1024 };
    if (detect->scratch_count > 0 && length <= detect->scratch_room - detect->scratch_used) {
        char *at = detect->scratch[detect->scratch_count - 1] + detect->scratch_used;
        detect->scratch_used += length;
        return at;
    }
    if (detect->scratch_count == detect->scratch_capacity) {
        size_t capacity = detect->scratch_capacity * 2 + 8;
        char **pieces = realloc(detect->scratch, capacity * sizeof *pieces);
        if (pieces == NULL) return detect->failed = true, NULL;
        detect->scratch = pieces;
        detect->scratch_capacity = capacity;
    }
    size_t room = length > PIECE_BYTES ? length : PIECE_BYTES;
    char *piece = malloc(room);
    if (piece == NULL) return detect->failed = true, NULL;
    detect->scratch[detect->scratch_count++] = piece;
    if (detect->scratch_count == 1) detect->scratch_first_room = room;
    detect->scratch_room = room;
    detect->scratch_used = length;
    return piece;
}

/* The first piece is kept for the next block. */
static void scratch_reset(struct detect *detect)
{
    while (detect->scratch_count > 1) free(detect->scratch[--detect->scratch_count]);
    detect->scratch_used = 0;
    detect->scratch_room = detect->scratch_count > 0 ? detect->scratch_first_room : 0;
}

bool detect_failed(const struct detect *detect)
{
    return detect->failed || (detect->customs != NULL && custom_search_failed(detect->customs));
}

bool detect_grow(struct detect *detect, void *array_of, size_t *capacity, size_t needed, size_t item_bytes)
{
    void **array = array_of;
    size_t wanted = needed * 2 + 8;
    void *made = realloc(*array, wanted * item_bytes);
    if (made == NULL) return detect->failed = true, false;
    *array = made;
    *capacity = wanted;
    return true;
}

bool detect_identifiers_grow(struct detect *detect, struct sighting *sighting)
{
    return grow(detect, &sighting->identifiers, &sighting->identifier_capacity, sighting->identifier_count + 1,
                sizeof *sighting->identifiers);
}

/* ------------------------------------------------------------------ booking into the sighting */

bool detect_is_junk(const struct detect *detect, enum kind kind, const struct verdict *verdict)
{
    char canonical[IDENTIFIER_SIZE];
    verdict_text(verdict, canonical);
    for (size_t i = 0; i < detect->options.junk_count; i++)
        if (detect->options.junk[i].kind == kind && strcmp(detect->options.junk[i].canonical, canonical) == 0)
            return true;
    return false;
}

static bool is_known(const struct detect *detect, const struct tally_identifier *identifier)
{
    const struct known_values *known = &detect->options.known;
    return known->has != NULL && known->has(known->context, identifier);
}

void detect_trust_booked(const struct detect *detect, struct tally_identifier *identifier)
{
    if (is_known(detect, identifier)) identifier->state = (uint8_t)((identifier->state & ~FACT_GRADE_BITS) | GRADE_LIKELY);
}

bool detect_trust(const struct detect *detect, enum kind kind, struct span value, struct verdict *verdict)
{
    struct tally_identifier identifier;
    struct verdict kept = *verdict;
    if (detect->options.known.has == NULL) return false;
    detectors[kind]->check(&(struct candidate){value, true}, &kept); /* what a label would make of it */
    if (kept.grade == GRADE_NONE && !refused_keep(value, kind, &kept)) return false;
    tally_identifier_set(&identifier, kind, &kept);
    if (!is_known(detect, &identifier)) return false;
    *verdict = kept;
    verdict->grade = GRADE_LIKELY;
    return true;
}

void detect_count_rejected(struct detect *detect, enum kind kind, enum reason reason)
{
    if (reason == REASON_NONE || reason == REASON_FORM || reason == REASON_UNLABELLED) return;
    detect->counts.rejected[kind]++;
    detect->counts.rejected_by_reason[reason]++;
}

/* ------------------------------------------------------------------ fields */

static inline struct span trim(struct span value)
{
    if (value.len > 0 && value.at[0] > ' ' && value.at[value.len - 1] > ' ') return value; /* most by far */
    while (value.len > 0 && (value.at[0] == ' ' || value.at[0] == '\t')) value.at++, value.len--;
    while (value.len > 0 && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t' ||
                             value.at[value.len - 1] == '\r'))
        value.len--;
    return value;
}

bool detect_names_nobody(struct span value)
{
    static const char *const empty[] = {"null", "NULL", "Null", "none", "None", "NONE", "nil", "N/A", "n/a", "NA",
                                        "-", "--", "\\N", "undefined", "NaN", "nan"};
    if (value.len == 0) return true;
    char first = value.at[0];
    if (first == '\0') { /* padding */
        while (value.len > 0 && value.at[value.len - 1] == '\0') value.len--;
        return value.len == 0;
    }
    if (value.len > 9 || (first != 'n' && first != 'N' && first != '-' && first != '\\' && first != 'u')) return false;
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
        if (strlen(empty[i]) == value.len && memcmp(empty[i], value.at, value.len) == 0) return true;
    return false;
}

bool detect_customer(uint16_t rank, struct span value, struct sighting *sighting)
{
    value = trim(value);
    if (detect_names_nobody(value)) return false;
    if (sighting->has_customer && sighting->customer_rank <= rank) {
        const struct span *first = &sighting->customer;
        sighting->several |= sighting->customer_rank == rank && (first->len != value.len || memcmp(first->at, value.at, value.len) != 0);
        return true;
    }
    sighting->has_customer = true;
    sighting->customer_rank = rank;
    sighting->customer = value;
    return true;
}

bool detect_time(struct detect *detect, uint16_t rank, struct span value, struct sighting *sighting)
{
    if (sighting->has_time && sighting->time_rank <= rank) return true;
    struct event_time *time = &detect->hand.time;
    if (!event_time_read(trim(value), time)) return false;
    if (!time->has_zone) {
        time->seconds -= detect->options.timezone_offset_s;
        detect->counts.times_without_zone++;
    }
    sighting->has_time = true;
    sighting->time_rank = rank;
    sighting->time_s = time->seconds;
    return true;
}

/* What the first kind of its label does not confirm as it stands: the value in hand. */
bool detect_take_doubtful(struct detect *detect, struct sighting *sighting)
{
    uint32_t labels = detect->hand.labels, allowed = detect->options.kinds_mask;
    struct verdict verdict = detect->hand.verdict;
    enum kind kind = check_labelled_further(detect->hand.candidate.text, labels, allowed, &verdict);
    if (kind != KIND_NONE) return book_identifier(detect, kind, &verdict, sighting);
    if (verdict.reason == REASON_NONE || verdict.reason == REASON_FORM) return false;
    kind = (enum kind)__builtin_ctz(labels);
    if ((allowed & KIND_BIT(kind)) != 0 && detect_trust(detect, kind, detect->hand.candidate.text, &verdict))
        return book_identifier(detect, kind, &verdict, sighting);
    detect_count_rejected(detect, kind, verdict.reason);
    return true;
}

bool detect_identifier(struct detect *detect, uint32_t labels, struct span value, struct sighting *sighting)
{
    uint32_t mask = labels & detect->options.kinds_mask & KINDS_ALL;
    enum kind first = (enum kind)__builtin_ctz(mask | KIND_BIT(KIND_COUNT));
    detect->hand.labels = labels;
    detect->hand.candidate = (struct candidate){value, true};
    detect->hand.verdict.grade = GRADE_NONE;
    if (mask != 0) detectors[first]->check(&detect->hand.candidate, &detect->hand.verdict);
    if (detect->hand.verdict.grade == GRADE_CONFIRMED) return book_accepted(detect, first, &detect->hand.verdict, sighting);
    return detect_take_doubtful(detect, sighting);
}

void detect_customer_vin(struct detect *detect, struct span value, struct sighting *sighting)
{
    struct verdict verdict = {.grade = GRADE_NONE};
    if ((detect->options.kinds_mask & KIND_BIT(KIND_VIN)) == 0) return;
    detectors[KIND_VIN]->check(&(struct candidate){value, false}, &verdict);
    if (verdict.grade >= GRADE_LIKELY) (void)book_identifier(detect, KIND_VIN, &verdict, sighting);
}

bool detect_searches_customs(const struct detect *detect)
{
    return detect->customs_in_text;
}

bool detect_is_repeatable(const struct detect *detect)
{
    return !detect->customs_in_text && !detect->options.use_pcre2;
}

bool detect_may_be_custom(struct detect *detect, size_t start, size_t end)
{
    return detect->customs_in_text && (detect->options.use_pcre2 || custom_search_may(detect->customs, start, end));
}

/* The kinds of the profile first, then those that the name is a label of. */
bool detect_custom(struct detect *detect, const struct field_plan *plan, struct span value, struct sighting *sighting)
{
    struct verdict verdict;
    uint32_t kind = custom_judge(detect->customs, plan->custom - 1u, value, &verdict);
    if (kind != KIND_NONE) return book_identifier(detect, (enum kind)kind, &verdict, sighting);
    return plan->label_mask != 0 && detect_identifier(detect, plan->label_mask, value, sighting);
}

/* ------------------------------------------------------------------ open, close */

void detect_block_begin(struct detect *detect, const char *bytes, size_t length)
{
    scratch_reset(detect);
    detect->block = bytes;
    detect->block_length = length;
    detect->maps.count = 0;
    detect->marks.any = false;
    if (detect->options.locations && !marks_read(&detect->marks, bytes, length)) detect->failed = true;
    bool ascii = detect->options.locations && detect->marks.ascii;
    detect->may_be_wide = !ascii && fold_block_may_want(bytes, length);
    if (detect->customs_in_text) custom_search_block(detect->customs, bytes, length);
}

void detect_set_source(struct detect *detect, uint32_t source)
{
    if (detect->options.source_timezones_s != NULL) detect->options.timezone_offset_s = detect->options.source_timezones_s[source];
}

void detect_set_plans(struct detect *detect, uint64_t of, const struct plan_source *plans)
{
    if (detect->plans_of == of) return;
    detect->plans_of = of;
    detect->plans = of != 0 ? *plans : detect->options.plans;
    detect->maps.count = 0;
    detect_names_forget(detect);
}

const struct marks *detect_marks(const struct detect *detect)
{
    return &detect->marks;
}

enum status detect_open(const struct detect_options *options, struct detect **detect, struct fault *fault)
{
    struct detect *made = calloc(1, sizeof *made);
    *detect = made;
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory for the detectors");
    made->options = *options;
    made->plans = options->plans;
    made->customs_in_text = customs_search_text(options->customs);
    detect_names_open(made);
    label_tails_read(&made->label_tails);
    notation_bytes_read(&made->notation_bytes, true);
    marks_open(&made->marks);
    made->marks.portable |= options->shape == shape_portable;
    made->marks.wide &= options->shape == shape_avx512;
    enum status status = STATUS_OK;
    if (options->use_pcre2) status = proposer_open(options->kinds_mask, &made->proposer, fault);
    if (status == STATUS_OK && customs_count(options->customs) > 0) status = custom_search_open(options->customs, &made->customs, fault);
    if (status == STATUS_OK) return status;
    detect_close(made);
    *detect = NULL;
    return status;
}

void detect_close(struct detect *detect)
{
    if (detect == NULL) return;
    proposer_close(detect->proposer);
    while (detect->scratch_count > 0) free(detect->scratch[--detect->scratch_count]);
    free(detect->scratch);
    free(detect->words);
    free(detect->taken);
    free(detect->found);
    free(detect->booked);
    custom_search_close(detect->customs);
    marks_close(&detect->marks);
    free(detect);
}

const struct detect_counts *detect_counts(const struct detect *detect)
{
    return &detect->counts;
}

bool detect_take_limit(struct detect *detect)
{
    bool hit = detect->hit_limit;
    if (detect->customs != NULL) hit |= custom_search_take_limit(detect->customs);
    detect->hit_limit = false;
    return hit;
}

void detect_counts_restore(struct detect *detect, const struct detect_counts *counts)
{
    detect->counts = *counts;
}
