/* Holds the two ways to propose candidates equal: shapes with propose_at, and the kinds' PCRE2 patterns.
 *
 * Shape    fuzz_equal COUNT SEED: texts packed with COUNT made-up near-identifiers, each read both ways
 * Output   "N candidates, 0 differ"; on a difference the (synthetic) text and both answers, exit 1
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/detect/detect.h"
#include "../analyzer/detect/propose.h"
#include "random.h"

enum {
    TEXT_MAX = 2048,
    TEXT_WANTED = 1600,    /* a text is full beyond this */
    PROPOSALS_MAX = 1024,
    PIECE_EVERY = 4,       /* one text in so many is read in pieces too, as fields of a row are */
    DETECT_EVERY = 3       /* one text in so many goes through both engines of detect as well */
};

struct text {
    char bytes[TEXT_MAX + SHAPE_PADDING];
    size_t length;
    uint64_t candidates;
};

static uint64_t state;

static uint32_t random_bits(void)
{
    return (uint32_t)(random_step(&state) >> 32);
}

static uint32_t below(uint32_t limit)
{
    return (uint32_t)((uint64_t)random_bits() * limit >> 32);
}

static bool one_in(uint32_t times)
{
    return below(times) == 0;
}

/* ------------------------------------------------------------------ making candidates */

static const char digits[] = "0123456789", hex_lower[] = "0123456789abcdef", hex_upper[] = "0123456789ABCDEF",
                  vin_set[] = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ", upper_set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
                  any_set[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static void put(struct text *text, char c)
{
    text->bytes[text->length++] = c;
}

/* Digits of one draw serve eight characters of a small set. */
static void put_run(struct text *text, const char *set, uint32_t set_size, uint32_t count)
{
    uint64_t drawn = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i % 4 == 0) drawn = random_bits();
        put(text, set[(drawn & 0xFF) * set_size >> 8]);
        drawn >>= 8;
    }
}

#define PUT_RUN(text, set, count) put_run(text, set, sizeof set - 1, count)

static void put_text(struct text *text, const char *what)
{
    size_t length = strlen(what);
    memcpy(text->bytes + text->length, what, length);
    text->length += length;
}

/* Near a right length: mostly it, sometimes one beside it. */
static uint32_t near(uint32_t length)
{
    uint32_t drawn = below(8);
    return drawn == 0 ? length - 1 : drawn == 1 ? length + 1 : length;
}

static char a_separator(const char *set)
{
    return set[below((uint32_t)strlen(set))];
}

static void put_vin(struct text *text)
{
    size_t from = text->length;
    if (one_in(6)) put(text, one_in(2) ? 'I' : 'i');
    PUT_RUN(text, vin_set, 13);
    PUT_RUN(text, digits, near(4));
    if (one_in(4))
        for (size_t i = from; i < text->length; i++)
            if (text->bytes[i] >= 'A') text->bytes[i] = (char)(text->bytes[i] | 0x20);
    if (one_in(6)) text->bytes[from + below((uint32_t)(text->length - from))] = a_separator("IOQioqZ0.-");
}

static void put_number(struct text *text)
{
    static const uint32_t lengths[] = {15, 15, 15, 17, 18, 19, 20, 12, 13, 16, 24, 25, 32, 32};
    PUT_RUN(text, digits, near(lengths[below(sizeof lengths / sizeof lengths[0])]));
}

static void put_hex(struct text *text)
{
    put(text, a_separator("ABCDEFabcdefG8"));
    PUT_RUN(text, hex_upper, near(14));
}

static void put_iccid(struct text *text)
{
    put_text(text, one_in(4) ? "98" : "89");
    PUT_RUN(text, digits, near(16 + below(3)));
    if (one_in(4)) put(text, a_separator("FfE"));
    if (one_in(4)) put(text, a_separator("0Ff"));
}

