/* Archives of many small members, more quickly than any archiver makes them.
 *
 * Usage    make_members tar|zip COUNT empty|rows sorted|shuffled [nested] >FILE
 *          empty     members have no bytes
 *          rows      each is a table of one row: a customer, of whom there are COUNT / 3 or so, and a handset of its own
 *          shuffled  names are in no order; a zip's directory lists the members from the last one to the first
 *          nested    a tar in a tar, with a few members more before and behind it
 * Names    "folder/NNN/member-NNNNNNNN.csv"; of 1000 members two have one name
 * Shares   no code with what it tests
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, NAME_SIZE = 64, CONTENT_SIZE = 128, ENTRY_SIZE = 46 + NAME_SIZE, AROUND = 5 };

struct member {
    char name[NAME_SIZE], content[CONTENT_SIZE];
    size_t name_length, length;
};

struct making {
    uint64_t count;
    bool rows, shuffled;
};

static void fail(const char *why)
{
    fprintf(stderr, "make_members: %s\n", why);
    exit(2);
}

static void put(const void *bytes, size_t count)
{
    if (count > 0 && fwrite(bytes, 1, count, stdout) != count) fail("cannot write");
}

/* The digit that makes all fifteen hold by Luhn. */
static unsigned check_digit(const char *digits)
{
    unsigned sum = 0;
    for (int i = 0; i < 14; i++) {
        unsigned digit = (unsigned)(digits[i] - '0') * (i % 2 == 1 ? 2 : 1);
        sum += digit / 10 + digit % 10;
    }
    return (10 - sum % 10) % 10;
}

static void member_make(const struct making *making, uint64_t i, struct member *member)
{
    uint64_t place = making->shuffled ? (i * 7919 + 13) % making->count : i; /* counts share no factor with a prime that large */
    if (i % 1000 == 999) place = making->shuffled ? ((i - 1) * 7919 + 13) % making->count : i - 1;
    member->name_length = (size_t)snprintf(member->name, sizeof member->name, "folder/%03u/member-%08llu.csv", (unsigned)(place / 5000), (unsigned long long)place);
    char digits[16];
    snprintf(digits, sizeof digits, "35761300%06llu", (unsigned long long)(i % 1000000));
    member->length = !making->rows ? 0
                                   : (size_t)snprintf(member->content, sizeof member->content, "customer_id,imei,ts\nC-%07llu,%s%u,2020-01-01T00:00:00Z\n",
                                                      (unsigned long long)(i * 31 % (making->count / 3 + 1)), digits, check_digit(digits));
}

/* ------------------------------------------------------------------ tar */

static uint64_t tar_size(uint64_t length)
{
    return BLOCK + (length + BLOCK - 1) / BLOCK * BLOCK;
}

static void tar_header(const char *name, uint64_t length)
{
    char block[BLOCK] = {0};
    unsigned sum = 0;
    memcpy(block, name, strlen(name));
    memcpy(block + 100, "0000644", 7);
    memcpy(block + 108, "0000000", 7);
    memcpy(block + 116, "0000000", 7);
    snprintf(block + 124, 12, "%011llo", (unsigned long long)length);
    memcpy(block + 136, "13720000000", 11);
    memset(block + 148, ' ', 8);
    block[156] = '0';
    memcpy(block + 257, "ustar\0" "00", 8);
    for (int i = 0; i < BLOCK; i++) sum += (unsigned char)block[i];
    snprintf(block + 148, 7, "%06o", sum);
    put(block, BLOCK);
}

static void tar_member(const char *name, const char *content, uint64_t length)
{
    static const char zeros[BLOCK];
    tar_header(name, length);
    put(content, (size_t)length);
    put(zeros, (size_t)(tar_size(length) - BLOCK - length));
}

static void tar_end(void)
{
    static const char zeros[2 * BLOCK];
    put(zeros, sizeof zeros);
}

static void tar_members(const struct making *making)
{
    struct member member;
    for (uint64_t i = 0; i < making->count; i++) {
        member_make(making, i, &member);
        tar_member(member.name, member.content, member.length);
    }
    tar_end();
}

