/* detectors.c: the table of kinds and the judgement of labelled values. */
#include "detectors.h"

#include <string.h>

#include "collision.h"
#include "value.h"

#define ROW(name, NAME) extern const struct detector detector_##name;
DETECTORS
#undef ROW

#define ROW(name, NAME) &detector_##name,
const struct detector *detectors[KINDS_MAX] = {DETECTORS};
#undef ROW
size_t kind_count = KIND_COUNT;

enum kind kinds_add(const struct detector *detector)
{
    if (kind_count == KINDS_MAX) return KIND_NONE;
    detectors[kind_count] = detector;
    return (enum kind)kind_count++;
}

void kinds_remove(size_t count)
{
    while (count-- > 0) detectors[--kind_count] = NULL;
}

enum kind kind_find(const char *name, size_t name_len)
{
    for (size_t kind = 0; kind < kind_count; kind++)
        if (strlen(detectors[kind]->name) == name_len &&
            memcmp(detectors[kind]->name, name, name_len) == 0)
            return (enum kind)kind;
    return KIND_NONE;
}

const char *reason_name(enum reason reason)
{
    static const char *const names[REASON_COUNT] = {
        [REASON_NONE] = "",
        [REASON_FORM] = "FORM",
        [REASON_CHECK_DIGIT] = "CHECK_DIGIT",
        [REASON_ISSUER] = "ISSUER",
        [REASON_PLACEHOLDER] = "PLACEHOLDER",
        [REASON_GROUP_ADDRESS] = "GROUP_ADDRESS",
        [REASON_OTHER_KIND] = "OTHER_KIND",
        [REASON_UNLABELLED] = "UNLABELLED",
        [REASON_JUNK] = "JUNK",
        [REASON_OUT_OF_RANGE] = "OUT_OF_RANGE",
        [REASON_SENTINEL] = "SENTINEL",
        [REASON_DEFAULT_POINT] = "DEFAULT_POINT",
        [REASON_COARSE] = "COARSE",
        [REASON_ROUNDED_NUMBER] = "ROUNDED_NUMBER",
        [REASON_TOO_LONG] = "TOO_LONG",
    };
    return (unsigned)reason < REASON_COUNT ? names[reason] : "";
}

const char *element_code(enum element element)
{
    static const char *const codes[ELEMENT_COUNT] = {"VIN", "CHS", "NET", "DEV",
                                                     "PLT", "LOC", "TIM"};
    return (unsigned)element < ELEMENT_COUNT ? codes[element] : "";
}

const char *grade_name(enum grade grade)
{
    static const char *const names[] = {"none", "possible", "likely", "confirmed"};
    return (unsigned)grade < sizeof names / sizeof *names ? names[grade] : "";
}

/* Goes on where the first kind of the mask left the verdict. */
static enum kind further_try(struct span value, uint32_t mask, struct verdict *verdict)
{
    struct candidate candidate = {value, true};
    enum kind best = verdict->grade == GRADE_NONE ? KIND_NONE : (enum kind)__builtin_ctz(mask);
    for (mask &= mask - 1; mask != 0 && verdict->grade != GRADE_CONFIRMED; mask &= mask - 1) {
        enum kind kind = (enum kind)__builtin_ctz(mask);
        struct verdict found;
        detectors[kind]->check(&candidate, &found);
        if (found.grade > verdict->grade) best = kind;
        if (found.grade > verdict->grade ||
            (verdict->grade == GRADE_NONE && verdict->reason == REASON_FORM))
            *verdict = found;
    }
    return best;
}

/* The kind of the best grade; of equal grades the first in the table. Where none is, the verdict
 * is the first rejection that says more than "other form". */
static inline enum kind first_tried(struct span value, uint32_t mask, struct verdict *verdict)
{
    if (mask == 0) {
        verdict_reject(verdict, REASON_FORM);
        return KIND_NONE;
    }
    enum kind first = (enum kind)__builtin_ctz(mask);
    bool last = (mask & (mask - 1)) == 0;
    if (verdict->grade == GRADE_CONFIRMED || (last && verdict->grade != GRADE_NONE)) return first;
    return last ? KIND_NONE : further_try(value, mask, verdict);
}