static void put_grouped(struct text *text)
{
    static const uint8_t groups[][4] = {{2, 6, 6, 1}, {6, 2, 6, 1}, {8, 6, 1, 0}, {2, 6, 6, 2}, {6, 6, 1, 0}, {4, 6, 6, 1}, {8, 6, 0, 0}, {8, 6, 2, 0}};
    const uint8_t *widths = groups[below(8)];
    char separator = a_separator("-/ ");
    for (int i = 0; i < 4 && widths[i] != 0; i++) {
        if (i > 0) put(text, one_in(12) ? a_separator("-/ .:") : separator);
        PUT_RUN(text, digits, one_in(12) ? near(widths[i]) : widths[i]);
    }
}

static void put_frame(struct text *text)
{
    if (one_in(12)) put(text, '-');
    PUT_RUN(text, upper_set, 1 + below(8));
    if (one_in(5)) text->bytes[text->length - 1] = (char)(text->bytes[text->length - 1] | 0x20);
    put(text, one_in(16) ? '_' : '-');
    PUT_RUN(text, digits, 4 + below(5));
    if (one_in(12)) put(text, '-');
}

static void put_groups(struct text *text)
{
    uint32_t width = one_in(3) ? 4 : 2;
    uint32_t count = width == 4 ? 3 : 6;
    if (one_in(4)) count += below(4);
    if (one_in(10)) count--;
    char separator = width == 4 ? a_separator(".-:") : a_separator(":-");
    bool upper = one_in(2);
    if (one_in(16)) put_text(text, "::");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) put(text, one_in(24) ? a_separator(":-. ") : separator);
        uint32_t wide = one_in(24) ? near(width) : width;
        if (upper) PUT_RUN(text, hex_upper, wide);
        else PUT_RUN(text, hex_lower, wide);
    }
    if (one_in(16)) put_text(text, "::");
}

static void put_uuid(struct text *text)
{
    static const uint32_t widths[] = {8, 4, 4, 4, 12};
    for (int i = 0; i < 5; i++) {
        if (i > 0) put(text, '-');
        PUT_RUN(text, hex_lower, one_in(24) ? near(widths[i]) : widths[i]);
    }
    if (one_in(24)) put(text, '-');
}

static void put_time(struct text *text)
{
    put_text(text, "2023-0");
    PUT_RUN(text, digits, 1);
    put_text(text, "-1");
    PUT_RUN(text, digits, 1);
    put(text, a_separator("T _"));
    for (int i = 0; i < 3; i++) {
        if (i > 0) put(text, ':');
        PUT_RUN(text, digits, 2);
    }
    if (one_in(2)) put(text, '.');
    if (one_in(2)) PUT_RUN(text, digits, near(6));
}

static void put_decimal(struct text *text)
{
    if (one_in(3)) put(text, '-');
    PUT_RUN(text, digits, 1 + below(3));
    put(text, '.');
    PUT_RUN(text, digits, one_in(3) ? near(15) : below(9));
}

static void put_candidate(struct text *text)
{
    static void (*const makers[])(struct text *) = {put_vin,    put_vin,   put_number, put_number,  put_iccid,  put_grouped,
                                                    put_grouped, put_frame, put_frame,  put_groups, put_groups, put_uuid,
                                                    put_time,   put_decimal, put_hex};
    size_t from = text->length;
    if (one_in(10)) PUT_RUN(text, any_set, 10 + below(17));
    else makers[below(sizeof makers / sizeof makers[0])](text);
    if (one_in(16)) text->bytes[from + below((uint32_t)(text->length - from))] = (char)random_bits();
    text->candidates++;
}

static void put_between(struct text *text)
{
    static const char *const between[] = {" ",  " ",    ",",        ", ",     ";",      "\t",     ".",   "-",     ":",
                                          "/",  "\"",   " imei ",   " vin=",  " mac: ", "iccid:", "::",  "_",     "|",
                                          "=",  " fin", "\xEF\xBC", "(",      ")",      "",       " - ", " No. ", "&imei=",
                                          " +", " imsi ", " meid: ", " EID ",  " tel +",  "msisdn="};
    put_text(text, between[below(sizeof between / sizeof between[0])]);
}

