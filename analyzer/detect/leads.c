#include "leads.h"

#include <stdlib.h>

enum {
    LENGTH_MAX = 64, /* longer runs are of this length */
    END_OF_TEXT = 256,
    BEHIND = 257,    /* a byte, or the end of the text; those that are alike for all leads are a group */
    CLASSES = 5,     /* digits, A to F, other capitals, a to f, others */
    CLASS_SETS = 1 << CLASSES
};

/* Tables of masks, each of word_count words. */
struct leads {
    size_t word_count, bytes_min, group_count;
    uint64_t *of_run;      /* of [length * group_count + group of the byte behind] */
    bool *any_of_run;      /* whether that is more than 0 */
    uint64_t *of_first, *of_next, *of_classes, *of_second;
    uint16_t group_of[BEHIND];
    uint8_t class_of[256]; /* a bit; 0 for what is no letter or digit */
};

static bool holds(const struct byte_set *set, unsigned byte)
{
    return (set->bits[byte / 8] >> byte % 8 & 1) != 0;
}

static unsigned class_bit(unsigned byte)
{
    if (byte - '0' < 10) return 1;
    if (byte - 'A' < 26) return byte <= 'F' ? 2 : 4;
    if (byte - 'a' < 26) return byte <= 'f' ? 8 : 16;
    return 0;
}

static void put(uint64_t *table, size_t word_count, size_t row, size_t number)
{
    table[row * word_count + number / 64] |= UINT64_C(1) << number % 64;
}

static bool stands_behind(const struct pattern_lead *lead, unsigned behind)
{
    if (behind == END_OF_TEXT) return lead->ends;
    return holds(&lead->after, behind) || (lead->ends && class_bit(behind) == 0);
}

/* Bytes that no lead tells apart are one group: there are few. */
static void groups_make(struct leads *made, const struct pattern_lead *all, size_t count)
{
    unsigned examples[BEHIND];
    for (unsigned behind = 0; behind < BEHIND; behind++) {
        size_t group = 0, lead = 0;
        for (; group < made->group_count; group++) {
            for (lead = 0; lead < count && stands_behind(&all[lead], behind) == stands_behind(&all[lead], examples[group]);) lead++;
            if (lead == count) break;
        }
        if (group == made->group_count) examples[made->group_count++] = behind;
        made->group_of[behind] = (uint16_t)group;
    }
}

static void lengths_put(uint64_t *table, size_t word_count, size_t min, size_t max, size_t number)
{
    for (size_t length = min; length <= LENGTH_MAX && length <= max; length++) put(table, word_count, length, number);
    if (max > LENGTH_MAX) put(table, word_count, LENGTH_MAX, number);
}

static void run_put(struct leads *made, const struct pattern_lead *lead, size_t number)
{
    size_t min = lead->min < LENGTH_MAX ? lead->min : LENGTH_MAX;
    for (unsigned behind = 0; behind < BEHIND; behind++) {
        if (!stands_behind(lead, behind)) continue;
        for (size_t length = min; length <= LENGTH_MAX && length <= lead->max; length++) {
            size_t row = length * made->group_count + made->group_of[behind];
            put(made->of_run, made->word_count, row, number);
            made->any_of_run[row] = true;
        }
    }
}

static void lead_add(struct leads *made, const struct pattern_lead *lead, size_t number)
{
    unsigned classes = 0;
    run_put(made, lead, number);
    lengths_put(made->of_second, made->word_count, lead->second_min, lead->second_max, number);
    for (unsigned byte = 0; byte < 256; byte++) {
        if (holds(&lead->first, byte)) put(made->of_first, made->word_count, byte, number);
        if (lead->min < 2 || holds(&lead->next, byte)) put(made->of_next, made->word_count, byte, number);
        if (holds(&lead->bytes, byte)) classes |= class_bit(byte);
    }
    for (unsigned set = 0; set < CLASS_SETS; set++)
        if ((set & ~classes) == 0) put(made->of_classes, made->word_count, set, number);
    if (made->bytes_min == 0 || lead->min < made->bytes_min) made->bytes_min = lead->min;
}

