/* What the files that detect have in common: struct detect, and booking an identifier.
 *
 * Private to detect.c, detect_names.c, detect_text.c and detect_positions.c
 */
#ifndef DETECT_INNER_H
#define DETECT_INNER_H

#include "../../detectors/labels.h"
#include "../../detectors/location.h"
#include "../../detectors/location_code.h"
#include "../../detectors/refused.h"
#include "detect.h"
#include "event_time.h"
#include "marks.h"

enum {
    MEMO_SLOTS = 1024,
    SHORT_KEY_BITS = 10,
    SHORT_KEY_MAX = 8,        /* names that are one word of memory */
    MEMO_NAME_MAX = 38,       /* longer names are asked for each time */
    POSITIONS_AT_ONCE = 64,
    PLAIN_PAIRS_MAX = 8
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
    bool is_plain;          /* position_key_is_plain holds for it; it has no role */
};

struct value_range {
    size_t start, end;
};

/* Bitmaps of a part of a block, side by side, so that what stands behind a place is a load away: shapes as they are, and of the last two
 * those that are not known yet to be nothing. */
enum map { MAP_KEY, MAP_END, MAP_ALNUM, MAP_POINT, MAP_POINT_LEFT, MAP_CANDIDATE_LEFT, MAP_COUNT };
enum { MAP_WORDS = 256, MAP_WORDS_BEHIND = 2 };
struct maps {
    size_t first, count; /* of the block's words; count is 0 where there are none */
    uint64_t of[MAP_COUNT][MAP_WORDS + MAP_WORDS_BEHIND];
};

struct detect {
    struct detect_options options;
    struct detect_counts counts;
    struct proposer *proposer;
    struct memo keys[MEMO_SLOTS], labels[MEMO_SLOTS];
    struct short_key short_keys[1 << SHORT_KEY_BITS], *short_key; /* the one seen last */
    struct plan_source plans; /* of keys: in the memos; of the object plans_of, 0 for those of the options */
    uint64_t plans_of;
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
    uint8_t fix_source; /* of the position in hand: enum fix_source */
    uint32_t fix_piece; /* a number for the field or text in hand */
    bool scaled_seen; /* the text in hand has a key of an axis in whole numbers */
    bool may_be_wide; /* the block holds bytes that begin full-width characters or other dashes */
    struct marks marks; /* of the block */
    struct notation_bytes notation_bytes;
    const char *block;
    size_t block_length;

    struct shape_word *words; /* shapes of text that came without */
    size_t word_capacity;
    size_t points[POSITIONS_AT_ONCE], point_count; /* of the text in hand, whose start is 0 */
    struct coordinate pairs[PLAIN_PAIRS_MAX][2]; /* of the text in hand, told by the keys before them */
    size_t pair_count;
    struct maps maps; /* of some of the block in hand */
    struct value_range *taken; /* values that were judged under their key */
    size_t taken_count, taken_capacity;
    struct custom_search *customs; /* NULL: the profile has no kinds of its own */
    bool customs_in_text;          /* some of them are looked for in text too */
    struct value_range *found;     /* with these: what was booked from the text at hand */
    size_t found_count, found_capacity;
    uint64_t *booked;              /* a bit for each byte of it, once one of them was found */
    size_t booked_capacity;
    char **scratch; /* pieces that live until the next block */
    size_t scratch_count, scratch_capacity;
    size_t scratch_used, scratch_room; /* of the last piece */
    size_t scratch_first_room;
};

/* What one walk over the shapes of a text leaves to be done. */
struct rest {
    size_t first_candidate; /* SIZE_MAX for none */
    bool decimals, long_runs;
    bool points;            /* the shapes tell them */
    bool plain;             /* ... and all of them belong to what was told by the keys before it: detect->pairs, or nothing */
};

/* Makes room for `needed` items in an array. False: there is no memory, and detect->failed says so. */
bool detect_grow(struct detect *detect, void *array_of, size_t *capacity, size_t needed, size_t item_bytes);
static inline bool grow(struct detect *detect, void *array_of, size_t *capacity, size_t needed, size_t item_bytes)
{
    return needed <= *capacity || detect_grow(detect, array_of, capacity, needed, item_bytes);
}

