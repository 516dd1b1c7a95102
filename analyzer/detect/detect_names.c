#include "detect_inner.h"

#include <string.h>

#include "../support/hash.h"
#include "propose.h"

enum {
    LABEL_GAP_MAX = 5,        /* characters between a label and its value */
    LABEL_WORDS_MAX = 4,
    LABEL_BYTES_MAX = 64,
    KEY_BYTES_MAX = 64,
    TEXT_RANK = 0x4000        /* customers named inside text come after those named by a field */
};

/* ------------------------------------------------------------------ plans and labels */

static struct memo *memo_slot(struct memo *memos, struct span name)
{
    return &memos[hash_bytes(name.at, name.len, 1) % MEMO_SLOTS];
}

static bool memo_holds(const struct memo *memo, struct span name)
{
    return memo->length == name.len && memcmp(memo->name, name.at, name.len) == 0;
}

static void memo_name(struct memo *memo, struct span name)
{
    memo->length = (uint8_t)name.len;
    memcpy(memo->name, name.at, name.len);
}

static struct field_plan key_plan(struct detect *detect, struct span name)
{
    const struct plan_source *plans = &detect->plans;
    if (name.len == 0) return (struct field_plan){0};
    if (name.len > MEMO_NAME_MAX) return plans->plan(plans->context, name.at, name.len, true);
    struct memo *memo = memo_slot(detect->keys, name);
    if (!memo_holds(memo, name)) {
        memo_name(memo, name);
        memo->plan = plans->plan(plans->context, name.at, name.len, true);
    }
    return memo->plan;
}

static uint32_t label_mask(struct detect *detect, struct span name)
{
    if (name.len > MEMO_NAME_MAX) return label_kinds(name.at, name.len);
    struct memo *memo = memo_slot(detect->labels, name);
    if (!memo_holds(memo, name)) {
        memo_name(memo, name);
        memo->label_mask = label_kinds(name.at, name.len);
    }
    return memo->label_mask;
}

static bool is_word_byte(char c)
{
    return proposer_is_alnum(c) || (unsigned char)c >= 0x80 || c == '_';
}

static bool is_gap_byte(char c)
{
    return c == ' ' || c == ':' || c == '=' || c == '"' || c == '\'' || c == ',' || c == '#' || c == '(' ||
           c == '[' || c == '>' || c == '\t' || c == '*' || c == ';' || c == '|' || c == '.';
}

/* The kinds that the one to four words before `at` are labels of. */
uint32_t detect_label_before(struct detect *detect, const struct shaped_text *text, size_t at)
{
    const char *bytes = text->bytes;
    size_t end = at;
    while (end > text->start && at - end < LABEL_GAP_MAX && is_gap_byte(bytes[end - 1])) end--;
    /* A full-width colon or blank belongs to the gap as well. */
    while (end >= text->start + 3 && (memcmp(bytes + end - 3, "\xEF\xBC\x9A", 3) == 0 ||
                                      memcmp(bytes + end - 3, "\xE3\x80\x80", 3) == 0))
        end -= 3;
    size_t begin = end;
    if (!label_may_end(&detect->label_tails, (struct span){text->bytes + text->start, end - text->start})) return 0;
    uint32_t mask = 0;
    for (int word = 0; word < LABEL_WORDS_MAX && mask == 0; word++) {
        size_t from = begin;
        if (word > 0) {
            if (from == text->start || (bytes[from - 1] != ' ' && bytes[from - 1] != '.' && bytes[from - 1] != '-')) break;
            from--;
        }
        size_t word_end = from;
        while (from > text->start && end - from < LABEL_BYTES_MAX && is_word_byte(bytes[from - 1])) from--;
        if (from == word_end) break;
        begin = from;
        mask = label_mask(detect, (struct span){bytes + begin, end - begin});
    }
    return mask;
}

/* ------------------------------------------------------------------ keys */

/* The name that ends at `end` (the place of '=' or ':'), without quotes. */
static struct span key_before(const struct shaped_text *text, size_t end)
{
    const char *bytes = text->bytes;
    while (end > text->start && (bytes[end - 1] == ' ' || bytes[end - 1] == '"' || bytes[end - 1] == '\'')) end--;
    size_t begin = end;
    while (begin > text->start && end - begin < KEY_BYTES_MAX &&
           (is_word_byte(bytes[begin - 1]) || bytes[begin - 1] == '.' || bytes[begin - 1] == '-'))
        begin--;
    return (struct span){bytes + begin, end - begin};
}

