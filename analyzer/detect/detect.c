#include "detect.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/checkdigit.h"
#include "../../detectors/datum.h"
#include "../../detectors/frame_number.h"
#include "../../detectors/labels.h"
#include "../../detectors/location.h"
#include "../../detectors/location_nmea.h"
#include "../../detectors/location_code.h"
#include "../../detectors/location_polyline.h"
#include "../../detectors/location_scaled.h"
#include "../../detectors/plate.h"
#include "../../detectors/slaac.h"
#include "../support/hash.h"
#include "event_time.h"
#include "fold.h"
#include "marks.h"
#include "propose.h"

enum {
    MEMO_SLOTS = 1024,
    SHORT_KEY_BITS = 10,
    SHORT_KEY_MAX = 8,        /* names that are one word of memory */
    MEMO_NAME_MAX = 38,       /* longer names are asked for each time */
    LABEL_GAP_MAX = 5,        /* characters between a label and its value */
    LABEL_WORDS_MAX = 4,
    LABEL_BYTES_MAX = 64,
    KEY_BYTES_MAX = 64,
    GROUPS_MAX = 8,           /* words of one number */
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

/* The same for short names, with the rank that their values have in text and no role where none is taken there.
 * 0 is an empty slot, since no name has that byte. */
struct short_key {
    uint64_t name;          /* the first character lowest */
    struct short_key *next; /* the slot of the name that came behind it last; lines of a log repeat themselves */
    struct short_key *other; /* the one before that: some lines leave a name out */
    struct field_plan plan;
    uint8_t kind;           /* the first kind that its values are asked for; KIND_NONE where more is to be asked */
    uint8_t shift;          /* of eight bytes that end with the name */
    int8_t sign_at;         /* where in these the byte before it stands */
};

struct value_range {
    size_t start, end;
};

struct detect {
    struct detect_options options;
    struct detect_counts counts;
    struct proposer *proposer;
    struct memo keys[MEMO_SLOTS], labels[MEMO_SLOTS];
    struct short_key short_keys[1 << SHORT_KEY_BITS], *short_key; /* the one seen last */
    bool pairs_are_keys; /* two hex digits can be the name of something */
    struct label_tails label_tails;
    struct short_key long_key; /* the plan of a name that is not short */
    struct {
        uint32_t labels;
        struct candidate candidate;
        struct verdict verdict;
        struct event_time time;
        struct position position;
    } hand; /* the value in hand: on the stack its address would have to be guarded for every cell */
    bool failed, hit_limit;
    bool scaled_seen; /* the text in hand has a key of an axis in whole numbers */
    bool may_be_wide; /* the block holds bytes that begin full-width characters or other dashes */
    struct marks marks; /* of the block */
    struct notation_bytes notation_bytes;
    const char *block;
    size_t block_length;

