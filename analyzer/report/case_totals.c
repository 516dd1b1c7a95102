#include "case_totals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/escape.h"
#include "../support/file.h"
#include "../support/json.h"

enum { SUMMARY_BYTES_MAX = 64 << 20, FIELD_SIZE = 128, FIELDS_MAX = 65536, NAME_SHOWN_SIZE = 256, DEPTH_MAX = 64 };

struct total {
    char field[FIELD_SIZE];
    const char *text; /* in the bytes of the summary, ended there by a NUL when all is read */
    size_t len;
    bool is_number;
    uint64_t number;
};

struct case_totals {
    char *bytes;
    struct total *totals;
    size_t count, capacity;
};

/* A walk over text that json_read has found to be JSON. */
struct walk {
    struct case_totals *made;
    const char *at;
    char path[FIELD_SIZE];
    bool is_cut;  /* the path did not fit */
    int depth, lists;
    const char *trouble;
};

/* What cJSON takes for a blank, which is more than JSON allows. */
static bool is_blank(char byte)
{
    return byte > 0 && byte <= ' ';
}

static void skip_blanks(struct walk *walk)
{
    while (is_blank(*walk->at))
        walk->at++;
}

/* Past a text, to behind its closing quote. */
static struct span skip_text(struct walk *walk)
{
    walk->at += *walk->at != '\0';
    const char *first = walk->at;
    while (*walk->at != '"' && *walk->at != '\0')
        walk->at += walk->at[0] == '\\' && walk->at[1] != '\0' ? 2 : 1;
    struct span text = {first, (size_t)(walk->at - first)};
    if (*walk->at == '\0')
        walk->trouble = "a text has no end";
    else
        walk->at++;
    return text;
}

