#include "propose.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/checkdigit.h"
#include "pattern.h"

#define DIGITS10 ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1
#define LETTERS13(a) [a] = 1, [a + 1] = 1, [a + 2] = 1, [a + 3] = 1, [a + 4] = 1, [a + 5] = 1, [a + 6] = 1, [a + 7] = 1, [a + 8] = 1, [a + 9] = 1, [a + 10] = 1, [a + 11] = 1, [a + 12] = 1
const bool proposer_alnum[256] = {DIGITS10, LETTERS13('a'), LETTERS13('n'), LETTERS13('A'), LETTERS13('N')};

enum {
    VIN_LENGTH = 17,
    IMEI_LENGTH = 15,
    MEID_LENGTH = 15,
    TOKEN_MIN = 12, /* tokens without a form of their own, judged only behind a label */
    TOKEN_MAX = PROPOSE_RUN_MAX,
    PAIRS_LENGTH = 17,
    QUADS_LENGTH = 14,
    EUI64_PAIRS_LENGTH = 23,
    EUI64_QUADS_LENGTH = 19,
    GROUP_LENGTH = 6, /* digits of an IMEI's third group */
    BODY_GROUP_LENGTH = 8, /* of its first, where the type is one */
    UUID_TAIL_LENGTH = 12, UUID_LENGTH = 36
};

/* The text around a shape; bytes outside of it read as NUL, which is no part of anything. */
struct window {
    const char *bytes;
    size_t start, end;
};

static char at(const struct window *window, size_t place)
{
    return place >= window->start && place < window->end ? window->bytes[place] : 0;
}