static void make_text(struct text *text)
{
    text->length = text->candidates = 0;
    while (text->length < TEXT_WANTED) {
        put_candidate(text);
        put_between(text);
    }
    memset(text->bytes + text->length, 0, SHAPE_PADDING);
}

/* ------------------------------------------------------------------ comparing */

struct answer {
    struct proposal found[PROPOSALS_MAX];
    size_t count;
};

static int by_place(const void *a, const void *b)
{
    const struct proposal *x = a, *y = b;
    if (x->start != y->start) return x->start < y->start ? -1 : 1;
    if (x->end != y->end) return x->end < y->end ? -1 : 1;
    return x->kind < y->kind ? -1 : x->kind > y->kind;
}

static void answer_show(const char *name, const struct answer *answer)
{
    printf("%s:", name);
    for (size_t i = 0; i < answer->count; i++)
        printf(" %s[%zu,%zu)", answer->found[i].kind == KIND_NONE ? "none" : detectors[answer->found[i].kind]->name,
               answer->found[i].start, answer->found[i].end);
    printf("\n");
}

static void text_show(const struct text *text, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++) {
        unsigned char c = (unsigned char)text->bytes[i];
        if (c < 0x20 || c >= 0x7F) printf("\\x%02x", c);
        else putchar(c);
    }
    printf("\n");
}

/* Cuts both answers down to what only one of them has. */
static void keep_differences(struct answer *a, struct answer *b)
{
    size_t i = 0, k = 0, a_kept = 0, b_kept = 0;
    while (i < a->count || k < b->count) {
        int order = i == a->count ? 1 : k == b->count ? -1 : by_place(&a->found[i], &b->found[k]);
        if (order < 0) a->found[a_kept++] = a->found[i++];
        else if (order > 0) b->found[b_kept++] = b->found[k++];
        else i++, k++;
    }
    a->count = a_kept;
    b->count = b_kept;
}

static bool proposals_equal(const struct text *text, const struct shape_word *words, struct proposer *proposer, size_t start,
                            size_t end)
{
    static struct answer fast, slow;
    struct proposal proposal;
    fast.count = slow.count = 0;
    for (size_t at = start;; at++) {
        at = bits_next(&words->candidate, at, end + 1);
        if (at > end) break;
        if (propose_at(text->bytes, start, end, at, &proposal)) fast.found[fast.count++] = proposal;
    }
    proposer_text(proposer, text->bytes, start, end);
    while (proposer_next(proposer, &proposal)) slow.found[slow.count++] = proposal;
    qsort(slow.found, slow.count, sizeof slow.found[0], by_place);
    qsort(fast.found, fast.count, sizeof fast.found[0], by_place);
    bool equal = fast.count == slow.count;
    for (size_t i = 0; equal && i < fast.count; i++) equal = by_place(&fast.found[i], &slow.found[i]) == 0;
    if (equal) return true;
    printf("text [%zu,%zu) of: ", start, end);
    text_show(text, 0, text->length);
    keep_differences(&fast, &slow);
    answer_show("only the shapes propose", &fast);
    answer_show("only the patterns propose", &slow);
    size_t first = fast.count > 0 ? fast.found[0].start : slow.found[0].start;
    printf("around the first: ");
    text_show(text, first > start + 24 ? first - 24 : start, first + 48 < end ? first + 48 : end);
    return false;
}

static int by_identifier(const void *a, const void *b)
{
    const struct tally_identifier *x = a, *y = b;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->state != y->state) return x->state < y->state ? -1 : 1;
    if (x->length != y->length) return x->length < y->length ? -1 : 1;
    return memcmp(x->packed, y->packed, x->length);
}

static void identifier_show(const char *engine, const struct tally_identifier *identifier)
{
    char canonical[IDENTIFIER_SIZE];
    tally_identifier_text(identifier, canonical);
    printf("only %s: %s %s\n", engine, detectors[identifier->kind]->name, canonical);
}

