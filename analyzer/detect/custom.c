#include "custom_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../detectors/packed.h"
#include "../../detectors/value.h"

enum {
    LITERAL_LEAST = 2, /* shorter ones stand everywhere */
    TOO_LONG = IDENTIFIER_SIZE
};

/* Between boundaries: not in the middle of letters and digits, at either end. */
static const char opening_here[] = "\\G(?:(?<![0-9A-Za-z\\x80-\\xFF])|(?![0-9A-Za-z\\x80-\\xFF]))(?:";
static const char opening[] = "(?:(?<![0-9A-Za-z\\x80-\\xFF])|(?![0-9A-Za-z\\x80-\\xFF]))(?:", closing[] = ")(?:(?![0-9A-Za-z\\x80-\\xFF])|(?<![0-9A-Za-z\\x80-\\xFF]))";

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the profile's detectors");
}

/* ------------------------------------------------------------------ compiling */

static enum status compile(const char *before, const char *text, const char *after, struct pattern **pattern, struct fault *fault)
{
    size_t size = strlen(before) + strlen(text) + strlen(after) + 1;
    char *whole = malloc(size);
    if (whole == NULL) return no_memory(fault);
    snprintf(whole, size, "%s%s%s", before, text, after);
    enum status status = pattern_open((struct span){whole, size - 1}, pattern, fault);
    free(whole);
    return status;
}

/* The pattern by itself first, so that it cannot close our brackets and open others. */
static enum status patterns_compile(struct custom *custom, const char *text, struct fault *fault)
{
    struct pattern *alone = NULL;
    struct pattern_matcher *matcher = NULL;
    struct span found;
    enum status status = pattern_open((struct span){text, strlen(text)}, &alone, fault);
    if (status == STATUS_OK) status = pattern_matcher_open(&matcher, fault);
    if (status == STATUS_OK && pattern_find(alone, matcher, (struct span){"", 0}, 0, &found) != PATTERN_NONE)
        status = fault_set(fault, STATUS_USAGE, "the pattern fits the empty text");
    pattern_matcher_close(matcher);
    pattern_close(alone);
    if (status == STATUS_OK) status = compile("\\A(?:", text, ")\\z", &custom->whole, fault);
    if (status == STATUS_OK) status = compile(opening, text, closing, &custom->within, fault);
    if (status == STATUS_OK && custom->shape.lead.min > 0 && custom->shape.is_simple) {
        status = compile(opening_here, text, closing, &custom->here, fault);
        if (status == STATUS_OK && custom->filter != FILTER_LEAD) status = leads_open(&custom->shape.lead, 1, &custom->own, fault);
    }
    return status;
}

/* Whether all matches begin with the same character, in one case or both: few runs do. */
static bool begins_with_one(const struct pattern_lead *lead)
{
    unsigned count = 0;
    for (size_t i = 0; i < sizeof lead->first.bits; i++)
        for (unsigned bits = lead->first.bits[i]; bits != 0; bits &= bits - 1) count++;
    return count <= 2;
}

static void filter_choose(struct custom *custom, const char *text)
{
    struct pattern_shape *shape = &custom->shape;
    pattern_shape_read((struct span){text, strlen(text)}, shape);
    custom->filter = FILTER_NOTHING;
    if (!shape->known) return;
    bool has_literal = shape->literal_length >= LITERAL_LEAST;
    if (shape->lead.min > 0 && shape->is_simple && (!has_literal || begins_with_one(&shape->lead))) custom->filter = FILTER_LEAD;
    else if (has_literal) custom->filter = FILTER_LITERAL;
    else if (shape->lead.min > 0) custom->filter = FILTER_LEAD;
    else if (shape->window.length > 0) custom->filter = FILTER_WINDOW;
}