/* ------------------------------------------------------------------ detect.c */

bool detect_identifiers_grow(struct detect *detect, struct sighting *sighting);
bool detect_is_junk(const struct detect *detect, enum kind kind, const struct verdict *verdict);
void detect_count_rejected(struct detect *detect, enum kind kind, enum reason reason);
/* Makes a value that was refused likely where it is known, as what a label would make of it. False: it is not, and nothing changes. */
bool detect_trust(const struct detect *detect, enum kind kind, struct span value, struct verdict *verdict);
/* Whether that may be: of most values it may not. */
static inline bool detect_may_trust(const struct detect *detect, struct span value)
{
    return detect->options.known.has != NULL && refused_marks_has(detect->options.known.marks, value);
}
void detect_trust_booked(const struct detect *detect, struct tally_identifier *identifier);

/* Books what a verdict accepts, unless it is junk. Returns whether something was booked. */
static inline __attribute__((always_inline)) bool book_accepted(struct detect *detect, enum kind kind, const struct verdict *verdict,
                                                                struct sighting *sighting)
{
    if (detect->options.junk_count > 0 && detect_is_junk(detect, kind, verdict)) {
        detect_count_rejected(detect, kind, REASON_JUNK);
        return true;
    }
    if (sighting->identifier_count == sighting->identifier_capacity && !detect_identifiers_grow(detect, sighting)) return false;
    tally_identifier_set(&sighting->identifiers[sighting->identifier_count++], kind, verdict);
    if (verdict->grade == GRADE_POSSIBLE) detect_trust_booked(detect, &sighting->identifiers[sighting->identifier_count - 1]);
    sighting->findings++;
    detect->counts.findings++;
    return true;
}

/* Returns whether something was booked. */
static inline bool book_identifier(struct detect *detect, enum kind kind, const struct verdict *verdict,
                                   struct sighting *sighting)
{
    if (verdict->grade == GRADE_NONE) {
        detect_count_rejected(detect, kind, verdict->reason);
        return false;
    }
    return book_accepted(detect, kind, verdict, sighting);
}

/* What the first kind of its label does not confirm as it stands: the value in hand. */
bool detect_take_doubtful(struct detect *detect, struct sighting *sighting);

/* ------------------------------------------------------------------ detect_names.c */

void detect_names_open(struct detect *detect);
void detect_names_forget(struct detect *detect); /* the plans of all keys */

/* The kinds that the one to four words before `at` are labels of. */
uint32_t detect_label_before(struct detect *detect, const struct shaped_text *text, size_t at);

/* The key of the name before `at`; it is valid until the next one is asked for. */
const struct short_key *detect_key_find(struct detect *detect, const struct shaped_text *text, size_t at);

/* Whether a key, and a blank before it, stands before `at`, which is not too near to the front of the text. */
static inline bool key_stands(const struct short_key *key, const char *bytes, size_t at)
{
    const char *name = bytes + at - SHORT_KEY_MAX;
    return eight_load(name) >> key->shift == key->name && name[key->sign_at] == ' ';
}

/* ------------------------------------------------------------------ detect_positions.c */

/* Positions at the points that the shapes of a text tell. */
void detect_at_points(struct detect *detect, const struct shaped_text *text, struct sighting *sighting);

/* Positions that are the pairs of the text in hand. */
void detect_plain_pairs(struct detect *detect, struct sighting *sighting);

/* The same where they do not tell them. */
void detect_positions(struct detect *detect, const struct shaped_text *text, struct sighting *sighting);

/* Positions in a text that may hold notations, and pairs in what these leave of it. */
void detect_notated(struct detect *detect, const struct shaped_text *text, const struct rest *rest, bool with_time,
                    struct sighting *sighting);

/* Pairs under keys that name a scale. */
void detect_scaled(struct detect *detect, const struct shaped_text *text, struct sighting *sighting);

#endif
