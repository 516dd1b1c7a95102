/* The table of identifier kinds: one row, one file.
 *
 * Order    the rank of kinds: a unit that names no customer is booked on its first identifier in
 *          this order; reports list kinds in it too
 * Threads  constant, but for kinds_add and kinds_remove: no other thread may be at work
 */
#ifndef DETECTORS_H
#define DETECTORS_H

#include "detector.h"

#define DETECTORS                                                                                  \
    ROW(vin, VIN) ROW(frame_number, FRAME_NUMBER) ROW(plate, PLATE) ROW(imei, IMEI)                \
    ROW(iccid, ICCID) ROW(imsi, IMSI) ROW(meid, MEID) ROW(eid, EID) ROW(mac, MAC)                  \
    ROW(advertising_id, ADVERTISING_ID) ROW(terminal_id, TERMINAL_ID)                              \
    ROW(esn, ESN) ROW(eui64, EUI64) ROW(uuid, UUID) ROW(android_id, ANDROID_ID)                    \
    ROW(etc_obu, ETC_OBU) ROW(serial, SERIAL) ROW(msisdn, MSISDN) ROW(email, EMAIL)

#define ROW(name, NAME) KIND_##NAME,
enum kind { DETECTORS KIND_COUNT, KIND_NONE = 254 };
#undef ROW

/* Behind the built-in kinds stand those of a profile: added before any thread begins, constant from then on. */
enum { KINDS_MAX = 240 };
extern const struct detector *detectors[KINDS_MAX];
extern size_t kind_count;

/* Puts a kind at the end of the table, which points to it from now on; KIND_NONE: the table is full. */
enum kind kinds_add(const struct detector *detector);
void kinds_remove(size_t count); /* so many of those added last */

#define KIND_BIT(kind) (1u << (kind))
#define KINDS_ALL ((1u << KIND_COUNT) - 1u)
#define LOCATION_BIT (1u << KIND_COUNT) /* positions, in a mask that also selects kinds */
#define KINDS_LINKING (KIND_BIT(KIND_MSISDN) | KIND_BIT(KIND_EMAIL)) /* ELEMENT_NONE: they say whose a record is, make none */

static inline bool kind_links(unsigned kind)
{
    return kind < KIND_COUNT && (KINDS_LINKING & KIND_BIT(kind)) != 0;
}

/* The kind with this name, or KIND_NONE. */
enum kind kind_find(const char *name, size_t name_len);

/* The kinds whose label (identifiers, section 10) ends this field name or word group: compared
 * lower-cased without blanks, '_', '-' and '.', on whole words, so "vehicleVin", "tcu.imei" and
 * 車台番号 are labels and "cabin" is none. A bit set of KIND_BIT; 0 for no label. */
uint32_t label_kinds(const char *name, size_t name_len);

/* Judges a value that stands under a label of the kinds in label_mask: trims it, undoes full-width
 * letters, grouping, exponents and a repeated label ("IMEI: ..."), then tries the labelled kinds and,
 * as collision.c says, the kinds that often stand in such a field (a frame number under "vin"). Among
 * the kinds in allowed_mask only. Returns the kind of the best grade; KIND_NONE and the most telling
 * reason where there is none. */
static inline enum kind check_labelled(struct span value, uint32_t label_mask, uint32_t allowed_mask,
                                       struct verdict *verdict);

/* check_labelled where the first allowed kind of the label, if there is one, left the verdict and is not confirmed. */
enum kind check_labelled_further(struct span value, uint32_t label_mask, uint32_t allowed_mask, struct verdict *verdict);

static inline enum kind check_labelled(struct span value, uint32_t label_mask, uint32_t allowed_mask,
                                       struct verdict *verdict)
{
    uint32_t mask = label_mask & allowed_mask & KINDS_ALL;
    struct candidate candidate = {value, true};
    if (mask != 0) {
        enum kind first = (enum kind)__builtin_ctz(mask);
        detectors[first]->check(&candidate, verdict);
        if (verdict->grade == GRADE_CONFIRMED) return first;
    }
    return check_labelled_further(value, label_mask, allowed_mask, verdict);
}

#endif
