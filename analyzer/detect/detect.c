#include "detect.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/checkdigit.h"
#include "../../detectors/location.h"
#include "../support/hash.h"
#include "event_time.h"
#include "fold.h"
#include "propose.h"

enum {
    MEMO_SLOTS = 1024,
    SHORT_KEY_BITS = 8,
    SHORT_KEY_MAX = 8,        /* names that are one word of memory */
    MEMO_NAME_MAX = 38,       /* longer names are asked for each time */
    LABEL_GAP_MAX = 5,        /* characters between a label and its value */
    LABEL_WORDS_MAX = 4,
    LABEL_BYTES_MAX = 64,
    KEY_BYTES_MAX = 64,
    TIME_COLONS_MAX = 16,     /* clocks that are tried before a text counts as without time */
    POSITIONS_AT_ONCE = 64,
    TEXT_RANK = 0x4000        /* customers named inside text come after those named by a field */
};

struct memo {
    uint8_t length;
    char name[MEMO_NAME_MAX];
    uint32_t label_mask;
    struct field_plan plan;
};

/* The same for short names; 0 is an empty slot, since no name has that byte. */
struct short_key {
    uint64_t name;
    struct field_plan plan;
};

struct value_range {
    size_t start, end;
};

struct detect {
    struct detect_options options;
    struct detect_counts counts;
    struct proposer *proposer;
    struct memo keys[MEMO_SLOTS], labels[MEMO_SLOTS];
    struct short_key short_keys[1 << SHORT_KEY_BITS];
    struct field_plan long_key; /* the plan of a name that is not short */
    bool failed, hit_limit;
    bool may_be_wide; /* the block holds bytes that begin full-width characters or other dashes */
    const char *block;
    size_t block_length;

    struct shape_word *words; /* shapes of text that came without */
    size_t word_capacity;
    struct value_range *taken; /* values that were judged under their key */
    size_t taken_count, taken_capacity;
    char **scratch; /* pieces that live until the next block */
    size_t scratch_count, scratch_capacity;
    size_t scratch_used, scratch_room;
};

/* ------------------------------------------------------------------ memory */

char *detect_scratch(struct detect *detect, size_t length)
{
    enum { PIECE_BYTES = 64 * 1024 };
    if (detect->scratch_count > 0 && length <= detect->scratch_room - detect->scratch_used) {
        char *at = detect->scratch[detect->scratch_count - 1] + detect->scratch_used;
        detect->scratch_used += length;
        return at;
    }
    if (detect->scratch_count == detect->scratch_capacity) {
        size_t capacity = detect->scratch_capacity * 2 + 8;
        char **pieces = realloc(detect->scratch, capacity * sizeof *pieces);
        if (pieces == NULL) return detect->failed = true, NULL;
        detect->scratch = pieces;
        detect->scratch_capacity = capacity;
    }
    size_t room = length > PIECE_BYTES ? length : PIECE_BYTES;
    char *piece = malloc(room);
    if (piece == NULL) return detect->failed = true, NULL;
    detect->scratch[detect->scratch_count++] = piece;
    detect->scratch_room = room;
    detect->scratch_used = length;
    return piece;
}

/* The first piece is kept for the next block. */
static void scratch_reset(struct detect *detect)
{
    while (detect->scratch_count > 1) free(detect->scratch[--detect->scratch_count]);
    detect->scratch_used = 0;
    if (detect->scratch_count == 0) detect->scratch_room = 0;
}

bool detect_failed(const struct detect *detect)
{
    return detect->failed;
}

static bool grow(struct detect *detect, void *array_of, size_t *capacity, size_t needed, size_t item_bytes)
{
    void **array = array_of;
    if (needed <= *capacity) return true;
    size_t wanted = needed * 2 + 8;
    void *made = realloc(*array, wanted * item_bytes);
    if (made == NULL) return detect->failed = true, false;
    *array = made;
    *capacity = wanted;
    return true;
}

/* ------------------------------------------------------------------ booking into the sighting */

static bool is_junk(const struct detect *detect, enum kind kind, const struct verdict *verdict)
{
    for (size_t i = 0; i < detect->options.junk_count; i++)
        if (detect->options.junk[i].kind == kind && strcmp(detect->options.junk[i].canonical, verdict->canonical) == 0)
            return true;
    return false;
}

static void count_rejected(struct detect *detect, enum kind kind, enum reason reason)
{
    if (reason == REASON_NONE || reason == REASON_FORM || reason == REASON_UNLABELLED) return;
    detect->counts.rejected[kind]++;
    detect->counts.rejected_by_reason[reason]++;
}