static void tar_nested(const struct making *making)
{
    struct member member;
    uint64_t inner = 2 * BLOCK;
    for (uint64_t i = 0; i < making->count; i++) {
        member_make(making, i, &member);
        inner += tar_size(member.length);
    }
    for (int side = 0; side < 2; side++) {
        for (unsigned i = 0; i < AROUND; i++) {
            char name[NAME_SIZE];
            snprintf(name, sizeof name, "%s/%u.txt", side == 0 ? "a" : "z", i);
            tar_member(name, "outside\n", 8);
        }
        if (side > 0) break;
        tar_header("m/inner.tar", inner);
        tar_members(making);
    }
    tar_end();
}

/* ------------------------------------------------------------------ zip */

static uint32_t crc_of(const char *bytes, size_t count)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static char *number(char *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) *at++ = (char)(unsigned char)(value >> 8 * i);
    return at;
}

/* What a local header and an entry have in common: from flags to the length of the name. */
static char *zip_common(char *at, const struct member *member)
{
    at = number(at, 0, 4); /* no flags, stored */
    at = number(at, 0x50210000, 4);
    at = number(at, crc_of(member->content, member->length), 4);
    at = number(at, member->length, 4);
    at = number(at, member->length, 4);
    return number(at, member->name_length, 2);
}

static void zip_members(const struct making *making)
{
    struct member member;
    uint64_t offset = 0, used = 0;
    char *entries = malloc(making->count * ENTRY_SIZE + 1), head[ENTRY_SIZE];
    size_t *ends = malloc((making->count + 1) * sizeof *ends);
    if (entries == NULL || ends == NULL) fail("no memory");
    for (uint64_t i = 0; i < making->count; i++) {
        member_make(making, i, &member);
        char *at = number(number(head, 0x04034b50, 4), 20, 2);
        at = number(zip_common(at, &member), 0, 2);
        put(head, (size_t)(at - head));
        put(member.name, member.name_length);
        put(member.content, member.length);
        char *entry = entries + used;
        entry = number(number(number(entry, 0x02014b50, 4), 20, 2), 20, 2);
        entry = number(number(zip_common(entry, &member), 0, 6), 0, 6); /* extra, comment, disk, attributes */
        entry = number(entry, offset, 4);
        memcpy(entry, member.name, member.name_length);
        used = (uint64_t)(entry + member.name_length - entries);
        ends[i] = used;
        offset += (uint64_t)(at - head) + member.name_length + member.length;
    }
    if (offset + used > UINT32_MAX) fail("too much for a zip of 4 GiB");
    if (!making->shuffled) put(entries, used);
    for (uint64_t i = making->count; making->shuffled && i > 0; i--) {
        size_t begin = i > 1 ? ends[i - 2] : 0;
        put(entries + begin, ends[i - 1] - begin);
    }
    char end[128], *at = number(number(number(number(end, 0x06064b50, 4), 44, 8), 45, 2), 45, 2);
    at = number(number(number(at, 0, 8), making->count, 8), making->count, 8);
    at = number(number(at, used, 8), offset, 8);
    at = number(number(number(number(at, 0x07064b50, 4), 0, 4), offset + used, 8), 1, 4);
    uint64_t told = making->count < UINT16_MAX ? making->count : UINT16_MAX;
    at = number(number(number(number(at, 0x06054b50, 4), 0, 4), told, 2), told, 2);
    at = number(number(number(at, used, 4), offset, 4), 0, 2);
    put(end, (size_t)(at - end));
    free(entries);
    free(ends);
}

int main(int count, char **arguments)
{
    if (count < 5) fail("tar|zip COUNT empty|rows sorted|shuffled [nested]");
    struct making making = {strtoull(arguments[2], NULL, 10), strcmp(arguments[3], "rows") == 0, strcmp(arguments[4], "shuffled") == 0};
    if (making.count == 0) fail("no members");
    if (strcmp(arguments[1], "zip") == 0) zip_members(&making);
    else if (count > 5) tar_nested(&making);
    else tar_members(&making);
    if (fflush(stdout) != 0) fail("cannot write");
    return 0;
}
