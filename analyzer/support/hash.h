/* Hashes for tables in memory. None of them is stored, none decides a result.
 *
 * hash_bytes   64 bits over any bytes, keyed by a seed of the process, so that nobody who writes
 *              evidence can aim at one slot
 * mix64        a bijection of 64-bit values: what is distinct stays distinct; it is fixed, since
 *              estimates are made from it and must be the same in every run
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_read(const char *bytes, size_t len)
{
    uint64_t value = 0;
    memcpy(&value, bytes, len);
    return value;
}

static inline uint64_t hash_bytes(const char *bytes, size_t len, uint64_t seed)
{
    static const uint64_t odd1 = UINT64_C(0xa0761d6478bd642f), odd2 = UINT64_C(0xe7037ed1a0b428db);
    uint64_t state = seed ^ hash_fold(len ^ odd1, odd2);
    while (len > 16) {
        state = hash_fold(hash_read(bytes, 8) ^ odd1, hash_read(bytes + 8, 8) ^ state);
        bytes += 16;
        len -= 16;
    }
    uint64_t first = len >= 8 ? hash_read(bytes, 8) : hash_read(bytes, len);
    uint64_t last = len > 8 ? hash_read(bytes + 8, len - 8) : 0;
    return hash_fold(hash_fold(first ^ odd2, last ^ state) ^ odd1, state ^ odd2);
}

/* The finalizer of splitmix64 (Steele, Lea, Flood 2014) and its inverse. */
static inline uint64_t mix64(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static inline uint64_t unmix64(uint64_t x)
{
    x = (x ^ x >> 31 ^ x >> 62) * UINT64_C(0x319642b2d24d8ec3);
    x = (x ^ x >> 27 ^ x >> 54) * UINT64_C(0x96de1b173f119089);
    return x ^ x >> 30 ^ x >> 60;
}

/* A seed that differs from process to process. */
uint64_t hash_seed(void);

#endif
