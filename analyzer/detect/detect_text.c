#include "detect_inner.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/frame_number.h"
#include "../../detectors/plate.h"
#include "../../detectors/slaac.h"
#include "fold.h"
#include "propose.h"

enum {
    GROUPS_MAX = 14,          /* words of one number: a frame number with a blank behind each character */
    MAC_BYTES = 17,           /* of six pairs with a sign between them */
    TIME_COLONS_MAX = 16      /* clocks that are tried before a text counts as without time */
};

/* ------------------------------------------------------------------ shapes of lines as maps */

/* The bits from a place of the block on, the lowest first: WINDOW_BITS of them, or some more. */
enum { WINDOW_BITS = 57 };
static inline uint64_t map_window(const struct maps *maps, enum map which, size_t at)
{
    const uint64_t *map = maps->of[which];
    at -= maps->first * 64;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return map[at / 64] >> at % 64 | map[at / 64 + 1] << 1 << (63 - at % 64);
#else
    uint64_t bits;
    memcpy(&bits, (const char *)map + at / 8, sizeof bits);
    return bits >> at % 8;
#endif
}

static inline void map_drop(struct maps *maps, enum map which, size_t at)
{
    at -= maps->first * 64;
    maps->of[which][at / 64] &= ~(UINT64_C(1) << at % 64);
}

static void candidate_restore(struct maps *maps, const struct shaped_text *text, size_t at)
{
    maps->of[MAP_CANDIDATE_LEFT][at / 64 - maps->first] |= text->words[at / 64].candidate & UINT64_C(1) << at % 64;
}

/* Makes the maps from the first word of a text on: of many lines together, so that no load waits for what was just stored. */
static __attribute__((noinline)) void maps_make(struct detect *detect, const struct shaped_text *text)
{
    static const struct shape_word none = {0};
    struct maps *maps = &detect->maps;
    size_t first = text->start / 64, last = detect->block_length / 64;
    maps->first = first;
    maps->count = last - first + 1 < MAP_WORDS ? last - first + 1 : MAP_WORDS;
    for (size_t i = 0; i < maps->count + MAP_WORDS_BEHIND; i++) {
        const struct shape_word *word = first + i <= last ? &text->words[first + i] : &none;
        maps->of[MAP_KEY][i] = word->key;
        maps->of[MAP_END][i] = word->quote;
        maps->of[MAP_ALNUM][i] = word->alnum;
        maps->of[MAP_POINT][i] = maps->of[MAP_POINT_LEFT][i] = word->special;
        maps->of[MAP_CANDIDATE_LEFT][i] = word->candidate;
    }
}

/* Whether a text is one of the block in hand, whose shapes are those of text, and not too long: has maps then. */
static inline bool maps_want(struct detect *detect, const struct shaped_text *text)
{
    const struct maps *maps = &detect->maps;
    size_t first = text->start / 64, last = text->end / 64;
    if (!text->of_text || text->bytes != detect->block || last - first >= MAP_WORDS) return false;
    if (first < maps->first || last >= maps->first + maps->count) maps_make(detect, text);
    return true;
}

/* ------------------------------------------------------------------ values under a key in text */

/* What ends a value, and what ends one that holds no blanks. */
enum { ENDS_VALUE = 1, ENDS_WORD = 2 };
static const uint8_t value_ends[256] = {
    [','] = ENDS_VALUE, [';'] = ENDS_VALUE, ['&'] = ENDS_VALUE, ['"'] = ENDS_VALUE, ['\''] = ENDS_VALUE,
    [')'] = ENDS_VALUE, [']'] = ENDS_VALUE, ['}'] = ENDS_VALUE, ['>'] = ENDS_VALUE, ['<'] = ENDS_VALUE,
    ['\n'] = ENDS_VALUE, ['\t'] = ENDS_VALUE, ['|'] = ENDS_VALUE, [' '] = ENDS_WORD,
};

enum { VALUE_BYTES_MAX = 4096 }; /* a word that does not end within so many bytes is no value */

/* The first place from `at` on that ends a value; `at` itself for a word without end, and for others where the bytes are
 * up. Letters and digits, which end none, are skipped by their bits. */
static inline size_t value_end(const struct shaped_text *text, size_t at, unsigned ends)
{
    const uint64_t last = UINT64_C(1) << 63;
    const size_t start = at;
    for (;;) {
        uint64_t run = bits_from(&text->words->alnum, at, text->end);
        do {
            unsigned skipped = (unsigned)__builtin_ctzll(~run | last);
            at += skipped;
            if (at >= text->end) return text->end;
            if ((value_ends[(unsigned char)text->bytes[at]] & ends) != 0) return at;
            if (at - start >= VALUE_BYTES_MAX) return (ends & ENDS_WORD) != 0 ? start : at;
            at++;
            run = run >> skipped >> 1;
        } while (run != 0);
    }
}