/* Returns whether something was booked. */
static bool book_identifier(struct detect *detect, enum kind kind, const struct verdict *verdict, struct sighting *sighting)
{
    if (verdict->grade == GRADE_NONE) {
        count_rejected(detect, kind, verdict->reason);
        return false;
    }
    if (detect->options.junk_count > 0 && is_junk(detect, kind, verdict)) {
        count_rejected(detect, kind, REASON_JUNK);
        return true;
    }
    if (!grow(detect, &sighting->identifiers, &sighting->identifier_capacity, sighting->identifier_count + 1,
              sizeof *sighting->identifiers))
        return false;
    struct tally_identifier *identifier = &sighting->identifiers[sighting->identifier_count++];
    identifier->kind = (uint8_t)kind;
    identifier->grade = (uint8_t)verdict->grade;
    identifier->sample = verdict->sample;
    identifier->length = verdict->length;
    memcpy(identifier->canonical, verdict->canonical, sizeof identifier->canonical);
    sighting->findings++;
    detect->counts.findings++;
    return true;
}

static bool is_default_point(const struct detect *detect, const struct position *position)
{
    for (size_t i = 0; i < detect->options.default_point_count; i++)
        if (detect->options.default_points[i].latitude_e7 == position->latitude_e7 &&
            detect->options.default_points[i].longitude_e7 == position->longitude_e7)
            return true;
    return false;
}

static void count_position_rejected(struct detect *detect, enum reason reason)
{
    if (reason == REASON_NONE || reason == REASON_FORM) return;
    detect->counts.locations_rejected++;
    detect->counts.rejected_by_reason[reason]++;
}

static void book_position(struct detect *detect, const struct position *position, struct sighting *sighting)
{
    if (is_default_point(detect, position)) {
        count_position_rejected(detect, REASON_DEFAULT_POINT);
        return;
    }
    sighting->findings++;
    detect->counts.findings++;
    if (position->grade < GRADE_LIKELY) {
        detect->counts.locations_possible++;
        return;
    }
    if (!grow(detect, &sighting->cells, &sighting->fix_capacity, sighting->fix_count + 1, sizeof *sighting->cells)) return;
    sighting->cells[sighting->fix_count++] = tally_cell(position->latitude_e7, position->longitude_e7);
    detect->counts.fixes++;
}

/* ------------------------------------------------------------------ fields */

static struct span trim(struct span value)
{
    while (value.len > 0 && (value.at[0] == ' ' || value.at[0] == '\t')) value.at++, value.len--;
    while (value.len > 0 && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t' ||
                             value.at[value.len - 1] == '\r'))
        value.len--;
    return value;
}

/* What exports write where nobody is named. */
static bool names_nobody(struct span value)
{
    static const char *const empty[] = {"null", "NULL", "Null", "none", "None", "NONE", "nil", "N/A", "n/a", "NA",
                                        "-", "--", "\\N", "undefined", "NaN", "nan"};
    if (value.len == 0) return true;
    char first = value.at[0];
    if (value.len > 9 || (first != 'n' && first != 'N' && first != '-' && first != '\\' && first != 'u')) return false;
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
        if (strlen(empty[i]) == value.len && memcmp(empty[i], value.at, value.len) == 0) return true;
    return false;
}

static bool take_customer(uint16_t rank, struct span value, struct sighting *sighting)
{
    value = trim(value);
    if (names_nobody(value)) return false;
    if (sighting->has_customer && sighting->customer_rank <= rank) return true;
    sighting->has_customer = true;
    sighting->customer_rank = rank;
    sighting->customer = value;
    return true;
}

static __attribute__((noinline)) bool take_time(struct detect *detect, uint16_t rank, struct span value, struct sighting *sighting)
{
    if (sighting->has_time && sighting->time_rank <= rank) return true;
    struct event_time time;
    value = trim(value);
    if (!event_time_read(value, &time)) return false;
    if (!time.has_zone) {
        time.seconds -= detect->options.timezone_offset_s;
        detect->counts.times_without_zone++;
    }
    sighting->has_time = true;
    sighting->time_rank = rank;
    sighting->time_s = time.seconds;
    return true;
}

