/* The positions in a value, for explain: in the notations that a scan knows, in order of where they stand.
 *
 * Label    a name under which a code or a polyline stands ("geohash", "mgrs") makes the whole value one
 */
#ifndef EXPLAIN_POSITIONS_H
#define EXPLAIN_POSITIONS_H

#include "../../detectors/location.h"

enum { EXPLAINED_POSITIONS_MAX = 16, EXPLAINED_BYTES_MAX = 4096 };

struct explained_position {
    struct position position; /* of grade GRADE_NONE where it is refused */
    enum reason reason;       /* of the refusal */
    const char *notation;     /* how it is written */
};

/* Returns how many there are, refused ones among them; of longer values the front is read. label: NULL for none. */
size_t positions_explain(struct span value, const char *label, struct explained_position found[EXPLAINED_POSITIONS_MAX]);

/* Whether a label names a code of positions. */
bool label_names_code(const char *label);

#endif
