/* What each detector says of values that the user types. Nothing is masked here: they are his own. */
#include <stdlib.h>
#include <string.h>

#include "../../detectors/packed.h"
#include "../attribute/roles.h"
#include "../support/escape.h"
#include "../support/json.h"
#include "commands.h"
#include "explain_positions.h"
#include "explain_steps.h"

/* One judgement: of a kind, or of positions. */
struct opinion {
    const char *kind;
    enum grade grade;
    enum reason reason;
    bool sample;
    bool asked; /* by its label: shown even where the form is another */
    char canonical[IDENTIFIER_SIZE];
    struct step steps[STEPS_MAX];
    size_t step_count;
};

enum { CUSTOM_OPINIONS_MAX = 64, OPINIONS_MAX = KIND_COUNT + EXPLAINED_POSITIONS_MAX + 1 + CUSTOM_OPINIONS_MAX };

/* What values are judged by. */
struct rules {
    struct profile *profile; /* NULL for none, and what follows from it */
    struct roles *roles;
    struct custom_search *search;
    const char *label; /* NULL for none */
    bool code_asked;   /* it names a code of positions */
    uint32_t label_mask;
    uint16_t custom; /* the label of the profile's own kinds, from 1; 0 for none */
};

static struct span trim(struct span text)
{
    static const char blanks[] = " \t\r\n\v\f";
    while (text.len > 0 && memchr(blanks, text.at[0], sizeof blanks - 1) != NULL) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && memchr(blanks, text.at[text.len - 1], sizeof blanks - 1) != NULL)
        text.len--;
    return text;
}

/* Whether the steps stopped at a way of writing that the detector undoes, of swapped nibbles, say. */
static bool steps_stopped(const struct opinion *opinion)
{
    bool stopped = false;
    for (size_t i = 0; i < opinion->step_count; i++) {
        const char *name = opinion->steps[i].name;
        bool form = strcmp(name, "length") == 0 || strcmp(name, "alphabet") == 0 || strcmp(name, "form") == 0;
        stopped |= form && opinion->steps[i].result == STEP_FAILS;
    }
    return stopped;
}

static struct opinion opinion_of(enum kind kind, struct span value, bool labelled, const struct verdict *verdict)
{
    struct opinion opinion = {.kind = detectors[kind]->name,
                              .grade = verdict->grade,
                              .reason = verdict->reason,
                              .sample = verdict->sample};
    verdict_text(verdict, opinion.canonical);
    opinion.step_count = steps_list(kind, value, labelled, opinion.steps);
    struct span canonical = {opinion.canonical, strlen(opinion.canonical)};
    if (opinion.grade != GRADE_NONE && steps_stopped(&opinion))
        opinion.step_count = steps_list(kind, canonical, labelled, opinion.steps);
    return opinion;
}

/* Under a label a value is of one kind, the best; where it is of none, each labelled kind says why. */
static size_t ask_labelled(struct span value, uint32_t label_mask, struct opinion *opinions)
{
    struct verdict verdict;
    enum kind kind = check_labelled(value, label_mask, KINDS_ALL, &verdict);
    size_t count = 0;
    if (kind != KIND_NONE) {
        opinions[count++] = opinion_of(kind, value, true, &verdict);
        return count;
    }
    for (uint32_t i = 0; i < KIND_COUNT; i++) {
        if ((label_mask & KIND_BIT(i)) == 0)
            continue;
        verdict_reject(&verdict, REASON_FORM);
        (void)check_labelled(value, KIND_BIT(i), KIND_BIT(i), &verdict);
        opinions[count] = opinion_of((enum kind)i, value, true, &verdict);
        opinions[count++].asked = true;
    }
    return count;
}

static size_t ask_unlabelled(struct span value, struct opinion *opinions)
{
    struct candidate candidate = {.text = value, .labelled = false};
    for (size_t i = 0; i < KIND_COUNT; i++) {
        struct verdict verdict;
        verdict_reject(&verdict, REASON_FORM);
        if (value.len > 0)
            detectors[i]->check(&candidate, &verdict);
        opinions[i] = opinion_of((enum kind)i, value, false, &verdict);
    }
    return KIND_COUNT;
}

/* The profile's own kinds: under their label, else wherever they stand in the value. */
static size_t ask_profile(const struct rules *rules, struct span value, struct opinion *opinions)
{
    if (rules->custom != 0) {
        struct verdict verdict;
        verdict_reject(&verdict, REASON_FORM);
        uint32_t kind = custom_judge(rules->search, rules->custom - 1u, value, &verdict);
        if (kind == KIND_NONE) return 0;
        *opinions = (struct opinion){.kind = detectors[kind]->name, .grade = verdict.grade, .reason = verdict.reason};
        verdict_text(&verdict, opinions->canonical);
        return 1;
    }
    const struct custom_finding *found;
    custom_search_block(rules->search, value.at, value.len);
    size_t count = custom_search_text(rules->search, &(struct custom_text){value.at, NULL, 0, value.len}, true, &found);
    if (count > CUSTOM_OPINIONS_MAX) count = CUSTOM_OPINIONS_MAX;
    for (size_t i = 0; i < count; i++) {
        opinions[i] = (struct opinion){.kind = detectors[found[i].kind]->name, .grade = found[i].verdict.grade, .reason = found[i].verdict.reason};
        verdict_text(&found[i].verdict, opinions[i].canonical);
    }
    return count;
}