static bool sightings_equal(const struct text *text, struct detect *const engines[2])
{
    static struct sighting sightings[2];
    for (int i = 0; i < 2; i++) {
        sighting_reset(&sightings[i]);
        detect_block_begin(engines[i], text->bytes, text->length);
        detect_bytes(engines[i], (struct span){text->bytes, text->length}, false, &sightings[i]);
        qsort(sightings[i].identifiers, sightings[i].identifier_count, sizeof(struct tally_identifier), by_identifier);
    }
    const struct sighting *a = &sightings[0], *b = &sightings[1];
    bool equal = a->identifier_count == b->identifier_count && a->findings == b->findings && a->fix_count == b->fix_count &&
                 a->has_customer == b->has_customer;
    for (size_t i = 0; equal && i < a->identifier_count; i++) equal = by_identifier(&a->identifiers[i], &b->identifiers[i]) == 0;
    if (equal) return true;
    printf("%zu identifiers by shapes, %zu by patterns in: ", a->identifier_count, b->identifier_count);
    text_show(text, 0, text->length);
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < sightings[i].identifier_count; k++) {
            const struct tally_identifier *have = &sightings[i].identifiers[k];
            const struct sighting *other = &sightings[1 - i];
            if (other->identifier_count == 0 ||
                bsearch(have, other->identifiers, other->identifier_count, sizeof *have, by_identifier) == NULL)
                identifier_show(i == 0 ? "shapes" : "patterns", have);
        }
    return false;
}

/* ------------------------------------------------------------------ the run */

/* As roles would say it for the names that the texts use. */
static struct field_plan plan_of(const void *context, const char *name, size_t length, bool one_component)
{
    (void)context;
    (void)one_component;
    uint32_t mask = label_kinds(name, length);
    return (struct field_plan){.role = mask != 0 ? ROLE_IDENTIFIER : ROLE_NONE, .label_mask = mask};
}

static bool engines_open(struct detect *engines[2], struct proposer **proposer)
{
    const char *name;
    struct fault fault;
    struct detect_options options = {.kinds_mask = KINDS_ALL, .shape = shape_choose(NULL, &name), .plans = {plan_of, NULL}};
    if (detect_open(&options, &engines[0], &fault) != STATUS_OK) return false;
    options.use_pcre2 = true;
    return detect_open(&options, &engines[1], &fault) == STATUS_OK && proposer_open(KINDS_ALL, proposer, &fault) == STATUS_OK;
}

static bool is_word(char c)
{
    return proposer_is_alnum(c);
}

/* A random piece that cuts no word at its end, since a field's end never does. */
static bool piece_equal(const struct text *text, const struct shape_word *words, struct proposer *proposer)
{
    size_t start = below((uint32_t)text->length), end = start + below((uint32_t)(text->length - start));
    while (end < text->length && is_word(text->bytes[end])) end++;
    return proposals_equal(text, words, proposer, start, end);
}

int main(int argc, char **argv)
{
    uint64_t wanted = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000, count = 0;
    state = (argc > 2 ? strtoull(argv[2], NULL, 10) : 1) * 0x9E3779B97F4A7C15u + 88172645463325252u;
    struct detect *engines[2] = {NULL, NULL};
    struct proposer *proposer = NULL;
    if (wanted == 0 || !engines_open(engines, &proposer)) return 2;
    const char *name;
    shape_function *shape = shape_choose(NULL, &name);
    static struct text text;
    static struct shape_word words[TEXT_MAX / 64 + 1];
    bool equal = true;
    for (uint64_t round = 0; equal && count < wanted; round++) {
        make_text(&text);
        count += text.candidates;
        shape(text.bytes, text.length, SHAPE_TEXT, 0, words);
        equal = proposals_equal(&text, words, proposer, 0, text.length);
        if (equal && round % PIECE_EVERY == 0) equal = piece_equal(&text, words, proposer);
        if (equal && round % DETECT_EVERY == 0) equal = sightings_equal(&text, engines);
    }
    printf("%llu candidates, %s\n", (unsigned long long)count, equal ? "0 differ" : "at least one differs");
    proposer_close(proposer);
    detect_close(engines[0]);
    detect_close(engines[1]);
    return equal ? 0 : 1;
}