/* The value that begins behind `from`: quoted up to its quote, else up to what ends values. */
static struct value_range value_after(const struct shaped_text *text, size_t from, unsigned ends)
{
    const char *bytes = text->bytes;
    while (from < text->end && (bytes[from] == ' ' || bytes[from] == '\t')) from++;
    if (from < text->end && (bytes[from] == '"' || bytes[from] == '\'')) {
        char quote = bytes[from++];
        const char *close = memchr(bytes + from, quote, text->end - from < VALUE_BYTES_MAX ? text->end - from : VALUE_BYTES_MAX);
        if (close != NULL) return (struct value_range){from, (size_t)(close - bytes)};
    }
    return (struct value_range){from, from < text->end ? value_end(text, from, ends) : from};
}

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

static bool is_hex(char c)
{
    return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 6;
}

/* Whether the ':' at `at` stands behind a pair of a MAC, which is a name of nothing. */
static inline bool is_in_mac(const struct detect *detect, const struct shaped_text *text, size_t at)
{
    const char *bytes = text->bytes + at;
    if (*bytes != ':' || at - text->start < 3 || detect->pairs_are_keys) return false;
    return (bytes[-3] == ':' || bytes[-3] == '=') && is_hex(bytes[-2]) && is_hex(bytes[-1]);
}

/* The value that begins at `from`, under a key that is not of a time: most are words of letters and digits. */
static inline struct value_range word_after(const struct shaped_text *text, size_t from)
{
    const struct shape_word *word = &text->words[from / 64];
    if ((word->alnum >> from % 64 & 1) == 0) return value_after(text, from, ENDS_VALUE | ENDS_WORD);
    if (!text->of_text) return (struct value_range){from, value_end(text, from, ENDS_VALUE | ENDS_WORD)};
    uint64_t ends = word->quote >> from % 64;
    if (ends == 0) ends = bits_from(&text->words->quote, from, text->end);
    if (ends == 0) return (struct value_range){from, value_end(text, from, ENDS_VALUE | ENDS_WORD)};
    size_t end = from + (size_t)__builtin_ctzll(ends);
    return (struct value_range){from, end < text->end ? end : text->end};
}

/* The same in a line with maps: most end at the first byte that ends words. */
static inline struct value_range word_in_line(const struct shaped_text *text, const struct maps *maps, size_t from)
{
    uint64_t ends = map_window(maps, MAP_END, from);
    if ((ends & 1) != 0) return value_after(text, from, ENDS_VALUE | ENDS_WORD);
    if (ends == 0) return (struct value_range){from, value_end(text, from, ENDS_VALUE | ENDS_WORD)};
    size_t end = from + (size_t)__builtin_ctzll(ends);
    return (struct value_range){from, end < text->end ? end : text->end};
}

static bool is_group_byte(char c)
{
    return proposer_is_alnum(c) || c == '-';
}

enum { NOT_TAKEN = 0 }; /* in place of the end of a value */

/* Books the longest run of words from start on that is a number written in groups, of a kind whose check digits or length
 * tell where it ends. Returns where that is, or NOT_TAKEN. */
static __attribute__((noinline)) size_t take_groups(struct detect *detect, uint32_t labels, const struct shaped_text *text, size_t start,
                                                    struct sighting *sighting)
{
    const uint32_t kinds = (KIND_BIT(KIND_IMEI) | KIND_BIT(KIND_ICCID) | KIND_BIT(KIND_MEID) | KIND_BIT(KIND_EID) |
                            KIND_BIT(KIND_IMSI) | KIND_BIT(KIND_FRAME_NUMBER) | KIND_BIT(KIND_ETC_OBU)) & detect->options.kinds_mask;
    size_t ends[GROUPS_MAX], count = 0, at = start;
    while ((labels & kinds) != 0 && count < GROUPS_MAX && at < text->end && is_group_byte(text->bytes[at])) {
        while (at < text->end && is_group_byte(text->bytes[at])) at++;
        ends[count++] = at;
        if (at == text->end || text->bytes[at] != ' ') break;
        at++;
    }
    while (count-- > 1) {
        struct verdict verdict;
        struct span value = {text->bytes + start, ends[count] - start};
        enum kind kind = check_labelled(value, labels & kinds, kinds, &verdict);
        bool whole = verdict.grade == GRADE_CONFIRMED || kind == KIND_ETC_OBU; /* whose length tells */
        if (kind == KIND_NONE || !whole) continue;
        return book_identifier(detect, kind, &verdict, sighting) ? ends[count] : NOT_TAKEN;
    }
    return NOT_TAKEN;
}

