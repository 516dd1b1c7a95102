/* collision.c: the one table that says what a value is that could be of several kinds.
 *
 * A label decides wherever the value has the form of its kind. Where it has not, the rows below say what else is
 * tried, in this order; the best grade is taken, of equal ones the first.
 *
 * Without a label forms do not overlap: each has one kind, and what its check refuses is nothing.
 *
 *     form                                kind          refused as
 *     17 letters and digits               vin
 *     15 digits                           imei          payment card (34, 37); an IMSI needs a label
 *     18 to 20 digits from 89             iccid         cards, decimal MEIDs and ETC units need a label or are nothing
 *     20 hex digits from 98               iccid         swapped nibbles that do not decode
 *     32 digits                           eid           hex digits among them: a hash
 *     15 hex digits from a letter         meid          another check digit; 14 need a label
 *     PREFIX-digits                       frame_number
 *     six octets in groups                mac           longer runs of groups: a fingerprint
 *     eight octets in groups              eui64
 *     IPv6 with ff:fe in its middle       mac           made of a random number: nothing
 *     place, class, kana, serial          plate
 *     14 or 16 digits, 8, 11 to 12 hex    nothing       times, cards and hashes: IMEI, IMEISV, ESN, MEID need a label
 *
 * A time needs no row: no kind without a label has 10, 13, 16 or 19 digits but an ICCID, and none begins with 89.
 */
#include "collision.h"

enum { LAST, FIRST };
enum { BARE, LABELLED };

const struct collision collisions[] = {
    {KIND_VIN, KIND_FRAME_NUMBER, LAST, LABELLED, 0},
    {KIND_FRAME_NUMBER, KIND_VIN, LAST, LABELLED, 0},
    {KIND_IMEI, KIND_MEID, LAST, LABELLED, 0},
    {KIND_MEID, KIND_IMEI, LAST, BARE, 0},
    {KIND_ESN, KIND_MEID, LAST, LABELLED, 0},
    {KIND_ICCID, KIND_EID, LAST, LABELLED, 0},
    {KIND_EID, KIND_ICCID, LAST, BARE, 0},
    {KIND_IMSI, KIND_IMEI, LAST, BARE, 0}, /* 15 digits of no country */
    {KIND_MAC, KIND_EUI64, LAST, LABELLED, 0},
    {KIND_EUI64, KIND_MAC, LAST, BARE, 0},
    {KIND_ETC_OBU, KIND_ICCID, LAST, BARE, 0},
    /* "device_id" is the name of whatever a device is known by; most of it has the form of a terminal ID too. */
    {KIND_TERMINAL_ID, KIND_VIN, FIRST, BARE, 17},
    {KIND_TERMINAL_ID, KIND_FRAME_NUMBER, FIRST, BARE, 8},
    {KIND_TERMINAL_ID, KIND_IMEI, FIRST, BARE, 15},
    {KIND_TERMINAL_ID, KIND_ICCID, FIRST, BARE, 18},
    {KIND_TERMINAL_ID, KIND_EID, FIRST, BARE, 32},
    {KIND_TERMINAL_ID, KIND_MAC, FIRST, BARE, 14},
    {KIND_TERMINAL_ID, KIND_EUI64, FIRST, BARE, 19},
    {KIND_TERMINAL_ID, KIND_UUID, FIRST, LABELLED, 32},
    {KIND_SERIAL, KIND_VIN, FIRST, BARE, 17},
    {KIND_SERIAL, KIND_IMEI, FIRST, BARE, 15},
    {KIND_SERIAL, KIND_ICCID, FIRST, BARE, 18},
    {KIND_SERIAL, KIND_MAC, FIRST, BARE, 14},
};
const size_t collision_count = sizeof collisions / sizeof *collisions;

/* A test holds it against the table. */
const struct collision_rows collision_rows[KIND_COUNT] = {
    [KIND_VIN] = {0, 1},  [KIND_FRAME_NUMBER] = {1, 1}, [KIND_IMEI] = {2, 1},   [KIND_MEID] = {3, 1},         [KIND_ESN] = {4, 1},
    [KIND_ICCID] = {5, 1}, [KIND_EID] = {6, 1},          [KIND_IMSI] = {7, 1},   [KIND_MAC] = {8, 1},          [KIND_EUI64] = {9, 1},
    [KIND_ETC_OBU] = {10, 1}, [KIND_TERMINAL_ID] = {11, 8}, [KIND_SERIAL] = {19, 4},
};
