/* Checksums of kinds that somebody else defines: families with their numbers given.
 *
 * Shape    struct custom_checksum (const) + characters of a value, separators gone -> holds or not
 * Units    values of characters, positions counted from 0
 * Threads  any number at once; nothing is kept
 * Source   ISO/IEC 7812-1, annex B (luhn); 3GPP2 S.R0048, 3 (luhn_hex); ISO/IEC 7064, MOD 97-10 (mod97); weighted sums as
 *          in ISO 3779 and ISO 2108
 */
#ifndef CUSTOM_CHECKSUM_H
#define CUSTOM_CHECKSUM_H

#include "detector.h"

enum custom_checksum_type { CHECKSUM_NONE, CHECKSUM_LUHN, CHECKSUM_LUHN_HEX, CHECKSUM_MOD97, CHECKSUM_WEIGHTED };

enum { CHECKSUM_WEIGHTS_MAX = 32, CHECKSUM_MODULUS_MAX = 64, CHECKSUM_NO_VALUE = 0xFF };

struct custom_checksum {
    enum custom_checksum_type type;
    /* of CHECKSUM_WEIGHTED alone */
    uint16_t weights[CHECKSUM_WEIGHTS_MAX]; /* one a position; that of the check character counts for nothing */
    uint8_t weight_count;                   /* how long a value is */
    uint8_t check_position;
    uint8_t modulus;
    char remainders[CHECKSUM_MODULUS_MAX];  /* the check character of each remainder */
    uint8_t values[256];                    /* of each character; CHECKSUM_NO_VALUE: not in the alphabet */
};

/* The type with this name ("luhn", "luhn_hex", "mod97", "mod11_weighted", "none"); false for no name. */
bool custom_checksum_type_find(const char *name, enum custom_checksum_type *type);
const char *custom_checksum_type_name(enum custom_checksum_type type);

/* Whether the value's checksum is right; CHECKSUM_NONE holds for all. Of CHECKSUM_LUHN the digits alone count. Else false as well
 * for characters that the family does not know, and for a weighted sum of another length. */
bool custom_checksum_holds(const struct custom_checksum *checksum, struct span value);

#endif
