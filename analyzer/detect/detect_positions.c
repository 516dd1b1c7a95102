#include "detect_inner.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/datum.h"
#include "../../detectors/location_nmea.h"
#include "../../detectors/location_polyline.h"
#include "../../detectors/location_scaled.h"
#include "../support/hash.h"
#include "../tally/positions.h"

enum { PRECISE_DECIMALS_MIN = 3 }; /* notification of the domain, 2.8: loc_decimals */

/* ------------------------------------------------------------------ booking into the sighting */

static __attribute__((noinline)) bool cells_grow(struct detect *detect, struct sighting *sighting)
{
    return grow(detect, &sighting->cells, &sighting->fix_capacity, sighting->fix_count + 1, sizeof *sighting->cells);
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

/* To the last decimal of the coarser one. */
static bool is_same_place(const struct fix_spot *spot, const struct position *position)
{
    static const int64_t units_e7[] = {10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    enum { DECIMALS_MAX = sizeof units_e7 / sizeof *units_e7 - 1 };
    unsigned decimals = spot->decimals < position->decimals ? spot->decimals : position->decimals;
    int64_t apart_max = units_e7[decimals < DECIMALS_MAX ? decimals : DECIMALS_MAX];
    int64_t north = (int64_t)(int32_t)(spot->exact >> 32) - position->latitude_e7, east = (int64_t)(int32_t)spot->exact - position->longitude_e7;
    return north <= apart_max && north >= -apart_max && east <= apart_max && east >= -apart_max;
}

static void spot_note(const struct detect *detect, const struct position *position, struct fix_spot *spot, uint8_t source)
{
    spot->exact = position_bits(position);
    spot->piece = detect->fix_piece;
    spot->decimals = position->decimals;
    spot->source = source;
}

/* Whether a unit has said a further place already: sighting.h has the rule. If not, it is noted. */
static bool is_said(const struct detect *detect, const struct position *position, uint8_t source, struct sighting *sighting)
{
    size_t count = sighting->fix_count < FIX_SPOTS_MAX ? sighting->fix_count : FIX_SPOTS_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct fix_spot *spot = &sighting->spots[i];
        bool listed = ((source | spot->source) & FIX_LISTED) != 0, axes = (source | spot->source) == FIX_AXES;
        bool same_text = (source & spot->source) == FIX_FIELD && spot->piece == detect->fix_piece;
        if (!listed && !axes && !same_text && is_same_place(spot, position)) return true;
    }
    if (count < FIX_SPOTS_MAX) spot_note(detect, position, &sighting->spots[count], source);
    return false;
}

static inline void book_fix(struct detect *detect, const struct position *position, struct sighting *sighting)
{
    sighting->findings++;
    detect->counts.findings++;
    if (sighting->fix_count == sighting->fix_capacity && !cells_grow(detect, sighting)) return;
    uint32_t precise = position->decimals >= PRECISE_DECIMALS_MIN ? CELL_PRECISE : 0;
    sighting->cells[sighting->fix_count++] = tally_cell(position->latitude_e7, position->longitude_e7) | precise;
    uint64_t exact = position_bits(position);
    sighting->positions[0] += mix64(exact);
    sighting->positions[1] += mix64(~exact);
    detect->counts.fixes++;
}

/* A position that is no fix, or not the first one of its unit. */
static __attribute__((noinline)) void book_further(struct detect *detect, const struct position *position, struct sighting *sighting)
{
    if (position->grade < GRADE_LIKELY) {
        sighting->findings++;
        detect->counts.findings++;
        detect->counts.locations_possible++;
    } else if (!is_said(detect, position, detect->fix_source | sighting->fixes_are, sighting)) {
        book_fix(detect, position, sighting);
    }
}

static void book_position(struct detect *detect, const struct position *position, struct sighting *sighting)
{
    if (is_default_point(detect, position)) {
        count_position_rejected(detect, REASON_DEFAULT_POINT);
    } else if (position->grade < GRADE_LIKELY || sighting->fix_count > 0) {
        book_further(detect, position, sighting);
    } else {
        spot_note(detect, position, &sighting->spots[0], detect->fix_source | sighting->fixes_are);
        book_fix(detect, position, sighting);
    }
}

/* ------------------------------------------------------------------ fields */

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
    detect->fix_source = FIX_AXES;
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
    detect->fix_source = FIX_AXES;
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

/* A value with the letter of its side behind it, unless it has a sign or a letter of its own. */
static struct span with_side(struct span value, char side, char *to, size_t to_size)
{
    while (value.len > 0 && value.at[value.len - 1] == ' ') value.len--;
    while (value.len > 0 && value.at[0] == ' ') value.at++, value.len--;
    char first = value.len > 0 ? value.at[0] : '-', last = value.len > 0 ? value.at[value.len - 1] : '-';
    bool has_own = first == '-' || first == '+' || (unsigned char)((first | 0x20) - 'a') < 26 || (unsigned char)((last | 0x20) - 'a') < 26;
    if (side == '\0' || has_own || value.len + 1 > to_size) return value;
    memcpy(to, value.at, value.len);
    to[value.len] = side;
    return (struct span){to, value.len + 1};
}

/* Numbers that are no degrees, between sides, are those of NMEA 0183: 3540.8742 is 35 degrees and 40.8742 minutes. */
static bool is_nmea(struct span latitude, struct span longitude, const struct axis_notes *notes)
{
    struct coordinate first = coordinate_read(latitude), second = coordinate_read(longitude);
    return notes->sides[0] != '\0' && notes->sides[1] != '\0' && first.valid && second.valid && first.value_e7 > INT64_C(90) * DEGREE_E7;
}

void detect_pair_as(struct detect *detect, struct span latitude, struct span longitude, unsigned scale, const struct axis_notes *notes,
                    struct sighting *sighting)
{
    enum { ANGLE_SIZE = 64 };
    char texts[2][ANGLE_SIZE];
    struct position position;
    if (!detect->options.locations) return;
    detect->fix_source = FIX_AXES;
    if (scale == SCALE_DEGREES && notes->arc_ms) scale = SCALE_ARC_MS;
    else if (scale == SCALE_DEGREES && is_nmea(latitude, longitude, notes)) scale = SCALE_DDMM;
    latitude = with_side(latitude, notes->sides[0], texts[0], ANGLE_SIZE);
    longitude = with_side(longitude, notes->sides[1], texts[1], ANGLE_SIZE);
    enum reason reason = read_pair(latitude, longitude, scale, &position);
    if (reason == REASON_NONE && notes->tokyo) move_from_tokyo(&position);
    judge_place(detect, &position, reason, sighting);
}

static bool is_word(struct span text, const char *word)
{
    size_t i = 0;
    if (text.len != strlen(word)) return false;
    while (i < text.len && ((unsigned char)text.at[i] < 0x80 ? text.at[i] | 0x20 : text.at[i]) == word[i]) i++;
    return i == text.len;
}

/* The letter of a side as people and programs write it; NUL: none. */
static char side_read(struct span text, bool longitude)
{
    static const struct {
        char letter;
        const char *words[4];
    } sides[2][2] = {{{'N', {"n", "north", "\xE5\x8C\x97\xE7\xB7\xAF", "\xE5\x8C\x97"}}, {'S', {"s", "south", "\xE5\x8D\x97\xE7\xB7\xAF", "\xE5\x8D\x97"}}},
                     {{'E', {"e", "east", "\xE6\x9D\xB1\xE7\xB5\x8C", "\xE6\x9D\xB1"}}, {'W', {"w", "west", "\xE8\xA5\xBF\xE7\xB5\x8C", "\xE8\xA5\xBF"}}}};
    while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '"')) text.len--;
    while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '"')) text.at++, text.len--;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < 4; i++)
            if (is_word(text, sides[longitude][side].words[i])) return sides[longitude][side].letter;
    return '\0';
}

