#include "checksum.h"

/* The state is made and freed by the library, which knows its alignment. On x86 the library itself is built for SSE2 alone; where it
 * has more, there is a header of its own for that, whose functions look at the CPU. Their values are the same. */
#if defined __x86_64__ && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#else
#include <xxhash.h>
#endif

static XXH3_state_t *state_of(struct checksum *checksum)
{
    return (XXH3_state_t *)(void *)checksum;
}

struct checksum *checksum_open(void)
{
    XXH3_state_t *state = XXH3_createState();
    if (state != NULL) XXH3_64bits_reset(state);
    return (struct checksum *)(void *)state;
}

void checksum_close(struct checksum *checksum)
{
    XXH3_freeState(state_of(checksum));
}

void checksum_add(struct checksum *checksum, const char *bytes, size_t count)
{
    XXH3_64bits_update(state_of(checksum), bytes, count);
}

uint64_t checksum_value(const struct checksum *checksum)
{
    return XXH3_64bits_digest((const XXH3_state_t *)(const void *)checksum);
}