static bool read_number(struct span text, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint64_t digit = (uint64_t)text.at[i] - '0';
        if (text.at[i] < '0' || text.at[i] > '9' || *number > (UINT64_MAX - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    return text.len > 0;
}

static void add_total(struct walk *walk, struct span text, bool is_text)
{
    struct case_totals *made = walk->made;
    if (walk->is_cut || made->count == FIELDS_MAX) {
        walk->trouble = "names or numbers beyond all measure";
        return;
    }
    if (made->count == made->capacity) {
        size_t capacity = 2 * made->capacity + 64;
        struct total *grown = realloc(made->totals, capacity * sizeof *grown);
        if (grown == NULL) {
            walk->trouble = "no memory";
            return;
        }
        made->totals = grown;
        made->capacity = capacity;
    }
    struct total *total = &made->totals[made->count++];
    memcpy(total->field, walk->path, sizeof total->field);
    total->text = text.at;
    total->len = text.len;
    total->is_number = !is_text && read_number(text, &total->number);
}

static void walk_value(struct walk *walk);

static void walk_entries(struct walk *walk, char closing)
{
    size_t path_len = strlen(walk->path);
    bool was_cut = walk->is_cut;
    walk->at++;
    for (skip_blanks(walk); *walk->at != closing && walk->trouble == NULL; skip_blanks(walk)) {
        if (*walk->at == '\0') {
            walk->trouble = "it has no end";
            break;
        }
        if (*walk->at == ',') {
            walk->at++;
            skip_blanks(walk);
        }
        if (closing == '}') {
            struct span key = skip_text(walk);
            int len = snprintf(walk->path + path_len, sizeof walk->path - path_len, "%s%.*s", path_len > 0 ? "." : "",
                               (int)(key.len < FIELD_SIZE ? key.len : FIELD_SIZE), key.at);
            walk->is_cut = was_cut || len < 0 || (size_t)len >= sizeof walk->path - path_len;
            skip_blanks(walk);
            walk->at += *walk->at == ':';
            skip_blanks(walk);
        }
        walk_value(walk);
        walk->path[path_len] = '\0';
        walk->is_cut = was_cut;
    }
    if (walk->trouble == NULL)
        walk->at++;
}

static void walk_value(struct walk *walk)
{
    walk->depth++;
    if (walk->depth > DEPTH_MAX) {
        walk->trouble = "too deep";
    } else if (*walk->at == '{') {
        walk_entries(walk, '}');
    } else if (*walk->at == '[') {
        walk->lists++;
        walk_entries(walk, ']');
        walk->lists--;
    } else if (*walk->at == '"') {
        struct span text = skip_text(walk);
        if (walk->lists == 0 && strncmp(walk->path, "data_time_", strlen("data_time_")) == 0)
            add_total(walk, text, true);
    } else {
        struct span text = {walk->at, 0};
        while (*walk->at != '\0' && *walk->at != ',' && *walk->at != ']' && *walk->at != '}' && !is_blank(*walk->at))
            walk->at++;
        text.len = (size_t)(walk->at - text.at);
        if (text.len == 0)
            walk->trouble = "a value is missing";
        if (walk->lists == 0 && (text.at[0] == '-' || (text.at[0] >= '0' && text.at[0] <= '9')))
            add_total(walk, text, false);
    }
    walk->depth--;
}

/* What stood behind each total has been read by now. */
static void end_totals(struct case_totals *made)
{
    for (size_t i = 0; i < made->count; i++)
        made->bytes[(size_t)(made->totals[i].text - made->bytes) + made->totals[i].len] = '\0';
}

/* The order of meaning. A name that ends in a dot or a line stands for all that begin so. */
static const struct {
    const char *head, *tail;
} main_fields[] = {
    {"persons_lower", ""}, {"persons_best", ""}, {"persons_upper", ""}, {"persons_upper_total", ""},
    {"persons_by_tier.", ""}, {"persons_by_element.", ""}, {"customers_named_only", ""}, {"vehicles_distinct", ""},
    {"identifiers.", ".distinct"}, {"records_", ""}, {"findings", ""}, {"loc_fixes", ""}, {"loc_level_counts.", ""}, {"severity.", ""}, {"data_time_", ""},
    {"bytes.", ""}, {"objects.", ""},
};
enum { MAIN_FIELD_COUNT = sizeof main_fields / sizeof main_fields[0] };

static bool fits(const char *field, const char *head, const char *tail)
{
    size_t field_len = strlen(field), head_len = strlen(head), tail_len = strlen(tail);
    if (strncmp(field, head, head_len) != 0 || field_len < head_len + tail_len)
        return false;
    bool open = head[head_len - 1] == '.' || head[head_len - 1] == '_';
    return (open || field_len == head_len) && strcmp(field + field_len - tail_len, tail) == 0;
}

static size_t rank(const char *field)
{
    size_t i = 0;
    while (i < MAIN_FIELD_COUNT && !fits(field, main_fields[i].head, main_fields[i].tail))
        i++;
    return i;
}

static int by_meaning(const void *a, const void *b)
{
    const struct total *left = a, *right = b;
    size_t left_rank = rank(left->field), right_rank = rank(right->field);
    if (left_rank != right_rank)
        return left_rank < right_rank ? -1 : 1;
    return strcmp(left->field, right->field);
}

/* Whether the text is a summary of ours at all. */
static bool is_summary(const struct json_value *root)
{
    static const char ours[] = "breachtally summary ";
    if (json_type(root) != JSON_OBJECT)
        return false;
    for (const struct json_value *value = json_first(root); value != NULL; value = json_next(value)) {
        if (strcmp(json_key(value), "schema") == 0)
            return json_type(value) == JSON_TEXT && strncmp(json_text(value), ours, sizeof ours - 1) == 0;
    }
    return false;
}

static enum status read_bytes(const char *path, struct case_totals *made, struct fault *fault)
{
    size_t count = 0;
    enum status status = file_read_whole(path, SUMMARY_BYTES_MAX, &made->bytes, &count, fault);
    if (status != STATUS_OK)
        return status;
    struct json_value *root = NULL;
    status = json_read((struct span){made->bytes, count}, &root, fault);
    if (status != STATUS_OK)
        return status;
    bool ours = is_summary(root);
    json_free(root);
    if (!ours)
        return fault_set(fault, STATUS_USAGE, "this is no summary of breachtally");
    struct walk walk = {.made = made, .at = made->bytes};
    skip_blanks(&walk);
    if (*walk.at != '{') /* a byte order mark, which cJSON takes */
        walk.trouble = "it does not begin with {";
    else
        walk_value(&walk);
    if (walk.trouble != NULL)
        return fault_set(fault, STATUS_USAGE, "cannot be used: %s", walk.trouble);
    end_totals(made);
    if (made->count > 0)
        qsort(made->totals, made->count, sizeof *made->totals, by_meaning);
    return STATUS_OK;
}

/* Says of which file the fault speaks. */
static enum status name_file(const char *path, enum status status, struct fault *fault)
{
    char shown[NAME_SHOWN_SIZE];
    escape_write_tail(shown, sizeof shown, path, strlen(path));
    char found[ESCAPE_GROWTH * FAULT_MESSAGE_SIZE]; /* it may quote a key */
    escape_write(found, sizeof found, fault->message, strlen(fault->message));
    return fault_set(fault, status, "%s: %s", shown, found);
}

enum status case_totals_read(const char *folder, struct case_totals **totals, struct fault *fault)
{
    *totals = NULL;
    struct case_totals *made = calloc(1, sizeof *made);
    char *path = NULL;
    if (made == NULL || asprintf(&path, "%s/summary.json", folder) < 0) {
        free(made);
        return fault_set(fault, STATUS_FATAL, "no memory to read a summary");
    }
    enum status status = read_bytes(path, made, fault);
    if (status != STATUS_OK) {
        status = name_file(path, status, fault);
        case_totals_free(made);
        made = NULL;
    }
    free(path);
    *totals = made;
    return status;
}

void case_totals_free(struct case_totals *totals)
{
    if (totals == NULL)
        return;
    free(totals->totals);
    free(totals->bytes);
    free(totals);
}

/* Reasons stand in the summary only where they occurred: one that is missing is a 0. */
static const struct total *or_zero(const struct total *total, const char *field)
{
    static const struct total zero = {.text = "0", .len = 1, .is_number = true};
    bool sparse = fits(field, "rejected_by_reason.", "") || fits(field, "bytes.unexamined.", "") ||
                  fits(field, "bytes.members.unexamined.", "");
    return total == NULL && sparse ? &zero : total;
}

static struct total_pair make_pair(const struct total *old, const struct total *new)
{
    const char *field = old != NULL ? old->field : new->field;
    old = or_zero(old, field);
    new = or_zero(new, field);
    struct total_pair pair = {.field = field,
                              .old = old != NULL ? old->text : NULL,
                              .new = new != NULL ? new->text : NULL};
    pair.is_main = rank(pair.field) < MAIN_FIELD_COUNT;
    pair.differs = old == NULL || new == NULL || strcmp(old->text, new->text) != 0;
    pair.numbers = (old == NULL || old->is_number) && (new == NULL || new->is_number);
    if (pair.numbers && old != NULL && new != NULL) {
        pair.has_change = true;
        pair.is_less = new->number < old->number;
        pair.change = pair.is_less ? old->number - new->number : new->number - old->number;
    }
    return pair;
}

enum status case_totals_pair(const struct case_totals *old, const struct case_totals *new,
                             struct total_pair **pairs, size_t *count, struct fault *fault)
{
    *count = 0;
    *pairs = malloc((old->count + new->count + 1) * sizeof **pairs);
    if (*pairs == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory to compare totals");
    for (size_t i = 0, j = 0; i < old->count || j < new->count;) {
        int order = i == old->count   ? 1
                    : j == new->count ? -1
                                      : by_meaning(&old->totals[i], &new->totals[j]);
        (*pairs)[(*count)++] = make_pair(order <= 0 ? &old->totals[i] : NULL, order >= 0 ? &new->totals[j] : NULL);
        i += order <= 0;
        j += order >= 0;
    }
    return STATUS_OK;
}