    struct shape_word *words; /* shapes of text that came without */
    size_t word_capacity;
    size_t points[POSITIONS_AT_ONCE], point_count; /* of the text in hand, whose start is 0 */
    struct value_range *taken; /* values that were judged under their key */
    size_t taken_count, taken_capacity;
    struct custom_search *customs; /* NULL: the profile has no kinds of its own */
    struct value_range *found;     /* with these: what was booked from the text at hand */
    size_t found_count, found_capacity;
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
    return detect->failed || (detect->customs != NULL && custom_search_failed(detect->customs));
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

static __attribute__((noinline)) bool identifiers_grow(struct detect *detect, struct sighting *sighting)
{
    return grow(detect, &sighting->identifiers, &sighting->identifier_capacity, sighting->identifier_count + 1,
                sizeof *sighting->identifiers);
}

static __attribute__((noinline)) bool cells_grow(struct detect *detect, struct sighting *sighting)
{
    return grow(detect, &sighting->cells, &sighting->fix_capacity, sighting->fix_count + 1, sizeof *sighting->cells);
}

/* ------------------------------------------------------------------ booking into the sighting */

static __attribute__((noinline)) bool is_junk(const struct detect *detect, enum kind kind, const struct verdict *verdict)
{
    char canonical[IDENTIFIER_SIZE];
    verdict_text(verdict, canonical);
    for (size_t i = 0; i < detect->options.junk_count; i++)
        if (detect->options.junk[i].kind == kind && strcmp(detect->options.junk[i].canonical, canonical) == 0)
            return true;
    return false;
}

static __attribute__((noinline)) void count_rejected(struct detect *detect, enum kind kind, enum reason reason)
{
    if (reason == REASON_NONE || reason == REASON_FORM || reason == REASON_UNLABELLED) return;
    detect->counts.rejected[kind]++;
    detect->counts.rejected_by_reason[reason]++;
}

/* Returns whether something was booked. */
static inline bool book_identifier(struct detect *detect, enum kind kind, const struct verdict *verdict,
                                   struct sighting *sighting)
{
    if (verdict->grade == GRADE_NONE) {
        count_rejected(detect, kind, verdict->reason);
        return false;
    }
    if (detect->options.junk_count > 0 && is_junk(detect, kind, verdict)) {
        count_rejected(detect, kind, REASON_JUNK);
        return true;
    }
    if (sighting->identifier_count == sighting->identifier_capacity && !identifiers_grow(detect, sighting)) return false;
    tally_identifier_set(&sighting->identifiers[sighting->identifier_count++], kind, verdict);
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

static uint64_t position_bits(const struct position *position)
{
    return (uint64_t)(uint32_t)position->latitude_e7 << 32 | (uint32_t)position->longitude_e7;
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
    if (sighting->fix_count == sighting->fix_capacity && !cells_grow(detect, sighting)) return;
    sighting->cells[sighting->fix_count++] = tally_cell(position->latitude_e7, position->longitude_e7);
    uint64_t exact = position_bits(position);
    sighting->positions[0] += mix64(exact);
    sighting->positions[1] += mix64(~exact);
    detect->counts.fixes++;
}

/* ------------------------------------------------------------------ fields */

static inline struct span trim(struct span value)
{
    if (value.len > 0 && value.at[0] > ' ' && value.at[value.len - 1] > ' ') return value; /* most by far */
    while (value.len > 0 && (value.at[0] == ' ' || value.at[0] == '\t')) value.at++, value.len--;
    while (value.len > 0 && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t' ||
                             value.at[value.len - 1] == '\r'))
        value.len--;
    return value;
}

/* What exports write where nobody is named. */
static inline bool names_nobody(struct span value)
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

bool detect_customer(uint16_t rank, struct span value, struct sighting *sighting)
{
    value = trim(value);
    if (names_nobody(value)) return false;
    if (sighting->has_customer && sighting->customer_rank <= rank) return true;
    sighting->has_customer = true;
    sighting->customer_rank = rank;
    sighting->customer = value;
    return true;
}

bool detect_time(struct detect *detect, uint16_t rank, struct span value, struct sighting *sighting)
{
    if (sighting->has_time && sighting->time_rank <= rank) return true;
    struct event_time *time = &detect->hand.time;
    if (!event_time_read(trim(value), time)) return false;
    if (!time->has_zone) {
        time->seconds -= detect->options.timezone_offset_s;
        detect->counts.times_without_zone++;
    }
    sighting->has_time = true;
    sighting->time_rank = rank;
    sighting->time_s = time->seconds;
    return true;
}

/* What the first kind of its label does not confirm as it stands: the value in hand. */
static __attribute__((noinline)) bool take_doubtful(struct detect *detect, struct sighting *sighting)
{
    uint32_t labels = detect->hand.labels, allowed = detect->options.kinds_mask;
    struct verdict verdict = detect->hand.verdict;
    enum kind kind = check_labelled_further(detect->hand.candidate.text, labels, allowed, &verdict);
    if (kind != KIND_NONE) return book_identifier(detect, kind, &verdict, sighting);
    if (verdict.reason == REASON_NONE || verdict.reason == REASON_FORM) return false;
    count_rejected(detect, (enum kind)__builtin_ctz(labels), verdict.reason);
    return true;
}

bool detect_identifier(struct detect *detect, uint32_t labels, struct span value, struct sighting *sighting)
{
    uint32_t mask = labels & detect->options.kinds_mask & KINDS_ALL;
    enum kind first = (enum kind)__builtin_ctz(mask | KIND_BIT(KIND_COUNT));
    detect->hand.labels = labels;
    detect->hand.candidate = (struct candidate){value, true};
    detect->hand.verdict.grade = GRADE_NONE;
    if (mask != 0) detectors[first]->check(&detect->hand.candidate, &detect->hand.verdict);
    if (detect->hand.verdict.grade == GRADE_CONFIRMED) return book_identifier(detect, first, &detect->hand.verdict, sighting);
    return take_doubtful(detect, sighting);
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
    struct position *position = &detect->hand.position;
    if (position_plain(latitude, longitude, position)) {
        book_position(detect, position, sighting);
        return;
    }
    struct coordinate first = coordinate_read(latitude), second = coordinate_read(longitude);
    if (first.valid && second.valid) {
        judge_numbers(detect, first, second, true, sighting);
        return;
    }
    enum reason reason = position_from_fields(latitude, longitude, position);
    if (reason == REASON_NONE) book_position(detect, position, sighting);
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

static void judge_place(struct detect *detect, const struct position *position, enum reason reason, struct sighting *sighting)
{
    if (reason == REASON_NONE) book_position(detect, position, sighting);
    else count_position_rejected(detect, reason);
}

/* A fix of the Tokyo datum in WGS 84; outside of Japan it stays as it is. */
static void move_from_tokyo(struct position *position)
{
    struct coordinate latitude = {position->latitude_e7, 0, true}, longitude = {position->longitude_e7, 0, true};
    if (!datum_from_tokyo(&latitude, &longitude)) return;
    position->latitude_e7 = (int32_t)latitude.value_e7;
    position->longitude_e7 = (int32_t)longitude.value_e7;
}

static enum reason read_pair(struct span latitude, struct span longitude, unsigned scale, struct position *position)
{
    if (latitude.len == 0 || longitude.len == 0) return REASON_FORM;
    if (scale == SCALE_DEGREES) return position_from_fields(latitude, longitude, position);
    return scaled_judge(latitude, longitude, (enum scale)scale, position);
}

void detect_pair_as(struct detect *detect, struct span latitude, struct span longitude, unsigned scale, bool tokyo,
                    struct sighting *sighting)
{
    struct position position;
    if (!detect->options.locations) return;
    enum reason reason = read_pair(latitude, longitude, scale, &position);
    if (reason == REASON_NONE && tokyo) move_from_tokyo(&position);
    judge_place(detect, &position, reason, sighting);
}

void detect_pair_move(struct detect *detect, struct span latitude, struct span longitude, unsigned scale, struct sighting *sighting)
{
    struct position position;
    if (!detect->options.locations || read_pair(latitude, longitude, scale, &position) != REASON_NONE) return;
    if (is_default_point(detect, &position)) return;
    uint32_t cell = tally_cell(position.latitude_e7, position.longitude_e7);
    size_t at = sighting->fix_count;
    while (at > 0 && sighting->cells[at - 1] != cell) at--;
    if (at == 0) return;
    uint64_t before = position_bits(&position);
    move_from_tokyo(&position);
    sighting->cells[at - 1] = tally_cell(position.latitude_e7, position.longitude_e7);
    uint64_t after = position_bits(&position);
    sighting->positions[0] += mix64(after) - mix64(before);
    sighting->positions[1] += mix64(~after) - mix64(~before);
}

bool detect_says_tokyo(const struct field_plan *plan, struct span value)
{
    return datum_read(value, plan->notation != 0) == DATUM_TOKYO;
}

static bool take_polyline(struct detect *detect, struct span text, uint8_t decimals, struct sighting *sighting)
{
    if (!polyline_holds(text, decimals)) return false;
    struct polyline line = {text, 0, 0, decimals};
    struct position position;
    while (polyline_next(&line, &position)) book_position(detect, &position, sighting);
    return true;
}

bool detect_place(struct detect *detect, const struct field_plan *plan, struct span value, struct sighting *sighting)
{
    if (!detect->options.locations || value.len == 0) return true;
    if (plan->role == ROLE_SCALED_LATITUDE || plan->role == ROLE_SCALED_LONGITUDE) detect->scaled_seen = true;
    if (plan->role != ROLE_CODE) return true;
    if (plan->notation == CODE_POLYLINE || plan->notation == CODE_POLYLINE_6)
        return take_polyline(detect, value, plan->notation == CODE_POLYLINE ? 5 : 6, sighting);
    struct position position;
    enum reason reason = code_judge((enum location_code)plan->notation, value, &position);
    judge_place(detect, &position, reason, sighting);
    return reason != REASON_FORM;
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

/* The first place from `at` on that ends a value. Letters and digits, which end none, are skipped by their bits. */
static inline size_t value_end(const struct shaped_text *text, size_t at, unsigned ends)
{
    const uint64_t last = UINT64_C(1) << 63;
    for (;;) {
        uint64_t run = bits_from(&text->words->alnum, at, text->end);
        do {
            unsigned skipped = (unsigned)__builtin_ctzll(~run | last);
            at += skipped;
            if (at >= text->end) return text->end;
            if ((value_ends[(unsigned char)text->bytes[at]] & ends) != 0) return at;
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
        const char *close = memchr(bytes + from, quote, text->end - from);
        if (close != NULL) return (struct value_range){from, (size_t)(close - bytes)};
    }
    return (struct value_range){from, from < text->end ? value_end(text, from, ends) : from};
}

/* A plan as it serves in text. */
static struct field_plan plan_in_text(struct field_plan plan)
{
    bool scaled = plan.role == ROLE_SCALED_LATITUDE || plan.role == ROLE_SCALED_LONGITUDE;
    /* The other codes have rows in notations.h, which find them without a name too, or are no single words. */
    bool code = plan.role == ROLE_CODE && (plan.notation == CODE_GEOHASH || plan.notation == CODE_S2);
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

static bool is_hex(char c)
{
    return (unsigned char)(c - '0') <= 9 || (unsigned char)((c | 0x20) - 'a') < 6;
}

static const char hex_digits[] = "0123456789abcdefABCDEF";

/* Slots follow themselves at first. Whether any name of the form of a pair in a MAC has a role is asked once. */
static void short_keys_open(struct detect *detect)
{
    for (size_t i = 0; i < sizeof detect->short_keys / sizeof *detect->short_keys; i++)
        detect->short_keys[i].next = detect->short_keys[i].other = &detect->short_keys[i];
    detect->short_key = detect->short_keys;
    for (const char *first = hex_digits; *first != '\0'; first++)
        for (const char *second = hex_digits; *second != '\0'; second++) {
            char name[2] = {*first, *second};
            struct field_plan plan = plan_in_text(key_plan(detect, (struct span){name, sizeof name}));
            detect->pairs_are_keys |= plan.role != ROLE_NONE;
        }
}

/* Whether the ':' at `at` stands behind a pair of a MAC, which is a name of nothing. */
static inline bool is_in_mac(const struct detect *detect, const struct shaped_text *text, size_t at)
{
    const char *bytes = text->bytes + at;
    if (*bytes != ':' || at - text->start < 3 || detect->pairs_are_keys) return false;
    return (bytes[-3] == ':' || bytes[-3] == '=') && is_hex(bytes[-2]) && is_hex(bytes[-1]);
}

/* Whether a key, and a blank before it, stands before `at`, which is not too near to the front of the text. */
static inline bool key_stands(const struct short_key *key, const char *bytes, size_t at)
{
    const char *name = bytes + at - SHORT_KEY_MAX;
    return eight_load(name) >> key->shift == key->name && name[key->sign_at] == ' ';
}

/* The key of the name before `at`. A short one of letters and digits alone, which most are, is found by its bytes as
 * one number. */
static __attribute__((noinline)) const struct short_key *key_find(struct detect *detect, const struct shaped_text *text, size_t at)
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
                                   .sign_at = (int8_t)(SHORT_KEY_MAX - 1 - length)};
    }
    if (sign == ' ') {
        last->other = last->next;
        last->next = detect->short_key = slot;
    }
    return slot;
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

static bool is_group_byte(char c)
{
    return proposer_is_alnum(c) || c == '-';
}

/* Books the longest run of words from range->start on that is a number written in groups, of a kind whose check
 * digits tell where it ends. Moves the range's end. */
static __attribute__((noinline)) bool take_groups(struct detect *detect, uint32_t labels, const struct shaped_text *text,
                                                  struct value_range *range, struct sighting *sighting)
{
    const uint32_t kinds = (KIND_BIT(KIND_IMEI) | KIND_BIT(KIND_ICCID) | KIND_BIT(KIND_MEID) | KIND_BIT(KIND_EID) |
                            KIND_BIT(KIND_ETC_OBU)) & detect->options.kinds_mask;
    size_t ends[GROUPS_MAX], count = 0, at = range->start;
    while ((labels & kinds) != 0 && count < GROUPS_MAX && at < text->end && is_group_byte(text->bytes[at])) {
        while (at < text->end && is_group_byte(text->bytes[at])) at++;
        ends[count++] = at;
        if (at == text->end || text->bytes[at] != ' ') break;
        at++;
    }
    while (count-- > 1) {
        struct verdict verdict;
        struct span value = {text->bytes + range->start, ends[count] - range->start};
        enum kind kind = check_labelled(value, labels & kinds, kinds, &verdict);
        bool whole = verdict.grade == GRADE_CONFIRMED || kind == KIND_ETC_OBU; /* whose length tells */
        if (kind == KIND_NONE || !whole) continue;
        range->end = ends[count];
        return book_identifier(detect, kind, &verdict, sighting);
    }
    return false;
}

/* Judges a value under a key. False: it is not what its key says; the range's end may move. */
static inline bool take_range(struct detect *detect, const struct short_key *key, const struct shaped_text *text,
                              struct value_range *range, struct sighting *sighting)
{
    struct span value = {text->bytes + range->start, range->end - range->start};
    const struct field_plan *plan = &key->plan;
    if (key->kind != KIND_NONE) {
        detect->hand.labels = plan->label_mask;
        detect->hand.candidate = (struct candidate){value, true};
        detect->hand.verdict.grade = GRADE_NONE;
        detectors[key->kind]->check(&detect->hand.candidate, &detect->hand.verdict);
        if (detect->hand.verdict.grade == GRADE_CONFIRMED) return book_identifier(detect, key->kind, &detect->hand.verdict, sighting);
        if (take_doubtful(detect, sighting)) return true;
    } else if (detect_field(detect, plan, value, sighting)) {
        return true;
    }
    return plan->role == ROLE_IDENTIFIER && take_groups(detect, plan->label_mask, text, range, sighting);
}

/* Takes the value behind the '=' or ':' at `at`. Returns where it ends, SIZE_MAX for none. */
static inline size_t take_value(struct detect *detect, const struct short_key *key, const struct shaped_text *text, size_t at,
                                struct sighting *sighting)
{
    bool of_time = key->plan.role == ROLE_TIME;
    struct value_range range = of_time ? value_after(text, at + 1, ENDS_VALUE) : word_after(text, at + 1);
    if (range.start == range.end || !take_range(detect, key, text, &range, sighting)) return SIZE_MAX;
    if (!grow(detect, &detect->taken, &detect->taken_capacity, detect->taken_count + 1, sizeof *detect->taken)) return SIZE_MAX;
    detect->taken[detect->taken_count++] = range;
    return range.end;
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
    uint32_t mask = from > text->start ? label_before(detect, text, from) : 0;
    if (mask != 0) {
        struct span labelled = {text->bytes + from, proposal->end - from};
        enum kind kind = check_labelled(labelled, mask, detect->options.kinds_mask, &verdict);
        if (kind != KIND_NONE) {
            if (detect->customs != NULL) note_found(detect, from, proposal->end);
            book_identifier(detect, kind, &verdict, sighting);
            return;
        }
    }
    if (proposal->kind == KIND_NONE || (KIND_BIT(proposal->kind) & detect->options.kinds_mask) == 0) return;
    struct candidate candidate = {value, false};
    detectors[proposal->kind]->check(&candidate, &verdict);
    if (detect->customs != NULL && verdict.grade != GRADE_NONE) note_found(detect, from, proposal->end);
    book_identifier(detect, proposal->kind, &verdict, sighting);
}

/* What is taken, or found to be of a built-in kind, is booked once. */
static bool is_booked(const struct value_range *ranges, size_t count, size_t start, size_t end)
{
    for (size_t i = 0; i < count; i++)
        if (start < ranges[i].end && end > ranges[i].start) return true;
    return false;
}

static __attribute__((noinline)) void text_customs(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    const struct custom_finding *findings;
    struct span span = {text->bytes + text->start, text->end - text->start};
    size_t count = custom_search_text(detect->customs, span, detect->options.use_pcre2, &findings);
    for (size_t i = 0; i < count; i++) {
        size_t start = (size_t)(findings[i].text.at - text->bytes), end = start + findings[i].text.len;
        if (is_booked(detect->taken, detect->taken_count, start, end) || is_booked(detect->found, detect->found_count, start, end)) continue;
        if (book_identifier(detect, (enum kind)findings[i].kind, &findings[i].verdict, sighting)) note_found(detect, start, end);
    }
}

bool detect_searches_customs(const struct detect *detect)
{
    return detect->customs != NULL;
}

/* The kinds of the profile first, then those that the name is a label of. */
bool detect_custom(struct detect *detect, const struct field_plan *plan, struct span value, struct sighting *sighting)
{
    struct verdict verdict;
    uint32_t kind = custom_judge(detect->customs, plan->custom - 1u, value, &verdict);
    if (kind != KIND_NONE) return book_identifier(detect, (enum kind)kind, &verdict, sighting);
    return plan->label_mask != 0 && detect_identifier(detect, plan->label_mask, value, sighting);
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

/* Positions at the points that the shapes of a text tell. */
static void points_positions(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    if (detect->point_count == 0) return;
    struct position found[POSITIONS_AT_ONCE];
    struct span span = {text->bytes + text->start, text->end - text->start};
    size_t found_count = positions_find_at(span, detect->points, detect->point_count, found, detect->counts.rejected_by_reason,
                                           &detect->counts.locations_rejected);
    for (size_t i = 0; i < found_count; i++) book_position(detect, &found[i], sighting);
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

/* What one walk over the shapes of a text leaves to be done. */
struct rest {
    size_t first_candidate; /* SIZE_MAX for none */
    bool decimals, long_runs;
    bool points;            /* all of them are known */
};

/* A text whose notations of positions are looked for: what they take is blotted out in a copy, so that no pair of
 * numbers in it is one more position. */
struct notated {
    struct detect *detect;
    struct sighting *sighting;
    struct span text;
    bool with_time;
    char *copy; /* NULL: nothing was taken */
};

/* RMC has a date. */
static void nmea_time(struct notated *notated, struct span sentence)
{
    struct sighting *sighting = notated->sighting;
    if (!notated->with_time || sighting->has_time || !nmea_time_read(sentence, &sighting->time_s)) return;
    sighting->has_time = true;
    sighting->time_rank = UINT16_MAX;
}

static void notated_take(void *context, size_t start, size_t end, enum reason reason, const struct position *position)
{
    struct notated *notated = context;
    struct detect *detect = notated->detect;
    if (reason == REASON_NONE) book_position(detect, position, notated->sighting);
    else count_position_rejected(detect, reason);
    if (reason == REASON_NONE && notated->text.at[start] == '$')
        nmea_time(notated, (struct span){notated->text.at + start, end - start});
    if (notated->copy == NULL) {
        notated->copy = detect_scratch(detect, notated->text.len + SHAPE_PADDING);
        if (notated->copy == NULL) return;
        memcpy(notated->copy, notated->text.at, notated->text.len);
        memset(notated->copy + notated->text.len, 0, SHAPE_PADDING);
    }
    memset(notated->copy + start, '|', end - start);
}

/* Positions in a text that may hold notations, and pairs in what these leave of it. */
static __attribute__((noinline)) void notated_positions(struct detect *detect, const struct shaped_text *text,
                                                        const struct rest *rest, bool with_time, struct sighting *sighting)
{
    struct span span = {text->bytes + text->start, text->end - text->start};
    struct notated notated = {detect, sighting, span, with_time, NULL};
    struct notation_search search = {.text = span, .tell = notated_take, .context = &notated};
    notations_find(&detect->notation_bytes, &search);
    if (!rest->decimals || detect->failed) return;
    if (notated.copy != NULL) text_positions(detect, &(struct shaped_text){.bytes = notated.copy, .end = span.len}, sighting);
    else if (rest->points) points_positions(detect, text, sighting);
    else text_positions(detect, text, sighting);
}

/* Pairs under keys that name a scale. */
static __attribute__((noinline)) void scaled_positions(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    enum { BYTES_OF_PAIR = 10 }; /* at least: two keys with their values */
    uint64_t rejected[REASON_COUNT] = {0};
    struct span span = {text->bytes + text->start, text->end - text->start};
    struct position *found = malloc((span.len / BYTES_OF_PAIR + 1) * sizeof *found);
    detect->scaled_seen = false;
    if (found == NULL) {
        detect->failed = true;
        return;
    }
    size_t count = scaled_find(span, found, span.len / BYTES_OF_PAIR + 1, rejected);
    for (size_t i = 0; i < count; i++) book_position(detect, &found[i], sighting);
    free(found);
    for (int reason = 0; reason < REASON_COUNT; reason++) {
        detect->counts.rejected_by_reason[reason] += rejected[reason];
        detect->counts.locations_rejected += rejected[reason];
    }
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
    const struct short_key *key = is_in_mac(detect, text, at) ? NULL : key_find(detect, text, at);
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
    struct rest rest = {SIZE_MAX, false, false, text->of_text};
    uint64_t decimals = 0, inside = ~UINT64_C(0) << text->start % 64;
    size_t last = text->end / 64, taken_end = SIZE_MAX;
    for (size_t w = text->start / 64; w <= last; w++, inside = ~UINT64_C(0)) {
        const struct shape_word *word = &text->words[w];
        uint64_t candidates = word->candidate & inside;
        if (w == last) candidates &= (UINT64_C(2) << text->end % 64) - 1, inside &= (UINT64_C(1) << text->end % 64) - 1;
        if (taken_end / 64 == w) candidates &= ~(UINT64_C(1) << taken_end % 64);
        for (uint64_t keys = word->key & inside; keys != 0; keys &= keys - 1) {
            size_t at = w * 64 + (size_t)__builtin_ctzll(keys);
            const struct short_key *key = key_of(detect, text, at, sighting);
            if (key == NULL || key->plan.role == ROLE_NONE) continue;
            taken_end = take_value(detect, key, text, at, sighting);
            if (taken_end / 64 == w) candidates &= ~(UINT64_C(1) << taken_end % 64);
        }
        decimals |= word->decimal & inside;
        if (candidates != 0) candidates_see(text, w, candidates, &rest);
        if (rest.points && (word->special & inside) != 0) rest.points = points_keep(detect, text, w, word->special & inside);
    }
    rest.decimals = decimals != 0;
    return rest;
}

static void shaped_text_detect(struct detect *detect, const struct shaped_text *text, bool with_time,
                               struct sighting *sighting)
{
    detect->taken_count = detect->found_count = detect->point_count = 0;
    struct rest rest = take_keys(detect, text, sighting);
    bool ascii = text->bytes == detect->block && detect->marks.ascii;
    if (!ascii) take_japanese(detect, text, sighting);
    if (detect->options.use_pcre2) patterns_identifiers(detect, text, sighting);
    else if (rest.first_candidate != SIZE_MAX) text_identifiers(detect, text, rest.first_candidate, sighting);
    if (detect->options.locations && (rest.long_runs || may_be_notated(detect, text)))
        notated_positions(detect, text, &rest, with_time, sighting);
    else if (detect->options.locations && rest.decimals && rest.points)
        points_positions(detect, text, sighting);
    else if (detect->options.locations && rest.decimals)
        text_positions(detect, text, sighting);
    if (detect->scaled_seen) scaled_positions(detect, text, sighting);
    if (detect->customs != NULL) text_customs(detect, text, sighting);
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

/* ------------------------------------------------------------------ open, close */

void detect_block_begin(struct detect *detect, const char *bytes, size_t length)
{
    scratch_reset(detect);
    detect->block = bytes;
    detect->block_length = length;
    detect->marks.any = false;
    if (detect->options.locations && !marks_read(&detect->marks, bytes, length)) detect->failed = true;
    bool ascii = detect->options.locations && detect->marks.ascii;
    detect->may_be_wide = !ascii && fold_block_may_want(bytes, length);
    if (detect->customs != NULL) custom_search_block(detect->customs, bytes, length);
}

const struct marks *detect_marks(const struct detect *detect)
{
    return &detect->marks;
}

enum status detect_open(const struct detect_options *options, struct detect **detect, struct fault *fault)
{
    struct detect *made = calloc(1, sizeof *made);
    *detect = made;
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory for the detectors");
    made->options = *options;
    short_keys_open(made);
    label_tails_read(&made->label_tails);
    notation_bytes_read(&made->notation_bytes, true);
    marks_open(&made->marks);
    enum status status = STATUS_OK;
    if (options->use_pcre2) status = proposer_open(options->kinds_mask, &made->proposer, fault);
    if (status == STATUS_OK && customs_count(options->customs) > 0) status = custom_search_open(options->customs, &made->customs, fault);
    if (status == STATUS_OK) return status;
    detect_close(made);
    *detect = NULL;
    return status;
}

void detect_close(struct detect *detect)
{
    if (detect == NULL) return;
    proposer_close(detect->proposer);
    while (detect->scratch_count > 0) free(detect->scratch[--detect->scratch_count]);
    free(detect->scratch);
    free(detect->words);
    free(detect->taken);
    free(detect->found);
    custom_search_close(detect->customs);
    marks_close(&detect->marks);
    free(detect);
}

const struct detect_counts *detect_counts(const struct detect *detect)
{
    return &detect->counts;
}

bool detect_take_limit(struct detect *detect)
{
    bool hit = detect->hit_limit;
    if (detect->customs != NULL) hit |= custom_search_take_limit(detect->customs);
    detect->hit_limit = false;
    return hit;
}

void detect_counts_restore(struct detect *detect, const struct detect_counts *counts)
{
    detect->counts = *counts;
}
