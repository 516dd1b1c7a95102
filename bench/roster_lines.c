/* A roster of customers that never were, for bench/roster.sh.
 *
 * Shape    roster_lines LINES -> CSV on stdout: a customer a line, with VIN, IMEI and terminal ID, from when to when,
 *          where and what kind
 * Values   check digits hold (49 CFR 565.15; Luhn); the same lines every time
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VIN_LENGTH = 17, IMEI_LENGTH = 15 };

static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static int vin_value(char letter)
{
    static const char letters[] = "ABCDEFGHJKLMNPRSTUVWXYZ", values[] = "12345678123457923456789";
    return letter <= '9' ? letter - '0' : values[strchr(letters, letter) - letters] - '0';
}

/* The running number in base 10 and letters keeps all of them different. */
static void vin_make(uint64_t number, uint64_t random, char vin[VIN_LENGTH + 1])
{
    static const char *const makers[] = {"JTD", "JTM", "4T1", "5YF", "JT2", "2T1", "JTE", "SB1"};
    static const char letters[] = "ABCDEFGHJKLMNPRSTUVWXYZ";
    static const int weights[VIN_LENGTH] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    snprintf(vin, VIN_LENGTH + 1, "%s%c%c%c%cB0%cA%06u", makers[random % 8], letters[random >> 8 & 15], letters[number / 1000000 % 22],
             letters[number / 22000000 % 22], letters[random >> 20 & 15], "ABCDEFGHJKLMNPRS"[random >> 24 & 15], (unsigned)(number % 1000000));
    int sum = 0;
    for (int i = 0; i < VIN_LENGTH; i++) sum += weights[i] * vin_value(vin[i]);
    vin[8] = "0123456789X"[sum % 11];
}

static void imei_make(uint64_t number, char imei[IMEI_LENGTH + 1])
{
    snprintf(imei, IMEI_LENGTH + 1, "35%012llu0", (unsigned long long)(number * 7 + 90000000));
    int sum = 0;
    for (int i = 0; i < IMEI_LENGTH - 1; i++) {
        int digit = imei[i] - '0';
        if (i % 2 != 0) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    imei[IMEI_LENGTH - 1] = (char)('0' + (10 - sum % 10) % 10);
}

int main(int argc, char **argv)
{
    static const char *const places[] = {"JP,", "JP,", "JP,", "US,CA", "US,TX", "AU,NSW", "DE,", "FR,"};
    unsigned long long lines = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
    if (lines == 0) {
        fputs("usage: roster_lines LINES\n", stderr);
        return 2;
    }
    puts("customer_id,vin,imei,terminal_id,valid_from,valid_to,country,subdivision,customer_type");
    for (unsigned long long i = 0; i < lines; i++) {
        uint64_t random = mix(i);
        char vin[VIN_LENGTH + 1], imei[IMEI_LENGTH + 1], until[16] = "";
        vin_make(i, random, vin);
        imei_make(i, imei);
        if (random >> 32 & 1) snprintf(until, sizeof until, "%u-%02u-%02u", 2019 + (unsigned)(random >> 33 & 3), 1 + (unsigned)(random >> 36 & 7), 1 + (unsigned)(random >> 40 & 15));
        printf("C-%09llu,%s,%s,DCM%09llu,%u-%02u-%02u,%s,%s,%s\n", (i * 7919) % lines + 1, vin, imei, 100000000 + i % 900000000,
               2009 + (unsigned)(random >> 44 & 7), 1 + (unsigned)(random >> 48 & 7), 1 + (unsigned)(random >> 52 & 15), until,
               places[random >> 56 & 7], random >> 60 == 0 ? "organisation" : "person");
    }
    return ferror(stdout) ? 1 : 0;
}