/* The kinds that stand in fields of such a name too, where the label's own left the verdict. */
static enum kind collisions_try(struct span value, uint32_t label_mask, uint32_t allowed_mask, enum kind best,
                                struct verdict *verdict)
{
    const struct collision *row = collisions, *end = collisions + collision_count;
    uint32_t labels = label_mask & KINDS_ALL;
    if (labels != 0 && (labels & (labels - 1)) == 0) {
        const struct collision_rows *rows = &collision_rows[__builtin_ctz(labels)];
        row += rows->first;
        end = row + rows->count;
    }
    allowed_mask &= ~label_mask;
    for (; row < end; row++) {
        if ((label_mask >> row->label & 1) == 0 || value.len < row->length_min || (allowed_mask >> row->kind & 1) == 0) continue;
        struct candidate candidate = {value, row->labelled};
        struct verdict found;
        detectors[row->kind]->check(&candidate, &found);
        bool better = found.grade > verdict->grade || (row->first && found.grade >= GRADE_LIKELY && found.grade == verdict->grade);
        if (better) best = row->kind;
        if (better || (row->labelled && verdict->grade == GRADE_NONE && verdict->reason == REASON_FORM)) *verdict = found;
        if (verdict->grade == GRADE_CONFIRMED) break;
    }
    return best;
}

static enum kind kinds_try(struct span value, uint32_t label_mask, uint32_t allowed_mask, struct verdict *verdict)
{
    enum kind kind = first_tried(value, label_mask & allowed_mask & KINDS_ALL, verdict);
    return verdict->grade == GRADE_CONFIRMED ? kind : collisions_try(value, label_mask, allowed_mask, kind, verdict);
}

static enum kind kinds_retry(struct span value, uint32_t label_mask, uint32_t allowed_mask, struct verdict *verdict)
{
    struct candidate candidate = {value, true};
    uint32_t mask = label_mask & allowed_mask & KINDS_ALL;
    if (mask != 0) detectors[__builtin_ctz(mask)]->check(&candidate, verdict);
    return kinds_try(value, label_mask, allowed_mask, verdict);
}

/* What a spreadsheet made of a number: all its digits, or too few to be anything. */
static enum kind exponent_try(struct span value, uint32_t label_mask, uint32_t allowed_mask, struct verdict *verdict)
{
    const uint32_t numbers = KIND_BIT(KIND_IMEI) | KIND_BIT(KIND_ICCID) | KIND_BIT(KIND_IMSI) | KIND_BIT(KIND_MEID) |
                             KIND_BIT(KIND_EID) | KIND_BIT(KIND_ESN) | KIND_BIT(KIND_ETC_OBU) | KIND_BIT(KIND_MSISDN) |
                             KIND_BIT(KIND_TERMINAL_ID) | KIND_BIT(KIND_SERIAL);
    char digits[VALUE_SIZE];
    size_t count = (label_mask & allowed_mask & numbers) != 0 ? value_exponent(value, digits) : 0;
    if (count == SIZE_MAX) verdict_reject(verdict, REASON_ROUNDED_NUMBER);
    if (count == 0 || count == SIZE_MAX) return KIND_NONE;
    return kinds_retry((struct span){digits, count}, label_mask, allowed_mask, verdict);
}

/* A value that is none as it stands, cleaned of what surrounds it. */
static enum kind cleaned_try(struct span value, uint32_t label_mask, uint32_t allowed_mask, struct verdict *verdict)
{
    char buffer[VALUE_SIZE];
    uint32_t repeated_mask;
    struct span clean = value_clean(value, buffer, &repeated_mask);
    if (repeated_mask != 0) label_mask = repeated_mask;
    bool changed = repeated_mask != 0 || clean.len != value.len || memcmp(clean.at, value.at, clean.len) != 0;
    if (clean.len == 0) return KIND_NONE;
    enum kind kind = changed ? kinds_retry(clean, label_mask, allowed_mask, verdict) : KIND_NONE;
    if (kind != KIND_NONE || verdict->reason != REASON_FORM) return kind;
    kind = exponent_try(clean, label_mask, allowed_mask, verdict);
    char text[VALUE_SIZE];
    size_t count = verdict->reason == REASON_FORM && kind == KIND_NONE ? value_ascii(clean, text) : 0;
    return count > 0 ? kinds_retry((struct span){text, count}, label_mask, allowed_mask, verdict) : kind;
}

enum kind check_labelled_further(struct span value, uint32_t label_mask, uint32_t allowed_mask, struct verdict *verdict)
{
    enum kind kind = kinds_try(value, label_mask, allowed_mask, verdict);
    if (kind != KIND_NONE || verdict->reason != REASON_FORM) return kind;
    return cleaned_try(value, label_mask, allowed_mask, verdict);
}
