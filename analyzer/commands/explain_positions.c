#include "explain_positions.h"

#include <string.h>

#include "../../detectors/location_code.h"
#include "../../detectors/location_polyline.h"
#include "../../detectors/location_scaled.h"
#include "../../detectors/notations.h"
#include "../detect/fold.h"

enum { LABEL_BYTES_MAX = 64 };

struct explaining {
    struct explained_position *found;
    size_t count;
    struct span text;
    char rest[EXPLAINED_BYTES_MAX]; /* what no notation has taken */
};

static void found_add(struct explaining *explaining, const struct position *position, enum reason reason, const char *notation)
{
    if (explaining->count == EXPLAINED_POSITIONS_MAX) return;
    struct explained_position *found = &explaining->found[explaining->count++];
    *found = (struct explained_position){.reason = reason, .notation = notation};
    if (reason == REASON_NONE) found->position = *position;
}

/* The code of a name, without its signs: the name as a whole, or its last words. */
static enum location_code code_of(const char *label)
{
    char name[LABEL_BYTES_MAX];
    size_t length = 0;
    for (; *label != '\0' && length < sizeof name; label++)
        if (notation_digit(*label) || notation_letter(*label)) name[length++] = (char)(*label | 0x20);
    for (size_t i = 0; i < code_name_count; i++) {
        size_t wanted = strlen(code_names[i].name);
        bool whole = length == wanted, fits = whole || (length > wanted && !code_names[i].whole);
        if (fits && memcmp(name + length - wanted, code_names[i].name, wanted) == 0) return (enum location_code)code_names[i].code;
    }
    return CODE_NONE;
}

bool label_names_code(const char *label)
{
    return code_of(label) != CODE_NONE;
}

static const char *code_name_of(enum location_code code)
{
    for (size_t i = 0; i < code_name_count; i++)
        if (code_names[i].code == code) return code_names[i].name;
    return "code";
}

static void code_read(struct explaining *explaining, enum location_code code)
{
    struct position position = {0};
    struct polyline line = {explaining->text, 0, 0, code == CODE_POLYLINE ? 5 : 6};
    if (code < CODE_CELLS) {
        enum reason reason = code_judge(code, explaining->text, &position);
        found_add(explaining, &position, reason, code_name_of(code));
    } else if (!polyline_holds(explaining->text, line.decimals)) {
        found_add(explaining, &position, REASON_FORM, code_name_of(code));
    } else {
        while (polyline_next(&line, &position)) found_add(explaining, &position, REASON_NONE, code_name_of(code));
    }
}

/* The row that took [start, end): the first one that has its trigger there. */
static const char *notation_name(struct span text, size_t start, size_t end)
{
    for (int row = 0; row < NOTATION_COUNT; row++)
        for (size_t at = start; at < end; at++)
            if (notations[row]->trigger(text, at)) return notations[row]->name;
    return "notation";
}

static void notation_take(void *context, size_t start, size_t end, enum reason reason, const struct position *position)
{
    struct explaining *explaining = context;
    found_add(explaining, position, reason, notation_name(explaining->text, start, end));
    memset(explaining->rest + start, '|', end - start);
}

static void pairs_read(struct explaining *explaining)
{
    struct position found[EXPLAINED_POSITIONS_MAX];
    uint64_t rejected[REASON_COUNT] = {0};
    size_t count = positions_find((struct span){explaining->rest, explaining->text.len}, found, EXPLAINED_POSITIONS_MAX, rejected);
    for (size_t i = 0; i < count && i < EXPLAINED_POSITIONS_MAX; i++) found_add(explaining, &found[i], REASON_NONE, "pair of decimals");
    if (count > 0) return;
    for (int reason = REASON_FORM; reason < REASON_COUNT; reason++)
        if (rejected[reason] > 0) found_add(explaining, NULL, (enum reason)reason, "pair of decimals");
}

static void scaled_read(struct explaining *explaining)
{
    struct position found[EXPLAINED_POSITIONS_MAX];
    uint64_t rejected[REASON_COUNT] = {0};
    size_t count = scaled_find(explaining->text, found, EXPLAINED_POSITIONS_MAX, rejected);
    if (count > 0) explaining->count = 0; /* what was refused as degrees */
    for (size_t i = 0; i < count && i < EXPLAINED_POSITIONS_MAX; i++) found_add(explaining, &found[i], REASON_NONE, "whole numbers of a scale");
    for (int reason = REASON_FORM; reason < REASON_COUNT && explaining->count == 0; reason++)
        if (rejected[reason] > 0) found_add(explaining, NULL, (enum reason)reason, "whole numbers of a scale");
}

size_t positions_explain(struct span value, const char *label, struct explained_position found[EXPLAINED_POSITIONS_MAX])
{
    struct explaining explaining = {.found = found};
    struct notation_bytes bytes;
    char folded[EXPLAINED_BYTES_MAX];
    if (value.len > EXPLAINED_BYTES_MAX) value.len = EXPLAINED_BYTES_MAX;
    explaining.text = (struct span){folded, fold(value, folded)};
    memcpy(explaining.rest, folded, explaining.text.len);
    enum location_code code = label != NULL ? code_of(label) : CODE_NONE;
    if (code != CODE_NONE) {
        code_read(&explaining, code);
        if (found[0].reason != REASON_FORM) return explaining.count;
        explaining.count = 0;
    }
    notation_bytes_read(&bytes, true);
    struct notation_search search = {.text = explaining.text, .tell = notation_take, .context = &explaining};
    notations_find(&bytes, &search);
    pairs_read(&explaining);
    bool any = false;
    for (size_t i = 0; i < explaining.count; i++) any |= found[i].reason == REASON_NONE;
    if (!any) scaled_read(&explaining);
    return explaining.count;
}