/* A plan as it serves in text. */
static struct field_plan plan_in_text(struct field_plan plan)
{
    bool scaled = plan.role == ROLE_SCALED_LATITUDE || plan.role == ROLE_SCALED_LONGITUDE;
    /* Of the other codes those that rows of notations.h find without a name are theirs; and some are no single words. */
    if (plan.role == ROLE_CODE && plan.notation == CODE_OLC) plan.notation = CODE_OLC_NAMED;
    if (plan.role == ROLE_CODE && plan.notation == CODE_H3) plan.notation = CODE_H3_NAMED;
    bool code = plan.role == ROLE_CODE && (plan.notation == CODE_GEOHASH || plan.notation == CODE_S2 ||
                                           plan.notation == CODE_OLC_NAMED || plan.notation == CODE_H3_NAMED);
    /* These are found together with what stands beside them. */
    if (plan.role == ROLE_CODE && plan.notation == CODE_AVL) plan.role = ROLE_SCALED_LONGITUDE, scaled = true;
    scaled |= plan.role == ROLE_ANGLE_UNIT;
    if (plan.role == ROLE_CUSTOMER || plan.role == ROLE_TIME) plan.rank = (uint16_t)(plan.rank | TEXT_RANK);
    else if (plan.role != ROLE_IDENTIFIER && !scaled && !code) plan.role = ROLE_NONE;
    return plan;
}

/* The kind that a value under a plan is asked for before all others. */
static uint8_t first_kind(const struct detect *detect, const struct field_plan *plan)
{
    uint32_t mask = plan->label_mask & detect->options.kinds_mask & KINDS_ALL;
    bool plain = plan->role == ROLE_IDENTIFIER && plan->custom == 0 && mask != 0;
    return (uint8_t)(plain ? __builtin_ctz(mask) : KIND_NONE);
}

static const struct short_key *long_key_ask(struct detect *detect, const struct shaped_text *text, size_t at)
{
    struct short_key *key = &detect->long_key;
    key->plan = plan_in_text(key_plan(detect, key_before(text, at)));
    key->kind = first_kind(detect, &key->plan);
    return key;
}

static const char hex_digits[] = "0123456789abcdefABCDEF";

/* Slots follow themselves at first. */
void detect_names_forget(struct detect *detect)
{
    memset(detect->keys, 0, sizeof detect->keys);
    memset(detect->short_keys, 0, sizeof detect->short_keys);
    for (size_t i = 0; i < sizeof detect->short_keys / sizeof *detect->short_keys; i++)
        detect->short_keys[i].next = detect->short_keys[i].other = &detect->short_keys[i];
    detect->short_key = detect->short_keys;
}

/* Whether any name of the form of a pair in a MAC has a role is asked once: no values tell one. */
void detect_names_open(struct detect *detect)
{
    detect_names_forget(detect);
    for (const char *first = hex_digits; *first != '\0'; first++)
        for (const char *second = hex_digits; *second != '\0'; second++) {
            char name[2] = {*first, *second};
            struct field_plan plan = plan_in_text(key_plan(detect, (struct span){name, sizeof name}));
            detect->pairs_are_keys |= plan.role != ROLE_NONE;
        }
}

/* The key of the name before `at`. A short one of letters and digits alone, which most are, is found by its bytes as
 * one number. */
const struct short_key *detect_key_find(struct detect *detect, const struct shaped_text *text, size_t at)
{
    struct short_key *last = detect->short_key, *other = last->other;
    if (at <= text->start + SHORT_KEY_MAX) return long_key_ask(detect, text, at);
    if (key_stands(other, text->bytes, at)) {
        last->other = last->next;
        last->next = detect->short_key = other;
        return other;
    }
    size_t length = (size_t)__builtin_clzll(~bits_before(&text->words->alnum, at) | 1);
    if (length - 1 >= SHORT_KEY_MAX) return long_key_ask(detect, text, at);
    const char *name = text->bytes + at - length;
    char sign = name[-1];
    if (is_word_byte(sign) || sign == '.' || sign == '-') return long_key_ask(detect, text, at);
    uint64_t word = eight_load(text->bytes + at - SHORT_KEY_MAX) >> (8 * (SHORT_KEY_MAX - length));
    struct short_key *slot = &detect->short_keys[(word * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - SHORT_KEY_BITS)];
    if (slot->name != word) {
        struct field_plan plan = plan_in_text(key_plan(detect, (struct span){name, length}));
        *slot = (struct short_key){.name = word,
                                   .next = slot->next,
                                   .other = slot->other,
                                   .plan = plan,
                                   .kind = first_kind(detect, &plan),
                                   .shift = (uint8_t)(8 * (SHORT_KEY_MAX - length)),
                                   .sign_at = (int8_t)(SHORT_KEY_MAX - 1 - length),
                                   .is_plain = plan.role == ROLE_NONE && position_key_is_plain((struct span){name, length})};
    }
    if (sign == ' ') {
        last->other = last->next;
        last->next = detect->short_key = slot;
    }
    return slot;
}
