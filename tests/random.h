/* Numbers that look random and are the same in every run. A state is the caller's, and not 0 for random_step. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/* Any of 64 bits but 0 alone. */
static inline uint64_t random_step(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* 31 bits of another row; the state itself has 64, of which the high ones are good. */
static inline uint64_t random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static uint64_t random_state = 88172645463325252u;

static inline uint32_t random_below(uint32_t limit)
{
    return (uint32_t)((random_step(&random_state) >> 32) * limit >> 32);
}

#endif
