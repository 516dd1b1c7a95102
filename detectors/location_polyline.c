/* location_polyline.c: from differences to points. Every vertex is a position; likely under a label. */
#include "location_polyline.h"

enum { GROUP_BITS = 5, MORE = 0x20, OFFSET = 63, SHIFT_MAX = 30, DECIMALS_E7 = 7 };

/* One signed difference. False where the text ends or holds another character. */
static bool difference_take(struct span *rest, int64_t *sum)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift <= SHIFT_MAX; shift += GROUP_BITS) {
        if (rest->len == 0) return false;
        unsigned group = (unsigned char)*rest->at - (unsigned)OFFSET;
        if (group > 2 * MORE - 1) return false;
        rest->at++;
        rest->len--;
        value |= (uint64_t)(group & (MORE - 1)) << shift;
        if ((group & MORE) != 0) continue;
        *sum += (value & 1) != 0 ? -(int64_t)(value >> 1) - 1 : (int64_t)(value >> 1);
        return true;
    }
    return false;
}

/* REASON_FORM also where the text goes on badly. */
static enum reason point_take(struct polyline *line, struct position *position)
{
    if (!difference_take(&line->rest, &line->latitude) || !difference_take(&line->rest, &line->longitude)) return REASON_FORM;
    int64_t unit = 1;
    for (int i = line->decimals; i < DECIMALS_E7; i++) unit *= 10;
    struct coordinate latitude = {line->latitude * unit, line->decimals, true};
    struct coordinate longitude = {line->longitude * unit, line->decimals, true};
    enum reason reason = position_judge(latitude, longitude, true, position);
    if (reason == REASON_NONE) position->grade = GRADE_LIKELY;
    return reason;
}

bool polyline_holds(struct span text, uint8_t decimals)
{
    struct polyline line = {text, 0, 0, decimals};
    struct position position;
    if (text.len == 0) return false;
    while (line.rest.len > 0)
        if (point_take(&line, &position) != REASON_NONE) return false;
    return true;
}

bool polyline_next(struct polyline *line, struct position *position)
{
    return line->rest.len > 0 && point_take(line, position) == REASON_NONE;
}
