/* detectors.c: the table of kinds and the judgement of labelled values. */
#include "detectors.h"

#include <string.h>

#include "value.h"

#define ROW(name, NAME) extern const struct detector detector_##name;
DETECTORS
#undef ROW

#define ROW(name, NAME) &detector_##name,
const struct detector *const detectors[KIND_COUNT] = {DETECTORS};
#undef ROW

enum kind kind_find(const char *name, size_t name_len)
{
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
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

static enum kind kinds_try(struct span value, uint32_t mask, struct verdict *verdict)
{
    struct candidate candidate = {value, true};
    if (mask != 0) detectors[__builtin_ctz(mask)]->check(&candidate, verdict);
    return first_tried(value, mask, verdict);
}

/* A value that is none as it stands, cleaned of what surrounds it. */
static enum kind cleaned_try(struct span value, uint32_t mask, uint32_t allowed_mask, struct verdict *verdict)
{
    char buffer[VALUE_SIZE];
    uint32_t repeated_mask;
    struct span clean = value_clean(value, buffer, &repeated_mask);
    if (repeated_mask != 0) mask = kinds_widen(repeated_mask) & allowed_mask & KINDS_ALL;
    if (clean.len == 0 || (repeated_mask == 0 && clean.len == value.len &&
                           memcmp(clean.at, value.at, clean.len) == 0))
        return KIND_NONE;
    return kinds_try(clean, mask, verdict);
}

enum kind check_labelled_further(struct span value, uint32_t mask, uint32_t allowed_mask, struct verdict *verdict)
{
    enum kind kind = first_tried(value, mask, verdict);
    if (kind != KIND_NONE || verdict->reason != REASON_FORM) return kind;
    return cleaned_try(value, mask, allowed_mask, verdict);
}