/* The byte `back` before place. */
static char before(const struct window *window, size_t place, size_t back)
{
    return place >= window->start + back ? at(window, place - back) : 0;
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

static bool is_hex(char c)
{
    return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 6;
}

static bool four_are_digits(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return (((word - 0x30303030u) | (word + 0x46464646u) | word) & 0x80808080u) == 0;
}

/* Four or more characters. The last load overlaps the one before. */
static bool are_digits(const char *at, size_t count)
{
    if (count < 8) return four_are_digits(at) && four_are_digits(at + count - 4);
    for (size_t i = 0; i + 8 < count; i += 8)
        if (!eight_are_digits(eight_load(at + i))) return false;
    return eight_are_digits(eight_load(at + count - 8));
}

static bool eight_hold(uint64_t word, char c)
{
    uint64_t differs = word ^ EIGHT_BYTES((unsigned char)c);
    return ((differs - EIGHT_BYTES(1)) & ~differs & EIGHT_BYTES(0x80)) != 0;
}

/* Whether there is an I, O or Q among eight letters and digits. */
static bool eight_hold_no_vin(const char *at)
{
    uint64_t word = eight_load(at) | EIGHT_BYTES(0x20);
    return eight_hold(word, 'i') || eight_hold(word, 'o') || eight_hold(word, 'q');
}

static bool all(const struct window *window, size_t from, size_t to, bool (*is)(char))
{
    for (size_t i = from; i < to; i++)
        if (!is(window->bytes[i])) return false;
    return true;
}

static bool give(struct proposal *proposal, enum kind kind, size_t start, size_t end)
{
    *proposal = (struct proposal){kind, start, end};
    return true;
}

/* Not a piece of a decimal number, nor of a longer word. */
static bool number_stands_alone(const struct window *window, size_t from, size_t to)
{
    if (proposer_is_alnum(before(window, from, 1)) || proposer_is_alnum(at(window, to))) return false;
    if (before(window, from, 1) == '.' && is_digit(before(window, from, 2))) return false;
    return !(at(window, to) == '.' && is_digit(at(window, to + 1)));
}

static bool has_vin_form(const struct window *window, size_t from, size_t to)
{
    if (to - from == VIN_LENGTH + 1 && (window->bytes[from] & ~0x20) == 'I') from++;
    const char *text = window->bytes + from;
    return to - from == VIN_LENGTH && four_are_digits(text + VIN_LENGTH - 4) && !eight_hold_no_vin(text) &&
           !eight_hold_no_vin(text + VIN_LENGTH - 4 - 8);
}

static bool has_iccid_form(const struct window *window, size_t from, size_t to)
{
    const char *text = window->bytes + from;
    size_t length = to - from;
    if (length < 18 || length > 21) return false;
    if (text[0] == '8' && text[1] == '9') {
        bool filler = (text[length - 1] | 0x20) == 'f';
        size_t digits = length - filler;
        return digits >= 18 && digits <= 20 && are_digits(text, digits);
    }
    if (text[0] != '9' || text[1] != '8' || length != 20) return false;
    return are_digits(text, 18) && (is_digit(text[18]) || (text[18] | 0x20) == 'f') && is_digit(text[19]);
}

/* Where the UUID begins whose last group is [from, to); SIZE_MAX for none. */
static size_t uuid_start(const struct window *window, size_t from, size_t to)
{
    static const uint8_t widths[] = {4, 4, 4, 8};
    if (to - from != UUID_TAIL_LENGTH || to < window->start + UUID_LENGTH || !all(window, from, to, is_hex)) return SIZE_MAX;
    for (size_t i = 0; i < sizeof widths; i++) {
        if (window->bytes[from - 1] != '-' || !all(window, from - 1 - widths[i], from - 1, is_hex)) return SIZE_MAX;
        from -= 1u + widths[i];
    }
    char sign = before(window, from, 1);
    return proposer_is_alnum(sign) || sign == '-' || at(window, to) == '-' ? SIZE_MAX : from;
}

/* A whole alphanumeric run [from, to) of TOKEN_MIN and more. */
static bool propose_run(const struct window *window, size_t from, size_t to, struct proposal *proposal)
{
    if (to - from > TOKEN_MAX)
        return to - from == PROPOSE_DIGITS && are_digits(window->bytes + from, PROPOSE_DIGITS) &&
               number_stands_alone(window, from, to) && give(proposal, KIND_EID, from, to);
    if (has_vin_form(window, from, to)) return give(proposal, KIND_VIN, from, to);
    if (is_digit(window->bytes[from]) && number_stands_alone(window, from, to)) {
        if (to - from == IMEI_LENGTH && are_digits(window->bytes + from, IMEI_LENGTH)) return give(proposal, KIND_IMEI, from, to);
        if (has_iccid_form(window, from, to)) return give(proposal, KIND_ICCID, from, to);
    }
    if (before(window, from, 1) == '-') {
        size_t start = uuid_start(window, from, to);
        if (start != SIZE_MAX) return give(proposal, KIND_NONE, start, to);
    }
    bool hex = to - from == MEID_LENGTH && !is_digit(window->bytes[from]) && all(window, from, to, is_hex);
    return give(proposal, hex ? KIND_MEID : KIND_NONE, from, to);
}

/* Digits of the given count that end before `end`; their first place, or SIZE_MAX. */
static size_t digits_before(const struct window *window, size_t end, size_t count)
{
    if (end < window->start + count || !all(window, end - count, end, is_digit)) return SIZE_MAX;
    return end - count;
}

/* 2-6-6-1, 6-2-6-1 or 8-6-1 with one separator; `end` is that before the check digit. */
static bool propose_grouped(const struct window *window, size_t end, struct proposal *proposal)
{
    char separator = at(window, end);
    if (separator != '-' && separator != '/' && separator != ' ') return false;
    if (!is_digit(at(window, end + 1))) return false;
    size_t third = digits_before(window, end, GROUP_LENGTH);
    if (third == SIZE_MAX || before(window, third, 1) != separator) return false;
    static const uint8_t groups[][2] = {{6, 2}, {2, 6}, {8, 0}};
    for (size_t i = 0; i < 3; i++) {
        size_t from = digits_before(window, third - 1, groups[i][0]);
        if (from != SIZE_MAX && groups[i][1] != 0)
            from = before(window, from, 1) == separator ? digits_before(window, from - 1, groups[i][1]) : SIZE_MAX;
        if (from != SIZE_MAX && number_stands_alone(window, from, end + 2)) return give(proposal, KIND_IMEI, from, end + 2);
    }
    return false;
}

/* PREFIX-SERIAL, the serial being [dash + 1, end). In lower case it needs a label. */
static bool propose_frame(const struct window *window, size_t dash, size_t end, struct proposal *proposal)
{
    size_t from = dash;
    bool upper = true;
    while (from > window->start && proposer_is_alnum(window->bytes[from - 1])) upper &= (unsigned char)(window->bytes[--from] - 'a') > 25;
    if (dash - from < 2 || dash - from > 7 || is_digit(window->bytes[from])) return false;
    if (before(window, from, 1) == '-' || at(window, end) == '-') return false;
    return give(proposal, upper ? KIND_FRAME_NUMBER : KIND_NONE, from, end);
}

/* 8-6 and 8-6-2 digits: an IMEI without its check digit, or an IMEISV, which need a label. The 6 are [dash + 1, end). */
static bool propose_body(const struct window *window, size_t dash, size_t end, struct proposal *proposal)
{
    size_t from = digits_before(window, dash, BODY_GROUP_LENGTH);
    if (from == SIZE_MAX || before(window, from, 1) == '-') return false;
    bool version = at(window, end) == '-' && is_digit(at(window, end + 1)) && is_digit(at(window, end + 2));
    if (version) end += 3;
    return at(window, end) != '-' && number_stands_alone(window, from, end) && give(proposal, KIND_NONE, from, end);
}

/* Six pairs or three groups of four beside further groups are a fingerprint or an address. */
static bool groups_stand_alone(const struct window *window, size_t from, size_t to)
{
    char c = before(window, from, 1);
    if (proposer_is_alnum(c) || proposer_is_alnum(at(window, to))) return false;
    if ((c == ':' || c == '-') && is_hex(before(window, from, 2)) && is_hex(before(window, from, 3)) &&
        !proposer_is_alnum(before(window, from, 4)))
        return false;
    if (c == ':' && before(window, from, 2) == ':') return false;
    if (c == ':' && is_hex(before(window, from, 2)) && is_hex(before(window, from, 3)) && is_hex(before(window, from, 4)) &&
        is_hex(before(window, from, 5)) && !proposer_is_alnum(before(window, from, 6)))
        return false;
    c = at(window, to);
    size_t hex = 0;
    while (hex < 5 && is_hex(at(window, to + 1 + hex))) hex++;
    bool word_ends = !proposer_is_alnum(at(window, to + 1 + hex));
    if (c == ':' && (at(window, to + 1) == ':' || (hex >= 1 && hex <= 4 && word_ends))) return false;
    return !(c == '-' && hex == 2 && word_ends);
}

static bool has_groups(const struct window *window, size_t from, size_t to, size_t width)
{
    char separator = window->bytes[from + width];
    for (size_t i = from; i < to; i++) {
        bool between = (i - from) % (width + 1) == width;
        if (between ? window->bytes[i] != separator : !is_hex(window->bytes[i])) return false;
    }
    return true;
}

/* Eight octets in groups of the width. */
static bool propose_eui64(const struct window *window, size_t end, size_t length, size_t width, struct proposal *proposal)
{
    if (end < window->start + length || !has_groups(window, end - length, end, width)) return false;
    return groups_stand_alone(window, end - length, end) && give(proposal, KIND_EUI64, end - length, end);
}

static bool propose_pairs(const struct window *window, size_t end, struct proposal *proposal)
{
    if (end < window->start + PAIRS_LENGTH) return false;
    size_t from = end - PAIRS_LENGTH;
    char separator = window->bytes[from + 2];
    if ((separator != ':' && separator != '-') || !has_groups(window, from, end, 2)) return false;
    if (groups_stand_alone(window, from, end)) return give(proposal, KIND_MAC, from, end);
    return propose_eui64(window, end, EUI64_PAIRS_LENGTH, 2, proposal);
}

static bool propose_quads(const struct window *window, size_t end, struct proposal *proposal)
{
    if (end < window->start + QUADS_LENGTH) return false;
    size_t from = end - QUADS_LENGTH;
    char separator = window->bytes[from + 4];
    if ((separator != '.' && separator != '-') || !has_groups(window, from, end, 4)) return false;
    if (separator == '.' && at(window, end) == '.' && is_hex(at(window, end + 1))) return false;
    if (separator == '.' && before(window, from, 1) == '.' && is_hex(before(window, from, 2))) {
        bool longer = before(window, from, EUI64_QUADS_LENGTH - QUADS_LENGTH + 1) == '.' &&
                      is_hex(before(window, from, EUI64_QUADS_LENGTH - QUADS_LENGTH + 2));
        return !longer && propose_eui64(window, end, EUI64_QUADS_LENGTH, 4, proposal);
    }
    if (separator == '-' && (before(window, from, 1) == '-' || at(window, end) == '-')) return false;
    return groups_stand_alone(window, from, end) && give(proposal, KIND_MAC, from, end);
}

bool propose_at(const char *bytes, size_t start, size_t end, size_t place, struct proposal *proposal)
{
    size_t from = place;
    while (from > start && proposer_is_alnum(bytes[from - 1])) from--;
    return propose_run_at(bytes, start, end, from, place, proposal);
}

bool propose_run_at(const char *bytes, size_t start, size_t end, size_t from, size_t place, struct proposal *proposal)
{
    struct window window = {bytes, start, end};
    size_t run = place - from;
    if (run >= TOKEN_MIN) return propose_run(&window, from, place, proposal);
    if (run == 2) return propose_pairs(&window, place, proposal);
    if (run == 4) return propose_quads(&window, place, proposal);
    if (run < 5 || run > 7 || !are_digits(bytes + from, run)) return false;
    if (run == GROUP_LENGTH && propose_grouped(&window, place, proposal)) return true;
    if (before(&window, from, 1) != '-') return false;
    return (run == GROUP_LENGTH && propose_body(&window, from - 1, place, proposal)) || propose_frame(&window, from - 1, place, proposal);
}

/* ------------------------------------------------------------------ the patterns themselves */

enum { LOOSE_PATTERNS = 4 };

/* Forms that are proposed for the sake of a label alone. */
static const char *const loose_patterns[LOOSE_PATTERNS] = {
    "(?<![0-9A-Za-z])" /* the last group of a UUID is no token */
    "(?!(?<=(?<![0-9A-Za-z-])[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-)[0-9A-Fa-f]{12}(?![0-9A-Za-z-]))"
    "[0-9A-Za-z]{12,24}(?![0-9A-Za-z])",
    "(?<![0-9A-Za-z-])[A-Za-z][0-9A-Za-z]{1,6}-[0-9]{5,7}(?![0-9A-Za-z-])",
    "(?<![0-9A-Za-z-])(?<![0-9]\\.)[0-9]{8}-[0-9]{6}(?:-[0-9]{2})?(?![0-9A-Za-z-])(?!\\.[0-9])",
    "(?<![0-9A-Za-z-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z-])",
};

struct proposer {
    struct pattern *patterns[KIND_COUNT + LOOSE_PATTERNS];
    struct pattern_matcher *matcher;
    struct proposal *found;
    size_t found_count, found_capacity, next;
    enum proposer_trouble trouble;
};

enum status proposer_open(uint32_t kinds_mask, struct proposer **proposer, struct fault *fault)
{
    struct proposer *made = calloc(1, sizeof *made);
    *proposer = made;
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory for the patterns");
    enum status status = pattern_matcher_open(&made->matcher, fault);
    for (size_t i = 0; i < KIND_COUNT + LOOSE_PATTERNS && status == STATUS_OK; i++) {
        if (i < KIND_COUNT && (kinds_mask & KIND_BIT(i)) == 0) continue;
        const char *text = i < KIND_COUNT ? detectors[i]->pattern : loose_patterns[i - KIND_COUNT];
        if (text == NULL) continue;
        status = pattern_open((struct span){text, strlen(text)}, &made->patterns[i], fault);
    }
    if (status != STATUS_OK) {
        proposer_close(made);
        *proposer = NULL;
    }
    return status;
}

void proposer_close(struct proposer *proposer)
{
    if (proposer == NULL) return;
    for (size_t i = 0; i < KIND_COUNT + LOOSE_PATTERNS; i++) pattern_close(proposer->patterns[i]);
    pattern_matcher_close(proposer->matcher);
    free(proposer->found);
    free(proposer);
}

static bool is_proposed(const struct proposer *proposer, size_t count, size_t start, size_t end)
{
    for (size_t i = 0; i < count; i++)
        if (start == proposer->found[i].start && end == proposer->found[i].end) return true;
    return false;
}

static bool found_add(struct proposer *proposer, struct proposal proposal)
{
    if (proposer->found_count == proposer->found_capacity) {
        size_t capacity = proposer->found_capacity * 2 + 16;
        struct proposal *found = realloc(proposer->found, capacity * sizeof *found);
        if (found == NULL) return false;
        proposer->found = found;
        proposer->found_capacity = capacity;
    }
    proposer->found[proposer->found_count++] = proposal;
    return true;
}

void proposer_text(struct proposer *proposer, const char *bytes, size_t start, size_t end)
{
    proposer->found_count = proposer->next = 0;
    struct span text = {bytes + start, end - start}, match;
    size_t formed = 0;
    for (size_t i = 0; i < KIND_COUNT + LOOSE_PATTERNS; i++) {
        if (i == KIND_COUNT) formed = proposer->found_count;
        if (proposer->patterns[i] == NULL) continue;
        size_t from = 0;
        enum pattern_result result;
        while ((result = pattern_find(proposer->patterns[i], proposer->matcher, text, from, &match)) == PATTERN_FOUND) {
            size_t first = (size_t)(match.at - bytes), last = first + match.len;
            from = (size_t)(match.at - text.at) + 1; /* candidates may share a group */
            if (i >= KIND_COUNT && is_proposed(proposer, formed, first, last)) continue;
            if (!found_add(proposer, (struct proposal){i < KIND_COUNT ? (enum kind)i : KIND_NONE, first, last}))
                proposer->trouble = PROPOSER_NO_MEMORY;
        }
        if (result == PATTERN_LIMIT && proposer->trouble == PROPOSER_FINE) proposer->trouble = PROPOSER_LIMIT;
    }
}

enum proposer_trouble proposer_take_trouble(struct proposer *proposer)
{
    enum proposer_trouble trouble = proposer->trouble;
    proposer->trouble = PROPOSER_FINE;
    return trouble;
}

bool proposer_next(struct proposer *proposer, struct proposal *proposal)
{
    if (proposer->next == proposer->found_count) return false;
    *proposal = proposer->found[proposer->next++];
    return true;
}