enum status leads_open(const struct pattern_lead *all, size_t count, struct leads **leads, struct fault *fault)
{
    struct leads *made = calloc(1, sizeof *made);
    *leads = NULL;
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory for leads");
    groups_make(made, all, count);
    made->word_count = count / 64 + 1;
    made->of_run = calloc((LENGTH_MAX + 1) * made->group_count * made->word_count, sizeof *made->of_run);
    made->any_of_run = calloc((LENGTH_MAX + 1) * made->group_count, sizeof *made->any_of_run);
    made->of_first = calloc(256 * made->word_count, sizeof *made->of_first);
    made->of_next = calloc(256 * made->word_count, sizeof *made->of_next);
    made->of_second = calloc((LENGTH_MAX + 1) * made->word_count, sizeof *made->of_second);
    made->of_classes = calloc(CLASS_SETS * made->word_count, sizeof *made->of_classes);
    if (made->of_run == NULL || made->any_of_run == NULL || made->of_first == NULL || made->of_next == NULL || made->of_second == NULL || made->of_classes == NULL) {
        leads_close(made);
        return fault_set(fault, STATUS_FATAL, "no memory for leads");
    }
    for (unsigned byte = 0; byte < 256; byte++) made->class_of[byte] = (uint8_t)class_bit(byte);
    for (size_t i = 0; i < count; i++) lead_add(made, &all[i], i);
    *leads = made;
    return STATUS_OK;
}

void leads_close(struct leads *leads)
{
    if (leads == NULL) return;
    free(leads->of_run);
    free(leads->any_of_run);
    free(leads->of_first);
    free(leads->of_next);
    free(leads->of_second);
    free(leads->of_classes);
    free(leads);
}

size_t leads_bytes_min(const struct leads *leads)
{
    return leads->bytes_min;
}

/* A run of letters and digits [from, to) of a text that ends at `end`, which some lead has such a run for. */
static __attribute__((noinline)) void run_tell(const struct leads *leads, const char *bytes, size_t from, size_t to, size_t end, size_t row,
                                               lead_sink *sink, void *context)
{
    const size_t words = leads->word_count;
    const uint64_t *of_run = leads->of_run + row * words, *of_first = leads->of_first + (uint8_t)bytes[from] * words;
    const uint64_t *of_next = leads->of_next + (to - from > 1 ? (uint8_t)bytes[from + 1] : 0u) * words; /* where it is 1, nobody asks */
    const uint64_t *of_classes = NULL, *of_second = NULL;
    for (size_t w = 0; w < words; w++) {
        uint64_t left = of_run[w] & of_first[w] & of_next[w];
        if (left == 0) continue;
        if (of_classes == NULL) {
            unsigned classes = 0;
            size_t second = to + 1;
            for (size_t at = from; at < to; at++) classes |= leads->class_of[(uint8_t)bytes[at]];
            while (second < end && second - to <= LENGTH_MAX && leads->class_of[(uint8_t)bytes[second]] != 0) second++;
            of_classes = leads->of_classes + classes * words;
            of_second = leads->of_second + (second - to - 1) * words;
        }
        for (left &= of_classes[w] & of_second[w]; left != 0; left &= left - 1) sink(context, from, 64 * w + (size_t)__builtin_ctzll(left));
    }
}

/* The run [from, to), judged by its length and the byte behind it, as most are. */
static inline void run_judge(const struct leads *leads, const char *bytes, size_t start, size_t from, size_t to, size_t end, lead_sink *sink,
                             void *context)
{
    size_t length = to - from < LENGTH_MAX ? to - from : LENGTH_MAX;
    size_t row = length * leads->group_count + leads->group_of[to < end ? (uint8_t)bytes[to] : (size_t)END_OF_TEXT];
    if (!leads->any_of_run[row]) return;
    bool inside = from > start && (uint8_t)bytes[from - 1] >= 0x80; /* of a word of another script */
    if (!inside) run_tell(leads, bytes, from, to, end, row, sink, context);
}

static void bytes_search(const struct leads *leads, const char *bytes, size_t start, size_t end, lead_sink *sink, void *context)
{
    for (size_t from = start, to; from < end; from = to + 1) {
        for (to = from; to < end && leads->class_of[(uint8_t)bytes[to]] != 0;) to++;
        if (to > from) run_judge(leads, bytes, start, from, to, end, sink, context);
    }
}

void leads_search(const struct leads *leads, const char *bytes, const struct shape_word *words, size_t start, size_t end, lead_sink *sink,
                  void *context)
{
    if (words == NULL) {
        bytes_search(leads, bytes, start, end, sink, context);
        return;
    }
    /* Where runs begin and end in turns: the bits that differ from the one before. */
    bool runs = false;
    size_t from = start;
    for (size_t w = start / 64; w * 64 < end; w++) {
        uint64_t alnum = words[w].alnum;
        if (w == start / 64) alnum &= ~UINT64_C(0) << start % 64;
        if (end - w * 64 < 64) alnum &= (UINT64_C(1) << end % 64) - 1;
        for (uint64_t turns = alnum ^ (alnum << 1 | runs); turns != 0; turns &= turns - 1) {
            size_t at = w * 64 + (size_t)__builtin_ctzll(turns);
            runs = !runs;
            if (runs) from = at;
            else run_judge(leads, bytes, start, from, at, end, sink, context);
        }
    }
    if (runs) run_judge(leads, bytes, start, from, end, end, sink, context);
}
