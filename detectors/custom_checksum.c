/* custom_checksum.c: the families of custom_checksum.h. */
#include "custom_checksum.h"

#include <string.h>

static const char *const names[] = {
    [CHECKSUM_NONE] = "none",         [CHECKSUM_LUHN] = "luhn",
    [CHECKSUM_LUHN_HEX] = "luhn_hex", [CHECKSUM_MOD97] = "mod97",
    [CHECKSUM_WEIGHTED] = "mod11_weighted",
};

bool custom_checksum_type_find(const char *name, enum custom_checksum_type *type)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *type = (enum custom_checksum_type)i;
            return true;
        }
    return false;
}

const char *custom_checksum_type_name(enum custom_checksum_type type)
{
    return names[type];
}

static int hex_value(char character)
{
    if (character >= '0' && character <= '9') return character - '0';
    char lower = (char)(character | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Luhn over the digits; a prefix of letters, as in DCM123456782, is none of the number. */
static bool luhn_of_digits_holds(struct span value)
{
    unsigned sum = 0, count = 0;
    for (size_t i = value.len; i > 0; i--) {
        unsigned digit = (unsigned char)(value.at[i - 1] - '0');
        if (digit > 9) continue;
        unsigned term = digit << (count++ % 2);
        sum += term / 10 + term % 10;
    }
    return count > 1 && sum % 10 == 0;
}

/* Luhn in base 16: every second digit from the right is doubled, and digits above F are added up by their digits. */
static bool luhn_hex_holds(struct span value)
{
    unsigned sum = 0;
    for (size_t i = 0; i < value.len; i++) {
        int digit = hex_value(value.at[value.len - 1 - i]);
        if (digit < 0) return false;
        unsigned term = (unsigned)digit << (i % 2);
        sum += term / 16 + term % 16;
    }
    return value.len > 1 && sum % 16 == 0;
}

/* Letters stand for two digits, A for 10; the whole number leaves 1. */
static bool mod97_holds(struct span value)
{
    unsigned rest = 0;
    for (size_t i = 0; i < value.len; i++) {
        char character = value.at[i];
        char upper = character >= 'a' && character <= 'z' ? (char)(character - 0x20) : character;
        if (character >= '0' && character <= '9') rest = (10 * rest + (unsigned)(character - '0')) % 97;
        else if (upper >= 'A' && upper <= 'Z') rest = (100 * rest + (unsigned)(upper - 'A' + 10)) % 97;
        else return false;
    }
    return value.len > 2 && rest == 1;
}

static bool weighted_holds(const struct custom_checksum *checksum, struct span value)
{
    unsigned sum = 0;
    if (value.len != checksum->weight_count) return false;
    for (size_t i = 0; i < value.len; i++) {
        if (i == checksum->check_position) continue;
        unsigned worth = checksum->values[(unsigned char)value.at[i]];
        if (worth == CHECKSUM_NO_VALUE) return false;
        sum += worth * checksum->weights[i];
    }
    return value.at[checksum->check_position] == checksum->remainders[sum % checksum->modulus];
}

bool custom_checksum_holds(const struct custom_checksum *checksum, struct span value)
{
    switch (checksum->type) {
    case CHECKSUM_NONE: return true;
    case CHECKSUM_LUHN: return luhn_of_digits_holds(value);
    case CHECKSUM_LUHN_HEX: return luhn_hex_holds(value);
    case CHECKSUM_MOD97: return mod97_holds(value);
    case CHECKSUM_WEIGHTED: return weighted_holds(checksum, value);
    }
    return false;
}