static __attribute__((noinline)) bool take_identifier(struct detect *detect, const struct field_plan *plan, struct span value, struct sighting *sighting)
{
    struct verdict verdict;
    enum kind kind = check_labelled(value, plan->label_mask, detect->options.kinds_mask, &verdict);
    if (kind != KIND_NONE) return book_identifier(detect, kind, &verdict, sighting);
    if (verdict.reason == REASON_NONE || verdict.reason == REASON_FORM) return false;
    count_rejected(detect, (enum kind)__builtin_ctz(plan->label_mask), verdict.reason);
    return true;
}

bool detect_field(struct detect *detect, const struct field_plan *plan, struct span value, struct sighting *sighting)
{
    if (plan->role == ROLE_CUSTOMER) return take_customer(plan->rank, value, sighting);
    if (plan->role == ROLE_TIME) return take_time(detect, plan->rank, value, sighting);
    if (plan->role != ROLE_IDENTIFIER || value.len == 0) return true;
    return take_identifier(detect, plan, value, sighting);
}

static void judge_numbers(struct detect *detect, struct coordinate first, struct coordinate second, bool labelled,
                          struct sighting *sighting)
{
    struct position position;
    enum reason reason = position_judge(first, second, labelled, &position);
    if (reason == REASON_NONE) book_position(detect, &position, sighting);
    else count_position_rejected(detect, reason);
}

void detect_pair(struct detect *detect, struct span latitude, struct span longitude, struct sighting *sighting)
{
    if (!detect->options.locations || latitude.len == 0 || longitude.len == 0) return;
    struct coordinate first = coordinate_read(latitude), second = coordinate_read(longitude);
    if (first.valid && second.valid) {
        judge_numbers(detect, first, second, true, sighting);
        return;
    }
    struct position position;
    enum reason reason = position_from_fields(latitude, longitude, &position);
    if (reason == REASON_NONE) book_position(detect, &position, sighting);
    else count_position_rejected(detect, reason);
}

void detect_neighbours(struct detect *detect, struct span first, struct span second, struct sighting *sighting)
{
    if (!detect->options.locations) return;
    struct coordinate a = coordinate_read(first), b = coordinate_read(second);
    if (!a.valid || !b.valid || a.decimals == 0 || b.decimals == 0) return;
    struct position position;
    if (position_judge(a, b, false, &position) == REASON_NONE) book_position(detect, &position, sighting);
}