/* The kind of the definition: a built-in one, that of an earlier definition of the same name, or a new one. */
static enum status kind_choose(struct customs *customs, struct custom *custom, const struct custom_definition *definition, struct fault *fault)
{
    enum kind kind = kind_find(definition->name, strlen(definition->name));
    for (size_t i = 0; i < customs->count && kind == KIND_NONE; i++)
        if (strcmp(customs->all[i].name, definition->name) == 0) kind = (enum kind)customs->all[i].kind;
    bool open = definition->element == CUSTOM_ELEMENT_OPEN;
    if (kind != KIND_NONE && !open && detectors[kind]->element != definition->element)
        return fault_set(fault, STATUS_USAGE, "another detector of that name has %s%s", detectors[kind]->element == ELEMENT_NONE ? "no element" : "the element ", element_code(detectors[kind]->element));
    if (kind == KIND_NONE) {
        custom->detector = (struct detector){.name = custom->name,
                                             .column = "other_ids",
                                             .element = open ? ELEMENT_DEV : (enum element)definition->element,
                                             .source = "the profile",
                                             .checksum = custom_checksum_type_name(definition->checksum.type)};
        kind = kinds_add(&custom->detector);
        if (kind == KIND_NONE) return fault_set(fault, STATUS_USAGE, "more than %d kinds of detectors", (int)CUSTOMS_MAX);
        customs->kinds_added++;
    }
    custom->kind = kind;
    return STATUS_OK;
}

static enum status custom_make(struct customs *customs, const struct custom_definition *definition, struct fault *fault)
{
    struct custom *custom = &customs->all[customs->count];
    custom->checksum = definition->checksum;
    custom->canonical = definition->canonical;
    custom->unlabelled = definition->unlabelled;
    custom->name = strdup(definition->name);
    if (custom->name == NULL) return no_memory(fault);
    filter_choose(custom, definition->pattern);
    enum status status = patterns_compile(custom, definition->pattern, fault);
    if (status == STATUS_OK) status = kind_choose(customs, custom, definition, fault);
    bool keeps_all = custom->canonical != CANONICAL_DIGITS && custom->canonical != CANONICAL_ALNUM_UPPER;
    if (status == STATUS_OK && keeps_all && custom->shape.known && custom->shape.bytes_min >= TOO_LONG)
        status = fault_set(fault, STATUS_USAGE, "its values are longer than the %d characters that can be counted", TOO_LONG - 1);
    customs->count++;
    return status;
}

static enum status label_add(struct customs *customs, const char *name, size_t number, struct fault *fault)
{
    struct label *label = NULL;
    for (size_t i = 0; i < customs->label_count && label == NULL; i++)
        if (strcmp(customs->labels[i].name, name) == 0) label = &customs->labels[i];
    if (label == NULL) {
        struct label *grown = realloc(customs->labels, (customs->label_count + 1) * sizeof *grown);
        if (grown == NULL) return no_memory(fault);
        customs->labels = grown;
        label = &grown[customs->label_count];
        *label = (struct label){.name = strdup(name)};
        if (label->name == NULL) return no_memory(fault);
        customs->label_count++;
    }
    size_t *kinds = realloc(label->kinds, (label->count + 1) * sizeof *kinds);
    if (kinds == NULL) return no_memory(fault);
    label->kinds = kinds;
    kinds[label->count++] = number;
    return STATUS_OK;
}

static bool is_searched(const struct custom *custom)
{
    return custom->checksum.type != CHECKSUM_NONE || custom->unlabelled != GRADE_NONE;
}

static void mask_set(uint64_t *mask, size_t number)
{
    mask[number / 64] |= UINT64_C(1) << number % 64;
}

