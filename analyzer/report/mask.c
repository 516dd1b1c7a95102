#include "mask.h"

#include <string.h>

enum {
    VIN_MAKER = 3, VIN_LENGTH = 17,
    IMEI_TYPE = 8, IMEI_LENGTH = 15,
    ICCID_COUNTRY = 4, ICCID_LEAST = 18,
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

/* How many characters are shown. What has not the length of its kind shows nothing. */
static size_t shown_of(enum kind kind, const char *canonical, size_t length)
{
    const char *hyphen = memchr(canonical, '-', length);
    switch (kind) {
    case KIND_VIN: return length == VIN_LENGTH ? VIN_MAKER : 0;
    case KIND_FRAME_NUMBER: return hyphen != NULL ? (size_t)(hyphen - canonical) : 0;
    case KIND_IMEI: return length == IMEI_LENGTH ? IMEI_TYPE : 0;
    case KIND_ICCID: return length >= ICCID_LEAST ? ICCID_COUNTRY : 0;
    case KIND_MAC: return length == MAC_LENGTH && !is_made_up(canonical) ? MAC_MAKER : 0;
    default: return 0;
    }
}

void identifier_mask(enum kind kind, const char *canonical, char masked[IDENTIFIER_SIZE])
{
    size_t length = strnlen(canonical, IDENTIFIER_SIZE - 1), shown = shown_of(kind, canonical, length);
    for (size_t i = 0; i < length; i++) masked[i] = i >= shown && is_alphanumeric(canonical[i]) ? '*' : canonical[i];
    masked[length] = '\0';
}
