/* Codes that stand for a cell of the globe, and how each becomes a position: the middle of its cell.
 *
 * Shape    text of one field or word -> X_read -> place -> position_judge
 * Owns     nothing
 * Threads  any number at once
 * Source   identifiers, sections 6.9 to 6.12; each file names the publication of its code
 */
#ifndef LOCATION_CODE_H
#define LOCATION_CODE_H

#include <math.h>

#include "location.h"

/* The _NAMED ones are those that no row of notations.h finds in text without a name before them. */
enum location_code { CODE_NONE, CODE_OLC, CODE_GEOHASH, CODE_MGRS, CODE_UTM, CODE_H3, CODE_S2, CODE_AVL, CODE_OLC_NAMED,
                     CODE_H3_NAMED, CODE_CELLS,
                     CODE_POLYLINE = CODE_CELLS, CODE_POLYLINE_6 }; /* those behind CODE_CELLS are many points */

/* Degrees of a code: as many decimals as the error of the middle of its cell leaves true. */
struct code_place {
    struct coordinate latitude, longitude;
};

/* Each reads one code and nothing around it. REASON_NONE: place is set. REASON_COARSE: a legal code
 * whose cell is too large for a fix. REASON_FORM: no code of this kind. Sentinels are not judged. */
enum reason olc_read(struct span text, struct code_place *place);
enum reason geohash_read(struct span text, struct code_place *place);
enum reason mgrs_read(struct span text, struct code_place *place); /* blanks and lower case allowed */
enum reason utm_read(struct span text, struct code_place *place);  /* the letter of the zone is a band */
enum reason h3_read(struct span text, struct code_place *place);   /* 15 hex digits, or the decimal number */
enum reason olc_named_read(struct span text, struct code_place *place);
enum reason h3_named_read(struct span text, struct code_place *place);
enum reason s2_read(struct span text, struct code_place *place);   /* token, or the decimal number, signed too */

/* 16 hex digits: two big-endian numbers of 1e-7 degree, longitude first. */
enum reason avl_read(struct span text, struct code_place *place);

/* A name, lower case without blanks and signs, under which a code stands. Short ones count only as whole names. */
struct code_name {
    const char *name;
    uint8_t code;
    bool whole;
};
extern const struct code_name code_names[];
extern const size_t code_name_count;

enum { OLC_SIZE = 20 }; /* a full code of 15 digits, '+' and NUL */

/* Completes a short Plus code ("9QCJ+2VX") with what is missing of the code of the reference, so that
 * the place is the nearest one. False where it is none. */
bool olc_complete(struct span text, const struct code_place *reference, char full[OLC_SIZE]);

/* A value of such a field: trimmed, read, judged. At best likely: the label alone speaks for it. */
enum reason code_judge(enum location_code code, struct span text, struct position *position);

/* The degrees of a middle that lies at most error_deg away from what was meant. */
static inline struct coordinate coordinate_of(double degrees, double error_deg)
{
    struct coordinate made = {llround(degrees * DEGREE_E7), 0, true};
    for (double unit = 0.1; unit >= error_deg && made.decimals < 7; unit /= 10) made.decimals++;
    return made;
}

#endif