static enum status filters_make(struct customs *customs, struct fault *fault)
{
    struct span *texts = calloc(customs->count + 1, sizeof *texts);
    struct window *windows = calloc(customs->count + 1, sizeof *windows);
    struct pattern_lead *leads = calloc(customs->count + 1, sizeof *leads);
    customs->of_lead = calloc(customs->count + 1, sizeof *customs->of_lead);
    customs->of_literal = calloc(customs->count + 1, sizeof *customs->of_literal);
    customs->of_window = calloc(customs->count + 1, sizeof *customs->of_window);
    customs->mask_words = customs->count / 64 + 1;
    customs->unfiltered = calloc(customs->mask_words, sizeof *customs->unfiltered);
    customs->searched = calloc(customs->mask_words, sizeof *customs->searched);
    bool enough = texts != NULL && windows != NULL && leads != NULL && customs->of_lead != NULL && customs->of_literal != NULL && customs->of_window != NULL &&
                  customs->unfiltered != NULL && customs->searched != NULL;
    for (size_t i = 0; i < customs->count && enough; i++) {
        const struct custom *custom = &customs->all[i];
        if (!is_searched(custom)) continue;
        mask_set(customs->searched, i);
        if (custom->filter == FILTER_LEAD) {
            leads[customs->lead_count] = custom->shape.lead;
            customs->of_lead[customs->lead_count++] = i;
        }
        if (custom->filter == FILTER_NOTHING) mask_set(customs->unfiltered, i), customs->any_unfiltered = true;
        if (custom->filter == FILTER_WINDOW) {
            windows[customs->window_count] = custom->shape.window;
            customs->of_window[customs->window_count++] = i;
        }
        if (custom->filter != FILTER_LITERAL) continue;
        texts[customs->literal_count] = (struct span){custom->shape.literal, custom->shape.literal_length};
        customs->of_literal[customs->literal_count++] = i;
    }
    enum status status = enough ? STATUS_OK : no_memory(fault);
    if (enough && customs->literal_count > 0) status = literals_open(texts, customs->literal_count, &customs->literals, fault);
    if (status == STATUS_OK && customs->window_count > 0) status = windows_open(windows, customs->window_count, &customs->windows, fault);
    if (status == STATUS_OK && customs->lead_count > 0) status = leads_open(leads, customs->lead_count, &customs->leads, fault);
    free(texts);
    free(windows);
    free(leads);
    return status;
}

static enum status example_fails(const char *text, const char *how, struct fault *fault)
{
    return fault_set(fault, STATUS_USAGE, "the example of %zu characters that begins with \"%.*s\" %s", strlen(text), strlen(text) > 4 ? 2 : 0, text, how);
}

/* An example is judged as a value under the kind's own field. */
static enum status examples_hold(const struct custom *custom, const struct custom_definition *definition, struct pattern_matcher *matcher,
                                 struct fault *fault);

enum status customs_open(const struct custom_definition *definitions, size_t count, struct customs **customs, size_t *failed,
                         struct fault *fault)
{
    struct customs *made = calloc(1, sizeof *made);
    struct pattern_matcher *matcher = NULL;
    *customs = NULL;
    *failed = 0;
    if (made == NULL) return no_memory(fault);
    /* The table of kinds points into this: it never moves. */
    made->all = calloc(count + 1, sizeof *made->all);
    enum status status = made->all == NULL ? no_memory(fault) : pattern_matcher_open(&matcher, fault);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        *failed = i;
        status = custom_make(made, &definitions[i], fault);
        for (size_t k = 0; k < definitions[i].field_count && status == STATUS_OK; k++)
            status = label_add(made, definitions[i].fields[k], i, fault);
        if (status == STATUS_OK) status = examples_hold(&made->all[i], &definitions[i], matcher, fault);
    }
    pattern_matcher_close(matcher);
    if (status == STATUS_OK) status = filters_make(made, fault);
    if (status != STATUS_OK) {
        customs_close(made);
        return status;
    }
    *customs = made;
    return STATUS_OK;
}

void customs_close(struct customs *customs)
{
    if (customs == NULL) return;
    kinds_remove(customs->kinds_added);
    for (size_t i = 0; i < customs->count; i++) {
        pattern_close(customs->all[i].whole);
        pattern_close(customs->all[i].within);
        pattern_close(customs->all[i].here);
        leads_close(customs->all[i].own);
        free(customs->all[i].name);
    }
    for (size_t i = 0; i < customs->label_count; i++) {
        free(customs->labels[i].name);
        free(customs->labels[i].kinds);
    }
    leads_close(customs->leads);
    literals_close(customs->literals);
    windows_close(customs->windows);
    free(customs->of_literal);
    free(customs->of_window);
    free(customs->of_lead);
    free(customs->unfiltered);
    free(customs->searched);
    free(customs->labels);
    free(customs->all);
    free(customs);
}