/* Judges a value under a key, one that is not empty. Returns where it ends, or NOT_TAKEN: it is not what its key says. */
static inline __attribute__((always_inline)) size_t value_judge(struct detect *detect, const struct short_key *key, const struct shaped_text *text,
                                                                size_t start, size_t end, struct sighting *sighting)
{
    struct span value = {text->bytes + start, end - start};
    const struct field_plan *plan = &key->plan;
    if (key->kind != KIND_NONE) {
        detect->hand.labels = plan->label_mask;
        detect->hand.candidate = (struct candidate){value, true};
        detect->hand.verdict.grade = GRADE_NONE;
        detectors[key->kind]->check(&detect->hand.candidate, &detect->hand.verdict);
        if (detect->hand.verdict.grade == GRADE_CONFIRMED)
            return book_identifier(detect, key->kind, &detect->hand.verdict, sighting) ? end : NOT_TAKEN;
        if (detect_take_doubtful(detect, sighting)) return end;
    } else if (detect_field(detect, plan, value, sighting)) {
        return end;
    }
    return plan->role == ROLE_IDENTIFIER ? take_groups(detect, plan->label_mask, text, start, sighting) : NOT_TAKEN;
}

/* The same, and remembers what was taken. */
static inline __attribute__((always_inline)) size_t value_take(struct detect *detect, const struct short_key *key, const struct shaped_text *text,
                                                               struct value_range range, struct sighting *sighting)
{
    if (range.start == range.end) return NOT_TAKEN;
    size_t end = value_judge(detect, key, text, range.start, range.end, sighting);
    if (end == NOT_TAKEN) return NOT_TAKEN;
    if (!grow(detect, &detect->taken, &detect->taken_capacity, detect->taken_count + 1, sizeof *detect->taken)) return NOT_TAKEN;
    struct value_range *taken = &detect->taken[detect->taken_count++];
    taken->start = range.start;
    taken->end = end;
    return end;
}

/* Takes the value behind the '=' or ':' at `at`. Returns where it ends, or NOT_TAKEN. */
static inline size_t take_value(struct detect *detect, const struct short_key *key, const struct shaped_text *text, size_t at,
                                struct sighting *sighting)
{
    bool of_time = key->plan.role == ROLE_TIME;
    struct value_range range = of_time ? value_after(text, at + 1, ENDS_VALUE) : word_after(text, at + 1);
    return value_take(detect, key, text, range, sighting);
}

/* ------------------------------------------------------------------ text */

static __attribute__((noinline)) void note_found(struct detect *detect, size_t start, size_t end)
{
    if (!grow(detect, &detect->found, &detect->found_capacity, detect->found_count + 1, sizeof *detect->found)) return;
    detect->found[detect->found_count++] = (struct value_range){start, end};
}

static void judge_proposal(struct detect *detect, const struct shaped_text *text, const struct proposal *proposal,
                           struct sighting *sighting)
{
    struct span value = {text->bytes + proposal->start, proposal->end - proposal->start};
    struct verdict verdict;
    size_t from = proposal->start;
    if (from > text->start && text->bytes[from - 1] == '+') from--; /* of a telephone number */
    uint32_t mask = from > text->start ? detect_label_before(detect, text, from) : 0;
    if (mask != 0) {
        struct span labelled = {text->bytes + from, proposal->end - from};
        enum kind kind = check_labelled(labelled, mask, detect->options.kinds_mask, &verdict);
        if (kind != KIND_NONE) {
            if (detect->customs_in_text) note_found(detect, from, proposal->end);
            book_identifier(detect, kind, &verdict, sighting);
            return;
        }
    }
    if (proposal->kind == KIND_NONE || (KIND_BIT(proposal->kind) & detect->options.kinds_mask) == 0) return;
    struct candidate candidate = {value, false};
    detectors[proposal->kind]->check(&candidate, &verdict);
    if (verdict.grade == GRADE_NONE && detect_may_trust(detect, value)) (void)detect_trust(detect, proposal->kind, value, &verdict);
    if (detect->customs_in_text && verdict.grade != GRADE_NONE) note_found(detect, from, proposal->end);
    book_identifier(detect, proposal->kind, &verdict, sighting);
}

/* The bits from `at` on that lie in its word and before end; moves on to the next word. */
static uint64_t bits_step_mask(size_t *at, size_t end)
{
    size_t first = *at % 64, count = 64 - first < end - *at ? 64 - first : end - *at;
    *at += count;
    return (count == 64 ? ~UINT64_C(0) : (UINT64_C(1) << count) - 1) << first;
}

static void bits_take(uint64_t *bits, size_t start, size_t end)
{
    for (size_t at = start; at < end;) {
        uint64_t *word = &bits[at / 64];
        *word |= bits_step_mask(&at, end);
    }
}

static bool bits_any_of(const uint64_t *bits, size_t start, size_t end)
{
    for (size_t at = start; at < end;) {
        uint64_t word = bits[at / 64];
        if ((word & bits_step_mask(&at, end)) != 0) return true;
    }
    return false;
}

