#include "roster_line.h"

#include <stdlib.h>

#include "../../detectors/refused.h"
#include "../detect/detect.h"
#include "../support/csv.h"
#include "../support/utf8.h"
#include "customer_key.h"
#include "roster_values.h"

enum {
    KEYS_BYTES_MAX = (ROSTER_COLUMNS_MAX + 1) * ROSTER_KEY_BYTES_MAX,
    HASHES_BYTES_MAX = ROSTER_COLUMNS_MAX * 4,
    HASHES_COPIED = 16, /* bytes of hashes in one go */
    SAID_BYTES = 16,
    ROW_BYTES_MAX = (int)sizeof(struct roster_row) + KEYS_BYTES_MAX + HASHES_BYTES_MAX + ROSTER_ID_BYTES_MAX + 7
};
_Static_assert(ROW_BYTES_MAX <= UINT16_MAX && KEYS_BYTES_MAX < 1 << 15, "a row's length has 16 bits, that of its keys 15");
_Static_assert(HASHES_BYTES_MAX % HASHES_COPIED == 0 && (int)HASHES_COPIED <= (int)ROSTER_ROW_SLACK, "so much may be read, and written");
_Static_assert(ROSTER_LINE_BYTES_MAX < UINT32_MAX, "a block is a line's length and has no more lines");

/* The last value that was said of a kind, where it is short. Many lines say the same as the one before. */
struct said {
    char bytes[SAID_BYTES];
    uint8_t length; /* 0: none */
};

struct roster_parser {
    const struct roster_columns *columns;
    int32_t timezone_offset_s;
    uint64_t seed;
    struct custom_search *customs; /* NULL: the profile has none */
    struct csv *csv;
    struct roster_lines *lines;
    bool plain;          /* the bytes of the block: ASCII without NUL */
    bool failed;         /* no memory */

    /* The line whose cells are coming. */
    size_t cell_count;
    bool blank; /* no cell has said anything */
    size_t bad_column;
    const char *bad_reason; /* the first of them; NULL: none */
    struct roster_row *row; /* among the rows, or in none_kept where there is no memory */
    struct roster_row none_kept;
    char subdivision_country[2];
    char id[ROSTER_ID_BYTES_MAX];
    uint32_t hashes[ROSTER_COLUMNS_MAX];
    struct said type_said, country_said, from_said, to_said; /* and what these mean: */
    uint8_t type;
    char country[2];
    int64_t from_s, to_s;
    struct candidate candidate; /* without a label, */
    struct verdict verdict;     /* and what of it is judged */
    struct bytes customer; /* room for a key */
    struct refused_marks marks;
    bool kinds[UINT8_MAX + 1];
};

const struct refused_marks *roster_parser_marks(const struct roster_parser *parser)
{
    return &parser->marks;
}

const bool *roster_parser_kinds(const struct roster_parser *parser)
{
    return parser->kinds;
}

/* ------------------------------------------------------------------ cells */

/* What its row will need has room at once. */
static void line_begin(struct roster_parser *parser)
{
    struct bytes *rows = &parser->lines->rows;
    parser->failed |= !bytes_reserve(rows, ROW_BYTES_MAX + ROSTER_ROW_SLACK);
    parser->row = parser->failed ? &parser->none_kept : (struct roster_row *)(void *)(rows->at + rows->count);
    parser->cell_count = 0;
    parser->blank = true;
    parser->bad_reason = parser->failed ? "cannot be kept: no memory" : NULL;
    parser->subdivision_country[0] = '\0';
    *parser->row = (struct roster_row){.from_s = ROSTER_OPEN_FROM, .to_s = ROSTER_OPEN_TO, .birth_day = ROSTER_BIRTH_UNKNOWN};
}

static void refuse(struct roster_parser *parser, size_t column, const char *reason)
{
    if (parser->bad_reason != NULL) return;
    parser->bad_reason = reason;
    parser->bad_column = column;
}

