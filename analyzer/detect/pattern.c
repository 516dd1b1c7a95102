/* Things of PCRE2 that bite: its default heap limit is 20 GB; an exhausted JIT stack is an error of its own and
 * not "no match"; a pattern can switch UTF on from within unless that is forbidden; a look-behind
 * sees the bytes before the offset only if the whole subject is handed in. */
#include "pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

enum { JIT_STACK_BYTES_MIN = 32 * 1024, JIT_STACK_BYTES_MAX = 512 * 1024, MESSAGE_SIZE = 160 };

struct pattern {
    pcre2_code *code;
    bool jit;
};

struct pattern_matcher {
    pcre2_match_context *context;
    pcre2_match_data *data;
    pcre2_jit_stack *stack;
    struct span text; /* of the last match, for its groups */
    int group_count;  /* how many of them are set */
};

static enum status compile(struct pattern *pattern, struct span text,
                           pcre2_compile_context *context, struct fault *fault)
{
    int error = 0;
    PCRE2_SIZE offset = 0;
    pattern->code =
        pcre2_compile((PCRE2_SPTR)text.at, text.len,
                      PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &offset, context);
    if (pattern->code == NULL) {
        PCRE2_UCHAR message[MESSAGE_SIZE];
        pcre2_get_error_message(error, message, sizeof message);
        return fault_set(fault, STATUS_USAGE, "no pattern at offset %zu: %s", (size_t)offset,
                         (const char *)message);
    }
    uint32_t groups = 0;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (groups > PATTERN_GROUPS_MAX)
        return fault_set(fault, STATUS_USAGE, "the pattern has %u groups; at most %d are allowed",
                         (unsigned)groups, PATTERN_GROUPS_MAX);
    pattern->jit = pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE) == 0;
    return STATUS_OK;
}

enum status pattern_open(struct span text, struct pattern **pattern, struct fault *fault)
{
    *pattern = NULL;
    struct pattern *made = calloc(1, sizeof *made);
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (made == NULL || context == NULL) {
        free(made);
        pcre2_compile_context_free(context);
        return fault_set(fault, STATUS_FATAL, "no memory for a pattern");
    }
    pcre2_set_max_pattern_length(context, PATTERN_TEXT_BYTES_MAX);
    enum status status = compile(made, text, context, fault);
    pcre2_compile_context_free(context);
    if (status != STATUS_OK) {
        pattern_close(made);
        return status;
    }
    *pattern = made;
    return STATUS_OK;
}

void pattern_close(struct pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_code_free(pattern->code);
    free(pattern);
}

int pattern_group(const struct pattern *pattern, const char *name)
{
    int number = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name);
    return number > 0 ? number : -1;
}

enum status pattern_matcher_open(struct pattern_matcher **matcher, struct fault *fault)
{
    *matcher = NULL;
    struct pattern_matcher *made = calloc(1, sizeof *made);
    if (made == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory for pattern matching");
    made->context = pcre2_match_context_create(NULL);
    made->data = pcre2_match_data_create(PATTERN_GROUPS_MAX + 1, NULL);
    if (made->context == NULL || made->data == NULL) {
        pattern_matcher_close(made);
        return fault_set(fault, STATUS_FATAL, "no memory for pattern matching");
    }
    pcre2_set_match_limit(made->context, PATTERN_MATCH_LIMIT);
    pcre2_set_heap_limit(made->context, PATTERN_HEAP_LIMIT_KIB);
    /* Without a stack of our own (no memory, no JIT here) PCRE2 takes 32 KiB of the thread's. */
    made->stack = pcre2_jit_stack_create(JIT_STACK_BYTES_MIN, JIT_STACK_BYTES_MAX, NULL);
    if (made->stack != NULL)
        pcre2_jit_stack_assign(made->context, NULL, made->stack);
    *matcher = made;
    return STATUS_OK;
}

void pattern_matcher_close(struct pattern_matcher *matcher)
{
    if (matcher == NULL)
        return;
    pcre2_match_data_free(matcher->data);
    pcre2_match_context_free(matcher->context);
    pcre2_jit_stack_free(matcher->stack);
    free(matcher);
}

static int match(const struct pattern *pattern, struct pattern_matcher *matcher, struct span text,
                 size_t from_bytes)
{
    PCRE2_SPTR subject = (PCRE2_SPTR)(text.at == NULL ? "" : text.at);
    if (pattern->jit) {
        int count = pcre2_jit_match(pattern->code, subject, text.len, from_bytes, 0, matcher->data,
                                    matcher->context);
        if (count != PCRE2_ERROR_JIT_STACKLIMIT && count != PCRE2_ERROR_JIT_BADOPTION)
            return count;
    }
    return pcre2_match(pattern->code, subject, text.len, from_bytes, PCRE2_NO_JIT, matcher->data,
                       matcher->context);
}

enum pattern_result pattern_find(const struct pattern *pattern, struct pattern_matcher *matcher,
                                 struct span text, size_t from_bytes, struct span *found)
{
    matcher->group_count = 0;
    if (from_bytes > text.len)
        return PATTERN_NONE;
    int count = match(pattern, matcher, text, from_bytes);
    if (count == PCRE2_ERROR_NOMATCH)
        return PATTERN_NONE;
    /* Match, depth and heap limit, and whatever else kept PCRE2 from an answer. */
    if (count <= 0)
        return PATTERN_LIMIT;
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(matcher->data);
    /* \K can put the start behind the end; such a match has no text. */
    found->at = text.at + at[0];
    found->len = at[1] > at[0] ? at[1] - at[0] : 0;
    matcher->text = text;
    matcher->group_count = count;
    return PATTERN_FOUND;
}

bool pattern_group_found(const struct pattern_matcher *matcher, int group, struct span *found)
{
    if (group < 0 || group >= matcher->group_count)
        return false;
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(matcher->data) + 2 * group;
    if (at[0] == PCRE2_UNSET || at[1] < at[0])
        return false;
    *found = (struct span){matcher->text.at + at[0], at[1] - at[0]};
    return true;
}