/* Marks the bytes of a text that are taken, or found to be of a built-in kind: what they say is booked once. */
static uint64_t *booked_bits(struct detect *detect, const struct shaped_text *text)
{
    size_t words = (text->end - text->start) / 64 + 1;
    if (!grow(detect, &detect->booked, &detect->booked_capacity, words, sizeof *detect->booked)) return NULL;
    memset(detect->booked, 0, words * sizeof *detect->booked);
    for (size_t i = 0; i < detect->taken_count; i++) bits_take(detect->booked, detect->taken[i].start - text->start, detect->taken[i].end - text->start);
    for (size_t i = 0; i < detect->found_count; i++) bits_take(detect->booked, detect->found[i].start - text->start, detect->found[i].end - text->start);
    return detect->booked;
}

static __attribute__((noinline)) void text_customs(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    const struct custom_finding *findings;
    struct span span = {text->bytes + text->start, text->end - text->start};
    const struct custom_text searched = {text->bytes, text->words, text->start, text->end};
    size_t count = custom_search_text(detect->customs, &searched, detect->options.use_pcre2, &findings);
    uint64_t *booked = count > 0 ? booked_bits(detect, text) : NULL;
    for (size_t i = 0; i < count && booked != NULL; i++) {
        size_t start = (size_t)(findings[i].text.at - span.at), end = start + findings[i].text.len;
        if (bits_any_of(booked, start, end)) continue;
        if (book_identifier(detect, (enum kind)findings[i].kind, &findings[i].verdict, sighting)) bits_take(booked, start, end);
    }
}

static bool lies_in_taken(const struct detect *detect, const struct proposal *proposal)
{
    for (size_t i = 0; i < detect->taken_count; i++)
        if (proposal->start < detect->taken[i].end && proposal->end > detect->taken[i].start) return true;
    return false;
}

static void patterns_identifiers(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    struct proposal proposal;
    proposer_text(detect->proposer, text->bytes, text->start, text->end);
    while (proposer_next(detect->proposer, &proposal))
        if (!lies_in_taken(detect, &proposal)) judge_proposal(detect, text, &proposal, sighting);
    enum proposer_trouble trouble = proposer_take_trouble(detect->proposer);
    detect->failed |= trouble == PROPOSER_NO_MEMORY;
    detect->hit_limit |= trouble == PROPOSER_LIMIT;
}

/* Candidates from `first` on, the place of a bit. A bit stands behind its shape: on the byte after the last one it may
 * stand too. Keys come in order, so that those whose values lie behind the candidate need not be asked again. */
static void text_identifiers(struct detect *detect, const struct shaped_text *text, size_t first, struct sighting *sighting)
{
    struct proposal proposal;
    size_t passed = 0;
    struct bit_walk candidates = bits_walk(&text->words->candidate, first, text->end + 1);
    for (size_t at; (at = bits_step(&candidates)) <= text->end;) {
        while (passed < detect->taken_count && detect->taken[passed].end < at) passed++;
        if (passed < detect->taken_count && detect->taken[passed].start < at) continue;
        size_t from = bits_run_start(&text->words->alnum, text->start, at);
        if (at - from > PROPOSE_RUN_MAX && at - from != PROPOSE_DIGITS) continue;
        if (propose_run_at(text->bytes, text->start, text->end, from, at, &proposal) && !lies_in_taken(detect, &proposal))
            judge_proposal(detect, text, &proposal, sighting);
    }
}

/* Keeps the points of a word of shapes; the bits stand on the digits behind them. False where there are too many. */
static inline bool points_keep(struct detect *detect, const struct shaped_text *text, size_t w, uint64_t points)
{
    for (; points != 0; points &= points - 1) {
        size_t at = w * 64 + (size_t)__builtin_ctzll(points);
        if (at < text->start + 2) continue;
        /* Before a second point it is that of a version. */
        if (text->bytes[at + 1] == '.' && at + 2 < text->end && (unsigned char)(text->bytes[at + 2] - '0') <= 9) continue;
        if (detect->point_count == POSITIONS_AT_ONCE) return false;
        detect->points[detect->point_count++] = at - 1 - text->start;
    }
    return true;
}

/* Whether a text has a mark; one that is not of the block has not been asked. */
static inline bool may_be_notated(const struct detect *detect, const struct shaped_text *text)
{
    return text->bytes != detect->block || marks_any(&detect->marks, text->start, text->end);
}

/* The first date with a time of day. Clocks are found by their colons. */
static void text_time(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    enum { DATE_AND_HOUR = 13 };
    const char *bytes = text->bytes + text->start, *end = text->bytes + text->end, *from = bytes;
    struct span whole = {bytes, (size_t)(end - bytes)};
    /* In a log it stands at the front; a colon before that of its clock has no date before it. */
    if (whole.len > DATE_AND_HOUR && bytes[DATE_AND_HOUR] == ':' && (unsigned char)(bytes[0] - '0') <= 9 &&
        detect_time(detect, UINT16_MAX, whole, sighting))
        return;
    for (int tries = 0; tries < TIME_COLONS_MAX && from < end; tries++) {
        const char *colon = memchr(from, ':', (size_t)(end - from));
        if (colon == NULL) return;
        from = colon + 1;
        size_t named = time_named_before(bytes, colon);
        if (named > 0 && detect_time(detect, UINT16_MAX, (struct span){colon - named, (size_t)(end - colon) + named}, sighting)) return;
        if (colon - bytes < DATE_AND_HOUR) continue;
        struct span value = {colon - DATE_AND_HOUR, (size_t)(end - (colon - DATE_AND_HOUR))};
        if ((unsigned char)(value.at[0] - '0') <= 9 && detect_time(detect, UINT16_MAX, value, sighting)) return;
    }
}