/* As the evidence's customers are trimmed (detect.c). */
static inline struct span trim(struct span value)
{
    if (value.len == 0) return value;
    if ((unsigned char)value.at[0] > ' ' && (unsigned char)value.at[value.len - 1] > ' ') return value;
    while (value.len > 0 && (value.at[0] == ' ' || value.at[0] == '\t')) value.at++, value.len--;
    while (value.len > 0 && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t' || value.at[value.len - 1] == '\r')) value.len--;
    return value;
}

static const char *customer_take(struct roster_parser *parser, struct span value)
{
    struct span key;
    if (!customer_key(value, &parser->customer, &key)) return "cannot be kept: no memory";
    if (key.len > ROSTER_ID_BYTES_MAX) return "is longer than 255 bytes";
    bytes_copy(parser->id, key.at, key.len);
    parser->row->id_length = (uint8_t)key.len;
    parser->row->hash = roster_id_hash(key, parser->seed);
    return NULL;
}

static bool is_doubted(uint32_t kind, struct span value, const struct verdict *labelled)
{
    if (labelled->grade < GRADE_LIKELY) return true;
    if (kind >= KIND_COUNT || detectors[kind]->pattern == NULL) return false;
    struct verdict verdict;
    detectors[kind]->check(&(struct candidate){value, false}, &verdict);
    return verdict.grade < GRADE_LIKELY;
}

/* What holds without a label holds with it (a test has this of all kinds), so that most need one check only. */
static inline bool holds_at_once(struct roster_parser *parser, const struct roster_column *column, struct span value)
{
    if (column->first == NULL) return false;
    parser->candidate.text = value;
    column->first->check(&parser->candidate, &parser->verdict);
    return parser->verdict.grade >= GRADE_LIKELY;
}

/* Judges as the evidence is judged what does not hold at once: the kinds of the profile first. *doubted: whether the evidence may have it
 * where a check refuses or doubts it: with its label, or where a kind is found without, without. */
static __attribute__((noinline)) uint32_t identifier_judge(struct roster_parser *parser, const struct roster_column *column, struct span value,
                                                           struct verdict *verdict, bool *doubted)
{
    uint32_t kind = KIND_NONE;
    *doubted = false;
    if (column->custom != 0) kind = custom_judge(parser->customs, column->custom - 1u, value, verdict);
    if (column->custom != 0 && kind == KIND_NONE && column->kinds_mask != 0) {
        enum kind first = (enum kind)__builtin_ctz(column->kinds_mask);
        if (detectors[first]->pattern != NULL) {
            detectors[first]->check(&(struct candidate){value, false}, verdict);
            if (verdict->grade >= GRADE_LIKELY) return first;
        }
    }
    if (kind == KIND_NONE && column->kinds_mask != 0) kind = (uint32_t)check_labelled(value, column->kinds_mask, KINDS_ALL, verdict);
    if (kind == KIND_NONE && column->kinds_mask != 0) {
        enum kind refused = (enum kind)__builtin_ctz(column->kinds_mask);
        kind = refused_keep(value, refused, verdict) ? (uint32_t)refused : (uint32_t)KIND_NONE;
    }
    if (kind != KIND_NONE) *doubted = is_doubted(kind, value, verdict);
    return kind;
}

static void identifier_mark(struct roster_parser *parser, const struct verdict *verdict)
{
    char canonical[IDENTIFIER_SIZE];
    size_t length = verdict_text(verdict, canonical);
    refused_marks_set(&parser->marks, (struct span){canonical, length});
}

static inline void key_add(struct roster_parser *parser, uint8_t kind, const struct verdict *verdict)
{
    struct roster_row *row = parser->row;
    char *at = (char *)(row + 1) + row->key_bytes;
    size_t length = roster_key_write(at, kind, verdict->packing, verdict->packed, verdict->length);
    uint64_t hash = roster_parts_hash(kind, roster_key_form(verdict->packing, verdict->length), verdict->packed, parser->seed);
    parser->hashes[row->identifier_count++] = (uint32_t)(hash >> 32);
    parser->kinds[kind] = true;
    row->key_bytes = (uint16_t)(row->key_bytes + length);
}

static __attribute__((noinline)) const char *doubtful_take(struct roster_parser *parser, const struct roster_column *column, struct span value)
{
    bool doubted;
    struct verdict *verdict = &parser->verdict;
    uint32_t kind = identifier_judge(parser, column, value, verdict, &doubted);
    if (kind == KIND_NONE && verdict->reason == REASON_PLACEHOLDER) {
        parser->row->placeholder_count++;
        return NULL;
    }
    if (kind == KIND_NONE) return verdict->reason == REASON_ROUNDED_NUMBER ? "has lost its last digits to a spreadsheet" : "is no value of its kind";
    if (doubted) identifier_mark(parser, verdict);
    key_add(parser, (uint8_t)kind, verdict);
    return NULL;
}

/* Apart, so that cells of other kinds do not pay for its room. */
static __attribute__((noinline)) const char *identifier_take(struct roster_parser *parser, const struct roster_column *column, struct span value)
{
    if (!holds_at_once(parser, column, value)) return doubtful_take(parser, column, value);
    key_add(parser, column->first_kind, &parser->verdict);
    return NULL;
}

static const char *contact_take(struct roster_parser *parser, uint8_t contact, struct span value)
{
    bool flag;
    if (!roster_flag_read(value, &flag)) return "is neither yes nor no";
    parser->row->contact_known |= contact;
    if (flag) parser->row->contact |= contact;
    return NULL;
}

static inline bool is_said(const struct said *said, struct span value)
{
    return value.len == said->length && bytes_equal(said->bytes, value.at, value.len);
}

static void said_keep(struct said *said, struct span value)
{
    said->length = value.len <= sizeof said->bytes ? (uint8_t)value.len : 0;
    memcpy(said->bytes, value.at, said->length);
}

static const char *type_take(struct roster_parser *parser, struct span value)
{
    enum roster_type type = parser->type;
    if (!is_said(&parser->type_said, value)) {
        if (!roster_type_read(value, &type)) return "is neither person nor organisation";
        said_keep(&parser->type_said, value);
        parser->type = (uint8_t)type;
    }
    parser->row->type = (uint8_t)type;
    return NULL;
}

/* What is said for the first time is read apart, so that what is said again does not pay for its room. */
static __attribute__((noinline)) bool country_read(struct roster_parser *parser, struct span value)
{
    char country[2];
    if (!roster_country_read(value, country)) return false;
    said_keep(&parser->country_said, value);
    memcpy(parser->country, country, sizeof country);
    return true;
}

static const char *country_take(struct roster_parser *parser, struct span value)
{
    if (!is_said(&parser->country_said, value) && !country_read(parser, value)) return "is no country code of ISO 3166-1 (two letters)";
    memcpy(parser->row->place.country, parser->country, sizeof parser->country);
    return NULL;
}

static __attribute__((noinline)) bool time_read(const struct roster_parser *parser, struct said *said, int64_t *known_s, struct span value)
{
    int64_t read_s;
    if (!roster_time_read(value, parser->timezone_offset_s, &read_s)) return false;
    said_keep(said, value);
    *known_s = read_s;
    return true;
}

/* said, known_s: of this column. */
static inline const char *time_take(const struct roster_parser *parser, struct said *said, int64_t *known_s, struct span value, int64_t *time_s)
{
    if (!is_said(said, value) && !time_read(parser, said, known_s, value)) return "is no date (YYYY-MM-DD)";
    *time_s = *known_s;
    return NULL;
}

/* What is wrong with a cell of what few rosters have, or NULL. */
static __attribute__((noinline)) const char *seldom_take(struct roster_parser *parser, const struct roster_column *column, struct span value)
{
    struct roster_row *row = parser->row;
    switch (column->role) {
    case ROSTER_SUBDIVISION:
        return roster_subdivision_read(value, parser->subdivision_country, row->place.subdivision) ? NULL : "is no subdivision code of ISO 3166-2";
    case ROSTER_TYPE: return type_take(parser, value);
    case ROSTER_CONTACT_POST: return contact_take(parser, ROSTER_POST, value);
    case ROSTER_CONTACT_EMAIL: return contact_take(parser, ROSTER_EMAIL, value);
    case ROSTER_CONTACT_PHONE: return contact_take(parser, ROSTER_PHONE, value);
    case ROSTER_BIRTH: return roster_day_read(value, &row->birth_day) ? NULL : "is no date (YYYY-MM-DD)";
    default: return NULL;
    }
}

/* What is wrong with a cell, or NULL. */
static inline const char *cell_take(struct roster_parser *parser, const struct roster_column *column, struct span value)
{
    struct roster_row *row = parser->row;
    switch (column->role) {
    case ROSTER_IDENTIFIER: return identifier_take(parser, column, value);
    case ROSTER_CUSTOMER: return customer_take(parser, value);
    case ROSTER_FROM: return time_take(parser, &parser->from_said, &parser->from_s, value, &row->from_s);
    case ROSTER_TO: return time_take(parser, &parser->to_said, &parser->to_s, value, &row->to_s);
    case ROSTER_COUNTRY: return country_take(parser, value);
    default: return seldom_take(parser, column, value);
    }
}

/* "NA" is Namibia where a country stands, and nothing elsewhere. */
static inline bool says_nothing(const struct roster_column *column, struct span value)
{
    static const bool begins[256] = {['n'] = true, ['N'] = true, ['-'] = true, ['\\'] = true, ['u'] = true};
    if (!begins[(unsigned char)value.at[0]]) return false;
    return detect_names_nobody(value) && (column->role != ROSTER_COUNTRY || value.len != 2);
}

/* Bytes that no cell may have. */
static __attribute__((noinline)) void bytes_judge(struct roster_parser *parser, size_t index, struct span value)
{
    if (!utf8_is_valid(value.at, value.len)) refuse(parser, index, "is no UTF-8");
    if (memchr(value.at, '\0', value.len) != NULL) refuse(parser, index, "has a byte 0 in it");
}

/* Always inline: of its few lines a call would take most. */
__attribute__((always_inline)) static inline void cell_judge(struct roster_parser *parser, size_t index, struct span value)
{
    const struct roster_column *column = &parser->columns->columns[index];
    if (!parser->plain) bytes_judge(parser, index, value);
    if (column->role == ROSTER_IGNORED || parser->bad_reason != NULL || says_nothing(column, value)) return;
    const char *reason = cell_take(parser, column, value);
    if (reason != NULL) refuse(parser, index, reason);
}

static __attribute__((noinline)) void cells_see(void *context, const struct span *cells, size_t count)
{
    struct roster_parser *parser = context;
    size_t first = parser->cell_count, column_count = parser->columns->count;
    parser->cell_count += count;
    for (size_t i = 0; i < count; i++) {
        struct span value = trim(cells[i]);
        if (value.len == 0) continue;
        parser->blank = false;
        if (first + i < column_count) cell_judge(parser, first + i, value);
    }
}

static void cell_see(void *context, const char *bytes, size_t length)
{
    cells_see(context, &(struct span){bytes, length}, 1);
}

/* ------------------------------------------------------------------ lines */

/* A subdivision needs its country; where both are given they agree. */
static void places_judge(struct roster_parser *parser)
{
    struct roster_row *row = parser->row;
    size_t column = parser->columns->of_role[ROSTER_SUBDIVISION];
    if (row->place.subdivision[0] == '\0') return;
    if (row->place.country[0] == '\0') memcpy(row->place.country, parser->subdivision_country, sizeof row->place.country);
    if (row->place.country[0] == '\0') refuse(parser, column, "is a subdivision without its country");
    else if (parser->subdivision_country[0] != '\0' && memcmp(row->place.country, parser->subdivision_country, sizeof row->place.country) != 0)
        refuse(parser, column, "is a subdivision of another country");
}

static void line_judge(struct roster_parser *parser)
{
    size_t count = parser->columns->count;
    if (parser->cell_count > count) refuse(parser, ROSTER_NO_COLUMN, "has more cells than the header");
    if (parser->cell_count < count) refuse(parser, ROSTER_NO_COLUMN, "has fewer cells than the header");
    if (parser->row->id_length == 0) refuse(parser, parser->columns->of_role[ROSTER_CUSTOMER], "names no customer");
    if (parser->row->from_s >= parser->row->to_s) refuse(parser, parser->columns->of_role[ROSTER_TO], "is not after valid_from");
    places_judge(parser);
}

static void bad_add(struct roster_lines *lines, uint64_t line, size_t column, const char *reason)
{
    if (lines->bad_count < ROSTER_BAD_LISTED_MAX) lines->bad[lines->bad_count] = (struct roster_bad_line){line, column, reason};
    lines->bad_count++;
}

/* It stands there but for the customer's ID and the hashes. */
static void row_add(struct roster_parser *parser, uint64_t line)
{
    struct roster_row *row = parser->row;
    size_t hash_bytes = row->identifier_count * sizeof parser->hashes[0];
    size_t length = sizeof *row + row->key_bytes + row->id_length + hash_bytes, whole = (length + 7) & ~(size_t)7;
    char *id = (char *)(row + 1) + row->key_bytes;
    bytes_copy(id, parser->id, row->id_length);
    for (size_t at = 0; at < hash_bytes; at += HASHES_COPIED) memcpy(id + row->id_length + at, (const char *)parser->hashes + at, HASHES_COPIED);
    memset((char *)row + length, 0, 8);
    row->line = (uint32_t)line;
    row->bytes = (uint16_t)whole;
    parser->lines->rows.count += whole;
    parser->lines->row_count++;
}

static void line_see(void *context, uint64_t line, bool damaged)
{
    struct roster_parser *parser = context;
    bool blank = parser->blank && !damaged;
    if (damaged) parser->bad_reason = NULL, refuse(parser, ROSTER_NO_COLUMN, "has a quote in the wrong place");
    else if (!blank) line_judge(parser);
    if (parser->bad_reason != NULL && !blank) bad_add(parser->lines, line, parser->bad_column, parser->bad_reason);
    else if (!blank) row_add(parser, line);
    line_begin(parser);
}

/* ------------------------------------------------------------------ blocks */

enum status roster_parser_open(const struct roster_columns *columns, char delimiter, const struct profile *profile, uint64_t seed,
                               struct roster_parser **parser, struct fault *fault)
{
    *parser = NULL;
    struct roster_parser *made = calloc(1, sizeof *made);
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory to read the roster");
    made->columns = columns;
    made->timezone_offset_s = profile->timezone_offset_s;
    made->seed = seed;
    enum status status = csv_open(delimiter, &(struct csv_told){cell_see, line_see, made, cells_see}, &made->csv, fault);
    if (status == STATUS_OK && profile->customs != NULL) status = custom_search_open(profile->customs, &made->customs, fault);
    if (status != STATUS_OK) {
        roster_parser_close(made);
        return status;
    }
    *parser = made;
    return STATUS_OK;
}

void roster_parser_close(struct roster_parser *parser)
{
    if (parser == NULL) return;
    custom_search_close(parser->customs);
    csv_close(parser->csv);
    bytes_free(&parser->customer);
    free(parser);
}

enum status roster_parser_read(struct roster_parser *parser, const char *bytes, size_t count, bool torn, struct roster_lines *lines,
                               struct fault *fault)
{
    lines->rows.count = 0;
    lines->line_count = lines->row_count = lines->bad_count = 0;
    if (torn) {
        lines->line_count = 1;
        bad_add(lines, 0, ROSTER_NO_COLUMN, "has a quote that is not closed");
        return STATUS_OK;
    }
    parser->lines = lines;
    parser->plain = utf8_is_ascii_text(bytes, count);
    line_begin(parser);
    enum status status = csv_read(parser->csv, bytes, count, &lines->line_count, fault);
    if (status == STATUS_OK && parser->failed) status = fault_set(fault, STATUS_FATAL, "no memory for the lines of the roster");
    return status;
}
