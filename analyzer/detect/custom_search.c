#include "custom_inner.h"

#include <stdlib.h>
#include <string.h>

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to search for the profile's detectors");
}

static void mask_set(uint64_t *mask, size_t number)
{
    mask[number / 64] |= UINT64_C(1) << number % 64;
}

enum status custom_search_open(const struct customs *customs, struct custom_search **search, struct fault *fault)
{
    struct custom_search *made = calloc(1, sizeof *made);
    *search = NULL;
    if (made == NULL) return no_memory(fault);
    made->customs = customs;
    made->wanted = calloc(customs->mask_words, sizeof *made->wanted);
    made->given_up = calloc(customs->mask_words, sizeof *made->given_up);
    enum status status = made->wanted == NULL || made->given_up == NULL ? no_memory(fault) : pattern_matcher_open(&made->matcher, fault);
    if (status != STATUS_OK) {
        custom_search_close(made);
        return status;
    }
    *search = made;
    return STATUS_OK;
}

void custom_search_close(struct custom_search *search)
{
    if (search == NULL) return;
    pattern_matcher_close(search->matcher);
    free(search->hints);
    free(search->wanted);
    free(search->given_up);
    free(search->findings);
    free(search);
}

static bool room(struct custom_search *search, void *array_of, size_t *capacity, size_t needed, size_t item_bytes)
{
    void **array = array_of;
    if (needed <= *capacity) return true;
    size_t wanted = needed * 2 + 64;
    void *made = realloc(*array, wanted * item_bytes);
    if (made == NULL) return search->failed = true, false;
    *array = made;
    *capacity = wanted;
    return true;
}

static bool hint_add(struct custom_search *search, size_t end, size_t custom)
{
    if (!room(search, &search->hints, &search->hint_capacity, search->hint_count + 1, sizeof *search->hints)) return false;
    search->hints[search->hint_count++] = (struct hint){end, custom};
    return true;
}

static bool window_hint(void *context, size_t end, size_t number)
{
    struct custom_search *search = context;
    return hint_add(search, end, search->customs->of_window[number]);
}

static int by_end(const void *a, const void *b)
{
    const struct hint *left = a, *right = b;
    return left->end != right->end ? (left->end > right->end) - (left->end < right->end) : (left->custom > right->custom) - (left->custom < right->custom);
}

void custom_search_block(struct custom_search *search, const char *bytes, size_t length)
{
    const struct customs *customs = search->customs;
    search->block = bytes;
    search->block_length = length;
    search->hint_count = search->hint_next = 0;
    struct literal_search literals;
    struct literal_hit hit;
    if (customs->literals != NULL) literal_search_begin(&literals, customs->literals, bytes, length);
    while (customs->literals != NULL && literal_search_next(&literals, &hit))
        if (!hint_add(search, hit.end, customs->of_literal[hit.literal])) return;
    size_t literal_hints = search->hint_count;
    if (customs->windows != NULL) windows_search(customs->windows, bytes, length, window_hint, search);
    if (search->hint_count > literal_hints) qsort(search->hints, search->hint_count, sizeof *search->hints, by_end);
}

/* Goes to the first hint that ends behind `from`. Texts come in the order of the block, mostly. */
static void hint_seek(struct custom_search *search, size_t from)
{
    while (search->hint_next > 0 && search->hints[search->hint_next - 1].end > from) search->hint_next--;
    while (search->hint_next < search->hint_count && search->hints[search->hint_next].end <= from) search->hint_next++;
}

bool custom_search_may(struct custom_search *search, size_t start, size_t end)
{
    const struct customs *customs = search->customs;
    if (customs->any_unfiltered || (customs->leads != NULL && end - start >= leads_bytes_min(customs->leads))) return true;
    hint_seek(search, start);
    return search->hint_next < search->hint_count && search->hints[search->hint_next].end <= end;
}

/* Wants the customs whose hints end within [from, to) of the block. */
static void want_by_block(struct custom_search *search, size_t from, size_t to)
{
    hint_seek(search, from);
    for (size_t i = search->hint_next; i < search->hint_count && search->hints[i].end <= to; i++) mask_set(search->wanted, search->hints[i].custom);
}

static bool window_want(void *context, size_t end, size_t number)
{
    struct custom_search *search = context;
    (void)end;
    mask_set(search->wanted, search->customs->of_window[number]);
    return true;
}

static void want_by_hints(struct custom_search *search, struct span text)
{
    const struct customs *customs = search->customs;
    if (search->block != NULL && text.at >= search->block && text.at + text.len <= search->block + search->block_length) {
        want_by_block(search, (size_t)(text.at - search->block), (size_t)(text.at - search->block) + text.len);
        return;
    }
    struct literal_search literals;
    struct literal_hit hit;
    if (customs->literals != NULL) literal_search_begin(&literals, customs->literals, text.at, text.len);
    while (customs->literals != NULL && literal_search_next(&literals, &hit)) mask_set(search->wanted, customs->of_literal[hit.literal]);
    if (customs->windows != NULL) windows_search(customs->windows, text.at, text.len, window_want, search);
}

static bool mask_has(const uint64_t *mask, size_t number)
{
    return (mask[number / 64] >> number % 64 & 1) != 0;
}

