/* What tests of codes of positions share: a code is judged, what is said of it is one line.
 *
 *   35.681236,139.767125 5      (with the decimals of its cell)
 *   COARSE
 */
#ifndef CODING_H
#define CODING_H

#include "../detectors/location_code.h"
#include "notating.h"

static inline void reads(enum location_code code, const char *text, const char *expected)
{
    char line[64];
    size_t length = strlen(text);
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    struct position position;
    enum reason reason = code_judge(code, (struct span){copy, length}, &position);
    if (reason == REASON_NONE) {
        assert_int_equal(position.grade, GRADE_LIKELY);
        snprintf(line, sizeof line, "%.6f,%.6f %d", position.latitude_e7 / 1e7, position.longitude_e7 / 1e7, position.decimals);
    } else {
        snprintf(line, sizeof line, "%s", reason_name(reason));
    }
    assert_string_equal(line, expected);
    free(copy);
}

#endif