/* ------------------------------------------------------------------ names in text */

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
    const struct plan_source *plans = &detect->options.plans;
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
static uint32_t label_before(struct detect *detect, const struct shaped_text *text, size_t at)
{
    const char *bytes = text->bytes;
    size_t end = at;
    while (end > text->start && at - end < LABEL_GAP_MAX && is_gap_byte(bytes[end - 1])) end--;
    /* A full-width colon or blank belongs to the gap as well. */
    while (end >= text->start + 3 && (memcmp(bytes + end - 3, "\xEF\xBC\x9A", 3) == 0 ||
                                      memcmp(bytes + end - 3, "\xE3\x80\x80", 3) == 0))
        end -= 3;
    size_t begin = end;
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

/* ------------------------------------------------------------------ values under a key in text */

/* What ends a value, and what ends one that holds no blanks. */
enum { ENDS_VALUE = 1, ENDS_WORD = 2 };
static const uint8_t value_ends[256] = {
    [','] = ENDS_VALUE, [';'] = ENDS_VALUE, ['&'] = ENDS_VALUE, ['"'] = ENDS_VALUE, ['\''] = ENDS_VALUE,
    [')'] = ENDS_VALUE, [']'] = ENDS_VALUE, ['}'] = ENDS_VALUE, ['>'] = ENDS_VALUE, ['<'] = ENDS_VALUE,
    ['\n'] = ENDS_VALUE, ['\t'] = ENDS_VALUE, ['|'] = ENDS_VALUE, [' '] = ENDS_WORD,
};

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

/* The value that begins behind `from`: quoted up to its quote, else up to what ends values. */
static struct value_range value_after(const struct shaped_text *text, size_t from, bool blanks_inside)
{
    const char *bytes = text->bytes;
    while (from < text->end && (bytes[from] == ' ' || bytes[from] == '\t')) from++;
    if (from < text->end && (bytes[from] == '"' || bytes[from] == '\'')) {
        char quote = bytes[from++];
        const char *close = memchr(bytes + from, quote, text->end - from);
        if (close != NULL) return (struct value_range){from, (size_t)(close - bytes)};
    }
    unsigned ends = ENDS_VALUE | (blanks_inside ? 0u : ENDS_WORD);
    size_t to = bits_run_end(&text->words->alnum, from, text->end);
    while (to < text->end && (value_ends[(unsigned char)bytes[to]] & ends) == 0)
        to = bits_run_end(&text->words->alnum, to + 1, text->end);
    return (struct value_range){from, to};
}

/* The plan of the name before `at`. A short one of letters and digits alone, which most are, is found
 * by its bytes as one number. */
static const struct field_plan *plan_before(struct detect *detect, const struct shaped_text *text, size_t at)
{
    const char *bytes = text->bytes;
    size_t from = bits_run_start(&text->words->alnum, text->start, at), length = at - from;
    bool whole = from == text->start || bytes[from - 1] == ' ' ||
                 (!is_word_byte(bytes[from - 1]) && bytes[from - 1] != '.' && bytes[from - 1] != '-');
    if (length == 0 || length > SHORT_KEY_MAX || at < SHORT_KEY_MAX || !whole) {
        detect->long_key = key_plan(detect, key_before(text, at));
        return &detect->long_key;
    }
    uint64_t name = eight_load(bytes + at - SHORT_KEY_MAX) >> (8 * (SHORT_KEY_MAX - length));
    struct short_key *slot = &detect->short_keys[(name * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - SHORT_KEY_BITS)];
    if (slot->name != name) {
        slot->plan = key_plan(detect, (struct span){bytes + from, length});
        slot->name = name;
    }
    return &slot->plan;
}

static void take_key(struct detect *detect, const struct shaped_text *text, size_t at, struct sighting *sighting)
{
    const struct field_plan *known = plan_before(detect, text, at);
    if (known->role != ROLE_CUSTOMER && known->role != ROLE_TIME && known->role != ROLE_IDENTIFIER) return;
    struct field_plan plan = *known;
    if (plan.role == ROLE_CUSTOMER || plan.role == ROLE_TIME) plan.rank = (uint16_t)(plan.rank | TEXT_RANK);
    struct value_range range = value_after(text, at + 1, plan.role == ROLE_TIME);
    struct span value = {text->bytes + range.start, range.end - range.start};
    if (value.len == 0 || !detect_field(detect, &plan, value, sighting)) return;
    if (!grow(detect, &detect->taken, &detect->taken_capacity, detect->taken_count + 1, sizeof *detect->taken)) return;
    detect->taken[detect->taken_count++] = range;
}

/* ------------------------------------------------------------------ text */

static void judge_proposal(struct detect *detect, const struct shaped_text *text, const struct proposal *proposal,
                           struct sighting *sighting)
{
    struct span value = {text->bytes + proposal->start, proposal->end - proposal->start};
    struct verdict verdict;
    uint32_t mask = proposal->start > text->start ? label_before(detect, text, proposal->start) : 0;
    if (mask != 0) {
        enum kind kind = check_labelled(value, mask, detect->options.kinds_mask, &verdict);
        if (kind != KIND_NONE) {
            book_identifier(detect, kind, &verdict, sighting);
            return;
        }
    }
    if (proposal->kind == KIND_NONE || (KIND_BIT(proposal->kind) & detect->options.kinds_mask) == 0) return;
    struct candidate candidate = {value, false};
    detectors[proposal->kind]->check(&candidate, &verdict);
    book_identifier(detect, proposal->kind, &verdict, sighting);
}

static bool lies_in_taken(const struct detect *detect, const struct proposal *proposal)
{
    for (size_t i = 0; i < detect->taken_count; i++)
        if (proposal->start < detect->taken[i].end && proposal->end > detect->taken[i].start) return true;
    return false;
}

static void text_identifiers(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    struct proposal proposal;
    if (detect->options.use_pcre2) {
        proposer_text(detect->proposer, text->bytes, text->start, text->end);
        while (proposer_next(detect->proposer, &proposal))
            if (!lies_in_taken(detect, &proposal)) judge_proposal(detect, text, &proposal, sighting);
        enum proposer_trouble trouble = proposer_take_trouble(detect->proposer);
        detect->failed |= trouble == PROPOSER_NO_MEMORY;
        detect->hit_limit |= trouble == PROPOSER_LIMIT;
        return;
    }
    /* A bit stands behind its shape: on the byte after the last one it may stand too. Keys come in
     * order, so that those whose values lie behind the candidate need not be asked again. */
    size_t passed = 0;
    struct bit_walk candidates = bits_walk(&text->words->candidate, text->start, text->end + 1);
    for (size_t at; (at = bits_step(&candidates)) <= text->end;) {
        while (passed < detect->taken_count && detect->taken[passed].end < at) passed++;
        if (passed < detect->taken_count && detect->taken[passed].start < at) continue;
        size_t from = bits_run_start(&text->words->alnum, text->start, at);
        if (at - from > PROPOSE_RUN_MAX) continue;
        if (propose_run_at(text->bytes, text->start, text->end, from, at, &proposal) && !lies_in_taken(detect, &proposal))
            judge_proposal(detect, text, &proposal, sighting);
    }
}

static void text_positions(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    struct position found[POSITIONS_AT_ONCE];
    uint64_t rejected[REASON_COUNT] = {0};
    struct span span = {text->bytes + text->start, text->end - text->start};
    struct position *all = found;
    size_t count = positions_find(span, found, POSITIONS_AT_ONCE, rejected);
    if (count > POSITIONS_AT_ONCE) {
        uint64_t again[REASON_COUNT] = {0};
        all = malloc(count * sizeof *all);
        if (all == NULL) {
            detect->failed = true;
            return;
        }
        positions_find(span, all, count, again);
    }
    for (size_t i = 0; i < count; i++) book_position(detect, &all[i], sighting);
    for (int reason = 0; reason < REASON_COUNT; reason++) {
        detect->counts.rejected_by_reason[reason] += rejected[reason];
        detect->counts.locations_rejected += rejected[reason];
    }
    if (all != found) free(all);
}

/* The first date with a time of day. Clocks are found by their colons. */
static void text_time(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    enum { DATE_AND_HOUR = 13 };
    const char *bytes = text->bytes + text->start, *end = text->bytes + text->end, *from = bytes;
    for (int tries = 0; tries < TIME_COLONS_MAX && from < end; tries++) {
        const char *colon = memchr(from, ':', (size_t)(end - from));
        if (colon == NULL) return;
        from = colon + 1;
        if (colon - bytes < DATE_AND_HOUR) continue;
        struct span value = {colon - DATE_AND_HOUR, (size_t)(end - (colon - DATE_AND_HOUR))};
        if ((unsigned char)(value.at[0] - '0') <= 9 && take_time(detect, UINT16_MAX, value, sighting)) return;
    }
}

static void shaped_text_detect(struct detect *detect, const struct shaped_text *text, bool with_time,
                               struct sighting *sighting)
{
    detect->taken_count = 0;
    struct bit_walk keys = bits_walk(&text->words->key, text->start, text->end);
    for (size_t at; (at = bits_step(&keys)) < text->end;) take_key(detect, text, at, sighting);
    text_identifiers(detect, text, sighting);
    if (detect->options.locations && bits_any(&text->words->decimal, text->start, text->end)) text_positions(detect, text, sighting);
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
    shaped_text_detect(detect, &(struct shaped_text){folded, detect->words, 0, length}, with_time, sighting);
}

void detect_text(struct detect *detect, const struct shaped_text *text, bool with_time, struct sighting *sighting)
{
    struct span span = {text->bytes + text->start, text->end - text->start};
    if (detect->may_be_wide && fold_wanted(span)) detect_bytes(detect, span, with_time, sighting);
    else shaped_text_detect(detect, text, with_time, sighting);
}

/* ------------------------------------------------------------------ open, close */

void detect_block_begin(struct detect *detect, const char *bytes, size_t length)
{
    scratch_reset(detect);
    detect->block = bytes;
    detect->block_length = length;
    detect->may_be_wide = fold_block_may_want(bytes, length);
}

enum status detect_open(const struct detect_options *options, struct detect **detect, struct fault *fault)
{
    struct detect *made = calloc(1, sizeof *made);
    *detect = made;
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory for the detectors");
    made->options = *options;
    if (options->use_pcre2) {
        enum status status = proposer_open(options->kinds_mask, &made->proposer, fault);
        if (status != STATUS_OK) {
            detect_close(made);
            *detect = NULL;
            return status;
        }
    }
    return STATUS_OK;
}

void detect_close(struct detect *detect)
{
    if (detect == NULL) return;
    proposer_close(detect->proposer);
    while (detect->scratch_count > 0) free(detect->scratch[--detect->scratch_count]);
    free(detect->scratch);
    free(detect->words);
    free(detect->taken);
    free(detect);
}

const struct detect_counts *detect_counts(const struct detect *detect)
{
    return &detect->counts;
}

bool detect_take_limit(struct detect *detect)
{
    bool hit = detect->hit_limit;
    detect->hit_limit = false;
    return hit;
}

void detect_counts_restore(struct detect *detect, const struct detect_counts *counts)
{
    detect->counts = *counts;
}