size_t customs_count(const struct customs *customs)
{
    return customs == NULL ? 0 : customs->count;
}

void customs_choose(struct customs *customs, const bool wanted[KINDS_MAX])
{
    for (size_t i = 0; i < customs_count(customs); i++) {
        if (wanted[customs->all[i].kind]) continue;
        customs->all[i].off = true;
        customs->searched[i / 64] &= ~(UINT64_C(1) << i % 64);
    }
}

bool customs_search_text(const struct customs *customs)
{
    for (size_t i = 0; i < customs_count(customs); i++)
        if (is_searched(&customs->all[i]) && !customs->all[i].off) return true;
    return false;
}

bool customs_want(const struct customs *customs, uint32_t kind)
{
    for (size_t i = 0; i < customs_count(customs); i++)
        if (customs->all[i].kind == kind && !customs->all[i].off) return true;
    return false;
}

size_t customs_label_count(const struct customs *customs)
{
    return customs == NULL ? 0 : customs->label_count;
}

const char *customs_label(const struct customs *customs, size_t label)
{
    return customs->labels[label].name;
}

/* ------------------------------------------------------------------ judging */

static char canonical_of(enum custom_canonical form, char character)
{
    bool lower = character >= 'a' && character <= 'z', upper = character >= 'A' && character <= 'Z';
    bool digit = character >= '0' && character <= '9';
    switch (form) {
    case CANONICAL_UPPER: return lower ? (char)(character - 0x20) : character;
    case CANONICAL_LOWER: return upper ? (char)(character + 0x20) : character;
    case CANONICAL_DIGITS: return digit ? character : '\0';
    case CANONICAL_ALNUM_UPPER: return lower ? (char)(character - 0x20) : upper || digit ? character : '\0';
    default: return character;
    }
}

/* The canonical form and its length; TOO_LONG: there is no room for it. */
static size_t canonical_write(enum custom_canonical form, struct span text, char canonical[IDENTIFIER_SIZE])
{
    size_t length = 0;
    if (form == CANONICAL_AS_IS) {
        if (text.len > IDENTIFIER_SIZE - 1) return TOO_LONG;
        memcpy(canonical, text.at, text.len);
        return text.len;
    }
    for (size_t i = 0; i < text.len; i++) {
        char character = canonical_of(form, text.at[i]);
        if (character == '\0') continue;
        if (length == IDENTIFIER_SIZE - 1) return TOO_LONG;
        canonical[length++] = character;
    }
    return length;
}

/* Separators are no part of what a checksum is made of. */
static bool checksum_of_value_holds(const struct custom_checksum *checksum, const char *canonical, size_t length)
{
    char dense[IDENTIFIER_SIZE];
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        if (strchr(" -./_:", canonical[i]) == NULL) dense[count++] = canonical[i];
    return custom_checksum_holds(checksum, (struct span){dense, count});
}

void custom_value_judge(const struct custom *custom, struct span text, bool labelled, struct verdict *verdict)
{
    char canonical[IDENTIFIER_SIZE];
    size_t length = canonical_write(custom->canonical, text, canonical);
    if (length == 0 || length == TOO_LONG) {
        verdict_reject(verdict, length == 0 ? REASON_FORM : REASON_TOO_LONG);
        return;
    }
    bool has_checksum = custom->checksum.type != CHECKSUM_NONE;
    bool holds = !has_checksum || checksum_of_value_holds(&custom->checksum, canonical, length);
    if (!holds && !labelled) {
        verdict_reject(verdict, REASON_CHECK_DIGIT);
        return;
    }
    verdict->grade = labelled ? (holds ? GRADE_CONFIRMED : GRADE_POSSIBLE) : has_checksum ? GRADE_LIKELY : custom->unlabelled;
    verdict->reason = holds ? REASON_NONE : REASON_CHECK_DIGIT;
    verdict->sample = false;
    verdict->packing = PACKING_TEXT;
    verdict->length = (uint8_t)length;
    memset(verdict->packed, 0, sizeof verdict->packed);
    memcpy(verdict->packed, canonical, length);
}