/* Whether a run of letters and digits that ends at `at` can be a candidate. */
static inline bool run_may_be(const struct shaped_text *text, size_t at, size_t run)
{
    if (at - text->start <= PROPOSE_RUN_MAX || run <= PROPOSE_RUN_MAX) return true;
    return run == PROPOSE_DIGITS && eight_are_digits(eight_load(text->bytes + at - 8));
}

/* Looks at the candidates of a word that are under no key: which is the first that is not too long for one, and
 * whether any ends a run that can be a notation of a position. */
static inline void candidates_see(const struct shaped_text *text, size_t w, uint64_t candidates, struct rest *rest)
{
    for (; candidates != 0; candidates &= candidates - 1) {
        size_t at = w * 64 + (size_t)__builtin_ctzll(candidates);
        size_t run = (size_t)__builtin_clzll(~bits_before(&text->words->alnum, at) | 1);
        if (run == 63) run = at - bits_run_start(&text->words->alnum, text->start, at);
        rest->long_runs |= notation_run_fits(run);
        if (rest->first_candidate == SIZE_MAX && run_may_be(text, at, run)) rest->first_candidate = at;
    }
}

/* The MAC in an IPv6 address around a ':' that looks like its middle. Neither engine proposes it. */
static __attribute__((noinline)) void take_slaac(struct detect *detect, const struct shaped_text *text, size_t at, struct sighting *sighting)
{
    struct span piece = {text->bytes + text->start, text->end - text->start}, address;
    if ((detect->options.kinds_mask & KIND_BIT(KIND_MAC)) == 0 || !slaac_may_hold(piece, at - text->start) ||
        !slaac_find(piece, at - text->start, &address))
        return;
    size_t start = (size_t)(address.at - text->bytes);
    struct proposal proposal = {KIND_MAC, start, start + address.len};
    if (!lies_in_taken(detect, &proposal)) judge_proposal(detect, text, &proposal, sighting);
}

static void take_found(struct detect *detect, const struct shaped_text *text, enum kind kind,
                       bool (*find)(struct span, size_t, struct span *), struct sighting *sighting)
{
    struct span piece = {text->bytes + text->start, text->end - text->start}, found;
    if ((detect->options.kinds_mask & KIND_BIT(kind)) == 0) return;
    for (size_t at = 0; find(piece, at, &found); at = (size_t)(found.at + found.len - piece.at)) {
        size_t start = (size_t)(found.at - text->bytes);
        struct proposal proposal = {kind, start, start + found.len};
        if (!lies_in_taken(detect, &proposal)) judge_proposal(detect, text, &proposal, sighting);
    }
}

/* What begins with a kanji or kana has no shape: texts with other than ASCII characters are read for it, whatever the
 * engine. */
static __attribute__((noinline)) void take_japanese(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    if (text->end - text->start < 8) return; /* less than either is */
    uint64_t any = eight_load(text->bytes + text->end - 8);
    for (size_t at = text->start; at + 8 < text->end; at += 8) any |= eight_load(text->bytes + at);
    if ((any & EIGHT_BYTES(0x80)) == 0) return;
    take_found(detect, text, KIND_PLATE, plate_find, sighting);
    take_found(detect, text, KIND_FRAME_NUMBER, stamped_number_find, sighting);
}

/* The key of the name before `at`; NULL where a pair of a MAC stands there. What is no key with a role may stand in an
 * address. */
static const struct short_key *key_unexpected(struct detect *detect, const struct shaped_text *text, size_t at, struct sighting *sighting)
{
    const struct short_key *key = is_in_mac(detect, text, at) ? NULL : detect_key_find(detect, text, at);
    bool is_name = key != NULL && key->plan.role != ROLE_NONE;
    if (!is_name && (text->bytes[at + 1] | 0x20) == 'f') take_slaac(detect, text, at, sighting);
    return key;
}

/* The same, where most names are the one that stood behind the name before when that was met last: behind a blank they
 * are no part of a MAC or of an address. */
static inline const struct short_key *key_of(struct detect *detect, const struct shaped_text *text, size_t at, struct sighting *sighting)
{
    struct short_key *next = detect->short_key->next;
    if (at > text->start + SHORT_KEY_MAX && key_stands(next, text->bytes, at)) return detect->short_key = next;
    return key_unexpected(detect, text, at, sighting);
}