/* Six decimals, half away from zero, never "-0.000000". */
static void print_degrees(char *text, size_t size, int32_t value_e7)
{
    int64_t value_e6 = ((int64_t)value_e7 + (value_e7 < 0 ? -5 : 5)) / 10;
    uint64_t whole = (uint64_t)(value_e6 < 0 ? -value_e6 : value_e6);
    snprintf(text, size, "%s%llu.%06llu", value_e6 < 0 ? "-" : "", (unsigned long long)(whole / 1000000),
             (unsigned long long)(whole % 1000000));
}

static struct step step_made(const char *name, const char *found, enum step_result result)
{
    struct step step = {.name = name, .result = result};
    snprintf(step.found, sizeof step.found, "%s", found);
    return step;
}

static size_t ask_positions(const struct rules *rules, struct span value, struct opinion *opinions)
{
    struct explained_position found[EXPLAINED_POSITIONS_MAX];
    size_t count = positions_explain(value, rules->label, found);
    for (size_t i = 0; i < count; i++) {
        const struct position *position = &found[i].position;
        opinions[i] = (struct opinion){.kind = "location", .grade = position->grade, .reason = found[i].reason, .asked = rules->code_asked};
        opinions[i].steps[opinions[i].step_count++] = step_made("notation", found[i].notation, STEP_HOLDS);
        opinions[i].steps[opinions[i].step_count++] =
            step_made("place", found[i].reason == REASON_NONE ? "on the globe, fine enough" : reason_name(found[i].reason), found[i].reason == REASON_NONE ? STEP_HOLDS : STEP_FAILS);
        if (found[i].reason != REASON_NONE) continue;
        char latitude[16], longitude[16];
        print_degrees(latitude, sizeof latitude, position->latitude_e7);
        print_degrees(longitude, sizeof longitude, position->longitude_e7);
        snprintf(opinions[i].canonical, sizeof opinions[i].canonical, "%s,%s", latitude, longitude);
    }
    if (count > 0)
        return count;
    opinions[0] = (struct opinion){.kind = "location", .reason = REASON_FORM, .asked = rules->code_asked};
    return 1;
}

static void write_steps(struct json_writer *writer, const struct opinion *opinion)
{
    json_list_open(writer, "steps");
    for (size_t i = 0; i < opinion->step_count; i++) {
        const struct step *step = &opinion->steps[i];
        json_object_open(writer, NULL);
        json_write_text(writer, "step", step->name);
        json_write_text(writer, "found", step->found);
        json_write_text(writer, "expected", step->expected[0] != '\0' ? step->expected : NULL);
        json_write_text(writer, "result", step_result_name(step->result));
        json_object_close(writer);
    }
    json_list_close(writer);
}

static void write_json(struct json_writer *writer, uint64_t value_number, const struct opinion *opinions,
                       size_t count)
{
    json_object_open(writer, NULL);
    json_write_unsigned(writer, "value_no", value_number);
    json_list_open(writer, "verdicts");
    for (size_t i = 0; i < count; i++) {
        const struct opinion *opinion = &opinions[i];
        json_object_open(writer, NULL);
        json_write_text(writer, "kind", opinion->kind);
        json_write_text(writer, "grade", opinion->grade == GRADE_NONE ? "none" : grade_name(opinion->grade));
        json_write_text(writer, "canonical", opinion->grade == GRADE_NONE ? NULL : opinion->canonical);
        json_write_text(writer, "reason", opinion->reason == REASON_NONE ? NULL : reason_name(opinion->reason));
        write_steps(writer, opinion);
        json_object_close(writer);
    }
    json_list_close(writer);
    json_object_close(writer);
    json_end_line(writer);
}

static void print_steps(const struct opinion *opinion)
{
    for (size_t i = 0; i < opinion->step_count; i++) {
        const struct step *step = &opinion->steps[i];
        printf("      %-11s  %-5s  %s", step->name, step_result_name(step->result), step->found);
        printf(step->expected[0] != '\0' ? "  (expected: %s)\n" : "%s\n", step->expected);
    }
}

static void print_opinion(const struct opinion *opinion)
{
    if (opinion->grade == GRADE_NONE) {
        printf("  %-14s no: %s\n", opinion->kind, reason_name(opinion->reason));
        print_steps(opinion);
        return;
    }
    printf("  %-14s %-10s %s", opinion->kind, grade_name(opinion->grade), opinion->canonical);
    if (opinion->reason != REASON_NONE)
        printf("  (%s)", reason_name(opinion->reason));
    fputs(opinion->sample ? "  (sample value)\n" : "\n", stdout);
    print_steps(opinion);
}