static struct span trimmed(struct span value)
{
    while (value.len > 0 && (value.at[0] == ' ' || value.at[0] == '\t')) value.at++, value.len--;
    while (value.len > 0 && strchr(" \t\r", value.at[value.len - 1]) != NULL) value.len--;
    return value;
}

static bool fits_whole(const struct custom *custom, struct pattern_matcher *matcher, struct span value, bool *hit_limit)
{
    struct span found;
    enum pattern_result result = pattern_find(custom->whole, matcher, value, 0, &found);
    *hit_limit |= result == PATTERN_LIMIT;
    return result == PATTERN_FOUND;
}

static enum status examples_hold(const struct custom *custom, const struct custom_definition *definition, struct pattern_matcher *matcher,
                                 struct fault *fault)
{
    struct verdict verdict;
    bool limit = false;
    for (size_t i = 0; i < definition->must_match_count; i++) {
        const char *text = definition->must_match[i];
        struct span value = trimmed((struct span){text, strlen(text)});
        if (!fits_whole(custom, matcher, value, &limit)) return example_fails(text, "must match and does not", fault);
        custom_value_judge(custom, value, true, &verdict);
        if (verdict.grade != GRADE_CONFIRMED) return example_fails(text, "must match and has a wrong checksum", fault);
    }
    for (size_t i = 0; i < definition->must_not_match_count; i++) {
        const char *text = definition->must_not_match[i];
        struct span value = trimmed((struct span){text, strlen(text)});
        if (!fits_whole(custom, matcher, value, &limit)) continue;
        custom_value_judge(custom, value, true, &verdict);
        if (verdict.grade == GRADE_CONFIRMED) return example_fails(text, "must not match and does", fault);
    }
    return limit ? fault_set(fault, STATUS_USAGE, "the pattern takes too many steps on its examples") : STATUS_OK;
}

/* A field's value fits as it stands, or as it is counted: what a pattern says in upper case holds for a value in lower
 * case too where the two are one. */
static bool fits_field(const struct custom *custom, struct custom_search *search, struct span value)
{
    char canonical[IDENTIFIER_SIZE];
    if (fits_whole(custom, search->matcher, value, &search->hit_limit)) return true;
    if (custom->canonical != CANONICAL_UPPER && custom->canonical != CANONICAL_LOWER) return false;
    size_t length = canonical_write(custom->canonical, value, canonical);
    return length > 0 && length != TOO_LONG && fits_whole(custom, search->matcher, (struct span){canonical, length}, &search->hit_limit);
}

static uint32_t judge_all(struct custom_search *search, const struct label *label, struct span value, struct verdict *verdict)
{
    uint32_t best = KIND_NONE;
    for (size_t i = 0; i < label->count; i++) {
        const struct custom *custom = &search->customs->all[label->kinds[i]];
        if (custom->off || !fits_field(custom, search, value)) continue;
        struct verdict found;
        custom_value_judge(custom, value, true, &found);
        if (best != KIND_NONE && found.grade <= verdict->grade) continue;
        *verdict = found;
        best = custom->kind;
    }
    return best;
}

uint32_t custom_judge(struct custom_search *search, size_t label, struct span value, struct verdict *verdict)
{
    const struct label *own = &search->customs->labels[label];
    verdict_reject(verdict, REASON_FORM);
    uint32_t kind = judge_all(search, own, trimmed(value), verdict);
    if (kind != KIND_NONE) return kind;
    char buffer[VALUE_SIZE];
    uint32_t repeated;
    struct span clean = value_clean(value, buffer, &repeated);
    return clean.len == 0 ? (uint32_t)KIND_NONE : judge_all(search, own, clean, verdict);
}
