/* Values that pass the checks of their kinds, for the tests of what fields are told by them. */
#ifndef EVIDENCE_MAKING_H
#define EVIDENCE_MAKING_H

#include <stdio.h>
#include <string.h>

enum { MADE_VALUE_SIZE = 32 };

static inline char luhn_made(const char *digits)
{
    int sum = 0;
    size_t length = strlen(digits);
    for (size_t i = 0; i < length; i++) {
        int digit = digits[length - 1 - i] - '0';
        if (i % 2 == 0) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

static inline const char *imei_made(unsigned number, char value[MADE_VALUE_SIZE])
{
    snprintf(value, MADE_VALUE_SIZE, "868123%08u", number * 7919u % 100000000u);
    size_t length = strlen(value);
    value[length] = luhn_made(value);
    value[length + 1] = '\0';
    return value;
}

static inline const char *iccid_made(unsigned number, char value[MADE_VALUE_SIZE])
{
    snprintf(value, MADE_VALUE_SIZE, "8981100%011u", number * 104729u);
    size_t length = strlen(value);
    value[length] = luhn_made(value);
    value[length + 1] = '\0';
    return value;
}

/* Of a European maker, where the ninth character is no check digit. */
static inline const char *vin_made(unsigned number, char value[MADE_VALUE_SIZE])
{
    snprintf(value, MADE_VALUE_SIZE, "WVWZZZ1KZAW%06u", number * 31u % 1000000u);
    return value;
}

/* Fifteen digits as an order may have them: one in ten passes Luhn's check. */
static inline const char *order_made(unsigned number, char value[MADE_VALUE_SIZE])
{
    snprintf(value, MADE_VALUE_SIZE, "20230400%07u", number * 7919u % 10000000u);
    return value;
}

#endif
