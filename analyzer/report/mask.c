#include "mask.h"

#include <string.h>

enum {
    VIN_MAKER = 3, VIN_LENGTH = 17,
    IMEI_TYPE = 8, IMEI_LENGTH = 15,
    ICCID_COUNTRY = 4, ICCID_LEAST = 18,
    IMSI_COUNTRY = 3, IMSI_LEAST = 14,
    MEID_MAKER = 8, MEID_LENGTH = 14,
    EID_ISSUER = 8, EID_LENGTH = 32,
    ESN_MAKER = 2, ESN_LENGTH = 8,
    EUI64_MAKER = 8, EUI64_LENGTH = 23,
    MAC_MAKER = 8, MAC_LENGTH = 17
};

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The second digit of a local address has bit 1 set: its first half is no maker's. */
static bool is_made_up(const char *mac)
{
    return strchr("2367abefABEF", mac[1]) != NULL;
}

/* What stands before a class; a plate without a place begins with its class. */
static size_t place_of(const char *plate, size_t length)
{
    const char *blank = memchr(plate, ' ', length);
    return blank != NULL && (unsigned char)plate[0] >= 0x80 ? (size_t)(blank - plate) : 0;
}

/* How many characters are shown. What has not the length of its kind shows nothing. */
static size_t shown_of(enum kind kind, const char *canonical, size_t length)
{
    const char *hyphen = memchr(canonical, '-', length);
    switch (kind) {
    case KIND_VIN: return length == VIN_LENGTH ? VIN_MAKER : 0;
    case KIND_FRAME_NUMBER: return hyphen != NULL ? (size_t)(hyphen - canonical) : 0;
    case KIND_IMEI: return length == IMEI_LENGTH ? IMEI_TYPE : 0;
    case KIND_ICCID: return length >= ICCID_LEAST ? ICCID_COUNTRY : 0;
    case KIND_IMSI: return length >= IMSI_LEAST ? IMSI_COUNTRY : 0;
    case KIND_MEID: return length == MEID_LENGTH ? MEID_MAKER : 0;
    case KIND_EID: return length == EID_LENGTH ? EID_ISSUER : 0;
    case KIND_ESN: return length == ESN_LENGTH ? ESN_MAKER : 0;
    case KIND_PLATE: return place_of(canonical, length);
    case KIND_EUI64: return length == EUI64_LENGTH && !is_made_up(canonical) ? EUI64_MAKER : 0;
    case KIND_MAC: return length == MAC_LENGTH && !is_made_up(canonical) ? MAC_MAKER : 0;
    default: return 0;
    }
}

/* Signs stay, and the kanji of frame numbers; of plates neither kana nor what pads the serial. */
static bool is_hidden(enum kind kind, char c)
{
    return is_alphanumeric(c) || (kind == KIND_PLATE && (unsigned char)c >= 0x80);
}

size_t identifier_prefix(enum kind kind, const char *canonical, char prefix[PREFIX_SIZE])
{
    size_t length = strnlen(canonical, IDENTIFIER_SIZE - 1), shown = shown_of(kind, canonical, length);
    if (shown >= PREFIX_SIZE) shown = 0;
    memcpy(prefix, canonical, shown);
    prefix[shown] = '\0';
    return shown;
}

void identifier_mask(enum kind kind, const char *canonical, char masked[IDENTIFIER_SIZE])
{
    size_t length = strnlen(canonical, IDENTIFIER_SIZE - 1), shown = shown_of(kind, canonical, length);
    size_t written = 0;
    for (size_t i = 0; i < length; i++) {
        bool hidden = i >= shown && is_hidden(kind, canonical[i]);
        /* One mark for a character of several bytes. */
        if (!hidden || ((unsigned char)canonical[i] & 0xC0) != 0x80) masked[written++] = hidden ? '*' : canonical[i];
    }
    masked[written] = '\0';
}