bool detect_note(const struct field_plan *plan, struct span value, struct axis_notes *notes)
{
    char side;
    enum datum datum;
    switch (plan->role) {
    case ROLE_DATUM:
        datum = datum_read(value, plan->notation != 0);
        notes->tokyo |= datum == DATUM_TOKYO;
        return datum != DATUM_UNSAID;
    case ROLE_ANGLE_UNIT:
        notes->arc_ms |= scaled_names_arc_ms(value);
        return scaled_names_arc_ms(value);
    case ROLE_LATITUDE_SIDE:
    case ROLE_LONGITUDE_SIDE:
        side = side_read(value, plan->role == ROLE_LONGITUDE_SIDE);
        if (side != '\0') notes->sides[plan->role == ROLE_LONGITUDE_SIDE] = side;
        return side != '\0';
    default:
        return false;
    }
}

static bool take_polyline(struct detect *detect, struct span text, uint8_t decimals, struct sighting *sighting)
{
    if (!polyline_holds(text, decimals)) return false;
    struct polyline line = {text, 0, 0, decimals};
    struct position position;
    detect->fix_source = FIX_LISTED;
    while (polyline_next(&line, &position)) book_position(detect, &position, sighting);
    detect->fix_source = FIX_FIELD;
    return true;
}

bool detect_place(struct detect *detect, const struct field_plan *plan, struct span value, struct sighting *sighting)
{
    if (!detect->options.locations || value.len == 0) return true;
    if (plan->role == ROLE_SCALED_LATITUDE || plan->role == ROLE_SCALED_LONGITUDE) detect->scaled_seen = true;
    if (plan->role == ROLE_ANGLE_UNIT && scaled_names_arc_ms(value)) detect->scaled_seen = true;
    if (plan->role != ROLE_CODE) return true;
    if (plan->notation == CODE_POLYLINE || plan->notation == CODE_POLYLINE_6)
        return take_polyline(detect, value, plan->notation == CODE_POLYLINE ? 5 : 6, sighting);
    struct position position;
    enum reason reason = code_judge((enum location_code)plan->notation, value, &position);
    detect->fix_source = FIX_FIELD;
    detect->fix_piece++;
    judge_place(detect, &position, reason, sighting);
    detect->fix_piece++; /* what stands around it in a text has another */
    return reason != REASON_FORM;
}

