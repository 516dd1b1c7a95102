/* The reference tables of data/, compiled in.
 *
 * Owns     constants only
 * Threads  any number at once
 * Source   data/SOURCES.md
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include "detectors.h"
#include "lookup_hash.h"

/* Manufacturer of a number in VIN characters; small makers are looked up by positions 1-3 and
 * 12-14 (ISO 3780). */
bool wmi_known(const char *vin);

/* REGION_ flags of the first two VIN characters; 0 for a code that ISO 3780 gives to nobody. */
unsigned region_of(const char *vin);

/* Year of the 1980-2009 cycle for a model year code, 0 for no code. */
int model_year_of(char code);

/* Bit w is set where numbers with this prefix have w serial digits; 0 for an unknown prefix. */
unsigned frame_prefix_widths(const char *prefix, size_t prefix_len);

enum rbi { RBI_UNKNOWN, RBI_KNOWN, RBI_TEST };
enum rbi rbi_status(const char *digits); /* of the first two digits */

/* Whether three digits begin with a country or global calling code. */
bool e164_known(const char *digits);

/* Whether IEEE assigned the block of this 48-bit address; blocks that were handed on in smaller
 * pieces count only where the piece is known. */
bool oui_known(uint64_t address);

enum network_status {
    NETWORK_UNKNOWN, /* not in the tables, which are not complete */
    NETWORK_KNOWN,
    NETWORK_NONE     /* the country has no such network, or none any more */
};

/* The network of six or more digits that begin with a mobile country code. */
struct network {
    uint8_t mnc_length; /* 2 or 3; 0 where there is no such country */
    uint8_t status;     /* enum network_status */
    bool test;          /* the country is that of test networks */
};
struct network network_of(const char *digits);

/* Whether Japanese plates begin with this name of a place, in UTF-8. */
bool plate_place_known(const char *name, size_t length);

bool sample_known(enum kind kind, const char *canonical, size_t length);
bool sample_mac_known(uint64_t address);

/* KIND_BITs and LABEL_ bits of a field name; label_kinds() is this without the LABEL_ bits. */
uint32_t label_bits(const char *name, size_t name_len);

#endif