/* Takes what stands under keys. Most candidates end where such a value does and are done with. The others wait,
 * since what has a key is booked before. */
static inline struct rest take_keys(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    struct rest rest = {SIZE_MAX, false, false, text->of_text, false};
    uint64_t decimals = 0, inside = ~UINT64_C(0) << text->start % 64;
    size_t last = text->end / 64, taken_end = SIZE_MAX;
    for (size_t w = text->start / 64; w <= last; w++, inside = ~UINT64_C(0)) {
        const struct shape_word *word = &text->words[w];
        uint64_t candidates = word->candidate & inside;
        if (w == last) candidates &= (UINT64_C(2) << text->end % 64) - 1, inside &= (UINT64_C(1) << text->end % 64) - 1;
        const uint64_t all = candidates;
        if (taken_end / 64 == w) candidates &= ~(UINT64_C(1) << taken_end % 64);
        for (uint64_t keys = word->key & inside; keys != 0; keys &= keys - 1) {
            size_t at = w * 64 + (size_t)__builtin_ctzll(keys);
            const struct short_key *key = key_of(detect, text, at, sighting);
            if (key == NULL || key->plan.role == ROLE_NONE) continue;
            /* What is under a key within a value is judged by that key alone. */
            if (taken_end / 64 == w && taken_end > at) candidates |= all & UINT64_C(1) << taken_end % 64;
            size_t taken = take_value(detect, key, text, at, sighting);
            taken_end = taken != NOT_TAKEN ? taken : SIZE_MAX;
            if (taken_end / 64 == w) candidates &= ~(UINT64_C(1) << taken_end % 64);
        }
        decimals |= word->decimal & inside;
        if (candidates != 0) candidates_see(text, w, candidates, &rest);
        if (rest.points && (word->special & inside) != 0) rest.points = points_keep(detect, text, w, word->special & inside);
    }
    rest.decimals = decimals != 0;
    return rest;
}

/* Looks at a number with its sign, or two with a comma between them, from start on: whether they are a pair. others: from there on
 * what is no letter and no digit. */
static __attribute__((noinline)) void pair_see(struct detect *detect, const struct shaped_text *text, size_t start, uint64_t others)
{
    const char *bytes = text->bytes;
    struct maps *maps = &detect->maps;
    struct plain_place places[2];
    size_t at = start, offset = 0;
    for (int i = 0; i < 2; i++) {
        bool is_signed = bytes[at] == '-' || bytes[at] == '+';
        places[i].negative = bytes[at] == '-';
        places[i].start = at + is_signed;
        others &= others - is_signed; /* no branch: signs cannot be foreseen */
        for (int side = 0; side < 2; side++, others &= others - 1) {
            if (others == 0) return;
            offset = (size_t)__builtin_ctzll(others);
            if (side == 0) places[i].point = start + offset;
        }
        places[i].end = start + offset;
        if (bytes[places[i].point] != '.') return;
        at = places[i].end + 1;
    }
    struct span span = {bytes + text->start, text->end - text->start};
    if (bytes[places[0].end] != ',' || places[1].end > text->end || !position_number_ends(span, places[1].end - text->start)) return;
    if (places[0].point < text->start + 8 || detect->pair_count == PLAIN_PAIRS_MAX) return;
    if (!position_plain_pair(bytes, places, detect->pairs[detect->pair_count])) return;
    detect->pair_count++;
    for (int i = 0; i < 2; i++) map_drop(maps, MAP_POINT_LEFT, places[i].point + 1);
}

/* Whether what stands from start on up to a point and behind that up to end is a number that is no part of a position, or
 * the front of a version. */
static inline bool number_is_nothing(const struct shaped_text *text, size_t start, size_t end)
{
    const char *bytes = text->bytes;
    struct span span = {bytes + text->start, text->end - text->start};
    if (end > text->end || !is_digit(bytes[start]) || !is_digit(bytes[end - 1])) return false;
    if (end < text->end && bytes[end] == '.') return end + 1 < text->end && is_digit(bytes[end + 1]);
    return position_number_ends(span, end - text->start);
}

/* Looks at what stands under a key without a role behind the '=' at `at`: a long word is no candidate, and most numbers
 * are no part of a position or a pair of their own. */