/* ------------------------------------------------------------------ text */

/* Positions at the points that the shapes of a text tell. */
void detect_at_points(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
{
    if (detect->point_count == 0) return;
    struct position found[POSITIONS_AT_ONCE];
    struct span span = {text->bytes + text->start, text->end - text->start};
    size_t found_count = positions_find_at(span, detect->points, detect->point_count, found, detect->counts.rejected_by_reason,
                                           &detect->counts.locations_rejected);
    for (size_t i = 0; i < found_count; i++) book_position(detect, &found[i], sighting);
}

void detect_plain_pairs(struct detect *detect, struct sighting *sighting)
{
    for (size_t i = 0; i < detect->pair_count; i++) judge_numbers(detect, detect->pairs[i][0], detect->pairs[i][1], false, sighting);
}

void detect_positions(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
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
void detect_notated(struct detect *detect, const struct shaped_text *text,
                                                        const struct rest *rest, bool with_time, struct sighting *sighting)
{
    struct span span = {text->bytes + text->start, text->end - text->start};
    struct notated notated = {detect, sighting, span, with_time, NULL};
    struct notation_search search = {.text = span, .tell = notated_take, .context = &notated};
    notations_find(&detect->notation_bytes, &search);
    if (!rest->decimals || detect->failed) return;
    if (notated.copy != NULL) detect_positions(detect, &(struct shaped_text){.bytes = notated.copy, .end = span.len}, sighting);
    else if (rest->points) detect_at_points(detect, text, sighting);
    else detect_positions(detect, text, sighting);
}

/* Pairs under keys that name a scale. */
void detect_scaled(struct detect *detect, const struct shaped_text *text, struct sighting *sighting)
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