/* Nearly everything has the form of some kind that is known by its labels alone. */
static bool wants_only_a_label(const struct opinion *opinion)
{
    enum kind kind = kind_find(opinion->kind, strlen(opinion->kind));
    return opinion->reason == REASON_UNLABELLED && kind != KIND_NONE && detectors[kind]->pattern == NULL;
}

static bool print_unlabelled(const struct opinion *opinions, size_t count)
{
    bool printed = false;
    for (size_t i = 0; i < count; i++) {
        if (opinions[i].grade != GRADE_NONE || !wants_only_a_label(&opinions[i]))
            continue;
        printf(printed ? ", %s" : "  under a label of: %s", opinions[i].kind);
        printed = true;
    }
    if (printed)
        putchar('\n');
    return printed;
}

/* Kinds whose form the value does not have at all are left out, unless a label asked for them. */
static void print_text(struct span value, const struct opinion *opinions, size_t count)
{
    char shown[256];
    escape_write(shown, sizeof shown, value.at, value.len);
    printf("%s\n", shown);
    bool printed = false;
    for (size_t i = 0; i < count; i++) {
        if (opinions[i].grade == GRADE_NONE && !opinions[i].asked && (opinions[i].reason == REASON_FORM || wants_only_a_label(&opinions[i])))
            continue;
        print_opinion(&opinions[i]);
        printed = true;
    }
    printed |= print_unlabelled(opinions, count);
    if (!printed)
        puts("  nothing that a detector knows");
}

static bool explain(const struct options *options, const struct rules *rules, struct span text, uint64_t value_number)
{
    struct span value = trim(text);
    struct opinion opinions[OPINIONS_MAX];
    size_t count = 0;
    if (rules->label_mask != 0)
        count = ask_labelled(value, rules->label_mask, opinions);
    else if (rules->custom == 0)
        count = ask_unlabelled(value, opinions);
    if (rules->search != NULL)
        count += ask_profile(rules, value, opinions + count);
    count += ask_positions(rules, value, opinions + count);
    if (!options->json) {
        print_text(value, opinions, count);
        return true;
    }
    struct json_writer writer = {.one_line = true};
    write_json(&writer, value_number, opinions, count);
    bool written = !writer.failed && fwrite(writer.bytes, 1, writer.count, stdout) == writer.count;
    free(writer.bytes);
    return written;
}

static bool explain_lines(const struct options *options, const struct rules *rules)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len = 0;
    bool good = true;
    for (uint64_t number = 1; good && (len = getline(&line, &capacity, stdin)) >= 0; number++)
        good = explain(options, rules, (struct span){line, (size_t)len}, number);
    free(line);
    return good && ferror(stdin) == 0;
}

static void rules_close(struct rules *rules)
{
    custom_search_close(rules->search);
    roles_free(rules->roles);
    profile_free(rules->profile);
}

static enum status rules_open(const struct options *options, struct rules *rules, struct fault *fault)
{
    const char *label = options->label;
    rules->label = label;
    rules->code_asked = label != NULL && label_names_code(label);
    if (label != NULL)
        rules->label_mask = label_kinds(label, strlen(label));
    if (options->profile_path == NULL)
        return STATUS_OK;
    enum status status = profile_open(options->profile_path, &rules->profile, fault);
    if (status == STATUS_OK)
        status = roles_open(rules->profile, &rules->roles, fault);
    if (status == STATUS_OK && customs_count(rules->profile->customs) > 0)
        status = custom_search_open(rules->profile->customs, &rules->search, fault);
    if (status == STATUS_OK && label != NULL) {
        struct field_plan plan = roles_plan(rules->roles, label, strlen(label), true);
        rules->label_mask = plan.label_mask;
        rules->custom = rules->search != NULL && plan.role == ROLE_IDENTIFIER ? plan.custom : 0;
    }
    return status;
}

static bool explain_all(const struct options *options, const struct rules *rules)
{
    if (options->label != NULL && rules->label_mask == 0 && rules->custom == 0 && !rules->code_asked)
        fputs("breachtally: that label names no kind; the values are judged without it\n", stderr);
    bool good = options->argument_count > 0 || explain_lines(options, rules);
    for (size_t i = 0; i < options->argument_count && good; i++) {
        const char *value = options->arguments[i];
        good = explain(options, rules, (struct span){value, strlen(value)}, i + 1);
    }
    return good;
}

int command_explain(const struct options *options)
{
    struct rules rules = {0};
    struct fault fault = {0};
    enum status status = rules_open(options, &rules, &fault);
    if (status != STATUS_OK) {
        fprintf(stderr, "breachtally: %s\n", fault.message);
        rules_close(&rules);
        return status == STATUS_USAGE ? EXIT_USAGE : EXIT_UNFINISHED;
    }
    bool good = explain_all(options, &rules);
    rules_close(&rules);
    if (fflush(stdout) != 0 || !good) {
        fputs("breachtally: cannot finish: input or output error\n", stderr);
        return EXIT_UNFINISHED;
    }
    return EXIT_FINISHED;
}