static inline void plain_see(struct detect *detect, const struct short_key *key, const struct shaped_text *text, size_t at)
{
    struct maps *maps = &detect->maps;
    enum { NUMBER_BYTES = 5 }; /* a sign, three digits and the point before the digit that has the bit */
    size_t start = at + 1;
    if (!key->is_plain || text->bytes[at] != '=') return;
    uint64_t points = map_window(maps, MAP_POINT, start);
    /* Where the window ends, something else stands for all that is known: two bits at least are set. */
    uint64_t others = ~map_window(maps, MAP_ALNUM, start) | ~UINT64_C(0) << WINDOW_BITS, further = others & (others - 1);
    if ((points & ((UINT64_C(2) << NUMBER_BYTES) - 1)) != 0) {
        size_t digit = (size_t)__builtin_ctzll(points);
        if (digit == (size_t)__builtin_ctzll(others) + 1 && number_is_nothing(text, start, start + (size_t)__builtin_ctzll(further)))
            map_drop(maps, MAP_POINT_LEFT, start + digit);
        else
            pair_see(detect, text, start, others);
        return;
    }
    if ((others & ((UINT64_C(2) << PROPOSE_RUN_MAX) - 1)) != 0 || start >= text->end) return;
    size_t run = (size_t)__builtin_ctzll(others);
    if (run >= WINDOW_BITS) run = bits_run_end(&text->words->alnum, start, text->end) - start;
    size_t end = start + run;
    if (end > text->end || notation_run_fits(run)) return;
    if (run != PROPOSE_DIGITS || !eight_are_digits(eight_load(text->bytes + end - 8))) map_drop(maps, MAP_CANDIDATE_LEFT, end);
}

/* Where the next key is asked for where the value [start, end) was taken under a key of MACs: the ':' of one that stands at once
 * behind its key are names of nothing. */
static inline size_t key_behind_mac(const struct detect *detect, const struct shaped_text *text, size_t start, size_t end)
{
    const char *value = text->bytes + start;
    if (detect->pairs_are_keys || detect->hand.verdict.grade == GRADE_NONE || end - start != MAC_BYTES) return start;
    const uint64_t colons = UINT64_C(0xFF0000FF0000), as_they_are = UINT64_C(0x3A00003A0000);
    /* Of 17 bytes the third and sixth, the ninth and twelfth, the fifteenth. */
    uint64_t differs = ((eight_load(value) ^ as_they_are) | (eight_load(value + 6) ^ as_they_are)) & colons;
    return differs == 0 && value[14] == ':' ? end : start;
}

/* The next key at or behind `from`. */
static inline size_t key_next(const struct shaped_text *text, const struct maps *maps, size_t from)
{
    uint64_t keys = map_window(maps, MAP_KEY, from);
    if (keys != 0) return from + (size_t)__builtin_ctzll(keys);
    return bits_next(&text->words->key, from + WINDOW_BITS, text->end);
}

/* What the maps leave of a line: candidates that are no value of a key, and whether there are points. */
static inline void rest_see(const struct maps *maps, const struct shaped_text *text, struct rest *rest)
{
    const uint64_t *candidate = maps->of[MAP_CANDIDATE_LEFT], *point = maps->of[MAP_POINT_LEFT];
    size_t w = text->start / 64, last = text->end / 64;
    uint64_t inside = ~UINT64_C(0) << text->start % 64, upto = (UINT64_C(1) << text->end % 64) - 1, points = 0, decimals = 0;
    for (; w < last; w++, inside = ~UINT64_C(0)) {
        uint64_t candidates = candidate[w - maps->first] & inside;
        points |= point[w - maps->first] & inside;
        decimals |= text->words[w].decimal & inside;
        if (candidates != 0) candidates_see(text, w, candidates, rest);
    }
    /* A candidate's bit may stand on the byte behind the line too. */
    uint64_t candidates = candidate[w - maps->first] & inside & (upto << 1 | 1);
    points |= point[w - maps->first] & inside & upto;
    decimals |= text->words[w].decimal & inside & upto;
    if (candidates != 0) candidates_see(text, w, candidates, rest);
    rest->decimals = decimals != 0;
    rest->plain = points == 0;
}

/* The same as take_keys for a line with maps. What stands under most keys tells by itself that it is a value, a long word, a
 * number that is nothing or a pair: of such a line nothing is left to be looked at. */
static inline struct rest take_line(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    struct maps *maps = &detect->maps;
    struct rest rest = {SIZE_MAX, false, false, true, false};
    size_t taken_end = 0;
    for (size_t at = key_next(text, maps, text->start); at < text->end;) {
        const struct short_key *key = key_of(detect, text, at, sighting);
        size_t from = at + 1;
        if (key != NULL && key->plan.role == ROLE_NONE) {
            plain_see(detect, key, text, at);
        } else if (key != NULL) {
            bool of_time = key->plan.role == ROLE_TIME;
            struct value_range range = of_time ? value_after(text, from, ENDS_VALUE) : word_in_line(text, maps, from);
            /* What is under a key within a value is judged by that key alone. */
            if (taken_end > at) candidate_restore(maps, text, taken_end);
            taken_end = value_take(detect, key, text, range, sighting);
            if (taken_end != NOT_TAKEN) {
                map_drop(maps, MAP_CANDIDATE_LEFT, taken_end);
                if (key->kind == KIND_MAC && range.start == from) from = key_behind_mac(detect, text, from, taken_end);
            }
        }
        at = key_next(text, maps, from);
    }
    rest_see(maps, text, &rest);
    return rest;
}

