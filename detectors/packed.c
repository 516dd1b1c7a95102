/* packed.c: canonical forms of any kind, packed and made readable again. */
#include "packed.h"

enum { VIN_LENGTH = 17, UUID_OCTETS = 16 };

static bool is_digit_text(const char *text, size_t length)
{
    return length > 0 && length < IDENTIFIER_SIZE && digits_only(text, length);
}

static unsigned hex_value(char character)
{
    return character <= '9' ? (unsigned)(character - '0') : (unsigned)((character | 0x20) - 'a' + 10);
}

/* How many octets the canonical form of a kind is; 0 for other kinds and other forms. */
static size_t octet_count(uint8_t kind, size_t length)
{
    if (kind == KIND_MAC) return length == 17 ? 6 : 0;
    if (kind == KIND_EUI64) return length == 23 ? 8 : 0;
    return (kind == KIND_UUID || kind == KIND_ADVERTISING_ID) && length == 36 ? UUID_OCTETS : 0;
}

static void octets_pack(struct verdict *verdict, const char *canonical, size_t count)
{
    unsigned char octets[UUID_OCTETS];
    for (size_t i = 0; i < count; i++, canonical += 2) {
        if (*canonical == ':' || *canonical == '-') canonical++;
        octets[i] = (unsigned char)(hex_value(canonical[0]) << 4 | hex_value(canonical[1]));
    }
    verdict_pack_octets(verdict, octets, count);
}

uint8_t identifier_pack(uint8_t kind, const char *canonical, size_t length, char *out, uint8_t *packing)
{
    struct verdict verdict;
    if (kind == KIND_VIN && length == VIN_LENGTH) {
        verdict_pack_vin(&verdict, canonical);
    } else if (octet_count(kind, length) != 0) {
        octets_pack(&verdict, canonical, octet_count(kind, length));
    } else if (is_digit_text(canonical, length)) {
        memset(verdict.packed, 0, sizeof verdict.packed);
        for (size_t i = 0; i < length; i++)
            verdict.packed[i / 2] = (char)(verdict.packed[i / 2] | (canonical[i] - '0') << (i % 2 != 0 ? 4 : 0));
        if (length % 2 != 0) verdict.packed[length / 2] = (char)(verdict.packed[length / 2] | 0xF0);
        verdict.packing = PACKING_DIGITS;
        verdict.length = (uint8_t)((length + 1) / 2);
    } else {
        verdict.packing = PACKING_TEXT;
        verdict.length = (uint8_t)length;
        memcpy(verdict.packed, canonical, length);
    }
    *packing = verdict.packing;
    memcpy(out, verdict.packed, verdict.length);
    return verdict.length;
}

static size_t six_bits_write(const char *packed, char *canonical)
{
    for (size_t i = 0; i < VIN_LENGTH; i++) {
        size_t bit = 6 * i;
        unsigned pair = (unsigned char)packed[bit / 8];
        if (bit % 8 > 2) pair |= (unsigned)(unsigned char)packed[bit / 8 + 1] << 8;
        canonical[i] = (char)('0' + (pair >> bit % 8 & 63));
    }
    return VIN_LENGTH;
}

static size_t octets_write(const char *packed, size_t count, char *canonical)
{
    static const char hex[] = "0123456789abcdef";
    bool uuid = count == UUID_OCTETS;
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        if (uuid ? i == 4 || i == 6 || i == 8 || i == 10 : i > 0) canonical[length++] = uuid ? '-' : ':';
        canonical[length++] = hex[(unsigned char)packed[i] >> 4];
        canonical[length++] = hex[packed[i] & 15];
    }
    return length;
}

static size_t digits_write(const char *packed, size_t length, char *canonical)
{
    size_t count = 0;
    for (size_t i = 0; i < 2 * length; i++) {
        unsigned digit = (unsigned char)packed[i / 2] >> (i % 2 != 0 ? 4 : 0) & 15;
        if (digit < 10) canonical[count++] = (char)('0' + digit);
    }
    return count;
}

size_t identifier_unpack(uint8_t packing, const char *packed, size_t length, char canonical[IDENTIFIER_SIZE])
{
    size_t written = length;
    switch (packing) {
    case PACKING_SIX_BITS: written = six_bits_write(packed, canonical); break;
    case PACKING_OCTETS: written = octets_write(packed, length, canonical); break;
    case PACKING_DIGITS: written = digits_write(packed, length, canonical); break;
    default: memcpy(canonical, packed, length); break;
    }
    canonical[written] = '\0';
    return written;
}

size_t verdict_text(const struct verdict *verdict, char canonical[IDENTIFIER_SIZE])
{
    if (verdict->grade != GRADE_NONE)
        return identifier_unpack(verdict->packing, verdict->packed, verdict->length, canonical);
    canonical[0] = '\0';
    return 0;
}