static void finding_add(struct custom_search *search, const struct custom *custom, struct span text)
{
    if (!room(search, &search->findings, &search->finding_capacity, search->finding_count + 1, sizeof *search->findings)) return;
    struct custom_finding *finding = &search->findings[search->finding_count];
    finding->text = text;
    finding->kind = custom->kind;
    finding->number = (size_t)(custom - search->customs->all);
    custom_value_judge(custom, text, false, &finding->verdict);
    search->finding_count++;
}

static void run(struct custom_search *search, const struct custom *custom, struct span text)
{
    struct span found;
    for (size_t from = 0; from <= text.len;) {
        enum pattern_result result = pattern_find(custom->within, search->matcher, text, from, &found);
        search->hit_limit |= result == PATTERN_LIMIT;
        if (result != PATTERN_FOUND) return;
        size_t end = (size_t)(found.at - text.at) + found.len;
        if (found.len > 0) finding_add(search, custom, found);
        from = end > from ? end : from + 1;
    }
}

/* Whether the last value of a custom reaches beyond a place: values do not overlap. */
static bool is_covered(const struct custom_search *search, const struct custom *custom, const char *at)
{
    size_t number = (size_t)(custom - search->customs->all);
    for (size_t i = search->finding_count; i > 0; i--) {
        const struct custom_finding *finding = &search->findings[i - 1];
        if (finding->number == number) return finding->text.at + finding->text.len > at;
    }
    return false;
}

/* Tries a pattern at one place of the text at hand. */
static void place_try(struct custom_search *search, size_t number, size_t at)
{
    const struct custom *custom = &search->customs->all[number];
    if (!mask_has(search->customs->searched, number) || mask_has(search->given_up, number)) return;
    struct span found;
    const char *place = search->text_base + at;
    enum pattern_result result = pattern_find(custom->here, search->matcher, search->text, (size_t)(place - search->text.at), &found);
    if (result == PATTERN_LIMIT) mask_set(search->given_up, number), search->hit_limit = true;
    if (result == PATTERN_FOUND && found.len > 0 && !is_covered(search, custom, place)) finding_add(search, custom, found);
}

/* A place where the pattern of a lead can begin: it is tried there and nowhere else, unless it could take long. */
static void lead_try(void *context, size_t at, size_t lead)
{
    struct custom_search *search = context;
    size_t number = search->customs->of_lead[lead];
    if (search->customs->all[number].here == NULL) mask_set(search->wanted, number);
    else place_try(search, number, at);
}

/* The same of a pattern's own. */
static void own_try(void *context, size_t at, size_t lead)
{
    struct custom_search *search = context;
    (void)lead;
    place_try(search, search->number, at);
}

static int by_number(const void *a, const void *b)
{
    const struct custom_finding *left = a, *right = b;
    if (left->number != right->number) return left->number < right->number ? -1 : 1;
    return (left->text.at > right->text.at) - (left->text.at < right->text.at);
}

/* Puts findings into the order of the definitions, as those behind the first few are already. There are few. */
static void findings_sort(struct custom_search *search, size_t tried)
{
    enum { FEW = 16 };
    if (tried == 0) return;
    if (search->finding_count > FEW) qsort(search->findings, search->finding_count, sizeof *search->findings, by_number);
    for (size_t i = 1; i < search->finding_count && search->finding_count <= FEW; i++)
        for (size_t k = i; k > 0 && by_number(&search->findings[k - 1], &search->findings[k]) > 0; k--) {
            struct custom_finding later = search->findings[k];
            search->findings[k] = search->findings[k - 1];
            search->findings[k - 1] = later;
        }
}

size_t custom_search_text(struct custom_search *search, const struct custom_text *text, bool everywhere, const struct custom_finding **findings)
{
    const struct customs *customs = search->customs;
    search->text = (struct span){text->bytes + text->start, text->end - text->start};
    search->text_base = text->bytes;
    search->finding_count = 0;
    memcpy(search->wanted, everywhere ? customs->searched : customs->unfiltered, customs->mask_words * sizeof *search->wanted);
    if (!everywhere) {
        want_by_hints(search, search->text);
        memset(search->given_up, 0, customs->mask_words * sizeof *search->given_up);
        if (customs->leads != NULL) leads_search(customs->leads, text->bytes, text->words, text->start, text->end, lead_try, search);
    }
    size_t tried = search->finding_count;
    for (size_t w = 0; w < customs->mask_words; w++)
        for (uint64_t left = search->wanted[w] & customs->searched[w]; left != 0; left &= left - 1) {
            search->number = 64 * w + (size_t)__builtin_ctzll(left);
            const struct custom *custom = &customs->all[search->number];
            if (everywhere || custom->own == NULL) run(search, custom, search->text);
            else leads_search(custom->own, text->bytes, text->words, text->start, text->end, own_try, search);
        }
    findings_sort(search, tried);
    *findings = search->findings;
    return search->finding_count;
}

bool custom_search_take_limit(struct custom_search *search)
{
    bool hit = search->hit_limit;
    search->hit_limit = false;
    return hit;
}

bool custom_search_failed(const struct custom_search *search)
{
    return search->failed;
}