/* Where the points of a text stand; rest->points says whether there is room for all. */
static __attribute__((noinline)) void points_read(struct detect *detect, const struct shaped_text *text, struct rest *rest)
{
    uint64_t inside = ~UINT64_C(0) << text->start % 64;
    size_t last = text->end / 64;
    for (size_t w = text->start / 64; w <= last && rest->points; w++, inside = ~UINT64_C(0)) {
        if (w == last) inside &= (UINT64_C(1) << text->end % 64) - 1;
        rest->points = points_keep(detect, text, w, text->words[w].special & inside);
    }
}

/* Positions in what the keys of a text leave. */
static inline void take_positions(struct detect *detect, const struct shaped_text *text, struct rest *rest, bool is_line, bool with_time,
                                  struct sighting *sighting)
{
    bool notated = rest->long_runs || may_be_notated(detect, text);
    if (!notated && !rest->decimals) return;
    if (!notated && rest->plain) {
        if (detect->pair_count > 0) detect_plain_pairs(detect, sighting);
        return;
    }
    if (is_line) points_read(detect, text, rest);
    if (notated) detect_notated(detect, text, rest, with_time, sighting);
    else if (rest->points) detect_at_points(detect, text, sighting);
    else detect_positions(detect, text, sighting);
}

static void shaped_text_detect(struct detect *detect, const struct shaped_text *text, bool with_time,
                               struct sighting *sighting)
{
    detect->taken_count = detect->found_count = detect->point_count = detect->pair_count = 0;
    detect->scaled_seen = false;
    detect->fix_source = FIX_FIELD;
    detect->fix_piece++;
    bool is_line = maps_want(detect, text);
    struct rest rest = is_line ? take_line(detect, text, sighting) : take_keys(detect, text, sighting);
    bool ascii = text->bytes == detect->block && detect->marks.ascii;
    if (!ascii) take_japanese(detect, text, sighting);
    if (detect->options.use_pcre2) patterns_identifiers(detect, text, sighting);
    else if (rest.first_candidate != SIZE_MAX) text_identifiers(detect, text, rest.first_candidate, sighting);
    if (detect->options.locations) take_positions(detect, text, &rest, is_line, with_time, sighting);
    if (detect->scaled_seen) detect_scaled(detect, text, sighting);
    if (detect->customs_in_text) text_customs(detect, text, sighting);
    if (with_time && !sighting->has_time && sighting->findings > 0) text_time(detect, text, sighting);
}

void detect_bytes(struct detect *detect, struct span text, bool with_time, struct sighting *sighting)
{
    if (text.len == 0) return;
    char *folded = NULL;
    size_t length = text.len;
    if (fold_wanted(text)) {
        folded = detect_scratch(detect, text.len + SHAPE_PADDING);
        if (folded == NULL) return;
        length = fold(text, folded);
    } else {
        folded = detect_scratch(detect, text.len + SHAPE_PADDING);
        if (folded == NULL) return;
        memcpy(folded, text.at, text.len);
    }
    memset(folded + length, 0, text.len + SHAPE_PADDING - length);
    if (!grow(detect, &detect->words, &detect->word_capacity, shape_word_count(length), sizeof *detect->words)) return;
    detect->options.shape(folded, length, SHAPE_TEXT, 0, detect->words);
    shaped_text_detect(detect, &(struct shaped_text){folded, detect->words, 0, length, true}, with_time, sighting);
}

static __attribute__((noinline)) void wide_text_detect(struct detect *detect, const struct shaped_text *text, bool with_time,
                                                       struct sighting *sighting)
{
    struct span span = {text->bytes + text->start, text->end - text->start};
    if (fold_wanted(span)) detect_bytes(detect, span, with_time, sighting);
    else shaped_text_detect(detect, text, with_time, sighting);
}

void detect_text(struct detect *detect, const struct shaped_text *text, bool with_time, struct sighting *sighting)
{
    if (detect->may_be_wide) wide_text_detect(detect, text, with_time, sighting);
    else shaped_text_detect(detect, text, with_time, sighting);
}

/* No label, no key and no position can stand in one word: it has the form of a kind as a whole or none. */
void detect_word_judge(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    enum { IMEI_LENGTH = 15 };
    size_t length = text->end - text->start;
    if (detect->options.use_pcre2) {
        detect_bytes(detect, (struct span){text->bytes + text->start, length}, false, sighting);
    } else if (length == IMEI_LENGTH && (unsigned char)(text->bytes[text->start] - '0') <= 9) { /* its check refuses letters */
        if (may_be_notated(detect, text)) shaped_text_detect(detect, text, false, sighting); /* of an H3 index too */
        else judge_proposal(detect, text, &(struct proposal){KIND_IMEI, text->start, text->end}, sighting);
    } else {
        struct proposal proposal;
        if (propose_run_at(text->bytes, text->start, text->end, text->start, text->end, &proposal))
            judge_proposal(detect, text, &proposal, sighting);
    }
}
