/* The table of identifier kinds: one row, one file.
 *
 * Order    the rank of kinds: a unit that names no customer is booked on its first identifier in
 *          this order; reports list kinds in it too
 * Threads  constant
 */
#ifndef DETECTORS_H
#define DETECTORS_H

#include "detector.h"

#define DETECTORS ROW(vin, VIN) ROW(frame_number, FRAME_NUMBER) ROW(imei, IMEI) ROW(iccid, ICCID) ROW(mac, MAC)

#define ROW(name, NAME) KIND_##NAME,
enum kind { DETECTORS KIND_COUNT, KIND_NONE = KIND_COUNT };
#undef ROW

extern const struct detector *const detectors[KIND_COUNT];

#define KIND_BIT(kind) (1u << (kind))
#define KINDS_ALL ((1u << KIND_COUNT) - 1u)
#define LOCATION_BIT (1u << KIND_COUNT) /* positions, in a mask that also selects kinds */

/* The kind with this name, or KIND_NONE. */
enum kind kind_find(const char *name, size_t name_len);

/* The kinds whose label (identifiers, section 10) ends this field name or word group: compared
 * lower-cased without blanks, '_', '-' and '.', on whole words, so "vehicleVin", "tcu.imei" and
 * 車台番号 are labels and "cabin" is none. A bit set of KIND_BIT; 0 for no label. */
uint32_t label_kinds(const char *name, size_t name_len);

/* Either kind of vehicle number stands in fields that are named after the other. */
static inline uint32_t kinds_widen(uint32_t mask)
{
    const uint32_t vehicle = KIND_BIT(KIND_VIN) | KIND_BIT(KIND_FRAME_NUMBER);
    return (mask & vehicle) != 0 ? mask | vehicle : mask;
}

/* Judges a value that stands under a label of the kinds in label_mask: trims it, undoes full-width
 * letters, grouping and a repeated label ("IMEI: ..."), then tries the labelled kinds and, as
 * the collision table says, the kinds that often stand in such a field (a frame number under "vin"
 * and the other way round). Among the kinds in allowed_mask only. Returns the kind of the best
 * grade; KIND_NONE and the most telling reason where there is none. */
static inline enum kind check_labelled(struct span value, uint32_t label_mask, uint32_t allowed_mask,
                                       struct verdict *verdict);

/* check_labelled where the first kind of the mask, widened and allowed, left the verdict and is not confirmed. */
enum kind check_labelled_further(struct span value, uint32_t mask, uint32_t allowed_mask, struct verdict *verdict);

static inline enum kind check_labelled(struct span value, uint32_t label_mask, uint32_t allowed_mask,
                                       struct verdict *verdict)
{
    uint32_t mask = kinds_widen(label_mask) & allowed_mask & KINDS_ALL;
    struct candidate candidate = {value, true};
    if (mask != 0) {
        enum kind first = (enum kind)__builtin_ctz(mask);
        detectors[first]->check(&candidate, verdict);
        if (verdict->grade == GRADE_CONFIRMED) return first;
    }
    return check_labelled_further(value, mask, allowed_mask, verdict);
}

#endif
